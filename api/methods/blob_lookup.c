/* Blob/lookup: RFC 9404 section 4.3. A blob is referenced by what leads to it: an Email whose message it is, or a part
 * of it, the Email's Thread, and the Mailboxes that the Email is in. */
#include "methods/email.h"

#include <string.h>

#define MATCHES_MAX 1000 /* Emails of one blob that are told */

static const char *const blob_lookup_types[] = {"Mailbox", "Thread", "Email", NULL};

static int read_types(struct api_call *call, const json_t *names, unsigned *out, struct fct_error *err)
{
    *out = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        size_t t = 0;
        while (blob_lookup_types[t] && strcmp(blob_lookup_types[t], name) != 0)
            t++;
        if (!blob_lookup_types[t]) {
            call->error_data = json_pack("{s:s}", "type", "unknownDataType");
            return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "no type %.60s can be looked up by blob", name);
        }
        *out |= 1u << t;
    }
    return 0;
}

struct matches {
    json_t *of[3]; /* in the order of blob_lookup_types: objects whose keys are ids */
};

static void matches_done(struct matches *m)
{
    for (size_t t = 0; t < 3; t++)
        json_decref(m->of[t]);
}

static void add(json_t *set, enum id_kind kind, int64_t number)
{
    char id[ID_SIZE];
    json_object_set_new(set, id_format(kind, number, id), json_true());
}

/* Of accounts that the caller does not see nothing is added: "*" means those that it sees. */
static int add_email(struct store_tx *tx, const struct scope *scope, int64_t email_id, struct matches *m,
                     struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    if (store_email_load(tx, email_id, false, &e, err) < 0)
        return -1;
    if (!scope_has(scope, e.account_id))
        return 0;
    for (size_t i = 0; i < e.n_mailboxes; i++)
        add(m->of[0], ID_MAILBOX, e.mailbox_ids[i]);
    add(m->of[1], ID_THREAD, e.thread_id);
    add(m->of[2], ID_EMAIL, e.id);
    return 0;
}

/* Whether the message has that part: what looks like its id need not be one. Returns 1, 0 or -1. */
static int has_part(struct store_tx *tx, const unsigned char sha256[32], const char *part, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    if (!part || blob_bytes_load(tx, sha256, part, &b, err) == 0)
        return 1;
    if (err->code != FCT_E_BLOB_NOT_FOUND)
        return -1;
    *err = (struct fct_error){0};
    return 0;
}

/* Of a message of which only the header is here, the id says which Email it is (decision 13). */
static int match_partial(struct api_call *call, const struct scope *scope, const char *id, struct matches *m,
                         struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    const char *part;
    int64_t email_id;
    if (!message_blob_id_parse(id, &email_id, &part) || part)
        return 0;
    if (store_email_load(call->tx, email_id, false, &e, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    return scope_has(scope, e.account_id) ? add_email(call->tx, scope, e.id, m, err) : 0;
}

static int match(struct api_call *call, const struct scope *scope, const char *id, struct matches *m,
                 struct fct_error *err)
{
    CLEANUP(freep) int64_t *emails = NULL;
    unsigned char sha256[32];
    const char *part;
    size_t n;
    if (!blob_id_parse(id, sha256, &part))
        return match_partial(call, scope, id, m, err);
    if (store_emails_by_blob(call->tx, scope->id, sha256, &emails, &n, err) < 0)
        return -1;
    int is_there = n > 0 ? has_part(call->tx, sha256, part, err) : 0;
    for (size_t i = 0; is_there > 0 && i < n && i < MATCHES_MAX; i++)
        if (add_email(call->tx, scope, emails[i], m, err) < 0)
            return -1;
    return is_there < 0 ? -1 : 0;
}

static json_t *keys(const json_t *set)
{
    json_t *out = json_array(), *value;
    const char *id;
    json_object_foreach((json_t *)set, id, value) json_array_append_new(out, json_string(id));
    return out;
}

/* What is not there, or not to be seen, has matches as little as what nothing refers to: nobody learns which
 * (section 4.3).
 */
static int lookup_one(struct api_call *call, const struct scope *scope, const json_t *id, unsigned types, json_t *list,
                      struct fct_error *err)
{
    CLEANUP(matches_done) struct matches m = {{json_object(), json_object(), json_object()}};
    if (match(call, scope, json_string_value(id), &m, err) < 0)
        return -1;
    *err = (struct fct_error){0};
    json_t *matched = json_object();
    for (size_t t = 0; blob_lookup_types[t]; t++)
        if (types & (1u << t))
            json_object_set_new(matched, blob_lookup_types[t], keys(m.of[t]));
    return json_array_append_new(list, json_pack("{s:O, s:o}", "id", id, "matchedIds", matched));
}

int api_blob_lookup(struct api_call *call, const struct api_blob_lookup_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    CLEANUP(json_decrefp) json_t *list = json_array();
    struct scope scope;
    unsigned types;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        read_types(call, args->type_names, &types, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (lookup_one(call, &scope, json_array_get(ids, i), types, list, err) < 0)
            return -1;
    *out = json_pack("{s:s, s:O}", "accountId", scope.text, "list", list);
    return 0;
}
