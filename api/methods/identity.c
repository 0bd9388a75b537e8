/* Identity/get, /changes, /set: RFC 8621 section 6. */
#include "methods/submission.h"
#include "patch.h"

#include <string.h>

static const char *const names[] = {"id",  "accountId",     "name",          "email",    "replyTo",
                                    "bcc", "textSignature", "htmlSignature", "mayDelete"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

json_t *json_of_text(const char *text)
{
    json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return v ? v : json_null();
}

static json_t *identity_json(const struct store_identity *i)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", json_id(ID_IDENTITY, i->id), "accountId",
                     json_id(ID_ACCOUNT, i->account_id), "name", json_string_of(i->name), "email",
                     json_string_of(i->email), "replyTo", json_of_text(i->reply_to), "bcc", json_of_text(i->bcc),
                     "textSignature", json_string_of(i->text_signature), "htmlSignature",
                     json_string_of(i->html_signature), "mayDelete", true);
}

/* ---- get ---- */

static int get_one(struct api_call *call, const struct scope *scope, const char *text, uint64_t properties,
                   json_t **out, struct fct_error *err)
{
    CLEANUP(store_identity_done) struct store_identity i = {0};
    int64_t id;
    if (!id_from(call, ID_IDENTITY, text, &id))
        return 0;
    if (store_identity_load(call->tx, id, &i, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (scope_has(scope, i.account_id))
        *out = properties_only(identity_json(&i), names, N_PROPERTIES, properties);
    return 0;
}

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    return store_identities_list(tx, scope->id, &ids, &n, err) < 0 ? NULL : json_ids(ID_IDENTITY, ids, n);
}

int api_identity_get(struct api_call *call, const struct api_identity_get_args *args, json_t **out,
                     struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_IDENTITY, names,
                                  N_PROPERTIES,     every_id,  get_one};
    return get_answer(call, &r, out, err);
}

int api_identity_changes(struct api_call *call, const struct api_identity_changes_args *args, json_t **out,
                         struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_IDENTITY, ID_IDENTITY, args->since_state, args->max_changes,
                          NULL, out, err);
}

/* ---- set ---- */

struct work {
    struct api_call *call;
    int64_t account_id;
    json_t *destroy;
    struct set_result result;
};

static void work_done(struct work *w)
{
    json_decref(w->destroy);
    set_result_done(&w->result);
}

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

static bool has_controls(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

/* EmailAddress[] or null. */
static bool is_addresses(const json_t *v)
{
    if (!v || json_is_null(v))
        return true;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *a = json_array_get(v, i), *name = json_object_get(a, "name");
        const char *email = json_string_value(json_object_get(a, "email"));
        if (!email || !strchr(email, '@') || has_controls(email) || strpbrk(email, "<>") ||
            (name && !json_is_null(name) && !json_is_string(name)) ||
            (json_is_string(name) && has_controls(json_string_value(name))))
            return false;
    }
    return json_is_array(v);
}

static json_t *read_text(const json_t *object, const char *name, char **out)
{
    const json_t *v = json_object_get(object, name);
    if (v && !json_is_null(v) && !json_is_string(v))
        return bad(name, "must be a string");
    *out = xstrdup(json_is_string(v) ? json_string_value(v) : "");
    return NULL;
}

static json_t *read_addresses(const json_t *object, const char *name, char **out)
{
    const json_t *v = json_object_get(object, name);
    if (!is_addresses(v))
        return bad(name, "must be a list of {name, email}, or null");
    *out = v && !json_is_null(v) && json_array_size(v) > 0 ? json_dumps(v, JSON_COMPACT) : NULL;
    return NULL;
}

static json_t *check_names(const json_t *object, const json_t *current)
{
    static const char *const writable[] = {"name", "email", "replyTo", "bcc", "textSignature", "htmlSignature"};
    return set_check_names(object, current, writable, sizeof(writable) / sizeof(*writable));
}

/* What an identity shall be, from a created object or a patched one. */
static json_t *read_wanted(const json_t *object, const json_t *current, struct store_identity *out)
{
    json_t *problem = check_names(object, current);
    if (!problem)
        problem = read_text(object, "name", &out->name);
    if (!problem)
        problem = read_text(object, "email", &out->email);
    if (!problem)
        problem = read_text(object, "textSignature", &out->text_signature);
    if (!problem)
        problem = read_text(object, "htmlSignature", &out->html_signature);
    if (!problem)
        problem = read_addresses(object, "replyTo", &out->reply_to);
    if (!problem)
        problem = read_addresses(object, "bcc", &out->bcc);
    return problem;
}

struct step {
    const struct store_identity *i;
    int64_t id;
};

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct step *s = arg;
    return store_identity_create(tx, s->i, &s->id, err);
}

static int update_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_identity_update(tx, ((struct step *)arg)->i, err);
}

static int create_one(struct work *w, const char *creation_id, const json_t *object, struct fct_error *err)
{
    CLEANUP(store_identity_done) struct store_identity i = {.account_id = w->account_id};
    struct step s = {.i = &i};
    char text[ID_SIZE];
    json_t *problem = read_wanted(object, NULL, &i);
    if (!problem && store_nested(w->call->tx, create_in_savepoint, &s, err) < 0) {
        if (!is_object_error(err))
            return -1;
        problem = api_set_error_from(err);
    }
    if (problem) {
        set_put(&w->result.not_created, creation_id, problem);
        return 0;
    }
    call_created(w->call, creation_id, id_format(ID_IDENTITY, s.id, text));
    i.id = s.id;
    json_t *created = identity_json(&i);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) if (json_equal(json_object_get(created, name), value))
        json_object_del(created, name);
    set_put(&w->result.created, creation_id, created);
    return 0;
}

static json_t *load_ours(struct work *w, const char *text, struct store_identity *out, struct fct_error *err)
{
    int64_t id;
    if (id_from(w->call, ID_IDENTITY, text, &id) && store_identity_load(w->call->tx, id, out, err) == 0 &&
        out->account_id == w->account_id)
        return NULL;
    if (err->code && err->code != FCT_E_NOT_FOUND)
        return NULL;
    return api_set_error("notFound", NULL, "there is no such identity in this account");
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_update(struct work *w, const char *text, const json_t *patch, struct fct_error *err)
{
    CLEANUP(store_identity_done) struct store_identity before = {0}, after = {0};
    json_t *problem = load_ours(w, text, &before, err);
    if (problem || err->code)
        return problem;
    if (is_in(w->destroy, call_resolve(w->call, text)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    CLEANUP(json_decrefp) json_t *current = identity_json(&before);
    CLEANUP(json_decrefp) json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (!patched)
        return problem;
    after.id = before.id;
    after.account_id = before.account_id;
    problem = read_wanted(patched, current, &after);
    if (!problem && strcmp(before.email, after.email) != 0)
        problem = bad("email", "cannot be changed");
    struct step s = {.i = &after};
    if (!problem && store_nested(w->call->tx, update_in_savepoint, &s, err) < 0)
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
    return problem;
}

static json_t *try_destroy(struct work *w, const char *text, struct fct_error *err)
{
    CLEANUP(store_identity_done) struct store_identity i = {0};
    json_t *problem = load_ours(w, text, &i, err);
    if (!problem && !err->code)
        store_identity_destroy(w->call->tx, i.id, err);
    return problem;
}

static int change_all(struct work *w, const struct api_identity_set_args *args, struct fct_error *err)
{
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) if (create_one(w, id, object, err) < 0) return -1;
    json_object_foreach(args->update, id, object)
    {
        *err = (struct fct_error){0};
        json_t *problem = try_update(w, id, object, err);
        if (set_note_updated(&w->result, id, problem, NULL, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < json_array_size(w->destroy); i++) {
        id = json_string_value(json_array_get(w->destroy, i));
        *err = (struct fct_error){0};
        json_t *problem = try_destroy(w, id, err);
        if (set_note_destroyed(&w->result, id, problem, err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    return 0;
}

int api_identity_set(struct api_call *call, const struct api_identity_set_args *args, json_t **out,
                     struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call};
    CLEANUP(json_decrefp) json_t *old_state = NULL;
    CLEANUP(json_decrefp) json_t *new_state = NULL;
    if (set_check_count(args->create, args->update, args->destroy, err) < 0 ||
        account_find_one(call, call->tx, args->account_id, &w.account_id, err) < 0 ||
        state_check(call->tx, w.account_id, STORE_IDENTITY, args->if_in_state, err) < 0 ||
        state_of(call->tx, w.account_id, STORE_IDENTITY, &old_state, err) < 0)
        return -1;
    w.destroy = ids_once(call, args->destroy);
    if (change_all(&w, args, err) < 0 || state_of(call->tx, w.account_id, STORE_IDENTITY, &new_state, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState", old_state,
                     "newState", new_state);
    set_result_write(&w.result, *out);
    return 0;
}
