/* quota.h - asks an account's server now and then how much room there is. Threads: loop thread. */
#ifndef ACCOUNT_QUOTA_H
#define ACCOUNT_QUOTA_H

#include "store/store.h"

#define QUOTA_ASK_MS (15u * 60 * 1000) /* not sooner again */

/* In a session that nobody else uses; writes down what changed. A source or server that does not tell costs nothing. Suspends. */
int quota_ask(struct store *store, int64_t account_id, const struct fct_source *source, void *session, struct fct_error *err);

#endif
