/* An Email as JSON: RFC 8621 section 4.1. What a list shows comes out of the database; only what goes beyond it costs a
 * look into the message. */
#include "methods/email.h"

#include "store/keywords.h"

#include <string.h>

static const char *const names[EP_N] = {
    [EP_ID] = "id",
    [EP_BLOB_ID] = "blobId",
    [EP_THREAD_ID] = "threadId",
    [EP_MAILBOX_IDS] = "mailboxIds",
    [EP_KEYWORDS] = "keywords",
    [EP_SIZE] = "size",
    [EP_RECEIVED_AT] = "receivedAt",
    [EP_ACCOUNT_ID] = "accountId",
    [EP_IS_PARTIAL] = "isPartial",
    [EP_SNOOZED] = "snoozed",
    [EP_MESSAGE_ID] = "messageId",
    [EP_IN_REPLY_TO] = "inReplyTo",
    [EP_REFERENCES] = "references",
    [EP_SENDER] = "sender",
    [EP_FROM] = "from",
    [EP_TO] = "to",
    [EP_CC] = "cc",
    [EP_BCC] = "bcc",
    [EP_REPLY_TO] = "replyTo",
    [EP_SUBJECT] = "subject",
    [EP_SENT_AT] = "sentAt",
    [EP_PREVIEW] = "preview",
    [EP_HAS_ATTACHMENT] = "hasAttachment",
    [EP_HEADERS] = "headers",
    [EP_BODY_STRUCTURE] = "bodyStructure",
    [EP_TEXT_BODY] = "textBody",
    [EP_HTML_BODY] = "htmlBody",
    [EP_ATTACHMENTS] = "attachments",
    [EP_BODY_VALUES] = "bodyValues",
    [EP_PLAIN_TEXT] = "plainText",
    [EP_DEGRADED] = "degraded",
};
#define HEADER_PREFIX "header:"
#define PROPERTIES_MAX 500 /* a client has no use for more, and each is work */

/* ---- what is asked for ---- */

static int add_header(struct api_call *call, const char *argument, const char *name, struct fct_error *err)
{
    if (mime_header_property_check(name + strlen(HEADER_PREFIX), err) == 0)
        return 0;
    struct fct_error why = *err;
    return call_invalid(call, err, argument, "%.100s: %.300s", name, why.message);
}

static int parse_properties(struct api_call *call, const json_t *wanted, struct email_request *r, struct fct_error *err)
{
    size_t n = json_array_size(wanted);
    if (n > PROPERTIES_MAX)
        return call_invalid(call, err, "properties", "more than %d of them", PROPERTIES_MAX);
    r->headers = xcalloc(n + 1, sizeof(*r->headers));
    r->properties = EP_BIT(EP_ID);
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(wanted, i));
        if (strncmp(name, HEADER_PREFIX, strlen(HEADER_PREFIX)) == 0) {
            if (add_header(call, "properties", name, err) < 0)
                return -1;
            r->headers[r->n_headers++] = name;
            continue;
        }
        int p = 0;
        while (p < EP_N && strcmp(names[p], name) != 0)
            p++;
        if (p == EP_N)
            return call_invalid(call, err, "properties", "there is no property %.60s", name);
        r->properties |= EP_BIT(p);
    }
    return 0;
}

static bool is_body_property(const char *name)
{
    static const char *const known[] = {"partId",  "blobId",      "size", "headers",  "name",     "type",
                                        "charset", "disposition", "cid",  "language", "location", "subParts"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static int parse_body_properties(struct api_call *call, const json_t *wanted, struct email_request *r,
                                 struct fct_error *err)
{
    size_t n = json_array_size(wanted);
    if (n > PROPERTIES_MAX)
        return call_invalid(call, err, "bodyProperties", "more than %d of them", PROPERTIES_MAX);
    r->body_properties = xcalloc(n + 1, sizeof(*r->body_properties));
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(wanted, i));
        bool is_header = strncmp(name, HEADER_PREFIX, strlen(HEADER_PREFIX)) == 0;
        if (is_header && add_header(call, "bodyProperties", name, err) < 0)
            return -1;
        if (!is_header && !is_body_property(name))
            return call_invalid(call, err, "bodyProperties", "there is no property %.60s", name);
        r->body_properties[i] = name;
    }
    return 0;
}

int email_request_parse(struct api_call *call, const struct email_request_args *args, struct email_request *out,
                        struct fct_error *err)
{
    *out = (struct email_request){.properties = args->by_default};
    if (args->properties && parse_properties(call, args->properties, out, err) < 0)
        return -1;
    if (args->body_properties && parse_body_properties(call, args->body_properties, out, err) < 0)
        return -1;
    out->values = (args->text ? MIME_VALUES_TEXT : 0u) | (args->html ? MIME_VALUES_HTML : 0u) |
                  (args->all ? MIME_VALUES_ALL : 0u);
    out->max_value_bytes = (size_t)args->max_bytes;
    return 0;
}

void email_request_done(struct email_request *r)
{
    free(r->headers);
    free(r->body_properties);
}

/* ---- from the database ---- */

json_t *email_keywords_json(const struct store_email *e)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {{FCT_FLAG_SEEN, "$seen"},       {FCT_FLAG_ANSWERED, "$answered"},   {FCT_FLAG_FLAGGED, "$flagged"},
                {FCT_FLAG_DRAFT, "$draft"},     {FCT_FLAG_FORWARDED, "$forwarded"}, {FCT_FLAG_JUNK, "$junk"},
                {FCT_FLAG_NOTJUNK, "$notjunk"}, {FCT_FLAG_PHISHING, "$phishing"},   {FCT_FLAG_MDNSENT, "$mdnsent"}};
    json_t *out = json_object();
    struct fct_bytes word;
    for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++)
        if (e->flags & bits[i].bit)
            json_object_set_new(out, bits[i].name, json_true());
    for (const char *at = e->keywords; words_next(&at, &word);) {
        CLEANUP(freep) char *name = xstrndup(word.p, word.n);
        json_object_set_new(out, name, json_true());
    }
    return out;
}

static json_t *mailbox_ids_json(const struct store_email *e)
{
    json_t *out = json_object();
    for (size_t i = 0; i < e->n_mailboxes; i++) {
        char id[ID_SIZE];
        json_object_set_new(out, id_format(ID_MAILBOX, e->mailbox_ids[i], id), json_true());
    }
    return out;
}

/* Ids separated by one space; NULL: there is no such header field. */
static json_t *message_ids_json(const char *ids)
{
    if (!ids)
        return json_null();
    json_t *out = json_array();
    struct fct_bytes id;
    for (const char *at = ids; words_next(&at, &id);)
        json_array_append_new(out, json_stringn(id.p, id.n));
    return out;
}

static json_t *addresses_json(const char *text)
{
    json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return v ? v : json_null();
}

static json_t *snoozed_json(const struct store_email *e)
{
    if (e->snoozed_until == 0)
        return json_null();
    return json_pack("{s:o, s:o}", "until", json_utc(e->snoozed_until), "moveToMailboxId",
                     e->snoozed_to ? json_id(ID_MAILBOX, e->snoozed_to) : json_null());
}

static json_t *row_property(const struct store_email *e, enum email_property p)
{
    char blob[BLOB_ID_SIZE];
    switch (p) {
    case EP_ID:
        return json_id(ID_EMAIL, e->id);
    case EP_BLOB_ID:
        return json_string(e->bits & STORE_PARTIAL ? message_blob_id_format(e->id, blob)
                                                   : blob_id_format(e->sha256, blob));
    case EP_IS_PARTIAL:
        return json_boolean(e->bits & STORE_PARTIAL);
    case EP_SNOOZED:
        return snoozed_json(e);
    case EP_THREAD_ID:
        return json_id(ID_THREAD, e->thread_id);
    case EP_MAILBOX_IDS:
        return mailbox_ids_json(e);
    case EP_KEYWORDS:
        return email_keywords_json(e);
    case EP_SIZE:
        return json_integer(e->size);
    case EP_RECEIVED_AT:
        return json_utc(e->received_at);
    case EP_ACCOUNT_ID:
        return json_id(ID_ACCOUNT, e->account_id);
    case EP_MESSAGE_ID:
        return message_ids_json(e->message_id);
    case EP_IN_REPLY_TO:
        return message_ids_json(e->in_reply_to);
    case EP_REFERENCES:
        return message_ids_json(e->references);
    case EP_SENDER:
        return addresses_json(e->sender_json);
    case EP_FROM:
        return addresses_json(e->from_json);
    case EP_TO:
        return addresses_json(e->to_json);
    case EP_CC:
        return addresses_json(e->cc_json);
    case EP_BCC:
        return addresses_json(e->bcc_json);
    case EP_REPLY_TO:
        return addresses_json(e->reply_to_json);
    case EP_SUBJECT:
        return json_string_of(e->subject);
    case EP_SENT_AT:
        return e->has_sent_at ? json_date(e->sent_at, e->sent_zone) : json_null();
    case EP_PREVIEW:
        return json_string_of(e->preview ? e->preview : "");
    case EP_HAS_ATTACHMENT:
        return json_boolean(e->bits & STORE_HAS_ATTACHMENT);
    default:
        return json_null();
    }
}

void email_add_row(const struct email_request *r, const struct store_email *e, json_t *out)
{
    for (int p = 0; p < EP_SLOW; p++)
        if (r->properties & EP_BIT(p))
            json_object_set_new(out, names[p], row_property(e, (enum email_property)p));
}

/* ---- from the message ---- */

static int count_body(struct email_request *r, size_t n, struct fct_error *err)
{
    r->body_bytes += n;
    if (r->body_bytes <= API_MAX_BODY_BYTES)
        return 0;
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                    "the bodies are larger than %zu bytes: ask for fewer Emails at once, or set maxBodyValueBytes",
                    API_MAX_BODY_BYTES);
}

/* How much of one value is decoded: what was asked for, but never more than one byte over what may be given. */
static size_t value_limit(const struct email_request *r)
{
    size_t left = API_MAX_BODY_BYTES - r->body_bytes + 1;
    return r->max_value_bytes && r->max_value_bytes < left ? r->max_value_bytes : left;
}

static int add_body_values(struct email_request *r, struct mime_message *m, json_t *out, struct fct_error *err)
{
    size_t limit = value_limit(r);
    json_t *values = r->values ? mime_body_values(m, r->values, limit) : json_object();
    json_object_set_new(out, names[EP_BODY_VALUES], values);
    const char *part;
    json_t *value;
    json_object_foreach(values, part, value)
    {
        size_t n = json_string_length(json_object_get(value, "value"));
        bool cut_by_us = limit != r->max_value_bytes && json_is_true(json_object_get(value, "isTruncated"));
        if (count_body(r, cut_by_us ? API_MAX_BODY_BYTES + 1 : n, err) < 0)
            return -1;
    }
    return 0;
}

static int add_plain_text(struct email_request *r, struct mime_message *m, json_t *out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    size_t limit = value_limit(r);
    mime_readable_text(m, limit, &text);
    if (count_body(r, limit != r->max_value_bytes && text.n >= limit ? API_MAX_BODY_BYTES + 1 : text.n, err) < 0)
        return -1;
    json_object_set_new(out, names[EP_PLAIN_TEXT], json_stringn(buf_str(&text), text.n));
    return 0;
}

static int add_headers(const struct email_request *r, struct mime_message *m, json_t *out, struct fct_error *err)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        json_t *value;
        if (mime_header_property(m, r->headers[i] + strlen(HEADER_PREFIX), &value, err) < 0)
            return -1;
        json_object_set_new(out, r->headers[i], value);
    }
    return 0;
}

int email_add_message(struct email_request *r, struct fct_bytes raw, const char *blob_id, bool with_envelope,
                      json_t *out, struct fct_error *err)
{
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(raw);
    const struct mime_body_options options = {.body_properties = r->body_properties, .blob_id = blob_id};
    for (int p = with_envelope ? EP_ENVELOPE : EP_SLOW; p < EP_BODY_VALUES; p++) {
        if (!(r->properties & EP_BIT(p)))
            continue;
        json_t *value = mime_property(m, names[p], &options);
        json_object_set_new(out, names[p], value ? value : json_null());
    }
    if (add_headers(r, m, out, err) < 0)
        return -1;
    if ((r->properties & EP_BIT(EP_BODY_VALUES)) && add_body_values(r, m, out, err) < 0)
        return -1;
    if ((r->properties & EP_BIT(EP_PLAIN_TEXT)) && add_plain_text(r, m, out, err) < 0)
        return -1;
    if (r->properties & EP_BIT(EP_DEGRADED))
        json_object_set_new(out, names[EP_DEGRADED], json_string_of(mime_is_degraded(m)));
    return 0;
}

/* ---- blobs ---- */

static int append_piece(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    struct buf *out = ctx;
    if (data.n > API_MAX_UPLOAD - out->n)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the part is larger than %llu bytes",
                        (unsigned long long)API_MAX_UPLOAD);
    buf_add(out, data.p, data.n);
    return 0;
}

int blob_bytes_load(struct store_tx *tx, const unsigned char sha256[32], const char *part, struct blob_bytes *out,
                    struct fct_error *err)
{
    int64_t id;
    uint64_t size;
    *out = (struct blob_bytes){0};
    if (store_blob_find(tx, sha256, &id, &size, err) < 0 || store_blob_view(tx, id, &out->view, err) < 0)
        return -1;
    out->bytes = out->view.bytes;
    if (!part)
        return 0;
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(out->view.bytes);
    if (mime_part_decode(m, part, append_piece, &out->part, err) < 0) {
        if (err->code == FCT_E_NOT_FOUND)
            fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "the message has no such part");
        blob_bytes_done(out);
        return -1;
    }
    out->bytes = bytes_of(buf_str(&out->part), out->part.n);
    return 0;
}

int message_bytes_load(struct store_tx *tx, const unsigned char sha256[32], const char *part, uint64_t *total,
                       struct blob_bytes *out, struct fct_error *err)
{
    int64_t id;
    uint64_t size;
    if (store_blob_find(tx, sha256, &id, &size, err) < 0)
        return -1;
    if (size > API_MAX_MESSAGE)
        return 1;
    if (size > API_MAX_MESSAGE - *total)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the messages are larger than %llu bytes together",
                        (unsigned long long)API_MAX_MESSAGE);
    if (blob_bytes_load(tx, sha256, part, out, err) < 0) {
        if (err->code != FCT_E_TOO_LARGE)
            return -1;
        *err = (struct fct_error){0};
        return 1;
    }
    *total += size;
    return 0;
}

void blob_bytes_done(struct blob_bytes *b)
{
    blob_view_done(&b->view);
    buf_done(&b->part);
    *b = (struct blob_bytes){0};
}
