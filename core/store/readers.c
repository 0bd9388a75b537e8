/* The threads that read: begun when there is work for one more, each with a connection of its own. */
#include "base/alloc.h"
#include "base/error.h"
#include "store/inside.h"

#define MAX_READERS 4
#define MAX_PENDING 512 /* reads that wait; more hold their callers back */
#define IDLE_MS 5000    /* then a reader gives its page cache back */
#define STACK_BYTES (1 << 20)

struct reader {
    struct store_readers *all;
    pthread_t thread;
    _Atomic uint64_t epoch; /* in which its transaction began, 0: it has none */
};

struct store_readers {
    struct store *store;
    struct store_jobs jobs;
    struct reader readers[MAX_READERS];
    size_t n_threads; /* loop thread */
    _Atomic uint64_t epoch;
};

/* A transaction, so that all that fn sees is one moment. */
static void run_job(struct store *st, struct store_connection *conn, struct store_job *job)
{
    struct store_tx tx = {.store = st, .conn = conn};

    job->result = store_connection_exec(conn, "BEGIN", &job->error);
    if (job->result < 0)
        return;
    job->result = job->fn(&tx, job->arg, &job->error);
    conn->deadline_ms = 0;
    store_connection_reset_all(conn);
    if (!sqlite3_get_autocommit(conn->db))
        sqlite3_exec(conn->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
}

/* With the lock held. */
static struct store_job *wait_for_job(struct store_jobs *q, struct store_connection *conn, bool *has_cache)
{
    q->n_idle_threads++;
    while (!q->first && !q->is_stopping) {
        if (!*has_cache) {
            store_jobs_sleep(q, 0);
        } else if (!store_jobs_sleep(q, IDLE_MS) && !q->first) {
            *has_cache = false;
            if (conn)
                sqlite3_db_release_memory(conn->db);
        }
    }
    q->n_idle_threads--;
    return store_jobs_take(q, 1);
}

static void *reader_main(void *arg)
{
    struct reader *self = arg;
    struct store_readers *r = self->all;
    CLEANUP(store_connection_closep) struct store_connection *conn = NULL;
    struct store_job *job;
    bool has_cache = false;

    pthread_setname_np(pthread_self(), "store reader");
    pthread_mutex_lock(&r->jobs.lock);
    while ((job = wait_for_job(&r->jobs, conn, &has_cache))) {
        pthread_mutex_unlock(&r->jobs.lock);
        self->epoch = r->epoch; /* before the snapshot: what was retired in an earlier epoch is not in it */
        if (conn || store_connection_open(r->store->db_path, false, &conn, &job->error) == 0)
            run_job(r->store, conn, job);
        else
            job->result = -1; /* the next job tries again */
        self->epoch = 0;
        has_cache = true;
        store_job_done(job);
        pthread_mutex_lock(&r->jobs.lock);
    }
    pthread_mutex_unlock(&r->jobs.lock);
    return NULL;
}

struct store_readers *store_readers_new(struct store *st)
{
    struct store_readers *r = XNEW(struct store_readers);
    r->store = st;
    r->epoch = 1;
    store_jobs_init(&r->jobs, MAX_PENDING);
    return r;
}

void store_readers_stop(struct store_readers *r)
{
    if (!r)
        return;
    store_jobs_drain(&r->jobs);
    store_jobs_stop(&r->jobs);
    for (size_t i = 0; i < r->n_threads; i++)
        pthread_join(r->readers[i].thread, NULL);
    r->n_threads = 0;
}

void store_readers_free(struct store_readers *r)
{
    if (!r)
        return;
    store_jobs_done(&r->jobs);
    free(r);
}

static int start_thread(struct store_readers *r, struct fct_error *err)
{
    struct reader *reader = &r->readers[r->n_threads];
    pthread_attr_t attr;

    reader->all = r;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(&reader->thread, &attr, reader_main, reader);
    pthread_attr_destroy(&attr);
    if (rc != 0)
        return fct_fail_errno(err, rc, "cannot start a reader of the store");
    r->n_threads++;
    return 0;
}

int store_readers_call(struct store_readers *r, store_fn fn, void *arg, struct fct_error *err)
{
    pthread_mutex_lock(&r->jobs.lock);
    bool is_idle_one = r->jobs.n_idle_threads > r->jobs.n_queued;
    pthread_mutex_unlock(&r->jobs.lock);
    if (!is_idle_one && r->n_threads < MAX_READERS && start_thread(r, err) < 0 && r->n_threads == 0)
        return -1;
    return store_jobs_call(&r->jobs, fn, arg, "a reader of the store", err);
}

uint64_t store_readers_next_epoch(struct store_readers *r)
{
    return ++r->epoch;
}

uint64_t store_readers_oldest_epoch(struct store_readers *r)
{
    uint64_t oldest = r->epoch;
    for (size_t i = 0; i < MAX_READERS; i++) {
        uint64_t epoch = r->readers[i].epoch;
        if (epoch != 0 && epoch < oldest)
            oldest = epoch;
    }
    return oldest;
}
