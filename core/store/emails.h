/* emails.h - Emails and their placements: taking new ones in, reading them, changing them, destroying them.
 *
 * An Email is one message of one account; a placement is its presence in one mailbox (UID, flags). An Email's keywords
 * and mailboxIds are derived from its placements (store/keywords.h has the rule). Each function that changes something
 * bumps the states it touches and keeps the mailbox counters right. In an account with a server the change is written to the
 * journal of pending changes too (store/pending.h), in the same transaction.
 */
#ifndef STORE_EMAILS_H
#define STORE_EMAILS_H

#include "mime/mime.h"
#include "store/blobs.h"
#include "store/store.h"

/* STORE_PARTIAL: only the header is here; it is the Email's blob (decision 13). */
enum store_email_bit { STORE_HAS_ATTACHMENT = 1, STORE_DEGRADED = 2, STORE_PARTIAL = 4 };

/* ---- taking in ------------------------------------------------------------------------------------------- */

struct store_arrival {
    int64_t mailbox_id;
    uint64_t uid;               /* 0: local, or an import that the server shall get */
    const char *remote_id;      /* POP3 UIDL, or NULL */
    const char *email_remote_id; /* the server's own id for the message (RFC 8474 EMAILID, X-GM-MSGID), or NULL */
    int64_t received_at;        /* seconds; kept within 1 .. 2^40 */
    struct fct_flags flags;
    struct blob_stage *blob;    /* borrowed */
    bool is_new;                /* it is new mail, and not only new here: rules are asked about it (store/rules.h) */
    bool is_asked_for;          /* somebody wants to read it: if that completes an Email, its body stays for a while */
    uint64_t partial_size;      /* not 0: the blob is the header only, and this the size of the message as the server says */
    const struct mime_summary *summary; /* borrowed; fts_* hold tokens_join output */
    /* out */
    int64_t email_id;           /* 0: carries \Deleted, kept but not shown (RFC 8621 section 4.1.1) */
    bool was_known;             /* the message was in the account already: a placement was added, or found again */
    bool was_placed;            /* this UID was in the mailbox already: nothing changed, but for was_completed */
    bool was_completed;         /* ... and its Email, of which only the header was here, is whole now */
};
/* Takes in many at once, all of one account: blobs, Emails, threads, index, placements, counters. A message of the account
 * with the same bytes and no placement in that mailbox gets one more placement; the same bytes twice in one mailbox are two
 * Emails. Reorders nothing of the caller's; inside it works by ascending date, as ids and the index want it.
 * A placement whose UID was forgotten (store_mailbox_forget_uids) takes the new UID. Writer; not while a statement reads. */
int store_emails_arrive(struct store_tx *tx, int64_t account_id, struct store_arrival *arrivals, size_t n, struct fct_error *err);

/* ---- reading --------------------------------------------------------------------------------------------- */

struct store_email {
    int64_t id, account_id, thread_id, blob_id;
    unsigned char sha256[32];
    int64_t received_at, size;
    int64_t sent_at;
    bool has_sent_at;
    int32_t sent_zone;
    uint32_t flags;             /* enum fct_flag */
    unsigned bits;              /* enum store_email_bit */
    int64_t snoozed_until;      /* 0: it is not snoozed (store/snoozes.h) */
    int64_t snoozed_to;         /* the mailbox where it comes back, 0: the inbox */
    char *keywords;             /* the others, sorted, separated by one space; NULL: none */
    int64_t *mailbox_ids;       /* ascending */
    size_t n_mailboxes;
    bool has_envelope;          /* the rest was asked for */
    char *subject;              /* NULL: none */
    char *sender_json, *from_json, *to_json, *cc_json, *bcc_json, *reply_to_json; /* EmailAddress[] or NULL */
    char *message_id, *in_reply_to, *references; /* ids separated by one space, or NULL */
    char *preview, *list_id;
};
/* FCT_E_NOT_FOUND. */
int store_email_load(struct store_tx *tx, int64_t id, bool with_envelope, struct store_email *out, struct fct_error *err);
void store_email_done(struct store_email *e);
/* An Email of the account with these bytes; 0: there is none. */
int store_email_by_blob(struct store_tx *tx, int64_t account_id, const unsigned char sha256[32], int64_t *out, struct fct_error *err);
/* All of them, of an account (-1: of all that are seen). *out is freed by the caller. */
int store_emails_by_blob(struct store_tx *tx, int64_t account_id, const unsigned char sha256[32], int64_t **out, size_t *out_n,
                         struct fct_error *err);
/* The one Email of the account with this Message-ID (without <>); 0: there is none, or more than one. */
int store_email_by_message_id(struct store_tx *tx, int64_t account_id, const char *message_id, int64_t *out, struct fct_error *err);
/* Emails of a thread by receivedAt, oldest first. *out is freed by the caller. */
int store_thread_emails(struct store_tx *tx, int64_t thread_id, int64_t **out, size_t *out_n, struct fct_error *err);
/* Up to `max` threads of an account, oldest first. *out is freed by the caller. */
int store_threads_some(struct store_tx *tx, int64_t account_id, size_t max, int64_t **out, size_t *out_n, struct fct_error *err);
/* account of a thread; FCT_E_NOT_FOUND */
int store_thread_account(struct store_tx *tx, int64_t thread_id, int64_t *out, struct fct_error *err);
/* Where an Email is on the server. */
struct store_placement {
    int64_t mailbox_id;
    uint64_t uid;               /* 0: none */
    uint32_t flags;
    char *keywords, *remote_id; /* or NULL */
};
int store_email_placements(struct store_tx *tx, int64_t id, struct store_placement **out, size_t *out_n, struct fct_error *err);
void store_placements_free(struct store_placement *p, size_t n);

/* ---- changing: what users do ------------------------------------------------------------------------------ */

/* Adds and removes keywords on all placements of an Email. Journals what the server must be told. */
int store_email_set_flags(struct store_tx *tx, int64_t id, const struct fct_flags *add, const struct fct_flags *remove,
                          struct fct_error *err);
/* Replaces the mailboxes of an Email (all of its account, at least one). */
int store_email_set_mailboxes(struct store_tx *tx, int64_t id, const int64_t *mailbox_ids, size_t n, struct fct_error *err);
/* Destroys for good: placements, Email, thread if it was the last, blob if nothing else refers to it. */
int store_email_destroy(struct store_tx *tx, int64_t id, struct fct_error *err);
/* An Email of one's own making or an import. */
int store_email_create(struct store_tx *tx, int64_t account_id, struct store_arrival *a, const int64_t *mailbox_ids, size_t n,
                       struct fct_error *err);

/* ---- changing: what the server says ------------------------------------------------------------------------ */

/* A listing of UIDs and flags, for comparing: ascending UIDs. */
struct store_uid_flags {
    uint64_t uid;
    int64_t email_id;           /* 0: carries \Deleted, not shown */
    uint32_t flags;
    uint32_t has_keywords;
};
int store_mailbox_uids(struct store_tx *tx, int64_t mailbox_id, struct store_uid_flags **out, size_t *out_n, struct fct_error *err);
/* Of these those from `first` to `last`. */
int store_mailbox_uids_between(struct store_tx *tx, int64_t mailbox_id, uint64_t first, uint64_t last, struct store_uid_flags **out,
                               size_t *out_n, struct fct_error *err);
/* How many it lists, and the highest UID (0: none), without listing them. */
int store_mailbox_uid_count(struct store_tx *tx, int64_t mailbox_id, uint64_t *out_n, uint64_t *out_last, struct fct_error *err);
/* The server's flags of a message; pending local changes stay applied on top. A message that gets \Deleted disappears (its
 * Email is destroyed when it was the last placement); one that loses it comes back, as a new Email if need be. A UID that is
 * not here: nothing happens. *out_changed may be NULL. */
int store_placement_server_flags(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, const struct fct_flags *flags,
                                 bool *out_changed, struct fct_error *err);
/* The same for many of one mailbox: counters are written once. A mailbox that is not there (any more): nothing happens.
 * `may_hide` false: what is shown and gets \Deleted is left as it is, and has is_put_off set.
 * *out_changed: whether any flags changed; may be NULL. */
struct store_told_flags {
    uint64_t uid;
    struct fct_flags flags;
    bool is_put_off; /* out */
    bool is_unknown; /* out: no message of the mailbox has this UID */
};
int store_placements_server_flags(struct store_tx *tx, int64_t mailbox_id, struct store_told_flags *v, size_t n, bool may_hide,
                                  bool *out_changed, struct fct_error *err);
/* These UIDs are gone from the mailbox; an Email without any placement left is destroyed. */
int store_placements_vanished(struct store_tx *tx, int64_t mailbox_id, const struct fct_uid_range *r, size_t n, size_t *out_n,
                              struct fct_error *err);

/* After store_mailbox_forget_uids: this Email of the mailbox has this UID now. FCT_E_NOT_FOUND when it is not there or has a UID
 * already, FCT_E_EXISTS when another has this one. */
int store_placement_relink(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, uint64_t uid, struct fct_error *err);
/* And those that found no UID again are gone, as if they had vanished: up to `max` of them, *out_n went. (Placements that the
 * server shall get are not among them.) */
int store_placements_drop_unlinked(struct store_tx *tx, int64_t mailbox_id, size_t max, size_t *out_n, struct fct_error *err);

/* ---- changes since ------------------------------------------------------------------------------------------ */

/* For /changes: ids created, updated, destroyed after `since`, at most max in all, in order of modseq (0: no limit). Cut
 * anywhere, the rest follows from new_modseq: an object is `created` at the place of its creation and, if it changed
 * after the cut, `updated` in a later piece.
 * FCT_E_CANNOT_CALCULATE when `since` is older than the oldest kept state or lies in the future.
 * account_id -1: all accounts. For mailboxes `only_counts` tells whether nothing but counters changed. */
struct store_changes {
    int64_t *created, *updated, *destroyed;
    size_t n_created, n_updated, n_destroyed;
    int64_t new_modseq;
    bool has_more, only_counts;
};
int store_changes_since(struct store_tx *tx, int64_t account_id, enum store_type type, int64_t since, size_t max,
                        struct store_changes *out, struct fct_error *err);
/* Of mailboxes, when `since` is the end of a piece: `seen` is where the first of the pieces began. A mailbox that changed in more than
 * its counters before the cut, and in its counters after it, comes in the later piece only, which must not say that its counters are
 * all that changed. */
int store_mailbox_changes_since(struct store_tx *tx, int64_t account_id, int64_t since, int64_t seen, size_t max,
                                struct store_changes *out, struct fct_error *err);
void store_changes_done(struct store_changes *c);
/* Forgets what was destroyed before `before` (seconds; callers keep 30 days): older states cannot be calculated any more. At
 * most `max` at once; *out_n of them went. Writer. */
int store_tombstones_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);

#endif
