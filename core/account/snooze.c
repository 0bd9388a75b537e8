/* Wakes what was snoozed (store/snoozes.h): one fiber for all accounts, which waits for the next moment and writes then. */
#include "account/core_internal.h"
#include "base/log.h"
#include "store/history.h"
#include "store/snoozes.h"

#include <time.h>

#define AT_ONCE 50       /* that wake in one transaction */
#define LOOK_MS 60000    /* the clock may be set, and the computer may have slept */
#define AGAIN_MS 60000   /* after the store failed */

struct waking {
    int64_t now, next; /* next 0: nothing is snoozed */
    size_t n;
};

static int find_next(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waking *w = arg;
    return store_snoozes_next(tx, &w->next, err);
}

static int wake_some(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waking *w = arg;
    store_tx_set_actor(tx, STORE_BY_CLIENT, "snooze");
    return store_snoozes_wake(tx, w->now, AT_ONCE, &w->n, err);
}

/* *out_ms: until it has to look again. */
static int wake_due(struct core *core, uint64_t *out_ms, struct fct_error *err)
{
    struct waking w = {.now = time(NULL)};
    for (;;) {
        if (store_read(core->store, find_next, &w, err) < 0)
            return -1;
        if (w.next == 0 || w.next > w.now)
            break;
        if (fiber_is_cancelled(fiber_self()) || store_write(core->store, wake_some, &w, err) < 0)
            return -1;
        log_info("snooze", "%zu messages are back", w.n);
    }
    uint64_t left = (uint64_t)(w.next - w.now) * 1000;
    *out_ms = w.next == 0 ? WAIT_FOREVER : left < LOOK_MS ? left : LOOK_MS;
    return 0;
}

static int run(void *arg)
{
    struct core *core = arg;
    for (;;) {
        struct fct_error err = {0};
        uint64_t pause = AGAIN_MS;
        core->has_snooze_news = false;
        if (wake_due(core, &pause, &err) < 0 && !fiber_is_cancelled(fiber_self()))
            log_warn("snooze", "nothing wakes for a minute: %s", err.message);
        if (fiber_is_cancelled(fiber_self()))
            return 0;
        if (!core->has_snooze_news)
            wait_event(&core->snooze_news, "a snoozed message", pause, NULL); /* or the time has come */
    }
}

void core_start_snoozes(struct core *core)
{
    core->snoozes = fiber_spawn(core->loop, "snooze", run, core);
}

void core_stop_snoozes(struct core *core)
{
    if (!core->snoozes)
        return;
    fiber_cancel(core->snoozes);
    fiber_join(core->snoozes);
    fiber_unref(core->snoozes);
    core->snoozes = NULL;
}

void core_snooze_changed(struct core *core)
{
    core->has_snooze_news = true;
    wait_event_raise(&core->snooze_news);
}
