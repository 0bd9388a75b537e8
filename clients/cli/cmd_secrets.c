/* cmd_secrets.c - where passwords are kept: secrets list, default, move, encrypt, passphrase; unlock, lock. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "password.h"
#include "secrets.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

/* ---- the choice of a place ---------------------------------------------------------------------------------- */

static const char *store_of(const struct secrets_choice *c)
{
    return c->command ? "command" : c->credential ? "credential" : c->store;
}

bool secrets_are_read_only(const struct secrets_choice *c)
{
    const char *store = store_of(c);
    return store && (strcmp(store, "command") == 0 || strcmp(store, "credential") == 0);
}

static int put(struct cli *cli, json_t *to, bool is_patch, const char *name, const char *value)
{
    CLI_CLEANUP(freep) char *path = xasprintf("%s%s", is_patch ? "settings/" : "", name);
    if (!value && !is_patch)
        return CLI_DONE;
    if (json_object_set_new(to, path, value ? json_string(value) : json_null()) < 0)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    return CLI_DONE;
}

int secrets_put(struct cli *cli, const struct secrets_choice *c, json_t *to, bool is_patch)
{
    const char *store = store_of(c);
    if (!store)
        return CLI_DONE;
    if (c->store && strcmp(c->store, store) != 0)
        return cli_usage(cli, "--secrets %s contradicts %s", c->store,
                         c->command ? "--password-command" : "--credential");
    if (c->command && c->credential)
        return cli_usage(cli, "--password-command and --credential: one of them is enough");
    if (strcmp(store, "command") == 0 && !c->command)
        return cli_usage(cli, "--password-command says which command");
    if (put(cli, to, is_patch, "secrets", store) != CLI_DONE ||
        put(cli, to, is_patch, "passwordCommand", c->command) != CLI_DONE ||
        put(cli, to, is_patch, "credential", c->credential) != CLI_DONE)
        return cli->status;
    return CLI_DONE;
}

/* ---- list ------------------------------------------------------------------------------------------------------ */

static const struct table_column store_columns[] = {
    {"STORE", .fixed = true}, {"USED BY", .min = 10}, {"STATE", .min = 10}};

/* "jane, work"; freed by the caller. */
static char *users_of(const json_t *got, const json_t *accounts, const char *store)
{
    char *text = xstrdup("");
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(got, "accounts"), i, item)
    {
        const json_t *account = directory_by_id(accounts, json_text(item, "accountId"));
        if (strcmp(json_text(item, "store"), store) != 0 || !account)
            continue;
        char *longer = xasprintf("%s%s%s", text, *text ? ", " : "", directory_account_name(account));
        free(text);
        text = longer;
    }
    return text;
}

static char *state_of(const json_t *got, const json_t *store)
{
    bool is_default = strcmp(json_text(got, "defaultStore"), json_text(store, "name")) == 0;
    const char *problem = json_text(store, "problem");
    const char *kind = json_is_true(json_object_get(store, "isWritable")) ? "" : "can only be read";

    return xasprintf("%s%s%s%s%s", is_default ? "default" : "", is_default && (*problem || *kind) ? "; " : "", kind,
                     *kind && *problem ? "; " : "", problem);
}

int cmd_secrets_list(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "secrets list takes no argument");
    json_auto_t *got = cli_call(cli, "Secrets/get", json_object());
    json_auto_t *accounts = got ? directory_accounts(cli) : NULL;
    if (!accounts)
        return cli->status;
    if (cli->json) {
        cli_print_json(got);
        return CLI_DONE;
    }
    CLI_CLEANUP(table_free)
    struct table *t = table_new(store_columns, sizeof(store_columns) / sizeof(store_columns[0]));
    size_t i;
    json_t *store;
    json_array_foreach(json_object_get(got, "stores"), i, store)
    {
        CLI_CLEANUP(freep) char *users = users_of(got, accounts, json_text(store, "name"));
        CLI_CLEANUP(freep) char *state = state_of(got, store);
        table_row(t, false, json_text(store, "name"), users, state);
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- default, move --------------------------------------------------------------------------------------------- */

int cmd_secrets_default(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "secrets default needs one store: file, encrypted or keyring");
    json_auto_t *result = cli_call(cli, "Secrets/set", json_pack("{s:s}", "defaultStore", argv[1]));
    if (!result)
        return cli->status;
    if (cli->json)
        cli_print_json(result);
    else
        printf("new accounts keep their passwords in: %s\n", json_text(result, "defaultStore"));
    return CLI_DONE;
}

static int move_one(struct cli *cli, const json_t *account, const json_t *patch, const char *store)
{
    const char *id = json_text(account, "id"), *name = directory_account_name(account);
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "update", id, patch));

    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);
    if (error) {
        cli_tell_set_error(name, error);
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s}", "account", id, "store", store);
        cli_print_json(line);
    } else {
        printf("%s: the password is in: %s\n", name, store);
    }
    return CLI_DONE;
}

/* The accounts that are meant: those named, or all that have a server. */
static json_t *meant(struct cli *cli, const json_t *accounts, int n, char **words)
{
    json_t *list = json_array();
    size_t i;
    json_t *account;

    json_array_foreach(accounts, i, account)
    {
        if (n == 0 && !json_is_true(json_object_get(account, "isLocal")))
            json_array_append(list, account);
    }
    for (int k = 0; k < n; k++) {
        const json_t *one = directory_account(cli, accounts, words[k]);
        if (!one) {
            json_decref(list);
            return NULL;
        }
        json_array_append(list, (json_t *)one);
    }
    return list;
}

int cmd_secrets_move(struct cli *cli, int argc, char **argv)
{
    struct secrets_choice c = {0};
    const struct option_spec specs[] = {
        {"password-command", .text = &c.command}, {"credential", .text = &c.credential}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "secrets move needs a store: file, encrypted, keyring, command or credential");
    c.store = argv[1];
    json_auto_t *patch = json_object();
    if (secrets_put(cli, &c, patch, true) != CLI_DONE)
        return cli->status;
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *list = accounts ? meant(cli, accounts, argc - 2, argv + 2) : NULL;
    if (!list)
        return cli->status;
    int status = CLI_DONE;
    size_t i;
    json_t *account;
    json_array_foreach(list, i, account)
    {
        if (move_one(cli, account, patch, c.store) != CLI_DONE)
            status = cli->status;
    }
    return cli->status = status;
}

/* ---- the passphrase -------------------------------------------------------------------------------------------- */

/* Sets params[name]; `prompt` is for a terminal. */
static int ask(struct cli *cli, const char *prompt, bool from_stdin, json_t *params, const char *name)
{
    CLI_CLEANUP(password_free) char *text = password_read(cli, from_stdin, prompt, "--passphrase-stdin");

    if (!text)
        return cli->status;
    if (json_object_set_new(params, name, json_string(text)) < 0)
        return cli_fail(cli, CLI_USAGE, "the passphrase is not UTF-8");
    return CLI_DONE;
}

/* The same, typed twice: nobody sees what he types. */
static int ask_twice(struct cli *cli, bool from_stdin, json_t *params, const char *name)
{
    json_auto_t *again = json_object();

    if (ask(cli, "New passphrase: ", from_stdin, params, name) != CLI_DONE)
        return cli->status;
    if (from_stdin)
        return CLI_DONE;
    if (ask(cli, "Once more: ", false, again, name) != CLI_DONE)
        return cli->status;
    if (!json_equal(json_object_get(params, name), json_object_get(again, name)))
        return cli_fail(cli, CLI_FAILED, "that was not the same: nothing was changed");
    return CLI_DONE;
}

/* Params are an object that nobody else keeps: its strings are wiped when they are freed (main.c). */
static int unlock(struct cli *cli, json_t *params, const char *done)
{
    json_auto_t *result = cli_call(cli, "Secrets/unlock", params);

    if (!result)
        return cli->status;
    if (cli->json)
        cli_print_json(result);
    else
        puts(done);
    return CLI_DONE;
}

static int parse(struct cli *cli, int argc, char **argv, bool *from_stdin)
{
    const struct option_spec specs[] = {{"passphrase-stdin", .flag = from_stdin}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status ? cli->status : -1;
    return argc > 1 ? cli_usage(cli, "it takes no argument") : CLI_DONE;
}

int cmd_unlock(struct cli *cli, int argc, char **argv)
{
    bool from_stdin = false;
    json_auto_t *params = json_object();

    if (parse(cli, argc, argv, &from_stdin) != CLI_DONE ||
        ask(cli, "Passphrase: ", from_stdin, params, "passphrase") != CLI_DONE)
        return cli->status;
    return unlock(cli, json_incref(params), "unlocked until facteurd ends");
}

int cmd_secrets_encrypt(struct cli *cli, int argc, char **argv)
{
    bool from_stdin = false;
    json_auto_t *params = json_pack("{s:b}", "isNew", 1);

    if (parse(cli, argc, argv, &from_stdin) != CLI_DONE || ask_twice(cli, from_stdin, params, "passphrase") != CLI_DONE)
        return cli->status;
    return unlock(cli, json_incref(params),
                  "there is an encrypted file now: 'facteur secrets move encrypted' moves the passwords into it");
}

int cmd_secrets_passphrase(struct cli *cli, int argc, char **argv)
{
    bool from_stdin = false;
    json_auto_t *params = json_object();

    if (parse(cli, argc, argv, &from_stdin) != CLI_DONE ||
        ask(cli, "Passphrase so far: ", from_stdin, params, "passphrase") != CLI_DONE ||
        ask_twice(cli, from_stdin, params, "newPassphrase") != CLI_DONE)
        return cli->status;
    return unlock(cli, json_incref(params), "the passphrase is another one now");
}

int cmd_lock(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "lock takes no argument");
    json_auto_t *result = cli_call(cli, "Secrets/lock", json_object());
    if (!result)
        return cli->status;
    if (cli->json)
        cli_print_json(result);
    else
        puts("locked");
    return CLI_DONE;
}
