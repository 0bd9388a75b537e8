/* options.h - options of a command: long and short, before and after the other arguments, and "--" to end them.
 *
 *   const char *mailbox = NULL;
 *   int64_t count = 50;
 *   const struct option_spec specs[] = {
 *       {'m', "mailbox", .text = &mailbox}, {'n', "count", .number = &count}, {0}};
 *   if (options_parse(cli, specs, 0, &argc, argv) < 0)
 *       return CLI_USAGE;
 *
 * Afterwards argv[1] .. argv[argc - 1] are the other arguments. The global options (--json, --profile, ...) are
 * understood in every place.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

struct option_spec {
    char letter;      /* 0: none */
    const char *name; /* NULL ends the table */
    bool *flag;       /* exactly one of these is set */
    const char **text;
    int64_t *number; /* 0 or more */
    json_t *list;    /* may be given more than once: an array of strings */
};

enum options_mode {
    OPTIONS_PLAIN,
    OPTIONS_QUERY, /* '-word' that is no option of ours is an argument: a query excludes with '-' */
    OPTIONS_FLAGS  /* '-seen' is an argument; short options do not exist */
};

/* 0, or -1 after telling what is wrong. */
int options_parse(struct cli *cli, const struct option_spec *specs, enum options_mode mode, int *argc, char **argv);
/* The global options in front of the command; stops at the first other argument. Returns its index, or -1 after
 * telling. */
int options_global(struct cli *cli, int argc, char **argv, const char **out_profile, const char **out_socket);
/* A number of 0 or more; -1: it is none. */
int64_t options_number(const char *text);

#endif
