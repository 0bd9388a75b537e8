/* settings.h - an account's settings against what the core and its plugin understand.
 *
 * The core's own: user, caFile, certFile, keyFile, transportCertFile,
 * transportKeyFile (strings), oauth (oauth/client.h), secrets, passwordCommand, credential (passwords.h),
 * certificates ({"host:port": fingerprint}), tlsMinimum ("1.2", "1.1", "1.0"), pollSeconds (10 to 86,400),
 * missingSeconds (0 to 86,400), timeoutSeconds,
 * connectTimeoutSeconds (1 to 86,400), keep (store/keep.h) or, for a maildrop, leaveOnServer and deleteOnServer
 * (store/maildrop_policy.h), sentCopy ("auto", "server", "append": who puts a copy of what is sent into Sent). Everything else is the
 * plugin's: of its config_schema type, enum, minimum, maximum, minLength, maxLength and additionalProperties are held against the
 * value; a front end that draws a form from the schema may know more of it.
 */
#ifndef ACCOUNT_SETTINGS_H
#define ACCOUNT_SETTINGS_H

#include <facteur/plugin.h>
#include <jansson.h>

/* `config_schema` NULL: the plugin takes anything. `transport_schema`: of the plugin that sends, or NULL. FCT_E_INVALID names the setting: "settings: pollSeconds ...". */
int settings_check(const json_t *settings, const char *config_schema, const char *transport_schema, bool is_maildrop, struct fct_error *err);

#endif
