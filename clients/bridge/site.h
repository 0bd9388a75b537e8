/* site.h - under which names the bridge answers, and to pages of whom: RFC 9110 section 7.2, RFC 6454, the Fetch
 * standard.
 *
 * A browser can be made to call us by a name of the attacker's (DNS rebinding), so a name must be known: an address,
 * localhost, or one that the user named. A page of another origin gets nothing unless the user named that origin: not
 * an answer, not a WebSocket, not a request that changes anything.
 *
 * Threads: any; nothing changes after site_init.
 */
#ifndef BRIDGE_SITE_H
#define BRIDGE_SITE_H

#include "util.h"

struct site {
    char *public_url; /* as others reach us, without a slash at its end; NULL: as they say (Host) */
    char **hosts;
    size_t n_hosts;
    char **origins; /* "*": any */
    size_t n_origins;
};
/* -1: it is none ("https://host[:port]"). */
int site_set_public_url(struct site *s, const char *url);
int site_allow_host(struct site *s, const char *host);
int site_allow_origin(struct site *s, const char *origin);
void site_done(struct site *s);

/* What absolute URLs begin with, for a request with this Host; NULL: it is refused. Freed by the caller. */
char *site_base(const struct site *s, const char *host, bool is_tls);
/* Whether a page of `origin` may talk to us, reached under `base`. */
bool site_allows(const struct site *s, const char *origin, const char *base);
/* Whether it is of the same origin as `base` itself. */
bool site_is_own(const char *origin, const char *base);

#endif
