#include "start.h"

#include "term.h"

#include <facteur/client.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAID_MAX 4000 /* bytes of what a facteurd says that does not start */
#define PAUSE_MS 2
#define RIVAL_WAIT_MS 2000
#define GOING_MS 50 /* until one that was killed has gone */

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *beside_this_program(const char *name)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0)
        return NULL;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    return xasprintf("%s/%s", self, name);
}

char *start_find_in_path(const char *name)
{
    const char *path = getenv("PATH");

    if (!path)
        return NULL;
    CLI_CLEANUP(freep) char *copy = xstrdup(path);
    char *rest = copy, *dir;
    while ((dir = strsep(&rest, ":"))) {
        char *candidate = xasprintf("%s/%s", *dir ? dir : ".", name);
        if (is_program(candidate))
            return candidate;
        free(candidate);
    }
    return NULL;
}

char *start_find(const char *name)
{
    char *path = beside_this_program(name);

    if (path && is_program(path))
        return path;
    free(path);
    return start_find_in_path(name);
}

char *start_find_program(void)
{
    return start_find("facteurd");
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

/* In the child: a session of its own, no folder of ours, no descriptor but `out`. Does not return. */
static void become_daemon(char **argv, int out)
{
    setsid();
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir("/") < 0)
        _exit(127);
    close_range(3, ~0u, 0);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    execv(argv[0], argv);
    dprintf(2, "cannot execute %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

pid_t start_detached(char **argv, int out)
{
    pid_t pid = fork();

    if (pid == 0)
        become_daemon(argv, out);
    return pid;
}

/* A facteurd on its way, and the end of what it says. It keeps a log of its own: this is for one that does not come up.
 */
struct starting {
    pid_t pid;
    int out; /* where its stdout and stderr are read */
    char said[SAID_MAX + 1];
    size_t n;
};

static int spawn(struct cli *cli, char *program, struct starting *s)
{
    static char profile_option[] = "--profile", socket_option[] = "--socket";
    char *argv[] = {program, profile_option, cli->profile, cli->socket_given ? socket_option : NULL, cli->socket, NULL};
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ||
        (s->pid = start_detached(argv, ends[1])) < 0)
        return cli_fail(cli, CLI_NO_CORE, "cannot start %s: %s", program, strerror(errno));
    close(ends[1]);
    s->out = ends[0];
    return CLI_DONE;
}

/* Keeps the last SAID_MAX bytes. */
static void listen_to(struct starting *s)
{
    char piece[SAID_MAX];
    ssize_t n;

    while ((n = read(s->out, piece, sizeof(piece))) > 0) {
        size_t kept = s->n + (size_t)n > SAID_MAX ? SAID_MAX - (size_t)n : s->n;
        memmove(s->said, s->said + s->n - kept, kept);
        memcpy(s->said + kept, piece, (size_t)n);
        s->n = kept + (size_t)n;
    }
}

static void tell_failure(struct cli *cli, struct starting *s, bool ended, int status)
{
    CLI_CLEANUP(freep) char *clean = term_clean_bytes(s->said, s->n, TERM_KEEP_LINES);

    if (ended)
        cli_fail(cli, CLI_NO_CORE, "facteurd ended at once (status %d)%s",
                 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), s->n ? "; it said:" : "");
    else
        cli_fail(cli, CLI_NO_CORE, "facteurd did not open %s within %d s%s", cli->socket, START_WAIT_MS / 1000,
                 s->n ? "; it said:" : "");
    fprintf(stderr, "%s%s", clean, s->n && s->said[s->n - 1] != '\n' ? "\n" : "");
}

static struct facteur_client *wait_for_socket(struct cli *cli, struct starting *s)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000l};
    struct facteur_client *rpc = NULL;
    bool ended = false;
    int status = 0;

    for (int left_ms = START_WAIT_MS; left_ms > 0 && !rpc; left_ms -= PAUSE_MS) {
        nanosleep(&pause, NULL);
        rpc = facteur_client_open(cli->socket);
        listen_to(s);
        if (!rpc && !ended && waitpid(s->pid, &status, WNOHANG) == s->pid) {
            ended = true;
            if (left_ms > RIVAL_WAIT_MS)
                left_ms = RIVAL_WAIT_MS; /* another one may hold the profile, and be about to open the socket */
        }
    }
    if (!rpc)
        tell_failure(cli, s, ended, status);
    close(s->out);
    return rpc;
}

static struct facteur_client *connect_or_start(struct cli *cli)
{
    struct facteur_client *rpc = facteur_client_open(cli->socket);
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
    struct starting s = {0};
    return spawn(cli, program, &s) == CLI_DONE ? wait_for_socket(cli, &s) : NULL;
}

/* A facteurd that was killed may still have its socket while it goes: what connects to it meanwhile is reset. */
static struct facteur_client *connect_again(void *arg)
{
    const struct timespec pause = {.tv_nsec = GOING_MS * 1000000l};

    nanosleep(&pause, NULL);
    return connect_or_start(arg);
}

struct facteur_client *start_connect(struct cli *cli)
{
    struct facteur_client *rpc = connect_or_start(cli);

    if (rpc)
        facteur_client_on_reset(rpc, connect_again, cli);
    return rpc;
}
