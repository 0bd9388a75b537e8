/* auto_reply.h - whether a program may answer a message for somebody who is away, whom, and with what.
 *
 * RFC 8621 section 8 wants the recommendations of RFC 3834 followed, RFC 5230 says them for this very purpose: no list,
 * no program and no bounce is answered, nobody who did not write to the person, and not the person. The answer goes to where
 * the message came from on the wire (Return-Path: RFC 3834 section 4), or, where the server does not tell, to its author.
 *
 * Threads    any; pure but for random numbers. Linear in the header.
 */
#ifndef MIME_AUTO_REPLY_H
#define MIME_AUTO_REPLY_H

#include "mime/answer.h"

#define AUTO_REPLY_REFERENCES_MAX 20

struct auto_reply {
    char *to;   /* who is answered */
    char *from; /* the own address that the message came to */
    size_t own; /* of which of the own addresses it is one */
};
void auto_reply_done(struct auto_reply *r);
/* NULL and *out, or why it is not answered: a few words, for a log. The first `n_here` of `own` are of the account that the
 * message came to, the others of the same person elsewhere. */
const char *auto_reply_judge(struct fct_bytes header, const struct answer_address *own, size_t n_here, size_t n_own,
                             struct auto_reply *out);

struct auto_reply_text {
    const char *from_name, *from, *to;
    const char *subject, *text, *html;        /* what the person says; each may be NULL */
    const char *to_subject;                   /* of the message that is answered; NULL: it has none */
    const char *to_message_id, *to_references; /* of it, without <>, separated by one space, or NULL */
    int64_t now;
};
/* Writes the message into the empty `out`. *out_message_id, without <>, is the caller's. */
int auto_reply_write(const struct auto_reply_text *t, struct buf *out, char **out_message_id, struct fct_error *err);

#endif
