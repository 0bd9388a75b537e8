/* From a filter to the nodes of a plan: negations pushed down, text gathered, an index chosen for each condition. */
#include "search/node.h"

#include "base/alloc.h"
#include "search/textquery.h"
#include "search/vocabulary.h"
#include "store/emails.h"
#include "store/threads.h"

#include <stdlib.h>

#define FLAG_VALUES_MAX 64   /* combinations of flags that are worth a list each */
#define THREAD_LIST_MAX 2000 /* Emails with a keyword, to list their threads beforehand */

struct builder {
    struct store_tx *tx;
    int64_t account_id;
    int64_t displacement;
    enum plan_order order;
    bool is_ranked, is_upward;
    struct prefix_table prefixes;
    bool index_is_clean; /* the full-text index holds no Email that is gone */
    struct fct_error *err;
};

static int build(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out);

/* ---- leaves ------------------------------------------------------------------------------------------------------ */

static struct node *everything(void)
{
    return node_new(NODE_AND);
}

static struct node *nothing(void)
{
    return node_new(NODE_OR);
}

static struct node *negated_if(bool is_negated, struct node *n)
{
    if (!is_negated)
        return n;
    if (n->n_children == 0 && (n->kind == NODE_AND || n->kind == NODE_OR)) {
        n->kind = n->kind == NODE_AND ? NODE_OR : NODE_AND;
        return n;
    }
    struct node *not = node_new(NODE_NOT);
    node_add(not, n);
    return not ;
}

static int open_leaf(struct store_tx *tx, const char *label, struct leaf_sql sql, enum plan_order order, int patience,
                     struct node **out, struct fct_error *err)
{
    CLEANUP(node_freep) struct node *n = node_new(NODE_LEAF);

    n->label = label;
    n->holds_living = true;
    if (leaf_open(&n->leaf, tx, order == PLAN_ONE ? leaf_sql_one(sql) : sql, order == PLAN_ASCENDING, patience, err) < 0)
        return -1;
    *out = TAKE(n);
    return 0;
}

/* Takes the query over. */
static int build_text(struct builder *b, struct text_query *q, struct node **out)
{
    struct node *n = NULL;

    if (q->fts.n == 0) {
        *out = q->is_complement ? everything() : nothing();
        return 0;
    }
    bool is_ranked = b->is_ranked && !q->is_complement;
    if (open_leaf(b->tx, "text", is_ranked ? LEAF_RANKED : LEAF_FTS, b->order, PATIENCE_FTS, &n, b->err) < 0)
        return -1;
    n->is_ranked = is_ranked;
    n->holds_living = b->index_is_clean;
    sqlite3_bind_text(n->leaf.q, 2, q->fts.p, (int)q->fts.n, SQLITE_TRANSIENT);
    *out = negated_if(q->is_complement, n);
    return 0;
}

static int column_number(const char *column)
{
    static const char *const columns[] = {"body", "subject", "sender", "recipient", "cc", "bcc", "files", "list"};
    for (int i = 0; column && i < 8; i++)
        if (strcmp(columns[i], column) == 0)
            return i;
    return -1;
}

/* The Emails with a word of many that begin so. If the index cannot be read, FTS5 does it, however long that takes. */
static int build_wide_prefix(struct builder *b, const struct term *t, const char *column, struct node **out)
{
    CLEANUP(node_freep) struct node *n = node_new(NODE_LIST);
    if (b->order == PLAN_ONE) {
        n->kind = NODE_PREFIX;
        n->prefix = t->tokens.p;
        n->column = column_number(column);
        *out = TAKE(n);
        return 0;
    }
    int found = prefix_ids(b->tx, t->tokens.p, column_number(column), &n->list, &n->n_list, b->err);

    if (found < 0)
        return -1;
    if (!found) {
        struct text_query q = {0};
        const struct terms one = {.v = (struct term *)(uintptr_t)t, .n = 1};
        terms_to_fts(&one, column, NULL, &q.fts);
        int rc = build_text(b, &q, out);
        text_query_done(&q);
        return rc;
    }
    n->holds_living = b->index_is_clean;
    *out = TAKE(n);
    return 0;
}

/* Text with a wide prefix: the rest is a query, the prefix a list. */
static int build_wide_text(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    CLEANUP(node_freep) struct node *all = node_new(NODE_AND);
    CLEANUP(text_query_done) struct text_query rest = {0};
    struct node *n;

    terms_to_fts(&f->terms, f->column, &b->prefixes, &rest.fts);
    if (rest.fts.n > 0) {
        if (build_text(b, &rest, &n) < 0)
            return -1;
        node_add(all, n);
    }
    for (size_t i = 0; i < f->terms.n; i++) {
        const struct prefix_words *known = prefix_table_find(&b->prefixes, &f->terms.v[i]);
        if (!known || !known->is_wide)
            continue;
        if (build_wide_prefix(b, &f->terms.v[i], f->column, &n) < 0)
            return -1;
        node_add(all, n);
    }
    *out = negated_if(is_negated, TAKE(all));
    return 0;
}

/* A mailbox of another account than the one that is searched holds nothing. */
static int mailbox_is_here(struct builder *b, int64_t mailbox_id)
{
    sqlite3_stmt *q =
        store_stmt(b->tx, "SELECT account_id FROM mailbox WHERE id = ?1 AND (account_id = ?2 OR ?2 = -1)");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, b->account_id);
    int has_row = store_step(b->tx, q, b->err);
    if (has_row > 0 && b->account_id == -1)
        has_row = store_tx_sees(b->tx, sqlite3_column_int64(q, 0));
    store_reset(q);
    return has_row;
}

static int build_mailbox(struct builder *b, const struct search_filter *f, struct node **out)
{
    int is_here = mailbox_is_here(b, f->id);

    if (is_here < 0)
        return -1;
    if (!is_here) {
        *out = nothing();
        return 0;
    }
    if (open_leaf(b->tx, "mailbox", LEAF_MAILBOX, b->order, PATIENCE_INDEX, out, b->err) < 0)
        return -1;
    sqlite3_bind_int64((*out)->leaf.q, 2, f->id);
    return 0;
}

static int build_message_id(struct builder *b, const struct search_filter *f, struct node **out)
{
    struct threads_key key;

    if (f->name[0] == '\0') {
        *out = nothing();
        return 0;
    }
    if (threads_key_load(b->tx, &key, b->err) < 0)
        return -1;
    if (open_leaf(b->tx, "message-id", LEAF_MESSAGE_ID, b->order, PATIENCE_INDEX, out, b->err) < 0)
        return -1;
    sqlite3_bind_int64((*out)->leaf.q, 2, threads_msgid_hash(&key, bytes_str(f->name)));
    return 0;
}

int node_account(struct store_tx *tx, int64_t account_id, enum plan_order order, struct node **out,
                 struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM email WHERE account_id < ?1) "
                                     "OR EXISTS (SELECT 1 FROM email WHERE account_id > ?1)");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    bool has_others = sqlite3_column_int(q, 0);
    store_reset(q);
    if (!has_others) {
        *out = everything();
        return 0;
    }
    if (open_leaf(tx, "account", LEAF_ACCOUNT, order, PATIENCE_INDEX, out, err) < 0)
        return -1;
    sqlite3_bind_int64((*out)->leaf.q, 2, account_id);
    return 0;
}

/* ---- keywords ------------------------------------------------------------------------------------------------------
 */

/* The combinations of flags that Emails have, but for "seen and nothing else", which no index lists. */
static int load_flag_values(struct builder *b, uint32_t values[FLAG_VALUES_MAX], size_t *out_n, bool *out_too_many)
{
    sqlite3_stmt *q =
        store_stmt(b->tx, "SELECT flags FROM email WHERE flags <> 1 AND flags > ?1 ORDER BY flags LIMIT 1");
    int64_t last = -1;
    int has_row;

    *out_n = 0;
    *out_too_many = false;
    for (;;) {
        sqlite3_bind_int64(q, 1, last);
        has_row = store_step(b->tx, q, b->err);
        if (has_row <= 0)
            return has_row;
        last = sqlite3_column_int64(q, 0);
        store_reset(q);
        if (*out_n == FLAG_VALUES_MAX) {
            *out_too_many = true;
            return 0;
        }
        values[(*out_n)++] = (uint32_t)last;
    }
}

static struct node *flag_test(uint32_t mask, bool is_wanted)
{
    struct node *n = node_new(NODE_FLAG);
    n->mask = mask;
    n->is_wanted = is_wanted;
    return n;
}

/* One list for each combination of flags that fits, if what is wanted is not the common case. */
static int build_flag(struct builder *b, uint32_t mask, bool is_wanted, struct node **out)
{
    uint32_t values[FLAG_VALUES_MAX];
    size_t n_values;
    bool too_many;

    if (((FCT_FLAG_SEEN & mask) != 0) == is_wanted || b->order == PLAN_ONE) {
        *out = flag_test(mask, is_wanted);
        return 0;
    }
    if (load_flag_values(b, values, &n_values, &too_many) < 0)
        return -1;
    if (too_many) {
        *out = flag_test(mask, is_wanted);
        return 0;
    }
    CLEANUP(node_freep) struct node *any = nothing();
    for (size_t i = 0; i < n_values; i++) {
        struct node *leaf = NULL;
        if (((values[i] & mask) != 0) != is_wanted)
            continue;
        if (open_leaf(b->tx, "flags", LEAF_FLAGS, b->order, PATIENCE_INDEX, &leaf, b->err) < 0)
            return -1;
        sqlite3_bind_int64(leaf->leaf.q, 2, values[i]);
        node_add(any, leaf);
    }
    *out = TAKE(any);
    return 0;
}

static int build_keyword(struct builder *b, const struct keyword_set *k, bool is_negated, struct node **out)
{
    if (!k->words)
        return build_flag(b, k->bits, !is_negated, out);
    struct node *leaf = NULL;
    if (open_leaf(b->tx, "keyword", LEAF_WORD, b->order, PATIENCE_INDEX, &leaf, b->err) < 0)
        return -1;
    sqlite3_bind_text(leaf->leaf.q, 2, k->words, -1, SQLITE_TRANSIENT);
    *out = negated_if(is_negated, leaf);
    return 0;
}

/* ---- keywords of the thread
 * ------------------------------------------------------------------------------------------ */

struct id_list {
    int64_t *v;
    size_t n, cap;
};

static void id_list_add(struct id_list *l, int64_t id)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
    }
    l->v[l->n++] = id;
}

static int thread_of(struct builder *b, int64_t email_id, int64_t *out)
{
    sqlite3_stmt *q = store_stmt(b->tx, "SELECT thread_id FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(b->tx, q, b->err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

/* Adds the Emails of the thread of one Email, unless that thread is known. */
static int add_thread_of(struct builder *b, int64_t email_id, struct idmap *threads, struct id_list *out)
{
    int64_t thread_id;
    int has_row = thread_of(b, email_id, &thread_id);

    if (has_row <= 0 || !idmap_put(threads, thread_id, 0))
        return has_row;
    sqlite3_stmt *q = store_stmt(b->tx, "SELECT id FROM email WHERE thread_id = ?1");
    sqlite3_bind_int64(q, 1, thread_id);
    while ((has_row = store_step(b->tx, q, b->err)) > 0)
        id_list_add(out, sqlite3_column_int64(q, 0));
    return has_row;
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* The Emails of all threads that hold a few Emails: *out stays NULL when there are too many of them. */
static int list_threads(struct builder *b, struct node *few, struct node **out)
{
    struct id_list ids = {0};
    struct idmap threads = {0};
    int64_t at = b->is_upward ? 1 : INT64_MAX, step = b->is_upward ? 1 : -1;
    size_t n = 0;
    int found;

    while ((found = node_seek(b->tx, few, &at, b->err)) > 0 && n++ < THREAD_LIST_MAX && at > 0) {
        if (add_thread_of(b, at, &threads, &ids) < 0) {
            found = -1;
            break;
        }
        at += step;
    }
    idmap_done(&threads);
    if (found != 0) {
        free(ids.v);
        return found < 0 ? -1 : 0;
    }
    if (ids.n)
        qsort(ids.v, ids.n, sizeof(*ids.v), descending);
    *out = node_new(NODE_LIST);
    (*out)->holds_living = true;
    (*out)->list = ids.v;
    (*out)->n_list = ids.n;
    return 0;
}

/* A test of the thread, beside what an index may know of the Email itself: if all have the keyword, this one has it; if
 * none has, this one has not; and the other way round. */
static int build_thread_test(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    bool is_all = f->kind == FILTER_ALL_IN_THREAD;
    struct node *own = NULL, *test;

    if (build_keyword(b, &f->keyword, is_negated, &own) < 0)
        return -1;
    test = node_new(is_all ? NODE_ALL_IN_THREAD : NODE_SOME_IN_THREAD);
    test->filter = f;
    *out = node_new(is_all != is_negated ? NODE_AND : NODE_OR);
    node_add(*out, own);
    node_add(*out, negated_if(is_negated, test));
    return 0;
}

static int build_some_in_thread(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    CLEANUP(node_freep) struct node *with = NULL;
    struct node *list = NULL;

    if (b->order == PLAN_ONE)
        return build_thread_test(b, f, is_negated, out);
    if (build_keyword(b, &f->keyword, false, &with) < 0)
        return -1;
    if (b->is_upward)
        node_turn(with);
    if (node_drives(with) && list_threads(b, with, &list) < 0)
        return -1;
    if (!list)
        return build_thread_test(b, f, is_negated, out);
    *out = negated_if(is_negated, list);
    return 0;
}

/* ---- the tree
 * ------------------------------------------------------------------------------------------------------------ */

static struct node *build_range(enum node_kind kind, const struct search_filter *f, int64_t slack)
{
    struct node *n = node_new(kind);
    n->from = f->from;
    n->to = f->to;
    n->slack = slack;
    return n;
}

static int build_condition(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    struct node *n = NULL;

    switch (f->kind) {
    case FILTER_TEXT:
        return build_wide_text(b, f, is_negated, out);
    case FILTER_KEYWORD:
        return build_keyword(b, &f->keyword, is_negated, out);
    case FILTER_SOME_IN_THREAD:
        return build_some_in_thread(b, f, is_negated, out);
    case FILTER_ALL_IN_THREAD:
        return build_thread_test(b, f, is_negated, out);
    case FILTER_ATTACHMENT:
        *out = node_new(NODE_BIT);
        (*out)->mask = STORE_HAS_ATTACHMENT;
        (*out)->is_wanted = !is_negated;
        return 0;
    case FILTER_RECEIVED:
        n = build_range(NODE_RECEIVED, f, b->displacement);
        break;
    case FILTER_SIZE:
        n = build_range(NODE_SIZE, f, 0);
        break;
    case FILTER_IN_MAILBOX:
        if (build_mailbox(b, f, &n) < 0)
            return -1;
        break;
    case FILTER_MESSAGE_ID:
        if (build_message_id(b, f, &n) < 0)
            return -1;
        break;
    case FILTER_ACCOUNT:
        if (node_account(b->tx, f->id, b->order, &n, b->err) < 0)
            return -1;
        break;
    default:
        n = node_new(f->kind == FILTER_OTHER_MAILBOX ? NODE_OTHER_MAILBOX : NODE_HEADER);
        n->filter = f;
    }
    *out = negated_if(is_negated, n);
    return 0;
}

static int by_cost(const void *a, const void *b)
{
    return node_cost(*(struct node *const *)a) - node_cost(*(struct node *const *)b);
}

/* All children that are pure text become one query. */
static int build_text_children(struct builder *b, const struct search_filter *f, bool is_and, bool negate,
                               struct node *into)
{
    CLEANUP(freep) struct text_query *parts = xcalloc(f->n_children + 1, sizeof(*parts));
    CLEANUP(text_query_done) struct text_query q = {0};
    struct node *n = NULL;
    size_t n_parts = 0;

    for (size_t i = 0; i < f->n_children; i++) {
        if (!text_query_can(f->children[i], &b->prefixes))
            continue;
        text_query_of(f->children[i], &b->prefixes, &parts[n_parts]);
        parts[n_parts++].is_complement ^= negate;
    }
    if (n_parts == 0)
        return 0;
    text_query_join(parts, n_parts, is_and, &q);
    if (build_text(b, &q, &n) < 0)
        return -1;
    node_add(into, n);
    return 0;
}

static int build_operator(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    bool negate = f->kind == FILTER_NOT ? !is_negated : is_negated; /* the children */
    bool is_and = f->kind == FILTER_AND ? !is_negated : f->kind == FILTER_OR ? is_negated : !is_negated;
    CLEANUP(node_freep) struct node *n = node_new(is_and ? NODE_AND : NODE_OR);

    if (build_text_children(b, f, is_and, negate, n) < 0)
        return -1;
    for (size_t i = 0; i < f->n_children; i++) {
        struct node *child = NULL;
        if (text_query_can(f->children[i], &b->prefixes))
            continue;
        if (build(b, f->children[i], negate, &child) < 0)
            return -1;
        node_add(n, child);
    }
    if (n->n_children > 1)
        qsort(n->children, n->n_children, sizeof(struct node *), by_cost);
    if (n->n_children == 1) {
        *out = n->children[0];
        n->n_children = 0;
        return 0;
    }
    *out = TAKE(n);
    return 0;
}

static int build(struct builder *b, const struct search_filter *f, bool is_negated, struct node **out)
{
    if (text_query_can(f, &b->prefixes)) {
        CLEANUP(text_query_done) struct text_query q = {0};
        text_query_of(f, &b->prefixes, &q);
        q.is_complement ^= is_negated;
        return build_text(b, &q, out);
    }
    if (f->kind == FILTER_AND || f->kind == FILTER_OR || f->kind == FILTER_NOT)
        return build_operator(b, f, is_negated, out);
    return build_condition(b, f, is_negated, out);
}

static int look_up_prefix(struct builder *b, const struct term *t)
{
    const char *last = t->tokens.p;
    struct prefix_words known = {.term = t};
    enum prefix_kind kind;

    for (size_t i = 0; i + 1 < t->n_tokens; i++)
        last += strlen(last) + 1;
    if (prefix_look(b->tx, last, &kind, &known.words, b->err) < 0)
        return -1;
    known.is_wide = kind == PREFIX_WIDE && t->n_tokens == 1; /* a phrase needs positions */
    b->prefixes.v = xreallocarray(b->prefixes.v, b->prefixes.n + 1, sizeof(known));
    b->prefixes.v[b->prefixes.n++] = known;
    return 0;
}

static int look_up_prefixes(struct builder *b, const struct search_filter *f)
{
    for (size_t i = 0; i < f->n_children; i++)
        if (look_up_prefixes(b, f->children[i]) < 0)
            return -1;
    for (size_t i = 0; f->kind == FILTER_TEXT && i < f->terms.n; i++)
        if (f->terms.v[i].is_prefix && look_up_prefix(b, &f->terms.v[i]) < 0)
            return -1;
    return 0;
}

static int index_is_clean(struct store_tx *tx, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM fts_dead WHERE is_swept <> 1 LIMIT 1");
    int has_row = store_step(tx, q, err);

    store_reset(q);
    *out = has_row == 0;
    return has_row < 0 ? -1 : 0;
}

int node_build(struct store_tx *tx, const struct search_filter *f, int64_t account_id, enum plan_order order,
               struct node **out, struct fct_error *err)
{
    struct builder b = {.tx = tx,
                        .account_id = account_id,
                        .order = order,
                        .is_ranked = order == PLAN_RANKED,
                        .is_upward = order == PLAN_ASCENDING,
                        .err = err};

    if ((order != PLAN_ONE && plan_displacement(tx, &b.displacement, err) < 0) || index_is_clean(tx, &b.index_is_clean, err) < 0)
        return -1;
    int rc = look_up_prefixes(&b, f) < 0 ? -1 : build(&b, f, false, out);
    prefix_table_done(&b.prefixes);
    return rc;
}
