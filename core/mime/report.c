#include "mime/report.h"

#include "base/alloc.h"
#include "mime/entity.h"
#include "mime/fields.h"
#include "mime/report_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUE_MAX 1000
#define PARTS_MAX 10

void mime_report_free(struct mime_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_recipients; i++) {
        free(r->recipients[i].original);
        free(r->recipients[i].final);
        free(r->recipients[i].reply);
    }
    free(r->recipients);
    free(r->message_id);
    free(r->envid);
    free(r);
}
DEFINE_FREEP(struct mime_report *, mime_report_free);

/* ---- values ---- */

char *report_clean(struct fct_bytes v)
{
    CLEANUP(buf_done) struct buf out = {0};
    for (size_t i = 0; i < v.n && out.n < VALUE_MAX; i++) {
        unsigned char c = (unsigned char)v.p[i];
        bool is_space = c <= ' ' || c == 0x7f;
        if (!is_space)
            buf_add_char(&out, (char)c);
        else if (out.n > 0 && out.p[out.n - 1] != ' ')
            buf_add_char(&out, ' ');
    }
    while (out.n > 0 && out.p[out.n - 1] == ' ')
        out.n--;
    return out.n > 0 ? xstrndup(out.p, out.n) : NULL;
}

static char *field(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    return f ? report_clean(f->value) : NULL;
}

/* Of fields that may have comments anywhere (RFC 8098 section 2.3). */
static char *plain_field(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    CLEANUP(buf_done) struct buf text = {0};
    if (!f)
        return NULL;
    field_uncomment(f->value, &text);
    return report_clean(buf_bytes(&text));
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3461 section 4: "+2B" is '+'; what is no code stays, as some write addresses as they are. */
static void decode_xtext(char *s)
{
    char *to = s;
    for (; *s; s++) {
        bool is_code = *s == '+' && hex(s[1]) >= 0 && hex(s[2]) >= 0 && hex(s[1]) * 16 + hex(s[2]) >= ' ';
        *to++ = is_code ? (char)(hex(s[1]) * 16 + hex(s[2])) : *s;
        s += is_code ? 2 : 0;
    }
    *to = '\0';
}

/* "rfc822; jane@example.org": the address. */
static char *address(const struct mime_headers *h, const char *name)
{
    CLEANUP(freep) char *value = plain_field(h, name);
    const char *semicolon = value ? strchr(value, ';') : NULL;
    if (!value)
        return NULL;
    const char *from = semicolon ? semicolon + 1 : value;
    while (*from == ' ' || *from == '<')
        from++;
    char *out = xstrdup(from);
    out[strcspn(out, " >")] = '\0';
    decode_xtext(out);
    return out;
}

/* "<id@host>", perhaps with a comment around it. */
static char *message_id(const char *value)
{
    const char *from = value ? strchr(value, '<') : NULL, *to = from ? strchr(from, '>') : NULL;
    return to && to > from + 1 ? xstrndup(from + 1, (size_t)(to - from - 1)) : NULL;
}

static int action_of(const char *value)
{
    static const struct {
        const char *name;
        int action;
    } known[] = {{"failed", REPORT_FAILED},
                 {"delayed", REPORT_DELAYED},
                 {"delivered", REPORT_DELIVERED},
                 {"relayed", REPORT_RELAYED},
                 {"expanded", REPORT_RELAYED}};
    for (size_t i = 0; value && i < sizeof(known) / sizeof(known[0]); i++) {
        size_t n = strlen(known[i].name);
        if (strncasecmp(value, known[i].name, n) == 0 && !isalpha((unsigned char)value[n]))
            return known[i].action;
    }
    return 0;
}

static bool is_code(const char *s)
{
    return s[0] >= '2' && s[0] <= '5' && isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]) &&
           (s[3] == '\0' || s[3] == ' ' || s[3] == '-');
}

/* What the last server said, or else what the status means (RFC 3463), as a reply. */
static char *any_reply(const char *diagnostic, const char *status)
{
    const char *text = diagnostic ? strchr(diagnostic, ';') : NULL;
    if (text && strncasecmp(diagnostic, "smtp", 4) == 0) {
        text++;
        while (*text == ' ')
            text++;
        if (is_code(text)) {
            char *reply = xstrndup(text, REPORT_REPLY_MAX);
            if (reply[3] == '-')
                reply[3] = ' ';
            return reply;
        }
    }
    if (!status || !strchr("245", status[0]) || status[1] != '.')
        return NULL;
    CLEANUP(freep) char *number = xstrndup(status, strcspn(status, " ("));
    return xasprintf("%c50 %.20s%s%.*s", status[0], number, text ? " " : "", REPORT_REPLY_MAX,
                     text ? text + 1 + (text[1] == ' ') : "");
}

char *report_reply(const char *diagnostic, const char *status)
{
    char *reply = any_reply(diagnostic, status);
    for (char *c = reply; c && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    return reply;
}

/* ---- the blocks of fields of the machine-readable part ---- */

void report_add(struct mime_report *r, struct mime_report_recipient one)
{
    if (r->n_recipients >= REPORT_RECIPIENTS_MAX || one.action == 0 || (!one.original && !one.final)) {
        free(one.original);
        free(one.final);
        free(one.reply);
        return;
    }
    r->recipients = xreallocarray(r->recipients, r->n_recipients + 1, sizeof(*r->recipients));
    r->recipients[r->n_recipients++] = one;
}

static void read_status_block(struct mime_report *r, const struct mime_headers *h)
{
    CLEANUP(freep) char *action = field(h, "action");
    CLEANUP(freep) char *status = field(h, "status");
    CLEANUP(freep) char *diagnostic = field(h, "diagnostic-code");
    if (!r->envid && (r->envid = field(h, "original-envelope-id")))
        decode_xtext(r->envid);
    report_add(r, (struct mime_report_recipient){.original = address(h, "original-recipient"),
                                                 .final = address(h, "final-recipient"),
                                                 .action = action_of(action),
                                                 .reply = report_reply(diagnostic, status)});
}

/* RFC 8098 section 3.2.6: "manual-action/MDN-sent-manually; displayed/error". */
static void read_disposition_block(struct mime_report *r, const struct mime_headers *h)
{
    CLEANUP(freep) char *disposition = plain_field(h, "disposition");
    CLEANUP(freep) char *id = field(h, "original-message-id");
    const char *type = disposition ? strchr(disposition, ';') : NULL;
    bool is_displayed = false;
    if (type) {
        type++;
        while (*type == ' ')
            type++;
        is_displayed = strncasecmp(type, "displayed", 9) == 0 && !isalpha((unsigned char)type[9]);
    }
    if (!r->message_id)
        r->message_id = message_id(id);
    report_add(r, (struct mime_report_recipient){.original = address(h, "original-recipient"),
                                                 .final = address(h, "final-recipient"),
                                                 .action = is_displayed ? REPORT_DISPLAYED : 0});
}

static void read_blocks(struct mime_report *r, struct fct_bytes text)
{
    for (size_t at = 0, n = 0; at < text.n && n < 2 * REPORT_RECIPIENTS_MAX; n++) {
        struct mime_headers h = {0};
        headers_scan((struct fct_bytes){text.p + at, text.n - at}, &h);
        if (h.n > 0)
            (r->is_receipt ? read_disposition_block : read_status_block)(r, &h);
        at += h.body > 0 ? h.body : 1;
        headers_done(&h);
    }
}

/* ---- the parts ---- */

void report_take_returned(struct mime_report *r, struct fct_bytes text)
{
    struct mime_headers h = {0};
    headers_scan(text, &h);
    CLEANUP(freep) char *id = field(&h, "message-id");
    if (!r->message_id)
        r->message_id = message_id(id);
    headers_done(&h);
}

static void read_part(struct mime_report *r, struct fct_bytes raw)
{
    CLEANUP(entity_done) struct entity e = {0};
    CLEANUP(buf_done) struct buf text = {0};
    entity_read(raw, &e);
    bool is_status =
        entity_is(&e.type, "message/delivery-status") || entity_is(&e.type, "message/global-delivery-status");
    bool is_disposition = entity_is(&e.type, "message/disposition-notification") ||
                          entity_is(&e.type, "message/global-disposition-notification");
    bool is_returned = entity_is(&e.type, "message/rfc822") || entity_is(&e.type, "message/global") ||
                       entity_is(&e.type, "text/rfc822-headers") || entity_is(&e.type, "message/global-headers");
    if (!(r->is_receipt ? is_disposition : is_status) && !is_returned)
        return;
    if (e.body.n > REPORT_BYTES_MAX)
        e.body.n = REPORT_BYTES_MAX;
    entity_decode(&e, &text);
    if (is_returned)
        report_take_returned(r, buf_bytes(&text));
    else
        read_blocks(r, buf_bytes(&text));
}

static void read_parts(struct mime_report *r, const struct entity *e)
{
    char boundary[ENTITY_BOUNDARY_MAX];
    struct fct_bytes part;
    size_t at = 0;
    if (!entity_parameter(&e->type, "boundary", boundary, sizeof(boundary)))
        return;
    for (int i = 0; i < PARTS_MAX && entity_next(e->body, boundary, &at, &part); i++)
        read_part(r, part);
}

struct mime_report *mime_report_read(struct fct_bytes raw)
{
    CLEANUP(entity_done) struct entity e = {0};
    CLEANUP(mime_report_freep) struct mime_report *r = XNEW(struct mime_report);
    char kind[64] = "delivery-status"; /* some servers leave report-type out, though RFC 6522 section 3 wants it */
    entity_read(raw, &e);
    bool is_report = entity_is(&e.type, "multipart/report");
    if (is_report)
        entity_parameter(&e.type, "report-type", kind, sizeof(kind));
    r->is_receipt = is_report && strcasecmp(kind, "disposition-notification") == 0;
    if (is_report && (r->is_receipt || strcasecmp(kind, "delivery-status") == 0))
        read_parts(r, &e);
    else if (e.type.n == 0 || entity_is(&e.type, "text/plain"))
        report_read_text(r, &e);
    return r->n_recipients > 0 && (r->message_id || r->envid) ? TAKE(r) : NULL;
}
