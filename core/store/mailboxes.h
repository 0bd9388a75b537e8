/* mailboxes.h - mailboxes: the tree, roles, counters, and what is known of the server's side. */
#ifndef STORE_MAILBOXES_H
#define STORE_MAILBOXES_H

#include "store/store.h"

#define MAILBOX_NAME_MAX 255     /* bytes of one level, RFC 8621 section 2 asks for at least 255 octets */
#define MAILBOX_DEPTH_MAX 32

struct store_mailbox {
    int64_t id, account_id;
    int64_t parent_id;          /* 0: top */
    char *name;
    int role;                   /* enum fct_role */
    int sort_order;
    bool is_subscribed, is_complete;
    bool is_local;              /* no server keeps it: its account has none, or one where mail is only picked up */
    uint32_t attrs;             /* enum fct_mailbox_attr */
    int64_t total_emails, unread_emails, total_threads, unread_threads;
    struct buf wire_name;
    uint32_t uidvalidity;
    uint64_t uidnext, highest_modseq;
    int64_t remote_messages;
    bool is_gone;               /* the server does not list it any more: it goes when the others were visited */
    bool is_hidden;             /* deleted here, and not yet on the server */
    int color;                  /* enum mailbox_color (store/mailbox_colors.h); 0: none */
    char *keep;                 /* how much of it is kept here (store/keep.h), JSON; NULL: as the account says */
};
/* A level of names that the server does not list: nothing can be done to it alone. */
static inline bool store_mailbox_is_level(const struct store_mailbox *m)
{
    return !m->is_local && m->wire_name.n == 0 && (m->attrs & FCT_MB_NOSELECT);
}
/* FCT_E_NOT_FOUND. A hidden one is found by the second only: that is for the sync engine. */
int store_mailbox_load(struct store_tx *tx, int64_t id, struct store_mailbox *out, struct fct_error *err);
int store_mailbox_load_any(struct store_tx *tx, int64_t id, struct store_mailbox *out, struct fct_error *err);
/* All of an account (-1: of all accounts) but the hidden ones, parents before children, then by role, sort order and name. */
int store_mailboxes_load(struct store_tx *tx, int64_t account_id, struct store_mailbox **out, size_t *out_n, struct fct_error *err);
void store_mailbox_done(struct store_mailbox *m);
void store_mailboxes_free(struct store_mailbox *m, size_t n);
/* 0: the account has none with that role. */
int store_mailbox_by_role(struct store_tx *tx, int64_t account_id, int role, int64_t *out, struct fct_error *err);
/* "inbox", "archive"... as in JMAP; NULL for none. And back: -1 unknown. */
const char *role_name(int role);
int role_from_name(const char *name);

/* What users do (Mailbox/set). Invalid values: FCT_E_INVALID, with the property's name first in the message ("name: ...").
 * FCT_E_EXISTS: a sibling has that name. In an account with a server it is shown at once and noted in the journal, which the sync engine
 * works off (store/mailbox_wishes.h). Where such a server keeps every mailbox below the inbox, what shall be at the top comes there, too. */
int store_mailbox_create(struct store_tx *tx, int64_t account_id, int64_t parent_id, const char *name, int role, int sort_order,
                         bool is_subscribed, int64_t *out_id, struct fct_error *err);
struct store_mailbox_patch {
    const char *name;           /* NULL: unchanged */
    const int64_t *parent_id;   /* NULL: unchanged; 0: top */
    const int *role, *sort_order;
    const bool *is_subscribed;
};
int store_mailbox_update(struct store_tx *tx, int64_t id, const struct store_mailbox_patch *p, struct fct_error *err);
/* FCT_E_MAILBOX_HAS_CHILD; FCT_E_MAILBOX_HAS_EMAIL unless remove_emails (then Emails without another mailbox are destroyed). */
int store_mailbox_destroy(struct store_tx *tx, int64_t id, bool remove_emails, struct fct_error *err);
/* Takes up to `max` Emails out of a mailbox that shall be destroyed, in the same way: many of them would keep the writer busy for
 * seconds. *out_n of them went. Refuses as store_mailbox_destroy does, but does not look for children. */
int store_mailbox_empty_some(struct store_tx *tx, int64_t id, size_t max, size_t *out_n, struct fct_error *err);
/* In an account with a server: what was begun so and not ended, since the program ended. One step, of at most `max` Emails; returns 1
 * when there may be more. */
int store_mailboxes_finish_destroying(struct store_tx *tx, int64_t account_id, size_t max, struct fct_error *err);

/* What the server says. Brings the tree of an account in line with a complete listing: creates, renames. What waits to be told
 * to the server stays as it is shown, but where that cannot be (a notice tells). A mailbox that is not listed any more is marked as gone
 * and stays until store_mailboxes_retire: it may be found again under another name. */
struct store_remote_mailbox {
    const char *name;           /* full, UTF-8 */
    uint32_t delimiter;
    struct fct_bytes wire_name;
    const char *mailbox_id;     /* RFC 8474, or NULL */
    uint32_t attrs;
    int role;
    uint32_t uidvalidity;       /* its status, 0, 0, -1: unknown */
    uint64_t uidnext;
    int64_t messages;
    int64_t id;                 /* out */
};
int store_mailboxes_listed(struct store_tx *tx, int64_t account_id, struct store_remote_mailbox *list, size_t n, struct fct_error *err);
/* Whether store_mailboxes_listed would write nothing; then, too, each gets its id. A reader will do: what is proportional to the
 * number of mailboxes, of which most listings change none, need not keep the writer. */
int store_mailboxes_are_listed(struct store_tx *tx, int64_t account_id, struct store_remote_mailbox *list, size_t n, bool *out,
                               struct fct_error *err);
/* What is not listed any more, in comparison with all that the server had. On a reader, or the writer. */
struct store_missing {
    size_t gone, with_mail, gone_with_mail; /* mailboxes; of those with mail and without */
    int64_t newest;                         /* since when the last of `gone` has been missing, seconds; 0: none is */
};
int store_mailboxes_missing(struct store_tx *tx, int64_t account_id, struct store_missing *out, struct fct_error *err);
/* Tells the user of it, unless it was told already. */
int store_mailboxes_missing_tell(struct store_tx *tx, int64_t account_id, const struct store_missing *m, int64_t wait_s, struct fct_error *err);
/* Mailboxes that are gone go, with what the server had in them; at most `max` messages at once. What somebody put into them here
 * meanwhile is kept: then they are to be made again, and *out_n_made grows. Returns 1 when there is more to be done. */
int store_mailboxes_retire(struct store_tx *tx, int64_t account_id, size_t max, size_t *out_n_made, struct fct_error *err);
/* After a mailbox was brought up to date. */
int store_mailbox_synced(struct store_tx *tx, int64_t id, const struct fct_mailbox_status *status, bool complete, struct fct_error *err);
/* Not every message of the last status is here any more: the next visit lists all of them. */
int store_mailbox_incomplete(struct store_tx *tx, int64_t id, struct fct_error *err);
/* UIDVALIDITY changed: every UID of the mailbox is forgotten (placements get uid NULL and are relinked or dropped by the sync). */
int store_mailbox_forget_uids(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Before it, so that it has little to do: `max` placements lose their UID; *out_n did. The mailbox keeps its UIDVALIDITY meanwhile. */
int store_mailbox_forget_some_uids(struct store_tx *tx, int64_t id, size_t max, size_t *out_n, struct fct_error *err);

#endif
