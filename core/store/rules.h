/* rules.h - what happens to mail that comes new into an account: which mail, in the query language, and what is done.
 *
 * Here are the rules and what has come; account/rules.c asks one about the other, and store/rule_actions.h does what it
 * finds. A query is only text here: what it means is search's business.
 *
 * Mail that a rule may be for is noted in the transaction that stores it, so none is forgotten when the program ends,
 * and taken off the list in the transaction that did what the rules say, so nothing is done twice.
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_RULES_H
#define STORE_RULES_H

#include "base/cleanup.h"
#include "store/store.h"

#define RULES_MAX 500           /* of one account */
#define RULE_NAME_MAX 255       /* bytes */
#define RULE_QUERY_MAX 4096     /* bytes: as long as a search may be */
#define RULE_COPIES_MAX 32      /* mailboxes that one rule puts a message into, beside moving it */
#define RULE_KEYWORDS_MAX 32    /* that one rule adds, or takes away */
#define RULE_ORDER_MAX INT32_MAX

enum rule_problem { RULE_FINE, RULE_MAILBOX_GONE, RULE_INVALID_QUERY };

struct store_rule {
    int64_t id, account_id;
    char *name, *query;
    int64_t sort_order;         /* negative, when it is made: behind all others */
    bool is_enabled, is_last;
    int64_t move_to;            /* 0: it stays */
    int64_t *copy_to;           /* ascending, each once */
    size_t n_copy_to;
    char *add, *remove;         /* keywords in lower case, separated by one space; "" */
    enum rule_problem problem_type;
    char *problem;              /* in words; NULL: none */
    int64_t n_matched, matched_at; /* matched_at: seconds, 0: never */
};
/* FCT_E_NOT_FOUND. */
int store_rule_load(struct store_tx *tx, int64_t id, struct store_rule *out, struct fct_error *err);
void store_rule_done(struct store_rule *r);
/* Ids of those of an account (-1: of all), in their order. *out is freed by the caller. */
int store_rules_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
/* The rules of an account in their order; with `only_enabled` those alone. */
int store_rules_load(struct store_tx *tx, int64_t account_id, bool only_enabled, struct store_rule **out, size_t *out_n,
                     struct fct_error *err);
void store_rules_free(struct store_rule *r, size_t n);

/* FCT_E_INVALID ("name: ..."), FCT_E_OVER_QUOTA: the account has RULES_MAX. Whether the query parses is the caller's to know. */
int store_rule_create(struct store_tx *tx, const struct store_rule *r, int64_t *out_id, struct fct_error *err);
/* Writes what a user sets; the counters stay. Of mailboxes only those are looked at that are new in it: one that is gone
 * may stay in it. */
int store_rule_update(struct store_tx *tx, const struct store_rule *r, struct fct_error *err);
int store_rule_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Whether messages can be put there: a mailbox of the account that holds messages. */
int store_rule_can_use(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, bool *out, struct fct_error *err);
/* Why it does nothing, or RULE_FINE. Writes only where that is another. */
int store_rule_set_problem(struct store_tx *tx, int64_t id, enum rule_problem type, const char *text, struct fct_error *err);
/* It handled so many more Emails. */
int store_rule_matched(struct store_tx *tx, int64_t id, size_t n, int64_t now, struct fct_error *err);

/* ---- what has come ---- */

struct store_rule_arrival {
    int64_t email_id, account_id;
};
/* New mail of an account: noted where it came into the inbox and somebody may want something done with it. *out_n: so many were. */
int store_rules_arrived(struct store_tx *tx, int64_t account_id, const int64_t *email_ids, size_t n, size_t *out_n,
                        struct fct_error *err);
/* Up to `max` that were noted, of any account, those that came first first. */
int store_rule_arrivals(struct store_tx *tx, struct store_rule_arrival *out, size_t max, size_t *out_n,
                        struct fct_error *err);
/* Rules were asked. *out_was false: that was done before, or the Email is gone. */
int store_rule_judged(struct store_tx *tx, int64_t email_id, bool *out_was, struct fct_error *err);

#endif
