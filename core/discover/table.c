#include "discover/table.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE_MAX_BYTES (4 << 20)

struct provider_table {
    json_t *root;    /* owns everything */
    json_t *domains; /* pattern -> provider */
    json_t *mx;
};

/* ---- checking --------------------------------------------------------------------------------------------- */

static int bad(struct fct_error *err, const char *id, const char *what)
{
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "the table of providers: %s: %s", id, what);
}

static bool is_one_of(const json_t *value, const char *const *words)
{
    const char *s = json_string_value(value);
    for (; s && *words; words++)
        if (strcmp(s, *words) == 0)
            return true;
    return false;
}

static bool is_https(const json_t *value)
{
    const char *s = json_string_value(value);
    return s && strncmp(s, "https://", 8) == 0 && s[8];
}

static bool has_only(const json_t *object, const char *const *members)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        const char *const *m = members;
        while (*m && strcmp(*m, key) != 0)
            m++;
        if (!*m)
            return false;
    }
    return json_is_object(object);
}

static int check_server(const char *id, const json_t *s, struct fct_error *err)
{
    static const char *const members[] = {"protocol", "host", "port", "tls", "user", NULL};
    static const char *const protocols[] = {"imap", "pop3", "smtp", NULL}, *const tls[] = {"implicit", "starttls", NULL};
    static const char *const users[] = {"address", "localPart", "ask", NULL};
    const char *host = json_string_value(json_object_get(s, "host"));
    json_int_t port = json_integer_value(json_object_get(s, "port"));
    if (!has_only(s, members))
        return bad(err, id, "a server has a member that is not known");
    if (!is_one_of(json_object_get(s, "protocol"), protocols) || !is_one_of(json_object_get(s, "tls"), tls) ||
        !is_one_of(json_object_get(s, "user"), users))
        return bad(err, id, "protocol, tls or user of a server");
    if (!host || (!host_is_name(host) && strcmp(host, "127.0.0.1") != 0) || port < 1 || port > 65535)
        return bad(err, id, "host or port of a server");
    return 0;
}

static int check_need(const char *id, const json_t *n, struct fct_error *err)
{
    static const char *const members[] = {"kind", "text", "url", NULL};
    static const char *const kinds[] = {"appPassword", "switch", "oauth", "bridge", "certificate", "userName", "hint", NULL};
    if (!has_only(n, members) || !is_one_of(json_object_get(n, "kind"), kinds) ||
        !json_string_length(json_object_get(n, "text")) || !is_https(json_object_get(n, "url")))
        return bad(err, id, "one of its needs");
    return 0;
}

/* Into the index; each pattern belongs to one provider. */
static int take_patterns(json_t *index, const char *id, const json_t *patterns, json_t *provider, struct fct_error *err)
{
    size_t i;
    json_t *value;
    if (patterns && !json_is_array(patterns))
        return bad(err, id, "domains and mx are lists");
    json_array_foreach(patterns, i, value)
    {
        const char *p = json_string_value(value);
        if (!p || !host_is_name(strncmp(p, "*.", 2) == 0 ? p + 2 : p) || !strchr(p, '.'))
            return bad(err, id, "a domain or an MX that is no name");
        for (const char *c = p; *c; c++)
            if (*c >= 'A' && *c <= 'Z')
                return bad(err, id, "names are in lower case");
        if (json_object_get(index, p))
            return bad(err, id, "a domain or an MX that belongs to somebody else already");
        json_object_set(index, p, provider);
    }
    return 0;
}

static int take_provider(struct provider_table *t, json_t *p, struct fct_error *err)
{
    static const char *const members[] = {"id", "name", "domains", "mx", "servers", "sasl", "oauth", "needs", "help", NULL};
    const char *id = json_string_value(json_object_get(p, "id"));
    json_t *servers = json_object_get(p, "servers"), *sasl = json_object_get(p, "sasl");
    json_t *oauth = json_object_get(p, "oauth"), *help = json_object_get(p, "help"), *value;
    size_t i;
    if (!id || !*id || !has_only(p, members) || !json_string_length(json_object_get(p, "name")))
        return bad(err, id ? id : "?", "id and name, and nothing that is not known");
    if (!json_array_size(servers) || !json_array_size(sasl) || (oauth && !json_string_length(oauth)) ||
        (!json_is_null(help) && !is_https(help)))
        return bad(err, id, "servers, sasl, oauth or help");
    json_array_foreach(servers, i, value)
    {
        if (check_server(id, value, err) < 0)
            return -1;
    }
    json_array_foreach(json_object_get(p, "needs"), i, value)
    {
        if (check_need(id, value, err) < 0)
            return -1;
    }
    if (!json_array_size(json_object_get(p, "domains")) && !json_array_size(json_object_get(p, "mx")))
        return bad(err, id, "neither domains nor mx");
    if (take_patterns(t->domains, id, json_object_get(p, "domains"), p, err) < 0)
        return -1;
    return take_patterns(t->mx, id, json_object_get(p, "mx"), p, err);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static json_t *read_file(const char *path, struct fct_error *err)
{
    struct stat st;
    json_error_t why;
    CLEANUP(fclosep) FILE *f = fopen(path, "re");
    if (!f || fstat(fileno(f), &st) < 0) {
        fct_fail_errno(err, errno, "the table of providers %s cannot be read", path);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > TABLE_MAX_BYTES) {
        fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "the table of providers %s is no file of at most 4 MiB", path);
        return NULL;
    }
    json_t *root = json_loadf(f, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "the table of providers %s, line %d: %s", path, why.line, why.text);
    return root;
}

int provider_table_load(const char *path, struct provider_table **out, struct fct_error *err)
{
    CLEANUP(provider_table_freep) struct provider_table *t = XNEW(struct provider_table);
    size_t i;
    json_t *provider;
    t->root = read_file(path, err);
    if (!t->root)
        return -1;
    t->domains = json_object();
    t->mx = json_object();
    if (!json_array_size(json_object_get(t->root, "providers")))
        return bad(err, path, "it has none");
    json_array_foreach(json_object_get(t->root, "providers"), i, provider)
    {
        if (take_provider(t, provider, err) < 0)
            return -1;
    }
    *out = TAKE(t);
    return 0;
}

void provider_table_free(struct provider_table *t)
{
    if (!t)
        return;
    json_decref(t->domains);
    json_decref(t->mx);
    json_decref(t->root);
    free(t);
}

size_t provider_table_size(const struct provider_table *t)
{
    return json_array_size(json_object_get(t->root, "providers"));
}

/* ---- looking up ------------------------------------------------------------------------------------------- */

/* The name itself, then "*." and ever less of it: the longest pattern first. */
static const json_t *look_up(const json_t *index, const char *name)
{
    char pattern[260];
    const json_t *found = json_object_get(index, name);
    for (const char *dot = strchr(name, '.'); !found && dot && strlen(dot) < sizeof(pattern) - 2; dot = strchr(dot + 1, '.')) {
        snprintf(pattern, sizeof(pattern), "*%s", dot);
        found = json_object_get(index, pattern);
    }
    return found;
}

const json_t *provider_by_domain(const struct provider_table *t, const char *domain)
{
    return look_up(t->domains, domain);
}

const json_t *provider_by_mx(const struct provider_table *t, const char *host)
{
    return look_up(t->mx, host);
}

json_t *provider_servers(const json_t *provider, const struct mail_address *a)
{
    json_t *list = json_array(), *s;
    size_t i;
    json_array_foreach(json_object_get(provider, "servers"), i, s)
    {
        const char *user = json_string_value(json_object_get(s, "user")), *tls = json_string_value(json_object_get(s, "tls"));
        servers_add(list, &(struct server_spec){
                              .protocol = json_string_value(json_object_get(s, "protocol")),
                              .host = json_string_value(json_object_get(s, "host")),
                              .port = (uint32_t)json_integer_value(json_object_get(s, "port")),
                              .tls = strcmp(tls, "implicit") == 0 ? FCT_TLS_IMPLICIT : FCT_TLS_STARTTLS,
                              .may_be_here = true,
                              .user = strcmp(user, "ask") == 0 ? NULL : strcmp(user, "localPart") == 0 ? a->local : a->address});
    }
    return list;
}

json_t *provider_about(const json_t *p)
{
    json_t *oauth = json_object_get(p, "oauth"), *needs = json_object_get(p, "needs");
    return json_pack("{s:O, s:O, s:O, s:o, s:o, s:O}", "id", json_object_get(p, "id"), "name", json_object_get(p, "name"), "sasl",
                     json_object_get(p, "sasl"), "oauth", oauth ? json_incref(oauth) : json_null(), "needs",
                     needs ? json_incref(needs) : json_array(), "help", json_object_get(p, "help"));
}
