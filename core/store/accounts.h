/* accounts.h - the accounts of a profile, as rows. Secrets are elsewhere (account/secrets.h). */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include "store/store.h"

struct store_account {
    int64_t id;
    char *name, *address, *source_url, *transport_url;
    char *settings;             /* JSON object */
    bool is_enabled;
    bool is_local;              /* source_url is "local:" */
    bool is_maildrop;           /* mail is only picked up there: mailboxes, places and flags are ours alone (store/maildrop.h) */
    int sort_order;
    int64_t last_sync_at;       /* 0: never */
    char *last_error;           /* JSON object, NULL: none */
};
/* By sort order, the local account last; those that are seen (store_tx_set_view). There is always one: store_open makes it, with the mailboxes Inbox, Drafts,
 * Sent, Archive, Junk and Trash and their roles. */
int store_accounts_load(struct store_tx *tx, struct store_account **out, size_t *out_n, struct fct_error *err);
int store_account_load(struct store_tx *tx, int64_t id, struct store_account *out, struct fct_error *err);
void store_account_done(struct store_account *a);
void store_accounts_free(struct store_account *a, size_t n);
int store_account_local(struct store_tx *tx, int64_t *out, struct fct_error *err);

/* One that is a maildrop has mailboxes from the first moment: Inbox, Drafts, Sent, Archive, Junk and Trash. */
int store_account_create(struct store_tx *tx, const struct store_account *a, int64_t *out_id, struct fct_error *err);
/* Writes name, address, urls, settings, is_enabled, sort_order of `a`. FCT_E_INVALID if it would become a maildrop, or stop
 * being one. */
int store_account_update(struct store_tx *tx, const struct store_account *a, struct fct_error *err);
/* With everything in it. In pieces would be kinder to others: the caller destroys the Emails first. FCT_E_FORBIDDEN for the
 * local account. */
int store_account_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Up to `max` Emails of the account, to destroy an account in pieces. */
int store_account_some_emails(struct store_tx *tx, int64_t id, size_t max, int64_t **out, size_t *out_n, struct fct_error *err);
/* A sync ended: error_json NULL when it went well. */
int store_account_synced(struct store_tx *tx, int64_t id, const char *error_json, struct fct_error *err);
/* What a new profile needs: the local account and its mailboxes, the key of the thread hashes. Writer; called by store_open
 * after migration, does nothing the second time. */
int store_first_run(struct store_tx *tx, struct fct_error *err);

#endif
