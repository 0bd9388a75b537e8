/* client.h - whom an account asks for consent, and as who: an authorization server's endpoints, a client id, a scope.
 *
 * The endpoints of the providers that people have are data (data/oauth.json): {"google": {"authorizationEndpoint",
 * "tokenEndpoint", "deviceEndpoint", "issuer", "scope", "redirect", "parameters": {...}, "clientId", "clientSecret", "help"}}. An
 * account's setting "oauth" names one of them ("provider") and says what is different, first of all the client id; without
 * "provider" it says everything. A client secret that is the user's own is no setting: it is kept with the refresh token.
 *
 * Ownership  a client is counted; a table owns what it gives.
 * Threads    loop thread, but for oauth_table_load.
 */
#ifndef OAUTH_CLIENT_H
#define OAUTH_CLIENT_H

#include "base/cleanup.h"

#include <facteur/plugin.h>
#include <jansson.h>

#define OAUTH_TEXT_MAX 2048 /* bytes of one setting */

/* Reads a file; a new object, {} where there is no file. FCT_E_IO, FCT_E_CORRUPT. Blocks. */
int oauth_table_load(const char *path, json_t **out, struct fct_error *err);

struct oauth_client {
    unsigned refs;
    char *provider; /* as the setting has it; NULL: everything is the user's own */
    char *issuer;   /* RFC 9207; NULL: not known */
    char *authorization, *token, *device; /* URLs; authorization and device may be NULL: there is no such way */
    char *id;
    char *secret;   /* of the table; NULL: none */
    char *scope;    /* NULL: none is asked for */
    char *redirect; /* "http://127.0.0.1/": without a port one is chosen */
    json_t *parameters; /* of the authorization request, beside those of the protocol; or NULL */
};
/* From a setting. FCT_E_INVALID names the member: "oauth: clientId ...". */
int oauth_client_new(const json_t *table, const json_t *setting, struct oauth_client **out, struct fct_error *err);
struct oauth_client *oauth_client_ref(struct oauth_client *c);
void oauth_client_unref(struct oauth_client *c);
DEFINE_FREEP(struct oauth_client *, oauth_client_unref);
/* Whether the table gives a client id of its own for a provider. */
bool oauth_table_has_client(const json_t *table, const char *provider);

/* "http://127.0.0.1:0/path", taken apart: RFC 8252 section 7.3. `host` is 127.0.0.1 or localhost, `port` 0: any, `path` "" where there
 * is none (providers compare it byte by byte with what was registered: "http://localhost" is not "http://localhost/"). False: it is no
 * such address. */
struct oauth_redirect {
    char host[16];
    uint16_t port;
    char path[256];
};
bool oauth_redirect_parse(const char *text, struct oauth_redirect *out);

#endif
