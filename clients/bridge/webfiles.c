#include "webfiles.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 2 /* folders below the folder */
#define FOLDERS_MAX 32
#define NOT_SERVED "meta.json" /* what the build tells its tests */
#define HASH_MIN 8             /* characters: esbuild's are base32, others' hexadecimal */

/* A folder as it was when it was listed: its times change with every name that comes or goes. */
struct listed_folder {
    char *path; /* "", "assets" */
    struct stat st;
};

struct webfiles {
    char **candidates;
    size_t n_candidates;
    const char *root; /* one of them; NULL: none has a page */
    struct webfile *files;
    size_t n;
    struct listed_folder folders[FOLDERS_MAX];
    size_t n_folders;
    struct timespec listed_at;
};

/* ---- names and types ---- */

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } known[] = {{".js", "text/javascript; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".json", "application/json"},
                 {".map", "application/json"},
                 {".webmanifest", "application/manifest+json"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"},
                 {".ico", "image/x-icon"},
                 {".webp", "image/webp"},
                 {".woff2", "font/woff2"},
                 {".txt", "text/plain; charset=utf-8"},
                 {".ftl", "text/plain; charset=utf-8"}};
    const char *dot = strrchr(name, '.');
    if (strcmp(name, WEBFILES_INDEX) == 0)
        return "text/html; charset=utf-8";
    if (strcmp(name, NOT_SERVED) == 0)
        return NULL;
    for (size_t i = 0; dot && i < N_OF(known); i++)
        if (strcmp(dot, known[i].ending) == 0)
            return known[i].type;
    return NULL;
}

static bool is_plain_name(const char *name)
{
    size_t n = strlen(name);
    return n <= WEBFILES_NAME_MAX && name[0] != '.' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

/* "main-K3JX7Q2A.js", "main.0d6e4079.css": a part between '-' and '.' that is no word. */
static bool has_hash(const char *name)
{
    const char *p = name + strcspn(name, "-.");
    while (*p) {
        size_t n = strcspn(++p, "-.");
        bool is_hash = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") >= n || strspn(p, "0123456789abcdef") >= n;
        if (n >= HASH_MIN && is_hash && p[n])
            return true;
        p += n;
    }
    return false;
}

static bool is_packed(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".gz") == 0;
}

/* ---- opening ---- */

/* A folder below `root`; each step of the way is one that is no link. -1: there is none. */
static int open_folder(int root, const char *path)
{
    CLEANUP(freep) char *copy = xstrdup(path);
    char *rest = copy, *name;
    int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    while (fd >= 0 && (name = strsep(&rest, "/"))) {
        if (!*name)
            continue;
        int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = below;
    }
    return fd;
}

static int open_root(const char *path)
{
    return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static bool is_servable(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_size <= WEBFILES_SIZE_MAX;
}

/* O_NONBLOCK: a FIFO that has taken its place would hold us up. */
static int open_file(int folder, const char *name, struct stat *st)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, st) < 0 || !is_servable(st))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static bool is_older(const struct stat *a, const struct stat *b)
{
    return is_before(a->st_mtim, b->st_mtim);
}

/* Of what the system says of the file, without reading it. The time of its last change is among that, as packages set
 * the other one. Hashed, as it is nobody's business. */
static void write_etag(const struct stat *st, char out[40])
{
    const uint64_t facts[] = {st->st_ino,
                              (uint64_t)st->st_size,
                              (uint64_t)st->st_mtim.tv_sec,
                              (uint64_t)st->st_mtim.tv_nsec,
                              (uint64_t)st->st_ctim.tv_sec,
                              (uint64_t)st->st_ctim.tv_nsec};
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)facts, sizeof(facts), hash);
    out += sprintf(out, "\"");
    for (size_t i = 0; i < 16; i++)
        out += sprintf(out, "%02x", hash[i]);
    sprintf(out, "\"");
}

/* The file, or its packed form where that is wanted and no older: one of a build before would be another text. */
static int open_form(int folder, const char *name, bool wants_zip, struct webfile_open *out)
{
    struct stat plain, packed;
    out->fd = open_file(folder, name, &plain);
    out->is_zip = false;
    if (out->fd < 0)
        return -1;
    if (wants_zip) {
        CLEANUP(freep) char *zip_name = xasprintf("%s.gz", name);
        int fd = open_file(folder, zip_name, &packed);
        out->is_zip = fd >= 0 && !is_older(&packed, &plain);
        if (fd >= 0)
            close(out->is_zip ? out->fd : fd);
        if (out->is_zip)
            out->fd = fd;
    }
    out->size = (uint64_t)(out->is_zip ? packed.st_size : plain.st_size);
    write_etag(out->is_zip ? &packed : &plain, out->etag);
    return 0;
}

int webfiles_open(const struct webfiles *w, const struct webfile *f, bool wants_zip, struct webfile_open *out)
{
    int root = open_root(w->root);
    if (root < 0)
        return -1;
    const char *slash = strrchr(f->path, '/');
    CLEANUP(freep) char *above = xstrndup(f->path, slash ? (size_t)(slash - f->path) : 0);
    int folder = open_folder(root, above);
    close(root);
    if (folder < 0)
        return -1;
    int status = open_form(folder, slash ? slash + 1 : f->path, wants_zip && f->has_zip, out);
    close(folder);
    return status;
}

/* ---- listing ---- */

static void forget(struct webfiles *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->files[i].path);
    for (size_t i = 0; i < w->n_folders; i++)
        free(w->folders[i].path);
    free(w->files);
    w->files = NULL;
    w->root = NULL;
    w->n = w->n_folders = 0;
}

static void add_file(struct webfiles *w, int folder, const char *above, const char *name)
{
    const char *type = type_of(name);
    struct stat st;
    if (!type || w->n == WEBFILES_MAX)
        return;
    CLEANUP(freep) char *zip_name = xasprintf("%s.gz", name);
    struct webfile *f = &w->files[w->n++];
    f->path = xasprintf("%s%s%s", above, *above ? "/" : "", name);
    f->type = type;
    f->is_script = strcmp(name + strlen(name) - 3, ".js") == 0;
    f->is_lasting = strcmp(above, "assets") == 0 && has_hash(name);
    f->has_zip = fstatat(folder, zip_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_servable(&st);
}

static void list_folder(struct webfiles *w, int root, const char *path, int depth)
{
    int fd = w->n_folders < FOLDERS_MAX ? open_folder(root, path) : -1;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    struct stat st;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    struct listed_folder *listed = &w->folders[w->n_folders++];
    listed->path = xstrdup(path);
    fstat(fd, &listed->st);
    while ((e = readdir(dir))) {
        if (!is_plain_name(e->d_name) || is_packed(e->d_name) || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (is_servable(&st) && strcmp(e->d_name, WEBFILES_INDEX) != 0) {
            add_file(w, fd, path, e->d_name);
        } else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            CLEANUP(freep) char *below = xasprintf("%s%s%s", path, *path ? "/" : "", e->d_name);
            list_folder(w, root, below, depth + 1);
        }
    }
    closedir(dir);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct webfile *)a)->path, ((const struct webfile *)b)->path);
}

/* Whether it has a page; then its files are listed. */
static bool list_candidate(struct webfiles *w, const char *path)
{
    int root = open_root(path);
    struct stat st;
    if (root < 0)
        return false;
    if (fstatat(root, WEBFILES_INDEX, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_servable(&st)) {
        close(root);
        return false;
    }
    w->files = xcalloc(WEBFILES_MAX, sizeof(*w->files));
    add_file(w, root, "", WEBFILES_INDEX); /* the one page, and first: there is always room for it */
    list_folder(w, root, "", 0);
    close(root);
    qsort(w->files, w->n, sizeof(*w->files), compare);
    w->files = xrealloc(w->files, (w->n + 1) * sizeof(*w->files));
    return true;
}

void webfiles_list(struct webfiles *w)
{
    forget(w);
    clock_gettime(CLOCK_REALTIME_COARSE, &w->listed_at);
    for (size_t i = 0; i < w->n_candidates && !w->root; i++)
        if (list_candidate(w, w->candidates[i]))
            w->root = w->candidates[i];
    if (w->n == WEBFILES_MAX)
        log_warning("%s: only %d of its files are served", w->root, WEBFILES_MAX);
    if (w->root)
        log_info("serves the web application from %s: %zu files", w->root, w->n);
}

/* The system's times go in steps: a folder that was changed in the step in which it was listed may have been changed again in it. */
static bool is_as_listed(const struct webfiles *w)
{
    int root = open_root(w->root);
    bool is_same = root >= 0;
    for (size_t i = 0; is_same && i < w->n_folders; i++) {
        const struct stat *was = &w->folders[i].st;
        struct stat is;
        int fd = open_folder(root, w->folders[i].path);
        is_same = fd >= 0 && fstat(fd, &is) == 0 && is.st_dev == was->st_dev && is.st_ino == was->st_ino &&
                  !is_older(was, &is) && is.st_ctim.tv_sec == was->st_ctim.tv_sec &&
                  is.st_ctim.tv_nsec == was->st_ctim.tv_nsec && is_before(is.st_ctim, w->listed_at);
        if (fd >= 0)
            close(fd);
    }
    if (root >= 0)
        close(root);
    return is_same;
}

void webfiles_look(struct webfiles *w)
{
    if (!is_as_listed(w))
        webfiles_list(w);
}

const struct webfile *webfiles_find(const struct webfiles *w, const char *path)
{
    const struct webfile key = {.path = (char *)path};
    return w->n ? bsearch(&key, w->files, w->n, sizeof(*w->files), compare) : NULL;
}

/* ---- its life ---- */

struct webfiles *webfiles_new(const char *const *folders, size_t n)
{
    struct webfiles *w = XNEW(struct webfiles);
    w->candidates = xcalloc(n, sizeof(*w->candidates));
    for (size_t i = 0; i < n; i++)
        w->candidates[i] = xstrdup(folders[i]);
    w->n_candidates = n;
    webfiles_list(w);
    return w;
}

void webfiles_free(struct webfiles *w)
{
    if (!w)
        return;
    forget(w);
    for (size_t i = 0; i < w->n_candidates; i++)
        free(w->candidates[i]);
    free(w->candidates);
    free(w);
}
