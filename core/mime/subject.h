/* subject.h - the base subject by which messages are threaded and sorted. */
#ifndef MIME_SUBJECT_H
#define MIME_SUBJECT_H

#include "base/buf.h"

/* RFC 5256 section 2.1, and the reply prefixes of other languages (Aw:, Sv:, Rép:, TR: ...); folded by text_fold.
 * `subject` is decoded. Linear. Appends. */
void subject_base(struct fct_bytes subject, struct buf *out);

#endif
