/* secrets.h - the options that say where an account's password is: --secrets, --password-command, --credential. */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include "cli.h"

struct secrets_choice {
    const char *store, *command, *credential; /* as given; NULL: not */
};

/* Puts the choice into an account's settings, or into a patch of the account. CLI_USAGE after telling. */
int secrets_put(struct cli *cli, const struct secrets_choice *c, json_t *to, bool is_patch);
/* Whether the password comes from elsewhere, so that nobody is asked for it. */
bool secrets_are_read_only(const struct secrets_choice *c);

#endif
