/* password.h - reading a password: from stdin when told so, else from the terminal, unseen. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "cli.h"

#define PASSWORD_MAX 1024

/* The first line of stdin, or what was typed at the prompt; freed by password_free. `option` is what from_stdin comes
 * from, for whoever has no terminal. NULL after telling. */
char *password_read(struct cli *cli, bool from_stdin, const char *prompt, const char *option);
/* Where a password may be asked for later: from now on the terminal, if there is one, shows nothing of what is typed
 * and keeps it for password_read(), which ends this. So does password_expected_no_more(), which throws away what was
 * typed, and any signal that ends or stops the program. */
void password_expect(void);
void password_expected_no_more(void);
/* Wipes and frees. NULL is accepted. */
void password_free(char **password);
/* Wipes and drops a JSON object that may hold some as "password" and "transportPassword". */
void password_forget(json_t **params);

#endif
