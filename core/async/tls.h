/* tls.h - TLS laid over a stream: OpenSSL between two queues of bytes. Does no I/O of its own.
 *
 * What came from the wire stands in a byte queue that tls_read and tls_handshake take from; what is to be sent is
 * appended to a buffer. The connection (conn.c) moves both.
 *
 * Errors  FCT_E_TLS. A certificate that is not believed is FCT_RETRY_NEVER with user_action, and the text says which
 *         check failed, whose certificate it is, its dates, and what the user can do.
 */
#ifndef ASYNC_TLS_H
#define ASYNC_TLS_H

#include "async/bytequeue.h"
#include "async/trust.h"
#include "base/buf.h"

struct tls;

/* `name` is put before errors ("imap.example.org:993"); the strings, the queue and the buffer must outlive it. */
struct tls_peer {
    const char *host, *name;
    uint32_t port;
    struct bytequeue *from_wire;
    struct buf *to_wire;
};

int tls_new(struct tls_trust *trust, const struct tls_peer *peer, struct tls **out, struct fct_error *err);
void tls_free(struct tls *t);
DEFINE_FREEP(struct tls *, tls_free);

/* 1: done; 0: the server must say more; -1. There may be something to send in all three cases. */
int tls_handshake(struct tls *t, struct fct_error *err);
/* Appends up to about `max` bytes to `to`. 1: there were some; 0: the server must say more; -1. */
int tls_read(struct tls *t, struct bytequeue *to, size_t max, struct fct_error *err);
int tls_write(struct tls *t, struct fct_bytes data, struct fct_error *err);
/* Says close_notify. */
void tls_shutdown(struct tls *t);
/* Whether the server has said close_notify; a stream that ends without it may have been cut off by somebody. */
bool tls_peer_closed(const struct tls *t);
bool tls_is_resumed(const struct tls *t);
/* "tls-exporter" (RFC 9266), "tls-unique" and "tls-server-end-point" (RFC 5929), "tls-unique-1.3" (facteur/plugin.h); 0: none. */
size_t tls_channel_binding(struct tls *t, const char *type, char *buf, size_t cap);

/* OpenSSL's callbacks, for trust.c. */
int tls_note_verification(int ok, X509_STORE_CTX *store);
int tls_note_session(SSL *ssl, SSL_SESSION *session);

#endif
