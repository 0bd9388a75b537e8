/* From one state of a submission to the next: store/submissions.h has the picture. */
#include "base/alloc.h"
#include "base/error.h"
#include "store/answered.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/refusals.h"
#include "store/submission_rows.h"

#include <stdlib.h>
#include <string.h>

static void set_state(struct store_submission *s, int state, int64_t now)
{
    if (state != SUBMISSION_SENDING)
        s->reserved_by = 0;
    s->state = state;
    s->ended_at = state >= SUBMISSION_SENT ? now : 0;
}

static void clear_error(struct store_submission *s)
{
    free(s->last_error);
    s->last_error = NULL;
    s->tries = 0;
}

static size_t count(const struct store_submission *s, int state)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_recipients; i++)
        n += s->recipients[i].state == state;
    return n;
}

static int set_recipient(struct store_tx *tx, struct store_submission *s, size_t i, int state, const char *reply,
                         struct fct_error *err)
{
    s->recipients[i].state = state;
    return submission_save_recipient(tx, s->id, i, state, reply, err);
}

/* Everyone who is in the one state comes into the other. */
static int set_all(struct store_tx *tx, struct store_submission *s, int from, int to, const char *reply,
                   struct fct_error *err)
{
    for (size_t i = 0; i < s->n_recipients; i++)
        if (s->recipients[i].state == from && set_recipient(tx, s, i, to, reply, err) < 0)
            return -1;
    return 0;
}

/* ---- where its Email is ---- */

/* Whether the Email is in the mailbox here, and no server has been told of that. Returns 1 or 0. */
static int is_here_alone(struct store_tx *tx, int64_t email_id, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT 1 FROM pending WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = 2 AND is_sent = 0");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

/* Takes the Email out of one mailbox and, unless it is 0, puts it into another. *out_moved: false when it is not there,
 * or gone. */
static int replace_mailbox(struct store_tx *tx, int64_t email_id, int64_t from, int64_t to, bool *out_moved,
                           struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    struct fct_error why = {0};
    size_t n = 0;

    *out_moved = false;
    if (from == 0 || store_email_load(tx, email_id, false, &e, &why) < 0)
        return 0;
    for (size_t i = 0; i < e.n_mailboxes; i++) {
        *out_moved = *out_moved || e.mailbox_ids[i] == from;
        if (e.mailbox_ids[i] != from && e.mailbox_ids[i] != to)
            e.mailbox_ids[n++] = e.mailbox_ids[i];
    }
    if (!*out_moved)
        return 0;
    if (to != 0)
        e.mailbox_ids[n++] = to; /* there is room: `from` was taken out */
    return n > 0 ? store_email_set_mailboxes(tx, email_id, e.mailbox_ids, n, err)
                 : store_email_destroy(tx, email_id, err);
}

static int sent_and_drafts(struct store_tx *tx, const struct store_submission *s, int64_t *out_sent,
                           int64_t *out_drafts, struct fct_error *err)
{
    if (store_mailbox_by_role(tx, s->account_id, FCT_ROLE_SENT, out_sent, err) < 0)
        return -1;
    return store_mailbox_by_role(tx, s->account_id, FCT_ROLE_DRAFTS, out_drafts, err);
}

/* The server keeps its own copy in Sent: ours, which no server has, goes. The Email of a report is somebody's letter,
 * wherever it is. */
static int drop_own_copy(struct store_tx *tx, const struct store_submission *s, struct fct_error *err)
{
    int64_t sent, drafts;
    bool moved;

    if (s->is_report)
        return 0;
    if (sent_and_drafts(tx, s, &sent, &drafts, err) < 0)
        return -1;
    int is_ours = is_here_alone(tx, s->email_id, sent, err);
    return is_ours <= 0 ? is_ours : replace_mailbox(tx, s->email_id, sent, 0, &moved, err);
}

/* What failed was moved to Sent when it was submitted, and has no business there. Of a report nothing was moved. */
static int return_to_drafts(struct store_tx *tx, struct store_submission *s, struct fct_error *err)
{
    const struct fct_flags draft = {.bits = FCT_FLAG_DRAFT}, none = {0};
    int64_t sent, drafts;

    if (s->is_report)
        return 0;
    if (sent_and_drafts(tx, s, &sent, &drafts, err) < 0)
        return -1;
    int is_ours = drafts ? is_here_alone(tx, s->email_id, sent, err) : 0;
    if (is_ours <= 0)
        return is_ours;
    if (replace_mailbox(tx, s->email_id, sent, drafts, &s->is_returned, err) < 0)
        return -1;
    return s->is_returned ? store_email_set_flags(tx, s->email_id, &draft, &none, err) : 0;
}

/* And back, when it is sent again. */
static int leave_drafts(struct store_tx *tx, struct store_submission *s, struct fct_error *err)
{
    const struct fct_flags draft = {.bits = FCT_FLAG_DRAFT}, none = {0};
    int64_t sent, drafts;
    bool moved = false;

    if (!s->is_returned || sent_and_drafts(tx, s, &sent, &drafts, err) < 0)
        return s->is_returned ? -1 : 0;
    s->is_returned = false;
    if (sent && replace_mailbox(tx, s->email_id, drafts, sent, &moved, err) < 0)
        return -1;
    return moved ? store_email_set_flags(tx, s->email_id, &none, &draft, err) : 0;
}

/* ---- what users decide ---- */

int store_submission_cancel(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state == SUBMISSION_CANCELED)
        return 0;
    if (!store_submission_is_pending(&s))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "it is too late to take it back: it is %s",
                        s.state <= SUBMISSION_QUEUED ? "on its way to some recipients"
                                                     : store_submission_state_name(s.state));
    set_state(&s, SUBMISSION_CANCELED, now);
    return submission_save(tx, &s, err);
}

int store_submission_confirm(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state > SUBMISSION_QUEUED)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "there is nothing to confirm: it is %s",
                        store_submission_state_name(s.state));
    if (!s.needs_confirmation)
        return 0;
    s.next_try_at = s.send_at > now ? s.send_at : now;
    set_state(&s, s.send_at > now ? SUBMISSION_HELD : SUBMISSION_QUEUED, 0);
    return submission_save(tx, &s, err);
}

static int send_again(struct store_tx *tx, struct store_submission *s, int64_t now, struct fct_error *err)
{
    if (set_all(tx, s, RECIPIENT_ON_THE_WAY, RECIPIENT_WAITING, NULL, err) < 0 ||
        (s->state == SUBMISSION_FAILED && set_all(tx, s, RECIPIENT_REFUSED, RECIPIENT_WAITING, NULL, err) < 0))
        return -1;
    clear_error(s);
    s->next_try_at = now;
    set_state(s, SUBMISSION_QUEUED, now);
    return leave_drafts(tx, s, err) < 0 ? -1 : submission_save(tx, s, err);
}

int store_submission_decide(struct store_tx *tx, int64_t id, int state, int64_t now, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    bool may_go_out = s.state == SUBMISSION_HELD || s.state == SUBMISSION_QUEUED || s.state == SUBMISSION_UNCERTAIN ||
                      s.state == SUBMISSION_FAILED;
    if (s.needs_confirmation)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "it waits for a confirmation");
    if (state == SUBMISSION_QUEUED && may_go_out)
        return send_again(tx, &s, now, err);
    bool is_verdict = state == SUBMISSION_SENT || state == SUBMISSION_FAILED;
    if (!is_verdict || s.state != SUBMISSION_UNCERTAIN)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "what is %s cannot become %s",
                        store_submission_state_name(s.state), store_submission_state_name(state));
    if (set_all(tx, &s, RECIPIENT_ON_THE_WAY, state == SUBMISSION_SENT ? RECIPIENT_ACCEPTED : RECIPIENT_REFUSED, NULL,
                err) < 0)
        return -1;
    set_state(&s, state, now);
    if ((state == SUBMISSION_FAILED && return_to_drafts(tx, &s, err) < 0) ||
        (state == SUBMISSION_SENT && !s.is_report &&
         store_mark_answered(tx, s.account_id, s.email_id, s.blob_id, err) < 0))
        return -1;
    return submission_save(tx, &s, err);
}

/* ---- what the outbox does ---- */

static int ids_in_state(struct store_tx *tx, int64_t account_id, int state, int64_t **out, size_t *out_n,
                        struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id FROM submission WHERE account_id = ?1 AND state = ?2 AND state IN (3, 4) ORDER BY id");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, state);
    while ((has_row = store_step(tx, q, err)) > 0) {
        ids = xreallocarray(ids, n + 1, sizeof(*ids));
        ids[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(ids);
    *out_n = n;
    return 0;
}

static int recover_one(struct store_tx *tx, int64_t id, struct store_recovery *r, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    uint32_t fate = s.reserved_by ? r->fate(r->ctx, s.reserved_by, id) : FCT_FATE_UNKNOWN;
    if (fate == FCT_FATE_NOT_SENT) {
        r->n_queued++;
        return store_submission_unreserve(tx, id, r->now, err);
    }
    if (fate == FCT_FATE_SENT) {
        int ignored;
        r->n_sent++;
        return store_submission_ended(tx,
                                      &(struct store_submission_end){.id = id,
                                                                     .now = r->now,
                                                                     .fate = FCT_FATE_SENT,
                                                                     .was_committed = true,
                                                                     .reply = "250 2.0.0 the server has taken it",
                                                                     .next_try_at = r->now,
                                                                     .server_files = r->server_files},
                                      &ignored, err);
    }
    r->n_uncertain++;
    set_state(&s, SUBMISSION_UNCERTAIN, 0);
    return submission_save(tx, &s, err);
}

int store_submissions_recover(struct store_tx *tx, struct store_recovery *r, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;

    if (ids_in_state(tx, r->account_id, SUBMISSION_SENDING, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (recover_one(tx, ids[i], r, err) < 0)
            return -1;
    return 0;
}

/* ---- many at a time ---- */

int store_submission_reserve(struct store_tx *tx, int64_t id, int64_t reserved_by, bool *out, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    struct fct_error why = {0};

    *out = false;
    if (store_submission_load(tx, id, &s, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    if (s.state != SUBMISSION_QUEUED && s.state != SUBMISSION_HELD)
        return 0;
    *out = true;
    s.reserved_by = reserved_by;
    set_state(&s, SUBMISSION_SENDING, 0);
    return set_all(tx, &s, RECIPIENT_WAITING, RECIPIENT_ON_THE_WAY, NULL, err) < 0 ? -1 : submission_save(tx, &s, err);
}

int store_submission_unreserve(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state != SUBMISSION_SENDING || !s.reserved_by)
        return 0;
    s.next_try_at = now;
    set_state(&s, SUBMISSION_QUEUED, 0);
    return set_all(tx, &s, RECIPIENT_ON_THE_WAY, RECIPIENT_WAITING, NULL, err) < 0 ? -1 : submission_save(tx, &s, err);
}

static int find_next_time(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT next_try_at FROM submission WHERE account_id = ?1 AND state <= 2 "
                                     "ORDER BY next_try_at LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row && sqlite3_column_int64(q, 0) < SUBMISSION_NO_TIME ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

int store_submission_release(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state != SUBMISSION_HELD)
        return 0;
    set_state(&s, SUBMISSION_QUEUED, 0);
    return submission_save(tx, &s, err);
}

int store_submissions_due(struct store_tx *tx, int64_t account_id, int64_t now, int64_t after, size_t max,
                          struct store_submission_due *out, size_t *out_n, int64_t *out_next, struct fct_error *err)
{
    /* +: by id. What is queued has no reason to wait longer than a pause: if it seems so, the clock was wrong when the
     * time was written down. */
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, state FROM submission WHERE account_id = ?1 AND state <= 2 AND "
                                     "(+next_try_at <= ?2 OR (state = 2 AND (tries = 0 OR +next_try_at > ?4))) AND "
                                     "id > ?3 ORDER BY id LIMIT ?5");
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, now);
    sqlite3_bind_int64(q, 3, after);
    sqlite3_bind_int64(q, 4, now + SUBMISSION_PAUSE_MAX_SECONDS);
    sqlite3_bind_int64(q, 5, (int64_t)max);
    *out_n = 0;
    *out_next = 0;
    while ((has_row = store_step(tx, q, err)) > 0 && *out_n < max)
        out[(*out_n)++] =
            (struct store_submission_due){sqlite3_column_int64(q, 0), sqlite3_column_int(q, 1) == SUBMISSION_HELD};
    store_reset(q);
    if (has_row < 0)
        return -1;
    return *out_n > 0 ? 0 : find_next_time(tx, account_id, out_next, err);
}

static int note_outcomes(struct store_tx *tx, struct store_submission *s, const struct store_recipient_outcome *o,
                         size_t n, bool is_on_the_way, struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        int before = o[i].index < s->n_recipients ? s->recipients[o[i].index].state : RECIPIENT_REFUSED;
        if (before != RECIPIENT_WAITING && before != RECIPIENT_ON_THE_WAY)
            continue;
        int state = o[i].outcome == FCT_OUTCOME_REFUSED                     ? RECIPIENT_REFUSED
                    : o[i].outcome == FCT_OUTCOME_ACCEPTED && is_on_the_way ? RECIPIENT_ON_THE_WAY
                                                                            : RECIPIENT_WAITING;
        if (set_recipient(tx, s, o[i].index, state, o[i].reply, err) < 0)
            return -1;
    }
    return 0;
}

int store_submission_commit(struct store_tx *tx, int64_t id, const struct store_recipient_outcome *o, size_t n,
                            struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    struct fct_error why = {0};

    if (store_submission_load(tx, id, &s, &why) < 0 ||
        (s.state != SUBMISSION_QUEUED && !(s.state == SUBMISSION_SENDING && s.reserved_by))) {
        if (s.id == 0 && why.code != FCT_E_NOT_FOUND) {
            if (err)
                *err = why;
            return -1;
        }
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the message was taken back");
    }
    s.reserved_by = 0;
    if (note_outcomes(tx, &s, o, n, true, err) < 0)
        return -1;
    set_state(&s, SUBMISSION_SENDING, 0);
    return submission_save(tx, &s, err);
}

/* ---- how a try ended ---- */

/* One who sent something should not have to look whether all of them got it. */
static int tell_refused(struct store_tx *tx, const struct store_submission *s, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *reply = NULL;
    size_t n = count(s, RECIPIENT_REFUSED);

    if (n == 0)
        return 0;
    buf_addf(&text, "%s was not sent to %zu of its %zu recipient%s: ",
             s->is_report ? "a receipt, or another automatic answer," : "a message", n, s->n_recipients,
             s->n_recipients == 1 ? "" : "s");
    for (size_t i = 0; i < s->n_recipients && text.n < 800; i++) {
        if (s->recipients[i].state != RECIPIENT_REFUSED)
            continue;
        buf_addf(&text, "%s%s", reply ? ", " : "", s->recipients[i].address);
        if (!reply)
            reply = s->recipients[i].reply ? s->recipients[i].reply : "";
    }
    return store_notice_add(tx, s->account_id, "notSent", 0, s->email_id, buf_str(&text), reply, err);
}

/* Nobody waits any more. */
static int settle(struct store_tx *tx, struct store_submission *s, int64_t now, bool server_files,
                  struct fct_error *err)
{
    bool is_sent = count(s, RECIPIENT_ACCEPTED) > 0;
    set_state(s, is_sent ? SUBMISSION_SENT : SUBMISSION_FAILED, now);
    if (tell_refused(tx, s, err) < 0)
        return -1;
    if (!is_sent)
        return return_to_drafts(tx, s, err);
    if (!s->is_report && store_mark_answered(tx, s->account_id, s->email_id, s->blob_id, err) < 0)
        return -1;
    return server_files ? drop_own_copy(tx, s, err) : 0;
}

static void note_error(struct store_submission *s, const struct store_submission_end *e)
{
    free(s->last_error);
    s->last_error = e->error ? xstrdup(e->error) : NULL;
    s->tries++;
    s->next_try_at = e->next_try_at;
}

static int end_sent(struct store_tx *tx, struct store_submission *s, const struct store_submission_end *e,
                    struct fct_error *err)
{
    if (set_all(tx, s, RECIPIENT_ON_THE_WAY, RECIPIENT_ACCEPTED, e->reply, err) < 0)
        return -1;
    clear_error(s);
    if (count(s, RECIPIENT_WAITING) == 0)
        return settle(tx, s, e->now, e->server_files, err);
    s->tries++;
    s->next_try_at = e->next_try_at;
    set_state(s, SUBMISSION_QUEUED, 0);
    return 0;
}

static int end_not_sent(struct store_tx *tx, struct store_submission *s, const struct store_submission_end *e,
                        struct fct_error *err)
{
    if (set_all(tx, s, RECIPIENT_ON_THE_WAY, RECIPIENT_WAITING, e->reply, err) < 0 ||
        (!e->was_committed && note_outcomes(tx, s, e->outcomes, e->n_outcomes, false, err) < 0) ||
        (e->is_final && set_all(tx, s, RECIPIENT_WAITING, RECIPIENT_REFUSED, e->reply, err) < 0))
        return -1;
    note_error(s, e);
    if (count(s, RECIPIENT_WAITING) == 0)
        return settle(tx, s, e->now, e->server_files, err);
    set_state(s, SUBMISSION_QUEUED, 0);
    return 0;
}

int store_submission_ended(struct store_tx *tx, const struct store_submission_end *e, int *out_state,
                           struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, e->id, &s, err) < 0)
        return -1;
    *out_state = s.state;
    if (s.state != SUBMISSION_SENDING && s.state != SUBMISSION_QUEUED)
        return 0; /* taken back before anything went out */
    if (e->fate == FCT_FATE_SENT) {
        if (end_sent(tx, &s, e, err) < 0)
            return -1;
    } else if (e->fate == FCT_FATE_UNKNOWN) {
        note_error(&s, e);
        set_state(&s, SUBMISSION_UNCERTAIN, 0);
    } else if (end_not_sent(tx, &s, e, err) < 0) {
        return -1;
    }
    *out_state = s.state;
    return submission_save(tx, &s, err);
}

int store_submission_put_off(struct store_tx *tx, int64_t id, const char *error, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0)
        return -1;
    if (s.state != SUBMISSION_QUEUED)
        return 0;
    note_error(&s, &(struct store_submission_end){.error = error, .next_try_at = s.next_try_at});
    s.tries--; /* it was not the message's */
    return submission_save(tx, &s, err);
}

/* ---- looking whether it has come ---- */

/* A draft that was uploaded has the same Message-ID, and proves nothing. */
static int find_copy(struct store_tx *tx, int64_t id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT 1 FROM submission s JOIN email e ON e.msgid_hash = s.msgid_hash AND e.account_id = s.account_id AND "
        "e.id <> s.email_id AND e.created_modseq > s.created_modseq AND e.blob_id <> s.blob_id "
        "JOIN placement p ON p.email_id = e.id AND p.uid IS NOT NULL "
        "JOIN mailbox m ON m.id = p.mailbox_id AND m.role NOT IN (3, 5) WHERE s.id = ?1 LIMIT 1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    *out = has_row > 0;
    return has_row < 0 ? -1 : 0;
}

static int settle_one(struct store_tx *tx, int64_t id, int64_t now, bool server_files, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};

    if (store_submission_load(tx, id, &s, err) < 0 ||
        set_all(tx, &s, RECIPIENT_ON_THE_WAY, RECIPIENT_ACCEPTED, "250 2.0.0 found among the mail of this account",
                err) < 0)
        return -1;
    clear_error(&s);
    if (count(&s, RECIPIENT_WAITING) > 0) {
        s.next_try_at = now;
        set_state(&s, SUBMISSION_QUEUED, 0);
    } else if (settle(tx, &s, now, server_files, err) < 0) {
        return -1;
    }
    return submission_save(tx, &s, err);
}

int store_submissions_settle(struct store_tx *tx, int64_t account_id, int64_t now, bool server_files, size_t *out_n,
                             size_t *out_left, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;

    *out_n = *out_left = 0;
    if (ids_in_state(tx, account_id, SUBMISSION_UNCERTAIN, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool is_there = false;
        if (find_copy(tx, ids[i], &is_there, err) < 0 ||
            (is_there && settle_one(tx, ids[i], now, server_files, err) < 0))
            return -1;
        *out_n += is_there;
        *out_left += !is_there;
    }
    return 0;
}
