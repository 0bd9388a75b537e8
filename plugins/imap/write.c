/* write.c - messages and mailboxes of the server changed: append, copy, move, create, rename, delete. */
#include "session.h"

#include "uidset.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define APPEND_AT_ONCE_MAX ((size_t)64 << 10) /* larger messages wait for the server's consent: it may refuse them */
#define PAIRS_CHUNK 64
#define HEADER_LOOKED_AT_MAX ((size_t)64 << 10) /* whether it holds UTF-8 */

/* ---- append --------------------------------------------------------------------------------------------- */

static void put_date(struct imap_session *s, int64_t seconds)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = seconds;
    struct tm tm;
    if (seconds == 0 || !gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
        return; /* the server takes its own clock */
    imap_put_text(s, " \"%02d-%s-%04d %02d:%02d:%02d +0000\"", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                  tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* A message as it is read, whose first part was looked at before it goes out. */
struct outgoing {
    int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err);
    void *ctx;
    struct wire_buffer head; /* what was read already */
    bool head_is_sent;
};

static int next_part(struct outgoing *o, struct fct_bytes *out, struct fct_error *err)
{
    *out = wire_buffer_bytes(&o->head);
    if (!o->head_is_sent && out->n > 0) {
        o->head_is_sent = true;
        return 0;
    }
    *out = (struct fct_bytes){0};
    return o->read(o->ctx, out, err);
}

/* How long the header is; 0: its end was not seen. */
static size_t find_header_end(const struct wire_buffer *head, size_t from)
{
    for (size_t i = from; i + 1 < head->n; i++)
        if (head->p[i] == '\n' &&
            (head->p[i + 1] == '\n' || (i + 2 < head->n && memcmp(head->p + i + 1, "\r\n", 2) == 0)))
            return i + 1;
    return 0;
}

/* Whether the header, as far as it is looked at, holds UTF-8 (RFC 6532). */
static int look_at_header(struct outgoing *o, bool *out_is_utf8, struct fct_error *err)
{
    size_t end = 0;
    *out_is_utf8 = false;
    while (end == 0 && o->head.n < HEADER_LOOKED_AT_MAX) {
        struct fct_bytes part = {0};
        size_t from = o->head.n > 2 ? o->head.n - 2 : 0;
        if (o->read(o->ctx, &part, err) < 0)
            return -1;
        if (part.n == 0)
            break;
        wire_buffer_add(&o->head, part.p, part.n);
        end = find_header_end(&o->head, from);
    }
    for (size_t i = 0; i < (end ? end : o->head.n); i++)
        *out_is_utf8 |= (unsigned char)o->head.p[i] >= 0x80;
    return 0;
}

/* The octets that were promised, neither more nor fewer: anything else would make commands of a message. */
static int send_message(struct imap_session *s, uint64_t octets, struct outgoing *o, const char *end,
                        struct fct_error *err)
{
    for (uint64_t left = octets;;) {
        struct fct_bytes part;
        if (next_part(o, &part, err) < 0)
            return imap_break(s, err);
        if (part.n == 0 && left == 0)
            return imap_send_bytes(s, (struct fct_bytes){end, strlen(end)}, err);
        if (part.n == 0 || part.n > left) {
            fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "a message of %llu octets has another length",
                     (unsigned long long)octets);
            return imap_break(s, err);
        }
        if (imap_send_bytes(s, part, err) < 0)
            return -1;
        left -= part.n;
    }
}

/* [APPENDUID validity uid] (RFC 4315 section 3) */
static uint64_t uid_of_append(const struct imap_command *c)
{
    struct fct_bytes args = {c->code_args.p, c->code_args.n};
    const char *space = args.n ? memchr(args.p, ' ', args.n) : NULL;
    uint64_t uid;
    if (strcmp(c->code, "APPENDUID") != 0 || !space)
        return 0;
    struct fct_bytes text = {space + 1, (size_t)(args.p + args.n - space - 1)};
    return imap_number(text, UINT32_MAX, &uid) ? uid : 0;
}

static void outgoing_done(struct outgoing *o)
{
    wire_buffer_done(&o->head);
}

/* The command and the message; the answer is not waited for. */
static int start_append(struct imap_session *s, struct imap_command *c, struct fct_bytes wire_name,
                        const struct fct_message *m, struct outgoing *o, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer flags = {0};
    bool is_utf8 = false;
    /* RFC 6855 section 4: such a header goes in its own form of literal, once UTF8=ACCEPT is on. */
    if (s->enabled & IMAP_CAP_UTF8_ACCEPT && look_at_header(o, &is_utf8, err) < 0)
        return -1;
    imap_spell_flags(NULL, &m->flags, false, &flags);
    imap_put(s, c, "APPEND");
    imap_put_mailbox(s, wire_name);
    if (flags.n > 0) {
        wire_buffer_add_str(&s->out, " (");
        wire_buffer_add(&s->out, flags.p, flags.n);
        wire_buffer_add_char(&s->out, ')');
    }
    put_date(s, m->internal_date);
    imap_put_text(s, "%s", is_utf8 ? " UTF8 (~" : " ");
    imap_put_literal_size(s, m->octets, m->octets > APPEND_AT_ONCE_MAX);
    if (imap_send_part(s, c, err) < 0)
        return -1;
    return c->condition == IMAP_PENDING ? send_message(s, m->octets, o, is_utf8 ? ")\r\n" : "\r\n", err) : 0;
}

static int check_size(const struct imap_session *s, const struct fct_message *m, struct fct_error *err)
{
    if (m->octets == 0 || m->octets > UINT32_MAX)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "IMAP takes no message of %llu octets",
                        (unsigned long long)m->octets);
    if (s->append_limit && m->octets > s->append_limit) /* RFC 7889: refused before it is sent */
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                        "%s: the server takes messages of at most %llu octets; this one has %llu", s->ep.host,
                        (unsigned long long)s->append_limit, (unsigned long long)m->octets);
    return 0;
}

static int run_append(struct imap_session *s, struct fct_bytes wire_name, const struct fct_message *m,
                      struct outgoing *o, uint64_t *out_uid, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    if (start_append(s, &c, wire_name, m, o, err) < 0 || imap_wait(s, &c, err) < 0)
        return -1;
    *out_uid = uid_of_append(&c);
    return 0;
}

int imap_append(void *session, struct fct_bytes wire_name, const struct fct_message *m,
                int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err), void *ctx, uint64_t *out_uid,
                struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(outgoing_done) struct outgoing o = {.read = read, .ctx = ctx};
    if (imap_check_argument(wire_name, "the mailbox name", err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0 ||
        check_size(s, m, err) < 0)
        return -1;
    return imap_end(s, run_append(s, wire_name, m, &o, out_uid, err), err);
}

/* Several in flight. A refusal is the message's own affair, so this is no imap_pipeline, which ends with the first. */
struct appending {
    const struct fct_appends *what;
    size_t i; /* the one that is read */
    struct imap_command commands[IMAP_IN_FLIGHT];
    size_t which[IMAP_IN_FLIGHT];
    size_t sent, finished;
};

static int read_one(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    const struct appending *a = ctx;
    return a->what->read(a->what->ctx, a->i, out, err);
}

/* The answer to the oldest is told, also when the connection broke after it. */
static int finish_append(struct imap_session *s, struct appending *a, int rc, struct fct_error *err)
{
    struct imap_command *c = &a->commands[a->finished % IMAP_IN_FLIGHT];
    size_t i = a->which[a->finished++ % IMAP_IN_FLIGHT];
    struct fct_error why = {0}, ignored = {0};
    if (rc == 0 && imap_wait_answer(s, c, err) < 0)
        rc = -1;
    bool is_there = c->condition == IMAP_OK;
    if (c->condition != IMAP_PENDING && !is_there)
        imap_fail_answer(s, c, &why);
    if (c->condition != IMAP_PENDING && a->what->appended(a->what->ctx, i, is_there ? uid_of_append(c) : 0,
                                                          is_there ? NULL : &why, rc < 0 ? &ignored : err) < 0)
        rc = rc < 0 ? rc : imap_break(s, err); /* what is on its way is not told any more */
    imap_command_done(c);
    return rc;
}

/* What waits for the server's consent goes alone: the consent would be to any of several. */
static int append_next(struct imap_session *s, struct appending *a, struct fct_bytes wire_name, struct fct_error *err)
{
    const struct fct_message *m = a->what->message(a->what->ctx, a->i);
    SCOPED(outgoing_done) struct outgoing o = {.read = read_one, .ctx = a};
    struct fct_error why = {0};
    bool waits = m->octets > APPEND_AT_ONCE_MAX || imap_literal_waits(s, m->octets);
    int rc = 0;
    if (check_size(s, m, &why) < 0)
        return a->what->appended(a->what->ctx, a->i, 0, &why, err) < 0 ? imap_break(s, err) : 0;
    while (rc == 0 && a->sent - a->finished > (waits ? 0 : IMAP_IN_FLIGHT - 1))
        rc = finish_append(s, a, 0, err);
    if (rc < 0)
        return -1;
    struct imap_command *c = &a->commands[a->sent % IMAP_IN_FLIGHT];
    *c = (struct imap_command){0};
    a->which[a->sent++ % IMAP_IN_FLIGHT] = a->i;
    rc = start_append(s, c, wire_name, m, &o, err);
    if (rc < 0 && !s->broken) /* others are in flight, whose answers nobody waits for */
        imap_break(s, err);
    return rc == 0 && waits ? finish_append(s, a, 0, err) : rc;
}

int imap_append_many(void *session, struct fct_bytes wire_name, const struct fct_appends *what, struct fct_error *err)
{
    struct imap_session *s = session;
    struct appending a = {.what = what};
    int rc = 0;
    if (imap_check_argument(wire_name, "the mailbox name", err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    for (; rc == 0 && a.i < what->n; a.i++)
        rc = append_next(s, &a, wire_name, err);
    while (a.finished < a.sent)
        rc = finish_append(s, &a, rc, err);
    return imap_end(s, rc, err);
}

/* ---- copy and move -------------------------------------------------------------------------------------- */

struct copying {
    int (*copied)(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from, const struct fct_uid_range *to,
                  size_t n, struct fct_error *err);
    void *ctx;
    uint64_t asked; /* messages */
};

/* The next word of a text. */
static struct fct_bytes take_word(struct fct_bytes *text)
{
    const char *space = text->n ? memchr(text->p, ' ', text->n) : NULL;
    struct fct_bytes word = {text->p, space ? (size_t)(space - text->p) : text->n};
    size_t used = space ? word.n + 1 : word.n;
    text->p += used;
    text->n -= used;
    return word;
}

/* How many UIDs a set names; 0 if it does not ascend, or is none: which message became which would be a guess. */
static uint64_t count_set(struct fct_bytes set)
{
    struct fct_uid_range r;
    uint64_t count = 0, last = 0;
    int more;
    while ((more = imap_uidset_next(&set, &r)) > 0) {
        if (r.first <= last)
            return 0;
        count += r.last - r.first + 1;
        last = r.last;
    }
    return more < 0 ? 0 : count;
}

/* Two sets of as many UIDs, cut where either of them is. */
static int tell_pairs(const struct copying *cp, uint32_t validity, struct fct_bytes from, struct fct_bytes to,
                      struct fct_error *err)
{
    struct fct_uid_range a[PAIRS_CHUNK], b[PAIRS_CHUNK], left_a = {1, 0}, left_b = {1, 0};
    for (size_t n = 0;;) {
        bool more = (left_a.first <= left_a.last || imap_uidset_next(&from, &left_a) > 0) &&
                    (left_b.first <= left_b.last || imap_uidset_next(&to, &left_b) > 0);
        if (n > 0 && (!more || n == PAIRS_CHUNK)) {
            if (cp->copied(cp->ctx, validity, a, b, n, err) < 0)
                return -1;
            n = 0;
        }
        if (!more)
            return 0;
        uint64_t len_a = left_a.last - left_a.first, len_b = left_b.last - left_b.first;
        uint64_t len = len_a < len_b ? len_a : len_b;
        a[n] = (struct fct_uid_range){left_a.first, left_a.first + len};
        b[n++] = (struct fct_uid_range){left_b.first, left_b.first + len};
        left_a.first += len + 1;
        left_b.first += len + 1;
    }
}

/* [COPYUID validity from to] (RFC 4315 section 3): with the tagged OK of COPY, before it with MOVE (RFC 6851
 * section 4.3). One that cannot be right is as none. */
static int take_copyuid(const struct copying *cp, const char *code, struct fct_bytes args, struct fct_error *err)
{
    uint64_t validity;
    if (strcmp(code, "COPYUID") != 0 || !cp->copied)
        return 0;
    if (!imap_number(take_word(&args), UINT32_MAX, &validity) || validity == 0)
        return 0;
    struct fct_bytes from = take_word(&args), to = take_word(&args);
    uint64_t n = count_set(from);
    if (n == 0 || n > cp->asked || n != count_set(to))
        return 0;
    return tell_pairs(cp, (uint32_t)validity, from, to, err);
}

static int on_copied(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    (void)s;
    if (r->kind != IMAP_STATUS || r->condition != IMAP_OK)
        return 0;
    return take_copyuid(ctx, r->code, r->code_args, err);
}

/* Copies are told also when one before them was refused: they are there. */
static int on_copy_answered(void *ctx, struct imap_session *s, const struct imap_command *c, struct fct_error *err)
{
    if (c->condition != IMAP_OK)
        return 0;
    struct fct_error why = {0};
    if (take_copyuid(ctx, c->code, wire_buffer_bytes(&c->code_args), &why) == 0)
        return 0;
    if (err)
        *err = why;
    return imap_break(s, &why);
}

static void put_set_and_mailbox(struct imap_session *s, struct imap_command *c, const char *what,
                                const struct fct_uid_range *ranges, size_t n, size_t *from, struct fct_bytes to)
{
    imap_put(s, c, what);
    wire_buffer_add_char(&s->out, ' ');
    imap_uidset_add(&s->out, ranges, n, from, IMAP_SET_MAX);
    imap_put_mailbox(s, to);
}

/* The ranges from *from on, several commands in flight. */
static int run_copy(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, size_t *from,
                    struct fct_bytes to, const char *what, struct copying *cp, struct fct_error *err)
{
    struct imap_pipeline p = {.answered = on_copy_answered, .ctx = cp};
    struct imap_command *c;
    while (*from < n && (c = imap_pipeline_next(s, &p, err))) {
        put_set_and_mailbox(s, c, what, ranges, n, from, to);
        p.rc = imap_send(s, c, err);
    }
    return imap_pipeline_finish(s, &p, err);
}

/* RFC 6851 section 1, what MOVE replaces. Only what was copied is removed. */
static int copy_and_expunge(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, struct fct_bytes to,
                            struct copying *cp, struct fct_error *err)
{
    size_t from = 0;
    if (!imap_has(s, IMAP_CAP_UIDPLUS))
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s: the server cannot move", s->ep.host);
    if (run_copy(s, ranges, n, &from, to, "UID COPY", cp, err) < 0)
        return -1;
    return imap_run_expunge(s, ranges, n, err);
}

/* The first MOVE of a session goes alone: some servers offer it and do not know it. */
static int run_move(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, struct fct_bytes to,
                    struct copying *cp, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    size_t from = 0;
    if (!s->moves) {
        put_set_and_mailbox(s, &c, "UID MOVE", ranges, n, &from, to);
        if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
            return -1;
        struct fct_error why = {0};
        if (c.condition != IMAP_OK)
            imap_fail_answer(s, &c, &why);
        if (c.condition == IMAP_BAD && c.code[0] == '\0' && why.retry == FCT_RETRY_NEVER) {
            fct_log(s->acc, FCT_LOG_INFO,
                    "the server offers MOVE and does not know it: messages are copied and expunged");
            s->caps &= ~(uint32_t)IMAP_CAP_MOVE;
            return copy_and_expunge(s, ranges, n, to, cp, err);
        }
        if (c.condition != IMAP_OK) {
            if (err)
                *err = why;
            return -1;
        }
        s->moves = true;
        if (on_copy_answered(cp, s, &c, err) < 0)
            return -1;
    }
    return run_copy(s, ranges, n, &from, to, "UID MOVE", cp, err);
}

int imap_copy(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_bytes to_wire_name, bool move,
              int (*copied)(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from,
                            const struct fct_uid_range *to, size_t n, struct fct_error *err),
              void *ctx, struct fct_error *err)
{
    struct imap_session *s = session;
    struct copying cp = {.copied = copied, .ctx = ctx};
    size_t from = 0;
    if (imap_check_argument(to_wire_name, "the mailbox name", err) < 0 || imap_begin(s, NULL, on_copied, &cp, err) < 0)
        return -1;
    if (!s->selected)
        return imap_end(s, fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected"), err);
    if (move && !imap_has(s, IMAP_CAP_MOVE) && !s->offered_move)
        return imap_end(s, fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s: the server cannot move", s->ep.host),
                        err);
    SCOPED(wire_freep) struct fct_uid_range *tidy = imap_uidset_tidied(ranges, n, &n);
    cp.asked = imap_uidset_count(tidy, n);
    int rc = n == 0                       ? 0
             : !move                      ? run_copy(s, tidy, n, &from, to_wire_name, "UID COPY", &cp, err)
             : imap_has(s, IMAP_CAP_MOVE) ? run_move(s, tidy, n, to_wire_name, &cp, err)
                                          : copy_and_expunge(s, tidy, n, to_wire_name, &cp, err);
    return imap_end(s, rc, err);
}

/* ---- mailboxes ------------------------------------------------------------------------------------------ */

int imap_mailbox_wire_name(void *session, struct fct_bytes name, char *buf, size_t cap, size_t *out_n,
                           struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer wire_name = {0};
    if (imap_wire_name_of(session, name, &wire_name, err) < 0)
        return -1;
    if (wire_name.n > cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the mailbox name is longer than %zu bytes", cap);
    memcpy(buf, wire_name.p, wire_name.n);
    *out_n = wire_name.n;
    return 0;
}

static const char *special_use(uint32_t role)
{
    switch (role) {
    case FCT_ROLE_ARCHIVE:
        return "\\Archive";
    case FCT_ROLE_DRAFTS:
        return "\\Drafts";
    case FCT_ROLE_SENT:
        return "\\Sent";
    case FCT_ROLE_TRASH:
        return "\\Trash";
    case FCT_ROLE_JUNK:
        return "\\Junk";
    default:
        return NULL;
    }
}

/* One command about one mailbox, or two. */
static int run_about(struct imap_session *s, const char *what, struct fct_bytes wire_name,
                     const struct wire_buffer *second, const char *more, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    imap_put(s, &c, what);
    imap_put_mailbox(s, wire_name);
    if (second)
        imap_put_mailbox(s, wire_buffer_bytes(second));
    imap_put_text(s, "%s", more);
    return imap_run(s, &c, err);
}

/* With its use, where the server can write it down (RFC 6154 section 3); else without. */
static int run_create(struct imap_session *s, const struct wire_buffer *wire_name, uint32_t role, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    bool with_use = special_use(role) && imap_has(s, IMAP_CAP_CREATE_SPECIAL_USE);
    if (!with_use)
        return run_about(s, "CREATE", wire_buffer_bytes(wire_name), NULL, "", err);
    imap_put(s, &c, "CREATE");
    imap_put_mailbox(s, wire_buffer_bytes(wire_name));
    imap_put_text(s, " (USE (%s))", special_use(role));
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (c.condition == IMAP_OK)
        return 0;
    if (strcmp(c.code, "USEATTR") != 0)
        return imap_fail_answer(s, &c, err);
    return run_about(s, "CREATE", wire_buffer_bytes(wire_name), NULL, "", err);
}

int imap_mailbox_create(void *session, struct fct_bytes name, uint32_t delimiter, uint32_t role, struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer wire_name = {0};
    (void)delimiter; /* the name has the server's own */
    if (imap_wire_name_of(s, name, &wire_name, err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    int rc = run_create(s, &wire_name, role, err);
    /* Other programs show subscribed mailboxes; a refusal is no failure. */
    if (rc == 0 && run_about(s, "SUBSCRIBE", wire_buffer_bytes(&wire_name), NULL, "", NULL) < 0 && s->broken)
        rc = imap_begin(s, NULL, NULL, NULL, err);
    return imap_end(s, rc, err);
}

/* A mailbox is given up before it goes away, or gets another name: what servers do with the session then differs (RFC
 * 9051 sections 6.3.5 and 6.3.6 do not say), some refuse, and UIDs of it may mean another mailbox. CLOSE would expunge.
 */
static int give_up_selected(struct imap_session *s, struct fct_bytes wire_name, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    if (!s->selected || s->selected_name.n != wire_name.n || memcmp(s->selected_name.p, wire_name.p, wire_name.n) != 0)
        return 0;
    s->selected = false;
    if (!imap_has(s, IMAP_CAP_UNSELECT)) /* RFC 3691 */
        return 0;
    imap_put(s, &c, "UNSELECT");
    return imap_send(s, &c, err) < 0 ? -1 : imap_wait_answer(s, &c, err);
}

/* The next wait asks for it again, and looks at everything: quirks.c says why. A server that refuses goes on telling.
 */
static int stop_notify(struct imap_session *s, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    if (!s->notifies)
        return 0;
    imap_put(s, &c, "NOTIFY NONE");
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    s->notifies = c.condition != IMAP_OK;
    return 0;
}

int imap_mailbox_rename(void *session, struct fct_bytes from_wire_name, struct fct_bytes to_name, struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer wire_name = {0};
    if (imap_check_argument(from_wire_name, "the mailbox name", err) < 0 ||
        imap_wire_name_of(s, to_name, &wire_name, err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    int rc = give_up_selected(s, from_wire_name, err);
    if (rc == 0)
        rc = stop_notify(s, err);
    if (rc == 0)
        rc = run_about(s, "RENAME", from_wire_name, &wire_name, "", err);
    return imap_end(s, rc, err);
}

int imap_mailbox_delete(void *session, struct fct_bytes wire_name, struct fct_error *err)
{
    struct imap_session *s = session;
    if (imap_check_argument(wire_name, "the mailbox name", err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    int rc = give_up_selected(s, wire_name, err);
    if (rc == 0)
        rc = run_about(s, "DELETE", wire_name, NULL, "", err);
    return imap_end(s, rc, err);
}

int imap_mailbox_subscribe(void *session, struct fct_bytes wire_name, bool subscribe, struct fct_error *err)
{
    struct imap_session *s = session;
    if (imap_check_argument(wire_name, "the mailbox name", err) < 0 || imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    return imap_end(s, run_about(s, subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", wire_name, NULL, "", err), err);
}
