#include "store/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/accounts.h"
#include "store/inside.h"

#include <string.h>

static int load_modseq(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_states_highest(tx, &tx->store->modseq, err);
}

static int first_run(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_first_run(tx, err);
}

/* ---- the packs ---- */

/* What rows know of the packs: whose they are, the highest number, and where the last record of the current one ends
 * that was committed. */
struct pack_facts {
    unsigned char name[PACK_NAME_SIZE];
    int64_t pack, highest;
    uint64_t end;
};

static int load_name(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pack_facts *facts = arg;

    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO meta (key, value) VALUES ('profile', randomblob(16)) ON CONFLICT DO NOTHING");
    if (store_run(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "SELECT value FROM meta WHERE key = 'profile'");
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0 || sqlite3_column_bytes(q, 0) != PACK_NAME_SIZE)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "the database does not know its profile's name");
    memcpy(facts->name, sqlite3_column_blob(q, 0), PACK_NAME_SIZE);
    return 0;
}

static int load_end(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pack_facts *facts = arg;

    sqlite3_stmt *q =
        store_stmt(tx, "SELECT offset + stored_size FROM blob WHERE pack = ?1 ORDER BY offset DESC LIMIT 1");
    sqlite3_bind_int64(q, 1, facts->pack);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        facts->end = (uint64_t)sqlite3_column_int64(q, 0);
    if (has_row < 0)
        return -1;
    q = store_stmt(tx, "SELECT ifnull(max(pack), 0) FROM blob");
    if (store_step(tx, q, err) < 0)
        return -1;
    facts->highest = sqlite3_column_int64(q, 0);
    return 0;
}

static int open_packs(struct store *st, struct store_connection *conn, struct fct_error *err)
{
    struct pack_facts facts = {0};

    if (store_run_alone(st, conn, load_name, &facts, err) < 0 || packs_open(st->dir, facts.name, &st->packs, err) < 0)
        return -1;
    facts.pack = packs_current(st->packs);
    if (store_run_alone(st, conn, load_end, &facts, err) < 0)
        return -1;
    packs_reserve(st->packs, facts.highest);
    return packs_recover(st->packs, facts.end, err);
}

/* ---- opening and closing ---- */

static int open_database(struct store *st, struct store_connection **out, struct fct_error *err)
{
    CLEANUP(store_connection_closep) struct store_connection *conn = NULL;
    bool has_changed = false;

    if (store_profile_file(st->db_path, err) < 0 || store_schema_check_file(st->db_path, err) < 0)
        return -1;
    if (store_connection_open(st->db_path, true, &conn, err) < 0 ||
        store_schema_upgrade(conn, st->db_path, &has_changed, err) < 0)
        return -1;
    if (has_changed) {
        /* A migration tells the planner what to expect (sqlite_stat1), but on the connection that runs it what an
         * ANALYZE of empty tables has measured stays in force beside it: full scans of the index's tables, for the
         * whole session. */
        store_connection_close(TAKE(conn));
        if (store_connection_open(st->db_path, true, &conn, err) < 0)
            return -1;
    }
    if (store_run_alone(st, conn, load_modseq, NULL, err) < 0 || store_run_alone(st, conn, first_run, NULL, err) < 0)
        return -1;
    *out = TAKE(conn);
    return 0;
}

int store_open(const char *profile_dir, struct store **out, struct fct_error *err)
{
    CLEANUP(store_closep) struct store *st = XNEW(struct store);
    CLEANUP(store_connection_closep) struct store_connection *conn = NULL;

    st->lock_fd = -1;
    pthread_mutex_init(&st->beside_lock, NULL);
    if (store_profile_prepare(profile_dir, &st->dir, err) < 0 || store_profile_lock(st->dir, &st->lock_fd, err) < 0)
        return -1;
    st->db_path = xasprintf("%s/facteur.db", st->dir);
    if (open_database(st, &conn, err) < 0 || store_tempfiles_prepare(st->dir, err) < 0 ||
        open_packs(st, conn, err) < 0 || dicts_open(st->dir, &st->dicts, err) < 0)
        return -1;
    st->notices = store_notices_new(fiber_loop()); /* only now: what opening changes is news to nobody */
    st->readers = store_readers_new(st);
    if (store_writer_start(st, TAKE(conn), &st->writer, err) < 0)
        return -1;
    *out = TAKE(st);
    return 0;
}

void store_close(struct store *st)
{
    if (!st)
        return;
    store_readers_stop(st->readers); /* first: the writer's last checkpoint shall find nobody reading */
    store_writer_stop(st->writer);
    store_readers_free(st->readers);
    if (st->beside)
        st->beside_free(st->beside);
    pthread_mutex_destroy(&st->beside_lock);
    dicts_close(st->dicts);
    packs_close(st->packs);
    store_notices_free(st->notices);
    closep(&st->lock_fd);
    free(st->db_path);
    free(st->dir);
    free(st);
}

void *store_beside(struct store_tx *tx, void *(*make)(void), void (*free_fn)(void *))
{
    struct store *st = tx->store;

    pthread_mutex_lock(&st->beside_lock);
    if (!st->beside) {
        st->beside = make();
        st->beside_free = free_fn;
    }
    void *beside = st->beside;
    pthread_mutex_unlock(&st->beside_lock);
    return beside;
}

const char *store_profile_dir(const struct store *st)
{
    return st->dir;
}

void store_on_commit(struct store *st, store_commit_fn fn, void *ctx)
{
    store_notices_listen(st->notices, fn, ctx);
}

int store_go_on(struct fct_error *err)
{
    const struct fiber *self = fiber_self();

    if (self && fiber_is_cancelled(self))
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_LATER, "stopped between two pieces of work");
    return 0;
}

int store_read(struct store *st, store_fn fn, void *arg, struct fct_error *err)
{
    return store_readers_call(st->readers, fn, arg, err);
}

int store_write(struct store *st, store_fn fn, void *arg, struct fct_error *err)
{
    return store_jobs_call(store_writer_jobs(st->writer), fn, arg, "the store's writer", err);
}
