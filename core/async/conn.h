/* conn.h - a byte stream over TCP or TLS, read and written by fibers as if it blocked.
 *
 * These are the functions behind struct fct_host's conn_* members; facteur/plugin.h says what each promises. Name
 * lookup runs on a worker; both address families are tried (RFC 8305, a new attempt every 250 ms). TLS 1.2 and up
 * (certificate.h: unless a trust allows more), certificate chain and host name verified against the system's CAs or `ca_file`, SNI, session resumption.
 * Every wait has a deadline. An error names host and port and what was being done ("imap.example.org:993: connection
 * refused"; for a certificate: which check failed, subject, issuer, dates, and what the user can do).
 *
 * Ownership  conn_close frees; it may be called while libuv still holds the handle.
 * Threads    loop thread only. One reader and one writer fiber at a time.
 */
#ifndef ASYNC_CONN_H
#define ASYNC_CONN_H

#include "async/fiber.h"
#include "base/cleanup.h"

#include <facteur/plugin.h>

struct fct_conn;
struct sockaddr_storage;
struct tls_trust; /* which certificates are believed, and remembered sessions */

/* `ca_file` NULL: the system's CAs, read when TLS is first spoken. Given: these in addition, read now. Fails if the
 * file cannot be read. */
int tls_trust_new(const char *ca_file, struct tls_trust **out, struct fct_error *err);
/* A client certificate, shown to a server that asks for one: a file with it, and with what it is signed by; `key_file` NULL: its key is in
 * there, too. PEM; the key without a passphrase. FCT_E_INVALID says which file it is. */
int tls_trust_show(struct tls_trust *t, const char *cert_file, const char *key_file, struct fct_error *err);
void tls_trust_free(struct tls_trust *t);
DEFINE_FREEP(struct tls_trust *, tls_trust_free);

/* `trust` may be NULL for a connection in clear; later TLS then believes the system's CAs. The connection keeps its
 * own reference. Suspends. */
int conn_open(const struct fct_endpoint *ep, struct tls_trust *trust, struct fct_conn **out, struct fct_error *err);
/* The same to the first of these addresses that answers, at the endpoint's port: its host is not looked up. Suspends. */
int conn_open_addresses(const struct fct_endpoint *ep, const struct sockaddr_storage *addresses, size_t n, struct tls_trust *trust,
                        struct fct_conn **out, struct fct_error *err);
int conn_start_tls(struct fct_conn *c, struct fct_error *err);
int conn_start_deflate(struct fct_conn *c, struct fct_error *err);
bool conn_is_tls(const struct fct_conn *c);
/* Whether TLS went on from a remembered session, without a full handshake. */
bool conn_is_resumed(const struct fct_conn *c);
size_t conn_channel_binding(struct fct_conn *c, const char *type, char *buf, size_t cap);
int conn_read_line(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err);
int conn_read_some(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err);
bool conn_has_input(const struct fct_conn *c);
/* Interruptible by fiber_nudge (then FCT_E_TIMEOUT). */
int conn_wait_input(struct fct_conn *c, uint32_t timeout_ms, struct fct_error *err);
int conn_write(struct fct_conn *c, struct fct_bytes data, struct fct_error *err);
int conn_flush(struct fct_conn *c, struct fct_error *err);
void conn_close(struct fct_conn *c);
DEFINE_FREEP(struct fct_conn *, conn_close);
void conn_traffic(const struct fct_conn *c, uint64_t *in, uint64_t *out);

/* Connections that belong together, so that those which are dead without knowing it (the computer slept, the network is
 * another one) can be ended from outside. `{0}` is an empty one; it outlives what is in it. */
struct conn_group {
    struct fct_conn *first;
};
/* The connection leaves it when it is closed. */
void conn_group_add(struct conn_group *g, struct fct_conn *c);
/* Ends the wait of everyone who reads, for `silent_ms` already, from a server that has said nothing meanwhile, nor after `since_ms` (of
 * wait_now_ms; a connection that brought something then is no dead one, however slow its server is now): it and every later one fail
 * with FCT_E_NETWORK, FCT_RETRY_NOW and these words, which must stay valid. Who waits for news (conn_wait_input) is left alone: nudge
 * it, so that it asks. Returns their number. Never suspends. */
size_t conn_group_give_up(struct conn_group *g, uint64_t since_ms, uint64_t silent_ms, const char *why);
/* For how long the server that keeps somebody waiting longest has said nothing, in milliseconds; false: nobody waits for an answer.
 * (Whoever listens for news does not.) */
bool conn_group_silent(const struct conn_group *g, uint64_t *out_ms);

#endif
