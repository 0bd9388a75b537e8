/* login.h - asking the user for consent, so that an account signs in with OAuth 2.0: in a browser, or by a code. */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "cli.h"

/* What the options of `account add` and `account login` say. */
struct login_options {
    const char *provider;  /* --oauth: a name of data/oauth.json */
    const char *client_id; /* --client-id */
    const char *client_secret_file;
    bool device;
};
/* Whether they say anything of OAuth. */
bool login_is_wanted(const struct login_options *o);
/* The setting "oauth" that they make of the one that there was (or NULL). `provider`: where they name none; may be NULL. NULL after
 * telling. */
json_t *login_setting(struct cli *cli, const struct login_options *o, const json_t *before, const char *provider);
/* Reads the client secret, if there is one. False after telling. */
bool login_read_secret(struct cli *cli, const struct login_options *o, char **out);
/* Wipes and frees. */
void login_forget_secret(char **secret);
/* Says what to do, opens a browser, and waits until the user has done it. CLI_DONE, or another after telling. */
int login_run(struct cli *cli, const char *account_id, const char *name, const struct login_options *o, const char *secret);

#endif
