/* session.c - connecting, TLS, EHLO; and the end. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOODBYE_MS 1500
#define USUAL_MS 60000
#define GREETING_FACTOR 4 /* more: RFC 5321 section 4.5.3.2.1 wants five minutes where others have one */

static struct smtp_session *session_new(struct fct_account *acc)
{
    struct smtp_session *s = wire_alloc(sizeof(*s));
    s->acc = acc;
    fct_host->account_endpoint(acc, &s->ep);
    if (s->ep.io_timeout_ms == 0)
        s->ep.io_timeout_ms = USUAL_MS;
    if (s->ep.port == 0)
        s->ep.port = s->ep.tls == FCT_TLS_IMPLICIT ? 465 : 587;
    return s;
}

static void session_free(struct smtp_session *s)
{
    if (!s)
        return;
    fct_host->conn_close(s->conn);
    smtp_reply_done(&s->reply);
    sasl_secrets_done(&s->secrets);
    wire_buffer_wipe(&s->out);
    wire_buffer_done(&s->struck);
    free(s);
}

static void session_freep(struct smtp_session **s)
{
    session_free(*s);
}

void smtp_close(void *session, const struct fct_error *err)
{
    struct smtp_session *s = session;
    if (s && !err && !s->is_broken && s->is_ready) {
        smtp_put(s, "QUIT");
        if (smtp_write(s, NULL) == 0)
            fct_host->conn_wait_input(s->conn, GOODBYE_MS, NULL);
    }
    session_free(s);
}

/* What we call ourselves: a name of this machine is nobody's business, and few have one that others could look up. */
static const char *own_name(const struct smtp_session *s)
{
    const char *name = fct_host->account_get(s->acc, "smtpName");
    return name && *name ? name : "[127.0.0.1]";
}

static int check_own_name(const struct smtp_session *s, struct fct_error *err)
{
    const char *name = own_name(s);
    bool is_good = strlen(name) <= 255;
    for (const char *c = name; *c; c++)
        is_good = is_good && *c > ' ' && *c < 0x7f;
    return is_good ? 0
                   : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                              "settings: smtpName: a host name in ASCII, or an address in [brackets]");
}

static int say_hello(struct smtp_session *s, struct fct_error *err)
{
    bool is_extended = true;
    smtp_put(s, "EHLO %s", own_name(s));
    if (smtp_command(s, err) < 0)
        return -1;
    if (s->reply.code / 100 == 5 && s->ep.tls != FCT_TLS_STARTTLS) { /* RFC 5321 section 3.2 */
        is_extended = false;
        smtp_put(s, "HELO %s", own_name(s));
        if (smtp_command(s, err) < 0)
            return -1;
    }
    if (s->reply.code != 250)
        return smtp_fail_reply(s, "the greeting", err);
    smtp_offer_parse(wire_buffer_bytes(&s->reply.text), &s->offer);
    if (!is_extended) { /* whatever it adds in further lines is no offer (RFC 5321 section 4.1.1.1) */
        s->offer.extensions = s->offer.mechanisms = 0;
        s->offer.size_max = 0;
    }
    return 0;
}

static int start_tls(struct smtp_session *s, struct fct_error *err)
{
    if (!(s->offer.extensions & SMTP_EXT_STARTTLS))
        return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
                        "%s: the server does not offer STARTTLS; nothing was sent in clear", s->ep.host);
    smtp_put(s, "STARTTLS");
    if (smtp_command(s, err) < 0)
        return -1;
    if (s->reply.code != 220) {
        fct_fail(err, FCT_E_TLS, s->reply.code / 100 == 4 ? FCT_RETRY_LATER : FCT_RETRY_NEVER,
                 "%s: the server refuses STARTTLS; nothing was sent in clear", s->ep.host);
        fct_host->error_server(err, smtp_reply_words(s));
        return -1;
    }
    /* Bytes that came with the answer are somebody else's: conn_start_tls refuses them (RFC 3207 section 6). */
    if (fct_host->conn_start_tls(s->conn, err) < 0)
        return -1;
    s->offer = (struct smtp_offer){0}; /* what was said before TLS may be forged (section 4.2) */
    return say_hello(s, err);
}

/* Whoever has less patience than usual, as an account that is tried out while its user waits, has it here, too. */
static int read_greeting(struct smtp_session *s, struct fct_error *err)
{
    uint32_t more_ms = s->ep.io_timeout_ms < USUAL_MS ? 0 : GREETING_FACTOR * s->ep.io_timeout_ms;
    if (smtp_read_reply(s, more_ms, err) == 0)
        return 0;
    if (err && err->code == FCT_E_TIMEOUT && s->ep.tls != FCT_TLS_IMPLICIT)
        fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER,
                 "%s:%u says nothing; does it want TLS from the first byte (smtps://)?", s->ep.host, s->ep.port);
    return -1;
}

static int greet(struct smtp_session *s, struct fct_error *err)
{
    if (check_own_name(s, err) < 0 || fct_host->conn_open(s->acc, &s->ep, &s->conn, err) < 0 ||
        read_greeting(s, err) < 0)
        return -1;
    if (s->reply.code != 220)
        return smtp_fail_reply(s, "the connection", err);
    if (say_hello(s, err) < 0)
        return -1;
    return s->ep.tls == FCT_TLS_STARTTLS ? start_tls(s, err) : 0;
}

int smtp_connect(struct fct_account *acc, void **out_session, struct fct_error *err)
{
    SCOPED(session_freep) struct smtp_session *s = session_new(acc);
    if (greet(s, err) < 0 || smtp_authenticate(s, err) < 0)
        return -1;
    s->is_ready = true;
    *out_session = s;
    s = NULL;
    return 0;
}

uint32_t smtp_takes(void *session)
{
    const struct smtp_session *s = session;
    return s->offer.extensions & SMTP_EXT_8BITMIME ? FCT_TAKES_8BIT : 0;
}

int smtp_describe(void *session, char *buf, size_t cap, struct fct_error *err)
{
    static const struct {
        uint32_t extension;
        const char *name;
    } known[] = {{SMTP_EXT_PIPELINING, "PIPELINING"},
                 {SMTP_EXT_CHUNKING, "CHUNKING"},
                 {SMTP_EXT_8BITMIME, "8BITMIME"},
                 {SMTP_EXT_SMTPUTF8, "SMTPUTF8"},
                 {SMTP_EXT_DSN, "DSN"},
                 {SMTP_EXT_ENHANCED, "ENHANCEDSTATUSCODES"}};
    struct smtp_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer text = {0};
    (void)err;
    wire_buffer_add_str(&text, s->offer.name[0] ? s->offer.name : "SMTP server");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (s->offer.extensions & known[i].extension)
            wire_buffer_addf(&text, ", %s", known[i].name);
    if (s->offer.size_max)
        wire_buffer_addf(&text, ", messages up to %llu bytes", (unsigned long long)s->offer.size_max);
    wire_buffer_add_str(&text, fct_host->conn_is_tls(s->conn) ? ", encrypted" : ", not encrypted");
    snprintf(buf, cap, "%s", wire_buffer_str(&text));
    return 0;
}
