/* Task and Plugin: what runs, and with what. */
#include "methods/common.h"

#include "account/task.h"
#include "async/wait.h"
#include "grants.h"
#include "plugin/plugins.h"
#include "view.h"

#include <string.h>

/* ---- tasks ---- */

static bool find_seen(const struct api_call *call, const char *text, int64_t *out)
{
    return id_from(call, ID_TASK, text, out) && grants_have(&call->api->grants, call->access, *out);
}

static int wait_for_tasks(struct api_call *call, const json_t *ids, int64_t ms, struct fct_error *err)
{
    uint64_t end = wait_now_ms() + (uint64_t)ms;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        int64_t id;
        uint64_t now = wait_now_ms();
        if (now >= end || !find_seen(call, json_string_value(json_array_get(ids, i)), &id))
            continue;
        if (task_wait(core_tasks(call->api->core), id, end - now, err) < 0 && err->code == FCT_E_CANCELLED)
            return -1;
    }
    return 0;
}

static json_t *all_tasks(const struct api_call *call, struct tasks *tasks)
{
    CLEANUP(json_decrefp) json_t *all = tasks_json(tasks);
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *task = view_task(json_incref(json_array_get(all, i)));
        int64_t id;
        if (find_seen(call, json_string_value(json_object_get(task, "id")), &id))
            json_array_append(list, task);
        json_decref(task);
    }
    return list;
}

int api_task_get(struct api_call *call, const struct api_task_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    struct tasks *tasks = core_tasks(call->api->core);
    if (args->wait_ms && wait_for_tasks(call, args->ids, args->wait_ms, err) < 0)
        return -1;
    json_t *list = args->ids ? json_array() : all_tasks(call, tasks), *not_found = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i);
        int64_t id;
        json_t *task = find_seen(call, json_string_value(text), &id) ? view_task(task_json(tasks, id)) : NULL;
        if (task)
            json_array_append_new(list, task);
        else
            json_array_append(not_found, text);
    }
    *out = json_pack("{s:o, s:o}", "list", list, "notFound", not_found);
    return 0;
}

int api_task_cancel(struct api_call *call, const struct api_task_cancel_args *args, json_t **out, struct fct_error *err)
{
    struct tasks *tasks = core_tasks(call->api->core);
    int64_t id;
    if (!find_seen(call, args->id, &id))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no task %.40s", args->id);
    if (task_cancel(tasks, id, err) < 0)
        return -1;
    *out = json_pack("{s:o}", "task", view_task(task_json(tasks, id)));
    return *out ? 0 : fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no task %.40s", args->id);
}

/* ---- plugins ---- */

int api_plugin_get(struct api_call *call, const struct api_plugin_get_args *args, json_t **out, struct fct_error *err)
{
    (void)err;
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    json_t *all = plugins_json(core_plugins(call->api->core)), *list = json_array(), *not_found = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *plugin = json_array_get(all, i);
        if (!ids || is_in(ids, json_string_value(json_object_get(plugin, "id"))))
            json_array_append(list, plugin);
    }
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *id = json_array_get(ids, i);
        bool found = false;
        for (size_t k = 0; k < json_array_size(list) && !found; k++)
            found = json_equal(json_object_get(json_array_get(list, k), "id"), id);
        if (!found)
            json_array_append(not_found, id);
    }
    json_decref(all);
    *out = json_pack("{s:o, s:o}", "list", list, "notFound", not_found);
    return 0;
}
