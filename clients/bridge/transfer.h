/* transfer.h - what a download says of itself: ranges, types, names. Pure; threads: any. */
#ifndef BRIDGE_TRANSFER_H
#define BRIDGE_TRANSFER_H

#include "util.h"

enum range_kind { RANGE_WHOLE, RANGE_PART, RANGE_NONE };
/* What a Range header asks of `size` bytes (RFC 9110 section 14.2). One that is malformed, of another unit or of
 * several parts asks for the whole; RANGE_NONE: beyond the end. */
enum range_kind range_parse(const char *header, uint64_t size, uint64_t *out_offset, uint64_t *out_length);
/* Whether an If-None-Match has `etag` (with its quotes), or is "*". */
bool etag_is_among(const char *header, const char *etag);
/* A media type as it was asked for, or application/octet-stream where that is none. `out` has TYPE_SIZE bytes. */
#define TYPE_SIZE 256
void type_make_safe(const char *type, char out[TYPE_SIZE]);
/* Content-Disposition with that name (RFC 6266, RFC 8187): never inline, and no path. NULL: without a name. */
void disposition_write(const char *name, struct buf *out);

#endif
