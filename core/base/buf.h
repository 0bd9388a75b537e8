/* buf.h - a growing array of bytes, and slices of bytes.
 *
 * `{0}` is an empty buffer. The bytes are followed by a NUL that does not count once anything was appended, so
 * `buf_str` can be printed. Pointers into a buffer are valid until the next call that appends to it.
 * Ownership: the caller's; buf_done frees, buf_steal hands the bytes on.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <facteur/plugin.h>
#include <stdarg.h>
#include <string.h>

struct buf {
    char *p;
    size_t n, cap;
};

void buf_done(struct buf *b);
/* Overwrites the whole memory before. */
void buf_wipe(struct buf *b);
/* Keeps the memory, forgets the content. */
void buf_clear(struct buf *b);
/* Makes room for `more` bytes and returns where they go; follow with buf_grown. */
char *buf_reserve(struct buf *b, size_t more);
void buf_grown(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) FCT_PRINTF(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
/* Appends the code point as UTF-8; what is no Unicode scalar value becomes U+FFFD. */
void buf_add_utf8(struct buf *b, uint32_t cp);
/* Drops `n` bytes from the front. */
void buf_consume(struct buf *b, size_t n);
/* NUL-terminated; "" when empty. Owned by the buffer. */
const char *buf_str(const struct buf *b);
/* The bytes, NUL-terminated, never NULL, to be freed by the caller; *b becomes empty. */
char *buf_steal(struct buf *b);

static inline struct fct_bytes bytes_of(const void *p, size_t n)
{
    return (struct fct_bytes){(const char *)p, n};
}

static inline struct fct_bytes bytes_str(const char *s)
{
    return (struct fct_bytes){s, s ? strlen(s) : 0};
}

static inline struct fct_bytes buf_bytes(const struct buf *b)
{
    return (struct fct_bytes){b->p, b->n};
}

static inline bool bytes_equal(struct fct_bytes a, struct fct_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters without regard to case. */
bool bytes_equal_nocase(struct fct_bytes a, struct fct_bytes b);
bool bytes_equal_str(struct fct_bytes a, const char *s);

#endif
