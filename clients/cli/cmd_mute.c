/* cmd_mute.c - mute and unmute: conversations of which nothing more is wanted. */
#include "commands.h"
#include "directory.h"
#include "emails.h"
#include "ids.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* The messages that are named, with the threads that they are in; NULL after telling. */
static json_t *load_named(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    CLI_CLEANUP(ids_done) struct ids ids = {0};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return NULL;
    if (argc < 2) {
        cli_usage(cli, "%s needs messages", argv[0]);
        return NULL;
    }
    if (ids_gather(cli, argv + 1, (size_t)argc - 1, &ids) != CLI_DONE)
        return NULL;
    return emails_load(cli, ids.list, ids.n, json_pack("[s, s]", "id", "threadId"));
}

/* All Emails of the threads of these, once each, with where they are; NULL after telling. */
static json_t *load_threads(struct cli *cli, const json_t *emails)
{
    json_auto_t *seen = json_object(), *ids = json_array();
    size_t i;
    json_t *email;

    json_array_foreach(emails, i, email)
    {
        const char *thread = json_text(email, "threadId");
        if (json_object_get(seen, thread))
            continue;
        json_object_set_new(seen, thread, json_true());
        json_auto_t *got = cli_call(cli, "Thread/get", json_pack("{s:s, s:[s]}", "accountId", "*", "ids", thread));
        if (!got)
            return NULL;
        json_array_extend(ids, json_object_get(json_array_get(json_object_get(got, "list"), 0), "emailIds"));
    }
    size_t n = json_array_size(ids);
    char **list = xmalloc((n + 1) * sizeof(*list));
    for (i = 0; i < n; i++)
        list[i] = (char *)(uintptr_t)json_string_value(json_array_get(ids, i));
    json_t *all = emails_load(cli, list, n, json_pack("[s, s]", "id", "mailboxIds"));
    free(list);
    return all;
}

static int tell(struct cli *cli, int status, int done, const char *what)
{
    if (!cli->json && cli->err_tty)
        fprintf(stderr, "%d %s %s\n", done, done == 1 ? "message" : "messages", what);
    return status;
}

/* ---- mute ------------------------------------------------------------------------------------------------- */

static const char *with_role(const json_t *mailboxes, const char *account_id, const char *role)
{
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
    {
        if (strcmp(json_text(mailbox, "accountId"), account_id) == 0 && strcmp(json_text(mailbox, "role"), role) == 0)
            return json_text(mailbox, "id");
    }
    return NULL;
}

static json_t *muted(const json_t *email, void *mailboxes)
{
    const char *account = json_text(email, "accountId");
    const char *inbox = with_role(mailboxes, account, "inbox"), *archive = with_role(mailboxes, account, "archive");
    json_t *patch = json_pack("{s:b}", "keywords/$muted", 1);

    if (inbox && archive && json_object_get(json_object_get(email, "mailboxIds"), inbox)) {
        CLI_CLEANUP(freep) char *from = xasprintf("mailboxIds/%s", inbox);
        CLI_CLEANUP(freep) char *to = xasprintf("mailboxIds/%s", archive);
        json_object_set_new(patch, from, json_null());
        json_object_set_new(patch, to, json_true());
    }
    return patch;
}

int cmd_mute(struct cli *cli, int argc, char **argv)
{
    json_auto_t *emails = load_named(cli, argc, argv), *all = emails ? load_threads(cli, emails) : NULL;
    json_auto_t *mailboxes = all ? directory_mailboxes(cli) : NULL;
    int done = 0;

    if (!mailboxes)
        return cli->status;
    int status = emails_set(cli, all, muted, mailboxes, &done);
    return tell(cli, status, done, "muted");
}

/* ---- unmute ----------------------------------------------------------------------------------------------- */

static json_t *not_muted(const json_t *email, void *arg)
{
    (void)email;
    (void)arg;
    return json_pack("{s:n}", "keywords/$muted");
}

int cmd_unmute(struct cli *cli, int argc, char **argv)
{
    json_auto_t *emails = load_named(cli, argc, argv), *all = emails ? load_threads(cli, emails) : NULL;
    int done = 0;

    if (!all)
        return cli->status;
    int status = emails_set(cli, all, not_muted, NULL, &done);
    return tell(cli, status, done, "not muted");
}
