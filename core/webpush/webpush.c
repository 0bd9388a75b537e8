#include "webpush/webpush_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>
#include <time.h>

#define UNVERIFIED_S 86400          /* who has not answered by then never will */
#define LOOK_EVERY_MS (3600 * 1000) /* for what expired */
#define HOUR_S 3600
#define CREATORS_MAX 4096

struct target *webpush_find(struct webpush *w, int64_t id)
{
    for (size_t i = 0; i < w->n_targets; i++)
        if (w->targets[i].id == id)
            return &w->targets[i];
    return NULL;
}

/* ---- the list ---- */

struct listing {
    struct webpush *w;
    struct store_push *v;
    size_t n;
};

static int read_list(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct listing *l = arg;
    return store_pushes_load(tx, -1, &l->v, &l->n, err);
}

/* A new one may have been here before the core was started: then it may have to be told something. */
static void add_target(struct webpush *w, struct store_push *p)
{
    struct target *t = webpush_find(w, p->id);
    int64_t wait_s = p->next_try_at - (int64_t)time(NULL);
    if (!t) {
        w->targets = xreallocarray(w->targets, w->n_targets + 1, sizeof(*w->targets));
        t = &w->targets[w->n_targets++];
        *t = (struct target){.id = p->id,
                             .has_news = true,
                             .next_ms = wait_now_ms() + (wait_s > 0 ? (uint64_t)wait_s * w->second_ms : 0)};
    }
    if (p->state == PUSH_VERIFIED && t->state != PUSH_VERIFIED)
        t->has_news = true; /* what came since it was made */
    free(t->accounts);
    t->expires_at = p->expires_at;
    t->drop_at = p->state == PUSH_VERIFIED ? INT64_MAX : p->created_at + UNVERIFIED_S;
    t->types = webpush_types(p, w->type_name);
    t->all_accounts = p->all_accounts;
    t->accounts = TAKE(p->accounts);
    t->n_accounts = p->n_accounts;
    t->state = p->state;
    t->is_present = true;
}

static void drop_absent(struct webpush *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->n_targets; i++) {
        if (w->targets[i].is_present)
            w->targets[kept++] = w->targets[i];
        else
            free(w->targets[i].accounts);
    }
    w->n_targets = kept;
}

static void read_again(struct webpush *w)
{
    struct listing l = {.w = w};
    struct fct_error err = {0};
    w->is_stale = false;
    if (store_read(w->store, read_list, &l, &err) < 0) {
        log_warn("webpush", "the push subscriptions cannot be read: %s", err.message);
        return;
    }
    for (size_t i = 0; i < w->n_targets; i++)
        w->targets[i].is_present = false;
    for (size_t i = 0; i < l.n; i++)
        add_target(w, &l.v[i]);
    drop_absent(w);
    store_pushes_free(l.v, l.n);
}

/* ---- what is over ---- */

static int destroy_one(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_destroy(tx, *(int64_t *)arg, err);
}

static void drop_expired(struct webpush *w)
{
    int64_t now = (int64_t)time(NULL);
    for (size_t i = 0; i < w->n_targets; i++) {
        struct fct_error err = {0};
        int64_t id = w->targets[i].id;
        if (w->targets[i].expires_at > now && w->targets[i].drop_at > now)
            continue;
        w->targets[i].expires_at = w->targets[i].drop_at = INT64_MAX; /* once, even if it fails */
        if (store_write(w->store, destroy_one, &id, &err) < 0)
            log_warn("webpush", "a push subscription that is over cannot be destroyed: %s", err.message);
        else
            w->is_stale = true;
        return; /* the list may be another one after a wait */
    }
}

/* ---- sending ---- */

static int run_sender(void *arg)
{
    struct sender *s = arg;
    webpush_deliver(s->webpush, s->id);
    struct target *t = webpush_find(s->webpush, s->id);
    if (t)
        t->is_sending = false;
    s->is_done = true;
    wait_event_raise(&s->webpush->wake);
    return 0;
}

static struct sender *idle_sender(struct webpush *w)
{
    for (size_t i = 0; i < WEBPUSH_SENDERS; i++) {
        struct sender *s = &w->senders[i];
        if (s->fiber && s->is_done)
            fiber_unref(TAKE(s->fiber));
        if (!s->fiber)
            return s;
    }
    return NULL;
}

static bool has_work(const struct target *t)
{
    return !t->is_sending && (t->state == PUSH_NEW || (t->state == PUSH_VERIFIED && t->has_news));
}

static void send_what_is_due(struct webpush *w)
{
    uint64_t now = wait_now_ms();
    for (size_t i = 0; i < w->n_targets; i++) {
        struct target *t = &w->targets[i];
        struct sender *s = has_work(t) && t->next_ms <= now ? idle_sender(w) : NULL;
        if (!s)
            continue;
        t->is_sending = true;
        t->has_news = false;
        *s = (struct sender){.webpush = w, .id = t->id};
        s->fiber = fiber_spawn(w->loop, "web push", run_sender, s);
    }
}

/* Those that are due now wait for a sender, whose end is told. */
static uint64_t time_to_next(const struct webpush *w)
{
    uint64_t now = wait_now_ms(), pause = w->n_targets ? LOOK_EVERY_MS : WAIT_FOREVER;
    int64_t today = (int64_t)time(NULL);
    for (size_t i = 0; i < w->n_targets; i++) {
        const struct target *t = &w->targets[i];
        int64_t left_s = t->expires_at - today;
        if (has_work(t) && t->next_ms > now && t->next_ms - now < pause)
            pause = t->next_ms - now;
        if (left_s <= LOOK_EVERY_MS / 1000 && (uint64_t)(left_s > 0 ? left_s : 1) * 1000 < pause)
            pause = (uint64_t)(left_s > 0 ? left_s : 1) * 1000;
    }
    return pause;
}

static int run(void *arg)
{
    struct webpush *w = arg;
    while (!w->is_stopping) {
        struct fct_error err = {0};
        if (w->is_stale)
            read_again(w);
        drop_expired(w);
        send_what_is_due(w);
        if (!w->is_stale && wait_event(&w->wake, "news to push", time_to_next(w), &err) < 0 &&
            err.code == FCT_E_CANCELLED)
            break;
    }
    return 0;
}

/* ---- news ---- */

static bool concerns(const struct target *t, const struct store_change *c)
{
    if (!(t->types & (1u << c->type)) || c->account_id == 0)
        return false;
    for (size_t i = 0; i < t->n_accounts; i++)
        if (t->accounts[i] == c->account_id)
            return true;
    return t->all_accounts;
}

void webpush_store_changed(struct webpush *w, const struct store_change *changes, size_t n)
{
    bool is_news = false;
    for (size_t i = 0; i < w->n_targets; i++)
        for (size_t k = 0; k < n && !w->targets[i].has_news; k++)
            is_news |= w->targets[i].has_news = concerns(&w->targets[i], &changes[k]);
    if (is_news)
        wait_event_raise(&w->wake);
}

void webpush_subscriptions_changed(struct webpush *w)
{
    w->is_stale = true;
    wait_event_raise(&w->wake);
}

/* ---- how many may be made ---- */

bool webpush_may_create(struct webpush *w, int64_t token_id)
{
    uint64_t now = wait_now_ms();
    struct creations *c = NULL;
    for (size_t i = 0; i < w->n_creations; i++)
        if (w->creations[i].token_id == token_id || now - w->creations[i].since_ms > HOUR_S * UINT64_C(1000))
            c = !c || w->creations[i].token_id == token_id ? &w->creations[i] : c;
    if (!c && w->n_creations == CREATORS_MAX)
        return false;
    if (!c) {
        w->creations = xreallocarray(w->creations, w->n_creations + 1, sizeof(*w->creations));
        c = &w->creations[w->n_creations++];
        c->token_id = -1;
    }
    if (c->token_id != token_id || now - c->since_ms > HOUR_S * UINT64_C(1000))
        *c = (struct creations){.token_id = token_id, .since_ms = now};
    return ++c->n <= WEBPUSH_CREATIONS;
}

/* ---- the beginning and the end ---- */

int webpush_start(struct uv_loop_s *loop, struct core *core, webpush_type_name_fn name, struct webpush **out,
                  struct fct_error *err)
{
    struct webpush *w = XNEW(struct webpush);
    struct fct_error why = {0};
    w->loop = loop;
    w->core = core;
    w->store = core_store(core);
    w->type_name = name;
    w->second_ms = core_second_ms(core);
    pthread_mutex_init(&w->lock, NULL);
    *out = w;
    read_again(w);
    /* Secrets that are locked keep nobody from his mail. */
    if (webpush_open_key(w, w->n_targets > 0, &why) < 0) {
        if (why.code == FCT_E_CANCELLED) {
            *err = why;
            return -1;
        }
        log_warn("webpush", "there is no key for Web Push: %s", why.message);
    }
    w->fiber = fiber_spawn(loop, "web push", run, w);
    return 0;
}

static void end_fiber(struct fiber **f)
{
    CLEANUP(fiber_unrefp) struct fiber *own = *f ? fiber_ref(*f) : NULL;
    if (!own)
        return;
    fiber_cancel(own);
    fiber_join(own);
    fiber_unref(TAKE(*f));
}

void webpush_stop(struct webpush *w)
{
    if (!w)
        return;
    w->is_stopping = true;
    end_fiber(&w->fiber);
    for (size_t i = 0; i < WEBPUSH_SENDERS; i++)
        if (w->senders[i].fiber)
            fiber_cancel(w->senders[i].fiber); /* all at once, then one after the other */
    for (size_t i = 0; i < WEBPUSH_SENDERS; i++)
        end_fiber(&w->senders[i].fiber);
    end_fiber(&w->keeper);
}

void webpush_free(struct webpush *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_targets; i++)
        free(w->targets[i].accounts);
    free(w->targets);
    free(w->creations);
    pthread_mutex_destroy(&w->lock);
    crypto_wipe(&w->key, sizeof(w->key));
    free(w);
}
