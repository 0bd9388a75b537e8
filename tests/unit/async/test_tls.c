#include "loop_fixture.h"

#include "async/certificate.h"
#include "async/conn.h"
#include "async/tls.h"
#include "async/trust.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/script_server.h"

#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a small public key infrastructure ---- */

static struct cert *ca, *good, *expired, *early, *other_host, *self_signed, *foreign;
static struct tls_trust *trust; /* believes `ca` */

/* As `openssl x509 -fingerprint -sha256` has it, by another way than the program's. */
static void fingerprint_of(const struct cert *c, unsigned char out[FINGERPRINT_SIZE])
{
    CLEANUP(freep) unsigned char *der = NULL;
    int n = i2d_X509(cert_x509(c), &der);
    SHA256(der, (size_t)n, out);
}

static int make_certificates(void **state)
{
    (void)state;
    ca = cert_make(&(struct cert_options){.common_name = "Test CA", .is_ca = true});
    good = cert_make(
        &(struct cert_options){.common_name = "localhost", .dns = "localhost", .ip = "127.0.0.1", .issuer = ca});
    expired = cert_make(&(struct cert_options){
        .common_name = "localhost", .dns = "localhost", .issuer = ca, .begins_in_days = -30, .ends_in_days = -1});
    early = cert_make(&(struct cert_options){
        .common_name = "localhost", .dns = "localhost", .issuer = ca, .begins_in_days = 2, .ends_in_days = 30});
    other_host = cert_make(&(struct cert_options){
        .common_name = "mail.example.org", .dns = "mail.example.org", .ip = "192.0.2.1", .issuer = ca});
    self_signed = cert_make(&(struct cert_options){.common_name = "localhost", .dns = "localhost"});
    struct cert *foreign_ca = cert_make(&(struct cert_options){.common_name = "Foreign CA", .is_ca = true});
    foreign = cert_make(&(struct cert_options){.common_name = "localhost", .dns = "localhost", .issuer = foreign_ca});
    cert_free(foreign_ca);
    return tls_trust_new(cert_file(ca), &trust, NULL);
}

static int free_certificates(void **state)
{
    (void)state;
    struct cert *all[] = {ca, good, expired, early, other_host, self_signed, foreign};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        cert_free(all[i]);
    tls_trust_free(trust);
    return 0;
}

/* ---- helpers ---- */

static int try_open(struct tls_trust *t, const char *host, uint16_t port, enum fct_tls tls, struct fct_conn **out,
                    struct fct_error *err)
{
    struct fct_endpoint ep = {
        .size = sizeof(ep), .host = host, .port = port, .tls = tls, .connect_timeout_ms = 5000, .io_timeout_ms = 5000};
    return conn_open(&ep, t, out, err);
}

static struct fct_conn *open_tls(struct script_server *s)
{
    struct fct_conn *c = NULL;
    struct fct_error err = {0};
    if (try_open(trust, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err) < 0)
        fail_msg("%s", err.message);
    return c;
}

static void expect_line(struct fct_conn *c, const char *want)
{
    struct fct_bytes line;
    struct fct_error err = {0};
    if (conn_read_line(c, 1000, &line, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(line.n, strlen(want));
    assert_memory_equal(line.p, want, line.n);
}

static void write_text(struct fct_conn *c, const char *text)
{
    struct fct_error err = {0};
    if (conn_write(c, bytes_str(text), &err) < 0)
        fail_msg("%s", err.message);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* ---- good connections ---- */

static void greet_over_tls(struct script_conn *c, void *arg)
{
    if (!script_start_tls(c, arg))
        return;
    script_send(c, "* OK hello\r\n");
    script_expect(c, "a1 LOGOUT");
    script_send(c, "* BYE\r\n");
}

static void a_verified_server_is_spoken_to(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    assert_true(conn_is_tls(c));
    expect_line(c, "* OK hello");
    write_text(c, "a1 LOGOUT\r\n");
    expect_line(c, "* BYE");

    struct fct_bytes line;
    struct fct_error err = {0};
    assert_int_equal(conn_read_line(c, 100, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_contains(err.message, "the server closed the connection while waiting for a line");
    uint64_t in, out;
    conn_traffic(c, &in, &out);
    assert_int_equal(in, 12 + 7);
    assert_int_equal(out, 11);
    assert_null(script_server_failure(s));
}

static void an_address_is_checked_against_the_addresses_of_the_certificate(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0), *wrong = script_tls_new(other_host, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(script_server_stopp) struct script_server *sw = script_server_start(greet_over_tls, wrong);
    CLEANUP(conn_closep) struct fct_conn *c = NULL, *cw = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "127.0.0.1", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), 0);
    expect_line(c, "* OK hello");
    assert_int_equal(try_open(trust, "127.0.0.1", script_server_port(sw), FCT_TLS_IMPLICIT, &cw, &err), -1);
    assert_int_equal(err.code, FCT_E_TLS);
}

static void tls_1_2_is_good_enough(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, TLS1_2_VERSION);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    expect_line(c, "* OK hello");
}

static void a_certificate_can_be_trusted_by_itself(void **state)
{
    (void)state;
    CLEANUP(tls_trust_freep) struct tls_trust *own = NULL;
    assert_int_equal(tls_trust_new(cert_file(self_signed), &own, NULL), 0);
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(self_signed, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    if (try_open(own, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err) < 0)
        fail_msg("%s", err.message);
    expect_line(c, "* OK hello");
}

/* ---- refused certificates ---- */

static void expect_refusal(const struct cert *cert, const char *because)
{
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(cert, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};

    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);

    assert_null(c);
    assert_int_equal(err.code, FCT_E_TLS);
    assert_int_equal(err.retry, FCT_RETRY_NEVER);
    assert_int_equal(err.user_action, 1);
    assert_contains(err.message, because);
    char where[32];
    snprintf(where, sizeof(where), "localhost:%u: ", script_server_port(s));
    assert_contains(err.message, where);
    assert_contains(err.message, "issued by CN=");
    assert_contains(err.message, ", valid 20");
}

static void a_certificate_that_is_not_good_is_refused_with_the_reason(void **state)
{
    (void)state;
    expect_refusal(expired, "has expired; whoever runs the server must renew it");
    expect_refusal(early, "is not yet valid; is this computer's clock right?");
    expect_refusal(other_host, "is for another host name (mail.example.org), not localhost");
    expect_refusal(self_signed, "is self-signed; if you know that it is the right one, trust it (--trust) or save it "
                                "and give it with --ca FILE");
    expect_refusal(foreign, "comes from an issuer that this computer does not know; if you trust the issuer, give its "
                            "certificate with --ca FILE");
}

static void a_host_that_every_certificate_would_name_is_refused(void **state)
{
    (void)state;
    static const char *const hosts[] = {".", ".localhost", "..", ""};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct tls_peer peer = {.host = hosts[i], .name = "test", .port = 993};
        struct tls *t = NULL;
        struct fct_error err = {0};
        assert_int_equal(tls_new(trust, &peer, &t, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
        assert_null(t);
    }
}

static void what_the_system_believes_is_read_once_for_all(void **state)
{
    (void)state;
    struct tls_trust *a = NULL, *b = NULL, *changed = NULL;
    assert_int_equal(tls_trust_new(NULL, &a, NULL), 0);
    assert_int_equal(tls_trust_new(NULL, &b, NULL), 0);
    assert_ptr_equal(SSL_CTX_get_cert_store(trust_context(a)), SSL_CTX_get_cert_store(trust_context(b)));
    assert_ptr_not_equal(SSL_CTX_get_cert_store(trust_context(a)), SSL_CTX_get_cert_store(trust_context(trust)));

    setenv("SSL_CERT_FILE", cert_file(ca), 1);
    assert_int_equal(tls_trust_new(NULL, &changed, NULL), 0);
    SSL_CTX *context = trust_context(changed); /* read now, not before */
    unsetenv("SSL_CERT_FILE");

    assert_ptr_not_equal(SSL_CTX_get_cert_store(trust_context(a)), SSL_CTX_get_cert_store(context));
    tls_trust_free(a);
    tls_trust_free(b);
    tls_trust_free(changed);
}

static void without_a_ca_file_only_the_system_is_believed(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(NULL, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_TLS);
}

/* A start does not pay for them, nor an account without TLS. */
static void the_systems_certificates_are_read_when_they_are_first_needed(void **state)
{
    (void)state;
    const char *before = getenv("SSL_CERT_FILE");
    CLEANUP(freep) char *kept = before ? xstrdup(before) : NULL;
    char dir[] = "/tmp/facteur-trust-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/system.pem", dir);
    setenv("SSL_CERT_FILE", path, 1);
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(tls_trust_freep) struct tls_trust *system = NULL;
    CLEANUP(conn_closep) struct fct_conn *c = NULL;

    int made = tls_trust_new(NULL, &system, NULL);
    int linked = symlink(cert_file(ca), path);
    int opened = try_open(system, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, NULL);

    unlink(path);
    rmdir(dir);
    if (kept)
        setenv("SSL_CERT_FILE", kept, 1);
    else
        unsetenv("SSL_CERT_FILE");
    assert_int_equal(made, 0);
    assert_int_equal(linked, 0);
    assert_int_equal(opened, 0);
    expect_line(c, "* OK hello");
    write_text(c, "a1 LOGOUT\r\n");
}

static void a_ca_file_that_cannot_be_used_is_told(void **state)
{
    (void)state;
    CLEANUP(tls_trust_freep) struct tls_trust *t = NULL;
    struct fct_error err = {0};
    assert_int_equal(tls_trust_new("/nonexistent/ca.pem", &t, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
    assert_string_equal(err.message, "cannot read the CA file /nonexistent/ca.pem: No such file or directory");

    char empty[] = "/tmp/facteur-empty-XXXXXX";
    close(mkstemp(empty));
    assert_int_equal(tls_trust_new(empty, &t, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_contains(err.message, "holds no certificate in PEM form");
    unlink(empty);
    assert_null(t);
}

/* ---- servers that do it wrong ---- */

static void greet_in_clear(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello, this is no TLS at all\r\n");
    script_read_line(c);
}

static void a_server_without_tls_is_told(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_in_clear, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_TLS);
    assert_contains(err.message, "the server does not speak TLS here; is it a port for STARTTLS");
}

static void an_old_version_is_refused(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, TLS1_1_VERSION);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_TLS);
    assert_contains(err.message, "nothing newer than TLS 1.1");
}

static void close_at_once(struct script_conn *c, void *arg)
{
    (void)arg;
    char some[100];
    script_read(c, some, sizeof(some));
}

static void an_end_during_the_handshake_is_a_network_error(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(close_at_once, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_contains(err.message, "during the TLS handshake");
}

static void say_nothing(struct script_conn *c, void *arg)
{
    (void)arg;
    char all[4096];
    script_read(c, all, sizeof(all));
}

static void a_handshake_that_is_not_answered_runs_into_the_deadline(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(say_nothing, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_endpoint ep = {.size = sizeof(ep),
                              .host = "localhost",
                              .port = script_server_port(s),
                              .tls = FCT_TLS_IMPLICIT,
                              .connect_timeout_ms = 100};
    struct fct_error err = {0};
    uint64_t start = wait_now_ms();
    assert_int_equal(conn_open(&ep, trust, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_in_range(wait_now_ms() - start, 99, 2000);
    assert_contains(err.message, "timed out after 1 s while waiting for the TLS handshake");
}

static void cut_off(struct script_conn *c, void *arg)
{
    if (!script_start_tls(c, arg))
        return;
    script_send(c, "whole\r\nhal");
    script_cut(c);
}

static void a_stream_that_was_cut_off_is_told_from_one_that_ended(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(cut_off, t);
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    struct fct_bytes line;
    struct fct_error err = {0};
    expect_line(c, "whole");
    assert_int_equal(conn_read_line(c, 100, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_contains(err.message, "cut off, without the end that TLS requires");
}

static void break_records(struct script_conn *c, void *arg)
{
    if (!script_start_tls(c, arg))
        return;
    script_send(c, "whole\r\n");
    static const char forged[] = "\x17\x03\x03\x00\x20"
                                 "01234567890123456789012345678901";
    script_pause(20);
    (void)!write(script_fd(c), forged, sizeof(forged) - 1);
    script_pause(100);
    script_cut(c);
}

static void a_forged_record_ends_the_stream_for_good(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(break_records, t);
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    struct fct_bytes line;
    expect_line(c, "whole");
    for (int i = 0; i < 2; i++) {
        struct fct_error err = {0};
        assert_int_equal(conn_read_line(c, 100, &line, &err), -1);
        assert_int_equal(err.code, FCT_E_TLS);
        assert_int_equal(err.retry, FCT_RETRY_LATER);
    }
}

static void read_until_close(struct script_conn *c, void *arg)
{
    if (!script_start_tls(c, arg))
        return;
    script_send(c, "hello\r\n");
    script_expect(c, "bye");
    script_expect_end(c);
    script_expect_close_notify(c);
}

static void closing_sends_what_was_written_and_close_notify(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(read_until_close, t);
    struct fct_conn *c = open_tls(s);
    expect_line(c, "hello");
    write_text(c, "bye\r\n");
    conn_close(c);
    wait_sleep(100, NULL);
    assert_null(script_server_failure(s));
}

/* ---- STARTTLS ---- */

static void offer_starttls(struct script_conn *c, void *arg)
{
    script_send(c, "* OK hello\r\n");
    script_expect(c, "a1 STARTTLS");
    script_send(c, "a1 OK begin\r\n");
    if (!script_start_tls(c, arg))
        return;
    script_expect(c, "a2 NOOP");
    script_send(c, "a2 OK\r\n");
}

static void starttls_lays_tls_over_a_connection(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(offer_starttls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_STARTTLS, &c, &err), 0);
    assert_false(conn_is_tls(c));
    expect_line(c, "* OK hello");
    write_text(c, "a1 STARTTLS\r\n");
    expect_line(c, "a1 OK begin");

    if (conn_start_tls(c, &err) < 0)
        fail_msg("%s", err.message);

    assert_true(conn_is_tls(c));
    write_text(c, "a2 NOOP\r\n");
    expect_line(c, "a2 OK");
    assert_int_equal(conn_start_tls(c, &err), -1); /* not twice */
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_null(script_server_failure(s));
}

static void inject_after_starttls(struct script_conn *c, void *arg)
{
    script_expect(c, "a1 STARTTLS");
    script_send(c, "a1 OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
    script_start_tls(c, arg);
}

static void bytes_in_clear_after_the_answer_to_starttls_are_refused(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(inject_after_starttls, t);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(try_open(trust, "localhost", script_server_port(s), FCT_TLS_STARTTLS, &c, &err), 0);
    write_text(c, "a1 STARTTLS\r\n");
    expect_line(c, "a1 OK begin");

    assert_int_equal(conn_start_tls(c, &err), -1);

    assert_int_equal(err.code, FCT_E_TLS);
    assert_int_equal(err.retry, FCT_RETRY_NEVER);
    assert_contains(err.message, "35 bytes came in clear after the answer to STARTTLS");
    assert_false(conn_is_tls(c));
}

struct starter {
    uint16_t port;
    struct fct_error err;
};

static int open_and_handshake(void *arg)
{
    struct starter *st = arg;
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    return try_open(trust, "localhost", st->port, FCT_TLS_IMPLICIT, &c, &st->err);
}

static void a_handshake_can_be_cancelled(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(say_nothing, NULL);
    struct starter st = {.port = script_server_port(s)};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "open", open_and_handshake, &st);
    wait_sleep(50, NULL);
    fiber_cancel(f);
    assert_int_equal(fiber_join(f), -1);
    assert_int_equal(st.err.code, FCT_E_CANCELLED);
}

/* ---- sessions ---- */

static void converse(struct script_server *s, bool expect_resumed)
{
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    assert_int_equal(conn_is_resumed(c), expect_resumed);
    expect_line(c, "* OK hello"); /* tickets of TLS 1.3 come with it */
    write_text(c, "a1 LOGOUT\r\n");
    expect_line(c, "* BYE");
}

static void sessions_are_resumed(void **state)
{
    (void)state;
    int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int i = 0; i < 2; i++) {
        CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, versions[i]);
        CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
        converse(s, false);
        converse(s, true);
        converse(s, true);
        assert_null(script_server_failure(s));
    }
}

static void a_session_is_not_shared_between_trusts(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
    CLEANUP(tls_trust_freep) struct tls_trust *other = NULL;
    assert_int_equal(tls_trust_new(cert_file(ca), &other, NULL), 0);
    converse(s, false);
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(try_open(other, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, NULL), 0);
    assert_false(conn_is_resumed(c));
}

static void many_sessions_do_not_fill_memory(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    struct script_server *servers[20];
    for (int i = 0; i < 20; i++) /* all at once, so that each has a port of its own */
        servers[i] = script_server_start(greet_over_tls, t);
    for (int i = 0; i < 20; i++) /* two tickets each: more than are kept */
        converse(servers[i], false);
    for (int i = 0; i < 20; i++)
        script_server_stop(servers[i]);
}

/* ---- channel binding ---- */

static void channel_bindings_are_given_where_they_are_defined(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep)
    struct script_tls *t13 = script_tls_new(good, 0), *t12 = script_tls_new(good, TLS1_2_VERSION);
    CLEANUP(script_server_stopp) struct script_server *s13 = script_server_start(greet_over_tls, t13);
    CLEANUP(script_server_stopp) struct script_server *s12 = script_server_start(greet_over_tls, t12);
    CLEANUP(conn_closep) struct fct_conn *c13 = open_tls(s13), *c12 = open_tls(s12);
    char a[64], b[64];

    assert_int_equal(conn_channel_binding(c13, "tls-exporter", a, sizeof(a)), 32);
    assert_int_equal(conn_channel_binding(c13, "tls-unique", b, sizeof(b)), 0);
    assert_true(conn_channel_binding(c13, "tls-unique-1.3", b, sizeof(b)) >= 32);
    assert_int_equal(conn_channel_binding(c12, "tls-unique-1.3", b, sizeof(b)), 0);
    assert_int_equal(conn_channel_binding(c12, "tls-exporter", b, sizeof(b)), 32);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(conn_channel_binding(c12, "tls-unique", a, sizeof(a)), 12);
    assert_int_equal(conn_channel_binding(c13, "tls-server-end-point", a, sizeof(a)), 32);
    assert_int_equal(conn_channel_binding(c12, "tls-server-end-point", b, sizeof(b)), 32);
    assert_memory_equal(a, b, 32); /* the same certificate */
    assert_int_equal(conn_channel_binding(c13, "tls-exporter", a, 31), 0);
    assert_int_equal(conn_channel_binding(c13, "no-such-thing", a, sizeof(a)), 0);
}

/* ---- much data ---- */

#define BULK (32 * 1024 * 1024)

static void send_bulk(struct script_conn *c, void *arg)
{
    if (!script_start_tls(c, arg))
        return;
    char *block = xmalloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i++)
        block[i] = (char)(i * 7 + i / 256);
    for (int i = 0; i < BULK >> 20; i++)
        script_send_bytes(c, block, 1 << 20);
    char got[65536];
    size_t sum = 0, n;
    while (sum < BULK / 4 && (n = script_read(c, got, sizeof(got))) > 0)
        sum += n;
    script_sendf(c, "got %zu\r\n", sum);
    free(block);
    script_expect_end(c);
}

static void bulk_goes_both_ways_through_tls(void **state)
{
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_bulk, t);
    CLEANUP(conn_closep) struct fct_conn *c = open_tls(s);
    size_t at = 0, wrong = 0;
    while (at < BULK) {
        struct fct_bytes b;
        assert_int_equal(conn_read_some(c, BULK - at, &b, NULL), 0);
        for (size_t i = 0; i < b.n; i += 97) {
            size_t k = (at + i) & ((1 << 20) - 1);
            wrong += b.p[i] != (char)(k * 7 + k / 256);
        }
        at += b.n;
    }
    assert_int_equal(wrong, 0);

    static char block[65536];
    for (int i = 0; i < BULK / 4; i += (int)sizeof(block))
        assert_int_equal(conn_write(c, bytes_of(block, sizeof(block)), NULL), 0);
    expect_line(c, "got 8388608");
}

/* ---- one certificate for one server ---- */

static void the_certificate_that_is_pinned_is_believed_whatever_is_wrong_with_it(void **state)
{
    struct cert *bad[] = {self_signed, expired, early, other_host, foreign};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unsigned char sha256[FINGERPRINT_SIZE];
        CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(bad[i], 0);
        CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_over_tls, t);
        CLEANUP(tls_trust_freep) struct tls_trust *mine = NULL;
        struct fct_error err = {0};
        assert_int_equal(tls_trust_new(NULL, &mine, NULL), 0);
        fingerprint_of(bad[i], sha256);
        tls_trust_pin(mine, "LOCALHOST", script_server_port(s), sha256);
        for (int again = 0; again < 2; again++) { /* the second time from the session */
            CLEANUP(conn_closep) struct fct_conn *c = NULL;
            if (try_open(mine, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err) < 0)
                fail_msg("%zu: %s", i, err.message);
            expect_line(c, "* OK hello");
            write_text(c, "a1 LOGOUT\r\n");
            expect_line(c, "* BYE");
        }
        assert_null(tls_trust_refused(mine));
    }
}

static void sees_no_byte_of_ours(struct script_conn *c, void *arg)
{
    char byte;
    if (script_start_tls(c, arg) && script_read(c, &byte, 1) > 0)
        script_fail(c, "it was spoken to");
}

static void a_pinned_certificate_that_changes_is_refused_though_an_authority_vouches(void **state)
{
    unsigned char sha256[FINGERPRINT_SIZE], shown[FINGERPRINT_SIZE];
    char was[FINGERPRINT_TEXT], is[FINGERPRINT_TEXT];
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(good, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(sees_no_byte_of_ours, t);
    CLEANUP(tls_trust_freep) struct tls_trust *mine = NULL;
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(tls_trust_new(cert_file(ca), &mine, NULL), 0);
    fingerprint_of(self_signed, sha256);
    fingerprint_of(good, shown);
    tls_trust_pin(mine, "localhost", script_server_port(s), sha256);

    assert_int_equal(try_open(mine, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);

    assert_int_equal(err.code, FCT_E_TLS);
    assert_int_equal(err.retry, FCT_RETRY_NEVER);
    assert_contains(err.message, fingerprint_format(sha256, was));
    assert_contains(err.message, fingerprint_format(shown, is));
    const struct certificate_facts *f = tls_trust_refused(mine);
    assert_non_null(f);
    assert_true(f->is_changed);
    assert_memory_equal(f->sha256, shown, FINGERPRINT_SIZE);
    assert_memory_equal(f->trusted, sha256, FINGERPRINT_SIZE);
    assert_null(script_server_failure(s));
}

static void a_pin_is_for_its_host_and_port_alone(void **state)
{
    unsigned char sha256[FINGERPRINT_SIZE];
    (void)state;
    CLEANUP(script_tls_freep) struct script_tls *t = script_tls_new(self_signed, 0);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(sees_no_byte_of_ours, t);
    CLEANUP(tls_trust_freep) struct tls_trust *mine = NULL;
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    struct fct_error err = {0};
    assert_int_equal(tls_trust_new(NULL, &mine, NULL), 0);
    fingerprint_of(self_signed, sha256);
    tls_trust_pin(mine, "localhost", (uint32_t)script_server_port(s) + 1, sha256);
    tls_trust_pin(mine, "mail.example.org", script_server_port(s), sha256);

    assert_int_equal(try_open(mine, "localhost", script_server_port(s), FCT_TLS_IMPLICIT, &c, &err), -1);

    const struct certificate_facts *f = tls_trust_refused(mine);
    assert_non_null(f);
    assert_false(f->is_changed);
    assert_memory_equal(f->sha256, sha256, FINGERPRINT_SIZE);
    assert_string_equal(f->subject, "CN=localhost");
    assert_string_equal(f->issuer, "CN=localhost");
    assert_string_equal(f->hosts, "localhost");
    assert_string_equal(f->host, "localhost");
    assert_int_equal(f->port, script_server_port(s));
    assert_true(f->not_before > 0 && f->not_after > f->not_before);
    assert_contains(f->reason, "is self-signed");
}

static void fingerprints_are_read_as_people_write_them(void **state)
{
    unsigned char sha256[FINGERPRINT_SIZE], read[FINGERPRINT_SIZE];
    char text[FINGERPRINT_TEXT];
    (void)state;
    for (size_t i = 0; i < FINGERPRINT_SIZE; i++)
        sha256[i] = (unsigned char)(i * 37 + 0xa0);
    fingerprint_format(sha256, text);
    CLEANUP(freep)
    char *with = xasprintf("SHA256:%s", text), *cut = xstrndup(text, strlen(text) - 1),
         *more = xasprintf("%s:00", text);
    char plain[65] = "";
    for (size_t i = 0; i < FINGERPRINT_SIZE; i++)
        snprintf(plain + 2 * i, 3, "%02x", sha256[i]);
    const char *good_ones[] = {text, with, plain}, *bad_ones[] = {cut, more, "", "sha256:", "AB", ":", plain + 1};
    for (size_t i = 0; i < sizeof(good_ones) / sizeof(good_ones[0]); i++) {
        memset(read, 0, sizeof(read));
        assert_true(fingerprint_parse(good_ones[i], read));
        assert_memory_equal(read, sha256, FINGERPRINT_SIZE);
    }
    for (size_t i = 0; i < sizeof(bad_ones) / sizeof(bad_ones[0]); i++)
        assert_false(fingerprint_parse(bad_ones[i], read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(a_verified_server_is_spoken_to),
        LOOP_TEST(an_address_is_checked_against_the_addresses_of_the_certificate),
        LOOP_TEST(tls_1_2_is_good_enough),
        LOOP_TEST(a_certificate_can_be_trusted_by_itself),
        LOOP_TEST(a_certificate_that_is_not_good_is_refused_with_the_reason),
        LOOP_TEST(a_host_that_every_certificate_would_name_is_refused),
        LOOP_TEST(what_the_system_believes_is_read_once_for_all),
        LOOP_TEST(without_a_ca_file_only_the_system_is_believed),
        LOOP_TEST(the_systems_certificates_are_read_when_they_are_first_needed),
        LOOP_TEST(a_ca_file_that_cannot_be_used_is_told),
        LOOP_TEST(a_server_without_tls_is_told),
        LOOP_TEST(an_old_version_is_refused),
        LOOP_TEST(an_end_during_the_handshake_is_a_network_error),
        LOOP_TEST(a_handshake_that_is_not_answered_runs_into_the_deadline),
        LOOP_TEST(a_stream_that_was_cut_off_is_told_from_one_that_ended),
        LOOP_TEST(a_forged_record_ends_the_stream_for_good),
        LOOP_TEST(closing_sends_what_was_written_and_close_notify),
        LOOP_TEST(starttls_lays_tls_over_a_connection),
        LOOP_TEST(bytes_in_clear_after_the_answer_to_starttls_are_refused),
        LOOP_TEST(a_handshake_can_be_cancelled),
        LOOP_TEST(sessions_are_resumed),
        LOOP_TEST(a_session_is_not_shared_between_trusts),
        LOOP_TEST(many_sessions_do_not_fill_memory),
        LOOP_TEST(channel_bindings_are_given_where_they_are_defined),
        LOOP_TEST(bulk_goes_both_ways_through_tls),
        LOOP_TEST(the_certificate_that_is_pinned_is_believed_whatever_is_wrong_with_it),
        LOOP_TEST(a_pinned_certificate_that_changes_is_refused_though_an_authority_vouches),
        LOOP_TEST(a_pin_is_for_its_host_and_port_alone),
        cmocka_unit_test(fingerprints_are_read_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
