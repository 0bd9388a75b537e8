#include "start.h"

#include "rpc.h"
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG_TAIL 2000 /* bytes of the log that are looked at when facteurd did not start */

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *beside_this_program(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0)
        return NULL;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    return xasprintf("%s/facteurd", self);
}

static char *in_search_path(void)
{
    const char *path = getenv("PATH");

    if (!path)
        return NULL;
    CLI_CLEANUP(freep) char *copy = xstrdup(path);
    char *rest = copy, *dir;
    while ((dir = strsep(&rest, ":"))) {
        char *candidate = xasprintf("%s/facteurd", *dir ? dir : ".");
        if (is_program(candidate))
            return candidate;
        free(candidate);
    }
    return NULL;
}

char *start_find_program(void)
{
    char *path = beside_this_program();

    if (path && is_program(path))
        return path;
    free(path);
    return in_search_path();
}

/* mkdir -p; the last one is for its owner alone. */
static int make_profile(const char *path)
{
    CLI_CLEANUP(freep) char *copy = xstrdup(path);

    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(copy, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* In the child: a session of its own, no descriptor of ours but the log. Does not return. */
static void become_daemon(char **argv, int log)
{
    setsid();
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(127);
    close_range(3, ~0u, 0);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    execv(argv[0], argv);
    dprintf(2, "cannot execute %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static pid_t spawn(struct cli *cli, char *program, off_t *out_log_start)
{
    CLI_CLEANUP(freep) char *log_path = xasprintf("%s/facteurd.log", cli->profile);
    static char profile_option[] = "--profile", socket_option[] = "--socket";
    char *argv[] = {program, profile_option, cli->profile, cli->socket_given ? socket_option : NULL, cli->socket, NULL};

    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        cli_fail(cli, CLI_NO_CORE, "cannot write %s: %s", log_path, strerror(errno));
        return -1;
    }
    *out_log_start = lseek(log, 0, SEEK_END);
    pid_t pid = fork();
    if (pid == 0)
        become_daemon(argv, log);
    if (pid < 0)
        cli_fail(cli, CLI_NO_CORE, "cannot start %s: %s", program, strerror(errno));
    close(log);
    return pid;
}

/* What facteurd wrote since it was started, for the person in front of the screen. */
static void tell_log(struct cli *cli, off_t start)
{
    CLI_CLEANUP(freep) char *path = xasprintf("%s/facteurd.log", cli->profile);
    char text[LOG_TAIL + 1];

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end - start > LOG_TAIL)
        start = end - LOG_TAIL;
    ssize_t n = pread(fd, text, LOG_TAIL, start);
    close(fd);
    if (n <= 0)
        return;
    text[n] = '\0';
    CLI_CLEANUP(freep) char *clean = term_clean(text, TERM_KEEP_LINES);
    fprintf(stderr, "%s%s", clean, text[n - 1] == '\n' ? "" : "\n");
}

static struct rpc *wait_for_socket(struct cli *cli, pid_t pid, off_t log_start)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    bool ended = false;
    int status = 0, left_ms = START_WAIT_MS;

    for (; left_ms > 0; left_ms -= 5) {
        struct rpc *rpc = rpc_open(cli->socket);
        if (rpc)
            return rpc;
        if (!ended && waitpid(pid, &status, WNOHANG) == pid) {
            ended = true;
            if (left_ms > 2000)
                left_ms = 2000; /* another facteurd may be starting: it holds the profile and opens the socket soon */
        }
        nanosleep(&pause, NULL);
    }
    if (ended)
        cli_fail(cli, CLI_NO_CORE, "facteurd ended at once (status %d); it said:",
                 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    else
        cli_fail(cli, CLI_NO_CORE, "facteurd did not open %s within %d s; it said:", cli->socket, START_WAIT_MS / 1000);
    tell_log(cli, log_start);
    return NULL;
}

struct rpc *start_connect(struct cli *cli)
{
    struct rpc *rpc = rpc_open(cli->socket);
    if (rpc)
        return rpc;
    if (errno != ENOENT && errno != ECONNREFUSED) {
        cli_fail(cli, CLI_NO_CORE, "cannot connect to %s: %s", cli->socket, strerror(errno));
        return NULL;
    }
    if (cli->no_start) {
        cli_fail(cli, CLI_NO_CORE, "no facteurd runs for the profile %s", cli->profile);
        return NULL;
    }
    CLI_CLEANUP(freep) char *program = start_find_program();
    if (!program) {
        cli_fail(cli, CLI_NO_CORE, "no facteurd runs, and the program is neither beside this one nor in PATH");
        return NULL;
    }
    if (make_profile(cli->profile) < 0) {
        cli_fail(cli, CLI_NO_CORE, "cannot make the profile %s: %s", cli->profile, strerror(errno));
        return NULL;
    }
    off_t log_start = 0;
    pid_t pid = spawn(cli, program, &log_start);
    return pid < 0 ? NULL : wait_for_socket(cli, pid, log_start);
}
