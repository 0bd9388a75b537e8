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
    const char *email_remote_id;        /* borrowed, or NULL */
    uint64_t size;
    bool is_partial; /* the blob is the header of a message of that size */
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

int blob_size(struct store_tx *tx, int64_t blob_id, uint64_t *out, struct fct_error *err);
/* What is shown again: `size` as it was kept, 0: that of the blob. */
int fresh_email_size(struct store_tx *tx, struct fresh_email *f, uint64_t size, struct fct_error *err);
/* store_placement_server_flags with counters that the caller flushes. */
int placement_server_flags(struct counters *c, int64_t mailbox_id, uint64_t uid, const struct fct_flags *flags,
                           bool *out_changed, struct fct_error *err);

/* ---- what stands where (used by arrive.c and sightings.c) ---- */

/* Where an Email stands towards a mailbox. */
enum stand { STAND_ERROR = -1, STAND_ABSENT, STAND_UNLINKED, STAND_PLACED };
enum stand email_stand(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* Whether the mailbox has the UID: shown (*out_email), or not (*out_email 0): marked \Deleted, or about to leave. */
int uid_find(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, int64_t *out_email, struct fct_error *err);
/* What the server says of a UID of an Email that the account has: one more placement, or the UID of an unlinked one. */
int email_add_place(struct counters *c, int64_t email_id, const struct store_arrival *a, struct fct_error *err);
int email_relink(struct counters *c, int64_t email_id, const struct store_arrival *a, struct fct_error *err);
/* One that carries \Deleted, kept apart (RFC 8621 section 4.1.1). */
int deleted_keep(struct store_tx *tx, struct store_arrival *a, int64_t blob_id, struct fct_error *err);
/* One of those that has no UID since the mailbox was renumbered, by what it is (sent_at: NULL if it has none). Returns 1,
 * *out_uid is then what stands in place of a UID; or 0. */
int hidden_find(struct store_tx *tx, int64_t mailbox_id, int64_t msgid_hash, const int64_t *sent_at, uint64_t size,
                int64_t *out_uid, struct fct_error *err);
/* It is found: this is its UID, and these its flags, which may show it again. */
int hidden_relink(struct counters *c, int64_t mailbox_id, int64_t from, uint64_t uid, const struct fct_flags *flags,
                  struct fct_error *err);

#endif
