/* A whole message through everything: summary, every property, values cut and whole, readable text, every part decoded.
 */
#include "mime/mime.h"
#include "mime/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_utf8(struct fct_bytes s)
{
    if (!utf8_is_valid(s))
        abort();
}

static void must_be_text(const char *s)
{
    if (s)
        must_be_utf8(bytes_str(s));
}

static int swallow(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    *(size_t *)ctx += data.n;
    return 0;
}

static void every_part(struct mime_message *m, json_t *part)
{
    const char *id = json_string_value(json_object_get(part, "partId"));
    json_t *sub, *size = json_object_get(part, "size");
    size_t i, n = 0;
    struct mime_part_info info;
    if (id && (mime_part_find(m, id, &info, NULL) < 0 || mime_part_decode(m, id, swallow, &n, NULL) < 0 ||
               (json_int_t)n != json_integer_value(size)))
        abort();
    json_array_foreach(json_object_get(part, "subParts"), i, sub) every_part(m, sub);
}

static void every_property(struct mime_message *m)
{
    static const char *const names[] = {
        "messageId", "inReplyTo", "references", "sender",      "from",          "to",
        "cc",        "bcc",       "replyTo",    "subject",     "sentAt",        "headers",
        "preview",   "textBody",  "htmlBody",   "attachments", "hasAttachment", "bodyStructure"};
    static const char *const part_properties[] = {"partId",
                                                  "blobId",
                                                  "size",
                                                  "name",
                                                  "type",
                                                  "charset",
                                                  "disposition",
                                                  "cid",
                                                  "language",
                                                  "location",
                                                  "headers",
                                                  "subParts",
                                                  "header:Content-Type:asText",
                                                  NULL};
    struct mime_body_options options = {part_properties, "M0"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_t *v = mime_property(m, names[i], &options);
        char *text = json_dumps(v, JSON_ENCODE_ANY);
        if (!text)
            abort();
        if (strcmp(names[i], "bodyStructure") == 0)
            every_part(m, v);
        free(text);
        json_decref(v);
    }
}

static void every_text(struct mime_message *m)
{
    static const size_t limits[] = {0, 1, 7, 100};
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        struct buf text = {0};
        json_t *values = mime_body_values(m, MIME_VALUES_TEXT | MIME_VALUES_HTML | MIME_VALUES_ALL, limits[i]), *v;
        const char *id;
        json_object_foreach(values, id, v) if (limits[i] && json_string_length(json_object_get(v, "value")) > limits[i])
            abort();
        json_decref(values);
        mime_readable_text(m, limits[i], &text);
        must_be_utf8(buf_bytes(&text));
        if (limits[i] && text.n > limits[i])
            abort();
        buf_clear(&text);
        mime_html_text(m, limits[i], &text);
        must_be_utf8(buf_bytes(&text));
        buf_done(&text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        mime_init();
    ready = true;
    struct mime_summary s;
    mime_summarize(bytes_of(data, size), &s);
    must_be_text(s.subject);
    must_be_text(s.base_subject);
    must_be_text(s.from);
    must_be_text(s.preview);
    must_be_text(s.list_id);
    must_be_utf8(buf_bytes(&s.fts_from));
    must_be_utf8(buf_bytes(&s.fts_body));
    must_be_utf8(buf_bytes(&s.fts_files));
    for (size_t i = 0; s.references[i]; i++)
        must_be_text(s.references[i]);
    mime_summary_done(&s);

    struct mime_message *m = mime_parse(bytes_of(data, size));
    every_property(m);
    every_text(m);
    mime_message_free(m);
    return 0;
}
