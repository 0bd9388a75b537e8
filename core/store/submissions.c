#include "store/submissions.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/submission_rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- names ---- */

static const char *const state_names[] = {NULL, "held", "queued", "sending", "uncertain", "sent", "failed", "canceled"};

const char *store_submission_state_name(int state)
{
    return state_names[state];
}

int store_submission_state_from_name(const char *name)
{
    for (int s = SUBMISSION_HELD; s <= SUBMISSION_CANCELED; s++)
        if (strcmp(state_names[s], name) == 0)
            return s;
    return 0;
}

/* ---- reading ---- */

void store_submission_done(struct store_submission *s)
{
    for (size_t i = 0; i < s->n_recipients; i++) {
        free(s->recipients[i].address);
        free(s->recipients[i].parameters);
        free(s->recipients[i].reply);
    }
    free(s->recipients);
    free(s->reports);
    free(s->envid);
    free(s->sender);
    free(s->sender_parameters);
    free(s->last_error);
    *s = (struct store_submission){0};
}

bool store_submission_is_pending(const struct store_submission *s)
{
    if (s->state != SUBMISSION_HELD && s->state != SUBMISSION_QUEUED && s->state != SUBMISSION_FAILED)
        return false;
    for (size_t i = 0; i < s->n_recipients; i++)
        if (s->recipients[i].state == RECIPIENT_ACCEPTED || s->recipients[i].state == RECIPIENT_ON_THE_WAY)
            return false;
    return true;
}

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static int load_recipients(struct store_tx *tx, struct store_submission *s, struct fct_error *err)
{
    int has_row;
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT address, parameters, state, reply, delivered, displayed FROM submission_recipient "
                       "WHERE submission_id = ?1 ORDER BY seq");

    sqlite3_bind_int64(q, 1, s->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        s->recipients = xreallocarray(s->recipients, s->n_recipients + 1, sizeof(*s->recipients));
        s->recipients[s->n_recipients++] = (struct store_recipient){
            .address = xstrdup(store_text(q, 0)),
            .parameters = dup_or_null(store_text_or_null(q, 1)),
            .state = sqlite3_column_int(q, 2),
            .reply = dup_or_null(store_text_or_null(q, 3)),
            .delivered = sqlite3_column_int(q, 4),
            .is_displayed = sqlite3_column_int(q, 5) != 0,
        };
    }
    return has_row;
}

static int load_reports(struct store_tx *tx, struct store_submission *s, struct fct_error *err)
{
    int has_row;
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT blob_id, kind, sha256 FROM submission_report r JOIN blob b ON b.id = r.blob_id "
                       "WHERE submission_id = ?1 ORDER BY blob_id");

    sqlite3_bind_int64(q, 1, s->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        s->reports = xreallocarray(s->reports, s->n_reports + 1, sizeof(*s->reports));
        struct store_report *r = &s->reports[s->n_reports++];
        *r = (struct store_report){.blob_id = sqlite3_column_int64(q, 0), .kind = sqlite3_column_int(q, 1)};
        if (sqlite3_column_bytes(q, 2) == (int)sizeof(r->sha256))
            memcpy(r->sha256, sqlite3_column_blob(q, 2), sizeof(r->sha256));
    }
    return has_row;
}

int store_submission_load(struct store_tx *tx, int64_t id, struct store_submission *out, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {.id = id};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT account_id, identity_id, email_id, thread_id, blob_id, state, sender, "
                       "sender_parameters, created_at, send_at, next_try_at, ended_at, tries, last_error, "
                       "is_returned, reserved_by, envid, EXISTS (SELECT 1 FROM email e WHERE e.id = email_id AND "
                       "e.msgid_hash IS NOT submission.msgid_hash) FROM submission WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such submission");
    s.account_id = sqlite3_column_int64(q, 0);
    s.identity_id = sqlite3_column_int64(q, 1);
    s.email_id = sqlite3_column_int64(q, 2);
    s.thread_id = sqlite3_column_int64(q, 3);
    s.blob_id = sqlite3_column_int64(q, 4);
    s.state = sqlite3_column_int(q, 5);
    s.sender = xstrdup(store_text(q, 6));
    s.sender_parameters = dup_or_null(store_text_or_null(q, 7));
    s.created_at = sqlite3_column_int64(q, 8);
    s.send_at = sqlite3_column_int64(q, 9);
    s.next_try_at = sqlite3_column_int64(q, 10);
    s.needs_confirmation = s.state == SUBMISSION_HELD && s.next_try_at == SUBMISSION_NO_TIME;
    s.ended_at = sqlite3_column_int64(q, 11);
    s.tries = sqlite3_column_int(q, 12);
    s.last_error = dup_or_null(store_text_or_null(q, 13));
    s.is_returned = sqlite3_column_int(q, 14) != 0;
    s.reserved_by = sqlite3_column_int64(q, 15);
    s.envid = dup_or_null(store_text_or_null(q, 16));
    s.is_report = sqlite3_column_int(q, 17) != 0;
    store_reset(q);
    if (load_recipients(tx, &s, err) < 0 || load_reports(tx, &s, err) < 0)
        return -1;
    *out = s;
    s = (struct store_submission){0};
    return 0;
}

int store_submissions_list(struct store_tx *tx, int64_t account_id, struct store_submission_row **out, size_t *out_n,
                           struct fct_error *err)
{
    CLEANUP(freep) struct store_submission_row *list = NULL;
    size_t n = 0, cap = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT id, account_id, identity_id, email_id, thread_id, created_at, send_at, state, state IN (1, 2, 6) AND "
        "NOT EXISTS (SELECT 1 FROM submission_recipient r WHERE r.submission_id = submission.id AND r.state IN (1, 3)) "
        "FROM submission WHERE ?1 < 0 OR account_id = ?1 ORDER BY id");

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (account_id < 0 && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
            list = xreallocarray(list, cap, sizeof(*list));
        }
        list[n++] = (struct store_submission_row){
            .id = sqlite3_column_int64(q, 0),
            .account_id = sqlite3_column_int64(q, 1),
            .identity_id = sqlite3_column_int64(q, 2),
            .email_id = sqlite3_column_int64(q, 3),
            .thread_id = sqlite3_column_int64(q, 4),
            .created_at = sqlite3_column_int64(q, 5),
            .send_at = sqlite3_column_int64(q, 6),
            .state = sqlite3_column_int(q, 7),
            .is_pending = sqlite3_column_int(q, 8) != 0,
        };
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

/* ---- making ---- */

int store_submissions_waiting(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM submission WHERE account_id = ?1 AND state <= 2");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int count_unconfirmed(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM submission WHERE account_id = ?1 AND state <= 2 "
                                     "AND next_try_at = ?2");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, SUBMISSION_NO_TIME);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* What programs propose has a bound of its own, far below the other: it leaves room for what the owner sends. */
static int check_room(struct store_tx *tx, const struct store_submission *s, struct fct_error *err)
{
    int64_t n, unconfirmed = 0;

    if (store_submissions_waiting(tx, s->account_id, &n, err) < 0 ||
        (s->needs_confirmation && count_unconfirmed(tx, s->account_id, &unconfirmed, err) < 0))
        return -1;
    if (unconfirmed >= SUBMISSIONS_UNCONFIRMED_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "more than %d messages wait to be confirmed",
                        SUBMISSIONS_UNCONFIRMED_MAX);
    if (n >= SUBMISSIONS_OPEN_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "more than %d messages wait to be sent",
                        SUBMISSIONS_OPEN_MAX);
    return 0;
}

static int insert_recipient(struct store_tx *tx, int64_t id, size_t seq, const struct store_recipient *r,
                            struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO submission_recipient (submission_id, seq, address, parameters, state) "
                       "VALUES (?1, ?2, ?3, ?4, 0)");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, (int64_t)seq);
    bind_text(q, 3, r->address);
    bind_text(q, 4, r->parameters);
    return store_run(tx, q, err);
}

static int insert_row(struct store_tx *tx, const struct store_submission *s, const struct store_email *e, int64_t now,
                      struct fct_error *err)
{
    struct threads_key key;
    sqlite3_stmt *q = store_stmt(
        tx,
        "INSERT INTO submission (account_id, identity_id, email_id, thread_id, blob_id, msgid_hash, state, sender, "
        "sender_parameters, created_at, send_at, next_try_at, created_modseq, updated_modseq, envid) VALUES (?1, ?2, "
        "?3, ?4, ?5, ifnull(?13, (SELECT msgid_hash FROM email WHERE id = ?3)), ?6, ?7, ?8, ?9, ?10, ?14, ?11, ?11, "
        "ifnull(?12, 'fct-' || lower(hex(randomblob(12)))))");

    sqlite3_bind_int64(q, 1, s->account_id);
    sqlite3_bind_int64(q, 2, s->identity_id);
    sqlite3_bind_int64(q, 3, e->id);
    sqlite3_bind_int64(q, 4, e->thread_id);
    sqlite3_bind_int64(q, 5, s->blob_id ? s->blob_id : e->blob_id);
    sqlite3_bind_int(q, 6, s->send_at > now || s->needs_confirmation ? SUBMISSION_HELD : SUBMISSION_QUEUED);
    bind_text(q, 7, s->sender);
    bind_text(q, 8, s->sender_parameters);
    sqlite3_bind_int64(q, 9, now);
    sqlite3_bind_int64(q, 10, s->send_at);
    sqlite3_bind_int64(q, 11, store_tx_bump(tx, s->account_id, STORE_SUBMISSION));
    bind_text(q, 12, s->envid);
    sqlite3_bind_int64(q, 14, s->needs_confirmation ? SUBMISSION_NO_TIME : s->send_at);
    if (s->message_id && threads_key_load(tx, &key, err) < 0)
        return -1;
    if (s->message_id)
        sqlite3_bind_int64(q, 13, threads_msgid_hash(&key, bytes_str(s->message_id)));
    return store_run(tx, q, err);
}

int store_submission_create(struct store_tx *tx, const struct store_submission *s, int64_t now, int64_t *out_id,
                            struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};

    if (store_email_load(tx, s->email_id, false, &e, err) < 0)
        return -1;
    if (e.account_id != s->account_id)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such Email in this account");
    if ((e.bits & STORE_PARTIAL) && !s->blob_id)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "only the header of the message is here");
    if (check_room(tx, s, err) < 0 || insert_row(tx, s, &e, now, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    for (size_t i = 0; i < s->n_recipients; i++)
        if (insert_recipient(tx, *out_id, i, &s->recipients[i], err) < 0)
            return -1;
    return 0;
}

/* ---- changing ---- */

int submission_save(struct store_tx *tx, const struct store_submission *s, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE submission SET state = ?2, next_try_at = ?3, tries = ?4, last_error = ?5, "
                                     "ended_at = ?6, updated_modseq = ?7, is_returned = ?8, reserved_by = ?9 "
                                     "WHERE id = ?1");

    sqlite3_bind_int64(q, 1, s->id);
    sqlite3_bind_int(q, 2, s->state);
    sqlite3_bind_int64(q, 3, s->next_try_at);
    sqlite3_bind_int(q, 4, s->tries);
    bind_text(q, 5, s->last_error);
    if (s->ended_at)
        sqlite3_bind_int64(q, 6, s->ended_at);
    sqlite3_bind_int64(q, 7, store_tx_bump(tx, s->account_id, STORE_SUBMISSION));
    sqlite3_bind_int(q, 8, s->is_returned);
    if (s->reserved_by)
        sqlite3_bind_int64(q, 9, s->reserved_by);
    return store_run_one(tx, q, err);
}

int submission_save_recipient(struct store_tx *tx, int64_t id, size_t seq, int state, const char *reply,
                              struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE submission_recipient SET state = ?3, reply = ifnull(?4, reply) "
                                     "WHERE submission_id = ?1 AND seq = ?2");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, (int64_t)seq);
    sqlite3_bind_int(q, 3, state);
    bind_text(q, 4, reply);
    return store_run_one(tx, q, err);
}

int submission_email_renamed(struct store_tx *tx, int64_t from, int64_t to, int64_t thread_id, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL, *accounts = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, account_id FROM submission WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, from);
    while ((has_row = store_step(tx, q, err)) > 0) {
        ids = xreallocarray(ids, n + 1, sizeof(*ids));
        accounts = xreallocarray(accounts, n + 1, sizeof(*accounts));
        ids[n] = sqlite3_column_int64(q, 0);
        accounts[n++] = sqlite3_column_int64(q, 1);
    }
    for (size_t i = 0; has_row == 0 && i < n; i++) {
        q = store_stmt(tx, "UPDATE submission SET email_id = ?2, thread_id = ?3, updated_modseq = ?4 WHERE id = ?1");
        sqlite3_bind_int64(q, 1, ids[i]);
        sqlite3_bind_int64(q, 2, to);
        sqlite3_bind_int64(q, 3, thread_id);
        sqlite3_bind_int64(q, 4, store_tx_bump(tx, accounts[i], STORE_SUBMISSION));
        has_row = store_run(tx, q, err);
    }
    return has_row;
}

/* ---- forgetting ---- */

static int delete_rows(struct store_tx *tx, int64_t id, int64_t blob_id, struct fct_error *err)
{
    static const char *const deletes[] = {"DELETE FROM submission_report WHERE submission_id = ?1",
                                          "DELETE FROM submission_recipient WHERE submission_id = ?1",
                                          "DELETE FROM submission WHERE id = ?1"};
    CLEANUP(store_submission_done) struct store_submission s = {.id = id};

    if (load_reports(tx, &s, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, deletes[i]);
        sqlite3_bind_int64(q, 1, id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < s.n_reports; i++)
        if (store_blob_release(tx, s.reports[i].blob_id, err) < 0)
            return -1;
    return store_blob_release(tx, blob_id, err);
}

static int forget(struct store_tx *tx, int64_t id, bool with_trace, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, created_modseq, blob_id FROM submission WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    int64_t account_id = sqlite3_column_int64(q, 0), created = sqlite3_column_int64(q, 1);
    int64_t blob_id = sqlite3_column_int64(q, 2);
    store_reset(q);
    if (with_trace && store_tombstone(tx, account_id, STORE_SUBMISSION, id, created, err) < 0)
        return -1;
    return delete_rows(tx, id, blob_id, err);
}

int store_submission_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state <= SUBMISSION_UNCERTAIN)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "it is not settled yet: cancel it first");
    return forget(tx, id, true, err);
}

static int forget_some(struct store_tx *tx, sqlite3_stmt *q, bool with_trace, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        ids = xreallocarray(ids, n + 1, sizeof(*ids));
        ids[n++] = sqlite3_column_int64(q, 0);
    }
    for (size_t i = 0; has_row == 0 && i < n; i++)
        has_row = forget(tx, ids[i], with_trace, err);
    if (out_n)
        *out_n = n;
    return has_row;
}

int submissions_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM submission WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    return forget_some(tx, q, false, NULL, err);
}

int store_submissions_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM submission WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2");

    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    return forget_some(tx, q, true, out_n, err);
}
