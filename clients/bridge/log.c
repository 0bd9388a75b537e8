#include "log.h"

#include "util.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static enum log_level wanted = LOG_INFO;
static const char *const level_names[] = {"error", "warning", "info", "debug"};
static char *file_path; /* NULL: it is nobody's that we know of */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* guarded by it */
static uint64_t second;
static unsigned said, left_out;

void log_set_level(enum log_level level)
{
    wanted = level;
}

int log_level_from(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < N_OF(level_names); i++)
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return 0;
        }
    return -1;
}

/* ---- the file ---- */

void log_bound_file(const char *path)
{
    file_path = xstrdup(path);
}

static bool is_large(const char *path)
{
    struct stat ours, there;
    return fstat(STDERR_FILENO, &ours) == 0 && S_ISREG(ours.st_mode) && ours.st_size > LOG_FILE_MAX &&
           lstat(path, &there) == 0 && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static void begin_another(const char *path)
{
    CLEANUP(freep) char *old = xasprintf("%s.1", path);
    if (rename(path, old) < 0)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        rename(old, path); /* what there is goes on */
    if (fd >= 0)
        close(fd);
}

/* ---- lines ---- */

/* What peers say may stand in it: nothing of that moves the cursor. */
static void make_printable(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
}

static void write_line(enum log_level level, const char *text)
{
    char line[700], when[32];
    struct timespec t;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
    int n = snprintf(line, sizeof(line), "%s.%03ldZ %s %s\n", when, t.tv_nsec / 1000000, level_names[level], text);
    if (file_path && is_large(file_path))
        begin_another(file_path);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nobody reads it */
}

/* Whether this second has room for one more. */
static bool has_room(void)
{
    uint64_t now = now_ms() / 1000;
    if (now != second) {
        char text[80];
        snprintf(text, sizeof(text), "%u more lines were left out", left_out);
        if (left_out > 0)
            write_line(LOG_WARNING, text);
        second = now;
        said = left_out = 0;
    }
    if (said < LOG_LINES)
        return ++said;
    left_out++;
    return false;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char text[600];
    if (level > wanted)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    make_printable(text);
    pthread_mutex_lock(&lock);
    if (level == LOG_ERROR || wanted == LOG_DEBUG || has_room())
        write_line(level, text);
    pthread_mutex_unlock(&lock);
}
