/* Token/audit: what was changed with tokens. */
#include "methods/common.h"

#include "audit.h"

struct page {
    struct store_audit_query query;
    struct store_audit *list;
    size_t n;
};

static int read_page(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct page *p = arg;
    return store_audit_list(tx, &p->query, &p->list, &p->n, err);
}

static json_t *entry_json(const struct store_audit *a)
{
    json_t *ids = json_loads(a->ids, 0, NULL);
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:o, s:o}", "id", json_id(ID_AUDIT, a->id), "at",
                     json_utc(a->at), "tokenId", json_id(ID_TOKEN, a->token_id), "tokenName",
                     json_string_of(a->token_name), "method", a->method, "accountId",
                     a->account_id ? json_id(ID_ACCOUNT, a->account_id) : json_null(), "objectIds",
                     ids ? ids : json_array(), "objectCount", (json_int_t)a->n_ids, "outcome",
                     json_string_of(a->outcome), "remote", json_string_of(a->remote));
}

static int read_id(struct api_call *call, enum id_kind kind, const char *argument, const json_t *v, int64_t *out,
                   struct fct_error *err)
{
    const char *text = json_string_value(v);
    return !text || id_from(call, kind, text, out) ? 0 : call_invalid(call, err, argument, "it is no id of that kind");
}

static int read_time(struct api_call *call, const char *argument, const json_t *v, int64_t *out, struct fct_error *err)
{
    const char *text = json_string_value(v);
    return !text || utc_parse(text, out) ? 0 : call_invalid(call, err, argument, "must be like 2014-10-30T06:12:00Z");
}

static int read_filter(struct api_call *call, const json_t *f, struct store_audit_query *out, struct fct_error *err)
{
    if (read_id(call, ID_TOKEN, "tokenId", json_object_get(f, "tokenId"), &out->token_id, err) < 0 ||
        read_id(call, ID_ACCOUNT, "accountId", json_object_get(f, "accountId"), &out->account_id, err) < 0 ||
        read_time(call, "since", json_object_get(f, "since"), &out->since, err) < 0)
        return -1;
    return read_time(call, "until", json_object_get(f, "until"), &out->until, err);
}

int api_token_audit(struct api_call *call, const struct api_token_audit_args *args, json_t **out, struct fct_error *err)
{
    struct page p = {.query = {.limit = (size_t)args->limit + 1}};
    if (args->before && !id_from(call, ID_AUDIT, args->before, &p.query.before))
        return call_invalid(call, err, "before", "it is no id of an entry");
    if (read_filter(call, args->filter, &p.query, err) < 0 || audit_flush(call->api->audit, err) < 0 ||
        store_read(call->api->store, read_page, &p, err) < 0)
        return -1;
    json_t *list = json_array();
    for (size_t i = 0; i < p.n && i < (size_t)args->limit; i++)
        json_array_append_new(list, entry_json(&p.list[i]));
    *out = json_pack("{s:o, s:b}", "list", list, "hasMore", p.n > (size_t)args->limit);
    store_audit_list_free(p.list, p.n);
    return 0;
}
