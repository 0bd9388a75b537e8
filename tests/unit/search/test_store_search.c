/* The query language, totals, errors and snippets over a store. */
#include "unit/store/mail_fixture.h"

#include "search/search.h"
#include "store/ids.h"

static struct fixture fixture;
static int64_t account, inbox, drafts, reports;
static int64_t hello, html, japanese, draft, naive;

/* ---- calls ------------------------------------------------------------------------------------------------------- */

struct query_job {
    const char *query;
    struct search_query q;
    struct search_result result;
    json_t *filter;
    size_t where;
};

static int query_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct query_job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    struct search_parse_options o = {.account_id = j->q.account_id, .time_zone = "UTC", .now = 1700100000};

    if (search_parse(tx, j->query, &o, &j->filter, &j->where, err) < 0 ||
        search_filter_from_json(j->filter, &f, err) < 0)
        return -1;
    j->q.filter = f;
    return search_run(tx, &j->q, &j->result, err);
}

/* The subjects' first words of what a query finds, newest first. */
static void assert_found(const char *query, const int64_t *ids, size_t n)
{
    struct query_job j = {.query = query, .q = {.account_id = -1, .limit = -1, .calculate_total = true}};

    assert_ok(store_read(fixture.store, query_fn, &j, err));
    json_decref(j.filter);
    if (j.result.n != n)
        fail_msg("%s: %zu found, %zu expected", query, j.result.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(j.result.ids[i], ids[i]);
    assert_int_equal(j.result.total, n);
    search_result_done(&j.result);
}
#define FOUND(query, ...) \
    assert_found(query, (int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define FOUND_NOTHING(query) assert_found(query, NULL, 0)

struct snippet_job {
    const char *filter;
    int64_t id;
    char *subject, *preview;
};

static int snippet_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct snippet_job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    json_auto_t *json = json_loads(j->filter, 0, NULL);

    if (search_filter_from_json(json, &f, err) < 0)
        return -1;
    return search_snippet(tx, f, j->id, &j->subject, &j->preview, err);
}

static void assert_snippet(const char *filter, int64_t id, const char *subject, const char *preview)
{
    struct snippet_job j = {.id = id};
    CLEANUP(freep) char *json = xstrdup(filter);

    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    j.filter = json;
    assert_ok(store_read(fixture.store, snippet_fn, &j, err));
    if (subject)
        assert_string_equal(j.subject ? j.subject : "(null)", subject);
    else
        assert_null(j.subject);
    if (preview)
        assert_string_equal(j.preview ? j.preview : "(null)", preview);
    else
        assert_null(j.preview);
    free(j.subject);
    free(j.preview);
}

/* ---- the query language over mail ------------------------------------------------------------------------------- */

static void words_find_mail_in_any_script(void **state)
{
    (void)state;
    FOUND("hello", hello);
    FOUND("HÉLLO", hello);
    FOUND("hel*", hello);
    FOUND("\"quarterly report\"", hello);
    FOUND_NOTHING("\"report quarterly\"");
    FOUND("京都", japanese);
    FOUND("京", japanese);
    FOUND("都", japanese);
    FOUND("東京都", japanese);
    FOUND_NOTHING("大阪");
    FOUND("naive", naive);
    FOUND("-hello -naive -京都", draft, html);
}

static void addresses_are_found_by_their_parts(void **state)
{
    (void)state;
    FOUND("from:jane.doe@mail.example.org", html);
    FOUND("from:doe", html);
    FOUND("from:mail.example.org", html);
    FOUND_NOTHING("from:doe@example.org");
    FOUND("from:müller", naive);
    FOUND("from:muller", naive);
}

static void mailboxes_are_found_by_name_path_and_role(void **state)
{
    (void)state;
    FOUND("in:drafts", draft);
    FOUND("in:Reports", naive);
    FOUND("in:inbox/reports", naive);
    FOUND("in:inbox", japanese, html, hello);
    FOUND("in:inbox OR in:drafts", draft, japanese, html, hello);
    FOUND_NOTHING("in:spam");
}

static void states_dates_and_sizes_narrow_down(void **state)
{
    (void)state;
    FOUND("is:unread", naive, japanese, html);
    FOUND("is:flagged", html);
    FOUND("is:draft", draft);
    FOUND("is:read -is:draft", hello);
    FOUND("on:2023-11-14", naive, draft, japanese, html, hello);
    FOUND_NOTHING("before:2023-11-14");
    FOUND("after:2d is:flagged", html);
    FOUND_NOTHING("after:today");
    FOUND_NOTHING("larger:1M");
    FOUND("smaller:1M id:<hello@x>", hello);
    FOUND("id:hello@x", hello);
    FOUND_NOTHING("has:attachment");
}

static void an_account_that_is_named_is_searched(void **state)
{
    (void)state;
    FOUND("account:\"On this computer\" hello", hello);
    FOUND("account:a1 hello", hello);
}

static void a_mailbox_of_an_account_is_named_with_it(void **state)
{
    (void)state;
    FOUND("in:\"on this computer:drafts\"", draft);
    FOUND("in:a1:Inbox/Reports", naive);
    FOUND("in:a1:inbox", japanese, html, hello);
    FOUND("in:m1", japanese, html, hello);
    struct query_job j = {.query = "in:a7:inbox", .q = {.account_id = -1, .limit = -1}};
    struct fct_error err = {0};
    assert_int_equal(store_read(fixture.store, query_fn, &j, &err), -1);
    assert_string_equal(err.message, "there is no mailbox \"a7:inbox\"");
}

static void unknown_names_are_errors_with_a_place(void **state)
{
    struct query_job j = {.query = "hello in:Nowhere", .q = {.account_id = -1, .limit = -1}};
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(store_read(fixture.store, query_fn, &j, &err), -1);

    assert_int_equal(err.code, FCT_E_INVALID);
    assert_string_equal(err.message, "there is no mailbox \"Nowhere\"");
    assert_int_equal(j.where, 9);
}

static void a_missing_anchor_is_an_error(void **state)
{
    struct query_job j = {.query = "hello", .q = {.account_id = -1, .limit = -1, .anchor = draft}};
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(store_read(fixture.store, query_fn, &j, &err), -1);

    assert_int_equal(err.code, FCT_E_ANCHOR_NOT_FOUND);
    json_decref(j.filter);
}

/* ---- relevance ----------------------------------------------------------------------------------------------------
 */

static int relevance_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct query_job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(search_sort_freep) struct search_sort *s = NULL;
    json_auto_t *filter = json_pack("{s:s}", "text", "report");
    json_auto_t *sort = json_pack("[{s:s,s:b}]", "property", "relevance", "isAscending", 0);

    if (search_filter_from_json(filter, &f, err) < 0 || search_sort_from_json(sort, &s, err) < 0)
        return -1;
    j->q.filter = f;
    j->q.sort = s;
    return search_run(tx, &j->q, &j->result, err);
}

static void a_word_in_the_subject_is_more_relevant(void **state)
{
    struct query_job j = {.q = {.account_id = -1, .limit = -1}};
    (void)state;

    assert_ok(store_read(fixture.store, relevance_fn, &j, err));

    assert_int_equal(j.result.n, 2);
    assert_int_equal(j.result.ids[0], naive); /* in its subject; newer, too */
    assert_int_equal(j.result.ids[1], hello);
    assert_false(j.result.can_calculate_changes);
    search_result_done(&j.result);
}

/* ---- snippets -------------------------------------------------------------------------------------------------------
 */

static void matches_are_marked_in_subject_and_text(void **state)
{
    (void)state;
    assert_snippet("{'text':'hello'}", hello, "<mark>Hello</mark>, world", NULL);
    assert_snippet("{'text':'quarterly'}", hello, NULL, "The <mark>quarterly</mark> report of ours");
    assert_snippet("{'text':'quarterly report'}", hello, NULL,
                   "The <mark>quarterly</mark> <mark>report</mark> of ours");
    assert_snippet("{'body':'hello'}", hello, NULL, NULL);
    assert_snippet("{'subject':'quarterly'}", hello, NULL, NULL);
    assert_snippet("{'operator':'NOT','conditions':[{'text':'hello'}]}", hello, NULL, NULL);
    assert_snippet("{'inMailbox':'m1'}", hello, NULL, NULL);
}

static void html_signs_are_escaped(void **state)
{
    (void)state;
    assert_snippet("{'text':'bold'}", html, "<mark>Bold</mark> &lt;b&gt; &amp; &quot;brave&quot;", NULL);
}

static void runs_are_marked_by_the_characters_that_match(void **state)
{
    (void)state;
    assert_snippet("{'text':'京'}", japanese, "東<mark>京</mark>都", "<mark>京</mark>都から東<mark>京</mark>都へ");
    assert_snippet("{'text':'東京都'}", japanese, "<mark>東京都</mark>", "京都から<mark>東京都</mark>へ");
}

static void a_preview_is_at_most_255_bytes_and_holds_the_match(void **state)
{
    struct snippet_job j = {.filter = "{\"text\":\"needle\"}", .id = draft};
    (void)state;

    assert_ok(store_read(fixture.store, snippet_fn, &j, err));

    assert_null(j.subject);
    assert_non_null(j.preview);
    assert_true(strlen(j.preview) <= 255);
    assert_true(strlen(j.preview) > 200);
    assert_non_null(strstr(j.preview, "<mark>needle</mark>"));
    free(j.preview);
}

static void a_snippet_of_an_unknown_email_is_not_found(void **state)
{
    struct snippet_job j = {.filter = "{\"text\":\"x\"}", .id = 5};
    struct fct_error err = {0};
    (void)state;
    assert_int_equal(store_read(fixture.store, snippet_fn, &j, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
}

/* ---- the mail
 * --------------------------------------------------------------------------------------------------------- */

static int destroy_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_email_destroy(tx, *(int64_t *)arg, err);
}

static void destroyed_mail_is_not_found(void **state)
{
    (void)state;
    int64_t gone = arrive_letter(&fixture, account, inbox, 0, 1700000500, 0,
                                 &(struct letter){.id = "gone@x", .subject = "ephemeral"});
    FOUND("ephemeral", gone);
    assert_ok(store_write(fixture.store, destroy_fn, &gone, err));
    FOUND_NOTHING("ephemeral");
    FOUND("hello", hello);
}

static int add_mailbox_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_mailbox_create(tx, account, inbox, "Reports", FCT_ROLE_NONE, 0, true, arg, err);
}

static int setup(void **state)
{
    CLEANUP(buf_done) struct buf far = {0};
    (void)state;

    for (int i = 0; i < 400; i++)
        buf_addf(&far, "straw%d ünd%s", i, i % 8 == 7 ? "\r\n" : " ");
    buf_add_str(&far, "a needle in it ");
    for (int i = 0; i < 100; i++)
        buf_addf(&far, "straw%d%s", i, i % 8 == 7 ? "\r\n" : " ");
    mime_init();
    fixture = fixture_new();
    account = local_account(&fixture);
    inbox = mailbox_with_role(&fixture, account, FCT_ROLE_INBOX);
    drafts = mailbox_with_role(&fixture, account, FCT_ROLE_DRAFTS);
    assert_ok(store_write(fixture.store, add_mailbox_fn, &reports, err));
    hello = arrive_letter(
        &fixture, account, inbox, 0, 1700000000, FCT_FLAG_SEEN,
        &(struct letter){.id = "hello@x", .subject = "Hello, world", .body = "The quarterly report of ours"});
    html = arrive_letter(&fixture, account, inbox, 0, 1700000001, FCT_FLAG_FLAGGED,
                         &(struct letter){.id = "html@x",
                                          .subject = "Bold <b> & \"brave\"",
                                          .body = "-",
                                          .from = "Jane <jane.doe@mail.example.org>"});
    japanese = arrive_letter(&fixture, account, inbox, 0, 1700000002, 0,
                             &(struct letter){.id = "jp@x", .subject = "東京都", .body = "京都から東京都へ"});
    draft = arrive_letter(&fixture, account, drafts, 0, 1700000003, FCT_FLAG_DRAFT | FCT_FLAG_SEEN,
                          &(struct letter){.id = "draft@x", .subject = "Draft", .body = buf_str(&far)});
    naive = arrive_letter(
        &fixture, account, reports, 0, 1700000004, 0,
        &(struct letter){
            .id = "naive@x", .subject = "Naïve report", .body = "-", .from = "Jörg Müller <j@example.net>"});
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
        cmocka_unit_test(words_find_mail_in_any_script),
        cmocka_unit_test(addresses_are_found_by_their_parts),
        cmocka_unit_test(mailboxes_are_found_by_name_path_and_role),
        cmocka_unit_test(states_dates_and_sizes_narrow_down),
        cmocka_unit_test(an_account_that_is_named_is_searched),
        cmocka_unit_test(a_mailbox_of_an_account_is_named_with_it),
        cmocka_unit_test(unknown_names_are_errors_with_a_place),
        cmocka_unit_test(a_missing_anchor_is_an_error),
        cmocka_unit_test(a_word_in_the_subject_is_more_relevant),
        cmocka_unit_test(matches_are_marked_in_subject_and_text),
        cmocka_unit_test(html_signs_are_escaped),
        cmocka_unit_test(runs_are_marked_by_the_characters_that_match),
        cmocka_unit_test(a_preview_is_at_most_255_bytes_and_holds_the_match),
        cmocka_unit_test(a_snippet_of_an_unknown_email_is_not_found),
        cmocka_unit_test(destroyed_mail_is_not_found),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
