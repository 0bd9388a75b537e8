/* backend.h - facteurd, seen from the bridge: connections to its socket, each signed in as one of those who come over
 * HTTP.
 *
 * A *login* is a credential that somebody showed: a token, or a name with a password. It has connections of its own,
 * each narrowed by Session/authenticate before anything else is sent, kept open for a while and used again. So the
 * daemon decides what is allowed, and one who is let in costs no further check. Nothing is ever sent over a connection
 * of another login.
 *
 * A call is one text, a batch or a request, answered once. When facteurd goes, all of its calls end with BACKEND_LOST;
 * when none runs, one is started, and until it answers login_send says so at once.
 *
 * Ownership  A login is counted; login_unref forgets the secret when nothing uses it and its connections are idle for
 * long. Threads    the loop's.
 */
#ifndef BRIDGE_BACKEND_H
#define BRIDGE_BACKEND_H

#include "credential.h"
#include "util.h"

#include <facteur/client.h>
#include <uv.h>

#define BACKEND_LINKS 1500 /* connections to facteurd, which takes 2,048 and has others */

struct backend;
struct login;
struct backend_call;

struct backend_options {
    const char *profile, *socket; /* `socket` NULL: the profile's */
    bool no_start;
    unsigned max_links; /* at most BACKEND_LINKS */
};
struct backend *backend_new(uv_loop_t *loop, const struct backend_options *o);
/* Closes all connections, and opens no more; the loop has to run once more before it is over. */
void backend_stop(struct backend *b);
/* When nobody holds a login any more, and the loop has ended. */
void backend_free(struct backend *b);
/* Tries to connect. False: it does not answer now; errno. */
bool backend_has_core(const struct backend *b);
/* The same, and starts facteurd where none runs. */
bool backend_wake(struct backend *b);

/* A reference. `remote`: the peer's address, for the daemon's log and limits. */
struct login *login_for(struct backend *b, const struct credential *c, const char *remote);
/* Nobody: over its connections nothing goes but what asks for no scope (Token/pair). A reference. */
struct login *login_guest(struct backend *b);
struct login *login_ref(struct login *l);
void login_unref(struct login *l); /* NULL is accepted */

enum backend_outcome {
    BACKEND_OK,
    BACKEND_REFUSED, /* the credential is wrong, or was taken back */
    BACKEND_LIMITED, /* too many attempts: wait */
    BACKEND_DOWN,    /* facteurd does not answer: nothing was done */
    BACKEND_LOST     /* it went away before it answered: what was asked for may have been done, or not */
};
/* `reply` with BACKEND_OK, `conn` to take descriptors from; both valid until it returns. The call is over. */
typedef void (*backend_fn)(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                           struct facteur_conn *conn);
/* NULL: facteurd does not answer now. Otherwise `fn` is called once, later. */
struct backend_call *login_send(struct login *l, struct facteur_text text, backend_fn fn, void *arg);
/* Nobody waits for the answer any more; `fn` is not called. */
void backend_call_cancel(struct backend_call *c);
/* A connection that is signed in and the caller's alone, for notifications. NULL: as login_send. */
struct backend_link;
typedef void (*backend_lost_fn)(void *arg, enum backend_outcome why);
struct backend_link *login_link(struct login *l, struct facteur_text first, backend_fn fn, facteur_notice_fn notice,
                                backend_lost_fn lost, void *arg);
void backend_link_free(struct backend_link *link); /* NULL is accepted */

struct backend_counts {
    unsigned logins, links, calls;
};
struct backend_counts backend_count(const struct backend *b);
/* Each of those who came with one credential from one place, borrowed. */
struct backend_client {
    const char *name, *remote; /* name: of the token; NULL until it is known */
    unsigned uses, calls; /* requests, WebSockets and listeners that it has; calls that facteurd has not answered */
    bool is_known;        /* it has signed in, and a connection to facteurd is kept for it */
};
typedef void (*backend_each_fn)(void *arg, const struct backend_client *c);
void backend_each(const struct backend *b, backend_each_fn fn, void *arg);
/* The subscribers' place beside a login (hub.h); freed by `free_fn` with it. */
void **login_hub(struct login *l, void (*free_fn)(void *hub));
/* Whether facteurd has let it in, once. */
bool login_is_known(const struct login *l);
/* After BACKEND_LIMITED: when to try again, in seconds. `l` may be NULL. */
unsigned login_retry_s(const struct login *l);
uv_loop_t *login_loop(const struct login *l);
unsigned *login_active(struct login *l); /* requests to the API endpoint under way, for the limit of them */
unsigned *login_uploads(struct login *l);

#endif
