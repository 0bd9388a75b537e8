/* Flags that the server told of, written down. */
#include "base/alloc.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

static void sort_out(const struct store_told_flags *told, size_t n, struct told *t)
{
    for (size_t i = 0; i < n; i++) {
        if (told[i].is_put_off)
            listing_add(&t->put_off, told[i].uid, &told[i].flags);
        if (told[i].is_unknown)
            listing_add(&t->unknown, told[i].uid, &told[i].flags);
    }
}

static int write_some(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct told *t = arg;
    size_t n = t->last - t->first;
    CLEANUP(freep) struct store_told_flags *told = xcalloc(n + 1, sizeof(told[0]));
    for (size_t i = 0; i < n; i++) {
        size_t at = t->which ? t->which[t->first + i] : t->first + i;
        told[i] = (struct store_told_flags){.uid = t->listing->v[at].uid, .flags = listing_flags(t->listing, at)};
    }
    bool changed = false;
    if (store_placements_server_flags(tx, t->mailbox_id, told, n, t->may_hide, &changed, err) < 0)
        return -1;
    t->changed |= changed;
    sort_out(told, n, t);
    return 0;
}

int sync_write_told(struct sync_engine *e, struct told *t, size_t n, size_t at_once, struct fct_error *err)
{
    for (t->first = 0; t->first < n; t->first = t->last) {
        t->last = n - t->first < at_once ? n : t->first + at_once;
        if (store_write(e->o.store, write_some, t, err) < 0)
            return -1;
    }
    return 0;
}

void told_done(struct told *t)
{
    listing_done(&t->put_off);
    listing_done(&t->unknown);
}
