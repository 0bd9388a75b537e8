/* search_matches: one Email against one filter. */
#include "search/plan.h"

int search_matches(struct store_tx *tx, const struct search_filter *f, int64_t account_id, int64_t email_id, bool *out,
                   struct fct_error *err)
{
    static const struct search_filter everything = {.kind = FILTER_AND};
    CLEANUP(plan_freep) struct plan *p = NULL;
    struct candidate c = {0};

    if (plan_new(tx, f ? f : &everything, account_id, PLAN_ONE, &p, err) < 0)
        return -1;
    int matches = plan_test(p, email_id, &c, err);
    *out = matches > 0;
    return matches < 0 ? -1 : 0;
}
