/* history.h - where an Email was, since when, under which UID, and who moved it.
 *
 * Rows are few: a plain arrival is told from the placement itself (added_at, uid). A row is written when a placement
 * ends (with when it began), when somebody here puts an Email into a mailbox, and when an Email is destroyed; in the
 * transaction of the change. Flags are no history. The rows of a destroyed Email are kept as long as its tombstone,
 * those of a living one up to HISTORY_MAX.
 *
 * Who did it is what the transaction was told, else the server: another mail program, or a rule over there.
 *
 * Threads    store_tx_set_actor and history_*: the writer. store_email_history: any.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/store.h"

#define HISTORY_MAX 500 /* rows of one Email; the oldest go */
#define ACTOR_NAME_MAX 63
#define ACTORS_MAX 1000 /* names kept; beyond, an actor has none */

/* Numbers are stored. */
enum store_actor_kind {
    STORE_BY_SERVER = 0,
    STORE_BY_CLIENT = 1, /* by the name of its program */
    STORE_BY_FILTER = 2,
    STORE_BY_REPAIR = 3, /* Account/repair */
    STORE_BY_RULE = 4,   /* by its name (store/rules.h) */
    STORE_BY_NOBODY = -1 /* the account is being removed: nothing is written, what is there goes with the Email */
};
struct store_actor {
    enum store_actor_kind kind;
    char name[ACTOR_NAME_MAX + 1]; /* "" if it has none */
};
/* For the rest of the job: on whose behalf it works. `name` may be NULL; a longer one is cut. */
void store_tx_set_actor(struct store_tx *tx, enum store_actor_kind kind, const char *name);

/* Numbers are stored, but for the first, which is told from placements. */
enum store_history_type {
    STORE_HISTORY_ARRIVED = 1, /* the server had it there */
    STORE_HISTORY_PLACED = 2,  /* put there from here */
    STORE_HISTORY_LEFT = 3,
    STORE_HISTORY_DESTROYED = 4
};
struct store_history_event {
    enum store_history_type type;
    int64_t at;         /* seconds */
    int64_t mailbox_id; /* 0: of the Email as a whole. The mailbox may be gone by now */
    uint64_t uid;       /* 0: none, or not known */
    struct store_actor actor;
};
/* Oldest first; *out is freed by the caller. FCT_E_NOT_FOUND: there is no such Email, and none is remembered. */
int store_email_history(struct store_tx *tx, int64_t email_id, struct store_history_event **out, size_t *out_n,
                        int64_t *out_account, bool *out_is_destroyed, struct fct_error *err);
/* Forgets Emails that were destroyed before `before` (seconds), at most `max` at once; *out_n of them went. Writer. */
int store_history_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);

/* ---- inside core/store: hooks of what changes placements ---- */

struct counters;
struct email_state;
/* Before the placement is deleted. */
int history_leaves(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* Placements were written: `now` against `before`. */
int history_placed(struct counters *c, const struct email_state *before, const struct email_state *now,
                   struct fct_error *err);
/* A new Email that was made here. In the local account everything was: nothing is written there. */
int history_created(struct counters *c, int64_t email_id, const int64_t *mailbox_ids, size_t n, struct fct_error *err);
/* Before an Email is destroyed, with what placements it still has. */
int history_destroyed(struct counters *c, int64_t email_id, struct fct_error *err);

#endif
