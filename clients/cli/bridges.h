/* bridges.h - finding the facteur-bridge that serves the profile, starting one, ending it.
 *
 * One that runs tells how it stands over PROFILE/bridge.sock (clients/bridge/control.h): an object with pid, listen,
 * url, isTls, hasCore, hasWeb and more. The program is looked for beside this one, then in PATH. It is started in a
 * session of its own, its output appended to PROFILE/bridge.log, and outlives the CLI.
 */
#ifndef CLI_BRIDGES_H
#define CLI_BRIDGES_H

#include "cli.h"

#define BRIDGES_LISTEN "127.0.0.1:8765"
#define BRIDGES_WAIT_MS 10000 /* for one that was started to answer */

/* What it says of itself; NULL: none runs. */
json_t *bridges_ask(const char *profile);
/* Tells that none runs, and what to type. Returns CLI_FAILED. */
int bridges_fail_without(struct cli *cli);
/* Starts one and waits until it answers: what it says of itself. NULL after telling why not. `listen` NULL:
 * BRIDGES_LISTEN, or a port above it where that one is taken. */
json_t *bridges_start(struct cli *cli, const char *listen);
/* Ends the one that runs, and returns once it has gone. An exit status, told; CLI_DONE where there is none. */
int bridges_stop(struct cli *cli, bool *out_ran);
/* Whether who asks for it to listen at ADDR:PORT has that already: the same address in another form ("localhost"), port 0
 * (any), or one that it listens at among all of them (0.0.0.0). */
bool bridges_listens_at(const json_t *bridge, const char *listen);
/* Where a browser on this computer finds it: its URL; where it listens on every address, this computer's own. Freed by
 * the caller. */
char *bridges_near_url(const json_t *bridge);
/* Whether the host of a URL is this name or address. */
bool bridges_url_names(const char *url, const char *host);

#endif
