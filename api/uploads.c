#include "uploads.h"

#include "access.h"
#include "api.h"
#include "base/error.h"
#include "store/tokens.h"

#include <time.h>

struct counting {
    int64_t token_id;
    uint64_t bytes;
};

static int count(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct counting *c = arg;
    return store_token_uploads_size(tx, c->token_id, (int64_t)time(NULL), &c->bytes, err);
}

static struct kept_of_token *find(struct uploads_kept *u, int64_t token_id)
{
    for (size_t i = 0; i < UPLOADS_TOKENS; i++)
        if (u->v[i].token_id == token_id)
            return &u->v[i];
    return NULL;
}

/* Of one for which nothing is under way; its sum is counted again when it comes back. NULL: all are at work. */
static struct kept_of_token *make_place(struct uploads_kept *u, int64_t token_id)
{
    for (size_t i = 0; i < UPLOADS_TOKENS; i++) {
        struct kept_of_token *k = &u->v[u->next++ % UPLOADS_TOKENS];
        if (k->pending > 0)
            continue;
        *k = (struct kept_of_token){.token_id = token_id};
        return k;
    }
    return NULL;
}

/* Not one that grows beyond it by an overflow either. */
static bool has_room(const struct kept_of_token *k, uint64_t size)
{
    uint64_t used = k->bytes + k->pending;
    return used <= UPLOADS_KEPT_MAX && size <= UPLOADS_KEPT_MAX - used;
}

static int count_anew(struct api_call *call, int64_t token_id, struct fct_error *err)
{
    struct counting c = {.token_id = token_id};
    if (store_read(call->api->store, count, &c, err) < 0)
        return -1;
    struct kept_of_token *k = find(&call->api->uploads, token_id);
    if (!k)
        k = make_place(&call->api->uploads, token_id);
    if (!k)
        return fct_fail(err, FCT_E_OVER_QUOTA, FCT_RETRY_LATER, "too many upload at once");
    k->bytes = c.bytes;
    k->counted_ms = wait_now_ms();
    return 0;
}

int uploads_begin(struct api_call *call, uint64_t size, struct fct_error *err)
{
    int64_t token_id = call->access ? call->access->token_id : 0;
    if (token_id == 0)
        return 0;
    struct kept_of_token *k = find(&call->api->uploads, token_id);
    bool is_known = k && (has_room(k, size) || (k->counted_ms && wait_now_ms() - k->counted_ms < UPLOADS_COUNTED_MS));
    if (!is_known && count_anew(call, token_id, err) < 0)
        return -1;
    k = find(&call->api->uploads, token_id);
    if (!k || !has_room(k, size))
        return fct_fail(err, FCT_E_OVER_QUOTA, FCT_RETRY_LATER,
                        "the token has uploaded more than %llu bytes that are in no Email",
                        (unsigned long long)UPLOADS_KEPT_MAX);
    k->pending += size;
    return 0;
}

void uploads_end(struct api_call *call, uint64_t size, bool is_stored)
{
    int64_t token_id = call->access ? call->access->token_id : 0;
    struct kept_of_token *k = token_id ? find(&call->api->uploads, token_id) : NULL;
    if (!k)
        return;
    k->pending -= size < k->pending ? size : k->pending;
    k->bytes += is_stored ? size : 0;
}
