#include "account/settings.h"

#include "account/passwords.h"
#include "async/certificate.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "store/keep.h"
#include "store/maildrop_policy.h"

#include <string.h>

/* As a JSON Schema, so that one check serves both. */
static const char core_schema[] =
    "{\"properties\": {"
    "\"user\": {\"type\": \"string\", \"minLength\": 1},"
    "\"caFile\": {\"type\": \"string\", \"minLength\": 1},"
    "\"pollSeconds\": {\"type\": \"integer\", \"minimum\": 10, \"maximum\": 86400},"
    "\"missingSeconds\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 86400},"
    "\"timeoutSeconds\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 86400},"
    "\"connectTimeoutSeconds\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 86400},"
    "\"sentCopy\": {\"type\": \"string\", \"enum\": [\"auto\", \"server\", \"append\"]},"
    "\"certFile\": {\"type\": \"string\", \"minLength\": 1},"
    "\"keyFile\": {\"type\": \"string\", \"minLength\": 1},"
    "\"transportCertFile\": {\"type\": \"string\", \"minLength\": 1},"
    "\"transportKeyFile\": {\"type\": \"string\", \"minLength\": 1},"
    "\"oauth\": {\"type\": [\"object\", \"null\"]},"
    "\"secrets\": {\"type\": \"string\", \"enum\": [\"file\", \"encrypted\", \"keyring\", \"command\", \"credential\"]},"
    "\"passwordCommand\": {\"type\": [\"string\", \"null\"], \"minLength\": 1, \"maxLength\": 2000},"
    "\"credential\": {\"type\": [\"string\", \"null\"], \"minLength\": 1, \"maxLength\": 255},"
    "\"certificates\": {\"type\": [\"object\", \"null\"]},"
    "\"tlsMinimum\": {\"type\": \"string\", \"enum\": [\"1.2\", \"1.1\", \"1.0\"]},"
    "\"keep\": {\"type\": [\"object\", \"null\"]},"
    "\"leaveOnServer\": {\"type\": [\"object\", \"string\", \"null\"]},"
    "\"deleteOnServer\": {\"type\": [\"boolean\", \"null\"]}}}";

static bool is_of_type(const json_t *v, const char *type)
{
    return (strcmp(type, "string") == 0 && json_is_string(v)) || (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) || (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "object") == 0 && json_is_object(v)) || (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v));
}

static int check_type(const char *name, const json_t *v, const json_t *types, struct fct_error *err)
{
    const char *only = json_string_value(types);
    if (!types || (only && is_of_type(v, only)))
        return 0;
    if (only)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %.60s must be of type %.20s", name, only);
    for (size_t i = 0; i < json_array_size(types); i++) {
        const char *type = json_string_value(json_array_get(types, i));
        if (type && is_of_type(v, type))
            return 0;
    }
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %.60s is of the wrong type", name);
}

static int check_enum(const char *name, json_t *v, const json_t *values, struct fct_error *err)
{
    char known[200] = "";
    if (!json_is_array(values))
        return 0;
    for (size_t i = 0; i < json_array_size(values); i++) {
        json_t *value = json_array_get(values, i);
        if (json_equal(v, value))
            return 0;
        size_t n = strlen(known);
        if (json_is_string(value))
            snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", json_string_value(value));
    }
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %.60s must be one of: %s", name, known);
}

static int check_bounds(const char *name, const json_t *v, const json_t *schema, struct fct_error *err)
{
    const json_t *low = json_object_get(schema, json_is_string(v) ? "minLength" : "minimum");
    const json_t *high = json_object_get(schema, json_is_string(v) ? "maxLength" : "maximum");
    double value = json_is_string(v) ? (double)json_string_length(v) : json_number_value(v);
    const char *what = json_is_string(v) ? " long" : "";
    if (!json_is_string(v) && !json_is_number(v))
        return 0;
    if (json_is_number(low) && value < json_number_value(low))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %.60s must be at least %g%s", name,
                        json_number_value(low), what);
    if (json_is_number(high) && value > json_number_value(high))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %.60s must be at most %g%s", name,
                        json_number_value(high), what);
    return 0;
}

static int check_value(const char *name, json_t *v, const json_t *schema, struct fct_error *err)
{
    if (check_type(name, v, json_object_get(schema, "type"), err) < 0 ||
        check_enum(name, v, json_object_get(schema, "enum"), err) < 0)
        return -1;
    return check_bounds(name, v, schema, err);
}

/* Appends the names of a schema's properties. */
static void add_names(const json_t *schema, struct buf *out)
{
    const char *name;
    json_t *v;
    json_object_foreach(json_object_get(schema, "properties"), name, v)
    {
        if (out->n < 300 && !strstr(buf_str(out), name))
            buf_addf(out, "%s%.40s", out->n ? ", " : "", name);
    }
}

static int fail_unknown(const char *name, const json_t *ours, const json_t *plugins, const json_t *transports, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf known = {0};
    add_names(ours, &known);
    add_names(plugins, &known);
    add_names(transports, &known);
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: there is no %.60s; there are: %s", name, buf_str(&known));
}

/* What stays here is a question where there is a mailbox on the server, what stays there where mail is picked up. */
static int check_keep(const json_t *settings, bool is_maildrop, struct fct_error *err)
{
    static const char *const of_maildrops[] = {"leaveOnServer", "deleteOnServer"};
    struct keep_policy ignored;
    struct maildrop_policy ignored_too;
    const json_t *keep = json_object_get(settings, "keep");
    if (is_maildrop && keep && !json_is_null(keep))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: keep: what is picked up is kept whole");
    if (is_maildrop)
        return maildrop_policy_parse(settings, &ignored_too, err) < 0 ? fct_error_prefix(err, "settings") : 0;
    for (size_t i = 0; i < sizeof(of_maildrops) / sizeof(of_maildrops[0]); i++)
        if (json_object_get(settings, of_maildrops[i]) && !json_is_null(json_object_get(settings, of_maildrops[i])))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: %s: this account's mail stays on the server", of_maildrops[i]);
    return keep_parse(json_object_get(settings, "keep"), &ignored, err) < 0 ? fct_error_prefix(err, "settings") : 0;
}

/* "host:port" to the fingerprint of the one certificate that is believed there. */
static int check_certificates(const json_t *settings, struct fct_error *err)
{
    const char *where;
    json_t *v;
    unsigned char ignored[FINGERPRINT_SIZE];
    json_object_foreach(json_object_get(settings, "certificates"), where, v)
    {
        const char *colon = strrchr(where, ':');
        if (!colon || colon == where || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")])
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: certificates: %.60s is not HOST:PORT", where);
        if (!json_is_string(v) || !fingerprint_parse(json_string_value(v), ignored))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                            "settings: certificates: %.60s: a SHA-256 fingerprint is needed, 64 hexadecimal digits", where);
    }
    return 0;
}

int settings_check(const json_t *settings, const char *config_schema, const char *transport_schema, bool is_maildrop, struct fct_error *err)
{
    json_auto_t *ours = json_loads(core_schema, 0, NULL);
    json_auto_t *plugins =
        config_schema ? json_loads(config_schema, 0, NULL) : NULL; /* the loader has checked that it is JSON */
    json_auto_t *transports = transport_schema ? json_loads(transport_schema, 0, NULL) : NULL;
    bool is_closed = json_is_false(json_object_get(plugins, "additionalProperties"));
    const char *name;
    json_t *v;

    json_object_foreach((json_t *)settings, name, v)
    {
        const json_t *schema = json_object_get(json_object_get(ours, "properties"), name);
        if (!schema)
            schema = json_object_get(json_object_get(plugins, "properties"), name);
        if (!schema)
            schema = json_object_get(json_object_get(transports, "properties"), name);
        if (!schema && is_closed)
            return fail_unknown(name, ours, plugins, transports, err);
        if (schema && check_value(name, v, schema, err) < 0)
            return -1;
    }
    return passwords_check_settings(settings, err) < 0 || check_certificates(settings, err) < 0 ? -1 : check_keep(settings, is_maildrop, err);
}
