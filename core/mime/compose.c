#include "mime/compose.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/compose_content.h"
#include "mime/compose_headers.h"
#include "mime/compose_words.h"
#include "mime/embed.h"
#include "mime/html.h"
#include "mime/limits.h"
#include "mime/text.h"
#include "mime/utf8.h"

#include <strings.h>
#include <time.h>

#define CID_MAX_BYTES 900 /* it cannot be folded */
#define TOKEN_MAX_BYTES 100

/* A part whose content is made here, and not looked up. */
struct made {
    const json_t *part; /* borrowed from the tree */
    struct buf bytes;
};

struct composer {
    const json_t *email;
    const struct compose_options *o;
    struct compose_problem *problem;
    struct fct_error *err;
    struct header_set headers;
    size_t n_parts;
    bool is_root; /* the part under way: its header is the message's */
    struct made *made;
    size_t n_made;
    struct buf body;
};

/* Steals `bytes`. */
static void add_made(struct composer *c, const json_t *part, struct buf *bytes)
{
    c->made = xreallocarray(c->made, c->n_made + 1, sizeof(*c->made));
    c->made[c->n_made++] = (struct made){part, *bytes};
    *bytes = (struct buf){0};
}

/* NULL: it is not made. */
static const struct buf *find_made(const struct composer *c, const json_t *part)
{
    for (size_t i = 0; i < c->n_made; i++)
        if (c->made[i].part == part)
            return &c->made[i].bytes;
    return NULL;
}

void compose_problem_done(struct compose_problem *p)
{
    json_decref(p->missing_blobs);
    p->missing_blobs = NULL;
}

static int bad(struct composer *c, const char *property, const char *why)
{
    snprintf(c->problem->property, sizeof(c->problem->property), "%s", property);
    return fct_fail(c->err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.60s: %s", property, why);
}

static int check_size(struct composer *c)
{
    if (!c->o->max_bytes || c->body.n <= c->o->max_bytes)
        return 0;
    return fct_fail(c->err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the message would be larger than %zu bytes",
                    c->o->max_bytes);
}

/* ---- the header of a part ---- */

static bool is_short_token(const char *s)
{
    return is_token(s) && strlen(s) <= TOKEN_MAX_BYTES;
}

static bool is_media_type(const char *s)
{
    const char *slash = s ? strchr(s, '/') : NULL;
    if (!slash || strlen(s) > 255)
        return false;
    CLEANUP(freep) char *first = xstrndup(s, (size_t)(slash - s));
    return is_token(first) && is_token(slash + 1);
}

/* One of the string properties of a part: NULL when absent or null; -1: it is something else. */
static int part_string(struct composer *c, const json_t *part, const char *name, const char **out)
{
    const json_t *v = json_object_get(part, name);
    *out = json_string_value(v);
    if (v && !json_is_null(v) && !*out)
        return bad(c, name, "must be a string");
    if (*out && has_control(*out))
        return bad(c, name, "holds a control character");
    return 0;
}

struct part_info {
    const char *type, *charset, *name, *disposition, *cid, *location, *part_id, *blob_id;
    const json_t *language;
    bool is_flowed;
};

static int read_part(struct composer *c, const json_t *part, struct part_info *out)
{
    const char *format;
    *out = (struct part_info){.language = json_object_get(part, "language")};
    if (!json_is_object(part))
        return bad(c, "bodyStructure", "a part must be an object");
    if (json_object_get(part, "headers"))
        return bad(c, "headers", "each header field is a property of its own");
    if (part_string(c, part, "type", &out->type) < 0 || part_string(c, part, "charset", &out->charset) < 0 ||
        part_string(c, part, "name", &out->name) < 0 || part_string(c, part, "disposition", &out->disposition) < 0 ||
        part_string(c, part, "cid", &out->cid) < 0 || part_string(c, part, "location", &out->location) < 0 ||
        part_string(c, part, "partId", &out->part_id) < 0 || part_string(c, part, "blobId", &out->blob_id) < 0 ||
        part_string(c, part, "format", &format) < 0)
        return -1;
    out->is_flowed = format != NULL;
    if (format &&
        (strcmp(format, "flowed") != 0 || !out->part_id || (out->type && strcasecmp(out->type, "text/plain"))))
        return bad(c, "format", "is \"flowed\", of a text/plain part with a partId");
    if (out->name && strlen(out->name) > MIME_MAX_NAME_BYTES)
        return bad(c, "name", "is longer than " MIME_STR(MIME_MAX_NAME_BYTES) " bytes");
    if (out->type && !is_media_type(out->type))
        return bad(c, "type", "is no media type");
    if (out->disposition && !is_short_token(out->disposition))
        return bad(c, "disposition", "is no token");
    if (out->cid &&
        (strpbrk(out->cid, "<> ") || !is_ascii_text(out->cid) || !*out->cid || strlen(out->cid) > CID_MAX_BYTES))
        return bad(c, "cid", "must have no space or angle bracket, and 900 bytes at most");
    if (out->charset && !is_short_token(out->charset))
        return bad(c, "charset", "is no token");
    return 0;
}

static int write_language(struct composer *c, const json_t *language)
{
    struct field_writer w;
    if (!language || json_is_null(language))
        return 0;
    if (!json_is_array(language))
        return bad(c, "language", "must be a list of tags");
    field_begin(&w, &c->body, "Content-Language");
    for (size_t i = 0; i < json_array_size(language); i++) {
        const char *tag = json_string_value(json_array_get(language, i));
        if (!tag || !is_short_token(tag))
            return bad(c, "language", "must be a list of tags");
        if (i)
            field_glue(&w, ",");
        field_piece(&w, bytes_str(tag));
    }
    field_end(&w);
    return 0;
}

static bool is_part_property(const char *name)
{
    static const char *const known[] = {"partId",      "blobId", "size",     "type",     "charset",  "name",
                                        "disposition", "cid",    "language", "location", "subParts", "format"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static int write_other_headers(struct composer *c, const json_t *part, const struct part_info *p)
{
    /* "name" and "header:Content-Disposition" would say the same thing twice */
    const struct {
        const char *name;
        bool is_there;
    } ours[] = {{"Content-Type", true},
                {"Content-Disposition", p->disposition || p->name},
                {"Content-ID", p->cid},
                {"Content-Language", p->language && !json_is_null(p->language)},
                {"Content-Location", p->location}};
    CLEANUP(header_set_done) struct header_set set = {0};
    const char *name;
    json_t *value;
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        if (ours[i].is_there)
            set.names[set.n++] = xstrdup(ours[i].name);
    json_object_foreach((json_t *)part, name, value)
    {
        switch (header_property_write(&set, c->is_root ? &c->headers : NULL, true, name, value, &c->body, c->err)) {
        case HEADER_BAD:
            snprintf(c->problem->property, sizeof(c->problem->property), "%s", name);
            return -1;
        case NOT_A_HEADER:
            if (!is_part_property(name))
                return bad(c, name, "is no property of a part");
            break;
        case HEADER_WRITTEN:
            break;
        }
    }
    return 0;
}

/* All fields of a part but Content-Transfer-Encoding. `boundary` for a multipart. */
static int write_part_header(struct composer *c, const json_t *part, const struct part_info *p, const char *type,
                             const char *charset, const char *boundary)
{
    struct field_writer w;
    field_begin(&w, &c->body, "Content-Type");
    field_piece(&w, bytes_str(type));
    if (charset)
        field_parameter(&w, "charset", charset);
    if (p->is_flowed)
        field_parameter(&w, "format", "flowed");
    if (boundary)
        field_parameter(&w, "boundary", boundary);
    if (p->name)
        field_parameter_words(&w, "name", p->name); /* for those who look here, and know no RFC 2231 */
    field_end(&w);
    if (p->disposition || p->name) {
        field_begin(&w, &c->body, "Content-Disposition");
        field_piece(&w, bytes_str(p->disposition ? p->disposition : "attachment"));
        if (p->name)
            field_parameter(&w, "filename", p->name);
        field_end(&w);
    }
    if (p->cid)
        buf_addf(&c->body, "Content-ID: <%s>\r\n", p->cid);
    if (p->location) {
        field_begin(&w, &c->body, "Content-Location");
        field_text(&w, p->location);
        field_end(&w);
    }
    return write_language(c, p->language) < 0 || write_other_headers(c, part, p) < 0 ? -1 : 0;
}

/* ---- parts ---- */

static const json_t *body_value(struct composer *c, const char *part_id)
{
    const json_t *v = json_object_get(json_object_get(c->email, "bodyValues"), part_id);
    if (!v) {
        bad(c, "bodyValues", "each partId needs {value} here");
        return NULL;
    }
    return json_object_get(v, "value");
}

/* The smallest charset that has all of the text is used, unless the text itself may name another one. */
static bool may_be_latin1(const char *type, struct fct_bytes text)
{
    if (strcasecmp(type, "text/plain") == 0)
        return true;
    for (size_t i = 0; i + 7 <= text.n; i++)
        if (strncasecmp(text.p + i, "charset", 7) == 0)
            return false;
    return strcasecmp(type, "text/html") == 0;
}

static int write_value_part(struct composer *c, const json_t *part, const struct part_info *p)
{
    const struct buf *made = find_made(c, part);
    const json_t *value = made ? NULL : body_value(c, p->part_id);
    if (!value && !made)
        return -1;
    if (p->charset || json_object_get(part, "size"))
        return bad(c, p->charset ? "charset" : "size", "is not given with a partId");
    const char *type = p->type ? p->type : "text/plain";
    if (strncasecmp(type, "text/", 5) != 0)
        return bad(c, "type", "a part with a partId is a text");
    struct fct_bytes text = value ? bytes_of(json_string_value(value), json_string_length(value)) : buf_bytes(made);
    CLEANUP(buf_done) struct buf flowed = {0};
    if (p->is_flowed) {
        text_flow(text, &flowed);
        text = buf_bytes(&flowed);
    }
    CLEANUP(buf_done) struct buf latin1 = {0};
    const char *charset = "us-ascii";
    if (content_look(text).high) {
        bool is_latin1 = may_be_latin1(type, text) && utf8_to_latin1(text, &latin1);
        charset = is_latin1 ? "iso-8859-1" : "utf-8";
        text = is_latin1 ? buf_bytes(&latin1) : text;
    }
    if (write_part_header(c, part, p, type, charset, NULL) < 0)
        return -1;
    content_add_text(text, &c->body);
    return check_size(c);
}

static int write_blob_part(struct composer *c, const json_t *part, const struct part_info *p)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    const struct buf *made = find_made(c, part);
    if (!made && c->o->blob(c->o->ctx, p->blob_id, &bytes, c->err) < 0) {
        if (c->err->code != FCT_E_BLOB_NOT_FOUND)
            return -1;
        if (!c->problem->missing_blobs)
            c->problem->missing_blobs = json_array();
        json_array_append_new(c->problem->missing_blobs, json_string(p->blob_id));
        return 0; /* all that are missing are told at once */
    }
    const char *type = p->type ? p->type : "application/octet-stream";
    if (write_part_header(c, part, p, type, p->charset, NULL) < 0)
        return -1;
    content_add_file(buf_bytes(made ? made : &bytes), strncasecmp(type, "message/", 8) == 0, &c->body);
    return check_size(c);
}

static int write_part(struct composer *c, const json_t *part, int depth);

static int write_multipart_body(struct composer *c, const char *boundary, const json_t *list, int depth)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        buf_addf(&c->body, "\r\n--%s\r\n", boundary);
        if (write_part(c, json_array_get(list, i), depth + 1) < 0)
            return -1;
    }
    buf_addf(&c->body, "\r\n--%s--\r\n", boundary);
    return check_size(c);
}

static int write_multipart(struct composer *c, const json_t *part, const struct part_info *p, const char *type,
                           int depth)
{
    CLEANUP(buf_done) struct buf boundary = {0};
    const json_t *list = json_object_get(part, "subParts");
    if (!json_is_array(list) || json_array_size(list) == 0)
        return bad(c, "subParts", "a multipart needs parts");
    if (p->part_id || p->blob_id)
        return bad(c, p->part_id ? "partId" : "blobId", "a multipart has none");
    buf_add_str(&boundary, "=_");
    header_random_add(&boundary, 24);
    if (write_part_header(c, part, p, type, NULL, buf_str(&boundary)) < 0)
        return -1;
    return write_multipart_body(c, buf_str(&boundary), list, depth);
}

static int write_part(struct composer *c, const json_t *part, int depth)
{
    struct part_info p;
    if (depth > COMPOSE_MAX_DEPTH || ++c->n_parts > COMPOSE_MAX_PARTS)
        return bad(c, "bodyStructure", "more than 500 parts, or nested deeper than 20");
    c->is_root = depth == 0;
    if (read_part(c, part, &p) < 0)
        return -1;
    if ((p.type && strncasecmp(p.type, "multipart/", 10) == 0) || json_object_get(part, "subParts"))
        return write_multipart(c, part, &p, p.type ? p.type : "multipart/mixed", depth);
    if (!p.part_id == !p.blob_id)
        return bad(c, p.part_id ? "partId" : "bodyStructure", "a part has a partId or a blobId, and not both");
    return p.part_id ? write_value_part(c, part, &p) : write_blob_part(c, part, &p);
}

/* ---- the tree of an Email that has lists ---- */

static json_t *multipart(const char *type, json_t *parts)
{
    return json_pack("{s:s, s:o}", "type", type, "subParts", parts);
}

/* textBody and htmlBody: exactly one part, of that type. NULL: there is none; *failed: it is no such list. */
static json_t *only_part(struct composer *c, const char *property, const char *type, bool *failed)
{
    const json_t *list = json_object_get(c->email, property);
    if (!list || json_is_null(list))
        return NULL;
    json_t *part = json_array_get(list, 0);
    const char *given = json_string_value(json_object_get(part, "type"));
    *failed = json_array_size(list) != 1 || !json_is_object(part) || (given && strcasecmp(given, type) != 0);
    if (*failed) {
        bad(c, property, "must be one part of that type");
        return NULL;
    }
    json_t *copy = json_copy(part);
    json_object_set_new(copy, "type", json_string(type));
    return copy;
}

/* The HTML that a wish of ours is about. NULL: the wish is not there, or there is no HTML to it, or *failed. */
static const json_t *html_for(struct composer *c, const char *wish, const json_t *html, bool *failed)
{
    const json_t *wanted = json_object_get(c->email, wish);
    *failed = wanted && !json_is_boolean(wanted) && !json_is_null(wanted);
    if (*failed)
        bad(c, wish, "must be true or false");
    const char *part_id = json_string_value(json_object_get(html, "partId"));
    if (*failed || !json_is_true(wanted) || !part_id)
        return NULL;
    const json_t *value = body_value(c, part_id);
    *failed = !value;
    return value;
}

/* The last line that is "--" was the mark of a signature, which HTML has lost its space of (RFC 3676 section 4.3). */
static void mark_signature(struct buf *text)
{
    size_t found = 0;
    for (size_t i = 0; i + 4 <= text->n; i++)
        if (memcmp(text->p + i, "\n--\n", 4) == 0)
            found = i;
    if (!found)
        return;
    buf_add_char(text, ' ');
    memmove(text->p + found + 4, text->p + found + 3, text->n - found - 4);
    text->p[found + 3] = ' ';
}

/* generateTextBody: an htmlBody that stands alone gets a text for those who cannot show it. NULL: not asked for, or
 * *failed. */
static json_t *made_of_html(struct composer *c, const json_t *html, bool *failed)
{
    struct buf text = {0};
    const json_t *value = html_for(c, "generateTextBody", html, failed);
    if (!value)
        return NULL;
    html_to_text(bytes_of(json_string_value(value), json_string_length(value)), HTML_LINKS, MIME_MAX_HTML_BYTES, &text);
    buf_add_char(&text, '\n');
    mark_signature(&text);
    json_t *part = json_pack("{s:s, s:s, s:s}", "type", "text/plain", "partId", "", "format", "flowed");
    add_made(c, part, &text);
    return part;
}

/* embedImages: the attachments with the pictures behind them that stand in the HTML itself, and the HTML then shows as
 * parts. Steals `attachments`. */
static json_t *with_pictures(struct composer *c, const json_t *html, json_t *attachments, bool *failed)
{
    CLEANUP(embedded_list_done) struct embedded_list list = {0};
    CLEANUP(buf_done) struct buf changed = {0};
    const json_t *value = html_for(c, "embedImages", html, failed);
    if (!value)
        return attachments;
    html_embed(bytes_of(json_string_value(value), json_string_length(value)),
               header_domain_of(json_object_get(c->email, "from")), &changed, &list);
    if (!list.n)
        return attachments;
    add_made(c, html, &changed);
    json_t *all = json_is_array(attachments) ? json_copy(attachments) : json_array();
    json_decref(attachments);
    for (size_t i = 0; i < list.n; i++) {
        struct embedded *e = &list.v[i];
        json_t *part = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", e->type, "name", e->name, "cid", e->cid,
                                 "disposition", "inline", "blobId", "");
        add_made(c, part, &e->bytes);
        json_array_append_new(all, part);
    }
    return all;
}

static bool is_inline(const json_t *part)
{
    const char *disposition = json_string_value(json_object_get(part, "disposition"));
    return json_is_string(json_object_get(part, "cid")) && (!disposition || strcasecmp(disposition, "attachment") != 0);
}

/* html with the pictures it shows; text beside it; files behind them. Steals text and html. */
static json_t *arrange(json_t *text, json_t *html, const json_t *attachments)
{
    json_t *related = json_array(), *mixed = json_array(), *root;
    for (size_t i = 0; i < json_array_size(attachments); i++) {
        json_t *part = json_array_get(attachments, i);
        bool is_shown = html && is_inline(part), says_so = json_is_string(json_object_get(part, "disposition"));
        if (is_shown && !says_so) { /* a name alone would make a file of it */
            json_t *copy = json_copy(part);
            json_object_set_new(copy, "disposition", json_string("inline"));
            json_array_append_new(related, copy);
        } else {
            json_array_append(is_shown ? related : mixed, part);
        }
    }
    if (json_array_size(related)) {
        json_array_insert_new(related, 0, html);
        html = multipart("multipart/related", json_incref(related));
    }
    root = text && html ? multipart("multipart/alternative", json_pack("[o, o]", text, html)) : text ? text : html;
    if (json_array_size(mixed)) {
        if (root)
            json_array_insert_new(mixed, 0, root);
        root = multipart("multipart/mixed", json_incref(mixed));
    }
    json_decref(related);
    json_decref(mixed);
    return root;
}

/* The part that is the whole body, a new reference; NULL with *failed, or for an empty message. */
static json_t *body_of(struct composer *c, bool *failed)
{
    const json_t *structure = json_object_get(c->email, "bodyStructure"),
                 *attachments = json_object_get(c->email, "attachments");
    static const char *const lists[] = {"textBody", "htmlBody", "attachments"};
    *failed = false;
    if (structure && !json_is_null(structure)) {
        for (size_t i = 0; i < 3; i++)
            if (json_object_get(c->email, lists[i]) && !*failed) {
                *failed = true;
                bad(c, lists[i], "is not given with bodyStructure");
            }
        return *failed ? NULL : json_incref((json_t *)structure);
    }
    json_t *text = only_part(c, "textBody", "text/plain", failed);
    json_t *html = *failed ? NULL : only_part(c, "htmlBody", "text/html", failed);
    if (!*failed && !text)
        text = made_of_html(c, html, failed);
    if (!*failed && attachments && !json_is_null(attachments) && !json_is_array(attachments)) {
        *failed = true;
        bad(c, "attachments", "must be a list");
    }
    json_t *files = json_incref((json_t *)attachments);
    if (!*failed)
        files = with_pictures(c, html, files, failed);
    json_t *root = *failed ? NULL : arrange(text, html, files);
    json_decref(files);
    if (*failed) {
        json_decref(text);
        json_decref(html);
    }
    return root;
}

/* ---- the message ---- */

static bool is_email_property(const char *name)
{
    static const char *const known[] = {"mailboxIds",       "keywords", "receivedAt", "bodyStructure",
                                        "bodyValues",       "textBody", "htmlBody",   "attachments",
                                        "generateTextBody", "replaces", "embedImages"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static int write_property(struct composer *c, const char *name, const json_t *value)
{
    switch (header_property_write(&c->headers, NULL, false, name, value, &c->body, c->err)) {
    case HEADER_BAD:
        snprintf(c->problem->property, sizeof(c->problem->property), "%s", name);
        return -1;
    case NOT_A_HEADER:
        return is_email_property(name) ? 0 : bad(c, name, "cannot be set");
    default:
        return 0;
    }
}

/* Fields that people look for stand in front, in the order in which they look; the others as they were given. */
static int write_headers(struct composer *c)
{
    static const char *const first[] = {"from",    "sender", "replyTo",   "to",        "cc",        "bcc",
                                        "subject", "sentAt", "messageId", "inReplyTo", "references"};
    const size_t n = sizeof(first) / sizeof(*first);
    const char *name;
    json_t *value;
    for (size_t i = 0; i < n; i++)
        if ((value = json_object_get(c->email, first[i])) && write_property(c, first[i], value) < 0)
            return -1;
    json_object_foreach((json_t *)c->email, name, value)
    {
        bool is_written = false;
        for (size_t i = 0; i < n; i++)
            is_written = is_written || strcmp(name, first[i]) == 0;
        if (!is_written && write_property(c, name, value) < 0)
            return -1;
    }
    return 0;
}

static void write_missing_headers(struct composer *c)
{
    if (!header_set_has(&c->headers, "Date"))
        header_date_write(&c->body, "Date", c->o->now ? c->o->now : (int64_t)time(NULL), c->o->zone_minutes);
    if (!header_set_has(&c->headers, "Message-ID"))
        header_id_write(&c->body, "Message-ID", json_object_get(c->email, "from"));
    buf_add_str(&c->body, "MIME-Version: 1.0\r\n");
}

/* Those that no part names, too: RFC 8621 section 4.6. */
static int check_body_values(struct composer *c)
{
    const json_t *values = json_object_get(c->email, "bodyValues");
    const char *part_id;
    json_t *value;
    if (!values || json_is_null(values))
        return 0;
    if (!json_is_object(values))
        return bad(c, "bodyValues", "must be an object");
    json_object_foreach((json_t *)values, part_id, value)
    {
        const json_t *problem = json_object_get(value, "isEncodingProblem"),
                     *truncated = json_object_get(value, "isTruncated");
        if ((problem && !json_is_false(problem)) || (truncated && !json_is_false(truncated)) ||
            !json_is_string(json_object_get(value, "value")))
            return bad(c, "bodyValues", "each is {value}, not truncated, without a problem");
    }
    return 0;
}

static void end_with_crlf(struct buf *out)
{
    if (out->n < 2 || memcmp(out->p + out->n - 2, "\r\n", 2) != 0)
        buf_add_str(out, "\r\n");
}

static int write_message(struct composer *c)
{
    bool failed;
    if (check_body_values(c) < 0 || write_headers(c) < 0)
        return -1;
    write_missing_headers(c);
    json_t *body = body_of(c, &failed);
    if (failed)
        return -1;
    if (!body) {
        buf_add_str(&c->body, "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n");
        return 0;
    }
    int result = write_part(c, body, 0);
    json_decref(body);
    end_with_crlf(&c->body);
    if (result == 0 && c->problem->missing_blobs)
        return fct_fail(c->err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "there is no such blob");
    return result;
}

int mime_compose(const json_t *email, const struct compose_options *o, struct buf *out,
                 struct compose_problem *out_problem, struct fct_error *err)
{
    struct composer c = {.email = email, .o = o, .problem = out_problem, .err = err};
    int result = write_message(&c);
    if (result == 0)
        buf_add(out, c.body.p, c.body.n);
    header_set_done(&c.headers);
    for (size_t i = 0; i < c.n_made; i++)
        buf_done(&c.made[i].bytes);
    free(c.made);
    buf_done(&c.body);
    return result;
}
