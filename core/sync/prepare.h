/* prepare.h - a message made ready for the store: everything slow, done on a worker thread.
 *
 * Used for mail that arrives and for imports alike.
 */
#ifndef SYNC_PREPARE_H
#define SYNC_PREPARE_H

#include "mime/mime.h"
#include "store/blobs.h"

struct prepared_message {
    struct blob_stage *blob;
    struct mime_summary summary; /* fts_* hold tokens, joined as the index wants them */
};

/* Hashes and compresses `raw`, parses it, folds its text. Any thread but the loop's; may take tens of milliseconds. */
int message_prepare(struct store *st, struct fct_bytes raw, struct prepared_message *out, struct fct_error *err);
void prepared_message_done(struct prepared_message *p);

#endif
