/* table.h - the providers that people have: data/providers.json, by mail domain and by MX host.
 *
 * {"providers": [{
 *     "id":       never changes
 *     "name":     for people
 *     "domains":  what stands behind the @ of its users' addresses; "*.x.example" is every domain below x.example
 *     "mx":       the hosts that take mail for domains which it serves but does not own; patterns likewise
 *     "servers":  [{"protocol": imap|pop3|smtp, "host", "port", "tls": implicit|starttls,
 *                   "user": "address" (jane@example.org), "localPart" (jane), "ask" (cannot be told from the address)}],
 *                  the best first
 *     "sasl":     mechanisms, the best first
 *     "oauth":    the name of an authorization server, where it takes OAuth 2.0 (optional)
 *     "needs":    [{"kind": appPassword|switch|oauth|bridge|certificate|userName|hint, "text", "url"}]: what the user has to do
 *     "help":     the address of the provider's own page, or null
 * }]}
 *
 * Ownership  the table owns what it gives. Threads: any, one at a time.
 */
#ifndef DISCOVER_TABLE_H
#define DISCOVER_TABLE_H

#include "base/cleanup.h"
#include "discover/servers.h"

struct provider_table;

/* Reads and checks the file: FCT_E_IO, FCT_E_CORRUPT (the error names the member). Blocks. */
int provider_table_load(const char *path, struct provider_table **out, struct fct_error *err);
void provider_table_free(struct provider_table *t);
DEFINE_FREEP(struct provider_table *, provider_table_free);
size_t provider_table_size(const struct provider_table *t);

/* The provider with this domain, or with the most precise pattern for it; NULL: none. */
const json_t *provider_by_domain(const struct provider_table *t, const char *domain);
const json_t *provider_by_mx(const struct provider_table *t, const char *host);
/* Its servers for this address, as servers.h has them: a new array. */
json_t *provider_servers(const json_t *provider, const struct mail_address *a);
/* {id, name, sasl, oauth, needs, help}, a new object. */
json_t *provider_about(const json_t *provider);

#endif
