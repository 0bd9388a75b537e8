/* outbox.h - sends what waits to be sent, of one account, and waits for what is to be sent later.
 *
 * The queue is in the store (store/submissions.h); this is who works it off. A fiber of its own takes one submission after the
 * other, over one connection, which stays open for a moment when there is nothing more. Before the byte goes out after which the
 * server may have taken the message, `sending` is on the disk (of many at once, when the server is quick: batch.h); what becomes of it is written down as soon as it is known, and
 * where it is not, the submission is uncertain and stays so until another copy of the message appears in the account, or the
 * user decides.
 *
 * When the server says "later", a message waits a minute, then twice as long each time, to an hour, and fails after five days (and twelve tries). When the
 * server cannot be reached, all wait, for the network or for time, however long it takes; when the account cannot sign in, for the user.
 *
 * Ownership  struct outbox belongs to its account.
 * Threads    loop thread. outbox_stop suspends, the others return at once.
 */
#ifndef OUTBOX_OUTBOX_H
#define OUTBOX_OUTBOX_H

#include "async/fiber.h"
#include "store/store.h"

struct outbox;
struct uv_loop_s;

struct outbox_options {
    struct store *store;
    int64_t account_id;
    const char *label;                     /* for logs; as everything here it outlives the outbox */
    const struct fct_transport *transport;
    struct fct_account *account;           /* what the transport is handed */
    bool server_files;                     /* the server puts a copy into Sent by itself */
    bool (*has_network)(void *ctx);
    void *ctx;
};
struct outbox *outbox_new(struct uv_loop_s *loop, const struct outbox_options *o);
/* An answer that may come any moment is waited for, some seconds. */
void outbox_stop(struct outbox *o);
/* Frees one that was stopped. */
void outbox_free(struct outbox *o);
/* Something was submitted, taken back or decided. */
void outbox_wake(struct outbox *o);
/* The user did what it waits for (signed in again, unlocked the passwords), or wants it: it tries at once. */
void outbox_user_acted(struct outbox *o);
/* Mail came: perhaps what an uncertain submission waits for. */
void outbox_mail_came(struct outbox *o);
/* The network is another one, or the computer slept: what waits for time tries at once. */
void outbox_stir(struct outbox *o);

#endif
