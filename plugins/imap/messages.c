/* messages.c - which messages the selected mailbox holds, and what is known of each. */
#include "session.h"

#include <string.h>

struct listing {
    struct fct_uid_range range;
    bool details;
    /* With details a message is held back until the next response: some servers tell them in several FETCH. */
    struct imap_fetch held;
};

static void listing_done(struct listing *l)
{
    imap_fetch_done(&l->held);
}

static int deliver(struct imap_session *s, const struct imap_fetch *f, struct fct_error *err)
{
    if (!(f->has & IMAP_HAS_FLAGS))
        return 0;
    struct fct_message m = imap_message_of(f);
    return s->sink->flags(s->sink->ctx, &m, err);
}

static int let_go(struct listing *l, struct imap_session *s, struct fct_error *err)
{
    int rc = deliver(s, &l->held, err);
    l->held.has = 0;
    return rc;
}

static int hold(struct listing *l, struct imap_session *s, struct fct_error *err)
{
    if (l->held.has && l->held.uid == s->fetch.uid) {
        imap_fetch_merge(&l->held, &s->fetch);
        return 0;
    }
    int rc = let_go(l, s, err);
    struct imap_fetch empty = l->held; /* its buffers are used again */
    l->held = s->fetch;
    s->fetch = empty;
    return rc;
}

static int on_listed(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct listing *l = ctx;
    if (r->kind != IMAP_NUMBERED || strcmp(r->name, "FETCH") != 0)
        return let_go(l, s, err); /* before it is told that the message is gone */
    if (imap_parse_fetch(&s->in, NULL, &s->fetch, err) < 0)
        return -1;
    if (!(s->fetch.has & IMAP_HAS_UID)) {
        if (s->fetch.has & IMAP_HAS_FLAGS)
            imap_note_stale(s, r->number);
        return 1;
    }
    /* "9:*" also gives the last message, when that is number 8 (RFC 9051 section 6.4.9). */
    if (s->fetch.uid < l->range.first || s->fetch.uid > l->range.last)
        return 1;
    return (l->details ? hold(l, s, err) : deliver(s, &s->fetch, err)) < 0 ? -1 : 1;
}

static void put_uid_range(struct imap_session *s, struct fct_uid_range range)
{
    if (range.last >= UINT32_MAX)
        imap_put_text(s, " %llu:*", (unsigned long long)range.first);
    else
        imap_put_text(s, " %llu:%llu", (unsigned long long)range.first, (unsigned long long)range.last);
}

static void put_items(struct imap_session *s, bool details)
{
    imap_put_text(s, " (UID FLAGS%s", imap_tells_modseq(s) ? " MODSEQ" : "");
    if (details) {
        imap_put_text(s, " INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)]");
        imap_put_email_id(s);
    }
    imap_put_text(s, ")");
}

static int run_listing(struct imap_session *s, struct listing *l, uint64_t since_modseq, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    imap_put(s, &c, "UID FETCH");
    put_uid_range(s, l->range);
    put_items(s, l->details);
    if (since_modseq && imap_tells_modseq(s))
        imap_put_text(s, " (CHANGEDSINCE %llu%s)", (unsigned long long)since_modseq,
                      s->enabled & IMAP_CAP_QRESYNC ? " VANISHED" : "");
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (let_go(l, s, err) < 0)
        return imap_break(s, err);
    return c.condition == IMAP_OK ? 0 : imap_fail_answer(s, &c, err);
}

int imap_list_messages(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                       const struct fct_sink *sink, struct fct_error *err)
{
    struct imap_session *s = session;
    range.first = range.first > 0 ? range.first : 1;
    SCOPED(listing_done) struct listing l = {.range = range, .details = want_details};
    if (imap_begin(s, sink, on_listed, &l, err) < 0)
        return -1;
    if (!s->selected)
        return imap_end(s, fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected"), err);
    if (range.first > range.last || range.first > UINT32_MAX || s->exists == 0)
        return imap_end(s, 0, err);
    return imap_end(s, imap_as_refusal(s, run_listing(s, &l, since_modseq, err), err), err);
}
