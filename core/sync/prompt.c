/* Flags that change while the server is listened to are shown at once.
 *
 * A source that has news ends its wait first, which costs a round trip (DONE and its answer), and a far server is 100 ms away. So
 * what came together is applied by a fiber of its own meanwhile. It takes the news with it: what comes later is the next ones. */
#include "async/fiber.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

#define PROMPT_MAX 2000 /* flag changes; more are applied in pieces, after the wait */

struct sync_prompt {
    struct sync_engine *e;
    struct fiber *fiber;
    int64_t mailbox_id;
    struct listing news, put_off;
    struct fct_error err;
};

static int write_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sync_prompt *p = arg;
    CLEANUP(freep) struct store_told_flags *told = xcalloc(p->news.n, sizeof(told[0]));
    for (size_t i = 0; i < p->news.n; i++)
        told[i] = (struct store_told_flags){.uid = p->news.v[i].uid, .flags = listing_flags(&p->news, i)};
    if (store_placements_server_flags(tx, p->mailbox_id, told, p->news.n, !sync_puts_off(p->e), NULL, err) < 0)
        return -1;
    sync_collect_put_off(told, p->news.n, &p->put_off);
    return 0;
}

/* Begins in the loop's next turn, when everything is taken that came in one piece. */
static int apply(void *arg)
{
    struct sync_prompt *p = arg;
    struct sync_engine *e = p->e;
    if (e->selected != p->mailbox_id || e->news.n == 0 || e->news.n > PROMPT_MAX)
        return 0;
    p->news = e->news;
    e->news = (struct listing){0};
    listing_sort(&p->news);
    return store_write(e->o.store, write_flags, p, &p->err);
}

static int end(struct sync_engine *e, struct fct_error *err)
{
    struct sync_prompt *p = TAKE(e->prompt);
    int result = fiber_join(p->fiber);
    if (result < 0 && err)
        *err = p->err;
    fiber_unref(p->fiber);
    sync_take_back(e, p->mailbox_id, &p->news);
    sync_put_off(e, p->mailbox_id, &p->put_off);
    listing_done(&p->put_off);
    listing_done(&p->news);
    free(p);
    return result;
}

void sync_apply_soon(struct sync_engine *e)
{
    if (e->prompt && fiber_is_done(e->prompt->fiber) && e->prompt->err.code == FCT_OK)
        end(e, NULL);
    if (e->prompt || !e->is_waiting || !e->selected)
        return;
    struct sync_prompt *p = XNEW(struct sync_prompt);
    p->e = e;
    p->mailbox_id = e->selected;
    e->prompt = p;
    p->fiber = fiber_spawn(fiber_loop(), "apply news", apply, p);
}

int sync_await_prompt(struct sync_engine *e, struct fct_error *err)
{
    return e->prompt ? end(e, err) : 0;
}
