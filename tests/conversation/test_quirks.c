/* Servers as they are: a transcript for each entry of plugins/imap/quirks.c. */
#include "fixture.h"

#include "quirks.h"

#include <stdlib.h>

#define ITEMS " (UID FLAGS INTERNALDATE BODY.PEEK[])"
#define DETAILS " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])"
#define DATED "INTERNALDATE \"01-Jan-1970 00:00:10 +0000\" RFC822.SIZE 50"
#define STATUS_ITEMS " (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"

static int fetch(struct imap_test *t, const struct fct_uid_range *r, size_t n)
{
    return t->source->fetch(t->session, r, n, &t->sink, &t->err);
}

static int open_and_fetch_1_to_8(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch(t, &(struct fct_uid_range){1, 8}, 1);
}

static int fetch_and_suspect(struct imap_test *t)
{
    struct fct_session_stats st = {.size = sizeof(st)}, old = {.size = offsetof(struct fct_session_stats, suspect_uid)};
    int rc = open_and_fetch_1_to_8(t);
    t->source->stats(t->session, &st);
    t->source->stats(t->session, &old);
    if (old.suspect_uid != 0)
        return 0; /* written beyond what an older host has */
    buf_addf(&t->events, "suspect %llu\n", (unsigned long long)st.suspect_uid);
    return rc;
}

static int open_and_list_details(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &t->sink, &t->err);
}

static int list(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->list(t->session, &t->sink, &t->err);
}

static void send_message(struct script_conn *c, int uid)
{
    script_sendf(c, "* %d FETCH (UID %d FLAGS () BODY[] {1}\r\n%d)\r\n", uid, uid, uid % 10);
}

/* ---- how servers are recognised -------------------------------------------------------------------------- */

static void servers_are_recognised_by_what_they_are_called_and_say(void **state)
{
    (void)state;
    assert_int_equal(imap_quirks_of_host("imap.163.com"), IMAP_QUIRK_ID_FIRST);
    assert_int_equal(imap_quirks_of_host("YEAH.net"), IMAP_QUIRK_ID_FIRST);
    assert_int_equal(imap_quirks_of_host("imap.not163.com"), 0);
    assert_int_equal(imap_quirks_of_host("163.com.example.org"), 0);
    assert_int_equal(imap_quirks_of_host(""), 0);
    assert_int_equal(imap_quirks_of_host(NULL), 0);
    assert_true(imap_quirks_of_host("p03-imap.mail.me.com") & IMAP_QUIRK_NO_QRESYNC);
    assert_int_equal(imap_quirks_of_capability(bytes_str("xymHighestModseq")), IMAP_QUIRK_UNAVAILABLE_IS_ONE);
    assert_int_equal(imap_quirks_of_capability(bytes_str("XYM")), 0);
    assert_int_equal(imap_quirks_of_words(bytes_str("Yahoo! Inc. y!imap 1.0")), IMAP_QUIRK_UNAVAILABLE_IS_ONE);
    assert_int_equal(imap_quirks_of_words(bytes_str("Dovecot")), 0);
}

/* ---- servers that are spoken to in another way ----------------------------------------------------------- */

static void coremail_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])\r\n");
    script_expect(c, "A1 CAPABILITY");
    script_send(c,
                "* CAPABILITY IMAP4rev1 XLIST SPECIAL-USE LITERAL+ STARTTLS UIDPLUS X-CM-EXT-1 SASL-IR AUTH=PLAIN\r\n"
                "A1 OK CAPABILITY completed\r\n");
    script_expect(c, "A2 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A2 OK AUTHENTICATE completed\r\n");
    script_expect(c, "A3 CAPABILITY");
    script_send(c, "* CAPABILITY IMAP4rev1 XLIST SPECIAL-USE LITERAL+ UIDPLUS X-CM-EXT-1\r\nA3 OK done\r\n");
    script_expect(c, "A4 ID (\"name\" \"Facteur\" \"version\" \"1\" \"vendor\" \"Facteur\")");
    script_send(c, "* ID NIL\r\nA4 OK ID completed\r\n");
    script_select(c, "A5 SELECT \"INBOX\"", ""); /* without ID: "NO SELECT Unsafe Login" */
    script_goodbye(c);
}

static void a_server_that_wants_to_know_its_client_is_told(void **state)
{
    (void)state;
    IMAP_TEST(t, coremail_server);
    assert_int_equal(run(&t, open_inbox), 0);
    assert_int_equal(t.status.messages, 3);
    assert_script_done(&t);
}

static void icloud_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(
        c, "* OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=PLAIN X-APPLE-REMOTE-LINKS] ready\r\n");
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "A1 OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1] user logged in\r\n");
    script_expect(c, "A2 CAPABILITY");
    script_send(c,
                "* CAPABILITY IMAP4 IMAP4rev1 ENABLE CONDSTORE QRESYNC UIDPLUS X-APPLE-REMOTE-LINKS\r\nA2 OK done\r\n");
    script_expect(c, "A3 ENABLE CONDSTORE");
    script_send(c, "A3 OK ENABLE completed\r\n"); /* and no ENABLED */
    script_select(c, "A4 SELECT \"INBOX\" (CONDSTORE)", "* OK [HIGHESTMODSEQ 50] ok\r\n");
    script_expect(c, "A5 UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE 41)");
    script_send(c, "A5 OK\r\n");
    script_goodbye(c);
}

static int changes_since_41(struct imap_test *t)
{
    if (sign_in(t) < 0 || select_known(t, "INBOX", 7, 41) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 41, false, &t->sink, &t->err);
}

static void a_server_whose_qresync_is_wrong_is_used_without_it(void **state)
{
    (void)state;
    IMAP_TEST(t, icloud_server);
    assert_int_equal(run(&t, changes_since_41), 0);
    assert_int_equal(t.can & (FCT_CAN_MODSEQ | FCT_CAN_VANISHED | FCT_CAN_EXPUNGE), FCT_CAN_MODSEQ | FCT_CAN_EXPUNGE);
    assert_false(t.caught_up);
    assert_int_equal(t.status.modseq, 50);
    assert_script_done(&t);
}

#define YAHOO BASIC " ID MOVE NAMESPACE UIDPLUS LITERAL+ XAPPLEPUSHSERVICE XYMHIGHESTMODSEQ"

static void enter_yahoo(struct script_conn *c)
{
    script_login(c, YAHOO);
    script_expect(c, "A2 ID (\"name\" \"Facteur\" \"version\" \"1\")");
    script_expect(c, "A3 NAMESPACE");
    script_send(c, "* ID (\"vendor\" \"Yahoo! Inc.\" \"name\" \"Y!IMAP\")\r\nA2 OK ID completed\r\n"
                   "* NAMESPACE ((\"\" NIL)) NIL NIL\r\nA3 OK NAMESPACE completed\r\n");
}

static void wrong_ids_server(struct script_conn *c, void *arg)
{
    (void)arg;
    static const char caps[] = BASIC " OBJECTID LIST-STATUS LIST-EXTENDED SPECIAL-USE";
    script_sendf(c, "* OK [CAPABILITY %s] mail.example.org Cyrus IMAP 3.6.1-Debian server ready\r\n", caps);
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_sendf(c, "A1 OK [CAPABILITY %s] welcome\r\n", caps);
    script_select(c, "A2 SELECT \"INBOX\"", "* OK [MAILBOXID (F1)] Ok\r\n");
    script_expect(c, "A3 STATUS \"Work\"" STATUS_ITEMS);
    script_send(c, "* STATUS Work (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 5 UNSEEN 0)\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int open_and_ask_status(struct imap_test *t)
{
    const struct fct_bytes name = bytes_str("Work");
    return open_inbox(t) < 0 ? -1 : t->source->statuses(t->session, &name, 1, &t->sink, &t->err);
}

static void a_server_whose_status_gives_wrong_ids_is_not_asked_for_them(void **state)
{
    (void)state;
    IMAP_TEST(t, wrong_ids_server);
    int rc = run(&t, open_and_ask_status);
    assert_script_done(&t);
    assert_int_equal(rc, 0);
    assert_events(&t, "status Work messages=3 unseen=0 validity=5 next=4 modseq=0\n");
}

static void unavailable_message_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enter_yahoo(c);
    script_select(c, "A4 SELECT \"INBOX\"", "");
    script_expect(c, "A5 UID FETCH 1:8" ITEMS);
    script_send(c, "A5 NO [UNAVAILABLE] FETCH Server error while fetching messages\r\n");
    script_expect(c, "A6 UID FETCH 1:4" ITEMS);
    for (int uid = 1; uid <= 4; uid++)
        send_message(c, uid);
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 UID FETCH 5:8" ITEMS);
    script_send(c, "A7 NO [UNAVAILABLE] FETCH Server error while fetching messages\r\n");
    script_expect(c, "A8 UID FETCH 5:6" ITEMS);
    script_send(c, "A8 NO [UNAVAILABLE] FETCH Server error while fetching messages\r\n");
    script_expect(c, "A9 UID FETCH 5" ITEMS);
    script_send(c, "A9 NO [UNAVAILABLE] FETCH Server error while fetching messages\r\n");
    script_expect(c, "A10 UID FETCH 6" ITEMS);
    send_message(c, 6);
    script_send(c, "A10 OK\r\n");
    script_expect(c, "A11 UID FETCH 7:8" ITEMS);
    send_message(c, 7);
    send_message(c, 8);
    script_send(c, "A11 OK\r\n");
    script_goodbye(c);
}

static void an_unavailable_message_does_not_cost_the_others(void **state)
{
    (void)state;
    IMAP_TEST(t, unavailable_message_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, "message 1 octets=1 date=0 <1>\nmessage 2 octets=1 date=0 <2>\nmessage 3 octets=1 date=0 <3>\n"
                      "message 4 octets=1 date=0 <4>\nmessage 6 octets=1 date=0 <6>\nmessage 7 octets=1 date=0 <7>\n"
                      "message 8 octets=1 date=0 <8>\n");
    assert_script_done(&t);
}

static void unavailable_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enter_yahoo(c);
    script_select(c, "A4 SELECT \"INBOX\"", "");
    int commands = 0;
    unsigned tag;
    for (const char *line; sscanf(line = script_read_line(c), "A%u UID FETCH", &tag) == 1; commands++)
        script_sendf(c, "A%u NO [UNAVAILABLE] FETCH Server error while fetching messages\r\n", tag);
    if (commands > 50)
        script_fail(c, "%d commands to a server that refuses all of them", commands);
    script_send(c, "* BYE\r\nZ OK\r\n");
    script_expect_end(c);
}

static int open_and_fetch_128_in_vain(struct imap_test *t)
{
    return open_inbox(t) < 0 || fetch(t, &(struct fct_uid_range){1, 128}, 1) == 0 ? -1 : 0;
}

static void a_server_that_refuses_every_message_is_believed_after_some(void **state)
{
    (void)state;
    IMAP_TEST(t, unavailable_server);
    assert_int_equal(run(&t, open_and_fetch_128_in_vain), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "not available");
    assert_events(&t, "");
    assert_script_done(&t);
}

/* Whether a set has one of 1 to 40; else its messages are sent. */
static bool is_damaged(const char *set)
{
    return strtoul(set, NULL, 10) <= 40; /* they ascend */
}

static void send_set(struct script_conn *c, const char *set)
{
    while (*set >= '0' && *set <= '9') {
        char *end;
        int first = (int)strtoul(set, &end, 10), last = *end == ':' ? (int)strtoul(end + 1, &end, 10) : first;
        for (int uid = first; uid <= last; uid++)
            send_message(c, uid);
        set = end + (*end == ',');
    }
}

static void damaged_range_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    unsigned tag;
    char set[200];
    for (const char *line; sscanf(line = script_read_line(c), "A%u UID FETCH %199s", &tag, set) == 2;) {
        if (!is_damaged(set))
            send_set(c, set);
        script_sendf(c, "A%u %s\r\n", tag, is_damaged(set) ? "NO Some messages could not be FETCHed (Failure)" : "OK");
    }
    script_send(c, "* BYE\r\nZ OK\r\n");
    script_expect_end(c);
}

static int open_and_fetch_128(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : fetch(t, &(struct fct_uid_range){1, 128}, 1);
}

static void a_range_that_is_damaged_hides_no_others(void **state)
{
    (void)state;
    IMAP_TEST(t, damaged_range_server);
    assert_int_equal(run(&t, open_and_fetch_128), 0);
    size_t n = 0;
    for (const char *at = buf_str(&t.events); (at = strstr(at, "message ")); at++)
        n++;
    assert_int_equal(n, 89); /* 41 to 128, and one of them twice: it told that there are such */
    assert_script_done(&t);
}

/* ---- what everybody is forgiven -------------------------------------------------------------------------- */

static void yahoo_server(struct script_conn *c, void *arg)
{
    (void)arg;
    enter_yahoo(c);
    script_select(c, "A4 SELECT \"INBOX\"", "* OK [HIGHESTMODSEQ 102784]\r\n");
    script_expect(c, "A5 UID FETCH 1:*" DETAILS); /* MODSEQ would be "BAD [CLIENTBUG]" */
    script_send(c, "* 1 FETCH (UID 4 FLAGS () " DATED ")\r\nA5 OK\r\n");
    script_goodbye(c);
}

static void modseqs_of_a_server_without_condstore_count_as_none(void **state)
{
    (void)state;
    IMAP_TEST(t, yahoo_server);
    assert_int_equal(run(&t, open_and_list_details), 0);
    assert_int_equal(t.status.modseq, 0);
    assert_int_equal(t.can & FCT_CAN_MODSEQ, 0);
    assert_events(&t, "flags 4 octets=50 date=10\n");
    assert_script_done(&t);
}

static void refused_range_server(struct script_conn *c, void *arg)
{
    const char *answer = arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    send_message(c, 1);
    send_message(c, 2);
    script_sendf(c, "A3 %s\r\n", answer);
    script_expect(c, "A4 UID FETCH 3:5" ITEMS); /* what has come is not asked for again */
    send_message(c, 3);
    script_sendf(c, "A4 %s\r\n", answer);
    script_expect(c, "A5 UID FETCH 4" ITEMS);
    script_sendf(c, "A5 %s\r\n", answer);
    script_expect(c, "A6 UID FETCH 5" ITEMS);
    send_message(c, 5);
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 UID FETCH 6:8" ITEMS);
    for (int uid = 6; uid <= 8; uid++)
        send_message(c, uid);
    script_send(c, "A7 OK\r\n");
    script_goodbye(c);
}

#define ALL_BUT_4                                                                                   \
    "message 1 octets=1 date=0 <1>\nmessage 2 octets=1 date=0 <2>\nmessage 3 octets=1 date=0 <3>\n" \
    "message 5 octets=1 date=0 <5>\nmessage 6 octets=1 date=0 <6>\nmessage 7 octets=1 date=0 <7>\n" \
    "message 8 octets=1 date=0 <8>\n"

static void refusing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    refused_range_server(c, (void *)"NO Some messages could not be FETCHed (Failure)");
}

static void a_refused_range_is_halved_until_one_message_is_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, refusing_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, ALL_BUT_4);
    assert_script_done(&t);
}

static void bad_server(struct script_conn *c, void *arg)
{
    (void)arg;
    refused_range_server(c, (void *)"BAD Command Error. 10");
}

static void a_range_answered_with_bad_is_halved_too(void **state)
{
    (void)state;
    IMAP_TEST(t, bad_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, ALL_BUT_4);
    assert_script_done(&t);
}

static void bad_to_all_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    for (int tag = 3; tag <= 5; tag++) {
        script_expect(c, tag == 3   ? "A3 UID FETCH 1:2" ITEMS
                         : tag == 4 ? "A4 UID FETCH 1" ITEMS
                                    : "A5 UID FETCH 2" ITEMS);
        script_sendf(c, "A%d BAD what is INTERNALDATE?\r\n", tag);
    }
    script_goodbye(c);
}

static int open_and_fetch_1_to_2_in_vain(struct imap_test *t)
{
    return open_inbox(t) < 0 || fetch(t, &(struct fct_uid_range){1, 2}, 1) == 0 ? -1 : 0;
}

static void a_command_that_is_not_understood_at_all_is_an_error(void **state)
{
    (void)state;
    IMAP_TEST(t, bad_to_all_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_2_in_vain), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "does not understand UID FETCH");
    assert_script_done(&t);
}

static void refused_listing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" DETAILS);
    script_send(c, "* 1 FETCH (UID 4 FLAGS () " DATED ")\r\n* 3 FETCH (UID 9 FLAGS () " DATED ")\r\n"
                   "A3 NO Some messages could not be FETCHed (Failure)\r\n");
    script_expect(c, "A4 UID FETCH 1:* (UID FLAGS)");
    script_send(c, "* 1 FETCH (UID 4 FLAGS ())\r\n* 2 FETCH (UID 6 FLAGS (\\Seen))\r\n* 3 FETCH (UID 9 FLAGS ())\r\n"
                   "A4 OK\r\n");
    script_goodbye(c);
}

/* A message that a listing lacks is believed to be gone. */
static void a_listing_that_is_refused_is_completed_without_details(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_listing_server);
    assert_int_equal(run(&t, open_and_list_details), 0);
    assert_events(&t, "flags 4 octets=50 date=10\nflags 9 octets=50 date=10\nflags 6 seen\n");
    assert_script_done(&t);
}

static void unordered_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UIDPLUS");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 2,4:6,9" ITEMS);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UID STORE 2,4:6,9 +FLAGS (\\Seen)");
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 UID COPY 2,4:6,9 \"x\"");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 UID STORE 2,4:6,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 UID EXPUNGE 2,4:6,9");
    script_expect(c, "A8 UID FETCH 2,4:6,9 (UID)");
    script_send(c, "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nA7 OK\r\nA8 OK\r\n");
    script_goodbye(c);
}

static int use_descending_ranges(struct imap_test *t)
{
    const struct fct_uid_range r[] = {{9, 9}, {6, 6}, {4, 5}, {5, 5}, {2, 2}};
    const struct fct_flags seen = {FCT_FLAG_SEEN, {0}}, none = {0};
    if (open_inbox(t) < 0 || fetch(t, r, 5) < 0 ||
        t->source->store_flags(t->session, r, 5, &seen, &none, &t->sink, &t->err) < 0 ||
        t->source->copy(t->session, r, 5, bytes_str("x"), false, NULL, NULL, &t->err) < 0)
        return -1;
    return t->source->expunge(t->session, r, 5, &t->err);
}

static void sets_ascend_in_whatever_order_they_are_given(void **state)
{
    (void)state;
    IMAP_TEST(t, unordered_server);
    assert_int_equal(run(&t, use_descending_ranges), 0);
    assert_script_done(&t);
}

static void empty_fetch_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    script_send(c, "* 1 FETCH (UID 1)\r\n* 2 FETCH ()\r\n* 3 FETCH NIL\r\n* 4 FETCH (UID 4 FLAGS () BODY[] NIL)\r\n");
    script_send(c, "* 5 FETCH (UID 5 FLAGS () BODY[] \"\")\r\nA3 OK FETCH completed.\r\n");
    script_goodbye(c);
}

static void an_empty_fetch_is_no_message(void **state)
{
    (void)state;
    IMAP_TEST(t, empty_fetch_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, "flags 4\nmessage 5 octets=0 date=0 <>\n");
    assert_script_done(&t);
}

static void wrong_size_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    script_send(c, "* 1 FETCH (RFC822.SIZE 9999 UID 1 FLAGS () BODY[] {2}\r\nab)\r\n"
                   "* 2 FETCH (UID 2 FLAGS () BODY[] {2}\r\ncd RFC822.SIZE 1)\r\nA3 OK FETCH completed.\r\n");
    script_goodbye(c);
}

static void a_wrong_size_is_corrected_by_the_message(void **state)
{
    (void)state;
    IMAP_TEST(t, wrong_size_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, "message 1 octets=2 date=0 <ab>\nmessage 2 octets=2 date=0 <cd>\n");
    assert_script_done(&t);
}

static void exchange_move_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UIDPLUS MOVE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID MOVE 4 \"Other\"");
    script_send(c, "* OK [COPYUID 14  ]\r\n* 1 EXPUNGE\r\nA3 OK MOVE completed.\r\n");
    script_goodbye(c);
}

static int on_copied(void *ctx, uint32_t validity, const struct fct_uid_range *from, const struct fct_uid_range *to,
                     size_t n, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    for (size_t i = 0; i < n; i++)
        buf_addf(&t->events, "%u: %llu-%llu to %llu-%llu\n", validity, (unsigned long long)from[i].first,
                 (unsigned long long)from[i].last, (unsigned long long)to[i].first, (unsigned long long)to[i].last);
    return 0;
}

static int move_4(struct imap_test *t)
{
    const struct fct_uid_range r = {4, 4};
    return t->source->copy(t->session, &r, 1, bytes_str("Other"), true, on_copied, t, &t->err);
}

static int open_and_move_4(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : move_4(t);
}

static void a_copyuid_without_uids_is_ignored(void **state)
{
    (void)state;
    IMAP_TEST(t, exchange_move_server);
    assert_int_equal(run(&t, open_and_move_4), 0);
    assert_events(&t, "");
    assert_script_done(&t);
}

static void unquoted_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "* LIST (\\HasNoChildren) \"/\" Sent Items\r\n"
                   "* LIST (\\HasNoChildren) \"/\" Folder\tname\r\n"
                   "* LIST (\\HasNoChildren) \"/\" Plan (old)(new)  \r\n"
                   "* LIST (\\HasChildren) \"/\" Up (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
                   "A2 OK LIST completed.\r\n* LSUB () \"/\" Sent Items \r\nA3 OK LSUB completed.\r\n");
    script_goodbye(c);
}

static void names_that_should_be_quoted_are_taken_whole(void **state)
{
    (void)state;
    IMAP_TEST(t, unquoted_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox Sent Items wire=Sent Items role=0 attrs=4 delimiter=/\n"
                      "mailbox Folder\tname wire=Folder\tname role=0 attrs=0 delimiter=/\n"
                      "mailbox Plan (old)(new) wire=Plan (old)(new) role=0 attrs=0 delimiter=/\n"
                      "mailbox Up wire=Up role=0 attrs=10 delimiter=/\n");
    assert_script_done(&t);
}

static const char *patience;
static void throttling_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_sendf(c, "A2 %s\r\n", patience);
    script_goodbye(c);
}

static int open_in_vain(struct imap_test *t)
{
    return open_inbox(t) == 0 ? -1 : 0;
}

static void a_server_that_asks_for_patience_gets_it(void **state)
{
    static const struct {
        const char *answer;
        int64_t wait_ms;
    } cases[] = {
        {"BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", 299961},
        {"NO Request is throttled. Suggested Backoff Time: 99999999999999999999 milliseconds", 3600000},
        {"NO Request is throttled. Suggested Backoff Time: soon", 0},
        {"BAD User is authenticated but not connected.", 0},
        {"NO Server Unavailable. 15", 0},
        {"NO Too many keywords", 0}, /* of connections it would be for now */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        IMAP_TEST(t, throttling_server);
        patience = cases[i].answer;
        assert_int_equal(run(&t, open_in_vain), 0);
        bool for_ever = strstr(patience, "keywords");
        assert_failed(&t, FCT_E_SERVER, for_ever ? FCT_RETRY_NEVER : FCT_RETRY_LATER, "127.0.0.1");
        assert_int_equal(t.err.retry_after_ms, cases[i].wait_ms);
        assert_script_done(&t);
    }
}

static void mail_ru_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " XLIST UIDPLUS UNSELECT MOVE LIST-STATUS");
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "* LIST () \"/\" INBOX\r\nA2 OK\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void list_status_without_list_extended_is_not_believed(void **state)
{
    (void)state;
    IMAP_TEST(t, mail_ru_server);
    assert_int_equal(run(&t, list), 0);
    assert_int_equal(t.can & FCT_CAN_LIST_STATUS, 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void nil_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " CONDSTORE");
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "* LIST NIL NIL INBOX\r\nA2 OK\r\n* LSUB NIL NIL INBOX\r\nA3 OK\r\n");
    script_expect(c, "A4 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)");
    script_expect(c, "A5 STATUS \"Other\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)");
    script_send(c, "* STATUS INBOX ()\r\nA4 OK\r\n* STATUS Other NIL\r\nA5 OK\r\n");
    script_expect(c, "A6 SELECT \"INBOX\" (CONDSTORE)");
    script_send(c, "* FLAGS NIL\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS NIL] x\r\n"
                   "* OK [HIGHESTMODSEQ NIL] x\r\nA6 OK\r\n");
    script_expect(c, "A7 UID FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE "
                     "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])");
    script_send(c, "* 1 FETCH (UID 4 FLAGS NIL MODSEQ NIL INTERNALDATE NIL RFC822.SIZE -1)\r\n"
                   "* 2 FETCH (UID 5 FLAGS NIL MODSEQ (NIL) INTERNALDATE \"\" RFC822.SIZE NIL BODYSTRUCTURE (NIL))\r\n"
                   "A7 OK\r\n");
    script_goodbye(c);
}

static int use_nil(struct imap_test *t)
{
    const struct fct_bytes names[] = {bytes_str("INBOX"), bytes_str("Other")};
    if (list(t) < 0 || t->source->statuses(t->session, names, 2, &t->sink, &t->err) < 0 ||
        select_known(t, "INBOX", 0, 0) < 0)
        return -1;
    return t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &t->sink, &t->err);
}

static void nil_and_nothing_stand_for_lists(void **state)
{
    (void)state;
    IMAP_TEST(t, nil_server);
    assert_int_equal(run(&t, use_nil), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=-\n"
                      "status INBOX messages=-1 unseen=-1 validity=0 next=0 modseq=0\n"
                      "status Other messages=-1 unseen=-1 validity=0 next=0 modseq=0\n"
                      "flags 4\nflags 5\n");
    assert_script_done(&t);
}

static void spacious_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(
        c, "* LIST ( \\HasNoChildren  \\Sent )  \"/\"  \"Sent\" \r\nA2 OK  \r\n* LSUB () \"/\" Sent \r\nA3 OK\r\n");
    script_expect(c, "A4 STATUS \"Sent\"" STATUS_ITEMS);
    script_send(c, "* STATUS  \"Sent\"  (MESSAGES  3 UIDNEXT 4 UIDVALIDITY 5 UNSEEN 1 ) \r\nA4 OK \r\n");
    script_expect(c, "A5 SELECT \"INBOX\"");
    script_send(c, "* FLAGS (\\Seen ) \r\n* 3 EXISTS \r\n* OK  [UIDVALIDITY  7 ]  x\r\n* OK [UIDNEXT 10 ]\r\nA5 OK "
                   "[READ-WRITE ] \r\n");
    script_expect(c, "A6 UID FETCH 1:8" ITEMS);
    script_send(c, "*  1  FETCH  ( UID  4  FLAGS ( \\Seen )  BODY[]  {1}\r\na ) \r\nA6  OK  done \r\n");
    script_goodbye(c);
}

static int use_spaces(struct imap_test *t)
{
    const struct fct_bytes name = bytes_str("Sent");
    if (list(t) < 0 || t->source->statuses(t->session, &name, 1, &t->sink, &t->err) < 0 ||
        select_known(t, "INBOX", 7, 0) < 0)
        return -1;
    return fetch(t, &(struct fct_uid_range){1, 8}, 1);
}

static void spaces_do_not_count(void **state)
{
    (void)state;
    IMAP_TEST(t, spacious_server);
    assert_int_equal(run(&t, use_spaces), 0);
    assert_int_equal(t.status.uidvalidity, 7);
    assert_int_equal(t.status.uidnext, 10);
    assert_events(&t, "mailbox Sent wire=Sent role=4 attrs=4 delimiter=/\n"
                      "status Sent messages=3 unseen=1 validity=5 next=4 modseq=0\n"
                      "message 4 seen octets=1 date=0 <a>\n");
    assert_script_done(&t);
}

static void literal_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " OBJECTID");
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "* LIST () {1}\r\n/ {5}\r\nInBox\r\nA2 OK\r\n* LSUB () {1}\r\n/ {5}\r\nINBOX\r\nA3 OK\r\n");
    script_select(c, "A4 SELECT \"INBOX\"", "* ID (\"name\" {4}\r\nAcme \"version\" {0}\r\n)\r\n");
    script_expect(c, "A5 UID FETCH 1:8 (UID FLAGS INTERNALDATE EMAILID BODY.PEEK[])");
    script_send(c,
                "* 1 FETCH (INTERNALDATE {26}\r\n01-Jan-1970 00:00:10 +0000 EMAILID ({2}\r\nM4) UID {1}\r\n4 FLAGS () "
                "ENVELOPE ({1}\r\nd {1}\r\ns NIL) BODY[] {1}\r\na)\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int use_literals(struct imap_test *t)
{
    if (list(t) < 0 || select_known(t, "INBOX", 7, 0) < 0)
        return -1;
    return fetch(t, &(struct fct_uid_range){1, 8}, 1);
}

static void any_string_may_be_a_literal(void **state)
{
    (void)state;
    IMAP_TEST(t, literal_server);
    assert_int_equal(run(&t, use_literals), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=/\n"
                      "message 4 octets=1 date=10 id=M4 <a>\n");
    assert_script_done(&t);
}

static void telling_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew "
                     "MessageExpunge FlagChange MailboxName SubscriptionChange))");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 NOOP"); /* what NOTIFY has told by then is listed, too */
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 LIST \"\" \"*\"");
    script_expect(c, "A6 LSUB \"\" \"*\"");
    script_send(c, "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Neu/Entw\303\274rfe\r\n* LIST () \"/\" \"A & B\"\r\n"
                   "* LIST () \"/\" Neu/Entw&APw-rfe\r\n* LIST () \"/\" \"A &- B\"\r\nA5 OK\r\nA6 OK\r\n");
    script_goodbye(c);
}

static int wait_and_list(struct imap_test *t)
{
    if (open_inbox(t) < 0 || t->source->idle(t->session, 10000, &t->sink, &t->err) < 0)
        return -1;
    return t->source->list(t->session, &t->sink, &t->err);
}

static void a_name_that_notify_tells_is_the_one_that_is_listed(void **state)
{
    (void)state;
    IMAP_TEST(t, telling_server);
    int rc = run(&t, wait_and_list);
    assert_script_done(&t);
    assert_int_equal(rc, 0);
    assert_events(&t, "status  messages=-1 unseen=-1 validity=0 next=0 modseq=0\n"
                      "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n"
                      "mailbox Neu/Entw\303\274rfe wire=Neu/Entw&APw-rfe role=0 attrs=0 delimiter=/\n"
                      "mailbox A & B wire=A &- B role=0 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

#define NOTIFY_ALL                                                                                               \
    "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge " \
    "FlagChange MailboxName SubscriptionChange))"

static void renaming_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 " NOTIFY_ALL);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 NOTIFY NONE");
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 RENAME \"A\" \"aside\"");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 RENAME \"B\" \"A\""); /* it is off already */
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 " NOTIFY_ALL);
    script_send(c, "A7 OK\r\n");
    script_goodbye(c);
}

static int rename_between_waits(struct imap_test *t)
{
    if (open_inbox(t) < 0 || t->source->idle(t->session, 10000, &t->sink, &t->err) < 0 ||
        t->source->mailbox_rename(t->session, bytes_str("A"), bytes_str("aside"), &t->err) < 0 ||
        t->source->mailbox_rename(t->session, bytes_str("B"), bytes_str("A"), &t->err) < 0)
        return -1;
    return t->source->idle(t->session, 10000, &t->sink, &t->err);
}

static void notify_is_off_while_a_mailbox_is_renamed(void **state)
{
    (void)state;
    IMAP_TEST(t, renaming_server);
    int rc = run(&t, rename_between_waits);
    assert_script_done(&t);
    assert_int_equal(rc, 0);
    assert_events(&t, "status  messages=-1 unseen=-1 validity=0 next=0 modseq=0\n"
                      "status  messages=-1 unseen=-1 validity=0 next=0 modseq=0\n");
}

static void inbox_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "* LIST (\\Inbox \\HasNoChildren) \"/\" \"Inbox\"\r\n* LIST () NIL inbox\r\n* LIST () \"/\" Work\r\n"
                   "* LIST (\\Sent) NIL Work\r\nA2 OK\r\n* LSUB () \"/\" iNBOX\r\nA3 OK\r\n");
    script_select(c, "A4 SELECT \"INBOX\"", "");
    script_expect(c, "A5 STATUS \"INBOX\"" STATUS_ITEMS);
    script_send(c, "* STATUS Inbox (MESSAGES 3)\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int use_inbox(struct imap_test *t)
{
    const struct fct_bytes name = bytes_str("INBOX");
    if (list(t) < 0 || select_known(t, "INBOX", 7, 0) < 0)
        return -1;
    return t->source->statuses(t->session, &name, 1, &t->sink, &t->err);
}

static void inbox_is_one_however_it_is_spelt(void **state)
{
    (void)state;
    IMAP_TEST(t, inbox_server);
    assert_int_equal(run(&t, use_inbox), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=/\n"
                      "mailbox Work wire=Work role=4 attrs=0 delimiter=/\n"
                      "status INBOX messages=3 unseen=-1 validity=0 next=0 modseq=0\n");
    assert_script_done(&t);
}

static void talking_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 SELECT \"INBOX\"");
    script_send(c, "* OK Still here\r\n* 3 EXISTS\r\n* OK [INPROGRESS (\"A2\" 454 1000)] Still working on this\r\n"
                   "* NO Mailbox is at 95% of quota\r\n* BAD Odd, but untagged\r\n* OK [UIDVALIDITY 7]\r\nA2 OK\r\n");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    send_message(c, 1);
    script_send(c, "* OK Still here\r\n* X-UNHEARD-OF {3}\r\na\r\n ((\r\n");
    script_send(c, "* OK [ALERT] The server goes down at noon\r\n");
    send_message(c, 2);
    script_send(c, "A3 OK\r\n");
    script_goodbye(c);
}

static void small_talk_in_the_midst_of_an_answer_is_passed_over(void **state)
{
    (void)state;
    IMAP_TEST(t, talking_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_int_equal(t.status.messages, 3);
    assert_int_equal(t.status.uidvalidity, 7);
    assert_events(&t, "message 1 octets=1 date=0 <1>\nmessage 2 octets=1 date=0 <2>\n");
    assert_script_done(&t);
}

static void bye_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    send_message(c, 1);
    script_send(c, "* BYE Request is throttled. Suggested Backoff Time: 92415 milliseconds\r\n");
}

static void a_bye_for_an_answer_ends_the_conversation_with_its_words(void **state)
{
    (void)state;
    IMAP_TEST(t, bye_server);
    assert_int_equal(run(&t, fetch_and_suspect), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "ended the conversation");
    assert_string_equal(t.err.server, "Request is throttled. Suggested Backoff Time: 92415 milliseconds");
    assert_int_equal(t.err.retry_after_ms, 92415);
    assert_events(&t, "message 1 octets=1 date=0 <1>\nsuspect 0\n");
    assert_script_done(&t);
}

static void status_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 STATUS \"INBOX\"" STATUS_ITEMS);
    script_expect(c, "A4 STATUS \"Other\"" STATUS_ITEMS);
    script_send(
        c, "A3 BAD STATUS of the selected mailbox\r\n* STATUS Other (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN 0)\r\n"
           "A4 OK\r\n");
    script_goodbye(c);
}

static int open_and_ask_statuses(struct imap_test *t)
{
    const struct fct_bytes names[] = {bytes_str("INBOX"), bytes_str("Other")};
    return open_inbox(t) < 0 ? -1 : t->source->statuses(t->session, names, 2, &t->sink, &t->err);
}

static void a_status_that_is_refused_is_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, status_server);
    assert_int_equal(run(&t, open_and_ask_statuses), 0);
    assert_events(&t, "status Other messages=1 unseen=0 validity=3 next=2 modseq=0\n");
    assert_script_done(&t);
}

static void refused_expunge_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UIDPLUS MOVE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UID EXPUNGE 4,9");
    script_expect(c, "A5 UID FETCH 4,9 (UID)");
    script_send(c, "A4 NO operation not allowed\r\n* 1 FETCH (UID 4)\r\n* 2 FETCH (UID 9)\r\nA5 OK\r\n");
    script_expect(c, "A6 UID STORE 4,9 -FLAGS.SILENT (\\Deleted)");
    script_send(c, "A6 OK\r\n");
    script_goodbye(c);
}

static int expunge_in_vain(struct imap_test *t)
{
    const struct fct_uid_range r[] = {{4, 4}, {9, 9}};
    return open_inbox(t) < 0 || t->source->expunge(t->session, r, 2, &t->err) == 0 ? -1 : 0;
}

static void a_refused_expunge_leaves_no_mark(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_expunge_server);
    assert_int_equal(run(&t, expunge_in_vain), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses UID EXPUNGE");
    assert_string_equal(t.err.server, "operation not allowed");
    assert_script_done(&t);
}

/* As Dovecot 2.3 does it now and then. */
static void serve_idle_expunge(struct script_conn *c, bool is_stubborn)
{
    script_login(c, BASIC " UIDPLUS");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UID EXPUNGE 4,9");
    script_expect(c, "A5 UID FETCH 4,9 (UID)");
    /* Somebody else removed one at the same moment: as many went as were to go. */
    script_send(c, "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nA4 OK Expunge completed\r\n* 1 FETCH (UID 9)\r\nA5 OK\r\n");
    script_expect(c, "A6 UID STORE 9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 UID EXPUNGE 9");
    script_expect(c, "A8 UID FETCH 9 (UID)");
    script_send(c, is_stubborn ? "A7 OK\r\n* 1 FETCH (UID 9)\r\nA8 OK\r\n" : "* 1 EXPUNGE\r\nA7 OK\r\nA8 OK\r\n");
    if (is_stubborn) {
        script_expect(c, "A9 UID STORE 4,9 -FLAGS.SILENT (\\Deleted)");
        script_send(c, "A9 OK\r\n");
    }
    script_goodbye(c);
}

static void idle_expunge_server(struct script_conn *c, void *arg)
{
    (void)arg;
    serve_idle_expunge(c, false);
}

static void stubborn_expunge_server(struct script_conn *c, void *arg)
{
    (void)arg;
    serve_idle_expunge(c, true);
}

static int expunge_4_and_9(struct imap_test *t)
{
    return expunge_in_vain(t) == 0 ? -1 : 0;
}

static void an_expunge_that_did_nothing_is_seen(void **state)
{
    (void)state;
    IMAP_TEST(t, idle_expunge_server);
    assert_int_equal(run(&t, expunge_4_and_9), 0);
    assert_script_done(&t);
    IMAP_TEST(u, stubborn_expunge_server);
    assert_int_equal(run(&u, expunge_in_vain), 0);
    assert_failed(&u, FCT_E_SERVER, FCT_RETRY_LATER, "and has them");
    assert_script_done(&u);
}

static void no_move_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UIDPLUS MOVE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID MOVE 4 \"Other\"");
    script_send(c, "A3 BAD Unrecognised command\r\n");
    script_expect(c, "A4 UID COPY 4 \"Other\"");
    script_send(c, "A4 OK [COPYUID 14 4 77] done\r\n");
    script_expect(c, "A5 UID STORE 4 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 UID EXPUNGE 4");
    script_expect(c, "A7 UID FETCH 4 (UID)");
    script_send(c, "* 1 EXPUNGE\r\nA6 OK\r\nA7 OK\r\n");
    script_expect(c, "A8 UID COPY 4 \"Other\""); /* it is not asked to move again */
    script_send(c, "A8 NO [OVERQUOTA] full\r\n");
    script_goodbye(c);
}

static int open_and_move_twice(struct imap_test *t)
{
    if (open_and_move_4(t) < 0)
        return -1;
    return move_4(t) == 0 ? -1 : 0; /* what was not copied is not removed */
}

static void a_move_that_is_not_understood_is_a_copy_and_an_expunge(void **state)
{
    (void)state;
    IMAP_TEST(t, no_move_server);
    assert_int_equal(run(&t, open_and_move_twice), 0);
    assert_failed(&t, FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, "full");
    assert_events(&t, "14: 4-4 to 77-77\n");
    assert_script_done(&t);
}

static void no_appenduid_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UIDPLUS LITERAL+");
    for (int tag = 2; tag <= 3; tag++) {
        script_expect_prefix(c, tag == 2 ? "A2 APPEND \"Sent\" {3+}" : "A3 APPEND \"Sent\" {3+}");
        script_expect(c, "abc");
        script_sendf(c, "A%d OK %s\r\n", tag, tag == 2 ? "APPEND completed" : "[APPENDUID 14 ] APPEND completed");
    }
    script_goodbye(c);
}

static int read_abc(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    const char **left = ctx;
    (void)err;
    *out = bytes_str(*left);
    *left = "";
    return 0;
}

static int append_twice(struct imap_test *t)
{
    const struct fct_message m = {.size = sizeof(m), .octets = 3};
    if (sign_in(t) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        const char *left = "abc";
        uint64_t uid = 77;
        if (t->source->append(t->session, bytes_str("Sent"), &m, read_abc, &left, &uid, &t->err) < 0)
            return -1;
        buf_addf(&t->events, "uid %llu\n", (unsigned long long)uid);
    }
    return 0;
}

static void an_append_without_its_uid_is_no_failure(void **state)
{
    (void)state;
    IMAP_TEST(t, no_appenduid_server);
    assert_int_equal(run(&t, append_twice), 0);
    assert_events(&t, "uid 0\nuid 0\n");
    assert_script_done(&t);
}

static void restless_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE QRESYNC");
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
    for (int i = 0; i < 2; i++) {
        script_expect_prefix(c,
                             i == 0 ? "A3 SELECT \"INBOX\" (QRESYNC (7 41))" : "A4 SELECT \"INBOX\" (QRESYNC (8 50))");
        script_sendf(c, "* 3 EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [HIGHESTMODSEQ 50] x\r\n", 8 + i);
        script_sendf(c, "* VANISHED (EARLIER) 1:9\r\nA%d OK\r\n", 3 + i);
    }
    script_goodbye(c);
}

static int open_twice(struct imap_test *t)
{
    if (sign_in(t) < 0 || select_known(t, "INBOX", 7, 41) < 0)
        return -1;
    buf_addf(&t->events, "%u %d\n", t->status.uidvalidity, t->caught_up);
    if (select_known(t, "INBOX", 8, 50) < 0)
        return -1;
    buf_addf(&t->events, "%u %d\n", t->status.uidvalidity, t->caught_up);
    return 0;
}

static void a_uidvalidity_that_never_stays_is_told(void **state)
{
    (void)state;
    IMAP_TEST(t, restless_server);
    assert_int_equal(run(&t, open_twice), 0);
    assert_events(&t, "8 0\n9 0\n");
    assert_script_done(&t);
}

static void forgetful_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE QRESYNC");
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
    for (int i = 0; i < 2; i++) {
        script_expect_prefix(c,
                             i == 0 ? "A3 SELECT \"INBOX\" (QRESYNC (7 41))" : "A4 SELECT \"INBOX\" (QRESYNC (7 41))");
        script_sendf(c,
                     "* 5393 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 26186] x\r\n"
                     "* OK [HIGHESTMODSEQ 50] x\r\n* VANISHED (EARLIER) %s\r\nA%d OK\r\n",
                     i == 0 ? "1:26183,26185" : "1:20000,20001:20792", 3 + i);
    }
    script_goodbye(c);
}

static int resync_twice(struct imap_test *t)
{
    if (sign_in(t) < 0 || select_known(t, "INBOX", 7, 41) < 0)
        return -1;
    buf_addf(&t->events, "caught up: %d\n", t->caught_up);
    if (select_known(t, "INBOX", 7, 41) < 0)
        return -1;
    buf_addf(&t->events, "caught up: %d\n", t->caught_up);
    return 0;
}

static void more_gone_than_can_be_is_not_believed(void **state)
{
    (void)state;
    IMAP_TEST(t, forgetful_server);
    assert_int_equal(run(&t, resync_twice), 0);
    /* The second leaves exactly as many UIDs as there are messages; it is not caught up, since it may be about what was
     * selected before. */
    assert_events(&t, "caught up: 0\ncaught up: 0\n");
    assert_script_done(&t);
}

static void believable_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE QRESYNC");
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
    script_expect(c, "A3 SELECT \"INBOX\" (QRESYNC (7 41))");
    script_send(c, "* 5393 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 26186] x\r\n* OK [HIGHESTMODSEQ 50] x\r\n"
                   "* VANISHED (EARLIER) 20001:20792,1:20000,30000:4294967295\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int resync(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : select_known(t, "INBOX", 7, 41);
}

static void as_many_gone_as_can_be_is_believed(void **state)
{
    (void)state;
    IMAP_TEST(t, believable_server);
    assert_int_equal(run(&t, resync), 0);
    assert_true(t.caught_up);
    assert_events(&t, "vanished 1-20792 30000-4294967295\n");
    assert_script_done(&t);
}

static void short_literal_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    send_message(c, 1);
    script_send(c, "* 2 FETCH (UID 2 FLAGS () BODY[] {20}\r\nhalf of it\r\n");
    script_send(c, "* 3 FETCH (UID 3 FLAGS () BODY[] {1}\r\nx)\r\nA3 OK\r\n");
    script_expect_end(c);
}

static void half_a_message_is_none(void **state)
{
    (void)state;
    IMAP_TEST(t, short_literal_server);
    assert_int_equal(run(&t, fetch_and_suspect), -1);
    assert_failed(&t, FCT_E_PROTOCOL, FCT_RETRY_LATER, "no IMAP");
    assert_events(&t, "message 1 octets=1 date=0 <1>\nsuspect 2\n");
    assert_script_done(&t);
}

static void server_that_dies_of_a_message(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    send_message(c, 1);
    send_message(c, 4);
}

static void a_connection_that_ends_before_a_message_tells_whose_turn_it_was(void **state)
{
    (void)state;
    IMAP_TEST(t, server_that_dies_of_a_message);
    assert_int_equal(run(&t, fetch_and_suspect), -1);
    assert_failed(&t, FCT_E_NETWORK, FCT_RETRY_LATER, "closed the connection");
    assert_events(&t, "message 1 octets=1 date=0 <1>\nmessage 4 octets=1 date=0 <4>\nsuspect 5\n");
    assert_script_done(&t);
}

static void any_order_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:*" DETAILS);
    script_send(c, "* 1 FETCH (RFC822.SIZE 45274 UID 84 FLAGS () INTERNALDATE \"01-Jan-1970 00:00:10 +0000\" "
                   "BODY[HEADER.FIELDS (MESSAGE-ID DATE)] \"\")\r\nA3 OK\r\n");
    script_expect(c, "A4 UID FETCH 1:8" ITEMS);
    script_send(c, "* 1 FETCH (BODY[] {1}\r\na INTERNALDATE \"01-Jan-1970 00:00:10 +0000\" FLAGS (\\Seen) UID 2)\r\n"
                   "* 2 FETCH (FLAGS () UID 3 BODY[] {1}\r\nb)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int list_and_fetch(struct imap_test *t)
{
    return open_and_list_details(t) < 0 ? -1 : fetch(t, &(struct fct_uid_range){1, 8}, 1);
}

static void items_of_a_fetch_come_in_any_order(void **state)
{
    (void)state;
    IMAP_TEST(t, any_order_server);
    assert_int_equal(run(&t, list_and_fetch), 0);
    assert_events(&t, "flags 84 octets=45274 date=10\nmessage 2 seen octets=1 date=10 <a>\n"
                      "message 3 octets=1 date=0 <b>\n");
    assert_script_done(&t);
}

static void lively_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID FETCH 1:8" ITEMS);
    script_send(c, "* 3 FETCH (FLAGS (\\Seen))\r\n"); /* of which message? */
    send_message(c, 1);
    script_send(c, "* 3 FETCH (UID 9 FLAGS (\\Seen \\Flagged))\r\n* 4 EXISTS\r\n* 1 RECENT\r\n");
    send_message(c, 2);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 FETCH 3:3 (UID FLAGS)");
    script_send(c, "* 3 FETCH (UID 9 FLAGS (\\Seen \\Flagged))\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void changes_between_the_answers_are_told_apart(void **state)
{
    (void)state;
    IMAP_TEST(t, lively_server);
    assert_int_equal(run(&t, open_and_fetch_1_to_8), 0);
    assert_events(&t, "message 1 octets=1 date=0 <1>\nflags 9 seen flagged\nmessage 2 octets=1 date=0 <2>\n"
                      "flags 9 seen flagged\nexists 4\n");
    assert_script_done(&t);
}

/* ---- the table -------------------------------------------------------------------------------------------- */

static void every_quirk_has_its_test(void **state);

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(servers_are_recognised_by_what_they_are_called_and_say),
    cmocka_unit_test(a_server_that_wants_to_know_its_client_is_told),
    cmocka_unit_test(a_server_whose_qresync_is_wrong_is_used_without_it),
    cmocka_unit_test(a_server_whose_status_gives_wrong_ids_is_not_asked_for_them),
    cmocka_unit_test(an_unavailable_message_does_not_cost_the_others),
    cmocka_unit_test(a_server_that_refuses_every_message_is_believed_after_some),
    cmocka_unit_test(a_range_that_is_damaged_hides_no_others),
    cmocka_unit_test(modseqs_of_a_server_without_condstore_count_as_none),
    cmocka_unit_test(a_refused_range_is_halved_until_one_message_is_left_out),
    cmocka_unit_test(a_range_answered_with_bad_is_halved_too),
    cmocka_unit_test(a_command_that_is_not_understood_at_all_is_an_error),
    cmocka_unit_test(a_listing_that_is_refused_is_completed_without_details),
    cmocka_unit_test(sets_ascend_in_whatever_order_they_are_given),
    cmocka_unit_test(an_empty_fetch_is_no_message),
    cmocka_unit_test(a_wrong_size_is_corrected_by_the_message),
    cmocka_unit_test(a_copyuid_without_uids_is_ignored),
    cmocka_unit_test(names_that_should_be_quoted_are_taken_whole),
    cmocka_unit_test(a_server_that_asks_for_patience_gets_it),
    cmocka_unit_test(list_status_without_list_extended_is_not_believed),
    cmocka_unit_test(nil_and_nothing_stand_for_lists),
    cmocka_unit_test(spaces_do_not_count),
    cmocka_unit_test(any_string_may_be_a_literal),
    cmocka_unit_test(a_name_that_notify_tells_is_the_one_that_is_listed),
    cmocka_unit_test(notify_is_off_while_a_mailbox_is_renamed),
    cmocka_unit_test(inbox_is_one_however_it_is_spelt),
    cmocka_unit_test(small_talk_in_the_midst_of_an_answer_is_passed_over),
    cmocka_unit_test(a_bye_for_an_answer_ends_the_conversation_with_its_words),
    cmocka_unit_test(a_status_that_is_refused_is_left_out),
    cmocka_unit_test(a_refused_expunge_leaves_no_mark),
    cmocka_unit_test(an_expunge_that_did_nothing_is_seen),
    cmocka_unit_test(a_move_that_is_not_understood_is_a_copy_and_an_expunge),
    cmocka_unit_test(an_append_without_its_uid_is_no_failure),
    cmocka_unit_test(a_uidvalidity_that_never_stays_is_told),
    cmocka_unit_test(more_gone_than_can_be_is_not_believed),
    cmocka_unit_test(as_many_gone_as_can_be_is_believed),
    cmocka_unit_test(half_a_message_is_none),
    cmocka_unit_test(a_connection_that_ends_before_a_message_tells_whose_turn_it_was),
    cmocka_unit_test(items_of_a_fetch_come_in_any_order),
    cmocka_unit_test(changes_between_the_answers_are_told_apart),
    cmocka_unit_test(every_quirk_has_its_test),
};

static void every_quirk_has_its_test(void **state)
{
    const struct imap_quirk_entry *e;
    (void)state;
    for (size_t i = 0; (e = imap_quirk_entry(i)); i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof(tests) / sizeof(tests[0]); k++)
            found |= strcmp(tests[k].name, e->test) == 0;
        if (!found || !e->server || !e->symptom || !e->remedy)
            fail_msg("%s, \"%s\": no test %s", e->server, e->symptom, e->test);
        if ((e->quirks != 0) != (e->host || e->capability || e->words))
            fail_msg("%s: a quirk without a way to see it, or the other way round", e->server);
    }
}

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
