/* send.c - one transaction: MAIL, RCPT for each recipient, then the message (body.c). RFC 5321 section 3.3. */
#include "session.h"

#include "path.h"

#include <stdio.h>
#include <string.h>

#define GROUP_MAX \
    100 /* commands whose answers are outstanding (RFC 2920 section 3.1: neither side's window may fill) */

struct transaction {
    struct smtp_session *s;
    const struct fct_envelope *e;
    const struct fct_outgoing *o;
    size_t n_accepted, n_later;
    struct fct_error refusal; /* of one of those that were not accepted */
    bool has_data;            /* DATA went out with the recipients: its answer is the next */
};

/* ---- what this server cannot take --------------------------------------------------------------------------- */

static int check_size(const struct smtp_session *s, const struct fct_envelope *e, struct fct_error *err)
{
    if (s->offer.size_max == 0 || e->octets <= s->offer.size_max)
        return 0;
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                    "%s: the message has %llu bytes, and the server takes at most %llu", s->ep.host,
                    (unsigned long long)e->octets, (unsigned long long)s->offer.size_max);
}

static int check_contents(const struct smtp_session *s, const struct fct_envelope *e, struct fct_error *err)
{
    if (e->flags & FCT_ENVELOPE_UTF8_HEADERS && !(s->offer.extensions & SMTP_EXT_SMTPUTF8))
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER,
                        "%s: the header is not in ASCII, and the server does not take that (SMTPUTF8)", s->ep.host);
    if (e->flags & FCT_ENVELOPE_8BIT && !(s->offer.extensions & SMTP_EXT_8BITMIME))
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER,
                        "%s: the message is not in ASCII, and the server does not take that (8BITMIME)", s->ep.host);
    return 0;
}

static int check_sender(const struct smtp_session *s, const struct fct_envelope *e, struct fct_error *err)
{
    if (e->sender.n == 0)
        return 0;
    if (!smtp_path_is_good(e->sender))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the sender's address cannot be said to a server");
    if (smtp_has_8bit(e->sender) && !(s->offer.extensions & SMTP_EXT_SMTPUTF8))
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER,
                        "%s: the sender's address is not in ASCII, and the server does not take that (SMTPUTF8)",
                        s->ep.host);
    return 0;
}

static int check_envelope(const struct smtp_session *s, const struct fct_envelope *e, struct fct_error *err)
{
    if (e->n_recipients == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the message has no recipient");
    if (!smtp_is_envid(e->envid))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                        "the envelope's id is longer than 100 characters as it is sent, or not in ASCII");
    return check_size(s, e, err) < 0 || check_contents(s, e, err) < 0 ? -1 : check_sender(s, e, err);
}

/* Why a recipient cannot be named to this server; NULL: it can. */
static const char *unspeakable(const struct smtp_session *s, const struct fct_recipient *r)
{
    if (!smtp_path_is_good(r->address))
        return "553 5.1.3 this is no address";
    if (smtp_has_8bit(r->address) && !(s->offer.extensions & SMTP_EXT_SMTPUTF8))
        return "553 5.6.7 the address is not in ASCII, and the server does not take that (SMTPUTF8)";
    return smtp_is_orcpt(r->orcpt) ? NULL
                                   : "553 5.5.4 the original recipient is longer than 500 characters, or not in ASCII";
}

/* ---- the commands ------------------------------------------------------------------------------------------- */

static bool needs_utf8(const struct transaction *t)
{
    bool needs = t->e->flags & FCT_ENVELOPE_UTF8_HEADERS || smtp_has_8bit(t->e->sender);
    for (size_t i = 0; i < t->e->n_recipients && !needs; i++)
        needs = smtp_has_8bit(t->e->recipients[i].address);
    return needs && t->s->offer.extensions & SMTP_EXT_SMTPUTF8;
}

static void put_mail(struct transaction *t)
{
    struct smtp_session *s = t->s;
    const struct fct_envelope *e = t->e;
    SCOPED(wire_buffer_done) struct wire_buffer line = {0};
    wire_buffer_add_str(&line, "MAIL FROM:<");
    wire_buffer_add(&line, e->sender.p, e->sender.n);
    wire_buffer_add_char(&line, '>');
    if (s->offer.extensions & SMTP_EXT_SIZE)
        wire_buffer_addf(&line, " SIZE=%llu", (unsigned long long)e->octets);
    if (e->flags & (FCT_ENVELOPE_8BIT | FCT_ENVELOPE_UTF8_HEADERS) && s->offer.extensions & SMTP_EXT_8BITMIME)
        wire_buffer_add_str(&line, " BODY=8BITMIME");
    if (needs_utf8(t))
        wire_buffer_add_str(&line, " SMTPUTF8");
    if (s->offer.extensions & SMTP_EXT_DSN) {
        if (e->flags & (FCT_ENVELOPE_RET_FULL | FCT_ENVELOPE_RET_HDRS))
            wire_buffer_addf(&line, " RET=%s", e->flags & FCT_ENVELOPE_RET_FULL ? "FULL" : "HDRS");
        if (e->envid.n > 0) {
            wire_buffer_add_str(&line, " ENVID=");
            smtp_add_xtext(e->envid, &line);
        }
    }
    smtp_put(s, "%s", wire_buffer_str(&line));
}

static void put_notify(uint32_t notify, struct wire_buffer *line)
{
    static const char *const names[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
    const char *between = " NOTIFY=";
    if (notify & FCT_NOTIFY_NEVER) /* excludes the others (RFC 3461 section 4.1) */
        notify = FCT_NOTIFY_NEVER;
    for (size_t i = 0; i < 4; i++) {
        if (!(notify & 1u << i))
            continue;
        wire_buffer_add_str(line, between);
        wire_buffer_add_str(line, names[i]);
        between = ",";
    }
}

static void put_recipient(struct transaction *t, const struct fct_recipient *r)
{
    SCOPED(wire_buffer_done) struct wire_buffer line = {0};
    wire_buffer_add_str(&line, "RCPT TO:<");
    wire_buffer_add(&line, r->address.p, r->address.n);
    wire_buffer_add_char(&line, '>');
    if (t->s->offer.extensions & SMTP_EXT_DSN) {
        put_notify(r->notify, &line);
        if (r->orcpt.n > 0) {
            wire_buffer_add_str(&line, " ORCPT=");
            smtp_add_orcpt(r->orcpt, t->s->offer.extensions & SMTP_EXT_SMTPUTF8, &line);
        }
    }
    smtp_put(t->s, "%s", wire_buffer_str(&line));
}

/* ---- their answers ------------------------------------------------------------------------------------------ */

static int tell(struct transaction *t, size_t i, uint32_t outcome, struct fct_bytes reply, struct fct_error *err)
{
    t->n_accepted += outcome == FCT_OUTCOME_ACCEPTED;
    t->n_later += outcome == FCT_OUTCOME_LATER;
    return t->o->recipient(t->o->ctx, i, outcome, reply, err);
}

static int tell_unspeakable(struct transaction *t, size_t i, const char *why, struct fct_error *err)
{
    fct_fail(&t->refusal, FCT_E_INVALID, FCT_RETRY_NEVER, "a recipient's address cannot be said to the server");
    return tell(t, i, FCT_OUTCOME_REFUSED, (struct fct_bytes){why, strlen(why)}, err);
}

/* 552 to RCPT means too many of them, and is to be taken as 452 (RFC 5321 section 4.5.3.1.10), unless an enhanced code
 * says something else: 2.2 is a full mailbox. 5.3 is too many, whatever stands before it (RFC 3463 section 3.6). */
static bool are_too_many(const struct smtp_reply *r)
{
    return r->detail[0] ? r->detail[1] == 5 && r->detail[2] == 3 : r->code == 552;
}

static int take_recipient(struct transaction *t, size_t i, struct fct_error *err)
{
    struct smtp_session *s = t->s;
    if (smtp_read_reply(s, 0, err) < 0)
        return -1;
    int class = s->reply.code / 100;
    if (class == 2)
        return tell(t, i, FCT_OUTCOME_ACCEPTED, smtp_reply_words(s), err);
    smtp_fail_reply(s, "a recipient", &t->refusal);
    if (s->is_broken) {
        if (err)
            *err = t->refusal;
        return -1;
    }
    bool is_temporary = class == 4 || (t->n_accepted > 0 && are_too_many(&s->reply));
    /* Whoever wants us to sign in has nothing against the recipient (RFC 4954 section 6). */
    is_temporary = is_temporary || t->refusal.code == FCT_E_AUTH;
    return tell(t, i, is_temporary ? FCT_OUTCOME_LATER : FCT_OUTCOME_REFUSED, smtp_reply_words(s), err);
}

/* A server that does not go back (RFC 5321 section 4.1.1.5: it must) has nothing against the next message. */
static int take_reset(struct smtp_session *s, struct fct_error *err)
{
    struct fct_error why = {0};
    if (smtp_read_reply(s, 0, err) < 0)
        return -1;
    s->needs_reset = s->reply.code / 100 != 2;
    if (!s->needs_reset)
        return 0;
    fct_fail(&why, FCT_E_NETWORK, FCT_RETRY_NOW, "%s: the server does not take back what was said", s->ep.host);
    fct_host->error_server(&why, smtp_reply_words(s));
    if (err)
        *err = why;
    return smtp_break(s, &why);
}

static int take_mail(struct transaction *t, bool with_reset, struct fct_error *err)
{
    struct smtp_session *s = t->s;
    if (with_reset && take_reset(s, err) < 0)
        return -1;
    if (smtp_read_reply(s, 0, err) < 0)
        return -1;
    if (s->reply.code / 100 != 2)
        return smtp_fail_reply(s, "the sender", err);
    s->needs_reset = true;
    return 0;
}

/* The answers to the recipients of a group are waited for in any case: the next command's must not be taken for them.
 */
static int take_group(struct transaction *t, size_t from, size_t to, bool mail_failed, struct fct_error *err)
{
    for (size_t i = from; i < to; i++) {
        if (unspeakable(t->s, &t->e->recipients[i]))
            continue;
        if (mail_failed ? smtp_read_reply(t->s, 0, err) < 0 : take_recipient(t, i, err) < 0)
            return -1;
    }
    return 0;
}

/* DATA may end a group (RFC 2920 section 3.1); BDAT, which brings the message along, waits for the recipients' answers.
 */
static bool may_ask_at_once(const struct smtp_session *s)
{
    return s->offer.extensions & SMTP_EXT_PIPELINING && !(s->offer.extensions & SMTP_EXT_CHUNKING);
}

/* Nobody takes the message, and DATA was said already. Who says "go on" all the same would take whatever comes, and be
 * it a dot. */
static int take_vain_answer(struct transaction *t)
{
    struct smtp_session *s = t->s;
    if (!t->has_data || s->is_broken)
        return 0;
    t->has_data = false;
    if (smtp_read_reply(s, 0, NULL) < 0 || s->reply.code / 100 >= 4)
        return 0;
    smtp_break(s, NULL);
    s->why_broken.retry = FCT_RETRY_NOW; /* the next message need not wait */
    return 0;
}

static int name_recipients(struct transaction *t, struct fct_error *err)
{
    struct smtp_session *s = t->s;
    bool is_pipelined = s->offer.extensions & SMTP_EXT_PIPELINING, with_reset = s->needs_reset;
    size_t from = 0, n = t->e->n_recipients;
    if (with_reset)
        smtp_put(s, "RSET");
    if (with_reset && !is_pipelined) { /* by itself */
        if (smtp_write(s, err) < 0 || take_reset(s, err) < 0)
            return -1;
        with_reset = false;
    }
    put_mail(t);
    for (bool is_first = true; is_first || from < n; is_first = false) {
        size_t most = is_pipelined ? GROUP_MAX : is_first ? 0 : 1;
        size_t to = from + most < n ? from + most : n;
        for (size_t i = from; i < to; i++)
            if (!unspeakable(s, &t->e->recipients[i]))
                put_recipient(t, &t->e->recipients[i]);
        t->has_data = to == n && may_ask_at_once(s);
        if (t->has_data)
            smtp_put(s, "DATA");
        if (s->out.n > 0 && smtp_write(s, err) < 0)
            return -1;
        struct fct_error why = {0};
        bool mail_failed = is_first && take_mail(t, with_reset, &why) < 0;
        if (mail_failed && s->is_broken) {
            if (err)
                *err = why;
            return -1;
        }
        if (take_group(t, from, to, mail_failed, err) < 0)
            return -1;
        if (mail_failed) {
            take_vain_answer(t);
            if (err)
                *err = why;
            return -1;
        }
        from = to;
    }
    return 0;
}

static int tell_of_unspeakable(struct transaction *t, struct fct_error *err)
{
    for (size_t i = 0; i < t->e->n_recipients; i++) {
        const char *why = unspeakable(t->s, &t->e->recipients[i]);
        if (why && tell_unspeakable(t, i, why, err) < 0)
            return -1;
    }
    return 0;
}

static bool somebody_can_be_named(const struct transaction *t)
{
    for (size_t i = 0; i < t->e->n_recipients; i++)
        if (!unspeakable(t->s, &t->e->recipients[i]))
            return true;
    return false;
}

static int fail_nobody(struct transaction *t, struct fct_error *err)
{
    take_vain_answer(t);
    if (t->refusal.code == FCT_E_TOO_LARGE)
        t->refusal.code = FCT_E_SERVER; /* 552 to a recipient: their mailbox is full */
    if (t->n_later > 0)
        t->refusal.retry = FCT_RETRY_LATER;
    if (err)
        *err = t->refusal;
    return -1;
}

/* An error of the core's own leaves the connection in the midst of a transaction, and perhaps of answers. */
static int give_up(struct smtp_session *s, const struct fct_error *err)
{
    bool is_about_message = err->code == FCT_E_SERVER || err->code == FCT_E_TOO_LARGE ||
                            err->code == FCT_E_UNSUPPORTED || err->code == FCT_E_AUTH;
    return is_about_message ? -1 : smtp_break(s, err);
}

int smtp_send(void *session, const struct fct_envelope *e, const struct fct_outgoing *o, struct fct_sent *out,
              struct fct_error *err)
{
    struct smtp_session *s = session;
    struct transaction t = {.s = s, .e = e, .o = o};
    struct fct_error why = {0};
    out->fate = FCT_FATE_NOT_SENT;
    out->reply[0] = '\0';
    if (s->is_broken) {
        if (err)
            *err = s->why_broken;
        return -1;
    }
    int rc = check_envelope(s, e, &why);
    if (rc < 0) {
        if (err)
            *err = why;
        return -1; /* nothing was said: the session goes on */
    }
    rc = tell_of_unspeakable(&t, &why);
    if (rc == 0 && somebody_can_be_named(&t))
        rc = name_recipients(&t, &why);
    if (rc == 0)
        rc = t.n_accepted == 0 ? fail_nobody(&t, &why) : smtp_send_body(s, e, o, t.has_data, out, &why);
    if (rc == 0) {
        s->needs_reset = false;
        s->n_sent++;
        return 0;
    }
    /* What was idle may have been closed by the server meanwhile: a fresh connection is worth a try at once. */
    if (s->is_broken && s->n_sent > 0 && out->fate == FCT_FATE_NOT_SENT && why.code == FCT_E_NETWORK)
        why.retry = FCT_RETRY_NOW;
    if (err)
        *err = why;
    return t.n_accepted == 0 && why.code == FCT_E_INVALID ? -1 : give_up(s, &why);
}
