/* Body parts: which of them are the body and which are attachments, and what JMAP says of each (RFC 8621
 * section 4.1.4). */
#include "mime/message.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/forms.h"
#include "mime/json.h"
#include "mime/utf8.h"

#include <strings.h>

bool part_is(const struct mime_part *p, const char *type)
{
    return strcmp(p->type, type) == 0;
}

bool part_is_text(const struct mime_part *p)
{
    return strncmp(p->type, "text/", 5) == 0;
}

static bool is_inline_media(const struct mime_part *p)
{
    return strncmp(p->type, "image/", 6) == 0 || strncmp(p->type, "audio/", 6) == 0 ||
           strncmp(p->type, "video/", 6) == 0;
}

static bool is_disposed(const struct mime_part *p, const char *disposition)
{
    return p->disposition && strcmp(p->disposition, disposition) == 0;
}

/* ---- the three lists ------------------------------------------------------------------------------------------ */

static void list_add(struct part_list *l, struct mime_part *p)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4;
        l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
    }
    l->v[l->n++] = p;
}

struct structure {
    struct part_list *html, *text; /* NULL: not collected at this place (of alternatives the other form was seen) */
    struct part_list *attachments;
};

/* Is this a body part rather than an attachment? */
static bool is_body_part(const struct mime_part *p, size_t index, const char *multipart)
{
    if (is_disposed(p, "attachment"))
        return false;
    if (!part_is(p, "text/plain") && !part_is(p, "text/html") && !is_inline_media(p))
        return false;
    return index == 0 || (strcmp(multipart, "related") != 0 && (is_inline_media(p) || !p->name));
}

static void add_alternative(struct structure *s, struct mime_part *p)
{
    if (part_is(p, "text/plain") && s->text)
        list_add(s->text, p);
    else if (part_is(p, "text/html") && s->html)
        list_add(s->html, p);
    else
        list_add(s->attachments, p);
}

static void add_body_part(struct structure *s, struct mime_part *p, bool in_alternative)
{
    if (in_alternative && part_is(p, "text/plain"))
        s->html = NULL;
    if (in_alternative && part_is(p, "text/html"))
        s->text = NULL;
    if (s->text)
        list_add(s->text, p);
    if (s->html)
        list_add(s->html, p);
    if ((!s->text || !s->html) && is_inline_media(p))
        list_add(s->attachments, p);
}

/* The suggested algorithm of RFC 8621 section 4.1.4, name by name. Recursion is as deep as multiparts nest. */
static void parse_structure(struct mime_part *parts, size_t n, const char *multipart, bool in_alternative,
                            struct structure s)
{
    bool alternative = strcmp(multipart, "alternative") == 0;
    size_t text_before = s.text ? s.text->n : 0, html_before = s.html ? s.html->n : 0;
    for (size_t i = 0; i < n; i++) {
        struct mime_part *p = &parts[i];
        if (p->is_multipart) {
            const char *sub = p->type + strlen("multipart/");
            parse_structure(p->parts, p->n_parts, sub, in_alternative || strcmp(sub, "alternative") == 0, s);
        } else if (!is_body_part(p, i, multipart)) {
            list_add(s.attachments, p);
        } else if (alternative) {
            add_alternative(&s, p);
        } else {
            add_body_part(&s, p, in_alternative);
        }
    }
    if (!alternative || !s.text || !s.html)
        return;
    bool has_text = s.text->n > text_before, has_html = s.html->n > html_before;
    if (!has_text)
        for (size_t i = html_before, end = s.html->n; has_html && i < end; i++)
            list_add(s.text, s.html->v[i]);
    if (!has_html)
        for (size_t i = text_before, end = s.text->n; has_text && i < end; i++)
            list_add(s.html, s.text->v[i]);
}

void body_lists(struct mime_message *m)
{
    struct structure s = {&m->html_body, &m->text_body, &m->attachments};
    parse_structure(&m->root, 1, "mixed", false, s);
}

/* Parts that a program handles, not a person: signatures, the version part of PGP/MIME. */
static bool is_machinery(const struct mime_part *p)
{
    static const char *const types[] = {"application/pgp-signature", "application/pgp-encrypted",
                                        "application/pkcs7-signature", "application/x-pkcs7-signature"};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (part_is(p, types[i]))
            return true;
    return false;
}

/* What an HTML part shows in its text: has a Content-ID, and nothing says that it is a file to be kept. */
static bool is_embedded_image(const struct mime_part *p)
{
    return p->cid && !p->disposition && strncmp(p->type, "image/", 6) == 0;
}

bool message_has_attachment(const struct mime_message *m)
{
    bool has_html = false;
    for (size_t i = 0; i < m->html_body.n; i++)
        has_html |= part_is(m->html_body.v[i], "text/html");
    for (size_t i = 0; i < m->attachments.n; i++) {
        const struct mime_part *p = m->attachments.v[i];
        if (!is_disposed(p, "inline") && !is_machinery(p) && !(has_html && is_embedded_image(p)))
            return true;
    }
    return false;
}

static struct mime_part *find_part(struct mime_part *p, const char *id)
{
    if (p->id && strcmp(p->id, id) == 0)
        return p;
    for (size_t i = 0; i < p->n_parts; i++) {
        struct mime_part *found = find_part(&p->parts[i], id);
        if (found)
            return found;
    }
    return NULL;
}

struct mime_part *part_by_id(struct mime_message *m, const char *id)
{
    CLEANUP(freep) char *dotted = xstrdup(id);
    for (char *c = dotted; *c; c++)
        if (*c == '_')
            *c = '.';
    return find_part(&m->root, dotted);
}

/* ---- EmailBodyPart ---------------------------------------------------------------------------------------------- */

static const char *const default_properties[] = {"partId",      "blobId", "size",     "name",     "type", "charset",
                                                 "disposition", "cid",    "language", "location", NULL};

static json_t *string_or_null(const char *s)
{
    return s ? json_text(bytes_str(s)) : json_null();
}

static json_t *blob_id_json(const struct mime_part *p, const struct mime_body_options *o)
{
    if (p->is_multipart || !o || !o->blob_id)
        return json_null();
    CLEANUP(freep) char *id = xasprintf("%s_%s", o->blob_id, p->id);
    for (char *c = id + strlen(o->blob_id); *c; c++)
        if (*c == '.')
            *c = '_';
    return json_text(bytes_str(id));
}

static json_t *language_json(const struct mime_part *p)
{
    if (!p->language)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; p->language[i]; i++)
        json_array_append_new(list, string_or_null(p->language[i]));
    return list;
}

static json_t *part_headers_property(const struct mime_part *p, const char *name)
{
    CLEANUP(headers_done) struct mime_headers h = {0};
    headers_scan(p->header, &h);
    if (strcmp(name, "headers") == 0)
        return forms_headers_json(&h);
    struct header_form form;
    json_t *out = NULL;
    if (header_form_parse(name + strlen("header:"), &form, NULL) < 0)
        return NULL;
    out = forms_json(&h, &form);
    header_form_done(&form);
    return out;
}

/* NULL: no such property. */
static json_t *part_property(struct mime_part *p, const char *name, const struct mime_body_options *o)
{
    if (strcmp(name, "partId") == 0)
        return string_or_null(p->is_multipart ? NULL : p->id);
    if (strcmp(name, "blobId") == 0)
        return blob_id_json(p, o);
    if (strcmp(name, "size") == 0)
        return json_integer(part_size(p));
    if (strcmp(name, "name") == 0)
        return string_or_null(p->name);
    if (strcmp(name, "type") == 0)
        return string_or_null(p->type);
    if (strcmp(name, "charset") == 0)
        return string_or_null(p->charset);
    if (strcmp(name, "disposition") == 0)
        return string_or_null(p->disposition);
    if (strcmp(name, "cid") == 0)
        return string_or_null(p->cid);
    if (strcmp(name, "language") == 0)
        return language_json(p);
    if (strcmp(name, "location") == 0)
        return string_or_null(p->location);
    if (strcmp(name, "subParts") == 0 && !p->is_multipart)
        return json_null();
    if (strcmp(name, "headers") == 0 || strncmp(name, "header:", 7) == 0)
        return part_headers_property(p, name);
    return NULL;
}

static json_t *part_json(struct mime_part *p, const struct mime_body_options *o, bool with_subparts)
{
    const char *const *names = o && o->body_properties ? o->body_properties : default_properties;
    json_t *out = json_object();
    for (size_t i = 0; names[i]; i++) {
        json_t *v = part_property(p, names[i], o);
        if (v)
            json_object_set_new(out, names[i], v);
    }
    /* Only bodyStructure has the tree, and there a multipart without its children would be of no use, asked for or not.
     */
    if (with_subparts && p->is_multipart) {
        json_t *list = json_array();
        for (size_t i = 0; i < p->n_parts; i++)
            json_array_append_new(list, part_json(&p->parts[i], o, true));
        json_object_set_new(out, "subParts", list);
    }
    return out;
}

json_t *body_structure_json(struct mime_message *m, const struct mime_body_options *o)
{
    return part_json(&m->root, o, true);
}

json_t *body_list_json(const struct part_list *l, const struct mime_body_options *o)
{
    json_t *out = json_array();
    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(out, part_json(l->v[i], o, false));
    return out;
}

/* ---- EmailBodyValue ---------------------------------------------------------------------------------------------- */

/* Where to cut HTML so that no tag is open: before the last '<' that has no '>' behind it. */
static size_t cut_outside_tag(const char *p, size_t n)
{
    const char *open = memrchr(p, '<', n);
    return open && !memchr(open, '>', n - (size_t)(open - p)) ? (size_t)(open - p) : n;
}

static void add_value(json_t *values, const struct mime_part *p, size_t max)
{
    if (!part_is_text(p) || json_object_get(values, p->id))
        return;
    CLEANUP(buf_done) struct buf text = {0};
    bool cut = false, problem = part_text(p, max, &text, &cut);
    if (cut && part_is(p, "text/html"))
        text.n = text.n ? cut_outside_tag(text.p, text.n) : 0;
    json_t *v = json_object();
    json_object_set_new(v, "value", json_text(buf_bytes(&text)));
    json_object_set_new(v, "isEncodingProblem", json_boolean(problem));
    json_object_set_new(v, "isTruncated", json_boolean(cut));
    json_object_set_new(values, p->id, v);
}

static void add_tree_values(json_t *values, const struct mime_part *p, size_t max)
{
    if (!p->is_multipart)
        add_value(values, p, max);
    for (size_t i = 0; i < p->n_parts; i++)
        add_tree_values(values, &p->parts[i], max);
}

json_t *mime_body_values(struct mime_message *m, unsigned which, size_t max_bytes)
{
    json_t *values = json_object();
    if (which & MIME_VALUES_ALL)
        add_tree_values(values, &m->root, max_bytes);
    for (size_t i = 0; (which & MIME_VALUES_TEXT) && i < m->text_body.n; i++)
        add_value(values, m->text_body.v[i], max_bytes);
    for (size_t i = 0; (which & MIME_VALUES_HTML) && i < m->html_body.n; i++)
        add_value(values, m->html_body.v[i], max_bytes);
    return values;
}

/* ---- parts by id --------------------------------------------------------------------------------------------------
 */

int mime_part_find(struct mime_message *m, const char *part_id, struct mime_part_info *out, struct fct_error *err)
{
    const struct mime_part *p = part_by_id(m, part_id);
    if (!p)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the message has no part %s", part_id);
    *out = (struct mime_part_info){p->type, p->charset_implied ? NULL : p->charset, p->name, p->cid, p->disposition};
    return 0;
}

int mime_part_decode(struct mime_message *m, const char *part_id,
                     int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err), void *ctx,
                     struct fct_error *err)
{
    const struct mime_part *p = part_by_id(m, part_id);
    if (!p)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the message has no part %s", part_id);
    return part_decode_to(p, write, ctx, err);
}
