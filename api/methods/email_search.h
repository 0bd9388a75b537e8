/* email_search.h - what methods that search Emails have in common: filter, query in words, sort.
 *
 * Threads: the reader of the call.
 */
#ifndef API_METHODS_EMAIL_SEARCH_H
#define API_METHODS_EMAIL_SEARCH_H

#include "methods/email.h"

#include "search/search.h"

/* The arguments, as they came; NULL: not given. */
struct search_args {
    const char *account_id, *query, *time_zone;
    json_t *filter, *sort;
};
struct email_search {
    struct scope scope;
    struct search_filter *filter;
    struct search_sort *sort;
    json_t *owned;   /* the filter that a query in words became */
    bool is_passing; /* the same words may become another one later */
};
/* Also bounds how long the transaction may search (API_SEARCH_MS). The caller calls email_search_done in any case. */
int email_search_parse(struct api_call *call, const struct search_args *args, struct email_search *out,
                       struct fct_error *err);
void email_search_done(struct email_search *s);

#endif
