/* leaf.h - a list of Email ids in descending (or, upward, ascending) order, read from an index as far as it is asked
 * for. Internal to search/.
 *
 * Asked for ever lower (higher) ids. A few steps are taken one by one; a longer way is a new search in the index. So
 * two lists are intersected in about as many steps as the shorter one has, whichever that is (plan.h).
 */
#ifndef SEARCH_LEAF_H
#define SEARCH_LEAF_H

#include "store/db.h"

struct leaf {
    struct store_tx *tx;
    sqlite3_stmt *q; /* ?1: where to begin; column 0: the id; in the order of the direction */
    int patience;    /* so many steps before a new search */
    int64_t current; /* 0: not started, or at the end */
    bool is_upward, is_at_end;
};
/* The same list in both directions, and whether it has one id. */
struct leaf_sql {
    const char *down, *up, *at;
};
/* `sql` holds literals; each leaf has a statement of its own. */
int leaf_open(struct leaf *l, struct store_tx *tx, struct leaf_sql sql, bool is_upward, int patience,
              struct fct_error *err);
void leaf_close(struct leaf *l);
/* The highest id <= bound; upward the lowest id >= bound. The bound must not turn back from call to call. 1 found
 * (l->current), 0 none, -1 error. */
int leaf_seek(struct leaf *l, int64_t bound, struct fct_error *err);

/* The statements. ?1 is always the bound. */
#define LEAF_SQL(select, id) \
    ((struct leaf_sql){select id " <= ?1 ORDER BY " id " DESC", select id " >= ?1 ORDER BY " id, select id " = ?1"})
#define LEAF_FTS LEAF_SQL("SELECT rowid FROM fts WHERE fts MATCH ?2 AND ", "rowid")
#define LEAF_RANKED LEAF_SQL("SELECT rowid, facteur_rank(fts) FROM fts WHERE fts MATCH ?2 AND ", "rowid")
#define LEAF_MAILBOX LEAF_SQL("SELECT email_id FROM placement WHERE mailbox_id = ?2 AND ", "email_id")
#define LEAF_WORD LEAF_SQL("SELECT email_id FROM email_keyword WHERE keyword = ?2 AND ", "email_id")
#define LEAF_FLAGS LEAF_SQL("SELECT id FROM email WHERE flags <> 1 AND flags = ?2 AND ", "id")
#define LEAF_ACCOUNT LEAF_SQL("SELECT id FROM email WHERE account_id = ?2 AND ", "id")
#define LEAF_MESSAGE_ID LEAF_SQL("SELECT id FROM email WHERE msgid_hash = ?2 AND ", "id")
#define LEAF_ROWS \
    LEAF_SQL("SELECT id, account_id, thread_id, received_at, size, flags, bits, blob_id FROM email WHERE ", "id")

/* For an Email alone. */
static inline struct leaf_sql leaf_sql_one(struct leaf_sql sql)
{
    return (struct leaf_sql){sql.at, sql.at, sql.at};
}

#define PATIENCE_FTS 1000 /* a step takes 0.15 us; a new search opens every segment of the index: 100 to 300 us */
#define PATIENCE_INDEX 8

#endif
