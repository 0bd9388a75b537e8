/* account_state.h - what an account is doing, in words. */
#ifndef CLI_ACCOUNT_STATE_H
#define CLI_ACCOUNT_STATE_H

#include "cli.h"

/* One word for a list: the phase, "trouble" if the last try went wrong, "" for the account on this computer. Borrowed.
 */
const char *account_state_word(const json_t *account);
/* A few words more: "watching: the server tells of news in the inbox", "waiting for the network". Freed by the caller.
 */
char *account_state_text(const json_t *account);
/* Prints it with its times and the last error, a fact a line. */
void account_state_print(const json_t *account);

#endif
