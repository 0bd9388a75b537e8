/* listing.h - what a query finds, as `facteur search` shows it. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "cli.h"

/* In one account, the newest first, `count` at most. Returns the exit status. */
int listing_print(struct cli *cli, const char *account_id, const char *query, int64_t count);

#endif
