/* The store's housekeeping, some time after the start and once a day. */
#include "account/core_internal.h"
#include "base/log.h"
#include "store/rebuild.h"

#define FIRST_AFTER_MS (5u * 60 * 1000) /* the start belongs to the mail */
#define EVERY_MS (24u * 60 * 60 * 1000)

static int ask_whether_rebuild_pays(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_rebuild_pays(tx, arg, err);
}

static int keep_house(struct core *core, struct fct_error *err)
{
    bool pays = false;
    if (store_rebuild_clean(core->store, err) < 0 || store_maintain(core->store, err) < 0 ||
        store_read(core->store, ask_whether_rebuild_pays, &pays, err) < 0)
        return -1;
    if (pays)
        core_rebuild(core);
    return 0;
}

static int maintain(void *arg)
{
    struct core *core = arg;
    uint64_t pause = FIRST_AFTER_MS;
    while (wait_sleep(pause, NULL) == 0) {
        struct fct_error err = {0};
        if (keep_house(core, &err) < 0 && err.code != FCT_E_CANCELLED)
            log_warn("store", "housekeeping failed, tried again tomorrow: %s", err.message);
        pause = EVERY_MS;
    }
    return 0;
}

void core_start_maintenance(struct core *core)
{
    core->maintenance = fiber_spawn(core->loop, "housekeeping", maintain, core);
}

void core_stop_maintenance(struct core *core)
{
    if (!core->maintenance)
        return;
    fiber_cancel(core->maintenance);
    fiber_join(core->maintenance);
    fiber_unref(core->maintenance);
    core->maintenance = NULL;
}
