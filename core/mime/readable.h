/* readable.h - the text of a message for people and for the index. */
#ifndef MIME_READABLE_H
#define MIME_READABLE_H

#include "mime/message.h"

/* One text part as readable text: flowed lines joined, HTML turned into text. `flags`: enum html_flag. Appends at most
 * about `max`. */
void readable_part(const struct mime_part *p, unsigned flags, size_t max, struct buf *out);
/* The preview line. `body` may give the readable text of the first text body part when the caller has it already. */
void readable_preview(const struct mime_message *m, const struct fct_bytes *body, struct buf *out);
/* All that the index should find: text parts, of alternatives the plain one unless it says next to nothing, embedded
 * messages too. At most MIME_MAX_INDEX_BYTES. *out_body becomes the range of it that is the first text body part, n 0
 * when that is not in it. */
void readable_index(const struct mime_message *m, struct buf *out, size_t *out_body_from, size_t *out_body_n);
/* Subject and From of an embedded message, one a line, for the index (summary.c). */
void readable_envelope(const struct mime_message *m, struct buf *out);
/* Names of attachments, one a line. */
void readable_files(const struct mime_message *m, struct buf *out);

#endif
