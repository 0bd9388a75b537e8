/* reference.h - arguments that refer to the result of an earlier call: RFC 8620 section 3.7.
 *
 *   "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}
 *
 * The path is a JSON Pointer (RFC 6901) in which '*' stands for every item of an array; lists that come out of items
 * are joined into one. Threads: any.
 */
#ifndef API_REFERENCE_H
#define API_REFERENCE_H

#include <facteur/plugin.h>
#include <jansson.h>

/* More items than this in a list that '*' makes: refused, since a few calls could double it again and again. */
#define REFERENCE_ITEMS_MAX 100000

/* What `path` points at in `value`, a new reference; NULL when there is nothing, the path is malformed or the bound is
 * hit. */
json_t *reference_evaluate(json_t *value, const char *path);

/* Finds the result of an earlier call: NULL when there is none (not there, failed, or of another method). Borrowed. */
typedef json_t *(*reference_find_fn)(void *ctx, const json_t *result_of, const char *name);
enum reference_outcome { REFERENCE_OK, REFERENCE_INVALID, REFERENCE_CLASHES };
/* *out_params: `params` with each "#name" replaced by "name" and what it refers to (a new reference; to `params` itself
 * when there is none). Otherwise *out_name is the argument at fault, valid as long as `params`. */
enum reference_outcome reference_resolve(json_t *params, reference_find_fn find, void *ctx, json_t **out_params,
                                         const char **out_name);

#endif
