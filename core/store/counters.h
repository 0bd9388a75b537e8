/* counters.h - the counters of mailboxes and threads, always right, kept by differences.
 *
 * RFC 8621 section 2. An Email is unread when it has neither $seen nor $draft.
 *   totalEmails, unreadEmails    Emails (unread ones) placed in the mailbox.
 *   totalThreads                 Threads with an Email placed in the mailbox.
 *   unreadThreads                of these, the ones that would be shown as unread: any unread Email of the thread
 * counts, wherever it is, but one that is only in the trash does not (rule 1 there); for the mailbox with the role
 * trash, only the unread Emails in the trash count (rule 2).
 *
 * Whoever changes an Email takes its old contribution out and puts the new one in; counters_flush nets all of it and
 * writes each thread and each mailbox that changed once. A thread left without Emails is destroyed there.
 *
 *   struct counters c;
 *   counters_init(&c, tx, account_id, err)
 *   counters_take(&c, thread, was_unread, old_mailboxes, n);  counters_put(&c, thread, is_unread, new_mailboxes, n);
 *   counters_flush(&c, err);  counters_done(&c);
 *
 * Threads    the writer.
 */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/store.h"

struct counters_delta;
struct correspondents;

struct counters {
    struct store_tx *tx;
    int64_t account_id, trash; /* trash 0: the account has none */
    struct counters_delta *deltas;
    size_t n, cap;
    struct counters_renamed {
        int64_t from, to;
    } * renamed; /* Emails that merged Threads gave new ids meanwhile */
    size_t n_renamed;
    struct correspondents *people; /* whom Emails count for (correspondents.h); NULL: nothing happened yet */
};
int counters_init(struct counters *c, struct store_tx *tx, int64_t account_id, struct fct_error *err);
void counters_done(struct counters *c);

/* The Email is no longer, or now, as described: counted in these mailboxes. */
void counters_take(struct counters *c, int64_t thread_id, bool is_unread, const int64_t *mailboxes, size_t n);
void counters_put(struct counters *c, int64_t thread_id, bool is_unread, const int64_t *mailboxes, size_t n);
/* The thread lost (-1) or got (+1) an Email: its emailIds changed. For a thread made in this transaction `is_new` saves
 * the modseq of its own. */
void counters_thread(struct counters *c, int64_t thread_id, int by, bool is_new);
int counters_flush(struct counters *c, struct fct_error *err);
/* Notes that an Email has another id now; what id it has, if it was renamed. */
void counters_rename(struct counters *c, int64_t from, int64_t to);
int64_t counters_renamed(const struct counters *c, int64_t id);

/* Computes everything again, writes what differs: after the role trash moved, and for repair. */
int store_counters_rebuild(struct store_tx *tx, int64_t account_id, struct fct_error *err);
/* Computes everything again, by the definitions above, and compares: FCT_E_CORRUPT names the first difference.
 * account_id -1: all. For tests and doctor. */
int store_counters_verify(struct store_tx *tx, int64_t account_id, struct fct_error *err);

#endif
