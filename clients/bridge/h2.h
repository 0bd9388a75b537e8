/* h2.h - HTTP/2, as libwebsockets hands it over: each stream is an exchange. Threads: the loop's. */
#ifndef BRIDGE_H2_H
#define BRIDGE_H2_H

#include "bridge.h"

#include <libwebsockets.h>

int h2_event(struct bridge *b, struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len);
/* Whether facteurd has let in who asks by this stream. */
bool h2_is_known(struct lws *wsi);
/* The connection of each stream that is open. */
void h2_each_busy(const struct bridge *b, void (*fn)(struct lws *network, uint64_t now), uint64_t now);
/* Once a second: closes streams that take too long. */
void h2_tick(struct bridge *b, uint64_t now);
/* Says in a SETTINGS frame of its own that headers are to be sent without a table. At a connection's first request,
 * with nothing of libwebsockets' half written. -1: the connection is of no use any more. */
int h2_announce_no_table(struct lws *network);

#endif
