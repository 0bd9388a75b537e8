/* mcp_schema.c - a tool's arguments against its inputSchema. What is wrong is said in a way that helps a model to do
 * better. */
#include "mcp.h"

#include <string.h>

static char *check(const char *name, const json_t *schema, const json_t *v);

static char *check_string(const char *name, const json_t *schema, const json_t *v)
{
    const json_t *least = json_object_get(schema, "minLength"), *most = json_object_get(schema, "maxLength"), *choice;
    size_t n = json_string_length(v), i;
    const json_t *choices = json_object_get(schema, "enum");

    if (!json_is_string(v))
        return xasprintf("%s must be a string", name);
    if (strlen(json_string_value(v)) != n)
        return xasprintf("%s must not hold a NUL character", name);
    if (least && n < (size_t)json_integer_value(least))
        return xasprintf("%s must not be empty", name);
    if (most && n > (size_t)json_integer_value(most))
        return xasprintf("%s is longer than %lld bytes", name, (long long)json_integer_value(most));
    if (!choices)
        return NULL;
    json_array_foreach(choices, i, choice)
    {
        if (json_equal(choice, v))
            return NULL;
    }
    CLI_CLEANUP(freep) char *all = json_dumps(choices, JSON_COMPACT);
    return xasprintf("%s must be one of %s", name, all);
}

static char *check_integer(const char *name, const json_t *schema, const json_t *v)
{
    const json_t *least = json_object_get(schema, "minimum"), *most = json_object_get(schema, "maximum");
    double number = json_number_value(v); /* some models write 5.0 */

    if (!json_is_number(v) || number != (double)(json_int_t)number)
        return xasprintf("%s must be an integer", name);
    if (least && number < (double)json_integer_value(least))
        return xasprintf("%s must be at least %lld", name, (long long)json_integer_value(least));
    if (most && number > (double)json_integer_value(most))
        return xasprintf("%s must be at most %lld", name, (long long)json_integer_value(most));
    return NULL;
}

static char *check_array(const char *name, const json_t *schema, const json_t *v)
{
    const json_t *least = json_object_get(schema, "minItems"), *most = json_object_get(schema, "maxItems");
    const json_t *items = json_object_get(schema, "items"), *item;
    size_t i;

    if (!json_is_array(v))
        return xasprintf("%s must be an array", name);
    if (least && json_array_size(v) < (size_t)json_integer_value(least))
        return xasprintf("%s must not be empty", name);
    if (most && json_array_size(v) > (size_t)json_integer_value(most))
        return xasprintf("%s has more than %lld items", name, (long long)json_integer_value(most));
    json_array_foreach(v, i, item)
    {
        CLI_CLEANUP(freep) char *at = xasprintf("%s[%zu]", name, i);
        char *wrong = check(at, items, item);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static char *check(const char *name, const json_t *schema, const json_t *v)
{
    const char *type = json_text(schema, "type");

    if (strcmp(type, "string") == 0)
        return check_string(name, schema, v);
    if (strcmp(type, "integer") == 0)
        return check_integer(name, schema, v);
    if (strcmp(type, "array") == 0)
        return check_array(name, schema, v);
    return json_is_boolean(v) ? NULL : xasprintf("%s must be true or false", name);
}

static char *names_of(const json_t *properties)
{
    char *all = xstrdup("");
    const char *name;
    json_t *ignored;

    json_object_foreach((json_t *)properties, name, ignored)
    {
        char *longer = xasprintf("%s%s%s", all, *all ? ", " : "", name);
        free(all);
        all = longer;
    }
    return all;
}

char *mcp_check(const json_t *schema, const json_t *arguments)
{
    const json_t *properties = json_object_get(schema, "properties");
    const char *name;
    json_t *v;
    size_t i;

    if (arguments && !json_is_object(arguments))
        return xstrdup("the arguments must be an object");
    json_object_foreach((json_t *)arguments, name, v)
    {
        const json_t *one = json_object_get(properties, name);
        if (!one) {
            CLI_CLEANUP(freep) char *all = names_of(properties);
            return xasprintf("there is no argument %.100s; there are: %s", name, *all ? all : "none");
        }
        char *wrong = check(name, one, v);
        if (wrong)
            return wrong;
    }
    json_array_foreach(json_object_get(schema, "required"), i, v)
    {
        if (!json_object_get(arguments, json_string_value(v)))
            return xasprintf("%s is missing", json_string_value(v));
    }
    return NULL;
}
