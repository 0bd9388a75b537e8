/* Opening a mailbox, listing messages, bringing them down. */
#include "fixture.h"

#define EXAMPLE "Subject: a\r\n\r\nhello"
#define EXAMPLE_OCTETS "19"
#define DETAILS " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])"

/* ---- SELECT --------------------------------------------------------------------------------------------- */

static void plain_select_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n* OK [UNSEEN 2] x\r\n");
    script_goodbye(c);
}

static void select_tells_what_the_mailbox_holds(void **state)
{
    (void)state;
    IMAP_TEST(t, plain_select_server);
    assert_int_equal(run(&t, open_inbox), 0);
    assert_int_equal(t.status.messages, 3);
    assert_int_equal(t.status.uidvalidity, 7);
    assert_int_equal(t.status.uidnext, 10);
    assert_int_equal(t.status.modseq, 0);
    assert_int_equal(t.status.attrs, FCT_MB_NO_KEYWORDS);
    assert_false(t.caught_up);
    assert_events(&t, ""); /* the status says it all */
    assert_script_done(&t);
}

static void examine_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 EXAMINE \"INBOX\"");
    script_send(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nA2 OK [READ-ONLY] examined\r\n");
    script_select(c, "A3 SELECT \"INBOX\"", "");
    script_goodbye(c);
}

/* And then as a core does that knows no more of the struct than it once had. */
static int look_only(struct imap_test *t)
{
    struct fct_known known = {.size = sizeof(known), .uidvalidity = 7, .read_only = 1};
    if (sign_in(t) < 0 ||
        t->source->select(t->session, bytes_str("INBOX"), &known, &t->sink, &t->status, &t->caught_up, &t->err) < 0)
        return -1;
    if (!(t->status.attrs & FCT_MB_READ_ONLY) || t->status.messages != 3)
        return 1;
    known.size = offsetof(struct fct_known, read_only);
    return t->source->select(t->session, bytes_str("INBOX"), &known, &t->sink, &t->status, &t->caught_up, &t->err);
}

static void a_mailbox_that_is_only_looked_at_is_examined(void **state)
{
    (void)state;
    IMAP_TEST(t, examine_server);
    assert_int_equal(run(&t, look_only), 0);
    assert_false(t.status.attrs & FCT_MB_READ_ONLY);
    assert_script_done(&t);
}

static void busy_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    for (int i = 0; i < 24; i++) {
        script_pause(50);
        script_send(c, "* OK still here\r\n");
    }
    script_send(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nA2 OK\r\n");
    script_goodbye(c);
}

static void a_server_that_works_for_long_and_says_so_is_waited_for(void **state)
{
    (void)state;
    IMAP_TEST(t, busy_server);
    t.account.endpoint.io_timeout_ms = 1000;
    assert_int_equal(run(&t, open_inbox), 0);
    assert_int_equal(t.status.messages, 3);
    assert_script_done(&t);
}

static void select_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_send(c, "A2 NO [NONEXISTENT] no such mailbox\r\n");
    script_goodbye(c);
}

static int fetch_without_mailbox(struct imap_test *t)
{
    struct fct_error err = {0};
    struct fct_uid_range all = {1, UINT64_MAX};
    if (open_inbox(t) == 0)
        return -1;
    if (t->source->fetch(t->session, &all, 1, &t->sink, &err) == 0 || err.code != FCT_E_INVALID)
        return -1;
    return t->source->list_messages(t->session, all, 0, false, &t->sink, &err) == 0 ? -1 : 0;
}

static void a_refused_select_leaves_nothing_selected(void **state)
{
    (void)state;
    IMAP_TEST(t, select_refused_server);
    assert_int_equal(run(&t, fetch_without_mailbox), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "does not exist");
    assert_script_done(&t);
}

static void condstore_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " CONDSTORE");
    script_select(c, "A2 SELECT \"INBOX\" (CONDSTORE)", "* OK [HIGHESTMODSEQ 715194045007] ok\r\n");
    script_expect(c, "A3 UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE 99)");
    script_send(c, "* 2 FETCH (MODSEQ (100) UID 5 FLAGS (\\Seen))\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int changes_since_99(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 99, false, &t->sink, &t->err);
}

static void condstore_tells_changed_flags(void **state)
{
    (void)state;
    IMAP_TEST(t, condstore_server);
    assert_int_equal(run(&t, changes_since_99), 0);
    assert_true(t.status.modseq == 715194045007u);
    assert_events(&t, "flags 5 seen modseq=100\n");
    assert_script_done(&t);
}

#define QRESYNC BASIC " ENABLE CONDSTORE QRESYNC"

static void enable_qresync(struct script_conn *c)
{
    script_login(c, QRESYNC);
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
}

static void qresync_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\" (QRESYNC (7 41))",
                  "* OK [HIGHESTMODSEQ 50] ok\r\n* VANISHED (EARLIER) 1:2,4\r\n* 3 FETCH (UID 9 FLAGS (\\Flagged) "
                  "MODSEQ (50))\r\n");
    script_goodbye(c);
}

static int resync(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : select_known(t, "INBOX", 7, 41);
}

static void qresync_brings_all_changes_with_the_select(void **state)
{
    (void)state;
    IMAP_TEST(t, qresync_server);
    assert_int_equal(run(&t, resync), 0);
    assert_true(t.caught_up);
    assert_events(&t, "vanished 1-2 4-4\nflags 9 flagged modseq=50\n");
    assert_script_done(&t);
}

static void new_validity_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_expect(c, "A3 SELECT \"INBOX\" (QRESYNC (6 41))");
    script_send(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n* OK [HIGHESTMODSEQ 50] ok\r\n"
                   "* VANISHED (EARLIER) 1:9\r\n* 3 FETCH (UID 9 FLAGS () MODSEQ (50))\r\nA3 OK [READ-ONLY] x\r\n");
    script_goodbye(c);
}

static int resync_old_validity(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : select_known(t, "INBOX", 6, 41);
}

static void slow_qresync_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_expect(c, "A3 SELECT \"INBOX\" (QRESYNC (7 41))");
    script_send(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n* OK [HIGHESTMODSEQ 50] ok\r\n");
    for (int i = 0; i < 60; i++) {
        script_pause(50);
        script_send(c, "* 3 FETCH (UID 9 FLAGS () MODSEQ (50))\r\n");
    }
    script_send(c, "A3 OK selected\r\n");
    script_goodbye(c);
}

/* Cut short it would begin anew with the next session, and never end. */
static void changes_that_take_long_are_waited_for_while_they_come(void **state)
{
    (void)state;
    IMAP_TEST(t, slow_qresync_server);
    t.account.endpoint.io_timeout_ms = 1000; /* of 3 s; a busy machine may stand still for a quarter of one */
    assert_int_equal(run(&t, resync), 0);
    assert_true(t.caught_up);
    assert_script_done(&t);
}

static void changes_under_another_uidvalidity_are_dropped(void **state)
{
    (void)state;
    IMAP_TEST(t, new_validity_server);
    assert_int_equal(run(&t, resync_old_validity), 0);
    assert_false(t.caught_up);
    assert_int_equal(t.status.uidvalidity, 7);
    assert_int_equal(t.status.attrs, FCT_MB_READ_ONLY);
    assert_events(&t, "");
    assert_script_done(&t);
}

static void restored_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\" (QRESYNC (7 41))", "* OK [HIGHESTMODSEQ 12] restored from backup\r\n");
    script_goodbye(c);
}

static void a_modseq_that_went_back_is_not_caught_up(void **state)
{
    (void)state;
    IMAP_TEST(t, restored_server);
    assert_int_equal(run(&t, resync), 0);
    assert_false(t.caught_up);
    assert_script_done(&t);
}

static void no_modseq_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\" (QRESYNC (7 41))", "* OK [NOMODSEQ] not here\r\n");
    script_expect(c, "A4 UID FETCH 1:* (UID FLAGS)"); /* MODSEQ would be refused with BAD */
    script_send(c, "* 1 FETCH (UID 4 FLAGS ())\r\nA4 OK\r\n");
    script_expect(c, "A5 UID FETCH 4 (UID FLAGS INTERNALDATE BODY.PEEK[])");
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] {1}\r\na)\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int resync_and_fetch(struct imap_test *t)
{
    const struct fct_uid_range all = {1, UINT32_MAX}, one = {4, 4};
    if (resync(t) < 0 || t->source->list_messages(t->session, all, 0, false, &t->sink, &t->err) < 0)
        return -1;
    return t->source->fetch(t->session, &one, 1, &t->sink, &t->err);
}

static void a_mailbox_without_modseqs_is_not_asked_for_them(void **state)
{
    (void)state;
    IMAP_TEST(t, no_modseq_server);
    assert_int_equal(run(&t, resync_and_fetch), 0);
    assert_false(t.caught_up);
    assert_int_equal(t.status.modseq, 0);
    assert_events(&t, "flags 4\nmessage 4 octets=1 date=0 <a>\n");
    assert_script_done(&t);
}

static void half_a_select_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"one\"");
    script_send(c, "* OK [UIDVALIDITY 7] x\r\nA2 OK selected\r\n");
    script_expect(c, "A3 SELECT \"two\"");
    script_send(c, "* 0 EXISTS\r\nA3 OK selected\r\n");
    script_expect(c, "A4 SELECT \"three\"");
    script_send(c, "* 0 EXISTS\r\nA4 OK selected\r\n");
    script_goodbye(c);
}

static int select_halves(struct imap_test *t)
{
    if (sign_in(t) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (select_known(t, i == 0 ? "one" : "two", 7, 0) == 0)
            return -1;
        buf_addf(&t->events, "%d %d %s\n", t->err.code, t->err.retry, strstr(t->err.message, "lacks"));
    }
    return select_known(t, "three", 0, 0); /* an old server that never told it */
}

static void a_select_that_forgets_what_a_mailbox_is_judged_by_is_refused(void **state)
{
    (void)state;
    IMAP_TEST(t, half_a_select_server);
    assert_int_equal(run(&t, select_halves), 0);
    assert_events(&t, "9 1 lacks the number of messages\n9 1 lacks UIDVALIDITY\n");
    assert_script_done(&t);
}

static void closed_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\"", "* OK [HIGHESTMODSEQ 50] ok\r\n");
    script_expect(c, "A4 SELECT \"Other\" (QRESYNC (7 41))");
    script_send(c, "* VANISHED 2:3\r\n* 99 EXISTS\r\n* OK [CLOSED] the old one\r\n" /* these were about INBOX */
                   "* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n* OK [HIGHESTMODSEQ 50] ok\r\n"
                   "* VANISHED (EARLIER) 5\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int select_two(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : select_known(t, "Other", 7, 41);
}

static void what_is_said_of_the_old_mailbox_does_not_touch_the_new(void **state)
{
    (void)state;
    IMAP_TEST(t, closed_server);
    assert_int_equal(run(&t, select_two), 0);
    assert_int_equal(t.status.messages, 4);
    assert_events(&t, "vanished 5-5\n");
    assert_script_done(&t);
}

/* ---- listing -------------------------------------------------------------------------------------------- */

static void listing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 5:*" DETAILS);
    script_send(c,
                "* 1 FETCH (UID 4 FLAGS ())\r\n" /* "5:*" names the last message, whatever its number */
                "* 2 FETCH (RFC822.SIZE 77 INTERNALDATE \"01-Jan-1970 00:01:40 +0000\" FLAGS (\\Seen Work) UID 8)\r\n"
                "* 3 FETCH (UID 9)\r\nA3 OK\r\n");
    script_expect(c, "A4 UID FETCH 2:7 (UID FLAGS)");
    script_send(c, "* 2 FETCH (FLAGS (\\Draft) UID 5)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int list_two_ranges(struct imap_test *t)
{
    if (open_inbox(t) < 0 ||
        t->source->list_messages(t->session, (struct fct_uid_range){5, UINT64_MAX}, 0, true, &t->sink, &t->err) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){2, 7}, 3, false, &t->sink, &t->err);
}

static void busy_select_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\" (QRESYNC (6 41))", "* VANISHED (EARLIER) 1:3\r\n* VANISHED 4,9\r\n");
    script_goodbye(c);
}

static int resync_renumbered(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : select_known(t, "INBOX", 6, 41);
}

static void messages_that_go_while_a_mailbox_is_opened_are_not_counted(void **state)
{
    (void)state;
    IMAP_TEST(t, busy_select_server);
    assert_int_equal(run(&t, resync_renumbered), 0);
    assert_int_equal(t.status.messages, 1);
    assert_events(&t, "");
    assert_script_done(&t);
}

static void messages_are_listed_by_range(void **state)
{
    (void)state;
    IMAP_TEST(t, listing_server);
    assert_int_equal(run(&t, list_two_ranges), 0);
    assert_events(&t, "flags 8 seen +work octets=77 date=100\nflags 5 draft\n");
    assert_script_done(&t);
}

#define HEADER "Message-ID: <a@b>\r\n\r\n"
#define DATED "INTERNALDATE \"01-Jan-1970 00:00:10 +0000\" RFC822.SIZE 50"

static void details_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " CONDSTORE OBJECTID");
    script_select(c, "A2 SELECT \"INBOX\" (CONDSTORE)", "* OK [HIGHESTMODSEQ 50] ok\r\n");
    script_expect(c, "A3 UID FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE "
                     "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)] EMAILID)");
    script_send(c, "* 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {21}\r\n" HEADER " UID 2 EMAILID (M2) " DATED
                   " MODSEQ (3) FLAGS (\\Seen))\r\n"
                   "* 9 FETCH (FLAGS (\\Flagged) UID 77 MODSEQ (51))\r\n" /* somebody flags another one */
                   "* 2 FETCH (UID 3 EMAILID NIL FLAGS () " DATED
                   " BODY[HEADER.FIELDS (\"DATE\" \"Message-Id\")] \"Date: now\")\r\n"
                   "* 3 FETCH (UID 4 FLAGS () " DATED " BODY[HEADER.FIELDS (MESSAGE-ID DATE)] NIL)\r\n"
                   "* 4 FETCH (UID 5 FLAGS () " DATED " BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {0}\r\n)\r\n"
                   "* 5 FETCH (UID 6 FLAGS () " DATED " body.peek[header.fields (message-id date)] {21}\r\n" HEADER
                   ")\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int list_details(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &t->sink, &t->err);
}

static void a_listing_tells_what_identifies_a_message(void **state)
{
    (void)state;
    IMAP_TEST(t, details_server);
    assert_int_equal(run(&t, list_details), 0);
    assert_events(&t, "flags 2 seen modseq=3 octets=50 date=10 id=M2 <" HEADER ">\n"
                      "flags 77 flagged modseq=51\n"
                      "flags 3 octets=50 date=10 <Date: now>\n"
                      "flags 4 octets=50 date=10\n"
                      "flags 5 octets=50 date=10\n"
                      "flags 6 octets=50 date=10 <" HEADER ">\n");
    assert_script_done(&t);
}

static void scattered_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " X-GM-EXT-1");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE "
                     "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)] X-GM-MSGID)");
    script_send(c, "* 1 FETCH (UID 2 FLAGS (\\Seen))\r\n"
                   "* 1 FETCH (UID 2 " DATED ")\r\n"
                   "* 1 FETCH (UID 2 X-GM-MSGID 17 BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {21}\r\n" HEADER ")\r\n"
                   "* 1 FETCH (UID 2 FLAGS (\\Flagged work))\r\n" /* it is flagged in the same moment */
                   "* 2 FETCH (UID 3 FLAGS () " DATED ")\r\n"
                   "* 2 EXPUNGE\r\n"
                   "* 3 FETCH (UID 9 FLAGS () " DATED ")\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void details_in_several_responses_are_put_together(void **state)
{
    (void)state;
    IMAP_TEST(t, scattered_server);
    assert_int_equal(run(&t, list_details), 0);
    assert_events(&t, "flags 2 flagged +work octets=50 date=10 id=17 <" HEADER ">\n"
                      "flags 3 octets=50 date=10\n"
                      "flags 9 octets=50 date=10\n"
                      "exists 2\n");
    assert_script_done(&t);
}

static void gone_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enable_qresync(c);
    script_select(c, "A3 SELECT \"INBOX\"", "* OK [HIGHESTMODSEQ 50] ok\r\n");
    script_expect(c, "A4 UID FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE "
                     "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])");
    script_send(c, "* 1 FETCH (UID 2 FLAGS () " DATED ")\r\n* VANISHED 2\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void a_message_that_goes_is_not_listed_after_it_went(void **state)
{
    (void)state;
    IMAP_TEST(t, gone_server);
    assert_int_equal(run(&t, list_details), 0);
    assert_events(&t, "flags 2 octets=50 date=10\nvanished 2-2\n");
    assert_script_done(&t);
}

static void large_header_server(struct script_conn *c, void *arg)
{
    static char header[16385];
    (void)arg;
    memset(header, 'h', sizeof(header));
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" DETAILS);
    for (int uid = 4; uid <= 5; uid++) {
        size_t n = sizeof(header) - (uid == 4);
        script_sendf(c, "* 1 FETCH (UID %d BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {%zu}\r\n", uid, n);
        script_send_bytes(c, header, n);
        script_send(c, " FLAGS () " DATED ")\r\n");
    }
    script_send(c, "A3 OK\r\n");
    script_goodbye(c);
}

static void a_header_beyond_the_bound_is_as_none(void **state)
{
    (void)state;
    IMAP_TEST(t, large_header_server);
    assert_int_equal(run(&t, list_details), 0);
    assert_non_null(strstr(buf_str(&t.events), "flags 4 octets=50 date=10 <hhhh"));
    assert_non_null(strstr(buf_str(&t.events), "hhh>\nflags 5 octets=50 date=10\n"));
    assert_script_done(&t);
}

/* ---- FETCH ---------------------------------------------------------------------------------------------- */

#define ITEMS " (UID FLAGS INTERNALDATE BODY.PEEK[])"

static int fetch_range(struct imap_test *t, uint64_t first, uint64_t last)
{
    struct fct_uid_range r = {first, last};
    return t->source->fetch(t->session, &r, 1, &t->sink, &t->err);
}

static int open_and_fetch_all(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch_range(t, 1, UINT64_MAX);
}

static void any_order_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS (\\Seen) INTERNALDATE \"01-Jan-1970 00:00:10 +0000\" BODY[] {" EXAMPLE_OCTETS
                   "}\r\n" EXAMPLE ")\r\n"
                   "* 2 FETCH (BODY[] {" EXAMPLE_OCTETS "}\r\n" EXAMPLE " UID 6 ENVELOPE (NIL \"x\") FLAGS ($Junk))\r\n"
                   "* 3 FETCH (BODY[] \"quoted\" UID 9 FLAGS ())\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void attributes_may_follow_the_literal(void **state)
{
    (void)state;
    IMAP_TEST(t, any_order_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "message 4 seen octets=19 date=10 <" EXAMPLE ">\n"
                      "message 6 junk octets=19 date=0 <" EXAMPLE ">\n"
                      "message 9 octets=6 date=0 <quoted>\n");
    assert_script_done(&t);
}

static void object_id_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " OBJECTID X-GM-EXT-1");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:* (UID FLAGS INTERNALDATE EMAILID BODY.PEEK[])");
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] {1}\r\na EMAILID (M4))\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void a_message_comes_with_what_identifies_it(void **state)
{
    (void)state;
    IMAP_TEST(t, object_id_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_true(t.can & FCT_CAN_EMAIL_IDS);
    assert_events(&t, "message 4 octets=1 date=0 id=M4 <a>\n");
    assert_script_done(&t);
}

static void headers_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])");
    script_send(c, "* 1 FETCH (UID 4 FLAGS (\\Seen) RFC822.SIZE 70000 BODY[HEADER] {14}\r\nSubject: x\r\n\r\n)\r\n"
                   "* 2 FETCH (BODY[HEADER] {2}\r\n\r\n UID 6 RFC822.SIZE 2 FLAGS ())\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int open_and_fetch_headers(struct imap_test *t)
{
    const struct fct_uid_range all = {1, UINT64_MAX};
    return open_inbox(t) < 0 ? -1 : t->source->fetch_headers(t->session, &all, 1, &t->sink, &t->err);
}

static void headers_come_with_the_size_of_the_whole(void **state)
{
    (void)state;
    IMAP_TEST(t, headers_server);
    assert_int_equal(run(&t, open_and_fetch_headers), 0);
    assert_events(&t, "header 4 seen octets=70000 date=0 <Subject: x\r\n\r\n>\n"
                      "header 6 octets=2 date=0 <\r\n>\n");
    assert_script_done(&t);
}

static void windows_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_send(c, "* 700 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 701] x\r\nA2 OK\r\n");
    script_expect(c, "A3 UID FETCH 573:700" ITEMS);
    script_expect(c, "A4 UID FETCH 445:572" ITEMS);
    script_expect(c, "A5 UID FETCH 1:50,60:137" ITEMS);
    script_expect(c, "A6 UID FETCH 138:140" ITEMS); /* four are in flight before the first is answered */
    static const int first[] = {573, 445, 60, 138};
    for (int tag = 3; tag <= 6; tag++) {
        for (int i = 0; i < 3; i++)
            script_sendf(c, "* %d FETCH (UID %d FLAGS () BODY[] {1}\r\nx)\r\n", i + 1, first[tag - 3] + i);
        script_sendf(c, "A%d OK\r\n", tag);
    }
    script_goodbye(c);
}

static int fetch_many_ranges(struct imap_test *t)
{
    const struct fct_uid_range r[] = {{573, 700}, {445, 572}, {1, 50}, {60, 140}};
    struct fct_session_stats before = {.size = sizeof(before)}, after = before;
    if (open_inbox(t) < 0)
        return -1;
    t->source->stats(t->session, &before);
    int rc = t->source->fetch(t->session, r, 4, &t->sink, &t->err);
    t->source->stats(t->session, &after);
    buf_addf(&t->events, "%llu round trips", (unsigned long long)(after.round_trips - before.round_trips));
    return rc;
}

static void windows_are_pipelined_in_the_order_of_the_ranges(void **state)
{
    (void)state;
    IMAP_TEST(t, windows_server);
    assert_int_equal(run(&t, fetch_many_ranges), 0);
    const char *order[] = {"message 573", "message 445", "message 60", "message 138", "message 140", "1 round trips"};
    const char *at = buf_str(&t.events);
    for (size_t i = 0; i < 6; i++)
        assert_non_null(at = strstr(at, order[i]));
    assert_script_done(&t);
}

static void sparse_server(struct script_conn *c, void *arg)
{
    char line[100];
    unsigned long last = 0;
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_send(c, "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4000000000] x\r\nA2 OK\r\n");
    int commands = 0;
    for (;; commands++) {
        snprintf(line, sizeof(line), "%s", script_read_line(c));
        unsigned long first = 0;
        unsigned tag;
        if (sscanf(line, "A%u UID FETCH %lu:%lu", &tag, &first, &last) < 2)
            break;
        script_sendf(c, "A%u OK\r\n", tag);
        if (strstr(line, ":*"))
            break;
    }
    if (commands > 5000)
        script_fail(c, "%d commands for two messages", commands);
    script_goodbye(c);
}

static void sparse_uids_cost_few_commands(void **state)
{
    (void)state;
    IMAP_TEST(t, sparse_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_script_done(&t);
}

static void unsolicited_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] {1}\r\na)\r\n"
                   "* 3 FETCH (FLAGS (\\Seen) UID 9)\r\n" /* somebody read it */
                   "* 5 EXISTS\r\n"
                   "* 2 EXPUNGE\r\n"
                   "* LIST () \"/\" x\r\n* X-NEWS (a {3}\r\n)))))\r\n* OK still here\r\n"
                   "* 2 FETCH (UID 9 FLAGS (\\Seen) BODY[] {1}\r\nc)\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void what_else_happens_during_a_fetch_reaches_the_sink(void **state)
{
    (void)state;
    IMAP_TEST(t, unsolicited_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "message 4 octets=1 date=0 <a>\nflags 9 seen\nmessage 9 seen octets=1 date=0 <c>\nexists 4\n");
    assert_script_done(&t);
}

static void seq_flags_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (FLAGS (\\Seen))\r\nA3 OK\r\n");
    script_expect(c, "A4 FETCH 2:3 (UID FLAGS)"); /* which messages are these? */
    script_send(c, "* 2 FETCH (UID 6 FLAGS (\\Seen))\r\n* 3 FETCH (UID 9 FLAGS (\\Seen \\Flagged))\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void seq_only_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\nA3 OK\r\n");
    script_expect(c, "A4 FETCH 3:3 (UID FLAGS)");
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\nA4 OK\r\n"); /* again without */
    script_expect(c, "A5 UID FETCH 1:*" ITEMS);
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\nA5 OK\r\n");
    script_expect(c, "A6 FETCH 3:3 (UID FLAGS)");
    script_send(c, "A6 NO\r\n");
    script_goodbye(c);
}

static int open_and_fetch_all_twice(struct imap_test *t)
{
    return open_and_fetch_all(t) < 0 ? -1 : fetch_range(t, 1, UINT64_MAX);
}

static void flags_that_the_server_does_not_explain_make_the_engine_look_again(void **state)
{
    (void)state;
    IMAP_TEST(t, seq_only_server);
    assert_int_equal(run(&t, open_and_fetch_all_twice), 0);
    assert_events(&t, "flags 0\nflags 0\n");
    assert_script_done(&t);
}

static void flags_without_a_uid_are_asked_for_again(void **state)
{
    (void)state;
    IMAP_TEST(t, seq_flags_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "flags 6 seen\nflags 9 seen flagged\n");
    assert_script_done(&t);
}

static void seq_flags_expunge_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void numbers_that_moved_make_the_engine_look_again(void **state)
{
    (void)state;
    IMAP_TEST(t, seq_flags_expunge_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "flags 0\nexists 2\n");
    assert_script_done(&t);
}

static void in_and_out_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 EXPUNGE\r\n* 3 EXISTS\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void as_many_gone_as_came_is_not_nothing(void **state)
{
    (void)state;
    IMAP_TEST(t, in_and_out_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "exists 2\nexists 3\n");
    assert_script_done(&t);
}

static void in_and_out_with_flags_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 3 FETCH (FLAGS (\\Recent))\r\nA3 OK\r\n");
    script_expect(c, "A4 FETCH 3:3 (UID FLAGS)");
    script_send(c, "* 3 FETCH (UID 10 FLAGS (\\Recent))\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void flags_by_number_do_not_hide_what_went(void **state)
{
    (void)state;
    IMAP_TEST(t, in_and_out_with_flags_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "flags 10\nexists 2\nexists 3\n");
    assert_script_done(&t);
}

static void last_message_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 10:*" ITEMS);
    script_send(c, "* 3 FETCH (UID 9 FLAGS () BODY[] {3}\r\nold)\r\n* 3 FETCH (FLAGS () BODY[] {3}\r\nold UID 9)\r\n"
                   "* 4 FETCH (UID 10 FLAGS () BODY[] {3}\r\nnew)\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int open_and_fetch_from_10(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch_range(t, 10, UINT32_MAX);
}

static void a_message_that_was_not_asked_for_is_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, last_message_server);
    assert_int_equal(run(&t, open_and_fetch_from_10), 0);
    assert_events(&t, "message 10 octets=3 date=0 <new>\n");
    assert_script_done(&t);
}

static void too_large_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 4:9" ITEMS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] {30}\r\n012345678901234567890123456789)\r\n"
                   "* 3 FETCH (UID 9 FLAGS () BODY[] {1}\r\nx)\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int open_and_fetch_4_to_9(struct imap_test *t);

static void a_message_too_large_for_the_sink_does_not_cost_the_others(void **state)
{
    (void)state;
    IMAP_TEST(t, too_large_server);
    t.too_large = 30;
    assert_int_equal(run(&t, open_and_fetch_4_to_9), 0);
    assert_events(&t, "message 9 octets=1 date=0 <x>\n");
    assert_script_done(&t);
}

static void missing_bodies_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 4:9" ITEMS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] NIL)\r\n"
                   "* 2 FETCH (FLAGS () BODY[] {1}\r\nx)\r\n" /* whose is it? */
                   "* 3 FETCH (UID 9 FLAGS () BODY[] {0}\r\n)\r\nA3 OK\r\n");
    script_expect(c, "A4 FETCH 2:2 (UID FLAGS)");
    script_send(c, "A4 OK\r\n");
    script_goodbye(c);
}

static int open_and_fetch_4_to_9(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch_range(t, 4, 9);
}

static void a_message_without_body_or_uid_is_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, missing_bodies_server);
    assert_int_equal(run(&t, open_and_fetch_4_to_9), 0);
    assert_events(&t, "flags 4\nmessage 9 octets=0 date=0 <>\n");
    assert_script_done(&t);
}

static void refused_window_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 4:6" ITEMS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS () BODY[] {1}\r\na)\r\nA3 NO message 5 is broken\r\n");
    script_expect(c, "A4 UID FETCH 5" ITEMS);
    script_send(c, "A4 NO message 5 is broken\r\n");
    script_expect(c, "A5 UID FETCH 6" ITEMS);
    script_send(c, "* 3 FETCH (UID 6 FLAGS () BODY[] {1}\r\nc)\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int open_and_fetch_4_to_6(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch_range(t, 4, 6);
}

static void one_broken_message_does_not_cost_the_others(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_window_server);
    assert_int_equal(run(&t, open_and_fetch_4_to_6), 0);
    assert_events(&t, "message 4 octets=1 date=0 <a>\nmessage 6 octets=1 date=0 <c>\n");
    assert_script_done(&t);
}

static void refused_open_window_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 10:*" ITEMS);
    script_send(c, "* 4 FETCH (UID 12 FLAGS () BODY[] {1}\r\na)\r\nA3 NO some messages could not be fetched\r\n");
    script_expect(c, "A4 UID FETCH 10:* (UID)");
    script_send(c, "* 4 FETCH (UID 12)\r\n* 5 FETCH (UID 4000000000)\r\n* 6 FETCH (UID 4000000001)\r\nA4 OK\r\n");
    script_expect(c, "A5 UID FETCH 4000000000" ITEMS);
    script_send(c, "A5 NO broken\r\n");
    script_expect(c, "A6 UID FETCH 4000000001" ITEMS);
    script_send(c, "* 6 FETCH (UID 4000000001 FLAGS () BODY[] {1}\r\nb)\r\nA6 OK\r\n");
    script_goodbye(c);
}

static void one_broken_message_among_new_ones_is_found_without_guessing(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_open_window_server);
    assert_int_equal(run(&t, open_and_fetch_from_10), 0);
    assert_events(&t, "message 12 octets=1 date=0 <a>\nmessage 4000000001 octets=1 date=0 <b>\n");
    assert_script_done(&t);
}

static void refused_wide_window_server(struct script_conn *c, void *arg)
{
    static const char *const windows[] = {"1:128",   "129:256",  "257:384",   "385:512",   "513:640",   "641:768",
                                          "769:896", "897:1024", "1025:1280", "1281:1792", "1793:2816", "2817:4352"};
    char line[100];
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    for (int i = 0; i < 12; i++) {
        snprintf(line, sizeof(line), "A%d UID FETCH %s" ITEMS, i + 3, windows[i]);
        script_expect(c, line);
        if (i >= 7 && i < 11) /* eight are in flight */
            script_sendf(c, "A%d OK\r\n", i - 4);
    }
    script_send(c, "A7 OK\r\nA8 OK\r\nA9 OK\r\nA10 OK\r\n"
                   "* 1 FETCH (UID 1050 FLAGS () BODY[] {1}\r\na)\r\nA11 NO message 1100 is broken\r\n"
                   "* 3 FETCH (UID 1300 FLAGS () BODY[] {1}\r\nc)\r\nA12 OK\r\n");
    script_expect(c, "A15 UID FETCH 1025:1280 (UID)");
    script_send(c, "A13 OK\r\nA14 OK\r\n* 1 FETCH (UID 1050)\r\n* 2 FETCH (UID 1100)\r\nA15 OK\r\n");
    script_expect(c, "A16 UID FETCH 1100" ITEMS);
    script_send(c, "A16 NO broken\r\n");
    script_goodbye(c);
}

static int open_and_fetch_twelve_windows(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch_range(t, 1, 4352);
}

static void a_broken_message_costs_nothing_twice(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_wide_window_server);
    assert_int_equal(run(&t, open_and_fetch_twelve_windows), 0);
    assert_events(&t, "message 1050 octets=1 date=0 <a>\nmessage 1300 octets=1 date=0 <c>\n");
    assert_script_done(&t);
}

static void refusing_and_leaving_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:128" ITEMS);
    script_expect(c, "A4 UID FETCH 129:130" ITEMS);
    script_send(c, "A3 NO [UNAVAILABLE] not now\r\n* BYE power is out\r\n");
}

static int open_fetch_and_select(struct imap_test *t)
{
    if (open_inbox(t) < 0 || fetch_range(t, 1, 130) == 0)
        return 0;
    buf_addf(&t->events, "%d\n", t->err.code);
    return select_known(t, "INBOX", 0, 0);
}

static void why_a_session_ended_behind_a_refusal_is_told_by_the_next_call(void **state)
{
    (void)state;
    IMAP_TEST(t, refusing_and_leaving_server);
    assert_int_equal(run(&t, open_fetch_and_select), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "the server ended the conversation");
    assert_string_equal(t.err.server, "power is out");
    assert_script_done(&t);
}

static void unavailable_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 4:6" ITEMS);
    script_send(c, "A3 NO [UNAVAILABLE] the disk is away\r\n");
    script_goodbye(c);
}

static int open_and_fetch_refused(struct imap_test *t)
{
    return open_and_fetch_4_to_6(t) == 0 ? -1 : 0;
}

static void a_server_that_cannot_now_is_asked_later(void **state)
{
    (void)state;
    IMAP_TEST(t, unavailable_server);
    assert_int_equal(run(&t, open_and_fetch_refused), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "not available");
    assert_script_done(&t);
}

/* ---- hostile -------------------------------------------------------------------------------------------- */

static const char *hostile_answer;
static void hostile_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, hostile_answer);
    if (strchr(hostile_answer, '%'))
        script_expect_end(c); /* hangs */
}

static int fetch_twice(struct imap_test *t)
{
    struct fct_error second = {0};
    int rc = open_and_fetch_all(t);
    if (rc == 0)
        return 0;
    /* The session is over: the same error, and nothing is read or written. */
    if (fetch_range(t, 1, 2) == 0 || select_known(t, "INBOX", 0, 0) == 0 ||
        t->source->idle(t->session, 10, &t->sink, &second) == 0 || second.code != t->err.code)
        return 0;
    return -1;
}

static void hostile_answers_end_in_an_error_and_never_in_a_message(void **state)
{
    static const struct {
        const char *answer;
        int code;
    } cases[] = {
        {"* 1 FETCH (UID 1 BODY[] {100}\r\nonly so much", FCT_E_NETWORK}, /* dropped inside the literal */
        {"* 1 FETCH (UID 1 BODY[] {4294967295}\r\nabc", FCT_E_NETWORK},
        {"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nabc", FCT_E_PROTOCOL},
        {"* 1 FETCH (UID 1 BODY[] {-5}\r\nabc", FCT_E_PROTOCOL},
        {"* 1 FETCH (UID 1 BODY[] {5}\r\nabcdefgh)\r\nA3 OK\r\n", FCT_E_PROTOCOL}, /* the size is a lie */
        {"* 1 FETCH (UID 1 ENVELOPE {4294967295}\r\nabc", FCT_E_NETWORK},
        {"* 1 FETCH (UID 1 INTERNALDATE {2000000}\r\nabc", FCT_E_LIMIT},
        {"* 1 FETCH (UID 1 X "
         "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
         "((((((((((((((((((((((((\r\n",
         FCT_E_LIMIT},
        {"* 1 FETCH (UID 1 FLAGS (\\Seen\r\nA3 OK\r\n", FCT_E_PROTOCOL},
        {"* 1 FETCH (UID 1 BODY[] \"abc\r\n", FCT_E_PROTOCOL},
        {"* 1 FETCH UID 1\r\n", FCT_E_PROTOCOL},
        {"garbage\r\n", FCT_E_PROTOCOL},
        {"\r\n", FCT_E_PROTOCOL},
        {"A9 OK\r\n", FCT_E_PROTOCOL},
        {"* VANISHED all\r\n", FCT_E_PROTOCOL},
        {"", FCT_E_NETWORK},
        {"* 1 FETCH (UID 1 BODY[] {100}\r\n%hang", FCT_E_TIMEOUT},
        {"* 1 FETCH (UID 1 %hang", FCT_E_TIMEOUT},
        {"* BYE [UNAVAILABLE] power is out\r\n", FCT_E_NETWORK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        IMAP_TEST(t, hostile_server);
        hostile_answer = cases[i].answer;
        if (cases[i].code == FCT_E_TIMEOUT)
            t.account.endpoint.io_timeout_ms = 300;
        if (run(&t, fetch_twice) == 0)
            fail_msg("%s: taken, or the session goes on: %s", cases[i].answer, t.err.message);
        if (t.err.code != cases[i].code)
            fail_msg("%s: code %d (%s), expected %d", cases[i].answer, t.err.code, t.err.message, cases[i].code);
        assert_events(&t, "");
        assert_script_done(&t);
    }
}

static void many_lists_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    static char line[2 << 20];
    size_t n = (size_t)sprintf(line, "* 1 FETCH (UID 1 FLAGS (");
    for (int i = 0; i < 100000; i++)
        n += (size_t)sprintf(line + n, "keyword%d ", i);
    script_send_bytes(c, line, n);
    script_send(c, ") BODY[] {1}\r\nx)\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void a_message_with_a_hundred_thousand_keywords_is_taken_with_some(void **state)
{
    (void)state;
    IMAP_TEST(t, many_lists_server);
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_non_null(strstr(buf_str(&t.events), "message 1 +keyword0 keyword1"));
    assert_true(t.events.n < 10000);
    assert_script_done(&t);
}

static void large_server(struct script_conn *c, void *arg)
{
    static char chunk[1 << 16];
    (void)arg;
    memset(chunk, 'm', sizeof(chunk));
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_sendf(c, "* 1 FETCH (UID 1 BODY[] {%d}\r\n", 512 << 16);
    for (int i = 0; i < 512; i++)
        script_send_bytes(c, chunk, sizeof(chunk));
    script_send(c, " FLAGS ())\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void a_large_message_is_streamed(void **state)
{
    (void)state;
    IMAP_TEST(t, large_server);
    t.body_bytes_max = 1;
    assert_int_equal(run(&t, open_and_fetch_all), 0);
    assert_events(&t, "message 1 octets=33554432 date=0 33554432 of 33554432\n");
    assert_script_done(&t);
}

static void dribbling_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 FETCH (UID 1 BODY[] {100000}\r\n");
    while (!script_is_gone(c)) { /* each byte comes within the deadline of a read */
        script_send(c, "x");
        script_pause(20);
    }
}

static void a_message_that_dribbles_in_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    IMAP_TEST(t, dribbling_server);
    t.account.endpoint.io_timeout_ms = 100;
    uint64_t before = wait_now_ms();
    assert_int_equal(run(&t, open_and_fetch_all), -1);
    assert_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "less than 1024 bytes a second");
    assert_true(wait_now_ms() - before < 10000);
    assert_events(&t, "");
    assert_script_done(&t);
}

static void endless_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    while (!script_is_gone(c)) {
        script_send(c, "* 1 FETCH (UID 1 FLAGS ())\r\n");
        script_pause(60);
    }
}

static void an_answer_that_goes_on_and_on_has_an_end(void **state)
{
    (void)state;
    IMAP_TEST(t, endless_server);
    t.account.endpoint.io_timeout_ms = 400;
    uint64_t before = wait_now_ms();
    assert_int_equal(run(&t, open_and_fetch_all), -1);
    assert_failed(&t, FCT_E_TIMEOUT, FCT_RETRY_LATER, "no answer to UID FETCH");
    assert_true(wait_now_ms() - before < 10000);
    assert_script_done(&t);
}

static void full_disk_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(
        c, "* 1 FETCH (UID 1 FLAGS () BODY[] {3}\r\nabc)\r\n* 2 FETCH (UID 2 FLAGS () BODY[] {1}\r\nb)\r\nA3 OK\r\n");
    script_expect_end(c);
}

static void an_error_of_the_sink_ends_the_session_with_it(void **state)
{
    (void)state;
    IMAP_TEST(t, full_disk_server);
    t.fail_at_data = 1;
    assert_int_equal(run(&t, open_and_fetch_all), -1);
    assert_failed(&t, FCT_E_DISK_FULL, FCT_RETRY_LATER, "the disk is full");
    assert_events(&t, "");
    assert_script_done(&t);
}

static void cancelled_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" ITEMS);
    script_send(c, "* 1 FETCH (UID 1 BODY[] {100}\r\nabc");
    script_expect_end(c);
}

static int cancel_soon(void *arg)
{
    struct imap_test *t = arg;
    wait_sleep(100, NULL);
    fiber_cancel(t->fiber);
    return 0;
}

static int fetch_cancelled(struct imap_test *t)
{
    fiber_start(&t->loop, "canceller", cancel_soon, t);
    return open_and_fetch_all(t);
}

static void a_cancelled_fetch_returns_at_once(void **state)
{
    (void)state;
    IMAP_TEST(t, cancelled_server);
    assert_int_equal(run(&t, fetch_cancelled), -1);
    assert_int_equal(t.err.code, FCT_E_CANCELLED);
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(select_tells_what_the_mailbox_holds),
        cmocka_unit_test(a_mailbox_that_is_only_looked_at_is_examined),
        cmocka_unit_test(a_server_that_works_for_long_and_says_so_is_waited_for),
        cmocka_unit_test(a_refused_select_leaves_nothing_selected),
        cmocka_unit_test(condstore_tells_changed_flags),
        cmocka_unit_test(qresync_brings_all_changes_with_the_select),
        cmocka_unit_test(changes_that_take_long_are_waited_for_while_they_come),
        cmocka_unit_test(changes_under_another_uidvalidity_are_dropped),
        cmocka_unit_test(a_modseq_that_went_back_is_not_caught_up),
        cmocka_unit_test(a_mailbox_without_modseqs_is_not_asked_for_them),
        cmocka_unit_test(a_select_that_forgets_what_a_mailbox_is_judged_by_is_refused),
        cmocka_unit_test(what_is_said_of_the_old_mailbox_does_not_touch_the_new),
        cmocka_unit_test(messages_that_go_while_a_mailbox_is_opened_are_not_counted),
        cmocka_unit_test(messages_are_listed_by_range),
        cmocka_unit_test(a_listing_tells_what_identifies_a_message),
        cmocka_unit_test(details_in_several_responses_are_put_together),
        cmocka_unit_test(a_message_that_goes_is_not_listed_after_it_went),
        cmocka_unit_test(a_header_beyond_the_bound_is_as_none),
        cmocka_unit_test(a_message_comes_with_what_identifies_it),
        cmocka_unit_test(headers_come_with_the_size_of_the_whole),
        cmocka_unit_test(attributes_may_follow_the_literal),
        cmocka_unit_test(windows_are_pipelined_in_the_order_of_the_ranges),
        cmocka_unit_test(sparse_uids_cost_few_commands),
        cmocka_unit_test(what_else_happens_during_a_fetch_reaches_the_sink),
        cmocka_unit_test(flags_without_a_uid_are_asked_for_again),
        cmocka_unit_test(flags_that_the_server_does_not_explain_make_the_engine_look_again),
        cmocka_unit_test(numbers_that_moved_make_the_engine_look_again),
        cmocka_unit_test(as_many_gone_as_came_is_not_nothing),
        cmocka_unit_test(flags_by_number_do_not_hide_what_went),
        cmocka_unit_test(a_message_that_was_not_asked_for_is_left_out),
        cmocka_unit_test(a_message_too_large_for_the_sink_does_not_cost_the_others),
        cmocka_unit_test(a_message_without_body_or_uid_is_left_out),
        cmocka_unit_test(one_broken_message_does_not_cost_the_others),
        cmocka_unit_test(one_broken_message_among_new_ones_is_found_without_guessing),
        cmocka_unit_test(a_broken_message_costs_nothing_twice),
        cmocka_unit_test(why_a_session_ended_behind_a_refusal_is_told_by_the_next_call),
        cmocka_unit_test(a_server_that_cannot_now_is_asked_later),
        cmocka_unit_test(hostile_answers_end_in_an_error_and_never_in_a_message),
        cmocka_unit_test(a_message_with_a_hundred_thousand_keywords_is_taken_with_some),
        cmocka_unit_test(a_large_message_is_streamed),
        cmocka_unit_test(a_message_that_dribbles_in_is_not_waited_for_for_ever),
        cmocka_unit_test(an_answer_that_goes_on_and_on_has_an_end),
        cmocka_unit_test(an_error_of_the_sink_ends_the_session_with_it),
        cmocka_unit_test(a_cancelled_fetch_returns_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
