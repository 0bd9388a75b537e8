/* log.h - what the bridge tells its owner: on standard error, a line each, with the time. Never a secret: no header, no
 * body, no query of a request.
 *
 * Who may send requests makes it write: any page in the owner's browser, and over a network everybody. So no second has
 * more than LOG_LINES of them (errors and the level debug left out), and the file in the profile that 'facteur web'
 * begins is bounded. Threads: any.
 */
#ifndef BRIDGE_LOG_H
#define BRIDGE_LOG_H

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define LOG_LINES 50           /* a second; how many more there were is told in the next */
#define LOG_FILE_MAX (8 << 20) /* bytes */

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
void log_set_level(enum log_level level);
/* -1: there is no level of that name. */
int log_level_from(const char *name, enum log_level *out);
/* Where standard error is this file, it becomes `path`.1 when it is larger than LOG_FILE_MAX, and another is begun.
 * Before there are other threads. */
void log_bound_file(const char *path);
void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
