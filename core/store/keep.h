/* keep.h - how much of an account's mail is kept here (docs/decisions/0013-partial-messages.md).
 *
 * A policy is JSON: {"bodies": "all" | "none" | {"days": N}, "maxBytes": N or null}. The account's stands in its settings ("keep"), a
 * mailbox may have one of its own.
 *
 * Threads    pure, but for what takes a struct store_tx: any; store_mailbox_set_keep: the writer.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "base/cleanup.h"
#include "store/store.h"

#include <jansson.h>

#define KEEP_DAYS_MAX 36500
#define KEEP_BYTES_MAX (INT64_C(1) << 40)

struct keep_policy {
    int64_t days;      /* of bodies; 0: none, KEEP_ALL_DAYS: all */
    int64_t max_bytes; /* larger messages are not kept whole; 0: no limit */
};
#define KEEP_ALL_DAYS INT64_MAX

/* FCT_E_INVALID: "keep: ...". NULL and JSON null: everything. */
int keep_parse(const json_t *v, struct keep_policy *out, struct fct_error *err);
/* `size` as the server says it, seconds since 1970. */
bool keep_wants(const struct keep_policy *p, int64_t now, int64_t received_at, uint64_t size);
static inline bool keep_is_all(const struct keep_policy *p)
{
    return p->days == KEEP_ALL_DAYS && p->max_bytes == 0;
}

/* The policies of an account. What is stored and does not parse counts as everything: nothing is let go by mistake. */
struct keep_rules {
    struct keep_policy account;
    struct keep_override {
        int64_t mailbox_id;
        struct keep_policy policy;
    } *v; /* by mailbox_id */
    size_t n;
};
int keep_rules_load(struct store_tx *tx, int64_t account_id, struct keep_rules *out, struct fct_error *err);
void keep_rules_done(struct keep_rules *r);
const struct keep_policy *keep_rules_of(const struct keep_rules *r, int64_t mailbox_id);
/* Everything, everywhere. */
bool keep_rules_are_all(const struct keep_rules *r);

/* A mailbox's own policy; NULL or JSON null: as the account. FCT_E_INVALID, FCT_E_NOT_FOUND. *out_changed may be NULL. */
int store_mailbox_set_keep(struct store_tx *tx, int64_t id, const json_t *keep, bool *out_changed, struct fct_error *err);

#endif
