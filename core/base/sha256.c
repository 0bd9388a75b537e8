#include "base/sha256.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static EVP_MD *algorithm;

/* Looked up once: a lookup costs as much as hashing a small message. */
static void fetch_algorithm(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!algorithm)
        abort();
}

/* These calls fail only when memory is gone, and that ends the process here as everywhere (alloc.h). */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

void sha256_init(struct sha256 *h)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch_algorithm);
    h->ctx = EVP_MD_CTX_new();
    must(h->ctx && EVP_DigestInit_ex2(h->ctx, algorithm, NULL));
}

void sha256_add(struct sha256 *h, struct fct_bytes data)
{
    must(EVP_DigestUpdate(h->ctx, data.p, data.n));
}

void sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE])
{
    must(EVP_DigestFinal_ex(h->ctx, out, NULL));
}

void sha256_done(struct sha256 *h)
{
    EVP_MD_CTX_free(h->ctx);
    h->ctx = NULL;
}

void sha256_of(struct fct_bytes data, unsigned char out[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, data);
    sha256_end(&h, out);
    sha256_done(&h);
}
