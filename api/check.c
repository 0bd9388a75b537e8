#include "check.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The way from the value that is checked down to where the walk is. */
struct place {
    const struct place *up;
    const char *name; /* NULL: an index */
    size_t index;
};

static unsigned type_of(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_NULL:
        return SCHEMA_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL:
        return SCHEMA_NUMBER;
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    default:
        return SCHEMA_OBJECT;
    }
}

/* ---- telling what is wrong ---- */

static void write_place(const struct place *p, char *out, size_t cap)
{
    if (!p)
        return;
    write_place(p->up, out, cap);
    size_t n = strlen(out);
    if (!p->name)
        snprintf(out + n, cap - n, "[%zu]", p->index);
    else
        snprintf(out + n, cap - n, "%s%.60s", n ? "." : "", p->name);
}

/* The names came from the client: a cut must not leave half a character, JSON could not carry it. */
static void end_at_whole_character(char *s)
{
    size_t n = strlen(s);
    size_t i = n;
    while (i && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
        i--;
    if (!i || (unsigned char)s[i - 1] < 0xC0)
        return;
    unsigned char lead = (unsigned char)s[i - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (n - i + 1 < want)
        s[i - 1] = '\0';
}

static bool fails(struct schema_problem *out, const struct place *at, const char *fmt, ...) FCT_PRINTF(3, 4);
static bool fails(struct schema_problem *out, const struct place *at, const char *fmt, ...)
{
    *out = (struct schema_problem){0};
    write_place(at, out->where, sizeof(out->where));
    end_at_whole_character(out->where);
    const struct place *top = at;
    while (top && top->up)
        top = top->up;
    if (top && top->name) {
        snprintf(out->property, sizeof(out->property), "%s", top->name);
        end_at_whole_character(out->property);
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out->why, sizeof(out->why), fmt, ap);
    va_end(ap);
    end_at_whole_character(out->why);
    return false;
}

static bool fails_by_type(struct schema_problem *out, const struct place *at, unsigned types)
{
    static const char *const names[] = {"null",     "true or false", "an integer", "a number",
                                        "a string", "an array",      "an object"};
    char list[120] = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (types & (1u << i)) {
            size_t n = strlen(list);
            snprintf(list + n, sizeof(list) - n, "%s%s", n ? " or " : "", names[i]);
        }
    return fails(out, at, "must be %s", list);
}

/* ---- the walk ---- */

static size_t count_characters(const json_t *string)
{
    const char *s = json_string_value(string);
    size_t n = json_string_length(string), count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

static bool check_bounds(const struct schema_node *node, const json_t *v, const struct place *at,
                         struct schema_problem *out)
{
    int64_t n;
    const char *of;
    if (json_is_integer(v))
        n = json_integer_value(v), of = "";
    else if (json_is_string(v))
        n = (int64_t)count_characters(v), of = " characters";
    else if (json_is_array(v))
        n = (int64_t)json_array_size(v), of = " items";
    else if (json_is_object(v))
        n = (int64_t)json_object_size(v), of = " properties";
    else
        return true;
    if (n < node->min)
        return fails(out, at, "must %s at least %" PRId64 "%s", *of ? "have" : "be", node->min, of);
    if (n > node->max)
        return fails(out, at, "must %s at most %" PRId64 "%s", *of ? "have" : "be", node->max, of);
    return true;
}

static bool check_value(const struct schema_node *node, const json_t *v, const struct place *at,
                        struct schema_problem *out)
{
    if (!node->values || !json_is_string(v))
        return true;
    char list[120] = "";
    for (size_t i = 0; node->values[i]; i++) {
        if (strcmp(node->values[i], json_string_value(v)) == 0)
            return true;
        size_t n = strlen(list);
        snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", node->values[i]);
    }
    return fails(out, at, "must be one of %s", list);
}

static bool check_at(const struct schema_node *node, const json_t *v, const struct place *at,
                     struct schema_problem *out);

static const struct schema_property *find_property(const struct schema_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_properties; i++)
        if (strcmp(node->properties[i].name, name) == 0)
            return &node->properties[i];
    return NULL;
}

static bool check_properties(const struct schema_node *node, const json_t *v, const struct place *at,
                             struct schema_problem *out)
{
    for (size_t i = 0; i < node->n_properties; i++)
        if (node->properties[i].is_required && !json_object_get(v, node->properties[i].name)) {
            struct place here = {.up = at, .name = node->properties[i].name};
            return fails(out, &here, "is missing");
        }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)v, name, value)
    {
        struct place here = {.up = at, .name = name};
        const struct schema_property *p = find_property(node, name);
        if (!p && node->is_closed)
            return fails(out, &here, "is not known");
        const struct schema_node *next = p ? p->node : node->additional;
        if (next && !check_at(next, value, &here, out))
            return false;
    }
    return true;
}

static bool check_at(const struct schema_node *node, const json_t *v, const struct place *at,
                     struct schema_problem *out)
{
    if (node->types && !(node->types & type_of(v)))
        return fails_by_type(out, at, node->types);
    if (!check_bounds(node, v, at, out) || !check_value(node, v, at, out))
        return false;
    if (json_is_object(v))
        return check_properties(node, v, at, out);
    if (!json_is_array(v) || !node->items)
        return true;
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct place here = {.up = at, .index = i};
        if (!check_at(node->items, json_array_get(v, i), &here, out))
            return false;
    }
    return true;
}

bool schema_check(const struct schema_node *node, const json_t *value, struct schema_problem *out)
{
    return check_at(node, value, NULL, out);
}

/* ---- decoding ---- */

void args_decode(const struct arg_field *fields, size_t n, const json_t *params, void *out)
{
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(params, fields[i].name);
        if (json_is_null(v))
            v = NULL;
        void *to = (char *)out + fields[i].offset;
        switch (fields[i].kind) {
        case ARG_STRING:
            *(const char **)to = json_string_value(v);
            break;
        case ARG_BOOLEAN:
            *(bool *)to = v ? json_is_true(v) : fields[i].otherwise != 0;
            break;
        case ARG_INTEGER:
            *(int64_t *)to = v ? json_integer_value(v) : fields[i].otherwise;
            break;
        case ARG_JSON:
            *(json_t **)to = v;
            break;
        }
    }
}
