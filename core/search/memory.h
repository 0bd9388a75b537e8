/* memory.h - what searches keep of the Emails between them, one for each store: lists of ids with a value each, the
 * texts among the values once. Internal to search/: facts.c (what they are sorted by), fields.c (which header fields
 * they have).
 *
 * An Email that is not in a list yet is read and added; one that is gone does no harm, as ids are never used again.
 * What does change is what a repair, or the body of a message that was here in part, mends. That raises a number in the
 * database (store_facts_changed), and what was kept at another number is thrown away: so a search sees what belongs to
 * its snapshot.
 *
 * Threads    any reader, with the lock.
 * Bounds     a list of more than MEMORY_MAX Emails, or MEMORY_BYTES_MAX bytes of texts, is not kept.
 */
#ifndef SEARCH_MEMORY_H
#define SEARCH_MEMORY_H

#include "search/sort.h"
#include "search/texts.h"

#include <pthread.h>

#define MEMORY_MAX 1000000 /* 16 bytes each */
#define MEMORY_BYTES_MAX ((size_t)64 << 20)
#define N_PROPERTIES (SORT_RELEVANCE + 1)
#define N_COLLATIONS (COLLATE_ASCII_NUMERIC + 1)

/* ids descending, values beside them: numbers, or numbers of texts. */
struct column {
    int64_t *ids, *values;
    size_t n;
    struct texts texts;
    uint64_t epoch; /* rises when it is emptied: numbers of texts from before mean nothing */
};
/* Empties it. */
void column_forget(struct column *c);
void column_forget_if_large(struct column *c);
/* The first place from `at` on whose id is not above `id`, c->n if there is none. Near ones are found in few steps. */
size_t column_find(const struct column *c, size_t at, int64_t id);
/* Takes in more ids, descending, with their values; what is there already stays. */
void column_merge(struct column *c, const int64_t *ids, const int64_t *values, size_t n);

struct memory {
    pthread_mutex_t lock;
    int64_t generation; /* of the database, when it was read */
    struct column sorted[N_PROPERTIES][N_COLLATIONS], fields;
};
/* Of the transaction's store, locked, and emptied if it does not belong to the snapshot. NULL: *err. */
struct memory *memory_lock(struct store_tx *tx, struct fct_error *err);
void memory_unlock(struct memory *m);

#endif
