/* Address/suggest: completion while an address is typed. */
#include "methods/common.h"

#include "store/correspondents.h"

#include <time.h>

struct suggestions {
    struct store_suggestion *v;
    size_t n;
};

static void suggestions_done(struct suggestions *s)
{
    store_suggestions_free(s->v, s->n);
}

static json_t *suggestion_json(const struct store_suggestion *s)
{
    return json_pack("{s:o, s:o, s:f, s:I, s:I, s:o}", "name", s->name[0] ? json_string_of(s->name) : json_null(),
                     "email", json_string_of(s->email), "score", s->score, "sent", (json_int_t)s->n_sent, "received",
                     (json_int_t)s->n_received, "lastAt", json_utc(s->last_at));
}

int api_address_suggest(struct api_call *call, const struct api_address_suggest_args *args, json_t **out,
                        struct fct_error *err)
{
    CLEANUP(suggestions_done) struct suggestions found = {0};
    size_t n = json_array_size(args->exclude);
    CLEANUP(freep) const char **exclude = xcalloc(n + 1, sizeof(*exclude));
    struct scope scope;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        exclude[i] = json_string_value(json_array_get(args->exclude, i));
    if (store_correspondents_suggest(call->tx, scope.id, args->text ? args->text : "", exclude, n, (size_t)args->limit,
                                     time(NULL), &found.v, &found.n, err) < 0)
        return -1;
    json_t *list = json_array();
    for (size_t i = 0; i < found.n; i++)
        json_array_append_new(list, suggestion_json(&found.v[i]));
    *out = json_pack("{s:s, s:o}", "accountId", scope.text, "list", list);
    return 0;
}
