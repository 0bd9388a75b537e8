/* cmd_history.c - where messages came from, and who moved them. */
#include "cli.h"
#include "commands.h"
#include "ids.h"
#include "options.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

/* What happened, as a person says it. */
static const char *word_for(const json_t *event)
{
    const char *type = json_text(event, "type");

    return strcmp(type, "arrived") == 0     ? "came to"
           : strcmp(type, "placed") == 0    ? "put into"
           : strcmp(type, "left") == 0      ? "left"
           : strcmp(type, "destroyed") == 0 ? "is gone"
                                            : type;
}

static char *who(const json_t *event)
{
    const json_t *actor = json_object_get(event, "actor");
    const char *kind = json_text(actor, "kind"), *name = json_text(actor, "name");

    if (strcmp(kind, "server") == 0)
        return xstrdup("the server: another program, or a rule there");
    if (strcmp(kind, "repair") == 0)
        return xstrdup("account repair");
    return *name ? xasprintf("%s (%s)", name, kind) : xstrdup(strcmp(kind, "client") == 0 ? "a program here" : kind);
}

static const char *where(const json_t *event)
{
    if (json_is_null(json_object_get(event, "mailboxId")))
        return "";
    return json_is_null(json_object_get(event, "mailboxName")) ? "a mailbox that is gone"
                                                               : json_text(event, "mailboxName");
}

static void print_history(const struct cli *cli, const json_t *history)
{
    static const struct table_column columns[] = {{"WHEN", .fixed = true},
                                                  {"WHAT", .fixed = true},
                                                  {"MAILBOX", .min = 8},
                                                  {"UID", .right = true, .drop = 1},
                                                  {"BY", .min = 8}};
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *event;

    json_array_foreach(json_object_get(history, "events"), i, event)
    {
        char date[TERM_LONG_DATE_MAX], uid[24] = "";
        CLI_CLEANUP(freep) char *by = who(event);
        if (json_number(event, "uid") > 0)
            snprintf(uid, sizeof(uid), "%lld", (long long)json_number(event, "uid"));
        table_row(t, false, term_long_date(json_text(event, "at"), date), word_for(event), where(event), uid, by);
    }
    table_print(t, cli);
}

static int tell_one(struct cli *cli, const char *id, bool is_many)
{
    json_auto_t *got = cli_call(cli, "Email/history", json_pack("{s:s, s:[s]}", "accountId", "*", "ids", id));
    const json_t *history = got ? json_array_get(json_object_get(got, "list"), 0) : NULL;

    if (!got)
        return cli->status;
    if (!history)
        return cli_fail(cli, CLI_FAILED, "there is no message '%s', and none is remembered", id);
    if (cli->json) {
        cli_print_json(history);
        return CLI_DONE;
    }
    if (is_many)
        printf("%s\n", id);
    print_history(cli, history);
    return CLI_DONE;
}

int cmd_history(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    CLI_CLEANUP(ids_done) struct ids ids = {0};
    int status = CLI_DONE;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "history needs the id of a message");
    if (ids_gather(cli, argv + 1, (size_t)(argc - 1), &ids) != CLI_DONE)
        return cli->status;
    for (size_t i = 0; i < ids.n; i++) {
        int one = tell_one(cli, ids.list[i], ids.n > 1);
        if (one != CLI_DONE && one != CLI_FAILED)
            return one;
        status = one == CLI_FAILED ? one : status;
    }
    return cli->status = status;
}
