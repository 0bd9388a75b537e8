#include "bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bytes_reserve(struct bytes *b, size_t more)
{
    if (b->cap - b->n >= more)
        return 0;
    size_t cap = b->cap + b->cap / 2 + more;
    char *p = cap > b->n && cap >= more ? malloc(cap) : NULL; /* no realloc: what it leaves behind is not wiped */
    if (!p) {
        errno = ENOMEM;
        return -1;
    }
    if (b->n)
        memcpy(p, b->p, b->n);
    if (b->p)
        explicit_bzero(b->p, b->n);
    free(b->p);
    b->p = p;
    b->cap = cap;
    return 0;
}

int bytes_add(struct bytes *b, const char *p, size_t n)
{
    if (bytes_reserve(b, n) < 0)
        return -1;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

int bytes_add_text(struct bytes *b, const char *text)
{
    return bytes_add(b, text, strlen(text));
}

static int add_piece(const char *p, size_t n, void *arg)
{
    return bytes_add(arg, p, n);
}

int bytes_add_json(struct bytes *b, const json_t *value)
{
    size_t before = b->n;

    errno = 0;
    if (json_dump_callback(value, add_piece, b, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
        return 0;
    b->n = before;
    if (errno != ENOMEM)
        errno = EILSEQ;
    return -1;
}

int bytes_add_quoted(struct bytes *b, const char *text)
{
    json_auto_t *string = json_string(text);

    if (!string) {
        errno = EILSEQ;
        return -1;
    }
    return bytes_add_json(b, string);
}

void bytes_drop(struct bytes *b, size_t n)
{
    if (!n)
        return;
    memmove(b->p, b->p + n, b->n - n);
    explicit_bzero(b->p + b->n - n, n);
    b->n -= n;
}

void bytes_done(struct bytes *b)
{
    if (b->p)
        explicit_bzero(b->p, b->n);
    free(b->p);
    *b = (struct bytes){0};
}

int bytes_add_request(struct bytes *b, const char *id, const char *method, struct facteur_text params)
{
    size_t before = b->n;

    if (bytes_add_text(b, "{\"jsonrpc\":\"2.0\",\"id\":") == 0 && bytes_add_text(b, id) == 0 &&
        bytes_add_text(b, ",\"method\":") == 0 && bytes_add_quoted(b, method) == 0 &&
        (!params.p || (bytes_add_text(b, ",\"params\":") == 0 && bytes_add(b, params.p, params.n) == 0)) &&
        bytes_add_text(b, "}") == 0)
        return 0;
    b->n = before;
    return -1;
}
