/* profiles.h - folders for tests, and profiles whose schema is there already.
 *
 *   char *dir = test_dir("facteur-sync");       a new folder in $TMPDIR, or in /tmp; freed by the caller
 *   test_profile(dir);                          what store_open leaves in a new profile; then store_open(dir, ...)
 *
 * A unit test opens hundreds of stores, and half of its time would go into their schema. A first one is made and closed; what a test is given is a
 * copy of its files. So all profiles of a program have the same name in their packs: a test of those makes its own by store_open.
 * A fiber loop has to be set (fiber_set_loop).
 */
#ifndef TESTS_SUPPORT_PROFILES_H
#define TESTS_SUPPORT_PROFILES_H

#include "base/alloc.h"
#include "base/cleanup.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static char *profile_template;
static pid_t profile_template_owner;

/* Sockets stand in some of these folders: TMPDIR has to leave room for their names. */
static inline char *test_dir(const char *name)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = xasprintf("%s/%s-XXXXXX", tmp && *tmp && strlen(tmp) < 30 ? tmp : "/tmp", name);
    if (!mkdtemp(dir)) {
        perror(dir);
        abort();
    }
    return dir;
}

static inline int test_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void profile_template_remove(void)
{
    if (getpid() == profile_template_owner) /* and not a child of it */
        nftw(profile_template, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(profile_template);
}

static inline void profile_copy(const char *from, const char *to)
{
    DIR *d = opendir(from);
    if (!d) {
        perror(from);
        abort();
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        CLEANUP(freep) char *a = xasprintf("%s/%s", from, e->d_name), *b = xasprintf("%s/%s", to, e->d_name);
        struct stat st;
        if (stat(a, &st) == 0 && S_ISDIR(st.st_mode)) {
            mkdir(b, st.st_mode & 0777);
            profile_copy(a, b);
            continue;
        }
        CLEANUP(closep) int in = open(a, O_RDONLY | O_CLOEXEC);
        CLEANUP(closep) int out = open(b, O_WRONLY | O_CREAT | O_CLOEXEC, st.st_mode & 0777);
        if (in < 0 || out < 0 || sendfile(out, in, NULL, (size_t)st.st_size) != st.st_size) {
            perror(b);
            abort();
        }
    }
    closedir(d);
}

static inline void test_profile(const char *dir)
{
    struct fct_error err = {0};
    struct store *store;

    if (!profile_template) {
        profile_template = test_dir("facteur-template");
        profile_template_owner = getpid();
        atexit(profile_template_remove);
        if (store_open(profile_template, &store, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            abort();
        }
        store_close(store);
    }
    profile_copy(profile_template, dir);
}

#endif
