/* answer.h - the draft of a reply to a message, or of a message that forwards it: an Email object as mime_compose and
 * Email/set's create take it, without mailboxIds and keywords.
 *
 * To whom    A reply goes to Mail-Reply-To, Reply-To or From, without the list's own address, which a list may have put
 *            there; where these are one's own addresses, to whom the message went. A reply to all: to
 *            Mail-Followup-To where there is one, else to the authors, with a copy to all of To and Cc (RFC 5322
 * section 3.6.3). One to the list: to List-Post (RFC 2369 section 3.4). Each address once, one's own taken out. Thread
 * In-Reply-To and References as RFC 5322 section 3.6.4 says; a forwarded message has References alone, so that it
 * stands in the conversation. Text       format=flowed; the message quoted ("> ") below a line that says who wrote it,
 * without its signature, or behind a head where it is forwarded.
 *
 * HTML       on demand: the message's HTML in a <blockquote>, or behind the head, harmless (html_quote.h).
 *
 * What stands in the message is hostile: names and ids that could not be written in a header are left out.
 *
 * Threads    any. Takes as long as reading the message's text.
 */
#ifndef MIME_ANSWER_H
#define MIME_ANSWER_H

#include "mime/mime.h"

enum answer_kind {
    ANSWER_SENDER,
    ANSWER_ALL,
    ANSWER_LIST,
    FORWARD_INLINE,  /* its text, and its files by their blob ids */
    FORWARD_ATTACHED /* the whole message as a file */
};

#define ANSWER_MAX_QUOTE_BYTES ((size_t)1 << 20) /* of the text; what is beyond is left out, with a mark */
#define ANSWER_MAX_REFERENCES 100
#define ANSWER_MAX_REFERENCES_BYTES 16384 /* servers refuse headers that are too long: Postfix from 100 KiB on */

enum answer_signature {
    SIGNATURE_NONE,
    SIGNATURE_BELOW, /* at the end, below the quote */
    SIGNATURE_ABOVE  /* below what is written, above the quote */
};

/* An own address, and what stands in the messages that are from it. Any of the strings may be NULL. */
struct answer_address {
    const char *name;
    const char *email;          /* "*@example.org": every address there */
    const char *reply_to, *bcc; /* EmailAddress[] as JSON */
    const char *text_signature, *html_signature;
};

struct answer_options {
    enum answer_kind kind;
    const char *blob_id; /* of the message */
    /* Own addresses: none of them is answered. (One for a whole domain may be shared with others: of that only those
     * are left out to which the message was delivered.) The first n_from of them may send; the draft is from `from`, or
     * where that is NULL from the one that the message was sent to, or else from the first. */
    const struct answer_address *own, *from;
    size_t n_own, n_from;
    enum answer_signature signature; /* of that address */
    const char *text;                /* what stands above the quote; NULL: nothing */
    const char
        *html_text; /* the same as HTML of the writer's, which stays as it is; with `html`; NULL: as `text` says */
    const char *attribution; /* the line above the quote; NULL: "On 2014-10-30 14:12 +0800, Jane Doe wrote:" */
    bool no_quote;           /* of a reply */
    bool html; /* an HTML body beside the text, with the pictures that it shows; not with FORWARD_ATTACHED */
};

/* A new reference. FCT_E_INVALID: ANSWER_LIST, and the message names no list that takes mail. */
int mime_answer(struct mime_message *m, const struct answer_options *o, json_t **out, struct fct_error *err);

/* A new message to nobody, from o->from or the first of own: o->text and, with o->html, the same as HTML; or `html`
 * alone, which is an HTML text of the writer's. A new reference. */
json_t *mime_new_message(const struct answer_options *o, const char *html);

/* A new message made of one that is here, whose words are used again: a template, a draft that is written on, something
 * that is sent once more. People, subject, thread, text, HTML and files are its own; it is from whom it was from when
 * that is one of o->own (of which the first n_from may send), else from the first of these. `is_ours`: a draft, whose
 * From and HTML are taken as they are; the HTML of others is made harmless. Of `o` own, n_own, n_from and blob_id
 * count. A new reference. FCT_E_TOO_LARGE: a body that is larger than TEMPLATE_MAX_BYTES. */
#define TEMPLATE_MAX_BYTES ((size_t)4 << 20)
int mime_template(struct mime_message *m, const struct answer_options *o, bool is_ours, json_t **out,
                  struct fct_error *err);

/* ---- for the files of this folder ---- */

/* What can be written again of an address field, of message ids, of the files. New references. */
json_t *answer_addresses(struct mime_message *m, const char *field);
json_t *answer_ids(struct mime_message *m, const char *property);
json_t *answer_files(struct mime_message *m, const char *blob_id);

/* answer_from.c: who writes. */

/* Whether an address is the own one, or one of those that it stands for. */
bool answer_is_for(const struct answer_address *own, const char *email);
/* The own address that the message came to, or went out from. *out_email is freed by the caller: *out borrows it.
 * False: there is none. */
bool answer_sender(struct mime_message *m, const struct answer_options *o, struct answer_address *out,
                   char **out_email);
/* from, replyTo and bcc of the draft, as o->from says. */
void answer_add_sender(const struct answer_options *o, json_t *draft);
/* The signature of o->from behind a mark ("-- "); nothing where there is none, or none is wanted. */
void answer_text_signature(const struct answer_options *o, struct buf *out);
void answer_html_signature(const struct answer_options *o, struct buf *out);
/* Says that the pictures in the HTML are to become parts. */
void answer_embed(struct fct_bytes html, json_t *draft);

/* answer_recipients.c: to, cc. */
int answer_recipients(struct mime_message *m, const struct answer_options *o, json_t *out, struct fct_error *err);
/* answer_text.c: the text of the draft. */
void answer_text(struct mime_message *m, const struct answer_options *o, struct buf *out);
void answer_attribution(struct mime_message *m, const struct answer_options *o, struct buf *out);
void answer_forwarded_head(struct mime_message *m, struct buf *out);
/* What the message says, bounded, for a reply without its signature. Whether something was left out. */
bool answer_message_text(struct mime_message *m, bool is_reply, struct buf *out);
/* answer_html.c: the same as HTML. */
void answer_html(struct mime_message *m, const struct answer_options *o, struct buf *out);
/* The files, those that the HTML shows marked as inline; `only_shown`: without the others. Steals `files`. */
json_t *answer_pictures(struct fct_bytes html, json_t *files, bool only_shown);

#endif
