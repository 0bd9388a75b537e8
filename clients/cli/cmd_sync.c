/* cmd_sync.c - starts a sync, shows how far it is, and says what came of it. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "progress.h"
#include "rpc.h"
#include "term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POLL_MS 1000 /* notifications tell sooner; this is for one that was lost */

static void show_progress(struct progress *p, const json_t *task)
{
    size_t i;
    json_t *account;

    json_array_foreach(json_object_get(json_object_get(task, "detail"), "accounts"), i, account)
    {
        const char *id = json_text(account, "accountId"), *phase = json_text(account, "phase");
        uint64_t total = (uint64_t)json_number(account, "messagesTotal");
        progress_set(p, id, json_text(account, "name"), (uint64_t)json_number(account, "messagesDone"), total,
                     (uint64_t)json_number(account, "bytesDone"));
        progress_note(p, id, total == 0 ? (json_is_true(json_object_get(account, "isDone")) ? "done" : phase) : NULL);
    }
    progress_draw(p);
}

static bool is_over(const json_t *task)
{
    return task && strcmp(json_text(task, "state"), "running") != 0;
}

/* The task once it has ended: a new reference; NULL after telling. */
static json_t *wait_for_task(struct cli *cli, const char *id, struct progress *p)
{
    for (;;) {
        json_auto_t *got = cli_call(cli, "Task/get", json_pack("{s:[s]}", "ids", id));
        json_t *task = got ? json_array_get(json_object_get(got, "list"), 0) : NULL;
        if (!got)
            return NULL;
        if (!task) {
            cli_fail(cli, CLI_FAILED, "facteurd has forgotten the task %s", id);
            return NULL;
        }
        show_progress(p, task);
        for (bool asked = false; !is_over(task) && !asked;) {
            json_auto_t *notice = NULL;
            if (rpc_notice(cli->rpc, POLL_MS, &notice) != RPC_OK) {
                cli_fail(cli, CLI_NO_CORE, "the connection to facteurd broke during the sync: %s",
                         errno ? strerror(errno) : "it was closed");
                return NULL;
            }
            json_t *told = json_object_get(json_object_get(notice, "params"), "task");
            if (strcmp(json_text(told, "id"), id) == 0) {
                show_progress(p, told);
                asked = is_over(told);
            }
            asked = asked || !notice;
        }
        if (is_over(task))
            return json_incref(task);
    }
}

/* One account's line; returns whether it went well. */
static bool tell_account(struct cli *cli, const json_t *account)
{
    bool ok = json_is_true(json_object_get(account, "ok"));
    const char *name = json_text(account, "name");
    long long fresh = (long long)json_number(account, "newMessages");
    CLI_CLEANUP(freep) char *clean = term_clean(*name ? name : json_text(account, "accountId"), TERM_ONE_LINE);

    if (cli->json)
        cli_print_json(account);
    if (!ok)
        cli_tell_error(clean, json_object_get(account, "error"));
    else if (!cli->json)
        printf("%s: %lld new %s\n", clean, fresh, fresh == 1 ? "message" : "messages");
    return ok;
}

static int tell_result(struct cli *cli, const json_t *task)
{
    const json_t *accounts = json_object_get(json_object_get(task, "result"), "accounts");
    size_t i;
    json_t *account;
    bool ok = strcmp(json_text(task, "state"), "done") == 0;

    json_array_foreach(accounts, i, account) ok = tell_account(cli, account) && ok;
    if (json_is_object(json_object_get(task, "error")))
        cli_tell_error(NULL, json_object_get(task, "error"));
    if (json_array_size(accounts) == 0 && ok)
        cli_note("there is no account to synchronise; 'facteur account add' makes one");
    return ok ? CLI_DONE : (cli->status = CLI_FAILED);
}

int cmd_sync(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return CLI_USAGE;
    json_t *ids = directory_ids(cli, argc - 1, argv + 1);
    if (!ids)
        return cli->status;
    json_auto_t *push = cli_call(cli, "Push/subscribe", json_pack("{s:[s]}", "types", "Task"));
    if (!push) {
        json_decref(ids);
        return cli->status;
    }
    json_auto_t *started = cli_call(cli, "Account/sync", json_pack("{s:o}", "accountIds", ids));
    if (!started)
        return cli->status;
    struct progress *p = progress_new(cli);
    json_auto_t *task = wait_for_task(cli, json_text(started, "taskId"), p);
    progress_end(p);
    return task ? tell_result(cli, task) : cli->status;
}
