/* store.h - one person's mail on disk: opening it, reading it, changing it.
 *
 * PROFILE/facteur.db (SQLite, WAL) holds what is known about messages, PROFILE/packs/ their bytes (store/packs.h).
 * PROFILE/lock is held while the store is open; a second process is told who holds it (FCT_E_BUSY, with the pid).
 *
 * Threads    One writer thread owns the only connection that writes and checkpoints; a few reader threads have a
 *            read-only connection each. store_read and store_write run a plain synchronous function there and
 *            suspend the calling fiber (or turn the loop, outside of one) until it is done. No transaction is open
 *            across a suspension. The functions of the other headers of this folder take the struct store_tx that
 *            such a function was given and belong on that thread alone.
 * Durability When store_write returns 0 its transaction is on the disk (fsync). Jobs that wait together are committed
 *            together, each in a savepoint of its own: one that fails is undone alone.
 * Errors     Functions return 0 or -1 with *err (FCT_E_DISK_FULL, FCT_E_CORRUPT, FCT_E_IO, FCT_E_NOT_FOUND...).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <facteur/plugin.h>

struct store;
struct store_tx;

/* The types whose states a client follows. Numbers are stored. */
enum store_type { STORE_ACCOUNT = 1, STORE_MAILBOX = 2, STORE_THREAD = 3, STORE_EMAIL = 4, STORE_EMAIL_DELIVERY = 5, STORE_UNDO = 6, STORE_IDENTITY = 7, STORE_SUBMISSION = 8, STORE_TOKEN = 9, STORE_VACATION = 10, STORE_QUOTA = 11, STORE_RULE = 12, STORE_N_TYPES = 13 };

/* Opens or creates the profile (mode 0700), takes the lock, upgrades the schema. A newer schema is refused and its
 * files stay untouched. Must be called on the loop thread; may take a moment (recovery after a crash). */
int store_open(const char *profile_dir, struct store **out, struct fct_error *err);
/* Waits for running jobs, checkpoints, releases the lock. NULL is accepted. */
void store_close(struct store *st);
DEFINE_FREEP(struct store *, store_close);
const char *store_profile_dir(const struct store *st);

typedef int (*store_fn)(struct store_tx *tx, void *arg, struct fct_error *err);
/* Runs fn on a reader, in a read transaction: what it sees is one moment. Suspends. */
int store_read(struct store *st, store_fn fn, void *arg, struct fct_error *err);
/* Runs fn on the writer; returns when it is committed and on the disk. Suspends. */
int store_write(struct store *st, store_fn fn, void *arg, struct fct_error *err);

/* Called on the loop thread after a commit that changed anything: each (account, type, new modseq) that changed. What changes in
 * the list of accounts is told of 0 and of the account that it was. */
struct store_change {
    int64_t account_id; /* 0: the list of accounts, the tokens */
    enum store_type type;
    int64_t modseq;
};
typedef void (*store_commit_fn)(void *ctx, const struct store_change *changes, size_t n);
void store_on_commit(struct store *st, store_commit_fn fn, void *ctx); /* several may listen */

/* Housekeeping, worth doing after the start and once a day: forgets uploads whose time is over, changes and the
 * history of destroyed Emails older than 30 days, outcomes older than a week and what nobody will take back any more, and
 * gives dead room in packs back. In jobs of bounded size, so that nobody waits long. Suspends. */
int store_maintain(struct store *st, struct fct_error *err);

/* --- inside store_read and store_write ------------------------------------------------------------------- */

struct store *store_of(struct store_tx *tx);
bool store_tx_is_writer(const struct store_tx *tx);
/* Reader only: a statement that still runs in `ms` from now fails with FCT_E_TIMEOUT; 0: none. Ends with the read. */
void store_tx_set_deadline(struct store_tx *tx, uint64_t ms);
/* Runs fn in a savepoint of its own: if it fails, what it did is undone alone and the transaction goes on (unless the error is
 * of the disk: FCT_E_IO, FCT_E_DISK_FULL). Writer only; not while a statement is being stepped. */
int store_nested(struct store_tx *tx, store_fn fn, void *arg, struct fct_error *err);
/* For the rest of the job: only these accounts are there where account_id -1 asks for all of them, and for the list of accounts
 * (account 0). `accounts` must outlive it; NULL with n 0: none of them. Whoever asks for one account by its id is given it. */
void store_tx_set_view(struct store_tx *tx, const int64_t *accounts, size_t n);
bool store_tx_has_view(const struct store_tx *tx);
const int64_t *store_tx_view(const struct store_tx *tx, size_t *out_n);
bool store_tx_sees(const struct store_tx *tx, int64_t account_id);
/* A new number for one change of `type` in `account_id`; also marks it for store_on_commit. Writer only. */
int64_t store_tx_bump(struct store_tx *tx, int64_t account_id, enum store_type type);
/* The highest modseq of a type in an account (0: nothing yet); account_id -1: of all accounts ("*"). */
int store_state(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t *out, struct fct_error *err);
/* The oldest state from which /changes can still be answered. */
int store_oldest_state(struct store_tx *tx, int64_t *out, struct fct_error *err);
/* The account's row changed: STORE_ACCOUNT of 0, and of the account under the same number. Writer only. */
int64_t store_tx_bump_account(struct store_tx *tx, int64_t account_id);
/* Leaves a tombstone (bumps). Writer only. */
int store_tombstone(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t object_id, int64_t created_modseq,
                    struct fct_error *err);

#endif
