#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

/* ---- the silent terminal ---------------------------------------------------------------------------------- */

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static int tty = -1; /* the silent terminal; -1: none is */
static struct termios normal, silent;
static struct sigaction before[N_SIGNALS];
static volatile sig_atomic_t was_stopped; /* and goes on: what was on the screen may have gone */

/* The terminal is as it was before the signal gets its due: it ends the program, or stops it. What was typed is thrown
 * away, so that no shell shows it. */
static void on_signal(int number)
{
    struct sigaction mine, as_usual = {.sa_handler = SIG_DFL};
    sigset_t this_one;
    int saved = errno;

    tcsetattr(tty, TCSAFLUSH, &normal);
    sigaction(number, &as_usual, &mine);
    sigemptyset(&this_one);
    sigaddset(&this_one, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &this_one, NULL); /* here it arrives */
    sigaction(number, &mine, NULL);
    tcsetattr(tty, TCSANOW, &silent);
    was_stopped = 1;
    errno = saved;
}

/* 0, or -1: there is no terminal. Nothing that was typed is lost. */
static int hush(void)
{
    struct sigaction catching = {.sa_handler = on_signal}; /* no SA_RESTART: read() must return */

    if (tty >= 0)
        return 0;
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &normal) < 0) {
        close(fd);
        return -1;
    }
    silent = normal;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tty = fd;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &catching, NULL);
    }
    tcsetattr(tty, TCSANOW, &silent);
    return 0;
}

void password_expect(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    /* In the background it would stop at once, perhaps for a password that nobody needs. */
    if (fd >= 0 && tcgetpgrp(fd) == getpgrp())
        hush();
    if (fd >= 0)
        close(fd);
}

void password_expected_no_more(void)
{
    if (tty < 0)
        return;
    tcsetattr(tty, TCSAFLUSH, &normal);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    close(tty);
    tty = -1;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

/* Byte by byte, so that nothing behind the line is taken from whoever reads stdin next. Returns the length, -1 with
 * errno: EINTR when the program was stopped meanwhile. */
static ssize_t read_line(int fd, char *line, size_t cap)
{
    size_t n = 0;

    for (;;) {
        ssize_t got = read(fd, line + n, 1);
        if (got < 0 && errno == EINTR && !was_stopped)
            continue;
        if (got < 0)
            return -1;
        if (got == 0 || line[n] == '\n')
            break;
        if (++n == cap) {
            errno = EMSGSIZE;
            return -1;
        }
    }
    if (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
    return (ssize_t)n;
}

/* Asks, and once more after the program was stopped. */
static ssize_t ask(const char *prompt, char *line, size_t cap)
{
    ssize_t n;

    do {
        was_stopped = 0;
        dprintf(tty, "%s", prompt);
        n = read_line(tty, line, cap);
    } while (n < 0 && errno == EINTR);
    int saved = errno;
    dprintf(tty, "\n");
    errno = saved;
    return n;
}

/* From here on the program holds one: no core dump of it. */
static void forbid_core(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

char *password_read(struct cli *cli, bool from_stdin, const char *prompt, const char *option)
{
    char line[PASSWORD_MAX + 1];
    ssize_t n;

    forbid_core();
    if (from_stdin) {
        n = read_line(STDIN_FILENO, line, PASSWORD_MAX);
    } else {
        if (hush() < 0) {
            cli_fail(cli, CLI_USAGE, "there is no terminal to ask for it: give it on standard input, with %s", option);
            return NULL;
        }
        n = ask(prompt, line, PASSWORD_MAX);
        int saved = errno;
        password_expected_no_more();
        errno = saved;
    }
    if (n <= 0) {
        int saved = errno;
        explicit_bzero(line, sizeof(line)); /* of one that is too long there is a beginning */
        errno = saved;
        cli_fail(cli, CLI_FAILED, n == 0 ? "no password was given%s" : "cannot read the password: %s",
                 n == 0 ? "" : strerror(errno));
        return NULL;
    }
    char *password = xstrdup(line);
    explicit_bzero(line, sizeof(line));
    return password;
}

void password_free(char **password)
{
    if (*password)
        explicit_bzero(*password, strlen(*password));
    free(*password);
}

void password_forget(json_t **params)
{
    static const char *const names[] = {"password", "transportPassword"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *secret = json_object_get(*params, names[i]);
        /* Jansson's string is its own copy, and nobody else's. */
        if (json_is_string(secret))
            explicit_bzero((char *)(uintptr_t)json_string_value(secret), json_string_length(secret));
    }
    json_decref(*params);
}
