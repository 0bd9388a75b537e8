#include "plugin/plugins.h"

#include "base/alloc.h"
#include "base/error.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PLUGINS_MAX 256 /* shared objects looked at, in all directories together */

struct plugin {
    char *path;
    char *reason;               /* why it was refused; NULL: loaded */
    void *handle;               /* NULL: refused */
    const struct fct_plugin *d; /* NULL: refused */
};

struct plugins {
    struct plugin *list;
    size_t n;
    const struct fct_filter **filters;
    size_t n_filters;
};

static bool names_shared_object(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".so") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of a directory's shared objects, in the order of their names. -1 with errno. */
static int find_files(const char *dir, char ***out, size_t *out_n)
{
    DIR *d = opendir(dir);
    if (!d)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    char **paths = NULL;
    size_t n = 0;
    for (struct dirent *e; n < PLUGINS_MAX && (e = readdir(d));) {
        if (!names_shared_object(e->d_name))
            continue;
        paths = xreallocarray(paths, n + 1, sizeof(*paths));
        paths[n++] = xasprintf("%s/%s", dir, e->d_name);
    }
    closedir(d);
    if (n > 0)
        qsort(paths, n, sizeof(*paths), by_name);
    *out = paths;
    *out_n = n;
    return 0;
}

static int check_rights(const char *path, const struct stat *st, struct fct_error *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s belongs to another user (uid %u)", path,
                        (unsigned)st->st_uid);
    if (st->st_mode & S_IWOTH)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s can be written by everyone", path);
    return 0;
}

/* Its code runs with all of the user's rights: nobody else may have put it there, nor put it there between this look
 * and the loading. */
static int check_file(const char *path, struct fct_error *err)
{
    CLEANUP(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path) + 1);
    struct stat st;
    if (stat(dir, &st) < 0)
        return fct_fail_errno(err, errno, "%s", dir);
    if (check_rights(dir, &st, err) < 0)
        return -1;
    if (stat(path, &st) < 0)
        return fct_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s is no regular file", path);
    return check_rights(path, &st, err);
}

static bool scheme_is_taken(const struct plugins *p, const char *scheme)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; p->list[i].d && k < p->list[i].d->n_sources; k++)
            if (strcmp(p->list[i].d->sources[k]->scheme, scheme) == 0)
                return true;
    return false;
}

static bool transport_is_taken(const struct plugins *p, const char *scheme)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct fct_transport *const *list = NULL;
        size_t n = p->list[i].d ? plugin_transports(p->list[i].d, &list) : 0;
        for (size_t k = 0; k < n; k++)
            if (strcmp(list[k]->scheme, scheme) == 0)
                return true;
    }
    return false;
}

/* What only shows beside the others. */
static int check_against_others(const struct plugins *p, const struct fct_plugin *d, struct fct_error *err)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].d && strcmp(p->list[i].d->name, d->name) == 0)
            return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "plugin %s is loaded already, from %s", d->name,
                            p->list[i].path);
    for (size_t i = 0; i < d->n_sources; i++)
        if (scheme_is_taken(p, d->sources[i]->scheme))
            return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "plugin %s: another plugin serves %s:// already",
                            d->name, d->sources[i]->scheme);
    const struct fct_transport *const *transports;
    size_t n = plugin_transports(d, &transports);
    for (size_t i = 0; i < n; i++)
        if (transport_is_taken(p, transports[i]->scheme))
            return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "plugin %s: another plugin sends over %s:// already",
                            d->name, transports[i]->scheme);
    return 0;
}

static int load_one(const struct plugins *p, struct plugin *one, struct fct_error *err)
{
    if (check_file(one->path, err) < 0)
        return -1;
    void *handle = dlopen(one->path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s", dlerror());
    const struct fct_plugin *d = dlsym(handle, "fct_plugin");
    int rc = d ? 0 : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s exports no fct_plugin", one->path);
    if (rc == 0)
        rc = plugin_check(d, err);
    if (rc == 0)
        rc = check_against_others(p, d, err);
    if (rc == 0 && d->init(plugin_host(), err) < 0)
        rc = fct_error_prefix(err, "plugin %s does not start", d->name);
    if (rc < 0) {
        dlclose(handle);
        return -1;
    }
    one->handle = handle;
    one->d = d;
    return 0;
}

static void add_filters(struct plugins *p, const struct fct_plugin *d)
{
    for (size_t i = 0; i < d->n_filters; i++) {
        p->filters = xreallocarray(p->filters, p->n_filters + 1, sizeof(struct fct_filter *));
        p->filters[p->n_filters++] = d->filters[i];
    }
}

/* Takes `path`. */
static void add_file(struct plugins *p, char *path)
{
    struct plugin one = {.path = path};
    struct fct_error why = {0};
    if (load_one(p, &one, &why) < 0)
        one.reason = xstrdup(why.message);
    p->list = xreallocarray(p->list, p->n + 1, sizeof(*p->list));
    p->list[p->n++] = one;
    if (one.d)
        add_filters(p, one.d);
}

DEFINE_FREEP(struct plugins *, plugins_free);

int plugins_load(const char *dirs, struct plugins **out, struct fct_error *err)
{
    CLEANUP(plugins_freep) struct plugins *p = XNEW(struct plugins);
    CLEANUP(freep) char *copy = xstrdup(dirs ? dirs : "");
    char *rest = copy;

    for (char *dir; (dir = strsep(&rest, ":"));) {
        char **paths = NULL;
        size_t n = 0;
        if (dir[0] == '\0')
            continue;
        if (find_files(dir, &paths, &n) < 0)
            return fct_fail_errno(err, errno, "plugin directory %s", dir);
        for (size_t i = 0; i < n; i++) {
            if (p->n < PLUGINS_MAX)
                add_file(p, paths[i]);
            else
                free(paths[i]);
        }
        free(paths);
    }
    *out = TAKE(p);
    return 0;
}

void plugins_free(struct plugins *p)
{
    if (!p)
        return;
    for (size_t i = p->n; i-- > 0;) {
        struct plugin *one = &p->list[i];
        if (one->d && one->d->done)
            one->d->done();
        if (one->handle)
            dlclose(one->handle);
        free(one->path);
        free(one->reason);
    }
    free(p->list);
    free(p->filters);
    free(p);
}

/* "imaps" is imap with TLS, where imap says that it has a port for it. */
static bool is_tls_scheme(const char *of, uint16_t tls_port, const char *scheme)
{
    size_t n = strlen(of);
    return tls_port != 0 && strncmp(scheme, of, n) == 0 && strcmp(scheme + n, "s") == 0;
}

const struct fct_source *plugins_source(struct plugins *p, const char *scheme, bool *out_implicit_tls)
{
    const struct fct_source *tls = NULL;
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; p->list[i].d && k < p->list[i].d->n_sources; k++) {
            const struct fct_source *s = p->list[i].d->sources[k];
            if (strcmp(s->scheme, scheme) == 0) {
                *out_implicit_tls = false;
                return s;
            }
            if (is_tls_scheme(s->scheme, s->tls_port, scheme))
                tls = s;
        }
    if (tls)
        *out_implicit_tls = true;
    return tls;
}

const char *plugins_config_schema(struct plugins *p, const struct fct_source *source)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; p->list[i].d && k < p->list[i].d->n_sources; k++)
            if (p->list[i].d->sources[k] == source)
                return p->list[i].d->config_schema;
    return NULL;
}

const struct fct_transport *plugins_transport(struct plugins *p, const char *scheme, bool *out_implicit_tls)
{
    const struct fct_transport *tls = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const struct fct_transport *const *list = NULL;
        size_t n = p->list[i].d ? plugin_transports(p->list[i].d, &list) : 0;
        for (size_t k = 0; k < n; k++) {
            if (strcmp(list[k]->scheme, scheme) == 0) {
                *out_implicit_tls = false;
                return list[k];
            }
            if (is_tls_scheme(list[k]->scheme, list[k]->tls_port, scheme))
                tls = list[k];
        }
    }
    if (tls)
        *out_implicit_tls = true;
    return tls;
}

const char *plugins_transport_schema(struct plugins *p, const struct fct_transport *transport)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct fct_transport *const *list = NULL;
        size_t n = p->list[i].d ? plugin_transports(p->list[i].d, &list) : 0;
        for (size_t k = 0; k < n; k++)
            if (list[k] == transport)
                return p->list[i].d->config_schema;
    }
    return NULL;
}

size_t plugins_filters(struct plugins *p, const struct fct_filter *const **out)
{
    *out = p->filters;
    return p->n_filters;
}

/* ---- for Plugin/get ------------------------------------------------------------------------------------- */

/* A plugin's text may be no UTF-8, which JSON cannot carry. */
static json_t *text_or_null(const char *s)
{
    json_t *text = s ? json_string(s) : json_null();
    return text ? text : json_string("(not UTF-8)");
}

static char *id_of(const struct plugin *one)
{
    if (one->d)
        return xstrdup(one->d->name);
    const char *slash = strrchr(one->path, '/');
    const char *base = slash ? slash + 1 : one->path;
    char *id = xstrndup(base, strlen(base) - 3);
    for (char *c = id; *c; c++) /* an id of the API: A-Za-z0-9_- */
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') && *c != '-')
            *c = '_';
    return id;
}

static void add_loaded(json_t *o, const struct fct_plugin *d)
{
    json_t *kinds = json_array(), *schemes = json_array();
    if (d->n_sources > 0)
        json_array_append_new(kinds, json_string("source"));
    if (d->n_filters > 0)
        json_array_append_new(kinds, json_string("filter"));
    const struct fct_transport *const *transports;
    size_t n_transports = plugin_transports(d, &transports);
    if (n_transports > 0)
        json_array_append_new(kinds, json_string("transport"));
    for (size_t i = 0; i < d->n_sources; i++) {
        json_array_append_new(schemes, json_string(d->sources[i]->scheme));
        if (d->sources[i]->tls_port != 0)
            json_array_append_new(schemes, json_sprintf("%ss", d->sources[i]->scheme));
    }
    for (size_t i = 0; i < n_transports; i++) {
        json_array_append_new(schemes, json_string(transports[i]->scheme));
        if (transports[i]->tls_port != 0)
            json_array_append_new(schemes, json_sprintf("%ss", transports[i]->scheme));
    }
    json_object_set_new(o, "version", text_or_null(d->version));
    json_object_set_new(o, "license", text_or_null(d->license));
    json_object_set_new(o, "about", text_or_null(d->about));
    json_object_set_new(o, "kinds", kinds);
    json_object_set_new(o, "schemes", schemes);
    json_object_set_new(o, "configSchema", d->config_schema ? json_loads(d->config_schema, 0, NULL) : json_null());
}

json_t *plugins_json(struct plugins *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n; i++) {
        const struct plugin *one = &p->list[i];
        CLEANUP(freep) char *id = id_of(one);
        json_t *o = json_object();
        json_object_set_new(o, "id", text_or_null(id));
        json_object_set_new(o, "name", text_or_null(id));
        json_object_set_new(o, "path", text_or_null(one->path));
        json_object_set_new(o, "state", json_string(one->d ? "loaded" : "refused"));
        json_object_set_new(o, "reason", text_or_null(one->reason));
        if (one->d)
            add_loaded(o, one->d);
        json_array_append_new(list, o);
    }
    return list;
}
