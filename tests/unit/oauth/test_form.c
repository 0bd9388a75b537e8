/* What travels in URLs; PKCE; redirect addresses. */
#include "oauth/client.h"
#include "oauth/form.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_added_comes_back(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf query = {0};
    form_add(&query, "a", "x y&z=1/ä\001");
    form_add(&query, "none", NULL);
    form_add(&query, "b", "");
    assert_string_equal(buf_str(&query), "a=x%20y%26z%3D1%2F%C3%A4%01&b=");
    CLEANUP(freep) char *a = form_get(buf_str(&query), "a");
    CLEANUP(freep) char *b = form_get(buf_str(&query), "b");
    assert_string_equal(a, "x y&z=1/ä\001");
    assert_string_equal(b, "");
    assert_null(form_get(buf_str(&query), "none"));
}

static void what_is_malformed_or_there_twice_is_not_there(void **state)
{
    (void)state;
    static const char *const bad[] = {"s=1&s=1", "s=%", "s=%4", "s=%zz", "s=a%00b", "t=1", "s", "", "as=1", "s=1%"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(form_get(bad[i], "s"));
    CLEANUP(freep) char *plus = form_get("x=1&s=a+b%2B%41", "s");
    assert_string_equal(plus, "a b+A");
}

/* RFC 4648 section 10, in the other alphabet. */
static void base64url_has_no_padding(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xff\xfe\xfd", "__79"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        CLEANUP(buf_done) struct buf out = {0};
        base64url_add(&out, (const unsigned char *)pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buf_str(&out), pairs[i][1]);
    }
}

static void pkce_is_as_in_rfc_7636_appendix_b(void **state)
{
    (void)state;
    char challenge[PKCE_SIZE], one[PKCE_SIZE], two[PKCE_SIZE];
    pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge);
    assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    pkce_random(one);
    pkce_random(two);
    assert_int_equal(strlen(one), 43);
    assert_string_not_equal(one, two);
}

static void only_addresses_of_this_computer_are_redirected_to(void **state)
{
    (void)state;
    struct oauth_redirect r;
    assert_true(oauth_redirect_parse("http://127.0.0.1", &r));
    assert_string_equal(r.path, "");
    assert_int_equal(r.port, 0);
    assert_true(oauth_redirect_parse("http://127.0.0.1/", &r));
    assert_string_equal(r.path, "/");
    assert_true(oauth_redirect_parse("http://localhost:8765/back/here", &r));
    assert_string_equal(r.host, "localhost");
    assert_int_equal(r.port, 8765);
    assert_string_equal(r.path, "/back/here");
    static const char *const bad[] = {"https://127.0.0.1/", "http://127.0.0.1.example.org/", "http://example.org/", "http://127.0.0.1:99999/", "http://127.0.0.1:/", "http://127.0.0.1:-1/",
                                      "http://127.0.0.1:80x/", "http://user@127.0.0.1/", "http://127.0.0.1/a?b", "http://127.0.0.1/a\r\nb", "http://0.0.0.0/", "", "http://"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(oauth_redirect_parse(bad[i], &r));
}

static void the_tables_secret_goes_to_the_tables_server_only(void **state)
{
    (void)state;
    json_auto_t *table = json_loads("{\"p\": {\"authorizationEndpoint\": \"https://p.example/a\", \"tokenEndpoint\": \"https://p.example/t\", \"clientId\": \"ours\", "
                                    "\"clientSecret\": \"s\"}}", 0, NULL);
    static const char *const settings[] = {"{\"provider\": \"p\"}", "{\"provider\": \"p\", \"clientId\": \"mine\"}", "{\"provider\": \"p\", \"tokenEndpoint\": \"https://evil.example/\"}"};
    for (size_t i = 0; i < 3; i++) {
        CLEANUP(oauth_client_unrefp) struct oauth_client *c = NULL;
        json_auto_t *setting = json_loads(settings[i], 0, NULL);
        assert_int_equal(oauth_client_new(table, setting, &c, NULL), 0);
        assert_true((c->secret != NULL) == (i == 0));
    }
    assert_true(oauth_table_has_client(table, "p"));
    assert_false(oauth_table_has_client(table, "q"));
}

static void the_shipped_table_can_be_used(void **state)
{
    (void)state;
    json_t *table = NULL;
    const char *name;
    json_t *v;
    assert_int_equal(oauth_table_load(FIXTURES "/../../data/oauth.json", &table, NULL), 0);
    assert_true(json_object_size(table) >= 6);
    json_object_foreach(table, name, v)
    {
        struct fct_error err = {0};
        CLEANUP(oauth_client_unrefp) struct oauth_client *c = NULL;
        json_auto_t *setting = json_pack("{s:s, s:s}", "provider", name, "clientId", "x");
        assert_int_equal(oauth_client_new(table, setting, &c, &err), 0);
        assert_non_null(c->authorization);
        assert_non_null(c->scope);
    }
    json_decref(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_comes_back),
        cmocka_unit_test(what_is_malformed_or_there_twice_is_not_there),
        cmocka_unit_test(base64url_has_no_padding),
        cmocka_unit_test(pkce_is_as_in_rfc_7636_appendix_b),
        cmocka_unit_test(only_addresses_of_this_computer_are_redirected_to),
        cmocka_unit_test(the_tables_secret_goes_to_the_tables_server_only),
        cmocka_unit_test(the_shipped_table_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
