/* cmd_core.c - the daemon itself: plugin list, stop, version. */
#include "bridges.h"
#include "cli.h"
#include "commands.h"
#include "gone.h"
#include "options.h"
#include "table.h"

#include <facteur/client.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- plugin list ------------------------------------------------------------------------------------------ */

static const struct table_column columns[] = {
    {"NAME", .fixed = true},  {"VERSION", .fixed = true, .drop = 2},
    {"STATE", .fixed = true}, {"SCHEMES", .min = 8, .drop = 1},
    {"ABOUT", .min = 12},
};

static char *join(const json_t *list)
{
    char *text = xstrdup("");
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        char *longer = xasprintf("%s%s%s", text, i ? " " : "", json_string_value(item) ? json_string_value(item) : "");
        free(text);
        text = longer;
    }
    return text;
}

int cmd_plugin_list(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "plugin list takes no argument");
    json_auto_t *got = cli_call(cli, "Plugin/get", json_pack("{s:n}", "ids"));
    if (!got)
        return cli->status;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *plugin;
    json_array_foreach(json_object_get(got, "list"), i, plugin)
    {
        const char *reason = json_text(plugin, "reason");
        CLI_CLEANUP(freep) char *schemes = join(json_object_get(plugin, "schemes"));
        if (cli->json)
            cli_print_json(plugin);
        else
            table_row(t, false, json_text(plugin, "id"), json_text(plugin, "version"), json_text(plugin, "state"),
                      schemes, *reason ? reason : json_text(plugin, "about"));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- stop ------------------------------------------------------------------------------------------------- */

int cmd_stop(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "stop takes no argument");
    cli->rpc = facteur_client_open(cli->socket);
    if (!cli->rpc) {
        if (errno != ENOENT && errno != ECONNREFUSED)
            return cli_fail(cli, CLI_NO_CORE, "cannot connect to %s: %s", cli->socket, strerror(errno));
        cli_note("no facteurd runs for the profile %s", cli->profile);
        return CLI_DONE;
    }
    json_auto_t *bridge = bridges_ask(cli->profile);
    json_auto_t *stopped = cli_call(cli, "Core/stop", json_object());
    if (!stopped)
        return cli->status;
    if (json_is_true(json_object_get(bridge, "startsCore")))
        cli_note(
            "facteur-bridge runs on, and starts facteurd again for the next who comes: 'facteur bridge stop' ends it");
    facteur_client_close(cli->rpc);
    cli->rpc = NULL;
    return gone_wait(cli, "facteurd", json_number(stopped, "pid"));
}

/* ---- version ---------------------------------------------------------------------------------------------- */

int cmd_version(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "version takes no argument");
    cli->rpc = facteur_client_open(cli->socket);
    json_auto_t *status = cli->rpc ? cli_call(cli, "Core/status", json_object()) : NULL;
    const char *running = json_text(status, "version");
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s*}", "facteur", FACTEUR_VERSION, "facteurd", *running ? running : NULL);
        cli_print_json(line);
        return CLI_DONE;
    }
    printf("facteur %s\n", FACTEUR_VERSION);
    if (*running)
        printf("facteurd %s, running (process %lld)\n", running, (long long)json_number(status, "pid"));
    return CLI_DONE;
}
