/* select.c - opening a mailbox. */
#include "session.h"

#include "uidset.h"

#include <stdlib.h>
#include <string.h>

#define GONE_MAX ((size_t)1 << 20) /* ranges that vanished; with more of them the mailbox is compared as a whole */
#define GONE_CHUNK 64

struct opening {
    const struct fct_known *known;
    struct fct_mailbox_status *out;
    struct fct_mailbox_status *early; /* the caller's: it may want to know the UIDVALIDITY before the answer ends */
    bool resync;                      /* QRESYNC was asked for */
    bool may_be_old;                  /* another mailbox was open, and the server has not said that it is closed */
    bool lost;                        /* changes came before it was known which mailbox they are about */
    bool counted;                     /* EXISTS was among the answers */
    /* What vanished: it comes before the changed flags (RFC 7162 section 3.2.5.2), is told with the first of them, or
     * at the end, and only if it can be believed. */
    struct fct_uid_range *gone;
    size_t n_gone, gone_cap;
};

static void opening_done(struct opening *o)
{
    free(o->gone);
}

static void take_number(const struct imap_response *r, uint64_t max, uint64_t *out)
{
    uint64_t n;
    if (imap_number(r->code_args, max, &n))
        *out = n;
}

static void forget_mailbox(struct imap_session *s)
{
    s->exists = s->uidnext = 0;
    s->exists_changed = s->read_only = s->no_modseq = s->permanent_known = s->expunged = false;
    s->stale_first = s->stale_last = 0;
    s->permanent.any = s->permanent.junk_without_dollar = s->permanent.nonjunk = false;
    imap_flags_clear(&s->permanent.flags);
    s->mailbox_id.n = 0;
}

static int take_open_code(struct opening *o, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct fct_mailbox_status *st = o->out;
    struct imap_parser args;
    uint64_t n = 0;
    imap_parser_init_text(&args, r->code_args);
    if (strcmp(r->code, "UIDVALIDITY") == 0) {
        take_number(r, UINT32_MAX, &n);
        st->uidvalidity = o->early->uidvalidity = (uint32_t)n;
    } else if (strcmp(r->code, "UIDNEXT") == 0) {
        take_number(r, (uint64_t)UINT32_MAX + 1, &st->uidnext);
    } else if (strcmp(r->code, "HIGHESTMODSEQ") == 0) {
        if (imap_has(s, IMAP_CAP_CONDSTORE)) /* otherwise nobody knows what it means */
            take_number(r, UINT64_MAX, &st->modseq);
    } else if (strcmp(r->code, "NOMODSEQ") == 0) {
        st->modseq = 0;
        s->no_modseq = true;
    } else if (strcmp(r->code, "PERMANENTFLAGS") == 0) {
        if (imap_parse_permanent(&args, &s->permanent, err) < 0)
            return -1;
        s->permanent_known = true;
    } else if (strcmp(r->code, "MAILBOXID") == 0) {
        struct fct_bytes id;
        if (imap_expect(&args, IMAP_OPEN, err) < 0 || imap_next_string(&args, &id, err) < 0)
            return -1;
        if (id.n <= IMAP_ID_MAX)
            wire_buffer_set(&s->mailbox_id, id);
    } else if (strcmp(r->code, "CLOSED") == 0) { /* RFC 7162 section 3.2.11: from here on it is the new one */
        o->may_be_old = o->counted = false;
        o->n_gone = 0;
        forget_mailbox(s);
    } else {
        return 0;
    }
    return 1;
}

/* What goes while the mailbox is being opened still counts against EXISTS, which came before. */
static int take_lost(struct opening *o, struct imap_session *s, const struct imap_response *r, struct fct_error *err)
{
    bool earlier = false;
    struct fct_bytes set;
    struct fct_uid_range gone;
    uint64_t n = strcmp(r->name, "EXPUNGE") == 0;
    if (strcmp(r->name, "VANISHED") == 0) {
        if (imap_parse_vanished(&s->in, &earlier, &set, err) < 0)
            return -1;
        while (!earlier && imap_uidset_next(&set, &gone) > 0)
            n += gone.last - gone.first + 1;
    }
    if (o->counted)
        s->exists -= n < s->exists ? n : s->exists;
    o->lost = true;
    return 1;
}

static void note_gone(struct opening *o, struct fct_uid_range r)
{
    if (o->n_gone >= GONE_MAX) {
        o->lost = true;
        return;
    }
    if (o->n_gone == o->gone_cap) {
        o->gone_cap = o->gone_cap ? o->gone_cap * 2 : 64;
        o->gone = wire_realloc_array(o->gone, o->gone_cap, sizeof(*o->gone));
    }
    o->gone[o->n_gone++] = r;
}

static int take_vanished(struct opening *o, struct imap_session *s, struct fct_error *err)
{
    bool earlier;
    struct fct_bytes set;
    struct fct_uid_range r;
    int more;
    if (imap_parse_vanished(&s->in, &earlier, &set, err) < 0)
        return -1;
    while ((more = imap_uidset_next(&set, &r)) > 0) {
        uint64_t n = earlier ? 0 : r.last - r.first + 1;
        s->exists -= n < s->exists ? n : s->exists;
        note_gone(o, r);
    }
    s->expunged = true;
    if (more < 0)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server's answer is no IMAP: VANISHED without a set");
    return 1;
}

/* Whether as many messages can be there as the server counts, when these are gone: some servers forget what they knew
 * and say that nearly everything is. */
static bool is_possible(const struct opening *o, const struct imap_session *s)
{
    uint64_t gone = 0, highest = o->out->uidnext > 0 ? o->out->uidnext - 1 : 0;
    if (highest == 0)
        return true; /* nobody knows */
    for (size_t i = 0; i < o->n_gone && o->gone[i].first <= highest; i++)
        gone += (o->gone[i].last < highest ? o->gone[i].last : highest) - o->gone[i].first + 1;
    return s->exists <= highest - gone;
}

static int tell_gone(struct opening *o, struct imap_session *s, struct fct_error *err)
{
    if (o->n_gone == 0)
        return 0;
    o->n_gone = imap_uidset_tidy(o->gone, o->n_gone);
    if (!is_possible(o, s)) {
        fct_log(s->acc, FCT_LOG_WARN, "the server counts %llu messages and says that more are gone than can be",
                (unsigned long long)s->exists);
        o->n_gone = 0;
        o->lost = true;
        return 0;
    }
    for (size_t at = 0, n; at < o->n_gone; at += n) {
        n = o->n_gone - at < GONE_CHUNK ? o->n_gone - at : GONE_CHUNK;
        if (s->sink->vanished(s->sink->ctx, o->gone + at, n, err) < 0)
            return imap_break(s, err);
    }
    o->n_gone = 0;
    return 0;
}

static int on_open_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct opening *o = ctx;
    if (r->kind == IMAP_STATUS)
        return r->condition == IMAP_OK ? take_open_code(o, s, r, err) : 0;
    if (r->kind == IMAP_DATA && strcmp(r->name, "LIST") == 0)
        return 1; /* RFC 9051 section 6.3.2: what the mailbox is called; no news of NOTIFY's */
    o->counted |= r->kind == IMAP_NUMBERED && strcmp(r->name, "EXISTS") == 0;
    if (strcmp(r->name, "FETCH") != 0 && strcmp(r->name, "VANISHED") != 0 && strcmp(r->name, "EXPUNGE") != 0)
        return 0;
    /* UIDs mean something only under the UIDVALIDITY that we know. */
    bool is_known = o->resync && !o->may_be_old && o->out->uidvalidity == o->known->uidvalidity;
    if (is_known && strcmp(r->name, "FETCH") == 0) /* as many as there are changes: they belong to the answer */
        return tell_gone(o, s, err) < 0 || imap_take_flags(s, r, err) < 0 ? -1 : 1;
    if (is_known && strcmp(r->name, "VANISHED") == 0)
        return take_vanished(o, s, err);
    if (is_known)
        return 0;
    return take_lost(o, s, r, err);
}

static bool can_resync(const struct imap_session *s, const struct fct_known *known)
{
    return s->enabled & IMAP_CAP_QRESYNC && known && known->uidvalidity != 0 && known->modseq != 0;
}

/* An older core gives a shorter struct. */
static bool only_looks(const struct fct_known *known)
{
    return known && known->size >= offsetof(struct fct_known, reserved) && known->read_only;
}

static int run_select(struct imap_session *s, struct fct_bytes wire_name, struct opening *o, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    o->may_be_old = s->selected;
    forget_mailbox(s);
    imap_put(s, &c, only_looks(o->known) ? "EXAMINE" : "SELECT");
    imap_put_mailbox(s, wire_name);
    if (o->resync)
        imap_put_text(s, " (QRESYNC (%u %llu))", o->known->uidvalidity, (unsigned long long)o->known->modseq);
    else if (imap_has(s, IMAP_CAP_CONDSTORE) && !(s->enabled & IMAP_CAP_CONDSTORE))
        imap_put_text(s, " (CONDSTORE)");
    wire_buffer_set(&s->selected_name, wire_name);
    s->selected = true; /* while the answers come; a refusal leaves none selected (RFC 9051 section 6.3.2) */
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (c.condition != IMAP_OK) {
        s->selected = false;
        return imap_as_refusal(s, imap_fail_answer(s, &c, err), err);
    }
    s->read_only = strcmp(c.code, "READ-ONLY") == 0;
    if (imap_has(s, IMAP_CAP_CONDSTORE))
        s->enabled |= IMAP_CAP_CONDSTORE;
    return 0;
}

/* Without these two (RFC 9051 section 6.3.2) a mailbox would look empty, or renumbered: nobody shall believe that. */
static int check_answers(struct imap_session *s, const struct opening *o, struct fct_error *err)
{
    bool forgets_validity = o->out->uidvalidity == 0 && o->known && o->known->uidvalidity != 0;
    if (o->counted && !forgets_validity)
        return 0;
    s->selected = false;
    return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server's answer to SELECT lacks %s", s->ep.host,
                    o->counted ? "UIDVALIDITY" : "the number of messages");
}

int imap_select(void *session, struct fct_bytes wire_name, const struct fct_known *known, const struct fct_sink *sink,
                struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    struct imap_session *s = session;
    struct fct_mailbox_status st = {.size = sizeof(st), .messages = -1, .unseen = -1};
    SCOPED(opening_done) struct opening o = {.known = known, .out = &st, .early = out, .resync = can_resync(s, known)};
    if (imap_check_argument(wire_name, "the mailbox name", err) < 0)
        return -1;
    if (imap_begin(s, sink, on_open_data, &o, err) < 0)
        return -1;
    if (run_select(s, wire_name, &o, err) < 0 || check_answers(s, &o, err) < 0 || tell_gone(&o, s, err) < 0)
        return imap_end(s, -1, err);
    st.messages = (int64_t)s->exists;
    s->exists_changed = false; /* told with the status */
    s->uidnext = st.uidnext;
    st.attrs =
        (s->read_only ? FCT_MB_READ_ONLY : 0) | (s->permanent_known && !s->permanent.any ? FCT_MB_NO_KEYWORDS : 0);
    st.mailbox_id = wire_buffer_bytes(&s->mailbox_id);
    /* A lower HIGHESTMODSEQ is a server that was restored from a backup: what it told is not the whole. */
    *out_caught_up =
        o.resync && !o.lost && !o.may_be_old && st.uidvalidity == known->uidvalidity && st.modseq >= known->modseq;
    *out = st;
    return imap_end(s, 0, err);
}
