#include "mime/html_quote.h"

#include "base/cleanup.h"
#include "mime/html.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 16, DEPTH_MAX = 200, VALUE_MAX = 8192, DATA_MAX = 1 << 20 };

/* ---- what may stay ---------------------------------------------------------------------------------------------- */

enum trait {
    VOID = 1,        /* has no content */
    ENDS_ITSELF = 2, /* the next one of that name ends it */
    TABLE = 4,       /* part of a table: ended from inside a cell */
    WALL = 8         /* what is open outside of it is not closed from inside */
};

static const struct element {
    const char *name;
    unsigned traits;
} elements[] = {
    {"a", 0},
    {"abbr", 0},
    {"address", 0},
    {"article", 0},
    {"b", 0},
    {"big", 0},
    {"blockquote", 0},
    {"br", VOID},
    {"caption", TABLE | WALL},
    {"center", 0},
    {"cite", 0},
    {"code", 0},
    {"col", VOID},
    {"colgroup", TABLE},
    {"dd", ENDS_ITSELF},
    {"del", 0},
    {"div", 0},
    {"dl", 0},
    {"dt", ENDS_ITSELF},
    {"em", 0},
    {"figcaption", 0},
    {"figure", 0},
    {"font", 0},
    {"footer", 0},
    {"h1", 0},
    {"h2", 0},
    {"h3", 0},
    {"h4", 0},
    {"h5", 0},
    {"h6", 0},
    {"header", 0},
    {"hr", VOID},
    {"i", 0},
    {"img", VOID},
    {"ins", 0},
    {"kbd", 0},
    {"li", ENDS_ITSELF},
    {"main", 0},
    {"mark", 0},
    {"ol", 0},
    {"p", ENDS_ITSELF},
    {"pre", 0},
    {"q", 0},
    {"s", 0},
    {"samp", 0},
    {"section", 0},
    {"small", 0},
    {"span", 0},
    {"strike", 0},
    {"strong", 0},
    {"sub", 0},
    {"sup", 0},
    {"table", TABLE | WALL},
    {"tbody", TABLE},
    {"td", TABLE | WALL | ENDS_ITSELF},
    {"tfoot", TABLE},
    {"th", TABLE | WALL | ENDS_ITSELF},
    {"thead", TABLE},
    {"tr", TABLE | ENDS_ITSELF},
    {"tt", 0},
    {"u", 0},
    {"ul", 0},
    {"var", 0},
    {"wbr", VOID},
};

/* Their content goes, too: it is no text, or none that is shown. */
static const char *const dropped[] = {"script",   "style",    "title",  "iframe", "noembed",
                                      "noframes", "noscript", "object", "applet", "textarea",
                                      "select",   "svg",      "math",   "xml",    "template"};

enum value_kind { PLAIN, LINK, SOURCE, STYLE };
static const struct {
    const char *name;
    enum value_kind kind;
} attributes[] = {
    {"align", PLAIN},       {"alt", PLAIN},   {"bgcolor", PLAIN}, {"border", PLAIN},  {"cellpadding", PLAIN},
    {"cellspacing", PLAIN}, {"color", PLAIN}, {"colspan", PLAIN}, {"dir", PLAIN},     {"face", PLAIN},
    {"height", PLAIN},      {"href", LINK},   {"lang", PLAIN},    {"rowspan", PLAIN}, {"size", PLAIN},
    {"src", SOURCE},        {"start", PLAIN}, {"style", STYLE},   {"title", PLAIN},   {"type", PLAIN},
    {"valign", PLAIN},      {"width", PLAIN},
};

static const struct element *element_of(const char *name)
{
    for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
        if (strcmp(elements[i].name, name) == 0)
            return &elements[i];
    return NULL;
}

static bool is_dropped(const char *name)
{
    for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
        if (strcmp(dropped[i], name) == 0)
            return true;
    return false;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

/* As a browser reads it, in lower case, without white space and controls. */
static void essence(struct fct_bytes value, size_t max, struct buf *out)
{
    for (size_t i = 0; i < value.n && out->n < max;) {
        uint32_t c[2] = {0};
        size_t n = value.p[i] == '&' ? html_entity(value.p + i, value.p + value.n, c) : 0;
        if (!n) {
            c[0] = (unsigned char)value.p[i];
            n = 1;
        }
        if (c[0] > 0x20 && c[0] < 0x7f)
            buf_add_char(out, (char)tolower((int)c[0]));
        else if (c[0] >= 0x80)
            buf_add_char(out, '?');
        i += n;
    }
}

static bool begins_with_one_of(const char *s, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (strncmp(s, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

static bool is_good_address(struct fct_bytes value, enum value_kind kind)
{
    static const char *const links[] = {"http://", "https://", "mailto:", "tel:", "ftp://", "mid:", NULL};
    static const char *const sources[] = {
        "http://", "https://", "cid:", "data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp", NULL};
    CLEANUP(buf_done) struct buf text = {0};
    essence(value, 32, &text);
    return begins_with_one_of(buf_str(&text), kind == LINK ? links : sources);
}

/* Nothing that loads, runs, or leaves its place; what is written in riddles is not read. */
static bool is_good_style(struct fct_bytes value)
{
    static const char *const bad[] = {"\\",       "/*",     "url",      "image-set", "expression",
                                      "position", "import", "behavior", "binding",   "<"};
    CLEANUP(buf_done) struct buf text = {0};
    essence(value, VALUE_MAX, &text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (strstr(buf_str(&text), bad[i]))
            return false;
    return true;
}

static bool is_good_value(struct fct_bytes value, enum value_kind kind)
{
    if (value.n > (kind == SOURCE ? DATA_MAX : VALUE_MAX))
        return false;
    return kind == PLAIN || (kind == STYLE ? is_good_style(value) : is_good_address(value, kind));
}

static void add_escaped(struct fct_bytes text, bool keep_references, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++)
        switch (text.p[i]) {
        case '<':
            buf_add_str(out, "&lt;");
            break;
        case '>':
            buf_add_str(out, "&gt;");
            break;
        case '"':
            buf_add_str(out, "&quot;");
            break;
        case '&':
            buf_add_str(out, keep_references ? "&" : "&amp;");
            break;
        case '\0':
            break;
        default:
            buf_add_char(out, text.p[i]);
        }
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct quoter {
    const char *p, *end;
    struct buf *out;
    const struct element *open[DEPTH_MAX];
    size_t depth;
    bool no_double_quote, no_single_quote, no_comment_end; /* none up to the end: keeps the whole linear */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip_spaces(struct quoter *q)
{
    while (q->p < q->end && is_space(*q->p))
        q->p++;
}

static struct fct_bytes read_value(struct quoter *q)
{
    skip_spaces(q);
    char quote = q->p < q->end && (*q->p == '"' || *q->p == '\'') ? *q->p : '\0';
    bool *none = quote == '"' ? &q->no_double_quote : &q->no_single_quote;
    const char *close = quote && !*none ? memchr(q->p + 1, quote, (size_t)(q->end - q->p - 1)) : NULL;
    struct fct_bytes value;
    if (close) {
        value = bytes_of(q->p + 1, (size_t)(close - q->p - 1));
        q->p = close + 1;
        return value;
    }
    if (quote)
        *none = true;
    const char *begin = q->p;
    while (q->p < q->end && !is_space(*q->p) && *q->p != '>')
        q->p++;
    return bytes_of(begin, (size_t)(q->p - begin));
}

static void add_attribute(struct fct_bytes name, struct fct_bytes value, struct buf *out)
{
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
        if (bytes_equal_nocase(name, bytes_str(attributes[i].name)) && is_good_value(value, attributes[i].kind)) {
            buf_addf(out, " %s=\"", attributes[i].name);
            add_escaped(value, true, out);
            buf_add_char(out, '"');
        }
}

/* From behind a tag's name to behind its '>'. `out` NULL: what is good of it is left out, too. */
static void read_attributes(struct quoter *q, struct buf *out)
{
    while (q->p < q->end && *q->p != '>') {
        const char *begin = q->p;
        while (q->p < q->end && !is_space(*q->p) && !strchr("=>/\"'", *q->p))
            q->p++;
        struct fct_bytes name = bytes_of(begin, (size_t)(q->p - begin)), value = {0};
        if (!name.n) {
            q->p++;
            continue;
        }
        skip_spaces(q);
        if (q->p < q->end && *q->p == '=') {
            q->p++;
            value = read_value(q);
        }
        if (out)
            add_attribute(name, value, out);
    }
    if (q->p < q->end)
        q->p++;
}

/* A comment, <!DOCTYPE...>, <?xml...>, </ >. */
static void skip_markup(struct quoter *q)
{
    size_t left = (size_t)(q->end - q->p);
    const char *close = NULL;
    if (left > 4 && memcmp(q->p, "<!--", 4) == 0 && !q->no_comment_end) {
        close = memmem(q->p + 2, left - 2, "-->", 3); /* "<!-->" is one, too */
        q->no_comment_end = !close;
        close = close ? close + 2 : NULL;
    }
    if (!close)
        close = memchr(q->p, '>', left);
    q->p = close ? close + 1 : q->end;
}

/* Up to the end tag of that name, or the end. */
static void skip_content(struct quoter *q, const char *name)
{
    size_t n = strlen(name);
    while (q->p < q->end && (q->p = memchr(q->p, '<', (size_t)(q->end - q->p)))) {
        if ((size_t)(q->end - q->p) > n + 2 && q->p[1] == '/' && strncasecmp(q->p + 2, name, n) == 0 &&
            !isalnum((unsigned char)q->p[2 + n]))
            return;
        q->p++;
    }
    q->p = q->end;
}

/* ---- elements --------------------------------------------------------------------------------------------------- */

static void close_last(struct quoter *q)
{
    buf_addf(q->out, "</%s>", q->open[--q->depth]->name);
}

/* An end tag that was opened here, not beyond a wall, closes what is inside it as well. */
static void close_element(struct quoter *q, const struct element *e)
{
    for (size_t i = q->depth; i-- > 0;) {
        if (q->open[i] == e) {
            while (q->depth > i)
                close_last(q);
            return;
        }
        bool ends_cell = (e->traits & TABLE) && strcmp(q->open[i]->name, "table") != 0;
        if ((q->open[i]->traits & WALL) && !ends_cell)
            return;
    }
}

static void open_element(struct quoter *q, const struct element *e)
{
    bool is_void = e->traits & VOID;
    if ((e->traits & ENDS_ITSELF) && q->depth && q->open[q->depth - 1] == e)
        close_last(q);
    if (!is_void && q->depth == DEPTH_MAX) {
        read_attributes(q, NULL);
        return;
    }
    buf_addf(q->out, "<%s", e->name);
    read_attributes(q, q->out);
    buf_add_char(q->out, '>');
    if (!is_void)
        q->open[q->depth++] = e;
}

static void read_tag(struct quoter *q)
{
    char name[NAME_MAX_BYTES];
    size_t n = 0;
    bool closing = q->p + 1 < q->end && q->p[1] == '/';
    q->p += closing ? 2 : 1;
    while (q->p < q->end && !is_space(*q->p) && *q->p != '>' && *q->p != '/') {
        if (n < sizeof(name) - 1)
            name[n++] = (char)tolower((unsigned char)*q->p);
        q->p++;
    }
    name[n] = '\0';
    const struct element *e = element_of(name);
    if (e && !closing) {
        open_element(q, e);
        return;
    }
    read_attributes(q, NULL);
    if (e && !(e->traits & VOID))
        close_element(q, e);
    else if (!closing && is_dropped(name))
        skip_content(q, name);
}

static bool is_tag(const struct quoter *q)
{
    const char *c = q->p + 1;
    if (c < q->end && *c == '/')
        c++;
    return c < q->end && isalpha((unsigned char)*c);
}

void html_quote(struct fct_bytes html, struct buf *out)
{
    struct quoter q = {.p = html.p, .end = html.p + html.n, .out = out};
    while (html.n && q.p < q.end) {
        const char *tag = memchr(q.p, '<', (size_t)(q.end - q.p));
        add_escaped(bytes_of(q.p, (size_t)((tag ? tag : q.end) - q.p)), true, out);
        q.p = tag ? tag : q.end;
        if (!tag)
            break;
        if (is_tag(&q)) {
            read_tag(&q);
        } else if (q.p + 1 < q.end && strchr("!?/", q.p[1])) {
            skip_markup(&q);
        } else {
            buf_add_str(out, "&lt;");
            q.p++;
        }
    }
    while (q.depth)
        close_last(&q);
}

void html_add_text(struct fct_bytes text, struct buf *out)
{
    while (text.n) {
        const char *nl = memchr(text.p, '\n', text.n);
        size_t n = nl ? (size_t)(nl - text.p) : text.n;
        add_escaped(bytes_of(text.p, n && text.p[n - 1] == '\r' ? n - 1 : n), false, out);
        if (nl)
            buf_add_str(out, "<br>\n");
        text.p += nl ? n + 1 : n;
        text.n -= nl ? n + 1 : n;
    }
}
