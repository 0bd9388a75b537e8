/* PushSubscription/get, /set: RFC 8620 section 7.2. Each token sees and changes its own, and no other. */
#include "methods/common.h"

#include "access.h"
#include "base/crypto.h"
#include "net/https.h"
#include "patch.h"
#include "store/push_subscriptions.h"
#include "webpush/base64url.h"

#include <openssl/crypto.h>
#include <string.h>
#include <time.h>

#define TYPES_MAX 64
#define TYPE_NAME_MAX 64

enum { ID, DEVICE, CODE, EXPIRES, TYPES, N_TOLD, URL = N_TOLD, KEYS, N_PROPERTIES };
static const char *const names[] = {"id", "deviceClientId", "verificationCode", "expires", "types", "url", "keys"};

/* ---- whose they are ---- */

static int64_t owner_of(const struct api_call *call)
{
    return call->access ? call->access->token_id : 0;
}

/* ---- get ---- */

static json_t *types_json(const struct store_push *p)
{
    json_t *types = p->types ? json_loads(p->types, 0, NULL) : NULL;
    return types ? types : json_null();
}

static json_t *push_json(const struct store_push *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", names[ID], json_id(ID_PUSH, p->id), names[DEVICE],
                     json_string_of(p->device), names[CODE],
                     p->state == PUSH_VERIFIED ? json_string(p->code) : json_null(), names[EXPIRES],
                     json_utc(p->expires_at), names[TYPES], types_json(p));
}

static json_t *only(json_t *all, uint64_t properties)
{
    for (size_t i = 0; i < N_TOLD; i++)
        if (!(properties & (UINT64_C(1) << i)))
            json_object_del(all, names[i]);
    return all;
}

static const struct store_push *find(const struct store_push *list, size_t n, const struct api_call *call,
                                     const char *text)
{
    int64_t id;
    if (!id_from(call, ID_PUSH, text, &id))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            return &list[i];
    return NULL;
}

int api_push_subscription_get(struct api_call *call, const struct api_push_subscription_get_args *args, json_t **out,
                              struct fct_error *err)
{
    struct store_push *pushes = NULL;
    size_t n = 0;
    uint64_t properties;
    if (properties_parse(call, args->properties, names, N_PROPERTIES, (UINT64_C(1) << N_TOLD) - 1, &properties, err) <
        0)
        return -1;
    if (properties & (UINT64_C(1) << URL | UINT64_C(1) << KEYS))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "url and keys of a push subscription are never told");
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (store_pushes_load(call->tx, owner_of(call), &pushes, &n, err) < 0)
        return -1;
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    json_t *list = json_array(), *not_found = json_array();
    for (size_t i = 0; !ids && i < n; i++)
        json_array_append_new(list, only(push_json(&pushes[i]), properties));
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i);
        const struct store_push *p = find(pushes, n, call, json_string_value(text));
        if (p)
            json_array_append_new(list, only(push_json(p), properties));
        else
            json_array_append(not_found, text);
    }
    store_pushes_free(pushes, n);
    *out = json_pack("{s:o, s:o}", "list", list, "notFound", not_found);
    return 0;
}

/* ---- set: what a client describes ---- */

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

static json_t *check_names(const json_t *object, const json_t *current, const char *const *writable)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool is_known = current && json_equal(json_object_get(current, name), value);
        for (const char *const *w = writable; *w; w++)
            is_known = is_known || strcmp(*w, name) == 0;
        if (!is_known)
            return bad(name, "cannot be set");
    }
    return NULL;
}

static bool is_type_name(const json_t *v)
{
    const char *s = json_string_value(v);
    return s && *s && strlen(s) <= TYPE_NAME_MAX &&
           strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == strlen(s);
}

/* Types that are not ours may be among them: nothing is ever told of these. */
static json_t *read_types(const json_t *v, struct store_push *p)
{
    free(TAKE(p->types));
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_array(v) || json_array_size(v) > TYPES_MAX)
        return bad("types", "must be null or a list of at most 64 names");
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!is_type_name(json_array_get(v, i)))
            return bad("types", "holds something that is no name of a type");
    p->types = json_dumps(v, JSON_COMPACT);
    return NULL;
}

/* The longest that the caller can have. */
static int64_t latest(const struct api_call *call, int64_t now)
{
    int64_t token_ends = call->access ? call->access->expires_at : 0;
    return token_ends && token_ends < now + WEBPUSH_EXPIRES ? token_ends : now + WEBPUSH_EXPIRES;
}

static json_t *read_expires(const struct api_call *call, const json_t *v, struct store_push *p)
{
    int64_t now = (int64_t)time(NULL), wanted = INT64_MAX, at_most = latest(call, now);
    if (v && !json_is_null(v) && (!json_is_string(v) || !utc_parse(json_string_value(v), &wanted)))
        return bad("expires", "must be null or a UTCDate");
    if (wanted <= now)
        return bad("expires", "is in the past");
    p->expires_at = wanted < at_most ? wanted : at_most;
    return NULL;
}

static json_t *read_keys(const json_t *v, struct store_push *p)
{
    if (!v || json_is_null(v))
        return NULL;
    const char *p256dh = json_string_value(json_object_get(v, "p256dh"));
    const char *auth = json_string_value(json_object_get(v, "auth"));
    if (!p256dh || !auth || json_object_size(v) != 2)
        return bad("keys", "must be null or {p256dh, auth}");
    if (!base64url_read(p256dh, p->p256dh, PUSH_P256DH) || !p256_is_public(p->p256dh))
        return bad("keys", "p256dh is no point of P-256 in base64url");
    if (!base64url_read(auth, p->auth, PUSH_AUTH))
        return bad("keys", "auth is not 16 bytes in base64url");
    p->has_keys = true;
    return NULL;
}

static json_t *read_device(const json_t *v, struct store_push *p)
{
    const char *s = json_string_value(v);
    if (!s || !*s || strlen(s) > PUSH_DEVICE_MAX)
        return bad("deviceClientId", "must be a string of 1 to 255 bytes");
    p->device = xstrdup(s);
    return NULL;
}

/* Whether the host may be near is not known yet: who sends decides, after the name was resolved. */
static json_t *read_url(const json_t *v, struct store_push *p)
{
    CLEANUP(freep) char *host = NULL;
    struct fct_error why = {0};
    const char *s = json_string_value(v);
    if (!s || strlen(s) > PUSH_URL_MAX)
        return bad("url", "must be a string of at most 2,048 bytes");
    if (https_check_url(s, true, &host, &why) < 0)
        return api_set_error_from(&why);
    p->url = xstrdup(s);
    return NULL;
}

static void make_code(char out[PUSH_CODE + 1])
{
    CLEANUP(buf_wipe) struct buf text = {0};
    unsigned char bytes[32];
    crypto_random(bytes, sizeof(bytes));
    base64url_write(bytes_of(bytes, sizeof(bytes)), &text);
    snprintf(out, PUSH_CODE + 1, "%s", buf_str(&text));
}

static json_t *read_new(const struct api_call *call, const json_t *object, struct store_push *p)
{
    static const char *const writable[] = {"deviceClientId", "url",   "keys", "verificationCode",
                                           "expires",        "types", NULL};
    const json_t *code = json_object_get(object, "verificationCode");
    json_t *problem = check_names(object, NULL, writable);
    if (!problem && code && !json_is_null(code))
        problem = bad("verificationCode", "must be null at first");
    if (!problem)
        problem = read_device(json_object_get(object, "deviceClientId"), p);
    if (!problem)
        problem = read_url(json_object_get(object, "url"), p);
    if (!problem)
        problem = read_keys(json_object_get(object, "keys"), p);
    if (!problem)
        problem = read_expires(call, json_object_get(object, "expires"), p);
    return problem ? problem : read_types(json_object_get(object, "types"), p);
}

/* ---- set: what is done ---- */

struct step {
    const struct api_call *call;
    struct store_push *push;
};

static int write_new(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct step *s = arg;
    return access_check_still(s->call, tx, err) < 0 ? -1 : store_push_create(tx, s->push, err);
}

static int write_update(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_update(tx, arg, err);
}

static int write_destroyed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_destroy(tx, ((struct store_push *)arg)->id, err);
}

struct search {
    int64_t id;
    struct store_push *out;
};

static int read_one(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct search *s = arg;
    return store_push_load(tx, s->id, s->out, err);
}

/* One of the caller's own; a SetError, or NULL, and then *err may be filled. */
static json_t *load_ours(struct api_call *call, const char *text, struct store_push *out, struct fct_error *err)
{
    struct search s = {.out = out};
    if (id_from(call, ID_PUSH, text, &s.id) && store_read(call->api->store, read_one, &s, err) == 0 &&
        out->token_id == owner_of(call))
        return NULL;
    if (err->code && err->code != FCT_E_NOT_FOUND)
        return NULL;
    *err = (struct fct_error){0};
    return api_set_error("notFound", NULL, "there is no such push subscription");
}

static int keep_new(struct api_call *call, struct store_push *p, struct fct_error *err)
{
    char key[VAPID_KEY_TEXT] = "";
    if (webpush_key_kept(call->api->webpush, key, err) < 0 && err->code != FCT_E_UNAVAILABLE)
        return -1;
    *err = (struct fct_error){0};
    p->vapid_key = xstrdup(key);
    p->created_at = (int64_t)time(NULL);
    make_code(p->code);
    return store_write(call->api->store, write_new, &(struct step){call, p}, err);
}

/* What the client does not know: what it left out, and what was set otherwise. */
static json_t *created_json(const struct store_push *p, const json_t *object)
{
    json_t *created = push_json(p);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) if (json_equal(json_object_get(created, name), value))
        json_object_del(created, name);
    if (!p->has_keys && !json_object_get(object, "keys"))
        json_object_set_new(created, "keys", json_null());
    return created;
}

/* What its token sees, it is told of, and nothing else. */
static void take_accounts(const struct access *a, struct store_push *p)
{
    if (!a || a->all_accounts)
        return;
    p->all_accounts = false;
    p->accounts = xcalloc(a->n_accounts + 1, sizeof(*p->accounts));
    p->n_accounts = a->n_accounts;
    memcpy(p->accounts, a->accounts, a->n_accounts * sizeof(*a->accounts));
}

static json_t *try_create(struct api_call *call, const char *creation_id, const json_t *object, json_t **out,
                          struct fct_error *err)
{
    CLEANUP(store_push_done) struct store_push p = {.token_id = owner_of(call), .all_accounts = true};
    take_accounts(call->access, &p);
    char text[ID_SIZE];
    json_t *problem = read_new(call, object, &p);
    if (problem)
        return problem;
    if (!webpush_may_create(call->api->webpush, p.token_id))
        return api_set_error("rateLimit", NULL, "more than %d new push subscriptions in an hour", WEBPUSH_CREATIONS);
    if (keep_new(call, &p, err) < 0) {
        if (err->code == FCT_E_LIMIT)
            return api_set_error("overQuota", NULL, "%s", err->message);
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    }
    call_created(call, creation_id, id_format(ID_PUSH, p.id, text));
    *out = created_json(&p, object);
    return NULL;
}

static json_t *read_code(const json_t *v, struct store_push *p)
{
    const char *code = json_string_value(v);
    if (p->state != PUSH_VERIFIED && (!v || json_is_null(v)))
        return NULL;
    if (!code || strlen(code) != PUSH_CODE || CRYPTO_memcmp(code, p->code, PUSH_CODE) != 0)
        return bad("verificationCode", "is not the one that was pushed");
    p->state = PUSH_VERIFIED;
    return NULL;
}

/* url and keys, of which the patched object knows nothing. */
static json_t *check_patch(const json_t *patch)
{
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)patch, path, value)
    {
        if (strcmp(path, names[URL]) == 0)
            return bad(names[URL], "cannot be changed");
        if (strncmp(path, names[KEYS], 4) == 0 && (!path[4] || path[4] == '/'))
            return bad(names[KEYS], "cannot be changed");
    }
    return NULL;
}

static json_t *read_update(struct api_call *call, const json_t *patched, const json_t *current, const json_t *patch,
                           struct store_push *p)
{
    static const char *const writable[] = {"verificationCode", "expires", "types", NULL};
    json_t *problem = check_patch(patch);
    if (!problem)
        problem = check_names(patched, current, writable);
    if (!problem)
        problem = read_code(json_object_get(patched, "verificationCode"), p);
    if (!problem && json_object_get(patch, "expires"))
        problem = read_expires(call, json_object_get(patched, "expires"), p);
    return problem ? problem : read_types(json_object_get(patched, "types"), p);
}

/* *out: what the client does not know. */
static json_t *try_update(struct api_call *call, const char *text, const json_t *patch, const json_t *destroy,
                          json_t **out, struct fct_error *err)
{
    CLEANUP(store_push_done) struct store_push p = {0};
    json_t *problem = load_ours(call, text, &p, err);
    if (problem || err->code)
        return problem;
    const char *real = call_resolve(call, text);
    if (real && is_in(destroy, real))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    CLEANUP(json_decrefp) json_t *current = push_json(&p);
    CLEANUP(json_decrefp) json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (problem)
        return problem;
    problem = read_update(call, patched, current, patch, &p);
    if (problem)
        return problem;
    if (store_write(call->api->store, write_update, &p, err) < 0)
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    CLEANUP(json_decrefp) json_t *now = push_json(&p);
    const json_t *wanted = json_object_get(patch, "expires"), *expires = json_object_get(now, "expires");
    *out = wanted && !json_equal(wanted, expires) ? json_pack("{s:O}", "expires", expires) : json_null();
    return NULL;
}

static json_t *try_destroy(struct api_call *call, const char *text, struct fct_error *err)
{
    CLEANUP(store_push_done) struct store_push p = {0};
    json_t *problem = load_ours(call, text, &p, err);
    if (!problem && !err->code && store_write(call->api->store, write_destroyed, &p, err) < 0 && is_object_error(err))
        problem = api_set_error_from(err);
    return problem;
}

/* ---- set: all of it ---- */

/* Whether the method ends with this error: only while nothing is done (as in account_set.c); else it becomes a
 * SetError. */
static json_t *problem_of(const struct set_result *r, json_t *problem, const struct fct_error *err, bool *ends)
{
    *ends = !problem && err->code && !r->created && !r->updated && !r->destroyed;
    return problem || !err->code || *ends ? problem : api_set_error_from(err);
}

static int create_all(struct api_call *call, const json_t *objects, struct set_result *r, struct fct_error *err)
{
    const char *id;
    json_t *object;
    json_object_foreach((json_t *)objects, id, object)
    {
        json_t *created = NULL;
        bool ends;
        *err = (struct fct_error){0};
        json_t *problem = problem_of(r, try_create(call, id, object, &created, err), err, &ends);
        if (ends)
            return -1;
        set_put(problem ? &r->not_created : &r->created, id, problem ? problem : created);
    }
    return 0;
}

static int update_all(struct api_call *call, const json_t *patches, const json_t *destroy, struct set_result *r,
                      struct fct_error *err)
{
    const char *id;
    json_t *patch;
    json_object_foreach((json_t *)patches, id, patch)
    {
        json_t *updated = NULL;
        bool ends;
        *err = (struct fct_error){0};
        json_t *problem = problem_of(r, try_update(call, id, patch, destroy, &updated, err), err, &ends);
        if (ends)
            return -1;
        set_put(problem ? &r->not_updated : &r->updated, id, problem ? problem : updated);
    }
    return 0;
}

static int destroy_all(struct api_call *call, const json_t *ids, struct set_result *r, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        bool ends;
        *err = (struct fct_error){0};
        json_t *problem = problem_of(r, try_destroy(call, id, err), err, &ends);
        if (ends)
            return -1;
        if (problem)
            set_put(&r->not_destroyed, id, problem);
        else
            set_add_destroyed(r, id);
    }
    return 0;
}

int api_push_subscription_set(struct api_call *call, const struct api_push_subscription_set_args *args, json_t **out,
                              struct fct_error *err)
{
    CLEANUP(set_result_done) struct set_result r = {0};
    if (set_check_count(args->create, args->update, args->destroy, err) < 0 ||
        create_all(call, args->create, &r, err) < 0)
        return -1;
    CLEANUP(json_decrefp) json_t *destroy = ids_once(call, args->destroy);
    int result = update_all(call, args->update, destroy, &r, err) < 0 ? -1 : destroy_all(call, destroy, &r, err);
    webpush_subscriptions_changed(call->api->webpush);
    if (result < 0)
        return -1;
    *err = (struct fct_error){0};
    *out = json_object();
    set_result_write(&r, *out);
    return 0;
}
