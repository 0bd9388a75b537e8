/* VacationResponse/get, /set: RFC 8621 section 8. What it does is done by account/vacation.c. */
#include "methods/common.h"

#include "patch.h"
#include "store/vacations.h"

#include <string.h>
#include <time.h>

#define SINGLETON "singleton"

static const char *const names[] = {"id", "isEnabled", "fromDate", "toDate", "subject", "textBody", "htmlBody", "days"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

static json_t *vacation_json(const struct store_vacation *v)
{
    return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:i}", "id", SINGLETON, "isEnabled", v->is_enabled,
                     "fromDate", json_utc_or_null(v->from), "toDate", json_utc_or_null(v->to), "subject",
                     json_string_of(v->subject), "textBody", json_string_of(v->text), "htmlBody",
                     json_string_of(v->html), "days", v->days);
}

/* ---- get ---- */

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    (void)tx, (void)scope, (void)err;
    return json_pack("[s]", SINGLETON);
}

static int get_one(struct api_call *call, const struct scope *scope, const char *id, uint64_t properties, json_t **out,
                   struct fct_error *err)
{
    CLEANUP(store_vacation_done) struct store_vacation v = {0};
    if (strcmp(id, SINGLETON) != 0)
        return 0;
    if (store_vacation_load(call->tx, scope->id, &v, err) < 0)
        return -1;
    *out = properties_only(vacation_json(&v), names, N_PROPERTIES, properties);
    return 0;
}

int api_vacation_response_get(struct api_call *call, const struct api_vacation_response_get_args *args, json_t **out,
                              struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_VACATION, names,
                                  N_PROPERTIES,     every_id,  get_one};
    int64_t ignored; /* all accounts at once would have many objects of one id */
    if (account_find_one(call, call->tx, args->account_id, &ignored, err) < 0)
        return -1;
    return get_answer(call, &r, out, err);
}

/* ---- set ---- */

struct work {
    struct api_call *call;
    int64_t account_id;
    struct set_result result;
};

static void work_done(struct work *w)
{
    set_result_done(&w->result);
}

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

static json_t *singleton(void)
{
    return api_set_error("singleton", NULL, "each account has one, which cannot be created or destroyed");
}

static json_t *read_date(const json_t *object, const char *name, int64_t *out)
{
    const json_t *v = json_object_get(object, name);
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_string(v) || !utc_parse(json_string_value(v), out) || *out <= 0)
        return bad(name, "must be like 2014-10-30T06:12:00Z, or null");
    return NULL;
}

static json_t *read_text(const json_t *object, const char *name, char **out)
{
    const json_t *v = json_object_get(object, name);
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return bad(name, "must be a string without NUL, or null");
    *out = xstrdup(json_string_value(v));
    return NULL;
}

static json_t *check_names(const json_t *object, const json_t *current)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 1; /* the id is set by the core */
        while (i < N_PROPERTIES && strcmp(names[i], name) != 0)
            i++;
        if (i == N_PROPERTIES && !json_equal(json_object_get(current, name), value))
            return bad(name, "cannot be set");
    }
    return NULL;
}

/* A property that is left away, or set to null where that means nothing, is what it is by default. */
static json_t *read_wanted(const json_t *object, const json_t *current, struct store_vacation *out)
{
    const json_t *is_enabled = json_object_get(object, "isEnabled"), *days = json_object_get(object, "days");
    json_t *problem = check_names(object, current);
    if (!problem && is_enabled && !json_is_boolean(is_enabled) && !json_is_null(is_enabled))
        problem = bad("isEnabled", "must be true or false");
    if (!problem && days && !json_is_integer(days) && !json_is_null(days))
        problem = bad("days", "must be a number");
    out->is_enabled = json_is_true(is_enabled);
    out->days = VACATION_DAYS;
    if (json_is_integer(days))
        out->days = json_integer_value(days) > 0 && json_integer_value(days) <= VACATION_DAYS_MAX
                        ? (int)json_integer_value(days)
                        : 0; /* which the store refuses */
    if (!problem)
        problem = read_date(object, "fromDate", &out->from);
    if (!problem)
        problem = read_date(object, "toDate", &out->to);
    if (!problem)
        problem = read_text(object, "subject", &out->subject);
    if (!problem && out->subject && strpbrk(out->subject, "\r\n"))
        problem = bad("subject", "must be one line");
    if (!problem)
        problem = read_text(object, "textBody", &out->text);
    return problem ? problem : read_text(object, "htmlBody", &out->html);
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_update(struct work *w, const char *id, const json_t *patch, struct fct_error *err)
{
    CLEANUP(store_vacation_done) struct store_vacation before = {0}, after = {.account_id = w->account_id};
    json_t *problem = NULL;
    if (strcmp(id, SINGLETON) != 0)
        return api_set_error("notFound", NULL, "the only one is called singleton");
    if (store_vacation_load(w->call->tx, w->account_id, &before, err) < 0)
        return NULL;
    CLEANUP(json_decrefp) json_t *current = vacation_json(&before);
    CLEANUP(json_decrefp) json_t *patched = patch_apply(current, patch, NULL, NULL, &problem);
    if (!patched)
        return problem;
    problem = read_wanted(patched, current, &after);
    if (!problem && store_vacation_save(w->call->tx, &after, (int64_t)time(NULL), err) < 0)
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
    return problem;
}

static int change_all(struct work *w, const struct api_vacation_response_set_args *args, struct fct_error *err)
{
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) set_put(&w->result.not_created, id, singleton());
    json_object_foreach(args->update, id, object)
    {
        *err = (struct fct_error){0};
        json_t *problem = try_update(w, id, object, err);
        if (set_note_updated(&w->result, id, problem, NULL, err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    for (size_t i = 0; i < json_array_size(args->destroy); i++) {
        id = json_string_value(json_array_get(args->destroy, i));
        set_put(&w->result.not_destroyed, id,
                strcmp(id, SINGLETON) == 0 ? singleton()
                                           : api_set_error("notFound", NULL, "the only one is called singleton"));
    }
    return 0;
}

int api_vacation_response_set(struct api_call *call, const struct api_vacation_response_set_args *args, json_t **out,
                              struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call};
    CLEANUP(json_decrefp) json_t *old_state = NULL;
    CLEANUP(json_decrefp) json_t *new_state = NULL;
    if (set_check_count(args->create, args->update, args->destroy, err) < 0 ||
        account_find_one(call, call->tx, args->account_id, &w.account_id, err) < 0 ||
        state_check(call->tx, w.account_id, STORE_VACATION, args->if_in_state, err) < 0 ||
        state_of(call->tx, w.account_id, STORE_VACATION, &old_state, err) < 0 || change_all(&w, args, err) < 0 ||
        state_of(call->tx, w.account_id, STORE_VACATION, &new_state, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState", old_state,
                     "newState", new_state);
    set_result_write(&w.result, *out);
    return 0;
}
