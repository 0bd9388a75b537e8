#include "base/alloc.h"
#include "store/inside.h"

#include <string.h>

struct listener {
    store_commit_fn fn;
    void *ctx;
};

struct store_notices {
    struct uv_loop_s *loop;
    struct listener *listeners; /* loop thread */
    size_t n_listeners;
    bool is_closed; /* loop thread: freed by what is still on its way */

    pthread_mutex_t lock; /* guards the rest */
    struct store_changed waiting;
    bool is_posted; /* one delivery is on its way; it takes what comes meanwhile with it */
};

struct store_notices *store_notices_new(struct uv_loop_s *loop)
{
    struct store_notices *n = XNEW(struct store_notices);
    n->loop = loop;
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

static void free_now(struct store_notices *n)
{
    store_changed_done(&n->waiting);
    pthread_mutex_destroy(&n->lock);
    free(n->listeners);
    free(n);
}

void store_notices_free(struct store_notices *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    bool is_posted = n->is_posted;
    pthread_mutex_unlock(&n->lock);
    n->is_closed = true;
    if (!is_posted)
        free_now(n);
}

void store_notices_listen(struct store_notices *n, store_commit_fn fn, void *ctx)
{
    n->listeners = xreallocarray(n->listeners, n->n_listeners + 1, sizeof(*n->listeners));
    n->listeners[n->n_listeners++] = (struct listener){fn, ctx};
}

static void deliver(void *arg)
{
    struct store_notices *n = arg;

    pthread_mutex_lock(&n->lock);
    CLEANUP(store_changed_done) struct store_changed changed = n->waiting;
    n->waiting = (struct store_changed){0};
    n->is_posted = false;
    pthread_mutex_unlock(&n->lock);
    if (n->is_closed) {
        free_now(n);
        return;
    }
    for (size_t i = 0; i < n->n_listeners; i++)
        n->listeners[i].fn(n->listeners[i].ctx, changed.list, changed.n);
}

void store_notices_post(struct store_notices *n, const struct store_changed *changed)
{
    if (!n || changed->n == 0)
        return;
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < changed->n; i++)
        store_changed_add(&n->waiting, changed->list[i].account_id, changed->list[i].type, changed->list[i].modseq);
    bool must_post = !n->is_posted;
    n->is_posted = true;
    pthread_mutex_unlock(&n->lock);
    if (must_post)
        wait_post(n->loop, deliver, n);
}
