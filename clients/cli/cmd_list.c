/* cmd_list.c - list, search, count: one Email/query with its Email/get in the same round trip. */
#include "commands.h"
#include "directory.h"
#include "emails.h"
#include "listing.h"
#include "options.h"
#include "table.h"
#include "term.h"

#include <facteur/client.h>

#include <stdio.h>
#include <string.h>

#define LIST_DEFAULT 50
#define PAGE 250 /* Emails a round trip */

struct listing {
    const char *account_id; /* NULL: all */
    json_t *filter;    /* JMAP filter, borrowed; NULL: none */
    const char *query; /* or the query language; NULL: none */
    int64_t count, skip;
    bool threads; /* one Email of each thread */
};

static const struct table_column columns[] = {
    {"ID", .fixed = true},  {"DATE", .fixed = true, .right = true, .drop = 1}, {"", .fixed = true}, {"FROM", .min = 8},
    {"SUBJECT", .min = 20}, {"SIZE", .fixed = true, .right = true, .drop = 2},
};

static json_t *query_params(const struct listing *l, int64_t position, int64_t limit)
{
    return json_pack("{s:s, s:O*, s:s*, s:b, s:I, s:I}", "accountId", l->account_id ? l->account_id : "*",
                     "filter", l->filter, "query", l->query, "collapseThreads", l->threads, "position", (json_int_t)position, "limit", (json_int_t)limit);
}

static json_t *get_params(bool json)
{
    json_t *properties = json_pack("[s,s,s,s,s,s,s,s,s,s]", "id", "accountId", "threadId", "mailboxIds", "keywords",
                                   "receivedAt", "from", "subject", "size", "hasAttachment");
    if (json) {
        json_array_append_new(properties, json_string("to"));
        json_array_append_new(properties, json_string("preview"));
    }
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}", "accountId", "*", "#ids", "resultOf", "q", "name", "Email/query",
                     "path", "/ids", "properties", properties);
}

/* A malformed query says where: the byte is marked below it. */
static void tell_query_error(const struct listing *l, const json_t *error)
{
    const json_t *position = json_object_get(json_object_get(error, "data"), "position");

    cli_tell_error(NULL, error);
    if (!l->query || !json_is_integer(position))
        return;
    size_t at = (size_t)json_integer_value(position), n = strlen(l->query);
    CLI_CLEANUP(freep) char *clean = term_clean(l->query, TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *before = term_clean_bytes(l->query, at < n ? at : n, TERM_KEEP_LINES);
    fprintf(stderr, "    %s\n    %*s^\n", clean, term_width(before), "");
}

/* One page: a new array of Emails in order of the query; NULL after telling. */
static json_t *load_page(struct cli *cli, const struct listing *l, int64_t position, int64_t limit)
{
    struct facteur_step steps[] = {
        {.id = "q", .method = "Email/query", .params = query_params(l, position, limit)},
        {.id = "g", .method = "Email/get", .params = get_params(cli->json)},
    };

    if (!steps[0].params) {
        json_decref(steps[1].params);
        cli_fail(cli, CLI_USAGE, "the query is not UTF-8");
        return NULL;
    }
    if (!cli_connect(cli)) {
        json_decref(steps[0].params);
        json_decref(steps[1].params);
        return NULL;
    }
    enum facteur_outcome outcome = facteur_client_batch(cli->rpc, steps, 2);
    json_auto_t *query = steps[0].result, *query_error = steps[0].error, *get = steps[1].result,
                *get_error = steps[1].error;
    if (outcome == FACTEUR_LOST) {
        cli_lost(cli);
        return NULL;
    }
    if (outcome == FACTEUR_ERROR) {
        tell_query_error(l, query_error ? query_error : get_error);
        cli->status = CLI_FAILED;
        return NULL;
    }
    (void)query;
    return json_incref(json_object_get(get, "list"));
}

static void add_row(struct table *t, const json_t *email)
{
    char marks[EMAIL_MARKS_SIZE], date[TERM_DATE_MAX], size[TERM_SIZE_MAX];

    table_row(t, !email_has(email, "$seen"), json_text(email, "id"), term_date(json_text(email, "receivedAt"), date),
              email_marks(email, marks), email_from(email), json_text(email, "subject"),
              term_size(json_number(email, "size"), size));
}

static int print_listing(struct cli *cli, const struct listing *l)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    int64_t shown = 0;

    while (shown < l->count) {
        int64_t limit = l->count - shown < PAGE ? l->count - shown : PAGE;
        json_auto_t *page = load_page(cli, l, l->skip + shown, limit);
        if (!page)
            return cli->status;
        size_t i;
        json_t *email;
        json_array_foreach(page, i, email)
        {
            if (cli->json)
                cli_print_json(email);
            else
                add_row(t, email);
        }
        shown += (int64_t)json_array_size(page);
        if ((int64_t)json_array_size(page) < limit)
            break;
    }
    table_print(t, cli);
    return CLI_DONE;
}

int listing_print(struct cli *cli, const char *account_id, const char *query, int64_t count)
{
    const struct listing l = {.account_id = account_id, .query = query, .count = count};

    return print_listing(cli, &l);
}

/* The filter for one mailbox, or for several of the same name: any of them. */
static json_t *mailbox_filter(const json_t *mailboxes)
{
    json_t *conditions = json_array();
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
        json_array_append_new(conditions, json_pack("{s:O}", "inMailbox", json_object_get(mailbox, "id")));
    return json_pack("{s:s, s:o}", "operator", "OR", "conditions", conditions);
}

/* `name` unless --mailbox, where the command has it, says otherwise; without those that have the keyword. */
static int list_mailbox(struct cli *cli, int argc, char **argv, const char *name, const char *without)
{
    struct listing l = {.count = LIST_DEFAULT};
    const struct option_spec specs[] = {{"mailbox", .text = &name},
                                        {"count", .number = &l.count},
                                        {"skip", .number = &l.skip},
                                        {"threads", .flag = &l.threads},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "%s takes no argument; a mailbox is named with 'list -m'", argv[0]);
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *mailboxes = accounts ? directory_mailboxes(cli) : NULL;
    json_auto_t *wanted = mailboxes ? directory_match(cli, accounts, mailboxes, NULL, name) : NULL;
    if (!wanted)
        return cli->status;
    json_auto_t *filter = mailbox_filter(wanted);
    json_auto_t *narrow =
        without ? json_pack("{s:s, s:[O,{s:s}]}", "operator", "AND", "conditions", filter, "notKeyword", without)
                : json_incref(filter);
    l.filter = narrow;
    return print_listing(cli, &l);
}

int cmd_list(struct cli *cli, int argc, char **argv)
{
    return list_mailbox(cli, argc, argv, "inbox", NULL);
}

int cmd_drafts(struct cli *cli, int argc, char **argv)
{
    return list_mailbox(cli, argc, argv, "drafts", "$template");
}

int cmd_templates(struct cli *cli, int argc, char **argv)
{
    struct listing l = {.count = LIST_DEFAULT};
    const struct option_spec specs[] = {
        {"count", .number = &l.count}, {"skip", .number = &l.skip}, {"threads", .flag = &l.threads}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "templates takes no argument");
    json_auto_t *filter = json_pack("{s:s}", "hasKeyword", "$template");
    l.filter = filter;
    return print_listing(cli, &l);
}

int cmd_search(struct cli *cli, int argc, char **argv)
{
    struct listing l = {.count = LIST_DEFAULT};
    const struct option_spec specs[] = {
        {"count", .number = &l.count}, {"skip", .number = &l.skip}, {"threads", .flag = &l.threads}, {0}};

    if (options_parse(cli, specs, OPTIONS_QUERY, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "search needs a query");
    CLI_CLEANUP(freep) char *query = options_joined(argc, argv);
    l.query = query;
    return print_listing(cli, &l);
}

int cmd_count(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_QUERY, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "count needs a query; '' counts everything");
    CLI_CLEANUP(freep) char *query = options_joined(argc, argv);
    json_t *params =
        json_pack("{s:s, s:s, s:i, s:b}", "accountId", "*", "query", query, "limit", 0, "calculateTotal", 1);
    if (!params)
        return cli_fail(cli, CLI_USAGE, "the query is not UTF-8");
    struct facteur_step step = {.id = "q", .method = "Email/query", .params = params};
    if (!cli_connect(cli)) {
        json_decref(params);
        return cli->status;
    }
    enum facteur_outcome outcome = facteur_client_batch(cli->rpc, &step, 1);
    json_auto_t *result = step.result, *error = step.error;
    if (outcome == FACTEUR_LOST)
        return cli_lost(cli);
    if (outcome == FACTEUR_ERROR) {
        tell_query_error(&(struct listing){.query = query}, error);
        return cli->status = CLI_FAILED;
    }
    printf("%lld\n", (long long)json_number(result, "total"));
    return CLI_DONE;
}
