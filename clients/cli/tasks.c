#include "tasks.h"

#include <facteur/client.h>

#include <string.h>

json_t *task_get(struct cli *cli, const char *id, int wait_ms)
{
    json_auto_t *got = cli_call(cli, "Task/get", json_pack("{s:[s], s:i}", "ids", id, "waitMs", wait_ms));
    json_t *task = got ? json_array_get(json_object_get(got, "list"), 0) : NULL;

    if (got && !task)
        cli_fail(cli, CLI_FAILED, "facteurd has forgotten the task %s", id);
    return json_incref(task);
}

bool task_is_over(const json_t *task)
{
    return strcmp(json_text(task, "state"), "running") != 0;
}
