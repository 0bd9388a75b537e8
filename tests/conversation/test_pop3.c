/* The POP3 plugin with good servers, poor ones and hostile ones. What the core makes of bad listings: tests/e2e/test_pop3_bad.py. */
#include "fixture.h"

#define POP3_TEST(name, script)                    \
    CLEANUP(imap_test_done) struct imap_test name; \
    source_test_start(&name, "pop3", script)

#define MODERN "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN\r\n.\r\n"

/* ---- scripts' parts ------------------------------------------------------------------------------------- */

static void login(struct script_conn *c, const char *capabilities)
{
    script_send(c, "+OK ready\r\n");
    script_expect(c, "CAPA");
    script_send(c, capabilities);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "+OK welcome\r\n");
}

/* A server of RFC 1939 and nothing else. */
static void old_login(struct script_conn *c)
{
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "-ERR\r\n");
    script_expect(c, "USER user");
    script_send(c, "+OK\r\n");
    script_expect(c, "PASS pass");
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "-ERR\r\n");
}

static void goodbye(struct script_conn *c)
{
    script_expect(c, "QUIT");
    script_send(c, "+OK\r\n");
    script_expect_end(c);
}

/* ---- acts ----------------------------------------------------------------------------------------------- */

static const struct fct_uid_range three[] = {{3, 3}, {2, 2}, {1, 1}};

static int list_all(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1
                             : t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &t->sink, &t->err);
}

static int fetch_three(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->fetch(t->session, three, 3, &t->sink, &t->err);
}

static int fetch_headers(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->fetch_headers(t->session, three, 3, &t->sink, &t->err);
}

static int delete_three(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->expunge(t->session, three, 3, &t->err);
}

/* ---- signing in ----------------------------------------------------------------------------------------- */

static void old_server(struct script_conn *c, void *arg)
{
    (void)arg;
    old_login(c);
    script_expect(c, "STAT");
    script_send(c, "+OK 2 320\r\n");
    script_expect(c, "LIST");
    script_send(c, "+OK\r\n1 120\r\n2 200\r\n.\r\n");
    script_expect(c, "UIDL");
    script_send(c, "-ERR unknown command\r\n");
    goodbye(c);
}

static void a_bare_rfc_1939_server_is_enough(void **state)
{
    (void)state;
    POP3_TEST(t, old_server);
    assert_int_equal(run(&t, list_all), 0);
    assert_int_equal(t.can, FCT_CAN_EXPUNGE);
    assert_int_equal(t.status.messages, 2);
    assert_int_equal(t.status.octets, 320);
    assert_events(&t, "flags 1 octets=120 date=0\nflags 2 octets=200 date=0\n");
    assert_script_done(&t);
}

static void utf8_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN\r\nUTF8\r\nIMPLEMENTATION Acme \x01 1.0\r\n.\r\n");
    script_expect(c, "UTF8");
    script_send(c, "+OK\r\n");
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "+OK\r\n");
    goodbye(c);
}

static int describe(struct imap_test *t)
{
    char text[200];
    if (sign_in(t) < 0 || t->source->describe(t->session, text, sizeof(text), &t->err) < 0)
        return -1;
    buf_addf(&t->events, "%s\n", text);
    return 0;
}

static void utf8_is_asked_for_before_signing_in(void **state)
{
    (void)state;
    POP3_TEST(t, utf8_server);
    assert_int_equal(run(&t, describe), 0);
    assert_events(&t, "Acme ? 1.0, UIDL, TOP, PIPELINING, UTF8, not encrypted\n");
    assert_script_done(&t);
}

static void apop_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n");
    script_expect(c, "APOP mrose c4c9334bac560ecc979e58001b3e22fb");
    script_send(c, "+OK maildrop has 1 message\r\n");
    goodbye(c);
}

static void apop_is_as_in_rfc_1939(void **state)
{
    (void)state;
    POP3_TEST(t, apop_server);
    t.user = "mrose";
    t.password = "tanstaaf";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void cram_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN CRAM-MD5\r\n.\r\n");
    script_expect(c, "AUTH CRAM-MD5");
    script_send(c, "+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n");
    script_expect(c, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
    script_send(c, "+OK\r\n");
    goodbye(c);
}

static void cram_md5_is_as_in_rfc_2195(void **state)
{
    (void)state;
    POP3_TEST(t, cram_server);
    t.user = "tim";
    t.password = "tanstaaftanstaaf";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void long_password_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, MODERN);
    script_expect(c, "AUTH PLAIN"); /* RFC 5034 section 4: what does not fit waits for the server */
    script_send(c, "+ \r\n");
    script_expect_prefix(c, "AHVzZXIAeHh4eHh4");
    script_send(c, "+OK\r\n");
    goodbye(c);
}

static void a_long_password_does_not_make_a_long_command(void **state)
{
    (void)state;
    char password[400];
    POP3_TEST(t, long_password_server);
    memset(password, 'x', sizeof(password) - 1);
    password[sizeof(password) - 1] = '\0';
    t.password = password;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void token_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN XOAUTH2\r\n.\r\n");
    script_expect(c, "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB");
    script_send(c, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n");
    script_expect(c, "");
    script_send(c, "-ERR no one, dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB\r\n");
    script_expect(c, "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHR3bwEB");
    script_send(c, "+OK\r\n");
    goodbye(c);
}

static void a_refused_token_is_renewed_once(void **state)
{
    (void)state;
    POP3_TEST(t, token_server);
    t.token = "one";
    t.next_token = "two";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* One answer to signing in, and what becomes of it. */
static const struct refused {
    const char *answer;
    int code, retry;
    unsigned user_action;
} refusals[] = {
    {"-ERR wrong", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
    {"-ERR [AUTH] wrong", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
    {"-ERR [IN-USE] Do you have another POP session running?", FCT_E_BUSY, FCT_RETRY_LATER, 0},
    {"-ERR [LOGIN-DELAY] minimum time between mail checks violation", FCT_E_SERVER, FCT_RETRY_LATER, 0},
    {"-ERR [SYS/TEMP] could not lock mailbox", FCT_E_SERVER, FCT_RETRY_LATER, 0},
    {"-ERR [SYS/PERM] no such mailbox", FCT_E_SERVER, FCT_RETRY_NEVER, 0},
    {"-ERR maildrop already locked", FCT_E_SERVER, FCT_RETRY_LATER, 0},
    {"-ERR too many connections", FCT_E_SERVER, FCT_RETRY_LATER, 0},
};
static const struct refused *refused;

static void refusing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, MODERN);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_sendf(c, "%s\r\n", refused->answer);
    script_expect_end(c);
}

static void a_refusal_is_what_its_code_or_its_words_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        refused = &refusals[i];
        POP3_TEST(t, refusing_server);
        assert_int_equal(run(&t, sign_in), -1);
        assert_failed(&t, refused->code, refused->retry, "");
        assert_int_equal(t.err.user_action, refused->user_action);
        assert_script_done(&t);
    }
}

static void quoting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "-ERR\r\n");
    script_expect(c, "USER user");
    script_send(c, "+OK\r\n");
    script_expect(c, "PASS pass");
    script_send(c, "-ERR unknown command: PASS pass, or cGFzcw==\r\n");
    script_expect_end(c);
}

static void a_password_that_the_server_quotes_is_not_repeated(void **state)
{
    (void)state;
    POP3_TEST(t, quoting_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_null(strstr(t.err.server, " pass"));
    assert_null(strstr(t.err.server, "cGFzcw"));
    assert_non_null(strstr(t.err.server, "unknown command"));
    assert_script_done(&t);
}

static void silent_client_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, MODERN);
    script_expect_end(c);
}

static void line_breaks_reach_no_command(void **state)
{
    (void)state;
    static const char *const bad[] = {"us\r\nDELE 1", "us\ner", "\r"};
    for (size_t i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
        POP3_TEST(t, silent_client_server);
        *(i % 2 ? &t.user : &t.password) = bad[i / 2];
        assert_int_equal(run(&t, sign_in), -1);
        assert_int_equal(t.err.code, FCT_E_INVALID);
        assert_script_done(&t);
    }
}

/* ---- TLS ------------------------------------------------------------------------------------------------ */

static void stls_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    script_send(c, "+OK <1.2@forged>\r\n");
    script_expect(c, "STLS");
    script_send(c, "+OK begin\r\n");
    if (!script_start_tls(c, t->tls))
        return;
    script_expect(c, "CAPA");
    script_send(c, MODERN);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "+OK\r\n");
    goodbye(c);
}

static void stls_comes_before_everything(void **state)
{
    (void)state;
    POP3_TEST(t, stls_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void no_stls_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "STLS");
    script_send(c, "-ERR what?\r\n");
    script_expect_end(c);
}

static void without_stls_no_credential_is_sent(void **state)
{
    (void)state;
    POP3_TEST(t, no_stls_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TLS, FCT_RETRY_NEVER, "nothing was sent in clear");
    assert_script_done(&t);
}

static void injecting_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "STLS");
    script_send(c, "+OK begin\r\n+OK\r\nUSER\r\n.\r\n");
    script_start_tls(c, t->tls); /* whatever comes: no credential may be in it */
    script_expect_end(c);
}

static void bytes_injected_behind_stls_are_an_attack(void **state)
{
    (void)state;
    POP3_TEST(t, injecting_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_int_equal(t.err.code, FCT_E_TLS);
}

static void clear_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\r\n");
    script_expect(c, "CAPA");
    script_send(c, "+OK\r\nSTLS\r\nUIDL\r\nSASL\r\n.\r\n");
    script_expect_end(c);
}

static void a_server_that_wants_tls_is_understood(void **state)
{
    (void)state;
    POP3_TEST(t, clear_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "it wants TLS first");
    assert_script_done(&t);
}

/* ---- listing -------------------------------------------------------------------------------------------- */

static void listing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect(c, "STAT");
    script_send(c, "+OK 5 1500\r\n");
    script_expect(c, "LIST");
    script_expect(c, "UIDL");
    script_send(c, "+OK\r\n1 100\r\n2 200\r\n4 400 extra\r\n3 300\r\n\r\nx y\r\n0 5\r\n7 none\r\n3 301\r\n.\r\n"
                   "+OK\r\n1 aaa\r\n3 ccc \r\n2 bbb\r\n9 zzz\r\n4 d1\r\n4 d2\r\n.\r\n");
    goodbye(c);
}

static void an_untidy_listing_is_put_in_order(void **state)
{
    (void)state;
    POP3_TEST(t, listing_server);
    assert_int_equal(run(&t, list_all), 0);
    assert_events(&t, "flags 1 octets=100 date=0 uidl=aaa\nflags 2 octets=200 date=0 uidl=bbb\nflags 3 octets=300 date=0 uidl=ccc\n"
                      "flags 4 octets=400 date=0\nflags 7\n");
    assert_script_done(&t);
}

static void many_lines_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect(c, "STAT");
    script_send(c, "+OK 1 1\r\n");
    script_expect(c, "LIST");
    script_send(c, "+OK\r\n1 ");
    for (int i = 0; i < 20000 && !script_is_gone(c); i++)
        script_send(c, "0");
    script_expect_end(c);
}

static void a_line_without_end_hits_its_bound(void **state)
{
    (void)state;
    POP3_TEST(t, many_lines_server);
    assert_int_equal(run(&t, list_all), -1);
    assert_failed(&t, FCT_E_LIMIT, FCT_RETRY_LATER, "8192");
}

/* ---- messages ------------------------------------------------------------------------------------------- */

static void pipelined_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect(c, "RETR 3");
    script_expect(c, "RETR 2");
    script_expect(c, "RETR 1");
    script_send(c, "+OK 9 octets\r\nA: b\r\n\r\n..dot\r\n.\r\n-ERR gone\r\n+OK\r\n");
    script_pause(20);
    script_send(c, "..\r\n.\r");
    script_pause(20);
    script_send(c, "\n");
    goodbye(c);
}

static void messages_are_asked_for_together_and_their_dots_are_unstuffed(void **state)
{
    (void)state;
    POP3_TEST(t, pipelined_server);
    assert_int_equal(run(&t, fetch_three), 0);
    assert_events(&t, "message 3 octets=0 date=0 <A: b\r\n\r\n.dot\r\n>\nmessage 1 octets=0 date=0 <.\r\n>\n");
    assert_script_done(&t);
}

static void patient_server(struct script_conn *c, void *arg)
{
    (void)arg;
    old_login(c);
    for (int i = 3; i > 0; i--) {
        char command[16];
        snprintf(command, sizeof(command), "RETR %d", i);
        script_expect(c, command);
        script_pause(30);
        script_sendf(c, "+OK\r\nnumber %d\r\n.\r\n", i);
    }
    goodbye(c);
}

static void without_pipelining_one_is_asked_for_after_the_other(void **state)
{
    (void)state;
    POP3_TEST(t, patient_server);
    assert_int_equal(run(&t, fetch_three), 0);
    assert_events(&t, "message 3 octets=0 date=0 <number 3\r\n>\nmessage 2 octets=0 date=0 <number 2\r\n>\n"
                      "message 1 octets=0 date=0 <number 1\r\n>\n");
    assert_script_done(&t);
}

static void bare_lf_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "+OK\n");
    script_expect(c, "CAPA");
    script_send(c, "-ERR\n");
    script_expect(c, "USER user");
    script_send(c, "+OK\n");
    script_expect(c, "PASS pass");
    script_send(c, "+OK\n");
    script_expect(c, "CAPA");
    script_send(c, "-ERR\n");
    for (int i = 3; i > 0; i--) {
        script_expect_prefix(c, "RETR ");
        script_send(c, "+OK\nx\n..y\n.\n");
    }
    goodbye(c);
}

static void a_server_that_ends_lines_with_lf_alone_is_understood(void **state)
{
    (void)state;
    POP3_TEST(t, bare_lf_server);
    assert_int_equal(run(&t, fetch_three), 0);
    assert_events(&t, "message 3 octets=0 date=0 <x\n.y\n>\nmessage 2 octets=0 date=0 <x\n.y\n>\nmessage 1 octets=0 date=0 <x\n.y\n>\n");
    assert_script_done(&t);
}

static void smuggling_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect_prefix(c, "RETR");
    script_send(c, "+OK\r\na\n.\n-ERR smuggled\r\n.\n\r\n\n.\r\nb\r\n.\r\n-ERR\r\n-ERR\r\n");
    script_expect_prefix(c, "RETR");
    script_expect_prefix(c, "RETR");
    goodbye(c);
}

static void a_bare_lf_in_a_message_ends_nothing(void **state)
{
    (void)state;
    POP3_TEST(t, smuggling_server);
    assert_int_equal(run(&t, fetch_three), 0);
    assert_events(&t, "message 3 octets=0 date=0 <a\n.\n-ERR smuggled\r\n\n\r\n\n.\r\nb\r\n>\n");
    assert_script_done(&t);
}

static void endless_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect_prefix(c, "RETR 3");
    script_send(c, "+OK\r\n");
    while (!script_is_gone(c))
        script_send(c, "on and on and on and on and on and on and on and on\r\n");
}

static void a_message_without_end_hits_the_bound_and_is_named(void **state)
{
    (void)state;
    POP3_TEST(t, endless_server);
    t.too_large = 1 << 20;
    t.body_bytes_max = 1;
    assert_int_equal(run(&t, fetch_three), -1);
    assert_failed(&t, FCT_E_LIMIT, FCT_RETRY_NOW, "message 3");
}

static int suspect(struct imap_test *t)
{
    struct fct_session_stats stats = {.size = sizeof(stats)};
    int rc = fetch_three(t);
    t->source->stats(t->session, &stats);
    buf_addf(&t->events, "suspect %llu\n", (unsigned long long)stats.suspect_uid);
    return rc;
}

static void cutting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect_prefix(c, "RETR 3");
    script_expect_prefix(c, "RETR 2");
    script_send(c, "+OK\r\nwhole\r\n.\r\n+OK\r\nhal");
}

static void the_message_in_which_a_session_breaks_is_named_and_not_delivered(void **state)
{
    (void)state;
    POP3_TEST(t, cutting_server);
    assert_int_equal(run(&t, suspect), -1);
    assert_events(&t, "message 3 octets=0 date=0 <whole\r\n>\nsuspect 2\n");
    assert_int_equal(t.err.code, FCT_E_NETWORK);
}

static void babbling_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect_prefix(c, "RETR 3");
    script_send(c, "* OK am I an IMAP server?\r\n");
    while (*script_read_line(c))
        ;
}

static void an_answer_that_is_none_ends_the_session(void **state)
{
    (void)state;
    POP3_TEST(t, babbling_server);
    assert_int_equal(run(&t, fetch_three), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "no answer of a POP3 server");
}

static void dropping_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect_prefix(c, "RETR 3");
    script_send(c, "+OK\r\n");
    while (!script_is_gone(c)) {
        script_send(c, "x");
        script_pause(20);
    }
}

static void a_message_that_comes_in_drops_ends_in_time(void **state)
{
    (void)state;
    POP3_TEST(t, dropping_server);
    t.account.endpoint.io_timeout_ms = 100;
    assert_int_equal(run(&t, fetch_three), -1);
    assert_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "too slow");
}

/* ---- headers -------------------------------------------------------------------------------------------- */

static void top_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect(c, "TOP 3 0");
    script_expect(c, "TOP 2 0");
    script_expect(c, "TOP 1 0");
    script_send(c, "+OK\r\nSubject: c\r\n\r\n.\r\n-ERR\r\n+OK\r\nSubject: a\r\n.\r\n");
    goodbye(c);
}

static void headers_come_alone(void **state)
{
    (void)state;
    POP3_TEST(t, top_server);
    assert_int_equal(run(&t, fetch_headers), 0);
    assert_events(&t, "header 3 octets=0 date=0 <Subject: c\r\n\r\n>\nheader 1 octets=0 date=0 <Subject: a\r\n>\n");
    assert_script_done(&t);
}

static void no_top_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    for (int i = 0; i < 3; i++)
        script_expect_prefix(c, "TOP ");
    script_send(c, "-ERR\r\n-ERR\r\n-ERR\r\n");
    goodbye(c);
}

static void a_server_without_top_is_no_failure_of_the_session(void **state)
{
    (void)state;
    POP3_TEST(t, no_top_server);
    assert_int_equal(run(&t, fetch_headers), -1);
    assert_failed(&t, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "TOP");
}

/* ---- deleting ------------------------------------------------------------------------------------------- */

static const char *quit_answer, *dele_answer;

static void deleting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    login(c, MODERN);
    script_expect(c, "DELE 3");
    script_expect(c, "DELE 2");
    script_expect(c, "DELE 1");
    script_sendf(c, "+OK\r\n%s\r\n+OK\r\n", dele_answer);
    script_expect(c, "QUIT");
    if (quit_answer)
        script_sendf(c, "%s\r\n", quit_answer);
    else
        script_cut(c);
    script_expect_end(c);
}

static void delete_with(const char *dele, const char *quit, int code)
{
    dele_answer = dele;
    quit_answer = quit;
    POP3_TEST(t, deleting_server);
    assert_int_equal(run(&t, delete_three), code == FCT_OK ? 0 : -1);
    assert_int_equal(t.err.code, code);
    assert_script_done(&t);
}

static void what_is_deleted_has_gone_when_quit_is_answered(void **state)
{
    (void)state;
    delete_with("+OK", "+OK", FCT_OK);
    delete_with("-ERR already deleted", "+OK", FCT_E_SERVER);
    delete_with("+OK", "-ERR some deleted messages not removed", FCT_E_SERVER);
    delete_with("+OK", NULL, FCT_E_NETWORK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_rfc_1939_server_is_enough),
        cmocka_unit_test(utf8_is_asked_for_before_signing_in),
        cmocka_unit_test(apop_is_as_in_rfc_1939),
        cmocka_unit_test(cram_md5_is_as_in_rfc_2195),
        cmocka_unit_test(a_long_password_does_not_make_a_long_command),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(a_refusal_is_what_its_code_or_its_words_say),
        cmocka_unit_test(a_password_that_the_server_quotes_is_not_repeated),
        cmocka_unit_test(line_breaks_reach_no_command),
        cmocka_unit_test(stls_comes_before_everything),
        cmocka_unit_test(without_stls_no_credential_is_sent),
        cmocka_unit_test(bytes_injected_behind_stls_are_an_attack),
        cmocka_unit_test(a_server_that_wants_tls_is_understood),
        cmocka_unit_test(an_untidy_listing_is_put_in_order),
        cmocka_unit_test(a_line_without_end_hits_its_bound),
        cmocka_unit_test(messages_are_asked_for_together_and_their_dots_are_unstuffed),
        cmocka_unit_test(without_pipelining_one_is_asked_for_after_the_other),
        cmocka_unit_test(a_server_that_ends_lines_with_lf_alone_is_understood),
        cmocka_unit_test(a_bare_lf_in_a_message_ends_nothing),
        cmocka_unit_test(a_message_without_end_hits_the_bound_and_is_named),
        cmocka_unit_test(the_message_in_which_a_session_breaks_is_named_and_not_delivered),
        cmocka_unit_test(an_answer_that_is_none_ends_the_session),
        cmocka_unit_test(a_message_that_comes_in_drops_ends_in_time),
        cmocka_unit_test(headers_come_alone),
        cmocka_unit_test(a_server_without_top_is_no_failure_of_the_session),
        cmocka_unit_test(what_is_deleted_has_gone_when_quit_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
