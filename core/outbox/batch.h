/* batch.h - submissions that are sent one after the other and written down together, when the server is quick. Inside outbox/ only.
 *
 * One by one costs two waits for the disk each: before the last byte (`sending`), and when the answer has come. Of a batch both are one
 * wait, in one transaction with the batches before and after it, which goes on while another batch is on the wire. How large they are
 * follows from how quick the server is: one that takes a message in a tenth of a second, or is new, gets them one by one.
 *
 * Threads    loop thread. Everything that touches the store suspends.
 */
#ifndef OUTBOX_BATCH_H
#define OUTBOX_BATCH_H

#include "outbox/marks.h"
#include "outbox/outbox.h"
#include "outbox/parcel.h"

#define BATCH_MAX 64
#define BATCH_BYTES ((size_t)8 << 20) /* of messages that are held in memory, unless the first is larger */
#define BATCH_MS 100u                 /* about so long shall one be on the wire */
_Static_assert(2 * BATCH_MAX <= MARKS_UNSETTLED && 2 * MARKS_UNSETTLED <= MARKS, "no mark is overwritten that is needed");

/* Those that were sent, and of which the store does not know it yet. */
struct endings {
    struct store_submission_end *v; /* with a reply of its own each */
    size_t n;
};
void endings_add(struct endings *e, const struct store_submission_end *end);
void endings_done(struct endings *e);

struct batch {
    struct parcel *v;
    size_t n;
    bool is_reserved;
};
void batch_done(struct batch *b);

struct batch_wish {
    const struct outbox_options *o;
    struct marks *marks;  /* NULL: nothing is reserved */
    size_t max;           /* 1: nothing is reserved */
    int64_t after;        /* in the order of ids */
    struct endings *ended; /* are written down, too; emptied when they are */
    /* out */
    struct batch batch;
    int64_t last, next;   /* the id of the last that was looked at; when there is more, if there is none now */
};
/* Takes what is due. On failure wish->batch is empty, and nothing is reserved. */
int batch_take(struct batch_wish *w, struct fct_error *err);
/* Writes down what has ended, and that those from `from` on were not sent, if they were reserved. */
int batch_settle(const struct outbox_options *o, struct endings *ended, const struct batch *b, size_t from, struct fct_error *err);
/* How many the next may be, after one of `n` that took `ms`. */
size_t batch_size(size_t n, uint64_t ms);

#endif
