/* Whom mail counts for, and what is suggested: store/correspondents.h. (That it is right after any changes is seen by
 * soundness.h, in test_random.c and others.) */
#include "soundness.h"

#include "async/wait.h"
#include "store/identities.h"

#include <math.h>
#include <time.h>

#define NOW 1700000000
#define DAY 86400

struct asked {
    int64_t account_id;
    const char *text;
    const char *exclude;
    size_t max;
    struct store_suggestion *v;
    size_t n;
};

static int suggest_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct asked *a = arg;
    return store_correspondents_suggest(tx, a->account_id, a->text, &a->exclude, a->exclude ? 1 : 0, a->max, NOW, &a->v,
                                        &a->n, err);
}

/* The addresses, joined by one space. */
static char *suggest(struct fixture *f, int64_t account_id, const char *text, const char *exclude, size_t max)
{
    struct asked a = {.account_id = account_id, .text = text, .exclude = exclude, .max = max};
    struct buf out = {0};
    assert_ok(store_read(f->store, suggest_fn, &a, err));
    for (size_t i = 0; i < a.n; i++)
        buf_addf(&out, "%s%s", i ? " " : "", a.v[i].email);
    buf_add_str(&out, "");
    store_suggestions_free(a.v, a.n);
    return buf_steal(&out);
}

static void expect(struct fixture *f, int64_t account_id, const char *text, const char *wanted)
{
    CLEANUP(freep) char *got = suggest(f, account_id, text, NULL, 10);
    assert_string_equal(got, wanted);
}

struct world {
    struct fixture f;
    int64_t account, boxes[4]; /* INBOX, Sent, Junk, Drafts */
    uint64_t uid;
};
enum { INBOX, SENT, JUNK, DRAFTS };

static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};
    w.account = add_server(&w.f, (const char *const[]){"INBOX", "Sent", "Junk", "Drafts"}, 4, w.boxes);
    return w;
}

static void world_done(struct world *w)
{
    fixture_done(&w->f);
}

static int64_t came(struct world *w, int box, int64_t at, const char *from, const char *to)
{
    char id[32];
    snprintf(id, sizeof(id), "m%d@x", (int)++w->uid);
    return arrive_letter(&w->f, w->account, w->boxes[box], w->uid, at, 0,
                         &(struct letter){.id = id, .from = from, .to = to, .body = "body", .subject = id});
}

#define ME "Jane <jane@example.org>"

static void words_of_name_and_address_are_found_by_their_beginnings(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    came(&w, SENT, NOW, ME, "=?utf-8?q?Ren=C3=A9_M=C3=BCller?= <rene.mueller@uni-ulm.example>");

    const char *const found[] = {"r",       "rene",   "RENÉ", "muller", "Mül ren", "ulm", "rene.mueller@uni",
                                 "mueller", "ren ulm"};
    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
        expect(&w.f, w.account, found[i], "rene.mueller@uni-ulm.example");
    const char *const not_found[] = {"ene", "rene x", "uller", "@", "-", "renee", "rene.mueller@uni ulx"};
    for (size_t i = 0; i < sizeof(not_found) / sizeof(not_found[0]); i++)
        expect(&w.f, w.account, not_found[i], "");
    expect(&w.f, w.account, "", "rene.mueller@uni-ulm.example");
    expect(&w.f, local_account(&w.f), "rene", "");
    expect(&w.f, -1, "rene", "rene.mueller@uni-ulm.example");
    expect_sound(&w.f);
}

static void whom_one_writes_to_comes_before_who_writes(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    for (int i = 0; i < 30; i++)
        came(&w, INBOX, NOW - i, "Shop <a-shop@x.example>", "jane@example.org");
    for (int i = 0; i < 30; i++)
        came(&w, INBOX, NOW - i, "noreply <a-noreply@x.example>", "jane@example.org");
    came(&w, SENT, NOW, ME, "a-once@x.example");
    came(&w, SENT, NOW - 400 * DAY, ME, "a-long-ago@x.example");
    came(&w, SENT, NOW, ME, "a-twice@x.example");
    came(&w, SENT, NOW, ME, "a-twice@x.example, a-once@x.example, A-Twice@X.example");

    expect(&w.f, w.account, "a",
           "A-Twice@X.example a-once@x.example a-shop@x.example a-long-ago@x.example a-noreply@x.example");
    CLEANUP(freep) char *two = suggest(&w.f, w.account, "a", "A-ONCE@x.example", 2);
    assert_string_equal(two, "A-Twice@X.example a-shop@x.example");
}

static void mail_that_goes_counts_no_more(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    int64_t first = came(&w, SENT, NOW, ME, "joe@x.example"), second = came(&w, SENT, NOW, ME, "joe@x.example");
    expect(&w.f, w.account, "joe", "joe@x.example");

    assert_good(destroy_email(&w.f, first));
    assert_int_equal(sql_number(&w.f, "SELECT n_sent FROM correspondent"), 1);
    assert_good(destroy_email(&w.f, second));

    expect(&w.f, w.account, "joe", "");
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM correspondent_word"), 0);
}

static void spam_and_drafts_do_not_count(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    came(&w, JUNK, NOW, "Spam <spam@x.example>", "jane@example.org");
    came(&w, DRAFTS, NOW, ME, "draft@x.example");
    int64_t id = came(&w, INBOX, NOW, "Joe <joe@x.example>", "jane@example.org");
    expect(&w.f, w.account, "", "joe@x.example");

    assert_good(set_mailboxes(&w.f, id, &w.boxes[JUNK], 1));
    expect(&w.f, w.account, "", "");
    assert_good(set_mailboxes(&w.f, id, &w.boxes[INBOX], 1));
    expect(&w.f, w.account, "", "joe@x.example");
    assert_good(set_flags(&w.f, id, FCT_FLAG_JUNK, 0));
    expect(&w.f, w.account, "", "");
    expect_sound(&w.f);
}

static void the_newest_name_is_taken_and_found(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct asked a = {.account_id = w.account, .text = "miller", .max = 5};
    (void)state;
    came(&w, INBOX, NOW, "Ann Miller <ann@x.example>", "jane@example.org");
    came(&w, INBOX, NOW - DAY, "Ann Smith <ann@x.example>", "jane@example.org");
    came(&w, SENT, NOW + DAY, ME, "ann@x.example");

    expect(&w.f, w.account, "smith", "");
    assert_ok(store_read(w.f.store, suggest_fn, &a, err));
    assert_int_equal(a.n, 1);
    assert_string_equal(a.v[0].name, "Ann Miller");
    assert_int_equal(a.v[0].n_sent, 1);
    assert_int_equal(a.v[0].n_received, 2);
    store_suggestions_free(a.v, a.n);
}

static int add_identity(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    char name[] = "", email[] = "me@other.example", text[] = "", html[] = "";
    struct store_identity i = {
        .account_id = c->id, .name = name, .email = email, .text_signature = text, .html_signature = html};
    return store_identity_create(tx, &i, c->out, err);
}

static void a_new_identity_makes_mail_one_s_own(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    int64_t identity;
    (void)state;
    for (int i = 0; i < 20; i++)
        came(&w, INBOX, NOW + i, "Me <me@other.example>", "joe@x.example");
    expect(&w.f, w.account, "", "me@other.example");

    assert_good(write_call(&w.f, (struct call){.fn = add_identity, .id = w.account, .out = &identity}));
    came(&w, INBOX, NOW + 1, "Ann <ann@x.example>", "jane@example.org"); /* in between */
    int64_t gone = came(&w, INBOX, NOW + 2, "Bob <bob@x.example>", "jane@example.org");
    assert_good(destroy_email(&w.f, gone));
    count_correspondents(&w.f);

    expect(&w.f, w.account, "", "joe@x.example ann@x.example");
    assert_int_equal(sql_number(&w.f, "SELECT n_sent FROM correspondent WHERE address = 'joe@x.example'"), 20);
    expect_sound(&w.f);
}

static int forget_counts(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    (void)c;
    return correspondents_recount(tx, -1, err);
}

/* As after an upgrade of a profile: nobody has to change anything first. */
static void what_is_not_counted_is_counted_after_a_start(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    (void)state;
    came(&w, SENT, NOW, ME, "joe@x.example");
    assert_good(write_call(&w.f, (struct call){.fn = forget_counts}));

    fixture_reopen(&w.f);

    for (int i = 0; i < 1000 && sql_number(&w.f, "SELECT 1 FROM correspondent_recount") != INT64_MIN; i++)
        wait_sleep(10, NULL);
    expect(&w.f, w.account, "joe", "joe@x.example");
    expect_sound(&w.f);
}

/* Few match what is typed, or more than are looked at one by one: the same answer. */
static void many_are_ranked_as_few_are(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct buf to = {0}, wanted = {0};
    (void)state;
    for (int i = 0; i < 1200; i++) {
        buf_addf(&to, "%sp%d <p%d@many.example>", i % 60 ? ", " : "", i, i);
        if (i % 60 == 59) {
            came(&w, SENT, NOW - (int64_t)i * 3600, ME, buf_str(&to));
            buf_clear(&to);
        }
    }
    came(&w, SENT, NOW, ME, "p777@many.example, p3@many.example, p3@many.example");

    CLEANUP(freep)
    char *many = suggest(&w.f, w.account, "many", NULL, 2), *few = suggest(&w.f, w.account, "p777", NULL, 5);
    CLEANUP(freep) char *both = suggest(&w.f, w.account, "many p77", NULL, 1);

    assert_string_equal(many, "p3@many.example p777@many.example");
    assert_string_equal(few, "p777@many.example");
    assert_string_equal(both, "p777@many.example");
    buf_done(&to);
    buf_done(&wanted);
}

static void what_is_no_address_is_left_out(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    char name[400], long_name[500];
    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(long_name, sizeof(long_name), "%s <long@x.example>", name);
    came(&w, INBOX, NOW, "Nobody <nobody>", "jane@example.org");
    came(&w, INBOX, NOW, "\"a b\"@x.example", "jane@example.org");
    came(&w, INBOX, NOW, "broken", "jane@example.org");
    came(&w, INBOX, NOW, long_name, "jane@example.org");

    expect(&w.f, w.account, "", "long@x.example");
    expect(&w.f, w.account, "nnn", "");
}

static double weight_of(struct world *w, const char *address)
{
    CLEANUP(freep) char *sql = xasprintf("SELECT CAST(weight * 1000000 AS INTEGER) FROM correspondent WHERE address = '%s'", address);
    return (double)sql_number(&w->f, sql) / 1000000;
}

static void what_says_it_is_of_the_future_is_not_the_newest_for_ever(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    const int64_t now = (int64_t)time(NULL);
    (void)state;
    came(&w, INBOX, now - 30 * DAY, "Now <now@corp.example>", ME);
    double before = weight_of(&w, "now@corp.example");
    came(&w, INBOX, now + 3650 * DAY, "Late <late@corp.example>", ME);
    int64_t both = came(&w, INBOX, now + 3650 * DAY, "Now <now@corp.example>", ME);
    came(&w, INBOX, now + DAY / 2, "Fast <fast@corp.example>", ME); /* a clock that is ahead */
    expect(&w.f, w.account, "corp", "fast@corp.example now@corp.example late@corp.example");
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM email WHERE bits & 64"), 2);

    assert_good(set_flags(&w.f, both, FCT_FLAG_JUNK, 0)); /* it counts no more, and once more, and no more */
    assert_good(set_flags(&w.f, both, 0, FCT_FLAG_JUNK));
    assert_good(destroy_email(&w.f, both));

    assert_true(before > 1 && fabs(weight_of(&w, "now@corp.example") - before) < before * 1e-9);
    assert_int_equal(sql_number(&w.f, "SELECT n_received FROM correspondent WHERE address = 'now@corp.example'"), 1);
    expect_sound(&w.f);
}

static void one_that_was_counted_as_of_its_day_goes_so(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    const int64_t now = (int64_t)time(NULL);
    (void)state;
    came(&w, INBOX, now - 30 * DAY, "Now <now@corp.example>", ME);
    double before = weight_of(&w, "now@corp.example");
    int64_t late = came(&w, INBOX, now, "Now <now@corp.example>", ME); /* as it was before there was the bit */
    CLEANUP(freep) char *sql = xasprintf("UPDATE email SET received_at = %lld WHERE id = %lld", (long long)now + 3650 * DAY, (long long)late);
    struct sql_job j = {sql, 0};
    assert_ok(store_write(w.f.store, sql_fn, &j, err));

    assert_good(destroy_email(&w.f, late));

    assert_true(fabs(weight_of(&w, "now@corp.example") - before) < before * 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_name_and_address_are_found_by_their_beginnings),
        cmocka_unit_test(whom_one_writes_to_comes_before_who_writes),
        cmocka_unit_test(mail_that_goes_counts_no_more),
        cmocka_unit_test(spam_and_drafts_do_not_count),
        cmocka_unit_test(the_newest_name_is_taken_and_found),
        cmocka_unit_test(a_new_identity_makes_mail_one_s_own),
        cmocka_unit_test(what_is_not_counted_is_counted_after_a_start),
        cmocka_unit_test(many_are_ranked_as_few_are),
        cmocka_unit_test(what_is_no_address_is_left_out),
        cmocka_unit_test(what_says_it_is_of_the_future_is_not_the_newest_for_ever),
        cmocka_unit_test(one_that_was_counted_as_of_its_day_goes_so),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
