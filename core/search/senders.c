#include "search/senders.h"

#include "base/alloc.h"
#include "base/error.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void senders_done(struct senders *s)
{
    free(s->v);
    *s = (struct senders){0};
}

/* The hash is keyed with a secret of the profile (store/threads.h): nobody can make a long chain of it. */
static struct statistics_sender *slot_of(const struct senders *s, int64_t hash)
{
    size_t i = (size_t)(uint64_t)hash & (s->cap - 1);

    while (s->v[i].messages > 0 && s->v[i].hash != hash)
        i = (i + 1) & (s->cap - 1);
    return &s->v[i];
}

static void grow(struct senders *s)
{
    struct senders old = *s;

    s->cap = old.cap ? 2 * old.cap : 1024;
    s->v = xcalloc(s->cap, sizeof(*s->v));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.v[i].messages > 0)
            *slot_of(s, old.v[i].hash) = old.v[i];
    }
    free(old.v);
}

void senders_add(struct senders *s, int64_t hash, int64_t email_id, int64_t at, int64_t size, bool is_unread)
{
    if (2 * s->n >= s->cap)
        grow(s);
    struct statistics_sender *e = slot_of(s, hash);
    if (e->messages == 0) {
        *e = (struct statistics_sender){.hash = hash, .email_id = email_id, .last_at = at};
        s->n++;
    }
    e->messages++;
    e->unread += is_unread;
    e->bytes += size;
}

static bool comes_before(const struct statistics_sender *a, const struct statistics_sender *b)
{
    return a->messages != b->messages ? a->messages > b->messages : a->email_id > b->email_id;
}

/* Name and address as the newest message has them. An Email that is gone meanwhile cannot be: it is one transaction. */
static int name_sender(struct store_tx *tx, struct statistics_sender *s, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT from_json FROM envelope WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, s->email_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    json_t *list = has_row > 0 ? json_loads(store_text(q, 0), 0, NULL) : NULL;
    store_reset(q);
    const json_t *a = json_array_get(list, 0);
    const char *name = json_string_value(json_object_get(a, "name"));
    const char *email = json_string_value(json_object_get(a, "email"));
    s->name = name && *name ? xstrdup(name) : NULL;
    s->email = xstrdup(email ? email : "");
    json_decref(list);
    return 0;
}

int senders_best(struct store_tx *tx, struct senders *s, size_t max, struct statistics_sender **out, size_t *out_n,
                 struct fct_error *err)
{
    struct statistics_sender *best = xcalloc(max + 1, sizeof(*best));
    size_t n = 0;

    for (size_t i = 0; i < s->cap; i++) {
        if (s->v[i].messages == 0 || (n == max && !comes_before(&s->v[i], &best[n - 1])))
            continue;
        size_t at = n < max ? n++ : n - 1;
        for (; at > 0 && comes_before(&s->v[i], &best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = s->v[i];
    }
    *out = best;
    *out_n = n;
    for (size_t i = 0; i < n; i++) {
        if (name_sender(tx, &best[i], err) < 0)
            return -1;
    }
    return 0;
}
