/* The thread that writes. It takes what waits, runs each job in a savepoint of one transaction, and commits them
 * together: one fsync for many. Between transactions it checkpoints, and nobody else ever does (db.c has the reason).
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/correspondents.h"
#include "store/inside.h"

#include <malloc.h>

#define MAX_PENDING 256       /* jobs that wait; more hold their callers back */
#define GROUP_JOBS 64         /* in one transaction */
#define GROUP_MS 50           /* no new job is begun in a transaction that is older */
#define CHECKPOINT_PAGES 4096 /* 16 MiB of WAL: copied back while readers go on */
#define WAL_LIMIT_PAGES 32768 /* 128 MiB: now readers are waited for */
#define RESTART_MS 2000
#define IDLE_MS 3000      /* then the WAL is truncated and caches are given back */
#define MERGE_PAGES "200" /* of the index, written in one step when idle: some 10 ms */
#define FREE_PAGES 256    /* 1 MiB may stay in the database for what comes next */
#define SHRINK_PAGES "1024"
#define STACK_BYTES (1 << 20)

struct store_writer {
    struct store *store;
    struct store_connection *conn;
    struct store_jobs jobs;
    pthread_t thread;
    int wal_pages;
    int wait_again_at; /* pages of WAL: readers were waited for in vain, and are not before it has grown to this */
    bool has_idle_work;
};

/* ---- a transaction ---- */

static int exec(struct store_tx *tx, const char *literal, struct fct_error *err)
{
    return store_run(tx, store_stmt(tx, literal), err);
}

/* The bytes are on the disk before the rows that speak of them. */
static int commit(struct store_tx *tx, struct fct_error *err)
{
    if (tx->store->packs && packs_sync(tx->store->packs, err) < 0)
        return -1;
    return exec(tx, "COMMIT", err);
}

/* SQLite has undone it by itself after some errors (disk full, I/O). */
static void roll_back(struct store_tx *tx)
{
    store_connection_reset_all(tx->conn);
    if (!sqlite3_get_autocommit(tx->conn->db))
        sqlite3_exec(tx->conn->db, "ROLLBACK", NULL, NULL, NULL);
}

static void run_job(struct store_tx *tx, struct store_job *job)
{
    tx->changed.n = 0;
    tx->actor = (struct store_actor){0};
    tx->has_view = false;
    job->result = job->fn(tx, job->arg, &job->error);
    bool is_lost = sqlite3_get_autocommit(tx->conn->db); /* what was written now would stand alone */
    if (job->result >= 0 && is_lost)
        job->result = fct_fail(&job->error, FCT_E_IO, FCT_RETRY_LATER, "the transaction was undone");
    if (job->result >= 0 && store_states_save(tx, &job->error) < 0)
        job->result = -1;
    store_connection_reset_all(tx->conn);
}

/* The job's result, or the reason why its savepoint could not be kept. */
static void run_job_in_savepoint(struct store_tx *tx, struct store_job *job)
{
    job->result = exec(tx, "SAVEPOINT job", &job->error);
    if (job->result < 0)
        return;
    run_job(tx, job);
    if (sqlite3_get_autocommit(tx->conn->db))
        return;
    if (job->result < 0 && exec(tx, "ROLLBACK TO job", NULL) < 0) {
        roll_back(tx);
        return;
    }
    if (exec(tx, "RELEASE job", &job->error) < 0)
        job->result = -1;
}

static uint64_t group_end(void)
{
    return wait_now_ms() + GROUP_MS;
}

static void fail_all(struct store_job *from, const struct store_job *to, const struct fct_error *why)
{
    for (struct store_job *job = from; job != to; job = job->next) {
        if (job->result >= 0)
            job->error = *why;
        job->result = -1;
    }
}

/* Runs jobs from the front of the list in one transaction until the time is up; returns the first that was not run.
 * *all has what the committed ones changed. */
static struct store_job *run_group(struct store_tx *tx, struct store_job *list, struct store_changed *all)
{
    struct store_job *job = list;
    struct fct_error why = {0};
    uint64_t end = group_end();
    bool is_single = !list->next;

    if (exec(tx, "BEGIN IMMEDIATE", &why) < 0) {
        fail_all(list, list->next, &why);
        return list->next;
    }
    do {
        if (is_single)
            run_job(tx, job);
        else
            run_job_in_savepoint(tx, job);
        if (job->result >= 0)
            for (size_t i = 0; i < tx->changed.n; i++)
                store_changed_add(all, tx->changed.list[i].account_id, tx->changed.list[i].type,
                                  tx->changed.list[i].modseq);
        else
            why = job->error;
        job = job->next;
    } while (job && !sqlite3_get_autocommit(tx->conn->db) && wait_now_ms() < end);

    bool is_lost = sqlite3_get_autocommit(tx->conn->db);
    if (!is_lost && !(is_single && list->result < 0) && commit(tx, &why) == 0)
        return job;
    roll_back(tx);
    fail_all(list, job, &why);
    all->n = 0;
    return job;
}

/* Tells listeners and callers; they may go on at once. */
static void answer(struct store *st, struct store_job *list, const struct store_job *end,
                   const struct store_changed *changed)
{
    store_notices_post(st->notices, changed);
    while (list != end) {
        struct store_job *next = list->next; /* the job belongs to its caller again after this */
        store_job_done(list);
        list = next;
    }
}

static struct store_job *run_and_answer(struct store *st, struct store_connection *conn, struct store_job *list)
{
    CLEANUP(store_changed_done) struct store_changed all = {0};
    struct store_tx tx = {.store = st, .conn = conn, .is_writer = true};

    struct store_job *rest = run_group(&tx, list, &all);
    store_changed_done(&tx.changed);
    answer(st, list, rest, &all);
    return rest;
}

int store_run_alone(struct store *st, struct store_connection *conn, store_fn fn, void *arg, struct fct_error *err)
{
    struct store_job job = {.fn = fn, .arg = arg};
    run_and_answer(st, conn, &job);
    if (job.result < 0 && err)
        *err = job.error;
    return job.result;
}

/* ---- checkpoints ---- */

static int note_wal_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct store_writer *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

/* Waits for readers at most `patience` milliseconds; what they do not need is copied in any case. */
static void checkpoint(struct store_writer *w, int mode, int patience)
{
    int in_wal = 0, done = 0;
    sqlite3_busy_timeout(w->conn->db, patience);
    int rc = sqlite3_wal_checkpoint_v2(w->conn->db, NULL, mode, &in_wal, &done);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) /* nothing is lost: the WAL holds it until a later one succeeds */
        log_warn("store", "checkpoint: %s", sqlite3_errmsg(w->conn->db));
    if (rc == SQLITE_OK && done >= in_wal)
        w->wal_pages = w->wait_again_at = 0;
    sqlite3_busy_timeout(w->conn->db, STORE_BUSY_MS);
}

static void checkpoint_if_due(struct store_writer *w)
{
    if (w->wal_pages >= WAL_LIMIT_PAGES && w->wal_pages >= w->wait_again_at) {
        /* A reader that stays longer shall not cost every commit this wait. */
        w->wait_again_at = w->wal_pages + CHECKPOINT_PAGES;
        checkpoint(w, SQLITE_CHECKPOINT_RESTART, RESTART_MS);
    } else if (w->wal_pages >= CHECKPOINT_PAGES) {
        checkpoint(w, SQLITE_CHECKPOINT_PASSIVE, 0);
    }
}

static bool has_jobs(struct store_writer *w)
{
    pthread_mutex_lock(&w->jobs.lock);
    bool has = w->jobs.first || w->jobs.is_stopping;
    pthread_mutex_unlock(&w->jobs.lock);
    return has;
}

/* A step of FTS5's merging (https://www.sqlite.org/fts5.html section 6.8): false when there was nothing to do. */
static bool merge_index_a_little(struct store_writer *w)
{
    struct store_tx tx = {.store = w->store, .conn = w->conn, .is_writer = true};
    int before = sqlite3_total_changes(w->conn->db);
    if (exec(&tx, "INSERT INTO fts (fts, rank) VALUES ('merge', " MERGE_PAGES ")", NULL) < 0)
        return false;
    return sqlite3_total_changes(w->conn->db) - before >= 2;
}

/* Pages that merging has left free go back to the file system, if they are many: false when they are not. */
static bool shrink_a_little(struct store_writer *w)
{
    struct store_tx tx = {.store = w->store, .conn = w->conn, .is_writer = true};
    sqlite3_stmt *q = store_stmt(&tx, "PRAGMA freelist_count");
    bool is_worth_it = store_step(&tx, q, NULL) > 0 && sqlite3_column_int(q, 0) > FREE_PAGES;
    store_reset(q);
    return is_worth_it && store_connection_exec(w->conn, "PRAGMA incremental_vacuum (" SHRINK_PAGES ")", NULL) == 0;
}

#define COUNT_EMAILS 200 /* looked at again in one step: a few milliseconds */

static int count_some(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return correspondents_catch_up(tx, COUNT_EMAILS, arg, err);
}

static bool has_uncounted(struct store_writer *w)
{
    struct store_tx tx = {.store = w->store, .conn = w->conn, .is_writer = true};
    sqlite3_stmt *q = store_stmt(&tx, "SELECT 1 FROM correspondent_recount LIMIT 1");
    bool is_due = store_step(&tx, q, NULL) > 0;
    store_reset(q);
    return is_due;
}

/* What Emails count for whom, where that changed for many: false when there is nothing (more) to do. */
static bool count_a_little(struct store_writer *w)
{
    struct fct_error err = {0};
    bool has_more = false;
    if (has_uncounted(w) && store_run_alone(w->store, w->conn, count_some, &has_more, &err) < 0)
        log_warn("store", "counting whom mail is from: %s", err.message);
    return has_more;
}

/* In steps, so that a job that comes in between does not wait long; the rest is done after it. */
static void do_idle_work(struct store_writer *w)
{
    while (!has_jobs(w) && (merge_index_a_little(w) || shrink_a_little(w) || count_a_little(w)))
        checkpoint_if_due(w);
    if (has_jobs(w))
        return;
    checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE, 0);
    sqlite3_db_release_memory(w->conn->db);
    dicts_relax(w->store->dicts);
    packs_forget_retired(w->store->packs, store_readers_oldest_epoch(w->store->readers));
    malloc_trim(0);
}

/* ---- the thread ---- */

/* Takes jobs with the lock held; NULL when the thread shall end. */
static struct store_job *wait_for_jobs(struct store_writer *w)
{
    struct store_jobs *q = &w->jobs;
    while (!q->first && !q->is_stopping) {
        if (!w->has_idle_work) {
            store_jobs_sleep(q, 0);
        } else if (!store_jobs_sleep(q, IDLE_MS) && !q->first) {
            w->has_idle_work = false;
            pthread_mutex_unlock(&q->lock);
            do_idle_work(w);
            pthread_mutex_lock(&q->lock);
        }
    }
    return store_jobs_take(q, GROUP_JOBS);
}

static void *writer_main(void *arg)
{
    struct store_writer *w = arg;
    struct store_job *list;

    pthread_setname_np(pthread_self(), "store writer");
    pthread_mutex_lock(&w->jobs.lock);
    while ((list = wait_for_jobs(w))) {
        pthread_mutex_unlock(&w->jobs.lock);
        struct store_job *rest = run_and_answer(w->store, w->conn, list);
        w->has_idle_work = true;
        checkpoint_if_due(w);
        pthread_mutex_lock(&w->jobs.lock);
        store_jobs_put_back(&w->jobs, rest);
    }
    pthread_mutex_unlock(&w->jobs.lock);
    checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE, RESTART_MS);
    return NULL;
}

int store_writer_start(struct store *st, struct store_connection *conn, struct store_writer **out,
                       struct fct_error *err)
{
    struct store_writer *w = XNEW(struct store_writer);
    pthread_attr_t attr;

    w->store = st;
    w->conn = conn;
    sqlite3_wal_hook(conn->db, note_wal_pages, w);
    w->has_idle_work = has_uncounted(w);
    store_jobs_init(&w->jobs, MAX_PENDING);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(&w->thread, &attr, writer_main, w);
    pthread_attr_destroy(&attr);
    if (rc != 0) {
        store_jobs_done(&w->jobs);
        store_connection_close(conn);
        free(w);
        return fct_fail_errno(err, rc, "cannot start the store's writer");
    }
    *out = w;
    return 0;
}

void store_writer_stop(struct store_writer *w)
{
    if (!w)
        return;
    store_jobs_drain(&w->jobs);
    store_jobs_stop(&w->jobs);
    pthread_join(w->thread, NULL);
    store_jobs_done(&w->jobs);
    store_connection_close(w->conn);
    free(w);
}

struct store_jobs *store_writer_jobs(struct store_writer *w)
{
    return &w->jobs;
}
