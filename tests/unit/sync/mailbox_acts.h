/* mailbox_acts.h - what a user does to mailboxes, by their paths, and what is to be seen of them then.
 *
 * For a test whose `struct world` has a store and the id of an account; it is defined before this is included. */
#ifndef TESTS_MAILBOX_ACTS_H
#define TESTS_MAILBOX_ACTS_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "store/mailbox_wishes.h"
#include "store/mailboxes.h"

#include <string.h>

struct path_query {
    struct world *w;
    const char *path;
    int64_t id;
    struct store_mailbox *all;
    size_t n;
};

static inline int load_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct path_query *q = arg;
    return store_mailboxes_load(tx, q->w->account, &q->all, &q->n, err);
}

static inline char *path_of(const struct path_query *q, const struct store_mailbox *m)
{
    char *path = xstrdup(m->name);
    for (int64_t up = m->parent_id; up;) {
        for (size_t i = 0; i < q->n; i++)
            if (q->all[i].id == up) {
                char *longer = xasprintf("%s/%s", q->all[i].name, path);
                free(path);
                path = longer;
                up = q->all[i].parent_id;
                break;
            }
    }
    return path;
}

/* 0: there is none that is shown. */
static inline int64_t find(struct world *w, const char *path)
{
    struct path_query q = {.w = w};
    int64_t id = 0;
    if (!path)
        return 0;
    assert_int_equal(store_read(w->store, load_all, &q, NULL), 0);
    const char *last = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (size_t i = 0; i < q.n; i++) {
        CLEANUP(freep) char *p = strcmp(q.all[i].name, last) == 0 ? path_of(&q, &q.all[i]) : NULL;
        if (p && strcmp(p, path) == 0)
            id = q.all[i].id;
    }
    store_mailboxes_free(q.all, q.n);
    return id;
}

struct action {
    int (*fn)(struct store_tx *tx, struct action *a, struct fct_error *err);
    int64_t account, id, parent;
    const char *name;
    bool flag;
};

static inline int run_action(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct action *a = arg;
    return a->fn(tx, a, err);
}

static inline int64_t act(struct world *w, struct action a)
{
    struct fct_error err = {0};
    a.account = w->account;
    if (store_write(w->store, run_action, &a, &err) < 0)
        fail_msg("%s", err.message);
    return a.id;
}

static inline int do_make(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_mailbox_create(tx, a->account, a->parent, a->name, 0, 0, !a->flag, &a->id, err);
}

static inline int do_rename_box(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_mailbox_update(tx, a->id, &(struct store_mailbox_patch){.name = a->name, .parent_id = &a->parent}, err);
}

static inline int do_remove_box(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_mailbox_destroy(tx, a->id, true, err);
}

static inline int do_subscribe(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_mailbox_update(tx, a->id, &(struct store_mailbox_patch){.is_subscribed = &a->flag}, err);
}

static inline int64_t make(struct world *w, const char *parent, const char *name)
{
    return act(w, (struct action){.fn = do_make, .parent = find(w, parent), .name = name});
}

/* To `parent` (NULL: the top) and `name`. */
static inline void rename_here(struct world *w, const char *path, const char *parent, const char *name)
{
    int64_t id = find(w, path);
    assert_int_not_equal(id, 0);
    act(w, (struct action){.fn = do_rename_box, .id = id, .parent = find(w, parent), .name = name});
}

static inline void remove_here(struct world *w, const char *path)
{
    act(w, (struct action){.fn = do_remove_box, .id = find(w, path)});
}

/* ---- what is there -------------------------------------------------------------------------------------------------------- */

static inline int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted and joined: "A(2) A/b(0)", with the messages of each. */
static inline char *join(char **lines, size_t n)
{
    struct buf b = {0};
    qsort(lines, n, sizeof(lines[0]), compare_text);
    for (size_t i = 0; i < n; i++) {
        buf_addf(&b, "%s%s", i ? " " : "", lines[i]);
        free(lines[i]);
    }
    free(lines);
    return buf_steal(&b);
}

static inline char *tree_here(struct world *w)
{
    struct path_query q = {.w = w};
    assert_int_equal(store_read(w->store, load_all, &q, NULL), 0);
    char **lines = xcalloc(q.n + 1, sizeof(lines[0]));
    for (size_t i = 0; i < q.n; i++) {
        CLEANUP(freep) char *p = path_of(&q, &q.all[i]);
        lines[i] = xasprintf("%s(%lld)%s", p, (long long)q.all[i].total_emails, q.all[i].is_subscribed ? "" : "-");
    }
    size_t n = q.n;
    store_mailboxes_free(q.all, q.n);
    return join(lines, n);
}

static inline int count_wishes(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_mailbox_wishes_count(tx, a->account, &a->id, err);
}

#endif
