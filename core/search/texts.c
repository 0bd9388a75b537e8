#include "search/texts.h"

#include "base/alloc.h"
#include "base/siphash.h"

#include <stdlib.h>
#include <sys/random.h>

#define TEXTS_SLOTS_FIRST 1024

void texts_done(struct texts *t)
{
    buf_done(&t->bytes);
    free(t->v);
    free(t->slots);
    free(t->order);
    free(t->rank);
    *t = (struct texts){0};
}

struct fct_bytes texts_get(const struct texts *t, uint32_t number)
{
    return bytes_of(t->bytes.n ? t->bytes.p + t->v[number].at : "", t->v[number].n);
}

/* Where the text is, or the free place for it. */
static uint32_t *slot_of(const struct texts *t, struct fct_bytes text)
{
    uint32_t i = (uint32_t)siphash(t->key, text.p, text.n) & (t->n_slots - 1);

    while (t->slots[i] && !bytes_equal(texts_get(t, t->slots[i] - 1), text))
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

static void grow(struct texts *t)
{
    if (!t->n_slots) /* a key that nobody guesses: the texts come from strangers */
        while (getrandom(t->key, sizeof(t->key), 0) < 0)
            ;
    free(t->slots);
    t->n_slots = t->n_slots ? t->n_slots * 2 : TEXTS_SLOTS_FIRST;
    t->slots = xcalloc(t->n_slots, sizeof(*t->slots));
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, texts_get(t, i)) = i + 1;
}

uint32_t texts_add(struct texts *t, struct fct_bytes text)
{
    if (!text.p)
        text = bytes_of("", 0);
    if (t->n * 2 >= t->n_slots)
        grow(t);
    uint32_t *slot = slot_of(t, text);
    if (*slot)
        return *slot - 1;
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : TEXTS_SLOTS_FIRST;
        t->v = xreallocarray(t->v, t->cap, sizeof(*t->v));
    }
    t->v[t->n] = (struct texts_place){(uint32_t)t->bytes.n, (uint32_t)text.n};
    buf_add(&t->bytes, text.p, text.n);
    *slot = ++t->n;
    return t->n - 1;
}

static int compare(const void *x, const void *y, void *ctx)
{
    const struct texts *t = ctx;
    struct fct_bytes a = texts_get(t, *(const uint32_t *)x), b = texts_get(t, *(const uint32_t *)y);
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

void texts_rank(struct texts *t)
{
    uint32_t *merged, old = 0, new = t->n_ranked, n = 0;

    if (t->n_ranked == t->n)
        return;
    t->order = xreallocarray(t->order, t->n, sizeof(*t->order));
    for (uint32_t i = t->n_ranked; i < t->n; i++)
        t->order[i] = i;
    qsort_r(t->order + new, t->n - new, sizeof(*t->order), compare, t);
    merged = xcalloc(t->n, sizeof(*merged));
    while (old < t->n_ranked || new < t->n) {
        bool is_old = new == t->n || (old < t->n_ranked && compare(&t->order[old], &t->order[new], t) < 0);
        merged[n++] = t->order[is_old ? old++ : new ++];
    }
    free(t->order);
    t->order = merged;
    t->rank = xreallocarray(t->rank, t->n, sizeof(*t->rank));
    for (uint32_t i = 0; i < t->n; i++)
        t->rank[merged[i]] = i;
    t->n_ranked = t->n;
}
