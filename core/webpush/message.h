/* message.h - what is pushed: the two objects of RFC 8620 section 7, and the HTTP request that carries them. Any
 * thread. */
#ifndef WEBPUSH_MESSAGE_H
#define WEBPUSH_MESSAGE_H

#include "store/push_subscriptions.h"
#include "webpush/encrypt.h"

#define WEBPUSH_HEADERS_MAX 6

typedef const char *(*webpush_type_name_fn)(enum store_type type);

/* Whether the subscription wants to hear of that type. */
bool webpush_wants(const struct store_push *p, const char *type_name);
/* The bits 1 << enum store_type of those. */
unsigned webpush_types(const struct store_push *p, webpush_type_name_fn name);

/* A PushVerification. */
void webpush_verification(const struct store_push *p, struct buf *out);
/* A StateChange of those of `news` (the oldest first) that it wants and for which there is room; nothing is appended
 * where there is none. Returns up to which state it tells; *out_all: nothing was left out for want of room. */
int64_t webpush_state_change(const struct store_push *p, const struct store_change *news, size_t n,
                             webpush_type_name_fn name, struct buf *out, bool *out_all);

/* The request. {0} at first. */
struct webpush_request {
    struct buf body;
    struct buf headers[WEBPUSH_HEADERS_MAX];
    const char *header_list[WEBPUSH_HEADERS_MAX + 1]; /* for https_post */
};
void webpush_request_done(struct webpush_request *r);
/* `key` NULL: without VAPID. `now` in seconds. */
int webpush_request_make(const struct store_push *p, const struct buf *message, const struct p256_pair *key,
                         const char *contact, int64_t now, struct webpush_request *out, struct fct_error *err);

#endif
