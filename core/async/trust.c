#include "async/trust.h"

#include "async/tls.h"
#include "base/alloc.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SESSIONS_MAX 32 /* of all servers; the oldest makes room */

/* Forward secrecy and authentication always. TLS 1.3 has only suites that are good enough. */
#define CIPHERS_TLS12 \
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!MD5:!PSK:!SRP:!aDSS"

/* With everything that a server of 2008 may need: SHA-1 in signatures, RSA key exchange, and no RFC 5746. */
#define CIPHERS_OLD CIPHERS_TLS12 ":RSA+AESGCM:RSA+AES:@SECLEVEL=0"

struct saved_session {
    char *host;
    uint32_t port;
    SSL_SESSION *session;
};

struct pin {
    char *host;
    uint32_t port;
    unsigned char sha256[FINGERPRINT_SIZE];
};

struct tls_trust {
    unsigned refs;
    SSL_CTX *context;
    bool believes_system;
    struct saved_session sessions[SESSIONS_MAX]; /* in the order in which they came */
    size_t n_sessions;
    bool has_own_file; /* beside them */
    struct pin *pins;
    size_t n_pins;
    struct certificate_facts *refused; /* NULL: nothing was */
};

static const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "unknown error";
}

/* A folder of links by hash is looked into when a certificate is checked, so that starting costs nothing. */
static bool has_hashed_certificates(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool found = false;
    for (const struct dirent *e; !found && (e = readdir(dir));) {
        size_t n = strlen(e->d_name);
        found = n > 2 && strcmp(e->d_name + n - 2, ".0") == 0;
    }
    closedir(dir);
    return found;
}

static void believe_system(SSL_CTX *context)
{
    const char *dir = getenv(X509_get_default_cert_dir_env());
    const char *file = getenv(X509_get_default_cert_file_env());
    SSL_CTX_set_default_verify_dir(context);
    if (file || !has_hashed_certificates(dir ? dir : X509_get_default_cert_dir()))
        SSL_CTX_set_default_verify_file(context);
    ERR_clear_error(); /* a system without CAs: --ca may be all that is wanted */
}

/* What the system believes is read once, and again when it has changed: all of its certificates take so long that the
 * loop would stand still for each account. */
struct system_key {
    char *file, *dir;
    struct stat file_stat, dir_stat;
};

static struct {
    struct system_key key;
    X509_STORE *store;
} system_trust; /* loop thread */

static struct system_key find_system(void)
{
    const char *dir = getenv(X509_get_default_cert_dir_env());
    const char *file = getenv(X509_get_default_cert_file_env());
    struct system_key k = {.file = xstrdup(file ? file : X509_get_default_cert_file()),
                           .dir = xstrdup(dir ? dir : X509_get_default_cert_dir())};
    if (stat(k.file, &k.file_stat) < 0)
        k.file_stat = (struct stat){0};
    if (stat(k.dir, &k.dir_stat) < 0)
        k.dir_stat = (struct stat){0};
    return k;
}

static void system_key_done(struct system_key *k)
{
    free(k->file);
    free(k->dir);
    *k = (struct system_key){0};
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_same_system(const struct system_key *a, const struct system_key *b)
{
    return a->file && b->file && strcmp(a->file, b->file) == 0 && strcmp(a->dir, b->dir) == 0 &&
           is_same_file(&a->file_stat, &b->file_stat) && is_same_file(&a->dir_stat, &b->dir_stat);
}

/* The store is the context's, which gives it a reference. */
static void share_system(SSL_CTX *context)
{
    CLEANUP(system_key_done) struct system_key now = find_system();
    if (is_same_system(&now, &system_trust.key)) {
        SSL_CTX_set1_cert_store(context, system_trust.store);
        return;
    }
    believe_system(context);
    X509_STORE_free(system_trust.store);
    system_key_done(&system_trust.key);
    system_trust.store = SSL_CTX_get_cert_store(context);
    X509_STORE_up_ref(system_trust.store);
    system_trust.key = now;
    now = (struct system_key){0};
}

static int believe_file(SSL_CTX *context, const char *path, struct fct_error *err)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot read the CA file %s", path);
    if (SSL_CTX_load_verify_locations(context, path, NULL) == 1)
        return 0;
    fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the CA file %s holds no certificate in PEM form (%s)", path,
             openssl_reason());
    ERR_clear_error();
    return -1;
}

static SSL_CTX *new_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) != 1) {
        fputs("facteur: OpenSSL cannot be used\n", stderr);
        abort();
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_note_verification);
    /* A certificate that the user names is believed, whether it is a CA's or the server's own. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, tls_note_session);
    return context;
}

int tls_trust_new(const char *ca_file, struct tls_trust **out, struct fct_error *err)
{
    CLEANUP(tls_trust_freep) struct tls_trust *t = XNEW(struct tls_trust);
    t->refs = 1;
    t->context = new_context();
    if (ca_file && believe_file(t->context, ca_file, err) < 0)
        return -1;
    t->has_own_file = ca_file != NULL;
    *out = TAKE(t);
    return 0;
}

/* Nobody is there to be asked. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing;
    *(bool *)arg = true;
    return -1;
}

static int fail_file(const char *what, const char *path, struct fct_error *err)
{
    fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s %s cannot be used: %s", what, path, openssl_reason());
    ERR_clear_error();
    return -1;
}

int tls_trust_show(struct tls_trust *t, const char *cert_file, const char *key_file, struct fct_error *err)
{
    bool was_asked = false;
    const char *key = key_file ? key_file : cert_file;
    SSL_CTX_set_default_passwd_cb(t->context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(t->context, &was_asked);
    bool has_cert = SSL_CTX_use_certificate_chain_file(t->context, cert_file) == 1;
    bool has_key = has_cert && SSL_CTX_use_PrivateKey_file(t->context, key, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(t->context, NULL);
    SSL_CTX_set_default_passwd_cb(t->context, NULL);
    if (was_asked) {
        ERR_clear_error();
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the key %s has a passphrase: give one without, readable for its owner alone", key);
    }
    if (!has_cert)
        return fail_file("the client certificate", cert_file, err);
    if (!has_key || SSL_CTX_check_private_key(t->context) != 1)
        return fail_file("the key", key, err);
    /* A server that asks for certificates and was not told whose sessions are whose (Dovecot 2.3) drops whoever resumes one. */
    SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_OFF);
    return 0;
}

struct tls_trust *trust_ref(struct tls_trust *t)
{
    t->refs++;
    return t;
}

static void remove_session(struct tls_trust *t, size_t i)
{
    free(t->sessions[i].host);
    t->n_sessions--;
    memmove(&t->sessions[i], &t->sessions[i + 1], (t->n_sessions - i) * sizeof(t->sessions[0]));
}

void tls_trust_free(struct tls_trust *t)
{
    if (!t || --t->refs > 0)
        return;
    while (t->n_sessions > 0) {
        SSL_SESSION_free(t->sessions[t->n_sessions - 1].session);
        remove_session(t, t->n_sessions - 1);
    }
    SSL_CTX_free(t->context);
    for (size_t i = 0; i < t->n_pins; i++)
        free(t->pins[i].host);
    free(t->pins);
    free(t->refused);
    free(t);
}

/* ---- one certificate for one server, and old servers ---- */

void tls_trust_pin(struct tls_trust *t, const char *host, uint32_t port, const unsigned char sha256[FINGERPRINT_SIZE])
{
    struct pin made = {xstrdup(host), port, {0}};
    memcpy(made.sha256, sha256, sizeof(made.sha256));
    t->pins = xreallocarray(t->pins, t->n_pins + 1, sizeof(t->pins[0]));
    t->pins[t->n_pins++] = made;
}

const unsigned char *trust_pin_of(const struct tls_trust *t, const char *host, uint32_t port)
{
    for (size_t i = 0; i < t->n_pins; i++)
        if (t->pins[i].port == port && strcasecmp(t->pins[i].host, host) == 0)
            return t->pins[i].sha256;
    return NULL;
}

void tls_trust_allow_old(struct tls_trust *t, int minor)
{
    SSL_CTX_set_min_proto_version(t->context, minor == 0 ? TLS1_VERSION : TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(t->context, CIPHERS_OLD);
    SSL_CTX_set_options(t->context, SSL_OP_LEGACY_SERVER_CONNECT);
}

struct certificate_facts *trust_refused_place(struct tls_trust *t)
{
    if (!t->refused)
        t->refused = XNEW(struct certificate_facts);
    return t->refused;
}

void trust_forget_refused(struct tls_trust *t)
{
    free(TAKE(t->refused));
}

const struct certificate_facts *tls_trust_refused(const struct tls_trust *t)
{
    return t->refused;
}

SSL_CTX *trust_context(struct tls_trust *t)
{
    if (!t->believes_system && t->has_own_file)
        believe_system(t->context);
    else if (!t->believes_system)
        share_system(t->context);
    t->believes_system = true;
    return t->context;
}

SSL_SESSION *trust_take_session(struct tls_trust *t, const char *host, uint32_t port)
{
    for (size_t i = t->n_sessions; i-- > 0;) {
        struct saved_session *s = &t->sessions[i];
        if (s->port != port || strcasecmp(s->host, host) != 0)
            continue;
        SSL_SESSION *session = s->session;
        if (!SSL_SESSION_is_resumable(session)) {
            SSL_SESSION_free(session);
            remove_session(t, i);
        } else if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) {
            remove_session(t, i);
            return session;
        } else {
            SSL_SESSION_up_ref(session);
            return session;
        }
    }
    return NULL;
}

void trust_keep_session(struct tls_trust *t, const char *host, uint32_t port, SSL_SESSION *session)
{
    if (t->n_sessions == SESSIONS_MAX) {
        SSL_SESSION_free(t->sessions[0].session);
        remove_session(t, 0);
    }
    t->sessions[t->n_sessions++] = (struct saved_session){xstrdup(host), port, session};
}
