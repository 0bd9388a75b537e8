#include "account/secrets.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRETS_FILE_MAX (1024 * 1024)
#define SECRETS_FORM (JSON_INDENT(1) | JSON_SORT_KEYS)

/* The file is one JSON object {owner: {name: value}}, read anew for each call: it is small, seldom needed, and so no secret
 * stays in memory. */
struct secrets {
    char *path, *dir;
    pthread_mutex_t lock;
};

static void wipe_buf(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    buf_done(b);
}

/* Jansson frees its strings unwiped; so every value of a tree is wiped before the tree goes. */
static void wipe_json(json_t **tree)
{
    const char *owner, *name;
    json_t *of_owner, *value;
    json_object_foreach (*tree, owner, of_owner)
        json_object_foreach (of_owner, name, value)
            if (json_is_string(value))
                explicit_bzero((char *)json_string_value(value), json_string_length(value));
    json_decref(*tree);
}

static int check_mode(int fd, const char *path, struct fct_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fct_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s can be read by others: give it to its owner alone (chmod 600)", path);
    if (st.st_size > SECRETS_FILE_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s is larger than %d bytes", path, SECRETS_FILE_MAX);
    return 0;
}

static int read_file(struct secrets *s, struct buf *out, struct fct_error *err)
{
    CLEANUP(closep) int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : fct_fail_errno(err, errno, "cannot read %s", s->path);
    if (check_mode(fd, s->path, err) < 0)
        return -1;
    buf_reserve(out, SECRETS_FILE_MAX); /* never moved, so no copy is left behind */
    for (;;) {
        ssize_t n = read(fd, out->p + out->n, out->cap - out->n - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fct_fail_errno(err, errno, "cannot read %s", s->path);
        if (n == 0)
            return 0;
        buf_grown(out, (size_t)n);
    }
}

static int load(struct secrets *s, json_t **out, struct fct_error *err)
{
    CLEANUP(wipe_buf) struct buf text = {0};
    if (read_file(s, &text, err) < 0)
        return -1;
    if (text.n == 0) {
        *out = json_object();
        return 0;
    }
    json_error_t where;
    json_t *tree = json_loadb(text.p, text.n, 0, &where);
    if (!json_is_object(tree)) {
        json_decref(tree);
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s is damaged at line %d: move it away and enter the passwords again", s->path,
                        where.line);
    }
    *out = tree;
    return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int sync_dir(const char *dir)
{
    CLEANUP(closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

/* The old file is whole until the new one is on the disk. */
static int save(struct secrets *s, const json_t *tree, struct fct_error *err)
{
    CLEANUP(freep) char *temporary = xasprintf("%s.new", s->path);
    CLEANUP(wipe_buf) struct buf text = {0};
    text.n = json_dumpb(tree, buf_reserve(&text, SECRETS_FILE_MAX), SECRETS_FILE_MAX, SECRETS_FORM);
    if (text.n == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a secret is not UTF-8");
    if (text.n > SECRETS_FILE_MAX) /* it could not be read again */
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s would be larger than %d bytes", s->path, SECRETS_FILE_MAX);
    unlink(temporary);
    CLEANUP(closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write_all(fd, text.p, text.n) == 0 && fsync(fd) == 0 && rename(temporary, s->path) == 0 && sync_dir(s->dir) == 0;
    int saved = errno;
    if (ok)
        return 0;
    unlink(temporary);
    return fct_fail_errno(err, saved, "cannot write %s", s->path);
}

int secrets_open(const char *profile_dir, struct secrets **out, struct fct_error *err)
{
    struct secrets *s = XNEW(struct secrets);
    s->dir = xstrdup(profile_dir);
    s->path = xasprintf("%s/secrets", profile_dir);
    pthread_mutex_init(&s->lock, NULL);
    CLEANUP(wipe_buf) struct buf text = {0};
    if (read_file(s, &text, err) < 0) {
        secrets_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s->dir);
    free(s);
}

static int get_locked(struct secrets *s, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    CLEANUP(wipe_json) json_t *tree = NULL;
    if (load(s, &tree, err) < 0)
        return -1;
    const json_t *value = json_object_get(json_object_get(tree, owner), name);
    if (!json_is_string(value))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored", name);
    if (json_string_length(value) >= cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the stored %s is longer than %zu bytes", name, cap - 1);
    memcpy(buf, json_string_value(value), json_string_length(value) + 1);
    return 0;
}

int secrets_get(struct secrets *s, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    pthread_mutex_lock(&s->lock);
    int result = get_locked(s, owner, name, buf, cap, err);
    pthread_mutex_unlock(&s->lock);
    return result;
}

static int set_locked(struct secrets *s, const char *owner, const char *name, const char *value, struct fct_error *err)
{
    CLEANUP(wipe_json) json_t *tree = NULL;
    if (load(s, &tree, err) < 0)
        return -1;
    json_t *of_owner = json_object_get(tree, owner);
    if (!json_is_object(of_owner)) {
        of_owner = json_object();
        json_object_set_new(tree, owner, of_owner);
    }
    json_t *old = json_object_get(of_owner, name);
    if (json_is_string(old))
        explicit_bzero((char *)json_string_value(old), json_string_length(old));
    if (json_object_set_new(of_owner, name, json_string(value)) < 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the %s is not UTF-8", name);
    return save(s, tree, err);
}

int secrets_set(struct secrets *s, const char *owner, const char *name, const char *value, struct fct_error *err)
{
    if (strlen(value) >= SECRET_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the %s is longer than %d bytes", name, SECRET_MAX - 1);
    pthread_mutex_lock(&s->lock);
    int result = set_locked(s, owner, name, value, err);
    pthread_mutex_unlock(&s->lock);
    return result;
}

static int remove_locked(struct secrets *s, const char *owner, struct fct_error *err)
{
    CLEANUP(wipe_json) json_t *tree = NULL;
    if (load(s, &tree, err) < 0)
        return -1;
    const char *name;
    json_t *value, *of_owner = json_object_get(tree, owner);
    if (!of_owner)
        return 0;
    json_object_foreach (of_owner, name, value)
        if (json_is_string(value))
            explicit_bzero((char *)json_string_value(value), json_string_length(value));
    json_object_del(tree, owner);
    return save(s, tree, err);
}

int secrets_remove(struct secrets *s, const char *owner, struct fct_error *err)
{
    pthread_mutex_lock(&s->lock);
    int result = remove_locked(s, owner, err);
    pthread_mutex_unlock(&s->lock);
    return result;
}
