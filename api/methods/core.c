/* Core, Store, Session, rpc.discover: the daemon itself. */
#include "methods/submission.h"
#include "methods/common.h"

#include "async/wait.h"
#include "search/search.h"
#include "store/accounts.h"
#include "store/blobs.h"
#include "store/keywords.h"
#include "store/mailboxes.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define FIBERS_TOLD 1000
#define PACK_FILES_MAX 100000

int api_core_echo(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)err;
    *out = params ? json_incref(params) : json_object();
    return 0;
}

int api_core_stop(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params, (void)err;
    *out = json_pack("{s:i}", "pid", (int)getpid());
    call->api->stop(call->api->stop_ctx);
    return 0;
}

/* ---- rpc.discover ---- */

static void parse_document(void *arg)
{
    *(json_t **)arg = json_loadb(api_openrpc, api_openrpc_size, 0, NULL);
}

int api_rpc_discover(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)params;
    json_t *document = NULL;
    if (wait_offload(parse_document, &document, err) < 0)
        return -1;
    if (!document)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "the embedded schema is no JSON");
    *out = document;
    return 0;
}

/* ---- Core/status ---- */

struct sizes {
    const char *profile;
    uint64_t database, wal, packs, free, resident;
};

static uint64_t file_size(const char *dir, const char *name)
{
    struct stat st;
    CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t folder_size(const char *dir)
{
    uint64_t total = 0;
    DIR *d = opendir(dir);
    if (!d)
        return 0;
    struct dirent *entry;
    for (int n = 0; n < PACK_FILES_MAX && (entry = readdir(d)); n++)
        if (entry->d_name[0] != '.')
            total += file_size(dir, entry->d_name);
    closedir(d);
    return total;
}

static uint64_t resident_bytes(void)
{
    long pages = 0, resident = 0;
    CLEANUP(fclosep) FILE *f = fopen("/proc/self/statm", "re");
    if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2)
        return 0;
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void measure(void *arg)
{
    struct sizes *s = arg;
    struct statvfs fs;
    CLEANUP(freep) char *packs = xasprintf("%s/packs", s->profile);
    s->database = file_size(s->profile, "facteur.db");
    s->wal = file_size(s->profile, "facteur.db-wal");
    s->packs = folder_size(packs);
    s->free = statvfs(s->profile, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
    s->resident = resident_bytes();
}

static void add_fiber(void *ctx, const struct fiber_info *info)
{
    json_t *list = ctx;
    if (json_array_size(list) < FIBERS_TOLD)
        json_array_append_new(list,
                              json_pack("{s:o, s:o, s:I}", "name", json_string_of(info->name), "waitsFor",
                                        json_string_of(info->waits_for), "waitedMs", (json_int_t)info->waited_ms));
}

int api_core_status(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params;
    const struct api *api = call->api;
    struct sizes s = {.profile = store_profile_dir(api->store)};
    if (wait_offload(measure, &s, err) < 0)
        return -1;
    json_t *fibers = json_array();
    fiber_list(add_fiber, fibers);
    *out = json_pack("{s:s, s:i, s:i, s:o, s:I, s:o, s:o, s:I, s:I, s:o, s:I, s:{s:I, s:I, s:I, s:I}}", "version",
                     FACTEUR_VERSION, "apiLevel", API_LEVEL, "pid", (int)getpid(), "startedAt",
                     json_utc(api->started_at), "uptimeMs", (json_int_t)(wait_now_ms() - api->started_ms), "profile",
                     json_string_of(s.profile), "socket", json_string_of(api->socket_path), "clients",
                     (json_int_t)server_client_count(api->server), "residentBytes", (json_int_t)s.resident, "fibers",
                     fibers, "fiberCount", (json_int_t)fiber_count(), "store", "databaseBytes", (json_int_t)s.database,
                     "walBytes", (json_int_t)s.wal, "packBytes", (json_int_t)s.packs, "freeBytes", (json_int_t)s.free);
    return 0;
}

/* ---- Store/rebuild ---- */

int api_store_rebuild(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params, (void)err;
    *out = json_pack("{s:o}", "taskId", json_id(ID_TASK, core_rebuild(call->api->core)));
    return 0;
}

/* ---- Session/get ---- */

static json_t *core_capability(const struct api *api)
{
    return json_pack(
        "{s:I, s:i, s:I, s:i, s:i, s:I, s:i, s:i, s:i, s:i, s:i, s:o}", "maxSizeUpload", (json_int_t)API_MAX_UPLOAD,
        "maxConcurrentUpload", 4, "maxSizeRequest", (json_int_t)server_max_request(api->server),
        "maxConcurrentRequests", 1, "maxCallsInRequest", (int)api->dispatcher.limits.max_calls, "maxSizeResponse",
        (json_int_t)api->dispatcher.limits.max_result, "maxDepthRequest", (int)api->dispatcher.limits.max_depth,
        "maxValuesInRequest", (int)api->dispatcher.limits.max_values, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET,
        "maxObjectsInSet", API_MAX_OBJECTS_IN_SET, "maxObjectsInQuery", API_MAX_OBJECTS_IN_QUERY, "collationAlgorithms",
        search_collations());
}

static json_t *mail_capability(bool may_create)
{
    return json_pack("{s:i, s:i, s:i, s:I, s:o, s:b}", "maxMailboxesPerEmail", API_MAX_MAILBOXES_PER_EMAIL,
                     "maxMailboxDepth", MAILBOX_DEPTH_MAX, "maxSizeMailboxName", MAILBOX_NAME_MAX,
                     "maxSizeAttachmentsPerEmail", (json_int_t)API_MAX_UPLOAD, "emailQuerySortOptions",
                     search_sort_options(), "mayCreateTopLevelMailbox", may_create);
}

static json_t *blob_capability(void)
{
    return json_pack("{s:I, s:i, s:[], s:[s,s]}", "maxSizeBlobSet", (json_int_t)API_MAX_UPLOAD, "maxDataSources",
                     API_MAX_DATA_SOURCES, "supportedTypeNames", "supportedDigestAlgorithms", "sha", "sha-256");
}

static json_t *account_capabilities(bool may_create)
{
    return json_pack("{s:o, s:o, s:{s:i, s:{s:[], s:[]}}, s:{}}", "urn:ietf:params:jmap:mail", mail_capability(may_create),
                     "urn:ietf:params:jmap:blob", blob_capability(), "urn:ietf:params:jmap:submission",
                     "maxDelayedSend", SUBMISSION_MAX_DELAY, "submissionExtensions", "FUTURERELEASE", "DSN",
                     "urn:facteur:core");
}

static const char *user_name(void)
{
    const char *name = getenv("USER");
    return name && name[0] ? name : "user";
}

/* The account for new things of one's own: the first that has a server, or else the local one. */
static json_t *primary_accounts(const struct store_account *accounts, size_t n)
{
    if (n == 0)
        return json_object();
    return json_pack("{s:o, s:o, s:o}", "urn:ietf:params:jmap:mail", json_id(ID_ACCOUNT, accounts[0].id),
                     "urn:ietf:params:jmap:blob", json_id(ID_ACCOUNT, accounts[0].id),
                     "urn:ietf:params:jmap:submission", json_id(ID_ACCOUNT, accounts[0].id));
}

int api_session_get(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)params;
    struct store_account *accounts = NULL;
    size_t n = 0;
    json_t *state;
    if (store_accounts_load(call->tx, &accounts, &n, err) < 0)
        return -1;
    if (state_of(call->tx, 0, STORE_ACCOUNT, &state, err) < 0) {
        store_accounts_free(accounts, n);
        return -1;
    }
    json_t *by_id = json_object();
    for (size_t i = 0; i < n; i++) {
        char id[ID_SIZE];
        json_object_set_new(
            by_id, id_format(ID_ACCOUNT, accounts[i].id, id),
            json_pack("{s:o, s:b, s:b, s:o}", "name", json_string_of(accounts[i].name), "isPersonal", true,
                      "isReadOnly", false, "accountCapabilities",
                      account_capabilities(core_abilities(call->api->core, accounts[i].source_url).mailboxes)));
    }
    json_t *capabilities =
        json_pack("{s:o, s:{}, s:{}, s:{}, s:{s:s, s:i}}", "urn:ietf:params:jmap:core", core_capability(call->api),
                  "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:blob", "urn:ietf:params:jmap:submission",
                  "urn:facteur:core", "version", FACTEUR_VERSION, "apiLevel", API_LEVEL);
    *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "capabilities", capabilities, "accounts", by_id, "primaryAccounts",
                     primary_accounts(accounts, n), "username", json_string_of(user_name()), "state", state);
    store_accounts_free(accounts, n);
    return 0;
}
