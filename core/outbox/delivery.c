#include "outbox/delivery.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t delivery_pause(int tries)
{
    int64_t pause = RETRY_FIRST_SECONDS;
    for (int i = 1; i < tries && pause < RETRY_MAX_SECONDS; i++)
        pause *= 2;
    return pause < RETRY_MAX_SECONDS ? pause : RETRY_MAX_SECONDS;
}

bool delivery_gives_up(int64_t send_at, int64_t now, int tries)
{
    return tries >= GIVE_UP_TRIES && now - send_at > GIVE_UP_SECONDS;
}

/* ---- what the transport asks ---- */

static int on_recipient(void *ctx, size_t index, uint32_t outcome, struct fct_bytes reply, struct fct_error *err)
{
    struct parcel *p = ((struct delivery *)ctx)->parcel;
    if (index >= p->n || p->n_outcomes >= p->n)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "the transport tells of a recipient that there is not");
    CLEANUP(buf_done) struct buf text = {0}; /* as bytes of a server: printable, and valid UTF-8 */
    for (size_t i = 0; i < reply.n && i < 1000; i++) {
        unsigned char c = (unsigned char)reply.p[i];
        buf_add_char(&text, c < ' ' || c >= 0x7f ? '?' : (char)c);
    }
    p->outcomes[p->n_outcomes++] = (struct store_recipient_outcome){p->index[index], outcome, buf_steal(&text)};
    return 0;
}

static int on_read(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct parcel *p = ((struct delivery *)ctx)->parcel;
    (void)err;
    outgoing_next(&p->reading, &p->piece);
    *out = buf_bytes(&p->piece);
    return 0;
}

static int write_commit(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct parcel *p = arg;
    return store_submission_commit(tx, p->id, p->outcomes, p->n_outcomes, err);
}

/* The server takes it for everybody who waits for it. */
static bool is_for_all(const struct parcel *p)
{
    for (size_t i = 0; i < p->n_outcomes; i++)
        if (p->outcomes[i].outcome != FCT_OUTCOME_ACCEPTED)
            return false;
    return p->n_outcomes == p->n;
}

/* Of one that is reserved the store says all there is to say, but for its mark. */
static int commit_parcel(struct delivery *d, struct fct_error *err)
{
    struct parcel *p = d->parcel;
    if (p->is_reserved && is_for_all(p))
        return marks_put(d->marks, p->id, FCT_FATE_UNKNOWN, err);
    if (store_write(d->o->store, write_commit, p, err) < 0)
        return -1;
    p->is_reserved = false;
    return 0;
}

static int on_commit(void *ctx, struct fct_error *err)
{
    struct delivery *d = ctx;
    if (fiber_is_cancelled(fiber_self())) /* the program ends: not now */
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the outbox is being closed");
    if (commit_parcel(d, err) < 0)
        return -1;
    d->parcel->was_committed = true;
    if (fiber_is_cancelled(fiber_self())) /* while it was written down: what is on the wire has no end yet */
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the outbox is being closed");
    *d->is_committed = true;
    return 0;
}

/* ---- how it ended ---- */

struct ending {
    struct store_submission_end end;
    int state;
};

static int write_ending(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct ending *e = arg;
    return store_submission_ended(tx, &e->end, &e->state, err);
}

static char *error_text(const struct fct_error *e)
{
    json_t *json = json_pack("{s:s, s:i, s:s, s:s, s:I}", "type", fct_code_name(e->code), "code", (int)e->code, "message", e->message,
                             "server", e->server, "at", (json_int_t)time(NULL));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

bool delivery_is_about_message(const struct fct_error *e)
{
    return e->code == FCT_E_SERVER || e->code == FCT_E_TOO_LARGE || e->code == FCT_E_UNSUPPORTED || e->code == FCT_E_INVALID ||
           e->code == FCT_E_CORRUPT || e->code == FCT_E_INTERNAL;
}

static bool is_final(const struct parcel *p, const struct fct_error *e, int64_t now)
{
    return delivery_is_about_message(e) && (e->retry == FCT_RETRY_NEVER || delivery_gives_up(p->s.send_at, now, p->s.tries + 1));
}

/* Only what concerns this message makes it wait by itself; whatever else is wrong is so for all of them, and the outbox
 * waits. */
static int64_t next_try(const struct parcel *p, const struct fct_error *e, int64_t now)
{
    return e->code == 0 || delivery_is_about_message(e) ? now + delivery_pause(p->s.tries + 1) : p->s.next_try_at;
}

/* What was on the wire is known to nobody but this fiber: it insists, until it is stopped. */
static int write_down(struct delivery *d, struct ending *e, struct fct_error *err)
{
    for (bool was_told = false;; was_told = true) {
        struct fct_error why = {0};
        int result = store_write(d->o->store, write_ending, e, &why);
        if (result < 0 && err)
            *err = why;
        if (result == 0 || !e->end.was_committed || why.code == FCT_E_NOT_FOUND || wait_sleep(END_PAUSE_MS, NULL) < 0)
            return result;
        if (!was_told)
            log_error(d->o->label, "it cannot be written down yet what became of submission %lld: %s", (long long)e->end.id, why.message);
    }
}

static int end(struct delivery *d, struct parcel *p, const struct fct_sent *sent, const struct fct_error *why, struct fct_error *err)
{
    int64_t now = (int64_t)time(NULL);
    CLEANUP(freep) char *error = why->code ? error_text(why) : NULL;
    struct ending e = {.end = {
                           .id = p->id,
                           .now = now,
                           .fate = sent->fate,
                           .was_committed = p->was_committed,
                           .is_final = why->code && is_final(p, why, now),
                           .outcomes = p->outcomes,
                           .n_outcomes = p->n_outcomes,
                           .reply = sent->reply[0] ? sent->reply : NULL,
                           .error = error,
                           .next_try_at = next_try(p, why, now),
                           .server_files = d->o->server_files,
                       }};
    d->fate = sent->fate;
    if (p->is_reserved && p->was_committed && sent->fate == FCT_FATE_SENT) {
        marks_put(d->marks, p->id, FCT_FATE_SENT, NULL); /* without it, it would be uncertain after a crash */
        endings_add(d->ended, &e.end);
        d->state = SUBMISSION_SENT;
        p->is_reserved = *d->is_committed = false;
        return 0;
    }
    int result = write_down(d, &e, err);
    p->is_reserved = p->is_reserved && result < 0;
    *d->is_committed = false;
    d->state = result == 0 ? e.state : 0;
    return result;
}

static void log_ending(const struct delivery *d, const struct parcel *p, const struct fct_error *why)
{
    if (d->state == SUBMISSION_UNCERTAIN)
        log_warn(d->o->label, "submission %lld may have been sent, or not: %s", (long long)p->id, why->message);
    else if (why->code)
        log_info(d->o->label, "submission %lld is %s: %s", (long long)p->id, store_submission_state_name(d->state), why->message);
    else
        log_info(d->o->label, "submission %lld is %s", (long long)p->id, store_submission_state_name(d->state));
}

static int fail_broken(struct fct_error *err)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the message holds a NUL, or a CR that ends no line: it cannot be sent");
}

static bool takes_8bit(const struct fct_transport *t, void *session)
{
    bool has_it = t->size >= offsetof(struct fct_transport, takes) + sizeof(t->takes) && t->takes;
    return !has_it || t->takes(session) & FCT_TAKES_8BIT;
}

static int send_parcel(struct delivery *d, void *session, struct fct_sent *out, struct fct_error *err)
{
    struct parcel *p = d->parcel;
    if (!takes_8bit(d->o->transport, session) && parcel_downgrade(p, err) < 0)
        return -1;
    parcel_begin(p);
    const struct fct_envelope e = {
        .size = sizeof(e),
        .flags = p->ret | (p->facts.has_8bit_body ? FCT_ENVELOPE_8BIT : 0u) | (p->facts.has_8bit_header ? FCT_ENVELOPE_UTF8_HEADERS : 0u),
        .sender = bytes_str(p->sender),
        .recipients = p->to,
        .n_recipients = p->n,
        .octets = p->facts.octets,
        .envid = bytes_str(p->envid),
    };
    const struct fct_outgoing o = {.size = sizeof(o), .ctx = d, .recipient = on_recipient, .read = on_read, .commit = on_commit};
    return d->o->transport->send(session, &e, &o, out, err);
}

int delivery_run(struct delivery *d, void *session, struct fct_error *err)
{
    struct parcel *p = d->parcel;
    struct fct_sent sent = {.size = sizeof(sent)};
    struct fct_error why = p->why, ignored = {0};
    if (p->s.id == 0) {
        if (err)
            *err = why;
        return why.code == FCT_E_NOT_FOUND ? 0 : -1; /* its record was removed */
    }
    if (!p->is_reserved && !why.code && p->s.state != SUBMISSION_QUEUED)
        return 0; /* taken back */
    int result = why.code ? -1 : p->facts.is_broken ? fail_broken(&why) : send_parcel(d, session, &sent, &why);
    if (result == 0)
        why = (struct fct_error){0};
    if (end(d, p, &sent, &why, &ignored) < 0) {
        log_error(d->o->label, "cannot write down what became of submission %lld: %s", (long long)p->id, ignored.message);
        if (err)
            *err = ignored;
        return -1; /* if it was on the wire it stays `sending`, and becomes uncertain: never is it sent again by itself */
    }
    log_ending(d, p, &why);
    if (err)
        *err = why;
    return result;
}

static int read_again(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct parcel *p = arg;
    (void)err;
    parcel_load(tx, p, &p->why);
    return 0;
}

int delivery_load_again(struct delivery *d, struct fct_error *err)
{
    int64_t id = d->parcel->id;
    parcel_done(d->parcel);
    *d->parcel = (struct parcel){.id = id};
    d->state = 0;
    return store_read(d->o->store, read_again, d->parcel, err);
}

struct putting_off {
    int64_t id;
    char *error;
};

static int write_put_off(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct putting_off *p = arg;
    return store_submission_put_off(tx, p->id, p->error, err);
}

int delivery_put_off(const struct outbox_options *o, int64_t id, const struct fct_error *why, struct fct_error *err)
{
    struct putting_off p = {.id = id, .error = error_text(why)};
    int result = store_write(o->store, write_put_off, &p, err);
    free(p.error);
    return result;
}
