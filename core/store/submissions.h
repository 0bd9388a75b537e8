/* submissions.h - messages on their way out (RFC 8621 section 7), and how far each has come.
 *
 *   held --- its time comes ---> queued --- before the final dot ---> sending ---> sent
 *     \---- canceled <----/       ^  \---> failed                       |  \-----> queued (the server said: later), failed
 *                                 |                                     |
 *                                 \---- the user says so ---- uncertain <- no answer came, or the program ended
 *
 * One that needs confirmation is held, and no time is its: what a program wrote, a person looks at before it goes.
 *
 * A submission is `sending` from the moment, durably, at which the server may have taken the message, to the answer. Until
 * then it can be taken back, and is sent again after a failure; after it, it never is without somebody's word. The message's
 * bytes are kept for it, whatever becomes of the Email.
 *
 * To a server that is quick, many are `sending` in one transaction (reserved), so that the disk is waited for once for all of them. Which of
 * those the server may have, somebody else remembers until each has ended (outbox/marks.h): who reserved them is a number, and who
 * recovers asks by it.
 *
 * As long as it is not settled nothing of its Email is uploaded (store/transfers.h): the copy in Sent is made when the
 * message has left. One that failed is a draft again.
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_SUBMISSIONS_H
#define STORE_SUBMISSIONS_H

#include "base/cleanup.h"
#include "store/store.h"

#define SUBMISSION_RECIPIENTS_MAX 1000
#define SUBMISSIONS_OPEN_MAX 10000              /* of one account, that are not settled */
#define SUBMISSIONS_UNCONFIRMED_MAX 1000        /* of these, that need confirmation */
#define SUBMISSION_KEPT_SECONDS (30 * 86400)    /* after it has ended */
#define SUBMISSION_PAUSE_MAX_SECONDS 3600       /* between two tries */
#define SUBMISSION_NO_TIME INT64_C(253402300799) /* next_try_at of one that needs confirmation: the end of the year 9999 */

/* Numbers are stored, and known to the indexes. */
enum store_submission_state {
    SUBMISSION_HELD = 1,
    SUBMISSION_QUEUED = 2,
    SUBMISSION_SENDING = 3,
    SUBMISSION_UNCERTAIN = 4,
    SUBMISSION_SENT = 5,
    SUBMISSION_FAILED = 6,
    SUBMISSION_CANCELED = 7
};
/* "held"... And back: 0 for none. */
const char *store_submission_state_name(int state);
int store_submission_state_from_name(const char *name);

enum store_recipient_state {
    RECIPIENT_WAITING = 0,
    RECIPIENT_ACCEPTED = 1,  /* the server has taken the message for them */
    RECIPIENT_REFUSED = 2,   /* for good */
    RECIPIENT_ON_THE_WAY = 3 /* accepted, and the message with its end is on the wire */
};

/* What was heard of it since (RFC 8621 section 7, `delivered`). */
enum store_delivered {
    DELIVERED_UNKNOWN = 0,
    DELIVERED_DELAYED = 1, /* a server keeps trying */
    DELIVERED_YES = 2,
    DELIVERED_NO = 3
};
struct store_recipient {
    char *address;
    char *parameters; /* JSON object or NULL */
    int state;
    char *reply;      /* or NULL */
    int delivered;    /* enum store_delivered, of one who was accepted */
    bool is_displayed; /* a receipt says so */
};
/* A message that spoke of it. */
enum store_report_kind { REPORT_DSN = 1, REPORT_MDN = 2 };
struct store_report {
    int64_t blob_id;
    unsigned char sha256[32];
    int kind;
};
#define SUBMISSION_REPORTS_MAX 100 /* of one submission; what more come change nothing that is told */
struct store_submission {
    int64_t id, account_id, identity_id, email_id, thread_id, blob_id;
    int state;
    char *sender, *sender_parameters; /* parameters: JSON object or NULL */
    int64_t created_at, send_at, next_try_at, ended_at; /* seconds; ended_at 0: not yet */
    int tries;
    bool needs_confirmation;          /* held until somebody who may send says so (store_submission_confirm) */
    bool is_report;                   /* not the Email is sent, but a message about it: a receipt, an absence note */
    bool is_returned;                 /* it failed, and its Email was moved from Sent back to Drafts */
    int64_t reserved_by;              /* 0: nobody */
    char *last_error;                 /* JSON or NULL */
    char *message_id;                 /* only to create one: of the message of blob_id, borrowed */
    char *envid;                      /* how the transaction is called (RFC 3461 section 4.4) */
    struct store_recipient *recipients;
    size_t n_recipients;
    struct store_report *reports;     /* by blob */
    size_t n_reports;
};
/* FCT_E_NOT_FOUND. */
int store_submission_load(struct store_tx *tx, int64_t id, struct store_submission *out, struct fct_error *err);
void store_submission_done(struct store_submission *s);
/* Whether it can be taken back. */
bool store_submission_is_pending(const struct store_submission *s);

/* A row of all there are, for queries: without recipients. */
struct store_submission_row {
    int64_t id, account_id, identity_id, email_id, thread_id, created_at, send_at;
    int state;
    bool is_pending;
};
/* Those of an account (-1: of all), oldest first. *out is freed by the caller. */
int store_submissions_list(struct store_tx *tx, int64_t account_id, struct store_submission_row **out, size_t *out_n, struct fct_error *err);

/* How many of an account have not gone out: held and queued. */
int store_submissions_waiting(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err);

/* A new one: ids of account, identity and Email, sender, recipients (addresses and parameters), send_at are given, the rest is
 * found. With blob_id another message is sent than that of the Email (a receipt for it), and its message_id is given. FCT_E_NOT_FOUND: the Email; FCT_E_UNAVAILABLE: only its header is here; FCT_E_LIMIT. */
int store_submission_create(struct store_tx *tx, const struct store_submission *s, int64_t now, int64_t *out_id, struct fct_error *err);
/* The record goes; FCT_E_FORBIDDEN while it is not settled. */
int store_submission_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);

/* ---- what users decide ---- */

/* FCT_E_FORBIDDEN: it is too late. */
int store_submission_cancel(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err);
/* One that was held for it goes when its time comes, or now. FCT_E_FORBIDDEN: it is over. Nothing where it is confirmed already. */
int store_submission_confirm(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err);
/* Of one that failed, or is uncertain: SUBMISSION_QUEUED sends it (again); of one that waits, QUEUED means now. Of one that is uncertain:
 * SUBMISSION_SENT and SUBMISSION_FAILED, as the user has found out. FCT_E_FORBIDDEN for anything else. */
int store_submission_decide(struct store_tx *tx, int64_t id, int state, int64_t now, struct fct_error *err);

/* ---- what the outbox does ---- */

/* What became of one that was reserved: enum fct_fate. FCT_FATE_UNKNOWN, too, when the marks are not there any more. */
typedef uint32_t (*store_mark_fn)(void *ctx, int64_t reserved_by, int64_t id);
struct store_recovery {
    int64_t account_id, now;
    bool server_files;
    store_mark_fn fate;
    void *ctx;
    size_t n_uncertain, n_queued, n_sent; /* out */
};
/* The process began: what was on the wire when the last one ended is uncertain, unless its mark tells. */
int store_submissions_recover(struct store_tx *tx, struct store_recovery *r, struct fct_error *err);
struct store_submission_due {
    int64_t id;
    bool is_held;
};
/* Up to `max` that are due at `now`, those after `after` (an id, 0 at first) in the order of ids. When there is none, *out_next is when
 * the next one is due, 0: never. A reader will do. */
int store_submissions_due(struct store_tx *tx, int64_t account_id, int64_t now, int64_t after, size_t max, struct store_submission_due *out,
                          size_t *out_n, int64_t *out_next, struct fct_error *err);
/* It will be sent in a moment: it is `sending`, and every recipient who waits on the way. *out false: it was taken back. */
int store_submission_reserve(struct store_tx *tx, int64_t id, int64_t reserved_by, bool *out, struct fct_error *err);
/* It was not: it is queued again. */
int store_submission_unreserve(struct store_tx *tx, int64_t id, int64_t now, struct fct_error *err);
/* Its time has come: what was held is queued. */
int store_submission_release(struct store_tx *tx, int64_t id, struct fct_error *err);
/* What was said of one recipient, by its index among all. */
struct store_recipient_outcome {
    size_t index;
    uint32_t outcome; /* enum fct_outcome */
    char *reply;
};
/* The last byte goes out, and that is known to this row alone, reserved or not. FCT_E_CANCELLED: it was taken back meanwhile. */
int store_submission_commit(struct store_tx *tx, int64_t id, const struct store_recipient_outcome *o, size_t n, struct fct_error *err);

struct store_submission_end {
    int64_t id, now;
    uint32_t fate;            /* enum fct_fate */
    bool was_committed;       /* `outcomes` were written down then */
    bool is_final;            /* NOT_SENT: another try will fail, too */
    const struct store_recipient_outcome *outcomes;
    size_t n_outcomes;
    const char *reply;        /* the server's, to the message, or NULL */
    const char *error;        /* JSON, or NULL */
    int64_t next_try_at;      /* NOT_SENT and not final, or when some recipients are to be tried again */
    bool server_files;        /* SENT: the server keeps a copy in Sent by itself, so ours goes */
};
/* How a try ended. *out_state is what it is now. */
int store_submission_ended(struct store_tx *tx, const struct store_submission_end *e, int *out_state, struct fct_error *err);
/* Nothing was tried, since there is no connection: why. It stays due. */
int store_submission_put_off(struct store_tx *tx, int64_t id, const char *error, struct fct_error *err);
/* Those that are uncertain and of which the account has another message with the same Message-ID now, which came after they had been
 * submitted (the server's copy in Sent, one that came back through a list), are sent. *out_left: how many stay uncertain. */
int store_submissions_settle(struct store_tx *tx, int64_t account_id, int64_t now, bool server_files, size_t *out_n, size_t *out_left,
                             struct fct_error *err);

/* ---- for the files of the store ---- */

struct mime_report;
/* A message has come that speaks of others: those that were sent and taken, to recipients whom it names, learn of it. */
int submission_reported(struct store_tx *tx, int64_t blob_id, const struct mime_report *r, struct fct_error *err);

/* An Email has another id and Thread now. */
int submission_email_renamed(struct store_tx *tx, int64_t from, int64_t to, int64_t thread_id, struct fct_error *err);
int submissions_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err);
/* Up to `max` that ended before `before` (seconds) go. */
int store_submissions_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);

#endif
