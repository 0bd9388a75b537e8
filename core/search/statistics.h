/* statistics.h - mail counted by days, hours, senders, mailboxes: what plots are drawn from.
 *
 * Emails are read newest first from their narrow rows, with the mailboxes they are in beside them, and each is added to
 * what was asked for; nothing is kept of it. So a whole mailbox costs one pass over two B-trees, and a stretch of time
 * costs that stretch. With a filter, only what matches is read.
 *
 * Each Email is exactly one of: spam (in a mailbox with the role junk), draft (in one with the role drafts, or $draft),
 * sent (in one with the role sent, or from one of the account's identities; store/correspondents.h), received (all
 * else).
 *
 * Threads    the reader whose store_tx is given.
 * Bounds     STATISTICS_UNITS_MAX units, the newest; a sender costs 40 bytes while it counts.
 */
#ifndef SEARCH_STATISTICS_H
#define SEARCH_STATISTICS_H

#include "search/leaf.h"
#include "search/search.h"

#define STATISTICS_UNITS_MAX 4000
#define STATISTICS_SENDERS_MAX 100
#define STATISTICS_N_SIZES 6

enum statistics_unit { UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
/* What is counted beside the whole; bits. */
enum { BY_UNIT = 1, BY_HOUR = 2, BY_SENDER = 4, BY_MAILBOX = 8, BY_ACCOUNT = 16, BY_SIZE = 32 };

struct statistics_query {
    int64_t account_id;                 /* -1: every account */
    const struct search_filter *filter; /* NULL: everything */
    int64_t after, before;              /* received_at >= after, < before; 0: no bound */
    const char *time_zone;              /* IANA name, or "+02:00" */
    enum statistics_unit unit;
    unsigned groups;
    size_t max_senders;
};

struct statistics_counts {
    int64_t messages; /* = received + sent + spam + drafts */
    int64_t received, sent, spam, drafts;
    int64_t unread, bytes;
};
struct statistics_unit_counts {
    int64_t day; /* on which it begins: days since 1970 in the time zone */
    struct statistics_counts counts;
};
struct statistics_place_counts {
    int64_t account_id, mailbox_id; /* mailbox_id 0: of an account */
    int role;
    struct statistics_counts counts;
};
struct statistics_sender {
    int64_t hash, email_id; /* of its newest message */
    int64_t messages, unread, bytes, last_at;
    char *name, *email; /* name NULL: none */
};
struct statistics {
    struct statistics_counts total;
    struct statistics_unit_counts *units; /* newest first; those without mail are not there */
    size_t n_units, cap_units;
    bool has_older_units;                                 /* than fit */
    int64_t hours[2][7][24];                              /* received, sent; from Monday */
    struct statistics_sender *senders;                    /* of what was received, most messages first */
    size_t n_senders, all_senders;                        /* all_senders: before it was cut */
    struct statistics_place_counts *mailboxes, *accounts; /* ascending ids */
    size_t n_mailboxes, n_accounts;
    struct statistics_counts sizes[STATISTICS_N_SIZES];
};
/* Below which size each class ends; the last has no end (0). */
extern const int64_t statistics_size_ends[STATISTICS_N_SIZES];
/* FCT_E_INVALID "timeZone: ...", FCT_E_TIMEOUT. */
int search_statistics(struct store_tx *tx, const struct statistics_query *q, struct statistics *out,
                      struct fct_error *err);
void search_statistics_done(struct statistics *s);

/* The statements, for the test of their plans. */
#define STATISTICS_ROWS \
    LEAF_SQL("SELECT id, account_id, received_at, size, flags, bits, from_hash FROM email WHERE ", "id")
#define STATISTICS_ACCOUNT                                                                                             \
    LEAF_SQL("SELECT id, account_id, received_at, size, flags, bits, from_hash FROM email WHERE account_id = ?2 AND ", \
             "id")
#define STATISTICS_PLACES LEAF_SQL("SELECT email_id, mailbox_id FROM placement WHERE ", "email_id")

#endif
