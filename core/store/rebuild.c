#include "store/rebuild.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/envelopes.h"
#include "store/index.h"
#include "store/inside.h"

#include <stdlib.h>

#define PIECE_EMAILS 200               /* parsed by one job of a reader, stored by one of the writer */
#define PIECE_BYTES (INT64_C(8) << 20) /* of them together, if they are more than one */
#define DEAD_MIN 5000                  /* fewer dead rows disturb nobody */
#define DEAD_PERCENT 25                /* of the Emails */

struct item {
    int64_t email_id, blob_id;
    int64_t chosen_id; /* as it was read; merging Threads may give it another */
    bool is_damaged;
    struct mime_summary summary;
};

/* Emails with ids from `after` (without it) to `last`, ascending. */
struct piece {
    int64_t after, last;
    struct item *items;
    size_t n;
    struct store_rebuild_report *report;
};

/* The first `n` are left. */
static void piece_cut(struct piece *p, size_t n)
{
    while (p->n > n)
        mime_summary_done(&p->items[--p->n].summary);
}

static void piece_clear(struct piece *p)
{
    piece_cut(p, 0);
}

static void piece_done(struct piece *p)
{
    piece_clear(p);
    free(p->items);
}

/* ---- on a reader: parsing ---- */

static int choose(struct store_tx *tx, struct piece *p, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, blob_id, size FROM email WHERE id > ?1 ORDER BY id LIMIT ?2");
    int64_t bytes = 0;
    int has_row = 0;

    sqlite3_bind_int64(q, 1, p->after);
    sqlite3_bind_int(q, 2, PIECE_EMAILS);
    while (bytes < PIECE_BYTES && (has_row = store_step(tx, q, err)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0);
        p->items[p->n++] = (struct item){.email_id = id, .chosen_id = id, .blob_id = sqlite3_column_int64(q, 1)};
        bytes += sqlite3_column_int64(q, 2);
    }
    store_reset(q);
    p->last = p->n > 0 ? p->items[p->n - 1].email_id : INT64_MAX;
    return has_row < 0 ? -1 : 0;
}

static int summarize(struct store_tx *tx, struct item *i, struct fct_error *err)
{
    return index_summary_of_email(tx, i->email_id, i->blob_id, &i->summary, &i->is_damaged, err);
}

static int prepare(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;

    if (choose(tx, p, err) < 0)
        return -1;
    for (size_t i = 0; i < p->n; i++) {
        if (summarize(tx, &p->items[i], err) < 0)
            return -1;
    }
    return 0;
}

/* ---- on the writer: what is kept beside the bytes ---- */

/* The Email as it is now: 0 when it is gone or was given other bytes. */
static int find_email(struct store_tx *tx, const struct item *i, int64_t *out_account, int64_t *out_thread,
                      struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, thread_id FROM email WHERE id = ?1 AND blob_id = ?2");

    sqlite3_bind_int64(q, 1, i->email_id);
    sqlite3_bind_int64(q, 2, i->blob_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        *out_account = sqlite3_column_int64(q, 0);
        *out_thread = sqlite3_column_int64(q, 1);
    }
    store_reset(q);
    return has_row;
}

/* *io_moved: Emails that have got new ids; those of the piece go on under them. */
static int restore_thread(struct store_tx *tx, const struct threads_key *key, struct piece *p, const struct item *i,
                          int64_t account_id, int64_t thread_id, size_t *io_moved, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    int64_t hashes[THREAD_IDS_MAX];

    size_t n = threads_hashes(key, &i->summary, hashes);
    if (counters_init(&c, tx, account_id, err) < 0 || threads_restore(&c, thread_id, hashes, n, err) < 0)
        return -1;
    for (size_t k = 0; c.n_renamed > 0 && k < p->n; k++)
        p->items[k].email_id = counters_renamed(&c, p->items[k].email_id);
    *io_moved += c.n_renamed;
    return counters_flush(&c, err);
}

static int restore(struct store_tx *tx, const struct threads_key *key, struct piece *p, const struct item *i,
                   struct store_rebuild_report *report, size_t *io_moved, struct fct_error *err)
{
    int64_t account_id, thread_id;
    bool has_changed = false;
    size_t before = *io_moved;

    int is_here = find_email(tx, i, &account_id, &thread_id, err);
    if (is_here <= 0)
        return is_here;
    report->damaged += i->is_damaged;
    if (i->is_damaged)
        return 0;
    if (envelope_refresh(tx, i->email_id, key, &i->summary, &has_changed, err) < 0)
        return -1;
    report->corrected += has_changed;
    if (restore_thread(tx, key, p, i, account_id, thread_id, io_moved, err) < 0)
        return -1;
    report->tied += *io_moved > before;
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    return (x->email_id > y->email_id) - (x->email_id < y->email_id);
}

/* All of the piece; or what comes before so many Emails were moved that the job has become long enough: the rest is for
 * the next one. */
static int restore_all(struct store_tx *tx, struct piece *p, struct store_rebuild_report *report, struct fct_error *err)
{
    struct threads_key key;
    size_t moved = 0, n = 0;

    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    while (n < p->n && moved < THREAD_MERGE_MAX) {
        if (restore(tx, &key, p, &p->items[n], report, &moved, err) < 0)
            return -1;
        n++;
    }
    if (n < p->n) {
        p->last = p->items[n - 1].chosen_id;
        piece_cut(p, n);
    }
    if (moved > 0)
        qsort(p->items, p->n, sizeof(*p->items), compare_items);
    return 0;
}

/* ---- on the writer: the index ---- */

struct email_list {
    struct item *v; /* without summaries */
    size_t n, cap;
};

static void email_list_done(struct email_list *l)
{
    free(l->v);
}

/* The Emails of the piece as they are now: some may be gone, some may have come. */
static int list_emails(struct store_tx *tx, const struct piece *p, struct email_list *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, blob_id FROM email WHERE id > ?1 AND id <= ?2 ORDER BY id");
    int has_row;

    sqlite3_bind_int64(q, 1, p->after);
    sqlite3_bind_int64(q, 2, p->last);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (out->n == out->cap) {
            out->cap = out->cap ? 2 * out->cap : PIECE_EMAILS;
            out->v = xreallocarray(out->v, out->cap, sizeof(*out->v));
        }
        out->v[out->n++] = (struct item){.email_id = sqlite3_column_int64(q, 0), .blob_id = sqlite3_column_int64(q, 1)};
    }
    return has_row;
}

/* One that came while the piece was parsed. */
static int index_newcomer(struct store_tx *tx, struct item *i, struct fct_error *err)
{
    int rc = summarize(tx, i, err);

    if (rc == 0)
        rc = index_next_insert(tx, i->email_id, &i->summary, err);
    mime_summary_done(&i->summary);
    return rc;
}

static int fill_index(struct store_tx *tx, const struct piece *p, struct fct_error *err)
{
    CLEANUP(email_list_done) struct email_list now = {0};
    size_t at = 0;

    if (list_emails(tx, p, &now, err) < 0)
        return -1;
    for (size_t i = 0; i < now.n; i++) {
        while (at < p->n && p->items[at].email_id < now.v[i].email_id)
            at++;
        bool is_parsed =
            at < p->n && p->items[at].email_id == now.v[i].email_id && p->items[at].blob_id == now.v[i].blob_id;
        if (is_parsed ? index_next_insert(tx, now.v[i].email_id, &p->items[at].summary, err) < 0
                      : index_newcomer(tx, &now.v[i], err) < 0)
            return -1;
    }
    return 0;
}

static int store_piece(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    struct store_rebuild_report report = *p->report; /* counts only if the job goes well */

    if (restore_all(tx, p, &report, err) < 0 || fill_index(tx, p, err) < 0 ||
        index_next_set_cursor(tx, p->last, err) < 0)
        return -1;
    if (p->n == 0 && (index_next_take_over(tx, err) < 0 || correspondents_recount(tx, -1, err) < 0))
        return -1;
    report.done += p->n;
    if (report.total < report.done) /* mail came meanwhile */
        report.total = report.done;
    *p->report = report;
    return 0;
}

/* ---- the counters ---- */

static int verify_counters(struct store_tx *tx, void *arg, struct fct_error *err)
{
    bool *is_wrong = arg;
    struct fct_error why = {0};

    *is_wrong = store_counters_verify(tx, -1, &why) < 0;
    if (*is_wrong && why.code != FCT_E_CORRUPT) {
        if (err)
            *err = why;
        return -1;
    }
    return 0;
}

static int repair_counters(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_counters_rebuild(tx, -1, err);
}

static int check_counters(struct store *st, struct store_rebuild_report *report, struct fct_error *err)
{
    bool is_wrong = false;

    if (store_read(st, verify_counters, &is_wrong, err) < 0)
        return -1;
    report->counters_were_wrong |= is_wrong;
    return is_wrong ? store_write(st, repair_counters, NULL, err) : 0;
}

/* ---- the whole ---- */

static int begin(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return index_next_begin(tx, err);
}

static int end(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return index_next_end(tx, err);
}

static int count_emails(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_rebuild_report *report = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM email");

    if (store_step(tx, q, err) < 0)
        return -1;
    report->total = (uint64_t)sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int run_pieces(struct store *st, store_rebuild_fn go_on, void *ctx, struct store_rebuild_report *report,
                      struct fct_error *err)
{
    CLEANUP(piece_done) struct piece p = {.items = xcalloc(PIECE_EMAILS, sizeof(*p.items)), .report = report};
    bool is_last = false;

    while (!is_last) {
        piece_clear(&p);
        if (store_read(st, prepare, &p, err) < 0 || store_write(st, store_piece, &p, err) < 0)
            return -1;
        is_last = p.n == 0;
        p.after = p.last;
        if (!is_last && store_go_on(err) < 0)
            return -1;
        if (!is_last && go_on && !go_on(ctx, report))
            return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the rebuild was stopped; the index is as it was");
    }
    return 0;
}

static int rebuild(struct store *st, store_rebuild_fn go_on, void *ctx, struct store_rebuild_report *report,
                   struct fct_error *err)
{
    if (store_write(st, begin, NULL, err) < 0)
        return -1;
    int result = store_read(st, count_emails, report, err);
    if (result == 0)
        result = check_counters(st, report, err); /* first: merging Threads counts on them */
    if (result == 0)
        result = run_pieces(st, go_on, ctx, report, err);
    if (store_write(st, end, NULL, result == 0 ? err : NULL) < 0)
        return -1;
    return result == 0 ? check_counters(st, report, err) : -1;
}

int store_rebuild(struct store *st, store_rebuild_fn go_on, void *ctx, struct store_rebuild_report *out,
                  struct fct_error *err)
{
    struct store_rebuild_report report = {0};

    if (st->has_rebuild)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "a rebuild is under way already");
    st->has_rebuild = true;
    int result = rebuild(st, go_on, ctx, &report, err);
    st->has_rebuild = false;
    *out = report;
    return result;
}

int store_rebuild_clean(struct store *st, struct fct_error *err)
{
    return st->has_rebuild ? 0 : store_write(st, end, NULL, err);
}

static int count(struct store_tx *tx, sqlite3_stmt *q, int64_t *out, struct fct_error *err)
{
    int has_row = store_step(tx, q, err);

    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int store_rebuild_pays(struct store_tx *tx, bool *out, struct fct_error *err)
{
    int64_t dead, living = 0;
    bool is_of_present_rules = false;

    if (index_has_present_rules(tx, &is_of_present_rules, err) < 0 ||
        count(tx, store_stmt(tx, "SELECT count(*) FROM fts_dead WHERE is_swept <> 1"), &dead, err) < 0)
        return -1;
    if (dead >= DEAD_MIN && count(tx, store_stmt(tx, "SELECT count(*) FROM email"), &living, err) < 0)
        return -1;
    *out = !is_of_present_rules || (dead >= DEAD_MIN && dead * 100 >= living * DEAD_PERCENT);
    return 0;
}
