/* mutes.h - threads of which nothing more is wanted. The keyword $muted on one Email mutes its thread.
 *
 * Threads    store_thread_is_muted: any. The rest: the writer.
 */
#ifndef STORE_MUTES_H
#define STORE_MUTES_H

#include "store/store.h"

#define KEYWORD_MUTED "$muted"

/* Whether an Email of the thread of this one, or it itself, is muted. */
int store_thread_is_muted(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err);
/* A message of such a thread has come: it is read and muted, too, and goes from the inbox into the archive. `may_move` false, or an
 * account without an archive: it stays where it is. */
int store_email_mute(struct store_tx *tx, int64_t email_id, bool may_move, struct fct_error *err);

#endif
