/* streams.h - uploads that were begun and not finished yet: a descriptor each, into which their bytes are written.
 *
 * The file has no name. Who holds its descriptor may go on writing while it is read: what counts is what is read then,
 * once.
 *
 * Threads    loop thread.
 */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include <facteur/plugin.h>
#include <stdbool.h>

#define STREAMS_MAX 64
#define UPLOAD_SECONDS 3600
#define UPLOAD_ID_SIZE 33

struct streams {
    struct upload_begun {
        char id[UPLOAD_ID_SIZE]; /* "": a free place */
        int fd;
        int64_t account_id, token_id; /* who began it: 0, the owner */
        int64_t expires_at;
    } v[STREAMS_MAX];
};
/* Takes `fd` over, also on failure. *out_id is valid as long as the upload. FCT_E_LIMIT. */
int streams_add(struct streams *u, int fd, int64_t account_id, int64_t token_id, int64_t now, const char **out_id,
                struct fct_error *err);
/* Its descriptor, the caller's from now on; the upload is over. -1: there is none of that name, account and owner. */
int streams_take(struct streams *u, const char *id, int64_t account_id, int64_t token_id);
void streams_done(struct streams *u);

#endif
