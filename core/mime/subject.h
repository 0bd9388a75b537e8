/* subject.h - the base subject by which messages are threaded and sorted, and the subjects of answers. */
#ifndef MIME_SUBJECT_H
#define MIME_SUBJECT_H

#include "base/buf.h"

/* RFC 5256 section 2.1, and the reply prefixes of other languages (Aw:, Sv:, Rép:, TR: ...); folded by text_fold.
 * `subject` is decoded. Linear. Appends. */
void subject_base(struct fct_bytes subject, struct buf *out);

/* "Re: subject", with one "Re:" whatever stood in front in whichever language ("AW: Re: x", "Re[2]: x", "[list] SV: x");
 * what was forwarded stays so ("Re: Fwd: x"). White space becomes one space. Linear. Appends. */
void subject_reply(struct fct_bytes subject, struct buf *out);
/* "Fwd: subject", likewise: "TR: x" is "Fwd: x", "Re: x" is "Fwd: Re: x". */
void subject_forward(struct fct_bytes subject, struct buf *out);

#endif
