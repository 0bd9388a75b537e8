/* Rules, what has come for them, what they do to an Email, and muted threads: store/rules.h, rule_actions.h, mutes.h. */
#include "mail_fixture.h"

#include "store/history.h"
#include "store/mutes.h"
#include "store/rule_actions.h"

#define NOON 1700000000

/* An account with a server, and its mailboxes. */
struct world {
    struct fixture f;
    int64_t account, inbox, lists, work, archive;
};

static void world_done(struct world *w)
{
    fixture_done(&w->f);
}

static int set_roles(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct world *w = arg;
    const int archive = FCT_ROLE_ARCHIVE;
    return store_mailbox_update(tx, w->archive, &(struct store_mailbox_patch){.role = &archive}, err);
}

static void world_init(struct world *w)
{
    int64_t ids[4];
    w->f = fixture_new();
    w->account = add_server(&w->f, (const char *const[]){"INBOX", "Lists", "Work", "Archive"}, 4, ids);
    w->inbox = ids[0], w->lists = ids[1], w->work = ids[2], w->archive = ids[3];
    assert_ok(store_write(w->f.store, set_roles, w, err));
}

/* ---- calls ---- */

struct job {
    const struct world *w;
    struct store_rule rule;
    int64_t id, email_id;
    struct rule_abilities can;
    bool may_move, flag, flag2;
    size_t n;
    struct store_rule *list;
    struct store_rule_arrival came[50];
};

static struct fct_error call(struct world *w, int (*fn)(struct store_tx *, void *, struct fct_error *), struct job *j)
{
    struct fct_error err = {0};
    j->w = w;
    (void)store_write(w->f.store, fn, j, &err);
    return err;
}

static int create_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_rule_create(tx, &j->rule, &j->id, err);
}

static int update_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_rule_update(tx, &((struct job *)arg)->rule, err);
}

static int load_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_rules_load(tx, j->w->account, j->flag, &j->list, &j->n, err);
}

static int destroy_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_rule_destroy(tx, ((struct job *)arg)->id, err);
}

static int arrivals_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_rule_arrivals(tx, j->came, 50, &j->n, err);
}

static int judged_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_rule_judged(tx, j->email_id, &j->flag, err);
}

static int hide_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_run(tx, store_stmt(tx, "UPDATE mailbox SET is_hidden = 1 WHERE name = 'Lists'"), err);
}

static int act_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    store_tx_set_actor(tx, STORE_BY_RULE, j->rule.name);
    return store_rule_act(tx, &j->rule, j->email_id, &j->can, j->may_move, &j->flag, &j->flag2, err);
}

static int muted_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_thread_is_muted(tx, j->email_id, &j->flag, err);
}

static int mute_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_email_mute(tx, j->email_id, j->may_move, err);
}

static char nothing[] = "", some_name[] = "r", seen_and_word[] = "$seen work", flagged[] = "$flagged", muted[] = "$muted";

static struct store_rule plain_rule(const struct world *w)
{
    return (struct store_rule){.account_id = w->account, .name = some_name, .query = nothing, .sort_order = -1, .is_enabled = true,
                               .move_to = w->lists, .add = nothing, .remove = nothing};
}

static int64_t add_rule(struct world *w, const struct store_rule *r)
{
    struct job j = {.rule = *r};
    assert_int_equal(call(w, create_fn, &j).code, 0);
    return j.id;
}

/* A letter that is new mail. */
static int64_t bring(struct world *w, int64_t mailbox, uint64_t uid, const struct letter *l)
{
    struct prepared p;
    prepare_letter(&p, w->f.store, l);
    struct store_arrival a = {.mailbox_id = mailbox, .uid = uid, .received_at = NOON + (int64_t)uid, .blob = p.blob, .summary = &p.summary, .is_new = true};
    arrive(&w->f, w->account, &a, 1);
    prepared_done(&p);
    return a.email_id;
}

static size_t count_arrivals(struct world *w)
{
    struct job j = {0};
    assert_int_equal(call(w, arrivals_fn, &j).code, 0);
    return j.n;
}

static bool is_in(struct world *w, int64_t email_id, const int64_t *mailboxes, size_t n)
{
    struct store_email e = load_email(&w->f, email_id);
    bool same = e.n_mailboxes == n;
    for (size_t i = 0; i < n && same; i++)
        same = e.mailbox_ids[i] == mailboxes[i];
    store_email_done(&e);
    return same;
}

/* ---- rules ---- */

static void rules_have_an_order_and_one_without_comes_last(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    struct store_rule r = plain_rule(&w);
    r.sort_order = 5;
    int64_t five = add_rule(&w, &r);
    r.sort_order = -1;
    int64_t last = add_rule(&w, &r);
    r.sort_order = 5;
    r.is_enabled = false;
    int64_t off = add_rule(&w, &r);

    struct job all = {0}, on = {.flag = true};
    assert_int_equal(call(&w, load_fn, &all).code, 0);
    assert_int_equal(call(&w, load_fn, &on).code, 0);

    assert_int_equal(all.n, 3);
    assert_true(all.list[0].id == five && all.list[1].id == off && all.list[2].id == last && all.list[2].sort_order == 6);
    assert_true(on.n == 2 && on.list[0].id == five && on.list[1].id == last);
    store_rules_free(all.list, all.n);
    store_rules_free(on.list, on.n);
}

static void a_rule_must_be_one(void **state)
{
    CLEANUP(world_done) struct world w;
    CLEANUP(freep) char *long_name = xcalloc(300, 1), *long_query = xcalloc(5000, 1);
    char control[] = "a\nb";
    int64_t many[RULE_COPIES_MAX + 1];
    (void)state;
    world_init(&w);
    memset(long_name, 'x', 256);
    memset(long_query, 'x', RULE_QUERY_MAX + 1);
    for (size_t i = 0; i < RULE_COPIES_MAX + 1; i++)
        many[i] = w.lists;
    struct store_rule bad[9];
    for (int i = 0; i < 9; i++)
        bad[i] = plain_rule(&w);
    bad[0].name = nothing, bad[1].name = long_name, bad[2].name = control, bad[3].query = long_query;
    bad[4].sort_order = (int64_t)RULE_ORDER_MAX + 1, bad[5].move_to = 0, bad[6].move_to = 9999;
    bad[7].copy_to = many, bad[7].n_copy_to = RULE_COPIES_MAX + 1;
    bad[8].move_to = mailbox_with_role(&w.f, local_account(&w.f), FCT_ROLE_INBOX);
    static const char *const properties[] = {"name", "name", "name", "query", "sortOrder", "moveTo", "moveTo", "copyTo", "moveTo"};
    for (int i = 0; i < 9; i++) {
        struct job j = {.rule = bad[i]};
        struct fct_error err = call(&w, create_fn, &j);
        assert_int_equal(err.code, FCT_E_INVALID);
        assert_int_equal(strncmp(err.message, properties[i], strlen(properties[i])), 0);
    }
}

static void an_account_has_so_many_rules_and_not_more(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    struct store_rule r = plain_rule(&w);
    for (int i = 0; i < RULES_MAX; i++)
        add_rule(&w, &r);
    struct job j = {.rule = r};
    assert_int_equal(call(&w, create_fn, &j).code, FCT_E_OVER_QUOTA);
}

static void a_mailbox_that_is_gone_may_stay_in_a_rule_but_not_come_into_it(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    struct store_rule r = plain_rule(&w);
    struct job j = {.rule = r};
    j.rule.id = add_rule(&w, &r);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM rule"), 1);
    j.rule.sort_order = 4;
    struct job hidden = {0};
    assert_int_equal(call(&w, hide_fn, &hidden).code, 0);
    assert_int_equal(call(&w, update_fn, &j).code, 0);
    j.rule.move_to = w.work;
    assert_int_equal(call(&w, update_fn, &j).code, 0);
    j.rule.move_to = w.lists;
    assert_int_equal(call(&w, update_fn, &j).code, FCT_E_INVALID);
    struct job gone = {.id = j.rule.id};
    assert_int_equal(call(&w, destroy_fn, &gone).code, 0);
    assert_int_equal(call(&w, destroy_fn, &gone).code, FCT_E_NOT_FOUND);
    assert_int_equal(call(&w, update_fn, &j).code, FCT_E_NOT_FOUND);
}

/* ---- what has come ---- */

static void new_mail_of_the_inbox_is_noted_once_and_judged_once(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    bring(&w, w.inbox, 1, &(struct letter){.id = "1@x"});
    assert_int_equal(count_arrivals(&w), 0); /* nobody asks */
    struct store_rule r = plain_rule(&w);
    r.is_enabled = false;
    struct job rule = {.rule = r};
    rule.rule.id = add_rule(&w, &r);
    bring(&w, w.inbox, 2, &(struct letter){.id = "2@x"});
    assert_int_equal(count_arrivals(&w), 0);
    rule.rule.is_enabled = true;
    rule.rule.sort_order = 0;
    assert_int_equal(call(&w, update_fn, &rule).code, 0);

    bring(&w, w.lists, 1, &(struct letter){.id = "3@x"});                                /* elsewhere */
    arrive_letter(&w.f, w.account, w.inbox, 4, NOON, 0, &(struct letter){.id = "4@x"});   /* new here only */
    int64_t told = sql_number(&w.f, "SELECT modseq FROM state WHERE type = 5 AND account_id <> 0 ORDER BY modseq DESC LIMIT 1");
    int64_t id = bring(&w, w.inbox, 5, &(struct letter){.id = "5@x"});
    bring(&w, w.inbox, 5, &(struct letter){.id = "5@x"});

    struct job j = {0};
    assert_int_equal(call(&w, arrivals_fn, &j).code, 0);
    assert_true(j.n == 1 && j.came[0].email_id == id && j.came[0].account_id == w.account);
    /* it is told of as new when it was judged */
    assert_int_equal(sql_number(&w.f, "SELECT modseq FROM state WHERE type = 5 AND account_id <> 0 ORDER BY modseq DESC LIMIT 1"), told);
    struct job judged = {.email_id = id};
    assert_int_equal(call(&w, judged_fn, &judged).code, 0);
    assert_true(judged.flag);
    assert_int_equal(call(&w, judged_fn, &judged).code, 0);
    assert_false(judged.flag);
    assert_int_equal(count_arrivals(&w), 0);
}

/* ---- what is done ---- */

static void an_email_leaves_the_inbox_and_stays_in_what_else_it_is_in(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    int64_t id = bring(&w, w.inbox, 1, &(struct letter){.id = "1@x"}), copy = w.work;
    struct job j = {.rule = plain_rule(&w), .email_id = id, .can = {true, true}, .may_move = true};
    j.rule.move_to = 0, j.rule.copy_to = &copy, j.rule.n_copy_to = 1, j.rule.add = seen_and_word;

    assert_int_equal(call(&w, act_fn, &j).code, 0);

    assert_true(!j.flag && j.flag2 && is_in(&w, id, (int64_t[]){w.inbox, w.work}, 2));
    struct store_email e = load_email(&w.f, id);
    assert_true(e.flags == FCT_FLAG_SEEN && strcmp(e.keywords, "work") == 0);
    store_email_done(&e);
    assert_int_equal(call(&w, act_fn, &j).code, 0);
    assert_false(j.flag2); /* there was nothing left to do */
    j.rule = plain_rule(&w);
    j.rule.remove = seen_and_word, j.rule.add = flagged;
    assert_int_equal(call(&w, act_fn, &j).code, 0);
    assert_true(j.flag && j.flag2 && is_in(&w, id, (int64_t[]){w.lists, w.work}, 2));
    e = load_email(&w.f, id);
    assert_true(e.flags == FCT_FLAG_FLAGGED && !e.keywords);
    store_email_done(&e);
    assert_true(sql_number(&w.f, "SELECT count(*) FROM pending") + sql_number(&w.f, "SELECT count(*) FROM departure") > 0);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM history_actor WHERE kind = 4 AND name = 'r'"), 1);
    /* one that is not in the inbox leaves where it is */
    j.rule = plain_rule(&w);
    j.rule.move_to = w.archive;
    assert_int_equal(call(&w, act_fn, &j).code, 0);
    assert_true(is_in(&w, id, &w.archive, 1));
    verify_counters(&w.f);
}

static void what_may_not_be_done_is_left_undone(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    int64_t id = bring(&w, w.inbox, 1, &(struct letter){.id = "1@x"});
    struct job j = {.rule = plain_rule(&w), .email_id = id, .can = {true, true}, .may_move = false};
    j.rule.add = flagged;
    assert_int_equal(call(&w, act_fn, &j).code, 0); /* another has moved it */
    assert_true(!j.flag && j.flag2 && is_in(&w, id, &w.inbox, 1));
    j.may_move = true;
    j.can = (struct rule_abilities){0};
    j.rule.add = seen_and_word;
    assert_int_equal(call(&w, act_fn, &j).code, 0);
    assert_true(!j.flag && !j.flag2 && is_in(&w, id, &w.inbox, 1));
    j.can.moves = true;
    j.rule.move_to = w.inbox; /* it shall stay, whatever comes behind */
    assert_int_equal(call(&w, act_fn, &j).code, 0);
    assert_true(j.flag && !j.flag2 && is_in(&w, id, &w.inbox, 1));
    j.email_id = 99999;
    assert_int_equal(call(&w, act_fn, &j).code, FCT_E_NOT_FOUND);
}

static void a_message_of_a_muted_thread_is_read_and_put_away(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    int64_t first = bring(&w, w.inbox, 1, &(struct letter){.id = "1@x", .subject = "s"});
    struct job j = {.rule = plain_rule(&w), .email_id = first, .can = {true, true}};
    j.rule.move_to = 0, j.rule.add = muted;
    assert_int_equal(call(&w, muted_fn, &j).code, 0);
    assert_false(j.flag);
    assert_int_equal(call(&w, act_fn, &j).code, 0);

    int64_t second = bring(&w, w.inbox, 2, &(struct letter){.id = "2@x", .in_reply_to = "1@x", .subject = "Re: s"});
    int64_t other = bring(&w, w.inbox, 3, &(struct letter){.id = "3@x", .subject = "t"});

    assert_int_equal(count_arrivals(&w), 2); /* without any rule */
    struct job asked = {.email_id = second};
    assert_int_equal(call(&w, muted_fn, &asked).code, 0);
    assert_true(asked.flag);
    asked.email_id = other;
    assert_int_equal(call(&w, muted_fn, &asked).code, 0);
    assert_false(asked.flag);
    struct job stays = {.email_id = second}, goes = {.email_id = second, .may_move = true};
    assert_int_equal(call(&w, mute_fn, &stays).code, 0);
    assert_true(is_in(&w, second, &w.inbox, 1));
    assert_int_equal(call(&w, mute_fn, &goes).code, 0);
    assert_true(is_in(&w, second, &w.archive, 1));
    struct store_email e = load_email(&w.f, second);
    assert_true(e.flags == FCT_FLAG_SEEN && strcmp(e.keywords, "$muted") == 0);
    store_email_done(&e);
    verify_counters(&w.f);
}

/* Where there is no room for $muted it is read and goes all the same. */
static void one_that_takes_no_more_keywords_is_put_away_when_it_is_muted(void **state)
{
    CLEANUP(world_done) struct world w;
    (void)state;
    world_init(&w);
    int64_t id = bring(&w, w.inbox, 1, &(struct letter){.id = "1@x", .subject = "s"});
    struct job full = {.email_id = id, .can = {true, true}}, goes = {.email_id = id, .may_move = true};
    for (int part = 0; part < 4; part++) { /* a rule takes no more at once */
        CLEANUP(buf_done) struct buf words = {0};
        for (int i = 0; i < RULE_KEYWORDS_MAX; i++)
            buf_addf(&words, "%sk%d", i ? " " : "", RULE_KEYWORDS_MAX * part + i);
        full.rule = plain_rule(&w);
        full.rule.move_to = 0, full.rule.add = words.p;
        assert_int_equal(call(&w, act_fn, &full).code, 0);
    }

    assert_int_equal(call(&w, mute_fn, &goes).code, 0);

    assert_true(is_in(&w, id, &w.archive, 1));
    struct store_email e = load_email(&w.f, id);
    assert_true(e.flags == FCT_FLAG_SEEN && !strstr(e.keywords, "$muted"));
    store_email_done(&e);
    verify_counters(&w.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_have_an_order_and_one_without_comes_last),
        cmocka_unit_test(a_rule_must_be_one),
        cmocka_unit_test(an_account_has_so_many_rules_and_not_more),
        cmocka_unit_test(a_mailbox_that_is_gone_may_stay_in_a_rule_but_not_come_into_it),
        cmocka_unit_test(new_mail_of_the_inbox_is_noted_once_and_judged_once),
        cmocka_unit_test(an_email_leaves_the_inbox_and_stays_in_what_else_it_is_in),
        cmocka_unit_test(what_may_not_be_done_is_left_undone),
        cmocka_unit_test(a_message_of_a_muted_thread_is_read_and_put_away),
        cmocka_unit_test(one_that_takes_no_more_keywords_is_put_away_when_it_is_muted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
