#include "outbox/delivery.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "outbox/outgoing.h"
#include "store/blobs.h"
#include "store/submissions.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

/* ---- what is sent ---- */

struct parcel {
    int64_t id;
    struct store_submission s;
    struct blob_view view;
    struct outgoing_facts facts;
    struct outgoing reading;
    struct buf piece;
    /* those who wait for it: as the server is told, and which of the submission's recipients each is */
    struct fct_recipient *to;
    size_t *index;
    char **owned; /* the bytes of `to`: two for each */
    size_t n;
    char *sender, *envid;
    uint32_t ret;
    struct store_recipient_outcome *outcomes;
    size_t n_outcomes;
    bool was_committed;
    const struct delivery *delivery;
};

static void parcel_done(struct parcel *p)
{
    store_submission_done(&p->s);
    blob_view_done(&p->view);
    buf_done(&p->piece);
    for (size_t i = 0; i < 2 * p->n; i++)
        free(p->owned[i]);
    for (size_t i = 0; i < p->n_outcomes; i++)
        free(p->outcomes[i].reply);
    free(p->owned);
    free(p->to);
    free(p->index);
    free(p->outcomes);
    free(p->sender);
    free(p->envid);
}

static int load(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct parcel *p = arg;
    if (store_submission_load(tx, p->id, &p->s, err) < 0)
        return -1;
    if (p->s.state != SUBMISSION_QUEUED)
        return 0;
    if (store_blob_view(tx, p->s.blob_id, &p->view, err) < 0)
        return -1;
    outgoing_scan(p->view.bytes, &p->facts);
    p->reading = outgoing_of(p->view.bytes);
    return 0;
}

/* ---- DSN parameters, as JMAP gives them (RFC 8621 section 7: decoded, names in any case) ---- */

static const char *parameter(const char *json, const char *name, json_t **out_owner)
{
    const char *key;
    json_t *value;
    *out_owner = json ? json_loads(json, 0, NULL) : NULL;
    json_object_foreach(*out_owner, key, value) if (strcasecmp(key, name) == 0) return json_string_value(value);
    return NULL;
}

static uint32_t notify_of(const char *parameters)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {{"NEVER", FCT_NOTIFY_NEVER}, {"SUCCESS", FCT_NOTIFY_SUCCESS}, {"FAILURE", FCT_NOTIFY_FAILURE}, {"DELAY", FCT_NOTIFY_DELAY}};
    json_t *owner;
    const char *text = parameter(parameters, "NOTIFY", &owner);
    uint32_t bits = 0;
    for (const char *at = text; at && *at;) {
        size_t n = strcspn(at, ",");
        for (size_t i = 0; i < 4; i++)
            if (strlen(known[i].name) == n && strncasecmp(at, known[i].name, n) == 0)
                bits |= known[i].bit;
        at += n + (at[n] == ',');
    }
    json_decref(owner);
    return bits;
}

static char *copy_parameter(const char *parameters, const char *name)
{
    json_t *owner;
    const char *text = parameter(parameters, name, &owner);
    char *copy = text ? xstrdup(text) : NULL;
    json_decref(owner);
    return copy;
}

/* An address that has no wire form goes out as it is: the transport refuses it, and it alone. */
static char *wire_address(const char *address)
{
    struct buf out = {0};
    if (outgoing_address(address, &out))
        return buf_steal(&out);
    buf_done(&out);
    return xstrdup(address);
}

static void address_parcel(struct parcel *p)
{
    size_t n = p->s.n_recipients;
    p->to = xcalloc(n + 1, sizeof(*p->to));
    p->index = xcalloc(n + 1, sizeof(*p->index));
    p->owned = xcalloc(2 * n + 1, sizeof(*p->owned));
    p->outcomes = xcalloc(n + 1, sizeof(*p->outcomes));
    for (size_t i = 0; i < n; i++) {
        const struct store_recipient *r = &p->s.recipients[i];
        if (r->state != RECIPIENT_WAITING)
            continue;
        char *address = wire_address(r->address), *orcpt = copy_parameter(r->parameters, "ORCPT");
        p->to[p->n] = (struct fct_recipient){
            .address = bytes_str(address), .orcpt = bytes_str(orcpt), .notify = notify_of(r->parameters)};
        p->owned[2 * p->n] = address;
        p->owned[2 * p->n + 1] = orcpt;
        p->index[p->n++] = i;
    }
    p->sender = p->s.sender[0] ? wire_address(p->s.sender) : xstrdup("");
    p->envid = copy_parameter(p->s.sender_parameters, "ENVID");
    CLEANUP(freep) char *ret = copy_parameter(p->s.sender_parameters, "RET");
    if (ret)
        p->ret = strcasecmp(ret, "FULL") == 0 ? FCT_ENVELOPE_RET_FULL : strcasecmp(ret, "HDRS") == 0 ? FCT_ENVELOPE_RET_HDRS : 0;
}

/* ---- what the transport asks ---- */

static int on_recipient(void *ctx, size_t index, uint32_t outcome, struct fct_bytes reply, struct fct_error *err)
{
    struct parcel *p = ctx;
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
    struct parcel *p = ctx;
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

static int on_commit(void *ctx, struct fct_error *err)
{
    struct parcel *p = ctx;
    if (fiber_is_cancelled(fiber_self())) /* the program ends: not now */
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the outbox is being closed");
    if (store_write(p->delivery->o->store, write_commit, p, err) < 0)
        return -1;
    p->was_committed = true;
    if (fiber_is_cancelled(fiber_self())) /* while it was written down: what is on the wire has no end yet */
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "the outbox is being closed");
    *p->delivery->is_committed = true;
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
    int result = write_down(d, &e, err);
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

int delivery_run(struct delivery *d, void *session, struct fct_error *err)
{
    CLEANUP(parcel_done) struct parcel p = {.id = d->id, .delivery = d};
    struct fct_sent sent = {.size = sizeof(sent)};
    struct fct_error why = {0}, ignored = {0};
    int result = store_read(d->o->store, load, &p, &why);
    if (result < 0 && p.s.id == 0) {
        if (err)
            *err = why;
        return why.code == FCT_E_NOT_FOUND ? 0 : -1; /* its record was removed */
    }
    if (result == 0 && p.s.state != SUBMISSION_QUEUED)
        return 0; /* taken back */
    address_parcel(&p);
    if (result == 0 && p.facts.is_broken)
        result = fail_broken(&why);
    if (result == 0) {
        const struct fct_envelope e = {
            .size = sizeof(e),
            .flags = p.ret | (p.facts.has_8bit_body ? FCT_ENVELOPE_8BIT : 0u) | (p.facts.has_8bit_header ? FCT_ENVELOPE_UTF8_HEADERS : 0u),
            .sender = bytes_str(p.sender),
            .recipients = p.to,
            .n_recipients = p.n,
            .octets = p.facts.octets,
            .envid = bytes_str(p.envid),
        };
        const struct fct_outgoing o = {.size = sizeof(o), .ctx = &p, .recipient = on_recipient, .read = on_read, .commit = on_commit};
        result = d->o->transport->send(session, &e, &o, &sent, &why);
        if (result == 0)
            why = (struct fct_error){0};
    }
    if (end(d, &p, &sent, &why, &ignored) < 0) {
        log_error(d->o->label, "cannot write down what became of submission %lld: %s", (long long)p.id, ignored.message);
        if (err)
            *err = ignored;
        return -1; /* if it was on the wire it stays `sending`, and becomes uncertain: never is it sent again by itself */
    }
    log_ending(d, &p, &why);
    if (err)
        *err = why;
    return result;
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
