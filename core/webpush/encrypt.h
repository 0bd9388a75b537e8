/* encrypt.h - a push message that only the user agent can read: RFC 8291, in the coding aes128gcm of RFC 8188. Pure.
 * Any thread. */
#ifndef WEBPUSH_ENCRYPT_H
#define WEBPUSH_ENCRYPT_H

#include "webpush/p256.h"

#define WEBPUSH_AUTH 16
#define WEBPUSH_SALT 16
/* A push service need not take more than 4,096 bytes (RFC 8030 section 7.2); what of them is left for the plain text:
 * without the header (86), the delimiter and the tag. */
#define WEBPUSH_BODY_MAX 4096
#define WEBPUSH_PLAIN_MAX (WEBPUSH_BODY_MAX - 86 - 1 - 16)

/* What a user agent gives. */
struct webpush_keys {
    unsigned char p256dh[P256_PUBLIC];
    unsigned char auth[WEBPUSH_AUTH];
};
/* Appends the body. `padding`: bytes of zeros that hide the length. FCT_E_LIMIT: more than WEBPUSH_PLAIN_MAX together.
 */
int webpush_encrypt(const struct webpush_keys *keys, struct fct_bytes plain, size_t padding, struct buf *out,
                    struct fct_error *err);
/* The same with everything that is random given, for the RFC's examples. */
int webpush_encrypt_with(const struct webpush_keys *keys, const struct p256_pair *sender,
                         const unsigned char salt[WEBPUSH_SALT], struct fct_bytes plain, size_t padding,
                         struct buf *out, struct fct_error *err);

#endif
