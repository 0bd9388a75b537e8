#include "account/gate.h"

#include <stddef.h>

struct gate_waiter {
    struct gate_waiter *next;
};

/* Takes a free place, or one that was held for too long. Otherwise returns when there may be one. */
static uint64_t try_enter(struct gate *g, uint64_t *out_ticket)
{
    uint64_t now = wait_now_ms(), soonest = UINT64_MAX;
    for (size_t i = 0; i < GATE_WIDTH; i++) {
        uint64_t until = g->place[i].ticket ? g->place[i].since_ms + GATE_HOLD_MS : now;
        if (until <= now) {
            g->place[i].ticket = *out_ticket = ++g->last_ticket;
            g->place[i].since_ms = now;
            return 0;
        }
        soonest = until < soonest ? until : soonest;
    }
    return soonest - now;
}

static void leave_queue(struct gate *g, struct gate_waiter *me)
{
    struct gate_waiter **at = &g->first;
    while (*at != me)
        at = &(*at)->next;
    *at = me->next;
    wait_event_raise(&g->moved); /* the next one may be the first */
}

int gate_enter(struct gate *g, uint64_t *out_ticket, struct fct_error *err)
{
    struct gate_waiter me = {0}, **at = &g->first;
    while (*at)
        at = &(*at)->next;
    *at = &me;
    for (;;) {
        uint64_t pause = g->first == &me ? try_enter(g, out_ticket) : WAIT_FOREVER;
        if (pause == 0)
            break;
        struct fct_error why = {0};
        if (wait_event(&g->moved, "a turn to connect", pause, &why) < 0 && why.code != FCT_E_TIMEOUT) {
            leave_queue(g, &me);
            if (err)
                *err = why;
            return -1;
        }
    }
    leave_queue(g, &me);
    return 0;
}

void gate_leave(struct gate *g, uint64_t ticket)
{
    for (size_t i = 0; i < GATE_WIDTH; i++)
        if (g->place[i].ticket == ticket) {
            g->place[i].ticket = 0;
            wait_event_raise(&g->moved);
        }
}
