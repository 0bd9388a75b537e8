#include "store/rule_actions.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/emails.h"
#include "store/mailboxes.h"

#include <stdlib.h>
#include <string.h>

struct id_list {
    int64_t *v;
    size_t n;
};

static void id_list_done(struct id_list *l)
{
    free(l->v);
}

static bool id_list_has(const struct id_list *l, int64_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i] == id)
            return true;
    return false;
}

static void id_list_add(struct id_list *l, int64_t id)
{
    if (id_list_has(l, id))
        return;
    l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
    l->v[l->n++] = id;
}

static bool are_the_places(const struct id_list *l, const struct email_state *e)
{
    for (size_t i = 0; i < e->n_places; i++)
        if (!id_list_has(l, e->mailbox_ids[i]))
            return false;
    return l->n == e->n_places;
}

static int leave_inbox(struct store_tx *tx, const struct email_state *e, int64_t to, const int64_t *also, size_t n_also,
                       bool *out_changed, struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list now = {0};
    bool is_in_inbox = false;
    int64_t inbox;

    if (store_mailbox_by_role(tx, e->account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    for (size_t i = 0; i < e->n_places; i++)
        is_in_inbox |= e->mailbox_ids[i] == inbox;
    for (size_t i = 0; i < e->n_places; i++)
        if (to == 0 || (is_in_inbox && e->mailbox_ids[i] != inbox))
            id_list_add(&now, e->mailbox_ids[i]);
    if (to)
        id_list_add(&now, to);
    for (size_t i = 0; i < n_also; i++)
        id_list_add(&now, also[i]);
    *out_changed = !are_the_places(&now, e);
    return *out_changed ? store_email_set_mailboxes(tx, e->id, now.v, now.n, err) : 0;
}

int store_email_leave_inbox(struct store_tx *tx, int64_t email_id, int64_t to, const int64_t *also, size_t n_also,
                            struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    bool changed;

    return email_state_load(tx, email_id, &e, err) < 0 ? -1 : leave_inbox(tx, &e, to, also, n_also, &changed, err);
}

static int set_keywords(struct store_tx *tx, const struct store_rule *r, const struct email_state *before,
                        bool *out_changed, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state now = {0};
    const struct fct_flags add = {0, bytes_str(r->add)}, remove = {0, bytes_str(r->remove)};

    *out_changed = false;
    if (!r->add[0] && !r->remove[0])
        return 0;
    if (store_email_set_flags(tx, before->id, &add, &remove, err) < 0 || email_state_load(tx, before->id, &now, err) < 0)
        return -1;
    *out_changed = now.keywords.bits != before->keywords.bits || !words_equal(now.keywords.words, before->keywords.words);
    return 0;
}

int store_rule_act(struct store_tx *tx, const struct store_rule *r, int64_t email_id, const struct rule_abilities *can,
                   bool may_move, bool *out_moved, bool *out_changed, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    bool has_flagged = false, has_gone = false;
    bool moves = r->move_to && may_move && can->moves;

    if (email_state_load(tx, email_id, &e, err) < 0 || (can->flags && set_keywords(tx, r, &e, &has_flagged, err) < 0))
        return -1;
    if ((moves || (r->n_copy_to > 0 && can->moves)) &&
        leave_inbox(tx, &e, moves ? r->move_to : 0, r->copy_to, r->n_copy_to, &has_gone, err) < 0)
        return -1;
    *out_moved = moves;
    *out_changed = has_flagged || has_gone;
    return 0;
}

int store_email_is_in_inbox(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM placement p JOIN mailbox m ON m.id = p.mailbox_id "
                                     "WHERE p.email_id = ?1 AND m.role = ?2)");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int(q, 2, FCT_ROLE_INBOX);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

void store_tell_delivery(struct store_tx *tx, int64_t account_id)
{
    store_tx_bump(tx, account_id, STORE_EMAIL_DELIVERY);
}
