/* buffer.h - a growing array of bytes. `{0}` is an empty one; wire_buffer_done frees.
 *
 * Whoever appends bytes of a server checks a named limit first: memory that runs out ends the process.
 */
#ifndef WIRE_BUFFER_H
#define WIRE_BUFFER_H

#include <facteur/plugin.h>

/* SCOPED(wire_buffer_done) struct wire_buffer text = {0};    freed at the end of the block, whatever the way out */
#define SCOPED(fn) __attribute__((cleanup(fn), unused))

struct wire_buffer {
    char *p;
    size_t n, cap;
};

void wire_buffer_done(struct wire_buffer *b);
/* Overwrites the content, then frees. */
void wire_buffer_wipe(struct wire_buffer *b);
void wire_buffer_add(struct wire_buffer *b, const void *p, size_t n);
void wire_buffer_add_str(struct wire_buffer *b, const char *s);
void wire_buffer_add_char(struct wire_buffer *b, char c);
void wire_buffer_addf(struct wire_buffer *b, const char *fmt, ...) FCT_PRINTF(2, 3);
/* The bytes followed by a NUL; "" when empty. */
const char *wire_buffer_str(const struct wire_buffer *b);

static inline void wire_buffer_set(struct wire_buffer *b, struct fct_bytes bytes)
{
    b->n = 0;
    wire_buffer_add(b, bytes.p, bytes.n);
}

static inline struct fct_bytes wire_buffer_bytes(const struct wire_buffer *b)
{
    return (struct fct_bytes){b->p, b->n};
}

void *wire_alloc(size_t n);                /* zeroed; aborts when memory is gone */
void wire_freep(void *pointer_to_pointer); /* for SCOPED */
void *wire_realloc_array(void *p, size_t count, size_t size);

/* ASCII letters without regard to case. */
bool wire_equal(struct fct_bytes a, const char *b);

#endif
