/* idle.c - waiting for the server to say something: IDLE (RFC 2177), NOTIFY (RFC 5465), or asking now and then. */
#include "session.h"

#include <string.h>

#define POLL_MS 60000u     /* how often a server that offers IDLE and does not do it is asked */
#define IDLE_MIN_MS 10000u /* a server that ends IDLE sooner, with nothing to say, does not do it */
#define PLUS_MS 20000u     /* how long it may take to begin */
#define NOTIFY_FAILURES_MAX 3

static bool has_news(const struct imap_session *s)
{
    return s->exists_changed || s->stale_first != 0 || s->others_changed;
}

/* ---- what comes ----------------------------------------------------------------------------------------- */

struct idling {
    bool news;
    struct imap_status status; /* scratch */
    struct wire_buffer wire_name;
};

static void idling_done(struct idling *i)
{
    imap_status_done(&i->status);
    wire_buffer_done(&i->wire_name);
}

static int take_status(struct idling *i, struct imap_session *s, struct fct_error *err)
{
    if (imap_parse_status(&s->in, &i->status, err) < 0)
        return -1;
    if (!imap_wire_name(s, wire_buffer_bytes(&i->status.name), &i->wire_name) || i->wire_name.n == 0)
        return 1;
    struct fct_mailbox_status values = i->status.values;
    values.mailbox_id = wire_buffer_bytes(&i->status.mailbox_id);
    i->news = true;
    return s->sink->status(s->sink->ctx, wire_buffer_bytes(&i->wire_name), &values, err) < 0 ? -1 : 1;
}

/* Notes what a sink learns at once, so that the wait ends after it. */
static int on_idle_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct idling *i = ctx;
    if (strcmp(r->name, "FETCH") == 0 || strcmp(r->name, "VANISHED") == 0 || strcmp(r->name, "EXPUNGE") == 0)
        i->news = true;
    if (r->kind == IMAP_DATA && strcmp(r->name, "STATUS") == 0 && s->notifies)
        return take_status(i, s, err);
    return 0;
}

/* Mailboxes came or went, or news of some were missed. */
static int tell_others(struct imap_session *s, struct fct_error *err)
{
    const struct fct_mailbox_status unknown = {.size = sizeof(unknown), .messages = -1, .unseen = -1};
    if (!s->others_changed)
        return 0;
    s->others_changed = false;
    return s->sink->status(s->sink->ctx, (struct fct_bytes){0}, &unknown, err) < 0 ? imap_break(s, err) : 0;
}

/* FCT_E_TIMEOUT is what a wait that ends without news gives: 1. Input: 0. */
static int wait_input(struct imap_session *s, uint32_t timeout_ms, struct fct_error *err)
{
    struct fct_error local = {0};
    if (s->said_bye) /* taking the next response finds out how it ends */
        return 0;
    if (fct_host->conn_wait_input(s->conn, timeout_ms, &local) == 0)
        return 0;
    if (local.code == FCT_E_TIMEOUT)
        return 1;
    imap_lost(s, &local);
    if (err)
        *err = local;
    return -1;
}

/* Until something is said that is news; "* OK still here" is none. `c` is the IDLE whose end ends it, or NULL. */
static int listen(struct imap_session *s, struct imap_command *c, uint64_t until, struct idling *i,
                  struct fct_error *err)
{
    while ((!c || c->condition == IMAP_PENDING) && !i->news && !has_news(s)) {
        uint64_t now = fct_host->now_ms();
        int rc = now >= until ? 1 : wait_input(s, (uint32_t)(until - now), err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        /* A line has begun: its end is waited for with the deadline of every read. */
        do {
            imap_begin_waiting(s);
            if (imap_take_response(s, err) < 0)
                return -1;
        } while (fct_host->conn_has_input(s->conn) && (!c || c->condition == IMAP_PENDING) &&
                 fct_host->now_ms() < until);
    }
    i->news |= has_news(s);
    /* Without waiting for the end of IDLE. */
    return imap_tell_exists(s, err) < 0 ? -1 : tell_others(s, err);
}

/* ---- NOTIFY --------------------------------------------------------------------------------------------- */

/* Message numbers stay as they are between commands: DELAYED. The second is for servers that cannot tell all of it. */
static const char *const notify_sets[] = {
    " SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))"
    " (PERSONAL (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))",
    " SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge))",
};

static int start_notify(struct imap_session *s, struct fct_error *err)
{
    if (s->notifies || !imap_has(s, IMAP_CAP_NOTIFY) || s->notify_failures >= NOTIFY_FAILURES_MAX)
        return 0;
    for (size_t i = 0; i < sizeof(notify_sets) / sizeof(notify_sets[0]); i++) {
        SCOPED(imap_command_done) struct imap_command c = {0};
        imap_put(s, &c, "NOTIFY");
        imap_put_text(s, "%s", notify_sets[i]);
        if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
            return -1;
        if (c.condition == IMAP_OK) {
            s->notifies = s->others_changed = true; /* what changed before this, nobody told */
            return 0;
        }
    }
    fct_log(s->acc, FCT_LOG_INFO, "the server offers NOTIFY and refuses it: other mailboxes are asked about");
    s->notify_failures = NOTIFY_FAILURES_MAX;
    return 0;
}

/* ---- IDLE ----------------------------------------------------------------------------------------------- */

/* Takes a command that will not be answered out of those that wait. */
static void abandon(struct imap_session *s, struct imap_command *c)
{
    for (struct imap_command **at = &s->first, *before = NULL; *at; before = *at, at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            if (s->last == c)
                s->last = before;
            break;
        }
    memcpy(s->abandoned_tag, c->tag, sizeof(s->abandoned_tag));
}

/* There was no "+", so it is unknown whether the server is idle, or waits for a command. DONE and NOOP bring it back
 * from wherever it is. */
static int give_idle_up(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command noop = {0};
    fct_log(s->acc, FCT_LOG_INFO, "the server offers IDLE and does not begin it: it is asked now and then instead");
    s->idle_fails = true;
    if (imap_send_line(s, (struct fct_bytes){"DONE", 4}, err) < 0)
        return -1;
    imap_put(s, &noop, "NOOP");
    int rc = imap_send(s, &noop, err) < 0 ? -1 : imap_wait_answer(s, &noop, err);
    if (c->condition == IMAP_PENDING && !s->broken)
        abandon(s, c);
    return rc;
}

/* Waits until the server says "+" or answers. 1: it does neither. *out_nudged: somebody does not want to wait. */
static int wait_for_plus(struct imap_session *s, struct imap_command *c, bool *out_nudged, struct fct_error *err)
{
    uint32_t patience = s->ep.io_timeout_ms && s->ep.io_timeout_ms < PLUS_MS ? s->ep.io_timeout_ms : PLUS_MS;
    uint64_t until = fct_host->now_ms() + patience;
    s->continued = *out_nudged = false;
    while (!s->continued && c->condition == IMAP_PENDING) {
        uint64_t now = fct_host->now_ms();
        if (now >= until)
            return 1;
        int rc = wait_input(s, (uint32_t)(until - now), err);
        if (rc < 0)
            return -1;
        *out_nudged |= rc > 0;
        imap_begin_waiting(s);
        if (rc == 0 && imap_take_response(s, err) < 0)
            return -1;
    }
    return 0;
}

static int end_idle(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    if (imap_send_line(s, (struct fct_bytes){"DONE", 4}, err) < 0 || imap_wait_answer(s, c, err) < 0)
        return -1;
    if (c->condition != IMAP_OK) /* it is over, in whatever way: the next one will show */
        fct_log(s->acc, FCT_LOG_INFO, "the server did not like the end of IDLE: %s", wire_buffer_str(&c->text));
    return 0;
}

static int run_idle(struct imap_session *s, uint64_t until, struct idling *i, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    uint64_t began = fct_host->now_ms();
    bool nudged;
    imap_put(s, &c, "IDLE");
    if (imap_send(s, &c, err) < 0)
        return -1;
    int rc = wait_for_plus(s, &c, &nudged, err);
    if (rc != 0)
        return rc < 0 ? -1 : give_idle_up(s, &c, err);
    if (c.condition == IMAP_PENDING && !nudged && listen(s, &c, until, i, err) < 0)
        return -1;
    if (c.condition == IMAP_PENDING)
        return end_idle(s, &c, err);
    if (c.condition == IMAP_OK && (i->news || has_news(s) || fct_host->now_ms() - began >= IDLE_MIN_MS))
        return 0;
    fct_log(s->acc, FCT_LOG_INFO, "the server offers IDLE and does not wait: it is asked now and then instead (%.*s)",
            (int)(c.text.n < 200 ? c.text.n : 200), wire_buffer_str(&c.text));
    s->idle_fails = true;
    return 0;
}

/* ---- asking --------------------------------------------------------------------------------------------- */

static int ask_for_news(struct imap_session *s, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    imap_put(s, &c, "NOOP");
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (c.condition == IMAP_OK)
        return 0;
    imap_fail_answer(s, &c, err);
    if (err && err->code == FCT_E_SERVER) /* no server means for ever what it says to a question without a subject */
        err->retry = FCT_RETRY_LATER;
    return -1;
}

/* A server without IDLE is asked when the time is over, or somebody nudges. */
static int poll(struct imap_session *s, uint32_t timeout_ms, struct idling *i, struct fct_error *err)
{
    uint64_t until = fct_host->now_ms() + timeout_ms;
    if (s->notifies && listen(s, NULL, until, i, err) < 0)
        return -1;
    for (uint64_t now; !s->notifies && (now = fct_host->now_ms()) < until;) {
        int rc = wait_input(s, (uint32_t)(until - now), err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            break;
        imap_begin_waiting(s);
        if (imap_take_response(s, err) < 0) /* unasked: BYE, or a very eager server */
            return -1;
    }
    return ask_for_news(s, err);
}

static int idle_until(struct imap_session *s, uint64_t until, struct idling *i, struct fct_error *err)
{
    for (uint64_t now; (now = fct_host->now_ms()) < until && !i->news && !s->idle_fails;) {
        uint64_t end = until - now < IMAP_IDLE_MAX_MS ? until : now + IMAP_IDLE_MAX_MS;
        if (run_idle(s, end, i, err) < 0)
            return -1;
        if (fct_host->now_ms() < end) /* news, or a nudge */
            break;
    }
    return 0;
}

int imap_idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(idling_done) struct idling i = {0};
    if (imap_begin(s, sink, on_idle_data, &i, err) < 0)
        return -1;
    int rc = start_notify(s, err);
    if (rc == 0 && has_news(s)) /* something came while nobody listened */
        return imap_end(s, tell_others(s, err), err);
    if (rc == 0 && !imap_has(s, IMAP_CAP_IDLE))
        rc = poll(s, timeout_ms, &i, err);
    else if (rc == 0 && s->idle_fails)
        rc = poll(s, timeout_ms < POLL_MS ? timeout_ms : POLL_MS, &i, err);
    else if (rc == 0)
        rc = idle_until(s, fct_host->now_ms() + timeout_ms, &i, err);
    if (rc == 0)
        rc = tell_others(s, err);
    return imap_end(s, rc, err);
}
