/* trust.h - which certificates are believed, and the sessions that servers gave us (struct tls_trust of conn.h).
 *
 * Sessions are kept for each host and port under the trust that verified them, so resuming one never skips a check
 * that a full handshake under the same trust would have made.
 *
 * Ownership  reference counted: a connection may outlive its account's handle.
 * Threads    loop thread only.
 */
#ifndef ASYNC_TRUST_H
#define ASYNC_TRUST_H

#include "async/certificate.h"
#include "async/conn.h"

#include <openssl/ssl.h>

struct tls_trust *trust_ref(struct tls_trust *t); /* tls_trust_free drops it */
SSL_CTX *trust_context(struct tls_trust *t);
/* A session for that server, owned by the caller; NULL: none. One of TLS 1.3 is given out once (RFC 8446 C.4). */
SSL_SESSION *trust_take_session(struct tls_trust *t, const char *host, uint32_t port);
/* The certificate that is pinned there, owned by the trust; NULL: none is. */
const unsigned char *trust_pin_of(const struct tls_trust *t, const char *host, uint32_t port);
/* Where what was refused is to be written down. */
struct certificate_facts *trust_refused_place(struct tls_trust *t);
void trust_forget_refused(struct tls_trust *t);
/* certificate.c: everything but host, port and what came of it. */
void certificate_describe(X509 *cert, struct certificate_facts *out);
/* Takes over the caller's reference to `session`. */
void trust_keep_session(struct tls_trust *t, const char *host, uint32_t port, SSL_SESSION *session);

#endif
