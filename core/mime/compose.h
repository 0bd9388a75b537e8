/* compose.h - a message made of an Email object, as Email/set creates one: RFC 8621 section 4.6.
 *
 * Headers come as convenience properties ("from", "subject"...) or as "header:Name[:asForm][:all]", the body as
 * bodyStructure, or as textBody, htmlBody and attachments, with its texts in bodyValues and its files as blobs. What is
 * missing is put in: Message-ID, Date, MIME-Version. The result is RFC 5322 with CRLF, headers in ASCII (RFC 2047, RFC
 * 2231) but for addresses that are not; no CR, LF or NUL of a value ever becomes one of a header.
 *
 * Beyond the RFC: "generateTextBody": true on the Email makes a text/plain alternative of an htmlBody that has no
 * textBody; "embedImages": true makes parts of the pictures that an htmlBody has as data: URLs (embed.h); "format":
 * "flowed" on a text/plain part breaks its paragraphs as RFC 3676 has it (text_flow).
 *
 * Threads    any; blobs are read through the caller's function.
 */
#ifndef MIME_COMPOSE_H
#define MIME_COMPOSE_H

#include "base/buf.h"

#include <jansson.h>

#define COMPOSE_MAX_PARTS 500
#define COMPOSE_MAX_DEPTH 20
#define COMPOSE_MAX_HEADERS 200

struct compose_options {
    int64_t now;      /* seconds; 0: the clock */
    int zone_minutes; /* of the Date that is put in */
    size_t max_bytes; /* of the message: FCT_E_TOO_LARGE */
    /* Appends the bytes of a blob; FCT_E_BLOB_NOT_FOUND. */
    int (*blob)(void *ctx, const char *blob_id, struct buf *out, struct fct_error *err);
    void *ctx;
};

/* What is wrong with the object; `{0}`: nothing. */
struct compose_problem {
    char property[80];     /* that is at fault */
    json_t *missing_blobs; /* ids that are not there; NULL: none */
};
void compose_problem_done(struct compose_problem *p);

/* Appends the message. Properties that are no part of it (mailboxIds, keywords, receivedAt, replaces) are left alone.
 * -1 with FCT_E_INVALID and *out_problem, FCT_E_BLOB_NOT_FOUND and all missing blobs, or the error of a blob. */
int mime_compose(const json_t *email, const struct compose_options *o, struct buf *out,
                 struct compose_problem *out_problem, struct fct_error *err);

#endif
