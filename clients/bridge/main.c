/* main.c - facteur-bridge: options, the parts, the loop. Read it first. */
#include "app.h"
#include "bridge.h"
#include "control.h"
#include "front.h"
#include "proxy.h"
#include "start.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PORT 8765
#define STOP_MS 3000
#define CONNECTIONS_MOST 1000000
#define DESCRIPTORS_BESIDE 64 /* of the loop, of files under way */

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char help[] =
    "usage: facteur-bridge [--profile DIR] [--listen ADDR:PORT] [--tls-cert F --tls-key F] [OPTION]...\n"
    "\n"
    "Serves the mail of a profile over HTTP, as a JMAP server (RFC 8620, 8621, 8887), to those who hold a token of "
    "it.\n"
    "\n"
    "  --profile DIR         the profile; otherwise $FACTEUR_PROFILE, $XDG_DATA_HOME/facteur or "
    "~/.local/share/facteur\n"
    "  --socket PATH         facteurd's socket, if it is not PROFILE/rpc.sock\n"
    "  --listen ADDR:PORT    where to listen (127.0.0.1:8765); [ADDR]:PORT for IPv6; port 0: any that is free\n"
    "  --tls-cert FILE       certificate with its chain, in PEM; read again on SIGHUP\n"
    "  --tls-key FILE        its key\n"
    "  --behind-proxy        listen beyond this machine without TLS, as a proxy in front has it; needs --public-url\n"
    "  --public-url URL      as clients reach it: https://mail.example.org; otherwise as they say themselves\n"
    "  --allow-host NAME     a name that it is known under, beside addresses, localhost and --public-url; repeatable\n"
    "  --allow-origin ORIGIN pages of this origin may use it (https://app.example.org, or * for any); repeatable\n"
    "  --no-proxy-images     fetch no remote images of messages for the web application\n"
    "  --proxy-allow NETWORK fetch them from this network, too: 10.1.0.0/16, at any port; repeatable\n"
    "  --max-connections N   at once, of all clients (4096)\n"
    "  --patience SECONDS    for a body or an answer that does not move; half of it for a request's head (30)\n"
    "  --web DIR             serve the web application from this folder instead of where it is installed\n"
    "  --no-web              do not serve the web application\n"
    "  --no-start            do not start facteurd where none runs\n"
    "  --log-level LEVEL     error, warning, info or debug (info)\n"
    "  --help, --version\n"
    "\n"
    "It listens on this machine only unless told otherwise, and beyond it only with TLS. Tokens: 'facteur token';\n"
    "'facteur bridge pair' pairs a phone.\n";

struct running {
    struct bridge bridge;
    struct control *control; /* NULL: none */
    uv_signal_t stop[2], reload;
    uv_timer_t give_up;
};

static int usage_error(const char *fmt, ...) PRINTF(1, 2);
static int usage_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("facteur-bridge: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputs("\nfacteur-bridge --help says how it is used\n", stderr);
    va_end(ap);
    return USAGE;
}

/* ---- options ---- */

/* Digits and nothing else; -1: it is none, or not within the two. */
static int parse_number(const char *text, int least, int most)
{
    size_t n = strspn(text, "0123456789");
    long value = n > 0 && n < 10 && !text[n] ? strtol(text, NULL, 10) : -1;
    return value >= least && value <= most ? (int)value : -1;
}

/* "ADDR:PORT", "[ADDR]:PORT", "localhost:PORT". The address lives as long as the program. -1: go on; otherwise the exit
 * status. */
static int parse_listen(const char *text, struct bridge_options *o)
{
    unsigned char room[16];
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text)
        return usage_error("--listen %s: it is ADDR:PORT, such as 127.0.0.1:8765 or [::1]:8765", text);
    bool is_v6 = text[0] == '[' && colon[-1] == ']';
    char *address = xstrndup(text + is_v6, (size_t)(colon - text) - 2 * is_v6);
    bool is_address = inet_pton(is_v6 ? AF_INET6 : AF_INET, address, room) == 1 || strcmp(address, "localhost") == 0;
    o->address = strcmp(address, "localhost") == 0 ? "127.0.0.1" : address;
    o->port = parse_number(colon + 1, 0, 65535);
    if (!is_v6 && inet_pton(AF_INET6, text, room) == 1)
        return usage_error("--listen %s: it is ADDR:PORT, and an IPv6 address stands in brackets: [::1]:8765", text);
    if (!is_address)
        return usage_error(
            "--listen %s: '%s' is no address: it is like 127.0.0.1, 0.0.0.0 (all of IPv4), [::1] or [::] (all)", text,
            address);
    if (o->port < 0)
        return usage_error("--listen %s: '%s' is no port: it is 0 (any that is free) to 65535", text, colon + 1);
    return -1;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int check_options(const struct bridge *b)
{
    const struct bridge_options *o = &b->o;
    if (!o->tls_cert != !o->tls_key)
        return usage_error("--tls-cert and --tls-key belong together");
    if (o->behind_proxy && !b->site.public_url)
        return usage_error("--behind-proxy needs --public-url: what clients call it by");
    if (!is_loopback(o->address) && !o->tls_cert && !o->behind_proxy)
        return usage_error("%s is reached from other machines: that needs TLS (--tls-cert, --tls-key), or a proxy in "
                           "front that has it (--behind-proxy)",
                           o->address);
    return DONE;
}

enum {
    OPT_PROFILE = 256,
    OPT_SOCKET,
    OPT_LISTEN,
    OPT_CERT,
    OPT_KEY,
    OPT_PROXY,
    OPT_URL,
    OPT_HOST,
    OPT_ORIGIN,
    OPT_NO_IMAGES,
    OPT_PROXY_ALLOW,
    OPT_MAX,
    OPT_PATIENCE,
    OPT_WEB,
    OPT_NO_WEB,
    OPT_NO_START,
    OPT_LEVEL,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {{"profile", required_argument, NULL, OPT_PROFILE},
                                             {"socket", required_argument, NULL, OPT_SOCKET},
                                             {"listen", required_argument, NULL, OPT_LISTEN},
                                             {"tls-cert", required_argument, NULL, OPT_CERT},
                                             {"tls-key", required_argument, NULL, OPT_KEY},
                                             {"behind-proxy", no_argument, NULL, OPT_PROXY},
                                             {"public-url", required_argument, NULL, OPT_URL},
                                             {"allow-host", required_argument, NULL, OPT_HOST},
                                             {"allow-origin", required_argument, NULL, OPT_ORIGIN},
                                             {"no-proxy-images", no_argument, NULL, OPT_NO_IMAGES},
                                             {"proxy-allow", required_argument, NULL, OPT_PROXY_ALLOW},
                                             {"max-connections", required_argument, NULL, OPT_MAX},
                                             {"patience", required_argument, NULL, OPT_PATIENCE},
                                             {"web", required_argument, NULL, OPT_WEB},
                                             {"no-web", no_argument, NULL, OPT_NO_WEB},
                                             {"no-start", no_argument, NULL, OPT_NO_START},
                                             {"log-level", required_argument, NULL, OPT_LEVEL},
                                             {"help", no_argument, NULL, OPT_HELP},
                                             {"version", no_argument, NULL, OPT_VERSION},
                                             {0}};

/* Of a path as it was given here: facteurd is started elsewhere. Lives as long as the process. */
static const char *absolute(const char *path)
{
    CLEANUP(freep) char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    return here ? xasprintf("%s/%s", here, path) : path;
}

/* -1: go on; otherwise the exit status. */
static int take_option(struct bridge *b, int option)
{
    struct bridge_options *o = &b->o;
    enum log_level level;
    switch (option) {
    case OPT_PROFILE:
        o->profile = absolute(optarg);
        return -1;
    case OPT_SOCKET:
        o->socket = absolute(optarg);
        return -1;
    case OPT_LISTEN:
        return parse_listen(optarg, o);
    case OPT_CERT:
        o->tls_cert = optarg;
        return -1;
    case OPT_KEY:
        o->tls_key = optarg;
        return -1;
    case OPT_PROXY:
        o->behind_proxy = true;
        return -1;
    case OPT_URL:
        return site_set_public_url(&b->site, optarg) < 0
                   ? usage_error("--public-url %s: it is like https://mail.example.org or "
                                 "https://mail.example.org:8765, without a path",
                                 optarg)
                   : -1;
    case OPT_HOST:
        return site_allow_host(&b->site, optarg) < 0
                   ? usage_error(
                         "--allow-host %s: it is a name such as mail.example.org, without a scheme, a port and a path",
                         optarg)
                   : -1;
    case OPT_ORIGIN:
        return site_allow_origin(&b->site, optarg) < 0
                   ? usage_error("--allow-origin %s: it is where a page comes from, such as https://app.example.org, "
                                 "without a path; or * for any",
                                 optarg)
                   : -1;
    case OPT_NO_IMAGES:
        o->no_proxy_images = true;
        return -1;
    case OPT_PROXY_ALLOW:
        return remote_allow(&o->remote, optarg) < 0
                   ? usage_error("--proxy-allow %s: it is a network (10.1.0.0/16), one of at most %d", optarg,
                                 REMOTE_NETWORKS_MAX)
                   : -1;
    case OPT_MAX:
        o->max_connections = parse_number(optarg, 1, CONNECTIONS_MOST);
        return o->max_connections < 0
                   ? usage_error("--max-connections %s: it is a number, 1 to %d", optarg, CONNECTIONS_MOST)
                   : -1;
    case OPT_PATIENCE:
        o->patience_s = parse_number(optarg, 1, 3600);
        return o->patience_s < 0 ? usage_error("--patience %s: it is a number of seconds, 1 to 3600", optarg) : -1;
    case OPT_WEB:
        o->web = optarg;
        return -1;
    case OPT_NO_WEB:
        o->no_web = true;
        return -1;
    case OPT_NO_START:
        o->no_start = true;
        return -1;
    case OPT_LEVEL:
        if (log_level_from(optarg, &level) < 0)
            return usage_error("--log-level %s: there is no such level", optarg);
        log_set_level(level);
        return -1;
    case OPT_HELP:
        fputs(help, stdout);
        return DONE;
    case OPT_VERSION:
        printf("facteur-bridge %s\n", FACTEUR_VERSION);
        return DONE;
    default:
        fputs("facteur-bridge --help says how it is used\n", stderr);
        return USAGE;
    }
}

static int read_options(struct bridge *b, int argc, char **argv)
{
    int option, status;
    b->o = (struct bridge_options){.address = "127.0.0.1",
                                   .port = DEFAULT_PORT,
                                   .max_connections = BRIDGE_CONNECTIONS,
                                   .patience_s = BRIDGE_PATIENCE_S};
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
        if ((status = take_option(b, option)) >= 0)
            return status;
    if (optind < argc)
        return usage_error("'%s' is no option", argv[optind]);
    if (!b->o.profile && !(b->o.profile = facteur_default_profile()))
        return usage_error("neither --profile nor FACTEUR_PROFILE nor HOME says where the profile is");
    status = check_options(b);
    return status == DONE ? -1 : status;
}

/* ---- running ---- */

/* A client needs a descriptor, and perhaps a connection to facteurd; libwebsockets' table is as large as the limit
 * says. Fewer clients are taken where the system allows less: to be refused at the door is better than to be let in and
 * get no answer. */
static int raise_descriptors(struct bridge_options *o, unsigned *out_links)
{
    struct rlimit r;
    rlim_t wanted = (rlim_t)o->max_connections + BACKEND_LINKS + DESCRIPTORS_BESIDE +
                    (o->no_proxy_images ? 0 : PROXY_AT_ONCE * FETCH_DESCRIPTORS);
    *out_links = BACKEND_LINKS;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return DONE;
    r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur >= wanted)
        return DONE;
    if (r.rlim_cur < 2 * DESCRIPTORS_BESIDE) {
        log_error("only %llu file descriptors are allowed: it takes %d to start and %llu for %d connections (ulimit "
                  "-Hn; LimitNOFILE= of systemd)",
                  (unsigned long long)r.rlim_cur, 2 * DESCRIPTORS_BESIDE, (unsigned long long)wanted,
                  o->max_connections);
        return FAILED;
    }
    int room = (int)((r.rlim_cur - DESCRIPTORS_BESIDE) / 2);
    if (room < o->max_connections) {
        log_warning("only %llu file descriptors are allowed: no more than %d connections are taken, instead of %d, "
                    "which need %llu (ulimit -Hn; LimitNOFILE= of systemd)",
                    (unsigned long long)r.rlim_cur, room, o->max_connections, (unsigned long long)wanted);
        o->max_connections = room;
    }
    if (room < BACKEND_LINKS)
        *out_links = (unsigned)room;
    return DONE;
}

static void give_up(uv_timer_t *timer)
{
    (void)timer;
    log_warning("not everything was closed in time");
    _exit(FAILED);
}

static void on_stop(uv_signal_t *handle, int number)
{
    struct running *r = handle->data;
    (void)number;
    if (r->bridge.is_stopping)
        return;
    r->bridge.is_stopping = true;
    log_info("ends");
    control_stop(r->control);
    front_stop(r->bridge.front);
    proxy_stop(r->bridge.proxy);
    backend_stop(r->bridge.backend);
    for (size_t i = 0; i < N_OF(r->stop); i++)
        uv_close((uv_handle_t *)&r->stop[i], NULL);
    uv_close((uv_handle_t *)&r->reload, NULL);
    uv_timer_start(&r->give_up, give_up, STOP_MS, 0);
    uv_unref((uv_handle_t *)&r->give_up);
}

static void on_reload(uv_signal_t *handle, int number)
{
    struct running *r = handle->data;
    (void)number;
    front_reload(r->bridge.front);
    app_reload(r->bridge.app);
}

static void watch_signals(struct running *r, uv_loop_t *loop)
{
    static const int ends[] = {SIGTERM, SIGINT};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* an upload beyond the limit of a file's size is an error of that upload */
    for (size_t i = 0; i < N_OF(ends); i++) {
        uv_signal_init(loop, &r->stop[i]);
        r->stop[i].data = r;
        uv_signal_start(&r->stop[i], on_stop, ends[i]);
    }
    uv_signal_init(loop, &r->reload);
    r->reload.data = r;
    uv_signal_start(&r->reload, on_reload, SIGHUP);
    uv_timer_init(loop, &r->give_up);
}

static void say_ready(const struct bridge *b, int port)
{
    bool is_v6 = strchr(b->o.address, ':') != NULL;
    printf("facteur-bridge: listening on %s://%s%s%s:%d for %s\n", b->o.tls_cert ? "https" : "http", is_v6 ? "[" : "",
           b->o.address, is_v6 ? "]" : "", port, b->o.profile);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct running r;
    struct bridge *b = &r.bridge;
    unsigned max_links;
    int port, status = read_options(b, argc, argv);
    if (status >= 0)
        return status;
    umask(0077);
    char *log = xasprintf("%s/bridge.log", b->o.profile);
    log_bound_file(log);
    free(log);
    if ((status = raise_descriptors(&b->o, &max_links)) != DONE)
        return status;
    if (!b->o.no_start && !b->o.socket && start_make_profile(b->o.profile) < 0)
        return FAILED;
    uv_loop_t *loop = uv_default_loop();
    b->loop = loop;
    watch_signals(&r, loop);
    const struct backend_options backend = {b->o.profile, b->o.socket, b->o.no_start, max_links};
    b->backend = backend_new(loop, &backend);
    if (!b->o.no_proxy_images && !(b->proxy = proxy_new(b)))
        return FAILED;
    b->front = front_new(b, &port);
    if (!b->front)
        return FAILED;
    if (!b->o.no_web)
        b->app = app_new(b->o.web);
    backend_wake(b->backend);
    r.control = control_new(b, port);
    say_ready(b, port);
    uv_run(loop, UV_RUN_DEFAULT);
    control_free(r.control);
    front_free(b->front);
    proxy_free(b->proxy);
    backend_free(b->backend);
    app_free(b->app);
    site_done(&b->site);
    return DONE;
}
