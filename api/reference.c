#include "reference.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <string.h>

/* ---- JSON Pointer with '*' ---- */

/* Cuts the next token off *path ("/a~1b/c" gives "a/b" and leaves "/c"). Returns -1 when it is malformed. */
static int next_token(const char **path, struct buf *out)
{
    buf_clear(out);
    const char *p = *path;
    if (*p != '/')
        return -1;
    for (p++; *p && *p != '/'; p++) {
        char c = *p;
        if (c == '~') {
            if (p[1] != '0' && p[1] != '1')
                return -1;
            c = *++p == '0' ? '~' : '/';
        }
        buf_add_char(out, c);
    }
    *path = p;
    return 0;
}

/* RFC 6901 section 4: digits without a leading zero. Returns NULL when it is none or beyond the end. */
static json_t *array_item(json_t *array, const char *token)
{
    size_t n = strlen(token), index = 0;
    if (n == 0 || n > 9 || (token[0] == '0' && n > 1))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (token[i] < '0' || token[i] > '9')
            return NULL;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    return json_array_get(array, index);
}

static json_t *evaluate_each(json_t *array, const char *rest)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *item = reference_evaluate(json_array_get(array, i), rest);
        bool is_list = json_is_array(item);
        if (!item || json_array_size(out) + (is_list ? json_array_size(item) : 1) > REFERENCE_ITEMS_MAX) {
            json_decref(item);
            json_decref(out);
            return NULL;
        }
        if (is_list)
            json_array_extend(out, item);
        else
            json_array_append(out, item);
        json_decref(item);
    }
    return out;
}

json_t *reference_evaluate(json_t *value, const char *path)
{
    CLEANUP(buf_done) struct buf token = {0};
    while (*path) {
        if (next_token(&path, &token) < 0)
            return NULL;
        const char *name = buf_str(&token);
        if (json_is_array(value) && strcmp(name, "*") == 0)
            return evaluate_each(value, path);
        value = json_is_array(value) ? array_item(value, name) : json_object_get(value, name);
        if (!value)
            return NULL;
    }
    return json_incref(value);
}

/* ---- arguments ---- */

static bool has_reference(const json_t *params)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)params, name, value) if (name[0] == '#') return true;
    return false;
}

static json_t *resolve_one(const json_t *reference, reference_find_fn find, void *ctx)
{
    const json_t *result_of = json_object_get(reference, "resultOf");
    const char *name = json_string_value(json_object_get(reference, "name"));
    const char *path = json_string_value(json_object_get(reference, "path"));
    if (!result_of || !name || !path)
        return NULL;
    json_t *result = find(ctx, result_of, name);
    return result ? reference_evaluate(result, path) : NULL;
}

enum reference_outcome reference_resolve(json_t *params, reference_find_fn find, void *ctx, json_t **out_params,
                                         const char **out_name)
{
    if (!json_is_object(params) || !has_reference(params)) {
        *out_params = json_incref(params);
        return REFERENCE_OK;
    }
    json_t *out = json_object();
    enum reference_outcome outcome = REFERENCE_OK;
    const char *name;
    json_t *value;
    json_object_foreach(params, name, value)
    {
        if (name[0] != '#') {
            json_object_set(out, name, value);
            continue;
        }
        *out_name = name;
        if (json_object_get(params, name + 1)) {
            outcome = REFERENCE_CLASHES;
            break;
        }
        json_t *found = resolve_one(value, find, ctx);
        if (!found) {
            outcome = REFERENCE_INVALID;
            break;
        }
        json_object_set_new(out, name + 1, found);
    }
    if (outcome == REFERENCE_OK)
        *out_params = out;
    else
        json_decref(out);
    return outcome;
}
