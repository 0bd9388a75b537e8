/* account.h - one account with a server, alive: its conversation, its state, its retries. Inside account/ only.
 *
 * Each enabled account has one fiber. It connects, makes a pass over all mailboxes, then watches the inbox and sends
 * local changes as they come; every `pollSeconds` (default 300) and whenever somebody asks it makes another pass. When
 * something fails it waits with growing pauses and jitter, and begins with a fresh connection; where only the user can help
 * (a wrong password, a bad certificate) it waits for a change of the account or a wish to sync. The pauses start anew only
 * after a session that lasted: a server that drops every session soon after it began is not asked without end. Nor does a
 * server that always has something to say keep the account busy: what it says is acted upon a few times a second at most.
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
    char *user;
    char *password;             /* given, not stored; NULL: ask the secrets. Wiped on free */
    json_t *settings;
    const struct fct_source *source;
};
/* FCT_E_INVALID, FCT_E_UNSUPPORTED: no plugin for the scheme. */
int account_handle_new(struct core *core, const struct store_account *row, const char *password, struct account_handle **out, struct fct_error *err);
/* Whether core and plugin understand the settings: FCT_E_INVALID. Not for a stored row: what it has was good once. */
int account_handle_check_settings(const struct account_handle *h, struct fct_error *err);
void account_handle_free(struct account_handle *h);
DEFINE_FREEP(struct account_handle *, account_handle_free);

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
    uint64_t wanted, served;    /* passes asked for; the newest wish that a finished (good or bad) pass has answered */
    unsigned failures;          /* in a row */
    bool was_in_step;           /* the last session ended after a pass that went well */
    uint32_t poll_ms;
    struct sync_engine *engine; /* of the running session, or NULL */
    bool has_changes;           /* something was changed here since changes were last sent */
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
/* Something was changed here that the server must be told. */
void account_tell_changes(struct account *a);

#endif
