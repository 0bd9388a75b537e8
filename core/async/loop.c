#include "async/loop.h"

#include "base/alloc.h"

#include <assert.h>
#include <signal.h>

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct async_loop *all; /* guarded by all_lock */

/* ---- deadlines ---- */

static void heap_put(struct async_loop *l, size_t place, struct fiber_waiter *w)
{
    l->heap[place] = w;
    w->heap_place = place;
}

static void heap_sift_up(struct async_loop *l, size_t place, struct fiber_waiter *w)
{
    for (; place > 1 && l->heap[place / 2]->deadline_ms > w->deadline_ms; place /= 2)
        heap_put(l, place, l->heap[place / 2]);
    heap_put(l, place, w);
}

static void heap_sift_down(struct async_loop *l, size_t place, struct fiber_waiter *w)
{
    for (;;) {
        size_t child = place * 2;
        if (child > l->n_heap)
            break;
        if (child < l->n_heap && l->heap[child + 1]->deadline_ms < l->heap[child]->deadline_ms)
            child++;
        if (l->heap[child]->deadline_ms >= w->deadline_ms)
            break;
        heap_put(l, place, l->heap[child]);
        place = child;
    }
    heap_put(l, place, w);
}

static void on_timer(uv_timer_t *timer);

/* The timer follows the earliest deadline exactly: one that is no longer waited for must not wake the process. */
static void set_timer(struct async_loop *l)
{
    if (l->n_heap == 0) {
        uv_timer_stop(&l->timer);
        return;
    }
    uint64_t now = uv_now(l->uv), due = l->heap[1]->deadline_ms;
    uv_timer_start(&l->timer, on_timer, due > now ? due - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct async_loop *l = timer->data;
    while (l->n_heap > 0 && l->heap[1]->deadline_ms <= uv_now(l->uv)) {
        struct fiber_waiter *w = l->heap[1];
        async_loop_drop_deadline(l, w);
        if (!w->woken) {
            w->timed_out = true;
            fiber_wake(w);
        }
    }
    set_timer(l);
}

void async_loop_add_deadline(struct async_loop *l, struct fiber_waiter *w)
{
    assert(w->heap_place == 0);
    if (l->n_heap + 2 > l->cap_heap) {
        l->cap_heap = l->cap_heap ? l->cap_heap * 2 : 16;
        l->heap = xreallocarray(l->heap, l->cap_heap, sizeof(struct fiber_waiter *));
    }
    l->n_heap++;
    heap_sift_up(l, l->n_heap, w);
    if (w->heap_place == 1)
        set_timer(l);
}

void async_loop_drop_deadline(struct async_loop *l, struct fiber_waiter *w)
{
    size_t place = w->heap_place;
    if (place == 0)
        return;
    w->heap_place = 0;
    struct fiber_waiter *last = l->heap[l->n_heap--];
    if (last != w) {
        if (place > 1 && l->heap[place / 2]->deadline_ms > last->deadline_ms)
            heap_sift_up(l, place, last);
        else
            heap_sift_down(l, place, last);
    }
    if (place == 1)
        set_timer(l);
}

/* ---- the way in from other threads ---- */

static void on_inbox(uv_async_t *handle)
{
    struct async_loop *l = handle->data;
    pthread_mutex_lock(&l->inbox_lock);
    struct loop_item *item = l->inbox_first;
    l->inbox_first = l->inbox_last = NULL;
    pthread_mutex_unlock(&l->inbox_lock);
    while (item) {
        struct loop_item *next = item->next; /* run may free the item */
        item->run(item);
        item = next;
    }
}

/* The signal is sent with the lock held: once the loop thread has seen the item, this thread is no longer at work
 * on the handle, and fiber_loop_done may close it. */
void async_loop_send(struct async_loop *l, struct loop_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&l->inbox_lock);
    if (l->inbox_last) {
        l->inbox_last->next = item;
    } else {
        l->inbox_first = item;
        uv_async_send(&l->inbox);
    }
    l->inbox_last = item;
    pthread_mutex_unlock(&l->inbox_lock);
}

void async_loop_expect_answer(struct async_loop *l)
{
    if (l->n_answers_expected++ == 0)
        uv_ref((uv_handle_t *)&l->inbox);
}

void async_loop_got_answer(struct async_loop *l)
{
    assert(l->n_answers_expected > 0);
    if (--l->n_answers_expected == 0)
        uv_unref((uv_handle_t *)&l->inbox);
}

void async_loop_hold(struct async_loop *l)
{
    l->n_held++;
}

void async_loop_release(struct async_loop *l)
{
    assert(l->n_held > 0);
    l->n_held--;
}

/* ---- life ---- */

struct async_loop *async_loop_find(const uv_loop_t *uv)
{
    pthread_mutex_lock(&all_lock);
    struct async_loop *l = all;
    while (l && l->uv != uv)
        l = l->next;
    pthread_mutex_unlock(&all_lock);
    return l;
}

struct async_loop *async_loop_get(uv_loop_t *uv)
{
    struct async_loop *l = async_loop_find(uv);
    if (l)
        return l;
    signal(SIGPIPE, SIG_IGN); /* libuv writes with plain write(2); a server that goes away is an error, no signal */
    l = XNEW(struct async_loop);
    l->uv = uv;
    pthread_mutex_init(&l->inbox_lock, NULL);
    uv_timer_init(uv, &l->timer);
    l->timer.data = l;
    if (uv_async_init(uv, &l->inbox, on_inbox) < 0)
        abort(); /* no file descriptor is left for the loop itself */
    l->inbox.data = l;
    uv_unref((uv_handle_t *)&l->inbox);
    async_loop_init_ready_queue(l);

    pthread_mutex_lock(&all_lock);
    l->next = all;
    all = l;
    pthread_mutex_unlock(&all_lock);
    return l;
}

static void on_closed(uv_handle_t *handle)
{
    struct async_loop *l = handle->data;
    async_loop_release(l);
}

static void close_handle(struct async_loop *l, uv_handle_t *handle)
{
    async_loop_hold(l);
    uv_close(handle, on_closed);
}

void async_loop_free(struct async_loop *l)
{
    assert(l->n_fibers == 0 && l->n_heap == 0);
    pthread_mutex_lock(&all_lock);
    struct async_loop **at = &all;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    pthread_mutex_unlock(&all_lock);

    on_inbox(&l->inbox); /* what was posted last still runs */
    close_handle(l, (uv_handle_t *)&l->timer);
    close_handle(l, (uv_handle_t *)&l->inbox);
    close_handle(l, (uv_handle_t *)&l->idle);
    close_handle(l, (uv_handle_t *)&l->check);
    while (l->n_held > 0)
        uv_run(l->uv, UV_RUN_ONCE);
    pthread_mutex_destroy(&l->inbox_lock);
    free(l->heap);
    free(l);
}
