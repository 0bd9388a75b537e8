/* auth.c - signing in: AUTH as SASL (shared/sasl, RFC 5034) wants it, APOP, or USER and PASS. */
#include "session.h"

#include "sasl/sasl.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_MAX 255     /* RFC 2449 section 4: octets of a command, with its CRLF */
#define INITIAL_OVERHEAD 40 /* "AUTH SCRAM-SHA-256 " and CRLF, and room */

static int begin_auth(void *ctx, const char *mechanism, const struct fct_bytes *initial, struct fct_error *err)
{
    struct pop3_session *s = ctx;
    s->status = (struct pop3_status){.kind = POP3_CONTINUE};
    s->out.n = 0;
    wire_buffer_addf(&s->out, "AUTH %s", mechanism);
    if (initial)
        wire_buffer_addf(&s->out, " %.*s", (int)initial->n, initial->p);
    int rc = pop3_send_line(s, wire_buffer_bytes(&s->out), err);
    fct_host->wipe(s->out.p, s->out.n);
    return rc;
}

/* A "-ERR" or "+OK" that has come is not waited for again. */
static int wait_challenge(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct pop3_session *s = ctx;
    if (s->status.kind != POP3_CONTINUE)
        return 0;
    s->round_trips++;
    if (pop3_read_status(s, err) < 0)
        return -1;
    *out = s->status.text;
    return s->status.kind == POP3_CONTINUE;
}

static int reply(void *ctx, struct fct_bytes line, struct fct_error *err)
{
    return pop3_send_line(ctx, line, err);
}

static int finish(void *ctx, struct fct_error *err)
{
    struct pop3_session *s = ctx;
    if (s->status.kind == POP3_CONTINUE) {
        s->round_trips++;
        if (pop3_read_status(s, err) < 0)
            return -1;
    }
    if (s->status.kind ==
        POP3_CONTINUE) { /* it asks on where nothing is left to say: RFC 5034 section 4 has "*" for that */
        if (pop3_send(s, err, "*") < 0 || pop3_read_status(s, err) < 0)
            return -1;
    }
    return s->status.kind == POP3_OK;
}

/* ---- POP3's own commands -------------------------------------------------------------------------------- */

static int send_secret(struct pop3_session *s, struct fct_error *err)
{
    int rc = pop3_send_line(s, wire_buffer_bytes(&s->out), err);
    fct_host->wipe(s->out.p, s->out.n);
    return rc;
}

static void put_command(struct pop3_session *s, const char *command, struct fct_bytes argument)
{
    s->out.n = 0;
    wire_buffer_addf(&s->out, "%s ", command);
    wire_buffer_add(&s->out, argument.p, argument.n);
}

static int user_and_pass(struct pop3_session *s, const struct sasl_login *l, struct fct_error *err)
{
    put_command(s, "USER", l->user);
    s->round_trips += 2;
    if (send_secret(s, err) < 0 || pop3_read_status(s, err) < 0)
        return -1;
    if (s->status.kind != POP3_OK)
        return 0;
    put_command(s, "PASS", l->password);
    return send_secret(s, err) < 0 || pop3_read_status(s, err) < 0 ? -1 : s->status.kind == POP3_OK;
}

static int apop(struct pop3_session *s, const struct sasl_login *l, struct fct_error *err)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer text = {0};
    unsigned char digest[32];
    wire_buffer_add(&text, s->timestamp.p, s->timestamp.n);
    wire_buffer_add(&text, l->password.p, l->password.n);
    size_t n = fct_host->hash("md5", wire_buffer_bytes(&text), digest);
    put_command(s, "APOP", l->user);
    wire_buffer_add_char(&s->out, ' ');
    for (size_t i = 0; i < n; i++)
        wire_buffer_addf(&s->out, "%02x", digest[i]);
    s->round_trips++;
    return send_secret(s, err) < 0 || pop3_read_status(s, err) < 0 ? -1 : s->status.kind == POP3_OK;
}

static int own_command(void *ctx, uint32_t which, const struct sasl_login *l, struct fct_error *err)
{
    return which == SASL_DIGEST ? apop(ctx, l, err) : user_and_pass(ctx, l, err);
}

/* ---- the choice ----------------------------------------------------------------------------------------- */

/* A refusal without a code or words that say otherwise means that the credentials are wrong; with AUTH-RESP-CODE only
 * [AUTH] does (RFC 3206 section 4), but not all who offer it keep to it. */
static void refusal(void *ctx, struct fct_error *err)
{
    struct pop3_session *s = ctx;
    pop3_refusal(s, "to sign us in", err);
    if (err->code != FCT_E_SERVER || err->retry != FCT_RETRY_NEVER || s->status.code[0])
        return;
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
             "%s: the server does not accept user name and password (some providers want an app password, or POP3 "
             "switched on)",
             s->ep.host);
    err->user_action = 1;
    fct_host->error_server(err, s->status.text);
}

static void give_up(void *ctx, const struct fct_error *err)
{
    pop3_break(ctx, err);
}

/* Under TLS a digest hides nothing more, and many a server offers one that it cannot check. */
static uint32_t offered(const struct pop3_session *s, bool is_tls, const char *only)
{
    uint32_t all = s->caps.mechanisms;
    if (pop3_has(s, POP3_CAP_USER) || !pop3_has(s, POP3_CAP_SASL))
        all |= SASL_COMMAND;
    if (s->timestamp.n > 0)
        all |= SASL_DIGEST;
    bool has_plain = all & (SASL_PLAIN | SASL_LOGIN | SASL_COMMAND);
    bool is_chosen = only && strcmp(only, "auto") != 0;
    return is_tls && has_plain && !is_chosen ? all & ~(uint32_t)(SASL_CRAM_MD5 | SASL_DIGEST) : all;
}

static int authenticate(struct pop3_session *s, struct sasl_login *l, struct fct_error *err)
{
    bool is_tls = fct_host->conn_is_tls(s->conn);
    const char *only = fct_host->account_get(s->acc, "auth");
    const struct sasl_carrier carrier = {
        .ctx = s,
        .host = s->ep.host,
        .initial_max = COMMAND_MAX - INITIAL_OVERHEAD,
        .begin = begin_auth,
        .wait = wait_challenge,
        .reply = reply,
        .finish = finish,
        .own = own_command,
        .refusal = refusal,
        .give_up = give_up,
    };
    const struct sasl_offer offer = {
        .mechanisms = offered(s, is_tls, only),
        .only = only,
        .port = s->ep.port,
        .conn = s->conn,
        .hint = !is_tls && pop3_has(s, POP3_CAP_STLS) ? "it wants TLS first: leave tls=none away" : NULL,
        .is_tls = is_tls,
        .may_be_clear = s->ep.tls == FCT_TLS_NONE,
    };
    sasl_secrets_init(&s->secrets, l);
    int rc = sasl_sign_in(&carrier, &offer, l, err);
    sasl_secrets_done(&s->secrets);
    return rc;
}

int pop3_authenticate(struct pop3_session *s, struct fct_error *err)
{
    SCOPED(sasl_login_done) struct sasl_login l = {0};
    const char *only = fct_host->account_get(s->acc, "auth");
    bool is_external = sasl_wants_external(s->acc, s->conn, only, s->caps.mechanisms);
    return sasl_login_init(&l, s->acc, s->ep.host, is_external, err) < 0 ? -1 : authenticate(s, &l, err);
}
