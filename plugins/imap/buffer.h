/* buffer.h - a growing array of bytes. `{0}` is an empty one; imap_buffer_done frees.
 *
 * Whoever appends bytes of a server checks a named limit first: memory that runs out ends the process.
 */
#ifndef IMAP_BUFFER_H
#define IMAP_BUFFER_H

#include <facteur/plugin.h>

/* SCOPED(imap_buffer_done) struct imap_buffer text = {0};    freed at the end of the block, whatever the way out */
#define SCOPED(fn) __attribute__((cleanup(fn), unused))

struct imap_buffer {
    char *p;
    size_t n, cap;
};

void imap_buffer_done(struct imap_buffer *b);
/* Overwrites the content, then frees. */
void imap_buffer_wipe(struct imap_buffer *b);
void imap_buffer_add(struct imap_buffer *b, const void *p, size_t n);
void imap_buffer_add_str(struct imap_buffer *b, const char *s);
void imap_buffer_add_char(struct imap_buffer *b, char c);
void imap_buffer_addf(struct imap_buffer *b, const char *fmt, ...) FCT_PRINTF(2, 3);
/* The bytes followed by a NUL; "" when empty. */
const char *imap_buffer_str(const struct imap_buffer *b);

static inline void imap_buffer_set(struct imap_buffer *b, struct fct_bytes bytes)
{
    b->n = 0;
    imap_buffer_add(b, bytes.p, bytes.n);
}

static inline struct fct_bytes imap_buffer_bytes(const struct imap_buffer *b)
{
    return (struct fct_bytes){b->p, b->n};
}

void *imap_alloc(size_t n);                /* zeroed; aborts when memory is gone */
void imap_freep(void *pointer_to_pointer); /* for SCOPED */
void *imap_realloc_array(void *p, size_t count, size_t size);

/* ASCII letters without regard to case. */
bool imap_equal(struct fct_bytes a, const char *b);

#endif
