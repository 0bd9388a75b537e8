/* Trying an account out: what core_account_check promises. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

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

int core_account_check(struct core *core, const struct store_account *a, const char *password, json_t **out, struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *h = NULL;
    void *session = NULL;
    uint32_t can = 0;
    if (account_handle_new(core, a, password, &h, err) < 0)
        return -1;
    if (h->base.endpoint.connect_timeout_ms > 30000)
        h->base.endpoint.connect_timeout_ms = 30000;
    if (h->base.endpoint.io_timeout_ms > 30000)
        h->base.endpoint.io_timeout_ms = 30000;
    if (h->source->connect(&h->base, &session, &can, err) < 0)
        return fct_error_prefix(err, "%s", h->label);
    int result = look_around(h, session, can, out, err);
    h->source->close(session, result < 0 ? err : NULL);
    return result < 0 ? fct_error_prefix(err, "%s", h->label) : 0;
}
