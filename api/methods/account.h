/* account.h - what the files of the Account methods share. */
#ifndef API_METHODS_ACCOUNT_H
#define API_METHODS_ACCOUNT_H

#include "methods/common.h"
#include "store/accounts.h"

/* The stored properties, a new reference. */
json_t *account_row_json(const struct store_account *a);

#endif
