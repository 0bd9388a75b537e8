/* deflate.h - raw DEFLATE in both directions (IMAP COMPRESS, RFC 4978).
 *
 * Decoding produces only as much as is asked for, so that a small input that would grow without measure costs
 * nothing but the caller's own bound.
 */
#ifndef ASYNC_DEFLATE_H
#define ASYNC_DEFLATE_H

#include "async/bytequeue.h"
#include "base/buf.h"
#include "base/cleanup.h"

struct deflate;

struct deflate *deflate_new(void);
void deflate_free(struct deflate *d);
DEFINE_FREEP(struct deflate *, deflate_free);

/* Appends up to about `max` decoded bytes to `to`. Returns 1 when there were some, 0 when more input is needed, or -1
 * (FCT_E_PROTOCOL: not DEFLATE). */
int deflate_decode(struct deflate *d, struct bytequeue *from, struct bytequeue *to, size_t max, struct fct_error *err);
/* Whether the other side has ended its stream: nothing more will come. */
bool deflate_peer_ended(const struct deflate *d);

/* Appends the encoded bytes; with `flush` everything given so far can be decoded from them. */
void deflate_encode(struct deflate *d, struct fct_bytes data, bool flush, struct buf *to);

#endif
