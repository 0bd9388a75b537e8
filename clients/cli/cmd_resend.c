/* cmd_resend.c - sends a message on as it is. */
#include "commands.h"
#include "directory.h"
#include "draft.h"
#include "emails.h"
#include "options.h"
#include "outgoing.h"
#include "submission.h"

#include <stdio.h>
#include <string.h>

struct wishes {
    const char *from;
    json_t *to, *cc, *bcc;
    int64_t hold, wait;
};

static void wishes_done(struct wishes *w)
{
    json_decref(w->to);
    json_decref(w->cc);
    json_decref(w->bcc);
}

/* Compose/resend of the message; its answer, a new reference, or NULL after telling. */
static json_t *make(struct cli *cli, const char *email_id, const struct wishes *w)
{
    char *ids[] = {(char *)email_id};
    CLI_CLEANUP(draft_done) struct draft d = {.email = json_object()};
    json_auto_t *list = emails_load(cli, ids, 1, json_pack("[s,s]", "id", "accountId"));

    if (!list)
        return NULL;
    d.account_id = xstrdup(json_text(json_array_get(list, 0), "accountId"));
    CLI_CLEANUP(freep) char *identity = w->from ? draft_identity(cli, d.account_id, w->from) : NULL;
    CLI_CLEANUP(freep) char *drafts = directory_role_mailbox(cli, d.account_id, "drafts", "Drafts");
    if ((w->from && !identity) || !drafts || draft_add_addresses(cli, &d, "to", w->to) < 0 ||
        draft_add_addresses(cli, &d, "cc", w->cc) < 0 || draft_add_addresses(cli, &d, "bcc", w->bcc) < 0)
        return NULL;
    json_object_set_new(d.email, "accountId", json_string(d.account_id));
    json_object_set_new(d.email, "emailId", json_string(email_id));
    if (identity)
        json_object_set_new(d.email, "identityId", json_string(identity));
    return cli_call(cli, "Compose/resend", json_incref(d.email));
}

/* What was made and cannot be sent is no draft that anybody wanted. */
static void drop(struct cli *cli, const json_t *made)
{
    int status = cli->status;
    json_auto_t *result = cli_call(cli, "Email/set",
                                   json_pack("{s:s, s:[s], s:b}", "accountId", json_text(made, "accountId"), "destroy",
                                             json_text(json_object_get(made, "email"), "id"), "undoable", 0));

    (void)result;
    cli->status = status;
}

int cmd_resend(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(wishes_done) struct wishes w = {.to = json_array(), .cc = json_array(), .bcc = json_array()};
    json_auto_t *submission = NULL;
    const struct option_spec specs[] = {{"from", .text = &w.from},   {"cc", .list = w.cc},
                                        {"bcc", .list = w.bcc},      {"hold", .number = &w.hold},
                                        {"wait", .number = &w.wait}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 3)
        return cli_usage(cli, "resend needs a message and somebody to send it to");
    for (int i = 2; i < argc; i++)
        if (json_array_append_new(w.to, json_string(argv[i])) < 0)
            return cli_fail(cli, CLI_USAGE, "an address is no UTF-8");
    json_auto_t *made = make(cli, argv[1], &w);
    if (!made)
        return cli->status;
    json_t *envelope = json_object_get(made, "envelope");
    if (w.hold > 0)
        json_object_set_new(json_object_get(envelope, "mailFrom"), "parameters",
                            json_pack("{s:o}", "HOLDFOR", json_sprintf("%lld", (long long)w.hold)));
    enum outgoing_trouble trouble =
        outgoing_submit_draft(cli, json_text(made, "accountId"), json_text(made, "identityId"),
                              json_text(json_object_get(made, "email"), "id"), json_incref(envelope), &submission);
    if (trouble == OUTGOING_FINE)
        return submission_report(cli, submission, w.wait);
    if (trouble == OUTGOING_NO_CORE)
        return CLI_NO_CORE;
    drop(cli, made);
    return CLI_FAILED;
}
