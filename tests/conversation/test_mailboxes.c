/* Which mailboxes there are and what they hold. */
#include "fixture.h"

static int list(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : t->source->list(t->session, &t->sink, &t->err);
}

static void list_status_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE OBJECTID");
    script_expect(
        c, "A2 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN "
           "HIGHESTMODSEQ MAILBOXID))");
    script_send(c, "* LIST (\\Subscribed \\HasNoChildren) \"/\" INBOX\r\n"
                   "* STATUS INBOX (MESSAGES 17 UIDNEXT 30 UIDVALIDITY 5 UNSEEN 2 HIGHESTMODSEQ 99 MAILBOXID (F1))\r\n"
                   "* LIST (\\NoSelect \\HasChildren) \"/\" Work\r\n"
                   "* LIST (\\HasNoChildren \\Sent) \"/\" {12}\r\nEntw&APw-rfe\r\n"
                   "* LIST (\\NonExistent \\Subscribed) \"/\" Gone\r\n"
                   "* STATUS {12}\r\nEntw&APw-rfe (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 6 UNSEEN 0 HIGHESTMODSEQ 1)\r\n"
                   "* STATUS Unheard (MESSAGES 1)\r\n"
                   "A2 OK done\r\n");
    script_goodbye(c);
}

static void one_command_brings_names_roles_and_states(void **state)
{
    (void)state;
    IMAP_TEST(t, list_status_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=10004 delimiter=/ messages=17 unseen=2 validity=5 next=30 "
                      "modseq=99 id=F1\n"
                      "mailbox Work wire=Work role=0 attrs=11 delimiter=/\n"
                      "mailbox Entwürfe wire=Entw&APw-rfe role=4 attrs=10000 delimiter=/ messages=0 unseen=0 "
                      "validity=6 next=1 modseq=1\n");
    assert_script_done(&t);
}

static void lsub_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\""); /* sent without waiting */
    script_send(
        c, "* LIST () \".\" \"INBOX\"\r\n* LIST (\\Drafts) \".\" \"INBOX.Drafts\"\r\n* LIST () NIL flat\r\nA2 OK\r\n"
           "* LSUB () \".\" inbox\r\n* LSUB () \".\" \"INBOX.Gone\"\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void without_extensions_lsub_tells_the_subscriptions(void **state)
{
    (void)state;
    IMAP_TEST(t, lsub_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=.\n"
                      "mailbox INBOX.Drafts wire=INBOX.Drafts role=3 attrs=0 delimiter=.\n"
                      "mailbox flat wire=flat role=0 attrs=0 delimiter=-\n");
    assert_script_done(&t);
}

static void lsub_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 LIST \"\" \"*\"");
    script_expect(c, "A3 LSUB \"\" \"*\"");
    script_send(c, "A3 BAD what?\r\n* LIST () \"/\" INBOX\r\nA2 OK\r\n"); /* in the other order, too */
    script_goodbye(c);
}

static void a_refused_lsub_costs_the_subscriptions_only(void **state)
{
    (void)state;
    IMAP_TEST(t, lsub_refused_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void other_users_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " NAMESPACE LIST-EXTENDED");
    script_expect(c, "A2 NAMESPACE");
    script_send(c, "* NAMESPACE ((\"\" \"/\")) ((\"user/\" \"/\")) ((\"shared/\" \"/\"))\r\nA2 OK\r\n");
    script_expect(c, "A3 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "* LIST () \"/\" INBOX\r\n* LIST () \"/\" user/bob\r\n* LIST (\\Subscribed) \"/\" user/eve\r\n"
                   "* LIST () \"/\" shared/team\r\nA3 OK\r\n");
    script_goodbye(c);
}

static void of_other_users_only_what_is_subscribed_is_listed(void **state)
{
    (void)state;
    IMAP_TEST(t, other_users_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n"
                      "mailbox user/eve wire=user/eve role=0 attrs=4 delimiter=/\n"
                      "mailbox shared/team wire=shared/team role=0 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void odd_names_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LIST-EXTENDED");
    script_expect(c, "A2 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "* LIST () \"/\" {8}\r\na\r\nB1 OK\r\n"); /* would be two lines when selected */
    script_send_bytes(c, "* LIST () \"/\" {3}\r\na\0b\r\n", 24);
    script_send(c, "* LIST () \"/\" \"\"\r\n"
                   "* LIST () \"/\" {3}\r\n../\r\n"
                   "* LIST () \"/\" \"a&b\"\r\n"
                   "* LIST () \"/\" \"caf\xc3\xa9\"\r\n"
                   "* LIST () \"/\" \"caf\xe9\"\r\n"
                   "* LIST () \"/\" twice\r\n* LIST (\\Trash) \"/\" twice\r\n"
                   "A2 OK\r\n");
    script_goodbye(c);
}

static void odd_names_are_data_and_dangerous_ones_are_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, odd_names_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox ../ wire=../ role=0 attrs=0 delimiter=/\n"
                      "mailbox a&b wire=a&b role=0 attrs=0 delimiter=/\n"
                      "mailbox caf\xc3\xa9 wire=caf\xc3\xa9 role=0 attrs=0 delimiter=/\n"
                      "mailbox caf? wire=caf\xe9 role=0 attrs=0 delimiter=/\n"
                      "mailbox twice wire=twice role=5 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void utf8_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " ENABLE UTF8=ACCEPT LIST-EXTENDED");
    script_expect(c, "A2 ENABLE UTF8=ACCEPT");
    script_send(c, "* ENABLED UTF8=ACCEPT\r\nA2 OK\r\n");
    script_expect(c, "A3 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "* LIST () \"/\" \"Entw\xc3\xbcrfe & mehr\"\r\nA3 OK\r\n");
    script_expect(c, "A4 STATUS \"Entw\xc3\xbcrfe & mehr\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)");
    script_send(c, "* STATUS \"Entw\xc3\xbcrfe & mehr\" (MESSAGES 1)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int list_and_status(struct imap_test *t)
{
    struct fct_bytes name = bytes_str("Entw&APw-rfe &- mehr");
    return list(t) < 0 ? -1 : t->source->statuses(t->session, &name, 1, &t->sink, &t->err);
}

static void wire_names_are_the_same_with_utf8_accept(void **state)
{
    (void)state;
    IMAP_TEST(t, utf8_server);
    assert_int_equal(run(&t, list_and_status), 0);
    assert_events(&t, "mailbox Entw\xc3\xbcrfe & mehr wire=Entw&APw-rfe &- mehr role=0 attrs=0 delimiter=/\n"
                      "status Entw&APw-rfe &- mehr messages=1 unseen=-1 validity=0 next=0 modseq=0\n");
    assert_script_done(&t);
}

static void rev2_server(struct script_conn *c, void *arg)
{
    const char *caps = "IMAP4rev2 AUTH=PLAIN";
    (void)arg;
    script_login(c, caps);
    script_expect(c, "A2 NAMESPACE");
    script_send(c, "* NAMESPACE NIL NIL NIL\r\nA2 OK\r\n");
    script_expect(c, "A3 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS "
                     "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN))");
    script_send(c, "* LIST () \"/\" \"Entw\xc3\xbcrfe & mehr\"\r\nA3 OK\r\n");
    script_expect(c, "A4 STATUS \"Entw\xc3\xbcrfe & mehr\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)");
    script_send(c, "* STATUS \"Entw\xc3\xbcrfe & mehr\" (MESSAGES 1)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void a_server_of_rev2_alone_writes_names_in_utf8(void **state)
{
    (void)state;
    IMAP_TEST(t, rev2_server);
    assert_int_equal(run(&t, list_and_status), 0);
    assert_events(&t, "mailbox Entw\xc3\xbcrfe & mehr wire=Entw&APw-rfe &- mehr role=0 attrs=0 delimiter=/\n"
                      "status Entw&APw-rfe &- mehr messages=1 unseen=-1 validity=0 next=0 modseq=0\n");
    assert_script_done(&t);
}

static void no_extended_list_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LIST-EXTENDED");
    script_expect(c, "A2 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "A2 BAD too many arguments\r\n");
    script_expect(c, "A3 LIST \"\" \"*\"");
    script_expect(c, "A4 LSUB \"\" \"*\"");
    script_send(c, "* LIST () \"/\" INBOX\r\nA3 OK\r\n* LSUB () \"/\" INBOX\r\nA4 OK\r\n");
    script_goodbye(c);
}

static void an_extended_list_that_is_not_understood_is_asked_for_plainly(void **state)
{
    (void)state;
    IMAP_TEST(t, no_extended_list_server);
    assert_int_equal(run(&t, list), 0);
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=4 delimiter=/\n");
    assert_script_done(&t);
}

static void list_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LIST-EXTENDED");
    script_expect(c, "A2 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "A2 NO [SERVERBUG] oops\r\n");
    script_expect(c, "A3 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN)");
    script_send(c, "* LIST () \"/\" INBOX\r\nA3 OK\r\n");
    script_goodbye(c);
}

static int list_twice(struct imap_test *t)
{
    if (list(t) == 0)
        return -1;
    struct fct_error second = {0};
    return t->source->list(t->session, &t->sink, &second);
}

static void after_a_refusal_the_session_goes_on(void **state)
{
    (void)state;
    IMAP_TEST(t, list_refused_server);
    assert_int_equal(run(&t, list_twice), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_LATER, "a bug of its own");
    assert_string_equal(t.err.server, "oops");
    assert_events(&t, "mailbox INBOX wire=INBOX role=1 attrs=0 delimiter=/\n");
    assert_script_done(&t);
}

static void news_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LIST-EXTENDED LIST-STATUS");
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 NOOP");
    script_expect(c, "A4 LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN))");
    script_send(c, "* 4 EXISTS\r\nA3 OK\r\n* LIST () \"/\" INBOX\r\n"
                   "* STATUS INBOX (MESSAGES 4 UIDNEXT 11 UIDVALIDITY 7 UNSEEN 1)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int list_with_inbox_open(struct imap_test *t)
{
    struct fct_session_stats before = {.size = sizeof(before)}, after = before;
    if (open_inbox(t) < 0)
        return -1;
    t->source->stats(t->session, &before);
    int rc = t->source->list(t->session, &t->sink, &t->err);
    t->source->stats(t->session, &after);
    buf_addf(&t->events, "%llu round trips\n", (unsigned long long)(after.round_trips - before.round_trips));
    return rc;
}

/* RFC 9051 section 6.3.11: STATUS of the selected mailbox need not tell what this session has not heard yet. */
static void with_a_mailbox_open_its_news_are_told_before_its_status(void **state)
{
    (void)state;
    IMAP_TEST(t, news_server);
    assert_int_equal(run(&t, list_with_inbox_open), 0);
    assert_events(
        &t, "mailbox INBOX wire=INBOX role=1 attrs=10000 delimiter=/ messages=4 unseen=1 validity=7 next=11 modseq=0\n"
            "exists 4\n"
            "1 round trips\n");
    assert_script_done(&t);
}

/* ---- STATUS --------------------------------------------------------------------------------------------- */

static void statuses_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect(c, "A2 STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)");
    script_expect(c, "A3 STATUS \"locked\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)");
    script_expect(c,
                  "A4 STATUS \"a \\\"b\\\"\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"); /* all before the first answer */
    script_send(c, "* STATUS inbox (MESSAGES 4 UIDNEXT 9 UIDVALIDITY 1 UNSEEN 0)\r\nA2 OK\r\n"
                   "A3 NO [NOPERM] not yours\r\n"
                   "* STATUS \"a \\\"b\\\"\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN 1)\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int three_statuses(struct imap_test *t)
{
    const struct fct_bytes names[] = {bytes_str("INBOX"), bytes_str("locked"), bytes_str("a \"b\"")};
    struct fct_session_stats before = {.size = sizeof(before)}, after = before;
    if (sign_in(t) < 0)
        return -1;
    t->source->stats(t->session, &before);
    int rc = t->source->statuses(t->session, names, 3, &t->sink, &t->err);
    t->source->stats(t->session, &after);
    buf_addf(&t->events, "%llu round trips\n", (unsigned long long)(after.round_trips - before.round_trips));
    return rc;
}

static void statuses_are_pipelined_and_a_refused_one_is_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, statuses_server);
    assert_int_equal(run(&t, three_statuses), 0);
    assert_events(&t, "status INBOX messages=4 unseen=0 validity=1 next=9 modseq=0\n"
                      "status a \"b\" messages=1 unseen=1 validity=3 next=2 modseq=0\n"
                      "1 round trips\n");
    assert_script_done(&t);
}

static void no_command_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_goodbye(c);
}

static int dangerous_names(struct imap_test *t)
{
    const struct fct_bytes names[] = {{"INBOX", 5}, {"a\r\nA9 LOGOUT", 12}};
    if (sign_in(t) < 0)
        return -1;
    if (t->source->statuses(t->session, names, 2, &t->sink, &t->err) == 0 || t->err.code != FCT_E_INVALID)
        return -1;
    if (select_known(t, "x\ny", 0, 0) == 0 || t->err.code != FCT_E_INVALID)
        return -1;
    return 0;
}

static void a_name_with_a_line_break_never_reaches_the_wire(void **state)
{
    (void)state;
    IMAP_TEST(t, no_command_server);
    assert_int_equal(run(&t, dangerous_names), 0);
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_command_brings_names_roles_and_states),
        cmocka_unit_test(without_extensions_lsub_tells_the_subscriptions),
        cmocka_unit_test(a_refused_lsub_costs_the_subscriptions_only),
        cmocka_unit_test(of_other_users_only_what_is_subscribed_is_listed),
        cmocka_unit_test(odd_names_are_data_and_dangerous_ones_are_left_out),
        cmocka_unit_test(an_extended_list_that_is_not_understood_is_asked_for_plainly),
        cmocka_unit_test(wire_names_are_the_same_with_utf8_accept),
        cmocka_unit_test(a_server_of_rev2_alone_writes_names_in_utf8),
        cmocka_unit_test(after_a_refusal_the_session_goes_on),
        cmocka_unit_test(with_a_mailbox_open_its_news_are_told_before_its_status),
        cmocka_unit_test(statuses_are_pipelined_and_a_refused_one_is_left_out),
        cmocka_unit_test(a_name_with_a_line_break_never_reaches_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
