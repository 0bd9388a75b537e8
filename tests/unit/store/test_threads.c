#include "mail_fixture.h"

#include "store/threads.h"

#define NOON 1700000000

struct world {
    struct fixture f;
    int64_t account, inbox;
    uint64_t uid;
};

static struct world world_new(void)
{
    struct world w = {.f = fixture_new(), .uid = 1};

    w.account = add_server(&w.f, (const char *const[]){"INBOX"}, 1, &w.inbox);
    return w;
}

static void world_done(struct world *w)
{
    verify_counters(&w->f);
    fixture_done(&w->f);
}

static int64_t receive(struct world *w, const char *id, const char *references, const char *subject)
{
    static int n;
    char body[32];

    snprintf(body, sizeof(body), "letter %d", n++);
    w->uid++;
    return arrive_letter(&w->f, w->account, w->inbox, w->uid, NOON + (int64_t)w->uid * 100, 0,
                         &(struct letter){.id = id, .references = references, .subject = subject, .body = body});
}

static int64_t thread_of(struct world *w, int64_t id)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, id);

    return e.thread_id;
}

struct thread_job {
    int64_t id, *emails;
    size_t n;
};

static int thread_emails_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct thread_job *j = arg;

    return store_thread_emails(tx, j->id, &j->emails, &j->n, err);
}

static void a_reply_joins_the_thread_of_what_it_answers(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();

    int64_t first = receive(&w, "a@x", NULL, "Dinner");
    int64_t reply = receive(&w, "b@x", "<a@x>", "Re: Dinner");
    int64_t other = receive(&w, "c@x", NULL, "Dinner");

    assert_int_equal(thread_of(&w, first), thread_of(&w, reply));
    assert_int_not_equal(thread_of(&w, first), thread_of(&w, other));
    struct thread_job j = {.id = thread_of(&w, first)};
    assert_ok(store_read(w.f.store, thread_emails_fn, &j, err));
    assert_int_equal(j.n, 2);
    assert_int_equal(j.emails[0], first);
    assert_int_equal(j.emails[1], reply);
    free(j.emails);
}

static void another_subject_begins_another_thread(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();

    int64_t first = receive(&w, "a@x", NULL, "Dinner");

    assert_int_not_equal(thread_of(&w, receive(&w, "b@x", "<a@x>", "Something else")), thread_of(&w, first));
    assert_int_equal(thread_of(&w, receive(&w, "c@x", "<a@x>", "[list] Re: Fwd:  din ner")), thread_of(&w, first));
}

static void siblings_meet_through_an_ancestor_that_nobody_has(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();

    int64_t one = receive(&w, "b@x", "<lost@x>", "Re: Dinner");
    int64_t two = receive(&w, "c@x", "<lost@x>", "Re: Dinner");

    assert_int_equal(thread_of(&w, one), thread_of(&w, two));
}

static void messages_without_ids_are_threads_of_their_own(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();

    assert_int_not_equal(thread_of(&w, receive(&w, NULL, NULL, "Dinner")),
                         thread_of(&w, receive(&w, NULL, NULL, "Dinner")));
}

static void late_message_merges_two_threads_and_the_smaller_gets_new_ids(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a1 = receive(&w, "a1@x", NULL, "Dinner"), a2 = receive(&w, "a2@x", "<a1@x>", "Dinner");
    int64_t b1 = receive(&w, "b1@x", NULL, "Dinner");
    int64_t small = thread_of(&w, b1), large = thread_of(&w, a1);
    int64_t before = sql_number(&w.f, "SELECT max(modseq) FROM state");

    int64_t tie = receive(&w, "t@x", "<a2@x> <b1@x>", "Re: Dinner");

    assert_int_equal(thread_of(&w, tie), large);
    assert_int_equal(thread_of(&w, a1), large);
    assert_int_equal(thread_of(&w, a2), large);
    struct thread_job j = {.id = large};
    assert_ok(store_read(w.f.store, thread_emails_fn, &j, err));
    assert_int_equal(j.n, 4);
    int64_t moved = j.emails[2];
    free(j.emails);
    assert_int_not_equal(moved, b1);
    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, moved);
    assert_string_equal(e.message_id, "b1@x");
    assert_int_equal(e.n_mailboxes, 1);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM thread"), 1);
    /* The old Email and the old Thread are told to be gone, the new Email to be new. */
    char sql[200];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM tombstone WHERE (type = 4 AND object_id = %lld) OR (type = 3 AND object_id = %lld)",
             (long long)b1, (long long)small);
    assert_int_equal(sql_number(&w.f, sql), 2);
    snprintf(sql, sizeof(sql), "SELECT created_modseq > %lld FROM email WHERE id = %lld", (long long)before,
             (long long)moved);
    assert_int_equal(sql_number(&w.f, sql), 1);
    /* It can be found under its new id. */
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM fts WHERE rowid = %lld AND fts MATCH 'letter'", (long long)moved);
    assert_int_equal(sql_number(&w.f, sql), 1);
}

static void batch_knows_its_own_ties_and_merges_nothing(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    struct prepared p[4];
    struct store_arrival a[4] = {0};
    const struct letter letters[] = {
        {.id = "d@x", .references = "<b@x> <c@x>", .subject = "Re: Dinner"},
        {.id = "c@x", .subject = "Dinner"},
        {.id = "b@x", .subject = "Dinner"},
        {.id = "z@x", .subject = "Dinner"},
    };
    for (int i = 0; i < 4; i++) {
        prepare_letter(&p[i], w.f.store, &letters[i]);
        a[i] = (struct store_arrival){.mailbox_id = w.inbox,
                                      .uid = (uint64_t)(10 - i),
                                      .received_at = NOON - 1000 * i,
                                      .blob = p[i].blob,
                                      .summary = &p[i].summary};
    }

    arrive(&w.f, w.account, a, 4);

    assert_int_equal(thread_of(&w, a[0].email_id), thread_of(&w, a[1].email_id));
    assert_int_equal(thread_of(&w, a[0].email_id), thread_of(&w, a[2].email_id));
    assert_int_not_equal(thread_of(&w, a[0].email_id), thread_of(&w, a[3].email_id));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM tombstone"), 0);
    for (int i = 0; i < 4; i++)
        prepared_done(&p[i]);
}

/* A merge in the batch that brings more of the same bytes: the ids told to the caller are the new ones. */
static void ids_told_after_a_merge_are_the_new_ones(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "Copies"}, 2, boxes);
    const struct letter a1 = {.id = "a1@x", .subject = "Dinner"},
                        a2 = {.id = "a2@x", .references = "<a1@x>", .subject = "Dinner"},
                        b = {.id = "b@x", .subject = "Dinner"},
                        tie = {.id = "t@x", .references = "<a1@x> <b@x>", .subject = "Dinner"};
    arrive_letter(&f, account, boxes[0], 1, NOON, 0, &a1);
    arrive_letter(&f, account, boxes[0], 2, NOON, 0, &a2);
    int64_t old = arrive_letter(&f, account, boxes[0], 3, NOON, 0, &b);
    struct prepared p[2];
    prepare_letter(&p[0], f.store, &b);
    prepare_letter(&p[1], f.store, &tie);
    struct store_arrival a[2] = {
        {.mailbox_id = boxes[1], .uid = 1, .received_at = NOON, .blob = p[0].blob, .summary = &p[0].summary},
        {.mailbox_id = boxes[0], .uid = 4, .received_at = NOON, .blob = p[1].blob, .summary = &p[1].summary},
    };

    arrive(&f, account, a, 2);

    assert_true(a[0].was_known);
    assert_int_not_equal(a[0].email_id, old);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, a[0].email_id);
    assert_int_equal(e.n_mailboxes, 2);
    verify_counters(&f);
    prepared_done(&p[0]);
    prepared_done(&p[1]);
}

static void threads_too_large_to_merge_stay_apart(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    enum { SIZE = THREAD_MERGE_MAX + 1 };
    static struct prepared p[2 * SIZE];
    static struct store_arrival a[2 * SIZE];
    for (int i = 0; i < 2 * SIZE; i++) {
        char id[32];
        snprintf(id, sizeof(id), "m%d@x", i);
        prepare_letter(
            &p[i], w.f.store,
            &(struct letter){.id = id, .subject = "Dinner", .references = i < SIZE ? "<root1@x>" : "<root2@x>"});
        a[i] = (struct store_arrival){.mailbox_id = w.inbox,
                                      .uid = w.uid++,
                                      .received_at = NOON + i,
                                      .blob = p[i].blob,
                                      .summary = &p[i].summary};
    }
    arrive(&w.f, w.account, a, 2 * SIZE);

    receive(&w, "tie@x", "<root1@x> <root2@x>", "Dinner");

    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM thread"), 2);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM tombstone"), 0);
    for (int i = 0; i < 2 * SIZE; i++)
        prepared_done(&p[i]);
}

/* ---- any order gives the same threads
 * --------------------------------------------------------------------------------- */

enum { MANY = 80 };

static int root_of(const int *parent, int i)
{
    return parent[i] == i ? i : root_of(parent, parent[i]);
}

/* RFC 8621 section 3: an identical id in both, and the same subject (here: the number modulo 4). */
static bool are_tied(int x, int y, int (*links)[2])
{
    const int a[3] = {x, links[x][0], links[x][1]}, b[3] = {y, links[y][0], links[y][1]};

    for (int i = 0; i < 9; i++) {
        if (a[i / 3] >= 0 && a[i / 3] == b[i % 3])
            return x % 4 == y % 4;
    }
    return false;
}

static void threads_are_the_same_in_any_order_of_arrival(void **state)
{
    (void)state;
    unsigned rng = 7;
    int links[MANY][2], parent[MANY];
    for (int i = 0; i < MANY; i++) {
        parent[i] = i;
        for (int k = 0; k < 2; k++) {
            rng = rng * 1103515245 + 12345;
            links[i][k] = (rng >> 16) % 3 ? (int)((rng >> 20) % MANY) : -1;
        }
    }
    for (int i = 0; i < MANY; i++) {
        for (int k = 0; k < i; k++) {
            if (are_tied(i, k, links))
                parent[root_of(parent, i)] = root_of(parent, k);
        }
    }
    for (int order = 0; order < 3; order++) {
        CLEANUP(world_done) struct world w = world_new();
        static struct prepared p[MANY];
        static struct store_arrival a[MANY];
        for (int i = 0; i < MANY; i++) {
            int at = order == 0 ? i : order == 1 ? MANY - 1 - i : i * 37 % MANY;
            char id[16], refs[64] = "", subject[16];
            snprintf(id, sizeof(id), "m%d@x", at);
            snprintf(subject, sizeof(subject), "s%d", at % 4);
            for (int k = 0; k < 2; k++) {
                if (links[at][k] >= 0)
                    snprintf(refs + strlen(refs), sizeof(refs) - strlen(refs), " <m%d@x>", links[at][k]);
            }
            prepare_letter(&p[i], w.f.store,
                           &(struct letter){.id = id, .subject = subject, .references = refs[0] ? refs + 1 : NULL});
            a[i] = (struct store_arrival){.mailbox_id = w.inbox,
                                          .uid = (uint64_t)at + 1,
                                          .received_at = NOON + at * 100,
                                          .blob = p[i].blob,
                                          .summary = &p[i].summary};
        }
        for (int i = 0; i < MANY; i += 7)
            arrive(&w.f, w.account, &a[i], (size_t)(MANY - i < 7 ? MANY - i : 7));

        for (int x = 0; x < MANY; x++) {
            for (int y = 0; y < x; y++) {
                char sql[300];
                snprintf(sql, sizeof(sql),
                         "SELECT count(DISTINCT thread_id) = 1 FROM email e JOIN placement p ON p.email_id = e.id "
                         "WHERE p.uid IN (%d, %d)",
                         x + 1, y + 1);
                if ((x * 31 + y) % 16 == 0) /* a sample */
                    assert_int_equal(sql_number(&w.f, sql), root_of(parent, x) == root_of(parent, y));
            }
        }
        for (int i = 0; i < MANY; i++)
            prepared_done(&p[i]);
    }
}

static void only_the_last_100_references_count(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    CLEANUP(buf_done) struct buf refs = {0};
    for (int i = 0; i < 150; i++)
        buf_addf(&refs, "%s<r%d@x>", i ? "\r\n " : "", i);

    receive(&w, "a@x", buf_str(&refs), "Dinner");

    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM thread_ref"), 101);
    assert_int_not_equal(thread_of(&w, receive(&w, "r0@x", NULL, "Dinner")),
                         thread_of(&w, receive(&w, "r149@x", NULL, "Dinner")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_joins_the_thread_of_what_it_answers),
        cmocka_unit_test(another_subject_begins_another_thread),
        cmocka_unit_test(siblings_meet_through_an_ancestor_that_nobody_has),
        cmocka_unit_test(messages_without_ids_are_threads_of_their_own),
        cmocka_unit_test(late_message_merges_two_threads_and_the_smaller_gets_new_ids),
        cmocka_unit_test(batch_knows_its_own_ties_and_merges_nothing),
        cmocka_unit_test(ids_told_after_a_merge_are_the_new_ones),
        cmocka_unit_test(threads_too_large_to_merge_stay_apart),
        cmocka_unit_test(threads_are_the_same_in_any_order_of_arrival),
        cmocka_unit_test(only_the_last_100_references_count),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
