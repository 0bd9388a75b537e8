#include "account/account.h"

#include "account/core_internal.h"
#include "account/quota.h"
#include "async/conn.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define POLL_MS_DEFAULT 120000u
#define MISSING_S_DEFAULT 900           /* how long most of the mailboxes must be missing */
#define POLLS_PER_PASS 5                /* a poll does not see what became of the tree of mailboxes */
#define WATCH_MAX_MS (28u * 60 * 1000)  /* RFC 2177: a server may end IDLE after 30 minutes */
#define NO_IDLE_POLL_MS 60000u          /* how often a server without IDLE is asked for new mail */
#define LOOK_MS 5000u                   /* how often new mail is looked for while bodies come down in the background */
#define HURRY_SECONDS 2                 /* between two tries of which the second is made because somebody wants a body */
#define BODIES_MAX_MS (5u * 60 * 1000)  /* somebody waits for a body */
#define STEADY_MS 60000u                /* a session that was in step for so long was a good one */
#define FRUGAL_MS (60u * 60 * 1000)     /* how long a server is remembered to have too few connections */
#define FRUGAL_CHANGES_MS 10000u        /* after which local changes are worth a connection of their own */
#define SENDS_MAX 3                     /* how often changes that came during a pass are sent before it counts as made */

static void set_phase(struct account *a, enum account_phase phase)
{
    if (a->state.phase == phase)
        return;
    a->state.phase = phase;
    a->state.since = (int64_t)time(NULL);
    if (phase != ACCOUNT_WAITING && phase != ACCOUNT_FAILED)
        a->state.next_try_at = 0;
    core_notice(a->core, a->id);
}

static void set_news(struct account *a, enum account_news news)
{
    if (a->state.news == news)
        return;
    a->state.news = news;
    core_notice(a->core, a->id);
}

static void on_progress(void *ctx, const struct sync_progress *p)
{
    struct account *a = ctx;
    a->arrived += p->messages_done - a->state.messages_done;
    a->state.messages_done = p->messages_done;
    a->state.messages_total = p->messages_total;
    a->state.bytes_done = p->bytes_done;
    memcpy(a->state.mailbox, p->mailbox, sizeof(a->state.mailbox));
    core_notice(a->core, a->id);
}

static void answer(struct account *a, uint64_t wish)
{
    if (wish > a->served)
        a->served = wish;
    wait_event_raise(&a->core->answered);
}

/* ---- what is written down ----------------------------------------------------------------------------------------- */

struct outcome {
    int64_t id;
    char *error; /* JSON, NULL: it went well */
};

static int write_outcome(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct outcome *o = arg;
    return store_account_synced(tx, o->id, o->error, err);
}

static void record(struct account *a, const struct fct_error *failed)
{
    struct outcome o = {.id = a->id};
    struct fct_error err = {0};
    if (failed) {
        json_t *json = error_json(failed);
        json_object_set_new(json, "at", json_integer((json_int_t)time(NULL)));
        json_t *certificate = failed->code == FCT_E_TLS ? account_refused_certificate(a->handle) : NULL;
        if (certificate)
            json_object_set_new(json, "certificate", certificate);
        o.error = json_dumps(json, JSON_COMPACT);
        json_decref(json);
    }
    if (store_write(a->core->store, write_outcome, &o, &err) < 0)
        log_error(a->handle->label, "cannot write down how the sync went: %s", err.message);
    free(o.error);
}

/* ---- one connection's life ------------------------------------------------------------------------------------------ */

struct session {
    struct account *a;
    void *state;
    uint32_t can;
    struct sync_engine *engine;
    uint64_t in_step_ms;         /* when its first pass ended; 0: not yet */
    uint64_t news_ms, relist_ms; /* see excess_ms */
    uint64_t looked_ms;          /* when the inbox was last looked at */
};

/* How long to wait so that something happens `burst` times at once and then every `every_ms` at most. *at is 0 at first. */
static uint64_t excess_ms(uint64_t *at, uint64_t burst, uint64_t every_ms)
{
    uint64_t now = wait_now_ms();
    *at = (*at > now ? *at : now) + every_ms;
    return *at > now + burst * every_ms ? *at - now - burst * every_ms : 0;
}

/* Ended early by a wish for a pass or for a body, and by `is_over`, which is asked whenever the fiber is nudged. */
static int pause_unless(struct account *a, uint64_t ms, bool (*is_over)(struct account *a), struct fct_error *err)
{
    uint64_t until = wait_now_ms() + ms, now;
    while (a->wanted == a->served && !a->bodies && !(is_over && is_over(a)) && (now = wait_now_ms()) < until)
        if (wait_sleep_nudged(until - now, err) < 0)
            return -1;
    return 0;
}

static int pause_for(struct account *a, uint64_t ms, struct fct_error *err)
{
    return pause_unless(a, ms, NULL, err);
}

static bool has_work(void *ctx)
{
    const struct account *a = ctx;
    return a->has_changes || a->bodies || a->wanted != a->served || a->guest;
}

static uint64_t round_trips(struct session *s)
{
    struct fct_session_stats stats = {.size = sizeof(stats)};
    if (s->a->handle->source->stats)
        s->a->handle->source->stats(s->state, &stats);
    return stats.round_trips;
}

static int send_changes(struct session *s, struct fct_error *err)
{
    s->a->has_changes = false;
    int result = sync_upload(s->engine, err);
    core_notice(s->a->core, s->a->id); /* fewer wait now */
    return result;
}

/* Whoever waits for the pass may have changed something after its mailbox was visited. */
static int send_late_changes(struct session *s, struct fct_error *err)
{
    for (int i = 0; i < SENDS_MAX && s->a->has_changes; i++)
        if (send_changes(s, err) < 0)
            return -1;
    return 0;
}

/* A server that refuses to tell is asked again some time, as is one that has told. */
static int look_at_quotas(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    struct fct_error why = {0};
    uint64_t now = wait_now_ms();
    if (a->quota_ms != 0 && now - a->quota_ms < QUOTA_ASK_MS)
        return 0;
    a->quota_ms = now;
    if (quota_ask(a->core->store, a->id, a->handle->source, s->state, &why) == 0)
        return 0;
    if (why.code == FCT_E_SERVER || why.code == FCT_E_UNSUPPORTED) {
        log_debug(a->handle->label, "the server does not tell how much room there is: %s", why.message);
        return 0;
    }
    *err = why;
    return -1;
}

static int make_pass(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    uint64_t wish = a->wanted, before = round_trips(s);
    set_phase(a, ACCOUNT_SYNCING);
    a->is_overdue = false;
    a->state.messages_done = 0; /* the engine counts from there, too */
    bool is_wished = wish > a->served && wish > a->retried;
    if ((is_wished || !a->was_good) && sync_try_refused(s->engine, err) < 0)
        return -1;
    if (sync_pass(s->engine, &a->report, err) < 0 || send_late_changes(s, err) < 0)
        return -1;
    a->state.round_trips = round_trips(s) - before;
    a->state.mailboxes_missing = a->report.mailboxes_missing;
    a->state.last_sync_at = (int64_t)time(NULL);
    a->has_error = false;
    a->was_good = true;
    if (s->in_step_ms == 0)
        s->in_step_ms = wait_now_ms();
    record(a, NULL);
    log_info(a->handle->label, "in step: %llu new messages, %llu of %llu mailboxes visited, %llu round trips",
             (unsigned long long)a->report.new_messages, (unsigned long long)a->report.mailboxes,
             (unsigned long long)(a->report.mailboxes + a->report.mailboxes_skipped), (unsigned long long)a->state.round_trips);
    /* Where that breaks the connection, the pass of the next one answers, and does not try once more for the same wish. */
    a->retried = wish;
    if (sync_try_left_out(s->engine, is_wished, err) < 0)
        return -1;
    answer(a, wish);
    return look_at_quotas(s, err);
}

/* Not written down if nothing came of it: the disk sleeps on. */
static int make_poll(struct session *s, bool *out_relist, struct fct_error *err)
{
    struct account *a = s->a;
    uint64_t before = round_trips(s);
    size_t visited = 0;
    if (sync_poll(s->engine, &visited, out_relist, err) < 0)
        return -1;
    a->state.last_sync_at = (int64_t)time(NULL);
    core_notice(a->core, a->id);
    log_debug(a->handle->label, "asked what the mailboxes hold: %zu visited, %llu round trips", visited,
              (unsigned long long)(round_trips(s) - before));
    return 0;
}

/* ---- lending the connection ---- */

struct account_guest {
    int (*fn)(void *ctx, const struct fct_source *source, void *session, struct fct_error *err);
    void *ctx;
    int result;
    struct fct_error err;
    bool is_running, is_served;
    struct wait_event served;
};

static void end_guest(struct account *a, int result, const struct fct_error *err)
{
    struct account_guest *g = TAKE(a->guest);
    if (!g)
        return;
    g->result = result;
    g->err = *err;
    g->is_served = true;
    wait_event_raise(&g->served);
}

static int serve_guest(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    struct fct_error why = {0};
    a->guest->is_running = true;
    int result = a->guest->fn(a->guest->ctx, a->handle->source, s->state, &why);
    sync_lent(s->engine);
    if (result < 0 && err)
        *err = why;
    if (result < 0 && why.code == FCT_E_CANCELLED) /* it is the account that was told to end, not the guest */
        fct_fail(&why, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the connection was closed", a->handle->label);
    end_guest(a, result, &why);
    return result;
}

void account_unlend(struct account *a)
{
    struct fct_error why = {0};
    if (!a->guest || a->guest->is_running)
        return;
    wait_fail_cancelled(&why);
    end_guest(a, -1, &why);
}

int account_lend(struct account *a, int (*fn)(void *ctx, const struct fct_source *source, void *session, struct fct_error *err), void *ctx,
                 struct fct_error *err)
{
    struct account_guest g = {.fn = fn, .ctx = ctx};
    if (!a->engine)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: there is no connection at the moment", a->handle->label);
    if (a->guest)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "%s: the connection is in use", a->handle->label);
    a->guest = &g;
    if (sync_is_waiting(a->engine))
        fiber_nudge(a->fiber);
    while (!g.is_served)
        wait_event(&g.served, "the account's connection", WAIT_FOREVER, NULL);
    if (g.result < 0 && err)
        *err = g.err;
    return g.result;
}

/* ---- bodies that somebody waits for ---------------------------------------------------------------------------------- */

static void end_wish(struct account *a, int result, const struct fct_error *err)
{
    struct body_wish *w = a->bodies;
    a->bodies = w->next;
    if (!a->bodies)
        a->bodies_tail = &a->bodies;
    w->result = result;
    if (result < 0)
        w->err = *err;
    w->is_done = true;
    wait_event_raise(&a->core->answered);
}

/* There is no connection, or none any more. */
static void refuse_bodies(struct account *a)
{
    struct fct_error err = {0};
    while (a->bodies) {
        fct_fail(&err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the body is on the server, which cannot be asked now%s%s", a->has_error ? ": " : "",
                 a->has_error ? a->error.message : "");
        end_wish(a, -1, &err);
    }
}

static int serve_bodies(void *ctx, struct fct_error *err)
{
    struct account *a = ctx;
    while (a->bodies) {
        struct fct_error why = {0};
        bool is_refusal;
        const struct body_wish *w = a->bodies;
        uint64_t number = w->number;
        /* Whoever asks may go at any moment, and his list with him. */
        CLEANUP(freep) int64_t *ids = xreallocarray(NULL, w->n, sizeof(ids[0]));
        memcpy(ids, w->email_ids, w->n * sizeof(ids[0]));
        int result = sync_fetch_bodies(a->engine, ids, w->n, &is_refusal, &why); /* *w may be gone after it */
        if (result < 0 && !is_refusal) {
            *err = why;
            return -1; /* whoever waits is told when the session has ended */
        }
        if (a->bodies && a->bodies->number == number)
            end_wish(a, result, &why);
    }
    return 0;
}

/* Waits for news until the next pass is due. */
static int watch(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    bool polls = sync_can_poll(s->engine), relist = false;
    uint64_t pass_ms = (uint64_t)a->poll_ms * (polls ? POLLS_PER_PASS : 1), now = wait_now_ms();
    uint64_t poll_at = now + a->poll_ms, due = now + pass_ms;
    uint64_t limit = s->can & FCT_CAN_IDLE ? WATCH_MAX_MS : a->handle->source->idle ? NO_IDLE_POLL_MS : UINT32_MAX;
    s->looked_ms = now; /* the pass did */
    set_phase(a, ACCOUNT_WATCHING);
    while (a->wanted == a->served && !relist && !a->is_overdue && wait_now_ms() < due) {
        a->is_stirred = false;
        if (a->has_changes && send_changes(s, err) < 0)
            return -1;
        if (a->guest && serve_guest(s, err) < 0)
            return -1;
        if (a->bodies && serve_bodies(a, err) < 0)
            return -1;
        bool has_background = sync_keep_is_due(s->engine);
        if (has_background && sync_keep(s->engine, err) < 0)
            return -1;
        if (has_background && wait_now_ms() - s->looked_ms < LOOK_MS)
            continue;
        s->looked_ms = wait_now_ms();
        if (pause_for(a, excess_ms(&s->news_ms, 20, 500), err) < 0)
            return -1;
        now = wait_now_ms();
        if (sync_is_told(s->engine)) {
            set_news(a, ACCOUNT_NEWS_NOTIFY);
            poll_at = due; /* nobody needs to ask */
        }
        if (polls && now >= poll_at) {
            if (make_poll(s, &relist, err) < 0)
                return -1;
            poll_at = wait_now_ms() + a->poll_ms;
            continue;
        }
        uint64_t until = polls && poll_at < due ? poll_at : due, rest = has_background ? 1 : until > now ? until - now : 0;
        if (sync_watch(s->engine, (uint32_t)(rest < limit ? rest : limit), &relist, err) < 0)
            return -1;
    }
    return relist ? pause_for(a, excess_ms(&s->relist_ms, 5, 10000), err) : 0;
}

static bool is_frugal(const struct account *a)
{
    return wait_now_ms() < a->frugal_until_ms;
}

static int converse(struct session *s, struct fct_error *err)
{
    for (;;) {
        if (make_pass(s, err) < 0)
            return -1;
        /* A mailbox that one session locks (POP3) is left between passes. */
        if (!(s->can & (FCT_CAN_MAILBOXES | FCT_CAN_IDLE)) || is_frugal(s->a))
            return serve_bodies(s->a, err);
        if (watch(s, err) < 0)
            return -1;
    }
}

/* Through the gate, so that many accounts do not connect all at the same moment. */
static int connect_to_server(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    uint64_t ticket;
    set_phase(a, ACCOUNT_CONNECTING);
    if (gate_enter(&a->core->gate, &ticket, err) < 0)
        return -1;
    a->is_stirred = false; /* what happens from here on may be why it fails */
    int result = a->handle->source->connect(&a->handle->base, &s->state, &s->can, err);
    gate_leave(&a->core->gate, ticket);
    if (result < 0)
        return -1;
    a->state.connected_since = (int64_t)time(NULL);
    a->state.news = s->can & FCT_CAN_IDLE ? ACCOUNT_NEWS_IDLE : ACCOUNT_NEWS_POLL;
    return 0;
}

static int run_session(struct account *a, struct fct_error *err)
{
    struct session s = {.a = a};
    const struct fct_source *source = a->handle->source;
    a->was_in_step = false;
    if (connect_to_server(&s, err) < 0)
        return -1;
    s.engine = sync_engine_new(&(struct sync_options){
        .store = a->core->store,
        .budget = a->core->budget,
        .filters = a->core->filters,
        .account_id = a->id,
        .label = a->handle->label,
        .source = source,
        .session = s.state,
        .can = s.can,
        .missing_wait_s = a->missing_wait_s,
        .was_in_step = a->state.last_sync_at != 0,
        .progress = on_progress,
        .has_work = has_work,
        .serve = serve_bodies,
        .ctx = a,
    });
    a->engine = s.engine;
    int result = converse(&s, err);
    if (result == 0 || (s.in_step_ms && wait_now_ms() - s.in_step_ms >= STEADY_MS))
        a->failures = 0;
    a->engine = NULL;
    struct fct_error gone = {.code = FCT_E_NETWORK, .retry = FCT_RETRY_LATER, .message = "the account's connection has ended"};
    end_guest(a, -1, &gone);
    a->was_in_step = s.in_step_ms != 0;
    a->state.connected_since = 0;
    a->state.news = result == 0 ? ACCOUNT_NEWS_POLL : ACCOUNT_NEWS_NONE;
    a->state.mailbox[0] = '\0';
    sync_engine_free(s.engine);
    source->close(s.state, result < 0 ? err : NULL);
    return result;
}

/* ---- retries --------------------------------------------------------------------------------------------------------- */

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0;
}

/* Or needs none: a server on this computer, a source that is no server. */
static bool has_network(const struct account *a)
{
    const char *host = a->handle->base.endpoint.host;
    return a->core->has_network || !host || is_loopback(host);
}

/* A connection that was in step and then broke may have been dead for hours (a laptop that slept): that answers nobody who
 * asks now, a new connection does. */
static void note_failure(struct account *a, struct fct_error *err)
{
    uint64_t wish = a->wanted; /* what is asked for from here on is not answered by this failure */
    if (err->code == FCT_OK)
        fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "%s: the plugin failed without a reason", a->handle->source->scheme);
    bool same = a->has_error && a->error.code == err->code;
    a->failures++;
    a->has_error = true;
    a->error = *err;
    log_line(same ? FCT_LOG_DEBUG : FCT_LOG_WARN, a->handle->label, "%s%s%s", err->message, err->server[0] ? "; the server says: " : "", err->server);
    record(a, err);
    if (!a->was_in_step || err->retry == FCT_RETRY_NEVER)
        answer(a, wish);
}

/* Whether the pause is over before its time: what was in the way may have gone, or its time was slept through. */
static bool may_try(struct account *a)
{
    if (a->has_changes && !a->has_error && is_frugal(a) && time(NULL) - a->state.since >= FRUGAL_CHANGES_MS / 1000)
        return true;
    if (!a->is_stirred)
        return false;
    a->is_stirred = false;
    if (a->state.waits_for == PAUSE_NETWORK && !has_network(a))
        return false;
    if (a->has_error && pause_is_network(&a->error)) {
        a->failures = 0; /* how it was before says nothing any more */
        return true;
    }
    return a->state.next_try_at != 0 && time(NULL) >= a->state.next_try_at;
}

static struct pause next_pause(struct account *a)
{
    if (!a->has_error)
        return (struct pause){PAUSE_NOTHING, is_frugal(a) && a->has_changes ? FRUGAL_CHANGES_MS : a->poll_ms};
    return pause_after(&(struct pause_case){
        .error = &a->error,
        .failures = a->failures ? a->failures : 1,
        .was_good = a->was_good,
        .has_network = has_network(a),
        .random = (uint32_t)rand(),
    });
}

static int wait_for_next_try(struct account *a)
{
    struct pause p = next_pause(a);
    if (a->has_error && pause_is_crowded(&a->error))
        a->frugal_until_ms = wait_now_ms() + FRUGAL_MS;
    bool is_planned = p.what != PAUSE_USER && p.what != PAUSE_NETWORK;
    a->state.waits_for = p.what;
    set_phase(a, !a->has_error ? ACCOUNT_IDLE : p.what == PAUSE_USER ? ACCOUNT_FAILED : ACCOUNT_WAITING);
    a->state.next_try_at = is_planned ? (int64_t)time(NULL) + (int64_t)(p.ms / 1000) : 0;
    int result = pause_unless(a, p.ms, may_try, NULL);
    a->state.waits_for = PAUSE_NOTHING;
    a->state.next_try_at = 0;
    return result;
}

/* A connection that was found dead is no failure of the server's: a new one shows how things are. */
static bool was_given_up(struct account *a, const struct fct_error *err)
{
    if (!a->was_given_up)
        return false;
    a->was_given_up = false;
    log_info(a->handle->label, "%s; connecting anew", err->message);
    return true;
}

static int live(void *arg)
{
    struct account *a = arg;
    bool again;
    do {
        struct fct_error err = {0};
        again = false;
        if (run_session(a, &err) < 0 && !fiber_is_cancelled(fiber_self())) {
            again = was_given_up(a, &err);
            if (!again)
                note_failure(a, &err);
        }
        if (!again)
            refuse_bodies(a);
    } while ((again || wait_for_next_try(a) == 0) && !fiber_is_cancelled(fiber_self()));
    return 0;
}

/* ---- for core.c -------------------------------------------------------------------------------------------------------- */

struct account *account_new(struct core *core, int64_t id, struct account_handle *handle, int64_t last_sync_at, const struct account *before)
{
    struct account *a = XNEW(struct account);
    a->core = core;
    a->id = id;
    a->bodies_tail = &a->bodies;
    a->handle = handle;
    if (before) {
        a->wanted = before->wanted;
        a->served = before->served;
        a->arrived = before->arrived; /* whoever waits for a sync began to count there */
    }
    a->state = (struct account_state){.phase = ACCOUNT_CONNECTING, .since = (int64_t)time(NULL), .last_sync_at = last_sync_at};
    const json_t *poll = json_object_get(handle->settings, "pollSeconds");
    a->poll_ms = json_is_integer(poll) && json_integer_value(poll) >= 10 && json_integer_value(poll) <= 86400
                     ? (uint32_t)json_integer_value(poll) * 1000
                     : POLL_MS_DEFAULT;
    const json_t *missing = json_object_get(handle->settings, "missingSeconds");
    a->missing_wait_s = json_is_integer(missing) && json_integer_value(missing) >= 0 && json_integer_value(missing) <= 86400
                            ? json_integer_value(missing)
                            : MISSING_S_DEFAULT;
    a->fiber = fiber_spawn(core->loop, handle->label, live, a);
    return a;
}

void account_stop(struct account *a)
{
    fiber_cancel(a->fiber);
    fiber_join(a->fiber);
    refuse_bodies(a);
}

void account_free(struct account *a)
{
    if (!a)
        return;
    wait_event_raise(&a->core->answered);
    fiber_unref(a->fiber);
    account_handle_free(a->handle);
    free(a);
}

uint64_t account_want_pass(struct account *a)
{
    a->wanted++;
    fiber_nudge(a->fiber);
    return a->wanted;
}

void account_tell_changes(struct account *a)
{
    a->has_changes = true;
    core_notice(a->core, a->id); /* more wait now, perhaps */
    if (a->engine && sync_is_waiting(a->engine))
        fiber_nudge(a->fiber);
}

void account_stir(struct account *a, enum core_stir what)
{
    a->is_stirred = true;
    a->is_overdue |= what == CORE_RESUMED;
    if (!a->engine || sync_is_waiting(a->engine))
        fiber_nudge(a->fiber);
}

void account_give_up_silent(struct account *a, uint64_t since_ms, uint64_t silent_ms)
{
    static const char why[] = "the server did not answer within 10 s after this computer slept or its network changed";
    if (conn_group_give_up(&a->handle->base.conns, since_ms, silent_ms, why) > 0)
        a->was_given_up = true;
}

uint64_t account_silent_ms(const struct account *a)
{
    uint64_t ms = 0;
    if (conn_group_silent(&a->handle->base.conns, &ms) || a->state.phase != ACCOUNT_CONNECTING)
        return ms;
    int64_t s = (int64_t)time(NULL) - a->state.since; /* there is no connection yet */
    return s > 0 ? (uint64_t)s * 1000 : 0;
}

void account_keep_changed(struct account *a)
{
    if (!a->engine)
        return;
    sync_keep_changed(a->engine);
    if (sync_is_waiting(a->engine))
        fiber_nudge(a->fiber);
}

/* ---- bodies, from the side of whoever asks ----------------------------------------------------------------------------- */

static void take_back(struct account *a, struct body_wish *w)
{
    struct body_wish **at = &a->bodies;
    while (*at && *at != w)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = w->next;
    if (!*at)
        a->bodies_tail = at;
}

/* Whether now is a good moment for the next try. A server that has no place for us now, or that refuses the password, is left alone for as
 * long as it takes, whoever asks: a front end may do so for each message that it shows. */
static bool may_hurry(const struct account *a)
{
    return a->state.phase == ACCOUNT_WAITING && a->state.waits_for == PAUSE_TIME && a->has_error && pause_is_network(&a->error) &&
           time(NULL) - a->state.since >= HURRY_SECONDS;
}

int account_fetch_bodies(struct account *a, const int64_t *email_ids, size_t n, struct fct_error *err)
{
    struct body_wish w = {.number = ++a->n_bodies, .email_ids = email_ids, .n = n};
    struct core *core = a->core;
    int64_t id = a->id;
    if (may_hurry(a))
        account_want_pass(a);
    if (a->state.phase == ACCOUNT_WAITING || a->state.phase == ACCOUNT_FAILED)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the body is on the server, which cannot be asked now%s%s",
                        a->has_error ? ": " : "", a->has_error ? a->error.message : "");
    *a->bodies_tail = &w;
    a->bodies_tail = &w.next;
    if (a->engine ? sync_is_waiting(a->engine) : a->state.phase == ACCOUNT_IDLE)
        fiber_nudge(a->fiber);
    uint64_t until = wait_now_ms() + BODIES_MAX_MS, now;
    while (!w.is_done && (now = wait_now_ms()) < until)
        if (wait_event(&core->answered, "a message's body", until - now, err) < 0 && (!err || err->code != FCT_E_TIMEOUT))
            break;
    if (!w.is_done) {
        a = core_find_account(core, id);
        if (a)
            take_back(a, &w);
        return fiber_is_cancelled(fiber_self()) ? fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "nobody waits for the body any more")
                                                : fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the server has not given the body yet");
    }
    if (w.result < 0 && err)
        *err = w.err;
    return w.result;
}
