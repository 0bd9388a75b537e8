#include "store/pending_set.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/arrive.h"
#include "store/db.h"
#include "store/kept.h"

#include <time.h>

struct wish {
    int64_t id; /* 0: no entry */
    bool is_sent;
    struct keyword_set add, remove;
};

static void wish_done(struct wish *w)
{
    keyword_set_done(&w->add);
    keyword_set_done(&w->remove);
}

static bool set_is_empty(const struct keyword_set *s)
{
    return s->bits == 0 && !s->words;
}

/* *s = *s with `more`; *s = *s without `less`; *s = what is in both. */
static void set_add(struct keyword_set *s, const struct keyword_set *more)
{
    char *words = words_union(s->words, more->words);

    free(s->words);
    *s = (struct keyword_set){s->bits | more->bits, words};
}

static void set_subtract(struct keyword_set *s, const struct keyword_set *less)
{
    char *words = words_minus(s->words, less->words);

    free(s->words);
    *s = (struct keyword_set){s->bits & ~less->bits, words};
}

static void set_intersect(struct keyword_set *s, const struct keyword_set *with)
{
    char *words = words_both(s->words, with->words);

    free(s->words);
    *s = (struct keyword_set){s->bits & with->bits, words};
}

static struct keyword_set set_copy(const struct keyword_set *s)
{
    return (struct keyword_set){s->bits, s->words ? xstrdup(s->words) : NULL};
}

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);

    return s ? xstrdup(s) : NULL;
}

/* ---- rows ---- */

static int wish_load(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct wish *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, is_sent, add_flags, remove_flags, add_keywords, remove_keywords FROM pending "
                       "WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = ?3");

    *out = (struct wish){0};
    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    sqlite3_bind_int(q, 3, STORE_PENDING_FLAGS);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct wish){sqlite3_column_int64(q, 0),
                         sqlite3_column_int(q, 1) != 0,
                         {(uint32_t)sqlite3_column_int64(q, 2), dup_column(q, 4)},
                         {(uint32_t)sqlite3_column_int64(q, 3), dup_column(q, 5)}};
    store_reset(q);
    return 0;
}

static int entry_delete(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM pending WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

/* Writes an existing entry, or deletes it when it has nothing left to say. */
static int wish_update(struct store_tx *tx, const struct wish *w, struct fct_error *err)
{
    if (set_is_empty(&w->add) && set_is_empty(&w->remove))
        return entry_delete(tx, w->id, err);
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE pending SET is_sent = ?2, add_flags = ?3, remove_flags = ?4, add_keywords = ?5, "
                       "remove_keywords = ?6 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, w->id);
    sqlite3_bind_int(q, 2, w->is_sent);
    sqlite3_bind_int64(q, 3, w->add.bits);
    sqlite3_bind_int64(q, 4, w->remove.bits);
    bind_text(q, 5, w->add.words);
    bind_text(q, 6, w->remove.words);
    return store_run_one(tx, q, err);
}

static int wish_insert(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, int64_t email_id, uint64_t uid,
                       const struct wish *w, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "INSERT INTO pending (account_id, mailbox_id, email_id, uid, kind, add_flags, remove_flags, "
        "add_keywords, remove_keywords, created_at, is_sent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");

    if (set_is_empty(&w->add) && set_is_empty(&w->remove))
        return 0;
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    sqlite3_bind_int64(q, 3, email_id);
    if (uid != 0)
        sqlite3_bind_int64(q, 4, (int64_t)uid);
    sqlite3_bind_int(q, 5, STORE_PENDING_FLAGS);
    sqlite3_bind_int64(q, 6, w->add.bits);
    sqlite3_bind_int64(q, 7, w->remove.bits);
    bind_text(q, 8, w->add.words);
    bind_text(q, 9, w->remove.words);
    sqlite3_bind_int64(q, 10, (int64_t)time(NULL));
    sqlite3_bind_int(q, 11, w->is_sent);
    return store_run(tx, q, err);
}

/* ---- wishes ---- */

int store_pending_flags(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, int64_t email_id, uint64_t uid,
                        const struct fct_flags *add, const struct fct_flags *remove, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};
    CLEANUP(keyword_set_done) struct keyword_set plus = {0};
    CLEANUP(keyword_set_done) struct keyword_set minus = {0};
    CLEANUP(keyword_set_done) struct keyword_set back = {0};
    CLEANUP(keyword_set_done) struct keyword_set forth = {0};

    keyword_set_from(add, &plus);
    keyword_set_from(remove, &minus);
    if (wish_load(tx, mailbox_id, email_id, &w, err) < 0)
        return -1;
    back = set_copy(&plus); /* taking back that it shall be removed, and that it shall be added */
    set_intersect(&back, &w.remove);
    forth = set_copy(&minus);
    set_intersect(&forth, &w.add);
    set_subtract(&w.remove, &plus);
    set_subtract(&w.add, &minus);
    set_add(&w.add, &plus);
    set_add(&w.remove, &minus);
    if (!w.is_sent) { /* the server has it so already */
        set_subtract(&w.add, &back);
        set_subtract(&w.remove, &forth);
    }
    return w.id ? wish_update(tx, &w, err) : wish_insert(tx, account_id, mailbox_id, email_id, uid, &w, err);
}

int pending_apply(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *server,
                  struct keyword_set *out, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};

    if (wish_load(tx, mailbox_id, email_id, &w, err) < 0)
        return -1;
    *out = set_copy(server);
    if (w.id == 0)
        return 0;
    set_add(out, &w.add);
    set_subtract(out, &w.remove);
    if (w.is_sent)
        return 0;
    set_subtract(&w.add, server);
    set_intersect(&w.remove, server);
    return wish_update(tx, &w, err);
}

int pending_server_side(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *shown,
                        struct keyword_set *out, bool *out_is_sent, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};

    if (wish_load(tx, mailbox_id, email_id, &w, err) < 0)
        return -1;
    *out = set_copy(shown);
    set_subtract(out, &w.add);
    set_add(out, &w.remove);
    *out_is_sent = w.is_sent;
    return 0;
}

int pending_wish(struct store_tx *tx, int64_t account_id, const struct email_place *p, int64_t email_id,
                 const struct keyword_set *server, bool is_sent, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {.is_sent = is_sent, .add = set_copy(&p->flags), .remove = set_copy(server)};

    set_subtract(&w.add, server);
    set_subtract(&w.remove, &p->flags);
    w.remove.bits &= ~(uint32_t)FCT_FLAG_DELETED;
    return wish_insert(tx, account_id, p->mailbox_id, email_id, p->uid, &w, err);
}

int pending_unmark(struct counters *c, int64_t mailbox_id, int64_t email_id, uint64_t uid, struct fct_error *err)
{
    const struct fct_flags none = {0}, mark = {.bits = FCT_FLAG_DELETED};

    if (store_pending_flags(c->tx, c->account_id, mailbox_id, email_id, uid, &none, &mark, err) < 0)
        return -1;
    return kept_note_one(c, mailbox_id, email_id, err);
}

int pending_unmarks(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};

    if (wish_load(tx, mailbox_id, email_id, &w, err) < 0)
        return -1;
    return (w.remove.bits & FCT_FLAG_DELETED) != 0;
}

/* ---- the sync's side ---- */

static int mark_sent(struct store_tx *tx, const struct store_pending *p, size_t n, struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *q = store_stmt(tx, "UPDATE pending SET is_sent = 1, tries = tries + 1 WHERE id = ?1");
        sqlite3_bind_int64(q, 1, p[i].id);
        if (store_run_one(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int store_pending_load(struct store_tx *tx, int64_t mailbox_id, size_t max, struct store_pending **out, size_t *out_n,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id, account_id, email_id, uid, kind, tries, add_flags, remove_flags, add_keywords, "
            "remove_keywords FROM pending WHERE mailbox_id = ?1 AND kind = 1 AND uid IS NOT NULL ORDER BY id LIMIT ?2");
    struct store_pending *list = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            list = xreallocarray(list, cap, sizeof(*list));
        }
        list[n++] = (struct store_pending){.id = sqlite3_column_int64(q, 0),
                                           .account_id = sqlite3_column_int64(q, 1),
                                           .mailbox_id = mailbox_id,
                                           .email_id = sqlite3_column_int64(q, 2),
                                           .uid = (uint64_t)sqlite3_column_int64(q, 3),
                                           .kind = sqlite3_column_int(q, 4),
                                           .tries = sqlite3_column_int(q, 5),
                                           .add_flags = (uint32_t)sqlite3_column_int64(q, 6),
                                           .remove_flags = (uint32_t)sqlite3_column_int64(q, 7),
                                           .add_keywords = dup_column(q, 8),
                                           .remove_keywords = dup_column(q, 9)};
    }
    if (has_row < 0 || (store_tx_is_writer(tx) && mark_sent(tx, list, n, err) < 0)) {
        store_pending_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

void store_pending_free(struct store_pending *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(p[i].add_keywords);
        free(p[i].remove_keywords);
    }
    free(p);
}

int store_pending_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n,
                            struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT DISTINCT mailbox_id FROM pending WHERE account_id = ?1 AND kind = 1 AND uid IS NOT NULL "
                       "ORDER BY mailbox_id");
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

int store_pending_count(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    /* A departure belongs to the move of its Email, where that still waits. */
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT (SELECT count(*) FROM pending WHERE account_id = ?1 AND kind < 3) + (SELECT count(*) FROM "
            "departure d WHERE "
            "d.account_id = ?1 AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.email_id = d.email_id AND p.kind = 2))");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* The entry as it is now, found by its id; w.id 0 when it is gone. */
static int wish_reload(struct store_tx *tx, const struct store_pending *p, struct wish *w, int64_t *out_email,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM pending WHERE id = ?1");

    *w = (struct wish){0};
    sqlite3_bind_int64(q, 1, p->id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out_email = sqlite3_column_int64(q, 0); /* merged threads may have given it a new one */
    store_reset(q);
    return wish_load(tx, p->mailbox_id, *out_email, w, err);
}

int store_pending_done(struct store_tx *tx, const struct store_pending *p, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};
    const struct keyword_set added = {p->add_flags, p->add_keywords}, removed = {p->remove_flags, p->remove_keywords};
    int64_t email_id;

    if (wish_reload(tx, p, &w, &email_id, err) < 0)
        return -1;
    if (w.id == 0)
        return 0;
    set_subtract(&w.add, &added);
    set_subtract(&w.remove, &removed);
    w.is_sent = false;
    return wish_update(tx, &w, err);
}

/* Shows the flags without what was refused. */
static int undo_shown(struct counters *c, int64_t mailbox_id, int64_t email_id, const struct wish *refused,
                      struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state before = {0};

    if (email_state_load(c->tx, email_id, &before, err) < 0)
        return -1;
    for (size_t i = 0; i < before.n_places; i++) {
        if (before.places[i].mailbox_id != mailbox_id)
            continue;
        CLEANUP(keyword_set_done) struct keyword_set now = set_copy(&before.places[i].flags);
        set_subtract(&now, &refused->add);
        set_add(&now, &refused->remove);
        if (now.bits & FCT_FLAG_DELETED)
            return placement_hide(c, mailbox_id, email_id, &now, err);
        if (email_place_set_flags(c->tx, mailbox_id, email_id, &now, err) < 0)
            return -1;
    }
    return email_placed(c, &before, err);
}

int store_pending_refused(struct store_tx *tx, const struct store_pending *p, const char *why, struct fct_error *err)
{
    CLEANUP(wish_done) struct wish w = {0};
    CLEANUP(wish_done) struct wish refused = {0};
    CLEANUP(counters_done) struct counters c = {0};
    const struct keyword_set added = {p->add_flags, p->add_keywords}, removed = {p->remove_flags, p->remove_keywords};
    int64_t email_id;

    (void)why; /* told by the caller: the entry that it belongs to is gone */
    if (wish_reload(tx, p, &w, &email_id, err) < 0 || counters_init(&c, tx, p->account_id, err) < 0)
        return -1;
    if (w.id == 0)
        return 0;
    refused.add = set_copy(&w.add); /* what was sent and is still wished */
    set_intersect(&refused.add, &added);
    refused.remove = set_copy(&w.remove);
    set_intersect(&refused.remove, &removed);
    set_subtract(&w.add, &added);
    set_subtract(&w.remove, &removed);
    /* A wish that was sent, refused and taken back meanwhile: the server still has the old state, nothing is to be
     * said. */
    set_subtract(&w.add, &removed);
    set_subtract(&w.remove, &added);
    w.is_sent = false;
    if (wish_update(tx, &w, err) < 0 || undo_shown(&c, p->mailbox_id, email_id, &refused, err) < 0)
        return -1;
    return counters_flush(&c, err);
}
