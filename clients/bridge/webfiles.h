/* webfiles.h - the files of the web application: which there are, and one of them opened.
 *
 * What a request names is looked up in the list of what the folder held, and never given to the file system. Listed are
 * regular files with plain names and a type that is known, in the folder and two levels below it; nothing that begins
 * with a dot, and no symbolic link. A file is opened from the folder down, again without following one.
 *
 * The folder may appear, and its contents be replaced (an update, a build), while the bridge runs.
 *
 * Ownership  what webfiles_find gives is the list's, until webfiles_look or webfiles_list.
 * Threads    the loop's.
 */
#ifndef BRIDGE_WEBFILES_H
#define BRIDGE_WEBFILES_H

#include "util.h"

#define WEBFILES_INDEX "index.html"
#define WEBFILES_MAX 2000                   /* files; what there is beyond is not served */
#define WEBFILES_NAME_MAX ((size_t)120)     /* bytes of a name */
#define WEBFILES_SIZE_MAX ((off_t)32 << 20) /* bytes of a file */

struct webfile {
    char *path;       /* "assets/main-K3JX7Q2A.js" */
    const char *type; /* "text/javascript; charset=utf-8" */
    bool is_lasting;  /* its name holds a hash of its content: there will never be another one of this name */
    bool is_script;
    bool has_zip; /* PATH.gz is there */
};

struct webfile_open {
    int fd; /* the caller's */
    uint64_t size;
    bool is_zip;
    char etag[40]; /* with its quotes; another one for the packed form (RFC 9110 section 8.8.3.3) */
};

struct webfiles;
/* The first of `folders` that has an index.html is the one; it is looked for anew with each list. */
struct webfiles *webfiles_new(const char *const *folders, size_t n);
void webfiles_free(struct webfiles *w); /* NULL is accepted */

/* Reads the folders again; told in the log. */
void webfiles_list(struct webfiles *w);
/* The same, if a folder has changed since. */
void webfiles_look(struct webfiles *w);
/* `path` without the slash at its beginning; NULL: there is none. */
const struct webfile *webfiles_find(const struct webfiles *w, const char *path);
/* The packed form, where `wants_zip` and there is one that is not older. -1: it has gone, or is no plain file any more.
 */
int webfiles_open(const struct webfiles *w, const struct webfile *f, bool wants_zip, struct webfile_open *out);

#endif
