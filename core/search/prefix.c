/* A prefix that many words have, asked of one Email: its own words are looked through, as the lists of all those words
 * would have to be merged first. */
#include "search/node.h"

#include "base/error.h"
#include "store/index.h"
#include "text/tokens.h"

#include <string.h>

#define COLUMNS 8

/* Tokens stand in it with one space between them. */
static bool has_prefix(struct fct_bytes words, struct fct_bytes prefix)
{
    const char *p = words.p, *end = words.p + words.n;

    while (p && p < end) {
        if ((size_t)(end - p) >= prefix.n && memcmp(p, prefix.p, prefix.n) == 0)
            return true;
        p = memchr(p, ' ', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    return false;
}

int node_test_prefix(struct store_tx *tx, const struct node *n, const struct candidate *c, struct fct_error *err)
{
    CLEANUP(mime_summary_done) struct mime_summary s = {0};
    CLEANUP(buf_done) struct buf list = {0};
    bool is_damaged, has = false;

    if (index_summary_of_email(tx, c->id, c->blob_id, &s, &is_damaged, err) < 0)
        return -1;
    if (s.list_id)
        tokens_join(bytes_str(s.list_id), &list);
    const struct buf *const columns[COLUMNS] = {&s.fts_body, &s.fts_subject, &s.fts_from,  &s.fts_to,
                                                &s.fts_cc,   &s.fts_bcc,     &s.fts_files, &list};
    for (int i = 0; i < COLUMNS && !has; i++)
        has = (n->column < 0 || n->column == i) && has_prefix(buf_bytes(columns[i]), bytes_str(n->prefix));
    return has;
}
