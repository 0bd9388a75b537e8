#include "cmocka_all.h"

#include "search/filter.h"
#include "search/textquery.h"

/* {'a': 1} for {"a": 1}, to spare backslashes. */
static json_t *json_of(const char *text)
{
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, text);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '\'')
            b.p[i] = '"';
    json_t *json = json_loads(buf_str(&b), JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    return json;
}

static struct search_filter *filter_of(const char *text)
{
    struct search_filter *f = NULL;
    json_auto_t *json = json_of(text);
    assert_int_equal(search_filter_from_json(json, &f, NULL), 0);
    return f;
}

static void assert_refused(const char *text, int code, const char *message)
{
    struct search_filter *f = NULL;
    struct fct_error err = {0};
    json_auto_t *json = json_of(text);

    assert_int_equal(search_filter_from_json(json, &f, &err), -1);

    assert_null(f);
    assert_int_equal(err.code, code);
    assert_string_equal(err.message, message);
}

static void null_is_everything(void **state)
{
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    (void)state;
    assert_int_equal(search_filter_from_json(NULL, &f, NULL), 0);
    assert_int_equal(f->kind, FILTER_AND);
    assert_int_equal(f->n_children, 0);
}

static void properties_of_one_condition_all_apply(void **state)
{
    CLEANUP(search_filter_freep)
    struct search_filter *f = filter_of("{'from': 'jane', 'minSize': 5, 'hasAttachment': false}");
    (void)state;
    assert_int_equal(f->kind, FILTER_AND);
    assert_int_equal(f->n_children, 3);
    assert_int_equal(f->children[0]->kind, FILTER_TEXT);
    assert_string_equal(f->children[0]->column, "sender");
    assert_int_equal(f->children[1]->from, 5);
    assert_int_equal(f->children[2]->kind, FILTER_NOT);
}

static void every_condition_is_known(void **state)
{
    CLEANUP(search_filter_freep)
    struct search_filter *f = filter_of(
        "{'inMailbox': 'm1', 'inMailboxOtherThan': ['m1', 'm2'], 'before': '2024-05-01T00:00:00Z', 'after': "
        "'2024-04-01T00:00:00Z',"
        "'minSize': 1, 'maxSize': 2, 'allInThreadHaveKeyword': '$seen', 'someInThreadHaveKeyword': '$flagged',"
        "'noneInThreadHaveKeyword': 'work', 'hasKeyword': '$Draft', 'notKeyword': 'work', 'hasAttachment': true, "
        "'text': 'a',"
        "'from': 'a', 'to': 'a', 'cc': 'a', 'bcc': 'a', 'subject': 'a', 'body': 'a', 'header': ['X-Y', 'a'], "
        "'filename': 'a',"
        "'listId': 'a', 'id': '<a@b>', 'accountId': 'a1'}");
    json_auto_t *names = search_filter_options();
    (void)state;
    assert_int_equal(f->n_children, json_array_size(names));
    assert_int_equal(f->children[9]->keyword.bits, FCT_FLAG_DRAFT);
    assert_string_equal(f->children[10]->children[0]->keyword.words, "work");
    assert_string_equal(f->children[22]->name, "a@b");
}

static void unknown_conditions_are_unsupported(void **state)
{
    (void)state;
    assert_refused("{'operator': 'OR', 'conditions': [{}, {}, {'wings': 2}]}", FCT_E_UNSUPPORTED_FILTER,
                   "filter.conditions[2].wings: there is no such condition");
}

static void wrong_values_are_named_by_their_place(void **state)
{
    (void)state;
    assert_refused("{'before': 'tomorrow'}", FCT_E_INVALID,
                   "filter.before: must be a UTCDate like 2024-05-01T00:00:00Z");
    assert_refused("{'before': 5}", FCT_E_INVALID, "filter.before: must be a string");
    assert_refused("{'minSize': -1}", FCT_E_INVALID, "filter.minSize: must be an integer from 0 to 2^53-1");
    assert_refused("{'minSize': 1.5}", FCT_E_INVALID, "filter.minSize: must be an integer from 0 to 2^53-1");
    assert_refused("{'hasAttachment': 1}", FCT_E_INVALID, "filter.hasAttachment: must be true or false");
    assert_refused("{'hasKeyword': 'a b'}", FCT_E_INVALID, "filter.hasKeyword: is not a keyword");
    assert_refused("{'notKeyword': ''}", FCT_E_INVALID, "filter.notKeyword: is not a keyword");
    assert_refused("{'inMailbox': 'a b'}", FCT_E_INVALID, "filter.inMailbox: is not an id");
    assert_refused("{'inMailboxOtherThan': 'm1'}", FCT_E_INVALID, "filter.inMailboxOtherThan: must be an array of ids");
    assert_refused("{'header': []}", FCT_E_INVALID, "filter.header: must be an array of one or two strings");
    assert_refused("{'header': ['a:b']}", FCT_E_INVALID,
                   "filter.header: the first string must be the name of a header field");
    assert_refused("{'text': 'a\\u0000b'}", FCT_E_INVALID, "filter.text: contains a NUL character");
    assert_refused("[1]", FCT_E_INVALID, "filter: must be an object");
    assert_refused("{'operator': 'XOR', 'conditions': []}", FCT_E_INVALID,
                   "filter: operator must be \"AND\", \"OR\" or \"NOT\"");
    assert_refused("{'operator': 'AND'}", FCT_E_INVALID, "filter: conditions must be an array");
    assert_refused("{'operator': 'AND', 'conditions': [], 'text': 'a'}", FCT_E_INVALID,
                   "filter: an operator has conditions and nothing else");
}

static void bounds_are_kept(void **state)
{
    CLEANUP(buf_done) struct buf deep = {0}, wide = {0}, words = {0};
    (void)state;

    for (int i = 0; i < 40; i++)
        buf_add_str(&deep, "{'operator':'NOT','conditions':[");
    for (int i = 0; i < 40; i++)
        buf_add_str(&deep, "]}");
    buf_add_str(&wide, "{'operator':'OR','conditions':[{}");
    for (int i = 0; i < 300; i++)
        buf_add_str(&wide, ",{'text':'a'}");
    buf_add_str(&wide, "]}");
    buf_add_str(&words, "{'text':'");
    for (int i = 0; i < 300; i++)
        buf_add_str(&words, "a ");
    buf_add_str(&words, "'}");

    struct fct_error err = {0};
    struct search_filter *f = NULL;
    struct buf *all[] = {&deep, &wide, &words};
    const char *const bounds[] = {"deeper than 32", "more than 256 conditions", "more than 256 words"};
    for (int i = 0; i < 3; i++) {
        json_auto_t *json = json_of(buf_str(all[i]));
        assert_int_equal(search_filter_from_json(json, &f, &err), -1);
        assert_int_equal(err.code, FCT_E_LIMIT);
        assert_non_null(strstr(err.message, bounds[i]));
    }
}

/* The FTS5 query of a filter, "!" before it for its complement. */
static void assert_text_query(const char *filter, const char *expected)
{
    CLEANUP(search_filter_freep) struct search_filter *f = filter_of(filter);
    CLEANUP(text_query_done) struct text_query q = {0};
    CLEANUP(buf_done) struct buf out = {0};

    assert_true(text_query_can(f, NULL));
    text_query_of(f, NULL, &q);
    buf_addf(&out, "%s%s", q.is_complement ? "!" : "", buf_str(&q.fts));

    assert_string_equal(buf_str(&out), expected);
}

#define A "{'text':'a'}"
#define B "{'text':'b'}"
#define C "{'subject':'c'}"
#define AND(...) "{'operator':'AND','conditions':[" __VA_ARGS__ "]}"
#define OR(...) "{'operator':'OR','conditions':[" __VA_ARGS__ "]}"
#define NOT(...) "{'operator':'NOT','conditions':[" __VA_ARGS__ "]}"

static void text_becomes_one_query(void **state)
{
    (void)state;
    assert_text_query(A, "\"a\"");
    assert_text_query(AND(A "," C), "(\"a\") AND (subject : (\"c\"))");
    assert_text_query(AND(A "," NOT(B)), "((\"a\")) NOT ((\"b\"))");
    assert_text_query(NOT(A "," B), "!(\"a\") OR (\"b\")");
    assert_text_query(OR(A "," NOT(B)), "!((\"b\")) NOT ((\"a\"))");
    assert_text_query(NOT(NOT(A)), "\"a\"");
    assert_text_query(AND(A "," OR(B "," NOT(C))), "((\"a\")) NOT ((((subject : (\"c\"))) NOT ((\"b\"))))");
}

static void texts_without_words_are_everything_or_nothing(void **state)
{
    (void)state;
    assert_text_query("{'text':''}", "!");
    assert_text_query("{'text':'&'}", "");
    assert_text_query(AND(A ",{'text':'&'}"), "");
    assert_text_query(OR(A ",{'text':''}"), "!");
    assert_text_query(OR(A ",{'text':'&'}"), "\"a\"");
    assert_text_query("{}", "!");
    assert_text_query(OR(), "");
    assert_text_query(NOT(), "!");
}

static void mutability_is_seen(void **state)
{
    const char *const filters[] = {A, "{'hasKeyword':'x'}", NOT("{'inMailbox':'m1'}"),
                                   "{'someInThreadHaveKeyword':'x'}", "{'minSize':1}"};
    const struct filter_traits expected[] = {
        {false, false}, {true, false}, {true, false}, {true, true}, {false, false}};
    (void)state;

    for (size_t i = 0; i < 5; i++) {
        CLEANUP(search_filter_freep) struct search_filter *f = filter_of(filters[i]);
        struct filter_traits traits = {0};
        filter_traits(f, &traits);
        assert_int_equal(traits.has_mutable, expected[i].has_mutable);
        assert_int_equal(traits.has_thread, expected[i].has_thread);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_everything),
        cmocka_unit_test(properties_of_one_condition_all_apply),
        cmocka_unit_test(every_condition_is_known),
        cmocka_unit_test(unknown_conditions_are_unsupported),
        cmocka_unit_test(wrong_values_are_named_by_their_place),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(text_becomes_one_query),
        cmocka_unit_test(texts_without_words_are_everything_or_nothing),
        cmocka_unit_test(mutability_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
