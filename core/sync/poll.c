/* What happens in the mailboxes that nobody looks at: asked for with a poll, or told by the server (NOTIFY). Those whose status is
 * another one than before are visited, and only those.
 *
 * The status of a mailbox is compared with what was told of it at the last poll, and, where there was none, with what is written
 * down of it. The first finds more: without modseqs a message that was read elsewhere shows in the number of unseen ones alone. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/mailbox_wishes.h"
#include "sync/engine_internal.h"

#include <stdlib.h>

#define HEARD_MAX 100000u /* mailboxes that a server may answer a poll with; what there is beyond them is left to a pass */
#define TOLD_MAX 256u     /* mailboxes that it may tell of between two looks */
#define LISTED_MAX 1000u  /* mailboxes that are all listed, with their statuses, at every poll; of more, some are asked for */
#define ASKED_MAX 512u    /* mailboxes whose status is asked for at once; of more, some at each poll */

static int by_name(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    size_t n = x->wire_name.n < y->wire_name.n ? x->wire_name.n : y->wire_name.n;
    int order = n ? memcmp(x->wire_name.p, y->wire_name.p, n) : 0;
    return order ? order : (x->wire_name.n > y->wire_name.n) - (x->wire_name.n < y->wire_name.n);
}

static struct heard *find(struct hearing *h, struct fct_bytes wire_name)
{
    const struct heard key = {.wire_name = {.p = (char *)wire_name.p, .n = wire_name.n}};
    return h->n ? bsearch(&key, h->v, h->n, sizeof(key), by_name) : NULL;
}

static void hearing_clear(struct hearing *h)
{
    for (size_t i = 0; i < h->n; i++)
        buf_done(&h->v[i].wire_name);
    h->n = 0;
}

void sync_hearing_done(struct hearing *h)
{
    hearing_clear(h);
    free(h->v);
    *h = (struct hearing){0};
}

/* ---- from the sink -------------------------------------------------------------------------------------------------- */

/* What is told by and by concerns few mailboxes, some of them again and again. */
static struct heard *told_before(struct sync_engine *e, struct fct_bytes wire_name)
{
    for (size_t i = 0; i < e->hears.n && !e->is_polling; i++)
        if (bytes_equal(buf_bytes(&e->hears.v[i].wire_name), wire_name))
            return &e->hears.v[i];
    return NULL;
}

static void merge(struct fct_mailbox_status *into, const struct fct_mailbox_status *s)
{
    into->uidvalidity = s->uidvalidity ? s->uidvalidity : into->uidvalidity;
    into->uidnext = s->uidnext ? s->uidnext : into->uidnext;
    into->modseq = s->modseq ? s->modseq : into->modseq;
    into->messages = s->messages >= 0 ? s->messages : into->messages;
    into->unseen = s->unseen >= 0 ? s->unseen : into->unseen;
}

static void hear(struct sync_engine *e, struct fct_bytes wire_name, const struct fct_mailbox_status *status, bool is_blank)
{
    struct hearing *h = &e->hears;
    struct heard *before = told_before(e, wire_name);
    if (before) {
        merge(&before->status, status);
        return;
    }
    if (h->n == (e->is_polling ? HEARD_MAX : TOLD_MAX)) {
        e->needs_relist = true;
        return;
    }
    if (h->n == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 32;
        h->v = xreallocarray(h->v, h->cap, sizeof(h->v[0]));
    }
    struct heard *one = &h->v[h->n++];
    *one = (struct heard){.status = *status, .is_blank = is_blank};
    one->status.mailbox_id = (struct fct_bytes){0};
    buf_add(&one->wire_name, wire_name.p, wire_name.n);
}

void sync_hear_status(struct sync_engine *e, struct fct_bytes wire_name, const struct fct_mailbox_status *status)
{
    e->is_told |= !e->is_polling;
    if (wire_name.n > 0)
        hear(e, wire_name, status, false);
    else
        e->must_ask = true; /* facteur/plugin.h at idle: mailboxes came, went, or something was missed */
}

void sync_hear_mailbox(struct sync_engine *e, const struct fct_mailbox *mb)
{
    if (!e->is_polling)
        e->needs_relist = true; /* it came, went or has another name */
    else if (!(mb->attrs & FCT_MB_NOSELECT))
        hear(e, mb->wire_name, &mb->status, !(mb->attrs & FCT_MB_STATUS_KNOWN));
}

/* ---- what it means ---------------------------------------------------------------------------------------------------- */

/* Members that the server did not give say nothing. */
static bool differs_from_row(const struct store_mailbox *mb, const struct fct_mailbox_status *s)
{
    return !mb->is_complete || (s->uidvalidity && s->uidvalidity != mb->uidvalidity) || (s->uidnext && s->uidnext != mb->uidnext) ||
           (s->modseq && s->modseq != mb->highest_modseq) || (s->messages >= 0 && s->messages != mb->remote_messages) ||
           (!s->uidvalidity && !s->uidnext && !s->modseq && s->messages < 0);
}

static bool differs(const struct fct_mailbox_status *a, const struct fct_mailbox_status *b)
{
    return a->uidvalidity != b->uidvalidity || a->uidnext != b->uidnext || a->modseq != b->modseq || a->messages != b->messages ||
           a->unseen != b->unseen;
}

struct hearing_job {
    struct sync_engine *e;
    struct hearing *hears; /* what is judged; sorted first */
    struct store_mailbox *rows;
    size_t n_rows;
    struct store_mailbox **changed; /* those to visit, some of rows */
    size_t n_changed, n_known, n_gone;
};

static void hearing_job_done(struct hearing_job *j)
{
    store_mailboxes_free(j->rows, j->n_rows);
    free(j->changed);
}

static void judge(struct hearing_job *j, struct store_mailbox *mb)
{
    struct sync_engine *e = j->e;
    struct heard *now = find(j->hears, buf_bytes(&mb->wire_name)), *before = find(&e->heard, buf_bytes(&mb->wire_name));
    if (!now && mb->wire_name.n > 0 && !(mb->attrs & FCT_MB_NOSELECT))
        j->n_gone++;
    if (!now)
        return;
    j->n_known++;
    /* News of the selected mailbox come by themselves, and its status may be older than they. */
    if (now->is_blank || mb->id == e->selected)
        return;
    if (before && !before->is_blank ? differs(&now->status, &before->status) : differs_from_row(mb, &now->status))
        j->changed[j->n_changed++] = mb;
}

/* Sorts, and keeps one of each: some servers list a mailbox twice. */
static void put_in_order(struct hearing *h)
{
    size_t kept = 0;
    if (h->n > 0)
        qsort(h->v, h->n, sizeof(h->v[0]), by_name);
    for (size_t i = 0; i < h->n; i++) {
        if (kept > 0 && by_name(&h->v[kept - 1], &h->v[i]) == 0)
            buf_done(&h->v[--kept].wire_name);
        h->v[kept++] = h->v[i];
    }
    h->n = kept;
}

/* What was deleted here and waits for it there is nothing new. */
static int count_hidden(struct store_tx *tx, struct hearing_job *j, struct fct_error *err)
{
    CLEANUP(store_wire_names_done) struct store_wire_names hidden = {0};
    if (store_mailboxes_hidden(tx, j->e->o.account_id, &hidden, err) < 0)
        return -1;
    for (size_t i = 0; i < hidden.n; i++)
        j->n_known += find(j->hears, buf_bytes(&hidden.v[i])) != NULL;
    return 0;
}

/* On a reader: a server may have 50,000 mailboxes. */
static int read_changed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct hearing_job *j = arg;
    struct hearing *h = j->hears;
    if (store_mailboxes_load(tx, j->e->o.account_id, &j->rows, &j->n_rows, err) < 0)
        return -1;
    put_in_order(h);
    if (count_hidden(tx, j, err) < 0)
        return -1;
    j->changed = xcalloc(j->n_rows + 1, sizeof(j->changed[0]));
    for (size_t i = 0; i < j->n_rows; i++)
        judge(j, &j->rows[i]);
    return 0;
}

/* One that the server refuses is visited again at the next poll. */
static int visit(struct sync_engine *e, const struct store_mailbox *mb, struct hearing *h, struct fct_error *err)
{
    bool refused;
    struct fct_bytes name = buf_bytes(&mb->wire_name);
    if (sync_visit(e, mb, &refused, err) < 0)
        return -1;
    struct heard *now = find(h, name);
    if (now && refused)
        now->status.unseen = -2; /* as no server says */
    return 0;
}

/* What is told meanwhile is heard as ever. *out_relist: the tree of mailboxes is another one. */
static int visit_changed(struct sync_engine *e, struct hearing *h, bool is_listed, size_t *out_visited, bool *out_relist, struct fct_error *err)
{
    CLEANUP(hearing_job_done) struct hearing_job j = {.e = e, .hears = h};
    if (store_read(e->o.store, read_changed, &j, err) < 0)
        return -1;
    *out_relist = j.n_known < h->n || (is_listed && j.n_gone > 0);
    for (size_t i = 0; i < j.n_changed && !*out_relist; i++)
        if (visit(e, j.changed[i], h, err) < 0)
            return -1;
    *out_visited += j.n_changed;
    return 0;
}

static int visit_told(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(sync_hearing_done) struct hearing told = e->hears;
    size_t visited = 0;
    bool relist = false;
    e->hears = (struct hearing){0};
    if (told.n == 0)
        return 0;
    sync_hearing_done(&e->heard); /* told once, it is compared with what is written down */
    int result = visit_changed(e, &told, false, &visited, &relist, err);
    e->needs_relist |= relist;
    return result;
}

/* ---- a poll ------------------------------------------------------------------------------------------------------------ */

bool sync_can_poll(const struct sync_engine *e)
{
    return e->o.can & FCT_CAN_MAILBOXES && (e->o.can & FCT_CAN_LIST_STATUS || e->o.source->statuses);
}

struct names_job {
    struct sync_engine *e;
    struct store_mailbox *rows;
    size_t n_rows;
};

static int read_names(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct names_job *j = arg;
    return store_mailboxes_load(tx, j->e->o.account_id, &j->rows, &j->n_rows, err);
}

static bool is_asked(const struct sync_engine *e, const struct store_mailbox *mb)
{
    return mb->wire_name.n > 0 && !(mb->attrs & FCT_MB_NOSELECT) && mb->id != e->selected;
}

/* Begins where the last poll ended, if there are too many to be asked for all at once. */
static int ask_statuses(struct sync_engine *e, struct fct_error *err)
{
    struct names_job j = {.e = e};
    if (store_read(e->o.store, read_names, &j, err) < 0)
        return -1;
    CLEANUP(freep) struct fct_bytes *names = xcalloc(j.n_rows + 1, sizeof(names[0]));
    size_t n = 0, from = e->poll_at < j.n_rows ? e->poll_at : 0, seen = 0;
    for (; seen < j.n_rows && n < ASKED_MAX; seen++) {
        const struct store_mailbox *mb = &j.rows[(from + seen) % j.n_rows];
        if (is_asked(e, mb))
            names[n++] = buf_bytes(&mb->wire_name);
    }
    e->poll_at = seen < j.n_rows ? from + seen : 0;
    int result = n ? e->o.source->statuses(e->o.session, names, n, &e->sink, err) : 0;
    if (result == 0 && e->hears.n < n)
        e->needs_relist = true; /* one of them is not there any more, or must not be asked for */
    store_mailboxes_free(j.rows, j.n_rows);
    return result;
}

/* A server that promises statuses with the listing may not keep it. */
static bool came_blank(const struct hearing *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (!h->v[i].is_blank)
            return false;
    return h->n > 0;
}

/* 50,000 mailboxes are 5 MB of statuses. */
static bool lists_statuses(const struct sync_engine *e)
{
    return e->o.can & FCT_CAN_LIST_STATUS && !e->lists_blank && (e->n_listed <= LISTED_MAX || !e->o.source->statuses);
}

static int poll(struct sync_engine *e, size_t *out_visited, bool *out_relist, struct fct_error *err)
{
    bool lists = lists_statuses(e), relist = false;
    sync_hearing_done(&e->hears);
    e->must_ask = false;
    e->is_polling = true;
    int result = lists ? e->o.source->list(e->o.session, &e->sink, err) : ask_statuses(e, err);
    e->is_polling = false;
    CLEANUP(sync_hearing_done) struct hearing answers = e->hears;
    e->hears = (struct hearing){0};
    if (sync_asked(e, result, err) < 0)
        return -1;
    e->lists_blank |= lists && came_blank(&answers);
    *out_relist = e->needs_relist;
    if (visit_changed(e, &answers, lists, out_visited, &relist, err) < 0)
        return -1;
    *out_relist |= relist || e->needs_pass; /* what went from a mailbox may have been moved */
    sync_hearing_done(&e->heard);
    if (answers.n <= LISTED_MAX) { /* else it is compared with what is written down: memory does not grow with them */
        e->heard = answers;
        answers = (struct hearing){0};
    }
    return 0;
}

/* A listing with statuses answers every question in one round trip; without, only a pass does. */
int sync_visit_told(struct sync_engine *e, struct fct_error *err)
{
    size_t visited = 0;
    bool relist = false;
    if (!e->must_ask)
        return visit_told(e, err);
    if (lists_statuses(e) && poll(e, &visited, &relist, err) < 0)
        return -1;
    e->needs_relist |= relist || e->must_ask;
    return 0;
}

bool sync_is_told(const struct sync_engine *e)
{
    return e->o.can & FCT_CAN_NOTIFY && e->is_told;
}

int sync_poll(struct sync_engine *e, size_t *out_visited, bool *out_relist, struct fct_error *err)
{
    struct fct_error why = {0};
    *out_visited = 0;
    *out_relist = false;
    if (poll(e, out_visited, out_relist, &why) == 0)
        return 0;
    if (err)
        *err = why;
    return -1;
}
