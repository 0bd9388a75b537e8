#include "patch.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "errors.h"

#include <string.h>

/* Takes one token of a JSON Pointer without its leading slash; false when it is malformed. */
static bool take_token(const char **at, struct buf *out)
{
    const char *p = *at;
    buf_clear(out);
    for (; *p && *p != '/'; p++) {
        char c = *p;
        if (c == '~') {
            if (p[1] != '0' && p[1] != '1')
                return false;
            c = *++p == '0' ? '~' : '/';
        }
        buf_add_char(out, c);
    }
    *at = p;
    return true;
}

static bool is_prefix(const char *path, const char *other)
{
    size_t n = strlen(path);
    return strncmp(path, other, n) == 0 && other[n] == '/';
}

/* No pointer may be the prefix of another: the order of a JSON object means nothing. */
static const char *find_clash(const json_t *patch)
{
    const char *a, *b;
    json_t *va, *vb;
    json_object_foreach((json_t *)patch, a, va)
        json_object_foreach((json_t *)patch, b, vb) if (is_prefix(a, b)) return b;
    return NULL;
}

/* The member, made an object of its own so that changing it does not change the original. NULL: there is no object. */
static json_t *own_member(json_t *parent, const char *name)
{
    json_t *member = json_object_get(parent, name);
    if (!json_is_object(member))
        return NULL;
    json_t *copy = json_copy(member);
    json_object_set_new(parent, name, copy);
    return copy;
}

static bool apply_one(json_t *object, const char *path, json_t *value, patch_resolve_fn resolve, void *ctx)
{
    CLEANUP(buf_done) struct buf token = {0};
    const char *at = path;
    while (take_token(&at, &token)) {
        if (!*at) {
            const char *name = buf_str(&token);
            if (name[0] == '#' && resolve && strncmp(path, "mailboxIds/", 11) == 0 && !(name = resolve(ctx, name)))
                return false;
            if (json_is_null(value))
                json_object_del(object, name);
            else
                json_object_set(object, name, value);
            return true;
        }
        at++;
        object = own_member(object, buf_str(&token));
        if (!object)
            return false;
    }
    return false;
}

json_t *patch_apply(const json_t *object, const json_t *patch, patch_resolve_fn resolve, void *ctx, json_t **out_error)
{
    const char *clash = json_object_size(patch) <= 200 ? find_clash(patch) : "";
    if (clash) {
        *out_error = *clash ? api_set_error("invalidPatch", NULL, "%.80s is patched twice", clash)
                            : api_set_error("invalidPatch", NULL, "more than 200 paths in one patch");
        return NULL;
    }
    json_t *out = json_copy((json_t *)object);
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)patch, path, value)
    {
        if (apply_one(out, path, value, resolve, ctx))
            continue;
        *out_error = api_set_error("invalidPatch", NULL, "%.80s: there is no such place", path);
        json_decref(out);
        return NULL;
    }
    return out;
}
