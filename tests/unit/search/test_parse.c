#include "cmocka_all.h"

#include "search/filter.h"
#include "search/parse.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1715760000) /* 2024-05-15T08:00:00Z */

static int mailboxes(void *ctx, const char *name, json_t *ids, struct fct_error *err)
{
    (void)ctx, (void)err;
    if (strcmp(name, "Inbox") == 0)
        json_array_append_new(ids, json_string("m1"));
    if (strcmp(name, "Two words") == 0 || strcmp(name, "Inbox") == 0)
        json_array_append_new(ids, json_string("m2"));
    for (int i = 0; strcmp(name, "Many") == 0 && i < 100; i++)
        json_array_append_new(ids, json_string("m3"));
    return 0;
}

static int junk(void *ctx, int role, json_t *ids, struct fct_error *err)
{
    (void)ctx, (void)err;
    assert_int_equal(role, FCT_ROLE_JUNK);
    json_array_append_new(ids, json_string("m9"));
    return 0;
}

static int accounts(void *ctx, const char *name, json_t *ids, struct fct_error *err)
{
    (void)ctx, (void)err;
    if (strcmp(name, "Work") == 0)
        json_array_append_new(ids, json_string("a1"));
    return 0;
}

static const struct parse_names names = {NULL, mailboxes, junk, accounts};

static int parse(const char *query, json_t **out, size_t *where, struct fct_error *err)
{
    struct date_zone *z;
    assert_int_equal(date_zone_open("UTC", &z, NULL), 0);
    int rc = parse_query(query, NOW, z, &names, out, where, err);
    date_zone_close(z);
    return rc;
}

/* `expected` with ' for " */
static void assert_parse(const char *query, const char *expected)
{
    json_auto_t *json = NULL;
    CLEANUP(buf_done) struct buf b = {0};
    struct search_filter *f = NULL;

    assert_int_equal(parse(query, &json, NULL, NULL), 0);
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII * 0);
    buf_add_str(&b, text);
    free(text);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '"' && (i == 0 || b.p[i - 1] != '\\'))
            b.p[i] = '\'';

    assert_string_equal(buf_str(&b), expected);
    assert_int_equal(search_filter_from_json(json, &f, NULL), 0);
    search_filter_free(f);
}

static void assert_refused(const char *query, size_t where, const char *message)
{
    json_t *json = NULL;
    struct fct_error err = {0};
    size_t at = SIZE_MAX;

    assert_int_equal(parse(query, &json, &at, &err), -1);

    assert_string_equal(err.message, message);
    assert_int_equal(at, where);
    assert_int_equal(err.code, FCT_E_INVALID);
}

static void nothing_is_everything(void **state)
{
    (void)state;
    assert_parse("", "null");
    assert_parse(" \t ", "null");
}

static void words_are_one_condition(void **state)
{
    (void)state;
    assert_parse("hello", "{'text':'hello'}");
    assert_parse("hello world bud*", "{'text':'hello world bud*'}");
    assert_parse("hello AND world", "{'text':'hello world'}");
    assert_parse("http://example.org/x 12:30", "{'text':'http://example.org/x 12:30'}");
    assert_parse("and or not", "{'text':'and or not'}");
    assert_parse("co-op - x", "{'text':'co-op - x'}");
    assert_parse(
        "東京　大阪　OR　-x　in:\"Two words\"　-　y",
        "{'operator':'OR','conditions':[{'text':'東京 大阪'},{'operator':'AND','conditions':[{'operator':'NOT',"
        "'conditions':[{'text':'x'}]},{'inMailbox':'m2'},{'text':'- y'}]}]}");
}

static void phrases_are_quoted_for_the_condition(void **state)
{
    (void)state;
    assert_parse("\"annual report\" x", "{'text':'\\\"annual report\\\" x'}");
    assert_parse("\"it's\"*", "{'text':'\\\"it\\\\'s\\\"*'}");
    assert_parse("'tis", "{'text':'\\\"\\\\'tis\\\"'}");
}

static void operators_bind_as_usual(void **state)
{
    (void)state;
    assert_parse("a OR b c", "{'operator':'OR','conditions':[{'text':'a'},{'text':'b c'}]}");
    assert_parse(
        "(a OR b) c",
        "{'operator':'AND','conditions':[{'operator':'OR','conditions':[{'text':'a'},{'text':'b'}]},{'text':'c'}]}");
    assert_parse("a -b",
                 "{'operator':'AND','conditions':[{'text':'a'},{'operator':'NOT','conditions':[{'text':'b'}]}]}");
    assert_parse("NOT a", "{'operator':'NOT','conditions':[{'text':'a'}]}");
    assert_parse("NOT NOT -a", "{'operator':'NOT','conditions':[{'operator':'NOT','conditions':[{'operator':'NOT','"
                               "conditions':[{'text':'a'}]}]}]}");
    assert_parse("(((a)))", "{'text':'a'}");
    assert_parse("-(a OR b)",
                 "{'operator':'NOT','conditions':[{'operator':'OR','conditions':[{'text':'a'},{'text':'b'}]}]}");
}

static void fields_are_conditions(void **state)
{
    (void)state;
    assert_parse("from:jane", "{'from':'jane'}");
    assert_parse("FROM:\"Jane Doe\"", "{'from':'\\\"Jane Doe\\\"'}");
    assert_parse("to:a cc:b bcc:c", "{'operator':'AND','conditions':[{'to':'a'},{'cc':'b'},{'bcc':'c'}]}");
    assert_parse("subject:re*", "{'subject':'re*'}");
    assert_parse("body:x filename:y.pdf", "{'operator':'AND','conditions':[{'body':'x'},{'filename':'y.pdf'}]}");
    assert_parse("list:dev.example.org", "{'listId':'dev.example.org'}");
    assert_parse("id:<a@b>", "{'id':'<a@b>'}");
    assert_parse("has:attachment", "{'hasAttachment':true}");
    assert_parse("keyword:todo -keyword:$mdnsent",
                 "{'operator':'AND','conditions':[{'hasKeyword':'todo'},{'operator':'NOT',"
                 "'conditions':[{'hasKeyword':'$mdnsent'}]}]}");
}

static void states_are_keywords(void **state)
{
    (void)state;
    assert_parse("is:unread", "{'notKeyword':'$seen'}");
    assert_parse("is:READ", "{'hasKeyword':'$seen'}");
    assert_parse("is:flagged", "{'hasKeyword':'$flagged'}");
    assert_parse("is:answered", "{'hasKeyword':'$answered'}");
    assert_parse("is:draft", "{'hasKeyword':'$draft'}");
    assert_parse("is:muted", "{'hasKeyword':'$muted'}");
    assert_parse("is:spam", "{'operator':'OR','conditions':[{'hasKeyword':'$junk'},{'inMailbox':'m9'}]}");
}

static void names_are_resolved(void **state)
{
    (void)state;
    assert_parse("in:\"Two words\"", "{'inMailbox':'m2'}");
    assert_parse("in:Inbox", "{'operator':'OR','conditions':[{'inMailbox':'m1'},{'inMailbox':'m2'}]}");
    assert_parse("account:Work", "{'accountId':'a1'}");
    assert_refused("hello in:Nowhere", 9, "there is no mailbox \"Nowhere\"");
    assert_refused("account:Nobody", 8, "there is no account \"Nobody\"");
}

static void dates_and_sizes_are_values(void **state)
{
    (void)state;
    assert_parse("before:2024-05-01", "{'before':'2024-05-01T00:00:00Z'}");
    assert_parse("after:7d", "{'after':'2024-05-08T00:00:00Z'}");
    assert_parse("on:yesterday", "{'after':'2024-05-14T00:00:00Z','before':'2024-05-15T00:00:00Z'}");
    assert_parse("larger:5M", "{'minSize':5242880}");
    assert_parse("smaller:100kb", "{'maxSize':102400}");
    assert_parse("larger:1000", "{'minSize':1000}");
    assert_refused("larger:huge", 7, "this is no size: write 5M, 100k or a number of bytes");
    assert_refused("larger:99999999999G", 7, "this is no size: write 5M, 100k or a number of bytes");
    assert_refused("x before:never", 9,
                   "\"never\" is no date: write 2024-05-01, 2024-05, 2024, today, yesterday, 7d, 2w, 3m or 1y");
}

static void malformed_queries_say_where(void **state)
{
    (void)state;
    assert_refused("a (b", 2, "this parenthesis is not closed");
    assert_refused("a) b", 1, "this parenthesis closes nothing");
    assert_refused("a ()", 2, "there is nothing in these parentheses");
    assert_refused("a \"b", 2, "this quotation mark has no partner");
    assert_refused("a OR", 4, "something to look for is missing here");
    assert_refused("OR a", 0, "something to look for is missing here");
    assert_refused("a AND", 2, "AND needs something behind it");
    assert_refused("AND a", 0, "something to look for is missing here");
    assert_refused("a AND OR b", 2, "AND needs something behind it");
    assert_refused("a NOT", 2, "NOT needs something behind it");
    assert_refused("NOT OR a", 0, "NOT needs something behind it");
    assert_refused("from: jane", 5, "from: needs a value, without a space before it");
    assert_refused("is:hungry", 3, "is: takes unread, read, flagged, answered, draft, muted or spam");
    assert_refused("has:wings", 4, "has: takes attachment");
    assert_refused("keyword:\"two words\"", 8,
                   "this is no keyword: ASCII without spaces and without any of ( ) { ] % * \" \\");
    assert_refused("caf\xc3", 3, "the query is not valid UTF-8");
}

static void bounds_are_kept(void **state)
{
    CLEANUP(buf_done) struct buf deep = {0}, many = {0}, longest = {0}, named = {0};
    struct buf *all[] = {&deep, &many, &longest, &named};
    (void)state;

    for (int i = 0; i < 15; i++)
        buf_add_char(&deep, '(');
    buf_add_char(&deep, 'a');
    for (int i = 0; i < 15; i++)
        buf_add_char(&deep, ')');
    for (int i = 0; i < 200; i++)
        buf_add_str(&many, "from:a ");
    for (int i = 0; i < 5000; i++)
        buf_add_char(&longest, 'a');
    for (int i = 0; i < 3; i++)
        buf_add_str(&named, "in:Many ");

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        json_t *json = NULL;
        struct fct_error err = {0};
        size_t where = SIZE_MAX;
        assert_int_equal(parse(buf_str(all[i]), &json, &where, &err), -1);
        assert_int_equal(err.code, FCT_E_LIMIT);
        assert_true(where <= all[i]->n);
    }
}

/* The most that the parser lets through is within the bounds of a filter. */
static void the_largest_queries_are_valid_filters(void **state)
{
    CLEANUP(buf_done) struct buf deep = {0}, many = {0}, words = {0};
    struct buf *all[] = {&deep, &many, &words};
    (void)state;

    buf_add_str(&deep, "from:a OR from:b ");
    for (int i = 0; i < 14; i++)
        buf_add_str(&deep, "(from:a OR from:b ");
    buf_add_str(&deep, "in:Inbox");
    for (int i = 0; i < 14; i++)
        buf_add_char(&deep, ')');
    buf_add_str(&many, "on:today");
    for (int i = 0; i < 49; i++)
        buf_add_str(&many, " on:today OR on:today");
    for (int i = 0; i < 256; i++)
        buf_add_str(&words, "word ");
    for (size_t i = 0; i < 3; i++) {
        json_auto_t *json = NULL;
        struct search_filter *f = NULL;
        struct fct_error err = {0};
        assert_int_equal(parse(buf_str(all[i]), &json, NULL, &err), 0);
        assert_int_equal(search_filter_from_json(json, &f, &err), 0);
        search_filter_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_everything),
        cmocka_unit_test(words_are_one_condition),
        cmocka_unit_test(phrases_are_quoted_for_the_condition),
        cmocka_unit_test(operators_bind_as_usual),
        cmocka_unit_test(fields_are_conditions),
        cmocka_unit_test(states_are_keywords),
        cmocka_unit_test(names_are_resolved),
        cmocka_unit_test(dates_and_sizes_are_values),
        cmocka_unit_test(malformed_queries_say_where),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(the_largest_queries_are_valid_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
