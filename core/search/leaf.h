/* leaf.h - a list of Email ids in descending order, read from an index as far as it is asked for. Internal to search/.
 *
 * Asked for ever lower ids. A few steps are taken one by one; a longer way is a new search in the index. So two lists
 * are intersected in about as many steps as the shorter one has, whichever that is (plan.h).
 */
#ifndef SEARCH_LEAF_H
#define SEARCH_LEAF_H

#include "store/db.h"

struct leaf {
    struct store_tx *tx;
    sqlite3_stmt *q; /* ?1: the highest id wanted; column 0: the id; ORDER BY it DESC */
    int patience;    /* so many steps before a new search */
    int64_t current; /* 0: not started, or at the end */
    bool is_at_end;
};
/* `sql` is a literal; each leaf has a statement of its own. */
int leaf_open(struct leaf *l, struct store_tx *tx, const char *sql, int patience, struct fct_error *err);
void leaf_close(struct leaf *l);
/* The highest id <= at_most; at_most must not rise from call to call. 1 found (l->current), 0 none, -1 error. */
int leaf_seek(struct leaf *l, int64_t at_most, struct fct_error *err);

/* The statements, for the test of their query plans. ?1 is always the highest id wanted. */
#define LEAF_FTS "SELECT rowid FROM fts WHERE fts MATCH ?2 AND rowid <= ?1 ORDER BY rowid DESC"
#define LEAF_RANKED "SELECT rowid, facteur_rank(fts) FROM fts WHERE fts MATCH ?2 AND rowid <= ?1 ORDER BY rowid DESC"
#define LEAF_MAILBOX "SELECT email_id FROM placement WHERE mailbox_id = ?2 AND email_id <= ?1 ORDER BY email_id DESC"
#define LEAF_WORD "SELECT email_id FROM email_keyword WHERE keyword = ?2 AND email_id <= ?1 ORDER BY email_id DESC"
#define LEAF_FLAGS "SELECT id FROM email WHERE flags <> 1 AND flags = ?2 AND id <= ?1 ORDER BY id DESC"
#define LEAF_ACCOUNT "SELECT id FROM email WHERE account_id = ?2 AND id <= ?1 ORDER BY id DESC"
#define LEAF_MESSAGE_ID "SELECT id FROM email WHERE msgid_hash = ?2 AND id <= ?1 ORDER BY id DESC"
#define LEAF_ROWS                                                                                                      \
    "SELECT id, account_id, thread_id, received_at, size, flags, bits, blob_id FROM email WHERE id <= ?1 ORDER BY id " \
    "DESC"

#define PATIENCE_FTS 1000 /* a step takes 0.15 us; a new search opens every segment of the index: 100 to 300 us */
#define PATIENCE_INDEX 8

#endif
