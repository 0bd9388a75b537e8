#include "webpush/encrypt.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/error.h"

#include <openssl/evp.h>

#define HASH 32
#define KEY 16
#define NONCE 12
#define TAG 16
#define RECORD 4096 /* the record size that is told; there is one record, and it is no larger */
#define LAST_RECORD 0x02

DEFINE_FREEP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

struct secrets_of_message {
    unsigned char key[CRYPTO_HASH_MAX], nonce[CRYPTO_HASH_MAX];
};

/* HKDF (RFC 5869) for at most 32 bytes: one block. Its extraction is the same HMAC with the salt as key. */
static void expand(const unsigned char *prk, struct fct_bytes info, unsigned char out[CRYPTO_HASH_MAX])
{
    CLEANUP(buf_done) struct buf text = {0};
    buf_add(&text, info.p, info.n);
    buf_add_char(&text, 1);
    crypto_hmac("sha256", bytes_of(prk, HASH), buf_bytes(&text), out);
}

/* RFC 8291 section 3.4. */
static int derive(const struct webpush_keys *keys, const struct p256_pair *sender, const unsigned char *salt,
                  struct secrets_of_message *out, struct fct_error *err)
{
    static const char info[] = "WebPush: info", cek[] = "Content-Encoding: aes128gcm",
                      nonce[] = "Content-Encoding: nonce";
    CLEANUP(buf_done) struct buf key_info = {0};
    unsigned char shared[P256_SECRET], prk[CRYPTO_HASH_MAX], ikm[CRYPTO_HASH_MAX];
    if (p256_agree(sender, keys->p256dh, shared, err) < 0)
        return -1;
    buf_add(&key_info, info, sizeof(info)); /* with its NUL, as the two below */
    buf_add(&key_info, keys->p256dh, P256_PUBLIC);
    buf_add(&key_info, sender->public_key, P256_PUBLIC);
    crypto_hmac("sha256", bytes_of(keys->auth, WEBPUSH_AUTH), bytes_of(shared, sizeof(shared)), prk);
    expand(prk, buf_bytes(&key_info), ikm);
    crypto_hmac("sha256", bytes_of(salt, WEBPUSH_SALT), bytes_of(ikm, HASH), prk);
    expand(prk, bytes_of(cek, sizeof(cek)), out->key);
    expand(prk, bytes_of(nonce, sizeof(nonce)), out->nonce);
    crypto_wipe(shared, sizeof(shared));
    crypto_wipe(prk, sizeof(prk));
    crypto_wipe(ikm, sizeof(ikm));
    return 0;
}

static bool seal(const struct secrets_of_message *s, struct fct_bytes plain, struct buf *out)
{
    CLEANUP(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    unsigned char *to = (unsigned char *)buf_reserve(out, plain.n + TAG);
    int n = 0, more = 0;
    if (!c || EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, s->key, s->nonce) <= 0 ||
        EVP_EncryptUpdate(c, to, &n, (const unsigned char *)plain.p, (int)plain.n) <= 0 ||
        EVP_EncryptFinal_ex(c, to + n, &more) <= 0 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, to + n + more) <= 0)
        return false;
    buf_grown(out, (size_t)(n + more) + TAG);
    return true;
}

static void write_header(const unsigned char *salt, const struct p256_pair *sender, struct buf *out)
{
    const unsigned char size[4] = {0, 0, RECORD >> 8, RECORD & 0xff};
    buf_add(out, salt, WEBPUSH_SALT);
    buf_add(out, size, sizeof(size));
    buf_add_char(out, P256_PUBLIC);
    buf_add(out, sender->public_key, P256_PUBLIC);
}

int webpush_encrypt_with(const struct webpush_keys *keys, const struct p256_pair *sender,
                         const unsigned char salt[WEBPUSH_SALT], struct fct_bytes plain, size_t padding,
                         struct buf *out, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf record = {0};
    struct secrets_of_message s;
    if (plain.n > WEBPUSH_PLAIN_MAX || padding > WEBPUSH_PLAIN_MAX - plain.n)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "a push message of more than %d bytes", WEBPUSH_PLAIN_MAX);
    if (derive(keys, sender, salt, &s, err) < 0)
        return -1;
    buf_add(&record, plain.p, plain.n);
    buf_add_char(&record, LAST_RECORD);
    memset(buf_reserve(&record, padding + 1), 0, padding);
    buf_grown(&record, padding);
    write_header(salt, sender, out);
    bool is_sealed = seal(&s, buf_bytes(&record), out);
    crypto_wipe(&s, sizeof(s));
    return is_sealed ? 0 : fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "a push message could not be encrypted");
}

int webpush_encrypt(const struct webpush_keys *keys, struct fct_bytes plain, size_t padding, struct buf *out,
                    struct fct_error *err)
{
    struct p256_pair sender;
    unsigned char salt[WEBPUSH_SALT];
    if (p256_generate(&sender, err) < 0)
        return -1;
    crypto_random(salt, sizeof(salt));
    int result = webpush_encrypt_with(keys, &sender, salt, plain, padding, out, err);
    crypto_wipe(&sender, sizeof(sender));
    return result;
}
