/* cmd_rule_apply.c - rule test, rule apply: rules and the mail that is there already. */
#include "commands.h"
#include "directory.h"
#include "listing.h"
#include "options.h"
#include "progress.h"
#include "rules.h"
#include "tasks.h"

#include <stdio.h>
#include <string.h>

#define TEST_DEFAULT 50
#define WAIT_MS 500 /* between two looks at how far it is */

/* ---- test ------------------------------------------------------------------------------------------------- */

/* The rule that is called just so; NULL: it is a query. */
static const json_t *named(const json_t *rules, const char *word)
{
    size_t i;
    json_t *rule;

    json_array_foreach(rules, i, rule)
    {
        if (strcmp(json_text(rule, "id"), word) == 0 || strcmp(json_text(rule, "name"), word) == 0)
            return rule;
    }
    return NULL;
}

int cmd_rule_test(struct cli *cli, int argc, char **argv)
{
    const char *word = NULL;
    int64_t count = TEST_DEFAULT;
    const struct option_spec specs[] = {{"account", .text = &word}, {"count", .number = &count}, {0}};

    if (options_parse(cli, specs, OPTIONS_QUERY, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "rule test needs a rule or a query");
    CLI_CLEANUP(freep) char *query = options_joined(argc, argv);
    json_auto_t *rules = rules_load(cli, NULL);
    if (!rules)
        return cli->status;
    const json_t *rule = word ? NULL : named(rules, query);
    if (rule)
        return listing_print(cli, json_text(rule, "accountId"), json_text(rule, "query"), count);
    json_auto_t *accounts = word ? directory_accounts(cli) : NULL;
    const json_t *account = accounts ? directory_account(cli, accounts, word) : NULL;
    if (word && !account)
        return cli->status;
    return listing_print(cli, account ? json_text(account, "id") : NULL, query, count);
}

/* ---- apply ------------------------------------------------------------------------------------------------ */

struct wish {
    const char *in;
    bool all;
};

/* Among which mail of the account: JSON null is the inbox. NULL after telling. */
static json_t *filter_of(struct cli *cli, const struct wish *w, const char *account_id)
{
    if (w->all)
        return json_object();
    if (!w->in)
        return json_null();
    json_auto_t *accounts = directory_accounts(cli), *mailboxes = accounts ? directory_mailboxes(cli) : NULL;
    json_auto_t *found = mailboxes ? directory_match(cli, accounts, mailboxes, account_id, w->in) : NULL;
    return found ? json_pack("{s:s}", "inMailbox", json_text(json_array_get(found, 0), "id")) : NULL;
}

/* Its result, or the error that it ended with. A new reference; NULL after telling. */
static json_t *wait_for(struct cli *cli, const char *task_id)
{
    struct progress *p = progress_new(cli);
    json_t *task = NULL;

    for (int ms = 0; !task || !task_is_over(task); ms = WAIT_MS) {
        json_decref(task);
        if (!(task = task_get(cli, task_id, ms)))
            break;
        progress_set(p, task_id, "rules", (uint64_t)json_number(task, "done"), (uint64_t)json_number(task, "total"), 0);
        progress_draw(p);
    }
    progress_end(p);
    json_auto_t *ended = task;
    if (!ended)
        return NULL;
    if (strcmp(json_text(ended, "state"), "done") == 0)
        return json_incref(json_object_get(ended, "result"));
    cli_tell_error(NULL, json_object_get(ended, "error"));
    cli->status = CLI_FAILED;
    return NULL;
}

/* Those rules that are of one account. */
static int apply_in(struct cli *cli, const json_t *rules, const char *account_id, const struct wish *w)
{
    json_auto_t *ids = json_array(), *filter = filter_of(cli, w, account_id);
    size_t i;
    json_t *rule;

    if (!filter)
        return cli->status;
    json_array_foreach(rules, i, rule)
    {
        if (strcmp(json_text(rule, "accountId"), account_id) == 0)
            json_array_append(ids, json_object_get(rule, "id"));
    }
    json_auto_t *answer = cli_call(cli, "Rule/apply", json_pack("{s:s, s:O, s:O}", "accountId", account_id, "ids", ids, "filter", filter));
    if (!answer)
        return cli->status;
    json_auto_t *result = *json_text(answer, "taskId") ? wait_for(cli, json_text(answer, "taskId")) : json_incref(answer);
    if (!result)
        return cli->status;
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:O, s:O, s:O?}", "accountId", account_id, "matched", json_object_get(result, "matched"), "changed",
                                      json_object_get(result, "changed"), "undoId", json_object_get(result, "undoId"));
        cli_print_json(line);
    } else {
        printf("%lld matched, %lld changed\n", (long long)json_number(result, "matched"), (long long)json_number(result, "changed"));
    }
    return CLI_DONE;
}

int cmd_rule_apply(struct cli *cli, int argc, char **argv)
{
    struct wish w = {0};
    const struct option_spec specs[] = {{"in", .text = &w.in}, {"all", .flag = &w.all}, {0}};
    json_auto_t *done = json_object();
    int status = CLI_DONE;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2 || (w.in && w.all))
        return cli_usage(cli, argc < 2 ? "which rule?" : "--in and --all contradict each other");
    json_auto_t *rules = rules_load(cli, NULL), *wanted = rules ? rules_find_all(cli, rules, argc - 1, argv + 1) : NULL;
    if (!wanted)
        return cli->status;
    size_t i;
    json_t *rule;
    json_array_foreach(wanted, i, rule)
    {
        const char *account = json_text(rule, "accountId");
        if (json_object_get(done, account))
            continue;
        json_object_set_new(done, account, json_true());
        int one = apply_in(cli, wanted, account, &w);
        status = one != CLI_DONE ? one : status;
    }
    return status;
}
