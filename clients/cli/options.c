#include "options.h"

#include "commands.h"

#include <errno.h>
#include <string.h>

int64_t options_number(const char *text)
{
    char *end;

    errno = 0;
    long long number = strtoll(text, &end, 10);
    return errno || end == text || *end || number < 0 ? -1 : number;
}

/* The option that "--name", of name_n bytes, or "-n" stands for. */
static const struct option_spec *find(const struct command_option *known, const struct option_spec *specs,
                                      const char *arg, size_t name_n)
{
    for (; known && known->name; known++) {
        bool is_long = arg[1] == '-';
        if (is_long ? strlen(known->name) != name_n - 2 || memcmp(known->name, arg + 2, name_n - 2) != 0
                    : !arg[1] || known->letter != arg[1])
            continue;
        for (; specs->name; specs++)
            if (strcmp(specs->name, known->name) == 0)
                return specs;
    }
    return NULL;
}

/* Of "--name" in "--name=value". */
static size_t name_length(const char *arg)
{
    return strcspn(arg, "=");
}

static int store(struct cli *cli, const struct option_spec *spec, const char *value)
{
    if (spec->text) {
        *spec->text = value;
        return 0;
    }
    if (spec->list) {
        if (json_array_append_new(spec->list, json_string(value)) == 0)
            return 0;
        cli_usage(cli, "the value of --%s is not UTF-8", spec->name);
        return -1;
    }
    *spec->number = options_number(value);
    if (*spec->number < 0) {
        cli_usage(cli, "--%s needs a number, not '%s'", spec->name, value);
        return -1;
    }
    return 0;
}

/* Handles argv[*i]. Returns 1: it was an option, 0: it is an argument, -1: told. */
static int take(struct cli *cli, const struct command_option *known, const struct option_spec *specs,
                enum options_mode mode, int argc, char **argv, int *i)
{
    char *arg = argv[*i];
    const char *value = NULL;

    if (arg[0] != '-' || !arg[1])
        return 0;
    bool is_long = arg[1] == '-';
    if (!is_long && mode == OPTIONS_FLAGS)
        return 0;
    char *equals = is_long ? strchr(arg, '=') : NULL;
    const struct option_spec *spec = find(known, specs, arg, equals ? (size_t)(equals - arg) : strlen(arg));
    if (equals)
        value = equals + 1;
    else if (!is_long && arg[2])
        value = arg + 2; /* -n20 */
    if (spec && !is_long && value && (spec->flag || (spec->number && options_number(value) < 0)) &&
        mode == OPTIONS_QUERY)
        spec = NULL; /* -need is a word to exclude, not -n with a value */
    if (!spec) {
        if (mode == OPTIONS_QUERY && !is_long)
            return 0;
        cli_usage(cli, "unknown option '%s'", arg);
        return -1;
    }
    if (spec->flag) {
        if (value) {
            cli_usage(cli, "--%s takes no value", spec->name);
            return -1;
        }
        *spec->flag = true;
        return 1;
    }
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value) {
        cli_usage(cli, "--%s needs a value", spec->name);
        return -1;
    }
    return store(cli, spec, value) < 0 ? -1 : 1;
}

int options_global(struct cli *cli, int argc, char **argv, const char **out_profile, const char **out_socket)
{
    static char help_command[] = "help", version_command[] = "version";
    bool help = false, version = false;
    const struct option_spec specs[] = {{"json", .flag = &cli->json},
                                        {"no-start", .flag = &cli->no_start},
                                        {"help", .flag = &help},
                                        {"profile", .text = out_profile},
                                        {"socket", .text = out_socket},
                                        {"version", .flag = &version},
                                        {0}};
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        bool is_front = find(cli_front_options, specs, argv[i], name_length(argv[i]));
        const struct command_option *known = is_front ? cli_front_options : cli_global_options;
        int taken = take(cli, known, specs, OPTIONS_PLAIN, argc, argv, &i);
        if (taken < 0)
            return -1;
        if (taken == 0)
            return i;
        if (help || version) {
            argv[i] = help ? help_command : version_command;
            return i;
        }
    }
    return i;
}

int options_parse(struct cli *cli, const struct option_spec *specs, enum options_mode mode, int *argc, char **argv)
{
    static const struct option_spec front[] = {{.name = "profile"}, {.name = "socket"}, {.name = "version"}, {0}};
    bool help = false;
    const struct option_spec globals[] = {
        {"json", .flag = &cli->json}, {"no-start", .flag = &cli->no_start}, {"help", .flag = &help}, {0}};
    const struct command_option *own = cli->command ? cli->command->options : NULL;
    int kept = 1, i = 1;

    for (; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        bool is_long = argv[i][0] == '-' && argv[i][1] == '-';
        size_t name_n = name_length(argv[i]);
        if (is_long && find(cli_front_options, front, argv[i], name_n)) {
            cli_usage(cli, "%.*s stands before the command", (int)name_n, argv[i]);
            return -1;
        }
        bool is_global = strcmp(argv[i], "-h") == 0 || (is_long && find(cli_global_options, globals, argv[i], name_n));
        int taken = is_global ? take(cli, cli_global_options, globals, OPTIONS_PLAIN, *argc, argv, &i)
                              : take(cli, own, specs, mode, *argc, argv, &i);
        if (taken < 0)
            return -1;
        if (taken == 0)
            argv[kept++] = argv[i];
    }
    for (; i < *argc; i++)
        argv[kept++] = argv[i];
    argv[kept] = NULL;
    *argc = kept;
    if (help) {
        help_print(cli, cli->command);
        cli->status = CLI_DONE;
        return -1;
    }
    return 0;
}

char *options_joined(int argc, char **argv)
{
    char *query = xstrdup(argc > 1 ? argv[1] : "");

    for (int i = 2; i < argc; i++) {
        char *longer = xasprintf("%s %s", query, argv[i]);
        free(query);
        query = longer;
    }
    return query;
}
