#include "fake_source.h"

#include "base/buf.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_trace(const char *format, ...)
{
    va_list args;
    if (!getenv("FACTEUR_TRACE"))
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

struct fake_mailbox *fake_add_mailbox(struct fake_server *s, const char *name, uint32_t role)
{
    struct fake_mailbox *b = &s->box[s->n_boxes++];
    *b = (struct fake_mailbox){.name = name, .role = role, .uidvalidity = 7, .uidnext = 1, .modseq = 1};
    return b;
}

struct fake_mailbox *fake_find(struct fake_server *s, const char *name)
{
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && strcmp(s->box[i].name, name) == 0)
            return &s->box[i];
    return NULL;
}

static bool is_below(const char *name, const char *above)
{
    size_t n = strlen(above);
    return strncmp(name, above, n) == 0 && name[n] == '/';
}

void fake_rename_mailbox(struct fake_server *s, const char *from, const char *to)
{
    char old[sizeof(s->box[0].own_name)];
    snprintf(old, sizeof(old), "%s", from);
    for (size_t i = 0; i < s->n_boxes; i++) {
        struct fake_mailbox *b = &s->box[i];
        char name[sizeof(b->own_name)];
        if (!b->name || (strcmp(b->name, old) != 0 && !is_below(b->name, old)))
            continue;
        snprintf(name, sizeof(name), "%s%.20s", to, b->name + strlen(old));
        memcpy(b->own_name, name, sizeof(name));
        b->name = b->own_name;
        b->is_unsubscribed = true; /* subscriptions are to names */
    }
}

void fake_remove_mailbox(struct fake_server *s, const char *name)
{
    struct fake_mailbox *b = fake_find(s, name);
    b->name = NULL;
    if (s->selected == b)
        s->selected = NULL;
}

uint64_t fake_deliver(struct fake_mailbox *b, unsigned body, uint32_t flags)
{
    struct fake_message *m = &b->m[b->n++];
    *m = (struct fake_message){.uid = b->uidnext++, .modseq = ++b->modseq, .flags = flags, .body = body};
    fake_trace("      letter %u comes to %s %llu\n", body, b->name, (unsigned long long)m->uid);
    return m->uid;
}

static int64_t date_of(const struct fake_message *m)
{
    return m->date ? m->date : 1700000000 + (int64_t)m->uid;
}

uint64_t fake_copy(struct fake_mailbox *to, const struct fake_message *m)
{
    uint64_t uid = fake_deliver(to, m->body, m->flags);
    struct fake_message *copy = &to->m[to->n - 1];
    copy->date = date_of(m);
    snprintf(copy->keywords, sizeof(copy->keywords), "%s", m->keywords);
    return uid;
}

static struct fake_message *find(struct fake_mailbox *b, uint64_t uid)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->m[i].uid == uid && !b->m[i].is_gone)
            return &b->m[i];
    return NULL;
}

void fake_set_flags(struct fake_mailbox *b, uint64_t uid, uint32_t flags, const char *keywords)
{
    struct fake_message *m = find(b, uid);
    m->flags = flags;
    snprintf(m->keywords, sizeof(m->keywords), "%s", keywords);
    m->modseq = ++b->modseq;
}

void fake_remove(struct fake_server *s, struct fake_mailbox *b, uint64_t uid)
{
    struct fake_message *m = find(b, uid);
    m->is_gone = true;
    fake_trace("      letter %u leaves %s %llu\n", m->body, b->name, (unsigned long long)uid);
    s->gone[s->n_gone].box = b;
    s->gone[s->n_gone].uid = uid;
    s->gone[s->n_gone++].modseq = ++b->modseq;
}

size_t fake_count(const struct fake_mailbox *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += !b->m[i].is_gone;
    return n;
}

static struct fake_mailbox *box_by_name(struct fake_server *s, struct fct_bytes name)
{
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && bytes_equal_str(name, s->box[i].name))
            return &s->box[i];
    return NULL;
}

/* What others do while a command is on its way. */
static void meanwhile(struct fake_server *s)
{
    if (s->meanwhile)
        s->meanwhile(s->meanwhile_ctx);
}

struct fct_bytes fake_body(unsigned body)
{
    static char text[512];
    int n = snprintf(text, sizeof(text),
                     "From: Jane <jane@example.org>\r\nTo: joe@example.org\r\nSubject: Letter %u\r\nMessage-ID: <%u@example.org>\r\n"
                     "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nThis is letter number %u.\r\n",
                     body, body, body);
    return bytes_of(text, (size_t)n);
}

struct fct_mailbox_status fake_status(const struct fake_server *s, const struct fake_mailbox *b)
{
    return (struct fct_mailbox_status){
        .size = sizeof(struct fct_mailbox_status),
        .uidvalidity = b->uidvalidity,
        .uidnext = b->uidnext,
        .modseq = s->can & FCT_CAN_MODSEQ ? b->modseq : 0,
        .messages = (int64_t)fake_count(b),
        .unseen = -1,
        .mailbox_id = bytes_str(b->id),
    };
}

static int statuses(void *session, const struct fct_bytes *names, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    const struct fake_server *s = session;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < s->n_boxes; i++) {
            const struct fct_mailbox_status st = fake_status(s, &s->box[i]);
            if (s->box[i].name && bytes_equal_str(names[k], s->box[i].name) && sink->status(sink->ctx, names[k], &st, err) < 0)
                return -1;
        }
    return 0;
}

static int list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_server *s = session;
    for (size_t i = 0; i < s->n_boxes; i++) {
        struct fct_mailbox mb = {
            .size = sizeof(mb),
            .attrs = s->box[i].is_unsubscribed ? 0 : FCT_MB_SUBSCRIBED,
            .role = s->box[i].role,
            .delimiter = '/',
            .wire_name = bytes_str(s->box[i].name),
            .name = bytes_str(s->box[i].name),
        };
        if (!s->box[i].name)
            continue;
        if (s->can & FCT_CAN_LIST_STATUS && !s->lists_no_status) {
            mb.attrs |= FCT_MB_STATUS_KNOWN;
            mb.status = &s->box[i] == s->selected && s->stale.size ? s->stale : fake_status(s, &s->box[i]);
        }
        if (sink->mailbox(sink->ctx, &mb, err) < 0)
            return -1;
    }
    return s->stale.size ? sink->exists(sink->ctx, fake_count(s->selected), err) : 0;
}

/* The Message-ID and Date of fake_body. */
static struct fct_bytes fake_header(unsigned body)
{
    static char text[128];
    int n = snprintf(text, sizeof(text), "Message-ID: <%u@example.org>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n", body);
    return bytes_of(text, (size_t)n);
}

/* As X-GM-MSGID: what has the same bytes is the same message, in whatever mailbox. */
static struct fct_bytes fake_id(const struct fake_server *s, unsigned body)
{
    static char text[24];
    snprintf(text, sizeof(text), "id%u", body);
    return s->can & FCT_CAN_EMAIL_IDS ? bytes_str(text) : (struct fct_bytes){0};
}

static int tell_details(const struct fake_server *s, const struct fake_message *m, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_message out = {
        .size = sizeof(out),
        .uid = m->uid,
        .modseq = s->can & FCT_CAN_MODSEQ ? m->modseq : 0,
        .internal_date = date_of(m),
        .octets = fake_body(m->body).n,
        .header = s->tells_only_ids ? (struct fct_bytes){0} : fake_header(m->body),
        .email_id = fake_id(s, m->body),
        .flags = {.bits = m->flags, .keywords = bytes_str(m->keywords)},
    };
    return sink->flags(sink->ctx, &out, err);
}

static int tell_flags(const struct fake_server *s, const struct fake_message *m, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_message out = {
        .size = sizeof(out),
        .uid = m->uid,
        .modseq = s->can & FCT_CAN_MODSEQ ? m->modseq : 0,
        .flags = {.bits = m->flags, .keywords = bytes_str(m->keywords)},
    };
    return sink->flags(sink->ctx, &out, err);
}

static int tell_changes(struct fake_server *s, uint64_t since, const struct fct_sink *sink, struct fct_error *err)
{
    for (size_t i = 0; i < s->selected->n; i++)
        if (!s->selected->m[i].is_gone && s->selected->m[i].modseq > since && tell_flags(s, &s->selected->m[i], sink, err) < 0)
            return -1;
    for (size_t i = 0; i < s->n_gone; i++)
        if (s->gone[i].box == s->selected && s->gone[i].modseq > since &&
            sink->vanished(sink->ctx, &(struct fct_uid_range){s->gone[i].uid, s->gone[i].uid}, 1, err) < 0)
            return -1;
    return 0;
}

static int do_select(void *session, struct fct_bytes name, const struct fct_known *known, const struct fct_sink *sink,
                     struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    struct fake_server *s = session;
    s->selects++;
    s->selected = NULL;
    fake_trace("  SELECT %.*s\n", (int)name.n, name.p);
    meanwhile(s);
    s->selected = box_by_name(s, name);
    if (!s->selected || s->selected->refuses_select) {
        int code = s->selected && s->selected->select_code ? s->selected->select_code : FCT_E_SERVER;
        s->selected = NULL;
        return fct_fail(err, code, FCT_RETRY_NEVER, "SELECT was refused");
    }
    *out = fake_status(s, s->selected);
    *out_caught_up = false;
    meanwhile(s);
    if (s->can & FCT_CAN_VANISHED && known->modseq && known->uidvalidity == s->selected->uidvalidity) {
        *out_caught_up = true;
        return tell_changes(s, known->modseq, sink, err);
    }
    return 0;
}

static int list_messages(void *session, struct fct_uid_range range, uint64_t since, bool want_details, const struct fct_sink *sink,
                         struct fct_error *err)
{
    struct fake_server *s = session;
    int (*tell)(const struct fake_server *, const struct fake_message *, const struct fct_sink *, struct fct_error *) =
        want_details && !s->tells_no_details ? tell_details : tell_flags;
    s->listings++;
    fake_trace("  LIST from %llu, since %llu%s\n", (unsigned long long)range.first, (unsigned long long)since, want_details ? ", details" : "");
    meanwhile(s);
    size_t length = SIZE_MAX;
    if (s->short_listings > 0) {
        s->short_listings--;
        length = s->short_length;
    }
    for (size_t i = 0; i < s->selected->n && i < length; i++) {
        const struct fake_message *m = &s->selected->m[i];
        if (!m->is_gone && m->uid >= range.first && m->uid <= range.last && m->modseq > since && tell(s, m, sink, err) < 0)
            return -1;
    }
    return 0;
}

static int give(struct fake_server *s, const struct fake_message *m, bool header, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_bytes body = fake_body(m->body);
    struct fct_message out = {
        .size = sizeof(out),
        .uid = m->uid,
        .internal_date = date_of(m),
        .octets = body.n,
        .flags = {.bits = m->flags, .keywords = bytes_str(m->keywords)},
        .email_id = fake_id(s, m->body),
        .is_partial = header,
    };
    if (m->uid == s->poison_uid && (!header || s->poisons_headers)) {
        s->poison_fetches++;
        s->is_broken = true;
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the connection broke at the message");
    }
    if (header)
        body.n = (size_t)(strstr(body.p, "\r\n\r\n") - body.p) + 4;
    if (sink->message_begin(sink->ctx, body.n, err) < 0 || sink->message_data(sink->ctx, bytes_of(body.p, 10), err) < 0)
        return -1;
    if (s->fail_after_messages && s->messages_given == s->fail_after_messages)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the connection broke in the middle of a message");
    *(header ? &s->headers_given : &s->messages_given) += 1;
    if (sink->message_data(sink->ctx, bytes_of(body.p + 10, body.n - 10), err) < 0)
        return -1;
    return sink->message_end(sink->ctx, &out, err);
}

static int fetch_some(void *session, const struct fct_uid_range *r, size_t n, bool headers, const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_server *s = session;
    s->fetches++;
    fake_trace("  FETCH\n");
    meanwhile(s);
    if (s->refused_fetches > 0) {
        s->refused_fetches--;
        return fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "FETCH was refused");
    }
    if (s->in_fetch) {
        void (*fn)(struct fake_server *, const struct fct_sink *) = s->in_fetch;
        s->in_fetch = NULL;
        fn(s, sink);
    }
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < s->selected->n; i++) {
            const struct fake_message *m = &s->selected->m[i];
            if (m->uid >= r[k].first && m->uid <= r[k].last && !m->is_gone && !m->is_withheld && give(s, m, headers, sink, err) < 0)
                return -1;
        }
    return 0;
}

static int fetch(void *session, const struct fct_uid_range *r, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    return fetch_some(session, r, n, false, sink, err);
}

static int fetch_headers(void *session, const struct fct_uid_range *r, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    return fetch_some(session, r, n, true, sink, err);
}

static void stats(void *session, struct fct_session_stats *out)
{
    const struct fake_server *s = session;
    out->suspect_uid = !s->is_broken ? 0 : s->poison_suspect ? s->poison_suspect : s->poison_uid;
}

static int store_flags(void *session, const struct fct_uid_range *r, size_t n, const struct fct_flags *add, const struct fct_flags *remove,
                       const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_server *s = session;
    s->stores++;
    fake_trace("  STORE\n");
    meanwhile(s);
    if (s->refuses_stores) {
        fct_fail(err, s->store_code ? s->store_code : FCT_E_SERVER, s->store_retry, "STORE was refused");
        fct_error_server(err, bytes_str("[CANNOT] read-only"));
        return -1;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < s->selected->n; i++) {
            struct fake_message *m = &s->selected->m[i];
            if (m->is_gone || m->uid < r[k].first || m->uid > r[k].last)
                continue;
            m->flags = (m->flags | add->bits) & ~remove->bits;
            if (add->keywords.n)
                snprintf(m->keywords, sizeof(m->keywords), "%.*s", (int)add->keywords.n, add->keywords.p);
            m->modseq = ++s->selected->modseq;
            if (tell_flags(s, m, sink, err) < 0)
                return -1;
        }
    return 0;
}

/* ---- moving, appending, removing ---- */

static bool is_in(const struct fct_uid_range *r, size_t n, uint64_t uid)
{
    for (size_t i = 0; i < n; i++)
        if (uid >= r[i].first && uid <= r[i].last)
            return true;
    return false;
}

static int lost(bool *flag, struct fct_error *err)
{
    if (!*flag)
        return 0;
    *flag = false;
    fake_trace("      the connection breaks\n");
    return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the connection broke");
}

static int refused(const struct fake_server *s, const struct fake_mailbox *to, int code, struct fct_error *err)
{
    if (code == 0 || (to && s->refuses_to && strcmp(to->name, s->refuses_to) != 0))
        return 0;
    fct_fail(err, code, s->refusal_retry, "the server says no");
    fct_error_server(err, bytes_str("[NOPERM] not here"));
    return -1;
}

static int copy(void *session, const struct fct_uid_range *r, size_t n, struct fct_bytes to_name, bool move,
                int (*copied)(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from, const struct fct_uid_range *to,
                              size_t n, struct fct_error *err),
                void *ctx, struct fct_error *err)
{
    struct fake_server *s = session;
    struct fake_mailbox *from = s->selected, *to = box_by_name(s, to_name);
    *(move ? &s->moves : &s->copies) += 1;
    for (size_t i = 0; i < n; i++)
        fake_trace("  %s %s %llu:%llu to %.*s\n", move ? "MOVE" : "COPY", from->name, (unsigned long long)r[i].first,
                   (unsigned long long)r[i].last, (int)to_name.n, to_name.p);
    meanwhile(s);
    if (!to)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "[TRYCREATE] no such mailbox");
    if (refused(s, to, s->refuses_copies, err) < 0 || lost(&s->loses_commands, err) < 0)
        return -1;
    for (size_t i = 0, end = from->n; i < end; i++) {
        struct fake_message *m = &from->m[i];
        if (m->is_gone || !is_in(r, n, m->uid))
            continue;
        uint64_t uid = fake_copy(to, m);
        struct fct_uid_range told = {s->lies_about_uids ? 1 : uid, s->lies_about_uids ? 1 : uid};
        if (!s->tells_no_uids && !s->loses_answers &&
            copied(ctx, to->uidvalidity, &(struct fct_uid_range){m->uid, m->uid}, &told, 1, err) < 0)
            return -1;
        if (move)
            fake_remove(s, from, m->uid);
    }
    meanwhile(s);
    return lost(&s->loses_answers, err);
}

static int append(void *session, struct fct_bytes name, const struct fct_message *m,
                  int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err), void *ctx, uint64_t *out_uid, struct fct_error *err)
{
    struct fake_server *s = session;
    struct fake_mailbox *to = box_by_name(s, name);
    struct buf bytes = {0};
    unsigned body = 0;
    for (struct fct_bytes part;;) {
        if (read(ctx, &part, err) < 0)
            return -1;
        if (part.n == 0)
            break;
        buf_add(&bytes, part.p, part.n);
    }
    s->appends++;
    fake_trace("  APPEND %.*s\n", (int)name.n, name.p);
    meanwhile(s);
    const char *subject = strstr(buf_str(&bytes), "Subject: Letter ");
    bool is_whole = bytes.n == m->octets && subject && sscanf(subject, "Subject: Letter %u", &body) == 1 &&
                    bytes_equal(fake_body(body), buf_bytes(&bytes));
    buf_done(&bytes);
    if (!is_whole)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "that is none of the letters");
    if (!to)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "[TRYCREATE] no such mailbox");
    if (refused(s, to, s->refuses_appends, err) < 0 || lost(&s->loses_commands, err) < 0)
        return -1;
    uint64_t uid = fake_deliver(to, body, m->flags.bits);
    to->m[to->n - 1].date = m->internal_date;
    *out_uid = s->tells_no_uids ? 0 : uid;
    meanwhile(s);
    return lost(&s->loses_answers, err);
}

struct one_of {
    const struct fct_appends *what;
    size_t i;
};

static int read_one_of(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    const struct one_of *o = ctx;
    return o->what->read(o->what->ctx, o->i, out, err);
}

static int append_many(void *session, struct fct_bytes name, const struct fct_appends *what, struct fct_error *err)
{
    struct one_of o = {.what = what};
    fake_trace("  %zu at once\n", what->n);
    for (; o.i < what->n; o.i++) {
        struct fct_error why = {0};
        uint64_t uid = 0;
        int rc = append(session, name, what->message(what->ctx, o.i), read_one_of, &o, &uid, &why);
        if (rc < 0 && why.code == FCT_E_NETWORK) {
            *err = why;
            return -1;
        }
        if (what->appended(what->ctx, o.i, uid, rc < 0 ? &why : NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int expunge(void *session, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    struct fake_server *s = session;
    s->expunges++;
    for (size_t i = 0; i < n; i++)
        fake_trace("  EXPUNGE %s %llu:%llu\n", s->selected->name, (unsigned long long)r[i].first, (unsigned long long)r[i].last);
    meanwhile(s);
    if (refused(s, NULL, s->refuses_expunges, err) < 0 || lost(&s->loses_commands, err) < 0)
        return -1;
    for (size_t i = 0; i < s->selected->n; i++)
        if (!s->selected->m[i].is_gone && is_in(r, n, s->selected->m[i].uid)) {
            if (s->can & FCT_CAN_EXPUNGE && !s->marks_only)
                fake_remove(s, s->selected, s->selected->m[i].uid);
            else
                fake_set_flags(s->selected, s->selected->m[i].uid, s->selected->m[i].flags | FCT_FLAG_DELETED, s->selected->m[i].keywords);
        }
    meanwhile(s);
    if (lost(&s->marks_only, err) < 0)
        return -1;
    return lost(&s->loses_answers, err);
}

/* ---- mailboxes ---- */

static int mailbox_create(void *session, struct fct_bytes name, uint32_t delimiter, uint32_t role, struct fct_error *err)
{
    struct fake_server *s = session;
    s->mailbox_commands++;
    if (delimiter != '/' || s->n_boxes == FAKE_MAILBOXES_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a delimiter that is not the server's, or one too many");
    if (box_by_name(s, name))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "it exists");
    struct fake_mailbox *b = fake_add_mailbox(s, "", role);
    snprintf(b->own_name, sizeof(b->own_name), "%.*s", (int)name.n, name.p);
    b->name = b->own_name;
    b->uidvalidity = 1000 + (uint32_t)s->n_boxes;
    return 0;
}

static int mailbox_rename(void *session, struct fct_bytes from, struct fct_bytes to, struct fct_error *err)
{
    struct fake_server *s = session;
    const struct fake_mailbox *b = box_by_name(s, from);
    char name[48];
    s->mailbox_commands++;
    if (!b)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such mailbox");
    if (box_by_name(s, to))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "it exists");
    snprintf(name, sizeof(name), "%.*s", (int)to.n, to.p);
    if (is_below(name, b->name))
        return fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "below itself");
    fake_rename_mailbox(s, b->name, name);
    return 0;
}

static int mailbox_delete(void *session, struct fct_bytes name, struct fct_error *err)
{
    struct fake_server *s = session;
    const struct fake_mailbox *b = box_by_name(s, name);
    s->mailbox_commands++;
    if (!b)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such mailbox");
    if (b == s->selected)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "it is selected");
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && is_below(s->box[i].name, b->name))
            return fct_fail(err, FCT_E_MAILBOX_HAS_CHILD, FCT_RETRY_NEVER, "it has children");
    fake_remove_mailbox(s, b->name);
    return 0;
}

static int mailbox_subscribe(void *session, struct fct_bytes name, bool on, struct fct_error *err)
{
    struct fake_server *s = session;
    struct fake_mailbox *b = box_by_name(s, name);
    (void)err;
    s->mailbox_commands++;
    if (b)
        b->is_unsubscribed = !on;
    return 0;
}

static int mailbox_wire_name(void *session, struct fct_bytes name, char *buf, size_t cap, size_t *out_n, struct fct_error *err)
{
    (void)session;
    if (name.n > cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "too long");
    memcpy(buf, name.p, name.n);
    *out_n = name.n;
    return 0;
}

static int do_idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err)
{
    (void)timeout_ms;
    struct fake_server *s = session;
    s->idles++;
    for (size_t i = 0; s->tells_flags_of && i < s->selected->n; i++)
        if (s->selected->m[i].uid == s->tells_flags_of && tell_flags(s, &s->selected->m[i], sink, err) < 0)
            return -1;
    s->tells_flags_of = 0;
    return sink->exists(sink->ctx, fake_count(s->selected), err);
}

#define SOURCE \
    .size = sizeof(fake_source), \
    .scheme = "fake", \
    .list = list, \
    .statuses = statuses, \
    .select = do_select, \
    .list_messages = list_messages, \
    .fetch = fetch, \
    .store_flags = store_flags, \
    .stats = stats, \
    .idle = do_idle, \
    .append = append, \
    .copy = copy, \
    .expunge = expunge, \
    .mailbox_create = mailbox_create, \
    .mailbox_rename = mailbox_rename, \
    .mailbox_delete = mailbox_delete, \
    .mailbox_subscribe = mailbox_subscribe, \
    .mailbox_wire_name = mailbox_wire_name, \
    .fetch_headers = fetch_headers,

const struct fct_source fake_source = {SOURCE .append_many = append_many};
const struct fct_source fake_source_one_by_one = {SOURCE};
