/* base64.h - RFC 4648 section 4, as SASL needs it. Pure functions. */
#ifndef IMAP_BASE64_H
#define IMAP_BASE64_H

#include "buffer.h"

/* Appends; "=" padded. */
void imap_base64_encode(struct fct_bytes data, struct imap_buffer *out);
/* Appends. False, and nothing is appended, for what is no base64. */
bool imap_base64_decode(struct fct_bytes text, struct imap_buffer *out);

#endif
