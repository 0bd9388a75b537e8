/* cmd_undo.c - takes back what was done to messages, and lists what can be. */
#include "commands.h"
#include "options.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

#define RESTORED_NAMED 20

/* ---- the list --------------------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {"ID", .fixed = true},       {"DATE", .fixed = true, .right = true}, {"WHAT", .min = 20},
    {"BY", .min = 6, .drop = 2}, {"", .fixed = true, .drop = 1},
};

static const char *state_of(const json_t *action)
{
    return json_is_true(json_object_get(action, "isUndone")) ? "taken back" : "";
}

static int print_list(struct cli *cli)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_auto_t *got = cli_call(cli, "Undo/get", json_pack("{s:s}", "accountId", "*"));
    size_t i;
    json_t *action;

    if (!got)
        return cli->status;
    json_array_foreach(json_object_get(got, "list"), i, action)
    {
        char date[TERM_DATE_MAX];
        if (cli->json)
            cli_print_json(action);
        else
            table_row(t, false, json_text(action, "id"), term_date(json_text(action, "at"), date),
                      json_text(action, "description"), json_text(action, "client"), state_of(action));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- taking back ------------------------------------------------------------------------------------------ */

/* "somebody changed it since: it stays as it is (keywords/work)" */
static void tell_problem(const char *id, const json_t *problem)
{
    const json_t *properties = json_object_get(problem, "properties");
    CLI_CLEANUP(freep) char *names = xstrdup("");
    size_t i;
    json_t *name;

    json_array_foreach(properties, i, name)
    {
        char *longer = xasprintf("%s%s%s", names, i ? ", " : "", json_string_value(name));
        free(names);
        names = longer;
    }
    CLI_CLEANUP(freep) char *clean = term_clean(names, TERM_ONE_LINE);
    cli_note("%s: %s%s%s%s", id, json_text(problem, "description"), *clean ? " (" : "", clean, *clean ? ")" : "");
}

static int tell_problems(const json_t *result)
{
    json_t *all = json_object_get(result, "notUndone"), *problem;
    const char *id;

    json_object_foreach(all, id, problem) tell_problem(id, problem);
    return json_object_size(all) ? CLI_FAILED : CLI_DONE;
}

/* What came back has new ids: of a few they are named. */
static void print_restored(const json_t *restored)
{
    const char *old_id;
    json_t *id;

    if (json_object_size(restored) > RESTORED_NAMED) {
        printf("%zu messages have new ids: --json names them\n", json_object_size(restored));
        return;
    }
    json_object_foreach((json_t *)restored, old_id, id) printf("%s is %s now\n", old_id, json_string_value(id));
}

static void print_result(struct cli *cli, const json_t *result)
{
    const char *again = json_text(result, "undoId");
    CLI_CLEANUP(freep) char *what = term_clean(json_text(result, "description"), TERM_ONE_LINE);
    size_t n = json_array_size(json_object_get(result, "undone"));

    if (json_object_size(json_object_get(result, "notUndone")))
        printf("%s, of which %zu could be\n", what, n);
    else
        printf("%s\n", what);
    print_restored(json_object_get(result, "restored"));
    if (*again && cli->err_tty)
        fprintf(stderr, "'facteur undo %s' does it again\n", again);
}

int cmd_undo(struct cli *cli, int argc, char **argv)
{
    bool list = false;
    const struct option_spec specs[] = {{"list", .flag = &list}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > (list ? 1 : 2))
        return cli_usage(cli, list ? "--list takes no id" : "undo takes back one action at a time");
    if (list)
        return print_list(cli);
    json_auto_t *result =
        cli_call(cli, "Undo/apply", json_pack("{s:s, s:s?}", "accountId", "*", "id", argc > 1 ? argv[1] : NULL));
    if (!result)
        return cli->status;
    if (cli->json)
        cli_print_json(result);
    else
        print_result(cli, result);
    return tell_problems(result);
}
