#include "account/rule_apply.h"

#include "account/core_internal.h"
#include "account/rule_judge.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "search/search.h"
#include "store/ids.h"
#include "store/history.h"
#include "store/mailboxes.h"
#include "store/undo.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 50          /* Emails in one transaction */
#define IN_THE_CALL 50      /* so many are done before it answers; more are a task */
#define HITS_MAX 2000000    /* Emails times rules */
#define TASKS_MAX 4         /* at once */
#define SEARCH_MS 30000     /* of all rules together */

/* A rule matched an Email. */
struct hit {
    int64_t email_id;
    size_t rule;
};

struct job {
    struct core *core;
    struct task *task; /* NULL: in the call */
    int64_t account_id;
    char *client;
    json_t *filter;
    bool is_of_inbox;          /* it was not said which messages */
    int64_t *ids;              /* of the rules, as they were named */
    size_t n_ids;
    struct store_rule *rules;  /* in their order */
    size_t n_rules;
    struct hit *hits;          /* by Email, then by rule */
    size_t n_hits, at;         /* at: those before are done */
    int64_t n_emails, n_done, n_changed, undo_id;
    /* of the piece at hand: what counts once it is committed */
    size_t next;
    int64_t piece_done, piece_changed, piece_undo;
    size_t *piece_matched;     /* of each rule */
};

static void job_free(struct job *j)
{
    if (!j)
        return;
    store_rules_free(j->rules, j->n_rules);
    free(j->client);
    json_decref(j->filter);
    free(j->ids);
    free(j->hits);
    free(j->piece_matched);
    free(j);
}
DEFINE_FREEP(struct job *, job_free);

/* ---- what matches: on a reader ---- */

static int compare_rules(const void *a, const void *b)
{
    const struct store_rule *x = a, *y = b;
    if (x->sort_order != y->sort_order)
        return x->sort_order < y->sort_order ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->email_id != y->email_id)
        return x->email_id < y->email_id ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static int load_rule(struct store_tx *tx, struct job *j, int64_t id, struct fct_error *err)
{
    struct store_rule r = {0};
    CLEANUP(freep) char *text = NULL;
    enum rule_problem problem;

    for (size_t i = 0; i < j->n_rules; i++)
        if (j->rules[i].id == id)
            return 0;
    if (store_rule_load(tx, id, &r, err) < 0)
        return -1;
    bool is_ours = r.account_id == j->account_id;
    if (is_ours)
        j->rules[j->n_rules++] = r;
    else
        store_rule_done(&r);
    if (!is_ours)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such rule");
    if (rule_find_problem(tx, &j->rules[j->n_rules - 1], &problem, &text, err) < 0)
        return -1;
    return problem == RULE_FINE ? 0
                                : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "ids: the rule \"%.100s\" can do nothing: %.200s",
                                           j->rules[j->n_rules - 1].name, text);
}

static int default_filter(struct store_tx *tx, struct job *j, struct fct_error *err)
{
    char text[ID_SIZE];
    int64_t inbox;

    if (j->filter && !json_is_null(j->filter))
        return 0;
    if (store_mailbox_by_role(tx, j->account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    j->is_of_inbox = true;
    json_decref(j->filter);
    j->filter = json_pack("{s:s}", "inMailbox", id_format(ID_MAILBOX, inbox, text));
    return 0;
}

static int add_hits(struct job *j, size_t rule, const struct search_result *found, struct fct_error *err)
{
    if (j->n_hits + found->n > HITS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d messages: apply it to fewer at once", HITS_MAX);
    j->hits = xreallocarray(j->hits, j->n_hits + found->n + 1, sizeof(*j->hits));
    for (size_t i = 0; i < found->n; i++)
        j->hits[j->n_hits++] = (struct hit){found->ids[i], rule};
    return 0;
}

static int find_hits(struct store_tx *tx, struct job *j, size_t rule, uint64_t until_ms, struct fct_error *err)
{
    const struct search_parse_options options = {.account_id = j->account_id};
    CLEANUP(json_decrefp) json_t *words = NULL;
    CLEANUP(search_filter_freep) struct search_filter *filter = NULL;
    CLEANUP(search_result_done) struct search_result found = {0};
    size_t where;

    if (search_parse(tx, j->rules[rule].query, &options, &words, &where, err) < 0)
        return -1;
    CLEANUP(json_decrefp) json_t *both = json_pack("{s:s, s:[O]}", "operator", "AND", "conditions", j->filter);
    if (words && !json_is_null(words))
        json_array_append(json_object_get(both, "conditions"), words);
    if (search_filter_from_json(both, &filter, err) < 0)
        return -1;
    uint64_t now = wait_now_ms(); /* 0 would be no limit */
    const struct search_query q = {.account_id = j->account_id, .filter = filter, .limit = -1,
                                   .timeout_ms = now < until_ms ? (uint32_t)(until_ms - now) : 1};
    return search_run(tx, &q, &found, err) < 0 ? -1 : add_hits(j, rule, &found, err);
}

/* What stands behind a rule that is the last is not for it. */
static void drop_what_comes_after_the_last(struct job *j)
{
    size_t n = 0;
    int64_t over = 0, last = 0;

    for (size_t i = 0; i < j->n_hits; i++) {
        const struct hit h = j->hits[i];
        if (h.email_id == over)
            continue;
        if (j->rules[h.rule].is_last)
            over = h.email_id;
        j->n_emails += h.email_id != last;
        last = h.email_id;
        j->hits[n++] = h;
    }
    j->n_hits = n;
}

static int find_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    uint64_t until_ms = wait_now_ms() + SEARCH_MS;

    j->rules = xcalloc(j->n_ids + 1, sizeof(*j->rules));
    for (size_t i = 0; i < j->n_ids; i++)
        if (load_rule(tx, j, j->ids[i], err) < 0)
            return -1;
    qsort(j->rules, j->n_rules, sizeof(*j->rules), compare_rules);
    if (default_filter(tx, j, err) < 0)
        return -1;
    for (size_t i = 0; i < j->n_rules; i++)
        if (find_hits(tx, j, i, until_ms, err) < 0)
            return -1;
    if (j->n_hits)
        qsort(j->hits, j->n_hits, sizeof(*j->hits), compare_hits);
    drop_what_comes_after_the_last(j);
    j->piece_matched = xcalloc(j->n_rules + 1, sizeof(*j->piece_matched));
    return 0;
}

/* ---- what is done: on the writer, in pieces ---- */

struct one {
    struct job *j;
    const struct rule_abilities *can;
    size_t first, end; /* its hits */
    bool changed;
};

static int act(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct one *o = arg;
    bool may_move = true;

    for (size_t i = o->first; i < o->end; i++) {
        const struct store_rule *r = &o->j->rules[o->j->hits[i].rule];
        bool moved = false, changed = false;
        store_tx_set_actor(tx, STORE_BY_RULE, r->name);
        if (store_rule_act(tx, r, o->j->hits[i].email_id, o->can, may_move, &moved, &changed, err) < 0)
            return -1;
        may_move = may_move && !moved;
        o->changed = o->changed || changed;
    }
    return 0;
}

static bool is_of_disk(const struct fct_error *err)
{
    return err->code == FCT_E_IO || err->code == FCT_E_DISK_FULL || err->code == FCT_E_CORRUPT || err->code == FCT_E_CANCELLED;
}

/* What somebody has moved away since it was found is left where it was put. */
static int is_still_meant(struct store_tx *tx, const struct one *o, bool *out, struct fct_error *err)
{
    *out = true;
    return o->j->is_of_inbox ? store_email_is_in_inbox(tx, o->j->hits[o->first].email_id, out, err) : 0;
}

/* One that is gone, or refuses, keeps no other. */
static int apply_one(struct store_tx *tx, struct one *o, struct store_undo_record *undo, struct fct_error *err)
{
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    struct fct_error why = {0};
    bool is_meant;

    if (is_still_meant(tx, o, &is_meant, err) < 0)
        return -1;
    if (!is_meant)
        return 0;
    if (store_undo_look(tx, o->j->hits[o->first].email_id, &before, &why) < 0 || store_nested(tx, act, o, &why) < 0) {
        if (is_of_disk(&why)) {
            *err = why;
            return -1;
        }
        if (why.code != FCT_E_NOT_FOUND)
            log_warn("rules", "what a rule of account %lld says cannot be done: %s", (long long)o->j->account_id, why.message);
        return 0;
    }
    o->j->piece_changed += o->changed;
    for (size_t i = o->first; i < o->end; i++)
        o->j->piece_matched[o->j->hits[i].rule]++;
    return o->changed ? store_undo_changed(tx, undo, before, err) : 0;
}

static int count_matched(struct store_tx *tx, const struct job *j, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct fct_error why = {0}; /* it may have been destroyed meanwhile */
        if (j->piece_matched[i] && store_rule_matched(tx, j->rules[i].id, j->piece_matched[i], time(NULL), &why) < 0 &&
            why.code != FCT_E_NOT_FOUND) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

static int apply_emails(struct store_tx *tx, struct job *j, struct store_undo_record *undo, struct fct_error *err)
{
    struct rule_abilities can;

    if (core_rule_abilities(tx, j->core, j->account_id, &can, err) < 0)
        return -1;
    for (j->next = j->at; j->next < j->n_hits && j->piece_done < AT_ONCE; j->piece_done++) {
        struct one o = {.j = j, .can = &can, .first = j->next, .end = j->next};
        while (o.end < j->n_hits && j->hits[o.end].email_id == j->hits[o.first].email_id)
            o.end++;
        j->next = o.end;
        if (apply_one(tx, &o, undo, err) < 0)
            return -1;
    }
    return count_matched(tx, j, err);
}

static int apply_piece(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    CLEANUP(store_undo_record_done) struct store_undo_record undo = {.client = j->client, .join = j->undo_id};

    j->piece_done = j->piece_changed = j->piece_undo = 0;
    memset(j->piece_matched, 0, (j->n_rules + 1) * sizeof(*j->piece_matched));
    if (store_undo_begin(tx, &undo, err) < 0 || apply_emails(tx, j, &undo, err) < 0 || store_undo_end(tx, &undo, err) < 0)
        return -1;
    j->piece_undo = undo.id;
    return 0;
}

/* Returns 1 while there is more. Suspends. */
static int next_piece(struct job *j, struct fct_error *err)
{
    if (j->at < j->n_hits && store_write(j->core->store, apply_piece, j, err) < 0)
        return -1;
    if (j->at < j->n_hits) {
        j->at = j->next;
        j->n_done += j->piece_done;
        j->n_changed += j->piece_changed;
        j->undo_id = j->piece_undo ? j->piece_undo : j->undo_id;
    }
    return j->at < j->n_hits;
}

/* ---- as a task ---- */

static json_t *result_json(const struct job *j)
{
    char text[ID_SIZE];
    return json_pack("{s:I, s:I, s:o}", "matched", (json_int_t)j->n_emails, "changed", (json_int_t)j->n_changed, "undoId",
                     j->undo_id ? json_string(id_format(ID_UNDO, j->undo_id, text)) : json_null());
}

static int run(void *arg)
{
    CLEANUP(job_freep) struct job *j = arg;
    struct fct_error err = {0};
    int more = 1;

    while (more > 0 && !fiber_is_cancelled(fiber_self()) && !task_is_cancelled(j->task)) {
        more = next_piece(j, &err);
        task_progress(j->task, (uint64_t)j->n_done, (uint64_t)j->n_emails, "messages", NULL);
    }
    if (more > 0) /* what was done stays done, and can be undone */
        fct_fail(&err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "%lld of %lld messages were changed before it was cancelled", (long long)j->n_changed,
                 (long long)j->n_emails);
    log_info("rules", "applied to %lld messages of account %lld: %lld changed", (long long)j->n_done, (long long)j->account_id,
             (long long)j->n_changed);
    task_finish(j->task, more == 0 ? result_json(j) : NULL, more == 0 ? NULL : &err);
    return 0;
}

static void forget_ended(struct core *core)
{
    size_t n = 0;
    for (size_t i = 0; i < core->n_rule_tasks; i++) {
        if (fiber_is_done(core->rule_tasks[i]))
            fiber_unref(core->rule_tasks[i]);
        else
            core->rule_tasks[n++] = core->rule_tasks[i];
    }
    core->n_rule_tasks = n;
}

/* Takes the job over. */
static int64_t start_task(struct core *core, struct job *j)
{
    CLEANUP(freep) char *title = j->n_rules == 1 ? xasprintf("Applying the rule \"%s\"", j->rules[0].name)
                                                 : xasprintf("Applying %zu rules", j->n_rules);
    j->task = task_new(core->tasks, "rules", title);
    int64_t id = task_id(j->task);
    core->rule_tasks = xreallocarray(core->rule_tasks, core->n_rule_tasks + 1, sizeof(*core->rule_tasks));
    core->rule_tasks[core->n_rule_tasks++] = fiber_spawn(core->loop, "rules applied", run, j);
    return id;
}

void core_stop_rule_tasks(struct core *core)
{
    for (size_t i = 0; i < core->n_rule_tasks; i++) {
        fiber_cancel(core->rule_tasks[i]);
        fiber_join(core->rule_tasks[i]);
        fiber_unref(core->rule_tasks[i]);
    }
    free(core->rule_tasks);
    core->rule_tasks = NULL;
    core->n_rule_tasks = 0;
}

/* What looks for its messages counts as a task already: it may become one. */
static int find_within_bounds(struct core *core, struct job *j, struct fct_error *err)
{
    forget_ended(core);
    if (core->n_rule_searches + core->n_rule_tasks >= TASKS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%d tasks like this are under way", TASKS_MAX);
    core->n_rule_searches++;
    int rc = store_read(core->store, find_all, j, err);
    core->n_rule_searches--;
    return rc;
}

int core_apply_rules(struct core *core, const struct rule_application *a, struct rule_applied *out, struct fct_error *err)
{
    CLEANUP(job_freep) struct job *j = XNEW(struct job);

    *j = (struct job){.core = core, .account_id = a->account_id, .client = a->client ? xstrdup(a->client) : NULL,
                      .filter = json_incref((json_t *)(uintptr_t)a->filter), .n_ids = a->n_rules};
    j->ids = xcalloc(a->n_rules + 1, sizeof(*j->ids));
    memcpy(j->ids, a->rules, a->n_rules * sizeof(*j->ids));
    if (find_within_bounds(core, j, err) < 0)
        return -1;
    *out = (struct rule_applied){.n_matched = j->n_emails};
    if (j->n_emails > IN_THE_CALL) {
        if (core->stopping)
            return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_LATER, "facteurd is being stopped");
        out->task_id = start_task(core, TAKE(j));
        return 0;
    }
    int more = 1;
    while (more > 0)
        more = next_piece(j, err);
    if (more < 0)
        return -1;
    out->n_changed = j->n_changed;
    out->undo_id = j->undo_id;
    return 0;
}
