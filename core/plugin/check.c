/* check.c - whether a descriptor is one that this host can use. Everything a stranger may have got wrong is said by
 * name, since the author of the plugin reads it. */
#include "plugin/plugins.h"

#include "base/error.h"

#include <string.h>

/* The structs as ABI version 1 knows them. When one grows, these stay: an older plugin keeps working. */
#define PLUGIN_SIZE_V1 (offsetof(struct fct_plugin, done) + sizeof(void (*)(void)))
#define SOURCE_SIZE_V1 (offsetof(struct fct_source, mailbox_subscribe) + sizeof(void (*)(void)))
#define FILTER_SIZE_V1 (offsetof(struct fct_filter, judge) + sizeof(void (*)(void)))
#define TRANSPORT_SIZE_V1 (offsetof(struct fct_transport, send) + sizeof(void (*)(void)))

#define PLUGIN_NAME_MAX 31
#define PLUGIN_KINDS_MAX 64 /* sources, filters or transports of one plugin */

static int refuse(struct fct_error *err, const char *fmt, ...) FCT_PRINTF(2, 3);
static int refuse(struct fct_error *err, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s", text);
}

/* [a-z][a-z0-9 and `more`]* of at most `max` characters. */
static bool is_name(const char *s, const char *more, size_t max)
{
    if (!s || s[0] < 'a' || s[0] > 'z' || strnlen(s, max + 1) > max)
        return false;
    for (; *s; s++)
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && !strchr(more, *s))
            return false;
    return true;
}

static int check_source(const struct fct_plugin *d, const struct fct_source *s, struct fct_error *err)
{
    if (!s)
        return refuse(err, "plugin %s: a source is NULL", d->name);
    if (s->size < SOURCE_SIZE_V1)
        return refuse(err, "plugin %s: a source of %u bytes, ABI 1 has %zu: set .size = sizeof(struct fct_source)",
                      d->name, s->size, SOURCE_SIZE_V1);
    if (!is_name(s->scheme, "+.-", PLUGIN_NAME_MAX))
        return refuse(err, "plugin %s: a source's scheme must match [a-z][a-z0-9+.-]{0,30}", d->name);
    const struct {
        const char *name;
        bool there;
    } needed[] = {{"connect", s->connect},
                  {"close", s->close},
                  {"list", s->list},
                  {"select", s->select},
                  {"list_messages", s->list_messages},
                  {"fetch", s->fetch}};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (!needed[i].there)
            return refuse(err, "plugin %s: source %s has no %s", d->name, s->scheme, needed[i].name);
    return 0;
}

static int check_filter(const struct fct_plugin *d, const struct fct_filter *f, struct fct_error *err)
{
    if (!f)
        return refuse(err, "plugin %s: a filter is NULL", d->name);
    if (f->size < FILTER_SIZE_V1)
        return refuse(err, "plugin %s: a filter of %u bytes, ABI 1 has %zu: set .size = sizeof(struct fct_filter)",
                      d->name, f->size, FILTER_SIZE_V1);
    if (!is_name(f->name, "-", PLUGIN_NAME_MAX))
        return refuse(err, "plugin %s: a filter's name must match [a-z][a-z0-9-]{0,30}", d->name);
    if (!f->judge)
        return refuse(err, "plugin %s: filter %s has no judge", d->name, f->name);
    if (!f->open != !f->close)
        return refuse(err, "plugin %s: filter %s has one of open and close without the other", d->name, f->name);
    return 0;
}

static int check_transport(const struct fct_plugin *d, const struct fct_transport *t, struct fct_error *err)
{
    if (!t)
        return refuse(err, "plugin %s: a transport is NULL", d->name);
    if (t->size < TRANSPORT_SIZE_V1)
        return refuse(err,
                      "plugin %s: a transport of %u bytes, ABI 1 has %zu: set .size = sizeof(struct fct_transport)",
                      d->name, t->size, TRANSPORT_SIZE_V1);
    if (!is_name(t->scheme, "+.-", PLUGIN_NAME_MAX))
        return refuse(err, "plugin %s: a transport's scheme must match [a-z][a-z0-9+.-]{0,30}", d->name);
    if (!t->connect || !t->close || !t->send)
        return refuse(err, "plugin %s: transport %s has no %s", d->name, t->scheme,
                      !t->connect ? "connect"
                      : !t->close ? "close"
                                  : "send");
    return 0;
}

size_t plugin_transports(const struct fct_plugin *d, const struct fct_transport *const **out)
{
    bool has_them = d->size >= offsetof(struct fct_plugin, n_transports) + sizeof(d->n_transports);
    *out = has_them ? d->transports : NULL;
    return has_them ? d->n_transports : 0;
}

static int check_schema(const struct fct_plugin *d, struct fct_error *err)
{
    if (!d->config_schema)
        return 0;
    json_error_t at;
    json_t *schema = json_loads(d->config_schema, JSON_REJECT_DUPLICATES, &at);
    bool is_object = json_is_object(schema);
    json_decref(schema);
    if (!is_object)
        return refuse(err, "plugin %s: config_schema is no JSON object (line %d: %s)", d->name, at.line, at.text);
    return 0;
}

int plugin_check(const struct fct_plugin *d, struct fct_error *err)
{
    /* `abi` comes right after `size` in every version, so both can be read before anything is known. */
    if (d->size < offsetof(struct fct_plugin, name))
        return refuse(err, "a descriptor of %u bytes: set .size = sizeof(struct fct_plugin)", d->size);
    bool has_name = d->size >= offsetof(struct fct_plugin, version) && is_name(d->name, "-", PLUGIN_NAME_MAX);
    if (d->abi > FCT_ABI)
        return refuse(err,
                      "plugin %s was built for plugin ABI %u, this facteurd offers ABI %d: it needs a newer facteurd",
                      has_name ? d->name : "(no name)", d->abi, FCT_ABI);
    if (d->abi < 1)
        return refuse(err, "plugin %s says ABI %u, this facteurd offers ABI %d: set .abi = FCT_ABI",
                      has_name ? d->name : "(no name)", d->abi, FCT_ABI);
    if (d->size < PLUGIN_SIZE_V1)
        return refuse(err, "a descriptor of %u bytes, ABI 1 has %zu: set .size = sizeof(struct fct_plugin)", d->size,
                      PLUGIN_SIZE_V1);
    if (!has_name)
        return refuse(err, "a plugin's name must match [a-z][a-z0-9-]{0,30}");
    if (!d->version || !d->license || !d->about)
        return refuse(err, "plugin %s: version, license and about must be given", d->name);
    const struct fct_transport *const *transports;
    size_t n_transports = plugin_transports(d, &transports);
    if (d->n_sources > PLUGIN_KINDS_MAX || d->n_filters > PLUGIN_KINDS_MAX || n_transports > PLUGIN_KINDS_MAX)
        return refuse(err, "plugin %s: more than %d sources, filters or transports", d->name, PLUGIN_KINDS_MAX);
    if ((d->n_sources > 0 && !d->sources) || (d->n_filters > 0 && !d->filters) || (n_transports > 0 && !transports))
        return refuse(err, "plugin %s: a count without its list", d->name);
    if (d->n_sources == 0 && d->n_filters == 0 && n_transports == 0)
        return refuse(err, "plugin %s provides nothing: no source, no filter and no transport", d->name);
    if (!d->init)
        return refuse(err, "plugin %s has no init, so it cannot get the host table", d->name);
    for (size_t i = 0; i < d->n_sources; i++)
        if (check_source(d, d->sources[i], err) < 0)
            return -1;
    for (size_t i = 0; i < d->n_filters; i++)
        if (check_filter(d, d->filters[i], err) < 0)
            return -1;
    for (size_t i = 0; i < n_transports; i++)
        if (check_transport(d, transports[i], err) < 0)
            return -1;
    return check_schema(d, err);
}
