#include "oauth/loopback.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "net/aside.h"
#include "oauth/client.h"
#include "oauth/form.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

struct loopback {
    int fd;
    struct oauth_redirect redirect;
    char *uri;
};

int loopback_open(const char *redirect, struct loopback **out, struct fct_error *err)
{
    CLEANUP(loopback_closep) struct loopback *l = XNEW(struct loopback);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!oauth_redirect_parse(redirect, &l->redirect))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.200s is no address of this computer", redirect);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(l->redirect.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int on = 1;
    if (l->fd >= 0 && l->redirect.port)
        setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&at, n) < 0 || listen(l->fd, LOOPBACK_CONNECTIONS) < 0 || getsockname(l->fd, (struct sockaddr *)&at, &n) < 0) {
        if (errno == EADDRINUSE)
            return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "port %u of this computer is in use", l->redirect.port);
        return fct_fail_errno(err, errno, "no port of this computer can be listened on");
    }
    l->uri = xasprintf("http://%s:%u%s", l->redirect.host, ntohs(at.sin_port), l->redirect.path);
    *out = TAKE(l);
    return 0;
}

void loopback_close(struct loopback *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        close(l->fd);
    free(l->uri);
    free(l);
}

const char *loopback_uri(const struct loopback *l)
{
    return l->uri;
}

/* ---- requests, on the thread ------------------------------------------------------------------------------ */

struct visitor {
    int fd; /* -1: none */
    size_t n;
    uint64_t left_ms; /* of the whole when it has to be done */
    char request[LOOPBACK_REQUEST_MAX + 1];
};

struct waiting {
    struct aside aside;
    const struct loopback *l;
    const char *state;
    char *query;
    struct visitor visitors[LOOPBACK_CONNECTIONS];
};

static void say(int fd, const char *status, const char *title, const char *text)
{
    char answer[1200];
    int n = snprintf(answer, sizeof(answer),
                     "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
                     "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nConnection: close\r\n\r\n"
                     "<!DOCTYPE html><html lang=\"en\"><title>Facteur</title><h1>%s</h1><p>%s</p></html>\n",
                     status, title, text);
    if (n > 0 && send(fd, answer, (size_t)n, MSG_NOSIGNAL) < 0)
        return; /* it went away: the answer is for people only */
    shutdown(fd, SHUT_WR);
}

/* The query of "GET /path?query HTTP/1.1" for this path, cut out in place; NULL: it is something else. */
static char *query_of(char *request, const char *path)
{
    size_t n = strlen(path);
    if (strncmp(request, "GET ", 4) != 0)
        return NULL;
    char *target = request + 4, *end = strpbrk(target, " \r\n");
    if (!end || strncmp(end, " HTTP/1.", 8) != 0 || strncmp(target, path, n) != 0 || target[n] != '?')
        return NULL;
    *end = '\0';
    return target + n + 1;
}

/* Takes as long whatever is wrong with it. */
static bool is_same(const char *a, const char *b)
{
    unsigned char difference = strlen(a) != strlen(b);
    for (size_t i = 0; i < strlen(a) && i < strlen(b); i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

static void answer_request(struct waiting *w, struct visitor *v)
{
    const char *path = w->l->redirect.path;
    char *query = query_of(v->request, *path ? path : "/"); /* as browsers ask where there is none */
    if (!query) {
        say(v->fd, "404 Not Found", "Not found", "There is nothing here.");
        return;
    }
    CLEANUP(freep) char *state = form_get(query, "state");
    if (!state || !is_same(state, w->state)) {
        say(v->fd, "400 Bad Request", "This is not the answer that is waited for", "Begin again where you started to sign in.");
        return;
    }
    CLEANUP(freep) char *error = form_get(query, "error");
    if (error)
        say(v->fd, "200 OK", "Facteur may not read your mail", "The provider says that consent was not given. You can close this page.");
    else
        say(v->fd, "200 OK", "Facteur has the answer", "You can close this page and go back to where you started.");
    w->query = xstrdup(query);
}

static void leave(struct visitor *v)
{
    close(v->fd);
    crypto_wipe(v->request, v->n);
    v->fd = -1;
    v->n = 0;
}

static void hear(struct waiting *w, struct visitor *v)
{
    ssize_t got = recv(v->fd, v->request + v->n, LOOPBACK_REQUEST_MAX - v->n, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        v->n += (size_t)got;
    v->request[v->n] = '\0';
    if (got > 0 && v->n < LOOPBACK_REQUEST_MAX && !strstr(v->request, "\r\n\r\n"))
        return;
    if (got > 0 && strstr(v->request, "\r\n\r\n"))
        answer_request(w, v);
    else if (got > 0)
        say(v->fd, "431 Request Header Fields Too Large", "Too large", "This request is too large.");
    leave(v);
}

static struct visitor *free_place(struct waiting *w)
{
    for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
        if (w->visitors[i].fd < 0)
            return &w->visitors[i];
    return NULL;
}

static void welcome(struct waiting *w, struct visitor *v)
{
    int fd = accept4(w->l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    v->fd = fd;
    v->n = 0;
    v->left_ms = aside_left_ms(&w->aside);
}

static void turn(struct waiting *w)
{
    struct pollfd fds[LOOPBACK_CONNECTIONS + 1];
    struct visitor *who[LOOPBACK_CONNECTIONS + 1], *place = free_place(w);
    nfds_t n = 0;
    for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
        if (w->visitors[i].fd < 0)
            continue;
        who[n] = &w->visitors[i];
        fds[n++] = (struct pollfd){w->visitors[i].fd, POLLIN, 0};
    }
    nfds_t n_visitors = n;
    if (place)
        fds[n++] = (struct pollfd){w->l->fd, POLLIN, 0};
    if (poll(fds, n, aside_slice_ms(&w->aside)) < 0)
        return;
    for (nfds_t i = 0; i < n_visitors && !w->query; i++) {
        if (fds[i].revents)
            hear(w, who[i]);
        if (who[i]->fd >= 0 && who[i]->left_ms - aside_left_ms(&w->aside) > LOOPBACK_REQUEST_MS)
            leave(who[i]);
    }
    if (place && fds[n_visitors].revents && !w->query)
        welcome(w, place);
}

static void serve(void *arg)
{
    struct waiting *w = arg;
    while (!w->query && !aside_is_over(&w->aside))
        turn(w);
    for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
        if (w->visitors[i].fd >= 0)
            leave(&w->visitors[i]);
}

int loopback_wait(struct loopback *l, const char *state, uint64_t deadline_ms, char **out_query, struct fct_error *err)
{
    struct waiting *w = XNEW(struct waiting);
    w->l = l;
    w->state = state;
    for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
        w->visitors[i].fd = -1;
    int result = aside_run(&w->aside, deadline_ms, "the browser", serve, w, err);
    char *query = w->query;
    crypto_wipe(w, sizeof(*w));
    free(w);
    if (result == 0 && !query)
        result = fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_NEVER, "nobody has signed in within the time there was");
    if (result == 0)
        *out_query = query;
    else
        free(query);
    return result;
}
