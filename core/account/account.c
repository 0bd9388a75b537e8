#include "account/account.h"

#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <time.h>

#define POLL_MS_DEFAULT 300000u
#define WATCH_MAX_MS (28u * 60 * 1000)  /* RFC 2177: a server may end IDLE after 30 minutes */
#define PAUSE_FIRST_MS 1000u
#define PAUSE_MAX_MS (10u * 60 * 1000)
#define PAUSE_USER_MS (24u * 60 * 60 * 1000) /* nothing will change by itself */
#define PAUSE_REFUSED_MS (60u * 60 * 1000)   /* may change, but not soon */
#define NO_IDLE_POLL_MS 60000u               /* how often a server without IDLE is asked for new mail */
#define STEADY_MS 60000u                     /* a session that was in step for so long was a good one */

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

static void on_progress(void *ctx, const struct sync_progress *p)
{
    struct account *a = ctx;
    a->arrived += p->messages_done - a->state.messages_done;
    a->state.messages_done = p->messages_done;
    a->state.messages_total = p->messages_total;
    a->state.bytes_done = p->bytes_done;
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
};

/* How long to wait so that something happens `burst` times at once and then every `every_ms` at most. *at is 0 at first. */
static uint64_t excess_ms(uint64_t *at, uint64_t burst, uint64_t every_ms)
{
    uint64_t now = wait_now_ms();
    *at = (*at > now ? *at : now) + every_ms;
    return *at > now + burst * every_ms ? *at - now - burst * every_ms : 0;
}

/* Ended early by a wish for a pass. */
static int pause_for(const struct account *a, uint64_t ms, struct fct_error *err)
{
    uint64_t until = wait_now_ms() + ms, now;
    while (a->wanted == a->served && (now = wait_now_ms()) < until)
        if (wait_sleep_nudged(until - now, err) < 0)
            return -1;
    return 0;
}

static bool has_work(void *ctx)
{
    const struct account *a = ctx;
    return a->has_changes || a->wanted != a->served;
}

static uint64_t round_trips(struct session *s)
{
    struct fct_session_stats stats = {.size = sizeof(stats)};
    if (s->a->handle->source->stats)
        s->a->handle->source->stats(s->state, &stats);
    return stats.round_trips;
}

static int make_pass(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    uint64_t wish = a->wanted, before = round_trips(s);
    set_phase(a, ACCOUNT_SYNCING);
    a->state.messages_done = 0; /* the engine counts from there, too */
    if (sync_pass(s->engine, &a->report, err) < 0)
        return -1;
    a->state.round_trips = round_trips(s) - before;
    a->state.last_sync_at = (int64_t)time(NULL);
    a->has_error = false;
    if (s->in_step_ms == 0)
        s->in_step_ms = wait_now_ms();
    record(a, NULL);
    log_info(a->handle->label, "in step: %llu new messages, %llu of %llu mailboxes visited, %llu round trips",
             (unsigned long long)a->report.new_messages, (unsigned long long)a->report.mailboxes,
             (unsigned long long)(a->report.mailboxes + a->report.mailboxes_skipped), (unsigned long long)a->state.round_trips);
    answer(a, wish);
    return 0;
}

static int send_changes(struct session *s, struct fct_error *err)
{
    s->a->has_changes = false;
    return sync_upload(s->engine, err);
}

/* Waits for news until the next pass is due. */
static int watch(struct session *s, struct fct_error *err)
{
    struct account *a = s->a;
    uint64_t due = wait_now_ms() + a->poll_ms, now;
    uint64_t limit = s->can & FCT_CAN_IDLE ? WATCH_MAX_MS : a->handle->source->idle ? NO_IDLE_POLL_MS : UINT32_MAX;
    bool relist = false;
    set_phase(a, ACCOUNT_WATCHING);
    while (a->wanted == a->served && !relist && (now = wait_now_ms()) < due) {
        if (a->has_changes && send_changes(s, err) < 0)
            return -1;
        if (pause_for(a, excess_ms(&s->news_ms, 20, 500), err) < 0)
            return -1;
        if (sync_watch(s->engine, (uint32_t)(due - now < limit ? due - now : limit), &relist, err) < 0)
            return -1;
    }
    return relist ? pause_for(a, excess_ms(&s->relist_ms, 5, 10000), err) : 0;
}

static int converse(struct session *s, struct fct_error *err)
{
    for (;;) {
        if (make_pass(s, err) < 0)
            return -1;
        if (s->can & FCT_CAN_MAILBOXES || s->can & FCT_CAN_IDLE) {
            if (watch(s, err) < 0)
                return -1;
        } else {
            return 0; /* a mailbox that one session locks (POP3) is left between passes */
        }
    }
}

static int run_session(struct account *a, struct fct_error *err)
{
    struct session s = {.a = a};
    const struct fct_source *source = a->handle->source;
    a->was_in_step = false;
    set_phase(a, ACCOUNT_CONNECTING);
    if (source->connect(&a->handle->base, &s.state, &s.can, err) < 0)
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
        .was_in_step = a->state.last_sync_at != 0,
        .progress = on_progress,
        .has_work = has_work,
        .ctx = a,
    });
    a->engine = s.engine;
    int result = converse(&s, err);
    if (result == 0 || (s.in_step_ms && wait_now_ms() - s.in_step_ms >= STEADY_MS))
        a->failures = 0;
    a->engine = NULL;
    a->was_in_step = s.in_step_ms != 0;
    sync_engine_free(s.engine);
    source->close(s.state, result < 0 ? err : NULL);
    return result;
}

/* ---- retries --------------------------------------------------------------------------------------------------------- */

/* Doubling, with a third of jitter, so that 32 accounts do not knock at one provider's door in step. */
static uint64_t pause_ms(const struct account *a)
{
    uint64_t pause = PAUSE_FIRST_MS << (a->failures > 16 ? 16 : a->failures - 1);
    if (pause > PAUSE_MAX_MS)
        pause = PAUSE_MAX_MS;
    if (a->error.retry == FCT_RETRY_NEVER && pause < PAUSE_REFUSED_MS)
        pause = PAUSE_REFUSED_MS;
    pause += (uint64_t)rand() % (pause / 3 + 1);
    if (a->error.retry_after_ms > 0 && (uint64_t)a->error.retry_after_ms > pause)
        pause = (uint64_t)a->error.retry_after_ms < PAUSE_USER_MS ? (uint64_t)a->error.retry_after_ms : PAUSE_USER_MS;
    return pause;
}

/* Whether only the user can help: asking again and again could even lock him out. A certificate is mended by whoever runs the
 * server, so that is looked at again, if seldom. */
static bool is_hopeless(const struct fct_error *err)
{
    return err->retry == FCT_RETRY_NEVER && err->code != FCT_E_TLS &&
           (err->user_action || err->code == FCT_E_AUTH || err->code == FCT_E_USER_ACTION || err->code == FCT_E_INVALID ||
            err->code == FCT_E_UNSUPPORTED);
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

static int wait_for_next_try(struct account *a)
{
    bool hopeless = a->has_error && is_hopeless(&a->error);
    uint64_t pause = !a->has_error ? a->poll_ms : hopeless ? PAUSE_USER_MS : pause_ms(a);
    a->state.next_try_at = hopeless ? 0 : (int64_t)time(NULL) + (int64_t)(pause / 1000);
    set_phase(a, !a->has_error ? ACCOUNT_IDLE : hopeless ? ACCOUNT_FAILED : ACCOUNT_WAITING);
    return pause_for(a, pause, NULL);
}

static int live(void *arg)
{
    struct account *a = arg;
    do {
        struct fct_error err = {0};
        if (run_session(a, &err) < 0 && !fiber_is_cancelled(fiber_self()))
            note_failure(a, &err);
    } while (wait_for_next_try(a) == 0 && !fiber_is_cancelled(fiber_self()));
    return 0;
}

/* ---- for core.c -------------------------------------------------------------------------------------------------------- */

struct account *account_new(struct core *core, int64_t id, struct account_handle *handle, int64_t last_sync_at, const struct account *before)
{
    struct account *a = XNEW(struct account);
    a->core = core;
    a->id = id;
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
    a->fiber = fiber_spawn(core->loop, handle->label, live, a);
    return a;
}

void account_stop(struct account *a)
{
    fiber_cancel(a->fiber);
    fiber_join(a->fiber);
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
    if (a->engine && sync_is_waiting(a->engine))
        fiber_nudge(a->fiber);
}
