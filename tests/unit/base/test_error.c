#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>

static void fail_fills_the_error_and_returns_minus_one(void **state)
{
    (void)state;
    struct fct_error err = {.code = 99, .retry_after_ms = 5, .user_action = 1, .server = "old"};
    assert_int_equal(fct_fail(&err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%d is over %s", 7, "six"), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_int_equal(err.retry, FCT_RETRY_NEVER);
    assert_string_equal(err.message, "7 is over six");
    assert_int_equal(err.retry_after_ms, 0);
    assert_int_equal(err.user_action, 0);
    assert_string_equal(err.server, "");
}

static void nobody_has_to_want_the_error(void **state)
{
    (void)state;
    assert_int_equal(fct_fail(NULL, FCT_E_IO, FCT_RETRY_LATER, "x"), -1);
    assert_int_equal(fct_fail_errno(NULL, ENOSPC, "x"), -1);
    assert_int_equal(fct_error_prefix(NULL, "x"), -1);
    fct_error_server(NULL, bytes_str("x"));
}

static void an_error_can_quote_itself(void **state)
{
    (void)state;
    struct fct_error err = {0};
    fct_fail(&err, FCT_E_NETWORK, FCT_RETRY_LATER, "cut off");
    fct_fail(&err, FCT_E_SERVER, FCT_RETRY_NEVER, "gave up: %s", err.message);
    assert_string_equal(err.message, "gave up: cut off");
    fct_error_prefix(&err, "%s", err.message);
    assert_string_equal(err.message, "gave up: cut off: gave up: cut off");
}

static void control_characters_do_not_get_through(void **state)
{
    (void)state;
    struct fct_error err = {0};
    fct_fail(&err, FCT_E_SERVER, FCT_RETRY_NEVER, "a\r\nb\x1b[31mc\x7f");
    assert_string_equal(err.message, "a??b?[31mc?");
    fct_error_prefix(&err, "p\n");
    assert_string_equal(err.message, "p?: a??b?[31mc?");
}

static void the_message_is_always_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {{"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80"},
                 {"caf\xe9 x", "caf? x"},               /* Latin-1 */
                 {"\xc0\xaf|\xe0\x80\xaf|", "??|???|"}, /* overlong */
                 {"\xed\xa0\x80|", "???|"},             /* a surrogate */
                 {"\xf4\x90\x80\x80|", "????|"},        /* above U+10FFFF */
                 {"\xe6\x97|\x80|\xff", "??|?|?"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fct_error err = {0};
        fct_fail(&err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s", cases[i].in);
        assert_string_equal(err.message, cases[i].out);
    }
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    struct fct_error err = {0};
    char text[1000];
    for (size_t lead = 0; lead < 4; lead++) {
        memset(text, 'x', lead);
        for (size_t i = lead; i + 4 < sizeof(text); i += 4)
            memcpy(text + i, "\xf0\x9f\x98\x80", 5);
        fct_fail(&err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s", text);
        size_t n = strlen(err.message);
        assert_in_range(n, sizeof(err.message) - 4, sizeof(err.message) - 1);
        assert_int_equal((n - lead) % 4, 0);
        assert_null(strchr(err.message, '?'));
        fct_error_prefix(&err, "ab");
        n = strlen(err.message);
        assert_int_equal((n - lead - 4) % 4, 0);
    }
}

static void errno_decides_code_and_retry(void **state)
{
    (void)state;
    static const struct {
        int errnum, code, retry;
    } cases[] = {{ENOSPC, FCT_E_DISK_FULL, FCT_RETRY_LATER}, {EDQUOT, FCT_E_DISK_FULL, FCT_RETRY_LATER},
                 {EACCES, FCT_E_FORBIDDEN, FCT_RETRY_NEVER}, {EROFS, FCT_E_FORBIDDEN, FCT_RETRY_NEVER},
                 {ENOENT, FCT_E_NOT_FOUND, FCT_RETRY_NEVER}, {EIO, FCT_E_IO, FCT_RETRY_LATER}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fct_error err = {0};
        assert_int_equal(fct_fail_errno(&err, cases[i].errnum, "cannot open %s", "f"), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(err.retry, cases[i].retry);
    }
    struct fct_error err = {0};
    fct_fail_errno(&err, ENOENT, "cannot open %s", "f");
    assert_string_equal(err.message, "cannot open f: No such file or directory");
    assert_int_equal(err.user_action, 0);
    fct_fail_errno(&err, ENOSPC, "cannot write %s", "f");
    assert_string_equal(err.message, "cannot write f: No space left on device; make room there");
    assert_int_equal(err.user_action, 1);
}

static void a_long_text_before_errno_stays_within_bounds(void **state)
{
    (void)state;
    struct fct_error err = {0};
    char text[1000];
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fct_fail_errno(&err, ENOENT, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void a_prefix_is_put_before_and_keeps_the_rest(void **state)
{
    (void)state;
    struct fct_error err = {0};
    fct_fail(&err, FCT_E_AUTH, FCT_RETRY_NEVER, "wrong password");
    fct_error_server(&err, bytes_str("NO"));
    assert_int_equal(fct_error_prefix(&err, "account %s", "Work"), -1);
    assert_string_equal(err.message, "account Work: wrong password");
    assert_int_equal(err.code, FCT_E_AUTH);
    assert_string_equal(err.server, "NO");
}

static void the_server_s_words_are_made_printable_and_bounded(void **state)
{
    (void)state;
    struct fct_error err = {0};
    fct_error_server(&err, bytes_of("bad\r\n\0\xff.", 8));
    assert_string_equal(err.server, "bad????.");
    fct_error_server(&err, bytes_str("\xc2\x9b" "31m"));
    assert_string_equal(err.server, "??31m");
    const char *chinese = "\xe5\xaf\x86\xe7\xa0\x81 no";
    fct_error_server(&err, bytes_str(chinese));
    assert_string_equal(err.server, chinese);
    fct_error_server(&err, bytes_of(chinese, 5)); /* cut within a character */
    assert_string_equal(err.server, "\xe5\xaf\x86");
    char text[2000];
    memset(text, 'z', sizeof(text));
    fct_error_server(&err, bytes_of(text, sizeof(text)));
    assert_int_equal(strlen(err.server), sizeof(err.server) - 1);
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= FCT_E_TOO_MANY_CHANGES; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(fct_code_name(i), fct_code_name(k));
    assert_string_equal(fct_code_name(-1), "internal");
    assert_string_equal(fct_code_name(1000000), "internal");
    assert_string_equal(fct_code_name(FCT_E_CANNOT_CALCULATE), "cannotCalculateChanges");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_fills_the_error_and_returns_minus_one),
        cmocka_unit_test(nobody_has_to_want_the_error),
        cmocka_unit_test(an_error_can_quote_itself),
        cmocka_unit_test(control_characters_do_not_get_through),
        cmocka_unit_test(the_message_is_always_utf8),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(errno_decides_code_and_retry),
        cmocka_unit_test(a_long_text_before_errno_stays_within_bounds),
        cmocka_unit_test(a_prefix_is_put_before_and_keeps_the_rest),
        cmocka_unit_test(the_server_s_words_are_made_printable_and_bounded),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
