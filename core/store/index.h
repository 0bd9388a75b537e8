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

/* The summary's fts_* hold tokens_join output. While the index is rebuilt the row is written into the new one, too, if that has come
 * past this id. */
int index_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err);
/* The row of an Email whose bytes were exchanged: `old` is what it was made of, exactly, or NULL when that is not known; then
 * the new words are written beside the old ones. */
int index_replace(struct store_tx *tx, int64_t email_id, const struct mime_summary *old, const struct mime_summary *s,
                  struct fct_error *err);
/* Writes down that the index is of the present rules (TOKENS_RULES); whether it is. */
int index_note_rules(struct store_tx *tx, struct fct_error *err);
int index_has_present_rules(struct store_tx *tx, bool *out, struct fct_error *err);
/* The summary of a message that is in the store already, ready for index_insert; for one that is shown again. The caller
 * calls mime_summary_done. A message whose bytes are damaged is summarized as an empty one: nothing else shall fail. */
int index_summary_from_blob(struct store_tx *tx, int64_t blob_id, struct mime_summary *out_summary, bool *out_is_damaged,
                            struct fct_error *err);
/* That of an Email; for one that is inserted again, and for a rebuild (there on a reader). If its bytes are damaged it has the
 * words of its envelope, by which it goes on being found, and nothing else. */
int index_summary_of_email(struct store_tx *tx, int64_t email_id, int64_t blob_id, struct mime_summary *out_summary,
                           bool *out_is_damaged, struct fct_error *err);

/* ---- the next index: filled beside the one in use, then put in its place (store/rebuild.h) ---- */

/* An empty one; what an interrupted rebuild left behind is removed. The writer now fills it beside the present one, up to the id that
 * index_next_set_cursor was given last. A present one that is so damaged that FTS5 cannot open it becomes an empty one:
 * mail can come in, and the next can take its place. */
int index_next_begin(struct store_tx *tx, struct fct_error *err);
int index_next_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err);
/* Every Email up to `id` is in it from this transaction on. */
int index_next_set_cursor(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Search uses it from this transaction on. The old one stays as garbage until index_next_end. */
int index_next_take_over(struct store_tx *tx, struct fct_error *err);
/* Removes what is not in use, and ends the rebuild, whether the next index has taken over or not. */
int index_next_end(struct store_tx *tx, struct fct_error *err);

#endif
