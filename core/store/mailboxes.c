#include "store/mailboxes.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "text/tokens.h"

/* ---- one ---- */

#define MAILBOX_COLUMNS                                                                                            \
    "SELECT m.id, m.account_id, m.parent_id, m.name, m.role, m.sort_order, m.is_subscribed, m.is_complete, "       \
    "a.source_url = 'local:' OR a.is_maildrop, m.attrs, m.total_emails, m.unread_emails, m.total_threads, "        \
    "m.unread_threads, "                                                                                           \
    "m.wire_name, "                                                                                                \
    "m.uidvalidity, m.uidnext, m.highest_modseq, m.remote_messages, m.is_gone, m.is_hidden, m.keep, m.color FROM " \
    "mailbox m "                                                                                                   \
    "JOIN account a ON a.id = m.account_id "

static void read_row(sqlite3_stmt *q, struct store_mailbox *out)
{
    const char *keep = store_text_or_null(q, 21);

    *out = (struct store_mailbox){
        .id = sqlite3_column_int64(q, 0),
        .account_id = sqlite3_column_int64(q, 1),
        .parent_id = sqlite3_column_int64(q, 2),
        .name = xstrdup(store_text(q, 3)),
        .role = sqlite3_column_int(q, 4),
        .sort_order = sqlite3_column_int(q, 5),
        .is_subscribed = sqlite3_column_int(q, 6) != 0,
        .is_complete = sqlite3_column_int(q, 7) != 0,
        .is_local = sqlite3_column_int(q, 8) != 0,
        .attrs = (uint32_t)sqlite3_column_int64(q, 9),
        .total_emails = sqlite3_column_int64(q, 10),
        .unread_emails = sqlite3_column_int64(q, 11),
        .total_threads = sqlite3_column_int64(q, 12),
        .unread_threads = sqlite3_column_int64(q, 13),
        .uidvalidity = (uint32_t)sqlite3_column_int64(q, 15),
        .uidnext = (uint64_t)sqlite3_column_int64(q, 16),
        .highest_modseq = (uint64_t)sqlite3_column_int64(q, 17),
        .remote_messages = sqlite3_column_int64(q, 18),
        .is_gone = sqlite3_column_int(q, 19) != 0,
        .is_hidden = sqlite3_column_int(q, 20) != 0,
        .color = sqlite3_column_int(q, 22),
        .keep = keep ? xstrdup(keep) : NULL,
    };
    if (sqlite3_column_bytes(q, 14) > 0)
        buf_add(&out->wire_name, sqlite3_column_blob(q, 14), (size_t)sqlite3_column_bytes(q, 14));
}

void store_mailbox_done(struct store_mailbox *m)
{
    free(m->name);
    free(m->keep);
    buf_done(&m->wire_name);
    *m = (struct store_mailbox){0};
}

void store_mailboxes_free(struct store_mailbox *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_mailbox_done(&m[i]);
    free(m);
}

int store_mailbox_load_any(struct store_tx *tx, int64_t id, struct store_mailbox *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, MAILBOX_COLUMNS "WHERE m.id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such mailbox");
    read_row(q, out);
    store_reset(q);
    return 0;
}

int store_mailbox_load(struct store_tx *tx, int64_t id, struct store_mailbox *out, struct fct_error *err)
{
    struct store_mailbox m;

    if (store_mailbox_load_any(tx, id, &m, err) < 0)
        return -1;
    if (m.is_hidden) {
        store_mailbox_done(&m);
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such mailbox");
    }
    *out = m;
    return 0;
}

int store_mailbox_by_role(struct store_tx *tx, int64_t account_id, int role, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND role = ?2 AND role > 0");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, role);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

/* ---- the tree ---- */

/* A mailbox with what its siblings are sorted by. */
struct sibling {
    struct store_mailbox m;
    char *key; /* the folded name */
};

struct siblings {
    struct sibling *p;
    size_t n, cap;
};

static void siblings_done(struct siblings *s)
{
    for (size_t i = 0; i < s->n; i++) {
        store_mailbox_done(&s->p[i].m);
        free(s->p[i].key);
    }
    free(s->p);
}

static int compare_parents(const struct store_mailbox *x, const struct store_mailbox *y)
{
    if (x->account_id != y->account_id)
        return x->account_id < y->account_id ? -1 : 1;
    return (x->parent_id > y->parent_id) - (x->parent_id < y->parent_id);
}

/* Those with a role come first, in the order of the roles. */
static int role_rank(int role)
{
    return role == FCT_ROLE_NONE ? 1000 : role;
}

static int compare_siblings(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    int c = compare_parents(&x->m, &y->m);

    if (c == 0)
        c = role_rank(x->m.role) - role_rank(y->m.role);
    if (c == 0)
        c = (x->m.sort_order > y->m.sort_order) - (x->m.sort_order < y->m.sort_order);
    if (c == 0)
        c = strcmp(x->key, y->key);
    return c ? c : (x->m.id > y->m.id) - (x->m.id < y->m.id);
}

static int siblings_load(struct store_tx *tx, int64_t account_id, struct siblings *s, struct fct_error *err)
{
    sqlite3_stmt *q = account_id < 0 ? store_stmt(tx, MAILBOX_COLUMNS "WHERE m.is_hidden = 0")
                                     : store_stmt(tx, MAILBOX_COLUMNS "WHERE m.account_id = ?1 AND m.is_hidden = 0");
    int has_row;

    if (account_id >= 0)
        sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        CLEANUP(buf_done) struct buf key = {0};
        if (account_id < 0 && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        if (s->n == s->cap) {
            s->cap = s->cap ? 2 * s->cap : 32;
            s->p = xreallocarray(s->p, s->cap, sizeof(*s->p));
        }
        read_row(q, &s->p[s->n].m);
        text_fold(bytes_str(s->p[s->n].m.name), &key);
        s->p[s->n++].key = buf_steal(&key);
    }
    return has_row;
}

struct range {
    size_t next, end;
};

static struct range children_of(const struct siblings *s, int64_t account_id, int64_t parent_id)
{
    const struct store_mailbox key = {.account_id = account_id, .parent_id = parent_id};
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_parents(&s->p[middle].m, &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (high < s->n && compare_parents(&s->p[high].m, &key) == 0)
        high++;
    return (struct range){low, high};
}

/* Moves the mailboxes below the range out, each followed by its children; iterative, as the depth is a server's. */
static size_t flatten(struct siblings *s, struct range top, struct store_mailbox *out)
{
    CLEANUP(freep) struct range *stack = xcalloc(s->n + 1, sizeof(*stack));
    size_t depth = 1, n = 0;

    stack[0] = top;
    while (depth > 0) {
        struct range *r = &stack[depth - 1];
        if (r->next == r->end) {
            depth--;
            continue;
        }
        struct store_mailbox *m = &s->p[r->next++].m;
        out[n++] = *m;
        *m = (struct store_mailbox){.id = m->id, .account_id = m->account_id, .parent_id = m->parent_id};
        stack[depth++] = children_of(s, m->account_id, m->id);
    }
    return n;
}

int store_mailboxes_load(struct store_tx *tx, int64_t account_id, struct store_mailbox **out, size_t *out_n,
                         struct fct_error *err)
{
    CLEANUP(siblings_done) struct siblings s = {0};

    *out = NULL;
    *out_n = 0;
    if (siblings_load(tx, account_id, &s, err) < 0)
        return -1;
    if (s.n == 0)
        return 0;
    qsort(s.p, s.n, sizeof(*s.p), compare_siblings);
    *out = xcalloc(s.n, sizeof(**out));
    for (size_t i = 0; i < s.n;) { /* account by account */
        struct range top = children_of(&s, s.p[i].m.account_id, 0);
        int64_t account = s.p[i].m.account_id;
        *out_n += flatten(&s, top, *out + *out_n);
        while (i < s.n && s.p[i].m.account_id == account)
            i++;
    }
    return 0;
}
