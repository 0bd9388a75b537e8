/* start.h - finding a facteurd that runs, or starting one; programs that outlive us.
 *
 * facteurd is looked for beside this program (build/bin, /usr/bin), then in PATH. It is started in a session of its
 * own, its output appended to PROFILE/facteurd.log, and outlives the CLI. The socket has START_WAIT_MS to appear.
 */
#ifndef CLI_START_H
#define CLI_START_H

#include "cli.h"

#include <sys/types.h>

#define START_WAIT_MS 10000

/* A connection, after starting facteurd where needed and allowed. NULL after telling why not; the status is
 * CLI_NO_CORE. */
struct facteur_client *start_connect(struct cli *cli);
/* The path of the facteurd that would be started, NULL: none was found. Freed by the caller. */
char *start_find_program(void);

/* The same for another program. */
char *start_find(const char *name);
char *start_find_in_path(const char *name);
/* In a session of its own, in "/", with no input, and what it says to the descriptor `out`. argv[0] is a path. -1:
 * errno. */
pid_t start_detached(char **argv, int out);

#endif
