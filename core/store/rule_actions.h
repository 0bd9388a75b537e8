/* rule_actions.h - what is done to an Email that a rule matched. Changes like those of users: shown at once, and noted in
 * the journal for the server.
 *
 * Threads    store_email_is_in_inbox: any. The rest: the writer.
 */
#ifndef STORE_RULE_ACTIONS_H
#define STORE_RULE_ACTIONS_H

#include "store/rules.h"

/* What may be done in this account. */
struct rule_abilities {
    bool moves, flags;
};
/* Keywords first, then places. `may_move` false: an earlier rule has moved it. *out_moved: this one did, or wants it to stay.
 * *out_changed: something is another than before. */
int store_rule_act(struct store_tx *tx, const struct store_rule *r, int64_t email_id, const struct rule_abilities *can,
                   bool may_move, bool *out_moved, bool *out_changed, struct fct_error *err);
/* Out of the inbox, or, if it is not there, out of all its mailboxes, into `to` (0: it stays), and into `also`, too. */
int store_email_leave_inbox(struct store_tx *tx, int64_t email_id, int64_t to, const int64_t *also, size_t n_also,
                            struct fct_error *err);
/* Whether it is there, and in the inbox. */
int store_email_is_in_inbox(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err);
/* New mail of the account is told of. */
void store_tell_delivery(struct store_tx *tx, int64_t account_id);

#endif
