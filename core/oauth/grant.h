/* grant.h - the questions to an authorization server's token and device endpoints: RFC 6749, RFC 7636, RFC 8628.
 *
 * Everything goes out in the form, the client secret too (RFC 6749 section 2.3.1). Answers are JSON of bounded size, and redirects
 * are not followed. No error holds a secret, not even where the server repeats one.
 *
 * Errors    FCT_E_USER_ACTION with user_action: the consent has expired or was withdrawn (invalid_grant), or was denied.
 *           FCT_E_AUTH with user_action: the server does not take the client id, its secret or the scope. FCT_E_SERVER (later): it
 *           cannot say now. FCT_E_PROTOCOL (later): its answer is none. And those of https_ask.
 * Suspend   all but oauth_grant_done and oauth_wipe. Threads: loop thread.
 */
#ifndef OAUTH_GRANT_H
#define OAUTH_GRANT_H

#include "base/buf.h"
#include "net/https.h"
#include "oauth/client.h"

#define OAUTH_ANSWER_MAX (64 << 10) /* bytes */
#define OAUTH_REFRESH_MAX 8192      /* bytes of a refresh token, with its NUL */
#define OAUTH_REQUEST_MS 15000      /* one question */
#define OAUTH_LIFETIME_S 3600       /* of an access token whose server does not say */

/* `{0}` is an empty one. */
struct oauth_grant {
    char *access;
    char *refresh;      /* NULL: none was given: the old one stays */
    int64_t expires_at; /* seconds */
};
/* Wipes. */
void oauth_grant_done(struct oauth_grant *g);
/* Wipes the strings of an answer, or of what is kept of one, and lets it go: not every allocator of Jansson's does. */
void oauth_wipe(json_t **tree);

/* `secret` is the client's, or NULL. */
int oauth_exchange(const struct https_options *https, const struct oauth_client *c, const char *secret, const char *code, const char *verifier,
                   const char *redirect, struct oauth_grant *out, struct fct_error *err);
int oauth_refresh(const struct https_options *https, const struct oauth_client *c, const char *secret, const char *refresh, struct oauth_grant *out,
                  struct fct_error *err);

/* RFC 8628 section 3.2. */
struct oauth_device {
    char *device_code;
    char *user_code, *url, *complete_url; /* complete_url: with the code in it, or NULL */
    int64_t lifetime_s, interval_s;
};
void oauth_device_done(struct oauth_device *d);
int oauth_device_start(const struct https_options *https, const struct oauth_client *c, const char *secret, struct oauth_device *out,
                       struct fct_error *err);
/* 1: there is a grant; 0: not yet, or the server could not be asked just now: ask again after d->interval_s, which grows where the
 * server wants it. */
int oauth_device_poll(const struct https_options *https, const struct oauth_client *c, const char *secret, struct oauth_device *d,
                      struct oauth_grant *out, struct fct_error *err);

#endif
