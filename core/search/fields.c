#include "search/fields.h"

#include "base/alloc.h"

#include <stdlib.h>

static void reverse(int64_t *v, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        int64_t x = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = x;
    }
}

void fields_done(struct fields *f)
{
    if (f->n) {
        if (f->ids[0] < f->ids[f->n - 1]) { /* a walk upward */
            reverse(f->ids, f->n);
            reverse(f->sets, f->n);
        }
        pthread_mutex_lock(&f->memory->lock);
        if (f->memory->fields.epoch == f->epoch) {
            column_merge(&f->memory->fields, f->ids, f->sets, f->n);
            column_forget_if_large(&f->memory->fields);
        }
        memory_unlock(f->memory);
    }
    free(f->answers);
    free(f->ids);
    free(f->sets);
    *f = (struct fields){0};
}

/* Locks the memory as it was at the first question, or, if it was emptied meanwhile, gives NULL: what is asked is not
 * known. */
static struct column *lock_column(struct store_tx *tx, struct fields *f, struct fct_error *err)
{
    if (!f->memory) {
        if (!(f->memory = memory_lock(tx, err)))
            return NULL;
        f->epoch = f->memory->fields.epoch;
    } else {
        pthread_mutex_lock(&f->memory->lock);
    }
    return &f->memory->fields;
}

/* A set is "\nfrom\nto\n", in small letters. */
static bool set_has(struct fct_bytes set, const char *name)
{
    CLEANUP(buf_done) struct buf wanted = {0};

    buf_add_char(&wanted, '\n');
    for (const char *p = name; *p; p++)
        buf_add_char(&wanted, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
    buf_add_char(&wanted, '\n');
    return memmem(set.p, set.n, wanted.p, wanted.n) != NULL;
}

static int answer_of(struct fields *f, const struct column *c, size_t set)
{
    if (set >= f->n_answers) {
        size_t n = c->texts.n;
        f->answers = xreallocarray(f->answers, n, 1);
        memset(f->answers + f->n_answers, 0, n - f->n_answers);
        f->n_answers = n;
    }
    if (!f->answers[set])
        f->answers[set] = set_has(texts_get(&c->texts, (uint32_t)set), f->name) ? 2 : 1;
    return f->answers[set] - 1;
}

int fields_look(struct store_tx *tx, struct fields *f, int64_t email_id, struct fct_error *err)
{
    struct column *c = lock_column(tx, f, err);
    int answer = 2;

    if (!c)
        return -1;
    if (c->epoch == f->epoch) {
        if (f->place > c->n || (f->place > 0 && c->ids[f->place - 1] <= email_id))
            f->place = 0; /* a walk upward, or others came in between */
        f->place = column_find(c, f->place, email_id);
        if (f->place < c->n && c->ids[f->place] == email_id)
            answer = answer_of(f, c, (size_t)c->values[f->place]);
    }
    memory_unlock(f->memory);
    return answer;
}

static int by_name(const void *x, const void *y)
{
    const struct fct_bytes *a = x, *b = y;
    size_t n = a->n < b->n ? a->n : b->n;
    int c = n ? strncasecmp(a->p, b->p, n) : 0;
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

/* The set of names, each once, in order. */
static void add_set(const struct mime_headers *headers, struct buf *out)
{
    CLEANUP(freep) struct fct_bytes *names = xcalloc(headers->n + 1, sizeof(*names));

    for (size_t i = 0; i < headers->n; i++)
        names[i] = headers->v[i].name;
    qsort(names, headers->n, sizeof(*names), by_name);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < headers->n; i++) {
        if (i > 0 && bytes_equal_nocase(names[i - 1], names[i]))
            continue;
        for (size_t k = 0; k < names[i].n; k++) {
            char ch = names[i].p[k];
            buf_add_char(out, ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch);
        }
        buf_add_char(out, '\n');
    }
}

void fields_learn(struct fields *f, int64_t email_id, const struct mime_headers *headers)
{
    CLEANUP(buf_done) struct buf set = {0};

    add_set(headers, &set);
    if (f->n == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 64;
        f->ids = xreallocarray(f->ids, f->cap, sizeof(*f->ids));
        f->sets = xreallocarray(f->sets, f->cap, sizeof(*f->sets));
    }
    pthread_mutex_lock(&f->memory->lock);
    struct column *c = &f->memory->fields;
    if (c->epoch == f->epoch && c->texts.bytes.n + set.n <= UINT32_MAX) {
        f->ids[f->n] = email_id;
        f->sets[f->n++] = texts_add(&c->texts, buf_bytes(&set));
    }
    memory_unlock(f->memory);
}
