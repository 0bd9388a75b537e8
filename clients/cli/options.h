/* options.h - options of a command: long and short, before and after the other arguments, and "--" to end them.
 *
 *   const char *mailbox = NULL;
 *   int64_t count = 50;
 *   const struct option_spec specs[] = {{"mailbox", .text = &mailbox}, {"count", .number = &count}, {0}};
 *   if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
 *       return cli->status;
 *
 * Afterwards argv[1] .. argv[argc - 1] are the other arguments. The options, with their letters, are those that the
 * command has in the table of commands.c, so that none exists which its help does not know. The global ones (--json,
 * --no-start, --help) are understood in every place.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

struct option_spec {
    const char *name; /* as in the command's table; NULL ends this one */
    bool *flag;       /* exactly one of these is set */
    const char **text;
    int64_t *number; /* 0 or more */
    json_t *list;    /* may be given more than once: an array of strings */
};

enum options_mode {
    OPTIONS_PLAIN,
    OPTIONS_QUERY, /* '-word' that is no option of ours is an argument: a query excludes with '-' */
    OPTIONS_FLAGS  /* '-seen' is an argument; short options do not exist, but for -h */
};

/* 0, or -1: it is over, with cli->status, after telling what is wrong, or after --help. */
int options_parse(struct cli *cli, const struct option_spec *specs, enum options_mode mode, int *argc, char **argv);
/* The global options in front of the command; stops at the first other argument. Returns its index, or -1 after
 * telling. "--help" and "--version" become the commands of that name. */
int options_global(struct cli *cli, int argc, char **argv, const char **out_profile, const char **out_socket);
/* A number of 0 or more; -1: it is none. */
int64_t options_number(const char *text);

/* What is left of the arguments, behind the command, joined by spaces: `facteur search from:anna -is:read` needs no quotes.
 * Freed by the caller. */
char *options_joined(int argc, char **argv);

#endif
