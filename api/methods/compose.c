/* Compose/new, /reply, /forward, /template: drafts, of nothing or of Emails that are here. What they consist of is
 * core/mime/answer.h's to say. */
#include "methods/email.h"

#include "mime/answer.h"
#include "mime/placeholders.h"
#include "store/accounts.h"
#include "store/identities.h"
#include "store/mailboxes.h"

#include <string.h>
#include <time.h>

/* Own addresses: the identities of the account, which may send; then those of the others, and what the accounts are
 * called, which are not answered either. On this computer, in no account with a server, all of them may send. */
struct own {
    struct store_account *accounts;
    size_t n_accounts;
    struct store_identity *identities;
    size_t n_identities;
    struct answer_address *list;
    size_t n, n_from;
};

static void own_done(struct own *o)
{
    for (size_t i = 0; i < o->n_identities; i++)
        store_identity_done(&o->identities[i]);
    free(o->identities);
    store_accounts_free(o->accounts, o->n_accounts);
    free(o->list);
}

static int load_identities(struct store_tx *tx, struct own *out, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    if (store_identities_list(tx, -1, &ids, &n, err) < 0)
        return -1;
    out->identities = xcalloc(n + 1, sizeof(*out->identities));
    for (; out->n_identities < n; out->n_identities++)
        if (store_identity_load(tx, ids[out->n_identities], &out->identities[out->n_identities], err) < 0)
            return -1;
    return 0;
}

static void add_identities(struct own *o, int64_t account_id, bool of_others)
{
    for (size_t i = 0; i < o->n_identities; i++) {
        const struct store_identity *d = &o->identities[i];
        if ((d->account_id != account_id) == of_others)
            o->list[o->n++] = (struct answer_address){.name = d->name,
                                                      .email = d->email,
                                                      .reply_to = d->reply_to,
                                                      .bcc = d->bcc,
                                                      .text_signature = d->text_signature,
                                                      .html_signature = d->html_signature};
    }
}

static void add_account(struct own *o, const struct store_account *a)
{
    if (a->address && strchr(a->address, '@'))
        o->list[o->n++] = (struct answer_address){.email = a->address};
}

static int own_load(struct store_tx *tx, int64_t account_id, struct own *out, struct fct_error *err)
{
    const struct store_account *account = NULL;
    if (store_accounts_load(tx, &out->accounts, &out->n_accounts, err) < 0 || load_identities(tx, out, err) < 0)
        return -1;
    out->list = xcalloc(out->n_accounts + out->n_identities + 1, sizeof(*out->list));
    for (size_t i = 0; i < out->n_accounts; i++)
        if (out->accounts[i].id == account_id)
            account = &out->accounts[i];
    add_identities(out, account_id, false);
    if (account && out->n == 0)
        add_account(out, account);
    out->n_from = out->n;
    add_identities(out, account_id, true);
    for (size_t i = 0; i < out->n_accounts; i++)
        add_account(out, &out->accounts[i]);
    if (account && account->is_local)
        out->n_from = out->n;
    return 0;
}

/* ---- the draft ---- */

enum draft_kind { FROM_MESSAGE, FROM_TEMPLATE, FROM_NOTHING };

struct answer_call {
    const char *account_id, *email_id, *creation_id, *identity_id, *signature;
    enum draft_kind kind;
    struct answer_options options;
    struct own own;
    const char *html_text;     /* of a new message */
    const json_t *values, *to; /* of a template */
    json_t *missing;
};

static void answer_call_done(struct answer_call *a)
{
    own_done(&a->own);
    json_decref(a->missing);
}

/* Who writes, as the client says or as the message does. */
static int take_sender(struct api_call *call, struct answer_call *a, int64_t account_id, struct fct_error *err)
{
    int64_t id;
    if (own_load(call->tx, account_id, &a->own, err) < 0)
        return -1;
    a->options.own = a->own.list;
    a->options.n_own = a->own.n;
    a->options.n_from = a->own.n_from;
    if (!a->identity_id)
        return 0;
    for (size_t i = 0, k = 0; i < a->own.n_identities && id_from(call, ID_IDENTITY, a->identity_id, &id); i++) {
        if (a->own.identities[i].account_id != account_id)
            continue;
        if (a->own.identities[i].id == id) {
            a->options.from = &a->own.list[k];
            return 0;
        }
        k++;
    }
    return call_invalid(call, err, "identityId", "there is no such identity in this account");
}

/* Below the quote of a reply (RFC 3676 section 4.3: it ends the message), above a message that is forwarded, which
 * would seem to be a part of it. */
static enum answer_signature signature_of(const struct answer_call *a)
{
    if (!a->signature)
        return a->options.kind == FORWARD_INLINE ? SIGNATURE_ABOVE : SIGNATURE_BELOW;
    return strcmp(a->signature, "none") == 0    ? SIGNATURE_NONE
           : strcmp(a->signature, "above") == 0 ? SIGNATURE_ABOVE
                                                : SIGNATURE_BELOW;
}

static int email_find(struct api_call *call, const char *text, int64_t account_id, struct store_email *out,
                      struct fct_error *err)
{
    int64_t id;
    bool is_id = id_from(call, ID_EMAIL, text, &id);
    if (is_id && store_email_load(call->tx, id, false, out, err) < 0 && err->code != FCT_E_NOT_FOUND)
        return -1;
    if (is_id && out->id == id && out->account_id == account_id)
        return 0;
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such Email in this account");
}

/* Where a draft goes and how it is marked. */
static int add_places(struct store_tx *tx, int64_t account_id, json_t *draft, struct fct_error *err)
{
    int64_t drafts = 0;
    char text[ID_SIZE];
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_DRAFTS, &drafts, err) < 0)
        return -1;
    if (drafts)
        json_object_set_new(draft, "mailboxIds", json_pack("{s:b}", id_format(ID_MAILBOX, drafts, text), 1));
    json_object_set_new(draft, "keywords", json_pack("{s:b, s:b}", "$draft", 1, "$seen", 1));
    return 0;
}

static bool is_draft(const struct store_email *e)
{
    json_t *keywords = email_keywords_json(e);
    bool yes = json_object_get(keywords, "$draft") != NULL;
    json_decref(keywords);
    return yes;
}

static int zone_minutes(time_t now)
{
    struct tm tm;
    return localtime_r(&now, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

/* With values it is a form that is filled in: a message of its own, in no thread. */
static int make_from_template(struct api_call *call, struct answer_call *a, struct mime_message *m, bool is_ours,
                              json_t **out, struct fct_error *err)
{
    const char *name;
    json_t *value;
    time_t now = time(NULL);
    json_object_foreach((json_t *)a->values, name, value) if (!json_is_string(value)) return call_invalid(
        call, err, "values", "each value must be a string");
    if (mime_template(m, &a->options, is_ours, out, err) < 0)
        return -1;
    if (a->to)
        json_object_set(*out, "to", (json_t *)a->to);
    if (!a->values)
        return 0;
    json_object_del(*out, "inReplyTo");
    json_object_del(*out, "references");
    a->missing = json_array();
    return placeholders_fill(*out, a->values, now, zone_minutes(now), a->missing, err);
}

static int make_draft(struct api_call *call, struct answer_call *a, const struct store_email *e, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    char blob_id[BLOB_ID_SIZE];
    if (store_blob_view(call->tx, e->blob_id, &view, err) < 0)
        return -1;
    a->options.blob_id = blob_id_format(e->sha256, blob_id);
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(view.bytes);
    if (a->kind == FROM_TEMPLATE)
        return make_from_template(call, a, m, is_draft(e), out, err);
    if (mime_answer(m, &a->options, out, err) < 0)
        return call_invalid(call, err, "list", "the message names no list that takes mail (List-Post)");
    return 0;
}

static int draft_of_email(struct api_call *call, struct answer_call *a, int64_t account_id, json_t **out,
                          struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    if (email_find(call, a->email_id, account_id, &e, err) < 0)
        return -1;
    bool needs_body = a->kind == FROM_TEMPLATE || a->options.kind > ANSWER_LIST || !a->options.no_quote;
    if ((e.bits & STORE_PARTIAL) && needs_body)
        return call_want_body(call, account_id, e.id, err);
    return make_draft(call, a, &e, out, err);
}

static int answer(struct api_call *call, struct answer_call *call_of, json_t **out, struct fct_error *err)
{
    CLEANUP(answer_call_done) struct answer_call a = *call_of;
    CLEANUP(json_decrefp) json_t *draft = NULL;
    int64_t account_id;
    if (account_find_one(call, call->tx, a.account_id, &account_id, err) < 0 ||
        take_sender(call, &a, account_id, err) < 0)
        return -1;
    a.options.signature = signature_of(&a);
    if (a.kind == FROM_NOTHING)
        draft = mime_new_message(&a.options, a.html_text);
    else if (draft_of_email(call, &a, account_id, &draft, err) < 0)
        return -1;
    if (add_places(call->tx, account_id, draft, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:{s:O}}", "accountId", json_id(ID_ACCOUNT, account_id), "create",
                     a.creation_id ? a.creation_id : "draft", draft);
    if (a.missing)
        json_object_set(*out, "missing", a.missing);
    return 0;
}

static int check_html_text(struct api_call *call, const char *text, const char *html_text, bool html,
                           struct fct_error *err)
{
    if (html_text && text)
        return call_invalid(call, err, "htmlText", "a text or an HTML text, not both");
    if (html_text && !html)
        return call_invalid(call, err, "htmlText", "is for an answer in HTML: html, too");
    return 0;
}

int api_compose_reply(struct api_call *call, const struct api_compose_reply_args *args, json_t **out,
                      struct fct_error *err)
{
    if (args->all && args->list)
        return call_invalid(call, err, "list", "to all or to the list, not both");
    if (args->attribution && strpbrk(args->attribution, "\r\n"))
        return call_invalid(call, err, "attribution", "must be one line");
    if (check_html_text(call, args->text, args->html_text, args->html, err) < 0)
        return -1;
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .identity_id = args->identity_id,
                            .signature = args->signature,
                            .options = {.kind = args->list  ? ANSWER_LIST
                                                : args->all ? ANSWER_ALL
                                                            : ANSWER_SENDER,
                                        .text = args->text,
                                        .html_text = args->html_text,
                                        .attribution = args->attribution,
                                        .no_quote = !args->quote,
                                        .html = args->html}};
    return answer(call, &a, out, err);
}

int api_compose_forward(struct api_call *call, const struct api_compose_forward_args *args, json_t **out,
                        struct fct_error *err)
{
    if (check_html_text(call, args->text, args->html_text, args->html, err) < 0)
        return -1;
    if (args->html && args->as_attachment)
        return call_invalid(call, err, "html", "a message that goes as a file has a text alone beside it");
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .identity_id = args->identity_id,
                            .signature = args->signature,
                            .options = {.kind = args->as_attachment ? FORWARD_ATTACHED : FORWARD_INLINE,
                                        .text = args->text,
                                        .html_text = args->html_text,
                                        .html = args->html}};
    return answer(call, &a, out, err);
}

int api_compose_template(struct api_call *call, const struct api_compose_template_args *args, json_t **out,
                         struct fct_error *err)
{
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .identity_id = args->identity_id,
                            .kind = FROM_TEMPLATE,
                            .values = args->values,
                            .to = args->to};
    return answer(call, &a, out, err);
}

int api_compose_new(struct api_call *call, const struct api_compose_new_args *args, json_t **out, struct fct_error *err)
{
    if (args->text && args->html_text)
        return call_invalid(call, err, "htmlText", "a text or an HTML text, not both");
    struct answer_call a = {.account_id = args->account_id,
                            .creation_id = args->creation_id,
                            .identity_id = args->identity_id,
                            .signature = args->signature,
                            .kind = FROM_NOTHING,
                            .html_text = args->html_text,
                            .options = {.text = args->text, .html = args->html}};
    return answer(call, &a, out, err);
}
