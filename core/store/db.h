/* db.h - SQLite inside a transaction: for core/store and core/search only, the two folders that know sqlite3.h.
 *
 *   sqlite3_stmt *q = store_stmt(tx, "SELECT name FROM mailbox WHERE id = ?1");
 *   sqlite3_bind_int64(q, 1, id);
 *   int has_row = store_step(tx, q, err);          1 row, 0 none, -1 error (q is reset for 0 and -1)
 *   ...; store_reset(q);
 *
 * Statements are prepared once per connection and kept, found again by the address of their SQL text: pass string
 * literals. (SQL composed at run time: store_prepare, finalized by the caller.) Text from outside is bound, never pasted.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "store/store.h"

#include <sqlite3.h>

sqlite3 *store_db(struct store_tx *tx);
/* The kept statement for this literal, reset and with no bindings. NULL when it cannot be prepared, which store_step tells: binding to
 * NULL does nothing. */
sqlite3_stmt *store_stmt(struct store_tx *tx, const char *sql_literal);
int store_prepare(struct store_tx *tx, const char *sql, sqlite3_stmt **out, struct fct_error *err);
int store_step(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err);
/* Steps a statement that returns no rows, resets it. */
int store_run(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err);
/* The same; FCT_E_NOT_FOUND if no row was changed. */
int store_run_one(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err);
void store_reset(sqlite3_stmt *q);
/* Column helpers: text is "" for NULL (or NULL with the _or_null form), valid until the next step. */
const char *store_text(sqlite3_stmt *q, int column);
const char *store_text_or_null(sqlite3_stmt *q, int column);
/* Fills *err from the connection's last error. Returns -1. */
int store_fail_sql(struct store_tx *tx, struct fct_error *err, const char *what);

/* What core/search keeps in memory of this store (search/memory.h): made by the first call, freed when the store is closed. The
 * transaction's thread; `make` must not wait. */
void *store_beside(struct store_tx *tx, void *(*make)(void), void (*free_fn)(void *));

static inline void bind_text(sqlite3_stmt *q, int at, const char *s)
{
    if (s)
        sqlite3_bind_text(q, at, s, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(q, at);
}

#endif
