/* Moves, copies, appends and removals, sent to the server. What is sent follows from what stands in the journal
 * (store/transfers.h); before that, mailboxes are looked into to which something was sent without an answer. */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/blobs.h"
#include "store/transfers.h"
#include "sync/engine_internal.h"

#include <stdlib.h>

#define TRANSFERS_AT_ONCE 2000      /* that one command of the source is about */
#define REMOVALS_AT_ONCE 2000
#define APPEND_PIECE ((size_t)64 << 10)
#define APPENDS_AT_ONCE 64           /* one transaction before, and one after them */
#define APPEND_OCTETS_AT_ONCE ((size_t)2 << 20) /* no further one is read into memory then */

/* ---- small jobs for the store --------------------------------------------------------------------------------------- */

struct waiting {
    int64_t account_id;
    bool has_any;
    int64_t *ids;
    size_t n;
};

static int read_any(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    return store_transfers_waiting(tx, w->account_id, &w->has_any, err);
}

static int read_unsure(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    return store_unsure_mailboxes(tx, w->account_id, &w->ids, &w->n, err);
}

static int read_unsure_sources(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    return store_unsure_sources(tx, w->account_id, &w->ids, &w->n, err);
}

static int read_removal_mailboxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    return store_removal_mailboxes(tx, w->account_id, &w->ids, &w->n, err);
}

static void waiting_done(struct waiting *w)
{
    free(w->ids);
}

/* A batch of transfers, and the part of it that a command is about. */
struct batch {
    int64_t account_id, after, last;
    struct store_transfer *all;
    size_t n_all;
    struct store_transfer *v;
    size_t n;
    uint64_t *uids; /* of the new copies, for each of v */
    uint32_t uidvalidity;
    const struct fct_error *why;
};

static void batch_done(struct batch *b)
{
    store_transfers_free(b->all, b->n_all);
    free(b->uids);
}

static int read_transfers(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_transfers_load(tx, b->account_id, b->after, TRANSFERS_AT_ONCE, &b->all, &b->n_all, &b->last, err);
}

static int write_sent(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_transfers_sent(tx, b->v, &b->n, err);
}

static int write_done(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_transfers_done(tx, b->v, b->n, b->uids, b->uidvalidity, err);
}

static int write_put_off(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_transfers_put_off(tx, b->v, b->n, err);
}

static int write_refused(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_transfers_refused(tx, b->v, b->n, b->why, err);
}

/* ---- looking what became of what was sent ---------------------------------------------------------------------------- */

/* Selects the mailbox anew, even if it is selected: what was sent by an earlier session may have come just now. */
static int look_into(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    bool is_there;
    if (mailbox_id == e->selected)
        e->selected = 0;
    return sync_go_to(e, mailbox_id, &is_there, err);
}

static int look_into_all(struct sync_engine *e, store_fn which, struct fct_error *err)
{
    CLEANUP(waiting_done) struct waiting w = {.account_id = e->o.account_id};
    if (store_read(e->o.store, which, &w, err) < 0)
        return -1;
    for (size_t i = 0; i < w.n; i++)
        if (look_into(e, w.ids[i], err) < 0)
            return -1;
    return 0;
}

/* First where it comes from: a command of an earlier session may be carried out between two looks. Then it is found twice, which is
 * mended, and not nowhere, which would be appended. */
static int look_into_unsure(struct sync_engine *e, struct fct_error *err)
{
    return look_into_all(e, read_unsure_sources, err) < 0 ? -1 : look_into_all(e, read_unsure, err);
}

/* ---- what the server says to it -------------------------------------------------------------------------------------- */

static const char *words_of(const struct fct_error *why)
{
    return why->server[0] ? why->server : why->message;
}

/* The server said no. What it may take later waits for the next pass. */
static int take_refusal(struct sync_engine *e, struct batch *b, const struct fct_error *why, const char *what, struct fct_error *err)
{
    bool is_final = why->retry == FCT_RETRY_NEVER && why->code != FCT_E_NOT_FOUND;
    e->is_refusal = false;
    log_warn(e->o.label, "%zu message%s cannot be %s%s: %s", b->n, b->n == 1 ? "" : "s", what, is_final ? "" : " now", words_of(why));
    if (is_final) {
        b->why = why;
        return store_write(e->o.store, write_refused, b, err);
    }
    sync_set_aside(e, b->v[0].to_mailbox);
    e->needs_pass |= why->code == FCT_E_NOT_FOUND && !e->is_listed; /* a mailbox has gone; one that was just listed is set aside */
    return store_write(e->o.store, write_put_off, b, err);
}

/* ---- moves and copies ------------------------------------------------------------------------------------------------ */

static int by_command(const void *x, const void *y)
{
    const struct store_transfer *a = x, *b = y;
    if (a->from_mailbox != b->from_mailbox)
        return a->from_mailbox < b->from_mailbox ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->to_mailbox != b->to_mailbox)
        return a->to_mailbox < b->to_mailbox ? -1 : 1;
    return (a->from_uid > b->from_uid) - (a->from_uid < b->from_uid);
}

static bool same_command(const struct store_transfer *a, const struct store_transfer *b)
{
    return a->from_mailbox == b->from_mailbox && a->kind == b->kind && a->to_mailbox == b->to_mailbox;
}

/* The answer to COPY and MOVE: which copy has which UID. Runs of UIDs, both ascending as a rule; b->v ascends. */
static int on_copied(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from, const struct fct_uid_range *to, size_t n,
                     struct fct_error *err)
{
    struct batch *b = ctx;
    (void)err;
    b->uidvalidity = to_uidvalidity;
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = b->n;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (b->v[mid].from_uid < from[i].first)
                low = mid + 1;
            else
                high = mid;
        }
        for (; low < b->n && b->v[low].from_uid <= from[i].last; low++)
            b->uids[low] = to[i].first + (b->v[low].from_uid - from[i].first);
    }
    return 0;
}

static void ranges_of(const struct batch *b, struct uid_ranges *out)
{
    for (size_t i = 0; i < b->n; i++) {
        if (out->n > 0 && out->v[out->n - 1].last + 1 >= b->v[i].from_uid)
            out->v[out->n - 1].last = b->v[i].from_uid;
        else
            uid_ranges_add(out, b->v[i].from_uid, b->v[i].from_uid);
    }
}

/* Of a refused MOVE some may have been moved all the same (RFC 6851 section 3.3): they come to the front. Returns how many. */
static size_t moved_first(struct batch *b)
{
    size_t moved = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->uids[i] == 0)
            continue;
        struct store_transfer t = b->v[moved];
        uint64_t uid = b->uids[moved];
        b->v[moved] = b->v[i];
        b->uids[moved++] = b->uids[i];
        b->v[i] = t;
        b->uids[i] = uid;
    }
    return moved;
}

/* Without MOVE it is a copy, and the departure waits for its removal. */
static void as_copies(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        b->v[i].kind = STORE_TRANSFER_COPY;
        b->v[i].departure_id = 0;
    }
}

static int after_copy(struct sync_engine *e, struct batch *b, bool is_move, struct fct_error *err)
{
    if (is_move) /* no EXPUNGE is awaited for these */
        e->count -= b->n < e->count ? b->n : e->count;
    return store_write(e->o.store, write_done, b, err);
}

static int after_refused_copy(struct sync_engine *e, struct batch *b, bool is_move, const struct fct_error *why, struct fct_error *err)
{
    struct batch rest = *b;
    b->n = moved_first(b);
    rest.v += b->n;
    rest.uids += b->n;
    rest.n -= b->n;
    if (b->n > 0 && after_copy(e, b, is_move, err) < 0)
        return -1;
    return take_refusal(e, &rest, why, is_move ? "moved" : "copied", err);
}

static int send_copy(struct sync_engine *e, struct batch *b, const struct store_mailbox *to, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges ranges = {0};
    struct fct_error why = {0};
    bool is_move = b->v[0].kind == STORE_TRANSFER_MOVE && e->o.can & FCT_CAN_MOVE;
    if (!is_move)
        as_copies(b);
    if (store_write(e->o.store, write_sent, b, err) < 0)
        return -1;
    if (b->n == 0)
        return 0;
    e->sent++;
    ranges_of(b, &ranges);
    b->uids = xcalloc(b->n, sizeof(b->uids[0]));
    int copied = e->o.source->copy(e->o.session, ranges.v, ranges.n, buf_bytes(&to->wire_name), is_move, on_copied, b, &why);
    if (sync_asked(e, copied, &why) == 0)
        return after_copy(e, b, is_move, err);
    if (e->is_refusal)
        return after_refused_copy(e, b, is_move, &why, err);
    *err = why;
    return -1;
}

static int copy_group(struct sync_engine *e, struct batch *b, struct fct_error *err)
{
    struct store_mailbox to = {0};
    bool is_there = false;
    if (sync_is_set_aside(e, b->v[0].to_mailbox))
        return 0;
    if (sync_go_to(e, b->v[0].from_mailbox, &is_there, err) < 0)
        return -1;
    if (!is_there)
        return 0;
    int result = sync_load_mailbox(e, b->v[0].to_mailbox, &to, err);
    if (result == 0 && to.wire_name.n > 0)
        result = send_copy(e, b, &to, err);
    else if (result < 0 && err->code == FCT_E_NOT_FOUND)
        result = 0;
    store_mailbox_done(&to);
    free(b->uids);
    b->uids = NULL;
    return result;
}

/* ---- appends ---------------------------------------------------------------------------------------------------------- */

struct bytes_query {
    int64_t blob_id;
    struct blob_view view;
};

static int read_bytes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct bytes_query *q = arg;
    return store_blob_view(tx, q->blob_id, &q->view, err);
}

/* Messages that go out together: what they are, where their bytes are, and what the server said of each. */
struct appending {
    struct sync_engine *e;
    struct batch *b;
    struct fct_message *m;  /* of each of b->v, as the rest */
    struct blob_view *view;
    struct fct_bytes *left; /* what of it was not read yet */
    struct fct_error *why;  /* code FCT_OK: not refused */
    bool *is_told;
};

static void appending_done(struct appending *a)
{
    for (size_t i = 0; a->view && i < a->b->n; i++)
        blob_view_done(&a->view[i]);
    free(a->m);
    free(a->view);
    free(a->left);
    free(a->why);
    free(a->is_told);
}

static void appending_new(struct appending *a)
{
    size_t n = a->b->n + 1;
    a->m = xcalloc(n, sizeof(a->m[0]));
    a->view = xcalloc(n, sizeof(a->view[0]));
    a->left = xcalloc(n, sizeof(a->left[0]));
    a->why = xcalloc(n, sizeof(a->why[0]));
    a->is_told = xcalloc(n, sizeof(a->is_told[0]));
    a->b->uids = xcalloc(n, sizeof(a->b->uids[0]));
}

static const struct fct_message *message_at(void *ctx, size_t i)
{
    return &((const struct appending *)ctx)->m[i];
}

static int next_piece_at(void *ctx, size_t i, struct fct_bytes *out, struct fct_error *err)
{
    struct fct_bytes *left = &((struct appending *)ctx)->left[i];
    (void)err;
    out->p = left->p;
    out->n = left->n < APPEND_PIECE ? left->n : APPEND_PIECE;
    left->p += out->n;
    left->n -= out->n;
    return 0;
}

static int on_appended(void *ctx, size_t i, uint64_t uid, const struct fct_error *refused, struct fct_error *err)
{
    struct appending *a = ctx;
    (void)err;
    a->is_told[i] = true;
    a->b->uids[i] = uid;
    if (refused)
        a->why[i] = *refused;
    return 0;
}

static int next_piece(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    return next_piece_at(ctx, 0, out, err);
}

static bool gives_many(const struct fct_source *s)
{
    return s->size > offsetof(struct fct_source, append_many) && s->append_many;
}

/* -1 only where the session ends; a source that can append one at a time is given one. */
static int ask_to_append(struct appending *a, const struct store_mailbox *to, struct fct_error *err)
{
    const struct fct_appends what = {.size = sizeof(what), .ctx = a, .n = a->b->n, .message = message_at, .read = next_piece_at,
                                     .appended = on_appended};
    struct sync_engine *e = a->e;
    struct fct_error why = {0};
    uint64_t uid = 0;
    bool is_many = gives_many(e->o.source);
    e->sent++;
    int rc = is_many ? e->o.source->append_many(e->o.session, buf_bytes(&to->wire_name), &what, &why)
                     : e->o.source->append(e->o.session, buf_bytes(&to->wire_name), a->m, next_piece, a, &uid, &why);
    if (sync_asked(e, rc, &why) == 0)
        return is_many ? 0 : on_appended(a, 0, uid, NULL, err);
    if (e->is_refusal) {
        e->is_refusal = false;
        for (size_t i = 0; i < a->b->n; i++)
            if (!a->is_told[i])
                on_appended(a, i, 0, &why, err);
        return 0;
    }
    *err = why;
    return -1;
}

/* What has come is written down in one transaction. */
static int write_appended(const struct appending *a, const struct store_mailbox *to, struct fct_error *err)
{
    struct batch there = {.account_id = a->b->account_id, .uidvalidity = to->uidvalidity};
    CLEANUP(freep) struct store_transfer *v = xcalloc(a->b->n, sizeof(v[0])); /* what they own stays with a->b */
    CLEANUP(freep) uint64_t *uids = xcalloc(a->b->n, sizeof(uids[0]));
    there.v = v;
    there.uids = uids;
    for (size_t i = 0; i < a->b->n; i++)
        if (a->is_told[i] && a->why[i].code == FCT_OK) {
            v[there.n] = a->b->v[i];
            uids[there.n++] = a->b->uids[i];
        }
    return there.n ? store_write(a->e->o.store, write_done, &there, err) : 0;
}

static int take_refusals(const struct appending *a, struct fct_error *err)
{
    for (size_t i = 0; i < a->b->n; i++) {
        struct batch one = {.account_id = a->b->account_id, .v = a->b->v + i, .n = 1};
        if (a->why[i].code != FCT_OK && take_refusal(a->e, &one, &a->why[i], "kept on the server", err) < 0)
            return -1;
    }
    return 0;
}

static int send_append(struct appending *a, const struct store_mailbox *to, struct fct_error *err)
{
    int sent = ask_to_append(a, to, err);
    struct fct_error why = {0};
    struct fct_error *first = sent < 0 ? &why : err; /* what the server answered counts, also when it hung up then */
    if (write_appended(a, to, first) < 0 || take_refusals(a, first) < 0)
        return -1;
    return sent;
}

/* Reads the message. One that cannot be sent is refused; *out_can: it can. */
static int load_message(struct sync_engine *e, const struct store_transfer *t, struct blob_view *out, bool *out_can, struct fct_error *err)
{
    struct batch one = {.account_id = e->o.account_id, .v = (struct store_transfer *)(uintptr_t)t, .n = 1};
    struct bytes_query q = {.blob_id = t->blob_id};
    struct fct_error why = {0};
    *out_can = false;
    if (t->is_partial) { /* its header is no message */
        fct_fail(&why, FCT_E_CORRUPT, FCT_RETRY_NEVER, "only the header of the message is here, and the server has lost the rest");
        return take_refusal(e, &one, &why, "kept on the server", err);
    }
    *out_can = store_read(e->o.store, read_bytes, &q, &why) == 0;
    *out = q.view;
    if (*out_can)
        return 0;
    if (why.code == FCT_E_CORRUPT || why.code == FCT_E_BLOB_NOT_FOUND)
        return take_refusal(e, &one, &why, "kept on the server", err);
    *err = why;
    return -1;
}

/* The first of them that go out together: as many as the source takes at once, and memory. *out_used of them were looked at; those
 * that cannot be sent are gone from b. */
static int load_some(struct appending *a, size_t *out_used, struct fct_error *err)
{
    struct batch *b = a->b;
    size_t max = gives_many(a->e->o.source) ? APPENDS_AT_ONCE : 1, n = 0, used = 0, octets = 0;
    for (; used < b->n && n < max && octets < APPEND_OCTETS_AT_ONCE; used++) {
        struct store_transfer swap = b->v[used]; /* each keeps what it owns */
        bool can = false;
        if (load_message(a->e, &b->v[used], &a->view[n], &can, err) < 0) {
            b->n = n;
            return -1;
        }
        if (!can)
            continue;
        octets += a->view[n].bytes.n;
        b->v[used] = b->v[n];
        b->v[n++] = swap;
    }
    b->n = n;
    *out_used = used;
    return 0;
}

/* Marks them as sent, durably. What was taken back meanwhile falls out: so they are matched by their rows again. */
static int mark_appends(struct appending *a, struct fct_error *err)
{
    struct batch *b = a->b;
    size_t n = b->n;
    CLEANUP(freep) int64_t *rows = xcalloc(n + 1, sizeof(rows[0]));
    for (size_t i = 0; i < n; i++)
        rows[i] = b->v[i].pending_id;
    int result = store_write(a->e->o.store, write_sent, b, err);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool stays = result == 0 && kept < b->n && b->v[kept].pending_id == rows[i];
        if (!stays) {
            blob_view_done(&a->view[i]);
            continue;
        }
        struct blob_view view = a->view[i];
        a->view[i] = (struct blob_view){0};
        a->view[kept++] = view;
    }
    b->n = kept;
    return result;
}

static void describe_messages(struct appending *a)
{
    for (size_t i = 0; i < a->b->n; i++) {
        const struct store_transfer *t = &a->b->v[i];
        a->left[i] = a->view[i].bytes;
        a->m[i] = (struct fct_message){.size = sizeof(a->m[i]), .internal_date = t->received_at, .octets = a->left[i].n};
        a->m[i].flags = (struct fct_flags){t->flags, bytes_str(t->keywords)};
    }
}

/* Sends the first of the batch; *out_used of them are dealt with. */
static int append_some(struct sync_engine *e, struct batch *b, const struct store_mailbox *to, size_t *out_used, struct fct_error *err)
{
    struct batch some = {.account_id = b->account_id, .v = b->v, .n = b->n < APPENDS_AT_ONCE ? b->n : APPENDS_AT_ONCE};
    CLEANUP(appending_done) struct appending a = {.e = e, .b = &some};
    appending_new(&a);
    CLEANUP(freep) uint64_t *uids = some.uids;
    if (load_some(&a, out_used, err) < 0 || mark_appends(&a, err) < 0)
        return -1;
    describe_messages(&a);
    return some.n ? send_append(&a, to, err) : 0;
}

/* Each has its own answer. Where something has gone since the last pass, another program may have moved it to where it is
 * wanted: the pass looks first. */
static int append_group(struct sync_engine *e, struct batch *b, struct fct_error *err)
{
    struct store_mailbox to = {0};
    if (e->needs_pass && !e->is_listed)
        return 0;
    int result = sync_load_mailbox(e, b->v->to_mailbox, &to, err);
    if (result < 0 && err->code == FCT_E_NOT_FOUND)
        result = 0;
    else if (result == 0 && to.wire_name.n > 0) {
        int64_t to_mailbox = b->v->to_mailbox;
        struct batch rest = *b;
        for (size_t used = 0; result == 0 && rest.n > 0 && !sync_is_set_aside(e, to_mailbox); rest.v += used, rest.n -= used)
            result = append_some(e, &rest, &to, &used, err);
    }
    store_mailbox_done(&to);
    return result;
}

/* ---- all that waits ---------------------------------------------------------------------------------------------------- */

static bool can_do(const struct sync_engine *e, enum store_transfer_kind kind)
{
    return kind == STORE_TRANSFER_APPEND ? e->o.can & FCT_CAN_APPEND && e->o.source->append
                                         : e->o.can & FCT_CAN_COPY && e->o.source->copy;
}

/* A source that never can is as a server that refuses: nothing waits for what will not be. */
static int refuse_group(struct sync_engine *e, struct batch *b, struct fct_error *err)
{
    bool is_append = b->v->kind == STORE_TRANSFER_APPEND, is_move = b->v->kind == STORE_TRANSFER_MOVE;
    struct fct_error why = {0};
    fct_fail(&why, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "an account of this kind cannot %s messages there",
             is_append ? "store" : is_move ? "move" : "copy");
    return take_refusal(e, b, &why, is_append ? "kept on the server" : is_move ? "moved" : "copied", err);
}

static int send_batch(struct sync_engine *e, struct batch *b, struct fct_error *err)
{
    if (b->n_all > 0)
        qsort(b->all, b->n_all, sizeof(b->all[0]), by_command);
    for (size_t first = 0, last; first < b->n_all; first = last) {
        for (last = first + 1; last < b->n_all && same_command(&b->all[first], &b->all[last]);)
            last++;
        struct batch group = {.account_id = b->account_id, .v = b->all + first, .n = last - first};
        int sent = !can_do(e, group.v->kind)                ? refuse_group(e, &group, err)
                   : group.v->kind == STORE_TRANSFER_APPEND ? append_group(e, &group, err)
                                                            : copy_group(e, &group, err);
        if (sent < 0)
            return -1;
    }
    return 0;
}

static int send_transfers(struct sync_engine *e, struct fct_error *err)
{
    for (int64_t after = 0;;) {
        CLEANUP(batch_done) struct batch b = {.account_id = e->o.account_id, .after = after};
        if (store_read(e->o.store, read_transfers, &b, err) < 0 || send_batch(e, &b, err) < 0)
            return -1;
        if (b.last == after)
            return 0;
        after = b.last;
    }
}

/* ---- removals --------------------------------------------------------------------------------------------------------- */

struct removal {
    int64_t mailbox_id;
    uint64_t after; /* the last UID of those before */
    struct store_removal *v;
    size_t n;
    bool only_marked;
    const struct fct_error *why;
};

static void removal_done(struct removal *r)
{
    free(r->v);
}

static int read_removals(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct removal *r = arg;
    return store_removals_load(tx, r->mailbox_id, r->after, REMOVALS_AT_ONCE, &r->v, &r->n, err);
}

static int write_removals_sent(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct removal *r = arg;
    return store_removals_sent(tx, r->v, &r->n, err);
}

static int write_removed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct removal *r = arg;
    return store_removals_done(tx, r->v, r->n, r->only_marked, err);
}

static int write_not_removed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct removal *r = arg;
    return r->why ? store_removals_refused(tx, r->v, r->n, r->why, err) : store_removals_put_off(tx, r->v, r->n, err);
}

static int send_removal(struct sync_engine *e, struct removal *r, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges ranges = {0};
    struct fct_error why = {0};
    for (size_t i = 0; i < r->n; i++) {
        if (ranges.n > 0 && ranges.v[ranges.n - 1].last + 1 == r->v[i].uid)
            ranges.v[ranges.n - 1].last++;
        else
            uid_ranges_add(&ranges, r->v[i].uid, r->v[i].uid);
    }
    e->sent++;
    int removed = e->o.source->expunge(e->o.session, ranges.v, ranges.n, &why);
    if (sync_asked(e, removed, &why) == 0) {
        r->only_marked = !(e->o.can & FCT_CAN_EXPUNGE);
        if (!r->only_marked)
            e->count -= r->n < e->count ? r->n : e->count;
        return store_write(e->o.store, write_removed, r, err);
    }
    if (!e->is_refusal) {
        *err = why;
        return -1;
    }
    e->is_refusal = false;
    log_warn(e->o.label, "%zu message%s cannot be deleted: %s", r->n, r->n == 1 ? "" : "s", words_of(&why));
    r->why = why.retry == FCT_RETRY_NEVER ? &why : NULL;
    sync_set_aside(e, r->mailbox_id);
    return store_write(e->o.store, write_not_removed, r, err);
}

/* Nobody can remove anything over this source, so that nothing shall wait for it: it is shown again. */
static int refuse_removals(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    struct fct_error why = {0};
    uint64_t after = 0;
    fct_fail(&why, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s cannot delete messages", e->o.source->scheme);
    for (;;) {
        CLEANUP(removal_done) struct removal r = {.mailbox_id = mailbox_id, .after = after, .why = &why};
        if (store_read(e->o.store, read_removals, &r, err) < 0)
            return -1;
        if (r.n == 0)
            return 0;
        after = r.v[r.n - 1].uid;
        log_warn(e->o.label, "%zu message%s cannot be deleted: %s", r.n, r.n == 1 ? "" : "s", words_of(&why));
        if (store_write(e->o.store, write_not_removed, &r, err) < 0)
            return -1;
    }
}

static int remove_from(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    uint64_t after = 0;
    for (;;) {
        CLEANUP(removal_done) struct removal r = {.mailbox_id = mailbox_id, .after = after};
        bool is_there = false;
        if (sync_is_set_aside(e, mailbox_id))
            return 0;
        if (sync_go_to(e, mailbox_id, &is_there, err) < 0)
            return -1;
        if (!is_there)
            return 0;
        if (store_read(e->o.store, read_removals, &r, err) < 0)
            return -1;
        if (r.n == 0)
            return 0;
        after = r.v[r.n - 1].uid;
        if (store_write(e->o.store, write_removals_sent, &r, err) < 0 || (r.n > 0 && send_removal(e, &r, err) < 0))
            return -1;
    }
}

static int send_removals(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(waiting_done) struct waiting w = {.account_id = e->o.account_id};
    int (*each)(struct sync_engine *, int64_t, struct fct_error *) =
        e->o.source->expunge ? remove_from : refuse_removals;
    if (store_read(e->o.store, read_removal_mailboxes, &w, err) < 0)
        return -1;
    for (size_t i = 0; i < w.n; i++)
        if (each(e, w.ids[i], err) < 0)
            return -1;
    return 0;
}

static int write_refused_again(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct sync_engine *e = arg;
    return store_refused_again(tx, e->o.account_id, err);
}

int sync_try_refused(struct sync_engine *e, struct fct_error *err)
{
    return store_write(e->o.store, write_refused_again, e, err);
}

int sync_transfer(struct sync_engine *e, struct fct_error *err)
{
    struct waiting w = {.account_id = e->o.account_id};
    if (store_read(e->o.store, read_any, &w, err) < 0)
        return -1;
    if (!w.has_any)
        return 0;
    /* What the server takes without naming a UID is looked for right after. */
    if (look_into_unsure(e, err) < 0 || send_transfers(e, err) < 0 || look_into_unsure(e, err) < 0)
        return -1;
    if (send_removals(e, err) < 0)
        return -1;
    return look_into_unsure(e, err); /* what was kept in place of what is removed now */
}
