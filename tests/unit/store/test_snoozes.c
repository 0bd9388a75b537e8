/* What is out of sight until a moment: store/snoozes.h. */
#include "mail_fixture.h"

#include "soundness.h"
#include "store/keywords.h"
#include "store/snoozes.h"
#include "store/undo.h"

#define NOON 1700000000
#define HOUR 3600

enum { INBOX, SNOOZED, N_BOXES };

struct world {
    struct fixture f;
    int64_t account, boxes[N_BOXES], email;
};

/* One message in the inbox of a server that has such a mailbox already. */
static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};

    w.account = add_server(&w.f, (const char *const[]){"INBOX", "Snoozed"}, N_BOXES, w.boxes);
    w.email = arrive_letter(&w.f, w.account, w.boxes[INBOX], 7, NOON, FCT_FLAG_SEEN, &(struct letter){.id = "a@x"});
    return w;
}

static void world_done(struct world *w)
{
    verify_counters(&w->f);
    fixture_done(&w->f);
}

/* ---- the store's functions as calls ---- */

struct snoozing {
    struct world *w;
    int64_t until, undo_id;
    size_t n_awake;
};

/* As Email/snooze does it. */
static int snooze_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct snoozing *s = arg;
    CLEANUP(store_undo_record_done) struct store_undo_record r = {.client = "test"};
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;

    if (store_undo_begin(tx, &r, err) < 0 || store_undo_look(tx, s->w->email, &before, err) < 0 ||
        store_email_snooze(tx, s->w->email, s->until, 0, NOON, err) < 0 ||
        store_undo_changed(tx, &r, before, err) < 0 || store_undo_end(tx, &r, err) < 0)
        return -1;
    s->undo_id = r.id;
    return 0;
}

static int64_t snooze(struct world *w, int64_t until)
{
    struct snoozing s = {.w = w, .until = until};

    assert_ok(store_write(w->f.store, snooze_fn, &s, err));
    return s.undo_id;
}

static int wake_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct snoozing *s = arg;

    return store_snoozes_wake(tx, s->until, 10, &s->n_awake, err);
}

static size_t wake(struct world *w, int64_t now)
{
    struct snoozing s = {.w = w, .until = now};

    assert_ok(store_write(w->f.store, wake_fn, &s, err));
    return s.n_awake;
}

struct undoing {
    int64_t id;
    struct store_undo_applied a;
};

static int undo_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct undoing *u = arg;

    return store_undo_apply_some(tx, u->id, "test", 10, &u->a, err);
}

/* The problem of the one Email; *out_undo: the action that this is, or NULL. */
static enum store_undo_problem undo(struct world *w, int64_t id, int64_t *out_undo)
{
    struct undoing u = {.id = id};

    assert_ok(store_write(w->f.store, undo_fn, &u, err));
    assert_int_equal(u.a.n, 1);
    enum store_undo_problem problem = u.a.list[0].problem;
    assert_int_equal(u.a.list[0].is_undone, problem == STORE_UNDO_FINE);
    if (out_undo)
        *out_undo = u.a.undo_id;
    store_undo_applied_done(&u.a);
    return problem;
}

static int load_undo_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_undo_load(tx, c->id, c->out, err);
}

static int mailbox_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_snooze_mailbox(tx, c->id, c->out, err);
}

static void sql_write(struct world *w, const char *sql)
{
    struct sql_job j = {sql, 0};

    assert_ok(store_write(w->f.store, sql_fn, &j, err));
}

static int64_t until_of(struct world *w)
{
    int64_t until = sql_number(&w->f, "SELECT until FROM snooze");

    return until == INT64_MIN ? 0 : until;
}

static int64_t modseq(struct world *w)
{
    return sql_number(&w->f, "SELECT updated_modseq FROM email");
}

static bool has_keyword(struct world *w, const char *keyword)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, w->email);

    return words_contain(e.keywords, bytes_str(keyword));
}

static bool is_seen(struct world *w)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, w->email);

    return e.flags & FCT_FLAG_SEEN;
}

static bool is_in_inbox(struct world *w)
{
    return sql_number(&w->f, "SELECT count(*) FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE m.role = 1") == 1;
}

/* ---- waking ---- */

static void what_wakes_is_in_the_inbox_unread_and_new(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    snooze(&w, NOON + HOUR);
    assert_false(is_in_inbox(&w));
    assert_int_equal(wake(&w, NOON + HOUR - 1), 0);

    assert_int_equal(wake(&w, NOON + HOUR), 1);

    assert_true(is_in_inbox(&w));
    assert_false(is_seen(&w));
    assert_true(has_keyword(&w, KEYWORD_NEW));
}

static void one_with_as_many_keywords_as_there_may_be_wakes_without_a_further_one(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    CLEANUP(buf_done) struct buf words = {0};
    (void)state;
    for (int i = 0; i < KEYWORDS_MAX; i++)
        buf_addf(&words, "%sk%03d", i ? " " : "", i);
    assert_good(set_keywords(&w.f, w.email, buf_str(&words), ""));
    snooze(&w, NOON + HOUR);

    assert_int_equal(wake(&w, NOON + HOUR), 1);

    assert_true(is_in_inbox(&w));
    assert_false(is_seen(&w));
    assert_false(has_keyword(&w, KEYWORD_NEW));
    assert_true(has_keyword(&w, "k127"));
    assert_int_equal(until_of(&w), 0);
}

static void one_where_there_are_no_keywords_wakes_nevertheless(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    char sql[100];
    (void)state;
    snooze(&w, NOON + HOUR);
    snprintf(sql, sizeof(sql), "UPDATE mailbox SET attrs = attrs | %d", FCT_MB_NO_KEYWORDS);
    sql_write(&w, sql);

    assert_int_equal(wake(&w, NOON + HOUR), 1);

    assert_true(is_in_inbox(&w));
    assert_false(is_seen(&w));
}

static void one_that_cannot_be_moved_is_put_off_and_clients_hear_of_it(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    char sql[100];
    (void)state;
    snooze(&w, NOON + HOUR);
    snprintf(sql, sizeof(sql), "UPDATE mailbox SET attrs = attrs | %d", FCT_MB_READ_ONLY);
    sql_write(&w, sql);
    int64_t before = modseq(&w);

    assert_int_equal(wake(&w, NOON + HOUR), 0);

    assert_int_equal(until_of(&w), NOON + HOUR + SNOOZE_AGAIN_SECONDS);
    assert_true(modseq(&w) > before);
    assert_int_equal(sql_number(&w.f, "SELECT max(modseq) FROM state WHERE type = 4"), modseq(&w));
}

/* ---- reading it ---- */

static void reading_it_with_another_program_takes_new_away_there_too(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    assert_good(set_keywords(&w.f, w.email, KEYWORD_NEW, ""));
    assert_good(set_flags(&w.f, w.email, 0, FCT_FLAG_SEEN));
    sql_write(&w, "DELETE FROM pending"); /* the server has it so */
    bool changed = false;
    struct call told = {.fn = server_flags_call,
                        .id = w.boxes[INBOX],
                        .uid = 7,
                        .add = {FCT_FLAG_SEEN, bytes_str(KEYWORD_NEW)},
                        .out = &changed};

    assert_good(write_call(&w.f, told));

    assert_true(changed);
    assert_true(is_seen(&w));
    assert_false(has_keyword(&w, KEYWORD_NEW));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending WHERE remove_keywords = '$new' AND remove_flags = 0 "
                                      "AND add_flags = 0 AND uid = 7"),
                     1);
    assert_good(write_call(&w.f, told)); /* it is told again before it was sent */
    assert_false(has_keyword(&w, KEYWORD_NEW));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 1);
}

static void what_others_mark_as_new_stays_so_where_it_was_read_before(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    bool changed = false;
    (void)state;
    assert_good(write_call(&w.f, (struct call){.fn = server_flags_call,
                                               .id = w.boxes[INBOX],
                                               .uid = 7,
                                               .add = {FCT_FLAG_SEEN, bytes_str(KEYWORD_NEW)},
                                               .out = &changed}));
    assert_true(has_keyword(&w, KEYWORD_NEW));
}

static void in_a_mailbox_that_may_not_be_changed_it_stays(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    char sql[100];
    bool changed = false;
    (void)state;
    assert_good(set_keywords(&w.f, w.email, KEYWORD_NEW, ""));
    assert_good(set_flags(&w.f, w.email, 0, FCT_FLAG_SEEN));
    sql_write(&w, "DELETE FROM pending");
    snprintf(sql, sizeof(sql), "UPDATE mailbox SET attrs = attrs | %d", FCT_MB_READ_ONLY);
    sql_write(&w, sql);
    assert_good(write_call(&w.f, (struct call){.fn = server_flags_call,
                                               .id = w.boxes[INBOX],
                                               .uid = 7,
                                               .add = {FCT_FLAG_SEEN, bytes_str(KEYWORD_NEW)},
                                               .out = &changed}));
    assert_true(is_seen(&w));
    assert_true(has_keyword(&w, KEYWORD_NEW));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 0);
}

/* ---- the mailbox ---- */

static int create_mailbox_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_create(tx, c->id, 0, c->in, FCT_ROLE_NONE, 0, true, c->out, err);
}

static void a_mailbox_of_that_name_is_the_one_before_it_has_the_role(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    int64_t local = local_account(&w.f), found = -1, made = 0;
    (void)state;
    assert_good(read_call(&w.f, (struct call){.fn = mailbox_fn, .id = local, .out = &found}));
    assert_int_equal(found, 0);
    assert_good(write_call(&w.f, (struct call){.fn = create_mailbox_fn, .id = local, .in = "Snoozed", .out = &made}));

    assert_good(read_call(&w.f, (struct call){.fn = mailbox_fn, .id = local, .out = &found}));

    assert_int_equal(found, made);
    assert_int_equal(mailbox_with_role(&w.f, local, FCT_ROLE_SNOOZED), 0); /* looking changes nothing */
    assert_good(read_call(&w.f, (struct call){.fn = mailbox_fn, .id = w.account, .out = &found}));
    assert_int_equal(found, w.boxes[SNOOZED]); /* a server's has it from the beginning */
}

/* ---- taking back ---- */

static void another_moment_is_taken_back_and_done_again(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct store_undo u = {0};
    int64_t back = 0;
    (void)state;
    snooze(&w, NOON + HOUR);
    int64_t again = snooze(&w, NOON + 2 * HOUR);
    assert_true(again != 0);
    assert_good(read_call(&w.f, (struct call){.fn = load_undo_fn, .id = again, .out = &u}));
    assert_string_equal(u.text, "1 message snoozed until another time");
    store_undo_done(&u);
    int64_t before = modseq(&w);

    assert_int_equal(undo(&w, again, &back), STORE_UNDO_FINE);

    assert_int_equal(until_of(&w), NOON + HOUR);
    assert_true(modseq(&w) > before);
    assert_int_equal(undo(&w, back, NULL), STORE_UNDO_FINE);
    assert_int_equal(until_of(&w), NOON + 2 * HOUR);
    assert_false(is_in_inbox(&w));
}

static void a_moment_that_is_another_one_since_stays(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    int64_t first = snooze(&w, NOON + HOUR);
    int64_t second = snooze(&w, NOON + 2 * HOUR);
    snooze(&w, NOON + 3 * HOUR);

    assert_int_equal(undo(&w, second, NULL), STORE_UNDO_CHANGED_SINCE);

    assert_int_equal(until_of(&w), NOON + 3 * HOUR);
    assert_int_equal(undo(&w, first, NULL), STORE_UNDO_FINE); /* awake: there is no moment any more */
    assert_true(is_in_inbox(&w));
    assert_int_equal(until_of(&w), 0);
}

static void the_same_moment_again_is_nothing_to_take_back(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    snooze(&w, NOON + HOUR);
    assert_int_equal(snooze(&w, NOON + HOUR), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_wakes_is_in_the_inbox_unread_and_new),
        cmocka_unit_test(one_with_as_many_keywords_as_there_may_be_wakes_without_a_further_one),
        cmocka_unit_test(one_where_there_are_no_keywords_wakes_nevertheless),
        cmocka_unit_test(one_that_cannot_be_moved_is_put_off_and_clients_hear_of_it),
        cmocka_unit_test(reading_it_with_another_program_takes_new_away_there_too),
        cmocka_unit_test(what_others_mark_as_new_stays_so_where_it_was_read_before),
        cmocka_unit_test(in_a_mailbox_that_may_not_be_changed_it_stays),
        cmocka_unit_test(a_mailbox_of_that_name_is_the_one_before_it_has_the_role),
        cmocka_unit_test(another_moment_is_taken_back_and_done_again),
        cmocka_unit_test(a_moment_that_is_another_one_since_stays),
        cmocka_unit_test(the_same_moment_again_is_nothing_to_take_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
