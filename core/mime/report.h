/* report.h - what a server or a reader says of a message that was sent: delivery status notifications (RFC 3464, RFC
 * 6533), receipts (RFC 8098), and the texts of qmail (QSBMF) and of Exim before it wrote reports. Pure. Threads: any.
 *
 * Anybody can write such a message: what it says counts only for a message that was sent, to a recipient whom it was
 * sent to (store/submissions.h).
 */
#ifndef MIME_REPORT_H
#define MIME_REPORT_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

#define REPORT_RECIPIENTS_MAX 1000
#define REPORT_BYTES_MAX 1048576 /* of the machine-readable part */

enum mime_report_action {
    REPORT_FAILED = 1,
    REPORT_DELAYED = 2,
    REPORT_DELIVERED = 3,
    REPORT_RELAYED = 4,  /* to a server that tells no more; "expanded", too */
    REPORT_DISPLAYED = 5 /* a receipt: somebody was shown it */
};
struct mime_report_recipient {
    char *original, *final; /* addresses; either may be NULL */
    int action;
    char *reply; /* as an SMTP server would say it, printable: "550 5.1.1 no such user"; or NULL */
};
struct mime_report {
    bool is_receipt;
    char *message_id; /* of the message that it speaks of, without <>; or NULL */
    char *envid;      /* of its transaction (RFC 3461 section 4.4), or NULL */
    struct mime_report_recipient *recipients;
    size_t n_recipients;
};
/* NULL: it is no report. */
struct mime_report *mime_report_read(struct fct_bytes raw);
void mime_report_free(struct mime_report *r);

#endif
