#include "async/conn.h"

#include "async/bytequeue.h"
#include "async/deflate.h"
#include "async/dial.h"
#include "async/loop.h"
#include "async/tls.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 30000
#define IO_TIMEOUT_MS 60000
#define HOST_MAX 255
#define KNOWN_ADDRESSES_MAX 16

#define UNREAD_MAX ((size_t)256 * 1024)     /* more is left to the kernel, and so to the server */
#define READ_SIZE_SMALL ((size_t)16 * 1024) /* of one read from the socket; doubled while reads come back full */
#define READ_SIZE_LARGE UNREAD_MAX
#define DECODE_SIZE ((size_t)64 * 1024)  /* of what TLS or DEFLATE make at once */
#define TURN_SIZE ((size_t)64 * 1024)    /* read without a wait, after which others have their turn */
#define COLLECT_SIZE ((size_t)64 * 1024) /* written bytes are sent on when so many are together */
#define UNSENT_MAX ((size_t)1024 * 1024) /* beyond it, the writer waits until half is gone */

/* Bytes come in through up to three queues:
 *
 *     socket -> net [-> TLS -> inner] [-> DEFLATE] -> plain
 *
 * The reader is served from the last one in use (`net` itself on a bare connection). The socket fills `net` in the
 * background up to UNREAD_MAX; the layers above are worked only when the reader asks, and only as far. */
struct fct_conn {
    uv_tcp_t *tcp;
    char *host, *name; /* name: "host:port", for errors */
    char *waits_connect, *waits_read, *waits_write;
    uint32_t port;
    uint64_t connect_timeout_ms, io_timeout_ms;

    struct tls_trust *trust;
    struct tls *tls;
    struct deflate *deflate;

    struct bytequeue net, inner, plain;
    size_t searched; /* so many bytes at the reader's queue hold no LF */
    size_t lent;     /* so many bytes went to the reader since it last waited */
    size_t read_size, unread_max;
    bool reading;
    int read_error;                /* libuv's code; UV_EOF */
    struct fct_error decode_error; /* of TLS or DEFLATE: for good */
    struct fiber_waiter *reader;

    struct buf collected;      /* written, not yet encoded */
    struct buf deflated, wire; /* wire: encoded, not yet given to the socket */
    size_t in_flight;          /* given to libuv, not yet sent */
    int write_error;
    struct fiber_waiter *writer;

    uint64_t bytes_in, bytes_out;

    uint64_t heard_ms;    /* when the socket last brought something */
    const char *given_up; /* why conn_group_give_up ended it; NULL: it did not */
    struct conn_group *group;
    struct fct_conn *prev, *next; /* in the group */
};

static struct bytequeue *readers_queue(struct fct_conn *c)
{
    return c->tls || c->deflate ? &c->plain : &c->net;
}

/* ---- from the socket ---- */

static void stop_reading(struct fct_conn *c)
{
    if (c->reading)
        uv_read_stop((uv_stream_t *)c->tcp);
    c->reading = false;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct fct_conn *c = handle->data;
    size_t room;
    char *at = bytequeue_room(&c->net, c->read_size, &room);
    *out = uv_buf_init(at, (unsigned)(room < READ_SIZE_LARGE ? room : READ_SIZE_LARGE));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    struct fct_conn *c = stream->data;
    if (n == 0)
        return; /* EAGAIN */
    c->heard_ms = wait_now_ms();
    if (n < 0) {
        c->read_error = (int)n;
        stop_reading(c);
    } else {
        bytequeue_grown(&c->net, (size_t)n);
        if (!c->tls)
            c->bytes_in += (uint64_t)n;
        if ((size_t)n == b->len && c->read_size < READ_SIZE_LARGE)
            c->read_size *= 2;
        if (bytequeue_count(&c->net) >= c->unread_max)
            stop_reading(c);
    }
    if (c->reader)
        fiber_wake(c->reader);
}

static void start_reading(struct fct_conn *c)
{
    if (c->reading || c->read_error)
        return;
    int rc = uv_read_start((uv_stream_t *)c->tcp, on_alloc, on_read);
    if (rc < 0)
        c->read_error = rc;
    else
        c->reading = true;
}

/* ---- to the socket ---- */

struct write_request {
    uv_write_t request;
    struct buf bytes; /* some of them may have been sent before */
    size_t n;         /* those that have not */
};

/* Passwords go this way: what has been sent stays in no memory. */
static void forget_sent(struct buf *b)
{
    if (b->n > 0)
        explicit_bzero(b->p, b->n);
    buf_clear(b);
}

static void write_request_free(struct write_request *w)
{
    buf_wipe(&w->bytes);
    free(w);
}

static size_t unsent(const struct fct_conn *c)
{
    return c->in_flight + c->wire.n + c->collected.n;
}

static void note_write_error(struct fct_conn *c, int error)
{
    if (c->write_error == 0)
        c->write_error = error;
}

static void on_written(uv_write_t *request, int status)
{
    struct write_request *w = (struct write_request *)request; /* its first member */
    struct fct_conn *c = request->handle->data;
    if (c) { /* else it has been closed */
        c->in_flight -= w->n;
        if (status < 0)
            note_write_error(c, status);
        if (c->writer && (c->write_error || unsent(c) <= UNSENT_MAX / 2))
            fiber_wake(c->writer);
    }
    write_request_free(w);
}

/* Gives `wire` to the socket: what the kernel takes at once costs no copy and no callback. */
static void send_wire(struct fct_conn *c)
{
    size_t sent = 0;
    if (c->write_error || c->wire.n == 0) {
        forget_sent(&c->wire);
        return;
    }
    if (c->in_flight == 0) {
        uv_buf_t b = uv_buf_init(c->wire.p, (unsigned)c->wire.n);
        int n = uv_try_write((uv_stream_t *)c->tcp, &b, 1);
        if (n < 0 && n != UV_EAGAIN)
            note_write_error(c, n);
        sent = n > 0 ? (size_t)n : 0;
    }
    if (!c->write_error && sent < c->wire.n) {
        struct write_request *w = XNEW(struct write_request);
        w->n = c->wire.n - sent;
        w->bytes = c->wire;
        c->wire = (struct buf){0};
        uv_buf_t b = uv_buf_init(w->bytes.p + sent, (unsigned)w->n);
        int rc = uv_write(&w->request, (uv_stream_t *)c->tcp, &b, 1, on_written);
        if (rc == 0) {
            c->in_flight += w->n;
        } else {
            note_write_error(c, rc);
            write_request_free(w);
        }
    }
    forget_sent(&c->wire);
}

/* Takes what was collected through the layers. Without `flush` DEFLATE may keep some of it back. */
static int encode_collected(struct fct_conn *c, bool flush, struct fct_error *err)
{
    struct buf *from = &c->collected;
    if (c->deflate) {
        deflate_encode(c->deflate, buf_bytes(from), flush, &c->deflated);
        forget_sent(from);
        from = &c->deflated;
    }
    c->bytes_out += from->n;
    if (c->tls) {
        if (tls_write(c->tls, buf_bytes(from), err) < 0)
            return -1;
    } else if (c->wire.n == 0) { /* always so: send_wire leaves nothing */
        struct buf empty = c->wire;
        c->wire = *from;
        *from = empty;
    } else {
        buf_add(&c->wire, from->p, from->n);
    }
    forget_sent(from);
    return 0;
}

static int push_out(struct fct_conn *c, bool flush, struct fct_error *err)
{
    if (c->collected.n > 0 || (flush && c->deflate))
        if (encode_collected(c, flush, err) < 0)
            return -1;
    send_wire(c);
    if (c->write_error)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: sending failed: %s", c->name,
                        uv_strerror(c->write_error));
    return 0;
}

/* ---- waiting ---- */

static int fail_timeout(const struct fct_conn *c, uint64_t timeout_ms, const char *what, struct fct_error *err)
{
    return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: timed out after %llu s while waiting for %s", c->name,
                    (unsigned long long)(timeout_ms + 999) / 1000, what);
}

/* Waits until the socket has something new (or has failed) or the deadline is over, which is no error here: the
 * caller looks at w->timed_out. */
static int wait_for_socket(struct fct_conn *c, struct fiber_waiter *w, struct fct_error *err)
{
    assert(!c->reader);
    size_t unread = bytequeue_count(&c->net);
    c->unread_max = unread + DECODE_SIZE > UNREAD_MAX ? unread + DECODE_SIZE : UNREAD_MAX;
    start_reading(c);
    if (c->read_error)
        return 0;
    w->waits_for = w->waits_for ? w->waits_for : c->waits_read;
    c->reader = w;
    c->lent = 0;
    bool cancelled = !fiber_park(w);
    c->reader = NULL;
    c->unread_max = UNREAD_MAX;
    return cancelled ? wait_fail_cancelled(err) : 0;
}

static int wait_until_sent(struct fct_conn *c, struct fct_error *err)
{
    while (unsent(c) > UNSENT_MAX / 2 && !c->write_error) {
        size_t before = uv_stream_get_write_queue_size((uv_stream_t *)c->tcp);
        struct fiber_waiter w = {.deadline_ms = wait_deadline(c->io_timeout_ms), .waits_for = c->waits_write};
        assert(!c->writer);
        c->writer = &w;
        bool cancelled = !fiber_park(&w);
        c->writer = NULL;
        if (cancelled)
            return wait_fail_cancelled(err);
        if (w.timed_out && uv_stream_get_write_queue_size((uv_stream_t *)c->tcp) >= before)
            return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: the server took no byte of %zu for %llu s",
                            c->name, unsent(c), (unsigned long long)(c->io_timeout_ms + 999) / 1000);
    }
    return push_out(c, false, err);
}

/* ---- decoding ---- */

static int decode_once(struct fct_conn *c, struct fct_error *err)
{
    if (c->deflate) {
        struct bytequeue *from = c->tls ? &c->inner : &c->net;
        int rc = deflate_decode(c->deflate, from, &c->plain, DECODE_SIZE, err);
        if (rc < 0)
            return fct_error_prefix(err, "%s", c->name);
        if (rc > 0 || !c->tls)
            return rc;
    }
    if (!c->tls)
        return 0;
    struct bytequeue *to = c->deflate ? &c->inner : &c->plain;
    size_t before = bytequeue_count(to);
    int rc = tls_read(c->tls, to, DECODE_SIZE, err);
    c->bytes_in += bytequeue_count(to) - before;
    send_wire(c); /* an answer to a key update */
    return rc > 0 && c->deflate ? decode_once(c, err) : rc;
}

/* Moves what has come already to the reader's queue, without suspending. 1: the queue grew; 0: the socket must bring
 * more; -1. */
static int decode(struct fct_conn *c, struct fct_error *err)
{
    int rc = 0;
    if (c->decode_error.code == 0)
        rc = decode_once(c, &c->decode_error);
    if (c->decode_error.code != 0) {
        if (err)
            *err = c->decode_error;
        return -1;
    }
    if (!c->reading && bytequeue_count(&c->net) < UNREAD_MAX / 2)
        start_reading(c);
    return rc;
}

static bool has_ended(const struct fct_conn *c)
{
    return c->read_error || (c->tls && tls_peer_closed(c->tls)) || (c->deflate && deflate_peer_ended(c->deflate));
}

static int fail_ended(struct fct_conn *c, const char *what, struct fct_error *err)
{
    char partly[64] = "";
    size_t n = bytequeue_count(readers_queue(c));
    if (n > 0)
        snprintf(partly, sizeof(partly), " (%zu bytes of it had come)", n);
    if (c->given_up)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "%s: %s", c->name, c->given_up);
    if (c->read_error && c->read_error != UV_EOF)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: %s while waiting for %s%s", c->name,
                        uv_strerror(c->read_error), what, partly);
    if (c->tls && !tls_peer_closed(c->tls))
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER,
                        "%s: the connection was cut off, without the end that TLS requires, while waiting for %s%s",
                        c->name, what, partly);
    return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the server closed the connection while waiting for %s%s",
                    c->name, what, partly);
}

/* Brings more to the reader's queue, or fails. A deadline that has passed counts also while bytes trickle in. */
static int fetch_more(struct fct_conn *c, uint64_t deadline_ms, const char *what, struct fct_error *err)
{
    for (bool expired = false;;) {
        int rc = decode(c, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        if (has_ended(c))
            return fail_ended(c, what, err);
        if (expired)
            return fail_timeout(c, c->io_timeout_ms, what, err);
        size_t before = bytequeue_count(&c->net);
        struct fiber_waiter w = {.deadline_ms = deadline_ms};
        if (wait_for_socket(c, &w, err) < 0)
            return -1;
        if (!c->tls && !c->deflate && bytequeue_count(&c->net) > before)
            return 0;
        expired = w.timed_out;
    }
}

/* Every read begins so: the last slice is given back, and what was written goes out. A failure to send is told when
 * there is nothing left to read; the server may have said why it closed. */
static void begin_read(struct fct_conn *c)
{
    bytequeue_reclaim(&c->net);
    bytequeue_reclaim(&c->inner);
    bytequeue_reclaim(&c->plain);
    push_out(c, true, NULL);
    if (!c->reading && bytequeue_count(&c->net) < UNREAD_MAX / 2)
        start_reading(c);
}

static void lend(struct fct_conn *c, size_t take, size_t shown, struct fct_bytes *out)
{
    *out = bytequeue_lend(readers_queue(c), take);
    out->n = shown;
    c->searched = 0;
    c->lent += take;
}

/* What has come already is read without waiting, and a compressed megabyte may become a gigabyte: the loop has others
 * to serve. */
static int take_turns(struct fct_conn *c, struct fct_error *err)
{
    if (c->lent < TURN_SIZE)
        return 0;
    c->lent = 0;
    return wait_yield(err);
}

/* ---- the public functions: reading ---- */

int conn_read_line(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err)
{
    begin_read(c);
    if (take_turns(c, err) < 0)
        return -1;
    uint64_t deadline = wait_deadline(c->io_timeout_ms);
    for (;;) {
        struct fct_bytes have = bytequeue_bytes(readers_queue(c));
        const char *lf = have.n > c->searched ? memchr(have.p + c->searched, '\n', have.n - c->searched) : NULL;
        if (lf) {
            size_t n = (size_t)(lf - have.p), shown = n > 0 && lf[-1] == '\r' ? n - 1 : n;
            if (shown > max)
                break;
            lend(c, n + 1, shown, out);
            return 0;
        }
        c->searched = have.n;
        if (have.n > max && have.n - max > 1) /* even if the next is CR LF's second half */
            break;
        if (fetch_more(c, deadline, have.n ? "the rest of a line" : "a line", err) < 0)
            return -1;
    }
    return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s: the server sent a line longer than %zu bytes", c->name,
                    max);
}

int conn_read_some(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err)
{
    assert(max > 0);
    begin_read(c);
    if (take_turns(c, err) < 0)
        return -1;
    uint64_t deadline = wait_deadline(c->io_timeout_ms);
    size_t have;
    while ((have = bytequeue_count(readers_queue(c))) == 0) {
        if (fetch_more(c, deadline, "the rest of a message", err) < 0)
            return -1;
    }
    size_t n = have < max ? have : max;
    lend(c, n, n, out);
    return 0;
}

/* Decoding changes no state that can be seen from outside. */
bool conn_has_input(const struct fct_conn *c)
{
    struct fct_conn *m = (struct fct_conn *)c;
    return bytequeue_count(readers_queue(m)) > 0 || decode(m, NULL) > 0;
}

int conn_wait_input(struct fct_conn *c, uint32_t timeout_ms, struct fct_error *err)
{
    push_out(c, true, NULL);
    struct fiber_waiter w = {0};
    uint64_t deadline = wait_deadline(timeout_ms);
    while (bytequeue_count(readers_queue(c)) == 0) {
        int rc = decode(c, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        if (has_ended(c))
            return fail_ended(c, "news", err);
        if (w.nudged)
            return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_NOW, "%s: interrupted while waiting for news", c->name);
        if (w.timed_out)
            return fail_timeout(c, timeout_ms, "news", err);
        /* This may take half an hour: no memory for that long. */
        bytequeue_trim(&c->net);
        bytequeue_trim(&c->inner);
        bytequeue_trim(&c->plain);
        c->read_size = READ_SIZE_SMALL;
        w = (struct fiber_waiter){.deadline_ms = deadline, .nudgeable = true};
        if (wait_for_socket(c, &w, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the public functions: writing ---- */

/* Growing leaves no copy behind, either. */
static void collect(struct fct_conn *c, const char *p, size_t n)
{
    struct buf *b = &c->collected;
    if (b->cap - b->n <= n) {
        struct buf larger = {0};
        buf_reserve(&larger, b->n + n);
        buf_add(&larger, b->p, b->n);
        buf_wipe(b);
        *b = larger;
    }
    buf_add(b, p, n);
}

int conn_write(struct fct_conn *c, struct fct_bytes data, struct fct_error *err)
{
    while (data.n > 0) {
        size_t room = COLLECT_SIZE - c->collected.n, n = data.n < room ? data.n : room;
        collect(c, data.p, n);
        data = bytes_of(data.p + n, data.n - n);
        if (c->collected.n < COLLECT_SIZE)
            break;
        if (push_out(c, false, err) < 0)
            return -1;
        if (unsent(c) > UNSENT_MAX && wait_until_sent(c, err) < 0)
            return -1;
    }
    return 0;
}

int conn_flush(struct fct_conn *c, struct fct_error *err)
{
    if (push_out(c, true, err) < 0)
        return -1;
    return unsent(c) > UNSENT_MAX ? wait_until_sent(c, err) : 0;
}

/* ---- the public functions: life ---- */

static int handshake(struct fct_conn *c, uint64_t deadline_ms, struct fct_error *err)
{
    for (bool expired = false;;) {
        int rc = tls_handshake(c->tls, err);
        send_wire(c); /* also the alert that tells the server why it failed */
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        if (c->read_error)
            return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: %s during the TLS handshake", c->name,
                            c->read_error == UV_EOF ? "the server closed the connection" : uv_strerror(c->read_error));
        if (expired)
            return fail_timeout(c, c->connect_timeout_ms, "the TLS handshake", err);
        struct fiber_waiter w = {.deadline_ms = deadline_ms, .waits_for = c->waits_connect};
        if (wait_for_socket(c, &w, err) < 0)
            return -1;
        expired = w.timed_out;
    }
}

static int lay_tls(struct fct_conn *c, uint64_t deadline_ms, struct fct_error *err)
{
    struct tls_peer peer = {
        .host = c->host, .name = c->name, .port = c->port, .from_wire = &c->net, .to_wire = &c->wire};
    if (!c->trust && tls_trust_new(NULL, &c->trust, err) < 0)
        return -1;
    if (tls_new(c->trust, &peer, &c->tls, err) < 0)
        return -1;
    c->searched = 0;
    return handshake(c, deadline_ms, err);
}

int conn_start_tls(struct fct_conn *c, struct fct_error *err)
{
    if (c->tls || c->deflate)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: TLS cannot be laid over %s", c->name,
                        c->tls ? "TLS" : "compression");
    begin_read(c);
    size_t n = bytequeue_count(&c->net);
    if (n > 0) /* somebody between may have put them there, to be believed as if they came through TLS */
        return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
                        "%s: %zu bytes came in clear after the answer to STARTTLS; somebody may be tampering with the "
                        "connection",
                        c->name, n);
    return lay_tls(c, wait_deadline(c->connect_timeout_ms), err);
}

int conn_start_deflate(struct fct_conn *c, struct fct_error *err)
{
    if (c->deflate)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: compressed already", c->name);
    if (push_out(c, true, err) < 0)
        return -1;
    if (c->tls) { /* what was decrypted and not read is compressed */
        c->inner = c->plain;
        c->plain = (struct bytequeue){0};
    }
    c->deflate = deflate_new();
    c->searched = 0;
    return 0;
}

static bool is_host(const char *host)
{
    size_t n = host ? strlen(host) : 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)host[i] <= 0x20 || (unsigned char)host[i] >= 0x7f)
            return false;
    return n > 0 && n <= HOST_MAX;
}

static struct fct_conn *conn_new(const struct fct_endpoint *ep, struct tls_trust *trust)
{
    struct fct_conn *c = XNEW(struct fct_conn);
    size_t n = strlen(ep->host);
    bool bracketed = n > 2 && ep->host[0] == '[' && ep->host[n - 1] == ']';
    c->host = bracketed ? xstrndup(ep->host + 1, n - 2) : xstrdup(ep->host);
    c->port = ep->port;
    c->name = xasprintf(strchr(c->host, ':') ? "[%s]:%u" : "%s:%u", c->host, (unsigned)c->port);
    c->waits_connect = xasprintf("connect %s", c->name);
    c->waits_read = xasprintf("read %s", c->name);
    c->waits_write = xasprintf("write %s", c->name);
    c->connect_timeout_ms = ep->connect_timeout_ms ? ep->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    c->io_timeout_ms = ep->io_timeout_ms ? ep->io_timeout_ms : IO_TIMEOUT_MS;
    c->trust = trust ? trust_ref(trust) : NULL;
    c->read_size = READ_SIZE_SMALL;
    c->unread_max = UNREAD_MAX;
    return c;
}

static int check_endpoint(const struct fct_endpoint *ep, struct fct_error *err)
{
    if (!is_host(ep->host))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no valid host name was given");
    if (ep->port == 0 || ep->port > 65535)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %u is no port", ep->host, (unsigned)ep->port);
    if (ep->tls > FCT_TLS_STARTTLS) /* never in clear by mistake */
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %u is no way to use TLS", ep->host,
                        (unsigned)ep->tls);
    return 0;
}

static void set_port(struct sockaddr_storage *address, uint32_t port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static int dial_known(const struct dial_target *target, const struct sockaddr_storage *addresses, size_t n,
                      uv_tcp_t **out, struct fct_error *err)
{
    struct sockaddr_storage with_port[KNOWN_ADDRESSES_MAX];
    if (n > KNOWN_ADDRESSES_MAX)
        n = KNOWN_ADDRESSES_MAX;
    for (size_t i = 0; i < n; i++) {
        with_port[i] = addresses[i];
        set_port(&with_port[i], target->port);
    }
    return dial_addresses(target, with_port, n, out, err);
}

/* `addresses` NULL: the host is looked up. */
static int open_to(const struct fct_endpoint *ep, const struct sockaddr_storage *addresses, size_t n,
                   struct tls_trust *trust, struct fct_conn **out, struct fct_error *err)
{
    if (check_endpoint(ep, err) < 0)
        return -1;
    CLEANUP(conn_closep) struct fct_conn *c = conn_new(ep, trust);
    struct dial_target target = {.host = c->host,
                                 .port = c->port,
                                 .name = c->name,
                                 .waits_for = c->waits_connect,
                                 .deadline_ms = wait_deadline(c->connect_timeout_ms),
                                 .timeout_ms = c->connect_timeout_ms};
    if (addresses ? dial_known(&target, addresses, n, &c->tcp, err) < 0 : dial(&target, &c->tcp, err) < 0)
        return -1;
    c->tcp->data = c;
    start_reading(c);
    if (ep->tls == FCT_TLS_IMPLICIT && lay_tls(c, target.deadline_ms, err) < 0)
        return -1;
    *out = TAKE(c);
    return 0;
}

int conn_open(const struct fct_endpoint *ep, struct tls_trust *trust, struct fct_conn **out, struct fct_error *err)
{
    return open_to(ep, NULL, 0, trust, out, err);
}

int conn_open_addresses(const struct fct_endpoint *ep, const struct sockaddr_storage *addresses, size_t n,
                        struct tls_trust *trust, struct fct_conn **out, struct fct_error *err)
{
    return open_to(ep, addresses, n, trust, out, err);
}

/* ---- groups ---- */

void conn_group_add(struct conn_group *g, struct fct_conn *c)
{
    assert(!c->group);
    c->group = g;
    c->next = g->first;
    if (c->next)
        c->next->prev = c;
    g->first = c;
}

static void leave_group(struct fct_conn *c)
{
    if (!c->group)
        return;
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->group->first = c->next;
    c->group = NULL;
    c->prev = c->next = NULL;
}

/* Only an answer can be missed: a conversation that is busy elsewhere asks nothing of its server, and news (conn_wait_input) may
 * be long in coming. */
static bool waits_for_answer(const struct fct_conn *c)
{
    return c->reader && !c->reader->nudgeable && !c->read_error;
}

static uint64_t silent_since(const struct fct_conn *c)
{
    return c->reader->since_ms > c->heard_ms ? c->reader->since_ms : c->heard_ms;
}

bool conn_group_silent(const struct conn_group *g, uint64_t *out_ms)
{
    uint64_t now = wait_now_ms(), longest = 0;
    bool is_any = false;
    for (const struct fct_conn *c = g->first; c; c = c->next) {
        if (!waits_for_answer(c))
            continue;
        is_any = true;
        if (now - silent_since(c) > longest)
            longest = now - silent_since(c);
    }
    *out_ms = longest;
    return is_any;
}

size_t conn_group_give_up(struct conn_group *g, uint64_t since_ms, uint64_t silent_ms, const char *why)
{
    uint64_t now = wait_now_ms();
    size_t n = 0;
    for (struct fct_conn *c = g->first; c; c = c->next) {
        if (!waits_for_answer(c) || c->heard_ms > since_ms || now - silent_since(c) < silent_ms)
            continue;
        c->given_up = why;
        stop_reading(c);
        c->read_error = UV_ETIMEDOUT;
        fiber_wake(c->reader);
        n++;
    }
    return n;
}

void conn_close(struct fct_conn *c)
{
    if (!c)
        return;
    assert(!c->reader && !c->writer);
    leave_group(c);
    if (c->tcp) {
        push_out(c, true, NULL);
        if (c->tls)
            tls_shutdown(c->tls);
        send_wire(c);
        c->tcp->data = NULL; /* on_written comes once more for what is in flight */
        dial_hang_up(c->tcp);
    }
    tls_free(c->tls);
    deflate_free(c->deflate);
    tls_trust_free(c->trust);
    bytequeue_done(&c->net);
    bytequeue_done(&c->inner);
    bytequeue_done(&c->plain);
    buf_wipe(&c->collected);
    buf_wipe(&c->deflated);
    buf_wipe(&c->wire);
    free(c->waits_connect);
    free(c->waits_read);
    free(c->waits_write);
    free(c->name);
    free(c->host);
    free(c);
}

bool conn_is_tls(const struct fct_conn *c)
{
    return c->tls != NULL;
}

bool conn_is_resumed(const struct fct_conn *c)
{
    return c->tls && tls_is_resumed(c->tls);
}

size_t conn_channel_binding(struct fct_conn *c, const char *type, char *buf, size_t cap)
{
    return c->tls ? tls_channel_binding(c->tls, type, buf, cap) : 0;
}

void conn_traffic(const struct fct_conn *c, uint64_t *in, uint64_t *out)
{
    *in = c->bytes_in;
    *out = c->bytes_out;
}
