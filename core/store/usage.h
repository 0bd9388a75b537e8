/* usage.h - how much room a profile takes on the disk.
 *
 * Threads    a reader or the writer: it asks the file system, of one file a pack (hundreds of megabytes of mail each).
 */
#ifndef STORE_USAGE_H
#define STORE_USAGE_H

#include "store/store.h"

struct store_usage {
    int64_t database; /* bytes: facteur.db and its log */
    int64_t packs;    /* bytes: the messages, compressed, with what was destroyed and not given back yet */
};
int store_usage(struct store_tx *tx, struct store_usage *out, struct fct_error *err);

#endif
