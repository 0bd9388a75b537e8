/* tokens.h - who may come in beside the owner, as rows: hashes, never what they are the hashes of (api/door.h).
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

#include "base/cleanup.h"
#include "store/store.h"

#define TOKENS_MAX 1000
#define TOKEN_NAME_MAX 100 /* bytes */
#define TOKEN_REMOTE_MAX 100
#define TOKEN_ACCOUNTS_MAX 1000
#define TOKEN_HASH_SIZE 32
#define TOKEN_SALT_SIZE 16
#define ATTEMPTS_KEPT 10000
#define ATTEMPT_KEY_SIZE 32

struct token_password {
    unsigned char salt[TOKEN_SALT_SIZE], hash[TOKEN_HASH_SIZE];
    int cost_log2, block_size, parallel; /* scrypt: N = 1 << cost_log2, r, p (RFC 7914) */
};

struct store_token {
    int64_t id;
    char *name; /* UTF-8, without anything that a terminal or a log would not print */
    unsigned scopes;
    bool is_whole;
    int64_t *accounts; /* unless whole; ascending */
    size_t n_accounts;
    bool has_secret, has_password;
    unsigned char secret[TOKEN_HASH_SIZE]; /* SHA-256 */
    struct token_password password;
    int64_t parent_id; /* 0: the owner made it */
    int64_t created_at, expires_at, last_used_at; /* seconds; 0: never */
    char *last_used_from;                         /* or NULL */
};
/* FCT_E_NOT_FOUND. */
int store_token_load(struct store_tx *tx, int64_t id, struct store_token *out, struct fct_error *err);
/* *out_id 0: there is none of that name. */
int store_token_find(struct store_tx *tx, const char *name, int64_t *out_id, struct fct_error *err);
void store_token_done(struct store_token *t);
/* All, oldest first. *out is freed by the caller. */
int store_tokens_list(struct store_tx *tx, int64_t **out, size_t *out_n, struct fct_error *err);

/* FCT_E_INVALID ("name: ..."), FCT_E_EXISTS, FCT_E_LIMIT. */
int store_token_create(struct store_tx *tx, const struct store_token *t, int64_t *out_id, struct fct_error *err);
/* Whether it could be created now. The same errors. */
int store_token_check(struct store_tx *tx, const struct store_token *t, struct fct_error *err);
/* The hash of a secret that has the id in it. */
int store_token_set_secret(struct store_tx *tx, int64_t id, const unsigned char sha256[TOKEN_HASH_SIZE],
                           struct fct_error *err);
/* Whether the one may no more than the other: scopes, accounts, time. */
bool store_token_is_within(const struct store_token *t, const struct store_token *other);
/* Whether it is `other`, or was made by it, or by one that it made. */
int store_token_is_of(struct store_tx *tx, int64_t id, int64_t other, bool *out, struct fct_error *err);
/* Writes name, scopes, accounts, expires_at, and the password where it has one. Its push subscriptions go: they would tell of
 * what it saw before. What it loses those that it made lose, too: *out_ids (freed by the caller) are those of them that changed. */
int store_token_update(struct store_tx *tx, const struct store_token *t, int64_t **out_ids, size_t *out_n,
                       struct fct_error *err);
/* The token and those that it made. *out_ids (freed by the caller): which went. */
int store_token_destroy(struct store_tx *tx, int64_t id, int64_t **out_ids, size_t *out_n, struct fct_error *err);
/* It let somebody in. */
int store_token_used(struct store_tx *tx, int64_t id, int64_t at, const char *from, struct fct_error *err);

/* ---- bytes that a token brought in ---- */

int store_token_uploaded(struct store_tx *tx, int64_t token_id, const unsigned char sha256[32], int64_t expires_at,
                         struct fct_error *err);
/* Whether these bytes are a message of the account (or of what can be taken back there, or what an open submission of it
 * sends), or were brought in by the token. */
int store_blob_is_of_account(struct store_tx *tx, const unsigned char sha256[32], int64_t account_id, bool *out,
                             struct fct_error *err);
int store_blob_is_of_token(struct store_tx *tx, const unsigned char sha256[32], int64_t token_id, int64_t now,
                           bool *out, struct fct_error *err);
/* Bytes of those of it that are kept at `now` and are no message of an Email. Looks at each. */
int store_token_uploads_size(struct store_tx *tx, int64_t token_id, int64_t now, uint64_t *out, struct fct_error *err);
/* Forgets up to `max` that were over at `now`. */
int store_token_uploads_sweep(struct store_tx *tx, int64_t now, size_t max, size_t *out_n, struct fct_error *err);

/* ---- passwords that were wrong ---- */

struct store_attempts {
    int64_t failures, last_at; /* since the last that was right; milliseconds */
    bool is_trusted;
};
/* Zeros: none. */
int store_attempts_load(struct store_tx *tx, const unsigned char key[ATTEMPT_KEY_SIZE], struct store_attempts *out,
                        struct fct_error *err);
/* The oldest beyond ATTEMPTS_KEPT go, those that are trusted last. */
int store_attempts_save(struct store_tx *tx, const unsigned char key[ATTEMPT_KEY_SIZE], const struct store_attempts *a,
                        struct fct_error *err);

#endif
