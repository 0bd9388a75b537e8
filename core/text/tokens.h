/* tokens.h - how text becomes words for the index, and how a user's words become the same words.
 *
 * Case and diacritics are folded (NFKD, marks dropped, Unicode full case folding; ß is ss); CJK without spaces is cut
 * into overlapping pairs of characters (a single character where it stands alone); addresses and host names yield their parts:
 * "jane.doe@mail.example.org" is found by jane, doe, mail, example, org, and as a phrase as it stands, since parts
 * are consecutive tokens. A token is at most 64 bytes; longer runs (base64) are dropped from documents.
 * ASCII takes a fast path. Threads: any, no state. RFC 5051 is not used: it keeps diacritics.
 */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include "base/buf.h"

#define TOKEN_MAX_BYTES 64

/* Calls `each` for every token in order; start and end are byte offsets into `text` (for snippets). `each` returns
 * nonzero to stop, which is then returned. Invalid UTF-8 separates words. */
typedef int (*token_fn)(void *ctx, const char *token, size_t n, size_t start, size_t end);
int tokens_of(struct fct_bytes text, token_fn each, void *ctx);

/* The tokens of `text` joined by one '\x1f': what worker threads prepare, so that the writer thread only cuts at
 * '\x1f' when the index takes it (store/tokenizer.c). Appends. */
void tokens_join(struct fct_bytes text, struct buf *out);

/* Folded for comparing and sorting (case and diacritics), not cut into words. Appends. */
void text_fold(struct fct_bytes text, struct buf *out);
/* Copies `text` with each invalid UTF-8 sequence replaced by U+FFFD, C0 controls but \t\n dropped. Appends.
 * Returns whether anything was replaced. */
bool text_to_valid_utf8(struct fct_bytes text, struct buf *out);

#endif
