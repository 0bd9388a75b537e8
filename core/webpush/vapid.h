/* vapid.h - by what an application server is known to push services: RFC 8292. Pure. Any thread. */
#ifndef WEBPUSH_VAPID_H
#define WEBPUSH_VAPID_H

#include "webpush/p256.h"

#define VAPID_KEY_TEXT 88 /* a public key in base64url, and NUL */

/* The key as it is told to clients (applicationServerKey) and to push services ("k"). */
void vapid_key_text(const struct p256_pair *pair, char out[VAPID_KEY_TEXT]);
/* What the secrets keep; and back: false when it is none, or its halves do not belong together. */
void vapid_write(const struct p256_pair *pair, struct buf *out);
bool vapid_read(const char *text, struct p256_pair *out);
/* Appends "vapid t=..., k=...", the value of Authorization. `url`: the push resource, of which the origin is signed.
 * `contact` NULL: nobody is named. `expires` in seconds, at most a day from now (section 2). */
int vapid_authorization(const struct p256_pair *pair, const char *url, const char *contact, int64_t expires,
                        struct buf *out, struct fct_error *err);
/* The first half of the token: what is signed. For the above, and its test. */
int vapid_signed_part(const char *url, const char *contact, int64_t expires, struct buf *out, struct fct_error *err);

#endif
