#include "sync/compare.h"

#include "base/alloc.h"

#include <stdlib.h>

void sync_plan_done(struct sync_plan *p)
{
    uid_ranges_done(&p->fetch);
    uid_ranges_done(&p->vanished);
    free(p->reflag);
    *p = (struct sync_plan){0};
}

/* Extends the last range when nothing that is kept lies between it and `uid`. */
static void extend(struct uid_ranges *r, bool joins, uint64_t uid)
{
    if (joins)
        r->v[r->n - 1].last = uid;
    else
        uid_ranges_add(r, uid, uid);
}

static void reverse(struct uid_ranges *r)
{
    for (size_t i = 0, j = r->n; i + 1 < j; i++) {
        struct fct_uid_range swap = r->v[i];
        r->v[i] = r->v[--j];
        r->v[j] = swap;
    }
}

static bool flags_may_differ(const struct listed *server, const struct store_uid_flags *local)
{
    return server->flags != local->flags || server->keywords_at || local->has_keywords;
}

void sync_compare(const struct listing *server, bool complete, const struct store_uid_flags *local, size_t n_local, size_t window,
                  struct sync_plan *out)
{
    struct sync_plan p = {0};
    size_t i = 0, j = 0, in_window = 0;
    bool fetch_joins = false, vanish_joins = false;

    p.reflag = xreallocarray(NULL, server->n, sizeof(p.reflag[0]));
    while (i < server->n || j < n_local) {
        bool here_only = i == server->n || (j < n_local && local[j].uid < server->v[i].uid);
        bool there_only = !here_only && (j == n_local || server->v[i].uid < local[j].uid);
        if (here_only) {
            if (complete) {
                extend(&p.vanished, vanish_joins, local[j].uid);
                vanish_joins = true;
            }
            fetch_joins = false;
            j++;
        } else if (there_only) {
            if (in_window == window || (fetch_joins && server->v[i].uid - p.fetch.v[p.fetch.n - 1].last > SYNC_GAP_MAX))
                fetch_joins = false;
            in_window = fetch_joins ? in_window + 1 : 1;
            extend(&p.fetch, fetch_joins, server->v[i].uid);
            fetch_joins = true;
            vanish_joins = false;
            p.n_fetch++;
            i++;
        } else {
            if (flags_may_differ(&server->v[i], &local[j]))
                p.reflag[p.n_reflag++] = i;
            fetch_joins = vanish_joins = false;
            i++;
            j++;
        }
    }
    /* News are not everything: a run between two of them may hold messages that are here. Only a complete listing
     * may join UIDs over a gap, and there `here_only` has cut every run already. */
    reverse(&p.fetch);
    *out = p;
}

/* ---- bites ---------------------------------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const struct fct_uid_range *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

void uid_bites_begin(struct uid_bites *b, const struct uid_ranges *r, const struct store_uid_flags *local, size_t n_local)
{
    *b = (struct uid_bites){.local = local, .n_local = n_local};
    if (r->n == 0)
        return;
    struct fct_uid_range *sorted = xreallocarray(NULL, r->n, sizeof(sorted[0]));
    memcpy(sorted, r->v, r->n * sizeof(sorted[0]));
    qsort(sorted, r->n, sizeof(sorted[0]), by_first);
    for (size_t i = 0; i < r->n; i++) {
        struct fct_uid_range *last = b->ranges.n ? &b->ranges.v[b->ranges.n - 1] : NULL;
        if (last && sorted[i].first <= last->last)
            last->last = sorted[i].last > last->last ? sorted[i].last : last->last;
        else
            uid_ranges_add(&b->ranges, sorted[i].first, sorted[i].last);
    }
    free(sorted);
}

bool uid_bites_next(struct uid_bites *b, size_t max, struct uid_ranges *out)
{
    size_t taken = 0;
    bool joins = false;
    out->n = 0;
    while (taken < max && b->at < b->ranges.n && b->at_local < b->n_local) {
        uint64_t uid = b->local[b->at_local].uid;
        if (uid < b->ranges.v[b->at].first) {
            b->at_local++;
            joins = false;
        } else if (uid > b->ranges.v[b->at].last) {
            b->at++;
            joins = false;
        } else {
            extend(out, joins, uid);
            joins = true;
            taken++;
            b->at_local++;
        }
    }
    return taken > 0;
}

void uid_bites_done(struct uid_bites *b)
{
    uid_ranges_done(&b->ranges);
}
