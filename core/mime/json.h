/* json.h - text of messages as JSON strings: always valid UTF-8, never a NUL. */
#ifndef MIME_JSON_H
#define MIME_JSON_H

#include "base/buf.h"

#include <jansson.h>

/* A JSON string; malformed UTF-8 and NUL become U+FFFD. New reference. */
json_t *json_text(struct fct_bytes s);
/* The JSON text of a string, quotes included. `s` is valid UTF-8. Appends. */
void json_add_quoted(struct buf *out, struct fct_bytes s);

#endif
