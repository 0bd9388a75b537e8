/* Session/authenticate: a connection becomes a token's. */
#include "methods/common.h"

#include "access.h"
#include "base/crypto.h"
#include "door.h"

#include <string.h>

static json_t *accounts_json(const struct access *a)
{
    return a->all_accounts ? json_null() : json_ids(ID_ACCOUNT, a->accounts, a->n_accounts);
}

/* The request need not remember it. */
static void wipe(const char *secret)
{
    if (secret)
        crypto_wipe((char *)secret, strlen(secret));
}

int api_session_authenticate(struct api_call *call, const struct api_session_authenticate_args *args, json_t **out,
                             struct fct_error *err)
{
    const struct door_card card = {args->token, args->username, args->password, args->remote};
    const struct access *a;
    bool has_pair = args->username && args->password;
    if (!call->session)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "there is no connection");
    if (args->token ? args->username || args->password : !has_pair)
        return call_invalid(call, err, "token", "either it, or username and password");
    int result = door_sign_in(call->api->door, call->session, &card, &a, err);
    wipe(args->token);
    wipe(args->password);
    if (result < 0)
        return -1;
    *out = json_pack("{s:o, s:s, s:o, s:o, s:o}", "tokenId", json_id(ID_TOKEN, a->token_id), "name", a->name, "scopes",
                     access_scopes_json(a->scopes), "accountIds", accounts_json(a), "expiresAt",
                     json_utc_or_null(a->expires_at));
    return 0;
}
