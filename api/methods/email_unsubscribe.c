/* Email/unsubscribe: leaves the list that a message came by, with one request (RFC 8058), on the user's word only. */
#include "methods/common.h"

#include "account/core.h"
#include "async/wait.h"
#include "mime/unsubscribe.h"
#include "net/https.h"
#include "store/blobs.h"
#include "store/emails.h"

#define PATIENCE_MS 30000

struct leaving {
    struct api_call *call;
    const struct api_email_unsubscribe_args *args;
    int64_t account_id, email_id;
    struct mime_unsubscribe how;
};

static void leaving_done(struct leaving *l)
{
    mime_unsubscribe_done(&l->how);
}

/* The header is here even where the rest is not. */
static int read_header(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct leaving *l = arg;
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(blob_view_done) struct blob_view view = {0};
    struct mime_headers h = {0};
    if (account_find_one(l->call, tx, l->args->account_id, &l->account_id, err) < 0)
        return -1;
    bool is_id = id_from(l->call, ID_EMAIL, l->args->email_id, &l->email_id);
    if (is_id && store_email_load(tx, l->email_id, false, &e, err) < 0 && err->code != FCT_E_NOT_FOUND)
        return -1;
    if (!is_id || e.id != l->email_id || e.account_id != l->account_id)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such Email in this account");
    if (store_blob_view(tx, e.blob_id, &view, err) < 0)
        return -1;
    headers_scan(view.bytes, &h);
    mime_unsubscribe_read(&h, &l->how);
    headers_done(&h);
    return 0;
}

static int cannot(struct api_call *call, struct fct_error *err, const char *why)
{
    call->error_data = json_pack("{s:s}", "type", "cannotUnsubscribe");
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s", why);
}

/* NULL: it may be asked for. */
static const char *why_not(const struct leaving *l)
{
    struct fct_error ignored = {0};
    CLEANUP(freep) char *host = NULL;
    if (!l->how.one_click)
        return "the message does not offer to leave its list with one request";
    if (l->how.signature == UNSUBSCRIBE_UNSIGNED)
        return "no signature covers the fields that offer it (RFC 8058 section 4)";
    if (l->how.signature == UNSUBSCRIBE_FAILED)
        return "the signature of the fields that offer it did not hold, as the receiving server says";
    if (https_check_url(l->how.one_click, false, &host, &ignored) < 0)
        return "it would be asked for at an address that is not of the public Internet";
    return NULL;
}

/* Nothing but the request itself (RFC 8058 section 3.2): no cookies, no credentials; a redirect is not followed, as the
 * sender must not send one (section 3.1). */
static int post(const struct leaving *l, long *out_status, struct fct_error *err)
{
    static const char body[] = "List-Unsubscribe=One-Click";
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    const struct https_options *https = core_https(l->call->api->core);
    const struct https_message m = {
        .url = l->how.one_click, .body = bytes_str(body), .headers = headers, .may_be_near = https->allow_private};
    struct https_receipt receipt;
    if (https_post(https, &m, wait_now_ms() + PATIENCE_MS, &receipt, err) < 0)
        return -1;
    *out_status = receipt.status;
    return 0;
}

static int leave(struct leaving *l, long *out_status, struct fct_error *err)
{
    if (post(l, out_status, err) < 0) {
        if (err->code == FCT_E_FORBIDDEN || err->code == FCT_E_INVALID)
            return cannot(l->call, err, "it would be asked for at an address that is not of the public Internet");
        if (err->code != FCT_E_CANCELLED && err->code != FCT_E_INTERNAL)
            err->code = FCT_E_UNAVAILABLE;
        return -1;
    }
    if (*out_status >= 200 && *out_status < 300)
        return 0;
    if (*out_status >= 500 || *out_status == 429)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the list's server answers with status %ld",
                        *out_status);
    CLEANUP(freep) char *why = xasprintf("the list's server answers with status %ld", *out_status);
    return cannot(l->call, err, why);
}

static json_t *urls_json(char *const *urls)
{
    json_t *list = json_array();
    for (size_t i = 0; urls && urls[i]; i++)
        json_array_append_new(list, json_string_of(urls[i]));
    return list;
}

int api_email_unsubscribe(struct api_call *call, const struct api_email_unsubscribe_args *args, json_t **out,
                          struct fct_error *err)
{
    static const char *const signatures[] = {"none", "failed", "unverified", "verified"};
    CLEANUP(leaving_done) struct leaving l = {.call = call, .args = args};
    long status = 0;
    if (!args->dry_run && !access_may(call, API_SCOPE_SEND))
        return access_refuse(call, API_SCOPE_SEND, err);
    if (store_read(call->api->store, read_header, &l, err) < 0)
        return -1;
    const char *why = why_not(&l);
    if (!args->dry_run && (why ? cannot(call, err, why) : leave(&l, &status, err)) < 0)
        return -1;
    *out = json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "accountId", json_id(ID_ACCOUNT, l.account_id), "emailId",
                     json_id(ID_EMAIL, l.email_id), "urls", urls_json(l.how.urls), "oneClickUrl",
                     why ? json_null() : json_string_of(l.how.one_click), "signature", signatures[l.how.signature],
                     "status", status ? json_integer(status) : json_null());
    return 0;
}
