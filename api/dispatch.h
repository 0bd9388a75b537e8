/* dispatch.h - one JSON text in, its answer out: JSON-RPC 2.0 and what JMAP adds to a batch.
 *
 * The calls of a batch are carried out in their order. One may refer to the result of an earlier one (reference.h) and
 * to what an earlier one created ("#k", call_resolve). Calls that only read and stand beside each other share one hop
 * to a reader thread, and so one moment of the store.
 *
 * The dispatcher knows no method: it is given a table. Arguments are checked against the schema before a handler runs.
 * Arguments are given by name; a method without a schema table takes any params, by position too.
 *
 * Threads    dispatch_text: in a fiber (it suspends), or outside of one with a runner that does not suspend.
 *            Handlers run where the table says.
 */
#ifndef API_DISPATCH_H
#define API_DISPATCH_H

#include "base/buf.h"
#include "store/store.h"

#include <jansson.h>
#include <stdatomic.h>

struct access;
struct audit;
struct audit_entry;
struct api;
struct api_call;
struct once;
struct schema_node;
struct session;

/* Answers one call. `params`: an object that the schema accepts; NULL when none were given. *out gets a new reference.
 */
typedef int (*api_handler_fn)(struct api_call *call, json_t *params, json_t **out, struct fct_error *err);

enum api_runs {
    API_RUNS_ON_READER, /* in a read transaction on a reader thread: call->tx */
    API_RUNS_ON_WRITER, /* in a write transaction: call->tx; an error undoes it */
    API_RUNS_IN_FIBER   /* on the loop; may suspend */
};

/* What a method asks of whoever calls it and does not own the profile: who has signed in with a token (access.h). Told in
 * rpc.discover, and held against the caller before the method runs. The socket's owner may everything (server.h). */
enum api_scope {
    API_SCOPE_READ = 1u << 0,
    API_SCOPE_TRIAGE = 1u << 1, /* keywords, mailboxes, deletion */
    API_SCOPE_DRAFT = 1u << 2,  /* messages that are written or brought in */
    API_SCOPE_SEND = 1u << 3,
    API_SCOPE_ADMIN = 1u << 4 /* accounts, secrets, the daemon */
};

struct api_method {
    const char *name;
    enum api_runs runs;
    const struct schema_node *params; /* NULL: anything goes */
    api_handler_fn fn;
    bool changes;           /* takes an idempotencyKey (once.h) */
    const char *capability; /* what a JMAP client names in "using" to call it (RFC 8620 section 3.3) */
    unsigned scope;         /* the least that a caller must hold: any of these bits of enum api_scope; 0: nothing */
    bool is_whole;          /* concerns the profile as a whole: needs all accounts */
    bool is_audited;        /* what is done with a token is written down (audit.h) */
};

#define REPLY_FDS_MAX 16

/* The answer to one text. Empty `text`: there is nothing to say (notifications). The descriptors are the holder's. */
struct dispatch_reply {
    struct buf text; /* without the line's end */
    int fds[REPLY_FDS_MAX];
    size_t n_fds;
};
void dispatch_reply_done(struct dispatch_reply *r);

/* Emails of which a handler needs the body, and only the header is here. */
struct wanted_bodies {
    struct wanted_body {
        int64_t account_id, email_id;
    } * v;
    size_t n, cap;
};

/* What a handler is given. */
struct api_call {
    struct api *api;         /* NULL in tests of the dispatcher */
    struct session *session; /* who asks; NULL when nobody waits on a socket */
    const struct access *access; /* what it may (access.h); NULL: everything */
    struct audit_entry *audit;   /* of this call, or NULL (audit.h) */
    struct store_tx *tx;     /* NULL in a fiber */
    json_t *error_data;      /* members to add to the error's data, or NULL; freed by the dispatcher */
    int64_t *action; /* what the changes of this text are part of, for the handlers alone (store/undo.h); 0 at first */
    /* the dispatcher's */
    json_t *batch_ids, *created;
    struct wanted_bodies *bodies; /* NULL: not on a reader */
    struct dispatch_reply *reply;
};
/* An id as the client wrote it: itself, or what "#k" stands for; NULL when nothing was created under that name. Valid
 * until the call ends. */
const char *call_resolve(const struct api_call *call, const char *id);
/* Remembers for the rest of the batch that `creation_id` (without "#") stands for `id`. Forgotten if the call fails. */
void call_created(struct api_call *call, const char *creation_id, const char *id);
/* Sends a descriptor with the answer; takes it over, also on failure. FCT_E_LIMIT. */
int call_add_fd(struct api_call *call, int fd, size_t *out_index, struct fct_error *err);
/* On a reader: the call ends without an answer, the bodies that it wanted are fetched (decision 13), and it is run
 * again. Elsewhere, and where a body did not come: FCT_E_UNAVAILABLE. Returns -1 in any case; a handler may go on to
 * want more. */
int call_want_body(struct api_call *call, int64_t account_id, int64_t email_id, struct fct_error *err);
/* The call's error blames this argument. Returns -1 with FCT_E_INVALID. */
int call_invalid(struct api_call *call, struct fct_error *err, const char *argument, const char *fmt, ...)
    FCT_PRINTF(4, 5);

/* How the dispatcher reaches the store: store_read and store_write, or a test's. */
struct api_runner {
    void *ctx;
    int (*read)(void *ctx, store_fn fn, void *arg, struct fct_error *err);
    int (*write)(void *ctx, store_fn fn, void *arg, struct fct_error *err);
    /* Fetches bodies of messages. In a fiber; suspends. May be NULL: there are none to be had. */
    int (*fetch_bodies)(void *ctx, const struct wanted_bodies *wanted, struct fct_error *err);
    void *bodies_ctx;
};

struct dispatch_limits {
    size_t max_calls;   /* in a batch */
    size_t max_depth;   /* of brackets in a text */
    size_t max_values;  /* in a text, as json_text_values counts them */
    size_t max_result;  /* bytes of one result */
    size_t max_answer;  /* bytes of the results of one text */
    size_t max_on_loop; /* bytes: longer texts are parsed and written on a worker */
};
extern const struct dispatch_limits dispatch_default_limits;

struct dispatcher {
    const struct api_method *methods; /* ascending by name */
    size_t n_methods;
    struct api_runner runner;
    struct dispatch_limits limits;
    struct once *once; /* NULL: idempotency keys are not looked at */
    struct audit *audit; /* NULL: nothing is written down */
    /* What a session may, borrowed from it. NULL, here or from it: everything. */
    const struct access *(*access_of)(const struct session *s);
    /* The method that narrows a session, and what is done with it before the arguments are looked at: a call that is
     * refused for them is no way to keep all rights. NULL: none. */
    const char *narrows;
    void (*lock)(struct session *s);
    struct api *api;
    atomic_bool is_stopping; /* calls that have not begun are left out */
};
void dispatch_text(const struct dispatcher *d, struct session *session, struct fct_bytes text,
                   struct dispatch_reply *out);
/* The answer to a request that was never read whole: error `limit` with id null. */
void dispatch_over_limit(const char *limit, size_t value, struct dispatch_reply *out);

#endif
