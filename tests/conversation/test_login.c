/* From the greeting to the first command after the login: with good servers, poor ones and hostile ones. */
#include "fixture.h"

#include <openssl/evp.h>

#define ALWAYS \
    (FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS | FCT_CAN_APPEND | FCT_CAN_COPY | FCT_CAN_MAILBOX_SET)

/* ---- good servers --------------------------------------------------------------------------------------- */

static void bare_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "A1 CAPABILITY");
    script_send(c, "* CAPABILITY IMAP4rev1\r\nA1 OK\r\n");
    script_expect(c, "A2 LOGIN \"user\" \"pass\"");
    script_send(c, "A2 OK\r\n");
    script_expect(c, "A3 CAPABILITY");
    script_send(c, "* CAPABILITY IMAP4rev1\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void a_bare_rfc_3501_server_is_enough(void **state)
{
    (void)state;
    IMAP_TEST(t, bare_server);
    assert_int_equal(run(&t, sign_in), 0);
    assert_int_equal(t.can, ALWAYS);
    assert_script_done(&t);
}

static void modern_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC
                 " ENABLE CONDSTORE QRESYNC NAMESPACE ID IDLE LIST-STATUS LIST-EXTENDED COMPRESS=DEFLATE UTF8=ACCEPT");
    script_expect(c, "A2 ID (\"name\" \"Facteur\" \"version\" \"1\")");
    script_expect(c, "A3 ENABLE QRESYNC UTF8=ACCEPT");
    script_expect(c, "A4 NAMESPACE");
    script_expect(c, "A5 COMPRESS DEFLATE");
    script_send(c, "* ID (\"name\" \"Acme \\\"IMAP\\\"\" \"version\" \"3\")\r\nA2 OK\r\n* ENABLED QRESYNC\r\nA3 OK\r\n"
                   "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nA4 OK\r\nA5 OK deflate\r\n");
    script_start_deflate(c);
    script_send(c, "* OK compressed at once\r\n");
    script_goodbye(c);
}

static int describe(struct imap_test *t)
{
    char text[400];
    struct fct_session_stats st = {.size = sizeof(st)};
    if (sign_in(t) < 0 || t->source->describe(t->session, text, sizeof(text), &t->err) < 0)
        return -1;
    t->source->stats(t->session, &st);
    buf_addf(&t->events, "%s\n%llu round trips\n", text, (unsigned long long)st.round_trips);
    return 0;
}

static void what_is_asked_once_goes_out_together(void **state)
{
    (void)state;
    IMAP_TEST(t, modern_server);
    t.compress = "always";
    assert_int_equal(run(&t, describe), 0);
    assert_int_equal(t.can, ALWAYS | FCT_CAN_MODSEQ | FCT_CAN_VANISHED | FCT_CAN_IDLE | FCT_CAN_LIST_STATUS);
    assert_events(&t, "Acme \"IMAP\" 3, IMAP4rev1, QRESYNC, CONDSTORE, IDLE, LIST-STATUS, NAMESPACE, UTF8=ACCEPT, "
                      "not encrypted, compressed\n3 round trips\n");
    assert_script_done(&t);
}

static void no_compression_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " COMPRESS=DEFLATE");
    script_goodbye(c);
}

static void the_loopback_is_not_compressed(void **state)
{
    (void)state;
    IMAP_TEST(t, no_compression_server);
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void refuses_extras_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE QRESYNC ID COMPRESS=DEFLATE");
    script_expect(c, "A2 ID (\"name\" \"Facteur\" \"version\" \"1\")");
    script_expect(c, "A3 ENABLE QRESYNC");
    script_expect(c, "A4 COMPRESS DEFLATE");
    script_send(c, "A2 BAD no\r\nA3 NO no\r\nA4 NO [COMPRESSIONACTIVE] no\r\n");
    script_goodbye(c);
}

static void a_server_that_refuses_its_own_extensions_is_used_without_them(void **state)
{
    (void)state;
    IMAP_TEST(t, refuses_extras_server);
    t.compress = "always";
    assert_int_equal(run(&t, sign_in), 0);
    assert_int_equal(t.can & FCT_CAN_VANISHED, 0);
    assert_script_done(&t);
}

/* ---- mechanisms ----------------------------------------------------------------------------------------- */

static void plain_without_ir_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN");
    script_send(c, "+\r\n");
    script_expect(c, "AHVzZXIAcGFzcw==");
    script_send(c, "* CAPABILITY IMAP4rev1\r\nA1 OK in\r\n");
    script_goodbye(c);
}

static void plain_waits_for_the_server_without_sasl_ir(void **state)
{
    (void)state;
    IMAP_TEST(t, plain_without_ir_server);
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void login_mechanism_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE LOGIN");
    script_send(c, "+ VXNlcm5hbWU6\r\n");
    script_expect(c, "dXNlcg==");
    script_send(c, "+ UGFzc3dvcmQ6\r\n");
    script_expect(c, "cGFzcw==");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void the_login_mechanism_asks_twice(void **state)
{
    (void)state;
    IMAP_TEST(t, login_mechanism_server);
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void literal_password_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1] hello\r\n");
    script_expect(c, "A1 LOGIN \"us\\\"e\\\\r\" {7}");
    script_send(c, "* OK wait a moment\r\n+ go on\r\n");
    script_expect(c, "p\xc3\xa4sswd");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void odd_credentials_are_quoted_or_sent_as_literals(void **state)
{
    (void)state;
    IMAP_TEST(t, literal_password_server);
    t.user = "us\"e\\r";
    t.password = "p\xc3\xa4sswd";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void literal_plus_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 LITERAL+] hello\r\n");
    script_expect(c, "A1 LOGIN \"user\" {7+}");
    script_expect(c, "p\xc3\xa4sswd");
    script_send(c, "A1 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void literal_plus_saves_the_wait(void **state)
{
    (void)state;
    IMAP_TEST(t, literal_plus_server);
    t.password = "p\xc3\xa4sswd";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void refuses_literal_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1] hello\r\n");
    script_expect(c, "A1 LOGIN \"user\" {7}");
    script_send(c, "A1 NO [UNAVAILABLE] not now\r\n");
    script_expect_end(c);
}

static void a_refused_literal_is_not_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, refuses_literal_server);
    t.password = "p\xc3\xa4sswd";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "not available");
    assert_script_done(&t);
}

static void silent_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 LITERAL+] hello\r\n");
    script_expect_end(c);
}

static void a_line_break_in_a_password_is_never_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, silent_server);
    t.password = "pass\r\nA2 DELETE INBOX";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "the password holds a line break");
    assert_script_done(&t);
}

static void an_account_without_user_or_password_says_so(void **state)
{
    (void)state;
    IMAP_TEST(t, silent_server);
    t.user = NULL;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "no user name");
    t.user = "user";
    t.password = NULL;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no password is stored");
    assert_script_done(&t);
}

/* ---- refusals ------------------------------------------------------------------------------------------- */

static void wrong_password_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=LOGIN] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A1 NO Go away\xff, pass\r\n");
    script_expect_end(c);
}

static void a_wrong_password_is_tried_once_and_needs_the_user(void **state)
{
    (void)state;
    IMAP_TEST(t, wrong_password_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept user name and password");
    assert_int_equal(t.err.user_action, 1);
    assert_non_null(strstr(t.err.server, "Go away"));
    assert_null(strstr(t.err.server, "pass"));
    assert_null(strstr(t.err.message, "AHVz"));
    assert_script_done(&t);
}

static void quoting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "* NO [ALERT] user said pass\r\n");
    script_send(c, "A1 BAD unknown: AUTHENTICATE PLAIN AHVzZXIAcGFzcw==, that is \"pass\", cGFzcw==\r\n");
    script_expect_end(c);
}

static void a_server_that_repeats_the_password_is_not_quoted(void **state)
{
    (void)state;
    IMAP_TEST(t, quoting_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_string_equal(t.err.server, "unknown: AUTHENTICATE PLAIN ****************, that is \"****\", ********");
    assert_script_done(&t);
}

static void answer_login(struct script_conn *c, const char *answer)
{
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_sendf(c, "A1 NO %s\r\n", answer);
    script_expect_end(c);
}

static const char *next_answer;
static void coded_refusal_server(struct script_conn *c, void *arg)
{
    (void)arg;
    answer_login(c, next_answer);
}

static void response_codes_decide_what_a_refusal_means(void **state)
{
    static const struct {
        const char *answer;
        int code, retry;
        unsigned user_action;
    } cases[] = {
        {"[AUTHENTICATIONFAILED] x", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"[AUTHORIZATIONFAILED] x", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"[EXPIRED] x", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"[UNAVAILABLE] x", FCT_E_SERVER, FCT_RETRY_LATER, 0},
        {"[PRIVACYREQUIRED] x", FCT_E_TLS, FCT_RETRY_NEVER, 1},
        {"[CONTACTADMIN] x", FCT_E_USER_ACTION, FCT_RETRY_NEVER, 1},
        {"[LIMIT] too many connections", FCT_E_SERVER, FCT_RETRY_LATER, 0},
        {"[INUSE] x", FCT_E_BUSY, FCT_RETRY_LATER, 0},
        {"[XUNKNOWN 3] x", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"[ALERT] Too many simultaneous connections. (Failure)", FCT_E_SERVER, FCT_RETRY_LATER, 0},
        {"[ALERT] Application-specific password required", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"Temporary authentication failure", FCT_E_SERVER, FCT_RETRY_LATER, 0},
        {"[AUTHENTICATIONFAILED] try again later", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
        {"Please try again later", FCT_E_SERVER, FCT_RETRY_LATER, 0},
        {"Wrong password, try again", FCT_E_AUTH, FCT_RETRY_NEVER, 1},
    };
    (void)state;
    IMAP_TEST(t, coded_refusal_server);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        next_answer = cases[i].answer;
        assert_int_equal(run(&t, sign_in), -1);
        assert_failed(&t, cases[i].code, cases[i].retry, "127.0.0.1");
        assert_int_equal(t.err.user_action, cases[i].user_action);
    }
    assert_script_done(&t);
}

static void leaving_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_sendf(c, "* BYE too many people here\r\nA1 NO %s\r\n", next_answer);
    script_expect_end(c);
}

static void a_no_behind_a_bye_is_no_wrong_password(void **state)
{
    (void)state;
    IMAP_TEST(t, leaving_server);
    next_answer = "LOGIN failed";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "ended the conversation");
    assert_string_equal(t.err.server, "too many people here");
    assert_int_equal(t.err.user_action, 0);
    next_answer = "[AUTHENTICATIONFAILED] LOGIN failed"; /* unless the server says that it is */
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "user name and password");
    assert_script_done(&t);
}

static void login_disabled_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n");
    script_expect_end(c);
}

static void logindisabled_is_honoured(void **state)
{
    (void)state;
    IMAP_TEST(t, login_disabled_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "it wants TLS first");
    assert_int_equal(t.err.user_action, 1);
    assert_script_done(&t);
}

static void bye_at_once_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* BYE [UNAVAILABLE] maintenance until noon\r\n");
    script_expect_end(c);
}

static void a_bye_as_greeting_is_told_with_its_words(void **state)
{
    (void)state;
    IMAP_TEST(t, bye_at_once_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "not available");
    assert_string_equal(t.err.server, "maintenance until noon");
}

static void bye_in_login_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "* BYE too many failures\r\n");
}

static void a_bye_before_the_end_is_the_reason_of_the_error(void **state)
{
    (void)state;
    IMAP_TEST(t, bye_in_login_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "the server ended the conversation");
    assert_string_equal(t.err.server, "too many failures");
}

/* ---- SCRAM and servers that cheat ----------------------------------------------------------------------- */

/* Takes the client's first message and answers with its nonce continued. */
static bool begin_scram(struct script_conn *c)
{
    char nonce[200] = "", message[300];
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    const char *line = script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-256 ");
    if (!line)
        return false;
    unsigned char first[300];
    int n = EVP_DecodeBlock(first, (const unsigned char *)strrchr(line, ' ') + 1, (int)strlen(strrchr(line, ' ') + 1));
    first[n > 0 ? n : 0] = '\0';
    const char *r = strstr((char *)first, ",r=");
    snprintf(nonce, sizeof(nonce), "%s", r ? r + 3 : "");
    snprintf(message, sizeof(message), "r=%sSERVER,s=QSXCR+Q6sek8bf92,i=4096", nonce);
    unsigned char text[500];
    EVP_EncodeBlock(text, (const unsigned char *)message, (int)strlen(message));
    script_sendf(c, "+ %s\r\n", (char *)text);
    return script_read_line(c)[0] != '\0'; /* the proof */
}

static void impostor_server(struct script_conn *c, void *arg)
{
    (void)arg;
    if (begin_scram(c))
        script_send(c, "+ dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9\r\n");
    script_expect_end(c);
}

static void a_server_that_cannot_prove_itself_gets_nothing_more(void **state)
{
    (void)state;
    IMAP_TEST(t, impostor_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "may be an impostor");
    assert_script_done(&t);
}

static void too_friendly_server(struct script_conn *c, void *arg)
{
    (void)arg;
    if (begin_scram(c))
        script_send(c, "A1 OK never mind\r\n");
    script_expect_end(c);
}

static void an_ok_without_the_servers_proof_is_refused(void **state)
{
    (void)state;
    IMAP_TEST(t, too_friendly_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "cannot prove");
    assert_script_done(&t);
}

static void asks_nothing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-1] hello\r\n");
    script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-1 ");
    script_send(c, "A1 OK come in\r\n");
    script_expect_end(c);
}

static void an_ok_that_asked_for_nothing_is_refused(void **state)
{
    (void)state;
    IMAP_TEST(t, asks_nothing_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "asked for nothing");
    assert_script_done(&t);
}

static void scram_wrong_password_server(struct script_conn *c, void *arg)
{
    (void)arg;
    if (begin_scram(c))
        script_send(c, "+ ZT1pbnZhbGlkLXByb29m\r\n");
    script_expect(c, "");
    script_send(c, "A1 NO [AUTHENTICATIONFAILED] x\r\n");
    script_expect_end(c);
}

static void a_refused_proof_is_a_wrong_password(void **state)
{
    (void)state;
    IMAP_TEST(t, scram_wrong_password_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept");
    assert_script_done(&t);
}

static void no_scram_keys_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1] hello\r\n");
    script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-256 ");
    script_send(c, "A1 NO [AUTHENTICATIONFAILED] x\r\n");
    script_expect(c, "A2 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A2 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void a_user_without_scram_keys_signs_in_with_plain_under_tls(void **state)
{
    (void)state;
    IMAP_TEST(t, no_scram_keys_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void no_scram_keys_in_clear_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-256 ");
    script_send(c, "A1 NO [AUTHENTICATIONFAILED] x\r\n");
    script_expect_end(c);
}

static void busy_scram_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-256 ");
    script_send(c, "A1 NO [UNAVAILABLE] x\r\n");
    script_expect_end(c);
}

static void a_server_that_is_busy_is_not_shown_the_password(void **state)
{
    (void)state;
    IMAP_TEST(t, busy_scram_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "not available");
    assert_script_done(&t);
}

static void scram_does_not_fall_back_to_plain_in_clear(void **state)
{
    (void)state;
    IMAP_TEST(t, no_scram_keys_in_clear_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept");
    assert_script_done(&t);
}

/* ---- TLS ------------------------------------------------------------------------------------------------ */

static void starttls_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED IDLE AUTH=SCRAM-SHA-1] hello\r\n");
    script_expect(c, "A1 STARTTLS");
    script_send(c, "* ENABLED UTF8=ACCEPT\r\n* NAMESPACE NIL ((\"\" \"/\")(\"a\" \"/\")) NIL\r\n* BYE [EXPIRED] x\r\n"
                   "A1 OK begin\r\n");
    if (!script_start_tls(c, t->tls))
        return;
    script_expect(c, "A2 CAPABILITY"); /* what was said in clear is forgotten */
    script_send(c, "* CAPABILITY " BASIC "\r\nA2 OK\r\n");
    script_expect(c, "A3 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A3 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_expect(c, "A4 SELECT \"&AOk-\"");
    script_send(c, "A4 NO there is none\r\n");
    script_expect(c, "A5 LIST \"\" \"*\"");
    script_expect(c, "A6 LSUB \"\" \"*\"");
    script_send(c, "* LIST () \"/\" a\r\nA5 OK\r\nA6 OK\r\n");
    script_goodbye(c);
}

static int sign_in_and_look(struct imap_test *t)
{
    if (sign_in(t) < 0 || select_known(t, "&AOk-", 0, 0) == 0)
        return -1;
    return t->source->list(t->session, &t->sink, &t->err);
}

static void what_was_said_before_starttls_is_forgotten(void **state)
{
    (void)state;
    IMAP_TEST(t, starttls_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in_and_look), 0);
    assert_int_equal(t.can & FCT_CAN_IDLE, 0);
    assert_events(&t, "mailbox a wire=a role=0 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void starttls_unannounced_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "A1 STARTTLS");
    script_send(c, "A1 OK begin\r\n");
    if (!script_start_tls(c, t->tls))
        return;
    script_expect(c, "A2 CAPABILITY");
    script_send(c, "* CAPABILITY " BASIC "\r\nA2 OK\r\n");
    script_expect(c, "A3 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A3 OK [CAPABILITY IMAP4rev1] in\r\n");
    script_goodbye(c);
}

static void starttls_is_tried_without_asking_first(void **state)
{
    (void)state;
    IMAP_TEST(t, starttls_unannounced_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void no_starttls_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect_end(c);
}

static void without_starttls_no_credential_is_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, no_starttls_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TLS, FCT_RETRY_NEVER, "does not offer STARTTLS");
    assert_script_done(&t);
}

static void starttls_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "A1 STARTTLS");
    script_send(c, "A1 BAD what?\r\n");
    script_expect_end(c);
}

static void a_refused_starttls_ends_it(void **state)
{
    (void)state;
    IMAP_TEST(t, starttls_refused_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TLS, FCT_RETRY_NEVER, "refuses STARTTLS");
    assert_string_equal(t.err.server, "what?");
    assert_script_done(&t);
}

static void injecting_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n");
    script_expect(c, "A1 STARTTLS");
    script_send(c, "A1 OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nA2 OK\r\n");
    script_start_tls(c, t->tls); /* whatever comes: no credential may be in it */
    script_expect_end(c);
}

static void bytes_injected_behind_starttls_are_an_attack(void **state)
{
    (void)state;
    IMAP_TEST(t, injecting_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_int_equal(t.err.code, FCT_E_TLS);
    assert_script_done(&t);
}

static void preauth_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS IDLE] welcome root\r\n");
    script_expect_end(c);
}

static void preauth_before_tls_is_refused(void **state)
{
    (void)state;
    IMAP_TEST(t, preauth_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TLS, FCT_RETRY_NEVER, "signs us in before TLS");
    assert_script_done(&t);
}

static void preauth_goodbye_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] welcome root\r\n");
    script_goodbye(c);
}

static void preauth_without_tls_needs_no_credentials(void **state)
{
    (void)state;
    IMAP_TEST(t, preauth_goodbye_server);
    t.password = NULL;
    assert_int_equal(run(&t, sign_in), 0);
    assert_int_equal(t.can & FCT_CAN_IDLE, FCT_CAN_IDLE);
    assert_script_done(&t);
}

/* ---- servers that are none ------------------------------------------------------------------------------ */

static void web_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

static void garbage_as_greeting_is_a_protocol_error(void **state)
{
    (void)state;
    IMAP_TEST(t, web_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "is no IMAP server");
    assert_non_null(strstr(t.err.message, "127.0.0.1:"));
}

static void mute_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_expect_end(c);
}

static void a_server_that_says_nothing_ends_in_time(void **state)
{
    (void)state;
    IMAP_TEST(t, mute_server);
    t.account.endpoint.io_timeout_ms = 200;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "127.0.0.1");
    assert_non_null(strstr(t.err.message, "imaps://")); /* a server of TLS waits for us to begin, too */
}

static void talkative_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "A1 CAPABILITY");
    while (!script_is_gone(c)) {
        script_send(c, "* OK still here\r\n* CAPABILITY IMAP4rev1\r\n+ go on\r\n");
        script_pause(20);
    }
}

static void a_server_that_talks_and_never_answers_ends_in_time(void **state)
{
    (void)state;
    IMAP_TEST(t, talkative_server);
    t.account.endpoint.io_timeout_ms = 200;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "no answer to CAPABILITY");
    assert_script_done(&t);
}

static void endless_line_server(struct script_conn *c, void *arg)
{
    char chunk[4096];
    (void)arg;
    memset(chunk, 'x', sizeof(chunk));
    script_send(c, "* OK ");
    for (int i = 0; i < 64; i++)
        script_send_bytes(c, chunk, sizeof(chunk));
    script_expect_end(c);
}

static void a_line_without_end_hits_its_bound(void **state)
{
    (void)state;
    IMAP_TEST(t, endless_line_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_int_equal(t.err.code, FCT_E_LIMIT);
}

static void wrong_tag_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY " BASIC "] hello\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A7 OK in\r\n");
    script_expect_end(c);
}

static void an_answer_to_a_command_that_was_not_sent_is_a_protocol_error(void **state)
{
    (void)state;
    IMAP_TEST(t, wrong_tag_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "A7");
    assert_script_done(&t);
}

static void no_base64_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hello\r\n");
    script_expect_prefix(c, "A1 AUTHENTICATE SCRAM-SHA-256 ");
    script_send(c, "+ this is no base64!\r\n");
    script_expect_end(c);
}

static void a_challenge_that_is_no_base64_is_a_protocol_error(void **state)
{
    (void)state;
    IMAP_TEST(t, no_base64_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "no base64");
    assert_script_done(&t);
}

static void no_capabilities_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "A1 CAPABILITY");
    script_send(c, "A1 OK\r\n");
    script_expect_end(c);
}

static void a_server_without_capabilities_is_a_protocol_error(void **state)
{
    (void)state;
    IMAP_TEST(t, no_capabilities_server);
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "does not say what it can");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_rfc_3501_server_is_enough),
        cmocka_unit_test(what_is_asked_once_goes_out_together),
        cmocka_unit_test(the_loopback_is_not_compressed),
        cmocka_unit_test(a_server_that_refuses_its_own_extensions_is_used_without_them),
        cmocka_unit_test(plain_waits_for_the_server_without_sasl_ir),
        cmocka_unit_test(the_login_mechanism_asks_twice),
        cmocka_unit_test(odd_credentials_are_quoted_or_sent_as_literals),
        cmocka_unit_test(literal_plus_saves_the_wait),
        cmocka_unit_test(a_refused_literal_is_not_sent),
        cmocka_unit_test(a_line_break_in_a_password_is_never_sent),
        cmocka_unit_test(an_account_without_user_or_password_says_so),
        cmocka_unit_test(a_wrong_password_is_tried_once_and_needs_the_user),
        cmocka_unit_test(a_server_that_repeats_the_password_is_not_quoted),
        cmocka_unit_test(response_codes_decide_what_a_refusal_means),
        cmocka_unit_test(a_no_behind_a_bye_is_no_wrong_password),
        cmocka_unit_test(logindisabled_is_honoured),
        cmocka_unit_test(a_bye_as_greeting_is_told_with_its_words),
        cmocka_unit_test(a_bye_before_the_end_is_the_reason_of_the_error),
        cmocka_unit_test(a_server_that_cannot_prove_itself_gets_nothing_more),
        cmocka_unit_test(an_ok_without_the_servers_proof_is_refused),
        cmocka_unit_test(an_ok_that_asked_for_nothing_is_refused),
        cmocka_unit_test(a_refused_proof_is_a_wrong_password),
        cmocka_unit_test(a_user_without_scram_keys_signs_in_with_plain_under_tls),
        cmocka_unit_test(a_server_that_is_busy_is_not_shown_the_password),
        cmocka_unit_test(scram_does_not_fall_back_to_plain_in_clear),
        cmocka_unit_test(what_was_said_before_starttls_is_forgotten),
        cmocka_unit_test(starttls_is_tried_without_asking_first),
        cmocka_unit_test(without_starttls_no_credential_is_sent),
        cmocka_unit_test(a_refused_starttls_ends_it),
        cmocka_unit_test(bytes_injected_behind_starttls_are_an_attack),
        cmocka_unit_test(preauth_before_tls_is_refused),
        cmocka_unit_test(preauth_without_tls_needs_no_credentials),
        cmocka_unit_test(garbage_as_greeting_is_a_protocol_error),
        cmocka_unit_test(a_server_that_says_nothing_ends_in_time),
        cmocka_unit_test(a_server_that_talks_and_never_answers_ends_in_time),
        cmocka_unit_test(a_line_without_end_hits_its_bound),
        cmocka_unit_test(an_answer_to_a_command_that_was_not_sent_is_a_protocol_error),
        cmocka_unit_test(a_challenge_that_is_no_base64_is_a_protocol_error),
        cmocka_unit_test(a_server_without_capabilities_is_a_protocol_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
