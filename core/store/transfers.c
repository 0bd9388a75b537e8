#include "store/transfers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/arrive.h"
#include "store/kept.h"
#include "store/pending_set.h"
#include "store/refusals.h"
#include "store/wanted.h"

/* ---- loading ---- */

struct transfer_list {
    struct store_transfer *p;
    size_t n, cap;
};

static void transfer_list_done(struct transfer_list *l)
{
    store_transfers_free(l->p, l->n);
}

void store_transfers_free(struct store_transfer *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(t[i].keywords);
    free(t);
}

static void list_add(struct transfer_list *l, const struct store_transfer *t)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->p = xreallocarray(l->p, l->cap, sizeof(*l->p));
    }
    l->p[l->n++] = *t;
}

/* What is on its way, or not linked, may turn out to be a source: until that is known nothing is sent. */
static int has_unsure_source(struct store_tx *tx, const struct store_transfer *t, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT EXISTS (SELECT 1 FROM departure WHERE email_id = ?1 AND (uid IS NULL OR is_sent)) OR "
            "EXISTS (SELECT 1 FROM placement pl WHERE pl.email_id = ?1 AND pl.uid IS NULL AND pl.mailbox_id <> ?2 AND "
            "NOT EXISTS (SELECT 1 FROM pending p WHERE p.email_id = ?1 AND p.mailbox_id = pl.mailbox_id AND "
            "p.kind = 2 AND p.is_sent = 0))");

    sqlite3_bind_int64(q, 1, t->email_id);
    sqlite3_bind_int64(q, 2, t->to_mailbox);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

/* A departure of the Email (one that carries \Deleted would take it along), which also tells whether this is the only
 * placement that waits for it. Returns 1 or 0. */
static int find_departure(struct store_tx *tx, struct store_transfer *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id, mailbox_id, uid, (SELECT count(*) FROM pending WHERE email_id = ?1 AND kind = 2) "
            "FROM departure WHERE email_id = ?1 AND uid IS NOT NULL AND flags & 16 = 0 ORDER BY mailbox_id LIMIT 1");

    sqlite3_bind_int64(q, 1, t->email_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    t->from_mailbox = sqlite3_column_int64(q, 1);
    t->from_uid = (uint64_t)sqlite3_column_int64(q, 2);
    bool is_only = sqlite3_column_int(q, 3) == 1;
    t->kind = is_only ? STORE_TRANSFER_MOVE : STORE_TRANSFER_COPY;
    t->departure_id = is_only ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 1;
}

static int find_copy(struct store_tx *tx, struct store_transfer *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT mailbox_id, uid FROM placement WHERE email_id = ?1 AND uid IS NOT NULL "
                                     "ORDER BY mailbox_id LIMIT 1");

    sqlite3_bind_int64(q, 1, t->email_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    t->kind = STORE_TRANSFER_COPY;
    t->from_mailbox = sqlite3_column_int64(q, 0);
    t->from_uid = (uint64_t)sqlite3_column_int64(q, 1);
    store_reset(q);
    return 1;
}

static int find_source(struct store_tx *tx, struct store_transfer *t, bool *out_unsure, struct fct_error *err)
{
    if (has_unsure_source(tx, t, out_unsure, err) < 0 || *out_unsure)
        return *out_unsure ? 0 : -1;
    int found = find_departure(tx, t, err);
    if (found == 0)
        found = find_copy(tx, t, err);
    if (found == 0)
        t->kind = STORE_TRANSFER_APPEND;
    return found < 0 ? -1 : 0;
}

static void read_wanted(sqlite3_stmt *q, struct store_transfer *t)
{
    const char *words = store_text_or_null(q, 7);

    *t = (struct store_transfer){.pending_id = sqlite3_column_int64(q, 0),
                                 .to_mailbox = sqlite3_column_int64(q, 1),
                                 .email_id = sqlite3_column_int64(q, 2),
                                 .blob_id = sqlite3_column_int64(q, 3),
                                 .received_at = sqlite3_column_int64(q, 4),
                                 .size = (uint64_t)sqlite3_column_int64(q, 5),
                                 .flags = (uint32_t)sqlite3_column_int64(q, 6),
                                 .is_partial = sqlite3_column_int(q, 8) != 0,
                                 .keywords = words ? xstrdup(words) : NULL};
}

int store_transfers_load(struct store_tx *tx, int64_t account_id, int64_t after, size_t max,
                         struct store_transfer **out, size_t *out_n, int64_t *out_last, struct fct_error *err)
{
    CLEANUP(transfer_list_done) struct transfer_list l = {0};
    size_t kept = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT p.id, p.mailbox_id, p.email_id, e.blob_id, e.received_at, b.size, pl.flags, pl.keywords, e.bits & 4 "
        "FROM pending p JOIN email e ON e.id = p.email_id JOIN blob b ON b.id = e.blob_id "
        "JOIN placement pl ON pl.mailbox_id = p.mailbox_id AND pl.email_id = p.email_id "
        "JOIN mailbox m ON m.id = p.mailbox_id AND m.wire_name IS NOT NULL "
        "WHERE p.account_id = ?1 AND p.kind = 2 AND p.id > ?2 AND p.is_sent = 0 AND p.last_error IS NULL "
        /* what goes out itself, and not a receipt for it, which may stay uncertain for ever */
        "AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.email_id = p.email_id AND s.state <= 4 AND "
        "s.msgid_hash IS e.msgid_hash) ORDER BY p.id LIMIT ?3");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int64(q, 3, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct store_transfer t;
        read_wanted(q, &t);
        t.account_id = account_id;
        list_add(&l, &t);
    }
    if (has_row < 0)
        return -1;
    *out_last = l.n > 0 ? l.p[l.n - 1].pending_id : after;
    for (size_t i = 0; i < l.n; i++) {
        bool is_unsure = false;
        if (find_source(tx, &l.p[i], &is_unsure, err) < 0)
            return -1;
        struct store_transfer t = l.p[i];
        l.p[i].keywords = NULL;
        if (is_unsure)
            free(t.keywords);
        else
            l.p[kept++] = t;
    }
    *out = l.p;
    *out_n = kept;
    l = (struct transfer_list){0};
    return 0;
}

int store_transfers_waiting(struct store_tx *tx, int64_t account_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM pending WHERE account_id = ?1 AND kind >= 2) OR "
                                     "EXISTS (SELECT 1 FROM departure WHERE account_id = ?1)");

    sqlite3_bind_int64(q, 1, account_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

/* ---- on its way ---- */

static int set_step(struct store_tx *tx, int64_t pending_id, enum wanted_step step, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE pending SET is_sent = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, pending_id);
    sqlite3_bind_int(q, 2, step);
    return store_run(tx, q, err);
}

static int set_departure_sent(struct store_tx *tx, int64_t id, bool is_sent, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE departure SET is_sent = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int(q, 2, is_sent);
    return store_run(tx, q, err);
}

static int set_transfers(struct store_tx *tx, const struct store_transfer *t, size_t n, bool is_sent,
                         struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (set_step(tx, t[i].pending_id, is_sent ? WANTED_SENT : WANTED_WAITS, err) < 0 ||
            (t[i].departure_id && set_departure_sent(tx, t[i].departure_id, is_sent, err) < 0))
            return -1;
    }
    return 0;
}

/* The flags that the message takes along are on their way with it: what the server has of it is not known any more. */
static int flags_go_along(struct store_tx *tx, const struct store_transfer *t, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE pending SET is_sent = 1 WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = 1");

    sqlite3_bind_int64(q, 1, t->email_id);
    sqlite3_bind_int64(q, 2, t->to_mailbox);
    return store_run(tx, q, err);
}

/* Whether it still is as it was loaded. Returns 1 or 0. */
static int still_stands(struct store_tx *tx, const struct store_transfer *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT 1 FROM pending p WHERE p.id = ?1 AND p.is_sent = 0 AND p.email_id = ?2 AND (?3 = 0 OR "
            "EXISTS (SELECT 1 FROM departure WHERE mailbox_id = ?3 AND uid = ?4 AND email_id = ?2 AND is_sent = 0) OR "
            "(?5 = 0 AND EXISTS (SELECT 1 FROM placement WHERE mailbox_id = ?3 AND uid = ?4 AND email_id = ?2)))");

    sqlite3_bind_int64(q, 1, t->pending_id);
    sqlite3_bind_int64(q, 2, t->email_id);
    sqlite3_bind_int64(q, 3, t->from_mailbox);
    sqlite3_bind_int64(q, 4, (int64_t)t->from_uid);
    sqlite3_bind_int64(q, 5, t->departure_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

int store_transfers_sent(struct store_tx *tx, struct store_transfer *t, size_t *n, struct fct_error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        int stands = still_stands(tx, &t[i], err);
        if (stands < 0 || (stands && t[i].kind == STORE_TRANSFER_APPEND && flags_go_along(tx, &t[i], err) < 0))
            return -1;
        if (!stands)
            continue;
        struct store_transfer swap = t[kept]; /* what is left out keeps what it owns */
        t[kept++] = t[i];
        t[i] = swap;
    }
    *n = kept;
    return set_transfers(tx, t, kept, true, err);
}

int store_transfers_put_off(struct store_tx *tx, const struct store_transfer *t, size_t n, struct fct_error *err)
{
    return set_transfers(tx, t, n, false, err);
}

/* ---- done ---- */

/* The numbers that the server gives count only under the UIDVALIDITY that is known here, and if they are new: *out_next
 * (UINT64_MAX: none counts). */
static int adopt_validity(struct store_tx *tx, int64_t mailbox_id, uint32_t uidvalidity, uint64_t *out_next,
                          struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET uidvalidity = ?2 WHERE id = ?1 AND uidvalidity = 0");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, uidvalidity);
    if (store_run(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "SELECT uidnext FROM mailbox WHERE id = ?1 AND uidvalidity = ?2");
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, uidvalidity);
    int has_row = store_step(tx, q, err);
    *out_next = has_row > 0 ? (uint64_t)sqlite3_column_int64(q, 0) : UINT64_MAX;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* The Email as it is called now (merged Threads may have given it another id), if it is still wanted. Returns 1 or 0.
 */
static int still_wanted(struct store_tx *tx, const struct store_transfer *t, int64_t *out_email, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM pending WHERE id = ?1");

    sqlite3_bind_int64(q, 1, t->pending_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out_email = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

/* It was moved on, or destroyed, while the command was on its way: it has left where it comes to. */
static int link_departure(struct store_tx *tx, const struct store_transfer *t, uint64_t uid, struct fct_error *err)
{
    CLEANUP(departure_done) struct departure d = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM departure WHERE blob_id = ?1 AND mailbox_id = ?2 AND uid IS NULL "
                                     "ORDER BY id LIMIT 1");

    sqlite3_bind_int64(q, 1, t->blob_id);
    sqlite3_bind_int64(q, 2, t->to_mailbox);
    int has_row = store_step(tx, q, err);
    int64_t id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    if (has_row <= 0)
        return has_row;
    return departure_link(tx, id, uid, err);
}

static int arrived(struct store_tx *tx, const struct store_transfer *t, uint64_t uid, struct fct_error *err)
{
    int64_t email_id, other;
    int is_wanted = still_wanted(tx, t, &email_id, err);
    int is_taken = is_wanted < 0 || uid == 0 ? 0 : uid_find(tx, t->to_mailbox, uid, &other, err);

    if (is_wanted < 0 || is_taken < 0)
        return -1;
    if (is_taken > 0)
        uid = 0; /* it has come already, as something else: to be looked at */
    if (!is_wanted)
        return uid ? link_departure(tx, t, uid, err) : 0;
    return uid ? store_placement_relink(tx, t->to_mailbox, email_id, uid, err)
               : set_step(tx, t->pending_id, WANTED_ACCEPTED, err);
}

static int departed(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(departure_done) struct departure d = {0};
    int found = departure_load(tx, id, &d, err);

    return found <= 0 ? found : departure_forget(tx, &d, err);
}

int store_transfers_done(struct store_tx *tx, const struct store_transfer *t, size_t n, const uint64_t *uids,
                         uint32_t to_uidvalidity, struct fct_error *err)
{
    uint64_t next = UINT64_MAX;

    if (n > 0 && to_uidvalidity != 0 && adopt_validity(tx, t[0].to_mailbox, to_uidvalidity, &next, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (arrived(tx, &t[i], uids[i] >= next ? uids[i] : 0, err) < 0 ||
            (t[i].departure_id && departed(tx, t[i].departure_id, err) < 0))
            return -1;
    }
    return 0;
}

/* ---- refused ---- */

static const char *reason(const struct fct_error *why)
{
    return why->server[0] ? why->server : why->message;
}

/* The departure that the message was copied from: without MOVE it is not part of the transfer. Returns 1 or 0. */
static int copied_departure(struct store_tx *tx, const struct store_transfer *t, int64_t email_id,
                            struct departure *out, struct fct_error *err)
{
    int found = t->from_mailbox ? departure_at(tx, t->from_mailbox, t->from_uid, out, err) : 0;

    return found <= 0 ? found : out->email_id == email_id;
}

/* Back to where its departures are. */
static int take_back(struct counters *c, const struct store_transfer *t, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(departure_done) struct departure d = {0};
    int64_t email_id;
    int is_wanted = still_wanted(c->tx, t, &email_id, err);

    if (is_wanted <= 0)
        return is_wanted;
    if (email_state_load(c->tx, email_id, &e, err) < 0)
        return -1;
    int found = t->departure_id  ? departure_load(c->tx, t->departure_id, &d, err)
                : e.n_places < 2 ? copied_departure(c->tx, t, email_id, &d, err)
                                 : 0;
    email_state_done(&e);
    if (found < 0 || (found > 0 && departure_show_again(c, &d, err) < 0) ||
        email_state_load(c->tx, email_id, &e, err) < 0)
        return -1;
    if (e.n_places < 2) /* nowhere else: it stays, and tells why */
        return 1;
    if (email_place_delete(c->tx, t->to_mailbox, email_id, err) < 0)
        return -1;
    return email_placed(c, &e, err);
}

static int keep_refused(struct store_tx *tx, const struct store_transfer *t, const struct fct_error *why,
                        struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE pending SET is_sent = 0, tries = tries + 1, last_error = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, t->pending_id);
    bind_text(q, 2, reason(why));
    return store_run(tx, q, err);
}

static int refuse_one(struct counters *c, const struct store_transfer *t, const struct fct_error *why, size_t *io_stay,
                      struct fct_error *err)
{
    int stays = take_back(c, t, err);

    *io_stay += stays > 0;
    return stays > 0 ? keep_refused(c->tx, t, why, err) : stays;
}

/* `stay`: how many exist nowhere else. */
static void refusal_text(enum store_transfer_kind kind, size_t n, size_t stay, char *out, size_t max)
{
    const char *what = kind == STORE_TRANSFER_APPEND ? "keep" : kind == STORE_TRANSFER_MOVE ? "move" : "copy";
    int used = snprintf(out, max, "the server refuses to %s %zu message%s, ", what, n, n == 1 ? "" : "s");

    if (kind == STORE_TRANSFER_APPEND && stay == n)
        snprintf(out + used, max - (size_t)used, "which exist%s only here", n == 1 ? "s" : "");
    else
        snprintf(out + used, max - (size_t)used, "which stay%s where %s", n == 1 ? "s" : "",
                 n == 1 ? "it was" : "they were");
}

int store_transfers_refused(struct store_tx *tx, const struct store_transfer *t, size_t n, const struct fct_error *why,
                            struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    char text[200];
    size_t stay = 0;

    if (n == 0)
        return 0;
    if (counters_init(&c, tx, t[0].account_id, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (refuse_one(&c, &t[i], why, &stay, err) < 0)
            return -1;
    }
    if (counters_flush(&c, err) < 0)
        return -1;
    bool is_append = t[0].kind == STORE_TRANSFER_APPEND;
    refusal_text(t[0].kind, n, stay, text, sizeof(text));
    return store_notice_add(tx, t[0].account_id, is_append ? "appendRefused" : "moveRefused", t[0].to_mailbox,
                            t[0].email_id, text, reason(why), err);
}

int store_refused_again(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE pending SET last_error = NULL, tries = 0 WHERE account_id = ?1 AND "
                                     "kind = 2 AND last_error IS NOT NULL");

    sqlite3_bind_int64(q, 1, account_id);
    return store_run(tx, q, err);
}

/* What is marked only is one of those that carry \Deleted. */
static int keep_marked(struct store_tx *tx, const struct departure *d, struct fct_error *err)
{
    struct store_arrival a = {.mailbox_id = d->mailbox_id,
                              .uid = d->uid,
                              .received_at = d->received_at,
                              .flags = {d->flags.bits | FCT_FLAG_DELETED, bytes_str(d->flags.words)}};

    return deleted_keep(tx, &a, d->blob_id, err);
}

/* ---- removals ---- */

static int collect_ids(struct store_tx *tx, sqlite3_stmt *q, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            list = xreallocarray(list, cap, sizeof(*list));
        }
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

/* A departure may go when nothing relies on it: no placement waits to be made of it (but where the server refuses it,
 * or its mailbox is not there, and the Email is elsewhere on the server), and none was chosen in its stead that was not
 * seen yet. A mailbox that is deleted takes its messages along. */
int store_removal_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n,
                            struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT DISTINCT mailbox_id FROM departure d WHERE account_id = ?1 AND uid IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM pending p WHERE p.email_id = d.email_id AND (p.kind = 3 AND p.is_sent = 0 OR p.kind = 2 "
            "AND NOT ((p.last_error IS NOT NULL OR (SELECT wire_name FROM mailbox WHERE id = p.mailbox_id) IS NULL) "
            "AND EXISTS (SELECT 1 FROM placement x WHERE x.email_id = d.email_id AND x.uid IS NOT NULL)))) AND "
            "mailbox_id NOT IN (SELECT id FROM mailbox WHERE account_id = ?1 AND is_hidden <> 0) ORDER BY "
            "mailbox_id");

    sqlite3_bind_int64(q, 1, account_id);
    return collect_ids(tx, q, out, out_n, err);
}

int store_removals_load(struct store_tx *tx, int64_t mailbox_id, uint64_t after, size_t max, struct store_removal **out,
                        size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) struct store_removal *list = NULL;
    size_t n = 0, cap = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id, uid FROM departure d WHERE mailbox_id = ?1 AND uid > ?3 AND NOT EXISTS (SELECT 1 FROM pending "
            "p WHERE p.email_id = d.email_id AND (p.kind = 3 AND p.is_sent = 0 OR p.kind = 2 AND NOT ((p.last_error IS "
            "NOT NULL OR (SELECT wire_name FROM mailbox WHERE id = p.mailbox_id) IS NULL) AND EXISTS (SELECT 1 FROM "
            "placement x WHERE x.email_id = d.email_id AND x.uid IS NOT NULL)))) ORDER BY uid LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    sqlite3_bind_int64(q, 3, after > INT64_MAX ? INT64_MAX : (int64_t)after);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
            list = xreallocarray(list, cap, sizeof(*list));
        }
        list[n++] =
            (struct store_removal){sqlite3_column_int64(q, 0), mailbox_id, (uint64_t)sqlite3_column_int64(q, 1)};
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

int store_removals_sent(struct store_tx *tx, struct store_removal *r, size_t *n, struct fct_error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        sqlite3_stmt *q = store_stmt(
            tx, "SELECT 1 FROM departure d WHERE id = ?1 AND uid = ?2 AND NOT EXISTS (SELECT 1 FROM pending p WHERE "
                "p.email_id = d.email_id AND (p.kind = 3 AND p.is_sent = 0 OR p.kind = 2 AND NOT ((p.last_error IS NOT "
                "NULL OR (SELECT wire_name FROM mailbox WHERE id = p.mailbox_id) IS NULL) AND EXISTS (SELECT 1 FROM "
                "placement x WHERE x.email_id = d.email_id AND x.uid IS NOT NULL))))");
        sqlite3_bind_int64(q, 1, r[i].id);
        sqlite3_bind_int64(q, 2, (int64_t)r[i].uid);
        int stands = store_step(tx, q, err);
        store_reset(q);
        if (stands < 0 || (stands && set_departure_sent(tx, r[i].id, true, err) < 0))
            return -1;
        if (stands)
            r[kept++] = r[i];
    }
    *n = kept;
    return 0;
}

int store_removals_put_off(struct store_tx *tx, const struct store_removal *r, size_t n, struct fct_error *err)
{
    size_t ignored = 0;

    for (size_t i = 0; i < n; i++) {
        if (set_departure_sent(tx, r[i].id, false, err) < 0)
            return -1;
    }
    return n > 0 ? store_mailbox_returned(tx, r[0].mailbox_id, SIZE_MAX, &ignored, err)
                 : 0; /* what was wanted back meanwhile */
}

int store_removals_done(struct store_tx *tx, const struct store_removal *r, size_t n, bool only_marked,
                        struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(departure_done) struct departure d = {0};
        int found = departure_load(tx, r[i].id, &d, err);
        if (found < 0 || (found > 0 && only_marked && d.uid != 0 && keep_marked(tx, &d, err) < 0) ||
            (found > 0 && departure_forget(tx, &d, err) < 0))
            return -1;
    }
    return 0;
}

int store_removals_refused(struct store_tx *tx, const struct store_removal *r, size_t n, const struct fct_error *why,
                           struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    char text[200];

    if (n == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM mailbox WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r[0].mailbox_id);
    int has_row = store_step(tx, q, err);
    int64_t account_id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    if (has_row <= 0)
        return has_row;
    if (counters_init(&c, tx, account_id, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(departure_done) struct departure d = {0};
        int found = departure_load(tx, r[i].id, &d, err);
        if (found < 0 || (found > 0 && departure_show_again(&c, &d, err) < 0))
            return -1;
    }
    if (counters_flush(&c, err) < 0)
        return -1;
    snprintf(text, sizeof(text), "the server refuses to delete %zu message%s, which %s shown again", n,
             n == 1 ? "" : "s", n == 1 ? "is" : "are");
    return store_notice_add(tx, account_id, "deleteRefused", r[0].mailbox_id, 0, text, reason(why), err);
}

/* ---- looking whether it has come ---- */

int store_unsure_sources(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT DISTINCT mailbox_id FROM departure WHERE account_id = ?1 AND is_sent AND "
                                     "uid IS NOT NULL");

    sqlite3_bind_int64(q, 1, account_id);
    return collect_ids(tx, q, out, out_n, err);
}

int store_unsure_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT mailbox_id FROM pending WHERE account_id = ?1 AND kind = 2 AND is_sent > 0 UNION "
            "SELECT mailbox_id FROM pending p WHERE account_id = ?1 AND kind = 3 AND (is_sent = 0 OR NOT EXISTS "
            "(SELECT 1 FROM departure d WHERE d.email_id = p.email_id)) UNION "
            "SELECT mailbox_id FROM departure WHERE account_id = ?1 AND uid IS NULL");

    sqlite3_bind_int64(q, 1, account_id);
    return collect_ids(tx, q, out, out_n, err);
}

/* The Email has been moved away and back, and never went: it is where it was. Or half of it: what is marked only (the
 * session ended between STORE and EXPUNGE) loses the mark. */
static int never_went(struct counters *c, int64_t mailbox_id, int64_t departure_id, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(departure_done) struct departure d = {0};
    enum wanted_step step;

    if (departure_load(c->tx, departure_id, &d, err) <= 0)
        return -1;
    int is_wanted = wanted_find(c->tx, mailbox_id, d.email_id, &step, err);
    if (is_wanted <= 0) /* it is at another that it has left here: one of them is enough */
        return is_wanted;
    if (email_state_load(c->tx, d.email_id, &e, err) < 0 || departure_forget(c->tx, &d, err) < 0 ||
        store_placement_relink(c->tx, mailbox_id, d.email_id, d.uid, err) < 0)
        return -1;
    for (size_t i = 0; i < e.n_places; i++) {
        struct email_place p = e.places[i];
        if (p.mailbox_id != mailbox_id)
            continue;
        p.uid = d.uid;
        sqlite3_stmt *q = store_stmt(c->tx, "DELETE FROM pending WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = 1");
        sqlite3_bind_int64(q, 1, d.email_id);
        sqlite3_bind_int64(q, 2, mailbox_id);
        if (store_run(c->tx, q, err) < 0 ||
            pending_wish(c->tx, c->account_id, &p, d.email_id, &d.flags, true, err) < 0 ||
            (d.flags.bits & FCT_FLAG_DELETED && pending_unmark(c, mailbox_id, d.email_id, d.uid, err) < 0))
            return -1;
    }
    return 0;
}

int store_mailbox_returned(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT d.id FROM departure d JOIN pending p ON p.email_id = d.email_id AND p.mailbox_id = ?1 AND "
            "p.kind = 2 AND p.is_sent = 0 WHERE d.mailbox_id = ?1 AND d.uid IS NOT NULL AND d.is_sent = 0 LIMIT ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    *out_n = 0;
    if (collect_ids(tx, q, &ids, &n, err) < 0)
        return -1;
    *out_n = n;
    if (n == 0)
        return 0;
    q = store_stmt(tx, "SELECT account_id FROM mailbox WHERE id = ?1");
    sqlite3_bind_int64(q, 1, mailbox_id);
    if (store_step(tx, q, err) <= 0)
        return -1;
    int64_t account_id = sqlite3_column_int64(q, 0);
    store_reset(q);
    if (counters_init(&c, tx, account_id, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (never_went(&c, mailbox_id, ids[i], err) < 0)
            return -1;
    }
    return counters_flush(&c, err);
}

int store_mailbox_looked(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    static const char *const updates[] = {
        "UPDATE pending SET is_sent = 0, tries = tries + (is_sent = 2), last_error = CASE WHEN is_sent = 2 AND tries "
        ">= "
        "2 THEN 'the server takes it, and it is not there' END WHERE mailbox_id = ?1 AND kind = 2 AND is_sent > 0",
        "UPDATE departure SET is_sent = 0 WHERE mailbox_id = ?1 AND uid IS NOT NULL AND is_sent",
    };

    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, updates[i]);
        sqlite3_bind_int64(q, 1, mailbox_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return departures_forget_unlinked(tx, mailbox_id, err) < 0 ? -1 : kept_seen(tx, mailbox_id, err);
}
