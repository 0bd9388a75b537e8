#include "exchange.h"

#include "bridge.h"
#include "routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define ZIP_MIN ((size_t)1 << 10)
#define ZIP_ON_LOOP ((size_t)64 << 10) /* a larger one is packed on a worker */
#define ZIP_LEVEL 1
#define DRAIN_BYTES ((uint64_t)64 << 20) /* of somebody who is not let in, or told a length that is too large */

/* ---- its life ---- */

/* Behind a proxy all connections are the proxy's. Who it is that it speaks for stands at the end of X-Forwarded-For, in
 * its last line; what stands before that the client may have written. */
static char *find_peer(const struct bridge *b, const struct http_head *h, const char *peer)
{
    unsigned char room[16];
    const char *list = NULL;
    for (size_t i = 0; b->o.behind_proxy && i < h->n; i++)
        if (strcmp(h->headers[i].name, "x-forwarded-for") == 0)
            list = h->headers[i].value;
    const char *comma = list ? strrchr(list, ',') : NULL;
    const char *last = comma ? comma + 1 + strspn(comma + 1, " \t") : list;
    bool is_address = last && (inet_pton(AF_INET, last, room) == 1 || inet_pton(AF_INET6, last, room) == 1);
    return xstrdup(is_address ? last : peer);
}

struct exchange *exchange_new(struct bridge *b, struct http_head *head, const char *peer, bool is_tls)
{
    struct exchange *x = XNEW(struct exchange);
    x->carried = CARRIED_STREAM;
    x->bridge = b;
    x->head = *head;
    *head = (struct http_head){0};
    x->peer = find_peer(b, &x->head, peer);
    x->fd = -1;
    x->began_ms = x->moved_ms = now_ms();
    x->base = site_base(&b->site, http_header(&x->head, "host"), is_tls);
    x->next = b->exchanges;
    if (x->next)
        x->next->prev = x;
    b->exchanges = x;
    b->n_exchanges++;
    return x;
}

static void free_zip(struct exchange *x);

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    free_zip(x);
    if (x->route && x->route->gone)
        x->route->gone(x);
    *(x->prev ? &x->prev->next : &x->bridge->exchanges) = x->next;
    if (x->next)
        x->next->prev = x->prev;
    x->bridge->n_exchanges--;
    x->bridge->kept -= x->bytes.cap;
    if (x->fd >= 0)
        close(x->fd);
    login_unref(x->login);
    http_head_done(&x->head);
    buf_done(&x->headers);
    buf_done(&x->bytes);
    free(x->peer);
    free(x->base);
    free(x->origin);
    free(x);
}

/* ---- answering ---- */

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } known[] = {{200, "OK"},
                 {201, "Created"},
                 {204, "No Content"},
                 {206, "Partial Content"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {408, "Request Timeout"},
                 {409, "Conflict"},
                 {410, "Gone"},
                 {411, "Length Required"},
                 {413, "Content Too Large"},
                 {414, "URI Too Long"},
                 {415, "Unsupported Media Type"},
                 {416, "Range Not Satisfiable"},
                 {421, "Misdirected Request"},
                 {426, "Upgrade Required"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"},
                 {505, "HTTP Version Not Supported"},
                 {507, "Insufficient Storage"}};
    for (size_t i = 0; i < N_OF(known); i++)
        if (known[i].status == status)
            return known[i].reason;
    return "Unknown";
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
    buf_addf(&x->headers, "%s: %s\r\n", name, value);
}

void exchange_headerf(struct exchange *x, const char *name, const char *fmt, ...)
{
    char value[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    exchange_header(x, name, value);
}

static bool shows(const struct exchange *x, const char *scheme)
{
    const char *header = http_header(&x->head, "authorization");
    size_t n = strlen(scheme);
    return header && strncasecmp(header, scheme, n) == 0 && (header[n] == ' ' || !header[n]);
}

/* All of them call themselves Mozilla. What else they say of a request (Sec-Fetch-Mode) is not known over HTTP/2. */
static bool is_browsers(const struct exchange *x)
{
    const char *agent = http_header(&x->head, "user-agent");
    return http_header(&x->head, "origin") || http_header(&x->head, "sec-fetch-mode") ||
           (agent && strncmp(agent, "Mozilla/", 8) == 0);
}

/* RFC 7617, RFC 6750; both in headers of their own, as some clients read no list.
 *
 * A browser that is asked for Basic asks the user, whatever page or mail made the request and whatever credential it
 * had, and sends what it is told by itself from then on (docs/decisions/0038). So only who shows Basic is asked for it,
 * and programs that show nothing yet. */
static void add_challenge(struct exchange *x)
{
    exchange_header(x, "www-authenticate", "Bearer realm=\"Facteur\"");
    if (shows(x, "Basic") || (!shows(x, "Bearer") && !is_browsers(x)))
        exchange_header(x, "www-authenticate", "Basic realm=\"Facteur\", charset=\"UTF-8\"");
}

/* A value may hold anything: of a download's type, what the request says. */
static bool has_header(const struct exchange *x, const char *name)
{
    size_t n = strlen(name);
    const char *end = x->headers.p + x->headers.n;
    for (const char *line = x->headers.p; line < end;) {
        if ((size_t)(end - line) > n && memcmp(line, name, n) == 0 && line[n] == ':')
            return true;
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        line = newline ? newline + 1 : end;
    }
    return false;
}

static void add_unless_there(struct exchange *x, const char *name, const char *value)
{
    if (!has_header(x, name))
        exchange_header(x, name, value);
}

/* What every answer says: nobody guesses its type, frames it, runs it, or keeps it without leave. */
static void begin_answer(struct exchange *x, int status, enum answer_kind kind, const char *type)
{
    x->status = status;
    x->kind = kind;
    x->no_body = x->head.method == HTTP_HEAD || status == 204 || status == 304;
    if (status == 401)
        add_challenge(x);
    if (type)
        exchange_header(x, "content-type", type);
    exchange_header(x, "x-content-type-options", "nosniff");
    add_unless_there(x, "content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    add_unless_there(x, "referrer-policy", "no-referrer");
    add_unless_there(x, "cache-control", "no-store");
    exchange_header(x, "vary", "Origin, Accept-Encoding, Authorization");
    if (x->origin) {
        exchange_header(x, "access-control-allow-origin", x->origin);
        exchange_header(x, "access-control-expose-headers",
                        "Content-Disposition, Content-Range, ETag, Location, Retry-After, WWW-Authenticate");
    }
    if (status >= 400)
        log_info("%s %s %.100s: %d", x->peer, x->head.method == HTTP_POST ? "POST" : "GET", x->head.path, status);
}

static void end_head(struct exchange *x, uint64_t length)
{
    if (x->status != 204 && x->status != 304)
        exchange_headerf(x, "content-length", "%llu", (unsigned long long)length);
}

/* ---- gzip ---- */

struct zip {
    uv_work_t work;
    struct exchange *x; /* NULL: it has gone meanwhile */
    struct buf in, out;
};

static struct buf zip_bytes(const struct buf *in)
{
    struct buf out = {0};
    z_stream z = {0};
    if (deflateInit2(&z, ZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return out;
    buf_reserve(&out, deflateBound(&z, in->n) + 32);
    z.next_in = (unsigned char *)in->p;
    z.avail_in = (uInt)in->n;
    z.next_out = (unsigned char *)out.p;
    z.avail_out = (uInt)out.cap;
    if (deflate(&z, Z_FINISH) == Z_STREAM_END)
        out.n = out.cap - z.avail_out;
    deflateEnd(&z);
    return out;
}

static void finish_bytes(struct exchange *x, struct buf *body, bool is_zipped)
{
    if (is_zipped)
        exchange_header(x, "content-encoding", "gzip");
    x->bytes = *body;
    *body = (struct buf){0};
    x->bridge->kept += x->bytes.cap;
    x->is_ended = true;
    end_head(x, x->bytes.n);
    x->wake(x);
}

static void zip_on_worker(uv_work_t *work)
{
    struct zip *z = work->data;
    z->out = zip_bytes(&z->in);
}

static void zipped(uv_work_t *work, int status)
{
    struct zip *z = work->data;
    (void)status;
    if (z->x) {
        bool is_smaller = z->out.n > 0 && z->out.n < z->in.n;
        z->x->transport_work = NULL;
        finish_bytes(z->x, is_smaller ? &z->out : &z->in, is_smaller);
    }
    buf_done(&z->in);
    buf_done(&z->out);
    free(z);
}

static void free_zip(struct exchange *x)
{
    struct zip *z = x->transport_work;
    if (z)
        z->x = NULL;
}

static bool wants_zip(const struct exchange *x, const char *type, size_t n)
{
    bool is_text = type && (strncmp(type, "application/json", 16) == 0 || strncmp(type, "text/", 5) == 0 ||
                            strncmp(type, "application/problem+json", 24) == 0);
    return is_text && n >= ZIP_MIN && n < UINT32_MAX / 2 && http_header_has(&x->head, "accept-encoding", "gzip");
}

void exchange_answer(struct exchange *x, int status, const char *type, struct buf *body)
{
    begin_answer(x, status, ANSWER_BYTES, type);
    if (!wants_zip(x, type, body->n)) {
        finish_bytes(x, body, false);
        return;
    }
    if (body->n <= ZIP_ON_LOOP) {
        struct buf packed = zip_bytes(body);
        bool is_smaller = packed.n > 0 && packed.n < body->n;
        finish_bytes(x, is_smaller ? &packed : body, is_smaller);
        buf_done(is_smaller ? body : &packed);
        return;
    }
    struct zip *z = XNEW(struct zip);
    z->work.data = z;
    z->x = x;
    z->in = *body;
    *body = (struct buf){0};
    x->transport_work = z;
    if (uv_queue_work(x->bridge->loop, &z->work, zip_on_worker, zipped) < 0)
        zipped(&z->work, 0);
}

void exchange_answer_text(struct exchange *x, int status, const char *fmt, ...)
{
    char text[200];
    struct jmap_problem p;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    jmap_problem_set(&p, status, "about:blank", NULL, "%s", text);
    exchange_answer_problem(x, &p);
}

void exchange_answer_problem(struct exchange *x, const struct jmap_problem *p)
{
    struct buf body = {0};
    jmap_problem_write(p, NULL, &body);
    exchange_answer(x, p->status, "application/problem+json", &body);
}

void exchange_answer_file(struct exchange *x, int status, const char *type, int fd, uint64_t offset, uint64_t length)
{
    begin_answer(x, status, ANSWER_FILE, type);
    x->fd = fd;
    x->offset = offset;
    x->left = length;
    x->is_ended = true;
    end_head(x, length);
    x->wake(x);
}

void exchange_answer_stream(struct exchange *x, const char *type)
{
    begin_answer(x, 200, ANSWER_STREAM, type);
    x->wake(x);
}

void exchange_add(struct exchange *x, const void *p, size_t n)
{
    size_t before = x->bytes.cap;
    buf_add(&x->bytes, p, n);
    x->bridge->kept += x->bytes.cap - before;
    x->wake(x);
}

void exchange_finish(struct exchange *x)
{
    x->is_ended = true;
    x->wake(x);
}

void exchange_answer_down(struct exchange *x)
{
    exchange_header(x, "retry-after", "1");
    exchange_answer_text(x, 503, "facteurd does not answer now");
}

void exchange_answer_lost(struct exchange *x)
{
    exchange_answer_text(x, 502, "facteurd went away: whether this was done is not known");
}

void exchange_answer_outcome(struct exchange *x, enum backend_outcome outcome)
{
    if (outcome == BACKEND_REFUSED) {
        exchange_answer_text(x, 401, "not signed in");
    } else if (outcome == BACKEND_LIMITED) {
        exchange_headerf(x, "retry-after", "%u", login_retry_s(x->login));
        exchange_answer_text(x, 429, "too many attempts");
    } else {
        exchange_answer_down(x);
    }
}

/* ---- writing ---- */

static ssize_t read_file(struct exchange *x, char *to, size_t max)
{
    ssize_t n;
    do
        n = pread(x->fd, to, x->left < max ? (size_t)x->left : max, (off_t)x->offset);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return -1;
    x->offset += (uint64_t)n;
    x->left -= (uint64_t)n;
    return n;
}

static void drop_sent(struct exchange *x)
{
    if (x->sent < x->bytes.n)
        return;
    x->sent = x->bytes.n = 0;
    if (x->bytes.cap > 4096) {
        x->bridge->kept -= x->bytes.cap;
        buf_done(&x->bytes);
    }
}

ssize_t exchange_read_body(struct exchange *x, char *to, size_t max, bool *out_last)
{
    ssize_t n = 0;
    *out_last = false;
    if (x->no_body) {
        *out_last = true;
        return 0;
    }
    if (x->kind == ANSWER_FILE) {
        if (x->left > 0 && (n = read_file(x, to, max)) < 0)
            return -1;
        *out_last = x->left == 0;
        return n;
    }
    size_t there = x->bytes.n - x->sent;
    n = (ssize_t)(there < max ? there : max);
    if (n > 0)
        memcpy(to, x->bytes.p + x->sent, (size_t)n);
    x->sent += (size_t)n;
    drop_sent(x);
    *out_last = x->is_ended && x->bytes.n == 0;
    return n;
}

bool exchange_is_slow(const struct bridge *b, uint64_t began_ms, uint64_t bytes, uint64_t now)
{
    uint64_t ms = now - began_ms;
    return ms > 2 * patience_ms(&b->o) && bytes < ms / 1000 * BRIDGE_SLOW_BYTES;
}

uint64_t exchange_drain_max(const struct exchange *x)
{
    uint64_t most = x->route ? x->route->max_body : 0;
    if (!x->login || !login_is_known(x->login) || x->head.length > most)
        return DRAIN_BYTES;
    return x->head.is_chunked ? most : x->head.length;
}

/* ---- what every request has to pass ---- */

static const char *method_names(unsigned methods)
{
    if (methods & 1u << HTTP_POST)
        return methods & 1u << HTTP_GET ? "GET, HEAD, POST, OPTIONS" : "POST, OPTIONS";
    return methods & 1u << HTTP_HEAD ? "GET, HEAD, OPTIONS" : "GET, OPTIONS";
}

/* A page may ask what it may do before it does it; it is answered without a credential, as browsers send none. */
static void answer_preflight(struct exchange *x)
{
    struct buf none = {0};
    exchange_header(x, "allow", method_names(x->route->methods));
    if (x->origin) {
        exchange_header(x, "access-control-allow-methods", method_names(x->route->methods));
        exchange_header(x, "access-control-allow-headers",
                        "Authorization, Content-Type, Accept, If-None-Match, If-Range, Last-Event-ID, Range");
        exchange_header(x, "access-control-max-age", "600");
    }
    exchange_answer(x, 204, NULL, &none);
}

static bool check_body(struct exchange *x)
{
    const struct http_head *h = &x->head;
    bool has_body = h->is_chunked || h->length > 0;
    if (h->method != HTTP_POST && has_body) {
        x->must_close = true;
        exchange_answer_text(x, 400, "this method has no body");
        return false;
    }
    if (h->method == HTTP_POST && !h->has_length && !h->is_chunked) {
        x->must_close = true;
        exchange_answer_text(x, 411, "Content-Length is missing");
        return false;
    }
    if (h->length > x->route->max_body) {
        struct jmap_problem p;
        x->must_close = true;
        routes_too_large(x, &p);
        exchange_answer_problem(x, &p);
        return false;
    }
    return true;
}

/* Who it is: facteurd says whether that is so, when it is asked for something. */
static bool take_credential(struct exchange *x)
{
    const char *header = http_header(&x->head, "authorization");
    struct credential c = {0};
    if (!header || credential_parse(header, &c) < 0) {
        exchange_answer_text(x, 401, "a token, or a name and a password, is needed");
        return false;
    }
    x->login = login_for(x->bridge->backend, &c, x->peer);
    credential_done(&c);
    return true;
}

static bool check_origin(struct exchange *x)
{
    const char *origin = http_header(&x->head, "origin");
    if (!x->base) {
        x->must_close = true;
        exchange_answer_text(x, 421, "this is not known under that name (--allow-host, --public-url)");
        return false;
    }
    if (!origin)
        return true;
    if (!site_allows(&x->bridge->site, origin, x->base)) {
        exchange_answer_text(x, 403, "pages of that origin are not allowed (--allow-origin)");
        return false;
    }
    x->origin = xstrdup(origin);
    return true;
}

void exchange_begin(struct exchange *x)
{
    if (!check_origin(x))
        return;
    x->route = routes_find(x->bridge, x->head.path);
    if (!x->route) {
        exchange_answer_text(x, 404, "there is nothing here");
        return;
    }
    if (x->head.method == HTTP_OPTIONS) {
        answer_preflight(x);
        return;
    }
    if (x->head.method == HTTP_OTHER || !(x->route->methods & 1u << x->head.method)) {
        x->must_close = x->head.is_chunked || x->head.length > 0;
        exchange_header(x, "allow", method_names(x->route->methods));
        exchange_answer_text(x, 405, "not by this method");
        return;
    }
    if (!check_body(x) || (!x->route->is_public && !take_credential(x)))
        return;
    if (x->route->begin)
        x->route->begin(x);
}

void exchange_body(struct exchange *x, const char *p, size_t n)
{
    x->moved_ms = now_ms();
    x->received += n;
    if (x->status)
        return;
    if (x->received > x->route->max_body) {
        struct jmap_problem problem;
        x->must_close = true;
        routes_too_large(x, &problem);
        exchange_answer_problem(x, &problem);
        return;
    }
    if (x->route->body)
        x->route->body(x, p, n);
}

void exchange_end(struct exchange *x)
{
    x->has_ended = true;
    x->moved_ms = now_ms();
    if (!x->status && x->route->end)
        x->route->end(x);
}
