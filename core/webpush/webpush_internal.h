/* webpush_internal.h - struct webpush, for the files of webpush/. */
#ifndef WEBPUSH_WEBPUSH_INTERNAL_H
#define WEBPUSH_WEBPUSH_INTERNAL_H

#include "account/core.h"
#include "async/wait.h"
#include "net/https.h"
#include "webpush/webpush.h"

#include <pthread.h>

/* A subscription at work, beside its row. */
struct target {
    int64_t id, expires_at, drop_at; /* drop_at: seconds, when an unverified one is given up */
    unsigned types;                  /* bits 1 << enum store_type */
    bool all_accounts;
    int64_t *accounts;
    size_t n_accounts;
    enum store_push_state state;
    bool has_news, is_sending;
    bool is_present;   /* while the list is read again */
    uint64_t next_ms;  /* not before */
    uint64_t pause_ms; /* between two messages */
};

struct sender {
    struct webpush *webpush;
    int64_t id;
    struct fiber *fiber; /* NULL: idle */
    bool is_done;
};

struct creations {
    int64_t token_id;
    uint64_t since_ms;
    unsigned n;
};

struct webpush {
    struct uv_loop_s *loop;
    struct core *core;
    struct store *store;
    webpush_type_name_fn type_name;
    uint64_t second_ms;
    struct target *targets;
    size_t n_targets;
    bool is_stale; /* the list has to be read again */
    bool is_stopping;
    struct wait_event wake;
    struct fiber *fiber, *keeper; /* the latter keeps the key; NULL: nothing to keep */
    struct sender senders[WEBPUSH_SENDERS];
    struct creations *creations;
    size_t n_creations;

    pthread_mutex_t lock; /* for what webpush_key reads */
    struct p256_pair key;
    char key_text[VAPID_KEY_TEXT]; /* "": there is none */
    bool is_kept, is_asked_for;
};

/* key.c. Suspends. */
int webpush_open_key(struct webpush *w, bool has_subscriptions, struct fct_error *err);
/* deliver.c: the next message of a subscription, and what came of it. Suspends. */
struct target *webpush_find(struct webpush *w, int64_t id);
void webpush_deliver(struct webpush *w, int64_t id);

#endif
