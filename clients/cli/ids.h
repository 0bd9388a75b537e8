/* ids.h - the messages that a command is for: ids from its arguments, and from standard input where one of them is "-".
 *
 *   CLI_CLEANUP(ids_done) struct ids ids = {0};
 *   if (ids_gather(cli, argv + 1, n, &ids) != CLI_DONE)
 *       return cli->status;
 */
#ifndef CLI_IDS_H
#define CLI_IDS_H

#include "cli.h"

struct ids {
    char **list;
    size_t n, cap;
};

/* A line of standard input is an id, or a JSON object with an "id", as --json list and --json search print; empty lines
 * count for nothing. No line at all is no failure. CLI_DONE, or the status after telling. */
int ids_gather(struct cli *cli, char *const *words, size_t n, struct ids *out);
void ids_done(struct ids *ids);

#endif
