/* keywords.h - keywords: which are valid, sets of them, and how an Email gets its own from its placements.
 *
 * Keywords with a bit (enum fct_flag) are kept as bits, the others as text: lower case, sorted, no duplicates,
 * separated by one space; NULL when there are none. Every text in the store and in this header has that form ("words").
 *
 * The rule (RFC 8621 section 4.1.1; RFC 8621 has one set of keywords for an Email, IMAP one for each copy): an Email
 * has a keyword when any of its placements has it, but for $seen, which all of them must have. "$seen: the Email has
 * been read": a copy that is still unread must not be hidden by another one that was read, while a flag or an answer on
 * one copy is true of the message. Setting a keyword sets it on all placements, so copies differ only when another
 * program treats them differently. A placement with \Deleted is no placement (the same section: it must not be
 * visible).
 *
 * Threads: any, no state.
 */
#ifndef STORE_KEYWORDS_H
#define STORE_KEYWORDS_H

#include "base/buf.h"
#include "base/cleanup.h"

#define KEYWORD_MAX_BYTES 255 /* RFC 8621 section 4.1.1 */
#define KEYWORDS_MAX 128      /* on one Email, those with a bit apart */
/* Neither of these: unread (RFC 8621 section 2, unreadEmails). */
#define FLAGS_NOT_UNREAD (FCT_FLAG_SEEN | FCT_FLAG_DRAFT)

struct keyword_set {
    uint32_t bits; /* enum fct_flag */
    char *words;   /* or NULL */
};
void keyword_set_done(struct keyword_set *s);

/* 1 to 255 characters %x21-%x7e but ( ) { ] % * " \ */
bool keyword_is_valid(struct fct_bytes keyword);
/* From outside, strictly: FCT_E_INVALID "keywords: ..." for an invalid one, FCT_E_LIMIT for too many. "$seen" and the
 * like become their bit. */
int keyword_set_check(const struct fct_flags *flags, struct keyword_set *out, struct fct_error *err);
/* From a server: what is not valid, or too much, is left out. */
void keyword_set_from(const struct fct_flags *flags, struct keyword_set *out);

/* Sets of words; results are the caller's, NULL when empty. */
char *words_union(const char *a, const char *b);
char *words_minus(const char *a, const char *b);
char *words_both(const char *a, const char *b);
bool words_equal(const char *a, const char *b);
bool words_contain(const char *words, struct fct_bytes word);
/* for (const char *at = words; words_next(&at, &word);) */
bool words_next(const char **at, struct fct_bytes *word);

/* Adding the placements of an Email up: begin with {0}. */
struct keywords_sum {
    struct keyword_set set;
    size_t n_placements;
};
void keywords_sum_add(struct keywords_sum *sum, uint32_t bits, const char *words);

#endif
