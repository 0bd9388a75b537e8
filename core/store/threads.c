#include "store/threads.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/siphash.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/emails.h"

/* ---- hashes ---- */

int threads_key_load(struct store_tx *tx, struct threads_key *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT value FROM meta WHERE key = 'thread_key'");
    int has_row = store_step(tx, q, err);

    if (has_row < 0)
        return -1;
    bool is_good = has_row > 0 && sqlite3_column_bytes(q, 0) == (int)sizeof(out->bytes);
    if (is_good)
        memcpy(out->bytes, sqlite3_column_blob(q, 0), sizeof(out->bytes));
    store_reset(q);
    return is_good ? 0 : fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "the store has no key for its threads");
}

int64_t threads_msgid_hash(const struct threads_key *key, struct fct_bytes message_id)
{
    return (int64_t)siphash(key->bytes, message_id.p, message_id.n);
}

/* White space does not count: "ignoring white space, the subjects are the same". */
static uint64_t subject_hash(const struct threads_key *key, const char *subject)
{
    CLEANUP(buf_done) struct buf dense = {0};

    for (const char *p = subject; *p; p++) {
        if (!strchr(" \t\r\n", *p))
            buf_add_char(&dense, *p);
    }
    return siphash(key->bytes, buf_str(&dense), dense.n);
}

static void hash_add(const struct threads_key *key, uint64_t subject, const char *id, int64_t *out, size_t *n)
{
    CLEANUP(buf_done) struct buf b = {0};

    buf_add(&b, &subject, sizeof(subject));
    buf_add_str(&b, id);
    int64_t hash = (int64_t)siphash(key->bytes, b.p, b.n);
    for (size_t i = 0; i < *n; i++) {
        if (out[i] == hash)
            return;
    }
    out[(*n)++] = hash;
}

size_t threads_hashes(const struct threads_key *key, const struct mime_summary *s, int64_t out[THREAD_IDS_MAX])
{
    uint64_t subject = subject_hash(key, s->base_subject ? s->base_subject : "");
    size_t n = 0, n_refs = 0;

    if (s->message_ids && s->message_ids[0])
        hash_add(key, subject, s->message_ids[0], out, &n);
    if (s->in_reply_to && s->in_reply_to[0])
        hash_add(key, subject, s->in_reply_to[0], out, &n);
    while (s->references && s->references[n_refs])
        n_refs++;
    for (size_t i = n_refs > 100 ? n_refs - 100 : 0; i < n_refs; i++)
        hash_add(key, subject, s->references[i], out, &n);
    return n;
}

/* ---- rows ---- */

static int thread_create(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO thread (account_id, created_modseq, updated_modseq) VALUES (?1, ?2, ?2)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, store_tx_bump(tx, account_id, STORE_THREAD));
    if (store_run(tx, q, err) < 0)
        return -1;
    *out = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

int thread_destroy(struct store_tx *tx, int64_t account_id, int64_t thread_id, int64_t created_modseq,
                   struct fct_error *err)
{
    static const char *const deletes[] = {"DELETE FROM thread WHERE id = ?1",
                                          "DELETE FROM thread_ref WHERE thread_id = ?1",
                                          "DELETE FROM mailbox_thread WHERE thread_id = ?1"};

    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, deletes[i]);
        sqlite3_bind_int64(q, 1, thread_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return store_tombstone(tx, account_id, STORE_THREAD, thread_id, created_modseq, err);
}

/* 0: no Thread has the hash. */
static int ref_find(struct store_tx *tx, int64_t account_id, int64_t hash, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT thread_id FROM thread_ref WHERE account_id = ?1 AND hash = ?2");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, hash);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int ref_add(struct store_tx *tx, int64_t account_id, int64_t hash, int64_t thread_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO thread_ref (account_id, hash, thread_id) VALUES (?1, ?2, ?3)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, hash);
    sqlite3_bind_int64(q, 3, thread_id);
    return store_run(tx, q, err);
}

static int thread_size(struct store_tx *tx, int64_t thread_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT n_emails FROM thread WHERE id = ?1");

    sqlite3_bind_int64(q, 1, thread_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* ---- merging ---- */

/* All Emails of `from` come into `to` under new ids; `from` is destroyed by the flush of the counters. */
static int thread_move(struct counters *c, int64_t from, int64_t to, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;

    if (store_thread_emails(c->tx, from, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (email_reinsert(c, ids[i], to, err) < 0)
            return -1;
    }
    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE thread_ref SET thread_id = ?2 WHERE thread_id = ?1");
    sqlite3_bind_int64(q, 1, from);
    sqlite3_bind_int64(q, 2, to);
    return store_run(c->tx, q, err);
}

struct known_thread {
    int64_t id, n_emails;
};

static int compare_sizes(const void *a, const void *b)
{
    const struct known_thread *x = a, *y = b;

    if (x->n_emails != y->n_emails)
        return x->n_emails > y->n_emails ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* The largest of the Threads (of equals the oldest), into which the others are merged, as far as the bound allows. */
static int threads_merge(struct counters *c, const int64_t *ids, size_t n, int64_t *out, struct fct_error *err)
{
    CLEANUP(freep) struct known_thread *t = xcalloc(n, sizeof(*t));
    int64_t budget = THREAD_MERGE_MAX;

    for (size_t i = 0; i < n; i++) {
        t[i].id = ids[i];
        if (thread_size(c->tx, ids[i], &t[i].n_emails, err) < 0)
            return -1;
    }
    qsort(t, n, sizeof(*t), compare_sizes);
    for (size_t i = 1; i < n; i++) {
        if (t[i].n_emails > budget)
            continue;
        budget -= t[i].n_emails;
        if (thread_move(c, t[i].id, t[0].id, err) < 0)
            return -1;
    }
    *out = t[0].id;
    return 0;
}

/* ---- a batch ---- */

/* A hash with a request that has it. */
struct tie {
    int64_t hash;
    size_t request;
    int64_t known; /* the Thread that the hash belongs to already, 0: none; at the first tie of each hash */
};

/* A Thread that exists already, and a request that belongs there. */
struct meeting {
    int64_t thread_id;
    size_t request;
};

struct batch {
    struct threads_request *r;
    size_t n;
    size_t *parent; /* union-find over the requests */
    struct tie *ties;
    size_t n_ties;
    struct meeting *meetings;
    size_t n_meetings;
};

static void batch_done(struct batch *b)
{
    free(b->parent);
    free(b->ties);
    free(b->meetings);
}

static size_t root_of(struct batch *b, size_t i)
{
    while (b->parent[i] != i)
        i = b->parent[i] = b->parent[b->parent[i]];
    return i;
}

/* The earlier request is the root. */
static void unite(struct batch *b, size_t x, size_t y)
{
    x = root_of(b, x);
    y = root_of(b, y);
    b->parent[x > y ? x : y] = x > y ? y : x;
}

static int compare_ties(const void *a, const void *b)
{
    const struct tie *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->request > y->request) - (x->request < y->request);
}

static int compare_by_thread(const void *a, const void *b)
{
    const struct meeting *x = a, *y = b;

    return (x->thread_id > y->thread_id) - (x->thread_id < y->thread_id);
}

static int compare_by_request(const void *a, const void *b)
{
    const struct meeting *x = a, *y = b;

    if (x->request != y->request)
        return x->request < y->request ? -1 : 1;
    return compare_by_thread(a, b);
}

/* Requests with a hash in common are united. */
static void batch_init(struct batch *b, struct threads_request *r, size_t n)
{
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += r[i].n_hashes;
    *b = (struct batch){.r = r, .n = n};
    b->parent = xcalloc(n, sizeof(*b->parent));
    b->ties = xcalloc(total + 1, sizeof(*b->ties));
    b->meetings = xcalloc(total + 1, sizeof(*b->meetings));
    for (size_t i = 0; i < n; i++) {
        b->parent[i] = i;
        r[i].thread_id = 0;
        r[i].is_new = false;
        for (size_t k = 0; k < r[i].n_hashes; k++)
            b->ties[b->n_ties++] = (struct tie){r[i].hashes[k], i, 0};
    }
    qsort(b->ties, b->n_ties, sizeof(*b->ties), compare_ties);
    for (size_t i = 1; i < b->n_ties; i++) {
        if (b->ties[i].hash == b->ties[i - 1].hash)
            unite(b, b->ties[i - 1].request, b->ties[i].request);
    }
}

static bool is_first_tie(const struct batch *b, size_t i)
{
    return i == 0 || b->ties[i].hash != b->ties[i - 1].hash;
}

/* Looks the hashes up, in the order that the table has; requests that meet in a Thread are united. */
static int meet_known(struct batch *b, const struct counters *c, struct fct_error *err)
{
    for (size_t i = 0; i < b->n_ties; i++) {
        struct tie *t = &b->ties[i];
        if (!is_first_tie(b, i))
            continue;
        if (ref_find(c->tx, c->account_id, t->hash, &t->known, err) < 0)
            return -1;
        if (t->known != 0)
            b->meetings[b->n_meetings++] = (struct meeting){t->known, t->request};
    }
    qsort(b->meetings, b->n_meetings, sizeof(*b->meetings), compare_by_thread);
    for (size_t i = 1; i < b->n_meetings; i++) {
        if (b->meetings[i].thread_id == b->meetings[i - 1].thread_id)
            unite(b, b->meetings[i - 1].request, b->meetings[i].request);
    }
    return 0;
}

/* Roots that met a Thread get it; where they met several, these are merged. */
static int join_known(struct batch *b, struct counters *c, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = xcalloc(b->n_meetings + 1, sizeof(*ids));

    for (size_t i = 0; i < b->n_meetings; i++)
        b->meetings[i].request = root_of(b, b->meetings[i].request);
    qsort(b->meetings, b->n_meetings, sizeof(*b->meetings), compare_by_request);
    for (size_t i = 0; i < b->n_meetings;) {
        size_t root = b->meetings[i].request, n = 0;
        for (; i < b->n_meetings && b->meetings[i].request == root; i++) {
            if (n == 0 || ids[n - 1] != b->meetings[i].thread_id)
                ids[n++] = b->meetings[i].thread_id;
        }
        b->r[root].thread_id = ids[0];
        if (n > 1 && threads_merge(c, ids, n, &b->r[root].thread_id, err) < 0)
            return -1;
    }
    return 0;
}

static int save_refs(const struct batch *b, const struct counters *c, struct fct_error *err)
{
    for (size_t i = 0; i < b->n_ties; i++) {
        const struct tie *t = &b->ties[i];
        if (is_first_tie(b, i) && t->known == 0 &&
            ref_add(c->tx, c->account_id, t->hash, b->r[t->request].thread_id, err) < 0)
            return -1;
    }
    return 0;
}

int threads_assign(struct counters *c, struct threads_request *r, size_t n, struct fct_error *err)
{
    CLEANUP(batch_done) struct batch b;

    batch_init(&b, r, n);
    if (meet_known(&b, c, err) < 0 || join_known(&b, c, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) { /* a root comes before what it holds */
        size_t root = root_of(&b, i);
        if (root != i) {
            r[i].thread_id = r[root].thread_id;
            continue;
        }
        if (r[i].thread_id != 0)
            continue;
        if (thread_create(c->tx, c->account_id, &r[i].thread_id, err) < 0)
            return -1;
        r[i].is_new = true;
    }
    return save_refs(&b, c, err);
}

/* ---- restoring ---- */

/* The Thread that Emails name, with their number: merging goes by it. Which of them are unread is counted in the end.
 */
static int thread_ensure(struct store_tx *tx, int64_t account_id, int64_t thread_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM email WHERE thread_id = ?1 AND NOT EXISTS "
                                     "(SELECT 1 FROM thread WHERE id = ?1) LIMIT 1");

    sqlite3_bind_int64(q, 1, thread_id);
    int is_lost = store_step(tx, q, err);
    store_reset(q);
    if (is_lost <= 0)
        return is_lost;
    q = store_stmt(tx, "INSERT INTO thread (id, account_id, n_emails, created_modseq, updated_modseq) "
                       "SELECT ?1, ?2, count(*), ?3, ?3 FROM email WHERE thread_id = ?1");
    sqlite3_bind_int64(q, 1, thread_id);
    sqlite3_bind_int64(q, 2, account_id);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, account_id, STORE_THREAD));
    return store_run(tx, q, err);
}

int threads_restore(struct counters *c, int64_t thread_id, const int64_t *hashes, size_t n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *tied = xcalloc(n + 1, sizeof(*tied)); /* without duplicates, this Thread first */
    size_t n_tied = 1;

    tied[0] = thread_id;
    if (thread_ensure(c->tx, c->account_id, thread_id, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int64_t known;
        size_t k = 0;
        if (ref_find(c->tx, c->account_id, hashes[i], &known, err) < 0)
            return -1;
        if (known == 0 && ref_add(c->tx, c->account_id, hashes[i], known = thread_id, err) < 0)
            return -1;
        while (k < n_tied && tied[k] != known)
            k++;
        if (k < n_tied)
            continue;
        if (thread_ensure(c->tx, c->account_id, known, err) < 0)
            return -1;
        tied[n_tied++] = known;
    }
    return n_tied > 1 ? threads_merge(c, tied, n_tied, &thread_id, err) : 0;
}
