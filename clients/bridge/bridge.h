/* bridge.h - the parts of a running bridge, and its limits.
 *
 * Read main.c first, then front.c (connections), exchange.c (what every request has to pass), routes.c (what there is).
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include "backend.h"
#include "remote.h"
#include "site.h"

#include <uv.h>

/* What the session announces, and is enforced here. The rest are facteurd's limits, and it enforces them. */
#define BRIDGE_MAX_REQUEST ((size_t)10 << 20)
#define BRIDGE_MAX_CONCURRENT_REQUESTS 8
#define BRIDGE_MAX_CONCURRENT_UPLOADS 4
#define BRIDGE_MAX_CALLS 250 /* beside them a batch holds up to three of our own; facteurd takes 256 */
#define BRIDGE_MAX_DEPTH 100
#define BRIDGE_MAX_VALUES ((size_t)131072) /* in a text; facteurd's own, which it enforces after we have parsed it */
#define BRIDGE_MAX_UPLOAD (UINT64_C(4) << 30)

#define BRIDGE_PATIENCE_S 30   /* --patience: for a body, or an answer, of which nothing moves */
#define BRIDGE_SLOW_BYTES 1000 /* a second: what comes, or is taken, more slowly over twice that time is given up */
#define BRIDGE_KEPT_MAX ((uint64_t)256 << 20)          /* bytes of bodies and answers of all together */
#define BRIDGE_KEPT_STRANGERS_MAX ((uint64_t)64 << 20) /* of those, of requests of whom facteurd has not let in yet */
#define BRIDGE_CONNECTIONS 4096
#define BRIDGE_CONNECTIONS_PER_PEER 128 /* of one place (place.h) beyond this machine */

struct bridge_options {
    const char *profile, *socket;
    const char *address; /* where to listen */
    int port;
    const char *tls_cert, *tls_key;
    const char *web; /* the web application's folder; NULL: where it is installed */
    bool behind_proxy, no_start, no_web;
    bool no_proxy_images;
    struct remote_policy remote; /* where images are fetched from */
    int max_connections;
    int patience_s;
};

/* How long somebody may take for what, in ms: for a whole head, from its first byte or the connection's; for what
 * stalls; between two requests of a connection. */
static inline uint64_t patience_head_ms(const struct bridge_options *o)
{
    return (uint64_t)o->patience_s * 500;
}
static inline uint64_t patience_ms(const struct bridge_options *o)
{
    return (uint64_t)o->patience_s * 1000;
}
static inline uint64_t patience_idle_ms(const struct bridge_options *o)
{
    return (uint64_t)o->patience_s * 4000;
}

struct app;
struct exchange;
struct websocket;
struct front;
struct proxy;

struct bridge {
    uv_loop_t *loop;
    struct bridge_options o;
    struct site site;
    struct backend *backend;
    struct front *front;
    struct proxy *proxy; /* NULL: remote images are not fetched */
    struct app *app;     /* NULL: --no-web */
    struct exchange *exchanges;
    unsigned n_exchanges, n_websockets, n_streams;
    uint64_t kept;           /* bytes, of BRIDGE_KEPT_MAX */
    uint64_t kept_strangers; /* a part of it */
    bool is_stopping;
};

#endif
