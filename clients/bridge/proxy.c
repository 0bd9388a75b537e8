/* See proxy.h. A link that is followed waits until there is room for one more request to the Internet: in turn, but
 * that nobody's links take all of it. */
#include "proxy.h"

#include "routes.h"
#include "shown.h"

#include <string.h>

/* Who asked for links that are followed now. */
struct party {
    struct party *next;
    char by[LINK_BY_SIZE];
    unsigned n_running, n_waiting;
};

/* A link that is followed. */
struct viewing {
    struct exchange *x;
    struct party *party; /* NULL: it is not counted */
    struct fetch *fetch; /* NULL: it waits */
    struct viewing *prev, *next;
    char *url;
};

struct proxy {
    struct fetcher *fetcher;
    struct shown *shown;
    struct link_key key;
    struct party *parties;
    struct viewing *first, *last; /* which wait */
    unsigned n_running, n_waiting;
    bool is_stopping;
};

struct proxy *proxy_new(struct bridge *b)
{
    struct proxy *p = XNEW(struct proxy);
    if (link_key_init(&p->key) == 0 && (p->fetcher = fetcher_new(b->loop, &b->o.remote))) {
        p->shown = shown_new();
        return p;
    }
    log_error("remote images: there is no thread to be had, or no random bytes");
    free(p);
    return NULL;
}

void proxy_stop(struct proxy *p)
{
    if (!p)
        return;
    p->is_stopping = true;
    fetcher_stop(p->fetcher);
}

void proxy_free(struct proxy *p)
{
    if (!p)
        return;
    fetcher_free(p->fetcher);
    shown_free(p->shown);
    explicit_bzero(&p->key, sizeof(p->key));
    free(p);
}

const struct link_key *proxy_key(const struct proxy *p)
{
    return &p->key;
}

/* ---- following a link ---- */

static struct party *party_of(struct proxy *p, const char *by)
{
    for (struct party *at = p->parties; at; at = at->next)
        if (strcmp(at->by, by) == 0)
            return at;
    struct party *made = XNEW(struct party);
    memcpy(made->by, by, strlen(by) + 1);
    made->next = p->parties;
    p->parties = made;
    return made;
}

static void drop_if_idle(struct proxy *p, struct party *party)
{
    if (party->n_running + party->n_waiting > 0)
        return;
    struct party **at = &p->parties;
    while (*at != party)
        at = &(*at)->next;
    *at = party->next;
    free(party);
}

static void enqueue(struct proxy *p, struct viewing *v)
{
    v->prev = p->last;
    *(p->last ? &p->last->next : &p->first) = v;
    p->last = v;
    p->n_waiting++;
    v->party->n_waiting++;
}

static void dequeue(struct proxy *p, struct viewing *v)
{
    *(v->prev ? &v->prev->next : &p->first) = v->next;
    *(v->next ? &v->next->prev : &p->last) = v->prev;
    v->prev = v->next = NULL;
    p->n_waiting--;
    v->party->n_waiting--;
}

static void fetched(void *arg, enum fetch_outcome outcome, const char *type, struct buf *body);

static void start_some(struct proxy *p)
{
    struct viewing *next;
    for (struct viewing *v = p->first; v && p->n_running < PROXY_AT_ONCE && !p->is_stopping; v = next) {
        next = v->next;
        if (v->party->n_running >= PROXY_AT_ONCE_EACH)
            continue;
        dequeue(p, v);
        p->n_running++;
        v->party->n_running++;
        v->fetch = fetch_start(p->fetcher, v->url, fetched, v);
    }
}

/* It takes no room any more. */
static void leave(struct proxy *p, struct viewing *v)
{
    struct party *party = v->party;
    if (v->fetch) {
        p->n_running--;
        party->n_running--;
    } else {
        dequeue(p, v);
    }
    v->fetch = NULL;
    v->party = NULL;
    drop_if_idle(p, party);
}

static void answer_image(struct exchange *x, const char *type, struct buf *body)
{
    if (x->bridge->kept + body->cap > BRIDGE_KEPT_MAX) {
        exchange_header(x, "retry-after", "1");
        exchange_answer_text(x, 503, "too much is under way");
        return;
    }
    exchange_header(x, "cache-control", "private, max-age=86400");
    exchange_header(x, "cross-origin-resource-policy", "same-origin");
    exchange_answer(x, 200, type, body);
}

static void answer_why_not(struct exchange *x, enum fetch_outcome why)
{
    static const struct {
        int status;
        const char *text;
    } answers[] = {[FETCH_REFUSED] = {403, "images are not fetched from that address"},
                   [FETCH_NO_IMAGE] = {415, "there is no image that may be shown"},
                   [FETCH_TOO_LARGE] = {413, "the image is too large"},
                   [FETCH_LATE] = {504, "its server does not answer in time"},
                   [FETCH_FAILED] = {502, "its server does not give it"},
                   [FETCH_FULL] = {503, "too much is under way"}};
    if (why == FETCH_FULL)
        exchange_header(x, "retry-after", "1");
    exchange_answer_text(x, answers[why].status, "%s", answers[why].text);
}

static void fetched(void *arg, enum fetch_outcome outcome, const char *type, struct buf *body)
{
    struct viewing *v = arg;
    struct exchange *x = v->x;
    struct proxy *p = x->bridge->proxy;
    if (outcome == FETCH_OK)
        shown_keep(p->shown, v->party->by, v->url, type, body, now_ms());
    leave(p, v);
    if (outcome == FETCH_OK)
        answer_image(x, type, body);
    else
        answer_why_not(x, outcome);
    start_some(p);
}

static void view(struct exchange *x, const char *by)
{
    struct proxy *p = x->bridge->proxy;
    struct viewing *v = x->state;
    struct buf kept = {0};
    const char *type = shown_find(p->shown, by, v->url, now_ms(), &kept);
    if (type) {
        answer_image(x, type, &kept);
        buf_done(&kept);
        return;
    }
    struct party *party = party_of(p, by);
    if (p->n_waiting >= PROXY_WAITING || party->n_waiting >= PROXY_WAITING_EACH) {
        drop_if_idle(p, party);
        exchange_header(x, "retry-after", "1");
        exchange_answer_text(x, 503, "too many images are asked for");
        return;
    }
    v->party = party;
    enqueue(p, v);
    start_some(p);
}

static void end_view(struct exchange *x)
{
    struct viewing *v = x->state = XNEW(struct viewing);
    char by[LINK_BY_SIZE];
    v->x = x;
    if (!x->bridge->proxy) {
        exchange_answer_text(x, 404, "remote images are not fetched here (--no-proxy-images)");
        return;
    }
    switch (link_read(&x->bridge->proxy->key, &x->head, time(NULL), &v->url, by)) {
    case LINK_GOOD:
        view(x, by);
        return;
    case LINK_OLD:
        exchange_answer_text(x, 410, "the link is too old");
        return;
    case LINK_WRONG:
        exchange_answer_text(x, 403, "this is no link that was given out here");
        return;
    }
}

static void gone_view(struct exchange *x)
{
    struct viewing *v = x->state;
    struct proxy *p = x->bridge->proxy;
    if (!v)
        return;
    if (v->party) {
        fetch_cancel(v->fetch);
        leave(p, v);
        start_some(p);
    }
    free(v->url);
    free(v);
}

const struct route route_proxy_image = {
    .path = LINK_FOLDER, .methods = 1u << HTTP_GET, .is_public = true, .end = end_view, .gone = gone_view};
