/* Mailboxes that the server does not list any more are taken away, when everything else was looked at; and what is
 * noted of the others when they were. */
#include "store/mailbox_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/email_state.h"
#include "store/emails.h"
#include "store/mailbox_journal.h"
#include "store/refusals.h"

#include <stdio.h>

#define ROWS_AT_ONCE 1000

struct gone {
    int64_t id, parent_id;
    int depth; /* below the first that is not gone */
};

struct gone_list {
    struct gone *p;
    size_t n, cap;
};

static void gone_list_done(struct gone_list *l)
{
    free(l->p);
}

static int compare_ids(const void *a, const void *b)
{
    const struct gone *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static int deepest_first(const void *a, const void *b)
{
    const struct gone *x = a, *y = b;

    return x->depth != y->depth ? y->depth - x->depth : compare_ids(a, b);
}

static int gone_load(struct store_tx *tx, int64_t account_id, struct gone_list *l, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, parent_id FROM mailbox WHERE account_id = ?1 AND is_gone <> 0");
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l->n == l->cap) {
            l->cap = l->cap ? 2 * l->cap : 16;
            l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
        }
        l->p[l->n++] = (struct gone){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), 0};
    }
    if (has_row < 0 || l->n == 0)
        return has_row;
    qsort(l->p, l->n, sizeof(*l->p), compare_ids);
    for (size_t i = 0; i < l->n; i++) {
        const struct gone *up = &l->p[i];
        while (up && l->p[i].depth < 2 * MAILBOX_DEPTH_MAX) {
            const struct gone key = {.id = up->parent_id};
            up = bsearch(&key, l->p, l->n, sizeof(key), compare_ids);
            l->p[i].depth++;
        }
    }
    qsort(l->p, l->n, sizeof(*l->p), deepest_first);
    return 0;
}

static int ask(struct store_tx *tx, sqlite3_stmt *q, int64_t id, bool *out, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 && sqlite3_column_int(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int run_about(struct store_tx *tx, sqlite3_stmt *q, int64_t id, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

/* An Email of the mailbox that the server had there; 0: none. */
static int next_lost(struct store_tx *tx, int64_t mailbox_id, int64_t after, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT email_id FROM placement pl WHERE mailbox_id = ?1 AND email_id > ?2 AND NOT EXISTS (SELECT 1 FROM "
            "pending p WHERE p.email_id = pl.email_id AND p.mailbox_id = ?1 AND p.kind = 2) ORDER BY email_id LIMIT 1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, after);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* Takes out what the server had; what was put into it here and waits stays. Returns 1 when *io_left did not suffice. */
static int take_out(struct counters *c, int64_t mailbox_id, size_t *io_left, struct fct_error *err)
{
    int64_t id = 0;

    for (;;) {
        CLEANUP(email_state_done) struct email_state before = {0};
        if (next_lost(c->tx, mailbox_id, id, &id, err) < 0)
            return -1;
        if (id == 0)
            return 0;
        if (*io_left == 0) /* it may be listed again before the rest has gone: then everything is compared */
            return store_mailbox_incomplete(c->tx, mailbox_id, err) < 0 ? -1 : 1;
        --*io_left;
        if (email_state_load(c->tx, id, &before, err) < 0)
            return -1;
        int stays = placement_want_again(c, mailbox_id, &before, err);
        if (stays < 0 ||
            (stays == 0 && (email_place_delete(c->tx, mailbox_id, id, err) < 0 || email_placed(c, &before, err) < 0)))
            return -1;
    }
}

/* What else is noted of its messages: hidden ones, those that were to leave it. */
static int forget_rest(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    const struct fct_uid_range all = {0, INT64_MAX};

    return store_placements_vanished(tx, mailbox_id, &all, 1, NULL, err);
}

/* Others are below it on the server (not only here, where they were moved), so that its name is there. */
static int become_level(struct counters *c, int64_t id, struct fct_error *err)
{
    if (mailbox_empty(c, id, err) < 0 || store_mailbox_forget_uids(c->tx, id, err) < 0)
        return -1;
    sqlite3_stmt *q =
        store_stmt(c->tx, "UPDATE mailbox SET wire_name = NULL, full_name = NULL, remote_mailbox_id = NULL, "
                          "remote_messages = -1, is_gone = 0, attrs = ?2, updated_modseq = ?3, "
                          "props_modseq = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 2, FCT_MB_NOSELECT | FCT_MB_HAS_CHILDREN);
    sqlite3_bind_int64(q, 3, store_tx_bump(c->tx, c->account_id, STORE_MAILBOX));
    if (run_about(c->tx, q, id, err) < 0)
        return -1;
    return run_about(c->tx, store_stmt(c->tx, "DELETE FROM mailbox_wish WHERE mailbox_id = ?1"), id, err);
}

static int retire_one(struct counters *c, int64_t id, size_t *io_left, size_t *io_made, struct fct_error *err)
{
    bool holds, has_child, has_child_there;

    int more = take_out(c, id, io_left, err);
    if (more != 0)
        return more;
    more = departures_forget_some(c->tx, id, io_left, err);
    if (more != 0) /* as in take_out */
        return more < 0 || store_mailbox_incomplete(c->tx, id, err) < 0 ? -1 : 1;
    if (counters_flush(c, err) < 0 ||
        ask(c->tx, store_stmt(c->tx, "SELECT EXISTS (SELECT 1 FROM placement WHERE mailbox_id = ?1)"), id, &holds,
            err) < 0 ||
        ask(c->tx, store_stmt(c->tx, "SELECT EXISTS (SELECT 1 FROM mailbox WHERE parent_id = ?1)"), id, &has_child,
            err) < 0 ||
        ask(c->tx,
            store_stmt(c->tx,
                       "SELECT EXISTS (SELECT 1 FROM mailbox m WHERE m.parent_id = ?1 AND (m.wire_name IS NOT NULL OR "
                       "m.attrs & 1) AND NOT EXISTS (SELECT 1 FROM mailbox_wish w WHERE w.mailbox_id = m.id AND "
                       "w.what & 2))"),
            id, &has_child_there, err) < 0)
        return -1;
    if (!holds && !has_child)
        return mailbox_row_remove(c, id, err);
    if (!holds && has_child_there)
        return become_level(c, id, err);
    ++*io_made;
    return forget_rest(c->tx, id, err) < 0 ? -1 : mailbox_make_again(c->tx, c->account_id, id, err);
}

int store_mailboxes_missing(struct store_tx *tx, int64_t account_id, struct store_missing *out, struct fct_error *err)
{
    struct store_missing m = {0};
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT is_gone, total_emails FROM mailbox WHERE account_id = ?1 AND is_gone <> 0 AND is_hidden = 0");

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        int64_t since = sqlite3_column_int64(q, 0);
        m.gone++;
        m.gone_with_mail += sqlite3_column_int64(q, 1) > 0;
        m.newest = since > m.newest ? since : m.newest;
    }
    if (has_row < 0)
        return -1;
    if (m.gone_with_mail > 0) { /* mostly there are none, and nobody has to look at 50,000 mailboxes */
        q = store_stmt(tx, "SELECT count(*) FROM mailbox WHERE account_id = ?1 AND is_hidden = 0 AND total_emails > 0 "
                           "AND wire_name IS NOT NULL");
        sqlite3_bind_int64(q, 1, account_id);
        if (store_step(tx, q, err) < 0)
            return -1;
        m.with_mail = (size_t)sqlite3_column_int64(q, 0);
        store_reset(q);
    }
    *out = m;
    return 0;
}

int store_mailboxes_missing_tell(struct store_tx *tx, int64_t account_id, const struct store_missing *m, int64_t wait_s,
                                 struct fct_error *err)
{
    char text[NOTICE_TEXT_MAX];
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM notice WHERE account_id = ?1 AND type = ?2 AND at >= ?3");

    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, NOTICE_MAILBOXES_MISSING);
    sqlite3_bind_int64(q, 3, m->newest);
    int is_told = store_step(tx, q, err);
    store_reset(q);
    if (is_told != 0)
        return is_told < 0 ? -1 : 0;
    snprintf(
        text, sizeof(text),
        "The server does not list %zu of the %zu mailboxes with mail any more. They stay as they are here; if they "
        "are still missing in %lld minutes, they go here, too.",
        m->gone_with_mail, m->with_mail, (long long)((wait_s + 59) / 60));
    return store_notice_add(tx, account_id, NOTICE_MAILBOXES_MISSING, 0, 0, text, NULL, err);
}

int store_mailboxes_retire(struct store_tx *tx, int64_t account_id, size_t max, size_t *out_n_made,
                           struct fct_error *err)
{
    CLEANUP(gone_list_done) struct gone_list l = {0};
    CLEANUP(counters_done) struct counters c = {0};
    struct correspondents_roles before;
    int64_t trash;
    int more = 0;

    if (gone_load(tx, account_id, &l, err) < 0)
        return -1;
    if (l.n == 0)
        return 0;
    if (counters_init(&c, tx, account_id, err) < 0 || correspondents_roles_load(tx, account_id, &before, err) < 0)
        return -1;
    int64_t old_trash = c.trash;
    for (size_t i = 0; more == 0 && i < l.n; i++)
        more = i == ROWS_AT_ONCE ? 1 : retire_one(&c, l.p[i].id, &max, out_n_made, err);
    if (more < 0 || counters_flush(&c, err) < 0 ||
        store_mailbox_by_role(tx, account_id, FCT_ROLE_TRASH, &trash, err) < 0)
        return -1;
    if (correspondents_roles_check(tx, account_id, &before, err) < 0 ||
        (trash != old_trash && store_counters_rebuild(tx, account_id, err) < 0))
        return -1;
    return more;
}

/* ---- after a mailbox was visited
 * ---------------------------------------------------------------------------------------- */

/* A quiet visit writes nothing, so that the disk sleeps on. */
static bool says_nothing_new(const struct store_mailbox *m, const struct fct_mailbox_status *s, bool complete)
{
    return complete && m->is_complete && s->uidvalidity == m->uidvalidity && s->uidnext == m->uidnext &&
           s->modseq == m->highest_modseq && s->messages == m->remote_messages;
}

int store_mailbox_synced(struct store_tx *tx, int64_t id, const struct fct_mailbox_status *status, bool complete,
                         struct fct_error *err)
{
    const uint32_t selected = FCT_MB_READ_ONLY | FCT_MB_NO_KEYWORDS;
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    CLEANUP(freep)
    char *remote_id = status->mailbox_id.n > 0 ? xstrndup(status->mailbox_id.p, status->mailbox_id.n) : NULL;

    if (store_mailbox_load(tx, id, &m, err) < 0)
        return -1;
    uint32_t attrs = (m.attrs & ~selected) | (status->attrs & selected);
    if (attrs == m.attrs && says_nothing_new(&m, status, complete) && !remote_id)
        return 0;
    /* Of a visit that was cut short only the UIDVALIDITY is kept: what changed since the last complete one is asked for
     * again. */
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE mailbox SET uidvalidity = CASE WHEN ?2 THEN ?2 ELSE uidvalidity END, is_complete = ?3, "
            "uidnext = CASE WHEN ?3 THEN ?4 ELSE uidnext END, "
            "highest_modseq = CASE WHEN ?3 THEN ?5 ELSE highest_modseq END, "
            "remote_messages = CASE WHEN ?3 THEN ?6 ELSE remote_messages END, attrs = ?7, "
            "remote_mailbox_id = ifnull(?8, remote_mailbox_id), updated_modseq = ifnull(?9, updated_modseq), "
            "props_modseq = ifnull(?9, props_modseq) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, status->uidvalidity);
    sqlite3_bind_int(q, 3, complete);
    sqlite3_bind_int64(q, 4, (int64_t)status->uidnext);
    sqlite3_bind_int64(q, 5, (int64_t)status->modseq);
    sqlite3_bind_int64(q, 6, status->messages);
    sqlite3_bind_int64(q, 7, attrs);
    bind_text(q, 8, remote_id);
    if (attrs != m.attrs) /* they decide on myRights */
        sqlite3_bind_int64(q, 9, store_tx_bump(tx, m.account_id, STORE_MAILBOX));
    return store_run_one(tx, q, err);
}

int store_mailbox_incomplete(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET is_complete = 0 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run_one(tx, q, err);
}
