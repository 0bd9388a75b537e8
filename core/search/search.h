/* search.h - which Emails match, in which order: the filters and sorts of RFC 8621 section 4.4, and snippets.
 *
 *   CLEANUP(search_filter_freep) struct search_filter *f = NULL;
 *   if (search_filter_from_json(json, &f, err) < 0) return -1;          JMAP FilterOperator / FilterCondition
 *   if (search_run(tx, &query, &result, err) < 0) return -1;            inside store_read
 *
 * Text conditions: white space divides words, all of which must be there; "quoted" or 'quoted' words are a phrase; a
 * word that ends in * is a prefix. Case, diacritics and widths do not matter (text/tokens.h). `header` is answered by
 * the index for From, To, Cc, Bcc, Subject and List-Id, and for a Message-ID given whole; for other fields the headers
 * of each candidate are read.
 *
 * Ours, of urn:facteur:core: the conditions "filename" and "listId" (text in the names of attachments, in List-Id),
 * "id" (a Message-ID, whole) and "accountId"; the sort "relevance" (rare words count more, the subject most; best first
 * with isAscending false; store/rank.c).
 *
 * Threads    parsing: any. search_run and search_snippet: on the reader whose store_tx is given.
 * Bounds     depth 32, 256 conditions, 256 words, 4 KiB a text, 16 comparators; FCT_E_LIMIT names the bound.
 */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "store/store.h"

#include <jansson.h>

struct search_filter;

/* NULL or JSON null: everything. FCT_E_UNSUPPORTED_FILTER for an unknown condition, FCT_E_INVALID for a wrong value;
 * the message names the place ("filter.conditions[2].before"). */
int search_filter_from_json(const json_t *json, struct search_filter **out, struct fct_error *err);
void search_filter_free(struct search_filter *f);
DEFINE_FREEP(struct search_filter *, search_filter_free);

/* The conditions that a session announces: JSON array of names. */
json_t *search_filter_options(void);

/* The query language of people (DESIGN section 7) to a JMAP filter as JSON, so that every front end has the same.
 * Mailbox and account names are resolved in the transaction. On a malformed query FCT_E_INVALID, and *out_where is the
 * byte offset of the trouble. `now` and the zone decide what "yesterday" is. '' gives JSON null (everything). */
struct search_parse_options {
    int64_t now;           /* seconds; 0: the clock */
    const char *time_zone; /* IANA name; NULL: the system's */
    int64_t account_id;    /* where in: looks for mailboxes; -1: everywhere */
};
int search_parse(struct store_tx *tx, const char *query, const struct search_parse_options *o, json_t **out_filter,
                 size_t *out_where, struct fct_error *err);

/* Whether the words that became `filter` mean the same at any other time. They do not where they name mailboxes or
 * accounts, which may be renamed, or days, which may be counted from today. */
bool search_parse_is_lasting(const json_t *filter);

/* Sort: JSON array of JMAP Comparators, NULL: receivedAt, newest first. FCT_E_UNSUPPORTED_SORT. */
struct search_sort;
int search_sort_from_json(const json_t *json, struct search_sort **out, struct fct_error *err);
void search_sort_free(struct search_sort *s);
DEFINE_FREEP(struct search_sort *, search_sort_free);
/* The properties that a session announces (emailQuerySortOptions), and the collations: JSON arrays of names. */
json_t *search_sort_options(void);
json_t *search_collations(void);
/* Appends the bytes by which `text` sorts, compared as memcmp does: for lists that are sorted outside. `collation`: a
 * name of search_collations(), NULL: the default. -1 when it is none. Any thread. */
int search_collate(const char *collation, const char *text, struct buf *out);

struct search_query {
    int64_t account_id;                 /* -1: every account ("*") */
    const struct search_filter *filter; /* NULL: everything */
    const struct search_sort *sort;     /* NULL: newest first */
    bool collapse_threads;
    int64_t position; /* RFC 8620 section 5.5: negative counts from the end */
    int64_t anchor;   /* Email id, 0: none */
    int64_t anchor_offset;
    int64_t limit; /* -1: none */
    bool calculate_total;
    uint32_t timeout_ms; /* FCT_E_TIMEOUT after so long; 0: no limit */
};
struct search_result {
    int64_t *ids;
    size_t n;
    int64_t position; /* of the first id */
    int64_t total;    /* -1: not asked for */
    bool can_calculate_changes;
};
/* Results are totally ordered: by the sort, then newest (highest id) first. limit 0 with calculate_total only counts.
 * FCT_E_ANCHOR_NOT_FOUND, FCT_E_TIMEOUT. */
int search_run(struct store_tx *tx, const struct search_query *q, struct search_result *out, struct fct_error *err);
void search_result_done(struct search_result *r);

/* Whether an Email of the account matches. Looks at that Email only, however large the account is: for rules, which are asked about each
 * message that comes. An Email that is not there matches nothing. Reader. */
int search_matches(struct store_tx *tx, const struct search_filter *f, int64_t account_id, int64_t email_id, bool *out,
                   struct fct_error *err);

/* Email/queryChanges (RFC 8620 section 5.6): `since` is the Email modseq of the old query state. added: pairs of id and
 * index in the new results. `max` 0: no limit; `up_to_id` 0: none, and only heeded when filter and sort are immutable.
 * The window of `q` is not used. FCT_E_CANNOT_CALCULATE, FCT_E_TOO_MANY_CHANGES. */
struct search_delta {
    int64_t *removed;
    size_t n_removed;
    struct search_added {
        int64_t id, index;
    } * added;
    size_t n_added;
    int64_t total, new_modseq;
};
int search_changes(struct store_tx *tx, const struct search_query *q, int64_t since, size_t max, int64_t up_to_id,
                   struct search_delta *out, struct fct_error *err);
void search_delta_done(struct search_delta *d);

/* RFC 8621 section 5: the subject and a piece of the text with the matches in <mark></mark>, HTML-escaped. Either may
 * come out NULL (no match there). Freed by the caller. */
int search_snippet(struct store_tx *tx, const struct search_filter *f, int64_t email_id, char **out_subject,
                   char **out_preview, struct fct_error *err);

#endif
