/* core_world.h - a core with accounts whose source has moods (fixtures/plugins/moody.c), for the tests of accounts. */
#ifndef TESTS_CORE_WORLD_H
#define TESTS_CORE_WORLD_H

#include "fixtures/plugins/moody.h"

#include "account/core.h"
#include "account/task.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/emails.h"
#include "store/ids.h"
#include "store/mailboxes.h"
#include "support/profiles.h"

#include <dlfcn.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define MESSAGES 40

struct world {
    char *dir;
    uv_loop_t loop;
    struct core *core;
    struct moody_counts *counts;
};

static inline void start(struct world *w)
{
    struct fct_error err = {0};
    if (core_start(&w->loop, &(struct core_options){.profile_dir = w->dir, .plugin_dirs = TEST_PLUGINS}, &w->core, &err) < 0)
        fail_msg("%s", err.message);
}

static inline int set_up(void **state)
{
    static struct moody_counts *counts;
    struct world *w = XNEW(struct world);
    w->dir = test_dir("facteur-core");
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    test_profile(w->dir);
    if (!counts) /* kept open: the plugin stays where it is when a core lets go of it */
        counts = dlsym(dlopen(TEST_PLUGINS "/moody.so", RTLD_NOW | RTLD_LOCAL), "moody_counts");
    w->counts = counts;
    *counts = (struct moody_counts){0};
    start(w);
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;
    core_stop(w->core);
    int alive = w->counts->alive;
    fiber_loop_done(&w->loop);
    int open = uv_loop_close(&w->loop);
    nftw(w->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    free(w);
    return alive == 0 && open == 0 ? 0 : -1; /* no session is left behind */
}

/* ---- steps ---------------------------------------------------------------------------------------------------------- */

/* `mood`: also more settings, as in "deaf\", \"port\": \"1143". */
static inline struct store_account row(int64_t id, const char *scheme, const char *mood)
{
    static char settings[128];
    snprintf(settings, sizeof(settings), "{\"mood\": \"%s\"}", mood);
    return (struct store_account){.id = id, .name = (char *)"joe", .address = (char *)"joe@example.org", .source_url = (char *)scheme,
                                  .transport_url = (char *)"", .settings = settings, .is_enabled = true};
}

static inline int64_t create(struct world *w, const char *scheme, const char *mood)
{
    struct fct_error err = {0};
    struct store_account a = row(0, scheme, mood);
    int64_t id = 0;
    if (core_account_create(w->core, &a, &(struct account_passwords){.password = "secret"}, &id, &err) < 0)
        fail_msg("%s", err.message);
    return id;
}

static inline void update(struct world *w, int64_t id, const char *scheme, const char *mood)
{
    struct fct_error err = {0};
    struct store_account a = row(id, scheme, mood);
    if (core_account_update(w->core, &a, NULL, &err) < 0)
        fail_msg("%s", err.message);
}

/* Asks for a sync and waits for its end; what it says of the first account. New reference. */
static inline json_t *sync_now(struct world *w, int64_t id)
{
    struct fct_error err = {0};
    int64_t task = 0;
    if (core_sync(w->core, &id, 1, &task, &err) < 0 || task_wait(core_tasks(w->core), task, 10000, &err) < 0)
        fail_msg("%s", err.message);
    json_t *t = task_json(core_tasks(w->core), task);
    json_t *account = json_incref(json_array_get(json_object_get(json_object_get(t, "result"), "accounts"), 0));
    json_decref(t);
    return account;
}

static inline bool sync_is_ok(struct world *w, int64_t id)
{
    json_t *account = sync_now(w, id);
    bool ok = json_is_true(json_object_get(account, "ok"));
    json_decref(account);
    return ok;
}

static inline enum account_phase phase(struct world *w, int64_t id)
{
    struct account_state s = {0};
    assert_int_equal(core_account_state(w->core, id, &s, NULL), 0);
    return s.phase;
}

static inline void expect_phase(struct world *w, int64_t id, enum account_phase expected)
{
    for (int i = 0; i < 500 && phase(w, id) != expected; i++)
        wait_sleep(10, NULL);
    assert_string_equal(account_phase_name(phase(w, id)), account_phase_name(expected));
}

struct census {
    int64_t account_id, emails;
    size_t mailboxes;
};

static inline int take_census(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct census *c = arg;
    struct store_mailbox *v = NULL;
    if (store_mailboxes_load(tx, c->account_id, &v, &c->mailboxes, err) < 0)
        return -1;
    for (size_t i = 0; i < c->mailboxes; i++)
        c->emails += v[i].total_emails;
    store_mailboxes_free(v, c->mailboxes);
    return 0;
}

static inline struct census census(struct world *w, int64_t id)
{
    struct census c = {.account_id = id};
    assert_int_equal(store_read(core_store(w->core), take_census, &c, NULL), 0);
    return c;
}

/* On the writer: flags every Email of the account `arg`, an int64_t. */
static inline int flag_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct fct_flags add = {.bits = FCT_FLAG_FLAGGED}, none = {0};
    struct store_mailbox *v = NULL;
    struct store_uid_flags *uids = NULL;
    size_t n, n_uids = 0;
    if (store_mailboxes_load(tx, *(int64_t *)arg, &v, &n, err) < 0)
        return -1;
    int result = store_mailbox_uids(tx, v[0].id, &uids, &n_uids, err);
    for (size_t i = 0; i < n_uids && result == 0; i++)
        result = store_email_set_flags(tx, uids[i].email_id, &add, &none, err);
    free(uids);
    store_mailboxes_free(v, n);
    return result;
}

#endif
