/* What a server may offer beyond RFC 3501, used where it is and done without where it is not. What other files show is
 * not repeated: CONDSTORE, QRESYNC (test_messages.c), LIST-EXTENDED, LIST-STATUS (test_mailboxes.c), UIDPLUS, MOVE,
 * CREATE-SPECIAL-USE (test_write.c), IDLE (test_changes.c), SASL-IR, ENABLE, COMPRESS (test_login.c). */
#include "fixture.h"

#include <stdlib.h>

/* ---- NOTIFY (RFC 5465) ----------------------------------------------------------------------------------- */

#define NOTIFY_ALL                                                                                \
    "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew " \
    "MessageExpunge FlagChange MailboxName SubscriptionChange))"
#define NOTIFY_SOME                                                                               \
    "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew " \
    "MessageExpunge))"
#define LOOK_AGAIN "status  messages=-1 unseen=-1 validity=0 next=0 modseq=0\n"

static int idle(struct imap_test *t, uint32_t ms)
{
    int rc = t->source->idle(t->session, ms, &t->sink, &t->err);
    buf_add_str(&t->events, "idled\n");
    return rc;
}

static void notify_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 " NOTIFY_ALL);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 IDLE");
    script_send(c, "+ idling\r\n* STATUS Lists/Lemonade (HIGHESTMODSEQ 65666665 UIDVALIDITY 101)\r\n");
    script_expect(c, "DONE");
    script_send(c, "* STATUS misc (UIDNEXT 999 MESSAGES 554)\r\nA4 OK\r\n");
    script_expect(c, "A5 IDLE"); /* it is said once */
    script_send(c, "+ idling\r\n* LIST () \"/\" \"NewMailbox\" (\"OLDNAME\" (\"OldMailbox\"))\r\n");
    script_expect(c, "DONE");
    script_send(c, "A5 OK\r\n");
    script_select(c, "A6 SELECT \"INBOX\"", "* LIST () \"/\" INBOX\r\n"); /* belongs to SELECT in rev2 */
    script_expect(c, "A7 IDLE");
    script_send(c, "+ idling\r\n* 4 EXISTS\r\n");
    script_expect(c, "DONE");
    script_send(c, "A7 OK\r\n");
    script_goodbye(c);
}

static int open_and_idle_four_times(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (idle(t, 10000) < 0)
            return -1;
    return select_known(t, "INBOX", 7, 0) < 0 ? -1 : idle(t, 10000);
}

static void a_server_with_notify_tells_of_other_mailboxes(void **state)
{
    (void)state;
    IMAP_TEST(t, notify_server);
    assert_int_equal(run(&t, open_and_idle_four_times), 0);
    assert_true(t.can & FCT_CAN_NOTIFY);
    assert_events(&t, LOOK_AGAIN "idled\n" /* what changed before it was asked for */
                                 "status Lists/Lemonade messages=-1 unseen=-1 validity=101 next=0 modseq=65666665\n"
                                 "status misc messages=554 unseen=-1 validity=0 next=999 modseq=0\nidled\n" LOOK_AGAIN
                                 "idled\n"
                                 "exists 4\nidled\n");
    assert_script_done(&t);
}

static void notify_between_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY"); /* and no IDLE: news come all the same */
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 " NOTIFY_ALL);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UID FETCH 1:* (UID FLAGS)");
    script_send(c, "* 1 FETCH (UID 4 FLAGS ())\r\n* STATUS misc (UIDNEXT 999 MESSAGES 554)\r\nA4 OK\r\n");
    script_pause(100);
    script_send(c, "* STATUS misc (UIDNEXT 1000 MESSAGES 555)\r\n");
    script_expect(c, "A5 NOOP"); /* lets the server tell what it held back: SELECTED-DELAYED */
    script_send(c, "* 1 EXPUNGE\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int list_between_idles(struct imap_test *t)
{
    if (open_inbox(t) < 0 || idle(t, 10000) < 0 ||
        t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, false, &t->sink, &t->err) < 0)
        return -1;
    return idle(t, 10000) < 0 ? -1 : idle(t, 10000);
}

static void news_that_come_between_two_waits_are_not_missed(void **state)
{
    (void)state;
    IMAP_TEST(t, notify_between_server);
    assert_int_equal(run(&t, list_between_idles), 0);
    assert_events(&t, LOOK_AGAIN "idled\nflags 4\n" LOOK_AGAIN "idled\n"
                                 "status misc messages=555 unseen=-1 validity=0 next=1000 modseq=0\nexists 2\nidled\n");
    assert_script_done(&t);
}

static void notify_in_listing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY LIST-EXTENDED");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 " NOTIFY_ALL);
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 NOOP");
    script_expect(c, "A5 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "* LIST () \"/\" \"Old name\"\r\nA4 OK\r\n* LIST (\\Subscribed \\HasNoChildren) \"/\" INBOX\r\n"
                   "* LIST () \"/\" P&Q\r\n* LIST (\\HasNoChildren) \"/\" P&-Q\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int idle_and_list(struct imap_test *t)
{
    return open_inbox(t) < 0 || idle(t, 10000) < 0 ? -1 : t->source->list(t->session, &t->sink, &t->err);
}

/* As Dovecot does it after UNSUBSCRIBE, and with names that it spells as it stores them. */
static void news_in_the_midst_of_a_listing_are_no_part_of_it(void **state)
{
    (void)state;
    IMAP_TEST(t, notify_in_listing_server);
    assert_int_equal(run(&t, idle_and_list), 0);
    assert_events(&t, LOOK_AGAIN "idled\nmailbox INBOX wire=INBOX role=1 attrs=4 delimiter=/\n"
                                 "mailbox P&Q wire=P&-Q role=0 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void notify_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 " NOTIFY_ALL);
    script_send(c, "A3 NO [BADEVENT (MessageNew MessageExpunge)] what is a MailboxName?\r\n");
    script_expect(c, "A4 " NOTIFY_SOME);
    script_send(c, "A4 NO [NOTIFICATIONOVERFLOW] too expensive\r\n");
    script_expect(c, "A5 NOOP");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 NOOP"); /* it is not asked again */
    script_send(c, "A6 OK\r\n");
    script_goodbye(c);
}

static int open_and_idle_twice_shortly(struct imap_test *t)
{
    return open_inbox(t) < 0 || idle(t, 50) < 0 ? -1 : idle(t, 50);
}

static void a_server_that_refuses_notify_is_used_without_it(void **state)
{
    (void)state;
    IMAP_TEST(t, notify_refused_server);
    assert_int_equal(run(&t, open_and_idle_twice_shortly), 0);
    assert_events(&t, "idled\nidled\n");
    assert_script_done(&t);
}

static void overflow_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NOTIFY IDLE");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    int tag = 3;
    for (int i = 0; i < 3; i++) {
        char line[300];
        snprintf(line, sizeof(line), "A%d " NOTIFY_ALL, tag);
        script_expect(c, line);
        script_sendf(c, "A%d OK\r\n", tag++);
        snprintf(line, sizeof(line), "A%d IDLE", tag);
        script_expect(c, line);
        script_send(c, "+\r\n* OK [NOTIFICATIONOVERFLOW] too much for me\r\n");
        script_expect(c, "DONE");
        script_sendf(c, "A%d OK\r\n", tag++);
    }
    script_expect(c, "A9 IDLE"); /* enough */
    script_send(c, "+\r\n* 4 EXISTS\r\n");
    script_expect(c, "DONE");
    script_send(c, "A9 OK\r\n");
    script_goodbye(c);
}

static int idle_seven_times(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    for (int i = 0; i < 7; i++)
        if (idle(t, 10000) < 0)
            return -1;
    return 0;
}

static void a_server_that_gives_notify_up_is_looked_at_and_asked_again_at_most_thrice(void **state)
{
    (void)state;
    IMAP_TEST(t, overflow_server);
    assert_int_equal(run(&t, idle_seven_times), 0);
    assert_events(&t, LOOK_AGAIN "idled\n" LOOK_AGAIN "idled\n" LOOK_AGAIN "idled\n" LOOK_AGAIN "idled\n" LOOK_AGAIN
                                 "idled\n" LOOK_AGAIN "idled\nexists 4\nidled\n");
    assert_script_done(&t);
}

/* ---- APPEND: UTF8=ACCEPT (RFC 6855), APPENDLIMIT (RFC 7889), LITERAL- (RFC 7888) ------------------------- */

static int read_text(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    const char **left = ctx;
    size_t n = strlen(*left);
    (void)err;
    *out = (struct fct_bytes){*left, n < 7 ? n : 7}; /* in small pieces */
    *left += out->n;
    return 0;
}

static int append(struct imap_test *t, const char *text)
{
    const struct fct_message m = {.size = sizeof(m), .octets = strlen(text)};
    uint64_t uid = 0;
    return t->source->append(t->session, bytes_str("Entw&APw-rfe"), &m, read_text, &text, &uid, &t->err);
}

#define UTF8_HEADER "From: J\xc3\xbcrgen <j@example.org>\r\n\r\nhello\r\n"
#define UTF8_BODY "Subject: x\r\n\r\nJ\xc3\xbcrgen\r\n"

static void expect_octets(struct script_conn *c, const char *text)
{
    char got[200] = "";
    script_read(c, got, strlen(text));
    if (strcmp(got, text) != 0)
        script_fail(c, "got %s", got);
}

static void utf8_append_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE UTF8=ACCEPT LITERAL+");
    script_expect(c, "A2 ENABLE UTF8=ACCEPT");
    script_send(c, "* ENABLED UTF8=ACCEPT\r\nA2 OK\r\n");
    script_expect(c, "A3 APPEND \"Entw\xc3\xbcrfe\" UTF8 (~{40+}");
    expect_octets(c, UTF8_HEADER);
    script_expect(c, ")");
    script_send(c, "A3 OK done\r\n");
    script_expect(c, "A4 APPEND \"Entw\xc3\xbcrfe\" {23+}"); /* only headers make the difference */
    expect_octets(c, UTF8_BODY);
    script_expect(c, "");
    script_send(c, "A4 OK done\r\n");
    script_goodbye(c);
}

static int append_both(struct imap_test *t)
{
    return sign_in(t) < 0 || append(t, UTF8_HEADER) < 0 ? -1 : append(t, UTF8_BODY);
}

static void headers_in_utf8_are_appended_as_such(void **state)
{
    (void)state;
    IMAP_TEST(t, utf8_append_server);
    assert_int_equal(run(&t, append_both), 0);
    assert_script_done(&t);
}

static void plain_append_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE UTF8=ACCEPT");
    script_expect(c, "A2 ENABLE UTF8=ACCEPT");
    script_send(c, "A2 OK but no\r\n");
    script_expect(c, "A3 APPEND \"Entw&APw-rfe\" {40}");
    script_send(c, "+\r\n");
    expect_octets(c, UTF8_HEADER);
    script_expect(c, "");
    script_send(c, "A3 NO 8bit in headers\r\n");
    script_goodbye(c);
}

static int append_refused(struct imap_test *t)
{
    return sign_in(t) < 0 || append(t, UTF8_HEADER) == 0 ? -1 : 0;
}

static void without_enabled_there_is_no_utf8_literal(void **state)
{
    (void)state;
    IMAP_TEST(t, plain_append_server);
    assert_int_equal(run(&t, append_refused), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses APPEND");
    assert_script_done(&t);
}

static void append_limit_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " APPENDLIMIT=10 LITERAL+");
    script_expect(c, "A2 APPEND \"Entw&APw-rfe\" {10+}");
    expect_octets(c, "0123456789");
    script_expect(c, "");
    script_send(c, "A2 OK\r\n");
    script_goodbye(c);
}

static int append_small_and_large(struct imap_test *t)
{
    return sign_in(t) < 0 || append(t, "0123456789") < 0 || append(t, "0123456789a") == 0 ? -1 : 0;
}

static void a_message_beyond_the_servers_limit_is_not_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, append_limit_server);
    assert_int_equal(run(&t, append_small_and_large), 0);
    assert_failed(&t, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "at most 10 octets; this one has 11");
    assert_script_done(&t);
}

static void no_limit_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " APPENDLIMIT APPENDLIMIT=x LITERAL-");
    script_expect(c, "A2 APPEND \"Entw&APw-rfe\" {11+}");
    expect_octets(c, "0123456789a");
    script_expect(c, "");
    script_send(c, "A2 NO [TOOBIG] the limit of this mailbox is 10\r\n");
    script_expect(c, "A3 APPEND \"Entw&APw-rfe\" {4097}"); /* LITERAL- ends at 4096 */
    script_send(c, "A3 NO [TOOBIG] the limit of this mailbox is 10\r\n");
    script_goodbye(c);
}

static int append_and_be_told(struct imap_test *t)
{
    static char large[4098];
    memset(large, 'x', 4097);
    if (sign_in(t) < 0 || append(t, "0123456789a") == 0 || t->err.code != FCT_E_TOO_LARGE)
        return -1;
    return append(t, large) == 0 ? -1 : 0;
}

static void a_limit_that_the_server_tells_late_means_the_same(void **state)
{
    (void)state;
    IMAP_TEST(t, no_limit_server);
    assert_int_equal(run(&t, append_and_be_told), 0);
    assert_failed(&t, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "larger than the server takes");
    assert_script_done(&t);
}

/* ---- NAMESPACE (RFC 2342) -------------------------------------------------------------------------------- */

static int list(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->list(t->session, &t->sink, &t->err);
}

static void courier_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NAMESPACE");
    script_expect(c, "A2 NAMESPACE");
    script_send(c, "* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"#shared.\" \".\")(\"shared.\" \".\"))\r\n"
                   "A2 OK NAMESPACE completed.\r\n");
    script_expect(c, "A3 LIST \"\" \"*\"");
    script_expect(c, "A4 LSUB \"\" \"*\"");
    script_send(c, "* LIST (\\HasChildren) \".\" \"INBOX\"\r\n"
                   "* LIST () \".\" \"INBOX.Sent\"\r\n"
                   "* LIST () \".\" \"INBOX.Entw&APw-rfe.Alt\"\r\n"
                   "* LIST () \".\" \"INBOX.INBOX\"\r\n"    /* would be INBOX */
                   "* LIST () \".\" \"INBOX.shared.x\"\r\n" /* would be somebody else's */
                   "* LIST () \".\" \"shared.x\"\r\n"
                   "* LIST () \".\" \"#shared.team\"\r\nA3 OK\r\n* LSUB () \".\" \"INBOX.Sent\"\r\nA4 OK\r\n");
    script_expect(c, "A5 CREATE \"INBOX.Neu\"");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 SUBSCRIBE \"INBOX.Neu\"");
    script_send(c, "A6 OK\r\n");
    script_expect(c, "A7 RENAME \"INBOX.Neu\" \"INBOX.Sent.Alt\"");
    script_send(c, "A7 OK\r\n");
    script_expect(c, "A8 CREATE \"#shared.team.x\"");
    script_send(c, "A8 OK\r\n");
    script_expect(c, "A9 SUBSCRIBE \"#shared.team.x\"");
    script_send(c, "A9 OK\r\n");
    script_goodbye(c);
}

static int list_and_change(struct imap_test *t)
{
    const struct fct_source *s = t->source;
    if (list(t) < 0 || s->mailbox_create(t->session, bytes_str("Neu"), '.', 0, &t->err) < 0 ||
        s->mailbox_rename(t->session, bytes_str("INBOX.Neu"), bytes_str("Sent.Alt"), &t->err) < 0)
        return -1;
    return s->mailbox_create(t->session, bytes_str("#shared.team.x"), '.', 0, &t->err);
}

static void the_personal_prefix_is_not_shown_and_added_again(void **state)
{
    (void)state;
    IMAP_TEST(t, courier_server);
    assert_int_equal(run(&t, list_and_change), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=10 delimiter=.\n"
                      "mailbox Sent wire=INBOX.Sent role=0 attrs=4 delimiter=.\n"
                      "mailbox Entw\xc3\xbcrfe.Alt wire=INBOX.Entw&APw-rfe.Alt role=0 attrs=0 delimiter=.\n"
                      "mailbox INBOX.INBOX wire=INBOX.INBOX role=0 attrs=0 delimiter=.\n"
                      "mailbox INBOX.shared.x wire=INBOX.shared.x role=0 attrs=0 delimiter=.\n"
                      "mailbox shared.x wire=shared.x role=0 attrs=0 delimiter=.\n"
                      "mailbox #shared.team wire=#shared.team role=0 attrs=0 delimiter=.\n");
    assert_script_done(&t);
}

static void two_prefixes_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NAMESPACE ENABLE UTF8=ACCEPT");
    script_expect(c, "A2 ENABLE UTF8=ACCEPT");
    script_expect(c, "A3 NAMESPACE");
    script_send(c, "* ENABLED UTF8=ACCEPT\r\nA2 OK\r\n"
                   "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\")) ((\"B\xc3\xbcro/\" \"/\")) NIL\r\nA3 OK\r\n");
    script_expect(c, "A4 LIST \"\" \"*\"");
    script_expect(c, "A5 LSUB \"\" \"*\"");
    script_send(c, "* LIST () \"/\" \"INBOX\"\r\n* LIST () \"/\" \"#mh/old\"\r\n* LIST () \"/\" \"B\xc3\xbcro/eve\"\r\n"
                   "A4 OK\r\nA5 OK\r\n");
    script_goodbye(c);
}

static void with_several_personal_namespaces_names_are_shown_whole(void **state)
{
    (void)state;
    IMAP_TEST(t, two_prefixes_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t,
                  "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n"
                  "mailbox #mh/old wire=#mh/old role=0 attrs=0 delimiter=/\n"); /* the prefix of others is UTF-8 here */
    assert_script_done(&t);
}

/* ---- Gmail (X-GM-EXT-1) ---------------------------------------------------------------------------------- */

static void gmail_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS MOVE CONDSTORE ESEARCH "
                          "LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584");
    script_expect(c, "A2 ID (\"name\" \"Facteur\" \"version\" \"1\")");
    script_expect(c, "A3 NAMESPACE");
    script_send(c, "* ID (\"name\" \"GImap\" \"vendor\" \"Google, Inc.\")\r\nA2 OK Success\r\n"
                   "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nA3 OK Success\r\n");
    script_expect(c, "A4 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY "
                     "UNSEEN HIGHESTMODSEQ))");
    script_send(c, "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"\r\n"
                   "* LIST (\\HasChildren \\NonExistent) \"/\" \"[Gmail]\"\r\n"
                   "* LIST (\\All \\HasNoChildren \\Subscribed) \"/\" \"[Gmail]/Alle Nachrichten\"\r\n"
                   "* LIST (\\Flagged \\HasNoChildren) \"/\" \"[Gmail]/Markiert\"\r\n"
                   "* LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/Wichtig\"\r\nA4 OK Success\r\n");
    script_select(c, "A5 SELECT \"Label\" (CONDSTORE)", "* OK [HIGHESTMODSEQ 50]\r\n");
    script_expect(c, "A6 UID FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID "
                     "DATE)] X-GM-MSGID)");
    script_send(
        c, "* 1 FETCH (X-GM-MSGID 1278455344230334865 UID 4 MODSEQ (7) FLAGS () RFC822.SIZE 9 INTERNALDATE "
           "\"01-Jan-1970 00:00:10 +0000\" BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {2}\r\n\r\n)\r\nA6 OK Success\r\n");
    script_expect(c, "A7 UID MOVE 4 \"Other\"");
    script_send(c, "* 1 EXPUNGE\r\nA7 OK [COPYUID 14 4 77] (Success)\r\n"); /* with the tagged answer, as for COPY */
    script_expect(c, "A8 UID STORE 5 +FLAGS.SILENT (\\Deleted)");           /* takes the label off, and nothing else */
    script_send(c, "A8 OK Success\r\n");
    script_expect(c, "A9 UID EXPUNGE 5");
    script_expect(c, "A10 UID FETCH 5 (UID)");
    script_send(c, "* 1 EXPUNGE\r\nA9 OK Success\r\nA10 OK Success\r\n");
    script_goodbye(c);
}

static int on_copied(void *ctx, uint32_t validity, const struct fct_uid_range *from, const struct fct_uid_range *to,
                     size_t n, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    (void)n;
    buf_addf(&t->events, "%u: %llu to %llu\n", validity, (unsigned long long)from->first,
             (unsigned long long)to->first);
    return 0;
}

static int use_gmail(struct imap_test *t)
{
    const struct fct_uid_range four = {4, 4}, five = {5, 5};
    if (list(t) < 0 || select_known(t, "Label", 0, 0) < 0 ||
        t->source->list_messages(t->session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &t->sink, &t->err) < 0 ||
        t->source->copy(t->session, &four, 1, bytes_str("Other"), true, on_copied, t, &t->err) < 0)
        return -1;
    return t->source->expunge(t->session, &five, 1, &t->err);
}

/* Labels are mailboxes: a message that has three is told with the same id in each. */
static void gmails_labels_are_mailboxes_and_its_messages_have_one_id(void **state)
{
    (void)state;
    IMAP_TEST(t, gmail_server);
    assert_int_equal(run(&t, use_gmail), 0);
    assert_true(t.can & FCT_CAN_EMAIL_IDS);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=/\n"
                      "mailbox [Gmail] wire=[Gmail] role=0 attrs=11 delimiter=/\n"
                      "mailbox [Gmail]/Alle Nachrichten wire=[Gmail]/Alle Nachrichten role=7 attrs=4 delimiter=/\n"
                      "mailbox [Gmail]/Markiert wire=[Gmail]/Markiert role=8 attrs=0 delimiter=/\n"
                      "mailbox [Gmail]/Wichtig wire=[Gmail]/Wichtig role=9 attrs=0 delimiter=/\n"
                      "flags 4 modseq=7 octets=9 date=10 id=1278455344230334865 <\r\n>\n"
                      "14: 4 to 77\n");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_with_notify_tells_of_other_mailboxes),
        cmocka_unit_test(news_that_come_between_two_waits_are_not_missed),
        cmocka_unit_test(news_in_the_midst_of_a_listing_are_no_part_of_it),
        cmocka_unit_test(a_server_that_refuses_notify_is_used_without_it),
        cmocka_unit_test(a_server_that_gives_notify_up_is_looked_at_and_asked_again_at_most_thrice),
        cmocka_unit_test(headers_in_utf8_are_appended_as_such),
        cmocka_unit_test(without_enabled_there_is_no_utf8_literal),
        cmocka_unit_test(a_message_beyond_the_servers_limit_is_not_sent),
        cmocka_unit_test(a_limit_that_the_server_tells_late_means_the_same),
        cmocka_unit_test(the_personal_prefix_is_not_shown_and_added_again),
        cmocka_unit_test(with_several_personal_namespaces_names_are_shown_whole),
        cmocka_unit_test(gmails_labels_are_mailboxes_and_its_messages_have_one_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
