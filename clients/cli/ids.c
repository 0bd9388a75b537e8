#include "ids.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void add(struct ids *ids, const char *id)
{
    if (ids->n == ids->cap) {
        ids->cap = ids->cap * 2 + 32;
        ids->list = xrealloc(ids->list, ids->cap * sizeof(char *));
    }
    ids->list[ids->n++] = xstrdup(id);
}

static int add_line(struct cli *cli, struct ids *ids, char *line)
{
    line += strspn(line, " \t\r\n");
    for (size_t n = strlen(line); n > 0 && strchr(" \t\r\n", line[n - 1]); n--)
        line[n - 1] = '\0';
    if (*line != '{') {
        if (*line)
            add(ids, line);
        return CLI_DONE;
    }
    json_auto_t *object = json_loads(line, 0, NULL);
    if (!*json_text(object, "id"))
        return cli_fail(cli, CLI_FAILED, "a line of standard input is no JSON object with an \"id\"");
    add(ids, json_text(object, "id"));
    return CLI_DONE;
}

static int add_stdin(struct cli *cli, struct ids *ids)
{
    CLI_CLEANUP(freep) char *line = NULL;
    size_t cap = 0;
    int status = CLI_DONE;

    errno = 0;
    while (status == CLI_DONE && getline(&line, &cap, stdin) >= 0)
        status = add_line(cli, ids, line);
    if (status == CLI_DONE && ferror(stdin))
        return cli_fail(cli, CLI_FAILED, "cannot read standard input: %s", strerror(errno));
    return status;
}

int ids_gather(struct cli *cli, char *const *words, size_t n, struct ids *out)
{
    int status = CLI_DONE;

    for (size_t i = 0; i < n && status == CLI_DONE; i++) {
        if (strcmp(words[i], "-") == 0)
            status = add_stdin(cli, out);
        else
            add(out, words[i]);
    }
    return status;
}

void ids_done(struct ids *ids)
{
    for (size_t i = 0; i < ids->n; i++)
        free(ids->list[i]);
    free(ids->list);
}
