/* mcp_core.c - calls to facteurd for `facteur mcp`: one at a time, each can be cut short by the client. */
#include "mcp.h"

#include <facteur/client.h>
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
        facteur_client_close(m->cli->rpc);
    m->cli->rpc = NULL;
    m->is_signed_in = false;
}

static json_t *lost(struct mcp *m)
{
    disconnect(m);
    return mcp_fail(m, "The connection to the mail core was lost. Try once more; for what changes something, look "
                       "first whether it was done.");
}

/* Each call's answer goes to a record of its own: nobody is left to be told of when the connection is closed. */
struct mcp_answer {
    bool is_there;   /* or the connection was lost */
    json_t *message; /* NULL where it was lost, or what came is no JSON */
};

static void answered(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply)
{
    struct mcp_answer *a = arg;

    (void)conn;
    a->is_there = true;
    if (reply)
        a->message = json_loadb(reply->text.p, reply->text.n, JSON_ALLOW_NUL, NULL);
}

static bool send_request(struct mcp *m, const char *method, json_t *params, struct mcp_answer *answer)
{
    json_auto_t *own = params;
    char *text = own ? json_dumps(own, JSON_COMPACT) : NULL;
    struct facteur_text t = {text, text ? strlen(text) : 0};
    bool is_sent = text && facteur_conn_call(facteur_client_conn(m->cli->rpc), method, t, answered, answer) == 0;

    if (text)
        explicit_bzero(text, t.n);
    free(text);
    return is_sent;
}

/* Waits for the answer, and for the client, who may not want it any more. */
static void wait_for_answer(struct mcp *m, const struct mcp_answer *answer)
{
    struct facteur_conn *conn = facteur_client_conn(m->cli->rpc);

    while (!m->is_cancelled && facteur_conn_pump(conn) == 0 && !answer->is_there) {
        bool may_read = !m->is_eof && m->n < MCP_INPUT_MAX;
        short events = POLLIN | (facteur_conn_wants_write(conn) ? POLLOUT : 0);
        struct pollfd p[3] = {{.fd = facteur_conn_fd(conn), .events = events},
                              {.fd = may_read ? STDIN_FILENO : -1, .events = POLLIN},
                              {.fd = STDOUT_FILENO}};
        int n = poll(p, 3, 60000);
        if (n > 0 && p[1].revents)
            mcp_read_input(m);
        if (n > 0 && (p[2].revents & (POLLERR | POLLHUP | POLLNVAL))) /* nobody is there for the answer */
            m->is_cancelled = true;
    }
}

static json_t *exchange(struct mcp *m, const char *method, json_t *params)
{
    struct mcp_answer answer = {0};

    if (!send_request(m, method, params, &answer))
        return lost(m);
    m->is_waiting = true;
    wait_for_answer(m, &answer);
    m->is_waiting = false;
    json_auto_t *message = answer.message;
    if (m->is_cancelled) { /* facteurd cuts short what is for somebody who has gone */
        disconnect(m);
        return mcp_fail(m, "cancelled");
    }
    if (!message)
        return lost(m);
    const json_t *error = json_object_get(message, "error");
    json_t *result = json_object_get(message, "result");
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
