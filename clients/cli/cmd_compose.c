/* cmd_compose.c - drafts: a new message, a reply, a message that forwards another one, a draft that is written on. On a
 * terminal the editor opens; else the text is what comes on standard input. */
#include "cli.h"
#include "commands.h"
#include "compose.h"
#include "draft.h"
#include "emails.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)16 << 20)

static void wishes_init(struct wishes *w)
{
    *w = (struct wishes){.to = json_array(),
                         .cc = json_array(),
                         .bcc = json_array(),
                         .files = json_array(),
                         .pictures = json_array(),
                         .values = json_array()};
}

void wishes_done(struct wishes *w)
{
    json_decref(w->to);
    json_decref(w->cc);
    json_decref(w->bcc);
    json_decref(w->files);
    json_decref(w->pictures);
    json_decref(w->values);
}

/* The text on standard input, "" on a terminal. Freed by the caller; NULL after telling. */
static char *read_text(struct cli *cli)
{
    size_t n = 0, size = 65536;
    char *text = xmalloc(size);

    while (!isatty(STDIN_FILENO) && n <= TEXT_MAX) {
        if (size - n < 4096)
            text = xrealloc(text, size *= 2);
        ssize_t got = read(STDIN_FILENO, text + n, size - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    text[n] = '\0';
    json_auto_t *value = json_string(text);
    if (n <= TEXT_MAX && strlen(text) == n && value)
        return text;
    cli_fail(cli, CLI_FAILED, "the text on standard input is %s",
             n > TEXT_MAX ? "longer than 16 MB"
             : value      ? "no text: it holds a NUL byte"
                          : "no UTF-8");
    free(text);
    return NULL;
}

static int add_wishes(struct cli *cli, struct draft *d, const struct wishes *w)
{
    bool failed = draft_add_addresses(cli, d, "to", w->to) < 0 || draft_add_addresses(cli, d, "cc", w->cc) < 0 ||
                  draft_add_addresses(cli, d, "bcc", w->bcc) < 0 || draft_attach(cli, d, w->pictures, true) < 0 ||
                  draft_attach(cli, d, w->files, false) < 0;
    return failed ? -1 : 0;
}

int compose_store(struct cli *cli, struct draft *d, const struct wishes *w, json_t **out_created)
{
    if (add_wishes(cli, d, w) < 0)
        return -1;
    d->wants_receipt = w->receipt;
    return draft_store(cli, d, !w->no_edit && !w->is_html, out_created);
}

static int finish(struct cli *cli, struct draft *d, const struct wishes *w)
{
    json_auto_t *created = NULL;

    return compose_store(cli, d, w, &created) < 0 ? cli->status : draft_print(cli, created);
}

/* {"name": "value"} of "name=value", and the text on standard input as "text". A new reference; NULL after telling. */
static json_t *template_values(struct cli *cli, const struct wishes *w, const char *text)
{
    json_t *values = json_object(), *word;
    size_t i;

    if (*text)
        json_object_set_new(values, "text", json_string(text));
    json_array_foreach(w->values, i, word)
    {
        const char *pair = json_string_value(word), *equals = strchr(pair, '=');
        if (!equals || equals == pair) {
            cli_fail(cli, CLI_USAGE, "--set takes name=value, not '%s'", pair);
            json_decref(values);
            return NULL;
        }
        CLI_CLEANUP(freep) char *name = xasprintf("%.*s", (int)(equals - pair), pair);
        json_object_set_new(values, name, json_string(equals + 1));
    }
    return values;
}

/* --to goes into the template, which may address it. */
static int from_template(struct cli *cli, const struct wishes *w, const char *text, struct draft *out)
{
    json_auto_t *values = template_values(cli, w, text);
    CLI_CLEANUP(draft_done) struct draft people = {.email = json_object()};
    char *ids[] = {(char *)w->template};
    json_auto_t *list = values ? emails_load(cli, ids, 1, json_pack("[s,s]", "id", "accountId")) : NULL;

    if (!list)
        return -1;
    people.account_id = xstrdup(json_text(json_array_get(list, 0), "accountId"));
    if (draft_add_addresses(cli, &people, "to", w->to) < 0)
        return -1;
    json_auto_t *args = json_pack("{s:O, s:O*}", "values", values, "to", json_object_get(people.email, "to"));
    return draft_answer(cli, "Compose/template", w->template, w->from, json_incref(args), out);
}

int compose_new(struct cli *cli, const struct wishes *w, struct draft *out)
{
    if (json_array_size(w->pictures) && !w->is_html)
        return cli_usage(cli, "--inline is for HTML: give --html, too"), -1;
    if (w->template && (w->account || w->is_html || w->no_signature))
        return cli_usage(cli, "a template says all of that itself"), -1;
    if (json_array_size(w->values) && !w->template)
        return cli_usage(cli, "--set is for the placeholders of a --template"), -1;
    CLI_CLEANUP(freep) char *text = read_text(cli);
    const struct draft_wish wish = {w->account, w->from, text, w->is_html, w->no_signature};
    if (!text || (w->template ? from_template(cli, w, text, out) : draft_new(cli, &wish, out)) < 0)
        return -1;
    if (w->template && json_array_size(w->to))
        json_array_clear(w->to); /* they stand in it */
    if (w->is_template)
        json_object_set_new(json_object_get(out->email, "keywords"), "$template", json_true());
    if (w->subject && json_object_set_new(out->email, "subject", json_string(w->subject)) < 0)
        return cli_fail(cli, CLI_USAGE, "the subject is no UTF-8"), -1;
    return w->from && !w->template ? draft_set_sender(cli, out, w->from) : 0;
}

int cmd_compose(struct cli *cli, int argc, char **argv)
{
    CLI_CLEANUP(wishes_done) struct wishes w;
    CLI_CLEANUP(draft_done) struct draft d = {0};
    wishes_init(&w);
    const struct option_spec specs[] = {{"from", .text = &w.from},
                                        {"to", .list = w.to},
                                        {"cc", .list = w.cc},
                                        {"bcc", .list = w.bcc},
                                        {"subject", .text = &w.subject},
                                        {"attach", .list = w.files},
                                        {"inline", .list = w.pictures},
                                        {"html", .flag = &w.is_html},
                                        {"account", .text = &w.account},
                                        {"no-signature", .flag = &w.no_signature},
                                        {"template", .text = &w.template},
                                        {"set", .list = w.values},
                                        {"save-template", .flag = &w.is_template},
                                        {"no-edit", .flag = &w.no_edit},
                                        {"receipt", .flag = &w.receipt},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 1)
        return cli_usage(cli, "compose takes options only; files go with --attach");
    return compose_new(cli, &w, &d) < 0 ? cli->status : finish(cli, &d, &w);
}

/* reply and forward */
static int answer(struct cli *cli, const char *method, const char *id, json_t *args, const struct wishes *w)
{
    CLI_CLEANUP(draft_done) struct draft d = {0};
    json_auto_t *params = args;
    CLI_CLEANUP(freep) char *text = read_text(cli);

    if (!text)
        return cli->status;
    if (*text)
        json_object_set_new(params, w->is_html ? "htmlText" : "text", json_string(text));
    json_object_set_new(params, "html", json_boolean(w->is_html));
    if (w->no_signature)
        json_object_set_new(params, "signature", json_string("none"));
    if (draft_answer(cli, method, id, w->from, json_incref(params), &d) < 0)
        return cli->status;
    return finish(cli, &d, w);
}

int cmd_reply(struct cli *cli, int argc, char **argv)
{
    bool all = false, list = false, no_quote = false;
    CLI_CLEANUP(wishes_done) struct wishes w;
    wishes_init(&w);
    const struct option_spec specs[] = {{"all", .flag = &all},
                                        {"list", .flag = &list},
                                        {"no-quote", .flag = &no_quote},
                                        {"html", .flag = &w.is_html},
                                        {"inline", .list = w.pictures},
                                        {"from", .text = &w.from},
                                        {"no-signature", .flag = &w.no_signature},
                                        {"cc", .list = w.cc},
                                        {"bcc", .list = w.bcc},
                                        {"attach", .list = w.files},
                                        {"no-edit", .flag = &w.no_edit},
                                        {"receipt", .flag = &w.receipt},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "reply needs one message");
    if (all && list)
        return cli_usage(cli, "--all or --list, not both");
    if (json_array_size(w.pictures) && !w.is_html)
        return cli_usage(cli, "--inline is for HTML: give --html, too");
    return answer(cli, "Compose/reply", argv[1],
                  json_pack("{s:b, s:b, s:b}", "all", all, "list", list, "quote", !no_quote), &w);
}

int cmd_forward(struct cli *cli, int argc, char **argv)
{
    bool as_attachment = false;
    CLI_CLEANUP(wishes_done) struct wishes w;
    wishes_init(&w);
    const struct option_spec specs[] = {{"as-attachment", .flag = &as_attachment},
                                        {"html", .flag = &w.is_html},
                                        {"inline", .list = w.pictures},
                                        {"from", .text = &w.from},
                                        {"no-signature", .flag = &w.no_signature},
                                        {"to", .list = w.to},
                                        {"cc", .list = w.cc},
                                        {"bcc", .list = w.bcc},
                                        {"attach", .list = w.files},
                                        {"no-edit", .flag = &w.no_edit},
                                        {"receipt", .flag = &w.receipt},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "forward needs one message");
    if (w.is_html && as_attachment)
        return cli_usage(cli, "--html or --as-attachment, not both");
    if (json_array_size(w.pictures) && !w.is_html)
        return cli_usage(cli, "--inline is for HTML: give --html, too");
    return answer(cli, "Compose/forward", argv[1], json_pack("{s:b}", "asAttachment", as_attachment), &w);
}

int cmd_edit(struct cli *cli, int argc, char **argv)
{
    const char *subject = NULL;
    CLI_CLEANUP(wishes_done) struct wishes w;
    CLI_CLEANUP(draft_done) struct draft d = {0};
    wishes_init(&w);
    const struct option_spec specs[] = {{"to", .list = w.to},
                                        {"subject", .text = &subject},
                                        {"cc", .list = w.cc},
                                        {"bcc", .list = w.bcc},
                                        {"attach", .list = w.files},
                                        {"no-edit", .flag = &w.no_edit},
                                        {"receipt", .flag = &w.receipt},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "edit needs one message");
    CLI_CLEANUP(freep) char *text = read_text(cli);
    if (!text || draft_answer(cli, "Compose/template", argv[1], NULL, json_object(), &d) < 0)
        return cli->status;
    if (subject && json_object_set_new(d.email, "subject", json_string(subject)) < 0)
        return cli_fail(cli, CLI_USAGE, "the subject is no UTF-8");
    w.is_html = json_object_get(d.email, "htmlBody");
    if (w.is_html && *text)
        return cli_fail(cli, CLI_FAILED, "%s has an HTML body, which a text cannot replace", argv[1]);
    if (w.is_html)
        cli_note("%s has an HTML body, which stays as it is", argv[1]);
    else if (*text)
        draft_set_text(&d, text, false);
    return finish(cli, &d, &w);
}
