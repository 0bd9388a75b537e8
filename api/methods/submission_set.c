/* EmailSubmission/set: RFC 8621 section 7.5. The messages are looked at on a reader thread (they may be large); then
 * everything is done in one transaction of the writer, with the implicit Email/set: a message that is on its way out
 * has also been moved to Sent. */
#include "methods/email.h"
#include "methods/submission.h"
#include "outbox/outgoing.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define MAX_PARAMETER 500 /* bytes of a value */

struct creation {
    const char *id;
    const json_t *object;
    json_t *problem; /* a SetError */
    struct store_submission s;
    int64_t new_id; /* 0: not created */
    bool is_partial;
};

struct work {
    struct api_call *call;
    const struct api_email_submission_set_args *args;
    struct store_tx *tx; /* of the phase */
    int64_t account_id, now;
    int64_t hold_from;            /* the next full second, from which HOLDFOR counts */
    bool can_send, is_wanted_now; /* somebody asked for one that waits to be sent */
    struct creation *creations;
    size_t n_creations;
    int64_t *partial; /* Emails whose bodies are wanted first */
    size_t n_partial;
    json_t *destroy; /* each id once */
    json_t *emails;  /* "#k" or id of each submission that was created, changed or destroyed: the id of its Email */
    struct set_result result;
    json_t *old_state, *new_state, *implicit;
};

static void work_done(struct work *w)
{
    for (size_t i = 0; i < w->n_creations; i++) {
        store_submission_done(&w->creations[i].s);
        json_decref(w->creations[i].problem);
    }
    free(w->creations);
    free(w->partial);
    json_decref(w->destroy);
    json_decref(w->emails);
    set_result_done(&w->result);
    json_decref(w->old_state);
    json_decref(w->new_state);
    json_decref(w->implicit);
}

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

/* ---- the envelope ---- */

/* NEVER, or some of the others (RFC 3461 section 4.1). */
static bool is_notify(const char *text)
{
    static const char *const words[] = {"SUCCESS", "FAILURE", "DELAY"};
    if (strcasecmp(text, "NEVER") == 0)
        return true;
    for (const char *at = text;; at++) {
        size_t n = strcspn(at, ","), i = 0;
        while (i < 3 && (strlen(words[i]) != n || strncasecmp(at, words[i], n) != 0))
            i++;
        if (i == 3)
            return false;
        at += n;
        if (!*at)
            return true;
    }
}

/* Printable ASCII, and so long as it is sent (xtext, RFC 3461 section 4): reports repeat it, and these are ASCII. */
static bool fits_as_xtext(const char *text, size_t max)
{
    size_t n = 0;
    for (const char *c = text; *c; c++) {
        if (*c < ' ' || *c == 0x7f)
            return false;
        n += strchr(" +=", *c) ? 3 : 1;
    }
    return n <= max;
}

/* "rfc822;jane@example.org"; of the type utf-8, which is for such addresses (RFC 6533), the transport knows more. */
static bool is_original_recipient(const char *text)
{
    return *text && *text != ';' && strchr(text, ';') &&
           (strncasecmp(text, "utf-8;", 6) == 0 || fits_as_xtext(text, 500));
}

/* Of a message that is submitted it is the recipient (RFC 3461 section 4.2); of other types nobody can tell. */
static bool is_for_recipient(const char *orcpt, const char *email)
{
    return !orcpt || strncasecmp(orcpt, "rfc822;", 7) != 0 || strcasecmp(orcpt + 7, email) == 0;
}

/* What would not be passed on, or be refused by the transport, is told now (RFC 3461 sections 4.2 to 4.4). */
static bool is_good_value(const char *name, const char *text)
{
    if (strcasecmp(name, "RET") == 0)
        return strcasecmp(text, "FULL") == 0 || strcasecmp(text, "HDRS") == 0;
    if (strcasecmp(name, "NOTIFY") == 0)
        return is_notify(text);
    if (strcasecmp(name, "ENVID") == 0)
        return *text && fits_as_xtext(text, 100);
    return strcasecmp(name, "ORCPT") != 0 || is_original_recipient(text);
}

static bool is_good_parameter(const char *name, const json_t *value, bool is_sender)
{
    static const char *const of_sender[] = {"HOLDFOR", "HOLDUNTIL", "RET", "ENVID", NULL};
    static const char *const of_recipient[] = {"NOTIFY", "ORCPT", NULL};
    const char *text = json_string_value(value);
    bool is_known = false;
    for (const char *const *n = is_sender ? of_sender : of_recipient; *n; n++)
        is_known = is_known || strcasecmp(*n, name) == 0;
    if (!is_known || !text || json_string_length(value) > MAX_PARAMETER || strlen(text) != json_string_length(value))
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return is_good_value(name, text);
}

static const json_t *find_parameter(const json_t *parameters, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)parameters, key, value) if (strcasecmp(key, name) == 0) return value;
    return NULL;
}

/* Names count in any case: each may be there once. */
static bool has_twice(const json_t *parameters, const char *name)
{
    const char *other;
    json_t *value;
    int n = 0;
    json_object_foreach((json_t *)parameters, other, value) n += strcasecmp(other, name) == 0;
    return n > 1;
}

/* {email, parameters}. NULL, or a SetError. */
static json_t *read_address(const json_t *v, bool is_sender, char **out_address, char **out_parameters)
{
    const json_t *parameters = json_object_get(v, "parameters");
    const char *email = json_string_value(json_object_get(v, "email")), *name;
    json_t *value;
    if (!email)
        return bad("envelope", "an address is {email, parameters}");
    if (parameters && !json_is_null(parameters) && !json_is_object(parameters))
        return bad("envelope", "parameters must be an object, or null");
    json_object_foreach(
        (json_t *)parameters, name,
        value) if (!is_good_parameter(name, value, is_sender) ||
                   has_twice(
                       parameters,
                       name)) return bad("envelope",
                                         is_sender
                                             ? "of parameters of mailFrom HOLDFOR, HOLDUNTIL, RET and ENVID are known, "
                                               "with a value"
                                             : "of parameters of rcptTo NOTIFY and ORCPT are known, with a value");
    if (!is_sender && !is_for_recipient(json_string_value(find_parameter(parameters, "ORCPT")), email))
        return bad("envelope", "the original recipient (ORCPT) of a message that is submitted is the recipient");
    *out_address = xstrdup(email);
    *out_parameters = json_object_size(parameters) > 0 ? json_dumps(parameters, JSON_COMPACT) : NULL;
    return NULL;
}

static void add_recipient(struct store_submission *s, char *address, char *parameters)
{
    for (size_t i = 0; i < s->n_recipients; i++) {
        if (strcasecmp(s->recipients[i].address, address) == 0) {
            free(address);
            free(parameters);
            return;
        }
    }
    s->recipients = xreallocarray(s->recipients, s->n_recipients + 1, sizeof(*s->recipients));
    s->recipients[s->n_recipients++] = (struct store_recipient){.address = address, .parameters = parameters};
}

static json_t *too_many_recipients(void)
{
    json_t *problem = api_set_error("tooManyRecipients", "envelope", "a message goes to at most %d recipients",
                                    SUBMISSION_RECIPIENTS_MAX);
    json_object_set_new(problem, "maxRecipients", json_integer(SUBMISSION_RECIPIENTS_MAX));
    return problem;
}

static json_t *read_envelope(struct creation *c, const json_t *v)
{
    const json_t *to = json_object_get(v, "rcptTo");
    json_t *problem = read_address(json_object_get(v, "mailFrom"), true, &c->s.sender, &c->s.sender_parameters);
    if (problem)
        return problem;
    if (!json_is_array(to))
        return bad("envelope", "rcptTo must be a list");
    if (json_array_size(to) > SUBMISSION_RECIPIENTS_MAX)
        return too_many_recipients();
    for (size_t i = 0; i < json_array_size(to); i++) {
        char *address = NULL, *parameters = NULL;
        if ((problem = read_address(json_array_get(to, i), false, &address, &parameters)))
            return problem;
        add_recipient(&c->s, address, parameters);
    }
    return NULL;
}

static json_t *add_addressees(struct creation *c, const char *addresses_json)
{
    CLEANUP(json_decrefp) json_t *list = json_of_text(addresses_json);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
        if (!email)
            continue;
        add_recipient(&c->s, xstrdup(email), NULL);
        if (c->s.n_recipients > SUBMISSION_RECIPIENTS_MAX)
            return too_many_recipients();
    }
    return NULL;
}

/* The first address of a list; NULL: none. Freed by the caller. */
static char *first_address(const char *addresses_json)
{
    CLEANUP(json_decrefp) json_t *list = json_of_text(addresses_json);
    const char *email = json_string_value(json_object_get(json_array_get(list, 0), "email"));
    return email ? xstrdup(email) : NULL;
}

/* What the message itself says: RFC 8621 section 7, `envelope`. */
static json_t *make_envelope(struct work *w, struct creation *c, const struct store_email *e,
                             const struct store_identity *identity, struct fct_error *err)
{
    bool is_allowed = false;
    char *sender = first_address(e->sender_json);
    if (!sender)
        sender = first_address(e->from_json);
    c->s.sender = sender ? sender : xstrdup("");
    if (store_identity_allows(w->tx, w->account_id, identity->id, c->s.sender, &is_allowed, err) < 0)
        return NULL;
    if (!is_allowed && identity->email[0] != '*') {
        free(c->s.sender);
        c->s.sender = xstrdup(identity->email);
    }
    json_t *problem = add_addressees(c, e->to_json);
    if (!problem)
        problem = add_addressees(c, e->cc_json);
    return problem ? problem : add_addressees(c, e->bcc_json);
}

static json_t *check_recipients(const struct creation *c)
{
    CLEANUP(buf_done) struct buf wire = {0};
    json_t *invalid = json_array();
    if (c->s.n_recipients == 0) {
        json_decref(invalid);
        return api_set_error("noRecipients", "envelope", "the message goes to nobody");
    }
    for (size_t i = 0; i < c->s.n_recipients; i++)
        if (!outgoing_address(c->s.recipients[i].address, &wire))
            json_array_append_new(invalid, json_string_of(c->s.recipients[i].address));
    if (json_array_size(invalid) == 0) {
        json_decref(invalid);
        return NULL;
    }
    json_t *problem = api_set_error("invalidRecipients", "envelope", "%zu of the recipients are no e-mail addresses",
                                    json_array_size(invalid));
    json_object_set_new(problem, "invalidRecipients", invalid);
    return problem;
}

/* ---- when ---- */

static bool parse_seconds(const char *text, int64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 9)
        return false;
    *out = strtoll(text, &end, 10);
    return !*end;
}

/* RFC 4865: HOLDFOR and HOLDUNTIL exclude each other. */
static json_t *read_hold(const struct work *w, struct creation *c)
{
    CLEANUP(json_decrefp) json_t *parameters = json_of_text(c->s.sender_parameters);
    const json_t *hold_for = find_parameter(parameters, "HOLDFOR"), *until = find_parameter(parameters, "HOLDUNTIL");
    const char *envid = json_string_value(find_parameter(parameters, "ENVID"));
    int64_t seconds = 0, at = 0;
    c->s.send_at = w->now;
    c->s.envid = envid ? xstrdup(envid) : NULL;
    if (hold_for && until)
        return bad("envelope", "HOLDFOR and HOLDUNTIL at once");
    if (hold_for && !parse_seconds(json_string_value(hold_for), &seconds))
        return bad("envelope", "HOLDFOR is a number of seconds");
    if (until && !utc_parse(json_string_value(until), &at))
        return bad("envelope", "HOLDUNTIL must be like 2014-10-30T06:12:00Z");
    int64_t from = until ? w->now : w->hold_from;
    if (until)
        seconds = at > w->now ? at - w->now : 0;
    if (seconds > SUBMISSION_MAX_DELAY)
        return bad("envelope", "a message can be held for 366 days at most");
    if (seconds > 0)
        c->s.send_at = from + seconds;
    return NULL;
}

/* ---- what is sent ---- */

static json_t *invalid_email(const char *why, const char *property)
{
    return api_set_error("invalidEmail", property, "%s", why);
}

static json_t *check_facts(const struct outgoing_facts *f)
{
    json_t *wrong = json_array();
    if (!f->has_from)
        json_array_append_new(wrong, json_string("from"));
    if (!f->has_date)
        json_array_append_new(wrong, json_string("sentAt"));
    if (!f->has_message_id)
        json_array_append_new(wrong, json_string("messageId"));
    if (f->is_broken)
        json_array_append_new(wrong, json_string("blobId"));
    if (json_array_size(wrong) == 0) {
        json_decref(wrong);
        return NULL;
    }
    json_t *problem = invalid_email(f->is_broken ? "the message holds a NUL, or a CR that ends no line"
                                                 : "the message lacks what every message needs (RFC 5322 section 3.6)",
                                    "blobId");
    json_object_set_new(problem, "properties", wrong);
    return problem;
}

static json_t *check_bytes(struct work *w, const struct store_email *e, struct outgoing_facts *facts,
                           struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    if (e->size > (int64_t)API_MAX_UPLOAD) {
        json_t *problem =
            api_set_error("tooLarge", NULL, "the message has more than %llu bytes", (unsigned long long)API_MAX_UPLOAD);
        json_object_set_new(problem, "maxSize", json_integer((json_int_t)API_MAX_UPLOAD));
        return problem;
    }
    if (store_blob_view(w->tx, e->blob_id, &view, err) < 0)
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    outgoing_scan(view.bytes, facts);
    return check_facts(facts);
}

/* ---- who sends ---- */

/* All addresses of a list; false for an empty one. */
static int all_allowed(struct work *w, const char *addresses_json, bool *out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *list = json_of_text(addresses_json);
    bool all = json_array_size(list) > 0;
    for (size_t i = 0; i < json_array_size(list) && all; i++) {
        const char *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
        if (store_identity_allows(w->tx, w->account_id, 0, email ? email : "", &all, err) < 0)
            return -1;
    }
    *out = all;
    return 0;
}

/* From is ours, or it is said who sends for somebody else: Sender, or the Resent- fields of one that is passed on (RFC
 * 5322 section 3.6.6). */
static json_t *check_from(struct work *w, const struct store_email *e, const struct outgoing_facts *facts,
                          struct fct_error *err)
{
    bool from = false, sender = false;
    if (all_allowed(w, e->from_json, &from, err) < 0 || all_allowed(w, e->sender_json, &sender, err) < 0)
        return NULL;
    if (from || sender || facts->has_resent_from)
        return NULL;
    return api_set_error("forbiddenFrom", NULL, "the message is from somebody who is none of the account's identities");
}

/* The envelope is made of the field, which names one: RFC 8621 section 7, `envelope`. Who sends for several says so in
 * Sender. */
static json_t *check_one_sender(const struct store_email *e, const struct outgoing_facts *f)
{
    bool by_sender = f->n_sender > 0;
    CLEANUP(json_decrefp) json_t *list = json_of_text(by_sender ? e->sender_json : e->from_json);
    if ((by_sender ? f->n_sender : f->n_from) <= 1 && json_array_size(list) <= 1)
        return NULL;
    return invalid_email("several addresses could be the sender: give an envelope, or one Sender",
                         by_sender ? "sender" : "from");
}

static json_t *check_mail_from(struct work *w, const struct creation *c, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf wire = {0};
    bool is_allowed = c->s.sender[0] == '\0'; /* bounces and the like */
    if (!is_allowed && !outgoing_address(c->s.sender, &wire))
        return bad("envelope", "mailFrom is no e-mail address");
    if (!is_allowed && store_identity_allows(w->tx, w->account_id, 0, c->s.sender, &is_allowed, err) < 0)
        return NULL;
    return is_allowed ? NULL
                      : api_set_error("forbiddenMailFrom", "envelope", "%.100s is none of the account's identities",
                                      c->s.sender);
}

/* ---- create: checking, on a reader ---- */

static json_t *check_names(const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool is_known = strcmp(name, "identityId") == 0 || strcmp(name, "emailId") == 0 ||
                        strcmp(name, "envelope") == 0 || strcmp(name, "needsConfirmation") == 0;
        if (!is_known && !json_is_null(value))
            return bad(name, "cannot be set");
    }
    return NULL;
}

static json_t *find_identity(struct work *w, const json_t *object, struct store_identity *out, struct fct_error *err)
{
    const char *text = json_string_value(json_object_get(object, "identityId"));
    int64_t id;
    if (text && id_from(w->call, ID_IDENTITY, text, &id) && store_identity_load(w->tx, id, out, err) == 0 &&
        out->account_id == w->account_id)
        return NULL;
    *err = (struct fct_error){0};
    return bad("identityId", "there is no such identity in this account");
}

static json_t *find_email(struct work *w, const json_t *object, struct store_email *out, struct fct_error *err)
{
    const char *text = json_string_value(json_object_get(object, "emailId"));
    int64_t id;
    if (text && id_from(w->call, ID_EMAIL, text, &id) && store_email_load(w->tx, id, true, out, err) == 0 &&
        out->account_id == w->account_id)
        return NULL;
    *err = (struct fct_error){0};
    return bad("emailId", "there is no such Email in this account");
}

static json_t *read_confirmation(struct creation *c)
{
    const json_t *v = json_object_get(c->object, "needsConfirmation");
    if (v && !json_is_null(v) && !json_is_boolean(v))
        return bad("needsConfirmation", "must be true or false");
    c->s.needs_confirmation = json_is_true(v);
    return NULL;
}

/* Who may write, but not send, has it confirmed by somebody else: what is asked for goes out in no other way (decision
 * 37). */
static json_t *forbidden_unless_confirmed(const struct work *w, bool waits_for_confirmation)
{
    return waits_for_confirmation || access_may(w->call, API_SCOPE_SEND) ? NULL : access_set_error(API_SCOPE_SEND);
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *check_creation(struct work *w, struct creation *c, struct fct_error *err)
{
    CLEANUP(store_identity_done) struct store_identity identity = {0};
    CLEANUP(store_email_done) struct store_email e = {0};
    struct outgoing_facts facts = {0};
    const json_t *envelope = json_object_get(c->object, "envelope");
    store_submission_done(&c->s);
    json_t *problem = check_names(c->object);
    if (!problem)
        problem = find_identity(w, c->object, &identity, err);
    if (!problem)
        problem = find_email(w, c->object, &e, err);
    if (problem)
        return problem;
    problem = read_confirmation(c);
    if (!problem)
        problem = forbidden_unless_confirmed(w, c->s.needs_confirmation);
    if (problem)
        return problem;
    c->s.account_id = w->account_id;
    c->s.identity_id = identity.id;
    c->s.email_id = e.id;
    if (!w->can_send)
        return api_set_error("forbiddenToSend", NULL, "the account is not enabled, or has no transport to send over");
    c->is_partial = (e.bits & STORE_PARTIAL) != 0;
    if (c->is_partial)
        return NULL;
    problem = check_bytes(w, &e, &facts, err);
    if (!problem && !err->code)
        problem = check_from(w, &e, &facts, err);
    bool has_envelope = envelope && !json_is_null(envelope);
    if (!problem && !err->code && !has_envelope)
        problem = check_one_sender(&e, &facts);
    if (!problem && !err->code && !has_envelope && facts.has_resent_from)
        problem =
            bad("envelope", "a message that is resent goes to others than those in To, Cc and Bcc: they must be given");
    if (!problem && !err->code)
        problem = has_envelope ? read_envelope(c, envelope) : make_envelope(w, c, &e, &identity, err);
    if (!problem && !err->code)
        problem = check_mail_from(w, c, err);
    if (!problem && !err->code)
        problem = check_recipients(c);
    return problem || err->code ? problem : read_hold(w, c);
}

static int check_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    w->tx = tx;
    w->n_partial = 0;
    for (size_t i = 0; i < w->n_creations; i++) {
        struct creation *c = &w->creations[i];
        *err = (struct fct_error){0};
        json_decref(c->problem);
        c->problem = check_creation(w, c, err);
        if (!c->problem && err->code)
            return -1;
        if (c->is_partial && !c->problem) {
            w->partial = xreallocarray(w->partial, w->n_partial + 1, sizeof(*w->partial));
            w->partial[w->n_partial++] = c->s.email_id;
        }
    }
    return 0;
}

/* ---- create: on the writer ---- */

struct storing {
    struct work *w;
    struct creation *c;
};

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct storing *s = arg;
    return store_submission_create(tx, &s->c->s, s->w->now, &s->c->new_id, err);
}

static void remember_email(struct work *w, const char *key, int64_t email_id)
{
    json_object_set_new(w->emails, key, json_id(ID_EMAIL, email_id));
}

static int put_created(struct work *w, struct creation *c, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    CLEANUP(freep) char *reference = xasprintf("#%s", c->id);
    char text[ID_SIZE];
    if (store_submission_load(w->tx, c->new_id, &s, err) < 0)
        return -1;
    json_t *created = submission_json(&s, 0);
    json_object_del(created, "identityId");
    json_object_del(created, "emailId");
    if (json_is_object(json_object_get(c->object, "envelope"))) /* else it is the server's, and news */
        json_object_del(created, "envelope");
    set_put(&w->result.created, c->id, created);
    call_created(w->call, c->id, id_format(ID_SUBMISSION, c->new_id, text));
    remember_email(w, reference, s.email_id);
    remember_email(w, text, s.email_id);
    return 0;
}

static int create_one(struct work *w, struct creation *c, struct fct_error *err)
{
    struct storing s = {w, c};
    json_t *problem = c->problem ? json_incref(c->problem) : NULL;
    if (!problem && c->is_partial)
        problem = api_set_error("serverUnavailable", "emailId",
                                "only the header of the message is here, and the rest cannot be fetched now");
    if (!problem && store_nested(w->tx, create_in_savepoint, &s, err) < 0) {
        if (!is_object_error(err))
            return -1;
        problem = api_set_error_from(err);
    }
    if (!problem)
        return put_created(w, c, err);
    set_put(&w->result.not_created, c->id, problem);
    return 0;
}

/* ---- update and destroy ---- */

static json_t *load_ours(struct work *w, const char *text, struct store_submission *out, struct fct_error *err)
{
    int64_t id;
    if (id_from(w->call, ID_SUBMISSION, text, &id) && store_submission_load(w->tx, id, out, err) == 0 &&
        out->account_id == w->account_id)
        return NULL;
    if (err->code && err->code != FCT_E_NOT_FOUND)
        return NULL;
    return api_set_error("notFound", NULL, "there is no such submission in this account");
}

#define CONFIRMED (-1) /* beside the states */

struct decision {
    int64_t id, now;
    int state;
};

static int decide_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct decision *d = arg;
    if (d->state == CONFIRMED)
        return store_submission_confirm(tx, d->id, d->now, err);
    return d->state == SUBMISSION_CANCELED ? store_submission_cancel(tx, d->id, d->now, err)
                                           : store_submission_decide(tx, d->id, d->state, d->now, err);
}

static json_t *read_decision(const json_t *patch, const json_t *current, int *out)
{
    const char *name;
    json_t *value;
    *out = 0;
    json_object_foreach((json_t *)patch, name, value)
    {
        const char *text = json_string_value(value);
        int state = 0;
        /* Also of one that is: now, or too late. */
        bool is_wish = (strcmp(name, "state") == 0 && text && strcmp(text, "queued") == 0) ||
                       (strcmp(name, "needsConfirmation") == 0 && json_is_false(value));
        if (!is_wish && json_equal(json_object_get(current, name), value))
            continue;
        if (strcmp(name, "needsConfirmation") == 0 && json_is_false(value))
            state = CONFIRMED;
        else if (strcmp(name, "undoStatus") == 0 && text && strcmp(text, "canceled") == 0)
            state = SUBMISSION_CANCELED;
        else if (strcmp(name, "state") == 0 && text)
            state = store_submission_state_from_name(text);
        bool can_be_wished = state == CONFIRMED || state == SUBMISSION_CANCELED || state == SUBMISSION_QUEUED ||
                             state == SUBMISSION_SENT || state == SUBMISSION_FAILED;
        if (!can_be_wished || (*out && *out != state))
            return bad(name, "cannot be changed to that");
        *out = state;
    }
    return NULL;
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_update(struct work *w, const char *text, const json_t *patch, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    struct decision d = {.now = w->now};
    json_t *problem = load_ours(w, text, &s, err);
    if (problem || err->code)
        return problem;
    if (is_in(w->destroy, call_resolve(w->call, text)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    CLEANUP(json_decrefp) json_t *current = submission_json(&s, 0);
    problem = read_decision(patch, current, &d.state);
    if (!problem && d.state)
        problem = forbidden_unless_confirmed(w, s.needs_confirmation && d.state == SUBMISSION_CANCELED);
    d.id = s.id;
    if (!problem && d.state && store_nested(w->tx, decide_in_savepoint, &d, err) < 0) {
        if (!is_object_error(err))
            return NULL;
        problem = err->code == FCT_E_FORBIDDEN && d.state == SUBMISSION_CANCELED
                      ? api_set_error("cannotUnsend", "undoStatus", "%s", err->message)
                      : api_set_error_from(err);
    }
    if (!problem)
        remember_email(w, call_resolve(w->call, text), s.email_id);
    if (!problem && (d.state == SUBMISSION_QUEUED || d.state == CONFIRMED))
        w->is_wanted_now = true;
    return problem;
}

static int destroy_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_submission_destroy(tx, *(const int64_t *)arg, err);
}

static json_t *try_destroy(struct work *w, const char *text, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    json_t *problem = load_ours(w, text, &s, err);
    if (!problem && !err->code)
        problem = forbidden_unless_confirmed(w, false);
    if (problem || err->code)
        return problem;
    if (store_nested(w->tx, destroy_in_savepoint, &s.id, err) < 0)
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    remember_email(w, text, s.email_id);
    return NULL;
}

static int update_all(struct work *w, struct fct_error *err)
{
    const char *id;
    json_t *patch;
    json_object_foreach(w->args->update, id, patch)
    {
        *err = (struct fct_error){0};
        json_t *problem = try_update(w, id, patch, err);
        if (set_note_updated(&w->result, id, problem, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int destroy_all(struct work *w, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(w->destroy); i++) {
        const char *id = json_string_value(json_array_get(w->destroy, i));
        *err = (struct fct_error){0};
        json_t *problem = try_destroy(w, id, err);
        if (set_note_destroyed(&w->result, id, problem, err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    return 0;
}

/* ---- the implicit Email/set ---- */

/* By what the client calls the submission: an id, or "#k" of this call or an earlier one. Borrowed; NULL: it was not
 * touched. */
static json_t *email_of(const struct work *w, const char *key)
{
    json_t *email = json_object_get(w->emails, key);
    const char *id = email ? NULL : call_resolve(w->call, key);
    return id ? json_object_get(w->emails, id) : email;
}

static int change_emails(struct work *w, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *update = json_object();
    CLEANUP(json_decrefp) json_t *destroy = json_array();
    json_t *patch, *response = NULL;
    const char *key;
    json_object_foreach(w->args->on_success_update_email, key, patch)
    {
        const char *email = json_string_value(email_of(w, key));
        if (email)
            json_object_set(update, email, patch);
    }
    for (size_t i = 0; i < json_array_size(w->args->on_success_destroy_email); i++) {
        key = json_string_value(json_array_get(w->args->on_success_destroy_email, i));
        json_t *email = email_of(w, key);
        if (email && !is_in(destroy, json_string_value(email)))
            json_array_append(destroy, email);
    }
    if (json_object_size(update) + json_array_size(destroy) == 0)
        return 0;
    if (email_set_on_writer(w->call, w->tx, w->args->account_id, update, destroy, &response, err) < 0)
        return -1;
    w->implicit = json_pack("[[s, o]]", "Email/set", response);
    return 0;
}

/* ---- the method ---- */

static int set_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    w->tx = tx;
    act_for_client(w->call, tx);
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        state_check(tx, w->account_id, STORE_SUBMISSION, w->args->if_in_state, err) < 0 ||
        state_of(tx, w->account_id, STORE_SUBMISSION, &w->old_state, err) < 0)
        return -1;
    w->destroy = ids_once(w->call, w->args->destroy);
    w->emails = json_object();
    for (size_t i = 0; i < w->n_creations; i++) {
        *err = (struct fct_error){0};
        if (create_one(w, &w->creations[i], err) < 0)
            return -1;
    }
    if (update_all(w, err) < 0 || destroy_all(w, err) < 0 || change_emails(w, err) < 0)
        return -1;
    return state_of(tx, w->account_id, STORE_SUBMISSION, &w->new_state, err);
}

static int find_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    return account_find_one(w->call, tx, w->args->account_id, &w->account_id, err);
}

/* What cannot be fetched stays partial, and is refused then. */
static int check(struct work *w, struct fct_error *err)
{
    struct store *store = w->call->api->store;
    struct fct_error ignored = {0};
    if (store_read(store, find_account, w, err) < 0)
        return -1;
    w->can_send = core_can_send(w->call->api->core, w->account_id);
    if (w->n_creations == 0)
        return 0;
    if (store_read(store, check_all, w, err) < 0)
        return -1;
    if (w->n_partial == 0)
        return 0;
    core_fetch_bodies(w->call->api->core, w->account_id, w->partial, w->n_partial, &ignored);
    return store_read(store, check_all, w, err);
}

/* Fixes the moment that everything of the call counts from. */
static void look_at_clock(struct work *w)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    w->now = (int64_t)t.tv_sec;
    w->hold_from = w->now + (t.tv_nsec > 0);
}

int api_email_submission_set(struct api_call *call, const struct api_email_submission_set_args *args, json_t **out,
                             struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call, .args = args};
    look_at_clock(&w);
    /* Before anything is sent, so that nothing is half done. */
    if ((json_object_size(args->on_success_update_email) || json_array_size(args->on_success_destroy_email)) &&
        !access_may(call, API_SCOPE_TRIAGE))
        return access_refuse(call, API_SCOPE_TRIAGE, err);
    if (set_check_count(args->create, args->update, args->destroy, err) < 0)
        return -1;
    w.creations = xcalloc(json_object_size(args->create) + 1, sizeof(*w.creations));
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) w.creations[w.n_creations++] =
        (struct creation){.id = id, .object = object};
    if (check(&w, err) < 0 || store_write(call->api->store, set_all, &w, err) < 0)
        return -1;
    if (w.is_wanted_now)
        core_send_now(call->api->core, w.account_id);
    *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState", w.old_state,
                     "newState", w.new_state);
    set_result_write(&w.result, *out);
    if (w.implicit)
        json_object_set(*out, "implicit", w.implicit);
    return 0;
}
