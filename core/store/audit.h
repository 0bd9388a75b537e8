/* audit.h - what was changed with tokens: which one, when, by which method, in which account, which objects, from where.
 *
 * A row is written in the transaction of the change, so there is no change without one; what came of the call is added when it
 * is known. Of each token the newest AUDIT_KEPT_OF_TOKEN changes are kept, and fewer of what was refused, so that a flood of
 * either does not push out another token's rows, nor refusals the changes; of all tokens AUDIT_KEPT.
 *
 * Threads    store_audit_list: any; the rest: the writer.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "base/cleanup.h"
#include "store/store.h"

#define AUDIT_KEPT 100000
#define AUDIT_KEPT_OF_TOKEN 5000
#define AUDIT_KEPT_REFUSED 200 /* of one token */

struct store_audit {
    int64_t id, at; /* at: seconds */
    int64_t nonce;  /* of one call: a row that a transaction took back with it is not taken for a later one's */
    int64_t token_id, account_id; /* account_id 0: none */
    char *token_name, *method, *ids, *outcome, *remote; /* ids: JSON array; outcome, remote: may be NULL */
    int64_t n_ids;
    bool is_refused; /* nothing was changed */
};
void store_audit_done(struct store_audit *a);
/* Sets a->id. */
int store_audit_add(struct store_tx *tx, struct store_audit *a, struct fct_error *err);
/* Writes ids, n_ids, outcome, is_refused of the row that store_audit_add made; adds it where it is not there. */
int store_audit_end(struct store_tx *tx, struct store_audit *a, struct fct_error *err);

struct store_audit_query {
    int64_t token_id, account_id; /* 0: any */
    int64_t since, until;         /* seconds; 0: no bound */
    int64_t before;               /* ids below this one; 0: from the newest */
    size_t limit;
};
/* Newest first; one more than `limit` tells that there is more. *out is freed with store_audit_list_free. */
int store_audit_list(struct store_tx *tx, const struct store_audit_query *q, struct store_audit **out, size_t *out_n,
                     struct fct_error *err);
void store_audit_list_free(struct store_audit *list, size_t n);

#endif
