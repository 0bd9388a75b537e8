/* front.h - the sockets: libwebsockets on our libuv loop.
 *
 * We accept connections ourselves, so that how many there are, and from where, is decided before anything is spent on
 * one. libwebsockets does TLS, ALPN, HTTP/2 and the waiting. HTTP/1.1 goes through its raw role into h1.c: the parser
 * of version 4.1.6 hides a header that stands behind a folded line, and two readers of one request must never differ
 * (docs/decisions/0033).
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_FRONT_H
#define BRIDGE_FRONT_H

#include "bridge.h"

struct front;
/* Listens. NULL: told in the log. `out_port`: the port, which the system chose where 0 was asked for. */
struct front *front_new(struct bridge *b, int *out_port);
/* Reads certificate and key again; what is wrong with them is told, and the old ones stay. */
void front_reload(struct front *f);
/* No more connections; those that are there are closed. */
void front_stop(struct front *f);
/* After the loop has ended; it is run once more. */
void front_free(struct front *f);
unsigned front_connections(const struct front *f);

#endif
