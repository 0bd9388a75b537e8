/* Quota/get, /changes, /query, /queryChanges: RFC 9425. There are a few of each account, so filter and sort are plain
 * C. */
#include "methods/common.h"

#include "store/accounts.h"
#include "store/emails.h"
#include "store/quotas.h"

#include <string.h>

static const char *const names[] = {"id",   "accountId", "resourceType", "used",      "hardLimit",  "scope",
                                    "name", "types",     "warnLimit",    "softLimit", "description"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

#define SCOPE "account" /* of all that a server tells its user */

static const char *resource_type(const struct store_quota *q)
{
    return strcmp(q->resource, "STORAGE") == 0 ? "octets" : "count";
}

/* What is counted (RFC 9208 section 5): mailboxes, or what is in them. */
static const char *data_type(const struct store_quota *q)
{
    return strcmp(q->resource, "MAILBOX") == 0 ? "Mailbox" : "Email";
}

/* A root without a name is called as its account. Freed by the caller; NULL: *err. */
static char *shown_name(struct store_tx *tx, const struct store_quota *q, struct fct_error *err)
{
    struct store_account a = {0};
    if (q->root[0])
        return xstrdup(q->root);
    if (store_account_load(tx, q->account_id, &a, err) < 0)
        return NULL;
    char *name = xstrdup(a.name);
    store_account_done(&a);
    return name;
}

static json_t *quota_json(const struct store_quota *q, const char *name)
{
    return json_pack("{s:o, s:o, s:s, s:I, s:I, s:s, s:o, s:[s], s:n, s:n, s:n}", "id", json_id(ID_QUOTA, q->id),
                     "accountId", json_id(ID_ACCOUNT, q->account_id), "resourceType", resource_type(q), "used",
                     (json_int_t)q->used, "hardLimit", (json_int_t)q->limit, "scope", SCOPE, "name",
                     json_string_of(name), "types", data_type(q), "warnLimit", "softLimit", "description");
}

/* ---- get and changes ---- */

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    struct store_quota *list = NULL;
    size_t n = 0;
    if (store_quotas_list(tx, scope->id, &list, &n, err) < 0)
        return NULL;
    json_t *ids = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(ids, json_id(ID_QUOTA, list[i].id));
    store_quotas_free(list, n);
    return ids;
}

static int get_one(struct api_call *call, const struct scope *scope, const char *text, uint64_t properties,
                   json_t **out, struct fct_error *err)
{
    CLEANUP(store_quota_done) struct store_quota q = {0};
    int64_t id;
    if (!id_from(call, ID_QUOTA, text, &id))
        return 0;
    if (store_quota_load(call->tx, id, &q, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (!scope_has(scope, q.account_id))
        return 0;
    CLEANUP(freep) char *name = shown_name(call->tx, &q, err);
    if (!name)
        return -1;
    *out = properties_only(quota_json(&q, name), names, N_PROPERTIES, properties);
    return 0;
}

int api_quota_get(struct api_call *call, const struct api_quota_get_args *args, json_t **out, struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_QUOTA, names,
                                  N_PROPERTIES,     every_id,  get_one};
    return get_answer(call, &r, out, err);
}

/* RFC 9425 section 4.3. */
static void add_updated_properties(const struct store_changes *c, json_t *out)
{
    json_object_set_new(out, "updatedProperties", c->only_counts ? json_pack("[s]", "used") : json_null());
}

int api_quota_changes(struct api_call *call, const struct api_quota_changes_args *args, json_t **out,
                      struct fct_error *err)
{
    json_t *answer = NULL;
    if (changes_answer(call, args->account_id, STORE_QUOTA, ID_QUOTA, args->since_state, args->max_changes,
                       add_updated_properties, &answer, err) < 0)
        return -1;
    /* From a state in the midst of the changes nobody could tell whether only `used` is another one than the client's
     * (RFC 8620 section 5.2 has this error for it). */
    if (json_is_true(json_object_get(answer, "hasMoreChanges"))) {
        json_decref(answer);
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "there are more changes than maxChanges");
    }
    *out = answer;
    return 0;
}

/* ---- query ---- */

#define FILTER_DEPTH_MAX 32
#define SORT_MAX 16

struct row {
    const struct store_quota *q;
    char *name;
};

enum match { NO, YES, BROKEN };

static enum match broken(struct fct_error *err, int code, const char *fmt, const char *name)
{
    fct_fail(err, code, FCT_RETRY_NEVER, fmt, name);
    return BROKEN;
}

static enum match match_property(const char *name, const json_t *v, const struct row *r, struct fct_error *err)
{
    const char *text = json_string_value(v);
    bool is_name = strcmp(name, "name") == 0, is_scope = strcmp(name, "scope") == 0,
         is_resource = strcmp(name, "resourceType") == 0, is_type = strcmp(name, "type") == 0;
    if (!is_name && !is_scope && !is_resource && !is_type)
        return broken(err, FCT_E_UNSUPPORTED_FILTER, "there is no condition %.60s for quotas", name);
    if (!text)
        return broken(err, FCT_E_INVALID, "filter.%s must be a string", name);
    if (is_name)
        return (enum match)(strcasestr(r->name, text) != NULL);
    const char *is = is_scope ? SCOPE : is_resource ? resource_type(r->q) : data_type(r->q);
    return (enum match)(strcmp(is, text) == 0);
}

static enum match match_all_properties(const json_t *condition, const struct row *r, struct fct_error *err)
{
    bool all = true;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)condition, name, value)
    {
        enum match one = match_property(name, value, r, err);
        if (one == BROKEN)
            return BROKEN;
        all = all && one == YES;
    }
    return (enum match)all;
}

static enum match match_filter(const json_t *filter, const struct row *r, int depth, struct fct_error *err)
{
    const char *operator= json_string_value(json_object_get(filter, "operator"));
    const json_t *conditions = json_object_get(filter, "conditions");
    bool all = true, any = false;
    if (!json_is_object(filter))
        return broken(err, FCT_E_INVALID, "%s: a condition must be an object", "filter");
    if (depth > FILTER_DEPTH_MAX)
        return broken(err, FCT_E_UNSUPPORTED_FILTER, "%s: nested deeper than 32", "filter");
    if (!operator)
        return match_all_properties(filter, r, err);
    bool is_and = strcmp(operator, "AND") == 0, is_or = strcmp(operator, "OR") == 0;
    if (!(is_and || is_or || strcmp(operator, "NOT") == 0) || !json_is_array(conditions) ||
        json_object_size(filter) != 2)
        return broken(err, FCT_E_INVALID,
                      "filter.operator %.20s: AND, OR or NOT with a list of conditions and nothing else", operator);
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        enum match one = match_filter(json_array_get(conditions, i), r, depth + 1, err);
        if (one == BROKEN)
            return BROKEN;
        all = all && one == YES;
        any = any || one == YES;
    }
    return is_and ? (enum match)all : is_or ? (enum match)any : (enum match) !any;
}

struct order {
    struct {
        bool by_name, is_descending;
    } v[SORT_MAX];
    size_t n;
};

static int read_order(const json_t *sort, struct order *out, struct fct_error *err)
{
    out->n = 0;
    for (size_t i = 0; i < json_array_size(sort) && i < SORT_MAX; i++) {
        const json_t *c = json_array_get(sort, i);
        const char *by = json_string_value(json_object_get(c, "property"));
        out->v[i].is_descending = json_is_false(json_object_get(c, "isAscending"));
        out->v[i].by_name = strcmp(by, "name") == 0;
        if (!out->v[i].by_name && strcmp(by, "used") != 0)
            return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "cannot sort quotas by %.60s", by);
        out->n++;
    }
    return 0;
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct row *x = a, *y = b;
    const struct order *o = ctx;
    for (size_t i = 0; i < o->n; i++) {
        int c = o->v[i].by_name ? strcasecmp(x->name, y->name) : (x->q->used > y->q->used) - (x->q->used < y->q->used);
        if (c != 0)
            return o->v[i].is_descending ? -c : c;
    }
    return (x->q->id > y->q->id) - (x->q->id < y->q->id);
}

struct results {
    struct store_quota *list;
    struct row *rows;
    size_t n_list;
    int64_t *ids;
    size_t n;
    int64_t modseq;
};

static void results_done(struct results *r)
{
    for (size_t i = 0; r->rows && i < r->n_list; i++)
        free(r->rows[i].name);
    free(r->rows);
    free(r->ids);
    store_quotas_free(r->list, r->n_list);
}

static int load_rows(struct api_call *call, int64_t account_id, struct results *r, struct fct_error *err)
{
    if (store_state(call->tx, account_id, STORE_QUOTA, &r->modseq, err) < 0 ||
        store_quotas_list(call->tx, account_id, &r->list, &r->n_list, err) < 0)
        return -1;
    r->rows = xcalloc(r->n_list + 1, sizeof(*r->rows));
    for (size_t i = 0; i < r->n_list; i++) {
        r->rows[i].q = &r->list[i];
        r->rows[i].name = shown_name(call->tx, &r->list[i], err);
        if (!r->rows[i].name)
            return -1;
    }
    return 0;
}

static int run_query(struct api_call *call, int64_t account_id, const json_t *filter, const json_t *sort,
                     struct results *r, struct fct_error *err)
{
    char resource[] = "STORAGE", name[] = "";
    const struct store_quota nothing = {.resource = resource};
    const struct row example = {&nothing, name};
    struct order order;
    if (read_order(sort, &order, err) < 0 || load_rows(call, account_id, r, err) < 0)
        return -1;
    if (filter && match_filter(filter, &example, 0, err) == BROKEN)
        return -1; /* a filter that means nothing is so without anything to filter, too */
    qsort_r(r->rows, r->n_list, sizeof(*r->rows), compare_rows, &order);
    r->ids = xcalloc(r->n_list + 1, sizeof(*r->ids));
    for (size_t i = 0; i < r->n_list; i++) {
        enum match is_in_it = filter ? match_filter(filter, &r->rows[i], 0, err) : YES;
        if (is_in_it == BROKEN)
            return -1;
        if (is_in_it == YES)
            r->ids[r->n++] = r->rows[i].q->id;
    }
    return 0;
}

int api_quota_query(struct api_call *call, const struct api_quota_query_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    struct scope scope;
    struct window w = {.position = args->position,
                       .anchor_offset = args->anchor_offset,
                       .limit = args->limit,
                       .calculate_total = args->calculate_total};
    if (args->anchor && !id_from(call, ID_QUOTA, args->anchor, &w.anchor))
        w.anchor = -1;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, &r, err) < 0)
        return -1;
    json_t *answer = json_pack("{s:s, s:o, s:b}", "accountId", scope.text, "queryState", json_state(r.modseq),
                               "canCalculateChanges", true);
    if (window_answer(ID_QUOTA, r.ids, r.n, &w, answer, err) < 0) {
        json_decref(answer);
        return -1;
    }
    *out = answer;
    return 0;
}

int api_quota_query_changes(struct api_call *call, const struct api_quota_query_changes_args *args, json_t **out,
                            struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    struct scope scope;
    int64_t since;
    if (query_since(args->since_query_state, &since, err) < 0 ||
        scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, &r, err) < 0)
        return -1;
    const struct query_changes q = {.scope = &scope,
                                    .type = STORE_QUOTA,
                                    .kind = ID_QUOTA,
                                    .since_state = args->since_query_state,
                                    .since = since,
                                    .ids = r.ids,
                                    .n = r.n,
                                    .modseq = r.modseq,
                                    .max = args->max_changes,
                                    .calculate_total = args->calculate_total};
    return query_changes_answer(call, &q, out, err);
}
