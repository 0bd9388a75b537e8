#include "store/history.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/email_state.h"
#include "store/inside.h"

#include <string.h>
#include <time.h>

void store_tx_set_actor(struct store_tx *tx, enum store_actor_kind kind, const char *name)
{
    tx->actor = (struct store_actor){.kind = kind};
    snprintf(tx->actor.name, sizeof(tx->actor.name), "%s", name ? name : "");
}

/* ---- who ---- */

static int find_actor(struct store_tx *tx, const char *name, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM history_actor WHERE kind = ?1 AND name = ?2");

    sqlite3_bind_int(q, 1, tx->actor.kind);
    sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

static int add_actor(struct store_tx *tx, const char *name, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO history_actor (kind, name) VALUES (?1, ?2)");

    sqlite3_bind_int(q, 1, tx->actor.kind);
    sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

static int is_full(struct store_tx *tx, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT max(id) >= ?1 FROM history_actor");

    sqlite3_bind_int(q, 1, ACTORS_MAX);
    int has_row = store_step(tx, q, err);
    int full = has_row > 0 ? sqlite3_column_int(q, 0) : has_row;
    store_reset(q);
    return full;
}

/* The row of who does it; 0: the server. Looked up each time: a savepoint that is undone takes it away again. */
static int actor_id(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    const char *name = tx->actor.name;

    *out = 0;
    if (tx->actor.kind == STORE_BY_SERVER)
        return 0;
    int found = find_actor(tx, name, out, err);
    int full = found == 0 && *name ? is_full(tx, err) : 0;
    if (found != 0 || full < 0)
        return found < 0 || full < 0 ? -1 : 0;
    if (full) { /* somebody gives himself a new name each time */
        name = "";
        found = find_actor(tx, name, out, err);
    }
    return found != 0 ? (found < 0 ? -1 : 0) : add_actor(tx, name, out, err);
}

static void bind_actor(sqlite3_stmt *q, int at, int64_t id)
{
    if (id)
        sqlite3_bind_int64(q, at, id);
    else
        sqlite3_bind_null(q, at);
}

/* ---- writing ---- */

/* Whoever moves one Email forth and back without end shall not fill the disk. */
static int forget_oldest(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM history WHERE email_id = ?1 AND id <= (SELECT id FROM history "
                                     "WHERE email_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int(q, 2, HISTORY_MAX);
    return store_run(tx, q, err);
}

static int forget_all(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM history WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    return store_run(tx, q, err);
}

int history_leaves(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    int64_t actor;

    if (tx->actor.kind == STORE_BY_NOBODY)
        return 0;
    if (actor_id(tx, &actor, err) < 0)
        return -1;
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO history (account_id, email_id, event, at, mailbox_id, uid, since, "
                       "actor_id) SELECT m.account_id, p.email_id, 3, ?3, p.mailbox_id, p.uid, p.added_at, "
                       "?4 FROM placement p JOIN mailbox m ON m.id = p.mailbox_id "
                       "WHERE p.mailbox_id = ?1 AND p.email_id = ?2");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int64(q, 3, time(NULL));
    bind_actor(q, 4, actor);
    return store_run(tx, q, err) < 0 ? -1 : forget_oldest(tx, email_id, err);
}

static int insert(struct store_tx *tx, int64_t account_id, int64_t email_id, enum store_history_type event,
                  int64_t mailbox_id, int64_t actor, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO history (account_id, email_id, event, at, mailbox_id, actor_id) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int(q, 3, event);
    sqlite3_bind_int64(q, 4, time(NULL));
    if (mailbox_id)
        sqlite3_bind_int64(q, 5, mailbox_id);
    bind_actor(q, 6, actor);
    return store_run(tx, q, err);
}

static int put_there(struct counters *c, int64_t email_id, const int64_t *mailbox_ids, size_t n, struct fct_error *err)
{
    int64_t actor;

    if (c->tx->actor.kind == STORE_BY_NOBODY || c->tx->actor.kind == STORE_BY_SERVER)
        return 0;
    if (actor_id(c->tx, &actor, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (insert(c->tx, c->account_id, email_id, STORE_HISTORY_PLACED, mailbox_ids[i], actor, err) < 0)
            return -1;
    }
    return 0;
}

int history_created(struct counters *c, int64_t email_id, const int64_t *mailbox_ids, size_t n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(c->tx, "SELECT 1 FROM account WHERE id = ?1 AND source_url <> 'local:'");

    sqlite3_bind_int64(q, 1, c->account_id);
    int has_server = store_step(c->tx, q, err);
    store_reset(q);
    return has_server <= 0 ? has_server : put_there(c, email_id, mailbox_ids, n, err);
}

/* Both lists ascend. */
int history_placed(struct counters *c, const struct email_state *before, const struct email_state *now,
                   struct fct_error *err)
{
    size_t b = 0;

    for (size_t i = 0; i < now->n_places; i++) {
        while (b < before->n_places && before->mailbox_ids[b] < now->mailbox_ids[i])
            b++;
        bool was_there = b < before->n_places && before->mailbox_ids[b] == now->mailbox_ids[i];
        if (!was_there && put_there(c, now->id, &now->mailbox_ids[i], 1, err) < 0)
            return -1;
    }
    return 0;
}

static int all_leave(struct store_tx *tx, int64_t email_id, int64_t actor, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO history (account_id, email_id, event, at, mailbox_id, uid, since, "
                       "actor_id) SELECT m.account_id, p.email_id, 3, ?2, p.mailbox_id, p.uid, p.added_at, "
                       "?3 FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE p.email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, time(NULL));
    bind_actor(q, 3, actor);
    return store_run(tx, q, err);
}

int history_destroyed(struct counters *c, int64_t email_id, struct fct_error *err)
{
    int64_t actor;

    if (c->tx->actor.kind == STORE_BY_NOBODY)
        return forget_all(c->tx, email_id, err);
    if (actor_id(c->tx, &actor, err) < 0 || all_leave(c->tx, email_id, actor, err) < 0)
        return -1;
    return insert(c->tx, c->account_id, email_id, STORE_HISTORY_DESTROYED, 0, actor, err);
}

/* ---- forgetting ---- */

int store_history_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM history WHERE event = 4 AND at < ?1 ORDER BY at LIMIT ?2");
    CLEANUP(freep) int64_t *list = xcalloc(max, sizeof(*list));
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        list[n++] = sqlite3_column_int64(q, 0);
    if (has_row < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (forget_all(tx, list[i], err) < 0)
            return -1;
    }
    *out_n = n;
    return 0;
}

/* ---- telling ---- */

struct telling {
    struct store_history_event *v;
    size_t n, cap;
    bool is_destroyed;
};

static void telling_done(struct telling *t)
{
    free(t->v);
}

static struct store_history_event *add(struct telling *t, const struct store_history_event *e)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 16;
        t->v = xreallocarray(t->v, t->cap, sizeof(*t->v));
    }
    t->v[t->n] = *e;
    return &t->v[t->n++];
}

/* The stay in the mailbox began with a row, or with an arrival that only `since` tells of. */
static void note_stay(struct telling *t, int64_t mailbox_id, int64_t since, uint64_t uid)
{
    for (size_t i = t->n; i > 0; i--) {
        struct store_history_event *e = &t->v[i - 1];
        if (e->mailbox_id != mailbox_id)
            continue;
        if (e->type == STORE_HISTORY_PLACED) {
            if (e->uid == 0)
                e->uid = uid;
            return;
        }
        if (e->type == STORE_HISTORY_LEFT)
            break;
    }
    add(t, &(struct store_history_event){STORE_HISTORY_ARRIVED, since, mailbox_id, uid, {0}});
}

static int read_rows(struct store_tx *tx, int64_t email_id, struct telling *t, int64_t *out_account,
                     struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT h.account_id, h.event, h.at, h.mailbox_id, h.uid, h.since, a.kind, a.name "
                                     "FROM history h LEFT JOIN history_actor a ON a.id = h.actor_id "
                                     "WHERE h.email_id = ?1 ORDER BY h.id");
    int has_row;

    sqlite3_bind_int64(q, 1, email_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct store_history_event e = {.type = (enum store_history_type)sqlite3_column_int(q, 1),
                                        .at = sqlite3_column_int64(q, 2),
                                        .mailbox_id = sqlite3_column_int64(q, 3),
                                        .uid = (uint64_t)sqlite3_column_int64(q, 4),
                                        .actor = {.kind = (enum store_actor_kind)sqlite3_column_int(q, 6)}};
        const char *name = store_text_or_null(q, 7);
        snprintf(e.actor.name, sizeof(e.actor.name), "%s", name ? name : "");
        *out_account = sqlite3_column_int64(q, 0);
        if (e.type == STORE_HISTORY_LEFT)
            note_stay(t, e.mailbox_id, sqlite3_column_int64(q, 5), e.uid);
        t->is_destroyed |= e.type == STORE_HISTORY_DESTROYED;
        add(t, &e);
    }
    return has_row;
}

static int read_places(struct store_tx *tx, int64_t email_id, struct telling *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT mailbox_id, added_at, uid FROM placement WHERE email_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, email_id);
    while ((has_row = store_step(tx, q, err)) > 0)
        note_stay(t, sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), (uint64_t)sqlite3_column_int64(q, 2));
    return has_row;
}

/* 1: the Email is here; *out_account is its account. */
static int find_email(struct store_tx *tx, int64_t email_id, int64_t *out_account, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out_account = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

/* Insertion sort, as they are nearly in order; of one second, those that were found first stay first, but an arrival
 * stands before what followed from it. */
static void sort_events(struct store_history_event *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct store_history_event e = v[i];
        size_t at = i;
        for (; at > 0 && (v[at - 1].at > e.at ||
                          (v[at - 1].at == e.at && e.type == STORE_HISTORY_ARRIVED &&
                           v[at - 1].type != STORE_HISTORY_ARRIVED && v[at - 1].mailbox_id == e.mailbox_id));
             at--)
            v[at] = v[at - 1];
        v[at] = e;
    }
}

int store_email_history(struct store_tx *tx, int64_t email_id, struct store_history_event **out, size_t *out_n,
                        int64_t *out_account, bool *out_is_destroyed, struct fct_error *err)
{
    CLEANUP(telling_done) struct telling t = {0};
    int64_t account = 0;

    int is_here = find_email(tx, email_id, &account, err);
    if (is_here < 0 || read_rows(tx, email_id, &t, &account, err) < 0 ||
        (is_here > 0 && read_places(tx, email_id, &t, err) < 0))
        return -1;
    if (is_here == 0 && !t.is_destroyed)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such email, and none is remembered");
    sort_events(t.v, t.n);
    *out = TAKE(t.v);
    *out_n = t.n;
    *out_account = account;
    *out_is_destroyed = is_here == 0;
    return 0;
}
