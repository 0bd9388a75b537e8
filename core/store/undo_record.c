/* Writing down what is done. */
#include "store/undo_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/partial.h"
#include "store/snoozes.h"

#include <time.h>

/* ---- the action ---- */

void store_undo_record_done(struct store_undo_record *r)
{
    free(r->what);
    free(r->text);
    r->what = r->text = NULL;
}

static int find_group(struct store_tx *tx, const char *group, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM undo WHERE group_key = ?1 AND at >= ?2 ORDER BY id DESC LIMIT 1");

    bind_text(q, 1, group);
    sqlite3_bind_int64(q, 2, (int64_t)time(NULL) - UNDO_GROUP_SECONDS);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* One that was taken back, or begins to be, has ended. */
static int join(struct store_tx *tx, struct store_undo_record *r, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT kinds, what, n_emails, n_items, n_left_out, reverts, is_undo, text "
                                     "FROM undo WHERE id = ?1 AND undone_by IS NULL AND n_items > 0");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    const char *what = store_text_or_null(q, 1), *text = store_text_or_null(q, 7);
    r->id = id;
    r->kinds = (unsigned)sqlite3_column_int(q, 0);
    r->what = what ? xstrdup(what) : NULL;
    r->n_emails = sqlite3_column_int64(q, 2);
    r->n_items = sqlite3_column_int64(q, 3);
    r->n_left_out = sqlite3_column_int64(q, 4);
    r->reverts = sqlite3_column_int64(q, 5);
    r->is_undo = sqlite3_column_int(q, 6) != 0;
    r->text = text ? xstrdup(text) : NULL;
    store_reset(q);
    return 0;
}

int store_undo_begin(struct store_tx *tx, struct store_undo_record *r, struct fct_error *err)
{
    int64_t id = r->join;

    if (r->is_off || (r->group && find_group(tx, r->group, &id, err) < 0))
        return r->is_off ? 0 : -1;
    return id ? join(tx, r, id, err) : 0;
}

static int make(struct store_tx *tx, struct store_undo_record *r, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO undo (at, client, group_key, kinds, text, reverts, is_undo, n_emails, "
                       "n_items) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, 0, 0)");

    sqlite3_bind_int64(q, 1, (int64_t)time(NULL));
    bind_text(q, 2, r->client && *r->client ? r->client : NULL);
    bind_text(q, 3, r->group);
    bind_text(q, 4, r->text);
    if (r->reverts)
        sqlite3_bind_int64(q, 5, r->reverts);
    sqlite3_bind_int(q, 6, r->is_undo);
    if (store_run(tx, q, err) < 0)
        return -1;
    r->id = sqlite3_last_insert_rowid(store_db(tx));
    r->is_new = true;
    return 0;
}

static int note_account(struct store_tx *tx, struct store_undo_record *r, int64_t account_id, struct fct_error *err)
{
    if (r->accounts[0] == account_id || r->accounts[1] == account_id)
        return 0;
    r->accounts[1] = r->accounts[0];
    r->accounts[0] = account_id;
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM undo_account WHERE account_id = ?1 AND id = ?2");
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, r->id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    if (has_row != 0)
        return has_row < 0 ? -1 : 0;
    q = store_stmt(tx, "INSERT INTO undo_account (account_id, id, created_modseq, updated_modseq) "
                       "VALUES (?1, ?2, ?3, ?3)");
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, r->id);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, account_id, STORE_UNDO));
    return store_run(tx, q, err);
}

static int save(struct store_tx *tx, const struct store_undo_record *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE undo SET at = ?2, kinds = ?3, what = ?4, n_emails = ?5, n_items = ?6, "
                                     "n_left_out = ?7 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, r->id);
    sqlite3_bind_int64(q, 2, (int64_t)time(NULL));
    sqlite3_bind_int(q, 3, (int)r->kinds);
    bind_text(q, 4, r->what);
    sqlite3_bind_int64(q, 5, r->n_emails);
    sqlite3_bind_int64(q, 6, r->n_items);
    sqlite3_bind_int64(q, 7, r->n_left_out);
    return store_run_one(tx, q, err);
}

int store_undo_end(struct store_tx *tx, struct store_undo_record *r, struct fct_error *err)
{
    size_t ignored;

    if (!r->has_news)
        return 0;
    if (save(tx, r, err) < 0 || (!r->is_new && undo_bump(tx, r->id, err) < 0))
        return -1;
    /* Few actions are large: what is beyond the bounds goes here, and the housekeeping has little to do. (Not while one
     * is being taken back: it might be that.) */
    if (!r->is_new || r->reverts)
        return 0;
    return store_undo_sweep(tx, (int64_t)time(NULL) - UNDO_KEPT_SECONDS, 1000, &ignored, err);
}

/* ---- what it did, in short ---- */

static const struct {
    uint32_t added, removed;
    const char *words;
} verbs[] = {
    {FCT_FLAG_SEEN, 0, "marked as read"},
    {0, FCT_FLAG_SEEN, "marked as unread"},
    {FCT_FLAG_FLAGGED, 0, "flagged"},
    {0, FCT_FLAG_FLAGGED, "no longer flagged"},
    {FCT_FLAG_JUNK, 0, "marked as junk"},
    {FCT_FLAG_NOTJUNK, 0, "marked as no junk"},
    {FCT_FLAG_ANSWERED, 0, "marked as answered"},
};

static char *flags_words(const struct undo_item *i)
{
    if (i->added.words && !strchr(i->added.words, ' ') && !i->added.bits && !i->removed.bits && !i->removed.words)
        return xasprintf("with the keyword %s", i->added.words);
    if (i->removed.words && !strchr(i->removed.words, ' ') && !i->added.bits && !i->removed.bits && !i->added.words)
        return xasprintf("without the keyword %s", i->removed.words);
    for (size_t k = 0; k < sizeof(verbs) / sizeof(verbs[0]) && !i->added.words && !i->removed.words; k++) {
        if (verbs[k].added == i->added.bits && verbs[k].removed == i->removed.bits)
            return xstrdup(verbs[k].words);
    }
    return xstrdup("");
}

/* undo_rows.h tells the form. */
static char *what_of(const struct undo_item *i, unsigned kind)
{
    if (kind & (STORE_UNDO_DESTROY | STORE_UNDO_RESTORE | STORE_UNDO_SNOOZE))
        return xstrdup("");
    if (!(kind & STORE_UNDO_MOVE))
        return flags_words(i);
    if (i->came.n == 1)
        return xasprintf("%s %lld", i->gone.n ? "to" : "in", (long long)i->came.p[0]);
    if (i->came.n == 0 && i->gone.n == 1)
        return xasprintf("of %lld", (long long)i->gone.p[0]);
    return xstrdup("");
}

static unsigned kind_of(const struct undo_item *i)
{
    if (i->kind == UNDO_DESTROYED)
        return STORE_UNDO_DESTROY;
    if (i->kind == UNDO_RESTORED)
        return STORE_UNDO_RESTORE;
    if (i->kind == UNDO_SNOOZED)
        return STORE_UNDO_SNOOZE;
    return (i->came.n || i->gone.n ? STORE_UNDO_MOVE : 0u) |
           (i->added.bits || i->removed.bits || i->added.words || i->removed.words ? STORE_UNDO_FLAGS : 0u);
}

static void note_what(struct store_undo_record *r, const struct undo_item *i)
{
    unsigned kind = kind_of(i), others = r->kinds & ~(unsigned)STORE_UNDO_DESTROY;
    CLEANUP(freep) char *what = what_of(i, kind);

    r->kinds |= kind;
    if (kind == STORE_UNDO_DESTROY) /* that is told beside it */
        return;
    if (!others)
        r->what = TAKE(what);
    else if (!r->what || strcmp(r->what, what) != 0) {
        free(r->what);
        r->what = NULL;
    }
}

/* ---- an item ---- */

static int is_in_action(struct store_tx *tx, const struct store_undo_record *r, int64_t email_id, bool *out,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM undo_item WHERE email_id = ?1 AND undo_id = ?2 LIMIT 1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, r->id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    *out = has_row > 0;
    return has_row < 0 ? -1 : 0;
}

int undo_note(struct store_tx *tx, struct store_undo_record *r, struct undo_item *i, struct fct_error *err)
{
    bool is_known = false;

    if (r->is_off)
        return 0;
    if ((!r->id && make(tx, r, err) < 0) || note_account(tx, r, i->account_id, err) < 0)
        return -1;
    r->has_news = true;
    if (r->n_items >= UNDO_ITEMS_MAX) {
        r->n_left_out++;
        return 0;
    }
    if (is_in_action(tx, r, i->email_id, &is_known, err) < 0)
        return -1;
    note_what(r, i);
    i->undo_id = r->id;
    i->seq = ++r->n_items;
    r->n_emails += !is_known;
    return undo_item_insert(tx, i, err);
}

/* ---- an Email before and after ---- */

struct store_undo_before {
    struct email_state e;
    uint64_t partial_size;
    struct snooze_moment moment;
};

int store_undo_look(struct store_tx *tx, int64_t email_id, struct store_undo_before **out, struct fct_error *err)
{
    CLEANUP(store_undo_before_freep) struct store_undo_before *b = XNEW(struct store_undo_before);

    if (email_state_load(tx, email_id, &b->e, err) < 0 || partial_size(tx, email_id, &b->partial_size, err) < 0 ||
        snooze_moment_load(tx, email_id, &b->moment, err) < 0)
        return -1;
    *out = TAKE(b);
    return 0;
}

void store_undo_before_free(struct store_undo_before *b)
{
    if (!b)
        return;
    email_state_done(&b->e);
    free(b);
}

static void keywords_minus(struct keyword_set *out, const struct keyword_set *a, const struct keyword_set *b)
{
    *out = (struct keyword_set){a->bits & ~b->bits & ~(uint32_t)FCT_FLAG_DELETED, words_minus(a->words, b->words)};
}

static struct id_list moment_list(const struct snooze_moment *m)
{
    struct id_list l = {.p = xcalloc(2, sizeof(*l.p)), .n = 2};

    l.p[0] = m->until;
    l.p[1] = m->to_mailbox_id;
    return l;
}

/* It waits for another moment than before, or comes back elsewhere. */
static int note_moment(struct store_tx *tx, struct store_undo_record *r, const struct store_undo_before *b,
                       struct fct_error *err)
{
    CLEANUP(undo_item_done)
    struct undo_item i = {.account_id = b->e.account_id, .email_id = b->e.id, .kind = UNDO_SNOOZED};
    struct snooze_moment now;

    if (b->moment.until == 0)
        return 0;
    if (snooze_moment_load(tx, b->e.id, &now, err) < 0)
        return -1;
    if (now.until == 0 || (now.until == b->moment.until && now.to_mailbox_id == b->moment.to_mailbox_id))
        return 0;
    i.came = moment_list(&now);
    i.gone = moment_list(&b->moment);
    return undo_note(tx, r, &i, err);
}

int store_undo_changed(struct store_tx *tx, struct store_undo_record *r, const struct store_undo_before *b,
                       struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state now = {0};
    CLEANUP(undo_item_done)
    struct undo_item i = {.account_id = b->e.account_id, .email_id = b->e.id, .kind = UNDO_CHANGED};

    if (r->is_off)
        return 0;
    if (email_state_load(tx, b->e.id, &now, err) < 0)
        return -1;
    id_list_minus(&i.came, now.mailbox_ids, now.n_places, b->e.mailbox_ids, b->e.n_places);
    id_list_minus(&i.gone, b->e.mailbox_ids, b->e.n_places, now.mailbox_ids, now.n_places);
    keywords_minus(&i.added, &now.keywords, &b->e.keywords);
    keywords_minus(&i.removed, &b->e.keywords, &now.keywords);
    if (kind_of(&i) && undo_note(tx, r, &i, err) < 0)
        return -1;
    return note_moment(tx, r, b, err);
}

int store_undo_destroyed(struct store_tx *tx, struct store_undo_record *r, const struct store_undo_before *b,
                         struct fct_error *err)
{
    const struct keyword_set none = {0};
    CLEANUP(undo_item_done)
    struct undo_item i = {.account_id = b->e.account_id,
                          .email_id = b->e.id,
                          .kind = UNDO_DESTROYED,
                          .blob_id = b->e.blob_id,
                          .received_at = b->e.received_at,
                          .partial_size = b->partial_size};

    id_list_minus(&i.gone, b->e.mailbox_ids, b->e.n_places, NULL, 0);
    keywords_minus(&i.removed, &b->e.keywords, &none);
    return undo_note(tx, r, &i, err);
}
