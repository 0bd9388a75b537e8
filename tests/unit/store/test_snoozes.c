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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_wakes_is_in_the_inbox_unread_and_new),
        cmocka_unit_test(one_with_as_many_keywords_as_there_may_be_wakes_without_a_further_one),
        cmocka_unit_test(one_where_there_are_no_keywords_wakes_nevertheless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
