/* Thread: RFC 8621 section 3. */
#include "methods/common.h"

#include "store/accounts.h"
#include "store/emails.h"

static const char *const names[] = {"id", "emailIds", "accountId"};
enum { P_ID = 1, P_EMAIL_IDS = 2, P_ACCOUNT_ID = 4 };

/* NULL with *err untouched when there is no such thread in the scope. */
static int thread_to_json(struct store_tx *tx, const struct scope *scope, int64_t id, uint64_t properties, json_t **out,
                          struct fct_error *err)
{
    int64_t account_id, *emails = NULL;
    size_t n = 0;
    *out = NULL;
    if (store_thread_account(tx, id, &account_id, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (!scope_has(scope, account_id))
        return 0;
    *out = json_pack("{s:o}", "id", json_id(ID_THREAD, id));
    if (properties & P_EMAIL_IDS) {
        if (store_thread_emails(tx, id, &emails, &n, err) < 0) {
            json_decref(*out);
            return -1;
        }
        json_object_set_new(*out, "emailIds", json_ids(ID_EMAIL, emails, n));
        free(emails);
    }
    if (properties & P_ACCOUNT_ID)
        json_object_set_new(*out, "accountId", json_id(ID_ACCOUNT, account_id));
    return 0;
}

static int add_threads(struct store_tx *tx, int64_t account_id, json_t *ids, struct fct_error *err)
{
    int64_t *found = NULL;
    size_t n = 0;
    if (store_threads_some(tx, account_id, API_MAX_OBJECTS_IN_GET + 1 - json_array_size(ids), &found, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(ids, json_id(ID_THREAD, found[i]));
    free(found);
    return json_array_size(ids) > API_MAX_OBJECTS_IN_GET ? too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET) : 0;
}

/* ids null: all, if they are not too many. *out is the caller's in any case. */
static int all_ids(struct store_tx *tx, const struct scope *scope, json_t **out, struct fct_error *err)
{
    struct store_account *accounts = NULL;
    size_t n = 0;
    int rc = 0;
    *out = json_array();
    if (scope->id != ALL_ACCOUNTS)
        return add_threads(tx, scope->id, *out, err);
    if (store_accounts_load(tx, &accounts, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_threads(tx, accounts[i].id, *out, err);
    store_accounts_free(accounts, n);
    return rc;
}

int api_thread_get(struct api_call *call, const struct api_thread_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    struct scope scope;
    uint64_t properties;
    json_t *state;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    uint64_t by_default = P_ID | P_EMAIL_IDS | (scope.id == ALL_ACCOUNTS ? P_ACCOUNT_ID : 0);
    if (properties_parse(call, args->properties, names, sizeof(names) / sizeof(*names), by_default, &properties, err) <
        0)
        return -1;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (!ids && all_ids(call->tx, &scope, &ids, err) < 0)
        return -1;
    if (state_of(call->tx, scope.id, STORE_THREAD, &state, err) < 0)
        return -1;

    json_t *list = json_array(), *not_found = json_array();
    *out =
        json_pack("{s:s, s:o, s:o, s:o}", "accountId", scope.text, "state", state, "list", list, "notFound", not_found);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i), *thread = NULL;
        int64_t id;
        if (id_from(call, ID_THREAD, json_string_value(text), &id) &&
            thread_to_json(call->tx, &scope, id, properties, &thread, err) < 0) {
            json_decref(*out);
            *out = NULL;
            return -1;
        }
        if (thread)
            json_array_append_new(list, thread);
        else
            json_array_append(not_found, text);
    }
    return 0;
}

int api_thread_changes(struct api_call *call, const struct api_thread_changes_args *args, json_t **out,
                       struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_THREAD, ID_THREAD, args->since_state, args->max_changes, NULL,
                          out, err);
}
