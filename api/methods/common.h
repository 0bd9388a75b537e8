/* common.h - what handlers have in common: accounts, ids, properties, dates, the shape of answers.
 *
 * Threads: that of the caller, a reader's or the writer's where a struct store_tx is needed.
 */
#ifndef API_METHODS_COMMON_H
#define API_METHODS_COMMON_H

#include "access.h"
#include "api.h"
#include "api_methods.h"
#include "base/alloc.h"
#include "base/error.h"
#include "errors.h"
#include "store/ids.h"
#include "store/store.h"

/* ---- accounts ---- */

#define ALL_ACCOUNTS (-1)

/* The account that a reading method looks at; it exists, and the caller sees it. `text` NULL or "*": all that it sees,
 * id ALL_ACCOUNTS. In the transaction "all" means those from then on (access_look). */
struct scope {
    int64_t id;
    char text[ID_SIZE];
    const struct access *access;
};
int scope_find(struct api_call *call, struct store_tx *tx, const char *text, struct scope *out, struct fct_error *err);
/* One account that exists, and that the caller sees; FCT_E_NOT_FOUND_ACCOUNT. */
int account_find_one(struct api_call *call, struct store_tx *tx, const char *text, int64_t *out, struct fct_error *err);
/* For handlers without a transaction, whose core looks whether it exists: an account that the caller sees, if there is
 * one. */
int account_find_seen(struct api_call *call, const char *text, int64_t *out, struct fct_error *err);
bool scope_has(const struct scope *s, int64_t account_id);
/* The same of fromAccountId, where a method copies: the error is fromAccountNotFound (RFC 8620 section 5.4). */
int account_find_from(struct api_call *call, struct store_tx *tx, const char *text, int64_t *out,
                      struct fct_error *err);

/* A client's name of a group of changes (undoGroup), as the store keeps it: a token's groups are its own, whatever it calls
 * them. NULL stays NULL. Freed by the caller. */
char *group_of_client(const struct api_call *call, const char *name);

/* What the transaction does is done by the client that calls (store/history.h), and stands in the audit log with it. */
void act_for_client(const struct api_call *call, struct store_tx *tx);

/* What the account's server lets be done. What it does not is refused before it is shown (SetError forbidden). */
int abilities_of(struct api_call *call, struct store_tx *tx, int64_t account_id, struct core_abilities *out,
                 struct fct_error *err);
/* NULL when `may`. */
json_t *forbidden_unless(bool may, const char *what);

/* In a fiber: runs `fn` on a reader. Bodies that it wants (call_want_body) are fetched, and it is run once more,
 * whether they came or not; those that did not are FCT_E_UNAVAILABLE then. `fn` must bear that; what it returns the
 * first time is looked at only if it wanted nothing. Suspends. */
int read_with_bodies(struct api_call *call, store_fn fn, void *arg, struct fct_error *err);

/* ---- text ---- */

/* A JSON string of any bytes: what is no UTF-8 is replaced (a name from a server must not keep an object from being
 * shown). NULL gives null. */
json_t *json_string_of(const char *s);

/* ---- ids ---- */

json_t *json_id(enum id_kind kind, int64_t number);
/* An id or "#creation-id" from the client; false: it stands for nothing. */
bool id_from(const struct api_call *call, enum id_kind kind, const char *text, int64_t *out);
/* The blob that an id from the client stands for. Returns 1; 0: nothing that the caller may have; -1: only the header
 * of that message is here (call_want_body). */
int blob_id_from(struct api_call *call, struct store_tx *tx, const char *text, unsigned char sha256[32],
                 const char **out_part, struct fct_error *err);
json_t *json_ids(enum id_kind kind, const int64_t *ids, size_t n);
/* The ids of an argument, each once (RFC 8620 section 5.1), and "#k" as the id that it stands for, if it does. NULL
 * stays NULL. A new reference. */
json_t *ids_once(const struct api_call *call, const json_t *ids);
int too_many(struct fct_error *err, const char *what, size_t limit);

/* ---- states ---- */

json_t *json_state(int64_t modseq);
int state_of(struct store_tx *tx, int64_t account_id, enum store_type type, json_t **out, struct fct_error *err);
/* ifInState; NULL: nothing was asked. FCT_E_STATE_MISMATCH. */
int state_check(struct store_tx *tx, int64_t account_id, enum store_type type, const char *if_in_state,
                struct fct_error *err);

/* ---- dates ---- */

json_t *json_utc(int64_t seconds);                    /* "2014-10-30T06:12:00Z" */
json_t *json_utc_or_null(int64_t seconds);            /* null for 0 */
json_t *json_date(int64_t seconds, int zone_minutes); /* with its zone */
bool utc_parse(const char *text, int64_t *out);

/* ---- properties ---- */

/* The properties asked for, as bits of a table; `id` (bit 0) is always there. An unknown one: FCT_E_INVALID. `wanted`
 * NULL: `by_default`. */
int properties_parse(struct api_call *call, const json_t *wanted, const char *const *names, size_t n,
                     uint64_t by_default, uint64_t *out, struct fct_error *err);

/* ---- get (get.c) ---- */

/* A standard /get (RFC 8620 section 5.1) of objects that one function can tell, on a reader. */
struct get_request {
    const char *account; /* the arguments, as they came */
    const json_t *ids, *properties;
    enum store_type type;
    const char *const *names; /* of the properties, `id` first; all of them are given by default */
    size_t n_names;
    /* What `ids` null stands for: a new reference; NULL: the call fails. */
    json_t *(*every)(struct store_tx *tx, const struct scope *scope, struct fct_error *err);
    /* The object that an id stands for. 0 with *out NULL: the scope has none; -1: the call fails. */
    int (*one)(struct api_call *call, const struct scope *scope, const char *id, uint64_t properties, json_t **out,
               struct fct_error *err);
};
int get_answer(struct api_call *call, const struct get_request *r, json_t **out, struct fct_error *err);
/* Takes away what is not among the properties. Gives `object` back. */
json_t *properties_only(json_t *object, const char *const *names, size_t n, uint64_t properties);

/* ---- sets (set.c) ---- */

/* The answer of a /set under way; each map stays NULL until something is put in. */
struct set_result {
    json_t *created, *updated, *destroyed, *not_created, *not_updated, *not_destroyed;
};
void set_result_done(struct set_result *r);
void set_put(json_t **map, const char *key, json_t *value); /* steals value */
void set_add_destroyed(struct set_result *r, const char *id);
/* What became of one object: it has a `problem` (a SetError; stolen), or *err, and then the method ends (-1), or neither:
 * it is done. `changed` (stolen; may be NULL): what changed beside what was asked for. */
int set_note_updated(struct set_result *r, const char *id, json_t *problem, json_t *changed,
                     const struct fct_error *err);
int set_note_destroyed(struct set_result *r, const char *id, json_t *problem, const struct fct_error *err);
/* A SetError where `object` names a property that is none of `writable`, unless it is as it was in `current` (NULL: there
 * was none). */
json_t *set_check_names(const json_t *object, const json_t *current, const char *const *writable, size_t n);
/* Moves the maps into `out`, null where empty. */
void set_result_write(struct set_result *r, json_t *out);
/* Whether an error concerns one object; one of the disk ends the method. */
bool is_object_error(const struct fct_error *err);
int set_check_count(const json_t *create, const json_t *update, const json_t *destroy, struct fct_error *err);
/* Whether the id is among those to be destroyed. */
bool is_in(const json_t *ids, const char *id);

/* ---- changes and queries ---- */

struct store_changes;
/* A standard /changes. `extra` (may be NULL) adds to the answer. */
int changes_answer(struct api_call *call, const char *account, enum store_type type, enum id_kind kind,
                   const char *since_state, int64_t max, void (*extra)(const struct store_changes *c, json_t *out),
                   json_t **out, struct fct_error *err);

/* The window of a /query over ids that are in memory (RFC 8620 section 5.5). */
struct window {
    int64_t position, anchor_offset, limit;
    int64_t anchor; /* 0: none */
    bool calculate_total;
};
int window_answer(enum id_kind kind, const int64_t *ids, size_t n, const struct window *w, json_t *out,
                  struct fct_error *err);
/* A standard /queryChanges (RFC 8620 section 5.6) of a query that was made anew: query_changes.c. */
struct query_changes {
    const struct scope *scope;
    enum store_type type;
    enum id_kind kind;
    const char *since_state;
    int64_t since; /* the same, read by query_since */
    const int64_t *ids; /* the results, and their state */
    size_t n;
    int64_t modseq;
    int64_t max;
    bool calculate_total;
};
/* FCT_E_CANNOT_CALCULATE: it is none of ours. */
int query_since(const char *since_state, int64_t *out, struct fct_error *err);
int query_changes_answer(struct api_call *call, const struct query_changes *q, json_t **out, struct fct_error *err);

/* limit: what the client may have, and whether it is ours: told when it is not the one asked for, or cuts. */
int64_t limit_of(int64_t asked, bool *out_is_ours);

#endif
