#include "cli.h"

#include "start.h"
#include "term.h"

#include <facteur/client.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- memory ----------------------------------------------------------------------------------------------- */

static void *or_abort(void *p)
{
    if (p)
        return p;
    fputs("facteur: no memory left\n", stderr);
    abort();
}

void *xmalloc(size_t n)
{
    return or_abort(malloc(n ? n : 1));
}

void *xrealloc(void *p, size_t n)
{
    return or_abort(realloc(p, n ? n : 1));
}

char *xstrdup(const char *s)
{
    return or_abort(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *out = NULL;

    va_start(ap, fmt);
    if (vasprintf(&out, fmt, ap) < 0)
        out = NULL;
    va_end(ap);
    return or_abort(out);
}

/* ---- telling ---------------------------------------------------------------------------------------------- */

static void vnote(const char *fmt, va_list ap)
{
    char *text = NULL;

    fflush(stdout);
    if (vasprintf(&text, fmt, ap) < 0)
        return;
    CLI_CLEANUP(freep) char *clean = term_clean(text, TERM_KEEP_LINES);
    free(text);
    fprintf(stderr, "facteur: %s\n", clean);
}

void cli_note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vnote(fmt, ap);
    va_end(ap);
}

int cli_fail(struct cli *cli, int status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vnote(fmt, ap);
    va_end(ap);
    return cli->status = status;
}

/* The sentence of an error: an ErrorInfo has it in `message`, a JSON-RPC error in `message` or in its data. */
static const char *error_sentence(const json_t *error)
{
    const json_t *data = json_object_get(error, "data");
    const char *description = json_text(data, "description");

    if (!*description)
        description = json_text(data, "message");
    return *description ? description : json_text(error, "message");
}

void cli_tell_error(const char *what, const json_t *error)
{
    const json_t *info = json_object_get(error, "data");

    if (!json_is_object(info))
        info = error;
    const char *sentence = error_sentence(error), *server = json_text(info, "server"),
               *retry = json_text(info, "retry");
    if (!*sentence)
        sentence = "it failed, and no reason was given";
    if (what)
        cli_note("%s: %s", what, sentence);
    else
        cli_note("%s", sentence);
    if (*server && !strstr(sentence, server))
        cli_note("the server said: %s", server);
    if (strcmp(retry, "later") == 0 && !json_is_true(json_object_get(info, "requiresUserAction")))
        cli_note("this may pass: try again later");
}

bool cli_is_refused(const json_t *error)
{
    const json_t *data = json_object_get(error, "data");

    return strcmp(json_text(json_is_object(data) ? data : error, "type"), "auth") == 0;
}

void cli_tell_account_error(const char *what, const char *account_id, const json_t *error)
{
    cli_tell_error(what, error);
    if (cli_is_refused(error))
        cli_note("if the password has changed: facteur account set %s", account_id);
}

void cli_tell_set_error(const char *what, const json_t *error)
{
    const char *type = json_text(error, "type"), *description = json_text(error, "description");

    if (strcmp(type, "notFound") == 0 && !*description)
        description = "there is no such object";
    cli_note("%s: %s", what, *description ? description : *type ? type : "refused without a reason");
}

void cli_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
}

bool cli_push(struct cli *cli)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    if (!cli->out_errno)
        cli->out_errno = errno ? errno : EIO;
    return false;
}

int cli_flush(struct cli *cli, int status)
{
    if (cli_push(cli))
        return status;
    if (cli->out_errno == EPIPE) /* whoever reads has seen enough */
        return status;
    return cli_fail(cli, CLI_FAILED, "cannot write to standard output: %s", strerror(cli->out_errno));
}

/* ---- the connection --------------------------------------------------------------------------------------- */

struct facteur_client *cli_connect(struct cli *cli)
{
    if (!cli->rpc)
        cli->rpc = start_connect(cli);
    return cli->rpc;
}

int cli_lost(struct cli *cli)
{
    if (cli->status == CLI_NO_CORE) /* there was no other connection to be had */
        return cli->status;
    return cli_fail(cli, CLI_NO_CORE, "the connection to facteurd broke: %s",
                    errno ? strerror(errno) : "it was closed");
}

json_t *cli_try(struct cli *cli, const char *method, json_t *params, json_t **out_error)
{
    json_t *result;

    *out_error = NULL;
    if (!params) { /* json_pack() refuses nothing else that comes from outside */
        cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
        return NULL;
    }
    if (!cli_connect(cli)) {
        json_decref(params);
        return NULL;
    }
    switch (facteur_client_call(cli->rpc, method, params, &result, out_error)) {
    case FACTEUR_OK:
        return result;
    case FACTEUR_ERROR:
        cli->status = CLI_FAILED;
        return NULL;
    case FACTEUR_LOST:
        break;
    }
    if (cli->status == CLI_NO_CORE) /* as in cli_lost */
        return NULL;
    cli_fail(cli, CLI_NO_CORE,
             errno ? "the connection to facteurd broke during %s: %s" : "facteurd ended the connection during %s%s",
             method, errno ? strerror(errno) : "");
    return NULL;
}

json_t *cli_call(struct cli *cli, const char *method, json_t *params)
{
    json_auto_t *error = NULL;
    json_t *result = cli_try(cli, method, params, &error);

    if (error)
        cli_tell_error(NULL, error);
    return result;
}
