/* Signing in with what TLS has shown already: EXTERNAL (RFC 4422 appendix A). With real certificates: tests/e2e/test_client_certificate.py. */
#include "fixture.h"

static void external_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=EXTERNAL] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE EXTERNAL =");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void nothing_is_said_where_tls_has_said_it(void **state)
{
    (void)state;
    IMAP_TEST(t, external_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "external";
    t.password = NULL;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void waiting_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 AUTH=EXTERNAL] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE EXTERNAL");
    script_send(c, "+ \r\n");
    script_expect(c, "");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void without_sasl_ir_the_empty_answer_waits(void **state)
{
    (void)state;
    IMAP_TEST(t, waiting_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "external";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void refusing_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=EXTERNAL] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE EXTERNAL =");
    script_send(c, "A1 NO who are you?\r\n");
    script_expect_end(c);
}

static void a_refused_certificate_is_no_wrong_password(void **state)
{
    (void)state;
    IMAP_TEST(t, refusing_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "external";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept the client certificate");
    assert_string_equal(t.err.server, "who are you?");
    assert_script_done(&t);
}

static void clear_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=EXTERNAL] hello\r\n");
    script_expect_end(c);
}

static void without_tls_there_is_nothing_to_go_by(void **state)
{
    (void)state;
    IMAP_TEST(t, clear_server);
    t.auth = "external";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "lets nobody sign in like this");
    assert_script_done(&t);
}

static void pop3_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN EXTERNAL\r\n.\r\n");
    script_expect(c, "AUTH EXTERNAL =");
    script_send(c, "+OK\r\n");
    script_expect(c, "QUIT");
    script_send(c, "+OK\r\n");
    script_expect_end(c);
}

static void pop3_knows_it_too(void **state)
{
    (void)state;
    CLEANUP(imap_test_done) struct imap_test t;
    source_test_start(&t, "pop3", pop3_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "external";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_where_tls_has_said_it),
        cmocka_unit_test(without_sasl_ir_the_empty_answer_waits),
        cmocka_unit_test(a_refused_certificate_is_no_wrong_password),
        cmocka_unit_test(without_tls_there_is_nothing_to_go_by),
        cmocka_unit_test(pop3_knows_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
