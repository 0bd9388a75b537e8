/* cmd_change.c - flag, move, delete. */
#include "commands.h"
#include "directory.h"
#include "emails.h"
#include "ids.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* ---- flag ------------------------------------------------------------------------------------------------- */

static json_t *same_patch(const json_t *email, void *patch)
{
    (void)email;
    return json_incref(patch);
}

int cmd_flag(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    json_auto_t *patch = json_object();
    CLI_CLEANUP(ids_done) struct ids ids = {0};
    size_t n_words = 0;

    if (options_parse(cli, specs, OPTIONS_FLAGS, &argc, argv) < 0)
        return cli->status;
    for (int i = 1; i < argc; i++) {
        if ((argv[i][0] != '+' && argv[i][0] != '-') || strcmp(argv[i], "-") == 0) {
            argv[1 + n_words++] = argv[i];
            continue;
        }
        if (!argv[i][1] || strchr("+-", argv[i][1]) || strchr(argv[i], '/') || strchr(argv[i], '~'))
            return cli_usage(cli, "'%s' is no flag", argv[i]);
        CLI_CLEANUP(freep) char *keyword = email_keyword(argv[i] + 1);
        CLI_CLEANUP(freep) char *path = xasprintf("keywords/%s", keyword);
        if (json_object_set_new(patch, path, argv[i][0] == '+' ? json_true() : json_null()) < 0)
            return cli_usage(cli, "a flag is not UTF-8");
    }
    if (n_words == 0 || json_object_size(patch) == 0)
        return cli_usage(cli, "flag needs messages and flags, as in: facteur flag e12 +seen -flagged");
    if (ids_gather(cli, argv + 1, n_words, &ids) != CLI_DONE)
        return cli->status;
    json_auto_t *emails = emails_load(cli, ids.list, ids.n, json_pack("[s]", "id"));
    if (!emails)
        return cli->status;
    int done;
    return emails_set(cli, emails, same_patch, patch, &done);
}

/* ---- move ------------------------------------------------------------------------------------------------- */

struct destination {
    const json_t *mailboxes; /* that match, at most one for each account */
};

static const json_t *in_account(const json_t *mailboxes, const char *account_id)
{
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
    {
        if (strcmp(json_text(mailbox, "accountId"), account_id) == 0)
            return mailbox;
    }
    return NULL;
}

static json_t *to_destination(const json_t *email, void *arg)
{
    const struct destination *d = arg;
    const json_t *mailbox = in_account(d->mailboxes, json_text(email, "accountId"));

    return json_pack("{s:{s:b}}", "mailboxIds", json_text(mailbox, "id"), 1);
}

static void say_how_many(struct cli *cli, const char *what, int done)
{
    if (!cli->json && cli->err_tty)
        fprintf(stderr, "%d %s %s\n", done, done == 1 ? "message" : "messages", what);
}

int cmd_move(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    CLI_CLEANUP(ids_done) struct ids ids = {0};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 3)
        return cli_usage(cli, "move needs messages and a mailbox");
    if (ids_gather(cli, argv + 1, (size_t)argc - 2, &ids) != CLI_DONE)
        return cli->status;
    json_auto_t *emails = emails_load(cli, ids.list, ids.n, json_pack("[s]", "id"));
    json_auto_t *accounts = emails ? directory_accounts(cli) : NULL;
    json_auto_t *mailboxes = accounts ? directory_mailboxes(cli) : NULL;
    json_auto_t *wanted = mailboxes ? directory_match(cli, accounts, mailboxes, NULL, argv[argc - 1]) : NULL;
    if (!wanted)
        return cli->status;
    size_t i;
    json_t *email;
    json_array_foreach(emails, i, email)
    {
        if (!in_account(wanted, json_text(email, "accountId")))
            return cli_fail(
                cli, CLI_FAILED, "%s is in the account %s, which has no mailbox '%s'", json_text(email, "id"),
                directory_account_name(directory_by_id(accounts, json_text(email, "accountId"))), argv[argc - 1]);
    }
    int done;
    int status = emails_set(cli, emails, to_destination, &(struct destination){wanted}, &done);
    say_how_many(cli, "moved", done);
    return status;
}

/* ---- delete ----------------------------------------------------------------------------------------------- */

struct deletion {
    const json_t *mailboxes; /* all */
    bool forever;
};

static const json_t *trash_of(const json_t *mailboxes, const char *account_id)
{
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
    {
        if (strcmp(json_text(mailbox, "role"), "trash") == 0 &&
            strcmp(json_text(mailbox, "accountId"), account_id) == 0)
            return mailbox;
    }
    return NULL;
}

/* Into the trash; out of the world when it is in the trash already, or when asked for. */
static json_t *to_trash(const json_t *email, void *arg)
{
    const struct deletion *d = arg;
    const json_t *trash = trash_of(d->mailboxes, json_text(email, "accountId"));

    if (d->forever || json_object_get(json_object_get(email, "mailboxIds"), json_text(trash, "id")))
        return NULL;
    return json_pack("{s:{s:b}}", "mailboxIds", json_text(trash, "id"), 1);
}

int cmd_delete(struct cli *cli, int argc, char **argv)
{
    struct deletion d = {0};
    CLI_CLEANUP(ids_done) struct ids ids = {0};
    const struct option_spec specs[] = {{"forever", .flag = &d.forever}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "delete needs messages");
    if (ids_gather(cli, argv + 1, (size_t)argc - 1, &ids) != CLI_DONE)
        return cli->status;
    json_auto_t *emails = emails_load(cli, ids.list, ids.n, json_pack("[s,s]", "id", "mailboxIds"));
    json_auto_t *mailboxes = emails ? directory_mailboxes(cli) : NULL;
    if (!mailboxes)
        return cli->status;
    d.mailboxes = mailboxes;
    size_t i;
    json_t *email;
    json_array_foreach(emails, i, email)
    {
        if (!d.forever && !trash_of(mailboxes, json_text(email, "accountId")))
            return cli_fail(cli, CLI_FAILED, "the account of %s has no trash; --forever destroys without one",
                            json_text(email, "id"));
    }
    int done;
    int status = emails_set(cli, emails, to_trash, &d, &done);
    say_how_many(cli, "deleted", done);
    return status;
}
