/* cmd_send.c - sends a message: one of which the options say all but the text, one that is written already, a draft;
 * and sendmail for programs that call it so. */
#include "commands.h"
#include "compose.h"
#include "editor.h"
#include "emails.h"
#include "options.h"
#include "outgoing.h"
#include "submission.h"
#include "when.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* ---- send ------------------------------------------------------------------------------------------------- */

struct send {
    struct wishes w;
    struct outgoing o;
    const char *at;
    char *until;
    bool is_raw;
    int64_t wait;
};

static void send_done(struct send *s)
{
    wishes_done(&s->w);
    outgoing_done(&s->o);
    free(s->until);
}

static int end(struct cli *cli, enum outgoing_trouble trouble, const json_t *submission, int64_t wait)
{
    if (trouble != OUTGOING_FINE)
        return trouble == OUTGOING_NO_CORE ? CLI_NO_CORE : CLI_FAILED;
    return submission_report(cli, submission, wait);
}

/* A whole message. */
static int send_message(struct cli *cli, struct send *s, const char *path)
{
    json_auto_t *submission = NULL;

    s->o.from = s->w.from;
    s->o.wants_receipt = s->w.receipt;
    s->o.to = json_array_size(s->w.to) > 0 ? json_incref(s->w.to) : NULL;
    if (!cli_connect(cli) || outgoing_read(cli, path, false, &s->o) < 0)
        return cli->status;
    if (s->o.n == 0)
        return cli_fail(cli, CLI_FAILED, "there is no message");
    enum outgoing_trouble trouble = outgoing_submit(cli, &s->o, &submission);
    return end(cli, trouble, submission, s->wait);
}

static int send_draft(struct cli *cli, struct send *s, const char *account_id, const char *email_id)
{
    json_auto_t *submission = NULL;
    enum outgoing_trouble trouble = outgoing_send_draft(cli, account_id, email_id, &s->o, &submission);

    return end(cli, trouble, submission, s->wait);
}

/* A message of which the options say to whom and about what, with the text on standard input. What cannot be sent stays
 * a draft: the text is nowhere else. */
static int send_new(struct cli *cli, struct send *s)
{
    CLI_CLEANUP(draft_done) struct draft d = {0};
    json_auto_t *created = NULL;

    if (json_array_size(s->w.to) + json_array_size(s->w.cc) + json_array_size(s->w.bcc) == 0)
        return cli_usage(cli, "send needs --to, or a message: FILE, --raw, or the ID of a draft");
    if (s->w.is_html && editor_can())
        return cli_usage(cli, "--html takes the text on standard input");
    if (compose_new(cli, &s->w, &d) < 0 || compose_store(cli, &d, &s->w, &created) < 0)
        return cli->status;
    int status = send_draft(cli, s, d.account_id, json_text(created, "id"));
    if (status == CLI_FAILED)
        cli_note("the message is a draft: %s", json_text(created, "id"));
    return status;
}

/* "e1u9h3k0", unless there is a file of that name. */
static bool is_email_id(const char *word)
{
    return word[0] == 'e' && word[1] && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(word) &&
           access(word, F_OK) != 0;
}

/* What is no draft has been sent, or was received: the command given once more must not send it once more. */
static int send_by_id(struct cli *cli, struct send *s, const char *id)
{
    char *ids[] = {(char *)id};
    json_auto_t *list = emails_load(cli, ids, 1, json_pack("[s,s,s]", "id", "accountId", "keywords"));
    const json_t *email = json_array_get(list, 0);

    if (!list)
        return cli->status;
    if (!email_has(email, "$draft"))
        return cli_fail(cli, CLI_FAILED, "%s is no draft: it was sent, or received ('facteur resend' passes it on)", id);
    return send_draft(cli, s, json_text(email, "accountId"), id);
}

static bool has_new(const struct wishes *w)
{
    return w->subject || w->account || w->is_html || w->no_signature || json_array_size(w->cc) ||
           json_array_size(w->bcc) || json_array_size(w->files) || json_array_size(w->pictures);
}

int cmd_send(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(send_done)
    struct send s = {.w = {.to = json_array(),
                           .cc = json_array(),
                           .bcc = json_array(),
                           .files = json_array(),
                           .pictures = json_array()}};
    const struct option_spec specs[] = {{"raw", .flag = &s.is_raw},
                                        {"from", .text = &s.w.from},
                                        {"to", .list = s.w.to},
                                        {"cc", .list = s.w.cc},
                                        {"bcc", .list = s.w.bcc},
                                        {"subject", .text = &s.w.subject},
                                        {"attach", .list = s.w.files},
                                        {"inline", .list = s.w.pictures},
                                        {"html", .flag = &s.w.is_html},
                                        {"account", .text = &s.w.account},
                                        {"no-signature", .flag = &s.w.no_signature},
                                        {"hold", .number = &s.o.hold},
                                        {"at", .text = &s.at},
                                        {"wait", .number = &s.wait},
                                        {"receipt", .flag = &s.w.receipt},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 2)
        return cli_usage(cli, "send takes one message at a time");
    bool is_new = argc < 2 && !s.is_raw, is_id = argc == 2 && !s.is_raw && is_email_id(argv[1]);
    if (!is_new && has_new(&s.w))
        return cli_usage(cli, "a message that is written already has all of that in it");
    if (is_id && (s.w.from || json_array_size(s.w.to)))
        return cli_usage(cli, "a draft says itself from whom and to whom: 'facteur edit' changes it");
    s.until = s.at ? when_utc(s.at) : NULL;
    if (s.at && !s.until)
        return cli_usage(cli, "--at takes a time like 2030-01-31T09:30");
    if (s.at && s.o.hold)
        return cli_usage(cli, "--at and --hold exclude each other");
    s.o.until = s.until;
    if (is_new)
        return send_new(cli, &s);
    return is_id ? send_by_id(cli, &s, argv[1])
                 : send_message(cli, &s, argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : NULL);
}

/* ---- sendmail --------------------------------------------------------------------------------------------- */

struct sendmail {
    struct outgoing o;
    bool from_header, ignores_dots;
};

static int usage(const char *what, const char *option)
{
    cli_note("sendmail: %s %s", what, option);
    return EX_USAGE;
}

/* Options that take a value, as sendmail(8) of Postfix and Exim has them; the value may follow without a space. */
static bool takes_value(char letter)
{
    return strchr("BCFLNORVXbfhopr", letter) != NULL;
}

static int take_option(struct sendmail *s, char letter, const char *value)
{
    switch (letter) {
    case 'f':
    case 'r':
        s->o.from = value;
        return EX_OK;
    case 'F':
        s->o.name = value;
        return EX_OK;
    case 'b':
        return strcmp(value, "m") == 0 ? EX_OK : usage("only -bm is known, not -b", value);
    case 'o':
        if (value[0] == 'i')
            s->ignores_dots = true;
        return EX_OK;
    default: /* how it is queued, logged or encoded is facteurd's business */
        return EX_OK;
    }
}

/* One argument that begins with '-'; *at is its index. */
static int take_argument(struct sendmail *s, int argc, char **argv, int *at)
{
    for (const char *c = argv[*at] + 1; *c; c++) {
        if (takes_value(*c)) {
            const char *value = c[1] ? c + 1 : *at + 1 < argc ? argv[++*at] : NULL;
            return value ? take_option(s, *c, value) : usage("a value is missing for", argv[*at]);
        }
        if (*c == 't')
            s->from_header = true;
        else if (*c == 'i')
            s->ignores_dots = true;
        else if (!strchr("AGIUVmnqsv", *c))
            return usage("there is no option", argv[*at]);
    }
    return EX_OK;
}

static int take_arguments(struct sendmail *s, int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        int status = take_argument(s, argc, argv, &i);
        if (status != EX_OK)
            return status;
    }
    for (; i < argc; i++) {
        if (!s->o.to)
            s->o.to = json_array();
        if (json_array_append_new(s->o.to, json_string(argv[i])) < 0)
            return usage("not UTF-8:", argv[i]);
    }
    if (!s->from_header && !s->o.to)
        return usage("nobody to send to: name recipients, or give -t", "");
    return EX_OK;
}

static int status_of(enum outgoing_trouble trouble)
{
    switch (trouble) {
    case OUTGOING_FINE:
        return EX_OK;
    case OUTGOING_NO_CORE:
    case OUTGOING_LATER:
        return EX_TEMPFAIL;
    case OUTGOING_NO_SENDER:
        return EX_NOPERM;
    case OUTGOING_BAD_RECIPIENT:
        return EX_NOUSER;
    case OUTGOING_BAD_MESSAGE:
        return EX_DATAERR;
    default:
        return EX_UNAVAILABLE;
    }
}

int cmd_sendmail(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(outgoing_done) struct outgoing owner = {0};
    struct sendmail s = {0};
    json_auto_t *submission = NULL;

    if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
        help_print(cli, cli->command);
        return EX_OK;
    }
    int status = take_arguments(&s, argc, argv);

    owner.to = s.o.to;
    if (status != EX_OK)
        return status;
    if (outgoing_read(cli, NULL, !s.ignores_dots, &s.o) < 0)
        return EX_IOERR;
    s.o.adds_to_header = s.from_header;
    if (!cli_connect(cli))
        status = EX_TEMPFAIL;
    else
        status = status_of(outgoing_submit(cli, &s.o, &submission));
    owner = s.o;
    return status;
}
