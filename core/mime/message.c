#include "mime/message.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/forms.h"
#include "mime/guard.h"
#include "mime/html.h"
#include "mime/json.h"
#include "mime/limits.h"
#include "mime/readable.h"
#include "mime/view.h"

#include <pthread.h>

/* GMime does not free the entries of its type registry that mime_init replaces: 64 bytes, once. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

static void ignore_log(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data)
{
    (void)domain, (void)level, (void)text, (void)data;
}

static void set_up(void)
{
    static const char *const leaves[] = {"rfc822", "rfc2822", "global", "news"};
    static const char *fallback[] = {"utf-8", "windows-1252", NULL};
    __lsan_disable();
    g_mime_init();
    __lsan_enable();
    view_init();
    /* GMime warns on stderr about what senders did wrong. */
    g_log_set_handler("gmime", G_LOG_LEVEL_MASK, ignore_log, NULL);
    /* Embedded messages are leaves: JMAP wants them so, and GMime's recursion into them has no bound. */
    for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++)
        g_mime_object_register_type("message", leaves[i], GMIME_TYPE_PART);
    GMimeParserOptions *o = g_mime_parser_options_get_default();
    g_mime_parser_options_set_parameter_compliance_mode(o, GMIME_RFC_COMPLIANCE_LOOSE);
    g_mime_parser_options_set_rfc2047_compliance_mode(o, GMIME_RFC_COMPLIANCE_LOOSE);
    g_mime_parser_options_set_fallback_charsets(o, fallback);
}

void mime_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* a second registration of a type would leak the first */
    pthread_once(&once, set_up);
}

bool mime_has_header(struct fct_bytes raw)
{
    CLEANUP(headers_done) struct mime_headers h = {0};
    headers_scan(raw, &h);
    return h.n > 0;
}

/* A copy with empty lines put in. What it then is goes through the guard as well. */
static void repair(struct mime_message *m, const struct guard_repairs *r)
{
    size_t from = 0;
    buf_reserve(&m->repaired, m->raw.n + r->n + 1);
    for (size_t i = 0; i < r->n; i++) {
        buf_add(&m->repaired, m->raw.p + from, r->at[i] - from);
        buf_add_char(&m->repaired, '\n');
        from = r->at[i];
    }
    buf_add(&m->repaired, m->raw.p + from, m->raw.n - from);
    m->raw = buf_bytes(&m->repaired);
    headers_done(&m->headers);
    headers_scan(m->raw, &m->headers);
    m->degraded = guard_check(m->raw, &m->headers, NULL);
}

struct mime_message *mime_parse(struct fct_bytes raw)
{
    struct mime_message *m = XNEW(struct mime_message);
    struct guard_repairs repairs = {.n = 0};
    m->raw = raw.n ? raw : bytes_of("", 0);
    headers_scan(m->raw, &m->headers);
    m->degraded = guard_check(m->raw, &m->headers, &repairs);
    if (suspects_enter(m->raw, &m->slot))
        m->degraded = "the program ended once while this message was taken apart";
    if (!m->degraded && repairs.n)
        repair(m, &repairs);
    if (!m->degraded)
        m->degraded = tree_build(m);
    if (m->degraded)
        tree_build_raw(m);
    body_lists(m);
    return m;
}

void mime_message_free(struct mime_message *m)
{
    if (!m)
        return;
    headers_done(&m->headers);
    tree_done(&m->root);
    free(m->text_body.v);
    free(m->html_body.v);
    free(m->attachments.v);
    buf_done(&m->repaired);
    suspects_leave(m->slot);
    free(m);
}

const char *mime_is_degraded(const struct mime_message *m)
{
    return m->degraded;
}

int mime_header_property_check(const char *property, struct fct_error *err)
{
    struct header_form form;
    if (header_form_parse(property, &form, err) < 0)
        return -1;
    header_form_done(&form);
    return 0;
}

int mime_header_property(struct mime_message *m, const char *property, json_t **out, struct fct_error *err)
{
    struct header_form form;
    if (header_form_parse(property, &form, err) < 0)
        return -1;
    *out = forms_json(&m->headers, &form);
    header_form_done(&form);
    return 0;
}

json_t *mime_property(struct mime_message *m, const char *property, const struct mime_body_options *options)
{
    static const struct {
        const char *property;
        struct header_form form;
    } convenience[] = {
        {"messageId", {(char *)"Message-ID", FORM_MESSAGE_IDS, false}},
        {"inReplyTo", {(char *)"In-Reply-To", FORM_MESSAGE_IDS, false}},
        {"references", {(char *)"References", FORM_MESSAGE_IDS, false}},
        {"sender", {(char *)"Sender", FORM_ADDRESSES, false}},
        {"from", {(char *)"From", FORM_ADDRESSES, false}},
        {"to", {(char *)"To", FORM_ADDRESSES, false}},
        {"cc", {(char *)"Cc", FORM_ADDRESSES, false}},
        {"bcc", {(char *)"Bcc", FORM_ADDRESSES, false}},
        {"replyTo", {(char *)"Reply-To", FORM_ADDRESSES, false}},
        {"subject", {(char *)"Subject", FORM_TEXT, false}},
        {"sentAt", {(char *)"Date", FORM_DATE, false}},
    };
    for (size_t i = 0; i < sizeof(convenience) / sizeof(*convenience); i++)
        if (strcmp(property, convenience[i].property) == 0)
            return forms_json(&m->headers, &convenience[i].form);
    if (strcmp(property, "headers") == 0)
        return forms_headers_json(&m->headers);
    if (strcmp(property, "hasAttachment") == 0)
        return json_boolean(message_has_attachment(m));
    if (strcmp(property, "bodyStructure") == 0)
        return body_structure_json(m, options);
    if (strcmp(property, "textBody") == 0)
        return body_list_json(&m->text_body, options);
    if (strcmp(property, "htmlBody") == 0)
        return body_list_json(&m->html_body, options);
    if (strcmp(property, "attachments") == 0)
        return body_list_json(&m->attachments, options);
    if (strcmp(property, "preview") == 0) {
        CLEANUP(buf_done) struct buf preview = {0};
        readable_preview(m, NULL, &preview);
        return json_text(buf_bytes(&preview));
    }
    return NULL;
}
