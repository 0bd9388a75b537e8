/* maildrop_plan.h - what is to be deleted in a maildrop, by the account's policy. Pure. */
#ifndef SYNC_MAILDROP_PLAN_H
#define SYNC_MAILDROP_PLAN_H

#include "store/maildrop.h"
#include "store/maildrop_policy.h"

/* A message as it is listed, and what is known of it. */
struct maildrop_entry {
    uint64_t number;
    char *uidl;               /* NULL: none that can be used */
    int64_t size;             /* as the server says */
    struct maildrop_row *row; /* NULL: it is not known */
};

struct maildrop_doomed {
    size_t *v; /* positions among the entries, oldest first; freed by the caller */
    size_t n;
    int64_t due_at; /* when there will be more, if nothing else happens; 0: never */
};

/* `entries` ascend by number. Only what is here for sure is doomed (`with_unsure`: or was recognised by its header); a message
 * that is not here counts among those that are left there. `now` in seconds. */
void maildrop_plan(const struct maildrop_policy *p, const struct maildrop_entry *entries, size_t n, int64_t now, bool with_unsure,
                   struct maildrop_doomed *out);

#endif
