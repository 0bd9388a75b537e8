/* cmd_token.c - who may come in beside the owner: token create, list, revoke, audit. */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "password.h"
#include "table.h"
#include "term.h"
#include "tokens.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- words ------------------------------------------------------------------------------------------------------ */

char *token_joined(const json_t *words)
{
    char *text = xstrdup("");
    size_t i;
    json_t *word;

    json_array_foreach(words, i, word)
    {
        char *longer = xasprintf("%s%s%s", text, i ? ", " : "", json_string_value(word));
        free(text);
        text = longer;
    }
    return text;
}

/* "all", or the names of the accounts. */
static char *accounts_of(const json_t *token, const json_t *accounts)
{
    const json_t *ids = json_object_get(token, "accountIds");
    json_auto_t *names = json_array();
    size_t i;
    json_t *id;

    if (!json_is_array(ids))
        return xstrdup("all");
    json_array_foreach(ids, i, id)
    {
        const json_t *account = directory_by_id(accounts, json_string_value(id));
        json_array_append_new(names, json_string(account ? directory_account_name(account) : json_string_value(id)));
    }
    return token_joined(names);
}

static const struct {
    char letter;
    int64_t seconds;
} units[] = {{'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'y', 365 * 86400}};

char *token_moment(const char *text)
{
    size_t n = strspn(text, "0123456789");
    struct tm tm = {0};
    char unit = text[n];

    if (n > 0 && n < 6 && unit && !text[n + 1]) {
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
            if (units[i].letter != unit)
                continue;
            time_t at = time(NULL) + (time_t)(strtol(text, NULL, 10) * units[i].seconds);
            char out[32];
            return gmtime_r(&at, &tm) && strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &tm) ? xstrdup(out) : NULL;
        }
        return NULL;
    }
    if (strlen(text) == 10 && strspn(text, "0123456789-") == 10)
        return xasprintf("%sT00:00:00Z", text);
    return strchr(text, 'T') ? xstrdup(text) : NULL;
}

/* ---- create ----------------------------------------------------------------------------------------------------- */

int token_put_accounts(struct cli *cli, json_t *token, const json_t *words)
{
    json_auto_t *accounts = json_array_size(words) ? directory_accounts(cli) : NULL;
    json_t *ids = json_array();
    size_t i;
    json_t *word;

    json_object_set_new(token, "accountIds", json_array_size(words) ? ids : json_null());
    if (json_array_size(words) == 0) {
        json_decref(ids);
        return CLI_DONE;
    }
    if (!accounts)
        return cli->status;
    json_array_foreach(words, i, word)
    {
        const json_t *account = directory_account(cli, accounts, json_string_value(word));
        if (!account)
            return cli->status;
        json_array_append(ids, json_object_get(account, "id"));
    }
    return CLI_DONE;
}

static int put_password(struct cli *cli, json_t *token, bool from_stdin)
{
    CLI_CLEANUP(password_free) char *text = password_read(cli, from_stdin, "Password: ", "--password-stdin");

    if (!text)
        return cli->status;
    if (!from_stdin) {
        CLI_CLEANUP(password_free) char *again = password_read(cli, false, "Once more: ", "--password-stdin");
        if (!again)
            return cli->status;
        if (strcmp(text, again) != 0)
            return cli_fail(cli, CLI_FAILED, "that was not the same: no token was made");
    }
    if (json_object_set_new(token, "password", json_string(text)) < 0)
        return cli_fail(cli, CLI_USAGE, "the password is not UTF-8");
    return CLI_DONE;
}

/* The secret alone goes to standard output, so that it can be handed on without being seen. */
static void tell_created(struct cli *cli, const json_t *token)
{
    CLI_CLEANUP(freep) char *name = term_clean(json_text(token, "name"), TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *scopes = token_joined(json_object_get(token, "scopes"));
    const char *secret = json_text(token, "secret");

    if (!*secret) {
        printf("%s: %s, with the password\n", name, scopes);
        return;
    }
    puts(secret);
    if (cli->err_tty)
        cli_note("%s: %s. This is shown once: it cannot be shown again, only revoked.", name, scopes);
}

int cmd_token_create(struct cli *cli, int argc, char **argv)
{
    json_auto_t *scopes = json_array(), *words = json_array();
    const char *expires = NULL;
    bool with_password = false, from_stdin = false;
    const struct option_spec specs[] = {{"scope", .list = scopes},
                                        {"account", .list = words},
                                        {"expires", .text = &expires},
                                        {"password", .flag = &with_password},
                                        {"password-stdin", .flag = &from_stdin},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "token create needs one name: what it is for");
    CLI_CLEANUP(freep) char *moment = expires ? token_moment(expires) : NULL;
    if (expires && !moment)
        return cli_usage(cli, "--expires %s: it is like 12h, 30d, 4w, 1y or 2030-12-31", expires);
    if (json_array_size(scopes) == 0)
        json_array_append_new(scopes, json_string("read"));
    CLI_CLEANUP(password_forget)
    json_t *token = json_pack("{s:s, s:O, s:s?}", "name", argv[1], "scopes", scopes, "expiresAt", moment);
    if (!token)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    if (token_put_accounts(cli, token, words) != CLI_DONE ||
        ((with_password || from_stdin) && put_password(cli, token, from_stdin) != CLI_DONE))
        return cli->status;
    json_auto_t *result = cli_call(cli, "Token/set", json_pack("{s:{s:O}}", "create", "k", token));
    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notCreated"), "k");
    if (error) {
        cli_tell_set_error(argv[1], error);
        return cli->status = CLI_FAILED;
    }
    const json_t *created = json_object_get(json_object_get(result, "created"), "k");
    if (cli->json)
        cli_print_json(created);
    else
        tell_created(cli, created);
    return CLI_DONE;
}

/* ---- list ------------------------------------------------------------------------------------------------------- */

static const struct table_column token_columns[] = {
    {"ID", .fixed = true},
    {"NAME", .min = 10},
    {"SCOPES", .min = 6},
    {"ACCOUNTS", .min = 8},
    {"EXPIRES", .fixed = true, .right = true, .drop = 2},
    {"LAST USED", .fixed = true, .right = true, .drop = 1},
    {"FROM", .min = 6, .drop = 3},
};

static const char *date_or(const json_t *token, const char *key, const char *otherwise, char date[TERM_DATE_MAX])
{
    const char *text = json_text(token, key);
    return *text ? term_date(text, date) : otherwise;
}

int cmd_token_list(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    size_t i;
    json_t *token;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "token list takes no argument");
    json_auto_t *got = cli_call(cli, "Token/get", json_object());
    json_auto_t *accounts = got ? directory_accounts(cli) : NULL;
    if (!accounts)
        return cli->status;
    CLI_CLEANUP(table_free)
    struct table *t = table_new(token_columns, sizeof(token_columns) / sizeof(token_columns[0]));
    json_array_foreach(json_object_get(got, "list"), i, token)
    {
        char expires[TERM_DATE_MAX], used[TERM_DATE_MAX];
        CLI_CLEANUP(freep) char *scopes = token_joined(json_object_get(token, "scopes"));
        CLI_CLEANUP(freep) char *names = accounts_of(token, accounts);
        if (cli->json)
            cli_print_json(token);
        else
            table_row(t, false, json_text(token, "id"), json_text(token, "name"), scopes, names,
                      date_or(token, "expiresAt", "never", expires), date_or(token, "lastUsedAt", "never", used),
                      json_text(token, "lastUsedFrom"));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- by a name or an id ------------------------------------------------------------------------------------------ */

/* Borrowed; NULL: there is none. */
static const json_t *find(const json_t *list, const char *word)
{
    size_t i;
    json_t *token;

    json_array_foreach(list, i, token)
    {
        if (strcmp(json_text(token, "name"), word) == 0)
            return token;
    }
    return directory_by_id(list, word);
}

static int fail_unknown(struct cli *cli, const char *word)
{
    return cli_fail(cli, CLI_FAILED, "there is no token '%s': 'facteur token list' has them", word);
}

/* ---- revoke ----------------------------------------------------------------------------------------------------- */

static int tell_revoked(struct cli *cli, const json_t *result, const json_t *list, const json_t *ids)
{
    const json_t *not_destroyed = json_object_get(result, "notDestroyed");
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id)
    {
        const char *text = json_string_value(id);
        const json_t *error = json_object_get(not_destroyed, text);
        CLI_CLEANUP(freep) char *name = term_clean(json_text(directory_by_id(list, text), "name"), TERM_ONE_LINE);
        if (error) {
            cli_tell_set_error(name, error);
            cli->status = CLI_FAILED;
        } else if (!cli->json) {
            printf("%s: revoked\n", name);
        }
    }
    if (cli->json)
        cli_print_json(result);
    return cli->status;
}

int cmd_token_revoke(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    json_auto_t *ids = json_array();

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "token revoke needs the name or the id of a token");
    json_auto_t *got = cli_call(cli, "Token/get", json_object());
    if (!got)
        return cli->status;
    const json_t *list = json_object_get(got, "list");
    for (int i = 1; i < argc; i++) {
        const json_t *token = find(list, argv[i]);
        if (!token)
            return fail_unknown(cli, argv[i]);
        json_array_append(ids, json_object_get(token, "id"));
    }
    json_auto_t *result = cli_call(cli, "Token/set", json_pack("{s:O}", "destroy", ids));
    return result ? tell_revoked(cli, result, list, ids) : cli->status;
}

/* ---- audit ------------------------------------------------------------------------------------------------------ */

static const struct table_column audit_columns[] = {
    {"DATE", .fixed = true, .right = true}, {"TOKEN", .min = 8}, {"METHOD", .fixed = true},
    {"ACCOUNT", .min = 6, .drop = 2},       {"WHAT", .min = 10}, {"OUTCOME", .fixed = true},
    {"FROM", .min = 6, .drop = 1},
};

/* "e1, e2 and 7 more"; freed by the caller. */
static char *objects_of(const json_t *entry)
{
    const json_t *ids = json_object_get(entry, "objectIds");
    int64_t more = json_number(entry, "objectCount") - 3;
    json_auto_t *first = json_array();

    for (size_t i = 0; i < json_array_size(ids) && i < 3; i++)
        json_array_append(first, json_array_get(ids, i));
    char *text = token_joined(first);
    if (more <= 0)
        return text;
    char *longer = xasprintf("%s and %lld more", text, (long long)more);
    free(text);
    return longer;
}

static int put_filters(struct cli *cli, json_t *filter, const char *token, const char *account)
{
    json_auto_t *got = token ? cli_call(cli, "Token/get", json_object()) : NULL;
    json_auto_t *accounts = account ? directory_accounts(cli) : NULL;

    if ((token && !got) || (account && !accounts))
        return cli->status;
    if (token) { /* one that was revoked has its id, as the log shows it */
        const json_t *known = find(json_object_get(got, "list"), token);
        json_object_set_new(filter, "tokenId", json_string(known ? json_text(known, "id") : token));
    }
    if (account) {
        const json_t *known = directory_account(cli, accounts, account);
        if (!known)
            return cli->status;
        json_object_set(filter, "accountId", json_object_get(known, "id"));
    }
    return CLI_DONE;
}

int cmd_token_audit(struct cli *cli, int argc, char **argv)
{
    const char *account = NULL;
    int64_t count = 50;
    const struct option_spec specs[] = {{"account", .text = &account}, {"count", .number = &count}, {0}};
    size_t i;
    json_t *entry;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 2)
        return cli_usage(cli, "token audit takes one token");
    if (count < 1 || count > 1000)
        return cli_usage(cli, "--count: 1 to 1000");
    json_auto_t *params = json_pack("{s:I, s:{}}", "limit", (json_int_t)count, "filter");
    if (put_filters(cli, json_object_get(params, "filter"), argc > 1 ? argv[1] : NULL, account) != CLI_DONE)
        return cli->status;
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *got = accounts ? cli_call(cli, "Token/audit", json_incref(params)) : NULL;
    if (!got)
        return cli->status;
    CLI_CLEANUP(table_free)
    struct table *t = table_new(audit_columns, sizeof(audit_columns) / sizeof(audit_columns[0]));
    json_array_foreach(json_object_get(got, "list"), i, entry)
    {
        char date[TERM_DATE_MAX];
        CLI_CLEANUP(freep) char *what = objects_of(entry);
        const char *outcome = json_text(entry, "outcome");
        const json_t *of = directory_by_id(accounts, json_text(entry, "accountId"));
        if (cli->json)
            cli_print_json(entry);
        else
            table_row(t, false, term_date(json_text(entry, "at"), date), json_text(entry, "tokenName"),
                      json_text(entry, "method"), of ? directory_account_name(of) : json_text(entry, "accountId"), what,
                      *outcome ? outcome : "not known", json_text(entry, "remote"));
    }
    table_print(t, cli);
    return CLI_DONE;
}
