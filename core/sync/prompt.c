/* Flags that were told are applied while the source is still at work: while it waits for the server, and while many of them come.
 *
 * A source that has news ends its wait first, which costs a round trip (DONE and its answer), and a far server is 100 ms away. And ten
 * thousand changes take the server, the wire and the parser as long as the writer: they need not wait for each other. So what has come
 * is applied by a fiber of its own, piece by piece. It takes the news with it: what comes later is the next ones. What it finds to be
 * unknown here is given back to the news at the end, for a visit to fetch. */
#include "async/fiber.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

#include <string.h>

#define AT_ONCE 4000 /* flag changes in one transaction: some 30 ms */
#define MANY 1000    /* that have come are worth a fiber when the source is not idle */

struct sync_prompt {
    struct sync_engine *e;
    struct fiber *fiber;
    int64_t mailbox_id;
    struct listing news, put_off, unknown;
    size_t first, last; /* of news, in this transaction */
    struct fct_error err;
};

static int write_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sync_prompt *p = arg;
    size_t n = p->last - p->first;
    CLEANUP(freep) struct store_told_flags *told = xcalloc(n, sizeof(told[0]));
    for (size_t i = 0; i < n; i++)
        told[i] = (struct store_told_flags){.uid = p->news.v[p->first + i].uid, .flags = listing_flags(&p->news, p->first + i)};
    if (store_placements_server_flags(tx, p->mailbox_id, told, n, !sync_puts_off(p->e), NULL, err) < 0)
        return -1;
    sync_collect_put_off(told, n, &p->put_off);
    for (size_t i = 0; i < n; i++)
        if (told[i].is_unknown)
            listing_add(&p->unknown, told[i].uid, &told[i].flags);
    return 0;
}

static int write_all(struct sync_prompt *p)
{
    listing_sort(&p->news);
    for (p->first = 0; p->first < p->news.n; p->first = p->last) {
        p->last = p->news.n - p->first < AT_ONCE ? p->news.n : p->first + AT_ONCE;
        if (store_write(p->e->o.store, write_flags, p, &p->err) < 0)
            return -1;
    }
    sync_take_back(p->e, p->mailbox_id, &p->news);
    sync_put_off(p->e, p->mailbox_id, &p->put_off);
    listing_clear(&p->put_off);
    listing_clear(&p->news);
    return 0;
}

/* Begins in the loop's next turn, when everything is taken that came in one piece. */
static int apply(void *arg)
{
    struct sync_prompt *p = arg;
    struct sync_engine *e = p->e;
    while (e->told_of == p->mailbox_id && e->news.n > 0) {
        struct listing taken = e->news;
        e->news = p->news;
        p->news = taken;
        if (write_all(p) < 0)
            return -1;
    }
    return 0;
}

static void give_back(struct sync_engine *e, const struct listing *unknown)
{
    for (size_t i = 0; i < unknown->n; i++) {
        struct fct_flags flags = listing_flags(unknown, i);
        listing_add(&e->news, unknown->v[i].uid, &flags);
    }
}

static int end(struct sync_engine *e, struct fct_error *err)
{
    struct sync_prompt *p = TAKE(e->prompt);
    int result = fiber_join(p->fiber);
    if (result < 0 && err)
        *err = p->err;
    fiber_unref(p->fiber);
    give_back(e, &p->unknown);
    listing_done(&p->unknown);
    listing_done(&p->put_off);
    listing_done(&p->news);
    free(p);
    return result;
}

void sync_apply_soon(struct sync_engine *e)
{
    if (e->prompt && fiber_is_done(e->prompt->fiber) && e->prompt->err.code == FCT_OK && e->prompt->unknown.n == 0)
        end(e, NULL);
    if (e->prompt || !e->told_of || (!e->is_waiting && e->news.n < MANY))
        return;
    /* Of a mailbox that is being opened nothing is believed before it is known to have the numbers that are known here. */
    if (e->told_of != e->selected && e->status.uidvalidity != e->told_uidvalidity)
        return;
    struct sync_prompt *p = XNEW(struct sync_prompt);
    p->e = e;
    p->mailbox_id = e->told_of;
    e->prompt = p;
    p->fiber = fiber_spawn(fiber_loop(), "apply news", apply, p);
}

int sync_await_prompt(struct sync_engine *e, struct fct_error *err)
{
    e->told_of = 0;
    return e->prompt ? end(e, err) : 0;
}
