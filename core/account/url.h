/* url.h - where an account's server is: imaps://user@host:port, imap://host?tls=starttls. RFC 3986.
 *
 * imap:// means STARTTLS unless ?tls=none says that the user wants it in clear; imaps:// is TLS from the first byte. A
 * password does not belong into a URL: it would end in histories and listings, so it is refused.
 */
#ifndef ACCOUNT_URL_H
#define ACCOUNT_URL_H

#include <facteur/plugin.h>

struct server_url {
    char *scheme; /* lower case */
    char *user;   /* decoded; NULL when not given */
    char *host;   /* ASCII (text/idna.h), without brackets; NULL when not given */
    char *path;   /* decoded, with its first '/'; NULL when not given */
    uint32_t port; /* 0: not given */
    bool has_tls;
    uint32_t tls; /* enum fct_tls, when has_tls */
};

/* FCT_E_INVALID says what is wrong with it. */
int server_url_parse(const char *text, struct server_url *out, struct fct_error *err);
void server_url_done(struct server_url *u);

#endif
