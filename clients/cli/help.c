/* help.c - prints the table of commands.c: for people, and as JSON. */
#include "cli.h"
#include "commands.h"
#include "options.h"
#include "term.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 22 /* of "-m, --mailbox MAILBOX" */

/* "text" with `indent` in front of each line. */
static void print_lines(FILE *to, const char *text, const char *indent)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(to, "%s%.*s\n", indent, (int)n, text);
        text += n + (text[n] ? 1 : 0);
    }
}

static void print_usage(FILE *to, const struct command *c)
{
    CLI_CLEANUP(freep) char *forms = xstrdup(c->args ? c->args : "");
    char *rest = forms, *form;

    for (const char *lead = "usage:"; (form = strsep(&rest, "\n")); lead = "      ")
        fprintf(to, "%s facteur %s%s%s\n", lead, c->name, *form ? " " : "", form);
}

static void print_options(const struct command_option *options)
{
    for (const struct command_option *o = options; o && o->name; o++) {
        CLI_CLEANUP(freep)
        char *name = xasprintf("%c%c%c --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
                               o->letter ? ',' : ' ', o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("  %-*s  %s\n", NAME_WIDTH, name, o->about);
    }
}

static void print_actions(const struct command *group)
{
    for (const struct command *c = cli_commands; c->name; c++)
        if (command_action(c, group))
            printf("  %s%s%s\n      %s\n", c->name, c->args ? " " : "", c->args ? c->args : "", c->about);
}

static void print_command(const struct command *c)
{
    print_usage(stdout, c);
    printf("\n");
    print_lines(stdout, c->text, "");
    if (!c->run) {
        printf("\n");
        print_actions(c);
        return;
    }
    if (c->options) {
        printf("\n");
        print_options(c->options);
    }
    printf("\n%s\n", strchr(c->examples, '\n') ? "Examples:" : "Example:");
    print_lines(stdout, c->examples, "  ");
    printf("\nExit status: %s.\n", c->status);
}

static void print_all(void)
{
    printf("usage: facteur [--profile DIR] [--socket PATH] [--json] [--no-start] COMMAND ...\n\n");
    for (const struct command *c = cli_commands; c->name; c++)
        if (c->about && !strchr(c->name, ' '))
            printf("  %-10s %s\n", c->name, c->about);
    printf("\nBefore the command:\n");
    print_options(cli_front_options);
    printf("\nWith every command:\n");
    print_options(cli_global_options);
    printf("\n'facteur help COMMAND' says how one is used; 'man facteur' says everything.\n"
           "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no facteurd.\n");
}

/* ---- as JSON ---------------------------------------------------------------------------------------------- */

static json_t *json_options(const struct command_option *options)
{
    json_t *list = json_array();

    for (const struct command_option *o = options; o && o->name; o++) {
        const char letter[2] = {o->letter, '\0'};
        json_array_append_new(list, json_pack("{s:s, s:s*, s:s*, s:s}", "name", o->name, "letter",
                                              o->letter ? letter : NULL, "value", o->value, "about", o->about));
    }
    return list;
}

static void print_json(const struct command *c)
{
    json_auto_t *line = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s*, s:s*}", "command", c->name, "arguments",
                                  c->args ? c->args : "", "about", c->about, "text", c->text, "options",
                                  json_options(c->options), "examples", c->examples, "exitStatus", c->status);

    cli_print_json(line);
}

/* ---- the command, and wrong usage ------------------------------------------------------------------------- */

void help_print(const struct cli *cli, const struct command *c)
{
    if (cli->json)
        print_json(c);
    else
        print_command(c);
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    bool with_action = false;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    const struct command *c = argc > 1 ? command_find(argv[1], argc > 2 ? argv[2] : NULL, &with_action) : NULL;
    if (argc > 3 || (argc > 2 && c && !with_action))
        return cli_usage(cli, "there is no command '%s %s'", argv[1], argv[2]);
    if (argc > 1 && (!c || !c->about))
        return cli_fail(cli, CLI_USAGE, "there is no command '%s'; 'facteur help' lists them", argv[1]);
    if (c) {
        help_print(cli, c);
    } else if (cli->json) {
        for (c = cli_commands; c->name; c++)
            if (c->about)
                print_json(c);
    } else {
        print_all();
    }
    return CLI_DONE;
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    cli_note("%s", text ? text : "wrong usage");
    free(text);
    if (cli->command && cli->command->about) {
        print_usage(stderr, cli->command);
        fprintf(stderr, "'facteur help %s' says more\n", cli->command->name);
    } else {
        fputs("'facteur help' lists the commands\n", stderr);
    }
    return cli->status = CLI_USAGE;
}
