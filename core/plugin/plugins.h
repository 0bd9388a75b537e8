/* plugins.h - finding, checking and loading plugins, and what they provide.
 *
 * Every *.so of the plugin directories is opened (RTLD_NOW | RTLD_LOCAL), its descriptor checked, its init called with
 * the host table (plugin/host.c). One that fails is listed with the reason and otherwise ignored. A name is
 * loaded once: the first directory wins.
 * Threads: loop thread.
 */
#ifndef PLUGIN_PLUGINS_H
#define PLUGIN_PLUGINS_H

#include "async/conn.h"
#include "base/cleanup.h"

#include <facteur/plugin.h>
#include <jansson.h>

struct plugins;

/* `dirs` separated by ':'. A directory that does not exist is no error. */
int plugins_load(const char *dirs, struct plugins **out, struct fct_error *err);
void plugins_free(struct plugins *p);
/* The source for a URL scheme ("imap", and "imaps" for the same source with implicit TLS); NULL: none. */
const struct fct_source *plugins_source(struct plugins *p, const char *scheme, bool *out_implicit_tls);
/* The same for a transport. */
const struct fct_transport *plugins_transport(struct plugins *p, const char *scheme, bool *out_implicit_tls);
const char *plugins_transport_schema(struct plugins *p, const struct fct_transport *transport);
/* The config_schema of the plugin that a source is of, or NULL. */
const char *plugins_config_schema(struct plugins *p, const struct fct_source *source);
size_t plugins_filters(struct plugins *p, const struct fct_filter *const **out);
/* For Plugin/get: array of {id, name, version, license, about, path, kinds: [...], schemes: [...], configSchema,
 * state: loaded|refused, reason}. New reference. */
json_t *plugins_json(struct plugins *p);
/* Checks a descriptor as the loader does; for the loader's tests. */
int plugin_check(const struct fct_plugin *d, struct fct_error *err);
/* Its transports: none in a descriptor that is older than they are. */
size_t plugin_transports(const struct fct_plugin *d, const struct fct_transport *const **out);

/* What the host table needs to know of an account: filled by account/, seen by plugins as an opaque handle. */
struct tls_trust;
struct fct_account {
    const char *label; /* for logs: "account work (a1)" */
    struct fct_endpoint endpoint;
    struct tls_trust *trust;
    struct conn_group conns; /* those that the plugin opened and has not closed */
    const char *(*get)(struct fct_account *acc, const char *key);
    int (*secret)(struct fct_account *acc, const char *name, char *buf, size_t cap,
                  struct fct_error *err); /* suspends */
    /* As fct_host.account_token; NULL: no account with OAuth. Suspends. */
    int (*token)(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap, struct fct_error *err);
};
/* The table handed to plugins. */
const struct fct_host *plugin_host(void);

#endif
