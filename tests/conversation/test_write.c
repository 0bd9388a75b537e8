/* Messages and mailboxes of the server changed. */
#include "fixture.h"

#define UIDPLUS BASIC " UIDPLUS MOVE"

/* ---- append --------------------------------------------------------------------------------------------- */

struct source {
    const char *at, *end;
    size_t piece;
};

static int read_piece(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct source *s = ctx;
    size_t left = (size_t)(s->end - s->at), n = s->piece < left ? s->piece : left;
    (void)err;
    *out = (struct fct_bytes){s->at, n};
    s->at += n;
    return 0;
}

static int append(struct imap_test *t, const char *name, const char *text, uint64_t promised)
{
    struct source s = {text, text + strlen(text), 5};
    const struct fct_message m = {.size = sizeof(m),
                                  .octets = promised,
                                  .internal_date = 837596665,
                                  .flags = {FCT_FLAG_SEEN | FCT_FLAG_JUNK, bytes_str("work b{d")}};
    uint64_t uid = 77;
    int rc = t->source->append(t->session, bytes_str(name), &m, read_piece, &s, &uid, &t->err);
    buf_addf(&t->events, "append %d uid %llu\n", rc, (unsigned long long)uid);
    return rc;
}

static void append_server(struct script_conn *c, void *arg)
{
    (void)arg;
    char text[20] = "";
    script_login(c, UIDPLUS);
    script_expect(c, "A2 APPEND \"Sent\" (\\Seen $Junk work) \"17-Jul-1996 09:44:25 +0000\" {14}");
    script_send(c, "* OK a moment\r\n+ send it\r\n");
    script_read(c, text, 14);
    if (strcmp(text, "Subject: a\r\n\r\n") != 0)
        script_fail(c, "got %s", text);
    script_expect(c, "");
    script_send(c, "A2 OK [APPENDUID 38505 3955] done\r\n");
    script_goodbye(c);
}

static int append_one(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : append(t, "Sent", "Subject: a\r\n\r\n", 14);
}

static void a_message_is_appended_with_flags_and_date(void **state)
{
    (void)state;
    IMAP_TEST(t, append_server);
    assert_int_equal(run(&t, append_one), 0);
    assert_int_equal(t.can & (FCT_CAN_APPEND | FCT_CAN_COPY | FCT_CAN_MOVE | FCT_CAN_EXPUNGE | FCT_CAN_MAILBOX_SET),
                     FCT_CAN_APPEND | FCT_CAN_COPY | FCT_CAN_MOVE | FCT_CAN_EXPUNGE | FCT_CAN_MAILBOX_SET);
    assert_events(&t, "append 0 uid 3955\n");
    assert_script_done(&t);
}

static void append_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect_prefix(c, "A2 APPEND \"Sent\"");
    script_send(c, "A2 NO [OVERQUOTA] full\r\n"); /* before a byte was sent */
    script_goodbye(c);
}

static int append_refused(struct imap_test *t)
{
    return append_one(t) == 0 ? -1 : 0;
}

static void a_refused_append_sends_nothing(void **state)
{
    (void)state;
    IMAP_TEST(t, append_refused_server);
    assert_int_equal(run(&t, append_refused), 0);
    assert_failed(&t, FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, "full");
    assert_int_equal(t.err.user_action, 1);
    assert_script_done(&t);
}

static void append_plus_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " LITERAL+");
    script_expect_prefix(c, "A2 APPEND \"Sent\" (\\Seen $Junk work) \"17-Jul-1996 09:44:25 +0000\" {14+}");
    script_expect(c, "Subject: a");
    script_expect(c, "");
    script_expect(c, "");
    script_send(c, "A2 OK done\r\n");
    script_goodbye(c);
}

static void a_server_without_uidplus_tells_no_uid(void **state)
{
    (void)state;
    IMAP_TEST(t, append_plus_server);
    assert_int_equal(run(&t, append_one), 0);
    assert_events(&t, "append 0 uid 0\n");
    assert_script_done(&t);
}

/* Several messages, each "Subject: X" with another X. */
struct several {
    struct imap_test *t;
    struct fct_message m;
    size_t large; /* the number of one that is larger than is sent without asking; SIZE_MAX: none */
    char text[17];
    size_t done;
};

#define LARGE ((size_t)65537)

static const struct fct_message *several_message(void *ctx, size_t i)
{
    struct several *s = ctx;
    s->m = (struct fct_message){.size = sizeof(s->m), .octets = i == s->large ? LARGE : 14, .internal_date = 837596665};
    return &s->m;
}

static int several_read(void *ctx, size_t i, struct fct_bytes *out, struct fct_error *err)
{
    static char large[LARGE];
    struct several *s = ctx;
    (void)err;
    snprintf(s->text, sizeof(s->text), "Subject: %c\r\n\r\n", (char)('a' + i));
    memset(large, 'x', sizeof(large));
    *out = s->done == i + 1 ? (struct fct_bytes){0} : i == s->large ? bytes_of(large, LARGE) : bytes_str(s->text);
    s->done = i + 1;
    return 0;
}

static int several_appended(void *ctx, size_t i, uint64_t uid, const struct fct_error *refused, struct fct_error *err)
{
    struct several *s = ctx;
    (void)err;
    buf_addf(&s->t->events, "%c uid %llu%s\n", (char)('a' + i), (unsigned long long)uid,
             !refused ? "" : refused->code == FCT_E_OVER_QUOTA ? " over quota" : " refused");
    return 0;
}

static int append_several(struct imap_test *t, size_t n, size_t large)
{
    struct several s = {.t = t, .large = large};
    const struct fct_appends what = {.size = sizeof(what), .ctx = &s, .n = n, .message = several_message, .read = several_read,
                                     .appended = several_appended};
    int rc = t->source->append_many(t->session, bytes_str("Sent"), &what, &t->err);
    buf_addf(&t->events, "append_many %d\n", rc);
    return rc;
}

static int append_three(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : append_several(t, 3, SIZE_MAX);
}

static void expect_append(struct script_conn *c, int tag, const char *size, char letter)
{
    char line[100];
    snprintf(line, sizeof(line), "A%d APPEND \"Sent\" \"17-Jul-1996 09:44:25 +0000\" {%s}", tag, size);
    script_expect(c, line);
    if (!letter)
        return;
    snprintf(line, sizeof(line), "Subject: %c", letter);
    script_expect(c, line);
    script_expect(c, "");
    script_expect(c, "");
}

/* None of them is answered before all have come; one goes over the quota. */
static void append_three_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS " LITERAL+");
    for (int i = 0; i < 3; i++)
        expect_append(c, 2 + i, "14+", (char)('a' + i));
    script_send(c, "A2 OK [APPENDUID 38505 7] done\r\nA3 NO [OVERQUOTA] full\r\nA4 OK [APPENDUID 38505 8] done\r\n");
    script_goodbye(c);
}

static void several_messages_are_on_their_way_at_once(void **state)
{
    (void)state;
    IMAP_TEST(t, append_three_server);
    assert_int_equal(run(&t, append_three), 0);
    assert_events(&t, "a uid 7\nb uid 0 over quota\nc uid 8\nappend_many 0\n");
    assert_script_done(&t);
}

/* Each is answered before the next is announced. */
static void append_waiting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    for (int i = 0; i < 3; i++) {
        expect_append(c, 2 + i, "14", 0);
        script_send(c, i == 1 ? "A3 NO never\r\n" : "+ go on\r\n");
        if (i == 1)
            continue;
        script_expect(c, i ? "Subject: c" : "Subject: a");
        script_expect(c, "");
        script_expect(c, "");
        script_sendf(c, "A%d OK done\r\n", 2 + i);
    }
    script_goodbye(c);
}

static void a_server_that_wants_to_be_asked_gets_one_after_the_other(void **state)
{
    (void)state;
    IMAP_TEST(t, append_waiting_server);
    assert_int_equal(run(&t, append_three), 0);
    assert_events(&t, "a uid 0\nb uid 0 refused\nc uid 0\nappend_many 0\n");
    assert_script_done(&t);
}

static int append_a_large_one(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : append_several(t, 3, 1);
}

/* The consent is to the large one alone. */
static void append_large_server(struct script_conn *c, void *arg)
{
    static char text[LARGE + 1];
    (void)arg;
    script_login(c, UIDPLUS " LITERAL+");
    expect_append(c, 2, "14+", 'a');
    script_send(c, "A2 OK [APPENDUID 38505 7] done\r\n");
    expect_append(c, 3, "65537", 0);
    script_send(c, "+ go on\r\n");
    script_read(c, text, LARGE);
    script_expect(c, "");
    script_send(c, "A3 OK [APPENDUID 38505 8] done\r\n");
    expect_append(c, 4, "14+", 'c');
    script_send(c, "A4 OK [APPENDUID 38505 9] done\r\n");
    script_goodbye(c);
}

static void a_large_message_goes_alone(void **state)
{
    (void)state;
    IMAP_TEST(t, append_large_server);
    assert_int_equal(run(&t, append_a_large_one), 0);
    assert_events(&t, "a uid 7\nb uid 8\nc uid 9\nappend_many 0\n");
    assert_script_done(&t);
}

static int append_twenty(struct imap_test *t)
{
    return sign_in(t) < 0 || append_several(t, 20, SIZE_MAX) == 0 ? -1 : 0;
}

/* It hangs up with sixteen on their way, two of them answered. */
static void append_cut_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS " LITERAL+");
    for (int i = 0; i < 16; i++)
        expect_append(c, 2 + i, "14+", (char)('a' + i));
    script_send(c, "A2 OK [APPENDUID 38505 7] done\r\nA3 OK [APPENDUID 38505 8] done\r\n");
    script_cut(c);
}

static void of_those_on_their_way_when_it_ends_the_answered_are_told(void **state)
{
    (void)state;
    IMAP_TEST(t, append_cut_server);
    assert_int_equal(run(&t, append_twenty), 0);
    assert_events(&t, "a uid 7\nb uid 8\nappend_many -1\n");
    assert_int_equal(t.err.code, FCT_E_NETWORK);
}

static void append_lied_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_expect_prefix(c, "A2 APPEND \"Sent\"");
    script_send(c, "+ go\r\n");
    script_expect_end(c);
}

static int append_too_much(struct imap_test *t)
{
    return sign_in(t) < 0 ? 0 : append(t, "Sent", "Subject: a\r\n\r\nA3 DELETE INBOX\r\n", 4);
}

static void a_message_longer_than_promised_never_becomes_a_command(void **state)
{
    (void)state;
    IMAP_TEST(t, append_lied_server);
    assert_int_equal(run(&t, append_too_much), -1);
    assert_failed(&t, FCT_E_INTERNAL, FCT_RETRY_NEVER, "another length");
    assert_script_done(&t);
}

/* ---- copy, move, expunge -------------------------------------------------------------------------------- */

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

static int copy(struct imap_test *t, bool move)
{
    const struct fct_uid_range r[] = {{4, 6}, {9, 9}};
    return t->source->copy(t->session, r, 2, bytes_str("Entw&APw-rfe"), move, on_copied, t, &t->err);
}

static void copy_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID COPY 4:6,9 \"Entw&APw-rfe\"");
    script_send(c, "A3 OK [COPYUID 38505 4:6,9 30:31,40:41] done\r\n");
    script_expect(c, "A4 UID MOVE 4:6,9 \"Entw&APw-rfe\"");
    script_send(
        c, "* OK [COPYUID 38505 4,6,9 50:52] moving\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nA4 OK done\r\n");
    script_goodbye(c);
}

static int copy_and_move(struct imap_test *t)
{
    if (open_inbox(t) < 0 || copy(t, false) < 0 || copy(t, true) < 0)
        return -1;
    /* The move changed what is selected: whoever waits next learns it without waiting. */
    return t->source->idle(t->session, 60000, &t->sink, &t->err);
}

static void copies_are_told_pair_by_pair(void **state)
{
    (void)state;
    IMAP_TEST(t, copy_server);
    assert_int_equal(run(&t, copy_and_move), 0);
    assert_events(&t, "38505: 4-5 to 30-31\n38505: 6-6 to 40-40\n38505: 9-9 to 41-41\n"
                      "38505: 4-4 to 50-50\n38505: 6-6 to 51-51\n38505: 9-9 to 52-52\nexists 0\n");
    assert_script_done(&t);
}

static void vanished_move_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS " ENABLE QRESYNC");
    script_expect(c, "A2 ENABLE QRESYNC");
    script_send(c, "* ENABLED QRESYNC\r\nA2 OK\r\n");
    script_select(c, "A3 SELECT \"INBOX\"", "* OK [HIGHESTMODSEQ 5] x\r\n");
    script_expect(c, "A4 UID MOVE 4:6,9 \"Entw&APw-rfe\"");
    script_send(c, "* OK [COPYUID 38505 4,9 50:51] moving\r\n* VANISHED 4,9\r\nA4 OK [HIGHESTMODSEQ 7] done\r\n");
    script_goodbye(c);
}

static int move_and_idle(struct imap_test *t)
{
    if (open_inbox(t) < 0 || copy(t, true) < 0)
        return -1;
    return t->source->idle(t->session, 60000, &t->sink, &t->err);
}

static void what_vanishes_with_a_move_is_counted(void **state)
{
    (void)state;
    IMAP_TEST(t, vanished_move_server);
    assert_int_equal(run(&t, move_and_idle), 0);
    assert_events(&t, "38505: 4-4 to 50-50\n38505: 9-9 to 51-51\nexists 1\n");
    assert_script_done(&t);
}

static void flags_beside_a_copy_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID COPY 4:6,9 \"Entw&APw-rfe\"");
    script_send(c, "* 3 FETCH (UID 9 FLAGS (\\Seen))\r\nA3 OK done\r\n"); /* another program's doing */
    script_expect(c, "A4 FETCH 3:3 (UID FLAGS)");
    script_send(c, "* 3 FETCH (UID 9 FLAGS (\\Seen))\r\nA4 OK\r\n");
    script_goodbye(c);
}

static int copy_and_idle(struct imap_test *t)
{
    if (open_inbox(t) < 0 || copy(t, false) < 0)
        return -1;
    return t->source->idle(t->session, 60000, &t->sink, &t->err);
}

static void flags_that_are_told_while_nobody_listens_are_asked_for_again(void **state)
{
    (void)state;
    IMAP_TEST(t, flags_beside_a_copy_server);
    assert_int_equal(run(&t, copy_and_idle), 0);
    assert_events(&t, "flags 9 seen\n");
    assert_script_done(&t);
}

static const char *copyuid;
static void copyuid_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID COPY 4:6,9 \"Entw&APw-rfe\"");
    script_sendf(c, "A3 OK [COPYUID %s] done\r\n", copyuid);
    script_goodbye(c);
}

static int open_and_copy(struct imap_test *t)
{
    return open_inbox(t) < 0 ? -1 : copy(t, false);
}

/* Which message became which would be a guess, and a wrong one gives a message another one's identity. */
static void a_copyuid_that_cannot_be_right_is_ignored(void **state)
{
    static const char *const wrong[] = {
        "",
        "38505",
        "38505 4:6",
        "38505 4:6,9 30:32",    /* one is missing */
        "38505 9,4:6 30:33",    /* in no order */
        "38505 4:6,9 33,30:32", /* neither */
        "38505 4,4,5,6 30:33",  /* twice */
        "38505 4:* 30:*",       /* RFC 4315 section 3: no * */
        "38505 4:10 30:36",     /* more than was asked for */
        "38505 1:4294967295 1:4294967295",
        "0 4:6,9 30:33", /* RFC 9051: UIDVALIDITY is nonzero */
        "-1 4:6,9 30:33",
        "38505 4:6,x 30:33",
        "38505 4:6,9 (30:33)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        IMAP_TEST(t, copyuid_server);
        copyuid = wrong[i];
        assert_int_equal(run(&t, open_and_copy), 0);
        if (t.events.n > 0)
            fail_msg("COPYUID %s: %s", wrong[i], buf_str(&t.events));
        assert_script_done(&t);
    }
}

#define MANY 20000 /* of which no two can be one range: some 40 commands */

static struct fct_uid_range *many(void)
{
    static struct fct_uid_range r[MANY];
    for (size_t i = 0; i < MANY; i++)
        r[i].first = r[i].last = 1000000 + 2 * i;
    return r;
}

/* Reads commands that begin with `what` until 16 are unanswered, then answers them, and so on to the end. Refuses the
 * `refused`-th, answers everything else. */
static void take_pipelined(struct script_conn *c, const char *what, unsigned refused)
{
    unsigned tag = 3, answered = 3, most = 0, n = 0;
    char expected[40];
    for (;;) {
        const char *line = script_read_line(c);
        snprintf(expected, sizeof(expected), "A%u %s ", tag, what);
        if (strncmp(line, expected, strlen(expected)) != 0) {
            script_fail(c, "got %.60s, expected %s", line, expected);
            return;
        }
        if (strlen(line) > 8000)
            script_fail(c, "a command of %zu octets", strlen(line));
        tag++, n++;
        most = tag - answered > most ? tag - answered : most;
        bool last = strstr(line, "1039998") || (refused && n >= refused && tag - answered == 16);
        if (tag - answered < 16 && !last)
            continue;
        for (; answered < tag; answered++)
            script_sendf(c, "A%u %s\r\n", answered, answered - 2 == refused ? "NO you may not" : "OK");
        if (last)
            break;
    }
    if (most != 16 || n < 20)
        script_fail(c, "%u commands in flight, %u in all", most, n);
}

static void many_copies_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    take_pipelined(c, "UID COPY", 0);
    script_goodbye(c);
}

static int copy_many(struct imap_test *t)
{
    if (open_inbox(t) < 0)
        return -1;
    return t->source->copy(t->session, many(), MANY, bytes_str("Archive"), false, NULL, NULL, &t->err);
}

static void thousands_of_copies_are_pipelined(void **state)
{
    (void)state;
    IMAP_TEST(t, many_copies_server);
    assert_int_equal(run(&t, copy_many), 0);
    assert_script_done(&t);
}

static void many_stores_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    take_pipelined(c, "UID STORE", 0);
    script_goodbye(c);
}

static int store_many(struct imap_test *t)
{
    const struct fct_flags seen = {FCT_FLAG_SEEN, {0}}, none = {0};
    if (open_inbox(t) < 0)
        return -1;
    return t->source->store_flags(t->session, many(), MANY, &seen, &none, &t->sink, &t->err);
}

static void thousands_of_flags_are_pipelined(void **state)
{
    (void)state;
    IMAP_TEST(t, many_stores_server);
    assert_int_equal(run(&t, store_many), 0);
    assert_script_done(&t);
}

static void refused_copies_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    take_pipelined(c, "UID COPY", 21);
    unsigned tag, more = 0; /* what went out before the refusal was seen */
    for (const char *line; sscanf(line = script_read_line(c), "A%u UID COPY", &tag) == 1; more++)
        script_sendf(c, "A%u OK\r\n", tag);
    if (more > 4)
        script_fail(c, "%u commands after a refusal", more);
    script_send(c, "* BYE\r\nZ OK\r\n");
    script_expect_end(c);
}

static int copy_many_in_vain(struct imap_test *t)
{
    return copy_many(t) == 0 ? -1 : 0;
}

static void after_a_refusal_no_more_commands_are_sent(void **state)
{
    (void)state;
    IMAP_TEST(t, refused_copies_server);
    assert_int_equal(run(&t, copy_many_in_vain), 0);
    assert_failed(&t, FCT_E_SERVER, FCT_RETRY_NEVER, "refuses UID COPY");
    assert_string_equal(t.err.server, "you may not");
    assert_script_done(&t);
}

static void many_moves_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect_prefix(c, "A3 UID MOVE 1000000,1000002,"); /* whether it does it at all is seen with the first */
    script_send(c, "* OK [COPYUID 5 1000000 1] x\r\n* 1 EXPUNGE\r\nA3 OK\r\n");
    for (int tag = 4; tag < 20; tag++) {
        char expected[20];
        snprintf(expected, sizeof(expected), "A%d UID MOVE ", tag);
        script_expect_prefix(c, expected);
    }
    script_send(c, "* OK [COPYUID 5 1009998 2] x\r\nA4 NO [OVERQUOTA] full\r\n");
    for (int tag = 5; tag < 20; tag++)
        script_sendf(c, "A%d OK [COPYUID 5 1010000 %d] done\r\n", tag, tag);
    script_goodbye(c);
}

static int move_many_in_vain(struct imap_test *t)
{
    if (open_inbox(t) < 0 ||
        t->source->copy(t->session, many(), MANY, bytes_str("Archive"), true, on_copied, t, &t->err) == 0)
        return -1;
    return 0;
}

/* Whoever asked must know where each is, however it ends. */
static void what_was_moved_is_told_although_some_was_not(void **state)
{
    (void)state;
    IMAP_TEST(t, many_moves_server);
    assert_int_equal(run(&t, move_many_in_vain), 0);
    assert_failed(&t, FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, "full");
    assert_non_null(strstr(buf_str(&t.events),
                           "5: 1000000-1000000 to 1-1\n5: 1009998-1009998 to 2-2\n5: 1010000-1010000 to 5-5\n"));
    assert_non_null(strstr(buf_str(&t.events), "5: 1010000-1010000 to 19-19\n"));
    assert_script_done(&t);
}

static void copy_missing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID COPY 4:6,9 \"Entw&APw-rfe\"");
    script_send(c, "A3 NO [TRYCREATE] no such mailbox\r\n");
    script_expect(c, "A4 UID COPY 4:6,9 \"Entw&APw-rfe\"");
    script_send(c, "A4 OK [COPYUID nonsense] done\r\n");
    script_goodbye(c);
}

static int copy_missing(struct imap_test *t)
{
    struct fct_error moved = {0};
    const struct fct_uid_range r = {1, 1};
    if (open_inbox(t) < 0 || copy(t, false) == 0)
        return -1;
    if (t->source->copy(t->session, &r, 1, bytes_str("x"), true, NULL, NULL, &moved) == 0 ||
        moved.code != FCT_E_UNSUPPORTED)
        return -1;
    struct fct_error first = t->err;
    int rc = copy(t, false);
    t->err = first;
    return rc;
}

static void what_the_server_cannot_do_is_not_tried(void **state)
{
    (void)state;
    IMAP_TEST(t, copy_missing_server);
    assert_int_equal(run(&t, copy_missing), 0);
    assert_failed(&t, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "does not exist");
    assert_events(&t, "");
    assert_script_done(&t);
}

static void expunge_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UID EXPUNGE 4,9"); /* nobody else's \Deleted is touched */
    script_expect(c, "A5 UID FETCH 4,9 (UID)"); /* in the same round trip */
    script_send(c, "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\nA4 OK\r\nA5 OK\r\n");
    script_goodbye(c);
}

static int expunge(struct imap_test *t)
{
    const struct fct_uid_range r[] = {{4, 4}, {9, 9}};
    return open_inbox(t) < 0 ? -1 : t->source->expunge(t->session, r, 2, &t->err);
}

static void only_the_given_messages_are_expunged(void **state)
{
    (void)state;
    IMAP_TEST(t, expunge_server);
    assert_int_equal(run(&t, expunge), 0);
    assert_script_done(&t);
}

static void mark_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A3 OK\r\n");
    script_goodbye(c);
}

static void without_uidplus_messages_are_only_marked(void **state)
{
    (void)state;
    IMAP_TEST(t, mark_server);
    assert_int_equal(run(&t, expunge), 0);
    assert_script_done(&t);
}

static void mark_refusing_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_select(c, "A2 SELECT \"INBOX\"", "");
    script_expect(c, "A3 UID STORE 4,9 +FLAGS.SILENT (\\Deleted)");
    script_send(c, "A3 NO [NOPERM] not yours\r\n");
    script_expect(c, "A4 UID STORE 4,9 -FLAGS.SILENT (\\Deleted)"); /* one of them may have been marked */
    script_send(c, "A4 NO [NOPERM] not yours\r\n");
    script_goodbye(c);
}

static int expunge_refused(struct imap_test *t)
{
    return expunge(t) < 0 ? 0 : -1;
}

static void a_server_may_refuse_the_mark(void **state)
{
    (void)state;
    IMAP_TEST(t, mark_refusing_server);
    assert_int_equal(run(&t, expunge_refused), 0);
    assert_string_equal(t.err.server, "not yours");
    assert_script_done(&t);
}

/* ---- mailboxes ------------------------------------------------------------------------------------------ */

static void mailboxes_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " CREATE-SPECIAL-USE");
    script_expect(c, "A2 CREATE \"Entw&APw-rfe\" (USE (\\Drafts))");
    script_send(c, "A2 OK\r\n");
    script_expect(c, "A3 SUBSCRIBE \"Entw&APw-rfe\"");
    script_send(c, "A3 NO not allowed\r\n");
    script_expect(c, "A4 RENAME \"Entw&APw-rfe\" \"A &- B\"");
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 UNSUBSCRIBE \"A &- B\"");
    script_send(c, "A5 OK\r\n");
    script_expect(c, "A6 DELETE \"A &- B\"");
    script_send(c, "A6 NO [HASCHILDREN] there is more inside\r\n");
    script_expect(c, "A7 CREATE \"A\"");
    script_send(c, "A7 NO [ALREADYEXISTS] it is there\r\n");
    script_expect(c, "A8 CREATE \"B\" (USE (\\Sent))");
    script_send(c, "A8 NO [USEATTR] another is that\r\n");
    script_expect(c, "A9 CREATE \"B\"");
    script_send(c, "A9 OK\r\n");
    script_expect(c, "A10 SUBSCRIBE \"B\"");
    script_send(c, "A10 OK\r\n");
    script_goodbye(c);
}

static int change_mailboxes(struct imap_test *t)
{
    const struct fct_source *s = t->source;
    struct fct_error err = {0};
    if (sign_in(t) < 0 ||
        s->mailbox_create(t->session, bytes_str("Entw\xc3\xbcrfe"), '/', FCT_ROLE_DRAFTS, &t->err) < 0 ||
        s->mailbox_rename(t->session, bytes_str("Entw&APw-rfe"), bytes_str("A & B"), &t->err) < 0 ||
        s->mailbox_subscribe(t->session, bytes_str("A &- B"), false, &t->err) < 0)
        return -1;
    if (s->mailbox_delete(t->session, bytes_str("A &- B"), &err) == 0 || err.code != FCT_E_MAILBOX_HAS_CHILD)
        return -1;
    if (s->mailbox_create(t->session, bytes_str("A"), '/', 0, &err) == 0 || err.code != FCT_E_EXISTS)
        return -1;
    if (s->mailbox_create(t->session, bytes_str("B"), '/', FCT_ROLE_SENT, &t->err) < 0)
        return -1;
    char wire_name[16];
    size_t n = 0;
    if (s->mailbox_wire_name(t->session, bytes_str("Entw\xc3\xbcrfe"), wire_name, sizeof(wire_name), &n, &t->err) < 0 ||
        !bytes_equal_str(bytes_of(wire_name, n), "Entw&APw-rfe") ||
        s->mailbox_wire_name(t->session, bytes_str("Entw\xc3\xbcrfe"), wire_name, n - 1, &n, &err) == 0 ||
        err.code != FCT_E_LIMIT)
        return -1;
    const char *bad[] = {"", "a\r\nA9 LOGOUT", "\xff"};
    for (size_t i = 0; i < 3; i++)
        if (s->mailbox_create(t->session, bytes_str(bad[i]), '/', 0, &err) == 0 || err.code != FCT_E_INVALID ||
            s->mailbox_rename(t->session, bytes_str("A"), bytes_str(bad[i]), &err) == 0 || err.code != FCT_E_INVALID)
            return -1;
    return s->mailbox_delete(t->session, bytes_str(bad[1]), &err) == 0 ? -1 : 0;
}

static void mailboxes_are_created_renamed_and_deleted(void **state)
{
    (void)state;
    IMAP_TEST(t, mailboxes_server);
    assert_int_equal(run(&t, change_mailboxes), 0);
    assert_script_done(&t);
}

static int delete_under_oneself(struct imap_test *t)
{
    const struct fct_uid_range four = {4, 4};
    const struct fct_source *s = t->source;
    if (sign_in(t) < 0 || select_known(t, "Old", 0, 0) < 0 ||
        s->mailbox_delete(t->session, bytes_str("Other"), &t->err) < 0 ||
        s->mailbox_delete(t->session, bytes_str("Old"), &t->err) < 0)
        return -1;
    return s->expunge(t->session, &four, 1, &t->err) == 0 ? -1 : 0;
}

static void unselecting_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS " UNSELECT");
    script_select(c, "A2 SELECT \"Old\"", "");
    script_expect(c, "A3 DELETE \"Other\"");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 UNSELECT"); /* never CLOSE, which expunges */
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 DELETE \"Old\"");
    script_send(c, "A5 OK\r\n");
    script_goodbye(c);
}

static void a_mailbox_is_given_up_before_it_is_deleted(void **state)
{
    (void)state;
    IMAP_TEST(t, unselecting_server);
    assert_int_equal(run(&t, delete_under_oneself), 0);
    assert_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected");
    assert_script_done(&t);
}

static void use_refused_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " CREATE-SPECIAL-USE");
    script_expect(c, "A2 CREATE \"Entw&APw-rfe\" (USE (\\Drafts))");
    script_send(c, "A2 NO [USEATTR] there is one already\r\n");
    script_expect(c, "A3 CREATE \"Entw&APw-rfe\"");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 SUBSCRIBE \"Entw&APw-rfe\"");
    script_send(c, "A4 OK\r\n");
    script_expect(c, "A5 CREATE \"Entw&APw-rfe\" (USE (\\Drafts))");
    script_send(c, "A5 NO [OVERQUOTA] too many\r\n");
    script_goodbye(c);
}

static int create_drafts(struct imap_test *t)
{
    return t->source->mailbox_create(t->session, bytes_str("Entw\xc3\xbcrfe"), '/', FCT_ROLE_DRAFTS, &t->err);
}

static int create_drafts_twice(struct imap_test *t)
{
    return sign_in(t) < 0 || create_drafts(t) < 0 || create_drafts(t) == 0 ? -1 : 0;
}

static void a_mailbox_whose_use_is_refused_is_made_without(void **state)
{
    (void)state;
    IMAP_TEST(t, use_refused_server);
    assert_int_equal(run(&t, create_drafts_twice), 0);
    assert_failed(&t, FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, "full");
    assert_script_done(&t);
}

static void selected_deleted_server(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, UIDPLUS);
    script_select(c, "A2 SELECT \"Old\"", "");
    script_expect(c, "A3 DELETE \"Other\"");
    script_send(c, "A3 OK\r\n");
    script_expect(c, "A4 DELETE \"Old\"");
    script_send(c, "A4 OK\r\n");
    script_goodbye(c);
}

static void a_mailbox_that_is_deleted_is_not_selected_any_more(void **state)
{
    (void)state;
    IMAP_TEST(t, selected_deleted_server);
    assert_int_equal(run(&t, delete_under_oneself), 0);
    assert_failed(&t, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_appended_with_flags_and_date),
        cmocka_unit_test(a_refused_append_sends_nothing),
        cmocka_unit_test(a_server_without_uidplus_tells_no_uid),
        cmocka_unit_test(several_messages_are_on_their_way_at_once),
        cmocka_unit_test(a_server_that_wants_to_be_asked_gets_one_after_the_other),
        cmocka_unit_test(a_large_message_goes_alone),
        cmocka_unit_test(of_those_on_their_way_when_it_ends_the_answered_are_told),
        cmocka_unit_test(a_message_longer_than_promised_never_becomes_a_command),
        cmocka_unit_test(copies_are_told_pair_by_pair),
        cmocka_unit_test(what_vanishes_with_a_move_is_counted),
        cmocka_unit_test(flags_that_are_told_while_nobody_listens_are_asked_for_again),
        cmocka_unit_test(a_copyuid_that_cannot_be_right_is_ignored),
        cmocka_unit_test(thousands_of_copies_are_pipelined),
        cmocka_unit_test(thousands_of_flags_are_pipelined),
        cmocka_unit_test(after_a_refusal_no_more_commands_are_sent),
        cmocka_unit_test(what_was_moved_is_told_although_some_was_not),
        cmocka_unit_test(what_the_server_cannot_do_is_not_tried),
        cmocka_unit_test(only_the_given_messages_are_expunged),
        cmocka_unit_test(without_uidplus_messages_are_only_marked),
        cmocka_unit_test(a_server_may_refuse_the_mark),
        cmocka_unit_test(mailboxes_are_created_renamed_and_deleted),
        cmocka_unit_test(a_mailbox_that_is_deleted_is_not_selected_any_more),
        cmocka_unit_test(a_mailbox_is_given_up_before_it_is_deleted),
        cmocka_unit_test(a_mailbox_whose_use_is_refused_is_made_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
