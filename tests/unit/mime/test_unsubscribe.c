/* How one leaves a list: List-Unsubscribe, List-Unsubscribe-Post, and who signed them. */
#include "mime_test.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/unsubscribe.h"

#define LIST "List-Unsubscribe: <mailto:leave@list.example>, <https://list.example/leave?u=1>\r\n"
#define POST "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
#define SIGNED                                                         \
    "DKIM-Signature: v=1; a=rsa-sha256; d=list.example; s=k1;\r\n "    \
    "h=From:To:Subject:List-Unsubscribe:\r\n\tList-Unsubscribe-Post; " \
    "bh=AAAA=;\r\n b=BBBB\r\n CCCC=\r\n"

static void read_of(const char *header, struct mime_unsubscribe *out)
{
    struct mime_headers h = {0};
    CLEANUP(buf_done) struct buf raw = {0};
    buf_addf(&raw, "%s\r\nbody\r\n", header);
    headers_scan(buf_bytes(&raw), &h);
    mime_unsubscribe_read(&h, out);
    headers_done(&h);
}

static const char *one_click_of(const char *header)
{
    static char kept[200];
    struct mime_unsubscribe u;
    read_of(header, &u);
    snprintf(kept, sizeof(kept), "%s", u.one_click ? u.one_click : "none");
    mime_unsubscribe_done(&u);
    return kept;
}

static enum unsubscribe_signature signature_of(const char *header)
{
    struct mime_unsubscribe u;
    read_of(header, &u);
    enum unsubscribe_signature s = u.signature;
    mime_unsubscribe_done(&u);
    return s;
}

static void one_click_needs_both_fields_and_https(void **state)
{
    (void)state;
    assert_string_equal(one_click_of(LIST POST), "https://list.example/leave?u=1");
    assert_string_equal(one_click_of("list-unsubscribe: <HTTPS://list.example/a\r\n b>\r\nLIST-UNSUBSCRIBE-POST:\r\n "
                                     "list-unsubscribe=one-click (really)\r\n"),
                        "HTTPS://list.example/ab");
    assert_string_equal(one_click_of("List-Unsubscribe: <https://a.example/>, <https://b.example/>\r\n" POST),
                        "https://a.example/");
    assert_string_equal(one_click_of(LIST), "none");
    assert_string_equal(one_click_of(POST), "none");
    assert_string_equal(one_click_of(""), "none");
    assert_string_equal(one_click_of("List-Unsubscribe: <mailto:leave@list.example>, <http://list.example/>\r\n" POST),
                        "none");
    assert_string_equal(one_click_of(LIST "List-Unsubscribe-Post: List-Unsubscribe=Two-Clicks\r\n"), "none");
    assert_string_equal(one_click_of(LIST "List-Unsubscribe-Post: List-Unsubscribe=One-Click&more=1\r\n"), "none");
    assert_string_equal(one_click_of(LIST "List-Unsubscribe-Post:\r\n"), "none");
}

static void the_last_field_counts_as_a_signature_covers_that(void **state)
{
    (void)state;
    assert_string_equal(one_click_of("List-Unsubscribe: <https://evil.example/>\r\n" LIST POST),
                        "https://list.example/leave?u=1");
    assert_string_equal(
        one_click_of("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Unsubscribe-Post: no\r\n" LIST),
        "none");
}

static void a_signature_must_name_both_fields(void **state)
{
    (void)state;
    assert_int_equal(signature_of(LIST POST), UNSUBSCRIBE_UNSIGNED);
    assert_int_equal(signature_of(SIGNED LIST POST), UNSUBSCRIBE_UNVERIFIED);
    assert_int_equal(
        signature_of("DKIM-Signature: d=list.example; h=from:list-unsubscribe-post : LIST-UNSUBSCRIBE\r\n" LIST POST),
        UNSUBSCRIBE_UNVERIFIED);
    assert_int_equal(signature_of("DKIM-Signature: d=list.example; h=From:List-Unsubscribe\r\n" LIST POST),
                     UNSUBSCRIBE_UNSIGNED);
    assert_int_equal(signature_of("DKIM-Signature: d=list.example; h=From:List-Unsubscribe-Post\r\n" LIST POST),
                     UNSUBSCRIBE_UNSIGNED);
    assert_int_equal(signature_of("DKIM-Signature: h=List-Unsubscribe:List-Unsubscribe-Post\r\n" LIST POST),
                     UNSUBSCRIBE_UNSIGNED);
    assert_int_equal(
        signature_of("DKIM-Signature: d=a.example; bh=List-Unsubscribe:List-Unsubscribe-Post; h=From\r\n" LIST POST),
        UNSUBSCRIBE_UNSIGNED);
    assert_int_equal(signature_of("DKIM-Signature: ;;=;h\r\nDKIM-Signature:\r\n" LIST POST), UNSUBSCRIBE_UNSIGNED);
}

static void the_receiving_servers_word_counts(void **state)
{
    (void)state;
    static const struct {
        const char *results;
        enum unsubscribe_signature expected;
    } cases[] = {
        {"Authentication-Results: mx.example; dkim=pass header.d=list.example\r\n", UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example 1; spf=pass smtp.mailfrom=x; dkim=pass (2048-bit; good) "
         "header.i=@list.example header.s=k1\r\n",
         UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example;\r\n\tdkim=pass\r\n\treason=\"good signature\" header.d=LIST.example\r\n",
         UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example; dkim/1=pass header.i=\"@news.list.example\"\r\n", UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example; dkim=fail header.d=list.example; dkim=pass header.d=list.example\r\n",
         UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example; spf=pass\r\nAuthentication-Results: mx.example; dkim=pass "
         "header.d=list.example\r\n",
         UNSUBSCRIBE_VERIFIED},
        {"Authentication-Results: mx.example; dkim=fail header.d=list.example\r\n", UNSUBSCRIBE_FAILED},
        {"Authentication-Results: mx.example; dkim=permerror header.d=list.example\r\n", UNSUBSCRIBE_FAILED},
        {"Authentication-Results: mx.example; dkim=none\r\n", UNSUBSCRIBE_FAILED},
        {"Authentication-Results: mx.example; dkim=temperror header.d=list.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; dkim=pass header.d=other.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; dkim=pass header.d=evil-list.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; dkim=pass header.i=@evillist.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; dkim=pass header.i=list.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; dkim=fail (dkim=pass header.d=list.example)\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; spf=pass smtp.mailfrom=\"a; dkim=pass "
         "header.d=list.example\"@evil.example\r\n",
         UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; spf=pass smtp.mailfrom=\"a\\\"; dkim=pass header.d=list.example "
         ";\"@evil.example\r\n",
         UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; xdkim=pass header.d=list.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example; none\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: mx.example\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results:\r\n", UNSUBSCRIBE_UNVERIFIED},
        {"Authentication-Results: ; dkim=pass header.d=list.example\r\n", UNSUBSCRIBE_UNVERIFIED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(freep) char *header = xasprintf("%s" SIGNED LIST POST, cases[i].results);
        enum unsubscribe_signature got = signature_of(header);
        if (got != cases[i].expected)
            fail_msg("%s: %d", cases[i].results, got);
    }
}

static void what_the_message_brought_along_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(
        signature_of("Authentication-Results: mx.example; dkim=fail header.d=list.example\r\nReceived: from x\r\n"
                     "Authentication-Results: evil.example; dkim=pass header.d=list.example\r\n" SIGNED LIST POST),
        UNSUBSCRIBE_FAILED);
    assert_int_equal(
        signature_of("Authentication-Results: mx.example; spf=pass\r\n"
                     "Authentication-Results: evil.example; dkim=pass header.d=list.example\r\n" SIGNED LIST POST),
        UNSUBSCRIBE_UNVERIFIED);
}

/* A signature for the fields, and another one that holds, are not one that holds for the fields. */
static void another_signature_proves_nothing(void **state)
{
    (void)state;
    assert_int_equal(
        signature_of(
            "Authentication-Results: mx.example; dkim=pass header.d=relay.example; dkim=fail header.d=list.example\r\n"
            "DKIM-Signature: d=relay.example; h=From\r\n" SIGNED LIST POST),
        UNSUBSCRIBE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_click_needs_both_fields_and_https),
        cmocka_unit_test(the_last_field_counts_as_a_signature_covers_that),
        cmocka_unit_test(a_signature_must_name_both_fields),
        cmocka_unit_test(the_receiving_servers_word_counts),
        cmocka_unit_test(what_the_message_brought_along_does_not_count),
        cmocka_unit_test(another_signature_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
