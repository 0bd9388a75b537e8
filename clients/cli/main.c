/* main.c - facteur, the command line: global options, and the command that was asked for (commands.c). Read it first.
 */
#include "cli.h"
#include "commands.h"
#include "options.h"
#include "rpc.h"
#include "term.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- where the profile is --------------------------------------------------------------------------------- */

static char *absolute(const char *path)
{
    char here[PATH_MAX];

    if (path[0] == '/' || !getcwd(here, sizeof(here)))
        return xstrdup(path);
    return xasprintf("%s/%s", here, path);
}

static char *default_profile(void)
{
    const char *profile = getenv("FACTEUR_PROFILE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (profile && *profile)
        return absolute(profile);
    if (data && *data == '/')
        return xasprintf("%s/facteur", data);
    return home && *home ? xasprintf("%s/.local/share/facteur", home) : NULL;
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    const char *profile = NULL, *socket = NULL;

    term_setup(&cli);
    int i = options_global(&cli, argc, argv, &profile, &socket);
    if (i < 0)
        return CLI_USAGE;
    if (i >= argc)
        return cli_usage(&cli, "a command is missing");
    cli.profile = profile && *profile ? absolute(profile) : default_profile();
    if (!cli.profile)
        return cli_fail(&cli, CLI_USAGE, "neither --profile nor FACTEUR_PROFILE nor HOME says where the profile is");
    cli.socket_given = socket != NULL;
    cli.socket = socket ? absolute(socket) : xasprintf("%s/rpc.sock", cli.profile);
    cli.command = command_find(argv[i]);
    if (!cli.command)
        return cli_fail(&cli, CLI_USAGE, "there is no command '%s'; 'facteur help' lists them", argv[i]);
    int status = cli_flush(&cli, cli.command->run(&cli, argc - i, argv + i));
    rpc_close(cli.rpc);
    free(cli.profile);
    free(cli.socket);
    return status;
}
