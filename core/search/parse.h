/* parse.h - the query language of people, without a store: names are resolved by whoever calls. Internal to search/.
 *
 *   query      alternative { OR alternative }
 *   alternative  item { [AND] item }
 *   item       NOT item | -item | ( query ) | field:value | word | word* | "phrase"
 *
 * Operators are written in capitals; fields in either case. A word with a colon that is no field ("12:30", "http://x")
 * is a word. A value is a word or a "phrase".
 */
#ifndef SEARCH_PARSE_H
#define SEARCH_PARSE_H

#include "search/dates.h"
#include "search/search.h"

#define PARSE_QUERY_MAX 4096
/* What these allow stays within search.h's bounds: parentheses become an OR and an AND, on: two conditions. */
#define PARSE_DEPTH_MAX 14 /* parentheses and NOTs around each other */
#define PARSE_ITEMS_MAX 100
#define PARSE_NAMES_MAX 40 /* mailboxes or accounts that one name may mean */

struct parse_names {
    void *ctx;
    /* Ids (as JSON strings) of the mailboxes with that name, path or role, or of the accounts with that name or
     * address, to be appended to `ids`; none when there is none. -1 with *err only for failures of the store. */
    int (*mailboxes)(void *ctx, const char *name, json_t *ids, struct fct_error *err);
    int (*mailboxes_of_role)(void *ctx, int role, json_t *ids, struct fct_error *err);
    int (*accounts)(void *ctx, const char *name, json_t *ids, struct fct_error *err);
};
int parse_query(const char *query, int64_t now, const struct date_zone *zone, const struct parse_names *names,
                json_t **out_filter, size_t *out_where, struct fct_error *err);

#endif
