#include "oauth/client.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define TABLE_BYTES_MAX (256 << 10)

/* ---- the table -------------------------------------------------------------------------------------------- */

int oauth_table_load(const char *path, json_t **out, struct fct_error *err)
{
    json_error_t where;
    CLEANUP(fclosep) FILE *f = fopen(path, "re");
    if (!f && errno != ENOENT)
        return fct_fail_errno(err, errno, "cannot read %s", path);
    json_t *table = f ? json_loadf(f, JSON_REJECT_DUPLICATES, &where) : json_object();
    const char *name;
    json_t *v;
    bool ok = json_is_object(table);
    json_object_foreach(table, name, v)
        ok = ok && json_is_object(v);
    if (!ok) {
        json_decref(table);
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s is damaged", path);
    }
    *out = table;
    return 0;
}

bool oauth_table_has_client(const json_t *table, const char *provider)
{
    return provider && json_is_string(json_object_get(json_object_get(table, provider), "clientId"));
}

/* ---- the redirect address --------------------------------------------------------------------------------- */

static bool is_path(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s >= 0x7f || strchr("?#\"<>\\^`{|}%", *s))
            return false;
    return true;
}

bool oauth_redirect_parse(const char *text, struct oauth_redirect *out)
{
    struct oauth_redirect r = {0};
    if (strncmp(text, "http://", 7) != 0)
        return false;
    text += 7;
    size_t n = strcspn(text, ":/");
    if (n >= sizeof(r.host))
        return false;
    memcpy(r.host, text, n);
    if (strcmp(r.host, "127.0.0.1") != 0 && strcmp(r.host, "localhost") != 0)
        return false;
    text += n;
    if (*text == ':') {
        char *end;
        unsigned long port = text[1] >= '0' && text[1] <= '9' ? strtoul(text + 1, &end, 10) : 65536;
        if (port > 65535)
            return false;
        r.port = (uint16_t)port;
        text = end;
    }
    if ((*text && *text != '/') || strlen(text) >= sizeof(r.path) || !is_path(text))
        return false;
    snprintf(r.path, sizeof(r.path), "%s", text);
    *out = r;
    return true;
}

/* ---- a client --------------------------------------------------------------------------------------------- */

static int fail(const char *name, const char *why, struct fct_error *err)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "oauth: %s %s", name, why);
}

/* What the user says goes before what the table has. *out NULL: nobody says anything. */
static int take(const json_t *setting, const json_t *provider, const char *name, char **out, struct fct_error *err)
{
    const json_t *v = json_object_get(setting, name);
    if (!v || json_is_null(v))
        v = json_object_get(provider, name);
    if (!v || json_is_null(v))
        return 0;
    if (!json_is_string(v) || json_string_length(v) == 0 || json_string_length(v) > OAUTH_TEXT_MAX)
        return fail(name, "must be a string, not empty and not longer than 2048 bytes", err);
    for (const unsigned char *c = (const unsigned char *)json_string_value(v); *c; c++)
        if (*c < 0x20 || *c >= 0x7f)
            return fail(name, "must be printable ASCII", err);
    *out = xstrdup(json_string_value(v));
    return 0;
}

/* A refresh token must not travel in clear; and who reads "http://127.0.0.1:80@example.org/" shall not be led there. */
static bool is_url(const char *s)
{
    const char *host = strstr(s, "://");
    if (!host || memchr(host + 3, '@', strcspn(host + 3, "/?#\\")))
        return false;
    bool is_loopback = (strncasecmp(s, "http://127.0.0.1", 16) == 0 && strchr(":/", s[16])) || (strncasecmp(s, "http://[::1]", 12) == 0 && strchr(":/", s[12]));
    return strncasecmp(s, "https://", 8) == 0 || is_loopback;
}

static int check_urls(const struct oauth_client *c, struct fct_error *err)
{
    const struct {
        const char *name, *url;
    } urls[] = {{"authorizationEndpoint", c->authorization}, {"tokenEndpoint", c->token}, {"deviceEndpoint", c->device}};
    struct oauth_redirect ignored;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (urls[i].url && !is_url(urls[i].url))
            return fail(urls[i].name, "must be an https:// address", err);
    if (!oauth_redirect_parse(c->redirect, &ignored))
        return fail("redirect", "must be an address of this computer, such as http://127.0.0.1:8765/", err);
    return 0;
}

static int fail_unknown(const json_t *table, const char *provider, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf known = {0};
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)table, name, v) buf_addf(&known, "%s%s", known.n ? ", " : "", name);
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "oauth: no provider %.60s is known; there are: %s; of another one give the endpoints", provider,
                    known.n ? buf_str(&known) : "none");
}

static int check_names(const json_t *setting, struct fct_error *err)
{
    static const char *const known[] = {"provider", "clientId", "scope", "redirect", "issuer", "authorizationEndpoint", "tokenEndpoint", "deviceEndpoint"};
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)setting, name, v)
    {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(known[0]) && strcmp(name, known[i]) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                            "oauth: there is no %.40s; there are: provider, clientId, scope, redirect, issuer, authorizationEndpoint, tokenEndpoint, "
                            "deviceEndpoint (the client secret is given to Account/authorize)",
                            name);
    }
    return 0;
}

static int fill(struct oauth_client *c, const json_t *table, const json_t *setting, struct fct_error *err)
{
    if (!json_is_object(setting))
        return fail("", "must be an object", err);
    if (check_names(setting, err) < 0 || take(setting, NULL, "provider", &c->provider, err) < 0)
        return -1;
    const json_t *provider = c->provider ? json_object_get(table, c->provider) : NULL;
    if (c->provider && !provider)
        return fail_unknown(table, c->provider, err);
    if (take(setting, provider, "issuer", &c->issuer, err) < 0 || take(setting, provider, "authorizationEndpoint", &c->authorization, err) < 0 ||
        take(setting, provider, "tokenEndpoint", &c->token, err) < 0 || take(setting, provider, "deviceEndpoint", &c->device, err) < 0 ||
        take(setting, provider, "clientId", &c->id, err) < 0 || take(setting, provider, "scope", &c->scope, err) < 0 ||
        take(setting, provider, "redirect", &c->redirect, err) < 0)
        return -1;
    if (!c->id)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "oauth: clientId is missing: %s knows programs by an id that one registers there%s%s",
                        c->provider ? c->provider : "the provider", json_is_string(json_object_get(provider, "help")) ? ", see " : "",
                        json_is_string(json_object_get(provider, "help")) ? json_string_value(json_object_get(provider, "help")) : "");
    if (!c->token)
        return fail("tokenEndpoint", "is missing", err);
    if (!c->authorization && !c->device)
        return fail("authorizationEndpoint", "is missing", err);
    /* The table's secret goes with the table's id, to the table's server. */
    bool is_ours = !json_object_get(setting, "clientId") && !json_object_get(setting, "tokenEndpoint");
    if (is_ours && take(NULL, provider, "clientSecret", &c->secret, err) < 0)
        return -1;
    if (!c->redirect)
        c->redirect = xstrdup("http://127.0.0.1/");
    c->parameters = json_incref(json_object_get(provider, "parameters"));
    return check_urls(c, err);
}

int oauth_client_new(const json_t *table, const json_t *setting, struct oauth_client **out, struct fct_error *err)
{
    CLEANUP(oauth_client_unrefp) struct oauth_client *c = XNEW(struct oauth_client);
    c->refs = 1;
    if (fill(c, table, setting, err) < 0)
        return -1;
    *out = TAKE(c);
    return 0;
}

struct oauth_client *oauth_client_ref(struct oauth_client *c)
{
    c->refs++;
    return c;
}

void oauth_client_unref(struct oauth_client *c)
{
    if (!c || --c->refs > 0)
        return;
    free(c->provider);
    free(c->issuer);
    free(c->authorization);
    free(c->token);
    free(c->device);
    free(c->id);
    free(c->secret);
    free(c->scope);
    free(c->redirect);
    json_decref(c->parameters);
    free(c);
}
