/* fsync_count.c - counts what waits for the disk. Preloaded (LD_PRELOAD) into a process under measurement:
 *
 *   FSYNC_COUNT=FILE LD_PRELOAD=.../fsync_count.so facteurd ...
 *
 * At the end of the process FILE holds one line of JSON: calls of fsync and fdatasync, and the seconds spent in them,
 * added up over all threads.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_ullong calls, data_calls, nanoseconds;

static int timed_sync(long which, int fd)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int rc = (int)syscall(which, fd);
    clock_gettime(CLOCK_MONOTONIC, &to);
    nanoseconds += (unsigned long long)((to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec));
    return rc;
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    calls++;
    return timed_sync(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    data_calls++;
    return timed_sync(SYS_fdatasync, fd);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FSYNC_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "{\"fsync\": %llu, \"fdatasync\": %llu, \"seconds\": %.6f}\n", calls, data_calls,
            (double)nanoseconds / 1e9);
    fclose(f);
}
