#include "store/submissions.h"
#include "store/email_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/email_ids.h"
#include "store/history.h"
#include "store/index.h"
#include "store/snoozes.h"

#include <time.h>

/* ---- loading ---- */

void email_state_done(struct email_state *e)
{
    for (size_t i = 0; i < e->n_places; i++)
        keyword_set_done(&e->places[i].flags);
    free(e->places);
    free(e->mailbox_ids);
    keyword_set_done(&e->keywords);
    *e = (struct email_state){0};
}

static void place_add(struct email_state *e, const struct email_place *p)
{
    /* Most Emails are in one mailbox; room for powers of two from there. */
    if ((e->n_places & (e->n_places - 1)) == 0) {
        size_t cap = e->n_places ? 2 * e->n_places : 1;
        e->places = xreallocarray(e->places, cap, sizeof(*e->places));
        e->mailbox_ids = xreallocarray(e->mailbox_ids, cap, sizeof(*e->mailbox_ids));
    }
    e->places[e->n_places] = *p;
    e->mailbox_ids[e->n_places++] = p->mailbox_id;
}

/* Reads the placements and sums their keywords up. */
static int places_load(struct store_tx *tx, struct email_state *e, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT mailbox_id, uid, flags, keywords FROM placement WHERE email_id = ?1 ORDER BY mailbox_id");
    struct keywords_sum sum = {0};
    int has_row;

    sqlite3_bind_int64(q, 1, e->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        const char *words = store_text_or_null(q, 3);
        struct email_place p = {.mailbox_id = sqlite3_column_int64(q, 0),
                                .uid = (uint64_t)sqlite3_column_int64(q, 1),
                                .flags = {.bits = (uint32_t)sqlite3_column_int64(q, 2)}};
        keywords_sum_add(&sum, p.flags.bits, words);
        p.flags.words = words ? xstrdup(words) : NULL;
        place_add(e, &p);
    }
    e->keywords = sum.set;
    return has_row;
}

int email_state_load(struct store_tx *tx, int64_t id, struct email_state *out, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {.id = id};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT account_id, thread_id, blob_id, received_at, created_modseq FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such email");
    e.account_id = sqlite3_column_int64(q, 0);
    e.thread_id = sqlite3_column_int64(q, 1);
    e.blob_id = sqlite3_column_int64(q, 2);
    e.received_at = sqlite3_column_int64(q, 3);
    e.created_modseq = sqlite3_column_int64(q, 4);
    store_reset(q);
    if (places_load(tx, &e, err) < 0)
        return -1;
    *out = e;
    e = (struct email_state){0};
    return 0;
}

/* ---- placements and keywords ---- */

static void bind_uid(sqlite3_stmt *q, int at, uint64_t uid)
{
    if (uid != 0)
        sqlite3_bind_int64(q, at, (int64_t)uid);
    else
        sqlite3_bind_null(q, at);
}

int email_place_insert(struct store_tx *tx, int64_t email_id, const struct email_place *p, const char *remote_id,
                       struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO placement (mailbox_id, email_id, uid, flags, keywords, remote_id, added_at) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    sqlite3_bind_int64(q, 1, p->mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    bind_uid(q, 3, p->uid);
    sqlite3_bind_int64(q, 4, p->flags.bits);
    bind_text(q, 5, p->flags.words);
    bind_text(q, 6, remote_id);
    sqlite3_bind_int64(q, 7, (int64_t)time(NULL));
    return store_run(tx, q, err);
}

int email_place_delete(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    if (history_leaves(tx, mailbox_id, email_id, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM placement WHERE mailbox_id = ?1 AND email_id = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    if (store_run_one(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM pending WHERE email_id = ?1 AND mailbox_id = ?2");
    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    return store_run(tx, q, err);
}

int email_place_set_flags(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *flags,
                          struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE placement SET flags = ?3, keywords = ?4 WHERE mailbox_id = ?1 AND email_id = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int64(q, 3, flags->bits);
    bind_text(q, 4, flags->words);
    return store_run_one(tx, q, err);
}

static int each_keyword(struct store_tx *tx, const char *sql, int64_t email_id, const char *words,
                        struct fct_error *err)
{
    struct fct_bytes word;

    for (const char *at = words; words_next(&at, &word);) {
        sqlite3_stmt *q = store_stmt(tx, sql);
        sqlite3_bind_text(q, 1, word.p, (int)word.n, SQLITE_STATIC);
        sqlite3_bind_int64(q, 2, email_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int email_keywords_insert(struct store_tx *tx, int64_t email_id, const char *words, struct fct_error *err)
{
    return each_keyword(tx, "INSERT INTO email_keyword (keyword, email_id) VALUES (?1, ?2)", email_id, words, err);
}

static int keywords_write(struct store_tx *tx, int64_t email_id, const char *before, const char *after,
                          struct fct_error *err)
{
    if (words_equal(before, after))
        return 0;
    CLEANUP(freep) char *gone = words_minus(before, after);
    CLEANUP(freep) char *added = words_minus(after, before);
    if (each_keyword(tx, "DELETE FROM email_keyword WHERE keyword = ?1 AND email_id = ?2", email_id, gone, err) < 0)
        return -1;
    return email_keywords_insert(tx, email_id, added, err);
}

static bool same_mailboxes(const struct email_state *a, const struct email_state *b)
{
    return a->n_places == b->n_places &&
           memcmp(a->mailbox_ids, b->mailbox_ids, a->n_places * sizeof(*a->mailbox_ids)) == 0;
}

int email_placed(struct counters *c, const struct email_state *before, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state now = {.id = before->id};

    if (places_load(c->tx, &now, err) < 0)
        return -1;
    if (now.n_places == 0)
        return email_remove(c, before, err);
    if (history_placed(c, before, &now, err) < 0)
        return -1;
    bool is_same_place = same_mailboxes(before, &now);
    if (is_same_place && now.keywords.bits == before->keywords.bits &&
        words_equal(now.keywords.words, before->keywords.words))
        return 0; /* one copy of several changed, and the sum is the same */

    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE email SET flags = ?2, updated_modseq = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, before->id);
    sqlite3_bind_int64(q, 2, now.keywords.bits);
    sqlite3_bind_int64(q, 3, store_tx_bump(c->tx, c->account_id, STORE_EMAIL));
    if (store_run_one(c->tx, q, err) < 0 ||
        keywords_write(c->tx, before->id, before->keywords.words, now.keywords.words, err) < 0)
        return -1;
    bool was_unread = flags_are_unread(before->keywords.bits), is_unread = flags_are_unread(now.keywords.bits);
    if (!is_same_place && snooze_placed(c->tx, before->id, err) < 0)
        return -1;
    bool may_count_otherwise =
        !is_same_place || (now.keywords.bits ^ before->keywords.bits) & (uint32_t)CORRESPONDENT_FLAGS;
    if (may_count_otherwise &&
        correspondents_placed(c, before->id, now.keywords.bits, now.mailbox_ids, now.n_places, err) < 0)
        return -1;
    if (!is_same_place || was_unread != is_unread) {
        counters_take(c, before->thread_id, was_unread, before->mailbox_ids, before->n_places);
        counters_put(c, before->thread_id, is_unread, now.mailbox_ids, now.n_places);
    }
    return 0;
}

/* ---- removing ---- */

int email_remove(struct counters *c, const struct email_state *e, struct fct_error *err)
{
    static const char *const deletes[] = {
        "DELETE FROM placement WHERE email_id = ?1",
        "DELETE FROM envelope WHERE email_id = ?1",
        "DELETE FROM email_keyword WHERE email_id = ?1",
        "DELETE FROM pending WHERE email_id = ?1",
        "DELETE FROM snooze WHERE email_id = ?1",
        "DELETE FROM email WHERE id = ?1",
    };

    if (history_destroyed(c, e->id, err) < 0 || correspondents_gone(c, e->id, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        sqlite3_stmt *q = store_stmt(c->tx, deletes[i]);
        sqlite3_bind_int64(q, 1, e->id);
        if (store_run(c->tx, q, err) < 0)
            return -1;
    }
    counters_take(c, e->thread_id, flags_are_unread(e->keywords.bits), e->mailbox_ids, e->n_places);
    counters_thread(c, e->thread_id, -1, false);
    if (email_id_retire(c->tx, e->id, err) < 0 || store_blob_release(c->tx, e->blob_id, err) < 0)
        return -1;
    return store_tombstone(c->tx, c->account_id, STORE_EMAIL, e->id, e->created_modseq, err);
}

/* ---- a new id ---- */

static int rows_take_id(struct counters *c, int64_t from, int64_t to, int64_t thread_id, struct fct_error *err)
{
    static const char *const updates[] = {
        "UPDATE placement SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE envelope SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE email_keyword SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE pending SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE departure SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE history SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE undo_item SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE vacation_arrival SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE rule_arrival SET email_id = ?2 WHERE email_id = ?1",
        "UPDATE snooze SET email_id = ?2 WHERE email_id = ?1",
    };
    sqlite3_stmt *q = store_stmt(
        c->tx, "UPDATE email SET id = ?2, thread_id = ?3, created_modseq = ?4, updated_modseq = ?4 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, from);
    sqlite3_bind_int64(q, 2, to);
    sqlite3_bind_int64(q, 3, thread_id);
    sqlite3_bind_int64(q, 4, store_tx_bump(c->tx, c->account_id, STORE_EMAIL));
    if (store_run_one(c->tx, q, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
        q = store_stmt(c->tx, updates[i]);
        sqlite3_bind_int64(q, 1, from);
        sqlite3_bind_int64(q, 2, to);
        if (store_run(c->tx, q, err) < 0)
            return -1;
    }
    return submission_email_renamed(c->tx, from, to, thread_id, err);
}

int email_reinsert(struct counters *c, int64_t id, int64_t thread_id, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(mime_summary_done) struct mime_summary summary = {0};
    bool is_damaged = false;
    int64_t new_id;

    if (email_state_load(c->tx, id, &e, err) < 0 || email_id_allocate(c->tx, e.received_at, 0, &new_id, err) < 0)
        return -1;
    if (correspondents_before(c, id, err) < 0 || rows_take_id(c, id, new_id, thread_id, err) < 0 ||
        correspondents_after(c, new_id, err) < 0)
        return -1;
    if (index_summary_of_email(c->tx, new_id, e.blob_id, &summary, &is_damaged, err) < 0 ||
        index_insert(c->tx, new_id, &summary, err) < 0)
        return -1;
    bool is_unread = flags_are_unread(e.keywords.bits);
    counters_take(c, e.thread_id, is_unread, e.mailbox_ids, e.n_places);
    counters_thread(c, e.thread_id, -1, false);
    counters_put(c, thread_id, is_unread, e.mailbox_ids, e.n_places);
    counters_thread(c, thread_id, +1, false);
    counters_rename(c, id, new_id);
    if (email_id_retire(c->tx, id, err) < 0)
        return -1;
    return store_tombstone(c->tx, c->account_id, STORE_EMAIL, id, e.created_modseq, err);
}
