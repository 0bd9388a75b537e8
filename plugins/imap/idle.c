/* idle.c - waiting for the server to say something (RFC 2177). */
#include "session.h"

#include <string.h>

#define POLL_MS 60000u     /* how often a server that offers IDLE and does not do it is asked */
#define IDLE_MIN_MS 10000u /* a server that ends IDLE sooner, with nothing to say, does not do it */

static bool has_news(const struct imap_session *s)
{
    return s->exists_changed || s->stale_first != 0;
}

/* Notes what a sink learns at once, so that the wait ends after it. */
static int on_idle_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    bool *news = ctx;
    (void)s;
    (void)err;
    if (strcmp(r->name, "FETCH") == 0 || strcmp(r->name, "VANISHED") == 0 || strcmp(r->name, "EXPUNGE") == 0)
        *news = true;
    return 0;
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

/* Between "+" and DONE. "* OK still here" is no news and does not end it. */
static int listen(struct imap_session *s, struct imap_command *c, uint64_t until, bool *news, struct fct_error *err)
{
    while (c->condition == IMAP_PENDING && !*news && !has_news(s)) {
        uint64_t now = fct_host->now_ms();
        int rc = now >= until ? 1 : wait_input(s, (uint32_t)(until - now), err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        /* A line has begun: its end is waited for with the deadline of every read. */
        do
            if (imap_take_response(s, err) < 0)
                return -1;
        while (fct_host->conn_has_input(s->conn) && c->condition == IMAP_PENDING && fct_host->now_ms() < until);
    }
    *news |= has_news(s);
    return imap_tell_exists(s, err); /* without waiting for the end of IDLE */
}

static int run_idle(struct imap_session *s, uint64_t until, bool *news, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    uint64_t began = fct_host->now_ms();
    imap_put(s, &c, "IDLE");
    if (imap_send(s, &c, err) < 0 || imap_wait_continuation(s, &c, err) < 0)
        return -1;
    if (c.condition == IMAP_PENDING && listen(s, &c, until, news, err) < 0)
        return -1;
    if (c.condition == IMAP_PENDING) {
        if (imap_send_line(s, (struct fct_bytes){"DONE", 4}, err) < 0)
            return -1;
        return imap_wait(s, &c, err);
    }
    if (c.condition == IMAP_OK && (*news || has_news(s) || fct_host->now_ms() - began >= IDLE_MIN_MS))
        return 0;
    fct_log(s->acc, FCT_LOG_INFO, "the server offers IDLE and does not wait: it is asked now and then instead (%.*s)",
            (int)(c.text.n < 200 ? c.text.n : 200), imap_buffer_str(&c.text));
    s->idle_fails = true;
    return 0;
}

/* A server without IDLE is asked when the time is over, or somebody nudges. */
static int poll(struct imap_session *s, uint32_t timeout_ms, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    uint64_t until = fct_host->now_ms() + timeout_ms;
    for (uint64_t now; (now = fct_host->now_ms()) < until;) {
        int rc = wait_input(s, (uint32_t)(until - now), err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            break;
        if (imap_take_response(s, err) < 0) /* unasked: BYE, or a very eager server */
            return -1;
    }
    imap_put(s, &c, "NOOP");
    return imap_run(s, &c, err);
}

int imap_idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err)
{
    struct imap_session *s = session;
    bool news = false;
    if (imap_begin(s, sink, on_idle_data, &news, err) < 0)
        return -1;
    if (has_news(s)) /* something came while nobody listened */
        return imap_end(s, 0, err);
    int rc = 0;
    if (!imap_has(s, IMAP_CAP_IDLE))
        return imap_end(s, poll(s, timeout_ms, err), err);
    if (s->idle_fails)
        return imap_end(s, poll(s, timeout_ms < POLL_MS ? timeout_ms : POLL_MS, err), err);
    uint64_t until = fct_host->now_ms() + timeout_ms;
    do {
        uint64_t now = fct_host->now_ms();
        uint64_t piece = until > now ? until - now : 0;
        piece = piece < IMAP_IDLE_MAX_MS ? piece : IMAP_IDLE_MAX_MS;
        uint64_t before = now;
        rc = run_idle(s, now + piece, &news, err);
        /* A nudge ends the wait before its time. */
        if (fct_host->now_ms() < before + piece)
            break;
    } while (rc == 0 && !news && fct_host->now_ms() < until);
    return imap_end(s, rc, err);
}
