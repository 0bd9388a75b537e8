/* passwords.h - where each account's password is, and its way from there to a plugin. Inside account/ only.
 *
 * Threads  loop thread. Everything that reads or writes a secret suspends: a command or a keyring has a thread of its own meanwhile.
 */
#ifndef ACCOUNT_PASSWORDS_H
#define ACCOUNT_PASSWORDS_H

#include "account/secrets.h"
#include "store/accounts.h"

#include <jansson.h>

/* The place that the settings name (secrets, passwordCommand, credential); its strings are theirs, and `address`. */
struct secret_place passwords_place(const json_t *settings, const char *address);
/* Whether they agree with one another: FCT_E_INVALID. */
int passwords_check_settings(const json_t *settings, struct fct_error *err);
/* A new account's settings with the profile's default in them, to be freed; NULL: they are good as they are. */
char *passwords_with_default(struct secrets *s, const char *settings);
/* Tells the secrets where the row's are. */
void passwords_place_row(struct secrets *s, const struct store_account *row);

/* `place` (NULL: the account's own) is asked itself if it can only be read: one that is tried out; else the account's own is. `ms`: how long another program
 * may take. */
int passwords_get(struct secrets *s, int64_t account_id, const struct secret_place *place, const char *name, uint64_t ms, char *buf, size_t cap,
                  struct fct_error *err);
/* `name`: "password", TRANSPORT_PASSWORD, or a token's. */
int passwords_set(struct secrets *s, int64_t account_id, const char *name, const char *value, struct fct_error *err);
int passwords_remove(struct secrets *s, int64_t account_id, struct fct_error *err);
/* Before the account's row says that they are elsewhere, and after it. `has_new`: as in secrets_copy. */
int passwords_copy(struct secrets *s, int64_t account_id, const struct secret_place *to, bool has_new, struct fct_error *err);
/* What was left in the plain file when a move was interrupted; nothing is asked of a keyring. */
void passwords_tidy_file(struct secrets *s);
int passwords_tidy(struct secrets *s, int64_t account_id, struct fct_error *err);

#endif
