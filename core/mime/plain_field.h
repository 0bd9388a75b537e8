/* plain_field.h - Content-Type and Content-Disposition as most programs write them, read without GMime.
 *
 * What is not that plain (comments, escapes, encoded words, RFC 2231, eight bits, anything twice or out of place) is
 * left to GMime, which knows what senders do. What is plain can be read in one way only. Threads: any.
 */
#ifndef MIME_PLAIN_FIELD_H
#define MIME_PLAIN_FIELD_H

#include "base/buf.h"

#define PLAIN_FIELD_BYTES 500
#define PLAIN_FIELD_PARAMS 8

struct plain_field {
    const char *word; /* "text/plain", "attachment", as it is written; in `text`, as the rest */
    struct {
        const char *name, *value;
    } params[PLAIN_FIELD_PARAMS];
    size_t n_params;
    char text[PLAIN_FIELD_BYTES + 2 * PLAIN_FIELD_PARAMS + 2];
};

/* `with_slash`: a type, else one word. False: it is not plain; *out is then undefined. */
bool plain_field_parse(struct fct_bytes value, bool with_slash, struct plain_field *out);
/* NULL: there is none. The name in any case. */
const char *plain_field_param(const struct plain_field *f, const char *name);
bool plain_field_is_multipart(const struct plain_field *type);

#endif
