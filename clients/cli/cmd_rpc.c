/* cmd_rpc.c - any method by hand, and requests from stdin as they are. */
#include "cli.h"
#include "commands.h"
#include "options.h"
#include "rpc.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INPUT_PIECE ((size_t)64 * 1024)

static int call_one(struct cli *cli, const char *method, const char *text)
{
    json_error_t where;
    json_t *params = text ? json_loads(text, JSON_REJECT_DUPLICATES, &where) : json_object();
    json_t *result;
    json_auto_t *error = NULL;

    if (!params)
        return cli_usage(cli, "the parameters are no JSON: %s (column %d)", where.text, where.column);
    if (!cli_connect(cli)) {
        json_decref(params);
        return cli->status;
    }
    enum rpc_outcome outcome = rpc_call(cli->rpc, method, params, &result, &error);
    if (outcome == RPC_LOST)
        return cli_lost(cli);
    if (outcome == RPC_ERROR) {
        json_dumpf(error, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        return CLI_FAILED;
    }
    json_dumpf(result, stdout, JSON_ENCODE_ANY | (cli->out_tty && !cli->json ? JSON_INDENT(2) : JSON_COMPACT));
    putchar('\n');
    json_decref(result);
    return CLI_DONE;
}

/* ---- requests from stdin ---------------------------------------------------------------------------------- */

/* A request that is answered with nothing (JSON-RPC 2.0 section 4.1); what only looks like one is told to be none. */
static bool is_silent(const json_t *call)
{
    const json_t *params = json_object_get(call, "params");

    return strcmp(json_text(call, "jsonrpc"), "2.0") == 0 && json_is_string(json_object_get(call, "method")) &&
           !json_object_get(call, "id") && (!params || json_is_object(params) || json_is_array(params));
}

/* Whether facteurd answers this line: all but a notification and a batch of nothing else. It is read as facteurd reads
 * it. */
static bool is_answered(const char *line, size_t n)
{
    json_auto_t *message = json_loadb(line, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    size_t i;
    json_t *call;

    if (!json_is_array(message) || json_array_size(message) == 0)
        return !is_silent(message);
    json_array_foreach(message, i, call)
    {
        if (!is_silent(call))
            return true;
    }
    return false;
}

static bool is_notification(const char *line, size_t n)
{
    json_auto_t *message = json_loadb(line, n, JSON_ALLOW_NUL, NULL);

    return json_object_get(message, "method") != NULL;
}

struct relay {
    struct cli *cli;
    char *in;
    size_t n, cap;
    bool eof;
    bool failed;  /* stdin could not be read to its end, and that is told */
    int64_t open; /* answers that are still to come */
};

/* Sends the whole lines that are there; at the end of the input the last one needs no newline. */
static int send_lines(struct relay *r)
{
    char *start = r->in, *end;
    size_t left = r->n;

    while (left > 0 && ((end = memchr(start, '\n', left)) || r->eof)) {
        size_t n = end ? (size_t)(end - start) : left;
        bool blank = strspn(start, " \t\r") >= n;
        if (!blank) {
            r->open += is_answered(start, n);
            if (rpc_send_line(r->cli->rpc, start, n) != RPC_OK || rpc_send_line(r->cli->rpc, "\n", 1) != RPC_OK)
                return -1;
        }
        start += n + (end ? 1 : 0);
        left -= n + (end ? 1 : 0);
    }
    memmove(r->in, start, left);
    r->n = left;
    return 0;
}

static int read_input(struct relay *r)
{
    if (r->cap - r->n < INPUT_PIECE + 1) {
        r->cap = r->cap * 2 + INPUT_PIECE + 1;
        r->in = xrealloc(r->in, r->cap);
    }
    ssize_t n = read(STDIN_FILENO, r->in + r->n, INPUT_PIECE);
    if (n < 0 && errno != EINTR) {
        cli_fail(r->cli, CLI_FAILED, "cannot read standard input: %s", strerror(errno));
        r->failed = true;
    }
    if (n == 0 || r->failed)
        r->eof = true;
    if (n > 0)
        r->n += (size_t)n;
    r->in[r->n] = '\0';
    return send_lines(r);
}

/* Prints what has arrived; waits for it when `block`. */
static enum rpc_outcome print_answers(struct relay *r, bool block)
{
    const char *line;
    size_t n;

    for (;;) {
        if (rpc_read_line(r->cli->rpc, block ? -1 : 0, &line, &n) != RPC_OK)
            return RPC_LOST;
        if (!line)
            return RPC_OK;
        fwrite(line, 1, n, stdout);
        putchar('\n');
        if (!cli_push(r->cli))
            return RPC_OK;
        if (!is_notification(line, n))
            r->open--;
        if (r->eof && r->open <= 0)
            return RPC_OK;
    }
}

static int relay(struct cli *cli)
{
    struct relay r = {.cli = cli};
    bool lost = false;

    if (!cli_connect(cli))
        return cli->status;
    while (!lost && !r.eof && !cli->out_errno) {
        struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = rpc_fd(cli->rpc), .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            break;
        if (p[1].revents)
            lost = print_answers(&r, false) != RPC_OK;
        if (!lost && p[0].revents)
            lost = read_input(&r) < 0;
    }
    while (!lost && r.open > 0 && !cli->out_errno)
        lost = print_answers(&r, true) != RPC_OK;
    free(r.in);
    if (lost)
        return cli_lost(cli);
    return r.failed ? CLI_FAILED : CLI_DONE;
}

int cmd_rpc(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc == 2 && strcmp(argv[1], "-") == 0)
        return relay(cli);
    if (argc < 2 || argc > 3)
        return cli_usage(cli, "rpc needs a method, and its parameters as one JSON object");
    return call_one(cli, argv[1], argc == 3 ? argv[2] : NULL);
}
