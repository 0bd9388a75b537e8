/* Rule/apply: rules and mail that is there already. */
#include "methods/rule.h"

#include "account/rule_apply.h"
#include "session.h"

struct work {
    struct api_call *call;
    const struct api_rule_apply_args *args;
    int64_t account_id, *rules;
    size_t n;
};

static void work_done(struct work *w)
{
    free(w->rules);
}

static int read_rules(struct work *w, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(w->call, w->args->ids);
    w->rules = xcalloc(json_array_size(ids) + 1, sizeof(*w->rules));
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (!id_from(w->call, ID_RULE, json_string_value(json_array_get(ids, i)), &w->rules[w->n++]))
            return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such rule");
    return 0;
}

static int check(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    if (json_array_size(w->args->ids) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        state_check(tx, w->account_id, STORE_RULE, w->args->if_in_state, err) < 0)
        return -1;
    return read_rules(w, err);
}

int api_rule_apply(struct api_call *call, const struct api_rule_apply_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call, .args = args};
    struct rule_applied done;
    if (store_read(call->api->store, check, &w, err) < 0)
        return -1;
    const struct rule_application a = {.account_id = w.account_id,
                                       .rules = w.rules,
                                       .n_rules = w.n,
                                       .filter = args->filter,
                                       .client = call->session ? session_name(call->session) : NULL};
    if (core_apply_rules(call->api->core, &a, &done, err) < 0)
        return -1;
    if (done.task_id)
        grants_add(&call->api->grants, call->access, done.task_id);
    *out = json_pack("{s:o, s:o, s:I, s:o, s:o}", "accountId", json_id(ID_ACCOUNT, w.account_id), "taskId",
                     done.task_id ? json_id(ID_TASK, done.task_id) : json_null(), "matched", (json_int_t)done.n_matched, "changed",
                     done.task_id ? json_null() : json_integer((json_int_t)done.n_changed), "undoId",
                     done.undo_id ? json_id(ID_UNDO, done.undo_id) : json_null());
    return 0;
}
