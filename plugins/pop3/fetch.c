/* fetch.c - messages come: RETR, or TOP for their headers; and go: DELE. */
#include "session.h"

#include <string.h>

/* Numbers out of ranges, one after the other. */
struct numbers {
    const struct fct_uid_range *ranges;
    size_t n, at;
    uint64_t next; /* within ranges[at]; 0: its first */
};

static bool next_number(struct numbers *it, uint64_t *out)
{
    while (it->at < it->n && it->ranges[it->at].first > it->ranges[it->at].last)
        it->at++;
    if (it->at == it->n)
        return false;
    if (it->next == 0)
        it->next = it->ranges[it->at].first;
    *out = it->next++;
    if (*out >= it->ranges[it->at].last) {
        it->at++;
        it->next = 0;
    }
    return true;
}

struct transfer {
    const char *command; /* "RETR %llu" or "TOP %llu 0" */
    bool is_header;
    const struct fct_sink *sink;
    struct numbers asked;
    size_t most, in_flight; /* commands without an answer */
    size_t n_given, n_refused;
};

/* ---- one message ---------------------------------------------------------------------------------------- */

/* A message that is larger than anything that is taken may have no end at all. Another session leaves it for later. */
static int fail_data(struct pop3_session *s, struct fct_error *err)
{
    if (err && err->code == FCT_E_TOO_LARGE) {
        struct fct_error why = *err;
        fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NOW, "%s: message %llu: %s", s->ep.host, (unsigned long long)s->coming,
                 why.message);
    }
    return pop3_break(s, err);
}

/* Passes the answer's bytes on; a NULL sink reads them for nothing. */
static int take_body(struct pop3_session *s, const struct fct_sink *sink, struct fct_error *err)
{
    struct pop3_body body = {.bare_lf = s->bare_lf};
    struct fct_bytes piece;
    for (;;) {
        if (pop3_read_more(s, err) < 0)
            return -1;
        int what = pop3_body_next(&body, &s->rest, &piece);
        if (what == 2)
            return 0;
        if (what == 1 && sink && sink->message_data(sink->ctx, piece, err) < 0)
            return fail_data(s, err);
    }
}

/* What the core does not take for its size alone is left out: what follows is read, for the sake of the others. */
static int begin(struct pop3_session *s, const struct fct_sink **io_sink, struct fct_error *err)
{
    struct fct_error why = {0};
    if ((*io_sink)->message_begin((*io_sink)->ctx, FCT_OCTETS_UNKNOWN, &why) == 0)
        return 0;
    if (why.code == FCT_E_TOO_LARGE) {
        *io_sink = NULL;
        return 0;
    }
    if (err)
        *err = why;
    return pop3_break(s, err);
}

static int take_message(struct pop3_session *s, struct transfer *t, uint64_t number, struct fct_error *err)
{
    const struct fct_sink *sink = t->sink;
    const struct pop3_entry *e = pop3_find(s, number);
    s->coming = number;
    if (pop3_read_status(s, err) < 0)
        return -1;
    if (s->status.kind != POP3_OK) {
        t->n_refused++;
        s->coming = 0;
        return 0;
    }
    if (begin(s, &sink, err) < 0 || take_body(s, sink, err) < 0)
        return -1;
    const struct fct_message m = {
        .size = sizeof(m),
        .uid = number,
        .octets = e ? e->size : 0,
        .remote_id = pop3_uidl(s, e),
        .is_partial = t->is_header,
    };
    t->n_given++;
    s->coming = 0;
    if (sink && sink->message_end(sink->ctx, &m, err) < 0)
        return pop3_break(s, err);
    return 0;
}

/* ---- many ----------------------------------------------------------------------------------------------- */

/* Sends what may be sent before the next answer is waited for. In halves, so that commands go out together. */
static int ask(struct pop3_session *s, struct transfer *t, struct fct_error *err)
{
    uint64_t number;
    size_t before = t->in_flight;
    if (t->in_flight > t->most / 2)
        return 0;
    for (; t->in_flight < t->most && next_number(&t->asked, &number); t->in_flight++)
        if (pop3_send(s, err, t->command, (unsigned long long)number) < 0)
            return -1;
    s->round_trips += before == 0 && t->in_flight > 0;
    return 0;
}

static int transfer(struct pop3_session *s, struct transfer *t, const struct fct_uid_range *ranges, size_t n,
                    struct fct_error *err)
{
    struct numbers answered = {.ranges = ranges, .n = n};
    uint64_t number;
    if (pop3_check(s, err) < 0)
        return -1;
    t->asked = answered;
    /* A server that does not offer PIPELINING may lose what comes before it has answered. */
    t->most = pop3_has(s, POP3_CAP_PIPELINING) ? POP3_IN_FLIGHT : 1;
    for (;;) {
        if (ask(s, t, err) < 0)
            return -1;
        if (t->in_flight == 0 || !next_number(&answered, &number))
            return 0;
        if (take_message(s, t, number, err) < 0)
            return -1;
        t->in_flight--;
    }
}

int pop3_fetch(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
               struct fct_error *err)
{
    struct transfer t = {.command = "RETR %llu", .sink = sink};
    return transfer(session, &t, ranges, n, err);
}

int pop3_fetch_headers(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                       struct fct_error *err)
{
    struct pop3_session *s = session;
    struct transfer t = {.command = "TOP %llu 0", .sink = sink, .is_header = true};
    if (!s->no_top && transfer(s, &t, ranges, n, err) < 0)
        return -1;
    s->no_top |= t.n_refused > 0 && t.n_given == 0;
    if (s->no_top)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s: the server does not give headers alone (TOP)",
                        s->ep.host);
    return 0;
}
