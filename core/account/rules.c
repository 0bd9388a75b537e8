/* Rules and what has come (store/rules.h): one fiber for all accounts asks, message by message, and does what they say. What is
 * noted goes from the list in the transaction that carries it out, so that each message is judged once, whenever this
 * program ends. Where mailboxes have changed it looks whether rules can still do what they say. */
#include "account/core_internal.h"
#include "account/rule_judge.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/accounts.h"
#include "store/mailboxes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 20     /* that are judged in one transaction */
#define AGAIN_MS 60000 /* after the store failed */

/* ---- accounts whose mailboxes changed ---- */

struct rule_accounts {
    struct rule_account {
        int64_t id;
        uint64_t seen;  /* what its mailboxes were when its rules were looked at; 0: never */
        bool is_stale;
    } * v;
    size_t n;
};

static struct rule_account *account_of(struct rule_accounts *l, int64_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].id == id)
            return &l->v[i];
    l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
    l->v[l->n] = (struct rule_account){.id = id};
    return &l->v[l->n++];
}

void core_rules_hear(struct core *core, int64_t account_id, bool of_mailboxes)
{
    if (of_mailboxes && core->rule_accounts && account_id > 0)
        account_of(core->rule_accounts, account_id)->is_stale = true;
    core->has_rule_news = true;
    wait_event_raise(&core->rule_news);
}

/* ---- what has come ---- */

struct batch {
    struct core *core;
    struct store_rule_arrival arrivals[AT_ONCE];
    struct rule_verdict v[AT_ONCE];
    size_t n, n_done;
};

static void batch_done(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        rule_verdict_done(&b->v[i]);
}

static bool is_of_disk(const struct fct_error *err)
{
    return err->code == FCT_E_IO || err->code == FCT_E_DISK_FULL || err->code == FCT_E_CANCELLED;
}

static int ask(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    size_t n = 0;

    if (store_rule_arrivals(tx, b->arrivals, AT_ONCE, &n, err) < 0)
        return -1;
    for (; b->n < n; b->n++) {
        struct rule_verdict *v = &b->v[b->n];
        struct fct_error why = {0};
        *v = (struct rule_verdict){.email_id = b->arrivals[b->n].email_id, .account_id = b->arrivals[b->n].account_id};
        if (rule_verdict_find(tx, v, &why) == 0)
            continue;
        if (is_of_disk(&why)) {
            *err = why;
            rule_verdict_done(v);
            return -1;
        }
        log_warn("rules", "a message of account %lld is judged by no rule: %s", (long long)v->account_id, why.message);
        v->is_over = true;
    }
    return 0;
}

int core_rule_abilities(struct store_tx *tx, struct core *core, int64_t account_id, struct rule_abilities *out,
                        struct fct_error *err)
{
    struct store_account a = {0};

    if (store_account_load(tx, account_id, &a, err) < 0)
        return -1;
    struct core_abilities can = core_abilities(core, a.source_url);
    *out = (struct rule_abilities){.moves = a.is_local || can.moves, .flags = a.is_local || can.flags};
    store_account_done(&a);
    return 0;
}

/* In a savepoint: whatever fails here keeps neither this message nor the next. */
struct one {
    struct batch *b;
    const struct rule_verdict *v;
    bool is_read;
};

static int carry_out(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct one *o = arg;
    struct rule_abilities can;

    return core_rule_abilities(tx, o->b->core, o->v->account_id, &can, err) < 0
               ? -1
               : rule_verdict_carry_out(tx, o->v, &can, time(NULL), &o->is_read, err);
}

static int finish(struct store_tx *tx, struct one *o, struct fct_error *err)
{
    struct fct_error why = {0};
    bool was;

    if (store_rule_judged(tx, o->v->email_id, &was, err) < 0)
        return -1;
    if (!was) /* it has another id by now, and comes again under that */
        return 0;
    if (store_nested(tx, carry_out, o, &why) < 0) {
        if (is_of_disk(&why)) {
            *err = why;
            return -1;
        }
        log_warn("rules", "rules are not carried out: %s", why.message);
    }
    o->b->n_done++;
    if (!o->is_read)
        store_tell_delivery(tx, o->v->account_id);
    return 0;
}

static int finish_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;

    for (size_t i = 0; i < b->n; i++) {
        struct one o = {.b = b, .v = &b->v[i]};
        if (finish(tx, &o, err) < 0)
            return -1;
    }
    return 0;
}

/* Returns 1 when there may be more. */
static int judge_some(struct core *core, struct fct_error *err)
{
    CLEANUP(batch_done) struct batch b = {.core = core};

    if (store_read(core->store, ask, &b, err) < 0)
        return -1;
    if (b.n == 0)
        return 0;
    if (store_write(core->store, finish_all, &b, err) < 0)
        return -1;
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++)
        n += b.v[i].n;
    log_info("rules", "%zu messages were judged, rules matched %zu times", b.n_done, n);
    core_mail_came(core); /* who is away answers what rules have left */
    return 1;
}

/* ---- rules that can do nothing any more ---- */

struct check {
    int64_t account_id;
    uint64_t seen, now; /* what the mailboxes were, and are */
    int64_t *rules;      /* that can do something, or nothing, as they could not before */
    size_t n;
};

static void check_done(struct check *c)
{
    free(c->rules);
}

/* Names, places and ids, not counters. */
static uint64_t fingerprint(const struct store_mailbox *m, size_t n)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */

    for (size_t i = 0; i < n; i++) {
        CLEANUP(buf_done) struct buf text = {0};
        buf_addf(&text, "%lld %lld %d %u %d %s\n", (long long)m[i].id, (long long)m[i].parent_id, m[i].role, m[i].attrs,
                 m[i].is_gone, m[i].name);
        for (size_t k = 0; k < text.n; k++)
            h = (h ^ (unsigned char)text.p[k]) * 1099511628211u;
    }
    return h ? h : 1;
}

static int find_problems(struct store_tx *tx, struct check *c, const struct store_rule *rules, size_t n,
                         struct fct_error *err)
{
    c->rules = xcalloc(n + 1, sizeof(*c->rules));
    for (size_t i = 0; i < n; i++) {
        CLEANUP(freep) char *text = NULL;
        enum rule_problem type;
        if (rule_find_problem(tx, &rules[i], &type, &text, err) < 0)
            return -1;
        if (type != rules[i].problem_type)
            c->rules[c->n++] = rules[i].id;
    }
    return 0;
}

static int look(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct check *c = arg;
    struct store_mailbox *mailboxes = NULL;
    struct store_rule *rules = NULL;
    size_t n_mailboxes = 0, n = 0;

    if (store_rules_load(tx, c->account_id, false, &rules, &n, err) < 0)
        return -1;
    int rc = n > 0 ? store_mailboxes_load(tx, c->account_id, &mailboxes, &n_mailboxes, err) : 0;
    c->now = n > 0 && rc == 0 ? fingerprint(mailboxes, n_mailboxes) : 0;
    if (rc == 0 && c->now != c->seen)
        rc = find_problems(tx, c, rules, n, err);
    store_mailboxes_free(mailboxes, n_mailboxes);
    store_rules_free(rules, n);
    return rc;
}

/* It, or a mailbox, may have been changed since it was looked at. */
static int write_problem(struct store_tx *tx, int64_t rule_id, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};
    CLEANUP(freep) char *text = NULL;
    enum rule_problem type;

    return store_rule_load(tx, rule_id, &r, err) < 0 || rule_find_problem(tx, &r, &type, &text, err) < 0
               ? -1
               : store_rule_set_problem(tx, rule_id, type, text, err);
}

static int write_problems(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct check *c = arg;

    for (size_t i = 0; i < c->n; i++) {
        struct fct_error why = {0};
        if (write_problem(tx, c->rules[i], &why) < 0 && why.code != FCT_E_NOT_FOUND) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

static int check_rules(struct core *core, struct fct_error *err)
{
    for (size_t i = 0; i < core->rule_accounts->n; i++) {
        CLEANUP(check_done) struct check c = {.account_id = core->rule_accounts->v[i].id,
                                              .seen = core->rule_accounts->v[i].seen};
        if (!core->rule_accounts->v[i].is_stale)
            continue;
        core->rule_accounts->v[i].is_stale = false;
        if (store_read(core->store, look, &c, err) < 0 ||
            (c.n > 0 && store_write(core->store, write_problems, &c, err) < 0)) {
            core->rule_accounts->v[i].is_stale = true;
            return -1;
        }
        core->rule_accounts->v[i].seen = c.now; /* the list may have grown, and moved, meanwhile */
    }
    return 0;
}

/* ---- the fiber ---- */

static int work(struct core *core, struct fct_error *err)
{
    int more;

    do {
        if (fiber_is_cancelled(fiber_self()))
            return -1;
        more = judge_some(core, err);
    } while (more > 0);
    return more < 0 ? -1 : check_rules(core, err);
}

static int run(void *arg)
{
    struct core *core = arg;
    for (;;) {
        struct fct_error err = {0};
        core->has_rule_news = false;
        bool has_failed = work(core, &err) < 0;
        if (has_failed && !fiber_is_cancelled(fiber_self()))
            log_warn("rules", "no message is judged for a minute: %s", err.message);
        if (has_failed ? wait_sleep(AGAIN_MS, NULL) < 0
                       : !core->has_rule_news && wait_event(&core->rule_news, "mail to judge", WAIT_FOREVER, NULL) < 0)
            return 0;
        if (fiber_is_cancelled(fiber_self()))
            return 0;
    }
}

void core_start_rules(struct core *core)
{
    core->rule_accounts = XNEW(struct rule_accounts);
    core->rules = fiber_spawn(core->loop, "rules", run, core);
}

void core_stop_rules(struct core *core)
{
    if (!core->rules)
        return;
    fiber_cancel(core->rules);
    fiber_join(core->rules);
    fiber_unref(core->rules);
    core->rules = NULL;
    free(core->rule_accounts->v);
    free(core->rule_accounts);
    core->rule_accounts = NULL;
}
