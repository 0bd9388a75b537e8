/* vocabulary.h - which words of the full-text index begin with a prefix, and where they are. Internal to search/.
 *
 * FTS5 answers a prefix without an index of prefixes (which would cost half as much as the index itself) by merging the
 * lists of all words that begin so, in memory, before the first hit is out: for m* two thirds of a second at 100,000
 * messages. So the words are looked up first, in FTS5's own tables. A few words are asked for by name, which begins at
 * once and stops early; the ids of a great many are gathered here, without their positions.
 *
 * The format is that of FTS5 version 4 (the comments of fts5_index.c), which SQLite keeps for compatibility. Whatever
 * does not look like it is left to FTS5, as is a transaction that writes: FTS5 holds rows in memory there.
 *
 * Threads: the reader's.
 */
#ifndef SEARCH_VOCABULARY_H
#define SEARCH_VOCABULARY_H

#include "store/store.h"

enum prefix_kind {
    PREFIX_NATIVE, /* FTS5 does it well */
    PREFIX_WORDS,  /* a few words */
    PREFIX_WIDE    /* prefix_ids */
};
#define PREFIX_WORDS_MAX 40
/* For PREFIX_WORDS *words holds them, each followed by NUL. */
int prefix_look(struct store_tx *tx, const char *prefix, enum prefix_kind *out, struct buf *words,
                struct fct_error *err);
/* All ids of words that begin with the prefix, in a column (-1: in any), descending; freed by the caller. Returns 1; 0
 * when the index could not be read, and nothing was done; -1. */
int prefix_ids(struct store_tx *tx, const char *prefix, int column, int64_t **out_ids, size_t *out_n,
               struct fct_error *err);

#endif
