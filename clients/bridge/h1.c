#include "h1.h"

#include "exchange.h"
#include "websocket.h"

#include <stdio.h>
#include <string.h>

#define AHEAD_MAX ((size_t)64 << 10) /* bytes that are kept of requests behind the present one */
#define LINGER_MS \
    2000 /* of silence: what is still sent by a peer that is told to go is read, so that it can read why */
#define REFUSED_BYTES ((uint64_t)64 << 20)
#define CHUNK_ROOM 20 /* for a chunk's size, its line ends, and the last chunk */

struct h1 {
    struct bridge *bridge;
    struct h1_carrier carrier;
    char *peer;
    bool is_tls;
    struct buf in; /* bytes of a head that is not complete, or of what comes behind the present request */
    struct exchange *x;
    struct http1_chunks chunks;
    uint64_t body_left;
    bool is_chunked_answer;
    struct buf out; /* an answer without an exchange; "100 Continue" */
    size_t out_sent;
    bool is_refusing; /* `out` is the last that is said */
    bool is_lingering, is_half_closed;
    uint64_t linger_began, linger_end, lingered, linger_max;
    uint64_t since; /* idle, or the head's first byte */
    bool is_paused, is_feeding;
    bool is_held_back; /* by the exchange: it takes no more of the body for now */
    bool has_served;   /* a request before this one was answered */
    struct websocket *ws;
};

static int read_requests(struct h1 *h);

struct h1 *h1_new(struct bridge *b, const struct h1_carrier *c, const char *peer, bool is_tls)
{
    struct h1 *h = XNEW(struct h1);
    h->bridge = b;
    h->carrier = *c;
    h->peer = xstrdup(peer);
    h->is_tls = is_tls;
    h->since = now_ms();
    return h;
}

void h1_free(struct h1 *h)
{
    if (!h)
        return;
    exchange_free(h->x);
    websocket_free(h->ws);
    free_wiped(h->in.p, h->in.cap);
    buf_done(&h->out);
    free(h->peer);
    free(h);
}

bool h1_is_known(const struct h1 *h)
{
    return h->ws || (h->x && h->x->login && login_is_known(h->x->login));
}

/* ---- reading ---- */

static void refuse(struct h1 *h, int status, const char *why)
{
    log_info("%s: %d, %s", h->peer, status, why);
    struct jmap_problem p;
    struct buf text = {0};
    jmap_problem_set(&p, status, "about:blank", NULL, "%s", why);
    jmap_problem_write(&p, NULL, &text);
    buf_addf(&h->out,
             "HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %zu\r\ncache-control: "
             "no-store\r\nconnection: close\r\n\r\n%s",
             status, http_reason(status), text.n, buf_str(&text));
    buf_done(&text);
    h->linger_max = REFUSED_BYTES;
    h->is_refusing = true;
    h->in.n = 0;
    h->carrier.want_write(h->carrier.arg);
}

/* A connection that is not read is not written to either, so an answer ends that. */
static void wake(struct exchange *x)
{
    struct h1 *h = x->transport;
    if (h->is_held_back && x->status) {
        h->is_held_back = false;
        h->carrier.pause(h->carrier.arg, false);
    }
    h->carrier.want_write(h->carrier.arg);
}

static void kill_it(struct exchange *x)
{
    struct h1 *h = x->transport;
    h->carrier.kill(h->carrier.arg);
}

static void pause_it(struct exchange *x, bool is_paused)
{
    struct h1 *h = x->transport;
    h->is_held_back = is_paused;
    h->carrier.pause(h->carrier.arg, is_paused);
}

static void end_body(struct h1 *h)
{
    exchange_end(h->x);
    if (h->x->status) /* it may have waited for this */
        h->carrier.want_write(h->carrier.arg);
}

static void begin_request(struct h1 *h, struct http_head *head)
{
    const char *expect = http_header(head, "expect");
    bool wants_word = expect && strcasecmp(expect, "100-continue") == 0 && !head->is_1_0;
    h->body_left = head->length;
    h->chunks = (struct http1_chunks){0};
    struct exchange *x = h->x = exchange_new(h->bridge, head, h->peer, h->is_tls);
    x->transport = h;
    x->wake = wake;
    x->kill = kill_it;
    x->pause = pause_it;
    exchange_begin(x);
    if (wants_word && x->status) /* RFC 9110 section 10.1.1: it waits for a word, and its body may never come */
        x->must_close = true;
    if (wants_word && !x->status && (x->head.is_chunked || h->body_left > 0)) {
        buf_add_str(&h->out, "HTTP/1.1 100 Continue\r\n\r\n");
        h->carrier.want_write(h->carrier.arg);
    }
    if (!x->head.is_chunked && h->body_left == 0)
        end_body(h);
}

/* How many bytes of a body it took; -1: it is malformed, which is told. */
static ssize_t read_body(struct h1 *h, const char *p, size_t n)
{
    struct exchange *x = h->x;
    const char *at = p, *data;
    size_t left = n, data_n;
    int kind;
    if (!x->head.is_chunked) {
        size_t take = n < h->body_left ? n : (size_t)h->body_left;
        exchange_body(x, p, take);
        h->body_left -= take;
        if (h->body_left == 0)
            end_body(h);
        return (ssize_t)take;
    }
    while ((kind = http1_chunks_next(&h->chunks, &at, &left, &data, &data_n)) == 1)
        exchange_body(x, data, data_n);
    if (kind < 0) {
        if (x->status)
            return -1; /* an answer is on its way: no other */
        exchange_free(x);
        h->x = NULL;
        refuse(h, 400, "a chunk is malformed");
        return -1;
    }
    if (kind == 2)
        end_body(h);
    return (ssize_t)(n - left);
}

/* 1: a request begins; 0: more has to come; -1: refused. */
static int read_head(struct h1 *h)
{
    struct http_head head;
    const char *why = "the head is malformed or too large";
    size_t skip = 0; /* an empty line before a request is nothing (RFC 9112 section 2.2) */
    while (h->in.n - skip >= 2 && memcmp(h->in.p + skip, "\r\n", 2) == 0 && skip < 8)
        skip += 2;
    ssize_t n = http1_head_length(h->in.p + skip, h->in.n - skip);
    if (n == 0)
        return 0;
    int status =
        n < 0 ? h->in.n - skip >= HTTP_HEAD_MAX ? 431 : 400 : http1_head_parse(h->in.p + skip, (size_t)n, &head, &why);
    if (status) {
        refuse(h, status, why);
        return -1;
    }
    size_t taken = skip + (size_t)n;
    explicit_bzero(h->in.p, taken);
    memmove(h->in.p, h->in.p + taken, h->in.n - taken);
    h->in.n -= taken;
    begin_request(h, &head);
    return 1;
}

/* Takes what is there as far as it goes: heads, bodies, and no request before the one before it is answered. */
static int read_requests(struct h1 *h)
{
    if (h->is_feeding) /* an answer at once calls for the next request: it is taken in the loop below */
        return 0;
    h->is_feeding = true;
    while (!h->is_refusing && h->in.n > 0) {
        if (!h->x) {
            if (read_head(h) <= 0)
                break;
            continue;
        }
        if (h->x->has_ended)
            break;
        ssize_t n = read_body(h, h->in.p, h->in.n);
        if (n < 0) {
            h->in.n = 0;
            break;
        }
        memmove(h->in.p, h->in.p + n, h->in.n - (size_t)n);
        h->in.n -= (size_t)n;
    }
    if (h->in.n == 0 && h->in.cap > 0) {
        free_wiped(h->in.p, h->in.cap);
        h->in = (struct buf){0};
    }
    h->is_feeding = false;
    bool should_pause = h->in.n >= AHEAD_MAX;
    if (should_pause != h->is_paused) {
        h->is_paused = should_pause;
        h->carrier.pause(h->carrier.arg, should_pause);
    }
    return 0;
}

int h1_read(struct h1 *h, const char *p, size_t n)
{
    if (h->ws)
        return websocket_read(h->ws, p, n);
    if (h->is_refusing || h->is_lingering) {
        h->lingered += n;
        h->linger_end = now_ms() + LINGER_MS;
        return h->lingered > h->linger_max ? -1 : 0;
    }
    if (!h->x && h->in.n == 0)
        h->since = now_ms();
    /* A body that nothing stands before goes through without being kept. */
    if (h->x && !h->x->has_ended && h->in.n == 0) {
        h->is_feeding = true;
        ssize_t taken = read_body(h, p, n);
        h->is_feeding = false;
        if (taken < 0)
            return 0;
        p += taken;
        n -= (size_t)taken;
    }
    if (n > 0)
        buf_add(&h->in, p, n);
    return read_requests(h);
}

/* ---- writing ---- */

static bool may_stay_open(const struct exchange *x)
{
    return x->has_ended && !x->must_close && !x->head.wants_close && !x->bridge->is_stopping;
}

static size_t write_head(struct h1 *h, struct exchange *x, char *to, size_t max)
{
    struct buf b = {0};
    h->is_chunked_answer = x->kind == ANSWER_STREAM && !x->head.is_1_0 && !x->no_body && !x->upgrade;
    if (x->kind == ANSWER_STREAM && !h->is_chunked_answer && !x->upgrade)
        x->must_close = true;
    buf_addf(&b, "HTTP/1.1 %d %s\r\n", x->status, x->upgrade ? "Switching Protocols" : http_reason(x->status));
    buf_add(&b, x->headers.p, x->headers.n);
    if (h->is_chunked_answer)
        buf_add_str(&b, "transfer-encoding: chunked\r\n");
    if (!x->upgrade && !may_stay_open(x))
        buf_add_str(&b, "connection: close\r\n");
    else if (x->head.is_1_0)
        buf_add_str(&b, "connection: keep-alive\r\n");
    buf_add_str(&b, "\r\n");
    size_t n = b.n < max ? b.n : 0;
    memcpy(to, b.p, n);
    buf_done(&b);
    x->head_is_sent = n > 0;
    return n;
}

static ssize_t write_body(struct h1 *h, struct exchange *x, char *to, size_t max)
{
    bool is_last;
    if (!h->is_chunked_answer) {
        ssize_t n = exchange_read_body(x, to, max, &is_last);
        x->is_done = is_last;
        return n;
    }
    if (max < 2 * CHUNK_ROOM)
        return 0;
    ssize_t n = exchange_read_body(x, to + CHUNK_ROOM, max - 2 * CHUNK_ROOM, &is_last);
    if (n < 0)
        return -1;
    size_t at = 0;
    if (n > 0) {
        at = (size_t)sprintf(to, "%zx\r\n", (size_t)n);
        memmove(to + at, to + CHUNK_ROOM, (size_t)n);
        at += (size_t)n;
        memcpy(to + at, "\r\n", 2);
        at += 2;
    }
    if (is_last) {
        memcpy(to + at, "0\r\n\r\n", 5);
        at += 5;
        x->is_done = true;
    }
    return (ssize_t)at;
}

/* What was said last is on its way when h1_next is called again: then our side is closed. */
static void linger(struct h1 *h)
{
    h->is_lingering = true;
    h->linger_began = now_ms();
    h->linger_end = h->linger_began + LINGER_MS;
    h->carrier.want_write(h->carrier.arg);
}

static void close_our_side(struct h1 *h)
{
    if (h->is_half_closed)
        return;
    h->is_half_closed = true;
    h->carrier.half_close(h->carrier.arg);
}

static void finish_exchange(struct h1 *h)
{
    struct exchange *x = h->x;
    bool stays = may_stay_open(x);
    struct websocket *ws = x->upgrade;
    x->upgrade = NULL;
    h->x = NULL;
    h->linger_max = exchange_drain_max(x) + AHEAD_MAX;
    exchange_free(x);
    h->since = now_ms();
    h->has_served = true;
    if (ws) {
        h->ws = ws;
        websocket_attach(ws, &h->carrier);
        if (h->is_paused) { /* it holds back by itself from now on */
            h->is_paused = false;
            h->carrier.pause(h->carrier.arg, false);
        }
        if (h->in.n > 0 && websocket_read(ws, h->in.p, h->in.n) < 0)
            h->carrier.kill(h->carrier.arg);
        buf_done(&h->in);
    } else if (!stays) {
        linger(h);
    } else {
        read_requests(h);
    }
}

/* The rest of a body is so short that the connection is better kept than closed. */
static bool is_worth_reading(const struct h1 *h)
{
    const struct exchange *x = h->x;
    return !x->has_ended && !x->must_close && !x->head_is_sent && !x->head.is_chunked && h->body_left <= AHEAD_MAX;
}

static ssize_t write_out(struct h1 *h, char *to, size_t max)
{
    size_t n = h->out.n - h->out_sent;
    if (n > max)
        n = max;
    memcpy(to, h->out.p + h->out_sent, n);
    h->out_sent += n;
    if (h->out_sent == h->out.n) {
        buf_done(&h->out);
        h->out_sent = 0;
        if (h->is_refusing)
            linger(h);
    }
    return (ssize_t)n;
}

ssize_t h1_next(struct h1 *h, char *to, size_t max)
{
    if (h->ws)
        return websocket_next(h->ws, to, max);
    if (h->out.n > 0)
        return write_out(h, to, max);
    if (h->is_lingering) {
        close_our_side(h);
        return 0;
    }
    struct exchange *x = h->x;
    if (!x || !x->status || (x->kind != ANSWER_STREAM && !x->is_ended) || is_worth_reading(h))
        return 0;
    size_t n = x->head_is_sent ? 0 : write_head(h, x, to, max);
    ssize_t body = write_body(h, x, to + n, max - n);
    if (body < 0) {
        log_error("a file that is sent is shorter than it was");
        return -1;
    }
    if (n + (size_t)body > 0)
        x->moved_ms = now_ms();
    if (x->is_done)
        finish_exchange(h);
    else if (x->kind == ANSWER_STREAM && x->bytes.n == 0 && x->route->writable)
        x->route->writable(x);
    return (ssize_t)n + body;
}

/* ---- time ---- */

int h1_tick(struct h1 *h, uint64_t now)
{
    const struct bridge_options *o = &h->bridge->o;
    struct exchange *x = h->x;
    if (h->ws)
        return websocket_tick(h->ws, now);
    if (h->is_lingering)
        return now > h->linger_end || exchange_is_slow(h->bridge, h->linger_began, h->lingered, now) ? -1 : 0;
    if (h->is_refusing)
        return now - h->since > patience_ms(o) ? -1 : 0;
    if (!x)
        return now - h->since > (h->in.n > 0 || !h->has_served ? patience_head_ms(o) : patience_idle_ms(o)) ? -1 : 0;
    bool is_slow = !x->has_ended && exchange_is_slow(h->bridge, x->began_ms, x->received, now);
    if (!x->has_ended && !x->status)
        return now - x->moved_ms > patience_ms(o) || is_slow ? -1 : 0;
    bool is_waiting = x->kind == ANSWER_STREAM && x->status && x->bytes.n == 0;
    return x->status && !is_waiting && (is_slow || now - x->moved_ms > patience_ms(o)) ? -2 : 0;
}
