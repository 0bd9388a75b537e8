#include "store/snoozes.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/emails.h"
#include "store/mailboxes.h"

#include <stdlib.h>
#include <string.h>

#define MAILBOX_NAME "Snoozed"

/* ---- rows ---- */

struct snooze {
    int64_t email_id, account_id, mailbox_id, until, to_mailbox_id;
    int64_t *from;
    size_t n_from;
};

static void snooze_done(struct snooze *s)
{
    free(s->from);
}

static void parse_ids(const char *text, struct snooze *out)
{
    for (const char *p = text; *p;) {
        char *end;
        int64_t id = strtoll(p, &end, 10);
        if (end == p)
            return;
        out->from = xreallocarray(out->from, out->n_from + 1, sizeof(*out->from));
        out->from[out->n_from++] = id;
        p = end + strspn(end, " ");
    }
}

/* 1, 0: it is not snoozed, -1. */
static int snooze_load(struct store_tx *tx, int64_t email_id, struct snooze *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, mailbox_id, until, to_mailbox_id, from_mailbox_ids FROM "
                                     "snooze WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct snooze){.email_id = email_id,
                           .account_id = sqlite3_column_int64(q, 0),
                           .mailbox_id = sqlite3_column_int64(q, 1),
                           .until = sqlite3_column_int64(q, 2),
                           .to_mailbox_id = sqlite3_column_int64(q, 3)};
    parse_ids(store_text(q, 4), out);
    store_reset(q);
    return 1;
}

static int snooze_insert(struct store_tx *tx, const struct snooze *s, int64_t now, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf from = {0};
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT OR REPLACE INTO snooze (email_id, account_id, mailbox_id, until, "
                       "to_mailbox_id, from_mailbox_ids, snoozed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    for (size_t i = 0; i < s->n_from; i++)
        buf_addf(&from, "%s%lld", i > 0 ? " " : "", (long long)s->from[i]);
    sqlite3_bind_int64(q, 1, s->email_id);
    sqlite3_bind_int64(q, 2, s->account_id);
    sqlite3_bind_int64(q, 3, s->mailbox_id);
    sqlite3_bind_int64(q, 4, s->until);
    sqlite3_bind_int64(q, 5, s->to_mailbox_id);
    bind_text(q, 6, buf_str(&from));
    sqlite3_bind_int64(q, 7, now);
    return store_run(tx, q, err);
}

static int snooze_delete(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM snooze WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    return store_run(tx, q, err);
}

int snooze_placed(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM snooze WHERE email_id = ?1 AND mailbox_id NOT IN (SELECT mailbox_id "
                                     "FROM placement WHERE email_id = ?1)");

    sqlite3_bind_int64(q, 1, email_id);
    return store_run(tx, q, err);
}

/* Nothing but the time is another: that is a change of the Email, too. */
static int note_change(struct store_tx *tx, int64_t email_id, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE email SET updated_modseq = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, store_tx_bump(tx, account_id, STORE_EMAIL));
    return store_run_one(tx, q, err);
}

int snooze_moment_load(struct store_tx *tx, int64_t email_id, struct snooze_moment *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT until, to_mailbox_id FROM snooze WHERE email_id = ?1");

    *out = (struct snooze_moment){0};
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = (struct snooze_moment){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int snooze_moment_set(struct store_tx *tx, int64_t email_id, int64_t account_id, const struct snooze_moment *m,
                      struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE snooze SET until = ?2, to_mailbox_id = ?3 WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, m->until);
    sqlite3_bind_int64(q, 3, m->to_mailbox_id);
    return store_run_one(tx, q, err) < 0 ? -1 : note_change(tx, email_id, account_id, err);
}

/* ---- the mailbox where they wait ---- */

/* One at the top that is called so: 0, there is none. Where the server keeps all mailboxes below the inbox, that is the
 * top. */
static int find_by_name(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    struct store_mailbox *list;
    size_t n;
    int64_t inbox;

    *out = 0;
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_INBOX, &inbox, err) < 0 ||
        store_mailboxes_load(tx, account_id, &list, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool is_at_top = list[i].parent_id == 0 || list[i].parent_id == inbox;
        if (is_at_top && strcmp(list[i].name, MAILBOX_NAME) == 0 && list[i].role == FCT_ROLE_NONE &&
            !(list[i].attrs & FCT_MB_NOSELECT) && (*out == 0 || list[i].parent_id == 0))
            *out = list[i].id;
    }
    store_mailboxes_free(list, n);
    return 0;
}

int store_snooze_mailbox(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_SNOOZED, out, err) < 0)
        return -1;
    return *out != 0 ? 0 : find_by_name(tx, account_id, out, err);
}

static int find_mailbox(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    const int role = FCT_ROLE_SNOOZED;
    int64_t with_role;

    if (store_mailbox_by_role(tx, account_id, role, &with_role, err) < 0 ||
        store_snooze_mailbox(tx, account_id, out, err) < 0)
        return -1;
    if (*out == 0)
        return store_mailbox_create(tx, account_id, 0, MAILBOX_NAME, role, 0, true, out, err);
    return with_role ? 0 : store_mailbox_update(tx, *out, &(struct store_mailbox_patch){.role = &role}, err);
}

/* Whether there is such a mailbox in the account, and messages can be there. */
static int can_hold(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, bool *out, struct fct_error *err)
{
    struct store_mailbox m = {0};
    struct fct_error why = {0};

    *out = false;
    if (mailbox_id == 0)
        return 0;
    if (store_mailbox_load(tx, mailbox_id, &m, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        *err = why;
        return -1;
    }
    *out = m.account_id == account_id && !(m.attrs & FCT_MB_NOSELECT);
    store_mailbox_done(&m);
    return 0;
}

/* ---- where an Email is ---- */

struct id_list {
    int64_t *v;
    size_t n;
};

static void id_list_done(struct id_list *l)
{
    free(l->v);
}

static void id_list_add(struct id_list *l, int64_t id)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i] == id)
            return;
    }
    l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
    l->v[l->n++] = id;
}

/* All mailboxes of `e` but this one. */
static void all_but(const struct email_state *e, int64_t mailbox_id, struct id_list *out)
{
    for (size_t i = 0; i < e->n_places; i++) {
        if (e->mailbox_ids[i] != mailbox_id)
            id_list_add(out, e->mailbox_ids[i]);
    }
}

/* ---- to sleep ---- */

static int check_time(int64_t until, int64_t now, struct fct_error *err)
{
    if (until <= now)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "until: that is over");
    if (until - now > SNOOZE_MAX_SECONDS)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "until: that is more than 100 years away");
    return 0;
}

/* It leaves the inbox, and stays in what else it is in; one that is not in the inbox leaves all. */
static int leave(struct store_tx *tx, const struct email_state *e, struct snooze *s, struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list now = {0};
    int64_t inbox;

    if (store_mailbox_by_role(tx, e->account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    bool is_in_inbox = false;
    for (size_t i = 0; i < e->n_places; i++)
        is_in_inbox |= e->mailbox_ids[i] == inbox;
    for (size_t i = 0; i < e->n_places; i++) {
        if (is_in_inbox && e->mailbox_ids[i] != inbox) {
            id_list_add(&now, e->mailbox_ids[i]);
        } else {
            s->from = xreallocarray(s->from, s->n_from + 1, sizeof(*s->from));
            s->from[s->n_from++] = e->mailbox_ids[i];
        }
    }
    id_list_add(&now, s->mailbox_id);
    return store_email_set_mailboxes(tx, e->id, now.v, now.n, err);
}

int store_email_snooze(struct store_tx *tx, int64_t email_id, int64_t until, int64_t to_mailbox_id, int64_t now,
                       struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(snooze_done) struct snooze s = {0};
    bool can = true;

    if (check_time(until, now, err) < 0 || email_state_load(tx, email_id, &e, err) < 0 ||
        (to_mailbox_id && can_hold(tx, e.account_id, to_mailbox_id, &can, err) < 0))
        return -1;
    if (!can)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "moveToMailboxId: the account has no such mailbox");
    int is_snoozed = snooze_load(tx, email_id, &s, err);
    if (is_snoozed < 0)
        return -1;
    s.until = until;
    s.to_mailbox_id = to_mailbox_id;
    if (is_snoozed)
        return snooze_insert(tx, &s, now, err) < 0 ? -1 : note_change(tx, email_id, e.account_id, err);
    s.email_id = email_id;
    s.account_id = e.account_id;
    if (find_mailbox(tx, e.account_id, &s.mailbox_id, err) < 0 || leave(tx, &e, &s, err) < 0)
        return -1;
    if (snooze_insert(tx, &s, now, err) < 0)
        return -1;
    return note_change(tx, email_id, e.account_id, err); /* it may have been in that mailbox already */
}

/* ---- and back ---- */

/* To those of `to` that there are, or else to the inbox. */
static int come_back(struct store_tx *tx, const struct snooze *s, const int64_t *to, size_t n, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(id_list_done) struct id_list now = {0};
    bool can = false, has_come = false;
    int64_t inbox;

    if (email_state_load(tx, s->email_id, &e, err) < 0)
        return -1;
    all_but(&e, s->mailbox_id, &now);
    for (size_t i = 0; i < n; i++) {
        if (can_hold(tx, s->account_id, to[i], &can, err) < 0)
            return -1;
        if (can && to[i] != s->mailbox_id) {
            id_list_add(&now, to[i]);
            has_come = true;
        }
    }
    if (!has_come) {
        if (store_mailbox_by_role(tx, s->account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
            return -1;
        if (inbox == 0)
            return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_LATER, "the account has no inbox");
        id_list_add(&now, inbox);
    }
    /* The row goes with the mailbox, unless the Email was put there without being moved. */
    return store_email_set_mailboxes(tx, s->email_id, now.v, now.n, err) < 0 ? -1 : snooze_delete(tx, s->email_id, err);
}

int store_email_unsnooze(struct store_tx *tx, int64_t email_id, bool *out_was, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(snooze_done) struct snooze s = {0};

    if (email_state_load(tx, email_id, &e, err) < 0)
        return -1;
    int is_snoozed = snooze_load(tx, email_id, &s, err);
    *out_was = is_snoozed > 0;
    return is_snoozed > 0 ? come_back(tx, &s, s.from, s.n_from, err) : is_snoozed;
}

int store_snoozes_next(struct store_tx *tx, int64_t *out_until, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT until FROM snooze ORDER BY until LIMIT 1");
    int has_row = store_step(tx, q, err);

    *out_until = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int mark_new(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct snooze *s = arg;
    const struct fct_flags add = {0, bytes_str(KEYWORD_NEW)}, remove = {FCT_FLAG_SEEN, {0}};

    return store_email_set_flags(tx, s->email_id, &add, &remove, err);
}

/* It has as many keywords as it may have, or is where there are none: it has to do without $new, and wakes. */
static int mark_unread(struct store_tx *tx, struct snooze *s, struct fct_error *err)
{
    const struct fct_flags none = {0}, remove = {FCT_FLAG_SEEN, {0}};
    struct fct_error why = {0};

    if (store_nested(tx, mark_new, s, &why) == 0)
        return 0;
    if (why.code == FCT_E_LIMIT || why.code == FCT_E_FORBIDDEN)
        return store_email_set_flags(tx, s->email_id, &none, &remove, err);
    *err = why;
    return -1;
}

static int wake(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct snooze *s = arg;

    return mark_unread(tx, s, err) < 0 ? -1 : come_back(tx, s, &s->to_mailbox_id, 1, err);
}

static int put_off(struct store_tx *tx, const struct snooze *s, int64_t until, struct fct_error *err)
{
    const struct snooze_moment later = {until, s->to_mailbox_id};

    return snooze_moment_set(tx, s->email_id, s->account_id, &later, err);
}

static int due(struct store_tx *tx, int64_t now, size_t max, struct id_list *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM snooze WHERE until <= ?1 ORDER BY until LIMIT ?2");
    int has_row;

    sqlite3_bind_int64(q, 1, now);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        id_list_add(out, sqlite3_column_int64(q, 0));
    return has_row;
}

int store_snoozes_wake(struct store_tx *tx, int64_t now, size_t max, size_t *out_n, struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list ids = {0};

    *out_n = 0;
    if (due(tx, now, max, &ids, err) < 0)
        return -1;
    for (size_t i = 0; i < ids.n; i++) {
        CLEANUP(snooze_done) struct snooze s = {0};
        struct fct_error why = {0};
        int is_snoozed = snooze_load(tx, ids.v[i], &s, err);
        if (is_snoozed < 0)
            return -1;
        if (is_snoozed == 0)
            continue;
        if (store_nested(tx, wake, &s, &why) == 0) {
            ++*out_n;
        } else if (why.code == FCT_E_IO || why.code == FCT_E_DISK_FULL || why.code == FCT_E_CORRUPT) {
            *err = why;
            return -1;
        } else if (put_off(tx, &s, now + SNOOZE_AGAIN_SECONDS, err) < 0) {
            return -1;
        }
    }
    return 0;
}
