#include "mime/subject.h"

#include "base/cleanup.h"
#include "text/tokens.h"

#include <strings.h>

struct range {
    const char *p, *end;
};

/* What stands before the colon in a reply, and in a forwarded message, by language. "re" and "fw[d]" are RFC 5256's. */
static const char *const reply_prefixes[] = {
    "re",                          /* English */
    "aw",   "antw",                /* German, Dutch */
    "sv",   "vs",                  /* Swedish, Danish, Norwegian, Finnish */
    "rép",  "rep",                 /* French */
    "res",  "rif",  "r",           /* Portuguese, Italian */
    "odp",  "ynt",  "atb",  "bls", /* Polish, Turkish, Latvian, Indonesian */
    "回复", "回覆", "答复", "返信", "отв", "απ", "σχετ", "תגובה",
};
static const char *const forward_prefixes[] = {
    "fw",   "fwd",         /* English */
    "wg",                  /* German */
    "vl",   "vb",          /* Finnish, Swedish */
    "tr",                  /* French */
    "enc",  "rv",   "i",   /* Portuguese, Spanish, Italian */
    "pd",   "ilt",  "trs", /* Polish, Turkish, Indonesian */
    "转发", "轉寄", "转寄", "πρθ", "הועבר",
};
enum { REPLY = 1, FORWARD = 2 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim_front(struct range *r)
{
    while (r->p < r->end && is_space(*r->p))
        r->p++;
}

static bool trim_back(struct range *r)
{
    while (r->p < r->end && is_space(r->end[-1]))
        r->end--;
    if (r->end - r->p >= 5 && strncasecmp(r->end - 5, "(fwd)", 5) == 0) {
        r->end -= 5;
        return true;
    }
    return false;
}

/* Behind a subj-blob at p: "[" no brackets "]" and white space; NULL when there is none. */
static const char *blob_end(const char *p, const char *end)
{
    if (p == end || *p != '[')
        return NULL;
    for (p++; p < end && *p != ']'; p++)
        if (*p == '[')
            return NULL;
    if (p == end)
        return NULL;
    for (p++; p < end && is_space(*p);)
        p++;
    return p;
}

/* A colon, the wide one of Chinese and Japanese too. Length, 0: none. */
static size_t colon_length(const char *p, const char *end)
{
    if (p < end && *p == ':')
        return 1;
    return end - p >= 3 && memcmp(p, "\xEF\xBC\x9A", 3) == 0 ? 3 : 0;
}

static size_t one_of(const char *const *prefixes, size_t n_prefixes, const char *p, const char *end)
{
    for (size_t i = 0; i < n_prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if ((size_t)(end - p) < n)
            continue;
        /* É is not ASCII: "RÉP" is compared byte by byte but for this letter. */
        bool same = strncasecmp(p, prefixes[i], n) == 0;
        if (!same && n == 4 && memcmp(prefixes[i] + 1, "\xC3\xA9", 2) == 0)
            same = (*p | 0x20) == 'r' && memcmp(p + 1, "\xC3\x89", 2) == 0 && (p[3] | 0x20) == prefixes[i][3];
        if (same && p + n < end &&
            (colon_length(p + n, end) || is_space(p[n]) || p[n] == '[' || p[n] == '(' || p[n] == '^'))
            return n;
    }
    return 0;
}

static size_t prefix_length(unsigned kinds, const char *p, const char *end)
{
    size_t n = 0;
    if (kinds & REPLY)
        n = one_of(reply_prefixes, sizeof(reply_prefixes) / sizeof(*reply_prefixes), p, end);
    if (!n && (kinds & FORWARD))
        n = one_of(forward_prefixes, sizeof(forward_prefixes) / sizeof(*forward_prefixes), p, end);
    return n;
}

/* "Re[2]:", "Re(2):", "Re^2:" count replies. */
static const char *skip_counter(const char *p, const char *end)
{
    const char *c = p;
    if (c < end && (*c == '(' || *c == '^')) {
        char close = *c == '(' ? ')' : '\0';
        for (c++; c < end && *c >= '0' && *c <= '9';)
            c++;
        if (!close)
            return c;
        return c < end && *c == close ? c + 1 : p;
    }
    const char *blob = blob_end(p, end);
    return blob ? blob : p;
}

/* subj-refwd at p: the prefix, white space, a blob, a colon. Behind it, NULL when there is none. */
static const char *refwd_end(unsigned kinds, const char *p, const char *end)
{
    size_t n = prefix_length(kinds, p, end);
    if (!n)
        return NULL;
    p += n;
    while (p < end && is_space(*p))
        p++;
    p = skip_counter(p, end);
    while (p < end && is_space(*p))
        p++;
    n = colon_length(p, end);
    return n ? p + n : NULL;
}

/* *subj-blob subj-refwd: step (3). Blobs are looked through once: at most as many as there are brackets. */
static bool strip_leader(struct range *r)
{
    const char *p = r->p, *blob;
    while ((blob = blob_end(p, r->end)))
        p = blob;
    const char *behind = refwd_end(REPLY | FORWARD, p, r->end);
    if (!behind)
        return false;
    r->p = behind;
    trim_front(r);
    return true;
}

/* Step (4): one blob goes if something is left. */
static bool strip_blob(struct range *r)
{
    const char *behind = blob_end(r->p, r->end);
    if (!behind || behind == r->end)
        return false;
    r->p = behind;
    return true;
}

/* Step (6): "[fwd: subject]" */
static bool unwrap_forward(struct range *r)
{
    if (r->end - r->p < 6 || strncasecmp(r->p, "[fwd:", 5) != 0 || r->end[-1] != ']')
        return false;
    r->p += 5;
    r->end--;
    return true;
}

/* Step (1): white space to one space each. */
static void collapse(struct fct_bytes s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_space(s.p[i]))
            buf_add_char(out, s.p[i]);
        else if (out->n && out->p[out->n - 1] != ' ')
            buf_add_char(out, ' ');
}

void subject_base(struct fct_bytes subject, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    collapse(subject, &text);
    struct range r = {buf_str(&text), buf_str(&text) + text.n};
    do {
        while (trim_back(&r))
            ;
        trim_front(&r);
        /* Steps (3) to (5): once no leader is found, none appears by taking blobs away. */
        while (strip_leader(&r))
            ;
        while (strip_blob(&r))
            ;
    } while (unwrap_forward(&r));
    trim_back(&r);
    if (r.p < r.end)
        text_fold(bytes_of(r.p, (size_t)(r.end - r.p)), out);
}

/* ---- subjects of answers ---------------------------------------------------------------------------------------- */

/* Takes the prefixes off that stand in front, or behind the "[list]" that stands in front, which stays. */
static void without_prefixes(unsigned kinds, struct range r, struct buf *out)
{
    const char *behind, *blob;
    trim_front(&r);
    while ((behind = refwd_end(kinds, r.p, r.end))) {
        r.p = behind;
        trim_front(&r);
    }
    while ((blob = blob_end(r.p, r.end))) {
        buf_add(out, r.p, (size_t)(blob - r.p));
        r.p = blob;
        while ((behind = refwd_end(kinds, r.p, r.end))) {
            r.p = behind;
            trim_front(&r);
        }
    }
    if (r.p < r.end)
        buf_add(out, r.p, (size_t)(r.end - r.p));
}

static void prefixed(const char *prefix, unsigned kinds, struct fct_bytes subject, struct buf *out)
{
    CLEANUP(buf_done) struct buf flat = {0}, rest = {0};
    collapse(subject, &flat);
    without_prefixes(kinds, (struct range){buf_str(&flat), buf_str(&flat) + flat.n}, &rest);
    while (rest.n && is_space(rest.p[rest.n - 1]))
        rest.n--;
    buf_add_str(out, prefix);
    if (rest.n) {
        buf_add_char(out, ' ');
        buf_add(out, rest.p, rest.n);
    }
}

void subject_reply(struct fct_bytes subject, struct buf *out)
{
    prefixed("Re:", REPLY, subject, out);
}

void subject_forward(struct fct_bytes subject, struct buf *out)
{
    prefixed("Fwd:", FORWARD, subject, out);
}
