/* Account/discover: an account's servers from its address. */
#include "methods/account.h"

int api_account_discover(struct api_call *call, const struct api_account_discover_args *args, json_t **out,
                         struct fct_error *err)
{
    struct discover_request r = {.address = args->address, .timeout_ms = (uint32_t)args->timeout_seconds * 1000};
    size_t i;
    json_t *step;
    json_array_foreach(args->skip, i, step)
    {
        r.skip |= 1u << discover_step_from_name(json_string_value(step)); /* the schema knows no other */
    }
    return core_discover(call->api->core, &r, out, err);
}
