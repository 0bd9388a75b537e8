/* start.h - a facteurd for the profile, where none runs: as the CLI does it, but without waiting for it.
 *
 * The program is looked for beside this one, then in PATH. It gets a session of its own and outlives the bridge.
 * Threads: the loop's.
 */
#ifndef BRIDGE_START_H
#define BRIDGE_START_H

#include "util.h"

/* The profile's folder, where it is not there. -1: it cannot be; told in the log. */
int start_make_profile(const char *profile);
/* `socket` NULL: PROFILE/rpc.sock. -1: it cannot be started; told in the log. 0: it is on its way, or fails on its own.
 */
int start_core(const char *profile, const char *socket);

#endif
