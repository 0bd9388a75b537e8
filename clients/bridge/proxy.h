/* proxy.h - remote images of a message: the page asks for links to them, and an <img> follows those.
 *
 *   POST /jmap/proxy  {"urls": ["https://...", ...]}      signed in, with the scope read
 *                     {"paths": ["/proxy/...", null, ...]} in the same order; null: that one is not fetched
 *   GET /proxy/...    the image, to whoever has the link; or 403, 415, 413, 502, 504 with a sentence of our own
 *
 * The sender of a message learns that somebody's proxy asked, and neither from where it was read nor by what. Which
 * URLs, from which addresses: remote.h; how: fetch.h; the links: link.h; what is kept: shown.h.
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_PROXY_H
#define BRIDGE_PROXY_H

#include "bridge.h"
#include "fetch.h"
#include "link.h"

#define PROXY_URLS_MAX 256
#define PROXY_AT_ONCE 32
#define PROXY_AT_ONCE_EACH 24 /* of one credential's links */
#define PROXY_WAITING 512
#define PROXY_WAITING_EACH 256

struct proxy;
/* NULL: told in the log. */
struct proxy *proxy_new(struct bridge *b);
void proxy_stop(struct proxy *p); /* the loop has to run once more; NULL is accepted */
void proxy_free(struct proxy *p); /* when no exchange is left; NULL is accepted */
const struct link_key *proxy_key(const struct proxy *p);

#endif
