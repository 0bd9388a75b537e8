/* cmd_complete.c - words for the shells' completion, one a line. It never starts facteurd and never complains: a shell
 * waits. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "rules.h"
#include "term.h"

#include <facteur/client.h>

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

static void print_tokens(struct cli *cli)
{
    json_auto_t *got = cli_call(cli, "Token/get", json_object());
    size_t i;
    json_t *token;

    json_array_foreach(json_object_get(got, "list"), i, token) print_word(json_text(token, "name"));
}

static void print_rules(struct cli *cli)
{
    json_auto_t *rules = rules_load(cli, NULL);
    size_t i;
    json_t *rule;

    json_array_foreach(rules, i, rule) print_word(json_text(rule, "name"));
}

static void print_methods(struct cli *cli)
{
    json_auto_t *document = cli_call(cli, "rpc.discover", json_object());
    size_t i;
    json_t *method;

    json_array_foreach(json_object_get(document, "methods"), i, method) print_word(json_text(method, "name"));
}

/* ---- what the table of commands says ---------------------------------------------------------------------- */

static int print_commands(void)
{
    for (const struct command *c = cli_commands; c->name; c++)
        if (c->about && !strchr(c->name, ' '))
            puts(c->name);
    return CLI_DONE;
}

/* "account" TAB "add" TAB "adds an account" for every group. */
static int print_actions(void)
{
    for (const struct command *group = cli_commands; group->name; group++)
        for (const struct command *c = cli_commands; c->name; c++)
            if (command_action(c, group))
                printf("%s\t%s\t%s\n", group->name, command_action(c, group), c->about);
    return CLI_DONE;
}

static void print_options_of(const char *command, const struct command_option *options)
{
    for (const struct command_option *o = options; o && o->name; o++)
        printf("%s\t%c%c\t--%s\t%s\t%s\n", command, o->letter ? '-' : '.', o->letter ? o->letter : '.', o->name,
               o->value ? o->value : "-", o->about);
}

/* Command, "-m" or "..", "--mailbox", "MAILBOX" or "-", and what it does, between TABs. The command "*" is any, "."
 * none yet. */
static int print_options(void)
{
    print_options_of(".", cli_front_options);
    print_options_of("*", cli_global_options);
    for (const struct command *c = cli_commands; c->name; c++)
        print_options_of(c->name, c->options);
    return CLI_DONE;
}

int cmd_complete(struct cli *cli, int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "commands") == 0)
        return print_commands();
    if (strcmp(what, "actions") == 0)
        return print_actions();
    if (strcmp(what, "options") == 0)
        return print_options();
    cli->no_start = true;
    cli->rpc = facteur_client_open(cli->socket);
    if (!cli->rpc)
        return CLI_DONE;
    if (strcmp(what, "accounts") == 0)
        print_accounts(cli);
    else if (strcmp(what, "mailboxes") == 0)
        print_mailboxes(cli);
    else if (strcmp(what, "tokens") == 0)
        print_tokens(cli);
    else if (strcmp(what, "rules") == 0)
        print_rules(cli);
    else if (strcmp(what, "methods") == 0)
        print_methods(cli);
    return CLI_DONE;
}
