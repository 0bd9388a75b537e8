/* autoconfig.h - reads the XML in which a provider tells its mail servers: Mozilla's clientConfig, version 1.1.
 *
 * expat parses; a document type is refused, and with it every entity that is not XML's own. Depth, elements and the length of texts
 * are bounded. A server without TLS is left out: no password goes over it. Threads: any; no I/O.
 */
#ifndef DISCOVER_AUTOCONFIG_H
#define DISCOVER_AUTOCONFIG_H

#include "discover/servers.h"

#define AUTOCONFIG_DEPTH_MAX 16
#define AUTOCONFIG_ELEMENTS_MAX 4000
#define AUTOCONFIG_TEXT_MAX 1024 /* bytes of one text or attribute */

struct autoconfig {
    json_t *servers;  /* as servers.h has them, in the document's order */
    json_t *provider; /* {id: null, name, sasl, oauth, needs, help}, like provider_about's */
    size_t in_clear;  /* servers that were left out for it */
};
/* FCT_E_PROTOCOL: it is no such document; FCT_E_LIMIT. */
int autoconfig_parse(struct fct_bytes xml, const struct mail_address *a, struct autoconfig *out, struct fct_error *err);
void autoconfig_done(struct autoconfig *c);

#endif
