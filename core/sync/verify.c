#include "sync/verify.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/counters.h"
#include "sync/engine_internal.h"
#include "sync/maildrop_plan.h"

#include <stdlib.h>
#include <string.h>

#define EMAILS_AT_ONCE 2000
#define EMAILS_AT_ONCE_WHOLE 500
#define REMAINS_AT_ONCE 10000

/* A mailbox as the server lists it. */
struct there_box {
    struct buf wire_name;
    char *name;
    int role;
    uint32_t attrs;
};

struct looked {
    struct verify_diffs first; /* what differed at the first look */
    bool is_looked;
};

struct verify {
    struct store *store;
    int64_t account_id;
    struct verify_report report;

    struct store_verify_box *boxes; /* here, as they were at first; by key (key_of) */
    size_t n_boxes;
    size_t *to_look, n_to_look;     /* of these, those that can be opened there */
    struct looked *looked;
    struct store_verify_box *boxes_now; /* as they were with the last listing, if it was not the first */
    size_t n_boxes_now;
    struct there_box *there;        /* of the last listing; by key */
    size_t n_there, cap_there;

    /* the look that goes on */
    struct listing listing;
    struct fct_sink sink;
    bool has_count;
    uint64_t count;

    int64_t last_email, last_envelope; /* of the store, looked at */
};

/* ---- life ------------------------------------------------------------------------------------------------------------ */

static void forget_there(struct verify *v)
{
    for (size_t i = 0; i < v->n_there; i++) {
        buf_done(&v->there[i].wire_name);
        free(v->there[i].name);
    }
    v->n_there = 0;
}

static void report_done(struct verify_report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->list[i].here);
        free(r->list[i].there);
        free(r->list[i].text);
    }
    free(r->list);
    free(r->to_visit.v);
    free(r->broken.v);
    free(r->faulty.v);
    free(r->remains.v);
}

void verify_free(struct verify *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->n_to_look; i++)
        verify_diffs_done(&v->looked[i].first);
    free(v->looked);
    free(v->to_look);
    store_verify_boxes_free(v->boxes, v->n_boxes);
    store_verify_boxes_free(v->boxes_now, v->n_boxes_now);
    forget_there(v);
    free(v->there);
    listing_done(&v->listing);
    report_done(&v->report);
    free(v);
}

/* ---- the sink -------------------------------------------------------------------------------------------------------- */

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    struct verify *v = ctx;
    if (v->n_there == SYNC_MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %d mailboxes", SYNC_MAILBOXES_MAX);
    if (v->n_there == v->cap_there) {
        v->cap_there = v->cap_there ? 2 * v->cap_there : 32;
        v->there = xreallocarray(v->there, v->cap_there, sizeof(v->there[0]));
    }
    struct there_box *b = &v->there[v->n_there++];
    *b = (struct there_box){
        .name = xstrndup(mb->name.p, mb->name.n),
        .role = (int)mb->role,
        .attrs = mb->attrs,
    };
    buf_add(&b->wire_name, mb->wire_name.p, mb->wire_name.n);
    return 0;
}

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct verify *v = ctx;
    if (m->uid != 0 && !listing_add(&v->listing, m->uid, &m->flags))
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "the server lists more than %d messages or %d MB of keywords in one mailbox", LISTING_MAX,
                        LISTING_KEYWORDS_MAX >> 20);
    return 0;
}

/* What goes while the mailbox is listed is missed in the listing, or is in it and not there any more: the second look tells. */
static int on_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    struct verify *v = ctx;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        uint64_t gone = r[i].last >= r[i].first ? r[i].last - r[i].first + 1 : 0;
        v->count -= gone < v->count ? gone : v->count;
    }
    return 0;
}

static int on_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    struct verify *v = ctx;
    (void)err;
    v->has_count = true;
    v->count = messages;
    return 0;
}

struct verify *verify_new(struct store *st, int64_t account_id)
{
    struct verify *v = XNEW(struct verify);
    v->store = st;
    v->account_id = account_id;
    v->sink = (struct fct_sink){
        .size = sizeof(v->sink),
        .ctx = v,
        .mailbox = on_mailbox,
        .flags = on_flags,
        .vanished = on_vanished,
        .exists = on_exists,
    };
    return v;
}

/* ---- the report ------------------------------------------------------------------------------------------------------ */

static void note_id(struct verify_ids *ids, int64_t id)
{
    if (ids->n == ids->cap) {
        ids->cap = ids->cap ? 2 * ids->cap : 16;
        ids->v = xreallocarray(ids->v, ids->cap, sizeof(ids->v[0]));
    }
    ids->v[ids->n++] = id;
}

static void note_visit(struct verify *v, int64_t mailbox_id)
{
    struct verify_ids *ids = &v->report.to_visit;
    if (ids->n == 0 || ids->v[ids->n - 1] != mailbox_id) /* one mailbox after the other */
        note_id(ids, mailbox_id);
}

/* Counts the difference. NULL when there is no room to tell of it. */
static struct verify_difference *report(struct verify *v, enum verify_type type)
{
    struct verify_report *r = &v->report;
    r->found++;
    r->counts[type]++;
    if (r->n == VERIFY_LIST_MAX)
        return NULL;
    if (!r->list)
        r->list = xcalloc(VERIFY_LIST_MAX, sizeof(r->list[0]));
    r->list[r->n] = (struct verify_difference){.type = type};
    return &r->list[r->n++];
}

const struct verify_report *verify_result(const struct verify *v)
{
    return &v->report;
}

const char *verify_type_name(enum verify_type t)
{
    static const char *const names[VERIFY_N_TYPES] = {
        [VERIFY_MAILBOX_NOT_HERE] = "mailboxNotHere",
        [VERIFY_MAILBOX_NOT_THERE] = "mailboxNotThere",
        [VERIFY_MAILBOX_RENUMBERED] = "mailboxRenumbered",
        [VERIFY_MAILBOX_REFUSED] = "mailboxRefused",
        [VERIFY_EMAIL_NOT_HERE] = "emailNotHere",
        [VERIFY_EMAIL_LEFT_OUT] = "emailLeftOut",
        [VERIFY_EMAIL_NOT_THERE] = "emailNotThere",
        [VERIFY_EMAIL_TWICE] = "emailTwice",
        [VERIFY_FLAGS] = "flagsDiffer",
        [VERIFY_PLACE_BROKEN] = "emailMissing",
        [VERIFY_EMAIL_NOWHERE] = "emailNowhere",
        [VERIFY_BYTES] = "bytesDamaged",
        [VERIFY_KEYWORDS] = "keywordsWrong",
        [VERIFY_ENVELOPE] = "envelopeMissing",
        [VERIFY_INDEX] = "notIndexed",
        [VERIFY_REMAINS] = "remains",
        [VERIFY_COUNTERS] = "countersWrong",
    };
    return names[t];
}

/* ---- the listing of mailboxes ---------------------------------------------------------------------------------------- */

/* By what a mailbox is known on both sides: its wire name; but there is one inbox, and some servers spell it as it comes. */
static struct fct_bytes key_of(int role, const struct buf *wire_name)
{
    return role == FCT_ROLE_INBOX ? bytes_str("INBOX") : buf_bytes(wire_name);
}

static int compare_keys(struct fct_bytes a, struct fct_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static struct fct_bytes key_here(const struct store_verify_box *b)
{
    return key_of(b->role, &b->wire_name);
}

static struct fct_bytes key_there(const struct there_box *b)
{
    return key_of(b->role, &b->wire_name);
}

static int by_key_here(const void *a, const void *b)
{
    return compare_keys(key_here(a), key_here(b));
}

static int by_key_there(const void *a, const void *b)
{
    return compare_keys(key_there(a), key_there(b));
}

struct boxes_job {
    int64_t account_id;
    struct store_verify_box *v;
    size_t n;
};

static int read_boxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct boxes_job *j = arg;
    if (store_verify_boxes(tx, j->account_id, &j->v, &j->n, err) < 0)
        return -1;
    if (j->n > 0)
        qsort(j->v, j->n, sizeof(j->v[0]), by_key_here);
    return 0;
}

static void sort_there(void *arg)
{
    struct verify *v = arg;
    if (v->n_there > 0)
        qsort(v->there, v->n_there, sizeof(v->there[0]), by_key_there);
}

static const struct there_box *find_there(const struct verify *v, const struct store_verify_box *b)
{
    struct there_box key = {.role = b->role, .wire_name = b->wire_name};
    return v->n_there ? bsearch(&key, v->there, v->n_there, sizeof(key), by_key_there) : NULL;
}

/* Those that can be opened on both sides. */
static void choose(struct verify *v)
{
    v->to_look = xcalloc(v->n_boxes + 1, sizeof(v->to_look[0]));
    for (size_t i = 0; i < v->n_boxes; i++) {
        const struct there_box *b = find_there(v, &v->boxes[i]);
        v->report.waiting += v->boxes[i].waits;
        if (b && !(b->attrs & FCT_MB_NOSELECT) && !v->boxes[i].is_hidden)
            v->to_look[v->n_to_look++] = i;
    }
    v->looked = xcalloc(v->n_to_look + 1, sizeof(v->looked[0]));
}

/* The first listing decides which mailboxes are looked at, the last one what is said of their being there. */
int verify_list(struct verify *v, const struct fct_source *source, void *session, struct fct_error *err)
{
    struct boxes_job j = {.account_id = v->account_id};
    forget_there(v);
    if (source->list(session, &v->sink, err) < 0 || wait_offload(sort_there, v, err) < 0 || store_read(v->store, read_boxes, &j, err) < 0)
        return -1;
    bool is_first = !v->to_look;
    struct store_verify_box **boxes = is_first ? &v->boxes : &v->boxes_now;
    size_t *n = is_first ? &v->n_boxes : &v->n_boxes_now;
    store_verify_boxes_free(*boxes, *n);
    *boxes = j.v;
    *n = j.n;
    if (is_first)
        choose(v);
    return 0;
}

size_t verify_n(const struct verify *v)
{
    return v->n_to_look;
}

const char *verify_mailbox(const struct verify *v, size_t i, int64_t *out_n)
{
    const struct store_verify_box *b = &v->boxes[v->to_look[i]];
    *out_n = b->n_emails;
    return b->name;
}

typedef void (*box_fn)(struct verify *v, const struct store_verify_box *here, const struct there_box *there);

/* A level of names above others, which exists for what is below it: with the last of those it is gone there at once, and
 * here with the next listing. */
static bool is_bare_level(const struct store_verify_box *b)
{
    return b->attrs & FCT_MB_NOSELECT && b->n_emails == 0;
}

/* Calls `each` for every mailbox that only one side has; how many there are. */
static size_t compare_lists(struct verify *v, box_fn each)
{
    const struct store_verify_box *boxes = v->boxes_now ? v->boxes_now : v->boxes;
    size_t n_boxes = v->boxes_now ? v->n_boxes_now : v->n_boxes, i = 0, j = 0, n = 0;
    while (i < n_boxes || j < v->n_there) {
        int c = i == n_boxes    ? 1
                : j == v->n_there ? -1
                                  : compare_keys(key_here(&boxes[i]), key_there(&v->there[j]));
        bool is_excused = c < 0 && (boxes[i].waits || is_bare_level(&boxes[i]));
        if (c != 0 && !is_excused) {
            n++;
            if (each)
                each(v, c < 0 ? &boxes[i] : NULL, c < 0 ? NULL : &v->there[j]);
        }
        i += c <= 0;
        j += c >= 0;
    }
    return n;
}

static void report_box(struct verify *v, const struct store_verify_box *here, const struct there_box *there)
{
    struct verify_difference *d = report(v, here ? VERIFY_MAILBOX_NOT_THERE : VERIFY_MAILBOX_NOT_HERE);
    if (!d)
        return;
    d->mailbox_id = here ? here->id : 0;
    d->here = here ? xstrdup(here->name) : NULL;
    d->there = there ? xstrdup(there->name) : NULL;
    d->text = here ? xasprintf("the mailbox \"%s\" is not on the server", here->name)
                   : xasprintf("the server's mailbox \"%s\" is not here", there->name);
}

void verify_settle_list(struct verify *v)
{
    compare_lists(v, report_box);
}

/* ---- one mailbox ----------------------------------------------------------------------------------------------------- */

static int open_mailbox(struct verify *v, const struct store_mailbox *mb, const struct fct_source *source, void *session,
                        struct fct_mailbox_status *out, struct fct_error *err)
{
    const struct fct_known known = {.size = sizeof(known), .uidvalidity = mb->uidvalidity, .read_only = 1};
    bool caught_up;
    v->has_count = false;
    listing_clear(&v->listing);
    if (source->select(session, buf_bytes(&mb->wire_name), &known, &v->sink, out, &caught_up, err) < 0)
        return -1;
    listing_clear(&v->listing); /* what the answers to SELECT said is part of the listing */
    if (out->messages >= 0) {
        v->has_count = true;
        v->count = (uint64_t)out->messages;
    }
    return 0;
}

/* A listing with fewer messages than the server counts is asked for again, and an empty one not believed. */
static int list_messages(struct verify *v, const struct fct_source *source, void *session, struct fct_error *err)
{
    for (int tries = 0; tries < 2; tries++) {
        listing_clear(&v->listing);
        if (source->list_messages(session, (struct fct_uid_range){1, UINT32_MAX}, 0, false, &v->sink, err) < 0)
            return -1;
        if (!v->has_count || v->listing.n >= v->count)
            return 0;
    }
    if (v->listing.n == 0)
        return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "the server counts %llu messages and lists none", (unsigned long long)v->count);
    return 0;
}

struct look {
    struct verify *v;
    struct store_mailbox row;
    struct store_mailbox_here here;
    struct verify_diffs diffs;
    struct fct_mailbox_status status;
    struct fct_error refusal; /* code 0: none */
    bool *is_double;          /* for each of the diffs, or NULL */
};

static void look_done(struct look *l)
{
    store_mailbox_done(&l->row);
    store_mailbox_here_done(&l->here);
    verify_diffs_done(&l->diffs);
    free(l->is_double);
}

static int read_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct look *l = arg;
    return store_mailbox_load(tx, l->row.id, &l->row, err);
}

static int read_here(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct look *l = arg;
    return store_verify_mailbox(tx, l->row.id, &l->here, err);
}

static void compare(void *arg)
{
    struct look *l = arg;
    listing_sort(&l->v->listing);
    verify_compare(&l->v->listing, &l->here, &l->diffs);
}

static void only(struct look *l, enum verify_type type)
{
    l->diffs.v = XNEW(struct verify_diff);
    *l->diffs.v = (struct verify_diff){.type = type};
    l->diffs.n = l->diffs.cap = 1;
}

/* 0 also when the mailbox cannot be compared: that is the difference then. *out_gone: it is not here any more. */
static int look_at(struct verify *v, size_t i, const struct fct_source *source, void *session, struct look *l, bool *out_gone, struct fct_error *err)
{
    struct fct_error why = {0};
    l->v = v;
    l->row.id = v->boxes[v->to_look[i]].id;
    l->status = (struct fct_mailbox_status){.size = sizeof(l->status)};
    *out_gone = false;
    if (store_read(v->store, read_row, l, &why) < 0) {
        *out_gone = why.code == FCT_E_NOT_FOUND;
    } else if (open_mailbox(v, &l->row, source, session, &l->status, &why) < 0) {
        l->refusal = why;
    } else if (l->row.uidvalidity != 0 && l->status.uidvalidity != l->row.uidvalidity) {
        only(l, VERIFY_MAILBOX_RENUMBERED);
        return 0;
    } else if (list_messages(v, source, session, &why) < 0) {
        l->refusal = why;
    } else if (store_read(v->store, read_here, l, &why) == 0 && wait_offload(compare, l, &why) == 0) {
        return 0;
    }
    if (*out_gone)
        return 0;
    if (l->refusal.code && !sync_ends_session(l->refusal.code)) {
        only(l, VERIFY_MAILBOX_REFUSED);
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

static bool is_compared(const struct look *l)
{
    return l->diffs.n == 0 || (l->diffs.v[0].type != VERIFY_MAILBOX_RENUMBERED && l->diffs.v[0].type != VERIFY_MAILBOX_REFUSED);
}

/* ---- a maildrop ------------------------------------------------------------------------------------------------------ */

struct waiting {
    struct verify *v;
    struct maildrop_entry *entries;
    size_t n, cap;
};

static void waiting_done(struct waiting *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->entries[i].uidl);
    free(w->entries);
}

static int on_waiting(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct waiting *w = ctx;
    if (w->n == LISTING_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %d messages", LISTING_MAX);
    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 256;
        w->entries = xreallocarray(w->entries, w->cap, sizeof(w->entries[0]));
    }
    w->entries[w->n++] = (struct maildrop_entry){.number = m->uid, .uidl = m->remote_id.n ? xstrndup(m->remote_id.p, m->remote_id.n) : NULL};
    return 0;
}

static int by_uidl(const void *a, const void *b)
{
    const struct maildrop_row *x = a, *y = b;
    if (x->uidl && y->uidl)
        return strcmp(x->uidl, y->uidl);
    return (x->uidl == NULL) - (y->uidl == NULL);
}

static void report_waiting(struct verify *v, int64_t inbox, const struct maildrop_entry *e, bool is_news)
{
    struct verify_difference *d = report(v, VERIFY_EMAIL_NOT_HERE);
    note_visit(v, inbox);
    if (!d)
        return;
    d->mailbox_id = inbox;
    d->uid = e->number;
    d->is_news = is_news;
    d->there = xstrdup(e->uidl);
    d->text = e->row ? xasprintf("message %llu waits at the server, which has failed to give it %d times", (unsigned long long)e->number, e->row->tries)
                     : xasprintf("message %llu waits at the server and was not picked up", (unsigned long long)e->number);
}

/* What stands behind all that is known has come since the last look. */
static int compare_waiting(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    struct maildrop_row *rows = NULL;
    size_t n_rows = 0, last_known = 0;
    int64_t inbox = 0;
    if (store_mailbox_by_role(tx, w->v->account_id, FCT_ROLE_INBOX, &inbox, err) < 0 ||
        store_maildrop_load(tx, w->v->account_id, false, &rows, &n_rows, err) < 0)
        return -1;
    if (n_rows > 0)
        qsort(rows, n_rows, sizeof(rows[0]), by_uidl);
    for (size_t i = 0; i < w->n; i++) {
        const struct maildrop_row key = {.uidl = w->entries[i].uidl};
        if (key.uidl && n_rows > 0)
            w->entries[i].row = bsearch(&key, rows, n_rows, sizeof(rows[0]), by_uidl);
        if (!key.uidl || (w->entries[i].row && w->entries[i].row->state != MAILDROP_FAILING)) {
            last_known = i + 1;
            w->v->report.here++;
        }
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->entries[i].uidl && (!w->entries[i].row || w->entries[i].row->state == MAILDROP_FAILING))
            report_waiting(w->v, inbox, &w->entries[i], i >= last_known && !w->entries[i].row);
    store_maildrop_free(rows, n_rows);
    w->v->report.mailboxes = 1;
    w->v->report.there = w->n;
    return 0;
}

int verify_maildrop(struct verify *v, const struct fct_source *source, void *session, struct fct_error *err)
{
    CLEANUP(waiting_done) struct waiting w = {.v = v};
    struct fct_sink sink = v->sink;
    sink.ctx = &w;
    sink.flags = on_waiting;
    if (source->list_messages(session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &sink, err) < 0)
        return -1;
    return store_read(v->store, compare_waiting, &w, err);
}

/* ---- what is left after the second look ------------------------------------------------------------------------------ */

static bool may_be_double(const struct verify_diff *d)
{
    return d->type == VERIFY_EMAIL_NOT_THERE && d->email_id != 0;
}

static int read_doubles(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct look *l = arg;
    for (size_t i = 0; i < l->diffs.n; i++)
        if (may_be_double(&l->diffs.v[i]) && store_verify_is_double(tx, l->row.id, l->diffs.v[i].email_id, &l->is_double[i], err) < 0)
            return -1;
    return 0;
}

static size_t find_here(const struct store_mailbox_here *h, uint64_t uid)
{
    size_t low = 0, high = h->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->v[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void describe_flags(struct look *l, const struct verify_diff *d, struct verify_difference *out)
{
    size_t at = find_here(&l->here, d->uid);
    struct fct_flags there = listing_flags(&l->v->listing, d->at);
    CLEANUP(keyword_set_done) struct keyword_set server = {0};
    keyword_set_from(&there, &server);
    if (at < l->here.n && l->here.v[at].uid == d->uid)
        out->here = verify_flags_text(l->here.v[at].flags, store_here_words(&l->here, at));
    out->there = verify_flags_text(server.bits, server.words);
    out->text = xasprintf("UID %llu in \"%s\" has the flags \"%s\" here and \"%s\" on the server", (unsigned long long)d->uid, l->row.name,
                          out->here ? out->here : "", out->there);
}

static void describe(struct look *l, const struct verify_diff *d, struct verify_difference *out)
{
    unsigned long long uid = d->uid;
    const char *name = l->row.name;
    switch ((enum verify_type)d->type) {
    case VERIFY_MAILBOX_RENUMBERED:
        out->here = xasprintf("%u", l->row.uidvalidity);
        out->there = xasprintf("%u", l->status.uidvalidity);
        out->text = xasprintf("the server has renumbered the mailbox \"%s\"", name);
        break;
    case VERIFY_MAILBOX_REFUSED:
        out->there = l->refusal.server[0] ? xstrdup(l->refusal.server) : NULL;
        out->text = xasprintf("the mailbox \"%s\" cannot be compared: %s", name, l->refusal.message);
        break;
    case VERIFY_EMAIL_NOT_HERE:
        out->is_news = d->uid >= l->row.uidnext;
        out->text = xasprintf("UID %llu in \"%s\" is on the server and not here", uid, name);
        break;
    case VERIFY_EMAIL_LEFT_OUT:
        out->text = xasprintf("UID %llu in \"%s\" is left out: the server did not give it, again and again", uid, name);
        break;
    case VERIFY_FLAGS:
        describe_flags(l, d, out);
        break;
    case VERIFY_PLACE_BROKEN:
        out->text = xasprintf("UID %llu in \"%s\" is a place without its message", uid, name);
        break;
    default:
        out->text = d->uid ? xasprintf("UID %llu in \"%s\" is here and not on the server", uid, name)
                           : xasprintf("a message shown in \"%s\" is not known to be on the server", name);
        if (out->type == VERIFY_EMAIL_TWICE) {
            char *longer = xasprintf("%s; the mailbox has another of the same bytes", out->text);
            free(out->text);
            out->text = longer;
        }
        break;
    }
}

static void report_look(struct look *l)
{
    for (size_t i = 0; i < l->diffs.n; i++) {
        const struct verify_diff *d = &l->diffs.v[i];
        enum verify_type type = l->is_double[i] ? VERIFY_EMAIL_TWICE : (enum verify_type)d->type;
        if (type == VERIFY_PLACE_BROKEN) {
            note_id(&l->v->report.broken, l->row.id);
            note_id(&l->v->report.broken, d->email_id);
        }
        note_visit(l->v, l->row.id);
        struct verify_difference *out = report(l->v, type);
        if (!out)
            continue;
        out->mailbox_id = l->row.id;
        out->uid = d->uid;
        out->email_id = d->email_id;
        describe(l, d, out);
    }
}

/* `first` are the differences of the first look: what differed both times does differ. */
static int settle_look(struct verify *v, const struct verify_diffs *first, struct look *l, struct fct_error *err)
{
    verify_intersect(&l->diffs, first);
    l->is_double = xcalloc(l->diffs.n + 1, sizeof(l->is_double[0]));
    if (store_read(v->store, read_doubles, l, err) < 0)
        return -1;
    report_look(l);
    return 0;
}

int verify_look(struct verify *v, size_t i, const struct fct_source *source, void *session, struct fct_error *err)
{
    CLEANUP(look_done) struct look l = {0};
    struct looked *k = &v->looked[i];
    bool is_second = k->is_looked, is_gone;
    if (look_at(v, i, source, session, &l, &is_gone, err) < 0)
        return -1;
    if (is_second)
        return is_gone ? 0 : settle_look(v, &k->first, &l, err);
    k->is_looked = true;
    if (is_gone)
        return 0;
    v->report.mailboxes += is_compared(&l);
    v->report.there += v->listing.n * is_compared(&l);
    v->report.here += l.here.n + l.here.n_unplaced;
    v->report.waiting += l.diffs.waiting;
    k->first = l.diffs;
    l.diffs = (struct verify_diffs){0};
    return 0;
}

bool verify_doubts(const struct verify *v, size_t i)
{
    return v->looked[i].first.n > 0;
}

bool verify_in_doubt(const struct verify *v)
{
    if (compare_lists((struct verify *)v, NULL) > 0)
        return true;
    for (size_t i = 0; i < v->n_to_look; i++)
        if (verify_doubts(v, i))
            return true;
    return false;
}

/* ---- the store with itself ------------------------------------------------------------------------------------------- */

struct emails_job {
    struct verify *v;
    bool whole;
    size_t n;
};

static void on_fault(void *ctx, int64_t email_id, unsigned faults)
{
    static const struct {
        unsigned fault;
        enum verify_type type;
        const char *text;
    } kinds[] = {
        {FAULT_BYTES, VERIFY_BYTES, "the bytes of the message are damaged or missing"},
        {FAULT_NOWHERE, VERIFY_EMAIL_NOWHERE, "the message is in no mailbox"},
        {FAULT_KEYWORDS, VERIFY_KEYWORDS, "the keywords shown are not those of the message's places"},
        {FAULT_ENVELOPE, VERIFY_ENVELOPE, "what lists show of the message is missing"},
        {FAULT_INDEX, VERIFY_INDEX, "search does not know the message"},
    };
    struct verify *v = ctx;
    note_id(&v->report.faulty, email_id);
    note_id(&v->report.faulty, faults);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct verify_difference *d = faults & kinds[i].fault ? report(v, kinds[i].type) : NULL;
        if (!d)
            continue;
        d->email_id = email_id;
        d->text = xstrdup(kinds[i].text);
    }
}

/* On a reader, while the fiber waits. */
static int read_emails(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct emails_job *j = arg;
    size_t max = j->whole ? EMAILS_AT_ONCE_WHOLE : EMAILS_AT_ONCE;
    return store_verify_emails(tx, j->v->account_id, j->v->last_email, max, j->whole, on_fault, j->v, &j->v->last_email, &j->n, err);
}

int verify_emails(struct verify *v, bool whole, bool *out_more, struct fct_error *err)
{
    struct emails_job j = {.v = v, .whole = whole};
    if (store_read(v->store, read_emails, &j, err) < 0)
        return -1;
    v->report.emails += j.n;
    *out_more = j.n > 0;
    return 0;
}

static void on_remains(void *ctx, int64_t email_id)
{
    struct verify *v = ctx;
    note_id(&v->report.remains, email_id);
    struct verify_difference *d = report(v, VERIFY_REMAINS);
    if (!d)
        return;
    d->email_id = email_id;
    d->text = xstrdup("something is left of a message that is not there");
}

static int read_remains(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct emails_job *j = arg;
    return store_verify_remains(tx, REMAINS_AT_ONCE, on_remains, j->v, &j->v->last_envelope, &j->n, err);
}

int verify_remains(struct verify *v, bool *out_more, struct fct_error *err)
{
    struct emails_job j = {.v = v};
    if (store_read(v->store, read_remains, &j, err) < 0)
        return -1;
    *out_more = j.n == REMAINS_AT_ONCE;
    return 0;
}

static int read_counters(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_counters_verify(tx, *(int64_t *)arg, err);
}

int verify_check_counters(struct verify *v, struct fct_error *err)
{
    struct fct_error why = {0};
    if (store_read(v->store, read_counters, &v->account_id, &why) == 0)
        return 0;
    if (why.code != FCT_E_CORRUPT) {
        if (err)
            *err = why;
        return -1;
    }
    struct verify_difference *d = report(v, VERIFY_COUNTERS);
    if (d)
        d->text = xasprintf("counters: %s", why.message);
    return 0;
}
