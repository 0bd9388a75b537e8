#include "base/crypto.h"

#include "base/log.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define SCRYPT_MEMORY_MAX (UINT64_C(129) << 20)

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

size_t crypto_hash(const char *hash, struct fct_bytes data, unsigned char *out)
{
    const EVP_MD *md = find_hash(hash);
    unsigned int n = 0;
    if (!md || EVP_Digest(data.p, data.n, out, &n, md, NULL) != 1)
        return 0;
    return n;
}

size_t crypto_hmac(const char *hash, struct fct_bytes key, struct fct_bytes data, unsigned char *out)
{
    const EVP_MD *md = find_hash(hash);
    size_t n = 0;
    if (!md || !EVP_Q_mac(NULL, "HMAC", NULL, EVP_MD_get0_name(md), NULL, key.p ? key.p : "", key.n,
                          (const unsigned char *)data.p, data.n, out, CRYPTO_HASH_MAX, &n))
        return 0;
    return n;
}

size_t crypto_pbkdf2(const char *hash, struct fct_bytes password, struct fct_bytes salt, uint32_t iterations,
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

bool crypto_scrypt(struct fct_bytes password, struct fct_bytes salt, int cost_log2, int block_size, int parallel,
                   unsigned char out[CRYPTO_HASH_MAX])
{
    if (cost_log2 < 1 || cost_log2 > 24 || block_size < 1 || parallel < 1)
        return false;
    return EVP_PBE_scrypt(password.p ? password.p : "", password.n, (const unsigned char *)salt.p, salt.n,
                          UINT64_C(1) << cost_log2, (uint64_t)block_size, (uint64_t)parallel, SCRYPT_MEMORY_MAX, out,
                          CRYPTO_HASH_MAX) == 1;
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void crypto_random(unsigned char *out, size_t n)
{
    if (n > INT32_MAX || RAND_bytes(out, (int)n) != 1) {
        log_error("facteurd", "no random numbers: the system's generator failed");
        abort();
    }
}

void crypto_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}
