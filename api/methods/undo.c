/* Undo/get, /query, /changes: what clients did and can be taken back. */
#include "methods/undo.h"

#include "session.h"

#include <string.h>

static const char *const names[] = {"id",         "accountIds",  "at",     "client",   "kind",    "description",
                                    "emailCount", "notRecorded", "isUndo", "isUndone", "reverts", "undoneBy"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

/* ---- as JSON ---- */

static const char *kind_name(unsigned kinds)
{
    switch (kinds) {
    case STORE_UNDO_FLAGS:
        return "flag";
    case STORE_UNDO_MOVE:
    case STORE_UNDO_MOVE | STORE_UNDO_FLAGS:
    case STORE_UNDO_SNOOZE: /* as snoozing is one */
        return "move";
    case STORE_UNDO_DESTROY:
        return "destroy";
    case STORE_UNDO_RESTORE:
        return "restore";
    default:
        return "mixed";
    }
}

static json_t *id_or_null(int64_t id)
{
    return id ? json_id(ID_UNDO, id) : json_null();
}

static json_t *undo_json(const struct store_undo *u, const struct access *a, uint64_t properties)
{
    bool is_named = u->client && (!a || a->all_accounts || strcmp(u->client, a->name) == 0);
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:b, s:b, s:o, s:o}", "id", json_id(ID_UNDO, u->id),
                  "accountIds", json_ids(ID_ACCOUNT, u->account_ids, u->n_accounts), "at", json_utc(u->at), "client",
                  is_named ? json_string_of(u->client) : json_null(), "kind", kind_name(u->kinds), "description",
                  json_string_of(u->text), "emailCount", (json_int_t)u->n_emails, "notRecorded",
                  (json_int_t)u->n_left_out, "isUndo", u->is_undo, "isUndone", u->n_items == 0, "reverts",
                  id_or_null(u->reverts), "undoneBy", id_or_null(u->undone_by));
    return properties_only(all, names, N_PROPERTIES, properties);
}

/* ---- Undo/get ---- */

bool undo_is_in_scope(const struct store_undo *u, const struct scope *scope)
{
    bool is_in = false;
    for (size_t i = 0; i < u->n_accounts; i++) {
        if (!access_has_account(scope->access, u->account_ids[i]))
            return false; /* it would tell of the other account, and take back there, too */
        is_in = is_in || scope_has(scope, u->account_ids[i]);
    }
    return is_in;
}

static int get_one(struct api_call *call, const struct scope *scope, const char *text, uint64_t properties,
                   json_t **out, struct fct_error *err)
{
    CLEANUP(store_undo_done) struct store_undo u = {0};
    int64_t id;
    if (!id_from(call, ID_UNDO, text, &id))
        return 0;
    if (store_undo_load(call->tx, id, &u, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (undo_is_in_scope(&u, scope))
        *out = undo_json(&u, scope->access, properties);
    return 0;
}

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    return store_undo_list(tx, scope->id, &ids, &n, err) < 0 ? NULL : json_ids(ID_UNDO, ids, n);
}

int api_undo_get(struct api_call *call, const struct api_undo_get_args *args, json_t **out, struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_UNDO, names,
                                  N_PROPERTIES,     every_id,  get_one};
    return get_answer(call, &r, out, err);
}

int api_undo_changes(struct api_call *call, const struct api_undo_changes_args *args, json_t **out,
                     struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_UNDO, ID_UNDO, args->since_state, args->max_changes, NULL, out,
                          err);
}

/* ---- Undo/query ---- */

/* `name`: who asks; NULL: nobody knows. */
static bool matches(const struct store_undo *u, const char *name, const json_t *filter)
{
    json_t *is_undo = json_object_get(filter, "isUndo"), *is_undone = json_object_get(filter, "isUndone"),
           *is_own = json_object_get(filter, "isOwn");
    return (!is_undo || json_is_true(is_undo) == u->is_undo) &&
           (!is_undone || json_is_true(is_undone) == (u->n_items == 0)) &&
           (!is_own || json_is_true(is_own) == (u->client && name && strcmp(u->client, name) == 0));
}

static int keep_matching(struct api_call *call, const struct scope *scope, const json_t *filter, int64_t *ids,
                         size_t *n, struct fct_error *err)
{
    const char *name = call->session ? session_name(call->session) : NULL;
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        CLEANUP(store_undo_done) struct store_undo u = {0};
        if (store_undo_load(call->tx, ids[i], &u, err) < 0)
            return -1;
        if (undo_is_in_scope(&u, scope) && matches(&u, name, filter))
            ids[kept++] = ids[i];
    }
    *n = kept;
    return 0;
}

int api_undo_query(struct api_call *call, const struct api_undo_query_args *args, json_t **out, struct fct_error *err)
{
    struct window w = {.position = args->position,
                       .anchor_offset = args->anchor_offset,
                       .limit = args->limit,
                       .calculate_total = args->calculate_total};
    CLEANUP(freep) int64_t *ids = NULL;
    struct scope scope;
    size_t n;
    json_t *state;
    if (args->anchor && !id_from(call, ID_UNDO, args->anchor, &w.anchor))
        w.anchor = -1; /* is in no result */
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        store_undo_list(call->tx, scope.id, &ids, &n, err) < 0 ||
        keep_matching(call, &scope, args->filter, ids, &n, err) < 0 ||
        state_of(call->tx, scope.id, STORE_UNDO, &state, err) < 0)
        return -1;
    json_t *answer =
        json_pack("{s:s, s:o, s:b}", "accountId", scope.text, "queryState", state, "canCalculateChanges", 0);
    if (window_answer(ID_UNDO, ids, n, &w, answer, err) < 0) {
        json_decref(answer);
        return -1;
    }
    *out = answer;
    return 0;
}
