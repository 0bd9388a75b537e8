/* jmap_load - asks a JMAP server, or facteurd's socket, as fast as it answers, and says how fast that was.
 *
 *     jmap_load HOST:PORT|unix:PATH CONNECTIONS SECONDS [ANSWERS] < REQUESTS
 *
 * REQUESTS are pieces "LENGTH\n" and LENGTH bytes: what is sent as it is, whole HTTP/1.1 requests or lines of JSON-RPC. Each connection
 * stays open and has one request at a time on the way; the next free one takes the next request, from the first again after
 * the last, for SECONDS. With SECONDS 0 each request is sent once. ANSWERS is a file for the bodies, "NUMBER LENGTH\n" and the
 * body, in the order in which they came.
 *
 * Prints {"n", "seconds", "bytes", "p50", "p99", "max"}: answers, wall time, bytes of their bodies, milliseconds. An answer that is no
 * success (a status that is not 2xx, a method that answers with an error) ends it with status 1.
 *
 * One thread, and it does little: it looks for the end of an answer and for an error in it, and parses no JSON.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1000
#define ANSWER_MAX ((size_t)256 << 20)

struct request {
    char *bytes;
    size_t n;
};

struct connection {
    int fd;
    size_t request; /* which one is on the way */
    double asked;
    char *buf;
    size_t n, size;
    size_t body, missing; /* HTTP: where the body begins, 0 before it is known; bytes up to its end */
    bool is_chunked;
};

static struct request *requests;
static size_t n_requests;
static double *taken;
static size_t n_taken;
static unsigned long long total_bytes;
static bool is_http;
static FILE *answers;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "jmap_load: %s: %s\n", what, why);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *must(void *p)
{
    if (!p)
        die("memory", strerror(errno));
    return p;
}

static void read_requests(void)
{
    size_t n;
    while (scanf("%zu", &n) == 1 && getchar() == '\n') {
        requests = must(realloc(requests, (n_requests + 1) * sizeof(*requests)));
        struct request *r = &requests[n_requests++];
        *r = (struct request){must(malloc(n + 1)), n};
        if (fread(r->bytes, 1, n, stdin) != n)
            die("standard input", "ends within a request");
    }
    if (!n_requests)
        die("standard input", "no requests");
}

static int dial_unix(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(a.sun_path))
        die(path, "is too long");
    memcpy(a.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        die(path, strerror(errno));
    return fd;
}

static int dial_tcp(const char *target)
{
    char host[256];
    const char *colon = strrchr(target, ':');
    if (!colon || (size_t)(colon - target) >= sizeof(host))
        die(target, "is no HOST:PORT");
    memcpy(host, target, (size_t)(colon - target));
    host[colon - target] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int one = 1, failed = getaddrinfo(host, colon + 1, &hints, &found);
    if (failed)
        die(target, gai_strerror(failed));
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        die(target, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    freeaddrinfo(found);
    return fd;
}

/* The socket is a blocking one: a request is small beside its buffer, or else the server reads on. */
static void ask(struct connection *c, size_t request)
{
    const struct request *r = &requests[request];
    c->request = request;
    c->n = c->body = c->missing = 0;
    c->is_chunked = false;
    c->asked = now();
    for (size_t sent = 0; sent < r->n;) {
        ssize_t n = send(c->fd, r->bytes + sent, r->n - sent, MSG_NOSIGNAL);
        if (n < 0)
            die("send", strerror(errno));
        sent += (size_t)n;
    }
}

/* The value of a header field, or NULL; the head ends in NUL. */
static const char *field(const char *head, const char *name)
{
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0)
            return line + 2 + strlen(name);
    return NULL;
}

static void read_head(struct connection *c)
{
    char *end = memmem(c->buf, c->n, "\r\n\r\n", 4);
    if (!end)
        return;
    end[2] = '\0'; /* the fields are a string then */
    const char *length = field(c->buf, "content-length:"), *coding = field(c->buf, "transfer-encoding:");
    if (strncmp(c->buf, "HTTP/1.1 2", 10) != 0)
        die("answer", c->buf);
    c->body = (size_t)(end - c->buf) + 4;
    c->is_chunked = coding != NULL;
    if (!length && !coding)
        die("answer without a length", c->buf);
    c->missing = length ? strtoul(length, NULL, 10) : 0;
}

/* Takes the chunks' frames out as they are complete: whether the last one is there. */
static bool unchunk(struct connection *c)
{
    for (;;) {
        char *at = c->buf + c->body + c->missing, *line = memmem(at, c->n - c->body - c->missing, "\r\n", 2);
        if (!line)
            return false;
        size_t size = strtoul(at, NULL, 16), frame = (size_t)(line - at) + 2, after = c->body + c->missing;
        if (c->n - after < frame + size + 2)
            return false;
        memmove(at, at + frame, size);
        memmove(at + size, at + frame + size + 2, c->n - after - frame - size - 2);
        c->n -= frame + 2;
        c->missing += size;
        if (size == 0)
            return true;
    }
}

static bool is_complete(struct connection *c)
{
    if (!is_http)
        return c->buf[c->n - 1] == '\n';
    if (!c->body)
        read_head(c);
    if (!c->body)
        return false;
    return c->is_chunked ? unchunk(c) : c->n - c->body >= c->missing;
}

static void check(const struct connection *c)
{
    const char *body = c->buf + c->body, *error = is_http ? "[\"error\"" : "\"error\":{";
    size_t n = c->n - c->body;
    char *bad = memmem(body, n, error, strlen(error));
    if (bad) {
        fprintf(stderr, "%.*s\n", (int)(n < 2000 ? n : 2000), body);
        die("answer", "an error");
    }
    total_bytes += n;
    if (answers) {
        fprintf(answers, "%zu %zu\n", c->request, n);
        fwrite(body, 1, n, answers);
    }
}

/* Whether the answer is there. */
static bool take(struct connection *c)
{
    if (c->size - c->n < 65536) {
        c->size = c->size ? c->size * 2 : 1 << 18;
        c->buf = must(realloc(c->buf, c->size));
    }
    if (c->size > ANSWER_MAX)
        die("answer", "is too large");
    ssize_t n = recv(c->fd, c->buf + c->n, c->size - c->n - 1, 0);
    if (n <= 0)
        die("recv", n ? strerror(errno) : "the server closed the connection");
    c->n += (size_t)n;
    double arrived = now();
    int one = 1;
    if (is_http) /* a server that writes twice and lets TCP wait for the acknowledgement is not measured by that wait */
        setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
    if (!is_complete(c))
        return false;
    taken[n_taken++] = (arrived - c->asked) * 1000;
    check(c);
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(double seconds)
{
    qsort(taken, n_taken, sizeof(*taken), compare);
    printf("{\"n\": %zu, \"seconds\": %.6f, \"bytes\": %llu, \"p50\": %.4f, \"p99\": %.4f, \"max\": %.4f}\n", n_taken, seconds,
           total_bytes, taken[n_taken / 2], taken[n_taken * 99 / 100], taken[n_taken - 1]);
}

int main(int argc, char **argv)
{
    struct connection c[CONNECTIONS_MAX] = {0};
    if (argc < 4 || argc > 5)
        die("usage", "jmap_load HOST:PORT|unix:PATH CONNECTIONS SECONDS [ANSWERS] < REQUESTS");
    size_t n = strtoul(argv[2], NULL, 10), next = 0, busy = 0, room = 0;
    double seconds = strtod(argv[3], NULL);
    if (n < 1 || n > CONNECTIONS_MAX)
        die(argv[2], "is no number of connections");
    if (argc == 5 && !(answers = fopen(argv[4], "w")))
        die(argv[4], strerror(errno));
    read_requests();
    is_http = strncmp(argv[1], "unix:", 5) != 0;
    int queue = epoll_create1(0);
    for (size_t i = 0; i < n; i++) {
        c[i].fd = is_http ? dial_tcp(argv[1]) : dial_unix(argv[1] + 5);
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &c[i]};
        if (epoll_ctl(queue, EPOLL_CTL_ADD, c[i].fd, &wanted) < 0)
            die("epoll", strerror(errno));
    }
    double began = now();
    for (size_t i = 0; i < n && (seconds > 0 || next < n_requests); i++, busy++)
        ask(&c[i], next++ % n_requests);
    while (busy) {
        struct epoll_event ready[64];
        int got = epoll_wait(queue, ready, 64, -1);
        if (n_taken + 64 > room)
            taken = must(realloc(taken, (room = room * 2 + 4096) * sizeof(*taken)));
        for (int i = 0; i < got; i++) {
            struct connection *one = ready[i].data.ptr;
            if (!take(one))
                continue;
            if (seconds > 0 ? now() - began < seconds : next < n_requests)
                ask(one, next++ % n_requests);
            else
                busy--;
        }
    }
    tell(now() - began);
    return answers && fclose(answers) != 0;
}
