/* Token/invite, Token/pair: a device gets a token by a code that people show it. */
#include "methods/token.h"

#include "pairings.h"

#include <string.h>
#include <time.h>

struct invitation {
    struct api_call *call;
    const json_t *object;
    struct store_token token;
    json_t *problem;
};

static int read_token(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct invitation *i = arg;
    access_look(i->call, tx);
    i->problem = token_read(i->call, tx, i->object, &i->token);
    return i->problem ? 0 : store_token_check(tx, &i->token, err);
}

static int refuse(struct api_call *call, json_t *problem, struct fct_error *err)
{
    const char *why = json_string_value(json_object_get(problem, "description"));
    bool is_forbidden = strcmp(json_string_value(json_object_get(problem, "type")), "forbidden") == 0;
    if (is_forbidden)
        fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s", why);
    else
        call_invalid(call, err, "token", "%s", why);
    json_decref(problem);
    return -1;
}

int api_token_invite(struct api_call *call, const struct api_token_invite_args *args, json_t **out,
                     struct fct_error *err)
{
    struct invitation i = {.call = call, .object = args->token};
    char code[PAIRING_CODE_SIZE];
    int64_t expires_at;
    int result;
    if (json_object_get(args->token, "password"))
        return call_invalid(call, err, "token", "a device that is paired gets a secret, no password");
    result = store_read(call->api->store, read_token, &i, err);
    if (result == 0 && i.problem)
        result = refuse(call, i.problem, err);
    else if (result < 0 && err->code == FCT_E_INVALID) { /* "name: ..." */
        struct fct_error why = *err;
        call_invalid(call, err, "token", "%s", why.message);
    }
    if (result == 0)
        result = pairings_add(call->api->pairings, &i.token, code, &expires_at, err);
    store_token_done(&i.token);
    if (result == 0)
        *out = json_pack("{s:s, s:o}", "code", code, "expiresAt", json_utc(expires_at));
    return result;
}

/* Whoever invited may be gone by now, or may less: then what it gave is gone, too. */
static int make(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct token_made *m = arg;
    CLEANUP(store_token_done) struct store_token parent = {0};
    int64_t id = m->token->parent_id;
    if (id && store_token_load(tx, id, &parent, err) < 0 && err->code != FCT_E_NOT_FOUND)
        return -1;
    if (id && (!parent.id || !store_token_is_within(m->token, &parent)))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "this code is none, was used, or is too old");
    m->token->created_at = (int64_t)time(NULL);
    return token_make(tx, m, err);
}

int api_token_pair(struct api_call *call, const struct api_token_pair_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {0};
    struct token_made m = {.token = &t};
    if (pairings_take(call->api->pairings, args->code, args->remote, &t, err) < 0 ||
        store_write(call->api->store, make, &m, err) < 0)
        return -1;
    *out = json_pack("{s:o}", "token", token_made_json(&m));
    return 0;
}
