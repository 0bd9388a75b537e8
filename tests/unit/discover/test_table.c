/* The table of providers that is shipped, and tables that are not well made. */
#include "discover/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SHIPPED FIXTURES "/../../data/providers.json"

static struct provider_table *shipped(void)
{
    struct provider_table *t = NULL;
    struct fct_error err = {0};
    if (provider_table_load(SHIPPED, &t, &err) < 0)
        fail_msg("%s", err.message);
    return t;
}

static const char *id_of(const json_t *provider)
{
    return provider ? json_string_value(json_object_get(provider, "id")) : "";
}

static void the_shipped_table_is_well_made_and_has_who_people_are_with(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"orange.fr", "orange"},       {"wanadoo.fr", "orange"},    {"free.fr", "free"},         {"sfr.fr", "sfr"},
        {"neuf.fr", "sfr"},            {"bbox.fr", "bouygues"},     {"laposte.net", "laposte"},  {"ik.me", "infomaniak"},
        {"gmail.com", "gmail"},        {"googlemail.com", "gmail"}, {"outlook.com", "outlook"},  {"hotmail.com", "outlook"},
        {"live.fr", "outlook"},        {"yahoo.fr", "yahoo"},       {"icloud.com", "icloud"},    {"me.com", "icloud"},
        {"mac.com", "icloud"},         {"gmx.net", "gmx"},          {"gmx.com", "gmx-com"},      {"web.de", "webde"},
        {"t-online.de", "t-online"},   {"mail.ru", "mailru"},       {"yandex.com", "yandex"},    {"proton.me", "proton"},
        {"fastmail.com", "fastmail"},  {"zoho.com", "zoho"},        {"aol.com", "aol"},          {"qq.com", "qq"},
        {"163.com", "netease-163"},    {"posteo.de", "posteo"},     {"mailbox.org", "mailbox-org"},
        {"contoso.onmicrosoft.com", "microsoft365"},
    };
    CLEANUP(provider_table_freep) struct provider_table *t = shipped();
    assert_true(provider_table_size(t) >= 30);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_string_equal(id_of(provider_by_domain(t, expected[i][0])), expected[i][1]);
    assert_null(provider_by_domain(t, "example.org"));
    assert_null(provider_by_domain(t, "notgmail.com"));
    assert_null(provider_by_domain(t, "sub.gmail.com"));
    assert_null(provider_by_domain(t, "com"));
}

static void an_mx_host_tells_who_serves_a_domain(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"aspmx.l.google.com", "google-workspace"},  {"alt1.aspmx.l.google.com", "google-workspace"},
        {"smtp.google.com", "google-workspace"},     {"example-org.mail.protection.outlook.com", "microsoft365"},
        {"mx1.mail.ovh.net", "ovh"},                 {"spool.mail.gandi.net", "gandi"},
        {"mta-gw.infomaniak.ch", "infomaniak"},      {"mx-aol.mail.gm0.yahoodns.net", "aol"},
        {"mta5.am0.yahoodns.net", "yahoo"},          {"in1-smtp.messagingengine.com", "fastmail"},
        {"hotmail-com.olc.protection.outlook.com", "outlook"}, {"mx01.mail.icloud.com", "icloud-domain"},
    };
    CLEANUP(provider_table_freep) struct provider_table *t = shipped();
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_string_equal(id_of(provider_by_mx(t, expected[i][0])), expected[i][1]);
    assert_null(provider_by_mx(t, "evil-mail.ovh.net.example.org"));
    assert_null(provider_by_mx(t, "mail.protection.outlook.com"));
}

/* Each user name form; the URLs are as Account/set takes them. */
static void servers_are_made_for_an_address(void **state)
{
    (void)state;
    struct mail_address a = {0};
    struct fct_error err = {0};
    CLEANUP(provider_table_freep) struct provider_table *t = shipped();
    assert_int_equal(mail_address_parse("jane.doe+x@Free.fr", &a, &err), 0);
    json_auto_t *free_fr = provider_servers(provider_by_domain(t, a.domain), &a);
    assert_string_equal(json_string_value(json_object_get(servers_first(free_fr, "imap"), "url")), "imaps://jane.doe%2Bx@imap.free.fr:993");
    json_auto_t *outlook = provider_servers(provider_by_domain(t, "outlook.com"), &a);
    assert_string_equal(json_string_value(json_object_get(servers_first(outlook, "smtp"), "url")),
                        "smtp://jane.doe%2Bx%40Free.fr@smtp-mail.outlook.com:587?tls=starttls");
    json_auto_t *icloud = provider_servers(provider_by_mx(t, "mx01.mail.icloud.com"), &a);
    assert_true(json_is_null(json_object_get(servers_first(icloud, "imap"), "user")));
    assert_string_equal(json_string_value(json_object_get(servers_first(icloud, "imap"), "url")), "imaps://imap.mail.me.com:993");
    json_auto_t *proton = provider_servers(provider_by_domain(t, "proton.me"), &a);
    assert_string_equal(json_string_value(json_object_get(servers_first(proton, "imap"), "url")), "imap://jane.doe%2Bx%40Free.fr@127.0.0.1:1143?tls=starttls");
    mail_address_done(&a);
}

static void an_address_is_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {"jane", "@example.org", "jane@", "jane@localhost", "jane@[192.0.2.1]", "jane@192.0.2.1", "ja ne@example.org",
                                        "jane\r\n@example.org", "jane@exa mple.org", "jane@-.example", "jane@example..org", "a,b@example.org"};
    struct mail_address a = {0};
    struct fct_error err = {0};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (mail_address_parse(wrong[i], &a, &err) == 0)
            fail_msg("'%s' was taken", wrong[i]);
    assert_int_equal(mail_address_parse("josé@Müller.example", &a, &err), 0);
    assert_string_equal(a.domain, "xn--mller-kva.example");
    assert_string_equal(a.local, "josé");
    mail_address_done(&a);
}

/* ---- tables that are not well made ---- */

#define SERVER "{\"protocol\": \"imap\", \"host\": \"imap.x.example\", \"port\": 993, \"tls\": \"implicit\", \"user\": \"address\"}"
#define PROVIDER(id, domains, servers) \
    "{\"id\": \"" id "\", \"name\": \"X\", \"domains\": [" domains "], \"servers\": [" servers "], \"sasl\": [\"PLAIN\"], \"help\": null}"

static int load_text(const char *text, struct fct_error *err)
{
    char path[] = "/tmp/facteur-table-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    CLEANUP(provider_table_freep) struct provider_table *t = NULL;
    int result = provider_table_load(path, &t, err);
    unlink(path);
    return result;
}

static void a_table_with_a_mistake_is_refused_and_the_error_says_where(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "[]", "{\"providers\": []}", "{\"providers\": [{}]}",
        "{\"providers\": [" PROVIDER("x", "\"x.example\"", "") "]}",
        "{\"providers\": [" PROVIDER("x", "", SERVER) "]}",
        "{\"providers\": [" PROVIDER("x", "\"X.example\"", SERVER) "]}",
        "{\"providers\": [" PROVIDER("x", "\"x.example\"", "{\"protocol\": \"imap\", \"host\": \"h.example\", \"port\": 143, \"tls\": \"none\", \"user\": \"address\"}") "]}",
        "{\"providers\": [" PROVIDER("x", "\"x.example\"", "{\"protocol\": \"imap\", \"host\": \"a b\", \"port\": 993, \"tls\": \"implicit\", \"user\": \"address\"}") "]}",
        "{\"providers\": [" PROVIDER("x", "\"x.example\"", SERVER) "," PROVIDER("y", "\"x.example\"", SERVER) "]}",
    };
    struct fct_error err = {0};
    assert_int_equal(load_text("{\"providers\": [" PROVIDER("x", "\"x.example\"", SERVER) "]}", &err), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        err = (struct fct_error){0};
        if (load_text(wrong[i], &err) == 0)
            fail_msg("taken: %s", wrong[i]);
        assert_int_equal(err.code, FCT_E_CORRUPT);
        assert_non_null(strstr(err.message, "the table of providers"));
    }
    struct provider_table *none = NULL;
    assert_int_equal(provider_table_load("/nonexistent/providers.json", &none, &err), -1);
    assert_non_null(strstr(err.message, "/nonexistent/providers.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_table_is_well_made_and_has_who_people_are_with),
        cmocka_unit_test(an_mx_host_tells_who_serves_a_domain),
        cmocka_unit_test(servers_are_made_for_an_address),
        cmocka_unit_test(an_address_is_checked),
        cmocka_unit_test(a_table_with_a_mistake_is_refused_and_the_error_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
