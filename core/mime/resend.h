/* resend.h - a message that is sent on as it is: RFC 5322 section 3.6.6. Resent-Date, Resent-From, Resent-To, Resent-Cc
 * and Resent-Message-ID stand in front of it, as one block; not a byte behind them is changed. Who gets it without the
 * others knowing is in the envelope alone.
 *
 * Threads    any.
 */
#ifndef MIME_RESEND_H
#define MIME_RESEND_H

#include "base/buf.h"

#include <jansson.h>

struct resend_options {
    const json_t *from, *to, *cc; /* EmailAddress[]; cc may be NULL */
    int64_t now;                  /* seconds; 0: the clock */
    int zone_minutes;
};
/* Appends. FCT_E_INVALID: an address cannot stand in a header (the message begins with "from", "to" or "cc"), or the
 * message begins with a line that would continue the last of these fields. */
int mime_resend(struct fct_bytes raw, const struct resend_options *o, struct buf *out, struct fct_error *err);

#endif
