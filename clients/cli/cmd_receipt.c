/* cmd_receipt.c - tells those who asked for it that a message was read. */
#include "commands.h"
#include "emails.h"
#include "options.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

/* The identity of that address, or the account's first. NULL after telling. */
static char *identity_of(struct cli *cli, const char *account_id, const char *from)
{
    json_auto_t *got = cli_call(cli, "Identity/get", json_pack("{s:s}", "accountId", account_id));
    json_t *list = json_object_get(got, "list"), *identity;
    size_t i;

    if (!got)
        return NULL;
    json_array_foreach(list, i, identity)
    {
        if (!from || strcasecmp(json_text(identity, "email"), from) == 0)
            return xstrdup(json_text(identity, "id"));
    }
    cli_fail(cli, CLI_FAILED, from ? "the account has no identity %s" : "the account has no identity", from);
    return NULL;
}

static int send_receipt(struct cli *cli, const json_t *email, const char *from)
{
    const char *id = json_text(email, "id"), *account_id = json_text(email, "accountId");
    CLI_CLEANUP(freep) char *identity = identity_of(cli, account_id, from);

    if (!identity)
        return cli->status;
    json_auto_t *result =
        cli_call(cli, "MDN/send",
                 json_pack("{s:s, s:s, s:{s:{s:s, s:{s:s, s:s, s:s}}}, s:{s:{s:b}}}", "accountId", account_id,
                           "identityId", identity, "send", "receipt", "forEmailId", id, "disposition", "actionMode",
                           "manual-action", "sendingMode", "mdn-sent-manually", "type", "displayed",
                           "onSuccessUpdateEmail", "#receipt", "keywords/$mdnsent", 1));
    const json_t *sent = json_object_get(json_object_get(result, "sent"), "receipt");
    if (!result)
        return cli->status;
    if (!sent) {
        cli_tell_set_error(id, json_object_get(json_object_get(result, "notSent"), "receipt"));
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:O}", "id", id, "sent", sent);
        cli_print_json(line);
    } else {
        printf("%s: the receipt is on its way ('facteur outbox')\n", id);
    }
    return CLI_DONE;
}

int cmd_receipt(struct cli *cli, int argc, char **argv)
{
    const char *from = NULL;
    const struct option_spec specs[] = {{"from", .text = &from}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "receipt needs one message");
    json_auto_t *list = emails_load(cli, argv + 1, 1, json_pack("[s,s]", "id", "accountId"));
    return list ? send_receipt(cli, json_array_get(list, 0), from) : cli->status;
}
