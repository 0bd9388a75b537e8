/* audit.h - Account/verify and Account/repair at work. Inside account/ only.
 *
 * An audit compares an account's store with its server (sync/verify.h), over a connection of its own, so that the account
 * goes on watching; where the server allows no second one, it uses the account's, one mailbox at a time, between two waits.
 * It begins when a pass that runs has ended. Only a repair changes anything: it mends what the comparison found, lets the
 * account make a pass, and compares again.
 *
 *   audit.c        its life, and what it answers      audit_look.c   the comparison
 *   audit_mend.c   the repair                         audit_bytes.c  bytes that are fetched again
 */
#ifndef ACCOUNT_AUDIT_H
#define ACCOUNT_AUDIT_H

#include "account/core_internal.h"
#include "sync/verify.h"

struct audit {
    struct core *core;
    struct audit *next;
    int64_t account_id;
    bool is_repair, whole; /* whole: bytes are read and hashed */
    struct task *task;     /* NULL once it has ended */
    int64_t task_id;
    struct fiber *fiber;
    bool stopped;          /* somebody cancelled it */

    struct account_handle *handle; /* NULL: an account without a server */
    void *session;                 /* its own, or NULL: that of the account is borrowed */
    bool is_borrowing;             /* the account's fiber works for it: it must not leave */

    uint64_t done, total;
    char step[16], mailbox[128];   /* what it does, for people */
};

/* FCT_E_CANCELLED once somebody has cancelled it. Never suspends. */
int audit_go_on(const struct audit *a, struct fct_error *err);
void audit_tell(struct audit *a, const char *step, const char *mailbox);

/* ---- audit_look.c: all suspend ---- */

/* Signs in, or finds out that the account's connection must do. Nothing for an account without a server. */
int audit_connect(struct audit *a, struct fct_error *err);
void audit_disconnect(struct audit *a, const struct fct_error *err);
/* Runs fn on the session. If it fails the session is over. */
typedef int (*audit_fn)(void *ctx, const struct fct_source *source, void *session, struct fct_error *err);
int audit_with_session(struct audit *a, audit_fn fn, void *ctx, struct fct_error *err);
/* The whole comparison: *out is the caller's. */
int audit_compare(struct audit *a, struct verify **out, struct fct_error *err);

/* ---- audit_mend.c, audit_bytes.c: all suspend ---- */

/* Mends what was found; `err` is for what makes it end early. */
int audit_mend(struct audit *a, const struct verify_report *found, struct fct_error *err);
/* The bytes of these Emails once more from the server; what it does not give stays as it is. */
int audit_fetch_bytes(struct audit *a, const int64_t *email_ids, size_t n, struct fct_error *err);

#endif
