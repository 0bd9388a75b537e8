/* seal.h - bytes that a passphrase encrypts: scrypt (RFC 7914) and AES-256-GCM, by OpenSSL.
 *
 * What is sealed begins with a header of SEAL_HEADER bytes that is authenticated with it: a magic number, scrypt's
 * parameters, its salt, and the nonce, which is new each time. The key is made once of a passphrase (a quarter of a
 * second, 64 MiB) and kept in a page of its own that is not swapped (where the limit allows) and in no core dump.
 *
 * Threads: any; a key is read only once it is made.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "base/buf.h"
#include "base/cleanup.h"

#define SEAL_HEADER 39
#define SEAL_TAG 16

/* For tests that have no quarter of a second: what new keys cost (the binary logarithm of scrypt's N, 10 to 16). */
void seal_set_cost(unsigned log_n);

struct seal_key;
/* With a new salt. */
int seal_key_new(const char *passphrase, struct seal_key **out, struct fct_error *err);
/* The key with which `sealed` was made, if the passphrase is the right one: that seal_open tells. FCT_E_CORRUPT: a
 * header that is none. */
int seal_key_of(struct fct_bytes sealed, const char *passphrase, struct seal_key **out, struct fct_error *err);
void seal_key_free(struct seal_key *k);
DEFINE_FREEP(struct seal_key *, seal_key_free);

int seal_close(const struct seal_key *k, struct fct_bytes plain, struct buf *out, struct fct_error *err);
/* FCT_E_AUTH: not with this key, or not as it was. `out` gets nothing then. */
int seal_open(const struct seal_key *k, struct fct_bytes sealed, struct buf *out, struct fct_error *err);

#endif
