#include "mime/html.h"

#include "base/cleanup.h"
#include "mime/utf8.h"

#include <ctype.h>
#include <limits.h>
#include <strings.h>

enum { TAG_NAME_MAX = 16, ATTRIBUTE_MAX = 2048, QUOTE_DEPTH_MAX = 8, ALT_MAX = 300, LIST_DEPTH_MAX = 8 };

#define NO_LABEL SIZE_MAX

/* ---- elements that are more than text in the line --------------------------------------------------------------- */

enum trait {
    RAW = 1,         /* its content is no markup and no text */
    VOID = 2,        /* has no content and no end tag */
    ENDS_ITSELF = 4, /* the next one of the same name ends it: its end tag may be left out */
    ROOT = 8         /* never hidden, whatever its style says */
};

static const struct element {
    const char *name;
    unsigned traits; /* enum trait */
    unsigned lines;  /* how many line ends it wants around it */
} elements[] = {
    {"address", 0, 1},      {"area", VOID, 0},      {"article", 0, 1},    {"aside", 0, 1},
    {"base", VOID, 0},      {"blockquote", 0, 2},   {"body", ROOT, 1},    {"br", VOID, 0},
    {"caption", 0, 1},      {"center", 0, 1},       {"col", VOID, 0},     {"dd", ENDS_ITSELF, 1},
    {"details", 0, 1},      {"div", 0, 1},          {"dl", 0, 2},         {"dt", ENDS_ITSELF, 1},
    {"embed", VOID, 0},     {"fieldset", 0, 1},     {"figcaption", 0, 1}, {"figure", 0, 1},
    {"footer", 0, 1},       {"form", 0, 1},         {"h1", 0, 2},         {"h2", 0, 2},
    {"h3", 0, 2},           {"h4", 0, 2},           {"h5", 0, 2},         {"h6", 0, 2},
    {"header", 0, 1},       {"hr", VOID, 1},        {"html", ROOT, 0},    {"iframe", RAW, 0},
    {"img", VOID, 0},       {"input", VOID, 0},     {"legend", 0, 1},     {"li", ENDS_ITSELF, 1},
    {"link", VOID, 0},      {"main", 0, 1},         {"meta", VOID, 0},    {"nav", 0, 1},
    {"noembed", RAW, 0},    {"noframes", RAW, 0},   {"ol", 0, 2},         {"option", ENDS_ITSELF, 1},
    {"p", ENDS_ITSELF, 2},  {"pre", 0, 2},          {"script", RAW, 0},   {"section", 0, 1},
    {"source", VOID, 0},    {"style", RAW, 0},      {"summary", 0, 1},    {"table", 0, 2},
    {"td", ENDS_ITSELF, 0}, {"th", ENDS_ITSELF, 0}, {"title", RAW, 0},    {"tr", ENDS_ITSELF, 1},
    {"track", VOID, 0},     {"ul", 0, 2},           {"wbr", VOID, 0},     {"xml", RAW, 0},
};

static const struct element *element_of(const char *name)
{
    static const struct element other = {"", 0, 0};
    size_t lo = 0, hi = sizeof(elements) / sizeof(*elements);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(elements[mid].name, name);
        if (c == 0)
            return &elements[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return &other;
}

struct tag {
    char name[TAG_NAME_MAX]; /* lower case, cut */
    const struct element *element;
    bool closing, hidden;
    struct fct_bytes href, alt, start; /* as written; {0} when there is none */
};

/* A list that is open. */
struct list {
    bool is_ordered;
    unsigned number; /* of the next item */
};

struct html {
    const char *p, *end;
    unsigned flags;
    struct buf *out;
    size_t from, max;

    /* A character that was not found up to the end will not be found later: keeps the whole linear. */
    bool no_double_quote, no_single_quote, no_greater, no_comment_end;

    unsigned newlines;  /* line ends that are due before the next text */
    bool space;         /* a space is due */
    bool cell;          /* a tab is due */
    bool at_line_start; /* nothing but quote marks on this line */
    bool bullet;
    unsigned quotes, pre;
    struct list lists[LIST_DEPTH_MAX];
    unsigned n_lists; /* those beyond LIST_DEPTH_MAX count as the last one */
    bool in_head;
    char hidden[TAG_NAME_MAX]; /* inside a hidden element of this name */
    unsigned hidden_depth;

    struct buf href; /* of the open link, decoded */
    size_t label;    /* where its label begins in out, behind line ends and quote marks; NO_LABEL: none yet */
    bool in_link;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool full(const struct html *h)
{
    return h->out->n - h->from >= h->max;
}

/* ---- output --------------------------------------------------------------------------------------------------- */

static void begin_line(struct html *h)
{
    for (unsigned i = 0; i < h->quotes && i < QUOTE_DEPTH_MAX; i++)
        buf_add_str(h->out, "> ");
    h->at_line_start = true;
}

static struct list *innermost_list(struct html *h)
{
    return h->n_lists ? &h->lists[(h->n_lists < LIST_DEPTH_MAX ? h->n_lists : LIST_DEPTH_MAX) - 1] : NULL;
}

/* The mark of a list's item, indented as the list is nested. */
static void begin_item(struct html *h)
{
    struct list *list = innermost_list(h);
    for (unsigned i = 1; i < h->n_lists && i < LIST_DEPTH_MAX; i++)
        buf_add_str(h->out, "  ");
    if (list && list->is_ordered)
        buf_addf(h->out, "%u. ", list->number++);
    else
        buf_add_str(h->out, "- ");
}

/* What is due goes out: line ends, quote marks, a space. */
static void flush_gap(struct html *h)
{
    bool empty = h->out->n == h->from;
    if (h->newlines && !empty) {
        for (unsigned i = 0; i < h->newlines; i++) {
            buf_add_char(h->out, '\n');
            if (i + 1 == h->newlines)
                begin_line(h);
        }
    } else if (empty) {
        begin_line(h);
    }
    if (h->bullet) {
        begin_item(h);
        h->at_line_start = true;
    } else if (!h->at_line_start) {
        if (h->cell)
            buf_add_char(h->out, '\t');
        else if (h->space)
            buf_add_char(h->out, ' ');
    }
    h->newlines = 0;
    h->space = h->cell = h->bullet = false;
}

static void add_text(struct html *h, const char *p, size_t n)
{
    if (!n || full(h))
        return;
    flush_gap(h);
    if (h->in_link && h->label == NO_LABEL)
        h->label = h->out->n;
    buf_add(h->out, p, n);
    h->at_line_start = false;
}

static void break_line(struct html *h, unsigned lines)
{
    if (!lines)
        return;
    if (h->newlines < lines)
        h->newlines = lines;
    h->space = h->cell = false;
}

/* Characters that only pad: zero width space, soft hyphen, BOM, combining grapheme joiner. */
static bool is_padding(uint32_t c)
{
    return c == 0x200B || c == 0xAD || c == 0xFEFF || c == 0x34F || c == 0x2060;
}

static void add_code_point(struct html *h, uint32_t c)
{
    if (is_padding(c))
        return;
    bool joiner = c == 0x200C || c == 0x200D;
    if (joiner && (h->space || h->at_line_start || h->newlines))
        return;
    if (c == 0xA0 || (c < 0x80 && is_space((char)c))) {
        h->space = true;
        return;
    }
    if (c < 0x20 || c == 0x7F)
        return;
    CLEANUP(buf_done) struct buf u = {0};
    buf_add_utf8(&u, c);
    add_text(h, u.p, u.n);
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void pre_char(struct html *h, char c)
{
    if (c == '\n') {
        if (h->newlines < 3)
            h->newlines++;
    } else if (c == ' ' || c == '\t') {
        flush_gap(h);
        buf_add_char(h->out, c);
    }
}

/* One run without '<': white space collapses, references are resolved. */
static void text_run(struct html *h, const char *p, const char *end)
{
    if (h->in_head || h->hidden_depth)
        return;
    while (p < end && !full(h)) {
        if (is_space(*p) || !*p) {
            if (h->pre)
                pre_char(h, *p);
            else
                h->space = true;
            p++;
            continue;
        }
        if (*p == '&') {
            uint32_t c[2];
            size_t n = html_entity(p, end, c);
            if (n) {
                add_code_point(h, c[0]);
                if (c[1])
                    add_code_point(h, c[1]);
                p += n;
                continue;
            }
        }
        const char *run = p;
        while (p < end && (run == p || *p != '&') && !is_space(*p) && (unsigned char)*p < 0x80 && *p)
            p++;
        if (p > run) {
            add_text(h, run, (size_t)(p - run));
            continue;
        }
        size_t n;
        add_code_point(h, utf8_get(p, (size_t)(end - p), &n));
        p += n;
    }
}

/* ---- tags ------------------------------------------------------------------------------------------------------ */

/* memchr that remembers failure. */
static const char *find(const char *p, const char *end, char c, bool *none)
{
    const char *found = *none || p >= end ? NULL : memchr(p, c, (size_t)(end - p));
    if (!found)
        *none = true;
    return found;
}

static bool style_hides(struct fct_bytes style)
{
    char flat[1024];
    size_t n = 0;
    for (size_t i = 0; i < style.n && n < sizeof(flat) - 1; i++)
        if (!is_space(style.p[i]))
            flat[n++] = (char)tolower((unsigned char)style.p[i]);
    flat[n] = '\0';
    return strstr(flat, "display:none") || strstr(flat, "visibility:hidden") || strstr(flat, "mso-hide:all");
}

static void take_attribute(struct tag *t, struct fct_bytes name, struct fct_bytes value)
{
    if (bytes_equal_nocase(name, bytes_str("href")))
        t->href = value;
    else if (bytes_equal_nocase(name, bytes_str("alt")))
        t->alt = value;
    else if (bytes_equal_nocase(name, bytes_str("start")))
        t->start = value;
    else if (bytes_equal_nocase(name, bytes_str("hidden")))
        t->hidden = true;
    else if (bytes_equal_nocase(name, bytes_str("style")) && style_hides(value))
        t->hidden = true;
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* An attribute's value at p, behind the '='. */
static const char *attribute_value(struct html *h, const char *p, struct fct_bytes *out)
{
    p = skip_spaces(p, h->end);
    if (p < h->end && (*p == '"' || *p == '\'')) {
        const char *close = find(p + 1, h->end, *p, *p == '"' ? &h->no_double_quote : &h->no_single_quote);
        if (close) {
            *out = bytes_of(p + 1, (size_t)(close - p - 1));
            return close + 1;
        }
        p++; /* never closed: read as if it were not quoted */
    }
    const char *begin = p;
    while (p < h->end && !is_space(*p) && *p != '>')
        p++;
    *out = bytes_of(begin, (size_t)(p - begin));
    return p;
}

/* The attributes from p to the '>'; returns what is behind it. */
static const char *attributes(struct html *h, const char *p, struct tag *t)
{
    while (p < h->end && *p != '>') {
        if (is_space(*p) || *p == '/' || *p == '=' || *p == '"' || *p == '\'') {
            p++;
            continue;
        }
        const char *name = p;
        while (p < h->end && !is_space(*p) && *p != '=' && *p != '>' && *p != '/')
            p++;
        struct fct_bytes n = bytes_of(name, (size_t)(p - name)), value = {0};
        const char *equals = skip_spaces(p, h->end);
        if (equals < h->end && *equals == '=')
            p = attribute_value(h, equals + 1, &value);
        take_attribute(t, n, value);
    }
    return p < h->end ? p + 1 : p;
}

/* A tag at p, behind '<' and '/'; returns what is behind the '>'. */
static const char *read_tag(struct html *h, const char *p, struct tag *t)
{
    size_t n = 0;
    while (p < h->end && !is_space(*p) && *p != '>' && *p != '/') {
        if (n < TAG_NAME_MAX - 1)
            t->name[n++] = (char)tolower((unsigned char)*p);
        p++;
    }
    t->name[n] = '\0';
    t->element = element_of(t->name);
    return attributes(h, p, t);
}

/* Behind "</name" of an element whose content is no markup; the end when it is never closed. */
static const char *skip_raw(const char *p, const char *end, const char *name)
{
    size_t n = strlen(name);
    while ((p = memchr(p, '<', (size_t)(end - p)))) {
        if ((size_t)(end - p) > n + 1 && p[1] == '/' && strncasecmp(p + 2, name, n) == 0) {
            const char *close = memchr(p, '>', (size_t)(end - p));
            return close ? close + 1 : end;
        }
        p++;
    }
    return end;
}

/* ---- links ------------------------------------------------------------------------------------------------------ */

static void decode_attribute(struct fct_bytes v, size_t max, struct buf *out)
{
    for (size_t i = 0; i < v.n && out->n < max;) {
        uint32_t c[2];
        size_t n = v.p[i] == '&' ? html_entity(v.p + i, v.p + v.n, c) : 0;
        /* "?a=1&copy=2" is no copyright sign: without a semicolon a reference ends there, or it is none. */
        if (n && v.p[i + n - 1] != ';' && i + n < v.n && (v.p[i + n] == '=' || isalnum((unsigned char)v.p[i + n])))
            n = 0;
        if (n) {
            buf_add_utf8(out, c[0]);
            if (c[1])
                buf_add_utf8(out, c[1]);
            i += n;
        } else {
            n = utf8_sequence(v.p + i, v.n - i);
            if (n && (unsigned char)v.p[i] >= 0x20 && v.p[i] != 0x7F)
                buf_add(out, v.p + i, n);
            i += n ? n : 1;
        }
    }
}

static bool is_shown_scheme(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0 ||
           strncasecmp(url, "mailto:", 7) == 0 || strncasecmp(url, "ftp://", 6) == 0 ||
           strncasecmp(url, "tel:", 4) == 0;
}

/* Without scheme, "www." and a last slash: what label and address are compared by. */
static struct fct_bytes essence(struct fct_bytes s)
{
    static const char *const prefixes[] = {"https://", "http://", "mailto:", "tel:", "ftp://", "www."};
    while (s.n && is_space(*s.p))
        s.p++, s.n--;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        size_t n = strlen(prefixes[i]);
        if (s.n >= n && strncasecmp(s.p, prefixes[i], n) == 0) {
            s.p += n;
            s.n -= n;
        }
    }
    while (s.n && (s.p[s.n - 1] == '/' || is_space(s.p[s.n - 1])))
        s.n--;
    return s;
}

static void open_link(struct html *h, const struct tag *t)
{
    h->in_link = false;
    if (!(h->flags & HTML_LINKS) || !t->href.n || t->href.n > ATTRIBUTE_MAX)
        return;
    buf_clear(&h->href);
    decode_attribute(t->href, ATTRIBUTE_MAX, &h->href);
    if (!is_shown_scheme(buf_str(&h->href)))
        return;
    h->in_link = true;
    h->label = NO_LABEL;
}

static void close_link(struct html *h)
{
    if (!h->in_link)
        return;
    h->in_link = false;
    if (h->label == NO_LABEL)
        return;
    struct fct_bytes label = essence(bytes_of(h->out->p + h->label, h->out->n - h->label));
    if (!label.n || bytes_equal_nocase(label, essence(buf_bytes(&h->href))))
        return;
    CLEANUP(buf_done) struct buf url = {0};
    buf_addf(&url, "<%s>", buf_str(&h->href));
    if (h->out->n - h->from + url.n > h->max)
        return;
    bool due = h->space; /* "label </a>x": the space goes behind the address, too */
    h->space = true;
    add_text(h, url.p, url.n);
    h->space = due;
}

/* ---- elements ---------------------------------------------------------------------------------------------------- */

static void add_image(struct html *h, const struct tag *t)
{
    CLEANUP(buf_done) struct buf alt = {0};
    decode_attribute(t->alt, ALT_MAX, &alt);
    h->space = true;
    for (size_t i = 0; i < alt.n; i++)
        if (!is_space(alt.p[i])) {
            add_text(h, alt.p, utf8_cut(buf_bytes(&alt), ALT_MAX));
            break;
        }
    h->space = true;
}

/* Whether the tag is inside, or opens or closes, a hidden element. */
static bool in_hidden(struct html *h, const struct tag *t)
{
    if (h->hidden_depth) {
        if (strcmp(t->name, h->hidden) != 0)
            return true;
        if (t->closing) {
            h->hidden_depth--;
            return true;
        }
        if (!(t->element->traits & ENDS_ITSELF)) {
            h->hidden_depth++;
            return true;
        }
        h->hidden_depth = 0;
    }
    if (t->closing || !t->hidden || t->element->traits & ROOT)
        return false;
    if (!(t->element->traits & VOID)) {
        memcpy(h->hidden, t->name, sizeof(h->hidden));
        h->hidden_depth = 1;
    }
    return true;
}

static bool is_list(const struct tag *t)
{
    return strcmp(t->name, "ul") == 0 || strcmp(t->name, "ol") == 0;
}

static void open_list(struct html *h, const struct tag *t)
{
    struct list list = {.is_ordered = t->name[0] == 'o', .number = 0};
    size_t digits = 0;
    for (; digits < t->start.n && digits < 6 && isdigit((unsigned char)t->start.p[digits]); digits++)
        list.number = list.number * 10 + (unsigned)(t->start.p[digits] - '0');
    if (!digits)
        list.number = 1;
    if (h->n_lists < UINT_MAX)
        h->n_lists++;
    *innermost_list(h) = list;
}

static void open_element(struct html *h, const struct tag *t)
{
    if (is_list(t)) {
        break_line(h, h->n_lists ? 1 : t->element->lines);
        open_list(h, t);
        return;
    }
    break_line(h, t->element->lines);
    if (strcmp(t->name, "br") == 0) {
        break_line(h, h->newlines < 2 ? h->newlines + 1 : 2);
    } else if (strcmp(t->name, "a") == 0) {
        close_link(h);
        open_link(h, t);
    } else if (strcmp(t->name, "img") == 0)
        add_image(h, t);
    else if (strcmp(t->name, "li") == 0)
        h->bullet = true;
    else if (strcmp(t->name, "td") == 0 || strcmp(t->name, "th") == 0)
        h->cell = !h->newlines;
    else if (strcmp(t->name, "blockquote") == 0)
        h->quotes += h->quotes < 1000;
    else if (strcmp(t->name, "pre") == 0)
        h->pre = 1;
}

static void close_element(struct html *h, const struct tag *t)
{
    if (strcmp(t->name, "a") == 0)
        close_link(h);
    else if (strcmp(t->name, "blockquote") == 0)
        h->quotes -= h->quotes > 0;
    else if (strcmp(t->name, "pre") == 0)
        h->pre = 0;
    else if (strcmp(t->name, "li") == 0)
        h->bullet = false;
    else if (is_list(t))
        h->n_lists -= h->n_lists > 0;
    break_line(h, is_list(t) && h->n_lists ? 1 : t->element->lines);
}

static const char *element(struct html *h, const char *p)
{
    struct tag t = {.closing = *p == '/'};
    p = read_tag(h, p + t.closing, &t);
    if (strcmp(t.name, "head") == 0) {
        h->in_head = !t.closing;
        return p;
    }
    if (h->in_head && t.element->lines)
        h->in_head = false;
    if (!t.closing && t.element->traits & RAW)
        return skip_raw(p, h->end, t.name);
    if (in_hidden(h, &t) || h->in_head)
        return p;
    if (t.closing)
        close_element(h, &t);
    else
        open_element(h, &t);
    return p;
}

/* What begins with '<': a tag, a comment, a declaration, or just a '<'. Returns what is behind it. */
static const char *markup(struct html *h, const char *p)
{
    const char *next = p + 1;
    if (next < h->end &&
        (isalpha((unsigned char)*next) || (*next == '/' && next + 1 < h->end && isalpha((unsigned char)next[1]))))
        return element(h, next);
    if (next < h->end && (*next == '!' || *next == '?' || *next == '/')) {
        if (h->end - p >= 4 && memcmp(p, "<!--", 4) == 0 && !h->no_comment_end) {
            /* "<!-->" closes at once */
            const char *close = memmem(p + 2, (size_t)(h->end - p - 2), "-->", 3);
            if (close)
                return close + 3;
            h->no_comment_end = true;
        }
        const char *close = find(next, h->end, '>', &h->no_greater);
        return close ? close + 1 : h->end;
    }
    text_run(h, p, next);
    return next;
}

void html_to_text(struct fct_bytes html, unsigned flags, size_t max, struct buf *out)
{
    if (!html.n)
        return;
    struct html h = {.p = html.p,
                     .end = html.p + html.n,
                     .flags = flags,
                     .out = out,
                     .from = out->n,
                     .max = max,
                     .at_line_start = true};
    while (h.p < h.end && !full(&h)) {
        const char *tag = memchr(h.p, '<', (size_t)(h.end - h.p));
        if (tag != h.p) {
            text_run(&h, h.p, tag ? tag : h.end);
            h.p = tag ? tag : h.end;
        } else {
            h.p = markup(&h, h.p);
        }
    }
    close_link(&h);
    if (out->n - h.from > max)
        out->n = h.from + utf8_cut(bytes_of(out->p + h.from, out->n - h.from), max);
    if (out->p)
        out->p[out->n] = '\0';
    buf_done(&h.href);
}
