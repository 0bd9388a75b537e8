#include "shown.h"

#include <string.h>

struct kept {
    struct kept *prev, *next; /* the one asked for last is the first */
    char *key;
    const char *type;
    struct buf image;
    uint64_t until;
};

struct shown {
    struct kept *first, *last;
    size_t n, bytes;
};

struct shown *shown_new(void)
{
    return XNEW(struct shown);
}

static size_t size_of(const struct kept *k)
{
    return k->image.cap + strlen(k->key) + sizeof(*k);
}

static void unlink_it(struct shown *s, struct kept *k)
{
    *(k->prev ? &k->prev->next : &s->first) = k->next;
    *(k->next ? &k->next->prev : &s->last) = k->prev;
}

static void put_first(struct shown *s, struct kept *k)
{
    k->prev = NULL;
    k->next = s->first;
    *(s->first ? &s->first->prev : &s->last) = k;
    s->first = k;
}

static void drop(struct shown *s, struct kept *k)
{
    unlink_it(s, k);
    s->n--;
    s->bytes -= size_of(k);
    buf_done(&k->image);
    free(k->key);
    free(k);
}

void shown_free(struct shown *s)
{
    while (s && s->first)
        drop(s, s->first);
    free(s);
}

static char *key_of(const char *by, const char *url)
{
    return xasprintf("%s %s", by, url);
}

static struct kept *find(const struct shown *s, const char *key)
{
    struct kept *k = s->first;
    while (k && strcmp(k->key, key) != 0)
        k = k->next;
    return k;
}

void shown_keep(struct shown *s, const char *by, const char *url, const char *type, const struct buf *image,
                uint64_t now)
{
    if (image->n > SHOWN_BYTES_EACH)
        return;
    struct kept *k = XNEW(struct kept), *before;
    k->key = key_of(by, url);
    k->type = type;
    k->until = now + SHOWN_MS;
    k->image.p = xmalloc(image->n);
    k->image.n = k->image.cap = image->n;
    memcpy(k->image.p, image->p, image->n);
    if ((before = find(s, k->key)))
        drop(s, before);
    while (s->last && (s->n >= SHOWN_MAX || s->bytes + size_of(k) > SHOWN_BYTES))
        drop(s, s->last);
    put_first(s, k);
    s->n++;
    s->bytes += size_of(k);
}

const char *shown_find(struct shown *s, const char *by, const char *url, uint64_t now, struct buf *out)
{
    CLEANUP(freep) char *key = key_of(by, url);
    struct kept *k = find(s, key);
    if (k && now >= k->until) {
        drop(s, k);
        return NULL;
    }
    if (!k)
        return NULL;
    unlink_it(s, k);
    put_first(s, k);
    buf_add(out, k->image.p, k->image.n);
    return k->type;
}
