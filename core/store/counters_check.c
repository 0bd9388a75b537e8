/* Counters from scratch: to compare with (tests, doctor) and to repair. */
#include "store/counters.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/threads.h"

/* In SQL: 9 is FLAGS_NOT_UNREAD, ?1 the account or mailbox, ?2 the mailbox with the role trash. */

/* ---- threads ---- */

struct thread_numbers {
    int64_t id, emails, unread; /* as stored */
    int64_t real_emails, real_unread;
    int64_t created_modseq;
};

struct thread_list {
    struct thread_numbers *p;
    size_t n, cap;
};

static void thread_list_done(struct thread_list *l)
{
    free(l->p);
}

/* The Threads whose numbers are wrong. */
static int wrong_threads(const struct counters *c, struct thread_list *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        c->tx, "SELECT t.id, t.n_emails, t.n_unread, (SELECT count(*) FROM email e WHERE e.thread_id = t.id), "
               "(SELECT count(*) FROM email e WHERE e.thread_id = t.id AND e.flags & 9 = 0 AND EXISTS "
               "(SELECT 1 FROM placement p WHERE p.email_id = e.id AND p.mailbox_id <> ?2)), t.created_modseq FROM thread t "
               "WHERE t.account_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, c->account_id);
    sqlite3_bind_int64(q, 2, c->trash);
    while ((has_row = store_step(c->tx, q, err)) > 0) {
        struct thread_numbers t = {sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2),
                                   sqlite3_column_int64(q, 3), sqlite3_column_int64(q, 4),
                                   sqlite3_column_int64(q, 5)};
        if (t.emails == t.real_emails && t.unread == t.real_unread && t.emails > 0)
            continue;
        if (out->n == out->cap) {
            out->cap = out->cap ? 2 * out->cap : 16;
            out->p = xreallocarray(out->p, out->cap, sizeof(*out->p));
        }
        out->p[out->n++] = t;
    }
    return has_row;
}

/* ---- mailboxes ---- */

struct mailbox_numbers {
    int64_t id;
    int64_t now[4], real[4]; /* total and unread emails, total and unread threads */
};

struct mailbox_list {
    struct mailbox_numbers *p;
    size_t n;
};

static void mailbox_list_done(struct mailbox_list *l)
{
    free(l->p);
}

static int stored_numbers(const struct counters *c, struct mailbox_list *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(c->tx, "SELECT id, total_emails, unread_emails, total_threads, unread_threads FROM mailbox "
                          "WHERE account_id = ?1");
    size_t cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, c->account_id);
    while ((has_row = store_step(c->tx, q, err)) > 0) {
        if (out->n == cap) {
            cap = cap ? 2 * cap : 16;
            out->p = xreallocarray(out->p, cap, sizeof(*out->p));
        }
        struct mailbox_numbers *m = &out->p[out->n++];
        *m = (struct mailbox_numbers){.id = sqlite3_column_int64(q, 0)};
        for (int i = 0; i < 4; i++)
            m->now[i] = sqlite3_column_int64(q, 1 + i);
    }
    return has_row;
}

/* From placements and Emails, once the Threads' numbers are right. */
static int real_numbers(const struct counters *c, struct mailbox_numbers *m, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        c->tx,
        "SELECT count(*), ifnull(sum(e.flags & 9 = 0), 0), count(DISTINCT e.thread_id), "
        "count(DISTINCT CASE WHEN CASE WHEN ?1 = ?2 THEN e.flags & 9 = 0 ELSE t.n_unread > 0 END THEN e.thread_id END) "
        "FROM placement p JOIN email e ON e.id = p.email_id JOIN thread t ON t.id = e.thread_id "
        "WHERE p.mailbox_id = ?1");

    sqlite3_bind_int64(q, 1, m->id);
    sqlite3_bind_int64(q, 2, c->trash);
    if (store_step(c->tx, q, err) < 0)
        return -1;
    for (int i = 0; i < 4; i++)
        m->real[i] = sqlite3_column_int64(q, i);
    store_reset(q);
    return 0;
}

static int all_numbers(const struct counters *c, struct mailbox_list *out, struct fct_error *err)
{
    if (stored_numbers(c, out, err) < 0)
        return -1;
    for (size_t i = 0; i < out->n; i++) {
        if (real_numbers(c, &out->p[i], err) < 0)
            return -1;
    }
    return 0;
}

/* ---- verifying ---- */

#define REAL_MAILBOX_THREAD                                                                                     \
    "SELECT p.mailbox_id, e.thread_id, count(*), sum(e.flags & 9 = 0) FROM placement p JOIN email e ON e.id = " \
    "p.email_id "                                                                                               \
    "WHERE p.mailbox_id = ?1 GROUP BY e.thread_id"
#define STORED_MAILBOX_THREAD \
    "SELECT mailbox_id, thread_id, n_emails, n_unread FROM mailbox_thread WHERE mailbox_id = ?1"

static int verify_mailbox_thread(const struct counters *c, int64_t mailbox_id, struct fct_error *err)
{
    static const char *const differences[] = {STORED_MAILBOX_THREAD " EXCEPT " REAL_MAILBOX_THREAD,
                                              REAL_MAILBOX_THREAD " EXCEPT " STORED_MAILBOX_THREAD};

    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *q = store_stmt(c->tx, differences[i]);
        sqlite3_bind_int64(q, 1, mailbox_id);
        int has_row = store_step(c->tx, q, err);
        int64_t thread_id = has_row > 0 ? sqlite3_column_int64(q, 1) : 0;
        store_reset(q);
        if (has_row < 0)
            return -1;
        if (has_row > 0)
            return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "mailbox %lld counts thread %lld wrongly",
                            (long long)mailbox_id, (long long)thread_id);
    }
    return 0;
}

static int verify_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    static const char *const names[] = {"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"};
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(thread_list_done) struct thread_list threads = {0};
    CLEANUP(mailbox_list_done) struct mailbox_list mailboxes = {0};

    if (counters_init(&c, tx, account_id, err) < 0 || wrong_threads(&c, &threads, err) < 0)
        return -1;
    if (threads.n > 0)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER,
                        "thread %lld counts %lld emails and %lld unread, there are %lld and %lld",
                        (long long)threads.p->id, (long long)threads.p->emails, (long long)threads.p->unread,
                        (long long)threads.p->real_emails, (long long)threads.p->real_unread);
    if (all_numbers(&c, &mailboxes, err) < 0)
        return -1;
    for (size_t i = 0; i < mailboxes.n; i++) {
        const struct mailbox_numbers *m = &mailboxes.p[i];
        if (verify_mailbox_thread(&c, m->id, err) < 0)
            return -1;
        for (int k = 0; k < 4; k++) {
            if (m->now[k] != m->real[k])
                return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "mailbox %lld has %s %lld, there are %lld",
                                (long long)m->id, names[k], (long long)m->now[k], (long long)m->real[k]);
        }
    }
    return 0;
}

/* Calls `each` for one account or all. */
static int for_accounts(struct store_tx *tx, int64_t account_id,
                        int (*each)(struct store_tx *, int64_t, struct fct_error *), struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    int has_row;

    if (account_id >= 0)
        return each(tx, account_id, err);
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM account");
    while ((has_row = store_step(tx, q, err)) > 0) {
        ids = xreallocarray(ids, n + 1, sizeof(*ids));
        ids[n++] = sqlite3_column_int64(q, 0);
    }
    for (size_t i = 0; has_row == 0 && i < n; i++)
        has_row = each(tx, ids[i], err);
    return has_row;
}

int store_counters_verify(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    return for_accounts(tx, account_id, verify_account, err);
}

/* ---- repairing ---- */

static int repair_threads(struct counters *c, struct fct_error *err)
{
    CLEANUP(thread_list_done) struct thread_list wrong = {0};

    if (wrong_threads(c, &wrong, err) < 0)
        return -1;
    for (size_t i = 0; i < wrong.n; i++) {
        if (wrong.p[i].real_emails == 0) {
            if (thread_destroy(c->tx, c->account_id, wrong.p[i].id, wrong.p[i].created_modseq, err) < 0)
                return -1;
            continue;
        }
        sqlite3_stmt *q = store_stmt(c->tx, "UPDATE thread SET n_emails = ?2, n_unread = ?3 WHERE id = ?1");
        sqlite3_bind_int64(q, 1, wrong.p[i].id);
        sqlite3_bind_int64(q, 2, wrong.p[i].real_emails);
        sqlite3_bind_int64(q, 3, wrong.p[i].real_unread);
        if (store_run_one(c->tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static int repair_mailbox_thread(struct counters *c, int64_t mailbox_id, struct fct_error *err)
{
    static const char *const steps[] = {
        "DELETE FROM mailbox_thread WHERE mailbox_id = ?1",
        "INSERT INTO mailbox_thread (mailbox_id, thread_id, n_emails, n_unread) " REAL_MAILBOX_THREAD,
    };

    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *q = store_stmt(c->tx, steps[i]);
        sqlite3_bind_int64(q, 1, mailbox_id);
        if (store_run(c->tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static int repair_mailbox(struct counters *c, const struct mailbox_numbers *m, struct fct_error *err)
{
    if (repair_mailbox_thread(c, m->id, err) < 0)
        return -1;
    if (memcmp(m->now, m->real, sizeof(m->now)) == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE mailbox SET total_emails = ?2, unread_emails = ?3, total_threads = ?4, "
                                        "unread_threads = ?5, updated_modseq = ?6 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, m->id);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(q, 2 + i, m->real[i]);
    sqlite3_bind_int64(q, 6, store_tx_bump(c->tx, c->account_id, STORE_MAILBOX));
    return store_run_one(c->tx, q, err);
}

static int rebuild_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(mailbox_list_done) struct mailbox_list mailboxes = {0};

    if (counters_init(&c, tx, account_id, err) < 0 || repair_threads(&c, err) < 0 ||
        all_numbers(&c, &mailboxes, err) < 0)
        return -1;
    for (size_t i = 0; i < mailboxes.n; i++) {
        if (repair_mailbox(&c, &mailboxes.p[i], err) < 0)
            return -1;
    }
    return 0;
}

int store_counters_rebuild(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    return for_accounts(tx, account_id, rebuild_account, err);
}
