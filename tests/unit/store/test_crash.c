/* A child writes, is killed at some moment, and the profile is opened again: what was reported as committed is there.
 */
#include "store_fixture.h"

#include "store/blobs.h"
#include "store/db.h"
#include "store/inside.h"

#include <signal.h>
#include <sys/wait.h>

#define ROUNDS 16
#define WRITERS 6 /* fibers: so that transactions hold several jobs */

struct job {
    struct blob_stage *stage;
    int64_t id;
};

static void make_text(struct buf *out, unsigned seed)
{
    size_t n = 500 + seed % 97 * 61 + (seed % 131 == 0 ? 1500000 : 0);
    buf_addf(out, "Message-ID: <%u@example.org>\r\n", seed);
    for (unsigned x = seed; out->n < n; x = x * 1103515245u + 12345u)
        buf_addf(out, "word%u ", x >> 24);
}

static int add_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    store_tx_bump(tx, 1, STORE_EMAIL);
    return store_blob_add(tx, j->stage, 0, &j->id, err);
}

static int release_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int n;
    return store_blob_release(tx, *(int64_t *)arg, err) < 0 ? -1 : store_blobs_expire(tx, INT64_MAX, 1000, &n, err);
}

/* ---- the child ---- */

struct report {
    int64_t id; /* negative: it is going to be released */
    unsigned seed;
};

struct child {
    struct store *store;
    int pipe;
    unsigned next_seed;
};

static void tell(const struct child *c, int64_t id, unsigned seed)
{
    struct report r = {id, seed};
    if (write(c->pipe, &r, sizeof(r)) != sizeof(r))
        _exit(1);
}

static int write_blobs(void *arg)
{
    struct child *c = arg;
    for (;;) {
        CLEANUP(buf_done) struct buf text = {0};
        struct job j = {.stage = blob_stage_new(c->store)};
        unsigned seed = c->next_seed++;
        make_text(&text, seed);
        if (blob_stage_add(j.stage, buf_bytes(&text), NULL) < 0 || blob_stage_finish(j.stage, NULL) < 0 ||
            store_write(c->store, add_blob, &j, NULL) < 0)
            _exit(2);
        blob_stage_free(j.stage);
        tell(c, j.id, seed);
        if (seed % 3 != 0)
            continue;
        tell(c, -j.id, seed); /* whether it is still there after the kill is open */
        if (store_write(c->store, release_blob, &j.id, NULL) < 0)
            _exit(3);
    }
}

static int compact(void *arg)
{
    struct child *c = arg;
    for (;;) {
        if (wait_sleep(15, NULL) < 0 || store_packs_compact(c->store, 20, NULL, NULL) < 0)
            _exit(4);
    }
}

static void child_main(const char *dir, int pipe_fd, unsigned first_seed)
{
    struct fct_error err = {0};
    struct child c = {.pipe = pipe_fd, .next_seed = first_seed};

    fiber_set_loop(uv_default_loop());
    if (store_open(dir, &c.store, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        _exit(5);
    }
    packs_set_limit(c.store->packs, 300000);
    for (int i = 0; i < WRITERS; i++)
        fiber_start(uv_default_loop(), "writer", write_blobs, &c);
    fiber_start(uv_default_loop(), "compact", compact, &c);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    _exit(6);
}

/* ---- the parent ---- */

struct ledger {
    struct report *list;
    size_t n;
};

static unsigned run_and_kill(const char *dir, unsigned first_seed, unsigned after_ms, struct ledger *l)
{
    int fds[2], status = 0;
    struct report r;
    unsigned last = first_seed;

    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child_main(dir, fds[1], first_seed);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &r, sizeof(r)), sizeof(r)); /* it has begun */
    usleep(after_ms * 1000);
    kill(pid, SIGKILL);
    do {
        l->list = xreallocarray(l->list, l->n + 1, sizeof(r));
        l->list[l->n++] = r;
        last = r.seed > last ? r.seed : last;
    } while (read(fds[0], &r, sizeof(r)) == sizeof(r));
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    return last + WRITERS + 1;
}

static bool may_be_gone(const struct ledger *l, size_t i)
{
    for (size_t k = i + 1; k < l->n; k++)
        if (l->list[k].id == -l->list[i].id)
            return true;
    return false;
}

static int check_database(struct store_tx *tx, void *arg, struct fct_error *err)
{
    char *answer = arg;
    sqlite3_stmt *q = NULL;
    if (store_prepare(tx, "PRAGMA integrity_check", &q, err) < 0)
        return -1;
    if (sqlite3_step(q) == SQLITE_ROW)
        snprintf(answer, 100, "%s", store_text(q, 0));
    sqlite3_finalize(q);
    return 0;
}

static int view_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct report *r = arg;
    struct blob_view view = {0};
    CLEANUP(buf_done) struct buf text = {0};

    if (store_blob_view(tx, r->id, &view, err) < 0)
        return -1;
    make_text(&text, r->seed);
    bool same = bytes_equal(view.bytes, buf_bytes(&text));
    blob_view_done(&view);
    return same ? 0 : -1;
}

static void check_everything(struct fixture *f, const struct ledger *l)
{
    char answer[100] = "";
    assert_ok(store_read(f->store, check_database, answer, err));
    assert_string_equal(answer, "ok");
    for (size_t i = 0; i < l->n; i++) {
        struct fct_error err = {0};
        if (l->list[i].id < 0 || store_read(f->store, view_blob, &l->list[i], &err) == 0)
            continue;
        if (err.code != FCT_E_BLOB_NOT_FOUND || !may_be_gone(l, i))
            fail_msg("blob %lld: %s", (long long)l->list[i].id, err.message);
    }
}

static void what_was_committed_survives_a_kill_at_any_moment(void **state)
{
    CLEANUP(fixture_done) struct fixture f = {.dir = fixture_new_dir()};
    struct ledger ledger = {0};
    unsigned seed = 1;
    (void)state;

    for (unsigned round = 0; round < ROUNDS; round++) {
        seed = run_and_kill(f.dir, seed, round * 37 % 120, &ledger);
        fixture_open(&f);
        check_everything(&f, &ledger);
        fixture_close(&f);
    }

    assert_true(ledger.n > ROUNDS * 5);
    free(ledger.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_committed_survives_a_kill_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
