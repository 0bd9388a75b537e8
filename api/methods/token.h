/* token.h - what Token/set and pairing share. */
#ifndef API_METHODS_TOKEN_H
#define API_METHODS_TOKEN_H

#include "methods/common.h"
#include "store/tokens.h"

/* What a token shall be, as a client describes it and as the caller may give it. A SetError, or NULL. Any transaction.
 */
json_t *token_read(struct api_call *call, struct store_tx *tx, const json_t *object, struct store_token *out);
/* Stores it, in a transaction, with a secret of its own. */
struct token_made {
    struct store_token *token;
    char secret[80]; /* TOKEN_SECRET_SIZE */
};
int token_make(struct store_tx *tx, struct token_made *m, struct fct_error *err);
/* The object with its secret, which is wiped. */
json_t *token_made_json(struct token_made *m);

#endif
