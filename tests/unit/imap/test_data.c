/* What the data of responses says. */
#include "data.h"
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct text_feed feed;
    struct imap_parser p;
    struct imap_response r;
    struct fct_error err;
    struct imap_fetch fetch;
    struct imap_list_item item;
    struct imap_status status;
    struct imap_permanent permanent;
    char body[256];
    uint64_t octets;
    int bodies;
    bool header_only; /* what was asked for */
};

static void start(struct fixture *f, const char *text)
{
    memset(f, 0, sizeof(*f));
    text_feed_start(&f->feed, &f->p, text);
    f->feed.piece = 3;
    assert_int_equal(imap_read_response(&f->p, &f->r, &f->err), 0);
}

static void done(struct fixture *f)
{
    imap_parser_done(&f->p);
    text_feed_done(&f->feed);
    imap_fetch_done(&f->fetch);
    wire_buffer_done(&f->item.name);
    imap_status_done(&f->status);
    wire_buffer_done(&f->permanent.flags.keywords);
}
#define FIXTURE(f, text)                             \
    __attribute__((cleanup(done))) struct fixture f; \
    start(&f, text)

static const char *str(const struct wire_buffer *b)
{
    return wire_buffer_str(b);
}

static int body_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct fixture *f = ctx;
    (void)err;
    f->octets = octets;
    f->bodies++;
    return 0;
}

static int body_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct fixture *f = ctx;
    (void)err;
    strncat(f->body, part.p, part.n);
    return 0;
}

static int parse_fetch(struct fixture *f)
{
    const struct imap_body_sink sink = {f, body_begin, body_data, f->header_only};
    return imap_parse_fetch(&f->p, &sink, &f->fetch, &f->err);
}

/* ---- flags ---------------------------------------------------------------------------------------------- */

static void flags_become_bits_and_keywords(void **state)
{
    (void)state;
    FIXTURE(
        f, "* 1 FETCH (FLAGS (\\seen \\Recent $forwarded NonJunk Work work \\XSystem \"q\" a%b $MDNSent Ünicode))\r\n");
    assert_int_equal(parse_fetch(&f), 0);
    assert_int_equal(f.fetch.has, IMAP_HAS_FLAGS);
    assert_int_equal(f.fetch.flags.bits, FCT_FLAG_SEEN | FCT_FLAG_FORWARDED | FCT_FLAG_NOTJUNK | FCT_FLAG_MDNSENT);
    assert_string_equal(str(&f.fetch.flags.keywords), "work");
}

static void every_flag_that_we_know_has_its_bit(void **state)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {
        {"\\Seen", FCT_FLAG_SEEN},     {"\\Answered", FCT_FLAG_ANSWERED}, {"\\Flagged", FCT_FLAG_FLAGGED},
        {"\\Draft", FCT_FLAG_DRAFT},   {"\\Deleted", FCT_FLAG_DELETED},   {"$Forwarded", FCT_FLAG_FORWARDED},
        {"$Junk", FCT_FLAG_JUNK},      {"Junk", FCT_FLAG_JUNK},           {"$NotJunk", FCT_FLAG_NOTJUNK},
        {"NonJunk", FCT_FLAG_NOTJUNK}, {"$Phishing", FCT_FLAG_PHISHING},  {"$MDNSent", FCT_FLAG_MDNSENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct imap_flags flags = {0};
        imap_flags_add(&flags, (struct fct_bytes){known[i].name, strlen(known[i].name)});
        assert_int_equal(flags.bits, known[i].bit);
        assert_int_equal(flags.keywords.n, 0);
    }
}

static void keywords_of_one_message_are_bounded(void **state)
{
    (void)state;
    struct imap_flags flags = {0};
    for (int i = 0; i < 5000; i++) {
        char name[20];
        snprintf(name, sizeof(name), "keyword%d", i);
        imap_flags_add(&flags, (struct fct_bytes){name, strlen(name)});
    }
    assert_true(flags.keywords.n <= IMAP_KEYWORDS_BYTES_MAX);
    assert_memory_equal(flags.keywords.p, "keyword0 keyword1 ", 18);
    wire_buffer_done(&flags.keywords);
}

static void flags_of_one_message_are_looked_at_up_to_a_bound(void **state)
{
    (void)state;
    struct imap_flags flags = {0};
    for (unsigned i = 0; i < IMAP_FLAGS_MAX; i++)
        imap_flags_add(&flags, (struct fct_bytes){"same", 4});
    imap_flags_add(&flags, (struct fct_bytes){"late", 4});
    imap_flags_add(&flags, (struct fct_bytes){"\\Seen", 5});
    assert_string_equal(str(&flags.keywords), "same");
    assert_int_equal(flags.bits, 0);
    imap_flags_clear(&flags);
    imap_flags_add(&flags, (struct fct_bytes){"late", 4});
    assert_string_equal(str(&flags.keywords), "late");
    wire_buffer_done(&flags.keywords);
}

static void permanent_flags_say_what_a_mailbox_takes(void **state)
{
    (void)state;
    FIXTURE(f, "* FLAGS (\\Seen \\Deleted Junk work \\*)\r\n");
    assert_int_equal(imap_parse_permanent(&f.p, &f.permanent, &f.err), 0);
    assert_true(f.permanent.any);
    assert_true(f.permanent.junk_without_dollar);
    assert_false(f.permanent.nonjunk);
    assert_int_equal(f.permanent.flags.bits, FCT_FLAG_SEEN | FCT_FLAG_DELETED | FCT_FLAG_JUNK);
    assert_string_equal(str(&f.permanent.flags.keywords), "work");
}

/* ---- FETCH ---------------------------------------------------------------------------------------------- */

static void attributes_come_in_any_order_also_after_the_body(void **state)
{
    (void)state;
    FIXTURE(
        f,
        "* 7 FETCH (BODY[] {11}\r\nSubject: x\n FLAGS (\\Seen) UID 42 ENVELOPE (NIL (a (b))) MODSEQ (9007199254740993) "
        "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 999 EMAILID (M6d99ac3275bb4e) X-NEW {2}\r\nab)\r\n");
    assert_int_equal(parse_fetch(&f), 0);
    assert_string_equal(f.body, "Subject: x\n");
    assert_int_equal(f.octets, 11);
    assert_int_equal(f.fetch.uid, 42);
    assert_int_equal(f.fetch.flags.bits, FCT_FLAG_SEEN);
    assert_true(f.fetch.modseq == 9007199254740993u);
    assert_int_equal(f.fetch.date, 837596665);
    assert_int_equal(f.fetch.size, 11); /* what came, not what was promised */
    assert_string_equal(str(&f.fetch.email_id), "M6d99ac3275bb4e");
    assert_int_equal(f.fetch.has, IMAP_HAS_UID | IMAP_HAS_FLAGS | IMAP_HAS_DATE | IMAP_HAS_SIZE | IMAP_HAS_MODSEQ |
                                      IMAP_HAS_EMAIL_ID | IMAP_HAS_BODY);
}

static void a_header_that_was_asked_for_is_no_size(void **state)
{
    (void)state;
    FIXTURE(f, "* 1 FETCH (UID 3 BODY[HEADER] {14}\r\nSubject: x\r\n\r\n RFC822.SIZE 5000 FLAGS ())\r\n");
    f.header_only = true;
    assert_int_equal(parse_fetch(&f), 0);
    assert_int_equal(f.octets, 14);
    assert_int_equal(f.fetch.size, 5000);
    assert_string_equal(f.body, "Subject: x\r\n\r\n");
    assert_int_equal(f.fetch.has, IMAP_HAS_UID | IMAP_HAS_BODY | IMAP_HAS_SIZE | IMAP_HAS_FLAGS);
}

static void a_body_may_be_nil_quoted_or_empty(void **state)
{
    (void)state;
    FIXTURE(nil, "* 7 FETCH (UID 1 BODY[] NIL)\r\n");
    assert_int_equal(parse_fetch(&nil), 0);
    assert_int_equal(nil.bodies, 0);
    assert_int_equal(nil.fetch.has, IMAP_HAS_UID);
    FIXTURE(quoted, "* 7 FETCH (UID 1 BODY[] \"a \\\"b\\\"\")\r\n");
    assert_int_equal(parse_fetch(&quoted), 0);
    assert_string_equal(quoted.body, "a \"b\"");
    assert_int_equal(quoted.octets, 5);
    FIXTURE(empty, "* 7 FETCH (UID 1 BODY[] {0}\r\n)\r\n");
    assert_int_equal(parse_fetch(&empty), 0);
    assert_int_equal(empty.bodies, 1);
    assert_int_equal(empty.octets, 0);
}

static void a_second_body_in_one_response_is_dropped(void **state)
{
    (void)state;
    FIXTURE(f, "* 7 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb BODY[TEXT] {1}\r\nc UID 5)\r\n");
    assert_int_equal(parse_fetch(&f), 0);
    assert_string_equal(f.body, "a");
    assert_int_equal(f.bodies, 1);
    assert_int_equal(f.fetch.uid, 5);
}

static void gmail_and_missing_ids_are_understood(void **state)
{
    (void)state;
    FIXTURE(f, "* 7 FETCH (X-GM-MSGID 1278455344230334865 UID 1)\r\n");
    assert_int_equal(parse_fetch(&f), 0);
    assert_string_equal(str(&f.fetch.email_id), "1278455344230334865");
    FIXTURE(none, "* 7 FETCH (EMAILID NIL UID 0)\r\n");
    assert_int_equal(parse_fetch(&none), 0);
    assert_int_equal(none.fetch.has, 0);
}

static void broken_fetches_fail(void **state)
{
    static const char *const bad[] = {
        "* 7 FETCH\r\n",
        "* 7 FETCH UID 1\r\n",
        "* 7 FETCH (UID)\r\n",
        "* 7 FETCH (UID x)\r\n",
        "* 7 FETCH (UID 4294967296)\r\n",
        "* 7 FETCH (UID 1\r\n",
        "* 7 FETCH (\"UID\" 1)\r\n",
        "* 7 FETCH (FLAGS \\Seen)\r\n",
        "* 7 FETCH (MODSEQ (1 2))\r\n",
        "* 7 FETCH (MODSEQ (18446744073709551616))\r\n",
        "* 7 FETCH (BODY[] {5}\r\nabc",
        "* 7 FETCH (BODY[])\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FIXTURE(f, bad[i]);
        assert_int_equal(parse_fetch(&f), -1);
        assert_true(f.err.code == FCT_E_PROTOCOL || f.err.code == FCT_E_NETWORK);
    }
}

static void dates_are_seconds_since_1970(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } dates[] = {
        {"01-Jan-1970 00:00:00 +0000", 0},
        {" 1-Jan-1970 00:00:00 +0000", 0},
        {"1-Jan-1970 01:00:00 +0100", 0},
        {"29-Feb-2024 23:59:60 -1200", 1709294400},
        {"31-DEC-2049 23:59:59 +0000", 2524607999},
        {"31-Dec-1969 23:59:59 +0000", -1},
        {"01-Mar-1900 00:00:00 +0000", -2203891200},
    };
    static const char *const bad[] = {"",
                                      "01-Jan-1970",
                                      "01-Foo-1970 00:00:00 +0000",
                                      "32-Jan-1970 00:00:00 +0000",
                                      "01-Jan-1970 24:00:00 +0000",
                                      "01/Jan/1970 00:00:00 +0000",
                                      "01-Jan-1970 00:00:00 00000",
                                      "01-Jan-197x 00:00:00 +0000"};
    int64_t t;
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        assert_true(imap_parse_date((struct fct_bytes){dates[i].text, strlen(dates[i].text)}, &t));
        assert_int_equal(t, dates[i].seconds);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(imap_parse_date((struct fct_bytes){bad[i], strlen(bad[i])}, &t));
}

/* ---- mailboxes ------------------------------------------------------------------------------------------ */

static void list_gives_attributes_role_delimiter_and_name(void **state)
{
    (void)state;
    FIXTURE(f,
            "* LIST (\\HasChildren \\Sent \\Subscribed \\Marked) \".\" \"Sent \\\"Mail\\\"\" (\"CHILDINFO\" "
            "(\"SUBSCRIBED\"))\r\n"
            "* LIST (\\NonExistent) NIL {5}\r\na\"b\\c\r\n* LIST () \"/\" iNBOX\r\n* LIST (\\Noselect) \"\\\\\" x\r\n");
    assert_int_equal(imap_parse_list(&f.p, &f.item, &f.err), 0);
    assert_int_equal(f.item.attrs, FCT_MB_HAS_CHILDREN | FCT_MB_SUBSCRIBED);
    assert_int_equal(f.item.role, FCT_ROLE_SENT);
    assert_int_equal(f.item.delimiter, '.');
    assert_string_equal(str(&f.item.name), "Sent \"Mail\"");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_list(&f.p, &f.item, &f.err), 0);
    assert_true(f.item.nonexistent);
    assert_int_equal(f.item.attrs, FCT_MB_NOSELECT);
    assert_int_equal(f.item.delimiter, 0);
    assert_string_equal(str(&f.item.name), "a\"b\\c");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_list(&f.p, &f.item, &f.err), 0);
    assert_int_equal(f.item.role, FCT_ROLE_INBOX);
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_list(&f.p, &f.item, &f.err), 0);
    assert_int_equal(f.item.delimiter, '\\');
}

static void a_mailbox_may_be_called_nil(void **state)
{
    (void)state;
    FIXTURE(f, "* LIST () NIL NIL\r\n* STATUS NIL (MESSAGES 3)\r\n");
    assert_int_equal(imap_parse_list(&f.p, &f.item, &f.err), 0);
    assert_int_equal(f.item.delimiter, 0);
    assert_string_equal(str(&f.item.name), "NIL");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_status(&f.p, &f.status, &f.err), 0);
    assert_string_equal(str(&f.status.name), "NIL");
}

static void status_gives_what_the_server_knows(void **state)
{
    (void)state;
    FIXTURE(f, "* STATUS {5}\r\na b)c (MESSAGES 3 UIDNEXT 4294967296 UIDVALIDITY 7 UNSEEN 1 HIGHESTMODSEQ 12 MAILBOXID "
               "(F22) X 5)\r\n"
               "* STATUS x ()\r\n");
    assert_int_equal(imap_parse_status(&f.p, &f.status, &f.err), 0);
    assert_string_equal(str(&f.status.name), "a b)c");
    assert_int_equal(f.status.values.messages, 3);
    assert_true(f.status.values.uidnext == 4294967296u);
    assert_int_equal(f.status.values.uidvalidity, 7);
    assert_int_equal(f.status.values.unseen, 1);
    assert_int_equal(f.status.values.modseq, 12);
    assert_string_equal(str(&f.status.mailbox_id), "F22");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_status(&f.p, &f.status, &f.err), 0);
    assert_int_equal(f.status.values.messages, -1);
    assert_int_equal(f.status.values.unseen, -1);
    assert_int_equal(f.status.mailbox_id.n, 0);
}

static void note_prefix(void *ctx, int kind, struct fct_bytes prefix)
{
    char *out = ctx;
    sprintf(out + strlen(out), "%d:%.*s ", kind, (int)prefix.n, prefix.n ? prefix.p : "");
}

static void namespaces_of_all_three_kinds_are_read(void **state)
{
    char prefixes[200] = "";
    (void)state;
    FIXTURE(f, "* NAMESPACE ((\"\" \"/\" \"X-PARAM\" (\"a\" \"b\"))(\"#mh/\" NIL)) ((\"~\" \"/\")) NIL\r\n");
    assert_int_equal(imap_parse_namespace(&f.p, note_prefix, prefixes, &f.err), 0);
    assert_string_equal(prefixes, "0: 0:#mh/ 1:~ ");
}

/* ---- others --------------------------------------------------------------------------------------------- */

static void vanished_gives_its_set(void **state)
{
    bool earlier;
    struct fct_bytes set;
    (void)state;
    FIXTURE(f, "* VANISHED (EARLIER) 41,43:116\r\n* VANISHED 405\r\n* VANISHED\r\n");
    assert_int_equal(imap_parse_vanished(&f.p, &earlier, &set, &f.err), 0);
    assert_true(earlier);
    assert_true(wire_equal(set, "41,43:116"));
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_vanished(&f.p, &earlier, &set, &f.err), 0);
    assert_false(earlier);
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_vanished(&f.p, &earlier, &set, &f.err), -1);
}

static void an_id_is_name_and_version(void **state)
{
    struct wire_buffer name = {0};
    (void)state;
    FIXTURE(f, "* ID (\"name\" \"Cyrus\" \"os\" NIL \"version\" \"1.5\" \"support-url\" \"x\")\r\n* ID NIL\r\n");
    assert_int_equal(imap_parse_id(&f.p, &name, &f.err), 0);
    assert_string_equal(str(&name), "Cyrus 1.5");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_parse_id(&f.p, &name, &f.err), 0);
    assert_string_equal(str(&name), "Cyrus 1.5");
    wire_buffer_done(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_become_bits_and_keywords),
        cmocka_unit_test(every_flag_that_we_know_has_its_bit),
        cmocka_unit_test(keywords_of_one_message_are_bounded),
        cmocka_unit_test(flags_of_one_message_are_looked_at_up_to_a_bound),
        cmocka_unit_test(permanent_flags_say_what_a_mailbox_takes),
        cmocka_unit_test(attributes_come_in_any_order_also_after_the_body),
        cmocka_unit_test(a_header_that_was_asked_for_is_no_size),
        cmocka_unit_test(a_body_may_be_nil_quoted_or_empty),
        cmocka_unit_test(a_second_body_in_one_response_is_dropped),
        cmocka_unit_test(gmail_and_missing_ids_are_understood),
        cmocka_unit_test(broken_fetches_fail),
        cmocka_unit_test(dates_are_seconds_since_1970),
        cmocka_unit_test(list_gives_attributes_role_delimiter_and_name),
        cmocka_unit_test(a_mailbox_may_be_called_nil),
        cmocka_unit_test(status_gives_what_the_server_knows),
        cmocka_unit_test(namespaces_of_all_three_kinds_are_read),
        cmocka_unit_test(vanished_gives_its_set),
        cmocka_unit_test(an_id_is_name_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
