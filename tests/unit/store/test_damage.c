/* Bits that flip in the database: whatever SQLite makes of them, the program neither crashes nor hangs. */
#include "soundness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define N_FLIPS 80

static uint64_t rng = 88172645463325252ull;

static uint64_t pick(uint64_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (rng >> 11) % n;
}

static void fill(struct fixture *f)
{
    int64_t boxes[2], id, account = add_server(f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    int64_t inbox = mailbox_with_role(f, local_account(f), FCT_ROLE_INBOX);

    for (unsigned i = 0; i < 30; i++) {
        char text[64], references[32];
        snprintf(text, sizeof(text), "m%u@x", i);
        snprintf(references, sizeof(references), "<m%u@x>", i / 2);
        arrive_letter(f, account, boxes[i % 2], i + 1, 1700000000 + i * 100, i % 3 ? FCT_FLAG_SEEN : 0,
                      &(struct letter){.id = text, .references = references, .subject = "topic", .body = "body"});
    }
    assert_good(create_letter(f, local_account(f), &inbox, 1, 0, &(struct letter){.id = "mine@x"}, &id));
}

static int read_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_mailbox *mailboxes;
    struct store_account *accounts;
    struct store_changes changes;
    sqlite3_stmt *q;
    size_t n;

    (void)arg;
    if (store_accounts_load(tx, &accounts, &n, err) == 0)
        store_accounts_free(accounts, n);
    if (store_mailboxes_load(tx, -1, &mailboxes, &n, err) == 0)
        store_mailboxes_free(mailboxes, n);
    if (store_changes_since(tx, -1, STORE_EMAIL, 0, 0, &changes, err) == 0)
        store_changes_done(&changes);
    q = store_stmt(tx, "SELECT id FROM email");
    while (store_step(tx, q, err) > 0) {
        struct store_email e;
        if (store_email_load(tx, sqlite3_column_int64(q, 0), true, &e, err) == 0)
            store_email_done(&e);
    }
    (void)store_counters_verify(tx, -1, err);
    return view_every_blob(tx, NULL, err);
}

static int change_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct fct_flags on = {FCT_FLAG_FLAGGED, bytes_str("work")}, off = {0};
    const struct fct_uid_range range = {5, 9};
    int64_t ids[64];
    size_t n = 0;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM email LIMIT 64");

    (void)arg;
    while (n < 64 && store_step(tx, q, err) > 0)
        ids[n++] = sqlite3_column_int64(q, 0);
    store_reset(q);
    for (size_t i = 0; i < n; i += 3) {
        if (store_email_set_flags(tx, ids[i], &on, &off, err) < 0)
            return -1;
    }
    return store_placements_vanished(tx, 7, &range, 1, NULL, err);
}

static int take_one_in(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_emails_arrive(tx, 2, arg, 1, err);
}

/* The child: exit status 0 when it ended as it should, with an error or without. */
static void live_with_it(const char *dir)
{
    struct fixture f = {.dir = xstrdup(dir)};
    struct fct_error err = {0};
    struct prepared p;

    signal(SIGALRM, SIG_DFL);
    alarm(20);
    fiber_set_loop(uv_default_loop());
    if (store_open(f.dir, &f.store, &err) < 0)
        _exit(err.message[0] ? 0 : 3);
    prepare_letter(&p, f.store, &(struct letter){.id = "late@x", .references = "<m1@x> <m9@x>", .subject = "topic"});
    struct store_arrival a = {
        .mailbox_id = 7, .uid = 100, .received_at = 1700000000, .blob = p.blob, .summary = &p.summary};
    store_read(f.store, read_all, NULL, NULL);
    store_write(f.store, change_all, NULL, NULL);
    store_write(f.store, take_one_in, &a, NULL);
    store_maintain(f.store, NULL);
    store_read(f.store, read_all, NULL, NULL);
    fixture_close(&f);
    _exit(0);
}

static void copy_file(const char *from, const char *to)
{
    CLEANUP(freep) char *command = xasprintf("cp %s %s", from, to);
    assert_int_equal(system(command), 0);
}

static void flipped_bits_in_the_database_end_in_errors(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *db = xasprintf("%s/facteur.db", f.dir), *good = xasprintf("%s/good", f.dir);
    struct stat sb;
    (void)state;
    fill(&f);
    fixture_close(&f);
    copy_file(db, good);
    assert_int_equal(stat(db, &sb), 0);

    for (int i = 0; i < N_FLIPS; i++) {
        unsigned char byte;
        int status = 0;
        /* Every other one where the schema is. */
        off_t at =
            (off_t)(i % 2 ? pick((uint64_t)sb.st_size) : pick(24576 < sb.st_size ? 24576 : (uint64_t)sb.st_size));
        unsigned bit = (unsigned)pick(8);
        copy_file(good, db);
        CLEANUP(closep) int fd = open(db, O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (unsigned char)(1u << bit);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        pid_t pid = fork();
        if (pid == 0)
            live_with_it(f.dir);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("bit %u of byte %lld: status %x", bit, (long long)at, (unsigned)status);
    }
}

static void a_damaged_name_in_the_schema_is_told_as_damage(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *db = xasprintf("%s/facteur.db", f.dir);
    struct fct_error err = {0};
    sqlite3 *raw = NULL;
    (void)state;
    fill(&f);
    fixture_close(&f);
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw,
                                  "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'preview', "
                                  "'prewiew') WHERE name = 'envelope'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(raw);
    fixture_open(&f);

    struct email_job j = {.id = sql_number(&f, "SELECT min(id) FROM email")};
    assert_int_equal(store_read(f.store, load_email_fn, &j, &err), -1);

    assert_int_equal(err.code, FCT_E_CORRUPT);
    assert_non_null(strstr(err.message, "facteur.db is damaged"));
    assert_non_null(strstr(err.message, "preview"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_name_in_the_schema_is_told_as_damage),
        cmocka_unit_test(flipped_bits_in_the_database_end_in_errors),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
