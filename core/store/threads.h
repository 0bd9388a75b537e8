/* threads.h - which Thread a message belongs to.
 *
 * RFC 8621 section 3: two messages are in one Thread when an identical message id appears in both (in Message-ID,
 * In-Reply-To or References) and their subjects are the same without "Re:", "[list]" and white space. So each of these
 * ids is hashed together with the base subject, and thread_ref says which Thread a hash belongs to. The hashes are
 * keyed with a secret of the profile: nobody can send a message that falls into a thread by a collision.
 *
 * A message that ties two Threads merges them: the Emails of the smaller are reinserted under new ids (threadId is
 * immutable), which counters and journal see as destroyed and created. Bounds: the last 100 references of a message,
 * and a merge moves at most THREAD_MERGE_MAX Emails; beyond that the Threads stay apart and the message joins the
 * largest.
 *
 * Threads    the writer, but for threads_msgid_hash.
 */
#ifndef STORE_THREADS_H
#define STORE_THREADS_H

#include "mime/mime.h"
#include "store/counters.h"

#define THREAD_IDS_MAX 102   /* ids of one message: its own, the first of In-Reply-To, the last 100 References */
#define THREAD_MERGE_MAX 200 /* each is read and indexed again, on the writer */

struct threads_key {
    unsigned char bytes[16];
};
int threads_key_load(struct store_tx *tx, struct threads_key *out, struct fct_error *err);

/* The hashes of a message's ids with its subject, without duplicates. Returns how many. */
size_t threads_hashes(const struct threads_key *key, const struct mime_summary *s, int64_t out[THREAD_IDS_MAX]);
/* email.msgid_hash: of a Message-ID without <>, alone. Any thread. */
int64_t threads_msgid_hash(const struct threads_key *key, struct fct_bytes message_id);

/* One message on its way to a Thread. */
struct threads_request {
    int64_t *hashes; /* sorted or not */
    size_t n_hashes;
    int64_t thread_id; /* out */
    bool is_new;       /* out: made for this batch; for the first of its requests only */
};
/* Finds or makes the Threads of a batch. Ties among the batch are known before its Emails appear, so that an order of
 * arrival of newest first needs no merge within it. */
int threads_assign(struct counters *c, struct threads_request *r, size_t n, struct fct_error *err);

/* For a rebuild: makes sure that the Thread of an Email of the account is there and that the Email's hashes lead to it. Where one
 * leads to another Thread, a tie that nobody saw, these are merged as far as the bound allows: counters_renamed knows which
 * Emails have new ids then. The caller flushes the counters. */
int threads_restore(struct counters *c, int64_t thread_id, const int64_t *hashes, size_t n, struct fct_error *err);

/* The Thread has lost its last Email. */
int thread_destroy(struct store_tx *tx, int64_t account_id, int64_t thread_id, int64_t created_modseq,
                   struct fct_error *err);

#endif
