/* uidset.h - sequence-set of RFC 9051 section 9: "1:3,5,7:*", read and written.
 *
 * Pure functions. Nothing is expanded: "1:4294967295" is one range.
 */
#ifndef IMAP_UIDSET_H
#define IMAP_UIDSET_H

#include "wire/buffer.h"

/* The next range of *set, which loses it. Ends are put in order; "*" is UINT32_MAX. Returns 1, 0 at the end, or -1
 * for what is no set (*set is left there). */
int imap_uidset_next(struct fct_bytes *set, struct fct_uid_range *out);

/* Puts ranges in ascending order and makes one of those that overlap or touch, in place; returns how many there are
 * then. Some servers refuse sets that descend. */
size_t imap_uidset_tidy(struct fct_uid_range *ranges, size_t n);
/* The same as a copy, which the caller frees. */
struct fct_uid_range *imap_uidset_tidied(const struct fct_uid_range *ranges, size_t n, size_t *out_n);

/* How many UIDs they are; one up to "*" counts as UINT32_MAX. */
uint64_t imap_uidset_count(const struct fct_uid_range *ranges, size_t n);

/* Appends ranges as a set of at most `max` characters; *from is the first that is not in it yet and moves on. A
 * `last` above 32 bits is written as "*". Returns false when there was nothing to write. */
bool imap_uidset_add(struct wire_buffer *to, const struct fct_uid_range *ranges, size_t n, size_t *from, size_t max);

#endif
