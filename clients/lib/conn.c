/* conn.c - struct facteur_conn: lines over a socket, and who waits for which.
 *
 * facteurd answers the texts of one connection in their order, so whoever waits stands in a queue and the next answer
 * is for the first of it. Lines are taken out of a buffer on the stack; only what is left of an unfinished one is kept.
 */
#include "bytes.h"
#include "connect.h"
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE ((size_t)16 * 1024)       /* read at once where nothing is kept */
#define LARGE_PIECE ((size_t)64 * 1024) /* and where a long line is under way */
#define PUMP_MAX ((size_t)1024 * 1024)  /* bytes of one pump: others want their turn */
#define KEPT_FDS (2 * FACTEUR_FDS_MAX)  /* the end of a line and the beginning of the next may come with one read */
#define ANSWERS_MAX 65536               /* of one batch */

struct waiting {
    facteur_reply_fn fn;
    void *arg;
    uint64_t id; /* of a call of ours; 0: the text was the caller's */
};

/* It belongs to the line that holds the byte before `end`: the kernel ends a read with the bytes that a descriptor came
 * with. */
struct kept_fd {
    int fd;
    uint64_t end;
};

struct facteur_conn {
    int fd;
    struct facteur_limits limits;
    bool lost, heard, in_callback, freed_in_callback;
    int why;         /* it was lost */
    int write_errno; /* nothing more can be written; 0: it can */
    uint64_t last_id;
    uint64_t taken; /* bytes that came and of which lines were made */
    struct bytes in;
    struct bytes out;
    size_t sent; /* bytes of `out` */
    struct waiting *waiting;
    size_t first, n_waiting, waiting_cap;
    struct kept_fd *fds;
    size_t n_fds;
    uint64_t line_end; /* of the line that a callback is given; 0: none is */
    facteur_notice_fn on_notice;
    void *notice_arg;
    facteur_line_fn on_line;
    void *line_arg;
};

/* ---- making and ending ---------------------------------------------------------------------------------------- */

struct facteur_conn *facteur_conn_new(int fd, const struct facteur_limits *limits)
{
    struct facteur_conn *conn = calloc(1, sizeof(*conn));
    int flags = fcntl(fd, F_GETFL);

    if (!conn || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        int saved = conn ? errno : ENOMEM;
        free(conn);
        close(fd);
        errno = saved;
        return NULL;
    }
    conn->fd = fd;
    if (limits)
        conn->limits = *limits;
    if (!conn->limits.line)
        conn->limits.line = (size_t)256 << 20;
    if (!conn->limits.unsent)
        conn->limits.unsent = (size_t)64 << 20;
    if (!conn->limits.waiting)
        conn->limits.waiting = 1000;
    return conn;
}

struct facteur_conn *facteur_conn_open(const char *socket_path, const struct facteur_limits *limits)
{
    int fd = connect_to(socket_path, true);

    return fd < 0 ? NULL : facteur_conn_new(fd, limits);
}

static void drop_fds(struct facteur_conn *conn, uint64_t up_to)
{
    size_t n = 0;

    while (n < conn->n_fds && conn->fds[n].end <= up_to)
        close(conn->fds[n++].fd);
    if (n)
        memmove(conn->fds, conn->fds + n, (conn->n_fds - n) * sizeof(*conn->fds));
    conn->n_fds -= n;
    if (!conn->n_fds) {
        free(conn->fds);
        conn->fds = NULL;
    }
}

void facteur_conn_free(struct facteur_conn *conn)
{
    if (!conn)
        return;
    if (conn->in_callback) { /* pump_end does it */
        conn->freed_in_callback = true;
        return;
    }
    close(conn->fd);
    drop_fds(conn, UINT64_MAX);
    bytes_done(&conn->in);
    bytes_done(&conn->out);
    free(conn->waiting);
    free(conn);
}

/* ---- what is known of it -------------------------------------------------------------------------------------- */

int facteur_conn_fd(const struct facteur_conn *conn)
{
    return conn->fd;
}

bool facteur_conn_wants_write(const struct facteur_conn *conn)
{
    return conn->out.n > conn->sent && !conn->write_errno && !conn->lost;
}

bool facteur_conn_is_lost(const struct facteur_conn *conn, int *out_errno)
{
    if (conn->lost && out_errno)
        *out_errno = conn->why;
    return conn->lost;
}

bool facteur_conn_has_heard(const struct facteur_conn *conn)
{
    return conn->heard;
}

int facteur_conn_peer_pid(const struct facteur_conn *conn)
{
    struct ucred peer = {0};
    socklen_t n = sizeof(peer);

    return getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 ? peer.pid : 0;
}

size_t facteur_conn_memory(const struct facteur_conn *conn)
{
    return conn->in.cap + conn->out.cap + conn->waiting_cap * sizeof(*conn->waiting) +
           (conn->fds ? KEPT_FDS * sizeof(*conn->fds) : 0);
}

void facteur_conn_on_notice(struct facteur_conn *conn, facteur_notice_fn fn, void *arg)
{
    conn->on_notice = fn;
    conn->notice_arg = arg;
}

void facteur_conn_on_line(struct facteur_conn *conn, facteur_line_fn fn, void *arg)
{
    conn->on_line = fn;
    conn->line_arg = arg;
}

/* ---- sending -------------------------------------------------------------------------------------------------- */

/* Writes what waits. What the socket does not take stays. */
static void flush(struct facteur_conn *conn)
{
    while (facteur_conn_wants_write(conn)) {
        ssize_t n = send(conn->fd, conn->out.p + conn->sent, conn->out.n - conn->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                conn->write_errno = errno;
            return;
        }
        conn->sent += (size_t)n;
    }
    conn->sent = 0;
    bytes_done(&conn->out);
}

/* Writes as much as the socket takes at once. */
static size_t send_now(struct facteur_conn *conn, struct facteur_text text)
{
    static char newline[] = "\n";
    struct iovec parts[] = {{(void *)(uintptr_t)text.p, text.n}, {newline, 1}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;

    if (conn->out.n || conn->write_errno)
        return 0;
    do
        n = sendmsg(conn->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        conn->write_errno = errno; /* facteurd may have said something before: pump reads it, and then tells */
    return n > 0 ? (size_t)n : 0;
}

static int send_line(struct facteur_conn *conn, struct facteur_text text)
{
    size_t unsent = conn->out.n - conn->sent;

    if (text.n >= conn->limits.unsent || unsent + text.n >= conn->limits.unsent) {
        errno = ENOBUFS;
        return -1;
    }
    if (conn->sent > unsent) {
        bytes_drop(&conn->out, conn->sent);
        conn->sent = 0;
    }
    if (bytes_reserve(&conn->out, conn->out.n ? text.n + 1 : 0) < 0)
        return -1;
    size_t n = send_now(conn, text);
    if (n == text.n + 1 || conn->write_errno)
        return 0;
    /* A part is on its way: memory that is gone now ends the connection, as half a text would answer another. */
    if (bytes_reserve(&conn->out, text.n - n + 1) < 0) {
        conn->write_errno = ENOMEM;
        return 0;
    }
    bytes_add(&conn->out, text.p + n, text.n - n);
    return bytes_add(&conn->out, "\n", 1);
}

static int make_room(struct facteur_conn *conn)
{
    if (conn->n_waiting >= conn->limits.waiting) {
        errno = ENOBUFS;
        return -1;
    }
    if (conn->first + conn->n_waiting < conn->waiting_cap)
        return 0;
    if (conn->first > conn->n_waiting) {
        memmove(conn->waiting, conn->waiting + conn->first, conn->n_waiting * sizeof(*conn->waiting));
        conn->first = 0;
        return 0;
    }
    size_t cap = conn->waiting_cap * 2 + 4;
    struct waiting *grown = realloc(conn->waiting, cap * sizeof(*grown));
    if (!grown) {
        errno = ENOMEM;
        return -1;
    }
    conn->waiting = grown;
    conn->waiting_cap = cap;
    return 0;
}

static int send_text(struct facteur_conn *conn, struct facteur_text text, uint64_t id, facteur_reply_fn fn, void *arg)
{
    if (conn->lost) {
        errno = conn->why ? conn->why : EPIPE;
        return -1;
    }
    if ((fn && make_room(conn) < 0) || send_line(conn, text) < 0)
        return -1;
    if (fn)
        conn->waiting[conn->first + conn->n_waiting++] = (struct waiting){fn, arg, id};
    return 0;
}

int facteur_conn_send(struct facteur_conn *conn, struct facteur_text text, facteur_reply_fn fn, void *arg)
{
    if (!text.p || scan_is_blank(text) || memchr(text.p, '\n', text.n)) {
        errno = EINVAL;
        return -1;
    }
    return send_text(conn, text, 0, fn, arg);
}

int facteur_conn_call(struct facteur_conn *conn, const char *method, struct facteur_text params, facteur_reply_fn fn,
                      void *arg)
{
    struct bytes text = {0};
    char id[24];

    snprintf(id, sizeof(id), "%" PRIu64, conn->last_id + 1);
    if (params.p && memchr(params.p, '\n', params.n)) {
        errno = EINVAL;
        return -1;
    }
    int result = bytes_add_request(&text, id, method, params);
    if (result == 0)
        result = send_text(conn, (struct facteur_text){text.p, text.n}, conn->last_id + 1, fn, arg);
    if (result == 0)
        conn->last_id++;
    int saved = errno;
    bytes_done(&text);
    errno = saved;
    return result;
}

/* ---- what comes ----------------------------------------------------------------------------------------------- */

static int lose(struct facteur_conn *conn, int why)
{
    conn->lost = true;
    conn->why = why;
    bytes_done(&conn->in);
    bytes_done(&conn->out);
    conn->sent = 0;
    return -1;
}

static bool take_waiting(struct facteur_conn *conn, struct waiting *out)
{
    if (!conn->n_waiting)
        return false;
    *out = conn->waiting[conn->first++];
    if (--conn->n_waiting == 0)
        conn->first = 0;
    return true;
}

static bool is_answer_to(const struct facteur_answer *answer, uint64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRIu64, id);

    return (answer->id.n == (size_t)n && memcmp(answer->id.p, text, answer->id.n) == 0) ||
           (answer->error.p && answer->id.n == 4 && memcmp(answer->id.p, "null", 4) == 0); /* it could not be read */
}

static void reply_to(struct facteur_conn *conn, const struct waiting *w, const struct facteur_reply *reply)
{
    conn->in_callback = true;
    w->fn(w->arg, conn, reply);
    conn->in_callback = false;
}

static bool is_answer(const struct scan_message *m, struct facteur_answer *out)
{
    *out = (struct facteur_answer){m->id, m->result, m->error};
    return m->id.p && !m->result.p != !m->error.p;
}

static int take_answer(struct facteur_conn *conn, struct facteur_text line, const struct scan_message *m)
{
    struct facteur_answer answer;
    struct facteur_reply reply = {.text = line, .answers = &answer, .n = 1};
    struct waiting w;

    if (!is_answer(m, &answer))
        return lose(conn, EPROTO);
    if (!take_waiting(conn, &w))
        return 0; /* to a text that was not to have one */
    if (w.id && !is_answer_to(&answer, w.id)) {
        reply_to(conn, &w, NULL);
        return conn->freed_in_callback ? 0 : lose(conn, EPROTO);
    }
    reply_to(conn, &w, &reply);
    return 0;
}

/* The answers of a batch in memory of their own; *out NULL: it is none, or memory is gone (errno). */
static void scan_answers(struct facteur_text line, struct facteur_answer **out, size_t *out_n)
{
    struct facteur_answer *answers = NULL;
    struct facteur_text element;
    struct scan_message m;
    size_t n = 0, cap = 0, at = 0;
    int more;

    *out = NULL;
    errno = EPROTO;
    while ((more = scan_element(line, &at, &element)) > 0) {
        if (n == cap) {
            cap = cap * 2 + 8;
            struct facteur_answer *grown = n < ANSWERS_MAX ? realloc(answers, cap * sizeof(*grown)) : NULL;
            if (!grown) {
                errno = n < ANSWERS_MAX ? ENOMEM : EPROTO;
                break;
            }
            answers = grown;
        }
        if (!scan_message(element, &m) || !is_answer(&m, &answers[n++]))
            break;
    }
    if (more == 0 && n > 0) {
        *out = answers;
        *out_n = n;
    } else {
        free(answers);
    }
}

static int take_batch(struct facteur_conn *conn, struct facteur_text line)
{
    struct facteur_reply reply = {.text = line, .is_batch = true};
    struct facteur_answer *answers;
    struct waiting w;

    scan_answers(line, &answers, &reply.n);
    if (!answers)
        return lose(conn, errno);
    reply.answers = answers;
    if (take_waiting(conn, &w))
        reply_to(conn, &w, w.id ? NULL : &reply);
    free(answers);
    return 0;
}

static int take_message(struct facteur_conn *conn, struct facteur_text line)
{
    struct scan_message m;

    if (scan_first(line) == '[')
        return take_batch(conn, line);
    if (!scan_message(line, &m))
        return lose(conn, EPROTO);
    if (!m.method.p)
        return take_answer(conn, line, &m);
    if (m.method.p[0] != '"')
        return lose(conn, EPROTO);
    if (conn->on_notice) {
        conn->in_callback = true;
        conn->on_notice(conn->notice_arg, conn, (struct facteur_text){m.method.p + 1, m.method.n - 2}, m.params, line);
        conn->in_callback = false;
    }
    return 0;
}

/* 0, or -1 when the connection is lost; whether it was freed is for the caller to look. */
static int take_line(struct facteur_conn *conn, struct facteur_text line)
{
    bool is_taken = false;

    if (line.n > conn->limits.line)
        return lose(conn, EMSGSIZE);
    conn->line_end = conn->taken;
    if (conn->on_line) {
        conn->in_callback = true;
        is_taken = conn->on_line(conn->line_arg, conn, line);
        conn->in_callback = false;
    }
    int result = is_taken || conn->freed_in_callback || scan_is_blank(line) ? 0 : take_message(conn, line);
    drop_fds(conn, conn->line_end);
    conn->line_end = 0;
    return result;
}

/* The lines of these bytes, of which the first `known` hold no newline. *out_n: bytes of whole lines. */
static int take_lines(struct facteur_conn *conn, struct facteur_text bytes, size_t known, size_t *out_n)
{
    size_t at = 0;

    *out_n = 0;
    while (!conn->freed_in_callback) {
        const char *end = at + known < bytes.n ? memchr(bytes.p + at + known, '\n', bytes.n - at - known) : NULL;
        known = 0;
        if (!end)
            break;
        struct facteur_text line = {bytes.p + at, (size_t)(end - (bytes.p + at))};
        at += line.n + 1;
        conn->taken += line.n + 1;
        *out_n = at;
        if (take_line(conn, line) < 0)
            return -1;
    }
    return 0;
}

/* New bytes that are not in `in`. */
static int take_piece(struct facteur_conn *conn, const char *p, size_t n)
{
    size_t lines;

    if (take_lines(conn, (struct facteur_text){p, n}, 0, &lines) < 0)
        return -1;
    if (!conn->freed_in_callback && bytes_add(&conn->in, p + lines, n - lines) < 0)
        return lose(conn, ENOMEM);
    return 0;
}

/* The last n bytes of `in` are new. */
static int take_kept(struct facteur_conn *conn, size_t n)
{
    size_t lines;
    struct bytes in = conn->in; /* while callbacks run: they may lose the connection */

    conn->in = (struct bytes){0};
    int result = take_lines(conn, (struct facteur_text){in.p, in.n}, in.n - n, &lines);
    bool is_over = result < 0 || conn->freed_in_callback || lines == in.n;
    if (is_over) {
        bytes_done(&in);
        return result;
    }
    bytes_drop(&in, lines);
    conn->in = in;
    return in.n > conn->limits.line ? lose(conn, EMSGSIZE) : 0;
}

static int take_bytes(struct facteur_conn *conn, const char *p, size_t n)
{
    conn->heard = true;
    if (!conn->in.n)
        return take_piece(conn, p, n);
    if (bytes_add(&conn->in, p, n) < 0)
        return lose(conn, ENOMEM);
    return take_kept(conn, n);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static void keep_fds(struct facteur_conn *conn, struct msghdr *m, uint64_t end)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (!conn->fds)
            conn->fds = calloc(KEPT_FDS, sizeof(*conn->fds));
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (conn->fds && conn->n_fds < KEPT_FDS)
                conn->fds[conn->n_fds++] = (struct kept_fd){fd, end};
            else
                close(fd);
        }
    }
}

/* Bytes that were read into `to`; 0: none now; -1: lost. */
static ssize_t receive(struct facteur_conn *conn, char *to, size_t room)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * FACTEUR_FDS_MAX)];
    } control;
    struct iovec iov = {to, room};
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
    ssize_t n;

    do
        n = recvmsg(conn->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return conn->write_errno ? lose(conn, conn->write_errno) : 0;
    if (n < 0)
        return lose(conn, errno);
    if (n == 0)
        return lose(conn, conn->write_errno);
    keep_fds(conn, &m, conn->taken + conn->in.n + (uint64_t)n);
    return n;
}

/* Reads once. 1: there may be more. */
static int read_once(struct facteur_conn *conn, size_t *left)
{
    char piece[PIECE];
    ssize_t n;
    int result;

    if (!conn->in.n) {
        n = receive(conn, piece, sizeof(piece));
        result = n > 0 ? take_bytes(conn, piece, (size_t)n) : (int)n;
    } else {
        if (bytes_reserve(&conn->in, LARGE_PIECE) < 0)
            return lose(conn, ENOMEM);
        n = receive(conn, conn->in.p + conn->in.n, conn->in.cap - conn->in.n);
        if (n > 0)
            conn->in.n += (size_t)n;
        result = n > 0 ? take_kept(conn, (size_t)n) : (int)n;
    }
    if (result < 0 || n == 0)
        return result;
    *left -= (size_t)n < *left ? (size_t)n : *left;
    return 1;
}

/* ---- turns ---------------------------------------------------------------------------------------------------- */

/* After everything that may have called back. */
static int end_turn(struct facteur_conn *conn)
{
    struct waiting w;

    while (conn->lost && !conn->freed_in_callback && take_waiting(conn, &w))
        reply_to(conn, &w, NULL);
    if (conn->freed_in_callback) {
        facteur_conn_free(conn);
        errno = 0;
        return -1;
    }
    errno = conn->why;
    return conn->lost ? -1 : 0;
}

int facteur_conn_pump(struct facteur_conn *conn)
{
    size_t left = PUMP_MAX;

    if (conn->in_callback)
        return 0;
    if (!conn->lost)
        flush(conn);
    while (!conn->lost && left > 0 && read_once(conn, &left) > 0 && !conn->freed_in_callback)
        ;
    return end_turn(conn);
}

int facteur_conn_feed(struct facteur_conn *conn, const char *bytes, size_t n)
{
    if (conn->in_callback) {
        errno = EINVAL;
        return -1;
    }
    if (!conn->lost && n > 0 && take_bytes(conn, bytes, n) == 0 && conn->in.n > conn->limits.line)
        lose(conn, EMSGSIZE);
    return end_turn(conn);
}

int facteur_conn_take_fd(struct facteur_conn *conn)
{
    if (!conn->n_fds || conn->fds[0].end > conn->line_end)
        return -1;
    int fd = conn->fds[0].fd;
    memmove(conn->fds, conn->fds + 1, --conn->n_fds * sizeof(*conn->fds));
    return fd;
}
