/* push_subscriptions.h - clients that are told of changes by a push service: RFC 8620 section 7.2.
 *
 * What is destroyed is overwritten on the disk (secure_delete, db.c), as section 7.2 asks for URLs and keys.
 *
 * Threads    on a reader or the writer, with its struct store_tx.
 */
#ifndef STORE_PUSH_SUBSCRIPTIONS_H
#define STORE_PUSH_SUBSCRIPTIONS_H

#include "store/store.h"

#define PUSH_SUBSCRIPTIONS_PER_TOKEN 64
#define PUSH_SUBSCRIPTIONS_MAX 512
#define PUSH_DEVICE_MAX 255 /* bytes */
#define PUSH_URL_MAX 2048
#define PUSH_CODE 43 /* characters */
#define PUSH_P256DH 65
#define PUSH_AUTH 16

/* Numbers are stored. NEW: the verification code is still to be pushed. ASKED: it was. */
enum store_push_state { PUSH_NEW = 0, PUSH_ASKED = 1, PUSH_VERIFIED = 2 };

struct store_push {
    int64_t id, token_id;
    int64_t *accounts; /* unless all */
    size_t n_accounts;
    bool all_accounts;
    char *device, *url;
    bool has_keys;
    unsigned char p256dh[PUSH_P256DH], auth[PUSH_AUTH];
    char *types; /* a JSON array; NULL: all */
    char code[PUSH_CODE + 1];
    char *vapid_key;
    enum store_push_state state;
    int64_t created_at, expires_at;
    int64_t told; /* states up to this one were pushed */
    int failures; /* in a row */
    int64_t next_try_at;
};
/* Wipes what is secret. */
void store_push_done(struct store_push *p);
void store_pushes_free(struct store_push *p, size_t n);
bool store_push_sees(const struct store_push *p, int64_t account_id);

/* Sets p->id and p->told: what changes from now on is news. FCT_E_LIMIT: there are too many. */
int store_push_create(struct store_tx *tx, struct store_push *p, struct fct_error *err);
/* FCT_E_NOT_FOUND. */
int store_push_load(struct store_tx *tx, int64_t id, struct store_push *out, struct fct_error *err);
/* `token_id` -1: all. By id. */
int store_pushes_load(struct store_tx *tx, int64_t token_id, struct store_push **out, size_t *out_n,
                      struct fct_error *err);
/* Writes types, state and expires_at, as a client changes them. */
int store_push_update(struct store_tx *tx, const struct store_push *p, struct fct_error *err);
/* What came of a push: state (never back from verified), told, failures, next_try_at. One that is gone is no error. */
int store_push_progress(struct store_tx *tx, const struct store_push *p, struct fct_error *err);
int store_push_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);
/* A token is revoked or destroyed. */
int store_pushes_forget_token(struct store_tx *tx, int64_t token_id, struct fct_error *err);
/* This is the key from now on: subscriptions that were made with another one are destroyed, *out_n of them, and the session's state
 * changes (RFC 9749 section 5). Nothing where it is in use already. */
int store_push_use_key(struct store_tx *tx, const char *vapid_key, int *out_n, struct fct_error *err);

/* ---- what changed ---- */

/* The states of the accounts that it may hear of that are newer than p->told, the oldest first; to be freed. */
int store_push_news(struct store_tx *tx, const struct store_push *p, struct store_change **out, size_t *out_n,
                    struct fct_error *err);

/* ---- what the owner decided ---- */

struct store_push_setting {
    char *private_hosts; /* a JSON array */
    char *contact;       /* or NULL */
};
void store_push_setting_done(struct store_push_setting *s);
int store_push_setting_load(struct store_tx *tx, struct store_push_setting *out, struct fct_error *err);
int store_push_setting_save(struct store_tx *tx, const struct store_push_setting *s, struct fct_error *err);

#endif
