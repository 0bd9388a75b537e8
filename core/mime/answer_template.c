/* A new message made of one that is here. */
#include "mime/answer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "mime/html_quote.h"
#include "mime/json.h"
#include "mime/limits.h"

#include <string.h>
#include <strings.h>

/* ---- people ---- */

static bool may_send(const struct answer_options *o, const json_t *from)
{
    const char *email = json_string_value(json_object_get(json_array_get(from, 0), "email"));
    for (size_t i = 0; email && i < o->n_from; i++)
        if (answer_is_for(&o->own[i], email))
            return true;
    return false;
}

static void add_people(struct mime_message *m, const struct answer_options *o, bool is_ours, json_t *out)
{
    static const char *const fields[][2] = {{"to", "To"}, {"cc", "Cc"}, {"bcc", "Bcc"}, {"replyTo", "Reply-To"}};
    CLEANUP(freep) char *email = NULL;
    struct answer_address sender;
    struct answer_options with_from = *o;
    json_t *from = answer_addresses(m, "From");
    if (!o->from && json_array_size(from) && (is_ours || may_send(o, from))) {
        json_object_set(out, "from", from);
    } else if (answer_sender(m, o, &sender, &email)) {
        with_from.from = &sender;
        answer_add_sender(&with_from, out);
    }
    json_decref(from);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        json_t *list = answer_addresses(m, fields[i][1]);
        if (json_array_size(list) || i < 2 || !json_object_get(out, fields[i][0]))
            json_object_set(out, fields[i][0], list);
        json_decref(list);
    }
}

static void add_header(struct mime_message *m, json_t *out)
{
    static const char *const properties[] = {"inReplyTo", "references"};
    json_t *subject = mime_property(m, "subject", NULL);
    json_object_set_new(out, "subject", json_is_string(subject) ? json_incref(subject) : json_string(""));
    json_decref(subject);
    for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++) {
        json_t *ids = answer_ids(m, properties[i]);
        if (json_array_size(ids))
            json_object_set(out, properties[i], ids);
        json_decref(ids);
    }
}

/* ---- bodies ---- */

static bool has_part(struct mime_message *m, const char *list, const char *type)
{
    static const char *const properties[] = {"type", NULL};
    const struct mime_body_options options = {properties, NULL};
    json_t *parts = mime_property(m, list, &options);
    bool found = false;
    for (size_t i = 0; i < json_array_size(parts) && !found; i++)
        found = strcmp(json_string_value(json_object_get(json_array_get(parts, i), "type")), type) == 0;
    json_decref(parts);
    return found;
}

static int check_size(const struct buf *body, struct fct_error *err)
{
    if (body->n + 4 <= TEMPLATE_MAX_BYTES)
        return 0;
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the text is larger than 4 MB");
}

static int add_bodies(struct mime_message *m, bool is_ours, json_t *out, struct buf *html, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf text = {0}, source = {0};
    json_t *values = json_object();
    json_object_set_new(out, "bodyValues", values);
    bool has_html = has_part(m, "htmlBody", "text/html"), has_text = has_part(m, "textBody", "text/plain") || !has_html;
    if (has_text) {
        mime_readable_text(m, TEMPLATE_MAX_BYTES, &text);
        json_object_set_new(out, "textBody",
                            json_pack("[{s:s, s:s, s:s}]", "partId", "text", "type", "text/plain", "format", "flowed"));
        json_object_set_new(values, "text", json_pack("{s:o}", "value", json_text(buf_bytes(&text))));
    }
    if (has_html && mime_html_text(m, TEMPLATE_MAX_BYTES, &source) == 0) {
        if (is_ours)
            buf_add(html, source.p, source.n);
        else
            html_quote(buf_bytes(&source), html);
        json_object_set_new(out, "htmlBody", json_pack("[{s:s, s:s}]", "partId", "html", "type", "text/html"));
        json_object_set_new(values, "html", json_pack("{s:o}", "value", json_text(buf_bytes(html))));
        if (!has_text)
            json_object_set_new(out, "generateTextBody", json_true());
    }
    return check_size(&text, err) < 0 || check_size(&source, err) < 0 ? -1 : 0;
}

int mime_template(struct mime_message *m, const struct answer_options *o, bool is_ours, json_t **out,
                  struct fct_error *err)
{
    CLEANUP(buf_done) struct buf html = {0};
    json_t *draft = json_object();
    add_people(m, o, is_ours, draft);
    add_header(m, draft);
    if (add_bodies(m, is_ours, draft, &html, err) < 0) {
        json_decref(draft);
        return -1;
    }
    json_object_set_new(draft, "attachments", answer_pictures(buf_bytes(&html), answer_files(m, o->blob_id), false));
    *out = draft;
    return 0;
}
