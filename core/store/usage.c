#include "store/usage.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* 0 for one that is not there (any more). */
static int64_t size_of_file(int dir_fd, const char *name)
{
    struct stat sb;

    return fstatat(dir_fd, name, &sb, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(sb.st_mode) ? (int64_t)sb.st_size : 0;
}

int store_usage(struct store_tx *tx, struct store_usage *out, struct fct_error *err)
{
    const struct store *st = store_of(tx);
    CLEANUP(freep) char *packs = xasprintf("%s/packs", st->dir), *log = xasprintf("%s-wal", st->db_path);
    struct dirent *entry;
    DIR *dir = opendir(packs);

    if (!dir)
        return fct_fail_errno(err, errno, "cannot open %s", packs);
    *out = (struct store_usage){.database = size_of_file(AT_FDCWD, st->db_path) + size_of_file(AT_FDCWD, log)};
    while ((entry = readdir(dir)))
        out->packs += size_of_file(dirfd(dir), entry->d_name);
    closedir(dir);
    return 0;
}
