#include "net/dns.h"

#include "async/dial.h"
#include "base/alloc.h"
#include "base/error.h"
#include "net/host.h"

#define CARES_NO_DEPRECATED /* from 1.28 on there are other ways, which 1.18 does not have */
#include <ares.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#define TRY_MS 2000
#define TRIES 2

/* ---- the channel ------------------------------------------------------------------------------------------ */

/* One set of questions. */
struct dns_work {
    struct aside aside;
    const struct dns_options *options;
    ares_channel channel;
    size_t open; /* questions without an answer */
    int rc;

    const char *domain;
    struct dns_mx *mx;
    struct dns_service *services;
    struct dns_host *hosts;
    size_t n;
};

struct question {
    struct dns_work *work;
    void *into; /* struct dns_mx, dns_service or dns_host */
};

static void init_library(void)
{
    ares_library_init(ARES_LIB_INIT_ALL);
}

static int open_channel(struct dns_work *w)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ares_options options = {.timeout = TRY_MS, .tries = TRIES, .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES};
    pthread_once(&once, init_library);
    int rc = ares_init_options(&w->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS);
    if (rc == ARES_SUCCESS && w->options->server) {
        rc = ares_set_servers_ports_csv(w->channel, w->options->server);
        if (rc != ARES_SUCCESS)
            ares_destroy(w->channel);
    }
    return rc;
}

/* Until everything is answered, or it is over: then what is open is answered with ARES_ECANCELLED. */
static void turn(struct dns_work *w)
{
    while (w->open > 0 && !aside_is_over(&w->aside)) {
        ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
        struct pollfd polled[ARES_GETSOCK_MAXNUM];
        nfds_t n = 0;
        /* Its own macros shift a one into the sign. */
        unsigned bits = (unsigned)ares_getsock(w->channel, sockets, ARES_GETSOCK_MAXNUM);
        for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
            bool reads = bits >> i & 1, writes = bits >> (i + ARES_GETSOCK_MAXNUM) & 1;
            short events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
            if (events)
                polled[n++] = (struct pollfd){.fd = sockets[i], .events = events};
        }
        poll(polled, n, aside_slice_ms(&w->aside));
        for (nfds_t i = 0; i < n; i++)
            ares_process_fd(w->channel, polled[i].revents & ~POLLOUT ? polled[i].fd : ARES_SOCKET_BAD,
                            polled[i].revents & POLLOUT ? polled[i].fd : ARES_SOCKET_BAD);
        ares_process_fd(w->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what has waited too long */
    }
    ares_cancel(w->channel);
}

static struct question *ask(struct dns_work *w, void *into)
{
    struct question *q = XNEW(struct question);
    q->work = w;
    q->into = into;
    w->open++;
    return q;
}

static void *answered(void *arg)
{
    struct question *q = arg;
    void *into = q->into;
    q->work->open--;
    free(q);
    return into;
}

static enum dns_outcome outcome_of(int status, const char **failure)
{
    if (status == ARES_SUCCESS)
        return DNS_FOUND;
    if (status == ARES_ENODATA || status == ARES_ENOTFOUND)
        return DNS_NONE;
    *failure = status == ARES_ECANCELLED ? "no answer in time" : ares_strerror(status);
    return DNS_FAILED;
}

/* Lower case, without a dot at its end. False: no host name. */
static bool take_name(char to[DNS_NAME_MAX + 1], const char *name)
{
    size_t n = strlen(name);
    if (n > 0 && name[n - 1] == '.')
        n--;
    if (n == 0 || n > DNS_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)tolower((unsigned char)name[i]);
    to[n] = '\0';
    return host_is_name(to);
}

/* ---- MX --------------------------------------------------------------------------------------------------- */

static void take_mx(struct dns_mx *out, const struct ares_mx_reply *list)
{
    unsigned short preferences[DNS_MX_MAX];
    for (const struct ares_mx_reply *r = list; r && out->n < DNS_MX_MAX; r = r->next) {
        char name[DNS_NAME_MAX + 1];
        size_t at = out->n;
        if (!take_name(name, r->host))
            continue;
        for (; at > 0 && preferences[at - 1] > r->priority; at--) {
            memcpy(out->hosts[at], out->hosts[at - 1], sizeof(out->hosts[at]));
            preferences[at] = preferences[at - 1];
        }
        memcpy(out->hosts[at], name, sizeof(name));
        preferences[at] = r->priority;
        out->n++;
    }
    out->outcome = out->n > 0 ? DNS_FOUND : DNS_NONE;
}

static void on_mx(void *arg, int status, int timeouts, unsigned char *answer, int length)
{
    (void)timeouts;
    struct dns_mx *out = answered(arg);
    struct ares_mx_reply *list = NULL;
    if (status == ARES_SUCCESS)
        status = ares_parse_mx_reply(answer, length, &list);
    out->no_domain = status == ARES_ENOTFOUND;
    out->outcome = outcome_of(status, &out->failure);
    if (out->outcome == DNS_FOUND)
        take_mx(out, list);
    ares_free_data(list);
}

/* ---- SRV -------------------------------------------------------------------------------------------------- */

static bool goes_before(const struct dns_target *a, const struct dns_target *b)
{
    return a->priority != b->priority ? a->priority < b->priority : a->weight > b->weight;
}

static void take_srv(struct dns_service *out, const struct ares_srv_reply *list)
{
    for (const struct ares_srv_reply *r = list; r && out->n < DNS_SRV_MAX; r = r->next) {
        struct dns_target t = {.port = r->port, .priority = r->priority, .weight = r->weight};
        size_t at = out->n;
        if (!r->host[0] || strcmp(r->host, ".") == 0) {
            out->refused = true;
            continue;
        }
        if (!take_name(t.host, r->host) || t.port == 0)
            continue;
        for (; at > 0 && goes_before(&t, &out->targets[at - 1]); at--)
            out->targets[at] = out->targets[at - 1];
        out->targets[at] = t;
        out->n++;
    }
    out->outcome = out->n > 0 ? DNS_FOUND : DNS_NONE;
}

static void on_srv(void *arg, int status, int timeouts, unsigned char *answer, int length)
{
    (void)timeouts;
    struct dns_service *out = answered(arg);
    struct ares_srv_reply *list = NULL;
    if (status == ARES_SUCCESS)
        status = ares_parse_srv_reply(answer, length, &list);
    out->outcome = outcome_of(status, &out->failure);
    if (out->outcome == DNS_FOUND)
        take_srv(out, list);
    ares_free_data(list);
}

/* ---- addresses -------------------------------------------------------------------------------------------- */

static void on_addresses(void *arg, int status, int timeouts, struct ares_addrinfo *list)
{
    (void)timeouts;
    struct dns_host *out = answered(arg);
    out->outcome = outcome_of(status, &out->failure);
    if (!list)
        return;
    for (int turn = 0; turn < 2 * DNS_ADDRESS_MAX && out->n < DNS_ADDRESS_MAX; turn++) {
        int family = turn % 2 ? AF_INET : AF_INET6, place = turn / 2;
        const struct ares_addrinfo_node *node = list->nodes;
        while (node && (node->ai_family != family || place-- > 0))
            node = node->ai_next;
        if (node && node->ai_addrlen <= sizeof(out->addresses[0]))
            memcpy(&out->addresses[out->n++], node->ai_addr, node->ai_addrlen);
    }
    ares_freeaddrinfo(list);
    if (out->n == 0)
        out->outcome = DNS_NONE;
}

/* ---- on the thread ---------------------------------------------------------------------------------------- */

static void put_questions(struct dns_work *w)
{
    static const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    if (w->mx)
        ares_query(w->channel, w->domain, ns_c_in, ns_t_mx, on_mx, ask(w, w->mx));
    for (size_t i = 0; w->services && i < w->n; i++) {
        CLEANUP(freep) char *name = xasprintf("%s.%s", w->services[i].name, w->domain);
        ares_query(w->channel, name, ns_c_in, ns_t_srv, on_srv, ask(w, &w->services[i]));
    }
    for (size_t i = 0; w->hosts && i < w->n; i++)
        ares_getaddrinfo(w->channel, w->hosts[i].name, NULL, &hints, on_addresses, ask(w, &w->hosts[i]));
}

static void work(void *arg)
{
    struct dns_work *w = arg;
    w->rc = open_channel(w);
    if (w->rc != ARES_SUCCESS)
        return;
    put_questions(w);
    turn(w);
    ares_destroy(w->channel);
}

static int run(struct dns_work *w, uint64_t deadline_ms, struct fct_error *err)
{
    if (aside_run(&w->aside, deadline_ms, "name servers", work, w, err) < 0)
        return -1;
    if (w->rc != ARES_SUCCESS)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "the name servers cannot be asked: %s", ares_strerror(w->rc));
    return 0;
}

int dns_mx(const struct dns_options *o, const char *domain, uint64_t deadline_ms, struct dns_mx *out, struct fct_error *err)
{
    struct dns_work w = {.options = o, .domain = domain, .mx = out};
    return run(&w, deadline_ms, err);
}

int dns_services(const struct dns_options *o, const char *domain, struct dns_service *services, size_t n, uint64_t deadline_ms,
                 struct fct_error *err)
{
    struct dns_work w = {.options = o, .domain = domain, .services = services, .n = n};
    return run(&w, deadline_ms, err);
}

int dns_hosts(const struct dns_options *o, struct dns_host *hosts, size_t n, uint64_t deadline_ms, struct fct_error *err)
{
    struct dns_work w = {.options = o, .hosts = hosts, .n = n};
    return run(&w, deadline_ms, err);
}
