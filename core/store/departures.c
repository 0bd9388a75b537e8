#include "store/departures.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/arrive.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/index.h"
#include "store/partial.h"
#include "store/pending_set.h"
#include "store/transfers.h"
#include "store/undo.h"

#include <time.h>

void departure_done(struct departure *d)
{
    keyword_set_done(&d->flags);
}

/* ---- rows ---- */

int departure_insert(struct store_tx *tx, const struct email_state *e, const struct email_place *p,
                     const struct keyword_set *server, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO departure (account_id, mailbox_id, uid, email_id, blob_id, received_at, msgid_hash, sent_at, "
            "size, flags, keywords, created_at) SELECT account_id, ?2, ?3, id, blob_id, received_at, msgid_hash, "
            "sent_at, size, ?4, ?5, ?6 FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, e->id);
    sqlite3_bind_int64(q, 2, p->mailbox_id);
    if (p->uid != 0)
        sqlite3_bind_int64(q, 3, (int64_t)p->uid);
    sqlite3_bind_int64(q, 4, server->bits);
    bind_text(q, 5, server->words);
    sqlite3_bind_int64(q, 6, (int64_t)time(NULL));
    return store_run_one(tx, q, err);
}

/* Of a statement that selects id, mailbox_id, email_id, blob_id, received_at, uid, flags, keywords, is_sent, size. */
static int load_row(struct store_tx *tx, sqlite3_stmt *q, struct departure *out, struct fct_error *err)
{
    int has_row = store_step(tx, q, err);

    if (has_row <= 0)
        return has_row;
    const char *words = store_text_or_null(q, 7);
    *out = (struct departure){.id = sqlite3_column_int64(q, 0),
                              .mailbox_id = sqlite3_column_int64(q, 1),
                              .email_id = sqlite3_column_int64(q, 2),
                              .blob_id = sqlite3_column_int64(q, 3),
                              .received_at = sqlite3_column_int64(q, 4),
                              .uid = (uint64_t)sqlite3_column_int64(q, 5),
                              .flags = {(uint32_t)sqlite3_column_int64(q, 6), words ? xstrdup(words) : NULL},
                              .is_sent = sqlite3_column_int(q, 8) != 0,
                              .size = (uint64_t)sqlite3_column_int64(q, 9)};
    store_reset(q);
    return 1;
}

int departure_of_email(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct departure *out,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, mailbox_id, email_id, blob_id, received_at, uid, flags, keywords, "
                                     "is_sent, size FROM departure WHERE email_id = ?1 AND mailbox_id = ?2 "
                                     "ORDER BY uid DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    return load_row(tx, q, out, err);
}

int departure_at(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct departure *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, mailbox_id, email_id, blob_id, received_at, uid, flags, keywords, "
                                     "is_sent, size FROM departure WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    return load_row(tx, q, out, err);
}

int departure_load(struct store_tx *tx, int64_t id, struct departure *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, mailbox_id, email_id, blob_id, received_at, uid, flags, keywords, "
                                     "is_sent, size FROM departure WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return load_row(tx, q, out, err);
}

int departure_set_flags(struct store_tx *tx, int64_t id, const struct keyword_set *server, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE departure SET flags = ?2, keywords = ?3 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, server->bits);
    bind_text(q, 3, server->words);
    return store_run_one(tx, q, err);
}

int departure_link(struct store_tx *tx, int64_t id, uint64_t uid, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE departure SET uid = ?2, is_sent = 0 WHERE id = ?1 AND uid IS NULL");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    return store_run_one(tx, q, err);
}

static int row_delete(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM departure WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return store_run_one(tx, q, err);
}

int departure_forget(struct store_tx *tx, const struct departure *d, struct fct_error *err)
{
    if (row_delete(tx, d->id, err) < 0)
        return -1;
    return store_blob_release(tx, d->blob_id, err);
}

/* ---- many ---- */

struct ids {
    int64_t *p;
    size_t n, cap;
};

static void ids_done(struct ids *l)
{
    free(l->p);
}

/* The departures of which `q` selects id and blob_id. */
static int forget_selected(struct store_tx *tx, sqlite3_stmt *q, size_t *out_n, struct fct_error *err)
{
    CLEANUP(ids_done) struct ids l = {0};
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l.n + 2 > l.cap) {
            l.cap = l.cap ? 2 * l.cap : 64;
            l.p = xreallocarray(l.p, l.cap, sizeof(*l.p));
        }
        l.p[l.n++] = sqlite3_column_int64(q, 0);
        l.p[l.n++] = sqlite3_column_int64(q, 1);
    }
    if (has_row < 0)
        return -1;
    for (size_t i = 0; i < l.n; i += 2) {
        const struct departure d = {.id = l.p[i], .blob_id = l.p[i + 1]};
        if (departure_forget(tx, &d, err) < 0)
            return -1;
    }
    *out_n += l.n / 2;
    return 0;
}

int departures_vanished(struct store_tx *tx, int64_t mailbox_id, int64_t first, int64_t last, size_t *out_n,
                        struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, blob_id FROM departure WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, first);
    sqlite3_bind_int64(q, 3, last);
    return forget_selected(tx, q, out_n, err);
}

int departures_forget_some(struct store_tx *tx, int64_t mailbox_id, size_t *io_left, struct fct_error *err)
{
    size_t n = 0;
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, blob_id FROM departure WHERE mailbox_id = ?1 AND uid >= 0 ORDER BY uid LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, *io_left > INT32_MAX ? INT32_MAX : (int64_t)*io_left);
    if (forget_selected(tx, q, &n, err) < 0)
        return -1;
    *io_left -= n;
    if (*io_left > 0)
        return 0;
    q = store_stmt(tx, "SELECT 1 FROM departure WHERE mailbox_id = ?1 AND uid >= 0 LIMIT 1");
    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

int store_departures_drop_unlinked(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n,
                                   struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, blob_id FROM departure WHERE mailbox_id = ?1 AND uid IS NULL LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    *out_n = 0;
    return forget_selected(tx, q, out_n, err);
}

int departures_forget_unlinked(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    size_t ignored = 0;

    return store_departures_drop_unlinked(tx, mailbox_id, SIZE_MAX, &ignored, err);
}

int departures_forget_idle(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    size_t ignored = 0;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT d.id, d.blob_id FROM departure d WHERE d.account_id = (SELECT account_id FROM mailbox WHERE id = "
            "?1) AND d.mailbox_id = ?1 AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.email_id = d.email_id AND "
            "(p.kind = 3 AND p.is_sent = 0 OR p.kind = 2 AND NOT ((p.last_error IS NOT NULL OR (SELECT wire_name FROM "
            "mailbox WHERE id = p.mailbox_id) IS NULL) AND EXISTS (SELECT 1 FROM placement x WHERE x.email_id = "
            "d.email_id AND x.uid IS NOT NULL))))");

    sqlite3_bind_int64(q, 1, mailbox_id);
    return forget_selected(tx, q, &ignored, err);
}

int departures_forget_all(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    size_t ignored = 0;

    if (departures_vanished(tx, mailbox_id, 0, INT64_MAX, &ignored, err) < 0)
        return -1;
    return departures_forget_unlinked(tx, mailbox_id, err);
}

/* ---- shown again ---- */

static bool is_placed(const struct email_state *e, int64_t mailbox_id)
{
    for (size_t i = 0; i < e->n_places; i++) {
        if (e->mailbox_ids[i] == mailbox_id)
            return true;
    }
    return false;
}

/* Its Email lives on elsewhere: with what is shown there, and a wish for what the server lacks of it. */
static int show_at_email(struct counters *c, const struct departure *d, const struct email_state *e,
                         struct fct_error *err)
{
    const struct email_place p = {.mailbox_id = d->mailbox_id, .uid = d->uid, .flags = e->keywords};

    if (is_placed(e, d->mailbox_id))
        return 0;
    if (email_place_insert(c->tx, e->id, &p, NULL, err) < 0 ||
        pending_wish(c->tx, c->account_id, &p, e->id, &d->flags, d->is_sent, err) < 0)
        return -1;
    return email_placed(c, e, err);
}

static int show_as_new(struct counters *c, const struct departure *d, struct fct_error *err)
{
    CLEANUP(fresh_email_done) struct fresh_email fresh = {.blob_id = d->blob_id, .received_at = d->received_at};
    CLEANUP(mime_summary_done) struct mime_summary summary = {0};
    struct email_place p = {
        .mailbox_id = d->mailbox_id,
        .uid = d->uid,
        .flags = {d->flags.bits & ~(uint32_t)FCT_FLAG_DELETED, d->flags.words ? xstrdup(d->flags.words) : NULL}};
    bool is_damaged = false;

    fresh_email_place(&fresh, &p, NULL);
    fresh.summary = &summary;
    if (fresh_email_size(c->tx, &fresh, d->size, err) < 0 ||
        index_summary_from_blob(c->tx, d->blob_id, &summary, &is_damaged, err) < 0 ||
        fresh_emails_insert(c, &fresh, 1, err) < 0)
        return -1;
    return undo_email_renamed(c->tx, d->email_id, fresh.id, err); /* nobody has to take back what was refused */
}

/* The mailbox was deleted here, and waits to be deleted on the server: nothing is shown there. */
static int mailbox_is_hidden(struct store_tx *tx, int64_t mailbox_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT is_hidden FROM mailbox WHERE id = ?1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 && sqlite3_column_int(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* What is here whole can be appended later, and goes with the mailbox there. Of what is not, the mailbox has the only
 * copy: it stays there until it could be moved out (store_mailbox_wish.has_departures). */
static int refused_from_hidden(struct store_tx *tx, const struct departure *d, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE departure SET is_sent = 0 WHERE id = ?1");
    uint64_t size;

    if (partial_size(tx, d->email_id, &size, err) < 0)
        return -1;
    if (size == 0)
        return departure_forget(tx, d, err);
    sqlite3_bind_int64(q, 1, d->id);
    return store_run_one(tx, q, err);
}

int departure_show_again(struct counters *c, const struct departure *d, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    struct fct_error why = {0};
    bool is_hidden;

    if (mailbox_is_hidden(c->tx, d->mailbox_id, &is_hidden, err) < 0)
        return -1;
    if (is_hidden)
        return refused_from_hidden(c->tx, d, err);
    int loaded = email_state_load(c->tx, d->email_id, &e, &why);

    if (loaded < 0 && why.code != FCT_E_NOT_FOUND) {
        *err = why;
        return -1;
    }
    if (row_delete(c->tx, d->id, err) < 0)
        return -1;
    if (loaded == 0 ? show_at_email(c, d, &e, err) < 0 : show_as_new(c, d, err) < 0)
        return -1;
    return store_blob_release(c->tx, d->blob_id, err);
}
