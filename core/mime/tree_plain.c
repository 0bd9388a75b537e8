/* The tree of a message that is built as RFC 2046 section 5.1.1 has it, without GMime. Where anything could be read in
 * two ways, it is left to GMime: a delimiter with more on its line, an outer delimiter within an inner multipart, a
 * multipart without its end, a part without a header or without content, a boundary that begins with that of another,
 * fields that are not plain. */
#include "mime/tree.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/limits.h"
#include "mime/plain_field.h"

#include <strings.h>

#define DEPTH_MAX 10
#define HEADER_LINES_MAX 100 /* of a part */

struct open {
    char text[2 + PLAIN_FIELD_BYTES]; /* "--" and the boundary */
    size_t n;
};

struct plain {
    const char *end; /* of the message */
    bool has_crlf;   /* so does the header of the message end, and all lines that are looked at */
    struct open open[DEPTH_MAX];
    size_t depth, parts;
    struct buf id; /* "1.2" of the part that is being read */
};

enum delimiter { NO_DELIMITER, DELIMITER, LAST_DELIMITER };

static const char *end_of_line(const struct plain *b, const char *p)
{
    const char *nl = memchr(p, '\n', (size_t)(b->end - p));
    return nl ? nl : b->end;
}

/* Whether the line that ends here (at its LF, or where the message does) ends as the others do. */
static bool ends_alike(const struct plain *b, const char *begin, const char *end)
{
    return end == b->end || (end > begin && end[-1] == '\r') == b->has_crlf;
}

/* What the line from p to `end` is to the innermost multipart. NO_DELIMITER with *out_doubt: who knows. */
static enum delimiter delimiter_at(const struct plain *b, const char *p, const char *end, bool *out_doubt)
{
    enum delimiter found = NO_DELIMITER;

    if (end - p < 2 || p[0] != '-' || p[1] != '-')
        return NO_DELIMITER;
    if (end[-1] == '\r')
        end--;
    for (size_t i = 0; i < b->depth; i++) {
        const struct open *o = &b->open[i];
        if ((size_t)(end - p) < o->n || memcmp(p, o->text, o->n) != 0)
            continue;
        size_t more = (size_t)(end - p) - o->n;
        bool is_last = more == 2 && memcmp(end - 2, "--", 2) == 0;
        if (found || i + 1 < b->depth || (more && !is_last)) {
            *out_doubt = true;
            return NO_DELIMITER;
        }
        found = is_last ? LAST_DELIMITER : DELIMITER;
    }
    return found;
}

/* Finds the next delimiter at or after the line that begins at *p: *out_line is where it begins, and *p behind it. */
static enum delimiter next_delimiter(const struct plain *b, const char **p, const char **out_line)
{
    bool is_doubtful = false;

    for (const char *line = *p; line < b->end;) {
        const char *end = end_of_line(b, line);
        enum delimiter d = delimiter_at(b, line, end, &is_doubtful);
        if (d || is_doubtful) {
            if (!ends_alike(b, line, end) || (line > *p && !ends_alike(b, *p, line - 1)))
                return NO_DELIMITER;
            *out_line = line;
            *p = end < b->end ? end + 1 : end;
            return d;
        }
        line = end < b->end ? end + 1 : end;
    }
    return NO_DELIMITER;
}

/* RFC 5322 section 2.2, without white space before the colon. */
static bool is_field(const char *p, const char *end)
{
    const char *c = p;
    while (c<end && * c> ' ' && *c < 0x7F && *c != ':')
        c++;
    return c > p && c < end && *c == ':' && !(p[0] == '-' && p[1] == '-');
}

/* Behind the empty line of the header that begins at p; NULL when it is not one from end to end. */
static const char *end_of_header(const struct plain *b, const char *p)
{
    const char *begin = p;
    for (size_t lines = 0; p < b->end && lines < HEADER_LINES_MAX; lines++) {
        const char *end = end_of_line(b, p);
        if (end == b->end)
            return NULL;
        if (!ends_alike(b, p, end))
            return NULL;
        if (end == p || (end == p + 1 && *p == '\r'))
            return p > begin ? end + 1 : NULL;
        bool continues = p > begin && (*p == ' ' || *p == '\t');
        if (!continues && !is_field(p, end))
            return NULL;
        p = end + 1;
    }
    return NULL;
}

/* The field if there is one of the name; false: there are several, or it is not plain. *out: NULL if there is none. */
static bool plain_field(const struct mime_headers *h, const char *name, bool with_slash, struct plain_field *room,
                        const struct plain_field **out)
{
    const struct mime_header *f = headers_first(h, name);
    *out = room;
    if (f)
        return f == headers_last(h, name) && plain_field_parse(f->value, with_slash, room);
    *out = NULL;
    return true;
}

struct part_fields {
    struct plain_field room[2];
    const struct plain_field *type, *disposition; /* NULL: none */
};

static bool read_fields(struct mime_part *p, const struct mime_headers *h, struct part_fields *f)
{
    if (!plain_field(h, "Content-Type", true, &f->room[0], &f->type) ||
        !plain_field(h, "Content-Disposition", false, &f->room[1], &f->disposition))
        return false;
    if (f->type && strncasecmp(f->type->word, "message/", 8) == 0)
        return false;
    struct part_type t = {.type = f->type ? f->type->word : "text/plain"};
    if (f->type) {
        t.charset = plain_field_param(f->type, "charset");
        t.format = plain_field_param(f->type, "format");
        t.delsp = plain_field_param(f->type, "delsp");
        t.is_multipart = plain_field_is_multipart(f->type);
    }
    t.name = f->disposition ? plain_field_param(f->disposition, "filename") : NULL;
    if (!t.name && f->type)
        t.name = plain_field_param(f->type, "name");
    part_read_type(p, &t, h);
    part_read_fields(p, h);
    p->size = -1;
    return true;
}

static bool open_boundary(struct plain *b, const struct part_fields *f)
{
    const char *boundary = plain_field_param(f->type, "boundary");
    if (!boundary || b->depth == DEPTH_MAX || strcasecmp(f->type->word, "multipart/digest") == 0)
        return false;
    struct open *o = &b->open[b->depth++];
    o->n = (size_t)snprintf(o->text, sizeof(o->text), "--%s", boundary);
    return o->n < sizeof(o->text);
}

static bool read_children(struct plain *b, struct mime_part *p, const char **at);

/* The part whose header begins at *at. *at is then behind its content; the delimiter that ended it is in *out_end. */
static bool read_part(struct plain *b, struct mime_part *p, const char **at, enum delimiter *out_end)
{
    CLEANUP(headers_done) struct mime_headers own = {0};
    struct part_fields f;
    const char *begin = *at, *content = end_of_header(b, begin), *line = NULL;

    if (!content || ++b->parts > MIME_MAX_PARTS)
        return false;
    headers_scan(bytes_of(begin, (size_t)(content - begin)), &own);
    if (own.body != (size_t)(content - begin) || !read_fields(p, &own, &f))
        return false;
    *at = content;
    if (p->is_multipart) {
        p->header = bytes_of(begin, (size_t)(b->end - begin));
        if (!open_boundary(b, &f) || !read_children(b, p, at))
            return false;
        b->depth--;
        *out_end =
            next_delimiter(b, at, &line); /* what stands behind the last delimiter of the inner one is nobody's */
        return *out_end != NO_DELIMITER;
    }
    p->id = xstrdup(b->id.p);
    p->header = bytes_of(begin, (size_t)(content - begin));
    *out_end = next_delimiter(b, at, &line);
    if (*out_end == NO_DELIMITER || line == content)
        return false;
    line--; /* the line end belongs to the delimiter */
    line -= line > content && line[-1] == '\r';
    p->content = bytes_of(content, (size_t)(line - content));
    return p->content.n > 0;
}

static bool read_children(struct plain *b, struct mime_part *p, const char **at)
{
    size_t id = b->id.n;
    const char *line;
    enum delimiter end = next_delimiter(b, at, &line);

    while (end == DELIMITER) {
        if ((p->n_parts & (p->n_parts - 1)) == 0) /* powers of two */
            p->parts = xreallocarray(p->parts, p->n_parts ? 2 * p->n_parts : 1, sizeof(*p->parts));
        struct mime_part *child = &p->parts[p->n_parts++];
        *child = (struct mime_part){0};
        buf_addf(&b->id, id ? ".%zu" : "%zu", p->n_parts);
        if (!read_part(b, child, at, &end))
            return false;
        b->id.n = id;
        b->id.p[id] = '\0';
    }
    return end == LAST_DELIMITER && p->n_parts > 0;
}

static const char *body_of(const struct mime_message *m)
{
    return m->raw.p + m->headers.body;
}

static bool read_root(struct plain *b, struct mime_message *m)
{
    const char *body = body_of(m);
    struct mime_part *p = &m->root;
    struct part_fields f;

    if (body == b->end || !read_fields(p, &m->headers, &f))
        return false;
    p->header = bytes_of(m->raw.p, m->headers.body);
    if (p->is_multipart)
        return open_boundary(b, &f) && read_children(b, p, &body);
    p->id = xstrdup("1");
    p->content = bytes_of(body, (size_t)(b->end - body));
    return true;
}

bool tree_build_plain(struct mime_message *m)
{
    struct plain b;
    b.end = m->raw.p + m->raw.n;
    b.depth = b.parts = 0;
    b.has_crlf = m->headers.body >= 2 && body_of(m)[-2] == '\r';
    b.id = (struct buf){0};
    bool is_plain = read_root(&b, m);
    if (!is_plain)
        tree_done(&m->root);
    buf_done(&b.id);
    return is_plain;
}
