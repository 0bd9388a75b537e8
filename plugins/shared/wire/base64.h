/* base64.h - RFC 4648 section 4, as SASL needs it. Pure functions. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "wire/buffer.h"

/* Appends; "=" padded. */
void wire_base64_encode(struct fct_bytes data, struct wire_buffer *out);
/* Appends. False, and nothing is appended, for what is no base64. */
bool wire_base64_decode(struct fct_bytes text, struct wire_buffer *out);

#endif
