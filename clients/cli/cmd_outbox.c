/* cmd_outbox.c - what is on its way out, and what users decide about it. */
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

static const struct table_column columns[] = {
    {"ID", .fixed = true}, {"STATE", .fixed = true}, {"SEND AT", .fixed = true, .right = true, .drop = 1},
    {"TO", .min = 12},     {"SUBJECT", .min = 10},   {"WHY", .min = 10, .drop = 2},
};

/* "a@x and 2 more", with those that were refused. Freed by the caller. */
static char *recipients(const json_t *s)
{
    const json_t *to = json_object_get(json_object_get(s, "envelope"), "rcptTo");
    const char *first = json_text(json_array_get(to, 0), "email");
    size_t n = json_array_size(to);

    return n > 1 ? xasprintf("%s and %zu more", first, n - 1) : xstrdup(first);
}

/* Why it waits, or who was refused. Freed by the caller. */
static char *reason(const json_t *s)
{
    const json_t *all = json_object_get(s, "deliveryStatus");
    const char *why = json_text(json_object_get(s, "error"), "message"), *address;
    const char *server = json_text(json_object_get(s, "error"), "server");
    json_t *one;

    if (json_is_true(json_object_get(s, "needsConfirmation")))
        return xasprintf("'facteur outbox confirm %s' sends it; it is %s", json_text(s, "id"), json_text(s, "emailId"));
    if (*why)
        return xasprintf("%s%s%s", why, *server ? ": " : "", server);
    json_object_foreach((json_t *)all, address, one)
    {
        if (strcmp(json_text(one, "delivered"), "no") == 0 && strcmp(json_text(s, "state"), "canceled") != 0)
            return xasprintf("%s: %s", address, json_text(one, "smtpReply"));
    }
    return xstrdup("");
}

/* Email id to subject. A new reference; NULL after telling. */
static json_t *subjects(struct cli *cli, const json_t *list)
{
    json_t *ids = json_array(), *out = json_object(), *s, *e;
    size_t i;

    json_array_foreach(list, i, s) json_array_append(ids, json_object_get(s, "emailId"));
    json_auto_t *got = cli_call(cli, "Email/get",
                                json_pack("{s:s, s:o, s:[s]}", "accountId", "*", "ids", ids, "properties", "subject"));
    json_array_foreach(json_object_get(got, "list"), i, e)
        json_object_set(out, json_text(e, "id"), json_object_get(e, "subject"));
    if (got)
        return out;
    json_decref(out);
    return NULL;
}

static int print_table(struct cli *cli, const json_t *list)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_auto_t *names = subjects(cli, list);
    size_t i;
    json_t *s;

    if (!names)
        return cli->status;
    json_array_foreach(list, i, s)
    {
        char date[TERM_DATE_MAX];
        CLI_CLEANUP(freep) char *to = recipients(s);
        CLI_CLEANUP(freep) char *why = reason(s);
        bool is_asked = json_is_true(json_object_get(s, "needsConfirmation"));
        const char *state = is_asked ? "confirm?" : json_text(s, "state");
        table_row(t, strcmp(state, "failed") == 0 || strcmp(state, "uncertain") == 0, json_text(s, "id"), state,
                  term_date(json_text(s, "sendAt"), date), to, json_text(names, json_text(s, "emailId")), why);
    }
    table_print(t, cli);
    return CLI_DONE;
}

int cmd_outbox(struct cli *cli, int argc, char **argv)
{
    int64_t count = 50;
    bool waiting = false;
    const struct option_spec specs[] = {{"count", .number = &count}, {"waiting", .flag = &waiting}, {0}};
    size_t i;
    json_t *s;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "'%s' is nothing that outbox does", argv[1]);
    json_t *filter =
        waiting ? json_pack("{s:s, s:[{s:s}, {s:s}, {s:s}, {s:s}, {s:s}]}", "operator", "OR", "conditions", "state",
                            "held", "state", "queued", "state", "sending", "state", "uncertain", "state", "failed")
                : json_null();
    json_auto_t *found =
        cli_call(cli, "EmailSubmission/query",
                 json_pack("{s:s, s:I, s:o}", "accountId", "*", "limit", (json_int_t)count, "filter", filter));
    json_auto_t *got = found ? cli_call(cli, "EmailSubmission/get",
                                        json_pack("{s:s, s:O}", "accountId", "*", "ids", json_object_get(found, "ids")))
                             : NULL;
    if (!got)
        return cli->status;
    const json_t *list = json_object_get(got, "list");
    if (!cli->json)
        return json_array_size(list) ? print_table(cli, list) : CLI_DONE;
    json_array_foreach(list, i, s) cli_print_json(s);
    return CLI_DONE;
}

/* ---- decisions -------------------------------------------------------------------------------------------- */

/* Which account each is of. A new array of EmailSubmission; NULL after telling. */
static json_t *find_all(struct cli *cli, int argc, char **argv)
{
    json_t *ids = json_array();

    for (int i = 1; i < argc; i++)
        json_array_append_new(ids, json_string(argv[i]));
    json_auto_t *got = cli_call(cli, "EmailSubmission/get",
                                json_pack("{s:s, s:o, s:[s, s, s]}", "accountId", "*", "ids", ids, "properties", "id",
                                          "accountId", "isReport"));
    const json_t *missing = json_object_get(got, "notFound");
    if (!got)
        return NULL;
    for (size_t i = 0; i < json_array_size(missing); i++)
        cli_fail(cli, CLI_FAILED, "there is no '%s' in the outbox", json_string_value(json_array_get(missing, i)));
    return json_incref(json_object_get(got, "list"));
}

/* The Email of a report was not moved when it was submitted, and stays where it is. */
static bool is_report(const json_t *s)
{
    return json_is_true(json_object_get(s, "isReport"));
}

static int decide(struct cli *cli, const json_t *s, json_t *patch, json_t *email_patch, const char *done)
{
    const char *id = json_text(s, "id");
    json_t *on_success = email_patch ? json_pack("{s:o}", id, email_patch) : json_null();
    json_auto_t *result = cli_call(cli, "EmailSubmission/set",
                                   json_pack("{s:s, s:{s:o}, s:o}", "accountId", json_text(s, "accountId"), "update",
                                             id, patch, "onSuccessUpdateEmail", on_success));
    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);
    if (error) {
        cli_tell_set_error(id, error);
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s}", "id", id, "done", done);
        cli_print_json(line);
    } else {
        printf("%s: %s\n", id, done);
    }
    return CLI_DONE;
}

/* Back to the drafts, if the account has such a mailbox. */
static json_t *back_to_drafts(struct cli *cli, const json_t *s)
{
    json_auto_t *found =
        cli_call(cli, "Mailbox/query",
                 json_pack("{s:s, s:{s:s}}", "accountId", json_text(s, "accountId"), "filter", "role", "drafts"));
    const char *id = json_string_value(json_array_get(json_object_get(found, "ids"), 0));
    return id ? json_pack("{s:{s:b}, s:b}", "mailboxIds", id, 1, "keywords/$draft", 1) : NULL;
}

static int decide_all(struct cli *cli, int argc, char **argv, const char *property, const char *value, const char *done)
{
    const struct option_spec specs[] = {{0}};
    size_t i;
    json_t *s;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "which ones? 'facteur outbox' lists them");
    json_auto_t *list = find_all(cli, argc, argv);
    if (!list)
        return cli->status;
    int status = cli->status;
    json_array_foreach(list, i, s)
    {
        json_t *email = strcmp(value, "canceled") == 0 && !is_report(s) ? back_to_drafts(cli, s) : NULL;
        int one = decide(cli, s, json_pack("{s:s}", property, value), email, done);
        status = status == CLI_DONE ? one : status;
    }
    return status;
}

int cmd_outbox_cancel(struct cli *cli, int argc, char **argv)
{
    return decide_all(cli, argc, argv, "undoStatus", "canceled", "canceled");
}

/* To the mailbox for what was sent, no draft any more. NULL after telling. */
static json_t *on_to_sent(struct cli *cli, const json_t *s)
{
    CLI_CLEANUP(freep) char *sent = directory_role_mailbox(cli, json_text(s, "accountId"), "sent", "Sent");
    return sent ? json_pack("{s:{s:b}, s:n, s:b}", "mailboxIds", sent, 1, "keywords/$draft", "keywords/$seen", 1)
                : NULL;
}

int cmd_outbox_confirm(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    size_t i;
    json_t *s;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "which ones? 'facteur outbox' lists them");
    json_auto_t *list = find_all(cli, argc, argv);
    if (!list)
        return cli->status;
    int status = cli->status;
    json_array_foreach(list, i, s)
    {
        json_t *email = is_report(s) ? NULL : on_to_sent(cli, s);
        int one = email || is_report(s) ? decide(cli, s, json_pack("{s:b}", "needsConfirmation", 0), email, "confirmed")
                                        : cli->status;
        status = status == CLI_DONE ? one : status;
    }
    return status;
}

int cmd_outbox_retry(struct cli *cli, int argc, char **argv)
{
    return decide_all(cli, argc, argv, "state", "queued", "queued");
}

int cmd_outbox_sent(struct cli *cli, int argc, char **argv)
{
    return decide_all(cli, argc, argv, "state", "sent", "noted as sent");
}

int cmd_outbox_failed(struct cli *cli, int argc, char **argv)
{
    return decide_all(cli, argc, argv, "state", "failed", "noted as failed");
}
