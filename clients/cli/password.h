/* password.h - reading a password: from stdin when told so, else from the terminal, unseen. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "cli.h"

#define PASSWORD_MAX 1024

/* The first line of stdin, or what was typed at the prompt; freed by password_free. NULL after telling. */
char *password_read(struct cli *cli, bool from_stdin, const char *prompt);
/* Wipes and frees. NULL is accepted. */
void password_free(char **password);
/* Wipes and drops a JSON object that holds one as "password". */
void password_forget(json_t **params);

#endif
