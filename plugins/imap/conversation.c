/* conversation.c - commands out, responses in. */
#include "session.h"

#include "mutf7.h"
#include "sasl/sasl.h"
#include "uidset.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define QUOTED_MAX 1000        /* longer strings go as literals: RFC 2683 section 3.2.1.5 */
#define LITERAL_MINUS_MAX 4096 /* RFC 7888 section 5 */
#define VANISHED_CHUNK 64      /* ranges that are handed over together */
#define TEXT_KEPT_MAX 2000     /* of a server's words */
#define IO_TIMEOUT_MS 60000u   /* what an endpoint without a deadline has */
#define BYE_MS 2000            /* what is waited for after a BYE: its reason may follow, the end need not */
#define STALE_MAX 1000         /* messages whose flags are asked for again by sequence number */

/* ---- life of an operation ------------------------------------------------------------------------------- */

int imap_break(struct imap_session *s, const struct fct_error *err)
{
    if (s->broken)
        return -1;
    s->broken = true;
    s->first = s->last = NULL; /* nobody will answer them, and their storage goes away */
    if (err)
        s->why_broken = *err;
    else
        fct_fail(&s->why_broken, FCT_E_NETWORK, FCT_RETRY_NOW, "the conversation has ended");
    return -1;
}

int imap_begin(struct imap_session *s, const struct fct_sink *sink, imap_data_fn on_data, void *ctx,
               struct fct_error *err)
{
    if (s->broken) {
        if (err)
            *err = s->why_broken;
        return -1;
    }
    s->sink = sink;
    s->on_data = on_data;
    s->on_data_ctx = ctx;
    return 0;
}

/* Messages whose flags changed are known by sequence number: asks for their UIDs. If the numbers moved meanwhile, or
 * there are too many, the sink only learns that there is something. */
static int ask_for_stale(struct imap_session *s, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    uint32_t first = s->stale_first, last = s->stale_last;
    s->stale_first = s->stale_last = 0;
    bool knows = !s->expunged && last - first < STALE_MAX && last <= s->exists;
    if (knows) {
        imap_put(s, &c, "FETCH");
        imap_put_text(s, " %u:%u (UID FLAGS)", first, last);
        if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
            return -1;
    }
    if (knows && c.condition == IMAP_OK && s->stale_first == 0)
        return 0;
    const struct fct_message some = {.size = sizeof(some)};
    s->stale_first = s->stale_last = 0; /* a server that answers without UIDs again is not asked for ever */
    return s->sink->flags(s->sink->ctx, &some, err) < 0 ? imap_break(s, err) : 0;
}

int imap_tell_exists(struct imap_session *s, struct fct_error *err)
{
    if (!s->exists_changed || !s->selected || !s->sink)
        return 0;
    uint64_t low = s->exists_low;
    s->exists_changed = false;
    /* As many gone as came would look like nothing. */
    if (low < s->exists && s->sink->exists(s->sink->ctx, low, err) < 0)
        return imap_break(s, err);
    return s->sink->exists(s->sink->ctx, s->exists, err) < 0 ? imap_break(s, err) : 0;
}

int imap_end(struct imap_session *s, int rc, struct fct_error *err)
{
    s->on_data = NULL;
    s->on_data_ctx = NULL;
    if (rc == 0 && s->sink && s->selected && s->stale_first != 0)
        rc = ask_for_stale(s, err);
    if (rc == 0)
        rc = imap_tell_exists(s, err);
    s->sink = NULL;
    return rc;
}

/* ---- commands out --------------------------------------------------------------------------------------- */

void imap_put(struct imap_session *s, struct imap_command *c, const char *what)
{
    *c = (struct imap_command){.what = what};
    snprintf(c->tag, sizeof(c->tag), "A%u", ++s->last_tag);
    s->out.n = 0;
    s->n_sync = 0;
    wire_buffer_addf(&s->out, "%s %s", c->tag, what);
}

void imap_put_text(struct imap_session *s, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    wire_buffer_add(&s->out, text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static bool fits_quoted(const struct imap_session *s, struct fct_bytes text)
{
    bool utf8 = s->enabled & IMAP_CAP_UTF8_ACCEPT && imap_is_utf8(text);
    if (text.n > QUOTED_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
            return false;
    }
    return true;
}

static void put_quoted(struct imap_session *s, struct fct_bytes text)
{
    wire_buffer_add_char(&s->out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            wire_buffer_add_char(&s->out, '\\');
        wire_buffer_add_char(&s->out, text.p[i]);
    }
    wire_buffer_add_char(&s->out, '"');
}

void imap_put_string(struct imap_session *s, struct fct_bytes text)
{
    wire_buffer_add_char(&s->out, ' ');
    bool no_wait =
        imap_has(s, IMAP_CAP_LITERAL_PLUS) || (imap_has(s, IMAP_CAP_LITERAL_MINUS) && text.n <= LITERAL_MINUS_MAX);
    bool can_wait = s->n_sync < IMAP_SYNCS_MAX - 1; /* one is left for imap_put_literal_size */
    if (fits_quoted(s, text) || (!no_wait && !can_wait)) {
        put_quoted(s, text);
        return;
    }
    wire_buffer_addf(&s->out, "{%zu%s}\r\n", text.n, no_wait ? "+" : "");
    if (!no_wait)
        s->sync_at[s->n_sync++] = s->out.n;
    wire_buffer_add(&s->out, text.p, text.n);
}

void imap_put_mailbox(struct imap_session *s, struct fct_bytes wire_name)
{
    SCOPED(wire_buffer_done) struct wire_buffer utf8 = {0};
    if (s->enabled & IMAP_CAP_UTF8_ACCEPT && imap_mutf7_decode(wire_name, &utf8))
        wire_name = wire_buffer_bytes(&utf8);
    imap_put_string(s, wire_name);
}

void imap_put_email_id(struct imap_session *s)
{
    if (imap_has(s, IMAP_CAP_OBJECTID))
        imap_put_text(s, " EMAILID"); /* RFC 8474 section 5.1 */
    else if (imap_has(s, IMAP_CAP_GMAIL))
        imap_put_text(s, " X-GM-MSGID");
}

/* What Dovecot tells by NOTIFY is spelled in UTF-8 whatever was agreed upon (quirks.c). */
static bool is_told_in_utf8(const struct imap_session *s, struct fct_bytes name)
{
    SCOPED(wire_buffer_done) struct wire_buffer decoded = {0};
    return s->enabled & IMAP_CAP_UTF8_ACCEPT || (s->notifies && !imap_mutf7_decode(name, &decoded));
}

bool imap_wire_name(const struct imap_session *s, struct fct_bytes name, struct wire_buffer *out)
{
    out->n = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '\r' || name.p[i] == '\n' || name.p[i] == '\0')
            return false;
    if (wire_equal(name, "INBOX")) /* in every spelling the same mailbox */
        name = (struct fct_bytes){"INBOX", 5};
    if (!is_told_in_utf8(s, name) || !imap_mutf7_encode(name, out))
        wire_buffer_set(out, name);
    return true;
}

int imap_check_argument(struct fct_bytes text, const char *what, struct fct_error *err)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\r' || text.p[i] == '\n' || text.p[i] == '\0')
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                            "%s holds a line break or a NUL, which IMAP cannot carry", what);
    return 0;
}

static int write_bytes(struct imap_session *s, const char *p, size_t n, struct fct_error *err)
{
    if (n > 0 && fct_host->conn_write(s->conn, (struct fct_bytes){p, n}, err) < 0)
        return imap_break(s, err);
    return 0;
}

bool imap_literal_waits(const struct imap_session *s, uint64_t octets)
{
    return !imap_has(s, IMAP_CAP_LITERAL_PLUS) && !(imap_has(s, IMAP_CAP_LITERAL_MINUS) && octets <= LITERAL_MINUS_MAX);
}

void imap_put_literal_size(struct imap_session *s, uint64_t octets, bool wait)
{
    bool no_wait = !wait && !imap_literal_waits(s, octets);
    wire_buffer_addf(&s->out, "{%llu%s}\r\n", (unsigned long long)octets, no_wait ? "+" : "");
    if (!no_wait)
        s->sync_at[s->n_sync++] = s->out.n;
}

int imap_send_part(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    if (s->broken)
        return imap_begin(s, NULL, NULL, NULL, err);
    if (!s->first)
        s->round_trips++; /* what is sent behind something unanswered does not wait once more */
    if (s->last)
        s->last->next = c;
    else
        s->first = c;
    s->last = c;
    size_t sent = 0;
    for (size_t i = 0; i < s->n_sync; i++) {
        if (write_bytes(s, s->out.p + sent, s->sync_at[i] - sent, err) < 0)
            return -1;
        sent = s->sync_at[i];
        if (imap_wait_continuation(s, c, err) < 0)
            return -1;
        if (!s->continued)
            return 0; /* refused: the answer is in the command */
        s->round_trips++;
    }
    return write_bytes(s, s->out.p + sent, s->out.n - sent, err);
}

int imap_send(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    wire_buffer_add_str(&s->out, "\r\n");
    return imap_send_part(s, c, err);
}

int imap_send_bytes(struct imap_session *s, struct fct_bytes bytes, struct fct_error *err)
{
    return write_bytes(s, bytes.p, bytes.n, err);
}

int imap_send_line(struct imap_session *s, struct fct_bytes line, struct fct_error *err)
{
    s->round_trips++;
    return write_bytes(s, line.p, line.n, err) < 0 || write_bytes(s, "\r\n", 2, err) < 0 ? -1 : 0;
}

/* ---- answers -------------------------------------------------------------------------------------------- */

void imap_command_done(struct imap_command *c)
{
    wire_buffer_done(&c->text);
    wire_buffer_done(&c->code_args);
}

static void keep_words(struct wire_buffer *to, struct fct_bytes words, size_t max)
{
    wire_buffer_set(to, (struct fct_bytes){words.p, words.n < max ? words.n : max});
}

/* "DONE BAD what?": the server had ended IDLE already, or never begun it, and takes the DONE that crossed its answer
 * for a tag. Or it answers IDLE after all. */
static bool is_answer_to_idle(const struct imap_session *s, const char *tag)
{
    return strcasecmp(tag, "DONE") == 0 || (s->abandoned_tag[0] && strcmp(tag, s->abandoned_tag) == 0);
}

static int take_answer(struct imap_session *s, const struct imap_response *r, struct fct_error *err)
{
    struct imap_command *before = NULL, *c = s->first;
    while (c && strcmp(c->tag, r->tag) != 0) {
        before = c;
        c = c->next;
    }
    if (!c && is_answer_to_idle(s, r->tag))
        return 0;
    if (!c)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server answers a command that was not sent (%s)",
                        s->ep.host, r->tag);
    if (before)
        before->next = c->next;
    else
        s->first = c->next;
    if (s->last == c)
        s->last = before;
    c->next = NULL;
    c->condition = r->condition;
    memcpy(c->code, r->code, sizeof(c->code));
    keep_words(&c->code_args, r->code_args, IMAP_LINE_MAX);
    keep_words(&c->text, r->text, TEXT_KEPT_MAX);
    return 0;
}

/* What a response code of RFC 5530, RFC 9051 section 7.1 or their kin means for us. */
static const struct {
    const char *code;
    int fct, retry;
    bool user_action;
    const char *meaning;
} code_meanings[] = {
    {"AUTHENTICATIONFAILED", FCT_E_AUTH, FCT_RETRY_NEVER, true, "the server does not accept user name and password"},
    {"AUTHORIZATIONFAILED", FCT_E_AUTH, FCT_RETRY_NEVER, true, "this user may not use the mailbox"},
    {"EXPIRED", FCT_E_AUTH, FCT_RETRY_NEVER, true, "the password has expired: set a new one with the provider"},
    {"PRIVACYREQUIRED", FCT_E_TLS, FCT_RETRY_NEVER, true, "the server asks for TLS"},
    {"CONTACTADMIN", FCT_E_USER_ACTION, FCT_RETRY_NEVER, true, "the server asks to contact its administrator"},
    {"WEBALERT", FCT_E_USER_ACTION, FCT_RETRY_NEVER, true, "the provider asks to sign in with a browser first"},
    {"NOPERM", FCT_E_FORBIDDEN, FCT_RETRY_NEVER, false, "the server does not permit it"},
    {"UNAVAILABLE", FCT_E_SERVER, FCT_RETRY_LATER, false, "the server is not available for now"},
    {"SERVERBUG", FCT_E_SERVER, FCT_RETRY_LATER, false, "the server met a bug of its own"},
    {"INUSE", FCT_E_BUSY, FCT_RETRY_LATER, false, "somebody else uses the mailbox"},
    {"LIMIT", FCT_E_SERVER, FCT_RETRY_LATER, false, "a limit of the server is reached"},
    {"THROTTLED", FCT_E_SERVER, FCT_RETRY_LATER, false, "the server asks to slow down"},
    {"OVERQUOTA", FCT_E_OVER_QUOTA, FCT_RETRY_NEVER, true, "the mailbox is full"},
    {"TOOBIG", FCT_E_TOO_LARGE, FCT_RETRY_NEVER, false, "the message is larger than the server takes"},
    {"ALREADYEXISTS", FCT_E_EXISTS, FCT_RETRY_NEVER, false, "it exists already"},
    {"NONEXISTENT", FCT_E_NOT_FOUND, FCT_RETRY_NEVER, false, "it does not exist"},
    {"TRYCREATE", FCT_E_NOT_FOUND, FCT_RETRY_NEVER, false, "the mailbox does not exist"},
    {"HASCHILDREN", FCT_E_MAILBOX_HAS_CHILD, FCT_RETRY_NEVER, false, "the mailbox has mailboxes inside"},
    {"EXPUNGEISSUED", FCT_E_SERVER, FCT_RETRY_NOW, false, "a message was removed meanwhile"},
    {"CORRUPTION", FCT_E_SERVER, FCT_RETRY_NEVER, false, "the mailbox is damaged on the server"},
    {"CANNOT", FCT_E_SERVER, FCT_RETRY_NEVER, false, "the server can never do it"},
};

static bool fail_by_code(const struct imap_session *s, const char *code, const char *what, struct fct_error *err)
{
    for (size_t i = 0; i < sizeof(code_meanings) / sizeof(code_meanings[0]); i++)
        if (strcmp(code, code_meanings[i].code) == 0) {
            fct_fail(err, code_meanings[i].fct, code_meanings[i].retry, "%s: %s: %s", s->ep.host, what,
                     code_meanings[i].meaning);
            if (err)
                err->user_action = code_meanings[i].user_action;
            return true;
        }
    return false;
}

/* [LIMIT] to these (RFC 5530 section 3: the number of flags, for instance) is as far as the server goes; to others it
 * may be about load. */
static bool is_change(const char *what)
{
    static const char *const changes[] = {"UID STORE", "UID COPY", "UID MOVE", "APPEND",
                                          "CREATE",    "RENAME",   "SUBSCRIBE"};
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        if (strcmp(what, changes[i]) == 0)
            return true;
    return false;
}

int imap_fail_answer(struct imap_session *s, const struct imap_command *c, struct fct_error *err)
{
    int64_t wait_ms = 0;
    if (fail_by_code(s, c->code, c->what, err))
        ;
    else if (imap_is_for_now(wire_buffer_bytes(&c->text), !s->signed_in, &wait_ms))
        fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server cannot do %s now", s->ep.host, c->what);
    else if (c->condition == IMAP_BAD)
        fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s: the server does not understand %s", s->ep.host, c->what);
    else
        fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s: the server refuses %s", s->ep.host, c->what);
    fct_host->error_server(err, wire_buffer_bytes(&c->text));
    if (!err)
        return -1;
    err->retry_after_ms = wait_ms;
    if (strcmp(c->code, "LIMIT") == 0 && is_change(c->what))
        err->retry = FCT_RETRY_NEVER;
    return -1;
}

int imap_as_refusal(struct imap_session *s, int rc, struct fct_error *err)
{
    if (rc < 0 && !s->broken && err)
        err->code = FCT_E_SERVER;
    return rc;
}

/* ---- untagged data -------------------------------------------------------------------------------------- */

/* "APPENDLIMIT=35651584"; without a number every mailbox has a limit of its own (RFC 7889 section 3). */
static void add_append_limit(struct imap_session *s, struct fct_bytes atom)
{
    static const char name[] = "APPENDLIMIT=";
    const size_t n = sizeof(name) - 1;
    uint64_t limit;
    if (atom.n > n && strncasecmp(atom.p, name, n) == 0 &&
        imap_number((struct fct_bytes){atom.p + n, atom.n - n}, UINT64_MAX, &limit))
        s->append_limit = limit;
}

static void add_capability(void *ctx, struct fct_bytes atom)
{
    static const struct {
        const char *name;
        uint32_t cap;
    } known[] = {
        {"IMAP4rev1", IMAP_CAP_REV1},
        {"STARTTLS", IMAP_CAP_STARTTLS},
        {"LOGINDISABLED", IMAP_CAP_LOGINDISABLED},
        {"SASL-IR", IMAP_CAP_SASL_IR},
        {"ENABLE", IMAP_CAP_ENABLE},
        {"CONDSTORE", IMAP_CAP_CONDSTORE},
        {"QRESYNC", IMAP_CAP_QRESYNC | IMAP_CAP_CONDSTORE}, /* RFC 7162 section 3.2.3 */
        {"UTF8=ACCEPT", IMAP_CAP_UTF8_ACCEPT},
        {"UTF8=ONLY", IMAP_CAP_UTF8_ACCEPT},
        {"LIST-EXTENDED", IMAP_CAP_LIST_EXTENDED},
        {"LIST-STATUS", IMAP_CAP_LIST_STATUS},
        {"SPECIAL-USE", IMAP_CAP_SPECIAL_USE},
        {"CREATE-SPECIAL-USE", IMAP_CAP_CREATE_SPECIAL_USE},
        {"NAMESPACE", IMAP_CAP_NAMESPACE},
        {"IDLE", IMAP_CAP_IDLE},
        {"COMPRESS=DEFLATE", IMAP_CAP_COMPRESS},
        {"LITERAL+", IMAP_CAP_LITERAL_PLUS},
        {"LITERAL-", IMAP_CAP_LITERAL_MINUS},
        {"UIDPLUS", IMAP_CAP_UIDPLUS},
        {"MOVE", IMAP_CAP_MOVE},
        {"ID", IMAP_CAP_ID},
        {"OBJECTID", IMAP_CAP_OBJECTID},
        {"X-GM-EXT-1", IMAP_CAP_GMAIL},
        {"NOTIFY", IMAP_CAP_NOTIFY},
        {"UNSELECT", IMAP_CAP_UNSELECT},
        {"QUOTA", IMAP_CAP_QUOTA},
        /* RFC 9051 appendix E: what a rev2 server can without saying so (as far as we use it). */
        {"IMAP4rev2", IMAP_CAP_REV2 | IMAP_CAP_ENABLE | IMAP_CAP_LIST_EXTENDED | IMAP_CAP_LIST_STATUS |
                          IMAP_CAP_SPECIAL_USE | IMAP_CAP_NAMESPACE | IMAP_CAP_IDLE | IMAP_CAP_UIDPLUS | IMAP_CAP_MOVE |
                          IMAP_CAP_SASL_IR | IMAP_CAP_LITERAL_MINUS | IMAP_CAP_UNSELECT},
    };
    struct imap_session *s = ctx;
    s->quirks |= imap_quirks_of_capability(atom);
    add_append_limit(s, atom);
    if (atom.n > 5 && strncasecmp(atom.p, "AUTH=", 5) == 0)
        s->mechanisms |= sasl_mechanism_of((struct fct_bytes){atom.p + 5, atom.n - 5});
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (wire_equal(atom, known[i].name))
            s->caps |= known[i].cap;
}

static int take_capabilities(struct imap_session *s, struct imap_parser *p, struct fct_error *err)
{
    s->caps = 0;
    s->mechanisms = 0;
    s->append_limit = 0;
    s->caps_known = true;
    return imap_parse_atoms(p, add_capability, s, err);
}

static void add_enabled(void *ctx, struct fct_bytes atom)
{
    struct imap_session *s = ctx;
    if (wire_equal(atom, "QRESYNC"))
        s->enabled |= IMAP_CAP_QRESYNC | IMAP_CAP_CONDSTORE;
    else if (wire_equal(atom, "CONDSTORE"))
        s->enabled |= IMAP_CAP_CONDSTORE;
    else if (wire_equal(atom, "UTF8=ACCEPT"))
        s->enabled |= IMAP_CAP_UTF8_ACCEPT;
}

static void add_prefix(void *ctx, int kind, struct fct_bytes prefix)
{
    struct imap_session *s = ctx;
    SCOPED(wire_buffer_done) struct wire_buffer wire_name = {0}; /* it is compared with such */
    if (!imap_wire_name(s, prefix, &wire_name) || s->prefixes[kind].n + wire_name.n > IMAP_LINE_MAX)
        return;
    wire_buffer_add(&s->prefixes[kind], wire_name.p, wire_name.n);
    wire_buffer_add_char(&s->prefixes[kind], '\0');
}

/* Whether the code of an OK changes what we know. Arguments are text without literals. */
static int take_code(struct imap_session *s, const struct imap_response *r, struct fct_error *err)
{
    struct imap_parser args;
    imap_parser_init_text(&args, r->code_args);
    if (strcmp(r->code, "CAPABILITY") == 0)
        return take_capabilities(s, &args, err);
    if (strcmp(r->code, "NOTIFICATIONOVERFLOW") == 0 && s->notifies) { /* RFC 5465 section 5.8: as after NOTIFY NONE */
        s->notifies = false;
        s->others_changed = true;
        s->notify_failures++;
    }
    if (strcmp(r->code, "ALERT") == 0) /* RFC 9051 section 7.1: must be shown to the user */
        fct_log(s->acc, FCT_LOG_WARN, "the server says: %.*s", (int)(r->text.n < 400 ? r->text.n : 400), r->text.p);
    return 0;
}

void imap_note_stale(struct imap_session *s, uint32_t seq)
{
    if (seq == 0)
        return;
    if (s->stale_first == 0)
        s->expunged = false;
    if (s->stale_first == 0 || seq < s->stale_first)
        s->stale_first = seq;
    if (seq > s->stale_last)
        s->stale_last = seq;
}

struct fct_message imap_message_of(const struct imap_fetch *f)
{
    return (struct fct_message){
        .size = sizeof(struct fct_message),
        .uid = f->uid,
        .modseq = f->modseq,
        .internal_date = f->date,
        .octets = f->size,
        .flags = {.bits = f->flags.bits, .keywords = wire_buffer_bytes(&f->flags.keywords)},
        .email_id = wire_buffer_bytes(&f->email_id),
        .header = wire_buffer_bytes(&f->header),
    };
}

/* Somebody changed the flags of a message. */
/* Where nobody listens (APPEND, COPY, EXPUNGE...) the next one who does is told. */
int imap_tell_flags(struct imap_session *s, uint32_t seq, struct fct_error *err)
{
    if (!(s->fetch.has & IMAP_HAS_FLAGS) || !s->selected)
        return 0;
    if (!(s->fetch.has & IMAP_HAS_UID) || !s->sink) {
        imap_note_stale(s, seq);
        return 0;
    }
    struct fct_message m = imap_message_of(&s->fetch);
    return s->sink->flags(s->sink->ctx, &m, err);
}

int imap_take_flags(struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    return imap_parse_fetch(&s->in, NULL, &s->fetch, err) < 0 ? -1 : imap_tell_flags(s, r->number, err);
}

static void note_count(struct imap_session *s, uint64_t exists)
{
    if (!s->exists_changed || exists < s->exists_low)
        s->exists_low = exists;
    s->exists_changed = true;
    s->exists = exists;
}

static int take_vanished(struct imap_session *s, struct fct_error *err)
{
    bool earlier;
    struct fct_bytes set;
    struct fct_uid_range chunk[VANISHED_CHUNK];
    if (imap_parse_vanished(&s->in, &earlier, &set, err) < 0)
        return -1;
    for (int more = 1; more > 0;) {
        size_t n = 0;
        while (n < VANISHED_CHUNK && (more = imap_uidset_next(&set, &chunk[n])) > 0) {
            uint64_t gone = chunk[n].last - chunk[n].first + 1;
            if (!earlier)
                s->exists = s->exists > gone ? s->exists - gone : 0;
            n++;
        }
        if (more < 0)
            return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER,
                            "the server's answer is no IMAP: VANISHED without a set");
        if (n == 0 || !s->selected)
            continue;
        if (!s->sink)
            note_count(s, s->exists); /* whoever comes next looks again */
        else if (s->sink->vanished(s->sink->ctx, chunk, n, err) < 0)
            return -1;
    }
    s->expunged = true;
    return 0;
}

static int take_id(struct imap_session *s, struct fct_error *err)
{
    if (imap_parse_id(&s->in, &s->server_name, err) < 0)
        return -1;
    s->quirks |= imap_quirks_of_words(wire_buffer_bytes(&s->server_name));
    return 0;
}

/* What the session does with data that the running operation does not take. */
static int take_data(struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    const char *name = r->name;
    if (r->kind == IMAP_NUMBERED) {
        if (strcmp(name, "FETCH") == 0)
            return imap_take_flags(s, r, err);
        if (strcmp(name, "EXISTS") == 0) {
            if (s->exists != r->number)
                note_count(s, r->number);
        } else if (strcmp(name, "EXPUNGE") == 0) {
            note_count(s, s->exists - (s->exists > 0));
            s->expunged = true;
        }
        return 0;
    }
    if (strcmp(name, "CAPABILITY") == 0)
        return take_capabilities(s, &s->in, err);
    if (strcmp(name, "VANISHED") == 0)
        return take_vanished(s, err);
    if (strcmp(name, "ENABLED") == 0)
        return imap_parse_atoms(&s->in, add_enabled, s, err);
    if (strcmp(name, "ID") == 0)
        return take_id(s, err);
    if (strcmp(name, "FLAGS") == 0 && !s->permanent_known)
        return imap_parse_permanent(&s->in, &s->permanent, err);
    if (strcmp(name, "STATUS") == 0 || strcmp(name, "LIST") == 0)
        s->others_changed |= s->notifies;
    if (strcmp(name, "NAMESPACE") == 0) {
        for (int kind = 0; kind < 3; kind++)
            s->prefixes[kind].n = 0;
        return imap_parse_namespace(&s->in, add_prefix, s, err);
    }
    return 0;
}

static int take_untagged(struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    if (r->kind == IMAP_STATUS && r->condition == IMAP_BYE) {
        s->said_bye = true;
        keep_words(&s->bye, r->text, TEXT_KEPT_MAX);
        memcpy(s->bye_code, r->code, sizeof(s->bye_code));
        return 0;
    }
    if (r->kind == IMAP_STATUS && take_code(s, r, err) < 0)
        return -1;
    int taken = s->on_data ? s->on_data(s->on_data_ctx, s, r, err) : 0;
    if (taken == 0 && r->kind != IMAP_STATUS)
        taken = take_data(s, r, err);
    if (taken > 0 && s->signed_in)
        s->earned += s->line_octets;
    if (taken == 0 && r->kind == IMAP_STATUS && r->condition != IMAP_OK)
        fct_log(s->acc, FCT_LOG_INFO, "the server warns: %.*s", (int)(r->text.n < 400 ? r->text.n : 400), r->text.p);
    return taken < 0 ? -1 : 0;
}

/* The server said why before it hung up: that is worth more than "connection closed". */
static void prefer_bye(struct imap_session *s, struct fct_error *err)
{
    if (!err || err->code != FCT_E_NETWORK || !s->said_bye)
        return;
    if (!fail_by_code(s, s->bye_code, "the server ended the conversation", err))
        fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the server ended the conversation", s->ep.host);
    if (s->signed_in) {
        err->code = FCT_E_NETWORK;
        err->retry = FCT_RETRY_LATER;
        err->user_action = 0;
    }
    imap_is_for_now(wire_buffer_bytes(&s->bye), false, &err->retry_after_ms);
    fct_host->error_server(err, wire_buffer_bytes(&s->bye));
}

/* Some servers say BYE and leave it to us to hang up. */
static int wait_after_bye(struct imap_session *s, struct fct_error *err)
{
    if (!s->said_bye || fct_host->conn_has_input(s->conn) || fct_host->conn_wait_input(s->conn, BYE_MS, err) == 0)
        return 0;
    if (err && err->code != FCT_E_TIMEOUT)
        return -1;
    return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the server said BYE and nothing more", s->ep.host);
}

/* Servers quote what they do not understand: "BAD unknown command: LOGIN jane secret". */
static void leave_secrets_out(struct imap_session *s, struct imap_response *r)
{
    if (s->secrets.as_is.n == 0 || r->text.n == 0)
        return;
    sasl_secrets_strike(&s->secrets, r->text, &s->sayable);
    r->text = wire_buffer_bytes(&s->sayable);
}

static int take_response(struct imap_session *s, struct fct_error *err)
{
    struct imap_response r;
    if (wait_after_bye(s, err) < 0 || imap_skip_rest(&s->in, err) < 0)
        return -1;
    s->line_octets = 0;
    if (imap_read_response(&s->in, &r, err) < 0)
        return -1;
    if (r.kind != IMAP_CONTINUE)
        leave_secrets_out(s, &r);
    if (r.kind == IMAP_TAGGED)
        imap_begin_waiting(s); /* there are as many as we sent commands */
    if (r.kind == IMAP_CONTINUE) {
        s->continued = true;
        keep_words(&s->continuation, r.text, IMAP_CONTINUATION_MAX);
        return 0;
    }
    if (r.kind != IMAP_TAGGED)
        return take_untagged(s, &r, err) < 0 ? -1 : imap_skip_rest(&s->in, err);
    return take_code(s, &r, err) < 0 ? -1 : take_answer(s, &r, err);
}

int imap_lost(struct imap_session *s, struct fct_error *err)
{
    prefer_bye(s, err);
    return imap_break(s, err);
}

int imap_take_response(struct imap_session *s, struct fct_error *err)
{
    return take_response(s, err) == 0 ? 0 : imap_lost(s, err);
}

void imap_begin_waiting(struct imap_session *s)
{
    s->waited_ms = s->earned = 0;
}

/* Beyond its patience a server gets as much time as its answer has octets, at the lowest rate. */
static bool is_over_time(const struct imap_session *s, uint64_t *out_patience)
{
    uint64_t patience = s->ep.io_timeout_ms ? s->ep.io_timeout_ms : IO_TIMEOUT_MS;
    patience *= s->signed_in ? IMAP_PATIENCE : IMAP_PATIENCE_SIGNING_IN;
    *out_patience = patience;
    return s->waited_ms >= IMAP_ANSWER_MAX_MS || s->waited_ms >= patience + s->earned * 1000 / IMAP_RATE_MIN;
}

int imap_count_input(struct imap_session *s, size_t octets, uint64_t took_ms, bool is_line, struct fct_error *err)
{
    uint64_t patience;
    s->waited_ms += took_ms;
    if (is_line) { /* whether it belongs to the answer is seen when it is read; it came before its deadline */
        s->line_octets += octets;
        return 0;
    }
    s->earned += octets;
    if (!is_over_time(s, &patience))
        return 0;
    return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: the server sends less than %u bytes a second", s->ep.host,
                    IMAP_RATE_MIN);
}

/* Every line comes in time, and the answer never: "* OK still here" is polite during long work, but not for ever. */
static bool is_stuck(struct imap_session *s, const struct imap_command *c, struct fct_error *err)
{
    uint64_t patience;
    if (!is_over_time(s, &patience))
        return false;
    fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: no answer to %s within %llu s, though the server talks on",
             s->ep.host, c->what, (unsigned long long)(patience + 999) / 1000);
    imap_break(s, err);
    return true;
}

int imap_wait_answer(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    struct fct_error why = {0}; /* the session keeps it, whether or not it is asked for here */
    err = err ? err : &why;
    imap_begin_waiting(s);
    while (c->condition == IMAP_PENDING)
        if (s->broken || is_stuck(s, c, err) || imap_take_response(s, err) < 0)
            return s->broken ? imap_begin(s, NULL, NULL, NULL, err) : -1;
    return 0;
}

int imap_wait(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    if (imap_wait_answer(s, c, err) < 0)
        return -1;
    return c->condition == IMAP_OK ? 0 : imap_fail_answer(s, c, err);
}

int imap_run(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    return imap_send(s, c, err) < 0 ? -1 : imap_wait(s, c, err);
}

int imap_wait_continuation(struct imap_session *s, struct imap_command *c, struct fct_error *err)
{
    s->continued = false;
    imap_begin_waiting(s);
    while (!s->continued && c->condition == IMAP_PENDING)
        if (is_stuck(s, c, err) || imap_take_response(s, err) < 0)
            return -1;
    return 0;
}

int imap_read_greeting(struct imap_session *s, struct fct_error *err)
{
    struct imap_response r;
    s->round_trips++;
    if (imap_read_response(&s->in, &r, err) < 0) {
        if (err && err->code == FCT_E_PROTOCOL)
            fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s:%u is no IMAP server", s->ep.host, s->ep.port);
        else if (err && err->code == FCT_E_TIMEOUT && s->ep.tls != FCT_TLS_IMPLICIT)
            fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s; does it want TLS from the first byte (imaps://)?",
                     err->message);
        return imap_break(s, err);
    }
    if (r.kind != IMAP_STATUS || (r.condition != IMAP_OK && r.condition != IMAP_PREAUTH && r.condition != IMAP_BYE)) {
        fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s:%u is no IMAP server", s->ep.host, s->ep.port);
        return imap_break(s, err);
    }
    if (r.condition == IMAP_BYE) {
        if (!fail_by_code(s, r.code, "the server does not let us in", err))
            fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server does not let us in", s->ep.host);
        if (err)
            imap_is_for_now(r.text, true, &err->retry_after_ms);
        fct_host->error_server(err, r.text);
        return imap_break(s, err);
    }
    s->preauth = r.condition == IMAP_PREAUTH;
    s->quirks |= imap_quirks_of_words(r.text);
    return take_code(s, &r, err) < 0 ? imap_break(s, err) : 0;
}
