/* api.h - what the handlers share: the core, the socket, and the limits that a session is told of.
 *
 * Ownership  facteurd.c owns it. Threads: loop thread; handlers on a reader or the writer read only what never changes
 * (core, store, limits).
 */
#ifndef API_API_H
#define API_API_H

#include "account/core.h"
#include "dispatch.h"
#include "grants.h"
#include "push.h"
#include "server.h"
#include "webpush/webpush.h"
#include "streams.h"
#include "uploads.h"

#define API_LEVEL 1

/* Of one who asks. On the socket more than these wait for their turn, as texts of one connection do; the bridge, which
 * has a connection for each request, refuses them. */
#define API_MAX_CONCURRENT_REQUESTS 4
#define API_MAX_CONCURRENT_UPLOADS 4
#define API_MAX_OBJECTS_IN_GET 1000
#define API_MAX_OBJECTS_IN_SET 1000
#define API_MAX_OBJECTS_IN_QUERY 100000     /* ids of one answer */
#define API_MAX_UPLOAD (UINT64_C(64) << 20) /* bytes of one blob, however it is put together */
#define API_MAX_ATTACHMENTS \
    (UINT64_C(45) << 20) /* of one Email that is made, unencoded: base64 makes API_MAX_UPLOAD of 46.7 MiB */
#define API_MAX_UPLOAD_STREAM (UINT64_C(4) << 30) /* bytes of one blob that comes through a descriptor (Blob/begin) */
#define API_MAX_MESSAGE \
    (UINT64_C(256) << 20) /* bytes that are read as a message, each and all of one call (docs/decisions/0034) */
#define API_MAX_BLOB_RANGE (UINT64_C(4) << 20) /* bytes of one Blob/get, over all ids */
#define API_MAX_BODY_BYTES ((size_t)12 << 20)  /* decoded text of one Email/get or Email/parse */
#define API_MAX_DATA_SOURCES 64
#define API_MAX_MAILBOXES_PER_EMAIL 1000
#define API_MAX_KEYWORDS 100
#define API_UPLOAD_KEPT_SECONDS (24 * 3600)
#define API_SEARCH_MS 30000 /* a search that takes longer is given up */

struct audit;
struct door;
struct pairings;
struct uv_loop_s;

struct api {
    struct uv_loop_s *loop;
    struct core *core;
    struct store *store;
    struct push *push;
    struct webpush *webpush; /* NULL until it was started */
    struct server *server;
    struct door *door;
    struct audit *audit;
    struct pairings *pairings;
    struct grants grants;
    struct dispatcher dispatcher;
    struct streams streams;
    struct uploads_kept uploads;
    char *socket_path;
    int64_t started_at;      /* seconds */
    uint64_t started_ms;     /* on the clock of wait_now_ms */
    void (*stop)(void *ctx); /* Core/stop */
    void *stop_ctx;
};
/* Serves the core on the socket. */
int api_start(struct uv_loop_s *loop, struct core *core, const struct server_options *o, void (*stop)(void *ctx),
              void *stop_ctx, struct api **out, struct fct_error *err);
/* Closes the socket and every session. Before core_stop. Suspends. NULL is accepted. */
void api_stop(struct api *api);
/* After core_stop: what its listeners used. */
void api_free(struct api *api);

#endif
