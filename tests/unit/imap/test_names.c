/* Mailbox names and sets of UIDs. */
#include "mutf7.h"
#include "uidset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fct_bytes of(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

/* ---- modified UTF-7 ------------------------------------------------------------------------------------- */

static void names_go_both_ways(void **state)
{
    static const struct {
        const char *wire, *utf8;
    } names[] = {
        {"INBOX", "INBOX"},
        {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"}, /* RFC 3501 section 5.1.3 */
        {"Entw&APw-rfe", "Entwürfe"},
        {"R&AOk-sum&AOk-s", "Résumés"},
        {"a&-b", "a&b"},
        {"&-&-", "&&"},
        {"&2D3eAA-", "😀"},
        {"&AAo-", "\n"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        SCOPED(wire_buffer_done) struct wire_buffer utf8 = {0}, wire = {0};
        assert_true(imap_mutf7_decode(of(names[i].wire), &utf8));
        assert_string_equal(wire_buffer_str(&utf8), names[i].utf8);
        assert_true(imap_mutf7_encode(of(names[i].utf8), &wire));
        assert_string_equal(wire_buffer_str(&wire), names[i].wire);
    }
}

static void names_that_are_not_canonical_are_left_alone(void **state)
{
    static const char *const bad[] = {
        "&", /* no end */
        "a&b",
        "&AGE-", /* "a", which needs no shift */
        "&AAA",
        "&2D0-",      /* half of a surrogate pair */
        "&3gDYPQ-",   /* the halves in the wrong order */
        "&APx-",      /* padding that is not zero */
        "&AP/-",      /* the alphabet of MIME */
        "&APw-&APw-", /* two shifts where one does */
        "Entw\xc3\xbcrfe",
        "tab\there",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED(wire_buffer_done) struct wire_buffer out = {0};
        wire_buffer_add_str(&out, "kept");
        assert_false(imap_mutf7_decode(of(bad[i]), &out));
        assert_int_equal(out.n, 4);
    }
}

static void what_is_no_utf8_is_not_encoded(void **state)
{
    static const char *const bad[] = {"\xff",     "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82", "a\x80"};
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(imap_mutf7_encode(of(bad[i]), &out));
        assert_int_equal(out.n, 0);
    }
}

static void every_code_point_survives(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp += cp < 0x11000 ? 1 : 97) {
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        char s[6];
        size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
        uint32_t rest = cp;
        for (size_t i = n; i-- > 1; rest >>= 6)
            s[i] = (char)(0x80 | (rest & 0x3F));
        s[0] = (char)(n == 1 ? rest : (0xF00u >> n) | rest);
        s[n] = 'x';
        SCOPED(wire_buffer_done) struct wire_buffer wire = {0}, back = {0};
        assert_true(imap_mutf7_encode((struct fct_bytes){s, n + 1}, &wire));
        assert_true(imap_mutf7_decode((struct fct_bytes){wire.p, wire.n}, &back));
        assert_int_equal(back.n, n + 1);
        assert_memory_equal(back.p, s, n + 1);
    }
}

/* ---- sets ----------------------------------------------------------------------------------------------- */

static const char *expand(const char *text)
{
    static char out[200];
    struct fct_bytes set = of(text);
    struct fct_uid_range r;
    int rc;
    out[0] = '\0';
    while ((rc = imap_uidset_next(&set, &r)) > 0)
        sprintf(out + strlen(out), "%llu-%llu ", (unsigned long long)r.first, (unsigned long long)r.last);
    if (rc < 0)
        strcat(out, "!");
    return out;
}

static void sets_are_read(void **state)
{
    (void)state;
    assert_string_equal(expand("1"), "1-1 ");
    assert_string_equal(expand("41,43:116,118"), "41-41 43-116 118-118 ");
    assert_string_equal(expand("9:7"), "7-9 ");
    assert_string_equal(expand("4:*"), "4-4294967295 ");
    assert_string_equal(expand("*:4"), "4-4294967295 ");
    assert_string_equal(expand(""), "");
    assert_string_equal(expand("1:4294967295"), "1-4294967295 ");
}

static void what_is_no_set_is_found_where_it_begins(void **state)
{
    (void)state;
    assert_string_equal(expand("0"), "!");
    assert_string_equal(expand("1,"), "!");
    assert_string_equal(expand("1,,2"), "1-1 !");
    assert_string_equal(expand("1:"), "!");
    assert_string_equal(expand("1,a"), "1-1 !");
    assert_string_equal(expand("1 2"), "!");
    assert_string_equal(expand("4294967296"), "!");
    assert_string_equal(expand("99999999999999999999999999"), "!");
    assert_string_equal(expand("1:2:3"), "!");
}

static void sets_are_written_within_a_length(void **state)
{
    const struct fct_uid_range r[] = {{1, 1}, {3, 9}, {12, 12}, {4000000000, UINT64_MAX}};
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    size_t from = 0;
    (void)state;
    assert_true(imap_uidset_add(&out, r, 4, &from, 100));
    assert_string_equal(wire_buffer_str(&out), "1,3:9,12,4000000000:*");
    assert_int_equal(from, 4);
    assert_false(imap_uidset_add(&out, r, 4, &from, 100));

    from = out.n = 0;
    assert_true(imap_uidset_add(&out, r, 4, &from, 6));
    assert_string_equal(wire_buffer_str(&out), "1,3:9");
    assert_int_equal(from, 2);
    out.n = 0;
    assert_true(imap_uidset_add(&out, r, 4, &from, 1)); /* at least one, or nothing would ever move */
    assert_string_equal(wire_buffer_str(&out), "12");
    assert_int_equal(from, 3);
}

static void assert_tidy(const struct fct_uid_range *r, size_t n, const char *expected)
{
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    size_t from = 0, tidy_n = 77;
    SCOPED(wire_freep) struct fct_uid_range *tidy = imap_uidset_tidied(r, n, &tidy_n);
    imap_uidset_add(&out, tidy, tidy_n, &from, 1000);
    assert_string_equal(wire_buffer_str(&out), expected);
}

static void sets_are_tidied(void **state)
{
    const struct fct_uid_range r[] = {{9, 9}, {3, 5},           {4, 4},   {1, 1}, {8, 8},
                                      {6, 5}, {20, UINT64_MAX}, {30, 40}, {2, 2}};
    (void)state;
    assert_tidy(r, 9, "1:5,8:9,20:*");
    assert_tidy(r, 1, "9");
    assert_tidy(r + 5, 1, "");
    assert_tidy(NULL, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(names_that_are_not_canonical_are_left_alone),
        cmocka_unit_test(what_is_no_utf8_is_not_encoded),
        cmocka_unit_test(every_code_point_survives),
        cmocka_unit_test(sets_are_read),
        cmocka_unit_test(what_is_no_set_is_found_where_it_begins),
        cmocka_unit_test(sets_are_written_within_a_length),
        cmocka_unit_test(sets_are_tidied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
