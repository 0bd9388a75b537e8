#include "mime/headers.h"

#include "base/alloc.h"
#include "mime/limits.h"
#include "mime/utf8.h"

#include <stdlib.h>
#include <strings.h>

struct scan {
    const char *p, *end;
    char eol;
};

/* The line at `at`: its end without line terminator, and where the next one begins. */
static const char *line_end(const struct scan *s, const char *at, const char **next)
{
    const char *nl = memchr(at, s->eol, (size_t)(s->end - at));
    if (!nl) {
        *next = s->end;
        return s->end;
    }
    *next = nl + 1;
    return s->eol == '\n' && nl > at && nl[-1] == '\r' ? nl - 1 : nl;
}

/* Length of the field name at p (RFC 5322 section 2.2: printable but colon), 0 when the line is no field. */
static size_t field_name(const char *p, const char *end, const char **colon)
{
    const char *c = p;
    while (c<end && * c> ' ' && *c != ':' && *c != 0x7F)
        c++;
    size_t n = (size_t)(c - p);
    while (c < end && (*c == ' ' || *c == '\t'))
        c++;
    if (!n || c == end || *c != ':')
        return 0;
    *colon = c;
    return n;
}

static void add_field(struct mime_headers *h, struct fct_bytes name, struct fct_bytes value)
{
    size_t max = h->kept < MIME_MAX_HEADER_BYTES ? MIME_MAX_FIELD_BYTES : MIME_MAX_LATE_FIELD_BYTES;
    if (value.n > h->longest)
        h->longest = value.n;
    if (h->n >= MIME_MAX_HEADER_LINES)
        return;
    if (value.n > max)
        value.n = max; /* the message is degraded; its other fields are still wanted */
    h->kept += value.n;
    if (h->n == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 32;
        h->v = xreallocarray(h->v, h->cap, sizeof(*h->v));
    }
    h->v[h->n++] = (struct mime_header){name, value};
}

static bool is_mbox_from(const char *p, const char *end)
{
    if (p < end && *p == '>')
        p++;
    return end - p >= 5 && memcmp(p, "From ", 5) == 0;
}

/* A line that is no field: rubbish between fields, or the body of a message whose empty line is missing? It is rubbish
 * when a field follows at once. */
static bool is_rubbish(const struct scan *s, const char *next)
{
    const char *after, *colon;
    if (next == s->end)
        return false;
    const char *end = line_end(s, next, &after);
    return field_name(next, end, &colon) > 0;
}

void headers_scan(struct fct_bytes raw, struct mime_headers *out)
{
    struct scan s = {raw.p, raw.p + raw.n, '\n'};
    if (raw.n && !memchr(raw.p, '\n', raw.n) && memchr(raw.p, '\r', raw.n))
        s.eol = '\r';
    /* A byte order mark is what an editor left in a file. */
    const char *first = raw.n >= 3 && memcmp(raw.p, "\xEF\xBB\xBF", 3) == 0 ? raw.p + 3 : raw.p, *p = first, *next;
    out->n = out->lines = out->bytes = out->longest = out->kept = 0;
    while (p < s.end) {
        const char *end = line_end(&s, p, &next), *colon = NULL;
        if (end == p) {
            p = next;
            break;
        }
        size_t name = field_name(p, end, &colon);
        if (!name && !(p == first && is_mbox_from(p, end)) && !is_rubbish(&s, next))
            break;
        out->lines++;
        /* RFC 5322 section 2.2.3: what begins with white space continues the field. */
        while (next < s.end && (*next == ' ' || *next == '\t')) {
            end = line_end(&s, next, &next);
            out->lines++;
        }
        out->bytes = (size_t)(next - s.p);
        if (name)
            add_field(out, bytes_of(p, name), bytes_of(colon + 1, (size_t)(end - colon - 1)));
        p = next;
    }
    out->body = raw.n ? (size_t)(p - s.p) : 0;
}

void headers_done(struct mime_headers *h)
{
    free(h->v);
    *h = (struct mime_headers){0};
}

const struct mime_header *headers_last(const struct mime_headers *h, const char *name)
{
    struct fct_bytes want = bytes_str(name);
    for (size_t i = h->n; i-- > 0;)
        if (bytes_equal_nocase(h->v[i].name, want))
            return &h->v[i];
    return NULL;
}

const struct mime_header *headers_first(const struct mime_headers *h, const char *name)
{
    struct fct_bytes want = bytes_str(name);
    for (size_t i = 0; i < h->n; i++)
        if (bytes_equal_nocase(h->v[i].name, want))
            return &h->v[i];
    return NULL;
}

void header_raw(struct fct_bytes value, struct buf *out)
{
    utf8_add_lenient(out, value, true);
}
