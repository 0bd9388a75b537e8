/* Reports about messages: what is taken out of them, and what they cannot do to us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "mime/mdn.h"
#include "mime/report.h"

#include <stdlib.h>
#include <string.h>

DEFINE_FREEP(struct mime_report *, mime_report_free);

static const char *const actions[] = {"?", "failed", "delayed", "delivered", "relayed", "displayed"};

/* "receipt id=.. envid=..\noriginal|final action reply\n..." */
static void assert_report(const char *raw, const char *expected)
{
    CLEANUP(mime_report_freep) struct mime_report *r = mime_report_read(bytes_str(raw));
    CLEANUP(buf_done) struct buf text = {0};
    if (!r) {
        assert_null(expected);
        return;
    }
    buf_addf(&text, "%s id=%s envid=%s\n", r->is_receipt ? "receipt" : "status", r->message_id ? r->message_id : "-", r->envid ? r->envid : "-");
    for (size_t i = 0; i < r->n_recipients; i++) {
        const struct mime_report_recipient *one = &r->recipients[i];
        buf_addf(&text, "%s|%s %s %s\n", one->original ? one->original : "-", one->final ? one->final : "-", actions[one->action],
                 one->reply ? one->reply : "-");
    }
    assert_non_null(expected);
    assert_string_equal(buf_str(&text), expected);
}

#define REPORT(kind) "Content-Type: multipart/report;\r\n report-type=" kind ";\r\n boundary=\"b/1\"\r\n\r\n"

#define MDN(fields) REPORT("disposition-notification") "--b/1\r\n\r\nread\r\n--b/1\r\nContent-Type: message/disposition-notification\r\n\r\n" fields "--b/1--\r\n"

/* RFC 8098 section 2.3: OWS is read as comments and white space, wherever it may stand. */
static void a_receipt_may_have_comments_anywhere(void **state)
{
    static const char raw[] =
        MDN("Original-Message-ID: <one@example.org>\r\nFinal-Recipient: (to; Bob) rfc822 (as (most); are) ; (that is) bob@example.org (Bob)\r\n"
            "Error: out\r\n of ink\r\nERROR: and of paper\r\nX-More: (kept)\r\n"
            "Disposition: (so) Manual-Action (by a \\) person) / (and) mdn-sent-MANUALLY\r\n (yes) ; (at last)\r\n\tDisplayed / (not quite) Error , Else (end)\r\n");
    (void)state;
    assert_report(raw, "receipt id=one@example.org envid=-\n-|bob@example.org displayed -\n");
    json_t *mdn = mime_mdn_json(bytes_str(raw));
    assert_non_null(mdn);
    json_t *expected = json_pack("{s:{s:s, s:s, s:s}, s:[s, s], s:{s:s}, s:s}", "disposition", "actionMode", "manual-action", "sendingMode",
                                 "mdn-sent-manually", "type", "displayed", "error", "out of ink", "and of paper", "extensionFields", "X-More",
                                 "(kept)", "originalMessageId", "<one@example.org>");
    const char *name;
    json_t *value;
    json_object_foreach(expected, name, value) assert_true(json_equal(json_object_get(mdn, name), value));
    json_decref(expected);
    json_decref(mdn);
    assert_null(mime_mdn_json(bytes_str(MDN("Disposition: manual-action (/MDN-sent-manually; displayed\r\n"))));
    assert_true(mime_is_mdn(bytes_str(MDN("Disposition: manual-action (/MDN-sent-manually; displayed\r\n"))));
}

static void what_postfix_says_is_read(void **state)
{
    (void)state;
    assert_report(REPORT("delivery-status") "This is the mail system.\r\n"
                  "--b/1\r\nContent-Description: Notification\r\n\r\nI'm sorry.\r\n"
                  "--b/1\r\nContent-Type: message/delivery-status\r\n\r\n"
                  "Reporting-MTA: dns; mx.example.net\r\nOriginal-Envelope-Id: a+2Bb\r\nX-Postfix-Queue-ID: 1\r\n\r\n"
                  "Final-Recipient: rfc822; bob@example.net\r\nOriginal-Recipient: rfc822;bob+2Bx@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                  "Diagnostic-Code: smtp; 550-5.1.1 <bob@example.net>: Recipient address\r\n    rejected: no such user\r\n\r\n"
                  "Final-Recipient: rfc822; eve@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\nDiagnostic-Code: X-Postfix; connect timed out\r\n"
                  "--b/1\r\nContent-Type: message/rfc822\r\n\r\nReceived: x\r\nMessage-ID:\r\n <one@example.org>\r\n\r\nHello.\r\n--b/1--\r\n",
                  "status id=one@example.org envid=a+b\n"
                  "bob+x@example.net|bob@example.net failed 550 5.1.1 <bob@example.net>: Recipient address rejected: no such user\n"
                  "-|eve@example.net delayed 450 4.4.1 connect timed out\n");
}

static void headers_alone_and_encoded_parts_will_do(void **state)
{
    (void)state;
    assert_report(REPORT("Delivery-Status") "--b/1\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                  "RmluYWwtUmVjaXBpZW50OiBSRkM4MjI7IDxib2JAZXhhbXBsZS5uZXQ+DQpBY3Rpb246IERl\r\nbGl2ZXJlZA0KU3RhdHVzOiAyLjAuMA0K\r\n"
                  "--b/1\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <one@example.org>\r\n--b/1--\r\n",
                  "status id=one@example.org envid=-\n-|bob@example.net delivered 250 2.0.0\n");
}

static void a_receipt_is_read(void **state)
{
    (void)state;
    assert_report(REPORT("disposition-notification") "--b/1\r\n\r\nI was shown it.\r\n"
                  "--b/1\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;bob@example.net\r\n"
                  "Original-Message-ID: <one@example.org>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b/1--\r\n",
                  "receipt id=one@example.org envid=-\n-|bob@example.net displayed -\n");
    assert_report(REPORT("disposition-notification") "--b/1\r\nContent-Type: message/disposition-notification\r\n\r\n"
                  "Final-Recipient: rfc822;bob@example.net\r\nOriginal-Message-ID: <one@example.org>\r\n"
                  "Disposition: automatic-action/MDN-sent-automatically; deleted\r\n\r\n--b/1--\r\n",
                  NULL);
}

static void a_bounce_of_qmail_is_read(void **state)
{
    (void)state;
    assert_report("From: MAILER-DAEMON@example.net\n\nHi. This is the qmail-send program at example.net.\nSorry.\n\n"
                  "<bob@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<eve@example.net>:\nWhy not.\n\n"
                  "--- Below this line is a copy of the message.\n\nReturn-Path: <x>\nMessage-ID: <one@example.org>\n\nHello\n",
                  "status id=one@example.org envid=-\n"
                  "-|bob@example.net failed 550 5.1.1 Sorry, no mailbox here by that name. (#5.1.1)\n"
                  "-|eve@example.net failed 550 5.0.0 Why not.\n");
}

static void what_yahoo_made_of_it_is_read(void **state)
{
    (void)state;
    assert_report("From: MAILER-DAEMON@yahoo.example\n\nSorry, we were unable to deliver your message to the following address.\n\n"
                  "<bob@example.net>:\nRemote host said: 554 no\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <one@example.org>\n\nHello\n",
                  "status id=one@example.org envid=-\n-|bob@example.net failed 550 5.0.0 Remote host said: 554 no\n");
}

#define EXIM_BEGINS                                                                          \
    "This message was created automatically by mail delivery software.\r\n\r\n"              \
    "A message that you sent could not be delivered to one or more of its\r\n"              \
    "recipients. This is a permanent error. The following address(es) failed:\r\n\r\n"

static void a_bounce_of_exim_is_read(void **state)
{
    (void)state;
    assert_report("X-Failed-Recipients: bob@example.net,\r\n  eve@example.net\r\nAuto-Submitted: auto-replied\r\n\r\n" EXIM_BEGINS
                  "  bob@example.net\r\n    SMTP error from remote mail server after RCPT TO:<bob@example.net>:\r\n"
                  "    host mx.example.net [192.0.2.1]: 550-5.1.1 no such\r\n    user\r\n"
                  "  eve@example.net\r\n    Unrouteable address\r\n  joe@example.net\r\n    not in the header\r\n\r\n"
                  "------ This is a copy of the message, including all the headers. ------\r\n\r\n"
                  "Return-path: <x@y>\r\nMessage-ID: <one@example.org>\r\n\r\nHello\r\n",
                  "status id=one@example.org envid=-\n-|bob@example.net failed 550 5.1.1 no such user\n"
                  "-|eve@example.net failed 550 5.0.0 Unrouteable address\n");
    assert_report("X-Failed-Recipients: bob@example.net\n\nThe following address(es) failed:\n\n"
                  "------ This is a copy of the message, including all the headers.\n------ The body of the message is 2000 characters long; only the first\n"
                  "------ 1000 or so are included here.\n\nMessage-Id: <one@example.org>\n\nHello\n",
                  "status id=one@example.org envid=-\n-|bob@example.net failed 550 5.0.0\n");
}

static void what_google_wrote_as_a_text_is_read(void **state)
{
    (void)state;
    assert_report("X-Failed-Recipients: bob@example.net\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                  "Delivery to the following recipient failed permanently:\r\n\r\n     bob@example.net\r\n\r\nTechnical details=3A\r\n\r\n"
                  "----- Original message -----\r\n\r\nMessage-ID: <one=\r\n@example.org>\r\n\r\nHello\r\n",
                  "status id=one@example.org envid=-\n-|bob@example.net failed 550 5.0.0\n");
    assert_report("X-Failed-Recipients: bob@example.net\r\n\r\nTHIS IS A WARNING MESSAGE ONLY.\r\n\r\nDelivery to the following recipient has been delayed:\r\n\r\n"
                  "     bob@example.net\r\n\r\n----- Original message -----\r\n\r\nMessage-ID: <one@example.org>\r\n\r\nHello\r\n",
                  "status id=one@example.org envid=-\n-|bob@example.net delayed 450 4.0.0\n");
}

/* Neither who answers a bounce and quotes it, nor who passes it on, nor a server that says nothing of a failure. */
static void a_text_about_a_bounce_is_none(void **state)
{
    (void)state;
    assert_report("Subject: Fwd: failed\r\n\r\n" EXIM_BEGINS "  bob@example.net\r\n    Unrouteable address\r\n\r\n"
                  "------ This is a copy of the message, including all the headers. ------\r\n\r\nMessage-ID: <one@example.org>\r\n\r\nHello\r\n", NULL);
    assert_report("X-Failed-Recipients: bob@example.net\r\n\r\nThank you for your message.\r\n\r\n----- Original message -----\r\n\r\nMessage-ID: <one@example.org>\r\n\r\nx", NULL);
    assert_report("X-Failed-Recipients: bob@example.net\r\n\r\nIt failed.\r\n", NULL);
    assert_report("X-Failed-Recipients: bob@example.net\r\n\r\n> It failed.\r\n> ----- Original message -----\r\n>\r\n> Message-ID: <one@example.org>\r\n", NULL);
}

static void a_report_without_its_type_is_one(void **state)
{
    (void)state;
    assert_report("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                  "Final-Recipient: rfc822; bob@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
                  "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <one@example.org>\r\n\r\n--b--\r\n",
                  "status id=one@example.org envid=-\n-|bob@example.net failed 550 5.1.1\n");
}

static void what_is_no_report_is_none(void **state)
{
    (void)state;
    assert_report("", NULL);
    assert_report("Content-Type: text/plain\r\n\r\nHi. This is Bob.\r\n", NULL);
    assert_report("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--\r\n", NULL);
    assert_report(REPORT("delivery-status") "--b/1\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\n--b/1--\r\n", NULL);
    assert_report(REPORT("feedback-report") "--b/1--\r\n", NULL);
    assert_report("Content-Type: multipart/report; report-type=delivery-status\r\n\r\n", NULL);
}

static void what_is_said_is_bounded_and_printable(void **state)
{
    CLEANUP(buf_done) struct buf raw = {0};
    (void)state;
    buf_add_str(&raw, REPORT("delivery-status") "--b/1\r\nContent-Type: message/delivery-status\r\n\r\n");
    for (int i = 0; i < 5000; i++)
        buf_addf(&raw, "Final-Recipient: rfc822; u%d@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 a\x01\xff%0600d\r\n\r\n", i, 0);
    buf_add_str(&raw, "--b/1\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <a@b>\r\n\r\n--b/1--\r\n");
    CLEANUP(mime_report_freep) struct mime_report *r = mime_report_read(buf_bytes(&raw));
    assert_non_null(r);
    assert_int_equal(r->n_recipients, REPORT_RECIPIENTS_MAX);
    for (size_t i = 0; i < r->n_recipients; i++) {
        assert_true(strlen(r->recipients[i].reply) <= 520);
        for (const char *c = r->recipients[i].reply; *c; c++)
            assert_true(*c >= ' ');
    }
    raw.n = 0;
    buf_add_str(&raw, REPORT("delivery-status") "--b/1\r\nContent-Type: message/delivery-status\r\n\r\n");
    for (int i = 0; i < 400000; i++)
        buf_add_str(&raw, "\r\n");
    assert_null(mime_report_read(buf_bytes(&raw)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_postfix_says_is_read),
        cmocka_unit_test(a_receipt_may_have_comments_anywhere),
        cmocka_unit_test(headers_alone_and_encoded_parts_will_do),
        cmocka_unit_test(a_receipt_is_read),
        cmocka_unit_test(a_bounce_of_qmail_is_read),
        cmocka_unit_test(what_yahoo_made_of_it_is_read),
        cmocka_unit_test(a_bounce_of_exim_is_read),
        cmocka_unit_test(what_google_wrote_as_a_text_is_read),
        cmocka_unit_test(a_text_about_a_bounce_is_none),
        cmocka_unit_test(a_report_without_its_type_is_one),
        cmocka_unit_test(what_is_no_report_is_none),
        cmocka_unit_test(what_is_said_is_bounded_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
