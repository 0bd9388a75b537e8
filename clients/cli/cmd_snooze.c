/* cmd_snooze.c - messages out of sight until a moment, and back. */
#include "commands.h"
#include "emails.h"
#include "ids.h"
#include "options.h"
#include "when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 500 /* ids of one call */

/* Tells what became of these ids. Returns how many it worked for. */
static int tell_results(struct cli *cli, const json_t *ids, const json_t *result)
{
    size_t i;
    json_t *id;
    int done = 0;

    json_array_foreach(ids, i, id)
    {
        const json_t *error = json_object_get(json_object_get(result, "notUpdated"), json_string_value(id));
        done += error ? 0 : 1;
        if (cli->json) {
            json_auto_t *line = error ? json_pack("{s:O, s:b, s:O}", "id", id, "ok", 0, "error", error)
                                      : json_pack("{s:O, s:b}", "id", id, "ok", 1);
            cli_print_json(line);
        }
        if (error)
            cli_tell_set_error(json_string_value(id), error);
    }
    return done;
}

/* Those of emails[from..] that are of the account of emails[from], AT_ONCE at most; they are marked as done. */
static json_t *take_some(json_t *emails, size_t from, const char *account_id)
{
    json_t *ids = json_array();

    for (size_t i = from; i < json_array_size(emails) && json_array_size(ids) < AT_ONCE; i++) {
        json_t *email = json_array_get(emails, i);
        if (strcmp(json_text(email, "accountId"), account_id) != 0 || json_object_get(email, "taken"))
            continue;
        json_array_append(ids, json_object_get(email, "id"));
        json_object_set_new(email, "taken", json_true());
    }
    return ids;
}

/* All of it is one action for Undo/apply. */
static int snooze_all(struct cli *cli, json_t *emails, const char *until, int *out_done)
{
    char group[EMAILS_GROUP_SIZE];
    int status = CLI_DONE;

    emails_undo_group(group);
    for (size_t i = 0; i < json_array_size(emails); i++) {
        const json_t *email = json_array_get(emails, i);
        if (json_object_get(email, "taken"))
            continue;
        const char *account_id = json_text(email, "accountId");
        json_auto_t *ids = take_some(emails, i, account_id);
        json_auto_t *result = cli_call(cli, "Email/snooze",
                                       json_pack("{s:s, s:O, s:s?, s:s}", "accountId", account_id, "ids", ids, "until",
                                                 until, "undoGroup", group));
        if (!result)
            return cli->status;
        int done = tell_results(cli, ids, result);
        *out_done += done;
        if ((size_t)done < json_array_size(ids))
            status = cli->status = CLI_FAILED;
    }
    return status;
}

int cmd_snooze(struct cli *cli, int argc, char **argv)
{
    bool cancel = false;
    const struct option_spec specs[] = {{"cancel", .flag = &cancel}, {0}};
    CLI_CLEANUP(ids_done) struct ids ids = {0};
    CLI_CLEANUP(freep) char *until = NULL;
    int done = 0;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    int n = argc - 1 - (cancel ? 0 : 1);
    if (n < 1)
        return cli_usage(cli, cancel ? "snooze --cancel needs messages" : "snooze needs messages and a moment");
    if (!cancel && !(until = when_later(argv[argc - 1], time(NULL))))
        return cli_usage(cli, "'%s' is no moment: 3h, 2d, 18:00, tomorrow, monday, or 2030-12-31T08:00",
                         argv[argc - 1]);
    if (ids_gather(cli, argv + 1, (size_t)n, &ids) != CLI_DONE)
        return cli->status;
    json_auto_t *emails = emails_load(cli, ids.list, ids.n, json_pack("[s]", "id"));
    if (!emails)
        return cli->status;
    int status = snooze_all(cli, emails, until, &done);
    if (!cli->json && cli->err_tty)
        fprintf(stderr, "%d %s %s%s\n", done, done == 1 ? "message" : "messages", cancel ? "are back" : "are back at ",
                cancel ? "" : until);
    return status;
}
