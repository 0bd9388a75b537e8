/* engine_acts.h - what a user does to the mail of an engine_world, and what waits then. */
#ifndef TESTS_ENGINE_ACTS_H
#define TESTS_ENGINE_ACTS_H

#include "engine_world.h"

#include "store/refusals.h"
#include "sync/prepare.h"

#define WRITES (FCT_CAN_APPEND | FCT_CAN_COPY)
#define PLAIN (BASIC | WRITES)
#define MODERN (QRESYNC | WRITES | FCT_CAN_MOVE | FCT_CAN_EXPUNGE)

/* ---- what a user does ------------------------------------------------------------------------------------------------ */

struct act {
    struct world *w;
    const char *boxes[3]; /* by name */
    uint64_t uid;         /* in boxes[0] */
    int64_t email;
    unsigned body;
    uint32_t add;
    struct prepared_message *prepared;
    int64_t number;
};

static inline int64_t box_id(struct store_tx *tx, struct act *a, const char *name, struct fct_error *err)
{
    const struct fake_mailbox box = {.name = name};
    struct look l = {.w = a->w, .box = &box};
    return find_mailbox(tx, &l, err);
}

static inline int find_email(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    struct store_uid_flags *uids = NULL;
    size_t n = 0;
    a->email = 0;
    if (store_mailbox_uids(tx, box_id(tx, a, a->boxes[0], err), &uids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (uids[i].uid == a->uid)
            a->email = uids[i].email_id;
    free(uids);
    return 0;
}

static inline int64_t email_at(struct world *w, const char *box, uint64_t uid)
{
    struct act a = {.w = w, .boxes = {box}, .uid = uid};
    assert_int_equal(store_read(w->store, find_email, &a, NULL), 0);
    return a.email;
}

static inline int do_move(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    int64_t ids[3];
    size_t n = 0;
    for (; n < 3 && a->boxes[n]; n++)
        ids[n] = box_id(tx, a, a->boxes[n], err);
    return store_email_set_mailboxes(tx, a->email, ids, n, err);
}

static inline void put(struct world *w, int64_t email, const char *box, const char *other)
{
    struct act a = {.w = w, .boxes = {box, other}, .email = email};
    struct fct_error err = {0};
    if (store_write(w->store, do_move, &a, &err) < 0)
        fail_msg("%s", err.message);
}

static inline int do_destroy(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_email_destroy(tx, ((struct act *)arg)->email, err);
}

static inline void destroy(struct world *w, int64_t email)
{
    struct act a = {.email = email};
    assert_int_equal(store_write(w->store, do_destroy, &a, NULL), 0);
}

static inline int do_flag(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    return store_email_set_flags(tx, a->email, &(struct fct_flags){.bits = a->add}, &(struct fct_flags){.bits = FCT_FLAG_SEEN & ~a->add}, err);
}

static inline void flag(struct world *w, int64_t email, uint32_t only)
{
    struct act a = {.email = email, .add = only};
    assert_int_equal(store_write(w->store, do_flag, &a, NULL), 0);
}

static inline int do_create(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    struct store_arrival arrival = {
        .received_at = 1700000000,
        .flags = {.bits = a->add},
        .blob = a->prepared->blob,
        .summary = &a->prepared->summary,
    };
    int64_t id = box_id(tx, a, a->boxes[0], err);
    int result = store_email_create(tx, a->w->account, &arrival, &id, 1, err);
    a->email = arrival.email_id;
    return result;
}

static inline int64_t create(struct world *w, const char *box, unsigned body, uint32_t flags)
{
    struct prepared_message p = {0};
    struct fct_error err = {0};
    assert_int_equal(message_prepare(w->store, fake_body(body), &p, &err), 0);
    struct act a = {.w = w, .boxes = {box}, .add = flags, .prepared = &p};
    if (store_write(w->store, do_create, &a, &err) < 0)
        fail_msg("%s", err.message);
    prepared_message_done(&p);
    return a.email;
}

static inline int count_pending(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    return store_pending_count(tx, a->w->account, &a->number, err);
}

static inline int64_t waiting(struct world *w)
{
    struct act a = {.w = w};
    assert_int_equal(store_read(w->store, count_pending, &a, NULL), 0);
    return a.number;
}

static inline int count_notices(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    struct store_notice *list = NULL;
    size_t n = 0;
    if (store_notices_load(tx, a->w->account, &list, &n, err) < 0)
        return -1;
    store_notice_list_free(list, n);
    a->number = (int64_t)n;
    return 0;
}

static inline int64_t notices(struct world *w)
{
    struct act a = {.w = w};
    assert_int_equal(store_read(w->store, count_notices, &a, NULL), 0);
    return a.number;
}

#endif
