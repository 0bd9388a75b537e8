#include "search/textquery.h"

#include "base/alloc.h"

#include <stdlib.h>

#define DEPTH_MAX 6

void text_query_done(struct text_query *q)
{
    buf_done(&q->fts);
}

static bool has_wide(const struct search_filter *f, const struct prefix_table *prefixes)
{
    for (size_t i = 0; i < f->terms.n; i++) {
        const struct prefix_words *known = prefix_table_find(prefixes, &f->terms.v[i]);
        if (known && known->is_wide)
            return true;
    }
    return false;
}

static bool can(const struct search_filter *f, const struct prefix_table *prefixes, int depth)
{
    if (f->kind == FILTER_TEXT)
        return !has_wide(f, prefixes);
    if ((f->kind != FILTER_AND && f->kind != FILTER_OR && f->kind != FILTER_NOT) || depth > DEPTH_MAX)
        return false;
    for (size_t i = 0; i < f->n_children; i++)
        if (!can(f->children[i], prefixes, depth + 1))
            return false;
    return true;
}

bool text_query_can(const struct search_filter *f, const struct prefix_table *prefixes)
{
    return can(f, prefixes, 1);
}

/* All parts with (or without) a complement, joined; `n_found` tells how many there are. */
static void join_some(struct text_query *parts, size_t n, bool complements, const char *operator, struct buf * out,
                      size_t *n_found)
{
    *n_found = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].is_complement != complements)
            continue;
        if ((*n_found)++)
            buf_addf(out, " %s ", operator);
        buf_addf(out, "(%s)", buf_str(&parts[i].fts));
    }
}

/* The complement of nothing is everything, and the other way round. */
static bool is_absorbed(struct text_query *parts, size_t n, bool is_and, struct text_query *out)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i].fts.n == 0 && parts[i].is_complement != is_and) {
            *out = (struct text_query){.is_complement = !is_and};
            return true;
        }
    return false;
}

/* Parts that change nothing are left out. Returns how many remain. */
static size_t drop_neutral(struct text_query *parts, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].fts.n == 0)
            continue;
        struct text_query part = parts[i];
        parts[i] = (struct text_query){0};
        parts[kept++] = part;
    }
    return kept;
}

/* AND: (p1 AND p2) NOT (n1 OR n2), or without a p the complement of (n1 OR n2).
 * OR:  p1 OR p2, or with an n the complement of (n1 AND n2) NOT (p1 OR p2). */
void text_query_join(struct text_query *parts, size_t n, bool is_and, struct text_query *out)
{
    CLEANUP(buf_done) struct buf first = {0}, second = {0};
    size_t n_first, n_second;

    *out = (struct text_query){0};
    if (!is_absorbed(parts, n, is_and, out)) {
        n = drop_neutral(parts, n);
        if (n == 1) {
            *out = parts[0];
            return;
        }
        join_some(parts, n, !is_and, "AND", &first, &n_first);
        join_some(parts, n, is_and, "OR", &second, &n_second);
        out->is_complement = is_and ? n_first == 0 : n_first > 0;
        if (n_first > 0 && n_second > 0)
            buf_addf(&out->fts, "(%s) NOT (%s)", buf_str(&first), buf_str(&second));
        else if (n > 0)
            buf_add_str(&out->fts, n_first > 0 ? buf_str(&first) : buf_str(&second));
    }
    for (size_t i = 0; i < n; i++)
        text_query_done(&parts[i]);
}

void text_query_of(const struct search_filter *f, const struct prefix_table *prefixes, struct text_query *out)
{
    *out = (struct text_query){0};
    if (f->kind == FILTER_TEXT) {
        if (f->terms.n > 0)
            terms_to_fts(&f->terms, f->column, prefixes, &out->fts);
        else
            out->is_complement = !f->terms.is_nothing;
        return;
    }
    CLEANUP(freep) struct text_query *parts = xcalloc(f->n_children + 1, sizeof(*parts));
    for (size_t i = 0; i < f->n_children; i++)
        text_query_of(f->children[i], prefixes, &parts[i]);
    text_query_join(parts, f->n_children, f->kind == FILTER_AND, out);
    if (f->kind == FILTER_NOT)
        out->is_complement = !out->is_complement;
}
