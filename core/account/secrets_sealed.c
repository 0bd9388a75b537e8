/* PROFILE/secrets.encrypted: the same as PROFILE/secrets, encrypted with a passphrase that is asked for when facteurd starts
 * (`facteur unlock`), or that systemd hands over as the credential facteur-passphrase. While it is unlocked its key is kept, not
 * what is in it. */
#include "account/secret_store.h"
#include "account/secret_tree.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/seal.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PASSPHRASE_CREDENTIAL "facteur-passphrase"

struct sealed {
    char *path;
    pthread_mutex_t lock;
    struct seal_key *key; /* NULL: locked */
};

bool secret_sealed_exists(void *self)
{
    struct stat st;
    return stat(((struct sealed *)self)->path, &st) == 0;
}

static int fail_closed(struct sealed *f, struct fct_error *err)
{
    if (!secret_sealed_exists(f))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "nothing is encrypted here yet: 'facteur secrets encrypt' begins it");
    fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "the passwords are locked: 'facteur unlock' asks for the passphrase");
    if (err)
        err->user_action = 1;
    return -1;
}

static int load(struct sealed *f, json_t **out, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf sealed = {0}, text = {0};
    if (!f->key)
        return fail_closed(f, err);
    if (secret_file_read(f->path, &sealed, err) < 0)
        return -1;
    if (sealed.n && seal_open(f->key, buf_bytes(&sealed), &text, err) < 0)
        return fct_error_prefix(err, "%s", f->path);
    return secret_tree_parse(buf_bytes(&text), f->path, out, err);
}

static int save_with(struct sealed *f, const struct seal_key *key, const json_t *tree, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf text = {0}, sealed = {0};
    if (secret_tree_dump(tree, f->path, &text, err) < 0 || seal_close(key, buf_bytes(&text), &sealed, err) < 0)
        return -1;
    if (sealed.n > SECRET_TREE_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s would be larger than %d bytes", f->path, SECRET_TREE_MAX);
    return secret_file_replace(f->path, buf_bytes(&sealed), err);
}

/* ---- unlocking ---- */

static int create(struct sealed *f, const char *passphrase, struct fct_error *err)
{
    CLEANUP(seal_key_freep) struct seal_key *key = NULL;
    CLEANUP(secret_tree_wipe) json_t *tree = json_object();
    if (seal_key_new(passphrase, &key, err) < 0 || save_with(f, key, tree, err) < 0)
        return -1;
    f->key = TAKE(key);
    return 0;
}

static int change(struct sealed *f, const char *passphrase, struct fct_error *err)
{
    CLEANUP(seal_key_freep) struct seal_key *key = NULL, *before = NULL;
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    if (load(f, &tree, err) < 0 || seal_key_new(passphrase, &key, err) < 0 || save_with(f, key, tree, err) < 0)
        return -1;
    before = f->key;
    f->key = TAKE(key);
    return 0;
}

static int unlock_locked(struct sealed *f, const char *passphrase, bool may_create, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf sealed = {0}, text = {0};
    CLEANUP(seal_key_freep) struct seal_key *key = NULL, *before = NULL;
    if (secret_file_read(f->path, &sealed, err) < 0)
        return -1;
    if (sealed.n == 0 && may_create)
        return create(f, passphrase, err);
    if (sealed.n == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "nothing is encrypted here yet: 'facteur secrets encrypt' begins it");
    if (seal_key_of(buf_bytes(&sealed), passphrase, &key, err) < 0 || seal_open(key, buf_bytes(&sealed), &text, err) < 0)
        return fct_error_prefix(err, "%s", f->path);
    before = f->key;
    f->key = TAKE(key);
    return 0;
}

int secret_sealed_unlock(void *self, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err)
{
    struct sealed *f = self;
    pthread_mutex_lock(&f->lock);
    int result = unlock_locked(f, passphrase, may_create, err);
    if (result == 0 && new_passphrase)
        result = change(f, new_passphrase, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

void secret_sealed_lock(void *self)
{
    struct sealed *f = self;
    pthread_mutex_lock(&f->lock);
    seal_key_free(TAKE(f->key));
    pthread_mutex_unlock(&f->lock);
}

/* ---- the store ---- */

static void sealed_close(void *self)
{
    struct sealed *f = self;
    seal_key_free(f->key);
    pthread_mutex_destroy(&f->lock);
    free(f->path);
    free(f);
}

/* What systemd hands over unlocks it; if not, whoever asks for a password is told that it is locked. */
static void unlock_by_credential(struct sealed *f)
{
    char passphrase[SECRET_MAX];
    struct secret_patience now = secret_patience(0);
    struct secret_place place = {.store = SECRET_CREDENTIAL, .detail = PASSPHRASE_CREDENTIAL};
    struct secret_question q = {.place = &place, .owner = "", .name = "password", .patience = &now};
    if (secret_sealed_exists(f) && secret_credential_ops.get(NULL, &q, passphrase, sizeof(passphrase), NULL) == 0)
        unlock_locked(f, passphrase, false, NULL);
    explicit_bzero(passphrase, sizeof(passphrase));
}

static int sealed_open(const char *profile_dir, void **out, struct fct_error *err)
{
    (void)err;
    struct sealed *f = XNEW(struct sealed);
    f->path = xasprintf("%s/secrets.encrypted", profile_dir);
    pthread_mutex_init(&f->lock, NULL);
    secret_file_tidy(f->path);
    unlock_by_credential(f);
    *out = f;
    return 0;
}

static int get_locked(struct sealed *f, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    return load(f, &tree, err) < 0 ? -1 : secret_tree_get(tree, q->owner, q->name, buf, cap, err);
}

static int sealed_get(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    struct sealed *f = self;
    pthread_mutex_lock(&f->lock);
    int result = get_locked(f, q, buf, cap, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

static int set_locked(struct sealed *f, const struct secret_question *q, const char *value, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    if (load(f, &tree, err) < 0 || secret_tree_set(tree, q->owner, q->name, value, err) < 0)
        return -1;
    return save_with(f, f->key, tree, err);
}

static int sealed_set(void *self, const struct secret_question *q, const char *value, struct fct_error *err)
{
    struct sealed *f = self;
    pthread_mutex_lock(&f->lock);
    int result = set_locked(f, q, value, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

/* Nothing to remove where there is no file. */
static int remove_locked(struct sealed *f, const struct secret_question *q, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    if (!f->key && !secret_sealed_exists(f))
        return 0;
    if (load(f, &tree, err) < 0)
        return -1;
    return secret_tree_remove(tree, q->owner, q->name) ? save_with(f, f->key, tree, err) : 0;
}

static int sealed_remove(void *self, const struct secret_question *q, struct fct_error *err)
{
    struct sealed *f = self;
    pthread_mutex_lock(&f->lock);
    int result = remove_locked(f, q, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

static int sealed_names(void *self, const struct secret_question *q, json_t *to, struct fct_error *err)
{
    struct sealed *f = self;
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    pthread_mutex_lock(&f->lock);
    int result = load(f, &tree, err);
    pthread_mutex_unlock(&f->lock);
    if (result == 0)
        secret_tree_names(tree, q->owner, to);
    return result;
}

static int sealed_look(void *self, const struct secret_patience *patience, struct fct_error *err)
{
    struct sealed *f = self;
    (void)patience;
    pthread_mutex_lock(&f->lock);
    bool is_open = f->key != NULL;
    pthread_mutex_unlock(&f->lock);
    return is_open ? 0 : fail_closed(f, err);
}

const struct secret_ops secret_sealed_ops = {
    .open = sealed_open,
    .close = sealed_close,
    .get = sealed_get,
    .set = sealed_set,
    .remove = sealed_remove,
    .names = sealed_names,
    .look = sealed_look,
};
