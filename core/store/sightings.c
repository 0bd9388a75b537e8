#include "store/sightings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/arrive.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/partial.h"
#include "store/threads.h"
#include "store/wanted.h"

#include <stdlib.h>

#define CANDIDATES_MAX 64 /* Emails of one Message-ID that are looked at */

struct look {
    struct counters c;
    struct threads_key key;
    int64_t mailbox_id;
    const struct fct_uid_range *gone;
    size_t n_gone;
};

struct candidates {
    struct {
        int64_t id;
        bool may_be_elsewhere; /* what is known suffices to take it for an Email that is not in this mailbox */
    } v[CANDIDATES_MAX];
    size_t n;
};

/* ---- which Emails it may be ---- */

static int by_remote_id(struct look *l, const struct store_sighting *s, struct candidates *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(l->c.tx, "SELECT id FROM email WHERE remote_id = ?1 AND +account_id = ?2 ORDER BY id LIMIT ?3");
    int has_row;

    sqlite3_bind_text(q, 1, s->email_remote_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, l->c.account_id);
    sqlite3_bind_int(q, 3, CANDIDATES_MAX);
    while ((has_row = store_step(l->c.tx, q, err)) > 0) {
        out->v[out->n].id = sqlite3_column_int64(q, 0);
        out->v[out->n++].may_be_elsewhere = true;
    }
    return has_row;
}

/* What was sent to this mailbox may have been changed on the way (some servers add header fields): there the size is
 * not asked for. */
static int by_message_id(struct look *l, const struct store_sighting *s, struct candidates *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        l->c.tx, "SELECT id, received_at FROM email e WHERE msgid_hash = ?1 AND +account_id = ?2 AND sent_at IS ?3 AND "
                 "(size = ?4 OR "
                 "EXISTS (SELECT 1 FROM pending p WHERE p.email_id = e.id AND p.mailbox_id = ?5 AND p.kind = 2 AND "
                 "p.is_sent > 0)) ORDER BY id LIMIT ?6");
    int has_row;

    sqlite3_bind_int64(q, 1, threads_msgid_hash(&l->key, bytes_str(s->message_id)));
    sqlite3_bind_int64(q, 2, l->c.account_id);
    if (s->has_sent_at)
        sqlite3_bind_int64(q, 3, s->sent_at);
    sqlite3_bind_int64(q, 4, (int64_t)s->size);
    sqlite3_bind_int64(q, 5, l->mailbox_id);
    sqlite3_bind_int(q, 6, CANDIDATES_MAX);
    while ((has_row = store_step(l->c.tx, q, err)) > 0) {
        out->v[out->n].id = sqlite3_column_int64(q, 0);
        out->v[out->n++].may_be_elsewhere = s->received_at != 0 && sqlite3_column_int64(q, 1) == s->received_at;
    }
    return has_row;
}

static int find_candidates(struct look *l, const struct store_sighting *s, struct candidates *out,
                           struct fct_error *err)
{
    out->n = 0;
    if (s->email_remote_id && by_remote_id(l, s, out, err) < 0)
        return -1;
    return out->n == 0 && s->message_id ? by_message_id(l, s, out, err) : 0;
}

/* A message that has left this mailbox, nobody knew under which UID. Returns 1 or 0. */
static int find_departure(struct look *l, const struct store_sighting *s, int64_t *out_id, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(l->c.tx, "SELECT id FROM departure WHERE mailbox_id = ?1 AND msgid_hash = ?2 AND uid IS NULL AND "
                            "sent_at IS ?3 AND size = ?4 ORDER BY id LIMIT 1");

    if (!s->message_id)
        return 0;
    sqlite3_bind_int64(q, 1, l->mailbox_id);
    sqlite3_bind_int64(q, 2, threads_msgid_hash(&l->key, bytes_str(s->message_id)));
    if (s->has_sent_at)
        sqlite3_bind_int64(q, 3, s->sent_at);
    sqlite3_bind_int64(q, 4, (int64_t)s->size);
    int has_row = store_step(l->c.tx, q, err);
    *out_id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row;
}

/* One that carried \Deleted before the mailbox was renumbered. Returns 1 or 0. */
static int find_hidden(struct look *l, const struct store_sighting *s, int64_t *out_uid, struct fct_error *err)
{
    if (!s->message_id)
        return 0;
    return hidden_find(l->c.tx, l->mailbox_id, threads_msgid_hash(&l->key, bytes_str(s->message_id)),
                       s->has_sent_at ? &s->sent_at : NULL, s->size, out_uid, err);
}

/* ---- its place ---- */

static int remember_remote_id(struct look *l, int64_t email_id, const struct store_sighting *s, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(l->c.tx, "UPDATE email SET remote_id = ?2 WHERE id = ?1 AND remote_id IS NULL");

    if (!s->email_remote_id)
        return 0;
    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_text(q, 2, s->email_remote_id, -1, SQLITE_STATIC);
    return store_run(l->c.tx, q, err);
}

/* One more placement; with \Deleted it is kept apart, as if it had been fetched. */
static int place(struct look *l, int64_t email_id, struct store_arrival *a, struct fct_error *err)
{
    if (!(a->flags.bits & FCT_FLAG_DELETED))
        return email_add_place(&l->c, email_id, a, err);
    CLEANUP(email_state_done) struct email_state e = {0};
    if (email_state_load(l->c.tx, email_id, &e, err) < 0)
        return -1;
    a->received_at = e.received_at;
    if (partial_size(l->c.tx, email_id, &a->partial_size, err) < 0)
        return -1;
    return deleted_keep(l->c.tx, a, e.blob_id, err);
}

static int range_holds(const void *key, const void *member)
{
    const uint64_t *uid = key;
    const struct fct_uid_range *r = member;

    return *uid < r->first ? -1 : *uid > r->last;
}

/* Another program has moved it away and back: it is here under a new UID. What was noted of the old one ends. Returns 1
 * or 0. */
static int unlink_if_gone(struct look *l, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(l->c.tx, "SELECT uid FROM placement WHERE mailbox_id = ?1 AND email_id = ?2");

    sqlite3_bind_int64(q, 1, l->mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    int has_row = store_step(l->c.tx, q, err);
    uint64_t uid = has_row > 0 ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    if (has_row <= 0 || !bsearch(&uid, l->gone, l->n_gone, sizeof(l->gone[0]), range_holds))
        return has_row < 0 ? -1 : 0;
    q = store_stmt(l->c.tx, "UPDATE placement SET uid = NULL WHERE mailbox_id = ?1 AND email_id = ?2");
    sqlite3_bind_int64(q, 1, l->mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    return store_run_one(l->c.tx, q, err) < 0 ? -1 : 1;
}

/* Which of the candidates it is: one that waits for a UID here, or one that is elsewhere. */
static int choose(struct look *l, const struct candidates *found, int64_t *out_unlinked, int64_t *out_absent,
                  bool *out_was_gone, struct fct_error *err)
{
    for (size_t i = 0; i < found->n && *out_unlinked == 0; i++) {
        enum stand stand = email_stand(l->c.tx, l->mailbox_id, found->v[i].id, err);
        bool may_be = found->v[i].may_be_elsewhere;
        int has_moved = stand == STAND_PLACED && may_be && l->n_gone ? unlink_if_gone(l, found->v[i].id, err) : 0;
        if (stand == STAND_ERROR || has_moved < 0)
            return -1;
        *out_was_gone |= has_moved > 0;
        if (stand == STAND_UNLINKED || has_moved)
            *out_unlinked = found->v[i].id;
        if (stand == STAND_ABSENT && may_be && *out_absent == 0)
            *out_absent = found->v[i].id;
    }
    return 0;
}

static int recognise(struct look *l, struct store_sighting *s, struct fct_error *err)
{
    struct store_arrival a = {.mailbox_id = l->mailbox_id, .uid = s->uid, .flags = s->flags};
    struct candidates found;
    int64_t absent = 0, unlinked = 0, departure = 0, hidden = 0;

    int is_here = uid_find(l->c.tx, l->mailbox_id, s->uid, &a.email_id, err);
    s->is_known = is_here > 0;
    if (is_here != 0)
        return is_here < 0 ? -1 : 0;
    if (find_candidates(l, s, &found, err) < 0 || choose(l, &found, &unlinked, &absent, &s->was_gone, err) < 0 ||
        (unlinked == 0 && find_departure(l, s, &departure, err) < 0) ||
        (!unlinked && !departure && find_hidden(l, s, &hidden, err) < 0))
        return -1;
    s->is_known = unlinked || departure || hidden || absent;
    if (unlinked)
        return email_relink(&l->c, unlinked, &a, err) < 0 ? -1 : remember_remote_id(l, unlinked, s, err);
    if (departure)
        return departure_link(l->c.tx, departure, s->uid, err);
    if (hidden)
        return hidden_relink(&l->c, l->mailbox_id, hidden, s->uid, &s->flags, err);
    if (absent)
        return place(l, absent, &a, err) < 0 ? -1 : remember_remote_id(l, absent, s, err);
    return 0;
}

int store_sightings(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, const struct fct_uid_range *gone,
                    size_t n_gone, struct store_sighting *s, size_t n, struct fct_error *err)
{
    struct look l = {.mailbox_id = mailbox_id, .gone = gone, .n_gone = n_gone};
    int result = counters_init(&l.c, tx, account_id, err);

    if (result == 0)
        result = threads_key_load(tx, &l.key, err);
    for (size_t i = 0; i < n && result == 0; i++)
        result = recognise(&l, &s[i], err);
    if (result == 0)
        result = counters_flush(&l.c, err);
    counters_done(&l.c);
    return result;
}
