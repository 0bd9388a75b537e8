#include "store/repair.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/email_ids.h"
#include "store/email_state.h"
#include "store/emails.h"
#include "store/envelopes.h"
#include "store/history.h"
#include "store/index.h"
#include "store/mailboxes.h"
#include "store/verify.h"

static int has(struct store_tx *tx, sqlite3_stmt *q, int64_t email_id, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

int store_repair_remains(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    static const char *const deletes[] = {
        "DELETE FROM placement WHERE email_id = ?1",
        "DELETE FROM envelope WHERE email_id = ?1",
        "DELETE FROM email_keyword WHERE email_id = ?1",
        "DELETE FROM pending WHERE email_id = ?1",
    };

    int is_there = has(tx, store_stmt(tx, "SELECT 1 FROM email WHERE id = ?1"), email_id, err);
    if (is_there != 0)
        return is_there < 0 ? -1 : 0;
    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, deletes[i]);
        sqlite3_bind_int64(q, 1, email_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    int is_dead = has(tx, store_stmt(tx, "SELECT 1 FROM fts_dead WHERE email_id = ?1"), email_id, err);
    return is_dead != 0 ? (is_dead < 0 ? -1 : 0) : email_id_retire(tx, email_id, err);
}

int store_repair_place(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    if (store_repair_remains(tx, email_id, err) < 0)
        return -1;
    return store_mailbox_incomplete(tx, mailbox_id, err);
}

/* Its keywords as they are kept, right or wrong, in the place of those that its placements give. */
static int load_kept_keywords(struct store_tx *tx, struct email_state *e, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf words = {0};
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT flags FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, e->id);
    if (store_step(tx, q, err) < 0)
        return -1;
    uint32_t bits = (uint32_t)sqlite3_column_int64(q, 0);
    store_reset(q);
    q = store_stmt(tx, "SELECT keyword FROM email_keyword WHERE email_id = ?1 ORDER BY keyword");
    sqlite3_bind_int64(q, 1, e->id);
    while ((has_row = store_step(tx, q, err)) > 0)
        buf_addf(&words, "%s%s", words.n ? " " : "", store_text(q, 0));
    if (has_row < 0)
        return -1;
    keyword_set_done(&e->keywords);
    e->keywords = (struct keyword_set){bits, words.n ? buf_steal(&words) : NULL};
    return 0;
}

static int mend_from_bytes(struct store_tx *tx, const struct email_state *e, struct fct_error *err)
{
    CLEANUP(mime_summary_done) struct mime_summary summary = {0};
    bool is_damaged = false;

    int has_envelope = has(tx, store_stmt(tx, "SELECT 1 FROM envelope WHERE email_id = ?1"), e->id, err);
    int is_indexed = has(tx, store_stmt(tx, "SELECT 1 FROM fts_docsize WHERE id = ?1"), e->id, err);
    if (has_envelope < 0 || is_indexed < 0)
        return -1;
    if (has_envelope && is_indexed)
        return 0;
    int made = has_envelope ? index_summary_of_email(tx, e->id, e->blob_id, &summary, &is_damaged, err)
                            : index_summary_from_blob(tx, e->blob_id, &summary, &is_damaged, err);
    if (made < 0 ||
        (!has_envelope && (envelope_insert(tx, e->id, &summary, err) < 0 || store_facts_changed(tx, err) < 0)))
        return -1;
    return is_indexed ? 0 : index_insert(tx, e->id, &summary, err);
}

/* ---- in no mailbox ---- */

/* Whether nothing is lost with it: an Email that is shown somewhere has the same bytes, or there are none but the
 * header. */
static int is_superfluous(struct store_tx *tx, const struct email_state *e, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT 1 FROM email e WHERE e.id = ?1 AND (e.bits & 4 OR EXISTS (SELECT 1 FROM email o JOIN placement p ON "
        "p.email_id = o.id WHERE o.blob_id = e.blob_id AND o.id <> e.id AND o.account_id = e.account_id))");

    return has(tx, q, e->id, err);
}

/* Where a message is put that has lost its place; 0: there is none. */
static int find_refuge(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND is_hidden = 0 AND attrs & ?2 = 0 "
                       "ORDER BY CASE role WHEN ?3 THEN 0 WHEN ?4 THEN 1 ELSE 2 END, id LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, FCT_MB_NOSELECT | FCT_MB_READ_ONLY);
    sqlite3_bind_int(q, 3, FCT_ROLE_INBOX);
    sqlite3_bind_int(q, 4, FCT_ROLE_ARCHIVE);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int mend_nowhere(struct counters *c, const struct email_state *e, struct fct_error *err)
{
    int64_t refuge;
    int goes = is_superfluous(c->tx, e, err);

    if (goes < 0)
        return -1;
    if (goes)
        return email_remove(c, e, err) < 0 ? -1 : counters_flush(c, err);
    if (find_refuge(c->tx, e->account_id, &refuge, err) < 0)
        return -1;
    return refuge ? store_email_set_mailboxes(c->tx, e->id, &refuge, 1, err) : 0;
}

int store_repair_email(struct store_tx *tx, int64_t email_id, unsigned faults, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(counters_done) struct counters c = {0};

    store_tx_set_actor(tx, STORE_BY_REPAIR, NULL);
    if (email_state_load(tx, email_id, &e, err) < 0 || counters_init(&c, tx, e.account_id, err) < 0)
        return -1;
    if (e.n_places == 0 && (faults & FAULT_NOWHERE))
        return mend_nowhere(&c, &e, err);
    if ((faults & (FAULT_ENVELOPE | FAULT_INDEX)) && mend_from_bytes(tx, &e, err) < 0)
        return -1;
    if (e.n_places == 0 || !(faults & FAULT_KEYWORDS))
        return 0;
    if (load_kept_keywords(tx, &e, err) < 0 || email_placed(&c, &e, err) < 0)
        return -1;
    return counters_flush(&c, err);
}

/* ---- bytes ---- */

/* The row that said where they are is gone: every Email that had it gets another. */
static int adopt(struct store_tx *tx, int64_t old_blob, struct blob_stage *s, struct fct_error *err)
{
    int64_t blob_id;
    sqlite3_stmt *q;

    if (store_blob_add(tx, s, 0, &blob_id, err) < 0)
        return -1;
    q = store_stmt(tx, "UPDATE email SET blob_id = ?2 WHERE blob_id = ?1");
    sqlite3_bind_int64(q, 1, old_blob);
    sqlite3_bind_int64(q, 2, blob_id);
    return store_run(tx, q, err) < 0 ? -1 : store_facts_changed(tx, err);
}

int store_repair_bytes(struct store_tx *tx, int64_t email_id, struct blob_stage *s, bool *out_replaced,
                       struct fct_error *err)
{
    struct fct_error why = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT blob_id, size, bits & 4 FROM email WHERE id = ?1");

    *out_replaced = false;
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row < 0 ? -1 : fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such email");
    int64_t blob_id = sqlite3_column_int64(q, 0), size = sqlite3_column_int64(q, 1);
    bool is_partial = sqlite3_column_int(q, 2) != 0; /* the size is that of the whole message */
    store_reset(q);
    if (store_blob_replace(tx, blob_id, s, out_replaced, &why) == 0)
        return *out_replaced ? store_facts_changed(tx, err) : 0;
    if (why.code != FCT_E_BLOB_NOT_FOUND) {
        if (err)
            *err = why;
        return -1;
    }
    if (is_partial ? (int64_t)blob_stage_size(s) >= size : (int64_t)blob_stage_size(s) != size)
        return 0;
    *out_replaced = true;
    return adopt(tx, blob_id, s, err);
}
