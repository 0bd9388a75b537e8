/* discover.h - an account's servers, from its mail address alone.
 *
 * Steps, in this order, until a server for receiving and one for sending are found:
 *
 *   table       the providers that people have (table.h), by the address' domain
 *   mx          the same, by the hosts that take the domain's mail
 *   autoconfig  what the provider says at https://autoconfig.DOMAIN/ or https://DOMAIN/.well-known/ (autoconfig.h)
 *   database    what Mozilla's public database says of the domain, and of those above its first MX: it is told no address
 *   srv         the domain's SRV records (RFC 6186, RFC 8314)
 *   guess       imap.DOMAIN, mail.DOMAIN..., tried with a connection (probe.h)
 *
 * No password is known here, and none is sent. Each step is bounded in time, and all of them together.
 *
 * Ownership  discover_free must wait until no discover_servers runs.
 * Threads    loop thread. discover_servers suspends.
 */
#ifndef DISCOVER_DISCOVER_H
#define DISCOVER_DISCOVER_H

#include <facteur/plugin.h>
#include <jansson.h>

#define DISCOVER_MS 30000     /* all steps together, where nothing else is asked for */
#define DISCOVER_STEP_MS 8000 /* one step */
#define DISCOVER_MAX 4        /* at a time; FCT_E_BUSY beyond */

enum discover_step { DISCOVER_TABLE, DISCOVER_MX, DISCOVER_AUTOCONFIG, DISCOVER_DATABASE, DISCOVER_SRV, DISCOVER_GUESS, DISCOVER_STEPS };

struct discover;

/* `table`: the path of providers.json; it is read when it is wanted first. `overrides`: NULL in earnest; for tests a JSON object
 * {"dns": "127.0.0.1:5353", "ca": FILE, "allowPrivate": true, "ports": {"443": 8443, "993": ...}}, by which name servers, trusted
 * CA, private addresses and the ports that are connected to are others. FCT_E_INVALID: it is none. */
int discover_new(const char *table, const char *overrides, struct discover **out, struct fct_error *err);
void discover_free(struct discover *d);

/* How the Internet is asked, for others that ask it; valid as long as `d`. */
struct https_options;
const struct https_options *discover_https(const struct discover *d);

struct discover_request {
    const char *address;
    uint32_t skip;       /* bits 1 << enum discover_step */
    uint32_t timeout_ms; /* of all steps; 0: DISCOVER_MS */
};
/* *out is the answer of Account/discover (api/schema/methods/Account.discover.json), also when nothing was found. FCT_E_INVALID:
 * the address is none; FCT_E_BUSY; FCT_E_CANCELLED. Suspends. */
int discover_servers(struct discover *d, const struct discover_request *r, json_t **out, struct fct_error *err);
/* "table"...; -1 when there is no such step. */
int discover_step_from_name(const char *name);

#endif
