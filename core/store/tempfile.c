#include "base/alloc.h"
#include "base/error.h"
#include "store/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Files here lose their name at once; what has one was left by a crash in between. */
int store_tempfiles_prepare(const char *dir, struct fct_error *err)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/tmp", dir) >= (int)sizeof(path))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the name of profile %.100s... is too long", dir);
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fct_fail_errno(err, errno, "cannot make %s", path);
    DIR *d = opendir(path);
    if (!d)
        return fct_fail_errno(err, errno, "cannot read %s", path);
    for (struct dirent *e; (e = readdir(d));)
        if (strncmp(e->d_name, "blob-", 5) == 0)
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    return 0;
}

int store_tempfile_new(const struct store *st, int *out_fd, struct fct_error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/tmp", st->dir);
    int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) { /* some file systems cannot */
        snprintf(path, sizeof(path), "%s/tmp/blob-XXXXXX", st->dir);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot make a temporary file in %s/tmp", st->dir);
    *out_fd = fd;
    return 0;
}

int store_tempfile_write(int fd, struct fct_bytes data, struct fct_error *err)
{
    for (size_t done = 0; done < data.n;) {
        ssize_t n = write(fd, data.p + done, data.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fct_fail_errno(err, errno, "cannot write a temporary file");
        done += (size_t)n;
    }
    return 0;
}
