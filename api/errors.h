/* errors.h - errors of the core as JSON-RPC errors and as JMAP SetErrors.
 *
 * Types and codes are a promise: never renamed, never renumbered. All functions give new references. Threads: any.
 */
#ifndef API_ERRORS_H
#define API_ERRORS_H

#include <facteur/plugin.h>
#include <jansson.h>

/* JSON-RPC 2.0 section 5.1, and the one code of ours: the rest is in data.type. */
enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_FACTEUR_ERROR = -32000
};

/* The JMAP error type of an enum fct_code (RFC 8620 section 3.6.2), or our own where JMAP has none. Never NULL. */
const char *api_error_type(int fct_code);

/* {code, message} as the specification prints it. */
json_t *api_error_plain(enum rpc_code code);
/* The same with data {type, description}. */
json_t *api_error_with_type(enum rpc_code code, const char *type, const char *description);
/* With data {type, description, retry, retryAfterMs, requiresUserAction, server} and the members of `extra` (borrowed,
 * may be NULL: properties, accountId...). */
json_t *api_error_from(const struct fct_error *err, const json_t *extra);

/* {type, description, properties}. `property` NULL: none is at fault. */
json_t *api_set_error(const char *type, const char *property, const char *fmt, ...) FCT_PRINTF(3, 4);
/* One SetError of two about the same object, either of which may be NULL: of two that blame properties the one that
 * blames those of both (RFC 8620 section 5.3 wants all that are at fault), else the first. Takes both over. */
json_t *api_set_error_join(json_t *a, json_t *b);
/* Of an error of the core. A message that begins with "name: " blames that property when the code is FCT_E_INVALID. */
json_t *api_set_error_from(const struct fct_error *err);

#endif
