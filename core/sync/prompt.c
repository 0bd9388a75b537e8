/* Flags that were told are applied while the source is still at work: while it waits for the server, and while many of them come.
 *
 * A source that has news ends its wait first, which costs a round trip (DONE and its answer), and a far server is 100 ms away. And ten
 * thousand changes take the server, the wire and the parser as long as the writer: they need not wait for each other. So what has come
 * is applied by a fiber of its own, piece by piece. It takes the news with it: what comes later is the next ones. What it finds to be
 * unknown here is given back to the news at the end, for a visit to fetch. */
#include "async/fiber.h"
#include "base/alloc.h"
#include "base/error.h"
#include "sync/engine_internal.h"

#define AT_ONCE 4000 /* flag changes in one transaction: some 30 ms */
#define MANY 1000    /* that have come are worth a fiber when the source is not idle */

struct sync_prompt {
    struct sync_engine *e;
    struct fiber *fiber;
    int64_t mailbox_id;
    struct listing news, unknown;
    struct fct_error err;
};

static void add_all(struct listing *to, const struct listing *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct fct_flags flags = listing_flags(from, i);
        listing_add(to, from->v[i].uid, &flags);
    }
}

static int write_all(struct sync_prompt *p)
{
    CLEANUP(told_done) struct told t = {.mailbox_id = p->mailbox_id, .listing = &p->news, .may_hide = !sync_puts_off(p->e)};
    listing_sort(&p->news);
    if (sync_write_told(p->e, &t, p->news.n, AT_ONCE, &p->err) < 0)
        return -1;
    sync_take_back(p->e, p->mailbox_id, &p->news);
    sync_put_off(p->e, p->mailbox_id, &t.put_off);
    add_all(&p->unknown, &t.unknown);
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

static int end(struct sync_engine *e, struct fct_error *err)
{
    struct sync_prompt *p = TAKE(e->prompt);
    int result = fiber_join(p->fiber);
    if (result < 0 && err)
        *err = p->err;
    fiber_unref(p->fiber);
    add_all(&e->news, &p->unknown);
    listing_done(&p->unknown);
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
