#include "store/vacations.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600
#define DAY 86400
#define SKEW 60            /* a server's clock may be behind ours by so much */
#define LATE_MAX (7 * DAY) /* who wrote longer ago than that knows by now */

void store_vacation_done(struct store_vacation *v)
{
    free(v->subject);
    free(v->text);
    free(v->html);
    *v = (struct store_vacation){0};
}

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

int store_vacation_load(struct store_tx *tx, int64_t account_id, struct store_vacation *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT is_enabled, from_date, to_date, subject, text_body, html_body, days, "
                                     "enabled_at FROM vacation WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = (struct store_vacation){.account_id = account_id, .days = VACATION_DAYS};
    if (has_row == 0)
        return 0;
    out->is_enabled = sqlite3_column_int(q, 0) != 0;
    out->from = sqlite3_column_int64(q, 1);
    out->to = sqlite3_column_int64(q, 2);
    out->subject = dup_or_null(store_text_or_null(q, 3));
    out->text = dup_or_null(store_text_or_null(q, 4));
    out->html = dup_or_null(store_text_or_null(q, 5));
    out->days = sqlite3_column_int(q, 6);
    out->enabled_at = sqlite3_column_int64(q, 7);
    store_reset(q);
    return 0;
}

static int check(const struct store_vacation *v, struct fct_error *err)
{
    if (v->subject && strlen(v->subject) > VACATION_SUBJECT_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "subject: longer than %d bytes", VACATION_SUBJECT_MAX);
    if (v->text && strlen(v->text) > VACATION_BODY_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "textBody: longer than %d bytes", VACATION_BODY_MAX);
    if (v->html && strlen(v->html) > VACATION_BODY_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "htmlBody: longer than %d bytes", VACATION_BODY_MAX);
    if (v->days < 1 || v->days > VACATION_DAYS_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "days: 1 to %d", VACATION_DAYS_MAX);
    return 0;
}

static void bind_time(sqlite3_stmt *q, int at, int64_t seconds)
{
    if (seconds)
        sqlite3_bind_int64(q, at, seconds);
    else
        sqlite3_bind_null(q, at);
}

/* It is not on any more: what came has nobody to look at it. */
static int forget_arrivals(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM vacation_arrival WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    return store_run(tx, q, err);
}

int store_vacation_save(struct store_tx *tx, const struct store_vacation *v, int64_t now, struct fct_error *err)
{
    CLEANUP(store_vacation_done) struct store_vacation before = {0};

    if (check(v, err) < 0 || store_vacation_load(tx, v->account_id, &before, err) < 0)
        return -1;
    int64_t enabled_at = before.is_enabled ? before.enabled_at : now;
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO vacation (account_id, is_enabled, from_date, to_date, subject, text_body, html_body, days, "
            "enabled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (account_id) DO UPDATE SET "
            "is_enabled = ?2, from_date = ?3, to_date = ?4, subject = ?5, text_body = ?6, html_body = ?7, days = ?8, "
            "enabled_at = ?9");
    sqlite3_bind_int64(q, 1, v->account_id);
    sqlite3_bind_int(q, 2, v->is_enabled);
    bind_time(q, 3, v->from);
    bind_time(q, 4, v->to);
    bind_text(q, 5, v->subject);
    bind_text(q, 6, v->text);
    bind_text(q, 7, v->html);
    sqlite3_bind_int(q, 8, v->days);
    bind_time(q, 9, v->is_enabled ? enabled_at : 0);
    if (store_run(tx, q, err) < 0 || (!v->is_enabled && forget_arrivals(tx, v->account_id, err) < 0))
        return -1;
    store_tx_bump(tx, v->account_id, STORE_VACATION);
    return 0;
}

bool store_vacation_covers(const struct store_vacation *v, int64_t received_at, int64_t now)
{
    return v->is_enabled && received_at >= v->enabled_at - SKEW && now - received_at <= LATE_MAX &&
           (v->from == 0 || received_at >= v->from) && (v->to == 0 || received_at < v->to);
}

/* ---- what has come ---- */

int store_vacation_arrived(struct store_tx *tx, int64_t account_id, const int64_t *email_ids, size_t n,
                           struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM vacation WHERE account_id = ?1 AND is_enabled");

    sqlite3_bind_int64(q, 1, account_id);
    int is_on = store_step(tx, q, err);
    store_reset(q);
    if (is_on <= 0)
        return is_on;
    for (size_t i = 0; i < n; i++) {
        q = store_stmt(tx, "INSERT OR IGNORE INTO vacation_arrival (email_id, account_id) VALUES (?1, ?2)");
        sqlite3_bind_int64(q, 1, email_ids[i]);
        sqlite3_bind_int64(q, 2, account_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int store_vacation_arrivals(struct store_tx *tx, struct store_vacation_arrival *out, size_t max, size_t *out_n,
                            struct fct_error *err)
{
    /* What rules have not been asked about waits: they may put it away. */
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id, account_id FROM vacation_arrival v WHERE NOT EXISTS (SELECT 1 FROM "
                                     "rule_arrival r WHERE r.email_id = v.email_id) ORDER BY email_id LIMIT ?1");
    int has_row;
    size_t n = 0;

    sqlite3_bind_int64(q, 1, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[n++] = (struct store_vacation_arrival){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    *out_n = n;
    return has_row;
}

int store_vacation_seen(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM vacation_arrival WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    return store_run(tx, q, err);
}

/* ---- who was answered ---- */

static char *lower_case(const char *address)
{
    char *out = xstrdup(address);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

static int count_answered(struct store_tx *tx, int64_t account_id, int64_t since, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT count(*) FROM vacation_answered WHERE answered_at > ?1 AND +account_id = ?2");

    sqlite3_bind_int64(q, 1, since);
    sqlite3_bind_int64(q, 2, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

int store_vacation_may_answer(struct store_tx *tx, int64_t account_id, const char *address, int days, int64_t now,
                              bool *out, struct fct_error *err)
{
    CLEANUP(freep) char *key = lower_case(address);
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT answered_at FROM vacation_answered WHERE account_id = ?1 AND address = ?2");

    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, key);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    int64_t last = has_row ? sqlite3_column_int64(q, 0) : 0, in_an_hour;
    store_reset(q);
    if (count_answered(tx, account_id, now - HOUR, &in_an_hour, err) < 0)
        return -1;
    *out = !has_row || last > now || now - last >= (int64_t)days * DAY; /* later than now: the clock was wrong */
    *out = *out && in_an_hour < VACATION_ANSWERS_MAX;
    if (!*out)
        return 0;
    q = store_stmt(tx, "INSERT INTO vacation_answered (account_id, address, answered_at) VALUES (?1, ?2, ?3) "
                       "ON CONFLICT (account_id, address) DO UPDATE SET answered_at = ?3");
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, key);
    sqlite3_bind_int64(q, 3, now);
    return store_run(tx, q, err);
}

int store_vacation_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM vacation_answered WHERE id IN (SELECT id FROM vacation_answered "
                                     "WHERE answered_at < ?1 ORDER BY answered_at LIMIT ?2)");

    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = (size_t)sqlite3_changes(store_db(tx));
    return 0;
}
