/* tokens.h - what the commands share that make tokens (cmd_token.c, cmd_bridge.c). */
#ifndef CLI_TOKENS_H
#define CLI_TOKENS_H

#include "cli.h"

/* "12h", "30d", "4w", "1y" from now, or a date, as a UTCDate. Freed by the caller; NULL: it is neither. */
char *token_moment(const char *text);
/* Sets token's accountIds to those that the words name; null, all of them, if there are none. An exit status, told. */
int token_put_accounts(struct cli *cli, json_t *token, const json_t *words);
/* "read, triage"; freed by the caller. */
char *token_joined(const json_t *words);

#endif
