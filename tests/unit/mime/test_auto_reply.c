/* Who is answered by a program, and who is not: RFC 3834, RFC 5230 sections 4.5, 4.6 and 5. */
#include "mime_test.h"
#include "base/alloc.h"
#include "mime/auto_reply.h"

static const struct answer_address own[] = {
    {.email = "jane@example.org", .name = "Jane Doe"}, {.email = "*@doe.example"}, {.email = "jane@elsewhere.example"}};
#define N_HERE 2
#define N_OWN 3

/* "to < from", or why not. */
static void expect(const char *header, const char *want)
{
    CLEANUP(auto_reply_done) struct auto_reply r = {0};
    const char *refusal = auto_reply_judge(bytes_str(header), own, N_HERE, N_OWN, &r);
    CLEANUP(freep) char *got = refusal ? xstrdup(refusal) : xasprintf("%s < %s", r.to, r.from);
    assert_string_equal(got, want);
}

#define JOE "From: Joe <joe@example.net>\r\n"
#define TO "To: Jane <JANE@example.org>\r\n"

static void a_person_who_writes_to_this_one_is_answered(void **state)
{
    (void)state;
    expect(JOE TO "\r\n", "joe@example.net < jane@example.org");
    expect("Return-Path: <j@bounce.example.net>\r\n" JOE TO "\r\n", "j@bounce.example.net < jane@example.org");
    expect("Sender: s@example.net\r\n" JOE TO "\r\n", "s@example.net < jane@example.org");
    expect(JOE "Auto-Submitted: no (a person)\r\n" TO "\r\n", "joe@example.net < jane@example.org");
    expect(JOE "To: x@y\r\nCc: a@b, jane@example.org\r\n\r\n", "joe@example.net < jane@example.org");
    expect(JOE "Resent-To: jane@example.org\r\nTo: x@y\r\n\r\n", "joe@example.net < jane@example.org");
    expect(JOE "To: team: x@y, jim@doe.example;\r\n\r\n", "joe@example.net < jim@doe.example");
    expect("From: postmaster@example.net\r\n" TO "\r\n", "postmaster@example.net < jane@example.org");
}

static void the_last_server_says_where_it_came_from(void **state)
{
    (void)state;
    expect("Return-Path: <last@example.net>\r\nReturn-Path: <forged@example.net>\r\n" JOE TO "\r\n",
           "last@example.net < jane@example.org");
    expect("Return-Path: <>\r\n" JOE TO "\r\n", "it names nobody who could be answered");
    expect("Return-Path: <>\r\nReturn-Path: <forged@example.net>\r\n" JOE TO "\r\n",
           "it names nobody who could be answered");
}

static void lists_and_bulk_are_not(void **state)
{
    static const char *const names[] = {"List-Id: <l.example.net>",
                                        "List-Help: <x>",
                                        "List-Subscribe: <x>",
                                        "List-Unsubscribe: <mailto:x>",
                                        "List-Post: NO",
                                        "List-Owner: <x>",
                                        "list-archive: <x>"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP(freep) char *header = xasprintf(JOE TO "%s\r\n\r\n", names[i]);
        expect(header, "it came through a list");
    }
    expect(JOE TO "Precedence: Bulk\r\n\r\n", "it went to many (Precedence)");
    expect(JOE TO "Precedence: first-class\r\n\r\n", "joe@example.net < jane@example.org");
}

static void programs_are_not(void **state)
{
    static const char *const senders[] = {"MAILER-DAEMON@example.net", "LISTSERV@x.example",     "majordomo@x.example",
                                          "owner-list@x.example",      "list-request@x.example", "no-reply@x.example",
                                          "bounces+7@x.example",       "list-bounces@x.example"};
    (void)state;
    for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
        CLEANUP(freep) char *header = xasprintf("Return-Path: <%s>\r\n" JOE TO "\r\n", senders[i]);
        expect(header, "its sender is a program");
    }
    expect("Return-Path: <joe@example.net>\r\nFrom: noreply@example.net\r\n" TO "\r\n", "its sender is a program");
    expect(JOE TO "Auto-Submitted: auto-generated\r\n\r\n", "a program wrote it (Auto-Submitted)");
    expect(JOE TO "Auto-Submitted: auto-replied; owner-email=\"x@y\"\r\n\r\n", "a program wrote it (Auto-Submitted)");
    expect(JOE TO "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n\r\n",
           "it asks for no answer (X-Auto-Response-Suppress)");
    expect(JOE TO "Content-Type: multipart/report; report-type=delivery-status\r\n\r\n", "it is a report");
    expect(JOE TO "X-Spam-Flag: YES\r\n\r\n", "it is marked as spam");
}

static void oneself_and_strangers_are_not(void **state)
{
    (void)state;
    expect("From: jane@example.org\r\n" TO "\r\n", "it is one's own");
    expect("From: jane@elsewhere.example\r\n" TO "\r\n", "it is one's own");
    expect("Return-Path: <x@y.example>\r\nFrom: any@doe.example\r\n" TO "\r\n", "it is one's own");
    expect(JOE "To: others@example.net\r\n\r\n", "it was not sent to this person by name");
    expect(JOE "\r\n", "it was not sent to this person by name");
    expect(JOE "To: jane@elsewhere.example\r\n\r\n",
           "it was not sent to this person by name"); /* there it is answered */
    expect(TO "\r\n", "it names nobody who could be answered");
    expect("From: nobody\r\n" TO "\r\n", "it names nobody who could be answered");
    expect("", "it names nobody who could be answered");
}

static void write_one(const struct auto_reply_text *t, struct buf *out)
{
    CLEANUP(freep) char *id = NULL;
    struct fct_error err = {0};
    assert_int_equal(auto_reply_write(t, out, &id, &err), 0);
    CLEANUP(freep) char *line = xasprintf("Message-ID: <%s>\r\n", id);
    assert_non_null(strstr(buf_str(out), line));
}

static void the_answer_says_what_it_is_and_to_what(void **state)
{
    CLEANUP(buf_done) struct buf out = {0}, long_out = {0};
    struct buf references = {0};
    (void)state;
    write_one(&(struct auto_reply_text){.from_name = "Jane Doe",
                                        .from = "jane@example.org",
                                        .to = "joe@example.net",
                                        .to_subject = "hello",
                                        .to_message_id = "1@x",
                                        .now = 1700000000},
              &out);
    assert_non_null(strstr(buf_str(&out), "From: Jane Doe <jane@example.org>\r\n"));
    assert_non_null(strstr(buf_str(&out), "To: joe@example.net\r\n"));
    assert_non_null(strstr(buf_str(&out), "Subject: Auto: hello\r\n"));
    assert_non_null(strstr(buf_str(&out), "Auto-Submitted: auto-replied\r\n"));
    assert_non_null(strstr(buf_str(&out), "In-Reply-To: <1@x>\r\n"));
    assert_non_null(strstr(buf_str(&out), "References: <1@x>\r\n"));
    assert_non_null(strstr(buf_str(&out), "I am away"));
    for (int i = 0; i < 50; i++)
        buf_addf(&references, "%sr%d@x", i ? " " : "", i);
    write_one(&(struct auto_reply_text){.from = "jane@example.org",
                                        .to = "joe@example.net",
                                        .subject = "Away",
                                        .html = "<p>Gone</p>",
                                        .to_message_id = "1@x",
                                        .to_references = buf_str(&references),
                                        .now = 1700000000},
              &long_out);
    buf_done(&references);
    assert_null(strstr(buf_str(&long_out), "<r30@x>"));
    assert_non_null(strstr(buf_str(&long_out), "<r31@x>"));
    assert_non_null(strstr(buf_str(&long_out), "Subject: Away\r\n"));
    assert_non_null(strstr(buf_str(&long_out), "multipart/alternative"));
}

static void ids_that_cannot_be_written_do_not_cost_the_answer(void **state)
{
    CLEANUP(buf_done) struct buf out = {0};
    (void)state;
    write_one(
        &(struct auto_reply_text){
            .from = "jane@example.org", .to = "joe@example.net", .to_message_id = "a b\r\nBcc: x@y", .now = 1700000000},
        &out);
    assert_null(strstr(buf_str(&out), "Bcc"));
    assert_non_null(strstr(buf_str(&out), "Subject: Automated reply\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_who_writes_to_this_one_is_answered),
        cmocka_unit_test(the_last_server_says_where_it_came_from),
        cmocka_unit_test(lists_and_bulk_are_not),
        cmocka_unit_test(programs_are_not),
        cmocka_unit_test(oneself_and_strangers_are_not),
        cmocka_unit_test(the_answer_says_what_it_is_and_to_what),
        cmocka_unit_test(ids_that_cannot_be_written_do_not_cost_the_answer),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
