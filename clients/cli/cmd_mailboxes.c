/* cmd_mailboxes.c - names, roles, totals, unread. */
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

static const struct table_column columns[] = {
    {"ID", .fixed = true},
    {"ACCOUNT", .min = 8, .drop = 2},
    {"MAILBOX", .min = 10},
    {"ROLE", .fixed = true, .drop = 3},
    {"TOTAL", .fixed = true, .right = true, .drop = 1},
    {"UNREAD", .fixed = true, .right = true},
};

static void print_line(const json_t *mailbox, const char *path)
{
    json_auto_t *line = json_copy((json_t *)mailbox);

    json_object_set_new(line, "path", json_string(path));
    cli_print_json(line);
}

static void add_row(struct table *t, const json_t *mailbox, const char *path, const char *account)
{
    int64_t unread = json_number(mailbox, "unreadEmails");
    char total_text[24], unread_text[24];

    snprintf(total_text, sizeof(total_text), "%lld", (long long)json_number(mailbox, "totalEmails"));
    snprintf(unread_text, sizeof(unread_text), "%lld", (long long)unread);
    table_row(t, unread > 0, json_text(mailbox, "id"), account, path, json_text(mailbox, "role"), total_text,
              unread_text);
}

int cmd_mailboxes(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 2)
        return cli_usage(cli, "mailboxes takes one account at most");
    json_auto_t *accounts = directory_accounts(cli);
    if (!accounts)
        return cli->status;
    const json_t *only = argc > 1 ? directory_account(cli, accounts, argv[1]) : NULL;
    if (argc > 1 && !only)
        return cli->status;
    json_auto_t *mailboxes = directory_mailboxes(cli);
    if (!mailboxes)
        return cli->status;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *mailbox;
    json_array_foreach(mailboxes, i, mailbox)
    {
        const json_t *account = directory_by_id(accounts, json_text(mailbox, "accountId"));
        if (only && account != only)
            continue;
        CLI_CLEANUP(freep) char *path = directory_path(mailboxes, mailbox);
        if (cli->json)
            print_line(mailbox, path);
        else
            add_row(t, mailbox, path, directory_account_name(account));
    }
    table_print(t, cli);
    return CLI_DONE;
}
