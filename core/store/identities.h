/* identities.h - the addresses that an account sends from (RFC 8621 section 6). An account with an address has one from
 * the beginning.
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_IDENTITIES_H
#define STORE_IDENTITIES_H

#include "base/cleanup.h"
#include "store/store.h"

#define IDENTITIES_MAX 100          /* of one account */
#define IDENTITY_NAME_MAX 255       /* bytes */
#define IDENTITY_SIGNATURE_MAX 65536
#define IDENTITY_HTML_SIGNATURE_MAX 524288 /* pictures may stand in it as data: URLs */
#define IDENTITY_ADDRESSES_MAX 16384 /* bytes of JSON */

struct store_identity {
    int64_t id, account_id;
    char *name, *email;          /* email: "jane@example.org", or "*@example.org" for any address there */
    char *reply_to, *bcc;        /* EmailAddress[] as JSON, or NULL */
    char *text_signature, *html_signature;
};
/* FCT_E_NOT_FOUND. */
int store_identity_load(struct store_tx *tx, int64_t id, struct store_identity *out, struct fct_error *err);
void store_identity_done(struct store_identity *i);
/* Those of an account (-1: of all), oldest first. *out is freed by the caller. */
int store_identities_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
/* FCT_E_INVALID ("email: ..."), FCT_E_LIMIT. */
int store_identity_create(struct store_tx *tx, const struct store_identity *i, int64_t *out_id, struct fct_error *err);
/* Writes all but `email`, which stays (RFC 8621 section 6). */
int store_identity_update(struct store_tx *tx, const struct store_identity *i, struct fct_error *err);
int store_identity_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Whether the address may be used: one of the account's identities is it, or is for all of its domain. `identity_id` 0: any of
 * them. */
int store_identity_allows(struct store_tx *tx, int64_t account_id, int64_t identity_id, const char *address, bool *out,
                          struct fct_error *err);
/* Whether an identity with this `email` is for the address: it is it, in any case, or is for all of its domain. */
bool store_identity_is_for(const char *email, const char *address);
/* The account goes. */
int identities_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err);

#endif
