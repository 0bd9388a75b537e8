/* quotas.h - what servers say of the room that they give (RFC 9425).
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_QUOTAS_H
#define STORE_QUOTAS_H

#include "base/cleanup.h"
#include "store/store.h"

#define STORE_QUOTAS_MAX 32 /* of one account */

struct store_quota {
    int64_t id, account_id;
    char *root, *resource; /* as the server calls them: "", "STORAGE" */
    int64_t used, limit;   /* octets, or how many */
};
/* FCT_E_NOT_FOUND. */
int store_quota_load(struct store_tx *tx, int64_t id, struct store_quota *out, struct fct_error *err);
void store_quota_done(struct store_quota *q);
/* Those of an account (-1: of all that are seen), by id. *out is freed by store_quotas_free. */
int store_quotas_list(struct store_tx *tx, int64_t account_id, struct store_quota **out, size_t *out_n, struct fct_error *err);
void store_quotas_free(struct store_quota *q, size_t n);
/* Whether this is what is here: then nothing need be written. A reader will do. */
int store_quotas_are(struct store_tx *tx, int64_t account_id, const struct store_quota *v, size_t n, bool *out, struct fct_error *err);
/* These are all that the account's server tells now (id and account_id do not count). Only what differs is written. */
int store_quotas_told(struct store_tx *tx, int64_t account_id, const struct store_quota *v, size_t n, struct fct_error *err);

#endif
