/* websocket.h - JMAP over WebSocket (RFC 8887) on frames of RFC 6455: requests and responses, and push.
 *
 * Frames are read as they come and written as there is room: answers wait in a bounded queue, and while it is full no
 * further message is read. Of what changes only the newest is told, when there is room for it.
 *
 * Ownership  the connection's. Threads: the loop's.
 */
#ifndef BRIDGE_WEBSOCKET_H
#define BRIDGE_WEBSOCKET_H

#include "h1.h"

struct websocket;

/* A reference to `login` is taken. */
struct websocket *websocket_new(struct bridge *b, struct login *login, const char *peer);
void websocket_attach(struct websocket *ws, const struct h1_carrier *carrier);
void websocket_free(struct websocket *ws); /* NULL is accepted */
/* -1: close. */
int websocket_read(struct websocket *ws, const char *p, size_t n);
/* The next bytes to write, at most `max`; 0: none now; -1: close, all has been said. */
ssize_t websocket_next(struct websocket *ws, char *to, size_t max);
int websocket_tick(struct websocket *ws, uint64_t now);

/* Sec-WebSocket-Accept of a key (RFC 6455 section 4.2.2). */
void websocket_accept_of(const char *key, char out[29]);

#endif
