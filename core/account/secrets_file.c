/* PROFILE/secrets: a file that its owner alone can read. */
#include "account/secret_store.h"
#include "account/secret_tree.h"
#include "base/alloc.h"

#include <pthread.h>
#include <stdlib.h>

struct file {
    char *path;
    pthread_mutex_t lock;
};

static int load(struct file *f, json_t **out, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf text = {0};
    return secret_file_read(f->path, &text, err) < 0 ? -1 : secret_tree_parse(buf_bytes(&text), f->path, out, err);
}

static int save(struct file *f, const json_t *tree, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf text = {0};
    return secret_tree_dump(tree, f->path, &text, err) < 0 ? -1 : secret_file_replace(f->path, buf_bytes(&text), err);
}

static void file_close(void *self)
{
    struct file *f = self;
    pthread_mutex_destroy(&f->lock);
    free(f->path);
    free(f);
}

static int file_open(const char *profile_dir, void **out, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf text = {0};
    struct file *f = XNEW(struct file);
    f->path = xasprintf("%s/secrets", profile_dir);
    pthread_mutex_init(&f->lock, NULL);
    secret_file_tidy(f->path);
    if (secret_file_read(f->path, &text, err) < 0) {
        file_close(f);
        return -1;
    }
    *out = f;
    return 0;
}

static int get_locked(struct file *f, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    return load(f, &tree, err) < 0 ? -1 : secret_tree_get(tree, q->owner, q->name, buf, cap, err);
}

static int file_get(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    struct file *f = self;
    pthread_mutex_lock(&f->lock);
    int result = get_locked(f, q, buf, cap, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

static int set_locked(struct file *f, const struct secret_question *q, const char *value, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    if (load(f, &tree, err) < 0 || secret_tree_set(tree, q->owner, q->name, value, err) < 0)
        return -1;
    return save(f, tree, err);
}

static int file_set(void *self, const struct secret_question *q, const char *value, struct fct_error *err)
{
    struct file *f = self;
    pthread_mutex_lock(&f->lock);
    int result = set_locked(f, q, value, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

static int remove_locked(struct file *f, const struct secret_question *q, struct fct_error *err)
{
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    if (load(f, &tree, err) < 0)
        return -1;
    return secret_tree_remove(tree, q->owner, q->name) ? save(f, tree, err) : 0;
}

static int file_remove(void *self, const struct secret_question *q, struct fct_error *err)
{
    struct file *f = self;
    pthread_mutex_lock(&f->lock);
    int result = remove_locked(f, q, err);
    pthread_mutex_unlock(&f->lock);
    return result;
}

static int file_names(void *self, const struct secret_question *q, json_t *to, struct fct_error *err)
{
    struct file *f = self;
    CLEANUP(secret_tree_wipe) json_t *tree = NULL;
    pthread_mutex_lock(&f->lock);
    int result = load(f, &tree, err);
    pthread_mutex_unlock(&f->lock);
    if (result == 0)
        secret_tree_names(tree, q->owner, to);
    return result;
}

static int file_look(void *self, const struct secret_patience *patience, struct fct_error *err)
{
    (void)self, (void)patience, (void)err;
    return 0;
}

const struct secret_ops secret_file_ops = {
    .open = file_open,
    .close = file_close,
    .get = file_get,
    .set = file_set,
    .remove = file_remove,
    .names = file_names,
    .look = file_look,
};
