/* Mailboxes that were made, renamed, deleted or subscribed here: the server is told.
 *
 * Each wish is looked at when its turn comes and marked as sent before its command goes out (store/mailbox_wishes.h). What the
 * server refuses is compared with a new listing before it is undone: it may have happened already. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/mailbox_wishes.h"
#include "sync/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_NAME_MAX 16384
#define WAITS_MAX 32 /* mailboxes whose names wait for one another */

/* Those that the server refused, until a listing says whether it had a reason. */
struct refusal {
    int64_t id;
    int what;
    struct fct_error why;
};

struct upload {
    struct sync_engine *e;
    struct refusal *refusals;
    size_t n_refusals;
    int64_t waits[WAITS_MAX]; /* under way, each for the one after it */
    size_t n_waits;
    bool must_list; /* only a listing tells how things are now */
};

static void upload_done(struct upload *u)
{
    free(u->refusals);
}

/* ---- jobs for the store ---------------------------------------------------------------------------------------------- */

struct job {
    int64_t id, account_id, found, parent;
    int what;
    const char *full_name, *name;
    struct fct_bytes wire_name;
    uint32_t delimiter;
    bool flag;
    const struct fct_error *why;
    struct store_mailbox_wish *wish;
    struct store_wire_names *names;
    int64_t *ids;
    size_t n;
};

static int read_wishes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_mailbox_wishes_load(tx, j->account_id, &j->ids, &j->n, err);
}

static int read_wish(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_mailbox_wish_load(tx, j->id, j->wish, err);
}

static int find_occupant(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_mailbox_by_wire_name(tx, j->account_id, j->wire_name, j->id, &j->found, err);
}

static int read_subscribed_below(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_mailboxes_subscribed_below(tx, j->account_id, j->wire_name, j->delimiter, j->names, err);
}

static int write_sent(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_wish_sent(tx, j->id, j->what, j->full_name, j->parent, j->name, err);
}

static int write_made(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_made(tx, j->id, j->wire_name, j->delimiter, err);
}

static int write_renamed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_renamed(tx, j->id, j->wire_name, err);
}

static int write_deleted(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_deleted(tx, j->id, err);
}

static int write_subscribed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_subscribed(tx, j->id, j->flag, err);
}

static int write_put_off(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_wish_put_off(tx, j->id, err);
}

static int write_refused(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct job *j = arg;
    return store_mailbox_wish_refused(tx, j->id, j->what, j->why, err);
}

static int finish_destroying(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    int more = store_mailboxes_finish_destroying(tx, j->account_id, 500, err);
    j->flag = more > 0;
    return more < 0 ? -1 : 0;
}

static int load_wish(struct upload *u, int64_t id, struct store_mailbox_wish *out, struct fct_error *err)
{
    return store_read(u->e->o.store, read_wish, &(struct job){.id = id, .wish = out}, err);
}

/* ---- what the server says to it --------------------------------------------------------------------------------------- */

/* Where the id is, or would be. There may be tens of thousands: a server that makes no mailbox makes none of them. */
static size_t slot_of(const struct sync_engine *e, int64_t id)
{
    size_t mask = e->cap_waiting_mailboxes - 1, i = (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (e->waiting_mailboxes[i] != 0 && e->waiting_mailboxes[i] != id)
        i = (i + 1) & mask;
    return i;
}

static bool is_set_aside(const struct sync_engine *e, int64_t id)
{
    return e->n_waiting_mailboxes > 0 && e->waiting_mailboxes[slot_of(e, id)] == id;
}

static void grow_set_aside(struct sync_engine *e)
{
    int64_t *old = e->waiting_mailboxes;
    size_t n_old = e->cap_waiting_mailboxes;
    e->cap_waiting_mailboxes = n_old ? 2 * n_old : 64;
    e->waiting_mailboxes = xcalloc(e->cap_waiting_mailboxes, sizeof(old[0]));
    for (size_t i = 0; i < n_old; i++)
        if (old[i] != 0)
            e->waiting_mailboxes[slot_of(e, old[i])] = old[i];
    free(old);
}

/* Not before the next pass. */
static void set_aside(struct sync_engine *e, int64_t id)
{
    if (2 * (e->n_waiting_mailboxes + 1) > e->cap_waiting_mailboxes)
        grow_set_aside(e);
    size_t i = slot_of(e, id);
    e->n_waiting_mailboxes += e->waiting_mailboxes[i] != id;
    e->waiting_mailboxes[i] = id;
}

void sync_try_mailboxes_again(struct sync_engine *e)
{
    free(TAKE(e->waiting_mailboxes));
    e->n_waiting_mailboxes = e->cap_waiting_mailboxes = 0;
}

/* A failed command: one that ends the session is the caller's failure; a refusal for now leaves the wish where it is, one for good
 * is noted. */
static int take_refusal(struct upload *u, const struct store_mailbox_wish *w, int what, const struct fct_error *refused, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    if (!e->is_refusal) {
        *err = *refused;
        return -1;
    }
    e->is_refusal = false;
    set_aside(e, w->mailbox_id);
    log_warn(e->o.label, "mailbox %s: %s%s%s", w->is_shown || !w->full_name ? w->name : w->full_name, refused->message, refused->server[0] ? "; the server says: " : "", refused->server);
    if (refused->retry != FCT_RETRY_NEVER)
        return store_write(e->o.store, write_put_off, &(struct job){.id = w->mailbox_id}, err);
    u->refusals = xreallocarray(u->refusals, u->n_refusals + 1, sizeof(u->refusals[0]));
    u->refusals[u->n_refusals++] = (struct refusal){w->mailbox_id, what, *refused};
    u->must_list = true;
    return 0;
}

static bool has_wire_names(const struct fct_source *s)
{
    return s->size >= offsetof(struct fct_source, mailbox_wire_name) + sizeof(s->mailbox_wire_name) && s->mailbox_wire_name;
}

/* By which name the server will list it. *out_n 0: a listing must tell. */
static int wire_name_of(struct upload *u, const char *full_name, char *buf, size_t *out_n, struct fct_error *err)
{
    *out_n = 0;
    if (has_wire_names(u->e->o.source))
        return u->e->o.source->mailbox_wire_name(u->e->o.session, bytes_str(full_name), buf, WIRE_NAME_MAX, out_n, err);
    u->must_list = true;
    return 0;
}

/* A command goes out. *out_gone: the wish went meanwhile. */
static int note_sent(struct upload *u, struct job *j, bool *out_gone, struct fct_error *err)
{
    struct fct_error why = {0};
    *out_gone = false;
    if (store_write(u->e->o.store, write_sent, j, &why) == 0)
        return 0;
    *out_gone = why.code == FCT_E_NOT_FOUND;
    if (!*out_gone)
        *err = why;
    return *out_gone ? 0 : -1;
}

/* ---- made and renamed -------------------------------------------------------------------------------------------------- */

static int make(struct upload *u, const struct store_mailbox_wish *w, struct fct_bytes wire_name, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    struct fct_error refused = {0};
    bool is_gone;
    struct job j = {.id = w->mailbox_id, .what = STORE_WISH_MAKE, .full_name = w->target, .parent = w->target_parent, .name = w->name,
                    .wire_name = wire_name, .delimiter = w->delimiter};
    if (note_sent(u, &j, &is_gone, err) < 0 || is_gone)
        return is_gone ? 0 : -1;
    if (sync_asked(e, e->o.source->mailbox_create(e->o.session, bytes_str(w->target), w->delimiter, (uint32_t)w->role, &refused), &refused) < 0)
        return take_refusal(u, w, STORE_WISH_MAKE, &refused, err);
    return store_write(e->o.store, write_made, &j, err);
}

/* A name that is no more need not be subscribed (RFC 9051 section 6.3.7: the server does not see to it). If it will not, nobody is worse
 * off. */
static int unsubscribe_name(struct upload *u, struct fct_bytes wire_name, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    struct fct_error refused = {0};
    if (sync_asked(e, e->o.source->mailbox_subscribe(e->o.session, wire_name, false, &refused), &refused) == 0)
        return 0;
    if (!e->is_refusal)
        *err = refused;
    return e->is_refusal ? (e->is_refusal = false, 0) : -1;
}

/* The name that the mailbox had, and those of `below`. */
static int unsubscribe_old(struct upload *u, const struct store_mailbox_wish *w, const struct store_wire_names *below, struct fct_error *err)
{
    if (!u->e->o.source->mailbox_subscribe)
        return 0;
    if (w->is_subscribed_there && unsubscribe_name(u, buf_bytes(&w->wire_name), err) < 0)
        return -1;
    for (size_t i = 0; below && i < below->n; i++)
        if (unsubscribe_name(u, buf_bytes(&below->v[i]), err) < 0)
            return -1;
    return 0;
}

static int rename_to(struct upload *u, const struct store_mailbox_wish *w, const char *full_name, int64_t parent, const char *name,
                     struct fct_bytes wire_name, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    CLEANUP(store_wire_names_done) struct store_wire_names below = {0};
    struct fct_error refused = {0};
    bool is_gone;
    struct job j = {.id = w->mailbox_id, .account_id = w->account_id, .what = STORE_WISH_RENAME, .full_name = full_name, .parent = parent,
                    .name = name, .wire_name = buf_bytes(&w->wire_name), .delimiter = w->delimiter, .names = &below};
    if (sync_leave_selected(e, err) < 0 || store_read(e->o.store, read_subscribed_below, &j, err) < 0)
        return -1;
    j.wire_name = wire_name;
    if (note_sent(u, &j, &is_gone, err) < 0 || is_gone)
        return is_gone ? 0 : -1;
    if (sync_asked(e, e->o.source->mailbox_rename(e->o.session, buf_bytes(&w->wire_name), bytes_str(full_name), &refused), &refused) < 0)
        return take_refusal(u, w, STORE_WISH_RENAME, &refused, err);
    return store_write(e->o.store, write_renamed, &j, err) < 0 ? -1 : unsubscribe_old(u, w, &below, err);
}

/* Out of the way of another, beside where it is now. It has its own name when its turn comes. */
static int move_aside(struct upload *u, const struct store_mailbox_wish *w, struct fct_error *err)
{
    CLEANUP(freep) char *wire = xcalloc(1, WIRE_NAME_MAX);
    CLEANUP(buf_done) struct buf full = {0}, delimiter = {0};
    char name[48];
    size_t n;
    snprintf(name, sizeof(name), "facteur-%lld", (long long)w->mailbox_id);
    if (w->delimiter)
        buf_add_utf8(&delimiter, w->delimiter);
    const char *full_name = w->full_name ? w->full_name : "", *level = full_name;
    for (const char *at = full_name; delimiter.n && (at = strstr(at, delimiter.p)); level = at)
        at += delimiter.n;
    buf_add(&full, full_name, (size_t)(level - full_name));
    buf_add_str(&full, name);
    if (wire_name_of(u, buf_str(&full), wire, &n, err) < 0)
        return -1;
    return rename_to(u, w, buf_str(&full), w->server_parent, name, bytes_of(wire, n), err);
}

static int carry_out(struct upload *u, int64_t id, struct fct_error *err);

enum way { WAY_FREE, WAY_LATER, WAY_NEVER };

static int find_way(struct upload *u, struct job *j, enum way otherwise, enum way *out, struct fct_error *err)
{
    if (store_read(u->e->o.store, find_occupant, j, err) < 0)
        return -1;
    *out = j->found == 0 ? WAY_FREE : otherwise;
    return 0;
}

static bool is_under_way(const struct upload *u, int64_t id)
{
    bool is_waiting = u->n_waits == WAITS_MAX;
    for (size_t i = 0; i < u->n_waits; i++)
        is_waiting |= u->waits[i] == id;
    return is_waiting;
}

/* The mailbox j->found has the name on the server that this one shall have. If it shall have another, or go, it does so first; and
 * where both wait for each other it gets a name for the time between. */
static int make_way(struct upload *u, const struct store_mailbox_wish *w, struct job *j, enum way *out, struct fct_error *err)
{
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish other = {0};
    int64_t occupant = j->found;
    *out = WAY_NEVER;
    if (load_wish(u, occupant, &other, err) < 0)
        return -1;
    if (!(other.what & (STORE_WISH_RENAME | STORE_WISH_DELETE)))
        return 0;
    if (!is_under_way(u, occupant)) {
        u->waits[u->n_waits++] = w->mailbox_id;
        int result = carry_out(u, occupant, err);
        u->n_waits--;
        if (result < 0 || find_way(u, j, WAY_LATER, out, err) < 0)
            return -1;
    }
    if (*out == WAY_FREE || is_set_aside(u->e, occupant))
        return 0;
    store_mailbox_wish_done(&other);
    if (load_wish(u, occupant, &other, err) < 0 || (other.wire_name.n > 0 && move_aside(u, &other, err) < 0))
        return -1;
    return find_way(u, j, WAY_LATER, out, err);
}

static int refuse_occupied(struct upload *u, const struct store_mailbox_wish *w, int what, struct fct_error *err)
{
    struct fct_error why = {0};
    fct_fail(&why, FCT_E_EXISTS, FCT_RETRY_NEVER, "the server has another mailbox of that name");
    set_aside(u->e, w->mailbox_id);
    return store_write(u->e->o.store, write_refused, &(struct job){.id = w->mailbox_id, .what = what, .why = &why}, err);
}

/* *out_way: whether its name is free there now. Others may have been renamed for that, and this one with them. */
static int clear_way(struct upload *u, const struct store_mailbox_wish *w, struct fct_bytes wire_name, enum way *out, struct fct_error *err)
{
    struct job j = {.id = w->mailbox_id, .account_id = w->account_id, .wire_name = wire_name};
    *out = WAY_FREE;
    if (wire_name.n == 0)
        return 0; /* the server will tell */
    if (store_read(u->e->o.store, find_occupant, &j, err) < 0)
        return -1;
    return j.found ? make_way(u, w, &j, out, err) : 0;
}

static int go_to_name(struct upload *u, const struct store_mailbox_wish *w, struct fct_bytes wire_name, struct fct_error *err)
{
    if (w->what & STORE_WISH_MAKE)
        return make(u, w, wire_name, err);
    return rename_to(u, w, w->target, w->target_parent, w->name, wire_name, err);
}

/* Made before the server's mailboxes were listed for the first time, it may have a name that would be two levels there, or be below
 * another where there are no levels. */
static int check_name(const struct store_mailbox_wish *w, struct fct_error *why)
{
    CLEANUP(buf_done) struct buf separator = {0};
    if (w->delimiter == 0 && w->what & STORE_WISH_MAKE && w->target_parent != 0)
        return fct_fail(why, FCT_E_INVALID, FCT_RETRY_NEVER, "the server has no mailboxes below others");
    if (w->delimiter == 0)
        return 0;
    buf_add_utf8(&separator, w->delimiter);
    if (!strstr(w->name, buf_str(&separator)))
        return 0;
    return fct_fail(why, FCT_E_INVALID, FCT_RETRY_NEVER, "the name contains \"%s\", by which the server separates levels", buf_str(&separator));
}

static int refuse_name(struct upload *u, const struct store_mailbox_wish *w, int what, const struct fct_error *why, struct fct_error *err)
{
    set_aside(u->e, w->mailbox_id);
    return store_write(u->e->o.store, write_refused, &(struct job){.id = w->mailbox_id, .what = what, .why = why}, err);
}

static int bring_to_name(struct upload *u, const struct store_mailbox_wish *w, struct fct_error *err)
{
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish now = {0};
    CLEANUP(freep) char *wire = xcalloc(1, WIRE_NAME_MAX);
    int what = w->what & STORE_WISH_MAKE ? STORE_WISH_MAKE : STORE_WISH_RENAME;
    struct fct_error why = {0};
    enum way way;
    size_t n;
    if (check_name(w, &why) < 0)
        return refuse_name(u, w, what, &why, err);
    if (!w->target || (what == STORE_WISH_RENAME && w->wire_name.n == 0))
        return 0; /* its parent comes first, and did not this time */
    if (what == STORE_WISH_RENAME && w->is_gone) { /* the end of a pass makes it again by its new name, or takes it away */
        u->e->needs_pass |= !u->e->is_listed;
        return 0;
    }
    if (wire_name_of(u, w->target, wire, &n, &why) < 0)
        return refuse_name(u, w, what, &why, err);
    if (clear_way(u, w, bytes_of(wire, n), &way, err) < 0)
        return -1;
    if (way == WAY_NEVER)
        return refuse_occupied(u, w, what, err);
    if (way == WAY_LATER || load_wish(u, w->mailbox_id, &now, err) < 0)
        return way == WAY_LATER ? 0 : -1;
    bool is_as_before = now.what & what && now.target && strcmp(now.target, w->target) == 0;
    return is_as_before ? go_to_name(u, &now, bytes_of(wire, n), err) : 0; /* else with the next pass */
}

/* ---- deleted ------------------------------------------------------------------------------------------------------------- */

/* Selects it only to be told. */
static int status_by_select(struct sync_engine *e, struct fct_bytes name, struct fct_mailbox_status *out, struct fct_error *err)
{
    const struct fct_known known = {.size = sizeof(known)};
    bool ignored = false;
    int result = e->o.source->select(e->o.session, name, &known, &e->sink, out, &ignored, err);
    sync_forget_news(e);
    return result;
}

/* What the mailbox holds at this moment. *out_told false: the server does not say. */
static int ask_status(struct upload *u, const struct store_mailbox_wish *w, struct fct_mailbox_status *out, bool *out_told, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    struct fct_error refused = {0};
    const struct fct_bytes name = buf_bytes(&w->wire_name);
    *out = (struct fct_mailbox_status){.size = sizeof(*out), .messages = -1};
    e->asked_status = out;
    e->asked_name = name;
    int result = e->o.source->statuses ? e->o.source->statuses(e->o.session, &name, 1, &e->sink, &refused)
                                       : status_by_select(e, name, out, &refused);
    e->asked_status = NULL;
    sync_asked(e, result, &refused);
    if (result < 0 && !e->is_refusal) {
        *err = refused;
        return -1;
    }
    e->is_refusal = false;
    *out_told = result == 0 && out->messages >= 0;
    return 0;
}

/* Nobody has seen them: then nobody wanted them to be deleted. */
static bool has_unseen(const struct store_mailbox_wish *w, const struct fct_mailbox_status *s)
{
    return s->messages > 0 && (s->uidvalidity != w->seen_uidvalidity || s->messages > w->seen_messages || s->uidnext > w->seen_uidnext);
}

static int keep(struct upload *u, const struct store_mailbox_wish *w, const char *text, struct fct_error *err)
{
    struct fct_error why = {0};
    fct_fail(&why, FCT_E_MAILBOX_HAS_EMAIL, FCT_RETRY_NEVER, "%s", text);
    u->must_list = u->e->must_repeat = u->e->needs_pass = true; /* which shows it again */
    return store_write(u->e->o.store, write_refused, &(struct job){.id = w->mailbox_id, .what = STORE_WISH_DELETE, .why = &why}, err);
}

static int delete(struct upload *u, const struct store_mailbox_wish *w, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    struct fct_error refused = {0};
    struct fct_mailbox_status status;
    struct job j = {.id = w->mailbox_id, .what = STORE_WISH_DELETE};
    bool is_told, is_gone;
    if (w->has_departures || w->wire_name.n == 0)
        return 0; /* what was moved out of it goes first */
    if (sync_leave_selected(e, err) < 0)
        return -1;
    if (ask_status(u, w, &status, &is_told, err) < 0)
        return -1;
    if (!is_told && w->seen_messages >= 0) {
        set_aside(e, w->mailbox_id);
        u->must_list = true; /* it is gone, or it cannot be known what is in it */
        return 0;
    }
    /* One that could hold none when it was deleted here may have been made into one that does. */
    if (is_told && has_unseen(w, &status))
        return keep(u, w, "there are messages in it that were not here yet", err);
    if (note_sent(u, &j, &is_gone, err) < 0 || is_gone)
        return is_gone ? 0 : -1;
    if (sync_asked(e, e->o.source->mailbox_delete(e->o.session, buf_bytes(&w->wire_name), &refused), &refused) < 0)
        return take_refusal(u, w, STORE_WISH_DELETE, &refused, err);
    return store_write(e->o.store, write_deleted, &j, err) < 0 ? -1 : unsubscribe_old(u, w, NULL, err);
}

/* ---- subscribed ------------------------------------------------------------------------------------------------------------ */

static int subscribe(struct upload *u, const struct store_mailbox_wish *w, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    struct fct_error refused = {0};
    struct job j = {.id = w->mailbox_id, .what = STORE_WISH_SUBSCRIBE, .flag = w->is_subscribed, .why = &refused};
    bool is_gone;
    if (w->wire_name.n == 0)
        return 0;
    if (note_sent(u, &j, &is_gone, err) < 0 || is_gone)
        return is_gone ? 0 : -1;
    if (sync_asked(e, e->o.source->mailbox_subscribe(e->o.session, buf_bytes(&w->wire_name), w->is_subscribed, &refused), &refused) == 0)
        return store_write(e->o.store, write_subscribed, &j, err);
    if (!e->is_refusal || refused.retry != FCT_RETRY_NEVER)
        return take_refusal(u, w, STORE_WISH_SUBSCRIBE, &refused, err);
    e->is_refusal = false;
    return store_write(e->o.store, write_refused, &j, err);
}

/* ---- all that waits -------------------------------------------------------------------------------------------------------- */

static int carry_out(struct upload *u, int64_t id, struct fct_error *err)
{
    const struct fct_source *s = u->e->o.source;
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = {0};
    if (is_set_aside(u->e, id))
        return 0;
    if (load_wish(u, id, &w, err) < 0)
        return -1;
    if (w.what & STORE_WISH_DELETE)
        return s->mailbox_delete ? delete(u, &w, err) : 0;
    if (w.what & (STORE_WISH_MAKE | STORE_WISH_RENAME)) {
        if (!s->mailbox_create || !s->mailbox_rename || bring_to_name(u, &w, err) < 0)
            return s->mailbox_create && s->mailbox_rename ? -1 : 0;
        store_mailbox_wish_done(&w);
        if (is_set_aside(u->e, id))
            return 0;
        if (load_wish(u, id, &w, err) < 0)
            return -1;
    }
    return w.what & STORE_WISH_SUBSCRIBE && !(w.what & STORE_WISH_DELETE) && s->mailbox_subscribe ? subscribe(u, &w, err) : 0;
}

/* What the server refused and the listing does not show as done is undone. */
static int settle_refusals(struct upload *u, struct fct_error *err)
{
    for (size_t i = 0; i < u->n_refusals; i++) {
        CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = {0};
        const struct refusal *r = &u->refusals[i];
        struct job j = {.id = r->id, .what = r->what, .why = &r->why};
        if (load_wish(u, r->id, &w, err) < 0)
            return -1;
        if (!(w.what & r->what))
            continue;
        if (r->what == STORE_WISH_DELETE)
            u->must_list = u->e->must_repeat = u->e->needs_pass = true; /* it is shown again */
        if (store_write(u->e->o.store, write_refused, &j, err) < 0)
            return -1;
    }
    u->n_refusals = 0;
    return 0;
}

/* Whether anything can be done now: else there is no need to ask how things are. */
static int is_due(struct upload *u, const int64_t *ids, size_t n, bool *out, struct fct_error *err)
{
    *out = false;
    for (size_t i = 0; i < n && !*out; i++) {
        CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = {0};
        if (is_set_aside(u->e, ids[i]))
            continue;
        if (load_wish(u, ids[i], &w, err) < 0)
            return -1;
        *out = w.what != 0 && !(w.what == STORE_WISH_DELETE && w.has_departures);
    }
    return 0;
}

static int work_off(struct upload *u, const int64_t *ids, size_t n, struct fct_error *err)
{
    struct sync_engine *e = u->e;
    bool is_something_due;
    if (is_due(u, ids, n, &is_something_due, err) < 0)
        return -1;
    if (!is_something_due)
        return 0;
    if (!e->is_listed && sync_list_again(e, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (carry_out(u, ids[i], err) < 0)
            return -1;
    for (int i = 0; i < 2 && u->must_list; i++) {
        u->must_list = false;
        if (sync_list_again(e, err) < 0 || settle_refusals(u, err) < 0)
            return -1;
    }
    return 0;
}

/* Mailboxes that were being emptied when the program ended: once in a session. */
static int finish(struct sync_engine *e, struct fct_error *err)
{
    struct job j = {.account_id = e->o.account_id, .flag = true};
    if (e->has_finished)
        return 0;
    e->has_finished = true;
    while (j.flag)
        if (store_write(e->o.store, finish_destroying, &j, err) < 0)
            return -1;
    return 0;
}

int sync_upload_mailboxes(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(upload_done) struct upload u = {.e = e};
    struct job j = {.account_id = e->o.account_id};
    struct fct_error why = {0};
    if (!(e->o.can & FCT_CAN_MAILBOX_SET))
        return 0;
    int result = finish(e, &why);
    if (result == 0)
        result = store_read(e->o.store, read_wishes, &j, &why);
    CLEANUP(freep) int64_t *ids = j.ids;
    if (result == 0 && j.n > 0)
        result = work_off(&u, ids, j.n, &why);
    if (result < 0 && err)
        *err = why;
    return result;
}
