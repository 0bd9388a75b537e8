/* messages.c - which messages the selected mailbox holds, and what is known of each. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct fct_uid_range range;
    bool details;
    /* With details: what the sink was told. Ascending as the server does it, so that a mailbox takes a few ranges. */
    struct fct_uid_range *told;
    size_t n_told, told_cap;
    /* With details a message is held back until the next response: some servers tell them in several FETCH. */
    struct imap_fetch held;
};

static void listing_done(struct listing *l)
{
    imap_fetch_done(&l->held);
    free(l->told);
}

static void note_told(struct listing *l, uint32_t uid)
{
    struct fct_uid_range *last = l->n_told > 0 ? &l->told[l->n_told - 1] : NULL;
    if (last && uid == last->last + 1) {
        last->last = uid;
    } else if (!last || uid > last->last) { /* out of order: it may be told twice */
        if (l->n_told == l->told_cap) {
            l->told_cap = l->told_cap ? l->told_cap * 2 : 64;
            l->told = wire_realloc_array(l->told, l->told_cap, sizeof(*l->told));
        }
        l->told[l->n_told++] = (struct fct_uid_range){uid, uid};
    }
}

static bool was_told(const struct listing *l, uint32_t uid)
{
    size_t low = 0, high = l->n_told;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->told[mid].last < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < l->n_told && l->told[low].first <= uid;
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
    if (l->held.has & IMAP_HAS_FLAGS && l->held.has & IMAP_HAS_DATE)
        note_told(l, l->held.uid);
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
    if (!l->details)
        return !was_told(l, s->fetch.uid) && deliver(s, &s->fetch, err) < 0 ? -1 : 1;
    return hold(l, s, err) < 0 ? -1 : 1;
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

static int run_listing(struct imap_session *s, struct listing *l, uint64_t since_modseq, bool *out_refused,
                       struct fct_error *err)
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
    if (c.condition == IMAP_OK)
        return 0;
    imap_fail_answer(s, &c, err);
    *out_refused = !err || err->retry != FCT_RETRY_LATER || s->quirks & IMAP_QUIRK_UNAVAILABLE_IS_ONE;
    return -1;
}

/* One message whose header the server cannot read must not cost the list, which has to be complete: what it lacks is
 * believed to be gone. */
static int list_range(struct imap_session *s, struct listing *l, uint64_t since_modseq, struct fct_error *err)
{
    bool refused = false;
    if (run_listing(s, l, since_modseq, &refused, err) == 0)
        return 0;
    if (!l->details || !refused)
        return -1;
    fct_log(s->acc, FCT_LOG_WARN,
            "the server cannot tell Message-ID and size of every message: they are listed without");
    l->details = false;
    return run_listing(s, l, since_modseq, &refused, err);
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
    return imap_end(s, imap_as_refusal(s, list_range(s, &l, since_modseq, err), err), err);
}
