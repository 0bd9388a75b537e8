#include "errors.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

const char *api_error_type(int fct_code)
{
    switch (fct_code) {
    case FCT_E_INTERNAL:
        return "serverFail";
    case FCT_E_INVALID:
        return "invalidArguments";
    case FCT_E_EXISTS:
        return "alreadyExists";
    case FCT_E_CANNOT_CALCULATE:
        return "cannotCalculateChanges";
    case FCT_E_TOO_LARGE:
        return "requestTooLarge";
    case FCT_E_OVER_QUOTA:
        return "overQuota";
    case FCT_E_STATE_MISMATCH:
        return "stateMismatch";
    case FCT_E_NOT_FOUND_ACCOUNT:
        return "accountNotFound";
    case FCT_E_ANCHOR_NOT_FOUND:
        return "anchorNotFound";
    case FCT_E_MAILBOX_HAS_CHILD:
        return "mailboxHasChild";
    case FCT_E_MAILBOX_HAS_EMAIL:
        return "mailboxHasEmail";
    case FCT_E_BLOB_NOT_FOUND:
        return "blobNotFound";
    case FCT_E_UNSUPPORTED_SORT:
        return "unsupportedSort";
    case FCT_E_UNSUPPORTED_FILTER:
        return "unsupportedFilter";
    case FCT_E_TOO_MANY_CHANGES:
        return "tooManyChanges";
    default:
        return fct_code_name(fct_code);
    }
}

static const char *retry_name(int retry)
{
    return retry == FCT_RETRY_NOW ? "now" : retry == FCT_RETRY_LATER ? "later" : "never";
}

static const char *code_message(enum rpc_code code)
{
    switch (code) {
    case RPC_PARSE_ERROR:
        return "Parse error";
    case RPC_INVALID_REQUEST:
        return "Invalid Request";
    case RPC_METHOD_NOT_FOUND:
        return "Method not found";
    case RPC_INVALID_PARAMS:
        return "Invalid params";
    default:
        return "Internal error";
    }
}

/* A JSON string, whatever the bytes: an error must not fail for its words. */
static json_t *string_of(const char *s)
{
    json_t *v = json_string(s);
    return v ? v : json_string("(unreadable)");
}

json_t *api_error_plain(enum rpc_code code)
{
    return json_pack("{s:i, s:s}", "code", code, "message", code_message(code));
}

json_t *api_error_with_type(enum rpc_code code, const char *type, const char *description)
{
    return json_pack("{s:i, s:o, s:{s:s, s:o}}", "code", code, "message",
                     string_of(code == RPC_FACTEUR_ERROR ? description : code_message(code)), "data", "type", type,
                     "description", string_of(description));
}

json_t *api_error_from(const struct fct_error *err, const json_t *extra)
{
    enum rpc_code code = err->code == FCT_E_INVALID    ? RPC_INVALID_PARAMS
                         : err->code == FCT_E_INTERNAL ? RPC_INTERNAL_ERROR
                                                       : RPC_FACTEUR_ERROR;
    json_t *out = api_error_with_type(code, api_error_type(err->code), err->message);
    json_t *data = json_object_get(out, "data");
    json_object_set_new(data, "retry", json_string(retry_name(err->retry)));
    if (err->retry_after_ms > 0)
        json_object_set_new(data, "retryAfterMs", json_integer(err->retry_after_ms));
    json_object_set_new(data, "requiresUserAction", json_boolean(err->user_action));
    if (err->server[0])
        json_object_set_new(data, "server", string_of(err->server));
    if (extra)
        json_object_update(data, (json_t *)extra);
    return out;
}

json_t *api_set_error(const char *type, const char *property, const char *fmt, ...)
{
    char text[480];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    json_t *out = json_pack("{s:s, s:o}", "type", type, "description", string_of(text));
    if (property)
        json_object_set_new(out, "properties", json_pack("[o]", string_of(property)));
    return out;
}

static bool is_of_properties(const json_t *problem)
{
    const char *type = json_string_value(json_object_get(problem, "type"));
    return type && strcmp(type, "invalidProperties") == 0 && json_object_get(problem, "properties");
}

json_t *api_set_error_join(json_t *a, json_t *b)
{
    if (!a || !b)
        return a ? a : b;
    if (is_of_properties(a) && is_of_properties(b))
        json_array_extend(json_object_get(a, "properties"), json_object_get(b, "properties"));
    json_decref(b);
    return a;
}

/* The type of a SetError where it is not that of a method's error. */
static const char *set_error_type(int fct_code)
{
    switch (fct_code) {
    case FCT_E_INVALID:
        return "invalidProperties";
    case FCT_E_TOO_LARGE:
    case FCT_E_LIMIT:
        return "tooLarge";
    case FCT_E_UNSUPPORTED:
        return "forbidden";
    default:
        return api_error_type(fct_code);
    }
}

json_t *api_set_error_from(const struct fct_error *err)
{
    char property[64] = "";
    const char *colon = strstr(err->message, ": ");
    size_t n = colon ? (size_t)(colon - err->message) : 0;
    if (err->code == FCT_E_INVALID && n && n < sizeof(property) && strcspn(err->message, " ") > n)
        memcpy(property, err->message, n);
    return api_set_error(set_error_type(err->code), property[0] ? property : NULL, "%s", err->message);
}
