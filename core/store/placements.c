#include "store/arrive.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/change.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/index.h"
#include "store/kept.h"
#include "store/mailboxes.h"
#include "store/pending_set.h"
#include "store/snoozes.h"
#include "store/stubborn.h"
#include "store/wanted.h"

#define CLOSE_MIN 16 /* UIDs told of in one go that are worth a statement that reads all between them, ... */
#define CLOSE_SPAN 4 /* ... if there are at most so many UIDs for each of them */

/* ---- listing ---- */

struct uid_list {
    struct store_uid_flags *p;
    size_t n, cap;
};

static void uid_list_done(struct uid_list *l)
{
    free(l->p);
}

static int list_uids(struct store_tx *tx, sqlite3_stmt *q, int64_t mailbox_id, struct uid_list *l,
                     struct fct_error *err)
{
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l->n == l->cap) {
            l->cap = l->cap ? 2 * l->cap : 64;
            l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
        }
        l->p[l->n++] =
            (struct store_uid_flags){(uint64_t)sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1),
                                     (uint32_t)sqlite3_column_int64(q, 2), (uint32_t)sqlite3_column_int(q, 3)};
    }
    return has_row;
}

static int compare_uid_flags(const void *a, const void *b)
{
    const struct store_uid_flags *x = a, *y = b;

    return (x->uid > y->uid) - (x->uid < y->uid);
}

int store_mailbox_uids(struct store_tx *tx, int64_t mailbox_id, struct store_uid_flags **out, size_t *out_n,
                       struct fct_error *err)
{
    CLEANUP(uid_list_done) struct uid_list l = {0};

    if (list_uids(tx,
                  store_stmt(tx, "SELECT uid, email_id, flags, keywords IS NOT NULL FROM placement "
                                 "WHERE mailbox_id = ?1 AND uid IS NOT NULL ORDER BY uid"),
                  mailbox_id, &l, err) < 0)
        return -1;
    size_t n_shown = l.n;
    if (list_uids(tx,
                  store_stmt(tx, "SELECT uid, 0, flags, keywords IS NOT NULL FROM placement_deleted "
                                 "WHERE mailbox_id = ?1 AND uid > 0 ORDER BY uid"),
                  mailbox_id, &l, err) < 0 ||
        list_uids(tx,
                  store_stmt(tx, "SELECT uid, 0, flags, keywords IS NOT NULL FROM departure "
                                 "WHERE mailbox_id = ?1 AND uid IS NOT NULL ORDER BY uid"),
                  mailbox_id, &l, err) < 0)
        return -1;
    if (l.n > n_shown)
        qsort(l.p, l.n, sizeof(*l.p), compare_uid_flags);
    *out = TAKE(l.p);
    *out_n = l.n;
    return 0;
}

int store_mailbox_uids_between(struct store_tx *tx, int64_t mailbox_id, uint64_t first, uint64_t last,
                               struct store_uid_flags **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(uid_list_done) struct uid_list l = {0};
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT uid, email_id, flags, keywords IS NOT NULL FROM placement "
        "WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3 UNION ALL "
        "SELECT uid, 0, flags, keywords IS NOT NULL FROM placement_deleted "
        "WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3 UNION ALL "
        "SELECT uid, 0, flags, keywords IS NOT NULL FROM departure WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3");

    sqlite3_bind_int64(q, 2, first > INT64_MAX ? INT64_MAX : (int64_t)first);
    sqlite3_bind_int64(q, 3, last > INT64_MAX ? INT64_MAX : (int64_t)last);
    if (list_uids(tx, q, mailbox_id, &l, err) < 0)
        return -1;
    if (l.n > 0)
        qsort(l.p, l.n, sizeof(*l.p), compare_uid_flags);
    *out = TAKE(l.p);
    *out_n = l.n;
    return 0;
}

int store_mailbox_uid_count(struct store_tx *tx, int64_t mailbox_id, uint64_t *out_n, uint64_t *out_last,
                            struct fct_error *err)
{
    uint64_t n = 0, last = 0;
    int has_row;
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT count(*), max(uid) FROM placement WHERE mailbox_id = ?1 AND uid IS NOT NULL UNION ALL "
                       "SELECT count(*), max(uid) FROM placement_deleted WHERE mailbox_id = ?1 AND uid > 0 UNION ALL "
                       "SELECT count(*), max(uid) FROM departure WHERE mailbox_id = ?1 AND uid IS NOT NULL");

    sqlite3_bind_int64(q, 1, mailbox_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        uint64_t uid = (uint64_t)sqlite3_column_int64(q, 1);
        n += (uint64_t)sqlite3_column_int64(q, 0);
        last = uid > last ? uid : last;
    }
    if (has_row < 0)
        return -1;
    *out_n = n;
    *out_last = last;
    return 0;
}

/* ---- \Deleted and back ---- */

/* The placement goes to where nothing is shown. */
int placement_hide(struct counters *c, int64_t mailbox_id, int64_t email_id, const struct keyword_set *flags,
                   struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state before = {0};

    if (email_state_load(c->tx, email_id, &before, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(
        c->tx,
        "INSERT INTO placement_deleted (mailbox_id, uid, blob_id, received_at, flags, keywords, remote_id, size, "
        "msgid_hash, sent_at) SELECT p.mailbox_id, p.uid, ?3, ?4, ?5, ?6, p.remote_id, CASE WHEN e.bits & 4 THEN "
        "e.size "
        "END, e.msgid_hash, e.sent_at FROM placement p CROSS JOIN email e ON e.id = ?2 WHERE p.mailbox_id = ?1 AND "
        "p.email_id = ?2");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int64(q, 3, before.blob_id);
    sqlite3_bind_int64(q, 4, before.received_at);
    sqlite3_bind_int64(q, 5, flags->bits);
    bind_text(q, 6, flags->words);
    if (store_run(c->tx, q, err) < 0)
        return -1;
    int stays = placement_want_again(c, mailbox_id, &before, err); /* somebody chose it here: the server gets it anew */
    if (stays != 0)
        return stays < 0 ? -1 : 0;
    return email_place_delete(c->tx, mailbox_id, email_id, err) < 0 ? -1 : email_placed(c, &before, err);
}

struct deleted {
    int64_t mailbox_id, blob_id, received_at;
    uint64_t uid;
    uint64_t size; /* 0: the blob's */
    char *remote_id;
    struct keyword_set flags;
};

static void deleted_done(struct deleted *d)
{
    free(d->remote_id);
    keyword_set_done(&d->flags);
}

/* Returns 1, or 0 when the UID is not there. */
static int deleted_load(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct deleted *out,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT blob_id, received_at, flags, keywords, remote_id, size FROM "
                                     "placement_deleted WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    const char *words = store_text_or_null(q, 3), *remote_id = store_text_or_null(q, 4);
    *out = (struct deleted){.mailbox_id = mailbox_id,
                            .blob_id = sqlite3_column_int64(q, 0),
                            .uid = uid,
                            .size = (uint64_t)sqlite3_column_int64(q, 5),
                            .received_at = sqlite3_column_int64(q, 1),
                            .remote_id = remote_id ? xstrdup(remote_id) : NULL,
                            .flags = {(uint32_t)sqlite3_column_int64(q, 2), words ? xstrdup(words) : NULL}};
    store_reset(q);
    return 1;
}

int blob_size(struct store_tx *tx, int64_t blob_id, uint64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT size FROM blob WHERE id = ?1");

    sqlite3_bind_int64(q, 1, blob_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* An Email of these bytes that is not in the mailbox; 0: none. */
static int find_other_copy(struct counters *c, const struct deleted *d, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(c->tx, "SELECT id FROM email e WHERE blob_id = ?1 AND +account_id = ?2 AND size = "
                          "CASE WHEN ?4 > 0 THEN ?4 ELSE (SELECT size FROM blob WHERE id = ?1) END AND NOT EXISTS "
                          "(SELECT 1 FROM placement p WHERE p.mailbox_id = ?3 AND p.email_id = e.id) LIMIT 1");

    sqlite3_bind_int64(q, 1, d->blob_id);
    sqlite3_bind_int64(q, 2, c->account_id);
    sqlite3_bind_int64(q, 3, d->mailbox_id);
    sqlite3_bind_int64(q, 4, (int64_t)d->size);
    int has_row = store_step(c->tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int show_at(struct counters *c, int64_t email_id, const struct deleted *d, const struct email_place *p,
                   struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state before = {0};

    if (email_state_load(c->tx, email_id, &before, err) < 0 ||
        email_place_insert(c->tx, email_id, p, d->remote_id, err) < 0)
        return -1;
    return email_placed(c, &before, err);
}

/* \Deleted was taken away: at an Email of the same bytes, or as a new one. */
static int show_again(struct counters *c, const struct deleted *d, const struct keyword_set *flags,
                      struct fct_error *err)
{
    struct email_place p = {.mailbox_id = d->mailbox_id,
                            .uid = d->uid,
                            .flags = {flags->bits, flags->words ? xstrdup(flags->words) : NULL}};
    CLEANUP(fresh_email_done) struct fresh_email fresh = {.blob_id = d->blob_id, .received_at = d->received_at};
    CLEANUP(mime_summary_done) struct mime_summary summary = {0};
    bool is_damaged = false;
    int64_t other;

    fresh_email_place(&fresh, &p, d->remote_id);
    sqlite3_stmt *q = store_stmt(c->tx, "DELETE FROM placement_deleted WHERE mailbox_id = ?1 AND uid = ?2");
    sqlite3_bind_int64(q, 1, d->mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)d->uid);
    if (store_run_one(c->tx, q, err) < 0 || find_other_copy(c, d, &other, err) < 0)
        return -1;
    if (other != 0)
        return show_at(c, other, d, &fresh.places[0], err);
    if (fresh_email_size(c->tx, &fresh, d->size, err) < 0 ||
        index_summary_from_blob(c->tx, d->blob_id, &summary, &is_damaged, err) < 0)
        return -1;
    fresh.summary = &summary;
    return fresh_emails_insert(c, &fresh, 1, err);
}

int hidden_find(struct store_tx *tx, int64_t mailbox_id, int64_t msgid_hash, const int64_t *sent_at, uint64_t size,
                int64_t *out_uid, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT uid FROM placement_deleted WHERE mailbox_id = ?1 AND msgid_hash = ?2 AND uid < 0 AND sent_at IS ?3 "
            "AND ifnull(size, (SELECT size FROM blob WHERE id = blob_id)) = ?4 LIMIT 1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, msgid_hash);
    if (sent_at)
        sqlite3_bind_int64(q, 3, *sent_at);
    sqlite3_bind_int64(q, 4, (int64_t)size);
    int has_row = store_step(tx, q, err);
    *out_uid = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row;
}

int hidden_relink(struct counters *c, int64_t mailbox_id, int64_t from, uint64_t uid, const struct fct_flags *flags,
                  struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE placement_deleted SET uid = ?3 WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, from);
    sqlite3_bind_int64(q, 3, (int64_t)uid);
    return store_run_one(c->tx, q, err) < 0 ? -1 : placement_server_flags(c, mailbox_id, uid, flags, NULL, err);
}

static int deleted_server_flags(struct counters *c, const struct deleted *d, const struct keyword_set *flags,
                                bool *out_changed, struct fct_error *err)
{
    if (!(flags->bits & FCT_FLAG_DELETED)) {
        *out_changed = true;
        return show_again(c, d, flags, err);
    }
    if (flags->bits == d->flags.bits && words_equal(flags->words, d->flags.words))
        return 0;
    *out_changed = true;
    sqlite3_stmt *q =
        store_stmt(c->tx, "UPDATE placement_deleted SET flags = ?3, keywords = ?4 WHERE mailbox_id = ?1 AND uid = ?2");
    sqlite3_bind_int64(q, 1, d->mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)d->uid);
    sqlite3_bind_int64(q, 3, flags->bits);
    bind_text(q, 4, flags->words);
    return store_run_one(c->tx, q, err);
}

/* ---- flags ---- */

/* Returns 1, or 0 where there is none. */
static int departure_server_flags(struct store_tx *tx, int64_t mailbox_id, uint64_t uid,
                                  const struct keyword_set *server, struct fct_error *err)
{
    CLEANUP(departure_done) struct departure d = {0};
    int found = departure_at(tx, mailbox_id, uid, &d, err);

    if (found <= 0)
        return found;
    if (server->bits == d.flags.bits && words_equal(server->words, d.flags.words))
        return 1;
    return departure_set_flags(tx, d.id, server, err) < 0 ? -1 : 1;
}

/* What woke up is on top of lists until it is read (snoozes.h), also with another program. */
static bool was_read(const struct keyword_set *before, const struct keyword_set *now)
{
    return now->bits & ~before->bits & FCT_FLAG_SEEN && words_contain(now->words, bytes_str(KEYWORD_NEW));
}

/* The keyword goes, and the server is told, unless it lets nothing be changed there. */
static int take_new(struct counters *c, int64_t mailbox_id, int64_t email_id, uint64_t uid, struct keyword_set *now,
                    struct fct_error *err)
{
    static const struct fct_flags none = {0};
    const struct fct_flags new = {0, bytes_str(KEYWORD_NEW)};
    struct fct_error why = {0};
    bool is_local;

    if (account_is_local(c->tx, c->account_id, &is_local, err) < 0)
        return -1;
    if (mailbox_check_writable(c->tx, mailbox_id, &why) < 0) {
        if (why.code == FCT_E_FORBIDDEN)
            return 0;
        *err = why;
        return -1;
    }
    if (!is_local && store_pending_flags(c->tx, c->account_id, mailbox_id, email_id, uid, &none, &new, err) < 0)
        return -1;
    char *words = words_minus(now->words, KEYWORD_NEW);
    free(now->words);
    now->words = words;
    return 0;
}

static int placed_server_flags(struct counters *c, int64_t mailbox_id, uint64_t uid, int64_t email_id,
                               const struct keyword_set *server, const struct keyword_set *shown, bool *out_changed,
                               struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state before = {0};
    CLEANUP(keyword_set_done) struct keyword_set now = {0};

    int is_unmarked = server->bits & FCT_FLAG_DELETED ? pending_unmarks(c->tx, mailbox_id, email_id, err) : 1;
    if (is_unmarked < 0)
        return -1;
    if (!is_unmarked) {
        *out_changed = true;
        return placement_hide(c, mailbox_id, email_id, server, err);
    }
    if (pending_apply(c->tx, mailbox_id, email_id, server, &now, err) < 0 ||
        (was_read(shown, &now) && take_new(c, mailbox_id, email_id, uid, &now, err) < 0))
        return -1;
    if (now.bits == shown->bits && words_equal(now.words, shown->words))
        return 0;
    *out_changed = true;
    if (email_state_load(c->tx, email_id, &before, err) < 0 ||
        email_place_set_flags(c->tx, mailbox_id, email_id, &now, err) < 0)
        return -1;
    return email_placed(c, &before, err);
}

/* A placement as a server's word about it finds it. */
struct shown {
    uint64_t uid;
    int64_t email_id;
    struct keyword_set flags;
    bool has_company; /* it is one of several of its Email, or has changes that wait */
};

static void shown_done(struct shown *s)
{
    keyword_set_done(&s->flags);
}

static struct shown shown_of_row(sqlite3_stmt *q)
{
    const char *words = store_text_or_null(q, 3);

    return (struct shown){.uid = (uint64_t)sqlite3_column_int64(q, 0),
                          .email_id = sqlite3_column_int64(q, 1),
                          .flags = {(uint32_t)sqlite3_column_int64(q, 2), words ? xstrdup(words) : NULL},
                          .has_company = sqlite3_column_int(q, 4) != 0};
}

/* Rows of those with a UID from `first` to `last`, ascending. */
static sqlite3_stmt *shown_between(struct store_tx *tx, int64_t mailbox_id, uint64_t first, uint64_t last)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT p.uid, p.email_id, p.flags, p.keywords, EXISTS (SELECT 1 FROM placement o WHERE "
                       "o.email_id = p.email_id AND o.mailbox_id <> p.mailbox_id) OR EXISTS (SELECT 1 FROM pending w "
                       "WHERE w.email_id = p.email_id AND w.mailbox_id = p.mailbox_id) "
                       "FROM placement p WHERE p.mailbox_id = ?1 AND p.uid BETWEEN ?2 AND ?3 ORDER BY p.uid");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)first);
    sqlite3_bind_int64(q, 3, (int64_t)last);
    return q;
}

/* Returns 1 or 0. */
static int shown_load(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct shown *out, struct fct_error *err)
{
    sqlite3_stmt *q = shown_between(tx, mailbox_id, uid, uid);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = shown_of_row(q);
    store_reset(q);
    return 1;
}

static int thread_of_email(struct store_tx *tx, int64_t email_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT thread_id FROM email WHERE id = ?1");
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row < 0
                   ? -1
                   : fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "email %lld is missing", (long long)email_id);
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* The plain case, of which there may be thousands: an Email in this mailbox alone, nothing waits, and only bits change.
 * It does what placed_server_flags and email_placed come to then. */
static int plain_server_flags(struct counters *c, int64_t mailbox_id, const struct shown *before, uint32_t bits,
                              struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(c->tx, "UPDATE placement SET flags = ?3 WHERE mailbox_id = ?1 AND email_id = ?2");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, before->email_id);
    sqlite3_bind_int64(q, 3, bits);
    if (store_run_one(c->tx, q, err) < 0)
        return -1;
    q = store_stmt(c->tx, "UPDATE email SET flags = ?2, updated_modseq = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, before->email_id);
    sqlite3_bind_int64(q, 2, bits);
    sqlite3_bind_int64(q, 3, store_tx_bump(c->tx, c->account_id, STORE_EMAIL));
    if (store_run_one(c->tx, q, err) < 0)
        return -1;
    if ((before->flags.bits ^ bits) & CORRESPONDENT_FLAGS &&
        correspondents_placed(c, before->email_id, bits, &mailbox_id, 1, err) < 0)
        return -1;
    bool was_unread = flags_are_unread(before->flags.bits), is_unread = flags_are_unread(bits);
    if (was_unread != is_unread) {
        int64_t thread_id = 0;
        if (thread_of_email(c->tx, before->email_id, &thread_id, err) < 0)
            return -1;
        counters_take(c, thread_id, was_unread, &mailbox_id, 1);
        counters_put(c, thread_id, is_unread, &mailbox_id, 1);
    }
    return 0;
}

static int shown_server_flags(struct counters *c, int64_t mailbox_id, const struct shown *before,
                              const struct keyword_set *server, bool *out_changed, struct fct_error *err)
{
    bool same_words = words_equal(server->words, before->flags.words);
    if (before->has_company || !same_words || server->bits & FCT_FLAG_DELETED || was_read(&before->flags, server))
        return placed_server_flags(c, mailbox_id, before->uid, before->email_id, server, &before->flags, out_changed,
                                   err);
    if (server->bits == before->flags.bits)
        return 0;
    *out_changed = true;
    return plain_server_flags(c, mailbox_id, before, server->bits, err);
}

/* Of a message that is not shown. *out_known: it is here all the same. */
static int hidden_server_flags(struct counters *c, int64_t mailbox_id, uint64_t uid, const struct keyword_set *server,
                               bool *out_changed, bool *out_known, struct fct_error *err)
{
    CLEANUP(deleted_done) struct deleted deleted = {0};
    int has_row = deleted_load(c->tx, mailbox_id, uid, &deleted, err);

    *out_known = has_row > 0;
    if (has_row < 0)
        return -1;
    if (has_row > 0)
        return deleted_server_flags(c, &deleted, server, out_changed, err);
    int found = departure_server_flags(c->tx, mailbox_id, uid, server, err);
    *out_known = found > 0;
    return found < 0 ? -1 : 0;
}

int placement_server_flags(struct counters *c, int64_t mailbox_id, uint64_t uid, const struct fct_flags *flags,
                           bool *out_changed, struct fct_error *err)
{
    CLEANUP(keyword_set_done) struct keyword_set server = {0};
    CLEANUP(shown_done) struct shown shown = {0};
    bool ignored;
    bool *changed = out_changed ? out_changed : &ignored;

    *changed = false;
    keyword_set_from(flags, &server);
    int has_row = shown_load(c->tx, mailbox_id, uid, &shown, err);
    if (has_row > 0)
        return shown_server_flags(c, mailbox_id, &shown, &server, changed, err);
    return has_row < 0 ? -1 : hidden_server_flags(c, mailbox_id, uid, &server, changed, &ignored, err);
}

/* The account of a mailbox; FCT_E_NOT_FOUND. */
static int counters_of_mailbox(struct counters *c, struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM mailbox WHERE id = ?1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the mailbox does not exist (any more)");
    int64_t account_id = sqlite3_column_int64(q, 0);
    store_reset(q);
    return counters_init(c, tx, account_id, err);
}

/* What is shown of the UIDs that a server told of: read by one statement where they are close to each other. */
struct shown_list {
    struct shown *p;
    size_t n, cap;
    size_t at; /* those before it are done with */
    bool is_all;
};

static void shown_list_done(struct shown_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        shown_done(&l->p[i]);
    free(l->p);
}

static bool are_close(const struct store_told_flags *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (v[i].uid <= v[i - 1].uid)
            return false;
    }
    return n >= CLOSE_MIN && v[n - 1].uid <= INT64_MAX && v[n - 1].uid - v[0].uid < CLOSE_SPAN * n;
}

static int shown_list_load(struct store_tx *tx, int64_t mailbox_id, const struct store_told_flags *v, size_t n,
                           struct shown_list *l, struct fct_error *err)
{
    int has_row;

    if (!are_close(v, n))
        return 0;
    l->is_all = true;
    sqlite3_stmt *q = shown_between(tx, mailbox_id, v[0].uid, v[n - 1].uid);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l->n == l->cap) {
            l->cap = l->cap ? 2 * l->cap : n;
            l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
        }
        l->p[l->n++] = shown_of_row(q);
    }
    return has_row;
}

/* UIDs ascend from call to call where all were read. Returns 1 or 0; *out is the caller's. */
static int shown_list_take(struct shown_list *l, struct store_tx *tx, int64_t mailbox_id, uint64_t uid,
                           struct shown *out, struct fct_error *err)
{
    if (!l->is_all)
        return shown_load(tx, mailbox_id, uid, out, err);
    while (l->at < l->n && l->p[l->at].uid < uid)
        l->at++;
    if (l->at == l->n || l->p[l->at].uid != uid)
        return 0;
    *out = l->p[l->at];
    l->p[l->at].flags = (struct keyword_set){0};
    return 1;
}

static int told_flags(struct counters *c, int64_t mailbox_id, struct shown_list *l, struct store_told_flags *t,
                      bool may_hide, bool *out_changed, struct fct_error *err)
{
    CLEANUP(keyword_set_done) struct keyword_set server = {0};
    CLEANUP(shown_done) struct shown shown = {0};
    bool is_known = true;
    int result = 0;
    int has_row = shown_list_take(l, c->tx, mailbox_id, t->uid, &shown, err);

    *out_changed = false;
    t->is_put_off = t->is_unknown = false;
    keyword_set_from(&t->flags, &server);
    shown.email_id = counters_renamed(c, shown.email_id); /* one before it may have joined Threads */
    if (has_row > 0 && !may_hide && t->flags.bits & FCT_FLAG_DELETED) {
        int unmarks = pending_unmarks(c->tx, mailbox_id, shown.email_id, err); /* then it is not hidden anyway */
        if (unmarks < 0)
            return -1;
        t->is_put_off = unmarks == 0;
    }
    if (has_row == 0)
        result = hidden_server_flags(c, mailbox_id, t->uid, &server, out_changed, &is_known, err);
    else if (has_row > 0 && !t->is_put_off)
        result = shown_server_flags(c, mailbox_id, &shown, &server, out_changed, err);
    t->is_unknown = !is_known;
    return has_row < 0 ? -1 : result;
}

int store_placements_server_flags(struct store_tx *tx, int64_t mailbox_id, struct store_told_flags *v, size_t n,
                                  bool may_hide, bool *out_changed, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(shown_list_done) struct shown_list shown = {0};
    struct fct_error why = {0};
    bool any = false, changed;

    if (out_changed)
        *out_changed = false;
    if (counters_of_mailbox(&c, tx, mailbox_id, &why) < 0 && why.code == FCT_E_NOT_FOUND)
        return 0;
    if (why.code == FCT_OK && shown_list_load(tx, mailbox_id, v, n, &shown, &why) == 0) {
        for (size_t i = 0; i < n && why.code == FCT_OK; i++, any |= changed)
            if (told_flags(&c, mailbox_id, &shown, &v[i], may_hide, &changed, &why) < 0)
                break;
    }
    if (why.code == FCT_OK && counters_flush(&c, &why) == 0) {
        if (out_changed)
            *out_changed = any;
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

int store_placement_server_flags(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, const struct fct_flags *flags,
                                 bool *out_changed, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};

    if (counters_of_mailbox(&c, tx, mailbox_id, err) < 0 ||
        placement_server_flags(&c, mailbox_id, uid, flags, out_changed, err) < 0)
        return -1;
    return counters_flush(&c, err);
}

/* ---- gone ---- */

struct id_list {
    int64_t *p;
    size_t n, cap;
};

static void id_list_done(struct id_list *l)
{
    free(l->p);
}

/* All of the first column. */
static int collect(struct store_tx *tx, sqlite3_stmt *q, struct id_list *l, struct fct_error *err)
{
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (l->n == l->cap) {
            l->cap = l->cap ? 2 * l->cap : 64;
            l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
        }
        l->p[l->n++] = sqlite3_column_int64(q, 0);
    }
    return has_row;
}

/* A departure of the Email from anywhere. Returns 1 or 0. */
static int any_departure(struct store_tx *tx, int64_t email_id, struct departure *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM departure WHERE email_id = ?1 ORDER BY uid DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    int64_t id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row > 0 ? departure_load(tx, id, out, err) : has_row;
}

static int run_at(struct counters *c, const char *sql, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(c->tx, sql);

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    return store_run(c->tx, q, err);
}

/* It will be made of the departure, with the flags that that has on the server. */
static int flags_of_departure(struct counters *c, const struct email_place *p, int64_t email_id,
                              const struct departure *d, struct fct_error *err)
{
    if (run_at(c, "DELETE FROM pending WHERE mailbox_id = ?1 AND email_id = ?2 AND kind = 1", p->mailbox_id, email_id,
               err) < 0)
        return -1;
    return pending_wish(c->tx, c->account_id, p, email_id, &d->flags, d->is_sent, err);
}

int placement_want_again(struct counters *c, int64_t mailbox_id, const struct email_state *e, struct fct_error *err)
{
    CLEANUP(departure_done) struct departure d = {0};
    int has_left = e->n_places == 1 ? any_departure(c->tx, e->id, &d, err) : 0;
    int is_chosen = has_left != 0 || e->n_places != 1 ? has_left : kept_find(c->tx, mailbox_id, e->id, err);

    if (is_chosen <= 0)
        return is_chosen;
    if (run_at(c, "UPDATE placement SET uid = NULL WHERE mailbox_id = ?1 AND email_id = ?2", mailbox_id, e->id, err) <
            0 ||
        run_at(c, "UPDATE pending SET uid = NULL WHERE mailbox_id = ?1 AND email_id = ?2", mailbox_id, e->id, err) <
            0 ||
        kept_forget(c->tx, mailbox_id, e->id, err) < 0 || wanted_note(c->tx, c->account_id, mailbox_id, e->id, err) < 0)
        return -1;
    const struct email_place p = {.mailbox_id = mailbox_id, .flags = e->places[0].flags};
    return has_left && flags_of_departure(c, &p, e->id, &d, err) < 0 ? -1 : 1;
}

/* What the server has not any more. */
static int vanish(struct counters *c, int64_t mailbox_id, const struct id_list *emails, struct fct_error *err)
{
    for (size_t i = 0; i < emails->n; i++) {
        CLEANUP(email_state_done) struct email_state before = {0};
        if (email_state_load(c->tx, emails->p[i], &before, err) < 0)
            return -1;
        int stays = placement_want_again(c, mailbox_id, &before, err);
        if (stays < 0 || (stays == 0 && (email_place_delete(c->tx, mailbox_id, emails->p[i], err) < 0 ||
                                         email_placed(c, &before, err) < 0)))
            return -1;
    }
    return 0;
}

/* One that waits to be copied from the mailbox is moved out of it instead: the server may have it nowhere else. */
static int move_what_is_wanted(struct counters *c, int64_t mailbox_id, const struct email_state *e,
                               struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(c->tx, "SELECT 1 FROM pending WHERE email_id = ?1 AND kind = 2 AND mailbox_id <> ?2");

    sqlite3_bind_int64(q, 1, e->id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    int is_wanted = store_step(c->tx, q, err);
    store_reset(q);
    for (size_t i = 0; is_wanted > 0 && i < e->n_places; i++) {
        CLEANUP(keyword_set_done) struct keyword_set server = {0};
        const struct email_place *p = &e->places[i];
        bool ignored;
        if (p->mailbox_id == mailbox_id && p->uid != 0 &&
            (pending_server_side(c->tx, mailbox_id, e->id, &p->flags, &server, &ignored, err) < 0 ||
             departure_insert(c->tx, e, p, &server, err) < 0))
            return -1;
    }
    return is_wanted < 0 ? -1 : 0;
}

static int leave_mailbox(struct counters *c, int64_t mailbox_id, const struct id_list *emails, struct fct_error *err)
{
    for (size_t i = 0; i < emails->n; i++) {
        CLEANUP(email_state_done) struct email_state before = {0};
        if (email_state_load(c->tx, emails->p[i], &before, err) < 0 ||
            move_what_is_wanted(c, mailbox_id, &before, err) < 0 ||
            email_place_delete(c->tx, mailbox_id, emails->p[i], err) < 0 || email_placed(c, &before, err) < 0)
            return -1;
    }
    return 0;
}

/* What carried \Deleted in a range of UIDs is expunged. */
static int forget_deleted(struct store_tx *tx, int64_t mailbox_id, int64_t first, int64_t last, size_t *out_n,
                          struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list blobs = {0};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT blob_id FROM placement_deleted WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, first);
    sqlite3_bind_int64(q, 3, last);
    if (collect(tx, q, &blobs, err) < 0)
        return -1;
    *out_n += blobs.n;
    if (blobs.n == 0)
        return 0;
    q = store_stmt(tx, "DELETE FROM placement_deleted WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, first);
    sqlite3_bind_int64(q, 3, last);
    if (store_run(tx, q, err) < 0)
        return -1;
    for (size_t i = 0; i < blobs.n; i++) {
        if (store_blob_release(tx, blobs.p[i], err) < 0)
            return -1;
    }
    return 0;
}

static int64_t clamp_uid(uint64_t uid)
{
    return uid > INT64_MAX ? INT64_MAX : (int64_t)uid;
}

int store_placements_vanished(struct store_tx *tx, int64_t mailbox_id, const struct fct_uid_range *r, size_t n,
                              size_t *out_n, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    size_t gone = 0;

    if (counters_of_mailbox(&c, tx, mailbox_id, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(id_list_done) struct id_list emails = {0};
        int64_t first = clamp_uid(r[i].first), last = clamp_uid(r[i].last);
        sqlite3_stmt *q =
            store_stmt(tx, "SELECT email_id FROM placement WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3");
        sqlite3_bind_int64(q, 1, mailbox_id);
        sqlite3_bind_int64(q, 2, first);
        sqlite3_bind_int64(q, 3, last);
        if (collect(tx, q, &emails, err) < 0 || vanish(&c, mailbox_id, &emails, err) < 0 ||
            forget_deleted(tx, mailbox_id, first, last, &gone, err) < 0 ||
            departures_vanished(tx, mailbox_id, first, last, &gone, err) < 0)
            return -1;
        gone += emails.n;
    }
    if (out_n)
        *out_n = gone;
    return counters_flush(&c, err);
}

int placements_leave_some(struct counters *c, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err)
{
    CLEANUP(id_list_done) struct id_list emails = {0};
    sqlite3_stmt *q = store_stmt(c->tx, "SELECT email_id FROM placement WHERE mailbox_id = ?1 LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT64_MAX ? INT64_MAX : (int64_t)max);
    if (collect(c->tx, q, &emails, err) < 0)
        return -1;
    *out_n = emails.n;
    return leave_mailbox(c, mailbox_id, &emails, err);
}

int placements_leave(struct counters *c, int64_t mailbox_id, struct fct_error *err)
{
    size_t ignored = 0;

    if (placements_leave_some(c, mailbox_id, SIZE_MAX, &ignored, err) < 0 ||
        departures_forget_all(c->tx, mailbox_id, err) < 0)
        return -1;
    return forget_deleted(c->tx, mailbox_id, INT64_MIN, INT64_MAX, &ignored, err);
}

/* ---- UIDs that change ---- */

/* What carries \Deleted gets numbers below those that were given so far: none is a UID, and none is there twice. */
static int hidden_forget_uids(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT min(uid) FROM placement_deleted WHERE mailbox_id = ?1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    int64_t lowest = sqlite3_column_int64(q, 0);
    store_reset(q);
    q = store_stmt(tx, "UPDATE placement_deleted SET uid = ?2 - uid WHERE mailbox_id = ?1 AND uid IN (SELECT uid FROM "
                       "placement_deleted WHERE mailbox_id = ?1 AND uid > 0 ORDER BY uid LIMIT ?3)");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, lowest < 0 ? lowest : 0);
    sqlite3_bind_int64(q, 3, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n += (size_t)sqlite3_changes(store_db(tx));
    return 0;
}

/* What was not found again is not there. */
static int hidden_drop_unlinked(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n,
                                struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT uid FROM placement_deleted WHERE mailbox_id = ?1 AND uid < 0 ORDER BY uid "
                                     "LIMIT 1 OFFSET ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max - 1);
    int has_row = store_step(tx, q, err);
    int64_t last = has_row > 0 ? sqlite3_column_int64(q, 0) : -1;
    store_reset(q);
    return has_row < 0 ? -1 : forget_deleted(tx, mailbox_id, INT64_MIN, last, out_n, err);
}

int store_mailbox_forget_some_uids(struct store_tx *tx, int64_t id, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE placement SET uid = NULL WHERE mailbox_id = ?1 AND uid IN (SELECT uid FROM placement "
                       "WHERE mailbox_id = ?1 AND uid IS NOT NULL ORDER BY uid LIMIT ?2)");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = (size_t)sqlite3_changes(store_db(tx));
    return *out_n == max ? 0 : hidden_forget_uids(tx, id, max - *out_n, out_n, err);
}

int store_mailbox_forget_uids(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    static const char *const updates[] = {
        "UPDATE placement SET uid = NULL WHERE mailbox_id = ?1 AND uid IS NOT NULL",
        "UPDATE pending SET uid = NULL WHERE mailbox_id = ?1",
        "UPDATE departure SET uid = NULL WHERE mailbox_id = ?1 AND uid IS NOT NULL",
        "UPDATE mailbox SET uidvalidity = 0, uidnext = 0, highest_modseq = 0, is_complete = 0 WHERE id = ?1",
    };
    size_t ignored = 0;

    if (hidden_forget_uids(tx, id, SIZE_MAX, &ignored, err) < 0 || stubborn_forget_all(tx, id, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, updates[i]);
        sqlite3_bind_int64(q, 1, id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int store_placement_relink(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, uint64_t uid,
                           struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE placement SET uid = ?3 WHERE mailbox_id = ?1 AND email_id = ?2 AND uid IS NULL");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int64(q, 3, (int64_t)uid);
    if (store_run_one(tx, q, err) < 0)
        return -1;
    if (wanted_settle(tx, mailbox_id, email_id, err) < 0)
        return -1;
    q = store_stmt(tx, "UPDATE pending SET uid = ?3 WHERE mailbox_id = ?1 AND email_id = ?2");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    sqlite3_bind_int64(q, 3, (int64_t)uid);
    return store_run(tx, q, err);
}

int store_placements_drop_unlinked(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n,
                                   struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(id_list_done) struct id_list emails = {0};
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT email_id FROM placement pl WHERE mailbox_id = ?1 AND uid IS NULL AND NOT EXISTS (SELECT 1 FROM "
            "pending p WHERE p.email_id = pl.email_id AND p.mailbox_id = ?1 AND p.kind = 2) LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT64_MAX ? INT64_MAX : (int64_t)max);
    if (counters_of_mailbox(&c, tx, mailbox_id, err) < 0 || collect(tx, q, &emails, err) < 0 ||
        vanish(&c, mailbox_id, &emails, err) < 0)
        return -1;
    size_t n = emails.n;
    if (n < max && hidden_drop_unlinked(tx, mailbox_id, max - n, &n, err) < 0)
        return -1;
    if (out_n)
        *out_n = n;
    return counters_flush(&c, err);
}
