/* link.h - links to remote images, which whoever has them may follow for a while: an <img> sends no credential.
 *
 *   /proxy/SIGNATURE?until=1795948200&by=K7QF2MXT&url=aHR0cHM6Ly9leGFtcGxlLm9yZy9hLnBuZw
 *
 * The signature, HMAC-SHA256 over all of it and the method, is by a key that is made when the bridge starts and kept
 * nowhere: after a restart the page asks for new links. The URL is in base64url, so that nobody between reads it, takes
 * it apart or writes it differently. `by` is who asked for the link, for limits. Threads: any.
 */
#ifndef BRIDGE_LINK_H
#define BRIDGE_LINK_H

#include "credential.h"
#include "http1.h"

#include <time.h>

#define LINK_FOLDER "/proxy/"
#define LINK_LIFE_S 3600 /* at least; links of one quarter of an hour are the same, for the browser's cache */
#define LINK_BY_SIZE 12

struct link_key {
    unsigned char bytes[32];
};
/* -1: the system gives no random bytes. */
int link_key_init(struct link_key *key);

/* Of who shows this credential (the Authorization header): says who it is and not what it is. */
void link_by(const struct link_key *key, const char *authorization, char out[LINK_BY_SIZE]);

/* Freed by the caller. */
char *link_write(const struct link_key *key, const char *url, const char *by, time_t now);

enum link_verdict { LINK_GOOD, LINK_WRONG, LINK_OLD };
/* GOOD: *out_url is to be freed. */
enum link_verdict link_read(const struct link_key *key, const struct http_head *request, time_t now, char **out_url,
                            char out_by[LINK_BY_SIZE]);

#endif
