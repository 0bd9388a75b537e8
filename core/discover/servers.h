/* servers.h - what discovery finds: mail servers, as the JSON that Account/discover answers.
 *
 * {"protocol": "imap", "host": "imap.example.org", "port": 993, "tls": "implicit", "user": "jane", "url": "imaps://..."}
 * `user` is null, and the URL without one, where the user name does not follow from the address. Threads: any.
 */
#ifndef DISCOVER_SERVERS_H
#define DISCOVER_SERVERS_H

#include "net/host.h"

#include <facteur/plugin.h>
#include <jansson.h>

#define SERVERS_MAX 24      /* that one step gives */
#define SERVERS_USER_MAX 320 /* bytes */

/* Of the one whose servers are looked for. */
struct mail_address {
    char *address; /* as it was given, with the domain as it is there */
    char *local;
    char *domain; /* ASCII, lower case (text/idna.h) */
};
/* FCT_E_INVALID says what is wrong with it. */
int mail_address_parse(const char *text, struct mail_address *out, struct fct_error *err);
void mail_address_done(struct mail_address *a);

struct server_spec {
    const char *protocol; /* "imap", "pop3" or "smtp" */
    const char *host;
    uint32_t port;
    uint32_t tls;     /* FCT_TLS_IMPLICIT or FCT_TLS_STARTTLS: never in clear */
    const char *user; /* NULL: not known */
    bool may_be_here; /* 127.0.0.1 is a host, too: a bridge on this computer */
};
/* Appends one; false: it is no server that could be used (its host is no host name...), or there are enough. */
bool servers_add(json_t *list, const struct server_spec *s);
/* The first of this protocol, borrowed; NULL: none. */
json_t *servers_first(const json_t *list, const char *protocol);
/* "a.example.org" is inside of "example.org", and so is that itself. */
bool host_is_inside(const char *host, const char *domain);

#endif
