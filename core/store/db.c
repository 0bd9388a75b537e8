#include "store/db.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/inside.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define PROGRESS_STEPS 4000 /* of SQLite's machine between two looks at the clock: under a millisecond */
#define WRITER_CACHE_KIB 12288
#define READER_CACHE_KIB 3072

/* ---- errors ---- */

static int fail_full(struct fct_error *err, const char *what)
{
    fct_fail(err, FCT_E_DISK_FULL, FCT_RETRY_LATER, "%s: the disk is full; make room where the profile is", what);
    if (err)
        err->user_action = true;
    return -1;
}

static int fail_io(sqlite3 *db, struct fct_error *err, const char *what)
{
    int errnum = sqlite3_system_errno(db);
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
        return fail_full(err, what);
    if (errnum)
        return fct_fail(err, FCT_E_IO, FCT_RETRY_LATER, "%s: %s (%s)", what, sqlite3_errmsg(db), strerror(errnum));
    return fct_fail(err, FCT_E_IO, FCT_RETRY_LATER, "%s: %s", what, sqlite3_errmsg(db));
}

static int fail_corrupt(sqlite3 *db, struct fct_error *err, const char *what)
{
    const char *path = sqlite3_db_filename(db, "main");
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER,
                    "%s: %s is damaged (%s); it was left as it is: stop facteurd, keep a copy of the profile, and move "
                    "the file aside to begin a new one; the messages' bytes are in packs/",
                    what, path ? path : "the database", sqlite3_errmsg(db));
}

/* SQLite says so of the full-text index alone: everything else is as it should be. */
static int fail_index(struct fct_error *err, const char *what)
{
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER,
                    "%s: the full-text index is damaged; 'facteur rebuild' (Store/rebuild) makes it again from the messages", what);
}

static int fail_code(sqlite3 *db, int rc, struct fct_error *err, const char *what)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return fail_full(err, what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return fail_io(db, err, what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return rc == SQLITE_CORRUPT_VTAB ? fail_index(err, what) : fail_corrupt(db, err, what);
    case SQLITE_INTERRUPT:
        return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: took longer than it may", what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "%s: another program has the database open", what);
    case SQLITE_TOOBIG:
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "%s: %s", what, sqlite3_errmsg(db));
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
            return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "%s: %s", what, sqlite3_errmsg(db));
        break;
    }
    return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "%s: %s (%d)", what, sqlite3_errmsg(db), rc);
}

int store_sql_error(sqlite3 *db, struct fct_error *err, const char *what)
{
    return fail_code(db, sqlite3_extended_errcode(db), err, what);
}

int store_fail_sql(struct store_tx *tx, struct fct_error *err, const char *what)
{
    return store_sql_error(tx->conn->db, err, what);
}

/* ---- opening and closing ---- */

/* The library's own locks and accounting are not needed: a connection stays on one thread. */
static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
}

static int past_deadline(void *arg)
{
    const struct store_connection *c = arg;
    return c->deadline_ms != 0 && wait_now_ms() > c->deadline_ms;
}

/* SQLite 3.40.1 can corrupt a database whose WAL is reset by one connection while another checkpoints (fixed in
 * 3.51.3). So the writer alone checkpoints, when it chooses to; no other connection does, not even on closing. */
static int configure(struct store_connection *c, bool is_writer, struct fct_error *err)
{
    char cache[64];

    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, STORE_BUSY_MS);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_wal_autocheckpoint(c->db, 0);
    if (store_tokenizer_register(c->db) != SQLITE_OK)
        return store_sql_error(c->db, err, "cannot set up full-text search");
    snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%d", is_writer ? WRITER_CACHE_KIB : READER_CACHE_KIB);
    /* Temporary tables hold mail: they stay in memory rather than in a directory that others read. */
    if (store_connection_exec(c, cache, err) < 0 || store_connection_exec(c, "PRAGMA temp_store = MEMORY", err) < 0 ||
        store_connection_exec(c, "PRAGMA mmap_size = 0", err) < 0)
        return -1;
    /* Debian's SQLITE_SECURE_DELETE zeroes every freed page, which doubles what merging the index writes. */
    if (is_writer)
        return store_connection_exec(c, "PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST", err);
    sqlite3_progress_handler(c->db, PROGRESS_STEPS, past_deadline, c);
    return store_connection_exec(c, "PRAGMA query_only = ON", err);
}

int store_connection_open(const char *path, bool is_writer, struct store_connection **out, struct fct_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);

    CLEANUP(store_connection_closep) struct store_connection *c = XNEW(struct store_connection);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK)
        return store_sql_error(c->db, err, "cannot open the database");
    if (configure(c, is_writer, err) < 0)
        return -1;
    *out = TAKE(c);
    return 0;
}

void store_connection_close(struct store_connection *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->cap_kept; i++)
        sqlite3_finalize(c->kept[i].stmt);
    free(c->kept);
    sqlite3_close_v2(c->db);
    free(c);
}

int store_connection_exec(struct store_connection *c, const char *sql, struct fct_error *err)
{
    if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_sql_error(c->db, err, "database");
    return 0;
}

void store_connection_reset_all(struct store_connection *c)
{
    for (sqlite3_stmt *q = sqlite3_next_stmt(c->db, NULL); q; q = sqlite3_next_stmt(c->db, q))
        if (sqlite3_stmt_busy(q))
            sqlite3_reset(q);
}

/* ---- statements ---- */

static size_t place_of(const struct store_connection *c, const char *sql)
{
    size_t i = (size_t)(((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (c->cap_kept - 1);
    while (c->kept[i].sql && c->kept[i].sql != sql)
        i = (i + 1) & (c->cap_kept - 1);
    return i;
}

static void grow(struct store_connection *c)
{
    struct store_kept_statement *old = c->kept;
    size_t n = c->cap_kept;

    c->cap_kept = n ? n * 2 : 64;
    c->kept = xcalloc(c->cap_kept, sizeof(*c->kept));
    for (size_t i = 0; i < n; i++)
        if (old[i].sql)
            c->kept[place_of(c, old[i].sql)] = old[i];
    free(old);
}

/* What goes wrong here is told by the statement's first step. SQL that does not fit the schema is no bug, as the tests would have
 * found it: a bit has flipped in the name of a table or column. */
static sqlite3_stmt *prepare_kept(struct store_connection *c, const char *sql)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL);
    if (rc == SQLITE_OK)
        return q;
    if (rc == SQLITE_ERROR)
        log_error("store", "the database's schema does not fit: %s in: %s", sqlite3_errmsg(c->db), sql);
    c->prepare_error = rc == SQLITE_ERROR ? SQLITE_CORRUPT : rc;
    return NULL;
}

sqlite3 *store_db(struct store_tx *tx)
{
    return tx->conn->db;
}

sqlite3_stmt *store_stmt(struct store_tx *tx, const char *sql_literal)
{
    struct store_connection *c = tx->conn;

    if ((c->n_kept + 1) * 2 > c->cap_kept)
        grow(c);
    struct store_kept_statement *kept = &c->kept[place_of(c, sql_literal)];
    if (kept->sql) {
        assert(strcmp(sqlite3_sql(kept->stmt), sql_literal) == 0);
        sqlite3_reset(kept->stmt);
        sqlite3_clear_bindings(kept->stmt);
        return kept->stmt;
    }
    sqlite3_stmt *q = prepare_kept(c, sql_literal);
    if (!q)
        return NULL;
    *kept = (struct store_kept_statement){sql_literal, q};
    c->n_kept++;
    return q;
}

int store_prepare(struct store_tx *tx, const char *sql, sqlite3_stmt **out, struct fct_error *err)
{
    if (sqlite3_prepare_v2(tx->conn->db, sql, -1, out, NULL) != SQLITE_OK)
        return store_fail_sql(tx, err, "database");
    return 0;
}

int store_step(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err)
{
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE) {
        sqlite3_reset(q);
        return 0;
    }
    if (!q)
        return fail_code(tx->conn->db, tx->conn->prepare_error, err, "database");
    store_fail_sql(tx, err, "database");
    sqlite3_reset(q);
    return -1;
}

int store_run(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err)
{
    int rc = store_step(tx, q, err);
    if (rc > 0)
        sqlite3_reset(q);
    return rc < 0 ? -1 : 0;
}

int store_run_one(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err)
{
    if (store_run(tx, q, err) < 0)
        return -1;
    if (sqlite3_changes(tx->conn->db) == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "not found");
    return 0;
}

void store_reset(sqlite3_stmt *q)
{
    sqlite3_reset(q);
}

const char *store_text(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);
    return s ? s : "";
}

const char *store_text_or_null(sqlite3_stmt *q, int column)
{
    return (const char *)sqlite3_column_text(q, column);
}

void store_tx_set_deadline(struct store_tx *tx, uint64_t ms)
{
    assert(!tx->is_writer);
    tx->conn->deadline_ms = ms ? wait_now_ms() + ms : 0;
}
