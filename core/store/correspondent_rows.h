/* correspondent_rows.h - the rows of correspondents, and what is to be added to them. Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_CORRESPONDENT_ROWS_H
#define STORE_CORRESPONDENT_ROWS_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "store/store.h"

enum correspondent_use_kind { USE_SENT, USE_REPLY, USE_RECEIVED, N_USE_KINDS };

/* One message and one address. */
struct correspondent_use {
    char *address;      /* in lower case: by this it is the same one; owned */
    char *email, *name; /* name "": none; owned */
    enum correspondent_use_kind kind;
    bool is_minor; /* of a list, or of what nobody reads */
    int64_t at;
    int sign; /* +1, -1: it counts no more */
};
struct correspondent_uses {
    struct correspondent_use *v;
    size_t n, cap;
};
void correspondent_uses_done(struct correspondent_uses *u);
/* Leaves out what is no address that one could write to. `email` and `name` may be NULL. */
void correspondent_use_add(struct correspondent_uses *u, const char *email, const char *name,
                           enum correspondent_use_kind kind, bool is_minor, int64_t at, int sign);
/* Writes them all to the rows of the account; *u becomes empty. */
int correspondent_uses_write(struct store_tx *tx, int64_t account_id, struct correspondent_uses *u,
                             struct fct_error *err);

/* Whether the address says of itself that nobody reads what is sent there. */
bool address_is_automatic(const char *address);
/* ASCII letters in lower case: how addresses are told apart here. The caller frees. */
char *address_key(const char *email);
/* The words of a text, folded, sorted, each once, separated by one space; at most `max`. Appends. */
void correspondent_words(struct fct_bytes text, size_t max, struct buf *out);
/* weight of one message; 2^0 is one to somebody, sent at CORRESPONDENT_EPOCH. */
double correspondent_weight(enum correspondent_use_kind kind, bool is_minor, int64_t at);
/* What a weight is worth at `now`: one message sent to somebody at `now` is 1. */
double correspondent_score(double weight, int64_t now);

#endif
