/* Secrets/get, /set, /unlock, /lock: where passwords are kept. No password is in an answer. */
#include "methods/common.h"

#include "store/accounts.h"

#include <string.h>

#define PASSPHRASE_MAX 1024

struct rows {
    struct store_account *v;
    size_t n;
};

static int read_rows(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct rows *r = arg;
    return store_accounts_load(tx, &r->v, &r->n, err);
}

static json_t *store_json(struct core *core, enum secret_store store)
{
    struct fct_error err = {0};
    bool is_usable = core_secrets_look(core, store, &err) == 0;
    return json_pack("{s:s, s:b, s:b, s:b, s:o}", "name", secret_store_name(store), "isWritable",
                     secret_store_is_writable(store), "isUsable", is_usable, "isLocked",
                     !is_usable && err.code == FCT_E_USER_ACTION, "problem",
                     is_usable ? json_null() : json_string_of(err.message));
}

static json_t *accounts_json(struct core *core, const struct rows *rows)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rows->n; i++) {
        char owner[32];
        if (rows->v[i].is_local)
            continue;
        snprintf(owner, sizeof(owner), "account/%lld", (long long)rows->v[i].id);
        enum secret_store store = secrets_store_of(core_secrets(core), owner);
        json_array_append_new(list, json_pack("{s:o, s:s}", "accountId", json_id(ID_ACCOUNT, rows->v[i].id), "store",
                                              secret_store_name(store)));
    }
    return list;
}

int api_secrets_get(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    struct core *core = call->api->core;
    struct rows rows = {0};
    (void)params;
    if (store_read(call->api->store, read_rows, &rows, err) < 0)
        return -1;
    json_t *stores = json_array();
    for (int i = 0; i < SECRET_STORES; i++)
        json_array_append_new(stores, store_json(core, (enum secret_store)i));
    *out = json_pack("{s:s, s:o, s:o}", "defaultStore", secret_store_name(secrets_default(core_secrets(core))),
                     "stores", stores, "accounts", accounts_json(core, &rows));
    store_accounts_free(rows.v, rows.n);
    return 0;
}

int api_secrets_set(struct api_call *call, const struct api_secrets_set_args *args, json_t **out, struct fct_error *err)
{
    int store = secret_store_from_name(args->default_store);
    if (store < 0)
        return call_invalid(call, err, "defaultStore", "there is no such store; there are: file, encrypted, keyring");
    if (core_secrets_set_default(call->api->core, (enum secret_store)store, err) < 0)
        return -1;
    *out = json_pack("{s:s}", "defaultStore", secret_store_name((enum secret_store)store));
    return 0;
}

/* ---- unlocking ---- */

static void wipe(const char *text)
{
    if (text)
        explicit_bzero((char *)text, strlen(text));
}

static int check_length(struct api_call *call, const char *name, const char *text, struct fct_error *err)
{
    if (!text || strlen(text) <= PASSPHRASE_MAX)
        return 0;
    return call_invalid(call, err, name, "is longer than %d bytes", PASSPHRASE_MAX);
}

int api_secrets_unlock(struct api_call *call, const struct api_secrets_unlock_args *args, json_t **out,
                       struct fct_error *err)
{
    int result = check_length(call, "passphrase", args->passphrase, err);
    if (result == 0)
        result = check_length(call, "newPassphrase", args->new_passphrase, err);
    if (result == 0)
        result = core_secrets_unlock(call->api->core, args->passphrase, args->new_passphrase, args->is_new, err);
    wipe(args->passphrase);
    wipe(args->new_passphrase);
    if (result == 0)
        *out = json_pack("{s:b}", "isLocked", 0);
    return result;
}

int api_secrets_lock(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params, (void)err;
    core_secrets_lock(call->api->core);
    *out = json_pack("{s:b}", "isLocked", 1);
    return 0;
}
