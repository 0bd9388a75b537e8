#include "wire/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void *wire_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

void wire_freep(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

void *wire_realloc_array(void *p, size_t count, size_t size)
{
    p = reallocarray(p, count, size);
    if (!p && count > 0)
        abort();
    return p;
}

static void make_room(struct wire_buffer *b, size_t more)
{
    size_t need = b->n + more + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    /* Not realloc, which may leave a copy behind: passwords are put together here. */
    char *larger = wire_realloc_array(NULL, cap, 1);
    if (b->n > 0)
        memcpy(larger, b->p, b->n);
    if (b->p)
        explicit_bzero(b->p, b->cap);
    free(b->p);
    b->p = larger;
    b->cap = cap;
}

void wire_buffer_done(struct wire_buffer *b)
{
    free(b->p);
    *b = (struct wire_buffer){0};
}

void wire_buffer_wipe(struct wire_buffer *b)
{
    if (b->p)
        fct_host->wipe(b->p, b->cap);
    wire_buffer_done(b);
}

void wire_buffer_add(struct wire_buffer *b, const void *p, size_t n)
{
    make_room(b, n);
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void wire_buffer_add_str(struct wire_buffer *b, const char *s)
{
    wire_buffer_add(b, s, strlen(s));
}

void wire_buffer_add_char(struct wire_buffer *b, char c)
{
    wire_buffer_add(b, &c, 1);
}

void wire_buffer_addf(struct wire_buffer *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    make_room(b, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

const char *wire_buffer_str(const struct wire_buffer *b)
{
    return b->p ? b->p : "";
}

bool wire_equal(struct fct_bytes a, const char *b)
{
    return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}
