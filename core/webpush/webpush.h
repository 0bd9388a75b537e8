/* webpush.h - tells clients of changes by their push services: RFC 8620 section 7.2, RFC 8030.
 *
 * What a client has been told is a number in the store (store_push.told): what is newer is news. So at most one message
 * of each subscription is on its way, what comes meanwhile goes with the next, and a core that was down tells what is
 * present when it is back. A push service that says "too many" (429) is asked less often, one that fails is asked again
 * after pauses that grow, and a subscription is destroyed when the service says that it is gone (404, 410), or after
 * too many failures.
 *
 * The requests wait on threads of their own (net/https.h), at most WEBPUSH_SENDERS at a time; private networks are not
 * connected to, but for hosts that the owner named (store_push_setting).
 *
 * The key by which push services know this core (RFC 8292) is in the secrets, owner "webpush". It is made when it is
 * told to somebody first.
 *
 * Threads: loop thread but for webpush_key.
 */
#ifndef WEBPUSH_WEBPUSH_H
#define WEBPUSH_WEBPUSH_H

#include "webpush/message.h"
#include "webpush/vapid.h"

#define WEBPUSH_SENDERS 8
#define WEBPUSH_CREATIONS 30         /* by one token, in an hour */
#define WEBPUSH_EXPIRES (30 * 86400) /* seconds: no subscription is valid for longer */
#define WEBPUSH_PRIVATE_HOSTS 32

struct core;
struct uv_loop_s;
struct webpush;

/* Suspends. */
int webpush_start(struct uv_loop_s *loop, struct core *core, webpush_type_name_fn name, struct webpush **out,
                  struct fct_error *err);
/* Cuts short what is under way. Before core_stop. Suspends. NULL is accepted, here and by the next. */
void webpush_stop(struct webpush *w);
/* After core_stop: what its listener and the last readers used. */
void webpush_free(struct webpush *w);

/* From the store's listener. */
void webpush_store_changed(struct webpush *w, const struct store_change *changes, size_t n);
/* Subscriptions or settings were changed in the store. */
void webpush_subscriptions_changed(struct webpush *w);

/* The public key, for applicationServerKey. It is kept from then on. False: there is none. Any thread. */
bool webpush_key(struct webpush *w, char out[VAPID_KEY_TEXT]);
/* As it is before subscriptions are made with it: waits until it is kept. Suspends. */
int webpush_key_kept(struct webpush *w, char out[VAPID_KEY_TEXT], struct fct_error *err);
/* Another key; subscriptions that were made with the old one are destroyed (RFC 9749 section 5). Suspends. */
int webpush_rotate_key(struct webpush *w, struct fct_error *err);

/* Whether that token may make one more now; counts it. */
bool webpush_may_create(struct webpush *w, int64_t token_id);

#endif
