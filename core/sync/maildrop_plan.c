#include "sync/maildrop_plan.h"

#include "base/alloc.h"

#define DAY INT64_C(86400)

static bool is_here(const struct maildrop_entry *e, bool with_unsure)
{
    return e->row && (e->row->state == MAILDROP_HERE || e->row->state == MAILDROP_LEAVING) && (with_unsure || e->row->is_sure);
}

/* What it takes there. What came is what counts; of the rest there is only the server's word. */
static int64_t size_of(const struct maildrop_entry *e)
{
    return e->row && e->row->size > 0 ? e->row->size : e->size > 0 ? e->size : 0;
}

/* Counted from the newest: how many may stay. */
static size_t staying(const struct maildrop_policy *p, const struct maildrop_entry *entries, size_t n)
{
    int64_t left = p->n;
    size_t kept = 0;
    if (p->leave == MAILDROP_LEAVE_MESSAGES)
        return (uint64_t)p->n < n ? (size_t)p->n : n;
    if (p->leave != MAILDROP_LEAVE_BYTES)
        return p->leave == MAILDROP_LEAVE_NONE ? 0 : n;
    while (kept < n && size_of(&entries[n - 1 - kept]) <= left)
        left -= size_of(&entries[n - 1 - kept++]);
    return kept;
}

void maildrop_plan(const struct maildrop_policy *p, const struct maildrop_entry *entries, size_t n, int64_t now, bool with_unsure,
                   struct maildrop_doomed *out)
{
    size_t first_staying = n - staying(p, entries, n);
    *out = (struct maildrop_doomed){.v = xcalloc(n + 1, sizeof(out->v[0]))};
    for (size_t i = 0; i < n; i++) {
        const struct maildrop_row *row = entries[i].row;
        if (!is_here(&entries[i], with_unsure))
            continue;
        int64_t due = p->leave == MAILDROP_LEAVE_DAYS ? row->fetched_at + p->n * DAY : 0;
        bool was_deleted = p->follows && !row->is_wanted;
        /* One that was leaving was doomed before, and the answer was lost: by another policy since, it stays. */
        if (i < first_staying || (due && due <= now) || was_deleted)
            out->v[out->n++] = i;
        else if (due && (out->due_at == 0 || due < out->due_at))
            out->due_at = due;
    }
}
