/* auth.c - signing in: AUTHENTICATE as SASL (shared/sasl) wants it, or LOGIN. */
#include "session.h"

#include "sasl/sasl.h"

#include <stdio.h>
#include <string.h>

#define INITIAL_MAX SIZE_MAX /* RFC 4959 knows no bound */

/* ---- what carries SASL ---------------------------------------------------------------------------------- */

struct carrier {
    struct imap_session *s;
    struct imap_command c;
};

static void carrier_done(struct carrier *x)
{
    imap_command_done(&x->c);
}

static int send_wiped(struct carrier *x, struct fct_error *err)
{
    int rc = imap_send(x->s, &x->c, err);
    fct_host->wipe(x->s->out.p, x->s->out.n);
    return rc;
}

static int begin_authenticate(void *ctx, const char *mechanism, const struct fct_bytes *initial, struct fct_error *err)
{
    struct carrier *x = ctx;
    imap_command_done(&x->c);
    imap_put(x->s, &x->c, "AUTHENTICATE");
    imap_put_text(x->s, " %s", mechanism);
    if (initial) {
        wire_buffer_add_char(&x->s->out, ' ');
        wire_buffer_add(&x->s->out, initial->p, initial->n);
    }
    return send_wiped(x, err);
}

static int wait_challenge(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct carrier *x = ctx;
    if (imap_wait_continuation(x->s, &x->c, err) < 0)
        return -1;
    *out = wire_buffer_bytes(&x->s->continuation);
    return x->s->continued;
}

static int reply(void *ctx, struct fct_bytes line, struct fct_error *err)
{
    struct carrier *x = ctx;
    return imap_send_line(x->s, line, err);
}

static int finish(void *ctx, struct fct_error *err)
{
    struct carrier *x = ctx;
    return imap_wait_answer(x->s, &x->c, err) < 0 ? -1 : x->c.condition == IMAP_OK;
}

static int login_command(void *ctx, uint32_t which, const struct sasl_login *l, struct fct_error *err)
{
    struct carrier *x = ctx;
    (void)which;
    imap_command_done(&x->c);
    imap_put(x->s, &x->c, "LOGIN");
    imap_put_string(x->s, l->user);
    imap_put_string(x->s, l->password);
    return send_wiped(x, err) < 0 ? -1 : finish(x, err);
}

static void give_up(void *ctx, const struct fct_error *err)
{
    struct carrier *x = ctx;
    imap_break(x->s, err);
}

/* A NO without a code or words that say otherwise means that the credentials are wrong. */
static void refusal(void *ctx, struct fct_error *err)
{
    const struct carrier *x = ctx;
    struct imap_session *s = x->s;
    const struct imap_command *c = &x->c;
    imap_fail_answer(s, c, err);
    /* A server that hangs up says so first; the NO that follows is about that. */
    bool leaves = s->said_bye && err && err->code == FCT_E_SERVER;
    if (leaves) {
        fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the server ended the conversation", s->ep.host);
        fct_host->error_server(err, wire_buffer_bytes(s->bye.n > 0 ? &s->bye : &c->text));
        return;
    }
    bool no_reason = err && err->code == FCT_E_SERVER && err->retry == FCT_RETRY_NEVER && c->condition == IMAP_NO;
    /* Words that say that it is not the password (Gmail: "[ALERT] Too many simultaneous connections") have made it
     * LATER: an account that is told to be wrong is not tried again. */
    if (err && (no_reason || strcmp(c->code, "AUTHENTICATIONFAILED") == 0)) {
        fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
                 "%s: the server does not accept user name and password (some providers want an app password)",
                 s->ep.host);
        err->user_action = 1;
        fct_host->error_server(err, wire_buffer_bytes(&c->text));
    }
}

/* ---- the choice ----------------------------------------------------------------------------------------- */

/* Under TLS a digest hides nothing more, and many a server offers one that it cannot check. */
static uint32_t offered(const struct imap_session *s, bool is_tls, const char *only)
{
    uint32_t all = s->mechanisms | (imap_has(s, IMAP_CAP_LOGINDISABLED) ? 0 : SASL_COMMAND);
    bool is_chosen = only && strcmp(only, "auto") != 0;
    return is_tls && !is_chosen ? all & ~(uint32_t)SASL_CRAM_MD5 : all;
}

static int authenticate(struct imap_session *s, struct sasl_login *l, struct fct_error *err)
{
    SCOPED(carrier_done) struct carrier x = {.s = s};
    const struct sasl_carrier carrier = {
        .ctx = &x,
        .host = s->ep.host,
        .initial_max = imap_has(s, IMAP_CAP_SASL_IR) ? INITIAL_MAX : 0,
        .begin = begin_authenticate,
        .wait = wait_challenge,
        .reply = reply,
        .finish = finish,
        .own = login_command,
        .refusal = refusal,
        .give_up = give_up,
    };
    bool is_tls = fct_host->conn_is_tls(s->conn);
    const char *only = fct_host->account_get(s->acc, "auth");
    const struct sasl_offer offer = {
        .mechanisms = offered(s, is_tls, only),
        .only = only,
        .port = s->ep.port,
        .conn = s->conn,
        .hint = imap_has(s, IMAP_CAP_LOGINDISABLED) && !is_tls ? "it wants TLS first: leave tls=none away" : NULL,
        .is_tls = is_tls,
        .may_be_clear = s->ep.tls == FCT_TLS_NONE,
    };
    sasl_secrets_init(&s->secrets, l);
    int rc = sasl_sign_in(&carrier, &offer, l, err);
    sasl_secrets_done(&s->secrets);
    return rc;
}

int imap_authenticate(struct imap_session *s, struct fct_error *err)
{
    SCOPED(sasl_login_done) struct sasl_login l = {0};
    const char *only = fct_host->account_get(s->acc, "auth");
    bool is_external = sasl_wants_external(s->acc, s->conn, only, s->mechanisms);
    return sasl_login_init(&l, s->acc, s->ep.host, is_external, err) < 0 ? -1 : authenticate(s, &l, err);
}
