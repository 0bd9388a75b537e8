/* tokens.h - how text becomes words for the index, and how a user's words become the same words.
 *
 * Case and diacritics are folded (NFKD, marks dropped, Unicode full case folding; ß is ss, œ is oe, ø is o; digits of
 * every script are 0-9). A word is a run of letters and digits: addresses and host names yield their parts, so
 * "jane.doe@mail.example.org" is found by jane, doe, mail, example, org, and as a phrase as it stands, since parts are
 * consecutive tokens. An apostrophe and an underscore separate. An emoji is a token. A token is at most 64 bytes;
 * longer runs (base64) are dropped.
 *
 * Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar; Hangul, for its compounds) are cut into
 * overlapping pairs of characters, and the last character of a run comes once more alone: 東京都 is 東京 京都 都. So
 * every character begins some token, and one character is found by a prefix search on itself. A query leaves the last
 * one out (token_is_one_of_a_run; search/terms.c). One line end does not end a run of Han and kana: text without spaces
 * is broken anywhere.
 *
 * ASCII takes a fast path. Threads: any, no state. RFC 5051 is not used: it keeps diacritics.
 */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include "base/buf.h"

#define TOKEN_MAX_BYTES 64
#define TOKENS_SEPARATOR '\x1f'
/* Counted up whenever a text yields other words than before: an index of other rules is rebuilt (store/rebuild.h). */
#define TOKENS_RULES 2

/* Calls `each` for every token in order; start and end are byte offsets into `text` (for snippets). `each` returns
 * nonzero to stop, which is then returned. Invalid UTF-8 separates words. */
typedef int (*token_fn)(void *ctx, const char *token, size_t n, size_t start, size_t end);
int tokens_of(struct fct_bytes text, token_fn each, void *ctx);

/* The tokens of `text` joined by one '\x1f': what worker threads prepare, so that the writer thread only cuts at
 * '\x1f' when the index takes it (store/tokenizer.c). Appends. */
void tokens_join(struct fct_bytes text, struct buf *out);

/* Whether a token is a single character of a script that is cut into pairs: the end of a run, or a run of one. */
bool token_is_one_of_a_run(const char *token, size_t n);

/* Folded for comparing and sorting (case and diacritics), not cut into words. Appends. */
void text_fold(struct fct_bytes text, struct buf *out);
/* Copies `text` with each invalid UTF-8 sequence replaced by U+FFFD, C0 controls but \t\n dropped. Appends.
 * Returns whether anything was replaced. */
bool text_to_valid_utf8(struct fct_bytes text, struct buf *out);

#endif
