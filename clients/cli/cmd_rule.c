/* cmd_rule.c - rule list, add, set, enable, disable, remove, move: what happens to mail that comes new. */
#include "commands.h"
#include "directory.h"
#include "emails.h"
#include "options.h"
#include "rules.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

/* ---- list ------------------------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {"ID", .fixed = true}, {"", .fixed = true}, {"NAME", .min = 8}, {"WHICH", .min = 12}, {"WHAT", .min = 12},
    {"HANDLED", .right = true, .fixed = true, .drop = 1}, {"ACCOUNT", .min = 6, .drop = 2},
};

static void append(char **text, const char *fmt, const char *word)
{
    char *more = xasprintf(fmt, word), *longer = xasprintf("%s%s%s", *text, **text ? ", " : "", more);

    free(more);
    free(*text);
    *text = longer;
}

static void append_mailbox(char **text, const char *fmt, const json_t *mailboxes, const char *id)
{
    const json_t *mailbox = directory_by_id(mailboxes, id);
    CLI_CLEANUP(freep) char *path = mailbox ? directory_path(mailboxes, mailbox) : xstrdup("a mailbox that is gone");

    append(text, fmt, path);
}

/* "to Lists, also in Work, +seen, last" */
static char *what_it_does(const json_t *rule, const json_t *mailboxes)
{
    char *text = xstrdup("");
    const char *name;
    json_t *value;
    size_t i;

    if (*json_text(rule, "moveTo"))
        append_mailbox(&text, "to %s", mailboxes, json_text(rule, "moveTo"));
    json_array_foreach(json_object_get(rule, "copyTo"), i, value)
        append_mailbox(&text, "also in %s", mailboxes, json_string_value(value));
    json_object_foreach(json_object_get(rule, "addKeywords"), name, value) append(&text, "+%s", name[0] == '$' ? name + 1 : name);
    json_object_foreach(json_object_get(rule, "removeKeywords"), name, value) append(&text, "-%s", name[0] == '$' ? name + 1 : name);
    if (json_is_true(json_object_get(rule, "isLast")))
        append(&text, "%s", "last");
    return text;
}

static void add_row(struct table *t, const json_t *rule, const json_t *mailboxes, const json_t *accounts)
{
    CLI_CLEANUP(freep) char *does = what_it_does(rule, mailboxes);
    CLI_CLEANUP(freep) char *handled = xasprintf("%lld", (long long)json_number(rule, "matchedEmails"));
    const char *query = json_text(rule, "query");
    bool is_on = json_is_true(json_object_get(rule, "isEnabled"));

    table_row(t, false, json_text(rule, "id"), json_is_string(json_object_get(rule, "problem")) ? "!" : is_on ? "" : "off",
              json_text(rule, "name"), *query ? query : "every message", does, handled,
              directory_account_name(directory_by_id(accounts, json_text(rule, "accountId"))));
}

int cmd_rule_list(struct cli *cli, int argc, char **argv)
{
    const char *word = NULL;
    const struct option_spec specs[] = {{"account", .text = &word}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "rule list takes no argument");
    json_auto_t *accounts = directory_accounts(cli), *mailboxes = accounts ? directory_mailboxes(cli) : NULL;
    const json_t *account = mailboxes && word ? directory_account(cli, accounts, word) : NULL;
    json_auto_t *rules = mailboxes && (account || !word) ? rules_load(cli, account ? json_text(account, "id") : NULL) : NULL;
    if (!rules)
        return cli->status;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule)
    {
        if (cli->json)
            cli_print_json(rule);
        else
            add_row(t, rule, mailboxes, accounts);
    }
    table_print(t, cli);
    json_array_foreach(rules, i, rule)
    {
        if (!cli->json && json_is_string(json_object_get(rule, "problem")))
            cli_note("%s: %s", json_text(rule, "name"), json_text(rule, "problem"));
    }
    return CLI_DONE;
}

/* ---- add, set --------------------------------------------------------------------------------------------- */

struct wishes {
    const char *name, *query, *move, *account;
    json_t *copies, *flags;
    bool last, not_last;
};

/* The id of one mailbox of the account. NULL after telling. */
static char *mailbox_id(struct cli *cli, const json_t *accounts, const json_t *mailboxes, const char *account_id, const char *word)
{
    json_auto_t *found = directory_match(cli, accounts, mailboxes, account_id, word);

    return found ? xstrdup(json_text(json_array_get(found, 0), "id")) : NULL;
}

static int put_places(struct cli *cli, json_t *patch, const struct wishes *w, const json_t *accounts, const char *account_id)
{
    json_auto_t *mailboxes = w->move || json_array_size(w->copies) ? directory_mailboxes(cli) : json_array(), *copies = json_array();
    size_t i;
    json_t *word;

    if (!mailboxes)
        return -1;
    if (w->move) {
        CLI_CLEANUP(freep) char *id = *w->move ? mailbox_id(cli, accounts, mailboxes, account_id, w->move) : NULL;
        if (*w->move && !id)
            return -1;
        json_object_set_new(patch, "moveTo", id ? json_string(id) : json_null());
    }
    json_array_foreach(w->copies, i, word)
    {
        const char *text = json_string_value(word);
        CLI_CLEANUP(freep) char *id = *text ? mailbox_id(cli, accounts, mailboxes, account_id, text) : NULL;
        if (*text && !id)
            return -1;
        if (id)
            json_array_append_new(copies, json_string(id));
    }
    if (json_array_size(w->copies))
        json_object_set(patch, "copyTo", copies);
    return 0;
}

static int put_flags(struct cli *cli, json_t *patch, const json_t *flags)
{
    json_auto_t *add = json_object(), *remove = json_object();
    size_t i;
    json_t *word;

    json_array_foreach(flags, i, word)
    {
        const char *text = json_string_value(word);
        if (!*text)
            continue;
        if (!strchr("+-", text[0]) || !text[1])
            return cli_usage(cli, "'%s' is no flag like +seen or -flagged", text), -1;
        CLI_CLEANUP(freep) char *keyword = email_keyword(text + 1);
        json_object_set_new(text[0] == '+' ? add : remove, keyword, json_true());
    }
    if (json_array_size(flags)) {
        json_object_set(patch, "addKeywords", add);
        json_object_set(patch, "removeKeywords", remove);
    }
    return 0;
}

static int put_text(struct cli *cli, json_t *patch, const char *property, const char *text)
{
    if (text && json_object_set_new(patch, property, json_string(text)) < 0)
        return cli_fail(cli, CLI_USAGE, "%s is no UTF-8", property), -1;
    return 0;
}

static int put_wishes(struct cli *cli, json_t *patch, const struct wishes *w, const json_t *accounts, const char *account_id)
{
    if (w->last || w->not_last)
        json_object_set_new(patch, "isLast", json_boolean(w->last));
    if (put_text(cli, patch, "name", w->name) < 0 || put_text(cli, patch, "query", w->query) < 0 || put_flags(cli, patch, w->flags) < 0)
        return -1;
    return put_places(cli, patch, w, accounts, account_id);
}

static int add(struct cli *cli, const struct wishes *w)
{
    json_auto_t *accounts = directory_accounts(cli), *rule = json_object();
    const json_t *account = accounts ? directory_account_or_only(cli, accounts, w->account) : NULL;
    const char *account_id = json_text(account, "id");

    if (!account || put_wishes(cli, rule, w, accounts, account_id) < 0)
        return cli->status;
    json_auto_t *result = cli_call(cli, "Rule/set", json_pack("{s:s, s:{s:O}}", "accountId", account_id, "create", "k", rule));
    if (!result)
        return cli->status;
    const json_t *created = json_object_get(json_object_get(result, "created"), "k");
    if (!created) {
        cli_tell_set_error(w->name, json_object_get(json_object_get(result, "notCreated"), "k"));
        return cli->status = CLI_FAILED;
    }
    if (cli->json)
        cli_print_json(created);
    else
        printf("%s\n", json_text(created, "id"));
    return CLI_DONE;
}

int cmd_rule_add(struct cli *cli, int argc, char **argv)
{
    json_auto_t *copies = json_array(), *flags = json_array();
    struct wishes w = {.copies = copies, .flags = flags};
    const struct option_spec specs[] = {{"move", .text = &w.move}, {"copy", .list = copies}, {"flag", .list = flags},
                                        {"last", .flag = &w.last}, {"account", .text = &w.account}, {0}};

    if (options_parse(cli, specs, OPTIONS_QUERY, &argc, argv) < 0)
        return cli->status;
    if (argc < 3)
        return cli_usage(cli, "rule add needs a name and a query; '' is every message");
    CLI_CLEANUP(freep) char *query = options_joined(argc - 1, argv + 1);
    w.name = argv[1];
    w.query = query;
    return add(cli, &w);
}

int cmd_rule_set(struct cli *cli, int argc, char **argv)
{
    json_auto_t *copies = json_array(), *flags = json_array();
    struct wishes w = {.copies = copies, .flags = flags};
    const struct option_spec specs[] = {{"name", .text = &w.name}, {"query", .text = &w.query},  {"move", .text = &w.move},
                                        {"copy", .list = copies},  {"flag", .list = flags},      {"last", .flag = &w.last},
                                        {"not-last", .flag = &w.not_last}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "rule set needs one rule");
    json_auto_t *rules = rules_load(cli, NULL), *accounts = rules ? directory_accounts(cli) : NULL, *patch = json_object();
    const json_t *rule = accounts ? rules_find(cli, rules, argv[1]) : NULL;
    if (!rule || put_wishes(cli, patch, &w, accounts, json_text(rule, "accountId")) < 0)
        return cli->status;
    if (json_object_size(patch) == 0)
        return cli_usage(cli, "what shall be changed?");
    json_auto_t *patches = json_pack("{s:O}", json_text(rule, "id"), patch);
    return rules_set(cli, rules, patches);
}

/* ---- enable, disable, remove ------------------------------------------------------------------------------ */

/* The same for each rule that is named. Steals `patch`. */
static int set_each(struct cli *cli, int argc, char **argv, json_t *patch)
{
    const struct option_spec specs[] = {{0}};
    json_auto_t *value = patch, *patches = json_object();

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "which rule?");
    json_auto_t *rules = rules_load(cli, NULL), *named = rules ? rules_find_all(cli, rules, argc - 1, argv + 1) : NULL;
    if (!named)
        return cli->status;
    size_t i;
    json_t *rule;
    json_array_foreach(named, i, rule) json_object_set(patches, json_text(rule, "id"), value);
    return rules_set(cli, rules, patches);
}

int cmd_rule_enable(struct cli *cli, int argc, char **argv)
{
    return set_each(cli, argc, argv, json_pack("{s:b}", "isEnabled", 1));
}

int cmd_rule_disable(struct cli *cli, int argc, char **argv)
{
    return set_each(cli, argc, argv, json_pack("{s:b}", "isEnabled", 0));
}

int cmd_rule_remove(struct cli *cli, int argc, char **argv)
{
    return set_each(cli, argc, argv, json_null());
}

/* ---- move ------------------------------------------------------------------------------------------------- */

static size_t index_of(const json_t *rules, const json_t *rule)
{
    size_t i = 0;

    while (i < json_array_size(rules) && json_array_get(rules, i) != rule)
        i++;
    return i;
}

/* The rules of its account without it, and it where it shall be. NULL after telling. */
static json_t *in_new_order(struct cli *cli, const json_t *rules, json_t *rule, const char *where, const char *other)
{
    json_auto_t *order = json_array();
    size_t i, at = 0;
    json_t *one;

    json_array_foreach(rules, i, one)
    {
        if (one != rule && strcmp(json_text(one, "accountId"), json_text(rule, "accountId")) == 0)
            json_array_append(order, one);
    }
    if (other) {
        const json_t *found = rules_find(cli, order, other);
        if (!found)
            return NULL;
        at = index_of(order, found) + (strcmp(where, "after") == 0);
    } else if (strcmp(where, "last") == 0) {
        at = json_array_size(order);
    }
    json_array_insert(order, at, rule);
    return json_incref(order);
}

int cmd_rule_move(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    const char *where = argc > 2 ? argv[2] : "";
    bool by_itself = strcmp(where, "first") == 0 || strcmp(where, "last") == 0;
    bool by_other = strcmp(where, "before") == 0 || strcmp(where, "after") == 0;
    if (!(by_itself && argc == 3) && !(by_other && argc == 4))
        return cli_usage(cli, "rule move needs a rule and where: first, last, before RULE, after RULE");
    json_auto_t *rules = rules_load(cli, NULL), *patches = json_object();
    const json_t *rule = rules ? rules_find(cli, rules, argv[1]) : NULL;
    json_auto_t *order = rule ? in_new_order(cli, rules, (json_t *)(uintptr_t)rule, where, by_other ? argv[3] : NULL) : NULL;
    if (!order)
        return cli->status;
    size_t i;
    json_t *one;
    json_array_foreach(order, i, one)
    {
        if (json_number(one, "sortOrder") != (int64_t)i)
            json_object_set_new(patches, json_text(one, "id"), json_pack("{s:I}", "sortOrder", (json_int_t)i));
    }
    return json_object_size(patches) ? rules_set(cli, rules, patches) : CLI_DONE;
}
