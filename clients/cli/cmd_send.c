/* cmd_send.c - sends a message that is written already: 'facteur send FILE', and sendmail for programs that call it so.
 */
#include "commands.h"
#include "options.h"
#include "outgoing.h"
#include "submission.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

/* ---- send ------------------------------------------------------------------------------------------------- */

/* "2030-01-01T12:00" in local time, with or without seconds; or with a Z, in UTC. Freed by the caller; NULL: it is
 * none. */
static char *utc_of(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"};
    char out[40];

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &tm);
        if (!end || (*end && strcmp(end, "Z") != 0))
            continue;
        time_t at = *end ? timegm(&tm) : mktime(&tm);
        struct tm utc;
        if (at == (time_t)-1 || !gmtime_r(&at, &utc) || !strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &utc))
            return NULL;
        return xstrdup(out);
    }
    return NULL;
}

int cmd_send(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(outgoing_done) struct outgoing o = {0};
    json_auto_t *to = json_array(), *submission = NULL;
    const char *at = NULL;
    bool raw = false;
    int64_t wait = 0;
    const struct option_spec specs[] = {{"raw", .flag = &raw},
                                        {"from", .text = &o.from},
                                        {"to", .list = to},
                                        {"hold", .number = &o.hold},
                                        {"at", .text = &at},
                                        {"wait", .number = &wait},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 2)
        return cli_usage(cli, "send takes one message at a time");
    if (argc < 2 && !raw)
        return cli_usage(cli, "send needs a file with a message, or --raw and the message on standard input");
    CLI_CLEANUP(freep) char *until = at ? utc_of(at) : NULL;
    if (at && !until)
        return cli_usage(cli, "--at takes a time like 2030-01-31T09:30");
    if (at && o.hold)
        return cli_usage(cli, "--at and --hold exclude each other");
    o.until = until;
    o.to = json_array_size(to) > 0 ? json_incref(to) : NULL;
    const char *path = argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : NULL;
    if (!cli_connect(cli) || outgoing_read(cli, path, false, &o) < 0)
        return cli->status;
    if (o.n == 0)
        return cli_fail(cli, CLI_FAILED, "there is no message");
    enum outgoing_trouble trouble = outgoing_submit(cli, &o, &submission);
    if (trouble != OUTGOING_FINE)
        return trouble == OUTGOING_NO_CORE ? CLI_NO_CORE : CLI_FAILED;
    return submission_report(cli, submission, wait);
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
