/* login.h - who signs in, and with what: the account's user name, and its access token or its password.
 *
 *   SCOPED(sasl_login_done) struct sasl_login l = {0};
 *   if (sasl_login_init(&l, acc, host, false, err) < 0) ...
 */
#ifndef SASL_LOGIN_H
#define SASL_LOGIN_H

#include "wire/buffer.h"

struct sasl_login {
    struct fct_bytes user, password; /* neither holds CR, LF or NUL */
    struct fct_bytes token;          /* an access token; then there is no password. Empty: the account has none */
    bool is_external;                /* TLS has shown who it is: there is neither */
    bool proved; /* the server has seen what follows from the password: its refusal means that it is wrong */
    struct fct_account *acc;
    char *secret; /* the memory of the password or token */
};

/* Asks the host for them; not where `is_external`. FCT_E_USER_ACTION: there is no user name, or the user has to sign in
 * again; FCT_E_AUTH: no password is stored; FCT_E_INVALID: one holds a line break or a NUL. Suspends. */
int sasl_login_init(struct sasl_login *l, struct fct_account *acc, const char *host, bool is_external,
                    struct fct_error *err);
/* The server has refused the token. 1: there is another; 0: there is none, or this is no token. Suspends. */
int sasl_login_renew(struct sasl_login *l, struct fct_error *err);
/* Wipes. */
void sasl_login_done(struct sasl_login *l);

#endif
