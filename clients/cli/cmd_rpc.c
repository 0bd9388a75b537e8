/* cmd_rpc.c - any method by hand, and requests from stdin as they are. */
#include "cli.h"
#include "commands.h"
#include "options.h"

#include <facteur/client.h>

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
    enum facteur_outcome outcome = facteur_client_call(cli->rpc, method, params, &result, &error);
    if (outcome == FACTEUR_LOST)
        return cli_lost(cli);
    if (outcome == FACTEUR_ERROR) {
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
    struct facteur_conn *conn = facteur_client_conn(r->cli->rpc);
    char *start = r->in, *end;
    size_t left = r->n;

    while (left > 0 && ((end = memchr(start, '\n', left)) || r->eof)) {
        size_t n = end ? (size_t)(end - start) : left;
        bool blank = strspn(start, " \t\r") >= n;
        if (!blank) {
            r->open += is_answered(start, n);
            if (facteur_conn_send(conn, (struct facteur_text){start, n}, NULL, NULL) < 0)
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

static bool print_line(void *arg, struct facteur_conn *conn, struct facteur_text line)
{
    struct relay *r = arg;

    (void)conn;
    if (r->cli->out_errno)
        return true;
    fwrite(line.p, 1, line.n, stdout);
    putchar('\n');
    if (cli_push(r->cli) && !is_notification(line.p, line.n))
        r->open--;
    return true;
}

/* Input is read as fast as facteurd takes it. -1: the connection is lost. */
static int relay_turn(struct relay *r)
{
    struct facteur_conn *conn = facteur_client_conn(r->cli->rpc);
    bool is_full = facteur_conn_wants_write(conn);
    struct pollfd p[] = {{.fd = facteur_conn_fd(conn), .events = is_full ? POLLIN | POLLOUT : POLLIN},
                         {.fd = r->eof || is_full ? -1 : STDIN_FILENO, .events = POLLIN}};

    if (poll(p, 2, -1) < 0)
        return errno == EINTR ? 0 : -1;
    if (p[0].revents && facteur_conn_pump(conn) < 0)
        return -1;
    return p[1].revents ? read_input(r) : 0;
}

static int relay(struct cli *cli)
{
    struct relay r = {.cli = cli};
    bool lost = false;

    if (!cli_connect(cli))
        return cli->status;
    struct facteur_conn *conn = facteur_client_conn(cli->rpc);
    facteur_conn_on_line(conn, print_line, &r);
    while (!lost && !cli->out_errno && (!r.eof || r.open > 0 || facteur_conn_wants_write(conn)))
        lost = relay_turn(&r) < 0;
    int why = errno;
    free(r.in);
    errno = why;
    if (lost && !(r.eof && r.open <= 0))
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
