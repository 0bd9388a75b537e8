/* compose_headers.h - header properties become header fields. Internal to compose. */
#ifndef MIME_COMPOSE_HEADERS_H
#define MIME_COMPOSE_HEADERS_H

#include "mime/compose.h"

/* What has been written so far, so that no field is given twice. */
struct header_set {
    char *names[COMPOSE_MAX_HEADERS]; /* lower case */
    size_t n;
};
void header_set_done(struct header_set *s);
bool header_set_has(const struct header_set *s, const char *name);

enum header_outcome { NOT_A_HEADER, HEADER_WRITTEN, HEADER_BAD };
/* Writes the field of one property of an Email (`of_part` false) or of a part. HEADER_BAD: *err says why. `inherited`
 * (may be NULL): fields that the Email has and a part must not repeat. */
enum header_outcome header_property_write(struct header_set *s, const struct header_set *inherited, bool of_part,
                                          const char *property, const json_t *value, struct buf *out,
                                          struct fct_error *err);
#define HEADER_LINE_MAX 998 /* RFC 5322 section 2.1.1 */
/* Whether no line is longer: what has no space cannot be folded. */
bool header_lines_fit(struct fct_bytes fields);
/* "Thu, 30 Oct 2014 14:12:00 +0800" */
void header_date_write(struct buf *out, const char *name, int64_t seconds, int zone_minutes);
/* A new id, of the domain of the first address: "Message-ID: <...@example.org>" */
void header_id_write(struct buf *out, const char *name, const json_t *from);
/* What stands behind the @ of the first address, when it can stand in an id, else "localhost". */
const char *header_domain_of(const json_t *from);
/* Letters and digits that nobody can guess, 32 at most. */
void header_random_add(struct buf *out, size_t n);

#endif
