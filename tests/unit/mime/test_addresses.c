/* Address lists as people's programs write them: RFC 5322 section 3.4, and what they do to it. */
#include "mime_test.h"
#include "mime/addresses.h"

static void expect_addresses(const char *raw, const char *want)
{
    CLEANUP(addresses_done) struct mime_addresses a = {0};
    addresses_parse(bytes_str(raw), &a);
    CLEANUP(buf_done) struct buf text = {0};
    for (size_t i = 0; i < a.n; i++)
        buf_addf(&text, "%s%s|%s", i ? " , " : "", a.v[i].name ? a.v[i].name : "-", a.v[i].email);
    assert_string_equal(buf_str(&text), want);
}

static void names_are_taken_from_phrase_quotes_or_comment(void **state)
{
    (void)state;
    expect_addresses(" John Q. Public <john@x>", "John Q. Public|john@x");
    expect_addresses("\"Public, John \\\"Q\\\"\" <john@x>", "Public, John \"Q\"|john@x");
    expect_addresses("john@x (John (Q) Public)", "John (Q) Public|john@x");
    expect_addresses("<john@x> (John)", "John|john@x");
    expect_addresses("John <john@x> (not this)", "John|john@x");
    expect_addresses("john@x (John) (not this)", "John|john@x");
    expect_addresses("(not this) john(nor this)@x (John), (Ann) a@x", "John|john@x , Ann|a@x");
    expect_addresses("john@x", "-|john@x");
    expect_addresses("\"\" <john@x>", "-|john@x");
    expect_addresses("=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?= <j@x>", "Jörg M|j@x");
    expect_addresses("=?utf-8?q?J=C3=B6rg?=<j@x>", "Jörg|j@x");
    expect_addresses("\"J\xf6rg\" <j@x>", "Jörg|j@x");
    expect_addresses("\"John\r\n Smith\" <j@x>", "John Smith|j@x");
}

static void encoded_words_in_quotes_are_decoded_for_readability(void **state)
{
    (void)state;
    expect_addresses("\"=?utf-8?q?J=C3=B6rg?= (x)\" <j@x>", "Jörg (x)|j@x");
    expect_addresses("\"a=?utf-8?q?J?=\" <j@x>", "a=?utf-8?q?J?=|j@x");
}

static void encoded_words_may_hold_what_separates_addresses(void **state)
{
    (void)state;
    expect_addresses("=?utf-8?q?Doe,_J=C3=B6rg?= <j@x>, a@b", "Doe, Jörg|j@x , -|a@b");
    expect_addresses("=?utf-8?q?Ann_(via_List)?= <l@x>", "Ann (via List)|l@x");
    expect_addresses("=?utf-8?q?Re:_a;_\"b\"_<c@d>?= <e@f>", "Re: a; \"b\" <c@d>|e@f");
    expect_addresses("=?utf-8?q?a,?= =?utf-8?q?b?= <c@d>", "a,b|c@d");
    expect_addresses("=?utf-8?q?a,b <c@d>", "-|=?utf-8?q?a , b|c@d");
}

static void obsolete_and_odd_addr_specs_are_read(void **state)
{
    (void)state;
    expect_addresses("<@a,@b:john@x>", "-|john@x");
    expect_addresses("john . q @ x . org", "-|john.q@x.org");
    expect_addresses("\"john q\"@x", "-|\"john q\"@x");
    expect_addresses("a@[IPv6:2001:db8::1], b@[192.0.2.1]", "-|a@[IPv6:2001:db8::1] , -|b@[192.0.2.1]");
    expect_addresses("J <john @ x>", "J|john@x");
    expect_addresses("<<john@x>>", "-|john@x");
}

static void broken_lists_yield_what_they_can(void **state)
{
    (void)state;
    expect_addresses("", "");
    expect_addresses(" , ,, ", "");
    expect_addresses("John Smith", "-|John Smith");
    expect_addresses("John Smith john@x", "John Smith|john@x");
    expect_addresses("John Smith john@x>, a@b>", "John Smith|john@x , -|a@b");
    expect_addresses("a@b c@d", "-|a@b c@d");
    expect_addresses("John <john@x", "John|john@x");
    expect_addresses("John <john@x, c@d", "John|john@x , -|c@d");
    expect_addresses("<a@b> <c@d>", "-|c@d");
    expect_addresses("<a@b> c@d", "-|a@b , -|c@d");
    expect_addresses("\"John <john@x>, c@d", "John|john@x , -|c@d");
    expect_addresses("\"John \\\" <john@x>", "John \\|john@x");
    expect_addresses("a@b; c@d", "-|a@b , -|c@d");
    expect_addresses("a) <b@c>", "a)|b@c");
    expect_addresses("(((( a@b", "");
    expect_addresses("<>", "");
}

static void groups_keep_their_members_and_empty_groups_their_place(void **state)
{
    (void)state;
    CLEANUP(addresses_done) struct mime_addresses a = {0};
    addresses_parse(bytes_str("undisclosed-recipients:;, x@y, A: a@b, c@d;, z@y, B: e@f"), &a);
    expect_json(addresses_groups_json(&a),
                "[{'name':'undisclosed-recipients','addresses':[]},"
                "{'name':null,'addresses':[{'name':null,'email':'x@y'}]},"
                "{'name':'A','addresses':[{'name':null,'email':'a@b'},{'name':null,'email':'c@d'}]},"
                "{'name':null,'addresses':[{'name':null,'email':'z@y'}]},"
                "{'name':'B','addresses':[{'name':null,'email':'e@f'}]}]");
}

static void json_text_escapes_what_must_be(void **state)
{
    (void)state;
    CLEANUP(addresses_done) struct mime_addresses a = {0};
    CLEANUP(buf_done) struct buf text = {0};
    addresses_parse(bytes_str("\"a \\\"b\\\" \\\\ \x01\" <j@x>"), &a);
    addresses_json_text(&a, &text);
    assert_string_equal(buf_str(&text), "[{\"name\":\"a \\\"b\\\" \\\\ \\u0001\",\"email\":\"j@x\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_from_phrase_quotes_or_comment),
        cmocka_unit_test(encoded_words_in_quotes_are_decoded_for_readability),
        cmocka_unit_test(encoded_words_may_hold_what_separates_addresses),
        cmocka_unit_test(obsolete_and_odd_addr_specs_are_read),
        cmocka_unit_test(broken_lists_yield_what_they_can),
        cmocka_unit_test(groups_keep_their_members_and_empty_groups_their_place),
        cmocka_unit_test(json_text_escapes_what_must_be),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
