/* Token/get, /changes, /set: who may come in beside the owner. A secret is made here and told once; a password is
 * hashed here and told never. */
#include "methods/token.h"

#include "access.h"
#include "audit.h"
#include "base/crypto.h"
#include "base/sha256.h"
#include "door.h"
#include "session.h"
#include "patch.h"

#include <string.h>
#include <time.h>

#define PASSWORDS_MAX 10                    /* of one call: each takes its time */
#define EXPIRES_MAX (INT64_C(253402300799)) /* the end of the year 9999 */

static const char *const names[] = {"id",          "name",      "scopes",    "accountIds", "expiresAt",
                                    "hasPassword", "createdAt", "createdBy", "lastUsedAt", "lastUsedFrom"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

/* ---- who sees which ---- */

/* A token sees those that may no more than itself. */
static bool is_seen(const struct access *a, const struct store_token *t)
{
    if (!a)
        return true;
    if ((t->scopes & ~a->scopes) || (t->is_whole && !a->all_accounts))
        return false;
    for (size_t i = 0; i < t->n_accounts; i++)
        if (!access_has_account(a, t->accounts[i]))
            return false;
    return true;
}

/* *out id 0: there is none, for this caller. */
static int load_seen(struct api_call *call, struct store_tx *tx, const char *text, struct store_token *out,
                     struct fct_error *err)
{
    int64_t id;
    if (!id_from(call, ID_TOKEN, text, &id))
        return 0;
    if (store_token_load(tx, id, out, err) < 0) {
        if (err->code != FCT_E_NOT_FOUND)
            return -1;
        *err = (struct fct_error){0};
        return 0;
    }
    if (!is_seen(call->access, out))
        store_token_done(out);
    return 0;
}

/* ---- as JSON ---- */

static json_t *token_json(const struct store_token *t)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "id", json_id(ID_TOKEN, t->id), "name",
                     t->name, "scopes", access_scopes_json(t->scopes), "accountIds",
                     t->is_whole ? json_null() : json_ids(ID_ACCOUNT, t->accounts, t->n_accounts), "expiresAt",
                     json_utc_or_null(t->expires_at), "hasPassword", t->has_password, "createdAt",
                     json_utc(t->created_at), "createdBy", t->parent_id ? json_id(ID_TOKEN, t->parent_id) : json_null(),
                     "lastUsedAt", json_utc_or_null(t->last_used_at), "lastUsedFrom",
                     t->last_used_from ? json_string_of(t->last_used_from) : json_null());
}

static json_t *chosen(json_t *all, uint64_t properties)
{
    json_t *out = json_object();
    for (size_t i = 0; i < N_PROPERTIES; i++)
        if (properties & (UINT64_C(1) << i))
            json_object_set(out, names[i], json_object_get(all, names[i]));
    json_decref(all);
    return out;
}

/* ---- Token/get ---- */

static json_t *every_id(struct store_tx *tx, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    return store_tokens_list(tx, &ids, &n, err) < 0 ? NULL : json_ids(ID_TOKEN, ids, n);
}

int api_token_get(struct api_call *call, const struct api_token_get_args *args, json_t **out, struct fct_error *err)
{
    uint64_t properties;
    json_t *state;
    if (properties_parse(call, args->properties, names, N_PROPERTIES, (UINT64_C(1) << N_PROPERTIES) - 1, &properties,
                         err) < 0)
        return -1;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    CLEANUP(json_decrefp) json_t *ids = args->ids ? ids_once(call, args->ids) : every_id(call->tx, err);
    if (!ids || state_of(call->tx, 0, STORE_TOKEN, &state, err) < 0)
        return -1;
    json_t *list = json_array(), *not_found = json_array();
    *out = json_pack("{s:o, s:o, s:o}", "state", state, "list", list, "notFound", not_found);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        CLEANUP(store_token_done) struct store_token t = {0};
        json_t *text = json_array_get(ids, i);
        if (load_seen(call, call->tx, json_string_value(text), &t, err) < 0) {
            json_decref(*out);
            *out = NULL;
            return -1;
        }
        if (t.id)
            json_array_append_new(list, chosen(token_json(&t), properties));
        else if (args->ids)
            json_array_append(not_found, text);
    }
    return 0;
}

int api_token_changes(struct api_call *call, const struct api_token_changes_args *args, json_t **out,
                      struct fct_error *err)
{
    return changes_answer(call, NULL, STORE_TOKEN, ID_TOKEN, args->since_state, args->max_changes, NULL, out, err);
}

/* ---- what is wanted ---- */

struct ids {
    int64_t *v;
    size_t n;
};

static void ids_add(struct ids *l, const int64_t *v, size_t n)
{
    l->v = xreallocarray(l->v, l->n + n + 1, sizeof(*l->v));
    for (size_t i = 0; i < n; i++)
        l->v[l->n++] = v[i];
}

struct work {
    struct api_call *call;
    const struct api_token_set_args *args;
    json_t *destroy;
    json_t *hashes; /* the passwords of this call, hashed: what they are of to the bytes of a struct token_password */
    struct ids gone, changed;
    struct set_result result;
    json_t *old_state, *new_state;
};

static void work_done(struct work *w)
{
    json_decref(w->destroy);
    json_decref(w->hashes);
    json_decref(w->old_state);
    json_decref(w->new_state);
    free(w->gone.v);
    free(w->changed.v);
    set_result_done(&w->result);
}

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

static json_t *check_names(const json_t *object, const json_t *current)
{
    static const char *const writable[] = {"name", "scopes", "accountIds", "expiresAt", "password"};
    return set_check_names(object, current, writable, sizeof(writable) / sizeof(*writable));
}

static json_t *read_scopes(const struct access *a, const json_t *v, unsigned *out)
{
    unsigned scopes = API_SCOPE_READ;
    if (!json_is_array(v) || json_array_size(v) == 0)
        return bad("scopes", "must be a list of read, triage, draft, send and admin");
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *name = json_string_value(json_array_get(v, i));
        enum api_scope scope = name ? access_scope_from(name) : 0;
        if (!scope)
            return bad("scopes", "must be a list of read, triage, draft, send and admin");
        scopes |= scope;
    }
    if (a && (scopes & ~a->scopes))
        return api_set_error("forbidden", "scopes", "a token gives nobody more than it has");
    *out = scopes;
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void take_all_seen(const struct access *a, struct store_token *out)
{
    out->is_whole = !a || a->all_accounts;
    if (out->is_whole)
        return;
    out->accounts = xcalloc(a->n_accounts + 1, sizeof(*out->accounts));
    out->n_accounts = a->n_accounts;
    memcpy(out->accounts, a->accounts, a->n_accounts * sizeof(*a->accounts));
}

static json_t *read_accounts(struct work *w, struct store_tx *tx, const json_t *v, struct store_token *out)
{
    struct fct_error err = {0};
    free(out->accounts);
    out->accounts = NULL;
    out->n_accounts = 0;
    out->is_whole = false;
    if (!v || json_is_null(v)) {
        take_all_seen(w->call->access, out);
        return NULL;
    }
    if (!json_is_array(v) || json_array_size(v) == 0 || json_array_size(v) > TOKEN_ACCOUNTS_MAX)
        return bad("accountIds", "must be a list of accounts, or null");
    out->accounts = xcalloc(json_array_size(v), sizeof(*out->accounts));
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *id = json_string_value(json_array_get(v, i));
        if (!id || account_find_one(w->call, tx, id, &out->accounts[i], &err) < 0)
            return bad("accountIds", "there is no such account");
        out->n_accounts++;
    }
    qsort(out->accounts, out->n_accounts, sizeof(*out->accounts), compare_ids);
    return NULL;
}

static json_t *read_expiry(const struct access *a, const json_t *v, int64_t *out)
{
    int64_t latest = a ? a->expires_at : 0, at = 0;
    bool is_set = v && !json_is_null(v);
    if (is_set && (!json_is_string(v) || !utc_parse(json_string_value(v), &at)))
        return bad("expiresAt", "must be a UTCDate, or null");
    if (is_set && (at <= (int64_t)time(NULL) || at > EXPIRES_MAX))
        return bad("expiresAt", "must be in the future");
    if (latest && (!is_set || at > latest)) {
        if (is_set)
            return api_set_error("forbidden", "expiresAt", "a token makes none that lives longer than itself");
        at = latest;
    }
    *out = at;
    return NULL;
}

#define KEY_SIZE BLOB_ID_SIZE

/* A password's place in `hashes`, which remembers none. */
static const char *key_of(const char *password, char out[KEY_SIZE])
{
    unsigned char sha256[SHA256_SIZE];
    sha256_of(bytes_str(password), sha256);
    return blob_id_format(sha256, out);
}

static json_t *read_password(struct work *w, const json_t *v, struct store_token *out)
{
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_string(v))
        return bad("password", "must be a string");
    char key[KEY_SIZE];
    json_t *hash = json_object_get(w->hashes, key_of(json_string_value(v), key));
    if (json_is_object(hash))
        return json_incref(hash); /* what is wrong with it */
    memcpy(&out->password, json_string_value(hash), sizeof(out->password));
    out->has_password = true;
    return NULL;
}

static bool is_as_before(const json_t *object, const json_t *current, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return current && json_equal(v ? v : json_null(), json_object_get(current, name));
}

/* From a created object, or a patched one. */
static json_t *read_wanted(struct work *w, struct store_tx *tx, const json_t *object, const json_t *current,
                           struct store_token *out)
{
    const struct access *a = w->call->access;
    const json_t *name = json_object_get(object, "name");
    json_t *problem = check_names(object, current);
    if (problem)
        return problem;
    if (!json_is_string(name))
        return bad("name", "must be a string");
    free(out->name);
    out->name = xstrdup(json_string_value(name));
    problem = read_scopes(a, json_object_get(object, "scopes"), &out->scopes);
    if (!problem && !is_as_before(object, current, "accountIds")) /* which may have gone since */
        problem = read_accounts(w, tx, json_object_get(object, "accountIds"), out);
    if (!problem && !is_as_before(object, current, "expiresAt"))
        problem = read_expiry(a, json_object_get(object, "expiresAt"), &out->expires_at);
    if (!problem)
        problem = read_password(w, json_object_get(object, "password"), out);
    return problem;
}

/* ---- passwords, before the transaction ---- */

static int hash_one(struct work *w, const json_t *object, struct fct_error *err)
{
    struct token_password p;
    const char *password = json_string_value(json_object_get(object, "password"));
    char key[KEY_SIZE];
    if (!password || json_object_get(w->hashes, key_of(password, key)))
        return 0;
    json_t *hash = NULL;
    if (door_hash_password(w->call->api->door, password, &p, err) == 0)
        hash = json_stringn_nocheck((const char *)&p, sizeof(p));
    else if (err->code == FCT_E_INVALID)
        hash = api_set_error_from(err);
    else
        return -1;
    *err = (struct fct_error){0};
    json_object_set_new(w->hashes, key, hash);
    return 0;
}

static size_t count_passwords(const json_t *objects)
{
    size_t n = 0;
    const char *id;
    json_t *object;
    json_object_foreach((json_t *)objects, id, object) n += json_is_string(json_object_get(object, "password"));
    return n;
}

static int hash_passwords(struct work *w, struct fct_error *err)
{
    const char *id;
    json_t *object;
    if (count_passwords(w->args->create) + count_passwords(w->args->update) > PASSWORDS_MAX)
        return too_many(err, "passwords in one Token/set", PASSWORDS_MAX);
    json_object_foreach(w->args->create, id, object) if (hash_one(w, object, err) < 0) return -1;
    json_object_foreach(w->args->update, id, object) if (hash_one(w, object, err) < 0) return -1;
    return 0;
}

/* ---- creating ---- */

struct step {
    struct store_token *t;
    struct token_made made;
    struct ids narrowed; /* those that lost something with it */
};

_Static_assert(sizeof(((struct token_made *)0)->secret) == TOKEN_SECRET_SIZE, "token.h");

json_t *token_read(struct api_call *call, struct store_tx *tx, const json_t *object, struct store_token *out)
{
    struct work w = {.call = call};
    out->parent_id = call->access ? call->access->token_id : 0;
    return read_wanted(&w, tx, object, NULL, out);
}

int token_make(struct store_tx *tx, struct token_made *m, struct fct_error *err)
{
    unsigned char sha256[TOKEN_HASH_SIZE];
    if (store_token_create(tx, m->token, &m->token->id, err) < 0)
        return -1;
    if (m->token->has_password)
        return 0;
    door_make_secret(m->token->id, m->secret, sha256);
    return store_token_set_secret(tx, m->token->id, sha256, err);
}

json_t *token_made_json(struct token_made *m)
{
    json_t *out = token_json(m->token);
    json_object_set_new(out, "secret", m->token->has_password ? json_null() : json_string(m->secret));
    crypto_wipe(m->secret, sizeof(m->secret));
    return out;
}

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return token_make(tx, &((struct step *)arg)->made, err);
}

static int update_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct step *s = arg;
    return store_token_update(tx, s->t, &s->narrowed.v, &s->narrowed.n, err);
}

static int create_one(struct work *w, struct store_tx *tx, const char *creation_id, const json_t *object,
                      struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {.created_at = (int64_t)time(NULL)};
    struct step s = {.t = &t, .made = {.token = &t}};
    char text[ID_SIZE];
    t.parent_id = w->call->access ? w->call->access->token_id : 0;
    json_t *problem = read_wanted(w, tx, object, NULL, &t);
    if (!problem && store_nested(tx, create_in_savepoint, &s, err) < 0) {
        if (!is_object_error(err))
            return -1;
        problem = api_set_error_from(err);
    }
    if (problem) {
        set_put(&w->result.not_created, creation_id, problem);
        return 0;
    }
    call_created(w->call, creation_id, id_format(ID_TOKEN, t.id, text));
    set_put(&w->result.created, creation_id, token_made_json(&s.made));
    return 0;
}

/* ---- changing ---- */

static json_t *not_found(void)
{
    return api_set_error("notFound", NULL, "there is no such token");
}

/* A token changes itself and those that it made, which go with it. With a password that it gave to another one it would
 * live on after it was revoked or its time was over. NULL with *err filled: it could not be looked up. */
static json_t *check_is_own(const struct access *a, struct store_tx *tx, int64_t id, struct fct_error *err)
{
    bool is_own = true;
    if (!a || (store_token_is_of(tx, id, a->token_id, &is_own, err) == 0 && is_own) || err->code)
        return NULL;
    return api_set_error("forbidden", NULL, "a token changes itself and those that it made, and can revoke the others");
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_update(struct work *w, struct store_tx *tx, const char *text, const json_t *patch,
                          struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {0};
    struct step s = {.t = &t};
    json_t *problem = NULL;
    if (load_seen(w->call, tx, text, &t, err) < 0)
        return NULL;
    if (!t.id)
        return not_found();
    if (is_in(w->destroy, call_resolve(w->call, text)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    if ((problem = check_is_own(w->call->access, tx, t.id, err)) || err->code)
        return problem;
    CLEANUP(json_decrefp) json_t *current = token_json(&t);
    json_object_set_new(current, "password", json_null());
    CLEANUP(json_decrefp) json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (!patched)
        return problem;
    bool had_secret = t.has_secret;
    problem = read_wanted(w, tx, patched, current, &t);
    if (!problem && had_secret && t.has_password)
        problem = bad("password", "it has a secret: make another token");
    if (!problem && store_nested(tx, update_in_savepoint, &s, err) < 0)
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
    if (problem)
        *err = (struct fct_error){0};
    else if (!err->code) {
        ids_add(&w->changed, &t.id, 1);
        ids_add(&w->changed, s.narrowed.v, s.narrowed.n);
    }
    free(s.narrowed.v);
    return problem;
}

static json_t *try_destroy(struct work *w, struct store_tx *tx, const char *text, struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {0};
    CLEANUP(freep) int64_t *gone = NULL;
    size_t n = 0;
    if (load_seen(w->call, tx, text, &t, err) < 0)
        return NULL;
    if (!t.id)
        return not_found();
    if (store_token_destroy(tx, t.id, &gone, &n, err) == 0)
        ids_add(&w->gone, gone, n);
    return NULL;
}

static int change_all(struct work *w, struct store_tx *tx, struct fct_error *err)
{
    const char *id;
    json_t *object;
    json_object_foreach(w->args->create, id, object) if (create_one(w, tx, id, object, err) < 0) return -1;
    json_object_foreach(w->args->update, id, object)
    {
        *err = (struct fct_error){0};
        json_t *problem = try_update(w, tx, id, object, err);
        if (set_note_updated(&w->result, id, problem, NULL, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < json_array_size(w->destroy); i++) {
        id = json_string_value(json_array_get(w->destroy, i));
        *err = (struct fct_error){0};
        json_t *problem = try_destroy(w, tx, id, err);
        if (set_note_destroyed(&w->result, id, problem, err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    return 0;
}

static int write_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    if (access_check_still(w->call, tx, err) < 0 || state_check(tx, 0, STORE_TOKEN, w->args->if_in_state, err) < 0 ||
        state_of(tx, 0, STORE_TOKEN, &w->old_state, err) < 0)
        return -1;
    audit_note(w->call, tx);
    w->destroy = ids_once(w->call, w->args->destroy);
    return change_all(w, tx, err) < 0 ? -1 : state_of(tx, 0, STORE_TOKEN, &w->new_state, err);
}

static void wipe_passwords(const json_t *objects)
{
    const char *id;
    json_t *object;
    json_object_foreach((json_t *)objects, id, object)
    {
        json_t *v = json_object_get(object, "password");
        if (json_is_string(v))
            crypto_wipe((char *)json_string_value(v), json_string_length(v));
    }
}

int api_token_set(struct api_call *call, const struct api_token_set_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call, .args = args, .hashes = json_object()};
    int result = set_check_count(args->create, args->update, args->destroy, err);
    if (result == 0 && (hash_passwords(&w, err) < 0 || store_write(call->api->store, write_all, &w, err) < 0))
        result = -1;
    wipe_passwords(args->create);
    wipe_passwords(args->update);
    if (result < 0)
        return -1;
    ids_add(&w.gone, w.changed.v, w.changed.n);
    door_show_out(call->api->door, w.gone.v, w.gone.n, call->session);
    *out = json_pack("{s:O, s:O}", "oldState", w.old_state, "newState", w.new_state);
    set_result_write(&w.result, *out);
    return 0;
}
