#include "outbox/marks.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAGIC INT64_C(0x3073746b6d746366) /* "fctmkts0" */

struct header {
    int64_t magic, owner;
};
struct slot {
    int64_t id;
    int64_t fate;
};
struct marks {
    int fd;
    char *path;
    struct header header;
    size_t next;
    struct slot slots[MARKS]; /* as in the file */
};

/* ---- where ---- */

static char *path_in(const char *dir, const char *profile_dir, int64_t account_id)
{
    unsigned char sha[SHA256_SIZE];
    CLEANUP(freep) char *real = realpath(profile_dir, NULL);
    const char *profile = real ? real : profile_dir;
    sha256_of((struct fct_bytes){profile, strlen(profile)}, sha);
    return xasprintf("%s/facteur-%u-%02x%02x%02x%02x%02x%02x%02x%02x-%" PRId64, dir, (unsigned)geteuid(), sha[0], sha[1], sha[2], sha[3],
                     sha[4], sha[5], sha[6], sha[7], account_id);
}

static bool is_memory(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* /dev/shm is everybody's. */
static bool is_ours(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077) && st.st_nlink == 1;
}

/* The directory of the session goes with the session; a facteurd that lingers finds it again, or nothing. */
static const char *const *places(void)
{
    static const char *list[3];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    size_t n = 0;
    if (runtime && runtime[0] == '/')
        list[n++] = runtime;
    list[n++] = "/dev/shm";
    list[n] = NULL;
    return list;
}

/* ---- writing ---- */

static int make(struct marks *m, const char *path)
{
    const struct header header = m->header; /* gcc, with sanitizers, takes the member itself for smaller than it is */
    unlink(path);
    m->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (m->fd < 0)
        return -1;
    bool is_good = is_memory(m->fd) && is_ours(m->fd) &&
                   pwrite(m->fd, m->slots, sizeof(m->slots), sizeof(m->header)) == (ssize_t)sizeof(m->slots) &&
                   pwrite(m->fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header);
    if (is_good)
        return 0;
    close(m->fd);
    m->fd = -1;
    unlink(path);
    return -1;
}

int marks_create(const char *profile_dir, int64_t account_id, struct marks **out, struct fct_error *err)
{
    struct marks *m = XNEW(struct marks);
    m->fd = -1;
    m->header.magic = MAGIC;
    while (m->header.owner == 0)
        crypto_random((unsigned char *)&m->header.owner, sizeof(m->header.owner));
    for (const char *const *dir = places(); *dir; dir++) {
        free(m->path);
        m->path = path_in(*dir, profile_dir, account_id);
        if (make(m, m->path) == 0) {
            *out = m;
            return 0;
        }
    }
    marks_close(m, false);
    return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "there is no file system in memory");
}

int64_t marks_owner(const struct marks *m)
{
    return m->header.owner;
}

int marks_fd(const struct marks *m)
{
    return m->fd;
}

static int put(struct marks *m, size_t at, struct slot slot, struct fct_error *err)
{
    const struct slot before = m->slots[at];
    m->slots[at] = slot;
    if (pwrite(m->fd, &m->slots[at], sizeof(m->slots[at]), (off_t)(sizeof(m->header) + at * sizeof(slot))) == (ssize_t)sizeof(slot))
        return 0;
    m->slots[at] = before;
    return fct_fail_errno(err, errno, "cannot write %s", m->path);
}

int marks_put(struct marks *m, int64_t id, uint32_t fate, struct fct_error *err)
{
    size_t last = (m->next + MARKS - 1) % MARKS;
    if (m->slots[last].id == id) /* it was marked just now */
        return put(m, last, (struct slot){id, fate}, err);
    if (put(m, m->next, (struct slot){id, fate}, err) < 0)
        return -1;
    m->next = (m->next + 1) % MARKS;
    return 0;
}

int marks_clear(struct marks *m, int64_t id, struct fct_error *err)
{
    for (size_t i = 0; i < MARKS; i++)
        if (m->slots[i].id == id && put(m, i, (struct slot){0}, err) < 0)
            return -1;
    return 0;
}

void marks_close(struct marks *m, bool forget)
{
    if (!m)
        return;
    if (forget && m->path)
        unlink(m->path);
    if (m->fd >= 0)
        close(m->fd);
    free(m->path);
    free(m);
}

/* ---- reading ---- */

static bool load(struct marks *m)
{
    m->fd = open(m->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (m->fd < 0 || !is_memory(m->fd) || !is_ours(m->fd))
        return false;
    return pread(m->fd, &m->header, sizeof(m->header), 0) == (ssize_t)sizeof(m->header) && m->header.magic == MAGIC &&
           pread(m->fd, m->slots, sizeof(m->slots), sizeof(m->header)) == (ssize_t)sizeof(m->slots);
}

struct marks *marks_find(const char *profile_dir, int64_t account_id)
{
    for (const char *const *dir = places(); *dir; dir++) {
        struct marks *m = XNEW(struct marks);
        m->path = path_in(*dir, profile_dir, account_id);
        if (load(m))
            return m;
        marks_close(m, false);
    }
    return NULL;
}

uint32_t marks_fate(void *marks, int64_t owner, int64_t id)
{
    const struct marks *m = marks;
    uint32_t fate = FCT_FATE_NOT_SENT;
    if (!m || m->header.owner != owner)
        return FCT_FATE_UNKNOWN;
    for (size_t i = 0; i < MARKS && fate == FCT_FATE_NOT_SENT; i++)
        if (m->slots[i].id == id)
            fate = m->slots[i].fate == FCT_FATE_SENT ? FCT_FATE_SENT : FCT_FATE_UNKNOWN;
    return fate;
}
