/* placeholders.h - "Dear {{to.name}}" in a template becomes a draft's "Dear Jane".
 *
 * A placeholder is a name of letters, digits, '.', '_' and '-' between two braces on each side; spaces beside it do not
 * count. They are looked for in the subject, the text and the HTML. What there is no value for stays as it stands, for
 * the writer to see.
 *
 * Threads    any.
 */
#ifndef MIME_PLACEHOLDERS_H
#define MIME_PLACEHOLDERS_H

#include "base/buf.h"

#include <jansson.h>

#define PLACEHOLDER_NAME_MAX 64
#define PLACEHOLDERS_MAX_BYTES \
    ((size_t)8 << 20) /* of a text that is filled in: values may be long, and stand in it often */

/* Fills in the draft, an Email object with bodyValues "text" and "html" as mime_template makes it. `values`: an object
 * of strings, or NULL; beside them there are date (2014-10-30) and time (14:12), at `now` in that zone, and from.name,
 * from.email, to.name and to.email: of the first of each in the draft; where there is no name, the address. Adds the
 * names that have no value to the array `missing`, each once. FCT_E_TOO_LARGE. */
int placeholders_fill(json_t *draft, const json_t *values, int64_t now, int zone_minutes, json_t *missing,
                      struct fct_error *err);

#endif
