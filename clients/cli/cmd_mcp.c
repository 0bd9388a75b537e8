/* cmd_mcp.c - a Model Context Protocol server for programs that act for people. */
#include "commands.h"
#include "mcp.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_MAX 512

/* Its first line. NULL after telling. */
static char *read_token(struct cli *cli, const char *path)
{
    struct stat st;
    char text[TOKEN_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, TOKEN_MAX);
    int why = errno;
    bool is_open_to_others = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077);

    if (fd >= 0)
        close(fd);
    if (n < 0) {
        cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(why));
        return NULL;
    }
    text[n] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (is_open_to_others)
        cli_note("%s can be read by others: chmod 600", path);
    char *token = *text ? xstrdup(text) : NULL;
    explicit_bzero(text, sizeof(text));
    if (!token)
        cli_fail(cli, CLI_FAILED, "%s holds no token in its first line", path);
    return token;
}

static void mcp_done(struct mcp *m)
{
    if (m->token)
        explicit_bzero(m->token, strlen(m->token));
    free(m->token);
    free(m->trouble);
    free(m->input);
}

int cmd_mcp(struct cli *cli, int argc, char **argv)
{
    const char *file = NULL;
    const struct option_spec specs[] = {{"token-file", .text = &file}, {0}};
    const char *given = getenv("FACTEUR_TOKEN");
    struct mcp m = {.cli = cli, .version = -1};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "it takes no arguments");
    if (file && !(m.token = read_token(cli, file)))
        return cli->status;
    if (!file && given && *given)
        m.token = xstrdup(given);
    unsetenv("FACTEUR_TOKEN"); /* a facteurd that is started needs none */
    if (cli->out_tty)
        cli_note("this speaks with a program, not with people: see 'facteur help mcp'");
    int status =
        mcp_connect(&m) == 0 ? mcp_serve(&m) : cli_fail(cli, cli->status ? cli->status : CLI_FAILED, "%s", m.trouble);
    mcp_done(&m);
    return status;
}
