/* receipt.h - a message that says that another one was shown: a message disposition notification (RFC 8098). Pure. Threads: any. */
#ifndef MIME_RECEIPT_H
#define MIME_RECEIPT_H

#include "base/buf.h"

struct mime_receipt {
    const char *from_name, *from; /* who says so; the name may be NULL */
    const char *to;               /* the field as it shall stand: To: is put before it; ASCII */
    const char *subject, *text;   /* UTF-8 */
    int64_t now;                  /* seconds */
    const char *reporting_ua;     /* or NULL */
    const char *original_recipient, *final_recipient; /* "rfc822;jane@example.org"; the first may be NULL */
    const char *original_message_id;                  /* without <>, or NULL */
    const char *disposition;                          /* "manual-action/MDN-sent-manually; displayed" */
    const char *const *extensions;                    /* name, value, ..., NULL; or NULL */
    struct fct_bytes original;                        /* the message, to be returned whole; empty: it is not */
};
/* Appends the message, and its Message-ID without <> to `out_id`. FCT_E_INVALID: something that cannot stand in a field. */
int mime_receipt_write(const struct mime_receipt *r, struct buf *out, struct buf *out_id, struct fct_error *err);

#endif
