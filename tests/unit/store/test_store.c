#include "store_fixture.h"

#include "base/error.h"
#include "store/db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int put_meta(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, 1)");
    bind_text(q, 1, arg);
    return store_run(tx, q, err);
}

static int put_meta_and_fail(struct store_tx *tx, void *arg, struct fct_error *err)
{
    if (put_meta(tx, arg, err) < 0)
        return -1;
    store_tx_bump(tx, 1, STORE_EMAIL);
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no");
}

struct count {
    const char *key;
    int n;
};

static int count_meta(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct count *c = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM meta WHERE key = ?1");
    bind_text(q, 1, c->key);
    if (store_step(tx, q, err) < 0)
        return -1;
    c->n = sqlite3_column_int(q, 0);
    store_reset(q);
    return 0;
}

static int n_meta(struct store *st, const char *key)
{
    struct count c = {key, -1};
    assert_ok(store_read(st, count_meta, &c, err));
    return c.n;
}

static void what_was_written_is_there_after_a_restart(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;

    assert_ok(store_write(f.store, put_meta, (void *)"x", err));
    fixture_reopen(&f);

    assert_int_equal(n_meta(f.store, "x"), 1);
}

static void a_failed_job_leaves_nothing_behind(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(store_write(f.store, put_meta_and_fail, (void *)"x", &err), -1);

    assert_int_equal(err.code, FCT_E_INVALID);
    assert_int_equal(n_meta(f.store, "x"), 0);
}

/* ---- many at once ---- */

struct writer {
    struct store *store;
    char key[16];
    bool fails;
    int result;
};

static int write_one(void *arg)
{
    struct writer *w = arg;
    w->result = store_write(w->store, w->fails ? put_meta_and_fail : put_meta, w->key, NULL);
    return 0;
}

/* As SQLite does by itself after some errors. A job that goes on as if nothing had happened is not believed. */
static int lose_the_transaction(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    store_tx_bump(tx, 1, STORE_EMAIL);
    return store_run(tx, store_stmt(tx, "ROLLBACK"), err);
}

static int email_state(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_state(tx, 1, STORE_EMAIL, arg, err);
}

static void a_job_whose_transaction_was_lost_has_failed(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct fct_error err = {0};
    int64_t before = 0, after = 0;
    (void)state;
    assert_ok(store_read(f.store, email_state, &before, err));

    assert_int_equal(store_write(f.store, lose_the_transaction, NULL, &err), -1);

    assert_int_equal(err.code, FCT_E_IO);
    assert_ok(store_read(f.store, email_state, &after, err));
    assert_int_equal(after, before);
}

static void jobs_that_wait_together_fail_alone(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    enum { N = 400 }; /* more than may wait at once */
    static struct writer w[N];
    struct fiber *fibers[N];
    (void)state;

    for (int i = 0; i < N; i++) {
        w[i] = (struct writer){.store = f.store, .fails = i % 5 == 0};
        snprintf(w[i].key, sizeof(w[i].key), "k%d", i);
        fibers[i] = fiber_spawn(uv_default_loop(), "writer", write_one, &w[i]);
    }
    for (int i = 0; i < N; i++) {
        fiber_join(fibers[i]);
        fiber_unref(fibers[i]);
    }

    for (int i = 0; i < N; i++) {
        assert_int_equal(w[i].result, i % 5 == 0 ? -1 : 0);
        assert_int_equal(n_meta(f.store, w[i].key), i % 5 == 0 ? 0 : 1);
    }
}

static int read_one(void *arg)
{
    struct writer *w = arg;
    struct count c = {"none", -1};
    w->result = store_read(w->store, count_meta, &c, NULL);
    return c.n;
}

static void many_readers_are_served(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    enum { N = 1000 };
    static struct writer w[N];
    static struct fiber *fibers[N];
    (void)state;

    for (int i = 0; i < N; i++) {
        w[i] = (struct writer){.store = f.store, .result = -7};
        fibers[i] = fiber_spawn(uv_default_loop(), "reader", read_one, &w[i]);
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(fiber_join(fibers[i]), 0);
        fiber_unref(fibers[i]);
        assert_int_equal(w[i].result, 0);
    }
}

static int write_in_reader(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return put_meta(tx, arg, err);
}

static void readers_cannot_write(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    assert_int_equal(store_read(f.store, write_in_reader, (void *)"x", NULL), -1);
    assert_int_equal(n_meta(f.store, "x"), 0);
}

static int count_forever(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    store_tx_set_deadline(tx, 50);
    sqlite3_stmt *q = store_stmt(tx, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                     "SELECT count(*) FROM n");
    return store_run(tx, q, err);
}

static void a_read_past_its_deadline_is_stopped(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(store_read(f.store, count_forever, NULL, &err), -1);

    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_int_equal(n_meta(f.store, "x"), 0); /* and the reader works on */
}

/* ---- states and notices ---- */

struct heard {
    struct store_change changes[16];
    size_t n;
    int calls;
};

static void hear(void *ctx, const struct store_change *changes, size_t n)
{
    struct heard *h = ctx;
    h->calls++;
    for (size_t i = 0; i < n && h->n < 16; i++)
        h->changes[h->n++] = changes[i];
}

static int bump_twice(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int64_t *numbers = arg, now = 0;
    numbers[0] = store_tx_bump(tx, 7, STORE_EMAIL);
    numbers[1] = store_tx_bump(tx, 7, STORE_MAILBOX);
    numbers[2] = store_tx_bump(tx, 7, STORE_EMAIL);
    if (store_state(tx, 7, STORE_EMAIL, &now, err) < 0)
        return -1;
    return now == numbers[2] ? 0 : -1;
}

static int read_states(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int64_t *states = arg;
    if (store_state(tx, 7, STORE_EMAIL, &states[0], err) < 0 || store_state(tx, -1, STORE_EMAIL, &states[1], err) < 0 ||
        store_state(tx, 8, STORE_EMAIL, &states[2], err) < 0)
        return -1;
    return store_oldest_state(tx, &states[3], err);
}

static void each_change_has_a_number_of_its_own_and_is_told_once(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct heard heard = {0};
    int64_t first[3] = {0}, second[3] = {0}, states[4] = {0};
    (void)state;
    store_on_commit(f.store, hear, &heard);

    assert_ok(store_write(f.store, bump_twice, first, err));
    assert_int_equal(store_write(f.store, put_meta_and_fail, (void *)"x", NULL), -1);
    assert_int_equal(heard.calls, 1);
    assert_int_equal(heard.n, 2);
    assert_true(heard.changes[0].account_id == 7 && heard.changes[0].modseq == first[2]);
    assert_true(first[0] < first[1] && first[1] < first[2]);

    assert_ok(store_read(f.store, read_states, states, err));
    assert_true(states[0] == first[2] && states[1] >= first[2] && states[2] == 0 && states[3] == 0);
    fixture_reopen(&f);
    assert_ok(store_write(f.store, bump_twice, second, err));
    assert_true(second[0] > first[2]);
}

static int bury(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_tombstone(tx, 3, STORE_EMAIL, 99, 1, err);
}

static int count_tombstones(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT count(*) FROM tombstone WHERE account_id = 3 AND type = 4 AND object_id = 99 "
                       "AND modseq = (SELECT modseq FROM state WHERE account_id = 3 AND type = 4)");
    if (store_step(tx, q, err) < 0)
        return -1;
    *(int *)arg = sqlite3_column_int(q, 0);
    return 0;
}

static void a_tombstone_bumps_the_state(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int n = 0;
    (void)state;
    assert_ok(store_write(f.store, bury, NULL, err));
    assert_ok(store_read(f.store, count_tombstones, &n, err));
    assert_int_equal(n, 1);
}

/* ---- the index ---- */

static int index_document(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO fts (rowid, subject, body) VALUES (5, ?1, ?2)");
    bind_text(q, 1, "quarterly\x1freport");
    bind_text(q, 2,
              "jane\x1f"
              "doe\x1f"
              "example\x1forg");
    return store_run(tx, q, err);
}

static int count_matches(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct count *c = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM fts WHERE fts MATCH ?1");
    bind_text(q, 1, c->key);
    if (store_step(tx, q, err) < 0)
        return -1;
    c->n = sqlite3_column_int(q, 0);
    return 0;
}

static int n_matches(struct store *st, const char *query)
{
    struct count c = {query, -1};
    assert_ok(store_read(st, count_matches, &c, err));
    return c.n;
}

static void prepared_tokens_are_found(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    assert_ok(store_write(f.store, index_document, NULL, err));
    assert_int_equal(n_matches(f.store, "\"quarterly\x1freport\""), 1);
    assert_int_equal(n_matches(f.store, "\"report\x1fquarterly\""), 0);
    assert_int_equal(n_matches(f.store, "body : \"jane\x1f"
                                        "doe\x1f"
                                        "example\x1forg\""),
                     1);
    assert_int_equal(n_matches(f.store, "quart*"), 1);
    assert_int_equal(n_matches(f.store, "subject : jane"), 0);
}

static int explain_segment_deletion(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q = NULL;
    if (store_prepare(tx, "EXPLAIN QUERY PLAN SELECT 1 FROM fts_data WHERE id >= ?1 AND id <= ?2", &q, err) < 0)
        return -1;
    if (sqlite3_step(q) == SQLITE_ROW)
        snprintf(arg, 100, "%s", store_text(q, 3));
    sqlite3_finalize(q);
    return 0;
}

/* The statistics that a migration leaves made FTS5 walk all of its data for each deletion, but in the first session
 * only. */
static void the_index_is_searched_by_key_from_the_first_session_on(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    char plan[100] = "";
    (void)state;
    assert_ok(store_write(f.store, explain_segment_deletion, plan, err));
    assert_memory_equal(plan, "SEARCH", 6);
}

/* ---- the log ---- */

static off_t size_of_wal(const struct fixture *f)
{
    struct stat sb;
    char path[256];
    snprintf(path, sizeof(path), "%s/facteur.db-wal", f->dir);
    return stat(path, &sb) < 0 ? 0 : sb.st_size;
}

static int fill_meta(struct store_tx *tx, void *arg, struct fct_error *err)
{
    for (int i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof(key), "%d-%d", *(int *)arg, i);
        sqlite3_stmt *q = store_stmt(tx, "INSERT INTO meta (key, value) VALUES (?1, randomblob(3000))");
        bind_text(q, 1, key);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static void the_log_stays_small_under_load_and_goes_when_there_is_none(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    off_t largest = 0;
    (void)state;

    for (int i = 0; i < 20; i++) { /* 80 MB in all */
        assert_ok(store_write(f.store, fill_meta, &i, err));
        assert_int_equal(n_meta(f.store, "none"), 0);
        largest = size_of_wal(&f) > largest ? size_of_wal(&f) : largest;
    }
    assert_in_range(largest, 1, 40 << 20);
    for (int i = 0; i < 80 && size_of_wal(&f) > 0; i++)
        assert_ok(wait_sleep(100, err));
    assert_int_equal(size_of_wal(&f), 0);
}

/* A reader that stays in its snapshot until it is told to go. */
struct long_read {
    struct fixture *f;
    _Atomic int stage;
};

static int stay(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct long_read *r = arg;
    int64_t state = 0;
    if (store_oldest_state(tx, &state, err) < 0)
        return -1;
    r->stage = 1;
    while (r->stage != 2)
        usleep(1000);
    return 0;
}

static int run_long_read(void *arg)
{
    struct long_read *r = arg;
    return store_read(r->f->store, stay, r, NULL);
}

static void a_reader_that_stays_does_not_delay_every_commit(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct long_read r = {.f = &f};
    CLEANUP(fiber_unrefp) struct fiber *fiber = fiber_spawn(uv_default_loop(), "reader", run_long_read, &r);
    (void)state;
    while (r.stage != 1)
        assert_ok(wait_sleep(1, err));
    int i = 0;
    while (size_of_wal(&f) < (off_t)129 << 20) { /* beyond what the writer lets pass without waiting for readers */
        i++;
        assert_ok(store_write(f.store, fill_meta, &i, err));
    }
    assert_ok(store_write(f.store, put_meta, (void *)"waits", err));

    uint64_t start = wait_now_ms();
    for (int k = 0; k < 5; k++) {
        char key[16];
        snprintf(key, sizeof(key), "small%d", k);
        assert_ok(store_write(f.store, put_meta, key, err));
    }

    assert_true(wait_now_ms() - start < 1500);
    r.stage = 2;
    fiber_join(fiber);
}

/* ---- the profile ---- */

static void the_profile_is_private(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct stat sb;
    char path[256];
    (void)state;

    assert_int_equal(stat(f.dir, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0700);
    static const char *const names[] = {"facteur.db", "facteur.db-wal", "facteur.db-shm", "lock"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", f.dir, names[i]);
        assert_int_equal(stat(path, &sb), 0);
        assert_int_equal(sb.st_mode & 07777, 0600);
    }
}

static void a_profile_is_made_with_the_directories_above_it(void **state)
{
    CLEANUP(fixture_done) struct fixture f = {.dir = fixture_new_dir()};
    struct stat sb;
    (void)state;
    CLEANUP(freep) char *middle = xasprintf("%s/share", f.dir), *deep = xasprintf("%s/facteur/", middle);
    struct fct_error err = {0};

    fiber_set_loop(uv_default_loop());
    if (store_open(deep, &f.store, &err) < 0)
        fail_msg("%s", err.message);

    assert_int_equal(stat(middle, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0700);
    assert_int_equal(strncmp(store_profile_dir(f.store), f.dir, strlen(f.dir)), 0);
}

static void a_name_under_a_file_is_no_profile(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *wrong = xasprintf("%s/lock/x", f.dir);
    struct fct_error err = {0};
    struct store *st = NULL;
    (void)state;
    assert_int_equal(store_open(wrong, &st, &err), -1);
    assert_non_null(strstr(err.message, wrong));
    assert_int_equal(store_open("", &st, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
}

static void a_profile_that_others_may_write_is_refused(void **state)
{
    CLEANUP(freep) char *dir = fixture_new_dir();
    struct store *st = NULL;
    struct fct_error err = {0};
    (void)state;
    assert_int_equal(chmod(dir, 0777), 0);

    fiber_set_loop(uv_default_loop());
    assert_int_equal(store_open(dir, &st, &err), -1);

    assert_int_equal(err.code, FCT_E_FORBIDDEN);
    assert_non_null(strstr(err.message, dir));
    fiber_loop_done(uv_default_loop());
    assert_int_equal(rmdir(dir), 0);
}

static void a_foreign_profile_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root can make one */
    CLEANUP(freep) char *dir = fixture_new_dir();
    struct store *st = NULL;
    struct fct_error err = {0};
    assert_int_equal(chown(dir, 12345, 12345), 0);

    fiber_set_loop(uv_default_loop());
    assert_int_equal(store_open(dir, &st, &err), -1);

    assert_int_equal(err.code, FCT_E_FORBIDDEN);
    assert_non_null(strstr(err.message, "12345"));
    fiber_loop_done(uv_default_loop());
    assert_int_equal(rmdir(dir), 0);
}

static void a_second_process_is_told_who_holds_the_profile(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct fct_error err = {0};
    struct store *st = NULL;
    char expected[64];
    int status = 0;
    (void)state;

    assert_int_equal(store_open(f.dir, &st, &err), -1); /* the same process, too */
    assert_int_equal(err.code, FCT_E_BUSY);
    snprintf(expected, sizeof(expected), "pid %ld", (long)getpid());
    pid_t child = fork();
    if (child == 0) {
        struct fct_error e = {0};
        struct store *mine = NULL;
        char *dir = f.dir;
        bool told = store_open(dir, &mine, &e) < 0 && e.code == FCT_E_BUSY && strstr(e.message, expected);
        _exit(told ? 0 : 1);
    }

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- what cannot be opened ---- */

static void in_file(const char *dir, const char *name, off_t at, const void *bytes, size_t n)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    CLEANUP(closep) int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
}

static uint64_t sum_of_file(const char *dir, const char *name)
{
    char path[256], block[4096];
    uint64_t sum = 14695981039346656037u;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    CLEANUP(closep) int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0;)
        for (ssize_t i = 0; i < n; i++)
            sum = (sum ^ (unsigned char)block[i]) * 1099511628211u;
    return sum;
}

static void expect_refusal(struct fixture *f, int code, const char *words)
{
    struct fct_error err = {0};
    uint64_t before = sum_of_file(f->dir, "facteur.db"), wal = sum_of_file(f->dir, "facteur.db-wal");
    fiber_set_loop(uv_default_loop());
    assert_int_equal(store_open(f->dir, &f->store, &err), -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, words));
    assert_true(sum_of_file(f->dir, "facteur.db") == before);
    assert_true(sum_of_file(f->dir, "facteur.db-wal") == wal);
    assert_null(f->store);
}

static void a_newer_schema_is_refused_and_stays_untouched(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    fixture_close(&f);
    in_file(f.dir, "facteur.db", 60, "\0\0\3\347", 4); /* user_version 999 */

    expect_refusal(&f, FCT_E_UNSUPPORTED, "999");
}

static int64_t number_in_file(const struct fixture *f, const char *sql)
{
    CLEANUP(freep) char *path = xasprintf("%s/facteur.db", f->dir);
    sqlite3 *raw;
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(raw);
    return n;
}

/* Version 18, where 19 can be applied and 20 cannot, as its column is there. */
static int half_of_an_upgrade_fails(struct store_tx *tx, void *arg, struct fct_error *err)
{
    static const char *const sql[] = {"DROP TABLE rule", "DROP TABLE rule_arrival", "PRAGMA user_version = 18"};
    (void)arg;
    for (size_t i = 0; i < sizeof(sql) / sizeof(*sql); i++)
        if (store_run(tx, store_stmt(tx, sql[i]), err) < 0)
            return -1;
    return 0;
}

static void an_upgrade_that_fails_leaves_the_schema_that_was_there(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct fct_error err = {0};
    (void)state;
    assert_ok(store_write(f.store, half_of_an_upgrade_fails, NULL, err));
    fixture_close(&f);

    fiber_set_loop(uv_default_loop());
    assert_int_equal(store_open(f.dir, &f.store, &err), -1);
    assert_non_null(strstr(err.message, "schema 0020"));
    assert_int_equal(number_in_file(&f, "PRAGMA user_version"), 18);
    assert_int_equal(number_in_file(&f, "SELECT count(*) FROM sqlite_schema WHERE name = 'rule'"), 0);
}

static int raise_version(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_run(tx, store_stmt(tx, "PRAGMA user_version = 998"), err);
}

static void a_newer_schema_that_a_crash_left_in_the_wal_is_refused(void **state)
{
    CLEANUP(fixture_done) struct fixture f = {.dir = fixture_new_dir()};
    int status = 0;
    (void)state;

    pid_t child = fork();
    if (child == 0) {
        fixture_open(&f);
        _exit(store_write(f.store, raise_version, NULL, NULL) < 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);

    expect_refusal(&f, FCT_E_UNSUPPORTED, "998");
}

static void a_file_that_is_no_database_is_left_alone(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    fixture_close(&f);
    in_file(f.dir, "facteur.db", 0, "garbage garbage garbage", 23);

    expect_refusal(&f, FCT_E_CORRUPT, "facteur.db is damaged");
}

static void another_programs_database_is_left_alone(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    fixture_close(&f);
    in_file(f.dir, "facteur.db", 68, "abcd", 4);

    expect_refusal(&f, FCT_E_INVALID, "another program");
}

static void the_log_of_a_lost_database_is_set_aside(void **state)
{
    CLEANUP(fixture_done) struct fixture f = {.dir = fixture_new_dir()};
    CLEANUP(freep) char *db = xasprintf("%s/facteur.db", f.dir);
    int status = 0;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        fixture_open(&f);
        _exit(store_write(f.store, raise_version, NULL, NULL) < 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    uint64_t log = sum_of_file(f.dir, "facteur.db-wal");
    assert_int_equal(remove(db), 0);

    fixture_open(&f);

    assert_true(sum_of_file(f.dir, "facteur.db-wal.aside1") == log);
    assert_int_equal(n_meta(f.store, "none"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_there_after_a_restart),
        cmocka_unit_test(a_failed_job_leaves_nothing_behind),
        cmocka_unit_test(a_job_whose_transaction_was_lost_has_failed),
        cmocka_unit_test(jobs_that_wait_together_fail_alone),
        cmocka_unit_test(many_readers_are_served),
        cmocka_unit_test(readers_cannot_write),
        cmocka_unit_test(a_read_past_its_deadline_is_stopped),
        cmocka_unit_test(each_change_has_a_number_of_its_own_and_is_told_once),
        cmocka_unit_test(a_tombstone_bumps_the_state),
        cmocka_unit_test(prepared_tokens_are_found),
        cmocka_unit_test(the_index_is_searched_by_key_from_the_first_session_on),
        cmocka_unit_test(the_log_stays_small_under_load_and_goes_when_there_is_none),
        cmocka_unit_test(a_reader_that_stays_does_not_delay_every_commit),
        cmocka_unit_test(the_profile_is_private),
        cmocka_unit_test(a_profile_is_made_with_the_directories_above_it),
        cmocka_unit_test(a_name_under_a_file_is_no_profile),
        cmocka_unit_test(a_profile_that_others_may_write_is_refused),
        cmocka_unit_test(a_foreign_profile_is_refused),
        cmocka_unit_test(a_second_process_is_told_who_holds_the_profile),
        cmocka_unit_test(an_upgrade_that_fails_leaves_the_schema_that_was_there),
        cmocka_unit_test(a_newer_schema_is_refused_and_stays_untouched),
        cmocka_unit_test(a_newer_schema_that_a_crash_left_in_the_wal_is_refused),
        cmocka_unit_test(a_file_that_is_no_database_is_left_alone),
        cmocka_unit_test(another_programs_database_is_left_alone),
        cmocka_unit_test(the_log_of_a_lost_database_is_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
