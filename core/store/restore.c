#include "store/restore.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/arrive.h"
#include "store/change.h"
#include "store/db.h"
#include "store/history.h"
#include "store/departures.h"
#include "store/index.h"
#include "store/kept.h"
#include "store/pending_set.h"
#include "store/wanted.h"

/* Where it comes back to, and the departure from there that still waits. */
struct return_place {
    struct email_place p; /* the words are borrowed */
    struct departure d;
    bool never_left; /* the server was not told yet, or has only marked it */
};

struct restoring {
    const struct lost_email *l;
    bool is_local;
    struct return_place *places;
    struct departure last; /* whose flags a copy would have, if has_last */
    bool has_last;
};

static void restoring_done(struct restoring *r)
{
    for (size_t i = 0; r->places && i < r->l->n; i++)
        departure_done(&r->places[i].d);
    free(r->places);
    departure_done(&r->last);
}

/* ---- what the server has ---- */

static int find_last_departure(struct store_tx *tx, struct restoring *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM departure WHERE email_id = ?1 ORDER BY uid DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, r->l->email_id);
    int has_row = store_step(tx, q, err);
    int64_t id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    int found = has_row > 0 ? departure_load(tx, id, &r->last, err) : has_row;
    r->has_last = found > 0;
    return found < 0 ? -1 : 0;
}

/* Whether it may just now be somewhere else on the server. */
static int is_unsure(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM departure WHERE email_id = ?1 AND (uid IS NULL OR is_sent))");

    sqlite3_bind_int64(q, 1, email_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

static int look_at_server(struct store_tx *tx, struct restoring *r, struct fct_error *err)
{
    bool is_elsewhere;

    if (is_unsure(tx, r->l->email_id, &is_elsewhere, err) < 0)
        return -1;
    for (size_t i = 0; i < r->l->n; i++) {
        struct return_place *b = &r->places[i];
        if (mailbox_check_writable(tx, b->p.mailbox_id, err) < 0)
            return -1;
        int has_left = departure_of_email(tx, b->p.mailbox_id, r->l->email_id, &b->d, err);
        if (has_left < 0)
            return -1;
        b->never_left = has_left > 0 && b->d.uid != 0 && !is_elsewhere;
        if (b->never_left)
            b->p.uid = b->d.uid;
    }
    if (find_last_departure(tx, r, err) < 0)
        return -1;
    if (r->l->partial_size && !r->has_last)
        return fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER,
                        "only the header of the message was here, and the server has lost the rest");
    return 0;
}

int departures_become(struct store_tx *tx, int64_t from, int64_t to, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE departure SET email_id = ?2 WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, from);
    sqlite3_bind_int64(q, 2, to);
    return store_run(tx, q, err);
}

static int tell_server(struct counters *c, const struct restoring *r, const struct return_place *b, int64_t id,
                       struct fct_error *err)
{
    struct store_tx *tx = c->tx;

    if (b->never_left) {
        if (departure_forget(tx, &b->d, err) < 0 ||
            pending_wish(tx, r->l->account_id, &b->p, id, &b->d.flags, false, err) < 0)
            return -1;
        return b->d.flags.bits & FCT_FLAG_DELETED ? pending_unmark(c, b->p.mailbox_id, id, b->p.uid, err) : 0;
    }
    if (wanted_note(tx, r->l->account_id, b->p.mailbox_id, id, err) < 0)
        return -1;
    return r->has_last ? pending_wish(tx, r->l->account_id, &b->p, id, &r->last.flags, false, err) : 0;
}

/* ---- the Email ---- */

static int insert(struct counters *c, const struct restoring *r, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(fresh_email_done) struct fresh_email fresh = {.blob_id = r->l->blob_id, .received_at = r->l->received_at};
    CLEANUP(mime_summary_done) struct mime_summary summary = {0};
    bool is_damaged = false;

    for (size_t i = 0; i < r->l->n; i++) {
        struct email_place p = r->places[i].p;
        p.flags.words = p.flags.words ? xstrdup(p.flags.words) : NULL;
        fresh_email_place(&fresh, &p, NULL);
    }
    fresh.summary = &summary;
    if (fresh_email_size(c->tx, &fresh, r->l->partial_size, err) < 0 ||
        index_summary_from_blob(c->tx, r->l->blob_id, &summary, &is_damaged, err) < 0 ||
        fresh_emails_insert(c, &fresh, 1, err) < 0)
        return -1;
    *out_id = fresh.id;
    return history_created(c, fresh.id, r->l->mailbox_ids, r->l->n, err);
}

int email_restore(struct store_tx *tx, const struct lost_email *l, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(restoring_done) struct restoring r = {.l = l, .places = xcalloc(l->n, sizeof(*r.places))};
    CLEANUP(counters_done) struct counters c = {0};
    int64_t id;

    for (size_t i = 0; i < l->n; i++)
        r.places[i].p = (struct email_place){.mailbox_id = l->mailbox_ids[i], .flags = l->flags};
    if (account_is_local(tx, l->account_id, &r.is_local, err) < 0 || counters_init(&c, tx, l->account_id, err) < 0 ||
        (!r.is_local && look_at_server(tx, &r, err) < 0) || insert(&c, &r, &id, err) < 0 || counters_flush(&c, err) < 0)
        return -1;
    /* What is to be moved is then moved, not sent again. */
    if (!r.is_local && departures_become(tx, l->email_id, id, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n && !r.is_local; i++) {
        if (tell_server(&c, &r, &r.places[i], id, err) < 0)
            return -1;
    }
    if (!r.is_local && kept_note(&c, id, err) < 0)
        return -1;
    *out_id = id;
    return 0;
}
