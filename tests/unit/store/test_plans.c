/* How SQLite runs the store's statements: none may walk a table that grows with the mail. */
#include "mail_fixture.h"

#include "store/answered.h"
#include "store/blobs.h"
#include "store/correspondents.h"
#include "store/history.h"
#include "store/index.h"
#include "store/outcomes.h"
#include "store/quotas.h"
#include "store/push_subscriptions.h"
#include "store/rebuild.h"
#include "store/refusals.h"
#include "store/mutes.h"
#include "store/rule_actions.h"
#include "store/snoozes.h"
#include "store/stubborn.h"
#include "store/threads.h"
#include "store/vacations.h"

#include <glob.h>

#define NOON 1700000000

static int pushes(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    struct store_push p = {.token_id = 7,
                           .accounts = &account_id,
                           .n_accounts = 1,
                           .device = (char[]){"d"},
                           .url = (char[]){"https://x.example/"},
                           .vapid_key = (char[]){"k"}};
    struct store_push all = p, loaded, *list;
    struct store_push_setting setting = {0};
    struct store_change *news;
    size_t n;
    int forgotten;
    all.all_accounts = true;
    all.has_keys = true;
    all.n_accounts = 0;
    if (store_push_create(tx, &p, err) < 0 || store_push_create(tx, &all, err) < 0 ||
        store_push_load(tx, p.id, &loaded, err) < 0)
        return -1;
    assert_false(loaded.has_keys || loaded.all_accounts || loaded.n_accounts != 1 || loaded.accounts[0] != account_id);
    loaded.told = 0;
    if (store_push_news(tx, &loaded, &news, &n, err) < 0)
        return -1;
    assert_true(n > 0);
    free(news);
    loaded.state = PUSH_VERIFIED;
    if (store_push_update(tx, &loaded, err) < 0)
        return -1;
    loaded.state = PUSH_ASKED; /* what was under way meanwhile takes nothing back */
    if (store_push_progress(tx, &loaded, err) < 0)
        return -1;
    store_push_done(&loaded);
    for (int64_t token = -1; token <= 7; token += 8) {
        if (store_pushes_load(tx, token, &list, &n, err) < 0)
            return -1;
        assert_int_equal(n, 2);
        assert_true(list[0].state == PUSH_VERIFIED && list[1].has_keys && list[1].all_accounts);
        store_pushes_free(list, n);
    }
    if (store_push_destroy(tx, p.id, err) < 0 || store_pushes_forget_token(tx, 8, err) < 0 ||
        store_push_use_key(tx, "k", &forgotten, err) < 0)
        return -1;
    assert_int_equal(forgotten, 0);
    if (store_push_use_key(tx, "l", &forgotten, err) < 0 || store_push_setting_load(tx, &setting, err) < 0)
        return -1;
    assert_int_equal(forgotten, 1);
    int result = store_push_setting_save(tx, &setting, err);
    store_push_setting_done(&setting);
    return result;
}

/* Every function of the store at work, all on the writer, whose connection then knows their statements. */

static int away(struct store_tx *tx, const int64_t *ids, struct fct_error *err)
{
    struct store_vacation v = {.account_id = ids[0], .is_enabled = true, .days = 7}, loaded;
    struct store_vacation_arrival came[3];
    size_t n;
    bool may;

    if (store_vacation_save(tx, &v, NOON, err) < 0 || store_vacation_load(tx, ids[0], &loaded, err) < 0 ||
        store_vacation_arrived(tx, ids[0], ids + 3, 1, err) < 0 ||
        store_vacation_arrivals(tx, came, 3, &n, err) < 0 || store_vacation_seen(tx, ids[3], err) < 0 ||
        store_vacation_may_answer(tx, ids[0], "a@b", 7, NOON, &may, err) < 0 ||
        store_vacation_sweep(tx, NOON, 5, &n, err) < 0)
        return -1;
    store_vacation_done(&loaded);
    v.is_enabled = false;
    return store_vacation_save(tx, &v, NOON, err);
}

static int room(struct store_tx *tx, const int64_t *ids, struct fct_error *err)
{
    char root[] = "", storage[] = "STORAGE";
    struct store_quota told = {.root = root, .resource = storage, .used = 1, .limit = 5}, loaded, *list;
    size_t n;
    bool is_known;

    if (store_quotas_told(tx, ids[0], &told, 1, err) < 0 || store_quotas_list(tx, ids[0], &list, &n, err) < 0 ||
        store_quota_load(tx, list[0].id, &loaded, err) < 0)
        return -1;
    told.used = 2;
    store_quota_done(&loaded);
    store_quotas_free(list, n);
    return store_quotas_told(tx, ids[0], &told, 1, err) < 0 || store_quotas_told(tx, ids[0], &told, 0, err) < 0
               ? -1
               : store_quotas_are(tx, ids[0], &told, 1, &is_known, err);
}

static int sleepers(struct store_tx *tx, const int64_t *ids, struct fct_error *err)
{
    int64_t next;
    bool was;
    size_t n;

    return store_email_snooze(tx, ids[3], NOON + 9, 0, NOON, err) < 0 || store_snoozes_next(tx, &next, err) < 0 ||
                   store_email_snooze(tx, ids[3], NOON + 8, 0, NOON, err) < 0 ||
                   store_email_unsnooze(tx, ids[3], &was, err) < 0 ||
                   store_email_snooze(tx, ids[3], NOON + 9, 0, NOON, err) < 0
               ? -1
               : store_snoozes_wake(tx, NOON + 9, 5, &n, err);
}

static int rules(struct store_tx *tx, const int64_t *ids, struct fct_error *err)
{
    char name[] = "r", query[] = "", words[] = "x";
    int64_t copy = ids[2], id, *list;
    struct store_rule r = {.account_id = ids[0], .name = name, .query = query, .sort_order = -1, .is_enabled = true,
                           .copy_to = &copy, .n_copy_to = 1, .add = words, .remove = query};
    struct store_rule *loaded;
    struct store_rule_arrival came[3];
    const struct rule_abilities can = {true, true};
    bool was, moved, changed;
    size_t n;

    if (store_rule_create(tx, &r, &id, err) < 0 || store_rules_arrived(tx, ids[0], ids + 3, 1, &n, err) < 0 ||
        store_rule_arrivals(tx, came, 3, &n, err) < 0 || store_rule_judged(tx, ids[3], &was, err) < 0)
        return -1;
    for (int64_t account = -1; account <= ids[0]; account += ids[0] + 1) {
        if (store_rules_list(tx, account, &list, &n, err) < 0)
            return -1;
        free(list);
    }
    if (store_rules_load(tx, ids[0], true, &loaded, &n, err) < 0)
        return -1;
    store_rules_free(loaded, n);
    r.id = id;
    r.sort_order = 3;
    return store_rule_update(tx, &r, err) < 0 || store_email_is_in_inbox(tx, ids[3], &was, err) < 0 ||
                   store_rule_act(tx, &r, ids[3], &can, true, &moved, &changed, err) < 0 ||
                   store_thread_is_muted(tx, ids[3], &was, err) < 0 || store_email_mute(tx, ids[3], true, err) < 0 ||
                   store_rule_matched(tx, id, 1, NOON, err) < 0 ||
                   store_rule_set_problem(tx, id, RULE_INVALID_QUERY, "no", err) < 0 ||
                   store_email_set_mailboxes(tx, ids[3], ids + 1, 1, err) < 0
               ? -1
               : store_rule_destroy(tx, id, err);
}

static int completion(struct store_tx *tx, const int64_t *ids, struct fct_error *err)
{
    static const char *const typed[] = {"", "j", "jane exa"};
    struct store_suggestion *list;
    size_t n;
    bool has_more;

    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
        if (store_correspondents_suggest(tx, i ? ids[0] : -1, typed[i], NULL, 0, 5, NOON, &list, &n, err) < 0)
            return -1;
        store_suggestions_free(list, n);
    }
    return correspondents_recount(tx, ids[0], err) < 0 ? -1 : correspondents_catch_up(tx, 1000, &has_more, err);
}

static int everything(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const int64_t *ids = c->ids; /* account, two mailboxes of it, an Email there, one of the local account */
    struct store_changes changes;
    struct store_account account, *accounts;
    struct store_mailbox mailbox, *mailboxes;
    struct store_email email;
    struct store_placement *placements;
    struct store_pending *pending;
    struct store_uid_flags *uids;
    int64_t *list, number, local;
    size_t n;
    const struct fct_flags on = {FCT_FLAG_FLAGGED, bytes_str("work")}, off = {0}, deleted = {FCT_FLAG_DELETED, {0}};
    const struct fct_uid_range range = {900, 1000};

    store_tx_set_actor(tx, STORE_BY_CLIENT, "test");
    if (away(tx, ids, err) < 0 || room(tx, ids, err) < 0 || completion(tx, ids, err) < 0 ||
        sleepers(tx, ids, err) < 0 || rules(tx, ids, err) < 0)
        return -1;
    for (int type = STORE_ACCOUNT; type < STORE_N_TYPES; type++) {
        if (type == STORE_EMAIL_DELIVERY || type == STORE_VACATION)
            continue;
        for (int max = 0; max < 2; max++) {
            if (store_changes_since(tx, type == STORE_ACCOUNT ? 0 : -max, type, 0, (size_t)max, &changes, err) < 0)
                return -1;
            store_changes_done(&changes);
        }
        if (store_changes_since(tx, ids[0], type, 0, 0, &changes, err) < 0)
            return -1;
        store_changes_done(&changes);
    }
    if (store_accounts_load(tx, &accounts, &n, err) < 0 || store_account_load(tx, ids[0], &account, err) < 0)
        return -1;
    store_accounts_free(accounts, n);
    store_account_done(&account);
    if (store_account_some_emails(tx, ids[0], 5, &list, &n, err) < 0 || store_account_synced(tx, ids[0], NULL, err) < 0)
        return -1;
    free(list);
    if (store_mailboxes_load(tx, ids[0], &mailboxes, &n, err) < 0 || store_mailbox_load(tx, ids[1], &mailbox, err) < 0)
        return -1;
    store_mailboxes_free(mailboxes, n);
    store_mailbox_done(&mailbox);
    if (store_email_load(tx, ids[3], true, &email, err) < 0 ||
        store_thread_emails(tx, email.thread_id, &list, &n, err) < 0 ||
        store_thread_account(tx, email.thread_id, &number, err) < 0)
        return -1;
    free(list);
    if (store_threads_some(tx, ids[0], 5, &list, &n, err) < 0)
        return -1;
    if (store_mark_answered(tx, ids[0], ids[3], email.blob_id, err) < 0)
        return -1;
    if (store_email_by_message_id(tx, ids[0], "a@x", &number, err) < 0)
        return -1;
    free(list);
    if (store_emails_by_blob(tx, ids[0], email.sha256, &list, &n, err) < 0)
        return -1;
    store_email_done(&email);
    free(list);
    if (store_email_placements(tx, ids[3], &placements, &n, err) < 0)
        return -1;
    store_placements_free(placements, n);
    if (store_mailbox_uids(tx, ids[1], &uids, &n, err) < 0 ||
        store_mailbox_uid_count(tx, ids[1], &(uint64_t){0}, &(uint64_t){0}, err) < 0)
        return -1;
    free(uids);
    if (store_email_set_flags(tx, ids[3], &on, &off, err) < 0 ||
        store_email_set_flags(tx, ids[3], &off, &on, err) < 0 || store_email_set_flags(tx, ids[3], &on, &off, err) < 0)
        return -1;
    if (store_pending_count(tx, ids[0], &number, err) < 0 || store_pending_mailboxes(tx, ids[0], &list, &n, err) < 0 ||
        store_pending_load(tx, ids[1], 5, &pending, &n, err) < 0 ||
        store_pending_refused(tx, &pending[0], "no", err) < 0 || store_pending_done(tx, &pending[0], err) < 0)
        return -1;
    free(list);
    store_pending_free(pending, n);
    if (store_placement_server_flags(tx, ids[1], 1, &on, NULL, err) < 0 ||
        store_placement_server_flags(tx, ids[1], 1, &deleted, NULL, err) < 0 ||
        store_placement_server_flags(tx, ids[1], 1, &(struct fct_flags){FCT_FLAG_DELETED | FCT_FLAG_SEEN, {0}}, NULL,
                                     err) < 0 ||
        store_placement_server_flags(tx, ids[1], 1, &on, NULL, err) < 0 ||
        store_placements_vanished(tx, ids[1], &range, 1, NULL, err) < 0 ||
        store_mailbox_forget_some_uids(tx, ids[2], 5, &n, err) < 0 || store_mailbox_forget_uids(tx, ids[2], err) < 0 ||
        store_placements_drop_unlinked(tx, ids[2], SIZE_MAX, NULL, err) < 0)
        return -1;
    if (store_counters_rebuild(tx, -1, err) < 0 || store_counters_verify(tx, -1, err) < 0 ||
        store_account_local(tx, &local, err) < 0 ||
        store_mailbox_by_role(tx, local, FCT_ROLE_ARCHIVE, &number, err) < 0 ||
        store_email_set_mailboxes(tx, ids[4], &number, 1, err) < 0 || store_email_destroy(tx, ids[4], err) < 0 ||
        store_mailbox_destroy(tx, number, true, err) < 0)
        return -1;
    struct store_notice *notices;
    if (store_notice_add(tx, ids[0], NOTICE_MAILBOX_CREATE, ids[1], 0, "no", "NO", err) < 0 ||
        store_notices_load(tx, ids[0], &notices, &n, err) < 0 ||
        store_notices_dismiss(tx, ids[0], notices[0].id, err) < 0 || store_notices_dismiss(tx, ids[0], 0, err) < 0)
        return -1;
    store_notice_list_free(notices, n);
    int deadline = 1;
    enum store_outcome outcome;
    char *answer;
    static const unsigned char call[OUTCOME_CALL_SIZE];
    if (store_outcome_begin(tx, "k", call, 1, &outcome, &answer, err) < 0 ||
        store_outcome_end(tx, "k", "{}", err) < 0 || store_outcome_end(tx, "k", NULL, err) < 0 ||
        store_outcomes_sweep(tx, 2, 5, &n, err) < 0)
        return -1;
    struct store_missing missing = {.gone_with_mail = 1};
    if (store_mailboxes_missing_tell(tx, ids[0], &missing, 60, err) < 0 ||
        store_mailboxes_missing(tx, ids[0], &missing, err) < 0)
        return -1;
    struct store_stubborn *stubborn;
    uint64_t left_out;
    if (store_mailbox_uids_between(tx, ids[1], 1, 9, &uids, &n, err) < 0)
        return -1;
    free(uids);
    if (store_stubborn_failed(tx, ids[1], 5, NOON, err) < 0 || store_stubborn_failed(tx, ids[1], 5, NOON, err) < 0 ||
        store_stubborn_failed(tx, ids[1], 5, NOON, err) < 0 || store_stubborn_load(tx, ids[1], &stubborn, &n, err) < 0)
        return -1;
    free(stubborn);
    if (store_stubborn_left_out(tx, ids[1], &left_out, err) < 0 || store_stubborn_move(tx, ids[1], 5, 6, err) < 0 ||
        store_stubborn_mailboxes(tx, ids[0], NOON, &list, &n, err) < 0 || store_stubborn_forget(tx, ids[1], 6, err) < 0)
        return -1;
    free(list);
    struct store_history_event *events;
    bool is_destroyed;
    if (store_email_history(tx, ids[3], &events, &n, &number, &is_destroyed, err) < 0)
        return -1;
    free(events);
    if (store_history_sweep(tx, INT32_MAX, 5, &n, err) < 0)
        return -1;
    if (pushes(tx, ids[0], err) < 0)
        return -1;
    return store_tombstones_sweep(tx, INT32_MAX, 2, &n, err) < 0 ||
                   store_blobs_expire(tx, NOON, 5, &deadline, err) < 0 || store_account_destroy(tx, ids[0], err) < 0
               ? -1
               : 0;
}

/* ---- the plans
 * ------------------------------------------------------------------------------------------------------------- */

/* Tables, and the names that statements give them, of which a profile has few rows, or which are walked from an end. */
static const char *const small[] = {"account",  "a",         "mailbox", "state",     "meta", "m",      "below",
                                    "CONSTANT", "(subquery", "pending", "departure", "d",    "notice", "mailbox_wish",
                                    "w",        "above",     "history_actor", "undo", "u", "undo_account",
                                    "stubborn", "identity", "quota", "vacation", "vacation_arrival", "push_subscription",
                                    "rule", "rule_arrival", "v", "token", "audit", "correspondent_recount", "snooze", "attempt" /* at most ATTEMPTS_KEPT */,
                                    "submission" /* 30 days of what was sent */, NULL};
/* Statements that are about everything: checks and repairs, an account that is destroyed, the oldest tombstones. */
static const char *const about_all[] = {
    "SELECT modseq, destroyed_at FROM tombstone ORDER BY modseq LIMIT",
    "SELECT t.id, t.n_emails, t.n_unread, ",
    "SELECT count(*), ifnull(sum(e.flags",
    "SELECT p.mailbox_id, e.thread_id, count(*)",
    "SELECT mailbox_id, thread_id, n_emails, n_unread FROM mailbox_thread WHERE mailbox_id",
    "INSERT INTO mailbox_thread (mailbox_id, thread_id, n_emails, n_unread) SELECT",
    "SELECT id FROM email WHERE account_id = ?1 ORDER BY id LIMIT",
    "DELETE FROM thread_ref WHERE account_id",
    "DELETE FROM pending WHERE account_id",
    "DELETE FROM correspondent", /* and when it is counted from the beginning */
    "SELECT address, email, name, words, n_sent, n_replies + n_received, last_at, weight, named_at FROM correspondent "
    "INDEXED BY correspondent_by_weight WHERE account_id = ?1 ORDER BY weight DESC LIMIT",
    "SELECT 1 FROM email WHERE account_id = ?1 LIMIT 1",
    "DELETE FROM vacation_answered WHERE account_id",
    "DELETE FROM maildrop_message WHERE account_id", /* and what was missing there for months, once a day */
    "SELECT id, uidl, state, header",                /* the ledger of a maildrop, held against a listing of all of it */
    "SELECT r.id, r.uidl, r.state, r.header",
    "SELECT count(*) FROM email",
    "SELECT count(*) FROM fts_dead WHERE is_swept <> 1",
    NULL,
};

/* Counting all of an index, when it is decided whether a rebuild pays. */
static const char *const counts[] = {
    "SELECT count(*) FROM email",
    "SELECT count(*) FROM fts_dead WHERE is_swept <> 1",
    NULL,
};

static bool is_among(const char *s, const char *const *list)
{
    while (*list && strcmp(*list, s) != 0)
        list++;
    return *list;
}

static bool begins_with_any(const char *s, const char *const *list)
{
    for (; *list; list++) {
        size_t n = strlen(*list);
        if (strncmp(s, *list, n) == 0)
            return true;
    }
    return false;
}

static bool is_small(const char *table)
{
    size_t n = strcspn(table, " ");

    for (const char *const *s = small; *s; s++) {
        if (strlen(*s) == n && strncmp(table, *s, n) == 0)
            return true;
    }
    return false;
}

/* A step that visits rows in proportion to the mail: a whole table, or all that an account has. */
static bool is_walk(const char *detail)
{
    if (strncmp(detail, "SCAN ", 5) == 0)
        return !is_small(detail + 5);
    return strncmp(detail, "SEARCH ", 7) == 0 && !is_small(detail + 7) && strstr(detail, "(account_id=?)") != NULL;
}

static size_t check_plan(sqlite3 *db, const char *sql)
{
    CLEANUP(freep) char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *q = NULL;
    size_t wrong = 0;

    if (strstr(sql, " fts ") || begins_with_any(sql, about_all) || is_among(sql, counts) ||
        sqlite3_prepare_v2(db, explain, -1, &q, NULL) != SQLITE_OK)
        return 0;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(q, 3);
        if (is_walk(detail)) {
            print_error("%s\n    %s\n", detail, sql);
            wrong++;
        }
    }
    sqlite3_finalize(q);
    return wrong;
}

struct tally {
    size_t n, wrong;
};

static int check_all(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct tally *t = c->out;
    CLEANUP(freep) char **list = NULL;

    (void)err;
    for (sqlite3_stmt *q = sqlite3_next_stmt(store_db(tx), NULL); q; q = sqlite3_next_stmt(store_db(tx), q)) {
        list = xreallocarray(list, t->n + 1, sizeof(*list));
        list[t->n++] = xstrdup(sqlite3_sql(q));
    }
    for (size_t i = 0; i < t->n; i++) {
        t->wrong += check_plan(store_db(tx), list[i]);
        free(list[i]);
    }
    return 0;
}

static void no_statement_walks_a_table_that_grows_with_the_mail(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[5], inbox = mailbox_with_role(&f, local_account(&f), FCT_ROLE_INBOX);
    struct tally t = {0};
    ids[0] = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids + 1);
    ids[3] = arrive_letter(&f, ids[0], ids[1], 1, NOON, 0, &(struct letter){.id = "a@x", .subject = "s"});
    arrive_letter(&f, ids[0], ids[1], 2, NOON, FCT_FLAG_DELETED, &(struct letter){.id = "b@x", .subject = "s"});
    arrive_letter(&f, ids[0], ids[1], 3, NOON, 0, &(struct letter){.id = "c@x", .subject = "s"});
    arrive_letter(&f, ids[0], ids[2], 1, NOON, 0, &(struct letter){.id = "c@x", .subject = "s"});
    arrive_letter(&f, ids[0], ids[1], 4, NOON, 0,
                  &(struct letter){.id = "d@x", .references = "<e@x> <c@x>", .subject = "s"});
    for (int i = 0; i < 20; i++) { /* a run of ids, and a Thread that merges */
        char id[16];
        snprintf(id, sizeof(id), "r%d@x", i);
        arrive_letter(&f, ids[0], ids[1], (uint64_t)(10 + i), NOON, 0, &(struct letter){.id = id, .subject = "s"});
    }
    arrive_letter(&f, ids[0], ids[1], 40, NOON, 0,
                  &(struct letter){.id = "tie@x", .references = "<r1@x> <r2@x>", .subject = "s"});
    assert_good(create_letter(&f, local_account(&f), &inbox, 1, 0, &(struct letter){.id = "mine@x"}, &ids[4]));

    struct store_rebuild_report report;
    assert_ok(store_rebuild(f.store, NULL, NULL, &report, err));
    ids[3] = sql_number(&f, "SELECT email_id FROM placement WHERE uid = 1");
    assert_good(write_call(&f, (struct call){.fn = everything, .ids = ids}));
    assert_good(write_call(&f, (struct call){.fn = check_all, .out = &t}));

    assert_true(t.n > 120);
    assert_int_equal(t.wrong, 0);
}

/* ---- every statement that is written in the sources, whether a test runs it or not
 * ------------------------------------------------------------------------------------------------------------- */

/* Beginnings that a macro or a variable completes: the test above meets them whole. */
static const char *const fragments[] = {
    "SELECT created_modseq, id, 0 FROM ",
    "SELECT updated_modseq, id, ",
    "INSERT INTO mailbox_thread (mailbox_id, thread_id, n_emails, n_unread) ",
    "INSERT INTO fts (fts, rank) VALUES ('merge', ",
    "SELECT 1 FROM %s LIMIT 0", /* whether an index can be opened, and making it so */
    "INSERT OR REPLACE INTO %s_data ",
    "INSERT INTO fts_next", /* which is there while the index is rebuilt */
    NULL,
};

static bool is_statement(const char *text)
{
    static const char *const verbs[] = {"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "REPLACE ", NULL};

    return begins_with_any(text, verbs);
}

/* Appends the string literal at `p` (after its first quote) to *out; returns what follows its last quote. */
static const char *read_literal(const char *p, struct buf *out)
{
    for (; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1])
            p++;
        buf_add_char(out, *p);
    }
    return *p ? p + 1 : p;
}

/* Past white space, continued lines and comments. */
static const char *skip_gap(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n\\");
        if (strncmp(p, "/*", 2) != 0)
            return p;
        const char *end = strstr(p + 2, "*/");
        p = end ? end + 2 : p + strlen(p);
    }
}

/* The next run of string literals of a source file; false at its end. */
static bool next_text(const char **at, struct buf *out)
{
    const char *p = *at;

    out->n = 0;
    for (; *p && *p != '"'; p++) {
        if (strncmp(p, "/*", 2) == 0) {
            p = skip_gap(p) - 1;
        } else if (*p == '\'') { /* '"' */
            p += p[1] == '\\' ? 3 : 2;
        }
    }
    while (*p == '"')
        p = skip_gap(read_literal(p + 1, out));
    *at = p;
    return out->n > 0 || *p;
}

static size_t check_source(sqlite3 *db, const char *path, size_t *io_n)
{
    CLEANUP(buf_done) struct buf source = {0};
    CLEANUP(buf_done) struct buf text = {0};
    FILE *file = fopen(path, "r");
    size_t wrong = 0, n;
    char block[4096];

    if (!file)
        return 1;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        buf_add(&source, block, n);
    fclose(file);
    for (const char *at = buf_str(&source); next_text(&at, &text);) {
        const char *sql = buf_str(&text);
        sqlite3_stmt *q = NULL;
        if (!is_statement(sql) || begins_with_any(sql, fragments))
            continue;
        ++*io_n;
        if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK) {
            wrong += check_plan(db, sql);
        } else {
            print_error("%s: %s\n    %s\n", path, sqlite3_errmsg(db), sql);
            wrong++;
        }
        sqlite3_finalize(q);
    }
    return wrong;
}

static int check_sources(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct tally *t = c->out;
    glob_t files;

    if (index_next_begin(tx, err) < 0) /* statements speak of its table */
        return -1;
    if (glob(FIXTURES "/../../core/store/*.c", 0, NULL, &files) != 0)
        return 0;
    for (size_t i = 0; i < files.gl_pathc; i++)
        t->wrong += check_source(store_db(tx), files.gl_pathv[i], &t->n);
    globfree(&files);
    return 0;
}

static void no_statement_in_the_sources_walks_either(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct tally t = {0};

    assert_good(write_call(&f, (struct call){.fn = check_sources, .out = &t}));

    assert_true(t.n > 140);
    assert_int_equal(t.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_walks_a_table_that_grows_with_the_mail),
        cmocka_unit_test(no_statement_in_the_sources_walks_either),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
