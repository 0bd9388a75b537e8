/* ingest.h - arriving mail as a pipeline: the wire on the loop, parsing on workers, storing on the writer.
 *
 *   loop      ingest_begin, _data, _end collect messages into batches
 *   workers   a batch is hashed, compressed, parsed, its text folded (sync/prepare.h)
 *   writer    what is ready is committed together: blobs, Emails, threads, index
 *
 * The halves run beside each other. Bytes in flight are bounded by a budget that all accounts share: when it is used up,
 * ingest_begin waits, the server's socket is not read, and so a slow disk slows the server down.
 * One message of each account always passes, so that no account waits for another one's server.
 *
 * Ownership  ingest_free joins what is still under way (it is committed, too).
 * Threads    loop thread, one fiber at a time.
 * Errors     the first failure of any stage comes back from the next call; what was committed stays.
 */
#ifndef SYNC_INGEST_H
#define SYNC_INGEST_H

#include "base/cleanup.h"
#include "store/emails.h"
#include "store/store.h"

struct ingest;
struct ingest_budget;
struct filters;

#define MESSAGE_MAX_BYTES ((uint64_t)1 << 30) /* a message beyond it is left on the server, with a warning */

/* Shared by all accounts of a core. `bytes`: how much mail may be in flight. */
struct ingest_budget *ingest_budget_new(size_t bytes);
void ingest_budget_free(struct ingest_budget *b);

struct ingest_options {
    struct store *store;
    struct ingest_budget *budget;
    struct filters *filters; /* may be NULL */
    int64_t account_id;
    /* Called after each commit. Messages that were here already, whole or with their header only, count as bytes alone. */
    void (*committed)(void *ctx, size_t messages, uint64_t bytes);
    void *ctx;
};
struct ingest *ingest_new(const struct ingest_options *o);
void ingest_free(struct ingest *in);
DEFINE_FREEP(struct ingest *, ingest_free);

/* What follows goes to this mailbox. `is_new`: mail that has just come, which filters look at (not a first sync). */
void ingest_to(struct ingest *in, int64_t mailbox_id, bool is_new);
/* Whether what follows is asked for by somebody who waits to read it. */
void ingest_asked_for(struct ingest *in, bool is_asked_for);
/* What follows comes out of a maildrop, in this pass (store/maildrop.h): a message's `uid` is its number there. What the ledger knows
 * by its content is not stored again; unless `may_be_known`, the ledger is known to have none of these. Pass 0: it does not. */
void ingest_maildrop(struct ingest *in, int64_t pass, bool may_be_known);
/* `octets` as announced, or FCT_OCTETS_UNKNOWN. Suspends. */
int ingest_begin(struct ingest *in, uint64_t octets, struct fct_error *err);
int ingest_data(struct ingest *in, struct fct_bytes part, struct fct_error *err);
/* Suspends. */
int ingest_end(struct ingest *in, const struct fct_message *m, struct fct_error *err);
/* Forgets a message that was begun and not ended. */
void ingest_abort(struct ingest *in);
/* Waits until everything is committed. Suspends. */
int ingest_flush(struct ingest *in, struct fct_error *err);
/* How many messages were committed since ingest_new. */
uint64_t ingest_count(const struct ingest *in);

#endif
