#include "outbox/outbox.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "outbox/delivery.h"
#include "store/submissions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_MS 15000u             /* how long a connection stays open with nothing to send */
#define PAUSE_FIRST_MS 5000u       /* when the server cannot be reached */
#define PAUSE_MAX_MS (10u * 60 * 1000)
#define PAUSE_USER_MS (60u * 60 * 1000)
#define PAUSE_STORE_MS 5000u       /* when the disk cannot be written */
#define STOP_MS 5000u              /* how long an answer is waited for that is due when the outbox is closed */
#define LONGEST_SLEEP_MS 60000u    /* the clock on the wall may be set */

struct outbox {
    struct outbox_options o;
    struct fiber *fiber;
    void *session;           /* NULL: not connected */
    bool was_used;           /* the session has carried a message: it may have been closed since */
    uint64_t idle_since_ms;
    uint64_t not_before_ms;  /* the server cannot be reached: the next try */
    unsigned failures;       /* in a row, of connecting */
    bool waits_for_user;
    bool is_woken, has_mail; /* since it was looked last */
    bool is_committed;       /* an answer is due that says whether a message was sent */
    bool is_waiting;         /* asleep: may be nudged */
    bool is_stopping;
    size_t n_unsure;
    struct wait_event answered;
    struct endings ended;    /* sent, and not written down yet */
    struct marks *marks;     /* NULL: no more than one message was sent at a time */
    size_t size;             /* of the next batch */
    bool is_behind;          /* something could not be written down: the marks are needed */
};

/* ---- jobs for the store ---- */

struct question {
    int64_t account_id, now;
    bool server_files;
    size_t n, left;
};

static int write_recover(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_recovery *r = arg;
    r->n_uncertain = r->n_queued = r->n_sent = 0;
    return store_submissions_recover(tx, r, err);
}

static int write_settle(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct question *q = arg;
    return store_submissions_settle(tx, q->account_id, q->now, q->server_files, &q->n, &q->left, err);
}

static struct question ask(const struct outbox *ob)
{
    return (struct question){
        .account_id = ob->o.account_id, .now = (int64_t)time(NULL), .server_files = ob->o.server_files};
}

/* ---- the connection ---- */

static void hang_up(struct outbox *ob, const struct fct_error *why)
{
    void *session = ob->session;
    ob->session = NULL;
    ob->idle_since_ms = 0;
    ob->size = 1;
    if (session)
        ob->o.transport->close(session, why);
}

/* The codes after which a session can only be closed: facteur/plugin.h. */
static bool is_over(const struct fct_error *e)
{
    return e->code == FCT_E_CANCELLED || e->code == FCT_E_TIMEOUT || e->code == FCT_E_NETWORK || e->code == FCT_E_TLS ||
           e->code == FCT_E_PROTOCOL || e->code == FCT_E_LIMIT || e->code == FCT_E_INTERNAL || e->code == FCT_E_INVALID ||
           e->code == FCT_E_AUTH;
}

static void pause_all(struct outbox *ob, const struct fct_error *why)
{
    uint64_t ms = PAUSE_FIRST_MS;
    ob->failures++;
    for (unsigned i = 1; i < ob->failures && ms < PAUSE_MAX_MS; i++)
        ms *= 2;
    if (ms > PAUSE_MAX_MS)
        ms = PAUSE_MAX_MS;
    ob->waits_for_user = why->user_action || (why->retry == FCT_RETRY_NEVER && why->code != FCT_E_CANCELLED);
    if (ob->waits_for_user)
        ms = PAUSE_USER_MS;
    if (why->retry_after_ms > 0 && (uint64_t)why->retry_after_ms > ms)
        ms = (uint64_t)why->retry_after_ms;
    ob->not_before_ms = wait_now_ms() + ms;
    log_info(ob->o.label, "sending waits %llu s: %s", (unsigned long long)ms / 1000, why->message);
}

static int open_session(struct outbox *ob, struct fct_error *err)
{
    if (ob->session)
        return 0;
    if (ob->o.transport->connect(ob->o.account, &ob->session, err) < 0) {
        ob->session = NULL;
        return -1;
    }
    ob->was_used = false;
    ob->failures = 0;
    ob->waits_for_user = false;
    return 0;
}

/* ---- one after the other ---- */

static bool has_network(const struct outbox *ob)
{
    return !ob->o.has_network || ob->o.has_network(ob->o.ctx);
}

static bool may_connect(const struct outbox *ob)
{
    return ob->session || (has_network(ob) && wait_now_ms() >= ob->not_before_ms);
}

static int try_over(struct outbox *ob, struct delivery *d, struct fct_error *err)
{
    if (open_session(ob, err) < 0)
        return -1;
    int result = delivery_run(d, ob->session, err);
    ob->was_used = true;
    ob->idle_since_ms = 0;
    wait_event_raise(&ob->answered);
    if (result < 0 && is_over(err))
        hang_up(ob, err);
    return result;
}

/* -1: nothing more can be sent now. */
static int send_one(struct outbox *ob, struct parcel *p)
{
    struct delivery d = {.o = &ob->o, .parcel = p, .marks = ob->marks, .ended = &ob->ended, .is_committed = &ob->is_committed};
    struct fct_error err = {0}, ignored = {0};
    bool was_old = ob->session && ob->was_used;
    int64_t id = p->id;
    int result = try_over(ob, &d, &err);
    bool is_again = result < 0 && was_old && d.fate == FCT_FATE_NOT_SENT && err.retry == FCT_RETRY_NOW;
    if (is_again && delivery_load_again(&d, &ignored) == 0) {
        err = (struct fct_error){0}; /* it was closed while it was idle */
        result = try_over(ob, &d, &err);
    }
    if (result == 0 || (d.state != 0 && delivery_is_about_message(&err)))
        return 0;
    if (err.code == FCT_E_CANCELLED && !fiber_is_cancelled(fiber_self()))
        return 0; /* taken back in the midst of it */
    if (fiber_is_cancelled(fiber_self()))
        return -1;
    if (d.state == 0)
        delivery_put_off(&ob->o, id, &err, &ignored);
    pause_all(ob, &err);
    return -1;
}

/* ---- in batches: batch.h ---- */

/* What nobody else knows is insisted upon, until the outbox is stopped. */
static void write_down(struct outbox *ob, const struct batch *b, size_t from)
{
    struct fct_error why = {0};
    for (bool was_told = false; batch_settle(&ob->o, &ob->ended, b, from, &why) < 0; was_told = true) {
        if (!was_told)
            log_error(ob->o.label, "it cannot be written down yet what became of what was sent: %s", why.message);
        ob->is_behind = wait_sleep(END_PAUSE_MS, NULL) < 0;
        if (ob->is_behind)
            return;
    }
}

/* Sends all it can; returns how many of them are over, and how quick the server is. */
static size_t send_batch(struct outbox *ob, struct batch *b)
{
    uint64_t began = wait_now_ms();
    for (size_t i = 0; i < b->n; i++)
        if (send_one(ob, &b->v[i]) < 0 || (ob->is_stopping && i + 1 < b->n))
            return i + 1;
    ob->size = ob->session ? batch_size(b->n, wait_now_ms() - began) : 1;
    return b->n;
}

/* The next batch is made ready while one is on the wire. */
struct ahead {
    struct outbox *ob;
    struct batch_wish wish;
    struct endings ended;
    int result;
    struct fct_error err;
    struct fiber *fiber; /* NULL: it was not begun */
};

static int take_ahead(void *arg)
{
    struct ahead *a = arg;
    return a->result = batch_take(&a->wish, &a->err);
}

static void prepare(struct ahead *a, int64_t after)
{
    struct outbox *ob = a->ob;
    if (ob->size > 1 && !ob->marks && marks_create(store_profile_dir(ob->o.store), ob->o.account_id, &ob->marks, NULL) < 0)
        ob->size = 1;
    a->ended = ob->ended;
    ob->ended = (struct endings){0};
    a->wish = (struct batch_wish){.o = &ob->o, .marks = ob->marks, .max = ob->size, .after = after, .ended = &a->ended};
}

/* What could not be written down is the outbox's again. */
static int prepared(struct ahead *a, struct fct_error *err)
{
    for (size_t i = 0; i < a->ended.n; i++)
        endings_add(&a->ob->ended, &a->ended.v[i]);
    endings_done(&a->ended);
    if (a->result < 0)
        *err = a->err;
    return a->result;
}

static int take(struct ahead *a, int64_t after, struct fct_error *err)
{
    prepare(a, after);
    take_ahead(a);
    return prepared(a, err);
}

static void begin_ahead(struct ahead *a, int64_t after)
{
    prepare(a, after);
    a->fiber = fiber_spawn(fiber_loop(), a->ob->o.label, take_ahead, a);
}

static int end_ahead(struct ahead *a, struct fct_error *err)
{
    fiber_join(a->fiber);
    fiber_unref(a->fiber);
    a->fiber = NULL;
    return prepared(a, err);
}

/* Sends a.wish.batch, and has the next one there. False: nothing more can be sent now. */
static bool send_taken(struct ahead *a, int *result, struct fct_error *err)
{
    struct outbox *ob = a->ob;
    struct batch b = a->wish.batch;
    int64_t last = a->wish.last;
    size_t n_over = 0;
    a->wish.batch = (struct batch){0};
    bool may_go_on = !ob->is_stopping && may_connect(ob);
    if (may_go_on && b.is_reserved)
        begin_ahead(a, last);
    if (may_go_on)
        n_over = send_batch(ob, &b);
    if (a->fiber)
        *result = end_ahead(a, err);
    else if (n_over == b.n)
        *result = take(a, last, err);
    bool was_all = n_over == b.n && !fiber_is_cancelled(fiber_self()) && may_connect(ob);
    if (!was_all || *result < 0)
        write_down(ob, &b, 0); /* those that are over are not reserved any more */
    if (!was_all)
        write_down(ob, &a->wish.batch, 0);
    for (size_t i = 0; i < b.n; i++) /* its end could not be written down: the mark has it */
        ob->is_behind = ob->is_behind || (b.v[i].is_reserved && b.v[i].was_committed);
    batch_done(&b);
    return was_all;
}

/* Sends what is due. *out_next: when there is more (seconds), perhaps at once, 0: never. -1: the store cannot be read. */
static int send_due(struct outbox *ob, int64_t *out_next, struct fct_error *err)
{
    struct ahead a = {.ob = ob};
    bool goes_on = true;
    int result = take(&a, 0, err);
    while (result == 0 && goes_on && a.wish.batch.n > 0)
        goes_on = send_taken(&a, &result, err);
    *out_next = goes_on ? a.wish.next : (int64_t)time(NULL);
    batch_done(&a.wish.batch);
    if (ob->ended.n > 0)
        write_down(ob, NULL, 0);
    return result;
}

static int settle(struct outbox *ob, struct fct_error *err)
{
    struct question q = ask(ob);
    ob->has_mail = false;
    if (store_write(ob->o.store, write_settle, &q, err) < 0)
        return -1;
    if (q.n > 0)
        log_info(ob->o.label, "%zu submissions that were uncertain have arrived", q.n);
    ob->n_unsure = q.left;
    return 0;
}

/* ---- life ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* From now to the beginning of that second on the wall. */
static uint64_t ms_until(int64_t second)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return second > (int64_t)t.tv_sec ? (uint64_t)(second - (int64_t)t.tv_sec) * 1000 - (uint64_t)t.tv_nsec / 1000000 : 0;
}

static uint64_t sleep_ms(const struct outbox *ob, int64_t next)
{
    uint64_t now_ms = wait_now_ms(), ms = WAIT_FOREVER, pause = ms_until(next);
    if (ob->session)
        ms = ob->idle_since_ms + IDLE_MS > now_ms ? ob->idle_since_ms + IDLE_MS - now_ms : 0;
    if (pause > 0)
        ms = least(ms, least(pause, LONGEST_SLEEP_MS));
    else if (next > 0) /* due, and it could not be sent */
        ms = least(ms, !has_network(ob)                ? LONGEST_SLEEP_MS
                       : ob->not_before_ms > now_ms ? ob->not_before_ms - now_ms
                                                       : 1000);
    return ms;
}

static void sleep_until_something(struct outbox *ob, uint64_t ms)
{
    ob->is_waiting = true;
    if (!ob->is_woken && !(ob->has_mail && ob->n_unsure > 0) && ms > 0)
        wait_sleep_nudged(ms == WAIT_FOREVER ? LONGEST_SLEEP_MS * 60 : ms, NULL);
    ob->is_waiting = false;
}

static int look_around(struct outbox *ob, int64_t *out_next, struct fct_error *err)
{
    bool may_settle = ob->is_woken || ob->has_mail;
    ob->is_woken = false;
    if (may_settle && settle(ob, err) < 0)
        return -1;
    return send_due(ob, out_next, err);
}

/* Nothing goes out before it is known what may have gone out before. */
static int recover(struct outbox *ob, struct fct_error *err)
{
    const char *dir = store_profile_dir(ob->o.store);
    struct marks *marks = marks_find(dir, ob->o.account_id);
    struct store_recovery r = {.account_id = ob->o.account_id,
                               .now = (int64_t)time(NULL),
                               .server_files = ob->o.server_files,
                               .fate = marks_fate,
                               .ctx = marks};
    int result = store_write(ob->o.store, write_recover, &r, err);
    marks_close(marks, result == 0);
    if (result == 0 && r.n_uncertain > 0)
        log_warn(ob->o.label, "%zu messages were on their way when facteurd ended: whether they were sent is not known", r.n_uncertain);
    if (result == 0 && r.n_queued + r.n_sent > 0)
        log_info(ob->o.label, "when facteurd ended, %zu messages had been sent and %zu not yet", r.n_sent, r.n_queued);
    return result;
}

static int live(void *arg)
{
    struct outbox *ob = arg;
    bool is_recovered = false;
    while (!ob->is_stopping && !fiber_is_cancelled(fiber_self())) {
        struct fct_error err = {0};
        int64_t next = 0;
        if (!is_recovered)
            is_recovered = recover(ob, &err) == 0;
        if (!is_recovered || look_around(ob, &next, &err) < 0) {
            if (err.code != FCT_E_CANCELLED)
                log_error(ob->o.label, "the outbox cannot be read: %s", err.message);
            wait_sleep(PAUSE_STORE_MS, NULL);
            continue;
        }
        if (ob->session && ob->idle_since_ms == 0)
            ob->idle_since_ms = wait_now_ms();
        if (ob->session && wait_now_ms() - ob->idle_since_ms >= IDLE_MS)
            hang_up(ob, NULL);
        sleep_until_something(ob, sleep_ms(ob, next));
    }
    hang_up(ob, NULL);
    return 0;
}

struct outbox *outbox_new(struct uv_loop_s *loop, const struct outbox_options *o)
{
    struct outbox *ob = XNEW(struct outbox);
    ob->o = *o;
    ob->is_woken = true;
    ob->size = 1;
    ob->fiber = fiber_spawn(loop, o->label, live, ob);
    return ob;
}

static void nudge(struct outbox *ob)
{
    if (ob->is_waiting)
        fiber_nudge(ob->fiber);
}

void outbox_wake(struct outbox *ob)
{
    ob->is_woken = true;
    nudge(ob);
}

void outbox_user_acted(struct outbox *ob)
{
    ob->waits_for_user = false;
    outbox_stir(ob);
}

void outbox_mail_came(struct outbox *ob)
{
    ob->has_mail = true;
    if (ob->n_unsure > 0)
        nudge(ob);
}

void outbox_stir(struct outbox *ob)
{
    if (!ob->waits_for_user)
        ob->not_before_ms = 0;
    outbox_wake(ob);
}

void outbox_stop(struct outbox *ob)
{
    uint64_t until = wait_now_ms() + STOP_MS, now;
    ob->is_stopping = true;
    while (ob->is_committed && (now = wait_now_ms()) < until)
        if (wait_event(&ob->answered, "the answer to a message", until - now, NULL) < 0)
            break;
    fiber_cancel(ob->fiber);
    fiber_join(ob->fiber);
}

void outbox_free(struct outbox *ob)
{
    if (!ob)
        return;
    fiber_unref(ob->fiber);
    marks_close(ob->marks, !ob->is_behind && ob->ended.n == 0);
    endings_done(&ob->ended);
    free(ob);
}
