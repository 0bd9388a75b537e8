#include "sasl/login.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* An older facteurd knows no tokens. */
static int ask_token(struct sasl_login *l, struct fct_bytes refused, struct fct_error *err)
{
    if (fct_host->size <= offsetof(struct fct_host, account_token))
        return 0;
    int there = fct_host->account_token(l->acc, refused, l->secret, FCT_TOKEN_MAX, err);
    if (there == 1)
        l->token = (struct fct_bytes){l->secret, strlen(l->secret)};
    return there;
}

static int check(struct fct_bytes text, const char *what, struct fct_error *err)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\r' || text.p[i] == '\n' || text.p[i] == '\0')
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s holds a line break or a NUL, which cannot be sent",
                            what);
    return 0;
}

/* What separates the parts of XOAUTH2's message must not stand in one. */
static int check_token(const struct sasl_login *l, struct fct_error *err)
{
    if (memchr(l->user.p, '\001', l->user.n))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the user name holds a control character");
    for (size_t i = 0; i < l->token.n; i++)
        if (l->token.p[i] <= 0x20 || l->token.p[i] >= 0x7f)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the access token is malformed");
    return 0;
}

static int find_secret(struct sasl_login *l, struct fct_error *err)
{
    int has_token = ask_token(l, (struct fct_bytes){0}, err);
    if (has_token != 0)
        return has_token < 0 ? -1 : check_token(l, err);
    if (fct_host->account_secret(l->acc, "password", l->secret, FCT_TOKEN_MAX, err) < 0)
        return -1;
    l->password = (struct fct_bytes){l->secret, strlen(l->secret)};
    return check(l->password, "the password", err);
}

int sasl_login_init(struct sasl_login *l, struct fct_account *acc, const char *host, bool is_external,
                    struct fct_error *err)
{
    const char *user = fct_host->account_get(acc, "user");
    *l = (struct sasl_login){.acc = acc, .is_external = is_external};
    if (!user || !*user) {
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "%s: the account has no user name", host);
        if (err)
            err->user_action = 1;
        return -1;
    }
    l->user = (struct fct_bytes){user, strlen(user)};
    if (is_external)
        return check(l->user, "the user name", err);
    l->secret = calloc(1, FCT_TOKEN_MAX);
    if (!l->secret)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "there is no memory left");
    return check(l->user, "the user name", err) < 0 ? -1 : find_secret(l, err);
}

int sasl_login_renew(struct sasl_login *l, struct fct_error *err)
{
    if (l->token.n == 0 || !l->secret)
        return 0;
    char *old = l->secret;
    size_t n = l->token.n;
    l->secret = calloc(1, FCT_TOKEN_MAX);
    int there = l->secret ? ask_token(l, (struct fct_bytes){old, n}, err) : 0;
    fct_host->wipe(old, n);
    free(old);
    if (there != 1)
        l->token = (struct fct_bytes){0};
    return there == 1 && check_token(l, err) < 0 ? -1 : there;
}

void sasl_login_done(struct sasl_login *l)
{
    if (l->secret)
        fct_host->wipe(l->secret, FCT_TOKEN_MAX);
    free(l->secret);
    *l = (struct sasl_login){0};
}
