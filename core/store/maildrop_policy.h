/* maildrop_policy.h - what stays on the server of a maildrop (store/maildrop.h), as its account's settings say.
 *
 *   "leaveOnServer": "all" | "none" | {"days": N} | {"messages": N} | {"bytes": N}     not set: 14 days
 *   "deleteOnServer": true | false      what was deleted here is deleted there; not set: true
 *
 * Pure, but for maildrop_policy_load.
 */
#ifndef STORE_MAILDROP_POLICY_H
#define STORE_MAILDROP_POLICY_H

#include "store/store.h"

#include <jansson.h>

#define MAILDROP_DAYS 14
#define MAILDROP_DAYS_MAX 36500
#define MAILDROP_MESSAGES_MAX 10000000
#define MAILDROP_BYTES_MAX (INT64_C(1) << 50)

struct maildrop_policy {
    enum maildrop_leave {
        MAILDROP_LEAVE_ALL,
        MAILDROP_LEAVE_NONE,
        MAILDROP_LEAVE_DAYS,
        MAILDROP_LEAVE_MESSAGES,
        MAILDROP_LEAVE_BYTES
    } leave;
    int64_t n;
    bool follows; /* what was deleted here goes there, too */
};

/* FCT_E_INVALID: "leaveOnServer: ...". */
int maildrop_policy_parse(const json_t *settings, struct maildrop_policy *out, struct fct_error *err);
/* Of settings that do not parse everything is left there: nothing is deleted by mistake. */
int maildrop_policy_load(struct store_tx *tx, int64_t account_id, struct maildrop_policy *out, struct fct_error *err);

#endif
