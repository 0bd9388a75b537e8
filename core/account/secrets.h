/* secrets.h - passwords and tokens, apart from the database.
 *
 * One small interface over several stores (docs/secrets.md), one file each: PROFILE/secrets, a file of mode 0600; a file that a
 * passphrase encrypts; the desktop's keyring; and two that can only be read and hold a password alone: a command's output, and
 * systemd's credentials. Each owner has a place, told with secrets_place; without one it is the file. Secrets that a read-only place
 * cannot take (tokens) are in the profile's default store.
 *
 * A value may be rewritten as often as need be. It is never logged and never in an error; copies are wiped after use.
 * Threads: any (a lock inside). The functions touch the disk, or wait for another program for as long as the patience lasts: call
 * them on a worker, or on a thread of their own where the place may be slow (secret_place_is_slow).
 */
#ifndef ACCOUNT_SECRETS_H
#define ACCOUNT_SECRETS_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

#define SECRET_MAX 16384 /* bytes with the NUL: refresh tokens are long */
#define SECRET_PATIENCE_MS 30000

enum secret_store { SECRET_FILE, SECRET_SEALED, SECRET_KEYRING, SECRET_COMMAND, SECRET_CREDENTIAL, SECRET_STORES };
/* "file", "encrypted", "keyring", "command", "credential". */
const char *secret_store_name(enum secret_store store);
/* -1: there is none of that name. */
int secret_store_from_name(const char *name);
bool secret_store_is_writable(enum secret_store store);

struct secret_place {
    enum secret_store store;
    const char *detail;  /* the command; the credential's name; else unused */
    const char *address; /* for the command; the credential's name where there is no detail; the keyring shows it */
};
/* Whether somebody else is asked, who may take his time. */
static inline bool secret_place_is_slow(enum secret_store store)
{
    return store == SECRET_KEYRING || store == SECRET_COMMAND;
}

/* How long to wait for another program. `is_over` may be NULL; it is asked from the thread that waits. */
struct secret_patience {
    uint64_t deadline_ms; /* of CLOCK_MONOTONIC */
    bool (*is_over)(void *ctx);
    void *ctx;
};
struct secret_patience secret_patience(uint64_t ms);

struct secrets;
/* Refuses a file that others can read. The encrypted file is unlocked if systemd hands over its passphrase. */
int secrets_open(const char *profile_dir, struct secrets **out, struct fct_error *err);
void secrets_free(struct secrets *s);

/* `owner` "account/1", `name` "password". FCT_E_NOT_FOUND; FCT_E_LIMIT beyond SECRET_MAX; FCT_E_USER_ACTION: it is locked. */
int secrets_get(struct secrets *s, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err);
/* FCT_E_FORBIDDEN: the password of a place that can only be read. */
int secrets_set(struct secrets *s, const char *owner, const char *name, const char *value, struct fct_error *err);
/* Removes all secrets of an owner, wherever they are. */
int secrets_remove(struct secrets *s, const char *owner, struct fct_error *err);

/* Where the owner's secrets are from now on (copied). NULL: forgets the owner. Moves nothing. */
void secrets_place(struct secrets *s, const char *owner, const struct secret_place *place);
enum secret_store secrets_store_of(struct secrets *s, const char *owner);
/* The same as secrets_get, from a place that need not be the owner's (NULL: his own). */
int secrets_get_from(struct secrets *s, const struct secret_place *place, const char *owner, const char *name,
                     const struct secret_patience *patience, char *buf, size_t cap, struct fct_error *err);
/* Copies the owner's secrets to a place, and reads them again there; a place that can only be read must have the password. The copies
 * that were there before stay until secrets_forget_elsewhere. `has_new`: another password comes, so that one which could only be read is
 * not asked for: it may be why. */
int secrets_copy(struct secrets *s, const char *owner, const struct secret_place *to, bool has_new, struct fct_error *err);
/* Removes what is not where the owner's place says that it is. */
int secrets_forget_elsewhere(struct secrets *s, const char *owner, struct fct_error *err);

/* The same for the plain file and all owners that have a place: what a move left behind because the process ended. */
int secrets_tidy_file(struct secrets *s, struct fct_error *err);

/* The store of accounts for which none is chosen, and of what read-only places cannot take. */
enum secret_store secrets_default(struct secrets *s);
/* FCT_E_INVALID: it cannot be written. Tokens that are in the old one because their place is read-only move along. */
int secrets_set_default(struct secrets *s, enum secret_store store, struct fct_error *err);

/* 0: the store can be used now; -1: why not (FCT_E_USER_ACTION: locked; FCT_E_UNAVAILABLE: not on this computer). */
int secrets_look(struct secrets *s, enum secret_store store, const struct secret_patience *patience, struct fct_error *err);

/* The encrypted file. `new_passphrase` NULL: as before. `may_create`: where there is none yet, it is made. FCT_E_AUTH: the wrong
 * passphrase. Takes a quarter of a second, by design. */
int secrets_unlock(struct secrets *s, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err);
void secrets_lock(struct secrets *s);
bool secrets_has_sealed(struct secrets *s);

#endif
