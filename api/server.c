#include "server.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <uv.h>

#define MAX_REQUEST_DEFAULT ((size_t)10 << 20)
#define BACKLOG 1024
#define SYSTEMD_FIRST_FD 3
#define ACCEPTS_IN_A_ROW 32
#define TRIM_AFTER_MS 1000
#define NO_FD_PAUSE_MS 100
#define WORTH_RELIEVING ((size_t)64 << 10)

struct client {
    struct client *prev, *next;
    struct session *session;
};

struct server {
    struct session_host host;
    struct session_memory memory;
    uv_poll_t poll;
    int fd;
    int spare_fd; /* given up for a moment when no descriptor is left, to show a client out; -1: it is taken */
    bool poll_closed;
    struct fiber *pause;   /* no client is let in meanwhile; NULL: no pause */
    struct fiber *trimmer; /* gives memory back after heavy requests; NULL: nothing to do */
    bool is_relieving;
    bool owns_path;        /* we bound it, we unlink it */
    char *path;
    size_t max_clients, n_clients;
    struct client *clients;
};

/* ---- clients ---- */

static bool is_same_user(int fd)
{
    struct ucred peer;
    socklen_t n = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

static void session_closed(void *ctx, struct session *session)
{
    struct server *server = ctx;
    for (struct client *c = server->clients; c; c = c->next) {
        if (c->session != session)
            continue;
        *(c->prev ? &c->prev->next : &server->clients) = c->next;
        if (c->next)
            c->next->prev = c->prev;
        free(c);
        server->n_clients--;
        return;
    }
}

/* The sessions keep too much: the largest gives something up. What is being answered cannot be taken away, but ends. */
static void relieve(void *ctx)
{
    struct server *server = ctx;
    if (server->is_relieving)
        return;
    server->is_relieving = true;
    while (server->memory.kept > SESSION_KEPT_MAX) {
        struct session *largest = NULL;
        for (struct client *c = server->clients; c; c = c->next)
            if (!largest || session_spare(c->session) > session_spare(largest))
                largest = c->session;
        if (!largest || session_spare(largest) < WORTH_RELIEVING)
            break;
        log_warn("rpc", "the clients leave %zu bytes unfinished or unread: %zu of them, one client's, are forgotten",
                 server->memory.kept, session_spare(largest));
        session_relieve(largest);
    }
    server->is_relieving = false;
}

static void show_out(int fd, const char *why)
{
    char line[200];
    int n = snprintf(line, sizeof(line),
                     "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"%s\",\"data\":{\"type\":\"limit\","
                     "\"description\":\"%s\"}},\"id\":null}\n",
                     why, why);
    if (send(fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_debug("rpc", "a client left before it was told why: %s", strerror(errno));
    close(fd);
}

static void take_client(struct server *server, int fd)
{
    if (!is_same_user(fd)) {
        log_warn("rpc", "a peer of another user was refused");
        close(fd);
        return;
    }
    if (server->n_clients >= server->max_clients) {
        show_out(fd, "too many clients");
        return;
    }
    struct session *session = session_new(&server->host, fd);
    if (!session)
        return;
    struct client *c = XNEW(struct client);
    c->session = session;
    c->next = server->clients;
    if (c->next)
        c->next->prev = c;
    server->clients = c;
    server->n_clients++;
}

static void on_connect(uv_poll_t *poll, int status, int events);

static int let_in_later(void *arg)
{
    struct server *server = arg;
    if (wait_sleep(NO_FD_PAUSE_MS, NULL) == 0)
        uv_poll_start(&server->poll, UV_READABLE, on_connect);
    fiber_unref(TAKE(server->pause));
    return 0;
}

/* With no descriptor left accept fails, and the listening socket stays readable: without this the loop would spin.
 * False: another thread was faster to the spare descriptor; nobody is let in for a moment. */
static bool shed_client(struct server *server)
{
    if (server->spare_fd >= 0)
        close(server->spare_fd);
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    bool is_stuck = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd >= 0)
        show_out(fd, "no file descriptors left");
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!is_stuck)
        return true;
    uv_poll_stop(&server->poll);
    if (!server->pause)
        server->pause = fiber_spawn(server->host.loop, "no descriptors", let_in_later, server);
    return false;
}

static void on_connect(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;
    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_IN_A_ROW; i++) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            take_client(server, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            if (!shed_client(server))
                return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

size_t server_client_count(const struct server *server)
{
    return server->n_clients;
}

size_t server_max_request(const struct server *server)
{
    return server->host.max_request;
}

void server_each_session(struct server *server, bool (*each)(void *ctx, struct session *s), void *ctx)
{
    struct client *next;
    for (struct client *c = server ? server->clients : NULL; c; c = next) {
        next = c->next;
        if (!each(ctx, c->session))
            return;
    }
}

/* ---- memory ---- */

static void trim_memory(void *arg)
{
    (void)arg;
    malloc_trim(0);
}

static int trim_after_a_pause(void *arg)
{
    struct server *server = arg;
    if (wait_sleep(TRIM_AFTER_MS, NULL) == 0)
        wait_offload(trim_memory, NULL, NULL);
    fiber_unref(TAKE(server->trimmer));
    return 0;
}

/* Thousands of small values were freed between others: the allocator keeps their pages unless it is asked. */
static void note_heavy(void *ctx)
{
    struct server *server = ctx;
    if (!server->trimmer)
        server->trimmer = fiber_spawn(server->host.loop, "memory", trim_after_a_pause, server);
}

static void stop_fiber(struct fiber *f)
{
    if (!f)
        return;
    fiber_ref(f);
    fiber_cancel(f);
    fiber_join(f);
    fiber_unref(f);
}

/* ---- the listening socket ---- */

/* Of systemd, sd_listen_fds(3): the first descriptor, if there is one for this process. -1: none. */
static int inherited_socket(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    bool ours = pid && n && strtol(pid, NULL, 10) == getpid() && strtol(n, NULL, 10) >= 1;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    int is_listening = 0, type = 0;
    socklen_t size = sizeof(is_listening), type_size = sizeof(type);
    struct sockaddr_un name = {0};
    socklen_t name_size = sizeof(name);
    if (!ours || getsockopt(SYSTEMD_FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) < 0 || !is_listening ||
        getsockopt(SYSTEMD_FIRST_FD, SOL_SOCKET, SO_TYPE, &type, &type_size) < 0 || type != SOCK_STREAM ||
        getsockname(SYSTEMD_FIRST_FD, (struct sockaddr *)&name, &name_size) < 0 || name.sun_family != AF_UNIX)
        return -1;
    fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC);
    fcntl(SYSTEMD_FIRST_FD, F_SETFL, fcntl(SYSTEMD_FIRST_FD, F_GETFL) | O_NONBLOCK);
    return SYSTEMD_FIRST_FD;
}

/* An address for the path. One too long for sun_path goes by the descriptor of its folder, kept open in *out_dir. */
static int make_address(const char *path, struct sockaddr_un *out, int *out_dir, struct fct_error *err)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof(out->sun_path)) {
        memcpy(out->sun_path, path, strlen(path) + 1);
        return 0;
    }
    const char *slash = strrchr(path, '/');
    CLEANUP(freep) char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);
    *out_dir = open(slash ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*out_dir < 0)
        return fct_fail_errno(err, errno, "socket %s", path);
    int n = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", *out_dir, slash ? slash + 1 : path);
    if (n < 0 || (size_t)n >= sizeof(out->sun_path))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "socket %s: the file's name is too long", path);
    return 0;
}

/* Removes a socket that nobody listens on any more. */
static int remove_stale(const char *path, const struct sockaddr_un *address, struct fct_error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : fct_fail_errno(err, errno, "socket %s", path);
    if (!S_ISSOCK(st.st_mode))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "socket %s: something that is no socket stands there",
                        path);
    /* Only a refusal says that nobody listens. One that is too busy to answer (EAGAIN) does. */
    CLEANUP(closep) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int why = probe < 0 || connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
    if (why == 0 || why == EAGAIN)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "socket %s: another program answers there", path);
    if (why != ECONNREFUSED && why != ENOENT)
        return fct_fail_errno(err, why, "socket %s: cannot find out whether another program answers there", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return fct_fail_errno(err, errno, "socket %s", path);
    return 0;
}

static int bind_socket(const char *path, int *out_fd, struct fct_error *err)
{
    struct sockaddr_un address;
    CLEANUP(closep) int dir = -1;
    if (make_address(path, &address, &dir, err) < 0 || remove_stale(path, &address, err) < 0)
        return -1;
    CLEANUP(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fct_fail_errno(err, errno, "socket %s", path);
    mode_t before = umask(0177); /* never open to others, not for a moment */
    int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    int why = errno;
    umask(before);
    if (bound < 0)
        return fct_fail_errno(err, why, "socket %s", path);
    if (listen(fd, BACKLOG) < 0)
        return fct_fail_errno(err, errno, "socket %s", path);
    *out_fd = TAKE_FD(fd);
    return 0;
}

int server_start(struct uv_loop_s *loop, const struct server_options *o, const struct dispatcher *d, struct push *push,
                 struct server **out, struct fct_error *err)
{
    int fd = inherited_socket();
    bool is_ours = fd < 0;
    if (is_ours && bind_socket(o->socket_path, &fd, err) < 0)
        return -1;
    struct server *server = XNEW(struct server);
    server->host = (struct session_host){.loop = loop,
                                         .dispatcher = d,
                                         .push = push,
                                         .memory = &server->memory,
                                         .crowded = relieve,
                                         .heavy = note_heavy,
                                         .closed = session_closed,
                                         .ctx = server,
                                         .max_request = o->max_request ? o->max_request : MAX_REQUEST_DEFAULT};
    server->max_clients = o->max_clients ? o->max_clients : SERVER_CLIENTS;
    server->fd = fd;
    server->owns_path = is_ours;
    server->path = xstrdup(o->socket_path);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int rc = uv_poll_init(loop, &server->poll, fd);
    server->poll.data = server;
    if (rc < 0 || (rc = uv_poll_start(&server->poll, UV_READABLE, on_connect)) < 0) {
        close(fd);
        if (server->spare_fd >= 0)
            close(server->spare_fd);
        if (is_ours)
            unlink(server->path);
        free(server->path);
        free(server);
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "socket: %s", uv_strerror(rc));
    }
    *out = server;
    return 0;
}

/* ---- the end ---- */

static void listener_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;
    server->poll_closed = true;
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    if (server->owns_path)
        unlink(server->path);
    stop_fiber(server->pause);
    uv_close((uv_handle_t *)&server->poll, listener_closed);
    struct client *next;
    for (struct client *c = server->clients; c; c = next) {
        next = c->next;
        session_end(c->session);
    }
    while (server->clients || !server->poll_closed)
        wait_sleep(1, NULL);
    stop_fiber(server->trimmer);
    close(server->fd);
    if (server->spare_fd >= 0)
        close(server->spare_fd);
    free(server->path);
    free(server);
}
