/* rule_judge.h - rules and one Email: which of them it is for, and what they do to it. Inside a transaction.
 *
 *   CLEANUP(rule_verdict_done) struct rule_verdict v = {.email_id = id, .account_id = account};
 *   rule_verdict_find(tx, &v, err);                      on a reader: parses, and asks search
 *   rule_verdict_carry_out(tx, &v, &can, now, err);      on the writer
 *
 * A rule is asked about the message as it has come, not as an earlier rule has left it. One that cannot be carried out
 * keeps no other from it.
 */
#ifndef ACCOUNT_RULE_JUDGE_H
#define ACCOUNT_RULE_JUDGE_H

#include "store/rule_actions.h"

/* Why the rule does nothing: its mailbox is gone, or its query does not parse. *out_text is freed by the caller, NULL for RULE_FINE. */
int rule_find_problem(struct store_tx *tx, const struct store_rule *r, enum rule_problem *out, char **out_text,
                      struct fct_error *err);

struct rule_verdict {
    int64_t email_id, account_id;
    bool is_over;              /* there is nothing to be done: it is gone, or was put away already */
    bool is_muted;
    struct store_rule *rules;  /* those that matched, in their order */
    size_t n;
};
int rule_verdict_find(struct store_tx *tx, struct rule_verdict *v, struct fct_error *err);
/* *out_is_read: nothing of it need be told as new. */
int rule_verdict_carry_out(struct store_tx *tx, const struct rule_verdict *v, const struct rule_abilities *can, int64_t now,
                           bool *out_is_read, struct fct_error *err);
void rule_verdict_done(struct rule_verdict *v);

#endif
