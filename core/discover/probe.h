/* probe.h - whether a mail server is there: connects, lays TLS, reads what it says first. Nothing of the user is sent.
 *
 * Certificate and host name are checked. A server that offers no TLS is none.
 */
#ifndef DISCOVER_PROBE_H
#define DISCOVER_PROBE_H

#include "async/conn.h"
#include "net/dns.h"
#include "discover/servers.h"

struct probe {
    struct server_spec spec; /* `host` is looked up among `hosts` */
    uint16_t port;           /* that is connected to */
    const struct dns_host *host;
    bool found;
    struct fct_error err; /* when it is not */
};
/* All of them at once, until `deadline_ms` (wait_now_ms's clock). 0, or -1 with FCT_E_CANCELLED. Suspends. */
int probe_all(struct probe *probes, size_t n, struct tls_trust *trust, uint64_t deadline_ms, struct fct_error *err);

#endif
