/* What changed in the results of a query that is made anew each time (common.h). */
#include "methods/common.h"

#include "store/emails.h"

#include <stdlib.h>
#include <string.h>

int query_since(const char *since_state, int64_t *out, struct fct_error *err)
{
    if (state_parse(since_state, out))
        return 0;
    return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "sinceQueryState is none of ours");
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Both lists as one, ascending. Freed by the caller. */
static int64_t *changed_ids(const struct store_changes *c, size_t *out_n)
{
    int64_t *ids = xcalloc(c->n_created + c->n_updated + 1, sizeof(*ids));
    if (c->n_created > 0)
        memcpy(ids, c->created, c->n_created * sizeof(*ids));
    if (c->n_updated > 0)
        memcpy(ids + c->n_created, c->updated, c->n_updated * sizeof(*ids));
    *out_n = c->n_created + c->n_updated;
    qsort(ids, *out_n, sizeof(*ids), compare_ids);
    return ids;
}

/* One that changed may have moved in the results, or into or out of them (RFC 8620 section 5.6). */
static void add_delta(const struct store_changes *c, const struct query_changes *q, json_t *removed, json_t *added)
{
    size_t n;
    CLEANUP(freep) int64_t *changed = changed_ids(c, &n);
    for (size_t i = 0; i < c->n_destroyed; i++)
        json_array_append_new(removed, json_id(q->kind, c->destroyed[i]));
    for (size_t i = 0; i < c->n_updated; i++)
        json_array_append_new(removed, json_id(q->kind, c->updated[i]));
    for (size_t i = 0; i < q->n; i++)
        if (bsearch(&q->ids[i], changed, n, sizeof(*changed), compare_ids))
            json_array_append_new(added,
                                  json_pack("{s:o, s:I}", "id", json_id(q->kind, q->ids[i]), "index", (json_int_t)i));
}

int query_changes_answer(struct api_call *call, const struct query_changes *q, json_t **out, struct fct_error *err)
{
    CLEANUP(store_changes_done) struct store_changes c = {0};
    if (store_changes_since(call->tx, q->scope->id, q->type, q->since, 0, &c, err) < 0)
        return -1;
    CLEANUP(json_decrefp) json_t *removed = json_array();
    CLEANUP(json_decrefp) json_t *added = json_array();
    add_delta(&c, q, removed, added);
    size_t n = json_array_size(removed) + json_array_size(added);
    if (q->max > 0 && n > (size_t)q->max)
        return fct_fail(err, FCT_E_TOO_MANY_CHANGES, FCT_RETRY_NEVER, "%zu changes", n);
    *out = json_pack("{s:s, s:s, s:o, s:O, s:O}", "accountId", q->scope->text, "oldQueryState", q->since_state,
                     "newQueryState", json_state(q->modseq), "removed", removed, "added", added);
    if (q->calculate_total)
        json_object_set_new(*out, "total", json_integer((json_int_t)q->n));
    return 0;
}
