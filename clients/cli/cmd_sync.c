/* cmd_sync.c - starts a sync, shows how far it is, and says what came of it. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "progress.h"
#include "tasks.h"
#include "term.h"

#include <facteur/client.h>

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

/* A sync that is followed. */
struct sync {
    struct cli *cli;
    const json_t *accounts;
    struct progress *progress;
    json_t *told; /* ids of the accounts that were told of */
};

/* What became of an account, once: as soon as it is known, whatever keeps the others. Failures are told in the end,
 * where they are seen. */
static void tell_account(struct sync *s, const json_t *outcome)
{
    const char *id = json_text(outcome, "accountId");
    long long fresh = (long long)json_number(outcome, "newMessages");
    bool ok = json_is_true(json_object_get(outcome, "ok"));

    if (json_object_get(s->told, id))
        return;
    json_object_set_new(s->told, id, json_true());
    if (s->cli->json) {
        cli_print_json(outcome);
    } else if (ok) {
        CLI_CLEANUP(freep) char *name = term_clean(name_of(s->accounts, outcome), TERM_ONE_LINE);
        progress_drop(s->progress, id);
        progress_clear(s->progress);
        printf("%s: %lld new %s\n", name, fresh, fresh == 1 ? "message" : "messages");
    }
    fflush(stdout);
}

static void show_account(struct sync *s, const json_t *account)
{
    const char *id = json_text(account, "accountId");
    uint64_t total = (uint64_t)json_number(account, "messagesTotal");
    const json_t *outcome = json_object_get(account, "outcome");

    progress_set(s->progress, id, name_of(s->accounts, account), (uint64_t)json_number(account, "messagesDone"), total,
                 (uint64_t)json_number(account, "bytesDone"));
    progress_note(s->progress, id, total == 0 ? word_for(account) : NULL);
    if (json_is_object(outcome))
        tell_account(s, outcome);
}

static void show_progress(struct sync *s, const json_t *task)
{
    size_t i;
    json_t *account;

    json_array_foreach(json_object_get(json_object_get(task, "detail"), "accounts"), i, account)
        show_account(s, account);
    progress_draw(s->progress);
}

/* Shows the progress that is told of, until the task has ended or nothing was told for a while. */
static int follow(struct sync *s, const char *id)
{
    for (bool is_over = false; !is_over;) {
        json_auto_t *notice = NULL;
        if (facteur_client_notice(s->cli->rpc, POLL_MS, &notice) != FACTEUR_OK)
            return cli_fail(s->cli, CLI_NO_CORE, "the connection to facteurd broke during the sync: %s",
                            errno ? strerror(errno) : "it was closed");
        json_t *told = json_object_get(json_object_get(notice, "params"), "task");
        if (strcmp(json_text(told, "id"), id) == 0) {
            show_progress(s, told);
            is_over = task_is_over(told);
        }
        is_over = is_over || !notice;
    }
    return CLI_DONE;
}

/* The task once it has ended: a new reference; NULL after telling. */
static json_t *wait_for_task(struct sync *s, const char *id)
{
    for (;;) {
        json_t *task = task_get(s->cli, id, 0);
        if (!task)
            return NULL;
        show_progress(s, task);
        if (task_is_over(task))
            return task;
        json_decref(task);
        if (follow(s, id) != CLI_DONE)
            return NULL;
    }
}

/* Returns whether it went well. */
static bool tell_failure(const struct sync *s, const json_t *outcome)
{
    if (json_is_true(json_object_get(outcome, "ok")))
        return true;
    CLI_CLEANUP(freep) char *name = term_clean(name_of(s->accounts, outcome), TERM_ONE_LINE);
    const json_t *error = json_object_get(outcome, "error");
    cli_tell_account_error(strstr(json_text(error, "message"), name) ? NULL : name, json_text(outcome, "accountId"),
                           error);
    return false;
}

static int tell_result(struct sync *s, const json_t *task)
{
    const json_t *outcomes = json_object_get(json_object_get(task, "result"), "accounts");
    size_t i;
    json_t *outcome;
    bool ok = strcmp(json_text(task, "state"), "done") == 0;

    json_array_foreach(outcomes, i, outcome) tell_account(s, outcome);
    progress_end(s->progress);
    s->progress = NULL;
    json_array_foreach(outcomes, i, outcome) ok = tell_failure(s, outcome) && ok;
    if (json_is_object(json_object_get(task, "error")))
        cli_tell_error(NULL, json_object_get(task, "error"));
    if (json_array_size(outcomes) == 0 && ok)
        cli_note("there is no account to synchronise; 'facteur account add' makes one");
    return ok ? CLI_DONE : (s->cli->status = CLI_FAILED);
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
    struct sync s = {.cli = cli, .accounts = accounts, .progress = progress_new(cli), .told = json_object()};
    json_auto_t *task = wait_for_task(&s, json_text(started, "taskId"));
    int status = task ? tell_result(&s, task) : cli->status;
    progress_end(s.progress);
    json_decref(s.told);
    return status;
}
