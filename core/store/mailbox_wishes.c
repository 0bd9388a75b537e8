#include "store/mailbox_journal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/email_state.h"
#include "store/mailbox_rows.h"
#include "store/pending.h"
#include "store/refusals.h"

#include <time.h>

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);

    return s ? xstrdup(s) : NULL;
}

static int run_about(struct store_tx *tx, sqlite3_stmt *q, int64_t id, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

/* A number that is about a mailbox; 0 when there is no row. */
static int ask_about(struct store_tx *tx, sqlite3_stmt *q, int64_t id, int64_t *out, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* ---- rows ---- */

void wish_row_done(struct wish_row *w)
{
    free(w->server_name);
    free(w->sent_full_name);
    free(w->sent_name);
    *w = (struct wish_row){0};
}

int wish_row_load(struct store_tx *tx, int64_t mailbox_id, struct wish_row *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT what, sent, server_parent, server_name, sent_full_name, sent_parent, "
                                     "sent_name, seen_uidvalidity, seen_uidnext, seen_messages, was_told "
                                     "FROM mailbox_wish WHERE mailbox_id = ?1");

    *out = (struct wish_row){0};
    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct wish_row){.what = sqlite3_column_int(q, 0),
                             .sent = sqlite3_column_int(q, 1),
                             .server_parent = sqlite3_column_int64(q, 2),
                             .server_name = dup_column(q, 3),
                             .sent_full_name = dup_column(q, 4),
                             .sent_parent = sqlite3_column_int64(q, 5),
                             .sent_name = dup_column(q, 6),
                             .seen_uidvalidity = (uint32_t)sqlite3_column_int64(q, 7),
                             .seen_uidnext = (uint64_t)sqlite3_column_int64(q, 8),
                             .seen_messages = sqlite3_column_int64(q, 9),
                             .was_told = sqlite3_column_int(q, 10) != 0};
    store_reset(q);
    return 0;
}

int wish_row_write(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, const struct wish_row *w,
                   struct fct_error *err)
{
    if (w->what == 0)
        return run_about(tx, store_stmt(tx, "DELETE FROM mailbox_wish WHERE mailbox_id = ?1"), mailbox_id, err);
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO mailbox_wish (mailbox_id, account_id, what, sent, server_parent, server_name, "
                       "sent_full_name, sent_parent, sent_name, seen_uidvalidity, seen_uidnext, seen_messages, "
                       "was_told, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
                       "ON CONFLICT DO UPDATE SET what = ?3, sent = ?4, server_parent = ?5, server_name = ?6, "
                       "sent_full_name = ?7, sent_parent = ?8, sent_name = ?9, seen_uidvalidity = ?10, "
                       "seen_uidnext = ?11, seen_messages = ?12, was_told = ?13");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, account_id);
    sqlite3_bind_int(q, 3, w->what);
    sqlite3_bind_int(q, 4, w->sent);
    sqlite3_bind_int64(q, 5, w->server_parent);
    bind_text(q, 6, w->server_name);
    bind_text(q, 7, w->sent ? w->sent_full_name : NULL);
    sqlite3_bind_int64(q, 8, w->sent_parent);
    bind_text(q, 9, w->sent ? w->sent_name : NULL);
    sqlite3_bind_int64(q, 10, w->seen_uidvalidity);
    sqlite3_bind_int64(q, 11, (int64_t)w->seen_uidnext);
    sqlite3_bind_int64(q, 12, w->seen_messages);
    sqlite3_bind_int(q, 13, w->was_told);
    sqlite3_bind_int64(q, 14, (int64_t)time(NULL));
    return store_run(tx, q, err);
}

/* ---- what users did ---- */

int wish_make(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, bool is_subscribed, struct fct_error *err)
{
    /* A new mailbox is subscribed with its creation. */
    const struct wish_row w = {.what = STORE_WISH_MAKE | (is_subscribed ? 0 : STORE_WISH_SUBSCRIBE)};

    return wish_row_write(tx, account_id, mailbox_id, &w, err);
}

static void note_server_place(struct wish_row *w, int64_t parent_id, const char *name)
{
    char *copy = xstrdup(name);

    free(w->server_name);
    w->server_name = copy;
    w->server_parent = parent_id;
}

int wish_rename(struct store_tx *tx, const struct store_mailbox *m, int64_t parent_id, const char *name,
                struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};

    if (wish_row_load(tx, m->id, &w, err) < 0)
        return -1;
    w.was_told = false;
    if (w.what &
        STORE_WISH_MAKE) /* it will be made where it is shown; if that is under way, the answer makes a rename of it */
        return wish_row_write(tx, m->account_id, m->id, &w, err);
    if (!(w.what & STORE_WISH_RENAME))
        note_server_place(&w, m->parent_id, m->name);
    w.what |= STORE_WISH_RENAME;
    bool is_back = w.server_parent == parent_id && strcmp(w.server_name, name) == 0;
    if (is_back && !(w.sent & STORE_WISH_RENAME))
        w.what &= ~STORE_WISH_RENAME;
    return wish_row_write(tx, m->account_id, m->id, &w, err);
}

int wish_subscribe(struct store_tx *tx, const struct store_mailbox *m, bool is_subscribed, struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};

    if (wish_row_load(tx, m->id, &w, err) < 0)
        return -1;
    bool on_server = w.what & STORE_WISH_MAKE ? true : (m->attrs & FCT_MB_SUBSCRIBED) != 0;
    w.what |= STORE_WISH_SUBSCRIBE;
    if (on_server == is_subscribed && !(w.sent & STORE_WISH_SUBSCRIBE))
        w.what &= ~STORE_WISH_SUBSCRIBE;
    return wish_row_write(tx, m->account_id, m->id, &w, err);
}

/* Messages of the mailbox that are known here under a UID, and one past the highest. */
static int count_seen(struct store_tx *tx, int64_t mailbox_id, int64_t *out_n, uint64_t *out_next,
                      struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT count(*), max(uid) FROM placement WHERE mailbox_id = ?1 AND uid IS NOT NULL UNION ALL "
                       "SELECT count(*), max(uid) FROM placement_deleted WHERE mailbox_id = ?1 AND uid > 0 UNION ALL "
                       "SELECT count(*), max(uid) FROM departure WHERE mailbox_id = ?1 AND uid IS NOT NULL");
    int has_row;

    *out_n = 0;
    *out_next = 0;
    sqlite3_bind_int64(q, 1, mailbox_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        uint64_t next = (uint64_t)sqlite3_column_int64(q, 1) + 1;
        *out_n += sqlite3_column_int64(q, 0);
        *out_next = next > *out_next ? next : *out_next;
    }
    return has_row;
}

int wish_delete(struct store_tx *tx, const struct store_mailbox *m, struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};

    if (wish_row_load(tx, m->id, &w, err) < 0)
        return -1;
    if (w.what & STORE_WISH_DELETE)
        return 0;
    w.what |= STORE_WISH_DELETE;
    w.was_told = false;
    w.seen_uidvalidity = m->uidvalidity;
    if (count_seen(tx, m->id, &w.seen_messages, &w.seen_uidnext, err) < 0)
        return -1;
    if (m->is_complete && m->uidnext > w.seen_uidnext)
        w.seen_uidnext = m->uidnext;
    if (m->is_complete && m->remote_messages > w.seen_messages)
        w.seen_messages = m->remote_messages;
    if (m->attrs & FCT_MB_NOSELECT)
        w.seen_messages = -1;
    return wish_row_write(tx, m->account_id, m->id, &w, err);
}

/* Out of sight: no name, no place, no role, and in no answer about changes but that it is destroyed. */
static int hide_row(struct counters *c, const struct store_mailbox *m, struct fct_error *err)
{
    int64_t created;

    if (ask_about(c->tx, store_stmt(c->tx, "SELECT created_modseq FROM mailbox WHERE id = ?1"), m->id, &created, err) <
        0)
        return -1;
    sqlite3_stmt *q = store_stmt(
        c->tx, "UPDATE mailbox SET is_hidden = 1, is_gone = 0, name = char(1) || id, parent_id = NULL, role = 0, "
               "own_role = NULL, attrs = attrs | ?2, created_modseq = 0, updated_modseq = 0, props_modseq = 0 "
               "WHERE id = ?1");
    sqlite3_bind_int64(q, 1, m->id);
    sqlite3_bind_int64(q, 2, FCT_MB_NOSELECT); /* nothing is moved into it by a client that knows its id */
    if (store_run_one(c->tx, q, err) < 0)
        return -1;
    if (c->trash == m->id)
        c->trash = 0;
    return store_tombstone(c->tx, m->account_id, STORE_MAILBOX, m->id, created, err);
}

int mailbox_hide(struct counters *c, const struct store_mailbox *m, struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};
    size_t ignored;

    if (wish_row_load(c->tx, m->id, &w, err) < 0)
        return -1;
    if ((w.what & STORE_WISH_MAKE) &&
        !(w.sent & STORE_WISH_MAKE)) /* made and deleted, and the server heard of neither */
        return mailbox_row_remove(c, m->id, err);
    w.what = STORE_WISH_DELETE;
    w.sent &= STORE_WISH_MAKE | STORE_WISH_RENAME; /* by what name it is there follows from it */
    if (placements_leave_some(c, m->id, SIZE_MAX, &ignored, err) < 0 ||
        run_about(c->tx, store_stmt(c->tx, "DELETE FROM pending WHERE mailbox_id = ?1"), m->id, err) < 0 ||
        departures_forget_idle(c->tx, m->id, err) < 0 || /* the others are to come elsewhere: they go first */
        counters_flush(c, err) < 0 || wish_row_write(c->tx, m->account_id, m->id, &w, err) < 0)
        return -1;
    return hide_row(c, m, err);
}

int mailbox_drop_hidden(struct counters *c, int64_t id, struct fct_error *err)
{
    static const char *const deletes[] = {"DELETE FROM mailbox_wish WHERE mailbox_id = ?1",
                                          "DELETE FROM mailbox WHERE id = ?1"};

    if (mailbox_empty(c, id, err) < 0 || counters_flush(c, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        if (run_about(c->tx, store_stmt(c->tx, deletes[i]), id, err) < 0)
            return -1;
    }
    return 0;
}

int mailbox_take_over(struct counters *c, int64_t hidden_id, int64_t id, struct fct_error *err)
{
    static const char *const updates[] = {
        "UPDATE departure SET mailbox_id = ?2 WHERE mailbox_id = ?1 AND account_id = (SELECT account_id FROM mailbox "
        "WHERE "
        "id = ?1)",
        "UPDATE mailbox SET uidvalidity = (SELECT uidvalidity FROM mailbox WHERE id = ?1) WHERE id = ?2"};

    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
        sqlite3_stmt *q = store_stmt(c->tx, updates[i]);
        sqlite3_bind_int64(q, 2, id);
        if (run_about(c->tx, q, hidden_id, err) < 0)
            return -1;
    }
    return mailbox_drop_hidden(c, hidden_id, err);
}

int mailbox_make_again(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE mailbox SET wire_name = NULL, full_name = NULL, remote_mailbox_id = NULL, uidvalidity = "
                       "0, uidnext = 0, "
                       "highest_modseq = 0, remote_messages = -1, is_complete = 0, is_gone = 0, attrs = attrs & ?2, "
                       "updated_modseq = ?3, props_modseq = ?3 WHERE id = ?1");

    sqlite3_bind_int64(q, 2, FCT_MB_SUBSCRIBED);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, account_id, STORE_MAILBOX));
    if (run_about(tx, q, mailbox_id, err) < 0 || wish_row_load(tx, mailbox_id, &w, err) < 0)
        return -1;
    w.what = (w.what & ~STORE_WISH_RENAME) | STORE_WISH_MAKE;
    w.sent = 0;
    return wish_row_write(tx, account_id, mailbox_id, &w, err);
}

/* ---- what waits ---- */

struct waiting {
    int64_t id;
    bool is_hidden;
    int depth; /* of the place that is shown; of a hidden one, how long its name is */
};

static int compare_waiting(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->is_hidden != y->is_hidden)
        return x->is_hidden - y->is_hidden;
    if (x->depth != y->depth)
        return x->is_hidden ? y->depth - x->depth : x->depth - y->depth;
    return (x->id > y->id) - (x->id < y->id);
}

static int depth_of(struct store_tx *tx, int64_t id, int *out, struct fct_error *err)
{
    int64_t parent = id;

    for (*out = 0; parent != 0 && *out < 2 * MAILBOX_DEPTH_MAX; ++*out) {
        if (ask_about(tx, store_stmt(tx, "SELECT parent_id FROM mailbox WHERE id = ?1"), parent, &parent, err) < 0)
            return -1;
    }
    return 0;
}

static int collect_waiting(struct store_tx *tx, int64_t account_id, struct waiting **out, size_t *out_n,
                           struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT m.id, m.is_hidden, length(m.full_name) FROM mailbox_wish w JOIN mailbox m "
                                     "ON m.id = w.mailbox_id WHERE w.account_id = ?1");
    size_t cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (*out_n == cap) {
            cap = cap ? 2 * cap : 16;
            *out = xreallocarray(*out, cap, sizeof(**out));
        }
        (*out)[(*out_n)++] =
            (struct waiting){sqlite3_column_int64(q, 0), sqlite3_column_int(q, 1) != 0, sqlite3_column_int(q, 2)};
    }
    return has_row;
}

int store_mailbox_wishes_load(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n,
                              struct fct_error *err)
{
    CLEANUP(freep) struct waiting *list = NULL;
    size_t n = 0;

    *out = NULL;
    *out_n = 0;
    if (collect_waiting(tx, account_id, &list, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!list[i].is_hidden && depth_of(tx, list[i].id, &list[i].depth, err) < 0)
            return -1;
    }
    if (n == 0)
        return 0;
    qsort(list, n, sizeof(*list), compare_waiting);
    *out = xcalloc(n, sizeof(**out));
    for (size_t i = 0; i < n; i++)
        (*out)[(*out_n)++] = list[i].id;
    return 0;
}

int store_mailbox_wishes_count(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    return ask_about(tx, store_stmt(tx, "SELECT count(*) FROM mailbox_wish WHERE account_id = ?1"), account_id, out,
                     err);
}

/* ---- where it shall be ---- */

/* A mailbox that another shall be below. */
struct above {
    int64_t parent_id;
    char *name, *full_name;
    uint32_t delimiter;
    bool is_made; /* waits to be made, or the server does not list it any more */
};

static void above_done(struct above *a)
{
    free(a->name);
    free(a->full_name);
}

static int above_load(struct store_tx *tx, int64_t id, struct above *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT m.parent_id, m.name, m.full_name, m.delimiter, m.is_gone OR ifnull(w.what & 1, 0) FROM "
                       "mailbox m LEFT JOIN mailbox_wish w ON w.mailbox_id = m.id WHERE m.id = ?1");

    *out = (struct above){.is_made = true};
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct above){sqlite3_column_int64(q, 0), xstrdup(store_text(q, 1)), dup_column(q, 2),
                          (uint32_t)sqlite3_column_int64(q, 3), sqlite3_column_int(q, 4) != 0};
    store_reset(q);
    return 0;
}

int mailbox_delimiter(struct store_tx *tx, int64_t account_id, int64_t parent_id, uint32_t *out, struct fct_error *err)
{
    static const char *const questions[] = {
        "SELECT delimiter FROM mailbox WHERE id = ?1",
        "SELECT delimiter FROM mailbox WHERE account_id = ?1 AND role = 1 AND role > 0",
        "SELECT delimiter FROM mailbox WHERE account_id = ?1 AND wire_name IS NOT NULL AND delimiter > 0 LIMIT 1",
    };
    int64_t found = 0;

    for (size_t i = parent_id ? 0 : 1; i < sizeof(questions) / sizeof(questions[0]) && found == 0; i++) {
        if (ask_about(tx, store_stmt(tx, questions[i]), i == 0 ? parent_id : account_id, &found, err) < 0)
            return -1;
    }
    *out = (uint32_t)found;
    return 0;
}

/* *out stays NULL where the parent is not there yet. */
static int compose(struct store_tx *tx, int64_t account_id, int64_t parent_id, const char *name, char **out,
                   struct fct_error *err)
{
    CLEANUP(freep) char *tail = xstrdup(name);
    uint32_t delimiter;

    if (mailbox_delimiter(tx, account_id, parent_id, &delimiter, err) < 0)
        return -1;
    for (int depth = 0; parent_id != 0; depth++) {
        CLEANUP(above_done) struct above a = {0};
        CLEANUP(buf_done) struct buf b = {0};
        if (above_load(tx, parent_id, &a, err) < 0)
            return -1;
        if (a.is_made || delimiter == 0 || depth > 2 * MAILBOX_DEPTH_MAX)
            return 0;
        /* A level that the server does not list has the name that is shown. */
        buf_add_str(&b, a.full_name ? a.full_name : a.name);
        buf_add_utf8(&b, delimiter);
        buf_add_str(&b, tail);
        free(tail);
        tail = buf_steal(&b);
        parent_id = a.full_name ? 0 : a.parent_id;
    }
    *out = TAKE(tail);
    return 0;
}

void store_mailbox_wish_done(struct store_mailbox_wish *w)
{
    buf_done(&w->wire_name);
    free(w->full_name);
    free(w->name);
    free(w->target);
    *w = (struct store_mailbox_wish){0};
}

static int load_wish(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_wish *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT m.account_id, w.what, w.sent, m.wire_name, m.full_name, m.delimiter, m.name, m.role, "
                       "m.is_subscribed, m.parent_id, w.seen_uidvalidity, w.seen_uidnext, w.seen_messages, "
                       "EXISTS (SELECT 1 FROM departure d WHERE d.account_id = m.account_id AND d.mailbox_id = m.id "
                       "AND EXISTS (SELECT 1 FROM pending p WHERE p.email_id = d.email_id AND (p.kind = 3 AND "
                       "p.is_sent = 0 OR p.kind = 2 AND NOT ((p.last_error IS NOT NULL OR (SELECT wire_name FROM "
                       "mailbox WHERE id = p.mailbox_id) IS NULL) AND EXISTS (SELECT 1 FROM placement x WHERE "
                       "x.email_id = d.email_id AND x.uid IS NOT NULL))))), "
                       "m.is_hidden, w.server_parent, m.attrs & 4, m.is_gone "
                       "FROM mailbox_wish w JOIN mailbox m ON m.id = w.mailbox_id WHERE w.mailbox_id = ?1");

    *out = (struct store_mailbox_wish){.mailbox_id = mailbox_id};
    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    out->account_id = sqlite3_column_int64(q, 0);
    out->what = sqlite3_column_int(q, 1);
    out->sent = sqlite3_column_int(q, 2);
    if (sqlite3_column_bytes(q, 3) > 0)
        buf_add(&out->wire_name, sqlite3_column_blob(q, 3), (size_t)sqlite3_column_bytes(q, 3));
    out->full_name = dup_column(q, 4);
    out->delimiter = (uint32_t)sqlite3_column_int64(q, 5);
    out->name = xstrdup(store_text(q, 6));
    out->role = sqlite3_column_int(q, 7);
    out->is_subscribed = sqlite3_column_int(q, 8) != 0;
    out->target_parent = sqlite3_column_int64(q, 9);
    out->seen_uidvalidity = (uint32_t)sqlite3_column_int64(q, 10);
    out->seen_uidnext = (uint64_t)sqlite3_column_int64(q, 11);
    out->seen_messages = sqlite3_column_int64(q, 12);
    out->has_departures = sqlite3_column_int(q, 13) != 0;
    out->is_shown = !sqlite3_column_int(q, 14);
    out->server_parent = sqlite3_column_int64(q, 15);
    out->is_subscribed_there = sqlite3_column_int(q, 16) != 0;
    out->is_gone = sqlite3_column_int(q, 17) != 0;
    if (out->is_shown)
        out->what &= ~STORE_WISH_DELETE; /* it is still being emptied */
    store_reset(q);
    return 0;
}

int store_mailbox_wish_load(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_wish *out,
                            struct fct_error *err)
{
    struct store_mailbox_wish w;

    if (load_wish(tx, mailbox_id, &w, err) < 0)
        return -1;
    bool has_target = w.what & (STORE_WISH_MAKE | STORE_WISH_RENAME);
    if ((has_target && compose(tx, w.account_id, w.target_parent, w.name, &w.target, err) < 0) ||
        (w.what & STORE_WISH_MAKE && mailbox_delimiter(tx, w.account_id, w.target_parent, &w.delimiter, err) < 0)) {
        store_mailbox_wish_done(&w);
        return -1;
    }
    *out = w;
    return 0;
}

int store_mailbox_by_wire_name(struct store_tx *tx, int64_t account_id, struct fct_bytes wire_name, int64_t other_than,
                               int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND wire_name = ?2 AND id <> ?3 AND "
                                     "is_gone = 0 LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_blob64(q, 2, wire_name.p, wire_name.n, SQLITE_STATIC);
    sqlite3_bind_int64(q, 3, other_than);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* ---- the server was told ---- */

/* The mailbox and its wish. Returns 1, or 0 when it went meanwhile. */
struct told {
    struct store_mailbox_wish now;
    struct wish_row row;
    bool is_hidden;
    uint32_t attrs;
};

static void told_done(struct told *t)
{
    store_mailbox_wish_done(&t->now);
    wish_row_done(&t->row);
}

static int told_load(struct store_tx *tx, int64_t mailbox_id, struct told *out, struct fct_error *err)
{
    int64_t flags;

    if (load_wish(tx, mailbox_id, &out->now, err) < 0)
        return -1;
    if (out->now.account_id == 0)
        return 0;
    if (wish_row_load(tx, mailbox_id, &out->row, err) < 0 ||
        ask_about(tx, store_stmt(tx, "SELECT attrs * 2 + is_hidden FROM mailbox WHERE id = ?1"), mailbox_id, &flags,
                  err) < 0)
        return -1;
    out->attrs = (uint32_t)(flags >> 1);
    out->is_hidden = flags & 1;
    return 1;
}

int store_mailbox_wish_sent(struct store_tx *tx, int64_t mailbox_id, int what, const char *full_name, int64_t parent,
                            const char *name, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox_wish SET sent = sent | ?2, tries = tries + 1, sent_full_name = "
                                     "ifnull(?3, sent_full_name), sent_parent = CASE WHEN ?3 IS NULL THEN sent_parent "
                                     "ELSE ?4 END, sent_name = ifnull(?5, sent_name) WHERE mailbox_id = ?1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, what);
    bind_text(q, 3, full_name);
    sqlite3_bind_int64(q, 4, parent);
    bind_text(q, 5, name);
    return store_run_one(tx, q, err);
}

/* The server has it now at the place that was asked for; if another is wished meanwhile, that waits. */
static int settle_place(struct store_tx *tx, struct told *t, struct fct_error *err)
{
    struct wish_row *w = &t->row;
    bool is_there = t->now.target_parent == w->sent_parent && w->sent_name && strcmp(t->now.name, w->sent_name) == 0;

    w->what &= ~(STORE_WISH_MAKE | STORE_WISH_RENAME);
    if (!is_there && !t->is_hidden) {
        w->what |= STORE_WISH_RENAME;
        note_server_place(w, w->sent_parent, w->sent_name ? w->sent_name : "");
    }
    w->sent &= ~(STORE_WISH_MAKE | STORE_WISH_RENAME);
    w->was_told = false;
    return wish_row_write(tx, t->now.account_id, t->now.mailbox_id, w, err);
}

static int set_server_name(struct store_tx *tx, int64_t id, struct fct_bytes wire_name, const char *full_name,
                           uint32_t delimiter, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET wire_name = ?2, full_name = ?3, delimiter = ?4 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_blob64(q, 2, wire_name.p, wire_name.n, SQLITE_STATIC);
    bind_text(q, 3, full_name);
    sqlite3_bind_int64(q, 4, delimiter);
    return store_run_one(tx, q, err);
}

int store_mailbox_made(struct store_tx *tx, int64_t mailbox_id, struct fct_bytes wire_name, uint32_t delimiter,
                       struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {0};

    int found = told_load(tx, mailbox_id, &t, err);
    if (found <= 0 || wire_name.n == 0)
        return found < 0 ? -1 : 0;
    if (set_server_name(tx, mailbox_id, wire_name, t.row.sent_full_name, delimiter, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET attrs = attrs | ?2 WHERE id = ?1");
    sqlite3_bind_int64(q, 2, FCT_MB_SUBSCRIBED);
    if (run_about(tx, q, mailbox_id, err) < 0)
        return -1;
    return settle_place(tx, &t, err);
}

/* What is below a mailbox on the server has its name as a beginning: from `low` on, and before `high`. Empty: nothing
 * can be. */
struct range_below {
    struct buf low, high;
};

static void range_below_done(struct range_below *r)
{
    buf_done(&r->low);
    buf_done(&r->high);
}

static void range_below(struct range_below *r, struct fct_bytes wire_name, uint32_t delimiter)
{
    if (delimiter == 0 || wire_name.n == 0)
        return;
    buf_add(&r->low, wire_name.p, wire_name.n);
    buf_add_utf8(&r->low, delimiter);
    buf_add(&r->high, r->low.p, r->low.n);
    r->high.p[r->high.n - 1]++;
}

/* Parameters 1 to 3: account_id and the range. */
static void bind_range(sqlite3_stmt *q, int64_t account_id, const struct range_below *r)
{
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_blob64(q, 2, r->low.p, r->low.n, SQLITE_STATIC);
    sqlite3_bind_blob64(q, 3, r->high.p, r->high.n, SQLITE_STATIC);
}

void store_wire_names_done(struct store_wire_names *l)
{
    for (size_t i = 0; i < l->n; i++)
        buf_done(&l->v[i]);
    free(l->v);
    *l = (struct store_wire_names){0};
}

static int collect_names(struct store_tx *tx, sqlite3_stmt *q, struct store_wire_names *out, struct fct_error *err)
{
    size_t cap = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (out->n == cap) {
            cap = cap ? 2 * cap : 16;
            out->v = xreallocarray(out->v, cap, sizeof(*out->v));
        }
        out->v[out->n] = (struct buf){0};
        buf_add(&out->v[out->n++], sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0));
    }
    return has_row;
}

int store_mailboxes_hidden(struct store_tx *tx, int64_t account_id, struct store_wire_names *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT wire_name FROM mailbox WHERE account_id = ?1 AND is_hidden <> 0 AND wire_name IS NOT NULL");

    sqlite3_bind_int64(q, 1, account_id);
    return collect_names(tx, q, out, err);
}

int store_mailboxes_subscribed_below(struct store_tx *tx, int64_t account_id, struct fct_bytes wire_name,
                                     uint32_t delimiter, struct store_wire_names *out, struct fct_error *err)
{
    CLEANUP(range_below_done) struct range_below r = {0};

    range_below(&r, wire_name, delimiter);
    if (r.low.n == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "SELECT wire_name FROM mailbox WHERE account_id = ?1 AND wire_name >= ?2 AND "
                                     "wire_name < ?3 AND attrs & 4");
    bind_range(q, account_id, &r);
    return collect_names(tx, q, out, err);
}

static int rename_inferiors(struct store_tx *tx, const struct store_mailbox_wish *from, struct fct_bytes wire_name,
                            const char *full_name, struct fct_error *err)
{
    CLEANUP(range_below_done) struct range_below r = {0};

    range_below(&r, buf_bytes(&from->wire_name), from->delimiter);
    if (r.low.n == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE mailbox SET wire_name = CAST(CAST(?4 AS TEXT) || CAST(substr(wire_name, ?5) AS TEXT) AS BLOB), "
            "full_name = ?6 || substr(full_name, length(?7) + 1) "
            "WHERE account_id = ?1 AND wire_name >= ?2 AND wire_name < ?3");
    bind_range(q, from->account_id, &r);
    sqlite3_bind_blob64(q, 4, wire_name.p, wire_name.n, SQLITE_STATIC);
    sqlite3_bind_int64(q, 5, (int64_t)from->wire_name.n + 1);
    bind_text(q, 6, full_name);
    bind_text(q, 7, from->full_name);
    return store_run(tx, q, err);
}

/* Subscriptions are to names (RFC 9051 section 6.3.7): they do not follow a rename. Those of the new names are wished
 * for. */
static int subscribe_again(struct store_tx *tx, struct told *t, struct fct_bytes wire_name, struct fct_error *err)
{
    static const char *const about_them[] = {
        "INSERT INTO mailbox_wish (mailbox_id, account_id, what, created_at) SELECT id, account_id, 8, unixepoch() "
        "FROM "
        "mailbox WHERE account_id = ?1 AND wire_name >= ?2 AND wire_name < ?3 AND is_subscribed AND is_hidden = 0 "
        "ON CONFLICT DO UPDATE SET what = what | 8",
        "UPDATE mailbox SET attrs = attrs & ~4 WHERE account_id = ?1 AND wire_name >= ?2 AND wire_name < ?3"};
    CLEANUP(range_below_done) struct range_below r = {0};

    if (t->now.is_subscribed && !t->is_hidden)
        t->row.what |= STORE_WISH_SUBSCRIBE;
    if (run_about(tx, store_stmt(tx, "UPDATE mailbox SET attrs = attrs & ~4 WHERE id = ?1"), t->now.mailbox_id, err) <
        0)
        return -1;
    range_below(&r, wire_name, t->now.delimiter);
    for (size_t i = 0; r.low.n > 0 && i < sizeof(about_them) / sizeof(about_them[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, about_them[i]);
        bind_range(q, t->now.account_id, &r);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int store_mailbox_renamed(struct store_tx *tx, int64_t mailbox_id, struct fct_bytes wire_name, struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {0};

    int found = told_load(tx, mailbox_id, &t, err);
    if (found <= 0 || wire_name.n == 0)
        return found < 0 ? -1 : 0;
    if (rename_inferiors(tx, &t.now, wire_name, t.row.sent_full_name, err) < 0 ||
        set_server_name(tx, mailbox_id, wire_name, t.row.sent_full_name, t.now.delimiter, err) < 0 ||
        subscribe_again(tx, &t, wire_name, err) < 0)
        return -1;
    return settle_place(tx, &t, err);
}

int store_mailbox_deleted(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {0};
    CLEANUP(counters_done) struct counters c = {0};

    int found = told_load(tx, mailbox_id, &t, err);
    if (found <= 0 || !t.is_hidden)
        return found < 0 ? -1 : 0;
    if (counters_init(&c, tx, t.now.account_id, err) < 0)
        return -1;
    return mailbox_drop_hidden(&c, mailbox_id, err);
}

int store_mailbox_subscribed(struct store_tx *tx, int64_t mailbox_id, bool is_subscribed, struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {0};

    int found = told_load(tx, mailbox_id, &t, err);
    if (found <= 0)
        return found;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET attrs = ?2 WHERE id = ?1");
    sqlite3_bind_int64(q, 2, is_subscribed ? t.attrs | FCT_MB_SUBSCRIBED : t.attrs & ~(uint32_t)FCT_MB_SUBSCRIBED);
    if (run_about(tx, q, mailbox_id, err) < 0)
        return -1;
    if (t.now.is_subscribed == is_subscribed)
        t.row.what &= ~STORE_WISH_SUBSCRIBE;
    t.row.sent &= ~STORE_WISH_SUBSCRIBE;
    return wish_row_write(tx, t.now.account_id, mailbox_id, &t.row, err);
}

int store_mailbox_wish_put_off(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    return run_about(tx,
                     store_stmt(tx, "UPDATE mailbox_wish SET sent = 0, sent_full_name = NULL, sent_name = NULL WHERE "
                                    "mailbox_id = ?1"),
                     mailbox_id, err);
}

/* ---- refused for good ---- */

static int tell(struct store_tx *tx, const struct told *t, const char *type, const char *what,
                const struct fct_error *why, struct fct_error *err)
{
    CLEANUP(freep) char *text = xasprintf("the mailbox \"%.200s\" %s: %s", t->now.name, what, why->message);

    return store_notice_add(tx, t->now.account_id, type, t->now.mailbox_id, 0, text, why->server, err);
}

/* It stays as it is shown, and is tried again with each pass; that is told once. */
static int keep_waiting(struct store_tx *tx, struct told *t, const char *type, const char *what,
                        const struct fct_error *why, struct fct_error *err)
{
    bool was_told = t->row.was_told;

    t->row.sent = 0;
    t->row.was_told = true;
    if (wish_row_write(tx, t->now.account_id, t->now.mailbox_id, &t->row, err) < 0)
        return -1;
    return was_told ? 0 : tell(tx, t, type, what, why, err);
}

struct branch {
    int64_t *ids; /* deepest first */
    size_t n;
    bool holds_something;
};

/* The mailbox and all that is below it. */
static int branch_load(struct store_tx *tx, int64_t id, struct branch *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "WITH RECURSIVE below (id, level) AS (SELECT ?1, 1 UNION ALL SELECT m.id, level + 1 FROM below "
                       "JOIN mailbox m ON m.parent_id = below.id WHERE level < 64) SELECT m.id, m.total_emails > 0 OR "
                       "m.wire_name IS NOT NULL FROM below JOIN mailbox m ON m.id = below.id ORDER BY level DESC");
    int has_row;

    sqlite3_bind_int64(q, 1, id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        out->ids = xreallocarray(out->ids, out->n + 1, sizeof(*out->ids));
        out->ids[out->n++] = sqlite3_column_int64(q, 0);
        out->holds_something |= sqlite3_column_int(q, 1) != 0;
    }
    return has_row;
}

static int undo_make(struct store_tx *tx, struct told *t, const struct fct_error *why, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    struct branch b = {0};
    int rc = 0;

    if (counters_init(&c, tx, t->now.account_id, err) < 0)
        return -1;
    if (t->is_hidden)
        return mailbox_drop_hidden(&c, t->now.mailbox_id, err);
    if (branch_load(tx, t->now.mailbox_id, &b, err) < 0)
        rc = -1;
    else if (b.holds_something)
        rc =
            keep_waiting(tx, t, NOTICE_MAILBOX_CREATE, "stays on this computer, the server does not make it", why, err);
    else
        rc = tell(tx, t, NOTICE_MAILBOX_CREATE, "is taken away again, the server does not make it", why, err);
    for (size_t i = 0; i < b.n && rc == 0 && !b.holds_something; i++)
        rc = mailbox_row_remove(&c, b.ids[i], err);
    free(b.ids);
    return rc;
}

/* Whether it can be shown again where the server has it. */
static int can_go_back(struct store_tx *tx, const struct told *t, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "WITH RECURSIVE above (id, level) AS (SELECT ?3, 1 UNION ALL SELECT m.parent_id, level + 1 FROM above JOIN "
            "mailbox m ON m.id = above.id WHERE m.parent_id IS NOT NULL AND level < 64) SELECT "
            "NOT EXISTS (SELECT 1 FROM mailbox WHERE account_id = ?1 AND ifnull(parent_id, 0) = ?3 AND name = ?4) AND "
            "(?3 = 0 OR EXISTS (SELECT 1 FROM mailbox WHERE id = ?3 AND is_hidden = 0)) AND "
            "NOT EXISTS (SELECT 1 FROM above WHERE id = ?2)");

    sqlite3_bind_int64(q, 1, t->now.account_id);
    sqlite3_bind_int64(q, 2, t->now.mailbox_id);
    sqlite3_bind_int64(q, 3, t->row.server_parent);
    bind_text(q, 4, t->row.server_name);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 && sqlite3_column_int(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int undo_rename(struct store_tx *tx, struct told *t, const struct fct_error *why, struct fct_error *err)
{
    bool can;

    t->row.sent &= ~STORE_WISH_RENAME;
    if (t->is_hidden || t->now.is_gone)
        return wish_row_write(tx, t->now.account_id, t->now.mailbox_id, &t->row, err);
    if (!(t->row.what & STORE_WISH_RENAME))
        return 0;
    if (can_go_back(tx, t, &can, err) < 0)
        return -1;
    if (!can)
        return keep_waiting(tx, t, NOTICE_MAILBOX_RENAME, "has another name on the server, which does not rename it",
                            why, err);
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET parent_id = ?2, name = ?3, updated_modseq = ?4, "
                                     "props_modseq = ?4 WHERE id = ?1");
    if (t->row.server_parent != 0)
        sqlite3_bind_int64(q, 2, t->row.server_parent);
    bind_text(q, 3, t->row.server_name);
    sqlite3_bind_int64(q, 4, store_tx_bump(tx, t->now.account_id, STORE_MAILBOX));
    if (run_about(tx, q, t->now.mailbox_id, err) < 0)
        return -1;
    t->row.what &= ~STORE_WISH_RENAME;
    if (wish_row_write(tx, t->now.account_id, t->now.mailbox_id, &t->row, err) < 0)
        return -1;
    return tell(tx, t, NOTICE_MAILBOX_RENAME, "has its old name again, the server does not rename it", why, err);
}

/* The next listing shows it again. */
static int undo_delete(struct store_tx *tx, struct told *t, const struct fct_error *why, struct fct_error *err)
{
    free(t->now.name);
    t->now.name = xstrdup(t->now.full_name ? t->now.full_name : "");
    t->now.mailbox_id = 0; /* what it was is no more */
    if (tell(tx, t, NOTICE_MAILBOX_DESTROY, "stays", why, err) < 0)
        return -1;
    return 0;
}

static int undo_subscribe(struct store_tx *tx, struct told *t, const struct fct_error *why, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET is_subscribed = ?2, updated_modseq = ?3, props_modseq = ?3 "
                                     "WHERE id = ?1");

    sqlite3_bind_int(q, 2, (t->attrs & FCT_MB_SUBSCRIBED) != 0);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, t->now.account_id, STORE_MAILBOX));
    if (run_about(tx, q, t->now.mailbox_id, err) < 0)
        return -1;
    t->row.what &= ~STORE_WISH_SUBSCRIBE;
    t->row.sent &= ~STORE_WISH_SUBSCRIBE;
    if (wish_row_write(tx, t->now.account_id, t->now.mailbox_id, &t->row, err) < 0)
        return -1;
    return tell(tx, t, NOTICE_MAILBOX_SUBSCRIBE, "is subscribed as before, the server does not change it", why, err);
}

int store_mailbox_wish_refused(struct store_tx *tx, int64_t mailbox_id, int what, const struct fct_error *why,
                               struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {0};

    int found = told_load(tx, mailbox_id, &t, err);
    if (found <= 0)
        return found;
    if (what & STORE_WISH_MAKE)
        return undo_make(tx, &t, why, err);
    if (what & STORE_WISH_RENAME)
        return undo_rename(tx, &t, why, err);
    if (what & STORE_WISH_SUBSCRIBE)
        return undo_subscribe(tx, &t, why, err);
    if (!(t.row.what & STORE_WISH_DELETE) || !t.is_hidden)
        return 0;
    if (run_about(tx, store_stmt(tx, "DELETE FROM mailbox_wish WHERE mailbox_id = ?1"), mailbox_id, err) < 0)
        return -1;
    return undo_delete(tx, &t, why, err);
}
