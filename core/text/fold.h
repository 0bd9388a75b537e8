/* fold.h - what becomes of one character: dropped, kept, replaced, and whether it belongs to a word.
 *
 * Pages of 256 characters are computed from ICU when first needed and kept for the life of the process (1 KiB each;
 * European mail needs a handful).
 *
 * Threads: any. Two threads that need the same page at once both compute it, one result is kept.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include <stdbool.h>
#include <stdint.h>

enum fold_class {
    FOLD_SEPARATOR, /* white space, punctuation, symbols */
    FOLD_WORD,      /* letters, digits and the marks that carry meaning: words are runs of these */
    FOLD_PAIR,      /* scripts written without spaces, and Hangul: overlapping pairs */
    FOLD_COMPOSE,   /* kana voicing marks, Hangul vowels and finals: join the character before, where they can */
    FOLD_IGNORE,    /* diacritics, points, tatweel, joiners, soft hyphen: as if not there */
    FOLD_SYMBOL,    /* emoji: a word each */
    FOLD_FLAG,      /* regional indicator: two are a word */
    FOLD_EXPAND     /* becomes several: fold_expansion */
};

/* Class in the top byte, code point (or place of the expansion) below. */
typedef uint32_t fold_entry;

static inline enum fold_class fold_class_of(fold_entry e)
{
    return (enum fold_class)(e >> 24);
}

static inline uint32_t fold_code_point(fold_entry e)
{
    return e & 0xffffff;
}

/* `cp` is at most 0x10ffff. */
fold_entry fold_lookup(uint32_t cp);
/* The entries (none of them FOLD_EXPAND) that replace `cp`, ended by 0. Valid for the life of the process. */
const fold_entry *fold_expansion(uint32_t cp);
/* The one character that two make, or -1. */
int32_t fold_compose(uint32_t first, uint32_t second);

#endif
