/* A disk that fills up, made of memory: needs the right to mount, and is skipped without it. */
#include "store_fixture.h"

#include "store/blobs.h"
#include "store/db.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

static bool can_mount;

struct job {
    struct blob_stage *stage;
    int64_t id;
    unsigned seed;
    int64_t rows;
};

static void make_noise(struct buf *out, size_t n, unsigned seed)
{
    for (; out->n < n; seed = seed * 1664525u + 1013904223u)
        buf_add_char(out, (char)(seed >> 24));
}

static int add_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_blob_add(tx, j->stage, 0, &j->id, err);
}

static int view_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    struct blob_view view = {0};
    CLEANUP(buf_done) struct buf noise = {0};
    if (store_blob_view(tx, j->id, &view, err) < 0)
        return -1;
    make_noise(&noise, 20000, j->seed);
    bool same = bytes_equal(view.bytes, buf_bytes(&noise));
    blob_view_done(&view);
    return same ? 0 : -1;
}

static int fill_meta(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    for (int i = 0; i < 20; i++) {
        sqlite3_stmt *q = store_stmt(tx, "INSERT INTO meta (key, value) VALUES (?1, randomblob(4000))");
        char key[32];
        snprintf(key, sizeof(key), "%u-%d", j->seed, i);
        bind_text(q, 1, key);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static int count_meta(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM meta WHERE key LIKE '%-%'");
    if (store_step(tx, q, err) < 0)
        return -1;
    j->rows = sqlite3_column_int64(q, 0);
    return 0;
}

static int add_noise(struct store *st, unsigned seed, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf noise = {0};
    struct job j = {.stage = blob_stage_new(st)};
    make_noise(&noise, 20000, seed);
    assert_ok(blob_stage_add(j.stage, buf_bytes(&noise), err));
    assert_ok(blob_stage_finish(j.stage, err));
    int result = store_write(st, add_blob, &j, err);
    blob_stage_free(j.stage);
    *out_id = j.id;
    return result;
}

static struct fixture small_disk(const char *options)
{
    struct fixture f = {.dir = fixture_new_dir()};
    assert_int_equal(mount("tmpfs", f.dir, "tmpfs", 0, options), 0);
    fixture_open(&f);
    return f;
}

static void small_disk_done(struct fixture *f)
{
    fixture_close(f);
    umount2(f->dir, MNT_DETACH);
    rmdir(f->dir);
    free(f->dir);
}

static char *ballast(const struct fixture *f)
{
    char *path = xasprintf("%s/ballast", f->dir);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(posix_fallocate(fd, 0, 1 << 20), 0);
    close(fd);
    return path;
}

static void a_full_disk_stops_writing_and_nothing_else(void **state)
{
    (void)state;
    if (!can_mount)
        skip();
    CLEANUP(small_disk_done) struct fixture f = small_disk("size=6m,mode=700");
    CLEANUP(freep) char *extra = ballast(&f);
    struct fct_error err = {0};
    int64_t ids[1000], id;
    unsigned n = 0;

    while (n < 1000 && add_noise(f.store, n, &ids[n], &err) == 0)
        n++;
    assert_in_range(n, 20, 999);
    assert_int_equal(err.code, FCT_E_DISK_FULL);
    for (unsigned i = 0; i < n; i++) { /* what was taken in can be read */
        struct job j = {.id = ids[i], .seed = i};
        assert_ok(store_read(f.store, view_blob, &j, err));
    }
    assert_int_equal(add_noise(f.store, 5000, &id, &err), -1);
    assert_int_equal(unlink(extra), 0);

    assert_ok(add_noise(f.store, 5001, &id, err));
    fixture_reopen(&f);
    for (unsigned i = 0; i < n; i++) {
        struct job j = {.id = ids[i], .seed = i};
        assert_ok(store_read(f.store, view_blob, &j, err));
    }
    struct job last = {.id = id, .seed = 5001};
    assert_ok(store_read(f.store, view_blob, &last, err));
}

static void a_database_that_cannot_grow_keeps_what_was_committed(void **state)
{
    (void)state;
    if (!can_mount)
        skip();
    CLEANUP(small_disk_done) struct fixture f = small_disk("size=6m,mode=700");
    CLEANUP(freep) char *extra = ballast(&f);
    struct fct_error err = {0};
    struct job j = {0};
    unsigned n = 0;

    for (; n < 1000; n++) {
        j.seed = n;
        if (store_write(f.store, fill_meta, &j, &err) < 0)
            break;
    }
    assert_in_range(n, 5, 999);
    assert_int_equal(err.code, FCT_E_DISK_FULL);
    assert_ok(store_read(f.store, count_meta, &j, err));
    assert_int_equal(j.rows, n * 20);
    assert_int_equal(unlink(extra), 0);

    j.seed = 5000;
    assert_ok(store_write(f.store, fill_meta, &j, err));
    fixture_reopen(&f);
    assert_ok(store_read(f.store, count_meta, &j, err));
    assert_int_equal(j.rows, (n + 1) * 20);
}

int main(void)
{
    /* A mount namespace of our own, before there are threads: nobody else sees these disks. */
    can_mount = unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_stops_writing_and_nothing_else),
        cmocka_unit_test(a_database_that_cannot_grow_keeps_what_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
