/* filter.h - a filter as a tree. Internal to search/. */
#ifndef SEARCH_FILTER_H
#define SEARCH_FILTER_H

#include "search/search.h"
#include "search/terms.h"
#include "store/keywords.h"

#define SEARCH_DEPTH_MAX 32
#define SEARCH_CONDITIONS_MAX 256
#define SEARCH_MAILBOXES_MAX 256 /* in one inMailboxOtherThan */

enum filter_kind {
    FILTER_AND, /* without children: everything */
    FILTER_OR,  /* without children: nothing */
    FILTER_NOT, /* none of the children */
    FILTER_TEXT,
    FILTER_IN_MAILBOX,    /* id */
    FILTER_OTHER_MAILBOX, /* ids */
    FILTER_RECEIVED,      /* from <= receivedAt < to */
    FILTER_SIZE,          /* from <= size < to */
    FILTER_KEYWORD,
    FILTER_ALL_IN_THREAD, /* keyword */
    FILTER_SOME_IN_THREAD,
    FILTER_ATTACHMENT,
    FILTER_HEADER,     /* name; terms when has_terms */
    FILTER_MESSAGE_ID, /* name: the id without <> */
    FILTER_ACCOUNT     /* id */
};

struct search_filter {
    enum filter_kind kind;
    struct search_filter **children;
    size_t n_children;
    const char *column; /* FILTER_TEXT: as terms_to_fts takes it */
    struct terms terms;
    bool has_terms;
    int64_t id, from, to;
    int64_t *ids;
    size_t n_ids;
    struct keyword_set keyword; /* one bit or one word */
    char *name;
};

/* What decides whether a result can change without an Email being made or destroyed (RFC 8620 section 5.6). */
struct filter_traits {
    bool has_mutable; /* mailboxes, keywords */
    bool has_thread;  /* keywords of other Emails of the thread */
};
void filter_traits(const struct search_filter *f, struct filter_traits *out);

/* Whether a condition is all there is: f, or f alone under ANDs. NULL when it is not so simple. */
const struct search_filter *filter_only(const struct search_filter *f);

/* Calls each with every FILTER_TEXT and FILTER_HEADER that is not under a NOT. */
void filter_each_wanted_text(const struct search_filter *f, void (*each)(void *ctx, const struct search_filter *text),
                             void *ctx);

#endif
