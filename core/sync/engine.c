#include "sync/engine.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "sync/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STATUSES_MAX 1000              /* mailboxes that are asked about one by one, where a status tells no modseq */
#define GROWTH_ROUNDS 4                /* looks at what has grown during a pass */
#define RETIRE_AT_ONCE 1000            /* messages of mailboxes that are not listed any more, in one transaction */
#define MISSING_MIN 2                  /* mailboxes with mail: of fewer nobody can say what is most of them */
#define VANISHED_MAX ((size_t)1 << 20) /* ranges of UIDs that it may say are gone, before they are applied */

/* ---- the sink: what the source says --------------------------------------------------------------------------- */

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    if (!e->is_listing) {
        sync_hear_mailbox(e, mb);
        return 0;
    }
    if (e->n_listed == SYNC_MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %d mailboxes", SYNC_MAILBOXES_MAX);
    if (e->n_listed == e->cap_listed) {
        e->cap_listed = e->cap_listed ? e->cap_listed * 2 : 32;
        e->listed = xreallocarray(e->listed, e->cap_listed, sizeof(e->listed[0]));
    }
    struct listed_mailbox *l = &e->listed[e->n_listed++];
    *l = (struct listed_mailbox){
        .name = xstrndup(mb->name.p, mb->name.n),
        .status = mb->status,
        .delimiter = mb->delimiter,
        .attrs = mb->attrs & ~(uint32_t)FCT_MB_STATUS_KNOWN,
        .role = (int)mb->role,
        .has_status = mb->attrs & FCT_MB_STATUS_KNOWN,
    };
    if (mb->status.mailbox_id.n)
        l->mailbox_id = xstrndup(mb->status.mailbox_id.p, mb->status.mailbox_id.n);
    l->status.mailbox_id = (struct fct_bytes){0};
    buf_add(&l->wire_name, mb->wire_name.p, mb->wire_name.n);
    return 0;
}

static int on_status(void *ctx, struct fct_bytes wire_name, const struct fct_mailbox_status *status, struct fct_error *err)
{
    (void)err;
    struct sync_engine *e = ctx;
    if (e->asked_status && bytes_equal(e->asked_name, wire_name)) {
        *e->asked_status = *status;
        e->asked_status->mailbox_id = (struct fct_bytes){0};
        return 0;
    }
    if (!e->is_listing) {
        sync_hear_status(e, wire_name, status);
        return 0;
    }
    /* Answers come in the order of the questions: the search goes on where the last one ended. */
    for (size_t tried = 0; tried < e->n_listed; tried++) {
        struct listed_mailbox *l = &e->listed[e->status_hint++ % e->n_listed];
        if (!bytes_equal(buf_bytes(&l->wire_name), wire_name))
            continue;
        if (!l->mailbox_id && status->mailbox_id.n)
            l->mailbox_id = xstrndup(status->mailbox_id.p, status->mailbox_id.n);
        l->status = *status;
        l->status.mailbox_id = (struct fct_bytes){0};
        l->has_status = true;
        break;
    }
    return 0;
}

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    if (m->uid == 0) {
        e->needs_relist = true;
    } else if (e->sightings && sync_sighted(e, m)) {
        return 0;
    } else if (!listing_add(&e->news, m->uid, &m->flags)) {
        e->sink_failed = true;
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "the server lists more than %d messages or %d MB of keywords in one mailbox",
                        LISTING_MAX, LISTING_KEYWORDS_MAX >> 20);
    } else {
        e->told_modseq = m->modseq > e->told_modseq ? m->modseq : e->told_modseq;
        sync_apply_soon(e);
    }
    return 0;
}

static int on_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    for (size_t i = 0; i < n; i++) {
        if (r[i].first > r[i].last)
            continue;
        if (e->vanished.n == VANISHED_MAX) {
            e->sink_failed = true;
            return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "the server names more than %zu ranges of removed messages", VANISHED_MAX);
        }
        uid_ranges_add(&e->vanished, r[i].first, r[i].last);
        uint64_t gone = r[i].last - r[i].first + 1;
        e->count -= gone < e->count ? gone : e->count; /* no EXISTS follows, RFC 7162 section 3.2.10 */
    }
    return 0;
}

static int on_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    (void)err;
    struct sync_engine *e = ctx;
    if (e->has_count && messages < e->count)
        e->needs_relist = true; /* something is gone, and the server does not say what */
    e->has_new |= !e->has_count || messages > e->count;
    e->has_count = true;
    e->count = messages;
    return 0;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    struct fct_error why = {0};
    if (ingest_begin(e->ingest, octets, &why) == 0)
        return 0;
    if (why.code != FCT_E_TOO_LARGE) /* that message alone is left out */
        e->sink_failed = true;
    if (err)
        *err = why;
    return -1;
}

static int noted(struct sync_engine *e, int result)
{
    e->sink_failed |= result < 0;
    return result;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    return noted(e, ingest_data(e->ingest, part, err));
}

static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct sync_engine *e = ctx;
    return noted(e, ingest_end(e->ingest, m, err));
}

/* ---- refusals ------------------------------------------------------------------------------------------------ */

/* After these a session can only be closed. */
bool sync_ends_session(int code)
{
    static const int codes[] = {FCT_OK, FCT_E_INTERNAL, FCT_E_CANCELLED, FCT_E_TIMEOUT, FCT_E_NETWORK, FCT_E_DNS, FCT_E_TLS, FCT_E_PROTOCOL, FCT_E_LIMIT};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i] == code)
            return true;
    return false;
}

int sync_asked(struct sync_engine *e, int result, const struct fct_error *err)
{
    e->is_refusal = result < 0 && !e->sink_failed && !sync_ends_session(err->code);
    return result;
}

static int forget_uids(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct store_mailbox *mb = arg;
    return store_mailbox_forget_uids(tx, mb->id, err);
}

/* What is left to do in a mailbox that was deleted here is to move messages out of it; not by numbers that mean others now. */
static int select_hidden(struct sync_engine *e, const struct store_mailbox *mb, struct fct_error *err)
{
    const struct fct_known known = {.size = sizeof(known)};
    bool ignored;
    if (sync_select(e, mb, &known, &ignored, err) < 0)
        return -1;
    if (e->status.uidvalidity == mb->uidvalidity)
        return 0;
    return sync_forget_uids(e, mb->id, err) < 0 ? -1 : store_write(e->o.store, forget_uids, (void *)mb, err);
}

int sync_visit(struct sync_engine *e, const struct store_mailbox *mb, bool *out_refused, struct fct_error *err)
{
    struct fct_error why = {0};
    e->is_refusal = false;
    *out_refused = mb->is_gone; /* the server does not list it */
    if (mb->is_gone)
        return 0;
    if ((mb->is_hidden ? select_hidden(e, mb, &why) : sync_mailbox(e, mb, &why)) == 0)
        return 0;
    *out_refused = e->is_refusal;
    e->selected = 0;
    if (err)
        *err = why;
    if (!e->is_refusal)
        return fct_error_prefix(err, "mailbox %s", mb->name);
    log_warn(e->o.label, "mailbox %s is skipped: %s%s%s", mb->name, why.message, why.server[0] ? "; the server says: " : "", why.server);
    return 0;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

void sync_tell_progress(struct sync_engine *e)
{
    if (e->o.progress)
        e->o.progress(e->o.ctx, &e->progress);
}

static void on_committed(void *ctx, size_t messages, uint64_t bytes)
{
    struct sync_engine *e = ctx;
    e->progress.messages_done += messages;
    e->progress.bytes_done += bytes;
    e->report.new_messages += messages;
    sync_tell_progress(e);
}

struct sync_engine *sync_engine_new(const struct sync_options *o)
{
    struct sync_engine *e = XNEW(struct sync_engine);
    e->o = *o;
    e->sink = (struct fct_sink){
        .size = sizeof(e->sink),
        .ctx = e,
        .mailbox = on_mailbox,
        .flags = on_flags,
        .vanished = on_vanished,
        .exists = on_exists,
        .message_begin = on_begin,
        .message_data = on_data,
        .message_end = on_end,
        .status = on_status,
    };
    e->ingest = ingest_new(&(struct ingest_options){
        .store = o->store,
        .budget = o->budget,
        .filters = o->filters,
        .account_id = o->account_id,
        .committed = on_committed,
        .ctx = e,
    });
    return e;
}

static void forget_listed(struct sync_engine *e)
{
    for (size_t i = 0; i < e->n_listed; i++) {
        free(e->listed[i].name);
        free(e->listed[i].mailbox_id);
        buf_done(&e->listed[i].wire_name);
    }
    e->n_listed = 0;
}

void sync_forget_news(struct sync_engine *e)
{
    listing_clear(&e->news);
    e->vanished.n = 0;
    e->has_count = e->has_new = false;
    e->needs_relist = false;
    e->told_modseq = 0;
}

void sync_engine_free(struct sync_engine *e)
{
    if (!e)
        return;
    ingest_free(e->ingest);
    sync_hearing_done(&e->hears);
    sync_hearing_done(&e->heard);
    forget_listed(e);
    free(e->listed);
    listing_done(&e->news);
    uid_ranges_done(&e->vanished);
    keep_rules_done(&e->rules);
    free(e->set_aside);
    for (size_t i = 0; i < e->n_later; i++) {
        uid_ranges_done(&e->later[i].vanished);
        listing_done(&e->later[i].marked);
    }
    free(e->later);
    free(e->waiting_mailboxes);
    free(e);
}

/* ---- a pass -------------------------------------------------------------------------------------------------- */

static bool came_with_statuses(const struct sync_engine *e)
{
    for (size_t i = 0; i < e->n_listed; i++)
        if (e->listed[i].has_status)
            return true;
    return false;
}

/* Statuses tell which mailboxes need no visit; without modseqs they tell nothing for sure, and are not asked for. A server that
 * promises them with the listing may not keep it. */
static int ask_statuses(struct sync_engine *e, struct fct_error *err)
{
    bool wants = e->o.can & FCT_CAN_MODSEQ || (e->must_know_growth && e->n_listed <= STATUSES_MAX);
    if (!wants || !e->o.source->statuses || e->n_listed == 0 || came_with_statuses(e))
        return 0;
    CLEANUP(freep) struct fct_bytes *names = xcalloc(e->n_listed, sizeof(names[0]));
    size_t n = 0;
    for (size_t i = 0; i < e->n_listed; i++)
        if (!(e->listed[i].attrs & FCT_MB_NOSELECT))
            names[n++] = buf_bytes(&e->listed[i].wire_name);
    e->status_hint = 0;
    return e->o.source->statuses(e->o.session, names, n, &e->sink, err);
}

static int list_mailboxes(struct sync_engine *e, struct fct_error *err)
{
    forget_listed(e);
    sync_hearing_done(&e->hears); /* the listing tells how things are now */
    e->must_ask = false;
    e->is_listing = true;
    int result = e->o.source->list(e->o.session, &e->sink, err);
    if (result == 0)
        result = ask_statuses(e, err);
    e->is_listing = false;
    return result;
}

struct pass_plan {
    struct sync_engine *e;
    struct store_mailbox *rows;
    size_t n_rows;
    struct visit *order; /* those to visit */
    size_t n_order;
};

struct visit {
    const struct store_mailbox *mailbox;
    int turn, rank;
};

static void pass_plan_done(struct pass_plan *p)
{
    free(p->order);
    store_mailboxes_free(p->rows, p->n_rows);
}

/* On the writer. What is proportional to the number of mailboxes is done there and on the reader, while the fiber waits: a
 * server may have 50,000 of them, and the loop has others to serve. */
static struct store_remote_mailbox *listed_for_store(const struct sync_engine *e)
{
    struct store_remote_mailbox *remote = xcalloc(e->n_listed + 1, sizeof(remote[0]));
    for (size_t i = 0; i < e->n_listed; i++) {
        const struct listed_mailbox *l = &e->listed[i];
        remote[i] = (struct store_remote_mailbox){
            .name = l->name,
            .delimiter = l->delimiter,
            .wire_name = buf_bytes(&l->wire_name),
            .mailbox_id = l->mailbox_id,
            .attrs = l->attrs,
            .role = l->role,
            .uidvalidity = l->has_status ? l->status.uidvalidity : 0,
            .uidnext = l->has_status ? l->status.uidnext : 0,
            .messages = l->has_status ? l->status.messages : -1,
        };
    }
    return remote;
}

static void take_ids(struct sync_engine *e, const struct store_remote_mailbox *remote)
{
    for (size_t i = 0; i < e->n_listed; i++)
        e->listed[i].id = remote[i].id;
}

struct listing_look {
    struct sync_engine *e;
    bool is_known;
};

static int read_listed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct listing_look *l = arg;
    CLEANUP(freep) struct store_remote_mailbox *remote = listed_for_store(l->e);
    if (store_mailboxes_are_listed(tx, l->e->o.account_id, remote, l->e->n_listed, &l->is_known, err) < 0)
        return -1;
    take_ids(l->e, remote);
    return 0;
}

static int write_listed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sync_engine *e = arg;
    CLEANUP(freep) struct store_remote_mailbox *remote = listed_for_store(e);
    if (store_mailboxes_listed(tx, e->o.account_id, remote, e->n_listed, err) < 0)
        return -1;
    take_ids(e, remote);
    return 0;
}

/* Most listings say what the one before said: those are compared on a reader, and the writer is left to others. */
static int store_listed(struct sync_engine *e, struct fct_error *err)
{
    struct listing_look look = {.e = e};
    if (store_read(e->o.store, read_listed, &look, err) < 0)
        return -1;
    return look.is_known ? 0 : store_write(e->o.store, write_listed, e, err);
}

int sync_list_again(struct sync_engine *e, struct fct_error *err)
{
    return list_mailboxes(e, err) < 0 ? -1 : store_listed(e, err);
}

struct retiring {
    int64_t account_id;
    size_t n_made;
    bool has_more;
};

static int write_retired(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct retiring *r = arg;
    int more = store_mailboxes_retire(tx, r->account_id, RETIRE_AT_ONCE, &r->n_made, err);
    r->has_more = more > 0;
    return more < 0 ? -1 : 0;
}

struct missing {
    int64_t account_id, wait_s;
    struct store_missing now;
};

static int read_missing(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct missing *m = arg;
    return store_mailboxes_missing(tx, m->account_id, &m->now, err);
}

static int write_missing(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct missing *m = arg;
    return store_mailboxes_missing_tell(tx, m->account_id, &m->now, m->wait_s, err);
}

/* A listing that lacks most of what was there may be a server's bad day (a disk that is not mounted, a backup that is being restored): it
 * must still be so after a while. *out_doubtful: until then everything stays. */
static int doubt(struct sync_engine *e, bool *out_doubtful, struct fct_error *err)
{
    struct missing m = {.account_id = e->o.account_id, .wait_s = e->o.missing_wait_s};
    *out_doubtful = false;
    if (m.wait_s == 0)
        return 0;
    if (store_read(e->o.store, read_missing, &m, err) < 0)
        return -1;
    bool is_most = m.now.gone_with_mail >= MISSING_MIN && 2 * m.now.gone_with_mail > m.now.with_mail;
    *out_doubtful = is_most && (int64_t)time(NULL) - m.now.newest < m.wait_s;
    if (!*out_doubtful)
        return 0;
    e->report.mailboxes_missing = m.now.gone;
    log_warn(e->o.label, "%zu of %zu mailboxes with mail are not listed any more: they stay for now", m.now.gone_with_mail, m.now.with_mail);
    return m.now.newest >= e->pass_began ? store_write(e->o.store, write_missing, &m, err) : 0;
}

/* What is not listed any more goes now that it could be found everywhere else. What somebody put there meanwhile is kept, in a mailbox that
 * is made again. */
static int retire(struct sync_engine *e, struct fct_error *err)
{
    struct retiring r = {.account_id = e->o.account_id, .has_more = true};
    bool is_doubtful;
    if (doubt(e, &is_doubtful, err) < 0)
        return -1;
    if (is_doubtful)
        return 0;
    while (r.has_more)
        if (store_write(e->o.store, write_retired, &r, err) < 0)
            return -1;
    if (r.n_made == 0)
        return 0;
    e->n_set_aside = 0; /* what the server did not take for want of that mailbox it may take now */
    return sync_upload(e, err);
}

static int listed_by_id(const void *a, const void *b)
{
    const struct listed_mailbox *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static const struct listed_mailbox *find_listed(const struct sync_engine *e, int64_t id)
{
    struct listed_mailbox key = {.id = id};
    return bsearch(&key, e->listed, e->n_listed, sizeof(key), listed_by_id);
}

/* Inbox first, then the mailboxes with a role, then the rest: the order in which people look. But what another program has moved
 * shall be found where it came to before it is missed where it was, so that its Email lives on: a mailbox that holds less than
 * before comes behind those that hold more. One that is still coming down for the first time does not hold up the inbox. Where all
 * mail is a mailbox, too, the inbox comes before it even then: what is seen there first is no mail that came into the inbox. */
static struct visit visit_of(const struct store_mailbox *mb, const struct fct_mailbox_status *s)
{
    bool is_inbox = mb->role == FCT_ROLE_INBOX, is_told = mb->is_complete && s && s->messages >= 0;
    bool has_grown = is_told && s->messages > mb->remote_messages, has_shrunk = is_told && s->messages < mb->remote_messages;
    return (struct visit){
        .mailbox = mb,
        .turn = is_inbox ? (has_shrunk ? 2 : 0) : has_grown ? (mb->role == FCT_ROLE_ALL ? 2 : 1) : has_shrunk ? 4 : 3,
        .rank = is_inbox ? 0 : mb->role == FCT_ROLE_ALL ? 3 : mb->role ? 1 : 2,
    };
}

static int visiting_order(const void *a, const void *b)
{
    const struct visit *x = a, *y = b;
    if (x->turn != y->turn)
        return x->turn - y->turn;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->mailbox->id < y->mailbox->id ? -1 : x->mailbox->id > y->mailbox->id;
}

/* RFC 7162 section 3.1.2.1: an unchanged HIGHESTMODSEQ means that neither flags nor messages changed. Servers that reset
 * it exist, so the other three numbers must agree, too. */
static bool is_unchanged(const struct store_mailbox *mb, const struct fct_mailbox_status *s)
{
    return mb->is_complete && s->modseq != 0 && s->modseq == mb->highest_modseq && s->uidvalidity == mb->uidvalidity &&
           s->uidnext == mb->uidnext && s->messages == mb->remote_messages;
}

static uint64_t expected(const struct store_mailbox *mb, const struct fct_mailbox_status *s)
{
    if (!s || s->messages <= mb->total_emails)
        return 0;
    return (uint64_t)(s->messages - mb->total_emails);
}

/* Whether something was said of the selected mailbox that was not applied yet. */
static bool has_news(const struct sync_engine *e)
{
    return e->has_new || e->needs_relist || e->news.n > 0 || e->vanished.n > 0;
}

/* Whether all that is new in the selected mailbox was told and applied. With NOTIFY the server has promised to tell of every change of
 * flags (RFC 5465 section 5.4), so the modseq that it told last being the one of the status, and the numbers of messages the same,
 * there is nothing more to ask for. What is written down of the mailbox stays behind: whoever selects it next asks from there, and
 * finds what a server forgot to tell. */
static bool was_told_all(const struct sync_engine *e, const struct store_mailbox *mb, const struct fct_mailbox_status *s)
{
    return mb->id == e->selected && e->o.can & FCT_CAN_NOTIFY && mb->is_complete && !has_news(e) && e->told_modseq != 0 &&
           s->modseq == e->told_modseq && s->uidvalidity == mb->uidvalidity && s->uidnext == mb->uidnext && s->messages == mb->remote_messages &&
           e->has_count && (uint64_t)s->messages == e->count;
}

static void choose_mailboxes(struct sync_engine *e, struct pass_plan *p)
{
    p->order = xcalloc(p->n_rows + 1, sizeof(p->order[0]));
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct listed_mailbox *l = find_listed(e, p->rows[i].id);
        if (!l || p->rows[i].attrs & FCT_MB_NOSELECT)
            continue;
        /* Of the selected mailbox a status may be older than the news that came beside it. */
        bool has_changed = p->rows[i].id == e->selected && has_news(e);
        if (l->has_status && !has_changed && (is_unchanged(&p->rows[i], &l->status) || was_told_all(e, &p->rows[i], &l->status))) {
            e->report.mailboxes_skipped++;
            continue;
        }
        e->progress.messages_total += expected(&p->rows[i], l->has_status ? &l->status : NULL);
        p->order[p->n_order++] = visit_of(&p->rows[i], l->has_status ? &l->status : NULL);
    }
    qsort(p->order, p->n_order, sizeof(p->order[0]), visiting_order);
}

/* Mailboxes to which something came since they were visited. */
static void choose_grown(struct sync_engine *e, struct pass_plan *p)
{
    p->order = xcalloc(p->n_rows + 1, sizeof(p->order[0]));
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct store_mailbox *mb = &p->rows[i];
        const struct listed_mailbox *l = find_listed(e, mb->id);
        if (!l || !l->has_status || mb->attrs & FCT_MB_NOSELECT)
            continue;
        uint64_t seen = sync_seen_uidnext(e, mb->id);
        if (l->status.uidnext > (seen ? seen : mb->uidnext))
            p->order[p->n_order++] = visit_of(mb, &l->status);
    }
    qsort(p->order, p->n_order, sizeof(p->order[0]), visiting_order);
}

/* On a reader. */
static int read_rows(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pass_plan *p = arg;
    struct sync_engine *e = p->e;
    if (store_mailboxes_load(tx, e->o.account_id, &p->rows, &p->n_rows, err) < 0)
        return -1;
    qsort(e->listed, e->n_listed, sizeof(e->listed[0]), listed_by_id);
    if (e->must_know_growth)
        choose_grown(e, p);
    else
        choose_mailboxes(e, p);
    return 0;
}

static int visit_all(struct sync_engine *e, struct pass_plan *p, struct fct_error *err)
{
    struct fct_error why = {0};
    sync_tell_progress(e);
    for (size_t i = 0; i < p->n_order; i++) {
        bool refused;
        e->has_more_to_visit = i + 1 < p->n_order;
        snprintf(e->progress.mailbox, sizeof(e->progress.mailbox), "%s", p->order[i].mailbox->name);
        e->report.mailboxes++;
        if (sync_let_serve(e, false, &why) < 0 || sync_visit(e, p->order[i].mailbox, &refused, &why) < 0) {
            if (err)
                *err = why;
            return -1;
        }
        e->report.mailboxes_failed += refused;
    }
    if (e->report.mailboxes == 0 || e->report.mailboxes_failed < e->report.mailboxes || e->report.mailboxes_skipped > 0)
        return 0;
    if (err)
        *err = why;
    return fct_error_prefix(err, "mailbox %s", p->order[p->n_order - 1].mailbox->name); /* it refuses every one of them */
}

/* Messages have gone, and may have been moved while the mailboxes were being visited: then they are in one that has grown since. */
static int visit_grown(struct sync_engine *e, struct fct_error *err)
{
    bool has_more = true;
    e->must_know_growth = true;
    for (int round = 0; round < GROWTH_ROUNDS && has_more && sync_has_going(e); round++) {
        CLEANUP(pass_plan_done) struct pass_plan plan = {.e = e};
        if (sync_list_again(e, err) < 0 || store_read(e->o.store, read_rows, &plan, err) < 0 || visit_all(e, &plan, err) < 0)
            return -1;
        has_more = plan.n_order > 0;
    }
    return 0;
}

static int visit_and_settle(struct sync_engine *e, struct pass_plan *p, struct fct_error *err)
{
    e->is_in_pass = true;
    int result = visit_all(e, p, err);
    if (result == 0)
        result = visit_grown(e, err);
    e->must_know_growth = false;
    e->is_in_pass = false;
    if (result < 0)
        return -1;
    e->needs_pass = false;
    return sync_settle_later(e, err);
}

/* What is told of the selected mailbox beside the listing is applied meanwhile. */
static int list_and_listen(struct sync_engine *e, struct fct_error *err)
{
    struct fct_error why = {0};
    e->told_of = e->selected;
    int result = list_mailboxes(e, err);
    if (sync_await_prompt(e, &why) == 0 || result < 0)
        return result;
    *err = why;
    return -1;
}

/* Flags that were told of the selected mailbox: with luck there is nothing else to visit it for. */
static int apply_told_flags(struct sync_engine *e, struct fct_error *err)
{
    bool changed;
    bool is_flags_alone = e->news.n > 0 && e->vanished.n == 0 && !e->has_new && !e->needs_relist;
    return e->selected && is_flags_alone ? sync_apply_news(e, &changed, err) : 0;
}

static int pass(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(pass_plan_done) struct pass_plan plan = {.e = e};
    e->n_set_aside = 0;
    sync_try_mailboxes_again(e);
    if (sync_load_rules(e, err) < 0 || list_and_listen(e, err) < 0 || store_listed(e, err) < 0)
        return -1;
    e->is_listed = true;
    if (sync_upload_mailboxes(e, err) < 0 || apply_told_flags(e, err) < 0 || store_read(e->o.store, read_rows, &plan, err) < 0)
        return -1;
    e->must_repeat = false; /* what is shown again by now is visited */
    if (visit_and_settle(e, &plan, err) < 0 || sync_upload(e, err) < 0)
        return -1;
    return retire(e, err);
}

int sync_pass(struct sync_engine *e, struct sync_report *out, struct fct_error *err)
{
    struct fct_error why = {0};
    e->report = (struct sync_report){0};
    e->pass_began = (int64_t)time(NULL);
    e->progress = (struct sync_progress){0};
    int result = sync_is_maildrop(e) ? sync_maildrop_pass(e, &why) : pass(e, &why);
    if (result == 0 && e->must_repeat)
        result = pass(e, &why);
    e->is_listed = false;
    if (result < 0) {
        if (err)
            *err = why;
        return -1;
    }
    e->o.was_in_step = true;
    e->progress.mailbox[0] = '\0';
    e->progress.messages_total = e->progress.messages_done;
    sync_tell_progress(e);
    *out = e->report;
    return 0;
}

/* ---- watching ------------------------------------------------------------------------------------------------- */

struct inbox_query {
    int64_t account_id;
    struct store_mailbox mailbox;
};

static int read_inbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct inbox_query *q = arg;
    int64_t id = 0;
    if (store_mailbox_by_role(tx, q->account_id, FCT_ROLE_INBOX, &id, err) < 0)
        return -1;
    return id ? store_mailbox_load(tx, id, &q->mailbox, err) : 0;
}

/* *out_nothing: the account has no inbox, or the server refuses it. */
static int select_inbox(struct sync_engine *e, bool *out_nothing, struct fct_error *err)
{
    struct inbox_query q = {.account_id = e->o.account_id};
    if (store_read(e->o.store, read_inbox, &q, err) < 0)
        return -1;
    *out_nothing = q.mailbox.id == 0;
    int result = *out_nothing || e->selected == q.mailbox.id ? 0 : sync_visit(e, &q.mailbox, out_nothing, err);
    store_mailbox_done(&q.mailbox);
    return result;
}

int sync_leave_selected(struct sync_engine *e, struct fct_error *err)
{
    struct inbox_query q = {.account_id = e->o.account_id};
    const struct fct_known known = {.size = sizeof(known)};
    bool ignored;
    if (e->selected == 0)
        return 0;
    if (store_read(e->o.store, read_inbox, &q, err) < 0)
        return -1;
    bool is_there = q.mailbox.id == e->selected;
    int result = is_there || q.mailbox.id == 0 ? 0 : sync_select(e, &q.mailbox, &known, &ignored, err);
    if (!is_there)
        e->selected = 0;
    store_mailbox_done(&q.mailbox);
    if (result < 0 && e->is_refusal) {
        *err = (struct fct_error){0};
        e->is_refusal = false;
        result = 0; /* then nothing is selected, too */
    }
    return result;
}

static int wait_for_news(struct sync_engine *e, uint32_t timeout_ms, bool nothing_to_watch, struct fct_error *err)
{
    if (e->o.has_work && e->o.has_work(e->o.ctx))
        return 0;
    e->is_waiting = true;
    e->told_of = e->selected;
    int result = nothing_to_watch || !e->o.source->idle ? wait_sleep_nudged(timeout_ms, err)
                                                        : e->o.source->idle(e->o.session, timeout_ms, &e->sink, err);
    e->is_waiting = false;
    /* Whatever ended the wait, nobody else is at work on the news from here on. */
    return sync_await_prompt(e, result == 0 ? err : NULL) < 0 ? -1 : result;
}

void sync_lent(struct sync_engine *e)
{
    sync_forget_news(e);
    e->selected = 0; /* whoever opens a mailbox next brings it in step */
}

bool sync_is_waiting(const struct sync_engine *e)
{
    return e->is_waiting;
}

/* A refusal does not end the session: the pass that follows finds out what it is about. */
static int fetch_new(struct sync_engine *e, struct fct_error *err)
{
    e->has_new = false; /* what comes from here on is news again */
    e->is_refusal = false;
    if (sync_fetch_new(e, err) == 0)
        return 0;
    if (!e->is_refusal)
        return -1;
    log_warn(e->o.label, "new mail is looked for again: %s%s%s", err->message, err->server[0] ? "; the server says: " : "", err->server);
    e->needs_relist = true;
    return 0;
}

/* What was said of the inbox. */
static int take_news(struct sync_engine *e, struct fct_error *err)
{
    bool changed = false;
    if (e->vanished.n > 0 && e->n_listed > 1)
        e->needs_relist = true; /* it may have been moved: the pass looks for it where it came to first */
    else if (sync_apply_news(e, &changed, err) < 0)
        return -1;
    return e->has_new && e->vanished.n == 0 ? fetch_new(e, err) : 0;
}

static int watch(struct sync_engine *e, uint32_t timeout_ms, bool *out_relist, struct fct_error *err)
{
    bool nothing = false;
    if (select_inbox(e, &nothing, err) < 0)
        return -1;
    /* Said while something else was asked: no need to wait for more. */
    bool has_enough = e->hears.n > 0 || e->must_ask || (!nothing && (has_news(e) || e->needs_pass));
    if (!has_enough && wait_for_news(e, timeout_ms, nothing, err) < 0)
        return -1;
    if (!nothing && take_news(e, err) < 0)
        return -1;
    if (!e->needs_relist && !e->needs_pass && sync_visit_told(e, err) < 0)
        return -1;
    *out_relist = e->needs_relist || e->needs_pass;
    if (e->needs_relist)
        e->selected = 0;
    return 0;
}

int sync_watch(struct sync_engine *e, uint32_t timeout_ms, bool *out_relist, struct fct_error *err)
{
    struct fct_error why = {0};
    *out_relist = false;
    if (watch(e, timeout_ms, out_relist, &why) == 0)
        return 0;
    if (err)
        *err = why;
    return -1;
}
