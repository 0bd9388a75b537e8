/* sightings.h - messages that a server lists under UIDs unknown here, recognised without being fetched.
 *
 * docs/sync.md, "Recognising a message": by the server's own id for the message, or by its Message-ID together with its
 * date and exact size. What is recognised gets its place: a UID for the Email that was waiting for one in that mailbox
 * (renumbered, or sent there), for the message that was to leave it, or one more placement of an Email that is
 * elsewhere. The rest must be fetched.
 *
 * Threads    the writer.
 */
#ifndef STORE_SIGHTINGS_H
#define STORE_SIGHTINGS_H

#include "store/store.h"

struct store_sighting {
    uint64_t uid;
    struct fct_flags flags;
    const char *email_remote_id; /* RFC 8474 EMAILID, X-GM-MSGID; NULL: not told */
    const char *message_id;      /* without <>; NULL: none, or not told */
    bool has_sent_at;
    int64_t sent_at; /* Date, seconds */
    uint64_t size;   /* RFC822.SIZE */
    bool is_known;   /* out: nothing to be fetched */
};
/* In one mailbox of the account. */
int store_sightings(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct store_sighting *s, size_t n,
                    struct fct_error *err);

#endif
