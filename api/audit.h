/* audit.h - the audit log of the calls that came by a token (store/audit.h): a row in the transaction of the change,
 * and what came of it soon after.
 *
 * The dispatcher begins and ends an entry for each call of a method that changes something ("changes" in the schema, or
 * "audit"). act_for_client (methods/common.h) writes the row in the handler's transaction; a method that changes what
 * is not in the store has its row written at its end, before it is answered. Outcomes are gathered and written
 * together, so that a call costs no wait for the disk of its own; audit_flush writes those that wait.
 *
 * What goes in: ids that can be ids, and names of errors. No secret, no text that a client chose.
 *
 * Threads    loop thread, but for audit_note: the writer.
 */
#ifndef API_AUDIT_H
#define API_AUDIT_H

#include "access.h"
#include "store/audit.h"

#define AUDIT_IDS_MAX 100 /* named of one call; the others are counted */

struct audit;
struct uv_loop_s;
struct audit *audit_new(struct uv_loop_s *loop, const struct api_runner *runner);
/* Writes what waits. Suspends. NULL is accepted. */
void audit_free(struct audit *l);

/* One call. `{0}`: nothing is written down. */
struct audit_entry {
    bool is_on, is_noted; /* is_noted: its row was written, in a transaction that may have been taken back */
    struct store_audit row;
};
void audit_begin(struct audit *l, struct audit_entry *e, const struct access *a, const struct api_method *m,
                 const json_t *params);
/* In the transaction of the change; once. What goes wrong is logged, and mended at the end. */
void audit_note(const struct api_call *call, struct store_tx *tx);
/* `error` NULL: it has a result. `ids`: creation ids of the batch. May suspend. */
void audit_end(struct audit *l, struct audit_entry *e, const json_t *result, const json_t *error, const json_t *ids);
void audit_entry_done(struct audit_entry *e);
int audit_flush(struct audit *l, struct fct_error *err);

#endif
