#include "support/script_server.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <zlib.h>

#define LINE_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct script_conn {
    struct script_server *server;
    struct script_conn *next;
    pthread_t thread;
    unsigned number;
    int fd; /* guarded by the server's lock when it changes */
    SSL *ssl;
    bool cut, failed, gone, deflating;
    z_stream in, out;
    char wire[16384]; /* compressed input */
    struct buf input; /* read and not yet used */
    struct buf line;
};

struct script_server {
    int listener;
    uint16_t port;
    script_fn fn;
    void *arg;
    pthread_t acceptor;
    pthread_mutex_t lock; /* guards what follows */
    bool stopping;
    struct script_conn *conns;
    unsigned n_conns;
    char failure[512];
};

struct script_tls {
    SSL_CTX *context;
};

/* ---- bytes ---- */

static ssize_t raw_read(struct script_conn *c, void *to, size_t n)
{
    if (c->ssl)
        return SSL_read(c->ssl, to, (int)n);
    return recv(c->fd, to, n, 0);
}

static void raw_write(struct script_conn *c, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = c->ssl ? SSL_write(c->ssl, p, n > 1 << 20 ? 1 << 20 : (int)n) : send(c->fd, p, n, MSG_NOSIGNAL);
        if (w <= 0) {
            c->gone = true;
            return;
        }
        p += w;
        n -= (size_t)w;
    }
}

static bool read_more(struct script_conn *c)
{
    if (c->failed)
        return false;
    char *to = buf_reserve(&c->input, 65536);
    if (!c->deflating) {
        ssize_t n = raw_read(c, to, 65536);
        if (n <= 0)
            return false;
        buf_grown(&c->input, (size_t)n);
        return true;
    }
    if (c->in.avail_in == 0) {
        ssize_t n = raw_read(c, c->wire, sizeof(c->wire));
        if (n <= 0)
            return false;
        c->in.next_in = (Bytef *)c->wire;
        c->in.avail_in = (uInt)n;
    }
    c->in.next_out = (Bytef *)to;
    c->in.avail_out = 65536;
    int rc = inflate(&c->in, Z_SYNC_FLUSH);
    buf_grown(&c->input, 65536 - c->in.avail_out);
    if (rc != Z_OK && rc != Z_BUF_ERROR) {
        script_fail(c, "the client sent broken compressed data");
        return false;
    }
    return true;
}

void script_send_bytes(struct script_conn *c, const void *p, size_t n)
{
    if (c->failed)
        return;
    if (!c->deflating) {
        raw_write(c, p, n);
        return;
    }
    char piece[16384];
    c->out.next_in = (Bytef *)p;
    c->out.avail_in = (uInt)n;
    do {
        c->out.next_out = (Bytef *)piece;
        c->out.avail_out = sizeof(piece);
        deflate(&c->out, Z_SYNC_FLUSH);
        raw_write(c, piece, sizeof(piece) - c->out.avail_out);
    } while (c->out.avail_out == 0);
}

void script_send(struct script_conn *c, const char *text)
{
    script_send_bytes(c, text, strlen(text));
}

void script_sendf(struct script_conn *c, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    script_send_bytes(c, b.p, b.n);
    buf_done(&b);
}

const char *script_read_line(struct script_conn *c)
{
    size_t searched = 0;
    buf_clear(&c->line);
    for (;;) {
        const char *lf = c->input.n > searched ? memchr(c->input.p + searched, '\n', c->input.n - searched) : NULL;
        if (lf) {
            size_t n = (size_t)(lf - c->input.p);
            buf_add(&c->line, c->input.p, n > 0 && lf[-1] == '\r' ? n - 1 : n);
            buf_consume(&c->input, n + 1);
            return buf_str(&c->line);
        }
        searched = c->input.n;
        if (searched > LINE_MAX_BYTES || !read_more(c))
            return "";
    }
}

size_t script_read(struct script_conn *c, void *to, size_t n)
{
    while (c->input.n < n && read_more(c))
        ;
    size_t have = c->input.n < n ? c->input.n : n;
    if (have)
        memcpy(to, c->input.p, have);
    buf_consume(&c->input, have);
    return have;
}

/* ---- expectations ---- */

void script_fail(struct script_conn *c, const char *fmt, ...)
{
    struct script_server *s = c->server;
    va_list ap;
    va_start(ap, fmt);
    pthread_mutex_lock(&s->lock);
    if (!*s->failure && !s->stopping)
        vsnprintf(s->failure, sizeof(s->failure), fmt, ap);
    pthread_mutex_unlock(&s->lock);
    va_end(ap);
    c->failed = true;
}

bool script_expect(struct script_conn *c, const char *line)
{
    if (c->failed)
        return false;
    const char *got = script_read_line(c);
    if (strcmp(got, line) == 0)
        return true;
    script_fail(c, "expected \"%s\", got \"%.200s\"", line, got);
    return false;
}

const char *script_expect_prefix(struct script_conn *c, const char *prefix)
{
    if (c->failed)
        return NULL;
    const char *got = script_read_line(c);
    if (strncmp(got, prefix, strlen(prefix)) == 0)
        return got;
    script_fail(c, "expected a line that begins with \"%s\", got \"%.200s\"", prefix, got);
    return NULL;
}

void script_expect_silence(struct script_conn *c)
{
    struct pollfd p = {.fd = script_fd(c), .events = POLLIN};
    if (c->input.n > 0 || poll(&p, 1, 2) > 0)
        script_fail(c, "the client did not wait for the answer");
}

void script_expect_end(struct script_conn *c)
{
    while (read_more(c))
        ;
    if (c->input.n > 0)
        script_fail(c, "expected the end, got \"%.200s\"", buf_str(&c->input));
}

void script_expect_close_notify(struct script_conn *c)
{
    if (c->ssl && !(SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN))
        script_fail(c, "the client closed without close_notify");
}

void script_pause(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

unsigned script_number(const struct script_conn *c)
{
    return c->number;
}

bool script_is_gone(const struct script_conn *c)
{
    return c->gone;
}

struct ssl_st *script_ssl(const struct script_conn *c)
{
    return c->ssl;
}

int script_fd(const struct script_conn *c)
{
    return c->fd;
}

/* ---- layers ---- */

struct script_tls *script_tls_new(const struct cert *cert, int max_version)
{
    struct script_tls *t = XNEW(struct script_tls);
    t->context = SSL_CTX_new(TLS_server_method());
    if (!t->context || SSL_CTX_use_certificate(t->context, cert_x509(cert)) != 1 ||
        SSL_CTX_use_PrivateKey(t->context, cert_key(cert)) != 1)
        abort();
    static const unsigned char id[] = "script_server";
    SSL_CTX_set_session_id_context(t->context, id, sizeof(id));
    if (max_version) {
        SSL_CTX_set_security_level(t->context, 0); /* old versions are what is tested then */
        SSL_CTX_set_min_proto_version(t->context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(t->context, max_version);
    }
    return t;
}

void script_tls_free(struct script_tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context);
    free(t);
}

bool script_start_tls(struct script_conn *c, struct script_tls *t)
{
    c->ssl = SSL_new(t->context);
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_accept(c->ssl) == 1)
        return true;
    SSL_free(c->ssl);
    c->ssl = NULL;
    c->cut = true;
    ERR_clear_error();
    return false;
}

void script_start_deflate(struct script_conn *c)
{
    c->deflating = true;
    if (inflateInit2(&c->in, -15) != Z_OK ||
        deflateInit2(&c->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
}

void script_cut(struct script_conn *c)
{
    c->cut = true;
    shutdown(c->fd, SHUT_RDWR);
}

void script_reset(struct script_conn *c)
{
    struct linger l = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
    c->cut = true;
    pthread_mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
}

/* ---- threads ---- */

/* Closing while the client's bytes are unread makes the kernel send a reset, which can overtake our last words. */
static void drain_and_close(struct script_conn *c)
{
    pthread_mutex_lock(&c->server->lock);
    int fd = c->fd;
    pthread_mutex_unlock(&c->server->lock);
    if (fd < 0)
        return;
    shutdown(fd, SHUT_WR);
    char rest[4096];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, 200) > 0 && recv(fd, rest, sizeof(rest), 0) > 0)
        ;
    pthread_mutex_lock(&c->server->lock);
    close(fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
}

static void *run_script(void *arg)
{
    struct script_conn *c = arg;
    c->server->fn(c, c->server->arg);
    if (c->ssl && !c->cut)
        SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    drain_and_close(c);
    if (c->deflating) {
        inflateEnd(&c->in);
        deflateEnd(&c->out);
    }
    buf_done(&c->input);
    buf_done(&c->line);
    return NULL;
}

static void *accept_connections(void *arg)
{
    struct script_server *s = arg;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        int one = 1; /* or each answer in several pieces costs the 40 ms of the other side's delayed acknowledgement */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        struct script_conn *c = XNEW(struct script_conn);
        c->server = s;
        c->fd = fd;
        pthread_mutex_lock(&s->lock);
        c->number = ++s->n_conns;
        c->next = s->conns;
        s->conns = c;
        int rc = pthread_create(&c->thread, NULL, run_script, c);
        pthread_mutex_unlock(&s->lock);
        if (rc != 0)
            abort();
    }
}

static int listen_on(struct sockaddr *address, socklen_t n, uint16_t *out_port)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, address, n) < 0 || listen(fd, 128) < 0 || getsockname(fd, address, &n) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *out_port = ntohs(address->sa_family == AF_INET6 ? ((struct sockaddr_in6 *)address)->sin6_port
                                                     : ((struct sockaddr_in *)address)->sin_port);
    return fd;
}

static struct script_server *start_on(struct sockaddr *address, socklen_t n, script_fn fn, void *arg)
{
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    struct script_server *s = XNEW(struct script_server);
    s->fn = fn;
    s->arg = arg;
    s->listener = listen_on(address, n, &s->port);
    if (s->listener < 0) {
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    if (pthread_create(&s->acceptor, NULL, accept_connections, s) != 0)
        abort();
    return s;
}

struct script_server *script_server_start(script_fn fn, void *arg)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct script_server *s = start_on((struct sockaddr *)&a, sizeof(a), fn, arg);
    if (!s)
        abort();
    return s;
}

struct script_server *script_server_start_v6(script_fn fn, void *arg)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return start_on((struct sockaddr *)&a, sizeof(a), fn, arg);
}

void script_server_stop(struct script_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->acceptor, NULL);
    close(s->listener);
    while (s->conns) {
        struct script_conn *c = s->conns;
        pthread_mutex_lock(&s->lock);
        if (c->fd >= 0)
            shutdown(c->fd, SHUT_RDWR);
        pthread_mutex_unlock(&s->lock);
        pthread_join(c->thread, NULL);
        s->conns = c->next;
        free(c);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

uint16_t script_server_port(const struct script_server *s)
{
    return s->port;
}

unsigned script_server_connections(struct script_server *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->n_conns;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const char *script_server_failure(struct script_server *s)
{
    pthread_mutex_lock(&s->lock);
    const char *failure = *s->failure ? s->failure : NULL;
    pthread_mutex_unlock(&s->lock);
    return failure;
}

uint16_t script_unused_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint16_t port = 0;
    int fd = listen_on((struct sockaddr *)&a, sizeof(a), &port);
    if (fd < 0)
        abort();
    close(fd);
    return port;
}
