#include "mime/forms.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/addresses.h"
#include "mime/fields.h"
#include "mime/json.h"
#include "mime/words.h"

#include <strings.h>

enum { NAME_MAX_BYTES = 255 };

#define ALLOW(form) (1u << (form))
#define ALLOW_ADDRESSES (ALLOW(FORM_ADDRESSES) | ALLOW(FORM_GROUPED_ADDRESSES))

/* The fields of RFC 5322 and RFC 2369, and the parsed forms that section 4.1.2 allows for each; every other field may
 * be had in any form. Return-Path and Received have none. */
static const struct {
    const char *name;
    unsigned forms;
} known_fields[] = {
    {"Subject", ALLOW(FORM_TEXT)},
    {"Comments", ALLOW(FORM_TEXT)},
    {"Keywords", ALLOW(FORM_TEXT)},
    {"From", ALLOW_ADDRESSES},
    {"Sender", ALLOW_ADDRESSES},
    {"Reply-To", ALLOW_ADDRESSES},
    {"To", ALLOW_ADDRESSES},
    {"Cc", ALLOW_ADDRESSES},
    {"Bcc", ALLOW_ADDRESSES},
    {"Resent-From", ALLOW_ADDRESSES},
    {"Resent-Sender", ALLOW_ADDRESSES},
    {"Resent-Reply-To", ALLOW_ADDRESSES},
    {"Resent-To", ALLOW_ADDRESSES},
    {"Resent-Cc", ALLOW_ADDRESSES},
    {"Resent-Bcc", ALLOW_ADDRESSES},
    {"Message-ID", ALLOW(FORM_MESSAGE_IDS)},
    {"In-Reply-To", ALLOW(FORM_MESSAGE_IDS)},
    {"References", ALLOW(FORM_MESSAGE_IDS)},
    {"Resent-Message-ID", ALLOW(FORM_MESSAGE_IDS)},
    {"Date", ALLOW(FORM_DATE)},
    {"Resent-Date", ALLOW(FORM_DATE)},
    {"List-Help", ALLOW(FORM_URLS)},
    {"List-Unsubscribe", ALLOW(FORM_URLS)},
    {"List-Subscribe", ALLOW(FORM_URLS)},
    {"List-Post", ALLOW(FORM_URLS)},
    {"List-Owner", ALLOW(FORM_URLS)},
    {"List-Archive", ALLOW(FORM_URLS)},
    {"Return-Path", 0},
    {"Received", 0},
};

static const char *const form_names[] = {"Raw", "Text", "Addresses", "GroupedAddresses", "MessageIds", "Date", "URLs"};

static bool form_is_allowed(const char *name, enum form form)
{
    if (form == FORM_RAW)
        return true;
    for (size_t i = 0; i < sizeof(known_fields) / sizeof(*known_fields); i++)
        if (strcasecmp(name, known_fields[i].name) == 0)
            return known_fields[i].forms & ALLOW(form);
    return true;
}

static int parse_form(struct fct_bytes s, enum form *out)
{
    if (s.n < 2 || memcmp(s.p, "as", 2) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(form_names) / sizeof(*form_names); i++)
        if (bytes_equal_str(bytes_of(s.p + 2, s.n - 2), form_names[i])) {
            *out = (enum form)i;
            return 0;
        }
    return -1;
}

static int malformed(const char *property, struct fct_error *err)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "\"header:%.200s\" is no header property", property);
}

int header_form_parse(const char *property, struct header_form *out, struct fct_error *err)
{
    size_t n = strcspn(property, ":");
    enum form form = FORM_RAW;
    bool all = false;
    if (n == 0 || n > NAME_MAX_BYTES)
        return malformed(property, err);
    for (size_t i = 0; i < n; i++)
        if (property[i] < 33 || property[i] > 126)
            return malformed(property, err);
    const char *rest = property + n;
    if (*rest && strcmp(rest, ":all") != 0) {
        size_t len = strcspn(rest + 1, ":");
        if (parse_form(bytes_of(rest + 1, len), &form) < 0)
            return malformed(property, err);
        rest += 1 + len;
    }
    if (*rest) {
        if (strcmp(rest, ":all") != 0)
            return malformed(property, err);
        all = true;
    }
    CLEANUP(freep) char *name = xstrndup(property, n);
    if (!form_is_allowed(name, form))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the form as%s is not allowed for the header %s",
                        form_names[form], name);
    *out = (struct header_form){TAKE(name), form, all};
    return 0;
}

void header_form_done(struct header_form *f)
{
    free(f->name);
    f->name = NULL;
}

static json_t *strings_json(char **v)
{
    if (!v)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; v[i]; i++)
        json_array_append_new(list, json_text(bytes_str(v[i])));
    strings_free(v);
    return list;
}

static json_t *text_json(struct fct_bytes value, bool raw)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (raw)
        header_raw(value, &text);
    else
        words_text(value, &text);
    return json_text(buf_bytes(&text));
}

static json_t *list_json(struct fct_bytes value, bool grouped)
{
    CLEANUP(addresses_done) struct mime_addresses a = {0};
    addresses_parse(value, &a);
    return grouped ? addresses_groups_json(&a) : addresses_json(&a);
}

static json_t *date_json(struct fct_bytes value)
{
    struct field_date d;
    char text[32];
    if (!field_date_parse(value, &d))
        return json_null();
    field_date_format(d, text);
    return json_string(text);
}

static json_t *value_json(struct fct_bytes value, enum form form)
{
    switch (form) {
    case FORM_RAW:
    case FORM_TEXT:
        return text_json(value, form == FORM_RAW);
    case FORM_ADDRESSES:
    case FORM_GROUPED_ADDRESSES:
        return list_json(value, form == FORM_GROUPED_ADDRESSES);
    case FORM_MESSAGE_IDS:
        return strings_json(field_message_ids(value));
    case FORM_DATE:
        return date_json(value);
    case FORM_URLS:
        return strings_json(field_urls(value));
    }
    return json_null();
}

json_t *forms_json(const struct mime_headers *h, const struct header_form *f)
{
    if (!f->all) {
        const struct mime_header *last = headers_last(h, f->name);
        return last ? value_json(last->value, f->form) : json_null();
    }
    json_t *list = json_array();
    for (size_t i = 0; i < h->n; i++)
        if (bytes_equal_nocase(h->v[i].name, bytes_str(f->name)))
            json_array_append_new(list, value_json(h->v[i].value, f->form));
    return list;
}

json_t *forms_headers_json(const struct mime_headers *h)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "name", json_text(h->v[i].name));
        json_object_set_new(o, "value", text_json(h->v[i].value, true));
        json_array_append_new(list, o);
    }
    return list;
}
