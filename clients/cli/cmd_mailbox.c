/* cmd_mailbox.c - mailbox create, rename, delete, subscribe, unsubscribe, keep, color. */
#include "commands.h"
#include "directory.h"
#include "keep.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* ---- what is named ---------------------------------------------------------------------------------------- */

struct world {
    json_t *accounts, *mailboxes;
};

static void world_done(struct world *w)
{
    json_decref(w->accounts);
    json_decref(w->mailboxes);
}

static int world_load(struct cli *cli, struct world *w)
{
    w->accounts = directory_accounts(cli);
    w->mailboxes = w->accounts ? directory_mailboxes(cli) : NULL;
    return w->mailboxes ? CLI_DONE : cli->status;
}

/* The one mailbox of that name. Borrowed from `w`; NULL after telling. */
static const json_t *only_mailbox(struct cli *cli, const struct world *w, const char *word)
{
    json_auto_t *found = directory_match(cli, w->accounts, w->mailboxes, NULL, word);

    if (!found)
        return NULL;
    if (json_array_size(found) > 1) {
        cli_fail(cli, CLI_FAILED, "several accounts have a mailbox '%s': ACCOUNT:MAILBOX says which", word);
        return NULL;
    }
    return directory_by_id(w->mailboxes, json_text(json_array_get(found, 0), "id"));
}

/* A place for a mailbox: "ACCOUNT:Work/Clients" is the mailbox "Clients" below "Work". */
struct place {
    const json_t *account, *parent; /* parent NULL: the top */
    const char *name;               /* points into the word */
};

/* The mailbox whose path is exactly that, in one account. */
static const json_t *by_path(const struct world *w, const char *account_id, const char *path)
{
    size_t i;
    json_t *m;

    json_array_foreach(w->mailboxes, i, m)
    {
        CLI_CLEANUP(freep) char *p = directory_path(w->mailboxes, m);
        if (strcmp(json_text(m, "accountId"), account_id) == 0 && strcasecmp(p, path) == 0)
            return m;
    }
    return NULL;
}

/* `account`: where it is unless the word says so; NULL: the only account there is, or the local one. 0, or -1 after
 * telling. */
static int read_place(struct cli *cli, const struct world *w, const char *word, const json_t *account,
                      struct place *out)
{
    const char *colon = strchr(word, ':'), *path = word, *slash;

    out->account = account;
    if (colon) {
        CLI_CLEANUP(freep) char *name = xasprintf("%.*s", (int)(colon - word), word);
        out->account = directory_account(cli, w->accounts, name);
        path = colon + 1;
    } else if (!account) {
        out->account =
            json_array_size(w->accounts) == 2 /* the local one and another */
                ? json_array_get(w->accounts, json_is_true(json_object_get(json_array_get(w->accounts, 0), "isLocal")))
                : directory_local(cli, w->accounts);
    }
    if (!out->account)
        return -1;
    slash = strrchr(path, '/');
    out->name = slash ? slash + 1 : path;
    out->parent = NULL;
    if (!slash)
        return 0;
    CLI_CLEANUP(freep) char *above = xasprintf("%.*s", (int)(slash - path), path);
    out->parent = by_path(w, json_text(out->account, "id"), above);
    if (out->parent)
        return 0;
    const char *name = directory_account_name(out->account);
    cli_fail(cli, CLI_FAILED, "%s has no mailbox '%s': 'facteur mailbox create \"%s:%s\"' makes it", name, above, name,
             above);
    return -1;
}

/* ---- Mailbox/set ------------------------------------------------------------------------------------------ */

/* `what`: "created", "updated", "destroyed"; the failures stand beside it. Tells. */
static int tell_result(struct cli *cli, const json_t *result, const char *failures, const char *id, const char *label,
                       const char *done)
{
    const json_t *error = json_object_get(json_object_get(result, failures), id);

    if (error) {
        cli_tell_set_error(label, error);
        return cli->status = CLI_FAILED;
    }
    const json_t *created = json_object_get(json_object_get(result, "created"), id);
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s}", "id", created ? json_text(created, "id") : id, "done", done);
        cli_print_json(line);
    } else if (created) {
        printf("%s: %s as %s\n", label, done, json_text(created, "id"));
    } else {
        printf("%s: %s\n", label, done);
    }
    return CLI_DONE;
}

int cmd_mailbox_create(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    const char *role = NULL;
    bool no_subscribe = false;
    const struct option_spec specs[] = {{"role", .text = &role}, {"unsubscribed", .flag = &no_subscribe}, {0}};
    struct place p;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "mailbox create needs one path");
    if (world_load(cli, &w) != CLI_DONE || read_place(cli, &w, argv[1], NULL, &p) < 0)
        return cli->status;
    json_t *object =
        json_pack("{s:s, s:s?, s:s*, s:b}", "name", p.name, "parentId", p.parent ? json_text(p.parent, "id") : NULL,
                  "role", role, "isSubscribed", !no_subscribe);
    if (!object)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    json_auto_t *result =
        cli_call(cli, "Mailbox/set",
                 json_pack("{s:s, s:{s:o}}", "accountId", json_text(p.account, "id"), "create", "new", object));
    return result ? tell_result(cli, result, "notCreated", "new", argv[1], "made") : cli->status;
}

static int update(struct cli *cli, const json_t *mailbox, json_t *patch, const char *label, const char *done)
{
    const char *id = json_text(mailbox, "id");

    if (!patch)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    json_auto_t *result =
        cli_call(cli, "Mailbox/set",
                 json_pack("{s:s, s:{s:o}}", "accountId", json_text(mailbox, "accountId"), "update", id, patch));
    return result ? tell_result(cli, result, "notUpdated", id, label, done) : cli->status;
}

int cmd_mailbox_rename(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    const struct option_spec specs[] = {{0}};
    struct place p;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 3)
        return cli_usage(cli, "mailbox rename needs a mailbox and its new path");
    if (world_load(cli, &w) != CLI_DONE)
        return cli->status;
    const json_t *mailbox = only_mailbox(cli, &w, argv[1]);
    if (!mailbox)
        return cli->status;
    const json_t *account = directory_by_id(w.accounts, json_text(mailbox, "accountId"));
    if (read_place(cli, &w, argv[2], account, &p) < 0)
        return cli->status;
    if (p.account != account)
        return cli_fail(cli, CLI_FAILED, "a mailbox stays in its account");
    return update(cli, mailbox,
                  json_pack("{s:s, s:s?}", "name", p.name, "parentId", p.parent ? json_text(p.parent, "id") : NULL),
                  argv[1], "renamed");
}

int cmd_mailbox_delete(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    bool with_messages = false, force = false;
    const struct option_spec specs[] = {{"with-messages", .flag = &with_messages}, {"force", .flag = &force}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "mailbox delete needs one mailbox");
    if (world_load(cli, &w) != CLI_DONE)
        return cli->status;
    const json_t *mailbox = only_mailbox(cli, &w, argv[1]);
    if (!mailbox)
        return cli->status;
    const char *id = json_text(mailbox, "id"), *role = json_text(mailbox, "role");
    if (*role && !force && strcmp(role, "inbox") != 0) /* that one is refused anyway */
        return cli_fail(cli, CLI_FAILED,
                        "%s: the account needs it, it is the one for %s: --force deletes it nevertheless", argv[1],
                        role);
    json_auto_t *result = cli_call(cli, "Mailbox/set",
                                   json_pack("{s:s, s:[s], s:b}", "accountId", json_text(mailbox, "accountId"),
                                             "destroy", id, "onDestroyRemoveEmails", with_messages));
    if (!result || tell_result(cli, result, "notDestroyed", id, argv[1], "deleted") == CLI_DONE)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notDestroyed"), id);
    if (strcmp(json_text(error, "type"), "mailboxHasEmail") == 0)
        cli_note("--with-messages deletes it with those that are in no other mailbox");
    return cli->status;
}

static int subscribe(struct cli *cli, int argc, char **argv, bool on)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "mailbox %s needs one mailbox", argv[0]);
    if (world_load(cli, &w) != CLI_DONE)
        return cli->status;
    const json_t *mailbox = only_mailbox(cli, &w, argv[1]);
    if (!mailbox)
        return cli->status;
    return update(cli, mailbox, json_pack("{s:b}", "isSubscribed", on), argv[1],
                  on ? "subscribed" : "not subscribed any more");
}

int cmd_mailbox_subscribe(struct cli *cli, int argc, char **argv)
{
    return subscribe(cli, argc, argv, true);
}

int cmd_mailbox_unsubscribe(struct cli *cli, int argc, char **argv)
{
    return subscribe(cli, argc, argv, false);
}

/* It is not among the properties that are told unasked. */
static int tell_keep(struct cli *cli, const json_t *mailbox, const char *label)
{
    json_auto_t *result = cli_call(cli, "Mailbox/get",
                                   json_pack("{s:s, s:[s], s:[s, s]}", "accountId", json_text(mailbox, "accountId"),
                                             "ids", json_text(mailbox, "id"), "properties", "id", "keep"));
    const json_t *found = json_array_get(json_object_get(result, "list"), 0);

    if (!result)
        return cli->status;
    if (!found)
        return cli_fail(cli, CLI_FAILED, "the mailbox '%s' is gone", label);
    if (cli->json) {
        cli_print_json(found);
    } else {
        CLI_CLEANUP(freep) char *text = keep_text(json_object_get(found, "keep"));
        printf("%s: %s\n", label, text);
    }
    return CLI_DONE;
}

int cmd_mailbox_keep(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2 || argc > 3)
        return cli_usage(
            cli, "mailbox keep needs a mailbox, and all, none, 30d, each perhaps with a limit (30d,1M), or account");
    json_auto_t *policy = argc < 3 ? NULL : strcmp(argv[2], "account") == 0 ? json_null() : keep_from_text(argv[2]);
    if (argc == 3 && !policy)
        return cli_usage(cli, "'%s' is not all, none or 30d, each perhaps with a limit (30d,1M), and not account",
                         argv[2]);
    if (world_load(cli, &w) != CLI_DONE)
        return cli->status;
    const json_t *mailbox = only_mailbox(cli, &w, argv[1]);
    if (!mailbox)
        return cli->status;
    return policy ? update(cli, mailbox, json_pack("{s:O}", "keep", policy), argv[1], "set")
                  : tell_keep(cli, mailbox, argv[1]);
}

/* ---- colours ---------------------------------------------------------------------------------------------- */

#define COLORS "red, orange, yellow, green, teal, blue, violet, pink, brown, grey"

static bool is_color(const char *word)
{
    size_t n = strlen(word);

    for (const char *at = COLORS; *at; at += strspn(at, ", ")) {
        size_t length = strcspn(at, ",");
        if (length == n && strncmp(at, word, n) == 0)
            return true;
        at += length;
    }
    return false;
}

static int tell_color(struct cli *cli, const json_t *mailbox, const char *label)
{
    const char *color = json_text(mailbox, "color");

    if (cli->json) {
        json_auto_t *line =
            json_pack("{s:s, s:O}", "id", json_text(mailbox, "id"), "color", json_object_get(mailbox, "color"));
        cli_print_json(line);
    } else {
        printf("%s: %s\n", label, *color ? color : "none");
    }
    return CLI_DONE;
}

int cmd_mailbox_color(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(world_done) struct world w = {0};
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2 || argc > 3)
        return cli_usage(cli, "mailbox color needs a mailbox, and a colour or none");
    bool is_none = argc == 3 && strcmp(argv[2], "none") == 0;
    if (argc == 3 && !is_none && !is_color(argv[2]))
        return cli_usage(cli, "'%s' is none of " COLORS ", and not none", argv[2]);
    if (world_load(cli, &w) != CLI_DONE)
        return cli->status;
    const json_t *mailbox = only_mailbox(cli, &w, argv[1]);
    if (!mailbox)
        return cli->status;
    return argc < 3 ? tell_color(cli, mailbox, argv[1])
                    : update(cli, mailbox, json_pack("{s:s?}", "color", is_none ? NULL : argv[2]), argv[1],
                             is_none ? "has no colour" : argv[2]);
}
