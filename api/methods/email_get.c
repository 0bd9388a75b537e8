/* Email/get, /changes, /parse: RFC 8621 sections 4.2, 4.3 and 4.9. */
#include "methods/email.h"

#include "search/search.h"

#include <string.h>

static bool needs_message(const struct email_request *r)
{
    return r->n_headers || r->properties >> EP_SLOW;
}

/* What the header answers does not need the body. */
static bool needs_body(const struct email_request *r)
{
    return r->properties & ~(EP_BIT(EP_SLOW) - 1) & ~EP_BIT(EP_HEADERS);
}

static bool needs_envelope(const struct email_request *r)
{
    return (r->properties & (EP_BIT(EP_SLOW) - 1)) >> EP_ENVELOPE;
}

static int add_stored_message(struct store_tx *tx, struct email_request *r, const struct store_email *e, json_t *out,
                              struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    char blob[BLOB_ID_SIZE];
    if (store_blob_view(tx, e->blob_id, &view, err) < 0)
        return -1;
    return email_add_message(r, view.bytes, blob_id_format(e->sha256, blob), false, out, err);
}

/* *out NULL: there is no such Email in the scope. */
static int email_json(struct api_call *call, struct email_request *r, const struct scope *scope, int64_t id,
                      json_t **out, struct fct_error *err)
{
    struct store_tx *tx = call->tx;
    CLEANUP(store_email_done) struct store_email e = {0};
    *out = NULL;
    if (store_email_load(tx, id, needs_envelope(r), &e, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (!scope_has(scope, e.account_id))
        return 0;
    if ((e.bits & STORE_PARTIAL) && needs_body(r))
        return call_want_body(call, e.account_id, e.id, err);
    json_t *email = json_object();
    email_add_row(r, &e, email);
    if (needs_message(r) && add_stored_message(tx, r, &e, email, err) < 0) {
        json_decref(email);
        return -1;
    }
    *out = email;
    return 0;
}

/* ids null: all, if they are not too many. */
static int all_ids(struct store_tx *tx, const struct scope *scope, json_t **out, struct fct_error *err)
{
    struct search_query q = {.account_id = scope->id, .limit = API_MAX_OBJECTS_IN_GET + 1};
    struct search_result found = {0};
    if (search_run(tx, &q, &found, err) < 0)
        return -1;
    int result = found.n > API_MAX_OBJECTS_IN_GET ? too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET) : 0;
    if (result == 0)
        *out = json_ids(ID_EMAIL, found.ids, found.n);
    search_result_done(&found);
    return result;
}

static int get_list(struct api_call *call, struct email_request *r, const struct scope *scope, const json_t *ids,
                    json_t *list, json_t *not_found, struct fct_error *err)
{
    bool lacks_bodies = false; /* *err says so then */
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i), *email = NULL;
        int64_t id;
        if (id_from(call, ID_EMAIL, json_string_value(text), &id) && email_json(call, r, scope, id, &email, err) < 0) {
            if (!call->bodies || err->code != FCT_E_UNAVAILABLE)
                return -1;
            lacks_bodies = true;
            continue; /* all that are wanted are fetched at once */
        }
        if (email)
            json_array_append_new(list, email);
        else
            json_array_append(not_found, text);
    }
    return lacks_bodies ? -1 : 0;
}

int api_email_get(struct api_call *call, const struct api_email_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(email_request_done) struct email_request r = {0};
    CLEANUP(json_decrefp) json_t *ids = NULL;
    struct scope scope;
    json_t *state;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    struct email_request_args wanted = {args->properties,
                                        args->body_properties,
                                        EP_DEFAULT | (scope.id == ALL_ACCOUNTS ? EP_BIT(EP_ACCOUNT_ID) : 0),
                                        args->fetch_text_body_values,
                                        args->fetch_html_body_values,
                                        args->fetch_all_body_values,
                                        args->max_body_value_bytes};
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (email_request_parse(call, &wanted, &r, err) < 0)
        return -1;
    ids = ids_once(call, args->ids);
    if (!ids && all_ids(call->tx, &scope, &ids, err) < 0)
        return -1;
    if (state_of(call->tx, scope.id, STORE_EMAIL, &state, err) < 0)
        return -1;
    json_t *list = json_array(), *not_found = json_array();
    *out =
        json_pack("{s:s, s:o, s:o, s:o}", "accountId", scope.text, "state", state, "list", list, "notFound", not_found);
    if (get_list(call, &r, &scope, ids, list, not_found, err) == 0)
        return 0;
    json_decref(*out);
    *out = NULL;
    return -1;
}

int api_email_changes(struct api_call *call, const struct api_email_changes_args *args, json_t **out,
                      struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_EMAIL, ID_EMAIL, args->since_state, args->max_changes, NULL,
                          out, err);
}

/* ---- Email/parse ---- */

static const char *const unknown_of_blobs[] = {"id", "threadId", "mailboxIds", "keywords", "receivedAt"};

enum parse_outcome { PARSED, NOT_PARSABLE, NOT_FOUND, PARSE_FAILED };

static enum parse_outcome parse_one(struct api_call *call, struct email_request *r, const char *id, uint64_t *total,
                                    json_t **out, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    unsigned char sha256[32];
    const char *part;
    int is_blob = blob_id_from(call, call->tx, id, sha256, &part, err);
    if (is_blob <= 0)
        return is_blob < 0 ? PARSE_FAILED : NOT_FOUND;
    int is_too_large = message_bytes_load(call->tx, sha256, part, total, &b, err);
    if (is_too_large < 0)
        return err->code == FCT_E_BLOB_NOT_FOUND ? NOT_FOUND : PARSE_FAILED;
    if (is_too_large || !mime_has_header(b.bytes))
        return NOT_PARSABLE;
    json_t *email = json_object();
    if (email_add_message(r, b.bytes, id, true, email, err) < 0) {
        json_decref(email);
        return PARSE_FAILED;
    }
    if (r->properties & EP_BIT(EP_BLOB_ID))
        json_object_set_new(email, "blobId", json_string(id));
    if (r->properties & EP_BIT(EP_SIZE))
        json_object_set_new(email, "size", json_integer((json_int_t)b.bytes.n));
    static const enum email_property nulls[] = {EP_ID, EP_THREAD_ID, EP_MAILBOX_IDS, EP_KEYWORDS, EP_RECEIVED_AT};
    for (size_t i = 0; i < sizeof(nulls) / sizeof(*nulls); i++)
        if (r->properties & EP_BIT(nulls[i]))
            json_object_set_new(email, unknown_of_blobs[i], json_null());
    *out = email;
    return PARSED;
}

/* A list that stays NULL until something is put in. */
static void add_to_list(json_t **list, const char *id)
{
    if (!*list)
        *list = json_array();
    json_array_append_new(*list, json_string(id));
}

static bool asks_for_id(const json_t *properties)
{
    return properties && is_in(properties, "id");
}

int api_email_parse(struct api_call *call, const struct api_email_parse_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(email_request_done) struct email_request r = {0};
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->blob_ids);
    struct scope scope;
    struct email_request_args wanted = {args->properties,
                                        args->body_properties,
                                        EP_DEFAULT_MESSAGE,
                                        args->fetch_text_body_values,
                                        args->fetch_html_body_values,
                                        args->fetch_all_body_values,
                                        args->max_body_value_bytes};
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        email_request_parse(call, &wanted, &r, err) < 0)
        return -1;
    if (!asks_for_id(args->properties))
        r.properties &= ~EP_BIT(EP_ID);
    if (json_array_size(args->blob_ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);

    CLEANUP(json_decrefp) json_t *parsed = NULL, *not_parsable = NULL, *not_found = NULL;
    uint64_t total = 0;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        json_t *email;
        switch (parse_one(call, &r, id, &total, &email, err)) {
        case PARSED:
            set_put(&parsed, id, email);
            break;
        case NOT_PARSABLE:
            add_to_list(&not_parsable, id);
            break;
        case NOT_FOUND:
            add_to_list(&not_found, id);
            break;
        case PARSE_FAILED:
            return -1;
        }
    }
    *out = json_pack("{s:s, s:O?, s:O?, s:O?}", "accountId", scope.text, "parsed", parsed, "notParsable", not_parsable,
                     "notFound", not_found);
    return 0;
}
