/* The answer of a /set while it is made (common.h). */
#include "methods/common.h"

#include <string.h>

void set_result_done(struct set_result *r)
{
    json_decref(r->created);
    json_decref(r->updated);
    json_decref(r->destroyed);
    json_decref(r->not_created);
    json_decref(r->not_updated);
    json_decref(r->not_destroyed);
    *r = (struct set_result){0};
}

void set_put(json_t **map, const char *key, json_t *value)
{
    if (!*map)
        *map = json_object();
    json_object_set_new(*map, key, value);
}

void set_add_destroyed(struct set_result *r, const char *id)
{
    if (!r->destroyed)
        r->destroyed = json_array();
    json_array_append_new(r->destroyed, json_string(id));
}

int set_note_updated(struct set_result *r, const char *id, json_t *problem, json_t *changed,
                     const struct fct_error *err)
{
    if (!problem && !err->code) {
        set_put(&r->updated, id, changed ? changed : json_null());
        return 0;
    }
    json_decref(changed);
    if (!problem)
        return -1;
    set_put(&r->not_updated, id, problem);
    return 0;
}

int set_note_destroyed(struct set_result *r, const char *id, json_t *problem, const struct fct_error *err)
{
    if (problem)
        set_put(&r->not_destroyed, id, problem);
    else if (err->code)
        return -1;
    else
        set_add_destroyed(r, id);
    return 0;
}

json_t *set_check_names(const json_t *object, const json_t *current, const char *const *writable, size_t n)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < n; i++)
            is_known = is_known || strcmp(writable[i], name) == 0;
        if (!is_known && !(current && json_equal(json_object_get(current, name), value)))
            return api_set_error("invalidProperties", name, "%.60s: cannot be set", name);
    }
    return NULL;
}

static void write_map(json_t *out, const char *name, json_t **map)
{
    json_object_set_new(out, name, *map ? *map : json_null());
    *map = NULL;
}

void set_result_write(struct set_result *r, json_t *out)
{
    write_map(out, "created", &r->created);
    write_map(out, "updated", &r->updated);
    write_map(out, "destroyed", &r->destroyed);
    write_map(out, "notCreated", &r->not_created);
    write_map(out, "notUpdated", &r->not_updated);
    write_map(out, "notDestroyed", &r->not_destroyed);
}

bool is_object_error(const struct fct_error *err)
{
    switch (err->code) {
    case FCT_E_INTERNAL:
    case FCT_E_CANCELLED:
    case FCT_E_TIMEOUT:
    case FCT_E_DISK_FULL:
    case FCT_E_IO:
    case FCT_E_BUSY:
        return false;
    default:
        return true;
    }
}

int set_check_count(const json_t *create, const json_t *update, const json_t *destroy, struct fct_error *err)
{
    size_t n = json_object_size(create) + json_object_size(update) + json_array_size(destroy);
    return n > API_MAX_OBJECTS_IN_SET ? too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET) : 0;
}

bool is_in(const json_t *ids, const char *id)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *other = json_string_value(json_array_get(ids, i));
        if (other && strcmp(other, id) == 0)
            return true;
    }
    return false;
}
