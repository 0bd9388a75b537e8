/* Who writes: the own address that a draft is from, and what goes with it. */
#include "mime/answer.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/compose_words.h"
#include "mime/embed.h"
#include "mime/html.h"
#include "mime/html_quote.h"
#include "mime/json.h"
#include "mime/limits.h"

#include <string.h>
#include <strings.h>

/* ---- which ---- */

bool answer_is_for(const struct answer_address *own, const char *email)
{
    const char *at = strrchr(email, '@');
    if (own->email[0] == '*' && own->email[1] == '@')
        return at && strcasecmp(at, own->email + 1) == 0;
    return strcasecmp(own->email, email) == 0;
}

static bool is_pattern(const struct answer_address *a)
{
    return a->email[0] == '*';
}

/* The first address in the field that one of those who may send has; with `patterns` also of those for a domain. */
static bool find_in(struct mime_message *m, const struct answer_options *o, const char *field, bool patterns,
                    struct answer_address *out, char **out_email)
{
    json_t *list = answer_addresses(m, field);
    bool found = false;
    for (size_t i = 0; i < json_array_size(list) && !found; i++) {
        const char *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
        for (size_t k = 0; k < o->n_from && !found; k++) {
            if (is_pattern(&o->own[k]) != patterns || !answer_is_for(&o->own[k], email) || strpbrk(email, " ,;"))
                continue;
            *out = o->own[k];
            if (patterns)
                out->email = *out_email = xstrdup(email);
            found = true;
        }
    }
    json_decref(list);
    return found;
}

static bool first_of(const struct answer_options *o, struct answer_address *out)
{
    for (size_t i = 0; i < o->n_from; i++)
        if (!is_pattern(&o->own[i])) {
            *out = o->own[i];
            return true;
        }
    return false;
}

bool answer_sender(struct mime_message *m, const struct answer_options *o, struct answer_address *out, char **out_email)
{
    static const char *const fields[] = {"To", "Cc", "Bcc", "From", "Delivered-To", "X-Original-To"};
    const size_t n = sizeof(fields) / sizeof(*fields), delivered = n - 2;
    *out_email = NULL;
    if (o->from) {
        *out = *o->from;
        return true;
    }
    for (size_t f = 0; f < n; f++)
        if (find_in(m, o, fields[f], false, out, out_email))
            return true;
    for (size_t f = delivered; f < n; f++) /* of a domain that others use, too, only what came to oneself */
        if (find_in(m, o, fields[f], true, out, out_email))
            return true;
    return first_of(o, out);
}

/* ---- its header fields ---- */

static void add_list(json_t *draft, const char *property, const char *text)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    if (json_array_size(list))
        json_object_set(draft, property, list);
    json_decref(list);
}

void answer_add_sender(const struct answer_options *o, json_t *draft)
{
    if (!o->from)
        return;
    const char *name = o->from->name && *o->from->name ? o->from->name : NULL;
    if (!is_pattern(o->from))
        json_object_set_new(draft, "from", json_pack("[{s:s?, s:s}]", "name", name, "email", o->from->email));
    add_list(draft, "replyTo", o->from->reply_to);
    add_list(draft, "bcc", o->from->bcc);
}

/* ---- its signature ---- */

#define SIGNATURE_MARK "-- " /* RFC 3676 section 4.3 */

static bool has_text(const char *s)
{
    return s && s[strspn(s, " \t\r\n")];
}

static bool has_signature(const struct answer_options *o)
{
    return o->signature != SIGNATURE_NONE && o->from &&
           (has_text(o->from->text_signature) || has_text(o->from->html_signature));
}

/* The text, LF at the end of each line, without a mark that somebody wrote and empty lines at the end. */
static void add_lines(struct fct_bytes text, struct buf *out)
{
    size_t begin = out->n;
    if (text.n >= 4 && memcmp(text.p, SIGNATURE_MARK "\n", 4) == 0) {
        text.p += 4;
        text.n -= 4;
    }
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r')
            buf_add_char(out, text.p[i]);
    while (out->n > begin && strchr(" \t\n", out->p[out->n - 1]))
        out->n--;
    buf_add_char(out, '\n');
}

void answer_text_signature(const struct answer_options *o, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (!has_signature(o))
        return;
    if (has_text(o->from->text_signature))
        buf_add_str(&text, o->from->text_signature);
    else
        html_to_text(bytes_str(o->from->html_signature), HTML_LINKS, MIME_MAX_HTML_BYTES, &text);
    buf_add_str(out, "\n" SIGNATURE_MARK "\n");
    add_lines(buf_bytes(&text), out);
}

void answer_html_signature(const struct answer_options *o, struct buf *out)
{
    if (!has_signature(o))
        return;
    buf_add_str(out, "<div class=\"signature\">" SIGNATURE_MARK "<br>\n");
    if (has_text(o->from->html_signature)) {
        buf_add_str(out, o->from->html_signature);
    } else {
        CLEANUP(buf_done) struct buf text = {0};
        add_lines(bytes_str(o->from->text_signature), &text);
        html_add_text(bytes_of(text.p, text.n - 1), out);
    }
    buf_add_str(out, "\n</div>\n");
}

void answer_embed(struct fct_bytes html, json_t *draft)
{
    if (html_has_data_images(html))
        json_object_set_new(draft, "embedImages", json_true());
}

/* ---- a new message ---- */

/* Where the signature goes into an HTML text: before the end of the body, if it says where that is. */
static size_t end_of_body(const char *html)
{
    const char *found = NULL;
    for (const char *p = html; (p = strchr(p, '<')); p++)
        if (strncasecmp(p, "</body", 6) == 0)
            found = p;
    return found ? (size_t)(found - html) : strlen(html);
}

static void add_html(const struct answer_options *o, const char *html, json_t *draft)
{
    CLEANUP(buf_done) struct buf out = {0};
    if (html) {
        size_t at = end_of_body(html);
        buf_add(&out, html, at);
        if (at && out.p[at - 1] != '\n' && has_signature(o))
            buf_add_char(&out, '\n');
        answer_html_signature(o, &out);
        buf_add_str(&out, html + at);
    } else {
        if (o->text && *o->text) {
            html_add_text(bytes_str(o->text), &out);
            buf_add_str(&out, "<br>\n");
        }
        answer_html_signature(o, &out);
    }
    json_object_set_new(draft, "htmlBody", json_pack("[{s:s, s:s}]", "partId", "html", "type", "text/html"));
    json_object_set_new(json_object_get(draft, "bodyValues"), "html",
                        json_pack("{s:o}", "value", json_text(buf_bytes(&out))));
    answer_embed(buf_bytes(&out), draft);
}

json_t *mime_new_message(const struct answer_options *options, const char *html)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct answer_options o = *options;
    struct answer_address first;
    if (!o.from && first_of(&o, &first))
        o.from = &first;
    json_t *draft = json_pack("{s:[], s:[], s:s, s:{}}", "to", "cc", "subject", "", "bodyValues");
    answer_add_sender(&o, draft);
    if (html) {
        json_object_set_new(draft, "generateTextBody", json_true());
    } else {
        o.no_quote = true;
        o.kind = ANSWER_SENDER;
        answer_text(NULL, &o, &text);
        json_object_set_new(draft, "textBody",
                            json_pack("[{s:s, s:s, s:s}]", "partId", "text", "type", "text/plain", "format", "flowed"));
        json_object_set_new(json_object_get(draft, "bodyValues"), "text",
                            json_pack("{s:o}", "value", json_text(buf_bytes(&text))));
    }
    if (html || o.html)
        add_html(&o, html, draft);
    return draft;
}
