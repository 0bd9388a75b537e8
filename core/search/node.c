#include "search/node.h"

#include "base/alloc.h"
#include "mime/headers.h"
#include "mime/words.h"
#include "store/blobs.h"
#include "store/email_ids.h"

#include <stdlib.h>
#include <strings.h>

struct node *node_new(enum node_kind kind)
{
    struct node *n = XNEW(struct node);
    n->kind = kind;
    return n;
}

void node_add(struct node *n, struct node *child)
{
    n->children = xreallocarray(n->children, n->n_children + 1, sizeof(struct node *));
    n->children[n->n_children++] = child;
}

void node_free(struct node *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n_children; i++)
        node_free(n->children[i]);
    free(n->children);
    leaf_close(&n->leaf);
    free(n->list);
    idmap_done(&n->answers);
    fields_done(&n->fields);
    free(n);
}

/* ---- what kind of node it is --------------------------------------------------------------------------------- */

bool node_drives(const struct node *n)
{
    switch (n->kind) {
    case NODE_LEAF:
    case NODE_LIST:
    case NODE_RECEIVED:
        return true;
    case NODE_AND:
        for (size_t i = 0; i < n->n_children; i++)
            if (node_drives(n->children[i]))
                return true;
        return false;
    case NODE_OR:
        for (size_t i = 0; i < n->n_children; i++)
            if (!node_drives(n->children[i]))
                return false;
        return true;
    default:
        return false;
    }
}

bool node_holds_living(const struct node *n)
{
    switch (n->kind) {
    case NODE_LEAF:
    case NODE_LIST:
        return n->holds_living;
    case NODE_AND:
        for (size_t i = 0; i < n->n_children; i++)
            if (node_holds_living(n->children[i]))
                return true;
        return false;
    case NODE_OR:
        for (size_t i = 0; i < n->n_children; i++)
            if (!node_holds_living(n->children[i]))
                return false;
        return true;
    default:
        return false;
    }
}

bool node_needs_row(const struct node *n)
{
    switch (n->kind) {
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
        for (size_t i = 0; i < n->n_children; i++)
            if (node_needs_row(n->children[i]))
                return true;
        return false;
    case NODE_LEAF:
    case NODE_LIST:
    case NODE_OTHER_MAILBOX:
    case NODE_HEADER: /* mostly its fields are known */
        return false;
    default:
        return true;
    }
}

int node_cost(const struct node *n)
{
    switch (n->kind) {
    case NODE_RECEIVED:
    case NODE_SIZE:
    case NODE_FLAG:
    case NODE_BIT:
        return 0;
    case NODE_LIST:
    case NODE_LEAF:
        return 1;
    case NODE_OTHER_MAILBOX:
        return 3;
    case NODE_SOME_IN_THREAD:
    case NODE_ALL_IN_THREAD:
        return 4;
    case NODE_HEADER:
        return 5;
    case NODE_PREFIX: /* the whole message is read */
        return 6;
    case NODE_NOT:
    case NODE_AND:
    case NODE_OR:
        break;
    }
    int most = 2;
    for (size_t i = 0; i < n->n_children; i++)
        if (node_cost(n->children[i]) > most)
            most = node_cost(n->children[i]);
    return most;
}

/* ---- seeking --------------------------------------------------------------------------------------------------- */

void node_turn(struct node *n)
{
    n->is_upward = true;
    for (size_t i = 0; i < n->n_children; i++)
        node_turn(n->children[i]);
}

/* Whether `a` comes before `b` on the way. */
static bool is_before(const struct node *n, int64_t a, int64_t b)
{
    return n->is_upward ? a < b : a > b;
}

static int seek_list(struct node *n, int64_t *io_id)
{
    for (; n->at_list < n->n_list; n->at_list++) {
        int64_t id = n->list[n->is_upward ? n->n_list - 1 - n->at_list : n->at_list];
        if (is_before(n, id, *io_id))
            continue;
        *io_id = id;
        return 1;
    }
    return 0;
}

/* An Email has the id of its time, or up to `slack` more. */
static int seek_received(const struct node *n, int64_t *io_id)
{
    int64_t first = email_id_of_time(n->from),
            last = n->to == INT64_MAX ? INT64_MAX : email_id_of_time(n->to - 1) + n->slack;

    if (is_before(n, *io_id, n->is_upward ? first : last))
        *io_id = n->is_upward ? first : last;
    return *io_id >= first && *io_id <= last;
}

/* Children move on in turn until all stand at one id. */
static int seek_and(struct store_tx *tx, struct node *n, int64_t *io_id, struct fct_error *err)
{
    int64_t id = *io_id;
    size_t n_agree = 0;

    for (size_t i = 0; n_agree < n->n_children; i = (i + 1) % n->n_children) {
        int64_t next = id;
        int found = node_seek(tx, n->children[i], &next, err);
        if (found <= 0)
            return found;
        n_agree = next == id ? n_agree + 1 : 1;
        id = next;
    }
    *io_id = id;
    return 1;
}

static int seek_or(struct store_tx *tx, struct node *n, int64_t *io_id, struct fct_error *err)
{
    int64_t best = 0;
    bool is_any = false;

    for (size_t i = 0; i < n->n_children; i++) {
        int64_t id = *io_id;
        int found = node_seek(tx, n->children[i], &id, err);
        if (found < 0)
            return -1;
        if (!found || (is_any && !is_before(n, id, best)))
            continue;
        is_any = true;
        best = id;
        if (best == *io_id)
            break;
    }
    *io_id = is_any ? best : *io_id;
    return is_any;
}

int node_seek(struct store_tx *tx, struct node *n, int64_t *io_id, struct fct_error *err)
{
    int found;

    switch (n->kind) {
    case NODE_AND:
        return seek_and(tx, n, io_id, err);
    case NODE_OR:
        return seek_or(tx, n, io_id, err);
    case NODE_LEAF:
        found = leaf_seek(&n->leaf, *io_id, err);
        if (found > 0)
            *io_id = n->leaf.current;
        return found;
    case NODE_LIST:
        return seek_list(n, io_id);
    case NODE_RECEIVED:
        return seek_received(n, io_id);
    default:
        return 1; /* says nothing */
    }
}

/* ---- testing ------------------------------------------------------------------------------------------------------
 */

static int test_other_mailbox(struct store_tx *tx, const struct search_filter *f, int64_t email_id,
                              struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT mailbox_id FROM placement WHERE email_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, email_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        int64_t mailbox = sqlite3_column_int64(q, 0);
        bool is_listed = false;
        for (size_t i = 0; i < f->n_ids; i++)
            is_listed |= f->ids[i] == mailbox;
        if (!is_listed) {
            store_reset(q);
            return 1;
        }
    }
    return has_row;
}

int plan_count_in_thread(struct store_tx *tx, const struct keyword_set *k, int64_t thread_id, int64_t *out_all,
                         int64_t *out_with, struct fct_error *err)
{
    sqlite3_stmt *q = k->words
                          ? store_stmt(tx, "SELECT count(*), count(k.email_id) FROM email e LEFT JOIN email_keyword k "
                                           "ON k.keyword = ?2 AND k.email_id = e.id WHERE e.thread_id = ?1")
                          : store_stmt(tx, "SELECT count(*), sum((flags & ?2) <> 0) FROM email WHERE thread_id = ?1");
    sqlite3_bind_int64(q, 1, thread_id);
    if (k->words)
        bind_text(q, 2, k->words);
    else
        sqlite3_bind_int64(q, 2, k->bits);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out_all = sqlite3_column_int64(q, 0);
    *out_with = sqlite3_column_int64(q, 1);
    store_reset(q);
    return 0;
}

static int test_thread(struct store_tx *tx, struct node *n, int64_t thread_id, struct fct_error *err)
{
    int64_t all, with, *known = idmap_get(&n->answers, thread_id);

    if (known)
        return (int)*known;
    if (plan_count_in_thread(tx, &n->filter->keyword, thread_id, &all, &with, err) < 0)
        return -1;
    int answer = n->kind == NODE_ALL_IN_THREAD ? with == all : with > 0;
    idmap_put(&n->answers, thread_id, answer);
    return answer;
}

/* Whether a field of whose presence the envelope tells is there: 1, 0, -1 error, 2: the envelope does not tell. */
static int envelope_has(struct store_tx *tx, const char *name, int64_t email_id, struct fct_error *err)
{
    static const char *const fields[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject"};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT from_json IS NOT NULL, sender_json IS NOT NULL, reply_to_json IS NOT NULL, "
                       "to_json IS NOT NULL, cc_json IS NOT NULL, bcc_json IS NOT NULL, subject IS NOT NULL "
                       "FROM envelope WHERE email_id = ?1");
    int column = 0;

    while (column < 7 && strcasecmp(fields[column], name) != 0)
        column++;
    if (column == 7)
        return 2;
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    int has_field = has_row > 0 ? sqlite3_column_int(q, column) : has_row;
    store_reset(q);
    return has_field;
}

#define HEAD_BYTES 16384 /* hold the header of nearly every message */

static int take_bytes(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

/* *out_more: the header may go on behind `raw`, which is not the whole message. */
static bool field_matches(struct node *n, int64_t id, struct fct_bytes raw, bool is_whole, bool *out_more)
{
    const struct search_filter *f = n->filter;
    CLEANUP(headers_done) struct mime_headers headers = {0};
    CLEANUP(buf_done) struct buf text = {0};

    headers_scan(raw, &headers);
    *out_more = !is_whole && headers.body >= raw.n;
    if (!*out_more && n->is_learning)
        fields_learn(&n->fields, id, &headers);
    for (size_t i = 0; i < headers.n; i++) {
        if (!bytes_equal_nocase(headers.v[i].name, bytes_str(f->name)))
            continue;
        buf_clear(&text);
        words_text(headers.v[i].value, &text);
        if (!f->has_terms || terms_match(&f->terms, buf_bytes(&text)))
            return true;
    }
    return false;
}

static int read_header(struct store_tx *tx, struct node *n, int64_t id, int64_t blob_id, int64_t size,
                       struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(buf_done) struct buf head = {0};
    bool has_more = false;

    if (size > HEAD_BYTES) {
        if (store_blob_read(tx, blob_id, 0, HEAD_BYTES, take_bytes, &head, err) < 0)
            return -1;
        bool matches = field_matches(n, id, buf_bytes(&head), false, &has_more);
        if (!has_more)
            return matches;
    }
    return store_blob_view(tx, blob_id, &view, err) < 0 ? -1 : field_matches(n, id, view.bytes, true, &has_more);
}

static int find_blob(struct store_tx *tx, int64_t id, int64_t *out_blob, int64_t *out_size, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT blob_id, size FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    *out_blob = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    *out_size = has_row > 0 ? sqlite3_column_int64(q, 1) : 0;
    store_reset(q);
    return has_row;
}

/* A field that no index has: the message's own header is read. */
static int test_header(struct store_tx *tx, struct node *n, int64_t id, struct fct_error *err)
{
    const struct search_filter *f = n->filter;
    int64_t blob_id, size;
    struct fct_error why = {0};
    int known = f->has_terms ? 2 : envelope_has(tx, f->name, id, err);

    if (known != 2)
        return known;
    n->fields.name = f->name;
    int has_field = fields_look(tx, &n->fields, id, err);
    if (has_field <= 0 || (has_field == 1 && !f->has_terms))
        return has_field;
    n->is_learning = has_field == 2;
    int has_row = find_blob(tx, id, &blob_id, &size, err);
    if (has_row <= 0)
        return has_row;
    int matches = read_header(tx, n, id, blob_id, size, &why);
    if (matches >= 0)
        return matches;
    if (why.code == FCT_E_CORRUPT || why.code == FCT_E_BLOB_NOT_FOUND) /* one damaged message hides no other */
        return 0;
    if (err)
        *err = why;
    return -1;
}

static int test_children(struct store_tx *tx, struct node *n, const struct candidate *c, struct fct_error *err)
{
    bool is_and = n->kind == NODE_AND;

    for (size_t i = 0; i < n->n_children; i++) {
        int matches = node_test(tx, n->children[i], c, err);
        if (matches < 0 || (matches > 0) != is_and)
            return matches;
    }
    return is_and;
}

int node_test(struct store_tx *tx, struct node *n, const struct candidate *c, struct fct_error *err)
{
    int64_t id = c->id;
    int found;

    switch (n->kind) {
    case NODE_AND:
    case NODE_OR:
        return test_children(tx, n, c, err);
    case NODE_NOT:
        found = node_test(tx, n->children[0], c, err);
        return found < 0 ? -1 : !found;
    case NODE_LEAF:
    case NODE_LIST:
        found = node_seek(tx, n, &id, err);
        return found <= 0 ? found : id == c->id;
    case NODE_RECEIVED:
        return c->received_at >= n->from && c->received_at < n->to;
    case NODE_SIZE:
        return c->size >= n->from && c->size < n->to;
    case NODE_FLAG:
        return ((c->flags & n->mask) != 0) == n->is_wanted;
    case NODE_BIT:
        return ((c->bits & n->mask) != 0) == n->is_wanted;
    case NODE_OTHER_MAILBOX:
        return test_other_mailbox(tx, n->filter, c->id, err);
    case NODE_ALL_IN_THREAD:
    case NODE_SOME_IN_THREAD:
        return test_thread(tx, n, c->thread_id, err);
    case NODE_HEADER:
        return test_header(tx, n, c->id, err);
    case NODE_PREFIX:
        return node_test_prefix(tx, n, c, err);
    }
    return 0;
}

double node_rank(const struct node *n, int64_t id)
{
    double rank = 0;

    if (n->kind == NODE_LEAF)
        return n->is_ranked && n->leaf.current == id && !n->leaf.is_at_end ? sqlite3_column_double(n->leaf.q, 1) : 0;
    for (size_t i = 0; i < n->n_children && n->kind != NODE_NOT; i++)
        rank += node_rank(n->children[i], id);
    return rank;
}
