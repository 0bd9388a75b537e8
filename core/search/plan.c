#include "search/node.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

struct plan {
    struct store_tx *tx;
    struct node *root;
    struct leaf rows; /* the table of Emails */
    bool needs_row;   /* a test needs it */
    bool is_living;   /* what the root finds exists */
    enum plan_order order;
    int64_t bound;        /* where the next match may be, at the earliest */
    uint64_t deadline_ms; /* 0: none */
    unsigned n_looks;
};

void plan_free(struct plan *p)
{
    if (!p)
        return;
    node_free(p->root);
    leaf_close(&p->rows);
    free(p);
}

int plan_displacement(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT max(id - received_at / 64) FROM email WHERE id - received_at / 64 > 1");

    if (store_step(tx, q, err) < 0)
        return -1;
    int64_t beyond = sqlite3_column_int64(q, 0); /* email_id_of_time is received_at / 64 + 1 */
    *out = beyond > 0 ? beyond - 1 : 0;
    store_reset(q);
    return 0;
}

/* Puts the accounts that are seen above. */
static int add_view(struct store_tx *tx, struct plan *p, struct fct_error *err)
{
    struct node *any = node_new(NODE_OR);
    size_t n;
    const int64_t *accounts = store_tx_view(tx, &n);

    for (size_t i = 0; i < n; i++) {
        struct node *account = NULL;
        if (node_account(tx, accounts[i], p->order, &account, err) < 0) {
            node_free(any);
            return -1;
        }
        node_add(any, account);
    }
    struct node *both = node_new(NODE_AND);
    node_add(both, any);
    node_add(both, p->root);
    p->root = both;
    return 0;
}

/* Puts the account above, unless all that is found is of that account anyway. */
static int add_account(struct store_tx *tx, struct plan *p, int64_t account_id, struct fct_error *err)
{
    struct node *account = NULL;

    if (account_id == -1 && store_tx_has_view(tx))
        return add_view(tx, p, err);
    if (account_id == -1)
        return 0;
    if (node_account(tx, account_id, p->order, &account, err) < 0)
        return -1;
    if (account->kind == NODE_AND) { /* everything */
        node_free(account);
        return 0;
    }
    struct node *both = node_new(NODE_AND);
    node_add(both, account);
    node_add(both, p->root);
    p->root = both;
    return 0;
}

int plan_new(struct store_tx *tx, const struct search_filter *f, int64_t account_id, enum plan_order order,
             struct plan **out, struct fct_error *err)
{
    CLEANUP(plan_freep) struct plan *p = XNEW(struct plan);

    p->tx = tx;
    bool is_upward = order == PLAN_ASCENDING;

    p->order = order;
    p->bound = is_upward ? 1 : INT64_MAX;
    if (node_build(tx, f, account_id, order, &p->root, err) < 0 || add_account(tx, p, account_id, err) < 0 ||
        leaf_open(&p->rows, tx, order == PLAN_ONE ? leaf_sql_one(LEAF_ROWS) : LEAF_ROWS, is_upward, PATIENCE_INDEX, err) < 0)
        return -1;
    if (is_upward)
        node_turn(p->root);
    p->needs_row = node_needs_row(p->root);
    p->is_living = node_holds_living(p->root);
    *out = TAKE(p);
    return 0;
}

static void take_row(sqlite3_stmt *q, struct candidate *c)
{
    *c = (struct candidate){
        .id = sqlite3_column_int64(q, 0),
        .account_id = sqlite3_column_int64(q, 1),
        .thread_id = sqlite3_column_int64(q, 2),
        .received_at = sqlite3_column_int64(q, 3),
        .size = sqlite3_column_int64(q, 4),
        .flags = (uint32_t)sqlite3_column_int64(q, 5),
        .bits = (unsigned)sqlite3_column_int64(q, 6),
        .blob_id = sqlite3_column_int64(q, 7),
    };
}

void plan_set_timeout(struct plan *p, uint32_t ms)
{
    p->deadline_ms = ms ? wait_now_ms() + ms : 0;
}

/* The clock is looked at now and then: a candidate costs a microsecond, or a message read. */
static int check_deadline(struct plan *p, struct fct_error *err)
{
    if (p->deadline_ms == 0 || p->n_looks++ % 16 != 0 || wait_now_ms() < p->deadline_ms)
        return 0;
    return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER,
                    "the search took longer than it may: ask for something more specific");
}

/* The row of the Email that was found, or the next one's; 0 at the end. */
static int read_row(struct plan *p, struct candidate *io, struct fct_error *err)
{
    int found = leaf_seek(&p->rows, io->id, err);

    if (found > 0 && (p->rows.current == io->id || !node_drives(p->root)))
        take_row(p->rows.q, io);
    return found;
}

int plan_next(struct plan *p, bool want_row, struct candidate *out, struct fct_error *err)
{
    bool row_first = p->needs_row || !p->is_living; /* else only that of a match is read */

    for (;;) {
        out->id = p->bound;
        if (check_deadline(p, err) < 0)
            return -1;
        int found = node_seek(p->tx, p->root, &out->id, err);
        if (found > 0 && row_first)
            found = read_row(p, out, err);
        if (found <= 0)
            return found;
        if (row_first && p->rows.current != out->id) { /* the index is ahead of the rows: let it catch up */
            p->bound = p->rows.current;
            continue;
        }
        p->bound = p->order == PLAN_ASCENDING ? out->id + 1 : out->id - 1;
        found = node_test(p->tx, p->root, out, err);
        if (found > 0 && want_row && !row_first && (found = read_row(p, out, err)) > 0)
            found = p->rows.current == out->id;
        if (found > 0 && p->order == PLAN_RANKED)
            out->rank = node_rank(p->root, out->id);
        if (found != 0)
            return found;
    }
}

int plan_test(struct plan *p, int64_t id, struct candidate *out, struct fct_error *err)
{
    int found = leaf_seek(&p->rows, id, err);

    if (found <= 0)
        return found;
    if (p->rows.current != id)
        return 0;
    take_row(p->rows.q, out);
    return node_test(p->tx, p->root, out, err);
}

/* ---- in words ---------------------------------------------------------------------------------------------------- */

static void describe(const struct node *n, int depth, struct buf *out)
{
    static const char *const names[] = {
        [NODE_AND] = "AND",
        [NODE_OR] = "OR",
        [NODE_NOT] = "NOT",
        [NODE_LEAF] = "index",
        [NODE_LIST] = "list",
        [NODE_RECEIVED] = "received",
        [NODE_SIZE] = "size",
        [NODE_FLAG] = "flag",
        [NODE_BIT] = "bit",
        [NODE_OTHER_MAILBOX] = "other mailbox",
        [NODE_HEADER] = "header",
        [NODE_ALL_IN_THREAD] = "all in thread",
        [NODE_SOME_IN_THREAD] = "some in thread",
        [NODE_PREFIX] = "prefix",
    };
    buf_addf(out, "%*s%s%s%s\n", depth * 2, "", names[n->kind], n->label ? " " : "", n->label ? n->label : "");
    for (size_t i = 0; i < n->n_children; i++)
        describe(n->children[i], depth + 1, out);
}

void plan_describe(const struct plan *p, struct buf *out)
{
    describe(p->root, 0, out);
    buf_addf(out, "%s%s%s\n", node_drives(p->root) ? "driven by an index" : "walks the Emails",
             p->is_living ? ", living" : "", p->needs_row ? ", reads rows" : "");
}
