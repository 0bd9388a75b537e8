/* idset.h - a hash table from ids (not 0) to small numbers; an empty one is {0}. Internal to search/. */
#ifndef SEARCH_IDSET_H
#define SEARCH_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap_entry {
    int64_t id;
    int64_t value;
};
struct idmap {
    struct idmap_entry *v;
    size_t n, cap; /* cap is 0 or a power of two */
};
void idmap_done(struct idmap *m);
/* NULL when it is not there. Valid until the next put. */
int64_t *idmap_get(const struct idmap *m, int64_t id);
/* Adds the id with `value` and returns true, or leaves what is there. */
bool idmap_put(struct idmap *m, int64_t id, int64_t value);

#endif
