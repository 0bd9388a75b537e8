/* arrive.h - taking messages in, for the files that do: from a server (store_emails_arrive), of one's own making
 * (store_email_create), back from \Deleted. Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_ARRIVE_H
#define STORE_ARRIVE_H

#include "store/email_state.h"
#include "store/emails.h"

/* An Email that is about to be. */
struct fresh_email {
    int64_t blob_id, received_at;
    const struct mime_summary *summary; /* borrowed */
    uint64_t size;
    struct email_place *places; /* at least one; the words are borrowed by nobody else, freed with it */
    const char **remote_ids;    /* one for each place, or NULL */
    size_t n_places;
    int64_t id; /* out */
};
void fresh_email_done(struct fresh_email *f);
/* Takes over place->flags. */
void fresh_email_place(struct fresh_email *f, struct email_place *place, const char *remote_id);
/* Inserts them all, in ascending order of received_at as given: threads, ids, rows, counters, index. */
int fresh_emails_insert(struct counters *c, struct fresh_email *f, size_t n, struct fct_error *err);

/* store_placement_server_flags with counters that the caller flushes. */
int placement_server_flags(struct counters *c, int64_t mailbox_id, uint64_t uid, const struct fct_flags *flags,
                           bool *out_changed, struct fct_error *err);

#endif
