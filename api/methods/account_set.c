/* Account/set, /check, /sync. The password comes in here and goes to the secrets: it is in no answer, no log and no
 * error. */
#include "methods/account.h"

#include "grants.h"
#include "account/secrets.h"
#include "patch.h"
#include "store/refusals.h"

#include <string.h>

#define SETTINGS_MAX_BYTES 65536
#define PASSWORD_MAX_BYTES 4096

/* ---- an account as the client describes it ---- */

static const char *const writable[] = {"name",      "address",   "source",   "transport",        "settings",
                                       "isEnabled", "sortOrder", "password", "transportPassword"};

static bool is_writable(const char *name)
{
    for (size_t i = 0; i < sizeof(writable) / sizeof(*writable); i++)
        if (strcmp(writable[i], name) == 0)
            return true;
    return false;
}

static char *string_or(const json_t *object, const char *name, const char *otherwise)
{
    const char *s = json_string_value(json_object_get(object, name));
    return xstrdup(s ? s : otherwise);
}

/* Type and size of one property; NULL: fine, else why not. */
static const char *property_problem(const char *name, const json_t *v)
{
    if (strcmp(name, "settings") == 0)
        return json_is_object(v) ? NULL : "must be an object";
    if (strcmp(name, "isEnabled") == 0)
        return json_is_boolean(v) ? NULL : "must be true or false";
    if (strcmp(name, "sortOrder") == 0)
        return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) < INT32_MAX
                   ? NULL
                   : "must be an integer from 0";
    if (strcmp(name, "password") == 0 || strcmp(name, "transportPassword") == 0)
        return json_is_string(v) && json_string_length(v) <= PASSWORD_MAX_BYTES ? NULL
                                                                        : "must be a string of at most 4096 bytes";
    return json_is_string(v) && json_string_length(v) <= 2048 ? NULL : "must be a string of at most 2048 bytes";
}

/* The row that `described` asks for. `current`: what is stored, NULL for a new one. Returns a SetError, or NULL. */
static json_t *row_from(const json_t *described, const json_t *current, struct store_account *out)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)described, name, value)
    {
        if (!is_writable(name)) {
            json_t *now = json_object_get(current, name);
            if (now && json_equal(now, value))
                continue;
            return api_set_error("invalidProperties", name, "%.60s: cannot be set", name);
        }
        const char *why = json_is_null(value) ? NULL : property_problem(name, value);
        if (why)
            return api_set_error("invalidProperties", name, "%s: %s", name, why);
    }
    char *settings = json_dumps(json_object_get(described, "settings"), JSON_COMPACT);
    if (settings && strlen(settings) > SETTINGS_MAX_BYTES) {
        free(settings);
        return api_set_error("invalidProperties", "settings", "settings: larger than %d bytes", SETTINGS_MAX_BYTES);
    }
    json_t *is_enabled = json_object_get(described, "isEnabled");
    out->address = string_or(described, "address", "");
    out->name = string_or(described, "name", out->address);
    out->source_url = string_or(described, "source", "");
    out->transport_url = string_or(described, "transport", "");
    out->settings = settings ? settings : xstrdup("{}");
    out->is_enabled = !is_enabled || json_is_true(is_enabled);
    out->sort_order = (int)json_integer_value(json_object_get(described, "sortOrder"));
    return NULL;
}

/* What a client gives to sign in with; the strings are the object's. That the transport has no password of its own any
 * more is null. */
static struct account_passwords passwords_in(const json_t *object)
{
    const json_t *transport = json_object_get(object, "transportPassword");
    return (struct account_passwords){
        .password = json_string_value(json_object_get(object, "password")),
        .transport = json_is_null(transport) ? "" : json_string_value(transport),
    };
}

/* ---- reading what is there ---- */

struct found {
    const struct api_call *call;
    const char *if_in_state;
    int64_t id, modseq;
    struct store_account row;
};

static int read_state(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct found *f = arg;
    access_look(f->call, tx);
    if (state_check(tx, 0, STORE_ACCOUNT, f->if_in_state, err) < 0)
        return -1;
    return store_state(tx, 0, STORE_ACCOUNT, &f->modseq, err);
}

static int read_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct found *f = arg;
    return store_account_load(tx, f->id, &f->row, err);
}

static void found_done(struct found *f)
{
    store_account_done(&f->row);
}

static bool is_not_found(const struct fct_error *err)
{
    return err->code == FCT_E_NOT_FOUND || err->code == FCT_E_NOT_FOUND_ACCOUNT;
}

/* What the core has against an account that is no other property's fault is its source's. */
static json_t *row_problem(const struct fct_error *err)
{
    json_t *problem = api_set_error_from(err);
    if ((err->code == FCT_E_INVALID || err->code == FCT_E_UNSUPPORTED) && !json_object_get(problem, "properties")) {
        json_object_set_new(problem, "type", json_string("invalidProperties"));
        json_object_set_new(problem, "properties", json_pack("[s]", "source"));
    }
    return problem;
}

/* ---- create, update, destroy ---- */

/* Whether the method ends with this error: only while nothing is done, since one that failed as a whole may be called
 * again, and would then do it twice. */
static bool ends_method(const struct set_result *r, const struct fct_error *err)
{
    return !is_object_error(err) && !r->created && !r->updated && !r->destroyed;
}

static int create_one(struct api_call *call, const char *creation_id, const json_t *described, struct set_result *r,
                      struct fct_error *err)
{
    struct store_account row = {0};
    struct account_passwords passwords = passwords_in(described);
    int64_t id;
    json_t *problem = access_is_whole(call) ? row_from(described, NULL, &row) : access_set_error_part();
    if (!problem && !row.source_url[0])
        problem = api_set_error("invalidProperties", "source", "source: is missing");
    if (!problem && core_account_create(call->api->core, &row, &passwords, &id, err) < 0) {
        if (ends_method(r, err)) {
            store_account_done(&row);
            return -1;
        }
        problem = row_problem(err);
    }
    if (problem) {
        set_put(&r->not_created, creation_id, problem);
    } else {
        char text[ID_SIZE];
        struct found f = {.id = id};
        struct fct_error ignored = {0};
        row.id = id;
        call_created(call, creation_id, id_format(ID_ACCOUNT, id, text));
        /* As it is stored: the core may have added a setting. */
        bool is_read = store_read(call->api->store, read_row, &f, &ignored) == 0;
        json_t *created = account_row_json(is_read ? &f.row : &row);
        found_done(&f);
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)described, name, value) if (json_equal(value, json_object_get(created, name)))
            json_object_del(created, name); /* what the client knows already */
        set_put(&r->created, creation_id, created);
    }
    store_account_done(&row);
    return 0;
}

/* The account with the patch applied, as a row; a SetError, or NULL. */
static json_t *patched_row(const struct store_account *old, const json_t *patch, struct store_account *out,
                           struct account_passwords *out_passwords)
{
    json_t *current = account_row_json(old), *problem = NULL;
    json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (patched)
        problem = row_from(patched, current, out);
    *out_passwords = passwords_in(patch);
    out->id = old->id;
    out->is_local = old->is_local;
    if (!problem && old->is_local && strcmp(out->source_url, old->source_url) != 0)
        problem = api_set_error("invalidProperties", "source", "source: the local account has no server");
    json_decref(patched);
    json_decref(current);
    return problem;
}

static bool is_same_row(const struct store_account *a, const struct store_account *b)
{
    CLEANUP(json_decrefp) json_t *x = account_row_json(a), *y = account_row_json(b);
    return json_equal(x, y);
}

/* ---- notices that were read: "notices/ID": null ---- */

#define NOTICE_PATH "notices/"

struct dismissal {
    int64_t account_id, *ids;
    size_t n;
};

static void dismissal_done(struct dismissal *d)
{
    free(d->ids);
}

static bool is_notice_path(const char *path)
{
    return strncmp(path, NOTICE_PATH, strlen(NOTICE_PATH)) == 0;
}

/* Takes the notices out of *patch, which becomes a copy of the rest. A SetError, or NULL. */
static json_t *take_dismissed(json_t **patch, struct dismissal *d)
{
    CLEANUP(json_decrefp) json_t *rest = json_object();
    const char *path;
    json_t *value;
    d->ids = xcalloc(json_object_size(*patch) + 1, sizeof(*d->ids));
    json_object_foreach(*patch, path, value)
    {
        if (!is_notice_path(path))
            json_object_set(rest, path, value);
        else if (!json_is_null(value) || !id_parse(ID_NOTICE, path + strlen(NOTICE_PATH), &d->ids[d->n++]))
            return api_set_error("invalidPatch", "notices",
                                 "notices can be taken away one by one: \"notices/ID\": null");
    }
    *patch = json_incref(rest);
    return NULL;
}

/* One that another client took away before is no trouble. */
static int dismiss(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct dismissal *d = arg;
    for (size_t i = 0; i < d->n; i++) {
        struct fct_error why = {0};
        if (store_notices_dismiss(tx, d->account_id, d->ids[i], &why) == 0 || is_not_found(&why))
            continue;
        *err = why;
        return -1;
    }
    return 0;
}

/* A SetError, or NULL; then *err may hold an error that ends the method. What changes nothing is no update: it would
 * cut the account's conversations, and be news to every client. */
static json_t *update_row(struct api_call *call, const char *id, const json_t *patch, struct dismissal *dismissed,
                          struct fct_error *err)
{
    CLEANUP(found_done) struct found f = {0};
    CLEANUP(store_account_done) struct store_account row = {0};
    struct account_passwords passwords;
    const char *real = call_resolve(call, id);
    if (!real || !id_parse(ID_ACCOUNT, real, &f.id) || !access_sees(call, f.id))
        return api_set_error("notFound", NULL, "there is no such account");
    if (store_read(call->api->store, read_row, &f, err) < 0)
        return is_not_found(err) ? api_set_error("notFound", NULL, "there is no such account") : NULL;
    json_t *problem = patched_row(&f.row, patch, &row, &passwords);
    dismissed->account_id = f.id;
    if (!problem && dismissed->n > 0 && store_write(call->api->store, dismiss, dismissed, err) < 0)
        return NULL;
    if (!problem && !passwords.password && !passwords.transport && is_same_row(&f.row, &row))
        return NULL;
    if (!problem && core_account_update(call->api->core, &row, &passwords, err) < 0 && is_object_error(err))
        problem = row_problem(err);
    return problem;
}

static json_t *try_update(struct api_call *call, const char *id, const json_t *patch, struct fct_error *err)
{
    CLEANUP(dismissal_done) struct dismissal dismissed = {0};
    json_t *rest = (json_t *)patch, *problem = take_dismissed(&rest, &dismissed);
    if (problem)
        return problem;
    problem = update_row(call, id, rest, &dismissed, err);
    json_decref(rest);
    return problem;
}

static int update_one(struct api_call *call, const char *id, const json_t *patch, const json_t *destroy,
                      struct set_result *r, struct fct_error *err)
{
    const char *real = call_resolve(call, id);
    json_t *problem = real && is_in(destroy, real)
                          ? api_set_error("willDestroy", NULL, "it is destroyed by the same call")
                          : try_update(call, id, patch, err);
    if (!problem && err->code) {
        if (ends_method(r, err))
            return -1;
        problem = row_problem(err);
    }
    if (problem)
        set_put(&r->not_updated, id, problem);
    else
        set_put(&r->updated, id, json_null());
    return 0;
}

static int destroy_one(struct api_call *call, const char *id, struct set_result *r, struct fct_error *err)
{
    const char *real = call_resolve(call, id);
    int64_t number;
    if (!real || !id_parse(ID_ACCOUNT, real, &number) || !access_sees(call, number)) {
        set_put(&r->not_destroyed, id, api_set_error("notFound", NULL, "there is no such account"));
        return 0;
    }
    if (core_account_destroy(call->api->core, number, err) == 0) {
        set_add_destroyed(r, id);
        return 0;
    }
    if (ends_method(r, err))
        return -1;
    bool is_singleton = err->code == FCT_E_FORBIDDEN && err->retry == FCT_RETRY_NEVER;
    json_t *problem = is_not_found(err) ? api_set_error("notFound", NULL, "there is no such account")
                      : is_singleton    ? api_set_error("singleton", NULL, "%s", err->message)
                                        : api_set_error_from(err);
    set_put(&r->not_destroyed, id, problem);
    return 0;
}

static void wipe_string(json_t *s)
{
    if (json_is_string(s))
        explicit_bzero((char *)json_string_value(s), json_string_length(s));
}

/* The secrets have it now, or it was refused: the request need not remember it. */
static void wipe_passwords(const json_t *objects)
{
    const char *id;
    json_t *object;
    json_object_foreach((json_t *)objects, id, object)
    {
        wipe_string(json_object_get(object, "password"));
        wipe_string(json_object_get(object, "transportPassword"));
    }
}

static int set_all(struct api_call *call, const struct api_account_set_args *args, struct set_result *r,
                   struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *destroy = NULL;
    const char *id;
    json_t *value;
    json_object_foreach(args->create, id, value)
    {
        *err = (struct fct_error){0};
        if (create_one(call, id, value, r, err) < 0)
            return -1;
    }
    destroy = ids_once(call, args->destroy);
    json_object_foreach(args->update, id, value)
    {
        *err = (struct fct_error){0};
        if (update_one(call, id, value, destroy, r, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < json_array_size(destroy); i++) {
        *err = (struct fct_error){0};
        if (destroy_one(call, json_string_value(json_array_get(destroy, i)), r, err) < 0)
            return -1;
    }
    return 0;
}

int api_account_set(struct api_call *call, const struct api_account_set_args *args, json_t **out, struct fct_error *err)
{
    struct found before = {.call = call, .if_in_state = args->if_in_state}, after = {.call = call};
    CLEANUP(set_result_done) struct set_result r = {0};
    int result = set_check_count(args->create, args->update, args->destroy, err);
    if (result == 0 && (store_read(call->api->store, read_state, &before, err) < 0 ||
                        set_all(call, args, &r, err) < 0 || store_read(call->api->store, read_state, &after, err) < 0))
        result = -1;
    wipe_passwords(args->create);
    wipe_passwords(args->update);
    if (result < 0)
        return -1;
    *out = json_pack("{s:o, s:o}", "oldState", json_state(before.modseq), "newState", json_state(after.modseq));
    set_result_write(&r, *out);
    return 0;
}

/* ---- Account/check ---- */

static int invalid_from(struct api_call *call, json_t *problem, struct fct_error *err)
{
    const char *description = json_string_value(json_object_get(problem, "description"));
    call_invalid(call, err, "account", "%s", description ? description : "is malformed");
    json_decref(problem);
    return -1;
}

/* The account to check: a stored one, changed as asked for, or one that is not stored. */
static int row_to_check(struct api_call *call, const struct api_account_check_args *args, struct store_account *out,
                        struct account_passwords *out_passwords, struct fct_error *err)
{
    struct found f = {0};
    static const json_t *none;
    *out_passwords = passwords_in(args->account);
    if (!args->account_id) {
        if (!args->account)
            return call_invalid(call, err, "account", "accountId or account must be given");
        if (!access_is_whole(call))
            return access_refuse_part(call, err);
        json_t *problem = row_from(args->account, none, out);
        return problem ? invalid_from(call, problem, err) : 0;
    }
    if (account_find_seen(call, args->account_id, &f.id, err) < 0)
        return -1;
    if (store_read(call->api->store, read_row, &f, err) < 0) {
        if (is_not_found(err))
            fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "there is no account %.40s", args->account_id);
        return -1;
    }
    if (!args->account) {
        *out = f.row;
        return 0;
    }
    json_t *problem = patched_row(&f.row, args->account, out, out_passwords);
    store_account_done(&f.row);
    return problem ? invalid_from(call, problem, err) : 0;
}

int api_account_check(struct api_call *call, const struct api_account_check_args *args, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(store_account_done) struct store_account row = {0};
    struct account_passwords passwords;
    json_t *result, *certificate = NULL;
    if (row_to_check(call, args, &row, &passwords, err) < 0)
        return -1;
    if (core_account_check(call->api->core, &row, &passwords, &result, &certificate, err) < 0) {
        if (args->account_id && !call->error_data)
            call->error_data = json_pack("{s:s}", "accountId", args->account_id);
        if (certificate && !call->error_data)
            call->error_data = json_object();
        if (certificate)
            json_object_set_new(call->error_data, "certificate", certificate);
        return -1;
    }
    *out = json_pack("{s:o}", "result", result);
    return 0;
}

/* ---- Account/sync ---- */

int api_account_sync(struct api_call *call, const struct api_account_sync_args *args, json_t **out,
                     struct fct_error *err)
{
    size_t n = json_array_size(args->account_ids);
    CLEANUP(freep) int64_t *ids = n ? xcalloc(n, sizeof(*ids)) : NULL;
    int64_t task;
    if (args->account_ids && n == 0)
        return call_invalid(call, err, "accountIds", "names no account (null means all)");
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(args->account_ids, i));
        if (account_find_seen(call, text, &ids[i], err) < 0)
            return -1;
    }
    bool all_seen = n == 0 && !access_is_whole(call);
    const struct access *a = call->access;
    if (all_seen && a->n_accounts == 0)
        return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "there is no account");
    if (core_sync(call->api->core, all_seen ? a->accounts : ids,
                                                      all_seen ? a->n_accounts : n, &task, err) < 0)
        return -1;
    grants_add(&call->api->grants, a, task);
    *out = json_pack("{s:o}", "taskId", json_id(ID_TASK, task));
    return 0;
}
