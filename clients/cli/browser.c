#include "browser.h"

#include "cli.h"
#include "start.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 32
#define PAUSE_MS 10
#define FAILS_WITHIN_MS \
    2000 /* one that runs longer is taken for one that works: a browser may stay, or hand over and end */

char *browser_file_url(const char *path)
{
    char *url = xmalloc(strlen("file://") + 3 * strlen(path) + 1), *to = stpcpy(url, "file://");

    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        if (isalnum(*p) || strchr("-._~/", *p)) {
            *to++ = (char)*p;
        } else {
            *to++ = '%';
            *to++ = "0123456789ABCDEF"[*p >> 4];
            *to++ = "0123456789ABCDEF"[*p & 15];
        }
    }
    *to = '\0';
    return url;
}

/* The program of a word, in PATH or as it stands; NULL: it is not there. Freed by the caller. */
static char *find(const char *word)
{
    if (!strchr(word, '/'))
        return start_find_in_path(word);
    return access(word, X_OK) == 0 ? realpath(word, NULL) : NULL; /* it is started elsewhere */
}

/* Whether it works, as far as can be known now. */
static bool run(char **argv)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000l};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), status;
    pid_t pid = null < 0 ? -1 : start_detached(argv, null);

    if (null >= 0)
        close(null);
    for (int left_ms = FAILS_WITHIN_MS; pid > 0 && left_ms > 0; left_ms -= PAUSE_MS) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        nanosleep(&pause, NULL);
    }
    return pid > 0;
}

/* "firefox --new-window %s": with the URL in its place. */
static char *fill_in(const char *word, const char *url)
{
    const char *at = strstr(word, "%s");

    return at ? xasprintf("%.*s%s%s", (int)(at - word), word, url, at + 2) : xstrdup(word);
}

/* False: its program is not there, or it does not work. *out_name stays as it is where the program is not there. */
static bool run_command(const char *command, const char *url, char **out_name)
{
    CLI_CLEANUP(freep) char *copy = xstrdup(command);
    char *argv[WORDS_MAX + 2] = {NULL}, *rest = copy, *word;
    size_t n = 0;
    bool has_url = strstr(command, "%s") != NULL;

    while (n < WORDS_MAX && (word = strsep(&rest, " \t")))
        if (*word)
            argv[n++] = fill_in(word, url);
    if (n > 0 && !has_url)
        argv[n++] = xstrdup(url);
    char *program = n > 0 ? find(argv[0]) : NULL;
    bool works = false;
    if (program) {
        free(*out_name);
        *out_name = argv[0];
        argv[0] = program;
        works = run(argv);
    }
    for (size_t i = 0; i < n; i++)
        free(argv[i]);
    return works;
}

static bool has_display(void)
{
    const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    return (x && *x) || (wayland && *wayland);
}

bool browser_open(const char *url, char **out_name)
{
    const char *list = getenv("BROWSER");

    *out_name = NULL;
    if (list && *list) {
        CLI_CLEANUP(freep) char *copy = xstrdup(list);
        char *rest = copy, *command;
        while (!*out_name && (command = strsep(&rest, ":")))
            if (run_command(command, url, out_name))
                return true;
        if (*out_name)
            return false;
    }
    return has_display() && run_command("xdg-open", url, out_name);
}
