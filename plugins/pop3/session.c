/* session.c - connecting, TLS, signing in; and what is told about a session. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOODBYE_MS 1500

/* ---- life ----------------------------------------------------------------------------------------------- */

static struct pop3_session *session_new(struct fct_account *acc)
{
    struct pop3_session *s = wire_alloc(sizeof(*s));
    s->acc = acc;
    fct_host->account_endpoint(acc, &s->ep);
    if (s->ep.port == 0)
        s->ep.port = s->ep.tls == FCT_TLS_IMPLICIT ? 995 : 110;
    return s;
}

static void session_free(struct pop3_session *s)
{
    if (!s)
        return;
    fct_host->conn_close(s->conn);
    sasl_secrets_done(&s->secrets);
    wire_buffer_done(&s->timestamp);
    wire_buffer_wipe(&s->out);
    wire_buffer_done(&s->line);
    wire_buffer_done(&s->words);
    wire_buffer_done(&s->uidls);
    free(s->entries);
    free(s);
}

static void session_freep(struct pop3_session **s)
{
    session_free(*s);
}

/* The answer is waited for: until it has come the mailbox is locked for whoever connects next. */
void pop3_close(void *session, const struct fct_error *err)
{
    struct pop3_session *s = session;
    if (s && !err && !s->broken && !s->is_over && s->signed_in && pop3_send(s, NULL, "QUIT") == 0 &&
        fct_host->conn_flush(s->conn, NULL) == 0)
        fct_host->conn_wait_input(s->conn, GOODBYE_MS, NULL);
    session_free(s);
}

/* ---- connecting ----------------------------------------------------------------------------------------- */

static int read_greeting(struct pop3_session *s, struct fct_error *err)
{
    s->round_trips++;
    if (pop3_read_status(s, err) < 0) {
        if (err && err->code == FCT_E_TIMEOUT && s->ep.tls != FCT_TLS_IMPLICIT)
            fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER,
                     "%s:%u says nothing; does it want TLS from the first byte (pop3s://)?", s->ep.host, s->ep.port);
        return -1;
    }
    if (s->status.kind == POP3_ERR)
        return pop3_refusal(s, "to be talked to", err);
    wire_buffer_set(&s->timestamp, pop3_timestamp(s->status.text));
    return 0;
}

/* A server without CAPA knows what RFC 1939 has, and refuses the rest when it is asked for. */
static int ask_capabilities(struct pop3_session *s, struct fct_error *err)
{
    struct fct_bytes line;
    int more;
    s->round_trips++;
    if (pop3_send(s, err, "CAPA") < 0 || pop3_read_status(s, err) < 0)
        return -1;
    s->caps = (struct pop3_caps){0};
    if (s->status.kind != POP3_OK) {
        s->caps.bits = POP3_CAP_USER;
        return 0;
    }
    for (int n = 0; (more = pop3_read_item(s, &line, err)) > 0; n++) {
        if (n == POP3_CAPABILITIES_MAX) {
            fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%s: the server has more than %d capabilities", s->ep.host,
                     POP3_CAPABILITIES_MAX);
            return pop3_break(s, err);
        }
        pop3_parse_capability(line, &s->caps);
    }
    return more;
}

/* It is not asked for first: what is said in clear may be forged, and a server without it refuses the command. */
static int start_tls(struct pop3_session *s, struct fct_error *err)
{
    s->round_trips++;
    if (pop3_send(s, err, "STLS") < 0 || pop3_read_status(s, err) < 0)
        return -1;
    if (s->status.kind != POP3_OK) {
        fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: the server does not offer STLS; nothing was sent in clear",
                 s->ep.host);
        fct_host->error_server(err, s->status.text);
        return -1;
    }
    /* Bytes that came with the answer are somebody else's: conn_start_tls refuses them. */
    if (fct_host->conn_start_tls(s->conn, err) < 0)
        return pop3_break(s, err);
    s->timestamp.n = 0; /* it came in clear */
    return 0;
}

/* RFC 6856 section 2: before signing in. Without it a server rewrites messages whose header is in UTF-8. */
static int ask_utf8(struct pop3_session *s, struct fct_error *err)
{
    if (!pop3_has(s, POP3_CAP_UTF8))
        return 0;
    s->round_trips++;
    return pop3_send(s, err, "UTF8") < 0 || pop3_read_status(s, err) < 0 ? -1 : 0;
}

static int sign_in(struct pop3_session *s, struct fct_error *err)
{
    if (fct_host->conn_open(s->acc, &s->ep, &s->conn, err) < 0 || read_greeting(s, err) < 0)
        return -1;
    if (s->ep.tls == FCT_TLS_STARTTLS && start_tls(s, err) < 0)
        return -1;
    if (ask_capabilities(s, err) < 0 || ask_utf8(s, err) < 0 || pop3_authenticate(s, err) < 0)
        return -1;
    s->signed_in = true;
    /* They may be others now (RFC 2449 section 3). */
    return pop3_has(s, POP3_CAP_UIDL | POP3_CAP_TOP | POP3_CAP_PIPELINING) ? 0 : ask_capabilities(s, err);
}

int pop3_connect(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err)
{
    SCOPED(session_freep) struct pop3_session *s = session_new(acc);
    if (sign_in(s, err) < 0)
        return -1;
    *out_can = FCT_CAN_EXPUNGE;
    *out_session = s;
    s = NULL;
    return 0;
}

/* ---- what is told about it ------------------------------------------------------------------------------ */

int pop3_describe(void *session, char *buf, size_t cap, struct fct_error *err)
{
    static const struct {
        uint32_t cap;
        const char *name;
    } known[] = {
        {POP3_CAP_UIDL, "UIDL"}, {POP3_CAP_TOP, "TOP"}, {POP3_CAP_PIPELINING, "PIPELINING"}, {POP3_CAP_UTF8, "UTF8"}};
    struct pop3_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer text = {0};
    (void)err;
    wire_buffer_addf(&text, "%s", s->caps.implementation[0] ? s->caps.implementation : "POP3 server");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (pop3_has(s, known[i].cap))
            wire_buffer_addf(&text, ", %s", known[i].name);
    wire_buffer_add_str(&text, fct_host->conn_is_tls(s->conn) ? ", TLS" : ", not encrypted");
    snprintf(buf, cap, "%s", wire_buffer_str(&text));
    return 0;
}

void pop3_stats(void *session, struct fct_session_stats *out)
{
    struct pop3_session *s = session;
    out->round_trips = s->round_trips;
    if (out->size >= offsetof(struct fct_session_stats, suspect_uid) + sizeof(out->suspect_uid))
        out->suspect_uid = s->broken ? s->coming : 0;
    fct_host->conn_traffic(s->conn, &out->bytes_in, &out->bytes_out);
}
