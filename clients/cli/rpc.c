#include "rpc.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 * 1024)

struct rpc {
    int fd;
    char *in;
    size_t in_n, in_cap;
    size_t taken;   /* bytes at the front that were handed out already */
    size_t scanned; /* bytes behind those which hold no newline */
    int fds[RPC_FDS_MAX];
    size_t n_fds;
    json_t *notices;
    json_int_t last_id;
    bool heard; /* any byte */
    rpc_again_fn again;
    void *again_arg;
};

/* ---- connecting ------------------------------------------------------------------------------------------- */

/* A path longer than sun_path is reached through its directory's descriptor. */
static int connect_to(int fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (strlen(path) < sizeof(to.sun_path)) {
        strcpy(to.sun_path, path);
        return connect(fd, (struct sockaddr *)&to, sizeof(to));
    }
    CLI_CLEANUP(freep) char *dir = xstrdup(path);
    char *slash = strrchr(dir, '/');
    if (!slash || strlen(slash) > 64) {
        errno = ENAMETOOLONG;
        return -1;
    }
    *slash = '\0';
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return -1;
    snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/%s", dir_fd, slash + 1);
    int result = connect(fd, (struct sockaddr *)&to, sizeof(to));
    int saved = errno;
    close(dir_fd);
    errno = saved;
    return result;
}

struct rpc *rpc_open(const char *socket_path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return NULL;
    if (connect_to(fd, socket_path) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return NULL;
    }
    struct rpc *rpc = xmalloc(sizeof(*rpc));
    *rpc = (struct rpc){.fd = fd, .notices = json_array()};
    return rpc;
}

void rpc_close(struct rpc *rpc)
{
    if (!rpc)
        return;
    close(rpc->fd);
    while (rpc->n_fds > 0)
        close(rpc->fds[--rpc->n_fds]);
    json_decref(rpc->notices);
    free(rpc->in);
    free(rpc);
}

int rpc_fd(const struct rpc *rpc)
{
    return rpc->fd;
}

int rpc_peer_pid(const struct rpc *rpc)
{
    struct ucred peer = {0};
    socklen_t n = sizeof(peer);

    return getsockopt(rpc->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 ? peer.pid : 0;
}

/* ---- lines ------------------------------------------------------------------------------------------------ */

enum rpc_outcome rpc_send_line(struct rpc *rpc, const char *line, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(rpc->fd, line, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return RPC_LOST;
        line += sent;
        n -= (size_t)sent;
    }
    return RPC_OK;
}

static void keep_fds(struct rpc *rpc, struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (rpc->n_fds < RPC_FDS_MAX)
                rpc->fds[rpc->n_fds++] = fd;
            else
                close(fd);
        }
    }
}

/* Reads what is there into the buffer. */
static enum rpc_outcome read_more(struct rpc *rpc)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * RPC_FDS_MAX)];
    } control;

    if (rpc->taken > 0) {
        memmove(rpc->in, rpc->in + rpc->taken, rpc->in_n - rpc->taken);
        rpc->in_n -= rpc->taken;
        rpc->taken = 0;
    }
    if (rpc->in_n >= RPC_LINE_MAX) {
        errno = EMSGSIZE;
        return RPC_LOST;
    }
    if (rpc->in_cap - rpc->in_n < READ_SIZE) {
        rpc->in_cap = rpc->in_cap * 2 + READ_SIZE;
        rpc->in = xrealloc(rpc->in, rpc->in_cap);
    }
    struct iovec to = {rpc->in + rpc->in_n, rpc->in_cap - rpc->in_n};
    struct msghdr m = {
        .msg_iov = &to, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
    ssize_t n = recvmsg(rpc->fd, &m, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EINTR ? RPC_OK : RPC_LOST;
    keep_fds(rpc, &m);
    if (n == 0) {
        errno = 0;
        return RPC_LOST;
    }
    rpc->in_n += (size_t)n;
    rpc->heard = true;
    return RPC_OK;
}

/* A whole line out of the buffer, or NULL. */
static const char *buffered_line(struct rpc *rpc, size_t *out_n)
{
    char *start = rpc->in + rpc->taken;
    size_t n = rpc->in_n - rpc->taken;

    if (n == rpc->scanned)
        return NULL;
    char *end = memchr(start + rpc->scanned, '\n', n - rpc->scanned);
    if (!end) {
        rpc->scanned = n;
        return NULL;
    }
    *end = '\0';
    *out_n = (size_t)(end - start);
    rpc->taken += *out_n + 1;
    rpc->scanned = 0;
    return start;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum rpc_outcome rpc_read_line(struct rpc *rpc, int timeout_ms, const char **out_line, size_t *out_n)
{
    int64_t until = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;

    for (;;) {
        *out_line = buffered_line(rpc, out_n);
        if (*out_line)
            return RPC_OK;
        int64_t left = until == INT64_MAX ? -1 : until - now_ms();
        if (left < 0 && timeout_ms >= 0)
            left = 0;
        struct pollfd p = {.fd = rpc->fd, .events = POLLIN};
        int ready = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            return RPC_OK; /* nothing in time */
        if (ready < 0 || read_more(rpc) != RPC_OK)
            return RPC_LOST;
    }
}

/* The next message; NULL with RPC_OK when none came in time. */
static enum rpc_outcome read_message(struct rpc *rpc, int timeout_ms, json_t **out)
{
    const char *line;
    size_t n;

    *out = NULL;
    if (rpc_read_line(rpc, timeout_ms, &line, &n) != RPC_OK)
        return RPC_LOST;
    if (!line)
        return RPC_OK;
    *out = json_loadb(line, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!*out) {
        errno = EPROTO;
        return RPC_LOST;
    }
    return RPC_OK;
}

static void keep_notice(struct rpc *rpc, json_t *message)
{
    if (json_array_size(rpc->notices) >= RPC_NOTICES_MAX)
        json_array_remove(rpc->notices, 0);
    json_array_append_new(rpc->notices, message);
}

/* ---- calls ------------------------------------------------------------------------------------------------ */

static enum rpc_outcome send_json(struct rpc *rpc, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);

    if (!text) {
        errno = EILSEQ; /* a string that is no UTF-8 */
        return RPC_LOST;
    }
    size_t n = strlen(text);
    text[n] = '\n'; /* the NUL's place: it is not needed any more */
    enum rpc_outcome outcome = rpc_send_line(rpc, text, n + 1);
    explicit_bzero(text, n + 1); /* it may have held a password */
    free(text);
    return outcome;
}

/* Waits for the answer that `is_answer` recognises; keeps notifications. A signal does not end it. */
static enum rpc_outcome read_answer(struct rpc *rpc, bool (*is_answer)(const json_t *message, const void *arg),
                                    const void *arg, json_t **out)
{
    for (;;) {
        json_t *message;
        if (read_message(rpc, -1, &message) != RPC_OK)
            return RPC_LOST;
        if (!message)
            continue;
        if (is_answer(message, arg)) {
            *out = message;
            return RPC_OK;
        }
        if (json_object_get(message, "method"))
            keep_notice(rpc, message);
        else
            json_decref(message);
    }
}

void rpc_on_reset(struct rpc *rpc, rpc_again_fn fn, void *arg)
{
    rpc->again = fn;
    rpc->again_arg = arg;
}

static bool is_unread(const struct rpc *rpc)
{
    return !rpc->heard && (errno == ECONNRESET || errno == EPIPE);
}

/* False: there is none, told. */
static bool take_another(struct rpc *rpc)
{
    struct rpc *fresh = rpc->again(rpc->again_arg);
    if (!fresh)
        return false;
    int fd = fresh->fd;
    fresh->fd = rpc->fd;
    rpc->fd = fd;
    rpc_close(fresh);
    return true;
}

/* Sends a request and waits for its answer, the first one of a connection once more where nobody has read it. */
static enum rpc_outcome exchange(struct rpc *rpc, json_t *message,
                                 bool (*is_answer)(const json_t *message, const void *arg), const void *arg,
                                 json_t **out)
{
    for (;;) {
        if (send_json(rpc, message) == RPC_OK && read_answer(rpc, is_answer, arg, out) == RPC_OK)
            return RPC_OK;
        if (!rpc->again || !is_unread(rpc) || !take_another(rpc))
            return RPC_LOST;
        rpc->again = NULL;
    }
}

static bool is_answer_to(const json_t *message, const void *arg)
{
    const json_t *id = json_object_get(message, "id");

    return json_is_integer(id) && json_integer_value(id) == *(const json_int_t *)arg;
}

/* An error without an id answers a request that could not even be read: ours. */
static bool is_answer_or_refusal(const json_t *message, const void *arg)
{
    return is_answer_to(message, arg) ||
           (json_is_null(json_object_get(message, "id")) && json_object_get(message, "error"));
}

static json_t *request(json_t *id, const char *method, json_t *params)
{
    return json_pack("{s:s, s:o, s:s, s:o*}", "jsonrpc", "2.0", "id", id, "method", method, "params", params);
}

enum rpc_outcome rpc_call(struct rpc *rpc, const char *method, json_t *params, json_t **out_result, json_t **out_error)
{
    json_int_t id = ++rpc->last_id;
    json_auto_t *message = request(json_integer(id), method, params);
    json_auto_t *answer = NULL;

    *out_result = *out_error = NULL;
    if (!message) {
        errno = EILSEQ;
        return RPC_LOST;
    }
    if (exchange(rpc, message, is_answer_or_refusal, &id, &answer) != RPC_OK)
        return RPC_LOST;
    json_t *error = json_object_get(answer, "error");
    json_t *result = json_object_get(answer, "result");
    if (error) {
        *out_error = json_incref(error);
        return RPC_ERROR;
    }
    if (!result) {
        errno = EPROTO;
        return RPC_LOST;
    }
    *out_result = json_incref(result);
    return RPC_OK;
}

static bool is_batch_answer(const json_t *message, const void *arg)
{
    (void)arg;
    return json_is_array(message) ||
           (json_is_null(json_object_get(message, "id")) && json_object_get(message, "error"));
}

static void sort_answers(struct rpc_step *steps, size_t n, const json_t *answers)
{
    size_t i;
    json_t *answer;

    json_array_foreach(answers, i, answer)
    {
        for (size_t k = 0; k < n; k++) {
            if (strcmp(json_text(answer, "id"), steps[k].id) != 0)
                continue;
            steps[k].result = json_incref(json_object_get(answer, "result"));
            steps[k].error = json_incref(json_object_get(answer, "error"));
        }
    }
}

enum rpc_outcome rpc_batch(struct rpc *rpc, struct rpc_step *steps, size_t n)
{
    json_auto_t *batch = json_array();
    json_auto_t *answers = NULL;

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(batch, request(json_string(steps[i].id), steps[i].method, steps[i].params));
        steps[i].params = steps[i].result = steps[i].error = NULL;
    }
    if (exchange(rpc, batch, is_batch_answer, NULL, &answers) != RPC_OK)
        return RPC_LOST;
    if (json_is_array(answers))
        sort_answers(steps, n, answers);
    else
        steps[0].error = json_incref(json_object_get(answers, "error"));
    for (size_t i = 0; i < n; i++)
        if (steps[i].error)
            return RPC_ERROR;
    for (size_t i = 0; i < n; i++) {
        if (!steps[i].result) {
            errno = EPROTO;
            return RPC_LOST;
        }
    }
    return RPC_OK;
}

enum rpc_outcome rpc_notice(struct rpc *rpc, int timeout_ms, json_t **out)
{
    *out = NULL;
    if (json_array_size(rpc->notices) > 0) {
        *out = json_incref(json_array_get(rpc->notices, 0));
        json_array_remove(rpc->notices, 0);
        return RPC_OK;
    }
    if (read_message(rpc, timeout_ms, out) != RPC_OK)
        return RPC_LOST;
    if (*out && !json_object_get(*out, "method")) { /* an answer that nobody waits for */
        json_decref(*out);
        *out = NULL;
    }
    return RPC_OK;
}

int rpc_take_fd(struct rpc *rpc)
{
    if (rpc->n_fds == 0)
        return -1;
    int fd = rpc->fds[0];
    memmove(rpc->fds, rpc->fds + 1, --rpc->n_fds * sizeof(int));
    return fd;
}
