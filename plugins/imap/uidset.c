#include "uidset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_number(struct fct_bytes *set, uint64_t *out)
{
    if (set->n > 0 && *set->p == '*') {
        *out = UINT32_MAX;
        set->p++;
        set->n--;
        return true;
    }
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < set->n && set->p[digits] >= '0' && set->p[digits] <= '9') {
        n = n * 10 + (uint64_t)(set->p[digits++] - '0');
        if (n > UINT32_MAX)
            return false;
    }
    if (n == 0) /* nz-number */
        return false;
    set->p += digits;
    set->n -= digits;
    *out = n;
    return true;
}

int imap_uidset_next(struct fct_bytes *set, struct fct_uid_range *out)
{
    struct fct_bytes rest = *set;
    if (rest.n == 0)
        return 0;
    struct fct_uid_range r;
    if (!take_number(&rest, &r.first))
        return -1;
    r.last = r.first;
    if (rest.n > 0 && *rest.p == ':') {
        rest.p++;
        rest.n--;
        if (!take_number(&rest, &r.last))
            return -1;
    }
    if (rest.n > 0) {
        if (*rest.p != ',' || rest.n == 1)
            return -1;
        rest.p++;
        rest.n--;
    }
    if (r.last < r.first)
        r = (struct fct_uid_range){r.last, r.first};
    *set = rest;
    *out = r;
    return 1;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct fct_uid_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

size_t imap_uidset_tidy(struct fct_uid_range *ranges, size_t n)
{
    size_t kept = 0;
    qsort(ranges, n, sizeof(*ranges), compare_ranges);
    for (size_t i = 0; i < n; i++) {
        struct fct_uid_range *last = kept > 0 ? &ranges[kept - 1] : NULL;
        if (ranges[i].first > ranges[i].last)
            continue;
        if (last && ranges[i].first - 1 <= last->last)
            last->last = ranges[i].last > last->last ? ranges[i].last : last->last;
        else
            ranges[kept++] = ranges[i];
    }
    return kept;
}

struct fct_uid_range *imap_uidset_tidied(const struct fct_uid_range *ranges, size_t n, size_t *out_n)
{
    struct fct_uid_range *copy = wire_alloc((n ? n : 1) * sizeof(*copy));
    if (n > 0)
        memcpy(copy, ranges, n * sizeof(*copy));
    *out_n = imap_uidset_tidy(copy, n);
    return copy;
}

bool imap_uidset_add(struct wire_buffer *to, const struct fct_uid_range *ranges, size_t n, size_t *from, size_t max)
{
    size_t start = to->n;
    for (; *from < n; ++*from) {
        const struct fct_uid_range *r = &ranges[*from];
        char text[48];
        int len;
        if (r->last > UINT32_MAX)
            len = snprintf(text, sizeof(text), "%llu:*", (unsigned long long)r->first);
        else if (r->last > r->first)
            len = snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)r->first, (unsigned long long)r->last);
        else
            len = snprintf(text, sizeof(text), "%llu", (unsigned long long)r->first);
        if (to->n > start && to->n - start + 1 + (size_t)len > max)
            break;
        if (to->n > start)
            wire_buffer_add_char(to, ',');
        wire_buffer_add(to, text, (size_t)len);
    }
    return to->n > start;
}

uint64_t imap_uidset_count(const struct fct_uid_range *ranges, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ranges[i].last < UINT32_MAX ? ranges[i].last - ranges[i].first + 1 : UINT32_MAX;
    return count;
}
