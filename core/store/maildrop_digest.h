/* maildrop_digest.h - by what a message is recognised whose UIDL says nothing. Any thread, linear, pure.
 *
 * Some servers write into a message that it was read, or which number it has (Status, X-Status, X-UIDL, X-IMAP...):
 * these header fields take no part.
 */
#ifndef STORE_MAILDROP_DIGEST_H
#define STORE_MAILDROP_DIGEST_H

#include <facteur/plugin.h>

#define MAILDROP_DIGEST_SIZE 16

struct maildrop_digest {
    unsigned char header[MAILDROP_DIGEST_SIZE];  /* up to the empty line, without it */
    unsigned char content[MAILDROP_DIGEST_SIZE]; /* of everything */
    bool has_id;                                 /* the header has a Message-ID: no other message has this header */
};

/* `raw` is a message, or its header alone (then `content` says nothing). `sha256`: its 32 bytes, if somebody has them
 * already; or NULL. */
void maildrop_digest(struct fct_bytes raw, const unsigned char *sha256, struct maildrop_digest *out);

#endif
