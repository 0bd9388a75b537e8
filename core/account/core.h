/* core.h - the mail core as one object: what api/ is built upon.
 *
 * core_start opens the store, loads the plugins and brings every enabled account to life; core_stop ends everything in
 * order. It knows no JSON-RPC: requests come in as C calls, news go out through listeners.
 *
 * Threads    loop thread. Functions marked "Suspends." must run in a fiber.
 */
#ifndef ACCOUNT_CORE_H
#define ACCOUNT_CORE_H

#include "account/pauses.h"
#include "account/secrets.h"
#include "account/task.h"
#include "discover/discover.h"
#include "store/accounts.h"
#include "store/store.h"

struct uv_loop_s;
struct core;
struct plugins;

struct core_options {
    const char *profile_dir;
    const char *plugin_dirs;    /* separated by ':'; NULL: the built-in place */
    const char *providers;      /* the path of providers.json (discover/table.h); NULL: there is none */
    const char *discovery;      /* for tests: discover_new's overrides; NULL in earnest */
};
int core_start(struct uv_loop_s *loop, const struct core_options *o, struct core **out, struct fct_error *err);
/* Cancels and joins every account's fibers, closes the store. Suspends (or turns the loop). */
void core_stop(struct core *core);
struct store *core_store(struct core *core);
struct tasks *core_tasks(struct core *core);
struct plugins *core_plugins(struct core *core);
/* How the Internet is asked (net/https.h). Valid as long as the core. */
struct https_options;
const struct https_options *core_https(const struct core *core);
/* How long a second of waiting for others is: 1000, but in tests. */
uint64_t core_second_ms(const struct core *core);
/* What can be done to the mail of an account with this source; nothing where no plugin serves it. Any thread. */
struct core_abilities {
    bool moves, imports, mailboxes, flags;
};
struct core_abilities core_abilities(const struct core *core, const char *source_url);

/* ---- accounts ------------------------------------------------------------------------------------------- */

/* What an account is doing now, for Account/get. */
enum account_phase { ACCOUNT_IDLE, ACCOUNT_CONNECTING, ACCOUNT_SYNCING, ACCOUNT_WATCHING, ACCOUNT_WAITING, ACCOUNT_DISABLED, ACCOUNT_FAILED };
/* How an account hears of what happens on its server. POLL: it asks, now and then. */
enum account_news { ACCOUNT_NEWS_NONE, ACCOUNT_NEWS_IDLE, ACCOUNT_NEWS_NOTIFY, ACCOUNT_NEWS_POLL };
struct account_state {
    enum account_phase phase;
    int64_t since;              /* seconds: since when it is in this phase */
    int64_t next_try_at;        /* seconds; 0: none planned */
    int64_t last_sync_at;
    int64_t connected_since;    /* seconds; 0: it is not connected */
    enum account_news news;     /* while it is connected, or idle between two polls */
    enum pause_for waits_for;   /* while ACCOUNT_WAITING or ACCOUNT_FAILED */
    char mailbox[128];          /* being worked on, "" when none; UTF-8, perhaps cut */
    uint64_t messages_done, messages_total, bytes_done; /* of the running sync */
    uint64_t mailboxes_missing; /* that the last sync did not find, and did not believe to be gone */
    uint64_t round_trips;       /* of the last sync; for curious people and tests */
};
const char *account_phase_name(enum account_phase p);
/* "idle", "notify", "poll"; NULL for none. */
const char *account_news_name(enum account_news n);
/* "time", "network", "server", "user"; NULL for nothing. */
const char *account_waits_name(enum pause_for p);
/* FCT_E_NOT_FOUND_ACCOUNT when it does not exist. */
int core_account_state(struct core *core, int64_t id, struct account_state *out, struct fct_error *err);

/* What an account signs in with, as it is given (copied). NULL: nothing, or as before. */
struct account_passwords {
    const char *password;
    const char *transport; /* of a server for sending that has another one; "": it has the same */
};
/* A new account: `a` without id, and its secrets (may be NULL). Checked (URL schemes, names), stored, started.
 * Suspends. */
int core_account_create(struct core *core, const struct store_account *a, const struct account_passwords *p, int64_t *out_id, struct fct_error *err);
/* Writes the changed row and restarts its conversations; `p` NULL: as before. Suspends. */
int core_account_update(struct core *core, const struct store_account *a, const struct account_passwords *p, struct fct_error *err);
/* Stops it, destroys its mail here, its secret and its row. Nothing is touched on the server. Suspends. */
int core_account_destroy(struct core *core, int64_t id, struct fct_error *err);

/* Connects with the given row (need not be stored; what `p` leaves open: the stored ones of a->id), signs in and says what it
 * found: a JSON object {server, capabilities, mailboxes: n, inbox: {messages}, tls: {...}, steps: [...]}. Suspends, at most 60 s.
 * On failure *out_certificate (NULL before) is the certificate that was not believed, if that is why: account_refused_certificate. */
int core_account_check(struct core *core, const struct store_account *a, const struct account_passwords *p, json_t **out, json_t **out_certificate,
                       struct fct_error *err);

/* The user's consent to signing in to an account with OAuth 2.0 (its setting "oauth"), as a task: in a browser, or where another device
 * is (RFC 8628). One that is under way for the account is given up. `client_secret`: the client's own, kept from then on; NULL: as it was.
 * Suspends until the user has something to do. */
struct core_authorization {
    int64_t task_id;
    char *url;           /* to be opened in a browser of this computer, or of any, with the code */
    char *user_code;     /* to be typed there; NULL: none */
    char *complete_url;  /* the same with the code in it; NULL: none */
    int64_t expires_at;  /* seconds */
};
void core_authorization_done(struct core_authorization *a);
int core_authorize(struct core *core, int64_t account_id, bool by_device_code, const char *client_secret, struct core_authorization *out,
                   struct fct_error *err);
/* Where passwords are kept (secrets.h). These suspend, but for core_secrets. */
struct secrets *core_secrets(struct core *core);
int core_secrets_look(struct core *core, enum secret_store store, struct fct_error *err);
int core_secrets_set_default(struct core *core, enum secret_store store, struct fct_error *err);
/* Accounts that waited for it try at once. FCT_E_AUTH: the wrong passphrase. */
int core_secrets_unlock(struct core *core, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err);
void core_secrets_lock(struct core *core);

/* An account's servers from its address: discover_servers. Suspends. */
int core_discover(struct core *core, const struct discover_request *r, json_t **out, struct fct_error *err);

/* Syncs accounts now (n 0: all enabled) as a task with progress, and ends the pause of what waits to be sent there (the task does not
 * wait for that); tasks that wait for the same account share its passes. At most
 * 100 run at once (FCT_E_LIMIT). *out_task is its id.
 * The task's result is {accounts: [{accountId, ok, error, newMessages, ...}]}. Returns at once. */
int core_sync(struct core *core, const int64_t *ids, size_t n, int64_t *out_task, struct fct_error *err);

/* What the core hears of by itself; front ends and tests may tell it, too. Accounts that wait for the network or for time try at once,
 * connected ones ask their server to say something, and a connection on which nothing comes within 10 s is given up and made anew
 * at once. Return at once. */
enum core_stir { CORE_RESUMED, CORE_NETWORK_CHANGED };
void core_stirred(struct core *core, enum core_stir what);
/* The same for the network. `has_network` false: nothing leads away from this computer; accounts that need it wait. */
void core_network_changed(struct core *core, bool has_network);
/* Fetches the bodies of Emails of one account of which only the header is here (docs/decisions/0013-partial-messages.md).
 * FCT_E_UNAVAILABLE (retry later): its server cannot be asked now. What the server does not give is no error: look again. Suspends. */
int core_fetch_bodies(struct core *core, int64_t account_id, const int64_t *email_ids, size_t n, struct fct_error *err);
/* How much is kept of a mailbox of the account was changed. */
void core_keep_changed(struct core *core, int64_t account_id);

/* Makes again what follows from the messages' bytes (store/rebuild.h), as a task; one that is under way already is joined. The
 * task's result is {emails, corrected, tied, damaged, countersCorrected}. Returns at once. */
int64_t core_rebuild(struct core *core);

/* Compares the account's store with its server, and with itself, as a task; `is_repair`: and mends what it found (audit.h). `whole`:
 * the messages' bytes are read, too. One that is under way is joined; FCT_E_BUSY when it is of the other kind.
 * FCT_E_NOT_FOUND_ACCOUNT; FCT_E_INVALID: a repair of an account that does not synchronise. Suspends. */
int core_audit(struct core *core, int64_t account_id, bool is_repair, bool whole, int64_t *out_task, struct fct_error *err);

/* Whether the account is enabled and has a transport. What is submitted goes out by itself: store/submissions.h. */
bool core_can_send(struct core *core, int64_t account_id);
/* The user wants what waits in that account sent: no pause after a failure stands in the way any more. Nothing where it cannot send. */
void core_send_now(struct core *core, int64_t account_id);
/* Something was snoozed, or is not any more (store/snoozes.h): when the next is to wake may be another time. */
void core_snooze_changed(struct core *core);

/* Called on the loop when an account's phase, progress or error changed (coalesced, at most 5 times a second). */
typedef void (*core_state_fn)(void *ctx, int64_t account_id);
void core_on_account_state(struct core *core, core_state_fn fn, void *ctx);

#endif
