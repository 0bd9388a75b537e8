/* What users do to mailboxes: RFC 8621 section 2.5. */
#include "store/mailbox_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/mailbox_journal.h"
#include "store/mailbox_names.h"
#include "store/refusals.h"

/* ---- checks ---- */

static int is_local_account(struct store_tx *tx, int64_t account_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT source_url = 'local:' OR is_maildrop FROM account WHERE id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 && sqlite3_column_int(q, 0);
    store_reset(q);
    if (has_row < 0)
        return -1;
    return has_row ? 0 : fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "no such account");
}

/* Some servers keep every mailbox below the inbox (the personal namespace is "INBOX."): there is no top for another
 * one. *io_parent 0 becomes the inbox then. */
static int find_top(struct store_tx *tx, int64_t account_id, int64_t *io_parent, struct fct_error *err)
{
    int64_t inbox;

    if (*io_parent != 0)
        return 0;
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_INBOX, &inbox, err) < 0)
        return -1;
    if (inbox == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT EXISTS (SELECT 1 FROM mailbox WHERE account_id = ?1 AND ifnull(parent_id, 0) = ?2) AND NOT EXISTS "
        "(SELECT 1 FROM mailbox WHERE account_id = ?1 AND ifnull(parent_id, 0) = 0 AND id <> ?2 AND is_hidden = 0)");
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, inbox);
    if (store_step(tx, q, err) < 0)
        return -1;
    if (sqlite3_column_int(q, 0))
        *io_parent = inbox;
    store_reset(q);
    return 0;
}

/* Of an account whose mailboxes were not listed yet it is not known: then it is believed. */
static int check_has_levels(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM mailbox WHERE account_id = ?1 AND wire_name IS NOT NULL)");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    bool was_listed = sqlite3_column_int(q, 0);
    store_reset(q);
    return was_listed
               ? fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "parentId: the server has no mailboxes below others")
               : 0;
}

/* What a server could not tell apart from other names. */
static int check_server_name(struct store_tx *tx, int64_t account_id, int64_t parent_id, const char *name,
                             struct fct_error *err)
{
    CLEANUP(buf_done) struct buf separator = {0};
    uint32_t delimiter;

    if (parent_id == 0 && bytes_equal_nocase(bytes_str(name), bytes_str("INBOX")))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "name: the inbox has that name");
    if (mailbox_delimiter(tx, account_id, parent_id, &delimiter, err) < 0)
        return -1;
    if (delimiter == 0)
        return parent_id == 0 ? 0 : check_has_levels(tx, account_id, err);
    buf_add_utf8(&separator, delimiter);
    return strstr(name, buf_str(&separator))
               ? fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                          "name: must not contain \"%s\", by which the server separates levels", buf_str(&separator))
               : 0;
}

static int check_sort_order(int sort_order, struct fct_error *err)
{
    return sort_order >= 0
               ? 0
               : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sortOrder: must be between 0 and 2147483647");
}

static int check_role(struct store_tx *tx, int64_t account_id, int64_t id, int role, struct fct_error *err)
{
    int64_t other;

    if (role == FCT_ROLE_NONE)
        return 0;
    if (!role_name(role))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "role: unknown");
    if (store_mailbox_by_role(tx, account_id, role, &other, err) < 0)
        return -1;
    if (other != 0 && other != id)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "role: another mailbox of the account is the %s",
                        role_name(role));
    return 0;
}

static int check_count(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM mailbox WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    int64_t n = sqlite3_column_int64(q, 0);
    store_reset(q);
    return n < MAILBOXES_MAX
               ? 0
               : fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "an account has at most %d mailboxes", MAILBOXES_MAX);
}

static int fail_depth(struct fct_error *err)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "parentId: more than %d levels", MAILBOX_DEPTH_MAX);
}

/* How many levels `id` and what is below it take up. */
static int height_of(struct store_tx *tx, int64_t account_id, int64_t id, int *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "WITH RECURSIVE below (id, level) AS (SELECT ?2, 1 UNION ALL SELECT m.id, level + 1 FROM below "
                       "JOIN mailbox m ON m.account_id = ?1 AND ifnull(m.parent_id, 0) = below.id WHERE level < 64) "
                       "SELECT max(level) FROM below");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0);
    store_reset(q);
    return 0;
}

/* Whether a mailbox (0: a new one) that takes up `height` levels may be below `parent_id`. */
static int check_parent(struct store_tx *tx, int64_t account_id, int64_t id, int64_t parent_id, int height,
                        struct fct_error *err)
{
    int depth = height;

    for (int64_t at = parent_id; at != 0; depth++) {
        CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
        struct fct_error why = {0};
        if (at == id)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "parentId: a mailbox cannot be below itself");
        if (depth >= MAILBOX_DEPTH_MAX)
            return fail_depth(err);
        int rc = store_mailbox_load(tx, at, &m, &why);
        if (rc < 0 && why.code != FCT_E_NOT_FOUND) {
            if (err)
                *err = why;
            return -1;
        }
        if (rc < 0 || m.account_id != account_id)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "parentId: the account has no such mailbox");
        if (at == parent_id && (m.attrs & FCT_MB_NOINFERIORS))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "parentId: that mailbox cannot have children");
        at = m.parent_id;
    }
    return 0;
}

/* Whether a sibling other than `id` has the name. */
static int check_sibling(struct store_tx *tx, int64_t account_id, int64_t parent_id, const char *name, int64_t id,
                         struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND ifnull(parent_id, 0) = ?2 AND name = ?3");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, parent_id);
    bind_text(q, 3, name);
    int has_row = store_step(tx, q, err);
    bool is_other = has_row > 0 && sqlite3_column_int64(q, 0) != id;
    store_reset(q);
    if (has_row < 0)
        return -1;
    return is_other ? fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER,
                               "name: there is a mailbox \"%.200s\" in that place already", name)
                    : 0;
}

/* ---- changes ---- */

int store_mailbox_create(struct store_tx *tx, int64_t account_id, int64_t parent_id, const char *name, int role,
                         int sort_order, bool is_subscribed, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(freep) char *good_name = NULL;
    bool is_local;

    if (is_local_account(tx, account_id, &is_local, err) < 0 || mailbox_name_check(name, &good_name, err) < 0 ||
        check_sort_order(sort_order, err) < 0 || check_role(tx, account_id, 0, role, err) < 0 ||
        (!is_local && find_top(tx, account_id, &parent_id, err) < 0) ||
        check_parent(tx, account_id, 0, parent_id, 1, err) < 0 ||
        (!is_local && check_server_name(tx, account_id, parent_id, good_name, err) < 0) ||
        check_sibling(tx, account_id, parent_id, good_name, 0, err) < 0 || check_count(tx, account_id, err) < 0)
        return -1;
    const struct mailbox_row row = {.parent_id = parent_id,
                                    .name = good_name,
                                    .role = role,
                                    .is_own_role = !is_local && role != FCT_ROLE_NONE,
                                    .sort_order = sort_order,
                                    .is_subscribed = is_subscribed};
    if (mailbox_row_insert(tx, account_id, &row, out_id, err) < 0)
        return -1;
    return is_local ? 0 : wish_make(tx, account_id, *out_id, is_subscribed, err);
}

static int update_row(struct store_tx *tx, const struct store_mailbox *m, int64_t parent_id, const char *name, int role,
                      int sort_order, bool is_subscribed, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE mailbox SET parent_id = ?2, name = ?3, role = ?4, sort_order = ?5, is_subscribed = ?6, "
                       "updated_modseq = ?7, props_modseq = ?7 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, m->id);
    if (parent_id != 0)
        sqlite3_bind_int64(q, 2, parent_id);
    bind_text(q, 3, name);
    sqlite3_bind_int(q, 4, role);
    sqlite3_bind_int(q, 5, sort_order);
    sqlite3_bind_int(q, 6, is_subscribed);
    sqlite3_bind_int64(q, 7, store_tx_bump(tx, m->account_id, STORE_MAILBOX));
    return store_run_one(tx, q, err);
}

/* What the server shall hear of it; the role stays whatever it says. */
static int note_update(struct store_tx *tx, const struct store_mailbox *m, int64_t parent_id, const char *name,
                       int role, bool is_subscribed, struct fct_error *err)
{
    bool is_moved = parent_id != m->parent_id || strcmp(name, m->name) != 0;

    if ((is_moved && wish_rename(tx, m, parent_id, name, err) < 0) ||
        (is_subscribed != m->is_subscribed && wish_subscribe(tx, m, is_subscribed, err) < 0))
        return -1;
    if (role == m->role)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET own_role = ?2 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, m->id);
    sqlite3_bind_int(q, 2, role);
    return store_run_one(tx, q, err);
}

int store_mailbox_update(struct store_tx *tx, int64_t id, const struct store_mailbox_patch *p, struct fct_error *err)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    CLEANUP(freep) char *name = NULL;
    struct correspondents_roles before;
    int height = 1;

    if (store_mailbox_load(tx, id, &m, err) < 0 || correspondents_roles_load(tx, m.account_id, &before, err) < 0)
        return -1;
    int64_t parent_id = p->parent_id ? *p->parent_id : m.parent_id;
    int role = p->role ? *p->role : m.role, sort_order = p->sort_order ? *p->sort_order : m.sort_order;
    bool is_subscribed = p->is_subscribed ? *p->is_subscribed : m.is_subscribed;
    if (!m.is_local && (p->name || p->parent_id) && store_mailbox_is_level(&m))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER,
                        "the server has no such mailbox, it is only a part of the names of others");
    if (m.role == FCT_ROLE_INBOX && (p->name || p->parent_id || p->role))
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "the inbox stays what and where it is");
    if (p->name ? mailbox_name_check(p->name, &name, err) < 0 : !(name = xstrdup(m.name)))
        return -1;
    if (check_sort_order(sort_order, err) < 0 || check_role(tx, m.account_id, id, role, err) < 0 ||
        (!m.is_local && parent_id != m.parent_id && find_top(tx, m.account_id, &parent_id, err) < 0))
        return -1;
    if (parent_id != m.parent_id && (height_of(tx, m.account_id, id, &height, err) < 0 ||
                                     check_parent(tx, m.account_id, id, parent_id, height, err) < 0))
        return -1;
    bool is_moved = parent_id != m.parent_id || strcmp(name, m.name) != 0;
    if ((!m.is_local && is_moved && check_server_name(tx, m.account_id, parent_id, name, err) < 0) ||
        check_sibling(tx, m.account_id, parent_id, name, id, err) < 0)
        return -1;
    if (parent_id == m.parent_id && strcmp(name, m.name) == 0 && role == m.role && sort_order == m.sort_order &&
        is_subscribed == m.is_subscribed)
        return 0;
    if (update_row(tx, &m, parent_id, name, role, sort_order, is_subscribed, err) < 0 ||
        (!m.is_local && note_update(tx, &m, parent_id, name, role, is_subscribed, err) < 0))
        return -1;
    if (role != m.role && correspondents_roles_check(tx, m.account_id, &before, err) < 0)
        return -1;
    bool is_trash_news = role != m.role && (role == FCT_ROLE_TRASH || m.role == FCT_ROLE_TRASH);
    return is_trash_news ? store_counters_rebuild(tx, m.account_id, err) : 0;
}

static int count_children(struct store_tx *tx, const struct store_mailbox *m, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT count(*) FROM mailbox WHERE account_id = ?1 AND ifnull(parent_id, 0) = ?2");

    sqlite3_bind_int64(q, 1, m->account_id);
    sqlite3_bind_int64(q, 2, m->id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* But for its children. */
static int check_destroyable(const struct store_mailbox *m, struct fct_error *err)
{
    if (m->role == FCT_ROLE_INBOX)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "the inbox cannot be destroyed");
    return store_mailbox_is_level(m)
               ? fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER,
                          "the server has no such mailbox, it is only a part of the names of others")
               : 0;
}

int store_mailbox_empty_some(struct store_tx *tx, int64_t id, size_t max, size_t *out_n, struct fct_error *err)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    CLEANUP(counters_done) struct counters c = {0};

    /* With the first of them it is on its way out: if the program ends now, store_mailboxes_finish_destroying goes on.
     */
    if (store_mailbox_load(tx, id, &m, err) < 0 || check_destroyable(&m, err) < 0 ||
        (!m.is_local && wish_delete(tx, &m, err) < 0) || counters_init(&c, tx, m.account_id, err) < 0 ||
        placements_leave_some(&c, id, max, out_n, err) < 0)
        return -1;
    return counters_flush(&c, err);
}

int store_mailbox_destroy(struct store_tx *tx, int64_t id, bool remove_emails, struct fct_error *err)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    CLEANUP(counters_done) struct counters c = {0};
    int64_t n_children;

    if (store_mailbox_load(tx, id, &m, err) < 0 || check_destroyable(&m, err) < 0 ||
        count_children(tx, &m, &n_children, err) < 0)
        return -1;
    if (n_children > 0)
        return fct_fail(err, FCT_E_MAILBOX_HAS_CHILD, FCT_RETRY_NEVER, "the mailbox has mailboxes below it");
    if (m.total_emails > 0 && !remove_emails)
        return fct_fail(err, FCT_E_MAILBOX_HAS_EMAIL, FCT_RETRY_NEVER, "the mailbox has messages in it");
    if (counters_init(&c, tx, m.account_id, err) < 0)
        return -1;
    if (m.is_local)
        return mailbox_row_remove(&c, id, err);
    if (wish_delete(tx, &m, err) < 0 || mailbox_hide(&c, &m, err) < 0)
        return -1;
    return store_notices_of_mailbox_go(tx, m.account_id, id, err);
}

/* The next mailbox that was being emptied when the program ended; 0: none. */
static int find_unfinished(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT w.mailbox_id FROM mailbox_wish w JOIN mailbox m ON m.id = w.mailbox_id WHERE "
                       "w.account_id = ?1 AND w.what & 4 AND m.is_hidden = 0 LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* It cannot go after all: what went of it comes down again. */
static int keep_unfinished(struct store_tx *tx, const struct store_mailbox *m, struct fct_error *err)
{
    CLEANUP(wish_row_done) struct wish_row w = {0};

    if (wish_row_load(tx, m->id, &w, err) < 0)
        return -1;
    w.what &= ~STORE_WISH_DELETE;
    if (wish_row_write(tx, m->account_id, m->id, &w, err) < 0)
        return -1;
    return store_mailbox_incomplete(tx, m->id, err);
}

int store_mailboxes_finish_destroying(struct store_tx *tx, int64_t account_id, size_t max, struct fct_error *err)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    struct fct_error why = {0};
    int64_t id;
    size_t n;

    if (find_unfinished(tx, account_id, &id, err) < 0)
        return -1;
    if (id == 0)
        return 0;
    if (store_mailbox_load(tx, id, &m, err) < 0)
        return -1;
    if (m.total_emails > (int64_t)max)
        return store_mailbox_empty_some(tx, id, max, &n, err) < 0 ? -1 : 1;
    if (store_mailbox_destroy(tx, id, true, &why) == 0)
        return 1;
    if (why.code == FCT_E_MAILBOX_HAS_CHILD || why.code == FCT_E_FORBIDDEN)
        return keep_unfinished(tx, &m, err) < 0 ? -1 : 1;
    *err = why;
    return -1;
}
