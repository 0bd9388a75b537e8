/* Flags up, and waiting for what the server has to say. */
#include "fixture.h"

#include <poll.h>

/* ---- store_flags ---------------------------------------------------------------------------------------- */

static int store(struct imap_test *t, uint32_t add, const char *add_words, uint32_t remove, const char *remove_words)
{
    const struct fct_uid_range r[] = {{4, 6}, {9, 9}};
    const struct fct_flags more = {add, bytes_str(add_words)}, less = {remove, bytes_str(remove_words)};
    return t->source->store_flags(t->session, r, 2, &more, &less, &t->sink, &t->err);
}

static void store_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"",
                  "* OK [PERMANENTFLAGS (\\Seen \\Flagged \\Deleted Junk NonJunk \\*)] x\r\n");
    script_expect(c, "A3 UID STORE 4:6,9 -FLAGS.SILENT (\\Flagged $Junk Junk old)");
    script_expect(c, "A4 UID STORE 4:6,9 +FLAGS (\\Seen $NotJunk work new-one)");
    script_send(c, "A3 OK\r\n* 1 FETCH (UID 4 FLAGS (\\Seen $NotJunk work new-one) MODSEQ (12))\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int open_and_store(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    return store(t, FCT_FLAG_SEEN | FCT_FLAG_NOTJUNK | FCT_FLAG_ANSWERED, "work new-one b{d \"q\" a)b",
                 FCT_FLAG_FLAGGED | FCT_FLAG_JUNK, "old");
}

static void flags_go_up_pipelined_and_come_back(void **state)
{
    (void)state;
    IMAP_TEST(t, store_server);
    assert_int_equal(run(&t, open_and_store), 0);
    assert_events(&t, "flags 4 seen notjunk +work new-one modseq=12\n");
    assert_script_done(&t);
}

static void permanent_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "* OK [PERMANENTFLAGS (\\Seen work)] x\r\n");
    script_expect(c, "A3 UID STORE 4:6,9 +FLAGS (\\Seen work)");
    script_send(c, "A3 OK\r\n");
    script_goodbye(c);
}

static int store_more_than_it_keeps(struct imap_test *t)
{
    if (open_inbox(t) < 0 || store(t, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED | FCT_FLAG_JUNK, "work other", 0, "") < 0)
        return -1;
    /* Nothing of it is kept: no command. */
    return store(t, FCT_FLAG_FLAGGED, "other", FCT_FLAG_DRAFT, "") == 0 ? -1 : 0;
}

static void flags_that_the_server_does_not_keep_are_not_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, permanent_server);
    assert_int_equal(run(&t, store_more_than_it_keeps), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "does not keep such flags");
    assert_script_done(&t);
}

static void store_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4:6,9 -FLAGS.SILENT (\\Flagged)");
    script_expect(c, "A4 UID STORE 4:6,9 +FLAGS (\\Seen)");
    script_send(c, "A3 NO you may not\r\nA4 OK\r\n");
    script_expect(c, "A5 UID STORE 4:6,9 +FLAGS (\\Deleted)");
    script_send(c, "A5 OK\r\n");
    script_goodbye(c);
}

static int store_refused(struct imap_test *t)
{
    struct fct_error first;
    if (open_inbox(t) < 0 || store(t, FCT_FLAG_SEEN, "", FCT_FLAG_FLAGGED, "") == 0)
        return -1;
    first = t->err;
    int rc = store(t, FCT_FLAG_DELETED, "", 0, "");
    t->err = first;
    return rc;
}

static void a_refusal_is_told_with_the_servers_words_and_the_session_goes_on(void **state)
{
    (void)state;
    IMAP_TEST(t, store_refused_server);
    assert_int_equal(run(&t, store_refused), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses UID STORE");
    assert_string_equal(t.err.server, "you may not");
    assert_script_done(&t);
}

static void read_only_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_send(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nA2 OK [READ-ONLY] x\r\n");
    script_goodbye(c);
}

static int store_read_only(struct imap_test *t)
{
    return open_inbox(t) < 0 || store(t, FCT_FLAG_SEEN, "", 0, "") == 0 ? -1 : 0;
}

static void a_read_only_mailbox_takes_no_flags(void **state)
{
    (void)state;
    IMAP_TEST(t, read_only_server);
    assert_int_equal(run(&t, store_read_only), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "read-only");
    assert_script_done(&t);
}

static void long_set_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    unsigned tag = 3;
    for (const char *line; strncmp(line = script_read_line(c), "Z LOGOUT", 8) != 0 && *line; tag++) {
        if (strlen(line) > 4200)
            script_fail(c, "a command of %zu characters", strlen(line));
        script_sendf(c, "A%u OK\r\n", tag);
    }
    if (tag < 10)
        script_fail(c, "only %u commands", tag);
    script_send(c, "* BYE\r\nZ OK\r\n");
    script_expect_end(c);
}

static int store_many(struct imap_test *t)
{
    static struct fct_uid_range r[20000];
    const struct fct_flags seen = {FCT_FLAG_SEEN, {0}}, none = {0};
    for (size_t i = 0; i < 20000; i++)
        r[i] = (struct fct_uid_range){1000000 + 2 * i, 1000000 + 2 * i};
    if (open_inbox(t) < 0)
        return -1;
    return t->source->store_flags(t->session, r, 20000, &seen, &none, &t->sink, &t->err);
}

static void many_messages_go_into_several_commands(void **state)
{
    (void)state;
    IMAP_TEST(t, long_set_server);
    assert_int_equal(run(&t, store_many), 0);
    assert_script_done(&t);
}

static void many_keywords_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    size_t words = 0;
    for (unsigned tag = 3; tag <= 5; tag++) {
        const char *line = script_read_line(c);
        if (strlen(line) > 8000 || !strstr(line, tag < 5 ? "+FLAGS.SILENT (" : "+FLAGS ("))
            script_fail(c, "%zu octets: %.40s", strlen(line), line);
        for (const char *at = line; (at = strstr(at, "keyword-")); at++)
            words++;
        script_sendf(c, "A%u OK\r\n", tag);
    }
    if (words != 500)
        script_fail(c, "%zu keywords", words);
    script_goodbye(c);
}

static int store_many_keywords(struct imap_test *t)
{
    char words[500 * 20], *end = words;
    for (int i = 0; i < 500; i++)
        end += sprintf(end, "%skeyword-%06d", i ? " " : "", i);
    return open_inbox(t) < 0 ? -1 : store(t, 0, words, 0, "");
}

static void hundreds_of_keywords_go_into_several_commands(void **state)
{
    (void)state;
    IMAP_TEST(t, many_keywords_server);
    assert_int_equal(run(&t, store_many_keywords), 0);
    assert_script_done(&t);
}

static void keyword_limit_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4:6,9 +FLAGS (one-more)");
    script_send(c, "A3 NO [LIMIT] Too many keywords\r\n");
    script_goodbye(c);
}

static int store_one_more(struct imap_test *t)
{
    return open_inbox(t) < 0 || store(t, 0, "one-more", 0, "") == 0 ? -1 : 0;
}

static void a_keyword_beyond_the_servers_limit_is_refused_for_good(void **state)
{
    (void)state;
    IMAP_TEST(t, keyword_limit_server);
    assert_int_equal(run(&t, store_one_more), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "a limit of the server is reached");
    assert_script_done(&t);
}

/* ---- IDLE ----------------------------------------------------------------------------------------------- */

static int idle(struct imap_test *t, uint32_t ms)
{
    uint64_t begin = wait_now_ms();
    int rc = t->source->idle(t->session, ms, &t->sink, &t->err);
    uint64_t took = wait_now_ms() - begin;
    buf_addf(&t->events, "idled %s\n", took < ms / 2 ? "briefly" : "long");
    return rc;
}

static void idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n");
    script_pause(50);
    script_send(c, "* OK still here\r\n"); /* no news */
    script_pause(50);
    script_send(c, "* 4 EXISTS\r\n");
    script_expect(c, "DONE");
    script_send(c, "* 1 FETCH (UID 4 FLAGS (\\Seen))\r\nA3 OK done\r\n");
    script_goodbye(c);
}

static int open_and_idle(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : idle(t, 4000);
}

static void idle_ends_with_the_first_news(void **state)
{
    (void)state;
    IMAP_TEST(t, idle_server);
    assert_int_equal(run(&t, open_and_idle), 0);
    assert_events(&t, "exists 4\nflags 4 seen\nidled briefly\n");
    assert_script_done(&t);
}

static void quiet_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n");
    script_expect(c, "DONE");
    script_send(c, "A3 OK done\r\n");
    script_goodbye(c);
}

static int open_and_idle_shortly(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : idle(t, 150);
}

static void idle_ends_after_its_time(void **state)
{
    (void)state;
    IMAP_TEST(t, quiet_idle_server);
    assert_int_equal(run(&t, open_and_idle_shortly), 0);
    assert_events(&t, "idled long\n");
    assert_script_done(&t);
}

static int nudge_soon(void *arg)
{
    struct imap_test *t = arg;
    wait_sleep(150, NULL);
    fiber_nudge(t->fiber);
    return 0;
}

static int open_idle_and_be_nudged(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    fiber_start(&t->loop, "nudger", nudge_soon, t);
    return idle(t, 4000);
}

static void a_nudge_ends_idle(void **state)
{
    (void)state;
    IMAP_TEST(t, quiet_idle_server);
    assert_int_equal(run(&t, open_idle_and_be_nudged), 0);
    assert_events(&t, "idled briefly\n");
    assert_script_done(&t);
}

static void vanished_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE ENABLE QRESYNC");
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
    script_select(c, "A3 SELECT \"INBOX\"", "* OK [HIGHESTMODSEQ 5] x\r\n");
    script_expect(c, "A4 IDLE");
    script_send(c, "+\r\n* VANISHED 4,6\r\n");
    script_expect(c, "DONE");
    script_send(c, "A4 OK done\r\n");
    script_goodbye(c);
}

static void vanished_messages_are_told_at_once(void **state)
{
    (void)state;
    IMAP_TEST(t, vanished_idle_server);
    assert_int_equal(run(&t, open_and_idle), 0);
    assert_events(&t, "vanished 4-4 6-6\nidled briefly\n");
    assert_script_done(&t);
}

static void flooding_idle_server(struct script_conn *c, void *arg)
{
    static const char line[] = "* OK still here\r\n";
    static char flood[(sizeof(line) - 1) * 4096];
    struct pollfd p = {.fd = script_fd(c), .events = POLLIN};
    (void)arg;
    for (size_t at = 0; at < sizeof(flood); at += sizeof(line) - 1)
        memcpy(flood + at, line, sizeof(line) - 1);
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n");
    uint64_t end = wait_now_ms() + 10000;
    while (poll(&p, 1, 0) == 0 && wait_now_ms() < end)
        script_send_bytes(c, flood, sizeof(flood));
    if (wait_now_ms() >= end)
        script_fail(c, "IDLE has no end");
    script_expect(c, "DONE");
    script_send(c, "A3 OK done\r\n");
    script_goodbye(c);
}

static void idle_ends_after_its_time_whatever_comes(void **state)
{
    (void)state;
    IMAP_TEST(t, flooding_idle_server);
    t.account.endpoint.io_timeout_ms = 60000;
    assert_int_equal(run(&t, open_and_idle_shortly), 0);
    assert_script_done(&t);
}

static void expunge_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n");
    script_expect(c, "DONE");
    script_send(c, "A3 OK done\r\n");
    script_goodbye(c);
}

static void expunges_by_number_are_told_as_a_count(void **state)
{
    (void)state;
    IMAP_TEST(t, expunge_idle_server);
    assert_int_equal(run(&t, open_and_idle), 0);
    /* However the lines fell into packets: less was told first, then the last count. */
    const char *less = strstr(buf_str(&t.events), "exists 1\n");
    assert_non_null(less);
    assert_non_null(strstr(less, "exists 2\nidled briefly\n"));
    assert_script_done(&t);
}

static void idle_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "A3 NO not now\r\n");
    script_expect(c, "A4 NOOP");
    script_send(c, "* 4 EXISTS\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void hasty_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\nA3 OK that is enough\r\n");
    script_expect(c, "A4 NOOP");
    script_send(c, "* 4 EXISTS\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int idle_twice(struct imap_test *t)
{
    if (open_inbox(t) < 0 || t->source->idle(t->session, 100, &t->sink, &t->err) < 0)
        return -1;
    return t->source->idle(t->session, 100, &t->sink, &t->err);
}

static void a_server_that_refuses_to_idle_is_asked_instead(void **state)
{
    (void)state;
    IMAP_TEST(t, idle_refused_server);
    assert_int_equal(run(&t, idle_twice), 0);
    assert_events(&t, "exists 4\n");
    assert_script_done(&t);
}

static void a_server_that_ends_idle_at_once_is_asked_instead(void **state)
{
    (void)state;
    IMAP_TEST(t, hasty_idle_server);
    assert_int_equal(run(&t, idle_twice), 0);
    assert_events(&t, "exists 4\n");
    assert_script_done(&t);
}

static void bye_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n* BYE idle for too long\r\n");
}

static void a_bye_during_idle_is_an_error_with_its_words(void **state)
{
    (void)state;
    IMAP_TEST(t, bye_idle_server);
    assert_int_equal(run(&t, open_and_idle), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "ended the conversation");
    assert_string_equal(t.err.server, "idle for too long");
}

static void lingering_bye_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n* BYE [UNAVAILABLE] going down\r\n");
    script_expect_end(c); /* the client hangs up, not the server */
}

static int idle_through_a_bye(struct imap_test *t)
{
    int rc = open_inbox(t) < 0 ? 0 : t->source->idle(t->session, 600000, &t->sink, &t->err);
    return rc < 0 ? select_known(t, "INBOX", 0, 0) : 0;
}

/* FCT_E_SERVER would mean that the session goes on. */
static void a_bye_ends_the_session_whatever_its_code_and_without_the_servers_hanging_up(void **state)
{
    (void)state;
    IMAP_TEST(t, lingering_bye_server);
    t.account.endpoint.io_timeout_ms = 60000;
    uint64_t before = wait_now_ms();
    assert_int_equal(run(&t, idle_through_a_bye), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "the server is not available for now");
    assert_string_equal(t.err.server, "going down");
    assert_true(wait_now_ms() - before < 10000);
    assert_script_done(&t);
}

static void half_line_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n* 4 EX");
    script_expect_end(c);
}

static void half_a_line_during_idle_ends_in_time(void **state)
{
    (void)state;
    IMAP_TEST(t, half_line_server);
    t.account.endpoint.io_timeout_ms = 300;
    assert_int_equal(run(&t, open_and_idle), -1);
    assert_int_equal(t.err.code, FCT_E_TIMEOUT);
    assert_script_done(&t);
}

/* ---- IDLE as it should not be ----------------------------------------------------------------------------- */

static void silent_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE"); /* and never a "+" */
    script_expect(c, "DONE");
    script_expect(c, "A4 NOOP");
    script_send(c, "DONE BAD Missing command\r\n* 4 EXISTS\r\nA4 OK\r\n");
    script_expect(c, "A5 NOOP");
    script_send(c, "A3 BAD Unknown command IDLE\r\nA5 OK\r\n"); /* late, and of no interest any more */
    script_goodbye(c);
}

static void a_server_that_never_begins_to_idle_is_asked_instead(void **state)
{
    (void)state;
    IMAP_TEST(t, silent_idle_server);
    t.account.endpoint.io_timeout_ms = 300;
    assert_int_equal(run(&t, idle_twice), 0);
    assert_events(&t, "exists 4\n");
    assert_script_done(&t);
}

static void slow_plus_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_pause(400);
    script_send(c, "+ idling\r\n");
    script_expect(c, "DONE"); /* the nudge came before */
    script_send(c, "A3 OK done\r\n");
    script_goodbye(c);
}

static void a_nudge_before_idle_has_begun_is_not_lost(void **state)
{
    (void)state;
    IMAP_TEST(t, slow_plus_server);
    assert_int_equal(run(&t, open_idle_and_be_nudged), 0);
    assert_events(&t, "idled briefly\n");
    assert_script_done(&t);
}

static void crossing_idle_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 IDLE");
    script_send(c, "+ idling\r\n* 4 EXISTS\r\n");
    script_expect(c, "DONE"); /* while the server is ending it by itself */
    script_send(c, "A3 OK IDLE timed out\r\nDONE BAD Unknown command\r\n");
    script_expect(c, "A4 IDLE");
    script_send(c, "+ idling\r\n* 5 EXISTS\r\n");
    script_expect(c, "DONE");
    script_send(c, "A4 NO IDLE ended\r\n");
    script_goodbye(c);
}

static int open_and_idle_twice(struct imap_test *t)
{
    return open_inbox(t) < 0 || idle(t, 4000) < 0 ? -1 : idle(t, 4000);
}

static void however_idle_ends_the_session_goes_on(void **state)
{
    (void)state;
    IMAP_TEST(t, crossing_idle_server);
    assert_int_equal(run(&t, open_and_idle_twice), 0);
    assert_events(&t, "exists 4\nidled briefly\nexists 5\nidled briefly\n");
    assert_script_done(&t);
}

static void noop_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 NOOP");
    script_send(c, "A3 NO not now\r\n");
    script_expect(c, "A4 NOOP");
    script_send(c, "A4 BAD what?\r\n");
    script_goodbye(c);
}

static int idle_in_vain_twice(struct imap_test *t)
{
    struct fct_error first;
    if (open_inbox(t) < 0 || idle(t, 50) == 0 || t->err.code != FCT_E_SERVER)
        return -1;
    first = t->err;
    if (idle(t, 50) == 0 || t->err.retry != FCT_RETRY_LATER)
        return -1;
    t->err = first;
    return 0;
}

static void a_refused_noop_is_not_for_ever(void **state)
{
    (void)state;
    IMAP_TEST(t, noop_refused_server);
    assert_int_equal(run(&t, idle_in_vain_twice), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "refuses NOOP");
    assert_script_done(&t);
}

static void noop_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 NOOP");
    script_send(c, "* 4 EXISTS\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void without_idle_the_server_is_asked_at_the_end(void **state)
{
    (void)state;
    IMAP_TEST(t, noop_server);
    assert_int_equal(run(&t, open_and_idle_shortly), 0);
    assert_events(&t, "exists 4\nidled long\n");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_go_up_pipelined_and_come_back),
        cmocka_unit_test(flags_that_the_server_does_not_keep_are_not_sent),
        cmocka_unit_test(a_refusal_is_told_with_the_servers_words_and_the_session_goes_on),
        cmocka_unit_test(a_read_only_mailbox_takes_no_flags),
        cmocka_unit_test(many_messages_go_into_several_commands),
        cmocka_unit_test(hundreds_of_keywords_go_into_several_commands),
        cmocka_unit_test(a_keyword_beyond_the_servers_limit_is_refused_for_good),
        cmocka_unit_test(idle_ends_with_the_first_news),
        cmocka_unit_test(idle_ends_after_its_time),
        cmocka_unit_test(idle_ends_after_its_time_whatever_comes),
        cmocka_unit_test(a_nudge_ends_idle),
        cmocka_unit_test(vanished_messages_are_told_at_once),
        cmocka_unit_test(expunges_by_number_are_told_as_a_count),
        cmocka_unit_test(a_server_that_refuses_to_idle_is_asked_instead),
        cmocka_unit_test(a_server_that_ends_idle_at_once_is_asked_instead),
        cmocka_unit_test(a_bye_during_idle_is_an_error_with_its_words),
        cmocka_unit_test(a_bye_ends_the_session_whatever_its_code_and_without_the_servers_hanging_up),
        cmocka_unit_test(half_a_line_during_idle_ends_in_time),
        cmocka_unit_test(a_server_that_never_begins_to_idle_is_asked_instead),
        cmocka_unit_test(a_nudge_before_idle_has_begun_is_not_lost),
        cmocka_unit_test(however_idle_ends_the_session_goes_on),
        cmocka_unit_test(a_refused_noop_is_not_for_ever),
        cmocka_unit_test(without_idle_the_server_is_asked_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
