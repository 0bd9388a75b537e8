/* cmd_vacation.c - vacation: what facteurd answers while somebody is away. */
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "signature.h"
#include "table.h"
#include "term.h"
#include "when.h"

#include <stdio.h>
#include <string.h>

struct wishes {
    const char *from, *until, *subject, *text, *html;
    int64_t days;
    bool on, off;
};

/* ---- showing ---------------------------------------------------------------------------------------------- */

static json_t *load(struct cli *cli, const char *account_id)
{
    json_auto_t *got = cli_call(cli, "VacationResponse/get", json_pack("{s:s}", "accountId", account_id));

    return json_incref(json_array_get(json_object_get(got, "list"), 0));
}

static void print_line(const char *label, const char *text)
{
    CLI_CLEANUP(freep) char *clean = term_clean(text, TERM_ONE_LINE);

    printf("%-8s %s\n", label, clean);
}

static void print_date(const char *label, const json_t *v, const char *name, const char *otherwise)
{
    char date[TERM_LONG_DATE_MAX];
    const char *utc = json_text(v, name);

    printf("%-8s %s\n", label, *utc ? term_long_date(utc, date) : otherwise);
}

static void print_text(const json_t *v)
{
    const char *text = json_text(v, "textBody");
    CLI_CLEANUP(freep) char *clean = term_clean(text, TERM_KEEP_LINES);

    printf("%-8s %s\n", "HTML", *json_text(v, "htmlBody") ? "yes" : "no");
    if (*text)
        printf("\n%s%s", clean, clean[0] && clean[strlen(clean) - 1] == '\n' ? "" : "\n");
}

static int show(struct cli *cli, const json_t *account)
{
    json_auto_t *v = load(cli, json_text(account, "id"));

    if (!v)
        return cli->status;
    json_object_set(v, "accountId", json_object_get(account, "id"));
    if (cli->json) {
        cli_print_json(v);
        return CLI_DONE;
    }
    print_line("Account", directory_account_name(account));
    print_line("Answers", json_is_true(json_object_get(v, "isEnabled")) ? "on" : "off");
    print_date("From", v, "fromDate", "now on");
    print_date("Until", v, "toDate", "no end");
    printf("%-8s once in %lld days to each sender\n", "How", (long long)json_number(v, "days"));
    print_line("Subject", *json_text(v, "subject") ? json_text(v, "subject") : "Auto: and that of the message");
    print_text(v);
    return CLI_DONE;
}

static const struct table_column columns[] = {
    {"ACCOUNT", .min = 12}, {"ANSWERS", .fixed = true}, {"SUBJECT", .min = 10}};

static int list(struct cli *cli, const json_t *accounts)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *account;

    json_array_foreach(accounts, i, account)
    {
        json_auto_t *v = load(cli, json_text(account, "id"));
        if (!v)
            return cli->status;
        json_object_set(v, "accountId", json_object_get(account, "id"));
        if (cli->json)
            cli_print_json(v);
        else
            table_row(t, false, directory_account_name(account),
                      json_is_true(json_object_get(v, "isEnabled")) ? "on" : "off", json_text(v, "subject"));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* ---- changing --------------------------------------------------------------------------------------------- */

/* An empty value takes it away. */
static int put_string(struct cli *cli, json_t *patch, const char *property, const char *value)
{
    if (value && json_object_set_new(patch, property, *value ? json_string(value) : json_null()) < 0)
        return cli_fail(cli, CLI_USAGE, "%s is no UTF-8", property), -1;
    return 0;
}

static int put_date(struct cli *cli, json_t *patch, const char *property, const char *text)
{
    CLI_CLEANUP(freep) char *utc = text && *text ? when_utc(text) : NULL;

    if (text && *text && !utc)
        return cli_usage(cli, "'%s' is no time like 2030-01-31 or 2030-01-31T09:30", text), -1;
    return text ? put_string(cli, patch, property, utc ? utc : "") : 0;
}

static int put_file(struct cli *cli, json_t *patch, const char *property, const char *path,
                    char *(*read)(struct cli *cli, const char *path))
{
    CLI_CLEANUP(freep) char *text = path && *path ? read(cli, path) : NULL;

    if (path && *path && !text)
        return -1;
    return path ? put_string(cli, patch, property, text ? text : "") : 0;
}

static int put_wishes(struct cli *cli, const struct wishes *w, json_t *patch)
{
    if (w->on || w->off)
        json_object_set_new(patch, "isEnabled", json_boolean(w->on));
    if (w->days >= 0)
        json_object_set_new(patch, "days", json_integer((json_int_t)w->days));
    if (put_date(cli, patch, "fromDate", w->from) < 0 || put_date(cli, patch, "toDate", w->until) < 0 ||
        put_string(cli, patch, "subject", w->subject) < 0 ||
        put_file(cli, patch, "textBody", w->text, signature_text) < 0)
        return -1;
    return put_file(cli, patch, "htmlBody", w->html, signature_html);
}

static int change(struct cli *cli, const json_t *account, json_t *patch)
{
    json_auto_t *result =
        cli_call(cli, "VacationResponse/set",
                 json_pack("{s:s, s:{s:O}}", "accountId", json_text(account, "id"), "update", "singleton", patch));
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), "singleton");

    if (!result)
        return cli->status;
    if (error) {
        cli_tell_set_error(directory_account_name(account), error);
        return cli->status = CLI_FAILED;
    }
    if (json_is_true(json_object_get(patch, "isEnabled")) && json_is_null(json_object_get(account, "transport")))
        cli_note("%s has no server for sending: nobody will be answered", directory_account_name(account));
    return show(cli, account);
}

/* "[ACCOUNT] [on|off]": -1 after telling. */
static int read_words(struct cli *cli, int argc, char **argv, const char **out_account, struct wishes *w)
{
    const char *last = argc > 1 ? argv[argc - 1] : "";

    w->on = strcmp(last, "on") == 0;
    w->off = strcmp(last, "off") == 0;
    argc -= w->on || w->off;
    *out_account = argc > 1 ? argv[1] : NULL;
    return argc > 2 ? (cli_usage(cli, "vacation takes an account, and on or off"), -1) : 0;
}

int cmd_vacation(struct cli *cli, int argc, char **argv)
{
    struct wishes w = {.days = -1};
    const struct option_spec specs[] = {{"from", .text = &w.from},
                                        {"until", .text = &w.until},
                                        {"subject", .text = &w.subject},
                                        {"text", .text = &w.text},
                                        {"html", .text = &w.html},
                                        {"days", .number = &w.days},
                                        {0}};
    const char *word;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0 || read_words(cli, argc, argv, &word, &w) < 0)
        return cli->status;
    json_auto_t *patch = json_object();
    if (put_wishes(cli, &w, patch) < 0)
        return cli->status;
    json_auto_t *accounts = directory_accounts(cli);
    if (!accounts)
        return cli->status;
    if (!word && json_object_size(patch) == 0)
        return list(cli, accounts);
    const json_t *account = directory_account_or_only(cli, accounts, word);
    if (!account)
        return cli->status;
    return json_object_size(patch) ? change(cli, account, patch) : show(cli, account);
}
