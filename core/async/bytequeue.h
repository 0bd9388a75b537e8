/* bytequeue.h - bytes that wait to be read: appended at the end, lent from the front without a copy.
 *
 * `{0}` is an empty queue. A lent slice stays where it is until bytequeue_reclaim, whatever is appended meanwhile:
 * a queue that has to move takes new memory and keeps the old until then.
 */
#ifndef ASYNC_BYTEQUEUE_H
#define ASYNC_BYTEQUEUE_H

#include <facteur/plugin.h>

struct bytequeue {
    char *p;
    size_t cap, start, end;
    bool lent;     /* a slice somewhere before `start` is in use */
    char *retired; /* memory that holds the lent slice, after a move */
};

static inline size_t bytequeue_count(const struct bytequeue *q)
{
    return q->end - q->start;
}

/* The bytes that wait. Valid until the queue changes. */
static inline struct fct_bytes bytequeue_bytes(const struct bytequeue *q)
{
    return (struct fct_bytes){q->p ? q->p + q->start : "", q->end - q->start};
}

/* Takes `n` bytes from the front; at most one slice is lent at a time. */
struct fct_bytes bytequeue_lend(struct bytequeue *q, size_t n);
void bytequeue_reclaim(struct bytequeue *q);
/* Takes `n` bytes from the front and forgets them. */
void bytequeue_drop(struct bytequeue *q, size_t n);
/* Room for at least `min` bytes at the end; *out_n is how much there is. Follow with bytequeue_grown. */
char *bytequeue_room(struct bytequeue *q, size_t min, size_t *out_n);
void bytequeue_grown(struct bytequeue *q, size_t n);
/* Gives memory back if nothing waits and nothing is lent. */
void bytequeue_trim(struct bytequeue *q);
void bytequeue_done(struct bytequeue *q);

#endif
