/* filters.h - the judges of new mail: every filter that a plugin provides, asked in the order of their plugins.
 *
 * Called on worker threads for mail that has just come (not for a first sync); one instance is never asked twice at
 * once. A filter that fails is logged and skipped: mail arrives whatever a filter does.
 */
#ifndef FILTER_FILTERS_H
#define FILTER_FILTERS_H

#include <facteur/plugin.h>

struct filters;
struct plugins;

/* What all filters together decided. Later filters see nothing of earlier ones; of two that disagree the later wins. */
struct filter_verdict {
    bool has_flags;
    struct fct_flags add, remove;
    char *add_keywords, *remove_keywords; /* the memory behind the slices above */
};

/* Opens an instance of each filter. NULL when there is none, so that nobody pays for nothing. */
struct filters *filters_open(struct plugins *plugins);
void filters_free(struct filters *f);
/* Any thread. `out` must be zeroed. */
void filters_judge(struct filters *f, int64_t account_id, struct fct_bytes raw, int64_t received_at, struct filter_verdict *out);
void filter_verdict_done(struct filter_verdict *v);

#endif
