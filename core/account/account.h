/* account.h - one account with a server, alive: its conversation, its state, its retries. Inside account/ only.
 *
 * Each enabled account has one fiber and one connection. It connects, makes a pass over all mailboxes, then watches the inbox, or
 * all mailboxes where the server can tell of them (NOTIFY), and sends local changes as they come. Every `pollSeconds` (default 120)
 * it asks what the other mailboxes hold (sync_poll) and visits those that changed; every fifth time, and whenever somebody asks, it
 * makes another pass. A source that cannot be asked so makes a pass each time.
 *
 * When something fails it waits (pauses.h) and begins with a fresh connection. The pauses start anew only after a session that
 * lasted: a server that drops every session soon after it began is not asked without end. Nor does a server that always has
 * something to say keep the account busy: what it says is acted upon a few times a second at most. Where the server has no
 * connection left for this user, the account leaves its connection between the polls to the user's other programs.
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "account/core.h"
#include "account/url.h"
#include "async/wait.h"
#include "plugin/plugins.h"
#include "sync/engine.h"

#include <jansson.h>

/* What a source needs to know, made from an account's row: also for a check of a row that is not stored. */
struct account_handle {
    struct fct_account base;    /* first: plugins hold a pointer to it */
    struct core *core;
    int64_t id;                 /* 0: not stored */
    char *label;
    struct server_url url;
    char *user, *address;
    char *password, *transport_password; /* given, not stored; NULL: ask the secrets. Wiped on free */
    json_t *settings;
    struct oauth_client *oauth; /* NULL: it signs in with a password */
    const struct fct_source *source;       /* NULL: of a transport */
    const struct fct_transport *transport; /* NULL: of a source */
};
/* FCT_E_INVALID, FCT_E_UNSUPPORTED: no plugin for the scheme. */
int account_handle_new(struct core *core, const struct store_account *row, const struct account_passwords *p, struct account_handle **out, struct fct_error *err);
/* Whether mail is only picked up there (FCT_SOURCE_MAILDROP). */
static inline bool account_handle_is_maildrop(const struct account_handle *h)
{
    return h->source->traits & FCT_SOURCE_MAILDROP;
}
/* The same for sending: what the row's transport_url names. *out stays NULL when it names nothing. Its password is the transport's own, where
 * there is one, else the source's. */
int account_transport_new(struct core *core, const struct store_account *row, const struct account_passwords *p, struct account_handle **out, struct fct_error *err);
/* Whether core and plugins understand the settings (`transport` NULL: the account has none): FCT_E_INVALID. Not for a stored row: what it has was good once. */
int account_handle_check_settings(const struct account_handle *h, const struct account_handle *transport, struct fct_error *err);
/* {host, port, sha256, subject, issuer, hosts, notBefore, notAfter, reason, isChanged, trustedSha256?} of the certificate that its server
 * showed last and that was not believed; NULL: none. A new reference. */
json_t *account_refused_certificate(const struct account_handle *h);
void account_handle_free(struct account_handle *h);
DEFINE_FREEP(struct account_handle *, account_handle_free);

/* Somebody waits for bodies. */
struct body_wish {
    uint64_t number;
    const int64_t *email_ids;
    size_t n;
    bool is_done;
    int result;
    struct fct_error err;
    struct body_wish *next;
};

struct account {
    struct core *core;
    int64_t id;
    struct account_handle *handle;
    struct fiber *fiber;
    struct account_state state;
    bool has_error;
    struct fct_error error;     /* of the last try, while has_error */
    struct sync_report report;  /* of the last good pass */
    uint64_t arrived;           /* messages that came in since the account was opened, in any pass and between them */
    int64_t missing_wait_s;     /* see sync_options */
    uint64_t retried;           /* the newest wish for which messages were tried that the server had not given */
    uint64_t wanted, served;    /* passes asked for; the newest wish that a finished (good or bad) pass has answered */
    unsigned failures;          /* in a row */
    bool was_in_step;           /* the last session ended after a pass that went well */
    uint32_t poll_ms;
    struct sync_engine *engine; /* of the running session, or NULL */
    struct account_guest *guest; /* somebody who waits for the session, or NULL (account_lend) */
    struct body_wish *bodies, **bodies_tail;
    uint64_t n_bodies;          /* wishes so far */
    bool has_changes;           /* something was changed here since changes were last sent */
    bool was_good;              /* a session with these credentials has been in step */
    bool is_stirred;            /* something around the process changed since it last tried or looked */
    bool is_overdue;            /* the computer slept: a pass is due, whatever the clock of the pauses says */
    bool was_given_up;          /* its connection was found dead */
    uint64_t quota_ms;          /* when the server was last asked how much room there is; 0: not yet */
    uint64_t frugal_until_ms;   /* until then no connection is kept that is not in use */
};

/* Starts the fiber. The handle becomes the account's. `before`: the account that this one takes the place of, or NULL; who waits
 * for a pass of that one waits for a pass of this one. */
struct account *account_new(struct core *core, int64_t id, struct account_handle *handle, int64_t last_sync_at, const struct account *before);
/* Cancels and joins the fiber: nothing of the account runs any more. Suspends. */
void account_stop(struct account *a);
/* Frees an account that was stopped. */
void account_free(struct account *a);
/* Asks for a pass that begins after now; returns the number to compare with `served`. */
uint64_t account_want_pass(struct account *a);
/* Something around the process changed (core.h): whoever waits in vain tries, whoever is connected asks its server. */
void account_stir(struct account *a, enum core_stir what);
/* Gives up connections on which an answer is missing for `silent_ms` already, and nothing came after `since_ms` (wait_now_ms); a new one
 * is made at once. */
void account_give_up_silent(struct account *a, uint64_t since_ms, uint64_t silent_ms);
/* For how long its server has owed an answer, or a connection; 0: it does not. */
uint64_t account_silent_ms(const struct account *a);
/* Runs fn on the account's session, on the account's fiber, between two waits; nothing is selected when it begins. If it fails the
 * session is over. One at a time: FCT_E_BUSY. FCT_E_NETWORK: there is no session, or it ended first. Suspends, and must not be
 * cancelled meanwhile: ctx is in use. */
int account_lend(struct account *a, int (*fn)(void *ctx, const struct fct_source *source, void *session, struct fct_error *err), void *ctx,
                 struct fct_error *err);
/* The guest who still waits for his turn goes away, with FCT_E_CANCELLED. Never suspends. */
void account_unlend(struct account *a);
/* Fetches the bodies of Emails of which only the header is here; the account's own fiber does, before anything else. FCT_E_UNAVAILABLE
 * when there is no connection. What does not come is no error: look again. Suspends. */
int account_fetch_bodies(struct account *a, const int64_t *email_ids, size_t n, struct fct_error *err);
/* How much is kept of a mailbox was changed. */
void account_keep_changed(struct account *a);
/* Something was changed here that the server must be told. */
void account_tell_changes(struct account *a);

#endif
