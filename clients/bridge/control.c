#include "control.h"

#include "app.h"
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 8

struct control {
    struct bridge *bridge;
    uv_pipe_t pipe;
    int folder, lock; /* the profile; its bridge.lock, as long as we are the one that answers */
    int port;
    char started_at[32];
    bool is_listening;
};

/* ---- what is told ---- */

struct listing {
    json_t *clients;
    unsigned n;
};

static void list_client(void *arg, const struct backend_client *c)
{
    struct listing *l = arg;
    if (!c->name || !(c->is_known || c->uses))
        return;
    if (l->n++ < CONTROL_CLIENTS_MAX)
        json_array_append_new(l->clients, json_pack("{s:s, s:s, s:i, s:i}", "name", c->name, "remote", c->remote,
                                                    "uses", (int)c->uses, "calls", (int)c->calls));
}

static char *host_of(const struct bridge_options *o)
{
    bool is_v6 = strchr(o->address, ':') != NULL;
    return xasprintf("%s%s%s", is_v6 ? "[" : "", o->address, is_v6 ? "]" : "");
}

static json_t *describe(const struct control *c)
{
    const struct bridge *b = c->bridge;
    struct listing l = {.clients = json_array()};
    CLEANUP(freep) char *host = host_of(&b->o);
    CLEANUP(freep) char *listen = xasprintf("%s:%d", host, c->port);
    CLEANUP(freep)
    char *url = b->site.public_url ? xstrdup(b->site.public_url)
                                   : xasprintf("%s://%s", b->o.tls_cert ? "https" : "http", listen);
    backend_each(b->backend, list_client, &l);
    return json_pack("{s:i, s:s, s:s, s:s, s:b, s:s, s:b, s:i, s:b, s:b, s:b, s:i, s:o}", "pid", (int)getpid(),
                     "version", FACTEUR_VERSION, "startedAt", c->started_at, "listen", listen, "isTls",
                     b->o.tls_cert != NULL, "url", url, "isBehindProxy", (int)b->o.behind_proxy, "connections",
                     (int)front_connections(b->front), "hasCore", (int)backend_has_core(b->backend), "startsCore",
                     (int)!b->o.no_start, "hasWeb", (int)app_is_there(b->app), "clientCount", (int)l.n, "clients",
                     l.clients);
}

/* ---- telling ---- */

struct telling {
    uv_pipe_t pipe;
    uv_write_t write;
    char *text;
};

static void telling_closed(uv_handle_t *handle)
{
    struct telling *t = handle->data;
    free(t->text);
    free(t);
}

static void told(uv_write_t *write, int status)
{
    struct telling *t = write->data;
    (void)status;
    uv_close((uv_handle_t *)&t->pipe, telling_closed);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct control *c = server->data;
    struct telling *t = XNEW(struct telling);
    json_t *o = describe(c);
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    t->text = xasprintf("%s\n", line ? line : "{}");
    free(line);
    uv_pipe_init(c->bridge->loop, &t->pipe, 0);
    t->pipe.data = t->write.data = t;
    uv_buf_t out = uv_buf_init(t->text, (unsigned)strlen(t->text));
    if (status < 0 || uv_accept(server, (uv_stream_t *)&t->pipe) < 0) {
        uv_close((uv_handle_t *)&t->pipe, telling_closed);
        return;
    }
    uv_unref((uv_handle_t *)&t->pipe); /* one that does not read holds up no end */
    if (uv_write(&t->write, (uv_stream_t *)&t->pipe, &out, 1, told) < 0)
        uv_close((uv_handle_t *)&t->pipe, telling_closed);
}

/* ---- its socket ---- */

/* The folder is reached by its descriptor, so its path may be of any length. */
static int bind_in(int folder)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/" CONTROL_NAME, folder);
    unlinkat(folder, CONTROL_NAME, 0); /* nobody else has the lock: it is of one that was killed */
    if (fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

static int listen_on(struct control *c)
{
    int fd = bind_in(c->folder);
    if (fd < 0)
        return -1;
    uv_pipe_init(c->bridge->loop, &c->pipe, 0);
    c->pipe.data = c;
    c->is_listening = true;
    int error = uv_pipe_open(&c->pipe, fd);
    if (error < 0) {
        close(fd);
        errno = -error;
        return -1;
    }
    error = uv_listen((uv_stream_t *)&c->pipe, BACKLOG, on_connection);
    errno = -error;
    return error < 0 ? -1 : 0;
}

/* 1: another bridge has it. */
static int lock_it(struct control *c)
{
    c->folder = open(c->bridge->o.profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->folder < 0)
        return -1;
    c->lock = openat(c->folder, "bridge.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->lock < 0)
        return -1;
    if (flock(c->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? 1 : -1;
}

struct control *control_new(struct bridge *b, int port)
{
    struct control *c = XNEW(struct control);
    time_t now = time(NULL);
    struct tm tm;
    *c = (struct control){.bridge = b, .port = port, .folder = -1, .lock = -1};
    strftime(c->started_at, sizeof(c->started_at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    int locked = lock_it(c);
    if (locked == 0 && listen_on(c) == 0)
        return c;
    if (locked > 0)
        log_info("another bridge serves this profile: 'facteur bridge' speaks of that one");
    else
        log_warning("'facteur bridge' will not find this one: %s/" CONTROL_NAME ": %s", b->o.profile, strerror(errno));
    control_stop(c);
    uv_run(b->loop, UV_RUN_NOWAIT);
    control_free(c);
    return NULL;
}

void control_stop(struct control *c)
{
    if (!c || !c->is_listening)
        return;
    c->is_listening = false;
    unlinkat(c->folder, CONTROL_NAME, 0);
    uv_close((uv_handle_t *)&c->pipe, NULL);
}

void control_free(struct control *c)
{
    if (!c)
        return;
    if (c->lock >= 0)
        close(c->lock);
    if (c->folder >= 0)
        close(c->folder);
    free(c);
}
