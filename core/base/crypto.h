/* crypto.h - hashes, MACs and random numbers, by OpenSSL, for the host table and the store. Any thread.
 *
 * `hash` is "sha256", "sha1" or "md5". The functions return how many bytes they wrote, 0 for an unknown hash.
 */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <facteur/plugin.h>

#define CRYPTO_HASH_MAX 32 /* bytes that `out` has room for */

size_t crypto_hash(const char *hash, struct fct_bytes data, unsigned char *out);
size_t crypto_hmac(const char *hash, struct fct_bytes key, struct fct_bytes data, unsigned char *out);
size_t crypto_pbkdf2(const char *hash, struct fct_bytes password, struct fct_bytes salt, uint32_t iterations,
                     unsigned char *out);
/* RFC 7914, N = 1 << cost_log2; `out` is CRYPTO_HASH_MAX bytes. Takes 128 * N * r bytes and a good part of a second: on
 * a worker. False: OpenSSL would not, as with more than 128 MiB. */
bool crypto_scrypt(struct fct_bytes password, struct fct_bytes salt, int cost_log2, int block_size, int parallel,
                   unsigned char out[CRYPTO_HASH_MAX]);
/* Whether they are the same, in a time that does not depend on where they differ. */
bool crypto_equal(const void *a, const void *b, size_t n);
/* Ends the process when the system has none: a nonce or a key that can be guessed would be worse. */
void crypto_random(unsigned char *out, size_t n);
/* Overwrites what the compiler might think nobody reads any more. */
void crypto_wipe(void *p, size_t n);

#endif
