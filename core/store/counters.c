#include "store/counters.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/keywords.h"
#include "store/threads.h"

/* What happened to a thread in one mailbox; to the thread itself where mailbox_id is 0. */
struct counters_delta {
    int64_t thread_id, mailbox_id;
    int64_t emails, unread;
    bool is_touched, is_new; /* of the thread itself */
};

/* A row of mailbox_thread while its thread is brought up to date. */
struct place {
    int64_t mailbox_id, emails, unread;
};

struct place_list {
    struct place *p;
    size_t n, cap;
};

/* What a flush adds to a mailbox. */
struct tally {
    int64_t mailbox_id, emails, unread_emails, threads, unread_threads;
};

struct tally_list {
    struct tally *p;
    size_t n, cap;
};

static void place_list_done(struct place_list *l)
{
    free(l->p);
}

static void tally_list_done(struct tally_list *l)
{
    free(l->p);
}

int counters_init(struct counters *c, struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND role = ?2 AND role > 0");

    *c = (struct counters){.tx = tx, .account_id = account_id};
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, FCT_ROLE_TRASH);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        c->trash = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

void counters_done(struct counters *c)
{
    free(c->deltas);
    free(c->renamed);
    correspondents_free(c->people);
    c->people = NULL;
    c->deltas = NULL;
    c->renamed = NULL;
}

void counters_rename(struct counters *c, int64_t from, int64_t to)
{
    c->renamed = xreallocarray(c->renamed, c->n_renamed + 1, sizeof(*c->renamed));
    c->renamed[c->n_renamed++] = (struct counters_renamed){from, to};
}

int64_t counters_renamed(const struct counters *c, int64_t id)
{
    for (size_t i = 0; i < c->n_renamed; i++) { /* in order: one may have been renamed twice */
        if (c->renamed[i].from == id)
            id = c->renamed[i].to;
    }
    return id;
}

static struct counters_delta *delta_new(struct counters *c, int64_t thread_id, int64_t mailbox_id)
{
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 16;
        c->deltas = xreallocarray(c->deltas, c->cap, sizeof(*c->deltas));
    }
    c->deltas[c->n] = (struct counters_delta){.thread_id = thread_id, .mailbox_id = mailbox_id};
    return &c->deltas[c->n++];
}

static void count(struct counters *c, int64_t thread_id, bool is_unread, const int64_t *mailboxes, size_t n, int sign)
{
    bool is_outside_trash = false;

    for (size_t i = 0; i < n; i++) {
        struct counters_delta *d = delta_new(c, thread_id, mailboxes[i]);
        d->emails = sign;
        d->unread = is_unread ? sign : 0;
        is_outside_trash |= mailboxes[i] != c->trash;
    }
    if (is_unread && is_outside_trash)
        delta_new(c, thread_id, 0)->unread = sign;
}

void counters_take(struct counters *c, int64_t thread_id, bool is_unread, const int64_t *mailboxes, size_t n)
{
    count(c, thread_id, is_unread, mailboxes, n, -1);
}

void counters_put(struct counters *c, int64_t thread_id, bool is_unread, const int64_t *mailboxes, size_t n)
{
    count(c, thread_id, is_unread, mailboxes, n, +1);
}

void counters_thread(struct counters *c, int64_t thread_id, int by, bool is_new)
{
    struct counters_delta *d = delta_new(c, thread_id, 0);

    d->emails = by;
    d->is_touched = true;
    d->is_new = is_new;
}

/* ---- one thread ---- */

static int compare_deltas(const void *a, const void *b)
{
    const struct counters_delta *x = a, *y = b;

    if (x->thread_id != y->thread_id)
        return x->thread_id < y->thread_id ? -1 : 1;
    return (x->mailbox_id > y->mailbox_id) - (x->mailbox_id < y->mailbox_id);
}

/* Sorts the deltas and adds up those of the same thread and mailbox. */
static void merge_deltas(struct counters *c)
{
    size_t kept = 0;

    qsort(c->deltas, c->n, sizeof(*c->deltas), compare_deltas);
    for (size_t i = 0; i < c->n; i++) {
        struct counters_delta *d = &c->deltas[i], *last = kept > 0 ? &c->deltas[kept - 1] : NULL;
        if (!last || compare_deltas(last, d) != 0) {
            c->deltas[kept++] = *d;
            continue;
        }
        last->emails += d->emails;
        last->unread += d->unread;
        last->is_touched |= d->is_touched;
        last->is_new |= d->is_new;
    }
    c->n = kept;
}

static struct place *place_of(struct place_list *l, int64_t mailbox_id)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->p[i].mailbox_id == mailbox_id)
            return &l->p[i];
    }
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 8;
        l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
    }
    l->p[l->n] = (struct place){.mailbox_id = mailbox_id};
    return &l->p[l->n++];
}

static int places_load(struct store_tx *tx, int64_t thread_id, struct place_list *l, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT mailbox_id, n_emails, n_unread FROM mailbox_thread WHERE thread_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, thread_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct place *p = place_of(l, sqlite3_column_int64(q, 0));
        p->emails = sqlite3_column_int64(q, 1);
        p->unread = sqlite3_column_int64(q, 2);
    }
    return has_row;
}

static int place_write(struct store_tx *tx, int64_t thread_id, const struct place *p, struct fct_error *err)
{
    sqlite3_stmt *q;

    if (p->emails == 0) {
        q = store_stmt(tx, "DELETE FROM mailbox_thread WHERE mailbox_id = ?1 AND thread_id = ?2");
    } else {
        q = store_stmt(tx,
                       "INSERT INTO mailbox_thread (mailbox_id, thread_id, n_emails, n_unread) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT (mailbox_id, thread_id) DO UPDATE SET n_emails = excluded.n_emails, n_unread = "
                       "excluded.n_unread");
        sqlite3_bind_int64(q, 3, p->emails);
        sqlite3_bind_int64(q, 4, p->unread);
    }
    sqlite3_bind_int64(q, 1, p->mailbox_id);
    sqlite3_bind_int64(q, 2, thread_id);
    return store_run(tx, q, err);
}

static void tally_add(struct tally_list *l, const struct tally *t)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 16;
        l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
    }
    l->p[l->n++] = *t;
}

/* Adds (sign +1) or takes (-1) what the thread counts in each mailbox. `unread` is the thread's n_unread. */
static void tally_thread(struct tally_list *l, const struct counters *c, const struct place_list *places,
                         int64_t unread, int sign)
{
    for (size_t i = 0; i < places->n; i++) {
        const struct place *p = &places->p[i];
        bool is_unread = (p->mailbox_id == c->trash ? p->unread : unread) > 0;
        if (p->emails > 0)
            tally_add(l,
                      &(struct tally){p->mailbox_id, sign * p->emails, sign * p->unread, sign, is_unread ? sign : 0});
    }
}

struct thread_row {
    int64_t emails, unread, created_modseq;
};

static int thread_row_load(struct store_tx *tx, int64_t thread_id, struct thread_row *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT n_emails, n_unread, created_modseq FROM thread WHERE id = ?1");

    sqlite3_bind_int64(q, 1, thread_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "thread %lld is missing", (long long)thread_id);
    *out = (struct thread_row){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2)};
    store_reset(q);
    return 0;
}

static int thread_row_write(struct counters *c, const struct counters_delta *d, const struct thread_row *row,
                            struct fct_error *err)
{
    if (row->emails == 0)
        return thread_destroy(c->tx, c->account_id, d->thread_id, row->created_modseq, err);
    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE thread SET n_emails = ?2, n_unread = ?3, "
                                        "updated_modseq = ifnull(?4, updated_modseq) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, d->thread_id);
    sqlite3_bind_int64(q, 2, row->emails);
    sqlite3_bind_int64(q, 3, row->unread);
    if (d->is_touched && !d->is_new)
        sqlite3_bind_int64(q, 4, store_tx_bump(c->tx, c->account_id, STORE_THREAD));
    return store_run_one(c->tx, q, err);
}

/* Applies the deltas [d, d + n) of one thread and says in `tallies` what that means to mailboxes. */
static int flush_thread(struct counters *c, const struct counters_delta *d, size_t n, struct tally_list *tallies,
                        struct fct_error *err)
{
    CLEANUP(place_list_done) struct place_list places = {0};
    struct thread_row row = {0};

    if (thread_row_load(c->tx, d->thread_id, &row, err) < 0)
        return -1;
    if (!d->is_new && places_load(c->tx, d->thread_id, &places, err) < 0)
        return -1;
    tally_thread(tallies, c, &places, row.unread, -1);
    for (size_t i = 0; i < n; i++) {
        if (d[i].mailbox_id == 0) {
            row.emails += d[i].emails;
            row.unread += d[i].unread;
            continue;
        }
        struct place *p = place_of(&places, d[i].mailbox_id);
        p->emails += d[i].emails;
        p->unread += d[i].unread;
        if ((d[i].emails || d[i].unread) && place_write(c->tx, d->thread_id, p, err) < 0)
            return -1;
    }
    tally_thread(tallies, c, &places, row.unread, +1);
    bool is_same = d->mailbox_id != 0 || (d->emails == 0 && d->unread == 0 && !d->is_touched);
    return is_same ? 0 : thread_row_write(c, d, &row, err);
}

/* ---- mailboxes ---- */

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;

    return (x->mailbox_id > y->mailbox_id) - (x->mailbox_id < y->mailbox_id);
}

static int mailbox_add(struct counters *c, const struct tally *t, struct fct_error *err)
{
    if (t->emails == 0 && t->unread_emails == 0 && t->threads == 0 && t->unread_threads == 0)
        return 0;
    sqlite3_stmt *q =
        store_stmt(c->tx, "UPDATE mailbox SET total_emails = total_emails + ?2, unread_emails = unread_emails + ?3, "
                          "total_threads = total_threads + ?4, unread_threads = unread_threads + ?5, "
                          "updated_modseq = ?6 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, t->mailbox_id);
    sqlite3_bind_int64(q, 2, t->emails);
    sqlite3_bind_int64(q, 3, t->unread_emails);
    sqlite3_bind_int64(q, 4, t->threads);
    sqlite3_bind_int64(q, 5, t->unread_threads);
    sqlite3_bind_int64(q, 6, store_tx_bump(c->tx, c->account_id, STORE_MAILBOX));
    return store_run_one(c->tx, q, err);
}

static int flush_mailboxes(struct counters *c, struct tally_list *l, struct fct_error *err)
{
    if (l->n == 0)
        return 0;
    qsort(l->p, l->n, sizeof(*l->p), compare_tallies);
    for (size_t i = 0; i < l->n;) {
        struct tally sum = l->p[i];
        for (i++; i < l->n && l->p[i].mailbox_id == sum.mailbox_id; i++) {
            sum.emails += l->p[i].emails;
            sum.unread_emails += l->p[i].unread_emails;
            sum.threads += l->p[i].threads;
            sum.unread_threads += l->p[i].unread_threads;
        }
        if (mailbox_add(c, &sum, err) < 0)
            return -1;
    }
    return 0;
}

int counters_flush(struct counters *c, struct fct_error *err)
{
    CLEANUP(tally_list_done) struct tally_list tallies = {0};

    if (correspondents_flush(c, err) < 0)
        return -1;
    if (c->n == 0)
        return 0;
    merge_deltas(c);
    for (size_t i = 0; i < c->n;) {
        size_t n = 1;
        while (i + n < c->n && c->deltas[i + n].thread_id == c->deltas[i].thread_id)
            n++;
        if (flush_thread(c, &c->deltas[i], n, &tallies, err) < 0)
            return -1;
        i += n;
    }
    c->n = 0;
    return flush_mailboxes(c, &tallies, err);
}
