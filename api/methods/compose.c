/* Compose/reply, /forward, /template: drafts made of Emails that are here. What they consist of is core/mime/answer.h's
 * to say. */
#include "methods/email.h"

#include "mime/answer.h"
#include "store/accounts.h"
#include "store/mailboxes.h"

#include <string.h>

/* Own addresses, those of the account itself first. On this computer, in no account with a server, all of them may
 * send. */
struct own {
    struct store_account *accounts;
    size_t n_accounts;
    struct answer_address *list;
    size_t n, n_from;
};

static void own_done(struct own *o)
{
    store_accounts_free(o->accounts, o->n_accounts);
    free(o->list);
}

static void own_add(struct own *o, const struct store_account *a)
{
    if (a->address && strchr(a->address, '@'))
        o->list[o->n++] = (struct answer_address){.email = a->address};
}

static int own_load(struct store_tx *tx, int64_t account_id, struct own *out, struct fct_error *err)
{
    bool is_local = false;
    if (store_accounts_load(tx, &out->accounts, &out->n_accounts, err) < 0)
        return -1;
    out->list = xcalloc(out->n_accounts + 1, sizeof(*out->list));
    for (size_t i = 0; i < out->n_accounts; i++)
        if (out->accounts[i].id == account_id) {
            own_add(out, &out->accounts[i]);
            is_local = out->accounts[i].is_local;
        }
    out->n_from = out->n;
    for (size_t i = 0; i < out->n_accounts; i++)
        if (out->accounts[i].id != account_id)
            own_add(out, &out->accounts[i]);
    if (is_local)
        out->n_from = out->n;
    return 0;
}

/* ---- the draft ---- */

struct answer_call {
    const char *account_id, *email_id, *creation_id;
    struct answer_options options;
    bool is_template;
};

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

static int make_draft(struct api_call *call, struct answer_call *a, const struct store_email *e, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(own_done) struct own own = {0};
    char blob_id[BLOB_ID_SIZE];
    if (own_load(call->tx, e->account_id, &own, err) < 0 || store_blob_view(call->tx, e->blob_id, &view, err) < 0)
        return -1;
    a->options.blob_id = blob_id_format(e->sha256, blob_id);
    a->options.own = own.list;
    a->options.n_own = own.n;
    a->options.n_from = own.n_from;
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(view.bytes);
    if (a->is_template) {
        if (mime_template(m, &a->options, is_draft(e), out, err) < 0)
            return -1;
    } else if (mime_answer(m, &a->options, out, err) < 0)
        return call_invalid(call, err, "list", "the message names no list that takes mail (List-Post)");
    return add_places(call->tx, e->account_id, *out, err);
}

static int answer(struct api_call *call, struct answer_call *a, json_t **out, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(json_decrefp) json_t *draft = NULL;
    int64_t account_id;
    if (account_find_one(call, call->tx, a->account_id, &account_id, err) < 0 ||
        email_find(call, a->email_id, account_id, &e, err) < 0)
        return -1;
    bool needs_body = a->is_template || a->options.kind > ANSWER_LIST || !a->options.no_quote;
    if ((e.bits & STORE_PARTIAL) && needs_body)
        return call_want_body(call, account_id, e.id, err);
    if (make_draft(call, a, &e, &draft, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:{s:O}}", "accountId", json_id(ID_ACCOUNT, account_id), "create",
                     a->creation_id ? a->creation_id : "draft", draft);
    return 0;
}

int api_compose_reply(struct api_call *call, const struct api_compose_reply_args *args, json_t **out,
                      struct fct_error *err)
{
    if (args->all && args->list)
        return call_invalid(call, err, "list", "to all or to the list, not both");
    if (args->attribution && strpbrk(args->attribution, "\r\n"))
        return call_invalid(call, err, "attribution", "must be one line");
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .options = {.kind = args->list  ? ANSWER_LIST
                                                : args->all ? ANSWER_ALL
                                                            : ANSWER_SENDER,
                                        .text = args->text,
                                        .attribution = args->attribution,
                                        .no_quote = !args->quote,
                                        .html = args->html}};
    return answer(call, &a, out, err);
}

int api_compose_forward(struct api_call *call, const struct api_compose_forward_args *args, json_t **out,
                        struct fct_error *err)
{
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .options = {.kind = args->as_attachment ? FORWARD_ATTACHED : FORWARD_INLINE,
                                        .text = args->text,
                                        .html = args->html}};
    return answer(call, &a, out, err);
}

int api_compose_template(struct api_call *call, const struct api_compose_template_args *args, json_t **out,
                         struct fct_error *err)
{
    struct answer_call a = {.account_id = args->account_id,
                            .email_id = args->email_id,
                            .creation_id = args->creation_id,
                            .is_template = true};
    return answer(call, &a, out, err);
}
