#include "account/secrets.h"

#include "account/secret_store.h"
#include "account/secret_tree.h"
#include "base/alloc.h"
#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_NAME_MAX 32

static const struct {
    const char *name;
    const struct secret_ops *ops;
} stores[SECRET_STORES] = {
    [SECRET_FILE] = {"file", &secret_file_ops},
    [SECRET_SEALED] = {"encrypted", &secret_sealed_ops},
    [SECRET_KEYRING] = {"keyring", &secret_keyring_ops},
    [SECRET_COMMAND] = {"command", &secret_command_ops},
    [SECRET_CREDENTIAL] = {"credential", &secret_credential_ops},
};

struct owner {
    char *owner, *detail, *address;
    enum secret_store store;
};

struct secrets {
    void *state[SECRET_STORES];
    char *default_path;
    pthread_mutex_t lock; /* of what follows; not held while a store works */
    enum secret_store by_default;
    struct owner *owners;
    size_t n_owners;
};

/* ---- names ---- */

const char *secret_store_name(enum secret_store store)
{
    return stores[store].name;
}

int secret_store_from_name(const char *name)
{
    for (int i = 0; i < SECRET_STORES; i++)
        if (name && strcmp(stores[i].name, name) == 0)
            return i;
    return -1;
}

bool secret_store_is_writable(enum secret_store store)
{
    return stores[store].ops->set != NULL;
}

/* ---- what the stores share ---- */

int secret_hand_over(const char *name, const char *value, size_t n, char *buf, size_t cap, struct fct_error *err)
{
    if (n >= cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the stored %s is longer than %zu bytes", name, cap - 1);
    memcpy(buf, value, n);
    buf[n] = '\0';
    return 0;
}

int secret_not_found(const char *name, struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored", name);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct secret_patience secret_patience(uint64_t ms)
{
    return (struct secret_patience){.deadline_ms = now_ms() + ms};
}

bool secret_is_over(const struct secret_patience *p)
{
    return now_ms() >= p->deadline_ms || (p->is_over && p->is_over(p->ctx));
}

int secret_slice_ms(const struct secret_patience *p)
{
    uint64_t now = now_ms(), left = p->deadline_ms > now ? p->deadline_ms - now : 0;
    return left < 100 ? (int)left : 100;
}

/* ---- opening ---- */

static void load_default(struct secrets *s)
{
    char name[DEFAULT_NAME_MAX] = "";
    CLEANUP(fclosep) FILE *f = fopen(s->default_path, "re");
    if (f && fgets(name, sizeof(name), f))
        name[strcspn(name, "\n")] = '\0';
    int store = secret_store_from_name(name);
    s->by_default = store >= 0 && secret_store_is_writable((enum secret_store)store) ? (enum secret_store)store : SECRET_FILE;
}

int secrets_open(const char *profile_dir, struct secrets **out, struct fct_error *err)
{
    struct secrets *s = XNEW(struct secrets);
    s->default_path = xasprintf("%s/secrets.default", profile_dir);
    pthread_mutex_init(&s->lock, NULL);
    load_default(s);
    for (int i = 0; i < SECRET_STORES; i++)
        if (stores[i].ops->open && stores[i].ops->open(profile_dir, &s->state[i], err) < 0) {
            secrets_free(s);
            return -1;
        }
    *out = s;
    return 0;
}

static void owner_done(struct owner *o)
{
    free(o->owner);
    free(o->detail);
    free(o->address);
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    for (int i = 0; i < SECRET_STORES; i++)
        if (s->state[i])
            stores[i].ops->close(s->state[i]);
    for (size_t i = 0; i < s->n_owners; i++)
        owner_done(&s->owners[i]);
    free(s->owners);
    pthread_mutex_destroy(&s->lock);
    free(s->default_path);
    free(s);
}

/* ---- places ---- */

static struct owner *find_owner(struct secrets *s, const char *owner)
{
    for (size_t i = 0; i < s->n_owners; i++)
        if (strcmp(s->owners[i].owner, owner) == 0)
            return &s->owners[i];
    return NULL;
}

static char *copy_or_null(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

void secrets_place(struct secrets *s, const char *owner, const struct secret_place *place)
{
    pthread_mutex_lock(&s->lock);
    struct owner *o = find_owner(s, owner);
    if (!place) {
        if (o) {
            owner_done(o);
            *o = s->owners[--s->n_owners];
        }
    } else {
        struct owner made = {xstrdup(owner), copy_or_null(place->detail), copy_or_null(place->address), place->store};
        if (o) {
            owner_done(o);
        } else {
            s->owners = xreallocarray(s->owners, s->n_owners + 1, sizeof(s->owners[0]));
            o = &s->owners[s->n_owners++];
        }
        *o = made;
    }
    pthread_mutex_unlock(&s->lock);
}

/* A copy, as others may change it meanwhile. */
static struct owner place_of(struct secrets *s, const char *owner)
{
    pthread_mutex_lock(&s->lock);
    const struct owner *o = find_owner(s, owner);
    struct owner copy = {0};
    if (o)
        copy = (struct owner){xstrdup(owner), copy_or_null(o->detail), copy_or_null(o->address), o->store};
    pthread_mutex_unlock(&s->lock);
    return copy;
}

static struct secret_place as_place(const struct owner *o)
{
    return (struct secret_place){o->store, o->detail, o->address};
}

enum secret_store secrets_store_of(struct secrets *s, const char *owner)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    return o.store;
}

enum secret_store secrets_default(struct secrets *s)
{
    pthread_mutex_lock(&s->lock);
    enum secret_store store = s->by_default;
    pthread_mutex_unlock(&s->lock);
    return store;
}

/* Where this one of an owner with such a place is: a place that can only be read holds a password and nothing else. */
static struct secret_place place_for(struct secrets *s, const struct secret_place *place, const char *name)
{
    if (secret_store_is_writable(place->store) || strcmp(name, "password") == 0)
        return *place;
    return (struct secret_place){secrets_default(s), NULL, place->address};
}

/* ---- one secret ---- */

static int get_at(struct secrets *s, const struct secret_place *at, const char *owner, const char *name, const struct secret_patience *patience,
                  char *buf, size_t cap, struct fct_error *err)
{
    struct secret_question q = {.place = at, .owner = owner, .name = name, .patience = patience};
    return stores[at->store].ops->get(s->state[at->store], &q, buf, cap, err);
}

static int set_at(struct secrets *s, const struct secret_place *at, const char *owner, const char *name, const char *value, struct fct_error *err)
{
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    struct secret_question q = {.place = at, .owner = owner, .name = name, .patience = &patience};
    if (stores[at->store].ops->set)
        return stores[at->store].ops->set(s->state[at->store], &q, value, err);
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "the %s cannot be stored: it comes from a %s, which can only be read", name,
                    secret_store_name(at->store));
}

static int remove_at(struct secrets *s, enum secret_store store, const char *owner, const char *name, struct fct_error *err)
{
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    struct secret_place at = {.store = store};
    struct secret_question q = {.place = &at, .owner = owner, .name = name, .patience = &patience};
    return stores[store].ops->remove ? stores[store].ops->remove(s->state[store], &q, err) : 0;
}

int secrets_get_from(struct secrets *s, const struct secret_place *place, const char *owner, const char *name,
                     const struct secret_patience *patience, char *buf, size_t cap, struct fct_error *err)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    struct secret_place own = as_place(&o), at = place_for(s, place ? place : &own, name);
    return get_at(s, &at, owner, name, patience, buf, cap, err);
}

int secrets_get(struct secrets *s, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    return secrets_get_from(s, NULL, owner, name, &patience, buf, cap, err);
}

int secrets_set(struct secrets *s, const char *owner, const char *name, const char *value, struct fct_error *err)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    struct secret_place place = as_place(&o), at = place_for(s, &place, name);
    if (strlen(value) >= SECRET_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the %s is longer than %d bytes", name, SECRET_MAX - 1);
    return set_at(s, &at, owner, name, value, err);
}

/* ---- all of an owner's ---- */

/* Those in a writable store; one that is locked or not there has none that we could see. */
static json_t *names_in(struct secrets *s, enum secret_store store, const char *owner, struct fct_error *err)
{
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    struct secret_place at = {.store = store};
    struct secret_question q = {.place = &at, .owner = owner, .patience = &patience};
    json_t *names = json_array();
    if (stores[store].ops->names(s->state[store], &q, names, err) == 0)
        return names;
    json_decref(names);
    return NULL;
}

/* The stores that an owner's secrets are in: his own, and the one for what that cannot take. */
static void stores_of(struct secrets *s, const struct secret_place *place, bool *out)
{
    memset(out, 0, SECRET_STORES * sizeof(*out));
    out[place->store] = true;
    if (!secret_store_is_writable(place->store))
        out[secrets_default(s)] = true;
}

int secrets_remove(struct secrets *s, const char *owner, struct fct_error *err)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    struct secret_place place = as_place(&o);
    bool is_in[SECRET_STORES];
    int result = 0;
    stores_of(s, &place, is_in);
    is_in[SECRET_FILE] = true; /* costs nothing, and is where they were before they were moved */
    for (int i = 0; i < SECRET_STORES; i++)
        if (is_in[i] && remove_at(s, (enum secret_store)i, owner, NULL, err) < 0)
            result = -1;
    secrets_place(s, owner, NULL);
    return result;
}

/* Written, and read again. */
static int copy_one(struct secrets *s, const struct secret_place *from, const struct secret_place *to, const char *owner, const char *name,
                    struct fct_error *err)
{
    char value[SECRET_MAX], again[SECRET_MAX];
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    int result = get_at(s, from, owner, name, &patience, value, sizeof(value), err);
    if (result == 0)
        result = set_at(s, to, owner, name, value, err);
    if (result == 0)
        result = get_at(s, to, owner, name, &patience, again, sizeof(again), err);
    if (result == 0 && strcmp(value, again) != 0)
        result = fct_fail(err, FCT_E_IO, FCT_RETRY_LATER, "the %s that was stored reads otherwise", name);
    explicit_bzero(value, sizeof(value));
    explicit_bzero(again, sizeof(again));
    return result;
}

/* Everything of the owner's in `store` to where a place would have it; a password that it cannot take is left. */
static int copy_from_store(struct secrets *s, enum secret_store store, const char *owner, const struct secret_place *to, struct fct_error *err)
{
    struct secret_place from = {.store = store};
    json_t *names = names_in(s, store, owner, err), *name;
    size_t i;
    int result = names ? 0 : -1;
    json_array_foreach (names, i, name) {
        struct secret_place at = place_for(s, to, json_string_value(name));
        if (result == 0 && at.store != store && secret_store_is_writable(at.store))
            result = copy_one(s, &from, &at, owner, json_string_value(name), err);
    }
    json_decref(names);
    return result;
}

static int check_readable(struct secrets *s, const char *owner, const struct secret_place *place, struct fct_error *err)
{
    char value[SECRET_MAX];
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    int result = get_at(s, place, owner, "password", &patience, value, sizeof(value), err);
    explicit_bzero(value, sizeof(value));
    return result;
}

/* A password that could only be read comes along, too. */
static int copy_password(struct secrets *s, const char *owner, const struct secret_place *from, const struct secret_place *to, struct fct_error *err)
{
    if (secret_store_is_writable(from->store) || !secret_store_is_writable(to->store))
        return 0;
    return copy_one(s, from, to, owner, "password", err);
}

int secrets_copy(struct secrets *s, const char *owner, const struct secret_place *to, bool has_new, struct fct_error *err)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    struct secret_place from = as_place(&o);
    bool is_in[SECRET_STORES];
    if (!secret_store_is_writable(to->store) && check_readable(s, owner, to, err) < 0)
        return -1;
    if (!has_new && copy_password(s, owner, &from, to, err) < 0)
        return -1;
    stores_of(s, &from, is_in);
    for (int i = 0; i < SECRET_STORES; i++)
        if (is_in[i] && secret_store_is_writable((enum secret_store)i) && copy_from_store(s, (enum secret_store)i, owner, to, err) < 0)
            return -1;
    return 0;
}

/* Whether a store need not even be asked: nobody unlocks a keyring to find that it is empty. */
static bool is_unused(struct secrets *s, enum secret_store store)
{
    return !stores[store].ops->names || (store == SECRET_SEALED && !secret_sealed_exists(s->state[store]));
}

static int forget_in(struct secrets *s, enum secret_store store, const char *owner, const struct secret_place *place, struct fct_error *err)
{
    json_t *names = names_in(s, store, owner, err), *name;
    size_t i;
    int result = names ? 0 : -1;
    json_array_foreach (names, i, name)
        if (result == 0 && place_for(s, place, json_string_value(name)).store != store)
            result = remove_at(s, store, owner, json_string_value(name), err);
    json_decref(names);
    return result;
}

int secrets_forget_elsewhere(struct secrets *s, const char *owner, struct fct_error *err)
{
    CLEANUP(owner_done) struct owner o = place_of(s, owner);
    struct secret_place place = as_place(&o);
    int result = 0;
    for (int i = 0; i < SECRET_STORES; i++) {
        struct fct_error why = {0};
        if (is_unused(s, (enum secret_store)i) || forget_in(s, (enum secret_store)i, owner, &place, &why) == 0 || why.code == FCT_E_UNAVAILABLE)
            continue;
        result = -1;
        if (err)
            *err = why;
    }
    return result;
}

static json_t *owners_elsewhere(struct secrets *s)
{
    json_t *owners = json_array();
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_owners; i++)
        if (s->owners[i].store != SECRET_FILE)
            json_array_append_new(owners, json_string(s->owners[i].owner));
    pthread_mutex_unlock(&s->lock);
    return owners;
}

int secrets_tidy_file(struct secrets *s, struct fct_error *err)
{
    json_auto_t *owners = owners_elsewhere(s);
    json_t *owner;
    size_t i;
    json_array_foreach (owners, i, owner) {
        CLEANUP(owner_done) struct owner o = place_of(s, json_string_value(owner));
        struct secret_place place = as_place(&o);
        if (forget_in(s, SECRET_FILE, json_string_value(owner), &place, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the default ---- */

/* Owners whose tokens are in the default store, because their own place can only be read. */
static json_t *lodgers(struct secrets *s)
{
    json_t *owners = json_array();
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_owners; i++)
        if (!secret_store_is_writable(s->owners[i].store))
            json_array_append_new(owners, json_string(s->owners[i].owner));
    pthread_mutex_unlock(&s->lock);
    return owners;
}

static int move_lodger(struct secrets *s, const char *owner, enum secret_store from, enum secret_store to, bool is_removal, struct fct_error *err)
{
    struct secret_place at = {.store = from}, there = {.store = to};
    json_t *names = names_in(s, from, owner, err), *name;
    size_t i;
    int result = names ? 0 : -1;
    json_array_foreach (names, i, name) {
        const char *text = json_string_value(name);
        if (result == 0 && strcmp(text, "password") != 0)
            result = is_removal ? remove_at(s, from, owner, text, err) : copy_one(s, &at, &there, owner, text, err);
    }
    json_decref(names);
    return result;
}

static int move_lodgers(struct secrets *s, json_t *owners, enum secret_store from, enum secret_store to, bool is_removal, struct fct_error *err)
{
    size_t i;
    json_t *owner;
    json_array_foreach (owners, i, owner)
        if (move_lodger(s, json_string_value(owner), from, to, is_removal, err) < 0)
            return -1;
    return 0;
}

static int write_default(struct secrets *s, enum secret_store store, struct fct_error *err)
{
    char line[DEFAULT_NAME_MAX];
    int n = snprintf(line, sizeof(line), "%s\n", secret_store_name(store));
    if (secret_file_replace(s->default_path, (struct fct_bytes){line, (size_t)n}, err) < 0)
        return -1;
    pthread_mutex_lock(&s->lock);
    s->by_default = store;
    pthread_mutex_unlock(&s->lock);
    return 0;
}

int secrets_set_default(struct secrets *s, enum secret_store store, struct fct_error *err)
{
    enum secret_store before = secrets_default(s);
    if (!secret_store_is_writable(store))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a %s can only be read: it cannot be where passwords are stored", secret_store_name(store));
    if (store == before)
        return 0;
    json_auto_t *owners = lodgers(s);
    struct secret_patience patience = secret_patience(SECRET_PATIENCE_MS);
    if (secrets_look(s, store, &patience, err) < 0 || move_lodgers(s, owners, before, store, false, err) < 0 || write_default(s, store, err) < 0)
        return -1;
    move_lodgers(s, owners, before, store, true, NULL); /* a copy that stays behind does no harm to anything but tidiness */
    return 0;
}

int secrets_look(struct secrets *s, enum secret_store store, const struct secret_patience *patience, struct fct_error *err)
{
    return stores[store].ops->look(s->state[store], patience, err);
}

/* ---- the encrypted file ---- */

int secrets_unlock(struct secrets *s, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err)
{
    return secret_sealed_unlock(s->state[SECRET_SEALED], passphrase, new_passphrase, may_create, err);
}

void secrets_lock(struct secrets *s)
{
    secret_sealed_lock(s->state[SECRET_SEALED]);
}

bool secrets_has_sealed(struct secrets *s)
{
    return secret_sealed_exists(s->state[SECRET_SEALED]);
}
