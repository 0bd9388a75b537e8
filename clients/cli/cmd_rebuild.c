/* cmd_rebuild.c - makes the index again, and what else follows from the messages' bytes; shows how far it is. */
#include "cli.h"
#include "commands.h"
#include "options.h"
#include "progress.h"
#include "tasks.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS 500 /* between two looks at how far it is */

/* The task once it has ended: a new reference; NULL after telling. */
static json_t *wait_for_task(struct cli *cli, const char *id, struct progress *p)
{
    for (int ms = 0;; ms = WAIT_MS) {
        json_t *task = task_get(cli, id, ms);
        if (!task)
            return NULL;
        progress_set(p, id, "rebuild", (uint64_t)json_number(task, "done"), (uint64_t)json_number(task, "total"), 0);
        progress_draw(p);
        if (task_is_over(task))
            return task;
        json_decref(task);
    }
}

static void tell_number(const json_t *result, const char *name, const char *what)
{
    long long n = (long long)json_number(result, name);
    if (n > 0)
        printf("%lld %s\n", n, what);
}

static int tell_result(struct cli *cli, const json_t *task)
{
    const json_t *result = json_object_get(task, "result");

    if (strcmp(json_text(task, "state"), "done") != 0) {
        cli_tell_error(NULL, json_object_get(task, "error"));
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        cli_print_json(result);
        return CLI_DONE;
    }
    printf("%lld messages indexed\n", (long long)json_number(result, "emails"));
    tell_number(result, "corrected", "of them were kept otherwise than their bytes say; corrected");
    tell_number(result, "tied", "threads were merged");
    tell_number(result, "damaged", "have damaged bytes; what is known of them was kept");
    if (json_is_true(json_object_get(result, "countersCorrected")))
        printf("counters were wrong; corrected\n");
    return CLI_DONE;
}

int cmd_rebuild(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "rebuild takes no argument");
    json_auto_t *started = cli_call(cli, "Store/rebuild", json_object());
    if (!started)
        return cli->status;
    struct progress *p = progress_new(cli);
    json_auto_t *task = wait_for_task(cli, json_text(started, "taskId"), p);
    progress_end(p);
    return task ? tell_result(cli, task) : cli->status;
}
