/* node.h - the nodes of a plan. Internal to search/plan.c, node.c and build.c. */
#ifndef SEARCH_NODE_H
#define SEARCH_NODE_H

#include "search/fields.h"
#include "search/idset.h"
#include "search/plan.h"

enum node_kind {
    NODE_AND,      /* without children: everything */
    NODE_OR,       /* without children: nothing */
    NODE_NOT,      /* one child, a NODE_LEAF or one that only tests */
    NODE_LEAF,     /* an index */
    NODE_LIST,     /* ids found beforehand */
    NODE_RECEIVED, /* bounds on the id; the row decides near them */
    NODE_SIZE,
    NODE_FLAG, /* (flags & mask) != 0 is is_wanted */
    NODE_BIT,  /* the same of bits */
    NODE_OTHER_MAILBOX,
    NODE_ALL_IN_THREAD,
    NODE_SOME_IN_THREAD,
    NODE_HEADER,
    NODE_PREFIX /* of an Email alone: its own words are looked through */
};

struct node {
    enum node_kind kind;
    struct node **children;
    size_t n_children;
    struct leaf leaf;
    bool holds_living; /* a leaf: only Emails that exist */
    bool is_ranked;    /* a leaf: its second column is the rank */
    const char *label; /* a leaf: of what */
    bool is_upward;    /* seeks ascending ids: node_turn */
    int64_t *list;     /* NODE_LIST: descending */
    size_t n_list, at_list;
    int64_t from, to, slack; /* NODE_RECEIVED, NODE_SIZE: from <= x < to */
    uint32_t mask;
    bool is_wanted;
    const char *prefix;                 /* NODE_PREFIX: a token, of the filter */
    int column;                         /* NODE_PREFIX: -1: any */
    const struct search_filter *filter; /* NODE_OTHER_MAILBOX, threads, NODE_HEADER: what to test */
    struct idmap answers;               /* threads: what is known already */
    struct fields fields;               /* NODE_HEADER */
    bool is_learning;                   /* NODE_HEADER: the message's fields are not known yet */
};

struct node *node_new(enum node_kind kind);
void node_add(struct node *n, struct node *child);
void node_free(struct node *n);
DEFINE_FREEP(struct node *, node_free);

/* Whether seeking tells anything. */
bool node_drives(const struct node *n);
bool node_holds_living(const struct node *n);
bool node_needs_row(const struct node *n);
/* For the order in which an AND tests: cheap first. */
int node_cost(const struct node *n);

/* Makes a tree whose leaves are upward seek upward. */
void node_turn(struct node *n);
/* *io_id: the bound, then the highest id up to it (upward: the lowest from it on) that may match. 1, 0 none, -1 error.
 */
int node_seek(struct store_tx *tx, struct node *n, int64_t *io_id, struct fct_error *err);
int node_test(struct store_tx *tx, struct node *n, const struct candidate *c, struct fct_error *err);

/* How well the Email that was just found matches: the sum over the texts that it has. */
double node_rank(const struct node *n, int64_t id);

/* build.c: from a filter to nodes. */
int node_build(struct store_tx *tx, const struct search_filter *f, int64_t account_id, enum plan_order order,
               struct node **out, struct fct_error *err);
/* A leaf over all Emails of an account. */
int node_account(struct store_tx *tx, int64_t account_id, enum plan_order order, struct node **out,
                 struct fct_error *err);
/* prefix.c */
int node_test_prefix(struct store_tx *tx, const struct node *n, const struct candidate *c, struct fct_error *err);

#endif
