/* Account/verify and Account/repair: store and server compared, and brought together. */
#include "methods/common.h"

#include "grants.h"

static int start(struct api_call *call, const char *account, bool is_repair, bool whole, json_t **out,
                 struct fct_error *err)
{
    int64_t id, task;
    if (account_find_seen(call, account, &id, err) < 0 ||
        core_audit(call->api->core, id, is_repair, whole, &task, err) < 0)
        return -1;
    grants_add(&call->api->grants, call->access, task);
    *out = json_pack("{s:o}", "taskId", json_id(ID_TASK, task));
    return 0;
}

int api_account_verify(struct api_call *call, const struct api_account_verify_args *args, json_t **out,
                       struct fct_error *err)
{
    return start(call, args->account_id, false, args->bytes, out, err);
}

int api_account_repair(struct api_call *call, const struct api_account_repair_args *args, json_t **out,
                       struct fct_error *err)
{
    return start(call, args->account_id, true, args->bytes, out, err);
}
