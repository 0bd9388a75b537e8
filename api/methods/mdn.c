/* MDN/send and MDN/parse: RFC 9007. A receipt is made of the message on a reader thread; then it is submitted, and the
 * Email marked, in one transaction of the writer. */
#include "methods/email.h"
#include "methods/submission.h"

#include "account/core.h"
#include "mime/addresses.h"
#include "mime/fields.h"
#include "mime/headers.h"
#include "mime/mdn.h"
#include "mime/receipt.h"
#include "outbox/outgoing.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define TEXT_MAX 65536
#define ASKING_MAX 10 /* addresses that ask for one receipt */
#define EXTENSIONS_MAX 20
#define LINE_MAX_BYTES 850 /* of what is taken over from the message: else it is left out */

struct receipt {
    const char *key;
    const json_t *object;
    json_t *problem; /* a SetError */
    struct store_submission s;
    struct blob_stage *stage;
    char *message_id, *final_recipient, *original_message_id, *original_recipient;
    char *subject, *text; /* where the client gave none */
    bool tells_program;
};

struct work {
    struct api_call *call;
    const struct api_mdn_send_args *args;
    struct store_tx *tx;
    int64_t account_id, now;
    bool can_send;
    struct store_identity identity;
    struct receipt *v;
    size_t n;
    json_t *sent, *not_sent, *implicit;
};

static void work_done(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct receipt *r = &w->v[i];
        store_submission_done(&r->s);
        blob_stage_free(r->stage);
        json_decref(r->problem);
        free(r->message_id);
        free(r->final_recipient);
        free(r->original_message_id);
        free(r->original_recipient);
        free(r->subject);
        free(r->text);
    }
    free(w->v);
    store_identity_done(&w->identity);
    json_decref(w->sent);
    json_decref(w->not_sent);
    json_decref(w->implicit);
}

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%s: %s", property, why);
}

/* ---- what the client wants ---- */

static json_t *check_names(const json_t *object)
{
    static const char *const known[] = {"forEmailId",  "subject",     "textBody",       "includeOriginalMessage",
                                        "reportingUA", "disposition", "finalRecipient", "extensionFields"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(known[0]) && strcmp(name, known[i]) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]) && !json_is_null(value))
            return api_set_error("invalidProperties", name, "%.60s: cannot be set", name);
    }
    return NULL;
}

/* A string property that may be missing; false: it is something else, or too long, or holds a NUL. */
static bool read_text(const json_t *object, const char *name, const char **out)
{
    const json_t *v = json_object_get(object, name);
    *out = json_string_value(v);
    if (!v || json_is_null(v))
        return true;
    return json_is_string(v) && json_string_length(v) <= TEXT_MAX && strlen(*out) == json_string_length(v);
}

/* RFC 8098 section 3.2.6. NULL: it is none. Freed by the caller. */
static char *disposition_of(const json_t *d)
{
    static const char *const actions[] = {"manual-action", "automatic-action"};
    static const char *const sendings[][2] = {{"mdn-sent-manually", "MDN-sent-manually"},
                                              {"mdn-sent-automatically", "MDN-sent-automatically"}};
    static const char *const types[] = {"deleted", "dispatched", "displayed", "processed"};
    const char *action = json_string_value(json_object_get(d, "actionMode"));
    const char *sending = json_string_value(json_object_get(d, "sendingMode"));
    const char *type = json_string_value(json_object_get(d, "type"));
    size_t a = 0, s = 0, t = 0;
    if (!action || !sending || !type)
        return NULL;
    while (a < 2 && strcmp(action, actions[a]) != 0)
        a++;
    while (s < 2 && strcasecmp(sending, sendings[s][0]) != 0)
        s++;
    while (t < 4 && strcmp(type, types[t]) != 0)
        t++;
    return a < 2 && s < 2 && t < 4 ? xasprintf("%s/%s; %s", action, sendings[s][1], type) : NULL;
}

/* What is said by properties, or not by a client: an MDN-Gateway MUST NOT appear where there is none (RFC 8098 section
 * 3.2.2). */
static bool is_own_field(const char *name)
{
    static const char *const own[] = {
        "Reporting-UA",        "MDN-Gateway", "Original-Recipient",         "Final-Recipient",
        "Original-Message-ID", "Disposition", "Disposition-Notification-To"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    return false;
}

/* Name, value, ..., NULL. The strings are the object's. */
static bool read_extensions(const json_t *object, const char *out[2 * EXTENSIONS_MAX + 1])
{
    json_t *fields = json_object_get(object, "extensionFields"), *value;
    const char *name;
    size_t n = 0;
    if ((fields && !json_is_null(fields) && !json_is_object(fields)) || json_object_size(fields) > EXTENSIONS_MAX)
        return false;
    json_object_foreach(fields, name, value)
    {
        if (!json_is_string(value) || is_own_field(name))
            return false;
        out[n++] = name;
        out[n++] = json_string_value(value);
    }
    out[n] = NULL;
    return true;
}

/* ---- whom it goes to, and who says so ---- */

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* RFC 8098 section 2.1: the local part as it is written, the domain in any case. */
static bool is_same_address(const char *a, const char *b)
{
    const char *at = strrchr(a, '@'), *other = strrchr(b, '@');
    return at && other && at - a == other - b && strncmp(a, b, (size_t)(at - a)) == 0 && strcasecmp(at, other) == 0;
}

static bool is_asking(const struct receipt *r, const char *address)
{
    for (size_t i = 0; i < r->s.n_recipients; i++)
        if (is_same_address(r->s.recipients[i].address, address))
            return true;
    return false;
}

/* Those who ask: the field To of the receipt, and its recipients, one more than may be at most. False: nobody does. */
static bool read_asking(const struct mime_headers *h, struct receipt *r, struct buf *out_to)
{
    const struct mime_header *asks = headers_last(h, "disposition-notification-to");
    struct mime_addresses list = {0};
    CLEANUP(buf_done) struct buf wire = {0};
    if (asks)
        addresses_parse(asks->value, &list);
    for (size_t i = 0; i < list.n && r->s.n_recipients <= ASKING_MAX; i++) {
        if (!outgoing_address(list.v[i].email, &wire) || !is_ascii(buf_str(&wire)) || is_asking(r, list.v[i].email))
            continue;
        r->s.recipients = xreallocarray(r->s.recipients, r->s.n_recipients + 1, sizeof(*r->s.recipients));
        r->s.recipients[r->s.n_recipients++] = (struct store_recipient){.address = xstrdup(list.v[i].email)};
        buf_addf(out_to, "%s<%s>", out_to->n ? ",\r\n " : "", buf_str(&wire));
    }
    addresses_done(&list);
    return r->s.n_recipients > 0;
}

static bool is_sent_by_itself(const struct receipt *r)
{
    const char *mode = json_string_value(json_object_get(json_object_get(r->object, "disposition"), "sendingMode"));
    return mode && strcasecmp(mode, "mdn-sent-automatically") == 0;
}

/* RFC 8098 section 2.1: without somebody's word for this very one a receipt goes to the address alone that the message
 * came from. */
static bool may_go_by_itself(const struct mime_headers *h, const struct receipt *r)
{
    const struct mime_header *path = headers_first(h, "return-path");
    struct mime_addresses list = {0};
    if (path)
        addresses_parse(path->value, &list);
    bool is_same = list.n == 1 && r->s.n_recipients == 1 && list.v[0].email &&
                   is_same_address(list.v[0].email, r->s.recipients[0].address);
    addresses_done(&list);
    return is_same;
}

/* "attribute=required,value; ...": no attribute is known, and what is required must be understood (RFC 8098 section
 * 2.2). */
static bool wants_more(const struct mime_headers *h)
{
    const struct mime_header *f = headers_first(h, "disposition-notification-options");
    CLEANUP(buf_done) struct buf plain = {0};
    CLEANUP(buf_done) struct buf dense = {0};
    if (!f)
        return false;
    field_uncomment(f->value, &plain);
    for (size_t i = 0; i < plain.n; i++)
        if ((unsigned char)plain.p[i] > ' ')
            buf_add_char(&dense, plain.p[i]);
    for (const char *at = strchr(buf_str(&dense), '='); at; at = strchr(at + 1, '='))
        if (strncasecmp(at, "=required", 9) == 0 && (at[9] == ',' || at[9] == '\0'))
            return true;
    return false;
}

/* Those who ask, and whether they may have an answer. A SetError, or NULL. */
static json_t *check_asking(const struct mime_headers *h, struct receipt *r, struct buf *out_to)
{
    if (!read_asking(h, r, out_to))
        return api_set_error("notFound", "forEmailId",
                             "the message asks nobody for a receipt (Disposition-Notification-To)");
    if (r->s.n_recipients > ASKING_MAX) {
        json_t *problem =
            api_set_error("tooManyRecipients", "forEmailId", "a receipt goes to at most %d addresses", ASKING_MAX);
        json_object_set_new(problem, "maxRecipients", json_integer(ASKING_MAX));
        return problem;
    }
    if (wants_more(h))
        return api_set_error("forbidden", "forEmailId",
                             "the message asks for something in its receipt that is not understood "
                             "(Disposition-Notification-Options)");
    if (is_sent_by_itself(r) && !may_go_by_itself(h, r))
        return api_set_error("forbidden", "disposition",
                             "the receipt would not go to where the message came from (Return-Path): somebody has to "
                             "say that it may be sent (mdn-sent-manually)");
    return NULL;
}

/* An identity for a whole domain says so as the address that the message was sent to. NULL: as none. */
static char *who_says(const struct work *w, const struct store_email *e)
{
    const char *lists[] = {e->to_json, e->cc_json};
    const char *domain = w->identity.email + 1;
    if (w->identity.email[0] != '*')
        return xstrdup(w->identity.email);
    for (size_t l = 0; l < 2; l++) {
        CLEANUP(json_decrefp) json_t *list = json_of_text(lists[l]);
        for (size_t i = 0; i < json_array_size(list); i++) {
            const char *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
            const char *at = email ? strrchr(email, '@') : NULL;
            if (at && strcasecmp(at, domain) == 0)
                return xstrdup(email);
        }
    }
    return NULL;
}

/* "rfc822;jane@example.org" of the client is an address of the account. A SetError, or NULL. */
static json_t *check_final(struct work *w, struct receipt *r, const char *given, const char *from,
                           struct fct_error *err)
{
    bool is_ours = false;
    const char *address = given;
    if (!given) {
        r->final_recipient = xasprintf("rfc822;%s", from);
        return NULL;
    }
    if (strncasecmp(address, "rfc822;", 7) == 0)
        address += 7;
    while (*address == ' ')
        address++;
    if (store_identity_allows(w->tx, w->account_id, 0, address, &is_ours, err) < 0)
        return NULL;
    r->final_recipient = xasprintf("rfc822;%s", address);
    return is_ours ? NULL
                   : api_set_error("forbiddenFrom", "finalRecipient", "%.100s is none of the account's identities",
                                   address);
}

static char *header_line(const struct mime_headers *h, const char *name)
{
    const struct mime_header *f = headers_first(h, name);
    CLEANUP(buf_done) struct buf out = {0};
    for (size_t i = 0; f && i < f->value.n; i++) {
        unsigned char c = (unsigned char)f->value.p[i];
        if (c >= 0x80)
            return NULL;
        if (c > ' ' || (c == ' ' && out.n > 0))
            buf_add_char(&out, (char)c);
    }
    return out.n > 0 && out.n < LINE_MAX_BYTES ? buf_steal(&out) : NULL;
}

static char *message_id_of(const struct mime_headers *h)
{
    const struct mime_header *f = headers_last(h, "message-id");
    CLEANUP(strings_freep) char **ids = f ? field_message_ids(f->value) : NULL;
    return ids && ids[0] && is_ascii(ids[0]) && strlen(ids[0]) < LINE_MAX_BYTES ? xstrdup(ids[0]) : NULL;
}

/* ---- the receipt ---- */

static bool has_keyword(const struct store_email *e, const char *keyword)
{
    CLEANUP(json_decrefp) json_t *keywords = email_keywords_json(e);
    return json_object_get(keywords, keyword) != NULL;
}

/* RFC 9007 section 2.1: the server MUST reject what does not result in setting the keyword. */
static bool will_be_marked(const struct work *w, const struct receipt *r)
{
    CLEANUP(freep) char *reference = xasprintf("#%s", r->key);
    const json_t *patch = json_object_get(w->args->on_success_update_email, reference);
    return json_is_true(json_object_get(patch, "keywords/$mdnsent")) ||
           json_is_true(json_object_get(json_object_get(patch, "keywords"), "$mdnsent"));
}

static json_t *already_sent(void)
{
    return api_set_error("mdnAlreadySent", "forEmailId", "a receipt was sent already");
}

static json_t *write_receipt(struct work *w, struct receipt *r, const struct store_email *e, struct fct_bytes raw,
                             struct fct_error *err)
{
    struct mime_headers h = {0};
    CLEANUP(buf_done) struct buf to = {0};
    CLEANUP(buf_done) struct buf out = {0};
    CLEANUP(buf_done) struct buf id = {0};
    CLEANUP(freep) char *from = who_says(w, e);
    CLEANUP(freep) char *disposition = disposition_of(json_object_get(r->object, "disposition"));
    const char *subject, *text, *agent, *final, *extensions[2 * EXTENSIONS_MAX + 1];
    json_t *problem = NULL;
    if (!from)
        return api_set_error("invalidProperties", "identityId", "the message was sent to no address of this identity");
    if (!disposition)
        return bad("disposition", "must be {actionMode, sendingMode, type}");
    if (!read_text(r->object, "subject", &subject) || !read_text(r->object, "textBody", &text) ||
        !read_text(r->object, "reportingUA", &agent) || !read_text(r->object, "finalRecipient", &final))
        return bad("subject", "or another text is none, or longer than 65536 bytes");
    if (!read_extensions(r->object, extensions))
        return bad("extensionFields", "must be an object of at most 20 strings, none of them a field of its own");
    r->tells_program = !json_object_get(r->object, "reportingUA");
    const json_t *include = json_object_get(r->object, "includeOriginalMessage");
    if (include && !json_is_boolean(include) && !json_is_null(include))
        return bad("includeOriginalMessage", "must be a boolean");
    /* A receipt is not answered with one, whoever asks for it: RFC 8098 section 2.1. Or two programs would go on for
     * ever. */
    if (mime_is_mdn(raw))
        return api_set_error("notFound", "forEmailId", "the message is a receipt itself, for which there is none");
    headers_scan(raw, &h);
    problem = check_asking(&h, r, &to);
    r->original_recipient = header_line(&h, "original-recipient");
    r->original_message_id = message_id_of(&h);
    headers_done(&h);
    if (!problem)
        problem = check_final(w, r, final, from, err);
    if (problem || err->code)
        return problem;
    if (!subject)
        subject = r->subject = xasprintf("Read: %s", e->subject ? e->subject : "");
    if (!text)
        text = r->text =
            xasprintf("The message \"%s\" was displayed. This is no guarantee that it was read or understood.\n",
                      e->subject ? e->subject : "");
    const struct mime_receipt receipt = {
        .from_name = w->identity.name,
        .from = from,
        .to = buf_str(&to),
        .subject = subject,
        .text = text,
        .now = w->now,
        .reporting_ua = r->tells_program ? "facteur" : agent, /* null is for privacy: RFC 9007 section 2 */
        .original_recipient = r->original_recipient,
        .final_recipient = r->final_recipient,
        .original_message_id = r->original_message_id,
        .disposition = disposition,
        .extensions = extensions,
        .original =
            json_is_true(json_object_get(r->object, "includeOriginalMessage")) ? raw : (struct fct_bytes){NULL, 0},
    };
    if (mime_receipt_write(&receipt, &out, &id, err) < 0) {
        problem = api_set_error_from(err);
        json_object_set_new(problem, "type", json_string("invalidProperties"));
        *err = (struct fct_error){0};
        return problem;
    }
    r->message_id = buf_steal(&id);
    r->stage = blob_stage_new(store_of(w->tx));
    if (blob_stage_add(r->stage, buf_bytes(&out), err) == 0)
        blob_stage_finish(r->stage, err);
    return NULL;
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *make_receipt(struct work *w, struct receipt *r, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(blob_view_done) struct blob_view view = {0};
    const char *email = json_string_value(json_object_get(r->object, "forEmailId"));
    int64_t id;
    json_t *problem = check_names(r->object);
    if (problem)
        return problem;
    if (!email || !id_from(w->call, ID_EMAIL, email, &id) || store_email_load(w->tx, id, true, &e, err) < 0 ||
        e.account_id != w->account_id) {
        if (err->code && err->code != FCT_E_NOT_FOUND)
            return NULL;
        *err = (struct fct_error){0};
        return api_set_error("notFound", "forEmailId", "there is no such Email in this account");
    }
    if (!w->can_send)
        return api_set_error("forbiddenToSend", NULL, "the account is not enabled, or has no transport to send over");
    if (has_keyword(&e, "$mdnsent"))
        return already_sent();
    if (!will_be_marked(w, r))
        return api_set_error("invalidProperties", "onSuccessUpdateEmail",
                             "onSuccessUpdateEmail must set keywords/$mdnsent for \"#%.100s\"", r->key);
    if ((e.bits & STORE_PARTIAL) && json_is_true(json_object_get(r->object, "includeOriginalMessage")))
        return api_set_error("serverUnavailable", "includeOriginalMessage", "only the header of the message is here");
    if (store_blob_view(w->tx, e.blob_id, &view, err) < 0)
        return NULL;
    r->s.account_id = w->account_id;
    r->s.identity_id = w->identity.id;
    r->s.email_id = e.id;
    r->s.send_at = w->now;
    r->s.sender = xstrdup(""); /* RFC 8098 section 3: or two programs would answer each other for ever */
    return write_receipt(w, r, &e, view.bytes, err);
}

static int prepare(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    int64_t id;
    w->tx = tx;
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0)
        return -1;
    bool is_id = id_from(w->call, ID_IDENTITY, w->args->identity_id, &id);
    if (!is_id || store_identity_load(tx, id, &w->identity, err) < 0 || w->identity.account_id != w->account_id)
        return is_id && err->code && err->code != FCT_E_NOT_FOUND
                   ? -1
                   : call_invalid(w->call, err, "identityId", "there is no such identity in this account");
    w->can_send = core_can_send(w->call->api->core, w->account_id);
    for (size_t i = 0; i < w->n; i++) {
        w->v[i].problem = make_receipt(w, &w->v[i], err);
        if (!w->v[i].problem && err->code)
            return -1;
    }
    return 0;
}

/* ---- on the writer ---- */

/* The mark is part of it, whatever becomes of the rest of the client's patch: none goes out twice. */
static int submit_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct fct_flags marked = {.bits = FCT_FLAG_MDNSENT}, none = {0};
    struct receipt *r = arg;
    int64_t id;
    if (store_email_set_flags(tx, r->s.email_id, &marked, &none, err) < 0 ||
        store_blob_add(tx, r->stage, r->s.send_at + API_UPLOAD_KEPT_SECONDS, &r->s.blob_id, err) < 0)
        return -1;
    r->s.message_id = r->message_id;
    int result = store_submission_create(tx, &r->s, r->s.send_at, &id, err);
    r->s.message_id = NULL;
    return result;
}

/* What the client did not set. */
static void put_sent(struct work *w, struct receipt *r)
{
    CLEANUP(freep) char *id = r->original_message_id ? xasprintf("<%s>", r->original_message_id) : NULL;
    json_t *mdn =
        json_pack("{s:o, s:o, s:o}", "finalRecipient", json_string_of(r->final_recipient), "originalMessageId",
                  json_string_of(id), "originalRecipient", json_string_of(r->original_recipient));
    if (r->subject)
        json_object_set_new(mdn, "subject", json_string_of(r->subject));
    if (r->text)
        json_object_set_new(mdn, "textBody", json_string_of(r->text));
    if (r->tells_program)
        json_object_set_new(mdn, "reportingUA", json_string("facteur"));
    set_put(&w->sent, r->key, mdn);
}

/* Since the Email was looked at somebody else may have sent one. `done`: those of this call. A SetError, or NULL. */
static json_t *check_again(struct store_tx *tx, const struct receipt *r, json_t *done, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    char id[ID_SIZE];
    id_format(ID_EMAIL, r->s.email_id, id);
    if (store_email_load(tx, r->s.email_id, false, &e, err) < 0) {
        if (err->code != FCT_E_NOT_FOUND)
            return NULL;
        *err = (struct fct_error){0};
        return api_set_error("notFound", "forEmailId", "there is no such Email in this account");
    }
    if (has_keyword(&e, "$mdnsent") || json_object_get(done, id))
        return already_sent();
    json_object_set_new(done, id, json_true());
    return NULL;
}

static int submit_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    CLEANUP(json_decrefp) json_t *update = json_object(), *done = json_object();
    json_t *response = NULL;
    act_for_client(w->call, tx);
    for (size_t i = 0; i < w->n; i++) {
        struct receipt *r = &w->v[i];
        CLEANUP(freep) char *reference = xasprintf("#%s", r->key);
        char text[ID_SIZE];
        if (!r->problem)
            r->problem = check_again(tx, r, done, err);
        if (!r->problem && err->code)
            return -1;
        if (!r->problem && store_nested(tx, submit_in_savepoint, r, err) < 0) {
            if (!is_object_error(err))
                return -1;
            r->problem = api_set_error_from(err);
            *err = (struct fct_error){0};
        }
        if (r->problem) {
            set_put(&w->not_sent, r->key, json_incref(r->problem));
            continue;
        }
        put_sent(w, r);
        json_t *patch = json_object_get(w->args->on_success_update_email, reference);
        if (patch)
            json_object_set(update, id_format(ID_EMAIL, r->s.email_id, text), patch);
    }
    if (json_object_size(update) == 0)
        return 0;
    if (email_set_on_writer(w->call, tx, w->args->account_id, update, NULL, &response, err) < 0)
        return -1;
    w->implicit = json_pack("[[s, o]]", "Email/set", response);
    return 0;
}

int api_mdn_send(struct api_call *call, const struct api_mdn_send_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call, .args = args, .now = (int64_t)time(NULL)};
    const char *key;
    json_t *object;
    if (json_object_size(args->on_success_update_email) && !access_may(call, API_SCOPE_TRIAGE))
        return access_refuse(call, API_SCOPE_TRIAGE, err);
    if (json_object_size(args->send) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    w.v = xcalloc(json_object_size(args->send) + 1, sizeof(*w.v));
    json_object_foreach(args->send, key, object) w.v[w.n++] = (struct receipt){.key = key, .object = object};
    if (store_read(call->api->store, prepare, &w, err) < 0 || store_write(call->api->store, submit_all, &w, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O?, s:O?}", "accountId", json_id(ID_ACCOUNT, w.account_id), "sent", w.sent, "notSent",
                     w.not_sent);
    if (w.implicit)
        json_object_set(*out, "implicit", w.implicit);
    return 0;
}

/* ---- MDN/parse ---- */

static void add_to_list(json_t **list, const char *id)
{
    if (!*list)
        *list = json_array();
    json_array_append_new(*list, json_string(id));
}

/* forEmailId, where one Email of the account has the id of the message that the receipt speaks of. */
static int find_original(struct store_tx *tx, int64_t account_id, json_t *mdn, struct fct_error *err)
{
    const char *value = json_string_value(json_object_get(mdn, "originalMessageId"));
    CLEANUP(strings_freep) char **ids = value ? field_message_ids(bytes_str(value)) : NULL;
    int64_t id = 0;
    if (!ids || !ids[0])
        return 0;
    if (store_email_by_message_id(tx, account_id, ids[0], &id, err) < 0)
        return -1;
    if (id)
        json_object_set_new(mdn, "forEmailId", json_id(ID_EMAIL, id));
    return 0;
}

int api_mdn_parse(struct api_call *call, const struct api_mdn_parse_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->blob_ids);
    CLEANUP(json_decrefp) json_t *parsed = NULL, *not_parsable = NULL, *not_found = NULL;
    struct scope scope;
    uint64_t total = 0;
    if (json_array_size(args->blob_ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
        const char *id = json_string_value(json_array_get(ids, i)), *part;
        unsigned char sha256[32];
        int is_blob = blob_id_from(call, call->tx, id, sha256, &part, err);
        if (is_blob < 0)
            return -1;
        int is_too_large = is_blob ? message_bytes_load(call->tx, sha256, part, &total, &b, err) : -1;
        if (is_too_large < 0) {
            if (is_blob && err->code != FCT_E_BLOB_NOT_FOUND)
                return -1;
            *err = (struct fct_error){0};
            add_to_list(&not_found, id);
            continue;
        }
        json_t *mdn = is_too_large ? NULL : mime_mdn_json(b.bytes);
        if (!mdn) {
            add_to_list(&not_parsable, id);
            continue;
        }
        set_put(&parsed, id, mdn);
        if (find_original(call->tx, scope.id, mdn, err) < 0)
            return -1;
    }
    *out = json_pack("{s:s, s:O?, s:O?, s:O?}", "accountId", scope.text, "parsed", parsed, "notParsable", not_parsable,
                     "notFound", not_found);
    return 0;
}
