#include "account/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void everything_that_a_url_can_say_is_understood(void **state)
{
    (void)state;
    struct server_url u = {0};
    struct fct_error err = {0};

    assert_int_equal(server_url_parse("IMAP://jane%40example.org@[2001:db8::1]:1143/?tls=none", &u, &err), 0);

    assert_string_equal(u.scheme, "imap");
    assert_string_equal(u.user, "jane@example.org");
    assert_string_equal(u.host, "2001:db8::1");
    assert_int_equal(u.port, 1143);
    assert_true(u.has_tls);
    assert_int_equal(u.tls, FCT_TLS_NONE);
    assert_null(u.path);
    server_url_done(&u);
}

static void a_user_may_hold_an_unescaped_at_sign(void **state)
{
    (void)state;
    struct server_url u = {0};

    assert_int_equal(server_url_parse("imaps://jane@example.org@mail.example.org", &u, NULL), 0);

    assert_string_equal(u.user, "jane@example.org");
    assert_string_equal(u.host, "mail.example.org");
    assert_int_equal(u.port, 0);
    assert_false(u.has_tls);
    server_url_done(&u);
}

static void a_host_may_be_written_in_any_script(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"imaps://mail.M\xc3\xbcller.example:993", "mail.xn--mller-kva.example"},
        {"imaps://\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah"},
        {"imaps://fa\xc3\x9f.example", "xn--fa-hia.example"}};
    for (size_t i = 0; i < 3; i++) {
        struct server_url u = {0};
        assert_int_equal(server_url_parse(pairs[i][0], &u, NULL), 0);
        assert_string_equal(u.host, pairs[i][1]);
        server_url_done(&u);
    }
    static const char *const bad[] = {"imaps://\xff\xfe.example", "imaps://a\xe2\x80\x8b b.example",
                                      "imaps://\xe2\x98\x83 .example"};
    for (size_t i = 0; i < 3; i++) {
        struct server_url u = {0};
        struct fct_error err = {0};
        assert_int_equal(server_url_parse(bad[i], &u, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
    }
}

static void a_password_in_a_url_is_refused(void **state)
{
    (void)state;
    struct server_url u = {0};
    struct fct_error err = {0};

    assert_int_equal(server_url_parse("imaps://jane:hunter2@mail.example.org", &u, &err), -1);

    assert_int_equal(err.code, FCT_E_INVALID);
    assert_null(strstr(err.message, "hunter2"));
    assert_non_null(strstr(err.message, "password"));
}

static void an_ipv6_address_without_brackets_is_told_about_them(void **state)
{
    (void)state;
    struct server_url u = {0};
    struct fct_error err = {0};

    assert_int_equal(server_url_parse("imaps://fd00::5:993", &u, &err), -1);

    assert_non_null(strstr(err.message, "brackets"));
}

static void broken_urls_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "mail.example.org",
        "://x",
        "imap://h:0",
        "imap://h:65536",
        "imap://h:",
        "imap://h:12x",
        "imap://[::1",
        "imap://[::1]x",
        "imap://a%0d%0ab@h",
        "imap://a%ff@h",
        "imap://a%2",
        "imap://a%@h",
        "imap://a%zz@h",
        "imap://ho st",
        "imap://h\r\n",
        "imap://h?tls=maybe",
        "imap://h?x=y",
        "imap://h#f",
        "im ap://h",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct server_url u = {0};
        struct fct_error err = {0};
        if (server_url_parse(broken[i], &u, &err) == 0)
            fail_msg("accepted: %s", broken[i]);
        assert_int_equal(err.code, FCT_E_INVALID);
        assert_null(u.scheme);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_a_url_can_say_is_understood),
        cmocka_unit_test(a_user_may_hold_an_unescaped_at_sign),
        cmocka_unit_test(a_host_may_be_written_in_any_script),
        cmocka_unit_test(a_password_in_a_url_is_refused),
        cmocka_unit_test(an_ipv6_address_without_brackets_is_told_about_them),
        cmocka_unit_test(broken_urls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
