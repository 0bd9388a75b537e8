#include "account/tokens.h"

#include "account/core_internal.h"
#include "account/passwords.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "store/refusals.h"

#include <string.h>
#include <time.h>

#define SECRET_NAME "oauth"
#define EARLY_S 60 /* before an access token expires another is asked for; less where it lives for less than two minutes */

struct account_token {
    int64_t account_id;
    char *access;             /* NULL: none */
    char *endpoint, *client;  /* whose it is */
    int64_t stale_at;         /* seconds */
    char *unsaved;            /* the secret that the disk did not take yet; NULL: none */
    struct fiber *refresh;    /* or what writes a consent down; NULL: neither */
    bool is_held;             /* nothing may be written */
    struct wait_event done;
    struct oauth_client *asked; /* for which client the last refresh was, or is */
    int result;                 /* of it */
    struct fct_error err;
    struct account_token *next;
};

static void freep_wiped(char **s)
{
    xfree_wiped(*s);
}

static bool is_held(const struct core *core, const struct account_token *t)
{
    return t->is_held || core->tokens_are_held;
}

/* It stays until the core goes: somebody may wait for it. */
static struct account_token *of_account(struct core *core, int64_t account_id)
{
    struct account_token *t = core->access_tokens;
    while (t && t->account_id != account_id)
        t = t->next;
    if (t)
        return t;
    t = XNEW(struct account_token);
    t->account_id = account_id;
    t->next = core->access_tokens;
    return core->access_tokens = t;
}

static void drop_access(struct account_token *t)
{
    xfree_wiped(TAKE(t->access));
    free(TAKE(t->endpoint));
    free(TAKE(t->client));
}

static void take_access(struct account_token *t, const struct oauth_client *c, const struct oauth_grant *grant)
{
    int64_t now = (int64_t)time(NULL), lifetime = grant->expires_at - now;
    drop_access(t);
    t->access = xstrdup(grant->access);
    t->endpoint = xstrdup(c->token);
    t->client = xstrdup(c->id);
    t->stale_at = grant->expires_at - (lifetime < 2 * EARLY_S ? lifetime / 2 : EARLY_S);
}

/* Somebody may try out other settings of the account meanwhile (Account/check): what came of that is no answer to us. */
static bool is_asked_for(const struct account_token *t, const struct oauth_client *c)
{
    return t->asked && strcmp(t->asked->token, c->token) == 0 && strcmp(t->asked->id, c->id) == 0;
}

static void ask_for(struct account_token *t, struct oauth_client *c)
{
    oauth_client_unref(t->asked);
    t->asked = c ? oauth_client_ref(c) : NULL;
}

static bool is_fresh(const struct account_token *t, const struct oauth_client *c)
{
    return t->access && strcmp(t->endpoint, c->token) == 0 && strcmp(t->client, c->id) == 0 && time(NULL) < t->stale_at;
}

/* ---- the secret ------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *secret, const char *name)
{
    return json_string_value(json_object_get(secret, name));
}

/* Whether what is kept was given for this client by this server. */
static bool is_for(const json_t *secret, const struct oauth_client *c)
{
    const char *endpoint = text_of(secret, "endpoint"), *client = text_of(secret, "client");
    return endpoint && client && strcmp(endpoint, c->token) == 0 && strcmp(client, c->id) == 0;
}

/* *out NULL: nothing is kept. */
static int load_secret(struct core *core, int64_t account_id, json_t **out, struct fct_error *err)
{
    struct fct_error why = {0};
    char *text = xcalloc(1, SECRET_MAX);
    int result = passwords_get(core->secrets, account_id, NULL, SECRET_NAME, SECRET_PATIENCE_MS, text, SECRET_MAX, &why);
    if (result == 0)
        *out = json_loads(text, 0, NULL);
    crypto_wipe(text, SECRET_MAX);
    free(text);
    if (result == 0 || why.code == FCT_E_NOT_FOUND)
        return 0;
    if (err)
        *err = why;
    return -1;
}

/* To be wiped and freed. */
static char *secret_text(const struct oauth_client *c, const char *refresh, const char *client_secret)
{
    CLEANUP(oauth_wipe) json_t *secret = json_pack("{s:s, s:s, s:s, s:s*}", "refreshToken", refresh, "endpoint", c->token, "client", c->id, "clientSecret", client_secret);
    return secret ? json_dumps(secret, JSON_COMPACT) : NULL;
}

char *tokens_client_secret(struct core *core, int64_t account_id, const struct oauth_client *c)
{
    CLEANUP(oauth_wipe) json_t *secret = NULL;
    if (load_secret(core, account_id, &secret, NULL) == 0 && is_for(secret, c) && text_of(secret, "clientSecret"))
        return xstrdup(text_of(secret, "clientSecret"));
    return c->secret ? xstrdup(c->secret) : NULL;
}

/* ---- the notice ------------------------------------------------------------------------------------------- */

struct consent {
    int64_t account_id;
    char text[600]; /* "": it was renewed, and the notice goes */
    const char *server;
};

static int write_consent(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct consent *c = arg;
    struct store_notice *notices = NULL;
    size_t n = 0;
    int result = store_notices_load(tx, c->account_id, &notices, &n, err);
    bool is_told = false;
    for (size_t i = 0; i < n && result == 0; i++) {
        if (strcmp(notices[i].type, NOTICE_CONSENT_EXPIRED) != 0)
            continue;
        is_told = true;
        if (!c->text[0])
            result = store_notices_dismiss(tx, c->account_id, notices[i].id, err);
    }
    store_notice_list_free(notices, n);
    return result < 0 || is_told || !c->text[0] ? result : store_notice_add(tx, c->account_id, NOTICE_CONSENT_EXPIRED, 0, 0, c->text, c->server, err);
}

static void note_consent(struct core *core, int64_t account_id, const struct fct_error *lost)
{
    struct consent c = {.account_id = account_id, .server = lost ? lost->server : NULL};
    struct fct_error err = {0};
    if (lost)
        snprintf(c.text, sizeof(c.text), "%s", lost->message);
    if (store_write(core->store, write_consent, &c, &err) < 0)
        log_error("accounts", "a notice about a consent cannot be written: %s", err.message);
}

/* ---- refreshing ------------------------------------------------------------------------------------------- */

struct refresh {
    struct core *core;
    struct account_token *token;
    struct oauth_client *client;
    char *label;
};

static int fail_no_consent(const char *label, const char *what, struct fct_error *err)
{
    fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "%s: %s: sign in with facteur account login", label, what);
    if (err)
        err->user_action = 1;
    return -1;
}

static int save(struct refresh *r, struct fct_error *err)
{
    if (passwords_set(r->core->secrets, r->token->account_id, SECRET_NAME, r->token->unsaved, err) < 0)
        return fct_error_prefix(err, "%s: the new refresh token cannot be kept", r->label);
    xfree_wiped(TAKE(r->token->unsaved));
    return 0;
}

static int ask_server(struct refresh *r, struct fct_error *err)
{
    CLEANUP(oauth_wipe) json_t *secret = NULL;
    CLEANUP(oauth_grant_done) struct oauth_grant grant = {0};
    if (r->token->unsaved && save(r, err) < 0)
        return -1;
    if (load_secret(r->core, r->token->account_id, &secret, err) < 0)
        return -1;
    const char *refresh = text_of(secret, "refreshToken"), *own = text_of(secret, "clientSecret");
    if (!refresh)
        return fail_no_consent(r->label, "nobody has consented yet", err);
    if (!is_for(secret, r->client))
        return fail_no_consent(r->label, "the consent that there is was given to another client or server", err);
    const char *client_secret = own ? own : r->client->secret;
    struct fct_error why = {0};
    if (oauth_refresh(r->core->oauth_https, r->client, client_secret, refresh, &grant, &why) < 0) {
        if (why.code == FCT_E_USER_ACTION) {
            const struct fct_error said = why;
            fail_no_consent(r->label, said.message, &why);
            fct_error_server(&why, bytes_str(said.server));
            note_consent(r->core, r->token->account_id, &why);
        } else {
            fct_error_prefix(&why, "%s", r->label);
        }
        if (err)
            *err = why;
        return -1;
    }
    if (grant.refresh && strcmp(grant.refresh, refresh) != 0) {
        r->token->unsaved = secret_text(r->client, grant.refresh, own);
        if (save(r, err) < 0)
            return -1;
    }
    take_access(r->token, r->client, &grant);
    return 0;
}

static int run_refresh(void *arg)
{
    struct refresh *r = arg;
    struct account_token *t = r->token;
    struct fct_error err = {0};
    t->result = ask_server(r, &err);
    t->err = err;
    if (t->result == 0)
        log_debug(r->label, "there is a new access token");
    oauth_client_unref(r->client);
    free(r->label);
    free(r);
    fiber_unref(TAKE(t->refresh));
    wait_event_raise(&t->done);
    return 0;
}

static void start_refresh(struct core *core, struct account_token *t, const char *label, struct oauth_client *client)
{
    struct refresh *r = XNEW(struct refresh);
    *r = (struct refresh){core, t, oauth_client_ref(client), xstrdup(label)};
    ask_for(t, client);
    t->refresh = fiber_spawn(core->loop, "access token", run_refresh, r);
}

/* Or until somebody else has begun. */
static int wait_until_free(const struct core *core, struct account_token *t, struct fct_error *err)
{
    while (is_held(core, t) && !t->refresh)
        if (wait_event(&t->done, "an account that changes", WAIT_FOREVER, err) < 0)
            return -1;
    return 0;
}

int tokens_get(struct core *core, int64_t account_id, const char *label, struct oauth_client *client, struct fct_bytes refused, char *buf, size_t cap,
               struct fct_error *err)
{
    struct account_token *t = of_account(core, account_id);
    bool waited = false;
    for (;;) {
        bool is_refused = t->access && bytes_equal_str(refused, t->access);
        if (is_fresh(t, client) && !is_refused) {
            if (strlen(t->access) >= cap)
                return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the access token is longer than %zu bytes", cap - 1);
            memcpy(buf, t->access, strlen(t->access) + 1);
            return 1;
        }
        if (waited && t->result < 0) {
            if (err)
                *err = t->err;
            return -1;
        }
        if (waited && is_refused)
            return 0; /* the server gives the same again */
        if (waited)
            return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the access tokens that the server gives have expired already", label);
        if (!t->refresh && wait_until_free(core, t, err) < 0)
            return -1;
        if (!t->refresh)
            start_refresh(core, t, label, client);
        waited = is_asked_for(t, client);
        while (t->refresh)
            if (wait_event(&t->done, "an access token", WAIT_FOREVER, err) < 0)
                return -1;
    }
}

/* ---- consent ---------------------------------------------------------------------------------------------- */

struct consent_write {
    struct core *core;
    struct account_token *token;
    struct oauth_client *client;
    const struct oauth_grant *grant;
    const char *text;
};

static int run_write(void *arg)
{
    struct consent_write *w = arg;
    struct account_token *t = w->token;
    struct fct_error err = {0};
    t->result = passwords_set(w->core->secrets, t->account_id, SECRET_NAME, w->text, &err);
    t->err = err;
    if (t->result == 0) { /* before anybody who waits looks */
        xfree_wiped(TAKE(t->unsaved));
        take_access(t, w->client, w->grant);
    }
    fiber_unref(TAKE(t->refresh));
    wait_event_raise(&t->done);
    return t->result;
}

/* As a refresh is: in a fiber of its own, which nobody cuts short, and for which whoever moves it to another place waits. */
static int write_consent_down(struct consent_write *w, struct fct_error *err)
{
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(w->core->loop, "consent to be kept", run_write, w);
    w->token->refresh = fiber_ref(f);
    ask_for(w->token, w->client);
    int result = fiber_join(f);
    if (result < 0 && err)
        *err = w->token->err;
    return result;
}

int tokens_keep(struct core *core, int64_t account_id, struct oauth_client *c, const char *client_secret, const struct oauth_grant *grant,
                struct fct_error *err)
{
    struct account_token *t = of_account(core, account_id);
    if (!grant->refresh)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER,
                        "the provider gives no refresh token, so that the consent would be over soon: does the scope (offline_access) say that mail is read while nobody is there?");
    while (t->refresh || is_held(core, t))
        if (wait_event(&t->done, "an access token", WAIT_FOREVER, err) < 0)
            return -1;
    CLEANUP(freep_wiped) char *text = secret_text(c, grant->refresh, client_secret);
    if (!text)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the client secret is not UTF-8");
    struct consent_write w = {core, t, c, grant, text};
    if (write_consent_down(&w, err) < 0)
        return -1;
    note_consent(core, account_id, NULL);
    return 0;
}

static void join(struct account_token *t)
{
    if (!t->refresh)
        return;
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_ref(t->refresh);
    fiber_join(f);
}

void tokens_hold(struct core *core, int64_t account_id)
{
    struct account_token *t = of_account(core, account_id);
    t->is_held = true;
    join(t);
}

void tokens_release(struct core *core, int64_t account_id)
{
    struct account_token *t = of_account(core, account_id);
    t->is_held = false;
    wait_event_raise(&t->done);
}

void tokens_hold_all(struct core *core)
{
    core->tokens_are_held = true;
    for (struct account_token *t = core->access_tokens; t; t = t->next) /* those that come are added at its beginning, and wait */
        join(t);
}

void tokens_release_all(struct core *core)
{
    core->tokens_are_held = false;
    for (struct account_token *t = core->access_tokens; t; t = t->next)
        wait_event_raise(&t->done);
}

/* The disk may have room again. It is the only copy there is. */
static void save_at_last(struct core *core, const struct account_token *t)
{
    struct fct_error why = {0};
    if (t->unsaved && passwords_set(core->secrets, t->account_id, SECRET_NAME, t->unsaved, &why) < 0)
        log_error("accounts", "a new refresh token is lost, as it cannot be kept (%s): facteur account login will be needed", why.message);
}

void tokens_forget(struct core *core, int64_t account_id)
{
    for (struct account_token *t = core->access_tokens; t; t = t->next) {
        if (account_id && t->account_id != account_id)
            continue;
        join(t);
        if (account_id == 0)
            save_at_last(core, t);
        drop_access(t);
        xfree_wiped(TAKE(t->unsaved));
    }
    while (account_id == 0 && core->access_tokens) {
        struct account_token *t = core->access_tokens;
        core->access_tokens = t->next;
        ask_for(t, NULL);
        free(t);
    }
}
