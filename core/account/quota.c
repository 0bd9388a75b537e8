#include "account/quota.h"

#include "base/alloc.h"
#include "store/quotas.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct told {
    int64_t account_id;
    struct store_quota *v;
    size_t n;
    bool is_known;
};

static void told_done(struct told *t)
{
    store_quotas_free(t->v, t->n);
}

static int64_t clamp(uint64_t n)
{
    return n < INT64_MAX ? (int64_t)n : INT64_MAX;
}

/* A name of a server as text that can be shown: printable ASCII, as the names of roots are (RFC 9208 section 3). */
static char *name_of(struct fct_bytes name)
{
    char *out = xstrndup(name.n ? name.p : "", name.n);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
            *c = '?';
    return out;
}

static int add(void *ctx, const struct fct_quota *q, struct fct_error *err)
{
    struct told *t = ctx;
    (void)err;
    if (t->n >= STORE_QUOTAS_MAX || q->resource.n == 0)
        return 0;
    t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
    t->v[t->n++] = (struct store_quota){
        .root = name_of(q->root), .resource = name_of(q->resource), .used = clamp(q->used), .limit = clamp(q->limit)};
    return 0;
}

static int read_whether_known(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct told *t = arg;
    return store_quotas_are(tx, t->account_id, t->v, t->n, &t->is_known, err);
}

static int write_told(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct told *t = arg;
    return store_quotas_told(tx, t->account_id, t->v, t->n, err);
}

int quota_ask(struct store *store, int64_t account_id, const struct fct_source *source, void *session, struct fct_error *err)
{
    CLEANUP(told_done) struct told told = {.account_id = account_id};
    if (source->size <= offsetof(struct fct_source, quotas) || !source->quotas)
        return 0;
    if (source->quotas(session, add, &told, err) < 0)
        return -1;
    if (store_read(store, read_whether_known, &told, err) < 0)
        return -1;
    return told.is_known ? 0 : store_write(store, write_told, &told, err); /* the disk may sleep on */
}
