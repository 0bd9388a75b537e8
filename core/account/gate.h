/* gate.h - how many accounts connect at once.
 *
 * 32 accounts that begin together, at start or when the network is back, would look up names, shake hands and sign in all at the
 * same moment; so they go through a gate, GATE_WIDTH at a time, in the order in which they came. A server that does not answer holds
 * its place for GATE_HOLD_MS only: it goes on trying, and no longer counts.
 *
 * Threads    loop thread.
 */
#ifndef ACCOUNT_GATE_H
#define ACCOUNT_GATE_H

#include "async/wait.h"

#define GATE_WIDTH 8
#define GATE_HOLD_MS 2000

struct gate_waiter;
/* `{0}` is an open gate. */
struct gate {
    struct {
        uint64_t ticket, since_ms; /* ticket 0: free */
    } place[GATE_WIDTH];
    uint64_t last_ticket;
    struct gate_waiter *first; /* those who wait, in the order in which they came */
    struct wait_event moved;
};
/* Waits for a place. Suspends. Fails with FCT_E_CANCELLED only. */
int gate_enter(struct gate *g, uint64_t *out_ticket, struct fct_error *err);
/* Gives the place back, if it is still held. Never suspends. */
void gate_leave(struct gate *g, uint64_t ticket);

#endif
