/* auth.c - AUTH (RFC 4954) as SASL (shared/sasl) wants it. */
#include "session.h"

#include "sasl/sasl.h"

#include <string.h>
#include <strings.h>

#define INITIAL_MAX 400 /* a command line has 512 octets (RFC 5321 section 4.5.3.1.4); longer ones wait for the 334 */

struct carrier {
    struct smtp_session *s;
    bool is_answered; /* s->reply is the answer to AUTH */
};

static int take_reply(struct carrier *x, struct fct_error *err)
{
    if (smtp_read_reply(x->s, 0, err) < 0)
        return -1;
    x->is_answered = x->s->reply.code != 334;
    return 0;
}

static int begin_auth(void *ctx, const char *mechanism, const struct fct_bytes *initial, struct fct_error *err)
{
    struct carrier *x = ctx;
    struct smtp_session *s = x->s;
    x->is_answered = false;
    wire_buffer_add_str(&s->out, "AUTH ");
    wire_buffer_add_str(&s->out, mechanism);
    if (initial) {
        wire_buffer_add_char(&s->out, ' ');
        if (initial->n == 0)
            wire_buffer_add_char(&s->out, '='); /* RFC 4954 section 4 */
        wire_buffer_add(&s->out, initial->p, initial->n);
    }
    wire_buffer_add_str(&s->out, "\r\n");
    return smtp_write(s, err);
}

static int wait_challenge(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct carrier *x = ctx;
    if (!x->is_answered && take_reply(x, err) < 0)
        return -1;
    *out = wire_buffer_bytes(&x->s->reply.text);
    return !x->is_answered;
}

static int reply(void *ctx, struct fct_bytes line, struct fct_error *err)
{
    struct carrier *x = ctx;
    wire_buffer_add(&x->s->out, line.p, line.n);
    wire_buffer_add_str(&x->s->out, "\r\n");
    return smtp_write(x->s, err);
}

static int finish(void *ctx, struct fct_error *err)
{
    struct carrier *x = ctx;
    if (!x->is_answered && take_reply(x, err) < 0)
        return -1;
    if (!x->is_answered) {
        fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server asks where there is nothing more to say",
                 x->s->ep.host);
        return smtp_break(x->s, err);
    }
    return x->s->reply.code == 235;
}

static void give_up(void *ctx, const struct fct_error *err)
{
    struct carrier *x = ctx;
    smtp_break(x->s, err);
}

/* RFC 4954 section 6: 454 is temporary, 432 wants another password, 534 another mechanism, 535 is a refusal. */
static void refusal(void *ctx, struct fct_error *err)
{
    struct carrier *x = ctx;
    struct smtp_session *s = x->s;
    struct fct_error why = {0};
    smtp_fail_reply(s, "to sign us in", &why);
    if (s->reply.code >= 500) {
        fct_fail(&why, FCT_E_AUTH, FCT_RETRY_NEVER,
                 "%s: the server does not accept user name and password (some providers want an app password)",
                 s->ep.host);
        why.user_action = 1;
        fct_host->error_server(&why, smtp_reply_words(s));
    }
    if (err)
        *err = why;
}

static int authenticate(struct smtp_session *s, const char *only, struct sasl_login *l, struct fct_error *err)
{
    struct carrier x = {.s = s};
    const struct sasl_carrier carrier = {
        .ctx = &x,
        .host = s->ep.host,
        .initial_max = INITIAL_MAX,
        .begin = begin_auth,
        .wait = wait_challenge,
        .reply = reply,
        .finish = finish,
        .refusal = refusal,
        .give_up = give_up,
    };
    const struct sasl_offer offer = {
        .mechanisms = s->offer.mechanisms,
        .only = only,
        .port = s->ep.port,
        .conn = s->conn,
        .is_tls = fct_host->conn_is_tls(s->conn),
        .may_be_clear = s->ep.tls == FCT_TLS_NONE,
    };
    sasl_secrets_init(&s->secrets, l);
    int rc = sasl_sign_in(&carrier, &offer, l, err);
    sasl_secrets_done(&s->secrets);
    s->secrets = (struct sasl_secrets){0};
    return rc;
}

int smtp_authenticate(struct smtp_session *s, struct fct_error *err)
{
    SCOPED(sasl_login_done) struct sasl_login l = {0};
    const char *only = fct_host->account_get(s->acc, "smtpAuth");
    /* A server that asks nobody (a relay on this machine, or of a company) is not told who we are; one that hides AUTH
     * refuses the mail. */
    if ((only && strcasecmp(only, "none") == 0) || !(s->offer.extensions & SMTP_EXT_AUTH))
        return 0;
    bool is_external = sasl_wants_external(s->acc, s->conn, only, s->offer.mechanisms);
    return sasl_login_init(&l, s->acc, s->ep.host, is_external, err) < 0 ? -1 : authenticate(s, only, &l, err);
}
