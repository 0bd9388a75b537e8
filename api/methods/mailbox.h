/* mailbox.h - what the files of the Mailbox methods share. */
#ifndef API_METHODS_MAILBOX_H
#define API_METHODS_MAILBOX_H

#include "methods/common.h"
#include "store/mailboxes.h"

enum mailbox_property {
    MB_ID,
    MB_NAME,
    MB_PARENT_ID,
    MB_ROLE,
    MB_SORT_ORDER,
    MB_TOTAL_EMAILS,
    MB_UNREAD_EMAILS,
    MB_TOTAL_THREADS,
    MB_UNREAD_THREADS,
    MB_MY_RIGHTS,
    MB_IS_SUBSCRIBED,
    MB_ACCOUNT_ID,
    MB_IS_COMPLETE,
    MB_KEEP,
    MB_COLOR,
    MB_N
};
#define MB_BIT(p) (UINT64_C(1) << (p))
#define MB_STANDARD (MB_BIT(MB_ACCOUNT_ID) - 1)
#define MB_ALL (MB_BIT(MB_N) - 1)
#define MB_COUNTS \
    (MB_BIT(MB_TOTAL_EMAILS) | MB_BIT(MB_UNREAD_EMAILS) | MB_BIT(MB_TOTAL_THREADS) | MB_BIT(MB_UNREAD_THREADS))
extern const char *const mailbox_property_names[MB_N];

/* `may`: what can be done in its account. */
json_t *mailbox_json(const struct store_mailbox *m, const struct core_abilities *may, uint64_t properties);

#endif
