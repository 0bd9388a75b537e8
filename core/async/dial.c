#include "async/dial.h"

#include "async/loop.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#define ATTEMPT_DELAY_MS 250 /* RFC 8305 section 5 */
#define ADDRESSES_MAX 16
#define KEEPALIVE_AFTER_S 240 /* below the five minutes after which home routers forget a connection */

struct dialing;

/* One attempt to connect; the winner's handle is what the caller gets. */
struct attempt {
    uv_tcp_t tcp; /* first, so that the handle's address is the attempt's */
    uv_connect_t request;
    struct async_loop *loop;
    struct dialing *dialing; /* NULL: nobody is interested any more */
    struct attempt *next;
};

struct lookup {
    uv_getaddrinfo_t request;
    struct async_loop *loop;
    struct dialing *dialing; /* NULL: nobody is interested any more */
};

/* Lives on the stack of the function that dials. */
struct dialing {
    const struct dial_target *target;
    struct async_loop *loop;
    struct fiber_waiter *waiter; /* NULL: not waiting now */

    int lookup_status;
    bool lookup_ended;

    struct sockaddr_storage addresses[ADDRESSES_MAX];
    size_t n_addresses, n_tried;
    uint64_t next_attempt_ms;
    struct attempt *attempts; /* those under way */
    struct attempt *winner;
    int error; /* why the most telling of the failed attempts failed */
};

static void wake_dialing(struct dialing *d)
{
    if (d->waiter)
        fiber_wake(d->waiter);
}

/* Waits until a callback has something new or until `until_ms` (0: the target's deadline), whichever is first. */
static int wait_for_news(struct dialing *d, uint64_t until_ms, const char *doing, struct fct_error *err)
{
    const struct dial_target *t = d->target;
    uint64_t deadline = until_ms && until_ms < t->deadline_ms ? until_ms : t->deadline_ms;
    struct fiber_waiter w = {.deadline_ms = deadline, .waits_for = t->waits_for};
    d->waiter = &w;
    bool cancelled = !fiber_park(&w);
    d->waiter = NULL;
    if (cancelled)
        return wait_fail_cancelled(err);
    if (w.timed_out && deadline == t->deadline_ms)
        return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER,
                        "%s: %s took longer than %llu s; check host, port and the network of this computer", t->name,
                        doing, (unsigned long long)(t->timeout_ms + 999) / 1000);
    return 0;
}

/* ---- name to addresses ---- */

static bool parse_literal(const char *host, uint32_t port, struct sockaddr_storage *out)
{
    return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)out) == 0;
}

bool dial_is_literal(const char *host)
{
    struct sockaddr_storage ignored;
    return parse_literal(host, 0, &ignored);
}

static const struct addrinfo *skip_other(const struct addrinfo *list, int family)
{
    while (list && list->ai_family != family)
        list = list->ai_next;
    return list;
}

size_t dial_interleave(const struct addrinfo *list, struct sockaddr_storage *out, size_t max)
{
    int families[2] = {AF_INET, AF_INET6};
    const struct addrinfo *next[2] = {list, list};
    size_t n = 0, turn = list && list->ai_family == AF_INET6;
    while (n < max) {
        next[0] = skip_other(next[0], families[0]);
        next[1] = skip_other(next[1], families[1]);
        if (!next[0] && !next[1])
            break;
        if (!next[turn])
            turn = !turn;
        memcpy(&out[n++], next[turn]->ai_addr, next[turn]->ai_addrlen);
        next[turn] = next[turn]->ai_next;
        turn = !turn;
    }
    return n;
}

static void lookup_ended(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct lookup *l = request->data;
    async_loop_release(l->loop);
    if (l->dialing) {
        l->dialing->lookup_ended = true;
        l->dialing->lookup_status = status;
        if (status == 0)
            l->dialing->n_addresses = dial_interleave(list, l->dialing->addresses, ADDRESSES_MAX);
        wake_dialing(l->dialing);
    }
    uv_freeaddrinfo(list);
    free(l);
}

static int fail_lookup(const struct dial_target *t, int status, struct fct_error *err)
{
    if (status == UV_EAI_NONAME || status == UV_EAI_NODATA || status == 0)
        return fct_fail(err, FCT_E_DNS, FCT_RETRY_LATER, "%s: unknown host name %s; check its spelling", t->name,
                        t->host);
    return fct_fail(err, FCT_E_DNS, FCT_RETRY_LATER, "%s: looking up the name failed: %s; is this computer online?",
                    t->name, uv_strerror(status));
}

static int find_addresses(struct dialing *d, struct fct_error *err)
{
    const struct dial_target *t = d->target;
    if (parse_literal(t->host, t->port, &d->addresses[0])) {
        d->n_addresses = 1;
        return 0;
    }
    struct lookup *l = XNEW(struct lookup);
    l->request.data = l;
    l->loop = d->loop;
    l->dialing = d;
    char service[16];
    snprintf(service, sizeof(service), "%u", (unsigned)t->port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int rc = uv_getaddrinfo(d->loop->uv, &l->request, lookup_ended, t->host, service, &hints);
    if (rc < 0) {
        free(l);
        return fail_lookup(t, rc, err);
    }
    async_loop_hold(l->loop);
    while (!d->lookup_ended) {
        if (wait_for_news(d, 0, "looking up the name", err) == 0)
            continue;
        if (!d->lookup_ended) { /* else its callback came in the same turn, and it is freed */
            l->dialing = NULL;
            uv_cancel((uv_req_t *)&l->request); /* one that a worker already has ends by itself */
        }
        return -1;
    }
    if (d->lookup_status < 0 || d->n_addresses == 0)
        return fail_lookup(t, d->lookup_status, err);
    return 0;
}

/* ---- address to connection ---- */

static void on_closed(uv_handle_t *handle)
{
    struct attempt *a = (struct attempt *)handle;
    async_loop_release(a->loop);
    free(a);
}

void dial_hang_up(uv_tcp_t *tcp)
{
    async_loop_hold(((struct attempt *)tcp)->loop);
    uv_close((uv_handle_t *)tcp, on_closed);
}

static void forget(struct dialing *d, struct attempt *a)
{
    struct attempt **at = &d->attempts;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    a->dialing = NULL;
}

/* That a family is not routed here says nothing about the server, so any other reason is kept before it. */
static void note_failure(struct dialing *d, int error)
{
    bool unrouted = error == UV_ENETUNREACH || error == UV_EADDRNOTAVAIL || error == UV_EAFNOSUPPORT;
    if (!unrouted || d->error == 0)
        d->error = error;
    d->next_attempt_ms = 0; /* RFC 8305 section 5: the next one at once */
}

static void on_connected(uv_connect_t *request, int status)
{
    struct attempt *a = request->data;
    struct dialing *d = a->dialing;
    if (!d)
        return;
    forget(d, a);
    if (status == 0 && !d->winner) {
        d->winner = a;
    } else {
        if (status < 0)
            note_failure(d, status);
        dial_hang_up(&a->tcp);
    }
    wake_dialing(d);
}

static void start_attempt(struct dialing *d)
{
    const struct sockaddr *address = (const struct sockaddr *)&d->addresses[d->n_tried++];
    struct attempt *a = XNEW(struct attempt);
    a->request.data = a;
    a->loop = d->loop;
    uv_tcp_init(d->loop->uv, &a->tcp);
    d->next_attempt_ms = wait_now_ms() + ATTEMPT_DELAY_MS;
    int rc = uv_tcp_connect(&a->request, &a->tcp, address, on_connected);
    if (rc < 0) {
        note_failure(d, rc);
        dial_hang_up(&a->tcp);
        return;
    }
    a->dialing = d;
    a->next = d->attempts;
    d->attempts = a;
}

static int fail_connect(const struct dialing *d, struct fct_error *err)
{
    char address[INET6_ADDRSTRLEN] = "?", tried[128];
    uv_ip_name((const struct sockaddr *)&d->addresses[0], address, sizeof(address));
    if (d->n_addresses > 1)
        snprintf(tried, sizeof(tried), "%s and %zu more", address, d->n_addresses - 1);
    else
        snprintf(tried, sizeof(tried), "%s", address);
    const char *advice = d->error == UV_ECONNREFUSED ? "nothing listens there: check host and port"
                         : d->error == UV_ENETUNREACH || d->error == UV_EHOSTUNREACH
                             ? "is this computer online?"
                             : "check host, port and the network of this computer";
    const char *reason = d->error == UV_ECONNREFUSED ? "connection refused" : uv_strerror(d->error);
    return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: cannot connect: %s (tried %s); %s", d->target->name,
                    reason, tried, advice);
}

static int race_attempts(struct dialing *d, struct fct_error *err)
{
    while (!d->winner) {
        bool more = d->n_tried < d->n_addresses;
        if (more && (!d->attempts || wait_now_ms() >= d->next_attempt_ms))
            start_attempt(d);
        else if (!d->attempts)
            return fail_connect(d, err);
        else if (wait_for_news(d, more ? d->next_attempt_ms : 0, "connecting", err) < 0)
            return -1;
    }
    return 0;
}

/* Keeps the winner, or nothing; the others end by themselves. */
static int settle(struct dialing *d, int rc, uv_tcp_t **out)
{
    while (d->attempts) {
        struct attempt *a = d->attempts;
        forget(d, a);
        dial_hang_up(&a->tcp);
    }
    if (rc < 0) {
        if (d->winner) /* it answered in the very moment of the cancellation */
            dial_hang_up(&d->winner->tcp);
        return -1;
    }
    uv_tcp_nodelay(&d->winner->tcp, 1);
    uv_tcp_keepalive(&d->winner->tcp, 1, KEEPALIVE_AFTER_S);
    *out = &d->winner->tcp;
    return 0;
}

int dial_addresses(const struct dial_target *target, const struct sockaddr_storage *addresses, size_t n, uv_tcp_t **out,
                   struct fct_error *err)
{
    struct dialing d = {.target = target, .loop = async_loop_get(fiber_loop())};
    d.n_addresses = n < ADDRESSES_MAX ? n : ADDRESSES_MAX;
    memcpy(d.addresses, addresses, d.n_addresses * sizeof(addresses[0]));
    return settle(&d, race_attempts(&d, err), out);
}

int dial(const struct dial_target *target, uv_tcp_t **out, struct fct_error *err)
{
    struct dialing d = {.target = target, .loop = async_loop_get(fiber_loop())};
    if (find_addresses(&d, err) < 0)
        return -1;
    return settle(&d, race_attempts(&d, err), out);
}
