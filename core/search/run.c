/* search_run: the window that was asked for, and the total. */
#include "search/search.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/sort.h"
#include "search/stream.h"

#include <stdlib.h>

struct id_list {
    int64_t *v;
    size_t n, cap;
};

static void id_list_done(struct id_list *l)
{
    free(l->v);
}

static void id_list_add(struct id_list *l, int64_t id)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
    }
    l->v[l->n++] = id;
}

/* ---- totals that are known ------------------------------------------------------------------------------------------
 */

static int one_number(struct store_tx *tx, sqlite3_stmt *q, int64_t id, int64_t *out, struct fct_error *err)
{
    if (sqlite3_bind_parameter_count(q) > 0)
        sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

/* {inMailbox, hasKeyword: $seen}: nearly all of a mailbox, so those without are counted, which have an index. NULL:
 * another filter. */
static const struct search_filter *read_mail_of(const struct search_query *q, const struct search_filter **out_seen)
{
    const struct search_filter *f = q->filter, *mailbox, *seen;

    if (!f || q->collapse_threads || f->kind != FILTER_AND || f->n_children != 2)
        return NULL;
    mailbox = f->children[f->children[0]->kind == FILTER_IN_MAILBOX ? 0 : 1];
    seen = f->children[mailbox == f->children[0] ? 1 : 0];
    if (mailbox->kind != FILTER_IN_MAILBOX || seen->kind != FILTER_KEYWORD || seen->keyword.words ||
        seen->keyword.bits != FCT_FLAG_SEEN)
        return NULL;
    *out_seen = seen;
    return mailbox;
}

static int count_read_mail(struct store_tx *tx, const struct search_query *q, int64_t *out, struct fct_error *err)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    const struct search_filter *seen, *mailbox = read_mail_of(q, &seen);
    struct search_filter *negated[] = {(struct search_filter *)(uintptr_t)seen}; /* read only */
    struct search_filter unread = {.kind = FILTER_NOT, .children = negated, .n_children = 1};
    struct search_filter *both[] = {(struct search_filter *)(uintptr_t)mailbox, &unread};
    const struct search_filter filter = {.kind = FILTER_AND, .children = both, .n_children = 2};
    const struct search_query all = {.account_id = q->account_id, .filter = mailbox},
                              others = {.account_id = q->account_id, .filter = &filter, .timeout_ms = q->timeout_ms};
    int64_t n_all = 0, n_unread = 0;
    int known = query_known_total(tx, &all, &n_all, err);

    if (known <= 0)
        return known;
    if (stream_new(tx, &others, &s, err) < 0 || stream_count_rest(s, &n_unread, err) < 0)
        return -1;
    *out = n_all - n_unread;
    return 1;
}

int query_known_total(struct store_tx *tx, const struct search_query *q, int64_t *out, struct fct_error *err)
{
    const struct search_filter *only = q->filter ? filter_only(q->filter) : NULL;
    if (q->account_id == -1 && store_tx_has_view(tx))
        return 0;
    const struct search_filter *seen;
    if (read_mail_of(q, &seen))
        return count_read_mail(tx, q, out, err);
    bool is_everything = !q->filter || (only && only->kind == FILTER_AND);

    if (is_everything && q->account_id == -1)
        return one_number(tx,
                          q->collapse_threads ? store_stmt(tx, "SELECT count(*) FROM thread")
                                              : store_stmt(tx, "SELECT count(*) FROM email"),
                          0, out, err);
    if (is_everything)
        return one_number(tx,
                          q->collapse_threads ? store_stmt(tx, "SELECT count(*) FROM thread WHERE account_id = ?1")
                                              : store_stmt(tx, "SELECT count(*) FROM email WHERE account_id = ?1"),
                          q->account_id, out, err);
    if (only && only->kind == FILTER_IN_MAILBOX && q->account_id == -1)
        return one_number(tx,
                          q->collapse_threads ? store_stmt(tx, "SELECT total_threads FROM mailbox WHERE id = ?1")
                                              : store_stmt(tx, "SELECT total_emails FROM mailbox WHERE id = ?1"),
                          only->id, out, err);
    if (only && only->kind == FILTER_IN_MAILBOX) {
        sqlite3_stmt *s = q->collapse_threads
                              ? store_stmt(tx, "SELECT total_threads FROM mailbox WHERE id = ?1 AND account_id = ?2")
                              : store_stmt(tx, "SELECT total_emails FROM mailbox WHERE id = ?1 AND account_id = ?2");
        sqlite3_bind_int64(s, 2, q->account_id);
        return one_number(tx, s, only->id, out, err);
    }
    return 0;
}

/* ---- the window
 * -------------------------------------------------------------------------------------------------------- */

static size_t add_clamped(int64_t from, int64_t limit)
{
    return limit < 0 || from > INT64_MAX - limit ? SIZE_MAX : (size_t)(from + limit);
}

/* Reads from the start of the results up to the end of the window; *out_start is where that begins. */
static int collect(struct stream *s, const struct search_query *q, struct id_list *ids, size_t *out_start,
                   bool *out_at_end, struct fct_error *err)
{
    bool is_found = q->anchor == 0;
    int64_t start = q->anchor == 0 && q->position > 0 ? q->position : 0;
    size_t end = q->anchor != 0 || q->position < 0 ? SIZE_MAX : add_clamped(start, q->limit);
    int64_t id;
    int found = 1;

    while (ids->n < end && (found = stream_next(s, &id, err)) > 0) {
        id_list_add(ids, id);
        if (is_found || id != q->anchor)
            continue;
        is_found = true;
        start = (int64_t)ids->n - 1;
        start = q->anchor_offset < -start              ? 0
                : q->anchor_offset > INT64_MAX - start ? INT64_MAX
                                                       : start + q->anchor_offset;
        end = add_clamped(start, q->limit);
    }
    if (found < 0)
        return -1;
    if (!is_found)
        return fct_fail(err, FCT_E_ANCHOR_NOT_FOUND, FCT_RETRY_NEVER, "the anchor is not among the results");
    if (q->anchor == 0 && q->position < 0)
        start = (int64_t)ids->n + q->position < 0 ? 0 : (int64_t)ids->n + q->position;
    *out_start = (size_t)start;
    *out_at_end = found == 0;
    return 0;
}

static void cut_window(struct id_list *ids, size_t start, int64_t limit, struct search_result *out)
{
    size_t end = add_clamped((int64_t)start, limit);

    end = end > ids->n ? ids->n : end;
    out->position = (int64_t)start;
    out->n = end > start ? end - start : 0;
    out->ids = xcalloc(out->n + 1, sizeof(int64_t));
    if (out->n)
        memcpy(out->ids, ids->v + start, out->n * sizeof(int64_t));
}

static int run(struct store_tx *tx, const struct search_query *q, struct search_result *out, struct fct_error *err)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    CLEANUP(id_list_done) struct id_list ids = {0};
    size_t start = 0;
    bool is_at_end = false;
    int64_t total = -1, rest = 0;
    int known = q->calculate_total ? query_known_total(tx, q, &total, err) : 0;
    struct search_query wanted = *q;

    wanted.calculate_total = q->calculate_total && !known;
    if (known < 0 || stream_new(tx, &wanted, &s, err) < 0 || collect(s, q, &ids, &start, &is_at_end, err) < 0)
        return -1;
    if (q->calculate_total && !known) {
        if (!is_at_end && stream_count_rest(s, &rest, err) < 0)
            return -1;
        total = (int64_t)ids.n + rest;
    }
    cut_window(&ids, start, q->limit, out);
    out->total = total;
    out->can_calculate_changes = !sort_uses_relevance(q->sort);
    return 0;
}

int search_run(struct store_tx *tx, const struct search_query *q, struct search_result *out, struct fct_error *err)
{
    struct search_result result = {0};

    if (q->timeout_ms)
        store_tx_set_deadline(tx, q->timeout_ms);
    int rc = run(tx, q, &result, err);
    if (q->timeout_ms)
        store_tx_set_deadline(tx, 0);
    if (rc == 0)
        *out = result;
    return rc;
}

void search_result_done(struct search_result *r)
{
    free(r->ids);
    *r = (struct search_result){0};
}
