/* cmd_audit.c - account verify and account repair: shows how far it is, and what was found. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "progress.h"
#include "tasks.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS 500   /* between two looks at how far it is */
#define SHOWN_MAX 100 /* differences that a person is told of one by one */

/* What it does, where that is not counted in messages. */
static const char *note_for(const json_t *task)
{
    const json_t *detail = json_object_get(task, "detail");
    const char *step = json_text(detail, "step");
    bool counts = strcmp(step, "comparing") == 0 || strcmp(step, "reading") == 0;

    return counts && json_number(task, "total") > 0 ? NULL : *step ? step : "starting";
}

/* The task once it has ended: a new reference; NULL after telling. */
static json_t *wait_for_task(struct cli *cli, const char *id, const char *name, struct progress *p)
{
    for (int ms = 0;; ms = WAIT_MS) {
        json_t *task = task_get(cli, id, ms);
        if (!task)
            return NULL;
        progress_set(p, id, name, (uint64_t)json_number(task, "done"), (uint64_t)json_number(task, "total"), 0);
        progress_note(p, id, task_is_over(task) ? "done" : note_for(task));
        progress_draw(p);
        if (task_is_over(task))
            return task;
        json_decref(task);
    }
}

/* ---- for people ------------------------------------------------------------------------------------------- */

static void tell_differences(const json_t *report, bool only_left)
{
    long long found = (long long)json_number(report, "found"), shown = 0;
    size_t i;
    json_t *d;

    json_array_foreach(json_object_get(report, "differences"), i, d)
    {
        CLI_CLEANUP(freep) char *text = term_clean(json_text(d, "description"), TERM_ONE_LINE);
        const char *email = json_text(d, "emailId");
        const json_t *mended = json_object_get(d, "isMended");
        if (shown == SHOWN_MAX)
            break;
        shown++;
        printf("%s%s%s%s%s\n", json_is_true(mended) ? "mended: " : "", text, *email ? " (" : "", email,
               *email ? ")" : "");
        if (json_is_true(json_object_get(d, "isNews")) && !only_left)
            printf("  it came after the last sync, and comes with the next\n");
    }
    if (found > shown)
        printf("... and %lld more; --json tells of the first 1,000\n", found - shown);
}

static void tell_waiting(const json_t *report)
{
    long long n = (long long)json_number(report, "waiting");

    if (n > 0)
        printf("%lld %s for the server\n", n, n == 1 ? "change waits" : "changes wait");
}

static void tell_compared(const char *name, const json_t *account, const json_t *report)
{
    long long emails = (long long)json_number(report, "emails"), boxes = (long long)json_number(report, "mailboxes");
    const char *bytes = json_is_true(json_object_get(report, "bytesRead")) ? ", every byte of them read" : "";

    if (json_is_true(json_object_get(account, "isLocal")))
        printf("%s: %lld messages looked at%s\n", name, emails, bytes);
    else
        printf("%s: %lld messages in %lld mailboxes compared with %lld on the server%s\n", name,
               (long long)json_number(report, "messagesHere"), boxes, (long long)json_number(report, "messagesThere"),
               bytes);
}

static int tell_verified(struct cli *cli, const json_t *account, const json_t *report)
{
    CLI_CLEANUP(freep) char *name = term_clean(directory_account_name(account), TERM_ONE_LINE);
    long long found = (long long)json_number(report, "found");

    if (!cli->json) {
        tell_compared(name, account, report);
        tell_waiting(report);
        tell_differences(report, false);
        if (found == 0)
            printf("nothing differs\n");
        else
            printf("%lld %s; 'facteur account repair %s' mends what can be mended\n", found,
                   found == 1 ? "difference" : "differences", json_text(account, "id"));
    }
    return found == 0 ? CLI_DONE : (cli->status = CLI_FAILED);
}

static int tell_repaired(struct cli *cli, const json_t *account, const json_t *report)
{
    CLI_CLEANUP(freep) char *name = term_clean(directory_account_name(account), TERM_ONE_LINE);
    const json_t *remaining = json_object_get(report, "remaining");
    long long found = (long long)json_number(report, "found"), left = (long long)json_number(remaining, "found");

    if (!cli->json) {
        tell_compared(name, account, report);
        tell_differences(report, true);
        if (found == 0)
            printf("nothing differs, nothing was mended\n");
        else
            printf("%lld %s found, %lld mended\n", found, found == 1 ? "difference" : "differences",
                   (long long)json_number(report, "mended"));
        if (left > 0)
            printf("still different:\n");
        if (left > 0)
            tell_differences(remaining, true);
        tell_waiting(remaining);
    }
    return left == 0 ? CLI_DONE : (cli->status = CLI_FAILED);
}

/* ---- the commands ----------------------------------------------------------------------------------------- */

typedef int tell_fn(struct cli *cli, const json_t *account, const json_t *report);

static int audit_one(struct cli *cli, const json_t *account, const char *method, bool bytes, tell_fn *tell)
{
    json_auto_t *started =
        cli_call(cli, method, json_pack("{s:s, s:b}", "accountId", json_text(account, "id"), "bytes", bytes));
    if (!started)
        return cli->status;
    struct progress *p = progress_new(cli);
    json_auto_t *task = wait_for_task(cli, json_text(started, "taskId"), directory_account_name(account), p);
    progress_end(p);
    if (!task)
        return cli->status;
    if (strcmp(json_text(task, "state"), "done") != 0) {
        cli_tell_error(NULL, json_object_get(task, "error"));
        return cli->status = CLI_FAILED;
    }
    if (cli->json)
        cli_print_json(json_object_get(task, "result"));
    return tell(cli, account, json_object_get(task, "result"));
}

/* All accounts, or those that are named; NULL after telling. A new reference. */
static json_t *wanted_accounts(struct cli *cli, int n, char **words)
{
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *out = json_array();

    if (n == 0)
        return json_incref(accounts);
    for (int i = 0; accounts && i < n; i++) {
        const json_t *account = directory_account(cli, accounts, words[i]);
        if (!account)
            return NULL;
        json_array_append(out, (json_t *)account);
    }
    return accounts ? json_incref(out) : NULL;
}

int cmd_account_verify(struct cli *cli, int argc, char **argv)
{
    bool bytes = false;
    const struct option_spec specs[] = {{"bytes", .flag = &bytes}, {0}};
    int status = CLI_DONE;
    size_t i;
    json_t *account;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    json_auto_t *accounts = wanted_accounts(cli, argc - 1, argv + 1);
    if (!accounts)
        return cli->status;
    json_array_foreach(accounts, i, account)
    {
        if (audit_one(cli, account, "Account/verify", bytes, tell_verified) != CLI_DONE)
            status = cli->status; /* the others are looked at all the same */
        if (cli->status == CLI_NO_CORE)
            break;
        fflush(stdout);
    }
    return cli->status = status;
}

int cmd_account_repair(struct cli *cli, int argc, char **argv)
{
    bool bytes = false;
    const struct option_spec specs[] = {{"bytes", .flag = &bytes}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "account repair needs one account");
    json_auto_t *accounts = wanted_accounts(cli, 1, argv + 1);
    return accounts ? audit_one(cli, json_array_get(accounts, 0), "Account/repair", bytes, tell_repaired) : cli->status;
}
