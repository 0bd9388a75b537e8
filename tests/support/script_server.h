/* script_server.h - a server for tests: plain blocking code on a thread for each connection, read like a transcript.
 *
 *   static void greet_and_drop(struct script_conn *c, void *arg)
 *   {
 *       script_send(c, "* OK hello\r\n");
 *       script_expect(c, "a1 LOGOUT");
 *   }                                                    returning closes the connection
 *   CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_and_drop, NULL);
 *   ... connect to 127.0.0.1:script_server_port(s) ...
 *   script_server_stop(TAKE(s)) or assert_null(script_server_failure(s));
 *
 * A test must not assert on these threads: what a script expected and did not get is kept, and the test asks for it
 * with script_server_failure. After a failure the script's reads give nothing and its sends do nothing.
 */
#ifndef TEST_SCRIPT_SERVER_H
#define TEST_SCRIPT_SERVER_H

#include "base/cleanup.h"
#include "support/certs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script_server;
struct script_conn;
struct script_tls; /* a server's side of TLS: certificate, versions, tickets */

typedef void (*script_fn)(struct script_conn *c, void *arg);

/* Listens on 127.0.0.1 at a free port; every connection runs fn(c, arg) on a thread of its own. */
struct script_server *script_server_start(script_fn fn, void *arg);
/* The same on ::1; NULL where there is no IPv6. */
struct script_server *script_server_start_v6(script_fn fn, void *arg);
/* Cuts off what is still connected, waits for the threads, frees. NULL is accepted. */
void script_server_stop(struct script_server *s);
DEFINE_FREEP(struct script_server *, script_server_stop);
uint16_t script_server_port(const struct script_server *s);
/* So many connections have been accepted. */
unsigned script_server_connections(struct script_server *s);
/* The first thing that a script did not get; NULL: none so far. Valid until the server is stopped. Call it when the
 * conversation is over. */
const char *script_server_failure(struct script_server *s);

/* A port of 127.0.0.1 on which nothing listens. */
uint16_t script_unused_port(void);

/* `max_version`: 0, or TLS1_2_VERSION and the like. */
struct script_tls *script_tls_new(const struct cert *cert, int max_version);
void script_tls_free(struct script_tls *t);
DEFINE_FREEP(struct script_tls *, script_tls_free);

/* --- for scripts --- */

/* Which connection it is, from 1. */
unsigned script_number(const struct script_conn *c);
void script_send(struct script_conn *c, const char *text);
void script_sendf(struct script_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void script_send_bytes(struct script_conn *c, const void *p, size_t n);
/* The next line without CRLF, "" at the end; valid until the next read. */
const char *script_read_line(struct script_conn *c);
/* Exactly `n` bytes; returns fewer only at the end. */
size_t script_read(struct script_conn *c, void *to, size_t n);
/* The next line must be this one. Returns whether it was. */
bool script_expect(struct script_conn *c, const char *line);
/* The next line must begin so; returns it (valid until the next read), NULL if it did not. */
const char *script_expect_prefix(struct script_conn *c, const char *prefix);
/* Nothing came with that line, and nothing comes before it is answered (2 ms). */
void script_expect_silence(struct script_conn *c);
/* Waits until the client closes. */
void script_expect_end(struct script_conn *c);
/* After the end: the client must have ended TLS as it should. */
void script_expect_close_notify(struct script_conn *c);
void script_fail(struct script_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void script_pause(unsigned ms);

/* Shakes hands. A failure is no failure of the script (the client may refuse); returns whether it worked. */
bool script_start_tls(struct script_conn *c, struct script_tls *t);
/* Both directions compressed from here on (RFC 4978). */
void script_start_deflate(struct script_conn *c);
/* Ends without saying close_notify. */
void script_cut(struct script_conn *c);
/* Ends with a reset. */
void script_reset(struct script_conn *c);
/* Whether sending has failed: the client has closed. */
bool script_is_gone(const struct script_conn *c);
/* Its TLS, for what is not foreseen here; NULL: none. */
struct ssl_st *script_ssl(const struct script_conn *c);
/* The socket, for what is not foreseen here. */
int script_fd(const struct script_conn *c);

#endif
