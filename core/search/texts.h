/* texts.h - byte strings, each kept once, with its place in the order of all. Internal to search/.
 *
 * Threads    none of its own: the caller's lock.
 */
#ifndef SEARCH_TEXTS_H
#define SEARCH_TEXTS_H

#include "base/buf.h"

struct texts {
    struct buf bytes;
    struct texts_place {
        uint32_t at, n;
    } * v;
    uint32_t n, cap;
    uint32_t *slots; /* hash table of numbers + 1 */
    uint32_t n_slots;
    uint32_t *order, *rank; /* of the first n_ranked, in order; and back */
    uint32_t n_ranked;
    unsigned char key[16];
};
void texts_done(struct texts *t);
/* The text's number. It stays the same. */
uint32_t texts_add(struct texts *t, struct fct_bytes text);
/* Valid until the next one is added. */
struct fct_bytes texts_get(const struct texts *t, uint32_t number);
/* Puts in order what was added; then texts.rank[number] compares as the texts do, by memcmp. */
void texts_rank(struct texts *t);

#endif
