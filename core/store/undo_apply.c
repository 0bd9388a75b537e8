/* Taking back: the opposite of what was written down, applied to what is there now. */
#include "store/undo_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/change.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/restore.h"
#include "store/snoozes.h"

/* One item on its way back. What is found out in the savepoint is told after it. */
struct step {
    struct store_undo_record *r;
    struct undo_item *i;
    struct store_undo_outcome *o;
    struct store_undo_before *before; /* NULL: there was none, or nothing was changed */
    struct undo_item back;            /* what a restored Email is written down as */
};

static void step_done(struct step *s)
{
    store_undo_before_free(s->before);
    undo_item_done(&s->back);
}

static void outcome_done(struct store_undo_outcome *o)
{
    free(o->keywords);
    free(o->text);
}

void store_undo_applied_done(struct store_undo_applied *a)
{
    for (size_t i = 0; i < a->n; i++)
        outcome_done(&a->list[i]);
    free(a->list);
    *a = (struct store_undo_applied){0};
}

/* ---- the mailboxes that are still there ---- */

static int mailbox_exists(struct store_tx *tx, int64_t account_id, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM mailbox WHERE id = ?1 AND account_id = ?2 AND is_hidden = 0");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, account_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

/* Takes out of the list what is gone. */
static int keep_existing(struct store_tx *tx, int64_t account_id, struct id_list *l, struct fct_error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        int exists = mailbox_exists(tx, account_id, l->p[i], err);
        if (exists < 0)
            return -1;
        if (exists)
            l->p[kept++] = l->p[i];
    }
    l->n = kept;
    return 0;
}

/* ---- one that was changed ---- */

static bool contains_all(const struct email_state *e, const struct id_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (!mailbox_is_among(l->p[i], e->mailbox_ids, e->n_places))
            return false;
    }
    return true;
}

static bool contains_any(const struct email_state *e, const struct id_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (mailbox_is_among(l->p[i], e->mailbox_ids, e->n_places))
            return true;
    }
    return false;
}

/* What waited for a moment goes to the inbox instead: the moment is over, or nobody knows it any more, and in that mailbox
 * it would be out of sight for good. */
static int keep_awake(struct store_tx *tx, int64_t account_id, struct id_list *gone, struct fct_error *err)
{
    int64_t snoozed, inbox;
    size_t n = 0;
    bool was_snoozed = false, is_in_inbox = false;

    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_SNOOZED, &snoozed, err) < 0 ||
        store_mailbox_by_role(tx, account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    if (!snoozed || !inbox)
        return 0;
    for (size_t i = 0; i < gone->n; i++) {
        was_snoozed |= gone->p[i] == snoozed;
        is_in_inbox |= gone->p[i] == inbox;
        if (gone->p[i] != snoozed)
            gone->p[n++] = gone->p[i];
    }
    gone->n = n;
    if (!was_snoozed || is_in_inbox)
        return 0;
    for (; n > 0 && gone->p[n - 1] > inbox; n--) /* there is room: one has just left */
        gone->p[n] = gone->p[n - 1];
    gone->p[n] = inbox;
    gone->n++;
    return 0;
}

static int move_back(struct store_tx *tx, struct step *s, const struct email_state *e, struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list wanted = {0};

    if (s->i->came.n == 0 && s->i->gone.n == 0)
        return 0;
    if (!contains_all(e, &s->i->came) || contains_any(e, &s->i->gone)) {
        s->o->problem = STORE_UNDO_CHANGED_SINCE;
        s->o->with_mailboxes = true;
        return 0;
    }
    size_t n_gone = s->i->gone.n;
    if (keep_existing(tx, e->account_id, &s->i->gone, err) < 0 ||
        keep_awake(tx, e->account_id, &s->i->gone, err) < 0)
        return -1;
    if (s->i->gone.n < n_gone)
        s->o->problem = STORE_UNDO_MAILBOX_GONE;
    id_list_minus(&wanted, e->mailbox_ids, e->n_places, s->i->came.p, s->i->came.n);
    wanted.p = xreallocarray(wanted.p, wanted.n + s->i->gone.n + 1, sizeof(*wanted.p));
    for (size_t i = 0; i < s->i->gone.n; i++)
        wanted.p[wanted.n++] = s->i->gone.p[i];
    if (wanted.n == 0) /* it stays where it is */
        return 0;
    s->o->is_undone = true;
    return store_email_set_mailboxes(tx, e->id, wanted.p, wanted.n, err);
}

static void note_left_alone(struct store_undo_outcome *o, const struct keyword_set *keywords)
{
    if (!keywords->bits && !keywords->words)
        return;
    char *words = words_union(o->keywords, keywords->words);
    free(o->keywords);
    o->keywords = words;
    o->flags |= keywords->bits;
    if (o->problem == STORE_UNDO_FINE)
        o->problem = STORE_UNDO_CHANGED_SINCE;
}

/* Of the keywords that came those that are still there go, and so on; what is already as it was, somebody changed. */
static int flag_back(struct store_tx *tx, struct step *s, const struct email_state *e, struct fct_error *err)
{
    const struct keyword_set *now = &e->keywords, *added = &s->i->added, *removed = &s->i->removed;
    CLEANUP(keyword_set_done)
    struct keyword_set off = {added->bits & now->bits, words_both(added->words, now->words)};
    CLEANUP(keyword_set_done)
    struct keyword_set on = {removed->bits & ~now->bits, words_minus(removed->words, now->words)};
    CLEANUP(keyword_set_done)
    struct keyword_set lost = {added->bits & ~now->bits, words_minus(added->words, now->words)};
    CLEANUP(keyword_set_done)
    struct keyword_set back = {removed->bits & now->bits, words_both(removed->words, now->words)};

    note_left_alone(s->o, &lost);
    note_left_alone(s->o, &back);
    if (!off.bits && !off.words && !on.bits && !on.words)
        return 0;
    const struct fct_flags add = {on.bits, bytes_str(on.words)}, remove = {off.bits, bytes_str(off.words)};
    s->o->is_undone = true;
    return store_email_set_flags(tx, e->id, &add, &remove, err);
}

static int change_back(struct store_tx *tx, struct step *s, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(email_state_done) struct email_state moved = {0};

    if (email_state_load(tx, s->i->email_id, &e, err) < 0 || store_undo_look(tx, s->i->email_id, &s->before, err) < 0 ||
        move_back(tx, s, &e, err) < 0 || email_state_load(tx, s->i->email_id, &moved, err) < 0)
        return -1;
    return flag_back(tx, s, &moved, err);
}

/* ---- one that was destroyed, and one that was restored ---- */

static int email_exists(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

/* Where it is, that is somebody's doing. */
static int leave_alone(struct step *s)
{
    s->o->problem = STORE_UNDO_CHANGED_SINCE;
    s->o->with_mailboxes = true;
    return 0;
}

/* The same message, come in since by another way: another program had moved it. Others with the same bytes were there
 * before, or were restored, and are others. Returns 1 or 0. */
static int find_returned(struct store_tx *tx, const struct undo_item *i, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT e.id FROM email e WHERE e.blob_id = ?1 AND +e.account_id = ?2 AND +e.created_modseq > (SELECT "
            "created_modseq FROM undo_account WHERE account_id = ?2 AND id = ?3) AND e.size = "
            "CASE WHEN ?5 > 0 THEN ?5 ELSE (SELECT size FROM blob WHERE id = ?1) END AND NOT EXISTS (SELECT 1 FROM "
            "undo_item u WHERE u.email_id = e.id AND u.kind = ?4) ORDER BY e.id LIMIT 1");

    sqlite3_bind_int64(q, 1, i->blob_id);
    sqlite3_bind_int64(q, 2, i->account_id);
    sqlite3_bind_int64(q, 3, i->undo_id);
    sqlite3_bind_int(q, 4, UNDO_RESTORED);
    sqlite3_bind_int64(q, 5, (int64_t)i->partial_size);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

/* It is both where it was and where it came to. */
static int add_to_returned(struct store_tx *tx, struct step *s, int64_t id, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(id_list_done) struct id_list wanted = {0};
    const struct undo_item *i = s->i;
    const struct fct_flags add = {i->removed.bits, bytes_str(i->removed.words)}, none = {0};

    if (email_state_load(tx, id, &e, err) < 0)
        return -1;
    if (contains_all(&e, &i->gone))
        return leave_alone(s);
    id_list_minus(&wanted, e.mailbox_ids, e.n_places, i->gone.p, i->gone.n);
    wanted.p = xreallocarray(wanted.p, wanted.n + i->gone.n, sizeof(*wanted.p));
    for (size_t k = 0; k < i->gone.n; k++)
        wanted.p[wanted.n++] = i->gone.p[k];
    s->o->is_undone = true;
    s->o->restored_as = id;
    if (store_undo_look(tx, id, &s->before, err) < 0 || departures_become(tx, i->email_id, id, err) < 0 ||
        store_email_set_mailboxes(tx, id, wanted.p, wanted.n, err) < 0 ||
        store_email_set_flags(tx, id, &add, &none, err) < 0)
        return -1;
    return undo_email_renamed(tx, i->email_id, id, err);
}

static int restore(struct store_tx *tx, struct step *s, struct fct_error *err)
{
    const struct undo_item *i = s->i;
    bool ignored;
    int64_t returned;
    int is_here = email_exists(tx, i->email_id, err);

    if (is_here != 0) /* the server would not let it go */
        return is_here < 0 ? -1 : leave_alone(s);
    if (account_is_local(tx, i->account_id, &ignored, err) < 0 ||
        keep_existing(tx, i->account_id, &s->i->gone, err) < 0 ||
        keep_awake(tx, i->account_id, &s->i->gone, err) < 0)
        return -1;
    if (i->gone.n == 0) {
        s->o->problem = STORE_UNDO_MAILBOX_GONE;
        return 0;
    }
    int has_returned = find_returned(tx, i, &returned, err);
    if (has_returned != 0)
        return has_returned < 0 ? -1 : add_to_returned(tx, s, returned, err);
    const struct lost_email l = {.account_id = i->account_id,
                                 .email_id = i->email_id,
                                 .blob_id = i->blob_id,
                                 .received_at = i->received_at,
                                 .partial_size = i->partial_size,
                                 .mailbox_ids = i->gone.p,
                                 .n = i->gone.n,
                                 .flags = i->removed};
    s->back = (struct undo_item){.kind = UNDO_RESTORED, .account_id = i->account_id};
    if (email_restore(tx, &l, &s->back.email_id, err) < 0)
        return -1;
    id_list_minus(&s->back.came, i->gone.p, i->gone.n, NULL, 0);
    s->o->is_undone = true;
    s->o->restored_as = s->back.email_id;
    return undo_email_renamed(tx, i->email_id, s->back.email_id, err);
}

static int destroy_again(struct store_tx *tx, struct step *s, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};

    if (email_state_load(tx, s->i->email_id, &e, err) < 0)
        return -1;
    if (e.n_places != s->i->came.n || !contains_all(&e, &s->i->came))
        return leave_alone(s);
    s->o->is_undone = true;
    return store_undo_look(tx, e.id, &s->before, err) < 0 ? -1 : store_email_destroy(tx, e.id, err);
}

/* ---- one that waits for another moment ---- */

static int wait_as_before(struct store_tx *tx, struct step *s, struct fct_error *err)
{
    const struct undo_item *i = s->i;
    struct snooze_moment now;

    if (i->came.n != 2 || i->gone.n != 2)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "an action has a change that says nothing");
    if (store_undo_look(tx, i->email_id, &s->before, err) < 0 || snooze_moment_load(tx, i->email_id, &now, err) < 0)
        return -1;
    if (now.until != i->came.p[0] || now.to_mailbox_id != i->came.p[1])
        return leave_alone(s);
    s->o->is_undone = true;
    return snooze_moment_set(tx, i->email_id, i->account_id, &(struct snooze_moment){i->gone.p[0], i->gone.p[1]}, err);
}

/* ---- one item ---- */

static int take_back(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct step *s = arg;

    switch (s->i->kind) {
    case UNDO_CHANGED:
        return change_back(tx, s, err);
    case UNDO_DESTROYED:
        return restore(tx, s, err);
    case UNDO_RESTORED:
        return destroy_again(tx, s, err);
    case UNDO_SNOOZED:
        return wait_as_before(tx, s, err);
    }
    return 0;
}

/* Whether an error is about this Email; one of the disk ends the job. */
static bool is_of_email(const struct fct_error *err)
{
    return err->code != FCT_E_INTERNAL && err->code != FCT_E_DISK_FULL && err->code != FCT_E_IO &&
           err->code != FCT_E_BUSY && err->code != FCT_E_TIMEOUT && err->code != FCT_E_CANCELLED;
}

static void tell_failure(struct step *s, const struct fct_error *why)
{
    outcome_done(s->o);
    *s->o = (struct store_undo_outcome){.email_id = s->i->email_id,
                                        .problem = why->code == FCT_E_NOT_FOUND           ? STORE_UNDO_GONE
                                                   : why->code == FCT_E_NOT_FOUND_ACCOUNT ? STORE_UNDO_ACCOUNT_GONE
                                                                                          : STORE_UNDO_REFUSED,
                                        .code = why->code,
                                        .text = xstrdup(why->message)};
}

/* What was done is written down in its turn. */
static int write_down(struct store_tx *tx, struct step *s, struct fct_error *err)
{
    if (!s->o->is_undone)
        return 0;
    switch (s->i->kind) {
    case UNDO_CHANGED:
    case UNDO_SNOOZED:
        return store_undo_changed(tx, s->r, s->before, err);
    case UNDO_DESTROYED:
        return s->before ? store_undo_changed(tx, s->r, s->before, err) : undo_note(tx, s->r, &s->back, err);
    case UNDO_RESTORED:
        return store_undo_destroyed(tx, s->r, s->before, err);
    }
    return 0;
}

static int apply_item(struct store_tx *tx, struct store_undo_record *r, struct undo_item *i,
                      struct store_undo_outcome *o, struct fct_error *err)
{
    CLEANUP(step_done) struct step s = {.r = r, .i = i, .o = o};
    struct fct_error why = {0};

    o->email_id = i->email_id;
    if (store_nested(tx, take_back, &s, &why) < 0) {
        if (!is_of_email(&why)) {
            *err = why;
            return -1;
        }
        tell_failure(&s, &why);
    }
    if (write_down(tx, &s, err) < 0)
        return -1;
    return undo_item_delete(tx, i->undo_id, i->seq, i->blob_id, err);
}

/* ---- some of an action ---- */

static int save(struct store_tx *tx, int64_t id, int64_t undone_by, size_t n_done, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE undo SET undone_by = ?2, n_items = n_items - ?3 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    if (undone_by)
        sqlite3_bind_int64(q, 2, undone_by);
    sqlite3_bind_int64(q, 3, (int64_t)n_done);
    return store_run_one(tx, q, err) < 0 ? -1 : undo_bump(tx, id, err);
}

static int apply_some(struct store_tx *tx, const struct store_undo *u, struct store_undo_record *r, size_t max,
                      struct store_undo_applied *out, struct fct_error *err)
{
    size_t cap = (size_t)u->n_items < max ? (size_t)u->n_items : max;

    out->list = xcalloc(cap + 1, sizeof(*out->list));
    while (out->n < cap) {
        CLEANUP(undo_item_done) struct undo_item i = {0};
        int found = undo_item_last(tx, u->id, &i, err);
        if (found < 0)
            return -1;
        if (found == 0)
            return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "an action has fewer changes than it says");
        if (apply_item(tx, r, &i, &out->list[out->n], err) < 0)
            return -1;
        out->n++;
    }
    if (store_undo_end(tx, r, err) < 0)
        return -1;
    out->has_more = (size_t)u->n_items > cap;
    return 0;
}

int store_undo_apply_some(struct store_tx *tx, int64_t id, const char *client, size_t max,
                          struct store_undo_applied *out, struct fct_error *err)
{
    CLEANUP(store_undo_done) struct store_undo u = {0};
    CLEANUP(store_undo_record_done) struct store_undo_record r = {.client = client};
    CLEANUP(store_undo_applied_done) struct store_undo_applied a = {0};

    if (store_undo_load(tx, id, &u, err) < 0)
        return -1;
    a.was_undone = u.n_items == 0;
    r.join = u.undone_by;
    if (!a.was_undone) {
        if (store_undo_begin(tx, &r, err) < 0)
            return -1;
        r.reverts = id;
        r.is_undo = !u.is_undo;
        if (!r.text)
            r.text = store_undo_reverse_text(&u);
        if (apply_some(tx, &u, &r, max, &a, err) < 0 || save(tx, id, r.id ? r.id : u.undone_by, a.n, err) < 0)
            return -1;
    }
    a.undo_id = r.id ? r.id : u.undone_by;
    *out = a;
    a = (struct store_undo_applied){0};
    return 0;
}
