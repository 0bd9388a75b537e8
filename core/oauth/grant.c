#include "oauth/grant.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "oauth/form.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define LIFETIME_MAX_S (365 * 24 * 3600)
#define DEVICE_LIFETIME_MAX_S 3600
#define INTERVAL_S 5 /* RFC 8628 section 3.2: where the server does not say; and what "slow_down" adds (section 3.5) */
#define INTERVAL_MAX_S 300

void oauth_grant_done(struct oauth_grant *g)
{
    xfree_wiped(g->access);
    xfree_wiped(g->refresh);
    *g = (struct oauth_grant){0};
}

void oauth_device_done(struct oauth_device *d)
{
    xfree_wiped(d->device_code);
    free(d->user_code);
    free(d->url);
    free(d->complete_url);
    *d = (struct oauth_device){0};
}

/* ---- the answer ------------------------------------------------------------------------------------------- */

void oauth_wipe(json_t **tree)
{
    const char *name;
    json_t *value;
    json_object_foreach(*tree, name, value)
        if (json_is_string(value))
            crypto_wipe((char *)json_string_value(value), json_string_length(value));
    json_decref(*tree);
}

static const char *text_of(const json_t *answer, const char *name)
{
    const char *s = json_string_value(json_object_get(answer, name));
    return s ? s : "";
}

/* Some servers send numbers as text. */
static int64_t number_of(const json_t *answer, const char *name, int64_t otherwise)
{
    const json_t *v = json_object_get(answer, name);
    if (json_is_number(v) && json_number_value(v) >= 0 && json_number_value(v) < 1e15)
        return (int64_t)json_number_value(v);
    if (json_is_string(v) && json_string_length(v) > 0 && json_string_length(v) < 10 && strspn(json_string_value(v), "0123456789") == json_string_length(v))
        return strtoll(json_string_value(v), NULL, 10);
    return otherwise;
}

struct question {
    const struct https_options *https;
    const char *url;
    struct buf form;
    const char *secrets[4]; /* what no error may repeat; NULL: none */
    long status;
};

static void question_done(struct question *q)
{
    buf_wipe(&q->form);
}

/* Also as it stands in the form. */
static bool repeats(const char *words, const char *secret)
{
    CLEANUP(buf_wipe) struct buf encoded = {0};
    form_add(&encoded, "", secret);
    return strstr(words, secret) || strstr(words, encoded.p + 1); /* behind the '=' */
}

/* What the server said of its refusal, unless it repeats a secret. */
static void keep_words(const struct question *q, const json_t *answer, struct fct_error *err)
{
    char words[512];
    const char *more = text_of(answer, "error_description");
    for (size_t i = 0; i < sizeof(q->secrets) / sizeof(q->secrets[0]); i++)
        if (q->secrets[i] && strlen(q->secrets[i]) > 3 && (repeats(more, q->secrets[i]) || repeats(text_of(answer, "error"), q->secrets[i])))
            return;
    snprintf(words, sizeof(words), "%.80s%s%.400s", text_of(answer, "error"), *more ? ": " : "", more);
    fct_error_server(err, bytes_str(words));
}

static bool is_one_of(const char *s, const char *const *list)
{
    while (*list && strcmp(s, *list) != 0)
        list++;
    return *list != NULL;
}

/* RFC 6749 section 5.2, RFC 8628 section 3.5, OpenID Connect Core section 3.1.2.6. */
static int fail_refused(const struct question *q, const json_t *answer, struct fct_error *err)
{
    static const char *const over[] = {"invalid_grant", "interaction_required", "login_required", "consent_required", "expired_token", NULL};
    static const char *const busy[] = {"temporarily_unavailable", "server_error", "slow_down", NULL};
    struct fct_error why = {0};
    const char *error = text_of(answer, "error");
    if (q->status >= 300 && q->status < 400)
        fct_fail(&why, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%.200s redirects, which is not followed", q->url);
    else if (is_one_of(error, over))
        fct_fail(&why, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "the consent has expired or was withdrawn");
    else if (strcmp(error, "access_denied") == 0)
        fct_fail(&why, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "the consent was denied");
    else if (is_one_of(error, busy) || q->status >= 500 || q->status == 429 || q->status == 408)
        fct_fail(&why, FCT_E_SERVER, FCT_RETRY_LATER, "%.200s cannot say now (status %ld)", q->url, q->status);
    else if (*error)
        fct_fail(&why, FCT_E_AUTH, FCT_RETRY_NEVER, "%.200s refuses this client: are its id, its secret and the scope right?", q->url);
    else
        fct_fail(&why, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%.200s answers with status %ld and nothing that is understood", q->url, q->status);
    why.user_action = why.retry == FCT_RETRY_NEVER;
    if (*error)
        keep_words(q, answer, &why);
    if (err)
        *err = why;
    return -1;
}

/* 1: *out is an answer to go by; 0: a refusal (it may be empty); -1: none came. */
static int ask(struct question *q, json_t **out, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf body = {0};
    const struct https_question question = {.url = q->url, .form = buf_str(&q->form), .body_max = OAUTH_ANSWER_MAX};
    if (https_ask(q->https, &question, wait_now_ms() + OAUTH_REQUEST_MS, &q->status, &body, err) < 0)
        return -1;
    *out = json_loadb(buf_str(&body), body.n, 0, NULL);
    if (q->status == 200 && json_is_object(*out) && !json_object_get(*out, "error"))
        return 1;
    return 0;
}

/* ---- grants ----------------------------------------------------------------------------------------------- */

static bool is_token(const char *s, size_t max)
{
    size_t n = 0;
    for (; s[n]; n++)
        if (s[n] <= 0x20 || s[n] >= 0x7f || n + 1 >= max)
            return false;
    return n > 0;
}

static int take_grant(const struct question *q, const json_t *answer, struct oauth_grant *out, struct fct_error *err)
{
    const char *access = text_of(answer, "access_token"), *refresh = text_of(answer, "refresh_token"), *type = text_of(answer, "token_type");
    if (!is_token(access, FCT_TOKEN_MAX) || (*type && strcasecmp(type, "bearer") != 0) || (*refresh && !is_token(refresh, OAUTH_REFRESH_MAX)))
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%.200s gives no token that could be used", q->url);
    int64_t lifetime = number_of(answer, "expires_in", OAUTH_LIFETIME_S);
    out->access = xstrdup(access);
    out->refresh = *refresh ? xstrdup(refresh) : NULL;
    out->expires_at = (int64_t)time(NULL) + (lifetime < LIFETIME_MAX_S ? lifetime : LIFETIME_MAX_S);
    return 0;
}

static int ask_grant(struct question *q, struct oauth_grant *out, struct fct_error *err)
{
    CLEANUP(oauth_wipe) json_t *answer = NULL;
    int there = ask(q, &answer, err);
    if (there < 0)
        return -1;
    return there ? take_grant(q, answer, out, err) : fail_refused(q, answer, err);
}

static void add_client(struct question *q, const struct oauth_client *c, const char *secret)
{
    form_add(&q->form, "client_id", c->id);
    form_add(&q->form, "client_secret", secret);
    q->secrets[0] = secret;
}

int oauth_exchange(const struct https_options *https, const struct oauth_client *c, const char *secret, const char *code, const char *verifier,
                   const char *redirect, struct oauth_grant *out, struct fct_error *err)
{
    CLEANUP(question_done) struct question q = {.https = https, .url = c->token, .secrets = {NULL, code, verifier}};
    buf_reserve(&q.form, 16384);
    form_add(&q.form, "grant_type", "authorization_code");
    form_add(&q.form, "code", code);
    form_add(&q.form, "redirect_uri", redirect);
    form_add(&q.form, "code_verifier", verifier);
    add_client(&q, c, secret);
    return ask_grant(&q, out, err);
}

int oauth_refresh(const struct https_options *https, const struct oauth_client *c, const char *secret, const char *refresh, struct oauth_grant *out,
                  struct fct_error *err)
{
    CLEANUP(question_done) struct question q = {.https = https, .url = c->token, .secrets = {NULL, refresh}};
    buf_reserve(&q.form, 32768);
    form_add(&q.form, "grant_type", "refresh_token");
    form_add(&q.form, "refresh_token", refresh);
    add_client(&q, c, secret);
    return ask_grant(&q, out, err);
}

/* ---- devices ---------------------------------------------------------------------------------------------- */

static bool is_short(const char *s, size_t max)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    return n > 0 && n <= max;
}

/* Google's older servers call it verification_url. */
static int take_device(const struct question *q, const json_t *answer, struct oauth_device *out, struct fct_error *err)
{
    const char *code = text_of(answer, "device_code"), *user_code = text_of(answer, "user_code"), *url = text_of(answer, "verification_uri");
    const char *complete = text_of(answer, "verification_uri_complete");
    url = *url ? url : text_of(answer, "verification_url");
    if (!is_token(code, OAUTH_REFRESH_MAX) || !is_short(user_code, 64) || !is_short(url, OAUTH_TEXT_MAX) || strncasecmp(url, "http", 4) != 0 ||
        (*complete && (!is_short(complete, OAUTH_TEXT_MAX) || strncasecmp(complete, "http", 4) != 0)))
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%.200s gives no code that could be used", q->url);
    int64_t lifetime = number_of(answer, "expires_in", 600), interval = number_of(answer, "interval", INTERVAL_S);
    *out = (struct oauth_device){
        .device_code = xstrdup(code),
        .user_code = xstrdup(user_code),
        .url = xstrdup(url),
        .complete_url = *complete ? xstrdup(complete) : NULL,
        .lifetime_s = lifetime < DEVICE_LIFETIME_MAX_S ? lifetime : DEVICE_LIFETIME_MAX_S,
        .interval_s = interval < 1 ? 1 : interval < INTERVAL_MAX_S ? interval : INTERVAL_MAX_S,
    };
    return 0;
}

int oauth_device_start(const struct https_options *https, const struct oauth_client *c, const char *secret, struct oauth_device *out,
                       struct fct_error *err)
{
    CLEANUP(question_done) struct question q = {.https = https, .url = c->device};
    CLEANUP(oauth_wipe) json_t *answer = NULL;
    if (!c->device)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "%s knows no sign-in without a browser", c->provider ? c->provider : "this provider");
    add_client(&q, c, secret);
    form_add(&q.form, "scope", c->scope);
    int there = ask(&q, &answer, err);
    if (there < 0)
        return -1;
    return there ? take_device(&q, answer, out, err) : fail_refused(&q, answer, err);
}

static void slow_down(struct oauth_device *d)
{
    d->interval_s = d->interval_s + INTERVAL_S < INTERVAL_MAX_S ? d->interval_s + INTERVAL_S : INTERVAL_MAX_S;
}

int oauth_device_poll(const struct https_options *https, const struct oauth_client *c, const char *secret, struct oauth_device *d,
                      struct oauth_grant *out, struct fct_error *err)
{
    CLEANUP(question_done) struct question q = {.https = https, .url = c->token, .secrets = {NULL, d->device_code}};
    CLEANUP(oauth_wipe) json_t *answer = NULL;
    struct fct_error why = {0};
    buf_reserve(&q.form, 32768);
    form_add(&q.form, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    form_add(&q.form, "device_code", d->device_code);
    add_client(&q, c, secret);
    int there = ask(&q, &answer, &why);
    if (there == 1)
        return take_grant(&q, answer, out, err) < 0 ? -1 : 1;
    if (there == 0 && strcmp(text_of(answer, "error"), "authorization_pending") == 0)
        return 0;
    if (there == 0)
        fail_refused(&q, answer, &why);
    if (why.retry == FCT_RETRY_LATER && why.code != FCT_E_CANCELLED) { /* section 3.5: a connection that fails is a reason, too */
        slow_down(d);
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}
