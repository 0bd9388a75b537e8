/* What changed since a state: RFC 8620 section 5.2.
 *
 * An object that was made after `since` is an event "created" at its created_modseq; one that changed after it was made
 * is an event "updated" at its updated_modseq; one that is gone, "destroyed" at its tombstone. All these numbers
 * differ, so the events have one order and can be cut anywhere; what follows the cut is found by the same rule from the
 * new state. In one piece "created" swallows "updated".
 */
#include "store/emails.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

struct event {
    int64_t modseq, id;
    enum { CREATED, UPDATED, DESTROYED } kind;
    bool is_minor; /* UPDATED: only counters; DESTROYED: made since, too, so that nobody has seen it */
};

struct events {
    struct event *p;
    size_t n, cap;
};

static void events_done(struct events *e)
{
    free(e->p);
}

/* The same three questions for each type. Literals: store_stmt keeps them by address. */
struct questions {
    const char *created, *updated;
};

#define QUESTIONS(table, account, only_counts)                                                                     \
    {                                                                                                              \
        "SELECT created_modseq, id, 0 FROM " table " WHERE " account                                               \
        " AND created_modseq > ?2 ORDER BY created_modseq LIMIT ?3",                                               \
            "SELECT updated_modseq, id, " only_counts " FROM " table " WHERE " account " AND updated_modseq > ?2 " \
            "AND updated_modseq > created_modseq ORDER BY updated_modseq LIMIT ?3"                                 \
    }

static const struct questions questions[STORE_N_TYPES] = {
    [STORE_ACCOUNT] = QUESTIONS("account", "?1 = 0", "0"),
    [STORE_MAILBOX] = QUESTIONS("mailbox", "account_id = ?1", "props_modseq <= ?5"),
    [STORE_THREAD] = QUESTIONS("thread", "account_id = ?1", "0"),
    [STORE_EMAIL] = QUESTIONS("email", "account_id = ?1", "0"),
    [STORE_IDENTITY] = QUESTIONS("identity", "account_id = ?1", "0"),
    [STORE_SUBMISSION] = QUESTIONS("submission", "account_id = ?1", "0"),
    [STORE_QUOTA] = QUESTIONS("quota", "account_id = ?1", "props_modseq <= ?2"),
    [STORE_UNDO] = QUESTIONS("undo_account", "account_id = ?1", "0"),
    [STORE_RULE] = QUESTIONS("rule", "account_id = ?1", "0"),
    [STORE_TOKEN] = QUESTIONS("token", "?1 = 0", "0"),
};

static const char gone[] =
    "SELECT modseq, object_id, created_modseq > ?2 FROM tombstone WHERE account_id = ?1 AND type = ?4 "
    "AND modseq > ?2 ORDER BY modseq LIMIT ?3";

/* What is asked for. */
struct asked {
    enum store_type type;
    int64_t since, seen; /* seen: mailboxes, see store_mailbox_changes_since */
    int64_t limit;
};

static int collect(struct store_tx *tx, const char *sql, int64_t account_id, const struct asked *a, int kind,
                   struct events *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, sql);
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, a->since);
    bool is_filtered = a->type == STORE_ACCOUNT && store_tx_has_view(tx);
    sqlite3_bind_int64(q, 3, is_filtered ? -1 : a->limit);
    if (kind == DESTROYED)
        sqlite3_bind_int(q, 4, a->type);
    if (kind == UPDATED && a->type == STORE_MAILBOX)
        sqlite3_bind_int64(q, 5, a->seen);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (out->n == out->cap) {
            out->cap = out->cap ? 2 * out->cap : 32;
            out->p = xreallocarray(out->p, out->cap, sizeof(*out->p));
        }
        if (is_filtered && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        out->p[out->n++] =
            (struct event){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), kind, sqlite3_column_int(q, 2)};
    }
    return has_row;
}

static int collect_account(struct store_tx *tx, int64_t account_id, const struct asked *a, struct events *out,
                           struct fct_error *err)
{
    const struct questions *ask = &questions[a->type];

    if (collect(tx, ask->created, account_id, a, CREATED, out, err) < 0 ||
        collect(tx, ask->updated, account_id, a, UPDATED, out, err) < 0)
        return -1;
    return collect(tx, gone, account_id, a, DESTROYED, out, err);
}

/* Every account that has or had objects of the type. */
static int collect_all(struct store_tx *tx, const struct asked *a, struct events *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM state WHERE type = ?1 AND modseq > ?2");
    CLEANUP(freep) int64_t *accounts = NULL;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int(q, 1, a->type);
    sqlite3_bind_int64(q, 2, a->since);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (!store_tx_sees(tx, sqlite3_column_int64(q, 0)))
            continue;
        accounts = xreallocarray(accounts, n + 1, sizeof(*accounts));
        accounts[n++] = sqlite3_column_int64(q, 0);
    }
    for (size_t i = 0; has_row == 0 && i < n; i++)
        has_row = collect_account(tx, accounts[i], a, out, err);
    return has_row;
}

static int compare_events(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    return (x->modseq > y->modseq) - (x->modseq < y->modseq);
}

static int compare_ids(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->kind - y->kind;
}

static void push(int64_t **list, size_t *n, int64_t id)
{
    if ((*n & (*n - 1)) == 0)
        *list = xreallocarray(*list, *n ? 2 * *n : 1, sizeof(**list));
    (*list)[(*n)++] = id;
}

/* Drops "updated" of what this piece creates, and what two accounts tell of one object. */
static void drop_swallowed(struct events *e)
{
    size_t kept = 0;

    qsort(e->p, e->n, sizeof(*e->p), compare_ids);
    for (size_t i = 0; i < e->n; i++) {
        bool is_swallowed = kept > 0 && e->p[kept - 1].id == e->p[i].id &&
                            (e->p[i].kind == UPDATED || e->p[i].kind == e->p[kept - 1].kind);
        if (!is_swallowed)
            e->p[kept++] = e->p[i];
    }
    e->n = kept;
    qsort(e->p, e->n, sizeof(*e->p), compare_events);
}

static void sort_out(const struct events *e, struct store_changes *out)
{
    out->only_counts = true;
    for (size_t i = 0; i < e->n; i++) {
        const struct event *v = &e->p[i];
        if (v->kind == CREATED)
            push(&out->created, &out->n_created, v->id);
        else if (v->kind == UPDATED)
            push(&out->updated, &out->n_updated, v->id);
        else
            push(&out->destroyed, &out->n_destroyed, v->id);
        out->only_counts = out->only_counts && v->kind == UPDATED && v->is_minor;
    }
    out->only_counts = out->only_counts && out->n_updated > 0;
}

/* The oldest state that /changes can start from. A type that nothing happened to keeps its old state good for ever: it
 * is still the one that clients have. */
static int oldest_state(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t *out,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT ifnull(max(swept_modseq), 0) FROM state WHERE type = ?2 AND (?1 < 0 OR account_id = ?1)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, type);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int check_since(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t since, int64_t *out_state,
                       struct fct_error *err)
{
    int64_t oldest;

    if (type < STORE_ACCOUNT || type >= STORE_N_TYPES || !questions[type].created)
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "there are no changes to list for this type");
    if (store_state(tx, account_id, type, out_state, err) < 0 || oldest_state(tx, account_id, type, &oldest, err) < 0)
        return -1;
    if (since < 0 || since > *out_state)
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "the state is not one of this store's");
    if (since < oldest)
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER,
                        "the state is older than what is kept of changes");
    return 0;
}

static int changes_since(struct store_tx *tx, int64_t account_id, struct asked *a, size_t max,
                         struct store_changes *out, struct fct_error *err)
{
    CLEANUP(events_done) struct events e = {0};
    int64_t state;

    a->limit = max == 0 || max > INT32_MAX ? -1 : (int64_t)max + 1;
    if (a->type == STORE_ACCOUNT || a->type == STORE_TOKEN)
        account_id = 0; /* where these lists are kept */
    if (check_since(tx, account_id, a->type, a->since, &state, err) < 0)
        return -1;
    *out = (struct store_changes){.new_modseq = state};
    int rc = account_id < 0 ? collect_all(tx, a, &e, err) : collect_account(tx, account_id, a, &e, err);
    if (rc < 0)
        return -1;
    if (e.n == 0)
        return 0;
    qsort(e.p, e.n, sizeof(*e.p), compare_events);
    if (max > 0 && e.n > max) {
        e.n = max;
        out->has_more = true;
        out->new_modseq = e.p[max - 1].modseq;
    }
    size_t kept = 0;
    for (size_t i = 0; i < e.n; i++) { /* RFC 8620: made and gone since should be left out */
        if (e.p[i].kind != DESTROYED || !e.p[i].is_minor)
            e.p[kept++] = e.p[i];
    }
    e.n = kept;
    drop_swallowed(&e);
    sort_out(&e, out);
    return 0;
}

int store_changes_since(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t since, size_t max,
                        struct store_changes *out, struct fct_error *err)
{
    struct asked a = {.type = type, .since = since, .seen = since};
    return changes_since(tx, account_id, &a, max, out, err);
}

int store_mailbox_changes_since(struct store_tx *tx, int64_t account_id, int64_t since, int64_t seen, size_t max,
                                struct store_changes *out, struct fct_error *err)
{
    struct asked a = {.type = STORE_MAILBOX, .since = since, .seen = seen};
    return changes_since(tx, account_id, &a, max, out, err);
}

void store_changes_done(struct store_changes *c)
{
    free(c->created);
    free(c->updated);
    free(c->destroyed);
    *c = (struct store_changes){0};
}

/* ---- forgetting ---- */

static int raise_oldest(struct store_tx *tx, int64_t modseq, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO meta (key, value) VALUES ('oldest_modseq', ?1) "
                                     "ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)");

    sqlite3_bind_int64(q, 1, modseq);
    return store_run(tx, q, err);
}

static int note_swept(struct store_tx *tx, int64_t last, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE state SET swept_modseq = ifnull((SELECT max(t.modseq) FROM tombstone t WHERE t.account_id = "
            "state.account_id AND t.type = state.type AND t.modseq <= ?1), swept_modseq)");

    sqlite3_bind_int64(q, 1, last);
    return store_run(tx, q, err);
}

int store_tombstones_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    /* In the order of modseq, which is that of time but for a clock that was set back: the first young one ends it. */
    sqlite3_stmt *q = store_stmt(tx, "SELECT modseq, destroyed_at FROM tombstone ORDER BY modseq LIMIT ?1");
    int64_t last = 0;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0 && sqlite3_column_int64(q, 1) < before) {
        last = sqlite3_column_int64(q, 0);
        n++;
    }
    store_reset(q);
    if (has_row < 0)
        return -1;
    *out_n = n;
    if (n == 0)
        return 0;
    if (note_swept(tx, last, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM tombstone WHERE modseq <= ?1");
    sqlite3_bind_int64(q, 1, last);
    return store_run(tx, q, err) < 0 ? -1 : raise_oldest(tx, last, err);
}
