#include "grants.h"

void grants_add(struct grants *g, const struct access *a, int64_t task_id)
{
    if (!a || a->all_accounts)
        return;
    g->v[g->next].task_id = task_id;
    g->v[g->next].token_id = a->token_id;
    g->next = (g->next + 1) % GRANTS_KEPT;
}

bool grants_have(const struct grants *g, const struct access *a, int64_t task_id)
{
    bool has = !a || a->all_accounts;
    for (size_t i = 0; i < GRANTS_KEPT && !has; i++)
        has = g->v[i].task_id == task_id && g->v[i].token_id == a->token_id && task_id;
    return has;
}
