/* tokens.h - access tokens of accounts that sign in with OAuth 2.0. Inside account/ only.
 *
 * What the user's consent left here is one secret of the account, "oauth": the refresh token, with the server and the client id that it
 * is for, so that a changed setting never sends it elsewhere, and the client's own secret. Access tokens are kept in memory only.
 *
 * A refresh runs in a fiber of its own, one at a time for each account, whoever waits for it: it is not cut short when they go, since
 * its answer may be the only copy of a new refresh token. That is on the disk before the new access token is used.
 *
 * Threads    loop thread.
 */
#ifndef ACCOUNT_TOKENS_H
#define ACCOUNT_TOKENS_H

#include "oauth/grant.h"

struct core;
struct account_token;

/* What fct_host.account_token asks. `label`: what the account is called in an error. Suspends. */
int tokens_get(struct core *core, int64_t account_id, const char *label, struct oauth_client *client, struct fct_bytes refused, char *buf, size_t cap,
               struct fct_error *err);
/* What a user has consented to: stored, then used. `client_secret`: his own, or NULL: as before. A notice that asked for it goes. Suspends. */
int tokens_keep(struct core *core, int64_t account_id, struct oauth_client *client, const char *client_secret, const struct oauth_grant *grant,
                struct fct_error *err);
/* The client's secret as it was kept, or the table's; to be wiped and freed, NULL: none. Suspends. */
char *tokens_client_secret(struct core *core, int64_t account_id, const struct oauth_client *client);
/* Between these two nothing is written: what is kept moves to another place. Holding suspends. */
void tokens_hold(struct core *core, int64_t account_id);
void tokens_release(struct core *core, int64_t account_id);
/* The same for all accounts. Holding suspends. */
void tokens_hold_all(struct core *core);
void tokens_release_all(struct core *core);
/* Waits for a refresh that is under way, and forgets. 0: of all accounts, for good; what is not on the disk yet is written. Suspends. */
void tokens_forget(struct core *core, int64_t account_id);

#endif
