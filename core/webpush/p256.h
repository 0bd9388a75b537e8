/* p256.h - key pairs on the curve P-256, by OpenSSL: agreement (ECDH) and signatures (ECDSA). Any thread.
 *
 * Points are uncompressed (SEC 1 section 2.3.3: 0x04, x, y), as Web Push writes them; private keys are 32 bytes,
 * big-endian.
 */
#ifndef WEBPUSH_P256_H
#define WEBPUSH_P256_H

#include "base/buf.h"

#define P256_PUBLIC 65
#define P256_PRIVATE 32
#define P256_SECRET 32
#define P256_SIGNATURE 64 /* r and s: RFC 7518 section 3.4 */

struct p256_pair {
    unsigned char private_key[P256_PRIVATE];
    unsigned char public_key[P256_PUBLIC];
};
int p256_generate(struct p256_pair *out, struct fct_error *err);
/* Whether the bytes are a point of the curve (a peer that sends others could learn of a private key). */
bool p256_is_public(const unsigned char key[P256_PUBLIC]);
/* Whether the two halves belong together. */
bool p256_is_pair(const struct p256_pair *pair);
int p256_agree(const struct p256_pair *mine, const unsigned char theirs[P256_PUBLIC], unsigned char out[P256_SECRET],
               struct fct_error *err);
int p256_sign(const struct p256_pair *mine, struct fct_bytes data, unsigned char out[P256_SIGNATURE],
              struct fct_error *err);

#endif
