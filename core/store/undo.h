/* undo.h - what clients did to Emails (flagged, moved, destroyed), so that it can be taken back.
 *
 * An action is what one call did, or several calls that belong together. What is written down is the difference that it
 * made to each Email, in the transaction of the change. Taking back applies the opposite to what is there now: whatever
 * somebody changed since stays as it is, and is told. It goes through the functions that users' changes go through, so
 * the server is told, or is not if it has not heard of the change yet. An Email that was destroyed comes back under a
 * new id, with its bytes, which are kept as long as the action is.
 *
 * Taking back is an action itself (`is_undo`), which can be taken back, too: then it is done again.
 *
 *   struct store_undo_record r = {.client = "facteur", .group = NULL};
 *   store_undo_begin(tx, &r, err);
 *   store_undo_look(tx, id, &before, err); store_email_set_mailboxes(...); store_undo_changed(tx, &r, before, err);
 *   store_undo_end(tx, &r, err);                  r.id, 0 if nothing was changed
 *
 * Threads    reading: any. The rest: the writer.
 */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include "store/store.h"

#define UNDO_KEPT 100 /* actions */
#define UNDO_KEPT_SECONDS (7 * 86400)
#define UNDO_ITEMS_MAX 100000  /* changes of one action; more are done, and not written down */
#define UNDO_ITEMS_KEPT 500000 /* of all actions; the newest is kept however large it is */
#define UNDO_GROUP_SECONDS 600 /* a group that was silent for so long has ended */

/* Bits; stored. */
enum store_undo_kind {
    STORE_UNDO_FLAGS = 1,
    STORE_UNDO_MOVE = 2,
    STORE_UNDO_DESTROY = 4,
    STORE_UNDO_RESTORE = 8,
    STORE_UNDO_SNOOZE = 16 /* to another moment; to sleep and awake are moves */
};

/* ---- reading ---- */

struct store_undo {
    int64_t id, at;             /* at: seconds */
    char *client;               /* the program's name, as bytes; NULL: not known */
    char *text;                 /* what was done, for people */
    unsigned kinds;             /* enum store_undo_kind */
    int64_t reverts, undone_by; /* other actions, perhaps forgotten by now; 0: none */
    bool is_undo;
    int64_t n_emails;
    int64_t n_items;      /* changes that can still be taken back */
    int64_t n_left_out;   /* changes that cannot, being too many */
    int64_t *account_ids; /* ascending */
    size_t n_accounts;
};
/* FCT_E_NOT_FOUND. */
int store_undo_load(struct store_tx *tx, int64_t id, struct store_undo *out, struct fct_error *err);
void store_undo_done(struct store_undo *u);
/* What taking it back does, for people. Freed by the caller. */
char *store_undo_reverse_text(const struct store_undo *u);
/* Those of an account (-1: of all), newest first. *out is freed by the caller. */
int store_undo_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
/* The newest that does something (and does not undo) and was not taken back; 0: there is none. */
int store_undo_newest(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err);

/* ---- writing down ---- */

struct store_undo_record {
    const char *client, *group; /* borrowed, or NULL */
    int64_t join;               /* an action that this is part of, unless there is a group; 0: none */
    bool is_off;                /* nothing is written down */
    /* its own */
    int64_t id; /* 0: nothing was changed so far */
    int64_t reverts, n_emails, n_items, n_left_out;
    unsigned kinds;
    bool is_undo, is_new, has_news;
    char *what, *text;
    int64_t accounts[2]; /* those noted last */
};
int store_undo_begin(struct store_tx *tx, struct store_undo_record *r, struct fct_error *err);
int store_undo_end(struct store_tx *tx, struct store_undo_record *r, struct fct_error *err);
void store_undo_record_done(struct store_undo_record *r);

/* An Email as it is before a change. */
struct store_undo_before;
/* FCT_E_NOT_FOUND. */
int store_undo_look(struct store_tx *tx, int64_t email_id, struct store_undo_before **out, struct fct_error *err);
void store_undo_before_free(struct store_undo_before *b);
DEFINE_FREEP(struct store_undo_before *, store_undo_before_free);
/* After the change. Not in a savepoint that may be undone alone. */
int store_undo_changed(struct store_tx *tx, struct store_undo_record *r, const struct store_undo_before *b,
                       struct fct_error *err);
int store_undo_destroyed(struct store_tx *tx, struct store_undo_record *r, const struct store_undo_before *b,
                         struct fct_error *err);

/* ---- taking back ---- */

enum store_undo_problem {
    STORE_UNDO_FINE,
    STORE_UNDO_CHANGED_SINCE, /* of an Email that was destroyed: it is here again */
    STORE_UNDO_GONE,          /* the Email is */
    STORE_UNDO_MAILBOX_GONE,
    STORE_UNDO_ACCOUNT_GONE,
    STORE_UNDO_REFUSED /* `code` and `text` say why */
};
/* What became of one Email. Something may have been taken back, and something else not. */
struct store_undo_outcome {
    int64_t email_id;
    int64_t restored_as; /* its new id, where it had been destroyed; 0 */
    bool is_undone;      /* something was taken back */
    enum store_undo_problem problem;
    bool with_mailboxes; /* CHANGED_SINCE: where it is, and these keywords */
    uint32_t flags;
    char *keywords; /* or NULL */
    int code;       /* REFUSED: FCT_E_... */
    char *text;
};
struct store_undo_applied {
    int64_t undo_id; /* the action that this is; 0: nothing was changed */
    struct store_undo_outcome *list;
    size_t n;
    bool was_undone; /* there was nothing left to take back */
    bool has_more;   /* call it again, in another job */
};
/* Takes up to `max` changes of an action back, the last first. What was done stays done when the rest is never asked
 * for; whoever asks again goes on. FCT_E_NOT_FOUND. */
int store_undo_apply_some(struct store_tx *tx, int64_t id, const char *client, size_t max,
                          struct store_undo_applied *out, struct fct_error *err);
void store_undo_applied_done(struct store_undo_applied *a);

/* ---- forgetting ---- */

/* Up to `max` changes of what is older than `before` (seconds) or beyond the bounds, of which nobody hears any more;
 * *out_n of them went, `max` if there is more. */
int store_undo_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);
/* The account is being destroyed: its actions are not listed any more, and swept. */
int undo_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err);
/* An Email has another id now. */
int undo_email_renamed(struct store_tx *tx, int64_t from, int64_t to, struct fct_error *err);

#endif
