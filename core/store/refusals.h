/* refusals.h - notices: what a user should know and nobody else would tell, such as a change that a server refused for good.
 *
 * A notice stays until it is dismissed, the newest NOTICES_KEPT of an account. Each of the functions that change something bumps the
 * account (Account/changes), so that every client hears of it.
 *
 * Threads    store_notices_load on a reader or the writer, the others on the writer.
 */
#ifndef STORE_REFUSALS_H
#define STORE_REFUSALS_H

#include "store/store.h"

#define NOTICES_KEPT 100      /* of one account */
#define NOTICE_TEXT_MAX 1000  /* bytes of `text` and of `server`; what is longer is cut */

struct store_notice {
    int64_t id, account_id, at; /* at: seconds */
    char *type;                 /* stays as it is: clients may know it */
    int64_t mailbox_id, email_id; /* 0: none */
    char *text;                 /* for people */
    char *server;               /* the server's words, or NULL */
};

/* Types that the core writes. */
#define NOTICE_MAILBOX_CREATE "mailboxNotCreated"
#define NOTICE_MAILBOX_RENAME "mailboxNotRenamed"
#define NOTICE_MAILBOX_DESTROY "mailboxNotDestroyed"
#define NOTICE_MAILBOX_SUBSCRIBE "mailboxNotSubscribed"
#define NOTICE_MAILBOXES_MISSING "mailboxesMissing"
#define NOTICE_MESSAGE_LEFT_OUT "messageLeftOut"
#define NOTICE_CONSENT_EXPIRED "consentExpired"
#define NOTICE_OLD_TLS "oldTls"
#define NOTICE_SIGN_IN "signInRefused" /* in the local account: not shown to whoever came by a token */

/* mailbox_id, email_id: 0 for none. server: NULL or "" for none. Text that is not UTF-8 is made so. The oldest beyond NOTICES_KEPT
 * go. */
int store_notice_add(struct store_tx *tx, int64_t account_id, const char *type, int64_t mailbox_id, int64_t email_id,
                     const char *text, const char *server, struct fct_error *err);
/* All of an account, oldest first. Freed with store_notice_list_free. */
int store_notices_load(struct store_tx *tx, int64_t account_id, struct store_notice **out, size_t *out_n,
                       struct fct_error *err);
/* Somebody deleted the mailbox: what was told about it needs nobody's attention any more. */
int store_notices_of_mailbox_go(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct fct_error *err);
void store_notice_list_free(struct store_notice *n, size_t count);
/* `id` 0: all of the account. FCT_E_NOT_FOUND: the account has no such notice (never for 0). */
int store_notices_dismiss(struct store_tx *tx, int64_t account_id, int64_t id, struct fct_error *err);

#endif
