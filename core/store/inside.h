/* inside.h - what the files of the store's machinery know of one another. Internal to core/store.
 *
 *   store.c     the open store           writer.c  the thread that writes    db.c      a connection and its statements
 *   profile.c   directory and lock       readers.c the threads that read     migrate.c  the schema's versions
 *   states.c    modification numbers     notices.c what is told after a commit
 *   packs.c     where bytes lie          dict.c    how they are compressed       tempfile.c files without a name
 */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store/db.h"
#include "store/dict.h"
#include "store/history.h"
#include "store/jobs.h"
#include "store/packs.h"
#include "store/store.h"

#include <pthread.h>

/* ---- a connection (db.c): on one thread at a time ---------------------------------------------------------- */

#define STORE_BUSY_MS 10000 /* only a foreign program that opened the file could make us wait */

struct store_kept_statement {
    const char *sql; /* the literal's address is the key */
    sqlite3_stmt *stmt;
};

struct store_connection {
    sqlite3 *db;
    struct store_kept_statement *kept; /* open addressing */
    size_t n_kept, cap_kept;           /* cap_kept is a power of two */
    int prepare_error;                 /* of store_stmt, which cannot report it; told by the next store_step */
    uint64_t deadline_ms;              /* on the clock of wait_now_ms; 0: none */
};
int store_connection_open(const char *path, bool is_writer, struct store_connection **out, struct fct_error *err);
void store_connection_close(struct store_connection *c);
DEFINE_FREEP(struct store_connection *, store_connection_close);
/* Runs SQL of ours that returns nothing. */
int store_connection_exec(struct store_connection *c, const char *sql, struct fct_error *err);
/* Statements that a job left in the middle of their rows would keep its snapshot. */
void store_connection_reset_all(struct store_connection *c);
/* Fills *err from the last error of `db`. Returns -1. */
int store_sql_error(sqlite3 *db, struct fct_error *err, const char *what);

/* ---- changes: what a transaction did to the states ----------------------------------------------------------- */

struct store_changed {
    struct store_change *list; /* one entry per (account, type) */
    size_t n, cap;
};
void store_changed_add(struct store_changed *c, int64_t account_id, enum store_type type, int64_t modseq);
void store_changed_done(struct store_changed *c);

struct store_tx {
    struct store *store;
    struct store_connection *conn;
    bool is_writer;
    struct store_changed changed; /* by the running job */
    struct store_actor actor;     /* on whose behalf it works (history.h) */
    bool has_view;                /* store_tx_set_view */
    const int64_t *view;
    size_t n_view;
};
/* Writes the states that the job bumped. */
int store_states_save(struct store_tx *tx, struct fct_error *err);
/* The highest number that was ever given out. */
int store_states_highest(struct store_tx *tx, int64_t *out, struct fct_error *err);

/* ---- notices (notices.c): from the writer thread to the listeners on the loop -------------------------------- */

struct store_notices;
struct store_notices *store_notices_new(struct uv_loop_s *loop);
/* Loop thread. What was posted and not delivered yet is dropped. */
void store_notices_free(struct store_notices *n);
void store_notices_listen(struct store_notices *n, store_commit_fn fn, void *ctx);
/* Any thread. NULL: the store is being opened, nobody listens yet. */
void store_notices_post(struct store_notices *n, const struct store_changed *changed);

/* ---- threads -------------------------------------------------------------------------------------------------- */

struct store_writer;
/* Takes the connection over, on failure too. */
int store_writer_start(struct store *st, struct store_connection *conn, struct store_writer **out, struct fct_error *err);
/* Ends the thread when the queue is empty, checkpoints and closes the connection. NULL is accepted. */
void store_writer_stop(struct store_writer *w);
struct store_jobs *store_writer_jobs(struct store_writer *w);
/* Runs fn in a transaction of its own on the calling thread: while opening, before there are threads. */
int store_run_alone(struct store *st, struct store_connection *conn, store_fn fn, void *arg, struct fct_error *err);

struct store_readers;
struct store_readers *store_readers_new(struct store *st);
/* Ends the threads. NULL is accepted. */
void store_readers_stop(struct store_readers *r);
/* When the writer is stopped too: it asks for epochs until then. */
void store_readers_free(struct store_readers *r);
int store_readers_call(struct store_readers *r, store_fn fn, void *arg, struct fct_error *err);
/* Readers that begin after this call belong to a new epoch; its number. Writer. */
uint64_t store_readers_next_epoch(struct store_readers *r);
/* The oldest epoch in which a reader still reads; the present one if none does. */
uint64_t store_readers_oldest_epoch(struct store_readers *r);

/* ---- the profile's directory (profile.c) ----------------------------------------------------------------------- */

/* Makes the directory if it is missing, checks owner and mode, and gives its absolute name. */
int store_profile_prepare(const char *dir, char **out_dir, struct fct_error *err);
/* Holds PROFILE/lock until the descriptor is closed. FCT_E_BUSY names the pid that holds it. */
int store_profile_lock(const char *dir, int *out_fd, struct fct_error *err);
/* Makes sure that the database exists with mode 0600. Where it is missing or empty while its log is there, the log is set aside:
 * SQLite would delete it. */
int store_profile_file(const char *path, struct fct_error *err);

/* ---- long work in pieces (store.c): loop thread only ----------------------------------------------------------- */

/* Asked between two pieces, as no wait for a job is cut short: FCT_E_CANCELLED when the fiber was cancelled. */
int store_go_on(struct fct_error *err);

/* ---- files without a name, in PROFILE/tmp (tempfile.c): any thread -------------------------------------------- */

int store_tempfiles_prepare(const char *dir, struct fct_error *err);
int store_tempfile_new(const struct store *st, int *out_fd, struct fct_error *err);
/* Writes all of it at the descriptor's position. */
int store_tempfile_write(int fd, struct fct_bytes data, struct fct_error *err);

/* ---- the schema (migrate.c) ------------------------------------------------------------------------------------ */

struct store_migration {
    int version;
    const char *name, *sql;
};
extern const struct store_migration store_migrations[]; /* ascending, ended by version 0; made by embed.cmake */
/* Refuses what is no database of ours or newer than this program, from the file's header, before SQLite sees it. */
int store_schema_check_file(const char *path, struct fct_error *err);
/* *out_changed: a migration was run. */
int store_schema_upgrade(struct store_connection *c, const char *path, bool *out_changed, struct fct_error *err);

/* ---- the tokenizer (tokenizer.c) --------------------------------------------------------------------------------- */

int store_tokenizer_register(sqlite3 *db);

/* ---- the open store ----------------------------------------------------------------------------------------------- */

struct store {
    char *dir, *db_path;
    int lock_fd;
    int64_t modseq; /* the last number given out; the writer's */
    bool is_rebuilding; /* an index is filled beside the one in use (index.h); the writer's */
    bool has_rebuild;   /* store_rebuild runs; the loop's */
    struct store_notices *notices;
    struct store_writer *writer;
    struct store_readers *readers;
    struct packs *packs;
    struct dicts *dicts;
    pthread_mutex_t beside_lock; /* store_beside */
    void *beside;
    void (*beside_free)(void *);
};

#endif
