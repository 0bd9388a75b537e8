/* Core, Store, rpc.discover: the daemon itself. */
#include "methods/common.h"

#include "async/wait.h"

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

int api_core_created_ids(struct api_call *call, const struct api_core_created_ids_args *args, json_t **out,
                         struct fct_error *err)
{
    const char *creation_id;
    json_t *id;
    (void)err;
    json_t *all = json_copy(call->batch_ids);
    json_object_foreach(args->created_ids, creation_id, id)
    {
        call_created(call, creation_id, json_string_value(id));
        json_object_set(all, creation_id, id);
    }
    *out = json_pack("{s:o}", "createdIds", all);
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
