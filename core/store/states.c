#include "base/alloc.h"
#include "store/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

/* ---- sets of changes ---- */

void store_changed_add(struct store_changed *c, int64_t account_id, enum store_type type, int64_t modseq)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->list[i].account_id == account_id && c->list[i].type == type) {
            c->list[i].modseq = modseq;
            return;
        }
    }
    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 8;
        c->list = xreallocarray(c->list, c->cap, sizeof(*c->list));
    }
    c->list[c->n++] = (struct store_change){account_id, type, modseq};
}

void store_changed_done(struct store_changed *c)
{
    free(c->list);
    *c = (struct store_changed){0};
}

/* ---- numbers ---- */

struct store *store_of(struct store_tx *tx)
{
    return tx->store;
}

bool store_tx_is_writer(const struct store_tx *tx)
{
    return tx->is_writer;
}

int64_t store_tx_bump(struct store_tx *tx, int64_t account_id, enum store_type type)
{
    assert(tx->is_writer);
    int64_t modseq = ++tx->store->modseq;
    store_changed_add(&tx->changed, account_id, type, modseq);
    return modseq;
}

int64_t store_tx_bump_account(struct store_tx *tx, int64_t account_id)
{
    int64_t modseq = store_tx_bump(tx, 0, STORE_ACCOUNT);
    store_changed_add(&tx->changed, account_id, STORE_ACCOUNT, modseq);
    return modseq;
}

/* ---- what is seen ---- */

void store_tx_set_view(struct store_tx *tx, const int64_t *accounts, size_t n)
{
    tx->has_view = true;
    tx->view = accounts;
    tx->n_view = n;
}

bool store_tx_has_view(const struct store_tx *tx)
{
    return tx->has_view;
}

const int64_t *store_tx_view(const struct store_tx *tx, size_t *out_n)
{
    *out_n = tx->n_view;
    return tx->view;
}

bool store_tx_sees(const struct store_tx *tx, int64_t account_id)
{
    for (size_t i = 0; tx->has_view && i < tx->n_view; i++)
        if (tx->view[i] == account_id)
            return true;
    return !tx->has_view;
}

/* ---- in the table ---- */

int store_states_save(struct store_tx *tx, struct fct_error *err)
{
    for (size_t i = 0; i < tx->changed.n; i++) {
        const struct store_change *c = &tx->changed.list[i];
        sqlite3_stmt *q = store_stmt(tx, "INSERT INTO state (account_id, type, modseq) VALUES (?1, ?2, ?3) "
                                         "ON CONFLICT DO UPDATE SET modseq = excluded.modseq");
        sqlite3_bind_int64(q, 1, c->account_id);
        sqlite3_bind_int64(q, 2, c->type);
        sqlite3_bind_int64(q, 3, c->modseq);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static int read_number(struct store_tx *tx, sqlite3_stmt *q, int64_t *out, struct fct_error *err)
{
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

int store_states_highest(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    return read_number(tx,
                       store_stmt(tx, "SELECT max(ifnull((SELECT max(modseq) FROM state), 0), "
                                      "ifnull((SELECT max(modseq) FROM tombstone), 0))"),
                       out, err);
}

/* The highest of the accounts that are seen. */
static int state_of_view(struct store_tx *tx, enum store_type type, int64_t *out, struct fct_error *err)
{
    int64_t modseq, highest = 0;

    for (size_t i = 0; i < tx->n_view; i++) {
        if (store_state(tx, tx->view[i], type, &modseq, err) < 0)
            return -1;
        highest = modseq > highest ? modseq : highest;
    }
    *out = highest;
    return 0;
}

int store_state(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t *out, struct fct_error *err)
{
    int64_t modseq = 0;

    if (tx->has_view && (account_id < 0 || (account_id == 0 && type == STORE_ACCOUNT)))
        return state_of_view(tx, type, out, err);
    sqlite3_stmt *q = account_id < 0 ? store_stmt(tx, "SELECT max(modseq) FROM state WHERE type = ?2")
                                     : store_stmt(tx, "SELECT modseq FROM state WHERE account_id = ?1 AND type = ?2");
    if (account_id >= 0)
        sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, type);
    if (read_number(tx, q, &modseq, err) < 0)
        return -1;
    for (size_t i = 0; i < tx->changed.n; i++) { /* what this job bumped is not in the table yet */
        const struct store_change *c = &tx->changed.list[i];
        if (c->type == type && (account_id < 0 || c->account_id == account_id) && c->modseq > modseq)
            modseq = c->modseq;
    }
    *out = modseq;
    return 0;
}

int store_oldest_state(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    return read_number(tx, store_stmt(tx, "SELECT value FROM meta WHERE key = 'oldest_modseq'"), out, err);
}

int store_tombstone(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t object_id,
                    int64_t created_modseq, struct fct_error *err)
{
    int64_t modseq = type == STORE_ACCOUNT ? store_tx_bump_account(tx, object_id) : store_tx_bump(tx, account_id, type);
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO tombstone (modseq, account_id, type, object_id, created_modseq, "
                                     "destroyed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    sqlite3_bind_int64(q, 1, modseq);
    sqlite3_bind_int64(q, 2, account_id);
    sqlite3_bind_int64(q, 3, type);
    sqlite3_bind_int64(q, 4, object_id);
    sqlite3_bind_int64(q, 5, created_modseq);
    sqlite3_bind_int64(q, 6, time(NULL));
    return store_run(tx, q, err);
}
