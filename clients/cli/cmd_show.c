/* cmd_show.c - a message: as a person reads it, its headers, its text, its HTML, a part, or its bytes. */
#include "blob.h"
#include "commands.h"
#include "emails.h"
#include "options.h"
#include "parts.h"
#include "term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PART_ON_TTY_MAX ((size_t)4 * 1024 * 1024) /* of a text part, cleaned before a terminal sees it */

/* Text of a stranger: exact in a file or a pipe, harmless on a terminal. Ends its line. */
static void print_text(const struct cli *cli, const char *text)
{
    size_t n = strlen(text);
    CLI_CLEANUP(freep) char *clean = cli->out_tty ? term_clean(text, TERM_KEEP_LINES) : NULL;

    fputs(clean ? clean : text, stdout);
    if (n > 0 && text[n - 1] != '\n')
        putchar('\n');
}

static json_t *load(struct cli *cli, char *id, json_t *properties)
{
    json_auto_t *list = emails_load(cli, &id, 1, properties);

    return list ? json_incref(json_array_get(list, 0)) : NULL;
}

/* The one Email with bodyValues, which emails_load does not ask for. */
static json_t *load_with_bodies(struct cli *cli, const char *id, json_t *properties, const char *which)
{
    json_auto_t *got =
        cli_call(cli, "Email/get",
                 json_pack("{s:s, s:[s], s:o, s:b}", "accountId", "*", "ids", id, "properties", properties, which, 1));
    const json_t *email = got ? json_array_get(json_object_get(got, "list"), 0) : NULL;

    if (got && !email)
        cli_fail(cli, CLI_FAILED, "there is no message '%s'", id);
    return json_incref((json_t *)email);
}

/* ---- for people ------------------------------------------------------------------------------------------- */

static void print_field(const struct cli *cli, const char *name, const char *value)
{
    CLI_CLEANUP(freep) char *clean = term_clean(value, TERM_ONE_LINE);

    if (*clean)
        printf("%s%-8s%s %s\n", term_dim(cli), name, term_plain(cli), clean);
}

static void print_addresses(const struct cli *cli, const char *name, const json_t *list)
{
    char *text = xstrdup("");
    size_t i;
    json_t *address;

    json_array_foreach(list, i, address)
    {
        const char *who = json_text(address, "name"), *mail = json_text(address, "email");
        char *longer = *who ? xasprintf("%s%s%s <%s>", text, i ? ", " : "", who, mail)
                            : xasprintf("%s%s%s", text, i ? ", " : "", mail);
        free(text);
        text = longer;
    }
    print_field(cli, name, text);
    free(text);
}

static void print_keywords(const struct cli *cli, const json_t *keywords)
{
    char *text = xstrdup("");
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)keywords, name, value)
    {
        char *longer = xasprintf("%s%s%s", text, *text ? " " : "", *name == '$' ? name + 1 : name);
        free(text);
        text = longer;
    }
    print_field(cli, "Flags", text);
    free(text);
}

static void print_part(const struct cli *cli, const json_t *part)
{
    const char *name = json_text(part, "name"), *type = json_text(part, "type");
    char size[TERM_SIZE_MAX];

    if (strncasecmp(type, "text/", 5) == 0 && !*name)
        return; /* that is the text below */
    CLI_CLEANUP(freep)
    char *line = xasprintf("[%s] %s  %s  %s", json_text(part, "partId"), *name ? name : "(no name)", type,
                           term_size(json_number(part, "size"), size));
    print_field(cli, "Part", line);
}

/* Every part but the text, so that it can be named to --part. */
static void print_parts(const struct cli *cli, const json_t *structure, int depth)
{
    size_t i;
    json_t *sub;

    if (*json_text(structure, "partId"))
        print_part(cli, structure);
    if (depth >= PARTS_DEPTH_MAX)
        return;
    json_array_foreach(json_object_get(structure, "subParts"), i, sub) print_parts(cli, sub, depth + 1);
}

/* When it was written, as its sender says; and when it came, if that is not the same. */
static void print_dates(const struct cli *cli, const json_t *email)
{
    char sent[TERM_LONG_DATE_MAX], received[TERM_LONG_DATE_MAX];

    term_long_date(json_text(email, "sentAt"), sent);
    term_long_date(json_text(email, "receivedAt"), received);
    print_field(cli, "Date", sent);
    if (strcmp(sent, received) != 0)
        print_field(cli, "Received", received);
}

#define ASKS_FOR_RECEIPT "header:Disposition-Notification-To:asAddresses"

/* Somebody wants to know that it was read; nobody is told but by 'facteur receipt'. */
static void print_receipt(const struct cli *cli, const json_t *email)
{
    const json_t *asking = json_object_get(email, ASKS_FOR_RECEIPT);
    bool is_sent = email_has(email, "$mdnsent");
    CLI_CLEANUP(freep)
    char *how = xasprintf("asked for: facteur receipt %s", json_text(email, "id"));

    if (json_array_size(asking) > 0)
        print_field(cli, "Receipt", is_sent ? "sent" : how);
}

static int show_for_people(struct cli *cli, char *id)
{
    json_auto_t *email =
        load(cli, id,
             json_pack("[s,s,s,s,s,s,s,s,s,s,s,s,s,s]", "id", "from", "to", "cc", "bcc", "replyTo", "subject",
                       "receivedAt", "sentAt", "keywords", "bodyStructure", "plainText", "degraded", ASKS_FOR_RECEIPT));

    if (!email)
        return cli->status;
    print_addresses(cli, "From", json_object_get(email, "from"));
    print_addresses(cli, "To", json_object_get(email, "to"));
    print_addresses(cli, "Cc", json_object_get(email, "cc"));
    print_addresses(cli, "Bcc", json_object_get(email, "bcc"));
    print_addresses(cli, "Reply-To", json_object_get(email, "replyTo"));
    print_dates(cli, email);
    print_field(cli, "Subject", json_text(email, "subject"));
    print_keywords(cli, json_object_get(email, "keywords"));
    print_receipt(cli, email);
    print_parts(cli, json_object_get(email, "bodyStructure"), 0);
    if (*json_text(email, "degraded"))
        print_field(cli, "Note", json_text(email, "degraded"));
    putchar('\n');
    print_text(cli, json_text(email, "plainText"));
    return CLI_DONE;
}

/* ---- one view of it --------------------------------------------------------------------------------------- */

static int show_json(struct cli *cli, char *id)
{
    json_t *properties =
        json_pack("[s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s]", "id", "accountId", "blobId", "threadId", "mailboxIds",
                  "keywords", "size", "receivedAt", "sentAt", "messageId", "from", "to", "cc", "bcc", "replyTo",
                  "subject", "bodyStructure", "bodyValues", "attachments", "plainText");
    json_auto_t *email = load_with_bodies(cli, id, properties, "fetchAllBodyValues");

    if (!email)
        return cli->status;
    cli_print_json(email);
    return CLI_DONE;
}

static int show_raw(struct cli *cli, char *id)
{
    json_auto_t *email = load(cli, id, json_pack("[s,s]", "id", "blobId"));

    return email && blob_copy(cli, json_text(email, "blobId"), STDOUT_FILENO, "standard output") == 0 ? CLI_DONE
                                                                                                      : cli->status;
}

static int show_headers(struct cli *cli, char *id)
{
    json_auto_t *email = load(cli, id, json_pack("[s,s]", "id", "headers"));
    size_t i;
    json_t *header;

    if (!email)
        return cli->status;
    json_array_foreach(json_object_get(email, "headers"), i, header)
    {
        CLI_CLEANUP(freep) char *line = xasprintf("%s:%s", json_text(header, "name"), json_text(header, "value"));
        print_text(cli, line);
    }
    return CLI_DONE;
}

static int show_text(struct cli *cli, char *id)
{
    json_auto_t *email = load(cli, id, json_pack("[s,s]", "id", "plainText"));

    if (!email)
        return cli->status;
    print_text(cli, json_text(email, "plainText"));
    return CLI_DONE;
}

static int show_html(struct cli *cli, char *id)
{
    json_auto_t *email =
        load_with_bodies(cli, id, json_pack("[s,s,s]", "id", "htmlBody", "bodyValues"), "fetchHTMLBodyValues");
    size_t i;
    json_t *part;
    bool any = false;

    if (!email)
        return cli->status;
    json_array_foreach(json_object_get(email, "htmlBody"), i, part)
    {
        const json_t *value = json_object_get(json_object_get(email, "bodyValues"), json_text(part, "partId"));
        if (!value || strcasecmp(json_text(part, "type"), "text/html") != 0)
            continue;
        print_text(cli, json_text(value, "value"));
        any = true;
    }
    return any ? CLI_DONE : cli_fail(cli, CLI_FAILED, "%s has no HTML; --text shows what it has", id);
}

/* A part's decoded bytes; on a terminal a text is cleaned, and anything else stays away from it. */
static int show_part(struct cli *cli, char *id, const char *part_id)
{
    json_auto_t *email = load(cli, id, json_pack("[s,s]", "id", "bodyStructure"));
    if (!email)
        return cli->status;
    const json_t *part = parts_find(json_object_get(email, "bodyStructure"), part_id);
    const char *blob_id = json_text(part, "blobId");
    if (!part || !*blob_id)
        return cli_fail(cli, CLI_FAILED, "%s has no part '%s'; 'facteur show %s' names those it has", id, part_id, id);
    if (!cli->out_tty)
        return blob_copy(cli, blob_id, STDOUT_FILENO, "standard output") == 0 ? CLI_DONE : cli->status;
    if (strncasecmp(json_text(part, "type"), "text/", 5) != 0)
        return cli_fail(cli, CLI_FAILED, "part %s is %s, which is nothing for a terminal: 'facteur save %s --part %s'",
                        part_id, json_text(part, "type"), id, part_id);
    size_t n;
    CLI_CLEANUP(freep) char *bytes = blob_load(cli, blob_id, PART_ON_TTY_MAX, &n);
    if (!bytes)
        return cli->status;
    CLI_CLEANUP(freep) char *clean = term_clean_bytes(bytes, n, TERM_KEEP_LINES);
    print_text(cli, clean);
    return CLI_DONE;
}

/* Somebody at a terminal should know why it takes a while. */
static int announce_fetch(struct cli *cli, char *id)
{
    char size[TERM_SIZE_MAX];
    json_auto_t *email = load(cli, id, json_pack("[s,s,s]", "id", "isPartial", "size"));

    if (!email)
        return cli->status;
    if (json_is_true(json_object_get(email, "isPartial")))
        cli_note("the message is still on its server (%s): fetching it", term_size(json_number(email, "size"), size));
    return CLI_DONE;
}

int cmd_show(struct cli *cli, int argc, char **argv)
{
    bool raw = false, headers = false, text = false, html = false;
    const char *part = NULL;
    const struct option_spec specs[] = {{"raw", .flag = &raw},   {"headers", .flag = &headers}, {"text", .flag = &text},
                                        {"html", .flag = &html}, {"part", .text = &part},       {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "show needs one message");
    if (raw + headers + text + html + (part != NULL) > 1)
        return cli_usage(cli, "only one of --raw, --headers, --text, --html, --part");
    if (cli->err_tty && !cli->json && !headers && announce_fetch(cli, argv[1]) != CLI_DONE)
        return cli->status;
    if (raw)
        return show_raw(cli, argv[1]);
    if (part)
        return show_part(cli, argv[1], part);
    if (cli->json)
        return show_json(cli, argv[1]);
    if (headers)
        return show_headers(cli, argv[1]);
    if (text)
        return show_text(cli, argv[1]);
    return html ? show_html(cli, argv[1]) : show_for_people(cli, argv[1]);
}
