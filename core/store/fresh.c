#include "store/arrive.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/email_ids.h"
#include "store/envelopes.h"
#include "store/index.h"
#include "store/submissions.h"
#include "store/threads.h"

void fresh_email_done(struct fresh_email *f)
{
    for (size_t i = 0; i < f->n_places; i++)
        keyword_set_done(&f->places[i].flags);
    free(f->places);
    free(f->remote_ids);
    f->places = NULL;
    f->remote_ids = NULL;
    f->n_places = 0;
}

void fresh_email_place(struct fresh_email *f, struct email_place *place, const char *remote_id)
{
    f->places = xreallocarray(f->places, f->n_places + 1, sizeof(*f->places));
    f->remote_ids = xreallocarray(f->remote_ids, f->n_places + 1, sizeof(*f->remote_ids));
    f->remote_ids[f->n_places] = remote_id;
    f->places[f->n_places++] = *place;
    place->flags = (struct keyword_set){0};
}

int fresh_email_size(struct store_tx *tx, struct fresh_email *f, uint64_t size, struct fct_error *err)
{
    if (blob_size(tx, f->blob_id, &f->size, err) < 0)
        return -1;
    f->is_partial = size > f->size;
    if (f->is_partial)
        f->size = size;
    return 0;
}

/* ---- threads ---- */

struct requests {
    struct threads_request *r;
    int64_t *hashes; /* of all of them, one after the other */
};

static void requests_done(struct requests *r)
{
    free(r->r);
    free(r->hashes);
}

static void requests_init(struct requests *r, const struct threads_key *key, const struct fresh_email *f, size_t n)
{
    size_t cap = 0, used = 0;

    *r = (struct requests){.r = xcalloc(n, sizeof(*r->r))};
    for (size_t i = 0; i < n; i++) {
        if (cap - used < THREAD_IDS_MAX) {
            cap = 2 * cap + THREAD_IDS_MAX;
            r->hashes = xreallocarray(r->hashes, cap, sizeof(*r->hashes));
        }
        r->r[i].n_hashes = threads_hashes(key, f[i].summary, r->hashes + used);
        used += r->r[i].n_hashes;
    }
    used = 0;
    for (size_t i = 0; i < n; i++) { /* only now: the array has moved while it grew */
        r->r[i].hashes = r->hashes + used;
        used += r->r[i].n_hashes;
    }
}

/* ---- rows ---- */

static int insert_email(struct counters *c, const struct fresh_email *f, int64_t thread_id,
                        const struct threads_key *key, uint32_t flags, const struct correspondents_row *people,
                        struct fct_error *err)
{
    const struct mime_summary *s = f->summary;
    sqlite3_stmt *q = store_stmt(
        c->tx, "INSERT INTO email (id, account_id, thread_id, blob_id, received_at, sent_at, size, flags, bits, "
               "msgid_hash, created_modseq, updated_modseq, remote_id, from_hash) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13)");

    sqlite3_bind_int64(q, 1, f->id);
    sqlite3_bind_int64(q, 2, c->account_id);
    sqlite3_bind_int64(q, 3, thread_id);
    sqlite3_bind_int64(q, 4, f->blob_id);
    sqlite3_bind_int64(q, 5, received_at_clamp(f->received_at));
    if (s->has_sent_at)
        sqlite3_bind_int64(q, 6, s->sent_at);
    sqlite3_bind_int64(q, 7, (int64_t)f->size);
    sqlite3_bind_int64(q, 8, flags);
    sqlite3_bind_int(q, 9, (f->is_partial ? STORE_PARTIAL : envelope_bits(s)) | people->bits);
    if (s->message_ids && s->message_ids[0])
        sqlite3_bind_int64(q, 10, threads_msgid_hash(key, bytes_str(s->message_ids[0])));
    sqlite3_bind_int64(q, 11, store_tx_bump(c->tx, c->account_id, STORE_EMAIL));
    bind_text(q, 12, f->email_remote_id);
    if (people->has_from)
        sqlite3_bind_int64(q, 13, people->from_hash);
    return store_run(c->tx, q, err);
}

static int insert_one(struct counters *c, struct fresh_email *f, const struct threads_request *r,
                      const struct threads_key *key, struct fct_error *err)
{
    struct keywords_sum sum = {0};
    struct correspondents_row people;
    CLEANUP(freep) int64_t *mailboxes = xcalloc(f->n_places, sizeof(*mailboxes));

    for (size_t i = 0; i < f->n_places; i++) {
        keywords_sum_add(&sum, f->places[i].flags.bits, f->places[i].flags.words);
        mailboxes[i] = f->places[i].mailbox_id;
    }
    CLEANUP(freep) char *words = sum.set.words;
    if (correspondents_fresh(c, f->id, f->summary, received_at_clamp(f->received_at), sum.set.bits, mailboxes,
                             f->n_places, &people, err) < 0 ||
        insert_email(c, f, r->thread_id, key, sum.set.bits, &people, err) < 0 ||
        envelope_insert(c->tx, f->id, f->summary, err) < 0 || email_keywords_insert(c->tx, f->id, words, err) < 0)
        return -1;
    for (size_t i = 0; i < f->n_places; i++) {
        if (email_place_insert(c->tx, f->id, &f->places[i], f->remote_ids[i], err) < 0)
            return -1;
    }
    counters_thread(c, r->thread_id, +1, r->is_new);
    counters_put(c, r->thread_id, flags_are_unread(sum.set.bits), mailboxes, f->n_places);
    return 0;
}

int fresh_emails_insert(struct counters *c, struct fresh_email *f, size_t n, struct fct_error *err)
{
    CLEANUP(requests_done) struct requests requests = {0};
    struct threads_key key;
    int64_t last_id = 0;

    if (n == 0)
        return 0;
    if (threads_key_load(c->tx, &key, err) < 0)
        return -1;
    requests_init(&requests, &key, f, n);
    if (threads_assign(c, requests.r, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (email_id_allocate(c->tx, f[i].received_at, last_id, &f[i].id, err) < 0)
            return -1;
        last_id = f[i].id;
    }
    for (size_t i = 0; i < n; i++) {
        if (insert_one(c, &f[i], &requests.r[i], &key, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const struct mime_report *report = f[i].summary->report;
        if (index_insert(c->tx, f[i].id, f[i].summary, err) < 0 ||
            (report && submission_reported(c->tx, f[i].blob_id, report, err) < 0))
            return -1;
    }
    return 0;
}
