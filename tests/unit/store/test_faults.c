/* A disk that fails: each write, truncation and sync in turn, in the middle of arrivals, flags, moves, destructions and
 * compaction. What was reported as done is there, what failed left nothing, and the same steps done again lead to the
 * same mail as on a disk that never fails. And on one that does not: bytes are on it before the rows that speak of
 * them. */
#include "soundness.h"

#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the disk
 * ---------------------------------------------------------------------------------------------------------------- */

#define PACKS_MAX 64

static struct {
    char dir[64];    /* whose files fail; "": none */
    long n, fail_at; /* calls so far; the one that fails, 0: none */
    bool is_broken;  /* and all after it */
    int error, told;
    bool is_pack_dirty[PACKS_MAX], is_dir_dirty, is_parent_dirty;
    unsigned n_log_syncs, n_disorders;
} disk;

/* What a descriptor is, below the profile: "packs/000001.pack", "facteur.db-wal", "" for the profile; NULL: foreign. */
static const char *name_of(int fd, char path[256])
{
    char link[64];

    if (!disk.dir[0])
        return NULL;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, 255);
    size_t base = strlen(disk.dir);
    if (n < 0)
        return NULL;
    path[n] = '\0';
    if (strncmp(path, disk.dir, base) != 0)
        return NULL;
    return path[base] == '/' ? path + base + 1 : path + base;
}

/* A sync or truncation is never told as a full disk: SQLite has one error for all that may go wrong with them.
 * Temporary files fail where they are written, before anything begins. */
static bool fails(const char *name, bool may_be_full)
{
    if (!name || strstr(name, "-shm") || strncmp(name, "tmp/", 4) == 0)
        return false;
    long n = __atomic_add_fetch(&disk.n, 1, __ATOMIC_SEQ_CST);
    if (disk.fail_at == 0 || (disk.is_broken ? n < disk.fail_at : n != disk.fail_at))
        return false;
    disk.told = may_be_full ? disk.error : EIO;
    errno = disk.told;
    return true;
}

static bool *dirt_of(const char *name)
{
    long number = strncmp(name, "packs/", 6) == 0 ? strtol(name + 6, NULL, 10) : 0;

    return number > 0 && number < PACKS_MAX && strstr(name, ".pack") ? &disk.is_pack_dirty[number] : NULL;
}

static void note_sync(const char *name)
{
    bool *dirt = dirt_of(name);

    if (dirt)
        *dirt = false;
    else if (strcmp(name, "packs") == 0)
        disk.is_dir_dirty = false;
    else if (name[0] == '\0')
        disk.is_parent_dirty = false;
    else if (strcmp(name, "facteur.db-wal") == 0) {
        bool is_dirty = disk.is_dir_dirty || disk.is_parent_dirty;
        for (int i = 0; i < PACKS_MAX; i++)
            is_dirty |= disk.is_pack_dirty[i];
        disk.n_log_syncs++;
        disk.n_disorders += is_dirty;
    }
}

/* These stand before the C library's, for SQLite too. */
#define OURS __attribute__((visibility("default")))
OURS ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
OURS ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
OURS ssize_t write(int fd, const void *p, size_t n);
OURS int ftruncate64(int fd, off64_t size);
OURS int ftruncate(int fd, off_t size);
OURS int fdatasync(int fd);
OURS int fsync(int fd);
OURS int mkdir(const char *path, mode_t mode);

OURS ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    char path[256];
    const char *name = name_of(fd, path);

    if (fails(name, true)) { /* torn: half of it is there */
        int why = errno;
        syscall(SYS_pwrite64, fd, p, n / 2, at);
        errno = why;
        return -1;
    }
    bool *dirt = name ? dirt_of(name) : NULL;
    if (dirt) {
        *dirt = true;
        disk.is_dir_dirty |= at == 0; /* a new pack */
    }
    return syscall(SYS_pwrite64, fd, p, n, at);
}

OURS ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return pwrite64(fd, p, n, at);
}

OURS ssize_t write(int fd, const void *p, size_t n)
{
    char path[256];

    return fails(name_of(fd, path), true) ? -1 : syscall(SYS_write, fd, p, n);
}

OURS int ftruncate64(int fd, off64_t size)
{
    char path[256];

    return fails(name_of(fd, path), false) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

OURS int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

OURS int fdatasync(int fd)
{
    char path[256];
    const char *name = name_of(fd, path);

    if (fails(name, false))
        return -1;
    if (name)
        note_sync(name);
    return 0; /* nothing here outlives the test */
}

OURS int fsync(int fd)
{
    return fdatasync(fd);
}

OURS int mkdir(const char *path, mode_t mode)
{
    size_t n = strlen(disk.dir);

    if (n > 0 && strncmp(path, disk.dir, n) == 0 && strcmp(path + n, "/packs") == 0)
        disk.is_parent_dirty = true;
    return (int)syscall(SYS_mkdir, path, mode);
}

static void disk_is(const struct fixture *f, long fail_at, bool is_broken, int error)
{
    memset(&disk, 0, sizeof(disk));
    snprintf(disk.dir, sizeof(disk.dir), "%s", f->dir);
    disk.fail_at = fail_at;
    disk.is_broken = is_broken;
    disk.error = error;
}

static void disk_is_good(void)
{
    disk.fail_at = 0;
}

/* ---- the mail
 * ---------------------------------------------------------------------------------------------------------------- */

#define LARGE 1300000 /* chunked */
#define PACK_BYTES 30000

struct world {
    struct fixture f;
    int64_t account, boxes[2], local, local_inbox, local_archive;
};

static void world_open(struct world *w)
{
    w->account = sql_number(&w->f, "SELECT id FROM account WHERE source_url <> 'local:'");
    w->boxes[0] = sql_number(&w->f, "SELECT id FROM mailbox WHERE name = 'INBOX'");
    w->boxes[1] = sql_number(&w->f, "SELECT id FROM mailbox WHERE name = 'Work'");
    w->local = local_account(&w->f);
    w->local_inbox = mailbox_with_role(&w->f, w->local, FCT_ROLE_INBOX);
    w->local_archive = mailbox_with_role(&w->f, w->local, FCT_ROLE_ARCHIVE);
    packs_set_limit(w->f.store->packs, PACK_BYTES);
}

static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};
    int64_t boxes[2];

    add_server(&w.f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    world_open(&w);
    return w;
}

struct arrival {
    int box;
    uint64_t uid;
    const char *id, *references;
    unsigned body; /* its seed; bytes of it: 3000, or LARGE for those from 100 on */
};

static int arrive_some(struct world *w, const struct arrival *list, size_t n, struct fct_error *err)
{
    struct prepared p[8];
    struct store_arrival a[8] = {0};

    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        CLEANUP(buf_done) struct buf body = {0};
        unsigned x = list[i].body;
        buf_add_str(&body, "body ");
        for (; body.n < 3000; x = x * 1664525u + 1013904223u)
            buf_addf(&body, "%08x\r\n", x);
        while (list[i].body >= 100 && body.n < LARGE)
            buf_add_str(&body, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
        prepare_letter(
            &p[i], w->f.store,
            &(struct letter){
                .id = list[i].id, .references = list[i].references, .subject = "topic", .body = buf_str(&body)});
        a[i] = (struct store_arrival){.mailbox_id = w->boxes[list[i].box],
                                      .uid = list[i].uid,
                                      .received_at = 1700000000 + (int64_t)list[i].uid * 100,
                                      .blob = p[i].blob,
                                      .summary = &p[i].summary};
    }
    struct arrive_job j = {w->account, a, n};
    int rc = store_write(w->f.store, arrive_fn, &j, err);
    for (size_t i = 0; i < n; i++)
        prepared_done(&p[i]);
    return rc;
}

static int call(struct world *w, struct call c, struct fct_error *err)
{
    *err = (struct fct_error){0};
    return store_write(w->f.store, call_fn, &c, err);
}

/* ---- the steps: each can be done again when it failed, or when nobody knows
 * ------------------------------------------------ */

static int step_arrive(struct world *w, struct fct_error *err)
{
    static const struct arrival list[] = {{0, 1, "a@x", NULL, 1}, {0, 2, "b@x", NULL, 2}, {1, 1, "b@x", NULL, 2},
                                          {0, 3, "c@x", NULL, 3}, {1, 2, "d@x", NULL, 4}, {1, 3, "e@x", NULL, 5}};

    return arrive_some(w, list, 6, err);
}

static int step_arrive_large(struct world *w, struct fct_error *err)
{
    return arrive_some(w, (const struct arrival[]){{0, 4, "large@x", NULL, 100}}, 1, err);
}

static int step_flags(struct world *w, struct fct_error *err)
{
    int64_t id = sql_number(&w->f, "SELECT email_id FROM placement JOIN mailbox m ON m.id = mailbox_id "
                                   "WHERE m.name = 'INBOX' AND uid = 1");

    return call(
        w, (struct call){.fn = set_flags_call, .id = id, .add = {FCT_FLAG_SEEN | FCT_FLAG_FLAGGED, bytes_str("work")}},
        err);
}

static int step_hide(struct world *w, struct fct_error *err)
{
    return call(
        w, (struct call){.fn = server_flags_call, .id = w->boxes[1], .uid = 2, .add = {.bits = FCT_FLAG_DELETED}}, err);
}

static int step_unhide(struct world *w, struct fct_error *err)
{
    return call(w,
                (struct call){.fn = server_flags_call, .id = w->boxes[1], .uid = 2, .add = {.bits = FCT_FLAG_ANSWERED}},
                err);
}

/* Two Threads become one, under new ids. */
static int step_tie(struct world *w, struct fct_error *err)
{
    return arrive_some(w, (const struct arrival[]){{0, 5, "tie@x", "<a@x> <c@x> <e@x>", 6}}, 1, err);
}

static int step_vanish(struct world *w, struct fct_error *err)
{
    size_t gone;

    return call(w, (struct call){.fn = vanished_call, .id = w->boxes[0], .uid = 3, .n = 2, .out = &gone}, err);
}

static int forget_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_forget_uids(tx, c->id, err);
}

static int drop_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_placements_drop_unlinked(tx, c->id, SIZE_MAX, NULL, err);
}

static int step_renumber(struct world *w, struct fct_error *err)
{
    static const struct arrival list[] = {{1, 11, "b@x", NULL, 2}, {1, 13, "e@x", NULL, 5}};

    if (sql_number(&w->f, "SELECT count(*) FROM placement WHERE uid = 11") == 0 &&
        call(w, (struct call){.fn = forget_call, .id = w->boxes[1]}, err) < 0)
        return -1;
    if (arrive_some(w, list, 2, err) < 0)
        return -1;
    return call(w, (struct call){.fn = drop_call, .id = w->boxes[1]}, err);
}

static int create_once_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct sql_job j = {"SELECT count(*) FROM envelope WHERE message_id = 'mine@x'", 0};

    if (sql_fn(tx, &j, err) < 0)
        return -1;
    return j.value ? 0 : create_call(tx, c, err);
}

static int step_create(struct world *w, struct fct_error *err)
{
    struct prepared p;

    prepare_letter(&p, w->f.store, &(struct letter){.id = "mine@x", .subject = "mine", .body = "my body"});
    struct store_arrival a = {.received_at = 1700000000, .blob = p.blob, .summary = &p.summary};
    int rc =
        call(w, (struct call){.fn = create_once_call, .id = w->local, .ids = &w->local_inbox, .n = 1, .out = &a}, err);
    prepared_done(&p);
    return rc;
}

static int step_move(struct world *w, struct fct_error *err)
{
    int64_t id = sql_number(&w->f, "SELECT email_id FROM envelope WHERE message_id = 'mine@x'");

    return call(w, (struct call){.fn = set_mailboxes_call, .id = id, .ids = &w->local_archive, .n = 1}, err);
}

static int step_destroy(struct world *w, struct fct_error *err)
{
    int64_t id = sql_number(&w->f, "SELECT email_id FROM envelope WHERE message_id = 'mine@x'");

    return id == INT64_MIN ? 0 : call(w, (struct call){.fn = destroy_call, .id = id}, err);
}

static int expire_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_blobs_expire(tx, INT64_MAX, 100, c->out, err);
}

static int step_compact(struct world *w, struct fct_error *err)
{
    int n;

    if (call(w, (struct call){.fn = expire_call, .out = &n}, err) < 0)
        return -1;
    return store_packs_compact(w->f.store, 5, NULL, err);
}

static int (*const steps[])(struct world *, struct fct_error *) = {
    step_arrive, step_flags,   step_create, step_hide,    step_arrive_large, step_tie,     step_unhide,
    step_move,   step_compact, step_vanish, step_destroy, step_renumber,     step_compact,
};
#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

/* ---- what there is in the end
 * ------------------------------------------------------------------------------------------------- */

static const char mail[] =
    "SELECT group_concat(line, char(10)) FROM (SELECT m.name || ' ' || ifnull(p.uid, '-') || ' ' || p.flags || ' ' || "
    "ifnull(p.keywords, '-') || ' ' || hex(b.sha256) || ' ' || e.flags || ' ' || (SELECT count(*) FROM email o WHERE "
    "o.thread_id = e.thread_id) AS line FROM placement p JOIN mailbox m ON m.id = p.mailbox_id JOIN email e ON e.id = "
    "p.email_id JOIN blob b ON b.id = e.blob_id ORDER BY m.id, p.uid, b.sha256)";

static int read_mail(struct store_tx *tx, void *arg, struct fct_error *err)
{
    char **out = arg;
    sqlite3_stmt *q = store_stmt(tx, mail);

    if (store_step(tx, q, err) < 0)
        return -1;
    *out = xstrdup(store_text(q, 0));
    return 0;
}

static char *mail_of(struct fixture *f)
{
    char *text = NULL;

    assert_ok(store_read(f->store, read_mail, &text, err));
    return text;
}

static char *mail_of_a_good_disk(long *out_calls)
{
    struct world w = world_new();
    struct fct_error err = {0};

    disk_is(&w.f, 0, false, 0);
    for (size_t i = 0; i < N_STEPS; i++) {
        if (steps[i](&w, &err) < 0)
            fail_msg("step %zu: %s", i, err.message);
    }
    *out_calls = disk.n;
    memset(&disk, 0, sizeof(disk));
    expect_sound(&w.f);
    char *text = mail_of(&w.f);
    fixture_done(&w.f);
    return text;
}

/* ---- tests
 * -------------------------------------------------------------------------------------------------------------------
 */

static void expect_told(const struct fct_error *err, long at, size_t step)
{
    if (err->code != (disk.told == ENOSPC ? FCT_E_DISK_FULL : FCT_E_IO))
        fail_msg("call %ld, step %zu: %s: %s", at, step, fct_code_name(err->code), err->message);
}

static void a_call_that_fails_once_leaves_no_trace(void **state)
{
    long n_calls;
    CLEANUP(freep) char *expected = mail_of_a_good_disk(&n_calls);
    unsigned n_failures = 0;
    (void)state;
    assert_true(n_calls > 100);

    for (long at = 1; at <= n_calls; at += 5) {
        struct world w = world_new();
        int error = at % 2 ? EIO : ENOSPC;
        disk_is(&w.f, at, false, error);
        for (size_t i = 0; i < N_STEPS; i++) {
            struct fct_error err = {0};
            if (steps[i](&w, &err) == 0)
                continue;
            expect_told(&err, at, i);
            expect_sound(&w.f);
            n_failures++;
            if (steps[i](&w, &err) < 0)
                fail_msg("call %ld, step %zu again: %s", at, i, err.message);
        }
        memset(&disk, 0, sizeof(disk));
        CLEANUP(freep) char *before = mail_of(&w.f);
        assert_string_equal(before, expected);
        fixture_reopen(&w.f);
        expect_sound(&w.f);
        CLEANUP(freep) char *after = mail_of(&w.f);
        assert_string_equal(after, expected);
        fixture_done(&w.f);
    }
    assert_true(n_failures > 30);
}

static void a_disk_that_breaks_keeps_what_was_done(void **state)
{
    long n_calls;
    CLEANUP(freep) char *expected = mail_of_a_good_disk(&n_calls);
    (void)state;

    for (long at = 1; at <= n_calls; at += 17) {
        struct world w = world_new();
        int error = at % 3 ? ENOSPC : EIO;
        disk_is(&w.f, at, true, error);
        size_t done = 0;
        struct fct_error err = {0};
        while (done < N_STEPS && steps[done](&w, &err) == 0)
            done++;
        if (done < N_STEPS)
            expect_told(&err, at, done);
        expect_sound(&w.f);  /* it can still be read */
        fixture_close(&w.f); /* with the disk still broken */
        disk_is_good();
        fixture_open(&w.f);
        world_open(&w);
        expect_sound(&w.f);
        for (; done < N_STEPS; done++) {
            if (steps[done](&w, &err) < 0)
                fail_msg("call %ld, step %zu after it was mended: %s", at, done, err.message);
        }
        memset(&disk, 0, sizeof(disk));
        CLEANUP(freep) char *after = mail_of(&w.f);
        assert_string_equal(after, expected);
        fixture_done(&w.f);
    }
}

static void opening_on_a_broken_disk_harms_nothing(void **state)
{
    struct world w = world_new();
    struct fct_error err = {0};
    (void)state;
    for (size_t i = 0; i < N_STEPS; i++)
        assert_int_equal(steps[i](&w, &err), 0);
    CLEANUP(freep) char *expected = mail_of(&w.f);
    fixture_close(&w.f);

    for (long at = 1; at < 40; at += 2) {
        disk_is(&w.f, at, at % 4 == 1, ENOSPC);
        fiber_set_loop(uv_default_loop());
        if (store_open(w.f.dir, &w.f.store, &err) < 0)
            expect_told(&err, at, 0);
        fixture_close(&w.f);
        memset(&disk, 0, sizeof(disk));
        fixture_open(&w.f);
        expect_sound(&w.f);
        CLEANUP(freep) char *after = mail_of(&w.f);
        assert_string_equal(after, expected);
        fixture_close(&w.f);
    }
    fixture_done(&w.f);
}

static void bytes_are_on_the_disk_before_rows_speak_of_them(void **state)
{
    struct world w = {.f = {.dir = fixture_new_dir()}};
    struct fct_error err = {0};
    int64_t boxes[2];
    (void)state;

    disk_is(&w.f, 0, false, 0);
    fixture_open(&w.f);
    add_server(&w.f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    world_open(&w);
    for (size_t i = 0; i < N_STEPS; i++)
        assert_int_equal(steps[i](&w, &err), 0);

    assert_true(disk.n_log_syncs >= N_STEPS);
    assert_int_equal(disk.n_disorders, 0);
    memset(&disk, 0, sizeof(disk));
    fixture_done(&w.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_on_the_disk_before_rows_speak_of_them),
        cmocka_unit_test(a_call_that_fails_once_leaves_no_trace),
        cmocka_unit_test(a_disk_that_breaks_keeps_what_was_done),
        cmocka_unit_test(opening_on_a_broken_disk_harms_nothing),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
