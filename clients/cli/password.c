#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Byte by byte, so that nothing behind the line is taken from whoever reads stdin next. Returns the length, -1 with
 * errno. */
static ssize_t read_line(int fd, char *line, size_t cap)
{
    size_t n = 0;

    for (;;) {
        ssize_t got = read(fd, line + n, 1);
        if (got < 0 && errno == EINTR)
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

static ssize_t ask(int tty, const char *prompt, char *line, size_t cap)
{
    struct termios normal, silent;

    dprintf(tty, "%s", prompt);
    if (tcgetattr(tty, &normal) < 0)
        return -1;
    silent = normal;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(tty, TCSAFLUSH, &silent);
    ssize_t n = read_line(tty, line, cap);
    tcsetattr(tty, TCSAFLUSH, &normal);
    dprintf(tty, "\n");
    return n;
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
