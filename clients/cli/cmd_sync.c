/* cmd_sync.c - starts a sync, shows how far it is, and says what came of it. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "progress.h"
#include "rpc.h"
#include "tasks.h"
#include "term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POLL_MS 1000 /* notifications tell sooner; this is for one that was lost */

/* What people call an account; a message of the core names it at greater length. */
static const char *name_of(const json_t *accounts, const json_t *outcome)
{
    const json_t *account = directory_by_id(accounts, json_text(outcome, "accountId"));

    return account ? directory_account_name(account) : json_text(outcome, "accountId");
}

/* The word for an account that has nothing to count. One that is through and waits for its next try has failed; one
 * that tries again is shown as it is. */
static const char *word_for(const json_t *account)
{
    const char *phase = json_text(account, "phase");

    if (!json_is_true(json_object_get(account, "isDone")))
        return phase;
    if (strcmp(phase, "failed") == 0 || strcmp(phase, "waiting") == 0)
        return "failed";
    return strcmp(phase, "connecting") == 0 || strcmp(phase, "syncing") == 0 ? phase : "done";
}

static void show_progress(struct progress *p, const json_t *accounts, const json_t *task)
{
    size_t i;
    json_t *account;

    json_array_foreach(json_object_get(json_object_get(task, "detail"), "accounts"), i, account)
    {
        const char *id = json_text(account, "accountId");
        uint64_t total = (uint64_t)json_number(account, "messagesTotal");
        progress_set(p, id, name_of(accounts, account), (uint64_t)json_number(account, "messagesDone"), total,
                     (uint64_t)json_number(account, "bytesDone"));
        progress_note(p, id, total == 0 ? word_for(account) : NULL);
    }
    progress_draw(p);
}

/* Shows the progress that is told of, until the task has ended or nothing was told for a while. */
static int follow(struct cli *cli, const char *id, const json_t *accounts, struct progress *p)
{
    for (bool is_over = false; !is_over;) {
        json_auto_t *notice = NULL;
        if (rpc_notice(cli->rpc, POLL_MS, &notice) != RPC_OK)
            return cli_fail(cli, CLI_NO_CORE, "the connection to facteurd broke during the sync: %s",
                            errno ? strerror(errno) : "it was closed");
        json_t *told = json_object_get(json_object_get(notice, "params"), "task");
        if (strcmp(json_text(told, "id"), id) == 0) {
            show_progress(p, accounts, told);
            is_over = task_is_over(told);
        }
        is_over = is_over || !notice;
    }
    return CLI_DONE;
}

/* The task once it has ended: a new reference; NULL after telling. */
static json_t *wait_for_task(struct cli *cli, const char *id, const json_t *accounts, struct progress *p)
{
    for (;;) {
        json_t *task = task_get(cli, id, 0);
        if (!task)
            return NULL;
        show_progress(p, accounts, task);
        if (task_is_over(task))
            return task;
        json_decref(task);
        if (follow(cli, id, accounts, p) != CLI_DONE)
            return NULL;
    }
}

/* One account's line; returns whether it went well. */
static bool tell_account(struct cli *cli, const json_t *accounts, const json_t *outcome)
{
    bool ok = json_is_true(json_object_get(outcome, "ok"));
    long long fresh = (long long)json_number(outcome, "newMessages");
    CLI_CLEANUP(freep) char *name = term_clean(name_of(accounts, outcome), TERM_ONE_LINE);
    const json_t *error = json_object_get(outcome, "error");

    if (cli->json)
        cli_print_json(outcome);
    if (!ok)
        cli_tell_account_error(strstr(json_text(error, "message"), name) ? NULL : name, json_text(outcome, "accountId"),
                               error);
    else if (!cli->json)
        printf("%s: %lld new %s\n", name, fresh, fresh == 1 ? "message" : "messages");
    return ok;
}

static int tell_result(struct cli *cli, const json_t *accounts, const json_t *task)
{
    const json_t *outcomes = json_object_get(json_object_get(task, "result"), "accounts");
    size_t i;
    json_t *outcome;
    bool ok = strcmp(json_text(task, "state"), "done") == 0;

    json_array_foreach(outcomes, i, outcome) ok = tell_account(cli, accounts, outcome) && ok;
    if (json_is_object(json_object_get(task, "error")))
        cli_tell_error(NULL, json_object_get(task, "error"));
    if (json_array_size(outcomes) == 0 && ok)
        cli_note("there is no account to synchronise; 'facteur account add' makes one");
    return ok ? CLI_DONE : (cli->status = CLI_FAILED);
}

int cmd_sync(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    json_t *ids = directory_ids(cli, argc - 1, argv + 1);
    if (!ids)
        return cli->status;
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *push = accounts ? cli_call(cli, "Push/subscribe", json_pack("{s:[s]}", "types", "Task")) : NULL;
    if (!push) {
        json_decref(ids);
        return cli->status;
    }
    json_auto_t *started = cli_call(cli, "Account/sync", json_pack("{s:o}", "accountIds", ids));
    if (!started)
        return cli->status;
    struct progress *p = progress_new(cli);
    json_auto_t *task = wait_for_task(cli, json_text(started, "taskId"), accounts, p);
    progress_end(p);
    return task ? tell_result(cli, accounts, task) : cli->status;
}
