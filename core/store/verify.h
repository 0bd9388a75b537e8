/* verify.h - what is here, for holding it against the server and against itself (sync/verify.h). Nothing is changed.
 *
 * Threads    inside store_read. Each call reads one moment and is bounded: a mailbox, or a piece of the Emails.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/buf.h"
#include "store/keywords.h"
#include "store/store.h"

/* ---- mailboxes ---- */

struct store_verify_box {
    int64_t id;
    int role; /* enum fct_role */
    char *name;
    struct buf wire_name;
    uint32_t uidvalidity; /* 0: never opened */
    uint64_t uidnext;
    uint32_t attrs;
    int64_t n_emails;
    bool waits;     /* a change of the mailbox itself waits for the server */
    bool is_hidden; /* deleted here, and still there: its messages are not compared */
};
/* Those of the account that the server is thought to have, also such as are not shown any more. */
int store_verify_boxes(struct store_tx *tx, int64_t account_id, struct store_verify_box **out, size_t *out_n,
                       struct fct_error *err);
void store_verify_boxes_free(struct store_verify_box *b, size_t n);

/* ---- one mailbox ---- */

enum store_here_kind {
    HERE_SHOWN,   /* a placement */
    HERE_DELETED, /* carries \Deleted on the server, hidden here */
    HERE_LEAVING, /* shown no more: the server shall lose it, too */
    HERE_LEFT_OUT /* nothing of it is here: the server did not give it (store/stubborn.h) */
};
struct store_here {
    uint64_t uid;
    int64_t email_id;     /* 0: HERE_DELETED, HERE_LEFT_OUT */
    uint32_t flags;       /* enum fct_flag */
    uint32_t keywords_at; /* 0: none; else one past the offset of a NUL-terminated string in `words` */
    uint32_t waits_at;    /* 0: nothing; else one past the index into `waits`: flags that the server shall be told of */
    uint8_t kind;         /* enum store_here_kind */
    bool is_broken;       /* a placement of an Email that does not exist */
};
struct store_wait {
    struct keyword_set add, remove;
};
/* A placement without a UID. */
struct store_unplaced {
    int64_t email_id;
    bool waits; /* the server shall get it; else nobody knows where it is there */
};
struct store_mailbox_here {
    struct store_here *v; /* ascends by uid; of one uid by kind */
    size_t n, cap;
    struct buf words;
    struct store_wait *waits;
    size_t n_waits;
    struct store_unplaced *unplaced;
    size_t n_unplaced;
};
int store_verify_mailbox(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_here *out,
                         struct fct_error *err);
void store_mailbox_here_done(struct store_mailbox_here *h);
const char *store_here_words(const struct store_mailbox_here *h, size_t i); /* NULL: none */
/* Whether another Email of the same bytes is in the mailbox, too. */
int store_verify_is_double(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, bool *out, struct fct_error *err);

/* ---- the Emails themselves ---- */

enum store_email_fault {
    FAULT_BYTES = 1,    /* not where they should be, or not the ones that they should be */
    FAULT_NOWHERE = 2,  /* in no mailbox */
    FAULT_KEYWORDS = 4, /* not those of its placements */
    FAULT_ENVELOPE = 8, /* there is none */
    FAULT_INDEX = 16    /* search does not know it */
};
/* Looks at up to `max` Emails of the account with ids beyond `after`, and tells of those with faults (bits). `whole`:
 * their bytes are read and hashed, and the piece ends with about VERIFY_PIECE_BYTES of them; else only where they begin
 * and end. *out_n were looked at, up to *out_last; fewer than `max` does not mean that it was the last piece, none
 * does. */
#define VERIFY_PIECE_BYTES (8u << 20)
int store_verify_emails(struct store_tx *tx, int64_t account_id, int64_t after, size_t max, bool whole,
                        void (*found)(void *ctx, int64_t email_id, unsigned faults), void *ctx, int64_t *out_last,
                        size_t *out_n, struct fct_error *err);

/* What is left of Emails that are not there: envelopes of the profile, up to `max` of them beyond the id *io_last,
 * which is moved on; *out_n were looked at. */
int store_verify_remains(struct store_tx *tx, size_t max, void (*found)(void *ctx, int64_t email_id), void *ctx,
                         int64_t *io_last, size_t *out_n, struct fct_error *err);

#endif
