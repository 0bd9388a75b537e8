/* The text of an answer: who wrote what, and what they wrote. */
#include "mime/answer.h"

#include "base/alloc.h"
#include "mime/compose_words.h"
#include "mime/html.h"

#include <string.h>

static void add_line(struct buf *out, const char *p, size_t n)
{
    buf_add(out, p, n);
    buf_add_char(out, '\n');
}

/* ---- the message's text ---- */

/* Where the signature begins: the last line that is "-- " (RFC 3676 section 4.3); the end where there is none. */
static size_t signature_of(struct fct_bytes text)
{
    size_t found = text.n;
    for (size_t at = 0; at < text.n;) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t n = (nl ? (size_t)(nl - text.p) : text.n) - at, length = n && text.p[at + n - 1] == '\r' ? n - 1 : n;
        if (length == 3 && memcmp(text.p + at, "-- ", 3) == 0)
            found = at;
        at += n + 1;
    }
    return found;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct fct_bytes without_blank_ends(struct fct_bytes text)
{
    for (size_t i = 0; i < text.n && is_blank(text.p[i]); i++)
        if (text.p[i] == '\n') {
            text.p += i + 1;
            text.n -= i + 1;
            i = (size_t)-1; /* the spaces of the first line that says something stay */
        }
    while (text.n && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

bool answer_message_text(struct mime_message *m, bool is_reply, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    mime_readable_text(m, ANSWER_MAX_QUOTE_BYTES, &text);
    struct fct_bytes body = buf_bytes(&text);
    if (is_reply)
        body.n = signature_of(body);
    body = without_blank_ends(body);
    if (body.n)
        buf_add(out, body.p, body.n);
    return text.n + 4 > ANSWER_MAX_QUOTE_BYTES; /* it is cut at a character */
}

static void quote(struct fct_bytes text, struct buf *out)
{
    while (text.n) {
        const char *nl = memchr(text.p, '\n', text.n);
        size_t n = nl ? (size_t)(nl - text.p) : text.n, next = nl ? n + 1 : n;
        while (n && is_blank(text.p[n - 1]))
            n--;
        buf_add_str(out, n == 0 || text.p[0] == '>' ? ">" : "> ");
        add_line(out, text.p, n);
        text.p += next;
        text.n -= next;
    }
}

/* ---- who wrote it ---- */

/* Their names, or addresses; no line of theirs becomes one of the text. */
static void add_people(struct mime_message *m, const char *property, bool with_address, struct buf *out)
{
    json_t *list = mime_property(m, property, NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name")),
                   *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
        buf_add_str(out, i ? ", " : "");
        bool has_name = name && *name;
        if (has_name)
            buf_add_str(out, name);
        if (!has_name || with_address)
            buf_addf(out, has_name ? " <%s>" : "%s", email ? email : "");
    }
    json_decref(list);
}

static void flatten(struct buf *b)
{
    for (size_t i = 0; i < b->n; i++)
        if ((unsigned char)b->p[i] < 0x20 || b->p[i] == 0x7f)
            b->p[i] = ' ';
}

/* "2014-10-30 14:12 +0800": the same in any language. Empty where there is none. */
static void add_date(struct mime_message *m, struct buf *out)
{
    json_t *at = mime_property(m, "sentAt", NULL);
    const char *s = json_string_value(at); /* 2014-10-30T14:12:00+08:00 */
    if (s && strlen(s) >= 20) {
        const char *zone = s + 19;
        buf_addf(out, "%.10s %.5s ", s, s + 11);
        if (strlen(zone) == 6)
            buf_addf(out, "%.3s%.2s", zone, zone + 4);
        else
            buf_add_str(out, "+0000");
    }
    json_decref(at);
}

void answer_attribution(struct mime_message *m, const struct answer_options *o, struct buf *out)
{
    if (o->attribution) {
        buf_addf(out, "%s\n", o->attribution);
        return;
    }
    CLEANUP(buf_done) struct buf date = {0}, people = {0};
    add_date(m, &date);
    add_people(m, "from", false, &people);
    flatten(&people);
    if (date.n)
        buf_addf(out, "On %s, ", buf_str(&date));
    buf_addf(out, "%s wrote:\n", people.n ? buf_str(&people) : "somebody");
}

static void add_head_line(const char *name, struct buf *value, struct buf *out)
{
    flatten(value);
    if (value->n)
        buf_addf(out, "%s: %s\n", name, buf_str(value));
    buf_clear(value);
}

void answer_forwarded_head(struct mime_message *m, struct buf *out)
{
    static const char *const people[][2] = {{"From", "from"}, {"To", "to"}, {"Cc", "cc"}};
    CLEANUP(buf_done) struct buf value = {0};
    buf_add_str(out, "-------- Forwarded message --------\n");
    json_t *subject = mime_property(m, "subject", NULL);
    buf_add_str(&value, json_is_string(subject) ? json_string_value(subject) : "");
    add_head_line("Subject", &value, out);
    json_decref(subject);
    add_date(m, &value);
    add_head_line("Date", &value, out);
    for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++) {
        add_people(m, people[i][1], true, &value);
        add_head_line(people[i][0], &value, out);
    }
    buf_add_char(out, '\n');
}

/* ---- the whole ---- */

static void add_reply(struct mime_message *m, const struct answer_options *o, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    bool is_cut = answer_message_text(m, true, &text);
    answer_attribution(m, o, out);
    quote(buf_bytes(&text), out);
    if (is_cut)
        buf_add_str(out, "> [...]\n");
}

static void add_forwarded(struct mime_message *m, struct buf *out)
{
    answer_forwarded_head(m, out);
    bool is_cut = answer_message_text(m, false, out);
    buf_add_str(out, is_cut ? "\n[...]\n" : "\n");
}

void answer_text(struct mime_message *m, const struct answer_options *o, struct buf *out)
{
    bool has_more = o->kind == FORWARD_INLINE || (o->kind <= ANSWER_LIST && !o->no_quote);
    if (o->html_text)
        html_to_text(bytes_str(o->html_text), HTML_LINKS, ANSWER_MAX_QUOTE_BYTES, out);
    else if (o->text)
        buf_add_str(out, o->text);
    if (out->n) {
        if (out->p[out->n - 1] != '\n')
            buf_add_char(out, '\n');
    }
    bool is_above = o->signature == SIGNATURE_ABOVE || !has_more;
    if (is_above)
        answer_text_signature(o, out);
    if (!has_more)
        return;
    buf_add_char(out, '\n');
    if (o->kind == FORWARD_INLINE)
        add_forwarded(m, out);
    else
        add_reply(m, o, out);
    if (!is_above)
        answer_text_signature(o, out);
}
