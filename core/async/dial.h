/* dial.h - from a host name to a connected TCP socket: Happy Eyeballs (RFC 8305).
 *
 * The name is looked up on a worker; addresses of both families are tried in turns, a new one every 250 ms or as
 * soon as one has failed, and the first that answers is kept. Whatever is still under way when the call returns
 * (success, failure, cancellation) ends by itself and frees itself.
 */
#ifndef ASYNC_DIAL_H
#define ASYNC_DIAL_H

#include "async/fiber.h"

#include <uv.h>

/* What is said about the server in errors ("imap.example.org:993") and in lists of fibers. */
struct dial_target {
    const char *host; /* a name or an address literal, without brackets */
    uint32_t port;
    const char *name;
    const char *waits_for; /* "connect imap.example.org:993" */
    uint64_t deadline_ms;  /* of everything */
    uint64_t timeout_ms;   /* the same as the user configured it, for the error */
};

/* On success *out is a connected handle with keepalive and without Nagle, to be freed with dial_hang_up. Suspends. */
int dial(const struct dial_target *target, uv_tcp_t **out, struct fct_error *err);
/* The same to the first of these addresses that answers; no name is looked up. Suspends. */
int dial_addresses(const struct dial_target *target, const struct sockaddr_storage *addresses, size_t n, uv_tcp_t **out,
                   struct fct_error *err);
/* Takes up to `max` addresses from a resolver's list so that the families take turns, beginning with the one that the
 * list begins with (RFC 8305 section 4). Returns their number. */
size_t dial_interleave(const struct addrinfo *list, struct sockaddr_storage *out, size_t max);
/* Closes and frees. The handle's `data` is the caller's and must allow for callbacks that still come. */
void dial_hang_up(uv_tcp_t *tcp);

/* Whether `host` is an address and not a name. */
bool dial_is_literal(const char *host);

#endif
