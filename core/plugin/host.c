/* host.c - the table of functions that plugins are handed: a thin layer over async/, base/ and OpenSSL. */
#include "plugin/plugins.h"

#include "async/conn.h"
#include "async/wait.h"
#include "base/error.h"
#include "base/log.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

/* ---- account -------------------------------------------------------------------------------------------- */

static void host_log(struct fct_account *acc, int level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_vline(level, acc && acc->label ? acc->label : "plugin", fmt, ap);
    va_end(ap);
}

static void host_account_endpoint(struct fct_account *acc, struct fct_endpoint *out)
{
    *out = acc->endpoint;
    out->size = sizeof(*out);
}

static const char *host_account_get(struct fct_account *acc, const char *key)
{
    return acc->get ? acc->get(acc, key) : NULL;
}

static int host_account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    if (!acc->secret)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored for this account", name);
    return acc->secret(acc, name, buf, cap, err);
}

static int host_conn_open(struct fct_account *acc, const struct fct_endpoint *ep, struct fct_conn **out,
                          struct fct_error *err)
{
    return conn_open(ep, acc->trust, out, err);
}

/* ---- cryptography --------------------------------------------------------------------------------------- */

#define HASH_MAX 32 /* what `out` has room for: facteur/plugin.h */

static const EVP_MD *find_hash(const char *name)
{
    if (strcmp(name, "sha256") == 0)
        return EVP_sha256();
    if (strcmp(name, "sha1") == 0)
        return EVP_sha1();
    if (strcmp(name, "md5") == 0)
        return EVP_md5();
    return NULL;
}

static size_t host_hash(const char *hash, struct fct_bytes data, unsigned char *out)
{
    const EVP_MD *md = find_hash(hash);
    unsigned int n = 0;
    if (!md || EVP_Digest(data.p, data.n, out, &n, md, NULL) != 1)
        return 0;
    return n;
}

static size_t host_hmac(const char *hash, struct fct_bytes key, struct fct_bytes data, unsigned char *out)
{
    const EVP_MD *md = find_hash(hash);
    size_t n = 0;
    if (!md || !EVP_Q_mac(NULL, "HMAC", NULL, EVP_MD_get0_name(md), NULL, key.p ? key.p : "", key.n,
                          (const unsigned char *)data.p, data.n, out, HASH_MAX, &n))
        return 0;
    return n;
}

static size_t host_pbkdf2(const char *hash, struct fct_bytes password, struct fct_bytes salt, uint32_t iterations,
                          unsigned char *out)
{
    const EVP_MD *md = find_hash(hash);
    if (!md || iterations == 0 || iterations > INT32_MAX || password.n > INT32_MAX || salt.n > INT32_MAX)
        return 0;
    int n = EVP_MD_get_size(md);
    if (PKCS5_PBKDF2_HMAC(password.p ? password.p : "", (int)password.n, (const unsigned char *)salt.p, (int)salt.n,
                          (int)iterations, md, n, out) != 1)
        return 0;
    return (size_t)n;
}

static void host_random(unsigned char *out, size_t n)
{
    if (n > INT32_MAX || RAND_bytes(out, (int)n) != 1) {
        log_error("plugin", "no random numbers: the system's generator failed");
        abort(); /* a nonce that can be guessed would be worse */
    }
}

static void host_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

static const struct fct_host host = {
    .size = sizeof(host),
    .abi = FCT_ABI,
    .fail = fct_fail,
    .log = host_log,
    .account_endpoint = host_account_endpoint,
    .account_get = host_account_get,
    .account_secret = host_account_secret,
    .conn_open = host_conn_open,
    .conn_start_tls = conn_start_tls,
    .conn_start_deflate = conn_start_deflate,
    .conn_is_tls = conn_is_tls,
    .conn_channel_binding = conn_channel_binding,
    .conn_read_line = conn_read_line,
    .conn_read_some = conn_read_some,
    .conn_has_input = conn_has_input,
    .conn_wait_input = conn_wait_input,
    .conn_write = conn_write,
    .conn_flush = conn_flush,
    .conn_close = conn_close,
    .conn_traffic = conn_traffic,
    .sleep = wait_sleep,
    .now_ms = wait_now_ms,
    .offload = wait_offload,
    .hash = host_hash,
    .hmac = host_hmac,
    .pbkdf2 = host_pbkdf2,
    .random = host_random,
    .error_server = fct_error_server,
    .wipe = host_wipe,
};

const struct fct_host *plugin_host(void)
{
    return &host;
}
