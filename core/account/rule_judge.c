#include "account/rule_judge.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "search/search.h"
#include "store/emails.h"
#include "store/history.h"
#include "store/mutes.h"

#include <stdlib.h>
#include <string.h>

static bool is_of_disk(const struct fct_error *err)
{
    return err->code == FCT_E_IO || err->code == FCT_E_DISK_FULL || err->code == FCT_E_CORRUPT || err->code == FCT_E_CANCELLED;
}

/* ---- what is wrong with a rule ---- */

/* NULL with *out_why: it does not parse. With *err filled: -1. */
static int parse(struct store_tx *tx, const struct store_rule *r, struct search_filter **out, struct fct_error *out_why,
                 struct fct_error *err)
{
    const struct search_parse_options options = {.account_id = r->account_id};
    json_t *json = NULL;
    size_t where;

    *out = NULL;
    int rc = search_parse(tx, r->query, &options, &json, &where, out_why) < 0 ||
                     search_filter_from_json(json, out, out_why) < 0
                 ? -1
                 : 0;
    json_decref(json);
    if (rc < 0 && is_of_disk(out_why)) {
        *err = *out_why;
        return -1;
    }
    return rc == 0;
}

/* The first of its mailboxes that is not there; *out_gone false: all are. */
static int find_gone(struct store_tx *tx, const struct store_rule *r, bool *out_gone, struct fct_error *err)
{
    bool can = true;

    if (r->move_to && store_rule_can_use(tx, r->account_id, r->move_to, &can, err) < 0)
        return -1;
    for (size_t i = 0; i < r->n_copy_to && can; i++)
        if (store_rule_can_use(tx, r->account_id, r->copy_to[i], &can, err) < 0)
            return -1;
    *out_gone = !can;
    return 0;
}

/* With the filter, where it has no problem; NULL stands for every message. */
static int look_at(struct store_tx *tx, const struct store_rule *r, struct search_filter **out_filter,
                   enum rule_problem *out, char **out_text, struct fct_error *err)
{
    struct fct_error why = {0};
    bool is_gone = false;

    *out = RULE_FINE;
    *out_text = NULL;
    if (find_gone(tx, r, &is_gone, err) < 0)
        return -1;
    int parses = parse(tx, r, out_filter, &why, err);
    if (parses < 0)
        return -1;
    if (parses && !is_gone)
        return 0;
    search_filter_free(*out_filter);
    *out_filter = NULL;
    *out = is_gone ? RULE_MAILBOX_GONE : RULE_INVALID_QUERY;
    *out_text = xstrdup(is_gone ? "A mailbox that it puts messages into is not there any more." : why.message);
    return 0;
}

int rule_find_problem(struct store_tx *tx, const struct store_rule *r, enum rule_problem *out, char **out_text,
                      struct fct_error *err)
{
    struct search_filter *filter = NULL;
    int rc = look_at(tx, r, &filter, out, out_text, err);

    search_filter_free(filter);
    return rc;
}

/* ---- which rules ---- */

void rule_verdict_done(struct rule_verdict *v)
{
    store_rules_free(v->rules, v->n);
    *v = (struct rule_verdict){0};
}

static int matches(struct store_tx *tx, const struct store_rule *r, int64_t email_id, bool *out, struct fct_error *err)
{
    CLEANUP(search_filter_freep) struct search_filter *filter = NULL;
    CLEANUP(freep) char *text = NULL;
    struct fct_error why = {0};
    enum rule_problem problem;

    *out = false;
    if (look_at(tx, r, &filter, &problem, &text, err) < 0)
        return -1;
    if (problem != RULE_FINE || search_matches(tx, filter, r->account_id, email_id, out, &why) == 0)
        return 0;
    if (is_of_disk(&why)) {
        *err = why;
        return -1;
    }
    log_warn("rules", "a rule of account %lld cannot be asked: %s", (long long)r->account_id, why.message);
    return 0;
}

/* Those that matched stay, the others go. */
static int ask_all(struct store_tx *tx, struct rule_verdict *v, struct fct_error *err)
{
    struct store_rule *all = NULL;
    size_t n = 0;
    bool is_last = false, has = false;

    if (store_rules_load(tx, v->account_id, true, &all, &n, err) < 0)
        return -1;
    v->rules = xcalloc(n + 1, sizeof(*v->rules));
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        if (rc == 0 && !is_last && (rc = matches(tx, &all[i], v->email_id, &has, err)) == 0 && has) {
            is_last = all[i].is_last;
            v->rules[v->n++] = all[i];
        } else {
            store_rule_done(&all[i]);
        }
    }
    free(all);
    return rc;
}

int rule_verdict_find(struct store_tx *tx, struct rule_verdict *v, struct fct_error *err)
{
    bool is_here = false;

    if (store_email_is_in_inbox(tx, v->email_id, &is_here, err) < 0)
        return -1;
    v->is_over = !is_here;
    if (v->is_over)
        return 0;
    if (store_thread_is_muted(tx, v->email_id, &v->is_muted, err) < 0)
        return -1;
    return v->is_muted ? 0 : ask_all(tx, v, err);
}

/* ---- what they do ---- */

struct act {
    const struct rule_verdict *v;
    const struct store_rule *rule; /* NULL: it is muted */
    const struct rule_abilities *can;
    int64_t now;
    bool may_move, has_moved;
};

/* It may have been destroyed, or switched off, since it was asked. */
static int is_still_on(struct store_tx *tx, int64_t rule_id, bool *out, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};
    struct fct_error why = {0};

    *out = false;
    if (store_rule_load(tx, rule_id, &r, &why) == 0)
        *out = r.is_enabled;
    else if (why.code != FCT_E_NOT_FOUND) {
        *err = why;
        return -1;
    }
    return 0;
}

static int act(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act *a = arg;
    bool changed, is_on;

    store_tx_set_actor(tx, STORE_BY_RULE, a->rule ? a->rule->name : "mute");
    if (!a->rule)
        return store_email_mute(tx, a->v->email_id, a->can->moves, err);
    if (is_still_on(tx, a->rule->id, &is_on, err) < 0)
        return -1;
    if (!is_on)
        return 0;
    if (store_rule_act(tx, a->rule, a->v->email_id, a->can, a->may_move, &a->has_moved, &changed, err) < 0)
        return -1;
    return store_rule_matched(tx, a->rule->id, 1, a->now, err);
}

/* What fails is left undone, and the others go on. */
static int try_act(struct store_tx *tx, struct act *a, struct fct_error *err)
{
    struct fct_error why = {0};

    a->has_moved = false;
    if (store_nested(tx, act, a, &why) == 0)
        return 0;
    a->has_moved = false;
    if (is_of_disk(&why)) {
        *err = why;
        return -1;
    }
    log_warn("rules", "what a rule of account %lld says cannot be done: %s", (long long)a->v->account_id, why.message);
    return 0;
}

static int is_read(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    struct fct_error why = {0};

    *out = true;
    if (store_email_load(tx, email_id, false, &e, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        *err = why;
        return -1;
    }
    *out = (e.flags & FCT_FLAG_SEEN) != 0;
    return 0;
}

int rule_verdict_carry_out(struct store_tx *tx, const struct rule_verdict *v, const struct rule_abilities *can, int64_t now,
                           bool *out_is_read, struct fct_error *err)
{
    struct act a = {.v = v, .can = can, .now = now, .may_move = true};
    bool is_here = false;

    if (!v->is_over && store_email_is_in_inbox(tx, v->email_id, &is_here, err) < 0)
        return -1;
    if (is_here && v->is_muted && try_act(tx, &a, err) < 0)
        return -1;
    for (size_t i = 0; is_here && !v->is_muted && i < v->n; i++) {
        a.rule = &v->rules[i];
        if (try_act(tx, &a, err) < 0)
            return -1;
        a.may_move = a.may_move && !a.has_moved;
    }
    return is_read(tx, v->email_id, out_is_read, err);
}
