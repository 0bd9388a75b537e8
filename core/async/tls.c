#include "async/tls.h"

#include "async/certificate.h"
#include "async/dial.h"
#include "base/alloc.h"
#include "base/error.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define RECORD_MAX 16384

struct tls {
    SSL *ssl;
    struct tls_trust *trust;
    struct tls_peer peer;
    bool peer_closed;
    int verify_error;              /* the first check that failed; X509_V_OK when none did */
    X509 *bad_certificate, *shown; /* that of the chain which failed; the server's own */
    const unsigned char *pin;      /* the one certificate that is believed; NULL: the trust's CAs say */
    bool failed;                   /* in tls_read, after bytes that were good */
    struct fct_error failure;
};

/* ---- a BIO over the two queues ---- */

static int bio_read(BIO *bio, char *to, int n)
{
    struct tls *t = BIO_get_data(bio);
    struct fct_bytes have = bytequeue_bytes(t->peer.from_wire);
    BIO_clear_retry_flags(bio);
    if (have.n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t take = have.n < (size_t)n ? have.n : (size_t)n;
    memcpy(to, have.p, take);
    bytequeue_drop(t->peer.from_wire, take);
    return (int)take;
}

static int bio_write(BIO *bio, const char *from, int n)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    buf_add(t->peer.to_wire, from, (size_t)n);
    return n;
}

static long bio_control(BIO *bio, int command, long num, void *ptr)
{
    (void)bio;
    (void)num;
    (void)ptr;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *queue_bio;

static void make_queue_bio(void)
{
    queue_bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "facteur queue");
    if (!queue_bio)
        abort(); /* out of memory */
    BIO_meth_set_read(queue_bio, bio_read);
    BIO_meth_set_write(queue_bio, bio_write);
    BIO_meth_set_ctrl(queue_bio, bio_control);
}

/* Made once and kept: OpenSSL has a bounded number of types. */
static BIO *new_queue_bio(struct tls *t)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_queue_bio);
    BIO *bio = BIO_new(queue_bio);
    if (!bio)
        abort(); /* out of memory */
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    return bio;
}

/* ---- why a certificate is not believed ---- */

int tls_note_verification(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);
    if (t->pin) /* whoever issued it: tls_handshake looks whether it is the one */
        return 1;
    if (!ok && t->verify_error == X509_V_OK) {
        t->verify_error = X509_STORE_CTX_get_error(store);
        X509 *cert = X509_STORE_CTX_get_current_cert(store);
        if (!cert)
            cert = X509_STORE_CTX_get0_cert(store);
        if (cert && X509_up_ref(cert))
            t->bad_certificate = cert;
        cert = X509_STORE_CTX_get0_cert(store);
        if (cert && X509_up_ref(cert))
            t->shown = cert;
    }
    return ok;
}

static void tell_problem(const struct tls *t, const struct certificate_facts *f, char *out, size_t cap)
{
    switch (t->verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        snprintf(out, cap, "has expired; whoever runs the server must renew it (or is this computer's clock wrong?)");
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(out, cap, "is not yet valid; is this computer's clock right?");
        return;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(out, cap, "is for another host name (%s), not %s; give the name that the server is known by",
                 *f->hosts ? f->hosts : "it names none", t->peer.host);
        return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        snprintf(out, cap,
                 "is self-signed; if you know that it is the right one, trust it (--trust) or save it and "
                 "give it with --ca FILE");
        return;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        snprintf(out, cap,
                 "comes from an issuer that this computer does not know; if you trust the issuer, give its "
                 "certificate with --ca FILE");
        return;
    default:
        snprintf(out, cap, "was refused: %s", X509_verify_cert_error_string(t->verify_error));
    }
}

static void date_of(int64_t seconds, char out[16])
{
    time_t time = (time_t)seconds;
    struct tm tm;
    if (!seconds || !gmtime_r(&time, &tm) || strftime(out, 16, "%Y-%m-%d", &tm) == 0)
        snprintf(out, 16, "?");
}

/* What the server showed, in the trust: its own, whichever of the chain was refused. */
static struct certificate_facts *note_refused(struct tls *t)
{
    struct certificate_facts *f = trust_refused_place(t->trust);
    X509 *cert = t->shown ? t->shown : SSL_get0_peer_certificate(t->ssl);
    *f = (struct certificate_facts){.port = t->peer.port};
    snprintf(f->host, sizeof(f->host), "%s", t->peer.host);
    if (cert)
        certificate_describe(cert, f);
    return f;
}

static int fail_certificate(struct tls *t, struct fct_error *err)
{
    struct certificate_facts bad = {.subject = "?", .issuer = "?"}, *f = note_refused(t);
    char from[16], until[16];
    if (t->bad_certificate)
        certificate_describe(t->bad_certificate, &bad);
    tell_problem(t, &bad, f->reason, sizeof(f->reason));
    date_of(bad.not_before, from);
    date_of(bad.not_after, until);
    fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: the certificate (%s, issued by %s, valid %s to %s) %s", t->peer.name,
             bad.subject, bad.issuer, from, until, f->reason);
    if (err)
        err->user_action = 1;
    return -1;
}

/* Whatever an authority says: who pinned it wanted this one. */
static int fail_changed(struct tls *t, struct fct_error *err)
{
    char was[FINGERPRINT_TEXT], is[FINGERPRINT_TEXT];
    struct certificate_facts *f = note_refused(t);
    f->is_changed = true;
    memcpy(f->trusted, t->pin, sizeof(f->trusted));
    snprintf(f->reason, sizeof(f->reason), "is not the one that is trusted for this server");
    fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
             "%s: the certificate has changed: trusted is SHA-256 %s, the server shows %s (%.60s); trust the new one "
             "only if whoever runs the server says that it is theirs",
             t->peer.name, fingerprint_format(t->pin, was), fingerprint_format(f->sha256, is), f->subject);
    if (err)
        err->user_action = 1;
    return -1;
}

static bool is_pinned_one(struct tls *t)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    X509 *cert = SSL_get0_peer_certificate(t->ssl);
    return cert && X509_digest(cert, EVP_sha256(), sha256, &n) == 1 && n == FINGERPRINT_SIZE &&
           memcmp(sha256, t->pin, FINGERPRINT_SIZE) == 0;
}

/* ---- other failures ---- */

static int fail_tls(struct tls *t, bool in_handshake, struct fct_error *err)
{
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_reason_error_string(code);
    ERR_clear_error();
    if (t->verify_error != X509_V_OK)
        return fail_certificate(t, err);
    switch (in_handshake && ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_WRONG_VERSION_NUMBER: /* no TLS record at all */
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
                        "%s: the server does not speak TLS here; is it a port for STARTTLS, or the wrong one?",
                        t->peer.name);
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
                        "%s: the server offers nothing newer than TLS 1.1, which is not safe; --set tlsMinimum=1.0 "
                        "speaks it all the same",
                        t->peer.name);
    default:
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)
            return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: the server wants a client certificate (setting certFile)", t->peer.name);
        return fct_fail(err, FCT_E_TLS, in_handshake ? FCT_RETRY_NEVER : FCT_RETRY_LATER, "%s: TLS %s: %s",
                        t->peer.name, in_handshake ? "cannot be set up" : "failed", reason ? reason : "unknown error");
    }
}

/* ---- life ---- */

/* The certificate must name the host; SNI says which one is meant, and is not for addresses (RFC 6066 section 3). */
static bool expect_host(SSL *ssl, const char *host)
{
    if (dial_is_literal(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    size_t n = strlen(host);
    CLEANUP(freep)
    char *name = xstrndup(host, n && host[n - 1] == '.' ? n - 1 : n); /* the root's dot is not in names */
    if (name[0] == '\0' || name[0] == '.') /* OpenSSL takes these for any host, and for any below */
        return false;
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

int tls_new(struct tls_trust *trust, const struct tls_peer *peer, struct tls **out, struct fct_error *err)
{
    CLEANUP(tls_freep) struct tls *t = XNEW(struct tls);
    t->peer = *peer;
    t->trust = trust_ref(trust);
    trust_forget_refused(trust);
    t->pin = trust_pin_of(trust, peer->host, peer->port);
    t->ssl = SSL_new(trust_context(trust));
    if (!t->ssl)
        abort(); /* out of memory */
    BIO *bio = new_queue_bio(t);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    SSL_set_connect_state(t->ssl);
    if (!expect_host(t->ssl, peer->host) && !t->pin) {
        ERR_clear_error();
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: no certificate can name such a host", peer->name);
    }
    SSL_SESSION *session = trust_take_session(trust, peer->host, peer->port);
    if (session) {
        SSL_set_session(t->ssl, session);
        SSL_SESSION_free(session);
    }
    *out = TAKE(t);
    return 0;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    X509_free(t->bad_certificate);
    X509_free(t->shown);
    SSL_free(t->ssl);
    tls_trust_free(t->trust);
    free(t);
}

int tls_note_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = SSL_get_app_data(ssl);
    trust_keep_session(t->trust, t->peer.host, t->peer.port, session);
    return 1; /* the reference is ours now */
}

/* ---- the stream ---- */

int tls_handshake(struct tls *t, struct fct_error *err)
{
    ERR_clear_error();
    int rc = SSL_do_handshake(t->ssl);
    if (rc == 1) /* nothing of ours is sent before this has returned */
        return t->pin && !is_pinned_one(t) ? fail_changed(t, err) : 1;
    if (SSL_get_error(t->ssl, rc) == SSL_ERROR_WANT_READ)
        return 0;
    return fail_tls(t, true, err);
}

int tls_read(struct tls *t, struct bytequeue *to, size_t max, struct fct_error *err)
{
    size_t got = 0;
    if (t->failed) {
        if (err)
            *err = t->failure;
        return -1;
    }
    while (got < max && !t->peer_closed && !t->failed) {
        if (bytequeue_count(t->peer.from_wire) == 0 && !SSL_has_pending(t->ssl))
            break;
        size_t room;
        char *at = bytequeue_room(to, RECORD_MAX, &room);
        ERR_clear_error();
        int rc = SSL_read(t->ssl, at, room > INT_MAX ? INT_MAX : (int)room);
        if (rc > 0) {
            bytequeue_grown(to, (size_t)rc);
            got += (size_t)rc;
            continue;
        }
        int why = SSL_get_error(t->ssl, rc);
        if (why == SSL_ERROR_WANT_READ)
            break;
        if (why == SSL_ERROR_ZERO_RETURN) {
            t->peer_closed = true;
        } else {
            t->failed = true;
            fail_tls(t, false, &t->failure);
        }
    }
    if (t->failed && got == 0)
        return tls_read(t, to, max, err);
    return got > 0; /* what came before the failure is good */
}

int tls_write(struct tls *t, struct fct_bytes data, struct fct_error *err)
{
    while (data.n > 0) {
        int n = data.n > INT_MAX ? INT_MAX : (int)data.n;
        ERR_clear_error();
        int rc = SSL_write(t->ssl, data.p, n); /* the buffer takes everything, so this never wants to wait */
        if (rc <= 0)
            return fail_tls(t, false, err);
        data = bytes_of(data.p + rc, data.n - (size_t)rc);
    }
    return 0;
}

void tls_shutdown(struct tls *t)
{
    ERR_clear_error();
    if (SSL_is_init_finished(t->ssl))
        SSL_shutdown(t->ssl);
    ERR_clear_error();
}

bool tls_peer_closed(const struct tls *t)
{
    return t->peer_closed;
}

bool tls_is_resumed(const struct tls *t)
{
    return SSL_session_reused(t->ssl) == 1;
}

/* ---- channel binding ---- */

static size_t bind_exporter(SSL *ssl, unsigned char *out, size_t cap)
{
    static const char label[] = "EXPORTER-Channel-Binding"; /* RFC 9266 section 4.2 */
    /* Before TLS 1.3 it is unique only with the extended master secret. */
    if (cap < 32 || (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1))
        return 0;
    const unsigned char empty = 0;
    return SSL_export_keying_material(ssl, out, 32, label, sizeof(label) - 1, &empty, 0, 1) == 1 ? 32 : 0;
}

/* The first Finished message of the handshake: the client's, or the server's when a session is resumed. Not defined
 * for TLS 1.3 (RFC 8446 appendix C.5), where Cyrus does the same all the same. */
static size_t bind_unique(SSL *ssl, bool is_1_3, unsigned char *out, size_t cap)
{
    if ((SSL_version(ssl) >= TLS1_3_VERSION) != is_1_3 || (!is_1_3 && SSL_get_extms_support(ssl) != 1))
        return 0;
    unsigned char finished[EVP_MAX_MD_SIZE];
    size_t n = SSL_session_reused(ssl) ? SSL_get_peer_finished(ssl, finished, sizeof(finished))
                                       : SSL_get_finished(ssl, finished, sizeof(finished));
    if (n == 0 || n > cap || n > sizeof(finished))
        return 0;
    memcpy(out, finished, n);
    return n;
}

/* RFC 5929 section 4.1: the hash of the certificate's signature, SHA-256 where that is MD5 or SHA-1. */
static size_t bind_end_point(SSL *ssl, unsigned char *out, size_t cap)
{
    X509 *cert = SSL_get0_peer_certificate(ssl);
    int hash = NID_undef;
    if (!cert || !OBJ_find_sigid_algs(X509_get_signature_nid(cert), &hash, NULL))
        return 0;
    if (hash == NID_md5 || hash == NID_sha1)
        hash = NID_sha256;
    const EVP_MD *md = EVP_get_digestbynid(hash);
    unsigned n = 0;
    if (!md || (size_t)EVP_MD_get_size(md) > cap || X509_digest(cert, md, out, &n) != 1)
        return 0;
    return n;
}

size_t tls_channel_binding(struct tls *t, const char *type, char *buf, size_t cap)
{
    unsigned char *out = (unsigned char *)buf;
    if (!SSL_is_init_finished(t->ssl))
        return 0;
    size_t n = strcmp(type, "tls-exporter") == 0           ? bind_exporter(t->ssl, out, cap)
               : strcmp(type, "tls-unique") == 0           ? bind_unique(t->ssl, false, out, cap)
               : strcmp(type, "tls-unique-1.3") == 0       ? bind_unique(t->ssl, true, out, cap)
               : strcmp(type, "tls-server-end-point") == 0 ? bind_end_point(t->ssl, out, cap)
                                                           : 0;
    ERR_clear_error();
    return n;
}
