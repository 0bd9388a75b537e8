/* engine_world.h - the engine against a server in memory, on a real store, and a look whether both have the same. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "fake_source.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/ids.h"
#include "store/mailboxes.h"
#include "store/pending.h"
#include "support/profiles.h"
#include "sync/engine.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define BASIC (FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS | FCT_CAN_IDLE)
#define CONDSTORE (BASIC | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS)
#define QRESYNC (CONDSTORE | FCT_CAN_VANISHED)

struct world {
    char *dir;
    uv_loop_t loop;
    struct store *store;
    struct ingest_budget *budget;
    struct fake_server *server;
    struct sync_engine *engine;
    int64_t account;
    bool was_in_step;
    unsigned number; /* a test's own */
    int64_t missing_wait_s;
    const struct fct_source *source; /* NULL: fake_source */
};

static inline int create_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct world *w = arg;
    struct store_account a = {
        .name = (char *)"fake",
        .address = (char *)"joe@example.org",
        .source_url = (char *)"fake:",
        .transport_url = (char *)"",
        .settings = (char *)"{}",
        .is_enabled = true,
    };
    return store_account_create(tx, &a, &w->account, err);
}

static inline void connect_with(struct world *w, const struct fct_source *source)
{
    sync_engine_free(w->engine);
    w->server->selected = NULL;
    w->server->is_broken = false;
    w->engine = sync_engine_new(&(struct sync_options){
        .store = w->store,
        .budget = w->budget,
        .account_id = w->account,
        .label = "fake",
        .source = source,
        .session = w->server,
        .can = w->server->can,
        .was_in_step = w->was_in_step,
        .missing_wait_s = w->missing_wait_s,
    });
}

static inline void connect_anew(struct world *w)
{
    connect_with(w, w->source ? w->source : &fake_source);
}

static inline void open_world(struct world *w)
{
    struct fct_error err = {0};
    if (store_open(w->dir, &w->store, &err) < 0)
        fail_msg("%s", err.message);
}

static inline int set_up(void **state)
{
    struct world *w = XNEW(struct world);
    w->dir = test_dir("facteur-engine");
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    test_profile(w->dir);
    mime_init();
    open_world(w);
    w->budget = ingest_budget_new(1 << 20);
    w->server = XNEW(struct fake_server);
    if (store_write(w->store, create_account, w, NULL) < 0)
        return -1;
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;
    sync_engine_free(w->engine);
    store_close(w->store);
    ingest_budget_free(w->budget);
    fiber_loop_done(&w->loop);
    uv_loop_close(&w->loop);
    nftw(w->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    free(w->server);
    free(w);
    return 0;
}

static inline struct sync_report pass(struct world *w)
{
    struct sync_report report = {0};
    struct fct_error err = {0};
    if (sync_pass(w->engine, &report, &err) < 0)
        fail_msg("pass: %s", err.message);
    w->was_in_step = true;
    return report;
}

/* ---- looking at the store ------------------------------------------------------------------------------------------ */

struct look {
    struct world *w;
    const struct fake_mailbox *box;
    int64_t mailbox_id, found;
    char trouble[256];
};

/* Whether this is the mailbox of that full name. */
static inline bool is_at(const struct store_mailbox *all, size_t n, const struct store_mailbox *m, const char *full_name)
{
    size_t end = strlen(full_name), length = strlen(m->name);
    while (end >= length && strncmp(full_name + end - length, m->name, length) == 0) {
        if (end == length || m->parent_id == 0)
            return end == length && m->parent_id == 0;
        if (full_name[end -= length + 1] != '/')
            return false;
        for (size_t i = 0; i < n; i++)
            if (all[i].id == m->parent_id) {
                m = &all[i];
                break;
            }
        length = strlen(m->name);
    }
    return false;
}

static inline int64_t find_mailbox(struct store_tx *tx, struct look *l, struct fct_error *err)
{
    struct store_mailbox *all = NULL;
    size_t n = 0;
    int64_t id = 0;
    if (store_mailboxes_load(tx, l->w->account, &all, &n, err) < 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (is_at(all, n, &all[i], l->box->name))
            id = all[i].id;
    store_mailboxes_free(all, n);
    return id;
}

static inline const struct fake_message *on_server(const struct fake_mailbox *b, uint64_t uid)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->m[i].uid == uid && !b->m[i].is_gone)
            return &b->m[i];
    return NULL;
}

static inline void complain(struct look *l, const char *what, uint64_t uid)
{
    if (!l->trouble[0])
        snprintf(l->trouble, sizeof(l->trouble), "%s: %s, UID %llu", l->box->name, what, (unsigned long long)uid);
}

/* Of the placement: an Email that is in several mailboxes shows the keywords of all. */
static inline int compare_keywords(struct store_tx *tx, struct look *l, const struct store_uid_flags *here, const struct fake_message *there,
                            struct fct_error *err)
{
    struct store_placement *p = NULL;
    size_t n = 0;
    if (store_email_placements(tx, here->email_id, &p, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (p[i].mailbox_id == l->mailbox_id && strcmp(p[i].keywords ? p[i].keywords : "", there->keywords) != 0)
            complain(l, "other keywords", here->uid);
    store_placements_free(p, n);
    return 0;
}

static inline int compare_message(struct store_tx *tx, struct look *l, const struct store_uid_flags *here, struct fct_error *err)
{
    const struct fake_message *there = on_server(l->box, here->uid);
    if (!there) {
        complain(l, "here, not there", here->uid);
        return 0;
    }
    if (here->flags != there->flags)
        complain(l, "other flags", here->uid);
    struct store_email e = {0};
    struct blob_view v = {0};
    if (store_email_load(tx, here->email_id, false, &e, err) < 0 || store_blob_view(tx, e.blob_id, &v, err) < 0)
        return -1;
    struct fct_bytes whole = fake_body(there->body), wanted = whole;
    if (e.bits & STORE_PARTIAL)
        wanted.n = (size_t)(strstr(whole.p, "\r\n\r\n") - whole.p) + 4;
    if (!bytes_equal(v.bytes, wanted) || (size_t)e.size != whole.n)
        complain(l, "other bytes", here->uid);
    blob_view_done(&v);
    store_email_done(&e);
    return compare_keywords(tx, l, here, there, err);
}

static inline int look_closely(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct look *l = arg;
    struct store_uid_flags *uids = NULL;
    size_t n = 0;
    l->mailbox_id = find_mailbox(tx, l, err);
    if (!l->mailbox_id) {
        complain(l, "no such mailbox", 0);
        return 0;
    }
    if (store_mailbox_uids(tx, l->mailbox_id, &uids, &n, err) < 0)
        return -1;
    if (n != fake_count(l->box))
        complain(l, "another number of messages", n);
    for (size_t i = 0; i < n; i++)
        if (compare_message(tx, l, &uids[i], err) < 0)
            break;
    free(uids);
    return 0;
}

static inline void expect_in_step(struct world *w)
{
    for (size_t i = 0; i < w->server->n_boxes; i++) {
        struct look l = {.w = w, .box = &w->server->box[i]};
        struct fct_error err = {0};
        if (!l.box->name)
            continue;
        if (store_read(w->store, look_closely, &l, &err) < 0)
            fail_msg("%s", err.message);
        if (l.trouble[0])
            fail_msg("%s", l.trouble);
    }
}

#endif
