/* Compose/resend: a message that is sent on as it is, with fields in front of it that say by whom and to whom (RFC 5322
 * section 3.6.6). Its bytes are no Email object's to make, so it is stored as a draft, beside the envelope that an
 * EmailSubmission of it needs. */
#include "methods/email.h"

#include "mime/resend.h"
#include "store/accounts.h"
#include "store/identities.h"
#include "store/mailboxes.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define RECIPIENTS_MAX 1000 /* SUBMISSION_RECIPIENTS_MAX */

struct resend {
    struct api_call *call;
    const struct api_compose_resend_args *args;
    int64_t account_id, email_id, identity_id;
    bool is_partial;
    char *from_email;
    struct email_draft draft;
    json_t *email, *rcpt_to, *seen;
};

static void resend_done(struct resend *r)
{
    email_draft_done(&r->draft);
    free(r->from_email);
    json_decref(r->email);
    json_decref(r->rcpt_to);
    json_decref(r->seen);
}

/* ---- looking, on a reader ---- */

static int find_email(struct resend *r, struct store_tx *tx, struct store_email *out, struct fct_error *err)
{
    int64_t id;
    bool is_id = id_from(r->call, ID_EMAIL, r->args->email_id, &id);
    if (is_id && store_email_load(tx, id, false, out, err) < 0 && err->code != FCT_E_NOT_FOUND)
        return -1;
    if (is_id && out->id == id && out->account_id == r->account_id)
        return 0;
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such Email in this account");
}

/* The identity that is named, or the account's first that is one address. */
static int find_identity(struct resend *r, struct store_tx *tx, struct store_identity *out, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    int64_t wanted = 0;
    if (r->args->identity_id && !id_from(r->call, ID_IDENTITY, r->args->identity_id, &wanted))
        wanted = -1;
    if (store_identities_list(tx, r->account_id, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (wanted && ids[i] != wanted)
            continue;
        if (store_identity_load(tx, ids[i], out, err) < 0)
            return -1;
        if (out->email[0] != '*')
            return 0;
        store_identity_done(out);
    }
    return call_invalid(r->call, err, "identityId", "the account has no such identity that is one address");
}

static int compose(struct resend *r, struct store_tx *tx, const struct store_email *e, const struct store_identity *who,
                   struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(buf_done) struct buf raw = {0};
    time_t now = time(NULL);
    struct tm tm;
    CLEANUP(json_decrefp)
    json_t *from = json_pack("[{s:s?, s:s}]", "name", *who->name ? who->name : NULL, "email", who->email);
    const struct resend_options o = {.from = from,
                                     .to = r->args->to,
                                     .cc = r->args->cc,
                                     .now = now,
                                     .zone_minutes = localtime_r(&now, &tm) ? (int)(tm.tm_gmtoff / 60) : 0};
    if (store_blob_view(tx, e->blob_id, &view, err) < 0)
        return -1;
    if (mime_resend(view.bytes, &o, &raw, err) < 0) {
        CLEANUP(freep) char *property = xstrndup(err->message, strcspn(err->message, ":"));
        bool is_argument = strcmp(property, "to") == 0 || strcmp(property, "cc") == 0;
        return is_argument ? call_invalid(r->call, err, property, "an address that no header field can hold") : -1;
    }
    if (raw.n > API_MAX_UPLOAD)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the message is too large");
    if (message_prepare(store_of(tx), buf_bytes(&raw), &r->draft.message, err) < 0)
        return -1;
    r->draft.is_prepared = true;
    return 0;
}

static int look(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct resend *r = arg;
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(store_identity_done) struct store_identity who = {0};
    if (account_find_one(r->call, tx, r->args->account_id, &r->account_id, err) < 0 || find_email(r, tx, &e, err) < 0 ||
        find_identity(r, tx, &who, err) < 0)
        return -1;
    r->email_id = e.id;
    r->identity_id = who.id;
    r->is_partial = (e.bits & STORE_PARTIAL) != 0;
    if (!r->from_email)
        r->from_email = xstrdup(who.email);
    return r->is_partial ? 0 : compose(r, tx, &e, &who, err);
}

static int look_at_whole(struct resend *r, struct fct_error *err)
{
    struct store *store = r->call->api->store;
    struct fct_error ignored = {0};
    if (store_read(store, look, r, err) < 0)
        return -1;
    if (!r->is_partial)
        return 0;
    core_fetch_bodies(r->call->api->core, r->account_id, &r->email_id, 1, &ignored);
    if (store_read(store, look, r, err) < 0)
        return -1;
    return r->is_partial ? fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER,
                                    "only the header of the message is here, and its server has not given the rest")
                         : 0;
}

/* ---- whom it goes to ---- */

static int add_recipients(struct resend *r, const char *argument, const json_t *list, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *email = json_string_value(json_object_get(json_array_get(list, i), "email"));
        if (!email || !strchr(email, '@') || strpbrk(email, "\r\n<>"))
            return call_invalid(r->call, err, argument, "an address is no address");
        CLEANUP(freep) char *key = xstrdup(email);
        for (char *c = key; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (json_object_get(r->seen, key))
            continue;
        json_object_set_new(r->seen, key, json_true());
        json_array_append_new(r->rcpt_to, json_pack("{s:s, s:n}", "email", email, "parameters"));
        if (json_array_size(r->rcpt_to) > RECIPIENTS_MAX)
            return call_invalid(r->call, err, argument, "more recipients than %d", RECIPIENTS_MAX);
    }
    return 0;
}

/* ---- storing, on the writer ---- */

static int store_draft(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct resend *r = arg;
    int64_t drafts = 0;
    act_for_client(r->call, tx);
    if (store_mailbox_by_role(tx, r->account_id, FCT_ROLE_DRAFTS, &drafts, err) < 0)
        return -1;
    if (!drafts)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the account has no mailbox for drafts");
    r->draft.keywords = xstrdup("$draft $seen");
    r->draft.mailboxes = xcalloc(1, sizeof(*r->draft.mailboxes));
    r->draft.mailboxes[0] = drafts;
    r->draft.n_mailboxes = 1;
    r->draft.received_at = (int64_t)time(NULL);
    struct store_arrival a = email_draft_arrival(&r->draft);
    if (store_email_create(tx, r->account_id, &a, &drafts, 1, err) < 0)
        return -1;
    return email_created_json(tx, a.email_id, &r->email, err);
}

int api_compose_resend(struct api_call *call, const struct api_compose_resend_args *args, json_t **out,
                       struct fct_error *err)
{
    CLEANUP(resend_done) struct resend r = {.call = call, .args = args, .rcpt_to = json_array(), .seen = json_object()};
    if (!access_may(call, API_SCOPE_DRAFT)) /* it is stored */
        return access_refuse(call, API_SCOPE_DRAFT, err);
    if (json_array_size(args->to) == 0)
        return call_invalid(call, err, "to", "somebody must get it");
    if (add_recipients(&r, "to", args->to, err) < 0 || add_recipients(&r, "cc", args->cc, err) < 0 ||
        add_recipients(&r, "bcc", args->bcc, err) < 0 || look_at_whole(&r, err) < 0 ||
        store_write(call->api->store, store_draft, &r, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O, s:o, s:{s:{s:s, s:n}, s:O}}", "accountId", json_id(ID_ACCOUNT, r.account_id), "email",
                     r.email, "identityId", json_id(ID_IDENTITY, r.identity_id), "envelope", "mailFrom", "email",
                     r.from_email, "parameters", "rcptTo", r.rcpt_to);
    return 0;
}
