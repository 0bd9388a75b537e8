#include "view.h"

#include "errors.h"
#include "methods/common.h"

static void seconds_to_date(json_t *object, const char *name)
{
    json_t *v = json_object_get(object, name);
    if (json_is_integer(v))
        json_object_set_new(object, name, json_utc_or_null(json_integer_value(v)));
}

/* An empty text says nothing: null. */
static void empty_to_null(json_t *object, const char *name)
{
    json_t *v = json_object_get(object, name);
    if (json_is_string(v) && json_string_length(v) == 0)
        json_object_set_new(object, name, json_null());
}

json_t *view_error(json_t *error)
{
    if (!json_is_object(error)) {
        json_decref(error);
        return json_null();
    }
    json_t *code = json_object_get(error, "code");
    if (json_is_integer(code))
        json_object_set_new(error, "type", json_string(api_error_type((int)json_integer_value(code))));
    empty_to_null(error, "server");
    seconds_to_date(error, "at");
    if (json_integer_value(json_object_get(error, "retryAfterMs")) == 0)
        json_object_del(error, "retryAfterMs");
    return error;
}

static void view_member_error(json_t *object)
{
    json_t *error = json_object_get(object, "error");
    if (json_is_object(error))
        json_object_set_new(object, "error", view_error(json_copy(error)));
}

json_t *view_task(json_t *task)
{
    if (!task)
        return NULL;
    seconds_to_date(task, "startedAt");
    seconds_to_date(task, "endedAt");
    view_member_error(task);
    return task;
}
