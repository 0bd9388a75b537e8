/* loopback.h - where the browser comes back to after the user has consented: RFC 8252 section 7.3.
 *
 * A listener on 127.0.0.1 and nothing else, for one answer. Whoever does not know `state` (RFC 6749 section 10.12) is told so and
 * changes nothing. Requests are bounded in size and time, connections in number; nothing of a request is repeated in an answer.
 *
 * Threads    loop thread; loopback_wait suspends, and works on a thread of its own (net/aside.h).
 */
#ifndef OAUTH_LOOPBACK_H
#define OAUTH_LOOPBACK_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

#define LOOPBACK_REQUEST_MAX 8192 /* bytes of a request */
#define LOOPBACK_REQUEST_MS 10000 /* until it is complete */
#define LOOPBACK_CONNECTIONS 8    /* at a time; a browser keeps some that it does not use */

struct loopback;
/* Listens. `redirect`: an address as oauth_redirect_parse takes it. FCT_E_BUSY: its port is taken. */
int loopback_open(const char *redirect, struct loopback **out, struct fct_error *err);
void loopback_close(struct loopback *l);
DEFINE_FREEP(struct loopback *, loopback_close);
/* The address with its port, for the authorization request and for the token request. Valid as long as it is open. */
const char *loopback_uri(const struct loopback *l);
/* Waits for the answer: *out_query is the query part of the first request that has this state, to be wiped and freed.
 * FCT_E_TIMEOUT, FCT_E_CANCELLED. Suspends. */
int loopback_wait(struct loopback *l, const char *state, uint64_t deadline_ms, char **out_query, struct fct_error *err);

#endif
