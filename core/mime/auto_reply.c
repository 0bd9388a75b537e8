#include "mime/auto_reply.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/addresses.h"
#include "mime/compose.h"
#include "mime/compose_headers.h"
#include "mime/fields.h"
#include "mime/headers.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define MESSAGE_MAX ((size_t)4 << 20)
#define ADDRESS_MAX 320

void auto_reply_done(struct auto_reply *r)
{
    free(r->to);
    free(r->from);
    *r = (struct auto_reply){0};
}

/* ---- what the message says of itself ---- */

static bool name_is(struct fct_bytes name, const char *wanted)
{
    return name.n == strlen(wanted) && strncasecmp(name.p, wanted, name.n) == 0;
}

static bool starts_with(struct fct_bytes s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

/* The first word of a value, comments off. */
static bool token_is(struct fct_bytes value, const char *const *words)
{
    CLEANUP(buf_done) struct buf token = {0};
    field_token(value, &token);
    for (; *words; words++)
        if (strcasecmp(buf_str(&token), *words) == 0)
            return true;
    return false;
}

/* Microsoft's way to say the same (MS-OXCMAIL section 2.1.3.2.20): a list of what shall not answer. */
static bool suppresses(struct fct_bytes value)
{
    CLEANUP(strings_freep) char **words = field_words(value);
    for (char **w = words; w && *w; w++)
        if (strcasecmp(*w, "All") == 0 || strcasecmp(*w, "OOF") == 0 || strcasecmp(*w, "AutoReply") == 0)
            return true;
    return false;
}

static const char *field_refusal(const struct mime_header *f)
{
    static const char *const no[] = {"no", NULL}, *const bulk[] = {"bulk", "list", "junk", "auto_reply", NULL},
                             *const report[] = {"multipart/report", NULL}, *const yes[] = {"yes", NULL};
    if (starts_with(f->name, "List-")) /* RFC 2369, RFC 2919, and what else there may be */
        return "it came through a list";
    if (name_is(f->name, "Auto-Submitted"))
        return token_is(f->value, no) ? NULL : "a program wrote it (Auto-Submitted)";
    if (name_is(f->name, "Precedence"))
        return token_is(f->value, bulk) ? "it went to many (Precedence)" : NULL;
    if (name_is(f->name, "X-Auto-Response-Suppress"))
        return suppresses(f->value) ? "it asks for no answer (X-Auto-Response-Suppress)" : NULL;
    if (name_is(f->name, "Content-Type"))
        return token_is(f->value, report) ? "it is a report" : NULL;
    if (name_is(f->name, "X-Spam-Flag"))
        return token_is(f->value, yes) ? "it is marked as spam" : NULL;
    return NULL;
}

/* ---- who sent it ---- */

/* Addresses of programs that do not care (RFC 5230 section 4.6). postmaster is read by people. */
static bool is_program(const char *address)
{
    static const char *const whole[] = {"mailer-daemon", "listserv", "majordomo",     "noreply",
                                        "no-reply",      "no_reply", "donotreply",    "do-not-reply",
                                        "bounce",        "bounces",  "autoresponder", NULL};
    static const char *const begins[] = {"owner-",   "bounce-",   "bounce+",  "bounces-",  "bounces+",
                                         "noreply-", "no-reply-", "noreply+", "no-reply+", NULL};
    static const char *const ends[] = {"-request", "-owner", "-bounces", "-bounce", "-noreply", "-no-reply", NULL};
    const char *at = strrchr(address, '@');
    size_t n = at ? (size_t)(at - address) : strlen(address);
    for (const char *const *w = whole; *w; w++)
        if (n == strlen(*w) && strncasecmp(address, *w, n) == 0)
            return true;
    for (const char *const *w = begins; *w; w++)
        if (n > strlen(*w) && strncasecmp(address, *w, strlen(*w)) == 0)
            return true;
    for (const char *const *w = ends; *w; w++)
        if (n > strlen(*w) && strncasecmp(address + n - strlen(*w), *w, strlen(*w)) == 0)
            return true;
    return false;
}

static bool is_own(const char *address, const struct answer_address *own, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (own[i].email && answer_is_for(&own[i], address))
            return true;
    return false;
}

static bool is_address(const char *s)
{
    const char *at = strrchr(s, '@');
    if (!at || at == s || !at[1] || strlen(s) > ADDRESS_MAX)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("<>,;", *s))
            return false;
    return true;
}

/* The only address of a field, or its first. NULL: none that could be answered. */
static char *first_address(const struct mime_header *f)
{
    struct mime_addresses list = {0};
    char *out = NULL;
    if (!f)
        return NULL;
    addresses_parse(f->value, &list);
    for (size_t i = 0; i < list.n && !out; i++)
        if (list.v[i].email && is_address(list.v[i].email))
            out = xstrdup(list.v[i].email);
    addresses_done(&list);
    return out;
}

/* The topmost Return-Path is that of the last server, which alone knows (RFC 5321 section 4.4). "<>" names nobody. */
static char *find_sender(const struct mime_headers *h)
{
    const struct mime_header *path = headers_first(h, "return-path");
    if (path)
        return first_address(path);
    char *sender = first_address(headers_last(h, "sender"));
    return sender ? sender : first_address(headers_last(h, "from"));
}

/* ---- whom it was sent to ---- */

static bool field_names_own(const struct mime_header *f, const struct answer_address *own, size_t n_here,
                            struct auto_reply *out)
{
    struct mime_addresses list = {0};
    bool found = false;
    addresses_parse(f->value, &list);
    for (size_t i = 0; i < list.n && !found; i++)
        for (size_t k = 0; k < n_here && !found; k++) {
            const char *email = list.v[i].email;
            if (!email || !own[k].email || !is_address(email) || !answer_is_for(&own[k], email))
                continue;
            found = true;
            out->own = k;
            out->from = xstrdup(own[k].email[0] == '*' ? email : own[k].email);
        }
    addresses_done(&list);
    return found;
}

static bool find_own(const struct mime_headers *h, const struct answer_address *own, size_t n_here,
                     struct auto_reply *out)
{
    static const char *const fields[] = {"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"};
    for (size_t i = 0; i < h->n; i++)
        for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
            if (name_is(h->v[i].name, fields[k]) && field_names_own(&h->v[i], own, n_here, out))
                return true;
    return false;
}

static const char *judge(const struct mime_headers *h, const struct answer_address *own, size_t n_here, size_t n_own,
                         struct auto_reply *out)
{
    for (size_t i = 0; i < h->n; i++) {
        const char *refusal = field_refusal(&h->v[i]);
        if (refusal)
            return refusal;
    }
    CLEANUP(freep) char *from = first_address(headers_last(h, "from"));
    out->to = find_sender(h);
    if (!out->to)
        return "it names nobody who could be answered";
    if (is_program(out->to) || (from && is_program(from)))
        return "its sender is a program";
    if (is_own(out->to, own, n_own) || (from && is_own(from, own, n_own)))
        return "it is one's own";
    return find_own(h, own, n_here, out) ? NULL : "it was not sent to this person by name";
}

const char *auto_reply_judge(struct fct_bytes header, const struct answer_address *own, size_t n_here, size_t n_own,
                             struct auto_reply *out)
{
    CLEANUP(auto_reply_done) struct auto_reply found = {0};
    struct mime_headers h = {0};
    headers_scan(header, &h);
    const char *refusal = judge(&h, own, n_here, n_own, &found);
    headers_done(&h);
    if (refusal)
        return refusal;
    *out = found;
    found = (struct auto_reply){0};
    return NULL;
}

/* ---- the answer ---- */

static char *subject_of(const struct auto_reply_text *t)
{
    if (t->subject && *t->subject)
        return xstrdup(t->subject);
    return t->to_subject && *t->to_subject ? xasprintf("Auto: %s", t->to_subject) : xstrdup("Automated reply");
}

/* The last of the references and the message itself: RFC 5322 section 3.6.4. */
static json_t *references_of(const struct auto_reply_text *t)
{
    json_t *ids = json_array();
    for (const char *at = t->to_references ? t->to_references : ""; *at;) {
        size_t n = strcspn(at, " ");
        json_array_append_new(ids, json_stringn(at, n));
        at += n + (at[n] == ' ');
    }
    json_array_append_new(ids, json_string(t->to_message_id));
    while (json_array_size(ids) > AUTO_REPLY_REFERENCES_MAX)
        json_array_remove(ids, 0);
    return ids;
}

static void add_part(json_t *email, const char *property, const char *id, const char *type, const char *text)
{
    json_object_set_new(email, property, json_pack("[{s:s, s:s}]", "partId", id, "type", type));
    json_object_set_new(json_object_get(email, "bodyValues"), id, json_pack("{s:s}", "value", text));
}

static void add_bodies(const struct auto_reply_text *t, json_t *email)
{
    const char *text = t->text;
    if (!text && !t->html)
        text = "I am away and may not read your message for some time.\n";
    json_object_set_new(email, "bodyValues", json_object());
    if (text)
        add_part(email, "textBody", "t", "text/plain", text);
    else
        json_object_set_new(email, "generateTextBody", json_true());
    if (t->html)
        add_part(email, "htmlBody", "h", "text/html", t->html);
}

static json_t *email_of(const struct auto_reply_text *t, const char *message_id, bool is_in_thread)
{
    CLEANUP(freep) char *subject = subject_of(t);
    json_t *email = json_pack("{s:[{s:s?, s:s}], s:[{s:s}], s:s, s:[s], s:s, s:s}", "from", "name",
                              t->from_name && *t->from_name ? t->from_name : NULL, "email", t->from, "to", "email",
                              t->to, "subject", subject, "messageId", message_id, "header:Auto-Submitted:asText",
                              "auto-replied", "header:X-Auto-Response-Suppress:asText", "All");
    if (!email)
        return NULL;
    if (is_in_thread) {
        json_object_set_new(email, "inReplyTo", json_pack("[s]", t->to_message_id));
        json_object_set_new(email, "references", references_of(t));
    }
    add_bodies(t, email);
    return email;
}

static int write_message(const struct auto_reply_text *t, const char *message_id, bool is_in_thread, struct buf *out,
                         struct fct_error *err)
{
    struct compose_problem problem = {0};
    json_t *email = email_of(t, message_id, is_in_thread);
    if (!email)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "an address or a subject is no UTF-8");
    int result =
        mime_compose(email, &(struct compose_options){.now = t->now, .max_bytes = MESSAGE_MAX}, out, &problem, err);
    json_decref(email);
    compose_problem_done(&problem);
    return result;
}

int auto_reply_write(const struct auto_reply_text *t, struct buf *out, char **out_message_id, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf id = {0};
    json_t *from = json_pack("[{s:s}]", "email", t->from);
    header_random_add(&id, 26);
    buf_addf(&id, "@%s", header_domain_of(from));
    json_decref(from);
    bool is_in_thread = t->to_message_id && *t->to_message_id;
    if (write_message(t, buf_str(&id), is_in_thread, out, err) < 0) {
        if (!is_in_thread) /* ids that cannot stand in a header must not cost the answer */
            return -1;
        buf_clear(out);
        *err = (struct fct_error){0};
        if (write_message(t, buf_str(&id), false, out, err) < 0)
            return -1;
    }
    *out_message_id = buf_steal(&id);
    return 0;
}
