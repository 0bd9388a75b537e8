/* access.h - what a connection may: which scopes it holds, which accounts it sees.
 *
 * A connection to the socket belongs to the profile's owner at first and may everything: it has no struct access
 * (NULL). Session/authenticate narrows it, for good, to what a token allows. From the moment that it is asked to sign
 * in until it has, it may nothing (access_nobody): a front end that goes on after a refusal goes nowhere.
 *
 * Two things are seen to by others: the dispatcher asks for the scopes of the method's schema, scope_find and
 * account_find_one (methods/common.h) for the account. A handler asks itself where the content of a call decides:
 *
 *   if (!access_may(call, API_SCOPE_DRAFT))
 *       return access_refuse(call, API_SCOPE_DRAFT, err);          the whole call: `forbidden`, data.scope "draft"
 *   problem = access_set_error(API_SCOPE_DRAFT);                   one object of a /set: SetError `forbidden`
 *   if (!access_sees(call, account_id)) ...                        as if there were no such object
 *
 * What a connection does not see does not exist for it: the same error, the same words, the same counts.
 *
 * Ownership  counted; a session holds one for as long as it lives, so that handlers on any thread may read it.
 * Threads    any: nothing but `is_revoked` changes after it was made.
 */
#ifndef API_ACCESS_H
#define API_ACCESS_H

#include "dispatch.h"

struct access {
    atomic_uint refs;
    atomic_bool is_revoked; /* nothing more is begun */
    int64_t token_id;       /* 0: nobody */
    char *name, *remote;    /* of the token; from where, as the front end says, or NULL */
    unsigned scopes;        /* bits, enum api_scope */
    bool all_accounts;
    int64_t *accounts; /* unless all; ascending */
    size_t n_accounts;
    int64_t expires_at; /* seconds; 0: never */
};
/* Copies what it is given. */
struct access *access_new(int64_t token_id, const char *name, const char *remote, unsigned scopes,
                          const int64_t *accounts, size_t n_accounts, bool all_accounts, int64_t expires_at);
struct access *access_nobody(void);
struct access *access_ref(struct access *a);
void access_unref(struct access *a); /* NULL is accepted */

/* NULL is the owner in all of these. */
bool access_holds(const struct access *a, unsigned any_of);
bool access_has_account(const struct access *a, int64_t account_id);
bool access_is_over(const struct access *a, int64_t now); /* revoked, or its time has passed */
/* The error of a call to this method that `a` may not make; NULL: it may. A new reference. */
json_t *access_check_method(const struct access *a, const struct api_method *m);

bool access_may(const struct api_call *call, enum api_scope scope);
bool access_sees(const struct api_call *call, int64_t account_id);
/* All accounts, those to come as well: what concerns the profile as a whole asks for it. */
bool access_is_whole(const struct api_call *call);

/* In the transaction there are only the accounts that the caller sees (store_tx_set_view). Done by the dispatcher for
 * handlers on a reader or the writer; those in a fiber do it in each transaction of theirs (scope_find and
 * account_find_one do). */
void access_look(const struct api_call *call, struct store_tx *tx);

/* Whether the token is in this transaction what it was when the connection signed in: asked where something is made
 * that would outlive it, since a call may be under way while its token is revoked. FCT_E_FORBIDDEN. */
int access_check_still(const struct api_call *call, struct store_tx *tx, struct fct_error *err);

int access_refuse(struct api_call *call, enum api_scope scope, struct fct_error *err);
/* For what the schema calls "whole". */
int access_refuse_part(struct api_call *call, struct fct_error *err);
json_t *access_set_error(enum api_scope scope);
json_t *access_set_error_part(void);

const char *access_scope_name(enum api_scope scope);
enum api_scope access_scope_from(const char *name); /* 0: there is none of that name */
json_t *access_scopes_json(unsigned scopes);

#endif
