#include "mime/readable.h"

#include "base/cleanup.h"
#include "mime/html.h"
#include "mime/limits.h"
#include "mime/text.h"
#include "mime/utf8.h"

#include <strings.h>

/* HTML source that may be needed for so much text: markup is mostly the larger part. */
static size_t html_source_for(size_t max)
{
    return max > MIME_MAX_HTML_BYTES / 16 ? MIME_MAX_HTML_BYTES : max * 16 + 65536;
}

static void cut_to(struct buf *out, size_t from, size_t max)
{
    if (out->n - from <= max)
        return;
    out->n = from + utf8_cut(bytes_of(out->p + from, out->n - from), max);
    out->p[out->n] = '\0';
}

void readable_part(const struct mime_part *p, unsigned flags, size_t max, struct buf *out)
{
    size_t from = out->n;
    if (!max)
        return;
    if (part_is(p, "text/html") || part_is(p, "application/xhtml+xml")) {
        CLEANUP(buf_done) struct buf html = {0};
        part_text(p, html_source_for(max), &html, NULL);
        html_to_text(buf_bytes(&html), flags, max, out);
    } else if (p->is_flowed) {
        CLEANUP(buf_done) struct buf text = {0};
        part_text(p, max, &text, NULL);
        text_unflow(buf_bytes(&text), p->is_delsp, out);
        cut_to(out, from, max);
    } else {
        part_text(p, max, out, NULL);
    }
}

static void separate(struct buf *out)
{
    if (out->n && out->p[out->n - 1] != '\n')
        buf_add_char(out, '\n');
}

static bool is_blank(const struct buf *b, size_t from)
{
    for (size_t i = from; i < b->n; i++)
        if ((unsigned char)b->p[i] > ' ')
            return false;
    return true;
}

/* Their text, one below the other. */
static void read_list(const struct part_list *l, unsigned flags, size_t max, struct buf *out)
{
    size_t from = out->n;
    for (size_t i = 0; i < l->n && out->n - from < max; i++) {
        const struct mime_part *p = l->v[i];
        if (!part_is_text(p) || (p->disposition && strcmp(p->disposition, "attachment") == 0))
            continue;
        if (out->n > from)
            separate(out);
        readable_part(p, flags, max - (out->n - from), out);
    }
}

static bool same_list(const struct part_list *a, const struct part_list *b)
{
    return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0;
}

/* Many a message has an empty text/plain beside its HTML, and some have nothing but text of another kind (enriched, a
 * calendar): better that than nothing. */
void mime_readable_text(struct mime_message *m, size_t max_bytes, struct buf *out)
{
    const struct part_list *const lists[] = {&m->text_body, &m->html_body, &m->attachments};
    size_t max = max_bytes ? max_bytes : SIZE_MAX / 2, from = out->n;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && is_blank(out, from); i++)
        if (lists[i]->n && !(i && same_list(lists[i], lists[i - 1]))) {
            cut_to(out, from, 0);
            read_list(lists[i], HTML_LINKS, max, out);
        }
    cut_to(out, from, max);
}

static const struct mime_part *first_html(const struct mime_part *p)
{
    if (part_is(p, "text/html"))
        return p;
    for (size_t i = 0; i < p->n_parts; i++) {
        const struct mime_part *found = first_html(&p->parts[i]);
        if (found)
            return found;
    }
    return NULL;
}

int mime_html_text(struct mime_message *m, size_t max_bytes, struct buf *out)
{
    const struct mime_part *html = NULL;
    for (size_t i = 0; i < m->html_body.n && !html; i++)
        if (part_is(m->html_body.v[i], "text/html"))
            html = m->html_body.v[i];
    if (!html)
        html = first_html(&m->root);
    if (!html)
        return -1;
    part_text(html, max_bytes, out, NULL);
    return 0;
}

/* ---- preview --------------------------------------------------------------------------------------------------- */

enum { PREVIEW_SOURCE_BYTES = 8192 };

void readable_preview(const struct mime_message *m, const struct fct_bytes *body, struct buf *out)
{
    if (body && body->n) {
        text_preview(bytes_of(body->p, utf8_cut(*body, PREVIEW_SOURCE_BYTES)), out);
        if (out->n)
            return;
    }
    const struct part_list *const lists[] = {&m->text_body, &m->html_body};
    CLEANUP(buf_done) struct buf text = {0};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (size_t k = 0; k < lists[i]->n && !out->n; k++) {
            if (!part_is_text(lists[i]->v[k]))
                continue;
            buf_clear(&text);
            readable_part(lists[i]->v[k], 0, PREVIEW_SOURCE_BYTES, &text);
            text_preview(buf_bytes(&text), out);
        }
}

/* ---- index ------------------------------------------------------------------------------------------------------ */

/* A plain text shorter than this is doubted when the HTML has so many times more to say. */
enum { SHORT_CHARS = 200, RICHER = 3 };

struct index {
    const struct mime_message *m;
    struct buf *out;
    size_t body_from, body_n;
    unsigned embedded;
};

static size_t room(const struct index *x)
{
    return x->out->n < MIME_MAX_INDEX_BYTES ? MIME_MAX_INDEX_BYTES - x->out->n : 0;
}

/* Text that is words: not style sheets, and not RTF, whose commands would be. */
static bool is_indexed_text(const struct mime_part *p)
{
    return part_is_text(p) && !part_is(p, "text/css") && !part_is(p, "text/rtf") && !part_is(p, "text/richtext") &&
           !part_is(p, "text/javascript");
}

static void index_leaf(struct index *x, const struct mime_part *p)
{
    separate(x->out);
    size_t from = x->out->n;
    readable_part(p, 0, room(x), x->out);
    if (!x->body_n && x->m->text_body.n && x->m->text_body.v[0] == p) {
        x->body_from = from;
        x->body_n = x->out->n - from;
    }
}

/* At most `max` are counted. */
static size_t visible_chars(const char *p, size_t n, size_t max)
{
    size_t chars = 0;
    for (size_t i = 0; i < n && chars < max; i++)
        chars += (unsigned char)p[i] > ' ' && ((unsigned char)p[i] & 0xC0) != 0x80;
    return chars;
}

static void index_part(struct index *x, const struct mime_part *p);

static bool is_rich(const struct mime_part *p)
{
    return part_is(p, "text/html") || part_is(p, "multipart/related");
}

/* The plain text says what the HTML says; a short one is compared, since it may say "your program cannot show HTML". */
static void index_alternative(struct index *x, const struct mime_part *p)
{
    size_t from = x->out->n;
    for (size_t i = 0; i < p->n_parts; i++)
        if (!is_rich(&p->parts[i]))
            index_part(x, &p->parts[i]);
    size_t plain = visible_chars(buf_str(x->out) + from, x->out->n - from, SHORT_CHARS);
    if (plain >= SHORT_CHARS)
        return;
    size_t end = x->out->n;
    for (size_t i = 0; i < p->n_parts; i++)
        if (is_rich(&p->parts[i]))
            index_part(x, &p->parts[i]);
    if (visible_chars(buf_str(x->out) + end, x->out->n - end, plain * RICHER + 1) <= plain * RICHER &&
        !(x->body_n && x->body_from >= end)) {
        x->out->n = end;
        if (x->out->p)
            x->out->p[end] = '\0';
    }
}

static void index_embedded(struct index *x, const struct mime_part *p)
{
    if (x->embedded >= MIME_MAX_EMBEDDED)
        return;
    CLEANUP(buf_done) struct buf decoded = {0};
    struct fct_bytes raw = p->content;
    if (p->encoding == GMIME_CONTENT_ENCODING_BASE64 || p->encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
        part_decode(p, MIME_MAX_EMBEDDED_BYTES, &decoded);
        raw = buf_bytes(&decoded);
    }
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(raw);
    separate(x->out);
    readable_envelope(m, x->out);
    struct index inner = {.m = m, .out = x->out, .embedded = x->embedded + 1};
    index_part(&inner, &m->root);
}

/* Recursion: multiparts (guard.c) times embedded messages, both bounded. */
static void index_part(struct index *x, const struct mime_part *p)
{
    if (!room(x))
        return;
    if (p->is_multipart && part_is(p, "multipart/alternative")) {
        index_alternative(x, p);
    } else if (p->is_multipart) {
        for (size_t i = 0; i < p->n_parts; i++)
            index_part(x, &p->parts[i]);
    } else if (is_indexed_text(p)) {
        index_leaf(x, p);
    } else if (part_is(p, "message/rfc822") || part_is(p, "message/global")) {
        index_embedded(x, p);
    }
}

void readable_index(const struct mime_message *m, struct buf *out, size_t *out_body_from, size_t *out_body_n)
{
    struct index x = {.m = m, .out = out};
    index_part(&x, &m->root);
    *out_body_from = x.body_from;
    *out_body_n = x.body_n;
}

static void add_files(const struct mime_part *p, struct buf *out)
{
    if (out->n > MIME_MAX_INDEX_FIELD_BYTES)
        return;
    if (p->name && !p->is_multipart) {
        separate(out);
        buf_add_str(out, p->name);
    }
    for (size_t i = 0; i < p->n_parts; i++)
        add_files(&p->parts[i], out);
}

void readable_files(const struct mime_message *m, struct buf *out)
{
    add_files(&m->root, out);
}
