/* What stands between braces in a template. */
#include "mime_test.h"
#include "mime/placeholders.h"

#include "base/error.h"

#define NOW 1414649520 /* 2014-10-30 06:12 UTC */

static json_t *draft(const char *subject, const char *text, const char *html)
{
    return json_pack("{s:s, s:[{s:s, s:s}], s:[{s:n, s:s}], s:{s:{s:s}, s:{s:s}}}", "subject", subject, "from", "name",
                     "Jane Doe", "email", "jane@example.org", "to", "name", "email", "bob@example.net", "bodyValues",
                     "text", "value", text, "html", "value", html);
}

static const char *part(const json_t *d, const char *name)
{
    return json_string_value(json_object_get(json_object_get(json_object_get(d, "bodyValues"), name), "value"));
}

/* "a b": the names that are missing */
static void expect(const char *text, const char *want, const char *missing)
{
    CLEANUP(json_decrefp) json_t *d = draft("{{a}}", text, text);
    CLEANUP(json_decrefp) json_t *values = json_pack("{s:s, s:s, s:s}", "a", "1", "b-2._x", "<&>\n{{a}}", "empty", "");
    CLEANUP(json_decrefp) json_t *names = json_array();
    CLEANUP(buf_done) struct buf got = {0};
    assert_int_equal(placeholders_fill(d, values, NOW, 480, names, NULL), 0);
    assert_string_equal(part(d, "text"), want);
    assert_string_equal(json_string_value(json_object_get(d, "subject")), "1");
    for (size_t i = 0; i < json_array_size(names); i++)
        buf_addf(&got, "%s%s", i ? " " : "", json_string_value(json_array_get(names, i)));
    assert_string_equal(buf_str(&got), missing);
}

static void values_stand_where_their_names_stood(void **state)
{
    (void)state;
    expect("", "", "");
    expect("{{a}}", "1", "");
    expect("x{{ a }}y{{  empty}}z {{b-2._x}}", "x1yz <&>\n{{a}}", ""); /* values are not looked at again */
    expect("{{from.name}} {{from.email}} {{to.name}} {{to.email}}",
           "Jane Doe jane@example.org bob@example.net bob@example.net", "");
    expect("{{date}} {{time}}", "2014-10-30 14:12", "");
    expect("{{{a}}} {{{{a}}", "{1} {{1", "");
}

static void what_has_no_value_stays_and_is_named(void **state)
{
    (void)state;
    expect("{{c}} {{a}} {{c}} {{D}}", "{{c}} 1 {{c}} {{D}}", "c D");
    static const char *const none[] = {"{",          "{{",      "{{}}",       "{{ }}",    "{{a",
                                       "{{a}",       "{ {a}}",  "{{a b}}",    "{{a\n}}",  "{{a}\n}",
                                       "{{\u00e9}}", "{{a\t}}", "}} {{ a }x", "{{a}{a}}", "{{/a}}"};
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        expect(none[i], none[i], "");
    CLEANUP(buf_done) struct buf name = {0};
    buf_add_str(&name, "{{");
    for (int i = 0; i < PLACEHOLDER_NAME_MAX + 1; i++)
        buf_add_char(&name, 'n');
    buf_add_str(&name, "}}");
    expect(buf_str(&name), buf_str(&name), "");
}

static void in_html_a_value_is_text(void **state)
{
    (void)state;
    CLEANUP(json_decrefp) json_t *d = draft("", "", "<p>{{x}}</p>");
    CLEANUP(json_decrefp) json_t *values = json_pack("{s:s, s:s}", "x", "<script>\n&", "date", "today");
    CLEANUP(json_decrefp) json_t *names = json_array();
    assert_int_equal(placeholders_fill(d, values, NOW, 0, names, NULL), 0);
    assert_non_null(strstr(part(d, "html"), "<p>&lt;script&gt;<br>"));
    assert_non_null(strstr(part(d, "html"), "&amp;</p>"));
}

static void what_would_get_too_large_is_refused(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = {0}, value = {0};
    for (int i = 0; i < 1000; i++) {
        buf_add_str(&text, "{{x}}");
        buf_add_str(&value, "ten bytes ten bytes ");
    }
    CLEANUP(json_decrefp) json_t *d = draft("", buf_str(&text), "");
    CLEANUP(json_decrefp) json_t *values = json_pack("{s:s}", "x", buf_str(&value));
    CLEANUP(json_decrefp) json_t *names = json_array();
    struct fct_error err = {0};
    assert_int_equal(placeholders_fill(d, values, NOW, 0, names, &err), -1);
    assert_int_equal(err.code, FCT_E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_where_their_names_stood),
        cmocka_unit_test(what_has_no_value_stays_and_is_named),
        cmocka_unit_test(in_html_a_value_is_text),
        cmocka_unit_test(what_would_get_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
