#include "session.h"

#include "access.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "framing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#define READ_BYTES ((size_t)64 << 10)
#define UNREAD_MAX ((size_t)1 << 20) /* bytes of answers; beyond, no request is read */
#define FD_BYTES ((size_t)64 << 10)  /* what an unsent descriptor counts as: they are scarcer than memory */
#define TEXTS_IN_A_ROW 8             /* then the others have a turn */
#define HEAVY_BYTES ((size_t)1 << 20)
#define VALUE_BYTES 256 /* of an empty object as Jansson keeps it */

struct out_line {
    struct out_line *next;
    struct dispatch_reply reply; /* descriptors go with the first byte */
    size_t sent;
};

struct session {
    const struct session_host *host;
    int fd;
    uv_poll_t poll;
    int events; /* those polled for now */
    struct framer framer;
    struct buf in;       /* complete lines, and perhaps the beginning of another, for the fiber */
    struct fiber *fiber; /* answers `in`; NULL: there is nothing to answer */
    struct out_line *out_first, *out_last;
    size_t out_bytes;
    size_t kept; /* its part of host->memory->kept */
    struct wait_event drained;
    struct push_client *push;
    struct access *access; /* NULL: the owner's */
    unsigned refusals;
    char name[SESSION_NAME_MAX + 1]; /* of the client's program */
    bool ended;                      /* the client's side is read to its end */
    bool gone;                       /* it reads nothing more either */
    bool closing;                    /* nothing more is wanted from it */
    bool closed;
};

static void look_again(struct session *s);

/* ---- what it costs ---- */

static void note_kept(struct session *s)
{
    size_t now = s->in.cap + s->framer.line.cap + s->out_bytes;
    s->host->memory->kept += now - s->kept;
    s->kept = now;
}

/* The most that a text takes once it is parsed: itself, and each of its values. */
static size_t weigh_text(size_t n, const struct dispatch_limits *limits)
{
    size_t values = n / 2 < limits->max_values ? n / 2 : limits->max_values;
    return n + values * VALUE_BYTES;
}

/* *out_weight is for leave_room. False: the client has gone before there was room. */
static bool wait_for_room(struct session *s, size_t text_bytes, size_t *out_weight)
{
    struct session_memory *m = s->host->memory;
    const struct dispatch_limits *limits = &s->host->dispatcher->limits;
    if (text_bytes <= limits->max_on_loop)
        return true;
    size_t weight = weigh_text(text_bytes, limits);
    while (m->parsed && m->parsed + weight > SESSION_PARSED_MAX)
        if (wait_event(&m->passed, "room for a large request", WAIT_FOREVER, NULL) < 0)
            return false;
    m->parsed += weight;
    *out_weight = weight;
    return true;
}

static void leave_room(struct session *s, size_t weight)
{
    s->host->memory->parsed -= weight;
    if (weight)
        wait_event_raise(&s->host->memory->passed);
}

/* ---- closing ---- */

/* A password may have been in it (Account/set). */
static void forget_input(struct session *s)
{
    if (s->in.n)
        explicit_bzero(s->in.p, s->in.n);
    buf_done(&s->in);
}

static void drop_output(struct session *s)
{
    while (s->out_first) {
        struct out_line *line = s->out_first;
        s->out_first = line->next;
        dispatch_reply_done(&line->reply);
        free(line);
    }
    s->out_last = NULL;
    s->out_bytes = 0;
    wait_event_raise(&s->drained);
}

static void poll_closed(uv_handle_t *handle)
{
    struct session *s = handle->data;
    close(s->fd);
    s->host->closed(s->host->ctx, s);
    access_unref(s->access);
    free(s);
}

static void close_session(struct session *s)
{
    if (s->closed)
        return;
    s->closed = true;
    drop_output(s);
    push_client_free(s->push);
    framer_done(&s->framer);
    forget_input(s);
    note_kept(s);
    uv_close((uv_handle_t *)&s->poll, poll_closed);
}

/* The client has gone: nobody reads the answers, and nobody waits for what a call waits for. What it sent before is
 * still read. */
static void lose_client(struct session *s)
{
    if (s->gone)
        return;
    s->gone = true;
    drop_output(s);
    if (s->fiber)
        fiber_cancel(s->fiber);
}

void session_end(struct session *s)
{
    s->closing = true;
    if (s->fiber)
        fiber_cancel(s->fiber);
    else
        look_again(s);
}

void session_finish(struct session *s)
{
    s->ended = true;
    if (!s->fiber)
        look_again(s);
}

unsigned session_refused(struct session *s)
{
    return ++s->refusals;
}

/* ---- writing ---- */

static ssize_t send_line(struct session *s, struct out_line *line)
{
    struct iovec iov = {line->reply.text.p + line->sent, line->reply.text.n - line->sent};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int) * REPLY_FDS_MAX)];
    } control;
    if (line->reply.n_fds) {
        size_t bytes = sizeof(int) * line->reply.n_fds;
        memset(&control, 0, sizeof(control));
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(bytes), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(c), line->reply.fds, bytes);
    }
    ssize_t n;
    do
        n = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        for (; line->reply.n_fds; line->reply.n_fds--) {
            close(line->reply.fds[line->reply.n_fds - 1]);
            s->out_bytes -= FD_BYTES;
        }
    return n;
}

static void flush_output(struct session *s)
{
    while (s->out_first) {
        struct out_line *line = s->out_first;
        ssize_t n = send_line(s, line);
        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                lose_client(s);
            return;
        }
        line->sent += (size_t)n;
        s->out_bytes -= (size_t)n;
        if (line->sent < line->reply.text.n)
            return;
        s->out_first = line->next;
        if (!s->out_first)
            s->out_last = NULL;
        dispatch_reply_done(&line->reply);
        free(line);
    }
    wait_event_raise(&s->drained);
}

/* Queues the line; takes `reply` over. */
static void queue_line(struct session *s, struct dispatch_reply *reply)
{
    if (s->gone || !reply->text.n) {
        dispatch_reply_done(reply);
        return;
    }
    buf_add_char(&reply->text, '\n');
    struct out_line *line = XNEW(struct out_line);
    line->reply = *reply;
    *reply = (struct dispatch_reply){0};
    if (s->out_last)
        s->out_last->next = line;
    else
        s->out_first = line;
    s->out_last = line;
    s->out_bytes += line->reply.text.n + line->reply.n_fds * FD_BYTES;
}

static void queue_notifications(struct session *s)
{
    struct dispatch_reply line = {0};
    while (!s->out_first && !s->gone && !s->closing && push_next(s->push, &line.text)) {
        queue_line(s, &line);
        flush_output(s);
    }
    dispatch_reply_done(&line);
}

void session_pump(struct session *s)
{
    if (s->closed)
        return;
    queue_notifications(s);
    look_again(s);
}

struct push_client *session_push(struct session *s)
{
    return s->push;
}

/* ---- answering ---- */

static void answer_text(struct session *s, struct fct_bytes text, struct dispatch_reply *reply)
{
    size_t weight = 0;
    if (wait_for_room(s, text.n, &weight))
        dispatch_text(s->host->dispatcher, s, text, reply);
    leave_room(s, weight);
    if (weight + reply->text.n > HEAVY_BYTES)
        s->host->heavy(s->host->ctx);
}

static void answer_frame(struct session *s, enum frame_kind kind, struct fct_bytes text)
{
    struct dispatch_reply reply = {0};
    if (kind == FRAME_TOO_LONG)
        dispatch_over_limit("maxSizeRequest", s->framer.max_line, &reply);
    else
        answer_text(s, text, &reply);
    queue_line(s, &reply);
    flush_output(s);
}

static int answer_input(void *arg)
{
    struct session *s = arg;
    struct fct_bytes rest = buf_bytes(&s->in), text = {0};
    enum frame_kind kind;
    for (unsigned n = 1; !s->closing && (kind = framer_next(&s->framer, &rest, &text)) != FRAME_NONE; n++) {
        answer_frame(s, kind, text);
        look_again(s);
        while (s->out_bytes > UNREAD_MAX && !s->gone && !s->closing &&
               wait_event(&s->drained, "client to read", WAIT_FOREVER, NULL) == 0)
            ;
        if (n % TEXTS_IN_A_ROW == 0)
            wait_yield(NULL);
    }
    forget_input(s);
    fiber_unref(TAKE(s->fiber));
    queue_notifications(s);
    look_again(s);
    return 0;
}

static void start_answering(struct session *s)
{
    s->fiber = fiber_spawn(s->host->loop, "client", answer_input, s);
    if (s->gone || s->closing)
        fiber_cancel(s->fiber);
}

/* ---- reading ---- */

/* What has no line's end is kept by the framer; a fiber is worth its stack only for whole lines. */
static void take_input(struct session *s, struct fct_bytes data)
{
    if (memchr(data.p, '\n', data.n)) {
        framing_add(&s->in, data);
        start_answering(s);
        return;
    }
    struct fct_bytes text = {0};
    if (framer_next(&s->framer, &data, &text) == FRAME_TOO_LONG)
        answer_frame(s, FRAME_TOO_LONG, text);
}

static void read_input(struct session *s)
{
    static char scratch[READ_BYTES]; /* loop thread only */
    ssize_t n;
    do
        n = recv(s->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        take_input(s, bytes_of(scratch, (size_t)n));
        explicit_bzero(scratch, (size_t)n);
    } else if (n == 0) {
        s->ended = true;
        if (!framer_is_empty(&s->framer))
            take_input(s, bytes_str("\n")); /* a last line without its end */
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
        s->ended = true;
        lose_client(s);
    }
}

/* ---- too much of it ---- */

static size_t unfinished(const struct session *s)
{
    return s->fiber ? 0 : s->framer.line.cap;
}

size_t session_spare(const struct session *s)
{
    size_t line = unfinished(s);
    return s->closed ? 0 : line > s->out_bytes ? line : s->out_bytes;
}

void session_relieve(struct session *s)
{
    if (unfinished(s) > s->out_bytes) {
        struct dispatch_reply reply = {0};
        framer_skip(&s->framer);
        dispatch_over_limit("maxSizeUnfinished", SESSION_KEPT_MAX, &reply);
        queue_line(s, &reply);
        flush_output(s);
    } else {
        s->ended = true;
        lose_client(s);
    }
    look_again(s);
}

/* ---- polling ---- */

static bool peer_hung_up(int fd)
{
    struct pollfd p = {.fd = fd};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct session *s = poll->data;
    if (status < 0) { /* libuv has stopped polling */
        s->events = 0;
        s->ended = true;
        lose_client(s);
    }
    if (events & UV_WRITABLE)
        flush_output(s);
    if ((events & UV_READABLE) && !s->fiber && !s->ended)
        read_input(s);
    else if (s->fiber && peer_hung_up(s->fd))
        lose_client(s);
    queue_notifications(s);
    look_again(s);
}

/* Closes a session that is done, or polls for what it waits for. With a fiber at work and nothing to write it is polled
 * for urgent data, which never comes: epoll then tells only that the peer has hung up. (A peer that ended its own side
 * alone would be told of again and again, with EPOLLRDHUP.) */
static void look_again(struct session *s)
{
    if (s->closed)
        return;
    note_kept(s);
    if (s->host->memory->kept > SESSION_KEPT_MAX)
        s->host->crowded(s->host->ctx);
    if (s->closed)
        return;
    if (!s->fiber && (s->closing || (s->ended && !s->out_first))) {
        close_session(s);
        return;
    }
    int events = s->gone && s->fiber ? 0 : UV_PRIORITIZED;
    if (s->out_first)
        events |= UV_WRITABLE;
    if (!s->fiber && !s->ended && s->out_bytes <= UNREAD_MAX)
        events |= UV_READABLE;
    if (events == s->events)
        return;
    s->events = events;
    if (events)
        uv_poll_start(&s->poll, events, on_poll);
    else
        uv_poll_stop(&s->poll);
}

/* The program on the other side, as the system calls it (proc(5), comm); "" where it does not say. */
static void read_name(struct session *s)
{
    struct ucred peer;
    socklen_t n = sizeof(peer);
    char path[64];
    if (getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.pid <= 0)
        return;
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer.pid);
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, s->name, sizeof(s->name) - 1);
    s->name[got > 0 ? got : 0] = '\0';
    s->name[strcspn(s->name, "\n")] = '\0';
}

const char *session_name(const struct session *s)
{
    return s->access ? s->access->name : s->name;
}

const struct access *session_access(const struct session *s)
{
    return s->access;
}

void session_revoke(struct session *s)
{
    if (s->access)
        s->access->is_revoked = true;
}

void session_narrow(struct session *s, struct access *a)
{
    access_unref(s->access);
    s->access = a;
    push_subscribe(s->push, 0, NULL, 0); /* what is to be told is what the owner may hear */
}

struct session *session_new(const struct session_host *host, int fd)
{
    struct session *s = XNEW(struct session);
    s->host = host;
    s->fd = fd;
    s->framer.max_line = host->max_request;
    if (uv_poll_init(host->loop, &s->poll, fd) < 0) {
        close(fd);
        free(s);
        return NULL;
    }
    s->poll.data = s;
    read_name(s);
    s->push = push_client_new(host->push, s);
    look_again(s);
    return s;
}
