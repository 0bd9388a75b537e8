/* exchange.h - one request and its answer, whichever version of HTTP carries them.
 *
 * A transport (h1.c, h2.c) makes an exchange of a request's head, feeds it the body, and writes the answer when there
 * is one. Between them stands exchange_begin: it checks Host and Origin, answers preflights, finds the route, asks for
 * a credential. A route never sees a request that has not passed all of this.
 *
 * A route answers once, at once or later. When the peer goes before, `gone` is called and nothing is answered.
 *
 * Ownership  the transport's; exchange_free calls the route's `gone`.
 * Threads    the loop's.
 */
#ifndef BRIDGE_EXCHANGE_H
#define BRIDGE_EXCHANGE_H

#include "backend.h"
#include "http1.h"
#include "jmap.h"

struct bridge;
struct exchange;
struct websocket;

struct route {
    const char *path; /* ends with '/': everything below it */
    unsigned methods; /* bits, 1 << enum http_method; OPTIONS is always answered */
    bool is_public;   /* nobody need sign in */
    uint64_t max_body;
    /* The head is good. May answer; if there is a body and it has not, the body follows. */
    void (*begin)(struct exchange *x);
    /* A piece of the body; not called once there is an answer. */
    void (*body)(struct exchange *x, const char *p, size_t n);
    void (*end)(struct exchange *x);      /* the body is complete; also where there is none */
    void (*writable)(struct exchange *x); /* of a stream: all that was added is on its way */
    void (*gone)(struct exchange *x);     /* x->state is to be freed */
};

enum answer_kind { ANSWER_BYTES, ANSWER_FILE, ANSWER_STREAM };

/* What libwebsockets keeps a pointer to, beside a connection: each begins with what it is, as a stream that is closing
 * does not say of which connection it was. */
enum carried { CARRIED_CONNECTION = 1, CARRIED_STREAM };

struct exchange {
    enum carried carried; /* CARRIED_STREAM */
    struct bridge *bridge;
    struct http_head head;
    char *peer;   /* address; behind a proxy, as that one says */
    char *base;   /* "https://host:port", without a slash: what absolute URLs begin with */
    char *origin; /* the Origin that is allowed; NULL: none was sent */
    const struct route *route;
    void *state; /* the route's */
    struct login *login;
    struct exchange *prev, *next; /* of the bridge */

    /* the transport's */
    void *transport;
    void (*wake)(struct exchange *x);                  /* there is something to write */
    void (*kill)(struct exchange *x);                  /* close what carries it */
    void (*pause)(struct exchange *x, bool is_paused); /* read no more of the body for now; NULL: that cannot be */
    bool is_h2;
    int64_t window;              /* HTTP/2: bytes of the body that the client may still send (RFC 9113 section 6.9) */
    bool is_waiting;             /* HTTP/2: it is given no more of them for now */
    bool end_is_told;            /* HTTP/2: libwebsockets will not tell its end any more */
    uint64_t head_ms, delivered; /* HTTP/2: when the answer's head went, and bytes of its body that went since */

    /* the request's body */
    uint64_t received;
    bool has_ended;              /* it is complete */
    uint64_t began_ms, moved_ms; /* when the head was complete; when bytes came or went last */

    /* the answer */
    int status;         /* 0: none yet */
    struct buf headers; /* "name: value\r\n" */
    enum answer_kind kind;
    struct buf bytes; /* ANSWER_BYTES, or what was added to a stream */
    size_t sent;      /* of `bytes` */
    int fd;           /* ANSWER_FILE */
    uint64_t offset, left;
    bool is_ended;    /* a stream: nothing more is added */
    bool end_is_held; /* HTTP/2: all of it is sent, but for the stream's end */
    bool no_body;     /* HEAD, 204, 304: the headers say what it would be */
    bool must_close;
    struct websocket *upgrade; /* status 101: what the connection becomes */
    bool head_is_sent, is_done;
    void *transport_work; /* the answer is being packed on a worker */
};

/* Takes `head` over. */
struct exchange *exchange_new(struct bridge *b, struct http_head *head, const char *peer, bool is_tls);
void exchange_free(struct exchange *x);
/* Checks it and gives it to its route; there may be an answer when it returns. */
void exchange_begin(struct exchange *x);
void exchange_body(struct exchange *x, const char *p, size_t n);
void exchange_end(struct exchange *x);

/* ---- answering: once, then no more ---- */

/* Beforehand. `value` holds no CR and no LF. */
void exchange_header(struct exchange *x, const char *name, const char *value);
void exchange_headerf(struct exchange *x, const char *name, const char *fmt, ...) PRINTF(3, 4);
/* Takes `body` over; gzip where the client takes it and it is worth it. `type` NULL: there is no body. */
void exchange_answer(struct exchange *x, int status, const char *type, struct buf *body);
/* An error with a sentence for people, as problem details (RFC 7807). */
void exchange_answer_text(struct exchange *x, int status, const char *fmt, ...) PRINTF(3, 4);
void exchange_answer_problem(struct exchange *x, const struct jmap_problem *p);
/* `length` bytes of a file from `offset` on; takes `fd` over. */
void exchange_answer_file(struct exchange *x, int status, const char *type, int fd, uint64_t offset, uint64_t length);
void exchange_answer_stream(struct exchange *x, const char *type);
void exchange_add(struct exchange *x, const void *p, size_t n);
void exchange_finish(struct exchange *x);
/* 503 with Retry-After. */
void exchange_answer_down(struct exchange *x);
/* 502, and no word of coming again: who repeats it by himself may do it twice. */
void exchange_answer_lost(struct exchange *x);
/* Any but BACKEND_OK. BACKEND_LOST is as BACKEND_DOWN here: for what changes nothing, or may be done twice. */
void exchange_answer_outcome(struct exchange *x, enum backend_outcome outcome);

/* ---- writing: for transports ---- */

/* The next bytes of the body, at most `max` into `to`: how many. 0: none now. *out_last: nothing comes behind them. -1:
 * the file is shorter than it was. */
ssize_t exchange_read_body(struct exchange *x, char *to, size_t max, bool *out_last);
const char *http_reason(int status);
/* Whether `bytes` since `began_ms` are so few that somebody only holds on to what carries them. */
bool exchange_is_slow(const struct bridge *b, uint64_t began_ms, uint64_t bytes, uint64_t now);
/* How much more of a body is read, and thrown away, when it was answered before its end: a peer that sends all before
 * it reads would otherwise find a closed connection and no answer. */
uint64_t exchange_drain_max(const struct exchange *x);

#endif
