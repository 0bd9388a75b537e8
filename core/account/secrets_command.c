/* A password that a command prints: "pass show mail/%a". No shell: the words are split as a shell would split them, and nothing
 * else of a shell is done, so that an address in it stays one word. %a is the account's address, %% a per cent sign.
 *
 * The command has a process group of its own, which is killed when its time is over. Its first line is the password; of its stderr
 * the beginning is told when it fails. */
#include "account/secret_store.h"
#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define WORDS_MAX 64
#define OUTPUT_MAX 65536 /* pass keeps notes below the password */
#define COMPLAINT_MAX 200
#define REAP_MS 2000

extern char **environ;

/* ---- words ---- */

struct words {
    char *v[WORDS_MAX + 1];
    size_t n;
};

static void words_done(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->v[i]);
}

static const char *add_percent(const char *at, const struct secret_place *place, struct buf *word)
{
    if (at[1] == 'a')
        buf_add_str(word, place->address ? place->address : "");
    else if (at[1] == '%')
        buf_add_char(word, '%');
    else
        return NULL;
    return at + 2;
}

/* Takes one word from *at. -1: a quote is not closed, or a % that says nothing. */
static int take_word(const char **at, const struct secret_place *place, struct buf *word)
{
    char quote = 0;
    const char *p = *at;
    for (; *p && (quote || !strchr(" \t\n", *p));) {
        if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
            p++;
        } else if (*p == '\\' && quote != '\'' && p[1]) {
            buf_add_char(word, p[1]);
            p += 2;
        } else if (*p == '%') {
            p = add_percent(p, place, word);
            if (!p)
                return -1;
        } else {
            buf_add_char(word, *p++);
        }
    }
    *at = p;
    return quote ? -1 : 0;
}

static int split(const struct secret_place *place, struct words *out, struct fct_error *err)
{
    const char *at = place->detail ? place->detail : "";
    for (;;) {
        at += strspn(at, " \t\n");
        if (!*at)
            break;
        struct buf word = {0};
        bool is_bad = take_word(&at, place, &word) < 0;
        char *text = buf_steal(&word);
        if (is_bad || out->n == WORDS_MAX) {
            free(text);
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "passwordCommand: a quote that is not closed, a %% that is neither %%a nor %%%%, or more than %d words", WORDS_MAX);
        }
        out->v[out->n++] = text;
    }
    return out->n ? 0 : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "passwordCommand: it is empty");
}

/* ---- the process ---- */

struct run {
    pid_t pid;
    int out, err; /* -1: at its end */
    struct buf answer, complaint;
};

static void run_done(struct run *r)
{
    closep(&r->out);
    closep(&r->err);
    buf_wipe(&r->answer);
    buf_wipe(&r->complaint); /* who knows what a command says there */
}

/* What we ignore, or block, it shall not. */
static int spawn(const struct words *w, const int *out, const int *err_pipe, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    sigemptyset(&none);
    sigfillset(&usual);
    sigdelset(&usual, SIGKILL);
    sigdelset(&usual, SIGSTOP);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err_pipe[1], 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &usual);
    int rc = posix_spawnp(pid, w->v[0], &files, &attr, w->v, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

static int start(const struct words *w, struct run *r, struct fct_error *err)
{
    int out[2], complaints[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return fct_fail_errno(err, errno, "passwordCommand: no pipe");
    if (pipe2(complaints, O_CLOEXEC) < 0) {
        int saved = errno;
        close(out[0]);
        close(out[1]);
        return fct_fail_errno(err, saved, "passwordCommand: no pipe");
    }
    int rc = spawn(w, out, complaints, &r->pid);
    close(out[1]);
    close(complaints[1]);
    r->out = out[0];
    r->err = complaints[0];
    if (rc == 0)
        return 0;
    r->pid = 0;
    fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_LATER, rc == ENOENT ? "there is no command %.80s, which is to print the password"
                                                                   : "the password command %.80s cannot be started: %s",
             w->v[0], strerror(rc));
    if (err)
        err->user_action = rc != EAGAIN && rc != ENOMEM; /* these pass by themselves */
    return -1;
}

/* What is more than `max` is read and thrown away. False: beyond OUTPUT_MAX. */
static bool take(int *fd, struct buf *to, size_t max)
{
    char scratch[4096];
    bool ok = true;
    ssize_t n = read(*fd, scratch, sizeof(scratch));
    if (n > 0 && to->n + (size_t)n <= max)
        buf_add(to, scratch, (size_t)n);
    else if (n > 0 && max < OUTPUT_MAX)
        buf_add(to, scratch, to->n < max ? max - to->n : 0);
    else if (n > 0)
        ok = false;
    else if (n == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
    explicit_bzero(scratch, sizeof(scratch));
    return ok;
}

/* 0: both ends are closed. */
static int listen_to(struct run *r, const struct secret_question *q, struct fct_error *err)
{
    buf_reserve(&r->answer, OUTPUT_MAX); /* never moved, so no copy is left behind */
    while (r->out >= 0) {
        struct pollfd p[2] = {{.fd = r->out, .events = POLLIN}, {.fd = r->err, .events = POLLIN}};
        if (secret_is_over(q->patience))
            return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "the password command was not done in time and was ended: does it ask somebody?");
        if (poll(p, 2, secret_slice_ms(q->patience)) < 0 && errno != EINTR)
            return fct_fail_errno(err, errno, "passwordCommand");
        if (p[1].revents && r->err >= 0)
            take(&r->err, &r->complaint, COMPLAINT_MAX);
        if (p[0].revents && !take(&r->out, &r->answer, OUTPUT_MAX))
            return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the password command says more than %d bytes", OUTPUT_MAX);
    }
    /* What it started may hold stderr for as long as it likes: only what is there is read. */
    for (struct pollfd p; r->err >= 0 && (p = (struct pollfd){.fd = r->err, .events = POLLIN}, poll(&p, 1, 0) > 0);)
        take(&r->err, &r->complaint, COMPLAINT_MAX);
    return 0;
}

/* Its exit status, -1: it had to be killed. */
static int reap(struct run *r, bool at_once, const struct secret_patience *patience)
{
    int status = 0;
    for (int waited = 0; !at_once && waited < REAP_MS && !secret_is_over(patience); waited += 5) {
        pid_t got = waitpid(r->pid, &status, WNOHANG);
        if (got == r->pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        poll(NULL, 0, 5);
    }
    kill(-r->pid, SIGKILL);
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return -1;
}

/* ---- its answer ---- */

static int fail_status(int status, const struct run *r, struct fct_error *err)
{
    size_t n = r->complaint.n;
    const char *p = r->complaint.n ? r->complaint.p : "";
    const char *line = r->answer.n ? memchr(r->answer.p, '\n', r->answer.n) : NULL;
    size_t length = line ? (size_t)(line - r->answer.p) : r->answer.n;
    if (length && n && memmem(p, n, r->answer.p, length)) /* it tells the password there, too */
        n = 0;
    while (n && strchr(" \r\n", p[n - 1]))
        n--;
    fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_LATER, "the password command failed (%s %d)%s%.*s", status > 128 ? "signal" : "exit status",
             status > 128 ? status - 128 : status, n ? ": " : "", (int)n, p);
    if (err)
        err->user_action = 1;
    return -1;
}

static int first_line(const struct run *r, char *buf, size_t cap, struct fct_error *err)
{
    const char *end = r->answer.n ? memchr(r->answer.p, '\n', r->answer.n) : NULL;
    size_t n = end ? (size_t)(end - r->answer.p) : r->answer.n;
    if (n && r->answer.p[n - 1] == '\r')
        n--;
    if (n == 0) {
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_LATER, "the password command prints no password: its first line is empty");
        if (err)
            err->user_action = 1;
        return -1;
    }
    if (memchr(r->answer.p, '\0', n))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the password command prints a NUL");
    return secret_hand_over("password", r->answer.p, n, buf, cap, err);
}

static int command_get(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    (void)self;
    CLEANUP(words_done) struct words w = {0};
    CLEANUP(run_done) struct run r = {.out = -1, .err = -1};
    if (split(q->place, &w, err) < 0 || start(&w, &r, err) < 0)
        return -1;
    int result = listen_to(&r, q, err);
    int status = reap(&r, result < 0, q->patience);
    if (result < 0)
        return -1;
    if (status < 0)
        return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "the password command closed its output and did not end: it was ended");
    return status ? fail_status(status, &r, err) : first_line(&r, buf, cap, err);
}

static int command_look(void *self, const struct secret_patience *patience, struct fct_error *err)
{
    (void)self, (void)patience, (void)err;
    return 0;
}

const struct secret_ops secret_command_ops = {.get = command_get, .look = command_look};
