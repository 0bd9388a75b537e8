/* fields.h - the other structured header fields: message ids, dates, URLs, lists of words. Any thread, linear. */
#ifndef MIME_FIELDS_H
#define MIME_FIELDS_H

#include "base/buf.h"

/* A NULL-terminated array of strings, each and the array freed by strings_free. */
void strings_free(char **v);
static inline void strings_freep(char ***v)
{
    strings_free(*v);
}

/* The msg-ids of a field without <> and white space (RFC 5322 section 3.6.4), at most MIME_MAX_IDS, the last ones.
 * Without any
 * <>, words with an @ and a word that stands alone are taken. NULL when there is none. */
char **field_message_ids(struct fct_bytes raw);
/* URLs in <> (RFC 2369 section 2). NULL when there is none. */
char **field_urls(struct fct_bytes raw);
/* Words between commas, comments off (Content-Language, RFC 3282). NULL when there is none. */
char **field_words(struct fct_bytes raw);

struct field_date {
    int64_t utc;  /* seconds since 1970 */
    int32_t zone; /* minutes east of UTC */
};
/* A date-time (RFC 5322 section 3.3, obsolete forms, asctime and ISO 8601 too). false when it is none. */
bool field_date_parse(struct fct_bytes raw, struct field_date *out);
/* "2026-11-23T10:00:00+01:00" (RFC 8620 section 1.4, Date). out has room for 32 bytes. */
void field_date_format(struct field_date d, char out[32]);

/* The value with comments and the white space around it removed, up to the first ';'. Appends. */
void field_token(struct fct_bytes raw, struct buf *out);
/* The value with each comment outside quotes as a space (RFC 5322 section 3.2.2). Appends. */
void field_uncomment(struct fct_bytes raw, struct buf *out);
/* The id in the <> of List-Id (RFC 2919), or the whole value where there are none; NULL when empty. */
char *field_list_id(struct fct_bytes raw);

#endif
