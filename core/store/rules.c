#include "store/rules.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/mailboxes.h"

#include <stdlib.h>
#include <string.h>

void store_rule_done(struct store_rule *r)
{
    free(r->name);
    free(r->query);
    free(r->copy_to);
    free(r->add);
    free(r->remove);
    free(r->problem);
    *r = (struct store_rule){0};
}

void store_rules_free(struct store_rule *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_rule_done(&r[i]);
    free(r);
}

/* ---- rows ---- */

static const char *const problem_names[] = {
    [RULE_MAILBOX_GONE] = "mailboxGone", [RULE_INVALID_QUERY] = "invalidQuery"};

static enum rule_problem problem_of(const char *name)
{
    for (int i = RULE_MAILBOX_GONE; name && i <= RULE_INVALID_QUERY; i++)
        if (strcmp(problem_names[i], name) == 0)
            return (enum rule_problem)i;
    return RULE_FINE;
}

static void parse_ids(const char *text, struct store_rule *out)
{
    for (const char *p = text; *p;) {
        char *end;
        int64_t id = strtoll(p, &end, 10);
        if (end == p)
            return;
        out->copy_to = xreallocarray(out->copy_to, out->n_copy_to + 1, sizeof(*out->copy_to));
        out->copy_to[out->n_copy_to++] = id;
        p = end + strspn(end, " ");
    }
}

static void format_ids(const struct store_rule *r, struct buf *out)
{
    for (size_t i = 0; i < r->n_copy_to; i++)
        buf_addf(out, "%s%lld", i > 0 ? " " : "", (long long)r->copy_to[i]);
}

static struct store_rule from_row(sqlite3_stmt *q)
{
    const char *problem = store_text_or_null(q, 12);
    struct store_rule r = {
        .id = sqlite3_column_int64(q, 0),
        .account_id = sqlite3_column_int64(q, 1),
        .name = xstrdup(store_text(q, 2)),
        .query = xstrdup(store_text(q, 3)),
        .sort_order = sqlite3_column_int64(q, 4),
        .is_enabled = sqlite3_column_int(q, 5) != 0,
        .is_last = sqlite3_column_int(q, 6) != 0,
        .move_to = sqlite3_column_int64(q, 7),
        .add = xstrdup(store_text(q, 9)),
        .remove = xstrdup(store_text(q, 10)),
        .problem_type = problem_of(store_text_or_null(q, 11)),
        .problem = problem ? xstrdup(problem) : NULL,
        .n_matched = sqlite3_column_int64(q, 13),
        .matched_at = sqlite3_column_int64(q, 14),
    };
    parse_ids(store_text(q, 8), &r);
    return r;
}

static int fail_not_found(struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such rule");
}

int store_rule_load(struct store_tx *tx, int64_t id, struct store_rule *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, account_id, name, query, sort_order, is_enabled, is_last, move_to, copy_to, "
                                     "add_keywords, remove_keywords, problem_type, problem, matched, matched_at FROM rule WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_not_found(err);
    *out = from_row(q);
    store_reset(q);
    return 0;
}

int store_rules_load(struct store_tx *tx, int64_t account_id, bool only_enabled, struct store_rule **out, size_t *out_n,
                     struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, account_id, name, query, sort_order, is_enabled, is_last, move_to, copy_to, "
                                     "add_keywords, remove_keywords, problem_type, problem, matched, matched_at FROM rule "
                                     "WHERE account_id = ?1 AND is_enabled >= ?2 ORDER BY sort_order, id");
    struct store_rule *list = NULL;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, only_enabled);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = from_row(q);
    }
    if (has_row < 0) {
        store_rules_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

int store_rules_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q =
        account_id < 0
            ? store_stmt(tx, "SELECT id, account_id FROM rule ORDER BY account_id, sort_order, id")
            : store_stmt(tx, "SELECT id, account_id FROM rule WHERE account_id = ?1 ORDER BY sort_order, id");

    if (account_id >= 0)
        sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (account_id < 0 && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

/* ---- checking ---- */

static int fail_property(struct fct_error *err, const char *name, const char *why)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %s", name, why);
}

static bool has_controls(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

static bool has_action(const struct store_rule *r)
{
    return r->move_to || r->n_copy_to > 0 || r->add[0] || r->remove[0];
}

static int check_text(const struct store_rule *r, struct fct_error *err)
{
    if (!r->name[0] || strlen(r->name) > RULE_NAME_MAX || has_controls(r->name))
        return fail_property(err, "name", "1 to 255 bytes, without control characters");
    if (strlen(r->query) > RULE_QUERY_MAX)
        return fail_property(err, "query", "longer than 4096 bytes");
    if (r->sort_order > RULE_ORDER_MAX)
        return fail_property(err, "sortOrder", "at most 2147483647");
    if (r->n_copy_to > RULE_COPIES_MAX)
        return fail_property(err, "copyTo", "more than 32 mailboxes");
    if (!has_action(r))
        return fail_property(err, "moveTo", "a rule must do something: moveTo, copyTo, addKeywords or removeKeywords");
    return 0;
}

int store_rule_can_use(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, bool *out, struct fct_error *err)
{
    struct store_mailbox m = {0};
    struct fct_error why = {0};

    *out = false;
    if (store_mailbox_load(tx, mailbox_id, &m, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        *err = why;
        return -1;
    }
    *out = m.account_id == account_id && !m.is_gone && !(m.attrs & FCT_MB_NOSELECT);
    store_mailbox_done(&m);
    return 0;
}

static int check_mailbox(struct store_tx *tx, const struct store_rule *r, int64_t mailbox_id, const char *property,
                         struct fct_error *err)
{
    bool can;

    if (store_rule_can_use(tx, r->account_id, mailbox_id, &can, err) < 0)
        return -1;
    return can ? 0 : fail_property(err, property, "the account has no such mailbox that messages can be put into");
}

static bool has_copy(const struct store_rule *r, int64_t mailbox_id)
{
    for (size_t i = 0; i < r->n_copy_to; i++)
        if (r->copy_to[i] == mailbox_id)
            return true;
    return false;
}

static int check(struct store_tx *tx, const struct store_rule *r, const struct store_rule *before, struct fct_error *err)
{
    if (check_text(r, err) < 0 || (r->move_to && r->move_to != before->move_to &&
                                   check_mailbox(tx, r, r->move_to, "moveTo", err) < 0))
        return -1;
    for (size_t i = 0; i < r->n_copy_to; i++)
        if (!has_copy(before, r->copy_to[i]) && check_mailbox(tx, r, r->copy_to[i], "copyTo", err) < 0)
            return -1;
    return 0;
}

/* ---- changing ---- */

static void bind_row(sqlite3_stmt *q, const struct store_rule *r, const char *copies, int64_t modseq)
{
    bind_text(q, 2, r->name);
    bind_text(q, 3, r->query);
    sqlite3_bind_int64(q, 4, r->sort_order);
    sqlite3_bind_int(q, 5, r->is_enabled);
    sqlite3_bind_int(q, 6, r->is_last);
    sqlite3_bind_int64(q, 7, r->move_to);
    bind_text(q, 8, copies);
    bind_text(q, 9, r->add);
    bind_text(q, 10, r->remove);
    sqlite3_bind_int64(q, 11, modseq);
}

static int count(struct store_tx *tx, int64_t account_id, int64_t *out_n, int64_t *out_last, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*), max(sort_order) FROM rule WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out_n = sqlite3_column_int64(q, 0);
    *out_last = sqlite3_column_int64(q, 1);
    store_reset(q);
    return 0;
}

int store_rule_create(struct store_tx *tx, const struct store_rule *r, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf copies = {0};
    struct store_rule wanted = *r;
    int64_t n, last;

    if (check(tx, r, &(struct store_rule){0}, err) < 0 || count(tx, r->account_id, &n, &last, err) < 0)
        return -1;
    if (n >= RULES_MAX)
        return fct_fail(err, FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, "more than %d rules in one account", RULES_MAX);
    if (r->sort_order < 0)
        wanted.sort_order = n > 0 && last < RULE_ORDER_MAX ? last + 1 : last;
    format_ids(r, &copies);
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO rule (account_id, name, query, sort_order, is_enabled, is_last, "
                                     "move_to, copy_to, add_keywords, remove_keywords, created_modseq, updated_modseq) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)");
    sqlite3_bind_int64(q, 1, r->account_id);
    bind_row(q, &wanted, buf_str(&copies), store_tx_bump(tx, r->account_id, STORE_RULE));
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

int store_rule_update(struct store_tx *tx, const struct store_rule *r, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule before = {0};
    CLEANUP(buf_done) struct buf copies = {0};

    if (store_rule_load(tx, r->id, &before, err) < 0 || check(tx, r, &before, err) < 0)
        return -1;
    if (r->sort_order < 0)
        return fail_property(err, "sortOrder", "at least 0");
    format_ids(r, &copies);
    sqlite3_stmt *q = store_stmt(tx, "UPDATE rule SET name = ?2, query = ?3, sort_order = ?4, is_enabled = ?5, "
                                     "is_last = ?6, move_to = ?7, copy_to = ?8, add_keywords = ?9, "
                                     "remove_keywords = ?10, updated_modseq = ?11 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    bind_row(q, r, buf_str(&copies), store_tx_bump(tx, before.account_id, STORE_RULE));
    return store_run_one(tx, q, err);
}

int store_rule_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, created_modseq FROM rule WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_not_found(err);
    int64_t account_id = sqlite3_column_int64(q, 0), created = sqlite3_column_int64(q, 1);
    store_reset(q);
    if (store_tombstone(tx, account_id, STORE_RULE, id, created, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM rule WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

int store_rule_set_problem(struct store_tx *tx, int64_t id, enum rule_problem type, const char *text,
                           struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};
    const char *words = type == RULE_FINE ? NULL : text;

    if (store_rule_load(tx, id, &r, err) < 0)
        return -1;
    if (r.problem_type == type && strcmp(r.problem ? r.problem : "", words ? words : "") == 0)
        return 0;
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE rule SET problem_type = ?2, problem = ?3, updated_modseq = ?4 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    bind_text(q, 2, problem_names[type]);
    bind_text(q, 3, words);
    sqlite3_bind_int64(q, 4, store_tx_bump(tx, r.account_id, STORE_RULE));
    return store_run_one(tx, q, err);
}

int store_rule_matched(struct store_tx *tx, int64_t id, size_t n, int64_t now, struct fct_error *err)
{
    CLEANUP(store_rule_done) struct store_rule r = {0};

    if (store_rule_load(tx, id, &r, err) < 0)
        return -1;
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE rule SET matched = matched + ?2, matched_at = ?3, updated_modseq = ?4 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, (int64_t)n);
    sqlite3_bind_int64(q, 3, now);
    sqlite3_bind_int64(q, 4, store_tx_bump(tx, r.account_id, STORE_RULE));
    return store_run_one(tx, q, err);
}

/* ---- what has come ---- */

/* An account without rules has nothing noted, unless something is muted. */
static int somebody_asks(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM rule WHERE account_id = ?1 AND is_enabled) OR "
                                     "EXISTS (SELECT 1 FROM email_keyword WHERE keyword = '$muted')");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    int asks = has_row > 0 ? sqlite3_column_int(q, 0) : has_row;
    store_reset(q);
    return asks;
}

int store_rules_arrived(struct store_tx *tx, int64_t account_id, const int64_t *email_ids, size_t n, size_t *out_n,
                        struct fct_error *err)
{
    int64_t inbox;
    int asks = n > 0 ? somebody_asks(tx, account_id, err) : 0;

    *out_n = 0;
    if (asks <= 0)
        return asks;
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *q = store_stmt(tx, "INSERT OR IGNORE INTO rule_arrival (email_id, account_id) SELECT ?1, ?2 FROM "
                                         "placement WHERE mailbox_id = ?3 AND email_id = ?1");
        sqlite3_bind_int64(q, 1, email_ids[i]);
        sqlite3_bind_int64(q, 2, account_id);
        sqlite3_bind_int64(q, 3, inbox);
        if (store_run(tx, q, err) < 0)
            return -1;
        *out_n += (size_t)sqlite3_changes(store_db(tx));
    }
    return 0;
}

int store_rule_arrivals(struct store_tx *tx, struct store_rule_arrival *out, size_t max, size_t *out_n,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id, account_id FROM rule_arrival ORDER BY email_id LIMIT ?1");
    int has_row;
    size_t n = 0;

    sqlite3_bind_int64(q, 1, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[n++] = (struct store_rule_arrival){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    *out_n = n;
    return has_row;
}

int store_rule_judged(struct store_tx *tx, int64_t email_id, bool *out_was, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM rule_arrival WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_was = sqlite3_changes(store_db(tx)) > 0;
    return 0;
}
