#include "store/keywords.h"

#include "base/alloc.h"
#include "base/error.h"

/* Bits that mean something; a source may set others. */
#define FLAGS_KNOWN ((FCT_FLAG_MDNSENT << 1) - 1)

static const struct {
    const char *name;
    uint32_t bit;
} named[] = {
    {"$seen", FCT_FLAG_SEEN},       {"$answered", FCT_FLAG_ANSWERED},   {"$flagged", FCT_FLAG_FLAGGED},
    {"$draft", FCT_FLAG_DRAFT},     {"$forwarded", FCT_FLAG_FORWARDED}, {"$junk", FCT_FLAG_JUNK},
    {"$notjunk", FCT_FLAG_NOTJUNK}, {"$phishing", FCT_FLAG_PHISHING},   {"$mdnsent", FCT_FLAG_MDNSENT},
};

void keyword_set_done(struct keyword_set *s)
{
    free(s->words);
    *s = (struct keyword_set){0};
}

bool keyword_is_valid(struct fct_bytes keyword)
{
    if (keyword.n == 0 || keyword.n > KEYWORD_MAX_BYTES)
        return false;
    for (size_t i = 0; i < keyword.n; i++) {
        unsigned char c = (unsigned char)keyword.p[i];
        if (c < 0x21 || c > 0x7e || strchr("(){]%*\"\\", c))
            return false;
    }
    return true;
}

static uint32_t bit_of(struct fct_bytes keyword)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (bytes_equal_nocase(keyword, bytes_str(named[i].name)))
            return named[i].bit;
    }
    return 0;
}

static int compare_bytes(const void *a, const void *b)
{
    const struct fct_bytes *x = a, *y = b;
    int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return c ? c : (x->n > y->n) - (x->n < y->n);
}

bool words_next(const char **at, struct fct_bytes *word)
{
    const char *p = *at;

    if (!p)
        return false;
    p += strspn(p, " ");
    size_t n = strcspn(p, " ");
    *at = p + n;
    *word = bytes_of(p, n);
    return n > 0;
}

/* Sorts `list` and joins it without duplicates. */
static char *join(struct fct_bytes *list, size_t n)
{
    struct buf out = {0};
    const struct fct_bytes *last = NULL;

    if (n == 0)
        return NULL;
    qsort(list, n, sizeof(*list), compare_bytes);
    for (size_t i = 0; i < n; i++) {
        if (last && bytes_equal(*last, list[i]))
            continue;
        if (last)
            buf_add_char(&out, ' ');
        buf_add(&out, list[i].p, list[i].n);
        last = &list[i];
    }
    return buf_steal(&out);
}

/* Takes one word of outside into `out`; `low` has room for it and keeps it. Returns whether it was a keyword without a
 * bit. */
static bool take_word(struct fct_bytes word, struct keyword_set *out, char *low, struct fct_bytes *kept)
{
    uint32_t bit = bit_of(word);

    out->bits |= bit;
    if (bit)
        return false;
    for (size_t i = 0; i < word.n; i++)
        low[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] + 32 : word.p[i]);
    *kept = bytes_of(low, word.n);
    return true;
}

static int parse(const struct fct_flags *flags, bool strict, struct keyword_set *out, struct fct_error *err)
{
    struct fct_bytes list[KEYWORDS_MAX];
    CLEANUP(freep) char *low = xmalloc(flags->keywords.n + 1);
    const char *p = flags->keywords.p, *end = p + flags->keywords.n;
    struct keyword_set set = {.bits = flags->bits & FLAGS_KNOWN};
    size_t n = 0, used = 0;

    while (p < end) {
        const char *space = memchr(p, ' ', (size_t)(end - p));
        struct fct_bytes word = bytes_of(p, (size_t)((space ? space : end) - p));
        p += word.n + 1;
        if (word.n == 0)
            continue;
        if (!keyword_is_valid(word)) {
            if (strict)
                return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "keywords: \"%.*s\" is not a valid keyword",
                                word.n > 64 ? 64 : (int)word.n, word.p);
            continue;
        }
        if (n == KEYWORDS_MAX) {
            if (strict)
                return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "keywords: more than %d", KEYWORDS_MAX);
            break;
        }
        if (take_word(word, &set, low + used, &list[n])) {
            used += list[n].n;
            n++;
        }
    }
    set.words = join(list, n);
    *out = set;
    return 0;
}

int keyword_set_check(const struct fct_flags *flags, struct keyword_set *out, struct fct_error *err)
{
    return parse(flags, true, out, err);
}

void keyword_set_from(const struct fct_flags *flags, struct keyword_set *out)
{
    parse(flags, false, out, NULL);
}

/* Merges two sorted texts: what is only in a, only in b, in both. */
static char *merge(const char *a, const char *b, bool only_a, bool only_b, bool both)
{
    struct buf out = {0};
    struct fct_bytes x = {0}, y = {0};
    bool has_x = words_next(&a, &x), has_y = words_next(&b, &y);

    while (has_x || has_y) {
        int c = !has_y ? -1 : !has_x ? 1 : compare_bytes(&x, &y);
        struct fct_bytes word = c <= 0 ? x : y;
        if (c < 0 ? only_a : c > 0 ? only_b : both) {
            if (out.n > 0)
                buf_add_char(&out, ' ');
            buf_add(&out, word.p, word.n);
        }
        if (c <= 0)
            has_x = words_next(&a, &x);
        if (c >= 0)
            has_y = words_next(&b, &y);
    }
    return out.n > 0 ? buf_steal(&out) : NULL;
}

char *words_union(const char *a, const char *b)
{
    return merge(a, b, true, true, true);
}

char *words_minus(const char *a, const char *b)
{
    return merge(a, b, true, false, false);
}

char *words_both(const char *a, const char *b)
{
    return merge(a, b, false, false, true);
}

bool words_equal(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool words_contain(const char *words, struct fct_bytes word)
{
    struct fct_bytes each;

    for (const char *at = words; words_next(&at, &each);) {
        if (bytes_equal(each, word))
            return true;
    }
    return false;
}

void keywords_sum_add(struct keywords_sum *sum, uint32_t bits, const char *words)
{
    uint32_t seen = bits & FCT_FLAG_SEEN;

    if (sum->n_placements++ > 0)
        seen &= sum->set.bits;
    sum->set.bits = ((sum->set.bits | bits) & ~(uint32_t)(FCT_FLAG_SEEN | FCT_FLAG_DELETED)) | seen;
    if (words && !words_equal(words, sum->set.words)) {
        char *all = words_union(sum->set.words, words);
        free(sum->set.words);
        sum->set.words = all;
    }
}
