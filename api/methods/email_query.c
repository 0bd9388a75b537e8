/* Email/query, Email/queryChanges, SearchSnippet/get, Search/parse: RFC 8621 sections 4.4, 4.5 and 5. */
#include "methods/email_search.h"

#include <string.h>

#define FILTER_DEPTH_MAX 80 /* the search has its own bound, and says so */

/* ---- what is searched for ---- */

void email_search_done(struct email_search *s)
{
    search_filter_free(s->filter);
    search_sort_free(s->sort);
    json_decref(s->owned);
}

/* The offset of the trouble goes into the error's data, so that a front end can point at it. */
static int parse_words(struct api_call *call, const char *query, const char *time_zone, int64_t account_id,
                       json_t **out, struct fct_error *err)
{
    const struct search_parse_options options = {.time_zone = time_zone, .account_id = account_id};
    size_t where = 0;
    if (search_parse(call->tx, query, &options, out, &where, err) == 0)
        return 0;
    if (err->code == FCT_E_INVALID) {
        struct fct_error why = *err;
        call_invalid(call, err, "query", "%s", why.message);
        json_object_set_new(call->error_data, "position", json_integer((json_int_t)where));
    }
    return -1;
}

/* "#k" in inMailbox and inMailboxOtherThan becomes what it stands for. A new reference. */
static json_t *resolve_filter(const struct api_call *call, const json_t *v, const char *under, int depth)
{
    const char *text = json_string_value(v), *name;
    json_t *item, *out;
    if (text && text[0] == '#' && strncmp(under, "inMailbox", 9) == 0 && call_resolve(call, text))
        return json_string(call_resolve(call, text));
    if (depth > FILTER_DEPTH_MAX || !(json_is_array(v) || json_is_object(v)))
        return json_incref((json_t *)v);
    out = json_is_array(v) ? json_array() : json_object();
    for (size_t i = 0; i < json_array_size(v); i++)
        json_array_append_new(out, resolve_filter(call, json_array_get(v, i), under, depth + 1));
    if (json_is_object(v))
        json_object_foreach((json_t *)v, name, item)
            json_object_set_new(out, name, resolve_filter(call, item, name, depth + 1));
    return out;
}

int email_search_parse(struct api_call *call, const struct search_args *args, struct email_search *out,
                       struct fct_error *err)
{
    const json_t *filter = args->filter;
    if (args->query && filter)
        return call_invalid(call, err, "query", "query and filter exclude each other");
    if (scope_find(call, call->tx, args->account_id, &out->scope, err) < 0)
        return -1;
    if (args->query) {
        if (parse_words(call, args->query, args->time_zone, out->scope.id, &out->owned, err) < 0)
            return -1;
        filter = out->owned;
        out->is_passing = !search_parse_is_lasting(filter);
    }
    if (!out->owned && filter && json_object_size(call->batch_ids)) {
        out->owned = resolve_filter(call, filter, "", 0);
        filter = out->owned;
    }
    if (search_filter_from_json(filter, &out->filter, err) < 0) {
        if (err->code == FCT_E_LIMIT) /* RFC 8621 section 4.4: the client should ask for something simpler */
            err->code = FCT_E_UNSUPPORTED_FILTER;
        return -1;
    }
    if (search_sort_from_json(args->sort, &out->sort, err) < 0)
        return -1;
    store_tx_set_deadline(call->tx, API_SEARCH_MS);
    return 0;
}

/* ---- Email/query ---- */

int api_email_query(struct api_call *call, const struct api_email_query_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(email_search_done) struct email_search s = {0};
    CLEANUP(search_result_done) struct search_result found = {0};
    const struct search_args wanted = {args->account_id, args->query, args->time_zone, args->filter, args->sort};
    int64_t anchor = 0, modseq;
    bool is_ours;
    if (args->anchor && !id_from(call, ID_EMAIL, args->anchor, &anchor))
        return fct_fail(err, FCT_E_ANCHOR_NOT_FOUND, FCT_RETRY_NEVER, "the anchor is not in the results");
    if (email_search_parse(call, &wanted, &s, err) < 0 ||
        store_state(call->tx, s.scope.id, STORE_EMAIL, &modseq, err) < 0)
        return -1;
    int64_t limit = limit_of(args->limit, &is_ours);
    struct search_query q = {.account_id = s.scope.id,
                             .filter = s.filter,
                             .sort = s.sort,
                             .collapse_threads = args->collapse_threads,
                             .position = args->position,
                             .anchor = anchor,
                             .anchor_offset = args->anchor_offset,
                             .limit = limit,
                             .calculate_total = args->calculate_total};
    if (search_run(call->tx, &q, &found, err) < 0)
        return -1;
    *out = json_pack("{s:s, s:o, s:b, s:I, s:o}", "accountId", s.scope.text, "queryState", json_state(modseq),
                     "canCalculateChanges", found.can_calculate_changes && !s.is_passing, "position",
                     (json_int_t)found.position, "ids", json_ids(ID_EMAIL, found.ids, found.n));
    if (args->calculate_total && found.total >= 0)
        json_object_set_new(*out, "total", json_integer(found.total));
    if (is_ours && (args->limit > limit || found.n == (size_t)limit))
        json_object_set_new(*out, "limit", json_integer(limit));
    return 0;
}

/* ---- Email/queryChanges ---- */

int api_email_query_changes(struct api_call *call, const struct api_email_query_changes_args *args, json_t **out,
                            struct fct_error *err)
{
    CLEANUP(email_search_done) struct email_search s = {0};
    CLEANUP(search_delta_done) struct search_delta d = {0};
    const struct search_args wanted = {args->account_id, args->query, args->time_zone, args->filter, args->sort};
    int64_t since, up_to = 0;
    if (!state_parse(args->since_query_state, &since))
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "sinceQueryState is none of ours");
    if (args->up_to_id && !id_from(call, ID_EMAIL, args->up_to_id, &up_to))
        up_to = 0; /* one that is not in the results is as good as none */
    if (email_search_parse(call, &wanted, &s, err) < 0)
        return -1;
    if (s.is_passing)
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER,
                        "names and days in words may mean something else by now: ask with the filter of Search/parse");
    struct search_query q = {.account_id = s.scope.id,
                             .filter = s.filter,
                             .sort = s.sort,
                             .collapse_threads = args->collapse_threads,
                             .limit = -1,
                             .calculate_total = args->calculate_total};
    if (search_changes(call->tx, &q, since, args->max_changes < 0 ? 0 : (size_t)args->max_changes, up_to, &d, err) < 0)
        return -1;
    json_t *added = json_array();
    for (size_t i = 0; i < d.n_added; i++)
        json_array_append_new(added, json_pack("{s:o, s:I}", "id", json_id(ID_EMAIL, d.added[i].id), "index",
                                               (json_int_t)d.added[i].index));
    *out = json_pack("{s:s, s:s, s:o, s:o, s:o}", "accountId", s.scope.text, "oldQueryState", args->since_query_state,
                     "newQueryState", json_state(d.new_modseq), "removed", json_ids(ID_EMAIL, d.removed, d.n_removed),
                     "added", added);
    if (args->calculate_total && d.total >= 0)
        json_object_set_new(*out, "total", json_integer(d.total));
    return 0;
}

/* ---- SearchSnippet/get ---- */

/* *out NULL: no such Email in the scope. */
static int snippet_json(struct store_tx *tx, const struct email_search *s, int64_t id, json_t **out,
                        struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(freep) char *subject = NULL, *preview = NULL;
    *out = NULL;
    if (store_email_load(tx, id, false, &e, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (!scope_has(&s->scope, e.account_id))
        return 0;
    if (search_snippet(tx, s->filter, id, &subject, &preview, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:s?, s:s?}", "emailId", json_id(ID_EMAIL, id), "subject", subject, "preview", preview);
    return 0;
}

int api_search_snippet_get(struct api_call *call, const struct api_search_snippet_get_args *args, json_t **out,
                           struct fct_error *err)
{
    CLEANUP(email_search_done) struct email_search s = {0};
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->email_ids);
    const struct search_args wanted = {args->account_id, args->query, args->time_zone, args->filter, NULL};
    if (json_array_size(args->email_ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (email_search_parse(call, &wanted, &s, err) < 0)
        return -1;
    json_t *list = json_array(), *not_found = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i), *snippet = NULL;
        int64_t id;
        if (id_from(call, ID_EMAIL, json_string_value(text), &id) &&
            snippet_json(call->tx, &s, id, &snippet, err) < 0) {
            json_decref(list);
            json_decref(not_found);
            return -1;
        }
        if (snippet)
            json_array_append_new(list, snippet);
        else
            json_array_append(not_found, text);
    }
    if (json_array_size(not_found) == 0) {
        json_decref(not_found);
        not_found = json_null();
    }
    *out = json_pack("{s:s, s:o, s:o}", "accountId", s.scope.text, "list", list, "notFound", not_found);
    return 0;
}

/* ---- Search/parse ---- */

int api_search_parse(struct api_call *call, const struct api_search_parse_args *args, json_t **out,
                     struct fct_error *err)
{
    struct scope scope;
    json_t *filter = NULL;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        parse_words(call, args->query, args->time_zone, scope.id, &filter, err) < 0)
        return -1;
    *out = json_pack("{s:o}", "filter", filter ? filter : json_null());
    return 0;
}
