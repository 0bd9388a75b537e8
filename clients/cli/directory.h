/* directory.h - accounts and mailboxes by the names that people use for them. */
#ifndef CLI_DIRECTORY_H
#define CLI_DIRECTORY_H

#include "cli.h"

/* All accounts (array of Account), all mailboxes (array of Mailbox with accountId). New references; NULL after telling.
 */
json_t *directory_accounts(struct cli *cli);
json_t *directory_mailboxes(struct cli *cli);

/* An account by id, address, name or the unambiguous start of one of these. Borrowed; NULL after telling. */
const json_t *directory_account(struct cli *cli, const json_t *accounts, const char *word);
/* The one that is named; without a word the only one with a server. NULL when it has failed, and said so. */
const json_t *directory_account_or_only(struct cli *cli, const json_t *accounts, const char *word);
/* The local account. Borrowed; NULL after telling. */
const json_t *directory_local(struct cli *cli, const json_t *accounts);
/* An account by its id; NULL: there is none. */
const json_t *directory_by_id(const json_t *list, const char *id);
/* The ids of the named accounts, JSON null for none named (which means all). A new reference; NULL after telling. */
json_t *directory_ids(struct cli *cli, int n, char **words);
/* What people call it: its name, else its address. */
const char *directory_account_name(const json_t *account);

/* "Work/Clients": the names from the top, joined by '/'. Freed by the caller. */
char *directory_path(const json_t *mailboxes, const json_t *mailbox);

/* Mailboxes by id, role, path (without regard to case), or ACCOUNT:PATH; within one account when account_id is given.
 * Several accounts may each have a mailbox of that name. A new array of Mailbox, never empty; NULL after telling. */
json_t *directory_match(struct cli *cli, const json_t *accounts, const json_t *mailboxes, const char *account_id,
                        const char *word);

/* The id of the account's mailbox with that role ("drafts"), which is made, under that name, where there is none. Freed
 * by the caller; NULL after telling. */
char *directory_role_mailbox(struct cli *cli, const char *account_id, const char *role, const char *name);

#endif
