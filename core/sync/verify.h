/* verify.h - store and server compared completely. Nothing is changed, neither here nor there.
 *
 *   struct verify *v = verify_new(store, account_id);
 *   verify_list(v, source, session, err)              the mailboxes of both sides
 *   verify_look(v, i, source, session, err)           each mailbox: every UID with its flags, for i < verify_n(v)
 *   if (verify_in_doubt(v)) { wait a little; verify_list(); verify_look(v, i, ...) of those with verify_doubts(v, i) }
 *   verify_emails(), verify_remains(), verify_check_counters()    the store with itself; these need no server
 *   verify_report(v)
 *
 * Mail comes and flags change while it looks, and both sides are not seen at the same moment. So what differs is looked at
 * twice, and is reported if it differs both times. Local changes that still wait for the server are no differences: they
 * are counted as waiting.
 *
 * Memory     some 50 bytes a message of the largest mailbox, 24 bytes a difference; text of VERIFY_LIST_MAX differences.
 * Ownership  source and session stay the caller's; no call keeps them.
 * Threads    loop thread, one fiber; everything with an `err` suspends.
 * Errors     those of store and source. A refusal of the server that concerns one mailbox is a difference. After any other
 *            error the session can only be closed, as facteur/plugin.h says at struct fct_source.
 */
#ifndef SYNC_VERIFY_H
#define SYNC_VERIFY_H

#include "store/verify.h"
#include "sync/listing.h"

#define VERIFY_LIST_MAX 1000

enum verify_type {
    VERIFY_MAILBOX_NOT_HERE,
    VERIFY_MAILBOX_NOT_THERE,
    VERIFY_MAILBOX_RENUMBERED, /* another UIDVALIDITY: its messages are not compared */
    VERIFY_MAILBOX_REFUSED,    /* the server does not let it be looked at */
    VERIFY_EMAIL_NOT_HERE,
    VERIFY_EMAIL_LEFT_OUT,     /* not here: the server did not give it, again and again (store/stubborn.h) */
    VERIFY_EMAIL_NOT_THERE,
    VERIFY_EMAIL_TWICE,        /* not there, and another Email of the same bytes is in the mailbox */
    VERIFY_FLAGS,
    VERIFY_PLACE_BROKEN,       /* a placement of an Email that does not exist */
    VERIFY_EMAIL_NOWHERE,      /* an Email in no mailbox */
    VERIFY_BYTES,
    VERIFY_KEYWORDS,           /* of the Email, against its placements */
    VERIFY_ENVELOPE,
    VERIFY_INDEX,
    VERIFY_REMAINS, /* rows of an Email that is not there */
    VERIFY_COUNTERS,
    VERIFY_N_TYPES
};
const char *verify_type_name(enum verify_type t); /* as in the API: "emailNotHere" */

struct verify_difference {
    enum verify_type type;
    int64_t mailbox_id; /* 0: none */
    uint64_t uid;       /* 0: none */
    int64_t email_id;   /* 0: none */
    bool is_news;       /* it came after the last sync, which would have seen it */
    char *here, *there; /* what each side has, or NULL */
    char *text;         /* for people; perhaps with names that are no valid UTF-8 */
};

/* What a repair has to do; kept whole. */
struct verify_ids {
    int64_t *v;
    size_t n, cap;
};
struct verify_report {
    struct verify_difference *list; /* the first VERIFY_LIST_MAX */
    size_t n;
    uint64_t found, counts[VERIFY_N_TYPES]; /* all */
    uint64_t mailboxes;                     /* that were compared */
    uint64_t here, there;                   /* messages in these */
    uint64_t waiting;                       /* local changes of these that the server has not got yet */
    uint64_t emails;                        /* looked at in the store */
    struct verify_ids to_visit;             /* mailboxes to bring in step anew */
    struct verify_ids broken;               /* pairs: mailbox, Email */
    struct verify_ids remains;              /* ids of Emails that are not there */
    struct verify_ids faulty;               /* pairs: Email, enum store_email_fault */
};

struct verify;
struct fct_source;

struct verify *verify_new(struct store *st, int64_t account_id);
void verify_free(struct verify *v);
DEFINE_FREEP(struct verify *, verify_free);

int verify_list(struct verify *v, const struct fct_source *source, void *session, struct fct_error *err);
size_t verify_n(const struct verify *v);
/* The name of a mailbox, and how many messages it has here. */
const char *verify_mailbox(const struct verify *v, size_t i, int64_t *out_n);
int verify_look(struct verify *v, size_t i, const struct fct_source *source, void *session, struct fct_error *err);
bool verify_in_doubt(const struct verify *v);
bool verify_doubts(const struct verify *v, size_t i);
/* What the listing of mailboxes showed is now part of the report. */
void verify_settle_list(struct verify *v);
/* Instead of these three, for a maildrop: what waits there against what was picked up. A message without a UIDL that can be used is
 * counted only. */
int verify_maildrop(struct verify *v, const struct fct_source *source, void *session, struct fct_error *err);
/* A piece of the Emails; *out_more: there are others. `whole`: their bytes are read and hashed. */
int verify_emails(struct verify *v, bool whole, bool *out_more, struct fct_error *err);
/* A piece of what the profile keeps of Emails, whether they are there; *out_more: there is more. */
int verify_remains(struct verify *v, bool *out_more, struct fct_error *err);
int verify_check_counters(struct verify *v, struct fct_error *err);
/* The report so far; freed with `v`. */
const struct verify_report *verify_result(const struct verify *v);

/* ---- verify_compare.c: one mailbox, pure ---- */

/* 24 bytes, so that a mailbox of which everything differs can be held. */
struct verify_diff {
    uint64_t uid;
    int64_t email_id;
    uint32_t type; /* enum verify_type */
    uint32_t at;   /* VERIFY_FLAGS: the position in the listing */
};
struct verify_diffs {
    struct verify_diff *v; /* in ascending order of (uid, type, email_id) */
    size_t n, cap;
    uint64_t waiting;
};
void verify_diffs_done(struct verify_diffs *d);
/* `there` is sorted (listing_sort). */
void verify_compare(const struct listing *there, const struct store_mailbox_here *here, struct verify_diffs *out);
/* Keeps of `d` what is in `other` too. */
void verify_intersect(struct verify_diffs *d, const struct verify_diffs *other);
/* "$seen work"; "" without any. Freed by the caller. */
char *verify_flags_text(uint32_t bits, const char *words);

#endif
