/* fields.h - which fields the header of an Email has, kept in memory between searches. Internal to search/.
 *
 * No index tells: the header is read. That of 100,000 Emails takes seconds, so what was seen once is remembered
 * (memory.h), each set of names once. A search for a field that nobody has, or few, then reads nothing, or few.
 *
 * Threads    the reader that searches.
 */
#ifndef SEARCH_FIELDS_H
#define SEARCH_FIELDS_H

#include "mime/headers.h"
#include "search/memory.h"

/* One search for one name. Begins as {.name = ...}, the caller's string. */
struct fields {
    const char *name;
    struct memory *memory; /* NULL: not asked yet */
    uint64_t epoch;
    size_t place;
    char *answers; /* by the number of the set: 0 not known yet, 1 has not, 2 has */
    size_t n_answers;
    int64_t *ids, *sets; /* learnt */
    size_t n, cap;
};
/* What was learnt is kept. */
void fields_done(struct fields *f);
/* Whether the Email has the field: 1, 0; 2: it was not read yet; -1. */
int fields_look(struct store_tx *tx, struct fields *f, int64_t email_id, struct fct_error *err);
/* After fields_look of it: this is its header, whole. */
void fields_learn(struct fields *f, int64_t email_id, const struct mime_headers *headers);

#endif
