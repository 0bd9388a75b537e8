/* cmd_mailto.c - drafts that other programs begin: a mailto: link, files of a file manager. */
#include "commands.h"
#include "draft.h"
#include "file_managers.h"
#include "mailto.h"
#include "options.h"

#include <string.h>

static int fill(struct cli *cli, struct draft *d, const struct mailto *m)
{
    if (draft_add_addresses(cli, d, "to", m->to) < 0 || draft_add_addresses(cli, d, "cc", m->cc) < 0 ||
        draft_add_addresses(cli, d, "bcc", m->bcc) < 0)
        return -1;
    if (m->subject)
        json_object_set_new(d->email, "subject", json_string(m->subject));
    if (m->in_reply_to) {
        json_object_set_new(d->email, "inReplyTo", json_pack("[s]", m->in_reply_to));
        json_object_set_new(d->email, "references", json_pack("[s]", m->in_reply_to));
    }
    return 0;
}

int cmd_mailto(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(mailto_done) struct mailto m = {0};
    CLI_CLEANUP(draft_done) struct draft d = {0};
    const char *account = NULL;
    bool no_edit = false;
    const struct option_spec specs[] = {{"account", .text = &account}, {"no-edit", .flag = &no_edit}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "mailto needs one URL");
    const char *why = mailto_parse(argv[1], &m);
    if (why)
        return cli_fail(cli, CLI_FAILED, "the link is refused: %s", why);
    const struct draft_wish wish = {.account = account, .text = m.body ? m.body : ""};
    if (draft_new(cli, &wish, &d) < 0 || fill(cli, &d, &m) < 0)
        return cli->status;
    return draft_finish(cli, &d, !no_edit);
}

int cmd_send_to(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(draft_done) struct draft d = {0};
    json_auto_t *files = json_array(), *to = json_array();
    const char *account = NULL;
    bool no_edit = false, install = false;
    const struct option_spec specs[] = {{"to", .list = to},
                                        {"account", .text = &account},
                                        {"no-edit", .flag = &no_edit},
                                        {"install", .flag = &install},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (install)
        return argc == 1 ? file_managers_install(cli) : cli_usage(cli, "send-to --install takes no file");
    if (argc < 2)
        return cli_usage(cli, "send-to needs at least one file");
    for (int i = 1; i < argc; i++)
        if (json_array_append_new(files, json_string(argv[i])) < 0)
            return cli_fail(cli, CLI_USAGE, "the name of a file is no UTF-8");
    const struct draft_wish wish = {.account = account, .text = ""};
    if (draft_new(cli, &wish, &d) < 0 || draft_add_addresses(cli, &d, "to", to) < 0 ||
        draft_attach(cli, &d, files, false) < 0)
        return cli->status;
    return draft_finish(cli, &d, !no_edit);
}
