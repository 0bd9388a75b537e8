/* What is heard of a message after a server has taken it: submission_reported of store/submissions.h. */
#include "base/alloc.h"
#include "mime/report.h"
#include "store/db.h"
#include "store/submission_rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CANDIDATES_MAX 20 /* submissions of one message: the newest */

struct candidates {
    int64_t ids[CANDIDATES_MAX];
    size_t n;
};

static int collect(struct store_tx *tx, sqlite3_stmt *q, struct candidates *out, struct fct_error *err)
{
    int has_row;
    while ((has_row = store_step(tx, q, err)) > 0 && out->n < CANDIDATES_MAX)
        out->ids[out->n++] = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* Whoever knows the name of the transaction means that one; a Message-ID alone may have been sent several times. */
static int find(struct store_tx *tx, const struct mime_report *r, struct candidates *out, struct fct_error *err)
{
    struct threads_key key;
    if (r->envid) {
        sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM submission WHERE envid = ?1 ORDER BY id DESC LIMIT 20");
        bind_text(q, 1, r->envid);
        if (collect(tx, q, out, err) < 0)
            return -1;
    }
    if (out->n > 0 || !r->message_id)
        return 0;
    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM submission WHERE msgid_hash = ?1 ORDER BY id DESC LIMIT 20");
    sqlite3_bind_int64(q, 1, threads_msgid_hash(&key, bytes_str(r->message_id)));
    return collect(tx, q, out, err);
}

static bool is_same(const char *theirs, const char *ours)
{
    return theirs && strcasecmp(theirs, ours) == 0;
}

/* The one of ours that is spoken of: as it was called at first, else as the last server called it. */
static struct store_recipient *find_recipient(struct store_submission *s, const struct mime_report_recipient *r,
                                              size_t *out_seq)
{
    for (int by_final = 0; by_final < 2; by_final++)
        for (size_t i = 0; i < s->n_recipients; i++)
            if (is_same(by_final ? r->final : r->original, s->recipients[i].address)) {
                *out_seq = i;
                return &s->recipients[i];
            }
    return NULL;
}

/* Bad news count whenever they come: a message that was delivered may come back from where it was forwarded to. */
static int delivered_after(int before, int action)
{
    switch (action) {
    case REPORT_FAILED:
        return DELIVERED_NO;
    case REPORT_DELIVERED:
        return before == DELIVERED_NO ? before : DELIVERED_YES;
    case REPORT_DELAYED:
        return before == DELIVERED_UNKNOWN ? DELIVERED_DELAYED : before;
    case REPORT_DISPLAYED: /* who was shown it has got it */
        return DELIVERED_YES;
    default:
        return before == DELIVERED_DELAYED ? DELIVERED_UNKNOWN : before;
    }
}

static int save(struct store_tx *tx, int64_t id, size_t seq, const struct store_recipient *r, const char *reply,
                struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE submission_recipient SET delivered = ?3, displayed = ?4, reply = ifnull(?5, reply) "
                       "WHERE submission_id = ?1 AND seq = ?2");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, (int64_t)seq);
    sqlite3_bind_int(q, 3, r->delivered);
    sqlite3_bind_int(q, 4, r->is_displayed);
    bind_text(q, 5, reply);
    return store_run_one(tx, q, err);
}

/* Whom no server has taken it for yet, nobody else can know of. */
static bool may_be_reported(const struct store_recipient *r)
{
    return r->state == RECIPIENT_ACCEPTED || r->state == RECIPIENT_ON_THE_WAY;
}

/* *out_n: of how many it spoke. */
static int note_recipients(struct store_tx *tx, struct store_submission *s, const struct mime_report *r, size_t *out_n,
                           struct fct_error *err)
{
    *out_n = 0;
    for (size_t i = 0; i < r->n_recipients; i++) {
        const struct mime_report_recipient *said = &r->recipients[i];
        size_t seq;
        struct store_recipient *ours = find_recipient(s, said, &seq);
        if (!ours || !may_be_reported(ours))
            continue;
        int before = ours->delivered;
        ours->delivered = delivered_after(before, said->action);
        ours->is_displayed = ours->is_displayed || said->action == REPORT_DISPLAYED;
        bool is_news = ours->delivered != before || said->action == REPORT_FAILED;
        if (save(tx, s->id, seq, ours, is_news ? said->reply : NULL, err) < 0)
            return -1;
        (*out_n)++;
    }
    return 0;
}

static int keep_report(struct store_tx *tx, int64_t id, int64_t blob_id, bool is_receipt, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO submission_report (submission_id, blob_id, kind) VALUES (?1, ?2, ?3)");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, blob_id);
    sqlite3_bind_int(q, 3, is_receipt ? REPORT_MDN : REPORT_DSN);
    return store_run(tx, q, err);
}

static bool has_report(const struct store_submission *s, int64_t blob_id)
{
    for (size_t i = 0; i < s->n_reports; i++)
        if (s->reports[i].blob_id == blob_id)
            return true;
    return false;
}

/* 1: it was this one. */
static int try_one(struct store_tx *tx, int64_t id, int64_t blob_id, const struct mime_report *r, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    size_t n;

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (has_report(&s, blob_id) || s.n_reports >= SUBMISSION_REPORTS_MAX)
        return 1;
    if (note_recipients(tx, &s, r, &n, err) < 0)
        return -1;
    if (n == 0)
        return 0;
    return keep_report(tx, id, blob_id, r->is_receipt, err) < 0 || submission_save(tx, &s, err) < 0 ? -1 : 1;
}

int submission_reported(struct store_tx *tx, int64_t blob_id, const struct mime_report *r, struct fct_error *err)
{
    struct candidates c = {0};
    int result = 0;

    if (find(tx, r, &c, err) < 0)
        return -1;
    for (size_t i = 0; i < c.n && result == 0; i++)
        result = try_one(tx, c.ids[i], blob_id, r, err);
    return result < 0 ? -1 : 0;
}
