/* secrets.h - passwords and tokens, apart from the database.
 *
 * One small interface; its first backend is PROFILE/secrets, a file of mode 0600 that is replaced atomically and fsynced.
 * A value is never logged and never in an error. Copies are wiped after use (OPENSSL_cleanse).
 * Threads: any (a lock inside); the functions touch the disk: call them through wait_offload from a fiber.
 */
#ifndef ACCOUNT_SECRETS_H
#define ACCOUNT_SECRETS_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

#define SECRET_MAX 16384 /* bytes with the NUL: refresh tokens are long */

struct secrets;
/* Opens PROFILE/secrets; refuses one that others can read. */
int secrets_open(const char *profile_dir, struct secrets **out, struct fct_error *err);
void secrets_free(struct secrets *s);
/* `owner` "account/1", `name` "password". FCT_E_NOT_FOUND; FCT_E_LIMIT beyond SECRET_MAX. */
int secrets_get(struct secrets *s, const char *owner, const char *name, char *buf, size_t cap, struct fct_error *err);
int secrets_set(struct secrets *s, const char *owner, const char *name, const char *value, struct fct_error *err);
/* Removes all secrets of an owner. */
int secrets_remove(struct secrets *s, const char *owner, struct fct_error *err);

#endif
