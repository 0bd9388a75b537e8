/* facteurd - the daemon: arguments, signals, the parts in their order, the loop. Read it first.
 *
 * Exit status: 0 ended as asked, 1 failed, 2 wrong usage, 3 another facteurd holds the profile.
 */
#include "api.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <uv.h>

enum exit_status { DONE = 0, FAILED = 1, USAGE = 2, HELD = 3 };

#define MALLOC_ARENAS 2
#define MALLOC_MMAP_BYTES (256 << 10)
#define FILES_WANTED 65536
#define FILES_NEEDED (SERVER_CLIENTS + 512)

struct options {
    char *profile, *socket, *plugins, *providers;
    int log_level;
};

struct daemon {
    struct options options;
    uv_loop_t loop;
    uv_signal_t sigterm, sigint, sighup;
    struct wait_event stop;
    bool is_stopping;
    enum exit_status status;
};

/* ---- arguments ---- */

static const char usage[] =
    "usage: facteurd [--profile DIR] [--socket PATH] [--log-level error|warn|info|debug|trace] [--plugins DIRS]\n"
    "\n"
    "Owns the mail of one person and serves it on a Unix socket. Stays in the foreground.\n"
    "\n"
    "  --profile DIR     where everything is kept; default $FACTEUR_PROFILE, $XDG_DATA_HOME/facteur or\n"
    "                    ~/.local/share/facteur\n"
    "  --socket PATH     default DIR/rpc.sock; one that systemd hands over goes first\n"
    "  --plugins DIRS    folders with plugins, separated by ':'; default $FACTEUR_PLUGINS or those of the "
    "installation\n"
    "  --log-level L     default info; the log goes to stderr and to DIR/facteurd.log\n"
    "  --foreground      does nothing: it always stays there\n"
    "  --help, --version\n";

static char *default_profile(void)
{
    const char *profile = getenv("FACTEUR_PROFILE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (profile && profile[0])
        return xstrdup(profile);
    if (data && data[0] == '/')
        return xasprintf("%s/facteur", data);
    return xasprintf("%s/.local/share/facteur", home && home[0] ? home : ".");
}

/* Those of the build that the program is in, or of the installation, which may have been moved as a whole. */
static char *default_plugins(void)
{
    const char *given = getenv("FACTEUR_PLUGINS");
    char path[PATH_MAX];
    if (given && given[0])
        return xstrdup(given);
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n > 0) {
        path[n] = '\0';
        for (int up = 0; up < 2 && strrchr(path, '/'); up++)
            *strrchr(path, '/') = '\0';
        CLEANUP(freep) char *built = xasprintf("%s/plugins", path);
        CLEANUP(freep) char *installed = xasprintf("%s/" FACTEUR_LIBDIR "/facteur/plugins", path);
        if (access(built, F_OK) == 0)
            return TAKE(built);
        if (access(installed, F_OK) == 0)
            return TAKE(installed);
    }
    return xstrdup(FACTEUR_PLUGIN_DIR);
}

/* The table of providers, beside the program or in the installation. */
static char *default_providers(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n > 0) {
        path[n] = '\0';
        for (int up = 0; up < 2 && strrchr(path, '/'); up++)
            *strrchr(path, '/') = '\0';
        CLEANUP(freep) char *beside = xasprintf("%s/" FACTEUR_DATADIR "/facteur/providers.json", path);
        if (access(beside, F_OK) == 0)
            return TAKE(beside);
    }
    return xstrdup(FACTEUR_PROVIDERS);
}

static void replace(char **to, const char *value)
{
    free(*to);
    *to = xstrdup(value);
}

/* -1: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct options *out)
{
    enum { OPT_PROFILE = 1, OPT_SOCKET, OPT_LEVEL, OPT_PLUGINS, OPT_FOREGROUND, OPT_HELP, OPT_VERSION };
    static const struct option options[] = {
        {"profile", required_argument, NULL, OPT_PROFILE}, {"socket", required_argument, NULL, OPT_SOCKET},
        {"log-level", required_argument, NULL, OPT_LEVEL}, {"plugins", required_argument, NULL, OPT_PLUGINS},
        {"foreground", no_argument, NULL, OPT_FOREGROUND}, {"help", no_argument, NULL, OPT_HELP},
        {"version", no_argument, NULL, OPT_VERSION},       {NULL, 0, NULL, 0},
    };
    int o;
    out->log_level = FCT_LOG_INFO;
    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (o) {
        case OPT_PROFILE:
            replace(&out->profile, optarg);
            break;
        case OPT_SOCKET:
            replace(&out->socket, optarg);
            break;
        case OPT_PLUGINS:
            replace(&out->plugins, optarg);
            break;
        case OPT_LEVEL:
            out->log_level = log_level_from_name(optarg);
            if (out->log_level < 0) {
                fprintf(stderr, "facteurd: --log-level %s: error, warn, info, debug or trace\n", optarg);
                return USAGE;
            }
            break;
        case OPT_FOREGROUND:
            break;
        case OPT_HELP:
            fputs(usage, stdout);
            return DONE;
        case OPT_VERSION:
            puts("facteurd " FACTEUR_VERSION);
            return DONE;
        default:
            fputs(usage, stderr);
            return USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "facteurd: unexpected argument: %s\n%s", argv[optind], usage);
        return USAGE;
    }
    if (!out->profile)
        out->profile = default_profile();
    if (!out->socket)
        out->socket = xasprintf("%s/rpc.sock", out->profile);
    if (!out->plugins)
        out->plugins = default_plugins();
    out->providers = default_providers();
    return -1;
}

static void options_done(struct options *o)
{
    free(o->profile);
    free(o->socket);
    free(o->plugins);
    free(o->providers);
}

/* ---- the process ---- */

/* Core dumps and debuggers of the same user would see passwords: off, but where the programmer asks for them. */
static void harden_process(void)
{
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit of its size is an error like a full disk */
    if (!getenv("FACTEUR_DEBUG")) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_DUMPABLE, 0);
    }
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    mallopt(M_MMAP_THRESHOLD, MALLOC_MMAP_BYTES); /* set, it does not grow: large buffers go back at once */
    mallopt(M_TRIM_THRESHOLD, MALLOC_MMAP_BYTES);
    json_object_seed(0);
}

/* As far as the system lets us. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    if (files.rlim_cur < FILES_WANTED) {
        files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < FILES_NEEDED)
        log_warn("facteurd",
                 "only %llu file descriptors are allowed, and %d clients with their servers may need %d: some may be "
                 "refused (ulimit -Hn; LimitNOFILE= of systemd)",
                 (unsigned long long)files.rlim_cur, SERVER_CLIENTS, FILES_NEEDED);
}

static int make_folders(const char *path)
{
    CLEANUP(freep) char *copy = xstrdup(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(copy, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* sd_notify(3): a datagram to the socket that the service manager named. */
static void notify_manager(const char *what)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    CLEANUP(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (fd < 0 || sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
        log_warn("facteurd", "the service manager was not told: %s", strerror(errno));
}

/* ---- the end ---- */

static void ask_to_stop(void *ctx)
{
    struct daemon *d = ctx;
    d->is_stopping = true;
    wait_event_raise(&d->stop);
}

/* The first signal ends everything in order, a second one at once. */
static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    if (d->is_stopping) {
        log_warn("facteurd", "signal %d again: ending at once", number);
        _exit(128 + number);
    }
    log_info("facteurd", "signal %d: ending", number);
    ask_to_stop(d);
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void watch_signals(struct daemon *d)
{
    uv_signal_init(&d->loop, &d->sigterm);
    uv_signal_init(&d->loop, &d->sigint);
    uv_signal_init(&d->loop, &d->sighup);
    d->sigterm.data = d->sigint.data = d->sighup.data = d;
    uv_signal_start(&d->sigterm, on_signal, SIGTERM);
    uv_signal_start(&d->sigint, on_signal, SIGINT);
    if (!is_ignored(SIGHUP)) /* its terminal has gone; nohup(1) wants it to stay */
        uv_signal_start(&d->sighup, on_signal, SIGHUP);
}

static void forget_signals(struct daemon *d)
{
    uv_close((uv_handle_t *)&d->sigterm, NULL);
    uv_close((uv_handle_t *)&d->sigint, NULL);
    uv_close((uv_handle_t *)&d->sighup, NULL);
}

/* ---- serving ---- */

static void tell_failure(const char *what, const struct fct_error *err)
{
    log_error("facteurd", "%s: %s", what, err->message);
}

static void serve(struct daemon *d, struct core *core)
{
    const struct server_options options = {.socket_path = d->options.socket};
    struct fct_error err = {0};
    struct api *api = NULL;
    if (api_start(&d->loop, core, &options, ask_to_stop, d, &api, &err) < 0) {
        tell_failure("cannot serve", &err);
        d->status = FAILED;
    } else {
        log_info("facteurd", "facteurd %s serves %s", FACTEUR_VERSION, d->options.socket);
        notify_manager("READY=1");
        while (!d->is_stopping && wait_event(&d->stop, "the end", WAIT_FOREVER, NULL) == 0)
            ;
        notify_manager("STOPPING=1");
    }
    api_stop(api);
    core_stop(core);
    api_free(api);
}

static int run(void *arg)
{
    struct daemon *d = arg;
    /* The environment variable is for tests: it changes name servers and ports of discovery (discover/discover.h). */
    const struct core_options options = {.profile_dir = d->options.profile,
                                         .plugin_dirs = d->options.plugins,
                                         .providers = d->options.providers,
                                         .discovery = getenv("FACTEUR_TEST_DISCOVERY")};
    struct fct_error err = {0};
    struct core *core;
    watch_signals(d);
    if (core_start(&d->loop, &options, &core, &err) < 0) {
        tell_failure("cannot start", &err);
        d->status = err.code == FCT_E_BUSY ? HELD : FAILED;
    } else {
        serve(d, core);
    }
    forget_signals(d);
    return 0;
}

static void open_log(const struct options *o)
{
    CLEANUP(freep) char *path = xasprintf("%s/facteurd.log", o->profile);
    if (log_open_file(path) < 0)
        log_warn("facteurd", "%s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
    struct daemon d = {.status = DONE};
    /* Jansson leaves a property out when it cannot have its memory, and an answer without it would look like a true
     * one. It frees unwiped what it parsed, and any text may have held a password. */
    json_set_alloc_funcs(xmalloc, xfree_wiped);
    int status = parse_arguments(argc, argv, &d.options);
    if (status >= 0) {
        options_done(&d.options);
        return status;
    }
    log_set_level(d.options.log_level);
    harden_process();
    if (make_folders(d.options.profile) < 0) {
        fprintf(stderr, "facteurd: %s: %s\n", d.options.profile, strerror(errno));
        options_done(&d.options);
        return FAILED;
    }
    open_log(&d.options);
    raise_file_limit();
    uv_loop_init(&d.loop);
    fiber_set_loop(&d.loop);
    fiber_start(&d.loop, "facteurd", run, &d);
    uv_run(&d.loop, UV_RUN_DEFAULT);
    fiber_loop_done(&d.loop);
    if (uv_loop_close(&d.loop) < 0)
        log_warn("facteurd", "something was left open");
    log_close();
    options_done(&d.options);
    return d.status;
}
