/* What providers tell as XML, honest and hostile. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "discover/autoconfig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SERVER(kind, type, host, port, tls) \
    "<" kind "Server type=\"" type "\"><hostname>" host "</hostname><port>" port "</port><socketType>" tls \
    "</socketType><username>%EMAILLOCALPART%.%EMAILDOMAIN%</username><authentication>password-cleartext</authentication></" kind "Server>"
#define CONFIG(inside) "<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"x\">" inside "</emailProvider></clientConfig>"

static struct mail_address jane = {.address = (char *)"jane@example.org", .local = (char *)"jane", .domain = (char *)"example.org"};

static int parse(const char *xml, struct autoconfig *out, struct fct_error *err)
{
    return autoconfig_parse((struct fct_bytes){xml, strlen(xml)}, &jane, out, err);
}

static void servers_come_in_order_with_placeholders_filled_in(void **state)
{
    (void)state;
    struct autoconfig c = {0};
    struct fct_error err = {0};
    assert_int_equal(parse(CONFIG("<domain>example.org</domain><displayName> Example &amp; Sons\n</displayName>" SERVER("incoming", "pop3", "pop.%EMAILDOMAIN%", "995", "SSL")
                                  SERVER("incoming", "imap", "imap.example.org", " 143 ", "STARTTLS") SERVER("incoming", "imap", "clear.example.org", "143", "plain")
                                  SERVER("outgoing", "smtp", "smtp.example.org", "465", "SSL")
                                  "<documentation url=\"https://help.example.org/\"/><enable visiturl=\"https://example.org/on\"><instruction>Turn it on.</instruction></enable>"),
                           &c, &err),
                     0);
    CLEANUP(freep) char *text = json_dumps(c.servers, JSON_COMPACT);
    assert_string_equal(text, "[{\"protocol\":\"pop3\",\"host\":\"pop.example.org\",\"port\":995,\"tls\":\"implicit\",\"user\":\"jane.example.org\",\"url\":\"pop3s://jane.example.org@pop.example.org:995\"},"
                              "{\"protocol\":\"imap\",\"host\":\"imap.example.org\",\"port\":143,\"tls\":\"starttls\",\"user\":\"jane.example.org\",\"url\":\"imap://jane.example.org@imap.example.org:143?tls=starttls\"},"
                              "{\"protocol\":\"smtp\",\"host\":\"smtp.example.org\",\"port\":465,\"tls\":\"implicit\",\"user\":\"jane.example.org\",\"url\":\"smtps://jane.example.org@smtp.example.org:465\"}]");
    CLEANUP(freep) char *about = json_dumps(c.provider, JSON_COMPACT);
    assert_string_equal(about, "{\"id\":null,\"name\":\"Example & Sons\",\"sasl\":[\"PLAIN\"],\"oauth\":null,\"needs\":[{\"kind\":\"switch\",\"text\":\"Turn it on.\",\"url\":\"https://example.org/on\"}],"
                               "\"help\":\"https://help.example.org/\"}");
    assert_int_equal(c.in_clear, 1);
    autoconfig_done(&c);
}

static void what_is_no_usable_server_is_left_out(void **state)
{
    (void)state;
    struct autoconfig c = {0};
    struct fct_error err = {0};
    assert_int_equal(parse(CONFIG(SERVER("incoming", "exchange", "x.example.org", "443", "SSL") SERVER("incoming", "imap", "a b.example.org", "993", "SSL")
                                  SERVER("incoming", "imap", "imap.example.org", "99999", "SSL") SERVER("incoming", "imap", "imap.example.org", "x", "SSL")
                                  SERVER("incoming", "imap", "10.0.0.1", "993", "SSL") SERVER("incoming", "imap", "127.0.0.1", "1143", "STARTTLS") SERVER("incoming", "imap", "imap.example.org/../x", "993", "SSL")
                                  SERVER("incoming", "imap", "imap.example.org", "993", "") "<incomingServer type=\"imap\"/>"),
                           &c, &err),
                     0);
    assert_int_equal(json_array_size(c.servers), 0);
    autoconfig_done(&c);
}

static void refused(const char *xml, const char *why)
{
    struct autoconfig c = {0};
    struct fct_error err = {0};
    assert_int_equal(parse(xml, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_PROTOCOL);
    if (!strstr(err.message, why))
        fail_msg("'%s' does not say '%s'", err.message, why);
}

static void a_document_type_is_refused_and_with_it_every_entity(void **state)
{
    (void)state;
    refused("<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]><clientConfig>&c;</clientConfig>", "document type");
    refused("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><clientConfig><emailProvider><displayName>&f;</displayName></emailProvider></clientConfig>", "document type");
    refused("<!DOCTYPE x SYSTEM \"https://example.org/x.dtd\"><clientConfig/>", "document type");
    refused(CONFIG("<displayName>&f;</displayName>"), "no XML");
}

static void what_is_no_configuration_is_refused(void **state)
{
    (void)state;
    refused("", "no XML");
    refused("<html><body>Not found</body></html>", "no clientConfig");
    refused("<clientConfig><emailProvider>", "no XML");
    refused("\xff\xfe\x00", "no XML");
}

static void depth_number_and_length_are_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf deep = {0}, many = {0}, lengthy = {0};
    for (int i = 0; i < 100000; i++)
        buf_add_str(&deep, i == 0 ? "<clientConfig>" : "<a>");
    refused(buf_str(&deep), "nested too deeply");
    buf_add_str(&many, "<clientConfig>");
    for (int i = 0; i < 5000; i++)
        buf_add_str(&many, "<a/>");
    buf_add_str(&many, "</clientConfig>");
    refused(buf_str(&many), "too many elements");
    buf_add_str(&lengthy, "<clientConfig><emailProvider><displayName>");
    for (int i = 0; i < 2000; i++)
        buf_add_char(&lengthy, 'x');
    refused(buf_str(&lengthy), "too long");
}

static void the_number_of_servers_is_bounded(void **state)
{
    (void)state;
    struct autoconfig c = {0};
    struct fct_error err = {0};
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "<clientConfig><emailProvider>");
    for (int i = 0; i < 100; i++)
        buf_add_str(&b, SERVER("incoming", "imap", "imap.example.org", "993", "SSL"));
    buf_add_str(&b, "</emailProvider></clientConfig>");
    assert_int_equal(parse(buf_str(&b), &c, &err), 0);
    assert_int_equal(json_array_size(c.servers), SERVERS_MAX);
    autoconfig_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_come_in_order_with_placeholders_filled_in),
        cmocka_unit_test(what_is_no_usable_server_is_left_out),
        cmocka_unit_test(a_document_type_is_refused_and_with_it_every_entity),
        cmocka_unit_test(what_is_no_configuration_is_refused),
        cmocka_unit_test(depth_number_and_length_are_bounded),
        cmocka_unit_test(the_number_of_servers_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
