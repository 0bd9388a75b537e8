/* What all /get methods have in common that tell whole objects: RFC 8620 section 5.1. */
#include "methods/common.h"

json_t *properties_only(json_t *object, const char *const *names, size_t n, uint64_t properties)
{
    for (size_t i = 0; i < n; i++)
        if (!(properties & (UINT64_C(1) << i)))
            json_object_del(object, names[i]);
    return object;
}

static int get_each(struct api_call *call, const struct get_request *r, const struct scope *scope, const json_t *ids,
                    uint64_t properties, json_t *list, json_t *not_found, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *id = json_array_get(ids, i), *found = NULL;
        if (r->one(call, scope, json_string_value(id), properties, &found, err) < 0)
            return -1;
        if (found)
            json_array_append_new(list, found);
        else if (r->ids) /* of those that were not named nobody learns that there are some */
            json_array_append(not_found, id);
    }
    return 0;
}

int get_answer(struct api_call *call, const struct get_request *r, json_t **out, struct fct_error *err)
{
    struct scope scope;
    uint64_t properties;
    json_t *state;
    if (properties_parse(call, r->properties, r->names, r->n_names, (UINT64_C(1) << r->n_names) - 1, &properties, err) <
        0)
        return -1;
    if (json_array_size(r->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (scope_find(call, call->tx, r->account, &scope, err) < 0)
        return -1;
    CLEANUP(json_decrefp) json_t *ids = r->ids ? ids_once(call, r->ids) : r->every(call->tx, &scope, err);
    if (!ids)
        return -1;
    if (json_array_size(ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    CLEANUP(json_decrefp) json_t *list = json_array();
    CLEANUP(json_decrefp) json_t *not_found = json_array();
    if (get_each(call, r, &scope, ids, properties, list, not_found, err) < 0 ||
        state_of(call->tx, scope.id, r->type, &state, err) < 0)
        return -1;
    *out =
        json_pack("{s:s, s:o, s:O, s:O}", "accountId", scope.text, "state", state, "list", list, "notFound", not_found);
    return 0;
}
