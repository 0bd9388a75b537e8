/* secret_tree.h - secrets as one JSON object {owner: {name: value}}, and the file that such a thing is kept in.
 *
 * A tree is read anew for each call and wiped after it: it is small, seldom needed, and so no secret stays in memory.
 * Threads: the caller locks.
 */
#ifndef ACCOUNT_SECRET_TREE_H
#define ACCOUNT_SECRET_TREE_H

#include "base/buf.h"

#include <jansson.h>

#define SECRET_TREE_MAX (1024 * 1024)

/* Wipes every value and drops the tree. */
void secret_tree_wipe(json_t **tree);
/* FCT_E_CORRUPT names `path`. No text: an empty tree. */
int secret_tree_parse(struct fct_bytes text, const char *path, json_t **out, struct fct_error *err);
int secret_tree_dump(const json_t *tree, const char *path, struct buf *out, struct fct_error *err);
int secret_tree_get(const json_t *tree, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err);
int secret_tree_set(json_t *tree, const char *owner, const char *name, const char *value, struct fct_error *err);
/* `name` NULL: all of the owner's. Whether there was something. */
bool secret_tree_remove(json_t *tree, const char *owner, const char *name);
void secret_tree_names(const json_t *tree, const char *owner, json_t *to);

/* The file's bytes, nothing when there is no file. FCT_E_FORBIDDEN: others can read it. `out` never moves: no copy stays behind. */
int secret_file_read(const char *path, struct buf *out, struct fct_error *err);
/* What replacing it left when the process ended in the midst: it holds secrets, too. To be said when the file is opened. */
void secret_file_tidy(const char *path);
/* Replaces it, mode 0600: the old file is whole until the new one is on the disk. */
int secret_file_replace(const char *path, struct fct_bytes content, struct fct_error *err);

#endif
