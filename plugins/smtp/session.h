/* session.h - one conversation with one submission server, and the commands that the files of this plugin share.
 *
 * Ownership  the session is what fct_transport.connect returns.
 * Suspends   everything that reads or writes.
 * Errors     a session that broke (see fct_transport) fails every later call with its first error.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "reply.h"
#include "sasl/secrets.h"

struct smtp_session {
    struct fct_account *acc;
    struct fct_endpoint ep;
    struct fct_conn *conn;
    struct smtp_offer offer;
    struct smtp_reply reply;     /* the last one */
    struct wire_buffer out;      /* commands that have not been handed to the connection */
    struct wire_buffer struck;   /* a server's words without secrets */
    struct sasl_secrets secrets; /* while signing in */
    bool is_ready;               /* signed in, or let in without */
    bool needs_reset;            /* a transaction was begun and not ended (RFC 5321 section 4.1.1.5) */
    uint64_t n_sent;             /* transactions so far: it was idle before the next one */
    bool is_broken;
    struct fct_error why_broken;
    uint64_t round_trips;
};

/* ---- session.c ---- */

int smtp_connect(struct fct_account *acc, void **out_session, struct fct_error *err);
void smtp_close(void *session, const struct fct_error *err);
uint32_t smtp_takes(void *session);
int smtp_describe(void *session, char *buf, size_t cap, struct fct_error *err);

/* ---- wire.c: commands and replies ---- */

/* Appends a command, with its CRLF. What stands in it was checked. Never suspends. */
void smtp_put(struct smtp_session *s, const char *fmt, ...) FCT_PRINTF(2, 3);
/* Hands to the connection what was put, and wipes it. */
int smtp_write(struct smtp_session *s, struct fct_error *err);
/* The next reply, in s->reply; it may take `wait_ms` to begin (0: as any). */
int smtp_read_reply(struct smtp_session *s, uint32_t wait_ms, struct fct_error *err);
/* Writes what was put and reads the reply. */
int smtp_command(struct smtp_session *s, struct fct_error *err);
/* Nothing more can be said on this connection. Returns -1. Never suspends. */
int smtp_break(struct smtp_session *s, const struct fct_error *err);
/* An error made of s->reply, "HOST: WHAT". Returns -1. Never suspends. */
int smtp_fail_reply(struct smtp_session *s, const char *what, struct fct_error *err);
/* The words of s->reply, with their code, printable. Valid until the next reply. Never suspends. */
struct fct_bytes smtp_reply_words(struct smtp_session *s);

/* ---- auth.c ---- */

int smtp_authenticate(struct smtp_session *s, struct fct_error *err);

/* ---- send.c, body.c ---- */

int smtp_send(void *session, const struct fct_envelope *e, const struct fct_outgoing *o, struct fct_sent *out,
              struct fct_error *err);
/* The message itself, once recipients were accepted: out->fate and out->reply. `has_data`: DATA was said, and not
 * answered yet. */
int smtp_send_body(struct smtp_session *s, const struct fct_envelope *e, const struct fct_outgoing *o, bool has_data,
                   struct fct_sent *out, struct fct_error *err);

#endif
