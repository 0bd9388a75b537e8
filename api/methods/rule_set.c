/* Rule/set. */
#include "methods/rule.h"

#include "account/rule_judge.h"
#include "methods/email.h"
#include "patch.h"
#include "search/search.h"

#include <string.h>

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

/* ---- what a rule shall be ---- */

static json_t *check_names(const json_t *object, const json_t *current)
{
    static const char *const writable[] = {"name",   "query",  "sortOrder",   "isEnabled",     "isLast",
                                           "moveTo", "copyTo", "addKeywords", "removeKeywords"};
    return set_check_names(object, current, writable, sizeof(writable) / sizeof(*writable));
}

static json_t *read_text(const json_t *object, const char *name, char **out)
{
    const json_t *v = json_object_get(object, name);
    if (v && !json_is_null(v) && (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v)))
        return bad(name, "must be a string without NUL");
    *out = xstrdup(json_is_string(v) ? json_string_value(v) : "");
    return NULL;
}

static json_t *read_bool(const json_t *object, const char *name, bool by_default, bool *out)
{
    const json_t *v = json_object_get(object, name);
    if (v && !json_is_null(v) && !json_is_boolean(v))
        return bad(name, "must be true or false");
    *out = json_is_boolean(v) ? json_is_true(v) : by_default;
    return NULL;
}

/* Left away: behind all others; in an update it stays what it is. */
static json_t *read_order(const json_t *object, int64_t by_default, int64_t *out)
{
    const json_t *v = json_object_get(object, "sortOrder");
    *out = by_default;
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > RULE_ORDER_MAX)
        return bad("sortOrder", "must be a number from 0 to 2147483647");
    *out = json_integer_value(v);
    return NULL;
}

static json_t *read_move(const struct work *w, const json_t *object, int64_t *out)
{
    const json_t *v = json_object_get(object, "moveTo");
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_string(v) || !id_from(w->call, ID_MAILBOX, json_string_value(v), out))
        return bad("moveTo", "must be the id of a mailbox, or null");
    return NULL;
}

static void add_sorted(struct store_rule *r, int64_t id)
{
    size_t at = 0;
    while (at < r->n_copy_to && r->copy_to[at] < id)
        at++;
    if (at < r->n_copy_to && r->copy_to[at] == id)
        return;
    r->copy_to = xreallocarray(r->copy_to, r->n_copy_to + 1, sizeof(*r->copy_to));
    memmove(r->copy_to + at + 1, r->copy_to + at, (r->n_copy_to++ - at) * sizeof(*r->copy_to));
    r->copy_to[at] = id;
}

static json_t *read_copies(const struct work *w, const json_t *object, struct store_rule *out)
{
    const json_t *v = json_object_get(object, "copyTo");
    int64_t id;
    if (v && !json_is_null(v) && !json_is_array(v))
        return bad("copyTo", "must be a list of ids of mailboxes");
    if (json_array_size(v) > RULE_COPIES_MAX)
        return bad("copyTo", "more than 32 mailboxes");
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *text = json_string_value(json_array_get(v, i));
        if (!text || !id_from(w->call, ID_MAILBOX, text, &id))
            return bad("copyTo", "must be a list of ids of mailboxes");
        add_sorted(out, id);
    }
    return NULL;
}

static json_t *read_keywords(const json_t *object, const char *name, char **out)
{
    const json_t *v = json_object_get(object, name);
    if (json_object_size(v) > RULE_KEYWORDS_MAX)
        return bad(name, "more than 32 keywords");
    json_t *problem = keywords_from(v, out);
    if (problem) { /* whose words are of Email */
        json_object_set_new(problem, "properties", json_pack("[s]", name));
        *out = *out ? *out : xstrdup("");
    }
    return problem;
}

/* From a created object or a patched one. */
static json_t *read_wanted(const struct work *w, const json_t *object, const json_t *current, struct store_rule *out)
{
    json_t *problem = check_names(object, current);
    if (!problem)
        problem = read_text(object, "name", &out->name);
    if (!problem)
        problem = read_text(object, "query", &out->query);
    if (!problem)
        problem = read_order(object, out->sort_order, &out->sort_order);
    if (!problem)
        problem = read_bool(object, "isEnabled", true, &out->is_enabled);
    if (!problem)
        problem = read_bool(object, "isLast", false, &out->is_last);
    if (!problem)
        problem = read_move(w, object, &out->move_to);
    if (!problem)
        problem = read_copies(w, object, out);
    if (!problem)
        problem = read_keywords(object, "addKeywords", &out->add);
    return problem ? problem : read_keywords(object, "removeKeywords", &out->remove);
}

/* The parser's words, and the byte at which the trouble is. With *err filled the method ends. */
static json_t *check_query(const struct work *w, const char *query, struct fct_error *err)
{
    const struct search_parse_options options = {.account_id = w->account_id};
    CLEANUP(json_decrefp) json_t *filter = NULL;
    CLEANUP(search_filter_freep) struct search_filter *parsed = NULL;
    struct fct_error why = {0};
    size_t where = 0;
    if (search_parse(w->call->tx, query, &options, &filter, &where, &why) == 0 &&
        search_filter_from_json(filter, &parsed, &why) == 0)
        return NULL;
    if (!is_object_error(&why)) {
        *err = why;
        return NULL;
    }
    json_t *problem = bad("query", why.message);
    json_object_set_new(problem, "position", json_integer((json_int_t)where));
    return problem;
}

/* ---- create ---- */

struct step {
    const struct store_rule *r;
    int64_t id;
};

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct step *s = arg;
    return store_rule_create(tx, s->r, &s->id, err);
}

/* What was wrong may be mended by it. */
static int update_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct store_rule *r = ((struct step *)arg)->r;
    CLEANUP(freep) char *text = NULL;
    enum rule_problem problem;
    return store_rule_update(tx, r, err) < 0 || rule_find_problem(tx, r, &problem, &text, err) < 0
               ? -1
               : store_rule_set_problem(tx, r->id, problem, text, err);
}

static json_t *only_ours(json_t *created, const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) if (json_equal(json_object_get(created, name), value))
        json_object_del(created, name);
    return created;
}

static json_t *try_create(struct work *w, const json_t *object, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {.account_id = w->account_id, .sort_order = -1};
    struct step s = {.r = &r};
    json_t *problem = read_wanted(w, object, NULL, &r);
    if (!problem)
        problem = check_query(w, r.query, err);
    if (problem || err->code)
        return problem;
    if (store_nested(w->call->tx, create_in_savepoint, &s, err) < 0) {
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
        if (problem)
            *err = (struct fct_error){0};
    }
    *out_id = s.id;
    return problem;
}

static int create_one(struct work *w, const char *creation_id, const json_t *object, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule now = {0};
    char text[ID_SIZE];
    int64_t id = 0;
    json_t *problem = try_create(w, object, &id, err);
    if (problem) {
        set_put(&w->result.not_created, creation_id, problem);
        return 0;
    }
    if (err->code || store_rule_load(w->call->tx, id, &now, err) < 0)
        return -1;
    call_created(w->call, creation_id, id_format(ID_RULE, id, text));
    set_put(&w->result.created, creation_id, only_ours(rule_json(&now), object));
    return 0;
}

/* ---- update, destroy ---- */

static json_t *load_ours(struct work *w, const char *text, struct store_rule *out, struct fct_error *err)
{
    struct fct_error why = {0};
    int64_t id;
    if (id_from(w->call, ID_RULE, text, &id) && store_rule_load(w->call->tx, id, out, &why) == 0 &&
        out->account_id == w->account_id)
        return NULL;
    if (why.code && why.code != FCT_E_NOT_FOUND) {
        *err = why;
        return NULL;
    }
    return api_set_error("notFound", NULL, "there is no such rule in this account");
}

/* What of it the core has set beside what was asked: NULL if it is nothing. */
static json_t *news_of(struct work *w, const struct store_rule *before, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule now = {0};
    if (store_rule_load(w->call->tx, before->id, &now, err) < 0 || now.problem_type == before->problem_type)
        return NULL;
    CLEANUP(json_decrefp) json_t *all = rule_json(&now);
    return json_pack("{s:O, s:O}", "problem", json_object_get(all, "problem"), "problemType",
                     json_object_get(all, "problemType"));
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_update(struct work *w, const char *text, const json_t *patch, json_t **out_news, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule before = {0}, after = {0};
    json_t *problem = load_ours(w, text, &before, err);
    if (problem || err->code)
        return problem;
    if (is_in(w->destroy, call_resolve(w->call, text)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    CLEANUP(json_decrefp) json_t *current = rule_json(&before);
    CLEANUP(json_decrefp) json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (!patched)
        return problem;
    after.id = before.id;
    after.account_id = before.account_id;
    after.sort_order = before.sort_order;
    problem = read_wanted(w, patched, current, &after);
    if (!problem && strcmp(before.query, after.query) != 0)
        problem = check_query(w, after.query, err);
    struct step s = {.r = &after};
    if (!problem && !err->code && store_nested(w->call->tx, update_in_savepoint, &s, err) < 0) {
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
        if (problem)
            *err = (struct fct_error){0};
    }
    if (!problem && !err->code)
        *out_news = news_of(w, &before, err);
    return problem;
}

static json_t *try_destroy(struct work *w, const char *text, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};
    json_t *problem = load_ours(w, text, &r, err);
    if (!problem && !err->code)
        store_rule_destroy(w->call->tx, r.id, err);
    return problem;
}

static int change_all(struct work *w, const struct api_rule_set_args *args, struct fct_error *err)
{
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) if (create_one(w, id, object, err) < 0) return -1;
    json_object_foreach(args->update, id, object)
    {
        json_t *news = NULL, *problem = try_update(w, id, object, &news, err);
        if (set_note_updated(&w->result, id, problem, news, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < json_array_size(w->destroy); i++) {
        id = json_string_value(json_array_get(w->destroy, i));
        if (set_note_destroyed(&w->result, id, try_destroy(w, id, err), err) < 0)
            return -1;
    }
    return 0;
}

int api_rule_set(struct api_call *call, const struct api_rule_set_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call};
    CLEANUP(json_decrefp) json_t *old_state = NULL;
    CLEANUP(json_decrefp) json_t *new_state = NULL;
    if (set_check_count(args->create, args->update, args->destroy, err) < 0 ||
        account_find_one(call, call->tx, args->account_id, &w.account_id, err) < 0 ||
        state_check(call->tx, w.account_id, STORE_RULE, args->if_in_state, err) < 0 ||
        state_of(call->tx, w.account_id, STORE_RULE, &old_state, err) < 0)
        return -1;
    w.destroy = ids_once(call, args->destroy);
    if (change_all(&w, args, err) < 0 || state_of(call->tx, w.account_id, STORE_RULE, &new_state, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState", old_state,
                     "newState", new_state);
    set_result_write(&w.result, *out);
    return 0;
}
