/* Account/authorize: the user's consent. The client secret comes in here and goes to the secrets: it is in no answer,
 * no log and no error. */
#include "methods/account.h"

#include "grants.h"

#include <string.h>

int api_account_authorize(struct api_call *call, const struct api_account_authorize_args *args, json_t **out,
                          struct fct_error *err)
{
    bool is_device = args->by && strcmp(args->by, "device") == 0;
    struct core_authorization begun = {0};
    int64_t id;
    if (account_find_seen(call, args->account_id, &id, err) < 0)
        return -1;
    if (core_authorize(call->api->core, id, is_device, args->client_secret, &begun, err) < 0)
        return -1;
    grants_add(&call->api->grants, call->access, begun.task_id);
    *out = json_pack("{s:o, s:s, s:s, s:s?, s:s?, s:o}", "taskId", json_id(ID_TASK, begun.task_id), "by",
                     is_device ? "device" : "browser", "url", begun.url, "userCode", begun.user_code, "completeUrl",
                     begun.complete_url, "expiresAt", json_utc_or_null(begun.expires_at));
    core_authorization_done(&begun);
    return *out ? 0 : fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the provider's answer is not UTF-8");
}
