#include "text/fold.h"

#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#define PAGE_SIZE 256
#define N_PAGES (0x110000 / PAGE_SIZE)
#define EXPANSION_MAX 40 /* U+FDFA, the longest, gives 18 */

struct page {
    fold_entry entries[PAGE_SIZE];
    fold_entry *pool; /* expansions, each ended by 0; the first place is unused */
    uint32_t n_pool;
};

static _Atomic(struct page *) pages[N_PAGES];

/* Letters that Unicode does not decompose, but that people without that key type so. */
static const struct {
    uint16_t from;
    char to[3];
} plain_letters[] = {
    {0x00e6, "ae"}, {0x00f0, "d"}, {0x00f8, "o"}, {0x00fe, "th"}, {0x0111, "d"},
    {0x0127, "h"},  {0x0131, "i"}, {0x0142, "l"}, {0x0153, "oe"}, {0x0167, "t"},
};

/* Arabic letters that writers and keyboards exchange: wasla, alef maksura, teh marbuta; Persian yeh and kaf, which look
 * like the Arabic ones. */
static const struct {
    uint16_t from, to;
} same_letters[] = {
    {0x0671, 0x0627}, {0x0649, 0x064a}, {0x0629, 0x0647}, {0x06cc, 0x064a}, {0x06a9, 0x0643},
};

static fold_entry entry(enum fold_class class, uint32_t value)
{
    return (uint32_t) class << 24 | value;
}

/* Marks are dropped where they are diacritics or optional points. In the scripts of India and South-East Asia they
 * are vowels, in Japanese a different consonant. */
static bool is_droppable_mark(uint32_t cp, UScriptCode script)
{
    if (!(U_GET_GC_MASK((UChar32)cp) & U_GC_M_MASK))
        return false;
    switch (script) {
    case USCRIPT_INHERITED:
    case USCRIPT_COMMON:
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_HEBREW:
    case USCRIPT_ARABIC:
    case USCRIPT_SYRIAC:
        return true;
    default:
        return false;
    }
}

static bool is_paired_script(UScriptCode script)
{
    switch (script) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_HANGUL:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
        return true;
    default:
        return false;
    }
}

/* The class of a character that folding leaves as it is. */
static enum fold_class class_of(uint32_t cp)
{
    UErrorCode e = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript((UChar32)cp, &e);
    uint32_t mask = U_GET_GC_MASK((UChar32)cp);

    if (cp == 0x3099 || cp == 0x309a || (cp >= 0x1160 && cp <= 0x11ff))
        return FOLD_COMPOSE;
    if (cp == 0x0640) /* tatweel only stretches the line */
        return FOLD_IGNORE;
    if (cp == 0x02bb || cp == 0x02bc) /* apostrophes by the looks, and typed as one: п'ять, Hawai'i */
        return FOLD_SEPARATOR;
    if (is_droppable_mark(cp, script) || u_hasBinaryProperty((UChar32)cp, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
        return FOLD_IGNORE;
    if (u_hasBinaryProperty((UChar32)cp, UCHAR_EMOJI_MODIFIER))
        return FOLD_IGNORE; /* the thumb is found whatever its colour */
    if (u_hasBinaryProperty((UChar32)cp, UCHAR_REGIONAL_INDICATOR))
        return FOLD_FLAG;
    if (mask & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK))
        return is_paired_script(script) || cp == 0x30fc ? FOLD_PAIR : FOLD_WORD;
    if ((mask & U_GC_SO_MASK) && cp >= 0x2190 && u_hasBinaryProperty((UChar32)cp, UCHAR_EXTENDED_PICTOGRAPHIC))
        return FOLD_SYMBOL;
    return FOLD_SEPARATOR;
}

static fold_entry plain_entry(uint32_t cp)
{
    return entry(class_of(cp), cp);
}

struct expansion {
    fold_entry e[EXPANSION_MAX];
    int n;
};

static void expansion_add(struct expansion *x, fold_entry e)
{
    if (x->n < EXPANSION_MAX - 1)
        x->e[x->n++] = e;
}

static void add_folded_letter(struct expansion *x, uint32_t cp)
{
    int digit = u_charType((UChar32)cp) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue((UChar32)cp) : -1;

    if (digit >= 0) {
        expansion_add(x, entry(FOLD_WORD, (uint32_t)('0' + digit)));
        return;
    }
    for (size_t i = 0; i < sizeof(plain_letters) / sizeof(plain_letters[0]); i++)
        if (plain_letters[i].from == cp) {
            for (const char *p = plain_letters[i].to; *p; p++)
                expansion_add(x, entry(FOLD_WORD, (uint32_t)*p));
            return;
        }
    for (size_t i = 0; i < sizeof(same_letters) / sizeof(same_letters[0]); i++)
        if (same_letters[i].from == cp)
            cp = same_letters[i].to;
    fold_entry e = plain_entry(cp);
    if (fold_class_of(e) != FOLD_IGNORE)
        expansion_add(x, e);
}

/* Composed Hangul and kana stay composed; the rest is taken apart, so that marks can be dropped. */
static bool stays_composed(uint32_t cp)
{
    UErrorCode e = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript((UChar32)cp, &e);
    return script == USCRIPT_HANGUL || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA;
}

static void add_decomposed(struct expansion *x, uint32_t cp)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar out[EXPANSION_MAX];
    int32_t n = stays_composed(cp)
                    ? 0
                    : unorm2_getDecomposition(unorm2_getNFKDInstance(&e), (UChar32)cp, out, EXPANSION_MAX, &e);

    if (n <= 0 || U_FAILURE(e)) {
        add_folded_letter(x, cp);
        return;
    }
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(out, i, n, c);
        add_folded_letter(x, (uint32_t)c);
    }
}

/* What `cp` becomes; x->n is 0 when nothing is left of it. */
static void fold_fully(uint32_t cp, struct expansion *x)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar in[2], out[EXPANSION_MAX];
    int32_t n_in = 0, n_out;

    U16_APPEND_UNSAFE(in, n_in, cp);
    n_out = unorm2_normalize(unorm2_getNFKCCasefoldInstance(&e), in, n_in, out, EXPANSION_MAX, &e);
    if (U_FAILURE(e)) {
        expansion_add(x, plain_entry(cp));
        return;
    }
    for (int32_t i = 0; i < n_out;) {
        UChar32 c;
        U16_NEXT(out, i, n_out, c);
        add_decomposed(x, (uint32_t)c);
    }
}

/* A sign that stands for several characters ("㎏", "㈱", "½") is a word of its own. */
static bool stands_apart(uint32_t cp, const struct expansion *x)
{
    if (U_GET_GC_MASK((UChar32)cp) & U_GC_S_MASK)
        return true;
    for (int i = 0; i < x->n; i++)
        if (fold_class_of(x->e[i]) == FOLD_SEPARATOR)
            return true;
    return false;
}

static uint32_t pool_add(struct page *p, const fold_entry *e, int n)
{
    uint32_t at = p->n_pool;
    p->pool = xreallocarray(p->pool, p->n_pool + (uint32_t)n + 1, sizeof(*p->pool));
    memcpy(p->pool + at, e, (size_t)n * sizeof(*e));
    p->pool[at + (uint32_t)n] = 0;
    p->n_pool += (uint32_t)n + 1;
    return at;
}

static fold_entry compute(struct page *p, uint32_t cp)
{
    struct expansion x = {0};

    if (U_IS_SURROGATE(cp) || cp == 0)
        return entry(FOLD_SEPARATOR, cp);
    enum fold_class class = class_of(cp);
    if (class == FOLD_IGNORE || class == FOLD_SYMBOL || class == FOLD_FLAG)
        return entry(class, cp);
    fold_fully(cp, &x);
    if (x.n == 0)
        return entry(FOLD_IGNORE, cp);
    if (x.n == 1)
        return x.e[0];
    if (cp == 0x2122 || cp == 0x2120) /* trade mark signs are no part of the name */
        return entry(FOLD_SEPARATOR, cp);
    if (stands_apart(cp, &x)) {
        memmove(x.e + 1, x.e, (size_t)(x.n < EXPANSION_MAX - 2 ? x.n : EXPANSION_MAX - 2) * sizeof(x.e[0]));
        x.e[0] = entry(FOLD_SEPARATOR, ' ');
        x.n++;
        expansion_add(&x, entry(FOLD_SEPARATOR, ' '));
    }
    return entry(FOLD_EXPAND, pool_add(p, x.e, x.n));
}

static void page_free(struct page *p)
{
    free(p->pool);
    free(p);
}

static struct page *page_of(uint32_t cp)
{
    uint32_t at = cp / PAGE_SIZE;
    struct page *p = atomic_load_explicit(&pages[at], memory_order_acquire), *expected = NULL;

    if (__builtin_expect(p != NULL, 1))
        return p;
    p = XNEW(struct page);
    for (uint32_t i = 0; i < PAGE_SIZE; i++)
        p->entries[i] = compute(p, at * PAGE_SIZE + i);
    if (atomic_compare_exchange_strong(&pages[at], &expected, p))
        return p;
    page_free(p);
    return expected;
}

fold_entry fold_lookup(uint32_t cp)
{
    return page_of(cp)->entries[cp % PAGE_SIZE];
}

const fold_entry *fold_expansion(uint32_t cp)
{
    struct page *p = page_of(cp);
    fold_entry e = p->entries[cp % PAGE_SIZE];
    return p->pool + fold_code_point(e);
}

int32_t fold_compose(uint32_t first, uint32_t second)
{
    UErrorCode e = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&e);
    return U_FAILURE(e) ? -1 : unorm2_composePair(nfc, (UChar32)first, (UChar32)second);
}
