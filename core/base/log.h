/* log.h - one line a fact, to stderr (journald's and the terminal's) and, once opened, to a file.
 *
 * Any thread. A line has a time, a level and a subject ("imap", "store", "account work"). Text is made printable,
 * so that no server can forge a line. Secrets never come here: there is no masking, there is discipline.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <facteur/plugin.h>
#include <stdarg.h>

void log_set_level(int level); /* enum fct_log_level; default FCT_LOG_INFO */
int log_level(void);
/* Parses "error", "warn", "info", "debug", "trace"; -1 when it is none of them. */
int log_level_from_name(const char *name);
/* Appends to `path` as well (mode 0600); rotated to path.1 at 8 MiB. Returns 0, or -1 with errno. */
int log_open_file(const char *path);
void log_close(void);
void log_line(int level, const char *subject, const char *fmt, ...) FCT_PRINTF(3, 4);
void log_vline(int level, const char *subject, const char *fmt, va_list ap);

#define log_error(subject, ...) log_line(FCT_LOG_ERROR, subject, __VA_ARGS__)
#define log_warn(subject, ...) log_line(FCT_LOG_WARN, subject, __VA_ARGS__)
#define log_info(subject, ...) log_line(FCT_LOG_INFO, subject, __VA_ARGS__)
#define log_debug(subject, ...) log_line(FCT_LOG_DEBUG, subject, __VA_ARGS__)

#endif
