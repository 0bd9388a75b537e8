#include "bridges.h"

#include "gone.h"
#include "start.h"
#include "term.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAID_MAX ((size_t)1 << 20)
#define ANSWER_S 5
#define PAUSE_MS 5
#define RIVAL_WAIT_MS 500
#define TRIES 3
#define FIRST_PORT 8765
#define PORTS 20                     /* tried from the first on */
#define LOG_MAX ((off_t)8 << 20)     /* beyond, the log becomes bridge.log.1 */
#define LOG_SHOWN_MAX ((size_t)4000) /* bytes of what one says that does not come up */

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* Over the folder's descriptor, so that the path may be of any length. -1: nobody is there. */
static int open_bridge(const char *profile)
{
    const struct timeval patience = {.tv_sec = ANSWER_S};
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int folder = open(profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = folder < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/bridge.sock", folder);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
                    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)) {
        close(fd);
        fd = -1;
    }
    if (folder >= 0)
        close(folder);
    return fd;
}

json_t *bridges_ask(const char *profile)
{
    int fd = open_bridge(profile);
    size_t n = 0;
    ssize_t got = -1;

    if (fd < 0)
        return NULL;
    CLI_CLEANUP(freep) char *text = xmalloc(SAID_MAX);
    while (n < SAID_MAX && ((got = read(fd, text + n, SAID_MAX - n)) > 0 || (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    close(fd);
    return got == 0 ? json_loadb(text, n, 0, NULL) : NULL;
}

int bridges_fail_without(struct cli *cli)
{
    return cli_fail(cli, CLI_FAILED,
                    "no facteur-bridge runs for the profile %s: 'facteur web' starts one for this computer, "
                    "'facteur-bridge --listen' one that others reach ('man facteur-bridge')",
                    cli->profile);
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static bool is_free(int port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_taken = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 && errno == EADDRINUSE;

    if (fd >= 0)
        close(fd);
    return !is_taken;
}

/* One of few, so that it is mostly the same: what a browser keeps belongs to the port. Freed by the caller. */
static char *free_address(void)
{
    for (int port = FIRST_PORT; port < FIRST_PORT + PORTS; port++)
        if (is_free(port))
            return xasprintf("127.0.0.1:%d", port);
    return xasprintf("127.0.0.1:0");
}

/* A new log is begun where the old one has become large. -1: errno. */
static int open_log(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && st.st_size > LOG_MAX) {
        CLI_CLEANUP(freep) char *old = xasprintf("%s.1", path);
        if (rename(path, old) < 0)
            return -1;
    }
    return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* The end of what was written to the log from `from` on. */
static void show_log(int log, off_t from)
{
    char text[LOG_SHOWN_MAX];
    off_t end = lseek(log, 0, SEEK_END);
    off_t begin = end - from > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : from;
    ssize_t n = pread(log, text, sizeof(text), begin);

    if (n <= 0)
        return;
    CLI_CLEANUP(freep) char *clean = term_clean_bytes(text, (size_t)n, TERM_KEEP_LINES);
    fprintf(stderr, "%s%s", clean, text[n - 1] == '\n' ? "" : "\n");
}

/* A bridge on its way. */
struct attempt {
    char *address;
    pid_t pid; /* -1: it has ended, with this status */
    int status;
    off_t from; /* in the log: what it says comes behind it */
};

static void attempt_done(struct attempt *a)
{
    free(a->address);
}

/* The one that has the profile's bridge.sock, once facteurd answers it. NULL: none came. */
static json_t *wait_for(struct cli *cli, struct attempt *a)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000l};

    for (int left_ms = BRIDGES_WAIT_MS; left_ms > 0; left_ms -= PAUSE_MS) {
        nanosleep(&pause, NULL);
        json_t *bridge = bridges_ask(cli->profile);
        if (json_is_true(json_object_get(bridge, "hasCore")))
            return bridge;
        json_decref(bridge);
        if (a->pid > 0 && waitpid(a->pid, &a->status, WNOHANG) == a->pid) {
            a->pid = -1;
            if (left_ms > RIVAL_WAIT_MS)
                left_ms = RIVAL_WAIT_MS; /* another one may have the port, and be about to answer */
        }
    }
    return NULL;
}

static json_t *start_at(struct cli *cli, const char *program, int log, struct attempt *a)
{
    const char *argv[] = {program,     "--profile", cli->profile,
                          "--listen",  a->address,  cli->socket_given ? "--socket" : NULL,
                          cli->socket, NULL};
    a->from = lseek(log, 0, SEEK_END);
    a->pid = start_detached((char **)argv, log);
    if (a->pid < 0) {
        cli_fail(cli, CLI_FAILED, "cannot start %s: %s", program, strerror(errno));
        return NULL;
    }
    json_t *bridge = wait_for(cli, a);
    if (a->pid > 0 && (!bridge || json_number(bridge, "pid") != a->pid))
        kill(a->pid, SIGTERM); /* it does not come up, or another one was faster */
    return bridge;
}

static void tell_failure(struct cli *cli, const struct attempt *a, int log)
{
    if (a->pid < 0)
        cli_fail(cli, CLI_FAILED, "facteur-bridge ended at once (status %d); it said:",
                 WIFEXITED(a->status) ? WEXITSTATUS(a->status) : 128 + WTERMSIG(a->status));
    else
        cli_fail(cli, CLI_FAILED, "facteur-bridge did not answer within %d s; it said:", BRIDGES_WAIT_MS / 1000);
    show_log(log, a->from);
}

/* `listen` NULL: tries another port where the one that was free has been taken meanwhile. */
static json_t *start_somewhere(struct cli *cli, const char *program, const char *listen, int log)
{
    for (int tries = 0; tries < TRIES; tries++) {
        CLI_CLEANUP(attempt_done) struct attempt a = {.address = listen ? xstrdup(listen) : free_address()};
        json_t *bridge = start_at(cli, program, log, &a);
        if (bridge || cli->status != CLI_DONE)
            return bridge;
        bool is_taken = !listen && a.pid < 0 && !is_free(atoi(strrchr(a.address, ':') + 1));
        if (is_taken && tries + 1 < TRIES)
            continue;
        tell_failure(cli, &a, log);
        return NULL;
    }
    return NULL;
}

json_t *bridges_start(struct cli *cli, const char *listen)
{
    CLI_CLEANUP(freep) char *program = start_find("facteur-bridge");
    CLI_CLEANUP(freep) char *path = xasprintf("%s/bridge.log", cli->profile);

    if (!program) {
        cli_fail(cli, CLI_FAILED, "facteur-bridge is neither beside this program nor in PATH: is it installed?");
        return NULL;
    }
    int log = open_log(path);
    if (log < 0) {
        cli_fail(cli, CLI_FAILED, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    json_t *bridge = start_somewhere(cli, program, listen, log);
    close(log);
    if (bridge)
        cli_note("started facteur-bridge on %s; it writes to %s, and 'facteur bridge stop' ends it",
                 json_text(bridge, "listen"), path);
    return bridge;
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

int bridges_stop(struct cli *cli, bool *out_ran)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    int fd = open_bridge(cli->profile);

    *out_ran = fd >= 0;
    if (fd < 0)
        return CLI_DONE;
    bool is_known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.pid > 0;
    close(fd);
    if (!is_known || (kill(who.pid, SIGTERM) < 0 && errno != ESRCH))
        return cli_fail(cli, CLI_FAILED, "cannot end facteur-bridge: %s", is_known ? strerror(errno) : "who is it?");
    return gone_wait(cli, "facteur-bridge", who.pid);
}

/* ---- where it is ------------------------------------------------------------------------------------------------- */

/* ADDR:PORT, as the bridge understands it (clients/bridge/main.c). */
struct place {
    int family, port;
    unsigned char address[16]; /* of IPv4: the first four */
};

static bool parse_place(const char *text, struct place *out)
{
    const char *colon = strrchr(text, ':');
    char *end;

    if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
        return false;
    bool is_v6 = text[0] == '[' && colon[-1] == ']';
    CLI_CLEANUP(freep) char *host = xasprintf("%.*s", (int)(colon - text) - 2 * is_v6, text + is_v6);
    *out = (struct place){.family = is_v6 ? AF_INET6 : AF_INET, .port = (int)strtol(colon + 1, &end, 10)};
    const char *address = !is_v6 && strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return !*end && inet_pton(out->family, address, out->address) == 1;
}

bool bridges_listens_at(const json_t *bridge, const char *listen)
{
    static const unsigned char all[16];
    struct place has, asked;

    return parse_place(json_text(bridge, "listen"), &has) && parse_place(listen, &asked) &&
           has.family == asked.family && (asked.port == 0 || has.port == asked.port) &&
           (memcmp(has.address, asked.address, sizeof(all)) == 0 || memcmp(has.address, all, sizeof(all)) == 0);
}

bool bridges_url_names(const char *url, const char *host)
{
    const char *at = strstr(url, "://");
    size_t n = strlen(host);

    return at && strncmp(at + 3, host, n) == 0 && (!at[3 + n] || at[3 + n] == ':');
}

char *bridges_near_url(const json_t *bridge)
{
    const char *url = json_text(bridge, "url"), *port = strrchr(url, ':');
    const char *scheme = json_is_true(json_object_get(bridge, "isTls")) ? "https" : "http";

    if (bridges_url_names(url, "0.0.0.0"))
        return xasprintf("%s://127.0.0.1%s", scheme, port);
    if (bridges_url_names(url, "[::]"))
        return xasprintf("%s://[::1]%s", scheme, port);
    return xstrdup(url);
}
