#include "data.h"

#include "mutf7.h"

#include <stdio.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES_MAX 1000 /* of a server's name and version, as we show them */

/* ---- flags ---------------------------------------------------------------------------------------------- */

void imap_flags_clear(struct imap_flags *f)
{
    f->bits = f->seen = 0;
    f->keywords.n = 0;
}

static uint32_t flag_of_name(struct fct_bytes name)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } known[] = {
        {"\\Seen", FCT_FLAG_SEEN},      {"\\Answered", FCT_FLAG_ANSWERED}, {"\\Flagged", FCT_FLAG_FLAGGED},
        {"\\Draft", FCT_FLAG_DRAFT},    {"\\Deleted", FCT_FLAG_DELETED},   {"$Forwarded", FCT_FLAG_FORWARDED},
        {"$Junk", FCT_FLAG_JUNK},       {"Junk", FCT_FLAG_JUNK},           {"$NotJunk", FCT_FLAG_NOTJUNK},
        {"NonJunk", FCT_FLAG_NOTJUNK},  {"NotJunk", FCT_FLAG_NOTJUNK},     {"$Phishing", FCT_FLAG_PHISHING},
        {"$MDNSent", FCT_FLAG_MDNSENT},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (wire_equal(name, known[i].name))
            return known[i].flag;
    return 0;
}

/* RFC 8621 section 4.1.1: 1 to 255 of the ASCII characters %x21-%x7e but ( ) { ] % * " \ */
static bool is_keyword(struct fct_bytes name)
{
    if (name.n == 0 || name.n > IMAP_KEYWORD_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 0x21 || name.p[i] > 0x7e || strchr("(){]%*\"\\", name.p[i]))
            return false;
    return true;
}

static bool has_keyword(const struct wire_buffer *words, struct fct_bytes name)
{
    for (size_t at = 0; at < words->n;) {
        const char *start = words->p + at;
        const char *space = memchr(start, ' ', words->n - at);
        size_t n = space ? (size_t)(space - start) : words->n - at;
        if (n == name.n && strncasecmp(start, name.p, n) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

void imap_flags_add(struct imap_flags *f, struct fct_bytes name)
{
    if (f->seen++ >= IMAP_FLAGS_MAX)
        return;
    uint32_t bit = flag_of_name(name);
    f->bits |= bit;
    if (bit || !is_keyword(name) || f->keywords.n + 1 + name.n > IMAP_KEYWORDS_BYTES_MAX ||
        has_keyword(&f->keywords, name))
        return;
    if (f->keywords.n > 0)
        wire_buffer_add_char(&f->keywords, ' ');
    for (size_t i = 0; i < name.n; i++)
        wire_buffer_add_char(&f->keywords, (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]));
}

/* The beginning of a list; *out_nil: NIL stands for an empty one. */
static int open_list(struct imap_parser *p, bool *out_nil, struct fct_error *err)
{
    struct imap_token tok;
    *out_nil = false;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    if (tok.kind == IMAP_OPEN)
        return 0;
    *out_nil = tok.kind == IMAP_NIL;
    return *out_nil
               ? 0
               : fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server's answer is no IMAP: a list is missing");
}

/* Calls `each` for every atom of a list; anything else inside is left out. */
static int parse_atom_list(struct imap_parser *p, void (*each)(void *ctx, struct fct_bytes atom), void *ctx,
                           struct fct_error *err)
{
    struct imap_token tok;
    bool nil;
    if (open_list(p, &nil, err) < 0 || nil)
        return nil ? 0 : -1;
    for (;;) {
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return 0;
        if (tok.kind == IMAP_ATOM)
            each(ctx, tok.text);
        else if (imap_skip_value(p, &tok, err) < 0)
            return -1;
    }
}

static void add_flag(void *ctx, struct fct_bytes name)
{
    imap_flags_add(ctx, name);
}

int imap_parse_flags(struct imap_parser *p, struct imap_flags *out, struct fct_error *err)
{
    imap_flags_clear(out);
    return parse_atom_list(p, add_flag, out, err);
}

static void add_permanent(void *ctx, struct fct_bytes name)
{
    struct imap_permanent *perm = ctx;
    imap_flags_add(&perm->flags, name);
    perm->any |= wire_equal(name, "\\*");
    perm->junk_without_dollar |= wire_equal(name, "Junk");
    perm->nonjunk |= wire_equal(name, "NonJunk");
}

int imap_parse_permanent(struct imap_parser *p, struct imap_permanent *out, struct fct_error *err)
{
    imap_flags_clear(&out->flags);
    out->any = out->junk_without_dollar = out->nonjunk = false;
    return parse_atom_list(p, add_permanent, out, err);
}

/* ---- FETCH ---------------------------------------------------------------------------------------------- */

static bool two_digits(const char *s, int *out)
{
    bool tens = s[0] >= '0' && s[0] <= '9';
    if ((!tens && s[0] != ' ') || s[1] < '0' || s[1] > '9')
        return false;
    *out = (tens ? (s[0] - '0') * 10 : 0) + (s[1] - '0');
    return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_of_name(const char *s)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int m = 0; m < 12; m++)
        if (strncasecmp(s, names + (ptrdiff_t)m * 3, 3) == 0)
            return m + 1;
    return 0;
}

bool imap_parse_date(struct fct_bytes text, int64_t *out)
{
    char s[27];
    int day, hi, lo, hour, minute, second, zone_hour, zone_minute;
    if (text.n == 25 && text.p[1] == '-') /* "7-Jul-1996 ...": date-day-fixed should have two places */
        snprintf(s, sizeof(s), " %.25s", text.p);
    else if (text.n == 26)
        memcpy(s, text.p, 26), s[26] = '\0';
    else
        return false;
    int month = month_of_name(s + 3);
    bool shape = s[2] == '-' && s[6] == '-' && s[11] == ' ' && s[14] == ':' && s[17] == ':' && s[20] == ' ' &&
                 (s[21] == '+' || s[21] == '-');
    if (!shape || month == 0 || !two_digits(s, &day) || !two_digits(s + 7, &hi) || !two_digits(s + 9, &lo) ||
        !two_digits(s + 12, &hour) || !two_digits(s + 15, &minute) || !two_digits(s + 18, &second) ||
        !two_digits(s + 22, &zone_hour) || !two_digits(s + 24, &zone_minute))
        return false;
    if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t zone = (zone_hour * 60 + zone_minute) * 60;
    *out = days_from_civil(hi * 100 + lo, month, day) * 86400 + hour * 3600 + minute * 60 + second -
           (s[21] == '-' ? -zone : zone);
    return true;
}

void imap_fetch_done(struct imap_fetch *f)
{
    wire_buffer_done(&f->flags.keywords);
    wire_buffer_done(&f->email_id);
    wire_buffer_done(&f->header);
}

void imap_fetch_merge(struct imap_fetch *to, const struct imap_fetch *later)
{
    to->uid = later->has & IMAP_HAS_UID ? later->uid : to->uid;
    to->modseq = later->has & IMAP_HAS_MODSEQ ? later->modseq : to->modseq;
    to->size = later->has & IMAP_HAS_SIZE ? later->size : to->size;
    to->date = later->has & IMAP_HAS_DATE ? later->date : to->date;
    if (later->has & IMAP_HAS_FLAGS) {
        to->flags.bits = later->flags.bits;
        wire_buffer_set(&to->flags.keywords, wire_buffer_bytes(&later->flags.keywords));
    }
    if (later->has & IMAP_HAS_EMAIL_ID)
        wire_buffer_set(&to->email_id, wire_buffer_bytes(&later->email_id));
    if (later->has & IMAP_HAS_HEADER)
        wire_buffer_set(&to->header, wire_buffer_bytes(&later->header));
    to->has |= later->has;
}

/* "(17)" and "(M1234)": MODSEQ and EMAILID put their value into a list. A bare value is taken too. */
static int parse_enclosed(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err)
{
    struct imap_token tok;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    if (tok.kind != IMAP_OPEN)
        return imap_string(p, &tok, out, err);
    if (imap_next_string(p, out, err) < 0)
        return -1;
    return imap_expect(p, IMAP_CLOSE, err);
}

static int parse_body(struct imap_parser *p, const struct imap_body_sink *body, struct imap_fetch *f,
                      struct fct_error *err)
{
    struct imap_token tok;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    bool wanted = body && !(f->has & IMAP_HAS_BODY);
    if (!wanted || (tok.kind != IMAP_LITERAL && tok.kind != IMAP_QUOTED))
        return imap_skip_value(p, &tok, err); /* NIL: the server does not have it */
    uint64_t octets = tok.kind == IMAP_LITERAL ? tok.octets : tok.text.n;
    f->has |= IMAP_HAS_BODY;
    if (!body->header_only) {
        f->size = octets;
        f->has |= IMAP_HAS_SIZE;
    }
    if (body->begin(body->ctx, octets, err) < 0)
        return -1;
    if (tok.kind == IMAP_QUOTED)
        return tok.text.n > 0 ? body->data(body->ctx, tok.text, err) : 0;
    for (;;) {
        struct fct_bytes part;
        if (imap_literal_some(p, &part, err) < 0)
            return -1;
        if (part.n == 0)
            return 0;
        if (body->data(body->ctx, part, err) < 0)
            return -1;
    }
}

static int parse_number(struct imap_parser *p, uint64_t max, uint64_t *out, struct fct_error *err)
{
    struct fct_bytes text;
    if (parse_enclosed(p, &text, err) < 0)
        return -1;
    if (!imap_number(text, max, out))
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server's answer is no IMAP: a number is missing");
    return 0;
}

/* NIL, "-1" and the like are as if it were not there. */
static int parse_known_number(struct imap_parser *p, uint64_t *out, struct imap_fetch *f, unsigned has,
                              struct fct_error *err)
{
    struct fct_bytes text;
    if (parse_enclosed(p, &text, err) < 0)
        return -1;
    if (text.n == 0 || text.p[0] == '-')
        return 0;
    if (!imap_number(text, UINT64_MAX, out))
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server's answer is no IMAP: a number is missing");
    f->has |= has;
    return 0;
}

static int parse_fetch_date(struct imap_parser *p, struct imap_fetch *f, struct fct_error *err)
{
    struct fct_bytes text;
    if (imap_next_string(p, &text, err) < 0)
        return -1;
    if (imap_parse_date(text, &f->date))
        f->has |= IMAP_HAS_DATE;
    return 0;
}

static int parse_email_id(struct imap_parser *p, struct imap_fetch *f, struct fct_error *err)
{
    struct fct_bytes text;
    if (parse_enclosed(p, &text, err) < 0)
        return -1;
    if (text.n == 0 || text.n > IMAP_ID_MAX)
        return 0; /* NIL: the server has none for this message */
    wire_buffer_set(&f->email_id, text);
    f->has |= IMAP_HAS_EMAIL_ID;
    return 0;
}

/* "BODY[HEADER.FIELDS (MESSAGE-ID DATE)]", with the names quoted or not, in any case and order: it is what was asked
 * for, so only its kind matters. Some servers repeat the PEEK. */
static bool is_header_section(struct fct_bytes name)
{
    static const char *const known[] = {"BODY[HEADER", "BODY.PEEK[HEADER"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t n = strlen(known[i]);
        if (name.n > n && strncasecmp(name.p, known[i], n) == 0)
            return name.p[n] == ']' || name.p[n] == '.';
    }
    return false;
}

static int parse_header(struct imap_parser *p, struct imap_fetch *f, struct fct_error *err)
{
    struct imap_token tok;
    struct fct_bytes text;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    bool is_string = tok.kind == IMAP_LITERAL || tok.kind == IMAP_QUOTED;
    if (!is_string || (tok.kind == IMAP_LITERAL ? tok.octets : tok.text.n) > IMAP_HEADER_MAX)
        return imap_skip_value(p, &tok, err);
    if (imap_string(p, &tok, &text, err) < 0)
        return -1;
    wire_buffer_set(&f->header, text);
    f->has |= IMAP_HAS_HEADER;
    return 0;
}

static int parse_attribute(struct imap_parser *p, struct fct_bytes name, const struct imap_body_sink *body,
                           struct imap_fetch *f, struct fct_error *err)
{
    uint64_t n;
    struct imap_token tok;
    bool wants_header = body && body->header_only;
    if (wire_equal(name, "UID")) {
        if (parse_number(p, UINT32_MAX, &n, err) < 0)
            return -1;
        f->uid = (uint32_t)n;
        f->has |= n > 0 ? IMAP_HAS_UID : 0;
        return 0;
    }
    if (wire_equal(name, "FLAGS")) {
        f->has |= IMAP_HAS_FLAGS;
        return imap_parse_flags(p, &f->flags, err);
    }
    if (wire_equal(name, "MODSEQ"))
        return parse_known_number(p, &f->modseq, f, IMAP_HAS_MODSEQ, err);
    if (wire_equal(name, "RFC822.SIZE")) /* the octets that came are the truth */
        return parse_known_number(p, f->has & IMAP_HAS_BODY && !wants_header ? &n : &f->size, f, IMAP_HAS_SIZE, err);
    if (wire_equal(name, "INTERNALDATE"))
        return parse_fetch_date(p, f, err);
    if (wire_equal(name, "EMAILID") || wire_equal(name, "X-GM-MSGID"))
        return parse_email_id(p, f, err);
    if (wire_equal(name, "BODY[]"))
        return parse_body(p, wants_header ? NULL : body, f, err);
    if (is_header_section(name))
        return wants_header ? parse_body(p, body, f, err) : parse_header(p, f, err);
    return imap_next(p, &tok, err) < 0 ? -1 : imap_skip_value(p, &tok, err);
}

int imap_parse_fetch(struct imap_parser *p, const struct imap_body_sink *body, struct imap_fetch *f,
                     struct fct_error *err)
{
    f->has = 0;
    f->uid = 0;
    f->modseq = f->size = 0;
    f->date = 0;
    imap_flags_clear(&f->flags);
    f->email_id.n = f->header.n = 0;
    bool nil;
    if (open_list(p, &nil, err) < 0 || nil)
        return nil ? 0 : -1;
    for (;;) {
        struct imap_token tok;
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return 0;
        if (tok.kind != IMAP_ATOM)
            return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER,
                            "the server's answer is no IMAP: FETCH without a name");
        if (parse_attribute(p, tok.text, body, f, err) < 0)
            return -1;
    }
}

/* ---- mailboxes ------------------------------------------------------------------------------------------ */

static void add_list_attribute(void *ctx, struct fct_bytes name)
{
    static const struct {
        const char *name;
        uint32_t attr, role;
    } known[] = {
        {"\\Noselect", FCT_MB_NOSELECT, 0},
        {"\\Noinferiors", FCT_MB_NOINFERIORS, 0},
        {"\\HasChildren", FCT_MB_HAS_CHILDREN, 0},
        {"\\Subscribed", FCT_MB_SUBSCRIBED, 0},
        {"\\All", 0, FCT_ROLE_ALL},
        {"\\Archive", 0, FCT_ROLE_ARCHIVE},
        {"\\Drafts", 0, FCT_ROLE_DRAFTS},
        {"\\Flagged", 0, FCT_ROLE_FLAGGED},
        {"\\Junk", 0, FCT_ROLE_JUNK},
        {"\\Sent", 0, FCT_ROLE_SENT},
        {"\\Trash", 0, FCT_ROLE_TRASH},
        {"\\Important", 0, FCT_ROLE_IMPORTANT},
        {"\\Snoozed", 0, FCT_ROLE_SNOOZED},
    };
    struct imap_list_item *item = ctx;
    item->tells_children |= wire_equal(name, "\\HasChildren") || wire_equal(name, "\\HasNoChildren") ||
                            wire_equal(name, "\\Noinferiors") || wire_equal(name, "\\NonExistent");
    if (wire_equal(name, "\\NonExistent")) {
        item->nonexistent = true;
        item->attrs |= FCT_MB_NOSELECT; /* implied: RFC 9051 section 7.3.1 */
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (wire_equal(name, known[i].name)) {
            item->attrs |= known[i].attr;
            if (known[i].role && !item->role)
                item->role = known[i].role;
        }
}

/* A mailbox may be called NIL, and written as an atom. */
static int parse_mailbox_name(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err)
{
    struct imap_token tok;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    *out = tok.text;
    return tok.kind == IMAP_NIL ? 0 : imap_string(p, &tok, out, err);
}

int imap_parse_list(struct imap_parser *p, struct imap_list_item *out, struct fct_error *err)
{
    struct fct_bytes text;
    out->attrs = out->role = out->delimiter = 0;
    out->nonexistent = out->tells_children = false;
    out->name.n = 0;
    if (parse_atom_list(p, add_list_attribute, out, err) < 0 || imap_next_string(p, &text, err) < 0)
        return -1;
    out->delimiter = text.n > 0 && (unsigned char)text.p[0] < 0x80 ? (unsigned char)text.p[0] : 0;
    if (imap_take_bare_rest(p, &text))
        ;
    else if (parse_mailbox_name(p, &text, err) < 0)
        return -1;
    wire_buffer_set(&out->name, text);
    if (wire_equal(text, "INBOX"))
        out->role = FCT_ROLE_INBOX;
    return imap_skip_rest(p, err);
}

void imap_status_done(struct imap_status *s)
{
    wire_buffer_done(&s->name);
    wire_buffer_done(&s->mailbox_id);
}

static void set_status_value(struct fct_mailbox_status *v, struct fct_bytes name, uint64_t n)
{
    if (wire_equal(name, "MESSAGES"))
        v->messages = n <= UINT32_MAX ? (int64_t)n : -1;
    else if (wire_equal(name, "UNSEEN"))
        v->unseen = n <= UINT32_MAX ? (int64_t)n : -1;
    else if (wire_equal(name, "UIDNEXT"))
        v->uidnext = n;
    else if (wire_equal(name, "UIDVALIDITY"))
        v->uidvalidity = n <= UINT32_MAX ? (uint32_t)n : 0;
    else if (wire_equal(name, "HIGHESTMODSEQ"))
        v->modseq = n;
}

int imap_parse_status(struct imap_parser *p, struct imap_status *out, struct fct_error *err)
{
    struct fct_bytes text;
    out->values = (struct fct_mailbox_status){.size = sizeof(out->values), .messages = -1, .unseen = -1};
    out->mailbox_id.n = 0;
    if (parse_mailbox_name(p, &text, err) < 0)
        return -1;
    wire_buffer_set(&out->name, text);
    bool nil;
    if (open_list(p, &nil, err) < 0 || nil)
        return nil ? 0 : -1;
    for (;;) {
        struct imap_token tok;
        uint64_t n;
        char name[IMAP_NAME_MAX + 1];
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return imap_skip_rest(p, err);
        if (imap_string(p, &tok, &text, err) < 0)
            return -1;
        snprintf(name, sizeof(name), "%.*s", (int)(text.n <= IMAP_NAME_MAX ? text.n : 0), text.n > 0 ? text.p : "");
        if (parse_enclosed(p, &text, err) < 0)
            return -1;
        if (strcasecmp(name, "MAILBOXID") == 0 && text.n <= IMAP_ID_MAX)
            wire_buffer_set(&out->mailbox_id, text);
        else if (imap_number(text, UINT64_MAX, &n))
            set_status_value(&out->values, (struct fct_bytes){name, strlen(name)}, n);
    }
}

/* ((prefix delimiter extension...) ...) or NIL */
static int parse_namespace_kind(struct imap_parser *p, int kind,
                                void (*each)(void *ctx, int kind, struct fct_bytes prefix), void *ctx,
                                struct fct_error *err)
{
    struct imap_token tok;
    struct fct_bytes prefix;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    if (tok.kind != IMAP_OPEN)
        return imap_skip_value(p, &tok, err);
    for (;;) {
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return 0;
        if (tok.kind != IMAP_OPEN) {
            if (imap_skip_value(p, &tok, err) < 0)
                return -1;
            continue;
        }
        if (imap_next_string(p, &prefix, err) < 0)
            return -1;
        each(ctx, kind, prefix);
        do
            if (imap_next(p, &tok, err) < 0 || (tok.kind != IMAP_CLOSE && imap_skip_value(p, &tok, err) < 0))
                return -1;
        while (tok.kind != IMAP_CLOSE);
    }
}

int imap_parse_namespace(struct imap_parser *p, void (*each)(void *ctx, int kind, struct fct_bytes prefix), void *ctx,
                         struct fct_error *err)
{
    for (int kind = 0; kind < 3; kind++)
        if (parse_namespace_kind(p, kind, each, ctx, err) < 0)
            return -1;
    return 0;
}

/* ---- quotas ---------------------------------------------------------------------------------------------- */

void imap_quota_done(struct imap_quota *q)
{
    wire_buffer_done(&q->root);
    wire_buffer_done(&q->resource);
}

static struct fct_bytes short_name(struct fct_bytes name)
{
    return (struct fct_bytes){name.p, name.n < IMAP_QUOTA_NAME_MAX ? name.n : IMAP_QUOTA_NAME_MAX};
}

/* "STORAGE 10 512": the rest of it, after the name. *out_told: whether the numbers are some. */
static int parse_resource(struct imap_parser *p, struct imap_quota *q, bool *out_told, struct fct_error *err)
{
    struct fct_bytes text;
    if (imap_next_string(p, &text, err) < 0)
        return -1;
    *out_told = imap_number(text, INT64_MAX, &q->used);
    if (imap_next_string(p, &text, err) < 0)
        return -1;
    *out_told = imap_number(text, INT64_MAX, &q->limit) && *out_told;
    return 0;
}

int imap_parse_quota(struct imap_parser *p, struct imap_quota *q, int (*each)(void *ctx, struct fct_error *err),
                     void *ctx, struct fct_error *err)
{
    struct imap_token tok;
    struct fct_bytes text;
    bool is_told;
    if (imap_next_string(p, &text, err) < 0)
        return -1;
    q->root.n = 0;
    wire_buffer_set(&q->root, short_name(text));
    if (imap_expect(p, IMAP_OPEN, err) < 0)
        return -1;
    for (;;) {
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return 0;
        if (imap_string(p, &tok, &text, err) < 0)
            return -1;
        wire_buffer_set(&q->resource, short_name(text));
        for (size_t i = 0; i < q->resource.n; i++)
            q->resource.p[i] = (char)toupper((unsigned char)q->resource.p[i]);
        if (parse_resource(p, q, &is_told, err) < 0 || (is_told && each(ctx, err) < 0))
            return -1;
    }
}

/* ---- others --------------------------------------------------------------------------------------------- */

int imap_parse_vanished(struct imap_parser *p, bool *out_earlier, struct fct_bytes *out_set, struct fct_error *err)
{
    struct imap_token tok;
    *out_earlier = false;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    if (tok.kind == IMAP_OPEN) {
        *out_earlier = true;
        if (imap_skip_value(p, &tok, err) < 0 || imap_next(p, &tok, err) < 0)
            return -1;
    }
    return imap_string(p, &tok, out_set, err);
}

int imap_parse_atoms(struct imap_parser *p, void (*each)(void *ctx, struct fct_bytes atom), void *ctx,
                     struct fct_error *err)
{
    for (;;) {
        struct imap_token tok;
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_END)
            return 0;
        if (tok.kind == IMAP_ATOM)
            each(ctx, tok.text);
        else if (imap_skip_value(p, &tok, err) < 0)
            return -1;
    }
}

int imap_parse_id(struct imap_parser *p, struct wire_buffer *out, struct fct_error *err)
{
    struct imap_token tok;
    if (imap_next(p, &tok, err) < 0 || tok.kind != IMAP_OPEN)
        return imap_skip_rest(p, err);
    for (;;) {
        struct fct_bytes text;
        if (imap_next(p, &tok, err) < 0)
            return -1;
        if (tok.kind == IMAP_CLOSE)
            return 0;
        if (imap_string(p, &tok, &text, err) < 0)
            return -1;
        bool wanted = wire_equal(text, "name") || wire_equal(text, "version");
        if (imap_next_string(p, &text, err) < 0)
            return -1;
        if (wanted && text.n > 0 && out->n + text.n < NAME_BYTES_MAX && imap_is_utf8(text)) {
            if (out->n > 0)
                wire_buffer_add_char(out, ' ');
            wire_buffer_add(out, text.p, text.n);
        }
    }
}
