/* A listing whose mailboxes were recognised and have their places, written down. */
#include "store/mailbox_listing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/mailbox_names.h"
#include "store/mailbox_rows.h"
#include "store/refusals.h"

#include <time.h>

#define N_ROLES 32
#define BY_MADE (SIZE_MAX - 1) /* a mailbox has the role that no node is */

/* ---- roles ---- */

/* Top level, or right below the inbox, where some servers put everything. */
static bool is_usual_place(const struct listing_job *j, const struct node *n)
{
    return n->parent == NONE || (j->nodes[n->parent].role == FCT_ROLE_INBOX && j->nodes[n->parent].parent == NONE);
}

static bool can_have_role(const struct listing_job *j, const struct node *n)
{
    return n->item != NONE && n->listed != NONE && !(j->list[n->listed].attrs & FCT_MB_NOSELECT);
}

static bool is_own(const struct listing_job *j, const struct node *n)
{
    return n->row != NONE && j->rows[n->row].own_role >= 0;
}

/* Those that users gave. */
static void take_own_roles(struct listing_job *j, size_t *taken)
{
    for (size_t i = 0; i < j->n_items; i++) {
        const struct item *it = &j->items[i];
        const struct row *r = it->row == NONE ? NULL : &j->rows[it->row];
        if (!r || it->merged_into != NONE || r->own_role <= FCT_ROLE_INBOX || r->own_role >= N_ROLES ||
            taken[r->own_role] != NONE)
            continue;
        if (it->kind == ITEM_MADE)
            taken[r->own_role] = BY_MADE;
        else if (it->node != NONE && can_have_role(j, &j->nodes[it->node]))
            taken[r->own_role] = it->node;
    }
}

static void take_server_roles(struct listing_job *j, size_t *taken)
{
    for (size_t i = 0; i < j->n_nodes; i++) {
        if (strcmp(j->nodes[i].path, "INBOX") == 0 && can_have_role(j, &j->nodes[i]))
            taken[FCT_ROLE_INBOX] = i;
    }
    for (size_t i = 0; i < j->n_list; i++) {
        const struct node *n = &j->nodes[j->alias[i]];
        int role = j->list[i].role;
        if (role > FCT_ROLE_INBOX && role_name(role) && taken[role] == NONE && can_have_role(j, n) && !is_own(j, n))
            taken[role] = j->alias[i];
    }
}

/* The names that people use, where only one has it. */
static void guess_roles(struct listing_job *j, const size_t *taken)
{
    size_t guesses[N_ROLES] = {0};

    for (int pass = 0; pass < 2; pass++) { /* count, then give */
        for (size_t i = 0; i < j->n_nodes; i++) {
            struct node *n = &j->nodes[i];
            if (n->role != FCT_ROLE_NONE || !can_have_role(j, n) || is_own(j, n) || !is_usual_place(j, n))
                continue;
            int role = mailbox_name_role(listing_last_level(n->path));
            if (role == FCT_ROLE_NONE || taken[role] != NONE)
                continue;
            if (pass == 0)
                guesses[role]++;
            else if (guesses[role] == 1)
                n->role = role;
        }
    }
}

/* What users said, then what the server says (the first of each role in its own order), then what names suggest. */
static void roles_assign(struct listing_job *j)
{
    size_t taken[N_ROLES];

    for (size_t i = 0; i < N_ROLES; i++)
        taken[i] = NONE;
    take_own_roles(j, taken);
    take_server_roles(j, taken);
    for (int role = 0; role < N_ROLES; role++) {
        if (taken[role] < BY_MADE && j->nodes[taken[role]].role == FCT_ROLE_NONE)
            j->nodes[taken[role]].role = role;
    }
    guess_roles(j, taken);
}

static bool is_role_of_node(const struct listing_job *j, int role)
{
    for (size_t i = 0; role != FCT_ROLE_NONE && i < j->n_nodes; i++) {
        if (j->nodes[i].role == role)
            return true;
    }
    return false;
}

/* A server always has an inbox (RFC 9051 section 5.1): a listing without one is at fault, and takes no mail away. */
static bool is_lost_inbox(const struct listing_job *j, const struct item *it)
{
    return it->row != NONE && j->rows[it->row].role == FCT_ROLE_INBOX && j->rows[it->row].wire_name.n > 0 &&
           (it->node == NONE || j->nodes[it->node].listed == NONE) && !is_role_of_node(j, FCT_ROLE_INBOX);
}

static int role_of(const struct listing_job *j, const struct item *it)
{
    if (it->node != NONE)
        return is_lost_inbox(j, it) ? FCT_ROLE_INBOX : j->nodes[it->node].role;
    const struct row *r = &j->rows[it->row];
    return it->kind == ITEM_GONE && is_role_of_node(j, r->role) ? FCT_ROLE_NONE : r->role;
}

/* ---- what a row shall be ---- */

const char *listing_node_name(const struct listing_job *j, const struct node *n, struct buf *b)
{
    const char *inbox = n->parent == NONE && n->listed != NONE && strcmp(n->path, "INBOX") == 0
                            ? strcasestr(j->list[n->listed].name, "inbox")
                            : NULL;

    if (!inbox)
        return listing_last_level(n->path);
    buf_add(b, inbox, strlen("inbox"));
    return buf_str(b);
}

static uint32_t attrs_of(const struct listing_job *j, const struct node *n)
{
    uint32_t kept = n->row == NONE ? 0 : j->rows[n->row].attrs & ~(uint32_t)LISTED_ATTRS;

    return kept | (n->listed == NONE ? FCT_MB_NOSELECT | FCT_MB_HAS_CHILDREN : j->list[n->listed].attrs & LISTED_ATTRS);
}

/* Somebody gave it another name there while it waits for one of ours: it is to have ours, and to be what it was. */
static bool is_renamed_on_both_sides(const struct row *r, const struct store_remote_mailbox *m)
{
    return r->wish.what & STORE_WISH_RENAME && !bytes_equal(buf_bytes(&r->wire_name), m->wire_name);
}

/* Subscriptions are to names, and do not follow a rename of ours (as store_mailbox_renamed has it). */
static bool is_to_be_subscribed(const struct listing_job *j, const struct node *n)
{
    const struct row *r = n->row == NONE ? NULL : &j->rows[n->row];
    const struct store_remote_mailbox *m = listing_entry(j, n);

    return r && m && (n->is_renamed || is_renamed_on_both_sides(r, m)) && r->is_subscribed && !r->is_hidden &&
           !(m->attrs & FCT_MB_SUBSCRIBED);
}

static void find_renamed(struct listing_job *j)
{
    for (size_t i = 0; i < j->n_nodes; i++) { /* parents first */
        struct node *n = &j->nodes[i];
        struct row *r = n->row == NONE ? NULL : &j->rows[n->row];
        const struct store_remote_mailbox *m = listing_entry(j, n);
        n->is_renamed = (n->parent != NONE && j->nodes[n->parent].is_renamed) ||
                        (r && m && r->wish.sent & STORE_WISH_RENAME && r->wish.sent_full_name &&
                         strcmp(r->wish.sent_full_name, m->name) == 0);
        if (is_to_be_subscribed(j, n))
            r->wish.what |= STORE_WISH_SUBSCRIBE;
    }
}

static int64_t id_of(const struct listing_job *j, const struct item *it)
{
    return it->row != NONE ? j->rows[it->row].id : j->nodes[it->node].id;
}

static int64_t parent_of(const struct listing_job *j, const struct item *it)
{
    return it->parent == NONE ? 0 : id_of(j, &j->items[it->parent]);
}

/* ---- rows ---- */

static int insert_item(struct listing_job *j, struct item *it, struct fct_error *err)
{
    struct node *n = &j->nodes[it->node];
    const struct store_remote_mailbox *m = listing_entry(j, n);
    struct mailbox_row row = {
        .parent_id = parent_of(j, it), .name = it->name, .role = n->role, .attrs = attrs_of(j, n)};

    row.is_subscribed = row.attrs & FCT_MB_SUBSCRIBED;
    if (m) {
        row.wire_name = m->wire_name;
        row.remote_mailbox_id = m->mailbox_id;
        row.full_name = m->name;
        row.delimiter = m->delimiter;
    }
    return mailbox_row_insert(j->tx, j->account_id, &row, &n->id, err);
}

/* What is written of a row. */
struct fate {
    int64_t parent_id;
    const char *name, *remote_id, *full_name;
    struct fct_bytes wire_name;
    uint32_t attrs, delimiter;
    int role;
    bool is_subscribed, is_gone;
};

/* A mailbox that is not listed keeps all that is known of it: it may be found again. */
static void stay(const struct row *r, struct fate *f)
{
    f->attrs = r->attrs;
    f->remote_id = r->remote_id;
    f->full_name = r->full_name;
    f->delimiter = r->delimiter;
    f->wire_name = buf_bytes(&r->wire_name);
}

static struct fate fate_of(const struct listing_job *j, const struct item *it)
{
    const struct row *r = &j->rows[it->row];
    const struct node *n = it->node == NONE ? NULL : &j->nodes[it->node];
    const struct store_remote_mailbox *m = n ? listing_entry(j, n) : NULL;
    struct fate f = {.parent_id = parent_of(j, it), .name = it->name, .role = role_of(j, it)};

    stay(r, &f);
    f.is_subscribed = r->is_subscribed;
    f.is_gone = it->kind == ITEM_GONE || (n && !m && r->wire_name.n > 0);
    if (f.is_gone && is_lost_inbox(j, it))
        f.is_gone = false;
    else if (n && !f.is_gone && (m || !(r->wish.what & STORE_WISH_MAKE)))
        f.attrs = attrs_of(j, n);
    if (m && !(r->wish.what & STORE_WISH_SUBSCRIBE))
        f.is_subscribed = f.attrs & FCT_MB_SUBSCRIBED;
    if (m) {
        f.remote_id = m->mailbox_id ? m->mailbox_id : r->remote_id;
        f.wire_name = m->wire_name;
        f.full_name = m->name;
        f.delimiter = m->delimiter;
    }
    return f;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Since when it is not listed (mailbox.is_gone); 0: it is. A time to come is none: the clock was set back. */
static int64_t gone_at(const struct row *r, const struct fate *f, int64_t now)
{
    if (!f->is_gone)
        return 0;
    return r->is_gone && r->gone_at <= now ? r->gone_at : now;
}

static bool is_shown_as(const struct row *r, const struct fate *f)
{
    return f->parent_id == r->parent_id && strcmp(f->name, r->name) == 0 && f->role == r->role &&
           f->attrs == r->attrs && f->is_subscribed == r->is_subscribed;
}

static bool is_as(const struct row *r, const struct fate *f, int64_t now)
{
    return is_shown_as(r, f) && gone_at(r, f, now) == r->gone_at && f->delimiter == r->delimiter &&
           same_text(f->full_name, r->full_name) &&
           listing_compare_names(f->wire_name, buf_bytes(&r->wire_name)) == 0 && same_text(f->remote_id, r->remote_id);
}

static int update_item(struct listing_job *j, const struct item *it, struct fct_error *err)
{
    const struct row *r = &j->rows[it->row];
    int64_t now = (int64_t)time(NULL);
    const struct fate f = fate_of(j, it);
    bool is_shown_same = is_shown_as(r, &f);

    if (is_as(r, &f, now))
        return 0;
    sqlite3_stmt *q =
        store_stmt(j->tx, "UPDATE mailbox SET parent_id = ?2, name = ?3, role = ?4, attrs = ?5, is_subscribed = ?6, "
                          "wire_name = ?7, remote_mailbox_id = ?8, updated_modseq = ifnull(?9, updated_modseq), "
                          "props_modseq = ifnull(?9, props_modseq), full_name = ?10, delimiter = ?11, is_gone = ?12 "
                          "WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    if (f.parent_id != 0)
        sqlite3_bind_int64(q, 2, f.parent_id);
    bind_text(q, 3, f.name);
    sqlite3_bind_int(q, 4, f.role);
    sqlite3_bind_int64(q, 5, f.attrs);
    sqlite3_bind_int(q, 6, f.is_subscribed);
    if (f.wire_name.n > 0)
        sqlite3_bind_blob64(q, 7, f.wire_name.p, f.wire_name.n, SQLITE_STATIC);
    bind_text(q, 8, f.remote_id);
    if (!is_shown_same)
        sqlite3_bind_int64(q, 9, store_tx_bump(j->tx, j->account_id, STORE_MAILBOX));
    bind_text(q, 10, f.full_name);
    sqlite3_bind_int64(q, 11, f.delimiter);
    sqlite3_bind_int64(q, 12, gone_at(r, &f, now));
    return store_run_one(j->tx, q, err);
}

/* Names and roles that change are taken away first: two mailboxes may have swapped theirs. */
static int step_aside(struct listing_job *j, const struct item *it, struct fct_error *err)
{
    const struct row *r = &j->rows[it->row];
    bool is_new_parent = it->parent != NONE && j->items[it->parent].row == NONE;

    if (!is_new_parent && parent_of(j, it) == r->parent_id && role_of(j, it) == r->role &&
        strcmp(it->name, r->name) == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(j->tx, "UPDATE mailbox SET name = char(1) || id, role = 0 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    return store_run_one(j->tx, q, err);
}

static int write_items(struct listing_job *j, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_items; i++) {
        const struct item *it = &j->items[i];
        if (it->merged_into == NONE && it->row != NONE && step_aside(j, it, err) < 0)
            return -1;
    }
    /* New ones are at the server's place, in whose order parents come first. */
    for (size_t i = 0; i < j->n_items; i++) {
        struct item *it = &j->items[i];
        if (it->merged_into == NONE && it->row == NONE && insert_item(j, it, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < j->n_items; i++) {
        const struct item *it = &j->items[i];
        if (it->merged_into == NONE && it->row != NONE && update_item(j, it, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- wishes ---- */

/* Of a mailbox that the server has: what it has not yet heard. */
static void settle_wish(const struct listing_job *j, const struct item *it, struct wish_row *w)
{
    const struct node *n = &j->nodes[it->node];
    const struct store_remote_mailbox *m = listing_entry(j, n);
    CLEANUP(buf_done) struct buf b = {0};
    const char *name = listing_node_name(j, n, &b);
    size_t parent = n->parent == NONE ? NONE : listing_item(j, j->nodes[n->parent].item);
    bool is_in_place = it->kind != ITEM_WISHED || (it->parent == parent && strcmp(it->name, name) == 0);

    w->what &= m ? ~(STORE_WISH_MAKE | STORE_WISH_RENAME) : ~STORE_WISH_RENAME; /* a level is still to be made */
    if (!is_in_place) {
        w->what |= STORE_WISH_RENAME;
        free(w->server_name);
        w->server_name = xstrdup(name);
        w->server_parent = parent == NONE ? 0 : id_of(j, &j->items[parent]);
    }
    if (m && w->what & STORE_WISH_SUBSCRIBE && ((m->attrs & FCT_MB_SUBSCRIBED) != 0) == j->rows[it->row].is_subscribed)
        w->what &= ~STORE_WISH_SUBSCRIBE;
}

/* The listing is the answer to whatever was on its way. */
static int write_wishes(struct listing_job *j, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_rows; i++) {
        struct row *r = &j->rows[i];
        if (r->wish.what == 0 || (r->is_hidden && (r->node == NONE || r->comes_back != NONE)))
            continue;
        const struct item *it = r->item == NONE ? NULL : &j->items[listing_item(j, r->item)];
        if (it && it->node != NONE)
            settle_wish(j, it, &r->wish);
        r->wish.sent = 0;
        if (wish_row_write(j->tx, j->account_id, r->id, &r->wish, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- deleted here ---- */

static int tell_comes_back(struct listing_job *j, const struct row *r, const struct node *n, struct fct_error *err)
{
    CLEANUP(freep) char *text = NULL;

    if (!(r->wish.what & STORE_WISH_DELETE))
        return 0; /* it was told when it was refused */
    text =
        xasprintf("the mailbox \"%.200s\" stays: there are others below it on the server", listing_last_level(n->path));
    return store_notice_add(j->tx, j->account_id, NOTICE_MAILBOX_DESTROY, n->id, 0, text, NULL, err);
}

/* It is there still, maybe under another name. */
static int keep_hidden(struct listing_job *j, struct row *r, struct fct_error *err)
{
    const struct store_remote_mailbox *m = listing_entry(j, &j->nodes[r->node]);

    if (!m)
        return 0;
    sqlite3_stmt *q = store_stmt(j->tx, "UPDATE mailbox SET wire_name = ?2, full_name = ?3, delimiter = ?4, "
                                        "remote_mailbox_id = ifnull(?5, remote_mailbox_id) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    sqlite3_bind_blob64(q, 2, m->wire_name.p, m->wire_name.n, SQLITE_STATIC);
    bind_text(q, 3, m->name);
    sqlite3_bind_int64(q, 4, m->delimiter);
    bind_text(q, 5, m->mailbox_id);
    return store_run_one(j->tx, q, err);
}

static int write_hidden(struct listing_job *j, struct counters *c, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_rows; i++) {
        struct row *r = &j->rows[i];
        int rc = 0;
        if (!r->is_hidden)
            continue;
        if (r->comes_back != NONE) {
            const struct node *n = &j->nodes[r->comes_back];
            rc = tell_comes_back(j, r, n, err) < 0 ? -1 : mailbox_take_over(c, r->id, n->id, err);
        } else if (r->node != NONE && j->nodes[r->node].listed != NONE) {
            rc = keep_hidden(j, r, err);
        } else {
            rc = mailbox_drop_hidden(c, r->id, err); /* the server has it no more */
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void decide(struct listing_job *j)
{
    roles_assign(j);
    find_renamed(j);
    for (size_t i = 0; i < j->n_nodes; i++) {
        if (j->nodes[i].row != NONE)
            j->nodes[i].id = j->rows[j->nodes[i].row].id;
    }
}

bool listing_is_written(struct listing_job *j)
{
    int64_t now = (int64_t)time(NULL);

    decide(j);
    for (size_t i = 0; i < j->n_nodes; i++) {
        if (j->nodes[i].row == NONE)
            return false;
    }
    for (size_t i = 0; i < j->n_items; i++) {
        const struct item *it = &j->items[i];
        if (it->merged_into != NONE)
            continue;
        if (it->row == NONE)
            return false;
        const struct fate f = fate_of(j, it);
        if (!is_as(&j->rows[it->row], &f, now))
            return false;
    }
    return true;
}

int listing_write(struct listing_job *j, struct counters *c, struct fct_error *err)
{
    decide(j);
    return write_items(j, err) < 0 || write_wishes(j, err) < 0 || write_hidden(j, c, err) < 0 ? -1 : 0;
}
