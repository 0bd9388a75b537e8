/* Header properties: RFC 8621 sections 4.1.2 and 4.1.3. */
#include "mime_test.h"

#define MSG(fields) fields "\r\nbody\r\n"

static void raw_is_the_exact_value_with_folds_and_leading_space(void **state)
{
    (void)state;
    expect_property(MSG("Subject:  Hello\r\n\t=?utf-8?q?w?=  \r\n"), "header:subject",
                    "'  Hello\\r\\n\\t=?utf-8?q?w?=  '");
    expect_property(MSG("X-Empty:\r\n"), "header:X-Empty", "''");
    expect_property(MSG("X-A: 1\n"), "header:X-A:asRaw", "' 1'");
}

static void raw_replaces_malformed_utf8_and_drops_nul(void **state)
{
    (void)state;
    static const char text[] = "X-A: a\xff\xfe"
                               "b\xc3\xa9\0c\r\n\r\n";
    struct mime_message *m = mime_parse(bytes_of(text, sizeof(text) - 1));
    json_t *v = NULL;
    assert_int_equal(mime_header_property(m, "x-a", &v, NULL), 0);

    expect_json(v, "' a\xef\xbf\xbd"
                   "bé"
                   "c'");
    mime_message_free(m);
}

static void the_last_instance_counts_and_all_gives_each_in_order(void **state)
{
    (void)state;
    const char *m = MSG("X-A: 1\r\nx-a: 2\r\nX-B: 3\r\n");
    expect_property(m, "header:X-A", "' 2'");
    expect_property(m, "header:X-A:all", "[' 1',' 2']");
    expect_property(m, "header:x-a:asText:all", "['1','2']");
}

static void an_absent_header_is_null_and_with_all_an_empty_array(void **state)
{
    (void)state;
    expect_property(MSG("A: b\r\n"), "header:X-A:asAddresses", "null");
    expect_property(MSG("A: b\r\n"), "header:X-A:asAddresses:all", "[]");
    expect_property(MSG("A: b\r\n"), "subject", "null");
    expect_property(MSG("A: b\r\n"), "messageId", "null");
}

static void malformed_properties_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          ":",   ":all",  "A:", "A:asFoo",        "A:astext", "A:all:asText", "A:asText:", "A:asText:ALL",
        "A:all:all", "A B", "A\x7f", "Ä",  "A:asText:asText"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct fct_error err = {0};
        assert_int_equal(mime_header_property_check(bad[i], &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
    }
}

static void each_known_header_allows_only_its_forms(void **state)
{
    (void)state;
    static const char *const good[] = {"Subject:asText",
                                       "Comments:asText",
                                       "List-Id:asText",
                                       "List-Id:asAddresses",
                                       "From:asAddresses",
                                       "Resent-Reply-To:asGroupedAddresses:all",
                                       "Message-ID:asMessageIds",
                                       "Date:asDate",
                                       "Resent-Date:asDate",
                                       "List-Post:asURLs",
                                       "X-Foo:asDate",
                                       "X-Foo:asURLs:all",
                                       "Received",
                                       "Received:asRaw",
                                       "Return-Path:all",
                                       "Content-Type:asText",
                                       "subject:asText"};
    static const char *const bad[] = {"From:asDate",      "From:asText",          "Subject:asAddresses",
                                      "Date:asText",      "Received:asText",      "Return-Path:asAddresses",
                                      "List-Post:asText", "Message-ID:asText",    "References:asDate",
                                      "to:asURLs",        "Keywords:asMessageIds"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_int_equal(mime_header_property_check(good[i], NULL), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(mime_header_property_check(bad[i], NULL), -1);
}

static void text_is_unfolded_decoded_and_normalised(void **state)
{
    (void)state;
    expect_property(MSG("Subject:  one\r\n two =?utf-8?q?thr=C3=A9e?=\r\n"), "subject", "'one two thrée'");
    /* e + combining acute becomes one character */
    expect_property(MSG("Subject: cafe\xcc\x81\r\n"), "subject", "'café'");
}

static void the_example_of_the_addresses_form(void **state)
{
    (void)state;
    const char *m = MSG(
        "To: \"  James Smythe\" <james@example.com>, Friends:\r\n  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n"
        "  <john@example.com>;\r\n");
    expect_property(m, "to",
                    "[{'name':'James Smythe','email':'james@example.com'},{'name':null,'email':'jane@example.com'},"
                    "{'name':'John Smîth','email':'john@example.com'}]");
    expect_property(m, "header:To:asGroupedAddresses",
                    "[{'name':null,'addresses':[{'name':'James Smythe','email':'james@example.com'}]},"
                    "{'name':'Friends','addresses':[{'name':null,'email':'jane@example.com'},"
                    "{'name':'John Smîth','email':'john@example.com'}]}]");
}

static void dates_keep_their_zone(void **state)
{
    (void)state;
    expect_property(MSG("Date: Tue, 10 Jul 2018 01:03:11 +1000\r\n"), "sentAt", "'2018-07-10T01:03:11+10:00'");
    expect_property(MSG("Date: Tue, 10 Jul 2018 01:03:11 -0000\r\n"), "sentAt", "'2018-07-10T01:03:11Z'");
    expect_property(MSG("Date: yesterday\r\n"), "sentAt", "null");
}

static void message_ids_and_urls_lose_brackets_and_comments(void **state)
{
    (void)state;
    expect_property(MSG("References: <a@b>\r\n (a comment) <c@d>\r\n"), "references", "['a@b','c@d']");
    expect_property(MSG("In-Reply-To: Your message of Monday\r\n"), "inReplyTo", "null");
    expect_property(MSG("List-Post: <mailto:l@x> (post), <http://x/\r\n y>\r\n"), "header:List-Post:asURLs",
                    "['mailto:l@x','http://x/y']");
    expect_property(MSG("List-Post: NO (closed)\r\n"), "header:List-Post:asURLs", "null");
}

static void headers_come_in_order_and_as_written(void **state)
{
    (void)state;
    expect_property(MSG("suBject: a\r\nTo: b\r\nTo: c\r\n"), "headers",
                    "[{'name':'suBject','value':' a'},{'name':'To','value':' b'},{'name':'To','value':' c'}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_is_the_exact_value_with_folds_and_leading_space),
        cmocka_unit_test(raw_replaces_malformed_utf8_and_drops_nul),
        cmocka_unit_test(the_last_instance_counts_and_all_gives_each_in_order),
        cmocka_unit_test(an_absent_header_is_null_and_with_all_an_empty_array),
        cmocka_unit_test(malformed_properties_are_refused),
        cmocka_unit_test(each_known_header_allows_only_its_forms),
        cmocka_unit_test(text_is_unfolded_decoded_and_normalised),
        cmocka_unit_test(the_example_of_the_addresses_form),
        cmocka_unit_test(dates_keep_their_zone),
        cmocka_unit_test(message_ids_and_urls_lose_brackets_and_comments),
        cmocka_unit_test(headers_come_in_order_and_as_written),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
