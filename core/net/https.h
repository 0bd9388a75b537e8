/* https.h - fetches a small document from the public Internet, or asks a question there.
 *
 * libcurl fetches, on a thread of its own (aside.h), and only over HTTPS: TLS 1.2 at least, certificate and name checked, port
 * 443. Names are looked up here and handed to it, so the address that was looked at is the one that is connected to. Refused:
 * addresses of this computer and of private networks, address literals, users in URLs, other ports, more than HTTPS_REDIRECTS
 * redirects, a redirect to anything but https. No cookies, no credentials, no proxies, no compression.
 *
 * https_ask is for addresses that nobody but the user or this program's own data gives: it takes any port and any network, and
 * http, too, where the host is 127.0.0.1 or [::1]. It follows no redirect.
 *
 * https_post is for addresses that somebody gave who may do less than the user: a name, of any port, whose addresses are public and
 * of no network that this computer stands in, unless the user has said that this host may be near. It follows no redirect, and the answer's body is not kept.
 */
#ifndef NET_HTTPS_H
#define NET_HTTPS_H

#include "base/buf.h"
#include "net/dns.h"

#define HTTPS_BODY_MAX (256 << 10) /* bytes */
#define HTTPS_HEADERS_MAX (64 << 10)
#define HTTPS_REDIRECTS 3

struct https_options {
    struct dns_options dns;
    /* For tests; zero in earnest. */
    const char *ca_file;    /* believed instead of the system's */
    uint16_t port;          /* is connected to where a URL says 443 */
    bool allow_private;
};

/* The body of a successful answer; *out_url is where it came from after redirects, to be freed. FCT_E_NOT_FOUND: the server has
 * no such document. FCT_E_DNS, _NETWORK, _TLS, _TIMEOUT, _LIMIT, _FORBIDDEN (what is refused), _SERVER. Suspends. */
int https_get(const struct https_options *o, const char *url, uint64_t deadline_ms, struct buf *body, char **out_url,
              struct fct_error *err);

struct https_question {
    const char *url;
    const char *form; /* is posted, as application/x-www-form-urlencoded (the caller wipes it); NULL: GET */
    size_t body_max;  /* bytes of an answer; FCT_E_LIMIT beyond */
};
/* The answer, whatever its status. `body` is emptied, and its memory never moved: wipe it where it holds secrets. Errors as
 * https_get's; FCT_E_INVALID: this is no such address. Suspends. */
int https_ask(const struct https_options *o, const struct https_question *q, uint64_t deadline_ms, long *out_status, struct buf *body,
              struct fct_error *err);

#define HTTPS_URL_MAX 4096

struct https_message {
    const char *url;
    struct fct_bytes body;
    const char *const *headers; /* "TTL: 60", ended by NULL */
    bool may_be_near; /* any network, and an address instead of a name; http, too, to 127.0.0.1 and [::1] */
};
struct https_receipt {
    long status;
    int64_t retry_after_s; /* Retry-After; -1: there was none */
};
/* Delivered, and answered with whatever status. Errors as https_get's; FCT_E_FORBIDDEN: not to there. Suspends. */
int https_post(const struct https_options *o, const struct https_message *m, uint64_t deadline_ms, struct https_receipt *out,
               struct fct_error *err);
/* Whether https_post could send there, as far as the URL tells; *out_host (to be freed) is its host, in lower case. FCT_E_INVALID. */
int https_check_url(const char *url, bool may_be_near, char **out_host, struct fct_error *err);

#endif
