#include "front.h"

#include "exchange.h"
#include "frames.h"
#include "h1.h"
#include "h2.h"
#include "place.h"
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 512
#define ACCEPT_AT_ONCE 64
#define WRITE_BYTES ((size_t)64 << 10)
#define WRITES_AT_ONCE 4
#define TICK_MS 1000
#define WATCH_MS 100                    /* how often it is looked whether one of HTTP/2 is flooded */
#define FLOOD_BYTES ((uint64_t)1 << 20) /* that belong to no request; then the connection is closed */
#define NEVER_S \
    (30 * 86400) /* libwebsockets' own time for idle HTTP/2 connections, 5 s otherwise: on_tick knows better */
#define PEER_SIZE 64
#define GOING_MAX 32 /* connections that make room at once */
#define STREAMS 24   /* at once, of a connection: what libwebsockets 4.1 announces and enforces */

/* One accepted socket. */
struct connection {
    enum carried carried; /* CARRIED_CONNECTION */
    struct front *front;
    struct connection *prev, *next;
    struct lws *wsi;
    char peer[PEER_SIZE];
    uint64_t place;
    struct h1 *h1; /* NULL: HTTP/2, or no byte has come */
    bool is_h2;
    uint64_t since;
    uint64_t active_ms;      /* when something came or went last */
    bool is_known;           /* facteurd has let somebody in who asked over it */
    bool is_going;           /* it is closed to make room */
    uint64_t requests, body; /* HTTP/2: how many, and bytes of their bodies */
    bool has_no_table;       /* HTTP/2: the client was told so (h2_announce_no_table) */
    uint64_t busy_ms;        /* HTTP/2: when a stream of it was seen open last */
};

struct front {
    struct bridge *bridge;
    struct lws_context *context;
    struct lws_vhost *vhost;
    SSL_CTX *tls;
    int fd;
    uv_poll_t *listener;
    uv_timer_t *timer;
    bool is_watching; /* some speak HTTP/2: the timer goes faster */
    unsigned ticks;
    struct connection *connections;
    unsigned n, n_going;
    bool is_full, is_waiting;
};

/* ---- connections ---- */

static void kill_wsi(struct lws *wsi)
{
    lws_set_timeout(wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

/* Otherwise the kernel keeps what is not read for minutes. */
static void reset_at_close(struct lws *wsi)
{
    const struct linger now = {1, 0};
    setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void want_write(void *arg)
{
    struct connection *c = arg;
    lws_callback_on_writable(c->wsi);
}

static void pause_reading(void *arg, bool is_paused)
{
    struct connection *c = arg;
    lws_rx_flow_control(c->wsi, !is_paused);
}

static void kill_connection(void *arg)
{
    struct connection *c = arg;
    kill_wsi(c->wsi);
}

static void half_close(void *arg)
{
    struct connection *c = arg;
    if (c->front->tls)
        SSL_shutdown(lws_get_ssl(c->wsi));
    else
        shutdown(lws_get_socket_fd(c->wsi), SHUT_WR);
}

static void forget_connection(struct connection *c)
{
    struct front *f = c->front;
    *(c->prev ? &c->prev->next : &f->connections) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    f->n--;
    f->n_going -= c->is_going;
    h1_free(c->h1);
    free(c);
}

static int write_raw(struct connection *c)
{
    static unsigned char room[LWS_PRE + WRITE_BYTES]; /* loop thread only */
    c->active_ms = now_ms();
    c->is_known |= c->h1 && h1_is_known(c->h1);
    for (int i = 0; c->h1 && i < WRITES_AT_ONCE; i++) {
        if (lws_send_pipe_choked(c->wsi))
            break;
        ssize_t n = h1_next(c->h1, (char *)room + LWS_PRE, WRITE_BYTES);
        if (n == 0)
            return 0;
        if (n < 0 || lws_write(c->wsi, room + LWS_PRE, (size_t)n, LWS_WRITE_RAW) < 0)
            return -1;
    }
    lws_callback_on_writable(c->wsi);
    return 0;
}

/* To wait for a socket that can be written to costs more than to write to it: what is told to a thousand clients at
 * once goes out directly. */
static void write_now(void *arg)
{
    struct connection *c = arg;
    if (write_raw(c) < 0)
        kill_wsi(c->wsi);
}

static int read_raw(struct connection *c, const char *p, size_t n)
{
    if (c->is_going) /* it may send just then, and the time that is set below would let it live */
        return -1;
    c->active_ms = now_ms();
    if (!c->h1) {
        const struct h1_carrier carrier = {want_write, write_now, pause_reading, kill_connection, half_close, c};
        c->h1 = h1_new(c->front->bridge, &carrier, c->peer, c->front->tls != NULL);
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0); /* the one for TLS goes on otherwise; h1_tick knows better */
        /* libwebsockets gives a TLS connection `timeout_secs`, and in its raw role never takes that back. */
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    }
    return h1_read(c->h1, p, n);
}

/* ---- what libwebsockets calls ---- */

static struct connection *connection_of(struct lws *wsi)
{
    enum carried *what = lws_get_opaque_user_data(wsi);
    return what && *what == CARRIED_CONNECTION ? (struct connection *)(void *)what : NULL;
}

static int on_raw(struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
    struct connection *c = connection_of(wsi);
    if (!c)
        return 0;
    c->wsi = wsi;
    switch (reason) {
    case LWS_CALLBACK_RAW_RX:
        return read_raw(c, in, len);
    case LWS_CALLBACK_RAW_WRITEABLE:
        return write_raw(c);
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        forget_connection(c);
        return 0;
    default:
        return 0;
    }
}

static void watch(struct front *f, bool is_watching)
{
    if (f->is_watching == is_watching || !f->timer)
        return;
    f->is_watching = is_watching;
    uv_timer_set_repeat(f->timer, is_watching ? WATCH_MS : TICK_MS);
    uv_timer_again(f->timer);
}

/* Frames that ask for nothing (PING, SETTINGS, PRIORITY, CONTINUATION without an end, empty DATA) are libwebsockets'
 * own: we do not see them, it sets no bound to them, and what it has to answer grows until it is read. So what came
 * over the socket is compared with what there were requests for, headers of the largest size, and window updates for
 * what was sent. */
static bool is_flooded(const struct connection *c)
{
    uint64_t received, acknowledged;
    return traffic_of(lws_get_socket_fd(c->wsi), &received, &acknowledged) &&
           received > FLOOD_BYTES + c->requests * HTTP_HEAD_MAX + c->body + c->body / 4 + acknowledged / 16;
}

/* A connection on which nothing was asked for long is closed, when nothing is under way on it either. */
static int on_stream(struct front *f, struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
    struct connection *c = connection_of(lws_get_network_wsi(wsi));
    if (c) {
        c->active_ms = now_ms();
        c->is_known |= reason == LWS_CALLBACK_HTTP_WRITEABLE && h2_is_known(wsi);
    }
    if (c && reason == LWS_CALLBACK_HTTP) {
        c->is_h2 = true;
        c->since = now_ms();
        c->requests++;
        watch(c->front, true);
        if (!c->has_no_table && !lws_partial_buffered(c->wsi)) {
            c->has_no_table = true;
            if (h2_announce_no_table(c->wsi) < 0) {
                kill_wsi(c->wsi);
                return -1;
            }
        }
    }
    if (c && reason == LWS_CALLBACK_HTTP_BODY)
        c->body += len;
    return f ? h2_event(f->bridge, wsi, reason, in, len) : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct lws_context *context = lws_get_context(wsi);
    struct front *f = context ? lws_context_user(context) : NULL;
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        if (f)
            f->tls = user;
        return 0;
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
        return on_raw(wsi, reason, in, len);
    case LWS_CALLBACK_WSI_DESTROY:
        return connection_of(wsi) ? on_raw(wsi, reason, in, len) : on_stream(f, wsi, reason, in, len);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        return on_stream(f, wsi, reason, in, len);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        return -1;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {{.name = "facteur", .callback = on_event}, {0}};

/* Without one, libwebsockets 4.1 puts each stream into a state in which one byte of a body ends the program (an assert
 * of its lws_read_h1), unless its head told a length. Of no name, as a POST comes without its mount's. */
static const struct lws_http_mount everything = {
    .mountpoint = "", .mountpoint_len = 0, .origin = "facteur", .origin_protocol = LWSMPRO_CALLBACK};

/* ---- accepting ---- */

static unsigned count_from(const struct front *f, uint64_t place)
{
    unsigned n = 0;
    for (const struct connection *c = f->connections; c; c = c->next)
        n += c->place == place;
    return n;
}

/* Whoever comes now may be one who is let in, so those on which nobody was make room: the one of which nothing was
 * heard for longest. It is not gone at once; more than a few more than there may be, there never are. */
static bool make_room(struct front *f)
{
    struct connection *longest = NULL;
    for (struct connection *c = f->connections; c; c = c->next)
        if (c->wsi && !c->is_known && !c->is_going && (!longest || c->active_ms <= longest->active_ms))
            longest = c;
    if (!longest)
        return false;
    longest->is_going = true;
    f->n_going++;
    reset_at_close(longest->wsi);
    kill_wsi(longest->wsi);
    return true;
}

/* False: there are too many, all together or of this peer. */
static bool has_room(struct front *f, const struct sockaddr_storage *address)
{
    if (!place_is_local(address) && !f->bridge->o.behind_proxy &&
        count_from(f, place_of(address)) >= BRIDGE_CONNECTIONS_PER_PEER)
        return false;
    bool is_full = f->n - f->n_going >= (unsigned)f->bridge->o.max_connections;
    if (is_full && !f->is_full)
        log_warning("%u connections: where nobody has signed in, they make room for others (--max-connections)", f->n);
    f->is_full = is_full;
    return !is_full || make_room(f);
}

static void adopt(struct front *f, int fd, const struct sockaddr_storage *address, socklen_t size)
{
    char peer[PEER_SIZE] = "?";
    int on = 1;
    getnameinfo((const void *)address, size, peer, sizeof(peer), NULL, 0, NI_NUMERICHOST);
    if (!has_room(f, address)) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    struct connection *c = XNEW(struct connection);
    c->carried = CARRIED_CONNECTION;
    c->front = f;
    c->place = place_of(address);
    c->since = c->active_ms = now_ms();
    snprintf(c->peer, sizeof(c->peer), "%s", peer);
    c->next = f->connections;
    if (c->next)
        c->next->prev = c;
    f->connections = c;
    f->n++;
    lws_adopt_desc_t d = {.vh = f->vhost,
                          .type = LWS_ADOPT_SOCKET | (f->tls ? LWS_ADOPT_ALLOW_SSL : 0),
                          .fd.sockfd = fd,
                          .vh_prot_name = "facteur",
                          .opaque = c};
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&d);
    if (!wsi) /* it closed the descriptor, and may have told so (WSI_DESTROY) */
        return;
    c->wsi = wsi;
}

/* The listening socket stays readable: without a pause, which on_tick ends, the loop would spin. */
static void wait_for_descriptors(struct front *f)
{
    log_warning("no file descriptors left for a client: %s", strerror(errno));
    uv_poll_stop(f->listener);
    f->is_waiting = true;
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct front *f = poll->data;
    (void)status, (void)events;
    for (int i = 0; i < ACCEPT_AT_ONCE && f->n_going < GOING_MAX; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);
        int fd = accept4(f->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            adopt(f, fd, &address, size);
        else if (errno == EMFILE || errno == ENFILE) {
            wait_for_descriptors(f);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

static void end_floods(struct front *f)
{
    bool is_some = false;
    for (struct connection *c = f->connections; c; c = c->next) {
        if (!c->wsi || c->h1)
            continue;
        is_some |= c->is_h2;
        if (!is_flooded(c))
            continue;
        log_info("%s: more frames than requests: closed", c->peer);
        kill_wsi(c->wsi);
    }
    watch(f, is_some);
}

static void note_busy(struct lws *network, uint64_t now)
{
    struct connection *c = connection_of(network);
    if (c)
        c->busy_ms = now;
}

static void on_tick(uv_timer_t *timer)
{
    struct front *f = timer->data;
    const struct bridge_options *o = &f->bridge->o;
    struct connection *next;
    uint64_t now = now_ms();
    if (f->tls)
        end_floods(f);
    if (f->is_watching && ++f->ticks % (TICK_MS / WATCH_MS))
        return;
    h2_each_busy(f->bridge, note_busy, now);
    for (struct connection *c = f->connections; c; c = next) {
        next = c->next;
        if (!c->wsi)
            continue;
        uint64_t idle = now - c->since;
        if (c->is_going) { /* libwebsockets forgets its end where the time for something else begins, as in a handshake */
            kill_wsi(c->wsi);
            continue;
        }
        if (c->is_h2 && c->busy_ms == now)
            continue;
        int end = c->h1 ? h1_tick(c->h1, now) : idle > (c->is_h2 ? patience_idle_ms(o) : patience_head_ms(o)) ? -1 : 0;
        if (end == -2)
            reset_at_close(c->wsi);
        if (end < 0)
            kill_wsi(c->wsi);
    }
    h2_tick(f->bridge, now);
    if (f->is_waiting) {
        f->is_waiting = false;
        uv_poll_start(f->listener, UV_READABLE, on_listener);
    }
}

/* ---- listening ---- */

/* What to do about it, for those whom it hits most. */
static const char *listen_advice(int error)
{
    return error == EADDRINUSE      ? "; is it another facteur-bridge? --listen ADDR:PORT takes another one"
           : error == EACCES        ? "; ports below 1024 are the system's: --listen ADDR:PORT takes another one"
           : error == EADDRNOTAVAIL ? "; it is none of this machine's ('ip address' shows those)"
                                    : "";
}

static int open_listener(const struct bridge_options *o, int *out_port)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (void *)&address;
    struct sockaddr_in6 *v6 = (void *)&address;
    socklen_t size = sizeof(address);
    int on = 1;
    if (inet_pton(AF_INET, o->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)o->port);
        size = sizeof(*v4);
    } else if (inet_pton(AF_INET6, o->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)o->port);
        size = sizeof(*v6);
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0 ||
        (size = sizeof(address), getsockname(fd, (struct sockaddr *)&address, &size)) < 0) {
        log_error("cannot listen on %s port %d: %s%s", o->address, o->port, strerror(errno), listen_advice(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *out_port = ntohs(address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
    return fd;
}

/* Never with what a peer sent: libwebsockets quotes headers at lower levels only. */
static void emit_log(int level, const char *line)
{
    size_t n = strcspn(line, "\n");
    log_line(level & LLL_ERR ? LOG_WARNING : LOG_DEBUG, "libwebsockets: %.*s", (int)n, line);
}

static void harden(SSL_CTX *tls)
{
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* tickets do: nothing is kept per client */
}

/* Tries them where a mistake harms nobody, then takes them. */
/* NULL: they are taken. Otherwise which file it is that OpenSSL's last error is about. */
static const char *load_certificate(SSL_CTX *tls, const struct bridge_options *o)
{
    if (SSL_CTX_use_certificate_chain_file(tls, o->tls_cert) != 1)
        return o->tls_cert;
    return SSL_CTX_use_PrivateKey_file(tls, o->tls_key, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(tls) == 1
               ? NULL
               : o->tls_key;
}

static void tell_bad_certificate(const struct bridge_options *o, const char *path)
{
    unsigned long e = ERR_peek_error(); /* the first: what those above it made of it says less */
    const char *reason = ERR_reason_error_string(e);
    const char *kind = path == o->tls_cert ? "certificate" : "key";
    if (ERR_GET_REASON(e) == PEM_R_NO_START_LINE || ERR_GET_REASON(e) == ERR_R_UNSUPPORTED)
        log_error("%s: there is no %s in PEM in it", path, kind);
    else if (ERR_GET_REASON(e) == X509_R_KEY_VALUES_MISMATCH)
        log_error("%s is not the key of the certificate %s", path, o->tls_cert);
    else
        log_error("cannot read the %s %s: %s", kind, path, reason ? reason : strerror(ERR_GET_REASON(e)));
}

static bool certificate_is_good(const struct bridge_options *o)
{
    SSL_CTX *trial = SSL_CTX_new(TLS_server_method());
    ERR_clear_error();
    const char *bad = trial ? load_certificate(trial, o) : o->tls_cert;
    if (bad)
        tell_bad_certificate(o, bad);
    SSL_CTX_free(trial);
    ERR_clear_error();
    return !bad;
}

void front_reload(struct front *f)
{
    if (!f->tls)
        return;
    if (certificate_is_good(&f->bridge->o) && !load_certificate(f->tls, &f->bridge->o))
        log_info("certificate and key were read again");
}

static int start_libwebsockets(struct front *f)
{
    const struct bridge_options *o = &f->bridge->o;
    void *loops[1] = {f->bridge->loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .mounts = &everything,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .user = f,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .pt_serv_buf_size = WRITE_BYTES,
        .max_http_header_data = HTTP_HEAD_MAX,
        /* Rooms for the headers of requests, made on demand. libwebsockets closes the connection for whose request
         * there is none, so that there must always be one: also for requests that it has not handed over, as it does
         * not when their connection is not read. */
        .max_http_header_pool2 = (unsigned)o->max_connections * (STREAMS + 1),
        .timeout_secs = (unsigned)(o->patience_s + 1) / 2,
        .keepalive_timeout = NEVER_S,
        .vhost_name = "facteur",
        .server_string = "facteur-bridge",
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, emit_log);
    if (o->tls_cert) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = o->tls_cert;
        info.ssl_private_key_filepath = o->tls_key;
        info.alpn = "h2,http/1.1";
    }
    f->context = lws_create_context(&info);
    f->vhost = f->context ? lws_create_vhost(f->context, &info) : NULL;
    if (!f->vhost || (o->tls_cert && !f->tls)) {
        log_error("libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
        return -1;
    }
    if (f->tls && frames_init() < 0)
        return -1;
    if (f->tls)
        harden(f->tls);
    return 0;
}

struct front *front_new(struct bridge *b, int *out_port)
{
    struct front *f = XNEW(struct front);
    f->bridge = b;
    if ((b->o.tls_cert && !certificate_is_good(&b->o)) || (f->fd = open_listener(&b->o, out_port)) < 0) {
        free(f);
        return NULL;
    }
    if (start_libwebsockets(f) < 0) {
        if (f->context)
            lws_context_destroy(f->context);
        close(f->fd);
        free(f);
        return NULL;
    }
    f->listener = XNEW(uv_poll_t);
    f->listener->data = f;
    uv_poll_init(b->loop, f->listener, f->fd);
    uv_poll_start(f->listener, UV_READABLE, on_listener);
    f->timer = XNEW(uv_timer_t);
    f->timer->data = f;
    uv_timer_init(b->loop, f->timer);
    uv_timer_start(f->timer, on_tick, TICK_MS, TICK_MS);
    return f;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void front_stop(struct front *f)
{
    if (!f->listener)
        return;
    uv_close((uv_handle_t *)f->listener, free_handle);
    uv_close((uv_handle_t *)f->timer, free_handle);
    f->listener = NULL;
    close(f->fd);
    lws_context_destroy(f->context);
}

void front_free(struct front *f)
{
    lws_context_destroy(f->context); /* what is left of it when the loop has closed its handles */
    uv_run(f->bridge->loop, UV_RUN_DEFAULT);
    free(f);
}

unsigned front_connections(const struct front *f)
{
    return f->n;
}
