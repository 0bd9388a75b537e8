/* email_state.h - the steps that every change of an Email is made of. Internal to core/store.
 *
 * A change goes: load the state, write the placements, call email_placed (which derives keywords from placements again,
 * numbers the change, and moves the counters), flush the counters.
 *
 * Threads    the writer.
 */
#ifndef STORE_EMAIL_STATE_H
#define STORE_EMAIL_STATE_H

#include "store/counters.h"
#include "store/keywords.h"

struct email_place {
    int64_t mailbox_id;
    uint64_t uid; /* 0: none */
    struct keyword_set flags;
};

struct email_state {
    int64_t id, account_id, thread_id, blob_id, received_at, created_modseq;
    struct keyword_set keywords; /* what is shown: the sum of the placements */
    struct email_place *places;  /* by mailbox_id */
    int64_t *mailbox_ids;        /* the same, alone */
    size_t n_places;
};
/* FCT_E_NOT_FOUND. */
int email_state_load(struct store_tx *tx, int64_t id, struct email_state *out, struct fct_error *err);
void email_state_done(struct email_state *e);
static inline bool flags_are_unread(uint32_t bits)
{
    return (bits & FLAGS_NOT_UNREAD) == 0;
}

/* Placements of the Email were written since `before` was loaded: brings the rest in line. An Email without any
 * placement left is destroyed. */
int email_placed(struct counters *c, const struct email_state *before, struct fct_error *err);
/* Destroys: placements, envelope, keywords, pending changes, the row; leaves a tombstone; releases the blob. */
int email_remove(struct counters *c, const struct email_state *e, struct fct_error *err);
/* The Email comes into another Thread, hence under a new id (RFC 8621 section 3). */
int email_reinsert(struct counters *c, int64_t id, int64_t thread_id, struct fct_error *err);
/* Rows of email_keyword that `words` names. */
int email_keywords_insert(struct store_tx *tx, int64_t email_id, const char *words, struct fct_error *err);

/* One placement. email_place_insert leaves the rest to email_placed. */
int email_place_insert(struct store_tx *tx, int64_t email_id, const struct email_place *p, const char *remote_id,
                       struct fct_error *err);
int email_place_delete(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
int email_place_set_flags(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *flags,
                          struct fct_error *err);
/* Up to `max` placements of the mailbox go; *out_n of them went. The caller flushes. */
int placements_leave_some(struct counters *c, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err);
/* The Email's last placement, this one, is not on the server any more, and somebody chose it here: the server shall get
 * it again. Returns 1; 0 where that is not so. */
int placement_want_again(struct counters *c, int64_t mailbox_id, const struct email_state *e, struct fct_error *err);
/* The server has it as \Deleted, with these flags: nothing is shown there, but where somebody chose it. The caller
 * flushes. */
int placement_hide(struct counters *c, int64_t mailbox_id, int64_t email_id, const struct keyword_set *flags,
                   struct fct_error *err);
/* Every placement of the mailbox goes, and what carries \Deleted there (placements.c). The caller flushes. */
int placements_leave(struct counters *c, int64_t mailbox_id, struct fct_error *err);

#endif
