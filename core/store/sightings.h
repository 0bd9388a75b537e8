/* sightings.h - messages that a server lists under UIDs unknown here, recognised without being fetched.
 *
 * docs/sync.md, "Recognising a message": by the server's own id for the message, or by its Message-ID together with its
 * date and exact size. What is recognised gets its place: a UID for the Email that was waiting for one in that mailbox
 * (renumbered, or sent there), for the one that has just gone from it (moved away and back), for the message that was
 * to leave it, or one more placement of an Email that is elsewhere. For that last one the time of its arrival must be
 * the same, too (RFC 9051 section 6.4.7: copies keep it): who knows a message could else send something else in its
 * name, and it would not be looked at. The rest must be fetched.
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
    int64_t sent_at;     /* Date, seconds */
    uint64_t size;       /* RFC822.SIZE */
    int64_t received_at; /* INTERNALDATE, seconds; 0: not told */
    bool is_known;       /* out: nothing to be fetched */
    bool was_gone;       /* out: it is known of a UID that has gone, and that is not here any more */
};
/* In one mailbox of the account. `gone`: UIDs that the server has no more there, ascending. */
int store_sightings(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, const struct fct_uid_range *gone,
                    size_t n_gone, struct store_sighting *s, size_t n, struct fct_error *err);

#endif
