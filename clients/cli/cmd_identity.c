/* cmd_identity.c - identity list, create, set, delete: the addresses that an account sends from. */
#include "commands.h"
#include "directory.h"
#include "draft.h"
#include "options.h"
#include "signature.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static json_t *load_identities(struct cli *cli)
{
    json_auto_t *got = cli_call(cli, "Identity/get", json_pack("{s:s}", "accountId", "*"));

    return json_incref(json_object_get(got, "list"));
}

/* ---- list ------------------------------------------------------------------------------------------------- */

static const struct table_column columns[] = {{"ID", .fixed = true},
                                              {"ADDRESS", .min = 16},
                                              {"NAME", .min = 8},
                                              {"ACCOUNT", .min = 8},
                                              {"SIGNATURE", .fixed = true}};

static const char *signature_word(const json_t *identity)
{
    bool text = *json_text(identity, "textSignature"), html = *json_text(identity, "htmlSignature");

    return text && html ? "text, HTML" : text ? "text" : html ? "HTML" : "";
}

int cmd_identity_list(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    size_t i;
    json_t *identity;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "identity list takes no argument");
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *identities = accounts ? load_identities(cli) : NULL;
    if (!identities)
        return cli->status;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_array_foreach(identities, i, identity)
    {
        const json_t *account = directory_by_id(accounts, json_text(identity, "accountId"));
        if (cli->json)
            cli_print_json(identity);
        else
            table_row(t, false, json_text(identity, "id"), json_text(identity, "email"), json_text(identity, "name"),
                      account ? directory_account_name(account) : "", signature_word(identity));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- create and set --------------------------------------------------------------------------------------- */

struct wishes {
    const char *account, *name, *signature, *html_signature;
    json_t *reply_to, *bcc;
};

static void wishes_done(struct wishes *w)
{
    json_decref(w->reply_to);
    json_decref(w->bcc);
}

/* "" takes them away. */
static int put_addresses(struct cli *cli, const char *account_id, const char *property, const json_t *words,
                         json_t *identity)
{
    CLI_CLEANUP(draft_done) struct draft d = {.account_id = xstrdup(account_id), .email = json_object()};

    if (json_array_size(words) == 0)
        return 0;
    if (json_array_size(words) == 1 && !*json_string_value(json_array_get(words, 0)))
        return json_object_set_new(identity, property, json_null());
    if (draft_add_addresses(cli, &d, property, words) < 0)
        return -1;
    return json_object_set(identity, property, json_object_get(d.email, property));
}

/* An empty path takes the signature away. */
static int put_signature(struct cli *cli, const char *property, const char *path,
                         char *(*read)(struct cli *cli, const char *path), json_t *identity)
{
    if (!path)
        return 0;
    CLI_CLEANUP(freep) char *text = *path ? read(cli, path) : xstrdup("");
    if (!text)
        return -1;
    if (json_object_set_new(identity, property, json_string(text)) < 0)
        return cli_fail(cli, CLI_FAILED, "%s is no UTF-8", path), -1;
    return 0;
}

static int put_wishes(struct cli *cli, const char *account_id, const struct wishes *w, json_t *identity)
{
    if (w->name && json_object_set_new(identity, "name", json_string(w->name)) < 0)
        return cli_fail(cli, CLI_USAGE, "the name is no UTF-8"), -1;
    if (put_addresses(cli, account_id, "replyTo", w->reply_to, identity) < 0 ||
        put_addresses(cli, account_id, "bcc", w->bcc, identity) < 0 ||
        put_signature(cli, "textSignature", w->signature, signature_text, identity) < 0)
        return -1;
    return put_signature(cli, "htmlSignature", w->html_signature, signature_html, identity);
}

/* The outcome for one object of an Identity/set. */
static int tell(struct cli *cli, const json_t *result, const char *failures, const char *key, const char *label,
                const char *done)
{
    const json_t *error = json_object_get(json_object_get(result, failures), key),
                 *created = json_object_get(json_object_get(result, "created"), key);
    const char *id = created ? json_text(created, "id") : key;

    if (!result)
        return cli->status;
    if (error) {
        cli_tell_set_error(label, error);
        return cli->status = CLI_FAILED;
    }
    json_auto_t *line = json_pack("{s:s, s:s}", "id", id, "done", done);
    if (cli->json)
        cli_print_json(line);
    else
        printf("%s: %s%s%s\n", label, done, created ? " as " : "", created ? id : "");
    return CLI_DONE;
}

/* The account of the name, or the one that has this address, or has another one of its domain, or is the only one with
 * a server. */
static const json_t *find_account(struct cli *cli, const json_t *accounts, const char *word, const char *address)
{
    const char *at = strrchr(address, '@');
    const json_t *only = NULL;
    size_t i, n = 0;
    json_t *account;

    if (word)
        return directory_account(cli, accounts, word);
    json_array_foreach(accounts, i, account)
    {
        const char *own = strrchr(json_text(account, "address"), '@');
        if (at && own && strcasecmp(at, own) == 0)
            return account;
        if (own) {
            only = account;
            n++;
        }
    }
    if (n == 1)
        return only;
    cli_fail(cli, CLI_FAILED, "which account sends as %s? --account says it", address);
    return NULL;
}

int cmd_identity_create(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(wishes_done) struct wishes w = {.reply_to = json_array(), .bcc = json_array()};
    const struct option_spec specs[] = {{"account", .text = &w.account},
                                        {"name", .text = &w.name},
                                        {"reply-to", .list = w.reply_to},
                                        {"bcc", .list = w.bcc},
                                        {"signature", .text = &w.signature},
                                        {"html-signature", .text = &w.html_signature},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "identity create needs an address");
    json_auto_t *accounts = directory_accounts(cli);
    const json_t *account = accounts ? find_account(cli, accounts, w.account, argv[1]) : NULL;
    json_auto_t *identity = json_pack("{s:s}", "email", argv[1]);
    if (account && !identity)
        return cli_fail(cli, CLI_USAGE, "the address is no UTF-8");
    if (!account || put_wishes(cli, json_text(account, "id"), &w, identity) < 0)
        return cli->status;
    json_auto_t *result =
        cli_call(cli, "Identity/set",
                 json_pack("{s:s, s:{s:O}}", "accountId", json_text(account, "id"), "create", "k", identity));
    return tell(cli, result, "notCreated", "k", argv[1], "created");
}

/* By id, or by address where that is one. Borrowed; NULL after telling. */
static const json_t *find_identity(struct cli *cli, const json_t *identities, const char *word)
{
    const json_t *found = directory_by_id(identities, word);
    size_t i, n = 0;
    json_t *identity;

    if (found)
        return found;
    json_array_foreach(identities, i, identity)
    {
        if (strcasecmp(json_text(identity, "email"), word) == 0) {
            found = identity;
            n++;
        }
    }
    if (n == 1)
        return found;
    cli_fail(cli, CLI_FAILED, n ? "there are several identities '%s': name one by its id" : "there is no identity '%s'",
             word);
    return NULL;
}

int cmd_identity_set(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(wishes_done) struct wishes w = {.reply_to = json_array(), .bcc = json_array()};
    const struct option_spec specs[] = {{"name", .text = &w.name},
                                        {"reply-to", .list = w.reply_to},
                                        {"bcc", .list = w.bcc},
                                        {"signature", .text = &w.signature},
                                        {"html-signature", .text = &w.html_signature},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "identity set needs an identity");
    json_auto_t *identities = load_identities(cli);
    const json_t *identity = identities ? find_identity(cli, identities, argv[1]) : NULL;
    json_auto_t *patch = json_object();
    if (!identity || put_wishes(cli, json_text(identity, "accountId"), &w, patch) < 0)
        return cli->status;
    if (json_object_size(patch) == 0)
        return cli_usage(cli, "identity set needs something to change");
    const char *id = json_text(identity, "id");
    json_auto_t *result =
        cli_call(cli, "Identity/set",
                 json_pack("{s:s, s:{s:O}}", "accountId", json_text(identity, "accountId"), "update", id, patch));
    return tell(cli, result, "notUpdated", id, json_text(identity, "email"), "changed");
}

int cmd_identity_delete(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "identity delete needs an identity");
    json_auto_t *identities = load_identities(cli);
    const json_t *identity = identities ? find_identity(cli, identities, argv[1]) : NULL;
    if (!identity)
        return cli->status;
    const char *id = json_text(identity, "id");
    json_auto_t *result = cli_call(
        cli, "Identity/set", json_pack("{s:s, s:[s]}", "accountId", json_text(identity, "accountId"), "destroy", id));
    return tell(cli, result, "notDestroyed", id, json_text(identity, "email"), "deleted");
}
