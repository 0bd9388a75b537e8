/* session.h - one conversation with one POP3 server: what the operations of the plugin share.
 *
 * conversation.c sends commands and takes answers, session.c connects, auth.c signs in, list.c and fetch.c and leave.c
 * are the operations of struct fct_source.
 *
 * Suspends   everything that takes a session and an error, unless its comment says otherwise.
 * Errors     a failed read, write or parse breaks the session: every later call gives the same error. "-ERR" does not.
 */
#ifndef POP3_SESSION_H
#define POP3_SESSION_H

#include "parser.h"

#include "sasl/secrets.h"

#define POP3_MESSAGES_MAX ((size_t)2000000) /* that a server may list, and lines of it */
#define POP3_UIDLS_MAX ((size_t)256 << 20)  /* bytes of all UIDLs */
#define POP3_CAPABILITIES_MAX 200           /* lines of CAPA */
#define POP3_IN_FLIGHT 64                   /* commands that wait for their answers, where PIPELINING is offered */
#define POP3_CHUNK ((size_t)64 << 10)       /* read at once */
#define POP3_PATIENCE 10                    /* deadlines of a read, for an answer that comes in drops... */
#define POP3_RATE_MIN 1024u                 /* ...beyond which it must come at so many octets a second */

/* A message of this session. */
struct pop3_entry {
    uint64_t number, size; /* size: as LIST says */
    size_t uidl;           /* where it begins in `uidls`, ended by a NUL; 0: none */
};

struct pop3_session {
    struct fct_account *acc;
    struct fct_conn *conn;
    struct fct_endpoint ep;
    struct pop3_caps caps;
    bool signed_in;
    bool is_over;                 /* QUIT was sent */
    struct wire_buffer timestamp; /* for APOP */
    struct wire_buffer out;       /* a command under construction */

    /* input: lines come from the connection until we are signed in, then from `rest` */
    struct fct_bytes rest;      /* read and not used yet; valid until the next read */
    struct wire_buffer line;    /* one that came in pieces */
    bool bare_lf;               /* the last line of an answer ended so */
    uint64_t waited_ms, earned; /* of the answer that is being read: see pop3_begin_waiting */

    /* the last answer */
    struct pop3_status status;
    struct wire_buffer words;    /* its text, without secrets */
    struct sasl_secrets secrets; /* while signing in: what must not be repeated, whatever the server says */

    /* the listing */
    struct pop3_entry *entries; /* by number */
    size_t n_entries;
    struct wire_buffer uidls; /* its first byte is not used */
    bool no_top;              /* the server has refused it */

    uint64_t round_trips;
    uint64_t coming; /* the message whose bytes are being read; 0: none */
    bool broken;
    struct fct_error why_broken;
};

/* ---- conversation.c ------------------------------------------------------------------------------------- */

/* Every operation begins with this. */
int pop3_check(const struct pop3_session *s, struct fct_error *err);
/* Marks the session as unusable; returns -1. Never suspends. */
int pop3_break(struct pop3_session *s, const struct fct_error *err);
/* Sends "words" and CRLF; goes out with the next wait. */
int pop3_send(struct pop3_session *s, struct fct_error *err, const char *fmt, ...) FCT_PRINTF(3, 4);
int pop3_send_line(struct pop3_session *s, struct fct_bytes line, struct fct_error *err);
/* Reads the first line of an answer into s->status: its text is valid until the next. 0 whatever it says; -1: the
 * session broke. */
int pop3_read_status(struct pop3_session *s, struct fct_error *err);
/* The same, and "-ERR" is an error of `what`. */
int pop3_expect_ok(struct pop3_session *s, const char *what, struct fct_error *err);
/* Makes an error of s->status. Returns -1. Never suspends. */
int pop3_refusal(struct pop3_session *s, const char *what, struct fct_error *err);
/* A line of a multi-line answer, its dot unstuffed. 1: *out is it, valid until the next read; 0: the answer has ended.
 */
int pop3_read_item(struct pop3_session *s, struct fct_bytes *out, struct fct_error *err);
/* Bytes, at least one, into s->rest, if it is empty. Only after signing in. */
int pop3_read_more(struct pop3_session *s, struct fct_error *err);
/* A new answer is waited for: its time begins. Never suspends. */
void pop3_begin_waiting(struct pop3_session *s);

static inline bool pop3_has(const struct pop3_session *s, uint32_t caps)
{
    return (s->caps.bits & caps) == caps;
}

/* ---- auth.c --------------------------------------------------------------------------------------------- */

int pop3_authenticate(struct pop3_session *s, struct fct_error *err);

/* ---- list.c --------------------------------------------------------------------------------------------- */

/* Never suspends. NULL: there is no such message in the listing. */
const struct pop3_entry *pop3_find(const struct pop3_session *s, uint64_t number);
struct fct_bytes pop3_uidl(const struct pop3_session *s, const struct pop3_entry *e);

/* ---- the operations of struct fct_source ---------------------------------------------------------------- */

int pop3_connect(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err);
void pop3_close(void *session, const struct fct_error *err);
int pop3_describe(void *session, char *buf, size_t cap, struct fct_error *err);
void pop3_stats(void *session, struct fct_session_stats *out);
int pop3_list(void *session, const struct fct_sink *sink, struct fct_error *err);
int pop3_select(void *session, struct fct_bytes wire_name, const struct fct_known *known, const struct fct_sink *sink,
                struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err);
int pop3_list_messages(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                       const struct fct_sink *sink, struct fct_error *err);
int pop3_fetch(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
               struct fct_error *err);
int pop3_fetch_headers(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                       struct fct_error *err);
int pop3_expunge(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_error *err);

#endif
