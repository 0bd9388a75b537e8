/* engine_rules.h - a rule for every message, and how many messages it will be asked about. */
#ifndef TESTS_ENGINE_RULES_H
#define TESTS_ENGINE_RULES_H

#include "engine_world.h"

#include "store/rules.h"

static inline int write_rule(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct world *w = arg;
    char name[] = "all", nothing[] = "", flag[] = "touched";
    int64_t id;
    const struct store_rule r = {.account_id = w->account, .name = name, .query = nothing, .sort_order = -1, .is_enabled = true,
                                 .add = flag, .remove = nothing};
    return store_rule_create(tx, &r, &id, err);
}

static inline void make_rule_for_all(struct world *w)
{
    assert_int_equal(store_write(w->store, write_rule, w, NULL), 0);
}

static inline int read_arrivals(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_rule_arrival came[100];
    return store_rule_arrivals(tx, came, 100, arg, err);
}

/* 100 at most. */
static inline size_t for_rules(struct world *w)
{
    size_t n = 0;
    assert_int_equal(store_read(w->store, read_arrivals, &n, NULL), 0);
    return n;
}

#endif
