/* How things are found: by which index, and without sorting. */
#include "unit/store/mail_fixture.h"

#include "search/facts.h"
#include "search/statistics.h"
#include "store/ids.h"

static struct fixture fixture;
static int64_t account, inbox;

struct explain_job {
    const char *sql;
    struct buf plan;
};

static int explain_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct explain_job *j = arg;
    CLEANUP(freep) char *sql = xasprintf("EXPLAIN QUERY PLAN %s", j->sql);
    sqlite3_stmt *q;
    int has_row;

    if (store_prepare(tx, sql, &q, err) < 0)
        return -1;
    while ((has_row = store_step(tx, q, err)) > 0)
        buf_addf(&j->plan, "%s;", store_text(q, 3));
    sqlite3_finalize(q);
    return has_row;
}

/* An index of 192 is FTS5's "by descending rowid", 64 by ascending, M a match, < and > a bound. */
static void assert_explained(const char *sql, const char *expected)
{
    struct explain_job j = {.sql = sql};
    assert_ok(store_read(fixture.store, explain_fn, &j, err));
    assert_string_equal(buf_str(&j.plan), expected);
    buf_done(&j.plan);
}

static void assert_both_ways(struct leaf_sql sql, const char *down, const char *up)
{
    assert_explained(sql.down, down);
    assert_explained(sql.up, up);
}

/* Each list is read from its index in order, either way: no scan, no sorting. */
static void lists_come_from_their_index_in_order(void **state)
{
    (void)state;
    assert_both_ways(LEAF_FTS, "SCAN fts VIRTUAL TABLE INDEX 192:M8<;", "SCAN fts VIRTUAL TABLE INDEX 64:M8>;");
    assert_both_ways(LEAF_MAILBOX, "SEARCH placement USING PRIMARY KEY (mailbox_id=? AND email_id<?);",
                     "SEARCH placement USING PRIMARY KEY (mailbox_id=? AND email_id>?);");
    assert_both_ways(LEAF_WORD, "SEARCH email_keyword USING PRIMARY KEY (keyword=? AND email_id<?);",
                     "SEARCH email_keyword USING PRIMARY KEY (keyword=? AND email_id>?);");
    assert_both_ways(LEAF_FLAGS, "SEARCH email USING COVERING INDEX email_by_flags (flags=? AND rowid<?);",
                     "SEARCH email USING COVERING INDEX email_by_flags (flags=? AND rowid>?);");
    assert_both_ways(LEAF_ACCOUNT, "SEARCH email USING COVERING INDEX email_by_account (account_id=? AND id<?);",
                     "SEARCH email USING COVERING INDEX email_by_account (account_id=? AND id>?);");
    assert_both_ways(LEAF_MESSAGE_ID, "SEARCH email USING COVERING INDEX email_by_msgid (msgid_hash=? AND rowid<?);",
                     "SEARCH email USING COVERING INDEX email_by_msgid (msgid_hash=? AND rowid>?);");
    assert_both_ways(LEAF_ROWS, "SEARCH email USING INTEGER PRIMARY KEY (rowid<?);",
                     "SEARCH email USING INTEGER PRIMARY KEY (rowid>?);");
}

static void what_is_kept_is_read_in_order_of_ids(void **state)
{
    (void)state;
    const struct leaf_sql emails[] = {FACT_RECEIVED, FACT_SIZE, FACT_SENT};
    const struct leaf_sql envelopes[] = {FACT_SUBJECT, FACT_FROM, FACT_TO};
    for (int i = 0; i < 3; i++) {
        assert_explained(emails[i].down, "SEARCH email USING INTEGER PRIMARY KEY (rowid<?);");
        assert_explained(envelopes[i].down, "SEARCH envelope USING INTEGER PRIMARY KEY (rowid<?);");
    }
}

static void statistics_are_read_in_order_of_ids(void **state)
{
    (void)state;
    assert_explained(STATISTICS_ROWS.down, "SEARCH email USING INTEGER PRIMARY KEY (rowid<?);");
    assert_explained(STATISTICS_ACCOUNT.down, "SEARCH email USING INDEX email_by_account (account_id=? AND id<?);");
    assert_explained(STATISTICS_PLACES.down, "SEARCH placement USING COVERING INDEX placement_by_email (email_id<?);");
}

struct plan_job {
    const char *filter;
    int64_t account_id;
    struct buf plan;
};

static int plan_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct plan_job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(plan_freep) struct plan *p = NULL;
    json_auto_t *json = json_loads(j->filter, 0, NULL);

    if (search_filter_from_json(json, &f, err) < 0 || plan_new(tx, f, j->account_id, PLAN_DESCENDING, &p, err) < 0)
        return -1;
    plan_describe(p, &j->plan);
    return 0;
}

/* `filter` with ' for " and %M for the id of the inbox */
static void assert_plan_in(int64_t account_id, const char *filter, const char *expected)
{
    struct plan_job j = {.account_id = account_id};
    CLEANUP(buf_done) struct buf b = {0};
    char id[ID_SIZE];

    for (const char *p = filter; *p; p++) {
        if (*p == '%')
            buf_add_str(&b, id_format(ID_MAILBOX, inbox, id));
        else
            buf_add_char(&b, *p == '\'' ? '"' : *p);
    }
    j.filter = buf_str(&b);
    assert_ok(store_read(fixture.store, plan_fn, &j, err));
    assert_string_equal(buf_str(&j.plan), expected);
    buf_done(&j.plan);
}

static void assert_plan(const char *filter, const char *expected)
{
    assert_plan_in(-1, filter, expected);
}

static void text_is_one_query_of_the_index(void **state)
{
    (void)state;
    assert_plan("{'text':'hello'}", "index text\ndriven by an index, living\n");
    assert_plan(
        "{'operator':'AND','conditions':[{'text':'a'},{'operator':'OR','conditions':[{'from':'b'},{'operator':'NOT',"
        "'conditions':[{'subject':'c'}]}]}]}",
        "index text\ndriven by an index, living\n");
    assert_plan("{'operator':'NOT','conditions':[{'text':'a'},{'text':'b'}]}", "NOT\n  index text\nwalks the Emails\n");
}

static void text_beside_other_conditions_is_gathered(void **state)
{
    (void)state;
    assert_plan("{'text':'a','inMailbox':'%','from':'b'}",
                "AND\n  index text\n  index mailbox\ndriven by an index, living\n");
    assert_plan("{'text':'a','before':'2024-01-01T00:00:00Z'}",
                "AND\n  received\n  index text\ndriven by an index, living, reads rows\n");
    assert_plan("{'operator':'OR','conditions':[{'text':'a'},{'inMailbox':'%'},{'text':'b'}]}",
                "OR\n  index text\n  index mailbox\ndriven by an index, living\n");
}

static void rare_flags_have_an_index_and_common_ones_are_tested(void **state)
{
    (void)state;
    assert_plan("{'notKeyword':'$seen'}", "OR\n  index flags\n  index flags\ndriven by an index, living\n");
    assert_plan("{'hasKeyword':'$flagged'}", "OR\n  index flags\ndriven by an index, living\n");
    assert_plan("{'operator':'NOT','conditions':[{'hasKeyword':'$seen'}]}",
                "OR\n  index flags\n  index flags\ndriven by an index, living\n");
    assert_plan("{'hasKeyword':'$seen'}", "flag\nwalks the Emails, reads rows\n");
    assert_plan("{'hasKeyword':'$answered'}", "OR\ndriven by an index, living\n"); /* nobody has it */
    assert_plan("{'hasKeyword':'work'}", "index keyword\ndriven by an index, living\n");
    assert_plan("{'someInThreadHaveKeyword':'$flagged'}", "list\ndriven by an index, living\n");
    assert_plan("{'noneInThreadHaveKeyword':'$seen'}",
                "AND\n  OR\n    index flags\n    index flags\n  NOT\n    some in thread\n"
                "driven by an index, living, reads rows\n");
}

static void negations_reach_the_leaves(void **state)
{
    (void)state;
    assert_plan("{'operator':'NOT','conditions':[{'inMailbox':'%'},{'operator':'NOT','conditions':[{'text':'a'}]}]}",
                "AND\n  index text\n  NOT\n    index mailbox\ndriven by an index, living\n");
}

static void an_account_among_others_is_a_list(void **state)
{
    (void)state;
    assert_plan_in(account, "{}", "AND\n  index account\n  AND\ndriven by an index, living\n");
    assert_plan("{}", "AND\nwalks the Emails\n");
    assert_plan_in(account, "{'inMailbox':'m99'}", "AND\n  index account\n  OR\ndriven by an index, living\n");
}

static int setup(void **state)
{
    static const char *const names[] = {"INBOX"};
    int64_t remote;
    (void)state;

    mime_init();
    fixture = fixture_new();
    account = local_account(&fixture);
    inbox = mailbox_with_role(&fixture, account, FCT_ROLE_INBOX);
    int64_t server = add_server(&fixture, names, 1, &remote);
    arrive_letter(&fixture, account, inbox, 0, 1700000000, 0, &(struct letter){.id = "1@x", .subject = "one"});
    arrive_letter(&fixture, account, inbox, 0, 1700000001, FCT_FLAG_FLAGGED,
                  &(struct letter){.id = "2@x", .subject = "two"});
    arrive_letter(&fixture, server, remote, 1, 1700000002, FCT_FLAG_SEEN,
                  &(struct letter){.id = "3@x", .subject = "three"});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_done(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_come_from_their_index_in_order),
        cmocka_unit_test(what_is_kept_is_read_in_order_of_ids),
        cmocka_unit_test(statistics_are_read_in_order_of_ids),
        cmocka_unit_test(text_is_one_query_of_the_index),
        cmocka_unit_test(text_beside_other_conditions_is_gathered),
        cmocka_unit_test(rare_flags_have_an_index_and_common_ones_are_tested),
        cmocka_unit_test(negations_reach_the_leaves),
        cmocka_unit_test(an_account_among_others_is_a_list),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
