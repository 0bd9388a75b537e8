/* cleanup.h - scope decides when things are freed.
 *
 *   CLEANUP(buf_done) struct buf raw = {0};          freed at the end of the block, whatever the way out
 *   CLEANUP(freep) char *name = xstrdup("x");
 *   *out = TAKE(name);                               hands ownership on; the variable becomes NULL
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* unused: clang, unlike gcc, asks that more than the cleanup reads the variable. */
#define CLEANUP(fn) __attribute__((cleanup(fn), unused))
#define TAKE(p) __extension__({ __typeof__(p) take_ = (p); (p) = NULL; take_; })
#define TAKE_FD(fd) __extension__({ int take_ = (fd); (fd) = -1; take_; })

/* DEFINE_FREEP(struct x *, x_free) gives x_freep, for CLEANUP(x_freep) struct x *p = NULL; */
#define DEFINE_FREEP(type, fn) \
    static inline void fn##p(type *p) \
    { \
        fn(*p); \
    } \
    struct fn##p_needs_a_semicolon

static inline void freep(void *p)
{
    free(*(void **)p);
}

static inline void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void fclosep(FILE **f)
{
    if (*f)
        fclose(*f);
}

#endif
