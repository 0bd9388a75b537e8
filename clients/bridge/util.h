/* util.h - what every file of the bridge needs: memory, bytes that grow, the log (log.h).
 *
 * Memory     as in the rest of Facteur, small allocations end the program when there is none left. What comes from
 *            outside is checked against a bound before anything is kept of it.
 * Threads    any.
 */
#ifndef BRIDGE_UTIL_H
#define BRIDGE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "log.h"

#define CLEANUP(fn) __attribute__((cleanup(fn), unused))
#define N_OF(array) (sizeof(array) / sizeof(*(array)))

void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

static inline void freep(void *p)
{
    free(*(void **)p);
}

/* Wipes what was there: a password, a token, a message. NULL is accepted. */
void free_wiped(void *p, size_t n);
void free_secret(char *s);

/* `{0}` is an empty one. There is always a NUL behind the bytes that buf_str gives. */
struct buf {
    char *p;
    size_t n, cap;
};
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
const char *buf_str(struct buf *b);
void buf_done(struct buf *b);

/* Well-formed (RFC 3629). */
bool is_utf8(const char *text);

uint64_t now_ms(void); /* of a clock that only goes forward */

#endif
