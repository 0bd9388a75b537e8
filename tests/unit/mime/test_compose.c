#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/compose.h"
#include "mime/json.h"
#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int no_blob(void *ctx, const char *id, struct buf *out, struct fct_error *err)
{
    (void)ctx;
    if (id[0] != 'b') {
        *err = (struct fct_error){.code = FCT_E_BLOB_NOT_FOUND};
        return -1;
    }
    buf_add_str(out, "line one\r\nline two\r\n");
    return 0;
}

static const struct compose_options options = {.now = 1414649520, .zone_minutes = 480, .blob = no_blob};

static int compose(const char *json, struct buf *out)
{
    struct compose_problem problem = {0};
    struct fct_error err = {0};
    json_error_t why;
    json_t *email = json_loads(json, 0, &why);
    if (!email)
        fail_msg("%s: %s", json, why.text);
    int result = mime_compose(email, &options, out, &problem, &err);
    assert_true(result == 0 || err.code);
    compose_problem_done(&problem);
    json_decref(email);
    return result;
}

static void expect_contains(const char *json, const char *part)
{
    struct buf out = {0};
    assert_int_equal(compose(json, &out), 0);
    if (!strstr(buf_str(&out), part))
        fail_msg("no \"%s\" in:\n%s", part, buf_str(&out));
    buf_done(&out);
}

static void missing_headers_are_put_in(void **state)
{
    (void)state;
    expect_contains("{}", "Date: Thu, 30 Oct 2014 14:12:00 +0800\r\n");
    expect_contains("{}", "@localhost>\r\n");
    expect_contains("{\"from\":[{\"name\":null,\"email\":\"a@example.org\"}]}", "@example.org>\r\n");
    expect_contains("{}", "MIME-Version: 1.0\r\n");
}

static void long_names_keep_the_limits_of_lines_and_parameters(void **state)
{
    (void)state;
    struct buf name = {0}, json = {0}, out = {0};
    for (int i = 0; i < 300; i++)
        buf_addf(&name, "%s(x), ", i ? "" : "=?");
    buf_addf(&json, "{\"from\":[{\"name\":\"%s\",\"email\":\"a@b\"}]}", buf_str(&name) + 2);
    assert_int_equal(compose(buf_str(&json), &out), 0);
    for (const char *p = buf_str(&out); *p; p += strcspn(p, "\n") + 1)
        assert_true(strcspn(p, "\r") <= 998);
    buf_clear(&json);
    buf_addf(&json, "{\"attachments\":[{\"blobId\":\"b1\",\"name\":\"%s\"}]}", buf_str(&name));
    assert_int_equal(compose(buf_str(&json), &out), -1);
    buf_done(&name);
    buf_done(&json);
    buf_done(&out);
    expect_contains("{\"attachments\":[{\"blobId\":\"b1\",\"name\":\"=?utf-8?q?a?=\"}]}",
                    "filename*=UTF-8''%3D%3Futf-8%3Fq%3Fa%3F%3D\r\n");
}

static void spaces_and_quotes_keep_lines_short(void **state)
{
    (void)state;
    struct buf out = {0}, subject = {0}, name = {0}, json = {0};
    buf_addf(&subject, "a%1200sb", "");
    for (int i = 0; i < 600; i++)
        buf_add_str(&name, "\\\"");
    buf_addf(&json, "{\"subject\":\"%s\",\"from\":[{\"name\":\"%s\",\"email\":\"a@b\"}]}", buf_str(&subject),
             buf_str(&name));
    assert_int_equal(compose(buf_str(&json), &out), 0);
    for (const char *p = buf_str(&out); *p; p += strcspn(p, "\n") + 1)
        assert_true(strcspn(p, "\r") <= 998);
    buf_done(&out);
    buf_done(&subject);
    buf_done(&name);
    buf_done(&json);
}

static void headers_are_written_in_their_forms(void **state)
{
    (void)state;
    expect_contains("{\"from\":[{\"name\":\"Jane Doe\",\"email\":\"j@x\"}]}", "From: Jane Doe <j@x>\r\n");
    expect_contains("{\"to\":[{\"name\":\"Doe, \\\"J\\\"\",\"email\":\"j@x\"}]}", "To: \"Doe, \\\"J\\\"\" <j@x>\r\n");
    expect_contains("{\"subject\":\"plain words\"}", "Subject: plain words\r\n");
    expect_contains("{\"subject\":\"Gr\u00fc\u00dfe from us all\"}",
                    "Subject: =?ISO-8859-1?Q?Gr=FC=DFe_from_us_all?=\r\n");
    expect_contains("{\"subject\":\"\u65e5\u672c\"}", "Subject: =?UTF-8?B?5pel5pys?=\r\n");
    expect_contains("{\"subject\":\"looks =?like?= one\"}", "Subject: =?US-ASCII?B?bG9va3MgPT9saWtlPz0gb25l?=\r\n");
    expect_contains("{\"header:X-Raw\":\" as it is\"}", "X-Raw: as it is\r\n");
    expect_contains("{\"header:X-Raw\":\"a\\r\\n b\"}", "X-Raw: a\r\n b\r\n");
    expect_contains("{\"header:List-Post:asURLs\":[\"mailto:a@b\",\"https://c\"]}",
                    "List-Post: <mailto:a@b>, <https://c>\r\n");
    expect_contains(
        "{\"header:To:asGroupedAddresses\":[{\"name\":\"G\",\"addresses\":[{\"name\":null,\"email\":\"a@b\"}]}]}",
        "To: G: a@b;\r\n");
    expect_contains("{\"header:X-A:asText:all\":[\"1\",\"2\"]}", "X-A: 1\r\nX-A: 2\r\n");
    expect_contains("{\"sentAt\":\"2001-02-03T04:05:06-03:30\"}", "Date: Sat, 3 Feb 2001 04:05:06 -0330\r\n");
}

static void what_html_is_made_of_stays_what_it_is(void **state)
{
    (void)state;
    expect_contains("{\"generateTextBody\":true,\"htmlBody\":[{\"partId\":\"h\"}],\"bodyValues\":{\"h\":{\"value\":"
                    "\"<p>a</p><div>--<br>b</div><div>-- <br>Jane</div>\"}}}",
                    "\r\n--\r\nb\r\n-- \r\nJane\r\n");
    expect_contains("{\"htmlBody\":[{\"partId\":\"h\"}],\"bodyValues\":{\"h\":{\"value\":\"<img src=cid:c>\"}},"
                    "\"attachments\":[{\"blobId\":\"b\",\"type\":\"image/png\",\"cid\":\"c\",\"name\":\"n\"}]}",
                    "Content-Disposition: inline; filename=n\r\n");
    expect_contains("{\"embedImages\":true,\"htmlBody\":[{\"partId\":\"h\"}],\"bodyValues\":{\"h\":{\"value\":"
                    "\"<img src='data:image/png;base64,YQ=='>\"}}}",
                    "<img src='cid:ca978112ca1bbdcafac2@localhost'>");
}

/* What has no space cannot be folded: RFC 5322 section 2.1.1. */
static void a_line_that_would_be_too_long_is_refused(void **state)
{
    (void)state;
    static const char *const places[] = {
        "{\"header:X\":\" %s\"}",
        "{\"from\":[{\"email\":\"%s@x\"}]}",
        "{\"messageId\":[\"%s@x\"]}",
        "{\"references\":[\"a@b\",\"%s@x\"]}",
        "{\"header:List-Post:asURLs\":[\"mailto:%s\"]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"cid\":\"%s\"}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/%s\"}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"charset\":\"%s\"}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"disposition\":\"%s\"}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"language\":[\"%s\"]}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"header:Content-X\":\" %s\"}]}",
    };
    static const char *const folded[] = {
        "{\"subject\":\"%s\"}",
        "{\"from\":[{\"name\":\"%s\",\"email\":\"a@x\"}]}",
        "{\"header:X:asText\":\"%s\"}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"location\":\"%s\"}]}",
        "{\"attachments\":[{\"blobId\":\"b\",\"type\":\"a/b\",\"name\":\"%s\"}]}",
    };
    char word[1001];
    memset(word, 'x', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        CLEANUP(buf_done) struct buf json = {0}, out = {0};
        buf_addf(&json, places[i], word);
        if (compose(buf_str(&json), &out) == 0)
            fail_msg("%s was taken", places[i]);
    }
    for (size_t i = 0; i < sizeof(folded) / sizeof(*folded); i++) {
        CLEANUP(buf_done) struct buf json = {0}, out = {0};
        buf_addf(&json, folded[i], word);
        assert_int_equal(compose(buf_str(&json), &out), 0);
        for (const char *line = buf_str(&out), *end; (end = strstr(line, "\r\n")); line = end + 2)
            assert_true(end - line <= 78);
    }
}

/* US-ASCII, ISO-8859-1, UTF-8: the first that has all of it, in whichever encoding is shorter. */
static void the_smallest_charset_and_encoding_are_used(void **state)
{
    (void)state;
    const struct {
        const char *text, *subject, *part;
    } cases[] = {
        {"plain", "Subject: plain\r\n", "charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nplain"},
        {"été chaud et sec", "=?ISO-8859-1?Q?=E9t=E9_chaud_et_sec?=",
         "charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E9t=E9 chaud et sec"},
        {"éèêëà",
         "=?ISO-8859-1?B?6ejq6+A=?=", "charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\n6ejq6+A="},
        {"€ 5 is not much", "=?UTF-8?Q?=E2=82=AC_5_is_not_much?=",
         "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E2=82=AC 5 is not much"},
        {"日本", "=?UTF-8?B?5pel5pys?=", "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5pel5pys"},
        {"ab c d e f g",
         "=?UTF-8?Q?a=C2=85b_c_d_e_f_g?=", "charset=utf-8\r\n"}, /* C1: windows-1252 has something else there */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        CLEANUP(json_decrefp)
        json_t *email = json_pack("{s:s, s:[{s:s}], s:{s:{s:s}}}", "subject", cases[i].text, "textBody", "partId", "t",
                                  "bodyValues", "t", "value", cases[i].text);
        CLEANUP(freep) char *json = json_dumps(email, 0);
        expect_contains(json, cases[i].subject);
        expect_contains(json, cases[i].part);
    }
    /* what the text says of itself must stay true */
    expect_contains("{\"htmlBody\":[{\"partId\":\"h\"}],\"bodyValues\":{\"h\":{\"value\":\"<p>été</p>\"}}}",
                    "text/html; charset=iso-8859-1\r\n");
    expect_contains(
        "{\"htmlBody\":[{\"partId\":\"h\"}],\"bodyValues\":{\"h\":{\"value\":\"<meta CHARSET=utf-8>été\"}}}",
        "text/html; charset=utf-8\r\n");
    expect_contains("{\"bodyStructure\":{\"partId\":\"h\",\"type\":\"text/"
                    "xml\"},\"bodyValues\":{\"h\":{\"value\":\"<a>été</a>\"}}}",
                    "text/xml; charset=utf-8\r\n");
}

/* Lines of at most 76 characters, words of at most 75 cut between characters, at whichever place the cut falls. */
static void words_are_cut_between_characters_at_every_length(void **state)
{
    (void)state;
    static const char *const characters[] = {"é", "°", "€", "日", "😀", "aé", "=", "x€ "};
    for (size_t c = 0; c < sizeof(characters) / sizeof(*characters); c++)
        for (int n = 1; n < 90; n++) {
            CLEANUP(buf_done) struct buf text = {0}, out = {0};
            for (int i = 0; i < n; i++)
                buf_add_str(&text, characters[c]);
            buf_add_str(&text, "é.");
            CLEANUP(json_decrefp)
            json_t *email = json_pack("{s:s, s:[{s:s, s:s}], s:[{s:s, s:s, s:s}]}", "subject", buf_str(&text), "to",
                                      "name", buf_str(&text), "email", "a@example.org", "attachments", "blobId", "b",
                                      "type", "image/png", "name", buf_str(&text));
            CLEANUP(freep) char *json = json_dumps(email, 0);
            assert_int_equal(compose(json, &out), 0);
            for (const char *line = buf_str(&out), *end; (end = strstr(line, "\r\n")); line = end + 2)
                if (end - line > 78)
                    fail_msg("%.*s", (int)(end - line), line);
            for (const char *p = buf_str(&out), *end; (p = strstr(p, "=?")) && (end = strstr(p + 2, "?=")); p = end + 2)
                assert_true(end + 2 - p <= 75);
            struct mime_message *m = mime_parse(buf_bytes(&out));
            CLEANUP(json_decrefp) json_t *subject = mime_property(m, "subject", NULL);
            CLEANUP(json_decrefp) json_t *to = mime_property(m, "to", NULL);
            CLEANUP(json_decrefp) json_t *files = mime_property(m, "attachments", NULL);
            assert_string_equal(json_string_value(subject), buf_str(&text));
            assert_string_equal(json_string_value(json_object_get(json_array_get(to, 0), "name")), buf_str(&text));
            assert_string_equal(json_string_value(json_object_get(json_array_get(files, 0), "name")), buf_str(&text));
            mime_message_free(m);
        }
}

static void a_name_is_said_in_both_ways_that_programs_know(void **state)
{
    (void)state;
    expect_contains("{\"attachments\":[{\"blobId\":\"b1\",\"type\":\"a/b\",\"name\":\"x y.txt\"}]}",
                    "Content-Type: a/b; name=\"x y.txt\"\r\nContent-Disposition: attachment; filename=\"x y.txt\"\r\n");
    expect_contains(
        "{\"attachments\":[{\"blobId\":\"b1\",\"type\":\"a/b\",\"name\":\"été 日.txt\"}]}",
        "Content-Type: a/b; name=\"=?UTF-8?B?w6l0w6kg5pelLnR4dA==?=\"\r\nContent-Disposition: attachment;\r\n "
        "filename*=UTF-8''%C3%A9t%C3%A9%20%E6%97%A5.txt\r\n");
    struct buf json = {0};
    buf_add_str(&json, "{\"attachments\":[{\"blobId\":\"b1\",\"type\":\"a/b\",\"name\":\"");
    for (int i = 0; i < 30; i++)
        buf_add_str(&json, "日");
    buf_add_str(&json, "\"}]}");
    expect_contains(buf_str(&json), "Content-Type: a/b;\r\n name=\"=?UTF-8?B?");
    expect_contains(buf_str(&json), "?=\r\n =?UTF-8?B?");
    expect_contains(buf_str(&json), "filename*0*=UTF-8''%E6%97%A5");
    buf_done(&json);
}

static void a_field_without_addresses_is_none(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(compose("{\"to\":[],\"cc\":null,\"references\":[],\"subject\":\"s\"}", &out), 0);
    assert_null(strstr(buf_str(&out), "To:"));
    assert_null(strstr(buf_str(&out), "Cc:"));
    assert_null(strstr(buf_str(&out), "References:"));
    buf_done(&out);
}

static void nothing_of_a_value_becomes_a_line_of_its_own(void **state)
{
    (void)state;
    static const char *const evil[] = {"{\"header:X\":\"a\\r\\nBcc: b@c\"}",
                                       "{\"header:X\":\"a\\nb\"}",
                                       "{\"header:X\":\"a\\rb\"}",
                                       "{\"header:X\":\"a\\r\\n\"}",
                                       "{\"header:X\":\"\\n b\"}",
                                       "{\"from\":[{\"email\":\"a@b\\r\\nX: y\"}]}",
                                       "{\"messageId\":[\"a\\n@b\"]}",
                                       "{\"bodyStructure\":{\"type\":\"text/plain\\r\\nX: y\",\"blobId\":\"b\"}}",
                                       "{\"bodyStructure\":{\"type\":\"a/b\",\"name\":\"x\\ny\",\"blobId\":\"b\"}}",
                                       "{\"bodyStructure\":{\"type\":\"a/b\",\"cid\":\"x\\ny\",\"blobId\":\"b\"}}"};
    for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++) {
        struct buf out = {0};
        if (compose(evil[i], &out) == 0)
            fail_msg("%s was taken:\n%s", evil[i], buf_str(&out));
        buf_done(&out);
    }
    expect_contains("{\"subject\":\"a\\r\\nBcc: b\"}", "Subject: =?US-ASCII?"); /* free text has its breaks taken out */
    expect_contains("{\"from\":[{\"name\":\"a\\nb\",\"email\":\"c@d\"}]}", "From: =?US-ASCII?Q?a_b?= <c@d>\r\n");
}

static void a_text_may_be_flowed(void **state)
{
    (void)state;
    static const char part[] = "\"textBody\":[{\"partId\":\"t\",\"type\":\"text/plain\",\"format\":\"flowed\"}]";
    struct buf json = {0};
    buf_addf(&json, "{\"bodyValues\":{\"t\":{\"value\":\"%s\"}},%s}",
             "From all of us: a line which is so long that it is broken, and joined again, as RFC 3676 says", part);
    expect_contains(buf_str(&json), "Content-Type: text/plain; charset=us-ascii; format=flowed\r\n");
    expect_contains(buf_str(&json),
                    "\r\n\r\n From all of us: a line which is so long that it is broken, and joined \r\n"
                    "again, as RFC 3676 says\r\n");
    buf_done(&json);
    static const char *const wrong[] = {
        "{\"bodyValues\":{\"t\":{\"value\":\"x\"}},\"textBody\":[{\"partId\":\"t\",\"format\":\"fixed\"}]}",
        "{\"bodyValues\":{\"t\":{\"value\":\"x\"}},\"textBody\":[{\"partId\":\"t\",\"format\":true}]}",
        "{\"bodyValues\":{\"t\":{\"value\":\"x\"}},\"htmlBody\":[{\"partId\":\"t\",\"type\":\"text/html\",\"format\":"
        "\"flowed\"}]}",
        "{\"bodyStructure\":{\"blobId\":\"b\",\"type\":\"text/plain\",\"format\":\"flowed\"}}"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct buf out = {0};
        assert_int_equal(compose(wrong[i], &out), -1);
        buf_done(&out);
    }
}

static void an_html_body_gets_a_text_where_that_is_asked_for(void **state)
{
    (void)state;
    static const char html[] = "\"bodyValues\":{\"h\":{\"value\":\"<p>One <b>two</b></p><p><a "
                               "href=https://x.org/>three</a></p>\"}},\"htmlBody\":[{\"partId\":\"h\"}]";
    struct buf json = {0}, out = {0};
    buf_addf(&json, "{\"generateTextBody\":true,%s}", html);
    expect_contains(buf_str(&json), "Content-Type: multipart/alternative;");
    expect_contains(buf_str(&json), "\r\n\r\nOne two\r\n\r\nthree <https://x.org/>\r\n");
    buf_clear(&json);
    buf_addf(&json, "{\"generateTextBody\":false,%s}", html);
    assert_int_equal(compose(buf_str(&json), &out), 0);
    assert_null(strstr(buf_str(&out), "multipart"));
    buf_clear(&json);
    buf_clear(&out);
    buf_addf(&json, "{\"generateTextBody\":\"yes\",%s}", html);
    assert_int_equal(compose(buf_str(&json), &out), -1);
    buf_clear(&json);
    buf_addf(&json, "{\"generateTextBody\":true,%s,\"textBody\":[{\"partId\":\"h\"}]}", html); /* there is one */
    expect_contains(buf_str(&json), "Content-Type: text/plain; charset=us-ascii\r\n");
    expect_contains("{\"generateTextBody\":true}", "Content-Type: text/plain"); /* nothing to make it of */
    buf_done(&json);
    buf_done(&out);
}

static int bare_lines(void *ctx, const char *id, struct buf *out, struct fct_error *err)
{
    (void)ctx, (void)id, (void)err;
    buf_add_str(out, "Subject: from an mbox\n\none\rtwo\r\nthree\n");
    return 0;
}

static void an_attached_message_has_no_bare_line_ends(void **state)
{
    (void)state;
    const struct compose_options bare = {.now = 1414649520, .blob = bare_lines};
    struct buf out = {0};
    struct compose_problem problem = {0};
    json_t *email = json_loads("{\"attachments\":[{\"blobId\":\"b\",\"type\":\"message/rfc822\"}]}", 0, NULL);
    assert_int_equal(mime_compose(email, &bare, &out, &problem, NULL), 0);
    assert_non_null(strstr(buf_str(&out), "Subject: from an mbox\r\n\r\none\r\ntwo\r\nthree\r\n"));
    json_decref(email);
    compose_problem_done(&problem);
    buf_done(&out);
}

static void lines_stay_short(void **state)
{
    (void)state;
    struct buf json = {0}, out = {0};
    buf_add_str(&json, "{\"subject\":\"");
    for (int i = 0; i < 300; i++)
        buf_add_str(&json, "w\u00f6rd ");
    buf_add_str(&json, "\",\"to\":[");
    for (int i = 0; i < 200; i++)
        buf_addf(&json, "%s{\"name\":\"Person Number %d\",\"email\":\"p%d@example.org\"}", i ? "," : "", i, i);
    buf_add_str(&json, "]}");
    assert_int_equal(compose(buf_str(&json), &out), 0);
    for (const char *line = buf_str(&out), *end; (end = strstr(line, "\r\n")); line = end + 2)
        assert_true(end - line <= 78);
    buf_done(&json);
    buf_done(&out);
}

/* Writes the message and reads it again with our own parser. */
static json_t *round_trip(const char *json, const char *property)
{
    struct buf out = {0};
    assert_int_equal(compose(json, &out), 0);
    struct mime_message *m = mime_parse(buf_bytes(&out));
    assert_null(mime_is_degraded(m));
    json_t *value = strcmp(property, "bodyValues") == 0 ? mime_body_values(m, MIME_VALUES_ALL, 0)
                                                        : mime_property(m, property, NULL);
    mime_message_free(m);
    buf_done(&out);
    return value;
}

static void the_first_line_of_a_field_has_content(void **state)
{
    (void)state;
    struct buf json = {0}, out = {0};
    buf_add_str(&json, "{\"subject\":\"");
    for (int i = 0; i < 60; i++)
        buf_add_str(&json, "\u65e5\u672c\u8a9e");
    buf_add_str(&json, "\",\"references\":[\"");
    for (int i = 0; i < 90; i++)
        buf_add_char(&json, 'r');
    buf_add_str(
        &json,
        "@x\"],\"header:X-A-Field-With-A-Name-That-Is-Rather-Long-And-Then-Some-More-Of-It:asText\":\"\u00e9t\u00e9 "
        "\u65e5\u672c\u8a9e\"}");
    assert_int_equal(compose(buf_str(&json), &out), 0);
    assert_non_null(strstr(buf_str(&out), "Subject: =?UTF-8?B?"));
    assert_non_null(strstr(buf_str(&out), "References: <rrrr"));
    assert_non_null(strstr(buf_str(&out), "More-Of-It: =?UTF-8?"));
    assert_null(strstr(buf_str(&out), ":\r\n"));
    for (const char *line = buf_str(&out), *end; (end = strstr(line, "\r\n")); line = end + 2)
        assert_true(end - line <= 76 || line[0] == 'R' || line[0] == 'X');
    buf_done(&json);
    buf_done(&out);
}

static void expect_text(const char *text)
{
    json_t *email =
        json_pack("{s:[{s:s,s:s}], s:{s:{s:s}}, s:[{s:s,s:s}], s:{}}", "textBody", "partId", "t", "type", "text/plain",
                  "bodyValues", "t", "value", text, "attachments", "blobId", "b", "type", "image/png", "mailboxIds");
    char *json = json_dumps(email, 0);
    json_t *values = round_trip(json, "bodyValues");
    const char *part;
    json_t *value;
    json_object_foreach(values, part, value)
        assert_string_equal(json_string_value(json_object_get(value, "value")), text);
    assert_int_equal(json_object_size(values), 1);
    json_decref(values);
    free(json);
    json_decref(email);
}

static void texts_come_back_as_they_were(void **state)
{
    (void)state;
    expect_text("");
    expect_text("one line");
    expect_text("one line\n");
    expect_text("trailing space \nand tab\t\n\n\n");
    expect_text("=20 = and == \n=");
    expect_text("Gr\xc3\xbc\xc3\x9f"
                "e \xe2\x82\xac\n--=_boundary\n.\nFrom x\n");
    expect_text("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8"
                "\xaa\x9e\n");
    char long_line[5000];
    memset(long_line, 'x', sizeof(long_line) - 1);
    long_line[sizeof(long_line) - 1] = '\0';
    expect_text(long_line);
}

static void long_names_come_back_as_they_were(void **state)
{
    (void)state;
    const char *const names[] = {
        "a.txt",
        "with space.txt",
        "q\"uo\\te.txt",
        "\xc3\xa4\xc3\xb6\xc3\xbc.txt",
        "a very long name that does not fit into one line of a header and goes on and on and on.txt",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.txt",
        "'%41*=;"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_t *email =
            json_pack("{s:[{s:s,s:s,s:s}]}", "attachments", "blobId", "b", "type", "image/png", "name", names[i]);
        char *json = json_dumps(email, 0);
        json_t *list = round_trip(json, "attachments");
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")), names[i]);
        json_decref(list);
        free(json);
        json_decref(email);
    }
}

static void all_missing_blobs_are_named(void **state)
{
    (void)state;
    struct compose_problem problem = {0};
    struct fct_error err = {0};
    struct buf out = {0};
    json_t *email = json_loads("{\"attachments\":[{\"blobId\":\"x\"},{\"blobId\":\"b\"},{\"blobId\":\"y\"}]}", 0, NULL);
    assert_int_equal(mime_compose(email, &options, &out, &problem, &err), -1);
    assert_int_equal(err.code, FCT_E_BLOB_NOT_FOUND);
    assert_int_equal(json_array_size(problem.missing_blobs), 2);
    assert_int_equal(out.n, 0);
    compose_problem_done(&problem);
    json_decref(email);
    buf_done(&out);
}

static void a_tree_too_deep_or_too_wide_is_refused(void **state)
{
    (void)state;
    struct buf deep = {0}, wide = {0}, out = {0};
    buf_add_str(&deep, "{\"bodyStructure\":");
    for (int i = 0; i < 30; i++)
        buf_add_str(&deep, "{\"type\":\"multipart/mixed\",\"subParts\":[");
    buf_add_str(&deep, "{\"blobId\":\"b\"}");
    for (int i = 0; i < 30; i++)
        buf_add_str(&deep, "]}");
    buf_add_str(&deep, "}");
    buf_add_str(&wide, "{\"attachments\":[{\"blobId\":\"b\"}");
    for (int i = 0; i < 501; i++)
        buf_add_str(&wide, ",{\"blobId\":\"b\"}");
    buf_add_str(&wide, "]}");
    assert_int_equal(compose(buf_str(&deep), &out), -1);
    assert_int_equal(compose(buf_str(&wide), &out), -1);
    buf_done(&deep);
    buf_done(&wide);
    buf_done(&out);
}

static void a_message_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct compose_options small = options;
    struct compose_problem problem = {0};
    struct fct_error err = {0};
    struct buf out = {0};
    small.max_bytes = 300;
    json_t *email = json_loads("{\"attachments\":[{\"blobId\":\"b\"},{\"blobId\":\"b\"},{\"blobId\":\"b\"}]}", 0, NULL);
    assert_int_equal(mime_compose(email, &small, &out, &problem, &err), -1);
    assert_int_equal(err.code, FCT_E_TOO_LARGE);
    compose_problem_done(&problem);
    json_decref(email);
    buf_done(&out);
}

int main(void)
{
    mime_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_headers_are_put_in),
        cmocka_unit_test(headers_are_written_in_their_forms),
        cmocka_unit_test(spaces_and_quotes_keep_lines_short),
        cmocka_unit_test(the_smallest_charset_and_encoding_are_used),
        cmocka_unit_test(what_html_is_made_of_stays_what_it_is),
        cmocka_unit_test(a_line_that_would_be_too_long_is_refused),
        cmocka_unit_test(words_are_cut_between_characters_at_every_length),
        cmocka_unit_test(a_name_is_said_in_both_ways_that_programs_know),
        cmocka_unit_test(a_field_without_addresses_is_none),
        cmocka_unit_test(nothing_of_a_value_becomes_a_line_of_its_own),
        cmocka_unit_test(a_text_may_be_flowed),
        cmocka_unit_test(an_html_body_gets_a_text_where_that_is_asked_for),
        cmocka_unit_test(an_attached_message_has_no_bare_line_ends),
        cmocka_unit_test(lines_stay_short),
        cmocka_unit_test(the_first_line_of_a_field_has_content),
        cmocka_unit_test(texts_come_back_as_they_were),
        cmocka_unit_test(long_names_come_back_as_they_were),
        cmocka_unit_test(all_missing_blobs_are_named),
        cmocka_unit_test(long_names_keep_the_limits_of_lines_and_parameters),
        cmocka_unit_test(a_tree_too_deep_or_too_wide_is_refused),
        cmocka_unit_test(a_message_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
