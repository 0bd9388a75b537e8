/* correspondents.h - whom one writes to and hears from: for completion while an address is typed.
 *
 * Each Email counts for the addresses that it went to (one's own messages: To, Cc, Bcc) or came from (all others: the
 * first of From), once it is in a mailbox where that means something: never in Junk, nor while it is a draft. What one
 * wrote counts most, then what people answered, then the rest; lists and addresses that say of themselves that nobody
 * reads them (noreply@) hardly anything. Each message counts half after CORRESPONDENT_HALF_LIFE: as all fade at the
 * same rate, the order of two weights does not depend on the time when they are compared, and an index has it. A
 * message that says it is of the future (CORRESPONDENT_AHEAD_MAX) says nothing of when somebody wrote: it counts as one
 * of long ago. Otherwise it would be the newest until then, and anew each time that it is counted.
 *
 * It is kept by differences, as the counters are (store/counters.h), and flushed with them. What an Email counts as
 * stands in email.bits, so that it can be taken out again exactly. Where that changes for many (a mailbox gets a role,
 * an account an identity) the account's mail is counted from the beginning while the writer is idle, newest first:
 * until the turn comes to an Email it does not count, whatever becomes of it.
 *
 * Threads    the writer, but for store_correspondents_suggest: any.
 */
#ifndef STORE_CORRESPONDENTS_H
#define STORE_CORRESPONDENTS_H

#include "base/cleanup.h"
#include "mime/mime.h"
#include "store/counters.h"

#define CORRESPONDENT_HALF_LIFE INT64_C(7776000) /* 90 days, in seconds */
#define CORRESPONDENT_TO_MAX 100                 /* addresses of one message that count */
#define CORRESPONDENT_NAME_MAX 200               /* bytes; longer names are left out */
#define CORRESPONDENT_ADDRESS_MAX 254            /* bytes (RFC 5321 section 4.5.3.1.3); longer addresses are left out */
#define CORRESPONDENT_WORDS_MAX 24               /* of one address by which it is found */

/* email.bits: From is one of the account's identities; what it counts as; and that it does so without a date, as it was
 * dated in the future when it came. */
enum {
    EMAIL_IS_OWN = 8,
    EMAIL_COUNTS_RECEIVED = 16,
    EMAIL_COUNTS_SENT = 32,
    EMAIL_COUNTS_UNDATED = 64,
    EMAIL_COUNT_BITS = 120
};
#define CORRESPONDENT_AHEAD_MAX INT64_C(86400)        /* seconds that a date may be in the future: clocks differ */
#define CORRESPONDENT_UNDATED_AT INT64_C(1577836800) /* 2020: when one counts as of that has no date */

/* ---- what happens to Emails: internal to core/store; the caller flushes the counters ---- */

/* Flags that change what an Email counts as. */
#define CORRESPONDENT_FLAGS (FCT_FLAG_DRAFT | FCT_FLAG_JUNK)
/* A new one, in these mailboxes: the bits and the from_hash (NULL: none) that its row is to have. */
struct correspondents_row {
    int bits;
    bool has_from;
    int64_t from_hash;
};
int correspondents_fresh(struct counters *c, int64_t email_id, const struct mime_summary *s, int64_t received_at,
                         uint32_t flags, const int64_t *mailbox_ids, size_t n, struct correspondents_row *out,
                         struct fct_error *err);
/* It is in these mailboxes now, with these flags. */
int correspondents_placed(struct counters *c, int64_t email_id, uint32_t flags, const int64_t *mailbox_ids, size_t n,
                          struct fct_error *err);
/* Its rows are about to go. */
int correspondents_gone(struct counters *c, int64_t email_id, struct fct_error *err);
/* Its envelope or its id is about to be another, and is. */
int correspondents_before(struct counters *c, int64_t email_id, struct fct_error *err);
int correspondents_after(struct counters *c, int64_t email_id, struct fct_error *err);
/* counters_flush and counters_done call these. */
int correspondents_flush(struct counters *c, struct fct_error *err);
void correspondents_free(struct correspondents *p);

/* The mailboxes whose roles decide what an Email counts as. */
struct correspondents_roles {
    int64_t sent, junk, drafts; /* 0: none */
};
int correspondents_roles_load(struct store_tx *tx, int64_t account_id, struct correspondents_roles *out,
                              struct fct_error *err);
/* What they were before a change: the mail is counted from the beginning if they are others now. */
int correspondents_roles_check(struct store_tx *tx, int64_t account_id, const struct correspondents_roles *before,
                               struct fct_error *err);
/* The account's mail (-1: that of all) is counted from the beginning, soon. */
int correspondents_recount(struct store_tx *tx, int64_t account_id, struct fct_error *err);
/* The next `max` Emails of those that are to be counted. *out_more false: there are no more. */
int correspondents_catch_up(struct store_tx *tx, size_t max, bool *out_more, struct fct_error *err);
/* The account goes, and all that is left of its mail. */
int correspondents_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err);

/* ---- completion ---- */

struct store_suggestion {
    char *address; /* in lower case */
    char *email, *name;
    int64_t n_sent, n_received; /* messages to it, and from it */
    int64_t last_at;            /* seconds */
    double score;               /* a message to it that was sent at `now` counts 1 */
    int64_t named_at;
};
#define SUGGESTIONS_MAX 50
/* The addresses of the account (-1: of all that are seen, each address once) whose name or address has, for each word
 * of `text`, a word that begins with it; case and diacritics do not matter. No word at all in an empty text: all. Best
 * first, at most `max` (<= SUGGESTIONS_MAX). `exclude`: n_exclude addresses that are not wanted, in any case. *out is
 * freed by the caller. */
int store_correspondents_suggest(struct store_tx *tx, int64_t account_id, const char *text, const char *const *exclude,
                                 size_t n_exclude, size_t max, int64_t now, struct store_suggestion **out,
                                 size_t *out_n, struct fct_error *err);
void store_suggestions_free(struct store_suggestion *v, size_t n);

#endif
