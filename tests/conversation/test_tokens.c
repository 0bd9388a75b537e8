/* Signing in with an access token over IMAP: OAUTHBEARER (RFC 7628) and XOAUTH2. POP3 and SMTP: test_pop3.c, test_smtp.c. */
#include "fixture.h"

#include <openssl/evp.h>

#define WITH_TOKENS "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"

/* n,a=user,^Ahost=127.0.0.1^Aport=N^Aauth=Bearer TOKEN^A^A: the port is known when the test runs. */
static void expect_bearer(struct script_conn *c, struct imap_test *t, const char *tag, const char *token)
{
    char line[300];
    CLEANUP(buf_done) struct buf message = {0};
    buf_addf(&message, "n,a=user,\001host=127.0.0.1\001port=%u\001auth=Bearer %s\001\001", t->account.endpoint.port, token);
    int n = snprintf(line, sizeof(line), "%s AUTHENTICATE OAUTHBEARER ", tag);
    EVP_EncodeBlock((unsigned char *)line + n, (const unsigned char *)message.p, (int)message.n);
    script_expect(c, line);
}

static void bearer_server(struct script_conn *c, void *arg)
{
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS " AUTH=OAUTHBEARER] hello\r\n");
    expect_bearer(c, arg, "A1", "one");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1]\r\n");
    script_goodbye(c);
}

static void the_standard_one_is_taken_and_no_password_shown(void **state)
{
    (void)state;
    IMAP_TEST(t, bearer_server);
    t.token = "one";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* RFC 7628 section 4.3. */
static void expired_server(struct script_conn *c, void *arg)
{
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS " AUTH=OAUTHBEARER] hello\r\n");
    expect_bearer(c, arg, "A1", "one");
    script_send(c, "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n");
    script_expect(c, "AQ==");
    script_send(c, "A1 NO SASL authentication failed\r\n");
    expect_bearer(c, arg, "A2", "two");
    script_send(c, "A2 OK [CAPABILITY IMAP4rev1]\r\n");
    script_goodbye(c);
}

static void an_expired_token_is_renewed_on_the_same_connection(void **state)
{
    (void)state;
    IMAP_TEST(t, expired_server);
    t.token = "one";
    t.next_token = "two";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void refusing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB");
    script_send(c, "+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n");
    script_expect(c, "");
    script_send(c, "A1 NO [AUTHENTICATIONFAILED] no\r\n");
    script_expect(c, "A2 AUTHENTICATE XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHR3bwEB");
    script_send(c, "+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n");
    script_expect(c, "");
    script_send(c, "A2 NO [AUTHENTICATIONFAILED] no\r\n");
    script_expect_end(c);
}

static void a_token_that_is_refused_twice_needs_the_user(void **state)
{
    (void)state;
    IMAP_TEST(t, refusing_server);
    t.token = "one";
    t.next_token = "two";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept the access token");
    assert_int_equal(t.err.user_action, 1);
    assert_non_null(strstr(t.err.server, "\"schemes\":\"Bearer\""));
    assert_script_done(&t);
}

static void busy_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB");
    script_send(c, "A1 NO [UNAVAILABLE] the token service is down\r\n");
    script_expect_end(c);
}

static void a_server_that_cannot_check_a_token_now_is_asked_later(void **state)
{
    (void)state;
    IMAP_TEST(t, busy_server);
    t.token = "one";
    t.next_token = "two";
    assert_int_equal(run(&t, sign_in), -1);
    assert_int_equal(t.err.retry, FCT_RETRY_LATER);
    assert_script_done(&t);
}

static void passwords_only_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect_end(c);
}

static void a_server_that_takes_no_tokens_gets_none(void **state)
{
    (void)state;
    IMAP_TEST(t, passwords_only_server);
    t.token = "one";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "it takes no access tokens");
    assert_script_done(&t);
}

/* It refuses, and then says OK: who is it that we are signed in as? */
static void contradicting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB");
    script_send(c, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n");
    script_expect(c, "");
    script_send(c, "A1 OK\r\n");
    script_expect_end(c);
}

static void an_ok_behind_a_refusal_is_not_believed(void **state)
{
    (void)state;
    IMAP_TEST(t, contradicting_server);
    t.token = "one";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "lets us in");
    assert_script_done(&t);
}

static void silent_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " WITH_TOKENS "] hello\r\n");
    script_expect_end(c);
}

static void a_name_that_would_forge_the_message_is_never_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, silent_server);
    t.user = "user\001auth=Bearer other";
    t.token = "one";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "control character");
    t.user = "user";
    t.token = "one two";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "malformed");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standard_one_is_taken_and_no_password_shown),
        cmocka_unit_test(an_expired_token_is_renewed_on_the_same_connection),
        cmocka_unit_test(a_token_that_is_refused_twice_needs_the_user),
        cmocka_unit_test(a_server_that_cannot_check_a_token_now_is_asked_later),
        cmocka_unit_test(a_server_that_takes_no_tokens_gets_none),
        cmocka_unit_test(an_ok_behind_a_refusal_is_not_believed),
        cmocka_unit_test(a_name_that_would_forge_the_message_is_never_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
