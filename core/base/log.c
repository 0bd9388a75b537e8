#include "base/log.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_FILE_MAX (8 * 1024 * 1024)

static atomic_int threshold = FCT_LOG_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the file */
static int file_fd = -1;
static char *file_path;
static off_t file_size;
static atomic_bool stderr_is_file; /* a daemon started in the background writes both to one place */

static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};

void log_set_level(int level)
{
    atomic_store(&threshold, level);
}

int log_level(void)
{
    return atomic_load(&threshold);
}

int log_level_from_name(const char *name)
{
    for (int i = 0; i <= FCT_LOG_TRACE; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return -1;
}

static int open_for_append(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    struct stat st;
    file_size = fstat(fd, &st) == 0 ? st.st_size : 0;
    return fd;
}

static bool same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int log_open_file(const char *path)
{
    pthread_mutex_lock(&lock);
    int fd = open_for_append(path);
    int saved = errno;
    if (fd >= 0) {
        if (file_fd >= 0)
            close(file_fd);
        free(file_path);
        file_fd = fd;
        file_path = xstrdup(path);
        stderr_is_file = same_file(fd, STDERR_FILENO);
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return fd < 0 ? -1 : 0;
}

void log_close(void)
{
    pthread_mutex_lock(&lock);
    if (file_fd >= 0)
        close(file_fd);
    file_fd = -1;
    free(file_path);
    file_path = NULL;
    stderr_is_file = false;
    pthread_mutex_unlock(&lock);
}

static void rotate_when_large(void)
{
    if (file_size < LOG_FILE_MAX)
        return;
    char *old = xasprintf("%s.1", file_path);
    rename(file_path, old);
    free(old);
    close(file_fd);
    file_fd = open_for_append(file_path);
}

/* A pipe that nobody reads would stop the loop. One that is writable takes PIPE_BUF bytes, so a whole line. */
static bool takes_a_line(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

void log_vline(int level, const char *subject, const char *fmt, va_list ap)
{
    if (level > log_level())
        return;
    char line[2048];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm tm;
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(line + n, sizeof(line) - n, ".%03ldZ %s %.64s: ", now.tv_nsec / 1000000,
                          level_names[level < 0 ? 0 : level], subject);
    int text = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
    size_t end = text < 0 ? n : n + (size_t)text;
    if (end > sizeof(line) - 2)
        end = sizeof(line) - 2;
    for (size_t i = 0; i < end; i++) /* the subject too: accounts are named by people */
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[end++] = '\n';

    /* A log that cannot be written must not stop the mail. */
    if (!stderr_is_file && takes_a_line(STDERR_FILENO)) {
        ssize_t ignored = write(STDERR_FILENO, line, end);
        (void)ignored;
    }
    pthread_mutex_lock(&lock);
    if (file_fd >= 0) {
        ssize_t w = write(file_fd, line, end);
        if (w > 0)
            file_size += w;
        rotate_when_large();
    }
    pthread_mutex_unlock(&lock);
}

void log_line(int level, const char *subject, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_vline(level, subject, fmt, ap);
    va_end(ap);
}
