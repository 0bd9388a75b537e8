#include "search/idset.h"

#include "base/alloc.h"

#include <stdlib.h>

/* Ids are dense or near to times: the multiplier of Fibonacci hashing spreads them. */
static size_t place_of(const struct idmap *m, int64_t id)
{
    return (size_t)(((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (m->cap - 1);
}

static struct idmap_entry *slot(const struct idmap *m, int64_t id)
{
    size_t i = place_of(m, id);
    while (m->v[i].id != 0 && m->v[i].id != id)
        i = (i + 1) & (m->cap - 1);
    return &m->v[i];
}

static void grow(struct idmap *m)
{
    struct idmap bigger = {.cap = m->cap ? m->cap * 2 : 64};

    bigger.v = xcalloc(bigger.cap, sizeof(*bigger.v));
    for (size_t i = 0; i < m->cap; i++)
        if (m->v[i].id != 0)
            *slot(&bigger, m->v[i].id) = m->v[i];
    bigger.n = m->n;
    free(m->v);
    *m = bigger;
}

void idmap_done(struct idmap *m)
{
    free(m->v);
    *m = (struct idmap){0};
}

int64_t *idmap_get(const struct idmap *m, int64_t id)
{
    if (m->cap == 0)
        return NULL;
    struct idmap_entry *e = slot(m, id);
    return e->id ? &e->value : NULL;
}

bool idmap_put(struct idmap *m, int64_t id, int64_t value)
{
    if (m->n * 4 >= m->cap * 3)
        grow(m);
    struct idmap_entry *e = slot(m, id);
    if (e->id)
        return false;
    *e = (struct idmap_entry){id, value};
    m->n++;
    return true;
}
