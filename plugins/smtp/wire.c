/* wire.c - commands out, replies in; and what a refusal means. */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void smtp_put(struct smtp_session *s, const char *fmt, ...)
{
    char line[4096]; /* the longest: RCPT with an address and the original one in xtext, each with a limit of its own */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    wire_buffer_add_str(&s->out, line);
    wire_buffer_add_str(&s->out, "\r\n");
}

int smtp_break(struct smtp_session *s, const struct fct_error *err)
{
    if (!s->is_broken) {
        s->is_broken = true;
        if (err)
            s->why_broken = *err;
        else
            fct_fail(&s->why_broken, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the connection broke", s->ep.host);
    }
    return -1;
}

int smtp_write(struct smtp_session *s, struct fct_error *err)
{
    struct fct_error why = {0};
    int rc = fct_host->conn_write(s->conn, wire_buffer_bytes(&s->out), &why);
    fct_host->wipe(s->out.p, s->out.n);
    s->out.n = 0;
    if (rc == 0)
        rc = fct_host->conn_flush(s->conn, &why);
    if (rc == 0)
        return 0;
    if (err)
        *err = why;
    return smtp_break(s, &why);
}

/* The wait may be nudged, which looks like its end. */
static int wait_long(struct smtp_session *s, uint32_t wait_ms, struct fct_error *err)
{
    uint64_t until = fct_host->now_ms() + wait_ms, now;
    while (!fct_host->conn_has_input(s->conn) && (now = fct_host->now_ms()) < until) {
        struct fct_error why = {0};
        if (fct_host->conn_wait_input(s->conn, (uint32_t)(until - now), &why) < 0 && why.code != FCT_E_TIMEOUT) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

static int read_lines(struct smtp_session *s, struct fct_error *err)
{
    int complete;
    do {
        struct fct_bytes line;
        if (fct_host->conn_read_line(s->conn, SMTP_REPLY_LINE_MAX, &line, err) < 0)
            return -1;
        if ((complete = smtp_reply_line(&s->reply, line)) < 0) {
            fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server's answer is no SMTP", s->ep.host);
            fct_host->error_server(err, line);
            return -1;
        }
    } while (!complete);
    return 0;
}

int smtp_read_reply(struct smtp_session *s, uint32_t wait_ms, struct fct_error *err)
{
    struct fct_error why = {0};
    smtp_reply_clear(&s->reply);
    s->round_trips += !fct_host->conn_has_input(s->conn);
    if ((wait_ms > 0 && wait_long(s, wait_ms, &why) < 0) || read_lines(s, &why) < 0) {
        if (err)
            *err = why;
        return smtp_break(s, &why);
    }
    return 0;
}

int smtp_command(struct smtp_session *s, struct fct_error *err)
{
    return smtp_write(s, err) < 0 ? -1 : smtp_read_reply(s, 0, err);
}

struct fct_bytes smtp_reply_words(struct smtp_session *s)
{
    sasl_secrets_strike(&s->secrets, wire_buffer_bytes(&s->reply.text), &s->struck);
    char code[8];
    size_t n = (size_t)snprintf(code, sizeof(code), "%d ", s->reply.code);
    SCOPED(wire_buffer_done) struct wire_buffer words = {0};
    wire_buffer_add(&words, code, n);
    for (size_t i = 0; i < s->struck.n; i++)
        wire_buffer_add_char(&words, s->struck.p[i] == '\n' ? ' ' : s->struck.p[i]);
    wire_buffer_set(&s->struck, wire_buffer_bytes(&words));
    return wire_buffer_bytes(&s->struck);
}

static bool detail_is(const struct smtp_reply *r, unsigned subject, unsigned detail)
{
    return r->detail[0] != 0 && r->detail[1] == subject && r->detail[2] == detail;
}

/* 552 is said of messages that are too large and of mailboxes that are full; the enhanced code tells which (RFC 3463
 * sections 3.3 and 3.4): 2.3 and 3.4 are about this message. */
static bool is_too_large(const struct smtp_reply *r)
{
    if (r->code < 500)
        return false;
    return detail_is(r, 3, 4) || detail_is(r, 2, 3) || (r->code == 552 && r->detail[0] == 0);
}

/* RFC 5321 section 4.2.2 and 4.2.3, RFC 4954 section 6, RFC 3463. */
int smtp_fail_reply(struct smtp_session *s, const char *what, struct fct_error *err)
{
    const struct smtp_reply *r = &s->reply;
    struct fct_error why = {0};
    bool leaves = r->code == 421; /* "closing transmission channel", in answer to anything */
    if (leaves)
        fct_fail(&why, FCT_E_NETWORK, s->n_sent > 0 ? FCT_RETRY_NOW : FCT_RETRY_LATER,
                 "%s: the server ends the conversation", s->ep.host);
    else if (r->code < 400)
        fct_fail(&why, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: %s: an answer that is none to this", s->ep.host, what);
    else if (r->code == 530 || r->code == 534 || r->code == 535 || r->code == 538)
        fct_fail(&why, FCT_E_AUTH, FCT_RETRY_NEVER, "%s: %s: the server wants another way to sign in", s->ep.host,
                 what);
    else if (is_too_large(r))
        fct_fail(&why, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "%s: %s: the message is too large", s->ep.host, what);
    else
        fct_fail(&why, FCT_E_SERVER, r->code < 500 ? FCT_RETRY_LATER : FCT_RETRY_NEVER, "%s: the server %s: %s",
                 s->ep.host, r->code < 500 ? "says that it may be tried later" : "refuses", what);
    why.user_action = why.code == FCT_E_AUTH;
    fct_host->error_server(&why, smtp_reply_words(s));
    if (err)
        *err = why;
    return leaves || r->code < 400 ? smtp_break(s, &why) : -1;
}
