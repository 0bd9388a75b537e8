/* facts.h - what Emails are sorted by and what does not change while they live, kept in memory between searches
 * (memory.h). Internal to search/.
 *
 * Of 100,000 Emails the senders cost 300 ms to read, the sizes 50.
 *
 * Threads    any reader; a lock is held while a list is looked at, longest when it is filled for the first time.
 */
#ifndef SEARCH_FACTS_H
#define SEARCH_FACTS_H

#include "search/leaf.h"
#include "search/sort.h"

/* Whether it is a property that is kept. */
bool facts_have(enum sort_property p);
/* For `n` items in descending order of their ids: the value by which each sorts goes to item.values[at]. A number that
 * compares as the property does; among the texts of one collation, while the search lasts. */
int facts_fill(struct store_tx *tx, const struct sort_comparator *c, size_t at, const struct sort_item *items, size_t n,
               struct fct_error *err);

/* The statements, for the test of their plans: column 0 the id, 1 the value. */
#define FACT_RECEIVED LEAF_SQL("SELECT id, received_at FROM email WHERE ", "id")
#define FACT_SIZE LEAF_SQL("SELECT id, size FROM email WHERE ", "id")
#define FACT_SENT LEAF_SQL("SELECT id, sent_at FROM email WHERE ", "id")
#define FACT_SUBJECT LEAF_SQL("SELECT email_id, base_subject FROM envelope WHERE ", "email_id")
/* RFC 8621 section 4.4.2: the first address's name, else its email. */
#define FACT_FROM                                                                                          \
    LEAF_SQL("SELECT email_id, ifnull(nullif(from_json ->> '$[0].name', ''), from_json ->> '$[0].email') " \
             "FROM envelope WHERE ",                                                                       \
             "email_id")
#define FACT_TO                                                                                        \
    LEAF_SQL("SELECT email_id, ifnull(nullif(to_json ->> '$[0].name', ''), to_json ->> '$[0].email') " \
             "FROM envelope WHERE ",                                                                   \
             "email_id")

#endif
