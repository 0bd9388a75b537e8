/* alloc.h - allocation that does not fail.
 *
 * Small allocations abort the process when memory is gone: paths that nobody tests are worse than a crash that
 * loses nothing (the store is durable). A size that comes from outside is checked against a named limit before
 * it gets here.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
/* `count` elements of `size` bytes; aborts on overflow. */
void *xreallocarray(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
/* At most n bytes of s, NUL-terminated. */
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* Overwrites the whole allocation, then frees it: for a library that would leave secrets behind. NULL is accepted. */
void xfree_wiped(void *p);

#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

#endif
