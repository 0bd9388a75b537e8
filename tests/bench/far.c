/* far SERVER_PORT DELAY_MS: a server that is far away. Listens on a free port of 127.0.0.1, which it prints first, and carries each
 * connection to the server's port; every byte comes out DELAY_MS later than it went in, each way. The rate is not limited, only
 * what is on the way is (ON_THE_WAY_MAX), as by the windows of TCP. Ends with its standard input.
 *
 * It prints what the clients say, a line each: "seconds C text", and "seconds S" when the server begins to speak after them, with
 * the monotonic time at which it left the one side. One thread, one loop: it does some GB a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536
#define ON_THE_WAY_MAX ((size_t)64 << 20)
#define WAYS_MAX 64 /* two for each connection */
#define LINE_SHOWN 200

struct piece {
    struct piece *next;
    double due;
    size_t n, sent;
    char bytes[PIECE];
};

/* One direction of a connection. */
struct way {
    int from, to; /* -1: not in use */
    bool is_clients, has_ended;
    struct piece *first, **last;
    size_t on_the_way;
    char line[LINE_SHOWN + 1];
    size_t n_line;
};

static struct way ways[WAYS_MAX];
static double delay;
static bool client_spoke_last;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in local(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_somewhere(void)
{
    struct sockaddr_in a = local(0);
    socklen_t n = sizeof(a);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 16) < 0 || getsockname(s, (struct sockaddr *)&a, &n) < 0)
        die("listen");
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return s;
}

static void begin_way(int from, int to, bool is_clients)
{
    for (size_t i = 0; i < WAYS_MAX; i++)
        if (ways[i].from < 0 && ways[i].to < 0) {
            ways[i] = (struct way){.from = from, .to = to, .is_clients = is_clients, .last = &ways[i].first};
            return;
        }
    fprintf(stderr, "more than %d connections\n", WAYS_MAX / 2);
    exit(1);
}

static void take_connection(int listener, int server_port)
{
    struct sockaddr_in a = local(server_port);
    int one = 1, client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || server < 0 || connect(server, (struct sockaddr *)&a, sizeof(a)) < 0)
        die("connect");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    begin_way(client, server, true);
    begin_way(server, client, false);
}

static void show(struct way *w, const char *p, size_t n)
{
    if (!w->is_clients) {
        if (client_spoke_last)
            printf("%.6f S\n", now());
        client_spoke_last = false;
        return;
    }
    client_spoke_last = true;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') {
            printf("%.6f C %.*s\n", now(), (int)w->n_line, w->line);
            w->n_line = 0;
        } else if (p[i] != '\r' && w->n_line < LINE_SHOWN) {
            w->line[w->n_line++] = p[i];
        }
    }
}

static void take(struct way *w)
{
    struct piece *p = malloc(sizeof(*p));
    if (!p)
        die("malloc");
    ssize_t n = recv(w->from, p->bytes, sizeof(p->bytes), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        free(p);
        return;
    }
    p->next = NULL;
    p->n = n > 0 ? (size_t)n : 0; /* nothing: the end */
    p->sent = 0;
    p->due = now() + delay;
    *w->last = p;
    w->last = &p->next;
    w->on_the_way += p->n;
    w->has_ended = n <= 0;
    show(w, p->bytes, p->n);
}

/* Ends both ways of a connection. */
static void end_connection(struct way *w)
{
    int a = w->from, b = w->to;
    for (size_t i = 0; i < WAYS_MAX; i++) {
        if (ways[i].from != a && ways[i].from != b)
            continue;
        for (struct piece *p = ways[i].first, *next; p; p = next) {
            next = p->next;
            free(p);
        }
        ways[i] = (struct way){.from = -1, .to = -1};
    }
    close(a);
    close(b);
}

/* Returns false when the connection has ended. */
static bool hand_on(struct way *w)
{
    struct piece *p;
    while ((p = w->first) && p->due <= now()) {
        ssize_t n = p->n ? send(w->to, p->bytes + p->sent, p->n - p->sent, MSG_DONTWAIT | MSG_NOSIGNAL) : -1;
        if (n < 0 && p->n && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n < 0) {
            end_connection(w);
            return false;
        }
        p->sent += (size_t)n;
        if (p->sent < p->n)
            return true;
        w->on_the_way -= p->n;
        w->first = p->next;
        if (!w->first)
            w->last = &w->first;
        free(p);
    }
    return true;
}

/* How long there is nothing to do but wait for sockets; each way has two of them in `fds`. */
static int prepare(struct pollfd *fds)
{
    double until = -1;
    for (size_t i = 0; i < WAYS_MAX; i++) {
        struct way *w = &ways[i];
        bool may_read = w->from >= 0 && !w->has_ended && w->on_the_way < ON_THE_WAY_MAX;
        bool is_due = w->first && w->first->due <= now();
        fds[2 * i] = (struct pollfd){.fd = may_read ? w->from : -1, .events = POLLIN};
        fds[2 * i + 1] = (struct pollfd){.fd = is_due ? w->to : -1, .events = POLLOUT};
        if (w->first && !is_due && (until < 0 || w->first->due < until))
            until = w->first->due;
    }
    double left = (until - now()) * 1000;
    return until < 0 ? -1 : left <= 0 ? 0 : (int)left + 1;
}

int main(int argc, char **argv)
{
    struct pollfd fds[2 * WAYS_MAX + 2];
    if (argc != 3) {
        fprintf(stderr, "far SERVER_PORT DELAY_MS\n");
        return 2;
    }
    int server_port = atoi(argv[1]), listener = listen_somewhere();
    delay = atof(argv[2]) / 1000;
    for (size_t i = 0; i < WAYS_MAX; i++)
        ways[i].from = ways[i].to = -1;
    for (;;) {
        int timeout = prepare(fds);
        fds[2 * WAYS_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
        fds[2 * WAYS_MAX + 1] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(fds, 2 * WAYS_MAX + 2, timeout) < 0 && errno != EINTR)
            die("poll");
        if (fds[2 * WAYS_MAX + 1].revents)
            return 0;
        for (size_t i = 0; i < WAYS_MAX; i++) {
            if (fds[2 * i].revents && ways[i].from >= 0)
                take(&ways[i]);
            if (ways[i].from >= 0)
                hand_on(&ways[i]);
        }
        if (fds[2 * WAYS_MAX].revents)
            take_connection(listener, server_port);
    }
}
