/* discovery.h - an account's servers, found out from its address: what was found, told to people, and which to use. */
#ifndef CLI_DISCOVERY_H
#define CLI_DISCOVERY_H

#include "cli.h"

#include <stdio.h>

/* With a name in front and a place behind: facteurd knows the rest. */
bool discovery_is_address(const char *text);
/* Account/discover; NULL after telling. Takes up to half a minute: says on a terminal that it looks. `skip`: step names. */
json_t *discovery_ask(struct cli *cli, const char *address, json_t *skip, int64_t timeout_seconds);
/* A server's URL for an account, with this user instead of the one that was found (NULL: that). Freed by the caller. */
char *discovery_url(const json_t *server, const char *user);
/* Whether these servers may be used (the transport only if it is wanted): asks the user on the terminal, host by host, where the answer
 * could have been forged. False after telling. */
bool discovery_agree(struct cli *cli, const json_t *found, bool uses_transport, bool may_ask);
/* What was found and where, to `f`. */
void discovery_print_servers(const json_t *found, FILE *f);
/* What the provider wants of the user. */
void discovery_print_needs(const json_t *found, FILE *f);
/* Why steps that failed did, to stderr: that is why nothing was found, perhaps. */
void discovery_tell_trouble(const json_t *found);
/* Each step, to stdout. */
void discovery_print_steps(const struct cli *cli, const json_t *found);

#endif
