#include "sync/listing.h"

#include "base/alloc.h"

#include <stdlib.h>

void listing_done(struct listing *l)
{
    free(l->v);
    buf_done(&l->keywords);
    *l = (struct listing){0};
}

void listing_clear(struct listing *l)
{
    l->n = 0;
    buf_clear(&l->keywords);
}

bool listing_add(struct listing *l, uint64_t uid, const struct fct_flags *flags)
{
    if (l->n == LISTING_MAX || l->keywords.n + flags->keywords.n >= LISTING_KEYWORDS_MAX)
        return false;
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap + l->cap / 2 : 256;
        l->v = xreallocarray(l->v, l->cap, sizeof(l->v[0]));
    }
    struct listed *e = &l->v[l->n++];
    *e = (struct listed){.uid = uid, .flags = flags->bits};
    if (flags->keywords.n > 0) {
        e->keywords_at = (uint32_t)l->keywords.n + 1;
        buf_add(&l->keywords, flags->keywords.p, flags->keywords.n);
        buf_add_char(&l->keywords, '\0');
    }
    return true;
}

static int by_uid(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static bool is_ascending(const struct listing *l)
{
    for (size_t i = 1; i < l->n; i++)
        if (l->v[i - 1].uid >= l->v[i].uid)
            return false;
    return true;
}

/* Merge sort, since of equal UIDs the later line must stay the later one. */
static void merge_sort(struct listed *v, struct listed *spare, size_t n)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge_sort(v, spare, half);
    merge_sort(v + half, spare, n - half);
    while (i < half && j < n)
        spare[k++] = by_uid(&v[j], &v[i]) < 0 ? v[j++] : v[i++];
    while (i < half)
        spare[k++] = v[i++];
    while (j < n)
        spare[k++] = v[j++];
    memcpy(v, spare, n * sizeof(v[0]));
}

void listing_sort(struct listing *l)
{
    if (l->n == 0 || is_ascending(l))
        return;
    struct listed *spare = xreallocarray(NULL, l->n, sizeof(spare[0]));
    merge_sort(l->v, spare, l->n);
    free(spare);
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (kept > 0 && l->v[kept - 1].uid == l->v[i].uid)
            kept--;
        l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

struct fct_flags listing_flags(const struct listing *l, size_t i)
{
    struct fct_flags f = {.bits = l->v[i].flags};
    if (l->v[i].keywords_at)
        f.keywords = bytes_str(l->keywords.p + l->v[i].keywords_at - 1);
    return f;
}

void uid_ranges_done(struct uid_ranges *r)
{
    free(r->v);
    *r = (struct uid_ranges){0};
}

void uid_ranges_add(struct uid_ranges *r, uint64_t first, uint64_t last)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->v = xreallocarray(r->v, r->cap, sizeof(r->v[0]));
    }
    r->v[r->n++] = (struct fct_uid_range){first, last};
}

void uid_ranges_subtract(struct uid_ranges *r, const struct uid_ranges *uids)
{
    struct uid_ranges left = {0};
    size_t at = 0;
    for (size_t i = 0; i < r->n; i++) {
        uint64_t last = r->v[i].last;
        bool is_used_up = false;
        for (; at < uids->n && uids->v[at].first >= r->v[i].first; at++) {
            uint64_t uid = uids->v[at].first;
            if (uid > last)
                continue;
            if (uid < last)
                uid_ranges_add(&left, uid + 1, last);
            is_used_up = uid == r->v[i].first;
            last = uid - 1;
        }
        if (!is_used_up)
            uid_ranges_add(&left, r->v[i].first, last);
    }
    uid_ranges_done(r);
    *r = left;
}
