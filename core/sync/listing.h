/* listing.h - what a server says a mailbox holds: UIDs in ascending order with their flags.
 *
 * Filled line by line from a source's sink, then made ready for comparing by listing_sort. 16 bytes a message, so that a
 * mailbox of 500,000 fits in 8 MB; keyword names are kept only for the messages that have some.
 * Ownership: the caller's storage; `{0}` is empty. Threads: any, one at a time.
 */
#ifndef SYNC_LISTING_H
#define SYNC_LISTING_H

#include "base/buf.h"

#define LISTING_MAX 8000000             /* what a hostile server cannot go beyond: 128 MB */
#define LISTING_KEYWORDS_MAX (64 << 20)

struct listed {
    uint64_t uid;
    uint32_t flags;       /* enum fct_flag */
    uint32_t keywords_at; /* 0: none; else one past the offset of a NUL-terminated string in listing.keywords */
};

struct listing {
    struct listed *v;
    size_t n, cap;
    struct buf keywords;
};

void listing_done(struct listing *l);
/* Forgets the content, keeps the memory. */
void listing_clear(struct listing *l);
/* False when the listing is full, LISTING_MAX lines or LISTING_KEYWORDS_MAX bytes: nothing is added. */
bool listing_add(struct listing *l, uint64_t uid, const struct fct_flags *flags);
/* Ascending by UID; of several lines for one UID the last one said counts. */
void listing_sort(struct listing *l);
struct fct_flags listing_flags(const struct listing *l, size_t i);

/* A growing list of UID ranges. */
struct uid_ranges {
    struct fct_uid_range *v;
    size_t n, cap;
};
void uid_ranges_done(struct uid_ranges *r);
void uid_ranges_add(struct uid_ranges *r, uint64_t first, uint64_t last);
/* Takes single UIDs out of ranges; both descend. */
void uid_ranges_subtract(struct uid_ranges *r, const struct uid_ranges *uids);

#endif
