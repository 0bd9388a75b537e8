/* index.h - an Email's row in the full-text index.
 *
 * Insert the rows of a batch in ascending order of id with nothing else between them: FTS5 collects rows in memory and
 * writes that out as a segment whenever an id goes backwards or a statement opens a savepoint.
 *
 * Threads    the writer.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "mime/mime.h"
#include "store/store.h"

/* The summary's fts_* hold tokens_join output. */
int index_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err);
/* The summary of a message that is in the store already, ready for index_insert; for the rare Email that is inserted
 * again. The caller calls mime_summary_done. A message whose bytes are damaged is summarized as an empty one: nothing
 * else shall fail. */
int index_summary_from_blob(struct store_tx *tx, int64_t blob_id, struct mime_summary *out_summary,
                            struct fct_error *err);

#endif
