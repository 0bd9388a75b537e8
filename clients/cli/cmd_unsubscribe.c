/* cmd_unsubscribe.c - leaves the mailing list that a message came by. */
#include "commands.h"
#include "emails.h"
#include "options.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

static json_t *ask(struct cli *cli, const json_t *email, bool is_dry_run)
{
    return cli_call(cli, "Email/unsubscribe",
                    json_pack("{s:s, s:s, s:b}", "accountId", json_text(email, "accountId"), "emailId",
                              json_text(email, "id"), "dryRun", is_dry_run));
}

/* What the sender offers beside: for people to follow, or not. */
static void tell_urls(const json_t *how)
{
    json_t *urls = json_object_get(how, "urls"), *url;
    size_t i;
    json_array_foreach(urls, i, url)
    {
        CLI_CLEANUP(freep) char *text = term_clean(json_string_value(url), TERM_ONE_LINE);
        cli_note("by hand: %s", text);
    }
}

static void tell(const struct cli *cli, const json_t *email, const json_t *result, bool is_dry_run)
{
    const char *url = json_string_value(json_object_get(result, "oneClickUrl"));
    CLI_CLEANUP(freep) char *text = term_clean(url ? url : "", TERM_ONE_LINE);
    if (cli->json)
        cli_print_json(result);
    else if (!is_dry_run)
        printf("%s: the list is left\n", json_text(email, "id"));
    else if (url)
        printf("%s: with one request to %s%s\n", json_text(email, "id"), text,
               strcmp(json_text(result, "signature"), "verified") == 0 ? ""
                                                                       : " (nobody says whether its signature holds)");
    else
        printf("%s: not with one request\n", json_text(email, "id"));
}

static int leave(struct cli *cli, const json_t *email, bool is_dry_run)
{
    json_auto_t *how = ask(cli, email, true);
    bool is_offered = how && json_is_string(json_object_get(how, "oneClickUrl"));
    json_auto_t *result = !how ? NULL : is_dry_run ? json_incref(how) : ask(cli, email, false);
    if (result)
        tell(cli, email, result, is_dry_run);
    if (how && (!result || !is_offered))
        tell_urls(how);
    if (!result)
        return cli->status;
    return cli->status = is_offered ? CLI_DONE : CLI_FAILED;
}

int cmd_unsubscribe(struct cli *cli, int argc, char **argv)
{
    bool is_dry_run = false;
    const struct option_spec specs[] = {{"dry-run", .flag = &is_dry_run}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "unsubscribe needs one message of the list");
    json_auto_t *list = emails_load(cli, argv + 1, 1, json_pack("[s,s]", "id", "accountId"));
    return list ? leave(cli, json_array_get(list, 0), is_dry_run) : cli->status;
}
