#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A signal that comes while the terminal is silent. */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* Byte by byte, so that nothing behind the line is taken from whoever reads stdin next. Returns the length, -1 with
 * errno: EINTR when a signal was caught. */
static ssize_t read_line(int fd, char *line, size_t cap)
{
    size_t n = 0;

    for (;;) {
        ssize_t got = read(fd, line + n, 1);
        if (got < 0 && errno == EINTR && !caught)
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

/* Asks once, with the terminal silent; it speaks again when this returns, whatever ended it. */
static ssize_t ask_once(int tty, const char *prompt, char *line, size_t cap)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    enum { N = sizeof(signals) / sizeof(signals[0]) };
    struct sigaction catching = {.sa_handler = on_signal}, before[N]; /* no SA_RESTART: read() must return */
    struct termios normal, silent;

    if (tcgetattr(tty, &normal) < 0)
        return -1;
    caught = 0;
    for (size_t i = 0; i < N; i++) {
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &catching, NULL);
    }
    silent = normal;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(tty, TCSAFLUSH, &silent);
    dprintf(tty, "%s", prompt);
    ssize_t n = caught ? -1 : read_line(tty, line, cap);
    int saved = errno;
    tcsetattr(tty, TCSAFLUSH, &normal);
    dprintf(tty, "\n");
    for (size_t i = 0; i < N; i++)
        sigaction(signals[i], &before[i], NULL);
    errno = saved;
    return n;
}

/* A signal gets its due once the terminal is as it was: Ctrl-C ends the program, Ctrl-Z stops it, and then it asks
 * again. */
static ssize_t ask(int tty, const char *prompt, char *line, size_t cap)
{
    for (;;) {
        ssize_t n = ask_once(tty, prompt, line, cap);
        if (!caught)
            return n;
        raise(caught);
    }
}

char *password_read(struct cli *cli, bool from_stdin, const char *prompt)
{
    char line[PASSWORD_MAX + 1];
    ssize_t n;

    if (from_stdin) {
        n = read_line(STDIN_FILENO, line, PASSWORD_MAX);
    } else {
        int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (tty < 0) {
            cli_fail(cli, CLI_USAGE, "there is no terminal to ask for the password: give it with --password-stdin");
            return NULL;
        }
        n = ask(tty, prompt, line, PASSWORD_MAX);
        close(tty);
    }
    if (n <= 0) {
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
    json_t *secret = json_object_get(*params, "password");

    /* Jansson's string is its own copy, and nobody else's. */
    if (json_is_string(secret))
        explicit_bzero((char *)(uintptr_t)json_string_value(secret), json_string_length(secret));
    json_decref(*params);
}
