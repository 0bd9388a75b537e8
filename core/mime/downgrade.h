/* downgrade.h - a message in ASCII, for a server that takes nothing else (RFC 6152 section 3): each part that holds
 * other bytes is encoded, text in quoted-printable where that is short, everything else in base64. What its parts
 * decode to stays the same.
 *
 * What is signed stays as it is, or the signature would be broken (RFC 1847 section 2.1); headers are not changed (RFC
 * 6532 wants SMTPUTF8 for those). Text outside of the parts, which nobody is shown, is left away where it is not ASCII.
 *
 * Threads    any; linear in the message and its depth, so milliseconds for a large one.
 */
#ifndef MIME_DOWNGRADE_H
#define MIME_DOWNGRADE_H

#include "base/buf.h"

/* `raw` with CRLF line ends. Appends to `out`. FCT_E_UNSUPPORTED: it cannot be done, and why. */
int mime_downgrade(struct fct_bytes raw, struct buf *out, struct fct_error *err);

#endif
