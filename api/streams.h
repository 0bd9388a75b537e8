/* streams.h - uploads that were begun and not finished yet: a descriptor each, into which their bytes are written.
 *
 * One whose writer has closed its descriptor, or died, without finishing it is abandoned: it holds a shared lock of the
 * writer's open file (flock) that nobody else has. Such ones make room when there is none, and go after a minute
 * anyway.
 *
 * The file has no name. Who holds its descriptor may go on writing while it is read: what counts is what is read then,
 * once.
 *
 * Threads    loop thread.
 */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include "async/wait.h"

#include <facteur/plugin.h>
#include <stdbool.h>

#define STREAMS_MAX 64
#define STREAMS_PER_TOKEN 16 /* the owner may have all */
#define UPLOAD_SECONDS 3600  /* without a byte that is written; then it is over */
#define UPLOAD_ABANDONED_SECONDS 60
#define UPLOAD_ID_SIZE 33

struct streams {
    struct upload_begun {
        char id[UPLOAD_ID_SIZE]; /* "": a free place */
        int fd;
        int64_t account_id, token_id; /* who began it: 0, the owner */
        int64_t begun_at;
        bool is_locked; /* by its writer, as long as there is one */
    } v[STREAMS_MAX];
    unsigned n_large; /* that are read and compressed now */
    struct wait_event large_ended;
    unsigned n_opening; /* large blobs that are unpacked for Blob/open now */
    struct wait_event opened;
};
/* The descriptor to hand to the writer: the caller's; -1: errno. `*fd` becomes one of another open file, to read from.
 */
int streams_writer(int *fd, bool *out_is_locked);
/* Takes `fd` over, also on failure. *out_id is valid as long as the upload. FCT_E_LIMIT. */
int streams_add(struct streams *u, int fd, bool is_locked, int64_t account_id, int64_t token_id, int64_t now,
                const char **out_id, struct fct_error *err);
/* Its descriptor, the caller's from now on; the upload is over. -1: there is none of that name, account and owner. */
int streams_take(struct streams *u, const char *id, int64_t account_id, int64_t token_id);
/* Ends those of a token. */
void streams_forget_token(struct streams *u, int64_t token_id);
void streams_done(struct streams *u);

#endif
