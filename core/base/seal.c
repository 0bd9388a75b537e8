#include "base/seal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sys/mman.h>

static const char magic[8] = "FCTSEAL1";
#define SALT_AT 11
#define NONCE_AT 27
#define SALT_SIZE 16
#define NONCE_SIZE 12
#define KEY_SIZE 32

/* 64 MiB, twice over: what OWASP's Password Storage Cheat Sheet has as equal to N 2^17, p 1, at half the memory. */
#define LOG_N 16
#define R 8
#define P 2
/* What a file may ask of us. */
#define LOG_N_MAX 20
#define R_MAX 16
#define P_MAX 16

static unsigned char log_n = LOG_N;

void seal_set_cost(unsigned n)
{
    log_n = (unsigned char)n;
}

struct seal_key {
    unsigned char head[SALT_AT + SALT_SIZE]; /* of the header: all but the nonce */
    unsigned char *key;                      /* on a page of its own */
};

static unsigned char *new_page(void)
{
    unsigned char *page = mmap(NULL, KEY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    (void)mlock(page, KEY_SIZE); /* RLIMIT_MEMLOCK may be 0; then it may be swapped */
    madvise(page, KEY_SIZE, MADV_DONTDUMP);
    return page;
}

void seal_key_free(struct seal_key *k)
{
    if (!k)
        return;
    if (k->key) {
        crypto_wipe(k->key, KEY_SIZE);
        munmap(k->key, KEY_SIZE);
    }
    free(k);
}

static int derive(struct seal_key *k, const char *passphrase, struct fct_error *err)
{
    uint64_t n = 1ull << k->head[8], r = k->head[9], p = k->head[10];
    k->key = new_page();
    if (!k->key)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "no memory for a key");
    if (EVP_PBE_scrypt(passphrase, strlen(passphrase), k->head + SALT_AT, SALT_SIZE, n, r, p, 256 * n * r + (1 << 20),
                       k->key, KEY_SIZE) == 1)
        return 0;
    ERR_clear_error();
    return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "the key cannot be made: scrypt needs %llu MiB of memory",
                    (unsigned long long)(128 * n * r >> 20));
}

int seal_key_new(const char *passphrase, struct seal_key **out, struct fct_error *err)
{
    CLEANUP(seal_key_freep) struct seal_key *k = XNEW(struct seal_key);
    memcpy(k->head, magic, sizeof(magic));
    k->head[8] = log_n;
    k->head[9] = R;
    k->head[10] = P;
    crypto_random(k->head + SALT_AT, SALT_SIZE);
    if (derive(k, passphrase, err) < 0)
        return -1;
    *out = TAKE(k);
    return 0;
}

static bool is_sealed(struct fct_bytes b)
{
    const unsigned char *h = (const unsigned char *)b.p;
    return b.n >= SEAL_HEADER + SEAL_TAG && b.n < INT_MAX && memcmp(h, magic, sizeof(magic)) == 0 && h[8] >= 10 &&
           h[8] <= LOG_N_MAX && h[9] >= 1 && h[9] <= R_MAX && h[10] >= 1 && h[10] <= P_MAX;
}

int seal_key_of(struct fct_bytes sealed, const char *passphrase, struct seal_key **out, struct fct_error *err)
{
    if (!is_sealed(sealed))
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "it is not encrypted by this program, or damaged");
    CLEANUP(seal_key_freep) struct seal_key *k = XNEW(struct seal_key);
    memcpy(k->head, sealed.p, sizeof(k->head));
    if (derive(k, passphrase, err) < 0)
        return -1;
    *out = TAKE(k);
    return 0;
}

static void context_freep(EVP_CIPHER_CTX **c)
{
    EVP_CIPHER_CTX_free(*c);
}

int seal_close(const struct seal_key *k, struct fct_bytes plain, struct buf *out, struct fct_error *err)
{
    unsigned char header[SEAL_HEADER];
    int n = 0, rest = 0;
    CLEANUP(context_freep) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    memcpy(header, k->head, sizeof(k->head));
    crypto_random(header + NONCE_AT, NONCE_SIZE);
    buf_add(out, header, sizeof(header));
    unsigned char *to = (unsigned char *)buf_reserve(out, plain.n + SEAL_TAG);
    if (plain.n < INT_MAX && c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->key, header + NONCE_AT) == 1 &&
        EVP_EncryptUpdate(c, NULL, &n, header, SEAL_HEADER) == 1 &&
        EVP_EncryptUpdate(c, to, &n, (const unsigned char *)plain.p, (int)plain.n) == 1 &&
        EVP_EncryptFinal_ex(c, to + n, &rest) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, to + plain.n) == 1) {
        buf_grown(out, plain.n + SEAL_TAG);
        return 0;
    }
    ERR_clear_error();
    return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "OpenSSL cannot encrypt");
}

int seal_open(const struct seal_key *k, struct fct_bytes sealed, struct buf *out, struct fct_error *err)
{
    int n = 0, rest = 0;
    CLEANUP(context_freep) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (!is_sealed(sealed) || memcmp(sealed.p, k->head, sizeof(k->head)) != 0)
        return fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "it was encrypted with another passphrase");
    const unsigned char *from = (const unsigned char *)sealed.p;
    size_t length = sealed.n - SEAL_HEADER - SEAL_TAG;
    unsigned char tag[SEAL_TAG], *to = (unsigned char *)buf_reserve(out, length + SEAL_TAG);
    memcpy(tag, from + SEAL_HEADER + length, SEAL_TAG);
    if (c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->key, from + NONCE_AT) == 1 &&
        EVP_DecryptUpdate(c, NULL, &n, from, SEAL_HEADER) == 1 &&
        EVP_DecryptUpdate(c, to, &n, from + SEAL_HEADER, (int)length) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, SEAL_TAG, tag) == 1 &&
        EVP_DecryptFinal_ex(c, to + n, &rest) == 1) {
        buf_grown(out, length);
        return 0;
    }
    crypto_wipe(to, length);
    ERR_clear_error();
    return fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "the passphrase is wrong, or the file is damaged");
}
