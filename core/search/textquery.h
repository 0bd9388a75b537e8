/* textquery.h - text conditions under AND, OR and NOT as one FTS5 query. Internal to search/.
 *
 * FTS5 has AND, OR and a NOT of two sides, but no complement. So a tree of text conditions is kept as a query and
 * whether its complement is meant: a AND (b OR NOT c) becomes a NOT (c NOT b).
 */
#ifndef SEARCH_TEXTQUERY_H
#define SEARCH_TEXTQUERY_H

#include "search/filter.h"

struct text_query {
    struct buf fts;     /* empty: no Email */
    bool is_complement; /* all others are meant */
};
void text_query_done(struct text_query *q);
/* Whether `f` is made of text conditions only, nested so little that the parser of FTS5 (a stack of 100) takes it, and
 * without a wide prefix. `prefixes` may be NULL. */
bool text_query_can(const struct search_filter *f, const struct prefix_table *prefixes);
void text_query_of(const struct search_filter *f, const struct prefix_table *prefixes, struct text_query *out);
/* Joins several by AND (or OR); each may be complemented beforehand. They become empty. */
void text_query_join(struct text_query *parts, size_t n, bool is_and, struct text_query *out);

#endif
