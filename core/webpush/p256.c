#include "webpush/p256.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/error.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define GROUP "prime256v1"

DEFINE_FREEP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_FREEP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
DEFINE_FREEP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_FREEP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
DEFINE_FREEP(OSSL_PARAM *, OSSL_PARAM_free);
DEFINE_FREEP(BIGNUM *, BN_clear_free);
DEFINE_FREEP(ECDSA_SIG *, ECDSA_SIG_free);

static int fail(struct fct_error *err, const char *what)
{
    return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "%s with a key on P-256 failed", what);
}

/* `private_key` NULL: the public half alone. NULL: they are no key. */
static EVP_PKEY *key_of(const unsigned char *private_key, const unsigned char *public_key)
{
    CLEANUP(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    CLEANUP(BN_clear_freep) BIGNUM *number = private_key ? BN_bin2bn(private_key, P256_PRIVATE, NULL) : NULL;
    EVP_PKEY *key = NULL;
    if (!build || !context || !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, GROUP, 0) ||
        !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public_key, P256_PUBLIC) ||
        (private_key && (!number || !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number))))
        return NULL;
    CLEANUP(OSSL_PARAM_freep) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (!params || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, private_key ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) <= 0)
        return NULL;
    return key;
}

int p256_generate(struct p256_pair *out, struct fct_error *err)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen(GROUP);
    BIGNUM *number = NULL;
    size_t n = 0;
    bool is_good =
        key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) > 0 &&
        BN_bn2binpad(number, out->private_key, P256_PRIVATE) == P256_PRIVATE &&
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out->public_key, P256_PUBLIC, &n) > 0 &&
        n == P256_PUBLIC && out->public_key[0] == POINT_CONVERSION_UNCOMPRESSED;
    BN_clear_free(number);
    return is_good ? 0 : fail(err, "making a pair");
}

static bool passes(EVP_PKEY *key, int (*check)(EVP_PKEY_CTX *context))
{
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    return context && check(context) == 1;
}

bool p256_is_public(const unsigned char key[P256_PUBLIC])
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *k = key[0] == POINT_CONVERSION_UNCOMPRESSED ? key_of(NULL, key) : NULL;
    return passes(k, EVP_PKEY_public_check);
}

bool p256_is_pair(const struct p256_pair *pair)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *k = key_of(pair->private_key, pair->public_key);
    return passes(k, EVP_PKEY_check);
}

int p256_agree(const struct p256_pair *mine, const unsigned char theirs[P256_PUBLIC], unsigned char out[P256_SECRET],
               struct fct_error *err)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = key_of(mine->private_key, mine->public_key);
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *peer = p256_is_public(theirs) ? key_of(NULL, theirs) : NULL;
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    size_t n = P256_SECRET;
    if (!context || !peer || EVP_PKEY_derive_init(context) <= 0 || EVP_PKEY_derive_set_peer(context, peer) <= 0 ||
        EVP_PKEY_derive(context, out, &n) <= 0 || n != P256_SECRET)
        return fail(err, "an agreement");
    return 0;
}

/* The two numbers of a signature in DER, of fixed size. */
static bool split(const unsigned char *der, size_t n, unsigned char out[P256_SIGNATURE])
{
    CLEANUP(ECDSA_SIG_freep) ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)n);
    return s && BN_bn2binpad(ECDSA_SIG_get0_r(s), out, 32) == 32 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(s), out + 32, 32) == 32;
}

int p256_sign(const struct p256_pair *mine, struct fct_bytes data, unsigned char out[P256_SIGNATURE],
              struct fct_error *err)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = key_of(mine->private_key, mine->public_key);
    CLEANUP(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[128];
    size_t n = sizeof(der);
    if (!key || !context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) <= 0 ||
        EVP_DigestSign(context, der, &n, (const unsigned char *)data.p, data.n) <= 0 || !split(der, n, out))
        return fail(err, "a signature");
    return 0;
}
