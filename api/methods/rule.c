/* Rule/get, Rule/changes. */
#include "methods/rule.h"

#include "store/keywords.h"

static const char *const names[] = {"id",          "accountId",      "name",    "query",       "sortOrder",
                                    "isEnabled",   "isLast",         "moveTo",  "copyTo",      "addKeywords",
                                    "removeKeywords", "problem",     "problemType", "matchedEmails", "lastMatchedAt"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

static json_t *keywords_json(const char *words)
{
    json_t *out = json_object();
    const char *at = words;
    struct fct_bytes word;
    while (words_next(&at, &word)) {
        CLEANUP(freep) char *name = xstrndup(word.p, word.n);
        json_object_set_new(out, name, json_true());
    }
    return out;
}

static json_t *problem_type_json(enum rule_problem type)
{
    return type == RULE_FINE ? json_null() : json_string(type == RULE_MAILBOX_GONE ? "mailboxGone" : "invalidQuery");
}

json_t *rule_json(const struct store_rule *r)
{
    json_t *out = json_pack(
        "{s:o, s:o, s:o, s:o, s:I, s:b, s:b}", "id", json_id(ID_RULE, r->id), "accountId",
        json_id(ID_ACCOUNT, r->account_id), "name", json_string_of(r->name), "query", json_string_of(r->query),
        "sortOrder", (json_int_t)r->sort_order, "isEnabled", r->is_enabled, "isLast", r->is_last);
    json_object_set_new(out, "moveTo", r->move_to ? json_id(ID_MAILBOX, r->move_to) : json_null());
    json_object_set_new(out, "copyTo", json_ids(ID_MAILBOX, r->copy_to, r->n_copy_to));
    json_object_set_new(out, "addKeywords", keywords_json(r->add));
    json_object_set_new(out, "removeKeywords", keywords_json(r->remove));
    json_object_set_new(out, "problem", json_string_of(r->problem));
    json_object_set_new(out, "problemType", problem_type_json(r->problem_type));
    json_object_set_new(out, "matchedEmails", json_integer((json_int_t)r->n_matched));
    json_object_set_new(out, "lastMatchedAt", json_utc_or_null(r->matched_at));
    return out;
}

static int get_one(struct api_call *call, const struct scope *scope, const char *text, uint64_t properties,
                   json_t **out, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};
    int64_t id;
    if (!id_from(call, ID_RULE, text, &id))
        return 0;
    if (store_rule_load(call->tx, id, &r, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (scope_has(scope, r.account_id))
        *out = properties_only(rule_json(&r), names, N_PROPERTIES, properties);
    return 0;
}

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    return store_rules_list(tx, scope->id, &ids, &n, err) < 0 ? NULL : json_ids(ID_RULE, ids, n);
}

int api_rule_get(struct api_call *call, const struct api_rule_get_args *args, json_t **out, struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_RULE, names,
                                  N_PROPERTIES,     every_id,  get_one};
    return get_answer(call, &r, out, err);
}

int api_rule_changes(struct api_call *call, const struct api_rule_changes_args *args, json_t **out,
                     struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_RULE, ID_RULE, args->since_state, args->max_changes, NULL, out,
                          err);
}
