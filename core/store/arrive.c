#include "store/arrive.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/change.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/history.h"
#include "store/partial.h"
#include "store/rules.h"
#include "store/threads.h"
#include "store/wanted.h"

#define ARRIVE_MAX 10000  /* messages in one call */
#define SAME_BYTES_MAX 64 /* Emails of the same bytes that are looked at for a free place */

/* ---- what is here already ---- */

int uid_find(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, int64_t *out_email, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM placement WHERE mailbox_id = ?1 AND uid = ?2 UNION ALL "
                                     "SELECT 0 FROM placement_deleted WHERE mailbox_id = ?1 AND uid = ?2 UNION ALL "
                                     "SELECT 0 FROM departure WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out_email = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

static uint64_t size_of(const struct store_arrival *a)
{
    return a->partial_size ? a->partial_size : blob_stage_size(a->blob);
}

/* The Emails of the account with these bytes, at most SAME_BYTES_MAX. (Of the same header two messages may have other
 * bodies.) */
static int same_bytes(struct store_tx *tx, int64_t account_id, int64_t blob_id, uint64_t size,
                      int64_t out[SAME_BYTES_MAX], size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id FROM email WHERE blob_id = ?1 AND +account_id = ?2 AND size = ?4 LIMIT ?3");
    int has_row;

    *out_n = 0;
    sqlite3_bind_int64(q, 1, blob_id);
    sqlite3_bind_int64(q, 2, account_id);
    sqlite3_bind_int(q, 3, SAME_BYTES_MAX);
    sqlite3_bind_int64(q, 4, (int64_t)size);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[(*out_n)++] = sqlite3_column_int64(q, 0);
    return has_row;
}

enum stand email_stand(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT uid IS NULL FROM placement WHERE mailbox_id = ?1 AND email_id = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    int has_row = store_step(tx, q, err);
    bool is_unlinked = has_row > 0 && sqlite3_column_int(q, 0);
    store_reset(q);
    return has_row < 0 ? STAND_ERROR : has_row == 0 ? STAND_ABSENT : is_unlinked ? STAND_UNLINKED : STAND_PLACED;
}

/* ---- one message of bytes that the account has ---- */

static void arrival_flags(const struct store_arrival *a, struct keyword_set *out)
{
    keyword_set_from(&a->flags, out);
    out->bits &= ~(uint32_t)FCT_FLAG_DELETED;
}

int email_add_place(struct counters *c, int64_t email_id, const struct store_arrival *a, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state before = {0};
    struct email_place p = {.mailbox_id = a->mailbox_id, .uid = a->uid};

    arrival_flags(a, &p.flags);
    CLEANUP(freep) char *words = p.flags.words;
    if (email_state_load(c->tx, email_id, &before, err) < 0 ||
        email_place_insert(c->tx, email_id, &p, a->remote_id, err) < 0)
        return -1;
    return email_placed(c, &before, err);
}

int email_relink(struct counters *c, int64_t email_id, const struct store_arrival *a, struct fct_error *err)
{
    if (store_placement_relink(c->tx, a->mailbox_id, email_id, a->uid, err) < 0)
        return -1;
    return placement_server_flags(c, a->mailbox_id, a->uid, &a->flags, NULL, err);
}

/* Bytes that have left this mailbox, and of which it was not known where: here they are. Returns 1, or 0: there are
 * none. */
static int join_departure(struct store_tx *tx, const struct store_arrival *a, int64_t blob_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id FROM departure WHERE blob_id = ?1 AND mailbox_id = ?2 AND uid IS NULL AND size = ?3 LIMIT 1");

    sqlite3_bind_int64(q, 1, blob_id);
    sqlite3_bind_int64(q, 2, a->mailbox_id);
    sqlite3_bind_int64(q, 3, (int64_t)size_of(a));
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    int64_t id = sqlite3_column_int64(q, 0);
    store_reset(q);
    return departure_link(tx, id, a->uid, err) < 0 ? -1 : 1;
}

/* A header says which message it is by its Message-ID only. */
static bool tells_which(const struct store_arrival *a)
{
    return !a->partial_size || (a->summary->message_ids && a->summary->message_ids[0]);
}

/* Finds a place for the message at an Email of the same bytes. Returns 1 when there was one, 0 when it needs an Email
 * of its own. */
static int join_same_bytes(struct counters *c, struct store_arrival *a, int64_t blob_id, struct fct_error *err)
{
    int64_t ids[SAME_BYTES_MAX], absent = 0, unlinked = 0;
    size_t n;

    if (same_bytes(c->tx, c->account_id, blob_id, size_of(a), ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n && unlinked == 0; i++) {
        enum stand stand = email_stand(c->tx, a->mailbox_id, ids[i], err);
        if (stand == STAND_ERROR)
            return -1;
        if (stand == STAND_UNLINKED && a->uid != 0)
            unlinked = ids[i];
        if (stand == STAND_ABSENT && absent == 0 && tells_which(a))
            absent = ids[i];
    }
    if (unlinked == 0 && a->uid != 0) {
        int has_left = join_departure(c->tx, a, blob_id, err);
        if (has_left != 0) {
            a->was_known = true;
            return has_left;
        }
    }
    a->email_id = unlinked ? unlinked : absent;
    a->was_known = a->email_id != 0;
    if (unlinked)
        return email_relink(c, unlinked, a, err) < 0 ? -1 : 1;
    if (absent)
        return email_add_place(c, absent, a, err) < 0 ? -1 : 1;
    return 0;
}

/* By what it is known again when the mailbox is renumbered; of bytes that are here already, as it is written there. */
static int note_identity(struct store_tx *tx, const struct store_arrival *a, struct fct_error *err)
{
    struct threads_key key;

    if (!a->summary) {
        sqlite3_stmt *q = store_stmt(
            tx,
            "UPDATE placement_deleted AS h SET (msgid_hash, sent_at) = (SELECT msgid_hash, sent_at FROM email WHERE "
            "blob_id = h.blob_id UNION ALL SELECT msgid_hash, sent_at FROM departure WHERE blob_id = h.blob_id LIMIT "
            "1) WHERE mailbox_id = ?1 AND uid = ?2");
        sqlite3_bind_int64(q, 1, a->mailbox_id);
        sqlite3_bind_int64(q, 2, (int64_t)a->uid);
        return store_run(tx, q, err);
    }
    if (!a->summary->message_ids || !a->summary->message_ids[0])
        return 0;
    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE placement_deleted SET msgid_hash = ?3, sent_at = ?4 WHERE mailbox_id = ?1 AND uid = ?2");
    sqlite3_bind_int64(q, 1, a->mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)a->uid);
    sqlite3_bind_int64(q, 3, threads_msgid_hash(&key, bytes_str(a->summary->message_ids[0])));
    if (a->summary->has_sent_at)
        sqlite3_bind_int64(q, 4, a->summary->sent_at);
    return store_run(tx, q, err);
}

int deleted_keep(struct store_tx *tx, struct store_arrival *a, int64_t blob_id, struct fct_error *err)
{
    struct keyword_set flags;

    keyword_set_from(&a->flags, &flags);
    CLEANUP(freep) char *words = flags.words;
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO placement_deleted (mailbox_id, uid, blob_id, received_at, flags, keywords, remote_id, size) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    sqlite3_bind_int64(q, 1, a->mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)a->uid);
    sqlite3_bind_int64(q, 3, blob_id);
    sqlite3_bind_int64(q, 4, a->received_at);
    sqlite3_bind_int64(q, 5, flags.bits);
    bind_text(q, 6, words);
    bind_text(q, 7, a->remote_id);
    if (a->partial_size)
        sqlite3_bind_int64(q, 8, (int64_t)a->partial_size);
    a->was_known = true; /* nothing new to show */
    return store_run(tx, q, err) < 0 ? -1 : note_identity(tx, a, err);
}

/* ---- a batch ---- */

/* An arrival while its batch is worked on. */
struct entry {
    struct store_arrival *a;
    size_t order; /* as the caller gave it */
    int64_t blob_id;
    bool completes;      /* it is the whole message of its Email, of which the header is here */
    size_t fresh;        /* which of the new Emails it is, or NONE */
    struct entry *first; /* the same UID of the same mailbox came earlier in the batch */
};

#define NONE SIZE_MAX

struct batch {
    struct entry *e; /* by date */
    size_t n;
    struct fresh_email *fresh;
    size_t n_fresh;
};

static void batch_done(struct batch *b)
{
    for (size_t i = 0; i < b->n_fresh; i++)
        fresh_email_done(&b->fresh[i]);
    free(b->fresh);
    free(b->e);
}

static int compare_dates(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->a->received_at != y->a->received_at)
        return x->a->received_at < y->a->received_at ? -1 : 1;
    if (x->a->uid != y->a->uid)
        return x->a->uid < y->a->uid ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int compare_uids(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

    if (x->a->mailbox_id != y->a->mailbox_id)
        return x->a->mailbox_id < y->a->mailbox_id ? -1 : 1;
    if (x->a->uid != y->a->uid)
        return x->a->uid < y->a->uid ? -1 : 1;
    return (x > y) - (x < y);
}

static int compare_blobs(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

    if (x->blob_id != y->blob_id)
        return x->blob_id < y->blob_id ? -1 : 1;
    return (x > y) - (x < y);
}

static void batch_init(struct batch *b, struct store_arrival *arrivals, size_t n)
{
    CLEANUP(freep) struct entry **by_uid = xcalloc(n, sizeof(*by_uid));

    *b = (struct batch){.e = xcalloc(n, sizeof(*b->e)), .n = n, .fresh = xcalloc(n, sizeof(*b->fresh))};
    for (size_t i = 0; i < n; i++) {
        arrivals[i].email_id = 0;
        arrivals[i].was_known = arrivals[i].was_placed = arrivals[i].was_completed = false;
        b->e[i] = (struct entry){.a = &arrivals[i], .order = i, .fresh = NONE};
    }
    qsort(b->e, n, sizeof(*b->e), compare_dates);
    for (size_t i = 0; i < n; i++)
        by_uid[i] = &b->e[i];
    qsort(by_uid, n, sizeof(*by_uid), compare_uids);
    for (size_t i = 1; i < n; i++) {
        struct entry *last = by_uid[i - 1];
        if (by_uid[i]->a->uid != 0 && by_uid[i]->a->uid == last->a->uid &&
            by_uid[i]->a->mailbox_id == last->a->mailbox_id)
            by_uid[i]->first = last->first ? last->first : last;
    }
}

static int check_mailboxes(struct store_tx *tx, int64_t account_id, const struct batch *b, struct fct_error *err)
{
    int64_t good = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (b->e[i].a->mailbox_id == good)
            continue;
        sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM mailbox WHERE id = ?1 AND account_id = ?2");
        sqlite3_bind_int64(q, 1, b->e[i].a->mailbox_id);
        sqlite3_bind_int64(q, 2, account_id);
        int has_row = store_step(tx, q, err);
        store_reset(q);
        if (has_row < 0)
            return -1;
        if (has_row == 0)
            return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the mailbox does not exist (any more)");
        good = b->e[i].a->mailbox_id;
    }
    return 0;
}

/* The whole of a message that has its Email: new only where its header is all that is here. */
static int settle_body(struct counters *c, struct entry *e, struct fct_error *err)
{
    if (email_is_partial(c->tx, e->a->email_id, &e->completes, err) < 0)
        return -1;
    return e->completes ? store_blob_add(c->tx, e->a->blob, 0, &e->blob_id, err) : 0;
}

/* Stores the bytes and settles what needs no new Email. What is left has entry.fresh 0. */
static int settle(struct counters *c, struct entry *e, struct fct_error *err)
{
    struct store_arrival *a = e->a;

    if (e->first)
        return 0;
    if (a->uid != 0) {
        int is_here = uid_find(c->tx, a->mailbox_id, a->uid, &a->email_id, err);
        a->was_placed = a->was_known = is_here > 0;
        if (is_here > 0 && a->email_id != 0 && !a->partial_size)
            return settle_body(c, e, err);
        if (is_here != 0)
            return is_here < 0 ? -1 : 0;
    }
    if (store_blob_add(c->tx, a->blob, 0, &e->blob_id, err) < 0)
        return -1;
    if (a->uid != 0 && (a->flags.bits & FCT_FLAG_DELETED))
        return deleted_keep(c->tx, a, e->blob_id, err);
    int has_joined = join_same_bytes(c, a, e->blob_id, err);
    if (has_joined == 0)
        e->fresh = 0;
    return has_joined < 0 ? -1 : 0;
}

static bool fresh_is_in(const struct fresh_email *f, int64_t mailbox_id)
{
    for (size_t i = 0; i < f->n_places; i++) {
        if (f->places[i].mailbox_id == mailbox_id)
            return true;
    }
    return false;
}

static void fresh_add(struct fresh_email *f, const struct store_arrival *a)
{
    struct email_place p = {.mailbox_id = a->mailbox_id, .uid = a->uid};

    arrival_flags(a, &p.flags);
    fresh_email_place(f, &p, a->remote_id);
}

/* Entries of the same bytes share an Email where they are in different mailboxes: *e looks for one among those before
 * it. */
static void share(struct batch *b, struct entry **same, size_t n, struct entry *e)
{
    for (size_t i = n > SAME_BYTES_MAX ? n - SAME_BYTES_MAX : 0; i < n; i++) {
        struct fresh_email *f = &b->fresh[same[i]->fresh];
        bool is_same = f->size == size_of(e->a) && tells_which(e->a);
        if (is_same && !fresh_is_in(f, e->a->mailbox_id)) {
            fresh_add(f, e->a);
            e->a->was_known = true;
            e->fresh = same[i]->fresh;
            return;
        }
    }
}

/* Makes the list of new Emails, by date. */
static void collect_fresh(struct batch *b)
{
    CLEANUP(freep) struct entry **by_blob = xcalloc(b->n + 1, sizeof(*by_blob));
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct entry *e = &b->e[i];
        if (e->fresh == NONE)
            continue;
        e->fresh = b->n_fresh++; /* one each, at first */
        by_blob[n++] = e;
        b->fresh[e->fresh] = (struct fresh_email){.blob_id = e->blob_id,
                                                  .received_at = e->a->received_at,
                                                  .summary = e->a->summary,
                                                  .email_remote_id = e->a->email_remote_id,
                                                  .size = size_of(e->a),
                                                  .is_partial = e->a->partial_size != 0};
    }
    qsort(by_blob, n, sizeof(*by_blob), compare_blobs);
    for (size_t i = 0; i < n;) {
        size_t start = i;
        for (; i < n && by_blob[i]->blob_id == by_blob[start]->blob_id; i++) {
            size_t own = by_blob[i]->fresh;
            share(b, by_blob + start, i - start, by_blob[i]);
            if (by_blob[i]->fresh == own)
                fresh_add(&b->fresh[own], by_blob[i]->a);
        }
    }
}

/* Drops the Emails that nobody needs since their entry shares another. */
static void drop_shared(struct batch *b)
{
    CLEANUP(freep) size_t *new_at = xcalloc(b->n_fresh + 1, sizeof(*new_at));
    size_t n = 0;

    for (size_t i = 0; i < b->n_fresh; i++) {
        new_at[i] = n;
        if (b->fresh[i].n_places > 0)
            b->fresh[n++] = b->fresh[i];
    }
    b->n_fresh = n;
    for (size_t i = 0; i < b->n; i++) {
        if (b->e[i].fresh != NONE)
            b->e[i].fresh = new_at[b->e[i].fresh];
    }
}

static int compare_email_ids(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

    return (x->a->email_id > y->a->email_id) - (x->a->email_id < y->a->email_id);
}

/* By ascending id, as the index wants its rows. The Threads of the new Emails may have given them others. */
static int complete(struct counters *c, const struct batch *b, struct fct_error *err)
{
    CLEANUP(freep) struct entry **list = xcalloc(b->n + 1, sizeof(*list));
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (!b->e[i].completes)
            continue;
        b->e[i].a->email_id = counters_renamed(c, b->e[i].a->email_id);
        list[n++] = &b->e[i];
    }
    qsort(list, n, sizeof(*list), compare_email_ids);
    for (size_t i = 0; i < n; i++) {
        struct store_arrival *a = list[i]->a;
        if (email_complete(c->tx, a->email_id, list[i]->blob_id, a->summary, a->is_asked_for, &a->was_completed, err) <
            0)
            return -1;
    }
    return 0;
}

static void tell(const struct counters *c, const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct entry *e = &b->e[i];
        if (e->fresh != NONE)
            e->a->email_id = b->fresh[e->fresh].id;
        else if (c->n_renamed > 0 && !e->completes)
            e->a->email_id = counters_renamed(c, e->a->email_id);
    }
    for (size_t i = 0; i < b->n; i++) {
        struct entry *e = &b->e[i];
        if (e->first) {
            e->a->email_id = e->first->a->email_id;
            e->a->was_known = e->a->was_placed = true;
        }
    }
}

/* What rules are asked about is told when they were: it may be read and put away by then. */
static int tell_delivery(struct store_tx *tx, int64_t account_id, const struct batch *b, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = xcalloc(b->n + 1, sizeof(*ids));
    size_t n = 0, n_noted;

    for (size_t i = 0; i < b->n; i++) {
        const struct store_arrival *a = b->e[i].a;
        if (a->is_new && a->email_id != 0 && !a->was_placed && !a->was_known)
            ids[n++] = a->email_id;
    }
    if (store_rules_arrived(tx, account_id, ids, n, &n_noted, err) < 0)
        return -1;
    if (b->n_fresh > n_noted)
        store_tx_bump(tx, account_id, STORE_EMAIL_DELIVERY);
    return 0;
}

static bool is_import(const struct store_arrival *a)
{
    return a->uid == 0 && !a->remote_id;
}

/* What comes from nowhere, into a mailbox of a server, is an import: the server shall get it. */
static int want_imports(struct counters *c, const struct batch *b, struct fct_error *err)
{
    bool is_local = true;
    size_t n_own = 0;

    for (size_t i = 0; i < b->n; i++)
        n_own += is_import(b->e[i].a);
    if (n_own == 0)
        return 0;
    if (account_is_local(c->tx, c->account_id, &is_local, err) < 0 || is_local)
        return is_local ? 0 : -1;
    for (size_t i = 0; i < b->n; i++) {
        const struct store_arrival *a = b->e[i].a;
        if (is_import(a) &&
            (mailbox_check_writable(c->tx, a->mailbox_id, err) < 0 ||
             wanted_note(c->tx, c->account_id, a->mailbox_id, a->email_id, err) < 0 ||
             (b->e[i].fresh != NONE && !b->e[i].first && history_created(c, a->email_id, &a->mailbox_id, 1, err) < 0)))
            return -1;
    }
    return 0;
}

int store_emails_arrive(struct store_tx *tx, int64_t account_id, struct store_arrival *arrivals, size_t n,
                        struct fct_error *err)
{
    CLEANUP(batch_done) struct batch b = {0};
    CLEANUP(counters_done) struct counters c = {0};

    if (n == 0)
        return 0;
    if (n > ARRIVE_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d messages at once", ARRIVE_MAX);
    batch_init(&b, arrivals, n);
    if (counters_init(&c, tx, account_id, err) < 0 || check_mailboxes(tx, account_id, &b, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (settle(&c, &b.e[i], err) < 0)
            return -1;
    }
    collect_fresh(&b);
    drop_shared(&b);
    if (fresh_emails_insert(&c, b.fresh, b.n_fresh, err) < 0 || complete(&c, &b, err) < 0 ||
        counters_flush(&c, err) < 0)
        return -1;
    tell(&c, &b);
    return tell_delivery(tx, account_id, &b, err) < 0 ? -1 : want_imports(&c, &b, err);
}
