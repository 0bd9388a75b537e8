#include "store/verify.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/pending.h"
#include "store/stubborn.h"

#include <string.h>

/* ---- mailboxes ---- */

void store_verify_boxes_free(struct store_verify_box *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(b[i].name);
        buf_done(&b[i].wire_name);
    }
    free(b);
}

struct box_list {
    struct store_verify_box *v;
    size_t n, cap;
};

static void box_list_done(struct box_list *l)
{
    store_verify_boxes_free(l->v, l->n);
}

int store_verify_boxes(struct store_tx *tx, int64_t account_id, struct store_verify_box **out, size_t *out_n,
                       struct fct_error *err)
{
    CLEANUP(box_list_done) struct box_list l = {0};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT m.id, m.name, m.wire_name, m.uidvalidity, m.uidnext, m.attrs, "
                       "m.total_emails, EXISTS (SELECT 1 FROM mailbox_wish w "
                       "WHERE w.mailbox_id = m.id), m.role, m.is_hidden FROM mailbox m WHERE m.account_id = ?1 "
                       "AND m.wire_name IS NOT NULL");
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l.n == l.cap) {
            l.cap = l.cap ? 2 * l.cap : 32;
            l.v = xreallocarray(l.v, l.cap, sizeof(*l.v));
        }
        struct store_verify_box *b = &l.v[l.n++];
        *b = (struct store_verify_box){.id = sqlite3_column_int64(q, 0),
                                       .role = sqlite3_column_int(q, 8),
                                       .name = xstrdup(store_text(q, 1)),
                                       .uidvalidity = (uint32_t)sqlite3_column_int64(q, 3),
                                       .uidnext = (uint64_t)sqlite3_column_int64(q, 4),
                                       .attrs = (uint32_t)sqlite3_column_int64(q, 5),
                                       .n_emails = sqlite3_column_int64(q, 6),
                                       .waits = sqlite3_column_int(q, 7) != 0,
                                       .is_hidden = sqlite3_column_int(q, 9) != 0};
        buf_add(&b->wire_name, sqlite3_column_blob(q, 2), (size_t)sqlite3_column_bytes(q, 2));
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(l.v);
    *out_n = l.n;
    l.n = 0;
    return 0;
}

/* ---- one mailbox ---- */

void store_mailbox_here_done(struct store_mailbox_here *h)
{
    for (size_t i = 0; i < h->n_waits; i++) {
        keyword_set_done(&h->waits[i].add);
        keyword_set_done(&h->waits[i].remove);
    }
    free(h->v);
    free(h->waits);
    free(h->unplaced);
    buf_done(&h->words);
    *h = (struct store_mailbox_here){0};
}

const char *store_here_words(const struct store_mailbox_here *h, size_t i)
{
    return h->v[i].keywords_at ? h->words.p + h->v[i].keywords_at - 1 : NULL;
}

static struct store_here *add_here(struct store_mailbox_here *h, const struct store_here *e, const char *words)
{
    if (h->n == h->cap) {
        h->cap = h->cap ? h->cap + h->cap / 2 : 256;
        h->v = xreallocarray(h->v, h->cap, sizeof(*h->v));
    }
    struct store_here *added = &h->v[h->n++];
    *added = *e;
    if (words) {
        added->keywords_at = (uint32_t)h->words.n + 1;
        buf_add(&h->words, words, strlen(words) + 1);
    }
    return added;
}

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);
    return s ? xstrdup(s) : NULL;
}

/* The wish of the row's columns from `at` on. */
static uint32_t add_wait(struct store_mailbox_here *h, sqlite3_stmt *q, int at)
{
    if ((h->n_waits & (h->n_waits - 1)) == 0)
        h->waits = xreallocarray(h->waits, h->n_waits ? 2 * h->n_waits : 1, sizeof(*h->waits));
    h->waits[h->n_waits++] = (struct store_wait){{(uint32_t)sqlite3_column_int64(q, at), dup_column(q, at + 2)},
                                                 {(uint32_t)sqlite3_column_int64(q, at + 1), dup_column(q, at + 3)}};
    return (uint32_t)h->n_waits;
}

static int read_shown(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *h, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT p.uid, p.email_id, p.flags, p.keywords, e.id IS NULL, w.id, w.add_flags, "
                                     "w.remove_flags, w.add_keywords, w.remove_keywords FROM placement p "
                                     "LEFT JOIN email e ON e.id = p.email_id "
                                     "LEFT JOIN pending w ON w.email_id = p.email_id AND w.mailbox_id = p.mailbox_id "
                                     "AND w.kind = ?2 WHERE p.mailbox_id = ?1 AND p.uid IS NOT NULL ORDER BY p.uid");
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, STORE_PENDING_FLAGS);
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct store_here e = {.uid = (uint64_t)sqlite3_column_int64(q, 0),
                               .email_id = sqlite3_column_int64(q, 1),
                               .flags = (uint32_t)sqlite3_column_int64(q, 2),
                               .kind = HERE_SHOWN,
                               .is_broken = sqlite3_column_int(q, 4) != 0};
        if (sqlite3_column_type(q, 5) != SQLITE_NULL)
            e.waits_at = add_wait(h, q, 6);
        add_here(h, &e, store_text_or_null(q, 3));
    }
    return has_row;
}

static int read_hidden(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *h, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT uid, 0, flags, keywords, ?2 FROM placement_deleted WHERE mailbox_id = ?1 AND uid > 0 UNION ALL "
            "SELECT uid, email_id, flags, keywords, ?3 FROM departure WHERE mailbox_id = ?1 AND uid IS NOT NULL");
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, HERE_DELETED);
    sqlite3_bind_int(q, 3, HERE_LEAVING);
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct store_here e = {.uid = (uint64_t)sqlite3_column_int64(q, 0),
                               .email_id = sqlite3_column_int64(q, 1),
                               .flags = (uint32_t)sqlite3_column_int64(q, 2),
                               .kind = (uint8_t)sqlite3_column_int(q, 4)};
        add_here(h, &e, store_text_or_null(q, 3));
    }
    return has_row;
}

static int read_left_out(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *h, struct fct_error *err)
{
    CLEANUP(freep) struct store_stubborn *v = NULL;
    size_t n = 0;

    if (store_stubborn_load(tx, mailbox_id, &v, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!v[i].is_here && v[i].failures >= STUBBORN_FAILURES)
            add_here(h, &(struct store_here){.uid = v[i].uid, .kind = HERE_LEFT_OUT}, NULL);
    return 0;
}

static int read_unplaced(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *h, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT p.email_id, EXISTS (SELECT 1 FROM pending w WHERE w.email_id = p.email_id "
                                     "AND w.mailbox_id = p.mailbox_id AND w.kind = ?2) FROM placement p "
                                     "WHERE p.mailbox_id = ?1 AND p.uid IS NULL");
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, STORE_PENDING_PLACE);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if ((h->n_unplaced & (h->n_unplaced - 1)) == 0)
            h->unplaced = xreallocarray(h->unplaced, h->n_unplaced ? 2 * h->n_unplaced : 1, sizeof(*h->unplaced));
        h->unplaced[h->n_unplaced++] =
            (struct store_unplaced){sqlite3_column_int64(q, 0), sqlite3_column_int(q, 1) != 0};
    }
    return has_row;
}

static int compare_here(const void *a, const void *b)
{
    const struct store_here *x = a, *y = b;

    if (x->uid != y->uid)
        return x->uid < y->uid ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

int store_verify_mailbox(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *out, struct fct_error *err)
{
    CLEANUP(store_mailbox_here_done) struct store_mailbox_here h = {0};

    if (read_shown(tx, mailbox_id, &h, err) < 0)
        return -1;
    size_t n_shown = h.n;
    if (read_hidden(tx, mailbox_id, &h, err) < 0 || read_left_out(tx, mailbox_id, &h, err) < 0 ||
        read_unplaced(tx, mailbox_id, &h, err) < 0)
        return -1;
    if (h.n > n_shown)
        qsort(h.v, h.n, sizeof(*h.v), compare_here);
    *out = h;
    h = (struct store_mailbox_here){0};
    return 0;
}

int store_verify_is_double(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT 1 FROM email e JOIN email o ON o.blob_id = e.blob_id AND o.id <> e.id "
                       "JOIN placement p ON p.mailbox_id = ?1 AND p.email_id = o.id WHERE e.id = ?2 LIMIT 1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    *out = has_row > 0;
    return has_row < 0 ? -1 : 0;
}

/* ---- the Emails themselves ---- */

struct piece_email {
    int64_t id, blob_id, size;
    uint32_t flags;
    unsigned faults;
};

/* Rows without a look at placements and bytes. */
static int read_piece(struct store_tx *tx, int64_t account_id, int64_t after, size_t max, struct piece_email *out,
                      size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT e.id, e.blob_id, CASE WHEN e.bits & 4 THEN 0 ELSE e.size END, e.flags, "
                                     "EXISTS (SELECT 1 FROM envelope v WHERE v.email_id = e.id), "
                                     "EXISTS (SELECT 1 FROM fts_docsize d WHERE d.id = e.id) "
                                     "FROM email e WHERE e.account_id = ?1 AND e.id > ?2 ORDER BY e.id LIMIT ?3");
    int has_row;

    *out_n = 0;
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int64(q, 3, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[(*out_n)++] = (struct piece_email){.id = sqlite3_column_int64(q, 0),
                                               .blob_id = sqlite3_column_int64(q, 1),
                                               .size = sqlite3_column_int64(q, 2),
                                               .flags = (uint32_t)sqlite3_column_int64(q, 3),
                                               .faults = (sqlite3_column_int(q, 4) ? 0 : FAULT_ENVELOPE) |
                                                         (sqlite3_column_int(q, 5) ? 0 : FAULT_INDEX)};
    return has_row;
}

/* The keywords by name as they are kept for the Email. */
static int read_words(struct store_tx *tx, int64_t id, char **out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf words = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT keyword FROM email_keyword WHERE email_id = ?1 ORDER BY keyword");
    int has_row;

    sqlite3_bind_int64(q, 1, id);
    while ((has_row = store_step(tx, q, err)) > 0)
        buf_addf(&words, "%s%s", words.n ? " " : "", store_text(q, 0));
    if (has_row < 0)
        return -1;
    *out = words.n ? buf_steal(&words) : NULL;
    return 0;
}

static int check_places(struct store_tx *tx, struct piece_email *e, struct fct_error *err)
{
    struct keywords_sum sum = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT flags, keywords FROM placement WHERE email_id = ?1");
    CLEANUP(freep) char *words = NULL;
    int has_row;

    sqlite3_bind_int64(q, 1, e->id);
    while ((has_row = store_step(tx, q, err)) > 0)
        keywords_sum_add(&sum, (uint32_t)sqlite3_column_int64(q, 0), store_text_or_null(q, 1));
    CLEANUP(freep) char *summed = sum.set.words;
    if (has_row < 0 || read_words(tx, e->id, &words, err) < 0)
        return -1;
    if (sum.n_placements == 0)
        e->faults |= FAULT_NOWHERE;
    else if (sum.set.bits != e->flags || !words_equal(words, summed))
        e->faults |= FAULT_KEYWORDS;
    return 0;
}

int store_verify_emails(struct store_tx *tx, int64_t account_id, int64_t after, size_t max, bool whole,
                        void (*found)(void *ctx, int64_t email_id, unsigned faults), void *ctx, int64_t *out_last,
                        size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) struct piece_email *list = xcalloc(max, sizeof(*list));
    size_t n = 0;
    int64_t bytes = 0;

    *out_n = 0;
    if (read_piece(tx, account_id, after, max, list, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n && (!whole || bytes < VERIFY_PIECE_BYTES); i++) {
        bool is_good = true;
        if (check_places(tx, &list[i], err) < 0 || store_blob_check(tx, list[i].blob_id, whole, &is_good, err) < 0)
            return -1;
        list[i].faults |= is_good ? 0 : FAULT_BYTES;
        if (list[i].faults)
            found(ctx, list[i].id, list[i].faults);
        bytes += list[i].size;
        *out_last = list[i].id;
        ++*out_n;
    }
    return 0;
}

int store_verify_remains(struct store_tx *tx, size_t max, void (*found)(void *ctx, int64_t email_id), void *ctx,
                         int64_t *io_last, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT v.email_id, e.id IS NULL FROM envelope v LEFT JOIN email e "
                                     "ON e.id = v.email_id WHERE v.email_id > ?1 ORDER BY v.email_id LIMIT ?2");
    int has_row;

    *out_n = 0;
    sqlite3_bind_int64(q, 1, *io_last);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0) {
        *io_last = sqlite3_column_int64(q, 0);
        ++*out_n;
        if (sqlite3_column_int(q, 1))
            found(ctx, *io_last);
    }
    return has_row;
}
