#include "async/bytequeue.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 4096

struct fct_bytes bytequeue_lend(struct bytequeue *q, size_t n)
{
    assert(!q->lent && !q->retired && n <= bytequeue_count(q));
    struct fct_bytes slice = {q->p + q->start, n};
    q->start += n;
    q->lent = true;
    return slice;
}

void bytequeue_reclaim(struct bytequeue *q)
{
    q->lent = false;
    free(q->retired);
    q->retired = NULL;
    if (q->start == q->end)
        q->start = q->end = 0;
}

void bytequeue_drop(struct bytequeue *q, size_t n)
{
    assert(n <= bytequeue_count(q));
    q->start += n;
    if (q->start == q->end && !q->lent)
        q->start = q->end = 0;
}

static void move_to_new_memory(struct bytequeue *q, size_t cap)
{
    size_t count = bytequeue_count(q);
    char *p = xmalloc(cap);
    if (count)
        memcpy(p, q->p + q->start, count);
    if (q->lent) {
        q->retired = q->p;
        q->lent = false;
    } else {
        free(q->p);
    }
    q->p = p;
    q->cap = cap;
    q->start = 0;
    q->end = count;
}

char *bytequeue_room(struct bytequeue *q, size_t min, size_t *out_n)
{
    size_t count = bytequeue_count(q);
    if (q->cap - q->end < min) {
        /* Moving at most as many bytes as were read since the last move keeps the cost of all moves linear. */
        if (!q->lent && count <= q->start && q->cap - count >= min) {
            memcpy(q->p, q->p + q->start, count);
            q->start = 0;
            q->end = count;
        } else {
            size_t cap = q->cap > SMALLEST ? q->cap : SMALLEST;
            while (cap - count < min || (!q->lent && cap - count < count))
                cap *= 2;
            move_to_new_memory(q, cap);
        }
    }
    *out_n = q->cap - q->end;
    return q->p + q->end;
}

void bytequeue_grown(struct bytequeue *q, size_t n)
{
    assert(n <= q->cap - q->end);
    q->end += n;
}

void bytequeue_trim(struct bytequeue *q)
{
    if (bytequeue_count(q) == 0 && !q->lent && !q->retired)
        bytequeue_done(q);
}

void bytequeue_done(struct bytequeue *q)
{
    free(q->p);
    free(q->retired);
    *q = (struct bytequeue){0};
}
