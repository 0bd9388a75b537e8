/* maildrop.h - the ledger of an account whose mail is only picked up (POP3): what was seen there, what came, what left.
 *
 * Mailboxes, places and flags of such an account are ours alone, as those of the local account. Of each message there
 * is a row, written in the transaction that stores the message: so a process killed anywhere has both or neither, and a
 * message is asked to be deleted there only when it is here. The row stays when the Email is destroyed, or that would
 * come again.
 *
 * A row is found by its UIDL and the size that the server gave with it. A message whose UIDL is unknown, or says
 * nothing (none, twice the same, another size than before), is found by its content among the rows that are not listed
 * otherwise.
 *
 * Threads    loading: any. The rest: the writer.
 */
#ifndef STORE_MAILDROP_H
#define STORE_MAILDROP_H

#include "store/maildrop_digest.h"
#include "store/store.h"

#define MAILDROP_UIDL_MAX 255

/* Stored. */
enum maildrop_state {
    MAILDROP_FAILING = 0, /* listed, and the server has not given it yet */
    MAILDROP_HERE = 1,    /* it was fetched */
    MAILDROP_LEAVING = 2, /* the server was told to delete it, and has not confirmed that */
    MAILDROP_GONE = 3     /* deleted there by us */
};

struct maildrop_row {
    int64_t id;
    char *uidl; /* NULL: none that can be used */
    enum maildrop_state state;
    bool is_sure;    /* found by UIDL or content; else by its header only */
    bool is_missing; /* it was not listed at the last look */
    bool is_wanted;  /* with `with_places`: an Email of these bytes is shown outside of the trash */
    unsigned char header[MAILDROP_DIGEST_SIZE];
    int64_t size, listed_size;
    int64_t fetched_at; /* seconds; 0: never */
    int64_t tried_at;
    int tries;
    int64_t pass;
    uint64_t number; /* in that pass */
};
/* All of them, in no order. *out is freed with store_maildrop_free. */
int store_maildrop_load(struct store_tx *tx, int64_t account_id, bool with_places, struct maildrop_row **out,
                        size_t *out_n, struct fct_error *err);
void store_maildrop_free(struct maildrop_row *rows, size_t n);

/* The last look; see the table. */
struct maildrop_look {
    int64_t pass, messages, octets, listed_at, due_at, email_modseq;
};
int store_maildrop_look(struct store_tx *tx, int64_t account_id, struct maildrop_look *out, struct fct_error *err);
int store_maildrop_looked(struct store_tx *tx, int64_t account_id, const struct maildrop_look *look,
                          struct fct_error *err);
/* The next look lists everything, whatever the server counts. */
int maildrop_look_again(struct store_tx *tx, int64_t account_id, struct fct_error *err);

/* What a listing, or an answer, says of a row. */
enum maildrop_news {
    MAILDROP_LISTED,   /* it is there: no more missing, no more gone */
    MAILDROP_MISSING,  /* it is not; one that was leaving has gone */
    MAILDROP_CONFUSED, /* its UIDL is another message's: it has none from now on */
    MAILDROP_SENT,     /* DELE is about to go out */
    MAILDROP_DELETED   /* the server has confirmed it */
};
struct maildrop_mark {
    int64_t id;
    enum maildrop_news news;
    int64_t listed_size; /* for MAILDROP_LISTED */
};
int store_maildrop_mark(struct store_tx *tx, const struct maildrop_mark *marks, size_t n, int64_t now,
                        struct fct_error *err);
/* The server did not give the message. */
int store_maildrop_failed(struct store_tx *tx, int64_t account_id, const char *uidl, int64_t pass, uint64_t number,
                          int64_t now, struct fct_error *err);

/* One message of a pass, as it came. */
struct maildrop_arrival {
    const char *uidl; /* NULL: none that can be used */
    struct maildrop_digest digest;
    int64_t size, listed_size, pass;
    uint64_t number;
    int64_t now;
    bool may_be_known; /* false: no row has its UIDL, and none is missing whose content it could have */
    int64_t email_id;  /* what it became; for store_maildrop_arrived */
};
/* Looks for the row of a message that came: *out_known, and the row has its UIDL and is sure; then it is not to be
 * stored again. */
int store_maildrop_recognise(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a, bool *out_known,
                             struct fct_error *err);
/* The same by its header; a.size is 0. What is found is not sure. */
int store_maildrop_recognise_header(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a,
                                    bool *out_known, struct fct_error *err);
/* It was stored, in this transaction. */
int store_maildrop_arrived(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a,
                           struct fct_error *err);
/* Rows that nobody will ask for: not listed for months. */
int store_maildrop_sweep(struct store_tx *tx, int64_t account_id, int64_t now, struct fct_error *err);

#endif
