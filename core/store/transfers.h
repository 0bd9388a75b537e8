/* transfers.h - the journal as the sync engine works it off: messages to be moved, copied, appended and removed on the
 * server.
 *
 * What is loaded follows from what stands in the journal at that moment (docs/sync.md): a placement that is wanted is
 * made of a departure (MOVE), of a copy elsewhere (COPY) or of the bytes that are here (APPEND). The engine marks it as
 * sent before a command goes out, and settles it with the answer. What was sent and has no answer is not loaded again
 * before the mailbox that it went to was looked into (store_mailbox_looked).
 *
 * Threads    loading: any; the rest: the writer.
 */
#ifndef STORE_TRANSFERS_H
#define STORE_TRANSFERS_H

#include "store/store.h"

enum store_transfer_kind { STORE_TRANSFER_COPY, STORE_TRANSFER_MOVE, STORE_TRANSFER_APPEND };

struct store_transfer {
    enum store_transfer_kind kind;
    int64_t pending_id, account_id, email_id;
    int64_t to_mailbox;
    int64_t from_mailbox, departure_id; /* COPY, MOVE; 0 */
    uint64_t from_uid;
    int64_t blob_id, received_at; /* APPEND */
    bool is_partial;              /* the blob is only the header: nothing that could be appended */
    uint64_t size;
    uint32_t flags;
    char *keywords; /* or NULL */
};
/* Up to `max` that were wished after `after` (0, then *out_last of the call before), in that order. *out_last: how far
 * it has looked; as it was when there is nothing more. What cannot be done now is left out: its mailbox is not on the
 * server yet, where it comes from is not known, or the message is on its way out (store/submissions.h). */
int store_transfers_load(struct store_tx *tx, int64_t account_id, int64_t after, size_t max,
                         struct store_transfer **out, size_t *out_n, int64_t *out_last, struct fct_error *err);
void store_transfers_free(struct store_transfer *t, size_t n);
/* Whether there is anything to be sent, or to be looked for. */
int store_transfers_waiting(struct store_tx *tx, int64_t account_id, bool *out, struct fct_error *err);

/* A command about these goes out. Those that are not what they were when they were loaded (taken back, gone,
 * renumbered) are taken out of the list: *n says how many are left. */
int store_transfers_sent(struct store_tx *tx, struct store_transfer *t, size_t *n, struct fct_error *err);
/* The server did it. `uids`: of the new copies, 0 where it does not tell; they count under `to_uidvalidity`. */
int store_transfers_done(struct store_tx *tx, const struct store_transfer *t, size_t n, const uint64_t *uids,
                         uint32_t to_uidvalidity, struct fct_error *err);
/* It did not, and may later. */
int store_transfers_put_off(struct store_tx *tx, const struct store_transfer *t, size_t n, struct fct_error *err);
/* It never will. Moves and copies are taken back; what exists only here stays where it is shown and waits with that
 * reason until it is moved, or store_refused_again. A notice tells the user. */
int store_transfers_refused(struct store_tx *tx, const struct store_transfer *t, size_t n, const struct fct_error *why,
                            struct fct_error *err);
/* What was refused for good may be tried again. */
int store_refused_again(struct store_tx *tx, int64_t account_id, struct fct_error *err);

/* A message that the server shall lose for good. */
struct store_removal {
    int64_t id, mailbox_id;
    uint64_t uid;
};
/* The mailboxes of an account that have some; up to `max` of one of them, by UID. */
int store_removal_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n,
                            struct fct_error *err);
/* Up to `max`, ascending by UID, beyond `after` (0: from the beginning): what waits for something else is passed over once. */
int store_removals_load(struct store_tx *tx, int64_t mailbox_id, uint64_t after, size_t max, struct store_removal **out,
                        size_t *out_n, struct fct_error *err);
int store_removals_sent(struct store_tx *tx, struct store_removal *r, size_t *n, struct fct_error *err);
/* `only_marked`: the server has them still, marked \Deleted (no UIDPLUS). */
int store_removals_done(struct store_tx *tx, const struct store_removal *r, size_t n, bool only_marked,
                        struct fct_error *err);
int store_removals_put_off(struct store_tx *tx, const struct store_removal *r, size_t n, struct fct_error *err);
/* They are shown again, with a notice. */
int store_removals_refused(struct store_tx *tx, const struct store_removal *r, size_t n, const struct fct_error *why,
                           struct fct_error *err);

/* The mailboxes to be looked into. First those that a message may have left: a command without an answer about it. Then
 * those where it may have come to; or that somebody relies on (kept.h). */
int store_unsure_sources(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
int store_unsure_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n,
                           struct fct_error *err);
/* Everything that is new in the mailbox was compared with what was sent to it: what was not found has not come. */
int store_mailbox_looked(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
/* After it: what was to leave and is wanted back, and which the server still has, never went. Up to `max` of them; *out_n were. */
int store_mailbox_returned(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err);
/* Before it, after a visit that found all that was renumbered: what was to leave and has no UID is no more. Up to `max` of them. */
int store_departures_drop_unlinked(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err);

#endif
