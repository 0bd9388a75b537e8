#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOCK_PAUSE_MS 20
#define LOCK_TRIES 50

static int check_owner_and_mode(const char *dir, struct fct_error *err)
{
    struct stat sb;

    CLEANUP(closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &sb) < 0)
        return fct_fail_errno(err, errno, "cannot open profile %s", dir);
    if (sb.st_uid != geteuid())
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "profile %s belongs to another user (uid %u)", dir,
                        (unsigned)sb.st_uid);
    if (sb.st_mode & (S_IWOTH | S_ISVTX))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER,
                        "profile %s may be written by others; choose another directory or chmod 700 it", dir);
    if ((sb.st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0)
        return fct_fail_errno(err, errno, "cannot make profile %s private (mode 0700)", dir);
    return 0;
}

static int sync_dir(const char *path)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

/* With the directories above it, which a new user's home may lack; each new name is made to last. */
static int make_dirs(char *path)
{
    for (char *slash = path;;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0700) == 0) {
            char *last = strrchr(path, '/');
            CLEANUP(freep)
            char *parent = last && last > path ? xstrndup(path, (size_t)(last - path)) : xstrdup(last ? "/" : ".");
            if (sync_dir(parent) < 0)
                return -1;
        } else if (errno != EEXIST && access(path, X_OK) < 0) { /* a directory may be there whatever mkdir says */
            return -1;
        }
        if (!slash)
            return 0;
        *slash = '/';
    }
}

int store_profile_prepare(const char *dir, char **out_dir, struct fct_error *err)
{
    CLEANUP(freep) char *copy = xstrdup(dir);

    if (*dir == '\0')
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the profile has no name");
    if (make_dirs(copy) < 0)
        return fct_fail_errno(err, errno, "cannot make profile %s", dir);
    CLEANUP(freep) char *absolute = realpath(dir, NULL);
    if (!absolute)
        return fct_fail_errno(err, errno, "cannot open profile %s", dir);
    if (check_owner_and_mode(absolute, err) < 0)
        return -1;
    *out_dir = TAKE(absolute);
    return 0;
}

static int fail_busy(const char *dir, int fd, struct fct_error *err)
{
    char text[32] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "profile %s is in use by facteurd, pid %ld", dir, pid);
    return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "profile %s is in use by another facteurd", dir);
}

/* A process that was killed holds its descriptors until the last of its threads is gone, which on a busy computer is
 * later than that nobody answers any more: what is started in its place waits for that. */
static int lock_soon(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    /* An open-file-description lock goes with the descriptor, not with any other that this process may close. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    for (int i = 0; fcntl(fd, F_OFD_SETLK, &lock) < 0; i++) {
        if ((errno != EAGAIN && errno != EACCES) || i == LOCK_TRIES)
            return -1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int store_profile_lock(const char *dir, int *out_fd, struct fct_error *err)
{
    char path[PATH_MAX], text[32];

    if (snprintf(path, sizeof(path), "%s/lock", dir) >= (int)sizeof(path))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the name of profile %.100s... is too long", dir);
    CLEANUP(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot open %s", path);
    if (lock_soon(fd) < 0) {
        if (errno == EAGAIN || errno == EACCES)
            return fail_busy(dir, fd, err);
        return fct_fail_errno(err, errno, "cannot lock %s", path);
    }
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return fct_fail_errno(err, errno, "cannot write %s", path);
    *out_fd = TAKE_FD(fd);
    return 0;
}

/* SQLite deletes the log of a database that is empty. But where the database was lost or moved away, the log is what is left
 * of its last changes. */
static int keep_log_of_lost(const char *path, struct fct_error *err)
{
    struct stat sb;

    CLEANUP(freep) char *log = xasprintf("%s-wal", path);
    if (stat(log, &sb) < 0 || sb.st_size == 0)
        return 0;
    for (int i = 1; i < 1000; i++) {
        CLEANUP(freep) char *aside = xasprintf("%s.aside%d", log, i);
        if (renameat2(AT_FDCWD, log, AT_FDCWD, aside, RENAME_NOREPLACE) == 0) {
            log_warn("store", "%s is missing or empty: a new one is begun, the log of the old one is kept as %s", path,
                     aside);
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    return fct_fail_errno(err, errno, "cannot set %s aside", log);
}

int store_profile_file(const char *path, struct fct_error *err)
{
    struct stat sb;

    CLEANUP(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fstat(fd, &sb) < 0)
        return fct_fail_errno(err, errno, "cannot open %s", path);
    if (fchmod(fd, 0600) < 0)
        return fct_fail_errno(err, errno, "cannot make %s private (mode 0600)", path);
    return sb.st_size == 0 ? keep_log_of_lost(path, err) : 0;
}
