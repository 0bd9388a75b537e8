/* mcp_core.c - calls to facteurd for `facteur mcp`: one at a time, each can be cut short by the client. */
#include "mcp.h"
#include "rpc.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

json_t *mcp_fail(struct mcp *m, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    free(m->trouble);
    m->trouble = xstrdup(text);
    return NULL;
}

json_t *mcp_fail_set(struct mcp *m, const char *what, const json_t *error)
{
    const char *type = json_text(error, "type"), *description = json_text(error, "description");

    return mcp_fail(m, "%s: %s (%s)", what, *description ? description : "it was refused", *type ? type : "no reason");
}

/* ---- errors for a model: what, why, what to do ---- */

static const char *advice(const char *type, const json_t *data)
{
    if (json_is_true(json_object_get(data, "requiresUserAction")))
        return " The user must do something first; tell them.";
    if (strcmp(json_text(data, "retry"), "later") == 0)
        return " This may pass: try again later.";
    if (strcmp(type, "forbidden") == 0)
        return " The token of this server does not allow it; do not try again.";
    if (strcmp(type, "notFound") == 0 || strcmp(type, "accountNotFound") == 0)
        return " Use an id from another tool's result.";
    return "";
}

static json_t *fail_rpc(struct mcp *m, const char *method, const json_t *error)
{
    const json_t *data = json_object_get(error, "data");
    const char *type = json_text(data, "type"), *why = json_text(data, "description"),
               *server = json_text(data, "server");

    if (!*why)
        why = json_text(error, "message");
    return mcp_fail(m, "%s failed: %.1000s%s%.300s (%s).%s", method, why, *server ? "; the mail server said: " : "",
                    server, *type ? type : "error", advice(type, data));
}

/* ---- the connection ---- */

static void disconnect(struct mcp *m)
{
    if (m->cli->rpc)
        rpc_close(m->cli->rpc);
    m->cli->rpc = NULL;
    m->is_signed_in = false;
}

static json_t *lost(struct mcp *m)
{
    disconnect(m);
    return mcp_fail(m, "The connection to the mail core was lost. Try once more; for what changes something, look "
                       "first whether it was done.");
}

static bool send_request(struct mcp *m, const char *method, json_t *params)
{
    json_auto_t *request =
        json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", ++m->last_id, "method", method, "params", params);
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    bool is_sent = text && rpc_send_line(m->cli->rpc, text, strlen(text)) == RPC_OK &&
                   rpc_send_line(m->cli->rpc, "\n", 1) == RPC_OK;

    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    return is_sent;
}

/* The answer to the last request; NULL: there is none yet, or the connection is gone (*out_lost). */
static json_t *take_answer(struct mcp *m, bool *out_lost)
{
    const char *line;
    size_t n;

    for (;;) {
        if (rpc_read_line(m->cli->rpc, 0, &line, &n) != RPC_OK) {
            *out_lost = true;
            return NULL;
        }
        if (!line)
            return NULL;
        json_t *message = json_loadb(line, n, JSON_ALLOW_NUL, NULL);
        const json_t *id = json_object_get(message, "id");
        if (json_is_integer(id) && json_integer_value(id) == m->last_id)
            return message;
        json_decref(message); /* a notification, or what was cancelled */
    }
}

/* Waits for the answer, and for the client, who may not want it any more. */
static json_t *wait_for_answer(struct mcp *m)
{
    bool is_lost = false;

    while (!m->is_cancelled) {
        json_t *answer = take_answer(m, &is_lost);
        if (answer || is_lost)
            return answer;
        bool may_read = !m->is_eof && m->n < MCP_INPUT_MAX;
        struct pollfd p[3] = {{.fd = rpc_fd(m->cli->rpc), .events = POLLIN},
                              {.fd = may_read ? STDIN_FILENO : -1, .events = POLLIN},
                              {.fd = STDOUT_FILENO}};
        int n = poll(p, 3, 60000);
        if (n > 0 && p[1].revents)
            mcp_read_input(m);
        if (n > 0 && (p[2].revents & (POLLERR | POLLHUP | POLLNVAL))) /* nobody is there for the answer */
            m->is_cancelled = true;
    }
    return NULL;
}

static json_t *exchange(struct mcp *m, const char *method, json_t *params)
{
    if (!send_request(m, method, params))
        return lost(m);
    m->is_waiting = true;
    json_auto_t *answer = wait_for_answer(m);
    m->is_waiting = false;
    if (m->is_cancelled) { /* facteurd cuts short what is for somebody who has gone */
        disconnect(m);
        return mcp_fail(m, "cancelled");
    }
    if (!answer)
        return lost(m);
    const json_t *error = json_object_get(answer, "error");
    json_t *result = json_object_get(answer, "result");
    return error || !result ? fail_rpc(m, method, error) : json_incref(result);
}

static unsigned scopes_of(const json_t *names)
{
    static const struct {
        const char *name;
        unsigned bits;
    } all[] = {{"read", MCP_READ}, {"triage", MCP_TRIAGE}, {"draft", MCP_DRAFT}, {"send", MCP_SEND}};
    unsigned bits = 0;
    size_t i;
    json_t *name;

    json_array_foreach(names, i, name)
    {
        for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
            if (json_is_string(name) && strcmp(json_string_value(name), all[k].name) == 0)
                bits |= all[k].bits;
    }
    return bits;
}

/* Without a token: reading and drafting. What goes further is not even offered. */
int mcp_connect(struct mcp *m)
{
    if (m->cli->rpc && m->is_signed_in)
        return 0;
    if (!m->cli->rpc && !cli_connect(m->cli)) {
        mcp_fail(m, "The mail core (facteurd) is not running and could not be started.");
        return -1;
    }
    if (!m->token) {
        m->scopes = MCP_READ | MCP_DRAFT;
        m->is_signed_in = true;
        return 0;
    }
    json_auto_t *who = exchange(m, "Session/authenticate", json_pack("{s:s}", "token", m->token));
    if (!who) {
        disconnect(m);
        return -1;
    }
    m->scopes = scopes_of(json_object_get(who, "scopes"));
    m->is_signed_in = true;
    return 0;
}

json_t *mcp_call(struct mcp *m, const char *method, json_t *params)
{
    json_auto_t *own = params;

    if (!own)
        return mcp_fail(m, "an argument is no text");
    return m->is_cancelled || mcp_connect(m) < 0 ? NULL : exchange(m, method, json_incref(own));
}
