/* Email/history: where Emails came from, and who moved them. */
#include "methods/common.h"

#include "store/accounts.h"
#include "store/history.h"
#include "store/mailboxes.h"

#include <string.h>

static const char *const types[] = {
    [STORE_HISTORY_ARRIVED] = "arrived",
    [STORE_HISTORY_PLACED] = "placed",
    [STORE_HISTORY_LEFT] = "left",
    [STORE_HISTORY_DESTROYED] = "destroyed",
};
static const char *const kinds[] = {
    [STORE_BY_SERVER] = "server",
    [STORE_BY_CLIENT] = "client",
    [STORE_BY_FILTER] = "filter",
    [STORE_BY_REPAIR] = "repair",
    [STORE_BY_RULE] = "rule",
};

/* null where the mailbox is gone. */
static int mailbox_name(struct store_tx *tx, int64_t id, json_t **out, struct fct_error *err)
{
    struct store_mailbox m = {0};
    struct fct_error why = {0};
    *out = NULL;
    if (id == 0) {
        *out = json_null();
    } else if (store_mailbox_load(tx, id, &m, &why) == 0) {
        *out = json_string_of(m.name);
        store_mailbox_done(&m);
    } else if (why.code == FCT_E_NOT_FOUND) {
        *out = json_null();
    } else if (err) {
        *err = why;
    }
    return *out ? 0 : -1;
}

/* Whatever is in the local account was put there by somebody here, and it was not written down by whom. */
/* Who else comes in is no business of one that sees some accounts only. */
static bool is_name_shown(const struct scope *scope, const struct store_actor *actor)
{
    const struct access *a = scope->access;
    return !a || a->all_accounts || actor->kind != STORE_BY_CLIENT || strcmp(actor->name, a->name) == 0;
}

static json_t *actor_json(const struct scope *scope, const struct store_history_event *e, bool is_local)
{
    bool is_ours = is_local && e->type == STORE_HISTORY_ARRIVED;
    return json_pack("{s:s, s:o}", "kind", is_ours ? "client" : kinds[e->actor.kind], "name",
                     e->actor.name[0] && is_name_shown(scope, &e->actor) ? json_string_of(e->actor.name) : json_null());
}

static int event_json(struct store_tx *tx, const struct scope *scope, const struct store_history_event *e,
                      bool is_local, json_t **out, struct fct_error *err)
{
    json_t *name;
    if (mailbox_name(tx, e->mailbox_id, &name, err) < 0)
        return -1;
    bool was_put = is_local && e->type == STORE_HISTORY_ARRIVED;
    *out = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "at", json_utc_or_null(e->at), "type",
                     was_put ? "placed" : types[e->type], "mailboxId",
                     e->mailbox_id ? json_id(ID_MAILBOX, e->mailbox_id) : json_null(), "mailboxName", name, "uid",
                     e->uid ? json_integer((json_int_t)e->uid) : json_null(), "actor", actor_json(scope, e, is_local));
    return 0;
}

static int is_local_account(struct store_tx *tx, int64_t id, bool *out, struct fct_error *err)
{
    struct store_account a = {0};
    struct fct_error why = {0};
    *out = false;
    if (store_account_load(tx, id, &a, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND || why.code == FCT_E_NOT_FOUND_ACCOUNT)
            return 0; /* removed: what is remembered of its mail is swept */
        if (err)
            *err = why;
        return -1;
    }
    *out = a.is_local;
    store_account_done(&a);
    return 0;
}

/* *out stays NULL when there is none in the scope. */
static int history_json(struct store_tx *tx, const struct scope *scope, int64_t id, json_t **out, struct fct_error *err)
{
    CLEANUP(freep) struct store_history_event *events = NULL;
    struct fct_error why = {0};
    size_t n = 0;
    int64_t account_id = 0;
    bool is_destroyed, is_local;
    if (store_email_history(tx, id, &events, &n, &account_id, &is_destroyed, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        *err = why;
        return -1;
    }
    if (!scope_has(scope, account_id))
        return 0;
    if (is_local_account(tx, account_id, &is_local, err) < 0)
        return -1;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *event = NULL;
        if (event_json(tx, scope, &events[i], is_local, &event, err) < 0) {
            json_decref(list);
            return -1;
        }
        json_array_append_new(list, event);
    }
    *out = json_pack("{s:o, s:o, s:b, s:o}", "id", json_id(ID_EMAIL, id), "accountId", json_id(ID_ACCOUNT, account_id),
                     "isDestroyed", is_destroyed, "events", list);
    return 0;
}

int api_email_history(struct api_call *call, const struct api_email_history_args *args, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    CLEANUP(json_decrefp) json_t *list = json_array(), *not_found = json_array();
    struct scope scope;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i), *history = NULL;
        int64_t id;
        if (id_from(call, ID_EMAIL, json_string_value(text), &id) &&
            history_json(call->tx, &scope, id, &history, err) < 0)
            return -1;
        if (history)
            json_array_append_new(list, history);
        else
            json_array_append(not_found, text);
    }
    *out = json_pack("{s:s, s:O, s:O}", "accountId", scope.text, "list", list, "notFound", not_found);
    return 0;
}
