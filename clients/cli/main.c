/* main.c - facteur, the command line: global options, and the command that was asked for (commands.c). Read it first.
 */
#include "cli.h"
#include "commands.h"
#include "options.h"
#include "term.h"

#include <facteur/client.h>

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
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

/* A standard descriptor that is closed would be given to the socket, and what is printed would go to facteurd. In its
 * place stands one that fails. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(CLI_FAILED);
}

/* "account" without a word of what to do. */
static int group(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    return argc > 1 ? cli_usage(cli, "'%s' is nothing that %s does", argv[1], argv[0])
                    : cli_usage(cli, "%s needs to know what to do", argv[0]);
}

/* Called by the name of sendmail: "facteur sendmail ..." is meant. Lives as long as the program. */
static char **sendmail_arguments(int argc, char **argv)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

    if (argc == 0 || strcmp(slash ? slash + 1 : argv[0], "sendmail") != 0)
        return NULL;
    char **out = xmalloc(((size_t)argc + 2) * sizeof(*out));
    out[0] = argv[0];
    out[1] = argv[0];
    for (int i = 1; i <= argc; i++)
        out[i + 1] = argv[i];
    static char name[] = "sendmail";
    out[1] = name;
    return out;
}

/* Any text may have held a password. */
static void free_wiped(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    const char *profile = NULL, *socket = NULL;
    bool with_action;

    json_set_alloc_funcs(xmalloc, free_wiped);
    fill_standard_descriptors();
    term_setup(&cli);
    char **as_sendmail = sendmail_arguments(argc, argv);
    if (as_sendmail) {
        argv = as_sendmail;
        argc++;
    }
    int i = options_global(&cli, argc, argv, &profile, &socket);
    if (i < 0)
        return CLI_USAGE;
    if (i >= argc)
        return cli_usage(&cli, "a command is missing");
    cli.command = command_find(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &with_action);
    if (!cli.command)
        return cli_fail(&cli, CLI_USAGE, "there is no command '%s'; 'facteur help' lists them", argv[i]);
    i += with_action ? 1 : 0;
    cli.profile = profile && *profile ? absolute(profile) : facteur_default_profile();
    if (!cli.profile && cli.command->run != cmd_help)
        return cli_fail(&cli, CLI_USAGE, "neither --profile nor FACTEUR_PROFILE nor HOME says where the profile is");
    cli.socket_given = socket != NULL;
    cli.socket = socket ? absolute(socket) : xasprintf("%s/rpc.sock", cli.profile ? cli.profile : "");
    int (*run)(struct cli *, int, char **) = cli.command->run ? cli.command->run : group;
    int status = cli_flush(&cli, run(&cli, argc - i, argv + i));
    facteur_client_close(cli.rpc);
    free(cli.profile);
    free(cli.socket);
    return status;
}
