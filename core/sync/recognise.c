/* What a mailbox has under UIDs that are new here, recognised before it is fetched (docs/sync.md, store/sightings.h). */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "mime/mime.h"
#include "store/sightings.h"
#include "sync/engine_internal.h"

#include <stdlib.h>
#include <time.h>

#define SIGHTINGS_AT_ONCE 5000          /* messages that the source is asked about at once */
#define SIGHTINGS_FIRST 256             /* and at first, when they are fetched right after: somebody is looking at an empty inbox */
#define SIGHTINGS_IN_A_JOB 500          /* that one transaction takes */
#define SIGHTINGS_TEXT_MAX (16 << 20)   /* bytes of header fields and keywords of so many; what comes beyond is fetched */
#define SPAN_MAX 20000                  /* UIDs between two ranges that one question may span */

/* ---- what the source says ------------------------------------------------------------------------------------------ */

/* Offsets into `text`, one past, 0: none. */
struct sighted {
    uint64_t uid, size;
    int64_t date;
    uint32_t bits;
    size_t keywords, remote_id, header, header_n;
    bool is_whole; /* with all details */
};

struct sightings {
    const struct fct_uid_range *ranges; /* what is asked for, newest first */
    size_t n_ranges;
    struct sighted *v;
    size_t n, cap;
    struct buf text; /* NUL-terminated each */
};

static size_t keep(struct buf *text, struct fct_bytes b)
{
    if (b.n == 0)
        return 0;
    size_t at = text->n + 1;
    buf_add(text, b.p, b.n);
    buf_add_char(text, '\0');
    return at;
}

static int range_holds(const void *key, const void *member)
{
    const uint64_t *uid = key;
    const struct fct_uid_range *r = member;
    return *uid > r->last ? -1 : *uid < r->first ? 1 : 0; /* they descend */
}

/* Without details (another line about the same message, or a server that does not tell) only the UID and the flags count. */
bool sync_sighted(struct sync_engine *e, const struct fct_message *m)
{
    struct sightings *s = e->sightings;
    if (!bsearch(&m->uid, s->ranges, s->n_ranges, sizeof(s->ranges[0]), range_holds) || s->n == LISTING_MAX)
        return false;
    bool has_room = s->text.n + m->header.n + m->flags.keywords.n + m->email_id.n <= SIGHTINGS_TEXT_MAX;
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->v = xreallocarray(s->v, s->cap, sizeof(s->v[0]));
    }
    s->v[s->n++] = (struct sighted){
        .uid = m->uid,
        .size = m->octets,
        .date = m->internal_date,
        .bits = m->flags.bits,
        .keywords = has_room ? keep(&s->text, m->flags.keywords) : 0,
        .remote_id = has_room ? keep(&s->text, m->email_id) : 0,
        .header = has_room ? keep(&s->text, m->header) : 0,
        .header_n = m->header.n,
        .is_whole = has_room && m->octets > 0,
    };
    return true;
}

static void sightings_done(struct sightings *s)
{
    free(s->v);
    buf_done(&s->text);
}

/* ---- made ready on a worker ---------------------------------------------------------------------------------------- */

struct looking {
    struct sync_engine *e;
    struct sightings seen;
    const struct fct_uid_range *ranges; /* what is missing here, newest first */
    size_t n_ranges;
    struct store_sighting *v; /* of these, by UID */
    size_t n, first, last;    /* the part of them that a job is about */
};

static void looking_done(struct looking *l)
{
    for (size_t i = 0; i < l->n; i++)
        free((char *)l->v[i].message_id);
    free(l->v);
    sightings_done(&l->seen);
}

static void read_header(struct fct_bytes header, struct store_sighting *out)
{
    CLEANUP(buf_done) struct buf whole = {0};
    struct mime_summary summary = {0};
    if (header.n == 0)
        return;
    buf_add(&whole, header.p, header.n);
    buf_add_str(&whole, "\r\n\r\n");
    mime_summarize(buf_bytes(&whole), &summary);
    if (summary.message_ids && summary.message_ids[0])
        out->message_id = xstrdup(summary.message_ids[0]);
    out->has_sent_at = summary.has_sent_at;
    out->sent_at = summary.sent_at;
    mime_summary_done(&summary);
}

/* The lines of one message stand together, the one with details first. */
static int by_uid(const void *a, const void *b)
{
    const struct sighted *x = a, *y = b;
    if (x->uid != y->uid)
        return x->uid < y->uid ? -1 : 1;
    return x->is_whole != y->is_whole ? (x->is_whole ? -1 : 1) : 0;
}

static void make_ready(void *arg)
{
    struct looking *l = arg;
    const char *text = buf_str(&l->seen.text);
    l->v = xcalloc(l->seen.n + 1, sizeof(l->v[0]));
    if (l->seen.n > 0)
        qsort(l->seen.v, l->seen.n, sizeof(l->seen.v[0]), by_uid);
    for (size_t i = 0; i < l->seen.n; i++) {
        const struct sighted *s = &l->seen.v[i];
        if (l->n > 0 && l->v[l->n - 1].uid == s->uid)
            continue;
        struct store_sighting *out = &l->v[l->n++];
        *out = (struct store_sighting){.uid = s->uid, .size = s->size, .received_at = s->date, .flags.bits = s->bits};
        if (s->keywords)
            out->flags.keywords = bytes_str(text + s->keywords - 1);
        if (s->remote_id)
            out->email_remote_id = text + s->remote_id - 1;
        if (s->header)
            read_header(bytes_of(text + s->header - 1, s->header_n), out);
    }
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

static int write_sightings(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct looking *l = arg;
    const struct uid_ranges *gone = sync_going_ranges(l->e);
    return store_sightings(tx, l->e->o.account_id, l->e->selected, gone ? gone->v : NULL, gone ? gone->n : 0, l->v + l->first,
                           l->last - l->first, err);
}

/* The next ranges to ask about with one command: they descend. */
static size_t group(const struct uid_ranges *r, size_t at, uint64_t max)
{
    uint64_t messages = 0;
    size_t end = at;
    while (end < r->n && messages < max) {
        if (end > at && r->v[end - 1].first - r->v[end].last > SPAN_MAX)
            break;
        messages += r->v[end].last - r->v[end].first + 1;
        end++;
    }
    return end - at;
}

static int ask(struct sync_engine *e, const struct fct_uid_range *ranges, size_t n, struct sightings *out, struct fct_error *err)
{
    struct fct_uid_range span = {ranges[n - 1].first, ranges[0].last};
    out->ranges = ranges;
    out->n_ranges = n;
    e->sightings = out;
    int listed = e->o.source->list_messages(e->o.session, span, 0, true, &e->sink, err);
    e->sightings = NULL;
    return sync_asked(e, listed, err);
}

static int look(struct looking *l, struct uid_ranges *known, struct fct_error *err)
{
    if (ask(l->e, l->ranges, l->n_ranges, &l->seen, err) < 0 || wait_offload(make_ready, l, err) < 0)
        return -1;
    for (l->first = 0; l->first < l->n; l->first = l->last) {
        l->last = l->n - l->first < SIGHTINGS_IN_A_JOB ? l->n : l->first + SIGHTINGS_IN_A_JOB;
        if (store_write(l->e->o.store, write_sightings, l, err) < 0)
            return -1;
    }
    uint64_t n_back = 0;
    for (size_t i = l->n; i-- > 0;) {
        n_back += l->v[i].was_gone;
        if (l->v[i].is_known)
            uid_ranges_add(known, l->v[i].uid, l->v[i].uid);
    }
    sync_came_back(l->e, n_back);
    return 0;
}

int sync_recognise(struct sync_engine *e, struct uid_ranges *fetch, uint64_t *n_fetch, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges known = {0};
    size_t n;
    for (size_t at = 0; at < fetch->n; at += n) {
        CLEANUP(looking_done) struct looking l = {.e = e, .ranges = fetch->v + at};
        n = l.n_ranges = group(fetch, at, SIGHTINGS_AT_ONCE);
        if (look(&l, &known, err) < 0)
            return -1;
    }
    *n_fetch -= known.n < *n_fetch ? known.n : *n_fetch;
    uid_ranges_subtract(fetch, &known);
    return 0;
}

/* UIDs that follow each other here need not on the server, and what nobody listed need not be asked for: newest first, in short
 * commands. */
static void unknown_ranges(const struct looking *l, size_t window, struct fetch_list *out)
{
    uint64_t in_window = 0;
    int64_t now = (int64_t)time(NULL);
    bool was_header = false;
    for (size_t i = l->n; i-- > 0;) {
        const struct store_sighting *s = &l->v[i];
        bool is_header = !sync_keeps(l->e, now, s->received_at ? s->received_at : now, s->size);
        bool joins = out->r.n > 0 && out->r.v[out->r.n - 1].first == s->uid + 1 && in_window < window && is_header == was_header;
        if (s->is_known)
            continue;
        was_header = is_header;
        out->n_messages++;
        in_window = joins ? in_window + 1 : 1;
        if (joins)
            out->r.v[out->r.n - 1].first = s->uid;
        else
            fetch_list_add(out, s->uid, is_header);
    }
}

int sync_recognise_some(struct sync_engine *e, const struct uid_ranges *fetch, size_t *io_at, size_t window, struct fetch_list *out,
                        struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges known = {0};
    CLEANUP(looking_done) struct looking l = {.e = e, .ranges = fetch->v + *io_at};
    l.n_ranges = group(fetch, *io_at, *io_at == 0 ? SIGHTINGS_FIRST : SIGHTINGS_AT_ONCE);
    *io_at += l.n_ranges;
    if (look(&l, &known, err) < 0)
        return -1;
    unknown_ranges(&l, window, out);
    return 0;
}

int sync_recognise_from(struct sync_engine *e, uint64_t first, size_t window, struct fetch_list *out, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges known = {0};
    const struct fct_uid_range range = {first, UINT32_MAX};
    CLEANUP(looking_done) struct looking l = {.e = e, .ranges = &range, .n_ranges = 1};
    if (look(&l, &known, err) < 0)
        return -1;
    unknown_ranges(&l, window, out);
    return 0;
}
