/* fault.c - a bad disk, bad memory, a bad moment. Preloaded (LD_PRELOAD) into a process under test; what it does is said in the
 * environment:
 *
 *   FAULT_DIR      only calls that concern files below this folder count (for malloc: all)
 *   FAULT_COUNT    a file of 8 bytes that is mapped and counts the calls, so that somebody else can read how far it came
 *   FAULT_CALLS    which calls count, joined by commas: write, sync, open, rename, truncate, malloc
 *   FAULT_AT       the number of the call, from 1, at which it happens; absent: never, it only counts
 *   FAULT_DO       kill     SIGKILL before the call
 *                  killed   SIGKILL after it
 *                  EIO, ENOSPC, EMFILE, ENOMEM   the call fails with this error
 *                  EIO+, ENOSPC+ ...             and so do all that follow
 *   FAULT_GATE     nothing counts until this file exists (the start of the program is not what is tested)
 *
 * Reading never fails: a disk that forgets is the business of tests/unit/store.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum call { WRITE, SYNC, OPEN, RENAME, TRUNCATE, MALLOC, N_CALLS };
static const char *const call_names[N_CALLS] = {"write", "sync", "open", "rename", "truncate", "malloc"};

static struct {
    bool is_ready, wanted[N_CALLS], is_lasting, kills_before, kills_after;
    char dir[PATH_MAX], gate[PATH_MAX];
    size_t dir_length;
    bool is_open; /* the gate */
    long *count, own_count, at;
    int error;
} fault;

static const struct {
    const char *name;
    int number;
} errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"EDQUOT", EDQUOT}};

static void copy(char to[PATH_MAX], const char *name)
{
    const char *value = getenv(name);
    if (value)
        snprintf(to, PATH_MAX, "%s", value);
}

static long *map_counter(const char *path)
{
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (fd < 0)
        return &fault.own_count;
    void *p = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return p == MAP_FAILED ? &fault.own_count : p;
}

__attribute__((constructor)) static void begin(void)
{
    const char *calls = getenv("FAULT_CALLS"), *at = getenv("FAULT_AT"), *what = getenv("FAULT_DO");

    for (int i = 0; calls && i < N_CALLS; i++)
        fault.wanted[i] = strstr(calls, call_names[i]) != NULL;
    copy(fault.dir, "FAULT_DIR");
    copy(fault.gate, "FAULT_GATE");
    fault.dir_length = strlen(fault.dir);
    fault.is_open = !fault.gate[0];
    fault.at = at ? atol(at) : 0;
    fault.count = map_counter(getenv("FAULT_COUNT"));
    if (what) {
        fault.kills_before = strcmp(what, "kill") == 0;
        fault.kills_after = strcmp(what, "killed") == 0;
        fault.is_lasting = strchr(what, '+') != NULL;
        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
            if (strncmp(what, errors[i].name, strlen(errors[i].name)) == 0)
                fault.error = errors[i].number;
    }
    __atomic_store_n(&fault.is_ready, true, __ATOMIC_RELEASE);
}

static bool is_below(const char *path)
{
    return fault.dir_length && strncmp(path, fault.dir, fault.dir_length) == 0 &&
           (path[fault.dir_length] == '/' || path[fault.dir_length] == '\0');
}

static bool concerns(int fd)
{
    char link[64], path[PATH_MAX];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    return is_below(path);
}

static bool passed_gate(void)
{
    if (!__atomic_load_n(&fault.is_open, __ATOMIC_RELAXED)) {
        int saved = errno;
        bool is_there = syscall(SYS_faccessat, AT_FDCWD, fault.gate, F_OK) == 0;
        errno = saved;
        if (!is_there)
            return false;
        __atomic_store_n(&fault.is_open, true, __ATOMIC_RELAXED);
    }
    return true;
}

static void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

static bool counts(enum call call)
{
    return __atomic_load_n(&fault.is_ready, __ATOMIC_ACQUIRE) && fault.wanted[call] && passed_gate();
}

/* Counts a call. True: it fails, errno is set. *out_dies: the process ends when it is done. */
static bool fails(bool *out_dies)
{
    long n = __atomic_add_fetch(fault.count, 1, __ATOMIC_SEQ_CST);

    *out_dies = false;
    if (!fault.at || (fault.is_lasting ? n < fault.at : n != fault.at))
        return false;
    if (fault.kills_before)
        die();
    *out_dies = fault.kills_after;
    if (!fault.error)
        return false;
    errno = fault.error;
    return true;
}

#define CARRY_OUT(type, concerned, call, run)                                                                                    \
    do {                                                                                                                         \
        bool dies = false;                                                                                                       \
        if (counts(call) && (concerned) && fails(&dies))                                                                         \
            return -1;                                                                                                           \
        type result = (type)(run);                                                                                               \
        if (dies)                                                                                                                \
            die();                                                                                                               \
        return result;                                                                                                           \
    } while (0)

EXPORT ssize_t write(int fd, const void *data, size_t n)
{
    CARRY_OUT(ssize_t, concerns(fd), WRITE, syscall(SYS_write, fd, data, n));
}

EXPORT ssize_t writev(int fd, const struct iovec *v, int n)
{
    CARRY_OUT(ssize_t, concerns(fd), WRITE, syscall(SYS_writev, fd, v, n));
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    CARRY_OUT(ssize_t, concerns(fd), WRITE, syscall(SYS_pwrite64, fd, data, n, at));
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    CARRY_OUT(ssize_t, concerns(fd), WRITE, syscall(SYS_pwrite64, fd, data, n, at));
}

EXPORT int fsync(int fd)
{
    CARRY_OUT(int, concerns(fd), SYNC, syscall(SYS_fsync, fd));
}

EXPORT int fdatasync(int fd)
{
    CARRY_OUT(int, concerns(fd), SYNC, syscall(SYS_fdatasync, fd));
}

EXPORT int ftruncate(int fd, off_t size)
{
    CARRY_OUT(int, concerns(fd), TRUNCATE, syscall(SYS_ftruncate, fd, size));
}

EXPORT int ftruncate64(int fd, off64_t size)
{
    CARRY_OUT(int, concerns(fd), TRUNCATE, syscall(SYS_ftruncate, fd, size));
}

EXPORT int rename(const char *from, const char *to)
{
    CARRY_OUT(int, is_below(to), RENAME, syscall(SYS_rename, from, to));
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    CARRY_OUT(int, path && (path[0] == '/' ? is_below(path) : folder != AT_FDCWD && concerns(folder)), OPEN,
              syscall(SYS_openat, folder, path, flags, mode));
}

static mode_t mode_of(int flags, va_list more)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPEN_FUNCTION(name, folder, ...)                                                                                         \
    EXPORT int name(__VA_ARGS__, int flags, ...)                                                                                 \
    {                                                                                                                            \
        va_list more;                                                                                                            \
        va_start(more, flags);                                                                                                   \
        mode_t mode = mode_of(flags, more);                                                                                      \
        va_end(more);                                                                                                            \
        return open_at(folder, path, flags, mode);                                                                               \
    }

OPEN_FUNCTION(open, AT_FDCWD, const char *path)
OPEN_FUNCTION(open64, AT_FDCWD, const char *path)
OPEN_FUNCTION(openat, folder, int folder, const char *path)
OPEN_FUNCTION(openat64, folder, int folder, const char *path)

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t n);

#define ALLOCATE(run)                                                                                                            \
    do {                                                                                                                         \
        bool dies;                                                                                                               \
        if (counts(MALLOC) && fails(&dies)) {                                                                                    \
            errno = ENOMEM;                                                                                                      \
            return NULL;                                                                                                         \
        }                                                                                                                        \
        return run;                                                                                                              \
    } while (0)

EXPORT void *malloc(size_t n)
{
    ALLOCATE(__libc_malloc(n));
}

EXPORT void *calloc(size_t count, size_t size)
{
    ALLOCATE(__libc_calloc(count, size));
}

EXPORT void *realloc(void *p, size_t n)
{
    ALLOCATE(__libc_realloc(p, n));
}
