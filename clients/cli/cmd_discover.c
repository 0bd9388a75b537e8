/* cmd_discover.c - account discover. */
#include "cli.h"
#include "commands.h"
#include "discovery.h"
#include "options.h"

#include <stdio.h>

int cmd_account_discover(struct cli *cli, int argc, char **argv)
{
    json_auto_t *skip = json_array();
    int64_t timeout = 0;
    const struct option_spec specs[] = {{"skip", .list = skip}, {"timeout", .number = &timeout}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "account discover needs one mail address");
    if (!discovery_is_address(argv[1]))
        return cli_usage(cli, "'%s' is no mail address", argv[1]);
    json_auto_t *found = discovery_ask(cli, argv[1], skip, timeout);
    if (!found)
        return cli->status;
    if (cli->json) {
        cli_print_json(found);
    } else {
        discovery_print_servers(found, stdout);
        discovery_print_needs(found, stdout);
        putchar('\n');
        discovery_print_steps(cli, found);
    }
    return json_is_object(json_object_get(found, "source")) ? CLI_DONE : CLI_FAILED;
}
