/* mcp_draft.c - tools that write drafts, and ask for them to be sent. */
#include "mcp.h"

#include <string.h>
#include <strings.h>

/* ---- who writes ---- */

/* The identity for an account's id, or for an address; the first there is for NULL. Borrowed; NULL with m->trouble. */
static const json_t *find_identity(struct mcp *m, const json_t *identities, const char *wanted)
{
    size_t i;
    json_t *one;

    json_array_foreach(identities, i, one)
    {
        if (!wanted || strcmp(json_text(one, "accountId"), wanted) == 0 ||
            strcasecmp(json_text(one, "email"), wanted) == 0)
            return one;
    }
    return wanted ? (mcp_fail(m, "No account has the id or the address %.320s. list_accounts tells those there are.",
                              wanted),
                     NULL)
                  : (mcp_fail(m, "No account can write: the user has to add one with an address."), NULL);
}

/* ---- storing it ---- */

static const char untrusted_note[] = "It is in Drafts and has not been sent.";

static json_t *drafted(const json_t *draft, const char *id, const char *account_id)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "draftId", id, "accountId", account_id, "from",
                     mcp_addresses(json_object_get(draft, "from")), "to", mcp_addresses(json_object_get(draft, "to")),
                     "cc", mcp_addresses(json_object_get(draft, "cc")), "subject",
                     mcp_clean(json_text(draft, "subject")), "note", untrusted_note);
}

/* `draft`, an EmailDraft, is stored. */
static json_t *store(struct mcp *m, const char *account_id, json_t *draft)
{
    if (!json_object_get(draft, "mailboxIds"))
        return mcp_fail(
            m, "The account has no mailbox for drafts: the user has to make one (facteur mailbox create Drafts).");
    json_auto_t *result =
        mcp_call(m, "Email/set", json_pack("{s:s, s:{s:O}}", "accountId", account_id, "create", "draft", draft));
    const json_t *created = json_object_get(json_object_get(result, "created"), "draft");
    if (!result)
        return NULL;
    if (!created)
        return mcp_fail_set(m, "The draft", json_object_get(json_object_get(result, "notCreated"), "draft"));
    return drafted(draft, json_text(created, "id"), account_id);
}

/* What Compose/... makes, as a new object. NULL with m->trouble. */
static json_t *compose(struct mcp *m, const char *method, json_t *params)
{
    json_auto_t *made = mcp_call(m, method, params);

    return made ? json_deep_copy(json_object_get(json_object_get(made, "create"), "draft")) : NULL;
}

static bool set_addresses(struct mcp *m, json_t *draft, const char *name, const json_t *words)
{
    json_t *list = words ? mcp_parse_addresses(m, words) : NULL;

    if (list)
        json_object_set_new(draft, name, list);
    return list || !words;
}

json_t *mcp_draft(struct mcp *m, const json_t *a)
{
    json_auto_t *identities = mcp_call(m, "Identity/get", json_pack("{s:s}", "accountId", "*"));
    const json_t *identity = identities ? find_identity(m, json_object_get(identities, "list"),
                                                        json_string_value(json_object_get(a, "account")))
                                        : NULL;
    const char *account_id = json_text(identity, "accountId");

    if (!identity)
        return NULL;
    json_auto_t *draft = compose(m, "Compose/new",
                                 json_pack("{s:s, s:O, s:O}", "accountId", account_id, "identityId",
                                           json_object_get(identity, "id"), "text", json_object_get(a, "text")));
    if (!draft || !set_addresses(m, draft, "to", json_object_get(a, "to")) ||
        !set_addresses(m, draft, "cc", json_object_get(a, "cc")) ||
        !set_addresses(m, draft, "bcc", json_object_get(a, "bcc")))
        return NULL;
    json_object_set(draft, "subject", json_object_get(a, "subject"));
    return store(m, account_id, draft);
}

/* ---- of a message ---- */

/* Properties of one Email. A new reference to it; NULL with m->trouble. */
static json_t *load_one(struct mcp *m, const json_t *id, json_t *properties)
{
    json_auto_t *got =
        mcp_call(m, "Email/get", json_pack("{s:s, s:[O], s:o}", "accountId", "*", "ids", id, "properties", properties));
    json_t *email = json_array_get(json_object_get(got, "list"), 0);

    if (got && !email)
        return mcp_fail(m, "There is no message with that id.");
    return email ? json_incref(email) : NULL;
}

json_t *mcp_reply(struct mcp *m, const json_t *a)
{
    json_auto_t *email = load_one(m, json_object_get(a, "id"), json_pack("[s]", "accountId"));
    if (!email)
        return NULL;
    const char *account_id = json_text(email, "accountId");
    json_auto_t *draft =
        compose(m, "Compose/reply",
                json_pack("{s:s, s:O, s:O, s:b}", "accountId", account_id, "emailId", json_object_get(a, "id"), "text",
                          json_object_get(a, "text"), "all", json_is_true(json_object_get(a, "to_all"))));
    return draft ? store(m, account_id, draft) : NULL;
}

json_t *mcp_forward(struct mcp *m, const json_t *a)
{
    json_auto_t *email = load_one(m, json_object_get(a, "id"), json_pack("[s]", "accountId"));
    if (!email)
        return NULL;
    const char *account_id = json_text(email, "accountId");
    json_auto_t *draft = compose(m, "Compose/forward",
                                 json_pack("{s:s, s:O, s:O?}", "accountId", account_id, "emailId",
                                           json_object_get(a, "id"), "text", json_object_get(a, "text")));
    return draft && set_addresses(m, draft, "to", json_object_get(a, "to")) ? store(m, account_id, draft) : NULL;
}

/* ---- sending ---- */

/* The identity whose address the draft is from, or the account's first. Borrowed. */
static const json_t *sender_of(const json_t *identities, const json_t *email)
{
    const char *from = json_text(json_array_get(json_object_get(email, "from"), 0), "email");
    size_t i;
    json_t *one;

    json_array_foreach(identities, i, one)
    {
        if (strcasecmp(json_text(one, "email"), from) == 0)
            return one;
    }
    return json_array_get(identities, 0);
}

static json_t *recipients(const json_t *submission)
{
    json_t *list = json_array(), *one;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(submission, "envelope"), "rcptTo"), i, one)
        json_array_append(list, json_object_get(one, "email"));
    return list;
}

/* To Sent, no draft any more; NULL: the account has no such mailbox, or it waits for a confirmation, which does that.
 */
static json_t *after_sending(struct mcp *m, const char *account_id)
{
    json_auto_t *found =
        mcp_call(m, "Mailbox/query", json_pack("{s:s, s:{s:s}}", "accountId", account_id, "filter", "role", "sent"));
    const char *sent = json_string_value(json_array_get(json_object_get(found, "ids"), 0));

    return sent ? json_pack("{s:{s:b}, s:n, s:b}", "mailboxIds", sent, 1, "keywords/$draft", "keywords/$seen", 1)
                : NULL;
}

static json_t *submit(struct mcp *m, const json_t *email, const json_t *identity, bool may_send)
{
    const char *account_id = json_text(email, "accountId");
    json_t *params = json_pack("{s:s, s:{s:{s:O, s:O, s:b}}}", "accountId", account_id, "create", "k", "identityId",
                               json_object_get(identity, "id"), "emailId", json_object_get(email, "id"),
                               "needsConfirmation", !may_send);
    json_t *patch = may_send ? after_sending(m, account_id) : NULL;

    if (patch)
        json_object_set_new(params, "onSuccessUpdateEmail", json_pack("{s:o}", "#k", patch));
    json_auto_t *result = mcp_call(m, "EmailSubmission/set", params);
    const json_t *created = json_object_get(json_object_get(result, "created"), "k");
    if (!result)
        return NULL;
    if (!created)
        return mcp_fail_set(m, "The draft was not sent", json_object_get(json_object_get(result, "notCreated"), "k"));
    bool is_asked = json_is_true(json_object_get(created, "needsConfirmation"));
    CLI_CLEANUP(freep)
    char *note =
        is_asked
            ? xasprintf("It has NOT been sent. It is held until the user confirms it with: facteur outbox confirm %s",
                        json_text(created, "id"))
            : xstrdup("It is on its way; list_outbox tells how far it is.");
    return json_pack("{s:O, s:O, s:b, s:o, s:s}", "submissionId", json_object_get(created, "id"), "state",
                     json_object_get(created, "state"), "needsConfirmation", is_asked, "recipients",
                     recipients(created), "note", note);
}

json_t *mcp_send_draft(struct mcp *m, const json_t *a)
{
    json_auto_t *email =
        load_one(m, json_object_get(a, "draft_id"), json_pack("[s,s,s,s]", "id", "accountId", "from", "keywords"));
    if (!email)
        return NULL;
    if (!json_object_get(json_object_get(email, "keywords"), "$draft"))
        return mcp_fail(m, "That message is no draft. Only what draft_message, draft_reply or draft_forward made, or "
                           "the user wrote, can be sent.");
    json_auto_t *identities =
        mcp_call(m, "Identity/get", json_pack("{s:O}", "accountId", json_object_get(email, "accountId")));
    const json_t *identity = identities ? sender_of(json_object_get(identities, "list"), email) : NULL;
    if (!identities)
        return NULL;
    if (!identity)
        return mcp_fail(m, "The account of that draft has no identity to send as.");
    return submit(m, email, identity, (m->scopes & MCP_SEND) != 0);
}

/* ---- the outbox ---- */

static json_t *outbox_row(const json_t *s)
{
    return json_pack("{s:O, s:O, s:O, s:O, s:O, s:O?, s:o, s:o}", "submissionId", json_object_get(s, "id"), "accountId",
                     json_object_get(s, "accountId"), "draftId", json_object_get(s, "emailId"), "state",
                     json_object_get(s, "state"), "needsConfirmation", json_object_get(s, "needsConfirmation"),
                     "sendAt", json_object_get(s, "sendAt"), "recipients", recipients(s), "untrusted",
                     json_pack("{s:o}", "error", mcp_clean(json_text(json_object_get(s, "error"), "message"))));
}

json_t *mcp_outbox(struct mcp *m, const json_t *a)
{
    (void)a;
    json_auto_t *found =
        mcp_call(m, "EmailSubmission/query", json_pack("{s:s, s:i}", "accountId", "*", "limit", MCP_PAGE_MAX));
    json_auto_t *got = found ? mcp_call(m, "EmailSubmission/get",
                                        json_pack("{s:s, s:O}", "accountId", "*", "ids", json_object_get(found, "ids")))
                             : NULL;
    json_t *list = json_array(), *one;
    size_t i;

    json_array_foreach(json_object_get(got, "list"), i, one) json_array_append_new(list, outbox_row(one));
    if (got)
        return json_pack("{s:o}", "submissions", list);
    json_decref(list);
    return NULL;
}

json_t *mcp_cancel_send(struct mcp *m, const json_t *a)
{
    const json_t *id = json_object_get(a, "submission_id");
    json_auto_t *got =
        mcp_call(m, "EmailSubmission/get",
                 json_pack("{s:s, s:[O], s:[s]}", "accountId", "*", "ids", id, "properties", "accountId"));
    const json_t *submission = json_array_get(json_object_get(got, "list"), 0);

    if (!got)
        return NULL;
    if (!submission)
        return mcp_fail(m, "There is no such submission. list_outbox tells those there are.");
    json_auto_t *result =
        mcp_call(m, "EmailSubmission/set",
                 json_pack("{s:O, s:{s:{s:s}}}", "accountId", json_object_get(submission, "accountId"), "update",
                           json_string_value(id), "undoStatus", "canceled"));
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), json_string_value(id));
    if (!result || error)
        return error ? mcp_fail_set(m, "It was not taken back", error) : NULL;
    return json_pack("{s:O, s:s}", "submissionId", id, "state", "canceled");
}
