/* What users do to Emails: moving them between mailboxes, destroying them. */
#include "store/arrive.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/change.h"
#include "store/db.h"
#include "store/departures.h"
#include "store/kept.h"
#include "store/pending_set.h"
#include "store/wanted.h"

/* A move under way. In an account with a server the journal is written beside the placements (docs/sync.md). */
struct change {
    struct counters *c;
    const struct email_state *e;
    bool is_local;
    /* the flags that the server has of the copy that it will make the new ones of */
    struct keyword_set server;
    bool has_server, is_sent;
    bool may_leave; /* the Email elsewhere: what it is left in must be there */
};

static void change_done(struct change *m)
{
    keyword_set_done(&m->server);
}

static int load(struct counters *c, struct email_state *e, struct change *m, struct store_tx *tx, int64_t id,
                struct fct_error *err)
{
    if (email_state_load(tx, id, e, err) < 0 || account_is_local(tx, e->account_id, &m->is_local, err) < 0 ||
        counters_init(c, tx, e->account_id, err) < 0)
        return -1;
    m->c = c;
    m->e = e;
    return 0;
}

/* ---- what the server has ---- */

/* Of a message that it moves or copies the flags go along. */
static int note_server_flags(struct change *m, const struct email_place *p, struct fct_error *err)
{
    if (m->has_server || p->uid == 0)
        return 0;
    m->has_server = true;
    return pending_server_side(m->c->tx, p->mailbox_id, m->e->id, &p->flags, &m->server, &m->is_sent, err);
}

/* An Email that waits to be moved has left its flags with the departure. */
static int note_departed_flags(struct change *m, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(m->c->tx, "SELECT flags, keywords FROM departure WHERE email_id = ?1 ORDER BY uid DESC LIMIT 1");

    if (m->has_server)
        return 0;
    sqlite3_bind_int64(q, 1, m->e->id);
    int has_row = store_step(m->c->tx, q, err);
    if (has_row <= 0)
        return has_row;
    const char *words = store_text_or_null(q, 1);
    m->server = (struct keyword_set){(uint32_t)sqlite3_column_int64(q, 0), words ? xstrdup(words) : NULL};
    m->has_server = true;
    store_reset(q);
    return 0;
}

/* ---- leaving and coming ---- */

/* Whether the server has, or may have, this placement. */
static int is_on_server(struct change *m, const struct email_place *p, bool *out, struct fct_error *err)
{
    enum wanted_step step = WANTED_WAITS;
    int is_wanted = p->uid == 0 ? wanted_find(m->c->tx, p->mailbox_id, m->e->id, &step, err) : 0;

    *out = p->uid != 0 || !is_wanted || step != WANTED_WAITS;
    return is_wanted < 0 ? -1 : 0;
}

static int leave_on_server(struct change *m, const struct email_place *p, struct fct_error *err)
{
    CLEANUP(keyword_set_done) struct keyword_set server = {0};
    bool is_there, ignored;

    if (mailbox_check_writable(m->c->tx, p->mailbox_id, err) < 0 || is_on_server(m, p, &is_there, err) < 0)
        return -1;
    if (!is_there)
        return 0;
    if (pending_server_side(m->c->tx, p->mailbox_id, m->e->id, &p->flags, &server, &ignored, err) < 0)
        return -1;
    m->may_leave = true;
    return departure_insert(m->c->tx, m->e, p, &server, err);
}

static int leave(struct change *m, const struct email_place *p, struct fct_error *err)
{
    if (!m->is_local && leave_on_server(m, p, err) < 0)
        return -1;
    return email_place_delete(m->c->tx, p->mailbox_id, m->e->id, err);
}

/* Back to where it left, before the server was told: nothing has happened. */
static int come_back(struct change *m, struct email_place *p, const struct departure *d, struct fct_error *err)
{
    p->uid = d->uid;
    m->may_leave = true;
    if (departure_forget(m->c->tx, d, err) < 0 || email_place_insert(m->c->tx, m->e->id, p, NULL, err) < 0)
        return -1;
    return pending_wish(m->c->tx, m->c->account_id, p, m->e->id, &d->flags, false, err);
}

/* Whether the Email may just now be somewhere else on the server. */
static int is_unsure(struct change *m, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        m->c->tx, "SELECT EXISTS (SELECT 1 FROM departure WHERE email_id = ?1 AND (uid IS NULL OR is_sent))");

    sqlite3_bind_int64(q, 1, m->e->id);
    if (store_step(m->c->tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

static int come_on_server(struct change *m, struct email_place *p, struct fct_error *err)
{
    CLEANUP(departure_done) struct departure d = {0};

    bool is_elsewhere;

    if (mailbox_check_writable(m->c->tx, p->mailbox_id, err) < 0 || is_unsure(m, &is_elsewhere, err) < 0)
        return -1;
    int has_left = departure_of_email(m->c->tx, p->mailbox_id, m->e->id, &d, err);
    if (has_left < 0)
        return -1;
    if (has_left && d.uid != 0 && !is_elsewhere && !(d.flags.bits & FCT_FLAG_DELETED))
        return come_back(m, p, &d, err);
    if (wanted_add(m->c, m->e->id, p, err) < 0)
        return -1;
    if (!m->has_server)
        return 0;
    return pending_wish(m->c->tx, m->c->account_id, p, m->e->id, &m->server, m->is_sent, err);
}

static int come(struct change *m, int64_t mailbox_id, struct fct_error *err)
{
    struct email_place p = {.mailbox_id = mailbox_id, .flags = m->e->keywords};

    return m->is_local ? email_place_insert(m->c->tx, m->e->id, &p, NULL, err) : come_on_server(m, &p, err);
}

/* ---- moving ---- */

static int note_source(struct change *m, const int64_t *wanted, size_t n, struct fct_error *err)
{
    for (int stays = 0; stays <= 1; stays++) {
        for (size_t i = 0; i < m->e->n_places; i++) {
            if (mailbox_is_among(m->e->mailbox_ids[i], wanted, n) == stays &&
                note_server_flags(m, &m->e->places[i], err) < 0)
                return -1;
        }
    }
    return note_departed_flags(m, err);
}

int store_email_set_mailboxes(struct store_tx *tx, int64_t id, const int64_t *mailbox_ids, size_t n,
                              struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(change_done) struct change m = {0};
    CLEANUP(freep) int64_t *wanted = NULL;
    size_t n_wanted = 0;

    if (load(&c, &e, &m, tx, id, err) < 0 ||
        mailboxes_check(tx, e.account_id, mailbox_ids, n, &wanted, &n_wanted, err) < 0 ||
        (!m.is_local && note_source(&m, wanted, n_wanted, err) < 0))
        return -1;
    for (size_t i = 0; i < e.n_places; i++) {
        if (!mailbox_is_among(e.mailbox_ids[i], wanted, n_wanted) && leave(&m, &e.places[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n_wanted; i++) {
        if (!mailbox_is_among(wanted[i], e.mailbox_ids, e.n_places) && come(&m, wanted[i], err) < 0)
            return -1;
    }
    if (email_placed(&c, &e, err) < 0 || (m.may_leave && kept_note(&c, id, err) < 0))
        return -1;
    return counters_flush(&c, err);
}

/* ---- destroying ---- */

int store_email_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(change_done) struct change m = {0};

    if (load(&c, &e, &m, tx, id, err) < 0)
        return -1;
    for (size_t i = 0; i < e.n_places && !m.is_local; i++) {
        if (leave_on_server(&m, &e.places[i], err) < 0)
            return -1;
    }
    if (email_remove(&c, &e, err) < 0)
        return -1;
    return counters_flush(&c, err);
}
