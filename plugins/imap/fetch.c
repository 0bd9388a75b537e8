/* fetch.c - whole messages, or their headers, streamed from the wire into the sink.
 *
 * The UIDs asked for are cut into windows, several of which are in flight, so that the server never waits for us and a
 * stopped sync loses little. Sparse ranges make the windows wider.
 */
#include "session.h"

#include "uidset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOWS 8                  /* Dovecot works at four commands at once, and shall find more when these are done */
#define WINDOW_UIDS 128u           /* UIDs in a window */
#define WINDOW_UIDS_MAX (1u << 20) /* where most of them do not exist */
#define ALONE_MAX 1000u            /* messages of one window that are asked for again after a refusal */
#define PIECE_MAX 300u             /* of these, in one command: their UIDs fill less than IMAP_SET_MAX */
#define REFUSED_MAX 20u /* messages refused one after the other, and none given: does it refuse all of them? */
#define REFUSED_OF_SOME_MAX 1000u /* the same, of a server that gives others */
#define PROBES 3                  /* messages far from those that were refused, that tell */

struct window {
    struct imap_command c;
    struct fct_uid_range ranges[WINDOW_UIDS];
    size_t n_ranges; /* 0: the window is not open */
    uint64_t asked;
    uint32_t got[ALONE_MAX]; /* UIDs that came */
    size_t n_got;
};

struct fetching {
    const struct fct_uid_range *ranges;
    size_t n, at;
    uint64_t next;  /* the first UID of ranges[at] that was not asked for; 0: none was */
    uint32_t width; /* of the next window */
    struct window *windows;
    struct imap_session *s;
    bool headers;              /* only these */
    unsigned refused;          /* messages, since the last that came */
    bool gives;                /* some came */
    bool drops;                /* the message that comes now */
    const struct window *asks; /* which UIDs there are in this window; they come into `there` */
    uint32_t there[ALONE_MAX];
    size_t n_there;
};

/* ---- what comes ----------------------------------------------------------------------------------------- */

/* The window in which a message was asked for. Answers to several commands may be mixed (Dovecot does it), so the UID
 * decides. NULL: in none; "9:*" also gives the last message, when that is number 8 (RFC 9051 section 6.4.9). */
static struct window *find_window(const struct fetching *f, uint32_t uid)
{
    for (size_t i = 0; i < WINDOWS; i++)
        for (size_t k = 0; k < f->windows[i].n_ranges; k++)
            if (uid >= f->windows[i].ranges[k].first && uid <= f->windows[i].ranges[k].last)
                return &f->windows[i];
    return NULL;
}

static int body_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct fetching *f = ctx;
    const struct fct_sink *sink = f->s->sink;
    struct fct_error refused = {0};
    f->s->coming_uid = f->s->fetch.has & IMAP_HAS_UID ? f->s->fetch.uid : 0;
    f->drops = f->s->coming_uid && !find_window(f, f->s->coming_uid);
    if (f->drops || sink->message_begin(sink->ctx, octets, &refused) == 0)
        return 0;
    if (refused.code == FCT_E_TOO_LARGE) { /* one message must not keep the others out */
        fct_log(f->s->acc, FCT_LOG_WARN, "a message is left out: %s", refused.message);
        f->drops = true;
        return 0;
    }
    if (err)
        *err = refused;
    return -1;
}

static int body_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    const struct fetching *f = ctx;
    return f->drops ? 0 : f->s->sink->message_data(f->s->sink->ctx, part, err);
}

static void count_message(struct window *w, uint32_t uid)
{
    if (w->n_got < ALONE_MAX)
        w->got[w->n_got++] = uid;
}

static int on_fetched(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct fetching *f = ctx;
    const struct imap_body_sink body = {f, body_begin, body_data, f->headers};
    if (r->kind != IMAP_NUMBERED || strcmp(r->name, "FETCH") != 0)
        return 0;
    if (imap_parse_fetch(&s->in, &body, &s->fetch, err) < 0)
        return -1;
    unsigned has = s->fetch.has;
    s->coming_uid = 0;
    if (!(has & IMAP_HAS_UID)) { /* a body of nobody knows which message is left out */
        if (has & IMAP_HAS_FLAGS)
            imap_note_stale(s, r->number);
        return 1;
    }
    struct fct_message m = imap_message_of(&s->fetch);
    m.is_partial = f->headers;
    struct window *w = find_window(f, s->fetch.uid);
    if (has & IMAP_HAS_BODY) {
        f->refused = 0;
        f->gives = true;
        if (w)
            count_message(w, s->fetch.uid);
        if (!w || f->drops)
            return 1; /* what was begun and is not ended is forgotten */
        return s->sink->message_end(s->sink->ctx, &m, err) < 0 ? -1 : 1;
    }
    if (w && w == f->asks && f->n_there < ALONE_MAX) /* the windows behind it bring their messages meanwhile */
        f->there[f->n_there++] = s->fetch.uid;
    if (has & IMAP_HAS_FLAGS)
        return s->sink->flags(s->sink->ctx, &m, err) < 0 ? -1 : 1;
    return 1;
}

/* ---- what is asked for ---------------------------------------------------------------------------------- */

/* Puts the next UIDs into a window. An open range ("9:*") ends in a window of its own, so that it is asked for once. */
static void fill_window(struct fetching *f, const struct imap_session *s, struct window *w)
{
    w->n_ranges = w->n_got = 0;
    w->asked = 0;
    while (f->at < f->n && w->asked < f->width && w->n_ranges < WINDOW_UIDS) {
        struct fct_uid_range r = f->ranges[f->at];
        r.first = f->next ? f->next : r.first ? r.first : 1;
        bool open = r.last >= UINT32_MAX;
        if (r.first > r.last || r.first > UINT32_MAX) {
            f->at++;
            f->next = 0;
            continue;
        }
        uint64_t room = f->width - w->asked;
        if (open && r.first + room > s->uidnext) {
            w->ranges[w->n_ranges++] = (struct fct_uid_range){r.first, UINT64_MAX};
            w->asked += room;
            f->at++;
            f->next = 0;
            continue;
        }
        if (r.last - r.first >= room)
            r.last = r.first + room - 1;
        w->ranges[w->n_ranges++] = r;
        w->asked += r.last - r.first + 1;
        f->next = r.last + 1;
    }
    w->n_ranges = imap_uidset_tidy(w->ranges, w->n_ranges);
}

static void put_items(struct imap_session *s, bool headers)
{
    imap_put_text(s, " (UID FLAGS INTERNALDATE%s", imap_tells_modseq(s) ? " MODSEQ" : "");
    imap_put_email_id(s);
    imap_put_text(s, headers ? " RFC822.SIZE BODY.PEEK[HEADER])" : " BODY.PEEK[])");
}

static int send_window(struct imap_session *s, const struct fetching *f, struct window *w, struct fct_error *err)
{
    size_t from = 0;
    imap_put(s, &w->c, "UID FETCH");
    wire_buffer_add_char(&s->out, ' ');
    imap_uidset_add(&s->out, w->ranges, w->n_ranges, &from, IMAP_SET_MAX);
    put_items(s, f->headers);
    return imap_send(s, &w->c, err);
}

static bool has_come(const struct window *w, uint64_t uid)
{
    for (size_t i = 0; i < w->n_got; i++)
        if (w->got[i] == uid)
            return true;
    return false;
}

/* What of these UIDs has not come, in their order; returns how many. */
static size_t keep_missing(const struct window *w, uint32_t *uids, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!has_come(w, uids[i]))
            uids[kept++] = uids[i];
    return kept;
}

static void put_uids(struct imap_session *s, const uint32_t *uids, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && uids[end] == uids[end - 1] + 1)
            end++;
        imap_put_text(s, "%c%u", i > 0 ? ',' : ' ', uids[i]);
        if (end - i > 1)
            imap_put_text(s, ":%u", uids[end - 1]);
        i = end;
    }
}

/* Many in a row may be a range that is damaged there: whether others of the window come. 0, f->gives tells. */
static int try_others(struct imap_session *s, struct fetching *f, struct fct_error *err)
{
    for (size_t i = 0; i < PROBES && !f->gives && f->n_there > 0; i++) {
        SCOPED(imap_command_done) struct imap_command c = {0};
        imap_put(s, &c, "UID FETCH");
        put_uids(s, &f->there[f->n_there - 1 - i * f->n_there / 4], 1);
        put_items(s, f->headers);
        if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
            return -1;
    }
    return 0;
}

/* A refusal of one message: it is left out, unless the server refuses everything. */
static int leave_out(struct imap_session *s, struct fetching *f, const struct imap_command *c, uint32_t uid,
                     const struct fct_error *why, struct fct_error *err)
{
    fct_log(s->acc, FCT_LOG_WARN, "the server does not give message UID %u: %s", uid, wire_buffer_str(&c->text));
    if (++f->refused == REFUSED_MAX && !f->gives && try_others(s, f, err) < 0)
        return -1;
    if (f->refused < (f->gives ? REFUSED_OF_SOME_MAX : REFUSED_MAX))
        return 0;
    if (err)
        *err = *why;
    return -1;
}

/* A refusal that will be over in a while is about the server, not about a message. */
static bool is_for_later(const struct imap_session *s, const struct imap_command *c, const struct fct_error *why)
{
    bool is_one = s->quirks & IMAP_QUIRK_UNAVAILABLE_IS_ONE && strcmp(c->code, "UNAVAILABLE") == 0;
    return why->retry == FCT_RETRY_LATER && !is_one;
}

static int fetch_halves(struct imap_session *s, struct fetching *f, const struct window *w, uint32_t *uids, size_t n,
                        struct fct_error *err);

/* Asks for these messages, which ascend; if the server refuses, for one half of what did not come, then the other. */
static int fetch_pieces(struct imap_session *s, struct fetching *f, const struct window *w, uint32_t *uids, size_t n,
                        struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    struct fct_error why = {0};
    if (n > PIECE_MAX)
        return fetch_halves(s, f, w, uids, n, err);
    imap_put(s, &c, "UID FETCH");
    put_uids(s, uids, n);
    put_items(s, f->headers);
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (c.condition == IMAP_OK)
        return 0;
    imap_fail_answer(s, &c, &why);
    if (is_for_later(s, &c, &why)) {
        if (err)
            *err = why;
        return -1;
    }
    return n > 1 ? fetch_halves(s, f, w, uids, n, err) : leave_out(s, f, &c, uids[0], &why, err);
}

static int fetch_halves(struct imap_session *s, struct fetching *f, const struct window *w, uint32_t *uids, size_t n,
                        struct fct_error *err)
{
    n = keep_missing(w, uids, n);
    size_t half = (n + 1) / 2;
    if (half > 0 && fetch_pieces(s, f, w, uids, half, err) < 0)
        return -1;
    return n > half ? fetch_pieces(s, f, w, uids + half, n - half, err) : 0;
}

/* Of a window that is open, or mostly empty, nobody knows what it holds until the server says so. */
static int ask_those_there(struct imap_session *s, struct fetching *f, const struct window *w, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    size_t from = 0;
    imap_put(s, &c, "UID FETCH");
    wire_buffer_add_char(&s->out, ' ');
    imap_uidset_add(&s->out, w->ranges, w->n_ranges, &from, IMAP_SET_MAX);
    imap_put_text(s, " (UID)");
    f->asks = w;
    f->n_there = 0;
    int rc = imap_run(s, &c, err);
    f->asks = NULL;
    return rc;
}

/* The server said NO or BAD in the midst of a window: one message that it cannot give must not cost the others. */
static int fetch_in_pieces(struct imap_session *s, struct fetching *f, const struct window *w, struct fct_error *err)
{
    f->n_there = 0;
    if (w->asked > WINDOW_UIDS || w->ranges[w->n_ranges - 1].last > UINT32_MAX) {
        if (ask_those_there(s, f, w, err) < 0)
            return -1;
    } else {
        for (size_t i = 0; i < w->n_ranges; i++)
            for (uint64_t uid = w->ranges[i].first; uid <= w->ranges[i].last; uid++)
                f->there[f->n_there++] = (uint32_t)uid;
    }
    return fetch_halves(s, f, w, f->there, f->n_there, err);
}

static int finish_refused(struct imap_session *s, struct fetching *f, struct window *w, struct fct_error *err)
{
    struct fct_error why = {0};
    imap_fail_answer(s, &w->c, &why);
    int rc = 0;
    if (is_for_later(s, &w->c, &why))
        rc = -1;
    else if (w->asked == 1)
        rc = leave_out(s, f, &w->c, (uint32_t)w->ranges[0].first, &why, NULL);
    else if (fetch_in_pieces(s, f, w, err) < 0)
        return -1;
    /* BAD to everything: it is the command that the server does not understand. */
    if (rc == 0 && (w->c.condition != IMAP_BAD || w->n_got > 0))
        return 0;
    if (err)
        *err = why;
    return -1;
}

static int finish_window(struct imap_session *s, struct fetching *f, struct window *w, struct fct_error *err)
{
    if (imap_wait_answer(s, &w->c, err) < 0)
        return -1;
    if (w->c.condition != IMAP_OK)
        return finish_refused(s, f, w, err);
    if (w->n_got < w->asked / 4 && w->n_got < WINDOW_UIDS / 4)
        f->width = f->width < WINDOW_UIDS_MAX ? f->width * 2 : WINDOW_UIDS_MAX;
    else
        f->width = WINDOW_UIDS;
    return 0;
}

/* Where the conversation broke between two messages: whose turn it was. Servers answer in the order of the UIDs; where
 * one of them does not exist, the one behind it is meant (stats, in facteur/plugin.h). No message is to blame where the
 * server asks for patience. */
static void note_suspect(struct imap_session *s, const struct window *w)
{
    uint64_t last = 0;
    int64_t ignored;
    if (s->said_bye && imap_is_for_now(wire_buffer_bytes(&s->bye), false, &ignored))
        return;
    for (size_t i = 0; i < w->n_got; i++)
        last = w->got[i] > last ? w->got[i] : last;
    for (size_t i = 0; i < w->n_ranges && s->coming_uid == 0; i++)
        if (w->ranges[i].last > last)
            s->coming_uid = (uint32_t)(w->ranges[i].first > last ? w->ranges[i].first : last + 1);
}

static int run_fetch(struct imap_session *s, struct fetching *f, struct fct_error *err)
{
    size_t sent = 0, finished = 0;
    int rc = 0;
    do {
        while (rc == 0 && sent - finished < WINDOWS) {
            struct window *w = &f->windows[sent % WINDOWS];
            fill_window(f, s, w);
            if (w->n_ranges == 0)
                break;
            sent++;
            rc = send_window(s, f, w, err);
        }
        if (finished < sent) {
            struct window *w = &f->windows[finished++ % WINDOWS];
            if (rc == 0 && (rc = finish_window(s, f, w, err)) < 0 && s->broken)
                note_suspect(s, w);
            else if (rc < 0 && !s->broken) /* the commands behind a refused one are answered, too */
                imap_wait_answer(s, &w->c, NULL);
            imap_command_done(&w->c);
            w->n_ranges = 0;
        }
    } while (finished < sent);
    return rc;
}

static void free_fetching(struct fetching **f)
{
    free((*f)->windows);
    free(*f);
}

static int fetch(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, bool headers,
                 const struct fct_sink *sink, struct fct_error *err)
{
    SCOPED(free_fetching) struct fetching *f = wire_alloc(sizeof(*f)); /* too large for a fiber's stack */
    *f = (struct fetching){.ranges = ranges, .n = n, .width = WINDOW_UIDS, .s = s, .headers = headers};
    f->windows = wire_alloc(WINDOWS * sizeof(*f->windows));
    if (imap_begin(s, sink, on_fetched, f, err) < 0)
        return -1;
    if (!s->selected)
        return imap_end(s, fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected"), err);
    return imap_end(s, imap_as_refusal(s, run_fetch(s, f, err), err), err);
}

int imap_fetch(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
               struct fct_error *err)
{
    return fetch(session, ranges, n, false, sink, err);
}

int imap_fetch_headers(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                       struct fct_error *err)
{
    return fetch(session, ranges, n, true, sink, err);
}
