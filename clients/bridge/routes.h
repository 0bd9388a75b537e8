/* routes.h - what there is behind which path. Threads: the loop's. */
#ifndef BRIDGE_ROUTES_H
#define BRIDGE_ROUTES_H

#include "exchange.h"

#define ROUTE_WELL_KNOWN "/.well-known/jmap"
#define ROUTE_SESSION "/jmap/session"
#define ROUTE_API "/jmap/api"
#define ROUTE_UPLOAD "/jmap/upload/"
#define ROUTE_DOWNLOAD "/jmap/download/"
#define ROUTE_EVENTS "/jmap/events"
#define ROUTE_WEBSOCKET "/jmap/ws"
#define ROUTE_PAIR "/pair"
#define ROUTE_PROXY_LINKS "/jmap/proxy"

extern const struct route route_session, route_well_known; /* session.c */
extern const struct route route_api;                       /* api.c */
extern const struct route route_upload, route_download;    /* transfer.c */
extern const struct route route_events;                    /* events.c */
extern const struct route route_websocket;                 /* websocket.c: what comes there without an upgrade */
extern const struct route route_pair;                      /* pair.c */
extern const struct route route_proxy_links;               /* proxy_links.c */
extern const struct route route_proxy_image;               /* proxy.c */

/* NULL: there is none. What the folder of the web application holds comes behind our own paths. */
const struct route *routes_find(const struct bridge *b, const char *path);
/* What to say of a body that is too large for x->route. */
void routes_too_large(const struct exchange *x, struct jmap_problem *out);

#endif
