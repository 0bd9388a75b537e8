/* check.h - arguments held against the schema: the tables that apigen.py writes, and the walk over them.
 *
 * A table is the part of JSON Schema that our schema files use: type, enum, bounds, items, properties, required,
 * additionalProperties. Threads: any, the tables are constant. Depth follows the tables and the bounded JSON text.
 */
#ifndef API_CHECK_H
#define API_CHECK_H

#include <facteur/plugin.h>
#include <jansson.h>

enum schema_type {
    SCHEMA_NULL = 1,
    SCHEMA_BOOLEAN = 2,
    SCHEMA_INTEGER = 4,
    SCHEMA_NUMBER = 8, /* integers, too */
    SCHEMA_STRING = 16,
    SCHEMA_ARRAY = 32,
    SCHEMA_OBJECT = 64
};

struct schema_node;

struct schema_property {
    const char *name;
    bool is_required;
    const struct schema_node *node;
};

struct schema_node {
    unsigned types;            /* enum schema_type, or-ed; 0: anything */
    int64_t min, max;          /* of an integer, a string's characters, an array's items or an object's properties */
    const char *const *values; /* enum: NULL-terminated; NULL: any */
    const struct schema_node *items;
    const struct schema_property *properties;
    size_t n_properties;
    bool is_closed;                       /* no properties beyond those named */
    const struct schema_node *additional; /* what the others must be; NULL: anything */
};

/* Where and why a value does not fit. */
struct schema_problem {
    char where[128];   /* "filter.conditions[2].before"; "" for the value itself */
    char property[64]; /* the outermost name in `where` */
    char why[160];
};
/* Whether `value` fits; if not, *out tells the first trouble found. */
bool schema_check(const struct schema_node *node, const json_t *value, struct schema_problem *out);

/* ---- from checked params to a struct of arguments ------------------------------------------------------------ */

enum arg_kind { ARG_STRING, ARG_BOOLEAN, ARG_INTEGER, ARG_JSON };

/* One member of a generated struct of arguments. What is absent or null gets the default: NULL, false or `otherwise`.
 */
struct arg_field {
    const char *name;
    enum arg_kind kind;
    size_t offset;
    int64_t otherwise;
};
/* Strings and JSON values stay owned by `params`. `params` may be NULL. */
void args_decode(const struct arg_field *fields, size_t n, const json_t *params, void *out);

#endif
