/* Body parts: RFC 8621 section 4.1.4. */
#include "mime_test.h"

#define PART(boundary, head, text) "--" boundary "\r\n" head "\r\n" text "\r\n"
#define TEXT "Content-Type: text/plain\r\n"
#define HTML "Content-Type: text/html\r\n"

static struct mime_message *parse(const char *text)
{
    return mime_parse(bytes_str(text));
}

static void expect_lists(const char *message, const char *text, const char *html, const char *attachments)
{
    struct mime_message *m = parse(message);
    expect_ids(m, "textBody", text);
    expect_ids(m, "htmlBody", html);
    expect_ids(m, "attachments", attachments);
    mime_message_free(m);
}

static void the_example_of_the_rfc_is_decomposed_as_there(void **state)
{
    (void)state;
    /* A 1, B 2.1.1.1, C 2.1.1.2, D 2.1.1.3, E 2.1.2.1, F 2.1.2.2, G 2.2, H 2.3, J 2.4, K 3 */
    expect_lists(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n" PART(
            "a", TEXT "Content-Disposition: inline\r\n",
            "A") "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                 "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
                 "--c\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n" PART(
                     "d", TEXT "Content-Disposition: inline\r\n",
                     "B") PART("d", "Content-Type: image/jpeg\r\nContent-Disposition: inline\r\n", "C")
                     PART("d", TEXT "Content-Disposition: inline\r\n",
                          "D") "--d--\r\n"
                               "--c\r\nContent-Type: multipart/related; boundary=e\r\n\r\n" PART("e", HTML, "E") PART(
                                   "e", "Content-Type: image/jpeg\r\n",
                                   "F") "--e--\r\n"
                                        "--c--\r\n" PART(
                                            "b", "Content-Type: image/jpeg\r\nContent-Disposition: attachment\r\n", "G")
                                            PART("b", "Content-Type: application/x-excel\r\n", "H")
                                                PART("b", "Content-Type: message/rfc822\r\n",
                                                     "Subject: J\r\n\r\nj") "--b--\r\n" PART("a",
                                                                                             TEXT "Content-Disposition:"
                                                                                                  " inline\r\n",
                                                                                             "K") "--a--\r\n",
        "1 2.1.1.1 2.1.1.2 2.1.1.3 3", "1 2.1.2.1 3", "2.1.1.2 2.1.2.2 2.2 2.3 2.4");
}

static void plain_and_html_messages_stand_in_both_lists(void **state)
{
    (void)state;
    expect_lists("Subject: x\r\n\r\ntext", "1", "1", "");
    expect_lists(HTML "\r\n<p>x", "1", "1", "");
    expect_lists("Content-Type: application/pdf\r\n\r\nx", "", "", "1");
    expect_lists("Content-Type: multipart/alternative; boundary=a\r\n\r\n" PART("a", HTML, "x") "--a--\r\n", "1", "1",
                 "");
    expect_lists("Content-Type: multipart/alternative; boundary=a\r\n\r\n" PART("a", TEXT, "x")
                     PART("a", HTML, "y") "--a--\r\n",
                 "1", "2", "");
}

static void a_named_text_part_is_an_attachment_unless_first(void **state)
{
    (void)state;
    expect_lists(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n" PART("a", "Content-Type: text/plain; name=a.txt\r\n", "1")
            PART("a", "Content-Type: text/plain; name=b.txt\r\n", "2") PART("a", TEXT, "3")
                PART("a", "Content-Type: image/png; name=x.png\r\n", "4") "--a--\r\n",
        "1 3 4", "1 3 4", "2");
}

static void structure_has_ids_of_leaves_and_children_of_multiparts(void **state)
{
    (void)state;
    expect_property(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n" PART(
            "a", "", "x") "--a\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n" PART("b", "",
                                                                                           "Subject: y\r\n\r\nz")
            PART("b", TEXT, "z") "--b--\r\n--a--\r\n",
        "bodyStructure",
        "{'partId':null,'type':'multipart/mixed','subParts':[{'partId':'1','type':'text/plain'},"
        "{'partId':null,'type':'multipart/digest','subParts':[{'partId':'2.1','type':'message/"
        "rfc822'},{'partId':'2.2','type':'text/plain'}]}]}");
    expect_property("Subject: x\r\n\r\ntext", "bodyStructure", "{'partId':'1','type':'text/plain'}");
}

static void every_property_of_a_part(void **state)
{
    (void)state;
    static const char *const names[] = {"partId",       "blobId",   "size",        "name",
                                        "type",         "charset",  "disposition", "cid",
                                        "language",     "location", "subParts",    "header:Content-Language:asText",
                                        "header:x:all", NULL};
    struct mime_body_options options = {names, "M7"};
    struct mime_message *m = parse("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
                                   "Content-Type: IMAGE/png (a comment); name=\"x.png\"\r\n"
                                   "Content-Transfer-Encoding: BASE64\r\n"
                                   "Content-Disposition: Inline; filename*=utf-8''%C3%A9.png\r\n"
                                   "Content-ID: <i@x> (y)\r\n"
                                   "Content-Language: de, en-GB (British)\r\n"
                                   "Content-Location: http://x/\r\n y.png\r\n"
                                   "\r\niVBO\r\n--a--\r\n");
    json_t *structure = mime_property(m, "bodyStructure", &options);
    expect_json(json_incref(json_array_get(json_object_get(structure, "subParts"), 0)),
                "{'partId':'1','blobId':'M7_1','size':3,'name':'é.png','type':'image/"
                "png','charset':null,'disposition':'inline','cid':'i@x',"
                "'language':['de','en-GB'],'location':'http://x/y.png','subParts':null,"
                "'header:Content-Language:asText':'de, en-GB (British)','header:x:all':[]}");
    json_decref(structure);
    mime_message_free(m);
}

static void headers_of_a_part_are_its_own(void **state)
{
    (void)state;
    static const char *const names[] = {"headers", NULL};
    struct mime_body_options options = {names, NULL};
    struct mime_message *m = parse("Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" PART(
        "a", "X-One:  1\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n", "Y: z") "--a\r\n\r\nA: b\r\n--a--\r\n");
    expect_json(mime_property(m, "textBody", &options),
                "[{'headers':[{'name':'X-One','value':'  1'},{'name':'Content-Type','value':' "
                "text/plain;\\r\\n\\tcharset=utf-8'}]},{'headers':[]}]");
    mime_message_free(m);
}

static json_t *first_part(const char *message, const char *property)
{
    const char *names[] = {property, NULL};
    struct mime_body_options options = {names, "M7"};
    struct mime_message *m = parse(message);
    json_t *structure = mime_property(m, "bodyStructure", &options);
    json_t *parts = json_object_get(structure, "subParts"), *v;
    v = json_incref(json_object_get(parts ? json_array_get(parts, 0) : structure, property));
    json_decref(structure);
    mime_message_free(m);
    return v;
}

static void charset_is_us_ascii_where_the_rfc_implies_it(void **state)
{
    (void)state;
    expect_json(first_part("\r\nx", "charset"), "'us-ascii'");
    expect_json(first_part(TEXT "\r\nx", "charset"), "'us-ascii'");
    expect_json(first_part("Content-Type: text/plain; charset=UTF-8\r\n\r\nx", "charset"), "'utf-8'");
    expect_json(first_part("Content-Type: text/plain; charset=\"'UTF-8';\"\r\n\r\nx", "charset"), "'utf-8'");
    expect_json(first_part("Content-Type: text/plain; charset=\"\"\r\n\r\nx", "charset"), "'us-ascii'");
    expect_json(first_part("Content-Type: application/x\r\n\r\nx", "charset"), "null");
    expect_json(first_part("Content-Type: application/x; charset=utf-8\r\n\r\nx", "charset"), "'utf-8'");
}

static void names_come_from_filename_or_else_from_name(void **state)
{
    (void)state;
    expect_json(first_part("Content-Type: application/x; name=\"=?utf-8?q?=C3=A9?=.txt\"\r\n\r\nx", "name"), "'é.txt'");
    expect_json(
        first_part("Content-Type: application/x; name=a\r\nContent-Disposition: attachment; filename=b\r\n\r\nx",
                   "name"),
        "'b'");
    expect_json(
        first_part("Content-Type: application/x;\r\n name*0*=utf-8''%C3%A9;\r\n name*1=\" b\"\r\n\r\nx", "name"),
        "'é b'");
    expect_json(first_part("Content-Disposition: attachment; filename=\"../a\\\\b\"\r\n\r\nx", "name"), "'../a\\\\b'");
    expect_json(first_part("Content-Disposition: attachment\r\n\r\nx", "name"), "null");
    expect_json(
        first_part("Content-Disposition: attachment; filename=\"e.txt\";\r\n filename*=utf-8''%C3%A9.txt\r\n\r\nx",
                   "name"),
        "'é.txt'");
    expect_json(
        first_part("Content-Disposition: attachment; filename*=utf-8''%C3%A9.txt; filename=\"e.txt\"\r\n\r\nx", "name"),
        "'é.txt'");
    expect_json(first_part("Content-Disposition: attachment; filename=a; filename=b\r\n\r\nx", "name"), "'a'");
    expect_json(first_part("Content-Disposition: attachment; filename=\"a b.txt\r\n\r\nx", "name"), "'a b.txt'");
    expect_json(first_part("Content-Disposition: attachment; filename*=utf-8''%22a\r\n\r\nx", "name"), "'\\u0022a'");
}

static void a_disposition_is_a_word(void **state)
{
    (void)state;
    expect_json(first_part("Content-Disposition: ATTACHMENT (see below); filename=x\r\n\r\nx", "disposition"),
                "'attachment'");
    expect_json(first_part("Content-Disposition: (c)\r\n inline\r\n\r\nx", "disposition"), "'inline'");
    expect_json(first_part("Content-Disposition: attachment filename=x\r\n\r\nx", "disposition"), "'attachment'");
    expect_json(first_part("Content-Disposition: \"attachment\"; filename=x\r\n\r\nx", "disposition"), "'attachment'");
    expect_json(first_part("Content-Disposition: filename=\"x y\"\r\n\r\nx", "disposition"), "null");
    expect_json(first_part("Content-Disposition: ; filename=x\r\n\r\nx", "disposition"), "null");
}

static int write_buf(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

static void an_embedded_message_is_a_leaf_with_its_exact_bytes(void **state)
{
    (void)state;
    struct mime_message *m =
        parse("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n"
              "Subject:  y\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nz\n--b--\n\r\n--a--\r\n");
    CLEANUP(buf_done) struct buf out = {0};
    struct mime_part_info info;
    assert_int_equal(mime_part_find(m, "1", &info, NULL), 0);
    assert_string_equal(info.type, "message/rfc822");
    assert_null(info.charset);
    assert_int_equal(mime_part_find(m, "2", &info, NULL), -1);
    assert_int_equal(mime_part_decode(m, "1", write_buf, &out, NULL), 0);
    assert_string_equal(buf_str(&out), "Subject:  y\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nz\n--b--\n");
    mime_message_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_decomposed_as_there),
        cmocka_unit_test(plain_and_html_messages_stand_in_both_lists),
        cmocka_unit_test(a_named_text_part_is_an_attachment_unless_first),
        cmocka_unit_test(structure_has_ids_of_leaves_and_children_of_multiparts),
        cmocka_unit_test(every_property_of_a_part),
        cmocka_unit_test(headers_of_a_part_are_its_own),
        cmocka_unit_test(charset_is_us_ascii_where_the_rfc_implies_it),
        cmocka_unit_test(names_come_from_filename_or_else_from_name),
        cmocka_unit_test(a_disposition_is_a_word),
        cmocka_unit_test(an_embedded_message_is_a_leaf_with_its_exact_bytes),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
