#include "mime/mdn.h"

#include "base/cleanup.h"
#include "mime/entity.h"
#include "mime/fields.h"
#include "mime/forms.h"

#include <string.h>
#include <strings.h>

#define PARTS_MAX 10
#define ERRORS_MAX 20
#define PART_BYTES_MAX ((size_t)1 << 20)

/* The value of a field of the machine-readable part, on one line. */
static json_t *line_of(struct fct_bytes value)
{
    CLEANUP(buf_done) struct buf text = {0};
    header_raw(value, &text);
    size_t from = 0, n = 0;
    while (from < text.n && strchr(" \t\r\n", text.p[from]))
        from++;
    for (size_t i = from; i < text.n; i++) { /* folds become a space */
        bool is_space = strchr(" \t\r\n", text.p[i]) != NULL;
        if (!is_space || (n > 0 && text.p[n - 1] != ' '))
            text.p[n++] = is_space ? ' ' : text.p[i];
    }
    while (n > 0 && text.p[n - 1] == ' ')
        n--;
    return json_stringn(text.p ? text.p : "", n);
}

/* null: there is none. */
static json_t *field(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    return f ? line_of(f->value) : json_null();
}

/* Error may stand there any number of times: RFC 8098 section 3.1. */
static json_t *errors(const struct mime_headers *h)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n && json_array_size(list) < ERRORS_MAX; i++)
        if (h->v[i].name.n == 5 && strncasecmp(h->v[i].name.p, "error", 5) == 0)
            json_array_append_new(list, line_of(h->v[i].value));
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return json_null();
}

static const char *one_of(const char *word, size_t n, const char *const *known)
{
    for (; *known; known++)
        if (strlen(*known) == n && strncasecmp(*known, word, n) == 0)
            return *known;
    return NULL;
}

/* "manual-action/MDN-sent-manually; displayed/error": RFC 8098 section 3.2.6, with comments and white space wherever
 * OWS may stand (section 2.3: parsers MUST take both). NULL: it is none. */
static json_t *disposition(struct fct_bytes value)
{
    static const char *const actions[] = {"manual-action", "automatic-action", NULL};
    static const char *const sendings[] = {"mdn-sent-manually", "mdn-sent-automatically", NULL};
    static const char *const types[] = {"deleted", "dispatched", "displayed", "processed", NULL};
    CLEANUP(buf_done) struct buf plain = {0};
    CLEANUP(buf_done) struct buf dense = {0};
    field_uncomment(value, &plain);
    for (size_t i = 0; i < plain.n; i++)
        if (plain.p[i] != '\0' && !strchr(" \t\r\n", plain.p[i]))
            buf_add_char(&dense, plain.p[i]);
    const char *text = buf_str(&dense);
    size_t a = strcspn(text, "/");
    if (text[a] != '/')
        return NULL;
    const char *second = text + a + 1;
    size_t s = strcspn(second, ";");
    const char *third = second + s + (second[s] == ';');
    const char *action = one_of(text, a, actions), *sending = one_of(second, s, sendings);
    const char *type = one_of(third, strcspn(third, "/,"), types);
    return action && sending && type
               ? json_pack("{s:s, s:s, s:s}", "actionMode", action, "sendingMode", sending, "type", type)
               : NULL;
}

static void add_extension(const struct mime_header *h, const struct mime_headers *all, json_t *mdn)
{
    static const char *const known[] = {
        "Reporting-UA", "MDN-Gateway", "Original-Recipient", "Final-Recipient", "Original-Message-ID", "Disposition",
        "Error",        NULL};
    char name[100];
    if (h->name.n == 0 || h->name.n >= sizeof(name) || one_of(h->name.p, h->name.n, known))
        return;
    memcpy(name, h->name.p, h->name.n);
    name[h->name.n] = '\0';
    json_t *map = json_object_get(mdn, "extensionFields");
    if (!json_is_object(map)) {
        map = json_object();
        json_object_set_new(mdn, "extensionFields", map);
    }
    json_object_set_new(map, name, field(all, name)); /* a name that is no UTF-8 is left out by jansson */
}

static void read_fields(struct fct_bytes text, json_t *mdn)
{
    struct mime_headers h = {0};
    headers_scan(text, &h);
    const struct mime_header *said = headers_first(&h, "disposition");
    json_t *is = said ? disposition(said->value) : NULL;
    if (is)
        json_object_set_new(mdn, "disposition", is);
    json_object_set_new(mdn, "reportingUA", field(&h, "reporting-ua"));
    json_object_set_new(mdn, "mdnGateway", field(&h, "mdn-gateway"));
    json_object_set_new(mdn, "originalRecipient", field(&h, "original-recipient"));
    json_object_set_new(mdn, "finalRecipient", field(&h, "final-recipient"));
    json_object_set_new(mdn, "originalMessageId", field(&h, "original-message-id"));
    json_object_set_new(mdn, "error", errors(&h));
    for (size_t i = 0; i < h.n && i < 100; i++)
        add_extension(&h.v[i], &h, mdn);
    headers_done(&h);
}

static void read_part(struct fct_bytes raw, json_t *mdn)
{
    CLEANUP(entity_done) struct entity e = {0};
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(buf_done) struct buf clean = {0};
    entity_read(raw, &e);
    if (e.body.n > PART_BYTES_MAX)
        e.body.n = PART_BYTES_MAX;
    if (entity_is(&e.type, "message/disposition-notification") ||
        entity_is(&e.type, "message/global-disposition-notification")) {
        entity_decode(&e, &text);
        read_fields(buf_bytes(&text), mdn);
    } else if (entity_is(&e.type, "message/rfc822") || entity_is(&e.type, "message/global")) {
        json_object_set_new(mdn, "includeOriginalMessage", json_true());
    } else if ((e.type.n == 0 || entity_is(&e.type, "text/plain")) && json_is_null(json_object_get(mdn, "textBody"))) {
        entity_decode(&e, &text);
        header_raw(buf_bytes(&text), &clean); /* valid UTF-8, without NUL */
        json_object_set_new(mdn, "textBody", json_stringn(clean.p ? clean.p : "", clean.n));
    }
}

static json_t *subject_of(const struct mime_headers *h)
{
    struct header_form f = {0};
    if (header_form_parse("Subject:asText", &f, NULL) < 0)
        return json_null();
    json_t *subject = forms_json(h, &f);
    header_form_done(&f);
    return subject;
}

static bool is_mdn(const struct entity *e)
{
    char kind[64];
    return entity_is(&e->type, "multipart/report") && entity_parameter(&e->type, "report-type", kind, sizeof(kind)) &&
           strcasecmp(kind, "disposition-notification") == 0;
}

bool mime_is_mdn(struct fct_bytes raw)
{
    CLEANUP(entity_done) struct entity e = {0};
    entity_read(raw, &e);
    return is_mdn(&e);
}

json_t *mime_mdn_json(struct fct_bytes raw)
{
    CLEANUP(entity_done) struct entity e = {0};
    char boundary[ENTITY_BOUNDARY_MAX];
    struct fct_bytes part;
    size_t at = 0;
    entity_read(raw, &e);
    if (!is_mdn(&e) || !entity_parameter(&e.type, "boundary", boundary, sizeof(boundary)))
        return NULL;
    json_t *mdn = json_pack("{s:o, s:n, s:b, s:n, s:n}", "subject", subject_of(&e.headers), "textBody",
                            "includeOriginalMessage", 0, "extensionFields", "forEmailId");
    for (int i = 0; i < PARTS_MAX && entity_next(e.body, boundary, &at, &part); i++)
        read_part(part, mdn);
    if (json_object_get(mdn, "disposition"))
        return mdn;
    json_decref(mdn);
    return NULL;
}
