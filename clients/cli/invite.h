/* invite.h - codes by which a device, or a browser, gets a token of its own (Token/invite). */
#ifndef CLI_INVITE_H
#define CLI_INVITE_H

#include "cli.h"

/* For a token with these scopes, accountIds and expiresAt, which is given its name here: `name`, or where that is NULL
 * the first of "kind", "kind 2", ... that no token has. The result of Token/invite; NULL after telling why not. */
json_t *invite(struct cli *cli, json_t *token, const char *name, const char *kind);

#endif
