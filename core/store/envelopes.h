/* envelopes.h - what the store keeps of a message beside its bytes, so that lists need not parse it: a row of `envelope`, and
 * the columns of `email` that follow from the bytes. Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_ENVELOPES_H
#define STORE_ENVELOPES_H

#include "store/emails.h"
#include "store/threads.h"

/* email.bits (enum store_email_bit) */
int envelope_bits(const struct mime_summary *s);
int envelope_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err);
/* Writes what the bytes say where the rows say something else; then the Email counts as updated. */
int envelope_refresh(struct store_tx *tx, int64_t email_id, const struct threads_key *key, const struct mime_summary *s,
                     bool *out_changed, struct fct_error *err);


/* What an Email is sorted by is not what it was: nothing that search keeps of it in memory (search/memory.h) holds any more. */
int store_facts_changed(struct store_tx *tx, struct fct_error *err);

#endif
