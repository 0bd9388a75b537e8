/* undo_rows.h - what the files of undo share: its rows. Internal to core/store.
 *
 *   undo.c  actions: reading, sentences, forgetting   undo_record.c  writing down   undo_apply.c  taking back
 *
 * undo.what: "to 17", "in 17", "of 17" (moved to, also put into, taken out of this mailbox), or words for flags.
 */
#ifndef STORE_UNDO_ROWS_H
#define STORE_UNDO_ROWS_H

#include "store/email_state.h"
#include "store/undo.h"

/* Stored. SNOOZED: one that was snoozed already got another moment. */
enum undo_item_kind { UNDO_CHANGED = 1, UNDO_DESTROYED = 2, UNDO_RESTORED = 3, UNDO_SNOOZED = 4 };

struct id_list {
    int64_t *p; /* ascending */
    size_t n;
};
static inline void id_list_done(struct id_list *l)
{
    free(l->p);
    *l = (struct id_list){0};
}
/* What is in a and not in b. */
void id_list_minus(struct id_list *out, const int64_t *a, size_t n_a, const int64_t *b, size_t n_b);

struct undo_item {
    int64_t undo_id, seq, account_id, email_id;
    enum undo_item_kind kind;
    struct id_list came, gone;         /* DESTROYED: where it was; RESTORED: where it came; SNOOZED: moment and mailbox
                                        * (struct snooze_moment) since then, and before */
    struct keyword_set added, removed; /* DESTROYED: which it had */
    int64_t blob_id, received_at;      /* DESTROYED */
    uint64_t partial_size;             /* DESTROYED: of the message, if the blob is its header only; else 0 */
};
void undo_item_done(struct undo_item *i);
int undo_item_insert(struct store_tx *tx, const struct undo_item *i, struct fct_error *err);
/* The last one of an action. Returns 1 or 0. */
int undo_item_last(struct store_tx *tx, int64_t undo_id, struct undo_item *out, struct fct_error *err);
/* Lets the bytes go where nothing else needs them. */
int undo_item_delete(struct store_tx *tx, int64_t undo_id, int64_t seq, int64_t blob_id, struct fct_error *err);

/* Takes the item over in all but undo_id and seq: as the next of the action. */
int undo_note(struct store_tx *tx, struct store_undo_record *r, struct undo_item *i, struct fct_error *err);
/* Numbers a change of the action for each of its accounts. */
int undo_bump(struct store_tx *tx, int64_t id, struct fct_error *err);

#endif
