#include "editor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX ((off_t)16 << 20)
#define SUFFIX ".eml" /* editors know by it that it is mail */

bool editor_can(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static const char *editor_command(void)
{
    const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

    return visual && *visual ? visual : editor && *editor ? editor : "vi";
}

/* ---- the file --------------------------------------------------------------------------------------------- */

static int write_file(struct cli *cli, const char *text, char **out_path)
{
    const char *dir = getenv("TMPDIR");
    CLI_CLEANUP(freep) char *path = xasprintf("%s/facteur-XXXXXX" SUFFIX, dir && *dir ? dir : "/tmp");

    int fd = mkostemps(path, (int)strlen(SUFFIX), O_CLOEXEC);
    if (fd < 0)
        return cli_fail(cli, CLI_FAILED, "cannot make %s: %s", path, strerror(errno)), -1;
    for (size_t at = 0, n = strlen(text); at < n;) {
        ssize_t written = write(fd, text + at, n - at);
        if (written < 0 && errno != EINTR) {
            cli_fail(cli, CLI_FAILED, "cannot write %s: %s", path, strerror(errno));
            close(fd);
            unlink(path);
            return -1;
        }
        at += written > 0 ? (size_t)written : 0;
    }
    close(fd);
    *out_path = path;
    path = NULL;
    return 0;
}

/* An editor may have put another file in its place: it is opened anew. */
static char *read_file(struct cli *cli, const char *path)
{
    struct stat st = {0};
    FILE *f = fopen(path, "re");

    if (!f || fstat(fileno(f), &st) < 0 || st.st_size > TEXT_MAX) {
        cli_fail(cli, CLI_FAILED, "cannot read %s: %s", path,
                 f && st.st_size > TEXT_MAX ? "it is too large" : strerror(errno));
        if (f)
            fclose(f);
        return NULL;
    }
    char *text = xmalloc((size_t)st.st_size + 1);
    size_t n = fread(text, 1, (size_t)st.st_size, f);
    text[n] = '\0';
    fclose(f);
    if (strlen(text) == n)
        return text;
    free(text);
    cli_fail(cli, CLI_FAILED, "%s holds a NUL byte", path);
    return NULL;
}

void editor_done(char *path, bool keep)
{
    if (path && keep)
        cli_note("what you wrote is in %s", path);
    else if (path)
        unlink(path);
    free(path);
}

/* ---- the editor ------------------------------------------------------------------------------------------- */

/* As the shell would, so that "code --wait" is a command with an argument. The exit status, -1: it did not run. */
static int run_editor(const char *path)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    CLI_CLEANUP(freep) char *script = xasprintf("%s \"$1\"", editor_command());
    int status = -1;

    sigaction(SIGINT, &ignore, &interrupt); /* Ctrl-C is the editor's */
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t pid = fork();
    if (pid == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        execl("/bin/sh", "sh", "-c", script, "sh", path, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            pid = -1;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int editor_edit(struct cli *cli, const char *text, char **out_text, char **out_path)
{
    char *path;

    if (write_file(cli, text, &path) < 0)
        return -1;
    int status = run_editor(path);
    if (status != 0) {
        cli_fail(cli, CLI_FAILED, "the editor (%s) failed: nothing was made", editor_command());
        editor_done(path, status != 127);
        return -1;
    }
    *out_text = read_file(cli, path);
    if (!*out_text) {
        editor_done(path, true);
        return -1;
    }
    *out_path = path;
    return 0;
}
