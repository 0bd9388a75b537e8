/* sort.h - comparators, and the values they compare. Internal to search/. */
#ifndef SEARCH_SORT_H
#define SEARCH_SORT_H

#include "search/plan.h"

#define SEARCH_COMPARATORS_MAX 16

enum sort_property {
    SORT_RECEIVED,
    SORT_SIZE,
    SORT_FROM,
    SORT_TO,
    SORT_SUBJECT,
    SORT_SENT,
    SORT_KEYWORD,
    SORT_ALL_IN_THREAD,
    SORT_SOME_IN_THREAD,
    SORT_RELEVANCE
};
enum sort_collation { COLLATE_DEFAULT, COLLATE_ASCII_CASEMAP, COLLATE_UNICODE_CASEMAP, COLLATE_ASCII_NUMERIC };

struct sort_comparator {
    enum sort_property property;
    bool is_descending;
    enum sort_collation collation;
    struct keyword_set keyword;
};
struct search_sort {
    struct sort_comparator *v;
    size_t n;
};

/* Newest first, which is the order of the plan (nearly): NULL and no comparators, too. */
bool sort_is_newest_first(const struct search_sort *s);
bool sort_is_oldest_first(const struct search_sort *s);
/* RFC 8620 section 5.6: whether the order can change without an Email being made or destroyed. */
bool sort_is_mutable(const struct search_sort *s);
bool sort_uses_threads(const struct search_sort *s);
bool sort_uses_relevance(const struct search_sort *s);
/* Whether more of a candidate than its id and rank is looked at: what changes is, the rest facts.h knows. */
bool sort_needs_row(const struct search_sort *s);

/* One Email with the values by which it is sorted. */
struct sort_item {
    int64_t id, thread_id; /* thread_id 0: was not read */
    union sort_value {
        int64_t number;
        double real;
    } * values;
};
struct sorter;
struct sorter *sorter_new(struct store_tx *tx, const struct search_sort *s);
void sorter_free(struct sorter *s);
DEFINE_FREEP(struct sorter *, sorter_free);
/* Reads what it needs to know of the Email; in descending order of ids. */
int sorter_add(struct sorter *s, const struct candidate *c, struct fct_error *err);
/* All are there. */
int sorter_finish(struct sorter *s, struct fct_error *err);
/* The Emails in order: by the comparators, then newest (highest id) first. NULL after the last; valid until the next
 * call. */
const struct sort_item *sorter_next(struct sorter *s);
/* Those that sorter_next has not given yet, in no order. Owned by the sorter. */
const struct sort_item *sorter_rest(const struct sorter *s, size_t *out_n);

/* The bytes by which a string sorts, compared as memcmp does (collate.c). Appends. */
void collate_key(enum sort_collation c, const char *text, struct buf *out);
/* "i;ascii-casemap"...; -1 when it is none of ours. */
int collation_from_name(const char *name);

#endif
