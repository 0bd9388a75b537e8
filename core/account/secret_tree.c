#include "account/secret_tree.h"

#include "account/secret_store.h"
#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#define TREE_FORM (JSON_INDENT(1) | JSON_SORT_KEYS)

/* ---- the tree ---- */

static void wipe_value(json_t *value)
{
    if (json_is_string(value))
        explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

/* Jansson frees its strings unwiped where its allocator is not api/'s; so every value is wiped before the tree goes. */
void secret_tree_wipe(json_t **tree)
{
    const char *owner, *name;
    json_t *of_owner, *value;
    json_object_foreach (*tree, owner, of_owner)
        json_object_foreach (of_owner, name, value)
            wipe_value(value);
    json_decref(*tree);
    *tree = NULL;
}

int secret_tree_parse(struct fct_bytes text, const char *path, json_t **out, struct fct_error *err)
{
    json_error_t where = {0};
    if (text.n == 0) {
        *out = json_object();
        return 0;
    }
    json_t *tree = json_loadb(text.p, text.n, 0, &where);
    if (!json_is_object(tree)) {
        json_decref(tree);
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s is damaged at line %d: move it away and enter the passwords again", path, where.line);
    }
    *out = tree;
    return 0;
}

int secret_tree_dump(const json_t *tree, const char *path, struct buf *out, struct fct_error *err)
{
    size_t n = json_dumpb(tree, buf_reserve(out, SECRET_TREE_MAX), SECRET_TREE_MAX, TREE_FORM);
    if (n == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a secret is not UTF-8");
    if (n > SECRET_TREE_MAX) /* it could not be read again */
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s would be larger than %d bytes", path, SECRET_TREE_MAX);
    buf_grown(out, n);
    return 0;
}

int secret_tree_get(const json_t *tree, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    const json_t *value = json_object_get(json_object_get(tree, owner), name);
    if (!json_is_string(value))
        return secret_not_found(name, err);
    return secret_hand_over(name, json_string_value(value), json_string_length(value), buf, cap, err);
}

int secret_tree_set(json_t *tree, const char *owner, const char *name, const char *value, struct fct_error *err)
{
    json_t *of_owner = json_object_get(tree, owner);
    if (!json_is_object(of_owner)) {
        of_owner = json_object();
        json_object_set_new(tree, owner, of_owner);
    }
    wipe_value(json_object_get(of_owner, name));
    if (json_object_set_new(of_owner, name, json_string(value)) < 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the %s is not UTF-8", name);
    return 0;
}

bool secret_tree_remove(json_t *tree, const char *owner, const char *name)
{
    json_t *of_owner = json_object_get(tree, owner), *value;
    const char *each;
    void *next;
    bool found = false;
    json_object_foreach_safe (of_owner, next, each, value) {
        if (name && strcmp(name, each) != 0)
            continue;
        wipe_value(value);
        json_object_del(of_owner, each);
        found = true;
    }
    if (of_owner && json_object_size(of_owner) == 0) {
        json_object_del(tree, owner);
        found = true;
    }
    return found;
}

void secret_tree_names(const json_t *tree, const char *owner, json_t *to)
{
    const char *name;
    json_t *value;
    json_object_foreach (json_object_get(tree, owner), name, value)
        json_array_append_new(to, json_string(name));
}

/* ---- its file ---- */

static int check_mode(int fd, const char *path, struct fct_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fct_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s can be read by others: give it to its owner alone (chmod 600)", path);
    if (st.st_size > SECRET_TREE_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s is larger than %d bytes", path, SECRET_TREE_MAX);
    return 0;
}

int secret_file_read(const char *path, struct buf *out, struct fct_error *err)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : fct_fail_errno(err, errno, "cannot read %s", path);
    if (check_mode(fd, path, err) < 0)
        return -1;
    buf_reserve(out, SECRET_TREE_MAX); /* never moved, so no copy is left behind */
    for (;;) {
        ssize_t n = read(fd, out->p + out->n, out->cap - out->n - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fct_fail_errno(err, errno, "cannot read %s", path);
        if (n == 0)
            return 0;
        buf_grown(out, (size_t)n);
    }
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

static int sync_dir_of(const char *path)
{
    CLEANUP(freep) char *copy = xstrdup(path);
    CLEANUP(closep) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

void secret_file_tidy(const char *path)
{
    CLEANUP(freep) char *temporary = xasprintf("%s.new", path);
    unlink(temporary);
}

int secret_file_replace(const char *path, struct fct_bytes content, struct fct_error *err)
{
    CLEANUP(freep) char *temporary = xasprintf("%s.new", path);
    unlink(temporary);
    CLEANUP(closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write_all(fd, content.p, content.n) == 0 && fsync(fd) == 0 && rename(temporary, path) == 0 && sync_dir_of(path) == 0;
    int saved = errno;
    if (ok)
        return 0;
    unlink(temporary);
    return fct_fail_errno(err, saved, "cannot write %s", path);
}
