/* cmd_complete.c - words for the shells' completion, one a line. It never starts facteurd and never complains: a shell
 * waits. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "rpc.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

static void print_word(const char *word)
{
    CLI_CLEANUP(freep) char *clean = term_clean(word, TERM_ONE_LINE);

    if (*clean)
        puts(clean);
}

static void print_accounts(struct cli *cli)
{
    json_auto_t *accounts = directory_accounts(cli);
    size_t i;
    json_t *account;

    json_array_foreach(accounts, i, account)
        print_word(*json_text(account, "address") ? json_text(account, "address") : json_text(account, "id"));
}

static void print_mailboxes(struct cli *cli)
{
    json_auto_t *mailboxes = directory_mailboxes(cli);
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
    {
        CLI_CLEANUP(freep) char *path = directory_path(mailboxes, mailbox);
        print_word(path);
    }
}

static void print_methods(struct cli *cli)
{
    json_auto_t *document = cli_call(cli, "rpc.discover", json_object());
    size_t i;
    json_t *method;

    json_array_foreach(json_object_get(document, "methods"), i, method) print_word(json_text(method, "name"));
}

int cmd_complete(struct cli *cli, int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "commands") == 0) {
        for (const struct command *c = cli_commands; c->name; c++)
            if (c->about)
                puts(c->name);
        return CLI_DONE;
    }
    cli->no_start = true;
    cli->rpc = rpc_open(cli->socket);
    if (!cli->rpc)
        return CLI_DONE;
    if (strcmp(what, "accounts") == 0)
        print_accounts(cli);
    else if (strcmp(what, "mailboxes") == 0)
        print_mailboxes(cli);
    else if (strcmp(what, "methods") == 0)
        print_methods(cli);
    return CLI_DONE;
}
