/* sha256.h - SHA-256, by OpenSSL, in pieces or at once. Any thread; one object on one thread at a time. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <facteur/plugin.h>

#define SHA256_SIZE 32

struct sha256 {
    void *ctx;
};
/* Begins; followed by sha256_done, which may come at any time and twice. */
void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, struct fct_bytes data);
void sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE]);
void sha256_done(struct sha256 *h);
void sha256_of(struct fct_bytes data, unsigned char out[SHA256_SIZE]);

#endif
