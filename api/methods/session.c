/* Session/get: the session object of RFC 8620 section 2 without the URLs, which the bridge adds. */
#include "methods/submission.h"

#include "access.h"
#include "base/sha256.h"
#include "search/search.h"
#include "webpush/webpush.h"
#include "store/accounts.h"
#include "store/mailboxes.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATE_BYTES 12 /* of a digest: nobody makes two sessions of one state on purpose */

static json_t *core_capability(const struct api *api)
{
    const struct dispatch_limits *l = &api->dispatcher.limits;
    return json_pack("{s:I, s:i, s:I, s:i, s:i, s:I, s:i, s:i, s:i, s:i, s:i, s:o}", "maxSizeUpload",
                     (json_int_t)API_MAX_UPLOAD_STREAM, "maxConcurrentUpload", API_MAX_CONCURRENT_UPLOADS,
                     "maxSizeRequest", (json_int_t)server_max_request(api->server), "maxConcurrentRequests",
                     API_MAX_CONCURRENT_REQUESTS, "maxCallsInRequest", (int)l->max_calls, "maxSizeResponse",
                     (json_int_t)l->max_result, "maxDepthRequest", (int)l->max_depth, "maxValuesInRequest",
                     (int)l->max_values, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET, "maxObjectsInSet",
                     API_MAX_OBJECTS_IN_SET, "maxObjectsInQuery", API_MAX_OBJECTS_IN_QUERY, "collationAlgorithms",
                     search_collations());
}

/* ---- what an account can do ---- */

struct about {
    const struct api_call *call;
    const struct api *api;
    const struct store_account *account;
};

/* RFC 8621 section 1.3.1. */
static json_t *mail_capability(const struct about *a)
{
    bool may_create =
        core_abilities(a->api->core, a->account->source_url).mailboxes && access_may(a->call, API_SCOPE_TRIAGE);
    return json_pack("{s:i, s:i, s:i, s:I, s:o, s:b}", "maxMailboxesPerEmail", API_MAX_MAILBOXES_PER_EMAIL,
                     "maxMailboxDepth", MAILBOX_DEPTH_MAX, "maxSizeMailboxName", MAILBOX_NAME_MAX,
                     "maxSizeAttachmentsPerEmail", (json_int_t)API_MAX_ATTACHMENTS, "emailQuerySortOptions",
                     search_sort_options(), "mayCreateTopLevelMailbox", may_create);
}

/* RFC 8621 section 1.3.2. FUTURERELEASE is done by the outbox, whatever the server can (RFC 4865); its EHLO arguments
 * are maxDelayedSend in other words, and a date that would be another one each second. */
static json_t *submission_capability(const struct about *a)
{
    (void)a;
    return json_pack("{s:i, s:{s:[], s:[]}}", "maxDelayedSend", SUBMISSION_MAX_DELAY, "submissionExtensions",
                     "FUTURERELEASE", "DSN");
}

/* RFC 9404 section 3.1. */
static json_t *blob_capability(const struct about *a)
{
    (void)a;
    return json_pack("{s:I, s:i, s:[s,s,s], s:[s,s]}", "maxSizeBlobSet", (json_int_t)API_MAX_UPLOAD, "maxDataSources",
                     API_MAX_DATA_SOURCES, "supportedTypeNames", "Mailbox", "Thread", "Email",
                     "supportedDigestAlgorithms", "sha", "sha-256");
}

/* What every account has. `of_account` NULL: there is nothing to say of it. */
static const struct {
    const char *uri;
    json_t *(*of_account)(const struct about *a);
} served[] = {
    {"urn:ietf:params:jmap:mail", mail_capability},
    {"urn:ietf:params:jmap:submission", submission_capability},
    {"urn:ietf:params:jmap:vacationresponse", NULL},
    {"urn:ietf:params:jmap:mdn", NULL},
    {"urn:ietf:params:jmap:blob", blob_capability},
    {"urn:ietf:params:jmap:quota", NULL},
    {"urn:facteur:core", NULL},
};
#define N_SERVED (sizeof(served) / sizeof(*served))

/* For a token that can only read (RFC 8620 section 2). */
static bool is_read_only(const struct api_call *call)
{
    return !access_holds(call->access, API_SCOPE_TRIAGE | API_SCOPE_DRAFT | API_SCOPE_SEND | API_SCOPE_ADMIN);
}

static json_t *account_json(const struct api_call *call, const struct store_account *account)
{
    const struct about about = {call, call->api, account};
    json_t *capabilities = json_object();
    for (size_t i = 0; i < N_SERVED; i++)
        json_object_set_new(capabilities, served[i].uri,
                            served[i].of_account ? served[i].of_account(&about) : json_object());
    return json_pack("{s:o, s:b, s:b, s:o}", "name", json_string_of(account->name), "isPersonal", true, "isReadOnly",
                     is_read_only(call), "accountCapabilities", capabilities);
}

/* ---- the session ---- */

static json_t *capabilities_json(const struct api *api)
{
    json_t *out = json_pack("{s:o}", "urn:ietf:params:jmap:core", core_capability(api));
    for (size_t i = 0; i < N_SERVED; i++)
        json_object_set_new(out, served[i].uri, json_object());
    json_object_set_new(out, "urn:facteur:core",
                        json_pack("{s:s, s:i}", "version", FACTEUR_VERSION, "apiLevel", API_LEVEL));
    char key[VAPID_KEY_TEXT];
    if (webpush_key(api->webpush, key)) /* RFC 9749 section 3 */
        json_object_set_new(out, "urn:ietf:params:jmap:webpush-vapid", json_pack("{s:s}", "applicationServerKey", key));
    return out;
}

/* The first in the user's order; the local one is the last there. "urn:ietf:params:jmap:core" has none (RFC 8620
 * section 2). */
static json_t *primary_accounts(const struct store_account *accounts, size_t n)
{
    json_t *out = json_object();
    for (size_t i = 0; i < N_SERVED && n > 0; i++)
        json_object_set_new(out, served[i].uri, json_id(ID_ACCOUNT, accounts[0].id));
    return out;
}

/* Who runs facteurd, whose mail it is. Freed by the caller. */
static char *user_name(void)
{
    char room[4096];
    struct passwd row, *found = NULL;
    const char *name = getenv("USER");
    if (name && name[0])
        return xstrdup(name);
    return xstrdup(getpwuid_r(getuid(), &row, room, sizeof(room), &found) == 0 && found ? found->pw_name : "");
}

/* The same for the same session, and another one as soon as anything in it is another (RFC 8620 section 2, `state`): a
 * digest of what it says. */
static json_t *state_of_session(const json_t *session)
{
    unsigned char digest[SHA256_SIZE];
    char text[2 * STATE_BYTES + 1];
    CLEANUP(freep) char *said = json_dumps(session, JSON_COMPACT | JSON_SORT_KEYS);
    sha256_of(bytes_str(said), digest);
    for (size_t i = 0; i < STATE_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return json_string(text);
}

int api_session_get(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params;
    struct store_account *accounts = NULL;
    size_t n = 0;
    if (store_accounts_load(call->tx, &accounts, &n, err) < 0)
        return -1;
    CLEANUP(freep) char *user = user_name();
    json_t *by_id = json_object();
    for (size_t i = 0; i < n; i++) {
        char id[ID_SIZE];
        json_object_set_new(by_id, id_format(ID_ACCOUNT, accounts[i].id, id), account_json(call, &accounts[i]));
    }
    json_t *session = json_pack("{s:o, s:o, s:o, s:o}", "capabilities", capabilities_json(call->api), "accounts", by_id,
                                "primaryAccounts", primary_accounts(accounts, n), "username", json_string_of(user));
    json_object_set_new(session, "state", state_of_session(session));
    *out = session;
    store_accounts_free(accounts, n);
    return 0;
}
