/* Trying an account out: what core_account_check promises. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_MS 60000 /* all of it */
#define STEP_MS 30000  /* connecting; each answer */

struct findings {
    size_t mailboxes;
    int64_t inbox_messages; /* -1: not told */
    json_t *names;          /* the first few, for people */
};

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    (void)err;
    struct findings *f = ctx;
    f->mailboxes++;
    if (mb->role == FCT_ROLE_INBOX && mb->attrs & FCT_MB_STATUS_KNOWN)
        f->inbox_messages = mb->status.messages;
    if (json_array_size(f->names) < 20) {
        json_t *name = json_stringn(mb->name.p, mb->name.n);
        if (name)
            json_array_append_new(f->names, name);
    }
    return 0;
}

static int ignore_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    (void)ctx, (void)m, (void)err;
    return 0;
}

static int ignore_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    (void)ctx, (void)r, (void)n, (void)err;
    return 0;
}

static int ignore_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    (void)ctx, (void)messages, (void)err;
    return 0;
}

static const char *tls_name(uint32_t tls)
{
    return tls == FCT_TLS_IMPLICIT ? "implicit" : tls == FCT_TLS_STARTTLS ? "starttls" : "none";
}

static int look_around(struct account_handle *h, void *session, uint32_t can, json_t **out, struct fct_error *err)
{
    char server[1024] = "";
    struct findings f = {.inbox_messages = -1, .names = json_array()};
    struct fct_sink sink = {
        .size = sizeof(sink),
        .ctx = &f,
        .mailbox = on_mailbox,
        .flags = ignore_flags,
        .vanished = ignore_vanished,
        .exists = ignore_exists,
    };
    if ((h->source->describe && h->source->describe(session, server, sizeof(server), err) < 0) || h->source->list(session, &sink, err) < 0) {
        json_decref(f.names);
        return -1;
    }
    *out = json_pack("{ss so si sI ss si ss ss sb sb so}", "server", server, "mailboxes", json_integer((json_int_t)f.mailboxes), "can", (int)can,
                     "inboxMessages", (json_int_t)f.inbox_messages, "host", h->base.endpoint.host ? h->base.endpoint.host : "", "port",
                     (int)h->base.endpoint.port, "tls", tls_name(h->base.endpoint.tls), "user", h->user, "push", (can & FCT_CAN_IDLE) != 0,
                     "incremental", (can & FCT_CAN_MODSEQ) != 0, "mailboxNames", f.names);
    return 0;
}

static int look_at_transport(struct account_handle *h, json_t *found, struct fct_error *err)
{
    char server[1024] = "";
    void *session = NULL;
    const struct fct_endpoint *ep = &h->base.endpoint;
    if (h->transport->connect(&h->base, &session, err) < 0)
        return -1;
    int result = h->transport->describe ? h->transport->describe(session, server, sizeof(server), err) : 0;
    h->transport->close(session, result < 0 ? err : NULL);
    if (result == 0)
        json_object_set_new(found, "transport", json_pack("{s:s, s:s, s:i, s:s, s:s}", "server", server, "host", ep->host ? ep->host : "",
                                                          "port", (int)ep->port, "tls", tls_name(ep->tls), "user", h->user));
    return result;
}

/* The conversation has a fiber of its own, so that it can be ended when its time is over. */
struct check {
    struct account_handle *handle;
    struct account_handle *transport; /* NULL: it sends nothing */
    json_t *found;
    struct fct_error err;
    struct wait_event done;
};

static int converse(void *arg)
{
    struct check *c = arg;
    struct account_handle *h = c->handle;
    void *session = NULL;
    uint32_t can = 0;
    int result = h->source->connect(&h->base, &session, &can, &c->err);
    if (result == 0) {
        result = look_around(h, session, can, &c->found, &c->err);
        h->source->close(session, result < 0 ? &c->err : NULL);
    }
    if (result == 0 && c->transport && (result = look_at_transport(c->transport, c->found, &c->err)) < 0)
        fct_error_prefix(&c->err, "transport");
    wait_event_raise(&c->done);
    return result;
}

/* Whatever the server does, it is over after CHECK_MS. */
static int run_check(struct check *c, struct fct_error *err)
{
    struct fct_error why = {0};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(fiber_loop(), "account check", converse, c);
    int waited = wait_event(&c->done, "the account's server", CHECK_MS, &why);
    if (waited < 0)
        fiber_cancel(f);
    int result = fiber_join(f);
    if (result == 0)
        return 0;
    if (waited == 0)
        why = c->err;
    else if (why.code == FCT_E_TIMEOUT)
        fct_fail(&why, FCT_E_TIMEOUT, FCT_RETRY_LATER, "the server was not done within %d seconds", CHECK_MS / 1000);
    if (err)
        *err = why;
    return -1;
}

static void shorten(struct account_handle *h)
{
    if (h->base.endpoint.connect_timeout_ms > STEP_MS)
        h->base.endpoint.connect_timeout_ms = STEP_MS;
    if (h->base.endpoint.io_timeout_ms > STEP_MS)
        h->base.endpoint.io_timeout_ms = STEP_MS;
}

int core_account_check(struct core *core, const struct store_account *a, const struct account_passwords *p, json_t **out, json_t **out_certificate,
                       struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *h = NULL, *transport = NULL;
    if (account_handle_new(core, a, p, &h, err) < 0 || account_transport_new(core, a, p, &transport, err) < 0 ||
        account_handle_check_settings(h, transport, err) < 0)
        return -1;
    shorten(h);
    if (transport)
        shorten(transport);
    struct check c = {.handle = h, .transport = transport};
    if (run_check(&c, err) < 0) {
        json_decref(c.found);
        if (err && err->code == FCT_E_TLS) {
            *out_certificate = account_refused_certificate(h);
            if (!*out_certificate && transport)
                *out_certificate = account_refused_certificate(transport);
        }
        bool says_so = err && strncmp(err->message, h->label, strlen(h->label)) == 0; /* as tokens.c does */
        return says_so ? -1 : fct_error_prefix(err, "%s", h->label);
    }
    *out = c.found;
    return 0;
}
