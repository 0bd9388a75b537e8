#include "outbox/batch.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GROWTH 4

size_t batch_size(size_t n, uint64_t ms)
{
    size_t most = n * GROWTH < BATCH_MAX ? n * GROWTH : BATCH_MAX;
    size_t quick = ms > 0 ? (size_t)(n * BATCH_MS / ms) : BATCH_MAX;
    size_t size = quick < most ? quick : most;
    return size > 0 ? size : 1;
}

void endings_add(struct endings *e, const struct store_submission_end *end)
{
    e->v = xreallocarray(e->v, e->n + 1, sizeof(*e->v));
    e->v[e->n] = *end;
    e->v[e->n++].reply = end->reply ? xstrdup(end->reply) : NULL;
}

void endings_done(struct endings *e)
{
    for (size_t i = 0; i < e->n; i++)
        free((char *)e->v[i].reply);
    free(e->v);
    *e = (struct endings){0};
}

void batch_done(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        parcel_done(&b->v[i]);
    free(b->v);
    *b = (struct batch){0};
}

/* ---- jobs for the store ---- */

static int read_due(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch_wish *w = arg;
    struct store_submission_due due[BATCH_MAX];
    size_t n, bytes = 0;
    int64_t now = (int64_t)time(NULL);
    if (store_submissions_due(tx, w->o->account_id, now, w->after, w->max, due, &n, &w->next, err) < 0)
        return -1;
    w->batch.v = xcalloc(n + 1, sizeof(*w->batch.v));
    for (size_t i = 0; i < n && bytes < BATCH_BYTES; i++) {
        struct parcel *p = &w->batch.v[w->batch.n++];
        p->id = due[i].id;
        parcel_load(tx, p, &p->why);
        bytes += p->view.bytes.n;
        w->last = p->id;
    }
    return 0;
}

struct writing {
    struct batch_wish *w;
    const struct endings *ended;
    const struct batch *not_sent;
    size_t from;
};

static int write_endings(struct store_tx *tx, const struct endings *ended, struct fct_error *err)
{
    for (size_t i = 0; i < ended->n; i++) {
        int state;
        if (store_submission_ended(tx, &ended->v[i], &state, err) < 0 && err->code != FCT_E_NOT_FOUND)
            return -1;
    }
    return 0;
}

static int write_batch(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct writing *x = arg;
    struct batch *b = x->w ? &x->w->batch : NULL;
    if (write_endings(tx, x->ended, err) < 0)
        return -1;
    for (size_t i = 0; b && i < b->n; i++)
        if (b->is_reserved ? store_submission_reserve(tx, b->v[i].id, marks_owner(x->w->marks), &b->v[i].is_reserved, err) < 0
                           : store_submission_release(tx, b->v[i].id, err) < 0 && err->code != FCT_E_NOT_FOUND)
            return -1;
    for (size_t i = x->from; x->not_sent && i < x->not_sent->n; i++)
        if (parcel_is_untouched(&x->not_sent->v[i]) && store_submission_unreserve(tx, x->not_sent->v[i].id, (int64_t)time(NULL), err) < 0 &&
            err->code != FCT_E_NOT_FOUND)
            return -1;
    return 0;
}

/* ---- the two steps ---- */

static bool can_be_reserved(const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].why.code)
            return false; /* what cannot be read is told of by itself */
    return b->n > 1;
}

static bool is_held(const struct batch *b)
{
    return b->n > 0 && b->v[0].s.state == SUBMISSION_HELD;
}

/* One that cannot be reserved with others goes alone; the others are taken again. */
static void shorten(struct batch_wish *w)
{
    for (size_t i = 1; i < w->batch.n; i++)
        parcel_done(&w->batch.v[i]);
    if (w->batch.n > 1)
        w->batch.n = 1;
    if (w->batch.n == 1)
        w->last = w->batch.v[0].id;
}

static int clear_marks(struct batch_wish *w, struct fct_error *err)
{
    for (size_t i = 0; i < w->batch.n; i++)
        if (marks_clear(w->marks, w->batch.v[i].id, err) < 0)
            return -1;
    return 0;
}

static int write_taken(struct batch_wish *w, struct fct_error *err)
{
    struct writing x = {.w = w, .ended = w->ended};
    if (!w->batch.is_reserved && !is_held(&w->batch) && w->ended->n == 0)
        return 0;
    if (store_write(w->o->store, write_batch, &x, err) < 0)
        return -1;
    endings_done(w->ended);
    if (!w->batch.is_reserved && is_held(&w->batch))
        w->batch.v[0].s.state = SUBMISSION_QUEUED;
    return 0;
}

int batch_take(struct batch_wish *w, struct fct_error *err)
{
    w->batch = (struct batch){0};
    w->last = w->after;
    if (w->max > BATCH_MAX || !w->marks)
        w->max = w->marks ? BATCH_MAX : 1;
    int result = store_read(w->o->store, read_due, w, err);
    if (result == 0) {
        w->batch.is_reserved = can_be_reserved(&w->batch);
        if (!w->batch.is_reserved)
            shorten(w);
        result = w->batch.is_reserved ? clear_marks(w, err) : 0;
    }
    if (result == 0)
        result = write_taken(w, err);
    if (result < 0)
        batch_done(&w->batch);
    return result;
}

int batch_settle(const struct outbox_options *o, struct endings *ended, const struct batch *b, size_t from, struct fct_error *err)
{
    struct writing x = {.ended = ended, .not_sent = b, .from = from};
    bool has_more = b && b->is_reserved && from < b->n;
    if (ended->n == 0 && !has_more)
        return 0;
    if (store_write(o->store, write_batch, &x, err) < 0)
        return -1;
    endings_done(ended);
    return 0;
}
