#include "mime/guard.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/limits.h"
#include "mime/plain_field.h"

#include <gmime/gmime.h>
#include <strings.h>

enum { HASH_SLOTS_FIRST = 16 }; /* messages with more boundaries than eight are rare; a power of two */

/* A boundary that is open: GMime looks for the delimiters of all of them. */
struct open_boundary {
    char *text; /* "--" + boundary, trailing white space off */
    size_t n;
};

struct guard {
    const char *reason;
    struct open_boundary open[MIME_MAX_DEPTH + 1];
    size_t depth, parts;
    size_t delimiters, boundaries, declarations, comparisons;
    uint32_t *declared; /* hashes of every boundary that any line declares; 0: free slot */
    size_t slots;       /* of `declared`: more than twice `boundaries` */
    bool in_headers;    /* of a part */
    bool outside;       /* before the first delimiter of a multipart, or behind its last */
    size_t outside_bytes;
    size_t header_bytes, header_lines;
    struct fct_bytes content_type; /* of the header block that is being read, {0}: none yet */
    bool may_declare;              /* it may be a multipart's */
    struct fct_bytes whole;
    struct guard_repairs *repairs; /* NULL: not wanted */
};

static bool starts_nocase(const char *p, const char *end, const char *prefix)
{
    size_t n = strlen(prefix);
    return (size_t)(end - p) >= n && strncasecmp(p, prefix, n) == 0;
}

/* ---- address fields ----------------------------------------------------------------------------------------- */

const char *guard_check_addresses(struct fct_bytes v)
{
    size_t addresses = 1, groups = 0, comments = 0;
    bool quoted = false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c == '\\') {
            i++;
        } else if (quoted) {
            quoted = c != '"';
        } else if (c == '(') {
            if (++comments > MIME_MAX_COMMENT_DEPTH)
                return "comment nested deeper than " MIME_STR(MIME_MAX_COMMENT_DEPTH);
        } else if (comments) {
            comments -= c == ')';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[') {
            /* A domain literal: its colons open no group. */
            const char *close = memchr(v.p + i, ']', v.n - i < 80 ? v.n - i : 80);
            if (close)
                i = (size_t)(close - v.p);
        } else if (c == ':') {
            if (++groups > MIME_MAX_GROUP_DEPTH)
                return "address group nested deeper than " MIME_STR(MIME_MAX_GROUP_DEPTH);
        } else if (c == ';') {
            groups -= groups > 0;
        } else if (c == ',') {
            if (++addresses > MIME_MAX_ADDRESSES)
                return "more than " MIME_STR(MIME_MAX_ADDRESSES) " addresses in one field";
        }
    }
    return NULL;
}

static bool is_address_field(struct fct_bytes name)
{
    static const char *const names[] = {
        "From",        "Sender",        "Reply-To",        "To",        "Cc",        "Bcc",
        "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc", "Resent-Bcc"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (bytes_equal_nocase(name, bytes_str(names[i])))
            return true;
    return false;
}

/* ---- Content-* fields --------------------------------------------------------------------------------------- */

static const char *check_content_field(struct fct_bytes v)
{
    size_t params = 0;
    if (v.n > MIME_MAX_CONTENT_FIELD_BYTES)
        return "a Content-* field longer than " MIME_STR(MIME_MAX_CONTENT_FIELD_BYTES) " bytes";
    for (const char *p = v.p; (p = memchr(p, ';', (size_t)(v.p + v.n - p))); p++)
        if (++params > MIME_MAX_CONTENT_PARAMS)
            return "more than " MIME_STR(MIME_MAX_CONTENT_PARAMS) " parameters in a Content-* field";
    return NULL;
}

/* Where the type begins in a field that may be a multipart's (a comment may stand before it), else NULL. */
static const char *multipart_type(struct fct_bytes field)
{
    const char *p = field.p, *end = field.p + field.n;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p < end && (starts_nocase(p, end, "multipart") || *p == '(') ? p : NULL;
}

/* The boundary parameter, by GMime's own reading of the field, as "--boundary"; NULL when it is no multipart. */
static char *boundary_of(struct fct_bytes field, size_t *n)
{
    const char *p = multipart_type(field), *end = field.p + field.n;
    struct plain_field plain;
    if (!p)
        return NULL;
    if (plain_field_parse(field, true, &plain)) {
        const char *given = plain_field_is_multipart(&plain) ? plain_field_param(&plain, "boundary") : NULL;
        char *text = given ? xasprintf("--%s", given) : NULL;
        *n = text ? strlen(text) : 0;
        return text;
    }
    /* As GMime's parser has it: line ends off, nothing behind a NUL. */
    CLEANUP(buf_done) struct buf text = {0};
    for (; p < end && *p; p++)
        if (*p != '\r' && *p != '\n')
            buf_add_char(&text, *p);
    GMimeContentType *type = g_mime_content_type_parse(NULL, buf_str(&text));
    const char *boundary = g_mime_content_type_get_parameter(type, "boundary");
    char *out = NULL;
    if (boundary && g_mime_content_type_is_type(type, "multipart", "*")) {
        out = xasprintf("--%s", boundary);
        for (*n = strlen(out); *n > 2 && (out[*n - 1] == ' ' || out[*n - 1] == '\t');)
            out[--*n] = '\0';
    }
    g_object_unref(type);
    return out;
}

/* ---- the set of all declared boundaries ---------------------------------------------------------------------- */

static uint32_t hash_of(const char *p, size_t n)
{
    uint32_t h = 2166136261u; /* FNV-1a; a collision only counts a line too many */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 16777619u;
    return h ? h : 1;
}

static uint32_t *hash_slot(const struct guard *g, uint32_t h)
{
    size_t i = h & (g->slots - 1);
    while (g->declared[i] && g->declared[i] != h)
        i = (i + 1) & (g->slots - 1);
    return &g->declared[i];
}

static void grow_declared(struct guard *g)
{
    CLEANUP(freep) uint32_t *old = g->declared;
    size_t n = g->slots;

    g->slots = n ? 2 * n : HASH_SLOTS_FIRST;
    g->declared = xcalloc(g->slots, sizeof(*g->declared));
    for (size_t i = 0; i < n; i++)
        if (old[i])
            *hash_slot(g, old[i]) = old[i];
}

static void declare(struct guard *g, const char *text, size_t n)
{
    if (2 * (g->boundaries + 1) >= g->slots)
        grow_declared(g);
    uint32_t h = hash_of(text, n), *slot = hash_slot(g, h);
    if (*slot)
        return;
    *slot = h;
    if (++g->boundaries > MIME_MAX_BOUNDARIES)
        g->reason = "more than " MIME_STR(MIME_MAX_BOUNDARIES) " boundaries";
}

static bool is_declared(struct guard *g, const char *p, size_t n)
{
    return g->declared && n <= MIME_MAX_CONTENT_FIELD_BYTES && *hash_slot(g, hash_of(p, n));
}

/* ---- structure ---------------------------------------------------------------------------------------------- */

static void close_boundaries(struct guard *g, size_t depth)
{
    while (g->depth > depth)
        free(g->open[--g->depth].text);
}

static void open_multipart(struct guard *g, struct fct_bytes content_type)
{
    size_t n = 0;
    char *text = content_type.p ? boundary_of(content_type, &n) : NULL;
    if (!text)
        return;
    if (g->depth == MIME_MAX_DEPTH) {
        g->reason = "multiparts nested deeper than " MIME_STR(MIME_MAX_DEPTH);
        free(text);
        return;
    }
    g->open[g->depth++] = (struct open_boundary){text, n};
    g->outside = true;
}

static void begin_part(struct guard *g)
{
    if (++g->parts > MIME_MAX_PARTS)
        g->reason = "more than " MIME_STR(MIME_MAX_PARTS) " parts";
    g->in_headers = true;
    g->outside = false;
    g->header_bytes = g->header_lines = 0;
    g->content_type = (struct fct_bytes){0};
    g->may_declare = false;
}

static void end_headers(struct guard *g)
{
    g->in_headers = false;
    open_multipart(g, g->content_type);
}

/* A line that begins with "--". GMime compares each with every open boundary. */
static void check_delimiter(struct guard *g, const char *p, size_t n)
{
    g->comparisons += g->depth;
    if (g->comparisons > MIME_MAX_COMPARISONS)
        g->reason = "more than " MIME_STR(MIME_MAX_COMPARISONS) " comparisons with boundaries";
    while (n > 2 && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
        n--;
    bool final = n > 4 && p[n - 1] == '-' && p[n - 2] == '-';
    if (!is_declared(g, p, n) && !(final && is_declared(g, p, n - 2)))
        return;
    if (++g->delimiters > MIME_MAX_DELIMITERS)
        g->reason = "more than " MIME_STR(MIME_MAX_DELIMITERS) " delimiter lines";
    for (size_t i = g->depth; i-- > 0;) {
        const struct open_boundary *b = &g->open[i];
        if (n == b->n && memcmp(p, b->text, n) == 0) {
            close_boundaries(g, i + 1);
            begin_part(g);
            return;
        }
        if (final && n == b->n + 2 && memcmp(p, b->text, b->n) == 0) {
            close_boundaries(g, i);
            g->in_headers = false;
            g->outside = true;
            return;
        }
    }
}

static void check_header_line(struct guard *g, size_t n)
{
    g->header_bytes += n;
    if (g->header_bytes > MIME_MAX_PART_HEADER_BYTES)
        g->reason = "part header larger than " MIME_STR(MIME_MAX_PART_HEADER_BYTES) " bytes";
    else if (++g->header_lines > MIME_MAX_PART_HEADER_LINES)
        g->reason = "part header of more than " MIME_STR(MIME_MAX_PART_HEADER_LINES) " lines";
}

static void check_outside(struct guard *g, size_t n)
{
    g->outside_bytes += n + 1;
    if (g->outside_bytes > MIME_MAX_OUTSIDE_BYTES)
        g->reason = "more than " MIME_STR(MIME_MAX_OUTSIDE_BYTES) " bytes outside of the parts";
}

/* The field whose first line begins at p, folded lines included. */
static struct fct_bytes whole_field(const struct guard *g, const char *p)
{
    const char *end = g->whole.p + g->whole.n, *at = p;
    while (at < end) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        at = nl ? nl + 1 : end;
        if (at == end || (*at != ' ' && *at != '\t') || (size_t)(at - p) > MIME_MAX_CONTENT_FIELD_BYTES)
            break;
    }
    return bytes_of(p, (size_t)(at - p));
}

/* A line that begins with "Content-", in a header block or not. */
static void check_content_line(struct guard *g, const char *p, const char *line_end)
{
    struct fct_bytes field = whole_field(g, p);
    const char *colon = memchr(p, ':', (size_t)(line_end - p));
    if (!colon)
        return;
    struct fct_bytes value = bytes_of(colon + 1, (size_t)(field.p + field.n - colon - 1));
    g->reason = check_content_field(value);
    bool is_type = starts_nocase(p, line_end, "Content-Type") && (p[12] == ':' || p[12] == ' ' || p[12] == '\t');
    if (g->reason || !is_type)
        return;
    if (multipart_type(value) && ++g->declarations > MIME_MAX_DECLARATIONS) {
        g->reason = "more than " MIME_STR(MIME_MAX_DECLARATIONS) " lines that declare a multipart";
        return;
    }
    size_t n = 0;
    CLEANUP(freep) char *boundary = boundary_of(value, &n);
    if (boundary)
        declare(g, boundary, n);
    if (!g->in_headers)
        return;
    /* GMime takes the type from the first field and the boundary from the last. */
    if (g->content_type.p && (g->may_declare || boundary) && !bytes_equal(g->content_type, value))
        g->reason = "conflicting Content-Type fields";
    if (!g->content_type.p)
        g->content_type = value;
    g->may_declare |= boundary != NULL;
}

/* Whether GMime takes the line for a field: no space or control character before a colon. */
static bool is_field(const char *p, const char *end)
{
    const char *c = p;
    while (c < end && *c != ':' && (unsigned char)*c > ' ' && *c != 0x7F)
        c++;
    return c > p && c < end && *c == ':';
}

/* The body of a part whose empty line is missing begins with a line that is no field, once there was a Content-Type. */
static bool begins_body(const struct guard *g, const char *p, const char *end)
{
    return g->in_headers && g->content_type.p && p < end && *p != ' ' && *p != '\t' && *p != '\r' && !is_field(p, end);
}

/* A part that begins with a line that is no field, and none follows it at once (that would be rubbish in a header). */
static bool begins_without_header(const struct guard *g, const char *p, const char *line_end)
{
    const char *end = g->whole.p + g->whole.n, *next = line_end + (line_end < end);
    if (!g->in_headers || g->header_bytes || strchr(" \t\r\n", *p) || is_field(p, line_end))
        return false;
    const char *nl = next < end ? memchr(next, '\n', (size_t)(end - next)) : NULL;
    return next == end || !is_field(next, nl ? nl : end);
}

/* Where nothing can be put in, GMime takes the text for a header: so it is counted as one. */
static bool can_repair(const struct guard *g)
{
    return g->repairs && g->repairs->n < MIME_MAX_REPAIRS;
}

static void note_repair(struct guard *g, const char *p)
{
    g->repairs->at[g->repairs->n++] = (size_t)(p - g->whole.p);
    end_headers(g);
}

static void check_body(struct guard *g, const char *p)
{
    const char *end = g->whole.p + g->whole.n;
    while (p < end && !g->reason) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        const char *line_end = nl ? nl : end;
        size_t n = (size_t)(line_end - p);
        if (begins_body(g, p, line_end))
            end_headers(g);
        else if (n && !(n >= 2 && p[0] == '-' && p[1] == '-') && can_repair(g) && begins_without_header(g, p, line_end))
            note_repair(g, p);
        if (n >= 2 && p[0] == '-' && p[1] == '-') {
            check_delimiter(g, p, n);
        } else if (g->in_headers && (n == 0 || (n == 1 && *p == '\r'))) {
            end_headers(g);
        } else {
            if (g->in_headers)
                check_header_line(g, n);
            else if (g->outside)
                check_outside(g, n);
            if (n > 8 && (*p == 'C' || *p == 'c') && starts_nocase(p, line_end, "content-") && !g->reason)
                check_content_line(g, p, line_end);
        }
        p = nl ? nl + 1 : end;
    }
}

static const char *check_headers(const struct mime_headers *h)
{
    if (h->bytes > MIME_MAX_HEADER_BYTES)
        return "header larger than " MIME_STR(MIME_MAX_HEADER_BYTES) " bytes";
    if (h->lines > MIME_MAX_HEADER_LINES)
        return "header of more than " MIME_STR(MIME_MAX_HEADER_LINES) " lines";
    if (h->longest > MIME_MAX_FIELD_BYTES)
        return "header field longer than " MIME_STR(MIME_MAX_FIELD_BYTES) " bytes";
    for (size_t i = 0; i < h->n; i++) {
        const char *reason = NULL;
        if (h->v[i].name.n > 8 && strncasecmp(h->v[i].name.p, "content-", 8) == 0)
            reason = check_content_field(h->v[i].value);
        else if (is_address_field(h->v[i].name))
            reason = guard_check_addresses(h->v[i].value);
        if (reason)
            return reason;
    }
    return NULL;
}

const char *guard_check(struct fct_bytes raw, const struct mime_headers *h, struct guard_repairs *repairs)
{
    struct guard g = {.whole = raw, .reason = check_headers(h), .repairs = repairs};
    if (g.reason)
        return g.reason;
    const struct mime_header *type = headers_first(h, "Content-Type");
    size_t n = 0;
    CLEANUP(freep) char *boundary = type ? boundary_of(type->value, &n) : NULL;
    if (!boundary)
        return NULL; /* one part: GMime looks for nothing in it */
    declare(&g, boundary, n);
    open_multipart(&g, type->value);
    check_body(&g, raw.p + h->body);
    if (!g.reason && !g.parts)
        g.reason = "multipart without any part";
    close_boundaries(&g, 0);
    free(g.declared);
    return g.reason;
}
