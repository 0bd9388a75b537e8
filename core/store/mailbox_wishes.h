/* mailbox_wishes.h - the journal of mailboxes: what the server still has to be told about each.
 *
 * A wish is no command but a difference: what is shown is not what the server has. So wishes that cancel each other leave nothing, and a
 * process that was killed looks at the next listing (store_mailboxes_listed), which settles what has happened meanwhile. A mailbox
 * that was made here has no wire_name until the server has it; one that was deleted here keeps a row that nobody sees.
 *
 * The engine loads the ids of what waits, and each wish by its id when its turn comes: others may have changed it. It marks it as sent
 * before the command goes out.
 *
 *   store_mailbox_wishes_load -> for each: store_mailbox_wish_load, _sent, the command, then one of _made, _renamed, _deleted,
 *   _subscribed, _refused, _put_off
 *
 * Threads    loading: any; the rest: the writer.
 */
#ifndef STORE_MAILBOX_WISHES_H
#define STORE_MAILBOX_WISHES_H

#include "store/mailboxes.h"

/* Numbers are stored. */
enum store_mailbox_wish_kind {
    STORE_WISH_MAKE = 1,
    STORE_WISH_RENAME = 2, /* another name, another parent */
    STORE_WISH_DELETE = 4,
    STORE_WISH_SUBSCRIBE = 8, /* as is_subscribed says */
};

/* Those that wait, in an order that serves: parents before children to be made and renamed, then children before parents to be
 * deleted. */
int store_mailbox_wishes_load(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
int store_mailbox_wishes_count(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err);

struct store_mailbox_wish {
    int64_t mailbox_id, account_id;
    int what, sent;
    struct buf wire_name;   /* empty: the server does not have it yet */
    char *full_name;        /* of the same, UTF-8 */
    uint32_t delimiter;
    char *name;             /* as shown */
    int role;
    bool is_subscribed, is_shown;
    bool is_gone;           /* the server does not list it any more: store_mailboxes_retire decides what becomes of it */
    bool is_subscribed_there; /* by its present name, as far as known */
    int64_t server_parent;  /* RENAME: where the server has it now */
    /* MAKE, RENAME */
    char *target;           /* the full name that it shall have; NULL: its parent is not on the server yet */
    int64_t target_parent;
    /* DELETE */
    uint32_t seen_uidvalidity;
    uint64_t seen_uidnext;
    int64_t seen_messages;  /* -1: it cannot hold any */
    bool has_departures;    /* messages that were moved out of it and wait: it cannot go yet */
};
/* As it is now; what 0: nothing waits (any more). */
int store_mailbox_wish_load(struct store_tx *tx, int64_t mailbox_id, struct store_mailbox_wish *out, struct fct_error *err);
void store_mailbox_wish_done(struct store_mailbox_wish *w);
/* The mailbox that has this wire name on the server, but for `other_than`; 0: none that is known. */
int store_mailbox_by_wire_name(struct store_tx *tx, int64_t account_id, struct fct_bytes wire_name, int64_t other_than,
                               int64_t *out, struct fct_error *err);

/* Wire names of the mailboxes below one (on the server) to which the server has a subscription: a RENAME leaves them behind (RFC 9051
 * section 6.3.6). Adds to *out, which is {0} at first. */
struct store_wire_names {
    struct buf *v;
    size_t n;
};
int store_mailboxes_subscribed_below(struct store_tx *tx, int64_t account_id, struct fct_bytes wire_name, uint32_t delimiter,
                                     struct store_wire_names *out, struct fct_error *err);
void store_wire_names_done(struct store_wire_names *l);
/* Those of mailboxes that were deleted here and that the server still has. */
int store_mailboxes_hidden(struct store_tx *tx, int64_t account_id, struct store_wire_names *out, struct fct_error *err);

/* A command about it goes out. `full_name`, `parent`, `name`: what MAKE or RENAME ask for (a mailbox may be moved out of the way first);
 * else NULL, 0, NULL. */
int store_mailbox_wish_sent(struct store_tx *tx, int64_t mailbox_id, int what, const char *full_name, int64_t parent,
                            const char *name, struct fct_error *err);
/* The server did what was sent. wire_name: what the mailbox has now; empty: the next listing tells. What is below a renamed mailbox
 * is renamed with it (RFC 9051 section 6.3.6). A mailbox that is gone meanwhile: nothing happens. */
int store_mailbox_made(struct store_tx *tx, int64_t mailbox_id, struct fct_bytes wire_name, uint32_t delimiter,
                       struct fct_error *err);
int store_mailbox_renamed(struct store_tx *tx, int64_t mailbox_id, struct fct_bytes wire_name, struct fct_error *err);
int store_mailbox_deleted(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
int store_mailbox_subscribed(struct store_tx *tx, int64_t mailbox_id, bool is_subscribed, struct fct_error *err);
/* It did not, and may later: nothing of it is on its way. */
int store_mailbox_wish_put_off(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
/* It never will: undone here, with a notice. A mailbox that was made and holds something stays, and waits; one that was deleted
 * comes back with the next listing. One that could not be renamed as it is gone keeps the name that it was given here. */
int store_mailbox_wish_refused(struct store_tx *tx, int64_t mailbox_id, int what, const struct fct_error *why,
                               struct fct_error *err);

#endif
