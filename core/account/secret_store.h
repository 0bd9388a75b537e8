/* secret_store.h - one place where secrets can be: what secrets.c asks of it. Inside account/ only.
 *
 * A store that cannot be written has no `set`, `remove` and `names`, and knows no secret but "password".
 *
 * Threads  any, several at once: each store has its own lock where it needs one, and none while it waits for a program.
 * Errors   FCT_E_NOT_FOUND: there is no such secret. FCT_E_USER_ACTION: locked, or a program that did not give it. No error
 *          holds a secret.
 */
#ifndef ACCOUNT_SECRET_STORE_H
#define ACCOUNT_SECRET_STORE_H

#include "account/secrets.h"
#include "base/buf.h"

#include <jansson.h>

struct secret_question {
    const struct secret_place *place;
    const char *owner, *name;
    const struct secret_patience *patience; /* never NULL */
};

struct secret_ops {
    /* Once, when the profile is opened; *out may stay NULL. */
    int (*open)(const char *profile_dir, void **out, struct fct_error *err);
    void (*close)(void *self);
    int (*get)(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err);
    int (*set)(void *self, const struct secret_question *q, const char *value, struct fct_error *err);
    /* All of q->owner's, or q->name alone if that is not NULL. */
    int (*remove)(void *self, const struct secret_question *q, struct fct_error *err);
    /* Appends the names of the owner's secrets to an array. */
    int (*names)(void *self, const struct secret_question *q, json_t *to, struct fct_error *err);
    /* 0: it can be used now; -1: why not. */
    int (*look)(void *self, const struct secret_patience *patience, struct fct_error *err);
};

extern const struct secret_ops secret_file_ops, secret_sealed_ops, secret_keyring_ops, secret_command_ops, secret_credential_ops;

/* Copies a value that is not NUL-terminated; FCT_E_LIMIT. */
int secret_hand_over(const char *name, const char *value, size_t n, char *buf, size_t cap, struct fct_error *err);
int secret_not_found(const char *name, struct fct_error *err);
bool secret_is_over(const struct secret_patience *p);
/* Until the deadline, at most 100 ms: how long to wait before secret_is_over is asked again. */
int secret_slice_ms(const struct secret_patience *p);

/* secrets_sealed.c */
int secret_sealed_unlock(void *self, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err);
void secret_sealed_lock(void *self);
bool secret_sealed_exists(void *self);

#endif
