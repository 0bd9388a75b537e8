/* What the store tells of itself when it is held against the server, and what it can mend alone. */
#include "mail_fixture.h"

#include "store/history.h"
#include "store/repair.h"
#include "store/verify.h"

#include <fcntl.h>
#include <unistd.h>

#define NOON 1700000000

/* What a bug or a broken disk would do to the database. */
static int sql_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    sqlite3_stmt *q;
    sqlite3_db_config(store_db(tx), SQLITE_DBCONFIG_DEFENSIVE, 0, NULL); /* the index is not safe from it either */
    if (store_prepare(tx, c->in, &q, err) < 0)
        return -1;
    sqlite3_bind_int64(q, 1, c->id);
    sqlite3_bind_int64(q, 2, c->other);
    int rc = store_step(tx, q, err);
    sqlite3_finalize(q);
    return rc < 0 ? -1 : 0;
}

static void sql(struct fixture *f, const char *text, int64_t a, int64_t b)
{
    assert_good(write_call(f, (struct call){.fn = sql_call, .in = text, .id = a, .other = b}));
}

struct faults {
    int64_t id[64];
    unsigned faults[64];
    size_t n;
    size_t looked_at;
};

static void note(void *ctx, int64_t id, unsigned faults)
{
    struct faults *f = ctx;
    if (f->n < 64) {
        f->id[f->n] = id;
        f->faults[f->n++] = faults;
    }
}

static void note_remains(void *ctx, int64_t id)
{
    note(ctx, id, 0);
}

/* In pieces of two. */
static int emails_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct faults *f = c->out;
    size_t n = 1;
    int64_t last = 0;
    while (n > 0) {
        if (store_verify_emails(tx, c->id, last, 2, c->flag, note, f, &last, &n, err) < 0)
            return -1;
        f->looked_at += n;
    }
    return 0;
}

static struct faults faults_of(struct fixture *f, int64_t account, bool whole)
{
    struct faults out = {0};
    assert_good(read_call(f, (struct call){.fn = emails_call, .id = account, .flag = whole, .out = &out}));
    return out;
}

static int remains_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    size_t n = 1;
    int64_t last = 0;
    while (n > 0)
        if (store_verify_remains(tx, 2, note_remains, c->out, &last, &n, err) < 0)
            return -1;
    return 0;
}

static int repair_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_repair_email(tx, c->id, (unsigned)c->uid, err);
}

static struct fct_error repair(struct fixture *f, int64_t id, unsigned faults)
{
    return write_call(f, (struct call){.fn = repair_call, .id = id, .uid = faults});
}

static void healthy_emails_have_no_faults(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, boxes);
    for (unsigned i = 1; i <= 7; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%u@x", i);
        arrive_letter(&f, account, boxes[0], i, NOON, i % 2 ? FCT_FLAG_SEEN : 0, &(struct letter){.id = id});
        arrive_letter(&f, account, boxes[1], i, NOON, FCT_FLAG_FLAGGED, &(struct letter){.id = id});
    }

    struct faults found = faults_of(&f, account, true);

    assert_int_equal(found.n, 0);
    assert_int_equal(found.looked_at, 7);
}

static void each_fault_is_found_and_mended(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes), ids[6];
    for (unsigned i = 0; i < 6; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%u@x", i);
        ids[i] = arrive_letter(&f, account, boxes[0], i + 1, NOON + 100 * i, 0, &(struct letter){.id = id, .subject = id, .body = id});
    }
    sql(&f, "DELETE FROM envelope WHERE email_id = ?1", ids[0], 0);
    sql(&f, "DELETE FROM fts_docsize WHERE id = ?1", ids[1], 0);
    sql(&f, "UPDATE email SET flags = 4 WHERE id = ?1", ids[2], 0);
    sql(&f, "INSERT INTO email_keyword (keyword, email_id) VALUES ('odd', ?1)", ids[3], 0);
    sql(&f, "DELETE FROM placement WHERE email_id = ?1", ids[4], 0);

    struct faults found = faults_of(&f, account, false);

    const unsigned expected[] = {FAULT_ENVELOPE, FAULT_INDEX, FAULT_KEYWORDS, FAULT_KEYWORDS, FAULT_NOWHERE};
    assert_int_equal(found.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(found.id[i], ids[i]);
        assert_int_equal(found.faults[i], expected[i]);
        assert_good(repair(&f, ids[i], expected[i] & ~(unsigned)FAULT_NOWHERE));
    }
    found = faults_of(&f, account, true);
    assert_int_equal(found.n, 1); /* not touched before everything else was tried */
    assert_good(repair(&f, ids[4], FAULT_NOWHERE));
    assert_int_equal(faults_of(&f, account, true).n, 0);
    assert_good(repair(&f, ids[4], FAULT_NOWHERE));
    CLEANUP(store_email_done) struct store_email e = load_email(&f, ids[0]);
    assert_string_equal(e.subject, "0@x");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM history_actor WHERE kind = 3"), 1);
}

static void a_message_that_has_lost_its_place_comes_into_the_inbox(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "Work"}, 2, boxes), local = local_account(&f);
    int64_t theirs = arrive_letter(&f, account, boxes[1], 1, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t ours = arrive_letter(&f, local, mailbox_with_role(&f, local, FCT_ROLE_ARCHIVE), 0, NOON, 0, &(struct letter){.id = "b@x"});
    sql(&f, "DELETE FROM placement WHERE email_id IN (?1, ?2)", theirs, ours);

    assert_good(repair(&f, theirs, FAULT_NOWHERE));
    assert_good(repair(&f, ours, FAULT_NOWHERE));

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 2);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE m.role = 1"), 2);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending WHERE kind = 2"), 1); /* the server shall have it */
    assert_int_equal(faults_of(&f, local, true).n + faults_of(&f, account, true).n, 0);
}

static void one_whose_bytes_are_shown_elsewhere_goes(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 1, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t other = arrive_letter(&f, account, boxes[0], 2, NOON, 0, &(struct letter){.id = "a@x"});
    assert_int_not_equal(other, id); /* one mailbox has it twice */
    sql(&f, "DELETE FROM placement WHERE email_id = ?1", id, 0);

    assert_good(repair(&f, id, FAULT_NOWHERE));

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
    assert_int_equal(repair(&f, id, FAULT_NOWHERE).code, FCT_E_NOT_FOUND);
}

static void a_repair_leaves_alone_what_is_right(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 1, NOON, FCT_FLAG_SEEN, &(struct letter){.id = "a@x"});
    int64_t before = sql_number(&f, "SELECT max(modseq) FROM state");

    assert_good(repair(&f, id, FAULT_NOWHERE | FAULT_KEYWORDS | FAULT_ENVELOPE | FAULT_INDEX));

    assert_int_equal(sql_number(&f, "SELECT max(modseq) FROM state"), before);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM history"), 0);
    verify_counters(&f);
}

/* ---- bytes ---- */

static void flip(struct fixture *f, int64_t at)
{
    CLEANUP(freep) char *path = xasprintf("%s/packs/000001.pack", f->dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char c;
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 0x55;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

struct replacing {
    int64_t email_id;
    struct blob_stage *stage;
    bool replaced;
};

static int replace_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct replacing *r = arg;
    return store_repair_bytes(tx, r->email_id, r->stage, &r->replaced, err);
}

static bool replace(struct fixture *f, int64_t email_id, const struct letter *l)
{
    struct prepared p;
    prepare_letter(&p, f->store, l);
    struct replacing r = {email_id, p.blob, false};
    assert_ok(store_write(f->store, replace_fn, &r, err));
    prepared_done(&p);
    return r.replaced;
}

static void damaged_bytes_are_found_and_only_the_same_take_their_place(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    const struct letter letter = {.id = "a@x", .body = "some text"}, other = {.id = "b@x"};
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 1, NOON, 0, &letter);
    int64_t offset = sql_number(&f, "SELECT offset FROM blob"),
            size = sql_number(&f, "SELECT stored_size FROM blob");
    fixture_close(&f);
    flip(&f, offset + size - 12); /* in the middle of its body */
    fixture_open(&f);

    assert_int_equal(faults_of(&f, account, false).n, 0); /* where it begins and ends all is well */
    struct faults found = faults_of(&f, account, true);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.id[0], id);
    assert_int_equal(found.faults[0], FAULT_BYTES);

    assert_false(replace(&f, id, &other));
    assert_int_equal(faults_of(&f, account, true).n, 1);
    assert_true(replace(&f, id, &letter));
    assert_int_equal(faults_of(&f, account, true).n, 0);

    flip(&f, sql_number(&f, "SELECT offset FROM blob") + 3); /* the header of the record */
    assert_int_equal(faults_of(&f, account, false).n, 1);
    sql(&f, "DELETE FROM blob", 0, 0);
    assert_int_equal(faults_of(&f, account, false).n, 1);
    assert_int_equal(faults_of(&f, account, true).faults[0], FAULT_BYTES);
    assert_false(replace(&f, id, &(struct letter){.id = "a@x", .body = "some more text"})); /* of another size */
    assert_true(replace(&f, id, &letter));
    assert_int_equal(faults_of(&f, account, true).n, 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
}

/* ---- a mailbox ---- */

static int mailbox_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_verify_mailbox(tx, c->id, c->out, err);
}

static void a_mailbox_is_told_with_what_is_hidden_and_what_waits(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes), ids[7];
    for (unsigned i = 0; i < 7; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%u@x", i);
        ids[i] = arrive_letter(&f, account, boxes[0], i + 1, NOON + 100 * i, i == 1 ? FCT_FLAG_DELETED : 0, &(struct letter){.id = id});
    }
    assert_good(set_flags(&f, ids[2], FCT_FLAG_FLAGGED, 0));
    sql(&f, "DELETE FROM email WHERE id = ?1", ids[3], 0);
    sql(&f, "INSERT INTO departure (account_id, mailbox_id, uid, email_id, blob_id, received_at, size, flags, created_at) "
            "SELECT account_id, ?2, 5, id, blob_id, received_at, size, 0, 1 FROM email WHERE id = ?1", ids[4], boxes[0]);
    sql(&f, "DELETE FROM placement WHERE email_id = ?1", ids[4], 0);
    sql(&f, "UPDATE placement SET uid = NULL WHERE email_id = ?1", ids[5], 0);
    sql(&f, "UPDATE placement SET uid = NULL WHERE email_id = ?1", ids[6], 0);
    sql(&f, "INSERT INTO pending (account_id, mailbox_id, email_id, kind, created_at) SELECT account_id, ?2, id, 2, 1 FROM email WHERE id = ?1",
        ids[6], boxes[0]);
    struct store_mailbox_here h = {0};

    assert_good(read_call(&f, (struct call){.fn = mailbox_call, .id = boxes[0], .out = &h}));

    assert_int_equal(h.n, 5);
    const int kinds[] = {HERE_SHOWN, HERE_DELETED, HERE_SHOWN, HERE_SHOWN, HERE_LEAVING};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(h.v[i].uid, i + 1);
        assert_int_equal(h.v[i].kind, kinds[i]);
        assert_int_equal(h.v[i].is_broken, i == 3);
        assert_int_equal(h.v[i].waits_at, i == 2 ? 1 : 0);
    }
    assert_int_equal(h.n_waits, 1);
    assert_int_equal(h.waits[0].add.bits, FCT_FLAG_FLAGGED);
    assert_int_equal(h.n_unplaced, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(h.unplaced[i].waits, h.unplaced[i].email_id == ids[6]);
    store_mailbox_here_done(&h);
}

/* ---- remains ---- */

static int place_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_repair_place(tx, c->id, c->other, err);
}

static void the_remains_of_an_email_are_not_in_the_way_of_another(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 1, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, boxes[0], 2, NOON + 1000, 0, &(struct letter){.id = "b@x"});
    sql(&f, "DELETE FROM email WHERE id = ?1", id, 0);
    struct faults found = {0};
    assert_good(read_call(&f, (struct call){.fn = remains_call, .out = &found}));
    assert_int_equal(found.n, 1);
    assert_int_equal(found.id[0], id);

    assert_good(write_call(&f, (struct call){.fn = place_call, .id = boxes[0], .other = id}));

    found.n = 0;
    assert_good(read_call(&f, (struct call){.fn = remains_call, .out = &found}));
    assert_int_equal(found.n, 0);
    assert_int_equal(sql_number(&f, "SELECT is_complete FROM mailbox WHERE wire_name = CAST('INBOX' AS BLOB)"), 0);
    int64_t again = arrive_letter(&f, account, boxes[0], 1, NOON, 0, &(struct letter){.id = "a@x"});
    assert_int_not_equal(again, id);
    assert_int_equal(faults_of(&f, account, true).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_emails_have_no_faults),
        cmocka_unit_test(each_fault_is_found_and_mended),
        cmocka_unit_test(a_message_that_has_lost_its_place_comes_into_the_inbox),
        cmocka_unit_test(one_whose_bytes_are_shown_elsewhere_goes),
        cmocka_unit_test(a_repair_leaves_alone_what_is_right),
        cmocka_unit_test(damaged_bytes_are_found_and_only_the_same_take_their_place),
        cmocka_unit_test(a_mailbox_is_told_with_what_is_hidden_and_what_waits),
        cmocka_unit_test(the_remains_of_an_email_are_not_in_the_way_of_another),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
