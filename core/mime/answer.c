#include "mime/answer.h"

#include "base/alloc.h"
#include "mime/compose_words.h"
#include "mime/json.h"
#include "mime/limits.h"
#include "mime/subject.h"
#include "mime/utf8.h"

#include <strings.h>

#define FILE_NAME_BYTES 120 /* of a message that is forwarded as a file */

/* ---- subject ---- */

static json_t *subject_json(struct mime_message *m, bool is_reply)
{
    CLEANUP(buf_done) struct buf out = {0};
    json_t *subject = mime_property(m, "subject", NULL);
    struct fct_bytes text = bytes_of(json_string_value(subject), json_string_length(subject));
    text.n = utf8_cut(text, MIME_MAX_SUBJECT_BYTES);
    if (is_reply)
        subject_reply(text, &out);
    else
        subject_forward(text, &out);
    json_decref(subject);
    return json_text(buf_bytes(&out));
}

/* ---- the thread: RFC 5322 section 3.6.4 ---- */

/* Whether it can be written in a header again. */
static bool is_usable_id(const char *id)
{
    return id && *id && is_ascii_text(id) && !strpbrk(id, "<> ") && strlen(id) <= 900;
}

json_t *answer_ids(struct mime_message *m, const char *property)
{
    json_t *all = mime_property(m, property, NULL), *out = json_array();
    for (size_t i = 0; i < json_array_size(all); i++)
        if (is_usable_id(json_string_value(json_array_get(all, i))))
            json_array_append(out, json_array_get(all, i));
    json_decref(all);
    return out;
}

/* The parent's References, or where it has none its In-Reply-To if that is one id; then its Message-ID. Where it gets
 * too long what goes is what stands behind the first: that is the thread's. */
static json_t *references_json(struct mime_message *m, const json_t *message_id)
{
    json_t *out = answer_ids(m, "references");
    if (!json_array_size(out)) {
        json_decref(out);
        out = answer_ids(m, "inReplyTo");
        if (json_array_size(out) > 1)
            json_array_clear(out);
    }
    json_array_extend(out, (json_t *)message_id);
    size_t bytes = 0;
    for (size_t i = 0; i < json_array_size(out); i++)
        bytes += json_string_length(json_array_get(out, i));
    while (json_array_size(out) > ANSWER_MAX_REFERENCES ||
           (bytes > ANSWER_MAX_REFERENCES_BYTES && json_array_size(out) > 2)) {
        bytes -= json_string_length(json_array_get(out, 1));
        json_array_remove(out, 1);
    }
    return out;
}

static void add_thread(struct mime_message *m, bool is_reply, json_t *out)
{
    json_t *message_id = answer_ids(m, "messageId"), *references = references_json(m, message_id);
    if (is_reply && json_array_size(message_id))
        json_object_set(out, "inReplyTo", message_id);
    if (json_array_size(references))
        json_object_set(out, "references", references);
    json_decref(message_id);
    json_decref(references);
}

/* ---- files ---- */

/* A name that Email/set takes: no control characters, not too long. NULL stays so. */
static json_t *file_name_json(const char *name, size_t max)
{
    if (!name)
        return json_null();
    CLEANUP(freep) char *clean = xstrndup(name, utf8_cut(bytes_str(name), max));
    for (char *c = clean; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '_';
    return json_string(clean);
}

static const char *text_of(const json_t *part, const char *name)
{
    return json_string_value(json_object_get(part, name));
}

static bool is_type(const char *type)
{
    const char *slash = type ? strchr(type, '/') : NULL;
    if (!slash || strlen(type) > 255 || strncasecmp(type, "multipart/", 10) == 0)
        return false;
    CLEANUP(freep) char *first = xstrndup(type, (size_t)(slash - type));
    return is_token(first) && is_token(slash + 1);
}

/* A part of the message as a part of the draft; what of it cannot be written again is left out. */
static json_t *file_json(const json_t *part)
{
    const char *type = text_of(part, "type"), *charset = text_of(part, "charset"),
               *disposition = text_of(part, "disposition"), *cid = text_of(part, "cid");
    json_t *out = json_pack("{s:O, s:s, s:o}", "blobId", json_object_get(part, "blobId"), "type",
                            is_type(type) ? type : "application/octet-stream", "name",
                            file_name_json(text_of(part, "name"), MIME_MAX_NAME_BYTES));
    json_object_set_new(out, "disposition",
                        json_string(disposition && is_token(disposition) ? disposition : "attachment"));
    bool says_more = charset && strcasecmp(charset, "us-ascii") != 0; /* which may only be what stands for none */
    if (says_more && is_token(charset) && is_type(type) && strncasecmp(type, "text/", 5) == 0)
        json_object_set_new(out, "charset", json_string(charset));
    if (is_usable_id(cid))
        json_object_set_new(out, "cid", json_string(cid));
    return out;
}

static bool has_blob(const json_t *files, const char *blob_id)
{
    for (size_t i = 0; i < json_array_size(files); i++)
        if (strcmp(text_of(json_array_get(files, i), "blobId"), blob_id) == 0)
            return true;
    return false;
}

/* Everything but the text: attachments, and pictures between paragraphs, which count as body (RFC 8621 section 4.1.4).
 */
json_t *answer_files(struct mime_message *m, const char *blob_id)
{
    static const char *const properties[] = {"blobId", "type", "name", "charset", "disposition", "cid", NULL};
    static const char *const lists[] = {"attachments", "textBody", "htmlBody"};
    const struct mime_body_options options = {properties, blob_id};
    json_t *out = json_array();
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        json_t *list = mime_property(m, lists[i], &options);
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *part = json_array_get(list, k);
            const char *type = text_of(part, "type");
            bool is_text = i > 0 && type && strncasecmp(type, "text/", 5) == 0;
            if (!is_text && text_of(part, "blobId") && !(i > 0 && has_blob(out, text_of(part, "blobId"))))
                json_array_append_new(out, file_json(part));
        }
        json_decref(list);
    }
    return out;
}

/* "Subject.eml" */
static json_t *message_name_json(struct mime_message *m)
{
    CLEANUP(buf_done) struct buf name = {0};
    json_t *subject = mime_property(m, "subject", NULL);
    struct fct_bytes text = bytes_of(json_string_value(subject), json_string_length(subject));
    for (size_t i = 0, n = utf8_cut(text, FILE_NAME_BYTES); i < n; i++) {
        char c = text.p[i];
        buf_add_char(&name, (unsigned char)c < 0x20 || c == 0x7f || strchr("/\\:*?\"<>|", c) ? '_' : c);
    }
    json_decref(subject);
    if (!name.n)
        buf_add_str(&name, "message");
    buf_add_str(&name, ".eml");
    return json_text(buf_bytes(&name));
}

static json_t *whole_message_json(struct mime_message *m, const char *blob_id)
{
    return json_pack("[{s:s, s:s, s:o, s:s}]", "blobId", blob_id, "type", "message/rfc822", "name",
                     message_name_json(m), "disposition", "attachment");
}

/* ---- the draft ---- */

/* Files, and HTML where it is wanted. */
static void add_rich(struct mime_message *m, const struct answer_options *o, json_t *draft)
{
    CLEANUP(buf_done) struct buf html = {0};
    bool is_reply = o->kind <= ANSWER_LIST;
    if (o->kind == FORWARD_ATTACHED) {
        json_object_set_new(draft, "attachments", whole_message_json(m, o->blob_id));
        return;
    }
    if (o->html) {
        answer_html(m, o, &html);
        json_object_set_new(draft, "htmlBody", json_pack("[{s:s, s:s}]", "partId", "html", "type", "text/html"));
        json_object_set_new(json_object_get(draft, "bodyValues"), "html",
                            json_pack("{s:o}", "value", json_text(buf_bytes(&html))));
        answer_embed(buf_bytes(&html), draft);
    }
    if (!is_reply || o->html)
        json_object_set_new(draft, "attachments",
                            answer_pictures(buf_bytes(&html), answer_files(m, o->blob_id), is_reply));
}

int mime_answer(struct mime_message *m, const struct answer_options *options, json_t **out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(freep) char *email = NULL;
    struct answer_address from;
    struct answer_options with_from = *options;
    const struct answer_options *o = &with_from;
    bool is_reply = o->kind <= ANSWER_LIST;
    json_t *draft = json_object();
    if (answer_sender(m, options, &from, &email))
        with_from.from = &from;
    answer_add_sender(o, draft);
    if (answer_recipients(m, o, draft, err) < 0) {
        json_decref(draft);
        return -1;
    }
    json_object_set_new(draft, "subject", subject_json(m, is_reply));
    add_thread(m, is_reply, draft);
    answer_text(m, o, &text);
    json_object_set_new(draft, "textBody",
                        json_pack("[{s:s, s:s, s:s}]", "partId", "text", "type", "text/plain", "format", "flowed"));
    json_object_set_new(draft, "bodyValues", json_pack("{s:{s:o}}", "text", "value", json_text(buf_bytes(&text))));
    add_rich(m, o, draft);
    *out = draft;
    return 0;
}
