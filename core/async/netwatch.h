/* netwatch.h - hears when this computer's addresses or routes have changed (rtnetlink(7)).
 *
 * The kernel also speaks of what stays as it was (each router advertisement renews the life of an address), so its
 * words are only the reason to look: a second after the first of them a worker reads all addresses and routes and
 * compares them with those before. Whoever listens hears of a difference once, however many words there were.
 *
 * Threads    loop thread; reading happens on a worker.
 */
#ifndef ASYNC_NETWATCH_H
#define ASYNC_NETWATCH_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

struct uv_loop_s;
struct netwatch;

#define NETWATCH_CALM_MS 1000 /* between the kernel's first word and the look */

/* What a look found. */
struct netwatch_view {
    uint64_t fingerprint; /* of all addresses and routes, in whatever order; equal: nothing changed */
    bool has_route;       /* one that leads away from this computer, beyond what every interface has by itself */
};

/* Called on the loop, outside of any fiber. */
typedef void (*netwatch_fn)(void *ctx, bool has_route);

/* FCT_E_UNSUPPORTED: the kernel, or a sandbox, does not tell. Then nothing is known of the network. */
int netwatch_new(struct uv_loop_s *loop, netwatch_fn fn, void *ctx, struct netwatch **out, struct fct_error *err);
/* NULL is accepted. `fn` is not called any more; the memory goes with the loop's next turns. */
void netwatch_free(struct netwatch *w);

/* Reads addresses and routes now. Blocks, some 100 us: any thread but the loop's. */
int netwatch_look(struct netwatch_view *out);
/* Takes part of an answer of the kernel's into the view. False: the answer has ended, or is none. For tests. */
bool netwatch_take(const void *bytes, size_t n, struct netwatch_view *view);

#endif
