/* h1.h - a connection that speaks HTTP/1.1: request after request, and WebSocket when it is upgraded.
 *
 * The front reads and writes the bytes (libwebsockets' raw role, with TLS or without); here they become exchanges. What
 * comes before the present request is answered is kept up to a bound; then the connection is not read.
 *
 * Ownership  the front's. Threads: the loop's.
 */
#ifndef BRIDGE_H1_H
#define BRIDGE_H1_H

#include "bridge.h"

struct h1;

struct h1_carrier {
    void (*want_write)(void *arg); /* h1_next has something */
    void (*write_now)(void *arg);  /* the same, for now if there is room; from a callback of the loop only */
    void (*pause)(void *arg, bool is_paused);
    void (*kill)(void *arg);       /* close it, soon */
    void (*half_close)(void *arg); /* say that nothing more comes */
    void *arg;
};
/* `peer` is copied. */
struct h1 *h1_new(struct bridge *b, const struct h1_carrier *c, const char *peer, bool is_tls);
void h1_free(struct h1 *h);
/* Whether facteurd has let in who asks now, or whose WebSocket it is. */
bool h1_is_known(const struct h1 *h);
/* -1: close. */
int h1_read(struct h1 *h, const char *p, size_t n);
/* The next bytes to write, at most `max`; 0: none now. -1: close. */
ssize_t h1_next(struct h1 *h, char *to, size_t max);
/* Once a second: closes what takes too long. -1: close; -2: and throw away what the kernel has for a peer that does not
 * read. */
int h1_tick(struct h1 *h, uint64_t now);

#endif
