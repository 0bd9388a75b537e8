/* The desktop's keyring: the Secret Service (GNOME Keyring, KWallet, KeePassXC), by libsecret.
 *
 * libsecret is loaded when it is first asked for, so that a machine without a desktop needs neither the library nor a session bus.
 * Its synchronous calls run a main loop of their own on the thread that calls: never the loop's. They have no deadline (a locked
 * keyring asks the user), so a second thread cancels them. */
#include "account/secret_store.h"
#include "base/alloc.h"
#include "base/error.h"

#include <dlfcn.h>
#include <errno.h>
#include <libsecret/secret.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIBRARY "libsecret-1.so.0"

static const SecretSchema schema = {
    .name = "facteur.Secret",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = {{"profile", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"owner", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"name", SECRET_SCHEMA_ATTRIBUTE_STRING}},
};

/* What we use of it. */
struct library {
    void *handle;
    __typeof__(&secret_password_storev_sync) store;
    __typeof__(&secret_password_lookupv_nonpageable_sync) lookup;
    __typeof__(&secret_password_clearv_sync) clear;
    __typeof__(&secret_password_free) free;
    __typeof__(&secret_service_get_sync) get_service;
    __typeof__(&secret_service_disconnect) disconnect;
};

struct keyring {
    char *profile;
    pthread_mutex_t lock; /* one call at a time: a locked keyring should ask once */
    struct library lib;
    GDBusConnection *bus;
};

/* ---- the library ---- */

static bool find_functions(struct library *lib)
{
    const struct {
        void **to;
        const char *name;
    } wanted[] = {
        {(void **)&lib->store, "secret_password_storev_sync"},
        {(void **)&lib->lookup, "secret_password_lookupv_nonpageable_sync"},
        {(void **)&lib->clear, "secret_password_clearv_sync"},
        {(void **)&lib->free, "secret_password_free"},
        {(void **)&lib->get_service, "secret_service_get_sync"},
        {(void **)&lib->disconnect, "secret_service_disconnect"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!(*wanted[i].to = dlsym(lib->handle, wanted[i].name)))
            return false;
    return true;
}

/* GLib's types cannot be unloaded, so it stays. */
static int load_library(struct library *lib, struct fct_error *err)
{
    if (lib->handle)
        return 0;
    lib->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!lib->handle)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_NEVER, "the keyring needs " LIBRARY " (package libsecret-1-0)");
    if (find_functions(lib))
        return 0;
    dlclose(TAKE(lib->handle));
    return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_NEVER, LIBRARY " is too old");
}

/* ---- a deadline for calls that have none ---- */

struct watchdog {
    const struct secret_patience *patience;
    GCancellable *cancel;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
};

static void *watch(void *arg)
{
    struct watchdog *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->is_done) {
        if (secret_is_over(w->patience)) {
            g_cancellable_cancel(w->cancel);
            break;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)secret_slice_ms(w->patience) * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&w->changed, &w->lock, &until);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static int watchdog_start(struct watchdog *w, const struct secret_patience *patience, struct fct_error *err)
{
    w->patience = patience;
    w->cancel = g_cancellable_new();
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    int rc = pthread_create(&w->thread, NULL, watch, w);
    if (rc == 0)
        return 0;
    g_object_unref(w->cancel);
    return fct_fail_errno(err, rc, "no thread can be started");
}

static void watchdog_stop(struct watchdog *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_done = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    g_object_unref(w->cancel);
}

/* ---- the bus ---- */

/* GLib ends the program when its session bus has gone, unless it is told not to. */
static int connect_bus(struct keyring *k, GCancellable *cancel, GError **error)
{
    if (k->bus && g_dbus_connection_is_closed(k->bus)) {
        k->lib.disconnect();
        g_clear_object(&k->bus);
    }
    if (!k->bus)
        k->bus = g_bus_get_sync(G_BUS_TYPE_SESSION, cancel, error);
    if (!k->bus)
        return -1;
    g_dbus_connection_set_exit_on_close(k->bus, FALSE);
    return 0;
}

static int fail(GError *error, struct fct_error *err)
{
    const char *text = error ? error->message : "it does not say why";
    bool is_over = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    bool is_locked = error && (error->domain != G_IO_ERROR && strstr(text, "locked"));
    if (is_over)
        fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "the keyring did not answer in time: does it ask for its password?");
    else if (is_locked)
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_LATER, "the keyring is locked: %.200s", text);
    else
        fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the keyring cannot be used: %.200s", text);
    if (err)
        err->user_action = is_locked;
    g_clear_error(&error);
    return -1;
}

/* Runs fn with the lock, the library, the bus and a deadline. */
struct call {
    struct keyring *k;
    const struct secret_question *q; /* NULL: none */
    const char *value;
    char *buf;
    size_t cap;
    json_t *names;
    GHashTable *attributes;
    GCancellable *cancel;
    GError *error;
};

/* libsecret remembers the service by the name of its connection, and a service that was started anew has another. */
static bool is_gone(const GError *error)
{
    return error && (error->domain == G_DBUS_ERROR || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED));
}

static int run_locked(struct call *c, const struct secret_patience *patience, int (*fn)(struct call *c, struct fct_error *err), struct fct_error *err)
{
    struct watchdog w = {0};
    if (load_library(&c->k->lib, err) < 0 || watchdog_start(&w, patience, err) < 0)
        return -1;
    c->cancel = w.cancel;
    int result = connect_bus(c->k, w.cancel, &c->error) < 0 ? -1 : fn(c, err);
    if (result < 0 && c->error)
        c->k->lib.disconnect();
    if (result < 0 && is_gone(c->error)) {
        g_clear_error(&c->error);
        result = connect_bus(c->k, w.cancel, &c->error) < 0 ? -1 : fn(c, err);
    }
    watchdog_stop(&w);
    return result < 0 && c->error ? fail(TAKE(c->error), err) : result;
}

static int run(struct call *c, const struct secret_patience *patience, int (*fn)(struct call *c, struct fct_error *err), struct fct_error *err)
{
    c->attributes = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(c->attributes, (gpointer) "profile", c->k->profile);
    if (c->q) {
        g_hash_table_insert(c->attributes, (gpointer) "owner", (gpointer)c->q->owner);
        if (c->q->name)
            g_hash_table_insert(c->attributes, (gpointer) "name", (gpointer)c->q->name);
    }
    pthread_mutex_lock(&c->k->lock);
    int result = run_locked(c, patience, fn, err);
    pthread_mutex_unlock(&c->k->lock);
    g_hash_table_unref(c->attributes);
    return result;
}

/* ---- the store ---- */

/* ---- looking for items ----
 *
 * By D-Bus itself: libsecret makes a proxy of each item for this, and GLib leaves some bytes of each behind. */

static GVariant *call_service(struct call *c, const char *path, const char *interface, const char *method, GVariant *arguments, const char *answer)
{
    return g_dbus_connection_call_sync(c->k->bus, "org.freedesktop.secrets", path, interface, method, arguments, G_VARIANT_TYPE(answer),
                                       G_DBUS_CALL_FLAGS_NONE, -1, c->cancel, &c->error);
}

/* (aoao): the paths of those that fit, unlocked and locked. */
static GVariant *find_items(struct call *c)
{
    GVariantBuilder fitting;
    GHashTableIter i;
    gpointer name, value;
    g_variant_builder_init(&fitting, G_VARIANT_TYPE("a{ss}"));
    g_hash_table_iter_init(&i, c->attributes);
    while (g_hash_table_iter_next(&i, &name, &value))
        g_variant_builder_add(&fitting, "{ss}", name, value);
    return call_service(c, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "SearchItems", g_variant_new("(a{ss})", &fitting), "(aoao)");
}

static int fail_locked(struct fct_error *err)
{
    fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_LATER, "the keyring is locked");
    if (err)
        err->user_action = 1;
    return -1;
}

static gsize count(GVariant *found, gsize which)
{
    GVariant *paths = g_variant_get_child_value(found, which);
    gsize n = g_variant_n_children(paths);
    g_variant_unref(paths);
    return n;
}

/* Whoever was asked to unlock it may have said no, which is no error to libsecret. */
static int fail_not_there(struct call *c, struct fct_error *err)
{
    GVariant *found = find_items(c);
    if (!found)
        return -1;
    bool is_locked = count(found, 1) > 0;
    g_variant_unref(found);
    return is_locked ? fail_locked(err) : secret_not_found(c->q->name, err);
}

static int do_get(struct call *c, struct fct_error *err)
{
    gchar *value = c->k->lib.lookup(&schema, c->attributes, c->cancel, &c->error);
    if (!value)
        return c->error ? -1 : fail_not_there(c, err);
    int result = secret_hand_over(c->q->name, value, strlen(value), c->buf, c->cap, err);
    c->k->lib.free(value); /* wipes it */
    return result;
}

static int keyring_get(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    return run(&(struct call){.k = self, .q = q, .buf = buf, .cap = cap}, q->patience, do_get, err);
}

static int do_set(struct call *c, struct fct_error *err)
{
    (void)err;
    const char *whose = c->q->place->address ? c->q->place->address : c->q->owner;
    CLEANUP(freep) char *label = xasprintf("Facteur: %s of %s", c->q->name, whose);
    return c->k->lib.store(&schema, c->attributes, SECRET_COLLECTION_DEFAULT, label, c->value, c->cancel, &c->error) ? 0 : -1;
}

static int keyring_set(void *self, const struct secret_question *q, const char *value, struct fct_error *err)
{
    return run(&(struct call){.k = self, .q = q, .value = value}, q->patience, do_set, err);
}

static int do_remove(struct call *c, struct fct_error *err)
{
    (void)err;
    c->k->lib.clear(&schema, c->attributes, c->cancel, &c->error); /* false without an error: there was none */
    return c->error ? -1 : 0;
}

static int keyring_remove(void *self, const struct secret_question *q, struct fct_error *err)
{
    return run(&(struct call){.k = self, .q = q}, q->patience, do_remove, err);
}

static int add_name(struct call *c, const char *path)
{
    const char *name = NULL;
    GVariant *attributes = NULL;
    GVariant *answer = call_service(c, path, "org.freedesktop.DBus.Properties", "Get",
                                    g_variant_new("(ss)", "org.freedesktop.Secret.Item", "Attributes"), "(v)");
    if (!answer)
        return -1;
    g_variant_get(answer, "(v)", &attributes);
    if (g_variant_is_of_type(attributes, G_VARIANT_TYPE("a{ss}")) && g_variant_lookup(attributes, "name", "&s", &name))
        json_array_append_new(c->names, json_string(name));
    g_variant_unref(attributes);
    g_variant_unref(answer);
    return 0;
}

/* Asking for one of them is what asks the user to unlock it. */
static void ask_to_unlock(struct call *c)
{
    c->k->lib.free(c->k->lib.lookup(&schema, c->attributes, c->cancel, &c->error));
}

static int do_names(struct call *c, struct fct_error *err)
{
    GVariant *found = find_items(c);
    if (found && count(found, 1) > 0) {
        g_variant_unref(found);
        ask_to_unlock(c);
        found = c->error ? NULL : find_items(c);
    }
    if (!found)
        return -1;
    int result = count(found, 1) > 0 ? fail_locked(err) : 0;
    GVariant *paths = g_variant_get_child_value(found, 0);
    for (gsize i = 0; i < g_variant_n_children(paths) && result == 0; i++) {
        const char *path;
        g_variant_get_child(paths, i, "&o", &path);
        result = add_name(c, path);
    }
    g_variant_unref(paths);
    g_variant_unref(found);
    return result;
}

static int keyring_names(void *self, const struct secret_question *q, json_t *to, struct fct_error *err)
{
    return run(&(struct call){.k = self, .q = q, .names = to}, q->patience, do_names, err);
}

static int do_look(struct call *c, struct fct_error *err)
{
    (void)err;
    SecretService *service = c->k->lib.get_service(SECRET_SERVICE_OPEN_SESSION, c->cancel, &c->error);
    if (service)
        g_object_unref(service);
    return service ? 0 : -1;
}

static int keyring_look(void *self, const struct secret_patience *patience, struct fct_error *err)
{
    return run(&(struct call){.k = self}, patience, do_look, err);
}

static int keyring_open(const char *profile_dir, void **out, struct fct_error *err)
{
    (void)err;
    struct keyring *k = XNEW(struct keyring);
    char *real = realpath(profile_dir, NULL);
    k->profile = xstrdup(real ? real : profile_dir);
    free(real);
    pthread_mutex_init(&k->lock, NULL);
    *out = k;
    return 0;
}

static void keyring_close(void *self)
{
    struct keyring *k = self;
    if (k->lib.handle)
        k->lib.disconnect();
    if (k->bus)
        g_object_unref(k->bus);
    pthread_mutex_destroy(&k->lock);
    free(k->profile);
    free(k);
}

const struct secret_ops secret_keyring_ops = {
    .open = keyring_open,
    .close = keyring_close,
    .get = keyring_get,
    .set = keyring_set,
    .remove = keyring_remove,
    .names = keyring_names,
    .look = keyring_look,
};
