/* json_write.h - a JSON value as compact text: what json_dumps gives with JSON_COMPACT and JSON_ENCODE_ANY, byte for
 * byte, in a fraction of its time.
 *
 * jansson decodes each character of a string again, hands its output on in pieces of a few bytes and notes the address
 * of each container against circles. Here strings are UTF-8 because whoever made the value saw to it (json_string
 * checks, json_text repairs), and a circle ends at the depth.
 *
 * Threads: any, one value on one at a time. Errors: -1 where it would be larger than `max` bytes, or is nested deeper
 * than JSON_WRITE_DEPTH; *out then has the beginning of it.
 */
#ifndef API_JSON_WRITE_H
#define API_JSON_WRITE_H

#include "base/buf.h"

#include <jansson.h>

#define JSON_WRITE_DEPTH 512 /* a request has at most 128 (maxDepthRequest), and a fiber 256 KiB of stack */

/* Appends `value`, at most `max` bytes. A value that is shared many times over may be far larger written out than it is
 * in memory, so the bound holds while it is written. */
int json_write(struct buf *out, const json_t *value, size_t max);

#endif
