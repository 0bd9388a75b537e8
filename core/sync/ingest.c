#include "sync/ingest.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "filter/filters.h"
#include "store/maildrop.h"
#include "store/vacations.h"
#include "sync/prepare.h"
#include "sync/received.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SPOOL_FROM ((uint64_t)4 << 20) /* a message of this size goes through a temporary file */
#define CHARGE_UNKNOWN ((uint64_t)64 << 10) /* of a message whose size nobody knows yet: most are smaller */
#define BATCH_MESSAGES 256
#define BATCH_FIRST 16                 /* the first batch is small: somebody is looking at an empty inbox */
#define BATCH_BYTES ((size_t)2 << 20)
#define COMMIT_MESSAGES 1024           /* what one transaction takes at most */
#define COMMIT_AT_LEAST 256            /* and at least, while more is being prepared: 256 alone cost a third less each than 100 */

struct ingest_budget {
    size_t max, used;
    struct wait_event released;
};

/* One message between the wire and the store. */
struct item {
    struct buf bytes;      /* or: */
    int spool_fd;          /* -1 when in memory */
    uint64_t octets, came; /* as announced, or FCT_OCTETS_UNKNOWN until it has ended; so far */
    uint64_t charged;      /* what it takes of the budget */
    int64_t mailbox_id;
    uint64_t uid;
    int64_t received_at;
    struct fct_flags flags;
    char *keywords, *remote_id, *email_id;
    bool is_new, is_asked_for;
    uint64_t partial_size; /* see struct store_arrival */
    struct maildrop_arrival drop; /* pass 0: it is not out of a maildrop */
    struct prepared_message prepared;
    struct filter_verdict verdict;
};

struct batch {
    struct ingest *in;
    struct batch *next;
    struct item *items;
    size_t n;
    size_t bytes;
    struct fct_error err;
    bool failed;
};

struct ingest {
    struct ingest_options o;
    int64_t mailbox_id, pass;
    bool is_new, is_asked_for, may_be_known;
    struct item current;
    bool has_current;
    struct batch *filling;
    size_t batch_limit;
    struct batch *ready, **ready_tail; /* prepared, waiting for the committer */
    size_t n_ready;                    /* messages in them */
    bool committing;
    size_t in_flight;                  /* batches handed to workers and not committed yet */
    size_t preparing;                  /* of these, with the workers still */
    struct wait_event settled;         /* raised when a batch is done with */
    struct fiber **fibers;
    size_t n_fibers, cap_fibers;
    bool failed;
    struct fct_error err;
    uint64_t committed;
    uint64_t charged;                  /* what all of this account takes of the budget */
};

struct ingest_budget *ingest_budget_new(size_t bytes)
{
    struct ingest_budget *b = XNEW(struct ingest_budget);
    b->max = bytes;
    return b;
}

void ingest_budget_free(struct ingest_budget *b)
{
    free(b);
}

static void budget_release(struct ingest *in, uint64_t bytes)
{
    if (bytes == 0)
        return;
    in->charged -= bytes;
    in->o.budget->used -= bytes;
    wait_event_raise(&in->o.budget->released);
}

/* A spooled message is on the disk and mapped: it does not count in full. */
static uint64_t charge_of(uint64_t octets)
{
    return 4096 + (octets < SPOOL_FROM ? octets : SPOOL_FROM);
}

static void item_done(struct ingest *in, struct item *it)
{
    budget_release(in, it->charged);
    buf_done(&it->bytes);
    if (it->spool_fd >= 0)
        close(it->spool_fd);
    free(it->keywords);
    free(it->remote_id);
    free(it->email_id);
    prepared_message_done(&it->prepared);
    filter_verdict_done(&it->verdict);
    *it = (struct item){.spool_fd = -1};
}

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n; i++)
        item_done(b->in, &b->items[i]);
    free(b->items);
    free(b);
}

struct ingest *ingest_new(const struct ingest_options *o)
{
    struct ingest *in = XNEW(struct ingest);
    in->o = *o;
    in->ready_tail = &in->ready;
    in->current.spool_fd = -1;
    in->batch_limit = BATCH_FIRST;
    return in;
}

static void forget_fibers(struct ingest *in)
{
    for (size_t i = 0; i < in->n_fibers; i++) {
        fiber_join(in->fibers[i]);
        fiber_unref(in->fibers[i]);
    }
    in->n_fibers = 0;
}

void ingest_free(struct ingest *in)
{
    if (!in)
        return;
    ingest_abort(in);
    forget_fibers(in);
    batch_free(in->filling);
    free(in->fibers);
    free(in);
}

void ingest_to(struct ingest *in, int64_t mailbox_id, bool is_new)
{
    in->mailbox_id = mailbox_id;
    in->is_new = is_new;
}

void ingest_asked_for(struct ingest *in, bool is_asked_for)
{
    in->is_asked_for = is_asked_for;
}

void ingest_maildrop(struct ingest *in, int64_t pass, bool may_be_known)
{
    in->pass = pass;
    in->may_be_known = may_be_known;
}

uint64_t ingest_count(const struct ingest *in)
{
    return in->committed;
}

/* ---- workers ------------------------------------------------------------------------------------------------ */

static int prepare_item(struct ingest *in, struct item *it, struct fct_error *err)
{
    struct fct_bytes raw = buf_bytes(&it->bytes);
    void *map = NULL;
    if (it->spool_fd >= 0) {
        map = mmap(NULL, it->octets, PROT_READ, MAP_PRIVATE, it->spool_fd, 0);
        if (map == MAP_FAILED)
            return fct_fail_errno(err, errno, "cannot map a message of %llu bytes", (unsigned long long)it->octets);
        raw = bytes_of(map, it->octets);
    }
    int result = message_prepare(in->o.store, raw, &it->prepared, err);
    if (it->drop.pass) {
        maildrop_digest(raw, blob_stage_sha256(it->prepared.blob), &it->drop.digest);
        if (it->received_at == 0)
            it->received_at = received_date(raw, it->drop.now);
    }
    if (result == 0 && it->is_new && in->o.filters)
        filters_judge(in->o.filters, in->o.account_id, raw, it->received_at, &it->verdict);
    if (map)
        munmap(map, it->octets);
    buf_done(&it->bytes);
    if (it->spool_fd >= 0)
        close(TAKE_FD(it->spool_fd));
    return result;
}

static void prepare_batch(void *arg)
{
    struct batch *b = arg;
    for (size_t i = 0; i < b->n && !b->failed; i++)
        if (prepare_item(b->in, &b->items[i], &b->err) < 0)
            b->failed = true;
}

/* ---- the committer: whichever batch comes first while none commits --------------------------------------------- */

struct commit {
    struct ingest *in;
    struct batch *batches;
    struct store_arrival *arrivals;
    struct item **items;
    size_t n;
};

static int apply_verdict(struct store_tx *tx, const struct item *it, int64_t email_id, struct fct_error *err)
{
    const struct filter_verdict *v = &it->verdict;
    struct fct_error why = {0};
    if (!v->has_flags || store_email_set_flags(tx, email_id, &v->add, &v->remove, &why) == 0)
        return 0;
    if (why.code == FCT_E_NOT_FOUND || why.code == FCT_E_INVALID) {
        log_warn("filter", "a verdict is not carried out: %s", why.message);
        return 0; /* mail arrives whatever a filter says */
    }
    if (err)
        *err = why;
    return -1;
}

/* What the ledger knows is only linked there, and leaves the list of arrivals. */
static int recognise_drops(struct store_tx *tx, struct commit *c, struct fct_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool is_known = false;
        if (c->items[i]->drop.pass && store_maildrop_recognise(tx, c->in->o.account_id, &c->items[i]->drop, &is_known, err) < 0)
            return -1;
        if (is_known)
            continue;
        c->arrivals[n] = c->arrivals[i];
        c->items[n++] = c->items[i];
    }
    c->n = n;
    return 0;
}

static int note_drops(struct store_tx *tx, struct commit *c, struct fct_error *err)
{
    for (size_t i = 0; i < c->n; i++) {
        c->items[i]->drop.email_id = c->arrivals[i].email_id;
        if (c->items[i]->drop.pass && store_maildrop_arrived(tx, c->in->o.account_id, &c->items[i]->drop, err) < 0)
            return -1;
    }
    return 0;
}

/* What is new mail, and not only new here, may be answered for somebody who is away. */
static int note_news(struct store_tx *tx, const struct commit *c, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = xcalloc(c->n + 1, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct store_arrival *a = &c->arrivals[i];
        if (c->items[i]->is_new && a->email_id != 0 && !a->was_placed && !a->was_known)
            ids[n++] = a->email_id;
    }
    return n > 0 ? store_vacation_arrived(tx, c->in->o.account_id, ids, n, err) : 0;
}

static int commit_arrivals(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct commit *c = arg;
    if (recognise_drops(tx, c, err) < 0)
        return -1;
    if (store_emails_arrive(tx, c->in->o.account_id, c->arrivals, c->n, err) < 0)
        return -1;
    for (size_t i = 0; i < c->n; i++)
        if (!c->arrivals[i].was_placed && !c->arrivals[i].was_known && c->arrivals[i].email_id != 0 &&
            apply_verdict(tx, c->items[i], c->arrivals[i].email_id, err) < 0)
            return -1;
    return note_news(tx, c, err) < 0 ? -1 : note_drops(tx, c, err);
}

static void take_ready(struct ingest *in, struct commit *c)
{
    struct batch **tail = &c->batches;
    while (in->ready && (c->n == 0 || c->n + in->ready->n <= COMMIT_MESSAGES)) {
        struct batch *b = in->ready;
        in->ready = b->next;
        b->next = NULL;
        *tail = b;
        tail = &b->next;
        c->n += b->n;
        in->n_ready -= b->n;
    }
    if (!in->ready)
        in->ready_tail = &in->ready;
}

static void fill_arrivals(struct commit *c)
{
    c->arrivals = xcalloc(c->n, sizeof(c->arrivals[0]));
    c->items = xcalloc(c->n, sizeof(struct item *));
    size_t at = 0;
    for (struct batch *b = c->batches; b; b = b->next)
        for (size_t i = 0; i < b->n; i++, at++) {
            struct item *it = &b->items[i];
            c->items[at] = it;
            c->arrivals[at] = (struct store_arrival){
                .mailbox_id = it->mailbox_id,
                .uid = it->uid,
                .remote_id = it->remote_id,
                .email_remote_id = it->email_id,
                .received_at = it->received_at,
                .is_new = it->is_new,
                .is_asked_for = it->is_asked_for,
                .partial_size = it->partial_size,
                .flags = it->flags,
                .blob = it->prepared.blob,
                .summary = &it->prepared.summary,
            };
        }
}

static void settle(struct ingest *in, struct batch *b, const struct fct_error *err)
{
    if (err && !in->failed) {
        in->failed = true;
        in->err = *err;
    }
    in->in_flight--;
    batch_free(b);
    wait_event_raise(&in->settled);
}

static void commit_some(struct ingest *in)
{
    struct commit c = {.in = in};
    struct fct_error err = {0};
    uint64_t bytes = 0;

    take_ready(in, &c);
    fill_arrivals(&c);
    for (size_t i = 0; i < c.n; i++)
        bytes += c.items[i]->octets;
    size_t n_came = c.n;
    int result = store_write(in->o.store, commit_arrivals, &c, &err);
    if (result == 0) {
        size_t completed = 0;
        for (size_t i = 0; i < c.n; i++)
            completed += c.arrivals[i].was_completed;
        in->committed += n_came;
        if (in->o.committed)
            in->o.committed(in->o.ctx, c.n - completed, bytes);
    }
    while (c.batches) {
        struct batch *b = c.batches;
        c.batches = b->next;
        settle(in, b, result < 0 ? &err : NULL);
    }
    free(c.arrivals);
    free(c.items);
}

/* A small commit writes nearly as many pages of the indexes as a large one. Nothing waits for bytes that have not come yet: the batch
 * that is prepared last commits whatever there is; and the first one waits for no other, as somebody looks at an empty inbox. */
static bool is_worth_a_commit(const struct ingest *in)
{
    uint64_t at_least = in->committed < COMMIT_AT_LEAST ? in->committed : COMMIT_AT_LEAST;
    return in->ready && (in->n_ready >= at_least || in->preparing == 0);
}

static void commit_ready(struct ingest *in)
{
    if (in->committing)
        return; /* whoever commits now goes on with it */
    in->committing = true;
    while (is_worth_a_commit(in))
        commit_some(in);
    in->committing = false;
}

static int run_batch(void *arg)
{
    struct batch *b = arg;
    struct ingest *in = b->in;
    struct fct_error err = {0};

    int result = wait_offload(prepare_batch, b, &err);
    in->preparing--;
    if (result == 0 && b->failed) {
        err = b->err;
        result = -1;
    }
    if (result < 0) {
        settle(in, b, &err);
    } else {
        *in->ready_tail = b;
        in->ready_tail = &b->next;
        in->n_ready += b->n;
    }
    commit_ready(in);
    return result;
}

/* ---- filling, on the account's fiber ------------------------------------------------------------------------------ */

static void remember_fiber(struct ingest *in, struct fiber *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < in->n_fibers; i++) {
        if (fiber_is_done(in->fibers[i]))
            fiber_unref(in->fibers[i]);
        else
            in->fibers[kept++] = in->fibers[i];
    }
    in->n_fibers = kept;
    if (in->n_fibers == in->cap_fibers) {
        in->cap_fibers = in->cap_fibers ? in->cap_fibers * 2 : 8;
        in->fibers = xreallocarray(in->fibers, in->cap_fibers, sizeof(in->fibers[0]));
    }
    in->fibers[in->n_fibers++] = f;
}

static void send_off(struct ingest *in)
{
    struct batch *b = in->filling;
    if (!b)
        return;
    in->filling = NULL;
    if (in->batch_limit < BATCH_MESSAGES)
        in->batch_limit *= 2;
    in->in_flight++;
    in->preparing++;
    remember_fiber(in, fiber_spawn(fiber_loop(), "ingest", run_batch, b));
}

/* Waits until `charge` more may be in flight. One message of each account always passes, however large: what others hold back
 * while their servers are slow, or hostile, must not keep anybody from his mail. */
static int budget_take(struct ingest *in, uint64_t charge, struct fct_error *err)
{
    struct ingest_budget *b = in->o.budget;
    while (in->charged > 0 && b->used + charge > b->max) {
        send_off(in); /* what we hold back ourselves must not block us, or another account */
        if (wait_event(&b->released, "room for arriving mail", WAIT_FOREVER, err) < 0)
            return -1;
    }
    b->used += charge;
    in->charged += charge;
    return 0;
}

static int report_failure(struct ingest *in, struct fct_error *err)
{
    if (!in->failed)
        return 0;
    if (err)
        *err = in->err;
    return -1;
}

static int open_spool(const char *dir, struct fct_error *err)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        fct_fail_errno(err, errno, "cannot make a temporary file in %s", dir);
    return fd;
}

int ingest_begin(struct ingest *in, uint64_t octets, struct fct_error *err)
{
    ingest_abort(in);
    if (report_failure(in, err) < 0)
        return -1;
    if (octets > MESSAGE_MAX_BYTES && octets != FCT_OCTETS_UNKNOWN)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "a message of %llu bytes is larger than the limit of %llu bytes",
                        (unsigned long long)octets, (unsigned long long)MESSAGE_MAX_BYTES);
    uint64_t charge = octets == FCT_OCTETS_UNKNOWN ? CHARGE_UNKNOWN : charge_of(octets);
    if (budget_take(in, charge, err) < 0)
        return -1;
    in->current = (struct item){.spool_fd = -1, .octets = octets, .charged = charge, .mailbox_id = in->mailbox_id, .is_new = in->is_new,
                                .is_asked_for = in->is_asked_for};
    in->has_current = true;
    if (octets == FCT_OCTETS_UNKNOWN)
        return 0;
    if (octets >= SPOOL_FROM) {
        in->current.spool_fd = open_spool(store_profile_dir(in->o.store), err);
        if (in->current.spool_fd < 0) {
            ingest_abort(in);
            return -1;
        }
    } else {
        buf_reserve(&in->current.bytes, octets);
    }
    return 0;
}

static int write_all(int fd, struct fct_bytes part, struct fct_error *err)
{
    while (part.n > 0) {
        ssize_t w = write(fd, part.p, part.n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return fct_fail_errno(err, errno, "cannot spool a large message");
        part.p += w;
        part.n -= (size_t)w;
    }
    return 0;
}

/* It takes what it turns out to be, without waiting: that is bounded by SPOOL_FROM, of which each account has one. */
static int grow(struct ingest *in, struct fct_bytes part, struct fct_error *err)
{
    struct item *it = &in->current;
    uint64_t size = it->came + part.n, charge = charge_of(size);
    if (size > MESSAGE_MAX_BYTES) {
        ingest_abort(in);
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "a message is larger than the limit of %llu bytes",
                        (unsigned long long)MESSAGE_MAX_BYTES);
    }
    if (charge > it->charged) {
        in->o.budget->used += charge - it->charged;
        in->charged += charge - it->charged;
        it->charged = charge;
    }
    if (size < SPOOL_FROM || it->spool_fd >= 0)
        return 0;
    it->spool_fd = open_spool(store_profile_dir(in->o.store), err);
    if (it->spool_fd < 0 || write_all(it->spool_fd, buf_bytes(&it->bytes), err) < 0)
        return -1;
    buf_done(&it->bytes);
    return 0;
}

int ingest_data(struct ingest *in, struct fct_bytes part, struct fct_error *err)
{
    if (!in->has_current)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "message data without a message");
    if (in->current.octets == FCT_OCTETS_UNKNOWN && grow(in, part, err) < 0)
        return -1;
    if (part.n > in->current.octets - in->current.came)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "more bytes than announced for a message");
    in->current.came += part.n;
    if (in->current.spool_fd >= 0)
        return write_all(in->current.spool_fd, part, err);
    buf_add(&in->current.bytes, part.p, part.n);
    return 0;
}

/* What the size of the message is if only its header came; 0: it is whole. A server's word for it need not be true. */
static uint64_t size_beyond(const struct item *it, const struct fct_message *m)
{
    bool is_partial = m->size > offsetof(struct fct_message, is_partial) && m->is_partial;
    if (!is_partial || m->octets == it->octets)
        return 0;
    return m->octets > it->octets ? m->octets : it->octets + 1;
}

/* In a maildrop there are no UIDs, and nobody tells when a message came: its header does, later. */
static void describe_drop(const struct ingest *in, struct item *it, const struct fct_message *m)
{
    it->received_at = m->internal_date;
    it->drop = (struct maildrop_arrival){
        .uidl = it->remote_id,
        .size = (int64_t)it->octets,
        .listed_size = (int64_t)m->octets,
        .pass = in->pass,
        .number = m->uid,
        .now = (int64_t)time(NULL),
        .may_be_known = in->may_be_known,
    };
}

static void describe(struct item *it, const struct fct_message *m)
{
    it->uid = m->uid;
    it->partial_size = size_beyond(it, m);
    it->received_at = m->internal_date ? m->internal_date : (int64_t)time(NULL);
    if (m->remote_id.n)
        it->remote_id = xstrndup(m->remote_id.p, m->remote_id.n);
    if (m->email_id.n)
        it->email_id = xstrndup(m->email_id.p, m->email_id.n);
    it->flags.bits = m->flags.bits;
    if (m->flags.keywords.n) {
        it->keywords = xstrndup(m->flags.keywords.p, m->flags.keywords.n);
        it->flags.keywords = bytes_str(it->keywords);
    }
}

int ingest_end(struct ingest *in, const struct fct_message *m, struct fct_error *err)
{
    if (!in->has_current)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "the end of a message that was not begun");
    if (in->current.octets == FCT_OCTETS_UNKNOWN)
        in->current.octets = in->current.came;
    if (in->current.came != in->current.octets) {
        ingest_abort(in);
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "fewer bytes than announced for message %llu", (unsigned long long)m->uid);
    }
    describe(&in->current, m);
    if (in->pass) {
        in->current.uid = 0;
        describe_drop(in, &in->current, m);
    }
    if (!in->filling) {
        in->filling = XNEW(struct batch);
        in->filling->in = in;
        in->filling->items = xcalloc(in->batch_limit, sizeof(struct item));
    }
    struct batch *b = in->filling;
    b->items[b->n++] = in->current;
    b->bytes += in->current.charged;
    in->has_current = false;
    if (b->n >= in->batch_limit || b->bytes >= BATCH_BYTES)
        send_off(in);
    return report_failure(in, err);
}

void ingest_abort(struct ingest *in)
{
    if (!in->has_current)
        return;
    item_done(in, &in->current);
    in->has_current = false;
}

int ingest_flush(struct ingest *in, struct fct_error *err)
{
    ingest_abort(in); /* begun and not ended: nothing more comes for it, and it takes room */
    send_off(in);
    while (in->in_flight > 0)
        if (wait_event(&in->settled, "mail being stored", WAIT_FOREVER, err) < 0)
            return -1;
    return report_failure(in, err);
}
