/* From GMime's objects to our tree of parts. GMime reads the message through a view (view.h) and is told to treat
 * embedded messages as leaves, which is what RFC 8621 wants of bodyStructure, and spares us its recursion into them. */
#include "mime/tree.h"

#include "base/alloc.h"
#include "mime/charset.h"
#include "mime/fields.h"
#include "mime/limits.h"
#include "mime/utf8.h"
#include "mime/view.h"
#include "mime/words.h"

#include <ctype.h>
#include <strings.h>

struct builder {
    struct mime_message *m;
    const char *boundaries[MIME_MAX_DEPTH + 2]; /* of the multiparts around the part; NULL: none given */
    GMimeStream *view;
    struct buf id; /* "1.2" of the part that is being built */
    size_t depth, parts;
    size_t scanned; /* bytes that were searched for delimiters: no more than the message has */
    bool overflow;  /* GMime found more than guard.c did: then its tree is not used */
};

static void lower(char *s)
{
    for (; *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

/* Valid UTF-8 without control characters, at most `max` bytes; NULL when nothing is left. */
static char *clean(const char *s, size_t max)
{
    if (!s)
        return NULL;
    struct buf out = {0};
    charset_add_guess(&out, bytes_str(s));
    size_t n = 0, cut = utf8_cut(buf_bytes(&out), max);
    for (size_t i = 0; i < cut; i++)
        if ((unsigned char)out.p[i] >= 0x20 && out.p[i] != 0x7F)
            out.p[n++] = out.p[i];
    while (n && out.p[n - 1] == ' ')
        n--;
    if (!n) {
        buf_done(&out);
        return NULL;
    }
    out.p[n] = '\0';
    out.n = n;
    words_normalize(&out, 0);
    return buf_steal(&out);
}

static char *clean_lower(const char *s)
{
    char *out = clean(s, 255);
    if (out)
        lower(out);
    return out;
}

static char *token_of(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    struct buf out = {0};
    if (f)
        field_token(f->value, &out);
    if (out.n)
        return buf_steal(&out);
    buf_done(&out);
    return NULL;
}

static void read_encoding(struct mime_part *p, const struct mime_headers *h)
{
    static const char *const known[] = {"7bit",       "8bit",     "binary", "base64", "quoted-printable",
                                        "x-uuencode", "uuencode", "x-uue"};
    char *name = token_of(h, "Content-Transfer-Encoding");
    p->encoding = GMIME_CONTENT_ENCODING_DEFAULT;
    p->encoding_known = !name;
    for (size_t i = 0; name && i < sizeof(known) / sizeof(*known); i++)
        if (strcasecmp(name, known[i]) == 0) {
            p->encoding_known = true;
            p->encoding = g_mime_content_encoding_from_string(name);
        }
    free(name);
}

/* The first word, comments and quotes off. What is no token, as in "filename=x" without a disposition, is none. */
static char *disposition_of(const struct mime_headers *h)
{
    char *word = token_of(h, "Content-Disposition");
    if (!word)
        return NULL;
    char *first = word + (*word == '"');
    first[strcspn(first, " \t\"")] = '\0';
    char *out = strpbrk(first, "=,/") ? NULL : clean_lower(first);
    free(word);
    return out;
}

/* The fields that GMime has no better reading of. */
void part_read_fields(struct mime_part *p, const struct mime_headers *h)
{
    const struct mime_header *f;
    read_encoding(p, h);
    p->disposition = disposition_of(h);
    if ((f = headers_first(h, "Content-ID"))) {
        char **ids = field_message_ids(f->value);
        if (ids)
            p->cid = xstrdup(ids[0]);
        strings_free(ids);
    }
    if ((f = headers_first(h, "Content-Location"))) {
        struct buf raw = {0}, text = {0};
        for (size_t i = 0; i < f->value.n; i++) /* RFC 2557 section 4.4.2: folded URIs have no spaces */
            if (!strchr(" \t\r\n", f->value.p[i]))
                buf_add_char(&raw, f->value.p[i]);
        words_decode(buf_bytes(&raw), &text);
        p->location = clean(buf_str(&text), MIME_MAX_FIELD_BYTES);
        buf_done(&raw);
        buf_done(&text);
    }
    if ((f = headers_first(h, "Content-Language")))
        p->language = field_words(f->value);
}

/* Whether the first "filename" of the field is a plain one and an extended one ("filename*", RFC 2231) follows. */
static bool has_better_filename(const struct mime_headers *h)
{
    static const char key[] = "filename";
    const struct mime_header *f = headers_first(h, "Content-Disposition");
    bool has_plain = false;
    for (size_t i = 0; f && i + sizeof(key) <= f->value.n; i++) {
        if (strncasecmp(f->value.p + i, key, sizeof(key) - 1) != 0)
            continue;
        char next = f->value.p[i + sizeof(key) - 1];
        if (next == '*')
            return has_plain;
        has_plain |= next == '=' || next == ' ';
    }
    return false;
}

/* Senders give a name that old programs read, and then the real one: the second is wanted. */
static const char *filename_of(GMimeContentDisposition *d, const struct mime_headers *h)
{
    const char *first = g_mime_content_disposition_get_parameter(d, "filename");
    GMimeParamList *list = g_mime_content_disposition_get_parameters(d);
    if (!first || !has_better_filename(h))
        return first;
    for (int i = 0, n = g_mime_param_list_length(list), seen = 0; i < n; i++) {
        GMimeParam *param = g_mime_param_list_get_parameter_at(list, i);
        if (strcasecmp(g_mime_param_get_name(param), "filename") == 0 && seen++ == 1)
            return g_mime_param_get_value(param);
    }
    return first;
}

/* Whether a quoted string of the field is never closed. */
static bool has_open_quote(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    bool is_open = false;
    for (size_t i = 0; f && i < f->value.n; i++) {
        if (f->value.p[i] == '\\')
            i++;
        else
            is_open ^= f->value.p[i] == '"';
    }
    return is_open;
}

static const char *name_of(GMimeObject *o, const struct mime_headers *h)
{
    GMimeContentDisposition *d = g_mime_object_get_content_disposition(o);
    const char *name = d ? filename_of(d, h) : NULL;
    if (!name || !*name)
        name = g_mime_object_get_content_type_parameter(o, "name");
    if (name && *name == '"' && (has_open_quote(h, "Content-Disposition") || has_open_quote(h, "Content-Type")))
        name++;
    return name;
}

/* The name without what senders leave around it: quotes, spaces, semicolons. */
static char *charset_name(const char *s)
{
    char *name = clean_lower(s);
    if (!name)
        return NULL;
    size_t n = 0;
    for (const char *c = name; *c && (n == 0 || isalnum((unsigned char)*c) || strchr("-_.:+()", *c)); c++)
        if (n || isalnum((unsigned char)*c))
            name[n++] = *c;
    name[n] = '\0';
    if (n)
        return name;
    free(name);
    return NULL;
}

/* Whether there is something on both sides of a slash. */
static bool is_type(struct fct_bytes value)
{
    const char *end = memchr(value.p, ';', value.n);
    size_t n = end ? (size_t)(end - value.p) : value.n;
    const char *slash = memchr(value.p, '/', n);
    return slash && slash > value.p && !strchr(" \t\r\n", slash[-1]) && slash + 1 < value.p + n &&
           !strchr(" \t\r\n", slash[1]);
}

void part_read_type(struct mime_part *p, const struct part_type *t, const struct mime_headers *h)
{
    const struct mime_header *field = headers_first(h, "Content-Type");
    /* What is no type at all ("text", "text/", nothing) is text/plain: RFC 2045 section 5.2. */
    p->is_multipart = t->is_multipart;
    if (!field || is_type(field->value) || p->is_multipart)
        p->type = clean_lower(t->type);
    if (!p->type)
        p->type = xstrdup(p->is_multipart ? "multipart/mixed" : "text/plain");
    p->charset = charset_name(t->charset);
    p->charset_implied = !p->charset;
    if (!p->charset && (!field || part_is_text(p)))
        p->charset = xstrdup("us-ascii");
    p->is_flowed = t->format && strcasecmp(t->format, "flowed") == 0;
    p->is_delsp = t->delsp && strcasecmp(t->delsp, "yes") == 0;
    p->name = clean(t->name, MIME_MAX_NAME_BYTES);
}

static void read_type(struct mime_part *p, GMimeObject *o, const struct mime_headers *h)
{
    GMimeContentType *type = g_mime_object_get_content_type(o);
    char *mime = g_mime_content_type_get_mime_type(type);
    part_read_type(p,
                   &(struct part_type){
                       .type = mime,
                       .charset = g_mime_content_type_get_parameter(type, "charset"),
                       .format = g_mime_content_type_get_parameter(type, "format"),
                       .delsp = g_mime_content_type_get_parameter(type, "delsp"),
                       .name = name_of(o, h),
                       .is_multipart = GMIME_IS_MULTIPART(o),
                   },
                   h);
    g_free(mime);
}

/* Whether the line at p is a delimiter, or the last one, of a multipart around the part. */
static bool is_delimiter(const struct builder *b, const char *p, const char *end)
{
    if (end - p < 2 || p[0] != '-' || p[1] != '-')
        return false;
    for (size_t i = 0; i < b->depth && i < sizeof(b->boundaries) / sizeof(*b->boundaries); i++) {
        size_t n = b->boundaries[i] ? strlen(b->boundaries[i]) : 0;
        while (n && (b->boundaries[i][n - 1] == ' ' || b->boundaries[i][n - 1] == '\t'))
            n--;
        const char *c = p + 2 + n;
        if (!n || (size_t)(end - p - 2) < n || memcmp(p + 2, b->boundaries[i], n) != 0)
            continue;
        if (end - c >= 2 && c[0] == '-' && c[1] == '-')
            c += 2;
        while (c < end && (*c == ' ' || *c == '\t' || *c == '\r'))
            c++;
        if (c == end)
            return true;
    }
    return false;
}

/* The bytes from p to the next delimiter, its line end (RFC 2046 section 5.1.1) not among them. */
static struct fct_bytes up_to_delimiter(struct builder *b, const char *p)
{
    const char *begin = p, *end = b->m->raw.p + b->m->raw.n;
    while (p < end && b->scanned <= b->m->raw.n) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        if (is_delimiter(b, p, nl ? nl : end)) {
            p -= p > begin;
            p -= p > begin && p[-1] == '\r';
            return bytes_of(begin, (size_t)(p - begin));
        }
        const char *next = nl ? nl + 1 : end;
        b->scanned += (size_t)(next - p);
        p = next;
    }
    return bytes_of(begin, (size_t)(p - begin));
}

/* Where the header block of a part lies: from its first field to its content or, for a multipart, its empty line. Of a
 * part without content, to the next delimiter. */
static struct fct_bytes header_block(struct builder *b, GMimeObject *o)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(o);
    if (g_mime_header_list_get_count(list) == 0)
        return (struct fct_bytes){"", 0};
    int64_t from = g_mime_header_get_offset(g_mime_header_list_get_header_at(list, 0)), to = -1;
    if (GMIME_IS_PART(o)) {
        GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *)o);
        if (!content)
            return up_to_delimiter(b, view_body_slice(b->view, from, to).p);
        to = g_mime_data_wrapper_get_stream(content)->bound_start;
    }
    return view_body_slice(b->view, from, to);
}

/* GMime takes lines that are no fields into the header block, up to the empty line or the next delimiter: where the
 * empty line is missing, they are the text. */
static void take_body_back(struct mime_part *p, size_t body)
{
    const char *begin = p->header.p + body, *end = p->header.p + p->header.n;
    if (body >= p->header.n)
        return;
    if (p->content.n)
        end = p->content.p + p->content.n;
    p->content = bytes_of(begin, (size_t)(end - begin));
    p->header.n = body;
}

/* GMime leaves the CR of the line end before the last delimiter, where the message ends right behind that. */
static void drop_delimiter_cr(const struct builder *b, struct mime_part *p)
{
    if (!p->content.n)
        return;
    const char *end = p->content.p + p->content.n;
    if (end[-1] == '\r' && end < b->m->raw.p + b->m->raw.n && *end == '\n')
        p->content.n--;
}

static void read_part(struct builder *b, GMimeObject *o, bool is_root, struct mime_part *p);

static void read_children(struct builder *b, GMimeMultipart *o, bool is_root, struct mime_part *p)
{
    int n = g_mime_multipart_get_count(o);
    size_t id = b->id.n;
    b->parts += (size_t)n;
    if (b->depth > MIME_MAX_DEPTH || b->parts > MIME_MAX_PARTS) {
        b->overflow = true;
        return;
    }
    p->parts = xcalloc((size_t)n, sizeof(*p->parts));
    for (int i = 0; i < n; i++) {
        buf_addf(&b->id, is_root || !id ? "%d" : ".%d", i + 1);
        read_part(b, g_mime_multipart_get_part(o, i), false, &p->parts[p->n_parts++]);
        b->id.n = id;
        if (b->id.p)
            b->id.p[id] = '\0';
    }
}

/* A multipart in which GMime found no part (no boundary, or none of its delimiters) would have its text nowhere: it is
 * shown as the text that it is. */
static void show_as_text(struct mime_part *p)
{
    free(p->type);
    free(p->charset);
    p->type = xstrdup("text/plain");
    p->charset = xstrdup("us-ascii");
    p->charset_implied = true;
    p->is_multipart = false;
}

/* Recursion is as deep as multiparts nest: guard.c bounds it. */
static void read_part(struct builder *b, GMimeObject *o, bool is_root, struct mime_part *p)
{
    struct mime_headers own = {0};
    const struct mime_headers *h = &b->m->headers;
    bool is_empty = !is_root && GMIME_IS_MULTIPART(o) && g_mime_multipart_get_count((GMimeMultipart *)o) == 0;
    p->size = -1;
    if (is_root) {
        p->header = bytes_of(b->m->raw.p, b->m->headers.body);
    } else {
        p->header = header_block(b, o);
        if (is_empty)
            p->header = up_to_delimiter(b, p->header.p);
        headers_scan(p->header, &own);
        h = &own;
    }
    read_type(p, o, h);
    part_read_fields(p, h);
    if (is_empty)
        show_as_text(p);
    if (p->is_multipart) {
        b->boundaries[b->depth] = g_mime_multipart_get_boundary((GMimeMultipart *)o);
        b->depth++;
        read_children(b, (GMimeMultipart *)o, is_root, p);
        b->depth--;
    } else {
        p->id = b->id.n ? xstrdup(b->id.p) : xstrdup("1");
        GMimeDataWrapper *content = GMIME_IS_PART(o) ? g_mime_part_get_content((GMimePart *)o) : NULL;
        if (content) {
            GMimeStream *s = g_mime_data_wrapper_get_stream(content);
            p->content = view_body_slice(b->view, s->bound_start, s->bound_end);
        }
        if (!is_root) {
            drop_delimiter_cr(b, p);
            take_body_back(p, own.body);
        }
    }
    headers_done(&own);
}

/* The Content-* fields of the message, each once, unfolded. */
static void view_head(const struct mime_headers *h, struct buf *out)
{
    static const char *const names[] = {"Content-Type", "Content-Disposition"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct mime_header *f = headers_first(h, names[i]);
        if (!f)
            continue;
        buf_addf(out, "%s:", names[i]);
        for (size_t k = 0; k < f->value.n && f->value.p[k]; k++)
            if (f->value.p[k] != '\r' && f->value.p[k] != '\n')
                buf_add_char(out, f->value.p[k]);
        buf_add_char(out, '\n');
    }
    buf_add_char(out, '\n');
}

const char *tree_build(struct mime_message *m)
{
    return tree_build_plain(m) ? NULL : tree_build_any(m);
}

const char *tree_build_any(struct mime_message *m)
{
    struct buf head = {0};
    struct fct_bytes body = bytes_of(m->raw.p + m->headers.body, m->raw.n - m->headers.body);
    view_head(&m->headers, &head);
    struct builder b = {.m = m, .view = view_new(&head, body)};
    GMimeParser *parser = g_mime_parser_new_with_stream(b.view);
    g_mime_parser_set_persist_stream(parser, TRUE);
    GMimeObject *o = g_mime_parser_construct_part(parser, NULL);
    /* A multipart without any part (no boundary, or none of its delimiters) has its text nowhere: it is shown raw. */
    bool usable = o && !(GMIME_IS_MULTIPART(o) && g_mime_multipart_get_count((GMimeMultipart *)o) == 0);
    if (usable)
        read_part(&b, o, true, &m->root);
    if (b.overflow)
        tree_done(&m->root);
    if (o)
        g_object_unref(o);
    g_object_unref(parser);
    g_object_unref(b.view);
    buf_done(&b.id);
    if (b.overflow)
        return "more parts, or deeper ones, than the guard saw";
    return usable ? NULL : "multipart without any part";
}

void tree_build_raw(struct mime_message *m)
{
    m->root = (struct mime_part){
        .type = xstrdup("text/plain"),
        .charset = xstrdup("us-ascii"),
        .charset_implied = true,
        .id = xstrdup("1"),
        .encoding = GMIME_CONTENT_ENCODING_DEFAULT,
        .encoding_known = true,
        .content = bytes_of(m->raw.p + m->headers.body, m->raw.n - m->headers.body),
        .header = bytes_of(m->raw.p, m->headers.body),
        .size = -1,
    };
}

void tree_done(struct mime_part *p)
{
    for (size_t i = 0; i < p->n_parts; i++)
        tree_done(&p->parts[i]);
    free(p->parts);
    free(p->type);
    free(p->charset);
    free(p->name);
    free(p->disposition);
    free(p->cid);
    free(p->location);
    free(p->id);
    strings_free(p->language);
    *p = (struct mime_part){0};
}
