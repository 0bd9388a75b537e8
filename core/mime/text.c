#include "mime/text.h"

#include "mime/limits.h"
#include "mime/utf8.h"

struct line {
    const char *p;
    size_t n;
};

/* The line at *p, without its line end; *p moves behind it. */
static struct line next_line(const char **p, const char *end)
{
    const char *begin = *p, *nl = memchr(begin, '\n', (size_t)(end - begin));
    *p = nl ? nl + 1 : end;
    return (struct line){begin, (size_t)((nl ? nl : end) - begin)};
}

static size_t quote_depth(struct line l)
{
    size_t n = 0;
    while (n < l.n && l.p[n] == '>')
        n++;
    return n;
}

static bool is_signature(const char *p, size_t n)
{
    return (n == 3 && memcmp(p, "-- ", 3) == 0) || (n == 2 && memcmp(p, "--", 2) == 0);
}

static void begin_paragraph(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        buf_add_char(out, '>');
    if (depth)
        buf_add_char(out, ' ');
}

void text_unflow(struct fct_bytes text, bool delsp, struct buf *out)
{
    if (!text.n)
        return;
    const char *p = text.p, *end = text.p + text.n;
    bool open = false; /* the last line ended in a soft break */
    size_t open_depth = 0;
    while (p < end) {
        struct line l = next_line(&p, end);
        size_t depth = quote_depth(l);
        l.p += depth;
        l.n -= depth;
        if (l.n && *l.p == ' ') {
            l.p++;
            l.n--;
        }
        bool signature = is_signature(l.p, l.n);
        /* A soft break before another depth, or before a signature, is an error of the sender's: the paragraph ends. */
        if (open && (depth != open_depth || signature)) {
            buf_add_char(out, '\n');
            open = false;
        }
        bool soft = !signature && l.n && l.p[l.n - 1] == ' ' && p < end;
        if (!open)
            begin_paragraph(out, depth);
        buf_add(out, l.p, l.n - (soft && delsp));
        if (!soft && (p < end || end[-1] == '\n'))
            buf_add_char(out, '\n');
        open = soft;
        open_depth = depth;
    }
}

/* ---- preview --------------------------------------------------------------------------------------------------- */

struct preview {
    struct buf *out;
    size_t chars;
    bool space;
};

static bool preview_full(const struct preview *v)
{
    return v->chars >= MIME_MAX_PREVIEW_CHARS;
}

static bool is_blank(uint32_t c)
{
    return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x200B || c == 0xFEFF || c == 0xAD || c == 0x34F ||
           c == 0x2028 || c == 0x2029 || (c >= 0x80 && c < 0xA0);
}

/* How many visible ASCII characters stand at p, at most `max` of them. */
static size_t graphic_run(const char *p, size_t n, size_t max)
{
    size_t i = 0;
    while (i < n && i < max && p[i] > 0x20 && p[i] < 0x7F)
        i++;
    return i;
}

static void preview_add(struct preview *v, const char *p, size_t n)
{
    for (size_t i = 0, len; i < n && !preview_full(v); i += len) {
        uint32_t c = utf8_get(p + i, n - i, &len);
        if (is_blank(c)) {
            v->space = true;
            continue;
        }
        if (v->space && v->out->n) {
            if (v->chars + 2 > MIME_MAX_PREVIEW_CHARS)
                break;
            buf_add_char(v->out, ' ');
            v->chars++;
        }
        v->space = false;
        v->chars++;
        if (c >= 0x80) {
            buf_add_utf8(v->out, c);
            continue;
        }
        len = graphic_run(p + i, n - i, 1 + MIME_MAX_PREVIEW_CHARS - v->chars);
        buf_add(v->out, p + i, len);
        v->chars += len - 1;
    }
    v->space = true;
}

static struct line trimmed(struct line l)
{
    while (l.n && (unsigned char)l.p[0] <= ' ')
        l.p++, l.n--;
    while (l.n && (unsigned char)l.p[l.n - 1] <= ' ')
        l.n--;
    return l;
}

/* "On Monday, Ann wrote:" and its translations: ends in a colon and a quoted line follows. */
static bool introduces_quote(struct line l, const char *p, const char *end)
{
    if (!l.n || l.p[l.n - 1] != ':')
        return false;
    while (p < end) {
        struct line next = trimmed(next_line(&p, end));
        if (next.n)
            return next.p[0] == '>';
    }
    return false;
}

static bool starts_with(struct line l, const char *prefix)
{
    return l.n >= strlen(prefix) && memcmp(l.p, prefix, strlen(prefix)) == 0;
}

/* "On Mon, 1 Jan 2024 at 10:00, Ann Smith <" with the rest of it on the next line. */
static bool begins_introduction(struct line l, const char *p, const char *end)
{
    static const char *const words[] = {"On ", "Am ", "Le ", "El ", "Il ", "Op ", "Em ", "Den "};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (starts_with(l, words[i])) {
            struct line next = trimmed(next_line(&p, end));
            return introduces_quote(next, p, end);
        }
    return false;
}

/* What RFC 4880 section 7 puts before a signed text: up to the empty line. */
static void skip_armor_header(const char **p, const char *end)
{
    while (*p < end && trimmed(next_line(p, end)).n)
        ;
}

/* "-----", "=====", "_____": rules say nothing. */
static bool is_rule(struct line l)
{
    if (l.n < 3 || !strchr("-=_*~#+", l.p[0]))
        return false;
    for (size_t i = 1; i < l.n; i++)
        if (l.p[i] != l.p[0])
            return false;
    return true;
}

static void preview_pass(struct fct_bytes text, bool everything, struct preview *v)
{
    const char *p = text.p, *end = text.p + text.n;
    while (p < end && !preview_full(v)) {
        struct line whole = next_line(&p, end), l = trimmed(whole);
        if (!l.n)
            continue;
        if (!everything) {
            if (whole.n && whole.p[whole.n - 1] == '\r')
                whole.n--;
            if (is_signature(whole.p, whole.n) || starts_with(l, "-----BEGIN PGP SIGNATURE"))
                break;
            if (starts_with(l, "-----BEGIN PGP SIGNED MESSAGE")) {
                skip_armor_header(&p, end);
                continue;
            }
            if (l.p[0] == '>' || is_rule(l) || introduces_quote(l, p, end) || begins_introduction(l, p, end))
                continue;
        }
        preview_add(v, l.p, l.n);
    }
}

void text_preview(struct fct_bytes text, struct buf *out)
{
    if (!text.n)
        return;
    struct buf line = {0};
    struct preview v = {.out = &line};
    preview_pass(text, false, &v);
    if (!line.n)
        preview_pass(text, true, &v);
    if (line.n)
        buf_add(out, line.p, line.n);
    buf_done(&line);
}
