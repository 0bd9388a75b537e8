/* rule_apply.h - rules applied to mail that is there already, as one action that can be undone (store/undo.h).
 *
 * What they match is found at once, so that mail which comes meanwhile is none of it. A little is done in the call; more
 * is a task, in pieces, between which others get their turn. A rule that is switched off is applied, too, when it is named.
 *
 * Threads    loop thread.
 */
#ifndef ACCOUNT_RULE_APPLY_H
#define ACCOUNT_RULE_APPLY_H

#include "account/core.h"

#include <jansson.h>

struct rule_application {
    int64_t account_id;
    const int64_t *rules;      /* asked in their order, whichever this is */
    size_t n_rules;
    const json_t *filter;      /* JMAP; JSON null or NULL: the inbox */
    const char *client;        /* in the list of actions; NULL: not known */
};
struct rule_applied {
    int64_t task_id;           /* 0: it is done */
    int64_t n_matched, n_changed;
    int64_t undo_id;           /* 0: nothing was changed */
};
/* FCT_E_NOT_FOUND: a rule is not of the account. FCT_E_INVALID: it has a problem, or the filter is wrong. FCT_E_LIMIT: too much
 * is under way, or matches. Suspends. */
int core_apply_rules(struct core *core, const struct rule_application *a, struct rule_applied *out, struct fct_error *err);

#endif
