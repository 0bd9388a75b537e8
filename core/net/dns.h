/* dns.h - questions to the name servers of this computer that getaddrinfo does not ask: MX, SRV; and addresses within a deadline.
 *
 * c-ares asks, on a thread of its own (aside.h). What comes from the wire is parsed there and checked here: a name that is no
 * host name is left out. Answers are not authenticated; who uses them has to think of that.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "net/aside.h"

#include <netinet/in.h>

#define DNS_NAME_MAX 253
#define DNS_MX_MAX 16
#define DNS_SRV_MAX 8     /* of one service */
#define DNS_ADDRESS_MAX 16

struct dns_options {
    const char *server; /* "127.0.0.1:5353", for tests; NULL: those of this computer */
};

/* A question's own outcome. NONE: there is no such record, or it says that there is nothing ("." in MX: RFC 7505, in SRV:
 * RFC 2782). FAILED: not known. */
enum dns_outcome { DNS_FOUND, DNS_NONE, DNS_FAILED };

struct dns_mx {
    enum dns_outcome outcome;
    bool no_domain; /* NONE, as there is nothing at all of this name */
    const char *failure; /* c-ares' words, valid for ever */
    char hosts[DNS_MX_MAX][DNS_NAME_MAX + 1]; /* the most wanted first; lower case */
    size_t n;
};

struct dns_service {
    const char *name; /* "_imaps._tcp" */
    enum dns_outcome outcome;
    bool refused; /* its target is ".": the service is not offered */
    const char *failure;
    struct dns_target {
        char host[DNS_NAME_MAX + 1]; /* lower case */
        uint16_t port, priority, weight;
    } targets[DNS_SRV_MAX]; /* the most wanted first */
    size_t n;
};

struct dns_host {
    const char *name;
    enum dns_outcome outcome;
    const char *failure;
    struct sockaddr_storage addresses[DNS_ADDRESS_MAX]; /* with port 0; IPv6 and IPv4 in turns */
    size_t n;
};

/* Each asks all of its questions at once and returns when all are answered or the deadline has passed: 0, or -1 with
 * FCT_E_CANCELLED, FCT_E_INTERNAL. Suspends. */
int dns_mx(const struct dns_options *o, const char *domain, uint64_t deadline_ms, struct dns_mx *out, struct fct_error *err);
int dns_services(const struct dns_options *o, const char *domain, struct dns_service *services, size_t n, uint64_t deadline_ms,
                 struct fct_error *err);
int dns_hosts(const struct dns_options *o, struct dns_host *hosts, size_t n, uint64_t deadline_ms, struct fct_error *err);

#endif
