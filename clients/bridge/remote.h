/* remote.h - what may be fetched from the Internet for a message: which URLs, and from which addresses.
 *
 * A message is written by a stranger, so a URL in it is the stranger's, and the request would be ours. How a host is
 * spelt decides nothing: it is resolved, and the address that is about to be connected to is judged. Threads: any.
 */
#ifndef BRIDGE_REMOTE_H
#define BRIDGE_REMOTE_H

#include "inet/network.h"
#include "util.h"

#include <sys/socket.h>

#define REMOTE_URL_MAX ((size_t)4096)
#define REMOTE_NETWORKS_MAX 16

/* Networks that may be fetched from beside the Internet: `{0}` at first, none. */
struct remote_policy {
    struct inet_network networks[REMOTE_NETWORKS_MAX];
    size_t n;
};
/* A network in CIDR notation. -1: it is none, or there are too many. */
int remote_allow(struct remote_policy *p, const char *network);

/* Public, in no network that this computer stands in, and port 80 or 443; or in an allowed network, at any port. */
bool remote_may_connect(const struct remote_policy *p, const struct sockaddr *address);

/* The URL as it is asked for: http or https, no user, no fragment. NULL: it is refused, as far as it can be seen
 * without looking up its host. Freed by the caller. */
char *remote_url(const struct remote_policy *p, const char *text);
/* Where a redirect leads from `from`; nowhere (NULL) where that would leave https. Freed by the caller. */
char *remote_redirect(const struct remote_policy *p, const char *from, const char *to);

#endif
