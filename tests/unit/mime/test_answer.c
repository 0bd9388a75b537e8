/* Replies and forwarded messages: to whom, under which subject, in which thread, with which text. */
#include "mime_test.h"
#include "mime/answer.h"
#include "mime/compose.h"
#include "mime/subject.h"

static const struct answer_address own[] = {{.name = "Jane Doe", .email = "jane@example.org"},
                                            {.email = "j.doe@work.example"}};

static json_t *answer_with(const char *message, const struct answer_options *o)
{
    struct mime_message *m = mime_parse(bytes_str(message));
    json_t *out = NULL;
    assert_int_equal(mime_answer(m, o, &out, NULL), 0);
    mime_message_free(m);
    return out;
}

static json_t *answer(const char *message, enum answer_kind kind)
{
    const struct answer_options o = {.kind = kind, .blob_id = "B1", .own = own, .n_own = 2, .n_from = 2};
    return answer_with(message, &o);
}

/* "a@b c@d" */
static void expect_emails(const json_t *draft, const char *property, const char *want)
{
    CLEANUP(buf_done) struct buf got = {0};
    const json_t *list = json_object_get(draft, property);
    for (size_t i = 0; i < json_array_size(list); i++)
        buf_addf(&got, "%s%s", i ? " " : "", json_string_value(json_object_get(json_array_get(list, i), "email")));
    assert_string_equal(buf_str(&got), want);
}

static void expect_to(const char *message, enum answer_kind kind, const char *to, const char *cc)
{
    CLEANUP(json_decrefp) json_t *draft = answer(message, kind);
    expect_emails(draft, "to", to);
    expect_emails(draft, "cc", cc);
}

static void a_reply_goes_to_whom_the_author_names(void **state)
{
    (void)state;
    expect_to("From: a@x\r\nTo: jane@example.org\r\nCc: c@x\r\n\r\n", ANSWER_SENDER, "a@x", "");
    expect_to("From: a@x, b@x\r\nSender: s@x\r\n\r\n", ANSWER_SENDER, "a@x b@x", "");
    expect_to("From: a@x\r\nReply-To: r@x, R@X\r\n\r\n", ANSWER_SENDER, "r@x", "");
    expect_to("From: a@x\r\nReply-To: r@x\r\nMail-Reply-To: m@x\r\n\r\n", ANSWER_SENDER, "m@x", "");
    expect_to("From: a@x\r\nReply-To: undisclosed:;\r\n\r\n", ANSWER_SENDER, "a@x", "");
    expect_to("Subject: nobody\r\n\r\n", ANSWER_SENDER, "", "");
    /* what no header can hold */
    expect_to("From: \"a<b>c\"@x, \"ok\" <d@x>\r\n\r\n", ANSWER_SENDER, "d@x", "");
}

static void a_reply_to_the_author_does_not_go_to_the_list(void **state)
{
    (void)state;
    static const char munged[] =
        "From: a@x\r\nReply-To: List <list@l>\r\nTo: list@l\r\nList-Post: <mailto:list@l>\r\n\r\n";
    expect_to(munged, ANSWER_SENDER, "a@x", "");
    expect_to(munged, ANSWER_ALL, "a@x", "list@l");
    expect_to(munged, ANSWER_LIST, "list@l", "");
    /* where DMARC makes lists write themselves into From */
    expect_to(
        "From: Ann via List <list@l>\r\nReply-To: ann@x, list@l\r\nTo: list@l\r\nList-Post: <mailto:LIST@L>\r\n\r\n",
        ANSWER_SENDER, "ann@x", "");
    expect_to("From: list@l\r\nTo: list@l\r\nList-Post: <mailto:list@l>\r\n\r\n", ANSWER_SENDER, "list@l", "");
}

static void a_reply_to_all_has_everybody_once_and_not_oneself(void **state)
{
    (void)state;
    expect_to("From: a@x\r\nTo: Jane <JANE@example.org>, b@x, a@x\r\nCc: c@x, B@x, j.doe@work.example\r\n\r\n",
              ANSWER_ALL, "a@x", "b@x c@x");
    expect_to("From: a@x\r\nTo: l@l, jane@example.org\r\nMail-Followup-To: l@l, jane@example.org\r\n\r\n", ANSWER_ALL,
              "l@l", "");
    expect_to("From: a@x\r\nTo: Team: b@x, c@x;, jane@example.org\r\n\r\n", ANSWER_ALL, "a@x", "b@x c@x");
}

static void ones_own_message_is_answered_to_those_it_went_to(void **state)
{
    (void)state;
    static const char mine[] = "From: jane@example.org\r\nTo: a@x, b@x\r\nCc: c@x, jane@example.org\r\n\r\n";
    expect_to(mine, ANSWER_SENDER, "a@x b@x", "");
    expect_to(mine, ANSWER_ALL, "a@x b@x", "c@x");
    expect_to("From: jane@example.org\r\nTo: j.doe@work.example\r\n\r\n", ANSWER_ALL, "jane@example.org", "");
    expect_to("From: jane@example.org\r\nTo: jane@example.org\r\nCc: c@x\r\n\r\n", ANSWER_ALL, "c@x", "");
    /* a web form that writes in one's own name */
    expect_to("From: jane@example.org\r\nReply-To: customer@x\r\nTo: jane@example.org\r\n\r\n", ANSWER_SENDER,
              "customer@x", "");
}

static void the_list_is_named_by_list_post(void **state)
{
    (void)state;
    expect_to("From: a@x\r\nList-Post: <https://l/post>, <mailto:my%2Blist@l?subject=x>\r\n\r\n", ANSWER_LIST,
              "my+list@l", "");
    static const char *const none[] = {"From: a@x\r\n\r\n",
                                       "List-Post: NO\r\n\r\n",
                                       "List-Post: <mailto:>\r\n\r\n",
                                       "List-Post: <mailto:a%0D%0ABcc:b@c>\r\n\r\n",
                                       "List-Post: <mailto:a%00@c>\r\n\r\n",
                                       "List-Post: <mailto:%FF@c>\r\n\r\n"};
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        struct fct_error err = {0};
        const struct answer_options o = {.kind = ANSWER_LIST, .own = own, .n_own = 2, .n_from = 2};
        struct mime_message *m = mime_parse(bytes_str(none[i]));
        json_t *out = NULL;
        assert_int_equal(mime_answer(m, &o, &out, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
        assert_null(out);
        mime_message_free(m);
    }
}

static void a_draft_is_from_the_address_that_the_message_came_to(void **state)
{
    (void)state;
    json_t *d = answer("From: a@x\r\nTo: b@x\r\nCc: J.Doe@work.example\r\n\r\n", ANSWER_SENDER);
    expect_json(json_incref(json_object_get(d, "from")), "[{'name':null,'email':'j.doe@work.example'}]");
    json_decref(d);
    d = answer("From: a@x\r\nTo: b@x\r\n\r\n", ANSWER_SENDER);
    expect_json(json_incref(json_object_get(d, "from")), "[{'name':'Jane Doe','email':'jane@example.org'}]");
    json_decref(d);
    const struct answer_options of_one = {.kind = ANSWER_ALL, .own = own, .n_own = 2, .n_from = 1};
    d = answer_with("From: a@x\r\nTo: j.doe@work.example\r\n\r\n", &of_one);
    expect_emails(d, "from", "jane@example.org");
    expect_emails(d, "cc", "");
    json_decref(d);
    const struct answer_options nobody = {.kind = ANSWER_SENDER};
    d = answer_with("From: a@x\r\n\r\n", &nobody);
    assert_null(json_object_get(d, "from"));
    json_decref(d);
}

static void expect_subjects(const char *subject, const char *reply, const char *forward)
{
    CLEANUP(buf_done) struct buf re = {0}, fwd = {0};
    subject_reply(bytes_str(subject), &re);
    subject_forward(bytes_str(subject), &fwd);
    assert_string_equal(buf_str(&re), reply);
    assert_string_equal(buf_str(&fwd), forward);
}

static void a_subject_has_one_prefix(void **state)
{
    (void)state;
    expect_subjects("lunch", "Re: lunch", "Fwd: lunch");
    expect_subjects("Re: lunch", "Re: lunch", "Fwd: Re: lunch");
    expect_subjects("RE: Re[2]: AW: SV: lunch", "Re: lunch", "Fwd: RE: Re[2]: AW: SV: lunch");
    expect_subjects("Fw: FWD: WG: TR : lunch", "Re: Fw: FWD: WG: TR : lunch", "Fwd: lunch");
    expect_subjects("Réf : déjeuner", "Re: Réf : déjeuner", "Fwd: Réf : déjeuner");
    expect_subjects("RÉP : déjeuner à l’été", "Re: déjeuner à l’été", "Fwd: RÉP : déjeuner à l’été");
    expect_subjects("RIF: pranzo", "Re: pranzo", "Fwd: RIF: pranzo");
    expect_subjects("返信：昼食について", "Re: 昼食について", "Fwd: 返信：昼食について");
    expect_subjects("转发: 回复: 午餐", "Re: 转发: 回复: 午餐", "Fwd: 回复: 午餐");
    expect_subjects("[list] Re: lunch", "Re: [list] lunch", "Fwd: [list] Re: lunch");
    expect_subjects("Re: [list] AW: [more] lunch", "Re: [list] [more] lunch", "Fwd: Re: [list] AW: [more] lunch");
    expect_subjects("  Re:\t a \r\n\t b ", "Re: a b", "Fwd: Re: a b");
    expect_subjects("Resume: mine", "Re: Resume: mine", "Fwd: Resume: mine");
    expect_subjects("", "Re:", "Fwd:");
    expect_subjects("Re: Re:", "Re:", "Fwd: Re: Re:");
    expect_subjects("[unclosed", "Re: [unclosed", "Fwd: [unclosed");
}

static void expect_thread(const char *message, const char *in_reply_to, const char *references)
{
    json_t *d = answer(message, ANSWER_SENDER), *v;
    expect_json((v = json_object_get(d, "inReplyTo")) ? json_incref(v) : json_null(), in_reply_to);
    expect_json((v = json_object_get(d, "references")) ? json_incref(v) : json_null(), references);
    json_decref(d);
}

static void a_thread_goes_on_as_rfc_5322_says(void **state)
{
    (void)state;
    expect_thread("Message-ID: <3@x>\r\nReferences: <1@x>\r\n <2@x>\r\n\r\n", "['3@x']", "['1@x','2@x','3@x']");
    expect_thread("Message-ID: <3@x>\r\nIn-Reply-To: <2@x>\r\n\r\n", "['3@x']", "['2@x','3@x']");
    expect_thread("Message-ID: <3@x>\r\nIn-Reply-To: <1@x> <2@x>\r\n\r\n", "['3@x']", "['3@x']");
    expect_thread("Message-ID: <3@x>\r\n\r\n", "['3@x']", "['3@x']");
    expect_thread("References: <1@x> <2@x>\r\n\r\n", "null", "['1@x','2@x']"); /* no Message-ID */
    expect_thread("Subject: none of them\r\n\r\n", "null", "null");
    expect_thread("Message-ID: <\xC3\xA9@x>\r\nReferences: <1@x> <\xE9@x>\r\n\r\n", "null", "['1@x']");
}

static void a_deep_thread_keeps_its_first_and_its_last_ones(void **state)
{
    (void)state;
    struct buf message = {0};
    buf_add_str(&message, "Message-ID: <last@x>\r\nReferences:");
    for (int i = 0; i < 100; i++)
        buf_addf(&message, "\r\n\t<%d.a.rather.long.one.of.them@mail.example.org>", i);
    buf_add_str(&message, "\r\n\r\n");
    json_t *d = answer(buf_str(&message), ANSWER_SENDER), *refs = json_object_get(d, "references");
    assert_int_equal(json_array_size(refs), ANSWER_MAX_REFERENCES);
    assert_string_equal(json_string_value(json_array_get(refs, 0)), "0.a.rather.long.one.of.them@mail.example.org");
    assert_string_equal(json_string_value(json_array_get(refs, 1)), "2.a.rather.long.one.of.them@mail.example.org");
    assert_string_equal(json_string_value(json_array_get(refs, 99)), "last@x");
    json_decref(d);
    buf_clear(&message);
    buf_add_str(&message, "Message-ID: <last@x>\r\nReferences: <first@x>");
    for (int i = 0; i < 90; i++)
        buf_addf(&message, "\r\n <%0800d@x>", i);
    buf_add_str(&message, "\r\n\r\n");
    d = answer(buf_str(&message), ANSWER_SENDER);
    refs = json_object_get(d, "references");
    assert_int_equal(json_array_size(refs), 2 + ANSWER_MAX_REFERENCES_BYTES / 802);
    assert_string_equal(json_string_value(json_array_get(refs, 0)), "first@x");
    assert_string_equal(json_string_value(json_array_get(refs, json_array_size(refs) - 1)), "last@x");
    json_decref(d);
    buf_done(&message);
}

static void expect_text_of(json_t *draft, const char *want)
{
    json_t *value = json_object_get(json_object_get(json_object_get(draft, "bodyValues"), "text"), "value");
    assert_string_equal(json_string_value(value), want);
    json_decref(draft);
}

#define HEAD                                                                                                \
    "From: Ann =?utf-8?q?Ol=C3=A9?= <ann@x>\r\nDate: Thu, 30 Oct 2014 14:12:00 +0800\r\nSubject: s\r\nTo: " \
    "jane@example.org\r\n"

static void the_text_is_quoted_without_its_signature(void **state)
{
    (void)state;
    expect_text_of(answer(HEAD "\r\n\r\nHello,\r\n\r\n  how are you?  \r\n> fine\r\n\r\n-- \r\nAnn\r\n", ANSWER_SENDER),
                   "\nOn 2014-10-30 14:12 +0800, Ann Ol\u00e9 wrote:\n> Hello,\n>\n>   how are you?\n>> fine\n");
    expect_text_of(
        answer(HEAD "Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n> a \r\n> b\r\n", ANSWER_SENDER),
        "\nOn 2014-10-30 14:12 +0800, Ann Ol\u00e9 wrote:\n> one two\n>> a b\n");
    expect_text_of(
        answer(HEAD "Content-Type: text/html\r\n\r\n<p>one <b>two</b></p><blockquote>x</blockquote>", ANSWER_SENDER),
        "\nOn 2014-10-30 14:12 +0800, Ann Ol\u00e9 wrote:\n> one two\n>\n>> x\n");
    expect_text_of(answer("From: a@x, \"B\" <b@x>\r\n\r\nx", ANSWER_SENDER), "\na@x, B wrote:\n> x\n");
    expect_text_of(answer("From: =?utf-8?q?evil=0ABcc=3A_x?= <a@x>\r\n\r\n", ANSWER_SENDER), "\nevilBcc: x wrote:\n");
    expect_text_of(answer("Subject: x\r\n\r\nx", ANSWER_SENDER), "\nsomebody wrote:\n> x\n");
    const struct answer_options o = {.kind = ANSWER_SENDER, .text = "Yes.", .attribution = "Ann \u00e9crivit :"};
    expect_text_of(answer_with(HEAD "\r\nLunch?\r\n", &o), "Yes.\n\nAnn \u00e9crivit :\n> Lunch?\n");
    const struct answer_options bare = {.kind = ANSWER_SENDER, .text = "Yes.\n", .no_quote = true};
    expect_text_of(answer_with(HEAD "\r\nLunch?\r\n", &bare), "Yes.\n");
}

static void a_text_without_end_is_cut(void **state)
{
    (void)state;
    struct buf message = {0};
    buf_add_str(&message, HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\n");
    for (size_t i = 0; i < ANSWER_MAX_QUOTE_BYTES / 2; i++)
        buf_add_str(&message, i % 40 ? "\xE6\x97\xA5" : "\r\n");
    json_t *d = answer(buf_str(&message), ANSWER_SENDER);
    const char *text =
        json_string_value(json_object_get(json_object_get(json_object_get(d, "bodyValues"), "text"), "value"));
    assert_true(strlen(text) < ANSWER_MAX_QUOTE_BYTES + ANSWER_MAX_QUOTE_BYTES / 10);
    assert_string_equal(text + strlen(text) - 8, "> [...]\n");
    json_decref(d);
    buf_done(&message);
}

#define MIXED                                                                                                \
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\nContent-Type: image/png\r\n" \
    "Content-Disposition: inline\r\n\r\nPNG\r\n--b\r\nContent-Type: text/csv; charset=iso-8859-1\r\n"        \
    "Content-Disposition: attachment; filename*=utf-8''%E8%A1%A8%0D%0A.csv\r\n\r\n1,2\r\n--b\r\n"            \
    "Content-Type: no type\r\nContent-ID: <pic@x>\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"

static void what_is_forwarded_keeps_its_text_and_its_files(void **state)
{
    (void)state;
    json_t *d = answer(HEAD "Cc: c@x\r\nMessage-ID: <1@x>\r\n" MIXED, FORWARD_INLINE);
    expect_emails(d, "to", "");
    expect_emails(d, "from", "jane@example.org");
    assert_null(json_object_get(d, "inReplyTo"));
    expect_json(json_incref(json_object_get(d, "references")), "['1@x']");
    expect_json(
        json_incref(json_object_get(d, "attachments")),
        "[{'blobId':'B1_3','charset':'iso-8859-1','disposition':'attachment','name':'\u8868.csv','type':'text/csv'},"
        "{'blobId':'B1_4','cid':'pic@x','disposition':'attachment','name':null,'type':'text/plain'},"
        "{'blobId':'B1_2','disposition':'inline','name':null,'type':'image/png'}]");
    expect_text_of(
        d,
        "\n-------- Forwarded message --------\nSubject: s\nDate: 2014-10-30 14:12 +0800\nFrom: Ann Ol\u00e9 <ann@x>\n"
        "To: jane@example.org\nCc: c@x\n\nText\n");
}

static void a_message_is_forwarded_as_a_file(void **state)
{
    (void)state;
    json_t *d = answer("Subject: a/b: \"c\"\r\nMessage-ID: <1@x>\r\n\r\nx", FORWARD_ATTACHED);
    expect_json(json_incref(json_object_get(d, "attachments")),
                "[{'blobId':'B1','disposition':'attachment','name':'a_b_ _c_.eml','type':'message/rfc822'}]");
    expect_text_of(d, "");
    d = answer("From: a@x\r\n\r\n", FORWARD_ATTACHED);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(d, "attachments"), 0), "name")),
        "message.eml");
    json_decref(d);
}

#define RICH                                                                                                  \
    "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; "               \
    "boundary=r\r\n\r\n--r\r\n"                                                                               \
    "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hi <img "                                   \
    "src=\"cid:logo@x\"></blockquote><script>x()</script>"                                                    \
    "\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nPNG\r\n--r--\r\n--m\r\nContent-Type: " \
    "application/pdf\r\n"                                                                                     \
    "Content-Disposition: attachment; filename=a.pdf\r\n\r\nPDF\r\n--m--\r\n"

static const char *html_of(const json_t *draft)
{
    return json_string_value(json_object_get(json_object_get(json_object_get(draft, "bodyValues"), "html"), "value"));
}

static void html_is_quoted_in_html_with_its_pictures(void **state)
{
    (void)state;
    const struct answer_options o = {.kind = ANSWER_SENDER, .blob_id = "B1", .text = "1 < 2\n", .html = true};
    json_t *d = answer_with(HEAD RICH, &o);
    assert_string_equal(
        html_of(d),
        "1 &lt; 2<br>\n<br>\n<div>On 2014-10-30 14:12 +0800, Ann Ol\u00e9 wrote:<br>\n</div>\n"
        "<blockquote type=\"cite\" style=\"margin:0 0 0 0.8ex;border-left:2px solid #cccccc;padding-left:1ex\">\n"
        "<p>Hi <img src=\"cid:logo@x\"></p>\n</blockquote>\n");
    expect_json(json_incref(json_object_get(d, "attachments")),
                "[{'blobId':'B1_1_2','cid':'logo@x','disposition':'inline','name':null,'type':'image/png'}]");
    expect_text_of(d, "1 < 2\n\nOn 2014-10-30 14:12 +0800, Ann Ol\u00e9 wrote:\n> Hi\n");
}

static void html_is_forwarded_with_all_files(void **state)
{
    (void)state;
    const struct answer_options o = {.kind = FORWARD_INLINE, .blob_id = "B1", .html = true};
    json_t *d = answer_with(HEAD RICH, &o);
    assert_non_null(strstr(html_of(d), "Subject: s<br>\n"));
    assert_non_null(strstr(html_of(d), "<div>\n<p>Hi <img src=\"cid:logo@x\"></p>\n</div>\n"));
    expect_json(json_incref(json_object_get(d, "attachments")),
                "[{'blobId':'B1_1_2','cid':'logo@x','disposition':'inline','name':null,'type':'image/png'},"
                "{'blobId':'B1_2','disposition':'attachment','name':'a.pdf','type':'application/pdf'}]");
    json_decref(d);
}

static void plain_text_is_quoted_in_html_without_its_signature(void **state)
{
    (void)state;
    const struct answer_options o = {.kind = ANSWER_SENDER, .blob_id = "B1", .html = true, .attribution = "<Ann>:"};
    json_t *d = answer_with(HEAD "\r\na <b>\r\nc\r\n-- \r\nAnn\r\n", &o);
    assert_non_null(strstr(html_of(d), "<div>&lt;Ann&gt;:<br>\n</div>"));
    assert_non_null(strstr(html_of(d), ">\na &lt;b&gt;<br>\nc\n</blockquote>"));
    json_decref(d);
}

static json_t *template_of(const char *message, bool is_ours)
{
    const struct answer_options o = {.blob_id = "B1", .own = own, .n_own = 2, .n_from = 2};
    struct mime_message *m = mime_parse(bytes_str(message));
    json_t *out = NULL;
    assert_int_equal(mime_template(m, &o, is_ours, &out, NULL), 0);
    mime_message_free(m);
    return out;
}

static void a_template_gives_all_but_date_and_id(void **state)
{
    (void)state;
    json_t *d = template_of(
        "From: Me <J.DOE@work.example>\r\nTo: a@x, <>\r\nCc: c@x\r\nBcc: b@x\r\nReply-To: r@x\r\nSubject: Re: s\r\n"
        "In-Reply-To: <1@x>\r\nReferences: <1@x>\r\nMessage-ID: <2@x>\r\n" MIXED,
        false);
    expect_emails(d, "from", "J.DOE@work.example");
    expect_emails(d, "to", "a@x");
    expect_emails(d, "cc", "c@x");
    expect_emails(d, "bcc", "b@x");
    expect_emails(d, "replyTo", "r@x");
    assert_string_equal(json_string_value(json_object_get(d, "subject")), "Re: s");
    expect_json(json_incref(json_object_get(d, "inReplyTo")), "['1@x']");
    expect_json(json_incref(json_object_get(d, "references")), "['1@x']");
    assert_null(json_object_get(d, "messageId"));
    assert_null(json_object_get(d, "htmlBody"));
    assert_int_equal(json_array_size(json_object_get(d, "attachments")), 3);
    expect_text_of(d, "Text");
}

static void a_template_of_others_is_from_oneself_and_harmless(void **state)
{
    (void)state;
    json_t *d = template_of(HEAD RICH, false);
    expect_emails(d, "from", "jane@example.org");
    assert_string_equal(html_of(d), "<p>Hi <img src=\"cid:logo@x\"></p>");
    assert_true(json_is_true(json_object_get(d, "generateTextBody")));
    assert_null(json_object_get(d, "textBody"));
    expect_json(json_incref(json_object_get(d, "attachments")),
                "[{'blobId':'B1_1_2','cid':'logo@x','disposition':'inline','name':null,'type':'image/png'},"
                "{'blobId':'B1_2','disposition':'attachment','name':'a.pdf','type':'application/pdf'}]");
    json_decref(d);
}

static void a_draft_stays_as_it_is(void **state)
{
    (void)state;
    json_t *d = template_of(HEAD RICH, true);
    expect_emails(d, "from", "ann@x");
    assert_non_null(strstr(html_of(d), "<script>x()</script>"));
    json_decref(d);
    d = template_of("Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n-- \r\nme\r\n", true);
    expect_emails(d, "from", "jane@example.org");
    assert_string_equal(json_string_value(json_object_get(d, "subject")), "");
    expect_text_of(d, "one two\n-- \nme\n");
}

static void a_template_that_is_too_large_is_none(void **state)
{
    (void)state;
    const struct answer_options o = {.blob_id = "B1"};
    struct fct_error err = {0};
    struct buf message = {0};
    buf_add_str(&message, "Content-Type: text/plain\r\n\r\n");
    while (message.n < TEMPLATE_MAX_BYTES / 10 * 11)
        buf_add_str(&message, "A line of fifty characters, as many as there are.\r\n");
    for (size_t i = 0; i < 2; i++) {
        struct mime_message *m = mime_parse(buf_bytes(&message));
        json_t *out = NULL;
        assert_int_equal(mime_template(m, &o, true, &out, &err), -1);
        assert_int_equal(err.code, FCT_E_TOO_LARGE);
        assert_null(out);
        mime_message_free(m);
        if (i == 0)
            memcpy(strstr(buf_str(&message), "plain"), "html ", 5);
    }
    buf_done(&message);
}

static int some_blob(void *ctx, const char *id, struct buf *out, struct fct_error *err)
{
    (void)ctx, (void)id, (void)err;
    buf_add_str(out, "x");
    return 0;
}

/* Whatever stands in a message, its answers can be written. */
static void every_answer_can_be_composed(void **state)
{
    (void)state;
    static const char *const messages[] = {
        HEAD MIXED, "",
        "From: \"a\\\"b\" <a b@x>, <>, =?utf-8?b?AAA=?= <c@x>, \"\x01\" <d\x02@x>\r\nTo: x y z\r\nCc: @@@\r\nSubject: "
        "=?utf-8?q?=00=0A?=\r\n\r\n\xFF\xFE",
        "From: <a@x>\r\nMessage-ID: <a b\tc>\r\nReferences: <<x>> <> <y\r\nList-Post: <mailto:l@l>\r\nContent-Type: "
        "multipart/mixed\r\n\r\nx",
        "Reply-To: a@x\r\nMessage-ID: no brackets\r\nContent-Type: a/b; name=\"=?utf-8?q?=0D=0A?=\"\r\nContent-ID: <a "
        "b>\r\nContent-Disposition: x y\r\n\r\nx"};
    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages) * 5; i++) {
        CLEANUP(buf_done) struct buf out = {0};
        struct compose_problem problem = {0};
        struct fct_error err = {0};
        const struct compose_options options = {.now = 1414649520, .blob = some_blob};
        const struct answer_options o = {
            .kind = (enum answer_kind)(i % 5), .blob_id = "B1", .own = own, .n_own = 2, .n_from = 2, .html = i % 2};
        struct mime_message *m = mime_parse(bytes_str(messages[i / 5]));
        json_t *draft = NULL;
        if (mime_answer(m, &o, &draft, &err) == 0 && mime_compose(draft, &options, &out, &problem, &err) < 0)
            fail_msg("%zu: %s", i, err.message);
        json_decref(draft);
        buf_clear(&out);
        assert_int_equal(mime_template(m, &o, i % 2, &draft, &err), 0);
        if (mime_compose(draft, &options, &out, &problem, &err) < 0)
            fail_msg("template %zu: %s", i, err.message);
        json_decref(draft);
        compose_problem_done(&problem);
        mime_message_free(m);
    }
}

/* ---- identities ---- */

static const struct answer_address signing[] = {
    {.name = "Jane",
     .email = "jane@example.org",
     .text_signature = "-- \nJane\r\nline\n\n",
     .html_signature = "<b>Jane</b>"},
    {.name = "",
     .email = "*@shop.example",
     .reply_to = "[{\"name\":null,\"email\":\"desk@shop.example\"}]",
     .html_signature = "<i>Shop</i>"},
    {.email = "home@example.net", .text_signature = " \n"},
};

static json_t *sign(const char *message, enum answer_kind kind, enum answer_signature where,
                    const struct answer_address *from)
{
    const struct answer_options o = {.kind = kind,
                                     .blob_id = "B1",
                                     .own = signing,
                                     .n_own = 3,
                                     .n_from = 3,
                                     .from = from,
                                     .signature = where,
                                     .text = "Hi",
                                     .html = true};
    return answer_with(message, &o);
}

static void expect_part(const json_t *draft, const char *part, const char *want)
{
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(json_object_get(draft, "bodyValues"), part), "value")), want);
}

static void the_signature_stands_where_it_ends_the_message_or_ones_own_words(void **state)
{
    (void)state;
    static const char asked[] = "From: a@x\r\nTo: jane@example.org\r\n\r\nLunch?\r\n";
    CLEANUP(json_decrefp) json_t *below = sign(asked, ANSWER_SENDER, SIGNATURE_BELOW, NULL);
    expect_part(below, "text", "Hi\n\na@x wrote:\n> Lunch?\n\n-- \nJane\nline\n");
    assert_non_null(strstr(
        json_string_value(json_object_get(json_object_get(json_object_get(below, "bodyValues"), "html"), "value")),
        "</blockquote>\n<div class=\"signature\">-- <br>\n<b>Jane</b>\n</div>\n"));
    CLEANUP(json_decrefp) json_t *above = sign(asked, ANSWER_SENDER, SIGNATURE_ABOVE, NULL);
    expect_part(above, "text", "Hi\n\n-- \nJane\nline\n\na@x wrote:\n> Lunch?\n");
    CLEANUP(json_decrefp) json_t *none = sign(asked, ANSWER_SENDER, SIGNATURE_NONE, NULL);
    expect_part(none, "text", "Hi\n\na@x wrote:\n> Lunch?\n");
    CLEANUP(json_decrefp) json_t *attached = sign(asked, FORWARD_ATTACHED, SIGNATURE_BELOW, NULL);
    expect_part(attached, "text", "Hi\n\n-- \nJane\nline\n");
    CLEANUP(json_decrefp) json_t *empty = sign(asked, ANSWER_SENDER, SIGNATURE_BELOW, &signing[2]);
    expect_part(empty, "text", "Hi\n\na@x wrote:\n> Lunch?\n");
    expect_emails(empty, "from", "home@example.net");
}

static void an_identity_for_a_domain_writes_as_whom_it_was_delivered_to(void **state)
{
    (void)state;
    CLEANUP(json_decrefp)
    json_t *orders = sign(
        "Delivered-To: orders@SHOP.example\r\nFrom: a@x\r\nTo: orders@shop.example, boss@shop.example\r\n\r\nq\r\n",
        ANSWER_ALL, SIGNATURE_BELOW, NULL);
    expect_emails(orders, "from", "orders@SHOP.example");
    expect_emails(orders, "cc", "boss@shop.example"); /* perhaps somebody else */
    expect_emails(orders, "replyTo", "desk@shop.example");
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(orders, "from"), 0), "name")));
    expect_part(orders, "text", "Hi\n\na@x wrote:\n> q\n\n-- \nShop\n"); /* made of the HTML */
    CLEANUP(json_decrefp)
    json_t *unknown = sign("From: a@x\r\nTo: orders@shop.example\r\n\r\nq\r\n", ANSWER_ALL, SIGNATURE_BELOW, NULL);
    expect_emails(unknown, "from", "jane@example.org");
    CLEANUP(json_decrefp)
    json_t *chosen = sign("From: a@x\r\nTo: jane@example.org\r\n\r\nq\r\n", ANSWER_ALL, SIGNATURE_BELOW, &signing[1]);
    assert_null(json_object_get(chosen, "from")); /* which address there is for the writer to say */
}

static void a_new_message_is_from_the_first_and_signed(void **state)
{
    (void)state;
    const struct answer_options o = {
        .own = signing, .n_own = 3, .n_from = 3, .signature = SIGNATURE_BELOW, .text = "Hi <3", .html = true};
    CLEANUP(json_decrefp) json_t *both = mime_new_message(&o, NULL);
    expect_emails(both, "from", "jane@example.org");
    expect_part(both, "text", "Hi <3\n\n-- \nJane\nline\n");
    expect_part(both, "html", "Hi &lt;3<br>\n<div class=\"signature\">-- <br>\n<b>Jane</b>\n</div>\n");
    CLEANUP(json_decrefp) json_t *html = mime_new_message(&o, "<p>a</body>b</BODY></html>");
    expect_part(html, "html", "<p>a</body>b\n<div class=\"signature\">-- <br>\n<b>Jane</b>\n</div>\n</BODY></html>");
    assert_null(json_object_get(html, "embedImages"));
    struct answer_address pictured = signing[0];
    pictured.html_signature = "<img src='data:image/png;base64,YQ=='>";
    const struct answer_options p = {.own = &pictured, .n_own = 1, .n_from = 1, .signature = SIGNATURE_BELOW};
    CLEANUP(json_decrefp) json_t *embeds = mime_new_message(&p, "x");
    assert_true(json_is_true(json_object_get(embeds, "embedImages")));
    const struct answer_options nobody = {.signature = SIGNATURE_BELOW, .text = ""};
    CLEANUP(json_decrefp) json_t *empty = mime_new_message(&nobody, NULL);
    assert_null(json_object_get(empty, "from"));
    expect_part(empty, "text", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_stands_where_it_ends_the_message_or_ones_own_words),
        cmocka_unit_test(an_identity_for_a_domain_writes_as_whom_it_was_delivered_to),
        cmocka_unit_test(a_new_message_is_from_the_first_and_signed),
        cmocka_unit_test(a_reply_goes_to_whom_the_author_names),
        cmocka_unit_test(a_reply_to_the_author_does_not_go_to_the_list),
        cmocka_unit_test(a_reply_to_all_has_everybody_once_and_not_oneself),
        cmocka_unit_test(ones_own_message_is_answered_to_those_it_went_to),
        cmocka_unit_test(the_list_is_named_by_list_post),
        cmocka_unit_test(a_draft_is_from_the_address_that_the_message_came_to),
        cmocka_unit_test(a_subject_has_one_prefix),
        cmocka_unit_test(a_thread_goes_on_as_rfc_5322_says),
        cmocka_unit_test(a_deep_thread_keeps_its_first_and_its_last_ones),
        cmocka_unit_test(the_text_is_quoted_without_its_signature),
        cmocka_unit_test(a_text_without_end_is_cut),
        cmocka_unit_test(what_is_forwarded_keeps_its_text_and_its_files),
        cmocka_unit_test(a_message_is_forwarded_as_a_file),
        cmocka_unit_test(html_is_quoted_in_html_with_its_pictures),
        cmocka_unit_test(html_is_forwarded_with_all_files),
        cmocka_unit_test(plain_text_is_quoted_in_html_without_its_signature),
        cmocka_unit_test(a_template_gives_all_but_date_and_id),
        cmocka_unit_test(a_template_of_others_is_from_oneself_and_harmless),
        cmocka_unit_test(a_draft_stays_as_it_is),
        cmocka_unit_test(a_template_that_is_too_large_is_none),
        cmocka_unit_test(every_answer_can_be_composed),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
