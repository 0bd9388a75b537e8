/* core_authorize: the user's consent to reading his mail, by a browser or by a code that he types elsewhere, as a task that front ends
 * watch. */
#include "account/core_internal.h"
#include "account/tokens.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "oauth/form.h"
#include "oauth/loopback.h"

#include <string.h>
#include <time.h>

#define BROWSER_MS (10u * 60 * 1000) /* RFC 8252 names no bound; the code itself lives for less */

struct authorization {
    struct core *core;
    int64_t account_id;
    char *label;
    struct oauth_client *client;
    char *client_secret; /* or NULL */
    bool is_own_secret;  /* the user's: it is kept */
    struct task *task;
    struct fiber *fiber;  /* NULL: it is being prepared, and core_authorize's */
    bool is_over;
    bool is_given_up;     /* while it was prepared */
    /* by a browser */
    struct loopback *loopback;
    char verifier[PKCE_SIZE], state[PKCE_SIZE];
    /* by a device code */
    struct oauth_device device;
    struct authorization *next;
};

static void authorization_free(struct authorization *a)
{
    if (!a)
        return;
    loopback_close(a->loopback);
    oauth_device_done(&a->device);
    oauth_client_unref(a->client);
    xfree_wiped(a->client_secret);
    free(a->label);
    fiber_unref(a->fiber);
    crypto_wipe(a, sizeof(*a));
    free(a);
}
DEFINE_FREEP(struct authorization *, authorization_free);

/* ---- the two ways ----------------------------------------------------------------------------------------- */

/* RFC 9207 section 2.4: an answer from another server than the one that was asked is none. */
static int check_issuer(const struct authorization *a, const char *query, struct fct_error *err)
{
    CLEANUP(freep) char *iss = form_get(query, "iss");
    bool is_said = strncmp(query, "iss=", 4) == 0 || strstr(query, "&iss=");
    if (is_said && a->client->issuer && (!iss || strcmp(iss, a->client->issuer) != 0))
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER, "the answer comes from another server (%.100s) than %s", iss ? iss : "?", a->client->issuer);
    return 0;
}

static int fail_refused(const char *error, const char *query, struct fct_error *err)
{
    CLEANUP(freep) char *more = form_get(query, "error_description");
    char words[512];
    snprintf(words, sizeof(words), "%.80s%s%.400s", error, more ? ": " : "", more ? more : "");
    if (strcmp(error, "access_denied") == 0)
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "the consent was denied");
    else
        fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "the provider refuses this client: are its id, its redirect address and the scope right?");
    err->user_action = 1;
    fct_error_server(err, bytes_str(words));
    return -1;
}

static int by_browser(struct authorization *a, struct oauth_grant *out, struct fct_error *err)
{
    CLEANUP(freep) char *uri = xstrdup(loopback_uri(a->loopback));
    char *query = NULL;
    int result = loopback_wait(a->loopback, a->state, wait_now_ms() + BROWSER_MS, &query, err);
    loopback_close(TAKE(a->loopback)); /* nobody else has anything to say there */
    if (result < 0)
        return -1;
    char *error = form_get(query, "error"), *code = form_get(query, "code");
    result = check_issuer(a, query, err);
    if (result == 0 && error)
        result = fail_refused(error, query, err);
    else if (result == 0 && (!code || !*code))
        result = fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER, "the provider sent the browser back without a code");
    else if (result == 0)
        result = oauth_exchange(a->core->oauth_https, a->client, a->client_secret, code, a->verifier, uri, out, err);
    free(error);
    xfree_wiped(code);
    xfree_wiped(query);
    return result;
}

static int by_device(struct authorization *a, struct oauth_grant *out, struct fct_error *err)
{
    uint64_t second = a->core->oauth_second_ms, until = wait_now_ms() + (uint64_t)a->device.lifetime_s * second;
    while (wait_now_ms() < until) {
        if (wait_sleep((uint64_t)a->device.interval_s * second, err) < 0)
            return -1;
        int there = oauth_device_poll(a->core->oauth_https, a->client, a->client_secret, &a->device, out, err);
        if (there != 0)
            return there < 0 ? -1 : 0;
    }
    return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_NEVER, "nobody has typed the code within the time there was");
}

/* ---- the task --------------------------------------------------------------------------------------------- */

/* Whoever waited for the consent goes on at once. */
static void wake(struct authorization *a)
{
    struct account *account = core_find_account(a->core, a->account_id);
    if (account)
        account_want_pass(account);
    core_user_acted(a->core, a->account_id);
}

static int run(void *arg)
{
    struct authorization *a = arg;
    CLEANUP(oauth_grant_done) struct oauth_grant grant = {0};
    struct fct_error err = {0};
    int result = a->loopback ? by_browser(a, &grant, &err) : by_device(a, &grant, &err);
    if (result == 0)
        result = tokens_keep(a->core, a->account_id, a->client, a->is_own_secret ? a->client_secret : NULL, &grant, &err);
    if (result == 0) {
        log_info(a->label, "the user has consented");
        wake(a);
    } else {
        log_line(err.code == FCT_E_CANCELLED ? FCT_LOG_INFO : FCT_LOG_WARN, a->label, "no consent: %s", err.message);
    }
    task_finish(a->task, result == 0 ? json_object() : NULL, result < 0 ? &err : NULL);
    xfree_wiped(TAKE(a->client_secret)); /* it stays in the list until somebody looks */
    oauth_device_done(&a->device);
    crypto_wipe(a->verifier, sizeof(a->verifier));
    a->is_over = true;
    return 0;
}

static void on_cancel(void *ctx)
{
    const struct authorization *a = ctx;
    fiber_cancel(a->fiber);
}

/* Ends those of an account (0: of all), and frees those that are over. */
static void end_authorizations(struct core *core, int64_t account_id, bool also_running)
{
    struct authorization **at = &core->authorizations;
    while (*at) {
        struct authorization *a = *at;
        bool is_meant = also_running && (account_id == 0 || a->account_id == account_id);
        if (!a->is_over && !is_meant) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        a->is_given_up = true;
        if (a->fiber) {
            fiber_cancel(a->fiber);
            fiber_join(a->fiber);
            authorization_free(a);
        }
        at = &core->authorizations; /* others may have come and gone meanwhile */
    }
}

void core_stop_authorizations(struct core *core, int64_t account_id)
{
    end_authorizations(core, account_id, true);
}

/* ---- beginning -------------------------------------------------------------------------------------------- */

static char *authorization_url(const struct authorization *a, const char *address)
{
    CLEANUP(buf_done) struct buf url = {0};
    char challenge[PKCE_SIZE];
    const char *name;
    json_t *value;
    pkce_challenge(a->verifier, challenge);
    buf_add_str(&url, a->client->authorization);
    if (!strchr(a->client->authorization, '?'))
        buf_add_char(&url, '?');
    form_add(&url, "response_type", "code");
    form_add(&url, "client_id", a->client->id);
    form_add(&url, "redirect_uri", loopback_uri(a->loopback));
    form_add(&url, "scope", a->client->scope);
    form_add(&url, "state", a->state);
    form_add(&url, "code_challenge", challenge);
    form_add(&url, "code_challenge_method", "S256");
    form_add(&url, "login_hint", address);
    json_object_foreach(a->client->parameters, name, value)
        form_add(&url, name, json_string_value(value));
    return buf_steal(&url);
}

static int begin_browser(struct authorization *a, const char *address, struct core_authorization *out, struct fct_error *err)
{
    if (!a->client->authorization)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "oauth: authorizationEndpoint is missing");
    if (loopback_open(a->client->redirect, &a->loopback, err) < 0)
        return -1;
    pkce_random(a->verifier);
    pkce_random(a->state);
    out->url = authorization_url(a, address);
    out->expires_at = (int64_t)time(NULL) + BROWSER_MS / 1000;
    return 0;
}

static int begin_device(struct authorization *a, struct core_authorization *out, struct fct_error *err)
{
    if (oauth_device_start(a->core->oauth_https, a->client, a->client_secret, &a->device, err) < 0)
        return -1;
    out->url = xstrdup(a->device.url);
    out->user_code = xstrdup(a->device.user_code);
    out->complete_url = a->device.complete_url ? xstrdup(a->device.complete_url) : NULL;
    out->expires_at = (int64_t)time(NULL) + a->device.lifetime_s;
    return 0;
}

static int read_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_account *row = arg;
    return store_account_load(tx, row->id, row, err);
}

static int prepare(struct authorization *a, const struct store_account *row, const char *client_secret, struct fct_error *err)
{
    json_auto_t *settings = json_loads(row->settings && row->settings[0] ? row->settings : "{}", 0, NULL);
    const json_t *oauth = json_object_get(settings, "oauth");
    if (!oauth || json_is_null(oauth))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s signs in with a password; the setting oauth would say that it does not",
                        row->name && row->name[0] ? row->name : row->address);
    if (oauth_client_new(a->core->oauth_table, oauth, &a->client, err) < 0)
        return -1;
    a->is_own_secret = true;
    a->client_secret = client_secret ? xstrdup(client_secret) : tokens_client_secret(a->core, row->id, a->client);
    a->is_own_secret = a->client_secret && (!a->client->secret || strcmp(a->client_secret, a->client->secret) != 0);
    a->label = xasprintf("account %s", row->name && row->name[0] ? row->name : row->address);
    return 0;
}

static int fail_given_up(struct core *core, int64_t account_id, struct fct_error *err)
{
    CLEANUP(store_account_done) struct store_account row = {.id = account_id};
    if (store_read(core->store, read_account, &row, err) < 0) /* it has gone */
        return -1;
    return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "somebody else has begun to sign in meanwhile");
}

static void begin_task(struct authorization *a, const char *address)
{
    CLEANUP(freep) char *title = xasprintf("Waiting for consent: %s", address);
    a->task = task_new(a->core->tasks, "authorize", title);
    task_on_cancel(a->task, on_cancel, a);
    a->fiber = fiber_spawn(a->core->loop, "consent", run, a);
}

static void unlist(struct authorization *a)
{
    struct authorization **at = &a->core->authorizations;
    while (*at && *at != a)
        at = &(*at)->next;
    if (*at)
        *at = a->next;
}

int core_authorize(struct core *core, int64_t account_id, bool by_device_code, const char *client_secret, struct core_authorization *out,
                   struct fct_error *err)
{
    CLEANUP(authorization_freep) struct authorization *a = XNEW(struct authorization);
    CLEANUP(store_account_done) struct store_account row = {.id = account_id};
    struct core_authorization begun = {0};
    a->core = core;
    a->account_id = account_id;
    end_authorizations(core, account_id, true); /* whoever begins anew has given up the one before */
    a->next = core->authorizations; /* from now on it can be given up, too: the account may go while a server is asked */
    core->authorizations = a;
    int result = store_read(core->store, read_account, &row, err);
    if (result == 0)
        result = prepare(a, &row, client_secret, err);
    if (result == 0)
        result = by_device_code ? begin_device(a, &begun, err) : begin_browser(a, row.address, &begun, err);
    if (result == 0 && a->is_given_up)
        result = fail_given_up(core, account_id, err);
    if (result < 0) {
        unlist(a);
        core_authorization_done(&begun);
        return -1;
    }
    begin_task(a, row.address);
    begun.task_id = task_id(a->task);
    *out = begun;
    a = NULL; /* the list's */
    return 0;
}

void core_authorization_done(struct core_authorization *a)
{
    free(a->url);
    free(a->user_code);
    free(a->complete_url);
    *a = (struct core_authorization){0};
}
