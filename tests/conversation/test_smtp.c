/* Sending over SMTP: with good servers, poor ones and hostile ones. */
#include "smtp_fixture.h"

#include <stdlib.h>

/* ---- one message ----------------------------------------------------------------------------------------- */

static void take_message(struct script_conn *c)
{
    script_expect(c, "Subject: hello");
    script_expect(c, "");
    script_expect(c, "hi");
    script_expect(c, ".");
}

static void bare_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_send(c, "250 ok\r\n");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go ahead\r\n");
    take_message(c);
    script_send(c, "250 queued as 1\r\n");
    smtp_script_goodbye(c);
}

static void a_server_without_extensions_is_enough(void **state)
{
    (void)state;
    SMTP_TEST(t, bare_server);
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_int_equal(t.sent.fate, FCT_FATE_SENT);
    assert_string_equal(t.sent.reply, "250 queued as 1");
    assert_string_equal(buf_str(&t.events), "accepted 0 250 ok\ncommit\n");
    assert_smtp_script_done(&t);
}

static void old_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220-no\r\n220 spam please\r\n");
    script_expect(c, "EHLO relay.example");
    script_send(c, "502 what?\r\n");
    script_expect(c, "HELO relay.example");
    script_send(c, "250-hello\r\n250-DSN\r\n250-PIPELINING\r\n250 SIZE 1\r\n"); /* which offers nothing here */
    script_expect(c, "MAIL FROM:<>");
    script_send(c, "250\r\n");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "251 will forward\r\n");
    script_expect(c, "DATA");
    script_send(c, "354\r\n");
    take_message(c);
    script_send(c, "250\r\n");
    smtp_script_goodbye(c);
}

static void a_server_that_knows_helo_only_is_spoken_to(void **state)
{
    (void)state;
    SMTP_TEST(t, old_server);
    t.name = "relay.example";
    t.envelope.sender.n = 0;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_string_equal(t.sent.reply, "250 ");
    assert_smtp_script_done(&t);
}

static void modern_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\nSIZE 1000\n8BITMIME\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES\n");
    script_expect(c, "MAIL FROM:<me@example.org> SIZE=22 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+20c");
    script_expect(c, "RCPT TO:<jane@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;jane+2Bx@example.org");
    script_expect(c, "RCPT TO:<j\xc3\xbcrgen@example.org> NOTIFY=NEVER");
    script_expect(c, "DATA");
    script_send(c, "250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n354 go\r\n");
    take_message(c);
    script_send(c, "250 2.0.0 queued\r\n");
    smtp_script_goodbye(c);
}

static void what_can_go_out_together_does_and_every_parameter_is_said(void **state)
{
    static const char *const to[] = {"jane@example.org", "j\xc3\xbcrgen@example.org"};
    (void)state;
    SMTP_TEST(t, modern_server);
    smtp_to(&t, 2, to);
    t.envelope.flags = FCT_ENVELOPE_8BIT | FCT_ENVELOPE_RET_HDRS;
    t.envelope.envid = bytes_str("a+b c");
    t.recipients[0].notify = FCT_NOTIFY_SUCCESS | FCT_NOTIFY_DELAY;
    t.recipients[0].orcpt = bytes_str("rfc822;jane+x@example.org");
    t.recipients[1].notify = FCT_NOTIFY_NEVER | FCT_NOTIFY_DELAY;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_smtp_script_done(&t);
}

static void dots_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    script_expect(c, "..begins");
    script_expect(c, "");
    script_expect(c, "..");
    script_expect(c, "...");
    script_expect(c, "a.b");
    script_expect(c, "....x");
    script_expect(c, ".");
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static void dots_are_stuffed_however_the_message_comes(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 8; piece++) {
        SMTP_TEST(t, dots_server);
        t.message = ".begins\r\n\r\n.\r\n..\r\na.b\r\n...x\r\n";
        t.piece = piece;
        assert_int_equal(smtp_run(&t, smtp_submit), 0);
        assert_smtp_script_done(&t);
    }
}

/* ---- CHUNKING -------------------------------------------------------------------------------------------- */

static void chunk_server(struct script_conn *c, void *arg)
{
    char got[32] = "";
    (void)arg;
    smtp_script_login(c, "PIPELINING\nCHUNKING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "BDAT 17 LAST");
    script_read(c, got, 17);
    if (strcmp(got, "A: b\r\n\r\n.dots\r\n\r\n") != 0)
        script_fail(c, "got <%s>", got);
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static void a_small_message_is_one_chunk_without_stuffing(void **state)
{
    (void)state;
    SMTP_TEST(t, chunk_server);
    t.message = "A: b\r\n\r\n.dots\r\n\r\n";
    t.piece = 5;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_string_equal(buf_str(&t.events), "accepted 0 250 ok\ncommit\n");
    assert_smtp_script_done(&t);
}

#define LARGE_BYTES 600000

static char *large_message(void)
{
    char *text = malloc(LARGE_BYTES + 1);
    for (size_t i = 0; i < LARGE_BYTES; i += 100) {
        memset(text + i, 'a' + (int)(i / 100 % 26), 98);
        memcpy(text + i + 98, "\r\n", 2);
    }
    text[LARGE_BYTES] = '\0';
    return text;
}

static void large_chunk_server(struct script_conn *c, void *arg)
{
    struct smtp_test *t = arg;
    char *got = calloc(1, LARGE_BYTES + 1);
    smtp_script_login(c, "PIPELINING\nCHUNKING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "BDAT 262144");
    script_read(c, got, 262144);
    script_expect(c, "BDAT 262144"); /* before the first was answered */
    script_read(c, got + 262144, 262144);
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "BDAT 75200"); /* what the last chunk leaves */
    script_read(c, got + 524288, 75200);
    script_send(c, "250 ok\r\n");
    script_expect(c, "BDAT 512 LAST");
    script_read(c, got + 599488, 512);
    script_send(c, "250 ok\r\n");
    if (strcmp(got, t->message) != 0)
        script_fail(c, "it is another message");
    free(got);
    smtp_script_goodbye(c);
}

static void a_large_message_comes_in_chunks_and_arrives_as_it_was(void **state)
{
    CLEANUP(freep) char *text = large_message();
    (void)state;
    SMTP_TEST(t, large_chunk_server);
    t.message = text;
    t.piece = 10007;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_smtp_script_done(&t);
}

/* The connection ends within the message, which is larger than small. */
#define MIDDLING_BYTES 40000

static void half_taken_server(struct script_conn *c, void *arg)
{
    const size_t *taken = arg;
    CLEANUP(freep) char *got = calloc(1, MIDDLING_BYTES + 1);
    smtp_script_login(c, "PIPELINING\nCHUNKING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "BDAT 39488");
    script_read(c, got, *taken < 39488 ? *taken : 39488);
    if (*taken < 39488)
        return;
    script_send(c, "250 ok\r\n");
    script_expect(c, "BDAT 512 LAST");
    script_read(c, got, *taken - 39488);
}

static void a_large_message_with_chunks_is_uncertain_in_its_last_bytes_only(void **state)
{
    static const size_t cases[] = {0, 1, 20000, 39487, 39488, 39999};
    CLEANUP(freep) char *text = large_message();
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(smtp_test_done) struct smtp_test t;
        smtp_test_start(&t, half_taken_server, (void *)&cases[i]);
        t.message = text;
        t.message_size = MIDDLING_BYTES;
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_int_equal(t.sent.fate, cases[i] < 39488 ? FCT_FATE_NOT_SENT : FCT_FATE_UNKNOWN);
        assert_smtp_script_done(&t);
    }
}

static void refuses_chunk_server(struct script_conn *c, void *arg)
{
    CLEANUP(freep) char *got = calloc(1, LARGE_BYTES);
    (void)arg;
    smtp_script_login(c, "CHUNKING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_send(c, "250 ok\r\n");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n");
    script_expect(c, "BDAT 262144");
    script_read(c, got, 262144);
    script_send(c, "552 5.3.4 too much\r\n");
    smtp_script_goodbye(c);
}

static int submit_and_fail(struct smtp_test *t)
{
    return smtp_submit(t) < 0 ? 0 : -1; /* 0: the session is ended politely */
}

static void a_refused_chunk_ends_the_message_and_not_the_session(void **state)
{
    CLEANUP(freep) char *text = large_message();
    (void)state;
    SMTP_TEST(t, refuses_chunk_server);
    t.message = text;
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_smtp_failed(&t, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "too large");
    assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
    assert_smtp_script_done(&t);
}

/* ---- recipients ------------------------------------------------------------------------------------------ */

static void one_of_three_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<a@example.org>");
    script_expect(c, "RCPT TO:<b@example.org>");
    script_expect(c, "RCPT TO:<c@example.org>");
    script_send(c, "250 ok\r\n250 ok a\r\n550-5.1.1 no such\r\n550 5.1.1 user\r\n450 4.2.0 greylisted\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 queued\r\n");
    smtp_script_goodbye(c);
}

static void one_refused_recipient_of_three_is_told_and_the_others_are_served(void **state)
{
    static const char *const to[] = {"a@example.org", "b@example.org", "c@example.org"};
    (void)state;
    SMTP_TEST(t, one_of_three_server);
    smtp_to(&t, 3, to);
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_string_equal(buf_str(&t.events), "accepted 0 250 ok a\nrefused 1 550 5.1.1 no such user\n"
                                            "later 2 450 4.2.0 greylisted\ncommit\n");
    assert_smtp_script_done(&t);
}

/* Each is named after one that was accepted. */
static void refused_after_one_server(struct script_conn *c, void *arg)
{
    const char *answer = arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_expect(c, "RCPT TO:<john@example.org>");
    script_expect(c, "DATA");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_send(c, answer);
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static void too_many_recipients_are_named_again_and_a_full_mailbox_is_not(void **state)
{
    static const char *const cases[][2] = {
        {"552 too many\r\n", "later 1 552 too many\n"},
        {"554 5.5.3 too many\r\n", "later 1 554 5.5.3 too many\n"},
        {"552 5.2.2 mailbox full\r\n", "refused 1 552 5.2.2 mailbox full\n"},
        {"550-5.1.1 no such user;\r\n550 5.1.1 ask them\r\n", "refused 1 550 5.1.1 no such user; ask them\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(smtp_test_done) struct smtp_test t;
        smtp_test_start(&t, refused_after_one_server, (void *)cases[i][0]);
        t.recipients[1] = (struct fct_recipient){.address = bytes_str("john@example.org")};
        t.envelope.n_recipients = 2;
        assert_int_equal(smtp_run(&t, smtp_submit), 0);
        if (!strstr(buf_str(&t.events), cases[i][1]))
            fail_msg("%s became %s", cases[i][0], buf_str(&t.events));
        assert_smtp_script_done(&t);
    }
}

static void wants_to_know_us_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_expect(c, "DATA");
    script_send(c, "250 ok\r\n530 5.7.0 Authentication required\r\n503 5.5.1 not yet\r\n");
    smtp_script_goodbye(c);
}

static void a_server_that_wants_us_to_sign_in_has_not_refused_a_recipient(void **state)
{
    (void)state;
    SMTP_TEST(t, wants_to_know_us_server);
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_string_equal(buf_str(&t.events), "later 0 530 5.7.0 Authentication required\n");
    assert_int_equal(t.err.code, FCT_E_AUTH);
    assert_true(t.err.user_action);
    assert_smtp_script_done(&t);
}

static void goes_on_for_nobody_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_expect(c, "DATA");
    script_send(c, "250 ok\r\n550 5.1.1 no such user\r\n354 go on\r\n");
    script_expect_end(c); /* no dot: an empty message might go somewhere */
}

static void a_server_that_waits_for_a_message_to_nobody_gets_none(void **state)
{
    (void)state;
    SMTP_TEST(t, goes_on_for_nobody_server);
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_smtp_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses");
    assert_string_equal(buf_str(&t.events), "refused 0 550 5.1.1 no such user\n");
    assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
    assert_smtp_script_done(&t);
}

static void long_recipient_server(struct script_conn *c, void *arg)
{
    char expected[2100] = "RCPT TO:<jane@";
    (void)arg;
    for (int i = 0; i < 240; i++)
        strcat(expected, "x.");
    strcat(expected, "example> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;");
    for (int i = 0; i < 164; i++) /* 499 characters: RFC 3461 section 4.2 */
        strcat(expected, "+3D");
    smtp_script_login(c, "PIPELINING\nDSN\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, expected);
    script_expect(c, "DATA");
    script_send(c, "250 ok\r\n550 too long for me\r\n554 5.5.1 no valid recipients\r\n");
    smtp_script_goodbye(c);
}

static void the_longest_command_is_not_cut_off(void **state)
{
    char orcpt[500] = "rfc822;", address[512] = "jane@";
    (void)state;
    memset(orcpt + 7, '=', 164);
    for (int i = 0; i < 240; i++)
        strcat(address, "x.");
    strcat(address, "example");
    SMTP_TEST(t, long_recipient_server);
    t.recipients[0] = (struct fct_recipient){
        .address = bytes_str(address),
        .orcpt = bytes_str(orcpt),
        .notify = FCT_NOTIFY_SUCCESS | FCT_NOTIFY_FAILURE | FCT_NOTIFY_DELAY,
    };
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_string_equal(buf_str(&t.events), "refused 0 550 too long for me\n");
    assert_smtp_script_done(&t);
}

static void nobody_then_somebody_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_expect(c, "DATA");
    script_send(c, "250 ok\r\n550 no\r\n554 nobody\r\n");
    script_expect(c, "RSET");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static void one_at_a_time_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_send(c, "250 ok\r\n");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "550 no\r\n");
    for (int i = 0; i < 2; i++) {
        if (i == 0) {
            script_expect(c, "RSET");
            script_expect_silence(c); /* OpenSMTPD: "500 5.5.1 Invalid command: Pipelining not supported" */
            script_send(c, "250 ok\r\n");
        }
        script_expect(c, "MAIL FROM:<me@example.org>");
        script_expect_silence(c);
        script_send(c, "250 ok\r\n");
        script_expect(c, "RCPT TO:<jane@example.org>");
        script_expect_silence(c);
        script_send(c, "250 ok\r\n");
        script_expect(c, "DATA");
        script_send(c, "354 go\r\n");
        take_message(c);
        script_send(c, "250 ok\r\n");
    }
    smtp_script_goodbye(c);
}

static int fail_then_send_twice(struct smtp_test *t)
{
    if (smtp_submit(t) == 0 || t->err.code != FCT_E_SERVER || t->err.retry != FCT_RETRY_NEVER)
        return -1;
    return smtp_send_one(t) < 0 ? -1 : smtp_send_one(t);
}

static void a_connection_carries_many_messages_after_one_that_nobody_wanted_too(void **state)
{
    (void)state;
    SMTP_TEST(t, nobody_then_somebody_server);
    assert_int_equal(smtp_run(&t, fail_then_send_twice), 0);
    assert_smtp_script_done(&t);
}

static void nothing_is_pipelined_where_the_server_does_not_take_it(void **state)
{
    (void)state;
    SMTP_TEST(t, one_at_a_time_server);
    assert_int_equal(smtp_run(&t, fail_then_send_twice), 0);
    assert_smtp_script_done(&t);
}

static void refuses_sender_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_expect(c, "DATA");
    script_send(c, "550 5.7.1 not yours\r\n503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n");
    smtp_script_goodbye(c);
}

static void a_refused_sender_is_told_and_the_pipelined_answers_are_not_mixed_up(void **state)
{
    (void)state;
    SMTP_TEST(t, refuses_sender_server);
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_smtp_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses: the sender");
    assert_string_equal(t.err.server, "550 5.7.1 not yours");
    assert_string_equal(buf_str(&t.events), "");
    assert_smtp_script_done(&t);
}

static void idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "");
}

static void no_address_that_ends_a_command_ever_leaves(void **state)
{
    static const char *const bad[] = {"a@example.org>\r\nRCPT TO:<b@example.org",
                                      "a b@example.org",
                                      "a@exam ple.org",
                                      "<a@example.org",
                                      "a@",
                                      "@example.org",
                                      "a",
                                      "\"a\r\n\"@x",
                                      "\"a@x",
                                      "",
                                      "a@x y=z"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SMTP_TEST(t, idle_server);
        smtp_to(&t, 1, &bad[i]);
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "address");
        assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
        t.envelope.sender = bytes_str(bad[i]);
        if (*bad[i]) {
            assert_int_equal(smtp_run(&t, smtp_submit), -1);
            assert_smtp_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "sender's address");
        }
        assert_smtp_script_done(&t);
    }
}

static void ascii_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\nSIZE 30\n");
    script_expect(c, "MAIL FROM:<me@example.org> SIZE=22");
    script_expect(c, "RCPT TO:<\"a b\"@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static int ask_too_much(struct smtp_test *t)
{
    static const char *const to[] = {"j\xc3\xbcrgen@example.org", "\"a b\"@example.org"};
    if (smtp_sign_in(t) < 0)
        return -1;
    t->envelope.flags = FCT_ENVELOPE_8BIT;
    if (smtp_send_one(t) == 0 || t->err.code != FCT_E_UNSUPPORTED || !strstr(t->err.message, "8BITMIME"))
        return -1;
    t->envelope.flags = FCT_ENVELOPE_UTF8_HEADERS;
    if (smtp_send_one(t) == 0 || t->err.code != FCT_E_UNSUPPORTED || !strstr(t->err.message, "SMTPUTF8"))
        return -1;
    t->envelope.flags = 0;
    t->announced = 31;
    if (smtp_send_one(t) == 0 || t->err.code != FCT_E_TOO_LARGE || !strstr(t->err.message, "at most 30"))
        return -1;
    t->announced = 0;
    smtp_to(t, 2, to);
    return smtp_send_one(t);
}

static void what_a_server_cannot_take_is_not_sent_and_said_by_name(void **state)
{
    (void)state;
    SMTP_TEST(t, ascii_server);
    assert_int_equal(smtp_run(&t, ask_too_much), 0);
    assert_string_equal(
        buf_str(&t.events),
        "refused 0 553 5.6.7 the address is not in ASCII, and the server does not take that (SMTPUTF8)\n"
        "accepted 1 250 ok\ncommit\n");
    assert_smtp_script_done(&t);
}

/* ---- no bare CR, LF or NUL ------------------------------------------------------------------------------- */

static void data_server(struct script_conn *c, void *arg)
{
    const char *line;
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    while (*(line = script_read_line(c)))
        if (strcmp(line, ".") == 0)
            script_fail(c, "the message ended");
}

static void bdat_server(struct script_conn *c, void *arg)
{
    const char *line;
    (void)arg;
    smtp_script_login(c, "PIPELINING\nCHUNKING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    while (*(line = script_read_line(c)))
        if (strstr(line, "LAST"))
            script_fail(c, "the message ended");
}

static void a_message_with_other_line_ends_never_ends(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {{"a\n", 2},
               {"a\r\nb\n.\r\nc\r\n", 13},
               {"a\rb\r\n", 5},
               {"a\r\r\n", 4},
               {"a\r\n\rb\r\n", 7},
               {"a\0b\r\n", 5},
               {"a\r\n.\rMAIL\r\n", 11},
               {"a", 1},
               {"a\r", 2},
               {"\n", 1},
               {"a\r\n\n.\r\n", 7},
               {"a\r\n.\n", 5}};
    (void)state;
    for (size_t i = 0; i < 4 * sizeof(bad) / sizeof(bad[0]); i++) {
        SMTP_TEST(t, i & 1 ? data_server : bdat_server);
        t.message = bad[i / 4].text;
        t.message_size = bad[i / 4].n;
        t.piece = i & 2 ? 1 : 0;
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "CRLF");
        assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
        assert_null(strstr(buf_str(&t.events), "commit"));
        assert_smtp_script_done(&t);
    }
}

static void a_message_of_another_size_than_announced_never_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        SMTP_TEST(t, i & 1 ? data_server : bdat_server);
        t.announced = i & 2 ? 21 : 23;
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, FCT_E_INTERNAL, FCT_RETRY_NEVER, "announced");
        assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
        assert_smtp_script_done(&t);
    }
}

static void a_message_that_is_taken_back_before_its_last_byte_never_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        SMTP_TEST(t, i & 1 ? data_server : bdat_server);
        t.fail_commit = true;
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, FCT_E_CANCELLED, FCT_RETRY_NEVER, "taken back");
        assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
        assert_smtp_script_done(&t);
    }
}

/* ---- the last answer ------------------------------------------------------------------------------------- */

struct ending {
    const char *answer; /* to the dot; NULL: none, the server hangs up */
    int rc;
    uint32_t fate;
    int code, retry;
};

static void ending_server(struct script_conn *c, void *arg)
{
    const struct ending *e = arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    if (e->answer)
        script_send(c, e->answer);
}

static void what_became_of_a_message_is_known_unless_the_answer_is_missing(void **state)
{
    static const struct ending endings[] = {
        {"250 ok\r\n", 0, FCT_FATE_SENT, 0, 0},
        {"451 4.3.0 disk full\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_SERVER, FCT_RETRY_LATER},
        {"554 5.7.1 spam\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_SERVER, FCT_RETRY_NEVER},
        {"552 5.2.2 full\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_SERVER, FCT_RETRY_NEVER},
        {"552 large\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_TOO_LARGE, FCT_RETRY_NEVER},
        {"554 5.2.3 larger than the mailbox takes\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_TOO_LARGE, FCT_RETRY_NEVER},
        {"552 5.3.4 large\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_TOO_LARGE, FCT_RETRY_NEVER},
        {"421 4.3.2 going down\r\n", -1, FCT_FATE_NOT_SENT, FCT_E_NETWORK, FCT_RETRY_LATER},
        {"354 what\r\n", -1, FCT_FATE_UNKNOWN, FCT_E_PROTOCOL, FCT_RETRY_LATER},
        {"hello\r\n", -1, FCT_FATE_UNKNOWN, FCT_E_PROTOCOL, FCT_RETRY_LATER},
        {"250-ok\r\n251 ok\r\n", -1, FCT_FATE_UNKNOWN, FCT_E_PROTOCOL, FCT_RETRY_LATER},
        {"250-ok\r\n", -1, FCT_FATE_UNKNOWN, FCT_E_NETWORK, FCT_RETRY_LATER},
        {"250 o", -1, FCT_FATE_UNKNOWN, FCT_E_NETWORK, FCT_RETRY_LATER},
        {"", -1, FCT_FATE_UNKNOWN, FCT_E_NETWORK, FCT_RETRY_LATER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        CLEANUP(smtp_test_done) struct smtp_test t;
        smtp_test_start(&t, ending_server, (void *)&endings[i]);
        assert_int_equal(smtp_run(&t, smtp_submit), endings[i].rc);
        assert_int_equal(t.sent.fate, endings[i].fate);
        if (endings[i].rc < 0 && (t.err.code != endings[i].code))
            fail_msg("\"%s\": code %d, not %d: %s", endings[i].answer, t.err.code, endings[i].code, t.err.message);
        assert_smtp_script_done(&t);
    }
}

static void early_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n452 4.3.1 no room after all\r\n");
    script_expect_prefix(c, "Subject");
    script_expect(c, "");
    script_expect(c, "hi");
    if (*script_read_line(c))
        script_fail(c, "the message ended");
}

static void a_refusal_that_comes_before_the_end_keeps_the_message_from_ending(void **state)
{
    (void)state;
    SMTP_TEST(t, early_server);
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_smtp_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "the message");
    assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
    assert_smtp_script_done(&t);
}

static void leaves_when_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    smtp_script_login(c, "PIPELINING\n");
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n421 idle for too long\r\n");
}

static int send_twice(struct smtp_test *t)
{
    if (smtp_submit(t) < 0)
        return -2;
    wait_sleep(50, NULL);
    return smtp_send_one(t);
}

static void a_connection_that_was_closed_while_idle_is_made_anew_at_once(void **state)
{
    (void)state;
    SMTP_TEST(t, leaves_when_idle_server);
    assert_int_equal(smtp_run(&t, send_twice), -1);
    assert_smtp_failed(&t, FCT_E_NETWORK, FCT_RETRY_NOW, "ends the conversation");
    assert_int_equal(t.sent.fate, FCT_FATE_NOT_SENT);
}

/* ---- the connection is cut at every byte --------------------------------------------------------------------- */

/* One side of the dialogue stops after so many bytes, and the connection with it. */
struct cut {
    size_t after_sent, after_read;
    bool has_chunking;
    size_t n_sent, n_read;
    bool took_message; /* whole, with its end: a server may have queued it */
};

/* False once it has been cut. */
static bool cut_say(struct script_conn *c, struct cut *k, const char *text)
{
    size_t n = strlen(text), room = k->after_sent - k->n_sent;
    script_send_bytes(c, text, n < room ? n : room);
    k->n_sent += n < room ? n : room;
    return n <= room && k->n_sent < k->after_sent;
}

static bool cut_hear(struct script_conn *c, struct cut *k, const char *text)
{
    char got[200];
    for (size_t n = strlen(text); n > 0; n--, text++) {
        if (k->n_read == k->after_read || script_read(c, got, 1) != 1)
            return false;
        k->n_read++;
        if (got[0] != *text) {
            script_fail(c, "got %c, not %c", got[0], *text);
            return false;
        }
    }
    return true;
}

static void cut_server(struct script_conn *c, void *arg)
{
    struct cut *k = arg;
    if (!cut_say(c, k, "220 hi\r\n") || !cut_hear(c, k, "EHLO [127.0.0.1]\r\n") ||
        !cut_say(c, k,
                 k->has_chunking ? "250-x\r\n250-AUTH PLAIN\r\n250 CHUNKING\r\n" : "250-x\r\n250 AUTH PLAIN\r\n") ||
        !cut_hear(c, k, "AUTH PLAIN AHVzZXIAcGFzcw==\r\n") || !cut_say(c, k, "235 in\r\n") ||
        !cut_hear(c, k, "MAIL FROM:<me@example.org>\r\n") || !cut_say(c, k, "250 ok\r\n") ||
        !cut_hear(c, k, "RCPT TO:<jane@example.org>\r\n") || !cut_say(c, k, "250 ok\r\n"))
        return;
    if (k->has_chunking) {
        if (!cut_hear(c, k, "BDAT 22 LAST\r\nSubject: hello\r\n\r\nhi\r\n"))
            return;
    } else if (!cut_hear(c, k, "DATA\r\n") || !cut_say(c, k, "354 go\r\n") ||
               !cut_hear(c, k, "Subject: hello\r\n\r\nhi\r\n.\r\n"))
        return;
    k->took_message = true;
    if (cut_say(c, k, "250 queued\r\n"))
        cut_hear(c, k, "QUIT\r\n");
}

/* Returns whether it was sent. */
static bool try_cut(struct cut *k)
{
    CLEANUP(smtp_test_done) struct smtp_test t;
    smtp_test_start(&t, cut_server, k);
    int rc = smtp_run(&t, smtp_submit);
    assert_smtp_script_done(&t);
    assert_int_equal(rc == 0, t.sent.fate == FCT_FATE_SENT);
    if (k->took_message)
        assert_int_not_equal(t.sent.fate, FCT_FATE_NOT_SENT); /* or it would be sent twice */
    else
        assert_int_not_equal(t.sent.fate, FCT_FATE_SENT); /* or it would be lost */
    assert_int_equal(t.sent.fate != FCT_FATE_NOT_SENT, strstr(buf_str(&t.events), "commit") != NULL);
    return rc == 0;
}

static void wherever_the_connection_is_cut_nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    for (int chunking = 0; chunking < 2; chunking++) {
        size_t n = 0;
        for (bool sent = false; !sent; n++) {
            struct cut k = {.after_sent = n, .after_read = SIZE_MAX, .has_chunking = chunking};
            sent = try_cut(&k);
        }
        assert_in_range(n, 70, 120); /* bytes of the server's */
        n = 0;
        for (bool sent = false; !sent; n++) {
            struct cut k = {.after_sent = SIZE_MAX, .after_read = n, .has_chunking = chunking};
            sent = try_cut(&k);
        }
        assert_in_range(n, 120, 180); /* bytes of ours */
    }
}

/* ---- TLS and signing in -------------------------------------------------------------------------------------- */

static void starttls_server(struct script_conn *c, void *arg)
{
    struct smtp_test *t = arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "STARTTLS\nSIZE 1\n", true);
    script_expect(c, "STARTTLS");
    script_send(c, "220 go\r\n");
    if (!script_start_tls(c, t->tls))
        return script_fail(c, "no TLS");
    smtp_script_hello(c, "PIPELINING\n", true);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "235 in\r\n");
    script_expect(c, "MAIL FROM:<me@example.org>"); /* without SIZE: that was said in clear */
    script_expect(c, "RCPT TO:<jane@example.org>");
    script_send(c, "250 ok\r\n250 ok\r\n");
    script_expect(c, "DATA");
    script_send(c, "354 go\r\n");
    take_message(c);
    script_send(c, "250 ok\r\n");
    smtp_script_goodbye(c);
}

static void starttls_comes_first_and_what_was_said_before_is_forgotten(void **state)
{
    (void)state;
    SMTP_TEST(t, starttls_server);
    t.account.endpoint.tls = FCT_TLS_STARTTLS;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_smtp_script_done(&t);
}

static void implicit_server(struct script_conn *c, void *arg)
{
    struct smtp_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return script_fail(c, "no TLS");
    bare_server(c, arg);
}

static void implicit_tls_is_spoken_from_the_first_byte(void **state)
{
    (void)state;
    SMTP_TEST(t, implicit_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(smtp_run(&t, smtp_submit), 0);
    assert_smtp_script_done(&t);
}

static void only_silence(struct script_conn *c)
{
    const char *line = script_read_line(c);
    if (*line)
        script_fail(c, "heard <%s>", line);
}

static void stripped_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "SIZE 1000\n", true);
    only_silence(c);
}

static void refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "STARTTLS\n", true);
    script_expect(c, "STARTTLS");
    script_send(c, "502 5.5.1 never heard of it\r\n");
    only_silence(c);
}

static void injected_server(struct script_conn *c, void *arg)
{
    struct smtp_test *t = arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "STARTTLS\n", true);
    script_expect(c, "STARTTLS");
    script_send(c, "220 go\r\n250-evil\r\n250 AUTH LOGIN\r\n");
    if (script_start_tls(c, t->tls))
        only_silence(c);
}

static void helo_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    script_expect(c, "EHLO [127.0.0.1]");
    script_send(c, "500 what?\r\n");
    only_silence(c);
}

static void no_server_talks_us_out_of_tls(void **state)
{
    static const struct {
        script_fn script;
        const char *words;
        int code;
    } cases[] = {{stripped_server, "does not offer STARTTLS", FCT_E_TLS},
                 {refused_server, "refuses STARTTLS", FCT_E_TLS},
                 {injected_server, "", FCT_E_TLS},
                 {helo_server, "the greeting", FCT_E_SERVER}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SMTP_TEST(t, cases[i].script);
        t.account.endpoint.tls = FCT_TLS_STARTTLS;
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, cases[i].code, FCT_RETRY_NEVER, cases[i].words);
        assert_smtp_script_done(&t);
    }
}

static void no_auth_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "", false);
    script_expect(c, "MAIL FROM:<me@example.org>");
    script_send(c, "530 5.7.0 sign in first\r\n");
    smtp_script_goodbye(c);
}

static void a_server_that_hides_auth_gets_no_password(void **state)
{
    (void)state;
    SMTP_TEST(t, no_auth_server);
    assert_int_equal(smtp_run(&t, submit_and_fail), 0);
    assert_smtp_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "sign in");
    assert_int_equal(t.err.user_action, 1);
    assert_smtp_script_done(&t);
}

static void wrong_password_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "", true);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "535 5.7.8 not with pass or AHVzZXIAcGFzcw==\r\n");
    script_expect_end(c);
}

static void a_refused_password_needs_the_user_and_is_not_repeated(void **state)
{
    (void)state;
    SMTP_TEST(t, wrong_password_server);
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_smtp_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "user name and password");
    assert_int_equal(t.err.user_action, 1);
    assert_null(strstr(t.err.server, "pass"));
    assert_null(strstr(t.err.server, "AHVz"));
    assert_smtp_script_done(&t);
}

static void busy_auth_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    smtp_script_hello(c, "", true);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "454 4.7.0 try later\r\n");
    script_expect_end(c);
}

static void a_server_that_cannot_check_a_password_now_is_asked_later(void **state)
{
    (void)state;
    SMTP_TEST(t, busy_auth_server);
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_smtp_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "later");
    assert_smtp_script_done(&t);
}

/* {"status":"401"}, as Google says it. */
static void token_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    script_expect(c, "EHLO [127.0.0.1]");
    script_send(c, "250-x\r\n250 AUTH LOGIN PLAIN XOAUTH2\r\n");
    script_expect(c, "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIG9uZQEB");
    script_send(c, "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
    script_expect(c, "");
    script_send(c, "535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 really\r\n");
    script_expect(c, "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHR3bwEB");
    script_send(c, "235 2.7.0 Accepted\r\n");
    smtp_script_goodbye(c);
}

static void a_refused_token_is_renewed_once(void **state)
{
    (void)state;
    SMTP_TEST(t, token_server);
    t.token = "one";
    t.next_token = "two";
    assert_int_equal(smtp_run(&t, smtp_sign_in), 0);
    assert_smtp_script_done(&t);
}

static void long_token_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    script_expect(c, "EHLO [127.0.0.1]");
    script_send(c, "250-x\r\n250 AUTH XOAUTH2\r\n");
    script_expect(c, "AUTH XOAUTH2"); /* RFC 4954 section 4: what does not fit waits for the server */
    script_send(c, "334 \r\n");
    script_expect_prefix(c, "dXNlcj11c2VyAWF1dGg9QmVhcmVyIHh4eHh4eHh4");
    script_send(c, "235 2.7.0 Accepted\r\n");
    smtp_script_goodbye(c);
}

static void a_token_of_many_kilobytes_fits(void **state)
{
    (void)state;
    static char token[FCT_TOKEN_MAX];
    SMTP_TEST(t, long_token_server);
    memset(token, 'x', sizeof(token) - 1);
    t.token = token;
    assert_int_equal(smtp_run(&t, smtp_sign_in), 0);
    assert_smtp_script_done(&t);
}

static void login_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    script_expect(c, "EHLO [127.0.0.1]");
    script_send(c, "250-x\r\n250 AUTH=LOGIN\r\n");
    script_expect(c, "AUTH LOGIN");
    script_send(c, "334 VXNlcm5hbWU6\r\n");
    script_expect(c, "dXNlcg==");
    script_send(c, "334 UGFzc3dvcmQ6\r\n");
    script_expect(c, "cGFzcw==");
    script_send(c, "235 in\r\n");
    smtp_script_goodbye(c);
}

static void the_mechanism_login_works(void **state)
{
    (void)state;
    SMTP_TEST(t, login_server);
    assert_int_equal(smtp_run(&t, smtp_sign_in), 0);
    assert_smtp_script_done(&t);
}

/* ---- servers that are none ----------------------------------------------------------------------------------- */

static void noise_server(struct script_conn *c, void *arg)
{
    script_send(c, arg);
    script_expect_end(c);
}

static void many_lines_server(struct script_conn *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 100000 && !script_is_gone(c); i++)
        script_send(c, "220-more\r\n");
}

static void what_is_no_smtp_is_an_error_with_bounds(void **state)
{
    static const char *const noises[] = {"* OK IMAP\r\n",      "\r\n",     "22\r\n", "220_x\r\n", "999 x\r\n",
                                         "220-a\r\n221 b\r\n", "120 x\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(noises) / sizeof(noises[0]); i++) {
        CLEANUP(smtp_test_done) struct smtp_test t;
        smtp_test_start(&t, noise_server, (void *)noises[i]);
        assert_int_equal(smtp_run(&t, smtp_submit), -1);
        assert_smtp_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "no SMTP");
    }
    SMTP_TEST(t, many_lines_server);
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_smtp_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "no SMTP");
}

static void silent_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "220 hi\r\n");
    script_expect_prefix(c, "EHLO");
    script_expect_end(c);
}

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    SMTP_TEST(t, silent_server);
    t.account.endpoint.io_timeout_ms = 200;
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_int_equal(t.err.code, FCT_E_TIMEOUT);
}

/* A port for TLS from the first byte waits for us. */
static void mute_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_expect_end(c);
}

static void a_server_that_does_not_greet_may_want_tls_first(void **state)
{
    (void)state;
    SMTP_TEST(t, mute_server);
    t.account.endpoint.io_timeout_ms = 200;
    uint64_t start = uv_hrtime();
    assert_int_equal(smtp_run(&t, smtp_submit), -1);
    assert_true(uv_hrtime() - start < 800 * 1000000ull); /* no minutes for who has none */
    assert_smtp_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "does it want TLS from the first byte (smtps://)?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_extensions_is_enough),
        cmocka_unit_test(a_server_that_knows_helo_only_is_spoken_to),
        cmocka_unit_test(what_can_go_out_together_does_and_every_parameter_is_said),
        cmocka_unit_test(dots_are_stuffed_however_the_message_comes),
        cmocka_unit_test(a_small_message_is_one_chunk_without_stuffing),
        cmocka_unit_test(a_large_message_comes_in_chunks_and_arrives_as_it_was),
        cmocka_unit_test(a_refused_chunk_ends_the_message_and_not_the_session),
        cmocka_unit_test(one_refused_recipient_of_three_is_told_and_the_others_are_served),
        cmocka_unit_test(a_server_that_wants_us_to_sign_in_has_not_refused_a_recipient),
        cmocka_unit_test(a_server_that_waits_for_a_message_to_nobody_gets_none),
        cmocka_unit_test(the_longest_command_is_not_cut_off),
        cmocka_unit_test(too_many_recipients_are_named_again_and_a_full_mailbox_is_not),
        cmocka_unit_test(a_large_message_with_chunks_is_uncertain_in_its_last_bytes_only),
        cmocka_unit_test(a_connection_carries_many_messages_after_one_that_nobody_wanted_too),
        cmocka_unit_test(nothing_is_pipelined_where_the_server_does_not_take_it),
        cmocka_unit_test(a_refused_sender_is_told_and_the_pipelined_answers_are_not_mixed_up),
        cmocka_unit_test(no_address_that_ends_a_command_ever_leaves),
        cmocka_unit_test(what_a_server_cannot_take_is_not_sent_and_said_by_name),
        cmocka_unit_test(a_message_with_other_line_ends_never_ends),
        cmocka_unit_test(a_message_of_another_size_than_announced_never_ends),
        cmocka_unit_test(a_message_that_is_taken_back_before_its_last_byte_never_ends),
        cmocka_unit_test(what_became_of_a_message_is_known_unless_the_answer_is_missing),
        cmocka_unit_test(a_refusal_that_comes_before_the_end_keeps_the_message_from_ending),
        cmocka_unit_test(a_connection_that_was_closed_while_idle_is_made_anew_at_once),
        cmocka_unit_test(wherever_the_connection_is_cut_nothing_is_lost_or_doubled),
        cmocka_unit_test(starttls_comes_first_and_what_was_said_before_is_forgotten),
        cmocka_unit_test(implicit_tls_is_spoken_from_the_first_byte),
        cmocka_unit_test(no_server_talks_us_out_of_tls),
        cmocka_unit_test(a_server_that_hides_auth_gets_no_password),
        cmocka_unit_test(a_refused_password_needs_the_user_and_is_not_repeated),
        cmocka_unit_test(a_server_that_cannot_check_a_password_now_is_asked_later),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(a_token_of_many_kilobytes_fits),
        cmocka_unit_test(the_mechanism_login_works),
        cmocka_unit_test(what_is_no_smtp_is_an_error_with_bounds),
        cmocka_unit_test(a_silent_server_is_given_up),
        cmocka_unit_test(a_server_that_does_not_greet_may_want_tls_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
