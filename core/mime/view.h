/* view.h - what GMime is given to read: the Content-* fields of the message, an empty line, and its body, uncopied.
 *
 * A GMimeStream over a small text of ours followed by a slice of somebody else's. GMime so never sees an address field
 * or anything else it would take apart without need, and a part's content is a pair of offsets into the message. The
 * slice must outlive every stream made of it. Threads: one at a time.
 */
#ifndef MIME_VIEW_H
#define MIME_VIEW_H

#include "base/buf.h"

#include <gmime/gmime.h>

/* Registers the class: once, before any other call. */
void view_init(void);
/* Takes `head` over (it becomes empty). Unref with g_object_unref. */
GMimeStream *view_new(struct buf *head, struct fct_bytes body);
/* Bytes between two positions of the view, which lie behind the head. */
struct fct_bytes view_body_slice(GMimeStream *view, int64_t from, int64_t to);

#endif
