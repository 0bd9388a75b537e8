/* terms.h - what people type into a "String" condition (RFC 8621 section 4.4.1), as words to look for.
 *
 * White space (U+3000, the space bar of Japanese and Chinese, among it) divides words, all of which must be present.
 * 'single' or "double" quotes at the start of a word make a phrase, in which \ protects ' " and \. A * at the end makes
 * a prefix of the last word. A word of several tokens (jane@example.org, l'avion) is a phrase of them. What holds no
 * letter or digit is left out; where nothing remains of a text that was not empty, the text matches nothing.
 *
 * CJK: documents hold the last character of a run once more alone (text/tokens.h). At the end of a phrase it is left
 * out, and one character alone is looked for as a prefix, so that it is found anywhere in a run.
 *
 * Threads: any.
 */
#ifndef SEARCH_TERMS_H
#define SEARCH_TERMS_H

#include "base/buf.h"
#include "base/cleanup.h"

#define SEARCH_TEXT_MAX 4096 /* bytes of one text */
#define SEARCH_WORDS_MAX 256 /* tokens in all texts of a filter */

struct term {
    struct buf tokens; /* n_tokens of them, each followed by NUL */
    size_t n_tokens;
    bool is_prefix; /* of the last one */
};
struct terms {
    struct term *v;
    size_t n, n_tokens;
    bool is_nothing; /* matches no text at all */
};
/* The bytes of the one white space at `p`; 0 when there is none. */
size_t terms_space(const char *p, const char *end);
void terms_parse(struct fct_bytes text, struct terms *out);
void terms_done(struct terms *t);

/* What the vocabulary of an index says of prefixes, looked up beforehand (vocabulary.h). */
struct prefix_words {
    const struct term *term;
    bool is_wide;     /* to be left out of the query: its ids are gathered apart */
    struct buf words; /* each followed by NUL: to be asked for by name; empty: FTS5 shall look for itself */
};
struct prefix_table {
    struct prefix_words *v;
    size_t n;
};
void prefix_table_done(struct prefix_table *p);
/* NULL when nothing is known. `p` may be NULL. */
const struct prefix_words *prefix_table_find(const struct prefix_table *p, const struct term *t);

/* As an FTS5 query: `column` "subject", or NULL: anywhere. To be put in parentheses. Appends; nothing where no term is
 * left. */
void terms_to_fts(const struct terms *t, const char *column, const struct prefix_table *prefixes, struct buf *out);

/* Where terms occur in a text: for snippets, and for header fields that no index has. Spans ascend by start. */
struct span {
    size_t start, end;
    size_t term; /* index of it */
};
struct spans {
    struct span *v;
    size_t n, cap;
};
void terms_find(const struct terms *t, struct fct_bytes text, struct spans *out);
void spans_done(struct spans *s);
/* Whether all terms are in `text`. */
bool terms_match(const struct terms *t, struct fct_bytes text);

#endif
