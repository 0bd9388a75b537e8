/* commands.c - the table of commands, and how they are used. */
#include "commands.h"

#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct command cli_commands[] = {
    {"account",
     "add ADDRESS --source URL [--transport URL] [--name N] [--user U] [--password-stdin] [--ca FILE] [--set "
     "KEY=VALUE]... [--no-check]\n"
     "list | show ACCOUNT | remove ACCOUNT | check ACCOUNT",
     "accounts: add, list, show, remove, check", cmd_account},
    {"sync", "[ACCOUNT...]", "synchronises now and waits, with progress", cmd_sync},
    {"watch", "[ACCOUNT...]", "prints changes as they happen, until interrupted", cmd_watch},
    {"mailboxes", "[ACCOUNT]", "names, roles, totals, unread", cmd_mailboxes},
    {"list", "[-m MAILBOX] [-n N] [--skip N] [--threads]", "a mailbox, newest first (the inbox)", cmd_list},
    {"search", "QUERY [-n N] [--skip N] [--threads]", "what matches, newest first", cmd_search},
    {"count", "QUERY", "how many match", cmd_count},
    {"show", "ID [--raw | --headers | --text | --html] [--part N]", "a message", cmd_show},
    {"save", "ID [-d DIR] [--part N]", "writes the attachments of a message into files", cmd_save},
    {"flag", "ID... +seen -flagged", "sets and clears flags", cmd_flag},
    {"move", "ID... MAILBOX", "moves messages to a mailbox", cmd_move},
    {"delete", "ID... [--forever]", "moves messages to the trash; what is there already, or --forever, is destroyed",
     cmd_delete},
    {"import", "PATH... [-m MAILBOX]", "mbox, Maildir, .eml, folders of them, '-' for stdin", cmd_import},
    {"rpc", "METHOD [PARAMS] | -", "any method; '-' reads requests from stdin, one a line", cmd_rpc},
    {"plugin", "list", "the plugins that were found", cmd_plugin},
    {"doctor", "", "what is wrong with this installation, this profile, these accounts", cmd_doctor},
    {"stop", "", "ends facteurd", cmd_stop},
    {"help", "[COMMAND]", "this, or how one command is used", cmd_help},
    {"version", "", "the version of this program and of facteurd", cmd_version},
    {"complete", NULL, NULL, cmd_complete}, /* for the shells' completion: not in the help */
    {0},
};

const struct command *command_find(const char *name)
{
    for (const struct command *c = cli_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* ---- help ------------------------------------------------------------------------------------------------- */

static void print_usage(FILE *to, const struct command *c)
{
    CLI_CLEANUP(freep) char *forms = xstrdup(c->args);
    char *rest = forms, *form;

    for (const char *lead = "usage:"; (form = strsep(&rest, "\n")); lead = "      ")
        fprintf(to, "%s facteur %s%s%s\n", lead, c->name, *form ? " " : "", form);
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
    if (argc > 1) {
        const struct command *c = command_find(argv[1]);
        if (!c || !c->args)
            return cli_fail(cli, CLI_USAGE, "there is no command '%s'; 'facteur help' lists them", argv[1]);
        print_usage(stdout, c);
        printf("%s\n", c->about);
        return CLI_DONE;
    }
    printf("usage: facteur [--profile DIR] [--socket PATH] [--json] [--no-start] COMMAND ...\n\n");
    for (const struct command *c = cli_commands; c->name; c++)
        if (c->about)
            printf("  %-10s %s\n", c->name, c->about);
    printf("\n'facteur help COMMAND' says how one is used; 'man facteur' says everything.\n"
           "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no facteurd.\n");
    return CLI_DONE;
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (fmt) {
        fputs("facteur: ", stderr);
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fputc('\n', stderr);
    }
    if (cli->command && cli->command->args)
        print_usage(stderr, cli->command);
    else
        fputs("'facteur help' lists the commands\n", stderr);
    return cli->status = CLI_USAGE;
}
